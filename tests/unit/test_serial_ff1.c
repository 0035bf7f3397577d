// SPDX-License-Identifier: LGPL-2.1-or-later
/* FF1: NIST's samples, what a permutation is, and what is refused. */
#include <errno.h>
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
static void round_trips(void **state)
{
	struct rnd r = rnd_start("ff1 round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000);) {
		unsigned int radix = rnd_below(&r, 8) ? 2 + (unsigned int)rnd_below(&r, 62) : 2 + (unsigned int)rnd_below(&r, 65535);
		unsigned int len = 2 + (unsigned int)rnd_below(&r, 30);
		uint8_t key[32], tweak[64];
		size_t key_len = 16 + 8 * rnd_below(&r, 3), tweak_len = rnd_below(&r, sizeof(tweak));
		_cleanup_ff1_ struct hm_ff1 *f = NULL;
		struct hm_ff1_number x[70], one[70], was[70];
		size_t n = 1 + rnd_below(&r, 70);

		rnd_bytes(&r, key, sizeof(key));
		rnd_bytes(&r, tweak, sizeof(tweak));
		if (hm_ff1_new(key, key_len, radix, len, &f))
			continue;
		rnd_assert(&r, !hm_ff1_tweak(f, tweak, tweak_len));
		for (size_t i = 0; i < n; i++) {
			uint16_t digits[HM_FF1_LEN_MAX], back[HM_FF1_LEN_MAX];

			for (unsigned int j = 0; j < len; j++)
				digits[j] = (uint16_t)rnd_below(&r, radix);
			rnd_assert(&r, !hm_ff1_pack(f, digits, &x[i]));
			hm_ff1_unpack(f, &x[i], back);
			rnd_assert(&r, !memcmp(digits, back, len * sizeof(*digits)));
			one[i] = was[i] = x[i];
			rnd_assert(&r, !hm_ff1_encrypt(f, &one[i], 1));
		}
		rnd_assert(&r, !hm_ff1_encrypt(f, x, n));
		rnd_assert(&r, !memcmp(x, one, n * sizeof(*x)));
		rnd_assert(&r, !hm_ff1_decrypt(f, x, n));
		rnd_assert(&r, !memcmp(x, was, n * sizeof(*x)));
		r.n += n;
	}
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
	_cleanup_ff1_ struct hm_ff1 *f = NULL, *wide = NULL;
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
		cmocka_unit_test(bijections),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(tweaks),
		cmocka_unit_test(refused),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
