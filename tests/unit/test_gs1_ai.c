// SPDX-License-Identifier: LGPL-2.1-or-later
/* Application Identifiers: the table, every rule broken alone, the four forms, hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digits.h"
#include "gs1/ai_table.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

static int parse(const char *text, struct hm_elements *e)
{
	struct hm_err err = { "" };
	int rc = hm_gs1_parse(text, strlen(text), e, &err);

	return rc ? rc : hm_gs1_check(e, &err);
}

struct row {
	const char *text;
	int rc;
};

static void rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hm_elements e;
		char out[512];
		int rc = parse(t[i].text, &e);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc)
			continue;
		assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].text);
	}
}
#define ROWS(t) rows(t, sizeof(t) / sizeof((t)[0]))

static void table_is_sorted(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ai_rows_n; i++) {
		const struct ai_row *r = &ai_rows[i];

		assert_true(r->first <= r->last);
		if (i)
			assert_true(r[-1].digits < r->digits || (r[-1].digits == r->digits && r[-1].last < r->first));
		for (unsigned int n = r->first; n <= r->last; n++) {
			char text[16];

			snprintf(text, sizeof(text), "%0*u", r->digits % 8, n);
			assert_ptr_equal(ai_find(text, strlen(text)), r);
			assert_ptr_equal(ai_find(text, strlen(text) - 1), NULL);
		}
		/* an AI of predefined length has one length */
		if (r->predefined)
			for (int p = 0; p < 5; p++)
				assert_true(r->parts[p].min == r->parts[p].max && !r->parts[p].optional);
	}
}

/* GS1 General Specifications, figure 7.8.5-2: exactly these need no separator */
static void predefined_lengths(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ai_rows_n; i++) {
		const struct ai_row *r = &ai_rows[i];
		char text[16];
		int two;

		snprintf(text, sizeof(text), "%0*u", r->digits % 8, (unsigned int)r->first);
		two = 10 * (text[0] - '0') + text[1] - '0';
		assert_int_equal(r->predefined, two <= 4 || (two >= 11 && two <= 20) || two == 41 ||
				 (two >= 31 && two <= 36));
	}
}

#define GTIN "(01)09521234543213"

