// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Templates, judged by this project's own reader of labels: whatever a value
 * holds, the label has the same commands and the field says exactly the value.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "label/label.h"
#include "label/zpl.h"

static int render(const char *tpl, const char *value, struct hm_buf *out, struct hm_err *err)
{
	const struct hm_label_field f[] = {
		{ "x", value }, { "gtin", "09521234543213" }, { "g", "^0109521234543213" }, { "d", "2028-11-30" },
	};

	return hm_label_render(tpl, strlen(tpl), f, 4, out, err);
}

static void renders(const char *tpl, const char *value, const char *want)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(100000);
	struct hm_err err = { "" };

	if (render(tpl, value, &out, &err))
		fail_msg("%s: %s", tpl, err.text);
	assert_string_equal(hm_buf_str(&out), want);
}

static void values_are_escaped(void **state)
{
	(void)state;
	renders("^XA^FO1,1^FH_^FD{{x}}^FS^XZ", "aZ09 .:/-", "^XA^FO1,1^FH_^FDaZ09 .:/-^FS^XZ");
	renders("^XA^FH^FDa{{x}}b{{gtin}}^FS^XZ\n", "", "^XA^FH^FDab09521234543213^FS^XZ\n");
	renders("^XA^FH_^FD{{x}}^FS^XZ", "^XZ~JA_5E{{x}}", "^XA^FH_^FD_5EXZ_7EJA_5F5E_7B_7Bx_7D_7D^FS^XZ");
	renders("^XA^FD{{x|hex}} {{x|digits}}^FS^XZ", "0123", "^XA^FD0123 0123^FS^XZ");
	/* the escape character of ^BX is doubled, and only there */
	renders("^XA^BXN,5,200,,,,@^FH_^FD@1{{x}}^FS^FH_^FD{{x}}^FS^XZ", "a@1",
		"^XA^BXN,5,200,,,,@^FH_^FD@1a_40_401^FS^FH_^FDa_401^FS^XZ");
	renders("^XA^FB100^FH_^FD{{x}}^FS^XZ", "a\\&", "^XA^FB100^FH_^FDa_5C_5C_26^FS^XZ");
	renders("^XA^BQN,2,4^FH_^FDQA,{{x}}^FS^XZ", "HM,x", "^XA^BQN,2,4^FH_^FDQA,HM_2Cx^FS^XZ");
	renders("^XA^RS8,,,1,E^FS^RFW,H^FD{{x|hex}}^FS^XZ", "AB01", "^XA^RS8,,,1,E^FS^RFW,H^FDAB01^FS^XZ");
	renders("^XA^BCN,50^FD>;{{x|digits}}^FS^XZ", "0101", "^XA^BCN,50^FD>;0101^FS^XZ");
	renders("^XA^A0N,20,20^PQ1,0,1,Y^XZ\r\n", "", "^XA^A0N,20,20^PQ1,0,1,Y^XZ\r\n");
}

static void filters(void **state)
{
	(void)state;
	renders("^XA^FH_^FD{{x|upper}}^FS^XZ", "aB1_z", "^XA^FH_^FDAB1_5FZ^FS^XZ");
	renders("^XA^B3N^FD{{x|alnum}}^FS^XZ", "AZ09", "^XA^B3N^FDAZ09^FS^XZ");
	renders("^XA^FD{{d|yymmdd}} {{d|yyyy-mm}} {{d|dd.mm.yyyy}} {{d|mm/yy}}^FS^XZ", "",
		"^XA^FD281130 2028-11 30.11.2028 11/28^FS^XZ");
	renders("^XA^B3N^FD{{d|yyyymmdd}}^FS^XZ", "", "^XA^B3N^FD20281130^FS^XZ");
	/* FNC1 is what the symbology says it is, and the rest is escaped as ever */
	renders("^XA^BXN,5,200,,,,@^FH_^FD{{x|fnc1}}^FS^XZ", "^01^a@", "^XA^BXN,5,200,,,,@^FH_^FD_40101_401a_40_40^FS^XZ");
	renders("^XA^BCN,50^FH_^FD>:{{x|fnc1}}^FS^XZ", "^10A>B^21C", "^XA^BCN,50^FH_^FD>:>810A>0B>821C^FS^XZ");
	renders("^XA^BCN,50,N,N,N,N^FH_^FD>:{{x}}^FS^XZ", ">;", "^XA^BCN,50,N,N,N,N^FH_^FD>:>0_3B^FS^XZ");
	renders("^XA^BXN,5,200,,,,@^FH_^FD{{x|controls}}^FS^XZ", "[)>\x1e" "06\x1d" "S1@\x1e\x04",
		"^XA^BXN,5,200,,,,@^FH_^FD_5B_29_3E_1E06_1DS1_40_40_1E_04^FS^XZ");
}

