// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbering schemes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serial/serial.h"
#include "support/shrink.h"

static struct hm_scheme scheme(const char *pattern)
{
	struct hm_err err = { "" };
	struct hm_scheme s;

	if (hm_scheme_parse(&s, pattern, &err))
		fail_msg("%s: %s", pattern, err.text);
	assert_string_equal(err.text, "");
	return s;
}

static void formats(void **state)
{
	static const struct {
		const char *pattern;
		uint64_t counter;
		const char *serial;
	} t[] = {
		{ "{n:10}{c:mod10}", 1000000001, "10000000016" },
		{ "{n:10}{c:mod10}", 9999999999, "99999999990" },
		{ "{n:1}", 0, "0" },
		{ "{n:1}", 9, "9" },
		{ "42{n:6}", 7, "42000007" },
		{ "42{n:6}7{c:mod10}", 7, "4200000778" },
		{ "SN-{n:4}.x_", 12, "SN-0012.x_" },
		{ "{n:19}", 9999999999999999999ull, "9999999999999999999" },
		{ "{n:19}{c:mod10}", 0, "00000000000000000000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_scheme s = scheme(t[i].pattern);
		char out[HM_SERIAL_MAX + 1];
		uint64_t counter = ~t[i].counter;

		assert_int_equal(hm_scheme_format(&s, t[i].counter, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].serial);
		assert_int_equal(hm_scheme_check(&s, out, &counter), 0);
		assert_true(counter == t[i].counter);
	}
}

static void bad_patterns(void **state)
{
	static const struct {
		const char *pattern, *why;
	} t[] = {
		{ "", "no counter" }, { "abc", "no counter" }, { "{c:mod10}", "no counter" },
		{ "{n:0}", "width" }, { "{n:20}", "width" }, { "{n:}", "width" }, { "{n:x}", "width" },
		{ "{n:+1}", "width" }, { "{n:01}", "width" }, { "{n:99999999999999999999}", "width" },
		{ "{n:10", "not closed" }, { "{n:5}{n:5}", "more than one counter" },
		{ "{c:mod10}{n:5}", "come last" }, { "{n:5}{c:mod10}x", "come last" },
		{ "{n:5}{c:mod10}{c:mod10}", "come last" },
		{ "A{n:5}{c:mod10}", "digits before" }, { "{n:5}-{c:mod10}", "digits before" },
		{ "{n:5}{c:luhnx}", "unknown piece" }, { "{n:5}{c:}", "unknown piece" }, { "{x:1}{n:5}", "unknown piece" },
		{ "{n}", "unknown piece" }, { "{}", "unknown piece" }, { "{:n:5}", "unknown piece" },
		/* alphabets */
		{ "{n:5:decimal}", "no alphabet is called" }, { "{n:5:}", "no alphabet is called" },
		{ "{n:5:alnum-}", "nothing behind" }, { "{n:5:alnum-a}", "has no 'a'" }, { "{n:5:alnum-OO}", "twice" },
		{ "{n:5:=AA}", "'A' twice" }, { "{n:5:=A.}", "letters and digits" }, { "{n:5:=A\xc3\xbc}", "letters and digits" },
		{ "{n:5:=A}", "less than two" }, { "{n:5:dec-012345678}", "less than two" }, { "{n:5:=}", "less than two" },
		{ "{n:13:alnum}", "width is 1 to 12 in base 36" }, { "{n:17:hex}", "width is 1 to 15 in base 16" },
		{ "{n:5:dec:hex}", "no reset \"hex\"" }, { "{n:5:never}", "no alphabet is called" },
		/* a counter that begins anew */
		{ "{n:5:day}", "begins anew with the day" }, { "{d:yymm}{n:5:day}", "with the day" },
		{ "{d:ymmdd}{n:5:day}", "with the day" }, { "{d:ggww}{n:5:day}", "with the day" },
		{ "{d:gww}{n:5:week}", "with the week" }, { "{d:mm}{n:5:month}", "with the month" },
		{ "{d:y}{n:5:year}", "with the year" }, { "{n:5:lot}", "with the lot" },
		{ "{d:yymmdd}{n:5:day:dec}", "behind a counter's reset" }, { "{d:yymmdd}{n:5:day:day}", "behind a counter's reset" },
		/* two calendars in one date */
		{ "{d:yyww}{n:5}", "week 53 of 2026" }, { "{d:yyyyww}{n:5}", "week 53" }, { "{d:yww}{n:5}", "week 53" },
		{ "{d:yy}{n:5}{d:ww}", "week 53" }, { "{d:yymmww}{n:5}", "week 53" }, { "{d:yyww}{n:5:week}", "week 53" },
		{ "{d:ggmm}{n:5}", "week 53" }, { "{d:ggggjjj}{n:5}", "week 53" }, { "{d:gmmdd}{n:5}", "week 53" },
		/* dates, lots */
		{ "{d:}{n:5}", "without a field" }, { "{d:yym}{n:5}", "no date field at \"m\"" }, { "{d:YY}{n:5}", "no date field" },
		{ "{l:0}{n:5}", "width" }, { "{l:3}{l:3}{n:5}", "more than one lot" }, { "{l:3:dec:dec}{n:5}", "no more than these" },
		{ "{l:3:odd}{n:5}", "no alphabet" }, { "{l:16}{n:5}", "serials of 21" },
		/* unguessable */
		{ "{r:5}", "1000000 numbers" }, { "{r:3:alnum}", "1000000 numbers" }, { "{r:21}", "width" }, { "{r:10}{n:5}", "more than one counter" },
		/* check characters over what they do not cover */
		{ "{n:5:hex}{c:luhn}", "needs digits before" }, { "A{n:5}{c:damm}", "needs digits before" },
		{ "{l:3}{n:5}{c:verhoeff}", "needs digits before" }, { "a{n:5}{c:mod37_2}", "capital letters" },
		{ "{n:5:mixed}{c:mod37_36}", "capital letters" }, { "A-{n:5}{c:mod97_10}", "capital letters" },
		{ "{n:19}{c:mod97_10}", "serials of 21" },
		{ "{n:5}}", "unknown piece" },
		{ "a b{n:5}", "a literal is" }, { "a/b{n:5}", "a literal is" }, { "a^{n:5}", "a literal is" },
		{ "\xc3\xbc{n:5}", "a literal is" }, { "a\n{n:5}", "a literal is" },
		{ "-{n:5}", "begins with" }, { ".{n:5}", "begins with" }, { "_{n:5}", "begins with" },
		{ "ab{n:19}", "serials of 21" }, { "1{n:19}{c:mod10}", "serials of 21" },
		{ "abcdefghijklmnopqrstu{n:1}", "serials of 22" },
		{ "{d:yyyyyyyyyyyyyyyyyyyyyyyy}{n:1}", "serials of 25" },
		{ "{d:uuuuuuuuuuuuuuuuuuuuuuuu}{n:1}", "more than 20 date" },
		{ "{n:1:=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "more than 96" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_scheme s = { .width = 77 };
		struct hm_err err = { "" };

		assert_int_equal(hm_scheme_parse(&s, t[i].pattern, &err), -HM_EBAD_PRODUCT);
		if (!strstr(err.text, t[i].why))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", t[i].pattern, err.text, t[i].why);
		assert_int_equal(s.width, 77);
		assert_int_equal(hm_scheme_parse(&s, t[i].pattern, NULL), -HM_EBAD_PRODUCT);
	}
}

/* Of all bytes, those that the rule names and no other. */
static void every_literal(void **state)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._";

	(void)state;
	for (int c = 1; c < 256; c++) {
		char inside[] = "A?{n:2}", first[] = "?{n:2}", alphabet[] = "{n:2:=#?}";
		bool known = strchr(set, c), alnum = known && !strchr("-._", c);
		struct hm_scheme s;

		inside[1] = first[0] = (char)c;
		alphabet[6] = c == 'x' ? 'y' : 'x';
		alphabet[7] = (char)c;
		assert_int_equal(hm_scheme_parse(&s, inside, NULL), known ? 0 : -HM_EBAD_PRODUCT);
		assert_int_equal(hm_scheme_parse(&s, first, NULL), alnum ? 0 : -HM_EBAD_PRODUCT);
		assert_int_equal(hm_scheme_parse(&s, alphabet, NULL), alnum ? 0 : -HM_EBAD_PRODUCT);
	}
}

static void large_patterns(void **state)
{
	static const char *const pieces[] = { "a", "{n:1}", "{", "}", ":", "{d:yy}", "{n:1:=A", "9" };
	static char text[1 << 20];
	struct hm_err err = { "" };
	struct hm_scheme s;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		size_t n = strlen(pieces[i]);

		for (size_t at = 0; at + n < sizeof(text); at += n)
			memcpy(text + at, pieces[i], n + 1);
		assert_int_equal(hm_scheme_parse(&s, text, &err), -HM_EBAD_PRODUCT);
		assert_non_null(strstr(err.text, "more than 96"));
	}
}

