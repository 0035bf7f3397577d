// SPDX-License-Identifier: LGPL-2.1-or-later
/* FF1: NIST's samples, what a permutation is, and what is refused. */
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "serial/ff1.h"
#include "support/rnd.h"
#include "support/shrink.h"

static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* The nine FF1 samples that NIST publishes beside SP 800-38G. */
static void nist_samples(void **state)
{
	static const char key[] = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
	static const char t10[] = "39383736353433323130", t11[] = "3737373770717273373737";
	static const char p10[] = "0123456789", p19[] = "0123456789abcdefghi";
	static const struct {
		unsigned int key_len, radix;
		const char *tweak, *plain, *cipher;
	} t[] = {
		{ 16, 10, "", p10, "2433477484" }, { 16, 10, t10, p10, "6124200773" }, { 16, 36, t11, p19, "a9tv40mll9kdu509eum" },
		{ 24, 10, "", p10, "2830668132" }, { 24, 10, t10, p10, "2496655549" }, { 24, 36, t11, p19, "xbj3kv35jrawxv32ysr" },
		{ 32, 10, "", p10, "6657667009" }, { 32, 10, t10, p10, "1001623463" }, { 32, 36, t11, p19, "xs8a0azh2avyalyzuwd" },
	};
	uint8_t k[32], tweak[16];

	(void)state;
	assert_int_equal(hm_unhex(key, k, sizeof(k)), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		unsigned int len = (unsigned int)strlen(t[i].plain);
		_cleanup_ff1_ struct hm_ff1 *f = NULL;
		struct hm_ff1_number x;
		uint16_t digits[19];
		char out[20] = "";
		size_t n;

		assert_int_equal(hm_unhex_any(t[i].tweak, tweak, sizeof(tweak), &n), 0);
		assert_int_equal(hm_ff1_new(k, t[i].key_len, t[i].radix, len, &f), 0);
		assert_int_equal(hm_ff1_tweak(f, tweak, n), 0);
		for (unsigned int j = 0; j < len; j++)
			digits[j] = (uint16_t)(strchr(base36, t[i].plain[j]) - base36);
		assert_int_equal(hm_ff1_pack(f, digits, &x), 0);
		assert_int_equal(hm_ff1_encrypt(f, &x, 1), 0);
		hm_ff1_unpack(f, &x, digits);
		for (unsigned int j = 0; j < len; j++)
			out[j] = base36[digits[j]];
		assert_string_equal(out, t[i].cipher);
		assert_int_equal(hm_ff1_decrypt(f, &x, 1), 0);
		hm_ff1_unpack(f, &x, digits);
		for (unsigned int j = 0; j < len; j++)
			assert_int_equal(base36[digits[j]], t[i].plain[j]);
	}
}

/* --- the standard once more, step by step, with big numbers and nothing worked out in advance --- */

/* Algorithm 6: CBC-MAC of whole blocks, in place; the last 16 bytes are the answer. */
static void prf(const uint8_t *key, size_t key_len, uint8_t *x, size_t len)
{
	const EVP_CIPHER *c = key_len == 16 ? EVP_aes_128_cbc() : key_len == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	static const uint8_t zero[16];
	int n;

	assert_int_equal(EVP_EncryptInit_ex(ctx, c, NULL, key, zero), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, x, &n, x, (int)len), 1);
	EVP_CIPHER_CTX_free(ctx);
}

static void num(BIGNUM *ret, const uint16_t *x, unsigned int n, unsigned int radix)
{
	BN_zero(ret);
	for (unsigned int i = 0; i < n; i++)
		assert_true(BN_mul_word(ret, radix) && BN_add_word(ret, x[i]));
}

struct book {
	const uint8_t *key, *tweak;
	size_t key_len, t;
	unsigned int radix, n, u, b, d;
	BIGNUM *num, *y, *power;
	BN_CTX *ctx;
};

static void set_power(struct book *k, unsigned int m)
{
	BN_one(k->power);
	for (unsigned int i = 0; i < m; i++)
		assert_true(BN_mul_word(k->power, k->radix));
}

