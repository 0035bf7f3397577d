// SPDX-License-Identifier: LGPL-2.1-or-later
/* printer parse | state: a label printer's answers, from a file or standard input. No device. */
#include "label/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/items.h"

#define REPLY_MAX	(64u << 10)

struct how {
	struct hm_hv_form forms[HM_HV_FORMS];
	size_t n_forms;
	const char *hs, *hqes;
	int port;
	char given[HM_CLI_GIVEN];
};

/* --- facts as JSON; what people read is made of that --- */

static json_t *view_hs(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err)
{
	struct hm_printer_view v = { .port_status = -1, .hs_heard = HM_ANSWERED };
	const struct hm_hs *s = &v.hs;
	char mode[2] = "", names[HM_COND_NAMES];
	json_t *o;

	(void)how;
	*ret_rc = hm_zpl_parse_hs(bytes, len, &v.hs, err);
	if (*ret_rc)
		return json_pack("{s:s}", "state", "UNKNOWN");
	mode[0] = s->print_mode;
	hm_printer_condition_names(hm_printer_conditions(&v), names);
	o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:b, s:b, s:b, s:I, s:b, s:b, s:b}", "state", names,
		      "verdict", hm_printer_state_name(hm_printer_state(&v)), "comm", s->comm,
		      "paper_out", s->paper_out, "paused", s->paused, "label_length_dots",
		      (json_int_t)s->label_length, "formats_in_buffer", (json_int_t)s->formats_in_buffer,
		      "buffer_full", s->buffer_full, "diag_mode", s->diag_mode, "partial_format",
		      s->partial_format, "unused_iii", (json_int_t)s->unused_iii, "corrupt_ram", s->corrupt_ram,
		      "under_temp", s->under_temp, "over_temp", s->over_temp);
	json_object_update_new(o, json_pack("{s:s, s:I, s:b, s:b, s:b, s:s, s:s, s:I, s:b, s:I, s:b, s:I}",
		      "function_settings", s->function_settings, "unused_n", (json_int_t)s->unused_n, "head_up", s->head_up,
		      "ribbon_out", s->ribbon_out, "thermal_transfer", s->thermal_transfer, "print_mode", mode,
		      "print_mode_name", hm_zpl_print_mode(s->print_mode), "print_width_mode",
		      (json_int_t)s->width_mode, "label_waiting", s->label_waiting, "labels_remaining",
		      (json_int_t)s->labels_remaining, "format_while_printing", s->format_while_printing,
		      "graphics_stored", (json_int_t)s->graphics_stored));
	json_object_update_new(o, json_pack("{s:s, s:b}", "password", s->password, "static_ram", s->static_ram));
	return o;
}

static void put_group(json_t *o, const char *name, const uint32_t groups[2], unsigned int group)
{
	char hex[9], key[32];

	(void)snprintf(hex, sizeof(hex), "%08X", groups[group]);
	(void)snprintf(key, sizeof(key), "%s_%s", name, group ? "group2_hex" : "hex");
	json_object_set_new(o, key, json_string(hex));
}

static json_t *view_hqes(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err)
{
	struct hm_printer_view v = { .port_status = -1, .hqes_heard = HM_ANSWERED };
	char names[HM_HQES_NAMES];
	json_t *o;

	(void)how;
	*ret_rc = hm_zpl_parse_hqes(bytes, len, &v.hqes, err);
	if (*ret_rc)
		return json_pack("{s:s}", "state", "UNKNOWN");
	hm_printer_condition_names(hm_printer_conditions(&v), names);
	o = json_pack("{s:s, s:s, s:i}", "state", names, "verdict", hm_printer_state_name(hm_printer_state(&v)),
		      "error_flag", v.hqes.error);
	put_group(o, "errors", v.hqes.errors, 0);
	put_group(o, "errors", v.hqes.errors, 1);
	hm_zpl_error_names(v.hqes.errors, names);
	json_object_set_new(o, "error_names", json_string(names));
	json_object_set_new(o, "warning_flag", json_integer(v.hqes.warning));
	put_group(o, "warnings", v.hqes.warnings, 0);
	put_group(o, "warnings", v.hqes.warnings, 1);
	hm_zpl_warning_names(v.hqes.warnings, names);
	json_object_set_new(o, "warning_names", json_string(names));
	return o;
}

