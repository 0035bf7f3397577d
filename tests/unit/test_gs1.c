// SPDX-License-Identifier: LGPL-2.1-or-later
/* SGTIN-96; EPCs of GTIN and serial; element strings, Digital Links. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/digits.h"
#include "gs1/ai.h"
#include "gs1/epc.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"
#include "gs1/gs1.h"
#include "support/rnd.h"
#include "support/shrink.h"

static void vectors(void **state)
{
	static const struct {
		const char *hex, *uri;
	} t[] = {
		{ "3074257BF7194E4000001A85", "urn:epc:tag:sgtin-96:3.0614141.812345.6789" },
		{ "300000000000004000000001", "urn:epc:tag:sgtin-96:0.000000000000.1.1" },
		{ "301800000000000000000000", "urn:epc:tag:sgtin-96:0.000000.0000000.0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char hex[25] = "", uri[HM_EPC_URI_SIZE] = "";

		assert_int_equal(hm_epc_encode(t[i].uri, hex, sizeof(hex)), 0);
		assert_string_equal(hex, t[i].hex);
		assert_int_equal(hm_epc_decode(t[i].hex, uri, sizeof(uri)), 0);
		assert_string_equal(uri, t[i].uri);
	}
}

/* by partition: prefix digits, and its bits and the item's (TDS 1.13, table 14-2) */
static const struct {
	int digits, prefix_bits, item_bits;
} parts[7] = {
	{ 12, 40, 4 }, { 11, 37, 7 }, { 10, 34, 10 }, { 9, 30, 14 }, { 8, 27, 17 }, { 7, 24, 20 }, { 6, 20, 24 },
};

static uint64_t nines(int n)
{
	uint64_t v = 0;

	while (n--)
		v = v * 10 + 9;
	return v;
}

