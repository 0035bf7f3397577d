// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading a boot's event log the way an auditor must: every digest of every
 * event is computed again from the event's bytes, the PCR is replayed, and only
 * what the quote covers counts.
 *
 * An event that the gate kept as EV_NO_ACTION may or may not have been extended.
 * The replay therefore carries a small set of PCR values, one for each way the
 * ambiguous events may have gone; an honest log has one of them, since the gate
 * latches right behind it: FAULT, and what comes after FAULT, was never extended.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "eventlog.h"
#include "ledger/evidence.h"

#define WAYS_MAX 16
#define JOBS_MAX (16u << 20)	/* months without a reboot */

struct replay {
	uint8_t pcr[WAYS_MAX][32];	/* [0]: no ambiguous event counted; last: all of them */
	size_t ways;
	const uint8_t *quoted;		/* SHA-256 over the one quoted PCR; NULL: no quote */
	size_t covered;			/* offset in the log behind the last covered event */
	bool matches;			/* the quote fits somewhere */
	size_t header;			/* bytes before the first event */
	uint64_t exported;		/* place up to which EXPORT events account for the log */
	uint64_t exported_seq;		/* highest job before that */
};

static const EVP_MD *bank_md(uint16_t alg)
{
	switch (alg) {
	case HM_EV_ALG_SHA1:
		return EVP_sha1();
	case HM_EV_ALG_SHA256:
		return EVP_sha256();
	case HM_EV_ALG_SHA384:
		return EVP_sha384();
	case HM_EV_ALG_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static const char *tag_name(uint32_t tag)
{
	static const char *const names[] = {
		"START", "INTENT", "OUTCOME", "ATTACH", "DETACH", "EXPORT", "RESOLVED", "FAULT",
	};

	return tag - HM_EV_TAG_START < 8 ? names[tag - HM_EV_TAG_START] : "?";
}

/* Each bank's digest must be the hash of the event; NO_ACTION may leave it zero. */
static int check_digests(const struct hm_ev *ev, uint64_t number, struct hm_err *err)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	for (uint32_t b = 0; b < ev->nbanks; b++) {
		const struct hm_ev_bank *bank = &ev->bank[b];
		const EVP_MD *md = bank_md(bank->alg);

		if (!md || EVP_MD_get_size(md) != bank->size)
			return hm_err_set(err, -HM_EBAD_FORMAT, "a bank of algorithm 0x%04x",
					  bank->alg);
		if (ev->type == HM_EV_NO_ACTION && is_zero(bank->digest, bank->size))
			continue;
		if (EVP_Digest(ev->data, ev->data_len, digest, &n, md, NULL) != 1)
			return -ENOMEM;
		if (memcmp(digest, bank->digest, n))
			return hm_err_set(err, -HM_EINCONSISTENT,
					  "event %llu (%s, at byte %zu): its digest is not the hash of its content",
					  (unsigned long long)number, tag_name(ev->tag), ev->at);
	}
	return 0;
}

static void extend(uint8_t pcr[32], const uint8_t digest[32])
{
	uint8_t pair[64];

	memcpy(pair, pcr, 32);
	memcpy(pair + 32, digest, 32);
	SHA256(pair, sizeof(pair), pcr);
}

static void note_coverage(struct replay *rp, size_t at)
{
	uint8_t digest[32];

	for (size_t i = 0; rp->quoted && i < rp->ways; i++) {
		SHA256(rp->pcr[i], 32, digest);
		if (!memcmp(digest, rp->quoted, 32)) {
			rp->matches = true;
			rp->covered = at;
			return;
		}
	}
}

static int replay_event(struct replay *rp, const struct hm_ev *ev, bool latched,
			struct hm_err *err)
{
	uint8_t digest[32];

	SHA256(ev->data, ev->data_len, digest);
	if (ev->type == HM_EV_NO_ACTION && latched) {
		;	/* told, and never extended */
	} else if (ev->type == HM_EV_NO_ACTION) {
		if (rp->ways * 2 > WAYS_MAX)
			return hm_err_set(err, -HM_EBAD_FORMAT,
					  "more ambiguous events than a gate would leave");
		for (size_t i = 0; i < rp->ways; i++) {
			memcpy(rp->pcr[rp->ways + i], rp->pcr[i], 32);
			extend(rp->pcr[rp->ways + i], digest);
		}
		rp->ways *= 2;
	} else {
		for (size_t i = 0; i < rp->ways; i++)
			extend(rp->pcr[i], digest);
	}
	note_coverage(rp, ev->at + ev->size);
	return 0;
}

/* --- what the events say --- */

static struct hm_ev_job *job_by_seq(const struct hm_evidence *e, uint64_t seq)
{
	size_t low = 0, high = e->n_jobs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e->jobs[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low < e->n_jobs && e->jobs[low].seq == seq ? &e->jobs[low] : NULL;
}

static int add_start(struct hm_evidence *e, struct replay *rp, const struct hm_ev *ev,
		     uint64_t number, struct hm_err *err)
{
	const struct hm_ev_start *s = &ev->u.start;

	if (number || ev->type == HM_EV_NO_ACTION)
		return hm_err_set(err, -HM_EBAD_FORMAT, "START is the first event, once");
	for (uint32_t b = 0; b < s->nbanks; b++) {
		if (s->before[b].alg != HM_EV_ALG_SHA256 || s->before[b].size != 32)
			continue;
		memcpy(e->before, s->before[b].digest, 32);
		memcpy(e->boot_id, s->boot_id, sizeof(e->boot_id));
		e->pcr = s->pcr;
		memcpy(rp->pcr[0], e->before, 32);
		rp->ways = 1;
		return 0;
	}
	return hm_err_set(err, -HM_EBAD_FORMAT, "START without a SHA-256 bank");
}

static int grow_jobs(struct hm_evidence *e, size_t *cap)
{
	size_t want = *cap ? *cap * 2 : 64;
	struct hm_ev_job *jobs;

	if (e->n_jobs < *cap)
		return 0;
	if (want > JOBS_MAX)
		return -E2BIG;
	jobs = realloc(e->jobs, want * sizeof(*jobs));
	if (!jobs)
		return -ENOMEM;
	e->jobs = jobs;
	*cap = want;
	return 0;
}

static int add_intent(struct hm_evidence *e, size_t *cap, const struct hm_ev *ev,
		      struct hm_err *err)
{
	const struct hm_ev_intent *in = &ev->u.intent;
	struct hm_ev_job *job;
	int rc;

	if (!in->seq || in->seq <= e->last_seq)
		return hm_err_set(err, -HM_EBAD_FORMAT, "job %llu is out of order",
				  (unsigned long long)in->seq);
	rc = grow_jobs(e, cap);
	if (rc)
		return rc;
	job = &e->jobs[e->n_jobs++];
	memset(job, 0, sizeof(*job));
	job->seq = in->seq;
	job->at = ev->at;
	memcpy(job->job_id, in->job_id, sizeof(job->job_id));
	job->flags = in->flags;
	memcpy(job->marker, in->marker, sizeof(job->marker));
	job->offset = in->offset;
	job->len = in->len;
	memcpy(job->digest, in->sha256, sizeof(job->digest));
	job->ambiguous = ev->type == HM_EV_NO_ACTION;
	e->last_seq = in->seq;
	return 0;
}

static int add_outcome(struct hm_evidence *e, const struct hm_ev *ev, struct hm_err *err)
{
	const struct hm_ev_outcome *o = &ev->u.outcome;
	struct hm_ev_job *job = job_by_seq(e, o->seq);

	if (!job || job->has_outcome)
		return hm_err_set(err, -HM_EBAD_FORMAT, "an OUTCOME of job %llu, which %s",
				  (unsigned long long)o->seq, job ? "has one" : "never was");
	job->has_outcome = true;
	job->ambiguous |= ev->type == HM_EV_NO_ACTION;
	job->state = o->state;
	job->sent = o->sent;
	job->error = o->error;
	return 0;
}

/*
 * The gate found an extend ambiguous and read the PCR. NOT_EXTENDED: the event is
 * not in the log, so its job is known by this number alone.
 */
static void add_resolved(struct hm_evidence *e, const struct hm_ev *ev)
{
	const struct hm_ev_resolve *r = &ev->u.resolve;
	struct hm_ev_job *job = job_by_seq(e, r->seq);

	if (!job && r->seq > e->last_seq)
		e->last_seq = r->seq;
}

/* Is there an event that begins at @to, when one begins at @from? */
static bool is_boundary(const struct hm_ev_reader *log, uint64_t from, uint64_t to)
{
	struct hm_ev_reader r = *log;
	struct hm_ev ev;

	r.pos = from;
	while (r.pos < to && hm_ev_next(&r, &ev) == 1)
		;
	return r.pos == to;
}

/* Of the piece as the gate gave it away: header and entries. */
static int piece_digest(const uint8_t *log, size_t header, uint64_t from, uint64_t to,
			uint8_t ret[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int rc = -ENOMEM;

	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(c, log, header) == 1 &&
	    EVP_DigestUpdate(c, log + from, to - from) == 1 &&
	    EVP_DigestFinal_ex(c, ret, NULL) == 1)
		rc = 0;
	EVP_MD_CTX_free(c);
	return rc;
}

/* The highest job number that was begun before that place. */
static uint64_t seq_before(const struct hm_evidence *e, uint64_t place)
{
	size_t n = e->n_jobs;

	while (n && e->jobs[n - 1].at >= place)
		n--;
	return n ? e->jobs[n - 1].seq : 0;
}

static int bad_export(const struct hm_ev *ev, const char *why, struct hm_err *err)
{
	return hm_err_set(err, -HM_EINCONSISTENT, "EXPORT at byte %zu of the joined log: %s", ev->at,
			  why);
}

/*
 * A piece was given away. What the gate said of it, measured, must be true of the
 * bytes that stand here in its place.
 */
static int add_export(struct hm_evidence *e, struct replay *rp, const struct hm_ev_reader *r,
		      const struct hm_ev *ev, struct hm_err *err)
{
	const struct hm_ev_export *x = &ev->u.exported;
	uint64_t seq = rp->exported_seq, from = rp->exported;
	uint8_t digest[32];

	e->exports++;
	if (x->offset <= from)
		return bad_export(ev, "it gives away what was given away before", err);
	if (x->offset > ev->at)
		return hm_err_set(err, -HM_EINCONSISTENT,
				  "EXPORT at byte %zu of the joined log: %llu bytes were given away before it: a piece is missing",
				  ev->at, (unsigned long long)x->offset);
	if (!is_boundary(r, from, x->offset))
		return bad_export(ev, "its piece does not end with an event", err);
	if (piece_digest(r->log, rp->header, from, x->offset, digest))
		return -ENOMEM;
	if (memcmp(digest, x->sha256, sizeof(digest)))
		return hm_err_set(err, -HM_EINCONSISTENT,
				  "EXPORT at byte %zu of the joined log: bytes %llu to %llu are not the piece that the gate gave away",
				  ev->at, (unsigned long long)from, (unsigned long long)x->offset);
	if (seq_before(e, x->offset) > seq)
		seq = seq_before(e, x->offset);
	if (x->seq != seq)
		return bad_export(ev, "its job number is not the last of its piece", err);
	/* one that is not known to be measured has dropped nothing */
	if (ev->type == HM_EV_EVENT_TAG) {
		rp->exported = x->offset;
		rp->exported_seq = seq;
	}
	return 0;
}

static int add_event(struct hm_evidence *e, size_t *cap, const struct hm_ev *ev,
		     struct hm_err *err)
{
	switch (ev->tag) {
	case HM_EV_TAG_INTENT:
		return add_intent(e, cap, ev, err);
	case HM_EV_TAG_OUTCOME:
		return add_outcome(e, ev, err);
	case HM_EV_TAG_RESOLVED:
		add_resolved(e, ev);
		return 0;
	case HM_EV_TAG_FAULT:
		e->fault = true;
		return 0;
	}
	return 0;
}

/* One pass over the log's first @len bytes. */
static int read_events(const uint8_t *log, size_t len, struct replay *rp, struct hm_evidence *e,
		       struct hm_err *err)
{
	struct hm_ev_reader r;
	struct hm_ev ev;
	uint64_t number = 0;
	bool doubtful = false;	/* the last event was kept as ambiguous: FAULT comes next */
	size_t cap = 0;
	int rc;

	if (hm_ev_reader_init(&r, log, len))
		return hm_err_set(err, -HM_EBAD_FORMAT, "not an event log");
	rp->header = r.pos;
	rp->exported = r.pos;
	while ((rc = hm_ev_next(&r, &ev)) == 1) {
		rc = check_digests(&ev, number, err);
		if (!rc && ev.tag == HM_EV_TAG_START)
			rc = add_start(e, rp, &ev, number, err);
		else if (!rc && !number)
			rc = hm_err_set(err, -HM_EBAD_FORMAT, "a log that does not begin with START: what came before is missing");
		if (!rc && ev.pcr != e->pcr)
			rc = hm_err_set(err, -HM_EBAD_FORMAT, "event %llu is of another PCR",
					(unsigned long long)number);
		/* the type is in no digest: only where the gate writes it is it believed */
		if (!rc && (doubtful ? ev.tag != HM_EV_TAG_FAULT :
			    ev.tag == HM_EV_TAG_FAULT && ev.type != HM_EV_NO_ACTION))
			rc = hm_err_set(err, -HM_EBAD_FORMAT, "event %llu: only FAULT follows an event kept as not measured",
					(unsigned long long)number);
		if (!rc && e->fault && ev.type != HM_EV_NO_ACTION)
			rc = hm_err_set(err, -HM_EBAD_FORMAT, "event %llu: a gate that latched measures nothing",
					(unsigned long long)number);
		doubtful = ev.type == HM_EV_NO_ACTION && !e->fault && ev.tag != HM_EV_TAG_FAULT;
		if (!rc && ev.tag == HM_EV_TAG_EXPORT)
			rc = add_export(e, rp, &r, &ev, err);
		else if (!rc && ev.tag != HM_EV_TAG_START)
			rc = add_event(e, &cap, &ev, err);
		rc = rc ?: replay_event(rp, &ev, e->fault, err);
		if (rc)
			return rc;
		e->has_ambiguous |= ev.type == HM_EV_NO_ACTION;
		number++;
	}
	if (rc < 0)
		return hm_err_set(err, -HM_EBAD_FORMAT, "event %llu (at byte %zu) is cut or malformed",
				  (unsigned long long)number, r.pos);
	e->fault |= doubtful;	/* copied between the two: latched all the same */
	if (!number)
		return hm_err_set(err, -HM_EBAD_FORMAT, "a log without an event");
	e->events = number;
	memcpy(e->replay, rp->pcr[0], 32);
	memcpy(e->replay_ambiguous, rp->pcr[rp->ways - 1], 32);
	return 0;
}

struct id_row {
	uint8_t id[16];
	uint32_t job;
};

static int id_order(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static int index_jobs(struct hm_evidence *e, struct hm_err *err)
{
	struct id_row *rows;

	if (!e->n_jobs)
		return 0;
	rows = calloc(e->n_jobs, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < e->n_jobs; i++) {
		memcpy(rows[i].id, e->jobs[i].job_id, 16);
		rows[i].job = (uint32_t)i;
	}
	qsort(rows, e->n_jobs, sizeof(*rows), id_order);
	e->by_id = rows;
	for (size_t i = 1; i < e->n_jobs; i++)
		if (!memcmp(rows[i - 1].id, rows[i].id, 16))
			return hm_err_set(err, -HM_EBAD_FORMAT, "jobs %llu and %llu have one id",
					  (unsigned long long)e->jobs[rows[i - 1].job].seq,
					  (unsigned long long)e->jobs[rows[i].job].seq);
	return 0;
}

int hm_evidence_read_quoted(const void *log, size_t len, const uint8_t *quoted,
			    struct hm_evidence *ret, struct hm_err *err)
{
	struct replay rp = { .quoted = quoted };
	struct hm_evidence e = { .pcr = 0 };
	uint64_t all;
	int rc;

	assert(log && ret);
	rc = read_events(log, len, &rp, &e, err);
	if (!rc && quoted && !rp.matches)
		rc = hm_err_set(err, -HM_EINCONSISTENT,
				"the log does not replay into the quoted PCR, nor does any beginning of it");
	if (!rc && quoted && rp.covered < len) {
		/* whole and honest in itself; now only what the quote covers */
		struct replay again = { .quoted = quoted };

		all = e.events;
		hm_evidence_free(&e);
		rc = read_events(log, rp.covered, &again, &e, err);
		e.uncovered = all - e.events;
	}
	rc = rc ?: index_jobs(&e, err);
	if (rc) {
		hm_evidence_free(&e);
		return rc;
	}
	*ret = e;
	return 0;
}

int hm_evidence_read(const void *log, size_t len, struct hm_evidence *ret, struct hm_err *err)
{
	return hm_evidence_read_quoted(log, len, NULL, ret, err);
}

void hm_evidence_free(struct hm_evidence *e)
{
	free(e->jobs);
	free(e->by_id);
	memset(e, 0, sizeof(*e));
}

const struct hm_ev_job *hm_evidence_job(const struct hm_evidence *e, const uint8_t job_id[16])
{
	const struct id_row *row;

	if (!e->n_jobs)
		return NULL;
	row = bsearch(job_id, e->by_id, e->n_jobs, sizeof(*row), id_order);
	return row ? &e->jobs[row->job] : NULL;
}
