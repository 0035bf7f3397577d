/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The value of an AI in the bits of a "+" scheme, by the methods of TDS 2.3, 14.5 (enum
 * ai_code): within the EPC, and in the data that follows it.
 *
 *	struct plus_part parts[2];
 *
 *	plus_parts(x->row, parts);
 *	rc = plus_put_value(&b, parts, x->value, x->len);
 */
#ifndef HM_GS1_PLUS_VALUE_H
#define HM_GS1_PLUS_VALUE_H

#include "gs1/ai_table.h"
#include "gs1/plus_text.h"

struct plus_part {
	uint8_t code, max;	/* max: digits or characters */
};

/* The dates that a dsgtin+ can hold, by their type indicator (14.5.3). */
#define PLUS_DATES 7u
extern const char *const plus_dates[PLUS_DATES];

/* How Table F writes the AI's values; false: it has no place in a tag. */
bool plus_parts(const struct ai_row *row, struct plus_part ret[2]);

/*
 * A value that was judged by its AI (hm_gs1_add()). -HM_EMISSING_AI: the first part
 * without the second, a key without the serial that makes it one thing; -HM_ETOO_LONG:
 * longer than a tag's length indicator says.
 */
int plus_put_value(struct hm_bits *b, const struct plus_part parts[2], const char *value, size_t len);
/* The AI of a prioritised date, and the date. */
void plus_put_date(struct hm_bits *b, const struct hm_element *x);

/*
 * At most as many characters as an AI's value has into @out, not terminated; still to be
 * judged by its AI. -HM_EBAD_LENGTH (the bits end), -HM_ENOT_NUMERIC, -HM_EOVERFLOW,
 * -HM_EEMPTY, -HM_ETOO_LONG, -HM_EBAD_CHAR, -HM_ENO_TERMINATOR, -HM_EBAD_DATE.
 */
int plus_take_value(struct plus_reader *r, const struct plus_part parts[2], char *out, size_t *ret_len);
/* Six digits, and the AI that they are of. */
int plus_take_date(struct plus_reader *r, char *out, const char **ret_ai);

#endif /* HM_GS1_PLUS_VALUE_H */
