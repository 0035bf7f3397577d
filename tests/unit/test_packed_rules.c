// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packed objects: every rule of reading, each broken alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/packed.h"
#include "support/packed_spec.h"

#define DATE "000 0000101 1 00111111101101001111"	/* (11)260943 */
#define DATE_OBJECT "1602CFED3E"

/* Behind the DSFID: what it reads as, or why not. */
static void memory(const char *octets, int want, const char *text, int line)
{
	static struct hm_packed p;
	char hex[2 * SPEC_BITS], out[HM_PACKED_TEXT_SIZE];
	struct hm_err err = { "" };
	int rc;

	snprintf(hex, sizeof(hex), "%s", octets);
	rc = hm_packed_parse(hex, strlen(hex), &p, &err);
	if (rc != want)
		fail_msg("line %d: %s: %s (%s), not %s", line, hex, rc ? hm_error_name(rc) : "read", err.text,
			 want ? hm_error_name(want) : "read");
	if (rc)
		assert_true(*err.text);
	assert_int_equal(hm_packed_text(&p, out, sizeof(out)), 0);
	if (strcmp(out, text))
		fail_msg("line %d: %s: %s, not %s", line, hex, out, text);
}
#define READ(octets, text)	memory(octets, 0, text, __LINE__)
#define REFUSED(octets, why)	memory(octets, -HM_E##why, "", __LINE__)

/* The same of one object, in bits: in front of its length, and behind it. */
static void object(const char *front, const char *body, int want, const char *text, int line)
{
	struct spec f = { .n = 0 }, b = { .n = 0 }, s = { .n = 0 };
	char hex[SPEC_BITS];

	spec_bits(&f, front);
	spec_bits(&b, body);
	spec_object(&s, &f, &b);
	memory(spec_hex(&s, hex), want, text, line);
}
#define OBJECT(body, text)		object("", body, 0, text, __LINE__)
#define NO_OBJECT(body, why)		object("", body, -HM_E##why, "", __LINE__)
#define FLAGGED(front, body, text)	object(front, body, 0, text, __LINE__)
#define NOT_FLAGGED(front, body, why)	object(front, body, -HM_E##why, "", __LINE__)

static void dsfid(void **state)
{
	(void)state;
	READ("89" DATE_OBJECT, "(11)260943");
	READ("89", "");
	REFUSED("09" DATE_OBJECT, BAD_FORMAT);
	REFUSED("49" DATE_OBJECT, BAD_FORMAT);
	REFUSED("C9" DATE_OBJECT, BAD_FORMAT);
	REFUSED("A9" DATE_OBJECT, UNSUPPORTED);
	REFUSED("8A" DATE_OBJECT, UNSUPPORTED);
	REFUSED("80" DATE_OBJECT, UNSUPPORTED);
}

static void hexadecimal(void **state)
{
	static struct hm_packed p;
	static char long_hex[1027];

	(void)state;
	assert_int_equal(hm_packed_parse("", 0, &p, NULL), -HM_EEMPTY);
	assert_int_equal(hm_packed_parse("8", 1, &p, NULL), -HM_EBAD_LENGTH);
	assert_int_equal(hm_packed_parse("8g", 2, &p, NULL), -HM_ENOT_HEX);
	assert_int_equal(hm_packed_parse("89\0000", 4, &p, NULL), -HM_ENOT_HEX);
	memset(long_hex, '0', sizeof(long_hex) - 1);
	memcpy(long_hex, "89", 2);
	assert_int_equal(hm_packed_parse(long_hex, 1024, &p, NULL), 0);
	assert_int_equal(hm_packed_parse(long_hex, 1026, &p, NULL), -HM_ETOO_LONG);
}

static void between_objects(void **state)
{
	(void)state;
	/* behind 00 anything may stand, and the memory may be full */
	READ("89" DATE_OBJECT "00FFFFFF", "(11)260943");
	READ("89" DATE_OBJECT DATE_OBJECT, "(11)260943(11)260943");
	REFUSED("8901", BAD_FORMAT);
	REFUSED("8902", BAD_FORMAT);
	REFUSED("8903", BAD_FORMAT);
	REFUSED("8906", BAD_FORMAT);
	/* padding of octets, and by its length */
	READ("89040404" DATE_OBJECT "04", "(11)260943");
	READ("890501" DATE_OBJECT, "(11)260943");
	READ("890503FFFF" DATE_OBJECT, "(11)260943");
	READ("89058002" DATE_OBJECT, "(11)260943");
	READ("890501", "");
	REFUSED("890500" DATE_OBJECT, BAD_LENGTH);
	REFUSED("89058001" DATE_OBJECT, BAD_LENGTH);
	REFUSED("890507" DATE_OBJECT, BAD_LENGTH);
	READ("890506" DATE_OBJECT, "");
	REFUSED("8905", BAD_LENGTH);
	REFUSED("890580", BAD_LENGTH);
	REFUSED("8905FFFFFF00", OVERFLOW);
	/* where a directory is, or will be */
	READ("890700" DATE_OBJECT, "(11)260943");
	READ("890705" DATE_OBJECT, "(11)260943");
	REFUSED("890706" DATE_OBJECT, BAD_LENGTH);
	REFUSED("890707" DATE_OBJECT, BAD_LENGTH);
	REFUSED("8907", BAD_LENGTH);
	REFUSED("8907000700", BAD_FORMAT);
}

