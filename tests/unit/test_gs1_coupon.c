// SPDX-License-Identifier: LGPL-2.1-or-later
/* Coupons 8110 and 8112, package types, models, persons; what a Digital Link may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/ai_table.h"

struct row {
	const char *text;
	int rc;
};

static int parse(const char *text)
{
	static struct hm_elements e;
	int rc = hm_gs1_parse(text, strlen(text), &e, NULL);

	return rc ? rc : hm_gs1_check(&e, NULL);
}

static void rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = parse(t[i].text);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
	}
}
#define ROWS(t) rows(t, sizeof(t) / sizeof((t)[0]))

/* prefix 614141, offer 123456, save 100, buy 10 (code 0) of family 123 */
#define LEAST "0614141" "123456" "3100" "210" "0" "123"
#define NEXT "210" "0" "123"

static void coupons(void **state)
{
	static const struct row t[] = {
		{ "(8110)" LEAST, 0 },
		{ "(8110)6123456789012" "123456" "512345" "512345" "9" "999", 0 },
		{ "(8110)7614141" "123456" "3100" "210" "0" "123", -HM_EBAD_LENGTH },	/* prefix of 13 */
		{ "(8110)0614141" "123456" "0" "210" "0" "123", -HM_EBAD_LENGTH },	/* saves nothing */
		{ "(8110)0614141" "123456" "6100000" "210" "0" "123", -HM_EBAD_LENGTH },
		{ "(8110)0614141" "123456" "3100" "0" "0" "123", -HM_EBAD_LENGTH },
		{ "(8110)0614141" "123456" "3100" "210" "5" "123", -HM_EBAD_CHAR },	/* no such requirement */
		{ "(8110)0614141" "123456" "3100" "210" "8" "123", -HM_EBAD_CHAR },
		{ "(8110)0614141" "123456" "3100" "210" "4" "123", 0 },
		{ "(8110)" LEAST "8", -HM_ETOO_LONG },
		{ "(8110)" LEAST "10" NEXT "9", 0 },
		{ "(8110)" LEAST "13" NEXT "0614141", 0 },
		{ "(8110)" LEAST "14" NEXT "9", -HM_EBAD_CHAR },
		{ "(8110)" LEAST "10" NEXT "7", -HM_EBAD_LENGTH },
		{ "(8110)" LEAST "2" NEXT "9", 0 },
		{ "(8110)" LEAST "2" NEXT "9" "10" NEXT "9", -HM_ETOO_LONG },		/* out of order */
		{ "(8110)" LEAST "3" "251231", 0 },
		{ "(8110)" LEAST "3" "251232", -HM_EBAD_DATE },
		{ "(8110)" LEAST "3" "251200", -HM_EBAD_DATE },
		{ "(8110)" LEAST "4" "250101", 0 },
		{ "(8110)" LEAST "4" "251301", -HM_EBAD_DATE },
		{ "(8110)" LEAST "3" "250101" "4" "250101", 0 },
		{ "(8110)" LEAST "3" "250101" "4" "250102", -HM_EBAD_DATE },		/* over before it begins */
		{ "(8110)" LEAST "5" "0123456", 0 },
		{ "(8110)" LEAST "5" "9123456789012345", 0 },
		{ "(8110)" LEAST "5" "1123456", -HM_ETOO_SHORT },
		{ "(8110)" LEAST "6" "11234567", 0 },
		{ "(8110)" LEAST "6" "71234567890123", 0 },
		{ "(8110)" LEAST "6" "0123456", -HM_EBAD_LENGTH },
		{ "(8110)" LEAST "6" "8123456", -HM_EBAD_LENGTH },
		{ "(8110)" LEAST "9" "0" "0" "7" "1", 0 },
		{ "(8110)" LEAST "9" "6" "2" "0" "0", 0 },
		{ "(8110)" LEAST "9" "3" "2" "0" "0", -HM_EBAD_CHAR },
		{ "(8110)" LEAST "9" "0" "3" "0" "0", -HM_EBAD_CHAR },
		{ "(8110)" LEAST "9" "0" "0" "0" "2", -HM_EBAD_CHAR },
		{ "(8110)" LEAST "9" "0" "0" "0" "0" "0", -HM_ETOO_LONG },
		{ "(8110)" LEAST "10" NEXT "9" "2" NEXT "9" "3" "251231" "4" "250101" "50123456" "9" "0000", 0 },
		{ "(8110)a614141" "123456" "3100" "210" "0" "123", -HM_ENOT_NUMERIC },
		{ "(8110)", -HM_EEMPTY },
	};
	char text[80] = "(8110)" LEAST;

	(void)state;
	ROWS(t);
	/* cut anywhere */
	while (strlen(text) > 7) {
		text[strlen(text) - 1] = '\0';
		assert_int_equal(parse(text), -HM_ETOO_SHORT);
	}
}

