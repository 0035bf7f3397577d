// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hm-printer: a USB printer-encoder that does not exist.
 *
 *	hm-printer --slot N --port P --world DIR --run DIR [--print-ms MS] [--no-picture]
 *
 * Its control socket is RUN/slotN/printer.sock; README.md has the commands.
 */
#include "printer.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 1024

static struct printer printer;

void printer_faults_clear(struct printer *p)
{
	p->faults = (struct printer_faults) {
		.partial = PRINTER_NONE, .hold = PRINTER_NONE, .unplug = PRINTER_NONE,
		.paper_left = PRINTER_NONE, .dribble = PRINTER_NONE, .mute_request = PRINTER_NONE,
	};
	p->held = false;
}

/* -- control -- */

static int flag(bool *f, int n, char **words)
{
	if (n == 2 || (n == 3 && !strcmp(words[2], "on")))
		*f = true;
	else if (n == 3 && !strcmp(words[2], "off"))
		*f = false;
	else
		return -EINVAL;
	return 0;
}

static int count(long long *f, int n, char **words, long long fallback)
{
	long long v = fallback;

	if (n > 2 && emu_parse_number(words[2], &v) < 0)
		return -EINVAL;
	if (v < 0)
		return -EINVAL;
	*f = v;
	return 0;
}

static int set_void(struct printer *p, int n, char **words)
{
	static const char *const modes[] = { "weak", "dead", "stale" };
	size_t i;

	if (n == 4) {
		for (i = 0; i < 3 && strcmp(words[3], modes[i]); i++)
			;
		if (i == 3)
			return -EINVAL;
		p->faults.void_mode = (enum printer_void_mode)i;
	}
	return count(&p->faults.voids, n, words, 1);
}

/* fault NAME [ARGUMENT]... */
static int set_fault(struct printer *p, int n, char **words)
{
	struct printer_faults *f = &p->faults;
	const char *name = n > 1 ? words[1] : "";

	if (n < 2 || n > 4)
		return -EINVAL;
	if (!strcmp(name, "paper-out"))
		return flag(&f->paper_out, n, words);
	if (!strcmp(name, "head-open"))
		return flag(&f->head_open, n, words);
	if (!strcmp(name, "silence"))
		return flag(&f->silence, n, words);
	if (!strcmp(name, "deaf"))
		return flag(&f->deaf, n, words);
	if (!strcmp(name, "mute-query"))
		return flag(&f->mute_query, n, words);
	if (!strcmp(name, "mute-status"))
		return flag(&f->mute_status, n, words);
	if (!strcmp(name, "mute-request"))
		return n == 3 ? count(&f->mute_request, n, words, 0) : -EINVAL;
	if (!strcmp(name, "small-tag"))
		return flag(&f->small_tag, n, words);
	if (!strcmp(name, "void"))
		return set_void(p, n, words);
	if (!strcmp(name, "stall")) {
		if (n > 2 && strcmp(words[2], "sticky"))
			return -EINVAL;
		f->stall = n > 2 ? STALL_STICKY : STALL_ONCE;
		return 0;
	}
	if (!strcmp(name, "stall-in") && n == 2) {
		p->halted_in = true;
		return 0;
	}
	if (!strcmp(name, "partial") || !strcmp(name, "short")) {
		f->partial_status = name[0] == 'p' ? -EPIPE : 0;
		return n == 3 ? count(&f->partial, n, words, 0) : -EINVAL;
	}
	if (!strcmp(name, "hold"))
		return count(&f->hold, n, words, 0);
	if (!strcmp(name, "unplug-after"))
		return n == 3 ? count(&f->unplug, n, words, 0) : -EINVAL;
	if (!strcmp(name, "paper-after"))
		return n == 3 ? count(&f->paper_left, n, words, 0) : -EINVAL;
	if (!strcmp(name, "dribble"))
		return count(&f->dribble, n, words, 1);
	if (!strcmp(name, "empty-in"))
		return count(&f->empty, n, words, 1);
	return -EINVAL;
}

