// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/ai_table.h"

#include <stdlib.h>

#define FIX(n)		{ SET_N, n, n, RULE_NONE, false }
#define FIX_(n, rule)	{ SET_N, n, n, RULE_##rule, false }
#define NUM(n)		{ SET_N, 1, n, RULE_NONE, false }
#define NUM_(n, rule)	{ SET_N, 1, n, RULE_##rule, false }
#define TEXT(n)		{ SET_X, 1, n, RULE_NONE, false }
#define TEXT_(n, rule)	{ SET_X, 1, n, RULE_##rule, false }
#define CHARS(n, rule)	{ SET_X, n, n, RULE_##rule, false }
#define OPT(set, min, max, rule) { SET_##set, min, max, RULE_##rule, true }

/* a solitary AI, and a range whose last digit is free */
#define AI(n, digits_, ...)	.first = n, .last = n, .digits = digits_, .parts = { __VA_ARGS__ }
#define RANGE(a, b, ...)	.first = a, .last = b, .digits = 4, .parts = { __VA_ARGS__ }
#define PRE			.predefined = true
#define NEEDS(list)		.needs = list
#define NOT(list)		.excludes = list
#define KEY(list)		.qualifiers = list
#define TAG(how)	.code = { CODE_##how }
#define TAG2(how, then)	.code = { CODE_##how, CODE_##then }
#define TAG_MAX(n)	.tag_max = n
#define PATH_ONLY		.path_only = true

#define ITEM		"01,02,8006,8026"
#define DATED		"01,02,03,8006,8026"
#define TRADE		"01,02"
#define MADE		"01,02,03"
#define LOGISTIC	"00,01"
#define PRICED		"30,31nn,32nn,35nn,36nn"
#define MEASURE(n, list, same) { RANGE(n, (n) + 5, FIX(6)), TAG(FIXED), PRE, NEEDS(list), NOT(same) }