static void limits(void **state)
{
	struct hm_scheme s = scheme("{n:3}");
	char out[HM_SERIAL_MAX + 1] = "old";

	(void)state;
	assert_int_equal(s.max, 999);
	assert_int_equal(hm_scheme_format(&s, 1000, out, sizeof(out)), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_format(&s, UINT64_MAX, out, sizeof(out)), -HM_EOVERFLOW);
	assert_int_equal(hm_scheme_format(&s, 1, out, 3), -HM_ETOO_LONG);
	assert_string_equal(out, "old");
	assert_int_equal(hm_scheme_format(&s, 1, out, 4), 0);
	assert_string_equal(out, "001");
}

static void checks(void **state)
{
	struct hm_scheme s = scheme("7{n:4}2{c:mod10}"), t = scheme("A{n:2}Z");
	uint64_t n = 5;

	(void)state;
	assert_int_equal(hm_scheme_check(&s, "", &n), -HM_EEMPTY);
	assert_int_equal(hm_scheme_check(&s, "700012", &n), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_check(&s, "70001222", &n), -HM_EBAD_LENGTH);
	assert_int_equal(hm_scheme_check(&s, "8000129", &n), -HM_EBAD_CHAR);
	assert_int_equal(hm_scheme_check(&s, "7000139", &n), -HM_EBAD_CHAR);
	assert_int_equal(hm_scheme_check(&s, "70a0129", &n), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_scheme_check(&s, "700012x", &n), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_scheme_check(&t, "a12Z", &n), -HM_EBAD_CHAR);
	assert_int_equal(hm_scheme_check(&t, "A12z", &n), -HM_EBAD_CHAR);
	assert_int_equal(n, 5);
	for (char c = '0'; c <= '9'; c++) {
		char text[] = "700012?";
		char right = hm_mod10("700012", 6);

		text[6] = c;
		assert_int_equal(hm_scheme_check(&s, text, &n), c == right ? 0 : -HM_EBAD_CHECK_DIGIT);
	}
	assert_int_equal(n, 1);
}

