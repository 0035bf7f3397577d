// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a printer's numbers are called: every bit of ~HQES by its mask, every status of a tag, every flag of ~HS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "label/printer.h"

struct bit {
	uint32_t mask;
	const char *name;
};

typedef void namer(const uint32_t groups[2], char out[static HM_HQES_NAMES]);

/* Those of the table by their names, all others by their masks. */
static void every_bit(namer *names_of, const struct bit *bits, size_t n)
{
	for (unsigned int i = 0; i < 32; i++) {
		const uint32_t mask = 1u << i;
		char want[40], names[HM_HQES_NAMES];
		size_t k = 0;

		while (k < n && bits[k].mask != mask)
			k++;
		snprintf(want, sizeof(want), "UNKNOWN_%X", mask);
		names_of((uint32_t[2]){ mask, 0 }, names);
		assert_string_equal(names, k < n ? bits[k].name : want);
		snprintf(want, sizeof(want), "GROUP2_%X", mask);
		names_of((uint32_t[2]){ 0, mask }, names);
		assert_string_equal(names, want);
	}
}

static void errors(void **state)
{
	static const struct bit bits[] = {
		{ 0x1, "MEDIA_OUT" }, { 0x2, "RIBBON_OUT" }, { 0x4, "HEAD_OPEN" }, { 0x8, "CUTTER_FAULT" },
		{ 0x10, "HEAD_OVER_TEMP" }, { 0x20, "MOTOR_OVER_TEMP" }, { 0x40, "BAD_HEAD_ELEMENT" },
		{ 0x80, "HEAD_DETECT_ERROR" }, { 0x100, "INVALID_FW_CONFIG" }, { 0x200, "THERMISTOR_OPEN" },
		{ 0x1000, "PAPER_JAM" }, { 0x2000, "PRESENTER_ERROR" }, { 0x4000, "PAPER_FEED_ERROR" },
		{ 0x8000, "CLEAR_PATH_FAILED" }, { 0x10000, "PAUSED" }, { 0x20000, "RETRACT_TIMEOUT" },
		{ 0x40000, "BLACK_MARK_CALIBRATE" }, { 0x80000, "BLACK_MARK_NOT_FOUND" },
	};
	char names[HM_HQES_NAMES] = "x";

	(void)state;
	every_bit(hm_zpl_error_names, bits, sizeof(bits) / sizeof(bits[0]));
	hm_zpl_error_names((uint32_t[2]){ 0, 0 }, names);
	assert_string_equal(names, "");
	hm_zpl_error_names((uint32_t[2]){ 0x10005, 0x80000000 }, names);
	assert_string_equal(names, "MEDIA_OUT+HEAD_OPEN+PAUSED+GROUP2_80000000");
}

static void warnings(void **state)
{
	static const struct bit bits[] = {
		{ 0x1, "CALIBRATE_MEDIA" }, { 0x2, "CLEAN_HEAD" }, { 0x4, "REPLACE_HEAD" }, { 0x8, "PAPER_NEAR_END" },
		{ 0x10, "SENSOR1_PAPER_BEFORE_HEAD" }, { 0x20, "SENSOR2_BLACK_MARK" }, { 0x40, "SENSOR3_PAPER_AFTER_HEAD" },
		{ 0x80, "SENSOR4_LOOP_READY" }, { 0x100, "SENSOR5_PRESENTER" }, { 0x200, "SENSOR6_RETRACT_READY" },
		{ 0x400, "SENSOR7_IN_RETRACT" }, { 0x800, "SENSOR8_AT_BIN" },
	};

	(void)state;
	every_bit(hm_zpl_warning_names, bits, sizeof(bits) / sizeof(bits[0]));
}

static void statuses_of_a_tag(void **state)
{
	static const struct bit known[] = {
		{ 0x0000, "OK" }, { 0x0001, "BAD_MESSAGE" }, { 0x0004, "BAD_CRC" }, { 0x0005, "BAD_DATA" },
		{ 0x000a, "BAD_COMMAND" }, { 0x000b, "BAD_COMMAND" }, { 0x000c, "INVALID_PARAM" }, { 0x000d, "INVALID_PARAM" },
		{ 0x0010, "CMD_INHIBITED" }, { 0x0052, "BAD_PASSCODE" }, { 0x8003, "COLLISION" }, { 0x8005, "BLOCK_LOCKED" },
		{ 0xffff, "LOG_RESET" }, { 0xffffffff, "LOG_RESET" },
	};
	const size_t n = sizeof(known) / sizeof(known[0]);

	(void)state;
	for (uint32_t code = 0; code <= 0x10000; code++) {
		char want[HM_RFID_STATUS_NAME], name[HM_RFID_STATUS_NAME];
		size_t k = 0;

		while (k < n && known[k].mask != code)
			k++;
		snprintf(want, sizeof(want), "UNKNOWN_%X", code);
		hm_rfid_status_name(code, name);
		assert_string_equal(name, k < n ? known[k].name : want);
	}
	for (size_t k = 0; k < n; k++) {
		char name[HM_RFID_STATUS_NAME];

		hm_rfid_status_name(known[k].mask, name);
		assert_string_equal(name, known[k].name);
	}
}

