// SPDX-License-Identifier: LGPL-2.1-or-later
#include "station/bootlog.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "marker/marker.h"

#define PART_MAX	(8u << 20)	/* of events; a blob has its limits */
#define ENOUGH		1		/* of an iteration: no error */

/* A part as it lies in the store: @bytes is header and events. */
struct part {
	struct hm_log_part row;
	struct hm_buf bytes;
	size_t header;
};

static int load_part(struct hm_tx *tx, const struct hm_log_part *row, struct part *ret,
		     struct hm_err *err)
{
	struct hm_ev_reader r;
	int rc;

	ret->row = *row;
	hm_buf_reset(&ret->bytes);
	rc = hm_tx_blob_get(tx, row->sha256, &ret->bytes, err);
	if (rc)
		return rc;
	if (hm_ev_reader_init(&r, ret->bytes.data, ret->bytes.len) ||
	    ret->bytes.len - r.pos != row->end - row->start)
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "store: a part of a boot's log is not one");
	ret->header = r.pos;
	return 0;
}

/* --- keeping --- */

struct compare {
	struct hm_tx *tx;
	const uint8_t *log;
	size_t header;
	uint64_t start, end;	/* places of what lies in @log */
	struct part part;
	struct hm_err *err;
};

/* What a part and the gate's log have in common must be the same bytes. */
static int compare_part(void *ctx, const struct hm_log_part *row)
{
	struct compare *c = ctx;
	uint64_t from = row->start > c->start ? row->start : c->start;
	uint64_t to = row->end < c->end ? row->end : c->end;
	int rc = load_part(c->tx, row, &c->part, c->err);

	if (rc)
		return rc;
	if (c->part.header != c->header || memcmp(c->part.bytes.data, c->log, c->header) ||
	    (from < to && memcmp(c->part.bytes.data + c->header + (from - row->start),
				 c->log + c->header + (from - c->start), to - from)))
		return hm_err_set(c->err, -HM_EINCONSISTENT,
				  "the gate's log is not what was kept of it before");
	return 0;
}

static int put_part(struct hm_tx *tx, struct hm_log_part *row, const uint8_t *header,
		    size_t header_len, const uint8_t *events, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_GATE_LOG_MAX);
	int rc = hm_buf_add(&b, header, header_len);

	rc = rc ?: hm_buf_add(&b, events, row->end - row->start);
	rc = rc ?: hm_tx_blob_put(tx, b.data, b.len, row->sha256, err);
	return rc ?: hm_tx_log_part_put(tx, row, err);
}

/* Everything from @from on, in parts that end where an event ends. */
static int put_parts(struct hm_tx *tx, const uint8_t boot_id[16], struct hm_ev_reader *r,
		     uint64_t start, uint64_t from, struct hm_err *err)
{
	const size_t header = r->pos;
	struct hm_log_part row = { .start = from };
	struct hm_ev ev;
	int rc = 0, more;

	memcpy(row.boot_id, boot_id, sizeof(row.boot_id));
	r->pos = header + (from - start);
	while (!rc && (more = hm_ev_next(r, &ev)) >= 0) {
		row.end = start + (r->pos - header);
		if (more && row.end - row.start < PART_MAX)
			continue;
		if (row.end > row.start)
			rc = put_part(tx, &row, r->log, header,
				      r->log + header + (row.start - start), err);
		row.start = row.end;
		if (!more)
			return rc;
	}
	return rc ?: hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log is cut");
}

int hm_bootlog_keep(struct hm_tx *tx, const uint8_t boot_id[16], const uint8_t *log, size_t len,
		    uint64_t start, uint64_t *ret_end, struct hm_err *err)
{
	struct compare c = { .tx = tx, .log = log, .start = start, .err = err };
	struct hm_ev_reader r;
	uint64_t kept;
	int rc;

	if (hm_ev_reader_init(&r, log, len))
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log is not an event log");
	c.header = r.pos;
	c.end = start + (len - r.pos);
	rc = hm_tx_log_end(tx, boot_id, &kept, err);
	if (!rc && kept > c.end)
		rc = hm_err_set(err, -HM_EINCONSISTENT, "the gate's log is shorter than what was kept of it");
	if (rc)
		return rc;
	hm_buf_init(&c.part.bytes, HM_GATE_LOG_MAX);
	rc = hm_tx_log_parts(tx, boot_id, start, compare_part, &c, err);
	hm_buf_free(&c.part.bytes);
	if (!rc && c.end > kept)
		rc = put_parts(tx, boot_id, &r, start, kept > start ? kept : start, err);
	if (!rc)
		*ret_end = c.end;
	return rc;
}

/* --- reading --- */

struct reading {
	struct hm_tx *tx;
	struct hm_buf *out;
	uint64_t from, next, to;	/* @next: place up to which it has come */
	bool begun;
	struct part part;
	struct hm_err *err;
};

