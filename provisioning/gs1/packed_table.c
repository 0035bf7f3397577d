// SPDX-License-Identifier: LGPL-2.1-or-later
/* Table F9 and its secondary tables S00 ... S12: TDS 1.9, annex F. */
#include "gs1/packed_table.h"

#include <stddef.h>

#define N_ROWS(rows)		(sizeof(rows) / sizeof((rows)[0]))

/* "18n"; "1*8n"; "1*20an"; "13n 0*17an" */
#define DIGITS(n)		{ n, 0, 0, false }
#define NUMBER(lo, hi)		{ 0, lo, hi, false }
#define TEXT(lo, hi)		{ 0, lo, hi, true }
#define MIXED(n, lo, hi)	{ n, lo, hi, true }

#define ONE(ai, ...)		{ PACKED_ONE, { ai, 0, __VA_ARGS__ }, { "", 0, DIGITS(0) }, NULL }
/* three digits and a decimal point: 310%x30-36 */
#define MEASURE(ai)		{ PACKED_ONE, { ai, 7, DIGITS(6) }, { "", 0, DIGITS(0) }, NULL }
#define SECONDARY(rows, size)	{ PACKED_SECONDARY, { "", 0, DIGITS(0) }, { "", 0, DIGITS(0) }, \
				  &(const struct packed_table){ rows, N_ROWS(rows), size } }

static const struct packed_row s00[] = { MEASURE("310"), MEASURE("320"), MEASURE("356") };
static const struct packed_row s01[] = { MEASURE("311"), MEASURE("321"), MEASURE("322"), MEASURE("323") };
static const struct packed_row s02[] = { MEASURE("312"), MEASURE("324"), MEASURE("325"), MEASURE("326") };
static const struct packed_row s03[] = { MEASURE("313"), MEASURE("327"), MEASURE("328"), MEASURE("329") };
static const struct packed_row s04[] = { MEASURE("314"), MEASURE("350"), MEASURE("351"), MEASURE("352") };
static const struct packed_row s05[] = {
	MEASURE("315"), MEASURE("316"), MEASURE("357"), MEASURE("360"),
	MEASURE("361"), MEASURE("364"), MEASURE("365"), MEASURE("366"),
};
static const struct packed_row s06[] = {
	MEASURE("335"), MEASURE("336"), MEASURE("362"), MEASURE("363"),
	MEASURE("367"), MEASURE("368"), MEASURE("369"),
};
static const struct packed_row s07[] = { MEASURE("334"), MEASURE("353"), MEASURE("354"), MEASURE("355") };
static const struct packed_row s08[] = {
	ONE("8100", DIGITS(6)), ONE("8101", DIGITS(10)), ONE("8102", DIGITS(2)), ONE("8110", TEXT(1, 70)),
};
static const struct packed_row s09[] = { MEASURE("331"), MEASURE("341"), MEASURE("342"), MEASURE("343") };
static const struct packed_row s10[] = { MEASURE("332"), MEASURE("344"), MEASURE("345"), MEASURE("346") };
static const struct packed_row s11[] = { MEASURE("333"), MEASURE("347"), MEASURE("348"), MEASURE("349") };
static const struct packed_row s12[] = {
	ONE("243", TEXT(1, 20)), ONE("255", NUMBER(13, 25)), ONE("427", TEXT(1, 3)), ONE("710", MIXED(3, 1, 27)),
	ONE("711", MIXED(3, 1, 27)), ONE("712", MIXED(3, 1, 27)), ONE("713", MIXED(3, 1, 27)), ONE("8010", TEXT(1, 30)),
	ONE("8011", NUMBER(1, 12)), ONE("8017", DIGITS(18)), ONE("8019", NUMBER(1, 10)), ONE("8200", TEXT(1, 70)),
};

