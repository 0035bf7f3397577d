// SPDX-License-Identifier: LGPL-2.1-or-later
/* Schemes with dates, lots, counters that begin anew, and unguessable serials. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serial/serial.h"
#include "support/shrink.h"

static const struct hm_date day = { 2026, 11, 22 };	/* a Sunday, in week 47 */
static const char key[32] = "a key of thirty-two characters..";

static struct hm_scheme scheme(const char *pattern)
{
	struct hm_err err = { "" };
	struct hm_scheme s;

	if (hm_scheme_parse(&s, pattern, &err))
		fail_msg("%s: %s", pattern, err.text);
	return s;
}

static struct hm_scheme settled(const char *pattern, const char *lot)
{
	struct hm_scheme s = scheme(pattern);
	struct hm_err err = { "" };

	if (hm_scheme_settle(&s, &day, lot, &err))
		fail_msg("%s: %s", pattern, err.text);
	return s;
}

static void formats(void **state)
{
	static const struct {
		const char *pattern, *lot;
		uint64_t counter;
		const char *serial, *counter_key;
	} t[] = {
		{ "SN{n:6:alnum-0O1IL}", NULL, 30, "SN22222Z", "SN{n:6:alnum-0O1IL}" },
		{ "{n:4:hex}", NULL, 65535, "FFFF", "{n:4:hex}" },
		{ "{d:yymmdd}{n:4:day}", NULL, 7, "2611220007", "{d:yymmdd}{n:4:day} 2026-11-22" },
		{ "{d:yyjjj}-{n:3:hex:day}", NULL, 255, "26326-0FF", "{d:yyjjj}-{n:3:hex:day} 2026-11-22" },
		{ "{d:ggww}{n:4:week}", NULL, 7, "26470007", "{d:ggww}{n:4:week} 2026-W47" },
		{ "{d:ggwwu}{n:4:day}", NULL, 7, "264770007", "{d:ggwwu}{n:4:day} 2026-11-22" },
		{ "{d:yyyymm}{n:4:month}", NULL, 7, "2026110007", "{d:yyyymm}{n:4:month} 2026-11" },
		{ "{d:yy}{n:4:year}", NULL, 7, "260007", "{d:yy}{n:4:year} 2026" },
		{ "{d:gww}{n:4}", NULL, 7, "6470007", "{d:gww}{n:4}" },
		{ "{d:yyggww}{n:4}", NULL, 7, "2626470007", "{d:yyggww}{n:4}" },
		{ "{d:yymmddww}{n:4:week}", NULL, 7, "261122470007", "{d:yymmddww}{n:4:week} 2026-W47" },
		{ "{d:ww}{n:4}", NULL, 7, "470007", "{d:ww}{n:4}" }, { "{d:yyu}{n:4}", NULL, 7, "2670007", "{d:yyu}{n:4}" },
		{ "{d:ddmmyyyy}{n:4:year}", NULL, 7, "221120260007", "{d:ddmmyyyy}{n:4:year} 2026" },
		{ "{l:5}{n:3:lot}{c:mod37_36}", "A7001", 12, "A7001012X", "{l:5}{n:3:lot}{c:mod37_36} lot A7001" },
		{ "{n:3:lot}{l:2:dec}", "07", 12, "01207", "{n:3:lot}{l:2:dec} lot 07" },
		{ "{n:3}X{l:2}", "AB", 12, "012XAB", "{n:3}X{l:2}" },
		{ "{n:3}{c:mod97_10}", NULL, 794, "79444", "{n:3}{c:mod97_10}" },
		{ "{n:4}{c:mod11_2}", NULL, 794, "07940", "{n:4}{c:mod11_2}" },
		{ "{n:3}{c:mod11_2}", NULL, 79, "079X", "{n:3}{c:mod11_2}" },
		{ "{n:3}{c:damm}", NULL, 572, "5724", "{n:3}{c:damm}" },
		{ "{n:3}{c:verhoeff}", NULL, 236, "2363", "{n:3}{c:verhoeff}" },
		{ "{n:10}{c:luhn}", NULL, 7992739871, "79927398713", "{n:10}{c:luhn}" },
		{ "G1234{n:8}{c:mod37_2}", NULL, 89654321, "G123489654321Y", "G1234{n:8}{c:mod37_2}" },
		{ "A12425GABC{n:7}{c:mod37_36}", NULL, 1234002, "A12425GABC1234002M", "A12425GABC{n:7}{c:mod37_36}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_scheme s = settled(t[i].pattern, t[i].lot);
		char out[HM_SERIAL_MAX + 1], name[HM_COUNTER_KEY_MAX + 1], many[2][HM_SERIAL_MAX + 1];
		struct hm_serial_parts p;
		uint64_t n;

		assert_int_equal(hm_scheme_format(&s, t[i].counter, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].serial);
		assert_int_equal(hm_scheme_counter_key(&s, name), 0);
		assert_string_equal(name, t[i].counter_key);
		assert_int_equal(hm_scheme_scatter(&s, NULL, t[i].counter, 1, many), 0);
		assert_string_equal(many[0], out);
		assert_int_equal(hm_scheme_read(&s, out, strlen(out), &p), 0);
		assert_true(p.has_counter && p.counter == t[i].counter);
		assert_string_equal(p.lot, s.lot_width ? t[i].lot : "");
		if (p.has_date)
			assert_int_equal(hm_date_cmp(&p.date, &day), 0);
		assert_int_equal(hm_scheme_check(&s, out, &n), 0);
		assert_true(n == t[i].counter);
	}
}

/* What is needed and not given, or given and not right: refused, and nothing has changed. */
static void inputs(void **state)
{
	struct hm_scheme s = scheme("{d:yymmdd}{l:3}{n:3:day}"), was = s, plain = scheme("{n:3}");
	char out[HM_SERIAL_MAX + 1] = "old", name[HM_COUNTER_KEY_MAX + 1], many[1][HM_SERIAL_MAX + 1];
	struct hm_date bad = { 2026, 2, 30 }, far = { 2126, 1, 1 };
	struct hm_err err = { "" };

	(void)state;
	assert_true(hm_scheme_wants_date(&s) && hm_scheme_wants_lot(&s));
	assert_false(hm_scheme_wants_date(&plain) || hm_scheme_wants_lot(&plain));
	assert_int_equal(hm_scheme_format(&s, 1, out, sizeof(out)), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_counter_key(&s, name), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_scatter(&s, NULL, 1, 1, many), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_settle(&s, NULL, "A07", &err), -HM_EMISSING_INPUT);
	assert_non_null(strstr(err.text, "need a date"));
	assert_int_equal(hm_scheme_settle(&s, &day, NULL, &err), -HM_EMISSING_INPUT);
	assert_non_null(strstr(err.text, "need a lot"));
	assert_int_equal(hm_scheme_settle(&s, &day, "", &err), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_settle(&s, &bad, "A07", &err), -HM_EBAD_DATE);
	assert_int_equal(hm_scheme_settle(&s, &far, "A07", &err), -HM_EBAD_DATE);
	assert_int_equal(hm_scheme_settle(&s, &day, "A7", &err), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_settle(&s, &day, "A007", &err), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_settle(&s, &day, "a07", &err), -HM_EBAD_CHAR);
	assert_int_equal(hm_scheme_settle(&s, &day, "A\xff""7", &err), -HM_EBAD_CHAR);
	assert_memory_equal(&s, &was, sizeof(s));
	assert_string_equal(out, "old");
	assert_int_equal(hm_scheme_settle(&s, &day, "A07", NULL), 0);
	assert_int_equal(hm_scheme_format(&s, 1, out, sizeof(out)), 0);
	assert_string_equal(out, "261122A07001");
	/* another lot on another day */
	assert_int_equal(hm_scheme_settle(&s, &(struct hm_date){ 2027, 1, 1 }, "B08", NULL), 0);
	assert_int_equal(hm_scheme_format(&s, 999, out, sizeof(out)), 0);
	assert_string_equal(out, "270101B08999");
	assert_int_equal(hm_scheme_format(&s, 1000, out, sizeof(out)), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_scatter(&s, NULL, 999, 2, many), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_scatter(&s, NULL, 999, 0, many), 0);
}

static void readings(void **state)
{
	static const struct {
		const char *pattern, *text;
		int rc;
	} t[] = {
		{ "{d:yymmdd}{n:2}", "26112207", 0 }, { "{d:yymmdd}{n:2}", "26113107", -HM_EBAD_DATE },
		{ "{d:yymmdd}{n:2}", "2611a207", -HM_ENOT_NUMERIC }, { "{n:2:hex}{d:ww}", "ff54", -HM_EBAD_CHAR },
		{ "{n:2:hex}{d:ww}", "FF54", -HM_EBAD_DATE }, { "{n:2:hex}{d:ww}", "FF53", 0 }, { "{n:2}{l:2}", "07aB", -HM_EBAD_CHAR },
		{ "{n:2}{l:2:dec}", "070B", -HM_ENOT_NUMERIC }, { "{n:2}{l:2}", "070B", 0 },
		{ "{n:3}{c:luhn}", "1230", 0 }, { "{n:3}{c:luhn}", "1231", -HM_EBAD_CHECK_DIGIT }, { "{n:3}{c:luhn}", "123X", -HM_ENOT_NUMERIC },
		{ "{n:3}{c:mod37_2}", "123*", -HM_EBAD_CHECK_DIGIT }, { "{n:3}{c:mod37_2}", "123+", -HM_EBAD_CHAR },
		{ "{r:6}", "123456", 0 }, { "{r:6}", "12345X", -HM_ENOT_NUMERIC }, { "{r:6:crockford}", "12345L", -HM_EBAD_CHAR },
		{ "{r:6}", "1234567", -HM_EBAD_LENGTH }, { "{r:6}", "", -HM_EEMPTY }, { "A{r:6}", "B123456", -HM_EBAD_CHAR },
	};
	static char large[1 << 20];
	struct hm_scheme s;
	struct hm_serial_parts p = { .counter = 77 };
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = scheme(t[i].pattern);
		if (hm_scheme_read(&s, t[i].text, strlen(t[i].text), &(struct hm_serial_parts){ .counter = 0 }) != t[i].rc)
			fail_msg("%s as %s", t[i].text, t[i].pattern);
	}
	s = scheme("{n:3}Z");
	memset(large, '1', sizeof(large) - 1);
	assert_int_equal(hm_scheme_read(&s, large, sizeof(large) - 1, &p), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_check(&s, large, &n), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_read(&s, "1\0002Z", 4, &p), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_scheme_read(&s, "1\xc3\xbcZ", 4, &p), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_scheme_read(&s, "123\0", 4, &p), -HM_EBAD_CHAR);
	assert_int_equal(p.counter, 77);
}