static int add_label_list(const struct printer *p, json_t *answer)
{
	char path[PATH_ROOM];
	json_t *list = json_array();
	char *line = NULL;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/journal.jsonl", p->dir);
	f = fopen(path, "re");
	if (!f || !list) {
		json_decref(list);
		if (f)
			fclose(f);
		return -EIO;
	}
	while (getline(&line, &room, f) > 0) {
		static const char *const keys[] = { "n", "result", "tid", "epc", "scan", "sha256", "png" };
		json_t *o = json_loads(line, 0, NULL), *e;
		size_t i;

		if (o && !strcmp(json_string_value(json_object_get(o, "event")) ?: "", "label")) {
			e = json_object();
			for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
				json_object_set(e, keys[i], json_object_get(o, keys[i]));
			json_array_append_new(list, e);
		}
		json_decref(o);
	}
	free(line);
	fclose(f);
	return json_object_set_new(answer, "labels", list);
}

#define NUMBERS 27

struct named_number {
	const char *name;
	long long value;
};

static void numbers(const struct printer *p, struct named_number out[static NUMBERS])
{
	const struct named_number all[NUMBERS] = {
		{ "labels", p->labels }, { "good", p->good }, { "void", p->voids }, { "received", p->received },
		{ "queued", (long long)p->queued }, { "queries", p->queries }, { "cancels", p->cancels },
		{ "replies", p->replies }, { "unread", (long long)p->reply_len }, { "held", p->held },
		{ "paused", p->paused }, { "error", p->error }, { "paper_out", p->faults.paper_out },
		{ "plugged", emu_usb_plugged(p->usb) }, { "voids_left", p->faults.voids },
		{ "partial_label", hm_zpl_stream_partial(p->stream) }, { "port_status", printer_port_status(p) },
		{ "out_urbs", p->bus.out_urbs }, { "in_urbs", p->bus.in_urbs },
		{ "in_posted", (long long)printer_usb_reads(p) }, { "empty_out", p->bus.empty_out },
		{ "requests", p->bus.requests }, { "requests_busy", p->bus.requests_busy },
		{ "setting", emu_usb_setting(p->usb) }, { "set_interfaces", p->bus.set_interfaces },
		{ "clear_halts", p->bus.clear_halts }, { "descriptors", p->bus.descriptors },
	};

	memcpy(out, all, sizeof(all));
}

static int number(void *ctx, const char *name, long long *ret)
{
	struct named_number all[NUMBERS];
	size_t i;

	numbers(ctx, all);
	for (i = 0; i < NUMBERS; i++)
		if (!strcmp(all[i].name, name)) {
			*ret = all[i].value;
			return 0;
		}
	return -ENOENT;
}

static void add_status(const struct printer *p, json_t *answer)
{
	struct named_number all[NUMBERS];
	size_t i;

	numbers(p, all);
	for (i = 0; i < NUMBERS; i++)
		json_object_set_new(answer, all[i].name, json_integer(all[i].value));
}

static int command(void *ctx, int n, char **words, json_t *answer)
{
	struct printer *p = ctx;
	int r = 0;

	if (!strcmp(words[0], "status") && n == 1) {
		add_status(p, answer);
		return 0;
	} else if (!strcmp(words[0], "labels") && n == 1) {
		return add_label_list(p, answer);
	} else if (!strcmp(words[0], "quit") && n == 1) {
		return sd_event_exit(p->event, 0);
	} else if (!strcmp(words[0], "fault")) {
		r = set_fault(p, n, words);
	} else if (!strcmp(words[0], "clear") && n == 1) {
		printer_faults_clear(p);
		p->halted_out = p->halted_in = false;
	} else if (!strcmp(words[0], "release") && n == 1) {
		p->faults.hold = p->faults.mute_request = PRINTER_NONE;
		p->held = false;
	} else if (!strcmp(words[0], "pause") && n == 1) {
		p->paused = true;
	} else if (!strcmp(words[0], "resume") && n == 1) {	/* the operator's key: the format in error is tried again */
		p->paused = p->error = false;
	} else if (!strcmp(words[0], "identity") && (n == 2 || (n == 3 && !strcmp(words[2], "vendor")))) {
		r = printer_usb_identity(p, words[1], n == 3);
	} else if (!strcmp(words[0], "settings")) {
		r = printer_usb_settings(p, n - 1, words + 1);
	} else if (!strcmp(words[0], "unplug") && n == 1) {
		printer_usb_unplug(p);
	} else if (!strcmp(words[0], "plug") && n == 1) {
		r = emu_usb_plug(p->usb, p->port);
		r = r == -EALREADY ? 0 : r;
	} else {
		return -EINVAL;
	}
	if (r == 0) {
		char line[EMU_CONTROL_LINE_MAX] = "";
		int i;

		for (i = 0; i < n; i++)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", i ? " " : "", words[i]);
		printer_note(p, json_pack("{s:s,s:s}", "event", "control", "command", line));
		printer_kick(p);
	}
	return r;
}

