// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From bytes to labels.
 *
 * A physical label comes to be in this order: its pictures and files are
 * written, then its journal line is made durable, then the printer counts it,
 * answers the host and goes on. The journal is the truth: a label without a
 * line was never printed, and its number is used again.
 */
#include "printer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "label/picture.h"
#include "tag.h"

#define PATH_ROOM 1024

static void fatal(const struct printer *p, const char *what, int r)
{
	/* a world that cannot be written is a broken test, not a printer fault */
	fprintf(stderr, "hm-printer slot %u: %s: %s\n", p->slot, what, strerror(-r));
	exit(1);
}

void printer_note(struct printer *p, json_t *line)
{
	int r = emu_journal_write(p->journal, line, true);

	if (r < 0)
		fatal(p, "journal", r);
}

int printer_save_state(struct printer *p)
{
	json_t *o = json_pack("{s:I,s:I,s:I,s:I,s:I}", "labels", (json_int_t)p->labels, "good", (json_int_t)p->good,
			      "void", (json_int_t)p->voids, "received", (json_int_t)p->received, "next_label",
			      (json_int_t)p->labels + 1);
	char path[PATH_ROOM], *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	int r = -ENOMEM;

	json_decref(o);
	snprintf(path, sizeof(path), "%s/state.json", p->dir);
	if (text)
		r = emu_write_file(path, text, strlen(text));
	free(text);
	return r;
}

static void restore(void *ctx, const json_t *line)
{
	struct printer *p = ctx;
	const char *event = json_string_value(json_object_get(line, "event"));
	long long n = json_integer_value(json_object_get(line, "n"));
	const char *result = json_string_value(json_object_get(line, "result"));

	if (!event)
		return;
	if (!strcmp(event, "query"))
		p->queries++;
	if (strcmp(event, "label") || !result)
		return;
	if (n > p->labels)
		p->labels = n;
	if (!strcmp(result, "good"))
		p->good++;
	else
		p->voids++;
}

int printer_open_world(struct printer *p)
{
	char path[PATH_ROOM];
	off_t end;
	int r;

	snprintf(path, sizeof(path), "%s/labels", p->dir);
	r = emu_mkdirs(path);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/journal.jsonl", p->dir);
	r = emu_journal_open(path, restore, p, &p->journal);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/transfers.jsonl", p->dir);
	r = emu_journal_open(path, NULL, NULL, &p->transfers);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/received.bin", p->dir);
	p->received_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (p->received_fd < 0)
		return -errno;
	end = lseek(p->received_fd, 0, SEEK_END);
	if (end < 0)
		return -errno;
	p->received = end;
	r = hm_zpl_stream_new(&p->stream);
	return r < 0 ? r : printer_save_state(p);
}

static void job_free(struct printer_job *job)
{
	hm_zpl_label_free(job->label);
	free(job->text);
	*job = (struct printer_job) {};
}

void printer_close_world(struct printer *p)
{
	size_t i;

	for (i = 0; i < p->queued; i++)
		job_free(&p->queue[i]);
	p->queued = 0;
	p->stream = hm_zpl_stream_free(p->stream);
	p->journal = emu_journal_close(p->journal);
	p->transfers = emu_journal_close(p->transfers);
	if (p->received_fd >= 0)
		close(p->received_fd);
	p->received_fd = -1;
}

static void drop_head(struct printer *p)
{
	job_free(&p->queue[0]);
	p->queued--;
	memmove(&p->queue[0], &p->queue[1], p->queued * sizeof(p->queue[0]));
}

void printer_cancel(struct printer *p, const char *why)
{
	long long dropped = (long long)p->queued;
	bool partial = hm_zpl_stream_partial(p->stream);

	while (p->queued > 0)
		drop_head(p);
	hm_zpl_stream_reset(p->stream);
	p->error = false;
	printer_note(p, json_pack("{s:s,s:s,s:I,s:b}", "event", "cancel", "by", why, "formats", (json_int_t)dropped,
				  "partial", partial));
}

static void queue_label(struct printer *p, const char *text, size_t len)
{
	struct printer_job *job = &p->queue[p->queued];
	struct hm_zpl_label *label;
	char digest[65];
	int r = hm_zpl_read(text, len, &label);

	if (r < 0 || p->queued == PRINTER_QUEUE_MAX) {
		emu_sha256_hex(text, len, digest);
		printer_note(p, json_pack("{s:s,s:s,s:s}", "event", "refused", "sha256", digest, "why",
					  r < 0 ? hm_error_why(r) : "queue full"));
		if (r == 0)
			hm_zpl_label_free(label);
		return;
	}
	*job = (struct printer_job) {
		.label = label, .len = len, .remaining = label->quantity, .received = p->received,
		.text = malloc(len + 1),
	};
	if (!job->text)
		fatal(p, "queue", -ENOMEM);
	memcpy(job->text, text, len);
	job->text[len] = '\0';
	p->queued++;
}

