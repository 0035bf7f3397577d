// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/packed_bits.h"

#include <assert.h>

#define LIMBS 5u

/* Values that fit 160 bits, and the bits of one, in units of 2^-16: exact for every number of them. */
static const struct base {
	uint16_t base;
	uint8_t most;
	uint32_t log;
} bases[] = {
	{ 10, 48, 217706 }, { 13, 43, 242512 }, { 30, 32, 321578 }, { 40, 30, 348778 }, { 74, 25, 406943 },
	{ 84, 25, 418927 }, { 256, 20, 8 << 16 },
};

static const struct base *base_of(unsigned int base)
{
	const struct base *b = bases;

	while (b->base != base) {
		b++;
		assert(b < bases + sizeof(bases) / sizeof(bases[0]));
	}
	return b;
}

static unsigned int group_bits(const struct base *b, unsigned int n)
{
	return (unsigned int)(((uint64_t)n * b->log + 65535) >> 16);
}

unsigned int packed_values_bits(unsigned int base, unsigned int n)
{
	const struct base *b = base_of(base);

	return n / b->most * group_bits(b, b->most) + group_bits(b, n % b->most);
}

void packed_load(struct packed_bits *b, const uint8_t *bytes, size_t n)
{
	assert(n <= BANK_BYTES_MAX);
	memset(b, 0, sizeof(*b));
	for (size_t i = 0; i < n; i++)
		packed_put(b, 8, bytes[i]);
}

int packed_take(struct packed_reader *r, unsigned int n, unsigned int *ret)
{
	assert(n <= 32);
	if (r->at > r->end || r->end - r->at < n)
		return -HM_EBAD_LENGTH;
	*ret = (unsigned int)hm_bits_take(r->w, r->at, n);
	r->at += n;
	return 0;
}

int packed_take_ebv(struct packed_reader *r, unsigned int block, unsigned int *ret)
{
	unsigned int v = 0, b, more = 1u << (block - 1);

	do {
		int rc = packed_take(r, block, &b);

		if (rc)
			return rc;
		v = v << (block - 1) | (b & (more - 1));
		if (v > PACKED_EBV_MAX)
			return -HM_EOVERFLOW;
	} while (b & more);
	*ret = v;
	return 0;
}

/* One number of @n values, the first of them the greatest; divided until nothing may be left. */
static int take_group(struct packed_reader *r, const struct base *b, unsigned int n, uint8_t *values)
{
	uint32_t limb[LIMBS] = { 0 }, left = 0;
	unsigned int bits = group_bits(b, n);

	for (unsigned int i = (bits + 31) / 32; i; i--) {
		int rc = packed_take(r, bits - 32 * (i - 1), &limb[LIMBS - i]);

		if (rc)
			return rc;
		bits = 32 * (i - 1);
	}
	while (n--) {
		uint64_t rest = 0;

		for (unsigned int i = 0; i < LIMBS; i++) {
			rest = rest << 32 | limb[i];
			limb[i] = (uint32_t)(rest / b->base);
			rest %= b->base;
		}
		values[n] = (uint8_t)rest;
	}
	for (unsigned int i = 0; i < LIMBS; i++)
		left |= limb[i];
	return left ? -HM_EOVERFLOW : 0;
}

int packed_take_values(struct packed_reader *r, unsigned int base, unsigned int n, uint8_t *values)
{
	const struct base *b = base_of(base);

	while (n) {
		unsigned int some = n < b->most ? n : b->most;
		int rc = take_group(r, b, some, values);

		if (rc)
			return rc;
		values += some;
		n -= some;
	}
	return 0;
}

void packed_put(struct packed_bits *b, unsigned int n, unsigned int v)
{
	assert(n <= 32);
	if (b->n + n <= 8 * BANK_BYTES_MAX)
		hm_bits_put(b->w, b->n, n, v);
	b->n += n;
}

void packed_put_ebv(struct packed_bits *b, unsigned int block, unsigned int v)
{
	unsigned int bits = block - 1, blocks = 1;

	while (v >> bits * blocks)
		blocks++;
	while (blocks--)
		packed_put(b, block, (blocks ? 1u << bits : 0) | (v >> bits * blocks & ((1u << bits) - 1)));
}

static void put_group(struct packed_bits *to, const struct base *b, unsigned int n, const uint8_t *values)
{
	uint32_t limb[LIMBS] = { 0 };
	unsigned int bits = group_bits(b, n);

	for (unsigned int v = 0; v < n; v++) {
		uint64_t carry = values[v];

		for (unsigned int i = LIMBS; i--;) {
			carry += (uint64_t)limb[i] * b->base;
			limb[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	for (unsigned int i = (bits + 31) / 32; i; i--) {
		packed_put(to, bits - 32 * (i - 1), limb[LIMBS - i]);
		bits = 32 * (i - 1);
	}
}

void packed_put_values(struct packed_bits *b, unsigned int base, unsigned int n, const uint8_t *values)
{
	const struct base *of = base_of(base);

	while (n) {
		unsigned int some = n < of->most ? n : of->most;

		put_group(b, of, some, values);
		values += some;
		n -= some;
	}
}
