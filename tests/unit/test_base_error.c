// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of errors: stable numbers, one name each, an exit code each. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void names_and_numbers_are_unique(void **state)
{
	(void)state;
	for (const struct hm_error_row *a = hm_error_rows; a->name; a++) {
		assert_in_range(a->exit, 1, 6);
		assert_true(strlen(a->why) > 5);
		assert_int_equal(hm_error_number(a->name), a->number);
		for (const struct hm_error_row *b = a + 1; b->name; b++) {
			assert_int_not_equal(a->number, b->number);
			assert_string_not_equal(a->name, b->name);
		}
	}
}

/* What other people's programs rely on; a change here is a change of contract. */
static void numbers_are_stable(void **state)
{
	(void)state;
	assert_int_equal(HM_EBAD_CHAR, 2001);
	assert_int_equal(HM_EBAD_REQUEST, 2033);
	assert_int_equal(HM_EDUPLICATE, 2101);
	assert_int_equal(HM_ENO_DEVICE, 2201);
	assert_int_equal(HM_ESTORE, 2301);
	assert_int_equal(HM_ENOT_FOUND, 2401);
	assert_int_equal(HM_EBAD_SIGNATURE, 2501);
}

static void the_published_codec_names_exist(void **state)
{
	static const char *const names[] = {
		"bad_char", "bad_length", "bad_check_digit", "bad_prefix_length", "not_numeric", "leading_zero",
		"overflow", "too_long", "too_short", "empty", "bad_escape", "bad_uri", "unknown_scheme",
		"unknown_header", "bad_partition", "bad_filter", "reserved_nonzero", "unprogrammed",
		"no_terminator", "not_hex", "bad_date", "unknown_ai", "missing_ai", "conflicting_ai",
		"duplicate_ai", "bad_fnc1", "bad_envelope",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_in_range(hm_error_number(names[i]), 2001, 2099);
		assert_int_equal(hm_error_exit(-hm_error_number(names[i])), 1);
	}
}

static void both_signs_and_errnos(void **state)
{
	static const int paths[] = { ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP };

	(void)state;
	assert_string_equal(hm_error_name(-HM_ETAG_VOID), "tag_void");
	assert_string_equal(hm_error_name(HM_ETAG_VOID), "tag_void");
	assert_int_equal(hm_error_exit(-HM_ETAG_VOID), 4);
	assert_int_equal(hm_error_exit(-HM_EDUPLICATE), 3);
	assert_int_equal(hm_error_exit(-HM_ESTORE), 5);
	assert_int_equal(hm_error_exit(-HM_ENOT_FOUND), 6);
	assert_int_equal(hm_error_exit(-HM_EBAD_TEMPLATE), 2);
	assert_int_equal(hm_error_exit(0), 0);
	assert_string_equal(hm_error_name(-ENOSPC), "disk_full");
	assert_int_equal(hm_error_exit(-ENODEV), 4);
	/* a path that was mistyped is the caller's affair, not the store's */
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_string_equal(hm_error_name(-paths[i]), "invalid");
		assert_int_equal(hm_error_exit(-paths[i]), 2);
	}
	assert_string_equal(hm_error_name(-99999), "internal");
	assert_int_equal(hm_error_exit(-99999), 5);
	assert_string_equal(hm_error_name(INT_MIN), "internal");
	assert_int_equal(hm_error_number("no_such_name"), 0);
	assert_int_equal(hm_error_number(""), 0);
}

static void the_line_is_one_line(void **state)
{
	struct hm_err err = { "" };
	char long_text[600];

	(void)state;
	assert_string_equal(hm_err_text(&err, -HM_EPAPER_OUT), "the printer is out of paper");
	assert_string_equal(hm_err_text(NULL, -HM_EPAPER_OUT), "the printer is out of paper");
	assert_int_equal(hm_err_set(&err, -HM_EBAD_DATE, "month %u\n\x1b[31m of \x7f%s", 13, "2026"), -HM_EBAD_DATE);
	assert_string_equal(err.text, "month 13??[31m of ?2026");
	assert_string_equal(hm_err_text(&err, -HM_EBAD_DATE), err.text);
	/* a terminal takes C1 for an escape sequence's beginning too; the rest of UTF-8 stays */
	(void)hm_err_set(&err, -HM_EBAD_DATE, "%s", "a\xc2\x9b" "31m \xc3\x9b \xc2\xa0 \xc2");
	assert_string_equal(err.text, "a??31m \xc3\x9b \xc2\xa0 \xc2");
	assert_int_equal(hm_err_set(NULL, -ENOMEM, "x"), -ENOMEM);
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	(void)hm_err_set(&err, -ENOMEM, "%s", long_text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_are_unique),
		cmocka_unit_test(numbers_are_stable),
		cmocka_unit_test(the_published_codec_names_exist),
		cmocka_unit_test(both_signs_and_errnos),
		cmocka_unit_test(the_line_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
