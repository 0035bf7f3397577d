// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs from end to end over transports that the test plays: what is sent is what was
 * measured, what the transport answers is what is told and logged, and an errno means that
 * nothing happened. How long a job is remembered: name_kunit.c.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "job_rig.h"
#include "trace.h"

/* Any length, through memory of any kind; an EEPROM's offset. */
static void job_sends_what_was_measured(struct kunit *test)
{
	static const u32 lens[] = { 1, 2, 63, 512, 4095, 4097, 65536, HALLMARK_PAYLOAD_MAX };
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *printer = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct transport *eeprom = transport_new(jobs, HM_EV_KIND_EEPROM, HALLMARK_PAYLOAD_MAX);
	u8 *payload = kvmalloc(HALLMARK_PAYLOAD_MAX, GFP_KERNEL);
	struct hallmark_mark u;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, payload);
	for (i = 0; i < HALLMARK_PAYLOAD_MAX; i++)
		payload[i] = i * 2654435761u >> 13;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		job_fill(jobs, &u, lens[i]);
		u.flags = i & HALLMARK_MARK_IN_FLAGS;
		KUNIT_EXPECT_EQ(test, 0, job_submit(printer, &u, payload));
		KUNIT_EXPECT_EQ(test, u.seq, 2ULL * i + 1);
		KUNIT_EXPECT_EQ(test, u.sent, lens[i]);
		EXPECT_BYTES(test, printer->sha256, u.digest, 32);
		job_fill(jobs, &u, lens[i]);
		u.offset = HALLMARK_PAYLOAD_MAX - lens[i];
		KUNIT_EXPECT_EQ(test, 0, job_submit(eeprom, &u, payload));
		KUNIT_EXPECT_EQ(test, eeprom->last.offset, u.offset);
	}
	kvfree(payload);
	KUNIT_EXPECT_EQ(test, printer->sends, (u32)ARRAY_SIZE(lens));
	job_rig_check(jobs);
}

/* Every state and error of a transport arrives, in the answer and in the OUTCOME. */
static void job_tells_what_became_of_it(struct kunit *test)
{
	static const int errors[] = { 0, -ETIMEDOUT, -EINTR, -EPIPE, -EREMOTEIO, -ENODEV, -EIO };
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;
	u32 state, i;

	for (state = HALLMARK_STATE_DONE; state <= HALLMARK_STATE_VERIFY_FAILED; state++) {
		for (i = 0; i < ARRAY_SIZE(errors); i++) {
			t->state = state;
			t->error = errors[i];
			t->lacking = state == HALLMARK_STATE_DONE ? 0 : i * 3;
			job_fill(jobs, &u, LABEL_LEN);
			KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
			KUNIT_EXPECT_EQ(test, u.state, state);
			KUNIT_EXPECT_EQ(test, u.error, errors[i]);
			KUNIT_EXPECT_EQ(test, u.sent, LABEL_LEN - t->lacking);
			KUNIT_EXPECT_EQ(test, u.flags, 0u);
		}
	}
	job_rig_check(jobs);
}

static void job_keeps_the_reply(struct kunit *test)
{
	static const u8 reply[] = "\002" "030,0,0,1245,000,0\003";
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;

	t->reply = reply;
	t->reply_len = sizeof(reply);
	job_fill(jobs, &u, LABEL_LEN);
	u.reply_max = HALLMARK_REPLY_MAX;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.reply_len, (u32)sizeof(reply));
	KUNIT_ASSERT_EQ(test, t->m->reply_len, (u32)sizeof(reply));
	EXPECT_BYTES(test, t->m->reply, reply, sizeof(reply));
	/* not more than was asked for */
	job_fill(jobs, &u, LABEL_LEN);
	u.reply_max = 3;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.reply_len, 3u);
	KUNIT_EXPECT_EQ(test, t->m->reply_len, 3u);
	/* read to its end, and the next one is read from its beginning */
	t->m->reply_pos = 3;
	job_fill(jobs, &u, LABEL_LEN);
	u.reply_max = 2;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, t->m->reply_len, 2u);
	KUNIT_EXPECT_EQ(test, t->m->reply_pos, 0u);
	/* one that asks for none gets none, and the last one's is gone */
	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.reply_len, 0u);
	KUNIT_EXPECT_EQ(test, t->m->reply_len, 0u);
	job_rig_check(jobs);
}

