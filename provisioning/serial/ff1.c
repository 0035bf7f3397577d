// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/ff1.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ROUNDS	10
#define LANES	32	/* numbers whose rounds share a call of the cipher */

struct hm_ff1 {
	EVP_CIPHER_CTX *aes;
	unsigned int radix;
	unsigned int len;		/* n of the standard */
	unsigned int bytes;		/* b: of the longer half as a number, at most 8 */
	uint64_t modulus[2];		/* radix^u, radix^v, u = len / 2, v = len - u */
	/*
	 * The PRF is a CBC-MAC over P || Q. Of Q only the last b + 1 bytes, round number and
	 * half, change, and they are in its last block: what comes before is one state, in
	 * two words of that block.
	 */
	uint64_t state[2];
};

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static void put64(uint8_t *p, uint64_t v)
{
	v = htobe64(v);
	memcpy(p, &v, sizeof(v));
}

static int aes(struct hm_ff1 *f, uint8_t *blocks, size_t n)
{
	int out = 0, len = (int)(n * 16);

	return EVP_EncryptUpdate(f->aes, blocks, &out, blocks, len) == 1 && out == len ? 0 : -ENOMEM;
}

/* radix^n below 2^64, or 0 */
static uint64_t power(unsigned int radix, unsigned int n)
{
	uint64_t v = 1;

	while (n--)
		if (__builtin_mul_overflow(v, (uint64_t)radix, &v))
			return 0;
	return v;
}

int hm_ff1_tweak(struct hm_ff1 *f, const void *tweak, size_t len)
{
	/* P of step 5, then Q of step 6i up to the round number */
	uint8_t block[16] = {
		1, 2, 1, (uint8_t)(f->radix >> 16), (uint8_t)(f->radix >> 8), (uint8_t)f->radix, ROUNDS,
		(uint8_t)(f->len / 2), 0, 0, 0, (uint8_t)f->len, 0, 0, (uint8_t)(len >> 8), (uint8_t)len,
	};
	size_t tail = f->bytes + 1, zeros = (16 - (len + tail) % 16) % 16, fixed = len + zeros, at = 0;
	int rc;

	if (len > HM_FF1_TWEAK_MAX)
		return -HM_ETOO_LONG;
	rc = aes(f, block, 1);
	for (; !rc && fixed - at >= 16; at += 16) {
		for (size_t i = 0; i < 16 && at + i < len; i++)
			block[i] ^= ((const uint8_t *)tweak)[at + i];
		rc = aes(f, block, 1);
	}
	for (size_t i = 0; !rc && at + i < len; i++)
		block[i] ^= ((const uint8_t *)tweak)[at + i];
	if (!rc) {
		f->state[0] = get64(block);
		f->state[1] = get64(block + 8);
	}
	OPENSSL_cleanse(block, sizeof(block));
	return rc;
}

static const EVP_CIPHER *cipher(size_t key_len)
{
	switch (key_len) {
	case 16:
		return EVP_aes_128_ecb();
	case 24:
		return EVP_aes_192_ecb();
	case 32:
		return EVP_aes_256_ecb();
	}
	return NULL;
}

int hm_ff1_new(const void *key, size_t key_len, unsigned int radix, unsigned int len,
	       struct hm_ff1 **ret)
{
	const EVP_CIPHER *c = cipher(key_len);
	struct hm_ff1 *f;
	uint64_t u, v;
	int rc = -ENOMEM;

