/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Alphabets: the digits that a counter is written in, 2 to 62 letters and digits, each
 * once, in order of their value. Pure.
 *
 *	struct hm_alphabet a;
 *
 *	rc = hm_alphabet_parse(&a, "alnum-0O1IL", 11, &err);
 *	hm_alphabet_write(&a, 12345, 6, out);			six characters
 *	rc = hm_alphabet_read(&a, out, 6, UINT64_MAX, &value);
 *
 * An alphabet is named, named with characters taken out, or spelled:
 *
 *	dec 0-9		hex 0-9A-F	upper A-Z	lower a-z
 *	alnum 0-9A-Z	mixed 0-9A-Za-z	crockford 0-9A-Z without I L O U
 *	alnum-0O1IL	without what is easily mistaken
 *	=23456789CFGHJ	exactly these
 */
#ifndef HM_SERIAL_ALPHABET_H
#define HM_SERIAL_ALPHABET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_ALPHABET_MAX 62

struct hm_alphabet {
	unsigned int n;			/* the base: 2 ... 62 */
	char digit[HM_ALPHABET_MAX];
	int8_t value[128];		/* -1: not one of them */
};

/* From the @len characters of @spec: -HM_EBAD_PRODUCT with a line that says why. */
int hm_alphabet_parse(struct hm_alphabet *ret, const char *spec, size_t len, struct hm_err *err);

/* n to the power of @width, or UINT64_MAX where that is more. */
uint64_t hm_alphabet_power(const struct hm_alphabet *a, unsigned int width);

/* @width characters, not terminated; what does not fit is an assertion. */
void hm_alphabet_write(const struct hm_alphabet *a, uint64_t value, unsigned int width, char *out);
/*
 * -HM_EEMPTY, -HM_ENOT_NUMERIC where digits alone are the alphabet, else -HM_EBAD_CHAR;
 * -HM_EOVERFLOW above @max.
 */
int hm_alphabet_read(const struct hm_alphabet *a, const char *text, unsigned int width, uint64_t max,
		     uint64_t *ret);
/* The class of a character that is not in it. */
int hm_alphabet_error(const struct hm_alphabet *a);

#endif /* HM_SERIAL_ALPHABET_H */
