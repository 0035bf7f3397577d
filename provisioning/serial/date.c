// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/date.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/digits.h"
#include "base/error.h"

#define BIT(f)	(1u << (f))

static const struct {
	const char *name;
	int min, max;
} fields[HM_DATE_FIELDS] = {
	[HM_DATE_YYYY]	= { "yyyy", 1, 9999 },
	[HM_DATE_YY]	= { "yy", 0, 99 },
	[HM_DATE_Y]	= { "y", 0, 9 },
	[HM_DATE_MM]	= { "mm", 1, 12 },
	[HM_DATE_DD]	= { "dd", 1, 31 },
	[HM_DATE_JJJ]	= { "jjj", 1, 366 },
	[HM_DATE_GGGG]	= { "gggg", 1, 9999 },
	[HM_DATE_GG]	= { "gg", 0, 99 },
	[HM_DATE_G]	= { "g", 0, 9 },
	[HM_DATE_WW]	= { "ww", 1, 53 },
	[HM_DATE_U]	= { "u", 1, 7 },
};

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

bool hm_date_valid(const struct hm_date *d)
{
	return d->year >= 1 && d->year <= 9999 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	       d->day <= month_days(d->year, d->month);
}

int hm_date_parse(const char *text, struct hm_date *ret)
{
	uint64_t y, m, day;
	struct hm_date d;

	if (strnlen(text, 11) != 10 || text[4] != '-' || text[7] != '-' ||
	    hm_digits_value(text, 4, 9999, &y) || hm_digits_value(text + 5, 2, 12, &m) ||
	    hm_digits_value(text + 8, 2, 31, &day))
		return -HM_EBAD_DATE;
	d = (struct hm_date){ (int)y, (int)m, (int)day };
	if (!hm_date_valid(&d))
		return -HM_EBAD_DATE;
	*ret = d;
	return 0;
}

int hm_date_cmp(const struct hm_date *a, const struct hm_date *b)
{
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	return (a->day > b->day) - (a->day < b->day);
}

static int year_day(const struct hm_date *d)
{
	int n = d->day;

	for (int m = 1; m < d->month; m++)
		n += month_days(d->year, m);
	return n;
}

/* Days since 0001-01-01, of the last of December before @year. */
static int days_before(int year)
{
	int y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 - 1;
}

/* Monday 1 ... Sunday 7: 0001-01-01 was a Monday. */
static int week_day(const struct hm_date *d)
{
	return (days_before(d->year) + year_day(d)) % 7 + 1;
}

/* The 4th of January is in week 1, so the 28th of December is in the last. */
static int weeks_of(int year)
{
	struct hm_date d = { year, 12, 31 };
	int last = week_day(&d);

	return last == 4 || (last == 5 && leap(year)) ? 53 : 52;
}

void hm_date_week(const struct hm_date *d, int *ret_year, int *ret_week)
{
	int week = (year_day(d) - week_day(d) + 10) / 7, year = d->year;

	if (week < 1)
		week = weeks_of(--year);
	else if (week > weeks_of(year))
		week = 1, year++;
	*ret_year = year;
	*ret_week = week;
}

enum hm_date_field hm_date_field_find(const char *text, size_t len)
{
	enum hm_date_field best = HM_DATE_FIELDS;

	for (unsigned int f = 0; f < HM_DATE_FIELDS; f++) {
		size_t n = strlen(fields[f].name);

		if (n <= len && !memcmp(text, fields[f].name, n) &&
		    (best == HM_DATE_FIELDS || n > strlen(fields[best].name)))
			best = (enum hm_date_field)f;
	}
	return best;
}

size_t hm_date_field_len(enum hm_date_field f)
{
	assert(f < HM_DATE_FIELDS);
	return strlen(fields[f].name);
}