static void random_pattern(struct rnd *r, char *out, size_t size)
{
	static const char digits[] = "0123456789", any[] = "09AZaz-._";
	bool check = rnd_below(r, 2);
	size_t width = 1 + rnd_below(r, 12), pre = rnd_below(r, 4), post = rnd_below(r, 4);
	char a[8], b[8];

	rnd_text(r, a, pre, check ? digits : any, check ? 10 : 9);
	rnd_text(r, b, post, check ? digits : any, check ? 10 : 9);
	if (a[0] == '-' || a[0] == '.' || a[0] == '_')
		a[0] = 'a';
	(void)snprintf(out, size, "%s{n:%zu}%s%s", a, width, b, check ? "{c:mod10}" : "");
}

/* check(format(n)) = n, and a changed character never gives the same counter unseen */
static const char *wrong_round_trip(struct rnd *r)
{
	char pattern[64], text[HM_SERIAL_MAX + 1];
	struct hm_scheme s;
	uint64_t n, back;
	size_t at;

	random_pattern(r, pattern, sizeof(pattern));
	if (r->show)
		print_error("%s\n", pattern);
	shrink_must(!hm_scheme_parse(&s, pattern, NULL));
	n = rnd_below(r, 4) ? rnd_next(r) % (s.max + 1) : s.max;
	if (r->show)
		print_error("%llu\n", (unsigned long long)n);
	shrink_must(!hm_scheme_format(&s, n, text, sizeof(text)));
	shrink_must(!hm_scheme_check(&s, text, &back) && back == n);
	if (!s.check)
		return NULL;
	/* mod 10 sees every change of one digit */
	at = rnd_below(r, strlen(text));
	text[at] = (char)('0' + (text[at] - '0' + 1 + rnd_below(r, 9)) % 10);
	shrink_must(hm_scheme_check(&s, text, &back) != 0);
	return NULL;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("serial round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(100000); r.n++)
		shrink_drawn(&r, wrong_round_trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(bad_patterns),
		cmocka_unit_test(every_literal),
		cmocka_unit_test(large_patterns),
		cmocka_unit_test(limits),
		cmocka_unit_test(checks),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