static void offers(void **state)
{
	static const struct row t[] = {
		{ "(8112)0" "0614141" "123456" "0123456", 0 },
		{ "(8112)1" "6123456789012" "123456" "9123456789012345", 0 },
		{ "(8112)2" "0614141" "123456" "0123456", -HM_EBAD_CHAR },
		{ "(8112)0" "7614141" "123456" "0123456", -HM_EBAD_LENGTH },
		{ "(8112)0" "0614141" "123456" "1123456", -HM_ETOO_SHORT },
		{ "(8112)0" "0614141" "123456" "01234567", -HM_ETOO_LONG },
		{ "(8112)0" "0614141" "12345a" "0123456", -HM_ENOT_NUMERIC },
	};
	char text[80] = "(8112)0" "0614141" "123456" "0123456";

	(void)state;
	ROWS(t);
	while (strlen(text) > 7) {
		text[strlen(text) - 1] = '\0';
		assert_int_equal(parse(text), -HM_ETOO_SHORT);
	}
}

#define SSCC "(00)095201234567891235"
#define PERSON "(8018)952114112345678906"
#define GTIN "(01)09521234543213"

static void others(void **state)
{
	static const struct row t[] = {
		{ SSCC "(7041)1A", 0 }, { SSCC "(7041)ZZ", 0 }, { SSCC "(7041)8", 0 }, { SSCC "(7041)X11", 0 },
		{ SSCC "(7041)1Z", -HM_EBAD_CHAR }, { SSCC "(7041)X", -HM_EBAD_CHAR },
		{ SSCC "(7041)1A1B", -HM_EBAD_CHAR }, { SSCC "(7041)1AAAA", -HM_ETOO_LONG },
		{ "(8013)1987654Ad4X4bL5ttr2310c2K", 0 },
		{ "(8013)A987654Ad4X4bL5ttr23104M", -HM_EBAD_CHECK_DIGIT },
		{ GTIN "(8014)1987654Ad4X4bL5ttr2310c2K", 0 },
		{ "(8014)1987654Ad4X4bL5ttr2310c2K", -HM_EMISSING_AI },
		{ "(03)09521234543213(21)1(13)251200", 0 },
		{ "(03)09521234543213(21)1(15)251200", 0 },
		{ "(03)09521234543213(21)1(16)251200", 0 },
		{ "(03)09521234543213(21)1(20)01", 0 }, { "(03)09521234543213", 0 },
		{ "(03)09521234543213(235)1", -HM_ECONFLICTING_AI },
		{ "(03)09521234543213(242)1", -HM_EMISSING_AI },
		{ GTIN "(717)4102-CR-0815", 0 }, { "(717)4102-CR-0815", -HM_EMISSING_AI },
		{ GTIN "(21)A(8040)490154203237518(8041)356938035643809", 0 },
		{ GTIN "(21)A(8040)490154203237518(8042)89049032000001000000012345678906(8043)893300000000000001", 0 },
		{ GTIN "(21)A(8040)490154203237518(8043)89330000000000000001", 0 },
		{ GTIN "(21)A(8040)490154203237518(8043)893300000000000000017", -HM_ETOO_LONG },
		{ GTIN "(21)A(8040)490154203237518(8043)89330000000000000", -HM_ETOO_SHORT },
		{ GTIN "(21)A(8040)49015420323751", -HM_EBAD_LENGTH },
		{ GTIN "(21)A(8040)49015420323751A", -HM_ENOT_NUMERIC },
		{ GTIN "(8040)490154203237518", -HM_EMISSING_AI },
		{ GTIN "(21)A(8041)356938035643809", -HM_EMISSING_AI },
		{ PERSON "(7250)20251231(7251)202512312359", -HM_ECONFLICTING_AI },
		{ PERSON "(7253)A(7254)B(7255)C", 0 },
		{ PERSON "(7253)A(7256)B", -HM_ECONFLICTING_AI },
		{ PERSON "(7254)A(7259)B", -HM_ECONFLICTING_AI },
		{ PERSON "(7255)A(7256)B", -HM_ECONFLICTING_AI },
		{ PERSON "(7256)A(7259)B", -HM_ECONFLICTING_AI },
		{ PERSON "(7258)1/2", -HM_EMISSING_AI },
		{ PERSON "(7258)1/2(7259)B", 0 },
	};

	(void)state;
	ROWS(t);
}

/* mod 1021 of ai_rules.c, done once more by hand for values that the examples do not have */
static void with_check(char *value)
{
	static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	static const char check[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const unsigned int primes[] = { 2, 3, 5, 7, 11, 13, 17, 19, 23, 29 };
	size_t len = strlen(value);
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned int)(strchr(set82, value[i]) - set82) * primes[len - 1 - i];
	sum %= 1021;
	value[len] = check[sum >> 5];
	value[len + 1] = check[sum & 31];
	value[len + 2] = '\0';
}

