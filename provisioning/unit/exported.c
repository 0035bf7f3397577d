// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the gate has forgotten. A job that RESULT does not know was never sent, unless
 * it stands in that part of the log which was exported. The station exports no
 * job that is open in the store (station/room.c); but that an export says nothing
 * false must not hang on who made it. So the engine looks for itself, in the parts
 * that the store keeps, and where one is missing nobody can tell.
 */
#include <string.h>

#include "eventlog.h"
#include "unit/work.h"

#define ENOUGH 1	/* of an iteration: no error */

struct search {
	struct hm_tx *tx;
	const struct hm_job *job;
	uint64_t seq;
	uint32_t state, sent;
	uint64_t end;		/* up to there the gate has forgotten its log */
	uint64_t next;		/* up to there it was looked at; 0: not yet */
	bool intent, outcome, hole;
	struct hm_buf bytes;
	struct hm_err *err;
};

static void look_at(struct search *s, const struct hm_ev *ev)
{
	if (ev->tag == HM_EV_TAG_INTENT &&
	    !memcmp(ev->u.intent.job_id, s->job->job_id, sizeof(s->job->job_id))) {
		s->intent = true;
		s->seq = ev->u.intent.seq;
	} else if (ev->tag == HM_EV_TAG_OUTCOME && s->intent && ev->u.outcome.seq == s->seq) {
		s->outcome = true;
		s->state = ev->u.outcome.state;
		s->sent = ev->u.outcome.sent;
	}
}

static int look_in_part(void *ctx, const struct hm_log_part *p)
{
	struct search *s = ctx;
	struct hm_ev_reader r;
	struct hm_ev ev;
	int rc;

	if (s->next >= s->end || s->outcome)
		return ENOUGH;
	hm_buf_reset(&s->bytes);
	rc = hm_tx_blob_get(s->tx, p->sha256, &s->bytes, s->err);
	if (!rc && hm_ev_reader_init(&r, s->bytes.data, s->bytes.len))
		rc = hm_err_set(s->err, -HM_ESTORE_CORRUPT, "store: a part of a boot's log is not one");
	if (rc)
		return rc;
	s->hole |= p->start != (s->next ? s->next : r.pos);
	s->next = p->end;
	while (hm_ev_next(&r, &ev) == 1)
		look_at(s, &ev);
	return 0;
}

static int look(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct search *s = arg;
	int rc;

	s->tx = tx;
	s->err = err;
	rc = hm_tx_log_parts(tx, s->job->boot_id, 0, look_in_part, s, err);
	return rc == ENOUGH ? 0 : rc;
}

int hm_job_exported(struct hm_work *w, struct hm_job *j, struct hm_err *err)
{
	struct search s = { .job = j };
	struct hm_gate_state g;
	int rc = hm_gate_state(w->e->sysroot, &g, err);

	if (rc)
		return rc;
	if (!g.present || memcmp(g.boot_id, j->boot_id, sizeof(j->boot_id))) {
		j->fate = HM_JOB_GONE;
		return 0;
	}
	if (!g.exported) {
		j->fate = HM_JOB_NEVER;
		return 0;
	}
	s.end = g.log_start;
	hm_buf_init(&s.bytes, HM_GATE_LOG_MAX);
	rc = hm_store_read(w->e->env->store, look, &s, err);
	hm_buf_free(&s.bytes);
	if (rc)
		return rc;
	if (!s.outcome) {
		j->fate = s.intent || s.hole || s.next < s.end ? HM_JOB_GONE : HM_JOB_NEVER;
		return 0;
	}
	j->fate = HM_JOB_SEEN;
	j->seq = s.seq;
	j->state = s.state;
	j->sent = s.sent;
	return 0;
}
