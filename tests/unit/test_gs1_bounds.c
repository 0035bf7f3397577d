// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of elements at their bounds: what is no AI, none at all, a bracket that opens none, memory that is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/ai_table.h"
#include "gs1/signature.h"

#define GTIN "(01)09521234543213"

/* behind the list, where nothing may be written */
static struct {
	struct hm_elements e;
	char behind[512];
} guarded;

static int parse(const char *text, struct hm_err *err)
{
	int rc;

	memset(guarded.behind, 'x', sizeof(guarded.behind));
	rc = hm_gs1_parse(text, strlen(text), &guarded.e, err);
	for (size_t i = 0; i < sizeof(guarded.behind); i++)
		assert_int_equal(guarded.behind[i], 'x');
	return rc;
}

static void no_ai(void **state)
{
	static const char *const t[] = { "", "0", "04", "010", "31", "310", "3106", "31000", "999", "9x", "x1", "0109" };
	struct hm_elements *e = &guarded.e;

	(void)state;
	e->n = e->used = 0;
	assert_int_equal(hm_gs1_add(e, "10", "A", 1, NULL), 0);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(hm_gs1_add(e, t[i], "000100", 6, NULL), -HM_EUNKNOWN_AI);
		assert_int_equal(e->n, 1);
	}
}

static void none_at_all(void **state)
{
	struct hm_elements *e = &guarded.e;

	(void)state;
	e->n = e->used = 0;
	assert_int_equal(hm_gs1_check(e, NULL), -HM_EEMPTY);
	assert_int_equal(hm_gs1_link(e, NULL, (char[8]){ "" }, 8), -HM_EMISSING_AI);
}

/* Two to four digits between brackets are an AI; anything else is what a value has. */
static void brackets(void **state)
{
	static const struct {
		const char *text, *value;
		int rc;
	} t[] = {
		{ "(10)a(1)b", "a(1)b", 0 }, { "(10)a(12345)b", "a(12345)b", 0 }, { "(10)a()b", "a()b", 0 }, { "(10)a(1x)b", "a(1x)b", 0 },
		{ "(10)a(1", "a(1", 0 }, { "(10)a(", "a(", 0 }, { "(10)a)", "a)", 0 }, { "(10)a(90)b", "a", 0 },
		{ "(10)a(04)b", NULL, -HM_EUNKNOWN_AI }, { "(10)a(999)b", NULL, -HM_EUNKNOWN_AI }, { "(10)a(9999)b", NULL, -HM_EUNKNOWN_AI },
		{ "(10)a\\(90)b", "a(90)b", 0 }, { "(10)\\(", "(", 0 }, { "(10)\\)", NULL, -HM_EBAD_ESCAPE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = parse(t[i].text, NULL);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc)
			continue;
		assert_int_equal(guarded.e.e[0].len, strlen(t[i].value));
		assert_memory_equal(guarded.e.e[0].value, t[i].value, strlen(t[i].value));
	}
}

/* Digits that begin like an AI are not that AI. */
static void link_segments(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} t[] = {
		{ "https://id.gs1.org/0100/09521234543213", -HM_EBAD_URI, "no key with its qualifiers in order at the end of the path" },
		{ "https://id.gs1.org/01/09521234543213/2100/1", -HM_EBAD_URI, "no key with its qualifiers in order at the end of the path" },
		{ "https://id.gs1.org/01/09521234543213?1700=261231", -HM_EUNKNOWN_AI, NULL },
		{ "https://id.gs1.org/01/09521234543213?17=261231", 0, "" },
		{ "https://id.gs1.org/10/A/01/09521234543213", -HM_EBAD_URI, "(10) before its key" },
		{ "https://id.gs1.org/254/A/414/9521141123454", -HM_EBAD_URI, "(254) before its key" },
		{ "https://id.gs1.org/01/09521234543213/21/", -HM_EBAD_URI, "a slash too many at the end of the path" },
		{ "https://id.gs1.org/01/", -HM_EBAD_URI, "(01) without a value, or a slash too many" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_err err = { "" };
		int rc = parse(t[i].text, &err);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
		if (t[i].why)
			assert_string_equal(err.text, t[i].why);
	}
}

