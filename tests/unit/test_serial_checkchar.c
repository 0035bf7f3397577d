// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Check characters: published numbers, and what each system promises to see, tried on
 * every text of a few characters and on random long ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "serial/checkchar.h"
#include "support/rnd.h"

#define DIGITS	"0123456789"
#define ALNUM	"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void published(void **state)
{
	static const struct {
		enum hm_checkchar check;
		const char *text, *c;
	} t[] = {
		/* GS1 General Specifications; GTINs of its example range */
		{ HM_CHECKCHAR_MOD10, "629104150021", "3" }, { HM_CHECKCHAR_MOD10, "0952123454321", "3" },
		{ HM_CHECKCHAR_MOD10, "37610425002123456", "9" }, { HM_CHECKCHAR_MOD10, "0", "0" },
		/* ISO/IEC 7812-1, the number that everybody quotes; payment card test numbers */
		{ HM_CHECKCHAR_LUHN, "7992739871", "3" }, { HM_CHECKCHAR_LUHN, "411111111111111", "1" },
		{ HM_CHECKCHAR_LUHN, "37828224631000", "5" }, { HM_CHECKCHAR_LUHN, "0", "0" },
		/* ISO/IEC 7064; ISNIs and ORCIDs */
		{ HM_CHECKCHAR_MOD11_2, "0794", "0" }, { HM_CHECKCHAR_MOD11_2, "079", "X" },
		{ HM_CHECKCHAR_MOD11_2, "000000021825009", "7" }, { HM_CHECKCHAR_MOD11_2, "000000029079593", "X" },
		/* donation numbers of ISBT 128 */
		{ HM_CHECKCHAR_MOD37_2, "G123489654321", "Y" }, { HM_CHECKCHAR_MOD37_2, "A999915000001", "M" },
		/* ISO/IEC 7064; LEIs (ISO 17442); an IBAN as ISO 13616 turns it round */
		{ HM_CHECKCHAR_MOD97_10, "794", "44" }, { HM_CHECKCHAR_MOD97_10, "5493001KJTIIGC8Y1R", "12" },
		{ HM_CHECKCHAR_MOD97_10, "99991234567890121414", "90" },
		{ HM_CHECKCHAR_MOD97_10, "WEST12345698765432GB", "82" },
		/* GRid, ISAN */
		{ HM_CHECKCHAR_MOD37_36, "A12425GABC1234002", "M" }, { HM_CHECKCHAR_MOD37_36, "00000000C36D002B", "K" },
		{ HM_CHECKCHAR_MOD37_36, "00000000C36D002B00000000", "E" },
		/* the theses' examples */
		{ HM_CHECKCHAR_DAMM, "572", "4" }, { HM_CHECKCHAR_DAMM, "0", "0" },
		{ HM_CHECKCHAR_VERHOEFF, "236", "3" }, { HM_CHECKCHAR_VERHOEFF, "12345", "1" },
		{ HM_CHECKCHAR_VERHOEFF, "142857", "0" }, { HM_CHECKCHAR_VERHOEFF, "8473643095483728456789", "2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char c[HM_CHECKCHAR_MAX + 1] = "?", whole[64];
		size_t len = strlen(t[i].text);

		assert_int_equal(hm_checkchar_make(t[i].check, t[i].text, len, c), 0);
		if (strcmp(c, t[i].c))
			fail_msg("%s of %s is %s, not %s", hm_checkchar_name(t[i].check), t[i].text, t[i].c, c);
		(void)snprintf(whole, sizeof(whole), "%s%s", t[i].text, c);
		assert_int_equal(hm_checkchar_verify(t[i].check, whole, strlen(whole)), 0);
	}
}

/* The supplementary characters turn up where they should. */
static void supplementary(void **state)
{
	bool x = false, star = false;
	char text[4], c[HM_CHECKCHAR_MAX + 1];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "%03d", i);
		assert_int_equal(hm_checkchar_make(HM_CHECKCHAR_MOD11_2, text, 3, c), 0);
		x = x || *c == 'X';
		assert_int_equal(hm_checkchar_make(HM_CHECKCHAR_MOD37_2, text, 3, c), 0);
		if (*c == '*') {
			star = true;
			(void)snprintf(text, sizeof(text), "%03d", i);
			assert_int_equal(hm_checkchar_verify(HM_CHECKCHAR_MOD37_2,
							     (char[]){ text[0], text[1], text[2], '*' }, 4), 0);
		}
	}
	assert_true(x && star);
}