/* Each template breaks one rule. */
static void bad_templates(void **state)
{
	static const struct {
		const char *tpl, *why;
	} t[] = {
		{ "", "begins with" }, { "^XA", "begins with" }, { "^FD^XZ", "begins with" },
		{ " ^XA^XZ", "begins with" }, { "^XA^FDx^FS", "ends with" }, { "^XA^XZ^XZ", "ends with" },
		{ "^XA^XZ^XA^XZ", "ends with" }, { "^XA^XZ ", "ends with" },
		{ "^XA\n^XA^XZ", "line 2: one ^XA" },
		{ "^XA~JA^XZ", "~" }, { "^XA^FD~^FS^XZ", "~" }, { "^XA\n^FX\x07^XZ", "line 2: printable" },
		{ "^XA^FD\xc3\xbc^FS^XZ", "printable" },
		{ "^XA^CC!^XZ", "may not hold" }, { "^XA^CT!^XZ", "may not hold" }, { "^XA^CD!^XZ", "may not hold" },
		{ "^XA^DFR:A.ZPL^XZ", "may not hold" }, { "^XA^XFR:A.ZPL^XZ", "may not hold" },
		{ "^XA^SN1,1,Y^XZ", "may not hold" }, { "^XA^FVx^FS^XZ", "may not hold" },
		{ "^XA^IDR:*.*^XZ", "may not hold" }, { "^XA^JUS^XZ", "may not hold" }, { "^XA^TB^XZ", "may not hold" },
		{ "^XA^FC%^XZ", "may not hold" }, { "^XA^fd^XZ", "may not hold" }, { "^XA^^XZ", "may not hold" },
		{ "^XA^PQ2^XZ", "^PQ" }, { "^XA^PQ^XZ", "^PQ" }, { "^XA^PQ10,0,1^XZ", "^PQ" },
		{ "^XA^RS8,,,3,E^XZ", "^RS" }, { "^XA^RS8,,,1,N^XZ", "^RS" }, { "^XA^RS8^XZ", "^RS" },
		{ "^XA^RS8,,,,E^XZ", "^RS" },
		{ "^XA^RFW,H^FD00^FS^XZ", "without ^RS" }, { "^XA^RF^FD00^FS^XZ", "without ^RS" },
		{ "^XA^FO{{x}},1^FS^XZ", "outside" }, { "^XA{{x}}^XZ", "outside" }, { "^XA^FX{{x}}^XZ", "outside" },
		{ "^XA^FH_^FD{{x^FS^XZ", "not closed" }, { "^XA^FH_^FD{{x}^FS^XZ", "not closed" },
		{ "^XA^FH_^FD{{y}}^FS^XZ", "unknown field \"y\"" }, { "^XA^FH_^FD{{}}^FS^XZ", "unknown field" },
		{ "^XA^FH_^FD{{ x }}^FS^XZ", "unknown field" }, { "^XA^FH_^FD{{X}}^FS^XZ", "unknown field" },
		{ "^XA^FH_^FD{{x|}}^FS^XZ", "unknown filter" }, { "^XA^FH_^FD{{x|raw}}^FS^XZ", "unknown filter" },
		{ "^XA^FH_^FD{{x|hex|hex}}^FS^XZ", "unknown filter" },
		{ "^XA^FD{{x}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH_^FDa^FS^FD{{x}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH\\^FD{{x}}^FS^XZ", "another mark" }, { "^XA^FH!^XZ", "another mark" },
		{ "^XA^FDx^FO1,1^FS^XZ", "closed by ^FS" }, { "^XA^FDx^BXN,5,200^FS^XZ", "closed by ^FS" },
		{ "^XA^FDx^FDy^FS^XZ", "closed by ^FS" }, { "^XA^FDx^XZ", "closed by ^FS" },
		{ "^XA^RS8,,,1,E^RFW,H^FH_^FD{{x}}^FS^XZ", "needs a filter" },
		{ "^XA^BCN,50,N,N,N,D^FH_^FD{{x}}^FS^XZ", "needs a filter" },
		{ "^XA^BCN,50,N,N,N,A^FH_^FD{{x|upper}}^FS^XZ", "needs a filter" },
		{ "^XA^BCN,50^FD>:{{x}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^BCN,50^FH_^FD>{{x|digits}}^FS^XZ", "unfinished" },
		{ "^XA^BCN,50^FH_^FD>:a>{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BCN,50^FH_^FD_3E{{x}}^FS^XZ", "unfinished" },
		{ "^XA^RS8,,,1,E^RFW,H^FH_^FD{{x|upper}}^FS^XZ", "needs a filter" },
		{ "^XA^FD{{x|upper}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH_^FD{{g|fnc1}}^FS^XZ", "FNC1 is of" }, { "^XA^BQN,2,4^FH_^FDQA,{{g|fnc1}}^FS^XZ", "FNC1 is of" },
		{ "^XA^BXN,5,200^FH_^FD{{g|fnc1}}^FS^XZ", "escape character" },
		{ "^XA^BXN,5,200,,,,@^FD{{g|fnc1}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^BCN,50,,,,D^FH_^FD{{g|fnc1}}^FS^XZ", "needs a filter" },
		{ "^XA^FH_^FD{{x|controls}}^FS^XZ", "are for ^BX" },
		{ "^XA^BCN,50^FH_^FD>:{{x|controls}}^FS^XZ", "are for ^BX" },
		{ "^XA^BXN,5,200,,,,@^FD{{x|controls}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH_^FD{{d|yymmddx}}^FS^XZ", "unknown filter" }, { "^XA^FH_^FD{{d|-}}^FS^XZ", "unknown filter" },
		{ "^XA^FH_^FD{{d|YYMMDD}}^FS^XZ", "unknown filter" }, { "^XA^FH_^FD{{d|yy mm}}^FS^XZ", "unknown filter" },
		{ "^XA^B3N^FH_^FD{{x}}^FS^XZ", "needs a filter" },
		{ "^XA^BXN,5,200^FH_^FD{{x}}^FS^XZ", "escape character" },
		{ "^XA^BXN,5,200,,,,_^FH_^FD{{x}}^FS^XZ", "escape character" },
		{ "^XA^BXN,5,200,,,,1^FD{{x|digits}}^FS^XZ", "escape character" },
		{ "^XA^BXN,5,200,,,,@@^FH_^FD{{x}}^FS^XZ", "escape character" },
		{ "^XA^FH_^FD_{{x}}^FS^XZ", "unfinished" }, { "^XA^FH_^FD_5{{x|hex}}^FS^XZ", "unfinished" },
		{ "^XA^FH_^FD_5\n{{x}}^FS^XZ", "unfinished" }, { "^XA^FH_^FD_zz{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD@{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD_40{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD@d12{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD@@@{{x}}^FS^XZ", "unfinished" },
		{ "^XA^FB100^FH_^FD\\{{x}}^FS^XZ", "unfinished" }, { "^XA^FB100^FH_^FD\\(a{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BQN,2,4^FH_^FD{{x}}^FS^XZ", "in ^BQ" }, { "^XA^BQN,2,4^FH_^FDQM,{{x}}^FS^XZ", "in ^BQ" },
		{ "^XA^BQN,2,4^FD{{x|digits}}^FS^XZ", "in ^BQ" }, { "^XA^BQN,2,4^FH_^FDA,{{x}}^FS^XZ", "in ^BQ" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1000);
		struct hm_err err = { "" };
		int rc;

		assert_int_equal(hm_buf_str_add(&out, "old"), 0);
		rc = render(t[i].tpl, "1", &out, &err);
		if (rc != -HM_EBAD_TEMPLATE)
			fail_msg("%s: %s (%s)", t[i].tpl, rc ? hm_error_name(rc) : "taken", err.text);
		if (!strstr(err.text, t[i].why))
			fail_msg("%s: \"%s\" does not say \"%s\"", t[i].tpl, err.text, t[i].why);
		assert_string_equal(hm_buf_str(&out), "old");
	}
}

