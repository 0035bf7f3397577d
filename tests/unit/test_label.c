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
#include "label/limits.h"
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
	/* ^BC without a word begins in subset B, and a value's > starts nothing */
	renders("^XA^BCN,50^FH_^FD{{x}}^FS^XZ", ">;>5>8>", "^XA^BCN,50^FH_^FD>0_3B>05>08>0^FS^XZ");
	renders("^XA^BCN,50^FH_^FD>;{{x|digits}}{{d|yymmdd}}>6{{x}}^FS^FH_^FD{{x}}^FS^XZ", "12",
		"^XA^BCN,50^FH_^FD>;12281130>612^FS^FH_^FD12^FS^XZ");
	renders("^XA^BCN,50^FH_^FD>;12>7{{x|upper}}^FS^BCN,50^FD>;12^FS^BCN,50^FH_^FD{{x}}^FS^XZ", "a",
		"^XA^BCN,50^FH_^FD>;12>7A^FS^BCN,50^FD>;12^FS^BCN,50^FH_^FDa^FS^XZ");
	renders("^XA^RS8,,,1,P^FS^RLM,L,L,L,L^FS^RFR,H,0,12,2^FN2^FS^FH_^HV2,24,T[,]_0D_0A,L^FS^XZ", "",
		"^XA^RS8,,,1,P^FS^RLM,L,L,L,L^FS^RFR,H,0,12,2^FN2^FS^FH_^HV2,24,T[,]_0D_0A,L^FS^XZ");
	for (const char *level = "HQML"; *level; level++) {
		char tpl[] = "^XA^BQN,2,4^FH_^FD?A,{{x}}^FS^XZ", want[] = "^XA^BQN,2,4^FH_^FD?A,7^FS^XZ";

		*strchr(tpl, '?') = *strchr(want, '?') = *level;
		renders(tpl, "7", want);
	}
	/* escapes that are whole, in front and behind; without ^FH_ an underscore is one */
	renders("^XA^FH_^FD_41{{x}}_5f_5F^FS^FD_4^FS^XZ", "7", "^XA^FH_^FD_417_5f_5F^FS^FD_4^FS^XZ");
	renders("^XA^BXN,5,200,,,,@^FH_^FD{{x}}@d065_40@^FS^XZ", "7", "^XA^BXN,5,200,,,,@^FH_^FD7@d065_40@^FS^XZ");
	/* what is a subset to ^BC is none to it */
	renders("^XA^BXN,5,200,,,,>^FH_^FD>5>d065{{x}}^FS^XZ", "7a", "^XA^BXN,5,200,,,,>^FH_^FD>5>d0657a^FS^XZ");
	renders("^XA^BCN,50^FD>:a>8>0^FS^FB9^FDa\\(10\\&^FS^XZ", "", "^XA^BCN,50^FD>:a>8>0^FS^FB9^FDa\\(10\\&^FS^XZ");
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
	/* what stands between the parts may be the escape of ^BX */
	renders("^XA^BXN,5,200,,,,.^FH_^FD{{d|mm.yy}}^FS^XZ", "", "^XA^BXN,5,200,,,,.^FH_^FD11..28^FS^XZ");
	/* the first and the last of what a date has */
	for (unsigned int month = 1; month <= 12; month++) {
		char date[40], want[80];

		(void)snprintf(date, sizeof(date), "2028-%02u-%02u", month, month == 12 ? 31 : month);
		(void)snprintf(want, sizeof(want), "^XA^FD28%02u%02u^FS^XZ", month, month == 12 ? 31 : month);
		renders("^XA^FD{{x|yymmdd}}^FS^XZ", date, want);
	}
	/* a backslash is an escape in a block alone */
	renders("^XA^FH_^FD\\{{x}}^FS^XZ", "n", "^XA^FH_^FD\\n^FS^XZ");
	renders("^XA^FB100^FS^FH_^FD\\{{x}}^FS^XZ", "n", "^XA^FB100^FS^FH_^FD\\n^FS^XZ");
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
		/* a tag that is read or locked is a tag, too, and what ^RS says holds for what comes behind it */
		{ "^XA^RFR,H,0,12,2^FN1^FS^XZ", "without ^RS" }, { "^XA^RFP,H^FD00^FS^XZ", "without ^RS" },
		{ "^XA^RLM,L,L,L,L^FS^XZ", "without ^RS" }, { "^XA^RFW,H^FD00^FS^RS8,,,1,E^FS^XZ", "without ^RS" },
		{ "^XA^RLM,L,L,L,L^FS^RS8,,,1,E^FS^XZ", "without ^RS" },
		{ "^XA^HV1,24,E,,F^FS^XZ", "a = L" }, { "^XA^HV1,24,E,T^FS^XZ", "a = L" }, { "^XA^HV1,24,E,^FS^XZ", "a = L" },
		{ "^XA^HV1^FS^XZ", "a = L" }, { "^XA^FH_^HV1,24,E,_2CL^FS^XZ", "a = L" },
		{ "^XA^RS8,,,1,E,L^FS^HV1,24,E,,N^FS^XZ", "a = L" },
		{ "^XA^FO{{x}},1^FS^XZ", "outside" }, { "^XA{{x}}^XZ", "outside" }, { "^XA^FX{{x}}^XZ", "outside" },
		{ "^XA^FH_^FD{{x^FS^XZ", "not closed" }, { "^XA^FH_^FD{{x}^FS^XZ", "not closed" },
		{ "^XA^FH_^FD{{y}}^FS^XZ", "unknown field \"y\"" }, { "^XA^FH_^FD{{}}^FS^XZ", "unknown field" },
		{ "^XA^FH_^FD{{ x }}^FS^XZ", "unknown field" }, { "^XA^FH_^FD{{X}}^FS^XZ", "unknown field" },
		{ "^XA^FH_^FD{{x|}}^FS^XZ", "unknown filter" }, { "^XA^FH_^FD{{x|raw}}^FS^XZ", "unknown filter" },
		{ "^XA^FH_^FD{{x|hex|hex}}^FS^XZ", "unknown filter" },
		{ "^XA^FD{{x}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH_^FDa^FS^FD{{x}}^FS^XZ", "^FH_ is not in force" },
		{ "^XA^FH\\^FD{{x}}^FS^XZ", "another mark" }, { "^XA^FH!^XZ", "another mark" },
		{ "^XA^FH,^FD{{x}}^FS^XZ", "another mark" }, { "^XA^FH,_^FD{{x}}^FS^XZ", "another mark" },
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
		{ "^XA^BXN,5,200,,,,>^FH_^FD>d{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BXN,5,200,,,,>^FH_^FD>d12{{x}}^FS^XZ", "unfinished" }, { "^XA^BXN,5,200,,,,>^FD>d12^FS^XZ", "cut" },
		/* behind a slot, and where there is none */
		{ "^XA^FH_^FD{{x}}_4^FS^XZ", "cut" }, { "^XA^FH_^FD{{x}}_G1^FS^XZ", "cut" }, { "^XA^FH_^FD{{x}}_1G^FS^XZ", "cut" },
		{ "^XA^FH_^FD_^FS^XZ", "cut" }, { "^XA\n^FH_^FD_5\nE^FS^XZ", "line 3: an escape that is cut" },
		{ "^XA^FH_^HV1,24,E[,]_0D_0,L^FS^XZ", "cut" }, { "^XA^FH_^HV1,24,_G1,],L^FS^XZ", "cut" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD{{x}}@^FS^XZ", "cut" }, { "^XA^BXN,5,200,,,,@^FD@d12^FS^XZ", "cut" },
		{ "^XA^BXN,5,200,,,,@^FH_^FD{{x}}_40^FS^XZ", "cut" },
		{ "^XA^BCN,50^FH_^FD{{x}}>^FS^XZ", "cut" }, { "^XA^BCN,50^FDa>^FS^XZ", "cut" },
		{ "^XA^FB100^FH_^FD{{x}}\\^FS^XZ", "cut" }, { "^XA^FB100^FDa\\(1^FS^XZ", "cut" },
		{ "^XA^FB100^FH_^FD\\{{x}}^FS^XZ", "unfinished" }, { "^XA^FB100^FH_^FD\\(a{{x}}^FS^XZ", "unfinished" },
		{ "^XA^BCN,50^FH_^FD>;{{x}}^FS^XZ", "subset C" }, { "^XA^BCN,50^FH_^FD>;12>8{{x|alnum}}^FS^XZ", "subset C" },
		{ "^XA^BCN,50^FH_^FD>:AB>5{{x|upper}}^FS^XZ", "subset C" }, { "^XA^BCN,50^FH_^FD>;{{g|fnc1}}^FS^XZ", "subset C" },
		{ "^XA^BCN,50^FH_^FD>;{{d|yyyy-mm}}^FS^XZ", "subset C" }, { "^XA^BCN,50^FH_^FD_3E;{{x|hex}}^FS^XZ", "subset C" },
		{ "^XA^BCN,50^FH_^FD>;{{x|digits}}12{{x}}^FS^XZ", "subset C" },
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
	out.limit = 100;
	assert_int_equal(render("^XA^FH_^FD{{x}}{{x}}{{x}}{{x}}^FS^XZ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
				&out, &err), -E2BIG);
	assert_int_equal(out.len, 0);
	assert_int_equal(hm_label_render("^XA\0^XZ", 7, NULL, 0, &out, &err), -HM_EBAD_TEMPLATE);
}

