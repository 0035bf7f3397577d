// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory that ends too early, in every element of a "+" scheme and at every digit of it, or goes on
 * behind an EPC; and the two ways that an EPC of numbers alone is decoded, which must say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"
#include "support/rnd.h"

#define HEX_SIZE 160
#define ITEM	"(01)79521141123453(21)1"
#define BOX	"(00)095201234567891235"
#define PERSON	"(8018)952114112345678906"
/* an SGTIN+ with the toggle, filter 0, and serial "1": 80 bits */
#define HEAD	"F78" "79521141123453" "011"

static int decode(const char *hex, size_t len)
{
	static struct hm_elements e;
	struct hm_epc_plus h = { .filter = 0 };

	return hm_epc_plus_decode(hex, len, &h, &e, NULL);
}

static size_t encode(const char *elements, const char *more, char hex[HEX_SIZE])
{
	static struct hm_elements e;
	struct hm_epc_plus h = { .filter = 0 };
	char text[512];

	snprintf(text, sizeof(text), "%s%s", elements, more);
	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
	assert_int_equal(hm_epc_plus_encode(&e, &h, hex, HEX_SIZE, NULL), 0);
	return strlen(hex);
}

/* The last element, less some of its end. */
static void cut(void **state)
{
	static const struct {
		const char *before, *last;
	} t[] = {
		{ ITEM, "(10)12345" }, { ITEM, "(10)AB12CD" }, { ITEM, "(10)ab12cd" }, { ITEM, "(10)Az-_09" }, { ITEM, "(10)A/b?c" },
		{ ITEM, "(10)A:B-C.D" }, { ITEM, "(91)1234567890123456789012345678901234567890" }, { ITEM, "(30)12345" },
		{ ITEM, "(17)261231" }, { ITEM, "(7003)2612312359" }, { ITEM, "(7007)261231" }, { ITEM, "(7007)261201261231" },
		{ ITEM, "(8008)26123123" }, { ITEM, "(8008)2612312359" }, { ITEM, "(8008)261231235959" }, { ITEM, "(7011)261231" },
		{ ITEM, "(421)756ABC" }, { ITEM, "(7023)9521" }, { ITEM, "(7023)9521AB" }, { ITEM, "(7001)1234567890123" },
		{ ITEM, "(422)756" }, { ITEM, "(253)9521141123454567" }, { "(414)9521141123454(254)7", "(255)9521141678909047" },
		{ ITEM, "(8003)0952114112345432a/b" }, { ITEM, "(410)9521141123454" }, { ITEM, "(7230)EMA1" },
		{ BOX, "(4307)CH" }, { BOX, "(4330)000001-" }, { BOX, "(4330)000001" }, { BOX "(415)9521141123454(8020)A", "(3912)978123" },
		{ PERSON "(7259)B", "(7258)1/3" }, { PERSON, "(7251)199912312359" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char hex[HEX_SIZE];
		/* two digits of the AI at least are there, and one bit of the value at least is not */
		size_t from = encode(t[i].before, "", hex) + 2, to = encode(t[i].before, t[i].last, hex) - 4;

		assert_int_equal(decode(hex, to + 4), 0);
		for (size_t len = from; len <= to; len++) {
			int rc = decode(hex, len);

			if (rc != -HM_EBAD_LENGTH && rc != -HM_ENO_TERMINATOR && rc != -HM_ERESERVED_NONZERO)
				fail_msg("%s%s: %zu digits of %zu: %s", t[i].before, t[i].last, len, to + 4, hm_error_name(rc));
		}
	}
}

/* An AI, and not one bit of its value: one AI for each way that a value is written. */
static void no_value(void **state)
{
	static const char *const t[] = {
		"01", "402", "30", "10", "17", "7007", "8008", "7011", "4307", "4321", "4330", "7258", "421", "3910", "253", "255", "8003",
	};
	char hex[HEX_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(hex, sizeof(hex), HEAD "%s", t[i]);
		if (decode(hex, strlen(hex)) != -HM_EBAD_LENGTH)
			fail_msg("%s", hex);
	}
	assert_int_equal(decode(HEAD "7023", 24), -HM_ENO_TERMINATOR);
	assert_int_equal(decode(HEAD "8004", 24), -HM_ENO_TERMINATOR);
}

/* Bits that are too few for an SSCC are padding: none of them is anything but zero. */
static void padding(void **state)
{
	(void)state;
	for (unsigned int bits = 12; bits <= 76; bits += 4)
		for (unsigned int at = 8; at < bits; at++) {
			char hex[HEX_SIZE];

			snprintf(hex, sizeof(hex), "%s%.*s", HEAD, (int)(bits / 4), "0000000000000000000");
			assert_int_equal(decode(hex, strlen(hex)), -HM_EMISSING_AI);
			hex[20 + at / 4] = "8421"[at % 4];
			assert_int_equal(decode(hex, strlen(hex)), -HM_ERESERVED_NONZERO);
		}
}

/* Seventy-nine zero bits are too few for an SSCC, too; with a word more they are one of zeros. */
static void no_sscc(void **state)
{
	char hex[HEX_SIZE];

	(void)state;
	/* a serial of three characters in ASCII: 97 bits; the toggle, and up to 11 words or 12 */
	assert_int_equal(encode("(01)79521141123453(21)a/b", "", hex), 28);
	hex[2] = '8';
	memset(hex + 28, '0', 20);
	assert_int_equal(decode(hex, 44), -HM_EMISSING_AI);
	assert_int_equal(decode(hex, 48), 0);
}

/* The EPC itself, of every scheme and cut at every digit; three that are less than a header and its filter. */
static void cut_epc(void **state)
{
	static const char *const t[] = {
		ITEM, ITEM "(17)261231", BOX, PERSON, "(8017)952114112345678906", "(8003)0952114112345432a/b", "(414)9521141123454(254)32a/b",
		"(8006)095211411234540102(21)A", "(253)95211411234545678", "(255)952114167890904711", "(8004)952114132a/b",
		"(8010)95211415PQ7/Z43(8011)12345",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char hex[HEX_SIZE];
		size_t len = encode(t[i], "", hex) - 4;

		for (; len >= 2; len--) {
			int rc = decode(hex, len);

			if (rc != -HM_EBAD_LENGTH && rc != -HM_ENO_TERMINATOR)
				fail_msg("%s: %zu digits: %s", t[i], len, hm_error_name(rc));
		}
	}
	assert_int_equal(decode("FB3", 3), -HM_EBAD_LENGTH);
}

/* What a + scheme lacks, where it has one of its three. */
static void lacking(void **state)
{
	static const struct {
		const char *elements, *why;
	} t[] = {
		{ "(17)261231", "(01), which dsgtin+ has" }, { "(21)1", "(8006), which itip+ has" }, { "(01)79521141123453", "(21), which sgtin+ has" },
		{ "(8011)1", "(8010), which cpi+ has" }, { "(90)A", "none of them is a key that a + scheme holds" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .filter = 0 };
		struct hm_err err = { "" };
		char hex[HEX_SIZE];

		assert_int_equal(hm_gs1_parse(t[i].elements, strlen(t[i].elements), &e, NULL), 0);
		assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err), -HM_EMISSING_AI);
		assert_string_equal(err.text, t[i].why);
	}
}

