// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packed objects of table F9, judged by the table of all AIs. */
#include "gs1/packed.h"

#include <stdio.h>
#include <string.h>

#include "gs1/ai_text.h"
#include "gs1/bank_dump.h"
#include "gs1/packed_read.h"

#define ACCESS_PACKED	2u
#define EXTENDED	0x20
#define FORMAT_GS1	9u

int hm_packed_parse(const char *hex, size_t len, struct hm_packed *ret, struct hm_err *err)
{
	uint8_t b[BANK_BYTES_MAX];
	size_t n;
	int rc = bank_dump(hex, len, b, &n);

	*ret = (struct hm_packed){ .n = 0 };
	if (rc)
		return rc;
	if (b[0] >> 6 != ACCESS_PACKED)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the DSFID %02X is not that of packed objects", b[0]);
	if (b[0] & EXTENDED)
		return hm_err_set(err, -HM_EUNSUPPORTED, "an extended DSFID: another octet of it follows");
	if ((b[0] & 31) != FORMAT_GS1)
		return hm_err_set(err, -HM_EUNSUPPORTED, "data format %u: only 9, GS1 Application Identifiers, is read", b[0] & 31);
	return packed_read(&packed_f9, b, n, ret, err);
}

int hm_packed_elements(const struct hm_packed *p, struct hm_elements *ret, struct hm_err *err)
{
	ret->n = 0;
	ret->used = 0;
	for (unsigned int i = 0; i < p->n; i++) {
		const struct hm_packed_item *x = &p->item[i];
		int rc = hm_gs1_find(ret, x->ai) ? -HM_EDUPLICATE_AI : 0;

		if (rc)
			return hm_err_set(err, rc, "(%s) twice", x->ai);
		rc = hm_gs1_add(ret, x->ai, x->value, x->len, err);
		if (rc)
			return rc;
	}
	return 0;
}

int hm_packed_text(const struct hm_packed *p, char *out, size_t size)
{
	char text[HM_PACKED_TEXT_SIZE], one[8];
	struct ai_out o = { text, 0, sizeof(text), false };

	for (unsigned int i = 0; i < p->n; i++) {
		const struct hm_packed_item *x = &p->item[i];

		ai_put(&o, one, (size_t)snprintf(one, sizeof(one), "(%s)", x->ai));
		for (unsigned int c = 0; c < x->len; c++) {
			uint8_t u = (uint8_t)x->value[c];

			if (u == '(')
				ai_put(&o, "\\(", 2);
			else if (u >= ' ' && u < 0x7f && u != '\\')
				ai_put(&o, x->value + c, 1);
			else
				ai_put(&o, one, (size_t)snprintf(one, sizeof(one), "\\x%02X", u));
		}
	}
	return ai_give(&o, out, size);
}
