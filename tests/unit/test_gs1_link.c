// SPDX-License-Identifier: LGPL-2.1-or-later
/* Digital Links: whose host, under which path; what is written under a stem is read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/host.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define A10 "aaaaaaaaaa"
#define A63 A10 A10 A10 A10 A10 A10 "aaa"
#define KEY "/01/09521234543213"

/* Each rule of a host broken alone. */
static void hosts(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} t[] = {
		{ "example.com", true }, { "a", true }, { "A-1_b.C", true }, { "3232235777", true }, { "192.0.2.1", true },
		{ "xn--fsq.xn--0zwm56d", true }, { "example.com.", true }, { A63, true }, { A63 "." A63 "." A63 "." A10, true },
		{ "", false }, { ".", false }, { ".a", false }, { "a..b", false }, { "a..", false }, { "-a", false },
		{ "a-", false }, { "b.-a.c", false }, { "b.a-.c", false }, { A63 "a", false },
		{ A63 "." A63 "." A63 "." A63, false }, { "a b", false }, { "%00", false }, { "a%41", false }, { "u@a", false },
		{ "u:pw@a", false }, { "a/b", false }, { "a\x7f", false }, { "\xc3\xa4", false }, { "a~", false }, { "a\n", false },
		{ "a:0", true }, { "a:443", true }, { "a:65535", true }, { "a.:80", true },
		{ "a:", false }, { "a:65536", false }, { "a:99999", false }, { "a:000080", false }, { "a:4P", false },
		{ "a:-1", false }, { "a:1:2", false }, { ":80", false },
		{ "[2001:db8::1]", true }, { "[::1]:80", true },
		{ "[]", false }, { "[::1", false }, { "[::1]a", false }, { "[::1]a80", false }, { "[::1]:", false }, { "[::1]:x", false },
		{ "[::g]", false }, { "[fe80::1%25lo]", false }, { "::1", false }, { "[192.0.2.1]", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (hm_host_port(t[i].text, strlen(t[i].text)) != t[i].good)
			fail_msg("\"%s\" is %s host", t[i].text, t[i].good ? "a" : "no");
	assert_false(hm_host_port("a\0b", 3));
	assert_false(hm_host_port("[::1\0]", 6));
	/* nothing behind the length is looked at */
	assert_true(hm_host_port("a:80x", 4));
	assert_true(hm_host_port("a%", 1));
}

static void readings(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} t[] = {
		{ "https://id.gs1.org" KEY, 0 }, { "https://a" KEY, 0 }, { "https://a:65535" KEY, 0 }, { "https://a." KEY, 0 },
		{ "https://192.0.2.1" KEY, 0 }, { "https://[2001:db8::1]:8443/x" KEY, 0 }, { "https://a/x:y@z/%41" KEY, 0 },
		{ "https://a" KEY "?", 0 }, { "https://a" KEY "#", 0 }, { "https://a" KEY "?17=241231#", 0 },
		/* no host */
		{ "https://user:pw@id.gs1.org" KEY, -HM_EBAD_URI }, { "https://user@id.gs1.org" KEY, -HM_EBAD_URI },
		{ "https://%00" KEY, -HM_EBAD_URI }, { "https://a..b" KEY, -HM_EBAD_URI }, { "https://-a" KEY, -HM_EBAD_URI },
		{ "https://a:" KEY, -HM_EBAD_URI }, { "https://a:65536" KEY, -HM_EBAD_URI }, { "https://$a" KEY, -HM_EBAD_URI },
		{ "https://" KEY, -HM_EBAD_URI }, { "https:/" KEY, -HM_EBAD_URI }, { "https:" KEY, -HM_EBAD_URI },
		{ "https://?a=" KEY, -HM_EBAD_URI }, { "https://#" KEY, -HM_EBAD_URI }, { "ftp://a" KEY, -HM_EBAD_CHAR },
		/* segments of nothing */
		{ "https://id.gs1.org/" KEY, -HM_EBAD_URI }, { "https://id.gs1.org/x/" KEY, -HM_EBAD_URI },
		{ "https://id.gs1.org" KEY "/", -HM_EBAD_URI }, { "https://id.gs1.org" KEY "//", -HM_EBAD_URI },
		{ "https://id.gs1.org" KEY "/?17=241231", -HM_EBAD_URI }, { "https://id.gs1.org" KEY "/#x", -HM_EBAD_URI },
		{ "https://id.gs1.org/01//09521234543213", -HM_EBAD_URI }, { "https://id.gs1.org" KEY "//21/1", -HM_EBAD_URI },
		{ "https://id.gs1.org" KEY "/21/", -HM_EBAD_URI }, { "https://id.gs1.org" KEY "/21/1/", -HM_EBAD_URI },
		{ "https://id.gs1.org//", -HM_EBAD_URI },
	};
	static struct hm_elements e;
	char escaped[512];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = hm_gs1_parse(t[i].text, strlen(t[i].text), &e, NULL);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
	}
	/* more escapes than any value has */
	strcpy(escaped, "https://id.gs1.org" KEY "/21/");
	for (int i = 0; i < 91; i++)
		strcat(escaped, "%41");
	assert_int_equal(hm_gs1_parse(escaped, strlen(escaped), &e, NULL), -HM_ETOO_LONG);
}

