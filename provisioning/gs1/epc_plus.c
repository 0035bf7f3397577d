// SPDX-License-Identifier: LGPL-2.1-or-later
/* TDS 2.3, 14.5 and 14.6: header, toggle, filter, then AIs by Table F's columns, a hostname. */
#include "gs1/epc_plus.h"

#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "gs1/ai_parse.h"
#include "gs1/bits.h"
#include "gs1/plus_host.h"

/* How the value of an AI is written, part after part. */
enum plus_how {
	HOW_END,
	HOW_DIGITS,		/* 14.5.4: four bits a digit, a fixed number */
	HOW_TEXT,		/* 14.5.6: coding, length, characters */
	HOW_NUMBER,		/* 14.5.13: length, value */
	HOW_DELIMITED,		/* 14.5.5: four bits a digit, E and text or F */
	HOW_DATE,		/* 14.5.3: which date, year 7, month 4, day 5 */
};

struct plus_part {
	uint8_t how, max;	/* max: digits or characters */
};

struct plus_ai {
	const char *ai;
	struct plus_part parts[2];
};

/* without a hostname, and with one */
#define NAMES(name) { name "+", name "++" }

static const struct plus_scheme {
	const char *names[2];
	uint8_t headers[2];
	struct plus_ai ais[3];	/* in the order they are written */
} schemes[] = {
	{ NAMES("cpi"), { 0xf0, 0xe6 }, { { "8010", { { HOW_DELIMITED, 30 } } }, { "8011", { { HOW_NUMBER, 12 } } } } },
	{ NAMES("grai"), { 0xf1, 0xeb }, { { "8003", { { HOW_DIGITS, 14 }, { HOW_TEXT, 16 } } } } },
	{ NAMES("sgln"), { 0xf2, 0xe9 }, { { "414", { { HOW_DIGITS, 13 } } }, { "254", { { HOW_TEXT, 20 } } } } },
	{ NAMES("itip"), { 0xf3, 0xed }, { { "8006", { { HOW_DIGITS, 18 } } }, { "21", { { HOW_TEXT, 20 } } } } },
	{ NAMES("gsrn"), { 0xf4, 0xe7 }, { { "8018", { { HOW_DIGITS, 18 } } } } },
	{ NAMES("gsrnp"), { 0xf5, 0xe8 }, { { "8017", { { HOW_DIGITS, 18 } } } } },
	{ NAMES("gdti"), { 0xf6, 0xea }, { { "253", { { HOW_DIGITS, 13 }, { HOW_TEXT, 17 } } } } },
	{ NAMES("sgtin"), { 0xf7, 0xfd }, { { "01", { { HOW_DIGITS, 14 } } }, { "21", { { HOW_TEXT, 20 } } } } },
	{ NAMES("sgcn"), { 0xf8, 0xec }, { { "255", { { HOW_DIGITS, 13 }, { HOW_NUMBER, 12 } } } } },
	{ NAMES("sscc"), { 0xf9, 0xef }, { { "00", { { HOW_DIGITS, 18 } } } } },
	{ NAMES("giai"), { 0xfa, 0xee }, { { "8004", { { HOW_DELIMITED, 30 } } } } },
	{ NAMES("dsgtin"), { 0xfb, 0xfc }, { { "date", { { HOW_DATE, 6 } } }, { "01", { { HOW_DIGITS, 14 } } },
			     { "21", { { HOW_TEXT, 20 } } } } },
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

/* by the date type indicator of a dsgtin+ */
static const char *const dates[] = { "11", "13", "15", "16", "17", "7006", "7007" };
#define DATES (sizeof(dates) / sizeof(dates[0]))

/* NULL: none; else whether a hostname is behind it */
static const struct plus_scheme *by_header(uint8_t header, bool *ret_host)
{
	for (size_t i = 0; i < SCHEMES; i++)
		for (int host = 0; host < 2; host++)
			if (schemes[i].headers[host] == header) {
				*ret_host = host;
				return &schemes[i];
			}
	return NULL;
}

bool hm_epc_is_plus(uint8_t header)
{
	bool host;

	return by_header(header, &host);
}

/* --- writing --- */

static void put_date(struct hm_bits *b, const struct hm_element *x)
{
	unsigned int which = 0, v[3];

	while (strcmp(dates[which], x->ai))
		which++;
	for (int i = 0; i < 3; i++)
		v[i] = (unsigned int)(10 * (x->value[2 * i] - '0') + x->value[2 * i + 1] - '0');
	plus_put(b, 4, which);
	plus_put(b, 7, v[0]);
	plus_put(b, 4, v[1]);
	plus_put(b, 5, v[2]);
}

static void put_digits(struct hm_bits *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		plus_put(b, 4, (uint64_t)(p[i] - '0'));
}

static void put_delimited(struct hm_bits *b, const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	put_digits(b, p, n);
	plus_put(b, 4, n < len ? 0xe : 0xf);
	if (n < len)
		plus_put_text(b, p + n, len - n);
}

static int put_ai(struct hm_bits *b, const struct plus_ai *ai, const struct hm_element *x)
{
	const char *p = x->value;
	size_t left = x->len;

	for (int i = 0; i < 2 && ai->parts[i].how; i++) {
		const struct plus_part *part = &ai->parts[i];

		/* a key without the serial that makes it one thing */
		if (!left)
			return -HM_EMISSING_AI;
		switch (part->how) {
		case HOW_DIGITS:
			assert(left >= part->max);
			put_digits(b, p, part->max);
			p += part->max;
			left -= part->max;
			continue;
		case HOW_DATE:
			put_date(b, x);
			break;
		case HOW_TEXT:
			plus_put_text(b, p, left);
			break;
		case HOW_NUMBER:
			plus_put(b, 4, left);
			plus_put_number(b, p, left);
			break;
		default:
			put_delimited(b, p, left);
		}
		left = 0;
	}
	return 0;
}

/* The location itself, as in the older schemes (TDS 6.3.3). */
static const struct hm_element no_extension = { .ai = "254", .ai_len = 3, .len = 1, .value = "0" };

static const struct hm_element *find(const struct hm_elements *e, const char *ai)
{
	const struct hm_element *there = strcmp(ai, "date") ? hm_gs1_find(e, ai) : NULL;

	if (there)
		return there;
	if (!strcmp(ai, no_extension.ai))
		return &no_extension;
	if (strcmp(ai, "date"))
		return NULL;
	for (size_t i = 0; i < DATES; i++) {
		const struct hm_element *x = hm_gs1_find(e, dates[i]);

		/* a harvest that took several days has no place in 16 bits */
		if (x && x->len == 6)
			return x;
	}
	return NULL;
}

/* All AIs of @s there: how many elements that are, else 0. */
static unsigned int covers(const struct plus_scheme *s, const struct hm_elements *e)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 3 && s->ais[i].ai; i++) {
		const struct hm_element *x = find(e, s->ais[i].ai);

		if (!x)
			return 0;
		n += x != &no_extension;
	}
	return n;
}

