// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * serial ff1: the bare permutation under unguessable serials, so that anybody's vectors (NIST's
 * samples among them) can be run against it. Serials are not made this way.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "agent/cli/items.h"
#include "agent/cli/serial.h"
#include "serial/ff1.h"

#define TWEAK_MAX 64u

struct job {
	uint8_t key[32], tweak[TWEAK_MAX];
	size_t key_len, tweak_len;
	unsigned int radix;
	bool decrypt;
	/* of the last length asked for */
	struct hm_ff1 *ff1;
	size_t len;
};

/* NIST's digits: 0-9, and from ten on a-z. */
static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* 38 digits of base 10: the longest text whose longer half is below 2^64. */
static unsigned int most_digits(unsigned int radix)
{
	unsigned __int128 half = radix;
	unsigned int n = 0;

	for (; !(half >> 64); half *= radix)
		n++;
	return 2 * n;
}

static int too_long(const struct job *j, struct hm_err *err)
{
	return hm_err_set(err, -HM_ETOO_LONG, "at most %u digits of base %u: halves of 64 bits", most_digits(j->radix), j->radix);
}

static int context(struct job *j, size_t len)
{
	struct hm_ff1 *f;
	int rc;

	if (j->ff1 && j->len == len)
		return 0;
	rc = hm_ff1_new(j->key, j->key_len, j->radix, (unsigned int)len, &f);
	if (rc)
		return rc;
	hm_ff1_free(j->ff1);
	j->ff1 = f;
	j->len = len;
	return hm_ff1_tweak(f, j->tweak, j->tweak_len);
}

static int answer(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	struct job *j = (struct job *)it->context;
	uint16_t text[HM_FF1_LEN_MAX];
	struct hm_ff1_number x;
	int rc;

	(void)o;
	if (!len)
		return -HM_EEMPTY;
	if (len > HM_FF1_LEN_MAX || len >= size)
		return too_long(j, err);
	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(digits, item[i], j->radix);

		if (!at)
			return -HM_EBAD_CHAR;
		text[i] = (uint16_t)(at - digits);
	}
	rc = context(j, len);
	rc = rc ?: hm_ff1_pack(j->ff1, text, &x);
	rc = rc ?: j->decrypt ? hm_ff1_decrypt(j->ff1, &x, 1) : hm_ff1_encrypt(j->ff1, &x, 1);
	if (rc)
		return rc == -HM_ETOO_LONG ? too_long(j, err) : rc;
	hm_ff1_unpack(j->ff1, &x, text);
	for (size_t i = 0; i < len; i++)
		out[i] = digits[text[i]];
	out[len] = '\0';
	return 0;
}

static int set_up(struct job *j, const struct hm_serial_ff1 *a, struct hm_err *err)
{
	uint64_t radix = 10;
	int rc = 0;

	if (a->radix && hm_cli_number(a->radix, 2, 36, &radix))
		return hm_err_set(err, -EINVAL, "--radix is 2 to 36");
	j->radix = (unsigned int)radix;
	if (a->tweak && *a->tweak)
		rc = hm_unhex_any(a->tweak, j->tweak, sizeof(j->tweak), &j->tweak_len);
	if (rc)
		return hm_err_set(err, rc, "--tweak: up to %u bytes in hexadecimal, two digits each", TWEAK_MAX);
	return hm_serial_key_file(a->key_file, j->key, &j->key_len, err);
}

int hm_serial_ff1(struct hm_cli *cli, const struct hm_serial_ff1 *a, int argc, char **argv)
{
	struct hm_items items = { .cli = cli, .answer = answer, .key = "text" };
	struct job j = { .decrypt = argc && !strcmp(argv[0], "decrypt") };
	struct hm_err err = { "" };
	int rc;

	if (argc < 2 || !a->key_file || (!j.decrypt && strcmp(argv[0], "encrypt")))
		return hm_cli_usage(cli, "serial", "ff1 takes encrypt or decrypt, --key-file, and texts or -");
	rc = set_up(&j, a, &err);
	items.context = &j;
	rc = rc ? hm_cli_refuse(cli, "serial ff1", rc, &err) : hm_items_run(&items, argc - 1, argv + 1);
	hm_ff1_free(j.ff1);
	OPENSSL_cleanse(j.key, sizeof(j.key));
	return rc;
}
