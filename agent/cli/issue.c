// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * issue: ask for units and follow them. Asking is a POST with an idempotency key;
 * following is a long poll on the batch until it is done, or nobody but a person can
 * help, or devices were silent for longer than --patience.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/cli/units.h"

struct ask {
	const char *product, *count, *lot, *slot, *key, *order, *patience;
};

struct follow {
	struct hm_cli *cli;
	char key[65];
	json_t *batch;		/* the last answer */
	int64_t patience_ms;
	int64_t moved;		/* when something last changed */
	char *seen;		/* the units as they were then */
	bool bar;
};

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static json_t *request_body(const struct ask *a, uint64_t count)
{
	json_t *o = json_pack("{s:s, s:I, s:s}", "product", a->product, "count", (json_int_t)count,
			      "who", hm_cli_who());

	if (a->lot)
		json_object_set_new(o, "lot", json_string(a->lot));
	if (a->slot)
		json_object_set_new(o, "slot", json_string(a->slot));
	if (a->key)
		json_object_set_new(o, "key", json_string(a->key));
	return o;
}

static void count_units(const json_t *batch, size_t *active, size_t *waiting)
{
	json_t *u;
	size_t i;

	*active = *waiting = 0;
	json_array_foreach(json_object_get(batch, "units"), i, u) {
		*active += !strcmp(hm_json_get_text(u, "state"), "active");
		*waiting += json_is_object(json_object_get(u, "wait"));
	}
}

static void draw_bar(const struct follow *f)
{
	size_t count = (size_t)json_integer_value(json_object_get(f->batch, "count"));
	size_t active, waiting, full;
	char bar[33];

	if (!f->bar || !count)
		return;
	count_units(f->batch, &active, &waiting);
	full = active * 32 / count;
	memset(bar, '.', 32);
	memset(bar, '#', full);
	bar[32] = '\0';
	fprintf(stderr, "\r[%s] %zu of %zu active, %zu waiting ", bar, active, count, waiting);
	fflush(stderr);
}

/* Did the units themselves move? A slot that looks again is no progress. */
static int note_progress(struct follow *f)
{
	char *now = json_dumps(json_object_get(f->batch, "units"), JSON_COMPACT | JSON_SORT_KEYS);

	if (!now)
		return -ENOMEM;
	if (!f->seen || strcmp(f->seen, now)) {
		free(f->seen);
		f->seen = now;
		f->moved = mono_ms();
	} else {
		free(now);
	}
	return 0;
}

static bool flag(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

/* 0 once there is nothing more to wait for. */
static int follow(struct follow *f, struct hm_err *err)
{
	int64_t left;
	json_t *next;
	int rc;

	for (;;) {
		rc = note_progress(f);
		if (rc)
			return rc;
		draw_bar(f);
		if (flag(f->batch, "done") || (flag(f->batch, "stuck") && flag(f->batch, "person")))
			return 0;
		left = f->moved + f->patience_ms - mono_ms();
		if (left <= 0 && flag(f->batch, "stuck"))
			return 0;
		/* work that goes on is waited for, however long it takes */
		left = left < 1000 ? 1000 : left > 30000 ? 30000 : left;
		next = NULL;
		rc = hm_client_get(f->cli, &next, err, "/v1/batches/%s?brief=1&wait=%lld&version=%lld",
				   f->key, (long long)(left + 999) / 1000,
				   (long long)json_integer_value(json_object_get(f->batch, "version")));
		if (rc)
			return rc;
		json_decref(f->batch);
		f->batch = next;
	}
}

/* What keeps those that are not drawn yet: the slots' own waits. */
static int undrawn_exit(const json_t *batch)
{
	int code = HM_EXIT_OK;
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(batch, "slots"), i, s) {
		const json_t *w = json_object_get(s, "wait");
		int n = hm_error_number(hm_json_get_text(w, "error"));

		if (n)
			code = hm_cli_worse(code, hm_error_exit(-n));
	}
	return code ?: HM_EXIT_DEVICE;
}

