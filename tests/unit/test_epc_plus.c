// SPDX-License-Identifier: LGPL-2.1-or-later
/* The "+" schemes of TDS 2.x: the standard's examples, every coding, every rule, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digits.h"
#include "gs1/epc_plus.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define HEX_SIZE 128

static int encode(const char *bracketed, unsigned int filter, char *hex)
{
	struct hm_epc_plus h = { .filter = filter };
	static struct hm_elements e;
	int rc = hm_gs1_parse(bracketed, strlen(bracketed), &e, NULL);

	return rc ? rc : hm_epc_plus_encode(&e, &h, hex, HEX_SIZE, NULL);
}

static int decode(const char *hex, char *bracketed, struct hm_epc_plus *h)
{
	static struct hm_elements e;
	int rc = hm_epc_plus_decode(hex, strlen(hex), h, &e, NULL);

	return rc ? rc : hm_gs1_bracketed(&e, bracketed, 256);
}

/* TDS 2.3, annex E.3, padded to words */
static void vectors(void **state)
{
	static const struct {
		const char *scheme, *elements, *hex;
		unsigned int filter;
	} t[] = {
		{ "sgtin+", "(01)79521141123453(21)32a/b", "F73795211411234538566CB0AFC4", 3 },
		{ "dsgtin+", "(01)79521141123453(21)32a/b(17)220630", "FB342CDE795211411234538566CB0AFC4000", 3 },
		{ "sscc+", "(00)095201234567891235", "F900952012345678912350" "00", 0 },
		{ "sgln+", "(414)9521141123454(254)32a/b", "F2395211411234548566CB0AFC40", 3 },
		{ "grai+", "(8003)0952114112345432a/b", "F13095211411234548566CB0AFC4", 3 },
		{ "giai+", "(8004)952114132a/b", "FA3952114132E83C2BF10000", 3 },
		{ "gsrn+", "(8018)952114112345678906", "F43952114112345678906000", 3 },
		{ "gsrnp+", "(8017)952114112345678906", "F53952114112345678906000", 3 },
		{ "gdti+", "(253)95211411234545678", "F6395211411234540458B800", 3 },
		{ "cpi+", "(8010)95211415PQ7/Z43(8011)12345", "F0395211415E87A145BAFB4D19A8C0E4", 3 },
		{ "sgcn+", "(255)952114167890904711", "F839521141678909509338" "00", 3 },
		{ "itip+", "(8006)095211411234540102(21)rif981", "F3309521141123454010266AE27FDF35", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc_plus h = { .filter = 9 };
		char hex[HEX_SIZE], out[256];

		assert_int_equal(encode(t[i].elements, t[i].filter, hex), 0);
		assert_string_equal(hex, t[i].hex);
		assert_int_equal(decode(hex, out, &h), 0);
		assert_string_equal(out, t[i].elements);
		assert_string_equal(h.scheme, t[i].scheme);
		assert_int_equal(h.filter, t[i].filter);
		assert_false(h.data_follows);
		assert_true(h.bits <= 4 * strlen(hex) && h.bits + 16 > 4 * strlen(hex));
	}
}

/* The serial's coding and length, and the bits of all of it. */
static void codings(void **state)
{
	static const struct {
		const char *serial;
		unsigned int coding, bits;
	} t[] = {
		{ "0", 0, 4 }, { "00000000000000000000", 0, 67 }, { "99999999999999999999", 0, 67 },
		{ "A0", 1, 8 }, { "ABCDEF", 1, 24 }, { "a0", 2, 8 }, { "abcdef0123", 2, 40 },
		{ "G", 3, 6 }, { "Gg", 3, 12 }, { "-_", 3, 12 }, { "XYZ", 5, 16 }, { "XYZ1", 3, 24 }, { "XYZ.:-", 5, 32 },
		{ "XYZW56789AB", 5, 64 }, { "XYZW5678", 3, 48 }, { "a.", 4, 14 }, { "!", 4, 7 }, { ".", 4, 7 },
		{ "...", 5, 16 }, { "G/G/G/G/G/G/G/G/G/G/", 4, 140 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char elements[64], hex[HEX_SIZE], out[256];
		struct hm_epc_plus h = { .filter = 0 };
		unsigned int head;

		snprintf(elements, sizeof(elements), "(01)79521141123453(21)%s", t[i].serial);
		assert_int_equal(encode(elements, 1, hex), 0);
		assert_int_equal(sscanf(hex + 17, "%2x", &head), 1);
		assert_int_equal(head >> 5, t[i].coding);
		assert_int_equal(head & 31, strlen(t[i].serial));
		assert_int_equal(decode(hex, out, &h), 0);
		assert_string_equal(out, elements);
		assert_int_equal(h.bits, 76 + t[i].bits);
	}
}

/* A location without an extension is the one with extension 0, as in an sgln-96. */
static void locations(void **state)
{
	static struct hm_elements e;
	struct hm_epc_plus h = { .filter = 0 };
	struct hm_err err = { "" };
	char bare[HEX_SIZE], zero[HEX_SIZE], out[256];

	(void)state;
	assert_int_equal(encode("(414)9521141123454", 1, bare), 0);
	assert_int_equal(encode("(414)9521141123454(254)0", 1, zero), 0);
	assert_string_equal(bare, zero);
	assert_string_equal(bare, "F21952114112345401" "00");
	assert_int_equal(decode(bare, out, &h), 0);
	assert_string_equal(out, "(414)9521141123454");
	assert_string_equal(h.scheme, "sgln+");
	/* other extensions stay, also those that begin so */
	assert_int_equal(encode("(414)9521141123454(254)00", 1, zero), 0);
	assert_int_equal(decode(zero, out, &h), 0);
	assert_string_equal(out, "(414)9521141123454(254)00");
	/* it is not made up for another key, and none of the elements that follow */
	assert_int_equal(hm_gs1_parse("(414)9521141123454(21)1", 23, &e, NULL), 0);
	assert_int_equal(hm_epc_plus_encode(&e, &h, out, sizeof(out), &err), -HM_EMISSING_AI);
	assert_string_equal(err.text, "(21) needs one of 01,03,8006");
	/* two extensions, one of them 0 */
	assert_int_equal(decode("F29" "9521141123454" "010" "254" "011", out, &h), -HM_EDUPLICATE_AI);
	assert_int_equal(encode("(254)0", 1, out), -HM_EMISSING_AI);
}

/* What is missing is named. */
static void missing(void **state)
{
	static const struct {
		const char *elements, *want, *host, *why;
	} t[] = {
		{ "(01)09521141123454", NULL, "", "(21), which sgtin+ has" },
		{ "(01)09521141123454", NULL, "a.b", "(21), which sgtin++ has" },
		{ "(01)09521141123454(17)261231", NULL, "", "(21), which sgtin+ has" },
		{ "(01)09521141123454(21)7", "dsgtin+", "", "a date, which dsgtin+ has" },
		{ "(00)095201234567891235", "sgtin+", "", "(01), which sgtin+ has" },
		{ "(253)9521141987650", NULL, "", "(253): in a tag it has its serial" },
		{ "(90)A", NULL, "", "none of them is a key that a + scheme holds" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .want = t[i].want };
		struct hm_err err = { "" };
		char hex[HEX_SIZE];

		strcpy(h.host, t[i].host);
		assert_int_equal(hm_gs1_parse(t[i].elements, strlen(t[i].elements), &e, NULL), 0);
		assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err), -HM_EMISSING_AI);
		assert_string_equal(err.text, t[i].why);
	}
}