static int missing(struct hm_err *err, uint64_t from, uint64_t to)
{
	return hm_err_set(err, -HM_EINCONSISTENT,
			  "bytes %llu to %llu of the gate's log were never kept",
			  (unsigned long long)from, (unsigned long long)to);
}

static int read_part(void *ctx, const struct hm_log_part *row)
{
	struct reading *d = ctx;
	uint64_t from, to;
	int rc;

	if (d->to && d->next >= d->to)
		return ENOUGH;
	rc = load_part(d->tx, row, &d->part, d->err);
	if (rc)
		return rc;
	if (!d->begun) {
		d->begun = true;
		if (!d->next)
			d->next = d->part.header;
		rc = hm_buf_add(d->out, d->part.bytes.data, d->part.header);
	}
	if (!rc && row->start > d->next)
		rc = missing(d->err, d->next, row->start);
	if (rc || (d->to && row->start >= d->to))
		return rc ?: ENOUGH;
	from = d->next;
	to = d->to && d->to < row->end ? d->to : row->end;
	d->next = to;
	return hm_buf_add(d->out, d->part.bytes.data + d->part.header + (from - row->start),
			  to - from);
}

int hm_bootlog_read(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t from, uint64_t to,
		    struct hm_buf *out, struct hm_err *err)
{
	struct reading d = { .tx = tx, .out = out, .from = from, .next = from, .to = to, .err = err };
	int rc;

	hm_buf_init(&d.part.bytes, HM_GATE_LOG_MAX);
	rc = hm_tx_log_parts(tx, boot_id, from, read_part, &d, err);
	if (rc == ENOUGH)
		rc = 0;
	hm_buf_free(&d.part.bytes);
	if (rc == -E2BIG)
		return hm_err_set(err, rc, "the log is larger than is shown in one piece: export the ledger");
	if (!rc && (!d.begun || d.next < to))
		rc = missing(err, d.next, to);
	return rc;
}

/* --- pieces --- */

struct cuts {
	struct hm_tx *tx;
	uint64_t end;
	uint64_t first;			/* behind the last gap */
	uint64_t last;			/* end of the part before */
	uint64_t *v;			/* places, rising */
	size_t n;
	struct part part;
	struct hm_err *err;
};

static int add_cut(struct cuts *c, uint64_t place)
{
	uint64_t *more;

	if (place <= c->first || (c->n && place <= c->v[c->n - 1]))
		return 0;	/* of what is not kept, or no honest gate's */
	more = reallocarray(c->v, c->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->v = more;
	c->v[c->n++] = place;
	return 0;
}

/* Where the EXPORT events of one part say that the log was cut. */
static int find_cuts(void *ctx, const struct hm_log_part *row)
{
	struct cuts *c = ctx;
	struct hm_ev_reader r;
	struct hm_ev ev;
	int rc, more;

	if (row->start >= c->end)
		return ENOUGH;
	rc = load_part(c->tx, row, &c->part, c->err);
	if (rc)
		return rc;
	if (row->start != c->last) {
		c->first = row->start;
		c->n = 0;
	}
	c->last = row->end;
	rc = hm_ev_reader_init(&r, c->part.bytes.data, c->part.bytes.len);
	while (!rc && (more = hm_ev_next(&r, &ev)) == 1)
		if (ev.tag == HM_EV_TAG_EXPORT && ev.type == HM_EV_EVENT_TAG &&
		    row->start + (ev.at - c->part.header) < c->end)
			rc = add_cut(c, ev.u.exported.offset);
	return rc;
}

static int give_piece(struct hm_tx *tx, const uint8_t boot_id[16], unsigned int number,
		      uint64_t from, uint64_t to, hm_bootlog_piece_fn each, void *ctx,
		      struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf piece = HM_BUF_INIT(2ull * HM_GATE_LOG_MAX);
	int rc = hm_bootlog_read(tx, boot_id, from, to, &piece, err);

	return rc ?: each(ctx, number, piece.data, piece.len);
}

int hm_bootlog_pieces(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t end,
		      hm_bootlog_piece_fn each, void *ctx, struct hm_err *err)
{
	struct cuts c = { .tx = tx, .end = end, .err = err };
	uint64_t from;
	int rc;

	assert(end);
	hm_buf_init(&c.part.bytes, HM_GATE_LOG_MAX);
	rc = hm_tx_log_parts(tx, boot_id, 0, find_cuts, &c, err);
	if (rc == ENOUGH)
		rc = 0;
	hm_buf_free(&c.part.bytes);
	if (!rc && c.last < end)
		rc = missing(err, c.last, end);
	from = c.first;
	for (size_t i = 0; !rc && i < c.n && c.v[i] < end; i++) {
		rc = give_piece(tx, boot_id, (unsigned int)i + 1, from, c.v[i], each, ctx, err);
		from = c.v[i];
	}
	if (!rc)
		rc = give_piece(tx, boot_id, 0, from, end, each, ctx, err);
	free(c.v);
	return rc;
}
