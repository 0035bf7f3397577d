// SPDX-License-Identifier: LGPL-2.1-or-later
/* What printers answer, and the one verdict that is made of it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "label/driver.h"

static void tag_replies(void **state)
{
#define EPC "EPC[3036452148350C42540BE410]\r\n"
#define TID "TID[E2801105200070E2A1B20001]\r\n"
	static const struct {
		const char *bytes;
		enum hm_reply want;
	} t[] = {
		{ EPC TID, HM_REPLY_GOOD },
		{ "EPC[3036452148350c42540be410]\r\n" TID, HM_REPLY_GOOD },
		{ "", HM_REPLY_NONE },
		{ "EPC[NO TAG FOUND]\r\nTID[NO TAG FOUND]\r\n", HM_REPLY_VOID },
		{ "EPC[WRITE FAILED]\r\n" TID, HM_REPLY_VOID },
		{ "EPC[]\r\nTID[]\r\n", HM_REPLY_VOID },
		/* the tag may be good: nothing is known */
		{ EPC "TID[NO TAG FOUND]\r\n", HM_REPLY_BROKEN },
		{ EPC "TID[]\r\n", HM_REPLY_BROKEN },
		{ EPC, HM_REPLY_BROKEN }, { TID, HM_REPLY_BROKEN }, { TID EPC, HM_REPLY_BROKEN },
		{ "EPC[NO TAG FOUND]\r\n", HM_REPLY_BROKEN }, { EPC TID "\r\n", HM_REPLY_BROKEN },
		{ EPC TID EPC TID, HM_REPLY_BROKEN }, { EPC EPC TID, HM_REPLY_BROKEN },
		{ "\r\n" EPC TID, HM_REPLY_BROKEN }, { "epc[3036452148350C42540BE410]\r\n" TID, HM_REPLY_BROKEN },
		{ "EPC[3036452148350C42540BE410]\n" TID, HM_REPLY_BROKEN },
		{ "EPC[3036452148350C42540BE41]\r\n" TID, HM_REPLY_BROKEN },
		{ "EPC[3036452148350C42540BE4100]\r\n" TID, HM_REPLY_BROKEN },
		{ "EPC[3036452148350C42540BE4100]\r\n" "TID[E280]\r\n", HM_REPLY_BROKEN },
		{ EPC "TID[E2801105200070E2A1B200]\r\n", HM_REPLY_BROKEN }, { EPC "TID[E2801105200070E2A1B200010000]\r\n", HM_REPLY_BROKEN },
		{ "EPC[3036452148350C42540BE41G]\r\n" "TID[E280]\r\n", HM_REPLY_BROKEN },
		{ "EPC[000000000000000000000000]\r\n" TID, HM_REPLY_BROKEN },
		{ EPC "TID[FFFFFFFFFFFFFFFFFFFFFFFF]\r\n", HM_REPLY_BROKEN },
		{ EPC "TID[ffffffffffffffffffffffff]\r\n", HM_REPLY_BROKEN },
		{ "EPC[NO\x01TAG]\r\n" TID, HM_REPLY_BROKEN }, { "EPC[EPC[\r\n" TID, HM_REPLY_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_tag_reply r = { "old", "old" };
		enum hm_reply got = hm_label_parse_reply(t[i].bytes, strlen(t[i].bytes), &r);

		if (got != t[i].want)
			fail_msg("row %zu: %d, not %d", i, got, t[i].want);
		assert_string_equal(r.epc_hex, got == HM_REPLY_GOOD ? "3036452148350C42540BE410" : "old");
		assert_string_equal(r.tid_hex, got == HM_REPLY_GOOD ? "E2801105200070E2A1B20001" : "old");
	}
	assert_int_equal(strlen(EPC TID), HM_TAG_REPLY_LEN(24));
	/* an EPC has 1 to 31 whole words */
	for (int n = 1; n <= 130; n++) {
		char bytes[200], digits[131];
		struct hm_tag_reply r;
		enum hm_reply got;

		memset(digits, '5', sizeof(digits));
		(void)snprintf(bytes, sizeof(bytes), "EPC[%.*s]\r\n" TID, n, digits);
		got = hm_label_parse_reply(bytes, strlen(bytes), &r);
		assert_int_equal(got, n % 4 || n > 124 ? HM_REPLY_BROKEN : HM_REPLY_GOOD);
		if (got == HM_REPLY_GOOD)
			assert_int_equal(strlen(r.epc_hex), n);
		assert_int_equal(strlen(bytes), HM_TAG_REPLY_LEN((unsigned int)n));
	}
	/* one digit is enough to be a number */
	for (size_t at = 4; at < 28; at++)
		for (int i = 0; i < 2; i++) {
			char bytes[] = "EPC[000000000000000000000000]\r\n" TID;
			struct hm_tag_reply r;

			if (i)
				memset(bytes + 4, 'F', 24);
			bytes[at] = '7';
			assert_int_equal(hm_label_parse_reply(bytes, strlen(bytes), &r), HM_REPLY_GOOD);
			assert_memory_equal(r.epc_hex, bytes + 4, 24);
		}
	/* every beginning of a good reply is nothing, or broken */
	for (size_t n = 1; n < HM_TAG_REPLY_LEN(24); n++) {
		struct hm_tag_reply r;

		assert_int_equal(hm_label_parse_reply(EPC TID, n, &r), HM_REPLY_BROKEN);
	}
}