/* Room for a reply that does not come, or of a job that is none, is given back. */
static void job_without_its_reply(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u, again;

	job_fill(jobs, &u, LABEL_LEN);
	u.reply_max = 82;
	again = u;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.reply_len, 0u);
	KUNIT_EXPECT_TRUE(test, !t->m->reply);
	KUNIT_EXPECT_EQ(test, -EEXIST, job_submit(t, &again, LABEL));
	job_rig_check(jobs);
}

/* An errno: no byte was sent, RESULT has never heard of it, the name is free again. */
static void expect_errno(struct transport *t, struct hallmark_mark *u, int rc)
{
	struct kunit *test = t->jobs->rig->test;
	u32 sends = t->sends, kept = job_peek_kept();

	KUNIT_EXPECT_EQ(test, rc, job_submit(t, u, LABEL));
	KUNIT_EXPECT_EQ(test, t->sends, sends);
	KUNIT_EXPECT_EQ(test, -ENOENT, hallmark_job_lookup(u));
	KUNIT_EXPECT_EQ(test, job_peek_kept(), kept);
	rig_follow(t->jobs->rig);
}

static void job_errno_means_nothing(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, 4200);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct transport *other = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;
	u32 n = 0;

	job_fill(jobs, &u, LABEL_LEN);
	fake_tell(&jobs->rig->fake, FAKE_LOST, -EIO);		/* ATTACH */
	expect_errno(t, &u, -EIO);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	job_fill(jobs, &u, LABEL_LEN);
	fake_tell(&jobs->rig->fake, FAKE_LOST, 0x922);		/* INTENT */
	expect_errno(t, &u, -EIO);
	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_sleep(jobs->rig->g));
	expect_errno(t, &u, -EAGAIN);
	hallmark_gate_wake(jobs->rig->g);
	transport_del(other);
	expect_errno(other, &u, -ENODEV);
	gate_around.killed = true;	/* and nobody holds a lock that it would wait for */
	expect_errno(t, &u, -EINTR);
	gate_around.killed = false;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.seq, 3ULL);
	do {
		job_fill(jobs, &u, LABEL_LEN);
	} while (++n < 100 && !job_submit(t, &u, LABEL));
	expect_errno(t, &u, -ENOSPC);
	KUNIT_ASSERT_EQ(test, 0, rig_export(jobs->rig, rig_piece(jobs->rig, 6)));
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	job_fill(jobs, &u, LABEL_LEN);
	hallmark_gate_stop(jobs->rig->g);
	expect_errno(t, &u, -ESHUTDOWN);
	/* the nearer reason, and the gate is not asked */
	expect_errno(other, &u, -ENODEV);
	job_rig_check(jobs);
}

/* The INTENT is ambiguous: told as a state, and nothing is sent, ever again. */
static void job_fault(struct kunit *test)
{
	static const int codes[] = { -ETIME, 0x922 };
	struct hallmark_mark u, again;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		struct job_rig *jobs = job_rig_open(test, RIG_LOG);
		struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);

		job_fill(jobs, &u, LABEL_LEN);
		KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
		job_fill(jobs, &u, LABEL_LEN);
		again = u;
		fake_tell(&jobs->rig->fake, FAKE_FOREIGN, codes[i]);
		KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
		KUNIT_EXPECT_EQ(test, u.state, (u32)HALLMARK_STATE_FAULT);
		KUNIT_EXPECT_EQ(test, u.error, codes[i] < 0 ? codes[i] : -EIO);
		KUNIT_EXPECT_EQ(test, u.seq, 2ULL);
		KUNIT_EXPECT_EQ(test, t->sends, 1u);
		KUNIT_EXPECT_EQ(test, -EEXIST, job_submit(t, &again, LABEL));
		job_fill(jobs, &again, LABEL_LEN);
		expect_errno(t, &again, -ENOTRECOVERABLE);
		rig_expect_order(jobs->rig, "START ATTACH INTENT OUTCOME (INTENT) (FAULT)");
		job_rig_check(jobs);
		job_rig_exit(test);
	}
}

