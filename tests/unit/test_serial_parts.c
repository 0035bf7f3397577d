// SPDX-License-Identifier: LGPL-2.1-or-later
/* What schemes are made of: alphabets, dates, ranges. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "serial/alphabet.h"
#include "serial/date.h"
#include "serial/range.h"
#include "support/rnd.h"

/* --- alphabets --- */

static struct hm_alphabet alphabet(const char *spec)
{
	struct hm_err err = { "" };
	struct hm_alphabet a;

	if (hm_alphabet_parse(&a, spec, strlen(spec), &err))
		fail_msg("%s: %s", spec, err.text);
	return a;
}

static void alphabets(void **state)
{
	static const struct {
		const char *spec, *digits;
	} t[] = {
		{ "dec", "0123456789" }, { "hex", "0123456789ABCDEF" }, { "upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
		{ "lower", "abcdefghijklmnopqrstuvwxyz" }, { "alnum", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
		{ "mixed", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" },
		{ "crockford", "0123456789ABCDEFGHJKMNPQRSTVWXYZ" },
		{ "alnum-0O1IL", "23456789ABCDEFGHJKMNPQRSTUVWXYZ" }, { "dec-0", "123456789" }, { "dec-12345678", "09" },
		{ "=10", "10" }, { "=zA9", "zA9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_alphabet a = alphabet(t[i].spec);

		assert_int_equal(a.n, strlen(t[i].digits));
		assert_memory_equal(a.digit, t[i].digits, a.n);
	}
}

static void alphabet_numbers(void **state)
{
	struct hm_alphabet dec = alphabet("dec"), odd = alphabet("=BA"), mixed = alphabet("mixed"), some = alphabet("dec-0");
	char out[32] = "";
	uint64_t v = 5;

	(void)state;
	hm_alphabet_write(&dec, 42, 5, out);
	assert_string_equal(out, "00042");
	hm_alphabet_write(&odd, 5, 5, out);
	assert_string_equal(out, "BBABA");
	assert_int_equal(hm_alphabet_read(&odd, "BBABA", 5, 5, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(hm_alphabet_read(&odd, "BBABA", 5, 4, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_alphabet_read(&odd, "BBa", 3, 9, &v), -HM_EBAD_CHAR);
	assert_int_equal(hm_alphabet_read(&odd, "", 0, 9, &v), -HM_EEMPTY);
	assert_int_equal(hm_alphabet_read(&some, "102", 3, 999, &v), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_alphabet_read(&dec, "\xff", 1, 999, &v), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_alphabet_read(&dec, "1\0002", 3, 999, &v), -HM_ENOT_NUMERIC);
	/* the last number of 64 bits and the one behind it */
	assert_int_equal(hm_alphabet_read(&dec, "18446744073709551615", 20, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(hm_alphabet_read(&dec, "18446744073709551616", 20, UINT64_MAX, &v), -HM_EOVERFLOW);
	assert_int_equal(hm_alphabet_read(&mixed, "zzzzzzzzzzzzzzzzzzzz", 20, UINT64_MAX, &v), -HM_EOVERFLOW);
	/* a bad character behind an overflow is still the bad character */
	assert_int_equal(hm_alphabet_read(&mixed, "zzzzzzzzzzzzzzzzzzz.", 20, UINT64_MAX, &v), -HM_EBAD_CHAR);
	assert_true(hm_alphabet_power(&dec, 19) == 10000000000000000000ull);
	assert_true(hm_alphabet_power(&dec, 20) == UINT64_MAX);
	assert_true(hm_alphabet_power(&dec, 0) == 1);
}

/* --- dates --- */

/* Every day of two centuries against the C library. */
static void days_of_two_centuries(void **state)
{
	(void)state;
	for (time_t at = 0; at < 4102444800 + 100 * 365 * 86400ll; at += 86400) {
		char want[64], got[64] = "YYYYMMDDJJJGGGGWWU";
		struct hm_date d;
		struct tm tm;

		assert_non_null(gmtime_r(&at, &tm));
		assert_true(strftime(want, sizeof(want), "%Y%m%d%j%G%V%u", &tm));
		d = (struct hm_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
		assert_int_equal(hm_date_write(HM_DATE_YYYY, &d, got), 0);
		assert_int_equal(hm_date_write(HM_DATE_MM, &d, got + 4), 0);
		assert_int_equal(hm_date_write(HM_DATE_DD, &d, got + 6), 0);
		assert_int_equal(hm_date_write(HM_DATE_JJJ, &d, got + 8), 0);
		assert_int_equal(hm_date_write(HM_DATE_GGGG, &d, got + 11), 0);
		assert_int_equal(hm_date_write(HM_DATE_WW, &d, got + 15), 0);
		assert_int_equal(hm_date_write(HM_DATE_U, &d, got + 17), 0);
		assert_string_equal(got, want);
	}
}

static const enum hm_date_field whole[][4] = {
	{ HM_DATE_YYYY, HM_DATE_MM, HM_DATE_DD, HM_DATE_FIELDS }, { HM_DATE_YY, HM_DATE_MM, HM_DATE_DD, HM_DATE_U },
	{ HM_DATE_YYYY, HM_DATE_JJJ, HM_DATE_FIELDS }, { HM_DATE_YY, HM_DATE_JJJ, HM_DATE_Y, HM_DATE_FIELDS },
	{ HM_DATE_GGGG, HM_DATE_WW, HM_DATE_U, HM_DATE_FIELDS }, { HM_DATE_GG, HM_DATE_WW, HM_DATE_U, HM_DATE_MM },
};

/* What was written says the date again, where the fields determine it. */
static void dates_come_back(void **state)
{
	struct hm_date d;

	(void)state;
	for (d.year = 2001; d.year <= 2098; d.year += 1 + d.year % 3)
		for (d.month = 1; d.month <= 12; d.month++)
			for (d.day = 1; d.day <= 31; d.day++)
				for (size_t i = 0; hm_date_valid(&d) && i < sizeof(whole) / sizeof(whole[0]); i++) {
					struct hm_date_parts p = HM_DATE_PARTS_INIT;
					bool is_whole = false;
					struct hm_date back;
					char text[4];

					for (size_t k = 0; k < 4 && whole[i][k] != HM_DATE_FIELDS; k++) {
						assert_int_equal(hm_date_write(whole[i][k], &d, text), 0);
						assert_int_equal(hm_date_read(whole[i][k], text, &p), 0);
					}
					assert_int_equal(hm_date_join(&p, &back, &is_whole), 0);
					assert_true(is_whole);
					assert_int_equal(hm_date_cmp(&back, &d), 0);
				}
}

static void date_texts(void **state)
{
	static const char *const bad[] = {
		"", "2026", "2026-11-2", "2026-11-222", "2026/11/22", "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-31",
		"2026-02-29", "1900-02-29", "0000-01-01", "20x6-11-22", "2026-1 -22", "+026-11-22", "2026-11-2\xb2",
	};
	struct hm_date d = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (hm_date_parse(bad[i], &d) != -HM_EBAD_DATE)
			fail_msg("\"%s\" is taken", bad[i]);
	assert_int_equal(d.day, 3);
	assert_int_equal(hm_date_parse("2024-02-29", &d), 0);
	assert_true(d.year == 2024 && d.month == 2 && d.day == 29);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2024, 2, 29 }), 0);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2024, 2, 28 }), 1);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2024, 3, 1 }), -1);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2024, 1, 30 }), 1);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2023, 12, 30 }), 1);
	assert_int_equal(hm_date_cmp(&d, &(struct hm_date){ 2025, 1, 1 }), -1);
	assert_int_equal(hm_date_parse("2000-02-29", &d), 0);
	assert_int_equal(hm_date_parse("9999-12-31", &d), 0);
	assert_int_equal(hm_date_parse("0001-01-01", &d), 0);
}

