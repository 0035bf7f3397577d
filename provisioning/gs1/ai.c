// SPDX-License-Identifier: LGPL-2.1-or-later
/* Element strings in their four forms to a list of elements; and what a message must satisfy. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gs1/ai_parse.h"

#define FNC1 0x1d

static int complain(struct hm_err *err, int rc, const struct hm_element *e)
{
	return hm_err_set(err, rc, "(%.4s): %s", e->ai, hm_error_why(rc));
}

static int append(struct hm_elements *list, const struct ai_row *row, const char *ai, const char *value, size_t len,
		  struct hm_err *err)
{
	struct hm_element *e = &list->e[list->n];
	int rc;

	if (list->n == HM_GS1_ELEMENTS)
		return -HM_ETOO_LONG;
	memset(e->ai, 0, sizeof(e->ai));
	memcpy(e->ai, ai, row->digits);
	e->ai_len = row->digits;
	rc = ai_check_value(row, value, len);
	if (rc)
		return complain(err, rc, e);
	e->row = row;
	e->value = value;
	e->len = (uint8_t)len;
	list->n++;
	return 0;
}

int ai_unknown(const char *ai, size_t len, struct hm_err *err)
{
	return hm_err_set(err, -HM_EUNKNOWN_AI, "(%.*s): %s", len < 8 ? (int)len : 8, ai,
			  hm_error_why(-HM_EUNKNOWN_AI));
}

int hm_gs1_add(struct hm_elements *e, const char *ai, const char *value, size_t len, struct hm_err *err)
{
	size_t n = strlen(ai);
	const struct ai_row *row = ai_find(ai, n);

	if (!row || row->digits != n)
		return ai_unknown(ai, n, err);
	return append(e, row, ai, value, len, err);
}

char *ai_memory(struct hm_elements *e, size_t len)
{
	char *p = e->memory + e->used;

	if (len > sizeof(e->memory) - e->used)
		return NULL;
	e->used += (unsigned int)len;
	return p;
}

void ai_memory_keep(struct hm_elements *e, const char *p, size_t len)
{
	e->used = (unsigned int)(p - e->memory + (ptrdiff_t)len);
}

const struct hm_element *hm_gs1_find(const struct hm_elements *e, const char *ai)
{
	for (unsigned int i = 0; i < e->n; i++)
		if (!strcmp(e->e[i].ai, ai))
			return &e->e[i];
	return NULL;
}

char *ai_gtin(struct hm_elements *e, const char *digits, size_t len)
{
	char *out = ai_memory(e, 14);

	/* all values, all escaped names of a path and one value in the making leave room for it */
	assert(out && len <= 14);
	memset(out, '0', 14 - len);
	memcpy(out + 14 - len, digits, len);
	return out;
}

/* Digits in "(d...)" at @p, 0 for anything else. */
static size_t digits_in_brackets(const char *p, const char *end)
{
	size_t n = 0;

	if (p == end || *p != '(')
		return 0;
	for (p++; p < end && *p >= '0' && *p <= '9'; p++)
		n++;
	return p < end && *p == ')' ? n : 0;
}

/* The same where they can be an AI: a value may hold others. */
static size_t bracket(const char *p, const char *end)
{
	size_t n = digits_in_brackets(p, end);

	return n >= 2 && n <= 4 ? n : 0;
}

/*
 * The value from @p: up to the next bracketed AI or the end. A parenthesis that opens
 * no AI is one of its characters, and so is one behind a backslash, which goes.
 */
static int bracketed_value(struct hm_elements *list, const char **p, const char *end, const char **ret, size_t *ret_len)
{
	const char *from = *p, *q = from;
	size_t n = 0;
	char *copy = NULL;

	while (q < end && !bracket(q, end)) {
		if (*q == '\\') {
			if (!copy) {
				copy = ai_memory(list, HM_GS1_VALUE_MAX + 1);
				assert(copy);	/* behind as many values as there may be, too */
				n = (size_t)(q - from) < HM_GS1_VALUE_MAX ? (size_t)(q - from) : HM_GS1_VALUE_MAX;
				memcpy(copy, from, n);
			}
			if (++q == end || *q != '(')
				return -HM_EBAD_ESCAPE;
		}
		/* one more than any AI takes: it is refused for its length */
		if (copy && n <= HM_GS1_VALUE_MAX)
			copy[n++] = *q;
		q++;
	}
	if (copy)
		ai_memory_keep(list, copy, n);
	*p = q;
	*ret = copy ? copy : from;
	*ret_len = copy ? n : (size_t)(q - from);
	return 0;
}

