// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many tags and element strings a second one core reads and writes, against a tag
 * read the plain way: hexadecimal by strtoul, fields bit by bit, text by snprintf.
 *
 *	bench-gs1 [ROUNDS [MILLISECONDS]]		as bench_cpu.h has it
 */
#include <inttypes.h>
#include <string.h>

#include "base/digits.h"
#include "bench_cpu.h"
#include "gs1/ai.h"
#include "gs1/epc.h"

#define PIECE		1024u
#define TEXT_SIZE	HM_EPC_URI_SIZE

static char sgtin[PIECE][32], mixed[PIECE][32], tags[PIECE][TEXT_SIZE], elements[PIECE][64];
static unsigned long sink;

/* --- what is measured --- */

static uint64_t take(const uint8_t *bytes, unsigned int *at, unsigned int bits)
{
	uint64_t v = 0;

	for (; bits--; ++*at)
		v = v << 1 | (bytes[*at / 8] >> (7 - *at % 8) & 1);
	return v;
}

static void plain_sgtin(uint64_t from)
{
	static const unsigned int prefix_bits[] = { 40, 37, 34, 30, 27, 24, 20 };

	(void)from;
	for (unsigned int i = 0; i < PIECE; i++) {
		char text[TEXT_SIZE];
		uint8_t bytes[12];
		unsigned int at = 8, filter, p;
		uint64_t prefix, item;

		for (int j = 0; j < 12; j++) {
			char two[3] = { sgtin[i][2 * j], sgtin[i][2 * j + 1], '\0' };

			bytes[j] = (uint8_t)strtoul(two, NULL, 16);
		}
		filter = (unsigned int)take(bytes, &at, 3);
		p = (unsigned int)take(bytes, &at, 3) % 7;
		prefix = take(bytes, &at, prefix_bits[p]);
		item = take(bytes, &at, 44 - prefix_bits[p]);
		sink += (unsigned long)snprintf(text, sizeof(text), "urn:epc:tag:sgtin-96:%u.%0*" PRIu64 ".%0*" PRIu64
						".%" PRIu64, filter, 12 - (int)p, prefix, 1 + (int)p, item,
						take(bytes, &at, 38));
	}
}

static void decode(char (*hex)[32])
{
	for (unsigned int i = 0; i < PIECE; i++) {
		char text[TEXT_SIZE];

		sink += (unsigned long)(hm_epc_decode_n(hex[i], 24, text, sizeof(text)) + text[40]);
	}
}

static void decode_sgtin(uint64_t at)
{
	(void)at;
	decode(sgtin);
}

static void decode_mixed(uint64_t at)
{
	(void)at;
	decode(mixed);
}

static void encode(uint64_t at)
{
	(void)at;
	for (unsigned int i = 0; i < PIECE; i++) {
		char hex[HM_EPC_HEX_SIZE];

		sink += (unsigned long)(hm_epc_encode(tags[i], hex, sizeof(hex)) + hex[20]);
	}
}

static void parse(uint64_t at)
{
	static struct hm_elements e;

	(void)at;
	for (unsigned int i = 0; i < PIECE; i++) {
		int rc = hm_gs1_parse(elements[i], strlen(elements[i]), &e, NULL);

		bench_must(!rc && !hm_gs1_check(&e, NULL));
		sink += e.n;
	}
}

static const struct bench_kind kinds[] = {
	/* snprintf() may */
	{ "plain-sgtin-decode", plain_sgtin, PIECE, true },
	{ "epc-decode-sgtin", decode_sgtin, PIECE, false },
	{ "epc-decode-mixed", decode_mixed, PIECE, false },
	{ "epc-encode", encode, PIECE, false },
	{ "gs1-parse", parse, PIECE, false },
};

static uint64_t next(void)
{
	static uint64_t state = 20261122;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 20;
}

/* SGTIN, SSCC, GRAI and GIAI in turn; the first again alone. */
static void set_up(void)
{
	for (unsigned int i = 0; i < PIECE; i++) {
		unsigned long long prefix = next() % 10000000, big = next() % 10000000000u, small = next() % 100000;
		unsigned int filter = (unsigned int)next() % 8;
		char hex[HM_EPC_HEX_SIZE], tag[TEXT_SIZE], gtin[15];

		(void)snprintf(tag, sizeof(tag), "urn:epc:tag:sgtin-96:%u.%07llu.%06llu.%llu", filter, prefix, small, big);
		bench_must(!hm_epc_encode(tag, hex, sizeof(hex)));
		strcpy(sgtin[i], hex);
		if (i % 4 == 1)
			(void)snprintf(tag, sizeof(tag), "urn:epc:tag:sscc-96:%u.%07llu.%010llu", filter, prefix, big);
		else if (i % 4 == 2)
			(void)snprintf(tag, sizeof(tag), "urn:epc:tag:grai-96:%u.%07llu.%05llu.%llu", filter, prefix, small, big);
		else if (i % 4 == 3)
			(void)snprintf(tag, sizeof(tag), "urn:epc:tag:giai-96:%u.%07llu.%llu", filter, prefix, big);
		bench_must(!hm_epc_encode(tag, hex, sizeof(hex)));
		strcpy(mixed[i], hex);
		strcpy(tags[i], tag);
		(void)snprintf(gtin, sizeof(gtin), "0%07llu%05llu", prefix, small);
		gtin[13] = hm_mod10(gtin, 13);
		gtin[14] = '\0';
		(void)snprintf(elements[i], sizeof(elements[i]), "(01)%s(21)%llu", gtin, big);
	}
}

int main(int argc, char *argv[])
{
	int rc;

	set_up();
	rc = bench_cpu("bench-gs1", argc, argv, kinds, sizeof(kinds) / sizeof(kinds[0]));
	return rc ? rc : sink == 42;	/* so that nothing is left out as unused */
}