static void bad_values(void **state)
{
	static const struct {
		const char *slot, *value;
		int rc;
	} t[] = {
		{ "{{x|hex}}", "", -HM_EEMPTY }, { "{{x|hex}}", "ab", -HM_ENOT_HEX }, { "{{x|hex}}", "G", -HM_ENOT_HEX },
		{ "{{x|digits}}", "", -HM_EEMPTY }, { "{{x|digits}}", "A", -HM_ENOT_NUMERIC },
		{ "{{x|digits}}", "1 ", -HM_ENOT_NUMERIC }, { "{{x}}", "a\nb", -HM_EBAD_CHAR },
		{ "{{x}}", "\x7f", -HM_EBAD_CHAR }, { "{{x}}", "\xc3\xbc", -HM_EBAD_CHAR },
		{ "{{x|hex}}", "\n", -HM_EBAD_CHAR }, { "{{x|upper}}", "\x1d", -HM_EBAD_CHAR },
		{ "{{x|alnum}}", "", -HM_EEMPTY }, { "{{x|alnum}}", "a", -HM_EBAD_CHAR }, { "{{x|alnum}}", "A-", -HM_EBAD_CHAR },
		{ "{{x|yymmdd}}", "", -HM_EEMPTY }, { "{{x|yymmdd}}", "281130", -HM_EBAD_DATE },
		{ "{{x|yymmdd}}", "2028-11-3", -HM_EBAD_DATE }, { "{{x|yymmdd}}", "2028-11-300", -HM_EBAD_DATE },
		{ "{{x|yymmdd}}", "2028-13-01", -HM_EBAD_DATE }, { "{{x|yymmdd}}", "2028-00-01", -HM_EBAD_DATE },
		{ "{{x|yymmdd}}", "2028-01-32", -HM_EBAD_DATE }, { "{{x|yymmdd}}", "2028-01-00", -HM_EBAD_DATE },
		{ "{{x|yymmdd}}", "2028/01/01", -HM_EBAD_DATE }, { "{{x|yymmdd}}", "20a8-01-01", -HM_EBAD_DATE },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|fnc1}}", "", -HM_EEMPTY },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|fnc1}}", "01", -HM_EBAD_FNC1 },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|fnc1}}", "^\x1d", -HM_EBAD_CHAR },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|controls}}", "", -HM_EEMPTY },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|controls}}", "\x1b", -HM_EBAD_CHAR },
		{ "^FS^BXN,5,200,,,,@^FH_^FD{{x|controls}}", "\x7f", -HM_EBAD_CHAR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1000);
		struct hm_err err = { "" };
		char tpl[100];

		(void)snprintf(tpl, sizeof(tpl), "^XA^FH_^FD%s^FS^XZ", t[i].slot);
		assert_int_equal(render(tpl, t[i].value, &out, &err), t[i].rc);
		assert_non_null(strstr(err.text, "field x"));
		assert_int_equal(out.len, 0);
	}
}

