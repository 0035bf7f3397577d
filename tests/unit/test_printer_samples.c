// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sample replies of printers, if the tester has any: HALLMARK_VECTORS names a directory with
 * tables (tabs; a heading; \xNN is a byte). Without, the tests are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "label/printer.h"

static size_t unescape(const char *s, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && i + 3 < len && s[i + 1] == 'x') {
			out[n++] = (char)strtol((char[]){ s[i + 2], s[i + 3], '\0' }, NULL, 16);
			i += 3;
		} else {
			out[n++] = s[i];
		}
	}
	return n;
}

#define CELLS 32
struct table {
	struct hm_buf text;
	char *at, *head[CELLS], *cell[CELLS];
	size_t n;
	char bytes[1024];	/* of the column whose name ends with "escaped", or of "line" */
	size_t len;
};

static bool next_row(struct table *t, char *cells[CELLS])
{
	char *nl = strchr(t->at, '\n');
	size_t n = 0;

	if (!nl)
		return false;
	*nl = '\0';
	for (char *p = t->at; p && n < CELLS; n++) {
		cells[n] = p;
		p = strchr(p, '\t');
		if (p)
			*p++ = '\0';
	}
	t->at = nl + 1;
	if (!t->n)
		t->n = n;
	while (n < t->n)
		cells[n++] = (char *)"";
	return true;
}

static const char *cell(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->head[i], name))
			return t->cell[i];
	fail_msg("no column %s", name);
	return "";
}

static bool sample_open(struct table *t, const char *name)
{
	const char *dir = getenv("HALLMARK_VECTORS");
	char path[512];

	hm_buf_init(&t->text, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : "", name);
	if (!dir || hm_read_file(path, &t->text))
		return false;
	t->at = (char *)t->text.data;
	return next_row(t, t->head);
}

static bool sample_next(struct table *t, const char *column)
{
	if (!next_row(t, t->cell))
		return false;
	assert_true(strlen(cell(t, column)) < sizeof(t->bytes));
	t->len = unescape(cell(t, column), strlen(cell(t, column)), t->bytes);
	return true;
}

static void is_number_of(const struct table *t, const char *name, unsigned long value)
{
	if (strtoul(cell(t, name), NULL, 10) != value || !*cell(t, name))
		fail_msg("%s: %s is %lu, not %s", t->cell[0], name, value, cell(t, name));
}

static void is_text_of(const struct table *t, const char *name, const char *value)
{
	if (strcmp(cell(t, name), value))
		fail_msg("%s: %s is %s, not %s", t->cell[0], name, value, cell(t, name));
}

static void sample_host_status(void **state)
{
	struct table t = { .n = 0 };
	int rows = 0;

	(void)state;
	if (!sample_open(&t, "zpl_hs.tsv"))
		skip();
	for (; sample_next(&t, "raw_reply_escaped"); rows++) {
		struct hm_printer_view v = { .port_status = -1 };
		const struct hm_hs *s = &v.hs;
		char names[HM_COND_NAMES];

		hm_printer_hear_hs(&v, t.bytes, t.len);
		is_text_of(&t, "verdict", v.hs_heard == HM_ANSWERED ? "ok" : "reject");
		hm_printer_condition_names(hm_printer_conditions(&v), names);
		is_text_of(&t, "expected_state", names);
		if (v.hs_heard != HM_ANSWERED) {
			assert_int_not_equal(hm_printer_state(&v), HM_PRINTER_READY);
			continue;
		}
		is_text_of(&t, "comm", s->comm);
		is_number_of(&t, "paper_out", s->paper_out);
		is_number_of(&t, "paused", s->paused);
		is_number_of(&t, "label_length_dots", s->label_length);
		is_number_of(&t, "formats_in_buffer", s->formats_in_buffer);
		is_number_of(&t, "buffer_full", s->buffer_full);
		is_number_of(&t, "diag_mode", s->diag_mode);
		is_number_of(&t, "partial_format", s->partial_format);
		is_number_of(&t, "unused_iii", s->unused_iii);
		is_number_of(&t, "corrupt_ram", s->corrupt_ram);
		is_number_of(&t, "under_temp", s->under_temp);
		is_number_of(&t, "over_temp", s->over_temp);
		is_text_of(&t, "function_settings", s->function_settings);
		is_number_of(&t, "unused_n", s->unused_n);
		is_number_of(&t, "head_up", s->head_up);
		is_number_of(&t, "ribbon_out", s->ribbon_out);
		is_number_of(&t, "thermal_transfer", s->thermal_transfer);
		is_text_of(&t, "print_mode", (char[]){ s->print_mode, '\0' });
		is_number_of(&t, "print_width_mode", s->width_mode);
		is_number_of(&t, "label_waiting", s->label_waiting);
		is_number_of(&t, "labels_remaining", s->labels_remaining);
		is_number_of(&t, "format_while_printing", s->format_while_printing);
		is_number_of(&t, "graphics_stored", s->graphics_stored);
		is_text_of(&t, "password", s->password);
		is_number_of(&t, "static_ram", s->static_ram);
	}
	hm_buf_free(&t.text);
	assert_true(rows > 50);
}

