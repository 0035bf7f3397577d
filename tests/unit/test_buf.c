// SPDX-License-Identifier: LGPL-2.1-or-later
/* Buffers, hexadecimal, base64, digits. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digits.h"
#include "base/error.h"
#include "support/rnd.h"

static void appends_and_terminates(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);

	(void)state;
	assert_string_equal(hm_buf_str(&b), "");
	assert_int_equal(hm_buf_str_add(&b, "ab"), 0);
	assert_int_equal(hm_buf_byte(&b, 'c'), 0);
	assert_int_equal(hm_buf_printf(&b, "%03d", 7), 0);
	assert_int_equal(hm_buf_hex(&b, "\x0f\xf0", 2), 0);
	assert_string_equal(hm_buf_str(&b), "abc0070ff0");
	assert_int_equal(b.len, 10);
	hm_buf_reset(&b);
	assert_string_equal(hm_buf_str(&b), "");
	assert_int_equal(hm_buf_be16(&b, 0x1234), 0);
	assert_int_equal(hm_buf_be32(&b, 0x56789abc), 0);
	assert_memory_equal(b.data, "\x12\x34\x56\x78\x9a\xbc", 7);
}

static void the_limit_leaves_everything_as_it_was(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(8);

	(void)state;
	assert_int_equal(hm_buf_str_add(&b, "1234567"), 0);
	assert_int_equal(hm_buf_str_add(&b, "89"), -E2BIG);
	assert_int_equal(hm_buf_printf(&b, "%d", 89), -E2BIG);
	assert_int_equal(hm_buf_be16(&b, 1), -E2BIG);
	assert_int_equal(hm_buf_hex(&b, "x", 1), -E2BIG);
	assert_int_equal(hm_buf_base64(&b, "x", 1), -E2BIG);
	assert_int_equal(hm_unbase64("QUJD", 4, &b), -E2BIG);
	assert_int_equal(hm_buf_add(&b, "x", SIZE_MAX), -E2BIG);
	assert_string_equal(hm_buf_str(&b), "1234567");
	assert_int_equal(hm_buf_byte(&b, '8'), 0);
	assert_int_equal(hm_buf_add(&b, NULL, 0), 0);
	assert_int_equal(hm_buf_byte(&b, '9'), -E2BIG);
	assert_string_equal(hm_buf_str(&b), "12345678");
	/* a base64 text that goes wrong behind a good part */
	b.len = 0;
	assert_int_equal(hm_unbase64("QUJDQU=D", 8, &b), -HM_EBAD_CHAR);
	assert_int_equal(b.len, 0);
	assert_string_equal(hm_buf_str(&b), "");
}

static void take_hands_over(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);
	uint8_t *p;
	size_t n;

	(void)state;
	assert_int_equal(hm_buf_str_add(&b, "x"), 0);
	p = hm_buf_take(&b, &n);
	assert_int_equal(n, 1);
	assert_string_equal((char *)p, "x");
	free(p);
	assert_int_equal(b.len, 0);
	assert_null(b.data);
	assert_int_equal(hm_buf_str_add(&b, "y"), 0);
}

static void hex_is_strict(void **state)
{
	uint8_t out[4] = { 0 };
	char text[16];
	size_t n = 77;

	(void)state;
	assert_int_equal(hm_unhex("0aF1", out, 2), 0);
	assert_memory_equal(out, "\x0a\xf1", 2);
	assert_int_equal(hm_unhex("0aF", out, 2), -HM_EBAD_LENGTH);
	assert_int_equal(hm_unhex("0a", out, 2), -HM_EBAD_LENGTH);
	assert_int_equal(hm_unhex("0af1ff", out, 2), -HM_EBAD_LENGTH);
	assert_int_equal(hm_unhex("0ag1", out, 2), -HM_ENOT_HEX);
	assert_int_equal(hm_unhex("0a 1", out, 2), -HM_ENOT_HEX);
	assert_int_equal(hm_unhex_any("", out, 2, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(hm_unhex_any("0102030405", out, 4, &n), -HM_ETOO_LONG);
	assert_int_equal(n, 0);
	hm_hex("\x01\xab", 2, text);
	assert_string_equal(text, "01ab");
	hm_hex_upper("\x01\xab", 2, text);
	assert_string_equal(text, "01AB");
	hm_hex("", 0, text);
	assert_string_equal(text, "");
}

/* RFC 4648, 10 */
static void base64_vectors(void **state)
{
	static const char *const v[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		_cleanup_buf_ struct hm_buf a = HM_BUF_INIT(100), b = HM_BUF_INIT(100);

		assert_int_equal(hm_buf_base64(&a, v[i][0], strlen(v[i][0])), 0);
		assert_string_equal(hm_buf_str(&a), v[i][1]);
		assert_int_equal(hm_unbase64(v[i][1], strlen(v[i][1]), &b), 0);
		assert_string_equal(hm_buf_str(&b), v[i][0]);
	}
}

static void base64_is_strict(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} v[] = {
		{ "Zg=", -HM_EBAD_LENGTH }, { "Zg", -HM_EBAD_LENGTH }, { "Zh==", -HM_EBAD_CHAR },
		{ "Zm9=", -HM_EBAD_CHAR }, { "Zg==Zg==", -HM_EBAD_CHAR }, { "Z===", -HM_EBAD_CHAR },
		{ "====", -HM_EBAD_CHAR }, { "Zm9 ", -HM_EBAD_CHAR }, { "Zm-_", -HM_EBAD_CHAR },
		{ "Zg=A", -HM_EBAD_CHAR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);

		assert_int_equal(hm_unbase64(v[i].text, strlen(v[i].text), &b), v[i].rc);
		assert_int_equal(b.len, 0);
	}
	{
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);

		assert_int_equal(hm_unbase64("Zm\0v", 4, &b), -HM_EBAD_CHAR);
	}
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("hex and base64");
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(1000), back = HM_BUF_INIT(1000);

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++) {
		uint8_t bytes[64], again[64];
		size_t len = rnd_below(&r, sizeof(bytes) + 1), n;

		rnd_bytes(&r, bytes, len);
		hm_buf_reset(&text);
		hm_buf_reset(&back);
		rnd_assert(&r, !hm_buf_base64(&text, bytes, len));
		rnd_assert(&r, !hm_unbase64(hm_buf_str(&text), text.len, &back));
		rnd_assert(&r, back.len == len && (!len || !memcmp(back.data, bytes, len)));
		hm_buf_reset(&text);
		rnd_assert(&r, !hm_buf_hex(&text, bytes, len));
		rnd_assert(&r, !hm_unhex_any(hm_buf_str(&text), again, sizeof(again), &n));
		rnd_assert(&r, n == len && !memcmp(again, bytes, len));
	}
}