/* The memory image, made another way: one wide shift register. */
static void image(uint8_t out[12], unsigned int filter, unsigned int partition, uint64_t prefix, uint64_t item,
		  uint64_t serial)
{
	unsigned __int128 v = 0x30;
	unsigned int pb = partition < 7 ? (unsigned int)parts[partition].prefix_bits : 20;

	v = v << 3 | filter;
	v = v << 3 | partition;
	v = v << pb | prefix;
	v = v << (44 - pb) | item;
	v = v << 38 | serial;
	for (int i = 11; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static int decode(const uint8_t bytes[12], char uri[HM_EPC_URI_SIZE])
{
	char hex[25];

	hm_hex_upper(bytes, 12, hex);
	return hm_epc_decode(hex, uri, HM_EPC_URI_SIZE);
}

#define SERIAL_MAX 274877906943ull	/* 2^38 - 1 */

/* Every partition with the first, the last and the one past the last value of each field. */
static void every_partition(void **state)
{
	(void)state;
	for (unsigned int p = 0; p < 7; p++) {
		uint64_t last_prefix = nines(parts[p].digits), last_item = nines(13 - parts[p].digits);
		const uint64_t prefixes[] = { 0, 1, last_prefix }, items[] = { 0, 1, last_item };
		const uint64_t serials[] = { 0, 1, SERIAL_MAX };
		char uri[HM_EPC_URI_SIZE], want_uri[HM_EPC_URI_SIZE], hex[25], want_hex[25];
		uint8_t want[12];

		assert_int_equal(parts[p].prefix_bits + parts[p].item_bits, 44);
		for (int i = 0; i < 27; i++) {
			uint64_t prefix = prefixes[i % 3], item = items[i / 3 % 3], serial = serials[i / 9];
			unsigned int filter = (unsigned int)i % 8;

			image(want, filter, p, prefix, item, serial);
			(void)snprintf(want_uri, sizeof(want_uri), "urn:epc:tag:sgtin-96:%u.%0*" PRIu64 ".%0*" PRIu64 ".%" PRIu64,
				       filter, parts[p].digits, prefix, 13 - parts[p].digits, item, serial);
			assert_int_equal(decode(want, uri), 0);
			assert_string_equal(uri, want_uri);
			assert_int_equal(hm_epc_encode(uri, hex, sizeof(hex)), 0);
			hm_hex_upper(want, 12, want_hex);
			assert_string_equal(hex, want_hex);
		}
		/* one past the last, where the bits have room for it: all but nothing */
		strcpy(uri, "old");
		image(want, 1, p, last_prefix + 1, 0, 1);
		assert_int_equal(decode(want, uri), -HM_EOVERFLOW);
		image(want, 1, p, 0, last_item + 1, 1);
		assert_int_equal(decode(want, uri), -HM_EOVERFLOW);
		image(want, 1, p, (1ull << parts[p].prefix_bits) - 1, 0, 1);
		assert_int_equal(decode(want, uri), -HM_EOVERFLOW);
		assert_string_equal(uri, "old");
	}
}

static void bad_images(void **state)
{
	char uri[HM_EPC_URI_SIZE] = "old";
	uint8_t b[12];

	(void)state;
	image(b, 1, 7, 0, 0, 1);
	assert_int_equal(decode(b, uri), -HM_EBAD_PARTITION);
	image(b, 1, 5, 1, 1, 1);
	b[0] = 0xe2;
	assert_int_equal(decode(b, uri), -HM_EUNKNOWN_HEADER);
	b[0] = 0;
	assert_int_equal(decode(b, uri), -HM_EUNPROGRAMMED);
	assert_string_equal(uri, "old");
}

static void bad_uris(void **state)
{
	static const struct {
		const char *uri;
		int rc;
	} t[] = {
		{ "", -HM_EEMPTY },
		{ "urn:epc:id:sgtin:0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:sgtin-96", -HM_EBAD_URI },
		{ "URN:EPC:TAG:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345", -HM_EBAD_URI },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.6789.1", -HM_EBAD_URI },
		{ "urn:epc:tag:sgtin-95:3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:tag:SGTIN-96:3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:tag:sgtin-96:8.0614141.812345.6789", -HM_EBAD_FILTER },
		{ "urn:epc:tag:sgtin-96:99999999999999999999999.0614141.812345.6789", -HM_EBAD_FILTER },
		{ "urn:epc:tag:sgtin-96:03.0614141.812345.6789", -HM_ELEADING_ZERO },
		{ "urn:epc:tag:sgtin-96:x.0614141.812345.6789", -HM_ENOT_NUMERIC },
		{ "urn:epc:tag:sgtin-96:.0614141.812345.6789", -HM_EEMPTY },
		{ "urn:epc:tag:sgtin-96:3..812345.6789", -HM_EEMPTY },
		{ "urn:epc:tag:sgtin-96:3.0614141..6789", -HM_EEMPTY },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.", -HM_EEMPTY },
		{ "urn:epc:tag:sgtin-96:3.061414a.812345.6789", -HM_ENOT_NUMERIC },
		{ "urn:epc:tag:sgtin-96:3.0614141.81234a.6789", -HM_ENOT_NUMERIC },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.678a", -HM_ENOT_NUMERIC },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.%36789", -HM_ENOT_NUMERIC },
		{ "urn:epc:tag:sgtin-96:3.06141.81234567.6789", -HM_EBAD_PREFIX_LENGTH },
		{ "urn:epc:tag:sgtin-96:3.0614141812345.1.6789", -HM_EBAD_PREFIX_LENGTH },
		{ "urn:epc:tag:sgtin-96:3.0614141.81234.6789", -HM_EBAD_LENGTH },
		{ "urn:epc:tag:sgtin-96:3.0614141.8123456.6789", -HM_EBAD_LENGTH },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.06789", -HM_ELEADING_ZERO },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.00", -HM_ELEADING_ZERO },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.274877906944", -HM_EOVERFLOW },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.99999999999999999999", -HM_EOVERFLOW },
	};
	char hex[25] = "old", uri[400];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = hm_epc_encode(t[i].uri, hex, sizeof(hex));

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].uri, hm_error_name(rc), hm_error_name(t[i].rc));
	}
	memset(uri, '1', sizeof(uri) - 1);
	uri[sizeof(uri) - 1] = '\0';
	memcpy(uri, t[2].uri, strlen(t[2].uri));
	assert_int_equal(hm_epc_encode(uri, hex, sizeof(hex)), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_encode("urn:epc:tag:sgtin-96:3.0614141.812345.6789", hex, 24), -HM_ETOO_LONG);
	assert_string_equal(hex, "old");
	assert_int_equal(hm_epc_encode("urn:epc:tag:sgtin-96:3.0614141.812345.274877906943", hex, 25), 0);
	assert_int_equal(hm_epc_encode("urn:epc:tag:sgtin-96:3.0614141.812345.0", hex, 25), 0);
}

