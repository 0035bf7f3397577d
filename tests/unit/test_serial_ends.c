// SPDX-License-Identifier: LGPL-2.1-or-later
/* The ends of things: an address's last pair, a range's last number, an alphabet's first character, a serial's last one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serial/date.h"
#include "serial/eui.h"
#include "serial/forms.h"
#include "serial/list.h"
#include "serial/serial.h"

static void addresses(void **state)
{
	static const struct {
		uint64_t eui;
		unsigned int bits;
		char separator;
		const char *text;
	} t[] = {
		{ 0x9cf6dd0a0b0cull, 48, 0, "9CF6DD0A0B0C" }, { 0x9cf6dd0a0b0cull, 48, ':', "9C:F6:DD:0A:0B:0C" },
		{ 0x9cf6dd0a0b0cull, 48, '-', "9C-F6-DD-0A-0B-0C" }, { 0x0123456789abcdefull, 64, 0, "0123456789ABCDEF" },
		{ 0x0123456789abcdefull, 64, ':', "01:23:45:67:89:AB:CD:EF" }, { 0x0123456789abcdefull, 64, '-', "01-23-45-67-89-AB-CD-EF" },
		{ 0, 48, ':', "00:00:00:00:00:00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char text[HM_EUI_TEXT_MAX];

		hm_eui_text(t[i].eui, t[i].bits, t[i].separator, text);
		assert_string_equal(text, t[i].text);
	}
}

static void ranges(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t next, end;
	} t[] = {
		{ "18446744073709551614", 0, UINT64_MAX - 1, UINT64_MAX }, { "18446744073709551615", -HM_EOVERFLOW, 0, 0 },
		{ "0-18446744073709551614", 0, 0, UINT64_MAX }, { "0-18446744073709551615", -HM_EOVERFLOW, 0, 0 },
		{ "18446744073709551615-18446744073709551615", -HM_EOVERFLOW, 0, 0 }, { "7", 0, 7, 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_range r = { 1, 1 };

		assert_int_equal(hm_range_parse(t[i].text, &r), t[i].rc);
		if (!t[i].rc)
			assert_true(r.next == t[i].next && r.end == t[i].end);
	}
}

/* A check character covers every character of an alphabet, wherever in it that is. */
static void alphabets(void **state)
{
	static const struct {
		const char *pattern;
		int rc;
	} t[] = {
		{ "{n:4:=ABC}{c:mod37_2}", 0 }, { "{n:4:=aBC}{c:mod37_2}", -HM_EBAD_PRODUCT }, { "{n:4:=ABc}{c:mod37_2}", -HM_EBAD_PRODUCT },
		{ "{n:4:=012}{c:luhn}", 0 }, { "{n:4:=A12}{c:luhn}", -HM_EBAD_PRODUCT }, { "{n:4:=01A}{c:luhn}", -HM_EBAD_PRODUCT },
		{ "{n:4}{l:2:=aB}{c:mod37_2}", -HM_EBAD_PRODUCT }, { "{n:4}{l:2:=Ab}{c:mod37_2}", -HM_EBAD_PRODUCT },
		{ "{n:4}{l:2:=AB}{c:mod37_2}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_scheme s;

		if (hm_scheme_parse(&s, t[i].pattern, NULL) != t[i].rc)
			fail_msg("%s", t[i].pattern);
	}
}

/* What a field may say, from the least to the most and one beyond where its digits can. */
static void fields(void **state)
{
	static const struct {
		enum hm_date_field field;
		int digits, min, max;
	} t[] = {
		{ HM_DATE_YYYY, 4, 1, 9999 }, { HM_DATE_YY, 2, 0, 99 }, { HM_DATE_Y, 1, 0, 9 }, { HM_DATE_MM, 2, 1, 12 }, { HM_DATE_DD, 2, 1, 31 },
		{ HM_DATE_JJJ, 3, 1, 366 }, { HM_DATE_GGGG, 4, 1, 9999 }, { HM_DATE_GG, 2, 0, 99 }, { HM_DATE_G, 1, 0, 9 },
		{ HM_DATE_WW, 2, 1, 53 }, { HM_DATE_U, 1, 1, 7 },
	};

	(void)state;
	assert_int_equal(sizeof(t) / sizeof(t[0]), HM_DATE_FIELDS);
	for (size_t i = 0; i < HM_DATE_FIELDS; i++)
		for (int v = 0, end = t[i].digits == 4 ? 10000 : t[i].digits == 3 ? 1000 : t[i].digits == 2 ? 100 : 10; v < end; v++) {
			struct hm_date_parts p = HM_DATE_PARTS_INIT;
			char text[12];

			snprintf(text, sizeof(text), "%0*d", t[i].digits, v);
			assert_int_equal(hm_date_read(t[i].field, text, &p), v < t[i].min || v > t[i].max ? -HM_EBAD_DATE : 0);
		}
}

/* Until it is told another, a cipher has the empty tweak, which is no byte of zero. */
static void no_tweak(void **state)
{
	struct hm_ff1_number x[3] = { { 1, 2 }, { 1, 2 }, { 1, 2 } };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		_cleanup_ff1_ struct hm_ff1 *f = NULL;

		assert_int_equal(hm_ff1_new("0123456789abcdef", 16, 10, 10, &f), 0);
		if (i)
			assert_int_equal(hm_ff1_tweak(f, "", i - 1), 0);
		assert_int_equal(hm_ff1_encrypt(f, &x[i], 1), 0);
	}
	assert_memory_equal(&x[0], &x[1], sizeof(x[0]));
	assert_memory_not_equal(&x[0], &x[2], sizeof(x[0]));
}

