// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/plus_data.h"

#include <assert.h>

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

/* The digits of the AI that is next, terminated, also where it is none. */
static int take_ai(struct plus_reader *r, char ai[5])
{
	unsigned int digits = 2;
	uint64_t d;

	for (unsigned int i = 0; i < digits; i++) {
		int rc = plus_take(r, 4, &d);

		if (rc)
			return rc;
		ai[i] = "0123456789ABCDEF"[d];
		ai[i + 1] = '\0';
		/* A to F: the first byte is a header of another kind, kept for later releases */
		if (d > 9)
			return i < 2 ? -HM_EUNKNOWN_HEADER : -HM_EUNKNOWN_AI;
		if (i == 1)
			digits = ai_digits(ai);
		if (!digits)
			return -HM_EUNKNOWN_AI;
	}
	return 0;
}

static int take_element(struct plus_reader *r, struct hm_elements *list, char ai[5])
{
	char *value = ai_memory(list, HM_GS1_VALUE_MAX);
	struct plus_part parts[2];
	const struct ai_row *row;
	size_t len;
	int rc = take_ai(r, ai);

	if (rc)
		return rc;
	row = ai_find(ai, strlen(ai));
	if (!row || !plus_parts(row, parts))
		return -HM_EUNKNOWN_AI;
	assert(value);		/* a tag has no more bits than the list has room */
	rc = plus_take_value(r, parts, value, &len);
	if (rc)
		return rc;
	ai_memory_keep(list, value, len);
	return hm_gs1_add(list, ai, value, len, NULL);
}

int plus_complain(struct hm_err *err, int rc, const char *ai, unsigned int at)
{
	if (rc == -HM_EUNKNOWN_HEADER)
		return hm_err_set(err, rc, "%s... at bit %u: a header that is no AI's, kept for later releases", ai, at);
	if (rc == -HM_EBAD_LENGTH)
		return hm_err_set(err, rc, "(%s) at bit %u: the memory ends in it, or its length is none of those allowed", ai, at);
	return hm_err_set(err, rc, "(%s) at bit %u: %s", ai, at, hm_error_why(rc));
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

int plus_take_data(struct plus_reader *r, struct hm_elements *list, struct hm_err *err)
{
	unsigned int own = list->n, first = r->at;

	while (!is_padding(r)) {
		unsigned int at = r->at;
		char ai[5] = "";
		int rc = take_element(r, list, ai);

		if (rc)
			return plus_complain(err, rc, ai, at);
	}
	if (!all_zero(r))
		return hm_err_set(err, -HM_ERESERVED_NONZERO, "the bits from %u on are too few for an element, and not zero", r->at);
	if (list->n == own)
		return hm_err_set(err, -HM_EMISSING_AI, "the toggle says that elements follow, and at bit %u there is none", first);
	return 0;
}