static void date_fields(void **state)
{
	char week[2];
	struct hm_date d = { 2100, 1, 1 }, e = { 1999, 12, 31 }, f = { 2026, 2, 30 };
	char text[4];

	(void)state;
	assert_int_equal(hm_date_field_find("yyyymm", 6), HM_DATE_YYYY);
	assert_int_equal(hm_date_field_find("yyyymm", 3), HM_DATE_YY);
	assert_int_equal(hm_date_field_find("ymm", 3), HM_DATE_Y);
	assert_int_equal(hm_date_field_find("m", 1), HM_DATE_FIELDS);
	assert_int_equal(hm_date_field_find("", 0), HM_DATE_FIELDS);
	assert_int_equal(hm_date_write(HM_DATE_YY, &d, text), -HM_EBAD_DATE);
	assert_int_equal(hm_date_write(HM_DATE_YY, &e, text), -HM_EBAD_DATE);
	assert_int_equal(hm_date_write(HM_DATE_YYYY, &f, text), -HM_EBAD_DATE);
	/* the last of December 1999 is in a week of 1999, the first of 2100 in one of 2099 */
	assert_int_equal(hm_date_write(HM_DATE_GG, &e, text), -HM_EBAD_DATE);
	assert_int_equal(hm_date_write(HM_DATE_GG, &d, text), 0);
	/* the last week's year is not the calendar's */
	assert_int_equal(hm_date_write(HM_DATE_G, &(struct hm_date){ 2027, 1, 1 }, week), 0);
	assert_int_equal(week[0], '6');
	assert_int_equal(hm_date_write(HM_DATE_GG, &(struct hm_date){ 2024, 12, 30 }, week), 0);
	assert_memory_equal(week, "25", 2);
	assert_int_equal(hm_date_field_find("ggg", 3), HM_DATE_GG);
	assert_int_equal(hm_date_field_find("gww", 3), HM_DATE_G);
	assert_memory_equal(text, "99", 2);
}