/* Two serials are the same only where key and counter are. */
static void resets_keep_serials_apart(void **state)
{
	static const char *const patterns[] = {
		"{d:yymmdd}{n:1:day}", "{d:yyjjj}{n:1:day}", "{d:ggww}{n:1:week}", "{d:yymm}{n:1:month}", "{d:yy}{n:1:year}", "{d:yymmdd}{n:1:week}",
	};
	struct hm_date d;

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		char last_key[HM_COUNTER_KEY_MAX + 1] = "", last[HM_SERIAL_MAX + 1] = "";
		struct hm_scheme s = scheme(patterns[i]);

		for (d.year = 2019; d.year <= 2027; d.year++)
			for (d.month = 1; d.month <= 12; d.month++)
				for (d.day = 1; hm_date_valid(&d); d.day++) {
					char name[HM_COUNTER_KEY_MAX + 1], serial[HM_SERIAL_MAX + 1];

					assert_int_equal(hm_scheme_settle(&s, &d, NULL, NULL), 0);
					assert_int_equal(hm_scheme_counter_key(&s, name), 0);
					assert_int_equal(hm_scheme_format(&s, 1, serial, sizeof(serial)), 0);
					/* a new key: the counter begins anew, and the serial must differ */
					if (strcmp(name, last_key) && !strcmp(serial, last))
						fail_msg("%s: %s and %s both make %s", patterns[i], last_key, name, serial);
					strcpy(last_key, name);
					strcpy(last, serial);
				}
	}
}

