/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data of a field (^FD, ^FV), byte by byte, as a printer takes it: line ends are none of it,
 * and where ^FH is in force its mark and two hexadecimal digits are one byte.
 *
 *	while ((rc = field_byte(&p, end, '_', &c)) > 0)
 *		...
 */
#ifndef HM_LABEL_FIELD_DATA_H
#define HM_LABEL_FIELD_DATA_H

#include "base/digits.h"
#include "base/error.h"

#define FIELD_NO_HEX	(-1)	/* ^FH is not in force */

/*
 * 1 and the next byte, 0 at @end. -HM_EBAD_ESCAPE: one that is cut. Of that a printer makes what it
 * likes, so nobody can say what the field holds.
 */
static inline int field_byte(const char **p, const char *end, int mark, char *ret)
{
	while (*p < end && (**p == '\r' || **p == '\n'))
		++*p;
	if (*p == end)
		return 0;
	if (mark == FIELD_NO_HEX || **p != (char)mark) {
		*ret = *(*p)++;
		return 1;
	}
	if (end - *p < 3 || hm_hex_digit((*p)[1]) < 0 || hm_hex_digit((*p)[2]) < 0)
		return -HM_EBAD_ESCAPE;
	*ret = (char)(hm_hex_digit((*p)[1]) << 4 | hm_hex_digit((*p)[2]));
	*p += 3;
	return 1;
}

#endif /* HM_LABEL_FIELD_DATA_H */