static void values(void **state)
{
	static const struct row t[] = {
		{ "(00)095201234567891235", 0 },
		{ "(00)095201234567891234", -HM_EBAD_CHECK_DIGIT },
		{ "(00)09520123456789123", -HM_EBAD_LENGTH },
		{ "(00)0952012345678912355", -HM_EBAD_LENGTH },
		{ "(00)09520123456789123A", -HM_ENOT_NUMERIC },
		{ GTIN, 0 },
		{ "(01)09521234543214", -HM_EBAD_CHECK_DIGIT },
		{ "(01)9521234543213", -HM_EBAD_LENGTH },
		{ "(01)", -HM_EEMPTY },
		{ "(01)0952123454321\xc3", -HM_ENOT_NUMERIC },
		{ GTIN "(10)12345678901234567890", 0 },
		{ GTIN "(10)123456789012345678901", -HM_ETOO_LONG },
		{ GTIN "(10)", -HM_EEMPTY },
		{ GTIN "(10)!\"%&'\\()*+,-./:;<=>?_az", -HM_ETOO_LONG },
		{ GTIN "(10)!\"%&'\\()*+,-./:;<=>", 0 },
		{ GTIN "(10)a b", -HM_EBAD_CHAR },
		{ GTIN "(10)#", -HM_EBAD_CHAR },
		{ GTIN "(10)\x7f", -HM_EBAD_CHAR },
		{ GTIN "(10)\xc3\xa4", -HM_EBAD_CHAR },
		{ GTIN "(10)a\\b", -HM_EBAD_ESCAPE },
		{ GTIN "(10)a\\", -HM_EBAD_ESCAPE },
		{ GTIN "(17)240229", 0 },
		{ GTIN "(17)230229", -HM_EBAD_DATE },
		{ GTIN "(17)000229", 0 },
		{ GTIN "(17)240431", -HM_EBAD_DATE },
		{ GTIN "(17)241301", -HM_EBAD_DATE },
		{ GTIN "(17)240001", -HM_EBAD_DATE },
		{ GTIN "(17)241200", 0 },
		{ GTIN "(17)24120", -HM_EBAD_LENGTH },
		{ GTIN "(7006)241200", -HM_EBAD_DATE },
		{ GTIN "(7003)2412012359", 0 },
		{ GTIN "(7003)2412012400", -HM_EBAD_DATE },
		{ GTIN "(7003)2412012360", -HM_EBAD_DATE },
		{ GTIN "(7007)241201", 0 },
		{ GTIN "(7007)241201241231", 0 },
		{ GTIN "(7007)241201241232", -HM_EBAD_DATE },
		{ GTIN "(7007)24120124123", -HM_ETOO_SHORT },
		{ GTIN "(7007)2412012412311", -HM_ETOO_LONG },
		{ GTIN "(8008)24120123", 0 },
		{ GTIN "(8008)2412012359", 0 },
		{ GTIN "(8008)241201235959", 0 },
		{ GTIN "(8008)24120123595", -HM_EBAD_LENGTH },
		{ GTIN "(8008)241201235960", -HM_EBAD_DATE },
		{ GTIN "(8008)24120124", -HM_EBAD_DATE },
		{ "(8018)952114112345678906(7250)18991231", 0 },
		{ "(8018)952114112345678906(7250)19000229", -HM_EBAD_DATE },
		{ "(253)9521141123454", 0 },
		{ "(253)95211411234545678", 0 },
		{ "(253)9521141123455", -HM_EBAD_CHECK_DIGIT },
		{ "(253)95211411234555678", -HM_EBAD_CHECK_DIGIT },
		{ "(253)952114112345412345678901234567", 0 },
		{ "(253)9521141123454123456789012345678", -HM_ETOO_LONG },
		{ "(253)952114112345", -HM_ETOO_SHORT },
		{ "(255)952114167890904711", 0 },
		{ "(255)9521141678909A", -HM_ENOT_NUMERIC },
		{ "(8003)0952114112345432a/b", 0 },
		{ "(8003)1952114112345432a/b", -HM_EBAD_CHAR },
		{ "(8003)0952114112345532a/b", -HM_EBAD_CHECK_DIGIT },
		{ "(8004)952114132a/b", 0 },
		{ "(8004)95211", 0 },
		{ "(8004)952", -HM_ETOO_SHORT },
		{ "(8004)952A", -HM_ENOT_NUMERIC },
		{ "(8004)1234567890123456789012345678901", -HM_ETOO_LONG },
		{ "(8006)095211411234540102(21)1", 0 },
		{ "(8006)095211411234540202(21)1", 0 },
		{ "(8006)095211411234540302(21)1", -HM_EOVERFLOW },
		{ "(8006)095211411234540002(21)1", -HM_EBAD_CHAR },
		{ "(8006)095211411234540100(21)1", -HM_EBAD_CHAR },
		{ "(8006)095211411234550102(21)1", -HM_EBAD_CHECK_DIGIT },
		{ "(8010)95211415PQ7/Z43(8011)12345", 0 },
		{ "(8010)9521#-/AZ(8011)0", 0 },
		{ "(8010)9521a(8011)0", -HM_EBAD_CHAR },
		{ "(8010)9521_(8011)0", -HM_EBAD_CHAR },
		{ "(8010)95211(8011)01", -HM_ELEADING_ZERO },
		{ "(8010)95211(8011)1234567890123", -HM_ETOO_LONG },
		{ "(8013)1987654Ad4X4bL5ttr2310c2K", 0 },
		{ "(8013)1987654Ad4X4bL5ttr2310c2L", -HM_EBAD_CHECK_DIGIT },
		{ "(8013)1987654Ad4X4bL5ttr2310d2K", -HM_EBAD_CHECK_DIGIT },
		{ "(8013)12345", -HM_ETOO_SHORT },
		{ "(415)9521234543213(8020)1(8007)DE89370400440532013000", 0 },
		{ "(415)9521234543213(8020)1(8007)DE88370400440532013000", -HM_EBAD_CHECK_DIGIT },
		{ "(415)9521234543213(8020)1(8007)D189370400440532013000", -HM_EBAD_CHAR },
		{ "(415)9521234543213(8020)1(8007)de89370400440532013000", -HM_EBAD_CHAR },
		{ "(415)9521234543213(8020)1(8007)DE89", -HM_ETOO_SHORT },
		{ "(415)9521234543213(8020)1(3912)978123", 0 },
		{ "(415)9521234543213(8020)1(3912)111123", -HM_EBAD_CHAR },
		{ "(415)9521234543213(8020)1(3912)191123", 0 },		/* kunas, on labels still */
		{ "(415)9521234543213(8020)1(3912)694123", 0 },
		{ "(415)9521234543213(8020)1(3912)978", -HM_ETOO_SHORT },
		{ GTIN "(422)756", 0 },
		{ GTIN "(422)001", -HM_EBAD_CHAR },
		{ GTIN "(423)756276", 0 },
		{ GTIN "(423)75627", -HM_EBAD_LENGTH },
		{ GTIN "(7030)999X", 0 },
		{ GTIN "(7030)998X", -HM_EBAD_CHAR },
		{ "(00)095201234567891235(4307)CH", 0 },
		{ "(00)095201234567891235(4307)XX", -HM_EBAD_CHAR },
		{ "(00)095201234567891235(4301)A%20B", 0 },
		{ "(00)095201234567891235(4301)A%2", -HM_EBAD_ESCAPE },
		{ "(00)095201234567891235(4301)A%2G", -HM_EBAD_ESCAPE },
		{ "(00)095201234567891235(4309)18000000003600000000", 0 },
		{ "(00)095201234567891235(4309)18000000013600000000", -HM_EOVERFLOW },
		{ "(00)095201234567891235(4309)18000000003600000001", -HM_EOVERFLOW },
		{ "(00)095201234567891235(4321)1", 0 },
		{ "(00)095201234567891235(4321)2", -HM_EBAD_CHAR },
		{ "(00)095201234567891235(4331)000123-", 0 },
		{ "(00)095201234567891235(4331)000123+", -HM_EBAD_CHAR },
		{ "(8018)952114112345678906(7252)9", 0 },
		{ "(8018)952114112345678906(7252)3", -HM_EBAD_CHAR },
		{ "(8018)952114112345678906(7258)2/3(7259)B", 0 },
		{ "(8018)952114112345678906(7258)3/2", -HM_EBAD_CHAR },
		{ "(8018)952114112345678906(7258)0/2", -HM_EBAD_CHAR },
		{ "(8018)952114112345678906(7241)80", 0 },
		{ "(8018)952114112345678906(7241)11", -HM_EBAD_CHAR },
		{ GTIN "(8001)123412345123099", -HM_EBAD_LENGTH },
		{ GTIN "(8001)12341234512309", 0 },
		{ GTIN "(8001)00001234512309", -HM_EBAD_CHAR },
		{ GTIN "(8001)00000000202119", -HM_EBAD_CHAR },
		{ GTIN "(8001)12341234512329", -HM_EBAD_CHAR },
		{ GTIN "(21)1(8030)AZaz09-_", 0 },
		{ GTIN "(21)1(8030)AA==", 0 },
		{ GTIN "(21)1(8030)AAA=", 0 },
		{ GTIN "(21)1(8030)A===", -HM_EBAD_CHAR },
		{ GTIN "(21)1(8030)AA=", -HM_EBAD_CHAR },
		{ GTIN "(21)1(8030)A=AA", -HM_EBAD_CHAR },
		{ GTIN "(21)1(8030)A+B/", -HM_EBAD_CHAR },
		{ "(414)9521141123454(7040)1A_-", 0 },
		{ "(414)9521141123454(7040)1A_!", -HM_EBAD_CHAR },
	};

	(void)state;
	ROWS(t);
}

