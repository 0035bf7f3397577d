/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text that is given whole or not at all: made aside, then handed over.
 *
 *	struct ai_out o = { text, 0, sizeof(text), false };
 *
 *	ai_put(&o, "(01)", 4);
 *	return ai_give(&o, out, size);
 */
#ifndef HM_GS1_AI_TEXT_H
#define HM_GS1_AI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "gs1/ai.h"

struct ai_out {
	char *p;
	size_t n, size;
	bool full;
};

void ai_put(struct ai_out *o, const char *bytes, size_t len);
/* (AI)value, a '(' in it escaped. */
void ai_put_bracketed(struct ai_out *o, const struct hm_element *x);
/* 0 or -HM_ETOO_LONG; terminated. */
int ai_give(struct ai_out *o, char *out, size_t size);

#endif /* HM_GS1_AI_TEXT_H */