/* ~HS with one field changed: @at counts those of the first and the second string. */
static int hs_with(unsigned int at, const char *is, struct hm_hs *ret)
{
	static const char *const fields[] = {
		"030", "0", "0", "0800", "000", "0", "0", "0", "000", "0", "0", "0",
		"001", "0", "0", "0", "1", "9", "6", "0", "00000000", "1", "000",
	};
	char text[300] = "\x02";

	for (unsigned int i = 0; i < 23; i++) {
		strcat(text, i == at ? is : fields[i]);
		strcat(text, i == 11 ? "\x03\r\n\x02" : i == 22 ? "\x03\r\n\x02" "1234,0\x03\r\n" : ",");
	}
	return hm_zpl_parse_hs(text, strlen(text), ret, NULL);
}

/* Each flag alone: 0 and 1 are read, nothing else is, and 1 is the condition that it means. */
static void flags_of_status(void **state)
{
	static const struct {
		unsigned int at, condition;
	} flags[] = {
		{ 1, HM_COND_PAPER_OUT }, { 2, HM_COND_PAUSED }, { 5, HM_COND_BUFFER_FULL }, { 6, HM_COND_DIAG_MODE },
		{ 7, HM_COND_PARTIAL_FORMAT }, { 9, HM_COND_CORRUPT_RAM }, { 10, HM_COND_UNDER_TEMP },
		{ 11, HM_COND_OVER_TEMP }, { 14, HM_COND_HEAD_OPEN }, { 15, HM_COND_RIBBON_OUT }, { 19, HM_COND_LABEL_WAITING },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct hm_printer_view v = { .port_status = -1, .hs_heard = HM_ANSWERED };

		assert_int_equal(hs_with(flags[i].at, "2", &v.hs), -HM_EBAD_FORMAT);
		assert_int_equal(hs_with(flags[i].at, "", &v.hs), -HM_EBAD_FORMAT);
		assert_int_equal(hs_with(flags[i].at, "0", &v.hs), 0);
		assert_int_equal(hm_printer_conditions(&v), 0);
		assert_int_equal(hs_with(flags[i].at, "1", &v.hs), 0);
		if (hm_printer_conditions(&v) != flags[i].condition)
			fail_msg("field %u: %x", flags[i].at, hm_printer_conditions(&v));
	}
}

/* What two replies say is put together; neither hides what the other one says, nor its own. */
static void conditions_together(void **state)
{
	struct hm_printer_view v = {
		.port_status = -1, .hs_heard = HM_ANSWERED, .hqes_heard = HM_ANSWERED,
		.hqes = { .error = true, .errors = { 0x10017, 0 } },
	};
	char names[HM_COND_NAMES];

	(void)state;
	assert_int_equal(hs_with(10, "1", &v.hs), 0);
	hm_printer_condition_names(hm_printer_conditions(&v), names);
	assert_string_equal(names, "PAPER_OUT+RIBBON_OUT+HEAD_OPEN+OVER_TEMP+UNDER_TEMP+PAUSED");
	v.hqes.errors[0] = 0x40;
	assert_int_equal(hm_printer_conditions(&v), HM_COND_UNDER_TEMP | HM_COND_ERROR);
	v.hqes.errors[0] = 0;
	v.hqes.errors[1] = 1;
	assert_int_equal(hm_printer_conditions(&v), HM_COND_UNDER_TEMP | HM_COND_ERROR);
	v.hqes_heard = HM_GARBLED;
	assert_int_equal(hm_printer_conditions(&v), HM_COND_UNDER_TEMP | HM_COND_GARBLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),
		cmocka_unit_test(warnings),
		cmocka_unit_test(statuses_of_a_tag),
		cmocka_unit_test(flags_of_status),
		cmocka_unit_test(conditions_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
