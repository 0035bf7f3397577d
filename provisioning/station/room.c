// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Room in the gate's log. The gate forgets the beginning of its log when it is told
 * the SHA-256 of exactly these bytes; here they are read back from the store for
 * that, so that what is not on the disk, byte for byte, is never given up.
 *
 * How far it may go. A gate that forgot a job answers RESULT with ENOENT, which
 * to the engine means that nothing was sent: a label that lies on the table would
 * be printed again. So the export ends before the first job that the store still
 * calls open. The order matters: first the log is read, then the open jobs. A job
 * in that log was announced in the store before it was begun, so by now it is either
 * open there, or told.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "station/bootlog.h"
#include "station/internal.h"

#define OPEN_JOBS_MAX	65536

struct open_job {
	uint8_t job_id[16];
	char serial[21];
};

struct open_jobs {
	const uint8_t *boot_id;
	struct open_job *v;
	size_t n;
};

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static int add_open(void *ctx, const struct hm_job *j)
{
	struct open_jobs *o = ctx;
	struct open_job *more;

	if (o->n == OPEN_JOBS_MAX)
		return -E2BIG;
	more = reallocarray(o->v, o->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	o->v = more;
	memcpy(more[o->n].job_id, j->job_id, 16);
	memcpy(more[o->n++].serial, j->serial, sizeof(more->serial));
	return 0;
}

static int read_open(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct open_jobs *o = arg;

	return hm_tx_jobs_open(tx, o->boot_id, add_open, o, err);
}

/* The first job of @log that is open: its place and unit into @room. */
static int find_first_open(const struct hm_buf *log, const struct open_jobs *o,
			   struct hm_room *room)
{
	struct hm_ev_reader r;
	struct hm_ev ev;
	size_t header;
	int rc = hm_ev_reader_init(&r, log->data, log->len);

	header = r.pos;
	room->end = rc ? 0 : room->start + (log->len - header);
	room->cut = room->end;
	while (!rc && (rc = hm_ev_next(&r, &ev)) == 1) {
		const struct open_job *j = ev.tag != HM_EV_TAG_INTENT || !o->n ? NULL :
			bsearch(ev.u.intent.job_id, o->v, o->n, sizeof(*j), by_id);

		if (j) {
			room->cut = room->start + (ev.at - header);
			memcpy(room->serial, j->serial, sizeof(room->serial));
			return 0;
		}
		rc = 0;
	}
	return rc;
}

static int find_room(struct hm_station *st, struct hm_room *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(HM_GATE_LOG_MAX);
	struct open_jobs o = { .boot_id = st->gate.boot_id };
	struct hm_room room = { .serial = "" };
	int rc = hm_gate_log(st->sysroot, &log, &room.start, err);

	rc = rc ?: hm_store_read(st->env->store, read_open, &o, err);
	if (!rc && o.n)
		qsort(o.v, o.n, sizeof(*o.v), by_id);
	if (!rc && find_first_open(&log, &o, &room))
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log is not an event log");
	free(o.v);
	if (!rc)
		*ret = room;
	return rc;
}

int hm_station_room(struct hm_station *st, struct hm_room *ret, struct hm_err *err)
{
	return find_room(st, ret, err);
}

struct piece {
	const uint8_t *boot_id;
	uint64_t from, to;
	struct hm_buf *bytes;
};

static int read_piece(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct piece *p = arg;

	return hm_bootlog_read(tx, p->boot_id, p->from, p->to, p->bytes, err);
}

static int export(struct hm_station *st, const struct hm_room *room, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf bytes = HM_BUF_INIT(HM_GATE_LOG_MAX);
	struct piece p = { st->gate.boot_id, room->start, room->cut, &bytes };
	uint8_t digest[32];
	int rc = hm_store_read(st->env->store, read_piece, &p, err);

	if (rc)
		return rc;
	SHA256(bytes.data, bytes.len, digest);
	return hm_gate_export(st->sysroot, bytes.len, digest, err);
}

/* Half of it is worth a checkpoint; anything is where nothing fits any more. */
static bool is_worth_it(const struct hm_gate_state *g, const struct hm_room *room)
{
	uint64_t gain = room->cut - room->start;

	return g->full ? gain > 0 : gain * 2 >= room->end - room->start;
}

static int in_the_way(const struct hm_room *room, struct hm_err *err)
{
	if (room->serial[0])
		return hm_err_set(err, -HM_ELOG_FULL, "the gate's log is full, and nothing of it can be exported before it is known what became of unit %s",
				  room->serial);
	return hm_err_set(err, -HM_ELOG_FULL, "the gate's log is full");
}

static int make_room(struct hm_station *st, uint64_t *bytes, struct hm_err *err)
{
	struct hm_gate_state g;
	struct hm_room room;
	int rc = hm_gate_state(st->sysroot, &g, err);

	if (rc || !g.present || g.fault || (!g.full && g.log_bytes <= g.log_max / 2))
		return rc;
	rc = find_room(st, &room, err);
	if (rc)
		return rc;
	if (!is_worth_it(&g, &room))
		return g.full ? in_the_way(&room, err) : 0;
	rc = hm_station_sign(st, HM_SIGN_ANYWAY, err);
	/* jobs may have been told meanwhile, and others begun */
	rc = rc ?: find_room(st, &room, err);
	if (rc)
		return rc;
	if (room.cut > st->quoted_end)
		room.cut = st->quoted_end;
	if (room.cut <= room.start)
		return g.full ? in_the_way(&room, err) : 0;
	rc = export(st, &room, err);
	if (!rc)
		*bytes = room.cut - room.start;
	return rc;
}

int hm_station_make_room(struct hm_station *st, uint64_t *ret_bytes, struct hm_err *err)
{
	uint64_t bytes = 0;
	int rc = 0;

	if (st->gate.present) {
		pthread_mutex_lock(&st->lock);
		rc = st->env->keys ? make_room(st, &bytes, err) :
		     hm_err_set(err, -HM_ENO_TPM, "the station's TPM does not answer");
		pthread_mutex_unlock(&st->lock);
	}
	if (!rc && ret_bytes)
		*ret_bytes = bytes;
	return rc;
}

/* --- the whole of it, for people --- */

static int read_kept(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct piece *p = arg;
	uint64_t end;
	int rc = hm_tx_log_end(tx, p->boot_id, &end, err);

	/* nothing is kept before the first checkpoint of a boot */
	if (rc || !end)
		return rc;
	p->to = end;
	return hm_bootlog_read(tx, p->boot_id, 0, end, p->bytes, err);
}

/* Append what the gate holds behind what is kept. */
static int join(struct hm_buf *out, uint64_t kept, const struct hm_buf *log, uint64_t start,
		struct hm_err *err)
{
	struct hm_ev_reader r;
	int rc = 0;

	if (hm_ev_reader_init(&r, log->data, log->len))
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log is not an event log");
	if (!kept && start == r.pos) {
		kept = start;
		rc = hm_buf_add(out, log->data, r.pos);
	}
	if (rc)
		return rc;
	if (start > kept)
		return hm_err_set(err, -HM_EINCONSISTENT,
				  "bytes %llu to %llu of the gate's log were never kept",
				  (unsigned long long)kept, (unsigned long long)start);
	if (kept - start > log->len - r.pos)
		return hm_err_set(err, -HM_EINCONSISTENT,
				  "the gate's log is shorter than what was kept of it");
	return hm_buf_add(out, log->data + r.pos + (kept - start), log->len - r.pos - (kept - start));
}

int hm_station_log(struct hm_station *st, struct hm_buf *out, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(HM_GATE_LOG_MAX);
	struct piece p = { .boot_id = st->gate.boot_id, .bytes = out };
	uint64_t start = 0;
	int rc;

	/* the lock keeps an export from coming between the two */
	pthread_mutex_lock(&st->lock);
	rc = hm_gate_log(st->sysroot, &log, &start, err);
	rc = rc ?: hm_store_read(st->env->store, read_kept, &p, err);
	pthread_mutex_unlock(&st->lock);
	rc = rc ?: join(out, p.to, &log, start, err);
	if (rc == -E2BIG)
		return hm_err_set(err, rc, "the log is larger than is shown in one piece: export the ledger");
	return rc;
}
