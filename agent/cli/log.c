// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * log show: the gate's event log, one line (or one object) an event. Without a file
 * it is that of the running boot, joined; of a bundle, give its pieces in order.
 */
#include <errno.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "eventlog.h"
#include "marker/marker.h"

#define LOG_MAX (256u << 20)

static json_t *view_start(const struct hm_ev_start *s)
{
	return json_pack("{s:s, s:i, s:o, s:i, s:i}", "event", "start", "version", (int)s->version,
			 "boot_id", hm_json_hex(s->boot_id, sizeof(s->boot_id)), "pcr", (int)s->pcr,
			 "banks", (int)s->nbanks);
}

/* A log comes from anywhere: a name in it need not end, nor be text. */
static json_t *view_marker(const char name[HM_EV_NAME_SIZE])
{
	char text[HM_EV_NAME_SIZE + 1] = "";

	memcpy(text, name, HM_EV_NAME_SIZE);
	return hm_json_text(text);
}

static json_t *view_intent(const struct hm_ev_intent *i)
{
	return json_pack("{s:s, s:I, s:o, s:o, s:b, s:b, s:I, s:I, s:o}", "event", "intent", "seq",
			 (json_int_t)i->seq, "job_id", hm_json_hex(i->job_id, sizeof(i->job_id)),
			 "marker", view_marker(i->marker), "reprint", i->flags & HM_MARK_REPRINT, "query",
			 i->flags & HM_MARK_QUERY, "offset", (json_int_t)i->offset, "len",
			 (json_int_t)i->len, "sha256", hm_json_hex(i->sha256, sizeof(i->sha256)));
}

static json_t *view_outcome(const struct hm_ev_outcome *o)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:i, s:o}", "event", "outcome", "seq", (json_int_t)o->seq,
			 "state", hm_mark_state_name((enum hm_mark_state)o->state), "sent",
			 (json_int_t)o->sent, "errno", o->error, "reply_sha256",
			 hm_json_hex_or_null(o->reply_sha256, sizeof(o->reply_sha256)));
}

static json_t *view_attach(const struct hm_ev_attach *a)
{
	char ident[161];
	size_t n = a->ident_len < sizeof(ident) - 1 ? a->ident_len : sizeof(ident) - 1;

	/* what a device says of itself goes to a terminal */
	for (size_t i = 0; i < n; i++)
		ident[i] = a->ident[i] >= 0x20 && a->ident[i] < 0x7f ? (char)a->ident[i] : '?';
	ident[n] = '\0';
	return json_pack("{s:s, s:o, s:s, s:s}", "event", "attach", "marker", view_marker(a->marker), "kind",
			 a->kind == HM_EV_KIND_PRINTER ? "printer" : "eeprom", "ident", ident);
}

static json_t *view_event(const struct hm_ev *e)
{
	switch (e->tag) {
	case HM_EV_TAG_START:
		return view_start(&e->u.start);
	case HM_EV_TAG_INTENT:
		return view_intent(&e->u.intent);
	case HM_EV_TAG_OUTCOME:
		return view_outcome(&e->u.outcome);
	case HM_EV_TAG_ATTACH:
		return view_attach(&e->u.attach);
	case HM_EV_TAG_DETACH:
		return json_pack("{s:s, s:o}", "event", "detach", "marker", view_marker(e->u.detach.marker));
	case HM_EV_TAG_EXPORT:
		return json_pack("{s:s, s:I, s:I, s:o}", "event", "export", "seq", (json_int_t)e->u.exported.seq,
				 "offset", (json_int_t)e->u.exported.offset, "sha256",
				 hm_json_hex(e->u.exported.sha256, sizeof(e->u.exported.sha256)));
	case HM_EV_TAG_RESOLVED:
		return json_pack("{s:s, s:I, s:s}", "event", "resolved", "seq", (json_int_t)e->u.resolve.seq,
				 "verdict", e->u.resolve.verdict == HM_EV_RESOLVED_EXTENDED ? "extended" :
				 "not extended");
	case HM_EV_TAG_FAULT:
		return json_pack("{s:s, s:I, s:i}", "event", "fault", "seq", (json_int_t)e->u.fault.seq,
				 "code", e->u.fault.code);
	}
	return json_pack("{s:s, s:i}", "event", "other", "tag", (int)e->tag);
}

/* name=value, in the order of the object: greppable, and the same names as --json */
static void print_line(const json_t *o, uint32_t pcr, bool measured)
{
	const char *name;
	json_t *v;

	printf("%-8s", hm_json_get_text(o, "event"));
	json_object_foreach((json_t *)o, name, v) {
		if (!strcmp(name, "event") || json_is_null(v) || json_is_false(v))
			continue;
		if (json_is_string(v)) {
			printf(" %s=", name);
			hm_cli_text(json_string_value(v));
		} else if (json_is_integer(v)) {
			printf(" %s=%lld", name, (long long)json_integer_value(v));
		} else {
			printf(" %s", name);
		}
	}
	if (!measured)
		printf(" (not known to be extended into PCR %u)", pcr);
	putchar('\n');
}

/* The events of one file; with --json into @list. */
static int show(struct hm_cli *cli, const char *what, const struct hm_buf *log, json_t *list)
{
	struct hm_ev_reader r;
	struct hm_err err;
	struct hm_ev e;
	int rc = hm_ev_reader_init(&r, log->data, log->len);

	while (!rc && (rc = hm_ev_next(&r, &e)) == 1) {
		json_t *o = view_event(&e);

		json_object_set_new(o, "extended", json_boolean(e.type == HM_EV_EVENT_TAG));
		if (cli->json) {
			json_array_append_new(list, o);
		} else {
			json_object_del(o, "extended");
			print_line(o, e.pcr, e.type == HM_EV_EVENT_TAG);
			json_decref(o);
		}
		rc = 0;
	}
	if (rc) {
		rc = hm_err_set(&err, -HM_EBAD_FORMAT, "not an event log of the gate, or cut, at byte %zu", r.pos);
		return hm_cli_fail(cli, what, rc, &err);
	}
	return 0;
}

static int read_log(struct hm_cli *cli, const char *file, struct hm_buf *log, struct hm_err *err)
{
	hm_buf_reset(log);
	return file ? hm_read_file_of(NULL, file, log, err) : hm_client_bytes(cli, "/v1/log", log, err);
}

int hm_cmd_log(struct hm_cli *cli, int argc, char **argv)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(LOG_MAX);
	_cleanup_json_ json_t *list = json_array();
	struct hm_err err = { "" };
	int rc, i;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind >= argc || strcmp(argv[optind], "show"))
		return hm_cli_usage(cli, argv[0], "show [FILE...]");
	i = optind + 1;
	do {
		const char *file = i < argc ? argv[i] : NULL;

		rc = read_log(cli, file, &log, &err);
		rc = rc ? hm_cli_fail(cli, file ?: "log", rc, &err) : show(cli, file ?: "log", &log, list);
	} while (!rc && ++i < argc);
	if (rc)
		return rc;
	return cli->json ? hm_cli_print(list) : hm_cli_flush();
}
