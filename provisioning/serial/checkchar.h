/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check characters: the one or two characters at the end of a serial that tell a
 * misread or mistyped one. Pure; no allocation.
 *
 *	char c[HM_CHECKCHAR_MAX + 1];
 *
 *	rc = hm_checkchar_make(HM_CHECKCHAR_DAMM, "572", 3, c);			c = "4"
 *	rc = hm_checkchar_verify(HM_CHECKCHAR_MOD97_10, "79444", 5);		0
 *
 * What each system promises to see, in a text of any length that a serial may have:
 *
 *	name		text		check	one character	two neighbours
 *						changed		swapped
 *	mod10		0-9		0-9	all		not those 5 apart (1 and 6)
 *	luhn		0-9		0-9	all		not 0 and 9
 *	mod11_2		0-9		0-9X	all		all
 *	mod37_2		0-9A-Z		0-9A-Z*	all		all
 *	mod97_10	0-9A-Z		two 0-9	all *		all *
 *	mod37_36	0-9A-Z		0-9A-Z	all		all but 4 in 2,500
 *	damm		0-9		0-9	all		all
 *	verhoeff	0-9		0-9	all		all
 *
 * mod10 is GS1's (General Specifications 7.9.1), luhn ISO/IEC 7812-1 annex B, the
 * next four are of ISO/IEC 7064:2003 (pure systems 6, hybrid 7). mod97_10 is defined
 * over digits; letters count as two digits (A = 10 ... Z = 35) as ISO 13616 and ISO
 * 17442 do it, and the promise (*) then holds among digits and among letters, not where
 * a letter takes the place of a digit.
 *
 * Errors: -HM_EEMPTY for no text, -HM_ENOT_NUMERIC or -HM_EBAD_CHAR for a character
 * that the system does not cover, -HM_ETOO_SHORT where there is no room for a check
 * character, -HM_EBAD_CHECK_DIGIT.
 */
#ifndef HM_SERIAL_CHECKCHAR_H
#define HM_SERIAL_CHECKCHAR_H

#include <stdbool.h>
#include <stddef.h>

#define HM_CHECKCHAR_MAX 2

enum hm_checkchar {
	HM_CHECKCHAR_NONE = 0,
	HM_CHECKCHAR_MOD10,
	HM_CHECKCHAR_LUHN,
	HM_CHECKCHAR_MOD11_2,
	HM_CHECKCHAR_MOD37_2,
	HM_CHECKCHAR_MOD97_10,
	HM_CHECKCHAR_MOD37_36,
	HM_CHECKCHAR_DAMM,
	HM_CHECKCHAR_VERHOEFF,
	HM_CHECKCHARS,
};

/* "mod10" ...; "none" */
const char *hm_checkchar_name(enum hm_checkchar check);
/* The system of a name of @len characters; HM_CHECKCHAR_NONE where there is none. */
enum hm_checkchar hm_checkchar_find(const char *name, size_t len);

/* How many characters it appends: 0, 1 or 2. */
size_t hm_checkchar_len(enum hm_checkchar check);
/* May @c stand in the text that the system covers? */
bool hm_checkchar_covers(enum hm_checkchar check, char c);

/* The check characters of @len characters into @ret, NUL-terminated. */
int hm_checkchar_make(enum hm_checkchar check, const char *text, size_t len, char ret[HM_CHECKCHAR_MAX + 1]);
/* Is the end of @text the check characters of what stands before it? */
int hm_checkchar_verify(enum hm_checkchar check, const char *text, size_t len);

#endif /* HM_SERIAL_CHECKCHAR_H */
