/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbering schemes: how the serials of a product are formed. Pure: dates, lots and keys
 * are given, counters are drawn by somebody else.
 *
 * A pattern is literals and pieces in braces, one of them a counter:
 *
 *	{n:10}{c:mod10}			ten digits, then a GS1 check digit
 *	SN{n:6:alnum-0O1IL}		base 31, without what is easily mistaken
 *	{d:yymmdd}{n:4:day}		counts from the start again every day
 *	{l:5}{n:3:lot}{c:mod37_36}	and with every lot, whose five characters it bears
 *	{r:12:crockford}		twelve unguessable characters
 *
 *	{n:WIDTH[:ALPHABET][:RESET]}	a counter; serial/alphabet.h, dec unless told; RESET is
 *					day week month year lot: the pattern must then hold
 *					what tells one such period from the next
 *	{r:WIDTH[:ALPHABET][:RESET]}	its keyed permutation, serial/ff1.h; 1,000,000 or more
 *	{d:FIELDS}			of a date, serial/date.h
 *	{l:WIDTH[:ALPHABET]}		the lot's name, exactly so long; alnum unless told
 *	{c:SYSTEM}			check characters, serial/checkchar.h: last, over all before
 *
 * A serial so formed has at most 20 characters (AI 21). Literals are A-Z a-z 0-9 - . _ and
 * a serial begins with a letter or a digit: it is also a file name, a command line
 * argument and a part of URLs. (mod37_2 can end one with "*".)
 *
 *	struct hm_scheme s;
 *
 *	rc = hm_scheme_parse(&s, "{n:10}{c:mod10}", &err);
 *	rc = hm_scheme_format(&s, 1000000001, serial, sizeof(serial));
 *
 * With a date or a lot, these are settled first, once a day or a lot, not once a serial:
 *
 *	rc = hm_scheme_settle(&s, &date, "A7001", &err);
 *	hm_scheme_counter_key(&s, key);		which counter to draw from: of this day or lot
 *
 * Unguessable serials take a context with the key in it; it belongs to one period:
 *
 *	rc = hm_scheme_ff1(&s, key, key_len, &ff1);
 *	rc = hm_scheme_scatter(&s, ff1, counter, 100, serials);
 *
 * Errors: -HM_EBAD_PRODUCT for a pattern, -HM_EOVERFLOW for a counter that does not fit,
 * -HM_EMISSING_INPUT where a date, a lot or a key is needed, -HM_EGUESSABLE, and codec
 * classes for texts that are read.
 */
#ifndef HM_SERIAL_SERIAL_H
#define HM_SERIAL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digits.h"	/* hm_mod10() */
#include "base/error.h"
#include "serial/alphabet.h"
#include "serial/checkchar.h"
#include "serial/date.h"
#include "serial/ff1.h"
#include "serial/range.h"

#define HM_SERIAL_MAX		20
#define HM_PATTERN_MAX		96
#define HM_COUNTER_KEY_MAX	127

/* At what the counter begins anew. */
enum hm_reset {
	HM_RESET_NEVER = 0,
	HM_RESET_DAY,
	HM_RESET_WEEK,	/* of ISO 8601 */
	HM_RESET_MONTH,
	HM_RESET_YEAR,
	HM_RESET_LOT,
};

struct hm_scheme {
	char pattern[HM_PATTERN_MAX + 1];
	unsigned int length;		/* of every serial */
	char text[HM_SERIAL_MAX + 1];	/* literals and what was settled, each in its place */
	uint32_t literal;		/* a bit for each place of a literal */
	unsigned int counter_at, width;
	struct hm_alphabet alphabet;
	uint64_t max;			/* the largest counter */
	bool unguessable;
	enum hm_reset reset;
	unsigned int lot_at, lot_width;	/* width 0: none */
	struct hm_alphabet lot_alphabet;
	unsigned int n_dates;
	struct {
		enum hm_date_field field;
		unsigned int at;
	} dates[HM_SERIAL_MAX];
	enum hm_checkchar check;
	/* what was settled */
	bool has_date, has_lot;
	struct hm_date date;
	char lot[HM_SERIAL_MAX + 1];
};