/* Of one class there are many reasons: the right one is told. */
static void reasons(void **state)
{
	static const struct {
		const char *path, *why;
	} t[] = {
		{ "/%30%31/", "(01) without a value, or a slash too many" },
		{ "/01/", "(01) without a value, or a slash too many" },
		{ KEY "/", "a slash too many at the end of the path" },
		{ "//01/09521234543213", "an empty segment in the path" },
		{ "/%30%31", "no key with its qualifiers in order at the end of the path" },
		{ "/%30%32/09521234543213", "no key with its qualifiers in order at the end of the path" },
		{ KEY "/21/A/10/ABCDEFGHIJKL", "no key with its qualifiers in order at the end of the path" },
		{ "/gtin/09521234543213", "gtin in place of an AI's digits, which the standard withdrew" },
		{ "/%67%74in/09521234543213", "gtin in place of an AI's digits, which the standard withdrew" },
		{ "/ARHKVAdpQg", "no key in the path; a compressed Digital Link is not read" },
		{ "/x/ARHKVAdpQg", "no key in the path; a compressed Digital Link is not read" },
		{ KEY "?a%3=1", "%3= is no escape: two hexadecimal digits stand behind a %" },
		{ KEY "?%", "% is no escape: two hexadecimal digits stand behind a %" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_err err = { "" };
		char text[256];

		snprintf(text, sizeof(text), "https://a%s", t[i].path);
		assert_int_not_equal(hm_gs1_parse(text, strlen(text), &e, &err), 0);
		if (strcmp(err.text, t[i].why))
			fail_msg("%s: \"%s\", not \"%s\"", text, err.text, t[i].why);
	}
}

/* A GTIN has two sequences of qualifiers; a batch may stand with an item, and beside a (235) has no place in the path. */
static void other_sequence(void **state)
{
	static const char link[] = "https://id.gs1.org" KEY "/235/XYZ?10=ABC";
	static const char *const elements[] = { "(01)09521234543213(235)XYZ(10)ABC", "(10)ABC(235)XYZ(01)09521234543213" };
	static const char *const wrong[] = { KEY "?10=A", KEY "/22/1?10=A", KEY "/21/1?10=A", KEY "/10/A?10=A", KEY "/235/X?21=A",
					     KEY "/235/X?22=A", KEY "/22/1?235=X", "/8006/095212345432130101/21/1?10=A" };
	static struct hm_elements e, back;
	char out[512];

	(void)state;
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		assert_int_equal(hm_gs1_parse(elements[i], strlen(elements[i]), &e, NULL), 0);
		assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), 0);
		assert_string_equal(out, link);
	}
	assert_int_equal(hm_gs1_link(&e, "https://a/x", out, sizeof(out)), 0);
	assert_string_equal(out, "https://a/x" KEY "/235/XYZ?10=ABC");
	assert_int_equal(hm_gs1_parse(link, strlen(link), &back, NULL), 0);
	assert_int_equal(hm_gs1_bracketed(&back, out, sizeof(out)), 0);
	assert_string_equal(out, elements[0]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(out, sizeof(out), "https://a%s", wrong[i]);
		if (hm_gs1_parse(out, strlen(out), &e, NULL) != -HM_EBAD_URI)
			fail_msg("%s is read", out);
	}
	/* of two that have no place elsewhere one is left over */
	assert_int_equal(hm_gs1_parse("(01)09521234543213(22)1(235)X", 29, &e, NULL), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), -HM_ECONFLICTING_AI);
}