/* A base leaves room for one character at least. */
static void longest_base(void **state)
{
	char base[HM_LINK_MAX + 2] = "https://a.b/", out[HM_LINK_MAX + 1], serial[HM_SERIAL_MAX + 1];
	size_t n = strlen(base);

	(void)state;
	memset(base + n, 'x', sizeof(base) - n);
	for (size_t len = HM_LINK_MAX - 2; len <= HM_LINK_MAX + 1; len++) {
		base[len - 1] = '/';
		base[len] = '\0';
		assert_int_equal(hm_link_base_check(base), len < HM_LINK_MAX ? 0 : -HM_ETOO_LONG);
		assert_int_equal(hm_link_make(base, "A", out, sizeof(out)), len < HM_LINK_MAX ? 0 : -HM_ETOO_LONG);
		if (len < HM_LINK_MAX) {
			assert_int_equal(strlen(out), len + 1);
			assert_int_equal(hm_link_read(base, out, serial), 0);
			assert_string_equal(serial, "A");
		}
		base[len - 1] = base[len] = 'x';
	}
}

/* Where several days have what was told, it is the first of them. */
static void first_day(void **state)
{
	static const struct {
		enum hm_date_field field;
		const char *text;
		struct hm_date day;
	} t[] = {
		{ HM_DATE_MM, "03", { 2000, 3, 1 } }, { HM_DATE_DD, "31", { 2000, 1, 31 } }, { HM_DATE_Y, "7", { 2007, 1, 1 } },
		{ HM_DATE_YY, "26", { 2026, 1, 1 } }, { HM_DATE_YYYY, "1987", { 1987, 1, 1 } }, { HM_DATE_JJJ, "366", { 2000, 12, 31 } },
		{ HM_DATE_WW, "53", { 2004, 12, 27 } }, { HM_DATE_U, "7", { 2000, 1, 2 } }, { HM_DATE_GG, "21", { 2021, 1, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_date_parts p = HM_DATE_PARTS_INIT;
		struct hm_date d = { 1, 1, 1 };
		bool whole = true;

		assert_int_equal(hm_date_read(t[i].field, t[i].text, &p), 0);
		assert_int_equal(hm_date_join(&p, &d, &whole), 0);
		if (whole || hm_date_cmp(&d, &t[i].day))
			fail_msg("%s: %d-%d-%d", t[i].text, d.year, d.month, d.day);
	}
}

/* Twenty characters, the last of them the pattern's own. */
static void last_character(void **state)
{
	static const struct {
		const char *pattern, *first;
	} t[] = {
		{ "A{n:18}Z", "A000000000000000001Z" }, { "{n:1}ABCDEFGHIJKLMNOPQRS", "1ABCDEFGHIJKLMNOPQRS" },
		{ "ABCDEFGHIJKLMNOPQRS{n:1}", "ABCDEFGHIJKLMNOPQRS1" }, { "{n:18}.Z", "000000000000000001.Z" },
	};
	char text[HM_SERIAL_MAX + 1], two[2][HM_SERIAL_MAX + 1];
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	struct hm_scheme s;
	uint64_t counter;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(hm_scheme_parse(&s, t[i].pattern, NULL), 0);
		memset(text, '?', sizeof(text));
		assert_int_equal(hm_scheme_format(&s, 1, text, sizeof(text)), 0);
		assert_string_equal(text, t[i].first);
		memset(two, '?', sizeof(two));
		assert_int_equal(hm_scheme_scatter(&s, NULL, 1, 1, two), 0);
		assert_string_equal(two[0], t[i].first);
	}
	assert_int_equal(hm_scheme_parse(&s, "{r:17}.YZ", NULL), 0);
	assert_int_equal(hm_scheme_ff1(&s, "0123456789abcdef", 16, &f, NULL), 0);
	memset(two, '?', sizeof(two));
	assert_int_equal(hm_scheme_scatter(&s, f, 7, 2, two), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_string_equal(two[i] + 17, ".YZ");
		assert_int_equal(hm_scheme_counter(&s, f, two[i], &counter), 0);
		assert_int_equal(counter, 7 + i);
	}
}

static void freed_twice(void **state)
{
	struct hm_list l = HM_LIST_INIT;

	(void)state;
	assert_int_equal(hm_list_parse("serial\nA\nB\n", 11, &l, NULL), 0);
	hm_list_free(&l);
	assert_null(l.row);
	assert_int_equal(l.n, 0);
	hm_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(ranges),
		cmocka_unit_test(alphabets),
		cmocka_unit_test(fields),
		cmocka_unit_test(no_tweak),
		cmocka_unit_test(longest_base),
		cmocka_unit_test(first_day),
		cmocka_unit_test(last_character),
		cmocka_unit_test(freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
