/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checksum of an IPMI FRU's parts: made good after a test has changed something. */
#ifndef TESTS_UNIT_SUPPORT_FRU_SUM_H
#define TESTS_UNIT_SUPPORT_FRU_SUM_H

#include <stddef.h>
#include <stdint.h>

static inline void fix(uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i + 1 < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[len - 1] = (uint8_t)-sum;
}

#endif
