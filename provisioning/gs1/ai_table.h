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

struct ai_part {
	uint8_t set, min, max, rule;
	bool optional;
};

struct ai_row {
	uint16_t first, last;	/* 3100 ... 3105 share a row */
	uint8_t digits;		/* of the AI itself */
	bool predefined;	/* no FNC1 behind it */
	struct ai_part parts[5];
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
