// SPDX-License-Identifier: LGPL-2.1-or-later
/* TDS 2.3, 14.6 and 15.3: header, toggle, filter, the scheme's AIs, a hostname; what follows. */
#include "gs1/epc_plus.h"

#include <assert.h>
#include <string.h>

#include "gs1/ai_parse.h"
#include "gs1/bits.h"
#include "gs1/plus_data.h"
#include "gs1/plus_host.h"
#include "gs1/plus_value.h"

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
	{ NAMES("cpi"), { 0xf0, 0xe6 }, { { "8010", { { CODE_DELIMITED, 30 } } }, { "8011", { { CODE_NUMBER, 12 } } } } },
	{ NAMES("grai"), { 0xf1, 0xeb }, { { "8003", { { CODE_DIGITS, 14 }, { CODE_TEXT, 16 } } } } },
	{ NAMES("sgln"), { 0xf2, 0xe9 }, { { "414", { { CODE_DIGITS, 13 } } }, { "254", { { CODE_TEXT, 20 } } } } },
	{ NAMES("itip"), { 0xf3, 0xed }, { { "8006", { { CODE_DIGITS, 18 } } }, { "21", { { CODE_TEXT, 20 } } } } },
	{ NAMES("gsrn"), { 0xf4, 0xe7 }, { { "8018", { { CODE_DIGITS, 18 } } } } },
	{ NAMES("gsrnp"), { 0xf5, 0xe8 }, { { "8017", { { CODE_DIGITS, 18 } } } } },
	{ NAMES("gdti"), { 0xf6, 0xea }, { { "253", { { CODE_DIGITS, 13 }, { CODE_TEXT, 17 } } } } },
	{ NAMES("sgtin"), { 0xf7, 0xfd }, { { "01", { { CODE_DIGITS, 14 } } }, { "21", { { CODE_TEXT, 20 } } } } },
	{ NAMES("sgcn"), { 0xf8, 0xec }, { { "255", { { CODE_DIGITS, 13 }, { CODE_NUMBER, 12 } } } } },
	{ NAMES("sscc"), { 0xf9, 0xef }, { { "00", { { CODE_DIGITS, 18 } } } } },
	{ NAMES("giai"), { 0xfa, 0xee }, { { "8004", { { CODE_DELIMITED, 30 } } } } },
	{ NAMES("dsgtin"), { 0xfb, 0xfc }, { { "date", { { CODE_PRIORITISED, 6 } } }, { "01", { { CODE_DIGITS, 14 } } },
			     { "21", { { CODE_TEXT, 20 } } } } },
};
#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))

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

/* The location itself, as in the older schemes (TDS 6.3.3). */
static const struct hm_element no_extension = { .ai = "254", .ai_len = 3, .len = 1, .value = "0" };

/* The first of the dates that a dsgtin+ holds. */
static const struct hm_element *find_date(const struct hm_elements *e)
{
	for (unsigned int i = 0; i < e->n; i++)
		for (size_t k = 0; k < PLUS_DATES; k++)
			/* a harvest that took several days has no place in 16 bits */
			if (!strcmp(e->e[i].ai, plus_dates[k]) && e->e[i].len == 6)
				return &e->e[i];
	return NULL;
}

static const struct hm_element *find(const struct hm_elements *e, const char *ai)
{
	const struct hm_element *there;

	if (!strcmp(ai, "date"))
		return find_date(e);
	there = hm_gs1_find(e, ai);
	return there || strcmp(ai, no_extension.ai) ? there : &no_extension;
}

/* All AIs of @s there: how many elements that are, else 0; and the place of the first. */
static unsigned int covers(const struct plus_scheme *s, const struct hm_elements *e, unsigned int *ret_first)
{
	unsigned int n = 0, first = HM_GS1_ELEMENTS;

	for (unsigned int i = 0; i < 3 && s->ais[i].ai; i++) {
		const struct hm_element *x = find(e, s->ais[i].ai);

		if (!x)
			return 0;
		if (x == &no_extension)
			continue;
		n++;
		if (x - e->e < first)
			first = (unsigned int)(x - e->e);
	}
	*ret_first = first;
	return n;
}

static bool is_part_of(const struct hm_element *x, const struct plus_scheme *s, const struct hm_elements *e)
{
	for (unsigned int i = 0; i < 3 && s->ais[i].ai; i++)
		if (find(e, s->ais[i].ai) == x)
			return true;
	return false;
}