static int field_value(enum hm_date_field f, const struct hm_date *d)
{
	int year = 0, week = 0;

	/* the dear one: a search asks for every day of years */
	if (f == HM_DATE_GGGG || f == HM_DATE_GG || f == HM_DATE_G || f == HM_DATE_WW)
		hm_date_week(d, &year, &week);
	switch (f) {
	case HM_DATE_YYYY:
		return d->year;
	case HM_DATE_YY:
		return d->year / 100 == 20 ? d->year % 100 : -1;
	case HM_DATE_Y:
		return d->year % 10;
	case HM_DATE_MM:
		return d->month;
	case HM_DATE_DD:
		return d->day;
	case HM_DATE_JJJ:
		return year_day(d);
	case HM_DATE_GGGG:
		return year >= 1 && year <= 9999 ? year : -1;
	case HM_DATE_GG:
		return year / 100 == 20 ? year % 100 : -1;
	case HM_DATE_G:
		return year % 10;
	case HM_DATE_WW:
		return week;
	case HM_DATE_U:
		return week_day(d);
	case HM_DATE_FIELDS:
		break;
	}
	assert(false);
	return -1;
}

int hm_date_write(enum hm_date_field f, const struct hm_date *d, char *out)
{
	int v;

	assert(f < HM_DATE_FIELDS);
	if (!hm_date_valid(d))
		return -HM_EBAD_DATE;
	v = field_value(f, d);
	if (v < 0)
		return -HM_EBAD_DATE;
	for (size_t i = strlen(fields[f].name); i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);
	return 0;
}

int hm_date_read(enum hm_date_field f, const char *text, struct hm_date_parts *p)
{
	uint64_t v;
	int rc;

	assert(f < HM_DATE_FIELDS);
	rc = hm_digits_value(text, strlen(fields[f].name), 9999, &v);
	if (rc)
		return rc;
	if ((int)v < fields[f].min || (int)v > fields[f].max || (p->value[f] >= 0 && p->value[f] != (int)v))
		return -HM_EBAD_DATE;
	p->value[f] = (int)v;
	return 0;
}

/* Has @d the values that were told? */
static bool agrees(const struct hm_date_parts *p, const struct hm_date *d)
{
	for (unsigned int f = 0; f < HM_DATE_FIELDS; f++)
		if (p->value[f] >= 0 && p->value[f] != field_value((enum hm_date_field)f, d))
			return false;
	return true;
}

/*
 * The days that may have the values, in their order, and no more of a year than those of the month,
 * the day or the week that was told: a search through all of them would be a hundred times as long.
 */
struct search {
	const struct hm_date_parts *p;
	unsigned int found;	/* 2 for more: how many does not matter */
	struct hm_date first;
};

static bool enough(struct search *s, const struct hm_date *d)
{
	if (agrees(s->p, d) && !s->found++)
		s->first = *d;
	return s->found > 1;
}

/* -1 where it was not told, so that anything is it */
static bool is(int told, int value)
{
	return told < 0 || told == value;
}

/* Is @year the one that is told by yyyy, yy and y, or gggg, gg and g, which follow each other in the enum? */
static bool is_year(const int told[static 3], int year)
{
	return is(told[0], year) && (told[1] < 0 || year == 2000 + told[1]) && is(told[2], year % 10);
}

static bool in_days(struct search *s, int year, int first, int last)
{
	struct hm_date d;

	for (int n = first < 1 ? 1 : first; n <= last && n <= 365 + leap(year); n++) {
		d = (struct hm_date){ year, 1, n };
		while (d.day > month_days(year, d.month))
			d.day -= month_days(year, d.month++);
		if (enough(s, &d))
			return true;
	}
	return false;
}

static bool in_months(struct search *s, int year)
{
	int month = s->p->value[HM_DATE_MM], day = s->p->value[HM_DATE_DD], last;
	struct hm_date d = { .year = year };

	for (d.month = month < 0 ? 1 : month; d.month <= (month < 0 ? 12 : month); d.month++) {
		last = month_days(year, d.month);
		for (d.day = day < 0 ? 1 : day; d.day <= (day < 0 || day > last ? last : day); d.day++)
			if (enough(s, &d))
				return true;
	}
	return false;
}

