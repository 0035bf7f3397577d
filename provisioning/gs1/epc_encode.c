// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tag URI to memory: TDS 1.13, 14.3. */
#include <assert.h>

#include "base/buf.h"
#include "base/digits.h"
#include "gs1/bits.h"
#include "gs1/epc_parse.h"
#include "gs1/text.h"

struct encoder {
	struct hm_bits b;	/* n counts what was put */
};

static void put(struct encoder *e, unsigned int bits, uint64_t v)
{
	assert(bits == 64 || v >> bits == 0);
	assert(e->b.n + bits <= HM_EPC_BITS_MAX);
	hm_bits_put(e->b.w, e->b.n, bits, v);
	e->b.n += bits;
}

/* A value without leading zeros, at most @max. */
static int number(const struct epc_part *p, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	int rc = hm_digits_value(p->p, p->len, max, &v);

	if (rc && rc != -HM_EOVERFLOW)
		return rc;
	if (p->len > 1 && p->p[0] == '0')
		return -HM_ELEADING_ZERO;
	if (!rc)
		*ret = v;
	return rc;
}

static int put_number(struct encoder *e, const struct epc_part *p, unsigned int bits, uint64_t max)
{
	uint64_t v;
	int rc = number(p, max, &v);

	if (!rc)
		put(e, bits, v);
	return rc;
}

static int put_padded(struct encoder *e, const struct epc_part *p, unsigned int bits, unsigned int digits)
{
	uint64_t v = 0;

	if (!p->len && digits)
		return -HM_EEMPTY;
	if (!hm_digits(p->p, p->len))
		return -HM_ENOT_NUMERIC;
	if (p->len != digits)
		return -HM_EBAD_LENGTH;
	for (size_t i = 0; i < p->len; i++)
		v = v * 10 + (uint64_t)(p->p[i] - '0');
	put(e, bits, v);
	return 0;
}

/*
 * The next character of an escaped string: of class @plain as it is, or of @escaped as
 * %XX. An escape of a character that needs none would be a second URI for one tag.
 */
static int next_char(const char **p, const char *end, unsigned int plain, unsigned int escaped, uint8_t *ret)
{
	uint8_t c = (uint8_t)**p;

	if (c == '%') {
		int hi = end - *p > 2 ? hm_hex_digit((*p)[1]) : -1, lo = hi >= 0 ? hm_hex_digit((*p)[2]) : -1;

		if (lo < 0)
			return -HM_EBAD_ESCAPE;
		c = (uint8_t)(hi << 4 | lo);
		if (!(epc_chars[c] & escaped))
			return -HM_EBAD_ESCAPE;
		*p += 3;
	} else {
		if (!(epc_chars[c] & plain))
			return -HM_EBAD_CHAR;
		*p += 1;
	}
	*ret = c;
	return 0;
}

static int put_text7(struct encoder *e, const struct epc_part *p, unsigned int bits, unsigned int max)
{
	const char *at = p->p, *end = p->p + p->len;
	unsigned int stop = e->b.n + bits, n = 0;

	if (!p->len)
		return -HM_EEMPTY;
	while (at < end) {
		uint8_t c;
		int rc = next_char(&at, end, CHAR_82, CHAR_82_ESC, &c);

		if (rc)
			return rc;
		if (n++ < max)
			put(e, 7, c);
	}
	if (n > max)
		return -HM_ETOO_LONG;
	e->b.n = stop;
	return 0;
}

static int put_text6(struct encoder *e, const struct epc_part *p, unsigned int min, unsigned int max,
		     unsigned int plain, unsigned int escaped, bool hash)
{
	const char *at = p->p, *end = p->p + p->len;
	unsigned int n = 0;

	if (hash && p->len >= 3 && !memcmp(at, "%23", 3)) {
		put(e, 6, '#');
		at += 3;
		n++;
	}
	if ((size_t)(end - at) < min)
		return -HM_EEMPTY;
	while (at < end) {
		uint8_t c;
		int rc = next_char(&at, end, plain, escaped, &c);

		if (rc)
			return rc;
		if (n++ < max)
			put(e, 6, c & 63);
	}
	if (n > max)
		return -HM_ETOO_LONG;
	put(e, 6, 0);
	return 0;
}

