// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a label says, formed of product file, serial, lot and day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/inputs.h"

#define DAY 1795305600	/* 2026-11-22 */

static struct hm_product product(const char *label)
{
	struct hm_product p;
	struct hm_err err = { "" };
	char text[1000];
	int n = snprintf(text, sizeof(text), "[product]\nname = x\ngtin = 09521234543213\ncompany_prefix = 9521234\n"
		 "part_number = P-1\nmanufacturer = M\niac = UN\ncin = 123456789\nlink = https://id.example.com/s/\n"
		 "[serial]\npattern = {n:10}{c:mod10}\nfirst = 1\n[epc]\nscheme = none\n[label]\ntemplate = t.zpl\n%s"
		 "[record]\ncarrier = onie-tlv\neeprom_size = 32768\n[identity]\nbinding = none\n", label);

	if (hm_product_parse(text, (size_t)n, &p, &err))
		fail_msg("%s", err.text);
	return p;
}

static int form(const char *label, const char *lot, int64_t day, struct hm_label_inputs *in, struct hm_err *err)
{
	struct hm_product p = product(label);
	struct hm_epc epc;

	return hm_unit_inputs(&p, &(struct hm_made){ "SER-7", lot, day }, in, &epc, err);
}

static void forms(void **state)
{
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct hm_label_inputs in;

	(void)state;
	assert_int_equal(form("", "", DAY, &in, NULL), 0);
	/* nothing that was not asked for */
	assert_int_equal(hm_label_fields(&in, f), 11);
	assert_string_equal(in.uii, "UN123456789SER-7");
	assert_string_equal(in.link, "https://id.example.com/s/SER-7");
	assert_string_equal(in.element, "010952123454321321SER-7");
	assert_int_equal(form("elements = 01 17 10 21\nshelf_life = 24m\n", "L1", DAY, &in, NULL), 0);
	assert_string_equal(in.gs1, "^01095212345432131728112210L1^21SER-7");
	assert_string_equal(in.gs1_text, "(01)09521234543213(17)281122(10)L1(21)SER-7");
	assert_string_equal(in.made, "2026-11-22");
	assert_string_equal(in.expiry, "2028-11-22");
	assert_int_equal(form("elements = 01 11\n", "", 946684800, &in, NULL), 0);
	assert_string_equal(in.gs1_text, "(01)09521234543213(11)000101");
	assert_int_equal(form("elements = 01 11\n", "", 4102444799, &in, NULL), 0);
	assert_string_equal(in.gs1_text, "(01)09521234543213(11)991231");
	/* four digits have room for any */
	assert_int_equal(form("elements = 01 21\nidentifiers = 16D\n", "", -1, &in, NULL), 0);
	assert_int_equal(form("elements = 01 11 15 240\nshelf_life = 10d\n", "", DAY, &in, NULL), 0);
	assert_string_equal(in.gs1_text, "(01)09521234543213(11)261122(15)261202(240)P-1");
	assert_int_equal(form("identifiers = 1P S 1T 25S 18V 16D 14D Q P\nshelf_life = 1y\n", "L1", DAY, &in, NULL), 0);
	assert_string_equal(in.envelope, "[)>\x1e" "06\x1d" "1PP-1\x1d" "SSER-7\x1d" "1TL1\x1d" "25SUN123456789SER-7\x1d"
			    "18VUN123456789\x1d" "16D20261122\x1d" "14D20271122\x1d" "Q1\x1d" "PP-1\x1e\x04");
}

/* No EPC of a scheme has more digits than labels and templates are judged for, and one has as many. */
static void epcs_have_room(void **state)
{
	static const char *const serials[] = { "1", "99", "zzzzzzzzzzzzzzzzzzzz", "!!!!!!!!!!!!!!!!!!!!", "99999999999999999999" };

	(void)state;
	for (int scheme = 0; scheme <= HM_PRODUCT_SGTIN_PLUS; scheme++) {
		struct hm_product p = product("");
		size_t most = 0;

		p.epc_scheme = (enum hm_product_epc)scheme;
		for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
			struct hm_label_inputs in = { .serial = "" };
			struct hm_epc epc = { .len = 99 };
			char hex[HM_EPC_HEX_SIZE];

			p.link[0] = p.iac[0] = '\0';
			if (hm_unit_inputs(&p, &(struct hm_made){ serials[i], "", DAY }, &in, &epc, NULL))
				continue;
			hm_epc_hex(&epc, hex);
			assert_string_equal(in.epc_hex, hex);
			most = strlen(hex) > most ? strlen(hex) : most;
		}
		assert_int_equal(most, hm_unit_epc_digits(&p));
	}
}

