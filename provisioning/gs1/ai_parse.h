/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parsers of element strings and of Digital Links share. */
#ifndef HM_GS1_AI_PARSE_H
#define HM_GS1_AI_PARSE_H

#include "gs1/ai_table.h"

/* @len bytes that live as long as the list, or NULL. */
char *ai_memory(struct hm_elements *e, size_t len);
/* Of what was taken last, only @len bytes are kept. */
void ai_memory_keep(struct hm_elements *e, const char *p, size_t len);
/* @len <= 14 digits with zeros in front, for as long as the list lives. */
char *ai_gtin(struct hm_elements *e, const char *digits, size_t len);
/* -HM_EUNKNOWN_AI, with the digits that it begins with. */
int ai_unknown(const char *ai, size_t len, struct hm_err *err);
/* link.c; @ret is empty. */
int ai_parse_link(const char *text, size_t len, struct hm_elements *ret, struct hm_err *err);

#endif /* HM_GS1_AI_PARSE_H */