static int put_second(const struct epc_scheme *s, struct encoder *e, const struct epc_part *p,
		      unsigned int partition)
{
	struct epc_width w = s->seconds[partition];

	switch (s->second) {
	case SECOND_TEXT7:
		return put_text7(e, p, w.bits, w.digits);
	case SECOND_TEXT6:
		return put_text6(e, p, 1, w.digits, CHAR_CPI, CHAR_CPI_ESC, false);
	case SECOND_NUMBER:
		return put_number(e, p, w.bits, (1ull << w.bits) - 1);
	default:
		return put_padded(e, p, w.bits, w.digits);
	}
}

static int put_tail(const struct epc_scheme *s, struct encoder *e, const struct epc_part *p)
{
	uint64_t v;
	int rc;

	switch (s->tail) {
	case TAIL_NONE:
		return 0;
	case TAIL_ZERO:
		put(e, s->tail_bits, 0);
		return 0;
	case TAIL_NUMBER:
		return put_number(e, p, s->tail_bits, s->tail_max);
	case TAIL_TEXT7:
		return put_text7(e, p, s->tail_bits, s->tail_chars);
	}
	if (hm_digits(p->p, p->len) && p->len > s->tail_chars)
		return -HM_ETOO_LONG;
	rc = hm_digits_value(p->p, p->len, UINT64_MAX, &v);
	if (!rc)
		put(e, s->tail_bits, epc_ten_to[p->len] + v);
	return rc;
}

static int partitioned(const struct epc_scheme *s, struct encoder *e, const struct epc_part *filter,
		       const struct epc_part *parts)
{
	size_t prefix_len = parts[0].len;
	unsigned int partition;
	int rc;

	if (!prefix_len)
		return -HM_EEMPTY;
	if (!hm_digits(parts[0].p, prefix_len))
		return -HM_ENOT_NUMERIC;
	if (prefix_len < 6 || prefix_len > 12)
		return -HM_EBAD_PREFIX_LENGTH;
	partition = 12 - (unsigned int)prefix_len;
	put(e, 3, (uint64_t)(filter->p[0] - '0'));
	put(e, 3, partition);
	rc = put_padded(e, &parts[0], epc_prefixes[partition].bits, (unsigned int)prefix_len);
	rc = rc ?: put_second(s, e, &parts[1], partition);
	if (s->pieces) {
		rc = rc ?: put_padded(e, &parts[2], 7, 2);
		rc = rc ?: put_padded(e, &parts[3], 7, 2);
	}
	return rc ?: put_tail(s, e, &parts[s->parts - 1]);
}

static int put_gid(struct encoder *e, const struct epc_part *parts)
{
	static const unsigned int bits[] = { 28, 24, 36 };
	int rc = 0;

	for (int i = 0; i < 3 && !rc; i++)
		rc = put_number(e, &parts[i], bits[i], (1ull << bits[i]) - 1);
	return rc;
}

static int put_cage(struct encoder *e, const struct epc_part *p, unsigned int bits)
{
	if (!p->len)
		return -HM_EEMPTY;
	for (size_t i = 0; i < p->len; i++)
		if (!(epc_chars[(uint8_t)p->p[i]] & CHAR_CAGE))
			return -HM_EBAD_CHAR;
	if (p->len != 5 && p->len != 6)
		return -HM_EBAD_LENGTH;
	if (p->len == 5)
		put(e, bits, ' ');
	for (size_t i = 0; i < p->len; i++)
		put(e, bits, (uint8_t)p->p[i] & ((1u << bits) - 1));
	return 0;
}

