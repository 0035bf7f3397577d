// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transports that do as they are told, and look about while they are called: by then
 * the INTENT must be in the log and in the PCR, and no other op may be running.
 */
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "gate.h"
#include "job_rig.h"

struct hallmark_gate *hallmark_gate;

/* The bits of transport.wrong. */
enum {
	WRONG_INTENT,		/* the log's last entry is not this job's INTENT */
	WRONG_DIGEST,		/* the bytes are not those that were measured */
	WRONG_DEADLINE,
	WRONG_REPLY,
	WRONG_RESULT,		/* RESULT says something else than "under way" */
	WRONG_BUSY,		/* the marker is said to be idle */
};

/* What job.c has measured of the job that is being sent. */
static void look_about(struct transport *t, const struct hallmark_xfer *x)
{
	struct rig *rig = t->jobs->rig;
	struct hallmark_mark u = { 0 };
	const struct hm_ev_intent *e = &rig->ev.u.intent;

	rig_follow(rig);
	/* rig->ev is the last entry */
	if (rig->ev.tag != HM_EV_TAG_INTENT || rig->ev.type != HM_EV_EVENT_TAG ||
	    strcmp(e->marker, t->name) || e->len != x->len || e->offset != x->offset)
		t->wrong |= BIT(WRONG_INTENT);
	if (memcmp(e->sha256, t->sha256, 32))
		t->wrong |= BIT(WRONG_DIGEST);
	memcpy(u.job_id, e->job_id, sizeof(u.job_id));
	if (hallmark_job_lookup(&u) || u.state != HALLMARK_STATE_NONE || u.seq != e->seq)
		t->wrong |= BIT(WRONG_RESULT);
}

static void transport_send(void *priv, struct hallmark_xfer *x)
{
	struct transport *t = priv;

	t->sends++;
	t->last = *x;
	sha256(x->data, x->len, t->sha256);
	if (!t->jobs->threads)
		look_about(t, x);
	if (time_after_eq(jiffies, x->deadline))
		t->wrong |= BIT(WRONG_DEADLINE);
	if (!x->reply != !x->reply_max || x->state || x->sent || x->error || x->reply_len)
		t->wrong |= BIT(WRONG_REPLY);
	if (!test_bit(HALLMARK_MARKER_BUSY, &t->m->flags))
		t->wrong |= BIT(WRONG_BUSY);
	if (t->hook)
		t->hook(t);
	x->state = t->state;
	x->sent = x->len - t->lacking;
	x->error = t->error;
	if (x->reply && t->reply_len) {
		x->reply_len = min(t->reply_len, x->reply_max);
		memcpy(x->reply, t->reply, x->reply_len);
	}
}

static int transport_open(void *priv)
{
	return 0;
}

static int transport_read(void *priv, u32 offset, u8 *buf, u32 len)
{
	memset(buf, 0xff, len);
	return 0;
}

static void transport_abort(void *priv)
{
	struct transport *t = priv;

	t->aborts++;
}

static const struct hallmark_marker_ops transport_ops = {
	.open = transport_open,
	.send = transport_send,
	.read = transport_read,
	.abort = transport_abort,
};

struct job_rig *job_rig_open(struct kunit *test, size_t log_max)
{
	struct job_rig *jobs = kunit_kzalloc(test, sizeof(*jobs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, jobs);
	mutex_init(&jobs->lock);
	jobs->rig = rig_open(test, 1, log_max);
	jobs->rig->user = jobs;
	hallmark_gate = jobs->rig->g;
	KUNIT_ASSERT_EQ(test, 0, hallmark_marker_init());
	jobs->rig->user_open = true;
	return jobs;
}

void job_rig_exit(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct job_rig *jobs = rig ? rig->user : NULL;
	u32 i;

	for (i = 0; jobs && i < jobs->n; i++) {
		transport_del(&jobs->transport[i]);
		transport_drain(&jobs->transport[i]);
		KUNIT_EXPECT_EQ_MSG(test, jobs->transport[i].wrong, 0ULL, "transport %u", i);
	}
	job_peek_ended = NULL;
	job_peek_reset();
	KUNIT_EXPECT_EQ(test, job_peek_kept(), 0u);
	if (jobs && rig->user_open)
		hallmark_marker_exit();
	hallmark_gate = NULL;
	rig_exit(test);
}

struct transport *transport_new(struct job_rig *jobs, u32 kind, u32 size)
{
	struct rig *rig = jobs->rig;
	struct rig_marker *m = &rig->marker[rig->nmarkers];
	struct transport *t = &jobs->transport[jobs->n];
	char ident[8];
	struct hallmark_marker_desc desc = {
		.kind = kind,
		.size = size,
		.ident = ident,
		.ident_len = sizeof(ident),
		.ops = &transport_ops,
		.priv = t,
	};

