// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the API takes for JSON, and for a request. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/common/json.c"

static const char *const not_json[] = {
	"", " ", "{", "{\"a\":1", "{\"a\":1}x", "{\"a\":1} {}", "{\"a\":1,\"a\":2}", "{a:1}", "{\"a\":01}",
	"{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}", "{\"a\":NaN}", "[1,]", "\"x\"", "1", "{\"a\":99999999999999999999}",
};

static void refuses_what_is_no_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_json) / sizeof(not_json[0]); i++) {
		struct hm_err err = { "" };
		json_t *v = NULL;

		if (hm_json_parse(not_json[i], strlen(not_json[i]), &v, &err) != -HM_EBAD_JSON)
			fail_msg("taken: %s", not_json[i]);
		assert_null(v);
		assert_non_null(strstr(err.text, "line"));
	}
}

struct got {
	char name[8];
	uint32_t count;
	const char *text;
	int64_t time;
};

static int read_it(const char *json, struct got *g, struct hm_err *err)
{
	const struct hm_json_want wants[] = {
		{ "name", HM_JSON_TEXT, g->name, sizeof(g->name), true },
		{ "count", HM_JSON_UINT, &g->count, 100, false },
		{ "text", HM_JSON_LONG, &g->text, 5, false },
		{ "time", HM_JSON_WHOLE, &g->time, UINT32_MAX, false },
	};
	static json_t *kept;
	json_t *v = NULL;
	int rc = hm_json_parse(json, strlen(json), &v, err);

	rc = rc ?: hm_json_read(v, wants, 4, err);
	json_decref(kept);
	kept = v;	/* g->text is borrowed from it */
	return rc;
}

static void reads_what_is_wanted(void **state)
{
	struct got g = { "", 7, NULL, 0 };

	(void)state;
	assert_int_equal(read_it("{\"name\":\"abcdefg\",\"count\":100,\"text\":\"a\\nb\"}", &g, NULL), 0);
	assert_string_equal(g.name, "abcdefg");
	assert_int_equal(g.count, 100);
	assert_string_equal(g.text, "a\nb");
	g = (struct got){ "", 7, NULL, 0 };
	assert_int_equal(read_it("{\"name\":\"x\",\"count\":null}", &g, NULL), 0);
	assert_int_equal(g.count, 7);
	assert_null(g.text);
	/* 0 is a time, and not the same as none */
	g.time = -1;
	assert_int_equal(read_it("{\"name\":\"x\"}", &g, NULL), 0);
	assert_int_equal(g.time, -1);
	assert_int_equal(read_it("{\"name\":\"x\",\"time\":0}", &g, NULL), 0);
	assert_int_equal(g.time, 0);
	assert_int_equal(read_it("{\"name\":\"x\",\"time\":4294967295}", &g, NULL), 0);
	assert_int_equal(g.time, UINT32_MAX);
}

static const struct {
	const char *json, *says;
} bad[] = {
	{ "[]", "an object" }, { "{}", "name is missing" },
	{ "{\"name\":null}", "name is missing" }, { "{\"name\":1}", "name is not a text" },
	{ "{\"name\":\"abcdefgh\"}", "more than 7 bytes" },
	{ "{\"name\":\"a\\nb\"}", "control character" },
	{ "{\"name\":\"a\",\"colour\":1}", "unknown member colour" },
	{ "{\"name\":\"a\",\"count\":0}", "from 1 to 100" },
	{ "{\"name\":\"a\",\"count\":101}", "from 1 to 100" },
	{ "{\"name\":\"a\",\"count\":-1}", "from 1 to 100" },
	{ "{\"name\":\"a\",\"time\":-1}", "from 0 to 4294967295" },
	{ "{\"name\":\"a\",\"time\":4294967296}", "from 0 to 4294967295" },
	{ "{\"name\":\"a\",\"time\":1.0}", "whole number" },
	{ "{\"name\":\"a\",\"count\":1.0}", "whole number" },
	{ "{\"name\":\"a\",\"count\":\"1\"}", "whole number" },
	{ "{\"name\":\"a\",\"count\":true}", "whole number" },
	{ "{\"name\":\"a\",\"text\":\"abcdef\"}", "more than 5 bytes" },
};

static void refuses_what_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct got g = { "", 7, NULL, 0 };
		struct hm_err err = { "" };

		assert_int_equal(read_it(bad[i].json, &g, &err), -HM_EBAD_REQUEST);
		if (!strstr(err.text, bad[i].says))
			fail_msg("%s: '%s' does not say '%s'", bad[i].json, err.text, bad[i].says);
	}
}

static void forms_errors(void **state)
{
	json_t *v = hm_json_error(-HM_ENOT_FOUND, "no unit \xff\x01 here");

	(void)state;
	assert_non_null(v);
	assert_string_equal(json_string_value(json_object_get(v, "error")), "not_found");
	assert_string_equal(json_string_value(json_object_get(v, "why")), "no unit ?? here");
	assert_int_equal(json_integer_value(json_object_get(v, "exit")), 6);
	json_decref(v);
}

static void forms_hexadecimal(void **state)
{
	json_t *a = hm_json_hex("\x00\xff", 2), *b = hm_json_hex_or_null("\0\0", 2);
	json_t *c = hm_json_text_or_null("");

	(void)state;
	assert_string_equal(json_string_value(a), "00ff");
	assert_true(json_is_null(b));
	assert_true(json_is_null(c));
	json_decref(a);
	json_decref(b);
	json_decref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(reads_what_is_wanted),
		cmocka_unit_test(refuses_what_is_not),
		cmocka_unit_test(forms_errors),
		cmocka_unit_test(forms_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