static void limits(void **state)
{
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(100000), out = HM_BUF_INIT(100);
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_buf_str_add(&tpl, "^XA^FH_^FD"), 0);
	while (tpl.len < HM_TEMPLATE_MAX)
		assert_int_equal(hm_buf_str_add(&tpl, "{{x}}"), 0);
	assert_int_equal(hm_buf_str_add(&tpl, "^FS^XZ"), 0);
	assert_int_equal(render(hm_buf_str(&tpl), "a", &out, &err), -HM_EBAD_TEMPLATE);
	assert_non_null(strstr(err.text, "larger than"));
	assert_int_equal(render("^XA^FH_^FD{{x}}{{x}}{{x}}{{x}}^FS^XZ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				&out, &err), -E2BIG);
	assert_int_equal(out.len, 0);
	assert_int_equal(hm_label_render("^XA\0^XZ", 7, NULL, 0, &out, &err), -HM_EBAD_TEMPLATE);
}

static void standard_fields(void **state)
{
	static const struct hm_label_inputs in = {
		.serial = "s", .gtin = "g", .part_number = "n", .manufacturer = "m", .product = "p", .lot = "",
		.epc_hex = "e", .element = "l", .digital_link = "d",
	};
	static const char *const want[][2] = {
		{ "serial", "s" }, { "gtin", "g" }, { "part_number", "n" }, { "manufacturer", "m" },
		{ "product", "p" }, { "lot", "" }, { "epc_hex", "e" }, { "element", "l" }, { "digital_link", "d" },
	};
	static const char asked_for[] =
		"^XA^FD{{made|yymmdd}}{{expiry|mm/yy}}^FS^BXN,5,200,,,,@^FH_^FD{{gs1|fnc1}}^FS"
		"^BXN,5,200,,,,@^FH_^FD{{envelope|controls}}^FS^FH_^FD{{gs1_text}}{{uii}}{{link}}^FS^XZ";
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	size_t n = hm_label_fields(&in, f);

	(void)state;
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(f[i].name, want[i][0]);
		assert_string_equal(f[i].value, want[i][1]);
	}
	assert_int_equal(hm_label_check(asked_for, sizeof(asked_for) - 1, NULL), 0);
	assert_int_equal(hm_label_check("^XA^FD{{lot|yymmdd}}^FS^XZ", 26, NULL), -HM_EBAD_DATE);
	assert_int_equal(hm_label_check("^XA^FH_^FD{{lot}}{{serial}}^FS^XZ", 33, NULL), 0);
	assert_int_equal(hm_label_check("^XA^FH_^FD{{lot}}{{seriel}}^FS^XZ", 33, NULL), -HM_EBAD_TEMPLATE);
}

