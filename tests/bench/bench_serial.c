// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many serials a second one core makes and reads, against the least that an
 * unguessable one costs: the ten AES blocks of FF1 through the same EVP calls, 32 of
 * them a call.
 *
 *	bench-serial [ROUNDS [MILLISECONDS]]
 *
 * CPU time of this thread counts, so that other load does not; rounds are interleaved all
 * the same, and the medians of values and ratios are printed. Between the first serial
 * and the last nothing may be allocated by anybody: the program fails where it is.
 */
#include <openssl/evp.h>
#include <string.h>

#include "bench.h"
#include "serial/serial.h"

#define ROUNDS_MAX	99
#define LANES		32	/* what FF1 gives the cipher at a time */
#define PIECE		4096	/* serials between looks at the clock */

/* --- allocations are counted: glibc's own names below ours --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static unsigned long allocations;

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}

/* --- what is measured: PIECE of each from counter @at on --- */

static const unsigned char key[32] = "a key of thirty-two characters..";
static struct hm_scheme unguessable, plain;
static struct hm_ff1 *ff1;
static EVP_CIPHER_CTX *aes;
static char serials[PIECE][HM_SERIAL_MAX + 1];
static unsigned long sink;

static void raw_aes(uint64_t at)
{
	static unsigned char blocks[LANES * 16];
	int out;

	(void)at;
	for (unsigned int i = 0; i < PIECE / LANES * 10; i++)
		bench_must(EVP_EncryptUpdate(aes, blocks, &out, blocks, sizeof(blocks)) == 1);
	sink += blocks[0];
}

static void numbers(uint64_t at)
{
	static struct hm_ff1_number x[PIECE];

	for (unsigned int i = 0; i < PIECE; i++)
		bench_must(!hm_ff1_cut(ff1, at + i, &x[i]));
	bench_must(!hm_ff1_encrypt(ff1, x, PIECE));
	sink += x[0].left;
}

static void scattered(uint64_t at)
{
	bench_must(!hm_scheme_scatter(&unguessable, ff1, at, PIECE, serials));
	sink += (unsigned long)serials[0][0];
}

static void one_by_one(uint64_t at)
{
	for (unsigned int i = 0; i < PIECE; i++)
		bench_must(!hm_scheme_scatter(&unguessable, ff1, at + i, 1, serials + i));
	sink += (unsigned long)serials[0][0];
}

static void counted(uint64_t at)
{
	bench_must(!hm_scheme_scatter(&plain, NULL, at, PIECE, serials));
	sink += (unsigned long)serials[0][0];
}

/* Reads what counted() left. */
static void checked(uint64_t at)
{
	uint64_t n;

	(void)at;
	for (unsigned int i = 0; i < PIECE; i++) {
		bench_must(!hm_scheme_check(&plain, serials[i], &n));
		sink += n;
	}
}

static const struct {
	const char *name;
	void (*run)(uint64_t at);
} kinds[] = {
	{ "ten-aes-blocks", raw_aes },
	{ "ff1-numbers", numbers },
	{ "unguessable-serials", scattered },
	{ "unguessable-serials-one-by-one", one_by_one },
	{ "counted-serials", counted },
	{ "serials-read", checked },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static double per_second(size_t k, int64_t run_ns)
{
	unsigned long before = allocations;
	int64_t start = cpu_ns(), now = start;
	uint64_t n = 0;

	while (now < start + run_ns) {
		kinds[k].run(1000000 + n);
		n += PIECE;
		now = cpu_ns();
	}
	if (allocations != before) {
		fprintf(stderr, "bench-serial: %s: %lu allocations\n", kinds[k].name, allocations - before);
		exit(1);
	}
	return (double)n * 1e9 / (double)(now - start);
}

static void set_up(void)
{
	bench_must(!hm_scheme_parse(&unguessable, "{r:12:crockford}{c:mod37_36}", NULL));
	bench_must(!hm_scheme_parse(&plain, "{n:10}{c:mod10}", NULL));
	bench_must(!hm_scheme_ff1(&unguessable, key, sizeof(key), &ff1, NULL));
	aes = EVP_CIPHER_CTX_new();
	bench_must(aes && EVP_EncryptInit_ex(aes, EVP_aes_256_ecb(), NULL, key, NULL) == 1);
	bench_must(EVP_CIPHER_CTX_set_padding(aes, 0) == 1);
}

int main(int argc, char *argv[])
{
	static double value[KINDS][ROUNDS_MAX], ratio[KINDS][ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	int64_t run_ns = (argc > 2 ? atoi(argv[2]) : 100) * 1000000ll;

	if (rounds < 1 || rounds > ROUNDS_MAX || run_ns < 1000000) {
		fprintf(stderr, "usage: bench-serial [ROUNDS [MILLISECONDS]]\n");
		return 2;
	}
	set_up();
	for (size_t k = 0; k < KINDS; k++)
		(void)per_second(k, 1000000);	/* the first pays for all */
	for (int i = 0; i < rounds; i++)
		for (size_t k = 0; k < KINDS; k++) {
			value[k][i] = per_second(k, run_ns);
			ratio[k][i] = value[k][i] / value[0][i];
		}
	for (size_t k = 0; k < KINDS; k++)
		bench_line(kinds[k].name, bench_median(value[k], (size_t)rounds), "/s",
			   bench_median(ratio[k], (size_t)rounds), k ? kinds[0].name : "-");
	hm_ff1_free(ff1);
	EVP_CIPHER_CTX_free(aes);
	return sink == 42;	/* so that nothing is left out as unused */
}
