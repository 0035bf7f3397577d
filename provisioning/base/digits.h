/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decimal digits, as the numbering rooms use them: is it all digits, what is its
 * value, what is its GS1 check digit; and a hexadecimal one.
 *
 *	if (!hm_digits(gtin, 14))
 *		return -HM_ENOT_NUMERIC;
 *	if (hm_mod10(gtin, 13) != gtin[13])
 *		return -HM_EBAD_CHECK_DIGIT;
 */
#ifndef HM_BASE_DIGITS_H
#define HM_BASE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Are all @len characters '0' ... '9'? True for none. */
bool hm_digits(const char *text, size_t len);

/*
 * GS1 General Specifications 7.9.1: the check digit ('0'...'9') over @len digits,
 * weights 3,1 from the right.
 */
char hm_mod10(const char *digits, size_t len);

/*
 * Exactly @len digits to a value: 0, -HM_EEMPTY, -HM_ENOT_NUMERIC, or -HM_EOVERFLOW
 * above @max. Leading zeros are the caller's business.
 */
int hm_digits_value(const char *text, size_t len, uint64_t max, uint64_t *ret);

/* What a hexadecimal digit of either case stands for; -1: it is none. */
static inline int hm_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif /* HM_BASE_DIGITS_H */