/* Of the scheme that lacks least of what it holds, or the one that is asked for, what is lacking. */
static int missing(const struct hm_elements *e, const struct hm_epc_plus *h, struct hm_err *err)
{
	const char *lacks = NULL, *name = NULL;
	unsigned int fewest = 3;

	for (size_t i = 0; i < SCHEMES; i++) {
		const char *own = schemes[i].names[h->host[0] != '\0'], *first = NULL;
		unsigned int n = 0, there = 0;

		for (unsigned int k = 0; k < 3 && schemes[i].ais[k].ai; k++) {
			const struct hm_element *x = find(e, schemes[i].ais[k].ai);

			there += x && x != &no_extension;
			n += !x;
			first = x || first ? first : schemes[i].ais[k].ai;
		}
		if (h->want ? strcmp(h->want, own) : !there || n >= fewest)
			continue;
		fewest = n;
		lacks = first;
		name = own;
	}
	if (!name)
		return hm_err_set(err, -HM_EMISSING_AI, "none of them is a key that a + scheme holds");
	return hm_err_set(err, -HM_EMISSING_AI, strcmp(lacks, "date") ? "(%s), which %s has" : "a %s, which %s has", lacks, name);
}

/* That of most elements, and of equals that whose key comes first; or the one asked for. */
static int choose(const struct hm_elements *e, const struct hm_epc_plus *h, const struct plus_scheme **ret)
{
	const struct plus_scheme *s = NULL;
	unsigned int best = 0, best_first = 0;
	bool known = !h->want;

	for (size_t i = 0; i < SCHEMES; i++) {
		unsigned int first = 0, n = covers(&schemes[i], e, &first);

		if (h->want && strcmp(h->want, schemes[i].names[h->host[0] != '\0']))
			continue;
		known = true;
		if (n > best || (n && n == best && first < best_first)) {
			s = &schemes[i];
			best = n;
			best_first = first;
		}
	}
	if (!s)
		return known ? -HM_EMISSING_AI : -HM_EUNKNOWN_SCHEME;
	*ret = s;
	return 0;
}

static int put_ai(struct hm_bits *b, const struct plus_ai *ai, const struct hm_element *x)
{
	if (ai->parts[0].code != CODE_PRIORITISED)
		return plus_put_value(b, ai->parts, x->value, x->len);
	plus_put_date(b, x);
	return 0;
}

/* The elements that are not the scheme's own. */
static int put_others(struct hm_bits *b, const struct plus_scheme *s, const struct hm_elements *e, struct hm_err *err)
{
	/* 15.3: as on any other carrier */
	int rc = hm_gs1_check(e, err);

	for (unsigned int i = 0; i < e->n && !rc; i++)
		if (!is_part_of(&e->e[i], s, e))
			rc = plus_put_data(b, &e->e[i], err);
	return rc;
}

int hm_epc_plus_encode(const struct hm_elements *e, struct hm_epc_plus *h, char *hex, size_t size, struct hm_err *err)
{
	const struct plus_scheme *s = NULL;
	struct hm_bits b = { .n = 0 };
	unsigned int own = 0, first = 0, digits, bits;
	bool host = h->host[0];
	int rc = choose(e, h, &s);

	if (rc == -HM_EUNKNOWN_SCHEME)
		return hm_err_set(err, rc, "no %s with%s a hostname", h->want, host ? "" : "out");
	if (rc == -HM_EMISSING_AI)
		return missing(e, h, err);
	if (rc)
		return rc;
	if (h->filter > 7)
		return -HM_EBAD_FILTER;
	own = covers(s, e, &first);
	plus_put(&b, 8, s->headers[host]);
	plus_put(&b, 1, e->n > own);
	plus_put(&b, 3, h->filter);
	for (unsigned int i = 0; i < 3 && s->ais[i].ai && !rc; i++)
		rc = put_ai(&b, &s->ais[i], find(e, s->ais[i].ai));
	if (rc == -HM_EMISSING_AI)
		return hm_err_set(err, rc, "(%s): in a tag it has its serial", s->ais[0].ai);
	if (!rc && host) {
		rc = plus_put_host(&b, h->host, strlen(h->host));
		if (rc)
			return hm_err_set(err, rc, "the hostname: %s", hm_error_why(rc));
	}
	bits = b.n;
	if (!rc && e->n > own)
		rc = put_others(&b, s, e, err);
	if (rc)
		return rc;
	digits = (b.n + 15) / 16 * 4;
	if (b.n > HM_EPC_BITS_MAX)
		return hm_err_set(err, -HM_ETOO_LONG, "%u bits, with all that follows the EPC, and a tag's %u words hold %u", b.n,
				  HM_EPC_WORDS_MAX, HM_EPC_BITS_MAX);
	if (size <= digits)
		return -HM_ETOO_LONG;
	for (unsigned int i = 0; i < digits; i++)
		hex[i] = "0123456789ABCDEF"[hm_bits_take(b.w, 4 * i, 4)];
	hex[digits] = '\0';
	h->scheme = s->names[host];
	h->bits = bits;
	h->own = own;
	h->data_follows = e->n > own;
	return 0;
}

