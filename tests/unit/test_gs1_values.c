// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a value must satisfy, at the ends of what is allowed and one beyond: every day of a century,
 * every digit of a coupon that has a meaning, check characters of every length. What is right is
 * computed here in another way than in gs1/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "gs1/ai_table.h"

static int check(const char *ai, const char *value)
{
	return ai_check_value(ai_find(ai, strlen(ai)), value, strlen(value));
}

static void expect(const char *ai, const char *value, int rc)
{
	int is = check(ai, value);

	if (is != rc)
		fail_msg("(%s)%s: %s, not %s", ai, value, hm_error_name(is), hm_error_name(rc));
}

static void ends(void **state)
{
	static const struct {
		const char *ai, *value;
		int rc;
	} t[] = {
		/* ISO/IEC 15459's media types: 01 to 10, and 80 to 99 for one's own */
		{ "7241", "00", -HM_EBAD_CHAR }, { "7241", "01", 0 }, { "7241", "10", 0 }, { "7241", "11", -HM_EBAD_CHAR },
		{ "7241", "79", -HM_EBAD_CHAR }, { "7241", "80", 0 }, { "7241", "99", 0 },
		/* ISO/IEC 5218 */
		{ "7252", "0", 0 }, { "7252", "2", 0 }, { "7252", "3", -HM_EBAD_CHAR }, { "7252", "8", -HM_EBAD_CHAR }, { "7252", "9", 0 },
		{ "8001", "00010000100100", 0 }, { "8001", "00010000100110", 0 }, { "8001", "00010000100120", -HM_EBAD_CHAR },
		{ "8001", "00010000100180", -HM_EBAD_CHAR }, { "8001", "00010000100190", 0 }, { "8001", "00010000000100", -HM_EBAD_CHAR },
		{ "8001", "00010000100000", -HM_EBAD_CHAR },
		{ "4321", "0", 0 },
		/* hours, minutes, seconds */
		{ "7003", "2412010000", 0 }, { "7003", "2412012359", 0 }, { "7003", "2412012400", -HM_EBAD_DATE },
		{ "7003", "2412010060", -HM_EBAD_DATE },
		{ "8008", "24120100", 0 }, { "8008", "24120124", -HM_EBAD_DATE }, { "8008", "2412010059", 0 },
		{ "8008", "2412010060", -HM_EBAD_DATE }, { "8008", "241201000059", 0 }, { "8008", "241201000060", -HM_EBAD_DATE },
		{ "8008", "241201006000", -HM_EBAD_DATE },
		/* the first four of a key are its company prefix */
		{ "401", "123", -HM_ETOO_SHORT }, { "401", "12A", -HM_ENOT_NUMERIC }, { "401", "1234", 0 }, { "401", "1234A", 0 },
		{ "401", "123A", -HM_ENOT_NUMERIC },
		/* of several: 1 to 9, and not behind the last */
		{ "7258", "1/1", 0 }, { "7258", "9/9", 0 }, { "7258", "1/9", 0 }, { "7258", "9/8", -HM_EBAD_CHAR },
		{ "7258", "0/9", -HM_EBAD_CHAR }, { "7258", "1/:", -HM_EBAD_CHAR }, { "7258", "1-2", -HM_EBAD_CHAR },
		{ "8006", "095211411234549999", 0 }, { "8006", "095211411234549998", -HM_EOVERFLOW },
		{ "8011", "0", 0 }, { "8011", "00", -HM_ELEADING_ZERO }, { "8011", "999999999999", 0 },
		{ "4301", "%", -HM_EBAD_ESCAPE }, { "4301", "%4", -HM_EBAD_ESCAPE }, { "4301", "%4G", -HM_EBAD_ESCAPE },
		{ "4301", "%G4", -HM_EBAD_ESCAPE }, { "4301", "%4a", 0 },
		{ "8007", "GB82WEST12345698765432", 0 }, { "8007", "GB82WEST12345698765433", -HM_EBAD_CHECK_DIGIT },
		{ "8007", "AX32", -HM_ETOO_SHORT },
		/* padding fills a group of four, and all before it is looked at */
		{ "8030", "AAAA", 0 }, { "8030", "AA+/", -HM_EBAD_CHAR }, { "8030", "AAAAA+==", -HM_EBAD_CHAR }, { "8030", "AAAAAA==", 0 },
		{ "8030", "AAAAA===", -HM_EBAD_CHAR }, { "8030", "AAAAAAA=", 0 },
		{ "423", "", -HM_EEMPTY }, { "423", "75", -HM_ETOO_SHORT }, { "423", "756276756276756", 0 },
		{ "423", "7562767562767561", -HM_ETOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		expect(t[i].ai, t[i].value, t[i].rc);
}

/* Days that the C library knows; 00 is some day of a month, where the AI allows it. */
static void days(void **state)
{
	(void)state;
	for (int year = 1999; year < 2101; year++)
		for (int month = 0; month <= 13; month++)
			for (int day = 0; day <= 32; day++) {
				struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
				char text[16];
				bool right;

				(void)timegm(&tm);
				right = tm.tm_year == year - 1900 && tm.tm_mon == month - 1 && tm.tm_mday == day;
				snprintf(text, sizeof(text), "%04d%02d%02d", year % 10000, month % 100, day % 100);
				expect("7250", text, right ? 0 : -HM_EBAD_DATE);
				/* two digits of the year are of this century */
				if (year < 2000 || year > 2099)
					continue;
				expect("7006", text + 2, right ? 0 : -HM_EBAD_DATE);
				right = right || (!day && month >= 1 && month <= 12);
				expect("17", text + 2, right ? 0 : -HM_EBAD_DATE);
			}
}

/* General Specifications, 7.2.5: places in set 82 times primes, modulo 1021, in two of 32 characters. */
static unsigned int place(char c)
{
	if (c >= 'a')
		return 56u + (unsigned int)(c - 'a');
	if (c >= 'A')
		return c == '_' ? 55 : 29u + (unsigned int)(c - 'A');
	if (c >= '%')
		return 2u + (unsigned int)(c - '%');
	return (unsigned int)(c - '!');
}

static unsigned int prime_behind(unsigned int p)
{
	for (p++;; p++) {
		unsigned int d = 2;

		while (p % d)
			d++;
		if (d == p)
			return p;
	}
}

/* 2 to 9, then letters without I and O */
static char one_of_32(unsigned int v)
{
	char c = (char)('A' + v - 8);

	if (v < 8)
		return (char)('2' + v);
	c = (char)(c + (c >= 'I'));
	return (char)(c + (c >= 'O'));
}

static void models(void **state)
{
	static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (unsigned int len = 6; len <= 25; len++)
		for (unsigned int from = 0; from < 82; from++) {
			unsigned int sum = 0, prime = 1;
			char text[27] = "1987";

			for (unsigned int i = 4; i < len - 2; i++)
				text[i] = set82[(from + 17 * i) % 82];
			for (unsigned int i = len - 2; i--;) {
				prime = prime_behind(prime);
				sum += prime * place(text[i]);
			}
			sum %= 1021;
			text[len - 2] = one_of_32(sum / 32);
			text[len - 1] = one_of_32(sum % 32);
			expect("8013", text, 0);
			expect("8014", text, 0);
			text[len - 1] = one_of_32((sum + 1) % 32);
			expect("8013", text, -HM_EBAD_CHECK_DIGIT);
			text[len - 1] = one_of_32(sum % 32);
			text[len - 2] = one_of_32((sum / 32 + 1) % 32);
			expect("8013", text, -HM_EBAD_CHECK_DIGIT);
		}
}

/* --- coupons --- */

#define FIRST "0000000" "000000" "10"		/* company prefix, offer, save value */
#define BUY "10" "0" "000"

/* Every digit that says how much follows, or what is meant: those allowed and no other. */
static void coupon_digits(void **state)
{
	static const struct {
		const char *ai, *before, *allowed;
		int plus;			/* digits behind it: its value and these; -1: none */
		const char *behind;
		int wrong;
		char but;
	} t[] = {
		{ "8110", "", "0123456", 6, "000000" "10" BUY, -HM_EBAD_LENGTH, 0 },
		{ "8110", "0000000" "000000", "12345", 0, BUY, -HM_EBAD_LENGTH, 0 },
		{ "8110", FIRST, "12345", 0, "0" "000", -HM_EBAD_LENGTH, 0 },
		{ "8110", FIRST "10", "012349", -1, "000", -HM_EBAD_CHAR, 0 },
		{ "8110", FIRST BUY "1", "0123", -1, BUY "0000000", -HM_EBAD_CHAR, 0 },
		/* 9: that of the first */
		{ "8110", FIRST BUY "1" "0" BUY, "0123456", 6, "", -HM_EBAD_LENGTH, '9' },
		{ "8110", FIRST BUY "2" BUY, "0123456", 6, "", -HM_EBAD_LENGTH, '9' },
		{ "8110", FIRST BUY "5", "0123456789", 6, "", 0, 0 },
		{ "8110", FIRST BUY "6", "1234567", 6, "", -HM_EBAD_LENGTH, 0 },
		{ "8110", FIRST BUY "9", "01256", -1, "0" "0" "0", -HM_EBAD_CHAR, 0 },
		{ "8110", FIRST BUY "9" "0", "012", -1, "0" "0", -HM_EBAD_CHAR, 0 },
		{ "8110", FIRST BUY "9" "0" "0", "0123456789", -1, "0", 0, 0 },
		{ "8110", FIRST BUY "9" "0" "0" "0", "01", -1, "", -HM_EBAD_CHAR, 0 },
		{ "8112", "", "01", -1, "0000000" "000000" "0000000", -HM_EBAD_CHAR, 0 },
		{ "8112", "0", "0123456", 6, "000000" "0000000", -HM_EBAD_LENGTH, 0 },
		{ "8112", "0" "0000000" "000000", "0123456789", 6, "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (char d = '0'; d <= '9'; d++) {
			bool right = strchr(t[i].allowed, d);
			char text[128];

			if (d == t[i].but)
				continue;
			snprintf(text, sizeof(text), "%s%c%.*s%s", t[i].before, d, t[i].plus < 0 ? 0 : t[i].plus + d - '0',
				 "0000000000000000", t[i].behind);
			expect(t[i].ai, text, right ? 0 : t[i].wrong);
			/* one digit less */
			if (!right)
				continue;
			text[strlen(text) - 1] = '\0';
			expect(t[i].ai, text, -HM_ETOO_SHORT);
		}
	expect("8110", FIRST BUY "1" "0" BUY "9", 0);
	expect("8110", FIRST BUY "2" BUY "9", 0);
	expect("8110", FIRST BUY "2" BUY "90", -HM_ETOO_LONG);
	/* over on the day on which it begins, and something behind that */
	expect("8110", FIRST BUY "3" "250101" "4" "250101" "5" "0000000", 0);
	expect("8110", FIRST BUY "3" "250101" "4" "250101" "9" "0000", 0);
	expect("8110", FIRST BUY "3" "250101" "4" "250102" "5" "0000000", -HM_EBAD_DATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(days),
		cmocka_unit_test(models),
		cmocka_unit_test(coupon_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