static void companions(void **state)
{
	static const struct row t[] = {
		{ "(21)1", -HM_EMISSING_AI },
		{ "(10)1", -HM_EMISSING_AI },
		{ "(22)1", -HM_EMISSING_AI },
		{ "(02)09521234543213", -HM_EMISSING_AI },
		{ "(00)095201234567891235(02)09521234543213(37)5", 0 },
		{ "(02)09521234543213(37)5", -HM_EMISSING_AI },		/* 37 needs 00 too */
		{ GTIN "(250)1", -HM_EMISSING_AI },
		{ GTIN "(21)1(250)1", 0 },
		{ "(254)1", -HM_EMISSING_AI },
		{ "(415)9521234543213", -HM_EMISSING_AI },
		{ "(8030)AAAA", -HM_EMISSING_AI },
		{ GTIN "(8030)AAAA", -HM_EMISSING_AI },			/* a class, no instance */
		{ GTIN "(21)1(8030)AAAA", 0 },
		{ "(8006)095211411234540102(8030)AAAA", -HM_EMISSING_AI },
		{ "(8010)95211(8030)AAAA", -HM_EMISSING_AI },
		{ "(8010)95211(8011)1(8030)AAAA", 0 },
		{ "(8004)95211(8030)AAAA", 0 },
		{ GTIN "(3922)100", -HM_EMISSING_AI },
		{ GTIN "(3922)100(30)2", 0 },
		{ GTIN "(3922)100(3103)000200", 0 },
		{ GTIN "(21)1(235)A", -HM_ECONFLICTING_AI },
		{ GTIN "(235)A", 0 },
		{ GTIN "(02)09521234543213(37)5(00)095201234567891235", -HM_ECONFLICTING_AI },
		{ GTIN "(3100)000100(3101)000100", -HM_ECONFLICTING_AI },
		{ GTIN "(3100)000100(3110)000100", 0 },
		{ GTIN "(422)756(426)756", -HM_ECONFLICTING_AI },
		{ "(8017)952114112345678906(8018)952114112345678906", -HM_ECONFLICTING_AI },
		{ GTIN "(10)A(10)A", -HM_EDUPLICATE_AI },
		{ GTIN "(10)A" GTIN, -HM_EDUPLICATE_AI },
		{ "(90)A(91)B(99)C", 0 },
		{ "(91)B(91)B", -HM_EDUPLICATE_AI },
		{ "(04)1", -HM_EUNKNOWN_AI },
		{ "(1)1", -HM_EUNKNOWN_AI },
		{ "(011)1", -HM_EUNKNOWN_AI },
		{ "(3106)000100", -HM_EUNKNOWN_AI },
		{ "(9999)1", -HM_EUNKNOWN_AI },
		{ "(99999)1", -HM_EUNKNOWN_AI },
		{ "(9)1", -HM_EUNKNOWN_AI },
		{ "(99999", -HM_EBAD_CHAR },
		{ "()1", -HM_EBAD_CHAR },
		{ "(01", -HM_EBAD_CHAR },
		{ "x(01)09521234543213", -HM_EBAD_CHAR },
	};

	(void)state;
	ROWS(t);
}