static void bad_hex(void **state)
{
	char uri[HM_EPC_URI_SIZE] = "old";

	(void)state;
	assert_int_equal(hm_epc_decode("", uri, sizeof(uri)), -HM_EEMPTY);
	assert_int_equal(hm_epc_decode("3074257BF7194E4000001A8", uri, sizeof(uri)), -HM_EBAD_LENGTH);
	assert_int_equal(hm_epc_decode("3074257BF7194E4000001A", uri, sizeof(uri)), -HM_EBAD_LENGTH);
	assert_int_equal(hm_epc_decode("3074257BF7194E4000001A8G", uri, sizeof(uri)), -HM_ENOT_HEX);
	assert_int_equal(hm_epc_decode("0x74257BF7194E4000001A85", uri, sizeof(uri)), -HM_ENOT_HEX);
	assert_int_equal(hm_epc_decode("3074257BF7194E4000001A85", uri, 42), -HM_ETOO_LONG);
	assert_string_equal(uri, "old");
	assert_int_equal(hm_epc_decode("3074257bf7194e4000001a85", uri, 43), 0);
	/* a reader gives whole words: what is behind the scheme's bits is dropped */
	assert_int_equal(hm_epc_decode("3074257BF7194E4000001A85FFFF", uri, sizeof(uri)), 0);
	assert_string_equal(uri, "urn:epc:tag:sgtin-96:3.0614141.812345.6789");
}