/* Steps 6i to 6iii: y of round @i over the @n digits of @half. */
static void book_y(struct book *k, unsigned int i, const uint16_t *half, unsigned int n)
{
	const uint8_t p[16] = { 1, 2, 1, (uint8_t)(k->radix >> 16), (uint8_t)(k->radix >> 8), (uint8_t)k->radix, 10,
				(uint8_t)k->u, 0, 0, 0, (uint8_t)k->n, 0, 0, (uint8_t)(k->t >> 8), (uint8_t)k->t };
	size_t pad = (16 - (k->t + k->b + 1) % 16) % 16, len = 16 + k->t + pad + 1 + k->b;
	uint8_t pq[512] = { 0 };

	memcpy(pq, p, 16);
	memcpy(pq + 16, k->tweak, k->t);
	pq[16 + k->t + pad] = (uint8_t)i;
	num(k->num, half, n, k->radix);
	assert_int_equal(BN_bn2binpad(k->num, pq + 16 + k->t + pad + 1, (int)k->b), k->b);
	prf(k->key, k->key_len, pq, len);
	assert_true(k->d <= 16);
	BN_bin2bn(pq + len - 16, (int)k->d, k->y);
}

/* Algorithm 7, FF1.Encrypt, of n digits in place. */
static void by_the_book(struct book *k, uint16_t *x)
{
	uint16_t a[HM_FF1_LEN_MAX], b[HM_FF1_LEN_MAX], c[HM_FF1_LEN_MAX];
	unsigned int u = k->n / 2, v = k->n - u;

	*k = (struct book){ k->key, k->tweak, k->key_len, k->t, k->radix, k->n, .u = u, .num = BN_new(), .y = BN_new(),
			    .power = BN_new(), .ctx = BN_CTX_new() };
	memcpy(a, x, u * sizeof(*x));
	memcpy(b, x + u, v * sizeof(*x));
	/* b = ceil(ceil(v log2 radix) / 8): how many bytes the largest half takes */
	set_power(k, v);
	BN_sub_word(k->power, 1);
	k->b = (unsigned int)BN_num_bytes(k->power);
	k->d = 4 * ((k->b + 3) / 4) + 4;
	for (unsigned int i = 0; i < 10; i++) {
		unsigned int m = i % 2 ? v : u;

		book_y(k, i, b, k->n - m);
		set_power(k, m);
		num(k->num, a, m, k->radix);
		assert_true(BN_mod_add(k->num, k->num, k->y, k->power, k->ctx));
		for (unsigned int j = m; j-- > 0;)
			c[j] = (uint16_t)BN_div_word(k->num, k->radix);
		memcpy(a, b, (k->n - m) * sizeof(*x));
		memcpy(b, c, m * sizeof(*x));
	}
	memcpy(x, a, u * sizeof(*x));
	memcpy(x + u, b, v * sizeof(*x));
	BN_free(k->num);
	BN_free(k->y);
	BN_free(k->power);
	BN_CTX_free(k->ctx);
}

/* A domain that is refused is no case. */
static uint64_t domains;

/* Any domain, the edges of bytes among them (256 and 257, 2^32 - 1 ...), any tweak. */
static const char *wrong_by_the_book(struct rnd *r)
{
	static const unsigned int odd_radix[] = { 2, 10, 16, 36, 62, 255, 256, 257, 1023, 4096, 65535, 65536 };
	unsigned int radix = rnd_below(r, 2) ? odd_radix[rnd_below(r, 12)] : 2 + (unsigned int)rnd_below(r, 65535);
	unsigned int len = 2 + (unsigned int)rnd_below(r, rnd_below(r, 2) ? 5 : 60);
	size_t key_len = 16 + 8 * rnd_below(r, 3), tweak_len = rnd_below(r, 40);
	uint16_t digits[HM_FF1_LEN_MAX], want[HM_FF1_LEN_MAX];
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	uint8_t key[32] = { 0 }, tweak[40];
	struct hm_ff1_number x;

	if (hm_ff1_new(key, key_len, radix, len, &f))
		return NULL;
	hm_ff1_free(f);
	f = NULL;
	domains++;
	rnd_bytes(r, key, sizeof(key));
	rnd_bytes(r, tweak, sizeof(tweak));
	for (unsigned int i = 0; i < len; i++)
		want[i] = digits[i] = (uint16_t)(rnd_below(r, 4) ? rnd_below(r, radix) : radix - 1);
	if (r->show)
		print_error("radix %u, %u digits, a key of %zu bytes, a tweak of %zu\n", radix, len, key_len, tweak_len);
	by_the_book(&(struct book){ key, tweak, key_len, tweak_len, radix, len, .u = 0 }, want);
	shrink_must(!hm_ff1_new(key, key_len, radix, len, &f) && !hm_ff1_tweak(f, tweak, tweak_len));
	shrink_must(!hm_ff1_pack(f, digits, &x) && !hm_ff1_encrypt(f, &x, 1));
	hm_ff1_unpack(f, &x, digits);
	shrink_must(!memcmp(digits, want, len * sizeof(*want)));
	return NULL;
}

