// SPDX-License-Identifier: LGPL-2.1-or-later
/* One shape for every carrier: what is said, what is left out, what does not fit, what is no image. */
#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/carrier.h"
#include "support/sealed.h"
#include "support/tlvinfo.h"

static void names(void **state)
{
	static const char *const known[HM_CARRIERS] = { "onie-tlv", "ipmi-fru", "cwt" };
	enum hm_carrier c = HM_CARRIER_CWT;

	(void)state;
	for (int i = 0; i < HM_CARRIERS; i++) {
		assert_string_equal(hm_carrier_name((enum hm_carrier)i), known[i]);
		assert_int_equal(hm_carrier_of(known[i], &c), 0);
		assert_int_equal(c, i);
	}
	assert_int_equal(hm_carrier_of("onie", &c), -HM_EUNKNOWN_SCHEME);
	assert_int_equal(hm_carrier_of("", &c), -HM_EUNKNOWN_SCHEME);
	assert_int_equal(c, HM_CARRIER_CWT);
}

static struct hm_image example(void)
{
	const struct hm_record rec = sealed_example();

	return sealed_image(&rec);
}

/* Built and read: what the carrier has a place for comes back, all else says nothing. */
static struct hm_image there_and_back(enum hm_carrier c, const struct hm_image *in)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image out;
	enum hm_carrier found;
	size_t n;

	assert_int_equal(hm_image_build(c, in, &b, NULL), 0);
	assert_int_equal(hm_image_parse(b.data, b.len, &found, &out, &n, NULL), 0);
	assert_int_equal(found, c);
	assert_int_equal(n, b.len);
	assert_string_equal(out.serial, in->serial);
	assert_string_equal(out.product, in->product);
	assert_int_equal(out.cwt_len, in->cwt_len);
	assert_memory_equal(out.cwt, in->cwt, in->cwt_len);
	return out;
}

static void what_each_one_says(void **state)
{
	struct hm_image in = example(), out;

	(void)state;
	in.has_mac = true;
	memcpy(in.mac, "\0\0\x5e\0\x53\1", 6);
	in.macs = 4;
	out = there_and_back(HM_CARRIER_ONIE_TLV, &in);
	assert_string_equal(out.part_number, in.part_number);
	assert_string_equal(out.manufacturer, in.manufacturer);
	assert_true(out.has_mac);
	assert_memory_equal(out.mac, in.mac, 6);
	assert_int_equal(out.macs, 4);
	assert_int_equal(out.made, in.made);
	out = there_and_back(HM_CARRIER_IPMI_FRU, &in);
	assert_string_equal(out.part_number, in.part_number);
	assert_string_equal(out.manufacturer, in.manufacturer);
	assert_false(out.has_mac);
	assert_int_equal(out.macs, 0);
	assert_int_equal(out.made, in.made - in.made % 60);
	out = there_and_back(HM_CARRIER_CWT, &in);
	assert_string_equal(out.part_number, "");
	assert_string_equal(out.manufacturer, "");
	assert_false(out.has_mac);
	assert_int_equal(out.macs, 0);
	assert_int_equal(out.made, -1);
}

static int64_t date_back(enum hm_carrier c, int64_t made)
{
	struct hm_image in = example();

	in.made = made;
	return there_and_back(c, &in).made;
}