void printer_accept(struct printer *p, const uint8_t *data, size_t len)
{
	size_t used, n;
	const char *text;
	int r = emu_write_all(p->received_fd, data, len);

	if (r < 0)
		fatal(p, "received.bin", r);
	if (p->faults.deaf) {
		p->received += (long long)len;
		return;
	}
	for (; len > 0; data += used, len -= used) {
		enum hm_zpl_event e = hm_zpl_stream_feed(p->stream, data, len, &used);

		p->received += (long long)used;
		text = hm_zpl_stream_text(p->stream, &n);
		if (e == HM_ZPL_LABEL)
			queue_label(p, text, n);
		else if (e == HM_ZPL_IMMEDIATE)
			printer_immediate(p, text, n);
		else if (e == HM_ZPL_DROPPED)
			printer_note(p, json_pack("{s:s,s:I}", "event", "unfinished", "bytes", (json_int_t)n));
	}
}

/* -- one physical label -- */

struct made {			/* what became of it */
	struct emu_tag tag;
	bool good;
	const char *code;	/* of the first RFID operation that failed */
	char *values[HM_ZPL_FIELDS_MAX];	/* by index of the RFID operation: what was read */
};

static const char *rfid_code(int r)
{
	switch (r) {
	case -ENODEV:
		return "NO TAG FOUND";
	case -EIO:
		return "WRITE FAILED";
	case -EACCES:
		return "LOCKED";
	case -EROFS:
		return "READ ONLY";
	default:
		return "BAD PARAMETER";
	}
}

static void work_on_tag(struct printer *p, const struct printer_job *job, struct made *m)
{
	const struct hm_zpl_label *l = job->label;
	struct emu_tag_session session = {};
	char answer[EMU_TAG_ANSWER_MAX];
	bool fails = p->faults.voids > 0 && l->n_rfid > 0, written;
	size_t i;

	emu_tag_blank(&m->tag, p->slot, (unsigned int)(p->labels + 1));
	m->tag.weak = fails && p->faults.void_mode != VOID_DEAD;
	m->tag.dead = fails && p->faults.void_mode == VOID_DEAD;
	written = !m->tag.weak;
	if (p->faults.small_tag)
		m->tag.epc_room = EMU_TAG_EPC_SMALL;
	m->good = true;
	for (i = 0; i < l->n_rfid; i++) {
		const struct hm_zpl_rfid *op = &l->rfid[i];
		bool epc = op->bank == 'E' || op->bank == 'A' || op->bank == '1';
		int r = emu_tag_run(&m->tag, op, &session, answer, sizeof(answer));

		if (r < 0 && op->op == HM_ZPL_RFID_WRITE && epc)
			written = false;
		/* a tag that was not written still gives its TID away; its EPC only if told to be stale */
		if (r == 0 && op->op == HM_ZPL_RFID_READ && !written && epc && p->faults.void_mode == VOID_WEAK)
			r = -ENODEV;
		if (r < 0 && m->good) {
			m->good = false;
			m->code = rfid_code(r);
		}
		if (op->op != HM_ZPL_RFID_READ)
			continue;
		m->values[i] = strdup(r < 0 ? rfid_code(r) : answer);
		if (!m->values[i])
			fatal(p, "tag", -ENOMEM);
	}
}

static const char *value_of(const struct printer_job *job, const struct made *m, int fn)
{
	size_t i;

	for (i = job->label->n_rfid; i > 0; i--)
		if (m->values[i - 1] && job->label->rfid[i - 1].fn == fn)
			return m->values[i - 1];
	return "";
}

static void send_replies(struct printer *p, const struct printer_job *job, const struct made *m, bool per_label)
{
	size_t i;

	for (i = 0; i < job->label->n_verify; i++) {
		const struct hm_zpl_verify *v = &job->label->verify[i];
		char text[1024];
		int n;

		if (v->per_label != per_label)
			continue;
		n = snprintf(text, sizeof(text), "%s%.*s%s", v->header, (int)v->bytes, value_of(job, m, v->fn),
			     v->trailer);
		if (n > 0 && n < (int)sizeof(text))
			printer_reply(p, text, (size_t)n);
	}
}

static int write_label_file(struct printer *p, const char *kind, const void *data, size_t len)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s/labels/%04lld.%s", p->dir, p->labels + 1, kind);
	return emu_write_file(path, data, len);
}

/* Returns NULL, or why there is no picture: the printer prints what it can. */
static const char *write_picture(struct printer *p, struct printer_job *job, const struct made *m)
{
	uint8_t *png;
	size_t len, i;
	int r;

	if (p->no_picture)
		return "not asked for";
	for (i = 0; i < job->label->n_rfid; i++)
		if (m->values[i] && job->label->rfid[i].fn >= 0 &&
		    hm_zpl_label_bind(job->label, job->label->rfid[i].fn, m->values[i]) < 0)
			fatal(p, "picture", -ENOMEM);
	r = hm_picture_render(job->label, !m->good, &png, &len);
	if (r < 0)
		return strerror(-r);
	r = write_label_file(p, "png", png, len);
	free(png);
	if (r < 0)
		fatal(p, "label picture", r);
	return NULL;
}

