/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The EPC schemes a second time, typed from the standard's tables and not from the
 * codec's, with the slowest possible packing: a text of '0' and '1'. What the tests of
 * the codec compare with.
 *
 *	struct spec_bits b = { "" };
 *
 *	spec_put(&b, 0x30, 8);
 *	...
 *	spec_hex(&b, hex);
 */
#ifndef TESTS_UNIT_SUPPORT_EPC_SPEC_H
#define TESTS_UNIT_SUPPORT_EPC_SPEC_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spec_bits {
	char text[1024];
	size_t n;
};

static inline void spec_put(struct spec_bits *b, uint64_t v, int bits)
{
	while (bits-- > 0)
		b->text[b->n++] = bits < 64 && v >> bits & 1 ? '1' : '0';
}

/* upper-case, zero bits up to a word */
static inline void spec_hex(const struct spec_bits *b, char *hex)
{
	size_t digits = (b->n + 15) / 16 * 4;

	for (size_t i = 0; i < digits; i++) {
		unsigned int v = 0;

		for (size_t j = 4 * i; j < 4 * i + 4; j++)
			v = v * 2 + (j < b->n && b->text[j] == '1');
		hex[i] = "0123456789ABCDEF"[v];
	}
	hex[digits] = '\0';
}

/* TDS 2.3, Table B: the bits of 1 ... 90 digits as one number */
static const int spec_number_bits[91] = {
	0, 4, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40, 44, 47, 50, 54, 57, 60, 64, 67, 70, 74, 77, 80, 84, 87, 90, 94, 97,
	100, 103, 107, 110, 113, 117, 120, 123, 127, 130, 133, 137, 140, 143, 147, 150, 153, 157, 160, 163, 167, 170, 173,
	177, 180, 183, 187, 190, 193, 196, 200, 203, 206, 210, 213, 216, 220, 223, 226, 230, 233, 236, 240, 243, 246, 250,
	253, 256, 260, 263, 266, 270, 273, 276, 280, 283, 286, 290, 293, 296, 299,
};

static inline void spec_digits(struct spec_bits *b, const char *digits, size_t len)
{
	for (size_t i = 0; i < len; i++)
		spec_put(b, (uint64_t)(digits[i] - '0'), 4);
}

/* The value of up to 90 digits, a bit at a time: no number is large enough to be wrong. */
static inline void spec_number(struct spec_bits *b, const char *digits, size_t len)
{
	int bits = spec_number_bits[len];
	char text[96], out[300];

	memcpy(text, digits, len);
	for (int i = bits; i--;) {
		int rest = 0;

		for (size_t j = 0; j < len; j++) {
			int v = 10 * rest + text[j] - '0';

			text[j] = (char)('0' + v / 2);
			rest = v % 2;
		}
		out[i] = (char)rest;
	}
	for (int i = 0; i < bits; i++)
		spec_put(b, (uint64_t)out[i], 1);
}

/* Table E: a character's value in each coding; NULL: ASCII */
static const char *const spec_sets[6] = {
	"0123456789", "0123456789ABCDEF", "0123456789abcdef",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", NULL, " ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789",
};

static inline int spec_text_bits(unsigned int coding, size_t len)
{
	static const int each[6] = { 0, 4, 4, 6, 7, 0 };

	return !coding ? spec_number_bits[len] : coding == 5 ? 16 * (int)((len + 2) / 3) : each[coding] * (int)len;
}

static inline void spec_text(struct spec_bits *b, unsigned int coding, const char *text, size_t len, int length_bits)
{
	const char *set = spec_sets[coding];

	spec_put(b, coding, 3);
	spec_put(b, len, length_bits);
	if (coding == 0)
		spec_number(b, text, len);
	else if (coding == 5)
		for (size_t i = 0; i < len; i += 3) {
			uint64_t v = 1, weight = 1600;

			for (size_t j = i; j < i + 3 && j < len; j++, weight /= 40)
				v += weight * (uint64_t)(strchr(set, text[j]) - set);
			spec_put(b, v, 16);
		}
	else
		for (size_t i = 0; i < len; i++)
			spec_put(b, set ? (uint64_t)(strchr(set, text[i]) - set) : (uint64_t)text[i],
				 spec_text_bits(coding, 1));
}

