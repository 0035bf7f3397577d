/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings in the bits of a "+" scheme: TDS 2.3, 14.5.6. A coding of three bits, a length
 * indicator of as many as the AI says (a serial's has five), then the characters:
 *
 *	0 digits, as one number		1 / 2 upper / lower case hexadecimal, 4 bits each
 *	3 base64url, 6 bits each	4 ASCII, 7 bits each
 *	5 URN Code 40, three in 16 bits
 */
#ifndef HM_GS1_PLUS_TEXT_H
#define HM_GS1_PLUS_TEXT_H

#include <stdbool.h>

#include "gs1/bits.h"

struct plus_reader {
	const struct hm_bits *b;
	unsigned int at;
};

/*
 * @b->n counts. Behind the 31 words that a PC counts nothing is written, but counted: the
 * caller looks at the end whether all of it had room.
 */
void plus_put(struct hm_bits *b, unsigned int bits, uint64_t v);
/* Digits as one number, in the fewest bits that hold all of @len digits. */
void plus_put_number(struct hm_bits *b, const char *digits, size_t len);
/* Capitals, digits, - . : three in 16 bits, the last group padded. */
void plus_put_code40(struct hm_bits *b, const char *text, size_t len);
/* @len of 1 ... 90 characters, in the coding that takes the fewest bits. */
void plus_put_text(struct hm_bits *b, const char *text, size_t len, unsigned int length_bits);

/* -HM_EBAD_LENGTH where the bits end */
int plus_take(struct plus_reader *r, unsigned int bits, uint64_t *ret);
/* -HM_EOVERFLOW: more than @len digits. */
int plus_take_number(struct plus_reader *r, unsigned int len, char *out);
/* @len characters; -HM_EBAD_CHAR: a group that is none, padding out of place */
int plus_take_code40(struct plus_reader *r, size_t len, char *out);
/* At most @max characters into @out, not terminated. -HM_EEMPTY, -HM_ETOO_LONG, -HM_EBAD_CHAR */
int plus_take_text(struct plus_reader *r, unsigned int max, unsigned int length_bits, char *out, size_t *ret_len);

#endif /* HM_GS1_PLUS_TEXT_H */