/* --- unguessable --- */

static void every_serial_once(void **state)
{
	enum { N = 1000000 };
	static char out[1000][HM_SERIAL_MAX + 1];
	struct hm_scheme s = scheme("K{r:6}{c:mod37_36}");
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	uint8_t *seen = calloc(N, 1);
	uint64_t n;

	(void)state;
	assert_non_null(seen);
	assert_int_equal(s.max, N - 1);
	assert_int_equal(hm_scheme_ff1(&s, key, 32, &f, NULL), 0);
	for (uint64_t c = 0; c < N; c += 1000) {
		assert_int_equal(hm_scheme_scatter(&s, f, c, 1000, out), 0);
		for (size_t i = 0; i < 1000; i++) {
			assert_int_equal(strlen(out[i]), 8);
			assert_int_equal(hm_alphabet_read(&s.alphabet, out[i] + 1, 6, N - 1, &n), 0);
			assert_false(seen[n]);
			seen[n] = 1;
			if (i % 100)
				continue;
			assert_int_equal(hm_scheme_counter(&s, f, out[i], &n), 0);
			assert_true(n == c + i);
		}
	}
	free(seen);
	assert_int_equal(hm_scheme_scatter(&s, f, N - 1, 2, out), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_scatter(&s, f, N, 1, out), -HM_EOVERFLOW);
}