static json_t *view_hi(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err)
{
	struct hm_hi hi;

	(void)how;
	*ret_rc = hm_zpl_parse_hi(bytes, len, &hi, err);
	if (*ret_rc)
		return json_object();
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "model", hi.model, "firmware", hi.firmware, "dots_per_mm",
			 (json_int_t)hi.dots_per_mm, "memory_kb", (json_int_t)hi.memory_kb, "options", hi.options);
}

/* Without a form: what begins the answer says which of the usual ones it is. */
static size_t guess_forms(const char *p, size_t len, struct hm_hv_form forms[2])
{
	static const char *const usual[] = { "^HV1,124,EPC[,]_0D_0A,L", "^HV2,24,TID[,]_0D_0A,L", "^HV1,256" };
	bool epc = len >= 4 && !memcmp(p, "EPC[", 4), tid = len >= 4 && !memcmp(p, "TID[", 4);
	const char *first = usual[epc ? 0 : tid ? 1 : 2], *second = usual[epc ? 1 : 0];

	hm_hv_form_parse(first, strlen(first), &forms[0], NULL);
	if (!epc && !tid && len <= HM_HV_DATA)
		forms[0].bytes = (unsigned int)len;
	if ((!epc && !tid) || !memmem(p, len, epc ? "TID[" : "EPC[", 4))
		return 1;
	hm_hv_form_parse(second, strlen(second), &forms[1], NULL);
	return 2;
}

static json_t *view_hv(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err)
{
	struct hm_hv_form usual[2];
	const struct hm_hv_form *forms = how->n_forms ? how->forms : usual;
	size_t n = how->n_forms ? how->n_forms : guess_forms(bytes, len, usual);
	struct hm_hv hv;
	json_t *list, *o;

	*ret_rc = hm_zpl_parse_hv(bytes, len, forms, n, &hv, err);
	if (*ret_rc)
		return json_object();
	o = json_pack("{s:s}", "data", hv.data[0]);
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(list, json_pack("{s:s, s:s}", "header", forms[i].header, "data", hv.data[i]));
		if (!strcmp(forms[i].header, "EPC["))
			json_object_set_new(o, "epc", json_string(hv.data[i]));
		else if (!strcmp(forms[i].header, "TID["))
			json_object_set_new(o, "tid", json_string(hv.data[i]));
	}
	json_object_set_new(o, "answers", list);
	return o;
}

static json_t *view_log(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err)
{
	char op[2] = "", name[HM_RFID_STATUS_NAME], hex[9];
	struct hm_rfid_log e;

	(void)how;
	*ret_rc = hm_zpl_parse_log(bytes, len, &e, err);
	if (*ret_rc)
		return json_object();
	op[0] = e.op;
	hm_rfid_status_name(e.status, name);
	(void)snprintf(hex, sizeof(hex), "%08X", e.status);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s%}", "op", op, "time", e.time, "position",
			 e.position, "antenna", e.antenna, "power", e.power, "status", hex, "status_name", name,
			 "data", e.data, e.data_len);
}

/* --- text --- */

static void put_plain(const json_t *v)
{
	if (json_is_string(v))
		hm_cli_text(json_string_value(v));
	else if (json_is_boolean(v))
		putchar(json_is_true(v) ? '1' : '0');
	else
		printf("%lld", (long long)json_integer_value(v));
}

/* "name value", a line each. */
static void put_lines(json_t *o)
{
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v) {
		if (json_is_array(v))
			continue;
		printf("%s ", name);
		put_plain(v);
		putchar('\n');
	}
}

/* One line, parted by tabs, for a log. */
static void put_row(json_t *o)
{
	const char *name;
	bool any = false;
	json_t *v;

	json_object_foreach(o, name, v) {
		printf("%s%s=", any ? "\t" : "", name);
		put_plain(v);
		any = true;
	}
	putchar('\n');
}

