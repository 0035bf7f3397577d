/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ID tables of packed objects: TDS 1.6 and later, annexes F and J. An ID value is the index of
 * a row. It stands for one AI, for one of a series ("310%x30-36"), for one of two, for two
 * together, or for a row of a secondary table; what it leaves open is in the secondary ID bits.
 */
#ifndef HM_GS1_PACKED_TABLE_H
#define HM_GS1_PACKED_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* So many digits always, then @min ... @max digits or, where it is a text, characters. */
struct packed_format {
	uint8_t digits, min, max;
	bool text;
};

struct packed_oid {
	char ai[5];		/* of a series without its last digit */
	uint8_t series;		/* values that the last digit can have, from 0 on; 0: there is none */
	struct packed_format format;
};

enum packed_how {
	PACKED_NONE,		/* nothing: reserved */
	PACKED_ONE,
	PACKED_EITHER,		/* one bit: @a or @b */
	PACKED_BOTH,
	PACKED_OPTIONAL,	/* @a, and @b where one bit says so */
	PACKED_SECONDARY,	/* a row of @sub */
};

struct packed_row {
	enum packed_how how;
	struct packed_oid a, b;
	const struct packed_table *sub;
};

struct packed_table {
	const struct packed_row *rows;
	uint16_t n;		/* rows that there are */
	uint16_t size;		/* rows that there can be: K-IDsize */
};

/* "F9": GS1 application identifiers, as TDS 1.9 prints it (K-Version 1.00) */
extern const struct packed_table packed_f9;

#endif /* HM_GS1_PACKED_TABLE_H */