static void keys_and_periods(void **state)
{
	struct hm_scheme s = settled("{d:yymmdd}{r:8:day}", NULL), t = s, plain = scheme("{n:8}");
	_cleanup_ff1_ struct hm_ff1 *f = NULL, *g = NULL, *h = NULL, *none = NULL;
	char a[1][HM_SERIAL_MAX + 1], b[1][HM_SERIAL_MAX + 1], c[1][HM_SERIAL_MAX + 1];
	struct hm_serial_parts p;
	struct hm_err err = { "" };
	uint64_t n;

	(void)state;
	assert_int_equal(hm_scheme_settle(&t, &(struct hm_date){ 2026, 11, 23 }, NULL, NULL), 0);
	assert_int_equal(hm_scheme_ff1(&s, key, 32, &f, &err), 0);
	assert_int_equal(hm_scheme_ff1(&t, key, 32, &g, &err), 0);
	assert_int_equal(hm_scheme_ff1(&s, key, 16, &h, &err), 0);
	assert_int_equal(hm_scheme_scatter(&s, f, 5, 1, a), 0);
	assert_int_equal(hm_scheme_scatter(&t, g, 5, 1, b), 0);
	assert_int_equal(hm_scheme_scatter(&s, h, 5, 1, c), 0);
	/* the day shows in the date and in the rest; another key is another rest */
	assert_memory_equal(a[0], "261122", 6);
	assert_memory_equal(b[0], "261123", 6);
	assert_string_not_equal(a[0] + 6, b[0] + 6);
	assert_string_not_equal(a[0], c[0]);
	assert_int_equal(hm_scheme_counter(&s, f, a[0], &n), 0);
	assert_int_equal(n, 5);
	/* the form can be judged without the key; the counter cannot */
	assert_int_equal(hm_scheme_read(&s, a[0], strlen(a[0]), &p), 0);
	assert_true(!p.has_counter && p.has_date);
	assert_int_equal(hm_scheme_check(&s, a[0], &n), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_format(&s, 5, a[0], sizeof(a[0])), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_scatter(&s, NULL, 5, 1, a), -HM_EMISSING_INPUT);
	assert_int_equal(hm_scheme_ff1(&s, key, 31, &none, &err), -EINVAL);
	assert_int_equal(hm_scheme_ff1(&plain, key, 32, &none, &err), -EINVAL);
	t = scheme("{d:yymmdd}{r:8:day}");
	assert_int_equal(hm_scheme_ff1(&t, key, 32, &none, &err), -HM_EMISSING_INPUT);
	assert_null(none);
}