#define HS1 "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n"
#define HS2 "\x02" "001,0,0,0,1,9,6,0,00000000,1,000\x03\r\n"
#define HS3 "\x02" "1234,0\x03\r\n"

static void status_replies(void **state)
{
	static const char good[] = "\x02" "030,0,0,0800,003,0,0,0,000,0,0,0\x03\r\n"
				   "\x02" "001,0,0,0,1,9,6,0,00000042,1,000\x03\r\n" HS3;
	static const struct {
		const char *bytes;
		int rc;
	} t[] = {
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03" HS2 HS3, 0 },
		{ "\r\n\x02" "030,0,0,32000,000,0,0,0,000,0,0,0\x03\n" HS2 HS3 "\r\n", 0 },
		{ "", -HM_ESILENT }, { "READY", -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n", -HM_EBAD_FORMAT },		/* one of three */
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2, -HM_EBAD_FORMAT },
		{ HS2 "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS3, -HM_EBAD_FORMAT },	/* out of order */
		{ "\x02" "030,2,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },	/* a flag of 2 */
		{ "\x02" "030,0,00,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,x,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },		/* no number */
		{ "\x02" "030,0,0,,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,999999999,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },		/* 11 fields */
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },	/* 13 */
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" "\x02" "001,0,0,0,1,A,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" "\x02" "001,0,0,0,1,,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 "\x02" "1234\x03\r\n", -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 "\x02" "1234,0\r\n", -HM_EBAD_FORMAT },	/* ETX lost */
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3 "EXTRA", -HM_EBAD_FORMAT },
		{ "\x02" "030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3 HS3, -HM_EBAD_FORMAT },
		{ "030,0,0,0800,000,0,0,0,000,0,0,0\r\n" HS2 HS3, -HM_EBAD_FORMAT },
		/* each field of the second string, and the third's */
		{ HS1 "\x02" "001,0,0,0,1,K,6,0,00000000,1,000\x03" HS3, 0 },
		{ HS1 "\x02" "x,0,0,0,1,9,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,x,0,0,1,9,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,x,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,0,x,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,0,00000000,1,x\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,2,0,1,9,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,2,1,9,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,2,9,6,0,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,2,00000000,1,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,0,00000000,2,000\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,0,00000000,1\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 "\x02" "001,0,0,0,1,9,6,0,00000000,1,000,0\x03" HS3, -HM_EBAD_FORMAT },
		{ HS1 HS2 "\x02" "x,0\x03\r\n", -HM_EBAD_FORMAT }, { HS1 HS2 "\x02" "1234,2\x03\r\n", -HM_EBAD_FORMAT },
		{ "?030,0,0,0800,000,0,0,0,000,0,0,0\x03\r\n" HS2 HS3, -HM_EBAD_FORMAT },
	};
	struct hm_hs hs = { .formats_in_buffer = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_hs got = { .formats_in_buffer = 77 };

		if (hm_zpl_parse_hs(t[i].bytes, strlen(t[i].bytes), &got, NULL) != t[i].rc)
			fail_msg("row %zu", i);
		assert_int_equal(got.formats_in_buffer, t[i].rc ? 77 : 0);
	}
	assert_int_equal(hm_zpl_parse_hs(good, sizeof(good) - 1, &hs, NULL), 0);
	assert_int_equal(hs.formats_in_buffer, 3);
	assert_int_equal(hs.labels_remaining, 42);
	/* a NUL behind it, and every cut */
	assert_int_equal(hm_zpl_parse_hs(good, sizeof(good), &hs, NULL), -HM_EBAD_FORMAT);
	for (size_t n = 0; n < sizeof(good) - 3; n++)
		assert_int_equal(hm_zpl_parse_hs(good, n, &hs, NULL), n ? -HM_EBAD_FORMAT : -HM_ESILENT);
}

/* One source says one thing; the others say nothing. */
static void conditions(void **state)
{
	static const struct {
		struct hm_printer_view v;
		enum hm_printer_state want;
		const char *names;
	} t[] = {
#define HS(member) { .port_status = 0x18, .hs_heard = HM_ANSWERED, .hs.member = true }
#define ES(bits) { .port_status = 0x18, .hqes_heard = HM_ANSWERED, .hqes = { .error = true, .errors = { bits } } }
		{ { .port_status = 0x18 }, HM_PRINTER_READY, "READY" },
		{ { .port_status = 0x38 }, HM_PRINTER_PAPER_OUT, "PAPER_OUT" },
		{ { .port_status = 0x10 }, HM_PRINTER_FAULT, "PORT_ERROR" },
		{ { .port_status = 0x08 }, HM_PRINTER_PAUSED, "OFFLINE" },
		{ { .port_status = -1 }, HM_PRINTER_SILENT, "UNKNOWN" },
		{ { .port_status = -5, .hs_heard = HM_ANSWERED }, HM_PRINTER_READY, "READY" },
		{ { .port_status = -5, .hqes_heard = HM_ANSWERED }, HM_PRINTER_READY, "READY" },
		{ { .port_status = 0x18, .hs_heard = HM_NO_ANSWER }, HM_PRINTER_SILENT, "UNKNOWN" },
		{ { .port_status = 0x18, .hqes_heard = HM_NO_ANSWER }, HM_PRINTER_SILENT, "UNKNOWN" },
		{ { .port_status = 0x18, .hs_heard = HM_GARBLED }, HM_PRINTER_FAULT, "UNKNOWN" },
		{ { .port_status = 0x18, .hqes_heard = HM_GARBLED }, HM_PRINTER_FAULT, "UNKNOWN" },
		{ { .port_status = 0x10, .hs_heard = HM_NO_ANSWER }, HM_PRINTER_SILENT, "PORT_ERROR+SILENT" },
		{ HS(paper_out), HM_PRINTER_PAPER_OUT, "PAPER_OUT" }, { HS(paused), HM_PRINTER_PAUSED, "PAUSED" },
		{ HS(head_up), HM_PRINTER_FAULT, "HEAD_OPEN" }, { HS(ribbon_out), HM_PRINTER_FAULT, "RIBBON_OUT" },
		{ HS(over_temp), HM_PRINTER_FAULT, "OVER_TEMP" }, { HS(under_temp), HM_PRINTER_FAULT, "UNDER_TEMP" },
		{ HS(corrupt_ram), HM_PRINTER_FAULT, "CORRUPT_RAM" }, { HS(diag_mode), HM_PRINTER_FAULT, "DIAG_MODE" },
		{ HS(buffer_full), HM_PRINTER_FAULT, "BUFFER_FULL" },
		{ HS(partial_format), HM_PRINTER_FAULT, "PARTIAL_FORMAT" },
		{ HS(label_waiting), HM_PRINTER_WAITING, "LABEL_WAITING" },
		{ HS(formats_in_buffer), HM_PRINTER_READY, "BUSY" }, { HS(labels_remaining), HM_PRINTER_READY, "BUSY" },
		{ HS(thermal_transfer), HM_PRINTER_READY, "READY" }, { HS(static_ram), HM_PRINTER_READY, "READY" },
		{ ES(0x1), HM_PRINTER_PAPER_OUT, "PAPER_OUT" }, { ES(0x2), HM_PRINTER_FAULT, "RIBBON_OUT" },
		{ ES(0x4), HM_PRINTER_FAULT, "HEAD_OPEN" }, { ES(0x8), HM_PRINTER_FAULT, "ERROR" },
		{ ES(0x10), HM_PRINTER_FAULT, "OVER_TEMP" }, { ES(0x20), HM_PRINTER_FAULT, "OVER_TEMP" },
		{ ES(0x10000), HM_PRINTER_PAUSED, "PAUSED" }, { ES(0x80000000), HM_PRINTER_FAULT, "ERROR" },
		{ { .hqes_heard = HM_ANSWERED, .port_status = 0x18, .hqes.errors = { 0, 1 } }, HM_PRINTER_FAULT, "ERROR" },
		/* a warning stops nothing */
		{ { .hqes_heard = HM_ANSWERED, .port_status = 0x18, .hqes.warnings = { 8, 1 } }, HM_PRINTER_READY, "READY" },
		/* the worst wins, and a cause that is named beats silence */
		{ { .port_status = 0x08, .hs_heard = HM_ANSWERED, .hs = { .paused = true, .head_up = true } },
		  HM_PRINTER_FAULT, "HEAD_OPEN+PAUSED+OFFLINE" },
		{ { .port_status = 0x20, .hs_heard = HM_NO_ANSWER }, HM_PRINTER_PAPER_OUT,
		  "PAPER_OUT+PORT_ERROR+OFFLINE+SILENT" },
		{ { .port_status = 0x18, .hs_heard = HM_NO_ANSWER, .hqes_heard = HM_ANSWERED, .hqes.errors = { 4 } },
		  HM_PRINTER_FAULT, "HEAD_OPEN+SILENT" },
		{ { .port_status = 0x10, .hs_heard = HM_ANSWERED, .hs.paused = true }, HM_PRINTER_PAUSED,
		  "PAUSED+PORT_ERROR" },
		{ { .port_status = 0x18, .hs_heard = HM_ANSWERED, .hqes_heard = HM_NO_ANSWER }, HM_PRINTER_SILENT, "UNKNOWN" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char names[HM_COND_NAMES];

		hm_printer_condition_names(hm_printer_conditions(&t[i].v), names);
		if (hm_printer_state(&t[i].v) != t[i].want || strcmp(names, t[i].names))
			fail_msg("row %zu: %s %s", i, hm_printer_state_name(hm_printer_state(&t[i].v)), names);
	}
}

/*
 * Whatever the port and the other request say: asked and not answered, or answered with
 * what cannot be read, is never READY. All combinations.
 */
static void silence_is_never_ready(void **state)
{
	(void)state;
	for (int port = -1; port < 256; port++)
		for (int hs = HM_NOT_ASKED; hs <= HM_ANSWERED; hs++)
			for (int es = HM_NOT_ASKED; es <= HM_ANSWERED; es++) {
				struct hm_printer_view v = { .port_status = port, .hs_heard = (enum hm_heard)hs,
							     .hqes_heard = (enum hm_heard)es };
				bool unheard = hs == HM_NO_ANSWER || hs == HM_GARBLED || es == HM_NO_ANSWER ||
					       es == HM_GARBLED || (port < 0 && !hs && !es);
				bool well = port < 0 || (port & 0x38) == 0x18;

				assert_int_equal(hm_printer_state(&v) == HM_PRINTER_READY, well && !unheard);
			}
	/* and through the readers */
	for (int i = 0; i < 3; i++) {
		static const char *const said[] = { "", "READY", "\x02\x03" };
		struct hm_printer_view v = { .port_status = 0x18 };

		hm_printer_hear_hs(&v, said[i], strlen(said[i]));
		assert_int_equal(hm_printer_state(&v), i ? HM_PRINTER_FAULT : HM_PRINTER_SILENT);
		v.hs_heard = HM_NOT_ASKED;
		hm_printer_hear_hqes(&v, said[i], strlen(said[i]));
		assert_int_equal(hm_printer_state(&v), i ? HM_PRINTER_FAULT : HM_PRINTER_SILENT);
	}
}

#define PAGE(lines) "\x02\r\n\r\n  PRINTER STATUS                            \r\n" lines "\r\n\x03"
#define NO_WARNINGS "   WARNINGS:       0 00000000 00000000      "
static void error_replies(void **state)
{
	static const struct {
		const char *bytes;
		int rc;
		const char *why;
	} t[] = {
		{ PAGE("   ERRORS:         0 00000000 00000000      \r\n" NO_WARNINGS), 0, "" },
		{ "\r\n" PAGE("ERRORS: 1 00000000 00000001\n" NO_WARNINGS) "\r\n", 0, "" },
		{ "", -HM_ESILENT, "no answer" },
		{ "PRINTER STATUS", -HM_EBAD_FORMAT, "no STX" },
		{ "\x02\r\n STATUS\r\n ERRORS: 0 00000000 00000000\r\n" NO_WARNINGS "\r\n\x03", -HM_EBAD_FORMAT, "page" },
		{ PAGE("ERRORS: 0 00000000 00000000"), -HM_EBAD_FORMAT, "line is missing" },
		{ PAGE(NO_WARNINGS "\r\nERRORS: 0 00000000 00000000"), -HM_EBAD_FORMAT, "line is missing" },
		{ PAGE("ERRORS: 2 00000000 00000001\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "neither 0 nor 1" },
		{ PAGE("ERRORS: 1 00000000\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "two groups" },
		{ PAGE("ERRORS: 1 00000000 00000001 0\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "two groups" },
		{ PAGE("ERRORS: 1 00000000 0000001\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "eight" },
		{ PAGE("ERRORS: 1 00000000 0000000G\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "eight" },
		{ PAGE("ERRORS: 1 0000000G 00000001\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "eight" },
		{ PAGE("ERRORS: 0 00000000 00000001\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "contradict" },
		{ PAGE("ERRORS: 0 00000001 00000000\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "contradict" },
		{ PAGE("ERRORS: 1 00000000 00000000\r\n" NO_WARNINGS), -HM_EBAD_FORMAT, "contradict" },
		{ PAGE("ERRORS: 0 00000000 00000000\r\nWARNINGS: 1 00000000 00000000"), -HM_EBAD_FORMAT, "contradict" },
		{ "\x02\r\nPRINTER STATUS\r\nERRORS: 0 00000000 00000000\r\n" NO_WARNINGS "\r\n", -HM_EBAD_FORMAT, "ETX" },
		{ PAGE("ERRORS: 0 00000000 00000000\r\n" NO_WARNINGS) "x", -HM_EBAD_FORMAT, "behind ETX" },
	};
	struct hm_hqes es;
	char names[HM_HQES_NAMES];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_err err = { "" };
		int rc = hm_zpl_parse_hqes(t[i].bytes, strlen(t[i].bytes), &es, &err);

		if (rc != t[i].rc || !strstr(err.text, t[i].why))
			fail_msg("row %zu: %s: %s", i, hm_error_name(rc), err.text);
	}
	assert_int_equal(es.errors[0], 1);
	/* every bit has a name, the widest line fits */
	for (int i = 0; i < 32; i++) {
		hm_zpl_error_names((uint32_t[2]){ 1u << i, 0 }, names);
		assert_true(names[0] && !strchr(names, '+'));
		hm_zpl_warning_names((uint32_t[2]){ 0, 1u << i }, names);
		assert_int_equal(strncmp(names, "GROUP2_", 7), 0);
	}
	hm_zpl_error_names((uint32_t[2]){ UINT32_MAX, UINT32_MAX }, names);
	hm_zpl_warning_names((uint32_t[2]){ UINT32_MAX, UINT32_MAX }, names);
}

static void identity_replies(void **state)
{
	static const struct {
		const char *bytes;
		int rc;
	} t[] = {
		{ "\x02" "ZT410-200dpi,V75.20.15Z,8,65536KB,X\x03\r\n", 0 }, { "\x02" "ZT410-200dpi,V75.20.15Z,8,65536KB\x03", 0 },
		{ "", -HM_ESILENT }, { "ZT410,V1,8,1KB", -HM_EBAD_FORMAT }, { "\x02ZT410,V1,8\x03", -HM_EBAD_FORMAT },
		{ "\x02ZT410,V1,8,1KB,X,Y\x03", -HM_EBAD_FORMAT }, { "\x02,V1,8,1KB\x03", -HM_EBAD_FORMAT },
		{ "\x02ZT410,,8,1KB\x03", -HM_EBAD_FORMAT }, { "\x02ZT410,V1,x,1KB\x03", -HM_EBAD_FORMAT },
		{ "\x02ZT410,V1,0,1KB\x03", -HM_EBAD_FORMAT }, { "\x02ZT410,V1,8,1MB\x03", -HM_EBAD_FORMAT },
		{ "\x02ZT410,V1,8,KB\x03", -HM_EBAD_FORMAT }, { "\x02ZT410,V1,8,1KB\x03\x02", -HM_EBAD_FORMAT },
		{ "\x02ZT410,V1,8,999999999KB\x03", -HM_EBAD_FORMAT }, { "\x02ZT410,V1,8,1KB", -HM_EBAD_FORMAT },
	};
	struct hm_hi hi;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (hm_zpl_parse_hi(t[i].bytes, strlen(t[i].bytes), &hi, NULL) != t[i].rc)
			fail_msg("row %zu", i);
	assert_string_equal(hi.model, "ZT410-200dpi");
	assert_string_equal(hi.firmware, "V75.20.15Z");
	assert_int_equal(hi.dots_per_mm, 8);
	assert_int_equal(hi.memory_kb, 65536);
}

static void verify_replies(void **state)
{
	static const struct {
		const char *form, *bytes;
		int rc;
		const char *data;
	} t[] = {
		{ "^HV1,24,,^FS", "3034257BF461D8BBDC2C0001", 0, "3034257BF461D8BBDC2C0001" },
		{ "^HV1,24,,^FS", "3034257BF461D8BBDC2C00", -HM_ENO_TERMINATOR, "" },
		{ "^HV1,24,,^FS", "3034257BF461D8BBDC2C000122", -HM_EBAD_FORMAT, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[3034257bf461d8bbdc2c0001]\r\n", 0, "3034257BF461D8BBDC2C0001" },
		{ "^HV1,32,EPC[,]_0D_0A,L", "EPC[3034257BF461D8BBDC2C0001]\r\n", 0, "3034257BF461D8BBDC2C0001" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "", -HM_ESILENT, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EP", -HM_ENO_TERMINATOR, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[3034]\r", -HM_ENO_TERMINATOR, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "TID[3034]\r\n", -HM_EBAD_FORMAT, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[303]\r\n", -HM_EBAD_LENGTH, "" },
		{ "^HV1,4,EPC[,]_0D_0A,L", "EPC[303400]\r\n", -HM_EBAD_LENGTH, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[NO TAG FOUND]\r\n", -HM_ETAG_VOID, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[]\r\n", -HM_ETAG_VOID, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[30\x01]\r\n", -HM_EBAD_FORMAT, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[30EPC[30]\r\n", -HM_EBAD_FORMAT, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[3034]\r\nEPC[3035]\r\n", -HM_EDUPLICATE, "" },
		{ "^HV1,24,EPC[,]_0D_0A,L", "EPC[3034]\r\n?", -HM_EBAD_FORMAT, "" },
	};
	static const char *const bad_forms[] = {
		"", "^HL", "^HV", "^HVx", "^HV10000", "^HV1,0", "^HV1,257", "^HV1,x", "^HV1,4,_0", "^HV1,4,_4", "^HV1,4,_4z", "^HL1,24", "^H", "^HV1,4,_zz", "^HV1,4,_00",
		"^HV1,4,0123456789012345678901234567890123456789012345678901234567890123",
	};
	struct hm_hv_form f[2];
	struct hm_hv hv;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		hv.data[0][0] = '\0';
		assert_int_equal(hm_hv_form_parse(t[i].form, strlen(t[i].form), f, NULL), 0);
		if (hm_zpl_parse_hv(t[i].bytes, strlen(t[i].bytes), f, 1, &hv, NULL) != t[i].rc)
			fail_msg("row %zu", i);
		assert_string_equal(hv.data[0], t[i].data);
	}
	for (size_t i = 0; i < sizeof(bad_forms) / sizeof(bad_forms[0]); i++)
		assert_int_equal(hm_hv_form_parse(bad_forms[i], strlen(bad_forms[i]), f, NULL), -HM_EBAD_TEMPLATE);
	assert_int_equal(hm_hv_form_parse("^HV1,24,EPC[,]_0D_0A,L", 22, &f[0], NULL), 0);
	assert_int_equal(hm_hv_form_parse("^HV2,24,TID[,]_0D_0A,L", 22, &f[1], NULL), 0);
	assert_int_equal(hm_zpl_parse_hv(EPC TID, strlen(EPC TID), f, 2, &hv, NULL), 0);
	assert_string_equal(hv.data[1], "E2801105200070E2A1B20001");
	for (size_t n = 1; n < strlen(EPC TID); n++)
		assert_int_equal(hm_zpl_parse_hv(EPC TID, n, f, 2, &hv, NULL), -HM_ENO_TERMINATOR);
}

static void log_lines(void **state)
{
	static const struct {
		const char *line;
		int rc;
		const char *status;
	} t[] = {
		{ "[14:23:16.0000]R,F1,A3,22,00000000,3034", 0, "OK" }, { "W,F1,A3,22,00008003,\r\n", 0, "COLLISION" },
		{ "L,B10,D12,H,0052,", 0, "BAD_PASSCODE" }, { "R,0000,3034", 0, "OK" }, { "W,8005,", 0, "BLOCK_LOCKED" },
		{ "E,FFFFFFFF,Logfile automatically reset", 0, "LOG_RESET" }, { "A,F1,A3,22,0000BEEF,", 0, "UNKNOWN_BEEF" },
		{ "", -HM_EEMPTY, NULL }, { "\r\n", -HM_EEMPTY, NULL }, { "R", -HM_EBAD_FORMAT, NULL },
		{ "X,F1,A3,22,00000000,", -HM_EBAD_FORMAT, NULL }, { "RW,F1,A3,22,00000000,", -HM_EBAD_FORMAT, NULL },
		{ "R,F1", -HM_EBAD_FORMAT, NULL }, { "R,F1,A3,22,00000000", -HM_EBAD_FORMAT, NULL },
		{ "R,1F,A3,22,00000000,", -HM_EBAD_FORMAT, NULL }, { "R,FX,A3,22,00000000,", -HM_EBAD_FORMAT, NULL }, { "R,F1,33,22,00000000,", -HM_EBAD_FORMAT, NULL },
		{ "R,F1,A3,222,00000000,", -HM_EBAD_FORMAT, NULL }, { "R,F1,A3,X,00000000,", -HM_EBAD_FORMAT, NULL },
		{ "R,F1,A3,22,000,", -HM_EBAD_FORMAT, NULL }, { "R,F1,A3,22,ZZZZ,", -HM_EBAD_FORMAT, NULL },
		{ "[14:23R,F1,A3,22,00000000,3034", -HM_EBAD_FORMAT, NULL }, { "[]R,F1,A3,22,00000000,", -HM_EBAD_FORMAT, NULL },
		{ "[0123456789012345678901234567890123456789]R,F1,A3,22,00000000,", -HM_EBAD_FORMAT, NULL },
		{ "R,F1,A3,22,00000000,303", -HM_ENOT_HEX, NULL }, { "R,F1,A3,22,00000000,30G4", -HM_ENOT_HEX, NULL },
		{ "R,F1,A3,22,00000000,30\x01" "4", -HM_EBAD_FORMAT, NULL },
	};
	char *big = malloc(1 << 20), name[HM_RFID_STATUS_NAME];
	struct hm_rfid_log e;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (hm_zpl_parse_log(t[i].line, strlen(t[i].line), &e, NULL) != t[i].rc)
			fail_msg("row %zu", i);
		if (!t[i].status)
			continue;
		hm_rfid_status_name(e.status, name);
		assert_string_equal(name, t[i].status);
	}
	assert_int_equal(hm_zpl_parse_log("R,F1,A3,22,00000000,\0", 21, &e, NULL), -HM_EBAD_FORMAT);
	assert_non_null(big);
	memset(big, '0', 1 << 20);
	memcpy(big, "R,0000,", 7);
	assert_int_equal(hm_zpl_parse_log(big, 1 << 20, &e, NULL), -HM_ETOO_LONG);
	free(big);
}

static void *ask(void *arg)
{
	return hm_label_is_query_digest(arg) ? arg : NULL;
}

static void query_digests(void **state)
{
	static const char *const texts[] = { "~HS\r\n", "~HQES\r\n", "~JA\r\n", "~HS", "~HS\n", "~JR\r\n", "" };
	const struct hm_label_driver *zpl = hm_label_driver_of("x.zpl");
	pthread_t thread[4];
	uint8_t digest[32];

	(void)state;
	assert_string_equal(zpl->ask_status, texts[0]);
	assert_string_equal(zpl->ask_errors, texts[1]);
	assert_string_equal(zpl->cancel, texts[2]);
	assert_int_equal(EVP_Digest(texts[0], 5, digest, NULL, EVP_sha256(), NULL), 1);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask, digest), 0);
	for (size_t i = 0; i < 4; i++) {
		void *said;

		assert_int_equal(pthread_join(thread[i], &said), 0);
		assert_ptr_equal(said, digest);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(EVP_Digest(texts[i], strlen(texts[i]), digest, NULL, EVP_sha256(), NULL), 1);
		assert_int_equal(hm_label_is_query_digest(digest), i < 3);
		digest[31] ^= 1;
		assert_false(hm_label_is_query_digest(digest));
	}
	memset(digest, 0, sizeof(digest));
	assert_false(hm_label_is_query_digest(digest));
}

/* What the seam promises of each language is kept by the first. */
static void the_driver(void **state)
{
	static const char *const none[] = { "", "zpl", ".zpl", "x.ZPL", "x.zpl2", "x.epl", "x.zpl " };
	const struct hm_label_driver *d = hm_label_driver_of("a.b.zpl");
	const struct hm_label_field f = { "x", "1" };
	struct hm_printer_view v = { .port_status = 0x18 };
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1000);
	struct hm_tag_reply tag;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(hm_label_driver_of(none[i]));
	assert_string_equal(d->name, "zpl");
	assert_int_equal(d->check("^XA^FH_^FD{{lot}}^FS^XZ", 23, 24, NULL), 0);
	assert_int_equal(d->render("^XA^FH_^FD{{x}}^FS^XZ", 21, &f, 1, &out, NULL), 0);
	assert_string_equal(hm_buf_str(&out), "^XA^FH_^FD1^FS^XZ");
	d->hear_status(&v, "", 0);
	assert_int_equal(v.hs_heard, HM_NO_ANSWER);
	d->hear_errors(&v, "?", 1);
	assert_int_equal(v.hqes_heard, HM_GARBLED);
	assert_int_equal(d->tag_reply(EPC TID, HM_TAG_REPLY_LEN(24), &tag), HM_REPLY_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag_replies),
		cmocka_unit_test(status_replies),
		cmocka_unit_test(conditions),
		cmocka_unit_test(silence_is_never_ready),
		cmocka_unit_test(error_replies),
		cmocka_unit_test(identity_replies),
		cmocka_unit_test(verify_replies),
		cmocka_unit_test(log_lines),
		cmocka_unit_test(query_digests),
		cmocka_unit_test(the_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