static const struct packed_row f9b0[] = {
	[1] = ONE("00", DIGITS(18)), ONE("01", DIGITS(14)),
	{ PACKED_BOTH, { "02", 0, DIGITS(14) }, { "37", 0, NUMBER(1, 8) }, NULL },
	[4] = ONE("10", TEXT(1, 20)), ONE("11", DIGITS(6)), ONE("12", DIGITS(6)), ONE("13", DIGITS(6)),
	[8] = ONE("15", DIGITS(6)), ONE("17", DIGITS(6)), ONE("20", DIGITS(2)), ONE("21", TEXT(1, 20)),
	[12] = ONE("22", TEXT(1, 29)), ONE("240", TEXT(1, 30)), ONE("241", TEXT(1, 30)), ONE("242", NUMBER(1, 6)),
	[16] = ONE("250", TEXT(1, 30)), ONE("251", TEXT(1, 30)), ONE("253", MIXED(13, 0, 17)), ONE("30", NUMBER(1, 8)),
	[20] = SECONDARY(s00, 4), SECONDARY(s01, 4), SECONDARY(s02, 4), SECONDARY(s03, 4),
	[24] = SECONDARY(s04, 4), SECONDARY(s05, 8),
	[26] = { PACKED_EITHER, { "330", 7, DIGITS(6) }, { "340", 7, DIGITS(6) }, NULL },
	[27] = SECONDARY(s09, 4), SECONDARY(s10, 4), SECONDARY(s11, 4), SECONDARY(s07, 4), SECONDARY(s06, 8),
	[32] = MEASURE("337"),
	[33] = { PACKED_EITHER, { "390", 10, NUMBER(1, 15) }, { "391", 10, NUMBER(4, 18) }, NULL },
	[34] = { PACKED_EITHER, { "392", 10, NUMBER(1, 15) }, { "393", 10, NUMBER(4, 18) }, NULL },
	[35] = ONE("400", TEXT(1, 30)), ONE("401", TEXT(1, 30)), ONE("402", DIGITS(17)), ONE("403", TEXT(1, 30)),
	[39] = ONE("410", DIGITS(13)), ONE("411", DIGITS(13)), ONE("412", DIGITS(13)), ONE("413", DIGITS(13)),
	[43] = { PACKED_OPTIONAL, { "414", 0, DIGITS(13) }, { "254", 0, TEXT(1, 20) }, NULL },
	[44] = { PACKED_BOTH, { "415", 0, DIGITS(13) }, { "8020", 0, TEXT(1, 25) }, NULL },
	[45] = { PACKED_EITHER, { "420", 0, TEXT(1, 20) }, { "421", 0, MIXED(3, 1, 9) }, NULL },
	[46] = ONE("422", DIGITS(3)), ONE("423", NUMBER(3, 15)), ONE("424", DIGITS(3)), ONE("425", DIGITS(3)),
	[50] = ONE("426", DIGITS(3)), ONE("7001", DIGITS(13)), ONE("7002", TEXT(1, 30)), ONE("7003", DIGITS(10)),
	[54] = ONE("7004", NUMBER(1, 4)),
	[55] = ONE("7030", MIXED(3, 1, 27)), ONE("7031", MIXED(3, 1, 27)), ONE("7032", MIXED(3, 1, 27)),
	[58] = ONE("7033", MIXED(3, 1, 27)), ONE("7034", MIXED(3, 1, 27)), ONE("7035", MIXED(3, 1, 27)),
	[61] = ONE("7036", MIXED(3, 1, 27)), ONE("7037", MIXED(3, 1, 27)), ONE("7038", MIXED(3, 1, 27)),
	[64] = ONE("7039", MIXED(3, 1, 27)),
	[65] = ONE("8001", DIGITS(14)), ONE("8002", TEXT(1, 20)), ONE("8003", MIXED(14, 0, 16)), ONE("8004", TEXT(1, 30)),
	[69] = ONE("8005", DIGITS(6)), ONE("8006", DIGITS(18)), ONE("8007", TEXT(1, 30)), ONE("8008", NUMBER(8, 12)),
	[73] = ONE("8018", DIGITS(18)), SECONDARY(s08, 8),
	[75] = ONE("90", TEXT(1, 30)), ONE("91", TEXT(1, 30)), ONE("92", TEXT(1, 30)), ONE("93", TEXT(1, 30)),
	[79] = ONE("94", TEXT(1, 30)), ONE("95", TEXT(1, 30)), ONE("96", TEXT(1, 30)), ONE("97", TEXT(1, 30)),
	[83] = ONE("98", TEXT(1, 30)), ONE("99", TEXT(1, 30)),
	[85] = SECONDARY(s12, 128),
};

const struct packed_table packed_f9 = { f9b0, N_ROWS(f9b0), 90 };
