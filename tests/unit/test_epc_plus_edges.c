// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every "+" and "++" scheme with every coding at its edges: first, last and one past,
 * against a packing of its own (support/epc_spec.h), so that the codec does not judge itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc_plus.h"
#include "support/epc_spec.h"

#define HEX_SIZE 160

/* TDS 2.3, tables of 14.6: the key's digits, then a serial of a kind ('t' text, 'n' number) */
static const struct scheme {
	const char *name;
	unsigned int header, host_header;
	const char *key, *serial;	/* "(01)%s", "(21)%s"; "" where it is in the key's AI */
	const char *first, *last;	/* digits with their check digits; NULL: as they come */
	char kind;
	int max;			/* characters of the serial; 0: none */
} schemes[] = {
	{ "sgtin", 0xf7, 0xfd, "(01)", "(21)", "00000000000000", "99999999999997", 't', 20 },
	{ "sscc", 0xf9, 0xef, "(00)", NULL, "000000000000000000", "999999999999999995", 0, 0 },
	{ "sgln", 0xf2, 0xe9, "(414)", "(254)", "0000000000000", "9999999999994", 't', 20 },
	{ "grai", 0xf1, 0xeb, "(8003)", "", "00000000000000", "09999999999994", 't', 16 },
	{ "gsrn", 0xf4, 0xe7, "(8018)", NULL, "000000000000000000", "999999999999999995", 0, 0 },
	{ "gsrnp", 0xf5, 0xe8, "(8017)", NULL, "000000000000000000", "999999999999999995", 0, 0 },
	{ "gdti", 0xf6, 0xea, "(253)", "", "0000000000000", "9999999999994", 't', 17 },
	{ "sgcn", 0xf8, 0xec, "(255)", "", "0000000000000", "9999999999994", 'n', 12 },
	{ "itip", 0xf3, 0xed, "(8006)", "(21)", "000000000000000101", "999999999999979999", 't', 20 },
};

/* Characters of each coding; a first one that no shorter coding has. */
static const struct coding {
	char first, rest;
} codings[] = { { '9', '9' }, { 'F', '0' }, { 'f', '0' }, { '_', 'z' }, { '!', 'a' }, { '.', 'Z' } };

static struct spec_bits image(const struct scheme *s, bool host, unsigned int filter, const char *key,
			      unsigned int coding, const char *serial)
{
	struct spec_bits b = { .n = 0 };

	spec_put(&b, host ? s->host_header : s->header, 8);
	spec_put(&b, 0, 1);
	spec_put(&b, filter, 3);
	spec_digits(&b, key, strlen(key));
	if (s->kind == 't')
		spec_text(&b, coding, serial, strlen(serial), 5);
	if (s->kind == 'n') {
		spec_put(&b, strlen(serial), 4);
		spec_number(&b, serial, strlen(serial));
	}
	if (host) {
		/* "a": how, one unit, it */
		spec_put(&b, 1, 1);
		spec_put(&b, 1, 6);
		spec_put(&b, 'a', 7);
	}
	return b;
}

static void elements(const struct scheme *s, const char *key, const char *serial, char *out)
{
	/* extension 0 is the location itself */
	if (!strcmp(s->name, "sgln") && !strcmp(serial, "0")) {
		sprintf(out, "%s%s", s->key, key);
		return;
	}
	out += sprintf(out, "%s%s%s", s->key, key, s->serial ? s->serial : "");
	for (; *serial; *out++ = *serial++)
		if (*serial == '(')
			*out++ = '\\';
	*out = '\0';
}

