// SPDX-License-Identifier: LGPL-2.1-or-later
/* Deterministic CBOR: the writer's bytes, and a reader that takes nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cbor.h"
#include "base/error.h"
#include "support/rnd.h"

static void hex_is(const struct hm_buf *b, const char *hex)
{
	char text[256];

	assert_true(b->len < sizeof(text) / 2);
	hm_hex(b->data, b->len, text);
	assert_string_equal(text, hex);
}

/* RFC 8949, appendix A */
static void integers(void **state)
{
	static const struct {
		int64_t v;
		const char *hex;
	} t[] = {
		{ 0, "00" }, { 23, "17" }, { 24, "1818" }, { 255, "18ff" }, { 256, "190100" },
		{ 65535, "19ffff" }, { 65536, "1a00010000" }, { 4294967295, "1affffffff" },
		{ 4294967296, "1b0000000100000000" }, { INT64_MAX, "1b7fffffffffffffff" }, { -1, "20" },
		{ -24, "37" }, { -25, "3818" }, { -256, "38ff" }, { -257, "390100" }, { -65537, "3a00010000" },
		{ INT64_MIN, "3b7fffffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);
		struct hm_cbor_r r;
		int64_t v;

		assert_int_equal(hm_cbor_int(&b, t[i].v), 0);
		hex_is(&b, t[i].hex);
		hm_cbor_r_init(&r, b.data, b.len);
		assert_int_equal(hm_cbor_r_int(&r, &v), 0);
		assert_true(v == t[i].v);
		assert_int_equal(hm_cbor_r_end(&r), 0);
	}
}

static void everything_else(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);
	struct hm_cbor_r r;
	const uint8_t *p;
	char text[8];
	uint64_t u;
	size_t n;
	bool yes;

	(void)state;
	assert_int_equal(hm_cbor_tag(&b, 18), 0);
	assert_int_equal(hm_cbor_array(&b, 5), 0);
	assert_int_equal(hm_cbor_bytes(&b, "\1\2", 2), 0);
	assert_int_equal(hm_cbor_text(&b, "\xc3\xbc"), 0);
	assert_int_equal(hm_cbor_map(&b, 1), 0);
	assert_int_equal(hm_cbor_int(&b, -7), 0);
	assert_int_equal(hm_cbor_null(&b), 0);
	assert_int_equal(hm_cbor_bool(&b, true), 0);
	assert_int_equal(hm_cbor_bytes(&b, NULL, 0), 0);
	hex_is(&b, "d28542010262c3bca126f6f540");

	hm_cbor_r_init(&r, b.data, b.len);
	assert_int_equal(hm_cbor_r_peek(&r), HM_CBOR_TAG);
	assert_int_equal(hm_cbor_r_tag(&r, &u), 0);
	assert_int_equal(u, 18);
	assert_int_equal(hm_cbor_r_array(&r, &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(hm_cbor_r_bytes(&r, &p, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(p[1], 2);
	assert_int_equal(hm_cbor_r_text(&r, text, sizeof(text)), 0);
	assert_string_equal(text, "\xc3\xbc");
	assert_int_equal(hm_cbor_r_map(&r, &n), 0);
	assert_int_equal(hm_cbor_r_ikey(&r, -7), 0);
	assert_int_equal(hm_cbor_r_null(&r), 0);
	assert_int_equal(hm_cbor_r_bool(&r, &yes), 0);
	assert_true(yes);
	assert_int_equal(hm_cbor_r_fixed(&r, text, 0), 0);
	assert_int_equal(hm_cbor_r_peek(&r), HM_CBOR_END);
	assert_int_equal(hm_cbor_r_end(&r), 0);

	hm_cbor_r_init(&r, b.data, b.len);
	assert_int_equal(hm_cbor_r_skip(&r), 0);
	assert_int_equal(hm_cbor_r_end(&r), 0);
}

/* One item each that is good CBOR, or nearly, and that the writer never writes. */
static void nothing_but_the_shortest(void **state)
{
	static const char *const bad[] = {
		"1817",				/* 23 in two bytes */
		"1900ff", "1a0000ffff", "1b00000000ffffffff", "3800", "3817",
		"580100",			/* a length of 1 in two bytes */
		"7801" "61", "980100", "b8010000", "d812" "00",
		"5f4100ff", "7f6161ff", "9f00ff", "bf0000ff",	/* indefinite */
		"f93c00", "fa3f800000", "fb3ff0000000000000",	/* floating point */
		"f7",				/* undefined */
		"f0", "f814", "f8ff",		/* simple values */
		"1c", "1d", "1e", "1f", "3f", "ff",
		"18", "19ff", "41", "6261", "81",	/* cut */
		"5bffffffffffffffff00", "9bffffffffffffffff00", "bbffffffffffffffff00", "bb800000000000000000",
		"a100",				/* half a pair */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hm_cbor_r r;
		uint8_t bytes[32];
		size_t n;

		assert_int_equal(hm_unhex_any(bad[i], bytes, sizeof(bytes), &n), 0);
		hm_cbor_r_init(&r, bytes, n);
		if (hm_cbor_r_skip(&r) != -HM_EBAD_FORMAT)
			fail_msg("%s was taken", bad[i]);
	}
}

static void texts(void **state)
{
	static const struct {
		const char *hex;
		int rc;
	} t[] = {
		{ "60", 0 }, { "6161", 0 }, { "63e282ac", 0 }, { "64f09f9880", 0 },
		{ "6100", -HM_EBAD_FORMAT },		/* NUL */
		{ "62c080", -HM_EBAD_FORMAT },		/* overlong */
		{ "63eda080", -HM_EBAD_FORMAT },	/* a surrogate */
		{ "64f4908080", -HM_EBAD_FORMAT },	/* above U+10FFFF */
		{ "61ff", -HM_EBAD_FORMAT }, { "61c3", -HM_EBAD_FORMAT }, { "62c341", -HM_EBAD_FORMAT },
		{ "6180", -HM_EBAD_FORMAT },
		{ "6461616161", 0 }, { "656161616161", -HM_ETOO_LONG },
		{ "4161", -HM_EBAD_FORMAT },		/* bytes, not text */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_cbor_r r;
		uint8_t bytes[32];
		char out[5] = "old";
		size_t n;

		assert_int_equal(hm_unhex_any(t[i].hex, bytes, sizeof(bytes), &n), 0);
		hm_cbor_r_init(&r, bytes, n);
		assert_int_equal(hm_cbor_r_text(&r, out, sizeof(out)), t[i].rc);
		if (t[i].rc)
			assert_string_equal(out, "old");
	}
}

static void the_first_error_stays(void **state)
{
	const uint8_t bytes[] = { 0x61, 'a', 0x01, 0x02 };
	struct hm_cbor_r r;
	uint64_t u = 9;
	int64_t s = 9;

	(void)state;
	hm_cbor_r_init(&r, bytes, sizeof(bytes));
	assert_int_equal(hm_cbor_r_key(&r, "b"), -HM_EBAD_FORMAT);
	assert_int_equal(hm_cbor_r_uint(&r, &u), -HM_EBAD_FORMAT);
	assert_int_equal(hm_cbor_r_skip(&r), -HM_EBAD_FORMAT);
	assert_int_equal(hm_cbor_r_end(&r), -HM_EBAD_FORMAT);
	assert_int_equal(hm_cbor_r_peek(&r), HM_CBOR_END);
	assert_int_equal(u, 9);
	hm_cbor_r_init(&r, bytes, sizeof(bytes));
	assert_int_equal(hm_cbor_r_key(&r, "a"), 0);
	assert_int_equal(hm_cbor_r_uint(&r, &u), 0);
	assert_int_equal(hm_cbor_r_end(&r), -HM_EBAD_FORMAT);
	/* too wide for a signed number */
	hm_cbor_r_init(&r, "\x1b\x80\0\0\0\0\0\0\0", 9);
	assert_int_equal(hm_cbor_r_int(&r, &s), -HM_EBAD_FORMAT);
	hm_cbor_r_init(&r, "\x3b\x80\0\0\0\0\0\0\0", 9);
	assert_int_equal(hm_cbor_r_int(&r, &s), -HM_EBAD_FORMAT);
	hm_cbor_r_init(&r, NULL, 0);
	assert_int_equal(hm_cbor_r_end(&r), 0);
	assert_int_equal(hm_cbor_r_skip(&r), -HM_EBAD_FORMAT);
}

static void deep_nesting_is_refused(void **state)
{
	uint8_t bytes[40];
	struct hm_cbor_r r;

	(void)state;
	memset(bytes, 0x81, sizeof(bytes));
	bytes[15] = 0;
	hm_cbor_r_init(&r, bytes, 16);
	assert_int_equal(hm_cbor_r_skip(&r), 0);
	bytes[15] = 0x81;
	bytes[16] = 0;
	hm_cbor_r_init(&r, bytes, 17);
	assert_int_equal(hm_cbor_r_skip(&r), -HM_EBAD_FORMAT);
}

static void a_full_buffer_keeps_what_it_had(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(4);

	(void)state;
	assert_int_equal(hm_cbor_text(&b, "ab"), 0);
	assert_int_equal(hm_cbor_text(&b, "cd"), -E2BIG);
	assert_int_equal(hm_cbor_bytes(&b, "cd", 2), -E2BIG);
	assert_int_equal(hm_cbor_uint(&b, 65536), -E2BIG);
	assert_int_equal(b.len, 3);
	assert_string_equal(hm_buf_str(&b), "bab");
}

static void garbage_never_hurts(void **state)
{
	struct rnd r = rnd_start("cbor garbage");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(100000); r.n++) {
		uint8_t bytes[24];
		size_t len = rnd_below(&r, sizeof(bytes) + 1);
		struct hm_cbor_r c;
		int rc;

		rnd_bytes(&r, bytes, len);
		hm_cbor_r_init(&c, bytes, len);
		while (hm_cbor_r_peek(&c) != HM_CBOR_END)
			(void)hm_cbor_r_skip(&c);
		rc = hm_cbor_r_end(&c);
		rnd_assert(&r, c.pos <= len);
		rnd_assert(&r, rc == 0 || rc == -HM_EBAD_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(everything_else),
		cmocka_unit_test(nothing_but_the_shortest),
		cmocka_unit_test(texts),
		cmocka_unit_test(the_first_error_stays),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(a_full_buffer_keeps_what_it_had),
		cmocka_unit_test(garbage_never_hurts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
