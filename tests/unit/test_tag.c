// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record in a tag's user memory, and carriers told apart by what they begin with. */
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
#include "record/tag.h"
#include "support/rnd.h"
#include "support/signer.h"

static void cwt_of(size_t serial_len, struct hm_buf *cwt)
{
	struct hm_record rec = example();

	memset(rec.serial, 0, sizeof(rec.serial));
	memset(rec.serial, '7', serial_len);
	seal(&rec, cwt);
}

static void there_and_back(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 20; n++) {
		_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000), bank = HM_BUF_INIT(1000);
		uint8_t out[HM_RECORD_MAX];
		struct hm_record rec;
		size_t len;

		cwt_of(n, &cwt);
		assert_int_equal(hm_tag_build(cwt.data, cwt.len, HM_TAG_NO_TID, (uint32_t)(8 * ((cwt.len + 5) / 2 * 2)),
					      &bank, NULL), 0);
		assert_int_equal(bank.len, (cwt.len + 5) / 2 * 2);
		assert_memory_equal(bank.data, "\0HM", 3);
		assert_int_equal(bank.data[3], cwt.len);
		assert_int_equal(hm_tag_parse(bank.data, bank.len, &rec, out, &len, NULL), 0);
		assert_int_equal(len, cwt.len);
		assert_memory_equal(out, cwt.data, len);
		assert_int_equal(strlen(rec.serial), n);
		/* what lies behind is not ours */
		assert_int_equal(hm_buf_add(&bank, "\xff\xff", 2), 0);
		assert_int_equal(hm_tag_parse(bank.data, bank.len, &rec, out, &len, NULL), 0);
	}
}

static void rules(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000), bank = HM_BUF_INIT(1000);
	static const uint8_t zeros[64];
	uint8_t out[HM_RECORD_MAX];
	struct hm_record rec;
	struct hm_err err = { "" };
	size_t len = 99, need;

	(void)state;
	cwt_of(11, &cwt);
	need = 8 * ((cwt.len + 5) / 2 * 2);
	assert_true(cwt.len % 2);	/* so that there is padding */
	assert_int_equal(hm_tag_build(cwt.data, cwt.len, HM_TAG_WITH_TID, 0, &bank, &err), -HM_EUNSUPPORTED);
	assert_int_equal(hm_tag_build(cwt.data, cwt.len, HM_TAG_NO_TID, (uint32_t)need - 1, &bank, &err), -HM_ETOO_LONG);
	{
		char text[64];

		snprintf(text, sizeof(text), "it needs %zu bits, there are %zu", need, need - 1);
		assert_non_null(strstr(err.text, text));
	}
	assert_int_equal(hm_tag_build(cwt.data, cwt.len - 1, HM_TAG_NO_TID, 0, &bank, &err), -HM_EBAD_FORMAT);
	assert_int_equal(hm_tag_build(cwt.data, 0, HM_TAG_NO_TID, 0, &bank, &err), -HM_EBAD_FORMAT);
	assert_int_equal(bank.len, 0);
	assert_int_equal(hm_tag_build(cwt.data, cwt.len, HM_TAG_NO_TID, (uint32_t)need, &bank, &err), 0);
#define SAYS(error, bytes, n) assert_int_equal(hm_tag_parse(bytes, n, &rec, out, &len, &err), -(error))
	SAYS(HM_EEMPTY, bank.data, 0);
	SAYS(HM_EBAD_LENGTH, bank.data, bank.len - 1);
	SAYS(HM_EUNPROGRAMMED, zeros, sizeof(zeros));
	SAYS(HM_EUNKNOWN_HEADER, "\1\0\0\0", 4);
	SAYS(HM_EUNKNOWN_HEADER, "\0\0\0\1", 4);
	SAYS(HM_ETOO_SHORT, bank.data, bank.len - 2);
	SAYS(HM_ETOO_SHORT, bank.data, 4);
	SAYS(HM_EUNKNOWN_HEADER, bank.data + 2, bank.len - 2);
	SAYS(HM_EUNKNOWN_HEADER, "\0H", 2);
	for (int i = 0; i < 3; i++) {
		bank.data[i] ^= 0x10;
		SAYS(HM_EUNKNOWN_HEADER, bank.data, bank.len);
		bank.data[i] ^= 0x10;
	}
	bank.data[bank.len - 1] = 1;
	SAYS(HM_ERESERVED_NONZERO, bank.data, bank.len);
	bank.data[bank.len - 1] = 0;
	bank.data[3]--;
	SAYS(HM_EBAD_FORMAT, bank.data, bank.len);
	bank.data[3]++;
	bank.data[20] ^= 1;
	SAYS(HM_EBAD_FORMAT, bank.data, bank.len);
