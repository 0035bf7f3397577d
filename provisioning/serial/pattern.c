// SPDX-License-Identifier: LGPL-2.1-or-later
/* A pattern to a scheme. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "serial/serial.h"

#define WIDTH_MAX	99u	/* what a width may say before it is judged */

struct parser {
	struct hm_scheme s;
	unsigned int fields;	/* of dates, a bit each */
	struct hm_err *err;
};

/* What is between two colons of a piece. */
struct arg {
	const char *p;
	size_t len;
};

static const char *const resets[] = {
	[HM_RESET_NEVER] = "", [HM_RESET_DAY] = "day", [HM_RESET_WEEK] = "week",
	[HM_RESET_MONTH] = "month", [HM_RESET_YEAR] = "year", [HM_RESET_LOT] = "lot",
};

static bool literal_ok(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '.' || c == '_';
}

/* The next argument of a piece; false behind the last. */
static bool next_arg(struct arg *rest, struct arg *ret)
{
	const char *colon;

	if (!rest->p)
		return false;
	colon = memchr(rest->p, ':', rest->len);
	*ret = (struct arg){ rest->p, colon ? (size_t)(colon - rest->p) : rest->len };
	rest->len -= ret->len + (colon != NULL);
	rest->p = colon ? colon + 1 : NULL;
	return true;
}

static int parse_width(struct parser *p, struct arg *rest, unsigned int *ret)
{
	struct arg a;
	uint64_t v = 0;

	if (!next_arg(rest, &a) || hm_digits_value(a.p, a.len, WIDTH_MAX, &v) || !v || a.p[0] == '0')
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: a width is 1 to %d", HM_SERIAL_MAX);
	*ret = (unsigned int)v;
	return 0;
}

static bool is_reset(const struct arg *a, enum hm_reset *ret)
{
	for (unsigned int r = HM_RESET_DAY; r <= HM_RESET_LOT; r++)
		if (strlen(resets[r]) == a->len && !memcmp(resets[r], a->p, a->len)) {
			*ret = (enum hm_reset)r;
			return true;
		}
	return false;
}

/* How many numbers a counter has; more than 64 bits hold is as good as that. */
static int judge_counter(struct parser *p)
{
	struct hm_scheme *s = &p->s;
	unsigned int most = 0;
	uint64_t n;

	while (most < HM_SERIAL_MAX && hm_alphabet_power(&s->alphabet, most + 1) != UINT64_MAX)
		most++;
	if (s->width > HM_SERIAL_MAX || (!s->unguessable && s->width > most))
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: a counter's width is 1 to %u in base %u",
				  s->unguessable ? HM_SERIAL_MAX : most, s->alphabet.n);
	n = hm_alphabet_power(&s->alphabet, s->width);
	if (s->unguessable && n < HM_FF1_DOMAIN_MIN)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT,
				  "pattern: an unguessable counter needs 1000000 numbers or more, and %u characters of %u have %llu",
				  s->width, s->alphabet.n, (unsigned long long)n);
	s->max = n == UINT64_MAX ? UINT64_MAX - 1 : n - 1;
	return 0;
}

static int parse_counter(struct parser *p, bool unguessable, struct arg rest)
{
	struct arg a, alphabet = { "dec", 3 };
	bool has_alphabet = false;
	int rc;

	if (p->s.width)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: more than one counter");
	rc = parse_width(p, &rest, &p->s.width);
	if (rc)
		return rc;
	while (next_arg(&rest, &a)) {
		if (p->s.reset)
			return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: \"%.*s\" behind a counter's reset",
					  (int)a.len, a.p);
		if (is_reset(&a, &p->s.reset))
			continue;
		if (has_alphabet)
			return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: a counter has no reset \"%.*s\"",
					  (int)a.len, a.p);
		alphabet = a;
		has_alphabet = true;
	}
	rc = hm_alphabet_parse(&p->s.alphabet, alphabet.p, alphabet.len, p->err);
	p->s.unguessable = unguessable;
	p->s.counter_at = p->s.length;
	p->s.length += p->s.width;
	return rc ? rc : judge_counter(p);
}

static int parse_lot(struct parser *p, struct arg rest)
{
	struct arg alphabet = { "alnum", 5 };
	int rc;

	if (p->s.lot_width)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: more than one lot");
	rc = parse_width(p, &rest, &p->s.lot_width);
	if (rc)
		return rc;
	if (next_arg(&rest, &alphabet) && rest.p)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: {l:WIDTH:ALPHABET} has no more than these");
	p->s.lot_at = p->s.length;
	p->s.length += p->s.lot_width;
	return hm_alphabet_parse(&p->s.lot_alphabet, alphabet.p, alphabet.len, p->err);
}

static int parse_date(struct parser *p, struct arg a)
{
	if (!a.len)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: {d:} without a field");
	while (a.len) {
		enum hm_date_field f = hm_date_field_find(a.p, a.len);
		size_t n;

		if (f == HM_DATE_FIELDS)
			return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: no date field at \"%.*s\"", (int)a.len, a.p);
		n = hm_date_field_len(f);
		if (p->s.n_dates == HM_SERIAL_MAX)
			return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: more than %d date fields", HM_SERIAL_MAX);
		p->s.dates[p->s.n_dates].field = f;
		p->s.dates[p->s.n_dates++].at = p->s.length;
		p->fields |= 1u << f;
		p->s.length += (unsigned int)n;
		a.p += n;
		a.len -= n;
	}
	return 0;
}

