// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The code lists that AIs refer to, typed a second time and arranged otherwise, by their first
 * character: ISO 3166-1, ISO 4217, and the package types of UN/ECE Recommendation 21 with those that
 * GS1 has beside them. Every code that there could be is asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/ai_table.h"

static const char *const countries[10] = {
	"04 08 10 12 16 20 24 28 31 32 36 40 44 48 50 51 52 56 60 64 68 70 72 74 76 84 86 90 92 96",
	"00 04 08 12 16 20 24 32 36 40 44 48 52 56 58 62 66 70 74 75 78 80 84 88 91 92 96",
	"03 04 08 12 14 18 22 26 31 32 33 34 38 39 42 46 48 50 54 58 60 62 66 68 70 75 76 88 92 96",
	"00 04 08 12 16 20 24 28 32 34 36 40 44 48 52 56 60 64 68 72 76 80 84 88 92 98",
	"00 04 08 10 14 17 18 22 26 28 30 34 38 40 42 46 50 54 58 62 66 70 74 78 80 84 92 96 98 99",
	"00 04 08 12 16 20 24 28 31 33 34 35 40 48 54 58 62 66 70 74 78 80 81 83 84 85 86 91 98",
	"00 04 08 12 16 20 24 26 30 34 38 42 43 46 52 54 59 60 62 63 66 70 74 78 82 86 88 90 94",
	"02 03 04 05 06 10 16 24 28 29 32 40 44 48 52 56 60 62 64 68 72 76 80 84 88 92 95 96 98",
	"00 04 07 18 26 31 32 33 34 40 50 54 58 60 62 76 82 87 94",
	"",
};

/* with 191 and 694, which are no more */
static const char *const currencies[10] = {
	"08 12 32 36 44 48 50 51 52 60 64 68 72 84 90 96",
	"04 08 16 24 32 36 44 52 56 70 74 88 91 92",
	"03 08 14 22 30 32 38 42 62 70 92",
	"20 24 28 32 40 44 48 52 56 60 64 68 76 88 92 96 98",
	"00 04 08 10 14 17 18 22 26 30 34 46 54 58 62 80 84 96 98",
	"04 12 16 24 32 33 48 54 58 66 78 86 90 98",
	"00 04 08 34 43 46 54 82 90 94",
	"02 04 06 10 28 48 52 56 60 64 76 80 84 88",
	"00 07 18 26 34 40 58 60 82 86",
	"01 24 25 26 27 28 29 30 31 32 33 34 36 38 40 41 43 44 46 47 48 49 50 51 52 53 55 56 57 58 59 60 "
	"61 62 63 64 65 67 68 69 70 71 72 73 75 76 77 78 79 80 81 84 85 86 90 94 97 99",
};

static const char *const alpha2[26] = {
	"DEFGILMOQRSTUWXZ", "ABDEFGHIJLMNOQRSTVWYZ", "ACDFGHIKLMNORUVWXYZ", "EJKMOZ", "CEGHRST", "IJKMOR",
	"ABDEFGHILMNPQRSTUWY", "KMNRTU", "DELMNOQRST", "EMOP", "EGHIMNPRWYZ", "ABCIKRSTUVY",
	"ACDEFGHKLMNOPQRSTUVWXYZ", "ACEFGILOPRUZ", "M", "AEFGHKLMNRSTWY", "A", "EOSUW", "ABCDEGHIJKLMNORSTVXYZ",
	"CDFGHJKLMNORTVWZ", "AGMSYZ", "ACEGINU", "FS", "", "ET", "AMW",
};

/* a '-': nothing behind the first */
static const char *const packages[36] = {
	"",
	"A B D F G W",
	"00 01 02 03 04 05 06 10 11 12 C",
	"A H",
	"3 4 A B C D F G H",
	"H L M",
	"H P",
	"A B",
	"- A B C",
	"-",
	"A B C D F G H I J L M P PE T V",
	"4 B C D E F G GE H I J K L M ME N O P Q R RI S T U V W X Y Z",
	"A B BL C CE D E F G H I J K L M N O P Q R S T U V W X Y Z",
	"A B C G H I J K L M N P PE R S T U V W X Y",
	"1 2 3 C D E F G H I N",
	"B C D E I L O OB P PE R T W X",
	"B I L R U Y Z",
	"A B C G N R",
	"A B C D E F G H K L N Z",
	"B C G R T Y",
	"G I",
	"AB E G T U V Z",
	"A B C E PE R S T W X",
	"A E F G S T U V",
	"A B C D E F K PE T U",
	"2 A AE B C D E F G H I J K L LP N O OP P PE R T U UE V X Y Z",
	"A B C D F G H J K L M N P Q R S",
	"B1 B2 B3 CB D G J K L O T Z",
	"1 A B C D E EC H I K L M O P S T TL U V W X Y Z",
	"1 B C D E EV G HE I K L N O R RE S T TE U V W WE Y Z",
	"C N UE",
	"A G I K L N O P Q R S Y",
	"A B C D F G H J K L M N P Q R RP S T U V W X Y Z",
	"11 12 15 16 17 18 19 20 3 A B C D F G H J K",
	"A B C D F G H J K L M N P Q R S T V W X Y Z",
	"A B C D F G H J K L M N P Q R S T U V W X Y Z",
};

static const char order[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Is @word one of those of @list, which have a space between them? */
static bool among(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, " "), list += *list == ' ')
		if (strcspn(list, " ") == len && !memcmp(list, word, len))
			return true;
	return false;
}

/* What the table says of @value, which is refused for nothing but a code. */
static bool taken(const char *ai, const char *value)
{
	int rc = ai_check_value(ai_find(ai, strlen(ai)), value, strlen(value));

	if (rc && rc != -HM_EBAD_CHAR)
		fail_msg("(%s)%s: %s", ai, value, hm_error_name(rc));
	return !rc;
}

static void expect(const char *ai, const char *value, bool right)
{
	if (taken(ai, value) != right)
		fail_msg("(%s)%s: is %s", ai, value, right ? "refused" : "taken");
}

static void numbers(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 1000; n++) {
		char code[4], two[7], amount[5];
		bool country;

		snprintf(code, sizeof(code), "%03u", n % 1000);
		country = among(countries[n / 100], code + 1);
		expect("422", code, country);
		expect("423", code, country);
		snprintf(two, sizeof(two), "756%s", code);
		expect("423", two, country);
		snprintf(two, sizeof(two), "%sX", code);
		expect("421", two, country);
		expect("7030", two, country || n == 999);
		snprintf(amount, sizeof(amount), "%s1", code);
		expect("3910", amount, among(currencies[n / 100], code + 1));
	}
}

static void letters(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 26; a++)
		for (unsigned int b = 0; b < 26; b++) {
			const char code[3] = { (char)('A' + a), (char)('A' + b), '\0' };

			expect("4307", code, strchr(alpha2[a], code[1]));
		}
}

static void package_types(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 36; a++) {
		char code[4] = { order[a], '\0' };

		expect("7041", code, among(packages[a], "-"));
		for (unsigned int b = 0; b < 36; b++) {
			code[1] = order[b];
			code[2] = '\0';
			expect("7041", code, among(packages[a], code + 1));
			for (unsigned int c = 0; c < 36; c++) {
				code[2] = order[c];
				expect("7041", code, among(packages[a], code + 1));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(letters),
		cmocka_unit_test(package_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