static void as_the_standard_says(void **state)
{
	struct rnd r = rnd_start("ff1 by the book");

	(void)state;
	for (domains = 0; domains < rnd_cases(3000); r.n++)
		shrink_drawn(&r, wrong_by_the_book);
}

/* Every number of a domain once, and back. @batch at a time. */
static void whole_domain(unsigned int radix, unsigned int len, uint32_t domain, size_t batch)
{
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	uint8_t *seen = calloc(domain, 1);
	struct hm_ff1_number *x = calloc(batch, sizeof(*x));
	uint32_t fixed = 0;

	assert_non_null(seen);
	assert_non_null(x);
	assert_int_equal(hm_ff1_new("0123456789abcdef", 16, radix, len, &f), 0);
	assert_int_equal(hm_ff1_tweak(f, "domain", 6), 0);
	for (uint32_t v = 0; v < domain; v += (uint32_t)batch) {
		size_t n = domain - v < batch ? domain - v : batch;
		uint64_t y;

		for (size_t i = 0; i < n; i++)
			assert_int_equal(hm_ff1_cut(f, v + i, &x[i]), 0);
		assert_int_equal(hm_ff1_encrypt(f, x, n), 0);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(hm_ff1_glue(f, &x[i], &y), 0);
			assert_true(y < domain && !seen[y]);
			seen[y] = 1;
			fixed += y == v + i;
		}
		assert_int_equal(hm_ff1_decrypt(f, x, n), 0);
		for (size_t i = 0; i < n; i++)
			assert_true(!hm_ff1_glue(f, &x[i], &y) && y == v + i);
	}
	/* a random permutation leaves one in its place, on average */
	assert_true(fixed < 16);
	free(seen);
	free(x);
}

static void bijections(void **state)
{
	(void)state;
	whole_domain(10, 6, 1000000, 32);
	whole_domain(10, 6, 1000000, 1000);
	/* 2^20 and 101^3: an odd length, halves of different size; 1024^2: the shortest */
	whole_domain(2, 20, 1 << 20, 97);
	whole_domain(101, 3, 1030301, 33);
	whole_domain(1024, 2, 1 << 20, 31);
}

