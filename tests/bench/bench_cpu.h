/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much of several kinds of work one core does a second, each against the first:
 *
 *	static void decode(uint64_t at);		PIECE of it, from item @at (a million or more) on
 *
 *	static const struct bench_kind kinds[] = {
 *		{ "plain-decode", plain, PIECE },	the baseline
 *		{ "our-decode", decode, PIECE },
 *	};
 *
 *	return bench_cpu("bench-gs1", argc, argv, kinds, 2);	[ROUNDS [MILLISECONDS]]
 *
 * CPU time of this thread counts, so that other load does not; rounds are interleaved all
 * the same, and the medians of values and ratios are printed. While a kind runs nothing
 * may be allocated by anybody, or the program fails; a kind that measures somebody else's
 * work, which allocates, says so. The header defines malloc() and is for one file of a
 * program.
 */
#ifndef HM_TEST_BENCH_CPU_H
#define HM_TEST_BENCH_CPU_H

#include <stdbool.h>

#include "bench.h"

#define BENCH_ROUNDS_MAX	99
#define BENCH_KINDS_MAX		16

struct bench_kind {
	const char *name;
	void (*run)(uint64_t at);
	unsigned int items;	/* of one call */
	bool allocates;
};

/* --- allocations are counted: glibc's own names below ours --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static unsigned long bench_allocations;

void *malloc(size_t size)
{
	bench_allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	bench_allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	bench_allocations++;
	return __libc_realloc(p, size);
}

/* --- time --- */

static inline int64_t bench_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline double bench_per_second(const char *program, const struct bench_kind *k, int64_t run_ns)
{
	unsigned long before = bench_allocations;
	int64_t start = bench_cpu_ns(), now = start;
	uint64_t n = 0;

	while (now < start + run_ns) {
		k->run(1000000 + n);
		n += k->items;
		now = bench_cpu_ns();
	}
	if (bench_allocations != before && !k->allocates) {
		fprintf(stderr, "%s: %s: %lu allocations\n", program, k->name, bench_allocations - before);
		exit(1);
	}
	return (double)n * 1e9 / (double)(now - start);
}

static inline int bench_cpu(const char *program, int argc, char *argv[], const struct bench_kind *kinds, size_t n)
{
	static double value[BENCH_KINDS_MAX][BENCH_ROUNDS_MAX], ratio[BENCH_KINDS_MAX][BENCH_ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	int64_t run_ns = (argc > 2 ? atoi(argv[2]) : 100) * 1000000ll;

	bench_must(n <= BENCH_KINDS_MAX);
	if (rounds < 1 || rounds > BENCH_ROUNDS_MAX || run_ns < 1000000) {
		fprintf(stderr, "usage: %s [ROUNDS [MILLISECONDS]]\n", program);
		return 2;
	}
	/* the first call pays for all: tables, caches, what a library makes once */
	for (size_t k = 0; k < n; k++)
		kinds[k].run(1000000);
	for (int i = 0; i < rounds; i++)
		for (size_t k = 0; k < n; k++) {
			value[k][i] = bench_per_second(program, &kinds[k], run_ns);
			ratio[k][i] = value[k][i] / value[0][i];
		}
	for (size_t k = 0; k < n; k++)
		bench_line(kinds[k].name, bench_median(value[k], (size_t)rounds), "/s",
			   bench_median(ratio[k], (size_t)rounds), k ? kinds[0].name : "-");
	return 0;
}

#endif /* HM_TEST_BENCH_CPU_H */