static void forms(void **state)
{
	static const struct {
		const char *text, *bracketed;
		int rc;
	} t[] = {
		{ "^010952123454321321ABC", GTIN "(21)ABC", 0 },
		{ "^010952123454321310L^21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "^0109521234543213^10L^21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "010952123454321310L\x1d" "21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "\x1d" "010952123454321310L\x1d" "21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "]d2010952123454321310L\x1d" "21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "]C1010952123454321310L\x1d" "21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "]Q3010952123454321310L", GTIN "(10)L", 0 },
		{ "]e00109521234543213", GTIN, 0 },
		{ "]d2010952123454321310L21ABC", GTIN "(10)L21ABC", 0 },	/* the separator was lost: it cannot be known */
		{ "]d101095212345432", NULL, -HM_EBAD_FNC1 },
		/* codes that do not say GS1: retail codes, their composites, links */
		{ "]E09521234543213", GTIN, 0 },
		{ "]E495212340", "(01)00000095212340", 0 },
		{ "]I109521234543213", GTIN, 0 },
		{ "]I109521234543213|]e010L", NULL, -HM_EBAD_FNC1 },
		{ "]I109521234543213|", NULL, -HM_EBAD_FNC1 },
		{ "]E09521234543214", NULL, -HM_EBAD_CHECK_DIGIT },
		{ "]E0952123454321", NULL, -HM_EBAD_LENGTH },
		{ "]E009521234543213", NULL, -HM_EBAD_LENGTH },
		{ "]E49521234543213", NULL, -HM_EBAD_LENGTH },
		{ "]E0952123454321A", NULL, -HM_ENOT_NUMERIC },
		{ "]E0", NULL, -HM_EEMPTY },
		{ "]E0|]e010L", NULL, -HM_EEMPTY },
		{ "]E395212345432131", NULL, -HM_EBAD_FNC1 },
		{ "]E09521234543213|]e010L\x1d" "21ABC", GTIN "(10)L(21)ABC", 0 },
		{ "]E495212340|]e010L", "(01)00000095212340(10)L", 0 },
		{ "]E09521234543213|]e0", NULL, -HM_EEMPTY },
		{ "]E09521234543213|", NULL, -HM_EBAD_FNC1 },
		{ "]E09521234543213|10L", NULL, -HM_EBAD_FNC1 },
		{ "]E09521234543213|]C110L", NULL, -HM_EBAD_FNC1 },
		{ "]Q1https://id.gs1.org/01/09521234543213/21/1", GTIN "(21)1", 0 },
		{ "]d1HTTPS://id.gs1.org/01/09521234543213", GTIN, 0 },
		{ "]Q1https://id.gs1.org/", NULL, -HM_EBAD_URI },
		{ "]Q1", NULL, -HM_EBAD_FNC1 },
		{ "]h", NULL, -HM_EBAD_FNC1 },
		{ "]d2https://id.gs1.org/01/09521234543213", NULL, -HM_EUNKNOWN_AI },
		{ "]", NULL, -HM_EBAD_FNC1 },
		{ "]d2", NULL, -HM_EEMPTY },
		{ "^", NULL, -HM_EEMPTY },
		{ "^010952123454321310L^^21ABC", NULL, -HM_EBAD_FNC1 },
		{ "010952123454321310L^21ABC", NULL, -HM_EBAD_FNC1 },	/* none in front */
		{ "]d2010952123454321310L^21ABC", NULL, -HM_EBAD_CHAR },
		{ "^010952123454321310L\x1d" "21ABC", NULL, -HM_EBAD_CHAR },
		{ "^^0109521234543213", NULL, -HM_EBAD_FNC1 },
		/* a last separator is printed by many, and says nothing */
		{ "^010952123454321310L^", GTIN "(10)L", 0 },
		{ "^0109521234543213^", GTIN, 0 },
		{ "]d2010952123454321310L\x1d", GTIN "(10)L", 0 },
		{ "^0109521234543213^^", NULL, -HM_EBAD_FNC1 },
		{ "\x1d", NULL, -HM_EEMPTY },
		{ "^01095212345^10L", NULL, -HM_EBAD_LENGTH },
		{ "^10123456789012345678901", NULL, -HM_ETOO_LONG },
		{ "^0", NULL, -HM_EUNKNOWN_AI },
		{ "^31", NULL, -HM_EUNKNOWN_AI },
		{ "^01", NULL, -HM_EEMPTY },
		{ "https://id.gs1.org/01/09521234543213/21/1", GTIN "(21)1", 0 },
		{ "HTTPS://ID.GS1.ORG/01/09521234543213/21/1", GTIN "(21)1", 0 },
		{ "http://example.com/a/b/c/01/09521234543213/10/A%2FB/21/1?17=241231&linkType=x&3103=000100#f",
		  GTIN "(10)A/B(21)1(17)241231(3103)000100", 0 },
		{ "https://id.gs1.org/01/9521234543213", GTIN, 0 },
		{ "https://id.gs1.org/01/95212349?17=241231", NULL, -HM_EBAD_CHECK_DIGIT },
		{ "https://id.gs1.org/414/9521141123454/254/32a%2fb", "(414)9521141123454(254)32a/b", 0 },
		{ "https://id.gs1.org/01/09521234543213/21/1/10/A", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01/09521234543213/235/A/21/1", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01/09521234543213?21=1", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01/09521234543213?10=1", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/00/095201234567891235?21=1", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01/09521234543213?17", NULL, -HM_EBAD_URI },
		/* %31 is a 1, wherever it stands */
		{ "https://id.gs1.org/01/09521234543213?%31%37=261231", GTIN "(17)261231", 0 },
		{ "https://id.gs1.org/01/09521234543213?1%37=261231&x%31=1", GTIN "(17)261231", 0 },
		/* a cut escape is one also in what is somebody else's */
		{ "https://id.gs1.org/01/09521234543213?%3=1", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213?x=%", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213?17=261231&x=%zz", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213#%3", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213?%32%31=1", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01/09521234543213?%39999=1", NULL, -HM_EUNKNOWN_AI },
		{ "https://id.gs1.org/01/09521234543213?%399999999999=1", NULL, -HM_EUNKNOWN_AI },
		{ "https://id.gs1.org/%30%31/09521234543213/2%31/%37", GTIN "(21)7", 0 },
		{ "https://id.gs1.org/%30%31/%30%39521234543213", GTIN, 0 },
		{ "https://id.gs1.org/%32%31/A/01/09521234543213", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/%3/A/01/09521234543213", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/%7E/A/01/09521234543213", GTIN, 0 },
		{ "https://id.gs1.org/01/09521234543213?9999=1", NULL, -HM_EUNKNOWN_AI },
		{ "https://id.gs1.org/01/09521234543213?17=241331", NULL, -HM_EBAD_DATE },
		{ "https://id.gs1.org/01/09521234543213/21/%", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213/21/%4", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213/21/%4x", NULL, -HM_EBAD_ESCAPE },
		{ "https://id.gs1.org/01/09521234543213/21/%00", NULL, -HM_EBAD_CHAR },
		{ "https://id.gs1.org/01/09521234543213/21/", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/01", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org", NULL, -HM_EBAD_URI },
		{ "https:///01/09521234543213", NULL, -HM_EBAD_URI },
		{ "https://", NULL, -HM_EBAD_URI },
		{ "h", NULL, -HM_EBAD_URI },
		{ "https://id.gs1.org/17/241231", NULL, -HM_EBAD_URI },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_elements e;
		char out[512];
		int rc = parse(t[i].text, &e);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc)
			continue;
		assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].bracketed);
	}
}