static int put_adi(struct encoder *e, const struct epc_part *parts)
{
	int rc = put_cage(e, &parts[0], 6);

	rc = rc ?: put_text6(e, &parts[1], 0, 32, CHAR_ADI, CHAR_ADI_ESC, false);
	return rc ?: put_text6(e, &parts[2], 1, 30, CHAR_ADI, CHAR_ADI_ESC, true);
}

/* @ret->n is the scheme's own length. */
static int encode(const struct epc_uri *u, struct hm_bits *ret)
{
	const struct epc_scheme *s = u->scheme;
	struct encoder e = { .b = { .n = 0 } };
	uint64_t filter = 0;
	int rc;

	if (s->filter_max) {
		rc = number(&u->filter, s->filter_max, &filter);
		if (rc)
			return rc == -HM_EOVERFLOW ? -HM_EBAD_FILTER : rc;
	}
	put(&e, 8, s->header);
	switch (s->layout) {
	case LAYOUT_PARTITIONED:
		rc = partitioned(s, &e, &u->filter, u->parts);
		break;
	case LAYOUT_GID:
		rc = put_gid(&e, u->parts);
		break;
	case LAYOUT_USDOD:
		put(&e, 4, filter);
		rc = put_cage(&e, &u->parts[0], 8);
		rc = rc ?: put_number(&e, &u->parts[1], 36, (1ull << 36) - 1);
		break;
	default:
		put(&e, 6, filter);
		rc = put_adi(&e, u->parts);
	}
	if (rc)
		return rc;
	assert(!s->bits || e.b.n == s->bits);
	*ret = e.b;
	return 0;
}

int epc_check(const struct epc_uri *u)
{
	struct hm_bits b;

	return encode(u, &b);
}

/* urn:epc:raw:N.xHEX behind the colon */
static int encode_raw(const char *text, size_t len, struct hm_bits *ret)
{
	const char *dot = memchr(text, '.', len);
	struct epc_part n = { .p = text, .len = dot ? (size_t)(dot - text) : len };
	struct hm_bits b;
	uint64_t bits;
	size_t digits;
	int rc;

	if (!dot || dot + 1 == text + len || dot[1] != 'x')
		return -HM_EBAD_URI;
	rc = number(&n, HM_EPC_BITS_MAX, &bits);
	if (rc)
		return rc == -HM_EOVERFLOW ? -HM_ETOO_LONG : rc;
	digits = len - n.len - 2;
	for (size_t i = 0; i < digits; i++)
		if (hm_hex_digit(dot[2 + i]) < 0)
			return -HM_ENOT_HEX;
	if (!bits)
		return -HM_EEMPTY;
	if (bits % 16 || digits != bits / 4)
		return -HM_EBAD_LENGTH;
	rc = hm_bits_from_hex(dot + 2, digits, &b);
	if (!rc)
		*ret = b;
	return rc;
}

static void give_hex(const struct hm_bits *b, unsigned int digits, char *hex)
{
	static const char upper[] = "0123456789ABCDEF";

	for (unsigned int i = 0; i < digits; i++)
		hex[i] = upper[b->w[i / 16] >> (60 - 4 * (i % 16)) & 15];
	hex[digits] = '\0';
}

int hm_epc_encode_n(const char *uri, size_t len, char *hex, size_t size)
{
	struct epc_uri u;
	struct hm_bits b;
	unsigned int digits;
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len > HM_EPC_URI_MAX)
		return -HM_ETOO_LONG;
	if (len > 12 && !memcmp(uri, "urn:epc:raw:", 12)) {
		rc = encode_raw(uri + 12, len - 12, &b);
	} else {
		rc = epc_parse_tag(uri, len, &u);
		rc = rc ?: encode(&u, &b);
	}
	if (rc)
		return rc;
	digits = (b.n + 15) / 16 * 4;
	if (size <= digits)
		return -HM_ETOO_LONG;
	give_hex(&b, digits, hex);
	return 0;
}

int hm_epc_encode(const char *uri, char *hex, size_t size)
{
	return hm_epc_encode_n(uri, strlen(uri), hex, size);
}
