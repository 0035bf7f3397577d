/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All GS1 Application Identifiers as data (GS1 General Specifications, release 25,
 * section 3): what a value consists of, what its parts must satisfy, which other AIs it
 * needs and excludes, and its place in a Digital Link.
 */
#ifndef HM_GS1_AI_TABLE_H
#define HM_GS1_AI_TABLE_H

#include "gs1/ai.h"

enum ai_set {
	SET_N,			/* digits */
	SET_X,			/* AI encodable set 82 */
	SET_Y,			/* set 39: digits, capitals, # - / */
	SET_Z,			/* set 64: file-safe base64 */
};

/* What a part must satisfy beyond its characters and length. */
enum ai_rule {
	RULE_NONE, RULE_CSUM, RULE_KEY, RULE_MODEL, RULE_DEVICE, RULE_YYMMD0, RULE_YYMMDD, RULE_YYYYMMDD, RULE_HH, RULE_HHMM,
	RULE_MMSS, RULE_COUNTRY, RULE_COUNTRIES, RULE_COUNTRY_OR_999, RULE_ALPHA2, RULE_CURRENCY, RULE_PERCENT,
	RULE_LATITUDE, RULE_LONGITUDE, RULE_YES_NO, RULE_HYPHEN, RULE_ZERO, RULE_NON_ZERO, RULE_WINDING,
	RULE_PIECES, RULE_IBAN, RULE_NO_ZERO_FIRST, RULE_IMPORTER, RULE_MEDIA, RULE_SEX, RULE_SEQUENCE,
	RULE_PACKAGE, RULE_COUPON, RULE_OFFER,
};

/*
 * How a value, or each of its two parts, is written in a tag: TDS 2.3, Table F, which names a
 * method of 14.5 for every AI that may be in one.
 */
enum ai_code {
	CODE_NONE,		/* it may not (or, as a second part: there is none) */
	CODE_DIGITS,		/* 14.5.4: four bits a digit, a fixed number */
	CODE_FIXED,		/* 14.5.2: as many digits, as one number */
	CODE_NUMBER,		/* 14.5.13: length, number */
	CODE_TEXT,		/* 14.5.6: coding, length, characters */
	CODE_DELIMITED,		/* 14.5.5: four bits a digit, E and text or F */
	CODE_DATE,		/* 14.5.8, 14.5.9: year 7, month 4, day 5 bits, and hour 5, minute 6 */
	CODE_RANGE,		/* 14.5.10: how many days, one or two of them */
	CODE_PRECISION,		/* 14.5.11: how exact, then as CODE_DATE, and second 6 */
	CODE_COUNTRY,		/* 14.5.12: two letters of six bits */
	CODE_BIT,		/* 14.5.7 */
	CODE_MINUS,		/* 14.5.14: one bit, a minus or nothing */
	CODE_SEQUENCE,		/* 14.5.15: two digits, the slash between them left out */
	CODE_PRIORITISED,	/* 14.5.3: which date, then as CODE_DATE; no AI has it, a dsgtin+ does */
};

struct ai_part {
	uint8_t set, min, max, rule;
	bool optional;
};

struct ai_row {
	uint16_t first, last;	/* 3100 ... 3105 share a row */
	uint8_t digits;		/* of the AI itself */
	bool predefined;	/* no FNC1 behind it */
	struct ai_part parts[5];
	uint8_t code[2];	/* enum ai_code; the second part is the last of parts[] */
	uint8_t tag_max;	/* characters in a tag, where they are fewer than elsewhere */
	/*
	 * One of the AIs of each list must be there; n stands for any digit, a '+' joins
	 * two that must be there together, ';' begins another list.
	 */
	const char *needs;
	const char *excludes;
	/* NULL: no key of a Digital Link; else its qualifiers in order, '|' an alternative */
	const char *qualifiers;
	bool path_only;		/* no attribute of a Digital Link: in the path or nowhere */
};

extern const struct ai_row ai_rows[];
extern const unsigned int ai_rows_n;

/* The row of the AI that @text begins with, or NULL; @len bytes are there. */
const struct ai_row *ai_find(const char *text, size_t len);
/* Digits of an AI that begins with these two, 0 for none. */
unsigned int ai_digits(const char *two);

/* ai_rules.c: the parts of one value. */
int ai_check_value(const struct ai_row *row, const char *value, size_t len);
/* YYMMDD of digits: -HM_EBAD_DATE. Day 00, where allowed, is some day of that month. */
int ai_check_date(const char *yymmdd, bool day_zero);

/* ai_coupon.c: coupons of North America, AIs 8110 and 8112. */
int ai_check_coupon(const char *value, size_t len);
int ai_check_offer(const char *value, size_t len);

#endif /* HM_GS1_AI_TABLE_H */
