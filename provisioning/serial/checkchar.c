// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/checkchar.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"
#include "base/error.h"

static const struct system {
	const char *name;
	unsigned char len;
	bool letters;	/* A-Z too */
} systems[HM_CHECKCHARS] = {
	[HM_CHECKCHAR_NONE]		= { "none", 0, true },
	[HM_CHECKCHAR_MOD10]	= { "mod10", 1, false },
	[HM_CHECKCHAR_LUHN]		= { "luhn", 1, false },
	[HM_CHECKCHAR_MOD11_2]	= { "mod11_2", 1, false },
	[HM_CHECKCHAR_MOD37_2]	= { "mod37_2", 1, true },
	[HM_CHECKCHAR_MOD97_10]	= { "mod97_10", 2, true },
	[HM_CHECKCHAR_MOD37_36]	= { "mod37_36", 1, true },
	[HM_CHECKCHAR_DAMM]		= { "damm", 1, false },
	[HM_CHECKCHAR_VERHOEFF]	= { "verhoeff", 1, false },
};

/* The characters of ISO/IEC 7064 by value; the last is mod37_2's alone. */
static const char chars[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*";

const char *hm_checkchar_name(enum hm_checkchar check)
{
	assert(check < HM_CHECKCHARS);
	return systems[check].name;
}

enum hm_checkchar hm_checkchar_find(const char *name, size_t len)
{
	for (unsigned int i = HM_CHECKCHAR_NONE + 1; i < HM_CHECKCHARS; i++)
		if (strlen(systems[i].name) == len && !memcmp(systems[i].name, name, len))
			return (enum hm_checkchar)i;
	return HM_CHECKCHAR_NONE;
}

size_t hm_checkchar_len(enum hm_checkchar check)
{
	assert(check < HM_CHECKCHARS);
	return systems[check].len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool hm_checkchar_covers(enum hm_checkchar check, char c)
{
	assert(check < HM_CHECKCHARS);
	return check == HM_CHECKCHAR_NONE || is_digit(c) || (systems[check].letters && c >= 'A' && c <= 'Z');
}

static unsigned int value(char c)
{
	return (unsigned int)(is_digit(c) ? c - '0' : c - 'A' + 10);
}

/* Doubled digits from the right, the digits of the double added up. */
static unsigned int luhn(const char *text, size_t len)
{
	static const unsigned char twice[10] = { 0, 2, 4, 6, 8, 1, 3, 5, 7, 9 };
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int d = value(text[len - 1 - i]);

		sum += i % 2 ? d : twice[d];
	}
	return (10 - sum % 10) % 10;
}

/* ISO/IEC 7064 clause 6: S = sum of a_i r^i; the check character makes it 1 modulo M. */
static unsigned int pure(const char *text, size_t len, unsigned int modulus, unsigned int radix)
{
	unsigned int p = 0;

	for (size_t i = 0; i < len; i++)
		p = (p + value(text[i])) * radix % modulus;
	return (modulus + 1 - p) % modulus;
}

/* Two check digits: the text with 00 behind it, letters being two digits. */
static unsigned int mod97(const char *text, size_t len)
{
	unsigned int p = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int v = value(text[i]);

		p = (v > 9 ? p * 100 + v : p * 10 + v) % 97;
	}
	return 98 - p * 100 % 97;
}

/* ISO/IEC 7064 clause 7, M = 36. */
static unsigned int hybrid36(const char *text, size_t len)
{
	unsigned int p = 36;

	for (size_t i = 0; i < len; i++) {
		p = (p + value(text[i])) % 36;
		p = (p ? p : 36) * 2 % 37;
	}
	return (37 - p) % 36;
}

