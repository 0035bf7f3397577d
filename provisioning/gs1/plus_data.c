// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/plus_data.h"

#include "gs1/ai_parse.h"
#include "gs1/plus_value.h"

#define SSCC_BITS	72u

int plus_put_data(struct hm_bits *b, const struct hm_element *x, struct hm_err *err)
{
	struct plus_part parts[2];
	int rc;

	if (!plus_parts(x->row, parts))
		return hm_err_set(err, -HM_ECONFLICTING_AI, "(%s): no tag may carry it", x->ai);
	for (unsigned int i = 0; i < x->ai_len; i++)
		plus_put(b, 4, (uint64_t)(x->ai[i] - '0'));
	rc = plus_put_value(b, parts, x->value, x->len);
	if (rc == -HM_EMISSING_AI)
		return hm_err_set(err, rc, "(%s): in a tag it has its serial", x->ai);
	return rc ? hm_err_set(err, rc, "(%s): %s", x->ai, hm_error_why(rc)) : 0;
}

/* The digits of the AI that is next, terminated. */
static int take_ai(struct plus_reader *r, char ai[5])
{
	unsigned int digits = 2;
	uint64_t d;

	for (unsigned int i = 0; i < digits; i++) {
		int rc = plus_take(r, 4, &d);

		if (rc)
			return rc;
		/* A to F: the first byte is a header of another kind, kept for later releases */
		if (d > 9)
			return i < 2 ? -HM_EUNKNOWN_HEADER : -HM_EUNKNOWN_AI;
		ai[i] = (char)('0' + d);
		if (i == 1)
			digits = ai_digits(ai);
		if (!digits)
			return -HM_EUNKNOWN_AI;
	}
	ai[digits] = '\0';
	return 0;
}

static int take_element(struct plus_reader *r, struct hm_elements *list)
{
	char ai[5], *value = ai_memory(list, HM_GS1_VALUE_MAX);
	struct plus_part parts[2];
	const struct ai_row *row;
	size_t len;
	int rc = take_ai(r, ai);

	if (rc)
		return rc;
	row = ai_find(ai, strlen(ai));
	if (!row || !plus_parts(row, parts))
		return -HM_EUNKNOWN_AI;
	if (!value)
		return -HM_ETOO_LONG;
	rc = plus_take_value(r, parts, value, &len);
	if (rc)
		return rc;
	ai_memory_keep(list, value, len);
	return hm_gs1_add(list, ai, value, len, NULL);
}

/*
 * Zero bits may be an SSCC's AI or the padding: that of 15.3, by how many bits are behind
 * them. So an image that is padded with more than its last word reads as one with an SSCC
 * of zeros, as the standard has it.
 */
static bool is_padding(const struct plus_reader *r)
{
	unsigned int left = r->b->n - r->at;

	return left < 8 || (left < 8 + SSCC_BITS && !hm_bits_take(r->b->w, r->at, 8));
}

static bool all_zero(const struct plus_reader *r)
{
	for (unsigned int at = r->at; at < r->b->n; at += 64) {
		unsigned int n = r->b->n - at < 64 ? r->b->n - at : 64;

		if (hm_bits_take(r->b->w, at, n))
			return false;
	}
	return true;
}

int plus_take_data(struct plus_reader *r, struct hm_elements *list)
{
	unsigned int own = list->n;

	while (!is_padding(r)) {
		int rc = take_element(r, list);

		if (rc)
			return rc;
	}
	if (!all_zero(r))
		return -HM_ERESERVED_NONZERO;
	return list->n == own ? -HM_EMISSING_AI : 0;
}