static int parse_check(struct parser *p, struct arg a, bool last)
{
	p->s.check = hm_checkchar_find(a.p, a.len);
	if (!p->s.check)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: unknown piece: no check system \"%.*s\"",
				  (int)a.len, a.p);
	if (!last)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: {c:%.*s} must come last", (int)a.len, a.p);
	p->s.length += (unsigned int)hm_checkchar_len(p->s.check);
	return 0;
}

/* "{x:...}" at @at; *ret_len: how long it is. */
static int parse_brace(struct parser *p, const char *at, size_t *ret_len)
{
	const char *end = strchr(at, '}');
	struct arg args;

	if (!end)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: \"%s\" is not closed by \"}\"", at);
	*ret_len = (size_t)(end - at) + 1;
	if (end - at >= 3 && at[2] == ':') {
		args = (struct arg){ at + 3, (size_t)(end - at) - 3 };
		switch (at[1]) {
		case 'n':
		case 'r':
			return parse_counter(p, at[1] == 'r', args);
		case 'd':
			return parse_date(p, args);
		case 'l':
			return parse_lot(p, args);
		case 'c':
			return parse_check(p, args, !end[1]);
		}
	}
	return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: unknown piece at \"%s\"", at);
}

static int parse_literal(struct parser *p, const char *at)
{
	if (!literal_ok(*at))
		return hm_err_set(p->err, -HM_EBAD_PRODUCT,
				  *at == '}' ? "pattern: unknown piece at \"%s\"" :
				  "pattern: a literal is one of A-Z a-z 0-9 - . _, not as in \"%s\"", at);
	if (p->s.length < HM_SERIAL_MAX) {
		p->s.text[p->s.length] = *at;
		p->s.literal |= 1u << p->s.length;
	}
	p->s.length++;
	return 0;
}

/* Whether a counter may begin anew: only where the serial itself tells the periods apart. */
static int judge_reset(const struct parser *p)
{
	static const char *const needs[] = {
		[HM_RESET_DAY] = "a date's year, month and day", [HM_RESET_WEEK] = "a week and its year",
		[HM_RESET_MONTH] = "a year and a month", [HM_RESET_YEAR] = "a year of two or four digits",
		[HM_RESET_LOT] = "the lot, {l:WIDTH}",
	};
	bool ok = true;

	switch (p->s.reset) {
	case HM_RESET_NEVER:
		break;
	case HM_RESET_DAY:
		ok = hm_date_tells_day(p->fields);
		break;
	case HM_RESET_WEEK:
		ok = hm_date_tells_week(p->fields);
		break;
	case HM_RESET_MONTH:
		ok = hm_date_tells_month(p->fields);
		break;
	case HM_RESET_YEAR:
		ok = hm_date_tells_year(p->fields);
		break;
	case HM_RESET_LOT:
		ok = p->s.lot_width;
		break;
	}
	if (ok)
		return 0;
	return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: a counter that begins anew with the %s needs %s in the serial",
			  resets[p->s.reset], needs[p->s.reset]);
}

static bool covers(enum hm_checkchar check, const struct hm_alphabet *a)
{
	for (unsigned int i = 0; i < a->n; i++)
		if (!hm_checkchar_covers(check, a->digit[i]))
			return false;
	return true;
}

static int judge_check(const struct parser *p)
{
	const struct hm_scheme *s = &p->s;
	bool ok = covers(s->check, &s->alphabet) && (!s->lot_width || covers(s->check, &s->lot_alphabet));

	for (unsigned int i = 0; i < s->length; i++)
		if (s->literal & 1u << i)
			ok = ok && hm_checkchar_covers(s->check, s->text[i]);
	if (ok)
		return 0;
	return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: {c:%s} needs %s before it", hm_checkchar_name(s->check),
			  hm_checkchar_covers(s->check, 'A') ? "digits and capital letters" : "digits");
}

static int judge(const struct parser *p)
{
	const struct hm_scheme *s = &p->s;
	int rc;

	if (!s->width)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: no counter {n:WIDTH}");
	if (s->length > HM_SERIAL_MAX)
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: serials of %u characters, %d are allowed",
				  s->length, HM_SERIAL_MAX);
	if (s->literal & 1 && !isalnum((unsigned char)s->text[0]))
		return hm_err_set(p->err, -HM_EBAD_PRODUCT, "pattern: a serial begins with a letter or a digit");
	if (hm_date_mixes(p->fields))
		return hm_err_set(p->err, -HM_EBAD_PRODUCT,
				  "pattern: a week goes with its own year, gg, a month or day with the calendar's, yy: 2027-01-01 is in week 53 of 2026");
	rc = judge_check(p);
	return rc ? rc : judge_reset(p);
}

int hm_scheme_parse(struct hm_scheme *ret, const char *pattern, struct hm_err *err)
{
	struct parser p = { .s = { .length = 0 }, .err = err };
	size_t len = strnlen(pattern, HM_PATTERN_MAX + 1);
	int rc;

	assert(ret);
	if (len > HM_PATTERN_MAX)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: more than %d characters", HM_PATTERN_MAX);
	memcpy(p.s.pattern, pattern, len);
	for (const char *at = pattern; *at;) {
		size_t n = 1;

		rc = *at == '{' ? parse_brace(&p, at, &n) : parse_literal(&p, at);
		if (rc)
			return rc;
		at += n;
	}
	rc = judge(&p);
	if (!rc)
		*ret = p.s;
	return rc;
}
