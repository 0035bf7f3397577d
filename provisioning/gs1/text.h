/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decimal numbers onto a text, the way the codecs need them: many a microsecond, with
 * a fixed width or without leading zeros. A writer returns the new end and may scribble
 * up to HM_TEXT_SLACK bytes behind it; it writes no NUL.
 */
#ifndef HM_GS1_TEXT_H
#define HM_GS1_TEXT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HM_TEXT_SLACK 16

/*
 * The eight digits of @v < 10^8 as bytes 0 ... 9, the first in the lowest byte. Halves
 * are split side by side: by 10000, by 100, by 10, each with a multiplication that is
 * exact for its range.
 */
static inline uint64_t hm_digits8(uint32_t v)
{
	uint64_t x, q;

	x = v / 10000 | (uint64_t)(v % 10000) << 32;
	q = (x * 5243 >> 19) & 0x0000007f0000007full;		/* x / 100 for x < 10000 */
	x = q | (x - 100 * q) << 16;
	q = (x * 103 >> 10) & 0x000f000f000f000full;		/* x / 10 for x < 100 */
	return q | (x - 10 * q) << 8;
}

static inline unsigned __int128 hm_digits16(uint64_t v)
{
	return hm_digits8((uint32_t)(v / 100000000)) |
	       (unsigned __int128)hm_digits8((uint32_t)(v % 100000000)) << 64;
}

#define HM_ZEROS8 0x3030303030303030ull

static inline char *hm_store16(char *p, unsigned __int128 digits)
{
	uint64_t lo = htole64((uint64_t)digits | HM_ZEROS8), hi = htole64((uint64_t)(digits >> 64) | HM_ZEROS8);

	memcpy(p, &lo, 8);
	memcpy(p + 8, &hi, 8);
	return p;
}

/* Exactly @n digits (0 ... 16) of @v < 10^@n. */
static inline char *hm_put_padded(char *p, uint64_t v, unsigned int n)
{
	if (n <= 8) {
		uint64_t x;

		if (!n)
			return p;
		x = htole64(hm_digits8((uint32_t)v) >> 8 * (8 - n) | HM_ZEROS8);
		memcpy(p, &x, 8);
		return p + n;
	}
	return hm_store16(p, hm_digits16(v) >> 8 * (16 - n)) + n;
}

/* @v without leading zeros. */
static inline char *hm_put_number(char *p, uint64_t v)
{
	unsigned __int128 d;
	unsigned int skip;

	if (v >= 10000000000000000ull) {
		p = hm_put_number(p, v / 10000000000000000ull);
		return hm_put_padded(p, v % 10000000000000000ull, 16);
	}
	d = hm_digits16(v);
	if ((uint64_t)d)
		skip = (unsigned int)__builtin_ctzll((uint64_t)d) / 8;
	else
		skip = 8 + (unsigned int)__builtin_ctzll((uint64_t)(d >> 64) | 1ull << 56) / 8;
	return hm_store16(p, d >> 8 * skip) + (16 - skip);
}

#endif /* HM_GS1_TEXT_H */
