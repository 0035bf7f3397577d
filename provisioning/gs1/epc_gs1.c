// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/epc_gs1.h"

#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "gs1/ai_parse.h"
#include "gs1/ai_text.h"
#include "gs1/epc_parse.h"

static const struct key {
	const char *identity;
	const char *ai;
	const char *serial_ai;		/* NULL: the serial is behind the key, or there is none */
	unsigned int digits;		/* of the key with its check digit; 0: a prefix and text */
	bool first;			/* the first digit of the second part goes in front */
	bool pad;			/* a zero goes in front */
	bool serial_behind;
	bool pieces;
} keys[] = {
	{ .identity = "sgtin", .ai = "01", .serial_ai = "21", .digits = 14, .first = true },
	{ .identity = "sscc", .ai = "00", .digits = 18, .first = true },
	{ .identity = "sgln", .ai = "414", .serial_ai = "254", .digits = 13 },
	{ .identity = "grai", .ai = "8003", .digits = 13, .pad = true, .serial_behind = true },
	{ .identity = "giai", .ai = "8004" },
	{ .identity = "gsrn", .ai = "8018", .digits = 18 },
	{ .identity = "gsrnp", .ai = "8017", .digits = 18 },
	{ .identity = "gdti", .ai = "253", .digits = 13, .serial_behind = true },
	{ .identity = "sgcn", .ai = "255", .digits = 13, .serial_behind = true },
	{ .identity = "cpi", .ai = "8010", .serial_ai = "8011" },
	{ .identity = "itip", .ai = "8006", .serial_ai = "21", .digits = 14, .first = true, .pieces = true },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* --- to the key --- */

/* %XX of a part that was checked before. */
static void put_unescaped(struct ai_out *o, const struct epc_part *p)
{
	for (size_t i = 0; i < p->len; i++) {
		char c = p->p[i];

		if (c == '%') {
			c = (char)(hm_hex_digit(p->p[i + 1]) << 4 | hm_hex_digit(p->p[i + 2]));
			i += 2;
		}
		ai_put(o, &c, 1);
	}
}

static int add(struct hm_elements *e, const char *ai, const struct ai_out *o, struct hm_err *err)
{
	assert(!o->full);
	return hm_gs1_add(e, ai, o->p, o->n, err);
}

static int add_key(const struct key *k, const struct epc_uri *u, struct hm_elements *e, struct hm_err *err)
{
	struct ai_out o = { ai_memory(e, 128), 0, 128, false };
	const struct epc_part *prefix = &u->parts[0], *second = &u->parts[1];
	unsigned int skip = k->first;
	char check;
	int rc;

	assert(o.p);
	if (k->pad)
		ai_put(&o, "0", 1);
	if (!k->digits) {
		ai_put(&o, prefix->p, prefix->len);
		put_unescaped(&o, second);
		return add(e, k->ai, &o, err);
	}
	ai_put(&o, second->p, skip);
	ai_put(&o, prefix->p, prefix->len);
	ai_put(&o, second->p + skip, second->len - skip);
	check = hm_mod10(o.p + k->pad, o.n - k->pad);
	ai_put(&o, &check, 1);
	assert(o.n == k->digits + k->pad);
	if (k->pieces) {
		ai_put(&o, u->parts[2].p, 2);
		ai_put(&o, u->parts[3].p, 2);
	}
	if (k->serial_behind)
		put_unescaped(&o, &u->parts[2]);
	rc = add(e, k->ai, &o, err);
	/* all else was checked: an EPC may say piece 00, or 03 of 02 */
	if (rc && k->pieces)
		return hm_err_set(err, rc, "(%s): no piece %.2s of %.2s: %s", k->ai, u->parts[2].p, u->parts[3].p,
				  hm_error_why(rc));
	return rc;
}

static int add_serial(const struct key *k, const struct epc_uri *u, struct hm_elements *e, struct hm_err *err)
{
	struct ai_out o = { ai_memory(e, 128), 0, 128, false };

	assert(o.p);
	put_unescaped(&o, &u->parts[u->scheme->parts - 1]);
	/* extension 0 is the location itself */
	if (!strcmp(k->identity, "sgln") && o.n == 1 && *o.p == '0')
		return 0;
	return add(e, k->serial_ai, &o, err);
}

int hm_epc_to_elements(const char *uri, size_t len, struct hm_elements *ret, struct hm_err *err)
{
	char tag[HM_EPC_URI_SIZE];
	struct epc_uri u;
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len > HM_EPC_URI_MAX)
		return -HM_ETOO_LONG;
	if (len > 11 && !memcmp(uri, "urn:epc:id:", 11)) {
		rc = hm_epc_from_pure(uri, len, HM_EPC_ANY, 0, tag, sizeof(tag));
		if (rc)
			return rc;
		uri = tag;
		len = strlen(tag);
	}
	rc = epc_parse_tag(uri, len, &u);
	rc = rc ? rc : epc_check(&u);
	if (rc)
		return rc;
	ret->n = 0;
	ret->used = 0;
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(keys[i].identity, u.scheme->identity))
			continue;
		rc = add_key(&keys[i], &u, ret, err);
		return rc || !keys[i].serial_ai ? rc : add_serial(&keys[i], &u, ret, err);
	}
	return hm_err_set(err, -HM_EUNKNOWN_SCHEME, "%s is no GS1 key: it has no element string, and no link",
			  u.scheme->identity);
}