static void what_was_before(void **state)
{
	(void)state;
	/* of memory that is wrong further on, what came before */
	memory("89" DATE_OBJECT "03", -HM_EBAD_FORMAT, "(11)260943", __LINE__);
	memory("89" DATE_OBJECT "16000000E8", -HM_EUNKNOWN_AI, "(11)260943", __LINE__);
}

static void length(void **state)
{
	(void)state;
	REFUSED("891602CFED", BAD_LENGTH);
	/* the EBV-6 may have blocks of zeros; the length is four at least, and not beyond all bounds */
	READ("8980680B3FB4F8", "(11)260943");
	REFUSED("898030CFED3E", BAD_LENGTH);
	REFUSED("89FFFFFFFFFFFF", OVERFLOW);
	REFUSED("8980", BAD_LENGTH);
	/* no padding; an octet of it, with another object behind; some that is none */
	READ("893440BF179170D5AD28C3C3FB4F" DATE_OBJECT, "(00)106141412345678908(11)260943(11)260943");
	READ("893A40BF179170D5AD28C3C3FB4F80" DATE_OBJECT, "(00)106141412345678908(11)260943(11)260943");
	REFUSED("891A02CFED3E00", BAD_FORMAT);
	NO_OBJECT(DATE " 0", BAD_LENGTH);
}

#define VARIANT	"000 0001010 1 0001100"		/* (20)12 */

static void id_values(void **state)
{
	(void)state;
	OBJECT(VARIANT, "(20)12");
	/* two are one number, the last of an odd number stands alone; more than four, and EBV-3 has two blocks */
	OBJECT("001 0001110110010 1 0001100 1100111010", "(20)12(422)826");
	OBJECT("010 0001110110010 0001010 1 0001100 1100111010 0001101", "(20)12(422)826(20)13");
	OBJECT("101 000 0001110001110 0001110001110 0001010 1 0001100 0001101 0001110 0001111 0010000",
	       "(20)12(20)13(20)14(20)15(20)16");
	NO_OBJECT("001 1111110100100 1 0001100 1100111010", OVERFLOW);
	NO_OBJECT("000 1011010 1 0001100", OVERFLOW);
	NO_OBJECT("000 0000000 1 0001100", UNKNOWN_AI);
	NO_OBJECT("000 1010110 1 0001100", UNKNOWN_AI);
	/* secondary bits: a row, a last digit */
	OBJECT("000 0010100 10 110 1 00000000000000000111", "(3566)000007");
	NO_OBJECT("000 0010100 11 110 1 00000000000000000111", UNKNOWN_AI);
	NO_OBJECT("000 0010100 10 111 1 00000000000000000111", OVERFLOW);
	NO_OBJECT("000 1010101 0001100 1 00000000000000000111", UNKNOWN_AI);
	OBJECT("000 0100001 0 1001 1 0000 0111", "(3909)7");
	NO_OBJECT("000 0100001 0 1010 1 0000 0111", OVERFLOW);
	/* it ends in its list, its secondary bits, before its aux format */
	NO_OBJECT("011 0001110110010 00011101", BAD_LENGTH);
	NO_OBJECT("001 0011100011100 00 000 00 0", BAD_LENGTH);
	NO_OBJECT("010 0001110110010 0001010", BAD_LENGTH);
}

