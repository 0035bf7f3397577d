// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/epc_table.h"

#include <string.h>

const uint64_t epc_ten_to[18] = {
	1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull,
	1000000000ull, 10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull,
	100000000000000ull, 1000000000000000ull, 10000000000000000ull, 100000000000000000ull,
};

const struct epc_width epc_prefixes[HM_EPC_PARTITIONS] = {
	{ 40, 12 }, { 37, 11 }, { 34, 10 }, { 30, 9 }, { 27, 8 }, { 24, 7 }, { 20, 6 },
};

/* TDS 1.13, tables 14-2 ... 14-26: the second field by partition */
static const struct epc_width
	item[]		= { { 4, 1 }, { 7, 2 }, { 10, 3 }, { 14, 4 }, { 17, 5 }, { 20, 6 }, { 24, 7 } },
	reference[]	= { { 18, 5 }, { 21, 6 }, { 24, 7 }, { 28, 8 }, { 31, 9 }, { 34, 10 }, { 38, 11 } },
	location[]	= { { 1, 0 }, { 4, 1 }, { 7, 2 }, { 11, 3 }, { 14, 4 }, { 17, 5 }, { 21, 6 } },
	asset_type[]	= { { 4, 0 }, { 7, 1 }, { 10, 2 }, { 14, 3 }, { 17, 4 }, { 20, 5 }, { 24, 6 } },
	asset_number[]	= { { 42, 13 }, { 45, 14 }, { 48, 15 }, { 52, 16 }, { 55, 17 }, { 58, 18 }, { 62, 19 } },
	asset_text[]	= { { 148, 18 }, { 151, 19 }, { 154, 20 }, { 158, 21 }, { 161, 22 }, { 164, 23 }, { 168, 24 } },
	part_number[]	= { { 11, 3 }, { 14, 4 }, { 17, 5 }, { 21, 6 }, { 24, 7 }, { 27, 8 }, { 31, 9 } },
	part_text[]	= { { 0, 18 }, { 0, 19 }, { 0, 20 }, { 0, 21 }, { 0, 22 }, { 0, 23 }, { 0, 24 } };

#define BITS(n) ((1ull << (n)) - 1)

#define START(text) .name = text, .start = "urn:epc:tag:" text ":", .start_len = sizeof("urn:epc:tag:" text ":") - 1
#define PARTITIONED .layout = LAYOUT_PARTITIONED, .filter_max = 7
#define NUMBER(n) .tail = TAIL_NUMBER, .tail_bits = n, .tail_max = BITS(n)
#define TEXT(chars) .tail = TAIL_TEXT7, .tail_bits = 7 * (chars), .tail_chars = chars
#define DIGITS(n, chars) .tail = TAIL_DIGITS, .tail_bits = n, .tail_chars = chars
#define ZEROS(n) .tail = TAIL_ZERO, .tail_bits = n

const struct epc_scheme epc_schemes[HM_EPC_SCHEMES] = {
	[HM_EPC_SGTIN_96] = { START("sgtin-96"), .identity = "sgtin", .header = 0x30, .bits = 96, PARTITIONED,
		.seconds = item, NUMBER(38), .parts = 3 },
	[HM_EPC_SGTIN_198] = { START("sgtin-198"), .identity = "sgtin", .header = 0x36, .bits = 198, PARTITIONED,
		.seconds = item, TEXT(20), .parts = 3 },
	[HM_EPC_SSCC_96] = { START("sscc-96"), .identity = "sscc", .header = 0x31, .bits = 96, PARTITIONED,
		.seconds = reference, ZEROS(24), .parts = 2 },
	[HM_EPC_SGLN_96] = { START("sgln-96"), .identity = "sgln", .header = 0x32, .bits = 96, PARTITIONED,
		.seconds = location, NUMBER(41), .parts = 3 },
	[HM_EPC_SGLN_195] = { START("sgln-195"), .identity = "sgln", .header = 0x39, .bits = 195, PARTITIONED,
		.seconds = location, TEXT(20), .parts = 3 },
	[HM_EPC_GRAI_96] = { START("grai-96"), .identity = "grai", .header = 0x33, .bits = 96, PARTITIONED,
		.seconds = asset_type, NUMBER(38), .parts = 3 },
	[HM_EPC_GRAI_170] = { START("grai-170"), .identity = "grai", .header = 0x37, .bits = 170, PARTITIONED,
		.seconds = asset_type, TEXT(16), .parts = 3 },
	[HM_EPC_GIAI_96] = { START("giai-96"), .identity = "giai", .header = 0x34, .bits = 96, PARTITIONED,
		.second = SECOND_NUMBER, .seconds = asset_number, .parts = 2 },
	[HM_EPC_GIAI_202] = { START("giai-202"), .identity = "giai", .header = 0x38, .bits = 202, PARTITIONED,
		.second = SECOND_TEXT7, .seconds = asset_text, .parts = 2 },
	[HM_EPC_GSRN_96] = { START("gsrn-96"), .identity = "gsrn", .header = 0x2d, .bits = 96, PARTITIONED,
		.seconds = reference, ZEROS(24), .parts = 2 },
	[HM_EPC_GSRNP_96] = { START("gsrnp-96"), .identity = "gsrnp", .header = 0x2e, .bits = 96, PARTITIONED,
		.seconds = reference, ZEROS(24), .parts = 2 },
	[HM_EPC_GDTI_96] = { START("gdti-96"), .identity = "gdti", .header = 0x2c, .bits = 96, PARTITIONED,
		.seconds = location, NUMBER(41), .parts = 3 },
	[HM_EPC_GDTI_113] = { START("gdti-113"), .identity = "gdti", .header = 0x3a, .bits = 113, PARTITIONED,
		.seconds = location, DIGITS(58, 17), .parts = 3 },
	[HM_EPC_GDTI_174] = { START("gdti-174"), .identity = "gdti", .header = 0x3e, .bits = 174, PARTITIONED,
		.seconds = location, TEXT(17), .parts = 3 },
	[HM_EPC_SGCN_96] = { START("sgcn-96"), .identity = "sgcn", .header = 0x3f, .bits = 96, PARTITIONED,
		.seconds = location, DIGITS(41, 12), .parts = 3 },
	[HM_EPC_CPI_96] = { START("cpi-96"), .identity = "cpi", .header = 0x3c, .bits = 96, PARTITIONED,
		.second = SECOND_NUMBER, .seconds = part_number, NUMBER(31), .parts = 3 },
	/* 40 bits, but twelve digits: GS1 General Specifications, AI 8011 */
	[HM_EPC_CPI_VAR] = { START("cpi-var"), .identity = "cpi", .header = 0x3d, PARTITIONED,
		.second = SECOND_TEXT6, .seconds = part_text, .tail = TAIL_NUMBER, .tail_bits = 40,
		.tail_max = 999999999999ull, .parts = 3 },
	[HM_EPC_ITIP_110] = { START("itip-110"), .identity = "itip", .header = 0x40, .bits = 110, PARTITIONED,
		.seconds = item, .pieces = true, NUMBER(38), .parts = 5 },
	[HM_EPC_ITIP_212] = { START("itip-212"), .identity = "itip", .header = 0x41, .bits = 212, PARTITIONED,
		.seconds = item, .pieces = true, TEXT(20), .parts = 5 },
	[HM_EPC_GID_96] = { START("gid-96"), .identity = "gid", .header = 0x35, .bits = 96,
		.layout = LAYOUT_GID, .parts = 3 },
	[HM_EPC_USDOD_96] = { START("usdod-96"), .identity = "usdod", .header = 0x2f, .bits = 96,
		.layout = LAYOUT_USDOD, .filter_max = 15, .parts = 2 },
	[HM_EPC_ADI_VAR] = { START("adi-var"), .identity = "adi", .header = 0x3b,
		.layout = LAYOUT_ADI, .filter_max = 63, .parts = 3 },
};