/* Each number in the range that ZPL has for it: the first and the last are taken, what is beyond is not. */
static void numbers(void **state)
{
	static const struct {
		const char *before, *good[4], *bad[4];
	} t[] = {
		{ "^FO", { "0,0", "32000,32000,2", ",5", "" }, { "32001,0", "0,32001", "99999999999999999999,1", "1,1,3" } },
		{ "^FT", { "0,0,0", "32000,32000" }, { "32001", ",32001", "a,1", "1,1,-1" } },
		{ "^LH", { "32000,32000" }, { "32001,0", "0,32001", "-1,0", "4294967296,1" } },
		{ "^PW", { "2", "32000\n" }, { "1", "32001", "18446744073709551617", "2x" } },
		{ "^LL", { "1", "32000" }, { "0", "32001", "1.5", "0x10" } },
		{ "^LS", { "-9999", "9999" }, { "-10000", "10000", "-", "--1" } },
		{ "^LT", { "-120", "+120" }, { "-121", "121", "+" } },
		{ "^GB", { "0,0,1,B,8", "32000,32000,32000", "1,1,1,B,0" }, { "999999999,1,1", "1,32001,1", "1,1,0", "1,1,1,B,9" } },
		{ "^GC", { "3,1,B", "4095,4095" }, { "2", "4096", "3,0", "3,4096" } },
		{ "^GD", { "0,0,1", "32000,32000,32000" }, { "32001", "1,32001", "1,1,32001", "1,1,0" } },
		{ "^GE", { "3,3,2", "4095,4095,4095" }, { "2,3", "3,4096", "3,3,1", "3,3,4096" } },
		{ "^MD", { "-30", "30" }, { "-31", "31" } },
		{ "^CI", { "0", "36" }, { "37", "-1" } },
		{ "^CF", { "0,32000,32000" }, { "0,32001", "0,1,32001" } },
		{ "^A0", { "N,0,0", "N,32000,32000" }, { "N,32001,1", "N,1,32001", "N,x", "N,99999999999999999999" } },
		{ "^AZ", { "B,32000,0" }, { "N,32001,1", "N,1,32001" } },
		{ "^BY", { "1,3,1", "10,2.5,32000" }, { "0", "11", "2,3,0", "2,3,32001" } },
		{ "^BC", { "N,1", "N,32000,Y" }, { "N,0", "N,32001", "N,1e3" } },
		{ "^BQ", { "N,1,1,H,0", "N,2,100,H,7" }, { "N,3", "N,2,0", "N,2,101", "N,2,4,H,8" } },
		{ "^BX", { "N,1,0,0,0,0", "N,4095,200,144,144,6" }, { "N,0", "N,4096", "N,1,201", "N,1,1,145" } },
		{ "^BX", { "N,1" }, { "N,1,1,1,145", "N,1,1,1,1,7" } },
		{ "^FB", { "0,1,-9999,L,0", "32000,9999,9999,J,9999" }, { "32001", "1,0", "1,1,10000", "1,1,1,L,10000" } },
		{ "^FB", { "1" }, { "1,10000", "1,1,-10000" } },
		{ "^PQ", { "1,0,0", "1,99999999,99999999" }, { "1,100000000", "1,0,100000000", "1,x" } },
		{ "^RS", { "8,,,1,E" }, { ",,,01234567890,E" } },
		{ "^RS8,,,1,E^FS^RF", { "R,H,0,0,2", "R,H,0,256,2" }, { "R,H,0,257,2", "R,H,0,x,2" } },
		{ "^HV", { "0,1,E,,L", "9999,256,99999999999,,L" }, { "10000,1,E,,L", "1,0,E,,L", "1,257,E,,L", "x,1,E,,L" } },
		/* no row: eight digits, more are no number of any command */
		{ "^PR", { "2,12345678" }, { "123456789", "A,99999999999999999999" } },
		{ "^FX", { "99999999999999999999" }, { NULL } }, { "^FD", { "99999999999999999999^FS" }, { NULL } },
		{ "^GF", { "A,4,4,1,00000000000" }, { NULL } },
	};
	struct hm_err err = { "" };
	char tpl[200];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		for (size_t k = 0; k < 8; k++) {
			const char *args = k < 4 ? t[i].good[k] : t[i].bad[k - 4];
			int rc;

			if (!args)
				continue;
			(void)snprintf(tpl, sizeof(tpl), "^XA%s%s^XZ", t[i].before, args);
			rc = hm_label_check(tpl, strlen(tpl), 24, &err);
			if (rc != (k < 4 ? 0 : -HM_EBAD_TEMPLATE))
				fail_msg("%s: %s", tpl, rc ? err.text : "taken");
			rc = hm_zpl_check_numbers(tpl, strlen(tpl), &err);
			if (k < 4 ? rc != 0 : rc != -HM_EOVERFLOW && rc != -HM_ENOT_NUMERIC && !strstr(tpl, "^RS"))
				fail_msg("%s: %s", tpl, rc ? err.text : "taken");
		}
	}
	assert_int_equal(hm_zpl_check_numbers("^XA^fo1,99999^XZ", 16, &err), -HM_EOVERFLOW);
	assert_string_equal(err.text, "^FO: parameter 2 is 0 to 32000");
	assert_int_equal(hm_zpl_check_numbers("^XA^FO1,y^XZ", 12, &err), -HM_ENOT_NUMERIC);
	assert_string_equal(err.text, "^FO: parameter 2 is no number");
	assert_int_equal(hm_zpl_check_numbers("^XA^PR123456789^XZ", 18, &err), -HM_EOVERFLOW);
	assert_string_equal(err.text, "^PR: a number of more than 8 digits");
	/* cut anywhere it is read no further */
	for (size_t n = 0; n <= 12; n++)
		(void)hm_zpl_check_numbers("^XA^FO1,^XZ^", n, NULL);
	assert_int_equal(hm_label_check("^XA\n^FO99999,1^XZ", 17, 24, &err), -HM_EBAD_TEMPLATE);
	assert_string_equal(err.text, "template line 2: ^FO: parameter 1 is 0 to 32000");
}