static void put_error(struct hm_cli *cli, json_t *o, int rc, const struct hm_err *err)
{
	if (cli->json) {
		json_object_set_new(o, "error", json_string(hm_error_name(rc)));
		json_object_set_new(o, "why", hm_json_text(hm_err_text(err, rc)));
	} else {
		printf("error: %s: %s\n", hm_error_name(rc), hm_err_text(err, rc));
	}
}

/* --- the verb --- */

static const struct kind {
	const char *name;
	json_t *(*view)(const void *bytes, size_t len, const struct how *how, int *ret_rc, struct hm_err *err);
} kinds[] = {
	{ "hs", view_hs }, { "hqes", view_hqes }, { "hi", view_hi }, { "hv", view_hv },
};

static int read_reply(const char *path, struct hm_buf *b, struct hm_err *err)
{
	int rc = strcmp(path, "-") ? hm_read_file(path, b) : hm_read_fd(STDIN_FILENO, b);

	return rc ? hm_cli_unread(rc, b, err) : 0;
}

static int parse_one(struct hm_cli *cli, const struct kind *k, const struct how *how, const struct hm_buf *b)
{
	struct hm_err err = { "" };
	int rc = 0, out = 0;
	_cleanup_json_ json_t *o = k->view(hm_buf_str(b), b->len, how, &rc, &err);

	if (rc)
		put_error(cli, o, rc, &err);
	else if (!cli->json)
		put_lines(o);
	if (cli->json)
		out = hm_cli_print(o);
	out = out ? out : hm_cli_flush();
	return out ? out : rc ? HM_EXIT_NO : HM_EXIT_OK;
}

/* Newer firmware says where its log begins and ends. */
static bool is_frame(const char *line, size_t len)
{
	return (len == 7 && !memcmp(line, "<start>", 7)) || (len == 5 && !memcmp(line, "<end>", 5));
}

/* A log while it is read: its lines are answered as they come. */
struct log {
	struct hm_cli *cli;
	bool any, shown, bad;
};

static void log_line(void *context, const char *p, size_t len)
{
	struct log *l = context;
	struct hm_err err = { "" };
	_cleanup_json_ json_t *o = NULL;
	int rc;

	l->any = true;
	if (is_frame(p, len))
		return;
	o = view_log(p, len, NULL, &rc, &err);
	l->bad = l->bad || rc;
	if (rc)
		put_error(l->cli, o, rc, &err);
	else if (!l->cli->json)
		put_row(o);
	if (l->cli->json) {
		fputs(l->shown ? ",\n " : "[", stdout);
		json_dumpf(o, stdout, JSON_COMPACT);
	}
	l->shown = true;
}

static int parse_log(struct hm_cli *cli, const char *path)
{
	const bool in = !strcmp(path, "-");
	struct log l = { .cli = cli };
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), rc;

	rc = fd < 0 ? -errno : hm_lines_run(fd, &(struct hm_lines){ log_line, &l, cli->json });
	if (fd >= 0 && !in)
		(void)close(fd);
	if (!rc && !l.any)
		log_line(&l, "", 0);
	return hm_lines_end(cli, path, rc, l.shown, l.bad);
}

static int parse(struct hm_cli *cli, const struct how *how, const char *what, const char *path)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(REPLY_MAX);
	struct hm_err err = { "" };
	int rc;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, what))
			continue;
		rc = read_reply(path, &b, &err);
		return rc ? hm_cli_fail(cli, hm_cli_input(path), rc, &err) : parse_one(cli, &kinds[i], how, &b);
	}
	return strcmp(what, "rfidlog") ? hm_cli_usage(cli, "printer", "hs, hqes, hi, hv or rfidlog") : parse_log(cli, path);
}