static void expiry(void **state)
{
	static const struct {
		const char *life;
		int64_t day;
		const char *want;
	} t[] = {
		{ "1d", DAY, "2026-11-23" }, { "40d", DAY, "2027-01-01" }, { "1m", DAY, "2026-12-22" },
		{ "2m", DAY, "2027-01-22" }, { "14m", DAY, "2028-01-22" }, { "50y", DAY, "2076-11-22" },
		{ "1m", 1801353600 /* 2027-01-31 */, "2027-02-28" }, { "1y", 1835395200 /* 2028-02-29 */, "2029-02-28" },
		{ "4y", 1835395200, "2032-02-29" }, { "1d", DAY + 86399, "2026-11-23" }, { "1d", DAY - 1, "2026-11-22" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_label_inputs in;
		char label[64];

		(void)snprintf(label, sizeof(label), "shelf_life = %s\n", t[i].life);
		assert_int_equal(form(label, "", t[i].day, &in, NULL), 0);
		assert_string_equal(in.expiry, t[i].want);
	}
}

/* Each product file, lot or day breaks one rule. */
static void refusals(void **state)
{
	static const struct {
		const char *label, *lot;
		int64_t day;
		int rc;
		const char *why;
	} t[] = {
		{ "elements = 01 10 21\n", "", DAY, -HM_EMISSING_INPUT, "lot's name" },
		{ "identifiers = 1T\n", "", DAY, -HM_EMISSING_INPUT, "lot's name" },
		{ "elements = 01 17\n", "", DAY, -HM_EBAD_PRODUCT, "17 needs shelf_life" },
		{ "identifiers = 14D\n", "", DAY, -HM_EBAD_PRODUCT, "14D needs shelf_life" },
		{ "elements = 01 99\n", "", DAY, -HM_EBAD_PRODUCT, "nothing is known to fill 99" },
		{ "identifiers = ZZ\n", "", DAY, -HM_EBAD_PRODUCT, "nothing is known to fill ZZ" },
		{ "elements = 010203\n", "", DAY, -HM_EBAD_PRODUCT, "no AI" },
		{ "identifiers = 123456\n", "", DAY, -HM_EBAD_PRODUCT, "is none" },
		{ "elements = 21\n", "", DAY, -HM_EMISSING_AI, "" },
		{ "elements = 01 01\n", "", DAY, -HM_EDUPLICATE_AI, "" },
		{ "elements = 01 10\n", "012345678901234567890", DAY, -HM_ETOO_LONG, "" },
		{ "elements = 01 10\n", "a b", DAY, -HM_EBAD_CHAR, "" },
		{ "elements = 01 11\n", "", 1ll << 60, -HM_EBAD_DATE, "day of manufacture" },
		/* 1969, 2100: the year's two digits say another */
		{ "elements = 01 11\n", "", -1, -HM_EBAD_DATE, "years 2000 to 2099" },
		{ "elements = 01 17\nshelf_life = 1y\n", "", 4102444800, -HM_EBAD_DATE, "years 2000 to 2099" },
		{ "elements = 01 15\nshelf_life = 1y\n", "", 946684799, -HM_EBAD_DATE, "years 2000 to 2099" },
		/* 9999-12-31 and behind it */
		{ "shelf_life = 1d\n", "", 253402214400, -HM_EBAD_PRODUCT, "no label can bear" },
		{ "shelf_life = 1m\n", "", 253402214400, -HM_EBAD_PRODUCT, "no label can bear" },
		{ "shelf_life = 50y\n", "", 253402214400, -HM_EBAD_PRODUCT, "no label can bear" },
	};
	struct hm_label_inputs in = { .serial = "old" };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_err err = { "" };
		int rc = form(t[i].label, t[i].lot, t[i].day, &in, &err);

		if (rc != t[i].rc || !strstr(err.text, t[i].why))
			fail_msg("row %zu: %s: %s", i, hm_error_name(rc), err.text);
		assert_string_equal(in.serial, "old");
	}
}

static void who_wants_a_lot(void **state)
{
	struct hm_product p = product("elements = 01 110 21\nidentifiers = S 11T\n");

	(void)state;
	assert_false(hm_unit_inputs_want_lot(&p));
	p = product("elements = 01 10\n");
	assert_true(hm_unit_inputs_want_lot(&p));
	p = product("identifiers = S 1T\n");
	assert_true(hm_unit_inputs_want_lot(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(epcs_have_room),
		cmocka_unit_test(expiry),
		cmocka_unit_test(refusals),
		cmocka_unit_test(who_wants_a_lot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
