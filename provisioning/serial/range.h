/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ranges of counters as values: leased from, split, given back. Pure.
 *
 *	struct hm_range pool, lease;
 *
 *	rc = hm_range_set(&pool, 1000, 1999);			both belong to it
 *	rc = hm_range_lease(&pool, 50, &lease);			1000-1049; pool: 1050-1999
 *	rc = hm_range_draw(&lease, &counter);			1000; lease: 1001-1049
 *	rc = hm_range_join(&lease, &pool);			1001-1999, if pool is as it was
 *
 * A lease leaves the pool as it is cut off, so that no two ranges that came out of one
 * ever overlap: there is no look-up and no way to cut the same counter twice, as long as
 * the pool's new value is kept before the lease is used. The counter 2^64 - 1 is never
 * in a range. A range without counters is a value too (next == end).
 *
 * Errors: -EINVAL for an order that makes no sense, -HM_EPOOL_EXHAUSTED for more than
 * there is; on an error nothing has changed.
 */
#ifndef HM_SERIAL_RANGE_H
#define HM_SERIAL_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hm_range {
	uint64_t next;	/* the first */
	uint64_t end;	/* one behind the last */
};

#define HM_RANGE_TEXT_MAX 42	/* "FIRST-LAST" with its NUL */

int hm_range_set(struct hm_range *ret, uint64_t first, uint64_t last);
/* "1000-1999" or "1000": codec classes, or -EINVAL where the last is before the first. */
int hm_range_parse(const char *text, struct hm_range *ret);
/* The same; "" for an empty one. */
void hm_range_text(const struct hm_range *r, char out[HM_RANGE_TEXT_MAX]);

static inline uint64_t hm_range_count(const struct hm_range *r)
{
	return r->end - r->next;
}

static inline bool hm_range_has(const struct hm_range *r, uint64_t counter)
{
	return counter >= r->next && counter < r->end;
}

static inline bool hm_range_overlap(const struct hm_range *a, const struct hm_range *b)
{
	return a->next < b->end && b->next < a->end;
}

/* The first @n counters, all or none; @n is at least 1. */
int hm_range_lease(struct hm_range *pool, uint64_t n, struct hm_range *ret);
/* As lease, the first of them on a multiple of @align; what is stepped over is gone. */
int hm_range_lease_aligned(struct hm_range *pool, uint64_t n, uint64_t align, struct hm_range *ret);
int hm_range_draw(struct hm_range *pool, uint64_t *ret);
/* All of @pool in @parts pieces whose sizes differ by at most one; @pool is empty then. */
int hm_range_split(struct hm_range *pool, struct hm_range *ret, size_t parts);
/* @rest goes back to the front of @pool: only where it ends where @pool begins. */
int hm_range_join(const struct hm_range *rest, struct hm_range *pool);

#endif /* HM_SERIAL_RANGE_H */