#define AT(scheme) &epc_schemes[HM_EPC_##scheme]

/* headers 2C ... 41; all others have no scheme in TDS 1.13 */
static const struct epc_scheme *const by_header[] = {
	AT(GDTI_96), AT(GSRN_96), AT(GSRNP_96), AT(USDOD_96),
	AT(SGTIN_96), AT(SSCC_96), AT(SGLN_96), AT(GRAI_96), AT(GIAI_96), AT(GID_96), AT(SGTIN_198), AT(GRAI_170),
	AT(GIAI_202), AT(SGLN_195), AT(GDTI_113), AT(ADI_VAR), AT(CPI_96), AT(CPI_VAR), AT(GDTI_174), AT(SGCN_96),
	AT(ITIP_110), AT(ITIP_212),
};

const struct epc_scheme *epc_by_header(uint8_t header)
{
	unsigned int i = header - 0x2cu;

	return i < sizeof(by_header) / sizeof(by_header[0]) ? by_header[i] : NULL;
}

#define PLAIN (CHAR_82 | CHAR_CPI | CHAR_ADI)
const uint8_t epc_chars[256] = {
	['0' ... '9'] = PLAIN | CHAR_CAGE,
	['A' ... 'H'] = PLAIN | CHAR_CAGE, ['I'] = PLAIN,
	['J' ... 'N'] = PLAIN | CHAR_CAGE, ['O'] = PLAIN,
	['P' ... 'Z'] = PLAIN | CHAR_CAGE,
	['a' ... 'z'] = CHAR_82,
	['!'] = CHAR_82, ['\''] = CHAR_82, ['('] = CHAR_82, [')'] = CHAR_82, ['*'] = CHAR_82, ['+'] = CHAR_82,
	[','] = CHAR_82, ['-'] = PLAIN, ['.'] = CHAR_82, [':'] = CHAR_82, [';'] = CHAR_82, ['='] = CHAR_82,
	['_'] = CHAR_82,
	['"'] = CHAR_82_ESC, ['%'] = CHAR_82_ESC, ['&'] = CHAR_82_ESC, ['<'] = CHAR_82_ESC, ['>'] = CHAR_82_ESC,
	['?'] = CHAR_82_ESC,
	['/'] = CHAR_82_ESC | CHAR_CPI_ESC | CHAR_ADI_ESC,
	['#'] = CHAR_CPI_ESC,
};

const char *hm_epc_scheme_name(enum hm_epc_scheme scheme)
{
	return (unsigned int)scheme < HM_EPC_SCHEMES ? epc_schemes[scheme].name : "?";
}

int hm_epc_scheme_find(const char *name, size_t len, enum hm_epc_scheme *ret)
{
	for (unsigned int i = 0; i < HM_EPC_SCHEMES; i++)
		if (strlen(epc_schemes[i].name) == len && !memcmp(epc_schemes[i].name, name, len)) {
			*ret = (enum hm_epc_scheme)i;
			return 0;
		}
	return -HM_EUNKNOWN_SCHEME;
}
