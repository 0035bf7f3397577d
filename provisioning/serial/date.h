/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dates in serials. Whoever calls gives the date: nothing here reads a clock. Pure.
 *
 *	struct hm_date d;
 *
 *	rc = hm_date_parse("2026-11-22", &d);
 *	hm_date_write(HM_DATE_YY, &d, out);			"26", not terminated
 *
 * Fields, as a pattern spells them:
 *
 *	yyyy yy y	year; yy is of 2000 to 2099, y its last digit
 *	mm dd		month, day
 *	jjj		day of the year, 001 to 366
 *	gggg gg g	year of the ISO 8601 week, which is another at the turn of the year
 *	ww u		ISO 8601 week 01 to 53; day of the week, Monday 1
 *
 * Reading goes the other way as far as the fields tell:
 *
 *	struct hm_date_parts p = HM_DATE_PARTS_INIT;
 *
 *	rc = hm_date_read(HM_DATE_YY, "26", &p);		for each field
 *	rc = hm_date_join(&p, &d, &whole);		the first day that they all fit;
 *							whole: there is no other
 */
#ifndef HM_SERIAL_DATE_H
#define HM_SERIAL_DATE_H

#include <stdbool.h>
#include <stddef.h>

struct hm_date {
	int year;	/* 1 ... 9999, proleptic Gregorian */
	int month, day;
};

enum hm_date_field {
	HM_DATE_YYYY, HM_DATE_YY, HM_DATE_Y, HM_DATE_MM, HM_DATE_DD, HM_DATE_JJJ,
	HM_DATE_GGGG, HM_DATE_GG, HM_DATE_G, HM_DATE_WW, HM_DATE_U,
	HM_DATE_FIELDS,
};

bool hm_date_valid(const struct hm_date *d);
/* "YYYY-MM-DD" and nothing else, or -HM_EBAD_DATE. */
int hm_date_parse(const char *text, struct hm_date *ret);
int hm_date_cmp(const struct hm_date *a, const struct hm_date *b);
/* ISO 8601: the week's year and number. */
void hm_date_week(const struct hm_date *d, int *ret_year, int *ret_week);

/* The field at the beginning of @text, by the longest name, or HM_DATE_FIELDS. */
enum hm_date_field hm_date_field_find(const char *text, size_t len);
/* Characters of a field. */
size_t hm_date_field_len(enum hm_date_field f);
/* -HM_EBAD_DATE where a date outside 2000 to 2099 has no two-digit year. */
int hm_date_write(enum hm_date_field f, const struct hm_date *d, char *out);

struct hm_date_parts {
	int value[HM_DATE_FIELDS];	/* -1: not told */
};
#define HM_DATE_PARTS_INIT { { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 } }

/* -HM_ENOT_NUMERIC, -HM_EBAD_DATE for a value that the field never has. */
int hm_date_read(enum hm_date_field f, const char *text, struct hm_date_parts *p);
/* -HM_EBAD_DATE where no day has all these fields. */
int hm_date_join(const struct hm_date_parts *p, struct hm_date *ret, bool *ret_whole);

/* Do fields (a bit each) tell apart any two days, weeks, months, years of a century? */
bool hm_date_tells_day(unsigned int fields);
bool hm_date_tells_week(unsigned int fields);
bool hm_date_tells_month(unsigned int fields);
bool hm_date_tells_year(unsigned int fields);
/*
 * Are the year and what stands beside it of two calendars? 2027-01-01 is in week 53 of 2026: as
 * yyww that is "2753", a week that never comes, and as ggmm "2601", another month. A whole
 * date beside a week says all the same which day it is.
 */
bool hm_date_mixes(unsigned int fields);

#endif /* HM_SERIAL_DATE_H */