/* TDS 1.13, 14.4: what is behind the scheme's own bits is not looked at, also where the last field is full. */
static void behind(void **state)
{
	static const struct {
		const char *uri;
		unsigned int bits;
	} t[] = {
		{ "urn:epc:tag:sgtin-198:3.0614141.712345.12345678901234567890", 198 },
		{ "urn:epc:tag:sgln-195:3.0614141.12345.12345678901234567890", 195 },
		{ "urn:epc:tag:grai-170:3.0614141.12345.1234567890123456", 170 },
		{ "urn:epc:tag:giai-202:3.061414.123456789012345678901234", 202 },
		{ "urn:epc:tag:giai-202:3.061414112345.123456789012345678", 202 },
		{ "urn:epc:tag:gdti-174:3.0614141.12345.12345678901234567", 174 },
		{ "urn:epc:tag:gdti-113:3.0614141.12345.12345678901234567", 113 },
		{ "urn:epc:tag:itip-110:3.0614141.712345.01.02.274877906943", 110 },
		{ "urn:epc:tag:itip-212:3.0614141.712345.01.02.12345678901234567890", 212 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE];
		size_t len;

		assert_int_equal(hm_epc_encode(t[i].uri, hex, sizeof(hex)), 0);
		len = strlen(hex);
		assert_true(4 * len > t[i].bits);
		for (size_t bit = t[i].bits; bit < 4 * len; bit++) {
			static const char digits[] = "0123456789ABCDEF";

			hex[bit / 4] = digits[(strchr(digits, hex[bit / 4]) - digits) | 8 >> bit % 4];
		}
		strcpy(hex + len, "FFFF");
		assert_int_equal(hm_epc_decode(hex, uri, sizeof(uri)), 0);
		assert_string_equal(uri, t[i].uri);
	}
}