static void models(void **state)
{
	static const struct {
		const char *value;
		int model, device;
	} t[] = {
		{ "1234", 0, 0 }, { "1234AB", 0, 0 }, { "123A56", -HM_ENOT_NUMERIC, -HM_ENOT_NUMERIC },
	};
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char value[32];

		strcpy(value, t[i].value);
		with_check(value);
		snprintf(text, sizeof(text), "(8013)%s", value);
		assert_int_equal(parse(text), t[i].model);
		/* the check characters may be digits too: then it is one that stands for no device */
		snprintf(text, sizeof(text), GTIN "(8014)%s", value);
		if (strspn(value, "0123456789") == strlen(value))
			assert_int_equal(parse(text), -HM_EBAD_CHAR);
		else
			assert_int_equal(parse(text), t[i].device);
	}
	for (unsigned int n = 1000, seen = 0; !seen; n++) {
		char value[32];

		assert_true(n < 10000);
		snprintf(value, sizeof(value), "%u", n);
		with_check(value);
		if (strspn(value, "0123456789") < strlen(value))
			continue;
		snprintf(text, sizeof(text), GTIN "(8014)%s", value);
		assert_int_equal(parse(text), -HM_EBAD_CHAR);
		snprintf(text, sizeof(text), "(8013)%s", value);
		assert_int_equal(parse(text), 0);
		seen = 1;
	}
}

#define LINK "https://id.gs1.org/01/09521234543213"

static void links(void **state)
{
	static const struct row t[] = {
		{ LINK "/", -HM_EBAD_URI },
		{ LINK "/22/1/10/2/21/3", 0 },
		{ "https://id.gs1.org/21/A/01/09521234543213", -HM_EBAD_URI },
		{ "https://id.gs1.org/a/10/A/01/09521234543213/21/1", -HM_EBAD_URI },
		{ "https://id.gs1.org/254/A/414/9521141123454", -HM_EBAD_URI },
		{ "https://id.gs1.org/254/A/01/09521234543213", 0 },	/* somebody's own */
		{ "https://id.gs1.org/21/01/09521234543213", 0 },
		{ LINK "?22=1", -HM_EBAD_URI }, { LINK "?235=1", -HM_EBAD_URI }, { LINK "?21=1", -HM_EBAD_URI },
		{ LINK "?254=1", -HM_EBAD_URI }, { LINK "?7040=1ABC", -HM_EBAD_URI }, { LINK "?8011=1", -HM_EBAD_URI },
		{ LINK "?8014=1", -HM_EBAD_URI }, { LINK "?8019=1", -HM_EBAD_URI }, { LINK "?8020=1", -HM_EBAD_URI },
		{ LINK "?8200=1", -HM_EBAD_URI }, { LINK "?03=09521234543213", -HM_EBAD_URI },
		{ LINK "/21/A?8040=490154203237518&717=A", 0 },
		{ LINK "?240=1", 0 }, { LINK "?99=%23", -HM_EBAD_CHAR }, { LINK "?99=%2B", 0 },
		{ LINK "?9=1", -HM_EUNKNOWN_AI }, { LINK "?x=9", 0 },
		{ "https://id.gs1.org/415/9521234543213/8020/1", 0 },
		/* the standard's words for AIs, withdrawn; compressed ones */
		{ "https://example.com/gtin/09521234543213", -HM_EBAD_URI },
		{ "https://example.com/gtin/09521234543213/ser/1", -HM_EBAD_URI },
		{ "https://id.gs1.org/AQnYUc1gmiBnSpcVFrbrLRxy", -HM_EBAD_URI },
		/* no URI at all */
		{ "https://exa mple.com/01/09521234543213", -HM_EBAD_CHAR },
		{ LINK "/21/a\"b", -HM_EBAD_CHAR }, { LINK "/21/a<b", -HM_EBAD_CHAR }, { LINK "/21/\xc3\xa4", -HM_EBAD_CHAR },
		{ LINK "/21/a b", -HM_EBAD_CHAR }, { LINK "/21/a\x1d" "b", -HM_EBAD_CHAR },
		{ LINK "?x=a\\", -HM_EBAD_CHAR }, { LINK "#a^", -HM_EBAD_CHAR },
		{ LINK "/21/a%20b", -HM_EBAD_CHAR },
	};
	static struct hm_elements e;
	struct hm_err err = { "" };
	char out[128];

	(void)state;
	ROWS(t);
	assert_int_equal(hm_gs1_parse("https://a.b/gtin/09521234543213", 31, &e, &err), -HM_EBAD_URI);
	assert_non_null(strstr(err.text, "gtin"));
	assert_int_equal(hm_gs1_parse("https://a.b/AQnYUc1gmiBnSpcV", 28, &e, &err), -HM_EBAD_URI);
	assert_non_null(strstr(err.text, "compressed"));
	/* nor is one made */
	assert_int_equal(hm_gs1_parse(GTIN "(8200)x", 25, &e, NULL), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), -HM_ECONFLICTING_AI);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coupons),
		cmocka_unit_test(offers),
		cmocka_unit_test(others),
		cmocka_unit_test(models),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
