// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What printers answer. The first byte says to which request. An answer that is taken is
 * written again from its facts and read again; one that is not taken never makes a
 * printer ready.
 *
 * sources: provisioning/label/status.c provisioning/label/errors.c provisioning/label/state.c
 * sources: provisioning/label/tag.c provisioning/label/rfid_log.c provisioning/base/digits.c
 * sources: provisioning/base/error.c
 */
#include "fuzz.h"
#include "label/printer.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static char out[8192];

static void host_status(const char *p, size_t len)
{
	struct hm_printer_view v = { .port_status = 0x18 }, w = { .port_status = 0x18 };
	const struct hm_hs *s = &v.hs;
	char names[HM_COND_NAMES];
	int n;

	hm_printer_hear_hs(&v, p, len);
	hm_printer_condition_names(hm_printer_conditions(&v), names);
	if (v.hs_heard != HM_ANSWERED) {
		FZ_CHECK(hm_printer_state(&v) != HM_PRINTER_READY, "%s", names);
		return;
	}
	n = snprintf(out, sizeof(out), "\x02%s,%d,%d,%u,%u,%d,%d,%d,%u,%d,%d,%d\x03\r\n"
		     "\x02%s,%u,%d,%d,%d,%c,%u,%d,%u,%d,%u\x03\r\n\x02%s,%d\x03\r\n", s->comm, s->paper_out, s->paused,
		     s->label_length, s->formats_in_buffer, s->buffer_full, s->diag_mode, s->partial_format,
		     s->unused_iii, s->corrupt_ram, s->under_temp, s->over_temp, s->function_settings, s->unused_n,
		     s->head_up, s->ribbon_out, s->thermal_transfer, s->print_mode, s->width_mode, s->label_waiting,
		     s->labels_remaining, s->format_while_printing, s->graphics_stored, s->password, s->static_ram);
	hm_printer_hear_hs(&w, out, (size_t)n);
	FZ_CHECK(w.hs_heard == HM_ANSWERED, "%s", out);
	FZ_CHECK(hm_printer_conditions(&w) == hm_printer_conditions(&v), "%s", out);
	FZ_CHECK(s->label_length == w.hs.label_length && s->print_mode == w.hs.print_mode &&
		 s->labels_remaining == w.hs.labels_remaining && !strcmp(s->password, w.hs.password), "%s", out);
}

static void errors(const char *p, size_t len)
{
	struct hm_printer_view v = { .port_status = 0x18 };
	char names[HM_HQES_NAMES];
	struct hm_hqes again;
	int n;

	hm_printer_hear_hqes(&v, p, len);
	if (v.hqes_heard != HM_ANSWERED) {
		FZ_CHECK(hm_printer_state(&v) != HM_PRINTER_READY, "unheard");
		return;
	}
	hm_zpl_error_names(v.hqes.errors, names);
	FZ_CHECK(!names[0] == !v.hqes.error, "%s", names);
	FZ_CHECK((hm_printer_state(&v) == HM_PRINTER_READY) == !v.hqes.error, "%s", names);
	hm_zpl_warning_names(v.hqes.warnings, names);
	FZ_CHECK(!names[0] == !v.hqes.warning, "%s", names);
	n = snprintf(out, sizeof(out), "\x02\r\n PRINTER STATUS\r\n ERRORS: %d %08X %08X\r\n WARNINGS: %d %08X %08X\r\n\x03",
		     v.hqes.error, v.hqes.errors[1], v.hqes.errors[0], v.hqes.warning, v.hqes.warnings[1],
		     v.hqes.warnings[0]);
	FZ_CHECK(!hm_zpl_parse_hqes(out, (size_t)n, &again, NULL), "%s", out);
	FZ_CHECK(!memcmp(again.errors, v.hqes.errors, sizeof(again.errors)) &&
		 !memcmp(again.warnings, v.hqes.warnings, sizeof(again.warnings)), "%s", out);
}

static void identity(const char *p, size_t len)
{
	struct hm_hi hi, again;
	int n;

	if (hm_zpl_parse_hi(p, len, &hi, NULL))
		return;
	n = snprintf(out, sizeof(out), "\x02%s,%s,%u,%uKB,%s\x03\r\n", hi.model, hi.firmware, hi.dots_per_mm, hi.memory_kb,
		     hi.options);
	FZ_CHECK(!hm_zpl_parse_hi(out, (size_t)n, &again, NULL), "%s", out);
	FZ_CHECK(!strcmp(hi.model, again.model) && !strcmp(hi.options, again.options) && hi.memory_kb == again.memory_kb,
		 "%s", out);
}

/* A form, a NUL, an answer to it. */
static void verify(const char *p, size_t len)
{
	const char *nul = memchr(p, '\0', len);
	struct hm_tag_reply tag;
	struct hm_hv_form form;
	struct hm_hv hv, again;
	size_t n;

	(void)hm_label_parse_reply(p, len, &tag);
	if (!nul || hm_hv_form_parse(p, (size_t)(nul - p), &form, NULL) ||
	    hm_zpl_parse_hv(nul + 1, len - (size_t)(nul + 1 - p), &form, 1, &hv, NULL))
		return;
	n = (size_t)snprintf(out, sizeof(out), "%s%s%s", form.header, hv.data[0], form.trailer);
	FZ_CHECK(!hm_zpl_parse_hv(out, n, &form, 1, &again, NULL) && !strcmp(hv.data[0], again.data[0]), "%s", out);
}

static void log_line(const char *p, size_t len)
{
	char name[HM_RFID_STATUS_NAME];
	struct hm_rfid_log e, again;
	size_t n;

	if (hm_zpl_parse_log(p, len, &e, NULL))
		return;
	FZ_CHECK(e.data >= p && e.data_len <= len && e.data + e.data_len <= p + len, "data outside the line");
	FZ_CHECK(memchr(e.time, '\0', sizeof(e.time)) && memchr(e.position, '\0', sizeof(e.position)) &&
		 memchr(e.antenna, '\0', sizeof(e.antenna)) && memchr(e.power, '\0', sizeof(e.power)), "a text without an end");
	hm_rfid_status_name(e.status, name);
	n = (size_t)snprintf(out, sizeof(out), "%s%s%s%c,%s%s%s%s%s%s%08X,%.*s", *e.time ? "[" : "", e.time,
			     *e.time ? "]" : "", e.op, e.position, *e.position ? "," : "", e.antenna,
			     *e.position ? "," : "", e.power, *e.position ? "," : "", e.status, (int)e.data_len, e.data);
	FZ_CHECK(!hm_zpl_parse_log(out, n, &again, NULL), "%s", out);
	FZ_CHECK(again.op == e.op && again.status == e.status && again.data_len == e.data_len &&
		 !memcmp(again.data, e.data, e.data_len) && !strcmp(again.antenna, e.antenna) && !strcmp(again.time, e.time) &&
		 !strcmp(again.position, e.position) && !strcmp(again.power, e.power), "%s", out);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	void (*const kinds[])(const char *, size_t) = { host_status, errors, identity, verify, log_line };
	const size_t len = size ? size - 1 : 0;
	/* exactly so long that one byte more is found */
	char *text = malloc(len ? len : 1);

	FZ_CHECK(text, "memory");
	if (len)
		memcpy(text, input + 1, len);
	kinds[size ? input[0] % (sizeof(kinds) / sizeof(kinds[0])) : 0](text, len);
	free(text);
	return 0;
}