/* What a scanner would read from the label: its first DataMatrix, or null. */
static json_t *scan_of(const struct printer_job *job, const struct made *m)
{
	size_t i, n;
	bool gs1;
	char text[2048];

	for (i = 0; m->good && i < job->label->n_fields; i++)
		if (job->label->fields[i].kind == HM_ZPL_DATAMATRIX &&
		    hm_zpl_datamatrix_data(&job->label->fields[i], text, sizeof(text), &n, &gs1) == 0)
			return json_stringn(text, n);
	return json_null();
}

static json_t *describe(const struct printer *p, const struct printer_job *job, const struct made *m,
			const char *no_picture)
{
	char tid[25], epc[2 * EMU_TAG_EPC_BYTES + 1], bank[2 * sizeof(m->tag.epc) + 1], digest[65], name[64];
	char user[2 * EMU_TAG_USER_BYTES + 1], reserved[17];
	json_t *o;

	emu_hex(m->tag.tid, sizeof(m->tag.tid), tid);
	emu_hex(m->tag.epc + 4, emu_tag_epc_len(&m->tag), epc);
	emu_hex(m->tag.epc, 4 + m->tag.epc_room, bank);
	emu_hex(m->tag.user, sizeof(m->tag.user), user);
	emu_hex(m->tag.reserved, sizeof(m->tag.reserved), reserved);
	emu_sha256_hex(job->text, job->len, digest);
	o = json_pack("{s:s,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:s,s:I,s:o}", "event", "label", "n",
		      (json_int_t)p->labels + 1, "result", m->good ? "good" : "void", "tid", tid, "epc", epc,
		      "epc_bank", bank, "user", user, "reserved", reserved, "locks", m->tag.locks, "attempt",
		      job->tries + 1, "sha256", digest, "received", (json_int_t)job->received, "scan", scan_of(job, m));
	if (!o)
		return NULL;
	snprintf(name, sizeof(name), "labels/%04lld.zpl", p->labels + 1);
	json_object_set_new(o, "zpl", json_string(name));
	snprintf(name, sizeof(name), "labels/%04lld.png", p->labels + 1);
	json_object_set_new(o, "png", no_picture ? json_null() : json_string(name));
	if (no_picture)
		json_object_set_new(o, "no_picture", json_string(no_picture));
	json_object_set_new(o, "void", json_boolean(!m->good));
	if (m->code)
		json_object_set_new(o, "code", json_string(m->code));
	return o;
}

static void make_label(struct printer *p, struct printer_job *job, struct made *m)
{
	const char *no_picture;
	json_t *line;
	char *text;
	int r;

	work_on_tag(p, job, m);
	no_picture = write_picture(p, job, m);
	line = describe(p, job, m, no_picture);
	text = line ? json_dumps(line, JSON_INDENT(1)) : NULL;
	if (!text)
		fatal(p, "label", -ENOMEM);
	r = write_label_file(p, "zpl", job->text, job->len);
	if (r == 0)
		r = write_label_file(p, "json", text, strlen(text));
	free(text);
	if (r < 0)
		fatal(p, "label", r);
	printer_note(p, line);

	p->labels++;
	if (m->good)
		p->good++;
	else
		p->voids++;
	if (p->faults.voids > 0 && job->label->n_rfid > 0)
		p->faults.voids--;
	if (p->faults.paper_left > 0 && --p->faults.paper_left == 0) {
		p->faults.paper_left = PRINTER_NONE;
		p->faults.paper_out = true;
	}
	r = printer_save_state(p);
	if (r < 0)
		fatal(p, "state.json", r);
}

/* The format at the head of the queue makes one label and answers for it. */
static void print_one(struct printer *p)
{
	struct printer_job *job = &p->queue[0];
	struct made m = {};
	size_t i;

	make_label(p, job, &m);
	send_replies(p, job, &m, true);
	if (m.good) {
		job->tries = 0;
		job->remaining--;
	} else if (++job->tries >= job->label->rfid_tries) {
		job->tries = 0;
		if (job->label->rfid_error == 'N')
			job->remaining = 0;	/* dropped without a word: why error mode N is not for us */
		else if (job->label->rfid_error == 'P')
			p->paused = true;
		else
			p->error = true;
	}
	if (job->remaining == 0)
		send_replies(p, job, &m, false);
	for (i = 0; i < job->label->n_rfid; i++)
		free(m.values[i]);
	if (job->remaining == 0)
		drop_head(p);
}

bool printer_stopped(const struct printer *p)
{
	return p->paused || p->error || p->faults.paper_out || p->faults.head_open;
}

static int on_work(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct printer *p = ctx;

	(void)source;
	(void)usec;
	if (p->queued > 0 && !printer_stopped(p))
		print_one(p);
	printer_kick(p);
	return 0;
}

/* A label takes its time, and starts only after the bytes were acknowledged. */
void printer_schedule(struct printer *p)
{
	int enabled = SD_EVENT_OFF;

	if (p->queued == 0 || printer_stopped(p))
		return;
	if (p->work)
		sd_event_source_get_enabled(p->work, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	p->work = sd_event_source_disable_unref(p->work);
	if (sd_event_add_time_relative(p->event, &p->work, CLOCK_MONOTONIC, p->print_usec, 1, on_work, p) < 0)
		fatal(p, "timer", -ENOMEM);
}
