// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/plus_text.h"

#include <assert.h>

enum { AS_NUMBER, AS_UPPER_HEX, AS_LOWER_HEX, AS_BASE64, AS_ASCII, AS_CODE40, CODINGS };

#define CHARS_MAX 90u	/* of the longest value of an AI: 299 bits as a number */
#define LIMBS 10u

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/* place 0 is the padding of the last group */
static const char code40[] = " ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789";
/* the characters of each coding but ASCII; their places are their values in 1, 2 and 3 */
static const char *const sets[CODINGS] = {
	[AS_NUMBER] = "0123456789", [AS_UPPER_HEX] = "0123456789ABCDEF", [AS_LOWER_HEX] = "0123456789abcdef",
	[AS_BASE64] = base64, [AS_CODE40] = code40 + 1,
};

/* ceil(len * log2(10)): Table B of TDS 2.x. Exact up to CHARS_MAX, where no product is near a whole number. */
static unsigned int number_bits(size_t len)
{
	return (unsigned int)(len * 217706 + 65535) >> 16;
}

static unsigned int length(unsigned int coding, size_t len)
{
	switch (coding) {
	case AS_NUMBER:
		return number_bits(len);
	case AS_UPPER_HEX:
	case AS_LOWER_HEX:
		return 4 * (unsigned int)len;
	case AS_BASE64:
		return 6 * (unsigned int)len;
	case AS_ASCII:
		return 7 * (unsigned int)len;
	default:
		return 16 * (unsigned int)((len + 2) / 3);
	}
}

void plus_put(struct hm_bits *b, unsigned int bits, uint64_t v)
{
	assert(bits == 64 || v >> bits == 0);
	if (b->n + bits <= HM_EPC_BITS_MAX)
		hm_bits_put(b->w, b->n, bits, v);
	b->n += bits;
}