static int join(const char *fields, const char *text, struct hm_date *ret)
{
	struct hm_date_parts p = HM_DATE_PARTS_INIT;
	bool is_whole = false;
	int rc;

	while (*fields) {
		enum hm_date_field f = hm_date_field_find(fields, strlen(fields));

		rc = hm_date_read(f, text, &p);
		if (rc)
			return rc;
		fields += hm_date_field_len(f);
		text += hm_date_field_len(f);
	}
	rc = hm_date_join(&p, ret, &is_whole);
	return rc ? rc : is_whole ? 0 : -ENODATA;
}

static void dates_that_are_none(void **state)
{
	static const struct {
		const char *fields, *text;
		int rc;
	} t[] = {
		{ "yymmdd", "260229", -HM_EBAD_DATE }, { "yymmdd", "240229", 0 }, { "yymmdd", "261301", -HM_EBAD_DATE },
		{ "yymmdd", "260001", -HM_EBAD_DATE }, { "yymmdd", "26112x", -HM_ENOT_NUMERIC }, { "mmdd", "0230", -HM_EBAD_DATE },
		{ "mmdd", "0229", -ENODATA }, { "yyjjj", "26366", -HM_EBAD_DATE }, { "yyjjj", "24366", 0 }, { "yyjjj", "26000", -HM_EBAD_DATE },
		{ "ggwwu", "26531", 0 }, { "ggwwu", "25531", -HM_EBAD_DATE }, { "ggwwu", "26470", -HM_EBAD_DATE }, { "ggwwu", "26478", -HM_EBAD_DATE },
		{ "ww", "54", -HM_EBAD_DATE }, { "ww", "53", -ENODATA }, { "gww", "653", -ENODATA },
		{ "ggggg", "20265", -HM_EBAD_DATE }, { "ggww", "2553", -HM_EBAD_DATE }, { "ggww", "2653", -ENODATA },
		{ "yyyyyy", "202626", -ENODATA }, { "yyyyyy", "202627", -HM_EBAD_DATE }, { "yyyy", "0000", -HM_EBAD_DATE },
		{ "yymmddyy", "26112226", 0 }, { "yymmddyy", "26112227", -HM_EBAD_DATE }, { "yymmddu", "2611227", 0 },
		{ "yymmddu", "2611226", -HM_EBAD_DATE }, { "ymmdd", "61122", -ENODATA }, { "y", "6", -ENODATA }, { "u", "8", -HM_EBAD_DATE },
		{ "yyyyy", "20266", -ENODATA }, { "yyyyy", "20260", -HM_EBAD_DATE }, { "yyyyyy", "202600", -HM_EBAD_DATE },
		{ "yyyymmdd", "00010101", 0 }, { "yyyymmdd", "99991231", 0 }, { "yymmdd", "000101", 0 }, { "yymmdd", "991231", 0 },
		{ "mm", "02", -ENODATA }, { "dd", "32", -HM_EBAD_DATE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_date d;

		/* -ENODATA: a date, but not which */
		if (join(t[i].fields, t[i].text, &d) != t[i].rc)
			fail_msg("%s %s", t[i].fields, t[i].text);
	}
}

/*
 * Some fields of a day, one in four of them changed: the first day of all that has them, and whether
 * another has, is what a walk through all the years that may be meant finds.
 */
static void first_day_of_all(const struct hm_date_parts *p, int *ret_days, struct hm_date *ret)
{
	int first = 2000, last = 2099;
	struct hm_date d;
	char text[4];

	if (p->value[HM_DATE_YYYY] >= 0 || p->value[HM_DATE_GGGG] >= 0) {
		first = p->value[HM_DATE_YYYY] >= 0 ? p->value[HM_DATE_YYYY] : p->value[HM_DATE_GGGG] - 1;
		last = p->value[HM_DATE_YYYY] >= 0 ? first : first + 2;
	} else if (p->value[HM_DATE_GG] >= 0 && p->value[HM_DATE_YY] < 0) {
		first = 1999 + p->value[HM_DATE_GG];
		last = first + 2;
	}
	*ret_days = 0;
	for (d.year = first; d.year <= last; d.year++)
		for (d.month = 1; d.month <= 12; d.month++)
			for (d.day = 1; d.day <= 31 && *ret_days < 2; d.day++) {
				bool has = hm_date_valid(&d);

				for (unsigned int f = 0; has && f < HM_DATE_FIELDS; f++) {
					int v = -1;

					if (p->value[f] < 0)
						continue;
					if (!hm_date_write(f, &d, text))
						for (size_t i = v = 0; i < hm_date_field_len(f); i++)
							v = v * 10 + text[i] - '0';
					has = v == p->value[f];
				}
				if (has && !(*ret_days)++)
					*ret = d;
			}
}

static void days_are_found_without_a_walk(void **state)
{
	struct rnd r = rnd_start("days of fields");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(3000); r.n++) {
		struct hm_date d = { 1998 + (int)rnd_below(&r, 103), 1 + (int)rnd_below(&r, 12), 1 + (int)rnd_below(&r, 28) }, got, want;
		struct hm_date_parts p = HM_DATE_PARTS_INIT;
		bool is_whole = false;
		int days = 0, rc;
		char text[4];

		/* the days around a year's end are the odd ones */
		if (!rnd_below(&r, 3))
			d.month = rnd_below(&r, 2) ? 1 : 12, d.day = d.month == 1 ? 1 + (int)rnd_below(&r, 4) : 28 + (int)rnd_below(&r, 4);
		if (!rnd_below(&r, 20))
			d.year = rnd_below(&r, 2) ? 1 + (int)rnd_below(&r, 2) : 9998 + (int)rnd_below(&r, 2);
		for (unsigned int f = 0; f < HM_DATE_FIELDS; f++) {
			if (rnd_below(&r, 3) || hm_date_write(f, &d, text))
				continue;
			if (!rnd_below(&r, 4))
				text[hm_date_field_len(f) - 1] = (char)('0' + rnd_below(&r, 10));
			(void)hm_date_read(f, text, &p);
		}
		first_day_of_all(&p, &days, &want);
		rc = hm_date_join(&p, &got, &is_whole);
		if (rc != (days ? 0 : -HM_EBAD_DATE) || (days && hm_date_cmp(&got, &want)) || (is_whole && days != 1))
			fail_msg("seed %llu, case %llu: %d days, rc %d", (unsigned long long)r.seed, (unsigned long long)r.n, days, rc);
	}
}

