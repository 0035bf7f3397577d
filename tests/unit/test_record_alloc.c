// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading and verifying a record allocates nothing of ours: the C library's allocators count
 * while it works. OpenSSL's own go past the counters.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>

#include "record/slots.h"
#include "record/tag.h"
#include "support/alloc_count.h"
#include "support/signer.h"

static void *ossl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return __libc_malloc(n);
}

static void *ossl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return __libc_realloc(p, n);
}

static void ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__libc_free(p);
}

static void counters_count(void **state)
{
	unsigned long before = alloc_calls;
	char *volatile p = malloc(10);

	(void)state;
	p = realloc(p, 20);
	free(p);
	free(calloc(1, 1));
	assert_int_equal(alloc_calls - before, 3);
}

static void records_and_carriers(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000), bank = HM_BUF_INIT(1000);
	struct hm_buf b[HM_CARRIERS];
	static uint8_t eeprom[4096];
	struct hm_record rec = example();
	struct hm_image image = { .made = 1795000000 }, back;
	uint8_t out[HM_RECORD_MAX];
	struct hm_eeprom_view v;
	struct hm_slots s;
	enum hm_carrier carrier;
	unsigned long before;
	size_t n;

	(void)state;
	seal(&rec, &cwt);
	memcpy(image.serial, rec.serial, sizeof(rec.serial));
	memcpy(image.cwt, cwt.data, cwt.len);
	image.cwt_len = cwt.len;
	assert_int_equal(hm_tag_build(cwt.data, cwt.len, HM_TAG_NO_TID, 0, &bank, NULL), 0);
	for (int c = 0; c < HM_CARRIERS; c++) {
		hm_buf_init(&b[c], HM_IMAGE_MAX);
		assert_int_equal(hm_image_build((enum hm_carrier)c, &image, &b[c], NULL), 0);
	}
	/* once, so that what OpenSSL keeps is there */
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len, &rec), 0);
	before = alloc_calls;
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len, &rec), 0);
	assert_int_equal(alloc_calls - before, 0);
	assert_int_equal(hm_record_parse(cwt.data, cwt.len, &rec, NULL), 0);
	assert_int_equal(hm_tag_parse(bank.data, bank.len, &rec, out, &n, NULL), 0);
	assert_int_equal(alloc_calls - before, 0);
	for (int c = 0; c < HM_CARRIERS; c++) {
		assert_int_equal(hm_image_parse(b[c].data, b[c].len, &carrier, &back, &n, NULL), 0);
		memset(eeprom, 0xff, sizeof(eeprom));
		memcpy(eeprom, b[c].data, b[c].len);
		assert_int_equal(hm_slots_plan((enum hm_carrier)c, sizeof(eeprom), &s), 0);
		assert_int_equal(hm_eeprom_view(eeprom, sizeof(eeprom), &s, &v), 0);
		assert_int_equal(v.a, HM_SLOT_OURS);
		assert_int_equal(alloc_calls - before, 0);
	}
	for (int c = 0; c < HM_CARRIERS; c++)
		hm_buf_free(&b[c]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_count),
		cmocka_unit_test(records_and_carriers),
	};

	if (CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc, ossl_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, make_key, drop_key);
}