static const struct emu_control_ops control_ops = { .command = command, .number = number };

/* -- main -- */

static int usage(void)
{
	fprintf(stderr, "usage: hm-printer --slot N --port P --world DIR --run DIR [--print-ms MS] [--no-picture]\n");
	return 2;
}

struct options {
	long long slot, port, print_ms;
	const char *world, *run;
	bool no_picture;
};

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{ "slot", required_argument, NULL, 's' }, { "port", required_argument, NULL, 'p' },
		{ "world", required_argument, NULL, 'w' }, { "run", required_argument, NULL, 'r' },
		{ "print-ms", required_argument, NULL, 'm' }, { "no-picture", no_argument, NULL, 'n' }, {},
	};
	int c;

	*o = (struct options) { .slot = -1, .port = -1 };
	while ((c = getopt_long(argc, argv, "", table, NULL)) >= 0)
		switch (c) {
		case 's':
			if (emu_parse_number(optarg, &o->slot) < 0)
				return false;
			break;
		case 'p':
			if (emu_parse_number(optarg, &o->port) < 0)
				return false;
			break;
		case 'm':
			if (emu_parse_number(optarg, &o->print_ms) < 0 || o->print_ms < 0 || o->print_ms > 60000)
				return false;
			break;
		case 'w':
			o->world = optarg;
			break;
		case 'r':
			o->run = optarg;
			break;
		case 'n':
			o->no_picture = true;
			break;
		default:
			return false;
		}
	return optind == argc && o->slot >= 0 && o->slot <= 15 && o->port >= 0 && o->port <= 15 && o->world && o->run;
}

static int run(struct printer *p, const struct options *o)
{
	static char dir[PATH_ROOM], path[PATH_ROOM];
	int r;

	snprintf(dir, sizeof(dir), "%s/slot%lld/printer", o->world, o->slot);
	snprintf(path, sizeof(path), "%s/slot%lld", o->run, o->slot);
	p->slot = (unsigned int)o->slot;
	p->port = (unsigned int)o->port;
	p->dir = dir;
	p->no_picture = o->no_picture;
	p->print_usec = (uint64_t)o->print_ms * 1000;
	p->received_fd = -1;
	printer_faults_clear(p);

	r = emu_mkdirs(path);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/slot%lld/printer.lock", o->run, o->slot);
	r = emu_lock(path);
	if (r == 0)
		r = printer_open_world(p);
	if (r == 0)
		r = sd_event_add_signal(p->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(p->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = printer_usb_init(p);
	if (r < 0)
		return r;
	/* on the bus first: the socket's being there means that the printer is */
	r = emu_usb_plug(p->usb, p->port);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/slot%lld/printer.sock", o->run, o->slot);
	r = emu_control_new(p->event, path, &control_ops, p, &p->control);
	if (r < 0)
		return r;
	r = sd_event_loop(p->event);
	unlink(path);
	return r;
}

int main(int argc, char **argv)
{
	struct options o;
	sigset_t set;
	int r;

	if (!parse_options(argc, argv, &o))
		return usage();
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = sd_event_new(&printer.event);
	if (r >= 0)
		r = run(&printer, &o);
	if (r < 0)
		fprintf(stderr, "hm-printer: %s\n", strerror(-r));
	printer.usb = emu_usb_free(printer.usb);
	printer.control = emu_control_free(printer.control);
	if (printer.journal)
		printer_close_world(&printer);
	sd_event_source_disable_unref(printer.work);
	sd_event_unref(printer.event);
	return r < 0 ? 1 : 0;
}
