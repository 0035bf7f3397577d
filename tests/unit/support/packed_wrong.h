/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold for any image of packed objects, and for any elements that become one: see
 * gs1_wrong.h. The values need not be good ones by their AIs: the codec carries any.
 */
#ifndef TESTS_UNIT_SUPPORT_PACKED_WRONG_H
#define TESTS_UNIT_SUPPORT_PACKED_WRONG_H

#include <string.h>

#include "gs1/packed.h"

/* Unjudged, and pointing into @p. */
static inline void wrong_packed_elements(const struct hm_packed *p, struct hm_elements *e)
{
	e->n = p->n;
	e->used = 0;
	for (unsigned int i = 0; i < p->n; i++) {
		e->e[i] = (struct hm_element){ .len = p->item[i].len, .value = p->item[i].value };
		memcpy(e->e[i].ai, p->item[i].ai, sizeof(e->e[i].ai));
		e->e[i].ai_len = (uint8_t)strlen(e->e[i].ai);
	}
}

/* The same AIs with the same values, in whatever order. */
static inline const char *wrong_packed_build(const struct hm_elements *e)
{
	static struct hm_packed back;
	static struct hm_elements again;
	char hex[HM_PACKED_HEX_SIZE], hex2[HM_PACKED_HEX_SIZE];
	int rc = hm_packed_build(e, hex, sizeof(hex), NULL);

	/* the memory is full, an AI is there twice, or there is none */
	if (rc == -HM_ETOO_LONG || rc == -HM_EDUPLICATE_AI || rc == -HM_EEMPTY)
		return NULL;
	if (rc)
		return "elements of the table are not written";
	if (strlen(hex) % 4)
		return "no whole words";
	if (hm_packed_parse(hex, strlen(hex), &back, NULL))
		return "what was written is not read";
	if (back.n != e->n || back.objects != 1)
		return "another number of elements is read";
	for (unsigned int i = 0; i < back.n; i++) {
		const struct hm_element *x = hm_gs1_find(e, back.item[i].ai);

		if (!x || x->len != back.item[i].len || memcmp(x->value, back.item[i].value, x->len))
			return "parse(build(elements)) are others";
	}
	wrong_packed_elements(&back, &again);
	if (hm_packed_build(&again, hex2, sizeof(hex2), NULL) || strcmp(hex, hex2))
		return "build(parse(image)) is another";
	return NULL;
}

/* Hexadecimal of user memory; or an element string. */
static inline const char *wrong_packed(const char *text, size_t len)
{
	static struct hm_packed p;
	static struct hm_elements e;
	char out[HM_PACKED_TEXT_SIZE];

	if (len && *text == '(')
		return hm_gs1_parse(text, len, &e, NULL) || hm_packed_build(&e, out, sizeof(out), NULL) ?
			NULL : wrong_packed_build(&e);
	if (hm_packed_parse(text, len, &p, NULL) && !p.n)
		return NULL;
	if (hm_packed_text(&p, out, sizeof(out)))
		return "an image has more text than there is room for";
	/* what is taken has the same form by either way */
	if (!hm_packed_elements(&p, &e, NULL)) {
		char form[HM_PACKED_TEXT_SIZE];

		if (hm_gs1_bracketed(&e, form, sizeof(form)) || strcmp(form, out))
			return "elements that are good have two forms";
	}
	wrong_packed_elements(&p, &e);
	return wrong_packed_build(&e);
}

#endif
