// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making and reading a serial, also an unguessable one, and rendering a label allocate nothing per
 * item: the C library's allocators count while they work, OpenSSL's too. Those of gs1/ and record/
 * are in test_gs1_alloc and test_record_alloc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "label/label.h"
#include "serial/serial.h"
#include "support/alloc_count.h"

static void counters_count(void **state)
{
	unsigned long before = alloc_calls;

	(void)state;
	free(calloc(1, 1));
	assert_int_equal(alloc_calls - before, 1);
}

static void serials(void **state)
{
	static const unsigned char key[32] = "a key of thirty-two characters..";
	static char made[64][HM_SERIAL_MAX + 1];
	struct hm_scheme unguessable, counted;
	struct hm_serial_parts parts;
	struct hm_ff1 *ff1;
	unsigned long before;
	uint64_t n;

	(void)state;
	assert_int_equal(hm_scheme_parse(&unguessable, "{r:12:crockford}{c:mod37_36}", NULL), 0);
	assert_int_equal(hm_scheme_parse(&counted, "{n:10}{c:mod10}", NULL), 0);
	assert_int_equal(hm_scheme_ff1(&unguessable, key, sizeof(key), &ff1, NULL), 0);
	/* once, so that what OpenSSL keeps is there */
	assert_int_equal(hm_scheme_scatter(&unguessable, ff1, 1, 1, made), 0);
	before = alloc_calls;
	assert_int_equal(hm_scheme_scatter(&unguessable, ff1, 1, 64, made), 0);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(hm_scheme_read(&unguessable, made[i], unguessable.length, &parts), 0);
	assert_int_equal(hm_scheme_scatter(&counted, NULL, 1, 64, made), 0);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(hm_scheme_check(&counted, made[i], &n), 0);
	assert_int_equal(alloc_calls - before, 0);
	hm_ff1_free(ff1);
}

static void labels(void **state)
{
	static const char tpl[] = "^XA\n^FO8,8^BXN,5,200,,,,@^FH_^FD{{gs1|fnc1}}^FS\n^FO9,90^A0N,18,9^FH_^FD{{serial}}^FS\n^XZ\n";
	static const struct hm_label_field f[] = {
		{ "gs1", "^010952123454321310LOT-7A^21a/b_@" }, { "serial", "a/b_@" },
	};
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(4096);
	unsigned long before;

	(void)state;
	/* the buffer grows once */
	assert_int_equal(hm_label_render(tpl, sizeof(tpl) - 1, f, 2, &out, NULL), 0);
	before = alloc_calls;
	for (unsigned int i = 0; i < 8; i++) {
		hm_buf_reset(&out);
		assert_int_equal(hm_label_render(tpl, sizeof(tpl) - 1, f, 2, &out, NULL), 0);
	}
	assert_int_equal(alloc_calls - before, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_count),
		cmocka_unit_test(serials),
		cmocka_unit_test(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
