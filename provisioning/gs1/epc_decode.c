// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory to tag URI: TDS 1.13, 14.4. */
#include <assert.h>

#include "gs1/bits.h"
#include "gs1/epc_table.h"
#include "gs1/text.h"

/* Where the decoder is: the bits, how far, and the text so far. */
struct decoder {
	const struct hm_bits *b;
	unsigned int at;
	char *p;
};

static inline uint64_t take(struct decoder *d, unsigned int n)
{
	uint64_t v = hm_bits_take(d->b->w, d->at, n);

	d->at += n;
	return v;
}

static void put_char(struct decoder *d, uint8_t c, unsigned int escaped)
{
	static const char hex[] = "0123456789ABCDEF";

	if (epc_chars[c] & escaped) {
		*d->p++ = '%';
		*d->p++ = hex[c >> 4];
		c = (uint8_t)hex[c & 15];
	}
	*d->p++ = (char)c;
}

static int end_of_text(struct decoder *d, unsigned int end)
{
	while (d->at < end) {
		unsigned int n = end - d->at < 7 ? end - d->at : 7;

		/* the rest of the field is NUL; a bit or six that make no character are too */
		if (take(d, n))
			return n < 7 ? -HM_ERESERVED_NONZERO : -HM_EBAD_CHAR;
	}
	return 0;
}

/* 7-bit characters of set 82 in a field of @bits, NUL behind them, at most @max. */
static int text7(struct decoder *d, unsigned int bits, unsigned int max)
{
	unsigned int end = d->at + bits, n = 0;
	uint8_t c;

	while (d->at + 7 <= end && (c = (uint8_t)take(d, 7))) {
		if (!(epc_chars[c] & (CHAR_82 | CHAR_82_ESC)))
			return -HM_EBAD_CHAR;
		if (n++ == max)
			return -HM_ETOO_LONG;
		put_char(d, c, CHAR_82_ESC);
	}
	return n ? end_of_text(d, end) : -HM_EEMPTY;
}

/*
 * 6-bit characters up to 000000: @min ... @max of the classes @plain and @escaped, and a
 * '#' before them where @hash says so.
 */
static int text6(struct decoder *d, unsigned int min, unsigned int max, unsigned int plain, unsigned int escaped,
		 int hash)
{
	unsigned int n = 0, skip = 0;

	for (;; n++) {
		uint8_t c;

		if (d->at + 6 > d->b->n)
			return -HM_ENO_TERMINATOR;
		c = (uint8_t)take(d, 6);
		if (!c)
			return n < min + skip ? -HM_EEMPTY : 0;
		if (n == max)
			return -HM_ETOO_LONG;
		c = c < 32 ? c + 64 : c;
		if (hash && !n && c == '#') {
			memcpy(d->p, "%23", 3);
			d->p += 3;
			skip = 1;
			continue;
		}
		if (!(epc_chars[c] & (plain | escaped)))
			return -HM_EBAD_CHAR;
		put_char(d, c, escaped);
	}
}

static int second_field(const struct epc_scheme *s, struct decoder *d, unsigned int partition)
{
	struct epc_width w = s->seconds[partition];
	uint64_t v;

	switch (s->second) {
	case SECOND_TEXT7:
		return text7(d, w.bits, w.digits);
	case SECOND_TEXT6:
		return text6(d, 1, w.digits, CHAR_CPI, CHAR_CPI_ESC, 0);
	}
	v = take(d, w.bits);
	if (s->second == SECOND_PADDED && v >= epc_ten_to[w.digits])
		return -HM_EOVERFLOW;
	d->p = s->second == SECOND_NUMBER ? hm_put_number(d->p, v) : hm_put_padded(d->p, v, w.digits);
	return 0;
}

static int pieces(struct decoder *d)
{
	uint64_t piece = take(d, 7), total = take(d, 7);

	if (piece > 99 || total > 99)
		return -HM_EOVERFLOW;
	*d->p++ = '.';
	d->p = hm_put_padded(d->p, piece, 2);
	*d->p++ = '.';
	d->p = hm_put_padded(d->p, total, 2);
	return 0;
}

/* '1' and the digits, as one number: the 1 keeps their leading zeros. */
static int digit_string(const struct epc_scheme *s, struct decoder *d)
{
	uint64_t v = take(d, s->tail_bits);
	unsigned int n = 0;

	while (n < s->tail_chars && v >= 2 * epc_ten_to[n])
		n++;
	if (v >= 2 * epc_ten_to[n])
		return -HM_EOVERFLOW;
	if (v < epc_ten_to[n])
		return -HM_EBAD_CHAR;
	if (!n)
		return -HM_EEMPTY;
	v -= epc_ten_to[n];
	if (n > 16) {
		d->p = hm_put_padded(d->p, v / epc_ten_to[16], n - 16);
		v %= epc_ten_to[16];
		n = 16;
	}
	d->p = hm_put_padded(d->p, v, n);
	return 0;
}