static void tell_stop(const json_t *batch)
{
	size_t active, waiting, i;
	json_t *v;

	count_units(batch, &active, &waiting);
	hm_cli_note("batch %s stopped: %zu of %lld units are active", hm_json_get_text(batch, "key"), active,
		    (long long)json_integer_value(json_object_get(batch, "count")));
	json_array_foreach(json_object_get(batch, "units"), i, v) {
		const json_t *w = json_object_get(v, "wait");

		if (json_is_object(w))
			hm_cli_note("unit %s is %s and waits for %s: %s", hm_json_get_text(v, "serial"),
				    hm_json_get_text(v, "state"), hm_json_get_text(w, "for"),
				    hm_json_get_text(w, "text"));
		else
			hm_cli_note("unit %s is %s", hm_json_get_text(v, "serial"),
				    hm_json_get_text(v, "state"));
	}
	if (!json_integer_value(json_object_get(batch, "undrawn")))
		return;
	hm_cli_note("%lld units are not begun",
		    (long long)json_integer_value(json_object_get(batch, "undrawn")));
	json_array_foreach(json_object_get(batch, "slots"), i, v) {
		const json_t *w = json_object_get(v, "wait");

		if (json_is_object(w))
			hm_cli_note("slot %s waits for %s: %s", hm_json_get_text(v, "name"),
				    hm_json_get_text(w, "for"), hm_json_get_text(w, "text"));
	}
}

static int report(struct follow *f)
{
	struct hm_cli *cli = f->cli;
	_cleanup_json_ json_t *whole = NULL;
	struct hm_err err = { "" };
	const json_t *units;
	int code, rc = hm_client_get(cli, &whole, &err, "/v1/batches/%s", f->key);

	if (rc)
		return hm_cli_fail(cli, "issue", rc, &err);
	units = json_object_get(whole, "units");
	code = hm_units_exit(units);
	if (json_integer_value(json_object_get(whole, "undrawn")))
		code = hm_cli_worse(code, undrawn_exit(whole));
	if (code)
		tell_stop(whole);
	if (cli->json)
		rc = hm_cli_print(json_object_get(whole, "units"));
	else
		hm_units_table(units);
	return rc ?: hm_cli_flush() ?: code;
}

static int issue(struct hm_cli *cli, const struct ask *a, uint64_t count, int64_t patience)
{
	_cleanup_json_ json_t *body = request_body(a, count), *station = NULL;
	struct follow f = { .cli = cli, .bar = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) };
	struct hm_err err = { "" };
	int rc;

	rc = body ? hm_client_post(cli, "/v1/batches", body, &f.batch, &err) :
		    hm_err_set(&err, -HM_EBAD_REQUEST, "a text that is not UTF-8");
	if (rc)
		return hm_cli_fail(cli, "issue", rc, &err);
	snprintf(f.key, sizeof(f.key), "%s", hm_json_get_text(f.batch, "key"));
	if (!a->key)
		hm_cli_note("key %s (asking again with --key continues this batch)", f.key);
	if (patience < 0 && !hm_client_get(cli, &station, &err, "/v1/station"))
		patience = json_integer_value(json_object_get(station, "patience_seconds"));
	f.patience_ms = (patience < 0 ? 60 : patience) * 1000ll;
	rc = follow(&f, &err);
	if (f.bar)
		fputc('\n', stderr);
	if (rc)
		rc = hm_cli_fail(cli, "issue", rc, &err);
	else
		rc = report(&f);
	free(f.seen);
	json_decref(f.batch);
	return rc;
}

int hm_cmd_issue(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "product", required_argument, NULL, 'p' }, { "count", required_argument, NULL, 'c' },
		{ "lot", required_argument, NULL, 'l' }, { "slot", required_argument, NULL, 's' },
		{ "key", required_argument, NULL, 'k' }, { "order", required_argument, NULL, 'o' },
		{ "patience", required_argument, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	struct ask a = { .product = NULL };
	uint64_t count = 1, patience = 0;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		switch (opt) {
		case 'p': a.product = optarg; break;
		case 'c': a.count = optarg; break;
		case 'l': a.lot = optarg; break;
		case 's': a.slot = optarg; break;
		case 'k': a.key = optarg; break;
		case 'o': a.order = optarg; break;
		case 't': a.patience = optarg; break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	if (optind != argc)
		return hm_cli_usage(cli, argv[0], "what is %s?", argv[optind]);
	if (a.order) {
		struct hm_err err;
		int rc = hm_err_set(&err, -HM_EUNSUPPORTED,
				    "signed work orders do not exist yet: --order is refused");

		return hm_cli_fail(cli, "issue", rc, &err);
	}
	if (!a.product)
		return hm_cli_usage(cli, argv[0], "--product is needed");
	if (a.count && hm_cli_number(a.count, 1, 10000, &count))
		return hm_cli_usage(cli, argv[0], "--count is a number from 1 to 10000");
	if (a.patience && hm_cli_number(a.patience, 0, 86400, &patience))
		return hm_cli_usage(cli, argv[0], "--patience is a number of seconds, at most 86400");
	if (a.key && !hm_name_ok(a.key, 64))
		return hm_cli_usage(cli, argv[0], "--key is made of letters, digits and . _ -, at most 64");
	return issue(cli, &a, count, a.patience ? (int64_t)patience : -1);
}