/* A text of as many characters as a URI has at most is judged; of one more it is not. */
static void longest(void **state)
{
	char text[HM_EPC_URI_MAX + 2], out[HM_EPC_URI_SIZE];
	static struct hm_elements e;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t len = HM_EPC_URI_MAX; len <= HM_EPC_URI_MAX + 1; len++) {
		int rc = len > HM_EPC_URI_MAX ? -HM_ETOO_LONG : -HM_EBAD_URI;

		assert_int_equal(hm_epc_encode_n(text, len, out, sizeof(out)), rc);
		assert_int_equal(hm_epc_to_pure(text, len, out, sizeof(out)), rc);
		assert_int_equal(hm_epc_from_pure(text, len, HM_EPC_ANY, 0, out, sizeof(out)), rc);
		assert_int_equal(hm_epc_to_elements(text, len, &e, NULL), rc);
	}
}

/* 96 bits are decoded in place; with a word more, or little room, they go the long way round. */
static void two_ways(void **state)
{
	static const uint8_t headers[] = { 0x30, 0x31, 0x32, 0x33, 0x34, 0x2c, 0x2d, 0x2e, 0x3c };
	struct rnd r = rnd_start("two ways to decode");
	uint64_t cases = rnd_cases(50000), good = 0, refused = 0;

	(void)state;
	for (r.n = 0; r.n < cases; r.n++) {
		char hex[32], one[HM_EPC_URI_SIZE] = "old", two[HM_EPC_URI_SIZE] = "old", small[HM_EPC_URI_SIZE] = "old";
		uint64_t w[2] = { rnd_next(&r), rnd_next(&r) };
		int rc;

		w[0] = w[0] << 8 >> 8 | (uint64_t)headers[rnd_below(&r, sizeof(headers))] << 56;
		/* the last bits are to be zero in some of them */
		if (rnd_below(&r, 2))
			w[1] = w[1] >> 56 << 56;
		snprintf(hex, sizeof(hex), "%016llX%08llX", (unsigned long long)w[0], (unsigned long long)(w[1] >> 32));
		rc = hm_epc_decode(hex, one, sizeof(one));
		good += !rc;
		refused += rc == -HM_ERESERVED_NONZERO;
		if (!rc) {
			rnd_assert(&r, !hm_epc_decode(hex, small, strlen(one) + 1) && !strcmp(one, small));
			rnd_assert(&r, hm_epc_decode(hex, small, strlen(one)) == -HM_ETOO_LONG);
		}
		strcat(hex, "FFFF");
		rnd_assert(&r, hm_epc_decode(hex, two, sizeof(two)) == rc && !strcmp(one, two));
	}
	assert_true(good > cases / 50 && refused > cases / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut),
		cmocka_unit_test(no_value),
		cmocka_unit_test(padding),
		cmocka_unit_test(no_sscc),
		cmocka_unit_test(cut_epc),
		cmocka_unit_test(lacking),
		cmocka_unit_test(behind),
		cmocka_unit_test(longest),
		cmocka_unit_test(two_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