/* The demonstration label, from the top directory: what the printer is asked to do. */
static void the_demo_label(void **state)
{
	static const struct hm_label_inputs in = {
		.serial = "10000000016", .gtin = "09521234543213", .part_number = "HM-1000",
		.manufacturer = "Example Instruments", .product = "demo-sensor", .lot = "L~1 ^XZ_@",
		.epc_hex = "3036452148350C42540BE410", .element = "01095212345432132110000000016",
		.digital_link = "https://id.gs1.org/01/09521234543213/21/10000000016",
	};
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(HM_TEMPLATE_MAX), out = HM_BUF_INIT(HM_TEMPLATE_MAX);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	size_t n = hm_label_fields(&in, f), codes = 0, lots = 0;
	struct hm_err err = { "" };
	struct hm_zpl_label *l;

	(void)state;
	assert_int_equal(hm_read_file("examples/products/demo-label.zpl", &tpl), 0);
	if (hm_label_check(hm_buf_str(&tpl), tpl.len, &err) ||
	    hm_label_render(hm_buf_str(&tpl), tpl.len, f, n, &out, &err))
		fail_msg("%s", err.text);
	while (out.len && out.data[out.len - 1] == '\n')
		out.len--;
	assert_int_equal(hm_zpl_read(hm_buf_str(&out), out.len, &l), 0);
	assert_int_equal(l->quantity, 1);
	assert_int_equal(l->rfid_tries, 1);
	assert_int_equal(l->rfid_error, 'E');
	assert_int_equal(l->n_rfid, 3);
	assert_int_equal(l->rfid[0].op, HM_ZPL_RFID_WRITE);
	assert_int_equal(l->rfid[0].bank, 'E');
	assert_string_equal(l->rfid[0].data, in.epc_hex);
	assert_int_equal(l->rfid[1].bank, 'E');
	assert_int_equal(l->rfid[2].bank, '2');
	assert_int_equal(l->n_verify, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(l->rfid[i + 1].op, HM_ZPL_RFID_READ);
		assert_int_equal(l->rfid[i + 1].bytes, 12);
		assert_int_equal(l->rfid[i + 1].fn, l->verify[i].fn);
		assert_int_equal(l->verify[i].bytes, 24);
		assert_true(l->verify[i].per_label);
		assert_string_equal(l->verify[i].header, i ? "TID[" : "EPC[");
		assert_string_equal(l->verify[i].trailer, "]\r\n");
	}
	for (size_t i = 0; i < l->n_fields; i++) {
		const struct hm_zpl_field *z = &l->fields[i];

		assert_true(z->x < l->width && z->y < l->height);
		lots += !strcmp(z->data, in.lot);
		if (z->kind == HM_ZPL_DATAMATRIX) {
			codes++;
			assert_string_equal(z->data, "@101095212345432132110000000016");
			assert_int_equal(z->escape, '@');
		} else if (z->kind == HM_ZPL_QR) {
			codes++;
			assert_string_equal(z->data, "MA,https://id.gs1.org/01/09521234543213/21/10000000016");
		}
	}
	assert_int_equal(codes, 2);
	assert_int_equal(lots, 1);
	hm_zpl_label_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped),
		cmocka_unit_test(filters),
		cmocka_unit_test(bad_templates),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(limits),
		cmocka_unit_test(standard_fields),
		cmocka_unit_test(the_demo_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