static bool is_part_of(const struct hm_element *x, const struct plus_scheme *s, const struct hm_elements *e)
{
	for (unsigned int i = 0; i < 3 && s->ais[i].ai; i++)
		if (find(e, s->ais[i].ai) == x)
			return true;
	return false;
}

/* The first element that is not. */
static int one_too_many(const struct plus_scheme *s, const struct hm_elements *e, const char *name, struct hm_err *err)
{
	const struct hm_element *x = e->e;

	while (is_part_of(x, s, e))
		x++;
	assert(x < e->e + e->n);
	return hm_err_set(err, -HM_ECONFLICTING_AI, "(%s): no %s EPC carries it", x->ai, name);
}

int hm_epc_plus_encode(const struct hm_elements *e, struct hm_epc_plus *h, char *hex, size_t size, struct hm_err *err)
{
	const struct plus_scheme *s = NULL;
	struct hm_bits b = { .n = 0 };
	unsigned int best = 0, digits;
	bool host = h->host[0];
	int rc = 0;

	for (size_t i = 0; i < SCHEMES; i++)
		if (covers(&schemes[i], e) > best) {
			s = &schemes[i];
			best = covers(s, e);
		}
	if (!s)
		return -HM_EMISSING_AI;
	if (best < e->n)
		return one_too_many(s, e, s->names[host], err);
	if (h->filter > 7)
		return -HM_EBAD_FILTER;
	plus_put(&b, 8, s->headers[host]);
	plus_put(&b, 1, h->data_follows);
	plus_put(&b, 3, h->filter);
	for (unsigned int i = 0; i < 3 && s->ais[i].ai && !rc; i++)
		rc = put_ai(&b, &s->ais[i], find(e, s->ais[i].ai));
	if (!rc && host)
		rc = plus_put_host(&b, h->host, strlen(h->host));
	if (rc)
		return rc;
	digits = (b.n + 15) / 16 * 4;
	if (size <= digits)
		return -HM_ETOO_LONG;
	for (unsigned int i = 0; i < digits; i++)
		hex[i] = "0123456789ABCDEF"[hm_bits_take(b.w, 4 * i, 4)];
	hex[digits] = '\0';
	h->scheme = s->names[host];
	h->bits = b.n;
	return 0;
}

/* --- reading --- */

static int take_digits(struct plus_reader *r, unsigned int n, char *out)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t d;
		int rc = plus_take(r, 4, &d);

		if (rc)
			return rc;
		if (d > 9)
			return -HM_ENOT_NUMERIC;
		out[i] = (char)('0' + d);
	}
	return 0;
}

