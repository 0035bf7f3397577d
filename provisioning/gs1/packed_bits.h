/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bits of user memory, and what packed objects write numbers with (TDS 1.6 and later,
 * annexes I and K):
 *
 *	EBV-n		blocks of n bits; the first bit of each says whether another follows
 *	base n		as many values as fit 160 bits as one number, in the fewest bits that
 *			hold any such; then as many again
 *
 *	struct packed_reader r = { bits.w, 0, bits.n };
 *
 *	rc = packed_take(&r, 5, &v);
 *	rc = rc ? rc : packed_take_values(&r, 30, n, values);
 */
#ifndef HM_GS1_PACKED_BITS_H
#define HM_GS1_PACKED_BITS_H

#include "gs1/bank_dump.h"
#include "gs1/bits.h"

/* no base packs closer than digits do */
#define PACKED_CHARS_MAX	(BANK_BYTES_MAX * 8u / 3)
#define PACKED_EBV_MAX		0xffffu

struct packed_bits {
	unsigned int n;
	uint64_t w[BANK_BYTES_MAX / 8 + 1];
};

struct packed_reader {
	const uint64_t *w;
	unsigned int at, end;
};

void packed_load(struct packed_bits *b, const uint8_t *bytes, size_t n);

/* @n: at most 32. -HM_EBAD_LENGTH: the bits end. */
int packed_take(struct packed_reader *r, unsigned int n, unsigned int *ret);
/* -HM_EOVERFLOW: more than PACKED_EBV_MAX */
int packed_take_ebv(struct packed_reader *r, unsigned int block, unsigned int *ret);
/* @n values of @base: 10, 13, 30, 40, 74, 84 or 256. -HM_EOVERFLOW: a number that is none of so many values */
int packed_take_values(struct packed_reader *r, unsigned int base, unsigned int n, uint8_t *values);
/* How many bits they have. */
unsigned int packed_values_bits(unsigned int base, unsigned int n);

/*
 * Behind the end of the memory nothing is written, but counted: the caller looks at the end whether
 * all of it had room.
 */
void packed_put(struct packed_bits *b, unsigned int n, unsigned int v);
void packed_put_ebv(struct packed_bits *b, unsigned int block, unsigned int v);
void packed_put_values(struct packed_bits *b, unsigned int base, unsigned int n, const uint8_t *values);

#endif /* HM_GS1_PACKED_BITS_H */
