// SPDX-License-Identifier: LGPL-2.1-or-later
/* Product files: what is taken, and which line is blamed for what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "product/product.h"
#include "support/rnd.h"

#define PRODUCT	"[product]\nname = demo-sensor\ngtin = 09521234543213\ncompany_prefix = 9521234\n" \
		"part_number = HM-1000\nmanufacturer = Example Instruments\n"
#define SERIAL	"[serial]\npattern = {n:10}{c:mod10}\nfirst = 1000000001\n"
#define EPC	"[epc]\nscheme = sgtin-96\nfilter = 1\n"
#define LABEL	"[label]\ntemplate = demo-label.zpl\n"
#define RECORD	"[record]\ncarrier = onie-tlv\neeprom_size = 32768\n"
#define IDENT	"[identity]\nbinding = tpm\n"

static void takes_a_whole_file(void **state)
{
	static const char text[] =
		"; a comment\n# and another\n\n" PRODUCT "description = a thing ; said aside\n" SERIAL "last = 1000000099\n"
		EPC LABEL "elements = 01 17 21\nidentifiers = 1P 25S\nshelf_life = 24m\n" RECORD "\r\n"
		"[identity]\r\nbinding=none\r\n";
	struct hm_err err = { "" };
	struct hm_product p;

	(void)state;
	if (hm_product_parse(text, strlen(text), &p, &err))
		fail_msg("%s", err.text);
	assert_string_equal(p.name, "demo-sensor");
	assert_string_equal(p.gtin, "09521234543213");
	assert_string_equal(p.company_prefix, "9521234");
	assert_string_equal(p.part_number, "HM-1000");
	assert_string_equal(p.manufacturer, "Example Instruments");
	assert_string_equal(p.description, "a thing");
	assert_string_equal(p.pattern, "{n:10}{c:mod10}");
	assert_int_equal(p.first, 1000000001);
	assert_int_equal(p.last, 1000000099);
	assert_int_equal(p.epc_filter, 1);
	assert_string_equal(p.template_name, "demo-label.zpl");
	assert_int_equal(p.eeprom_size, 32768);
	assert_string_equal(p.elements, "01 17 21");
	assert_string_equal(p.identifiers, "1P 25S");
	assert_int_equal(p.shelf_life, 24);
	assert_int_equal(p.shelf_life_unit, 'm');
	assert_int_equal(p.binding, HM_BINDING_NONE);
	assert_string_equal(err.text, "");
}

static void optional_keys(void **state)
{
	static const char text[] = PRODUCT SERIAL EPC LABEL RECORD "[identity]\nbinding = tpm";
	struct hm_product p;

	(void)state;
	assert_int_equal(hm_product_parse(text, strlen(text), &p, NULL), 0);
	assert_string_equal(p.description, "");
	assert_string_equal(p.iac, "");
	assert_string_equal(p.cin, "");
	assert_string_equal(p.link, "");
	assert_true(p.last == UINT64_MAX);
	assert_true(p.guess_odds == 0);
	assert_int_equal(p.binding, HM_BINDING_TPM);
}

static void issuer_and_odds(void **state)
{
	static const char text[] =
		PRODUCT "iac = UN\ncin = 123456789\nlink = https://id.example.com/s/\n"
		"[serial]\npattern = {r:12:alnum}\nfirst = 1\nguess_odds = 10000\n" EPC LABEL RECORD IDENT;
	struct hm_err err = { "" };
	struct hm_product p;

	(void)state;
	if (hm_product_parse(text, strlen(text), &p, &err))
		fail_msg("%s", err.text);
	assert_string_equal(p.iac, "UN");
	assert_string_equal(p.cin, "123456789");
	assert_string_equal(p.link, "https://id.example.com/s/");
	assert_true(p.guess_odds == 10000);
}

static void pools_and_addresses(void **state)
{
	static const char listed[] =
		PRODUCT "[serial]\npool = acme-2026\n[mac]\npool = acme.macs\nbits = 64\ncount = 256\n"
		"[epc]\nscheme = none\n" LABEL RECORD IDENT;
	static const char block[] =
		PRODUCT SERIAL "[mac]\nprefix = 9c-f6-dd-00-1\nfirst = 16\nlast = 31\n" EPC LABEL RECORD IDENT;
	struct hm_err err = { "" };
	struct hm_product p;

	(void)state;
	if (hm_product_parse(listed, strlen(listed), &p, &err))
		fail_msg("%s", err.text);
	assert_string_equal(p.pool, "acme-2026");
	assert_string_equal(p.pattern, "");
	assert_string_equal(p.mac_pool, "acme.macs");
	assert_int_equal(p.mac_bits, 64);
	assert_int_equal(p.mac_count, 256);
	assert_int_equal(p.epc_scheme, HM_PRODUCT_NO_EPC);
	if (hm_product_parse(block, strlen(block), &p, &err))
		fail_msg("%s", err.text);
	assert_string_equal(p.pool, "");
	assert_string_equal(p.mac_prefix, "9c-f6-dd-00-1");
	assert_int_equal(p.mac_first, 16);
	assert_int_equal(p.mac_last, 31);
	assert_int_equal(p.mac_bits, 48);
	assert_int_equal(p.mac_count, 1);
	assert_int_equal(p.epc_scheme, HM_PRODUCT_SGTIN_96);
}

/* The whole file with one text in the place of another. */
static char *with(const char *from, const char *to)
{
	static const char whole[] = PRODUCT SERIAL EPC LABEL RECORD IDENT;
	const char *at = strstr(whole, from);
	char *text = malloc(sizeof(whole) + strlen(to) + 1);

	assert_non_null(at);
	assert_non_null(text);
	(void)sprintf(text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
	return text;
}

static const char long_text[] =
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static void each_rule(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} t[] = {
		{ "name = demo-sensor", "name = Demo", "line 2: [product] name: a character" },
		{ "name = demo-sensor", "name = a/b", "line 2: [product] name: a character" },
		{ "name = demo-sensor", "name = .hidden", "line 2: [product] name: it begins with" },
		{ "name = demo-sensor", "name = -x", "line 2: [product] name: it begins with" },
		{ "name = demo-sensor", "name = aaaaaaaaaabbbbbbbbbbccccccccccddd", "name: too long" },
		{ "name = demo-sensor", "name =", "name: nothing" },
		{ "gtin = 09521234543213", "gtin = 9521234543213", "line 3: [product] gtin: a GTIN has 14" },
		{ "gtin = 09521234543213", "gtin = 0952123454321x", "gtin: a GTIN has 14" },
		{ "gtin = 09521234543213", "gtin = 09521234543214", "gtin: the check digit" },
		{ "company_prefix = 9521234", "company_prefix = 95212", "line 4: [product] company_prefix: a company prefix" },
		{ "company_prefix = 9521234", "company_prefix = 9521234543213", "a company prefix has" },
		{ "company_prefix = 9521234", "company_prefix = 952123x", "a company prefix has" },
		{ "company_prefix = 9521234", "company_prefix = 9521235", "line 4: [product] company_prefix: it is not the one" },
		{ "part_number = HM-1000", "part_number = aaaaaaaaaabbbbbbbbbbccccccccccddd", "line 5: [product] part_number: too long" },
		{ "part_number = HM-1000", "part_number = H\xc3\xbc", "part_number: printable ASCII" },
		{ "manufacturer = Example Instruments", "manufacturer = Example\x7f", "line 6: a control character" },
		{ "manufacturer = Example Instruments", "manufacturer = a\x01z", "line 6: a control character" },
		{ "{n:10}{c:mod10}", "", "line 8: [serial] pattern: nothing" },
		{ "first = 1000000001", "first = -1", "line 9: [serial] first: a decimal" },
		{ "first = 1000000001", "first = 0x10", "first: a decimal" },
		{ "first = 1000000001", "first = 01", "first: a number without leading" },
		{ "first = 1000000001", "first = 18446744073709551615", "first: too large" },
		{ "first = 1000000001", "first = 5\nlast = 4", "line 10: [serial] last: smaller" },
		{ "first = 1000000001", "first = 5\nlast = x", "line 10: [serial] last: a decimal" },
		{ "first = 1000000001", "first = 5\nguess_odds = 1", "line 10: [serial] guess_odds: one success" },
		{ "first = 1000000001", "first = 5\nguess_odds = 1e4", "guess_odds: a decimal" },
		{ "first = 1000000001", "first = 5\nguess_odds = 10000", "line 10: [serial] guess_odds: it needs an unguessable" },
		{ "part_number", "iac = UN\npart_number", "line 5: [product] iac: iac and cin" },
		{ "part_number", "cin = 12\npart_number", "line 5: [product] cin: iac and cin" },
		{ "part_number", "iac = un\npart_number", "iac: a character" },
		{ "part_number", "iac = UNIT\npart_number", "iac: too long" },
		{ "part_number", "cin = 1-2\npart_number", "cin: a character" },
		{ "part_number", "link =\npart_number", "link: nothing" },
		{ "pattern = {n:10}{c:mod10}\n", "", "[serial] pattern: missing" },
		{ "first = 1000000001\n", "", "[serial] first: missing" },
		{ "first = 1000000001\n", "first = 1\npool = acme\n", "line 8: [serial] pattern: serials come out of a pool" },
		{ "pattern = {n:10}{c:mod10}\nfirst = 1000000001\n", "pool = acme\nlast = 5\n", "line 9: [serial] last: serials come" },
		{ "pattern = {n:10}{c:mod10}\nfirst = 1000000001\n", "pool = acme\nguess_odds = 5\n", "line 9: [serial] guess_odds: serials come" },
		{ "pattern = {n:10}{c:mod10}\n", "pool = Acme\n", "line 8: [serial] pool: a character" },
		{ "pattern = {n:10}{c:mod10}\n", "pool = .acme\n", "pool: it begins with" },
		{ "[epc]", "[mac]\n[epc]", "[mac] prefix: prefix or pool is needed" },
		{ "[epc]", "[mac]\ncount = 2\n[epc]", "[mac] prefix: prefix or pool is needed" },
		{ "[epc]", "[mac]\nprefix = 9CF6DD\npool = acme\n[epc]", "line 11: [mac] prefix: either prefix or pool" },
		{ "[epc]", "[mac]\npool = acme\nfirst = 2\n[epc]", "line 12: [mac] first: addresses come out of a pool" },
		{ "[epc]", "[mac]\npool = acme\nlast = 2\n[epc]", "line 12: [mac] last: addresses come" },
		{ "[epc]", "[mac]\nprefix = 9CF6DD\nfirst = 2\nlast = 1\n[epc]", "line 13: [mac] last: smaller" },
		{ "[epc]", "[mac]\nprefix = 9C.F6.DD\n[epc]", "[mac] prefix: a character" },
		{ "[epc]", "[mac]\nprefix = 9C-F6-DD-00-00\n[epc]", "[mac] prefix: too long" },
		{ "[epc]", "[mac]\nprefix = 9CF6DD\nbits = 32\n[epc]", "[mac] bits: 48 or 64" },
		{ "[epc]", "[mac]\nprefix = 9CF6DD\ncount = 0\n[epc]", "[mac] count: 1 to 256" },
		{ "[epc]", "[mac]\nprefix = 9CF6DD\ncount = 257\n[epc]", "[mac] count: 1 to 256" },
		{ "filter = 1\n", "", "[epc] filter: missing" },
		{ "sgtin-96", "none", "line 12: [epc] filter: there is no EPC" },
		{ "sgtin-96", "sgtin-198\nfilter = 2", "line 13: [epc] filter: a key twice" },
		{ "scheme = sgtin-96\nfilter = 1", "scheme = sgtin-198", "[epc] filter: missing" },
		{ "scheme = sgtin-96\nfilter = 1", "scheme = sgtin+", "[epc] filter: missing" },
		{ "sgtin-96", "sgtin-97", "line 11: [epc] scheme: none, sgtin-96, sgtin-198 or sgtin+ is needed" },
		{ "sgtin-96", "SGTIN-198", "line 11: [epc] scheme: none," }, { "sgtin-96", "sgtin++", "line 11: [epc] scheme: none," },
		{ "sgtin-96", "sgtin", "line 11: [epc] scheme: none," }, { "sgtin-96", "itip-212", "line 11: [epc] scheme: none," },
		{ "filter = 1", "filter = 8", "line 12: [epc] filter: a filter" },
		{ "filter = 1", "filter = x", "filter: a decimal" },
		{ "demo-label.zpl", "../demo-label.zpl", "line 14: [label] template: a character" },
		{ "demo-label.zpl", ".zpl", "template: it begins with" },
		{ "onie-tlv", "ipmi", "line 16: [record] carrier: a value" },
		{ "onie-tlv\neeprom_size = 32768", "ipmi-fru\neeprom_size = 512", "line 17: [record] eeprom_size: a power" },
		{ "onie-tlv\neeprom_size = 32768", "cwt\neeprom_size = 128", "line 17: [record] eeprom_size: a power" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nelements = 01  21", "elements: words of" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nelements = 01,21", "elements: words of" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nelements = ", "elements: nothing" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nelements = 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01", "elements: too long" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nidentifiers = 1p", "identifiers: words of" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 24", "shelf_life: a number and" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = m", "shelf_life: a number and" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 24mm", "shelf_life: a number and" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 0d", "shelf_life: nothing would be" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 012d", "shelf_life: a number without" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 51y", "shelf_life: too large" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 601m", "shelf_life: too large" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 18263d", "shelf_life: too large" },
		{ "template = demo-label.zpl", "template = demo-label.zpl\nshelf_life = 12345678d", "shelf_life: a number and" },
		{ "eeprom_size = 32768", "eeprom_size = 32767", "line 17: [record] eeprom_size: a power" },
		{ "eeprom_size = 32768", "eeprom_size = 512", "eeprom_size: a power" },
		{ "eeprom_size = 32768", "eeprom_size = 131072", "eeprom_size: a power" },
		{ "eeprom_size = 32768", "eeprom_size = 32k", "eeprom_size: a decimal" },
		{ "binding = tpm", "binding = station", "line 19: [identity] binding: station" },
		{ "binding = tpm", "binding = TPM", "binding: tpm or none" },
		/* keys and sections */
		{ "filter = 1", "filter = 1\nfilter = 1", "line 13: [epc] filter: a key twice" },
		{ "filter = 1", "filter = 1\nfiltre = 1", "line 13: [epc] filtre: an unknown key" },
		{ "filter = 1", "filter = 1\nname = x", "line 13: [epc] name: an unknown key" },
		{ "[epc]", "[epcs]", "line 10: an unknown section" },
		{ "[epc]", "[]", "line 10: an unknown section" },
		{ "[epc]", "[extra]\n[epc]", "line 10: an unknown section" },
		{ "[label]", "[epc]\n[label]", "line 13: [epc]: a section twice" },
		{ "[product]", "name = x\n[product]", "line 1: a key before" },
		{ "[epc]", "[epc", "line 10: a section without" },
		{ "filter = 1", "filter", "line 12: neither" },
		{ "filter = 1", "filter = 1\n  2", "line 13: indented" },
		{ "filter = 1", " filter = 1", "line 12: indented" },
		{ "HM-1000", long_text, "line 5: longer" },
		/* what is missing */
		{ "name = demo-sensor\n", "", "[product] name: missing" },
		{ "gtin = 09521234543213\n", "", "[product] gtin: missing" },
		{ "company_prefix = 9521234\n", "", "[product] company_prefix: missing" },
		{ "part_number = HM-1000\n", "", "[product] part_number: missing" },
		{ "manufacturer = Example Instruments\n", "", "[product] manufacturer: missing" },
		{ SERIAL, "", "[serial] pattern: missing" },
		{ "first = 1000000001\n", "", "[serial] first: missing" },
		{ "scheme = sgtin-96\n", "", "[epc] scheme: missing" },
		{ "filter = 1\n", "", "[epc] filter: missing" },
		{ LABEL, "", "[label] template: missing" },
		{ "carrier = onie-tlv\n", "", "[record] carrier: missing" },
		{ "eeprom_size = 32768\n", "", "[record] eeprom_size: missing" },
		{ IDENT, "", "[identity] binding: missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_product p = { .first = 77 };
		struct hm_err err = { "" };
		char *text = with(t[i].from, t[i].to);

		if (hm_product_parse(text, strlen(text), &p, &err) != -HM_EBAD_PRODUCT)
			fail_msg("row %zu (%s) was taken", i, t[i].to);
		if (!strstr(err.text, t[i].why))
			fail_msg("row %zu (%s): \"%s\" does not say \"%s\"", i, t[i].to, err.text, t[i].why);
		assert_int_equal(p.first, 77);
		assert_int_equal(hm_product_parse(text, strlen(text), &p, NULL), -HM_EBAD_PRODUCT);
		free(text);
	}
}

static void odd_files(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1 << 20);
	struct hm_product p;
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_product_parse(NULL, 0, &p, &err), -HM_EBAD_PRODUCT);
	assert_string_equal(err.text, "product file: it is empty");
	assert_int_equal(hm_product_parse("[product]\n\0x", 12, &p, &err), -HM_EBAD_PRODUCT);
	assert_non_null(strstr(err.text, "line 2: a control character"));
	assert_int_equal(hm_product_parse("\xef\xbb\xbf[product]\n[product]\n", 23, &p, &err), -HM_EBAD_PRODUCT);
	while (b.len <= HM_PRODUCT_FILE_MAX)
		assert_int_equal(hm_buf_str_add(&b, "; a comment\n"), 0);
	assert_int_equal(hm_product_parse(b.data, b.len, &p, &err), -HM_EBAD_PRODUCT);
	assert_non_null(strstr(err.text, "larger than"));
}