/* GTIN, length of the company prefix, filter and serial: what each scheme takes. */
static void from_gtin(void **state)
{
#define GTIN "09521234543213"
	static const struct {
		const char *scheme, *gtin;
		unsigned int prefix_len, filter;
		const char *serial;
		int rc;
	} t[] = {
		{ "sgtin-96", GTIN, 7, 1, "10000000016", 0 },
		{ "sgtin-96", GTIN, 6, 7, "0", 0 },
		{ "sgtin-96", GTIN, 12, 0, "274877906943", 0 },
		{ "sgtin-96", "", 7, 1, "1", -HM_EEMPTY },
		{ "sgtin-96", "0952123454321", 7, 1, "1", -HM_EBAD_LENGTH },
		{ "sgtin-96", "095212345432130", 7, 1, "1", -HM_EBAD_LENGTH },
		{ "sgtin-96", "0952123454321x", 7, 1, "1", -HM_ENOT_NUMERIC },
		{ "sgtin-96", "09521234543214", 7, 1, "1", -HM_EBAD_CHECK_DIGIT },
		{ "sgtin-96", GTIN, 5, 1, "1", -HM_EBAD_PREFIX_LENGTH },
		{ "sgtin-96", GTIN, 13, 1, "1", -HM_EBAD_PREFIX_LENGTH },
		{ "sgtin-96", GTIN, 7, 8, "1", -HM_EBAD_FILTER },
		{ "sgtin-96", GTIN, 7, 1, "", -HM_EEMPTY },
		{ "sgtin-96", GTIN, 7, 1, "A1", -HM_ENOT_NUMERIC },
		{ "sgtin-96", GTIN, 7, 1, "01", -HM_ELEADING_ZERO },
		{ "sgtin-96", GTIN, 7, 1, "000000000000000001", -HM_ELEADING_ZERO },
		{ "sgtin-96", GTIN, 7, 1, "0A", -HM_ENOT_NUMERIC },
		{ "sgtin-96", GTIN, 7, 1, "0274877906944", -HM_ELEADING_ZERO },
		{ "sgtin-96", GTIN, 7, 1, "274877906944", -HM_EOVERFLOW },
		{ "sgtin-96", GTIN, 7, 1, "99999999999999999999", -HM_EOVERFLOW },
		{ "sgtin-198", GTIN, 7, 1, "01", 0 },
		{ "sgtin-198", GTIN, 7, 7, "!\"%&'()*+,-./:;<=>?_", 0 },
		{ "sgtin-198", GTIN, 12, 1, "zzzzzzzzzzzzzzzzzzzz", 0 },
		{ "sgtin-198", GTIN, 7, 1, "zzzzzzzzzzzzzzzzzzzzz", -HM_ETOO_LONG },
		{ "sgtin-198", GTIN, 7, 1, "a b", -HM_EBAD_CHAR },
		{ "sgtin-198", GTIN, 7, 1, "a#", -HM_EBAD_CHAR },
		{ "sgtin-198", GTIN, 7, 1, "", -HM_EEMPTY },
		{ "sgtin-198", GTIN, 7, 8, "a", -HM_EBAD_FILTER },
		{ "sgtin-198", GTIN, 13, 1, "a", -HM_EBAD_PREFIX_LENGTH },
		{ "sgtin+", GTIN, 0, 1, "01", 0 },
		{ "sgtin+", GTIN, 7, 7, "!\"%&'()*+,-./:;<=>?_", 0 },
		{ "sgtin+", GTIN, 7, 1, "zzzzzzzzzzzzzzzzzzzzz", -HM_ETOO_LONG },
		{ "sgtin+", GTIN, 7, 1, "a b", -HM_EBAD_CHAR },
		{ "sgtin+", GTIN, 7, 1, "", -HM_EEMPTY },
		{ "sgtin+", GTIN, 7, 8, "a", -HM_EBAD_FILTER },
		{ "sgtin+", "09521234543214", 7, 1, "a", -HM_EBAD_CHECK_DIGIT },
		/* schemes that hold something else, and none */
		{ "sscc-96", GTIN, 7, 1, "1", -HM_EBAD_URI }, { "itip-212", GTIN, 7, 1, "1", -HM_EBAD_URI },
		{ "dsgtin+", GTIN, 7, 1, "1", -HM_EMISSING_AI }, { "sgtin-97", GTIN, 7, 1, "1", -HM_EUNKNOWN_SCHEME },
		{ "sgtin++", GTIN, 7, 1, "1", -HM_EUNKNOWN_SCHEME }, { "", GTIN, 7, 1, "1", -HM_EUNKNOWN_SCHEME },
	};
	struct hm_epc epc;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc got = { .len = 99 };
		int rc = hm_gs1_epc(t[i].scheme, t[i].gtin, t[i].prefix_len, t[i].filter, t[i].serial, &got);

		if (rc != t[i].rc)
			fail_msg("row %zu: %s, not %s", i, hm_error_name(rc), hm_error_name(t[i].rc));
		assert_int_equal(got.len == 99, rc != 0);
	}
	assert_int_equal(hm_gs1_epc("sgtin-96", "80614141123458", 7, 3, "6789", &epc), 0);
	assert_int_equal(epc.len, 12);
	assert_memory_equal(epc.bytes, "\x30\x74\x25\x7b\xf7\x19\x4e\x40\x00\x00\x1a\x85", 12);
	/* EPC Tag Data Standard, E.3: the examples of SGTIN-198 and SGTIN+ */
	assert_int_equal(hm_gs1_epc("sgtin-198", "70614141123451", 7, 3, "32a/b", &epc), 0);
	assert_int_equal(epc.len, 26);
	assert_memory_equal(epc.bytes, "\x36\x74\x25\x7b\xf6\xb7\xa6\x59\xb2\xc2\xbf\x10\0\0\0\0\0\0\0\0\0\0\0\0\0", 26);
	assert_int_equal(hm_gs1_epc("sgtin+", "79521141123453", 0, 3, "32a/b", &epc), 0);
	assert_int_equal(epc.len, 14);
	assert_memory_equal(epc.bytes, "\xf7\x37\x95\x21\x14\x11\x23\x45\x38\x56\x6c\xb0\xaf\xc4", 14);
}