/* One by one, in batches of any size, in any domain: the same, and back. */
static const char *wrong_batch(struct rnd *r)
{
	unsigned int radix = rnd_below(r, 8) ? 2 + (unsigned int)rnd_below(r, 62) : 2 + (unsigned int)rnd_below(r, 65535);
	unsigned int len = 2 + (unsigned int)rnd_below(r, 30);
	uint8_t key[32], tweak[64];
	size_t key_len = 16 + 8 * rnd_below(r, 3), tweak_len = rnd_below(r, sizeof(tweak));
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	struct hm_ff1_number x[70], one[70], was[70];
	size_t n = 1 + rnd_below(r, 70);

	rnd_bytes(r, key, sizeof(key));
	rnd_bytes(r, tweak, sizeof(tweak));
	if (hm_ff1_new(key, key_len, radix, len, &f))
		return NULL;
	domains += n;
	if (r->show)
		print_error("radix %u, %zu of %u digits, a key of %zu bytes, a tweak of %zu\n", radix, n, len, key_len, tweak_len);
	shrink_must(!hm_ff1_tweak(f, tweak, tweak_len));
	for (size_t i = 0; i < n; i++) {
		uint16_t digits[HM_FF1_LEN_MAX], back[HM_FF1_LEN_MAX];

		for (unsigned int j = 0; j < len; j++)
			digits[j] = (uint16_t)rnd_below(r, radix);
		shrink_must(!hm_ff1_pack(f, digits, &x[i]));
		hm_ff1_unpack(f, &x[i], back);
		shrink_must(!memcmp(digits, back, len * sizeof(*digits)));
		one[i] = was[i] = x[i];
		shrink_must(!hm_ff1_encrypt(f, &one[i], 1));
	}
	shrink_must(!hm_ff1_encrypt(f, x, n));
	shrink_must(!memcmp(x, one, n * sizeof(*x)));
	shrink_must(!hm_ff1_decrypt(f, x, n));
	shrink_must(!memcmp(x, was, n * sizeof(*x)));
	return NULL;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("ff1 round trip");

	(void)state;
	for (domains = 0; domains < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_batch);
}

/* The key, the tweak and its length all matter; a tweak set again is as if it were the first. */
static void tweaks(void **state)
{
	static uint8_t tweak[HM_FF1_TWEAK_MAX + 1];
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	uint64_t seen[64];
	size_t n = 0;

	(void)state;
	assert_int_equal(hm_ff1_new("0123456789abcdef", 16, 10, 18, &f), 0);
	for (size_t len = 0; len <= HM_FF1_TWEAK_MAX; len = len < 40 ? len + 1 : len * 2 > HM_FF1_TWEAK_MAX && len < HM_FF1_TWEAK_MAX ? HM_FF1_TWEAK_MAX : len * 2) {
		struct hm_ff1_number x, again;

		assert_int_equal(hm_ff1_cut(f, 42, &x), 0);
		again = x;
		assert_int_equal(hm_ff1_tweak(f, tweak, len), 0);
		assert_int_equal(hm_ff1_encrypt(f, &x, 1), 0);
		assert_int_equal(hm_ff1_tweak(f, "x", 1), 0);
		assert_int_equal(hm_ff1_tweak(f, tweak, len), 0);
		assert_int_equal(hm_ff1_encrypt(f, &again, 1), 0);
		assert_memory_equal(&x, &again, sizeof(x));
		assert_int_equal(hm_ff1_glue(f, &x, &seen[n]), 0);
		for (size_t i = 0; i < n; i++)
			assert_true(seen[i] != seen[n]);
		n++;
	}
	assert_true(n > 40);
	assert_int_equal(hm_ff1_tweak(f, tweak, HM_FF1_TWEAK_MAX + 1), -HM_ETOO_LONG);
}

static void refused(void **state)
{
	static const struct {
		size_t key_len;
		unsigned int radix, len;
		int rc;
	} t[] = {
		{ 15, 10, 10, -EINVAL }, { 0, 10, 10, -EINVAL }, { 33, 10, 10, -EINVAL }, { 64, 10, 10, -EINVAL },
		{ 16, 0, 10, -EINVAL }, { 16, 1, 10, -EINVAL }, { 16, 65537, 4, -EINVAL }, { 16, 65536, 2, 0 },
		{ 16, 10, 0, -HM_ETOO_SHORT }, { 16, 10, 1, -HM_ETOO_SHORT }, { 16, 65536, 1, -HM_ETOO_SHORT },
		/* 999,999 and 1,000,000 of NIST's revision: 10^5 and 10^6, 999^2 and 1000^2 */
		{ 16, 10, 5, -HM_ETOO_SHORT }, { 16, 10, 6, 0 }, { 16, 999, 2, -HM_ETOO_SHORT }, { 16, 1000, 2, 0 },
		{ 16, 2, 19, -HM_ETOO_SHORT }, { 16, 2, 20, 0 }, { 16, 99, 3, -HM_ETOO_SHORT }, { 16, 100, 3, 0 },
		/* halves below 2^64 */
		{ 16, 2, 126, 0 }, { 16, 2, 127, -HM_ETOO_LONG }, { 16, 2, 1000, -HM_ETOO_LONG }, { 16, 2, 0xffffffff, -HM_ETOO_LONG },
		{ 16, 10, 38, 0 }, { 16, 10, 39, -HM_ETOO_LONG }, { 16, 62, 20, 0 }, { 16, 62, 21, -HM_ETOO_LONG },
		{ 16, 65536, 6, 0 }, { 16, 65536, 7, -HM_ETOO_LONG },
	};
	static const uint8_t key[64];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_ff1 *f = NULL;

		if (hm_ff1_new(key, t[i].key_len, t[i].radix, t[i].len, &f) != t[i].rc)
			fail_msg("row %zu", i);
		assert_true(!f == !!t[i].rc);
		hm_ff1_free(f);
	}
}