/* Names that the standard withdrew are known, so that it can be said. */
static void withdrawn(void **state)
{
	static const char *const names[] = { "gtin", "itip", "cpid", "gln", "payTo", "party", "gdti", "gcn", "gsrnp", "gsrn", "sscc", "ginc",
					     "gsin", "grai", "giai", "gmn" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct hm_err err = { "" };
		char text[64], why[128];

		snprintf(text, sizeof(text), "https://id.gs1.org/%s/1234567890", names[i]);
		snprintf(why, sizeof(why), "%s in place of an AI's digits, which the standard withdrew", names[i]);
		assert_int_equal(parse(text, &err), -HM_EBAD_URI);
		assert_string_equal(err.text, why);
	}
}

/* What an element string may begin with, of all bytes; and a link has its scheme. */
static void beginnings(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = "?";
		int rc;

		text[0] = (char)c;
		rc = hm_gs1_parse(text, 1, &guarded.e, NULL);
		if (!strchr("(^]hH\x1d", c) && (c < '0' || c > '9'))
			assert_int_equal(rc, -HM_EBAD_CHAR);
		else if (c)
			assert_true(rc == -HM_EEMPTY || rc == -HM_EUNKNOWN_AI || rc == -HM_EBAD_FNC1 || rc == -HM_EBAD_URI || c == '(');
	}
	assert_int_equal(parse("h.example/01/09521234543213", NULL), -HM_EBAD_URI);
	assert_int_equal(parse("https:/h.example/01/09521234543213", NULL), -HM_EBAD_URI);
	assert_int_equal(parse("httpx://h.example/01/09521234543213", NULL), -HM_EBAD_URI);
	assert_int_equal(parse("http://h.example/01/09521234543213", NULL), 0);
}

/* Of two that could be the key with as much behind them, the first is. */
static void first_key(void **state)
{
	char link[128];

	(void)state;
	assert_int_equal(parse("(01)09521234543213(8006)095211411234540102(10)A", NULL), 0);
	assert_int_equal(hm_gs1_link(&guarded.e, NULL, link, sizeof(link)), 0);
	assert_string_equal(link, "https://id.gs1.org/01/09521234543213/10/A?8006=095211411234540102");
	assert_int_equal(parse("(8006)095211411234540102(01)09521234543213(10)A", NULL), 0);
	assert_int_equal(hm_gs1_link(&guarded.e, NULL, link, sizeof(link)), 0);
	assert_string_equal(link, "https://id.gs1.org/8006/095211411234540102/10/A?01=09521234543213");
}

/* A list that had more elements has them no longer. */
static void used_again(void **state)
{
	char out[128], whole[128];

	(void)state;
	assert_int_equal(parse(GTIN "(21)7(90)A(91)B(92)C", NULL), 0);
	assert_int_equal(parse(GTIN "(21)7", NULL), 0);
	assert_int_equal(hm_gs1_signed_text(&guarded.e, out, sizeof(out)), 0);
	assert_string_equal(out, "(8030)" GTIN "(21)7");
	assert_int_equal(hm_gs1_bracketed(&guarded.e, whole, sizeof(whole)), 0);
	assert_string_equal(whole, GTIN "(21)7");
	assert_null(hm_gs1_find(&guarded.e, "90"));
}

/* Escaped segments of somebody's own path, and as many long values as there may be: more than is kept. */
static void memory_full(void **state)
{
	(void)state;
	for (unsigned int own = 0; own <= 30; own += 30) {
		char text[HM_GS1_TEXT_MAX] = "https://id.gs1.org";

		for (unsigned int i = 0; i < own; i++)
			strcat(text, "/%41aaaaaaa");
		strcat(text, "/8004/%31" "23456789012345678901234567890?");
		for (unsigned int i = 0; i < HM_GS1_ELEMENTS - 1; i++) {
			strcat(text, i ? "&91=" : "91=");
			for (unsigned int j = 0; j < HM_GS1_VALUE_MAX; j++)
				strcat(text, !j || i == HM_GS1_ELEMENTS - 2 ? "%41" : "A");
		}
		assert_int_equal(parse(text, NULL), own ? -HM_ETOO_LONG : 0);
		assert_int_equal(guarded.e.n, own ? HM_GS1_ELEMENTS - 1 : HM_GS1_ELEMENTS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_ai),
		cmocka_unit_test(none_at_all),
		cmocka_unit_test(brackets),
		cmocka_unit_test(link_segments),
		cmocka_unit_test(withdrawn),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(first_key),
		cmocka_unit_test(used_again),
		cmocka_unit_test(memory_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
