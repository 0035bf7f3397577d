/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the targets of the carriers share: the first byte of an input says whether its checksums
 * are made good, so that what lies behind them is reached; the rest is the image.
 */
#ifndef FUZZ_CARRIER_H
#define FUZZ_CARRIER_H

#include "../unit/support/fru_sum.h"
#include "fuzz.h"

/* Of a FRU's areas and records as far as they lie inside, then of its header. */
static inline void fz_fix_fru(uint8_t *p, size_t size)
{
	if (size < 8)
		return;
	for (int area = 2; area <= 4; area++) {
		size_t at = 8u * p[area], len = at && at + 8 <= size ? 8u * p[at + 1] : 0;

		if (len && len <= size - at)
			fix(p + at, len);
	}
	for (size_t at = 8u * p[5]; at && at + 5 <= size && p[at + 2] <= size - at - 5;) {
		uint8_t sum = 0;
		int last = p[at + 1] & 0x80;

		for (size_t i = 0; i < p[at + 2]; i++)
			sum = (uint8_t)(sum + p[at + 5 + i]);
		p[at + 3] = (uint8_t)-sum;
		fix(p + at, 5);
		at += 5u + p[at + 2];
		if (last)
			break;
	}
	fix(p, 8);
}

/* Of a TlvInfo whose length lies inside. */
static inline void fz_fix_onie(uint8_t *p, size_t size)
{
	size_t len = size < 17 ? 0 : 11u + ((size_t)p[9] << 8 | p[10]);
	uint32_t crc = UINT32_MAX;

	if (len < 17 || len > size)
		return;
	for (size_t i = 0; i < len - 4; i++)
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc ^ (uint32_t)p[i] >> bit) & 1 ? 0xedb88320u : 0);
	crc = ~crc;
	for (int i = 0; i < 4; i++)
		p[len - 1 - (size_t)i] = (uint8_t)(crc >> 8 * i);
}

/* Of @size bytes with its NUL: printable ASCII, and @wide: the characters of Unicode's first plane, as UTF-8. */
static inline void fz_text(const char *text, size_t size, bool wide)
{
	FZ_CHECK(strnlen(text, size) < size, "not terminated");
	for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
		size_t more = !wide || *p < 0xc2 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 0;
		uint32_t c = more ? *p & (0xffu >> (more + 2)) : *p;

		for (size_t i = 0; i < more; i++) {
			FZ_CHECK((*++p & 0xc0) == 0x80, "half a character: %02x", *p);
			c = c << 6 | (*p & 0x3f);
		}
		FZ_CHECK(more ? c >= (more == 1 ? 0xa0 : 0x800) && c >> 11 != 0x1b : c >= ' ' && c <= '~',
			 "a character %04x", c);
	}
}

/* One input, in memory of exactly its size. */
static inline int fz_carrier(const uint8_t *input, size_t size, void (*fix)(uint8_t *p, size_t size),
			     void (*one)(uint8_t *p, size_t size))
{
	uint8_t *p = size > 1 ? malloc(size - 1) : NULL;

	if (!p)
		return 0;
	memcpy(p, input + 1, size - 1);
	if (input[0] & 1)
		fix(p, size - 1);
	one(p, size - 1);
	free(p);
	return 0;
}

#endif /* FUZZ_CARRIER_H */