/* the kinds of a serial, or of an only second field */
enum spec_kind { S_NUM, S_DIGITS, S_TEXT, S_ZERO, S_NONE };

struct spec {
	const char *name;
	unsigned int header;
	int bits;		/* 0: cpi-var */
	/* second field by partition; kind 'p' padded, 'n' number, 't' text, 'v' 6-bit text */
	char second;
	int second_bits[7], second_digits[7];
	int pieces;
	enum spec_kind tail;
	int tail_bits, tail_chars;
};

static const int spec_prefix_bits[7] = { 40, 37, 34, 30, 27, 24, 20 };

#define SPEC_ITEM	'p', { 4, 7, 10, 14, 17, 20, 24 }, { 1, 2, 3, 4, 5, 6, 7 }
#define SPEC_SERIAL	'p', { 18, 21, 24, 28, 31, 34, 38 }, { 5, 6, 7, 8, 9, 10, 11 }
#define SPEC_PLACE	'p', { 1, 4, 7, 11, 14, 17, 21 }, { 0, 1, 2, 3, 4, 5, 6 }
#define SPEC_ASSET	'p', { 4, 7, 10, 14, 17, 20, 24 }, { 0, 1, 2, 3, 4, 5, 6 }

static const struct spec specs[] = {
	{ "sgtin-96", 0x30, 96, SPEC_ITEM, 0, S_NUM, 38, 0 },
	{ "sgtin-198", 0x36, 198, SPEC_ITEM, 0, S_TEXT, 140, 20 },
	{ "sscc-96", 0x31, 96, SPEC_SERIAL, 0, S_ZERO, 24, 0 },
	{ "sgln-96", 0x32, 96, SPEC_PLACE, 0, S_NUM, 41, 0 },
	{ "sgln-195", 0x39, 195, SPEC_PLACE, 0, S_TEXT, 140, 20 },
	{ "grai-96", 0x33, 96, SPEC_ASSET, 0, S_NUM, 38, 0 },
	{ "grai-170", 0x37, 170, SPEC_ASSET, 0, S_TEXT, 112, 16 },
	{ "giai-96", 0x34, 96, 'n', { 42, 45, 48, 52, 55, 58, 62 }, { 13, 14, 15, 16, 17, 18, 19 }, 0, S_NONE, 0, 0 },
	{ "giai-202", 0x38, 202, 't', { 148, 151, 154, 158, 161, 164, 168 }, { 18, 19, 20, 21, 22, 23, 24 }, 0,
	  S_NONE, 0, 0 },
	{ "gsrn-96", 0x2d, 96, SPEC_SERIAL, 0, S_ZERO, 24, 0 },
	{ "gsrnp-96", 0x2e, 96, SPEC_SERIAL, 0, S_ZERO, 24, 0 },
	{ "gdti-96", 0x2c, 96, SPEC_PLACE, 0, S_NUM, 41, 0 },
	{ "gdti-113", 0x3a, 113, SPEC_PLACE, 0, S_DIGITS, 58, 17 },
	{ "gdti-174", 0x3e, 174, SPEC_PLACE, 0, S_TEXT, 119, 17 },
	{ "sgcn-96", 0x3f, 96, SPEC_PLACE, 0, S_DIGITS, 41, 12 },
	{ "cpi-96", 0x3c, 96, 'n', { 11, 14, 17, 21, 24, 27, 31 }, { 3, 4, 5, 6, 7, 8, 9 }, 0, S_NUM, 31, 0 },
	{ "cpi-var", 0x3d, 0, 'v', { 0 }, { 18, 19, 20, 21, 22, 23, 24 }, 0, S_NUM, 40, 0 },
	{ "itip-110", 0x40, 110, SPEC_ITEM, 1, S_NUM, 38, 0 },
	{ "itip-212", 0x41, 212, SPEC_ITEM, 1, S_TEXT, 140, 20 },
};
#define SPECS (sizeof(specs) / sizeof(specs[0]))

