/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A seeded generator for property tests: the same cases in every run, unless
 * HALLMARK_SEED says otherwise; a failing test prints the seed and the case.
 * HALLMARK_CASES raises the number of cases: `make check-properties` asks for 1000000 of
 * each. A case is one round trip, one text or image, or one history of many steps (leases
 * of ranges, power failures); every property counts by rnd_cases(), tests/unit/counts sees to it.
 *
 *	struct rnd r = rnd_start("gs1 round trip");
 *	for (r.n = 0; r.n < rnd_cases(100000); r.n++)
 *		... rnd_below(&r, 10) ...
 */
#ifndef TESTS_UNIT_SUPPORT_RND_H
#define TESTS_UNIT_SUPPORT_RND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct rnd {
	uint64_t seed, state, n;
	const char *what;
	/* of shrink.h: what was drawn is written down, or what is written there is drawn */
	uint64_t *tape;
	size_t tape_len, tape_at;
	bool replay;
	bool show;		/* the case that is left: say what it is */
};

static inline struct rnd rnd_start(const char *what)
{
	const char *seed = getenv("HALLMARK_SEED");
	struct rnd r = { .seed = seed ? strtoull(seed, NULL, 0) : 20261122, .what = what };

	r.state = r.seed;
	return r;
}

/* How many cases: @few, or HALLMARK_CASES where that is more. */
static inline uint64_t rnd_cases(uint64_t few)
{
	const char *text = getenv("HALLMARK_CASES");
	uint64_t many = text ? strtoull(text, NULL, 0) : 0;

	return many > few ? many : few;
}

/* splitmix64 */
static inline uint64_t rnd_next(struct rnd *r)
{
	uint64_t z;

	if (r->replay)		/* behind the end: the plainest there is */
		return r->tape_at < r->tape_len ? r->tape[r->tape_at++] : 0;
	z = (r->state += 0x9e3779b97f4a7c15ull);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	z ^= z >> 31;
	if (r->tape_at < r->tape_len)
		r->tape[r->tape_at++] = z;
	return z;
}

/* 0 ... n - 1 */
static inline uint64_t rnd_below(struct rnd *r, uint64_t n)
{
	return rnd_next(r) % n;
}

static inline void rnd_bytes(struct rnd *r, void *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = (uint8_t)rnd_next(r);
}

/* @len characters of @set, terminated */
static inline void rnd_text(struct rnd *r, char *out, size_t len, const char *set, size_t set_len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = set[rnd_below(r, set_len)];
	out[len] = '\0';
}

#define rnd_assert(r, cond) do {							\
	if (!(cond))									\
		fail_msg("%s: seed %llu, case %llu: %s", (r)->what,			\
			 (unsigned long long)(r)->seed, (unsigned long long)(r)->n, #cond); \
} while (0)

#endif