static void job_latched_outcome(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;

	t->state = HALLMARK_STATE_PARTIAL;
	t->error = -ETIMEDOUT;
	t->lacking = 4;
	fake_tell(&jobs->rig->fake, FAKE_HONEST, 0);
	fake_tell(&jobs->rig->fake, FAKE_HONEST, 0);
	fake_tell(&jobs->rig->fake, FAKE_FOREIGN, -EIO);
	job_fill(jobs, &u, LABEL_LEN);
	u.flags = HALLMARK_MARK_REPRINT;
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	/* the true state, and the flag beside it */
	KUNIT_EXPECT_EQ(test, u.state, (u32)HALLMARK_STATE_PARTIAL);
	KUNIT_EXPECT_EQ(test, u.error, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, u.flags, HALLMARK_MARK_REPRINT | HALLMARK_MARK_LATCHED);
	rig_expect_order(jobs->rig, "START ATTACH INTENT (OUTCOME) (FAULT)");
	job_rig_check(jobs);
}

/* Unplugged in the middle of a transfer: the job ends, DETACH follows its OUTCOME. */
static void unplug(struct transport *t)
{
	transport_del(t);
	t->state = HALLMARK_STATE_UNKNOWN;
	t->error = -ESHUTDOWN;
	t->lacking = 10;
}

static void job_unplugged_in_mid_transfer(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct transport *again;
	struct hallmark_mark u;

	t->hook = unplug;
	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.state, (u32)HALLMARK_STATE_UNKNOWN);
	job_fill(jobs, &u, LABEL_LEN);
	expect_errno(t, &u, -ENODEV);
	transport_drain(t);
	/* the next one is of the same name, and behind it */
	again = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	KUNIT_EXPECT_STREQ(test, (const char *)again->name, (const char *)t->name);
	KUNIT_EXPECT_EQ(test, 0, job_submit(again, &u, LABEL));
	rig_expect_order(jobs->rig,
			 "START ATTACH INTENT OUTCOME DETACH ATTACH INTENT OUTCOME");
	job_rig_check(jobs);
}

/* What is gone before the first byte, after the INTENT: PARTIAL, and none sent. */
static void drain_under_intent(void *arg)
{
	transport_del(arg);
}

static void job_unplugged_under_the_intent(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct fake_step step = { .hook = drain_under_intent, .arg = t };
	struct hallmark_mark u;

	fake_tell(&jobs->rig->fake, FAKE_HONEST, 0);		/* ATTACH */
	fake_tell_step(&jobs->rig->fake, &step);		/* INTENT */
	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.state, (u32)HALLMARK_STATE_PARTIAL);
	KUNIT_EXPECT_EQ(test, u.error, -ENODEV);
	KUNIT_EXPECT_EQ(test, u.sent, 0u);
	KUNIT_EXPECT_EQ(test, t->sends, 0u);
	rig_expect_order(jobs->rig, "START ATTACH INTENT OUTCOME");
	job_rig_check(jobs);
}

/* Arguments that are refused before anything else. */
static void job_arguments(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	const struct hallmark_marker *p = transport_new(jobs, HM_EV_KIND_PRINTER, 0)->m;
	const struct hallmark_marker *e = transport_new(jobs, HM_EV_KIND_EEPROM, 256)->m;
	const struct {
		const struct hallmark_marker *m;
		u32 len, offset, timeout_ms, reply_max;
		int rc;
	} rows[] = {
		{ p, 1, 0, 1, 0, 0 },
		{ p, HALLMARK_PAYLOAD_MAX, 0, HALLMARK_TIMEOUT_MAX_MS, HALLMARK_REPLY_MAX, 0 },
		{ p, 0, 0, 1, 0, -EINVAL },
		{ p, HALLMARK_PAYLOAD_MAX + 1, 0, 1, 0, -EMSGSIZE },
		{ p, U32_MAX, 0, 1, 0, -EMSGSIZE },
		{ p, 1, 0, 0, 0, -EINVAL },
		{ p, 1, 0, HALLMARK_TIMEOUT_MAX_MS + 1, 0, -EINVAL },
		{ p, 1, 0, 1, HALLMARK_REPLY_MAX + 1, -EINVAL },
		{ p, 1, 1, 1, 0, -EINVAL },
		{ e, 1, 255, 1, 0, 0 },
		{ e, 256, 0, 1, 0, 0 },
		{ e, 1, 0, 1, 1, -EINVAL },
		{ e, 1, 256, 1, 0, -ERANGE },
		{ e, 2, 255, 1, 0, -ERANGE },
		{ e, 257, 0, 1, 0, -ERANGE },
		{ e, 2, U32_MAX, 1, 0, -ERANGE },
		{ e, HALLMARK_PAYLOAD_MAX, U32_MAX - HALLMARK_PAYLOAD_MAX + 1, 1, 0, -ERANGE },
	};
	struct hallmark_mark u;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		job_fill(jobs, &u, rows[i].len);
		u.offset = rows[i].offset;
		u.timeout_ms = rows[i].timeout_ms;
		u.reply_max = rows[i].reply_max;
		KUNIT_EXPECT_EQ_MSG(test, rows[i].rc, job_peek_check(rows[i].m, &u),
				    "row %zu", i);
	}
}