#undef SAYS
	assert_int_equal(len, 99);
}

/* --- carriers --- */

static struct hm_image image_of(void)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	const struct hm_record rec = example();
	struct hm_image image = {
		.product = "demo-sensor", .part_number = "HM-1000", .serial = "10000000016",
		.manufacturer = "Example Instruments", .made = 1795000020,
	};

	seal(&rec, &cwt);
	memcpy(image.cwt, cwt.data, cwt.len);
	image.cwt_len = cwt.len;
	return image;
}

static void each_carrier(void **state)
{
	(void)state;
	for (int i = 0; i < HM_CARRIERS; i++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(2 * HM_IMAGE_MAX);
		struct hm_image in = image_of(), back;
		enum hm_carrier c, of;
		size_t n, len;

		assert_int_equal(hm_carrier_of(hm_carrier_name((enum hm_carrier)i), &of), 0);
		assert_int_equal(of, i);
		assert_int_equal(hm_image_build((enum hm_carrier)i, &in, &b, NULL), 0);
		len = b.len;
		assert_int_equal(hm_buf_add(&b, "\xff\xff\xff", 3), 0);
		assert_int_equal(hm_image_parse(b.data, b.len, &c, &back, &n, NULL), 0);
		assert_int_equal(c, i);
		assert_int_equal(n, len);
		if (i == HM_CARRIER_CWT) {	/* it says no more than the record */
			in.part_number[0] = in.manufacturer[0] = '\0';
			in.made = -1;
		}
		assert_string_equal(back.product, in.product);
		assert_string_equal(back.part_number, in.part_number);
		assert_string_equal(back.serial, in.serial);
		assert_string_equal(back.manufacturer, in.manufacturer);
		assert_true(back.made == in.made);
		assert_int_equal(back.cwt_len, in.cwt_len);
		assert_memory_equal(back.cwt, in.cwt, in.cwt_len);
	}
}

static void carrier_rules(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image image = image_of();
	struct hm_err err = { "" };
	enum hm_carrier c = HM_CARRIER_CWT;
	uint8_t blank[100];
	size_t n = 99;

	(void)state;
	assert_int_equal(hm_carrier_of("paper", &c), -HM_EUNKNOWN_SCHEME);
	assert_int_equal(hm_carrier_of("", &c), -HM_EUNKNOWN_SCHEME);
	assert_int_equal(hm_image_parse("", 0, &c, &image, &n, &err), -HM_EEMPTY);
	memset(blank, 0xff, sizeof(blank));
	assert_int_equal(hm_image_parse(blank, sizeof(blank), &c, &image, &n, &err), -HM_EUNPROGRAMMED);
	memset(blank, 0, sizeof(blank));
	assert_int_equal(hm_image_parse(blank, sizeof(blank), &c, &image, &n, &err), -HM_EUNPROGRAMMED);
	assert_int_equal(hm_image_parse("x", 1, &c, &image, &n, &err), -HM_EBAD_FORMAT);
	assert_int_equal(hm_image_parse("TlvInfo", 8, &c, &image, &n, &err), -HM_EBAD_LENGTH);
	assert_int_equal(hm_image_parse("\xd2", 1, &c, &image, &n, &err), -HM_EBAD_FORMAT);
	assert_int_equal(n, 99);
	assert_string_equal(image.serial, "10000000016");
	for (int i = 0; i < HM_CARRIERS; i++) {
		struct hm_image bad = image;

		memset(bad.product, 'p', sizeof(bad.product));
		assert_int_equal(hm_image_build((enum hm_carrier)i, &bad, &b, &err), -HM_ETOO_LONG);
		bad = image;
		bad.cwt_len = HM_RECORD_MAX + 1;
		assert_int_equal(hm_image_build((enum hm_carrier)i, &bad, &b, &err), -HM_ETOO_LONG);
	}
	image.made = 253402300800;
	assert_int_equal(hm_image_build(HM_CARRIER_ONIE_TLV, &image, &b, &err), -HM_EBAD_DATE);
	image.made = 0;
	image.serial[2] = '\n';
	assert_int_equal(hm_image_build(HM_CARRIER_ONIE_TLV, &image, &b, &err), -HM_EBAD_CHAR);
	assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, &err), -HM_EBAD_CHAR);
	image.cwt_len = 0;
	assert_int_equal(hm_image_build(HM_CARRIER_CWT, &image, &b, &err), -HM_EEMPTY);
	assert_int_equal(b.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(rules),
		cmocka_unit_test(each_carrier),
		cmocka_unit_test(carrier_rules),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