static inline uint64_t spec_nines(int n)
{
	uint64_t v = 0;

	while (n--)
		v = v * 10 + 9;
	return v;
}

/* the serial's largest value */
static inline uint64_t spec_tail_max(const struct spec *s)
{
	return s->bits ? (1ull << s->tail_bits) - 1 : 999999999999ull;
}

/* a number's largest value in the second field */
static inline uint64_t spec_second_max(const struct spec *s, int p)
{
	/* 14.3.4: an unpadded number is limited by its bits, whatever digits the table names */
	return s->second == 'n' ? (1ull << s->second_bits[p]) - 1 : spec_nines(s->second_digits[p]);
}

/* Characters of a URI part, escapes undone. */
static inline size_t spec_unescape(const char *uri, char *out)
{
	size_t n = 0;

	for (; *uri; uri++) {
		if (*uri == '%') {
			char hex[3] = { uri[1], uri[2], '\0' };

			out[n++] = (char)strtol(hex, NULL, 16);
			uri += 2;
		} else {
			out[n++] = *uri;
		}
	}
	out[n] = '\0';
	return n;
}

/* Text of 7-bit characters in a field of @bits. */
static inline void spec_put_text7(struct spec_bits *b, const char *uri, int bits)
{
	char text[256];
	size_t end = b->n + (size_t)bits;

	spec_unescape(uri, text);
	for (const char *p = text; *p; p++)
		spec_put(b, (uint64_t)*p, 7);
	spec_put(b, 0, (int)(end - b->n));
}

static inline void spec_put_text6(struct spec_bits *b, const char *uri)
{
	char text[256];

	spec_unescape(uri, text);
	for (const char *p = text; *p; p++)
		spec_put(b, (uint64_t)*p & 63, 6);
	spec_put(b, 0, 6);
}

/* One partitioned EPC from the texts of its parts. */
struct spec_epc {
	const struct spec *s;
	int partition;
	unsigned int filter;
	char prefix[32], second[128], piece[8], total[8], tail[128];
};

static inline void spec_uri(const struct spec_epc *e, char out[256])
{
	int n = snprintf(out, 256, "urn:epc:tag:%s:%u.%s.%s", e->s->name, e->filter, e->prefix, e->second);

	if (e->s->pieces)
		n += snprintf(out + n, 256 - (size_t)n, ".%s.%s", e->piece, e->total);
	if (e->s->tail != S_ZERO && e->s->tail != S_NONE)
		snprintf(out + n, 256 - (size_t)n, ".%s", e->tail);
}

static inline void spec_image(const struct spec_epc *e, struct spec_bits *b)
{
	const struct spec *s = e->s;
	char one[128];

	spec_put(b, s->header, 8);
	spec_put(b, e->filter, 3);
	spec_put(b, (uint64_t)e->partition, 3);
	spec_put(b, strtoull(e->prefix, NULL, 10), spec_prefix_bits[e->partition]);
	if (s->second == 't')
		spec_put_text7(b, e->second, s->second_bits[e->partition]);
	else if (s->second == 'v')
		spec_put_text6(b, e->second);
	else
		spec_put(b, strtoull(e->second, NULL, 10), s->second_bits[e->partition]);
	if (s->pieces) {
		spec_put(b, strtoull(e->piece, NULL, 10), 7);
		spec_put(b, strtoull(e->total, NULL, 10), 7);
	}
	snprintf(one, sizeof(one), "1%.100s", e->tail);
	switch (s->tail) {
	case S_NUM:
		spec_put(b, strtoull(e->tail, NULL, 10), s->tail_bits);
		break;
	case S_DIGITS:
		spec_put(b, strtoull(one, NULL, 10), s->tail_bits);
		break;
	case S_TEXT:
		spec_put_text7(b, e->tail, s->tail_bits);
		break;
	case S_ZERO:
		spec_put(b, 0, s->tail_bits);
		break;
	case S_NONE:
		break;
	}
}

#endif /* TESTS_UNIT_SUPPORT_EPC_SPEC_H */