const struct ai_row ai_rows[] = {
	{ AI(0, 2, FIX_(18, CSUM)), TAG(DIGITS), PRE, KEY("") },
	{ AI(1, 2, FIX_(14, CSUM)), TAG(DIGITS), PRE, NOT("02,03,255,37"), KEY("22,10,21|235") },
	{ AI(2, 2, FIX_(14, CSUM)), TAG(DIGITS), PRE, NEEDS("37"), NOT("01,03") },
	/* this one, 717, 8014, 8040 to 8043, 3954 and 3955 are in no tag: TDS 2.3, Table F */
	{ AI(3, 2, FIX_(14, CSUM)), PRE, NOT("01,02,37,235"), PATH_ONLY },
	{ AI(10, 2, TEXT(20)), TAG(TEXT), NEEDS(DATED) },
	{ AI(11, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS(DATED) },
	{ AI(12, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS("8020") },
	{ AI(13, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS(DATED) },
	{ AI(15, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS(DATED) },
	{ AI(16, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS(DATED) },
	{ AI(17, 2, FIX_(6, YYMMD0)), TAG(DATE), PRE, NEEDS("01,02,03,255,8006,8026") },
	{ AI(20, 2, FIX(2)), TAG(FIXED), PRE, NEEDS(DATED) },
	{ AI(21, 2, TEXT(20)), TAG(TEXT), NEEDS("01,03,8006"), NOT("235"), PATH_ONLY },
	{ AI(22, 2, TEXT(20)), TAG(TEXT), NEEDS("01"), PATH_ONLY },
	{ AI(30, 2, NUM(8)), TAG(NUMBER), NEEDS(TRADE) },
	{ AI(37, 2, NUM(8)), TAG(NUMBER), NEEDS("00;02,8026") },
	{ AI(90, 2, TEXT(30)), TAG(TEXT) },
	{ .first = 91, .last = 99, .digits = 2, .parts = { TEXT(90) }, TAG(TEXT) },
	{ AI(235, 3, TEXT(28)), TAG(TEXT), NEEDS("01"), PATH_ONLY },
	{ AI(240, 3, TEXT(30)), TAG(TEXT), NEEDS(DATED) },
	{ AI(241, 3, TEXT(30)), TAG(TEXT), NEEDS(DATED) },
	{ AI(242, 3, NUM(6)), TAG(NUMBER), NEEDS(ITEM) },
	{ AI(243, 3, TEXT(20)), TAG(TEXT), NEEDS("01,03") },
	{ AI(250, 3, TEXT(30)), TAG(TEXT), NEEDS("01,03,8006;21") },
	{ AI(251, 3, TEXT(30)), TAG(TEXT), NEEDS("01,03,8006") },
	{ AI(253, 3, FIX_(13, CSUM), OPT(X, 1, 17, NONE)), TAG2(DIGITS, TEXT), KEY("") },
	{ AI(254, 3, TEXT(20)), TAG(TEXT), NEEDS("414"), PATH_ONLY },
	{ AI(255, 3, FIX_(13, CSUM), OPT(N, 1, 12, NONE)), TAG2(DIGITS, NUMBER),
	  NOT("01,02,415,8006,8020,8026"), KEY("") },
	{ AI(400, 3, TEXT(30)), TAG(TEXT) },
	{ AI(401, 3, TEXT_(30, KEY)), TAG(TEXT), KEY("") },
	{ AI(402, 3, FIX_(17, CSUM)), TAG(FIXED), KEY("") },
	{ AI(403, 3, TEXT(30)), TAG(TEXT), NEEDS("00") },
	{ AI(410, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE },
	{ AI(411, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE },
	{ AI(412, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE },
	{ AI(413, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE },
	{ AI(414, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE, KEY("254|7040") },
	{ AI(415, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE, NEEDS("8020"), KEY("8020") },
	{ AI(416, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE },
	{ AI(417, 3, FIX_(13, CSUM)), TAG(DIGITS), PRE, KEY("7040") },
	{ AI(420, 3, TEXT(20)), TAG(TEXT), NOT("421") },
	{ AI(421, 3, FIX_(3, COUNTRY), TEXT(9)), TAG2(FIXED, TEXT), NOT("4307") },
	{ AI(422, 3, FIX_(3, COUNTRY)), TAG(FIXED), NEEDS(DATED), NOT("426") },
	{ AI(423, 3, { SET_N, 3, 15, RULE_COUNTRIES, false }), TAG(NUMBER), NEEDS(MADE), NOT("426") },
	{ AI(424, 3, FIX_(3, COUNTRY)), TAG(FIXED), NEEDS(MADE), NOT("426") },
	{ AI(425, 3, { SET_N, 3, 15, RULE_COUNTRIES, false }), TAG(NUMBER), NEEDS(MADE), NOT("426") },
	{ AI(426, 3, FIX_(3, COUNTRY)), TAG(FIXED), NEEDS(MADE) },
	{ AI(427, 3, TEXT(3)), TAG(TEXT), NEEDS(MADE ";422") },
	{ .first = 710, .last = 716, .digits = 3, .parts = { TEXT(20) }, TAG(TEXT), NEEDS("01") },
	{ AI(717, 3, TEXT(20)), NEEDS("01") },
	MEASURE(3100, TRADE, "310n"), MEASURE(3110, TRADE, "311n"), MEASURE(3120, TRADE, "312n"),
	MEASURE(3130, TRADE, "313n"), MEASURE(3140, TRADE, "314n"), MEASURE(3150, TRADE, "315n"),
	MEASURE(3160, TRADE, "316n"),
	MEASURE(3200, TRADE, "320n"), MEASURE(3210, TRADE, "321n"), MEASURE(3220, TRADE, "322n"),
	MEASURE(3230, TRADE, "323n"), MEASURE(3240, TRADE, "324n"), MEASURE(3250, TRADE, "325n"),
	MEASURE(3260, TRADE, "326n"), MEASURE(3270, TRADE, "327n"), MEASURE(3280, TRADE, "328n"),
	MEASURE(3290, TRADE, "329n"),
	MEASURE(3300, LOGISTIC, "330n"), MEASURE(3310, LOGISTIC, "331n"), MEASURE(3320, LOGISTIC, "332n"),
	MEASURE(3330, LOGISTIC, "333n"), MEASURE(3340, LOGISTIC, "334n"), MEASURE(3350, LOGISTIC, "335n"),
	MEASURE(3360, LOGISTIC, "336n"), MEASURE(3370, "01", "337n"),
	MEASURE(3400, LOGISTIC, "340n"), MEASURE(3410, LOGISTIC, "341n"), MEASURE(3420, LOGISTIC, "342n"),
	MEASURE(3430, LOGISTIC, "343n"), MEASURE(3440, LOGISTIC, "344n"), MEASURE(3450, LOGISTIC, "345n"),
	MEASURE(3460, LOGISTIC, "346n"), MEASURE(3470, LOGISTIC, "347n"), MEASURE(3480, LOGISTIC, "348n"),
	MEASURE(3490, LOGISTIC, "349n"),
	MEASURE(3500, TRADE, "350n"), MEASURE(3510, TRADE, "351n"), MEASURE(3520, TRADE, "352n"),
	MEASURE(3530, LOGISTIC, "353n"), MEASURE(3540, LOGISTIC, "354n"), MEASURE(3550, LOGISTIC, "355n"),
	MEASURE(3560, TRADE, "356n"), MEASURE(3570, TRADE, "357n"),
	MEASURE(3600, TRADE, "360n"), MEASURE(3610, TRADE, "361n"), MEASURE(3620, LOGISTIC, "362n"),
	MEASURE(3630, LOGISTIC, "363n"), MEASURE(3640, TRADE, "364n"), MEASURE(3650, TRADE, "365n"),
	MEASURE(3660, TRADE, "366n"), MEASURE(3670, LOGISTIC, "367n"), MEASURE(3680, LOGISTIC, "368n"),
	MEASURE(3690, LOGISTIC, "369n"),
	{ RANGE(3900, 3909, NUM(15)), TAG(NUMBER), NEEDS("255,8020"), NOT("390n,391n,394n,8111") },
	{ RANGE(3910, 3919, FIX_(3, CURRENCY), NUM(15)), TAG2(FIXED, NUMBER), NEEDS("8020"), NOT("391n") },
	{ RANGE(3920, 3929, NUM(15)), TAG(NUMBER), NEEDS("01;" PRICED), NOT("392n,393n") },
	{ RANGE(3930, 3939, FIX_(3, CURRENCY), NUM(15)), TAG2(FIXED, NUMBER), NEEDS(PRICED), NOT("393n") },
	{ RANGE(3940, 3943, FIX(4)), TAG(FIXED), NEEDS("255"), NOT("394n,8111") },
	{ RANGE(3950, 3953, FIX(6)), TAG(FIXED), NEEDS(PRICED), NOT("392n,393n,395n,8005") },
	{ RANGE(3954, 3955, FIX(6)), NEEDS(PRICED), NOT("392n,393n,395n,8005") },
	{ RANGE(4300, 4301, TEXT_(35, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ RANGE(4302, 4302, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ RANGE(4303, 4303, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("4302") },
	{ RANGE(4304, 4306, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ AI(4307, 4, CHARS(2, ALPHA2)), TAG(COUNTRY), NEEDS("00") },
	{ AI(4308, 4, TEXT(30)), TAG(TEXT), NEEDS("00") },
	{ AI(4309, 4, FIX_(10, LATITUDE), FIX_(10, LONGITUDE)), TAG(FIXED), NEEDS("00") },
	{ RANGE(4310, 4311, TEXT_(35, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ RANGE(4312, 4312, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ RANGE(4313, 4313, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("4312") },
	{ RANGE(4314, 4316, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ AI(4317, 4, CHARS(2, ALPHA2)), TAG(COUNTRY), NEEDS("00") },
	{ AI(4318, 4, TEXT(20)), TAG(TEXT), NEEDS("00") },
	{ AI(4319, 4, TEXT(30)), TAG(TEXT), NEEDS("00") },
	{ AI(4320, 4, TEXT_(35, PERCENT)), TAG(TEXT), NEEDS("00") },
	{ RANGE(4321, 4323, FIX_(1, YES_NO)), TAG(BIT), NEEDS("00") },
	{ RANGE(4324, 4325, FIX_(6, YYMMD0), FIX_(4, HHMM)), TAG(DATE), NEEDS("00") },
	{ AI(4326, 4, FIX_(6, YYMMDD)), TAG(DATE), NEEDS("00") },
	{ AI(4330, 4, FIX(6), OPT(X, 1, 1, HYPHEN)), TAG2(FIXED, MINUS), NEEDS("00"), NOT("4331") },
	{ AI(4331, 4, FIX(6), OPT(X, 1, 1, HYPHEN)), TAG2(FIXED, MINUS), NEEDS("00"), NOT("4330") },
	{ AI(4332, 4, FIX(6), OPT(X, 1, 1, HYPHEN)), TAG2(FIXED, MINUS), NEEDS("00"), NOT("4333") },
	{ AI(4333, 4, FIX(6), OPT(X, 1, 1, HYPHEN)), TAG2(FIXED, MINUS), NEEDS("00"), NOT("4332") },
	{ AI(7001, 4, FIX(13)), TAG(FIXED), NEEDS(ITEM) },
	{ AI(7002, 4, TEXT(30)), TAG(TEXT), NEEDS(TRADE) },
	{ AI(7003, 4, FIX_(6, YYMMDD), FIX_(4, HHMM)), TAG(DATE), NEEDS(MADE) },
	{ AI(7004, 4, NUM(4)), TAG(NUMBER), NEEDS("01,03;10") },
	{ AI(7005, 4, TEXT(12)), TAG(TEXT), NEEDS(TRADE) },
	{ AI(7006, 4, FIX_(6, YYMMDD)), TAG(DATE), NEEDS(TRADE) },
	{ AI(7007, 4, FIX_(6, YYMMDD), OPT(N, 6, 6, YYMMDD)), TAG(RANGE), NEEDS(TRADE) },
	{ AI(7008, 4, TEXT(3)), TAG(TEXT), NEEDS(TRADE) },
	{ AI(7009, 4, TEXT(10)), TAG(TEXT), NEEDS(TRADE) },
	{ AI(7010, 4, TEXT(2)), TAG(TEXT), NEEDS(MADE) },
	{ AI(7011, 4, FIX_(6, YYMMDD), OPT(N, 4, 4, HHMM)), TAG(PRECISION), NEEDS(MADE) },
	{ AI(7020, 4, TEXT(20)), TAG(TEXT), NEEDS("01,03,8006;416") },
	{ AI(7021, 4, TEXT(20)), TAG(TEXT), NEEDS("01,03,8006") },
	{ AI(7022, 4, TEXT(20)), TAG(TEXT), NEEDS("7021") },
	{ AI(7023, 4, TEXT_(30, KEY)), TAG(DELIMITED) },
	{ RANGE(7030, 7039, FIX_(3, COUNTRY_OR_999), TEXT(27)), TAG2(FIXED, TEXT), NEEDS(TRADE) },
	{ AI(7040, 4, FIX(1), CHARS(1, NONE), CHARS(1, NONE), CHARS(1, IMPORTER)), TAG(TEXT), PATH_ONLY },
	{ AI(7041, 4, TEXT_(4, PACKAGE)), TAG(TEXT), NEEDS("00") },
	{ RANGE(7230, 7239, CHARS(2, NONE), TEXT(28)), TAG(TEXT), NEEDS("01,8004") },
	{ AI(7240, 4, TEXT(20)), TAG(TEXT), NEEDS("01,8006"), NOT("03") },
	{ AI(7241, 4, FIX_(2, MEDIA)), TAG(DIGITS), NEEDS("8017,8018") },
	{ AI(7242, 4, TEXT(25)), TAG(TEXT), NEEDS("8017,8018") },
	{ AI(7250, 4, FIX_(8, YYYYMMDD)), TAG(FIXED), NEEDS("8018"), NOT("7251") },
	{ AI(7251, 4, FIX_(8, YYYYMMDD), FIX_(4, HHMM)), TAG(FIXED), NEEDS("8018"), NOT("7250") },
	{ AI(7252, 4, FIX_(1, SEX)), TAG(FIXED), NEEDS("8018") },
	{ RANGE(7253, 7254, TEXT_(40, PERCENT)), TAG(TEXT), NEEDS("8017,8018"), NOT("7256,7259") },
	{ AI(7255, 4, TEXT(10)), TAG(TEXT), NEEDS("8017,8018"), NOT("7256,7259") },
	{ AI(7256, 4, TEXT_(90, PERCENT)), TAG(TEXT), NEEDS("8017,8018") },
	{ AI(7257, 4, TEXT_(70, PERCENT)), TAG(TEXT), NEEDS("8018") },
	{ AI(7258, 4, CHARS(3, SEQUENCE)), TAG(SEQUENCE), NEEDS("8018+7259") },
	{ AI(7259, 4, TEXT_(40, PERCENT)), TAG(TEXT), NEEDS("8018"), NOT("7256") },
	{ AI(8001, 4, FIX_(4, NON_ZERO), FIX_(5, NON_ZERO), FIX_(3, NON_ZERO), FIX_(1, WINDING), FIX(1)), TAG(FIXED),
	  NEEDS("01") },
	{ AI(8002, 4, TEXT(20)), TAG(TEXT) },
	{ AI(8003, 4, FIX_(1, ZERO), FIX_(13, CSUM), OPT(X, 1, 16, NONE)), TAG2(DIGITS, TEXT), KEY("") },
	{ AI(8004, 4, TEXT_(30, KEY)), TAG(DELIMITED), KEY("7040") },
	{ AI(8005, 4, FIX(6)), TAG(FIXED), NEEDS(TRADE) },
	{ AI(8006, 4, FIX_(14, CSUM), FIX_(4, PIECES)), TAG(DIGITS), NOT("01,03,37"), KEY("22,10,21") },
	{ AI(8007, 4, TEXT_(34, IBAN)), TAG(TEXT), TAG_MAX(24), NEEDS("415") },
	{ AI(8008, 4, FIX_(6, YYMMDD), FIX_(2, HH), OPT(N, 2, 4, MMSS)), TAG(PRECISION), NEEDS(MADE) },
	{ AI(8009, 4, TEXT(50)), TAG(TEXT), NEEDS(LOGISTIC ",03") },
	{ AI(8010, 4, { SET_Y, 1, 30, RULE_KEY, false }), TAG(DELIMITED), KEY("8011") },
	{ AI(8011, 4, NUM_(12, NO_ZERO_FIRST)), TAG(NUMBER), NEEDS("8010"), PATH_ONLY },
	{ AI(8012, 4, TEXT(20)), TAG(TEXT), NEEDS("01,03,8006") },
	{ AI(8013, 4, TEXT_(25, MODEL)), TAG(TEXT), KEY("") },
	{ AI(8014, 4, TEXT_(25, DEVICE)), NEEDS("01"), PATH_ONLY },
	{ AI(8017, 4, FIX_(18, CSUM)), TAG(DIGITS), NOT("8018"), KEY("8019") },
	{ AI(8018, 4, FIX_(18, CSUM)), TAG(DIGITS), NOT("8017"), KEY("8019") },
	{ AI(8019, 4, NUM(10)), TAG(NUMBER), NEEDS("8017,8018"), PATH_ONLY },
	{ AI(8020, 4, TEXT(25)), TAG(TEXT), NEEDS("415"), PATH_ONLY },
	{ AI(8026, 4, FIX_(14, CSUM), FIX_(4, PIECES)), TAG(DIGITS), NEEDS("37"), NOT("02,03,8006") },
	/* a signature is over one instance: the key alone is not enough where it is a class */
	{ AI(8030, 4, { SET_Z, 1, 90, RULE_NONE, false }), TAG(TEXT),
	  NEEDS("00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018") },
	{ AI(8040, 4, FIX(15)), NEEDS("01+21") },
	{ AI(8041, 4, FIX(15)), NEEDS("01+21+8040") },
	{ AI(8042, 4, FIX(32)), NEEDS("01+21+8040") },
	{ AI(8043, 4, FIX(18), OPT(N, 1, 2, NONE)), NEEDS("01+21+8040") },
	{ AI(8110, 4, TEXT_(70, COUPON)), TAG(TEXT) },
	{ AI(8111, 4, FIX(4)), TAG(FIXED), NEEDS("255") },
	{ AI(8112, 4, TEXT_(70, OFFER)), TAG(TEXT) },
	{ AI(8200, 4, TEXT(70)), TAG(TEXT), NEEDS("01"), PATH_ONLY },
};
const unsigned int ai_rows_n = sizeof(ai_rows) / sizeof(ai_rows[0]);

/* by the first two digits, the digits of the whole AI; 0: none begins so */
static const uint8_t lengths[100] = {
	[0 ... 3] = 2, [10 ... 13] = 2, [15 ... 17] = 2, [20 ... 22] = 2, [23 ... 25] = 3, [30] = 2, [31 ... 36] = 4,
	[37] = 2, [39] = 4, [40 ... 42] = 3, [43] = 4, [70] = 4, [71] = 3, [72] = 4, [80 ... 82] = 4, [90 ... 99] = 2,
};

unsigned int ai_digits(const char *two)
{
	unsigned int a = (unsigned int)(two[0] - '0'), b = (unsigned int)(two[1] - '0');

	return a > 9 || b > 9 ? 0 : lengths[10 * a + b];
}

/* Digits first, so that two AIs of other lengths never compare equal. */
static int compare(const void *key, const void *row)
{
	const unsigned int *k = key;
	const struct ai_row *r = row;

	if (k[1] != r->digits)
		return k[1] < r->digits ? -1 : 1;
	return k[0] < r->first ? -1 : k[0] > r->last ? 1 : 0;
}

const struct ai_row *ai_find(const char *text, size_t len)
{
	unsigned int key[2] = { 0, len < 2 ? 0 : ai_digits(text) };

	if (!key[1] || len < key[1])
		return NULL;
	for (unsigned int i = 0; i < key[1]; i++) {
		unsigned int d = (unsigned int)(text[i] - '0');

		if (d > 9)
			return NULL;
		key[0] = 10 * key[0] + d;
	}
	return bsearch(key, ai_rows, ai_rows_n, sizeof(ai_rows[0]), compare);
}
