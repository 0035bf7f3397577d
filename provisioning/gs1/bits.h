/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A big-endian bit string in 64-bit words, as tag memory is: bit 0 is the most
 * significant bit of w[0]. Every field of an EPC is at most 64 bits, so taking one is
 * two shifts, whatever the length of the EPC. One word more than the memory needs
 * keeps the second shift inside the array.
 *
 *	struct hm_bits b;
 *
 *	rc = hm_bits_from_hex(hex, len, &b);
 *	filter = hm_bits_take(b.w, 8, 3);
 */
#ifndef HM_GS1_BITS_H
#define HM_GS1_BITS_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/epc.h"
#include "base/error.h"

#define HM_EPC_BITS_MAX		(HM_EPC_WORDS_MAX * 16u)
#define HM_EPC_HEX_MAX		(HM_EPC_WORDS_MAX * 4u)

struct hm_bits {
	unsigned int n;		/* bits there are; all behind them are 0 */
	uint64_t w[9];
};

/* @n bits (0 ... 64) from bit @at. */
static inline uint64_t hm_bits_take(const uint64_t *w, unsigned int at, unsigned int n)
{
	unsigned int i = at / 64, s = at % 64;
	uint64_t v = w[i] << s;

	if (s)
		v |= w[i + 1] >> (64 - s);
	return n ? v >> (64 - n) : 0;
}

/* @v, which has @n bits at most, into @n zero bits at @at. */
static inline void hm_bits_put(uint64_t *w, unsigned int at, unsigned int n, uint64_t v)
{
	unsigned int i = at / 64, s = at % 64;

	if (!n)
		return;
	v <<= 64 - n;
	w[i] |= v >> s;
	if (s && n > 64 - s)
		w[i + 1] |= v << (64 - s);
}

#define HM_EACH(byte) (0x0101010101010101ull * (byte))

/*
 * Eight hexadecimal digits of either case to 32 bits. The digits are looked at side by
 * side in one word: a byte's top bit tells whether it is below or above a bound.
 * *ret_bad gets a bit where one of them was no digit.
 */
static inline uint32_t hm_hex8(const char *p, uint64_t *ret_bad)
{
	uint64_t x, fold, digit, letter;

	memcpy(&x, p, 8);
	x = le64toh(x);
	/* additions must not carry into the next byte */
	*ret_bad |= x & HM_EACH(0x80);
	x &= HM_EACH(0x7f);
	fold = x | HM_EACH(0x20);
	digit = (x + HM_EACH(0x80 - '0')) & ~(x + HM_EACH(0x7f - '9')) & HM_EACH(0x80);
	letter = (fold + HM_EACH(0x80 - 'a')) & ~(fold + HM_EACH(0x7f - 'f')) & HM_EACH(0x80);
	*ret_bad |= (digit | letter) ^ HM_EACH(0x80);
	x = (x & HM_EACH(0x0f)) + 9 * (letter >> 7);
	x = (x << 4 | x >> 8) & 0x00ff00ff00ff00ffull;
	x = (x | x >> 8) & 0x0000ffff0000ffffull;
	return be32toh((uint32_t)(x | x >> 16));
}

/*
 * Four bits a digit, also an odd number of them, as the standard prints its examples:
 * -HM_EEMPTY, -HM_ETOO_LONG, -HM_ENOT_HEX.
 */
static inline int hm_bits_from_hex(const char *hex, size_t len, struct hm_bits *ret)
{
	uint64_t bad = 0;
	size_t i = 0;

	if (!len)
		return -HM_EEMPTY;
	if (len > HM_EPC_HEX_MAX)
		return -HM_ETOO_LONG;
	memset(ret->w, 0, sizeof(ret->w));
	for (; i + 8 <= len; i += 8)
		ret->w[i / 16] |= (uint64_t)hm_hex8(hex + i, &bad) << (i % 16 ? 0 : 32);
	if (i < len) {
		char rest[8] = { '0', '0', '0', '0', '0', '0', '0', '0' };

		memcpy(rest, hex + i, len - i);
		ret->w[i / 16] |= (uint64_t)hm_hex8(rest, &bad) << (i % 16 ? 0 : 32);
	}
	if (bad)
		return -HM_ENOT_HEX;
	ret->n = (unsigned int)len * 4;
	return 0;
}

#endif /* HM_GS1_BITS_H */