/* The two tracepoints stand around send(), and around nothing else. */
static struct {
	u32 begun;
	u32 ended;
	u32 sends_at_begin;
	u32 sends_at_end;
	u64 seq;
	u32 len;
	u32 sent;
	int error;
} traced;

static void probe_begin(void *data, const char *marker, u32 kind, u64 seq, u32 len)
{
	const struct transport *t = data;

	traced.begun++;
	traced.sends_at_begin = t->sends;
	traced.seq = seq;
	traced.len = len;
}

static void probe_end(void *data, const char *marker, u64 seq, u32 state, u32 sent, int error)
{
	const struct transport *t = data;

	traced.ended += seq == traced.seq;
	traced.sends_at_end = t->sends;
	traced.sent = sent;
	traced.error = error;
}

static void job_tracepoints(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;

	memset(&traced, 0, sizeof(traced));
	t->state = HALLMARK_STATE_PARTIAL;
	t->error = -EPIPE;
	t->lacking = 5;
	KUNIT_ASSERT_EQ(test, 0, register_trace_hallmark_job_begin(probe_begin, t));
	KUNIT_EXPECT_EQ(test, 0, register_trace_hallmark_job_end(probe_end, t));
	job_fill(jobs, &u, LABEL_LEN);
	fake_tell(&jobs->rig->fake, FAKE_LOST, -EIO);
	expect_errno(t, &u, -EIO);
	KUNIT_EXPECT_EQ(test, traced.begun, 0u);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	unregister_trace_hallmark_job_begin(probe_begin, t);
	unregister_trace_hallmark_job_end(probe_end, t);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, traced.begun, 1u);
	KUNIT_EXPECT_EQ(test, traced.ended, 1u);
	KUNIT_EXPECT_EQ(test, traced.sends_at_begin, 0u);
	KUNIT_EXPECT_EQ(test, traced.sends_at_end, 1u);
	KUNIT_EXPECT_EQ(test, traced.seq, u.seq);
	KUNIT_EXPECT_EQ(test, traced.len, (u32)LABEL_LEN);
	KUNIT_EXPECT_EQ(test, traced.sent, (u32)LABEL_LEN - 5);
	KUNIT_EXPECT_EQ(test, traced.error, -EPIPE);
	job_rig_check(jobs);
}

/* Built into a kernel, a transport finds printers also where the gate's init has failed. */
static void job_without_a_gate(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	const struct hallmark_marker_desc desc = {
		.kind = HM_EV_KIND_PRINTER,
		.ident = "x",
		.ident_len = 1,
	};
	struct transport *t;
	struct hallmark_mark u;

	hallmark_gate = NULL;
	KUNIT_EXPECT_EQ(test, -ENODEV, PTR_ERR_OR_ZERO(hallmark_marker_register(&desc)));
	hallmark_gate = jobs->rig->g;
	/* nothing of it is left: not its number, no ATTACH */
	t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	KUNIT_EXPECT_STREQ(test, t->name, "printer0");
	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	job_rig_check(jobs);
}

static struct kunit_case job_cases[] = {
	KUNIT_CASE(job_without_a_gate),
	KUNIT_CASE(job_sends_what_was_measured),
	KUNIT_CASE(job_tells_what_became_of_it),
	KUNIT_CASE(job_keeps_the_reply),
	KUNIT_CASE(job_without_its_reply),
	KUNIT_CASE(job_errno_means_nothing),
	KUNIT_CASE(job_fault),
	KUNIT_CASE(job_latched_outcome),
	KUNIT_CASE(job_unplugged_in_mid_transfer),
	KUNIT_CASE(job_unplugged_under_the_intent),
	KUNIT_CASE(job_arguments),
	KUNIT_CASE(job_tracepoints),
	{}
};

struct kunit_suite job_suite = {
	.name = "hallmark-job",
	.exit = job_rig_exit,
	.test_cases = job_cases,
};
