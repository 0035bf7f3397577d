/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The EPC schemes as data (TDS 1.13, section 14): what the encoder, the decoder and the
 * conversions share. A scheme is header, filter and then one of four layouts; most are
 * "partitioned": a company prefix and a second field whose widths depend on a
 * three-bit partition, then a serial.
 */
#ifndef HM_GS1_EPC_TABLE_H
#define HM_GS1_EPC_TABLE_H

#include <stdbool.h>

#include "gs1/epc.h"

#define HM_EPC_PARTITIONS 7u

enum epc_layout {
	LAYOUT_PARTITIONED,
	LAYOUT_GID,		/* manager 28, class 24, serial 36; no filter */
	LAYOUT_USDOD,		/* filter 4, CAGE 6 * 8, serial 36 */
	LAYOUT_ADI,		/* filter 6, CAGE 6 * 6, two strings of 6-bit characters */
};

/* The second field of a partitioned scheme. */
enum epc_second {
	SECOND_PADDED,		/* a number of fixed width, leading zeros and all */
	SECOND_NUMBER,		/* a number without leading zeros; its bits are the only limit (14.3.4) */
	SECOND_TEXT7,		/* 7-bit characters in a field of fixed width */
	SECOND_TEXT6,		/* 6-bit characters, 000000 ends */
};

/* What follows it. */
enum epc_tail {
	TAIL_NONE,
	TAIL_ZERO,		/* reserved bits */
	TAIL_NUMBER,		/* a number without leading zeros */
	TAIL_DIGITS,		/* digits with leading zeros: the number '1' digits */
	TAIL_TEXT7,
};

struct epc_width {
	uint8_t bits, digits;	/* digits: also the most characters */
};

struct epc_scheme {
	const char *name;	/* sgtin-96 */
	const char *identity;	/* sgtin: of the pure identity URI */
	char start[32];		/* urn:epc:tag:sgtin-96: */
	uint8_t start_len;
	uint8_t header;
	uint8_t layout, second, tail;
	bool pieces;		/* piece and total, 7 bits each, before the tail */
	uint16_t bits;		/* 0: depends on the content */
	const struct epc_width *seconds;
	uint8_t tail_bits;
	uint8_t tail_chars;	/* TAIL_DIGITS, TAIL_TEXT7: at most */
	uint64_t tail_max;	/* TAIL_NUMBER */
	uint8_t filter_max;
	uint8_t parts;		/* of the tag URI behind the filter */
};

extern const struct epc_scheme epc_schemes[HM_EPC_SCHEMES];
/* by partition */
extern const struct epc_width epc_prefixes[HM_EPC_PARTITIONS];
/* header byte to scheme; NULL where there is none */
const struct epc_scheme *epc_by_header(uint8_t header);
extern const uint64_t epc_ten_to[18];

/* Characters by what may be done with them in a URI. */
enum {
	CHAR_82		= 0x01,	/* AI encodable set 82, as it is */
	CHAR_82_ESC	= 0x02,	/* the same, but as %XX */
	CHAR_CPI	= 0x04,	/* set 39 of a component/part identifier */
	CHAR_CPI_ESC	= 0x08,
	CHAR_ADI	= 0x10,	/* A-Z 0-9 - */
	CHAR_ADI_ESC	= 0x20,	/* / */
	CHAR_CAGE	= 0x40,	/* A-Z 0-9 without I and O */
};
extern const uint8_t epc_chars[256];

#endif /* HM_GS1_EPC_TABLE_H */