static void lengths(void **state)
{
	(void)state;
	NO_OBJECT("000 0000101 0 00111111101101001111", UNSUPPORTED);
	NO_OBJECT("001 1000010110101 1 0000 00", BAD_LENGTH);
	/* (423), 3 to 15: nibbles */
	OBJECT("000 0101111 1 1100 " "00000000000000000000000000000000000000000000000111", "(423)000000000000007");
	NO_OBJECT("000 0101111 1 1101 " "00000000000000000000000000000000000000000000000111", TOO_LONG);
	NO_OBJECT("000 0101111 1 1111 0000 " "00000000000000000000000000000000000000000000000111", TOO_LONG);
	/* (8008), 8 to 12: a number of three bits */
	OBJECT("000 1001000 1 100 " "0000000000000000000000000000000000000111", "(8008)000000000007");
	NO_OBJECT("000 1001000 1 101 " "0000000000000000000000000000000000000111", TOO_LONG);
	/* (8200), 1 to 70, before (10): seven bits */
	NO_OBJECT("001 1110111100110 0001011 1 1000110 000 000 0001111011", TOO_LONG);
	NO_OBJECT("001 1110111100110 0001011 1 1000101 000 000 0001111011", TOO_SHORT);
	OBJECT("001 1110111100110 0001011 1 0000001 000 000 0001111011", "(8200)12(10)3");
	/* (240), 1 to 30, before (10): two nibbles */
	OBJECT("001 0010010010110 1 1111 0001 000 000000000000000000 000110110110100110110100101110100110001100001111001101001110", "(240)12345678901234567(10)8");
}

static void digits(void **state)
{
	(void)state;
	OBJECT("000 0000101 1 11110100001000111111", "(11)999999");
	NO_OBJECT("000 0000101 1 11110100001001000000", OVERFLOW);
	NO_OBJECT("000 0000001 1 000000000000000000000000000000", BAD_LENGTH);
}

#define SERIAL "000 0001011 1 "		/* (21), and its text */

static void characters(void **state)
{
	(void)state;
	OBJECT(SERIAL "0 0 0 1 00001", "(21)A");
	OBJECT(SERIAL "0 0 0 0 1001", "(21)9");
	NO_OBJECT(SERIAL "0 0 0 1 11110", OVERFLOW);
	NO_OBJECT(SERIAL "0 0 0 0 1010", OVERFLOW);
	/* bits that no map makes full; it ends in the header */
	NO_OBJECT(SERIAL "0 0 0 0000000000", BAD_LENGTH);
	NO_OBJECT(SERIAL "0 1 0 00 000 0 00 000", BAD_LENGTH);
	/* base 30: a shift has its character in the next value, and both a 1 of the map */
	OBJECT(SERIAL "0 0 0 110 0101 1101000100", "(21)[5");
	NO_OBJECT(SERIAL "0 0 0 101 0101 1101000100", BAD_CHAR);
	NO_OBJECT(SERIAL "0 0 0 1 11011", BAD_CHAR);
	NO_OBJECT(SERIAL "0 0 0 1 11100", BAD_CHAR);
	NO_OBJECT(SERIAL "0 0 0 11 1101000001", BAD_CHAR);
	NO_OBJECT(SERIAL "0 0 0 11 1101100101", BAD_CHAR);
	/* the punctuation of the application is a hyphen; the programmable one is what follows it the first time */
	OBJECT(SERIAL "0 0 0 11 0000011110", "(21)A-");
	OBJECT(SERIAL "0 0 0 1111 11000010010000001011", "(21).A.");
	NO_OBJECT(SERIAL "0 0 0 11 1110000011", BAD_CHAR);
	NO_OBJECT(SERIAL "0 0 0 1 11101", BAD_CHAR);
	/* base 256 has any octet */
	OBJECT(SERIAL "11 0 0 111 01011100 00000000 11111111", "(21)\\x5C\\x00\\xFF");
	OBJECT(SERIAL "10 0 0 1 0000000", "(21)\\x1D");
}

static void runs(void **state)
{
	struct spec body = { .n = 0 }, none = { .n = 0 }, s = { .n = 0 };
	char hex[SPEC_BITS];

	(void)state;
	/* base 13, base 40: no shift at the end, nor one of a digit */
	NO_OBJECT(SERIAL "0 1 1 01 000 0 00001101010011000101101", BAD_CHAR);
	OBJECT(SERIAL "11 0 1 1 11 000 00001010111100010010010000010110", "(21)A1..");
	NO_OBJECT(SERIAL "11 0 1 1 11 000 00001010010101101000001001101001", BAD_CHAR);
	NO_OBJECT(SERIAL "11 0 1 1 11 000 00000110010000101001000010000100", BAD_CHAR);
	/* twelve of six digits, in (90) and (91) thirty of them each */
	spec_bits(&body, "010");
	spec_number(&body, 13, 75 * 90 + 76);
	spec_number(&body, 7, 77);
	spec_bits(&body, "1 1111 1110 1111 1110 0 1");
	for (unsigned int i = 0; i < 12; i++)
		spec_bits(&body, i < 11 ? "0 00 000" : "1 00 000");
	spec_bits(&body, "0");
	spec_number(&body, 160, 0);
	spec_number(&body, 80, 123);
	spec_object(&s, &none, &body);
	memory(spec_hex(&s, hex), 0, "(90)000000000000000000000000000000(91)000000000000000000000000000000(92)000000000123",
	       __LINE__);
	/* more of them than any memory has characters for */
	body.n = s.n = 0;
	spec_bits(&body, SERIAL "0 1");
	for (unsigned int i = 0; i < 161; i++)
		spec_bits(&body, "0 00 000");
	spec_object(&s, &none, &body);
	memory(spec_hex(&s, hex), -HM_ETOO_LONG, "", __LINE__);
}

