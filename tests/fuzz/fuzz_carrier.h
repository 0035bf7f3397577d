/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checksums made good, so that what lies behind them is reached. */
#ifndef FUZZ_CARRIER_H
#define FUZZ_CARRIER_H

#include "fuzz.h"

static inline void fz_sum(uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i + 1 < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[len - 1] = (uint8_t)-sum;
}

/* Of a FRU's areas and records as far as they lie inside, then of its header. */
static inline void fz_fix_fru(uint8_t *p, size_t size)
{
	if (size < 8)
		return;
	for (int area = 2; area <= 4; area++) {
		size_t at = 8u * p[area], len = at && at + 8 <= size ? 8u * p[at + 1] : 0;

		if (len && len <= size - at)
			fz_sum(p + at, len);
	}
	for (size_t at = 8u * p[5]; at && at + 5 <= size && p[at + 2] <= size - at - 5;) {
		uint8_t sum = 0;
		int last = p[at + 1] & 0x80;

		for (size_t i = 0; i < p[at + 2]; i++)
			sum = (uint8_t)(sum + p[at + 5 + i]);
		p[at + 3] = (uint8_t)-sum;
		fz_sum(p + at, 5);
		at += 5u + p[at + 2];
		if (last)
			break;
	}
	fz_sum(p, 8);
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

#endif /* FUZZ_CARRIER_H */
