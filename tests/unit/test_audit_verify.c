// SPDX-License-Identifier: LGPL-2.1-or-later
/* One unit's record, alone and in its EEPROM, against the station's certificate and the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "support/verdict.h"

static char sign[100], root[100];

static struct world_unit *one_unit(void)
{
	two_units();
	finish();
	snprintf(sign, sizeof(sign), "%s/certs/sign.pem", w.dir);
	snprintf(root, sizeof(root), "%s/certs/root.pem", w.dir);
	return &w.units[0];
}

static void test_the_record_alone(void **state)
{
	struct world_unit *u = one_unit();
	struct hm_verify_result v;
	uint8_t blank[2048];
	char other[100];

	(void)state;
	snprintf(other, sizeof(other), "%s/certs/ak.pem", w.dir);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, root, &v, NULL), 0);
	assert_string_equal(v.serial, u->serial);
	assert_string_equal(v.product, "demo-sensor");
	assert_int_equal(v.generation, 1);
	/* blank, damaged, of another key, of another root */
	memset(blank, 0xff, sizeof(blank));
	assert_int_equal(hm_verify_record(blank, sizeof(blank), sign, root, &v, NULL), -HM_EUNPROGRAMMED);
	u->record.data[u->record.len - 1] ^= 1;
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, root, &v, NULL), -HM_EBAD_SIGNATURE);
	assert_true(v.text[0]);
	u->record.data[u->record.len - 1] ^= 1;
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, other, root, &v, NULL), -HM_EBAD_SIGNATURE);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, other, &v, NULL), -HM_EUNTRUSTED);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, "/nonexistent", root, &v, NULL),
			 -HM_ENOT_FOUND);
}

/* An erased EEPROM of @size bytes. */
static void erase(struct hm_buf *eeprom, size_t size)
{
	hm_buf_reset(eeprom);
	while (eeprom->len < size)
		assert_int_equal(hm_buf_byte(eeprom, 0xff), 0);
}

static void put(struct hm_buf *eeprom, size_t at, const struct hm_buf *image)
{
	assert_true(at + image->len <= eeprom->len);
	memcpy(eeprom->data + at, image->data, image->len);
}

static void expect_genuine(const struct hm_buf *eeprom, const struct world_unit *u)
{
	struct hm_verify_result v;

	assert_int_equal(hm_verify_record(eeprom->data, eeprom->len, sign, root, &v, NULL), 0);
	assert_string_equal(v.serial, u->serial);
}

/* The whole memory, slot A, then slot A cut off and slot B whole: in a dump of the part, and of a larger one. */
static void test_either_slot(void **state)
{
	static const size_t sizes[] = { 32768, 65536, 40000, 131072 };
	_cleanup_buf_ struct hm_buf eeprom = HM_BUF_INIT(1u << 20);
	struct world_unit *u = one_unit();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		erase(&eeprom, sizes[i]);
		put(&eeprom, 0, &u->image);
		expect_genuine(&eeprom, u);
		put(&eeprom, 16384, &u->image);
		expect_genuine(&eeprom, u);
		eeprom.data[0] = 0xff;
		expect_genuine(&eeprom, u);
	}
}

/* A slot that a writer left half written speaks for nobody while the other one does. */
static void test_a_damaged_slot(void **state)
{
	_cleanup_buf_ struct hm_buf eeprom = HM_BUF_INIT(8192);
	struct world_unit *u = one_unit();
	struct hm_verify_result v;

	(void)state;
	for (size_t size = 512; size <= 8192; size *= 2) {
		erase(&eeprom, size);
		put(&eeprom, 0, &u->record);
		put(&eeprom, 256, &u->record);
		eeprom.data[u->record.len - 1] ^= 1;
		expect_genuine(&eeprom, u);
		eeprom.data[256 + u->record.len - 1] ^= 1;
		assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), -HM_EBAD_SIGNATURE);
	}
}

/* Two units' records in one EEPROM contradict each other; one that nobody signed contradicts nothing. */
static void test_two_units_in_one(void **state)
{
	_cleanup_buf_ struct hm_buf eeprom = HM_BUF_INIT(32768);
	struct world_unit *u = one_unit();
	struct hm_verify_result v;

	(void)state;
	erase(&eeprom, 32768);
	put(&eeprom, 0, &u->image);
	put(&eeprom, 16384, &w.units[1].image);
	assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), -HM_EINCONSISTENT);
	assert_non_null(strstr(v.text, u->serial));
	assert_non_null(strstr(v.text, w.units[1].serial));
	erase(&eeprom, 512);
	put(&eeprom, 0, &u->record);
	put(&eeprom, 256, &w.units[1].record);
	assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), -HM_EINCONSISTENT);
	eeprom.data[256 + w.units[1].record.len - 1] ^= 1;
	expect_genuine(&eeprom, u);
}

#define T(f) cmocka_unit_test_setup_teardown(f, verdict_setup, verdict_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_record_alone),
		T(test_either_slot),
		T(test_a_damaged_slot),
		T(test_two_units_in_one),
	};

	return cmocka_run_group_tests_name("audit_verify", tests, NULL, NULL);
}
