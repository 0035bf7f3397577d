/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TlvInfo by hand: TLVINFO_HEAD, the test's own TLVs behind it, and its end. */
#ifndef TESTS_UNIT_SUPPORT_TLVINFO_H
#define TESTS_UNIT_SUPPORT_TLVINFO_H

#include <stddef.h>
#include <stdint.h>

#define TLVINFO_HEAD "TlvInfo\0\1\0\0"

/* ONIE's checksum over what a test wrote itself, in a TLV that says @code and @size. */
static inline size_t close_tlvinfo_as(uint8_t *p, size_t len, uint8_t code, uint8_t size)
{
	uint32_t crc = UINT32_MAX;

	p[len++] = code;
	p[len++] = size;
	p[9] = (uint8_t)((len + 4 - 11) >> 8);
	p[10] = (uint8_t)(len + 4 - 11);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint32_t feedback = (crc ^ p[i] >> bit) & 1;

			crc = crc >> 1 ^ (feedback ? 0xedb88320u : 0);
		}
	crc = ~crc;
	for (int i = 3; i >= 0; i--)
		p[len++] = (uint8_t)(crc >> 8 * i);
	return len;
}

static inline size_t close_tlvinfo(uint8_t *p, size_t len)
{
	return close_tlvinfo_as(p, len, 0xfe, 4);
}

#endif
