// SPDX-License-Identifier: LGPL-2.1-or-later
/* A list of elements to brackets, carets and scans. */
#include <string.h>

#include "gs1/ai_table.h"
#include "gs1/ai_text.h"

void ai_put(struct ai_out *o, const char *bytes, size_t len)
{
	if (len < o->size - o->n)
		memcpy(o->p + o->n, bytes, len);
	else
		o->full = true;
	o->n = o->full ? 0 : o->n + len;
}

int ai_give(struct ai_out *o, char *out, size_t size)
{
	if (o->full || o->n >= size)
		return -HM_ETOO_LONG;
	memcpy(out, o->p, o->n);
	out[o->n] = '\0';
	return 0;
}

void ai_put_bracketed(struct ai_out *o, const struct hm_element *x)
{
	const char *p = x->value, *end = p + x->len, *paren;

	ai_put(o, "(", 1);
	ai_put(o, x->ai, x->ai_len);
	ai_put(o, ")", 1);
	while ((paren = memchr(p, '(', (size_t)(end - p)))) {
		ai_put(o, p, (size_t)(paren - p));
		ai_put(o, "\\(", 2);
		p = paren + 1;
	}
	ai_put(o, p, (size_t)(end - p));
}

int hm_gs1_bracketed(const struct hm_elements *e, char *out, size_t size)
{
	char text[HM_GS1_TEXT_MAX];
	struct ai_out o = { text, 0, sizeof(text), false };

	for (unsigned int i = 0; i < e->n; i++)
		ai_put_bracketed(&o, &e->e[i]);
	return ai_give(&o, out, size);
}

static int plain(const struct hm_elements *e, const char *start, char sep, char *out, size_t size)
{
	char text[HM_GS1_TEXT_MAX];
	struct ai_out o = { text, 0, sizeof(text), false };

	ai_put(&o, start, strlen(start));
	for (unsigned int i = 0; i < e->n; i++) {
		const struct hm_element *x = &e->e[i];
		const struct ai_row *row = x->row;

		ai_put(&o, x->ai, x->ai_len);
		ai_put(&o, x->value, x->len);
		if (i + 1 < e->n && !row->predefined)
			ai_put(&o, &sep, 1);
	}
	return ai_give(&o, out, size);
}

int hm_gs1_caret(const struct hm_elements *e, char *out, size_t size)
{
	return plain(e, "^", '^', out, size);
}

int hm_gs1_scan(const struct hm_elements *e, char *out, size_t size)
{
	return plain(e, "]d2", 0x1d, out, size);
}
