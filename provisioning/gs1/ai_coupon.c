// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Coupons of North America: AI 8110 (Coupon Application Guideline, version 1) and
 * AI 8112 (positive offer file). Both are digits in which a digit says how long what
 * follows it is, so that a value is read from the left to its end.
 */
#include <string.h>

#include "base/digits.h"
#include "gs1/ai_table.h"

struct reader {
	const char *p, *end;
	int rc;			/* of the first thing that was wrong */
};

static bool fail(struct reader *r, int rc)
{
	if (!r->rc)
		r->rc = rc;
	return false;
}

/* @n digits, whatever they say; where they begin, or NULL. */
static const char *skip(struct reader *r, unsigned int n)
{
	const char *from = r->p;

	if (r->rc || (size_t)(r->end - r->p) < n) {
		fail(r, -HM_ETOO_SHORT);
		return NULL;
	}
	r->p += n;
	return from;
}

/* A digit among @allowed, which is otherwise -@wrong; its value, or 0. */
static unsigned int digit(struct reader *r, const char *allowed, int wrong)
{
	const char *p = skip(r, 1);

	for (; p && *allowed; allowed++)
		if (*allowed == *p)
			return (unsigned int)(*p - '0');
	if (p)
		fail(r, wrong);
	return 0;
}

/* How long it is, and it: @plus more digits than the first one says. */
static void counted(struct reader *r, const char *lengths, unsigned int plus)
{
	unsigned int n = digit(r, lengths, -HM_EBAD_LENGTH);

	skip(r, plus + n);
}

/* What has to be bought: how much of it (requirement, its code) and the family code. */
static void purchase(struct reader *r)
{
	counted(r, "12345", 0);
	digit(r, "012349", -HM_EBAD_CHAR);
	skip(r, 3);
}

/* A company prefix behind its length, 9 for "the first one's". */
static void other_prefix(struct reader *r)
{
	unsigned int n = digit(r, "01234569", -HM_EBAD_LENGTH);

	skip(r, n == 9 ? 0 : 6 + n);
}

static const char *date(struct reader *r)
{
	const char *p = skip(r, 6);

	if (p && ai_check_date(p, false)) {
		fail(r, -HM_EBAD_DATE);
		return NULL;
	}
	return p;
}

/* Does the optional field @which begin here? They come in the order of their numbers. */
static bool field(struct reader *r, char which)
{
	if (r->rc || r->p == r->end || *r->p != which)
		return false;
	r->p++;
	return true;
}

static void dates(struct reader *r)
{
	const char *expires = field(r, '3') ? date(r) : NULL;
	const char *starts = field(r, '4') ? date(r) : NULL;

	if (expires && starts && strncmp(starts, expires, 6) > 0)
		fail(r, -HM_EBAD_DATE);
}

static int finish(struct reader *r)
{
	return r->rc ? r->rc : r->p < r->end ? -HM_ETOO_LONG : 0;
}

int ai_check_coupon(const char *value, size_t len)
{
	struct reader r = { value, value + len, 0 };

	if (!hm_digits(value, len))
		return -HM_ENOT_NUMERIC;
	counted(&r, "0123456", 6);		/* company prefix */
	skip(&r, 6);				/* offer code */
	counted(&r, "12345", 0);		/* save value */
	purchase(&r);
	if (field(&r, '1')) {
		digit(&r, "0123", -HM_EBAD_CHAR);	/* how the second goes with the first */
		purchase(&r);
		other_prefix(&r);
	}
	if (field(&r, '2')) {
		purchase(&r);
		other_prefix(&r);
	}
	dates(&r);
	if (field(&r, '5'))
		counted(&r, "0123456789", 6);	/* serial */
	if (field(&r, '6'))
		counted(&r, "1234567", 6);	/* the retailer's prefix or GLN */
	if (field(&r, '9')) {
		digit(&r, "01256", -HM_EBAD_CHAR);	/* save value code */
		digit(&r, "012", -HM_EBAD_CHAR);	/* which item it applies to */
		skip(&r, 1);				/* store coupon */
		digit(&r, "01", -HM_EBAD_CHAR);		/* do not multiply */
	}
	return finish(&r);
}

int ai_check_offer(const char *value, size_t len)
{
	struct reader r = { value, value + len, 0 };

	if (!hm_digits(value, len))
		return -HM_ENOT_NUMERIC;
	digit(&r, "01", -HM_EBAD_CHAR);		/* format */
	counted(&r, "0123456", 6);		/* funder */
	skip(&r, 6);				/* offer code */
	counted(&r, "0123456789", 6);		/* serial */
	return finish(&r);
}