static void reads_files(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(40000), small = HM_BUF_INIT(10);
	char path[] = "/tmp/hallmark-buf-XXXXXX", block[20000];
	struct hm_err err = { "" };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	memset(block, 'x', sizeof(block));
	assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(close(fd), 0);
	assert_int_equal(hm_read_file(path, &b), 0);
	assert_int_equal(b.len, sizeof(block));
	assert_memory_equal(b.data, block, sizeof(block));
	assert_int_equal(hm_buf_str_add(&small, "abc"), 0);
	assert_int_equal(hm_read_file(path, &small), -E2BIG);
	assert_string_equal(hm_buf_str(&small), "abc");
	/* and why not, in one line: how much is allowed */
	assert_int_equal(hm_read_file_of("the list", path, &small, &err), -E2BIG);
	assert_string_equal(err.text, "the list: larger than the 10 bytes that are read");
	assert_int_equal(hm_read_file_of(NULL, path, &small, &err), -E2BIG);
	assert_string_equal(err.text, "larger than the 10 bytes that are read");
	assert_int_equal(hm_read_file_of(NULL, "/nonexistent/file", &b, &err), -ENOENT);
	assert_string_equal(err.text, "No such file or directory");
	assert_int_equal(hm_read_file("/nonexistent/file", &b), -ENOENT);
	assert_int_equal(hm_read_file("/", &b), -EISDIR);
	assert_int_equal(b.len, sizeof(block));
	assert_int_equal(unlink(path), 0);
}

static void digits(void **state)
{
	uint64_t v = 5;

	(void)state;
	assert_int_equal(hm_digits_value("007", 3, UINT64_MAX, &v), 0);
	assert_int_equal(v, 7);
	assert_int_equal(hm_digits_value("18446744073709551615", 20, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(hm_digits_value("18446744073709551616", 20, UINT64_MAX, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_digits_value("99999999999999999999999", 23, UINT64_MAX, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_digits_value("12", 2, 11, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_digits_value("11", 2, 11, &v), 0);
	assert_int_equal(hm_digits_value("7", 1, 6, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_digits_value("", 0, 11, &v), -HM_EEMPTY);
	assert_int_equal(hm_digits_value("1a", 2, 11, &v), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_digits_value("-1", 2, 11, &v), -HM_ENOT_NUMERIC);
	assert_true(hm_digits("", 0));
	/* GS1 General Specifications' own examples, and the weights from the right */
	assert_int_equal(hm_mod10("629104150021", 12), '3');
	assert_int_equal(hm_mod10("0952123454321", 13), '3');
	assert_int_equal(hm_mod10("0061414112345", 13), '2');
	assert_int_equal(hm_mod10("0", 1), '0');
	assert_int_equal(hm_mod10("1", 1), '7');
	assert_int_equal(hm_mod10("10", 2), '9');
}

static void test_text_is_cut_between_characters(void **state)
{
	char out[6];

	(void)state;
	hm_text_copy(out, sizeof(out), "abc");
	assert_string_equal(out, "abc");
	hm_text_copy(out, sizeof(out), "abcde");
	assert_string_equal(out, "abcde");
	hm_text_copy(out, sizeof(out), "abcdef");
	assert_string_equal(out, "abcde");
	hm_text_copy(out, sizeof(out), "abcd\xc3\xa9");	/* an e with an acute accent */
	assert_string_equal(out, "abcd");
	hm_text_copy(out, sizeof(out), "abc\xe2\x82\xac");	/* a euro sign */
	assert_string_equal(out, "abc");
	hm_text_copy(out, 1, "\xe2\x82\xac");
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_terminates),
		cmocka_unit_test(the_limit_leaves_everything_as_it_was),
		cmocka_unit_test(take_hands_over),
		cmocka_unit_test(hex_is_strict),
		cmocka_unit_test(base64_vectors),
		cmocka_unit_test(base64_is_strict),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(digits),
		cmocka_unit_test(test_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