	KUNIT_ASSERT_LT(rig->test, jobs->n, (u32)TRANSPORTS_MAX);
	/* as rig_attach() has it: rig_check() looks for that */
	memset(ident, 'a' + rig->nmarkers % 26, sizeof(ident));
	t->jobs = jobs;
	t->state = HALLMARK_STATE_DONE;
	t->m = hallmark_marker_register(&desc);
	KUNIT_ASSERT_FALSE(rig->test, IS_ERR(t->m));
	strscpy(t->name, hallmark_marker_name(t->m), sizeof(t->name));
	memset(m, 0, sizeof(*m));
	strscpy(m->name, t->name, sizeof(m->name));
	m->kind = kind;
	m->ident_len = sizeof(ident);
	t->number = rig->nmarkers++;
	jobs->n++;
	return t;
}

void transport_del(struct transport *t)
{
	struct rig_marker *m = &t->jobs->rig->marker[t->number];

	if (!t->m || m->gone)
		return;
	m->gone = true;
	hallmark_marker_del(t->m);
	KUNIT_EXPECT_EQ(t->jobs->rig->test, t->aborts, 1u);
}

void transport_drain(struct transport *t)
{
	if (t->m)
		hallmark_marker_drain(t->m);
	t->m = NULL;
}

void job_fill(struct job_rig *jobs, struct hallmark_mark *u, u32 len)
{
	memset(u, 0, sizeof(*u));
	u->size = sizeof(*u);
	mutex_lock(&jobs->lock);
	jobs->ids++;
	memcpy(u->job_id, &jobs->ids, sizeof(jobs->ids));
	mutex_unlock(&jobs->lock);
	u->payload_len = len;
	u->timeout_ms = 10000;
}

/* What must be in the log of a job that began; by its number, which is its place. */
static void remember(struct transport *t, const struct hallmark_mark *in,
		     const struct hallmark_mark *out, const u8 *payload)
{
	struct rig *rig = t->jobs->rig;
	struct rig_job *job;
	const u8 *reply = (const u8 *)"";
	u32 reply_len = 0, i;

	KUNIT_EXPECT_LT(rig->test, rig->njobs, (u32)RIG_JOBS_MAX);
	if (rig->njobs == RIG_JOBS_MAX)
		return;
	/* those with a higher number make way: OUTCOMEs come in an order of their own */
	for (i = rig->njobs++; i && rig->job[i - 1].intent.seq > out->seq; i--)
		rig->job[i] = rig->job[i - 1];
	job = &rig->job[i];
	memset(job, 0, sizeof(*job));
	job->rc = out->state == HALLMARK_STATE_FAULT;
	job->any_end = true;
	job->intent.seq = out->seq;
	memcpy(job->intent.job_id, in->job_id, sizeof(in->job_id));
	job->intent.flags = in->flags;
	strscpy(job->intent.marker, t->name, HM_EV_NAME_SIZE);
	job->intent.offset = in->offset;
	job->intent.len = in->payload_len;
	sha256(payload, in->payload_len, job->intent.sha256);
	if (job->rc)
		return;
	if (out->reply_len) {
		reply = t->reply;
		reply_len = out->reply_len;
	}
	job->ended = true;
	job->latched = out->flags & HALLMARK_MARK_LATCHED;
	job->outcome.seq = out->seq;
	job->outcome.state = out->state;
	job->outcome.sent = out->sent;
	job->outcome.error = out->error;
	sha256(reply, reply_len, job->outcome.reply_sha256);
}

int job_submit(struct transport *t, struct hallmark_mark *u, const u8 *payload)
{
	struct kunit *test = t->jobs->rig->test;
	struct hallmark_mark in = *u, result = *u;
	int rc = hallmark_job_submit(t->m, u, payload);
	u8 digest[32];

	KUNIT_EXPECT_FALSE(test, test_bit(HALLMARK_MARKER_BUSY, &t->m->flags));
	if (rc)
		return rc;
	sha256(payload, in.payload_len, digest);
	EXPECT_BYTES(test, u->digest, digest, 32);
	KUNIT_EXPECT_NE(test, u->state, (u32)HALLMARK_STATE_NONE);
	/* RESULT says the very same, unless it has been forgotten */
	if (!hallmark_job_lookup(&result))
		EXPECT_BYTES(test, &result, u, sizeof(*u));
	mutex_lock(&t->jobs->lock);
	remember(t, &in, u, payload);
	mutex_unlock(&t->jobs->lock);
	return 0;
}
