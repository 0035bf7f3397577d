// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A product as a whole: what its keys mean together, and to the rooms that know. Each row breaks one
 * rule of a product that is taken otherwise, its neighbours that are just within it are taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/product.h"

#define NOW	1795305600	/* 2026-11-22 */
#define ISSUER	"iac = UN\ncin = 123456789\n"
#define LINK	"link = https://id.example.com/s/\n"
#define SERIAL	"pattern = {n:10}{c:mod10}\nfirst = 1000000001\n"
#define MAC	"[mac]\nprefix = 9C-F6-DD\n"
#define EPC	"scheme = sgtin-96\nfilter = 1\n"
#define RECORD	"carrier = onie-tlv\neeprom_size = 32768\n"

static const char whole[] =
	"[product]\nname = demo-sensor\ngtin = 09521234543213\ncompany_prefix = 9521234\npart_number = HM-1000\n"
	"manufacturer = Example Instruments\n" ISSUER LINK "[serial]\n" SERIAL MAC "[epc]\n" EPC
	"[label]\ntemplate = demo-label.zpl\n[record]\n" RECORD "[identity]\nbinding = tpm\n";

/* The product with one text in the place of another. */
static int judge(const char *from, const char *to, struct hm_err *err)
{
	const char *at = strstr(whole, from);
	char text[4096];
	struct hm_product p;
	int len;

	assert_non_null(at);
	len = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
	assert_in_range(len, 1, sizeof(text) - 1);
	return hm_product_read(text, (size_t)len, NOW, &p, err);
}

