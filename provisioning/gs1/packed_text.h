/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The alphanumeric subsection of a packed object: TDS 1.6 and later, I.8.2 and annex K. All texts
 * of the object are one, in four segments: digits with a few letters (base 13), letters with a few
 * digits (base 40 or 84), digits (base 10), and the others (base 30, 74 or 256). Which character
 * is where, runs in front and behind say, and a map of one bit each between them. The map's length
 * is nowhere: it is as long as makes the segments fill the object.
 */
#ifndef HM_GS1_PACKED_TEXT_H
#define HM_GS1_PACKED_TEXT_H

#include "gs1/packed_bits.h"

/*
 * All up to @r->end into @out, which has room for PACKED_CHARS_MAX. -HM_EBAD_LENGTH: the segments do
 * not fill the bits; -HM_EOVERFLOW: a number that is none; -HM_EBAD_CHAR: a shift without its
 * character, or with a value that has none; -HM_ETOO_LONG.
 */
int packed_take_text(struct packed_reader *r, char *out, unsigned int *ret_len);

/* A map and no runs, in the base that takes the fewest bits. */
void packed_put_text(struct packed_bits *b, const char *text, unsigned int len);

#endif /* HM_GS1_PACKED_TEXT_H */