	assert(key && ret);
	if (!c || radix < 2 || radix > 65536)
		return -EINVAL;
	if (len > HM_FF1_LEN_MAX)
		return -HM_ETOO_LONG;
	u = power(radix, len / 2);
	v = power(radix, len - len / 2);
	if (!v)
		return -HM_ETOO_LONG;
	if (len < 2 || (unsigned __int128)u * v < HM_FF1_DOMAIN_MIN)
		return -HM_ETOO_SHORT;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->radix = radix;
	f->len = len;
	f->modulus[0] = u;
	f->modulus[1] = v;
	f->bytes = (64 - (unsigned int)__builtin_clzll(v - 1) + 7) / 8;
	f->aes = EVP_CIPHER_CTX_new();
	if (f->aes && EVP_EncryptInit_ex(f->aes, c, NULL, key, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(f->aes, 0) == 1)
		rc = hm_ff1_tweak(f, "", 0);
	if (rc) {
		hm_ff1_free(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void hm_ff1_free(struct hm_ff1 *f)
{
	if (!f)
		return;
	EVP_CIPHER_CTX_free(f->aes);	/* wipes the key */
	OPENSSL_cleanse(f, sizeof(*f));
	free(f);
}

/* The last block of Q for round @i over the half @v. */
static inline void round_block(const struct hm_ff1 *f, unsigned int i, uint64_t v, uint8_t block[16])
{
	uint64_t hi = f->state[0], lo = f->state[1] ^ v;

	if (f->bytes == 8)
		hi ^= i;
	else
		lo ^= (uint64_t)i << 8 * f->bytes;
	put64(block, hi);
	put64(block + 8, lo);
}

/* y of step 6iii modulo @m: the first d = 4 ceil(b / 4) + 4 bytes, 8 or 12 of them. */
static inline uint64_t round_value(const struct hm_ff1 *f, const uint8_t block[16], uint64_t m)
{
	uint64_t hi = get64(block), y = hi % m;

	if (f->bytes > 4)
		y = (uint64_t)(((unsigned __int128)y << 32 | get64(block + 8) >> 32) % m);
	return y;
}

static inline uint64_t add(uint64_t a, uint64_t y, uint64_t m)
{
	return a >= m - y ? a - (m - y) : a + y;
}

static inline uint64_t subtract(uint64_t a, uint64_t y, uint64_t m)
{
	return a >= y ? a - y : a + (m - y);
}

/*
 * Up to LANES numbers, all through one round before the next. After an even number of
 * rounds the halves are where they began: even rounds change the left one, whose
 * modulus is radix^u, odd rounds the right one, and nothing is ever swapped.
 */
static int run(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n, bool decrypt)
{
	uint8_t blocks[LANES * 16];
	int rc = 0;

	for (unsigned int k = 0; !rc && k < ROUNDS; k++) {
		unsigned int i = decrypt ? ROUNDS - 1 - k : k;
		uint64_t m = f->modulus[i % 2];

		for (size_t j = 0; j < n; j++)
			round_block(f, i, i % 2 ? x[j].left : x[j].right, blocks + 16 * j);
		rc = aes(f, blocks, n);
		for (size_t j = 0; !rc && j < n; j++) {
			uint64_t y = round_value(f, blocks + 16 * j, m);
			uint64_t *half = i % 2 ? &x[j].right : &x[j].left;

			*half = decrypt ? subtract(*half, y, m) : add(*half, y, m);
		}
	}
	return rc;
}

static int run_all(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n, bool decrypt)
{
	int rc = 0;

	for (size_t j = 0; j < n; j++)
		if (x[j].left >= f->modulus[0] || x[j].right >= f->modulus[1])
			return -HM_EOVERFLOW;
	for (size_t j = 0; !rc && j < n; j += LANES)
		rc = run(f, x + j, n - j < LANES ? n - j : LANES, decrypt);
	return rc;
}

int hm_ff1_encrypt(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n)
{
	return run_all(f, x, n, false);
}

int hm_ff1_decrypt(struct hm_ff1 *f, struct hm_ff1_number *x, size_t n)
{
	return run_all(f, x, n, true);
}

int hm_ff1_cut(const struct hm_ff1 *f, uint64_t counter, struct hm_ff1_number *ret)
{
	uint64_t left = counter / f->modulus[1];

	if (left >= f->modulus[0])
		return -HM_EOVERFLOW;
	*ret = (struct hm_ff1_number){ left, counter % f->modulus[1] };
	return 0;
}

int hm_ff1_glue(const struct hm_ff1 *f, const struct hm_ff1_number *x, uint64_t *ret)
{
	uint64_t v;

	if (x->left >= f->modulus[0] || x->right >= f->modulus[1] ||
	    __builtin_mul_overflow(x->left, f->modulus[1], &v) || __builtin_add_overflow(v, x->right, &v))
		return -HM_EOVERFLOW;
	*ret = v;
	return 0;
}

int hm_ff1_pack(const struct hm_ff1 *f, const uint16_t *digits, struct hm_ff1_number *ret)
{
	struct hm_ff1_number x = { 0, 0 };

	for (unsigned int i = 0; i < f->len; i++) {
		uint64_t *half = i < f->len / 2 ? &x.left : &x.right;

		if (digits[i] >= f->radix)
			return -HM_EBAD_CHAR;
		*half = *half * f->radix + digits[i];
	}
	*ret = x;
	return 0;
}

void hm_ff1_unpack(const struct hm_ff1 *f, const struct hm_ff1_number *x, uint16_t *ret_digits)
{
	struct hm_ff1_number v = *x;

	for (unsigned int i = f->len; i-- > 0;) {
		uint64_t *half = i < f->len / 2 ? &v.left : &v.right;

		ret_digits[i] = (uint16_t)(*half % f->radix);
		*half /= f->radix;
	}
}