static void each_rule(void **state)
{
	static const struct {
		const char *from, *to, *why;	/* NULL: it is taken */
		int rc;				/* HM_EBAD_PRODUCT unless told */
	} t[] = {
		{ ISSUER, ISSUER, NULL, 0 },
		/* what IEEE assigns: individual, universal, 6, 7 or 9 digits */
		{ "9C-F6-DD", "011122", "[mac] prefix 011122: a group or local", 0 },
		{ "9C-F6-DD", "021122", "[mac] prefix 021122: a group or local", 0 },
		{ "9C-F6-DD", "FFFFFF", "[mac] prefix FFFFFF: a group or local", 0 },
		{ "9C-F6-DD", "00112233", "[mac] prefix 00112233:", 0 }, { "9C-F6-DD", "00112", "[mac] prefix 00112:", 0 },
		{ "9C-F6-DD", "9CF6DG", "[mac] prefix 9CF6DG:", 0 }, { "9C-F6-DD", "9C-F6:DD", "[mac] prefix 9C-F6:DD:", 0 },
		{ "9C-F6-DD", "9CF6DD0", NULL, 0 }, { "9C-F6-DD", "9C:F6:DD:00:1", NULL, 0 },
		{ MAC, MAC "bits = 64\n", NULL, 0 }, { "[mac]\nprefix = 9C-F6-DD", "[mac]\nprefix = 9D-F6-DD\nbits = 64", "a group or local", 0 },
		/* numbers of the block, the last of each kind and the one behind it */
		{ MAC, MAC "last = 16777215\n", NULL, 0 },
		{ MAC, MAC "last = 16777216\n", "[mac] last 16777216 is beyond the last of the block, 16777215", 0 },
		{ "9C-F6-DD\n", "9CF6DD0\nlast = 1048575\n", NULL, 0 }, { "9C-F6-DD\n", "9CF6DD0\nlast = 1048576\n", "[mac] last", 0 },
		{ "9C-F6-DD\n", "9CF6DD001\nlast = 4095\n", NULL, 0 }, { "9C-F6-DD\n", "9CF6DD001\nlast = 4096\n", "[mac] last", 0 },
		{ MAC, MAC "first = 16777215\n", NULL, 0 }, { MAC, MAC "first = 16777216\n", "[mac] first 16777216", 0 },
		{ MAC, MAC "first = 16777215\ncount = 2\n", "[mac] count: there are not so many", 0 },
		{ MAC, MAC "first = 8\nlast = 10\ncount = 4\n", "[mac] count: there are not so many", 0 },
		/* the issuer and the link */
		{ "iac = UN", "iac = 12", "[product] iac, cin", 0 },
		{ "https://id.example.com/s/", "http://id.example.com/s/", "[product] link", 0 },
		{ "https://id.example.com/s/", "https://id.example.com/s", "[product] link", 0 },
		{ "demo-label.zpl", "demo-label.epl", "[label] template: no language", 0 },
		/* the pattern, its counters, and what the tag can hold */
		{ "{n:10}{c:mod10}", "{n:10}{c:mod11}", "pattern: unknown piece", 0 },
		{ "first = 1000000001", "first = 10000000000", "[serial] first 10000000000 is beyond", 0 },
		{ "first = 1000000001", "first = 1000000001\nlast = 9999999999", NULL, 0 },
		{ "first = 1000000001", "first = 1000000001\nlast = 10000000000", NULL, 0 },	/* the pattern is the limit */
		{ "first = 1000000001", "first = 1", "", 0 },
		{ "{n:10}{c:mod10}", "{n:12}", "", 0 }, { "{n:10}{c:mod10}", "1{n:11:hex}", "", 0 },
		/* digits at both ends and letters between are letters, and a tag of digits takes none */
		{ SERIAL, "pattern = {n:8:hex}\nfirst = 268435456\nlast = 2576980377\n", "an sgtin-96 has digits alone", 0 },
		{ SERIAL, "pattern = 1{n:8}{c:mod11_2}\nfirst = 1\nlast = 1\n", "an sgtin-96 has digits alone", 0 },
		{ SERIAL, "pattern = 1{n:8}{c:mod37_2}\nfirst = 1\nlast = 1\n", "an sgtin-96 has digits alone", 0 },
		{ SERIAL, "pattern = 1{n:8}{c:mod37_36}\nfirst = 1\nlast = 1\n", "an sgtin-96 has digits alone", 0 },
		{ SERIAL, "pattern = 1{l:2}{n:4}\nfirst = 1\n", "an sgtin-96 has digits alone", 0 },
		{ SERIAL, "pattern = 1{l:2:dec}{n:4}{c:mod97_10}\nfirst = 1\n", NULL, 0 },
		{ SERIAL, "pattern = A{n:8}\nfirst = 1\n", "makes no sgtin-96", 0 },
		/* the others take letters, zeros in front, and twenty characters */
		{ SERIAL MAC "[epc]\nscheme = sgtin-96", "pattern = {n:8:hex}{c:mod37_36}\nfirst = 1\n" MAC "[epc]\nscheme = sgtin-198", NULL, 0 },
		{ SERIAL MAC "[epc]\nscheme = sgtin-96", "pattern = {r:12:alnum}\nfirst = 1\n" MAC "[epc]\nscheme = sgtin+", NULL, 0 },
		{ SERIAL MAC "[epc]\nscheme = sgtin-96", "pattern = ABCDEFGHIJ{n:10:alnum}\nfirst = 0\n" MAC "[epc]\nscheme = sgtin+", NULL, 0 },
		{ SERIAL MAC "[epc]\nscheme = sgtin-96", "pattern = ABCDEFGHIJ{n:11:alnum}\nfirst = 0\n" MAC "[epc]\nscheme = sgtin-198", "pattern", 0 },
		{ SERIAL "[mac]\nprefix = 9C-F6-DD\n[epc]\n" EPC,
		  "pattern = {r:6}\nfirst = 0\nlast = 98\nguess_odds = 10000\n[epc]\nscheme = none\n", NULL, 0 },
		{ SERIAL "[mac]\nprefix = 9C-F6-DD\n[epc]\n" EPC,
		  "pattern = {r:6}\nfirst = 0\nlast = 99\nguess_odds = 10000\n[epc]\nscheme = none\n", "guessed once in", HM_EGUESSABLE },
		/* what the label asks for */
		{ "demo-label.zpl", "demo-label.zpl\nelements = 01 21", NULL, 0 },
		{ "demo-label.zpl", "demo-label.zpl\nelements = 01 99", "", 0 },
		{ "demo-label.zpl", "demo-label.zpl\nelements = 01 17 21", "", 0 },
		{ "demo-label.zpl", "demo-label.zpl\nelements = 01 17 21\nshelf_life = 2y", NULL, 0 },
		{ "demo-label.zpl", "demo-label.zpl\nidentifiers = 1P ZZ", "", 0 },
		{ ISSUER LINK "[serial]\n" SERIAL MAC "[epc]\n" EPC "[label]\ntemplate = demo-label.zpl\n",
		  "[serial]\n" SERIAL "[epc]\n" EPC "[label]\ntemplate = demo-label.zpl\nidentifiers = 25S\n", "", 0 },
		/* the image */
		{ "eeprom_size = 32768", "eeprom_size = 2048", NULL, 0 },
		{ RECORD, "carrier = cwt\neeprom_size = 256\n", NULL, 0 },
		/* and what the file's own reader says */
		{ "gtin = 09521234543213", "gtin = 09521234543214", "the check digit", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_err err = { "" };
		int rc = judge(t[i].from, t[i].to, &err), want = t[i].why ? -(t[i].rc ? t[i].rc : HM_EBAD_PRODUCT) : 0;

		if (rc != want)
			fail_msg("%s: %s (%s)", t[i].to, rc ? hm_error_name(rc) : "taken", err.text);
		if (t[i].why && (!err.text[0] || !strstr(err.text, t[i].why)))
			fail_msg("%s: \"%s\" does not say \"%s\"", t[i].to, err.text, t[i].why);
	}
}

/* What labels would say goes to whoever has the template: first and last serial of each day tried. */
struct seen {
	unsigned int n;
	char serial[8][21];
	int rc;
};

static int see(void *ctx, const struct hm_label_inputs *in, struct hm_err *err)
{
	struct seen *s = ctx;

	assert_in_range(s->n, 0, 7);
	strcpy(s->serial[s->n++], in->serial);
	assert_string_equal(in->mac, "FC:FF:FF:FF:FF:FF");
	return s->rc ? hm_err_set(err, s->rc, "no") : 0;
}

static void labels_are_tried(void **state)
{
	struct seen s = { .n = 0 };
	struct hm_product p;
	struct hm_product_trial t = { .p = &p, .now = NOW, .label = see, .ctx = &s };

	(void)state;
	assert_int_equal(hm_product_read(whole, sizeof(whole) - 1, NOW, &p, NULL), 0);
	assert_int_equal(hm_product_judge(&t, NULL), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.serial[0], "10000000016");
	assert_string_equal(s.serial[1], "99999999990");
	/* with a date in them: today, and the days of days[] */
	s.n = 0;
	p.epc_scheme = HM_PRODUCT_NO_EPC;
	strcpy(p.pattern, "{d:yymmdd}{n:1}");
	p.first = 3;
	assert_int_equal(hm_product_judge(&t, NULL), 0);
	assert_int_equal(s.n, 6);
	assert_string_equal(s.serial[0], "2611223");
	assert_string_equal(s.serial[1], "2611229");
	assert_string_equal(s.serial[2], "3001013");
	assert_string_equal(s.serial[5], "9912319");
	s.n = 0;
	s.rc = -HM_EBAD_TEMPLATE;
	assert_int_equal(hm_product_judge(&t, NULL), -HM_EBAD_TEMPLATE);
	assert_int_equal(s.n, 1);
}

static void images_fit(void **state)
{
	struct hm_product p;
	struct hm_product_trial t = { .p = &p, .now = NOW };
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_product_read(whole, sizeof(whole) - 1, NOW, &p, NULL), 0);
	strcpy(p.carrier, "ipmi-fru");
	p.eeprom_size = 1024;
	assert_int_equal(hm_product_judge(&t, NULL), 0);
	memset(p.manufacturer, 'M', 63);
	memset(p.part_number, 'N', sizeof(p.part_number) - 1);
	memset(p.name, 'n', sizeof(p.name) - 1);
	assert_int_equal(hm_product_judge(&t, &err), -HM_EBAD_PRODUCT);
	if (!strstr(err.text, "an image needs up to"))
		fail_msg("%s", err.text);
	p.eeprom_size = 2048;
	assert_int_equal(hm_product_judge(&t, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule),
		cmocka_unit_test(labels_are_tried),
		cmocka_unit_test(images_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