static void refused_elements(void **state)
{
	static const struct {
		const char *elements;
		unsigned int filter;
		int rc;
	} t[] = {
		{ "(01)79521141123453", 0, -HM_EMISSING_AI },
		{ "(01)79521141123453(17)220630", 0, -HM_EMISSING_AI },		/* a date is no serial */
		{ "(21)1", 0, -HM_EMISSING_AI },
		{ "(253)9521141123454", 0, -HM_EMISSING_AI },
		{ "(255)9521141678909", 0, -HM_EMISSING_AI },
		{ "(8003)09521141123454", 0, -HM_EMISSING_AI },
		{ "(8010)9521", 0, -HM_EMISSING_AI },
		{ "(01)79521141123453(21)1", 8, -HM_EBAD_FILTER },
	};
	char hex[HEX_SIZE] = "old";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = encode(t[i].elements, t[i].filter, hex);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].elements, hm_error_name(rc), hm_error_name(t[i].rc));
		assert_string_equal(hex, "old");
	}
}

static void refused_images(void **state)
{
	static const struct {
		const char *hex;
		int rc;
	} t[] = {
		{ "", -HM_EEMPTY },
		{ "00", -HM_EUNPROGRAMMED },
		{ "E5", -HM_EUNKNOWN_HEADER },
		{ "FE", -HM_EUNKNOWN_HEADER },
		{ "E2", -HM_EUNKNOWN_HEADER },
		{ "FC", -HM_EBAD_LENGTH },
		{ "30", -HM_EUNKNOWN_HEADER },
		{ "F7", -HM_EBAD_LENGTH },
		{ "F73", -HM_EBAD_LENGTH },
		{ "FA", -HM_EBAD_LENGTH },		/* the head, before an end mark is looked for */
		{ "F0", -HM_EBAD_LENGTH },
		{ "FA0", -HM_ENO_TERMINATOR },
		{ "F7379521141123453", -HM_EBAD_LENGTH },
		{ "F7379521141123453856", -HM_EBAD_LENGTH },
		{ "F7379521141123453x", -HM_ENOT_HEX },
		{ "F7379521141123453" "85" "66CB0AFC4", 0 },
		{ "F7379521141123453" "85" "66CB0AFC", -HM_EBAD_LENGTH },
		{ "F7379521141123454" "85" "66CB0AFC4", -HM_EBAD_CHECK_DIGIT },
		{ "F737952114112345A" "85" "66CB0AFC4", -HM_ENOT_NUMERIC },
		{ "F7379521141123453" "80" "66CB0AFC4", -HM_EEMPTY },		/* length 0 */
		{ "F7379521141123453" "95" "000000000000000000000000000000000000", -HM_ETOO_LONG },	/* 21 */
		{ "F7379521141123453" "C1" "66CB0AFC4", -HM_EBAD_CHAR },	/* coding 6 */
		{ "F7379521141123453" "E1" "66CB0AFC4", -HM_EBAD_CHAR },	/* coding 7 */
		{ "F7379521141123453" "81" "00", -HM_EBAD_CHAR },		/* NUL */
		{ "F7379521141123453" "81" "46", -HM_EBAD_CHAR },		/* '#' */
		{ "F7379521141123453" "01" "90", 0 },
		{ "F7379521141123453" "01" "A0", -HM_EOVERFLOW },		/* a digit of ten */
		{ "F7379521141123453" "A3" "0000", -HM_EBAD_CHAR },		/* Code 40 of 0 */
		{ "F7379521141123453" "A3" "FA01", -HM_EBAD_CHAR },		/* above 40^3 */
		{ "F7379521141123453" "A3" "0001", -HM_EBAD_CHAR },		/* padding in front */
		{ "F7379521141123453" "A1" "0641", 0 },				/* A and padding */
		{ "F7379521141123453" "A1" "0642", -HM_EBAD_CHAR },		/* no padding behind */
		{ "FB342CDE795211411234538566CB0AFC4", 0 },
		{ "FB372CDE795211411234538566CB0AFC4", -HM_EBAD_DATE },	/* date type 7 */
		{ "FB342DDE795211411234538566CB0AFC4", -HM_EBAD_DATE },	/* month 14 */
		{ "FB34FFDE795211411234538566CB0AFC4", -HM_EBAD_DATE },	/* year 127 */
		{ "FA3952114132E83C2BF10", 0 },
		{ "FA3952114132F", 0 },
		{ "FA3952114132", -HM_ENO_TERMINATOR },
		{ "FA3952114132D", -HM_EBAD_CHAR },
		{ "FA3F", -HM_EEMPTY },
		{ "FA3952F", -HM_ETOO_SHORT },
		{ "FA39521E0112", -HM_EBAD_CHAR },		/* a digit behind the delimiter */
		{ "FA31111111111111111111111111111111F", -HM_ETOO_LONG },
		{ "F83952114167890950", -HM_EBAD_LENGTH },
		{ "F8395211416789000", -HM_EEMPTY },
		{ "F83952114167890" "9" "D" "0000000000000", -HM_ETOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc_plus h = { .filter = 77 };
		char out[256] = "old";
		int rc = decode(t[i].hex, out, &h);

		if (rc != t[i].rc)
			fail_msg("%s: %s (%s), not %s", t[i].hex, hm_error_name(rc), out, hm_error_name(t[i].rc));
		if (rc) {
			assert_string_equal(out, "old");
			assert_int_equal(h.filter, 77);
		}
	}
}

/* The toggle says that data follows: not without it. The room for the text is asked for. */
static void toggle(void **state)
{
	struct hm_epc_plus h = { .filter = 5, .data_follows = true };
	static struct hm_elements e;
	char hex[HEX_SIZE], out[256];

	(void)state;
	assert_int_equal(hm_gs1_parse("(00)095201234567891235", 22, &e, NULL), 0);
	assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL), 0);
	assert_string_equal(hex, "F95095201234567891235000");
	assert_false(h.data_follows);
	assert_int_equal(h.own, 1);
	assert_int_equal(hm_epc_plus_encode(&e, &h, hex, 24, NULL), -HM_ETOO_LONG);
	assert_int_equal(decode("F9D095201234567891235000", out, &h), -HM_EMISSING_AI);
	/* nor data without it: what is behind the EPC is dropped */
	assert_int_equal(decode("F95095201234567891235" "17" "35990", out, &h), 0);
	assert_string_equal(out, "(00)095201234567891235");
	assert_int_equal(h.filter, 5);
	assert_int_equal(h.bits, 84);
}

