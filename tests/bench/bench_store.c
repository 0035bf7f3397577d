// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many serials a second a store can draw, each durable before it is used,
 * against the least that durability costs: appending 512 bytes to a file and
 * fdatasync, in the same directory.
 *
 *	bench-store DIR [ROUNDS [MILLISECONDS]]
 *	bench-store --raw DIR [MILLISECONDS]	the baseline alone, one figure
 *
 * Rounds are interleaved, since a disk has moods; each round gives a ratio, and
 * the medians of values and ratios are printed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "store/store.h"

#define ROUNDS_MAX	99
#define APPEND_SIZE	512
#define LEAF_SIZE	300	/* that of a reserve's leaf */
#define KEY		"bench"

enum what { RAW, DRAW1, DRAW8, KINDS };

static struct hm_store *store;
static int64_t run_ns;
static atomic_uint next_index;

static int new_batch(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_batch b = { .key = KEY, .product = "bench", .count = UINT32_MAX }, got;
	bool is_new;

	(void)arg;
	return hm_tx_batch_put(tx, &b, &got, &is_new, err);
}

/* What reserving a unit writes: counter, unit, leaf. */
static int draw(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t leaf[LEAF_SIZE];
	struct hm_unit u = { .index = *(uint32_t *)arg, .state = HM_UNIT_RESERVED, .key = KEY,
			     .product = "bench", .lot = "L1", .slot = "1", .created = 1 };
	uint64_t serial;
	int rc = hm_tx_counter_draw(tx, "bench", 1, UINT32_MAX, &serial, err);

	if (rc)
		return rc;
	snprintf(u.serial, sizeof(u.serial), "%llu", (unsigned long long)serial);
	memset(leaf, (int)serial, sizeof(leaf));
	rc = hm_tx_leaf_append(tx, leaf, sizeof(leaf), &u.leaf, err);
	return rc ?: hm_tx_unit_put(tx, &u, err);
}

static void *draw_until(void *arg)
{
	int64_t end = *(int64_t *)arg;
	uintptr_t n = 0;

	while (bench_ns() < end) {
		uint32_t index = atomic_fetch_add(&next_index, 1);
		struct hm_err err = { "" };
		int rc = hm_store_run(store, draw, &index, &err);

		if (rc) {
			fprintf(stderr, "bench-store: %s\n", hm_err_text(&err, rc));
			exit(1);
		}
		n++;
	}
	return (void *)n;
}

static double draws_per_second(int threads)
{
	int64_t start = bench_ns(), end = start + run_ns;
	pthread_t t[8];
	uintptr_t n = 0;

	for (int i = 0; i < threads; i++)
		bench_must(!pthread_create(&t[i], NULL, draw_until, &end));
	for (int i = 0; i < threads; i++) {
		void *some;

		bench_must(!pthread_join(t[i], &some));
		n += (uintptr_t)some;
	}
	return (double)n * 1e9 / (double)(bench_ns() - start);
}

static double appends_per_second(int fd)
{
	int64_t start = bench_ns(), end = start + run_ns, now = start;
	uint8_t block[APPEND_SIZE];
	size_t n = 0;

	memset(block, 0xa5, sizeof(block));
	while (now < end) {
		bench_must(write(fd, block, sizeof(block)) == sizeof(block));
		bench_must(!fdatasync(fd));
		n++;
		now = bench_ns();
	}
	return (double)n * 1e9 / (double)(now - start);
}

static int open_raw(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/bench-store.raw", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	bench_must(fd >= 0);
	return fd;
}

static int raw_alone(int argc, char *argv[])
{
	int fd = open_raw(argv[2]);

	run_ns = (argc > 3 ? atoi(argv[3]) : 500) * 1000000ll;
	printf("%.1f\n", appends_per_second(fd));
	close(fd);
	return 0;
}

int main(int argc, char *argv[])
{
	static double value[KINDS][ROUNDS_MAX], ratio[KINDS][ROUNDS_MAX];
	uint64_t commits, functions, commits0, functions0, shared = 0, shares = 0;
	int rounds = argc > 2 ? atoi(argv[2]) : 5, fd, rc;
	struct hm_err err = { "" };
	char db[4096];

	if (argc > 2 && !strcmp(argv[1], "--raw"))
		return raw_alone(argc, argv);
	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-store DIR [ROUNDS [MILLISECONDS]]\n"
			"       bench-store --raw DIR [MILLISECONDS]\n");
		return 2;
	}
	run_ns = (argc > 3 ? atoi(argv[3]) : 500) * 1000000ll;
	snprintf(db, sizeof(db), "%s/bench-store.db", argv[1]);
	bench_must(access(db, F_OK));	/* an old one would be another size */
	fd = open_raw(argv[1]);
	rc = hm_store_open(db, true, &store, &err);
	rc = rc ?: hm_store_run(store, new_batch, NULL, &err);
	if (rc) {
		fprintf(stderr, "bench-store: %s\n", hm_err_text(&err, rc));
		return 1;
	}
	(void)appends_per_second(fd);	/* the first of each pays for all */
	(void)draws_per_second(1);
	for (int i = 0; i < rounds; i++) {
		value[RAW][i] = appends_per_second(fd);
		value[DRAW1][i] = draws_per_second(1);
		hm_store_stats(store, &commits0, &functions0);
		value[DRAW8][i] = draws_per_second(8);
		hm_store_stats(store, &commits, &functions);
		shared += functions - functions0;
		shares += commits - commits0;
		for (int k = 0; k < KINDS; k++)
			ratio[k][i] = value[k][i] / value[RAW][i];
	}
	hm_store_close(store);
	close(fd);
	bench_line("raw-append-fdatasync", bench_median(value[RAW], rounds), "/s", 1, "-");
	bench_line("serial-draws", bench_median(value[DRAW1], rounds), "/s",
		   bench_median(ratio[DRAW1], rounds), "raw-append-fdatasync");
	bench_line("serial-draws-8-threads", bench_median(value[DRAW8], rounds), "/s",
		   bench_median(ratio[DRAW8], rounds), "raw-append-fdatasync");
	bench_line("draws-a-commit-8-threads", (double)shared / (double)shares, "draws", 1, "-");
	return 0;
}