static void element_strings(void **state)
{
	char out[64] = "old";

	(void)state;
	assert_int_equal(hm_gs1_element("09521234543213", "10000000016", out, sizeof(out)), 0);
	assert_string_equal(out, "(01)09521234543213(21)10000000016");
	assert_int_equal(hm_gs1_element("09521234543213", "!\"%&'()*+,-./:;<=>?_", out, sizeof(out)), 0);
	assert_int_equal(hm_gs1_element("09521234543213", "AZaz09", out, sizeof(out)), 0);
	strcpy(out, "old");
	assert_int_equal(hm_gs1_element("09521234543210", "1", out, sizeof(out)), -HM_EBAD_CHECK_DIGIT);
	assert_int_equal(hm_gs1_element("0952123454321", "1", out, sizeof(out)), -HM_EBAD_LENGTH);
	assert_int_equal(hm_gs1_element("0952123454321A", "1", out, sizeof(out)), -HM_ENOT_NUMERIC);
	assert_int_equal(hm_gs1_element("09521234543213", "", out, sizeof(out)), -HM_EEMPTY);
	assert_int_equal(hm_gs1_element("09521234543213", "123456789012345678901", out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_gs1_element("09521234543213", "1", out, 23), -HM_ETOO_LONG);
	assert_string_equal(out, "old");
	assert_int_equal(hm_gs1_element("09521234543213", "1", out, 24), 0);
	/* every byte is in set 82 or refused */
	for (int c = 1, good = 0; c < 256; c++) {
		char serial[2] = { (char)c, '\0' };
		int rc = hm_gs1_element("09521234543213", serial, out, sizeof(out));

		good += !rc;
		assert_true(rc == 0 || rc == -HM_EBAD_CHAR);
		if (strchr(" #$@[\\]^`{|}~\x7f\n", c))
			assert_int_equal(rc, -HM_EBAD_CHAR);
		if (c == 255)
			assert_int_equal(good, 82);
	}
}

static void digital_links(void **state)
{
	char out[HM_DIGITAL_LINK_MAX];

	(void)state;
	assert_int_equal(hm_gs1_digital_link("09521234543213", "10000000016", out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.gs1.org/01/09521234543213/21/10000000016");
	assert_int_equal(hm_gs1_digital_link("09521234543213", "a/B?%&-._+", out, sizeof(out)), 0);
	assert_string_equal(out, "https://id.gs1.org/01/09521234543213/21/a%2FB%3F%25%26-._%2B");
	/* the longest there is */
	assert_int_equal(hm_gs1_digital_link("09521234543213", "////////////////////", out, sizeof(out)), 0);
	assert_int_equal(strlen(out), 100);
	assert_int_equal(hm_gs1_digital_link("09521234543213", "////////////////////", out, 100), -HM_ETOO_LONG);
	assert_int_equal(hm_gs1_digital_link("09521234543213", "a b", out, sizeof(out)), -HM_EBAD_CHAR);
	assert_int_equal(hm_gs1_digital_link("09521234543214", "1", out, sizeof(out)), -HM_EBAD_CHECK_DIGIT);
	assert_int_equal(hm_gs1_digital_link("09521234543213", "", out, sizeof(out)), -HM_EEMPTY);
}

/* decode(encode(uri)) = uri */
static const char *wrong_uri(struct rnd *r)
{
	unsigned int p = (unsigned int)rnd_below(r, 7), filter = (unsigned int)rnd_below(r, 8);
	uint64_t serial = rnd_next(r) >> (26 + rnd_below(r, 38));
	char prefix[13], item[8], uri[HM_EPC_URI_SIZE], back[HM_EPC_URI_SIZE], hex[25], again[25];

	rnd_text(r, prefix, (size_t)parts[p].digits, "0123456789", 10);
	rnd_text(r, item, (size_t)(13 - parts[p].digits), "0123456789", 10);
	(void)snprintf(uri, sizeof(uri), "urn:epc:tag:sgtin-96:%u.%s.%s.%" PRIu64, filter, prefix, item, serial);
	if (r->show)
		print_error("%s\n", uri);
	shrink_must(!hm_epc_encode(uri, hex, sizeof(hex)));
	shrink_must(!hm_epc_decode(hex, back, sizeof(back)));
	shrink_must(!strcmp(uri, back));
	shrink_must(!hm_epc_encode(back, again, sizeof(again)) && !strcmp(hex, again));
	return NULL;
}

/* encode(decode(hex)) = hex */
static const char *wrong_image(struct rnd *r)
{
	uint8_t bytes[12];
	char hex[25], uri[HM_EPC_URI_SIZE], again[25];

	rnd_bytes(r, bytes, sizeof(bytes));
	bytes[0] = 0x30;
	hm_hex_upper(bytes, sizeof(bytes), hex);
	if (r->show)
		print_error("%s\n", hex);
	if (!hm_epc_decode(hex, uri, sizeof(uri)))
		shrink_must(!hm_epc_encode(uri, again, sizeof(again)) && !strcmp(hex, again));
	return NULL;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("sgtin-96 round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(100000); r.n++)
		shrink_drawn(&r, wrong_uri);
	for (r.n = 0; r.n < rnd_cases(100000); r.n++)
		shrink_drawn(&r, wrong_image);
}

/* What an EPC holds, read by the decoders: (01)GTIN(21)SERIAL, whatever the prefix length. */
static const char *wrong_held(const struct hm_epc *epc, const char *want)
{
	char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE], text[128];
	struct hm_epc_plus plus = { .filter = 99 };
	struct hm_elements e = { .n = 0 };

	hm_epc_hex(epc, hex);
	if (hm_epc_is_plus(epc->bytes[0])) {
		shrink_must(!hm_epc_plus_decode(hex, strlen(hex), &plus, &e, NULL));
	} else {
		shrink_must(!hm_epc_decode(hex, uri, sizeof(uri)));
		shrink_must(!hm_epc_to_elements(uri, strlen(uri), &e, NULL));
	}
	shrink_must(!hm_gs1_caret(&e, text, sizeof(text)));
	shrink_must(!strcmp(text, want));
	return NULL;
}

static const char *wrong_unit(struct rnd *r)
{
	static const char set[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	static const size_t wide[] = { 0, 10, 16, 36, sizeof(set) - 1 };	/* from where the digits are, and more */
	unsigned int prefix = 6 + (unsigned int)rnd_below(r, 7), filter = (unsigned int)rnd_below(r, 8);
	size_t len = 1 + rnd_below(r, 20), of = wide[1 + rnd_below(r, 4)];
	char gtin[15], serial[21], want[64];
	const char *wrong;
	struct hm_epc epc;

	rnd_text(r, gtin, 13, "0123456789", 10);
	gtin[13] = hm_mod10(gtin, 13);
	gtin[14] = '\0';
	rnd_text(r, serial, len, of < 82 ? set + 15 : set, of);
	(void)snprintf(want, sizeof(want), "^01%s21%s", gtin, serial);
	if (r->show)
		print_error("%s, a prefix of %u, filter %u\n", want, prefix, filter);
	shrink_must(!hm_gs1_epc("sgtin-198", gtin, prefix, filter, serial, &epc) && epc.len == 26);
	wrong = wrong_held(&epc, want);
	if (wrong)
		return wrong;
	shrink_must(!hm_gs1_epc("sgtin+", gtin, prefix, filter, serial, &epc) && hm_epc_is_whole(&epc) && epc.len <= 28);
	wrong = wrong_held(&epc, want);
	if (wrong)
		return wrong;
	(void)snprintf(serial, sizeof(serial), "%" PRIu64, rnd_next(r) >> (26 + rnd_below(r, 38)));
	(void)snprintf(want, sizeof(want), "^01%s21%s", gtin, serial);
	if (r->show)
		print_error("... and %s\n", want);
	shrink_must(!hm_gs1_epc("sgtin-96", gtin, prefix, filter, serial, &epc) && epc.len == 12);
	return wrong_held(&epc, want);
}

static void gtins_and_serials_survive(void **state)
{
	struct rnd r = rnd_start("gtin and serial to epc");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(100000); r.n++)
		shrink_drawn(&r, wrong_unit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(every_partition),
		cmocka_unit_test(bad_images),
		cmocka_unit_test(bad_uris),
		cmocka_unit_test(bad_hex),
		cmocka_unit_test(from_gtin),
		cmocka_unit_test(element_strings),
		cmocka_unit_test(digital_links),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(gtins_and_serials_survive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
