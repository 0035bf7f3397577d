// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table of AIs, typed a second time and turned round: not what an AI says, but which AIs say it
 * (GS1 General Specifications, sections 3, 4.13 and 4.14; Digital Link Standard: URI Syntax, 4). All
 * numbers of two, three and four digits are looked up, so that those that are none are none here, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/ai_table.h"

struct said {
	const char *what, *ais;		/* 30  710-717  310n: 3100 to 3105 */
};

static const char *want[5][10000];

static void expect(const char *ais, const char *what)
{
	while (*ais) {
		size_t len = strcspn(ais, " -n");
		unsigned int first = (unsigned int)atoi(ais), last = first, digits = (unsigned int)len + (ais[len] == 'n');

		assert_in_range(digits, 2, 4);
		if (ais[len] == 'n') {
			first *= 10;
			last = first + 5;
			len++;
		} else if (ais[len] == '-') {
			last = (unsigned int)atoi(ais + len + 1);
			len += 1 + digits;
		}
		for (; first <= last; first++) {
			assert_null(want[digits][first]);
			want[digits][first] = what;
		}
		ais += len;
		ais += *ais == ' ';
	}
}

static void compare(const struct said *t, size_t n, const char *(*of)(const struct ai_row *row, const char *ai))
{
	memset(want, 0, sizeof(want));
	for (size_t i = 0; i < n; i++)
		expect(t[i].ais, t[i].what);
	for (unsigned int digits = 2, end = 100; digits <= 4; digits++, end *= 10)
		for (unsigned int v = 0; v < end; v++) {
			const struct ai_row *row;
			const char *is;
			char ai[8];

			snprintf(ai, sizeof(ai), "%0*u", (int)digits, v % 10000);
			row = ai_find(ai, digits);
			is = row && row->digits == digits ? of(row, ai) : NULL;
			if (!is != !want[digits][v] || (is && strcmp(is, want[digits][v])))
				fail_msg("(%s): %s, not %s", ai, is ? is : "nothing", want[digits][v] ? want[digits][v] : "nothing");
		}
}
#define COMPARE(t, of) compare(t, sizeof(t) / sizeof((t)[0]), of)

/* --- what a value is --- */

static const char *const rules[] = {
	[RULE_CSUM] = ",csum", [RULE_KEY] = ",key", [RULE_MODEL] = ",model", [RULE_DEVICE] = ",device", [RULE_YYMMD0] = ",yymmd0",
	[RULE_YYMMDD] = ",yymmdd", [RULE_YYYYMMDD] = ",yyyymmdd", [RULE_HH] = ",hh", [RULE_HHMM] = ",hhmm", [RULE_MMSS] = ",mmss",
	[RULE_COUNTRY] = ",country", [RULE_COUNTRIES] = ",countries", [RULE_COUNTRY_OR_999] = ",country999", [RULE_ALPHA2] = ",alpha2",
	[RULE_CURRENCY] = ",currency", [RULE_PERCENT] = ",percent", [RULE_LATITUDE] = ",latitude", [RULE_LONGITUDE] = ",longitude",
	[RULE_YES_NO] = ",yesno", [RULE_HYPHEN] = ",hyphen", [RULE_ZERO] = ",zero", [RULE_NON_ZERO] = ",nonzero",
	[RULE_WINDING] = ",winding", [RULE_PIECES] = ",pieces", [RULE_IBAN] = ",iban", [RULE_NO_ZERO_FIRST] = ",nozerofirst",
	[RULE_IMPORTER] = ",importer", [RULE_MEDIA] = ",media", [RULE_SEX] = ",sex", [RULE_SEQUENCE] = ",sequence",
	[RULE_PACKAGE] = ",package", [RULE_COUPON] = ",coupon", [RULE_OFFER] = ",offer",
};

/* "N13,csum [X..17]" */
static const char *format(const struct ai_row *row, const char *ai)
{
	static char text[128];
	size_t n = 0;

	(void)ai;
	for (int i = 0; i < 5 && row->parts[i].max; i++) {
		const struct ai_part *p = &row->parts[i];
		char len[12];

		if (p->min == p->max)
			snprintf(len, sizeof(len), "%u", p->max % 100u);
		else if (p->min == 1)
			snprintf(len, sizeof(len), "..%u", p->max % 100u);
		else
			snprintf(len, sizeof(len), "%u..%u", p->min % 100u, p->max % 100u);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%c%s%s%s", i ? " " : "", p->optional ? "[" : "", "NXYZ"[p->set],
				      len, p->rule ? rules[p->rule] : "", p->optional ? "]" : "");
	}
	return text;
}