/* Both directions, in both schemes; the image may be one that no encoder of fewest bits writes. */
static void agree(const struct scheme *s, unsigned int filter, const char *key, unsigned int coding, const char *serial,
		  bool fewest)
{
	static struct hm_elements e;

	for (int host = 0; host < 2; host++) {
		struct spec_bits b = image(s, host, filter, key, coding, serial);
		struct hm_epc_plus h = { .filter = filter }, g = { .filter = 0 };
		char text[128], want[HEX_SIZE], hex[HEX_SIZE] = "", out[128] = "", name[16];
		int rc;

		spec_hex(&b, want);
		elements(s, key, serial, text);
		rc = hm_epc_plus_decode(want, strlen(want), &g, &e, NULL);
		if (rc || hm_gs1_bracketed(&e, out, sizeof(out)) || strcmp(out, text))
			fail_msg("%s: %s %s, not %s", want, hm_error_name(rc), out, text);
		snprintf(name, sizeof(name), "%s%s", s->name, host ? "++" : "+");
		assert_string_equal(g.scheme, name);
		assert_int_equal(g.filter, filter);
		assert_int_equal(g.bits, b.n);
		assert_string_equal(g.host, host ? "a" : "");
		strcpy(h.host, g.host);
		assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
		rc = hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL);
		if (rc || (fewest && strcmp(hex, want)))
			fail_msg("%s: %s %s, not %s", text, hm_error_name(rc), hex, want);
		assert_true(h.bits <= b.n);
	}
}

static void refused(const struct scheme *s, const char *key, unsigned int coding, const char *serial, int rc)
{
	static struct hm_elements e;
	struct spec_bits b = image(s, false, 0, key, coding, serial);
	struct hm_epc_plus h = { .filter = 0 };
	char hex[HEX_SIZE], text[128];
	int got;

	spec_hex(&b, hex);
	got = hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL);
	if (got != rc)
		fail_msg("%s: %s, not %s", hex, hm_error_name(got), hm_error_name(rc));
	elements(s, key, serial, text);
	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), rc);
}

static void fill(char *out, const struct coding *c, int n)
{
	memset(out, c->rest, (size_t)n);
	out[0] = c->first;
	out[n] = '\0';
}

static void keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];
		const char *serial = s->max ? "0" : "";
		char bad[32];

		for (unsigned int filter = 0; filter < 8; filter++)
			agree(s, filter, s->first, 0, serial, true);
		agree(s, 0, s->last, 0, serial, true);
		/* one past the check digit */
		strcpy(bad, s->last);
		if (strcmp(s->name, "itip"))
			bad[strlen(bad) - 1] = (char)(bad[strlen(bad) - 1] == '9' ? '0' : bad[strlen(bad) - 1] + 1);
		else
			bad[13] = '8';
		refused(s, bad, 0, serial, -HM_EBAD_CHECK_DIGIT);
	}
}

static void serials(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];

		for (unsigned int c = 0; s->max && c < (s->kind == 't' ? 6 : 1); c++)
			for (int n = 1; n <= s->max + 1; n++) {
				char serial[32];

				fill(serial, &codings[c], n);
				if (n > s->max)
					refused(s, s->first, c, serial, -HM_ETOO_LONG);
				else
					/* . and Z are ASCII too, which for some lengths takes fewer bits */
					agree(s, 1, s->first, c, serial, c != 5);
			}
	}
}

/* An element string without the serial is a class, but for a location; the image has an empty one. */
static void classes(void **state)
{
	static struct hm_elements e;

	(void)state;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];
		struct hm_epc_plus h = { .filter = 0 };
		struct spec_bits b = image(s, false, 0, s->first, 0, "");
		char text[64], hex[HEX_SIZE];

		if (!s->max)
			continue;
		snprintf(text, sizeof(text), "%s%s", s->key, s->first);
		assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
		assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL), strcmp(s->name, "sgln") ? -HM_EMISSING_AI : 0);
		spec_hex(&b, hex);
		assert_int_equal(hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL), -HM_EEMPTY);
	}
}