static int tail(const struct epc_scheme *s, struct decoder *d)
{
	uint64_t v;

	if (s->tail == TAIL_NONE)
		return 0;
	if (s->tail == TAIL_ZERO)
		return take(d, s->tail_bits) ? -HM_ERESERVED_NONZERO : 0;
	*d->p++ = '.';
	if (s->tail == TAIL_TEXT7)
		return text7(d, s->tail_bits, s->tail_chars);
	if (s->tail == TAIL_DIGITS)
		return digit_string(s, d);
	/* behind a string of any length it may have been cut off */
	if (!s->bits && d->at + s->tail_bits > d->b->n)
		return -HM_EBAD_LENGTH;
	v = take(d, s->tail_bits);
	if (v > s->tail_max)
		return -HM_EOVERFLOW;
	d->p = hm_put_number(d->p, v);
	return 0;
}

static int partitioned(const struct epc_scheme *s, struct decoder *d)
{
	unsigned int filter = (unsigned int)take(d, 3), partition = (unsigned int)take(d, 3);
	struct epc_width w;
	uint64_t prefix;
	int rc;

	if (partition >= HM_EPC_PARTITIONS)
		return -HM_EBAD_PARTITION;
	w = epc_prefixes[partition];
	prefix = take(d, w.bits);
	if (prefix >= epc_ten_to[w.digits])
		return -HM_EOVERFLOW;
	*d->p++ = (char)('0' + filter);
	*d->p++ = '.';
	d->p = hm_put_padded(d->p, prefix, w.digits);
	*d->p++ = '.';
	rc = second_field(s, d, partition);
	if (!rc && s->pieces)
		rc = pieces(d);
	return rc ?: tail(s, d);
}

static int gid(struct decoder *d)
{
	d->p = hm_put_number(d->p, take(d, 28));
	*d->p++ = '.';
	d->p = hm_put_number(d->p, take(d, 24));
	*d->p++ = '.';
	d->p = hm_put_number(d->p, take(d, 36));
	return 0;
}

/* Six characters of @bits; a CAGE code of five has a space before it. */
static int cage(struct decoder *d, unsigned int bits)
{
	for (int i = 0; i < 6; i++) {
		uint8_t c = (uint8_t)take(d, bits);

		if (bits == 6 && c < 32)
			c += 64;
		if (!i && c == ' ')
			continue;
		if (!(epc_chars[c] & CHAR_CAGE))
			return -HM_EBAD_CHAR;
		*d->p++ = (char)c;
	}
	*d->p++ = '.';
	return 0;
}

static int usdod(struct decoder *d)
{
	int rc;

	d->p = hm_put_number(d->p, take(d, 4));
	*d->p++ = '.';
	rc = cage(d, 8);
	if (!rc)
		d->p = hm_put_number(d->p, take(d, 36));
	return rc;
}

static int adi(struct decoder *d)
{
	int rc;

	d->p = hm_put_number(d->p, take(d, 6));
	*d->p++ = '.';
	rc = cage(d, 6);
	rc = rc ?: text6(d, 0, 32, CHAR_ADI, CHAR_ADI_ESC, 0);
	if (rc)
		return rc;
	*d->p++ = '.';
	return text6(d, 1, 30, CHAR_ADI, CHAR_ADI_ESC, 1);
}

static int decode(const struct hm_bits *b, char *text, size_t *ret_len)
{
	uint8_t header = (uint8_t)(b->w[0] >> 56);
	const struct epc_scheme *s = epc_by_header(header);
	struct decoder d = { .b = b, .at = 8, .p = text };
	int rc;

	if (!s)
		return header ? -HM_EUNKNOWN_HEADER : -HM_EUNPROGRAMMED;
	/* without a fixed length: the shortest beginning; the end is looked for on the way */
	if (b->n < (s->bits ? s->bits : 8 + 6 + 36))
		return -HM_EBAD_LENGTH;
	memcpy(d.p, s->start, sizeof(s->start));
	d.p += s->start_len;
	switch (s->layout) {
	case LAYOUT_PARTITIONED:
		rc = partitioned(s, &d);
		break;
	case LAYOUT_GID:
		rc = gid(&d);
		break;
	case LAYOUT_USDOD:
		rc = usdod(&d);
		break;
	default:
		rc = adi(&d);
	}
	if (!rc)
		*ret_len = (size_t)(d.p - text);
	return rc;
}