static void texts(void **state)
{
	(void)state;
	NO_OBJECT("001 0000001100101 1 000101111001000101110000110101011010110100101000110000111100", TOO_SHORT);
	NO_OBJECT(SERIAL "000 000000000000000000000 0001101011000101001110100111111000000100101111001101100110110000110101", TOO_LONG);
	/* (10) takes six, and there are three; two, and one is left for (21) */
	NO_OBJECT("001 0000101110011 1 0101 000 000 0001111011", TOO_SHORT);
	NO_OBJECT("001 0000101110011 1 0010 000 000 0001111011", TOO_SHORT);
	OBJECT("001 0000101110011 1 0001 000 000 0001111011", "(10)12(21)3");
}

/* As many as there can be, and one more; ID values that are more than any table has. */
static void many(void **state)
{
	(void)state;
	for (unsigned int n = 64; n <= 129; n += n == 64 ? 1 : 64) {
		struct spec body = { .n = 0 }, none = { .n = 0 }, s = { .n = 0 };
		static struct hm_packed p;
		char hex[SPEC_BITS];

		/* n - 1, two bits of it in a block */
		spec_bits(&body, n == 64 ? "111 111 011" : n == 65 ? "101 100 100 000" : "110 100 100 000");
		for (unsigned int i = 0; i < n / 2; i++)
			spec_number(&body, 13, 910);
		if (n % 2)
			spec_number(&body, 7, 10);
		spec_bits(&body, "1");
		for (unsigned int i = 0; i < n; i++)
			spec_number(&body, 7, i % 100);
		spec_object(&s, &none, &body);
		spec_hex(&s, hex);
		assert_int_equal(hm_packed_parse(hex, strlen(hex), &p, NULL), n == 64 ? 0 : -HM_ETOO_LONG);
		assert_int_equal(p.n, n == 64 ? 64 : 0);
	}
}

/* 0000 10NA: the table is said, or that the object may be edited */
static void list_flags(void **state)
{
	(void)state;
	FLAGGED("000010 00", VARIANT, "(20)12");
	FLAGGED("000010 10", "0 101 000 000 0001010 0 0 1 0001100", "(20)12");
	FLAGGED("000010 10", "0 000 000 001 10101010 0 0 1 0001100 0001101", "(20)12(20)13");
	NOT_FLAGGED("000010 10", "1 101 000 000 0001010 0 0 1 0001100", UNSUPPORTED);
	NOT_FLAGGED("000010 10", "0 110 000 000 0001010 0 0 1 0001100", BAD_FORMAT);
	NOT_FLAGGED("000010 10", "0 111 000 000 0001010 0 0 1 0001100", BAD_FORMAT);
	NOT_FLAGGED("000010 10", "0 101 001 000 0001010 0 0 1 0001100", UNSUPPORTED);
	NOT_FLAGGED("000010 10", "0 101 000 000 0001010 1 0 1 0001100", UNSUPPORTED);
	NOT_FLAGGED("000010 10", "0 101 000 000 0001010 0 1 1 0001100", UNSUPPORTED);
	NOT_FLAGGED("000010 01", VARIANT, UNSUPPORTED);
	NOT_FLAGGED("000010 11", VARIANT, UNSUPPORTED);
}

#define MAP16	"000011 0 000 000 0000010000100000 "	/* (11) and (20), of a table of 16 */
#define MAPPED	"1 00111111101101001111 0001100"