static void numbers(void **state)
{
	_cleanup_ff1_ struct hm_ff1 *f = NULL, *wide = NULL, *odd = NULL;
	struct hm_ff1_number x[3] = { { 1, 1 }, { 999, 999 }, { 0, 1000 } }, was[3];
	uint16_t digits[6] = { 9, 9, 9, 9, 9, 9 };
	uint64_t v = 7;

	(void)state;
	assert_int_equal(hm_ff1_new("0123456789abcdef", 16, 10, 6, &f), 0);
	memcpy(was, x, sizeof(x));
	/* one outside the domain, and none is touched */
	assert_int_equal(hm_ff1_encrypt(f, x, 3), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_decrypt(f, x, 3), -HM_EOVERFLOW);
	assert_memory_equal(x, was, sizeof(x));
	x[2] = (struct hm_ff1_number){ 1000, 0 };
	assert_int_equal(hm_ff1_encrypt(f, x, 3), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_encrypt(f, x, 2), 0);
	assert_int_equal(hm_ff1_encrypt(f, x, 0), 0);
	assert_int_equal(hm_ff1_cut(f, 999999, &x[0]), 0);
	assert_int_equal(hm_ff1_cut(f, 1000000, &x[0]), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_cut(f, UINT64_MAX, &x[0]), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_pack(f, digits, &x[0]), 0);
	assert_int_equal(hm_ff1_glue(f, &x[0], &v), 0);
	assert_int_equal(v, 999999);
	digits[5] = 10;
	assert_int_equal(hm_ff1_pack(f, digits, &x[0]), -HM_EBAD_CHAR);
	/* the halves of an odd length have limits of their own */
	assert_int_equal(hm_ff1_new("0123456789abcdef", 16, 101, 3, &odd), 0);
	x[0] = (struct hm_ff1_number){ 100, 10200 };
	assert_int_equal(hm_ff1_encrypt(odd, x, 1), 0);
	x[0] = (struct hm_ff1_number){ 101, 0 };
	assert_int_equal(hm_ff1_encrypt(odd, x, 1), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_glue(odd, x, &v), -HM_EOVERFLOW);
	x[0] = (struct hm_ff1_number){ 0, 10201 };
	assert_int_equal(hm_ff1_encrypt(odd, x, 1), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_glue(odd, x, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_ff1_cut(odd, 101 * 101 * 101 - 1, &x[0]), 0);
	assert_int_equal(hm_ff1_cut(odd, 101 * 101 * 101, &x[0]), -HM_EOVERFLOW);
	/* a domain of more than 64 bits: its counters fit, not every number does */
	assert_int_equal(hm_ff1_new("0123456789abcdef", 16, 62, 20, &wide), 0);
	assert_int_equal(hm_ff1_cut(wide, UINT64_MAX, &x[0]), 0);
	assert_int_equal(hm_ff1_glue(wide, &x[0], &v), 0);
	assert_true(v == UINT64_MAX);
	x[0].left++;
	assert_int_equal(hm_ff1_glue(wide, &x[0], &v), -HM_EOVERFLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_samples),
		cmocka_unit_test(as_the_standard_says),
		cmocka_unit_test(bijections),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(tweaks),
		cmocka_unit_test(refused),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