/* Where EPCs are not all of 96 bits, the tag is told how long its EPC is, and answers all of it. */
static void long_epcs(void **state)
{
	static const struct {
		const char *text, *why;	/* NULL: it is taken */
	} t[] = {
		{ "^RFW,H,,,A^FD{{epc_hex|hex}}^FS", NULL }, { "^RF,,,,A^FD{{epc_hex|hex}}^FS", NULL },
		{ "^RFR,H,,,A^FN1^FS", NULL }, { "^RFR,H,0,12,2^FN2^FS", NULL }, { "^RFW,H,0,4,3^FD00000000^FS", NULL },
		{ "^RFR,H,0,4,0^FN1^FS", NULL }, { "^RFW,H,P^FD11223344^FS", NULL }, { "^RFS,H,P^FD11223344^FS", NULL },
		{ "^RFP,H^FN1^FS", NULL },
		{ "^RFW,H^FD{{epc_hex|hex}}^FS", "takes bank A" }, { "^RF^FD{{epc_hex|hex}}^FS", "takes bank A" },
		{ "^RFW,H,,,E^FD{{epc_hex|hex}}^FS", "takes bank A" }, { "^RFW,H,2,26,1^FD{{epc_hex|hex}}^FS", "takes bank A" },
		{ "^RFR,H,2,26,1^FN1^FS", "takes bank A" }, { "^RFR,H,0,12,E^FN1^FS", "takes bank A" },
		{ "^FH_^HV1,52,EPC[,]_0D_0A,L^FS", NULL }, { "^HV1,,EPC[,],L^FS", NULL }, { "^HV2,24,TID[,],L^FS", NULL },
		{ "^HV1,51,EPC[,],L^FS", "fewer digits" }, { "^HV1,24,EPC[,],L^FS", "fewer digits" },
	};
	struct hm_err err = { "" };
	char tpl[200];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc;

		(void)snprintf(tpl, sizeof(tpl), "^XA^RS8,,,1,E^FS%s^XZ", t[i].text);
		rc = hm_label_check(tpl, strlen(tpl), 52, &err);
		if (rc != (t[i].why ? -HM_EBAD_TEMPLATE : 0) || (rc && !strstr(err.text, t[i].why)))
			fail_msg("%s: %s", tpl, rc ? err.text : "taken");
		/* of 96 bits, or none: as ever */
		assert_int_equal(hm_label_check(tpl, strlen(tpl), 24, &err), 0);
		assert_int_equal(hm_label_check(tpl, strlen(tpl), 0, &err), 0);
	}
	assert_int_equal(hm_label_check("^XA^HV1,52,EPC[,],L^FS^XZ", 25, 56, &err), -HM_EBAD_TEMPLATE);
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
	assert_int_equal(hm_label_check(asked_for, sizeof(asked_for) - 1, 0, NULL), 0);
	assert_int_equal(hm_label_check("^XA^FD{{lot|yymmdd}}^FS^XZ", 26, 0, NULL), -HM_EBAD_DATE);
	assert_int_equal(hm_label_check("^XA^FH_^FD{{lot}}{{serial}}^FS^XZ", 33, 0, NULL), 0);
	assert_int_equal(hm_label_check("^XA^FH_^FD{{mac}}{{mac_hex}}^FS^XZ", 34, 0, NULL), 0);
	assert_int_equal(hm_label_check("^XA^FH_^FD{{lot}}{{seriel}}^FS^XZ", 33, 0, NULL), -HM_EBAD_TEMPLATE);
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
	if (hm_label_check(hm_buf_str(&tpl), tpl.len, 24, &err) ||
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
		cmocka_unit_test(numbers),
		cmocka_unit_test(long_epcs),
		cmocka_unit_test(standard_fields),
		cmocka_unit_test(the_demo_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
