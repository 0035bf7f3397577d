// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many serials a second one core makes and reads, against the least that an
 * unguessable one costs: the ten AES blocks of FF1 through the same EVP calls, 32 of
 * them a call.
 *
 *	bench-serial [ROUNDS [MILLISECONDS]]		as bench_cpu.h has it
 */
#include <openssl/evp.h>
#include <string.h>

#include "bench_cpu.h"
#include "serial/serial.h"

#define LANES		32	/* what FF1 gives the cipher at a time */
#define PIECE		4096	/* serials between looks at the clock */

/* --- what is measured: PIECE of each from counter @at on --- */

static const unsigned char key[32] = "a key of thirty-two characters..";
static struct hm_scheme unguessable, plain, weeks;
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

static char weekly[PIECE][HM_SERIAL_MAX + 1];

/* The digit of a year and a week: of which day that is, the reader has to find. */
static void weeks_read(uint64_t at)
{
	struct hm_serial_parts parts;

	(void)at;
	for (unsigned int i = 0; i < PIECE; i++) {
		bench_must(!hm_scheme_read(&weeks, weekly[i], weeks.length, &parts));
		sink += (unsigned long)parts.date.day;
	}
}

static const struct bench_kind kinds[] = {
	{ "ten-aes-blocks", raw_aes, PIECE, false },
	{ "ff1-numbers", numbers, PIECE, false },
	{ "unguessable-serials", scattered, PIECE, false },
	{ "unguessable-serials-one-by-one", one_by_one, PIECE, false },
	{ "counted-serials", counted, PIECE, false },
	{ "serials-read", checked, PIECE, false },
	{ "weekly-serials-read", weeks_read, PIECE, false },
};

static void set_up(void)
{
	bench_must(!hm_scheme_parse(&unguessable, "{r:12:crockford}{c:mod37_36}", NULL));
	bench_must(!hm_scheme_parse(&plain, "{n:10}{c:mod10}", NULL));
	bench_must(!hm_scheme_parse(&weeks, "{d:gww}{n:6}{c:mod10}", NULL));
	for (unsigned int i = 0; i < PIECE; i++) {
		const struct hm_date day = { 2026 + (int)i % 10, 1 + (int)i % 12, 1 + (int)i % 28 };

		bench_must(!hm_scheme_settle(&weeks, &day, NULL, NULL));
		bench_must(!hm_scheme_format(&weeks, i, weekly[i], sizeof(weekly[i])));
	}
	bench_must(!hm_scheme_ff1(&unguessable, key, sizeof(key), &ff1, NULL));
	aes = EVP_CIPHER_CTX_new();
	bench_must(aes && EVP_EncryptInit_ex(aes, EVP_aes_256_ecb(), NULL, key, NULL) == 1);
	bench_must(EVP_CIPHER_CTX_set_padding(aes, 0) == 1);
}

int main(int argc, char *argv[])
{
	int rc;

	set_up();
	rc = bench_cpu("bench-serial", argc, argv, kinds, sizeof(kinds) / sizeof(kinds[0]));
	hm_ff1_free(ff1);
	EVP_CIPHER_CTX_free(aes);
	return rc ? rc : sink == 42;	/* so that nothing is left out as unused */
}