static void writers(void **state)
{
	struct hm_elements e;
	char out[256] = "old";

	(void)state;
	assert_int_equal(parse(GTIN "(17)241231(10)A/(\\((21)7", &e), 0);
	assert_int_equal(hm_gs1_caret(&e, out, sizeof(out)), 0);
	assert_string_equal(out, "^01095212345432131724123110A/((^217");
	assert_int_equal(hm_gs1_scan(&e, out, sizeof(out)), 0);
	assert_string_equal(out, "]d201095212345432131724123110A/((\x1d" "217");
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.gs1.org/01/09521234543213/10/A%2F%28%28/21/7?17=241231");
	assert_int_equal(hm_gs1_link(&e, "https://example.com/x", out, sizeof(out)), 0);
	assert_string_equal(out, "https://example.com/x/01/09521234543213/10/A%2F%28%28/21/7?17=241231");
	assert_int_equal(hm_gs1_link(&e, NULL, out, 64), -HM_ETOO_LONG);
	assert_int_equal(hm_gs1_bracketed(&e, out, 10), -HM_ETOO_LONG);
	assert_int_equal(hm_gs1_caret(&e, out, 34), -HM_ETOO_LONG);
	assert_string_equal(out, "https://example.com/x/01/09521234543213/10/A%2F%28%28/21/7?17=241231");
	assert_int_equal(parse("(90)A", &e), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), -HM_EMISSING_AI);
	assert_non_null(hm_gs1_find(&e, "90"));
	assert_null(hm_gs1_find(&e, "91"));
	/* a serial has no place but behind its key */
	assert_int_equal(hm_gs1_parse("(00)095201234567891235(21)1", 27, &e, NULL), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), -HM_ECONFLICTING_AI);
	/* the other sequence of a GTIN; a location's importer index */
	assert_int_equal(parse(GTIN "(235)A", &e), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.gs1.org/01/09521234543213/235/A");
	assert_int_equal(parse(GTIN "(235)A(10)B", &e), 0);
	assert_int_equal(hm_gs1_link(&e, NULL, out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.gs1.org/01/09521234543213/235/A?10=B");
}

/* A value that every row's parts allow, random where it may be. */
static size_t random_value(struct rnd *r, const struct ai_row *row, char *out)
{
	static const char sets[][83] = {
		[SET_N] = "0123456789", [SET_Y] = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		[SET_X] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
		[SET_Z] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	size_t n = 0;

	for (int i = 0; i < 5 && row->parts[i].max; i++) {
		const struct ai_part *p = &row->parts[i];
		size_t len = p->min + rnd_below(r, (uint64_t)(p->max - p->min + 1));

		if (p->optional && rnd_below(r, 2))
			break;
		rnd_text(r, out + n, len, sets[p->set], strlen(sets[p->set]));
		if (p->rule == RULE_CSUM)
			out[n + len - 1] = hm_mod10(out + n, len - 1);
		n += len;
	}
	return n;
}

/* parse(build(x)) = x in every form, whatever the elements: their companions are not asked for. */
static void round_trips(void **state)
{
	uint64_t cases = rnd_cases(1000000), good = 0;
	struct rnd r = rnd_start("element strings");
	static struct hm_elements e, back;

	(void)state;
	for (r.n = 0; r.n < cases; r.n++) {
		int (*const give[])(const struct hm_elements *, char *, size_t) = {
			hm_gs1_bracketed, hm_gs1_caret, hm_gs1_scan };
		char values[6][100], text[2048], again[2048];
		uint64_t n = 1 + rnd_below(&r, 6);
		size_t form = rnd_below(&r, 3);

		e.n = e.used = 0;
		for (uint64_t i = 0; i < n; i++) {
			const struct ai_row *row = &ai_rows[rnd_below(&r, ai_rows_n)];
			size_t len = random_value(&r, row, values[i]);
			char ai[16];

			snprintf(ai, sizeof(ai), "%0*u", row->digits % 8,
				 (unsigned int)(row->first + rnd_below(&r, (uint64_t)(row->last - row->first + 1))));
			(void)hm_gs1_add(&e, ai, values[i], len, NULL);
		}
		if (!e.n)
			continue;
		good += e.n;
		rnd_assert(&r, !give[form](&e, text, sizeof(text)));
		rnd_assert(&r, !hm_gs1_parse(text, strlen(text), &back, NULL));
		rnd_assert(&r, back.n == e.n);
		for (unsigned int i = 0; i < e.n; i++)
			rnd_assert(&r, !strcmp(e.e[i].ai, back.e[i].ai) && e.e[i].len == back.e[i].len &&
				   !memcmp(e.e[i].value, back.e[i].value, e.e[i].len));
		rnd_assert(&r, !give[form](&back, again, sizeof(again)) && !strcmp(text, again));
		/* the other forms, and where there is a link, it says the same elements */
		shrink_check(&r, text, strlen(text), wrong_elements);
	}
	assert_true(good > cases);
}

/* As many elements as there may be, each with an escape in it. */
static void all_escaped(void **state)
{
	static struct hm_elements e;
	char text[HM_GS1_TEXT_MAX] = "", out[HM_GS1_TEXT_MAX];

	(void)state;
	for (unsigned int i = 0; i < HM_GS1_ELEMENTS; i++) {
		strcat(text, "(91)\\(");
		for (unsigned int j = 1; j < HM_GS1_VALUE_MAX; j++)
			strcat(text, "A");
	}
	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
	assert_int_equal(e.n, HM_GS1_ELEMENTS);
	assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
	assert_string_equal(out, text);
	strcat(text, "(90)A");
	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), -HM_ETOO_LONG);
	strcpy(text, "https://id.gs1.org/00/095201234567891235");
	for (unsigned int i = 0; i < 30; i++) {
		strcat(text, i ? "&91=" : "?91=");
		for (unsigned int j = 0; j < HM_GS1_VALUE_MAX; j++)
			strcat(text, j < 60 ? "%2F" : "A");
	}
	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
	assert_int_equal(e.n, 31);
}

static void hostile(void **state)
{
	static const char *const good[] = {
		GTIN "(10)a\\(01)b(21)1", "^010952123454321310L^21ABC", "]d2010952123454321310L\x1d" "21ABC",
		"https://id.gs1.org/01/09521234543213/10/A%2FB/21/1?17=241231&x=y", "(8007)DE89370400440532013000",
		"(8013)1987654Ad4X4bL5ttr2310c2K", "(8008)241201235959", "(4301)A%20B", "(7258)2/3(7259)B",
	};
	static struct hm_elements e;
	const size_t big = 1 << 20;
	char *text = malloc(big);

	(void)state;
	assert_non_null(text);
	memset(text, '9', big);
	assert_int_equal(hm_gs1_parse(text, big, &e, NULL), -HM_ETOO_LONG);
	for (size_t i = 0; i + 4 < HM_GS1_TEXT_MAX; i += 5)
		memcpy(text + i, "(90)A", 5);
	assert_int_equal(hm_gs1_parse(text, HM_GS1_TEXT_MAX, &e, NULL), -HM_ETOO_LONG);
	memset(text, '\\', HM_GS1_TEXT_MAX);
	for (size_t i = 1; i < HM_GS1_TEXT_MAX; i += 2)
		text[i] = '(';
	memcpy(text, "(90)", 4);
	assert_int_equal(hm_gs1_parse(text, HM_GS1_TEXT_MAX, &e, NULL), -HM_ETOO_LONG);
	memset(text, 0, 100);
	assert_int_equal(hm_gs1_parse(text, 100, &e, NULL), -HM_EBAD_CHAR);
	assert_int_equal(hm_gs1_parse(text, 0, &e, NULL), -HM_EEMPTY);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i]);

		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c++) {
				char *exact = malloc(len), out[1024];

				memcpy(exact, good[i], len);
				exact[at] = (char)c;
				if (!hm_gs1_parse(exact, len, &e, NULL))
					assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
				(void)hm_gs1_parse(exact, at, &e, NULL);
				free(exact);
			}
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sorted),
		cmocka_unit_test(predefined_lengths),
		cmocka_unit_test(values),
		cmocka_unit_test(companions),
		cmocka_unit_test(forms),
		cmocka_unit_test(writers),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(all_escaped),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