/* --- from the key --- */

static void put_escaped(struct ai_out *o, const char *p, size_t len, unsigned int escaped)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)p[i];
		char esc[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (epc_chars[c] & escaped)
			ai_put(o, esc, 3);
		else
			ai_put(o, &p[i], 1);
	}
}

/* ".second", and the pieces and the serial that are in the same AI */
static int put_second(const struct key *k, const char *v, size_t len, unsigned int prefix_len, struct ai_out *o)
{
	const char *rest = v + k->first + prefix_len;
	size_t body;

	if (!k->digits) {
		put_escaped(o, rest, len - prefix_len, strcmp(k->identity, "cpi") ? CHAR_82_ESC : CHAR_CPI_ESC);
		return 0;
	}
	body = k->digits - 1 - prefix_len - k->first;
	ai_put(o, v, k->first);
	ai_put(o, rest, body);
	v += k->digits;
	len -= k->digits;
	if (k->pieces) {
		ai_put(o, ".", 1);
		ai_put(o, v, 2);
		ai_put(o, ".", 1);
		ai_put(o, v + 2, 2);
	}
	if (!k->serial_behind)
		return 0;
	if (!len)
		return -HM_EMISSING_AI;
	ai_put(o, ".", 1);
	put_escaped(o, v, len, CHAR_82_ESC);
	return 0;
}

static int build(const struct key *k, const struct hm_element *key, const struct hm_element *serial,
		 unsigned int prefix_len, struct ai_out *o)
{
	const char *v = key->value + k->pad;
	size_t len = key->len - k->pad;
	int rc;

	/* a GIAI may be shorter than the prefix that it is said to have */
	if (len <= prefix_len)
		return -HM_EEMPTY;
	ai_put(o, "urn:epc:id:", 11);
	ai_put(o, k->identity, strlen(k->identity));
	ai_put(o, ":", 1);
	ai_put(o, v + k->first, prefix_len);
	ai_put(o, ".", 1);
	rc = put_second(k, v, len, prefix_len, o);
	if (rc || !k->serial_ai)
		return rc;
	ai_put(o, ".", 1);
	if (serial)
		put_escaped(o, serial->value, serial->len, CHAR_82_ESC);
	else
		ai_put(o, "0", 1);
	return 0;
}

/* The first element that is neither. */
static int one_too_many(const struct key *k, const struct hm_elements *e, struct hm_err *err)
{
	unsigned int i = 0;

	while (i + 1 < e->n && (!strcmp(e->e[i].ai, k->ai) || (k->serial_ai && !strcmp(e->e[i].ai, k->serial_ai))))
		i++;
	return hm_err_set(err, -HM_ECONFLICTING_AI, "(%s): no %s EPC carries it", e->e[i].ai, k->identity);
}

int hm_epc_from_elements(const struct hm_elements *e, unsigned int prefix_len, char *out, size_t size, struct hm_err *err)
{
	char text[HM_EPC_URI_SIZE], tag[HM_EPC_URI_SIZE];
	struct ai_out o = { text, 0, sizeof(text), false };
	int rc = -HM_EMISSING_AI;

	if (prefix_len < 6 || prefix_len > 12)
		return -HM_EBAD_PREFIX_LENGTH;
	for (size_t i = 0; i < KEYS; i++) {
		const struct key *k = &keys[i];
		const struct hm_element *key = hm_gs1_find(e, k->ai), *serial;

		if (!key)
			continue;
		serial = k->serial_ai ? hm_gs1_find(e, k->serial_ai) : NULL;
		if (k->serial_ai && !serial && strcmp(k->identity, "sgln"))
			return hm_err_set(err, -HM_EMISSING_AI, "(%s): in an EPC (%s) needs it", k->serial_ai, k->ai);
		if (e->n > 1u + !!serial)
			return one_too_many(k, e, err);
		rc = build(k, key, serial, prefix_len, &o);
		if (rc == -HM_EMISSING_AI)
			return hm_err_set(err, rc, "(%s): in an EPC it has its serial", k->ai);
		break;
	}
	if (!o.n && rc == -HM_EMISSING_AI)
		return hm_err_set(err, rc, "none of them is a key that an EPC has");
	if (rc)
		return rc;
	if (o.full)
		return -HM_ETOO_LONG;
	/* is it one? the narrowest check is whether any scheme takes it */
	rc = hm_epc_from_pure(text, o.n, HM_EPC_ANY, 0, tag, sizeof(tag));
	return rc ? rc : ai_give(&o, out, size);
}
