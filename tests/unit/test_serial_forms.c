// SPDX-License-Identifier: LGPL-2.1-or-later
/* A serial with its issuer, as data identifier 25S, as a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serial/forms.h"
#include "support/shrink.h"

static void issuers(void **state)
{
	static const struct {
		const char *iac, *cin;
		int rc;
	} t[] = {
		{ "UN", "123456789", 0 }, { "LE", "ABC", 0 }, { "D", "1HLD9", 0 }, { "9", "521234", 0 }, { "VTD", "1", 0 },
		{ "", "1", -HM_EEMPTY }, { "UN", "", -HM_EEMPTY }, { "un", "1", -HM_EBAD_CHAR }, { "U-", "1", -HM_EBAD_CHAR },
		{ "UN", "12-3", -HM_EBAD_CHAR }, { "UN", "12\xc3\xbc", -HM_EBAD_CHAR }, { "ABCD", "1", -HM_EBAD_LENGTH },
		{ "95", "1", -HM_EBAD_LENGTH }, { "UN", "123456789012345678901234567890", 0 },
		{ "UN", "1234567890123456789012345678901", -HM_ETOO_LONG },
	};
	struct hm_issuer who = { .iac = "?" };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (hm_issuer_set(&who, t[i].iac, t[i].cin) != t[i].rc)
			fail_msg("%s %s", t[i].iac, t[i].cin);
		if (!t[i].rc)
			assert_string_equal(who.iac, t[i].iac);
	}
}

static void identifiers(void **state)
{
	struct hm_issuer who, wide;
	char out[64] = "old", serial[HM_SERIAL_MAX + 1] = "old";

	(void)state;
	assert_int_equal(hm_issuer_set(&who, "UN", "123456789"), 0);
	assert_int_equal(hm_uii_make(&who, "A7-0001", out, sizeof(out)), 0);
	assert_string_equal(out, "UN123456789A7-0001");
	assert_int_equal(hm_uii_read(&who, out, serial), 0);
	assert_string_equal(serial, "A7-0001");
	assert_int_equal(hm_di25s_make(&who, "A7-0001", out, sizeof(out)), 0);
	assert_string_equal(out, "25SUN123456789A7-0001");
	assert_int_equal(hm_di25s_read(&who, out, serial), 0);
	assert_string_equal(serial, "A7-0001");
	/* rules, one at a time */
	assert_int_equal(hm_uii_make(&who, "", out, sizeof(out)), -HM_EEMPTY);
	assert_int_equal(hm_uii_make(&who, "a7", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_uii_make(&who, "A.7", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_uii_make(&who, "A*", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_uii_make(&who, "123456789012345678901", out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_uii_make(&who, "A7", out, 13), -HM_ETOO_LONG);
	assert_string_equal(out, "25SUN123456789A7-0001");
	assert_int_equal(hm_uii_make(&who, "A7", out, 14), 0);
	assert_int_equal(hm_uii_read(&who, "", serial), -HM_EEMPTY);
	assert_int_equal(hm_uii_read(&who, "UN123456789", serial), -HM_EEMPTY);
	assert_int_equal(hm_uii_read(&who, "UN123456788A7", serial), -HM_EBAD_FORMAT);
	assert_int_equal(hm_uii_read(&who, "LE123456789A7", serial), -HM_EBAD_FORMAT);
	assert_int_equal(hm_uii_read(&who, "25SUN123456789A7", serial), -HM_EBAD_FORMAT);
	assert_int_equal(hm_di25s_read(&who, "UN123456789A7", serial), -HM_EBAD_FORMAT);
	assert_int_equal(hm_uii_read(&who, "UN123456789a7", serial), -HM_EBAD_CHAR);
	assert_int_equal(hm_uii_read(&who, "UN123456789A7\xff", serial), -HM_EBAD_CHAR);
	assert_int_equal(hm_uii_read(&who, "UN123456789123456789012345678901", serial), -HM_ETOO_LONG);
	assert_string_equal(serial, "A7-0001");
	/* fifty characters, and one more; the data identifier does not count */
	assert_int_equal(hm_issuer_set(&wide, "UN", "1234567890123456789012345678"), 0);
	assert_int_equal(hm_uii_make(&wide, "12345678901234567890", out, sizeof(out)), 0);
	assert_int_equal(strlen(out), 50);
	assert_int_equal(hm_di25s_make(&wide, "12345678901234567890", out, sizeof(out)), 0);
	assert_int_equal(strlen(out), 53);
	assert_int_equal(hm_di25s_read(&wide, out, serial), 0);
	assert_string_equal(serial, "12345678901234567890");
	assert_int_equal(hm_issuer_set(&wide, "VTD", "1234567890123456789012345678"), 0);
	assert_int_equal(hm_uii_make(&wide, "12345678901234567890", out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_uii_read(&wide, "VTD123456789012345678901234567812345678901234567890", serial), -HM_ETOO_LONG);
}

static void link_bases(void **state)
{
	static const struct {
		const char *base;
		int rc;
	} t[] = {
		{ "https://id.example.com/", 0 }, { "https://id.example.com/s/", 0 }, { "https://id.example.com/?1P=HM-1000&S=", 0 },
		{ "https://id.example.com:8443/s/", 0 }, { "https://xn--mller-kva.example/A-", 0 }, { "https://a.b/x.", 0 },
		{ "", -HM_EEMPTY }, { "http://id.example.com/", -HM_EBAD_URI }, { "HTTPS://id.example.com/", -HM_EBAD_URI },
		{ "https://id.example.com", -HM_EBAD_URI }, { "https://id.example.com/s", -HM_EBAD_URI }, { "https:///s/", -HM_EBAD_URI },
		{ "https://localhost/", -HM_EBAD_URI }, { "https://id.Example.com/", -HM_EBAD_URI }, { "https://-a.example/", -HM_EBAD_URI },
		{ "https://a-.example/", -HM_EBAD_URI }, { "https://a..example/", -HM_EBAD_URI }, { "https://.example/", -HM_EBAD_URI },
		{ "https://user@a.example/", -HM_EBAD_URI }, { "https://a.example:/", -HM_EBAD_URI }, { "https://a.example:x/", -HM_EBAD_URI },
		{ "https://a.example:123456/", -HM_EBAD_URI }, { "https://a.example/../", -HM_EBAD_URI }, { "https://a.example/./s/", -HM_EBAD_URI },
		{ "https://a.example/%41/", -HM_EBAD_CHAR }, { "https://a.example/#/", -HM_EBAD_CHAR }, { "https://a.example/a b/", -HM_EBAD_CHAR },
		{ "https://a.example/\xc3\xbc/", -HM_EBAD_CHAR }, { "https://a.example/\"/", -HM_EBAD_CHAR }, { "https://a.example/^/", -HM_EBAD_CHAR },
		{ "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b/", -HM_EBAD_URI },
	};
	static char large[1 << 20] = "https://a.example/";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (hm_link_base_check(t[i].base) != t[i].rc)
			fail_msg("%s is not %s", t[i].base, hm_error_name(t[i].rc));
	memset(large + strlen(large), '/', sizeof(large) - strlen(large) - 1);
	assert_int_equal(hm_link_base_check(large), -HM_ETOO_LONG);
}

/* Of all bytes, those that the rules name and no other: in a base's path, in both serials. */
static void every_byte(void **state)
{
	static const char capitals[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	static const char path[] = "abcdefghijklmnopqrstuvwxyz._~:/?@!$&'()*+,;=";
	struct hm_issuer who;
	char out[HM_LINK_MAX + 1];

	(void)state;
	assert_int_equal(hm_issuer_set(&who, "UN", "1"), 0);
	for (int c = 1; c < 256; c++) {
		char base[] = "https://a.b/x?x/", serial[] = "A?";
		bool capital = strchr(capitals, c);

		base[13] = serial[1] = (char)c;
		assert_int_equal(hm_link_base_check(base), capital || strchr(path, c) ? 0 : -HM_EBAD_CHAR);
		assert_int_equal(hm_uii_make(&who, serial, out, sizeof(out)), capital ? 0 : -HM_EBAD_CHAR);
		assert_int_equal(hm_link_make("https://a.b/", serial, out, sizeof(out)),
				 capital || strchr("._*", c) ? 0 : -HM_EBAD_CHAR);
	}
}

/* What is read ends where the serial does, whatever was there before; a host has every letter and digit. */
static void ends(void **state)
{
	static const char base[] = "https://abcdefghijklm.nopqrstuvwxyz.0123456789/";
	char serial[HM_SERIAL_MAX + 1];
	struct hm_issuer who;

	(void)state;
	assert_int_equal(hm_link_base_check(base), 0);
	assert_int_equal(hm_issuer_set(&who, "UN", "1"), 0);
	memset(serial, 'x', sizeof(serial));
	assert_int_equal(hm_link_read("https://a.b/", "https://a.b/A7", serial), 0);
	assert_memory_equal(serial, "A7\0x", 4);
	memset(serial, 'x', sizeof(serial));
	assert_int_equal(hm_uii_read(&who, "UN1A7", serial), 0);
	assert_memory_equal(serial, "A7\0x", 4);
	memset(serial, 'x', sizeof(serial));
	assert_int_equal(hm_di25s_read(&who, "25SUN1A7", serial), 0);
	assert_memory_equal(serial, "A7\0x", 4);
}

static void links(void **state)
{
	static const char base[] = "https://id.example.com/s/";
	char out[HM_LINK_MAX + 1] = "old", serial[HM_SERIAL_MAX + 1] = "old", wide[HM_LINK_MAX + 1] = "https://a.b/";
	char longer[HM_LINK_MAX + 4];

	(void)state;
	assert_int_equal(hm_link_make(base, "A7-0001", out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.example.com/s/A7-0001");
	assert_int_equal(hm_link_read(base, out, serial), 0);
	assert_string_equal(serial, "A7-0001");
	assert_int_equal(hm_link_make(base, "", out, sizeof(out)), -HM_EEMPTY);
	assert_int_equal(hm_link_make(base, "a7", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_link_make(base, "A/7", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_link_make("https://x/", "A7", out, sizeof(out)), -HM_EBAD_URI);
	assert_int_equal(hm_link_make(base, "A7-0001", out, 32), -HM_ETOO_LONG);
	assert_int_equal(hm_link_make(base, "123456789012345678901", out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_link_read(base, "https://id.example.org/s/A7-0001", serial), -HM_EBAD_FORMAT);
	assert_int_equal(hm_link_read(base, "", serial), -HM_EEMPTY);
	assert_int_equal(hm_link_read("https://x/", "https://x/A7", serial), -HM_EBAD_URI);
	assert_int_equal(hm_link_read(base, base, serial), -HM_EEMPTY);
	assert_int_equal(hm_link_read(base, "https://id.example.com/s/A7?x=1", serial), -HM_EBAD_CHAR);
	assert_int_equal(hm_link_read(base, "https://id.example.com/s/A7-0001-A7-0001-A7-00", serial), -HM_ETOO_LONG);
	assert_string_equal(serial, "A7-0001");
	/* 255 characters, and one more */
	memset(wide + 12, 'p', 253 - 12);
	memcpy(wide + 252, "/", 2);
	assert_int_equal(hm_link_make(wide, "AB", out, sizeof(out)), 0);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(hm_link_read(wide, out, serial), 0);
	assert_string_equal(serial, "AB");
	assert_int_equal(hm_link_make(wide, "ABC", out, sizeof(out)), -HM_ETOO_LONG);
	snprintf(longer, sizeof(longer), "%sABC", wide);
	assert_int_equal(hm_link_read(wide, longer, serial), -HM_ETOO_LONG);
	assert_string_equal(serial, "AB");
}

static const char *wrong_round_trip(struct rnd *r)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	char iac[HM_IAC_MAX + 1], cin[16], serial[HM_SERIAL_MAX + 1], out[HM_LINK_MAX + 1], back[HM_SERIAL_MAX + 1];
	struct hm_issuer who;

	rnd_text(r, iac, 1 + rnd_below(r, HM_IAC_MAX), set + 10, 26);
	rnd_text(r, cin, 1 + rnd_below(r, 15), set, 36);
	rnd_text(r, serial, 1 + rnd_below(r, HM_SERIAL_MAX), set, sizeof(set) - 1);
	if (r->show)
		print_error("%s %s %s\n", iac, cin, serial);
	shrink_must(!hm_issuer_set(&who, iac, cin));
	shrink_must(!hm_uii_make(&who, serial, out, sizeof(out)));
	shrink_must(!hm_uii_read(&who, out, back) && !strcmp(back, serial));
	shrink_must(!hm_di25s_make(&who, serial, out, sizeof(out)));
	shrink_must(!hm_di25s_read(&who, out, back) && !strcmp(back, serial));
	shrink_must(!hm_link_make("https://id.example.com/?S=", serial, out, sizeof(out)));
	shrink_must(!hm_link_read("https://id.example.com/?S=", out, back) && !strcmp(back, serial));
	out[rnd_below(r, strlen(out))] ^= (char)(1 + rnd_below(r, 255));
	(void)hm_link_read("https://id.example.com/?S=", out, back);
	(void)hm_uii_read(&who, out, back);
	return NULL;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("forms round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_round_trip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issuers),
		cmocka_unit_test(identifiers),
		cmocka_unit_test(link_bases),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(ends),
		cmocka_unit_test(links),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
