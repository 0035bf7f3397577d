/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * EUI-48 (MAC) and EUI-64 addresses out of the blocks that the IEEE assigns: MA-L, MA-M and
 * MA-S, which begin with 24, 28 or 36 bits and leave the rest to the assignee. Pure.
 *
 *	struct hm_eui_block b;
 *	struct hm_range pool, run;
 *
 *	rc = hm_eui_block_parse("9C-F6-DD", 48, &b);		6, 7 or 9 digits
 *	pool = hm_eui_block_range(&b);				0 ... 2^24 - 1
 *	rc = hm_range_lease_aligned(&pool, 4, 4, &run);		four in a row for one board
 *	rc = hm_eui_at(&b, run.next, &eui);
 *	hm_eui_text(eui, 48, ':', text);			"9C:F6:DD:00:00:00"
 *
 * A run that does not fit what is left is -HM_EPOOL_EXHAUSTED and takes nothing; there is no
 * wrapping round to the first. Of an EUI-64 block the numbers are left out whose 4th and
 * 5th octet are FF-FE or FF-FF: those stood for EUI-48 addresses once.
 *
 * Errors: -HM_EEMPTY, -HM_ENOT_HEX, -HM_EBAD_LENGTH, -HM_EBAD_CHAR for separators that are
 * mixed or out of place, -HM_EBAD_EUI where the I/G bit (a group) or the U/L bit (locally
 * administered) is set, -HM_EOVERFLOW for a number outside the block.
 */
#ifndef HM_SERIAL_EUI_H
#define HM_SERIAL_EUI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "serial/range.h"

#define HM_EUI_TEXT_MAX 24	/* eight octets, separators, NUL */

/* An address of @bits 48 or 64, in the low bits of a number. */
static inline bool hm_eui_group(uint64_t eui, unsigned int bits)
{
	return eui >> (bits - 8) & 1;
}

static inline bool hm_eui_local(uint64_t eui, unsigned int bits)
{
	return eui >> (bits - 8) & 2;
}

/*
 * @len characters: digits alone, pairs with - or :, or fours with '.', of either case.
 * Universal and individual.
 */
int hm_eui_parse(const char *text, size_t len, unsigned int bits, uint64_t *ret);
/* Capital digits, in pairs with @separator between, or without for 0. */
void hm_eui_text(uint64_t eui, unsigned int bits, char separator, char out[HM_EUI_TEXT_MAX]);

struct hm_eui_block {
	uint64_t base;		/* the address with number 0 */
	unsigned int bits;	/* of an address: 48, 64 */
	unsigned int prefix;	/* assigned: 24 (MA-L), 28 (MA-M), 36 (MA-S) */
};

/* The assigned digits, bare or in pairs with - or :. */
int hm_eui_block_parse(const char *text, unsigned int bits, struct hm_eui_block *ret);
/* "MA-L", "MA-M", "MA-S" */
const char *hm_eui_block_name(const struct hm_eui_block *b);
/* The numbers that it has. */
struct hm_range hm_eui_block_range(const struct hm_eui_block *b);
int hm_eui_at(const struct hm_eui_block *b, uint64_t number, uint64_t *ret);
/* The number of an address of the block; -HM_EOVERFLOW for any other. */
int hm_eui_number(const struct hm_eui_block *b, uint64_t eui, uint64_t *ret);

#endif /* HM_SERIAL_EUI_H */