static int take_delimited(struct plus_reader *r, unsigned int max, char *out, size_t *ret_len)
{
	for (size_t n = 0;; n++) {
		uint64_t d;
		int rc = plus_take(r, 4, &d);

		if (rc)
			return -HM_ENO_TERMINATOR;
		if (d <= 9) {
			if (n == max)
				return -HM_ETOO_LONG;
			out[n] = (char)('0' + d);
			continue;
		}
		if (d == 0xf) {
			*ret_len = n;
			return 0;
		}
		if (d != 0xe)
			return -HM_EBAD_CHAR;
		rc = plus_take_text(r, (unsigned int)(max - n), out + n, ret_len);
		/* digits go before the delimiter, all of them */
		if (!rc && hm_digits(out + n, 1))
			rc = -HM_EBAD_CHAR;
		*ret_len += n;
		return rc;
	}
}

static int take_date(struct plus_reader *r, char *out, const char **ret_ai)
{
	static const unsigned int bits[] = { 7, 4, 5 };
	uint64_t which, v;
	int rc = plus_take(r, 4, &which);

	if (rc)
		return rc;
	if (which >= DATES)
		return -HM_EBAD_DATE;
	*ret_ai = dates[which];
	for (int i = 0; i < 3; i++) {
		rc = plus_take(r, bits[i], &v);
		if (rc)
			return rc;
		if (v > 99)
			return -HM_EBAD_DATE;
		out[2 * i] = (char)('0' + v / 10);
		out[2 * i + 1] = (char)('0' + v % 10);
	}
	return 0;
}

static int take_ai(struct plus_reader *r, const struct plus_ai *ai, char *out, size_t *ret_len, const char **ret_ai)
{
	size_t n = 0, more = 0;
	uint64_t len;
	int rc = 0;

	*ret_ai = ai->ai;
	for (int i = 0; i < 2 && ai->parts[i].how && !rc; i++) {
		unsigned int max = ai->parts[i].max;

		more = max;
		switch (ai->parts[i].how) {
		case HOW_DIGITS:
			rc = take_digits(r, max, out + n);
			break;
		case HOW_DATE:
			rc = take_date(r, out, ret_ai);
			break;
		case HOW_TEXT:
			rc = plus_take_text(r, max, out + n, &more);
			break;
		case HOW_NUMBER:
			rc = plus_take(r, 4, &len);
			if (!rc && !len)
				rc = -HM_EEMPTY;
			if (!rc && len > max)
				rc = -HM_ETOO_LONG;
			more = rc ? 0 : (size_t)len;
			rc = rc ? rc : plus_take_number(r, (unsigned int)len, out + n);
			break;
		default:
			rc = take_delimited(r, max, out + n, &more);
		}
		n += more;
	}
	*ret_len = n;
	return rc;
}

int hm_epc_plus_decode(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret)
{
	const struct plus_scheme *s;
	struct hm_bits b;
	struct plus_reader r = { &b, 12 };
	char name[PLUS_HOST_MAX + 1] = "";
	bool host = false;
	int rc = hm_bits_from_hex(hex, len, &b);

	if (rc)
		return rc;
	s = by_header((uint8_t)(b.w[0] >> 56), &host);
	if (!s)
		return b.w[0] >> 56 ? -HM_EUNKNOWN_HEADER : -HM_EUNPROGRAMMED;
	if (b.n < 12)
		return -HM_EBAD_LENGTH;
	ret->n = 0;
	ret->used = 0;
	for (unsigned int i = 0; i < 3 && s->ais[i].ai; i++) {
		char *value = ai_memory(ret, 32);
		const char *ai;
		size_t n;

		assert(value);
		rc = take_ai(&r, &s->ais[i], value, &n, &ai);
		rc = rc ? rc : hm_gs1_add(ret, ai, value, n, NULL);
		if (rc)
			return rc;
	}
	rc = host ? plus_take_host(&r, name) : 0;
	if (rc)
		return rc;
	/* as element strings are written: the key first */
	if (s->ais[0].parts[0].how == HOW_DATE) {
		struct hm_element date = ret->e[0];

		memmove(&ret->e[0], &ret->e[1], 2 * sizeof(date));
		ret->e[2] = date;
	}
	if (ret->n == 2 && !strcmp(ret->e[1].ai, no_extension.ai) && ret->e[1].len == 1 && *ret->e[1].value == '0')
		ret->n = 1;
	h->scheme = s->names[host];
	memcpy(h->host, name, sizeof(name));
	h->bits = r.at;
	h->data_follows = hm_bits_take(b.w, 8, 1);
	h->filter = (unsigned int)hm_bits_take(b.w, 9, 3);
	return 0;
}