/* A serial alone, and the key: the period that it tells gives the permutation back. */
static void periods_from_serials(void **state)
{
	static const char *const patterns[] = {
		"{d:yymm}{r:8:month}", "{d:ggww}{r:8:week}", "{d:yy}{r:8:year}", "{d:yymmdd}{r:8:week}", "{d:yymmdd}{r:8:day}",
		"{d:ggwwu}{r:8:month}", "{d:yyjjj}{r:8:year}", "{d:mmdd}{r:8}", "{l:4}{r:8:lot}", "{r:8}",
	};
	struct hm_date d;

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct hm_scheme made = scheme(patterns[i]), read = made;

		for (d.year = 2024; d.year <= 2027; d.year++)
			for (d.month = 1; d.month <= 12; d.month++)
				for (d.day = 1; hm_date_valid(&d); d.day += 5) {
					_cleanup_ff1_ struct hm_ff1 *f = NULL, *g = NULL;
					char serial[1][HM_SERIAL_MAX + 1];
					struct hm_serial_parts p;
					uint64_t n;

					assert_int_equal(hm_scheme_settle(&made, &d, "A001", NULL), 0);
					assert_int_equal(hm_scheme_ff1(&made, key, 16, &f, NULL), 0);
					assert_int_equal(hm_scheme_scatter(&made, f, 4711, 1, serial), 0);
					assert_int_equal(hm_scheme_read(&read, serial[0], strlen(serial[0]), &p), 0);
					assert_int_equal(hm_scheme_settle(&read, &p.date, p.lot, NULL), 0);
					assert_int_equal(hm_scheme_ff1(&read, key, 16, &g, NULL), 0);
					assert_int_equal(hm_scheme_counter(&read, g, serial[0], &n), 0);
					assert_int_equal(n, 4711);
				}
	}
}

/* 62^20 numbers, 2^64 - 1 counters: what does not come from a counter is told. */
static void wide_domains(void **state)
{
	struct hm_scheme s = scheme("{r:20:mixed}");
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	char a[1][HM_SERIAL_MAX + 1];
	struct hm_ff1_number x;
	uint64_t n;

	(void)state;
	assert_true(s.max == UINT64_MAX - 1);
	assert_int_equal(hm_scheme_ff1(&s, key, 32, &f, NULL), 0);
	assert_int_equal(hm_scheme_scatter(&s, f, s.max, 1, a), 0);
	assert_int_equal(hm_scheme_counter(&s, f, a[0], &n), 0);
	assert_true(n == s.max);
	/* the one number of 64 bits that is no counter */
	assert_int_equal(hm_ff1_cut(f, UINT64_MAX, &x), 0);
	assert_int_equal(hm_ff1_encrypt(f, &x, 1), 0);
	hm_alphabet_write(&s.alphabet, x.left, 10, a[0]);
	hm_alphabet_write(&s.alphabet, x.right, 10, a[0] + 10);
	assert_int_equal(hm_scheme_counter(&s, f, a[0], &n), -HM_EOVERFLOW);
	a[0][19] = a[0][19] == 'a' ? 'b' : 'a';
	assert_int_equal(hm_scheme_counter(&s, f, a[0], &n), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_counter(&s, f, "short", &n), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_scatter(&s, f, UINT64_MAX, 1, a), -HM_EOVERFLOW);
}