/* The totally anti-symmetric quasigroup of order 10 in H. M. Damm's thesis (2004). */
static unsigned int damm(const char *text, size_t len)
{
	static const unsigned char q[10][10] = {
		{ 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 }, { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
		{ 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 }, { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
		{ 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 }, { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
		{ 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 }, { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
		{ 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 }, { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
	};
	unsigned int p = 0;

	for (size_t i = 0; i < len; i++)
		p = q[p][value(text[i])];
	return p;
}

/*
 * J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group of the pentagon,
 * 0-4 turns and 5-9 reflections, and a permutation applied once more at each place.
 */
static unsigned int dihedral(unsigned int a, unsigned int b)
{
	if (a < 5)
		return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
	return b < 5 ? 5 + (a + 5 - b) % 5 : (a + 5 - b) % 5;
}

static unsigned int verhoeff(const char *text, size_t len)
{
	static const unsigned char step[10] = { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 };
	static const unsigned char inverse[10] = { 0, 4, 3, 2, 1, 5, 6, 7, 8, 9 };
	unsigned int p = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int d = value(text[len - 1 - i]);

		/* the permutation's order is 8 */
		for (size_t k = 0; k < (i + 1) % 8; k++)
			d = step[d];
		p = dihedral(p, d);
	}
	return inverse[p];
}

static int covered(enum hm_checkchar check, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!hm_checkchar_covers(check, text[i]))
			return systems[check].letters ? -HM_EBAD_CHAR : -HM_ENOT_NUMERIC;
	return 0;
}

static unsigned int compute(enum hm_checkchar check, const char *text, size_t len)
{
	switch (check) {
	case HM_CHECKCHAR_MOD10:
		return (unsigned int)(hm_mod10(text, len) - '0');
	case HM_CHECKCHAR_LUHN:
		return luhn(text, len);
	case HM_CHECKCHAR_MOD11_2:
		return pure(text, len, 11, 2);
	case HM_CHECKCHAR_MOD37_2:
		return pure(text, len, 37, 2);
	case HM_CHECKCHAR_MOD97_10:
		return mod97(text, len);
	case HM_CHECKCHAR_MOD37_36:
		return hybrid36(text, len);
	case HM_CHECKCHAR_DAMM:
		return damm(text, len);
	case HM_CHECKCHAR_VERHOEFF:
		return verhoeff(text, len);
	case HM_CHECKCHAR_NONE:
	case HM_CHECKCHARS:
		break;
	}
	assert(false);
	return 0;
}

int hm_checkchar_make(enum hm_checkchar check, const char *text, size_t len, char ret[HM_CHECKCHAR_MAX + 1])
{
	unsigned int v;
	int rc;

	assert(check < HM_CHECKCHARS);
	if (!len)
		return -HM_EEMPTY;
	rc = covered(check, text, len);
	if (rc)
		return rc;
	ret[0] = '\0';
	if (check == HM_CHECKCHAR_NONE)
		return 0;
	v = compute(check, text, len);
	if (check == HM_CHECKCHAR_MOD97_10) {
		ret[0] = (char)('0' + v / 10);
		ret[1] = (char)('0' + v % 10);
	} else {
		ret[0] = check == HM_CHECKCHAR_MOD11_2 && v == 10 ? 'X' : chars[v];
		ret[1] = '\0';
	}
	ret[systems[check].len] = '\0';
	return 0;
}

/* Could @c be a check character of the system? */
static int possible(enum hm_checkchar check, char c)
{
	if (is_digit(c) || (check == HM_CHECKCHAR_MOD11_2 && c == 'X'))
		return 0;
	if (!systems[check].letters || check == HM_CHECKCHAR_MOD97_10)
		return -HM_ENOT_NUMERIC;
	return (c >= 'A' && c <= 'Z') || (check == HM_CHECKCHAR_MOD37_2 && c == '*') ? 0 : -HM_EBAD_CHAR;
}

int hm_checkchar_verify(enum hm_checkchar check, const char *text, size_t len)
{
	size_t n = hm_checkchar_len(check), body;
	char right[HM_CHECKCHAR_MAX + 1];
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len <= n)
		return -HM_ETOO_SHORT;
	body = len - n;
	rc = hm_checkchar_make(check, text, body, right);
	for (size_t i = body; !rc && i < len; i++)
		rc = possible(check, text[i]);
	if (rc)
		return rc;
	return memcmp(text + body, right, n) ? -HM_EBAD_CHECK_DIGIT : 0;
}