/* --- ranges --- */

static void range_edges(void **state)
{
	struct hm_range r, out = { 7, 8 }, parts[3], one;
	uint64_t n = 0;

	(void)state;
	assert_int_equal(hm_range_set(&r, 5, 4), -EINVAL);
	assert_int_equal(hm_range_set(&r, 0, UINT64_MAX), -EINVAL);
	assert_int_equal(hm_range_set(&r, 0, UINT64_MAX - 1), 0);
	assert_true(hm_range_count(&r) == UINT64_MAX);
	assert_int_equal(hm_range_set(&r, 10, 19), 0);
	assert_int_equal(hm_range_lease(&r, 0, &out), -EINVAL);
	assert_int_equal(hm_range_lease(&r, 11, &out), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_range_lease(&r, UINT64_MAX, &out), -HM_EPOOL_EXHAUSTED);
	assert_true(out.next == 7 && hm_range_count(&r) == 10);
	assert_int_equal(hm_range_lease_aligned(&r, 4, 4, &out), 0);
	assert_true(out.next == 12 && out.end == 16 && r.next == 16);
	assert_int_equal(hm_range_lease_aligned(&r, 4, 8, &out), 0);
	assert_int_equal(hm_range_draw(&r, &n), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_range_set(&r, 10, 19), 0);
	assert_int_equal(hm_range_lease_aligned(&r, 1, 1ull << 63, &out), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_range_lease_aligned(&r, 1, 0, &out), -EINVAL);
	assert_int_equal(hm_range_split(&r, parts, 0), -EINVAL);
	assert_int_equal(hm_range_split(&r, parts, 3), 0);
	assert_true(parts[0].next == 10 && parts[0].end == 14 && parts[1].end == 17 && parts[2].end == 20);
	assert_true(hm_range_count(&r) == 0 && !hm_range_has(&r, 20));
	assert_true(hm_range_has(&parts[1], 14) && !hm_range_has(&parts[1], 17));
	/* back only where it came off */
	one = parts[1];
	assert_int_equal(hm_range_draw(&one, &n), 0);
	assert_int_equal(n, 14);
	assert_int_equal(hm_range_join(&parts[0], &one), -EINVAL);
	assert_int_equal(hm_range_join(&one, &parts[2]), 0);
	assert_true(parts[2].next == 15 && parts[2].end == 20);
}