/* From the top directory: the example that everybody starts with. */
static void the_demo_product(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_product p;
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_read_file("examples/products/demo-sensor.ini", &b), 0);
	if (hm_product_parse(b.data, b.len, &p, &err))
		fail_msg("%s", err.text);
	assert_string_equal(p.name, "demo-sensor");
	assert_string_equal(p.gtin, "09521234543213");
	assert_string_equal(p.template_name, "demo-label.zpl");
	assert_int_equal(p.binding, HM_BINDING_TPM);
}

/* A damaged file is refused or read; never more than its bytes are looked at. */
static void damaged_files(void **state)
{
	static const char whole[] = PRODUCT SERIAL EPC LABEL RECORD IDENT;
	struct rnd r = rnd_start("product damage");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++) {
		size_t len = rnd_below(&r, sizeof(whole));
		char *text = malloc(len + !len);
		struct hm_err err = { "" };
		struct hm_product p;
		int rc;

		rnd_assert(&r, text);
		memcpy(text, whole, len);
		for (int i = 0; len && i < 3; i++)
			text[rnd_below(&r, len)] = (char)rnd_next(&r);
		rc = hm_product_parse(text, len, &p, &err);
		rnd_assert(&r, rc == 0 || (rc == -HM_EBAD_PRODUCT && err.text[0]));
		free(text);
	}
}

static void binding_names(void **state)
{
	(void)state;
	assert_string_equal(hm_binding_name(HM_BINDING_TPM), "tpm");
	assert_string_equal(hm_binding_name(HM_BINDING_STATION), "station");
	assert_string_equal(hm_binding_name(HM_BINDING_NONE), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_whole_file),
		cmocka_unit_test(optional_keys),
		cmocka_unit_test(issuer_and_odds),
		cmocka_unit_test(pools_and_addresses),
		cmocka_unit_test(each_rule),
		cmocka_unit_test(odd_files),
		cmocka_unit_test(the_demo_product),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(binding_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