/* urn:epc:tag:gsrnp-96:F. and three numbers, the longest a giai-96 of nineteen digits */
#define NUMERIC_SIZE 96u

/*
 * The schemes that lines meet all day, 96 bits of nothing but numbers: the fields are
 * taken and judged before the first character is written, so that it can be written
 * where the caller wants it. Everything else goes the long way.
 */
static inline bool is_numeric(const struct epc_scheme *s)
{
	return s->bits == 96 && s->layout == LAYOUT_PARTITIONED && s->second <= SECOND_NUMBER &&
	       s->tail <= TAIL_NUMBER;
}

static int decode_numeric(const struct epc_scheme *s, uint64_t hi, uint64_t lo, char *p)
{
	unsigned int partition = hi >> 50 & 7;
	uint64_t prefix, second, last;
	struct epc_width first, w;

	if (partition >= HM_EPC_PARTITIONS)
		return -HM_EBAD_PARTITION;
	first = epc_prefixes[partition];
	w = s->seconds[partition];
	prefix = hi << 14 >> (64 - first.bits);
	second = (hi << (14 + first.bits) | lo >> (50 - first.bits)) >> (64 - w.bits);
	last = (hi << 32 | lo >> 32) & ((1ull << s->tail_bits) - 1);
	if (prefix >= epc_ten_to[first.digits] ||
	    (s->second == SECOND_PADDED && second >= epc_ten_to[w.digits]))
		return -HM_EOVERFLOW;
	if (s->tail == TAIL_ZERO && last)
		return -HM_ERESERVED_NONZERO;
	memcpy(p, s->start, sizeof(s->start));
	p += s->start_len;
	p[0] = (char)('0' + (hi >> 53 & 7));
	p[1] = '.';
	p = hm_put_padded(p + 2, prefix, first.digits);
	*p++ = '.';
	p = s->second == SECOND_NUMBER ? hm_put_number(p, second) : hm_put_padded(p, second, w.digits);
	if (s->tail == TAIL_NUMBER) {
		*p++ = '.';
		p = hm_put_number(p, last);
	}
	*p = '\0';
	return 0;
}

static int decode_any(const char *hex, size_t len, char *uri, size_t size)
{
	char text[HM_EPC_URI_SIZE + HM_TEXT_SLACK];
	struct hm_bits b;
	size_t n = 0;
	int rc = hm_bits_from_hex(hex, len, &b);

	rc = rc ? rc : decode(&b, text, &n);
	if (rc)
		return rc;
	assert(n <= HM_EPC_URI_MAX);
	if (n >= size)
		return -HM_ETOO_LONG;
	memcpy(uri, text, n);
	uri[n] = '\0';
	return 0;
}

int hm_epc_decode_n(const char *hex, size_t len, char *uri, size_t size)
{
	const struct epc_scheme *s;
	uint64_t hi, lo, bad = 0;

	if (len != 24 || size < NUMERIC_SIZE)
		return decode_any(hex, len, uri, size);
	hi = (uint64_t)hm_hex8(hex, &bad) << 32;
	hi |= hm_hex8(hex + 8, &bad);
	lo = (uint64_t)hm_hex8(hex + 16, &bad) << 32;
	s = bad ? NULL : epc_by_header((uint8_t)(hi >> 56));
	if (s && is_numeric(s))
		return decode_numeric(s, hi, lo, uri);
	return decode_any(hex, len, uri, size);
}

int hm_epc_decode(const char *hex, char *uri, size_t size)
{
	return hm_epc_decode_n(hex, strlen(hex), uri, size);
}

int hm_epc_raw(const char *hex, size_t len, char *uri, size_t size)
{
	char text[HM_EPC_URI_SIZE + HM_TEXT_SLACK], *p = text;
	struct hm_bits b;
	int rc = hm_bits_from_hex(hex, len, &b);

	if (rc)
		return rc;
	if (len % 4)
		return -HM_EBAD_LENGTH;
	memcpy(p, "urn:epc:raw:", 12);
	p = hm_put_number(p + 12, b.n);
	*p++ = '.';
	*p++ = 'x';
	for (size_t i = 0; i < len; i++)
		*p++ = (char)(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
	if ((size_t)(p - text) >= size)
		return -HM_ETOO_LONG;
	memcpy(uri, text, (size_t)(p - text));
	uri[p - text] = '\0';
	return 0;
}