/* --- reading --- */

static int take_ai(struct plus_reader *r, const struct plus_ai *ai, struct hm_elements *list, struct hm_err *err)
{
	const char *name = ai->ai;
	char *value = ai_memory(list, 32);
	unsigned int at = r->at;
	size_t len = 6;
	int rc;

	assert(value);
	if (ai->parts[0].code == CODE_PRIORITISED)
		rc = plus_take_date(r, value, &name);
	else
		rc = plus_take_value(r, ai->parts, value, &len);
	rc = rc ? rc : hm_gs1_add(list, name, value, len, NULL);
	return rc ? plus_complain(err, rc, name, at) : 0;
}

/* As element strings are written: the key first. */
static void date_last(const struct plus_scheme *s, struct hm_elements *list)
{
	struct hm_element date = list->e[0];

	if (s->ais[0].parts[0].code != CODE_PRIORITISED)
		return;
	memmove(&list->e[0], &list->e[1], 2 * sizeof(date));
	list->e[2] = date;
}

/* The extension 0 of a location is none. */
static bool drop_extension(struct hm_elements *list)
{
	if (list->n < 2 || strcmp(list->e[1].ai, no_extension.ai) || list->e[1].len != 1 || *list->e[1].value != '0')
		return false;
	list->n--;
	memmove(&list->e[1], &list->e[2], (list->n - 1) * sizeof(list->e[0]));
	return true;
}

/* The EPC: @ret its elements, as they are written, @r behind it; @h, but not want. */
static int take_epc(struct plus_reader *r, struct hm_epc_plus *h, struct hm_elements *ret, struct hm_err *err)
{
	const uint64_t *w = r->b->w;
	const struct plus_scheme *s;
	bool host = false;
	int rc = 0;

	s = by_header((uint8_t)(w[0] >> 56), &host);
	if (!s)
		return w[0] >> 56 ? -HM_EUNKNOWN_HEADER : -HM_EUNPROGRAMMED;
	if (r->b->n < r->at)
		return -HM_EBAD_LENGTH;
	ret->n = 0;
	ret->used = 0;
	h->host[0] = '\0';
	for (unsigned int i = 0; i < 3 && s->ais[i].ai && !rc; i++)
		rc = take_ai(r, &s->ais[i], ret, err);
	if (rc)
		return rc;
	h->bits = r->at;
	if (host)
		rc = plus_take_host(r, h->host);
	if (rc)
		return hm_err_set(err, rc, "the hostname, at bit %u: %s", h->bits, hm_error_why(rc));
	date_last(s, ret);
	h->scheme = s->names[host];
	h->bits = r->at;
	h->own = ret->n;
	h->data_follows = hm_bits_take(w, 8, 1);
	h->filter = (unsigned int)hm_bits_take(w, 9, 3);
	return 0;
}

/* What follows the EPC, and all elements judged together (15.3), as on any other carrier. */
static int take_data(struct plus_reader *r, const struct hm_epc_plus *epc, struct hm_elements *ret, struct hm_err *err)
{
	struct hm_err why = { "" };
	int rc = plus_take_data(r, ret, err);

	if (rc)
		return rc;
	rc = hm_gs1_check(ret, &why);
	return rc ? hm_err_set(err, rc, "with the elements from bit %u on: %s", epc->bits, hm_err_text(&why, rc)) : 0;
}

int hm_epc_plus_decode_apart(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret, int *ret_data,
			     struct hm_err *err)
{
	struct hm_epc_plus epc = { .want = h->want };
	struct hm_bits b;
	struct plus_reader r = { &b, 12 };
	int rc = hm_bits_from_hex(hex, len, &b), data = 0;

	rc = rc ? rc : take_epc(&r, &epc, ret, err);
	if (rc)
		return rc;
	if (epc.data_follows)
		data = take_data(&r, &epc, ret, err);
	if (data)
		ret->n = epc.own;
	epc.own -= drop_extension(ret);
	*h = epc;
	*ret_data = data;
	return 0;
}

int hm_epc_plus_decode(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret, struct hm_err *err)
{
	struct hm_epc_plus epc = { .want = h->want };
	int data = 0, rc = hm_epc_plus_decode_apart(hex, len, &epc, ret, &data, err);

	if (rc || data)
		return rc ? rc : data;
	*h = epc;
	return 0;
}