static void random_serial(struct rnd *r, char *out, size_t max)
{
	static const char *const sets[] = {
		"0123456789", "0123456789ABCDEF", "0123456789abcdef",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
		"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789",
	};
	const char *set = sets[rnd_below(r, 6)];

	rnd_text(r, out, 1 + rnd_below(r, max), set, strlen(set));
}

static void add_key(struct rnd *r, struct hm_elements *e, const char *ai, char *value, size_t digits, size_t skip)
{
	rnd_text(r, value, digits, "0123456789", 10);
	memset(value, '0', skip);
	value[digits - 1] = hm_mod10(value + skip, digits - 1 - skip);
	(void)hm_gs1_add(e, ai, value, digits, NULL);
}

/* Elements of a random scheme; values live in @v. */
static void random_elements(struct rnd *r, struct hm_elements *e, char v[3][64])
{
	e->n = e->used = 0;
	switch (rnd_below(r, 8)) {
	case 0:
	case 1:
		add_key(r, e, "01", v[0], 14, 0);
		random_serial(r, v[1], 20);
		(void)hm_gs1_add(e, "21", v[1], strlen(v[1]), NULL);
		if (rnd_below(r, 2)) {
			static const char *const dates[] = { "11", "13", "15", "16", "17", "7006", "7007" };

			snprintf(v[2], 64, "%02u%02u%02u", (unsigned int)rnd_below(r, 100), 1 + (unsigned int)rnd_below(r, 12),
				 1 + (unsigned int)rnd_below(r, 28));
			(void)hm_gs1_add(e, dates[rnd_below(r, 7)], v[2], 6, NULL);
		}
		return;
	case 2:
		add_key(r, e, "00", v[0], 18, 0);
		return;
	case 3:
		add_key(r, e, "414", v[0], 13, 0);
		random_serial(r, v[1], 20);
		(void)hm_gs1_add(e, "254", v[1], strlen(v[1]), NULL);
		return;
	case 4:
		add_key(r, e, "8003", v[0], 14, 1);
		e->n = 0;
		random_serial(r, v[0] + 14, 16);
		(void)hm_gs1_add(e, "8003", v[0], strlen(v[0]), NULL);
		return;
	case 5:
		rnd_text(r, v[0], 4 + rnd_below(r, 8), "0123456789", 10);
		if (rnd_below(r, 2))
			random_serial(r, v[0] + strlen(v[0]), 30 - strlen(v[0]));
		(void)hm_gs1_add(e, "8004", v[0], strlen(v[0]), NULL);
		return;
	case 6:
		rnd_text(r, v[0], 4, "0123456789", 10);
		rnd_text(r, v[0] + 4, rnd_below(r, 27), "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 39);
		(void)hm_gs1_add(e, "8010", v[0], strlen(v[0]), NULL);
		snprintf(v[1], 64, "%llu", (unsigned long long)rnd_below(r, 1000000000000ull));
		(void)hm_gs1_add(e, "8011", v[1], strlen(v[1]), NULL);
		return;
	default:
		add_key(r, e, "255", v[0], 13, 0);
		e->n = 0;
		rnd_text(r, v[0] + 13, 1 + rnd_below(r, 12), "0123456789", 10);
		(void)hm_gs1_add(e, "255", v[0], strlen(v[0]), NULL);
	}
}

static void round_trips(void **state)
{
	static const char *const hosts[] = { "example.com", "id.example.co.uk", "EXAMPLE.COM", "a", "qr.x1.tech", "10.0.0.1:80" };
	uint64_t cases = rnd_cases(1000000), read = 0;
	struct rnd r = rnd_start("plus schemes");
	static struct hm_elements e, back;

	(void)state;
	for (r.n = 0; r.n < cases; r.n++) {
		struct hm_epc_plus h = { .filter = (unsigned int)rnd_below(&r, 8) }, g = h;
		char v[3][64], hex[HEX_SIZE], again[HEX_SIZE], a[256], b[256];

		random_elements(&r, &e, v);
		if (rnd_below(&r, 2))
			strcpy(h.host, hosts[rnd_below(&r, sizeof(hosts) / sizeof(hosts[0]))]);
		rnd_assert(&r, !hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL));
		rnd_assert(&r, !hm_epc_plus_decode(hex, strlen(hex), &g, &back, NULL));
		/* extension 0 is the location itself */
		if (!strcmp(h.scheme, "sgln+") || !strcmp(h.scheme, "sgln++"))
			e.n -= e.e[1].len == 1 && *e.e[1].value == '0';
		rnd_assert(&r, !hm_gs1_bracketed(&e, a, sizeof(a)) && !hm_gs1_bracketed(&back, b, sizeof(b)));
		rnd_assert(&r, !strcmp(a, b) && h.filter == g.filter && h.data_follows == g.data_follows);
		rnd_assert(&r, !strcmp(h.scheme, g.scheme) && !strcmp(h.host, g.host) && h.bits == g.bits);
		rnd_assert(&r, !hm_epc_plus_encode(&back, &g, again, sizeof(again), NULL) && !strcmp(hex, again));
		/* one digit of it changed: refused, or some other element string that survives */
		hex[rnd_below(&r, strlen(hex))] = "0123456789ABCDEF"[rnd_below(&r, 16)];
		shrink_check(&r, hex, strlen(hex), wrong_plus);
		read += !hm_epc_plus_decode(hex, strlen(hex), &g, &back, NULL);
	}
	assert_true(read > cases / 20);
}

static void hostile(void **state)
{
	struct rnd r = rnd_start("plus noise");
	static struct hm_elements e;
	struct hm_epc_plus h;
	char *big = malloc(1 << 20);

	(void)state;
	assert_non_null(big);
	memset(big, 'F', 1 << 20);
	assert_int_equal(hm_epc_plus_decode(big, 1 << 20, &h, &e, NULL), -HM_ETOO_LONG);
	for (r.n = 0; r.n < rnd_cases(200000); r.n++) {
		size_t len = 2 + rnd_below(&r, 122);
		char *exact = malloc(len);

		for (size_t i = 0; i < len; i++)
			exact[i] = "0123456789ABCDEF"[rnd_below(&r, 16)];
		exact[0] = 'F';
		(void)hm_epc_plus_decode(exact, len, &h, &e, NULL);
		free(exact);
	}
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(codings),
		cmocka_unit_test(locations),
		cmocka_unit_test(missing),
		cmocka_unit_test(refused_elements),
		cmocka_unit_test(refused_images),
		cmocka_unit_test(toggle),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
