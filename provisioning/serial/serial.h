/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbering schemes: how the serials of a product are formed. Pure.
 *
 * A pattern is literals and one counter, with a check digit behind it if wanted:
 *
 *	{n:10}{c:mod10}		ten digits, then a GS1 mod 10 check digit
 *	42{n:6}			literal "42", then six digits
 *
 * The counter is decimal and zero-padded to its width; {c:mod10} must come last
 * and covers every character before it, which must then be digits. A serial so
 * formed holds at most 20 characters (AI 21). Literals are A-Z a-z 0-9 - . _ and
 * a serial begins with a letter or a digit: it is also a file name, a command line
 * argument and a part of URLs.
 *
 *	struct hm_scheme s;
 *	rc = hm_scheme_parse(&s, "{n:10}{c:mod10}", &err);
 *	rc = hm_scheme_format(&s, 1000000001, serial, sizeof(serial));
 *
 * Errors: -HM_EBAD_PRODUCT for a pattern, -HM_EOVERFLOW for a counter that does
 * not fit, and codec classes for hm_scheme_check().
 */
#ifndef HM_SERIAL_SERIAL_H
#define HM_SERIAL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digits.h"	/* hm_mod10() */
#include "base/error.h"

#define HM_SERIAL_MAX 20

struct hm_scheme {
	char prefix[HM_SERIAL_MAX + 1];	/* literal before the counter */
	char suffix[HM_SERIAL_MAX + 1];	/* literal behind it */
	unsigned int width;		/* digits of the counter, 1 ... 19 */
	bool check_mod10;
	uint64_t max;			/* largest counter: 10^width - 1 */
};

int hm_scheme_parse(struct hm_scheme *ret, const char *pattern, struct hm_err *err);
int hm_scheme_format(const struct hm_scheme *s, uint64_t counter, char *out, size_t size);
/* Is @text a serial of this scheme, and which counter made it? */
int hm_scheme_check(const struct hm_scheme *s, const char *text, uint64_t *ret_counter);

#endif /* HM_SERIAL_SERIAL_H */