static int parse_bracketed(const char *p, const char *end, struct hm_elements *list, struct hm_err *err)
{
	while (p < end) {
		size_t n = digits_in_brackets(p, end), len = 0;
		const struct ai_row *row = n ? ai_find(p + 1, n) : NULL;
		const char *ai = p + 1, *value = NULL;
		int rc;

		if (!n)
			return hm_err_set(err, -HM_EBAD_CHAR, "a value before the first AI, or an AI that is not digits");
		if (!row || row->digits != n)
			return ai_unknown(ai, n, err);
		p += n + 2;
		rc = bracketed_value(list, &p, end, &value, &len);
		rc = rc ? rc : append(list, row, ai, value, len, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* How long a value of a predefined length is. */
static size_t predefined(const struct ai_row *row)
{
	size_t n = 0;

	for (size_t i = 0; i < 5; i++)
		n += row->parts[i].max;
	return n;
}

/* AI, value, AI, value ... with @sep where FNC1 is. */
static int parse_plain(const char *p, const char *end, char sep, struct hm_elements *list, struct hm_err *err)
{
	while (p < end) {
		const struct ai_row *row = ai_find(p, (size_t)(end - p));
		const char *ai = p, *stop;
		size_t len;
		int rc;

		if (*p == sep)
			return hm_err_set(err, -HM_EBAD_FNC1, "a separator with nothing before it");
		if (!row)
			return ai_unknown(p, end - p < 4 ? (size_t)(end - p) : 4, err);
		p += row->digits;
		stop = memchr(p, sep, (size_t)(end - p));
		len = (size_t)((stop ? stop : end) - p);
		if (row->predefined && len > predefined(row))
			len = predefined(row);
		rc = append(list, row, ai, p, len, err);
		if (rc)
			return rc;
		p += len;
		/* behind a predefined length, or the last value, it is not needed, and printed all the same */
		p += p < end && *p == sep;
	}
	return 0;
}

/* The GTIN of an EAN code or an ITF-14; behind one of the first its composite: ]E0 digits |]e0 elements. */
static int parse_gtin(const char *p, const char *end, size_t digits, bool composite, struct hm_elements *list,
		      struct hm_err *err)
{
	const char *bar = memchr(p, '|', (size_t)(end - p)), *stop = bar ? bar : end, *gtin;
	int rc;

	/* General Specifications, 5.9: a composite stands beside an EAN, UPC, GS1-128 or DataBar */
	if (bar && !composite)
		return hm_err_set(err, -HM_EBAD_FNC1, "an ITF-14 has no composite behind it");
	if ((size_t)(stop - p) != digits)
		return hm_err_set(err, stop == p ? -HM_EEMPTY : -HM_EBAD_LENGTH, "of this symbology a code has %zu digits",
				  digits);
	gtin = ai_gtin(list, p, digits);
	rc = append(list, ai_find("01", 2), "01", gtin, 14, err);
	if (rc || !bar)
		return rc;
	if (end - bar < 4 || memcmp(bar, "|]e0", 4))
		return hm_err_set(err, -HM_EBAD_FNC1, "behind the | of a composite is no ]e0");
	return bar + 4 == end ? -HM_EEMPTY : parse_plain(bar + 4, end, FNC1, list, err);
}

/*
 * A symbology identifier of ISO/IEC 15424 and what is behind it. Those that say "GS1" have a first
 * FNC1 with them; a retail code has digits alone; any other symbology, a plain QR code say, can
 * hold a Digital Link (General Specifications, 7.8).
 */
static int parse_symbol(const char *p, const char *end, struct hm_elements *list, struct hm_err *err)
{
	static const char gs1[][4] = { "]C1", "]d2", "]e0", "]Q3", "]J1" };
	static const struct {
		char id[4];
		uint8_t digits;
		bool composite;
	} gtin[] = { { "]E0", 13, true }, { "]E4", 8, true }, { "]I1", 14, false } };

	for (size_t i = 0; end - p >= 3 && i < sizeof(gs1) / sizeof(gs1[0]); i++)
		if (!memcmp(p, gs1[i], 3))
			return p + 3 == end ? -HM_EEMPTY : parse_plain(p + 3, end, FNC1, list, err);
	for (size_t i = 0; end - p >= 3 && i < sizeof(gtin) / sizeof(gtin[0]); i++)
		if (!memcmp(p, gtin[i].id, 3))
			return parse_gtin(p + 3, end, gtin[i].digits, gtin[i].composite, list, err);
	if (end - p > 3 && (p[3] == 'h' || p[3] == 'H'))
		return ai_parse_link(p + 3, (size_t)(end - p - 3), list, err);
	return hm_err_set(err, -HM_EBAD_FNC1, "a symbology that does not say GS1, and no Digital Link in it");
}

int hm_gs1_parse(const char *text, size_t len, struct hm_elements *ret, struct hm_err *err)
{
	const char *end = text + len;

	ret->n = 0;
	ret->used = 0;
	if (!len)
		return -HM_EEMPTY;
	if (len > HM_GS1_TEXT_MAX)
		return -HM_ETOO_LONG;
	switch (*text) {
	case '(':
		return parse_bracketed(text, end, ret, err);
	case '^':
		return len == 1 ? -HM_EEMPTY : parse_plain(text + 1, end, '^', ret, err);
	case '0' ... '9':
		/* no value has one: somebody left out the first */
		if (memchr(text, '^', len))
			return hm_err_set(err, -HM_EBAD_FNC1, "^ between elements, but none in front");
		return parse_plain(text, end, FNC1, ret, err);
	case FNC1:
		return len == 1 ? -HM_EEMPTY : parse_plain(text + 1, end, FNC1, ret, err);
	case ']':
		return parse_symbol(text, end, ret, err);
	case 'h':
	case 'H':
		return ai_parse_link(text, len, ret, err);
	default:
		return hm_err_set(err, -HM_EBAD_CHAR, "neither brackets nor FNC1, a scan or a Digital Link");
	}
}

/* Does @pattern ("31nn") fit the AI? Ends at ',', ';', '+' or the end. */
static bool fits(const char *pattern, const char *ai)
{
	while (*pattern && *pattern != ',' && *pattern != ';' && *pattern != '+') {
		if (!*ai || (*pattern != 'n' && *pattern != *ai))
			return false;
		pattern++;
		ai++;
	}
	return !*ai;
}

static const struct hm_element *find_fit(const struct hm_elements *e, const char *pattern, const struct hm_element *not)
{
	for (unsigned int i = 0; i < e->n; i++)
		if (&e->e[i] != not && fits(pattern, e->e[i].ai))
			return &e->e[i];
	return NULL;
}

/* One list of @needs: is one of its members there, with all that it is joined to? */
static bool one_of(const struct hm_elements *e, const char *list)
{
	bool all = true;

	for (;;) {
		all = all && find_fit(e, list, NULL);
		list += strcspn(list, ",;+");
		if (*list != '+') {
			if (all)
				return true;
			all = true;
		}
		if (!*list || *list == ';')
			return false;
		list++;
	}
}

static int check_one(const struct hm_elements *e, const struct hm_element *x, struct hm_err *err)
{
	const struct ai_row *row = x->row;
	const struct hm_element *other;

	for (const char *list = row->needs; list && *list; list += *list == ';') {
		if (!one_of(e, list))
			return hm_err_set(err, -HM_EMISSING_AI, "(%s) needs one of %.*s", x->ai, (int)strcspn(list, ";"),
					  list);
		list += strcspn(list, ";");
	}
	for (const char *list = row->excludes; list && *list; list += *list == ',') {
		other = find_fit(e, list, x);
		if (other)
			return hm_err_set(err, -HM_ECONFLICTING_AI, "(%s) and (%s) exclude each other", x->ai, other->ai);
		list += strcspn(list, ",");
	}
	return 0;
}

int hm_gs1_check(const struct hm_elements *e, struct hm_err *err)
{
	if (!e->n)
		return -HM_EEMPTY;
	for (unsigned int i = 0; i < e->n; i++) {
		int rc;

		for (unsigned int j = 0; j < i; j++)
			if (e->e[i].row == e->e[j].row && !strcmp(e->e[i].ai, e->e[j].ai))
				return hm_err_set(err, -HM_EDUPLICATE_AI, "(%s) twice", e->e[i].ai);
		rc = check_one(e, &e->e[i], err);
		if (rc)
			return rc;
	}
	return 0;
}