int hm_scheme_parse(struct hm_scheme *ret, const char *pattern, struct hm_err *err);

static inline bool hm_scheme_wants_date(const struct hm_scheme *s)
{
	return s->n_dates;
}

static inline bool hm_scheme_wants_lot(const struct hm_scheme *s)
{
	return s->lot_width;
}

/*
 * The date and the lot of the serials to come; NULL for what the pattern does not hold
 * (given all the same, it is not looked at). Again with others at any time.
 * -HM_EMISSING_INPUT, -HM_EBAD_DATE, -HM_EBAD_LENGTH, -HM_EBAD_CHAR, -HM_ENOT_NUMERIC;
 * @s is as before then.
 */
int hm_scheme_settle(struct hm_scheme *s, const struct hm_date *date, const char *lot,
		     struct hm_err *err);

/*
 * The name of the counter that serials of this scheme are drawn from: the pattern, and
 * the period where there is a reset ("{d:yymmdd}{n:4:day} 2026-11-22"). Two serials are
 * different where key or counter differ. -HM_EMISSING_INPUT where there is a reset and its
 * date or lot is not settled.
 */
int hm_scheme_counter_key(const struct hm_scheme *s, char ret[HM_COUNTER_KEY_MAX + 1]);

/*
 * The counters that a product may use, from its first and last (UINT64_MAX: not told,
 * the pattern alone is the limit). With @one_in (0: no limit) somebody who tries a serial
 * must succeed less often than once in so many tries: -HM_EGUESSABLE for a counter that
 * is not unguessable, and for more counters than the odds allow. FMD: 10,000.
 */
int hm_scheme_pool(const struct hm_scheme *s, uint64_t first, uint64_t last, uint64_t one_in,
		   struct hm_range *ret, struct hm_err *err);
/* Of @count serials in use, one tried at random is met once in so many tries (at most 2^64 - 1). */
uint64_t hm_scheme_odds(const struct hm_scheme *s, uint64_t count);

/* The serial of a counter; -HM_EMISSING_INPUT for an unguessable one. */
int hm_scheme_format(const struct hm_scheme *s, uint64_t counter, char *out, size_t size);

/* The permutation for this scheme and its period; a later period takes a new one. */
int hm_scheme_ff1(const struct hm_scheme *s, const void *key, size_t key_len, struct hm_ff1 **ret,
		  struct hm_err *err);
/*
 * The serials of @n counters from @first on, each NUL-terminated; @ff1 is NULL for a
 * counter that is not unguessable. All or none are right: on an error @out is undefined.
 */
int hm_scheme_scatter(const struct hm_scheme *s, struct hm_ff1 *ff1, uint64_t first, size_t n,
		      char (*out)[HM_SERIAL_MAX + 1]);

/* What a serial says. */
struct hm_serial_parts {
	bool has_counter;	/* false where it is unguessable: hm_scheme_counter() */
	uint64_t counter;
	bool has_date;		/* the fields determine one */
	struct hm_date date;	/* it, or else the first of 2000 to 2099 that they fit */
	char lot[HM_SERIAL_MAX + 1];	/* "" without one */
};

/*
 * Is @text a serial of this scheme, of any date and lot, and what does it say?
 * -HM_EEMPTY, -HM_EBAD_LENGTH, -HM_EBAD_CHAR, -HM_ENOT_NUMERIC, -HM_EBAD_DATE,
 * -HM_EBAD_CHECK_DIGIT.
 */
int hm_scheme_read(const struct hm_scheme *s, const char *text, size_t len,
		   struct hm_serial_parts *ret);
/* The same for the counter alone; -HM_EMISSING_INPUT for an unguessable one of good form. */
int hm_scheme_check(const struct hm_scheme *s, const char *text, uint64_t *ret_counter);
/*
 * The counter of an unguessable serial, with the context of its period. -HM_EOVERFLOW: it
 * is none that a counter of 64 bits gives, and so none that was ever made.
 */
int hm_scheme_counter(const struct hm_scheme *s, struct hm_ff1 *ff1, const char *text,
		      uint64_t *ret_counter);

#endif /* HM_SERIAL_SERIAL_H */
