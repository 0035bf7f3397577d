// SPDX-License-Identifier: LGPL-2.1-or-later
/* The "++" schemes of TDS 2.3: the standard's examples, every piece of a hostname, every rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc_plus.h"
#include "gs1/plus_host.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define HEX_SIZE 128

static int encode(const char *bracketed, const char *host, unsigned int filter, char *hex)
{
	struct hm_epc_plus h = { .filter = filter };
	static struct hm_elements e;
	int rc = hm_gs1_parse(bracketed, strlen(bracketed), &e, NULL);

	snprintf(h.host, sizeof(h.host), "%s", host);
	return rc ? rc : hm_epc_plus_encode(&e, &h, hex, HEX_SIZE, NULL);
}

static int decode(const char *hex, char *bracketed, struct hm_epc_plus *h)
{
	static struct hm_elements e;
	int rc = hm_epc_plus_decode(hex, strlen(hex), h, &e, NULL);

	return rc ? rc : hm_gs1_bracketed(&e, bracketed, 256);
}

/*
 * TDS 2.3, annex E.3, padded to words. The first two say example.com there, but their bits
 * say id.example.com like those of the other ten; two have the header of the "+" scheme.
 */
static void vectors(void **state)
{
	static const struct {
		const char *scheme, *elements, *hex;
		unsigned int filter;
	} t[] = {
		{ "sgtin++", "(01)79521141123453(21)32a/b", "FD3795211411234538566CB0AFC525065F1876F0D996D800", 3 },
		{ "dsgtin++", "(01)79521141123453(21)32a/b(17)220630",
		  "FC342CDE795211411234538566CB0AFC525065F1876F0D996D80", 3 },
		{ "sscc++", "(00)095201234567891235", "EF009520123456789123592832F8C3B786CCB6C0", 0 },
		{ "sgln++", "(414)9521141123454(254)32a/b", "E9395211411234548566CB0AFC525065F1876F0D996D8000", 3 },
		{ "grai++", "(8003)0952114112345432a/b", "EB3095211411234548566CB0AFC525065F1876F0D996D800", 3 },
		{ "giai++", "(8004)952114132a/b", "EE3952114132E83C2BF1494197C61DBC3665B600", 3 },
		{ "gsrn++", "(8018)952114112345678906", "E7395211411234567890692832F8C3B786CCB6C0", 3 },
		{ "gsrnp++", "(8017)952114112345678906", "E8395211411234567890692832F8C3B786CCB6C0", 3 },
		{ "gdti++", "(253)95211411234545678", "EA395211411234540458BA4A0CBE30EDE1B32DB0", 3 },
		{ "cpi++", "(8010)95211415PQ7/Z43(8011)12345", "E6395211415E87A145BAFB4D19A8C0E64A0CBE30EDE1B32DB000", 3 },
		{ "sgcn++", "(255)952114167890904711", "EC3952114167890950933C94197C61DBC3665B60", 3 },
		{ "itip++", "(8006)095211411234540102(21)rif981", "ED309521141123454010266AE27FDF3592832F8C3B786CCB6C00",
		  3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc_plus h = { .filter = 9 };
		char hex[HEX_SIZE], out[256];

		assert_int_equal(encode(t[i].elements, "id.example.com", t[i].filter, hex), 0);
		assert_string_equal(hex, t[i].hex);
		assert_int_equal(decode(hex, out, &h), 0);
		assert_string_equal(out, t[i].elements);
		assert_string_equal(h.scheme, t[i].scheme);
		assert_string_equal(h.host, "id.example.com");
		assert_int_equal(h.filter, t[i].filter);
	}
}

/* The bits of a hostname alone: how, how much, and how many in all. */
static void sizes(void **state)
{
	static const struct {
		const char *host;
		unsigned int how, len, bits;
	} t[] = {
		{ "example.com", 1, 8, 63 },
		{ "EXAMPLE.COM", 0, 11, 71 },
		{ "A", 1, 1, 14 }, { "AB", 1, 2, 21 }, { "ABC", 0, 3, 23 }, { "ABCD", 1, 4, 35 }, { "ABCDE", 0, 5, 39 },
		{ "A-B.C:1", 0, 7, 55 },
		{ "a", 1, 1, 14 }, { "_", 1, 1, 14 }, { "Ab", 1, 2, 21 },
		{ "www.example.org", 1, 9, 70 }, { "qr.example.net", 1, 9, 70 }, { "a.co.uk", 1, 3, 28 }, { "a.de", 1, 3, 28 },
		{ "a.tech", 1, 3, 28 }, { "a.com.au", 1, 3, 28 }, { "a.com.xy", 1, 5, 42 }, { "a.med", 1, 2, 21 },
		{ "id.com", 1, 3, 28 },		/* i d .com, for id. c o m would be four */
		{ "a.gov.cn", 1, 3, 28 }, { "a.lk", 1, 3, 28 }, { "a.zw", 1, 3, 28 }, { "a.ac", 1, 3, 28 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_bits b = { .n = 0 };
		struct plus_reader r = { &b, 0 };
		char back[PLUS_HOST_MAX + 1] = "";

		assert_int_equal(plus_put_host(&b, t[i].host, strlen(t[i].host)), 0);
		assert_int_equal(hm_bits_take(b.w, 0, 1), t[i].how);
		assert_int_equal(hm_bits_take(b.w, 1, 6), t[i].len);
		assert_int_equal(b.n, t[i].bits);
		assert_int_equal(plus_take_host(&r, back), 0);
		assert_string_equal(back, t[i].host);
		assert_int_equal(r.at, b.n);
	}
}

/* What is behind a name is no part of it: pieces that only the memory goes on with. */
static void no_further(void **state)
{
	static const char *const t[] = { "a.de", "a.com", "a.tech", "a.com.au", "www.a", "id.a", "a.co.uk", "a.gov.cn" };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (size_t len = 1; len <= strlen(t[i]); len++) {
			struct hm_bits within = { .n = 0 }, alone = { .n = 0 };
			char copy[16] = "";
			int rc;

			memcpy(copy, t[i], len);
			rc = plus_put_host(&alone, copy, len);
			assert_int_equal(plus_put_host(&within, t[i], len), rc);
			assert_int_equal(within.n, alone.n);
			assert_memory_equal(within.w, alone.w, sizeof(alone.w));
		}
}

/* Sixteen bits are three characters of forty: 1 to 64000, and none of a padding's before the end. */
static void code40(void **state)
{
	static const struct {
		unsigned int value;
		int rc;
	} t[] = {
		{ 0, -HM_EBAD_CHAR }, { 1, -HM_EBAD_CHAR }, { 1600, -HM_EBAD_CHAR }, { 1601, -HM_EBAD_CHAR }, { 1600 + 40, -HM_EBAD_CHAR },
		{ 1600 + 40 + 1 + 1, 0 }, { 1600 + 40 + 1, -HM_EBAD_CHAR }, { 64000, 0 }, { 64001, -HM_EBAD_CHAR }, { 65535, -HM_EBAD_CHAR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_bits b = { .n = 0 };
		struct plus_reader r = { &b, 0 };
		char host[PLUS_HOST_MAX + 1];

		plus_put(&b, 1, 0);
		plus_put(&b, 6, 3);
		plus_put(&b, 16, t[i].value);
		assert_int_equal(plus_take_host(&r, host), t[i].rc);
		if (!t[i].rc)
			assert_string_equal(host, i == 5 ? "AAA" : "999");
	}
}

/* A name under each two letters there could be: those of Tables B1 and B2 in their places, all others letter by letter. */
static void countries(void **state)
{
	static const char *const second[2][26] = {
		/* .ac to .li; neither .gb nor .uk */
		{ "cdefgilmoqrstuwxz", "abdefghijmnoqrstwyz", "acdfghiklmnoruvwxyz", "ejkmoz", "ceghrstu", "ijkmor", "adefghilmnpqrstuwy",
		  "kmnrtu", "delmnoqrst", "emop", "eghimnprwyz", "abci" },
		/* .lk to .zw */
		{ [11] = "krstuvy", "acdeghklmnopqrstuvwxyz", "acefgilopruz", "m", "aefghklmnrstwy", "a", "eosuw", "abcdeghiklmnrstuvxyz",
		  "cdfghjklmnortvwz", "agsyz", "aceginu", "fs", NULL, "et", "amw" },
	};
	unsigned int place[2] = { 0, 0 };

	(void)state;
	for (unsigned int a = 0; a < 26; a++)
		for (char z = 'a'; z <= 'z'; z++) {
			char host[] = "x.??", back[PLUS_HOST_MAX + 1] = "";
			struct hm_bits b = { .n = 0 };
			struct plus_reader r = { &b, 0 };
			unsigned int t = 0;

			host[2] = (char)('a' + a);
			host[3] = z;
			while (t < 2 && (!second[t][a] || !strchr(second[t][a], z)))
				t++;
			assert_int_equal(plus_put_host(&b, host, 4), 0);
			assert_int_equal(hm_bits_take(b.w, 1, 6), t < 2 ? 3 : 4);
			assert_int_equal(hm_bits_take(b.w, 7, 7), 'x');
			assert_int_equal(hm_bits_take(b.w, 14, 7), t < 2 ? t : '.');
			assert_int_equal(hm_bits_take(b.w, 21, 7), t < 2 ? place[t]++ : 'a' + a);
			assert_int_equal(plus_take_host(&r, back), 0);
			assert_string_equal(back, host);
		}
	assert_int_equal(place[0], 128);
	assert_int_equal(place[1], 117);
}

/* Tables A, B3 and B4: each piece by its unit, or its place behind unit 2 or 3. */
static void pieces(void **state)
{
	static const struct {
		unsigned int unit;
		const char *text;
	} a[] = {
		{ 30, "qr." }, { 31, "www." }, { 32, "id." }, { 91, ".com" }, { 92, ".org" }, { 93, ".net" }, { 94, ".int" }, { 96, ".edu" },
		{ 123, ".gov" }, { 124, ".mil" }, { 125, ".biz" }, { 126, ".eco" }, { 127, ".med" },
	};
	static const char *const b3[] = {
		".com.au", ".net.au", ".org.au", ".co.at", ".com.bd", ".co.bd", ".com.br", ".net.br", ".co.nz", ".com.ng", ".com.pk",
		".co.in", ".com.in", ".co.il", ".co.jp", ".co.za", ".co.kr", ".com.es", ".com.lk", ".co.th", ".co.tt", ".com.tt", ".com.tr",
		".biz.tr", ".com.ua", ".co.uk", ".co.zm", ".com.zm", ".com.cn", ".org.cn", ".net.cn", ".gov.cn", ".tech",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(a) / sizeof(a[0]); i++) {
		struct hm_bits b = { .n = 0 };
		char host[16];

		snprintf(host, sizeof(host), a[i].text[0] == '.' ? "x%s" : "%sx", a[i].text);
		assert_int_equal(plus_put_host(&b, host, strlen(host)), 0);
		assert_int_equal(b.n, 7 + 14);
		assert_int_equal(hm_bits_take(b.w, a[i].text[0] == '.' ? 14 : 7, 7), a[i].unit);
	}
	for (unsigned int i = 0; i < sizeof(b3) / sizeof(b3[0]); i++) {
		struct hm_bits b = { .n = 0 };
		char host[16];

		snprintf(host, sizeof(host), "x%s", b3[i]);
		assert_int_equal(plus_put_host(&b, host, strlen(host)), 0);
		assert_int_equal(b.n, 7 + 21);
		assert_int_equal(hm_bits_take(b.w, 14, 7), i == 32 ? 3 : 2);
		assert_int_equal(hm_bits_take(b.w, 21, 7), i % 32);
	}
}

/* Every unit and every two between letters: what is read is written again in the same bits, or is refused. */
static void all_units(void **state)
{
	unsigned int singles = 0, doubles = 0, colons = 0;

	(void)state;
	for (unsigned int first = 0; first < 128; first++)
		for (unsigned int second = 0; second < (first < 4 ? 128 : 1); second++) {
			struct hm_bits b = { .n = 0 }, again = { .n = 0 };
			struct plus_reader r = { &b, 0 };
			char host[PLUS_HOST_MAX + 1] = "old";
			int rc;

			/* small, so that capitals do not go the other way */
			plus_put(&b, 1, 1);
			plus_put(&b, 6, first < 4 ? 4 : 3);
			plus_put(&b, 7, 'x');
			plus_put(&b, 7, first);
			if (first < 4)
				plus_put(&b, 7, second);
			plus_put(&b, 7, 'a');
			rc = plus_take_host(&r, host);
			/* "x:a": what is behind a colon is no port */
			colons += rc == -HM_EBAD_URI && first == ':';
			if (rc) {
				assert_int_equal(rc, first == ':' ? -HM_EBAD_URI : -HM_EBAD_CHAR);
				continue;
			}
			singles += first >= 4;
			doubles += first < 4;
			assert_int_equal(host[strlen(host) - 1], 'a');
			assert_int_equal(plus_put_host(&again, host, strlen(host)), 0);
			/* ".coa": the one piece that another beginning takes from it is none */
			assert_int_equal(again.n, b.n);
			assert_memory_equal(again.w, b.w, sizeof(b.w));
		}
	/* 26 + 26 + 10 characters, - . _ : and thirteen pieces; 128 + 117 countries, 32 + 1 more */
	assert_int_equal(singles + colons, 66 + 13);
	assert_int_equal(colons, 1);
	assert_int_equal(doubles, 128 + 117 + 33);
}

static void refused_hosts(void **state)
{
	static const char *const bad[] = { "a b", "a/b", "a?b", "a#b", "a%b", "a@b", "a\\b", "a\"b", "\xc3\xa4", "a\x01", "~" };
	static const char *const none[] = { ".2Q2L...:4P", "-B-.2OIR5AXIWIR:92A.FC8-", ".com", "-a", "a-", "a..b", "a:", "a:x",
					    "a:65536", "a:1:2", ":80" };
	struct hm_bits b = { .n = 0 }, full = { .n = 440 };
	char name[80], hex[HEX_SIZE] = "old";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(plus_put_host(&b, bad[i], strlen(bad[i])), -HM_EBAD_CHAR);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(plus_put_host(&b, none[i], strlen(none[i])), -HM_EBAD_URI);
	assert_int_equal(plus_put_host(&b, "", 0), -HM_EEMPTY);
	assert_int_equal(plus_put_host(&b, "a\0b", 3), -HM_EBAD_CHAR);
	memset(name, 'a', sizeof(name));
	assert_int_equal(plus_put_host(&b, name, 64), -HM_ETOO_LONG);
	assert_int_equal(b.n, 0);
	assert_int_equal(plus_put_host(&b, name, 63), 0);
	assert_int_equal(b.n, 7 + 63 * 7);
	/* 496 bits are all there are: 7 and 7 units, or 7 and 3 groups */
	assert_int_equal(plus_put_host(&full, name, 7), 0);
	full = (struct hm_bits){ .n = 441 };
	assert_int_equal(plus_put_host(&full, name, 7), -HM_ETOO_LONG);
	full = (struct hm_bits){ .n = 441 };
	assert_int_equal(plus_put_host(&full, "ABCDEFGHI", 9), 0);
	full = (struct hm_bits){ .n = 442 };
	assert_int_equal(plus_put_host(&full, "ABCDEFGHI", 9), -HM_ETOO_LONG);
	name[60] = '\0';
	assert_int_equal(encode("(01)79521141123453(21)G/G/G/G/G/G/G/G/G/G/", name, 0, hex), -HM_ETOO_LONG);
	assert_string_equal(hex, "old");
}

static void refused_images(void **state)
{
	static const struct {
		const char *hex;
		int rc;
	} t[] = {
		/* SSCC++: 84 bits, then the name */
		{ "EF0095201234567891235" "9" "2832F8C3B786CCB6C", 0 },
		{ "EF0095201234567891235", -HM_EBAD_LENGTH },
		{ "EF0095201234567891235" "9" "2832F8C3B786CCB", -HM_EBAD_LENGTH },
		{ "EF0095201234567891235" "8" "00", -HM_EEMPTY },		/* no units */
		{ "EF0095201234567891235" "0" "00", -HM_EEMPTY },		/* no characters */
		{ "EF0095201234567891235" "8" "3" "8", -HM_EBAD_LENGTH },
		{ "EF0095201234567891235" "8" "3" "84", 0 },			/* 1 000001 1100001: a */
		{ "EF0095201234567891235" "8" "2" "1000", -HM_EBAD_CHAR },	/* unit 04h: reserved */
		{ "EF0095201234567891235" "8" "2" "8C00", -HM_EBAD_CHAR },	/* 23h: '#' is no host's */
		{ "EF0095201234567891235" "8" "2" "9000", -HM_EBAD_CHAR },	/* 24h: reserved */
		{ "EF0095201234567891235" "8" "2" "0000", -HM_EBAD_LENGTH },	/* one unit of two */
		{ "EF0095201234567891235" "8" "20020", -HM_EBAD_LENGTH },	/* ... whatever is behind it */
		{ "EF0095201234567891235" "8" "4" "0000", -HM_EBAD_URI },	/* .ac alone */
		{ "EF0095201234567891235" "8" "784000", 0 },			/* a.ac */
		{ "EF0095201234567891235" "8" "2E8", -HM_EBAD_URI },		/* : */
		{ "EF0095201234567891235" "8" "4" "07F0", -HM_EBAD_CHAR },	/* 01h 7Fh: reserved */
		{ "EF0095201234567891235" "8" "4" "0C10", -HM_EBAD_CHAR },	/* 03h 01h: reserved */
		{ "EF0095201234567891235" "0" "20C820", 0 },			/* Code 40: A */
		{ "EF0095201234567891235" "0" "351820", -HM_EBAD_URI },	/* Code 40: - */
		{ "EF0095201234567891235" "0" "20C840", -HM_EBAD_CHAR },	/* a character where padding is */
		{ "EF0095201234567891235" "0" "200000", -HM_EBAD_CHAR },	/* a group of 0 */
		{ "EF0095201234567891235" "0" "20C8", -HM_EBAD_LENGTH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc_plus h = { .filter = 77 };
		char out[256] = "old";
		int rc = decode(t[i].hex, out, &h);

		if (rc != t[i].rc)
			fail_msg("%s: %s (%s %s), not %s", t[i].hex, hm_error_name(rc), out, h.host, hm_error_name(t[i].rc));
		if (rc)
			assert_int_equal(h.filter, 77);
	}
}

/* Pieces that are longer than what they stand for: ten of .com.au are seventy characters. */
static void too_long(void **state)
{
	struct hm_bits b = { .n = 0 };
	struct plus_reader r = { &b, 0 };
	char out[PLUS_HOST_MAX + 1] = "old";

	(void)state;
	plus_put(&b, 1, 1);
	plus_put(&b, 6, 20);
	for (int i = 0; i < 10; i++)
		plus_put(&b, 14, 2 << 7);
	assert_int_equal(plus_take_host(&r, out), -HM_ETOO_LONG);
}

/* What is taken as a hostname comes back, in as few bits again. */
static const char *wrong(const char *host, size_t len)
{
	struct hm_bits b = { .n = 0 }, again = { .n = 0 };
	struct plus_reader r = { &b, 0 };
	char back[PLUS_HOST_MAX + 1];

	if (plus_put_host(&b, host, len))
		return NULL;
	if (plus_take_host(&r, back))
		return "not read";
	if (strlen(back) != len || memcmp(back, host, len))
		return "another name";
	if (r.at != b.n)
		return "not all bits";
	if (plus_put_host(&again, back, len) || again.n != b.n || memcmp(again.w, b.w, sizeof(b.w)))
		return "other bits";
	return b.n > 7 + 7 * len || (!strpbrk(back, "abcdefghijklmnopqrstuvwxyz_") && b.n > 7 + 16 * ((len + 2) / 3)) ?
	       "more bits than characters" : NULL;
}

static size_t random_host(struct rnd *r, char *out)
{
	static const char *const parts[] = { "id.", "www.", "qr.", ".com", ".co", ".co.uk", ".tech", ".de", ".zw", ".net.au",
					     ".", "-", "_", ":8080", "id", "com", "example", "EXAMPLE", "x1", "A.B" };
	uint64_t n = rnd_below(r, 4);

	/* a name that can be one; what is put behind it may be another thing */
	strcpy(out, rnd_below(r, 8) ? "x" : "");
	while (n-- && strlen(out) < 50)
		strcat(out, parts[rnd_below(r, sizeof(parts) / sizeof(parts[0]))]);
	if (*out && !rnd_below(r, 4))
		out[rnd_below(r, strlen(out))] = (char)(1 + rnd_below(r, 127));
	return strlen(out);
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("hostnames");
	uint64_t cases = rnd_cases(50000), taken = 0;

	(void)state;
	for (r.n = 0; r.n < cases; r.n++) {
		struct hm_bits b = { .n = 0 };
		char host[80];
		size_t len = random_host(&r, host);

		taken += !plus_put_host(&b, host, len);
		shrink_check(&r, host, len, wrong);
	}
	assert_true(taken > cases / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(sizes),
		cmocka_unit_test(no_further),
		cmocka_unit_test(code40),
		cmocka_unit_test(countries),
		cmocka_unit_test(pieces),
		cmocka_unit_test(all_units),
		cmocka_unit_test(refused_hosts),
		cmocka_unit_test(refused_images),
		cmocka_unit_test(too_long),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