/* CPI+ and GIAI+: digits to an end mark, or to a mark behind which text follows. */
static void delimited(void **state)
{
	static const struct {
		unsigned int header;
		const char *ai, *behind;
	} t[] = { { 0xfa, "(8004)", "" }, { 0xf0, "(8010)", "(8011)0" } };
	static struct hm_elements e;

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (int digits = 4; digits <= 31; digits++)
			for (int letters = 0; digits + letters <= 31; letters += letters ? 9 : 1) {
				struct hm_epc_plus h = { .filter = 0 };
				struct spec_bits b = { .n = 0 };
				char value[40], text[64], want[HEX_SIZE], hex[HEX_SIZE] = "";
				int rc;

				memset(value, '7', (size_t)digits);
				memset(value + digits, 'G', (size_t)letters);
				value[digits + letters] = '\0';
				spec_put(&b, t[k].header, 8);
				spec_put(&b, 0, 4);
				for (int i = 0; i < digits; i++)
					spec_put(&b, 7, 4);
				spec_put(&b, letters ? 0xe : 0xf, 4);
				/* G: base64 takes 6 bits each, Code 40 16 for three */
				if (letters)
					spec_text(&b, 16 * ((letters + 2) / 3) < 6 * letters ? 5 : 3, value + digits,
						  (size_t)letters, 5);
				if (k) {
					spec_put(&b, 1, 4);
					spec_put(&b, 0, 4);
				}
				spec_hex(&b, want);
				snprintf(text, sizeof(text), "%s%s%s", t[k].ai, value, t[k].behind);
				rc = hm_epc_plus_decode(want, strlen(want), &h, &e, NULL);
				if (digits + letters > 30) {
					assert_int_equal(rc, -HM_ETOO_LONG);
					assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), -HM_ETOO_LONG);
					continue;
				}
				assert_int_equal(rc, 0);
				assert_int_equal(h.bits, b.n);
				assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
				assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL), 0);
				assert_string_equal(hex, want);
			}
}

/* The part's serial: 1 ... 12 digits, no leading zero, a length of four bits. */
static void part_serials(void **state)
{
	static struct hm_elements e;
	struct hm_epc_plus h;

	(void)state;
	for (int n = 0; n <= 15; n++) {
		struct spec_bits b = { .n = 0 };
		char serial[20], hex[HEX_SIZE];

		memset(serial, '9', sizeof(serial));
		serial[n] = '\0';
		spec_put(&b, 0xf0, 8);
		spec_put(&b, 0, 4);
		spec_digits(&b, "9521", 4);
		spec_put(&b, 0xf, 4);
		spec_put(&b, (uint64_t)n, 4);
		spec_number(&b, serial, strlen(serial));
		spec_hex(&b, hex);
		assert_int_equal(hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL), !n ? -HM_EEMPTY : n > 12 ? -HM_ETOO_LONG : 0);
	}
}

/* DSGTIN+: seven types, each day that there is; day 0 only where the AI has it. */
static void dates(void **state)
{
	static const char *const ais[] = { "11", "13", "15", "16", "17", "7006", "7007" };
	static struct hm_elements e;

	(void)state;
	for (unsigned int type = 0; type < 16; type++)
		for (unsigned int month = 0; month < 16; month++)
			for (unsigned int day = 0; day < 32; day++)
				for (unsigned int year = 0; year < 128; year += month == 2 ? 1 : 99) {
					static const unsigned int days[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0 };
					unsigned int last = days[month] + (month == 2 && year % 4 == 0);
					bool good = type < 7 && year < 100 && day <= last && last && (day || type < 5);
					struct hm_epc_plus h = { .filter = 0 };
					struct spec_bits b = { .n = 0 };
					char hex[HEX_SIZE], text[64], out[64];

					spec_put(&b, 0xfb, 8);
					spec_put(&b, 0, 4);
					spec_put(&b, type, 4);
					spec_put(&b, year, 7);
					spec_put(&b, month, 4);
					spec_put(&b, day, 5);
					spec_digits(&b, "79521141123453", 14);
					spec_text(&b, 0, "1", 1, 5);
					spec_hex(&b, hex);
					assert_int_equal(hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL), good ? 0 : -HM_EBAD_DATE);
					if (!good)
						continue;
					snprintf(text, sizeof(text), "(01)79521141123453(21)1(%s)%02u%02u%02u", ais[type], year, month, day);
					assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
					assert_string_equal(out, text);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(serials),
		cmocka_unit_test(classes),
		cmocka_unit_test(delimited),
		cmocka_unit_test(part_serials),
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