static void stems(void **state)
{
	static const struct {
		const char *stem, *start;	/* of the link; NULL: no stem */
	} t[] = {
		{ "https://example.com", "https://example.com" }, { "https://example.com/", "https://example.com" },
		{ "http://example.com/a/b", "http://example.com/a/b" }, { "HTTPS://Example.COM/x/", "HTTPS://Example.COM/x" },
		{ "https://a:8080", "https://a:8080" }, { "https://[::1]:1/x", "https://[::1]:1/x" },
		{ "https://a/-._~!$&'()*+,;=:@%4a", "https://a/-._~!$&'()*+,;=:@%4a" },
		{ "https://a/01/09521234543213", "https://a/01/09521234543213" }, { "https://a/...", "https://a/..." },
		{ "", NULL }, { "/", NULL }, { "example.com", NULL }, { "ftp://example.com", NULL }, { "https:", NULL },
		{ "https:/", NULL }, { "https://", NULL }, { "https:///", NULL }, { "http://", NULL }, { "https:///x", NULL },
		{ "https://example.com/?a=", NULL }, { "https://example.com?a=", NULL }, { "https://example.com/#x", NULL },
		{ "https://example.com#", NULL }, { "https://exa mple.com", NULL }, { "https://example.com/a b", NULL },
		{ "https://example.com/\n", NULL }, { "https://example.com\n", NULL }, { "https://example.com/\xc3\xa4", NULL },
		{ "https://example.com//", NULL }, { "https://example.com//x", NULL }, { "https://example.com/x//y", NULL },
		{ "https://example.com/.", NULL }, { "https://example.com/../x", NULL }, { "https://example.com/x/./", NULL },
		{ "https://example.com/%", NULL }, { "https://example.com/%4", NULL }, { "https://example.com/%4/x", NULL },
		{ "https://example.com/%g1", NULL }, { "https://example.com/%1g", NULL }, { "https://example.com/a[b", NULL },
		{ "https://example.com/a\"", NULL }, { "https://example.com/a\\b", NULL }, { "https://user@example.com", NULL },
		{ "https://example.com:", NULL }, { "https://example.com:65536", NULL }, { "https://a..b", NULL },
		/* a qualifier of the key in front of it would be lost */
		{ "https://a/21/A", NULL }, { "https://a/x/10/A/", NULL }, { "https://a/21/A/x", "https://a/21/A/x" },
		/* more segments than are read */
		{ "https://a/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28",
		  "https://a/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28" },
		{ "https://a/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29", NULL },
	};
	static struct hm_elements e, back;
	static char big[HM_GS1_TEXT_MAX + 2];
	char out[256];

	(void)state;
	assert_int_equal(hm_gs1_parse("(01)09521234543213(21)7", 23, &e, NULL), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char expect[256] = "old";
		int rc;

		strcpy(out, "old");
		rc = hm_gs1_link(&e, t[i].stem, out, sizeof(out));
		if (rc != (t[i].start ? 0 : -HM_EBAD_URI))
			fail_msg("\"%s\": %s", t[i].stem, hm_error_name(rc));
		if (t[i].start)
			snprintf(expect, sizeof(expect), "%s" KEY "/21/7", t[i].start);
		assert_string_equal(out, expect);
		if (!rc)
			assert_true(!hm_gs1_parse(out, strlen(out), &back, NULL) && wrong_same(&e, &back));
	}
	memset(big, 'a', sizeof(big) - 1);
	memcpy(big, "https://a/", 10);
	assert_int_equal(hm_gs1_link(&e, big, out, sizeof(out)), -HM_ETOO_LONG);
}

/* parse(build(x)) = x, also over stems: one that is taken makes a link that says the same. */
static const char *wrong_stem(const char *stem, size_t len)
{
	static const char *const texts[] = { "(01)09521234543213(10)A/B(21)7(17)251200", "(414)9521141123454(254)32a/b",
					     "(00)095201234567891235", "(8010)95211415PQ7/Z43(8011)12345" };
	static struct hm_elements e, back;
	char text[512], link[1024];

	if (len >= sizeof(text))
		return NULL;
	memcpy(text, stem, len);
	text[len] = '\0';
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (hm_gs1_parse(texts[i], strlen(texts[i]), &e, NULL))
			return "the elements are not read";
		if (hm_gs1_link(&e, text, link, sizeof(link)))
			continue;
		if (strncmp(link, text, strlen(text)))
			return "the link is not under its stem";
		if (hm_gs1_parse(link, strlen(link), &back, NULL) || !wrong_same(&e, &back))
			return "parse(build(x)) over a stem is another";
	}
	return NULL;
}

static void over_stems(void **state)
{
	static const char *const parts[] = { "https://", "http://", "example.com", "a", ":80", "/", "/x", "/01/09521234543213",
					     "/21/A", "/254/1", "/8011/1", "/414", "/10", "?a=", "#", "%41", "%", "@", " ", ".",
					     "..", "-", "\n", "[::1]", "/gtin", "/8011" };
	struct rnd r = rnd_start("stems");
	uint64_t cases = rnd_cases(100000), taken = 0;
	static struct hm_elements e;

	(void)state;
	assert_int_equal(hm_gs1_parse("(00)095201234567891235", 22, &e, NULL), 0);
	for (r.n = 0; r.n < cases; r.n++) {
		char stem[256] = "https://example.com", out[512];
		uint64_t n = rnd_below(&r, 7);

		if (!rnd_below(&r, 4))
			stem[rnd_below(&r, 19)] = '\0';
		while (n--)
			strcat(stem, parts[rnd_below(&r, sizeof(parts) / sizeof(parts[0]))]);
		taken += !hm_gs1_link(&e, stem, out, sizeof(out));
		shrink_check(&r, stem, strlen(stem), wrong_stem);
	}
	/* neither all of them nor none */
	assert_in_range(taken, cases / 20, cases / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(readings),
		cmocka_unit_test(reasons),
		cmocka_unit_test(other_sequence),
		cmocka_unit_test(stems),
		cmocka_unit_test(over_stems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