/* What all that was learned says together; an empty file is a request without an answer. */
static int state(struct hm_cli *cli, const struct how *how)
{
	struct hm_printer_view v = { .port_status = how->port };
	_cleanup_buf_ struct hm_buf hs = HM_BUF_INIT(REPLY_MAX), hqes = HM_BUF_INIT(REPLY_MAX);
	_cleanup_json_ json_t *o = NULL;
	struct hm_err err = { "" };
	char names[HM_COND_NAMES];
	int rc, out;

	if (how->hs && how->hqes && !strcmp(how->hs, "-") && !strcmp(how->hqes, "-"))
		return hm_cli_usage(cli, "printer", "standard input is one answer, not both");
	rc = how->hs ? read_reply(how->hs, &hs, &err) : 0;
	if (rc)
		return hm_cli_fail(cli, hm_cli_input(how->hs), rc, &err);
	rc = how->hqes ? read_reply(how->hqes, &hqes, &err) : 0;
	if (rc)
		return hm_cli_fail(cli, hm_cli_input(how->hqes), rc, &err);
	if (how->hs)
		hm_printer_hear_hs(&v, hm_buf_str(&hs), hs.len);
	if (how->hqes)
		hm_printer_hear_hqes(&v, hm_buf_str(&hqes), hqes.len);
	hm_printer_condition_names(hm_printer_conditions(&v), names);
	o = json_pack("{s:s, s:s}", "verdict", hm_printer_state_name(hm_printer_state(&v)), "state", names);
	if (cli->json) {
		out = hm_cli_print(o);
	} else {
		put_lines(o);
		out = hm_cli_flush();
	}
	return out ? out : hm_printer_state(&v) == HM_PRINTER_READY ? HM_EXIT_OK : HM_EXIT_NO;
}

static const struct option table[] = {
	{ "form", required_argument, NULL, 'f' }, { "port", required_argument, NULL, 'p' },
	{ "hs", required_argument, NULL, 's' }, { "hqes", required_argument, NULL, 'e' },
	{ NULL, 0, NULL, 0 },
};

/* A byte, as 24 or 0x18; not 030, which is either 24 or 30. */
static int port_status(const char *text, int *ret)
{
	const bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	const char *digits = hex ? text + 2 : text;
	size_t n = strlen(digits);
	unsigned long v;

	if (!n || n > (hex ? 2 : 3) || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != n ||
	    (!hex && *text == '0' && n > 1))
		return -EINVAL;
	v = strtoul(digits, NULL, hex ? 16 : 10);
	if (v > UINT8_MAX)
		return -EINVAL;
	*ret = (int)v;
	return 0;
}

static int options(struct hm_cli *cli, int argc, char **argv, struct how *how)
{
	struct hm_err err = { "" };
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		hm_cli_given(how->given, opt);
		switch (opt) {
		case 'f':
			if (how->n_forms == HM_HV_FORMS)
				return hm_cli_usage(cli, argv[0], "at most %u forms", HM_HV_FORMS);
			if (hm_hv_form_parse(optarg, strlen(optarg), &how->forms[how->n_forms++], &err))
				return hm_cli_usage(cli, argv[0], "%s", err.text);
			break;
		case 'p':
			if (port_status(optarg, &how->port))
				return hm_cli_usage(cli, argv[0], "--port: a status byte, as 0x18");
			break;
		case 's':
			how->hs = optarg;
			break;
		case 'e':
			how->hqes = optarg;
			break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	return 0;
}

int hm_cmd_printer(struct hm_cli *cli, int argc, char **argv)
{
	struct how how = { .port = -1 };
	char word[24];

	if (options(cli, argc, argv, &how))
		return HM_EXIT_USAGE;
	if (optind + 1 == argc && !strcmp(argv[optind], "state"))
		return hm_cli_takes(cli, argv[0], "state", table, how.given, "pse") ?: state(cli, &how);
	if (optind + 3 != argc || strcmp(argv[optind], "parse"))
		return hm_cli_usage(cli, argv[0], "parse KIND FILE, or state");
	(void)snprintf(word, sizeof(word), "parse %s", argv[optind + 1]);
	return hm_cli_takes(cli, argv[0], word, table, how.given, strcmp(argv[optind + 1], "hv") ? "" : "f") ?:
		parse(cli, &how, argv[optind + 1], argv[optind + 2]);
}