static void formats(void **state)
{
	static const struct said t[] = {
		{ "N18,csum", "00 8017 8018" }, { "N17,csum", "402" }, { "N14,csum", "01 02 03" }, { "N13,csum", "410-417" },
		{ "N13,csum [X..17]", "253" }, { "N13,csum [N..12]", "255" }, { "N1,zero N13,csum [X..16]", "8003" },
		{ "N14,csum N4,pieces", "8006 8026" },
		{ "X..2", "7010" }, { "X..3", "427 7008" }, { "X..10", "7009 7255" }, { "X..12", "7005" },
		{ "X..20", "10 21 22 243 254 420 710-717 4318 7020-7022 7240 8002 8012" }, { "X..25", "7242 8020" }, { "X..28", "235" },
		{ "X..30", "90 240 241 250 251 400 403 4308 4319 7002" }, { "X..50", "8009" }, { "X..70", "8200" }, { "X..90", "91-99" },
		{ "X..30,key", "401 7023 8004" }, { "Y..30,key", "8010" }, { "Z..90", "8030" },
		{ "X..35,percent", "4300 4301 4310 4311 4320" }, { "X..40,percent", "7253 7254 7259" },
		{ "X..70,percent", "4302-4306 4312-4316 7257" }, { "X..90,percent", "7256" },
		{ "X..4,package", "7041" }, { "X..25,model", "8013" }, { "X..25,device", "8014" }, { "X..34,iban", "8007" },
		{ "X..70,coupon", "8110" }, { "X..70,offer", "8112" }, { "X2,alpha2", "4307 4317" }, { "X3,sequence", "7258" },
		{ "X2 X..28", "7230-7239" }, { "N1 X1 X1 X1,importer", "7040" },
		{ "N2", "20" }, { "N4", "3940-3943 8111" }, { "N13", "7001" }, { "N15", "8040 8041" }, { "N32", "8042" },
		{ "N18 [N..2]", "8043" },
		{ "N6", "310n 311n 312n 313n 314n 315n 316n 320n 321n 322n 323n 324n 325n 326n 327n 328n 329n 330n 331n 332n 333n 334n "
			"335n 336n 337n 340n 341n 342n 343n 344n 345n 346n 347n 348n 349n 350n 351n 352n 353n 354n 355n 356n 357n 360n "
			"361n 362n 363n 364n 365n 366n 367n 368n 369n 395n 8005" },
		{ "N..4", "7004" }, { "N..6", "242" }, { "N..8", "30 37" }, { "N..10", "8019" }, { "N..15", "3900-3909 3920-3929" },
		{ "N..12,nozerofirst", "8011" }, { "N3,currency N..15", "3910-3919 3930-3939" },
		{ "N3,country X..9", "421" }, { "N3,country", "422 424 426" }, { "N3..15,countries", "423 425" },
		{ "N3,country999 X..27", "7030-7039" }, { "N10,latitude N10,longitude", "4309" },
		{ "N1,yesno", "4321-4323" }, { "N1,sex", "7252" }, { "N2,media", "7241" }, { "N6 [X1,hyphen]", "4330-4333" },
		{ "N4,nonzero N5,nonzero N3,nonzero N1,winding N1", "8001" },
		{ "N6,yymmd0", "11 12 13 15 16 17" }, { "N6,yymmdd", "4326 7006" }, { "N6,yymmdd [N6,yymmdd]", "7007" },
		{ "N6,yymmd0 N4,hhmm", "4324 4325" }, { "N6,yymmdd N4,hhmm", "7003" }, { "N6,yymmdd [N4,hhmm]", "7011" },
		{ "N6,yymmdd N2,hh [N2..4,mmss]", "8008" }, { "N8,yyyymmdd", "7250" }, { "N8,yyyymmdd N4,hhmm", "7251" },
	};

	(void)state;
	COMPARE(t, format);
}

/* --- what goes with what --- */

static const char *needs(const struct ai_row *row, const char *ai)
{
	(void)ai;
	return row->needs;
}

#define PRICED "30,31nn,32nn,35nn,36nn"