static void odds(void **state)
{
	struct hm_scheme r = scheme("{r:10}"), n = scheme("{n:10}"), small = scheme("{r:6}"), wide = scheme("{r:20:mixed}");
	struct hm_range pool = { 7, 8 };
	struct hm_err err = { "" };

	(void)state;
	/* 10^10 numbers: 999,999 in use are less than one in 10,000, 1,000,000 are not */
	assert_int_equal(hm_scheme_pool(&r, 1, 999999, 10000, &pool, &err), 0);
	assert_true(pool.next == 1 && pool.end == 1000000);
	assert_true(hm_scheme_odds(&r, 0) == 10000000000ull && hm_scheme_odds(&r, 1) == 10000000000ull);
	assert_true(hm_scheme_odds(&r, 999999) == 10000 && hm_scheme_odds(&r, 1000001) == 9999);
	pool = (struct hm_range){ 7, 8 };
	assert_int_equal(hm_scheme_pool(&r, 1, 1000000, 10000, &pool, &err), -HM_EGUESSABLE);
	assert_non_null(strstr(err.text, "last is at most 999999"));
	assert_int_equal(hm_scheme_pool(&r, 501, 1000499, 10000, &pool, &err), 0);
	pool = (struct hm_range){ 7, 8 };
	assert_int_equal(hm_scheme_pool(&r, 501, 1000500, 10000, &pool, &err), -HM_EGUESSABLE);
	assert_non_null(strstr(err.text, "last is at most 1000499"));
	/* no last told: the whole of it */
	assert_int_equal(hm_scheme_pool(&r, 0, UINT64_MAX, 10000, &pool, &err), -HM_EGUESSABLE);
	assert_int_equal(hm_scheme_pool(&r, 0, UINT64_MAX, 0, &pool, &err), 0);
	assert_true(hm_range_count(&pool) == 10000000000ull);
	/* a counter is known from the serial before */
	assert_int_equal(hm_scheme_pool(&n, 1, 1, 10000, &pool, &err), -HM_EGUESSABLE);
	assert_true(hm_scheme_odds(&n, 1) == 1);
	assert_int_equal(hm_scheme_pool(&small, 1, 1, 1000000, &pool, &err), -HM_EGUESSABLE);
	assert_non_null(strstr(err.text, "too few"));
	assert_int_equal(hm_scheme_pool(&small, 1, 1, 999999, &pool, &err), 0);
	assert_int_equal(hm_scheme_pool(&small, 1, 1, UINT64_MAX, &pool, &err), -HM_EGUESSABLE);
	assert_int_equal(hm_scheme_pool(&wide, 0, UINT64_MAX, 10000, &pool, &err), 0);
	assert_true(hm_scheme_odds(&wide, 1) == UINT64_MAX && hm_scheme_odds(&wide, 0) == UINT64_MAX);
	/* a first beyond the last */
	assert_int_equal(hm_scheme_pool(&n, 5, 4, 0, &pool, &err), -HM_EBAD_PRODUCT);
	assert_int_equal(hm_scheme_pool(&small, 1000000, UINT64_MAX, 0, &pool, &err), -HM_EBAD_PRODUCT);
}

/* --- properties --- */

static void random_pattern(struct rnd *r, char *out, size_t size)
{
	static const char *const alphabets[] = { "dec", "hex", "upper", "alnum", "crockford", "alnum-0O1IL", "mixed", "=01", "=ZYX", "dec-4" };
	static const char *const checks[] = { "mod10", "luhn", "mod11_2", "mod37_2", "mod97_10", "mod37_36", "damm", "verhoeff" };
	static const char *const dates[] = { "", "", "{d:yymmdd}", "{d:yyyyjjj}", "{d:ggww}", "{d:y}", "{d:mmdd}", "{d:ggggwwu}" };
	static const char *const lots[] = { "", "", "", "{l:4}", "{l:4:hex}", "{l:4:dec}" };
	char literal[8], check[16] = "";

	rnd_text(r, literal, rnd_below(r, 4), "09AZaz-._", 9);
	if (rnd_below(r, 2))
		(void)snprintf(check, sizeof(check), "{c:%s}", checks[rnd_below(r, 8)]);
	(void)snprintf(out, size, "%s%s{%c:%d:%s}%s%s", dates[rnd_below(r, 8)], literal, rnd_below(r, 2) ? 'n' : 'r',
		       1 + (int)rnd_below(r, 15), alphabets[rnd_below(r, 10)], lots[rnd_below(r, 6)], check);
}

static uint64_t made;		/* serials: a case is a run of them, or none */

