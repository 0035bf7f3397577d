// SPDX-License-Identifier: LGPL-2.1-or-later
#include "label/limits.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "label/scan.h"

#define DOTS		32000		/* how far a label goes */
#define OTHER_DIGITS	8u		/* of a number that no row is about */
#define PARAMETERS	7u

/*
 * What parameter n of a command may be; a row for each that is a number. Rows of a command
 * are together, and index says where they begin.
 */
static const struct limit {
	char name[3];
	unsigned char at;
	int min, max;
} limits[] = {
	{ "BC", 1, 1, DOTS },
	{ "BQ", 1, 1, 2 }, { "BQ", 2, 1, 100 }, { "BQ", 4, 0, 7 },
	{ "BX", 1, 1, 4095 }, { "BX", 2, 0, 200 }, { "BX", 3, 0, 144 }, { "BX", 4, 0, 144 }, { "BX", 5, 0, 6 },
	{ "BY", 0, 1, 10 }, { "BY", 2, 1, DOTS },
	{ "CF", 1, 0, DOTS }, { "CF", 2, 0, DOTS },
	{ "CI", 0, 0, 36 },
	{ "FB", 0, 0, DOTS }, { "FB", 1, 1, 9999 }, { "FB", 2, -9999, 9999 }, { "FB", 4, 0, 9999 },
	{ "FO", 0, 0, DOTS }, { "FO", 1, 0, DOTS }, { "FO", 2, 0, 2 },
	{ "FT", 0, 0, DOTS }, { "FT", 1, 0, DOTS }, { "FT", 2, 0, 2 },
	{ "GB", 0, 0, DOTS }, { "GB", 1, 0, DOTS }, { "GB", 2, 1, DOTS }, { "GB", 4, 0, 8 },
	{ "GC", 0, 3, 4095 }, { "GC", 1, 1, 4095 },
	{ "GD", 0, 0, DOTS }, { "GD", 1, 0, DOTS }, { "GD", 2, 1, DOTS },
	{ "GE", 0, 3, 4095 }, { "GE", 1, 3, 4095 }, { "GE", 2, 2, 4095 },
	{ "HV", 0, 0, 9999 }, { "HV", 1, 1, 256 },
	{ "LH", 0, 0, DOTS }, { "LH", 1, 0, DOTS },
	{ "LL", 0, 1, DOTS },
	{ "LS", 0, -9999, 9999 },
	{ "LT", 0, -120, 120 },
	{ "MD", 0, -30, 30 },
	{ "PQ", 0, 1, 99999999 }, { "PQ", 1, 0, 99999999 }, { "PQ", 2, 0, 99999999 },
	{ "PW", 0, 2, DOTS },
	{ "RF", 3, 0, 256 },
	{ "RS", 3, 1, 10 },
	/* every font, ^A0 ^AA ^A@ */
	{ "A", 1, 0, DOTS }, { "A", 2, 0, DOTS },
};
#define LIMITS (sizeof(limits) / sizeof(limits[0]))

/* Commands whose parameters are not a list of numbers: data, remarks, a picture's bytes. */
static bool is_text(const char name[2])
{
	static const char *const of[] = { "FD", "FV", "FX", "GF", "FH" };

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (!memcmp(of[i], name, 2))
			return true;
	return false;
}

static bool is_of(const struct limit *l, const char name[2])
{
	return l->name[0] == name[0] && (!l->name[1] || l->name[1] == name[1]);
}

static const struct limit *find(const char name[2])
{
	for (const struct limit *l = limits; l < limits + LIMITS; l++)
		if (is_of(l, name))
			return l;
	return NULL;
}

/* Digits with a sign, where one makes sense. */
static int check(const struct limit *l, const struct piece *s, char why[static HM_ZPL_WHY])
{
	bool minus = l->min < 0 && (*s->p == '-' || *s->p == '+');
	long v = 0;

	for (size_t i = minus; i < s->len; i++) {
		if (!isdigit((unsigned char)s->p[i]))
			v = -1;
		else if (v >= 0 && v <= l->max)
			v = v * 10 + (s->p[i] - '0');
		if (v < 0)
			break;
	}
	if (v < 0 || s->len == minus) {
		(void)snprintf(why, HM_ZPL_WHY, "^%.2s: parameter %u is no number", l->name, l->at + 1u);
		return -HM_ENOT_NUMERIC;
	}
	if (minus && *s->p == '-')
		v = -v;
	if (v >= l->min && v <= l->max)
		return 0;
	(void)snprintf(why, HM_ZPL_WHY, "^%.2s: parameter %u is %d to %d", l->name, l->at + 1u, l->min, l->max);
	return -HM_EOVERFLOW;
}

static int check_other(const char name[2], const struct piece *s, char why[static HM_ZPL_WHY])
{
	size_t digits = 0;

	while (digits < s->len && isdigit((unsigned char)s->p[digits]))
		digits++;
	if (digits <= OTHER_DIGITS)
		return 0;
	(void)snprintf(why, HM_ZPL_WHY, "^%.2s: a number of more than %u digits", name, OTHER_DIGITS);
	return -HM_EOVERFLOW;
}

int hm_zpl_numbers(const char name[2], const char *args, size_t len, char why[static HM_ZPL_WHY])
{
	const char *p = args, *end = args + len;
	const struct limit *l;
	struct piece s;
	int rc = 0;

	assert(args || !len);
	if (is_text(name))
		return 0;
	while (end > p && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	l = find(name);
	for (unsigned int i = 0; p < end && !rc; i++) {
		(void)scan_until(&p, end, ',', &s);
		while (l && l < limits + LIMITS && is_of(l, name) && l->at < i)
			l++;
		if (!s.len)
			continue;
		rc = l && l < limits + LIMITS && is_of(l, name) && l->at == i ? check(l, &s, why) :
		     !memcmp(name, "HV", 2) ? 0 : check_other(name, &s, why);
	}
	return rc;
}

int hm_zpl_check_numbers(const char *text, size_t len, struct hm_err *err)
{
	const char *p = text, *end = text + len, *stop;
	char why[HM_ZPL_WHY];
	int rc = 0;

	while (!rc && (p = memchr(p, '^', (size_t)(end - p))) && end - p >= 3) {
		const char name[2] = { (char)toupper((unsigned char)p[1]), (char)toupper((unsigned char)p[2]) };

		stop = memchr(p + 1, '^', (size_t)(end - p) - 1);
		stop = stop ? stop : end;
		if (stop - p >= 3)
			rc = hm_zpl_numbers(name, p + 3, (size_t)(stop - p) - 3, why);
		p = stop;
	}
	return rc ? hm_err_set(err, rc, "%s", why) : 0;
}