static void needed(void **state)
{
	static const struct said t[] = {
		{ "37", "02 8026" }, { "01,02,03,8006,8026", "10 11 13 15 16 20 240 241 422" }, { "01,02,03,255,8006,8026", "17" },
		{ "01,02,8006,8026", "242 7001" }, { "01,03,8006", "21 251 7021 8012" }, { "01,03,8006;21", "250" }, { "01,03", "243" },
		{ "01", "22 235 337n 710-717 8001 8014 8200" }, { "01,8006", "7240" }, { "01,03,8006;416", "7020" },
		{ "01,8004", "7230-7239" }, { "01,03;10", "7004" }, { "01,02,03;422", "427" }, { "7021", "7022" },
		{ "01,02", "30 310n 311n 312n 313n 314n 315n 316n 320n 321n 322n 323n 324n 325n 326n 327n 328n 329n 350n 351n 352n 356n "
			"357n 360n 361n 364n 365n 366n 7002 7005-7009 7030-7039 8005" }, { "01,02,03", "423-426 7003 7010 7011 8008" },
		{ "00,01", "330n 331n 332n 333n 334n 335n 336n 340n 341n 342n 343n 344n 345n 346n 347n 348n 349n 353n 354n 355n 362n "
			"363n 367n 368n 369n" }, { "00,01,03", "8009" },
		{ "00;02,8026", "37" }, { "00", "403 4300-4302 4304-4312 4314-4326 4330-4333 7041" }, { "4302", "4303" }, { "4312", "4313" },
		{ "255", "3940-3943 8111" }, { "255,8020", "3900-3909" }, { "8020", "12 415 3910-3919" },
		{ "01;" PRICED, "3920-3929" }, { PRICED, "3930-3939 395n" }, { "414", "254" }, { "415", "8007 8020" }, { "8010", "8011" },
		{ "8017,8018", "7241 7242 7253-7256 8019" }, { "8018", "7250-7252 7257 7259" }, { "8018+7259", "7258" },
		{ "01+21", "8040" }, { "01+21+8040", "8041-8043" },
		{ "00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018", "8030" },
	};

	(void)state;
	COMPARE(t, needs);
}

/* "same": those of the same three first digits */
static const char *excludes(const struct ai_row *row, const char *ai)
{
	const char *list = row->excludes;

	return list && strlen(list) == 4 && !memcmp(list, ai, 3) && list[3] == 'n' ? "same" : list;
}

static void excluded(void **state)
{
	static const struct said t[] = {
		{ "02,03,255,37", "01" }, { "01,03", "02" }, { "01,02,37,235", "03" }, { "235", "21" }, { "01,02,415,8006,8020,8026", "255" },
		{ "same", "310n 311n 312n 313n 314n 315n 316n 320n 321n 322n 323n 324n 325n 326n 327n 328n 329n 330n 331n 332n 333n 334n "
			"335n 336n 337n 340n 341n 342n 343n 344n 345n 346n 347n 348n 349n 350n 351n 352n 353n 354n 355n 356n 357n 360n "
			"361n 362n 363n 364n 365n 366n 367n 368n 369n 3910-3919 3930-3939" },
		{ "390n,391n,394n,8111", "3900-3909" }, { "392n,393n", "3920-3929" }, { "394n,8111", "3940-3943" },
		{ "392n,393n,395n,8005", "395n" }, { "421", "420" }, { "4307", "421" }, { "426", "422-425" },
		{ "4330", "4331" }, { "4331", "4330" }, { "4332", "4333" }, { "4333", "4332" }, { "7250", "7251" }, { "7251", "7250" },
		{ "7256,7259", "7253-7255" }, { "7256", "7259" }, { "03", "7240" }, { "01,03,37", "8006" }, { "8017", "8018" }, { "8018", "8017" },
		{ "02,03,8006", "8026" },
	};

	(void)state;
	COMPARE(t, excludes);
}

/* --- a Digital Link --- */

static const char *qualifiers(const struct ai_row *row, const char *ai)
{
	(void)ai;
	return row->qualifiers;
}

static const char *path_only(const struct ai_row *row, const char *ai)
{
	(void)ai;
	return row->path_only ? "path" : NULL;
}

static void links(void **state)
{
	static const struct said keys[] = {
		{ "", "00 253 255 401 402 8003 8013" }, { "22,10,21|235", "01" }, { "22,10,21", "8006" }, { "254|7040", "414" },
		{ "8020", "415" }, { "7040", "417 8004" }, { "8011", "8010" }, { "8019", "8017 8018" },
	};
	/* no attributes: a part of the path, or in no link at all */
	static const struct said path[] = { { "path", "03 21 22 235 254 7040 8011 8014 8019 8020 8200" } };

	(void)state;
	COMPARE(keys, qualifiers);
	COMPARE(path, path_only);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(needed),
		cmocka_unit_test(excluded),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