/* A week's year is that of its days, or one beside it. */
static bool in_weeks(struct search *s, int year)
{
	int week = s->p->value[HM_DATE_WW], monday;

	for (int y = year - 1; y <= year + 1; y++) {
		if (!is_year(s->p->value + HM_DATE_GGGG, y) || week > weeks_of(y))
			continue;
		/* of its week 1, as a day of @year */
		monday = days_before(y) - days_before(year) + 5 - week_day(&(struct hm_date){ y, 1, 4 });
		if (week < 0 ? in_days(s, year, monday, monday + 7 * weeks_of(y) - 1) :
		    in_days(s, year, monday + 7 * (week - 1), monday + 7 * week - 1))
			return true;
	}
	return false;
}

static bool in_year(struct search *s, int year)
{
	const int *v = s->p->value;

	if (!is_year(v + HM_DATE_YYYY, year))
		return false;
	if (v[HM_DATE_JJJ] >= 0)
		return in_days(s, year, v[HM_DATE_JJJ], v[HM_DATE_JJJ]);
	if (v[HM_DATE_MM] < 0 && v[HM_DATE_DD] < 0 &&
	    (v[HM_DATE_WW] >= 0 || v[HM_DATE_GGGG] >= 0 || v[HM_DATE_GG] >= 0 || v[HM_DATE_G] >= 0))
		return in_weeks(s, year);
	return in_months(s, year);
}

int hm_date_join(const struct hm_date_parts *p, struct hm_date *ret, bool *ret_whole)
{
	struct search s = { .p = p };
	int first = 2000, last = 2099;
	unsigned int told = 0;

	for (unsigned int f = 0; f < HM_DATE_FIELDS; f++)
		told |= p->value[f] >= 0 ? BIT(f) : 0;
	if (told & BIT(HM_DATE_YYYY))
		first = last = p->value[HM_DATE_YYYY];
	else if (told & BIT(HM_DATE_YY))
		first = last = 2000 + p->value[HM_DATE_YY];
	else if (told & BIT(HM_DATE_GGGG))
		first = p->value[HM_DATE_GGGG] - 1, last = first + 2;
	else if (told & BIT(HM_DATE_GG))
		first = 2000 + p->value[HM_DATE_GG] - 1, last = first + 2;
	for (int year = first < 1 ? 1 : first; year <= last && year <= 9999 && !in_year(&s, year); year++)
		;
	if (!s.found)
		return -HM_EBAD_DATE;
	*ret = s.first;
	/* one day among the years of a single digit would be chance, not knowledge */
	*ret_whole = s.found == 1 && hm_date_tells_day(told);
	return 0;
}

static bool has(unsigned int set, unsigned int all)
{
	return (set & all) == all;
}

static bool has_year(unsigned int set)
{
	return set & (BIT(HM_DATE_YYYY) | BIT(HM_DATE_YY));
}

static bool has_iso_year(unsigned int set)
{
	return set & (BIT(HM_DATE_GGGG) | BIT(HM_DATE_GG));
}

bool hm_date_tells_day(unsigned int set)
{
	if (has_year(set) && (has(set, BIT(HM_DATE_MM) | BIT(HM_DATE_DD)) || has(set, BIT(HM_DATE_JJJ))))
		return true;
	return has_iso_year(set) && has(set, BIT(HM_DATE_WW) | BIT(HM_DATE_U));
}

bool hm_date_tells_week(unsigned int set)
{
	return (has_iso_year(set) && has(set, BIT(HM_DATE_WW))) || hm_date_tells_day(set);
}

bool hm_date_tells_month(unsigned int set)
{
	return (has_year(set) && has(set, BIT(HM_DATE_MM))) || hm_date_tells_day(set);
}

bool hm_date_tells_year(unsigned int set)
{
	return has_year(set) || hm_date_tells_day(set);
}

bool hm_date_mixes(unsigned int set)
{
	bool year = set & (BIT(HM_DATE_YYYY) | BIT(HM_DATE_YY) | BIT(HM_DATE_Y));
	bool week_year = set & (BIT(HM_DATE_GGGG) | BIT(HM_DATE_GG) | BIT(HM_DATE_G));

	if (year == week_year || hm_date_tells_day(set))
		return false;
	return year ? has(set, BIT(HM_DATE_WW)) : set & (BIT(HM_DATE_MM) | BIT(HM_DATE_JJJ));
}