/* Neighbours that a system does not tell when they are swapped; 0: all are told. */
static bool blind(enum hm_checkchar check, char a, char b)
{
	if (check == HM_CHECKCHAR_MOD10)
		return a - b == 5 || b - a == 5;
	if (check == HM_CHECKCHAR_LUHN)
		return (a == '0' && b == '9') || (a == '9' && b == '0');
	return false;
}

static bool letter(char c)
{
	return c >= 'A';
}

/* Every change of one character of @whole to another of @set, and every swap. */
static void try_whole(enum hm_checkchar check, const char *whole, const char *set, unsigned int *blind_swaps)
{
	size_t len = strlen(whole), n_set = strlen(set);
	char bad[64];

	memcpy(bad, whole, len + 1);
	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < n_set; k++) {
			if (set[k] == whole[i] || (check == HM_CHECKCHAR_MOD97_10 && letter(set[k]) != letter(whole[i])))
				continue;
			bad[i] = set[k];
			if (!hm_checkchar_verify(check, bad, len))
				fail_msg("%s takes %s for %s", hm_checkchar_name(check), bad, whole);
		}
		bad[i] = whole[i];
	}
	for (size_t i = 0; i + 1 < len; i++) {
		char a = whole[i], b = whole[i + 1];
		bool taken;

		if (a == b || (check == HM_CHECKCHAR_MOD97_10 && letter(a) != letter(b)))
			continue;
		bad[i] = b;
		bad[i + 1] = a;
		taken = !hm_checkchar_verify(check, bad, len);
		bad[i] = a;
		bad[i + 1] = b;
		*blind_swaps += taken;
		if (check != HM_CHECKCHAR_MOD37_36 && taken != blind(check, a, b))
			fail_msg("%s: %c and %c in %s", hm_checkchar_name(check), a, b, whole);
	}
}

static void all_short_texts(void **state)
{
	(void)state;
	for (unsigned int k = HM_CHECKCHAR_NONE + 1; k < HM_CHECKCHARS; k++) {
		enum hm_checkchar check = (enum hm_checkchar)k;
		const char *set = hm_checkchar_covers(check, 'A') ? ALNUM : DIGITS;
		unsigned int n = (unsigned int)strlen(set), blind_swaps = 0, all = n == 10 ? n * n * n : n * n;

		for (unsigned int v = 0; v < all; v++) {
			char text[8] = { set[v % n], set[v / n % n] }, c[HM_CHECKCHAR_MAX + 1];

			if (n == 10)
				text[2] = set[v / 100];
			assert_int_equal(hm_checkchar_make(check, text, strlen(text), c), 0);
			strcat(text, c);
			try_whole(check, text, set, &blind_swaps);
		}
		/* "nearly all": of some 2,500 pairs of neighbours these are missed */
		if (check == HM_CHECKCHAR_MOD37_36)
			assert_int_equal(blind_swaps, 4);
	}
}

static void long_texts(void **state)
{
	struct rnd r = rnd_start("check characters");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(2000); r.n++) {
		enum hm_checkchar check = (enum hm_checkchar)(1 + rnd_below(&r, HM_CHECKCHARS - 1));
		const char *set = hm_checkchar_covers(check, 'A') ? ALNUM : DIGITS;
		char text[64], c[HM_CHECKCHAR_MAX + 1];
		unsigned int blind_swaps = 0;

		rnd_text(&r, text, 1 + rnd_below(&r, 30), set, strlen(set));
		rnd_assert(&r, !hm_checkchar_make(check, text, strlen(text), c));
		strcat(text, c);
		rnd_assert(&r, !hm_checkchar_verify(check, text, strlen(text)));
		try_whole(check, text, set, &blind_swaps);
	}
}

