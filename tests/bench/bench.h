/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clock, medians and the line that bench programs print. */
#ifndef HM_TEST_BENCH_H
#define HM_TEST_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t bench_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int bench_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @v. */
static inline double bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), bench_cmp);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* "name value unit ratio baseline"; the baseline's own line has ratio 1 and "-". */
static inline void bench_line(const char *name, double value, const char *unit, double ratio,
			      const char *baseline)
{
	printf("%s %.6g %s %.3g %s\n", name, value, unit, ratio, baseline);
}

#define bench_must(cond) do {								\
	if (!(cond)) {									\
		fprintf(stderr, "%s:%d: %s: %m\n", __FILE__, __LINE__, #cond);		\
		exit(1);								\
	}										\
} while (0)

#endif /* HM_TEST_BENCH_H */