static void dates(void **state)
{
	static const char before[] = TLVINFO_HEAD "\x25\x13" "12/31/1969 23:59:59";
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image in = example(), out;
	enum hm_carrier c;
	uint8_t old[64];
	size_t n;

	(void)state;
	assert_int_equal(date_back(HM_CARRIER_ONIE_TLV, -1), -1);
	assert_int_equal(date_back(HM_CARRIER_ONIE_TLV, 0), 0);
	assert_int_equal(date_back(HM_CARRIER_ONIE_TLV, 253402300799), 253402300799);
	in.made = 253402300800;
	assert_int_equal(hm_image_build(HM_CARRIER_ONIE_TLV, &in, &b, NULL), -HM_EBAD_DATE);
	/* 1996 began with minute 0, which says nothing; 24 bits end in 2027 */
	assert_int_equal(date_back(HM_CARRIER_IPMI_FRU, 820454399), -1);
	assert_int_equal(date_back(HM_CARRIER_IPMI_FRU, 820454400), -1);
	assert_int_equal(date_back(HM_CARRIER_IPMI_FRU, 820454460), 820454460);
	assert_int_equal(date_back(HM_CARRIER_IPMI_FRU, 1827087300), 1827087300);
	assert_int_equal(date_back(HM_CARRIER_IPMI_FRU, 1827087360), -1);
	memcpy(old, before, sizeof(before) - 1);
	n = close_tlvinfo(old, sizeof(before) - 1);
	assert_int_equal(hm_image_parse(old, n, &c, &out, &n, NULL), 0);
	assert_int_equal(out.made, -1);
}

static void what_does_not_fit(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(2 * HM_IMAGE_MAX);
	struct hm_image in = example();
	char *const texts[] = { in.product, in.part_number, in.serial, in.manufacturer };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (enum hm_carrier c = 0; c < HM_CARRIERS; c++) {
			char was[HM_IMAGE_TEXT];

			memcpy(was, texts[i], sizeof(was));
			memset(texts[i], '7', c == HM_CARRIER_IPMI_FRU ? 63 : 64);
			assert_int_equal(hm_image_build(c, &in, &b, NULL), 0);
			hm_buf_reset(&b);
			memset(texts[i], '7', 65);
			assert_int_equal(hm_image_build(c, &in, &b, NULL), -HM_ETOO_LONG);
			assert_int_equal(b.len, 0);
			memcpy(texts[i], was, sizeof(was));
		}
	for (enum hm_carrier c = 0; c < HM_CARRIERS; c++) {
		in.cwt_len = HM_RECORD_MAX;
		assert_int_equal(hm_image_build(c, &in, &b, NULL), 0);
		hm_buf_reset(&b);
		in.cwt_len = HM_RECORD_MAX + 1;
		assert_int_equal(hm_image_build(c, &in, &b, NULL), -HM_ETOO_LONG);
		assert_int_equal(b.len, 0);
	}
	in.cwt_len = 0;
	assert_int_equal(hm_image_build(HM_CARRIER_CWT, &in, &b, NULL), -HM_EEMPTY);
}

static void what_is_no_image(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int rc;
	} t[] = {
		{ "", 0, -HM_EEMPTY },
		{ "\xff", 1, -HM_EUNPROGRAMMED }, { "\0", 1, -HM_EUNPROGRAMMED },
		{ "\xff\xff\0", 2, -HM_EUNPROGRAMMED }, { "\0\0\xff", 2, -HM_EUNPROGRAMMED },
		{ "\xff\0", 2, -HM_EBAD_FORMAT }, { "\0\xff", 2, -HM_EBAD_FORMAT }, { "\x55\x55", 2, -HM_EBAD_FORMAT },
		{ "\2\0\0\1\0\0\0\xfd", 8, -HM_EBAD_FORMAT }, { "t", 1, -HM_EBAD_FORMAT },
		{ "T", 1, -HM_EBAD_LENGTH }, { "TlvX", 4, -HM_EBAD_FORMAT }, { "\1", 1, -HM_EBAD_LENGTH }, { "\xd1", 1, -HM_EBAD_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		enum hm_carrier c = HM_CARRIER_CWT;
		struct hm_image out = { .macs = 77 };
		size_t n = 99;
		int rc = hm_image_parse(t[i].bytes, t[i].len, &c, &out, &n, NULL);

		if (rc != t[i].rc || n != 99 || out.macs != 77 || c != HM_CARRIER_CWT)
			fail_msg("row %zu: %d", i, rc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(what_each_one_says),
		cmocka_unit_test(dates),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(what_is_no_image),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