static void sample_errors(void **state)
{
	struct table t = { .n = 0 };
	int rows = 0;

	(void)state;
	if (!sample_open(&t, "zpl_hqes.tsv"))
		skip();
	for (; sample_next(&t, "raw_reply_escaped"); rows++) {
		char hex[9], names[HM_HQES_NAMES];
		struct hm_hqes s;
		int rc = hm_zpl_parse_hqes(t.bytes, t.len, &s, NULL);

		is_text_of(&t, "verdict", rc ? "reject" : "ok");
		if (rc)
			continue;
		is_number_of(&t, "error_flag", s.error);
		is_number_of(&t, "warning_flag", s.warning);
		(void)snprintf(hex, sizeof(hex), "%08X", s.errors[0]);
		is_text_of(&t, "errors_hex", hex);
		(void)snprintf(hex, sizeof(hex), "%08X", s.warnings[0]);
		is_text_of(&t, "warnings_hex", hex);
		hm_zpl_error_names(s.errors, names);
		is_text_of(&t, "error_names", names);
		hm_zpl_warning_names(s.warnings, names);
		is_text_of(&t, "warning_names", names);
	}
	hm_buf_free(&t.text);
	assert_true(rows > 40);
}

static void sample_verify(void **state)
{
	struct table t = { .n = 0 };
	int rows = 0;

	(void)state;
	if (!sample_open(&t, "zpl_hv.tsv"))
		skip();
	for (; sample_next(&t, "raw_reply_escaped"); rows++) {
		struct hm_hv_form form;
		struct hm_hv hv;
		int rc = hm_hv_form_parse(cell(&t, "hv_command"), strlen(cell(&t, "hv_command")), &form, NULL);

		assert_int_equal(rc, 0);
		rc = hm_zpl_parse_hv(t.bytes, t.len, &form, 1, &hv, NULL);
		if ((rc == 0) != !strcmp(cell(&t, "verdict"), "ok"))
			fail_msg("%s: %s", t.cell[0], hm_error_name(rc));
		if (!rc)
			is_text_of(&t, "expected_data", hv.data[0]);
	}
	hm_buf_free(&t.text);
	assert_true(rows > 5);
}

static void sample_log(void **state)
{
	struct table t = { .n = 0 };
	int rows = 0;

	(void)state;
	if (!sample_open(&t, "zpl_rfid_log.tsv"))
		skip();
	for (; sample_next(&t, "line"); rows++) {
		char name[HM_RFID_STATUS_NAME], data[64];
		struct hm_rfid_log e;
		int rc = hm_zpl_parse_log(t.bytes, t.len, &e, NULL);

		is_text_of(&t, "verdict", rc ? "reject" : "ok");
		if (rc)
			continue;
		is_text_of(&t, "op", (char[]){ e.op, '\0' });
		is_text_of(&t, "position", e.position);
		is_text_of(&t, "antenna", e.antenna);
		is_text_of(&t, "power", e.power);
		hm_rfid_status_name(e.status, name);
		is_text_of(&t, "status_name", name);
		(void)snprintf(data, sizeof(data), "%.*s", (int)e.data_len, e.data);
		is_text_of(&t, "data_hex", data);
	}
	hm_buf_free(&t.text);
	assert_true(rows > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sample_host_status),
		cmocka_unit_test(sample_errors),
		cmocka_unit_test(sample_verify),
		cmocka_unit_test(sample_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