static void maps(void **state)
{
	static const char all[] = "000011 0 101 000 "
		"000001000010000000000000000000000000000000000000000000000000000000000000000000000000000000";
	char front[200];

	(void)state;
	FLAGGED(MAP16 "0 0 0 0", MAPPED, "(11)260943(20)12");
	snprintf(front, sizeof(front), "%s 0 0 0 0", all);
	FLAGGED(front, MAPPED, "(11)260943(20)12");
	NOT_FLAGGED("000011 0 000 000 0000000000000000 0 0 0 0", "1", EMPTY);
	NOT_FLAGGED(MAP16 "1 0 0 0", MAPPED, UNSUPPORTED);
	NOT_FLAGGED(MAP16 "0 1 0 0", MAPPED, UNSUPPORTED);
	NOT_FLAGGED(MAP16 "0 0 0 1", MAPPED, UNSUPPORTED);
	/* a directory, with an auxiliary map, or that may be edited */
	NOT_FLAGGED(MAP16 "0 0 1 1 0", "", UNSUPPORTED);
	NOT_FLAGGED(MAP16 "0 0 1 0 1", "", UNSUPPORTED);
	NOT_FLAGGED("000011 1 000 000 0000010000100000 0 0 0 0", MAPPED, UNSUPPORTED);
	NOT_FLAGGED("000011 0 110 000 0000010000100000 0 0 0 0", MAPPED, BAD_FORMAT);
	NOT_FLAGGED("000011 0 000 010 0000010000100000 0 0 0 0", MAPPED, UNSUPPORTED);
	REFUSED("890C0042", BAD_LENGTH);
}

/* What a directory says the objects say themselves. */
static void directory(void **state)
{
	struct spec front = { .n = 0 }, body = { .n = 0 }, s = { .n = 0 };
	static struct hm_packed p;
	char hex[SPEC_BITS];

	(void)state;
	spec_bits(&front, MAP16 "0 0 1 0 0");
	spec_object(&s, &front, &body);
	strcat(spec_hex(&s, hex), DATE_OBJECT);
	assert_int_equal(hm_packed_parse(hex, strlen(hex), &p, NULL), 0);
	assert_true(p.directory);
	assert_int_equal(p.objects, 1);
	assert_int_equal(p.n, 1);
	assert_string_equal(p.item[0].ai, "11");
}

/* An error says where. */
static void why(void **state)
{
	static const struct {
		const char *hex, *why;
	} wrong[] = {
		{ "89" DATE_OBJECT "1600", "the object at octet 6 has 5 octets, the memory 8" },
		{ "89" DATE_OBJECT "1400000000", "the object at octet 6, bit 17: an ID value that stands for no AI" },
		{ "898030CFED3E", "the object at octet 1, bit 13: a length of less than four octets" },
		{ "8903", "no object and no pattern at octet 1" },
		{ "89160A", "the object at octet 1 has 5 octets, the memory 3" },
		{ "A903", "an extended DSFID: another octet of it follows" },
	};
	static struct hm_packed p;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct hm_err err = { "" };

		assert_int_not_equal(hm_packed_parse(wrong[i].hex, strlen(wrong[i].hex), &p, &err), 0);
		assert_string_equal(err.text, wrong[i].why);
	}
}

/* Values are judged by their AIs; that one is twice is told, that one is missing is not. */
static void elements(void **state)
{
	static const struct {
		const char *hex;
		int rc;
		const char *why;
	} judged[] = {
		{ "89" DATE_OBJECT, -HM_EBAD_DATE, "(11): not a date" },
		{ "892A00C6DA6D2E98C3CD3A00", -HM_EBAD_CHECK_DIGIT, "(00): the check digit does not fit" },
		{ "891A2508F1204000", -HM_EUNKNOWN_AI, "(8100): an application identifier that is not known" },
		{ "891E0273A039A0C000", -HM_EBAD_CHAR, "(10): a character that is not allowed here" },
		{ "891205464000", 0, "" },
		{ "89120546401205464000", -HM_EDUPLICATE_AI, "(20) twice" },
		{ "8900", 0, "" },
	};
	static struct hm_packed p;
	static struct hm_elements e;

	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		struct hm_err err = { "" };

		assert_int_equal(hm_packed_parse(judged[i].hex, strlen(judged[i].hex), &p, &err), 0);
		assert_int_equal(hm_packed_elements(&p, &e, &err), judged[i].rc);
		assert_string_equal(err.text, judged[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dsfid), cmocka_unit_test(hexadecimal), cmocka_unit_test(between_objects),
		cmocka_unit_test(what_was_before), cmocka_unit_test(length), cmocka_unit_test(id_values),
		cmocka_unit_test(lengths), cmocka_unit_test(digits), cmocka_unit_test(characters), cmocka_unit_test(runs),
		cmocka_unit_test(texts), cmocka_unit_test(many), cmocka_unit_test(list_flags), cmocka_unit_test(maps),
		cmocka_unit_test(directory), cmocka_unit_test(why), cmocka_unit_test(elements),
	};

	return cmocka_run_group_tests_name("packed objects, rule by rule", tests, NULL, NULL);
}