static void each_rule(void **state)
{
	static const struct {
		enum hm_checkchar check;
		const char *text;
		int rc;
	} t[] = {
		{ HM_CHECKCHAR_MOD10, "", -HM_EEMPTY }, { HM_CHECKCHAR_MOD10, "0", -HM_ETOO_SHORT },
		{ HM_CHECKCHAR_MOD97_10, "44", -HM_ETOO_SHORT }, { HM_CHECKCHAR_MOD97_10, "044", -HM_EBAD_CHECK_DIGIT },
		{ HM_CHECKCHAR_MOD10, "6291041500214", -HM_EBAD_CHECK_DIGIT },
		{ HM_CHECKCHAR_MOD10, "62910415002A3", -HM_ENOT_NUMERIC }, { HM_CHECKCHAR_MOD10, "629104150021A", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_LUHN, "7992739871 ", -HM_ENOT_NUMERIC }, { HM_CHECKCHAR_LUHN, "-7992739871", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_LUHN, "79927398714", -HM_EBAD_CHECK_DIGIT },
		{ HM_CHECKCHAR_MOD11_2, "0794X", -HM_EBAD_CHECK_DIGIT }, { HM_CHECKCHAR_MOD11_2, "07X40", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_MOD11_2, "0794x", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_MOD37_2, "G12348965432*", -HM_EBAD_CHECK_DIGIT }, { HM_CHECKCHAR_MOD37_2, "G12*489654321Y", -HM_EBAD_CHAR },
		{ HM_CHECKCHAR_MOD37_2, "g123489654321Y", -HM_EBAD_CHAR }, { HM_CHECKCHAR_MOD37_2, "G123489654321y", -HM_EBAD_CHAR },
		{ HM_CHECKCHAR_MOD97_10, "79445", -HM_EBAD_CHECK_DIGIT }, { HM_CHECKCHAR_MOD97_10, "7944X", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_MOD97_10, "7-444", -HM_EBAD_CHAR },
		{ HM_CHECKCHAR_MOD37_36, "A12425GABC1234002N", -HM_EBAD_CHECK_DIGIT },
		{ HM_CHECKCHAR_MOD37_36, "A12425GABC1234002*", -HM_EBAD_CHAR }, { HM_CHECKCHAR_MOD37_36, "A1-2425M", -HM_EBAD_CHAR },
		{ HM_CHECKCHAR_DAMM, "5725", -HM_EBAD_CHECK_DIGIT }, { HM_CHECKCHAR_DAMM, "57\xb2""4", -HM_ENOT_NUMERIC },
		{ HM_CHECKCHAR_VERHOEFF, "2364", -HM_EBAD_CHECK_DIGIT }, { HM_CHECKCHAR_VERHOEFF, "2.63", -HM_ENOT_NUMERIC },
	};
	char c[HM_CHECKCHAR_MAX + 1] = "?";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (hm_checkchar_verify(t[i].check, t[i].text, strlen(t[i].text)) != t[i].rc)
			fail_msg("row %zu: %s is not %s", i, t[i].text, hm_error_name(t[i].rc));
	/* NUL is a character like any other that is not covered */
	assert_int_equal(hm_checkchar_verify(HM_CHECKCHAR_MOD37_36, "A\0BC", 4), -HM_EBAD_CHAR);
	assert_int_equal(hm_checkchar_make(HM_CHECKCHAR_DAMM, "\0", 1, c), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_checkchar_make(HM_CHECKCHAR_DAMM, "", 0, c), -HM_EEMPTY);
	assert_string_equal(c, "?");
	assert_int_equal(hm_checkchar_make(HM_CHECKCHAR_NONE, "any", 3, c), 0);
	assert_string_equal(c, "");
	assert_int_equal(hm_checkchar_verify(HM_CHECKCHAR_NONE, "any", 3), 0);
}

static void large(void **state)
{
	static char text[1 << 20];

	(void)state;
	memset(text, '7', sizeof(text));
	for (unsigned int k = HM_CHECKCHAR_NONE + 1; k < HM_CHECKCHARS; k++) {
		enum hm_checkchar check = (enum hm_checkchar)k;
		size_t body = sizeof(text) - hm_checkchar_len(check);
		char c[HM_CHECKCHAR_MAX + 1];

		assert_int_equal(hm_checkchar_make(check, text, body, c), 0);
		memcpy(text + body, c, strlen(c));
		assert_int_equal(hm_checkchar_verify(check, text, sizeof(text)), 0);
		text[1234] = '8';
		assert_int_equal(hm_checkchar_verify(check, text, sizeof(text)), -HM_EBAD_CHECK_DIGIT);
		memset(text, '7', sizeof(text));
	}
}

static void names(void **state)
{
	(void)state;
	for (unsigned int k = HM_CHECKCHAR_NONE + 1; k < HM_CHECKCHARS; k++) {
		const char *name = hm_checkchar_name((enum hm_checkchar)k);

		assert_int_equal(hm_checkchar_find(name, strlen(name)), k);
	}
	assert_int_equal(hm_checkchar_find("none", 4), HM_CHECKCHAR_NONE);
	assert_int_equal(hm_checkchar_find("mod1", 4), HM_CHECKCHAR_NONE);
	assert_int_equal(hm_checkchar_find("", 0), HM_CHECKCHAR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),
		cmocka_unit_test(supplementary),
		cmocka_unit_test(all_short_texts),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(each_rule),
		cmocka_unit_test(large),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
