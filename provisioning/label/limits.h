/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers that ZPL's commands take: what is no number, or beyond the command's range, a
 * printer replaces by something else without a word, so that a label is not where, or not
 * what, its template says. Here it is an error.
 *
 *	rc = hm_zpl_numbers("FO", args, args_len, why);		one command's parameters
 *	rc = hm_zpl_check_numbers(text, len, &err);		all of a label's
 *
 * -HM_EOVERFLOW for a number out of range, -HM_ENOT_NUMERIC for what should be one and is
 * not; a parameter that is not given is the printer's default. Commands that are not in
 * the table have no number of more than eight digits.
 */
#ifndef HM_LABEL_LIMITS_H
#define HM_LABEL_LIMITS_H

#include <stddef.h>

#include "base/error.h"

#define HM_ZPL_WHY 96

int hm_zpl_numbers(const char name[2], const char *args, size_t len, char why[static HM_ZPL_WHY]);
int hm_zpl_check_numbers(const char *text, size_t len, struct hm_err *err);

#endif /* HM_LABEL_LIMITS_H */