/* More digits than two words hold: they are limbs of 32 bits, the last ones first. */
static void put_large(struct hm_bits *b, const char *digits, size_t len)
{
	uint32_t limbs[LIMBS] = { 0 };
	unsigned int bits = number_bits(len);

	for (size_t i = 0; i < len; i++) {
		uint64_t carry = (uint64_t)(digits[i] - '0');

		for (unsigned int k = 0; k < LIMBS; k++) {
			carry += (uint64_t)limbs[k] * 10;
			limbs[k] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	for (unsigned int k = (bits - 1) / 32 + 1; k--; bits = 32 * k)
		plus_put(b, bits - 32 * k, limbs[k]);
}

void plus_put_number(struct hm_bits *b, const char *digits, size_t len)
{
	unsigned __int128 v = 0;
	unsigned int bits = number_bits(len);

	if (bits > 128) {
		put_large(b, digits, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		v = v * 10 + (unsigned int)(digits[i] - '0');
	if (bits > 64) {
		plus_put(b, bits - 64, (uint64_t)(v >> 64));
		bits = 64;
	}
	plus_put(b, bits, (uint64_t)v);
}

static unsigned int place(const char *set, char c)
{
	return (unsigned int)(strchr(set, c) - set);
}

void plus_put_code40(struct hm_bits *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		unsigned int v = 1, weight = 1600;

		for (size_t j = i; j < i + 3; j++, weight /= 40)
			v += weight * (j < len ? place(code40, text[j]) : 0);
		plus_put(b, 16, v);
	}
}

static bool all_in(const char *set, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(set, text[i]))
			return false;
	return true;
}

static unsigned int choose(const char *text, size_t len)
{
	unsigned int best = AS_ASCII;

	for (unsigned int c = 0; c < CODINGS; c++)
		if (sets[c] && length(c, len) < length(best, len) && all_in(sets[c], text, len))
			best = c;
	return best;
}

void plus_put_text(struct hm_bits *b, const char *text, size_t len, unsigned int length_bits)
{
	unsigned int coding = choose(text, len);

	assert(len && len <= CHARS_MAX);
	plus_put(b, 3, coding);
	plus_put(b, length_bits, len);
	if (coding == AS_NUMBER)
		plus_put_number(b, text, len);
	else if (coding == AS_CODE40)
		plus_put_code40(b, text, len);
	else
		for (size_t i = 0; i < len; i++)
			plus_put(b, length(coding, 1), coding == AS_ASCII ? (uint8_t)text[i] :
				 place(sets[coding], text[i]));
}

int plus_take(struct plus_reader *r, unsigned int bits, uint64_t *ret)
{
	if (r->at + bits > r->b->n)
		return -HM_EBAD_LENGTH;
	*ret = hm_bits_take(r->b->w, r->at, bits);
	r->at += bits;
	return 0;
}

static int take_large(struct plus_reader *r, unsigned int len, char *out)
{
	uint32_t limbs[LIMBS] = { 0 };
	unsigned int bits = number_bits(len), any = 0;

	for (unsigned int k = (bits - 1) / 32 + 1; k--; bits = 32 * k) {
		uint64_t v;
		int rc = plus_take(r, bits - 32 * k, &v);

		if (rc)
			return rc;
		limbs[k] = (uint32_t)v;
	}
	for (unsigned int i = len; i--;) {
		uint64_t rest = 0;

		any = 0;
		for (unsigned int k = LIMBS; k--;) {
			rest = rest << 32 | limbs[k];
			limbs[k] = (uint32_t)(rest / 10);
			any |= limbs[k];
			rest %= 10;
		}
		out[i] = (char)('0' + rest);
	}
	return any ? -HM_EOVERFLOW : 0;
}

int plus_take_number(struct plus_reader *r, unsigned int len, char *out)
{
	unsigned int bits = number_bits(len);
	unsigned __int128 v;
	uint64_t hi = 0, lo = 0;
	int rc;

	if (bits > 128)
		return take_large(r, len, out);
	rc = bits > 64 ? plus_take(r, bits - 64, &hi) : 0;
	rc = rc ? rc : plus_take(r, bits > 64 ? 64 : bits, &lo);
	if (rc)
		return rc;
	v = (unsigned __int128)hi << 64 | lo;
	for (unsigned int i = len; i--; v /= 10)
		out[i] = (char)('0' + (unsigned int)(v % 10));
	return v ? -HM_EOVERFLOW : 0;
}

int plus_take_code40(struct plus_reader *r, size_t len, char *out)
{
	for (size_t i = 0; i < len; i += 3) {
		uint64_t v;
		unsigned int c[3];
		int rc = plus_take(r, 16, &v);

		if (rc)
			return rc;
		if (!v || --v >= 64000)
			return -HM_EBAD_CHAR;
		c[0] = (unsigned int)v / 1600;
		c[1] = (unsigned int)v / 40 % 40;
		c[2] = (unsigned int)v % 40;
		/* padding behind the last character, and nowhere else */
		for (size_t j = 0; j < 3; j++) {
			if (!c[j] != (i + j >= len))
				return -HM_EBAD_CHAR;
			if (c[j])
				out[i + j] = code40[c[j]];
		}
	}
	return 0;
}

int plus_take_text(struct plus_reader *r, unsigned int max, unsigned int length_bits, char *out, size_t *ret_len)
{
	uint64_t coding = 0, len = 0, v;
	int rc = plus_take(r, 3, &coding);

	*ret_len = 0;
	rc = rc ? rc : plus_take(r, length_bits, &len);
	if (rc)
		return rc;
	if (coding >= CODINGS)
		return -HM_EBAD_CHAR;
	if (!len)
		return -HM_EEMPTY;
	if (len > max)
		return -HM_ETOO_LONG;
	if (coding == AS_NUMBER)
		rc = plus_take_number(r, (unsigned int)len, out);
	else if (coding == AS_CODE40)
		rc = plus_take_code40(r, (size_t)len, out);
	else
		for (uint64_t i = 0; i < len && !rc; i++) {
			rc = plus_take(r, length((unsigned int)coding, 1), &v);
			if (!rc)
				out[i] = coding == AS_ASCII ? (char)v : sets[coding][v];
		}
	if (!rc)
		*ret_len = (size_t)len;
	return rc;
}