/* read(make(n)) = n, for a run of numbers of any scheme */
static const char *wrong_round_trip(struct rnd *r)
{
	char pattern[HM_PATTERN_MAX + 1], lot[5], out[50][HM_SERIAL_MAX + 1], one[1][HM_SERIAL_MAX + 1];
	struct hm_date d = { 2000 + (int)rnd_below(r, 98), 1 + (int)rnd_below(r, 12), 1 + (int)rnd_below(r, 28) };
	_cleanup_ff1_ struct hm_ff1 *f = NULL;
	uint64_t first, n = 1 + rnd_below(r, 50);
	struct hm_scheme s;

	random_pattern(r, pattern, sizeof(pattern));
	rnd_text(r, lot, 4, "0123456789", 10);
	if (r->show)
		print_error("pattern %s, lot %s, %04d-%02d-%02d\n", pattern, lot, d.year, d.month, d.day);
	if (hm_scheme_parse(&s, pattern, NULL))
		return NULL;
	shrink_must(!hm_scheme_settle(&s, &d, lot, NULL));
	shrink_must(!s.unguessable || !hm_scheme_ff1(&s, key, 24, &f, NULL));
	n = n > s.max ? s.max : n;
	first = rnd_below(r, 4) ? rnd_next(r) % (s.max - n + 2) : s.max - n + 1;
	shrink_must(!hm_scheme_scatter(&s, f, first, n, out));
	for (uint64_t i = 0; i < n; i++) {
		struct hm_serial_parts p;
		uint64_t back = 0;

		shrink_must(strlen(out[i]) == s.length);
		shrink_must(!hm_scheme_read(&s, out[i], s.length, &p));
		back = p.counter;
		if (s.unguessable)
			shrink_must(!hm_scheme_counter(&s, f, out[i], &back));
		shrink_must(back == first + i);
		shrink_must(!strcmp(p.lot, s.lot_width ? lot : ""));
		shrink_must(!p.has_date || !hm_date_cmp(&p.date, &d));
		made++;
		if (i % 8)
			continue;
		shrink_must(!hm_scheme_scatter(&s, f, first + i, 1, one));
		shrink_must(!strcmp(one[0], out[i]));
	}
	return NULL;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("scheme round trip");

	(void)state;
	for (r.n = 0; made < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_round_trip);
}

/* Any bytes as a pattern, any bytes as a serial: an answer, and only bytes given are looked at. */
static const char *wrong_bytes(struct rnd *r)
{
	static const char pieces[] = "{}:-=.ndlrcymguw0123456789decalnumdaylot\xff\x80 ";
	size_t len = rnd_below(r, 110), n = rnd_below(r, 24);
	char *pattern = malloc(len + 1), *text = malloc(n + !n), lot[24];
	struct hm_err err = { "" };
	struct hm_serial_parts p;
	struct hm_scheme s;
	int rc;

	assert_true(pattern && text);
	rnd_text(r, pattern, len, pieces, sizeof(pieces) - 1);
	if (rnd_below(r, 2) && len > 20)
		random_pattern(r, pattern, len);
	rnd_bytes(r, text, n);
	rc = hm_scheme_parse(&s, pattern, &err);
	if (r->show)
		print_error("pattern %s: %d %s\n", pattern, rc, err.text);
	if (!rc) {
		rnd_text(r, lot, rnd_below(r, 24), "0A\xff", 3);
		(void)hm_scheme_settle(&s, &day, lot, &err);
		(void)hm_scheme_read(&s, text, n, &p);
		(void)hm_scheme_format(&s, rnd_next(r), lot, rnd_below(r, 24));
	}
	free(pattern);
	free(text);
	shrink_must(rc == 0 || (rc == -HM_EBAD_PRODUCT && err.text[0]));
	return NULL;
}

static void any_bytes(void **state)
{
	struct rnd r = rnd_start("scheme bytes");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(inputs),
		cmocka_unit_test(readings),
		cmocka_unit_test(resets_keep_serials_apart),
		cmocka_unit_test(every_serial_once),
		cmocka_unit_test(keys_and_periods),
		cmocka_unit_test(periods_from_serials),
		cmocka_unit_test(wide_domains),
		cmocka_unit_test(odds),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