static void range_texts(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} t[] = {
		{ "1000-1999", 0 }, { "7-7", 0 }, { "0-18446744073709551614", 0 }, { "", -HM_EEMPTY }, { "-", -HM_EEMPTY },
		{ "5-", -HM_EEMPTY }, { "-5", -HM_EEMPTY }, { "5-4", -EINVAL }, { "a-5", -HM_ENOT_NUMERIC }, { "5-6-7", -HM_ENOT_NUMERIC },
		{ "5 -6", -HM_ENOT_NUMERIC }, { "0-18446744073709551615", -HM_EOVERFLOW }, { "99999999999999999999999-1", -HM_EOVERFLOW },
	};
	char out[HM_RANGE_TEXT_MAX];
	struct hm_range r;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(hm_range_parse(t[i].text, &r), t[i].rc);
		if (!t[i].rc) {
			hm_range_text(&r, out);
			assert_string_equal(out, t[i].text);
		}
	}
	assert_int_equal(hm_range_parse("42", &r), 0);
	assert_true(r.next == 42 && r.end == 43);
	r.next = r.end;
	hm_range_text(&r, out);
	assert_string_equal(out, "");
}

/* Whatever is leased, split and given back: no counter is in two hands, none is lost. */
static void nothing_overlaps(void **state)
{
	enum { HANDS = 64, SIZE = 2048 };
	struct rnd r = rnd_start("ranges");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(500); r.n++) {
		uint64_t base = rnd_below(&r, 3) ? rnd_next(&r) >> 1 : UINT64_MAX - SIZE;
		struct hm_range hand[HANDS] = { { base, base + SIZE } };
		uint8_t owners[SIZE] = { 0 };
		size_t n = 1;

		while (n + 8 < HANDS) {
			size_t i = rnd_below(&r, n), parts = 1 + rnd_below(&r, 8);

			switch (rnd_below(&r, 3)) {
			case 0:
				n += !hm_range_lease(&hand[i], 1 + rnd_below(&r, 300), &hand[n]);
				break;
			case 1:
				rnd_assert(&r, !hm_range_split(&hand[i], hand + n, parts));
				n += parts;
				break;
			default:
				/* taken and given back at once: as before */
				if (!hm_range_lease(&hand[i], 1 + rnd_below(&r, 20), &hand[n]))
					rnd_assert(&r, !hm_range_join(&hand[n], &hand[i]));
				n += rnd_below(&r, 40) == 0 && !hm_range_lease(&hand[i], 1, &hand[n]);
				break;
			}
		}
		for (size_t i = 0; i < n; i++) {
			for (uint64_t c = hand[i].next; c != hand[i].end; c++)
				owners[c - base]++;
			for (size_t k = 0; k < i; k++)
				rnd_assert(&r, !hm_range_overlap(&hand[i], &hand[k]));
		}
		for (size_t i = 0; i < SIZE; i++)
			rnd_assert(&r, owners[i] == 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alphabets),
		cmocka_unit_test(alphabet_numbers),
		cmocka_unit_test(days_of_two_centuries),
		cmocka_unit_test(dates_come_back),
		cmocka_unit_test(date_texts),
		cmocka_unit_test(date_fields),
		cmocka_unit_test(dates_that_are_none),
		cmocka_unit_test(days_are_found_without_a_walk),
		cmocka_unit_test(range_edges),
		cmocka_unit_test(range_texts),
		cmocka_unit_test(nothing_overlaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
