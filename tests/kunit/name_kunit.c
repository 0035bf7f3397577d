// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job's name, which its caller chooses: it is used once, is known until the job's OUTCOME
 * was exported, and lies where no caller can foretell.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "job_rig.h"

/* The first case of all that have a job: a key that is there already is no secret. */
static void name_key_is_not_built_in(struct kunit *test)
{
	const siphash_key_t *key = job_peek_key();

	KUNIT_EXPECT_TRUE(test, !key->key[0] && !key->key[1]);
}

/* Names are the caller's to choose; which of them share a place is not his to know. */
static void name_has_a_secret_place(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	siphash_key_t *key = job_peek_key();
	struct hallmark_mark u;
	u32 i, elsewhere = 0;
	u64 place;

	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_TRUE(test, key->key[0] && key->key[1]);
	place = job_peek_hash(u.job_id);
	for (i = 0; i < 16; i++) {
		key->key[i % 2] ^= 1 << i;
		KUNIT_EXPECT_NE(test, place, job_peek_hash(u.job_id));
		elsewhere += hallmark_job_lookup(&u) == -ENOENT;
		key->key[i % 2] ^= 1 << i;
	}
	/* two places of thousands are the same now and then */
	KUNIT_EXPECT_GE(test, elsewhere, 14u);
	KUNIT_EXPECT_EQ(test, 0, hallmark_job_lookup(&u));
	job_rig_check(jobs);
}

static void name_is_used_once(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *a = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct transport *b = transport_new(jobs, HM_EV_KIND_EEPROM, 4096);
	struct hallmark_mark u, again, answer;
	u32 found = 0, i;

	job_fill(jobs, &u, LABEL_LEN);
	again = u;
	KUNIT_EXPECT_EQ(test, 0, job_submit(a, &u, LABEL));
	/* more names than the table has rows: none is taken for another */
	answer = again;
	for (i = 0; i < 20000; i++) {
		memcpy(answer.job_id + 8, &i, sizeof(i));
		found += !hallmark_job_lookup(&answer);
	}
	KUNIT_EXPECT_EQ(test, found, 1u);
	answer = again;
	KUNIT_EXPECT_EQ(test, -EEXIST, job_submit(a, &answer, LABEL));
	KUNIT_EXPECT_EQ(test, -EEXIST, job_submit(b, &answer, LABEL));
	KUNIT_EXPECT_EQ(test, a->sends + b->sends, 1u);
	KUNIT_EXPECT_EQ(test, 0, hallmark_job_lookup(&again));
	EXPECT_BYTES(test, &again, &u, sizeof(u));
	job_rig_check(jobs);
}

/* Forgotten when the OUTCOME was exported, not before; the name is then free. */
static void name_forgotten_when_exported(struct kunit *test)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u[4], again;
	u32 i;

	for (i = 0; i < 4; i++) {
		job_fill(jobs, &u[i], LABEL_LEN);
		KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u[i], LABEL));
	}
	/* START ATTACH and two jobs; INTENT of the third */
	KUNIT_ASSERT_EQ(test, 0, rig_export(jobs->rig, rig_piece(jobs->rig, 7)));
	KUNIT_EXPECT_EQ(test, job_peek_kept(), 4u);
	hallmark_job_forget(rig_gate_exported(jobs->rig->g));
	KUNIT_EXPECT_EQ(test, job_peek_kept(), 2u);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, i < 2 ? -ENOENT : 0, hallmark_job_lookup(&u[i]));
	job_fill(jobs, &again, LABEL_LEN);
	memcpy(again.job_id, u[1].job_id, sizeof(again.job_id));
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &again, LABEL));
	KUNIT_EXPECT_EQ(test, again.seq, 5ULL);
	job_fill(jobs, &again, LABEL_LEN);
	memcpy(again.job_id, u[2].job_id, sizeof(again.job_id));
	KUNIT_EXPECT_EQ(test, -EEXIST, job_submit(t, &again, LABEL));
	job_rig_check(jobs);
}

/*
 * Its OUTCOME exported, as far as others can tell, before its caller was answered: answered
 * all the same, and freed then. One byte less, and it is kept.
 */
static struct {
	struct rig *rig;
	u64 end;		/* of the OUTCOME that follows, reckoned in mid-job */
	u64 less;
} exporter;

static void forget_it(void)
{
	hallmark_job_forget(exporter.end - exporter.less);
	/* an exporter that comes late, with what was given away before */
	hallmark_job_forget(1);
}

static void forget_in_mid_job(struct transport *t)
{
	exporter.end = exporter.rig->log_len +
		       rig_entry_size(exporter.rig, HM_EV_TAG_OUTCOME, 0);
	if (!job_peek_ended)
		forget_it();
}

static void expect_forgotten(struct kunit *test, bool ended, bool less)
{
	struct job_rig *jobs = job_rig_open(test, RIG_LOG);
	struct transport *t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
	struct hallmark_mark u;

	exporter.rig = jobs->rig;
	exporter.less = less;
	t->hook = forget_in_mid_job;
	if (ended)
		job_peek_ended = forget_it;
	job_fill(jobs, &u, LABEL_LEN);
	KUNIT_EXPECT_EQ(test, 0, job_submit(t, &u, LABEL));
	KUNIT_EXPECT_EQ(test, u.state, (u32)HALLMARK_STATE_DONE);
	KUNIT_EXPECT_EQ(test, exporter.end, (u64)jobs->rig->log_len +
			rig_entry_size(jobs->rig, HM_EV_TAG_OUTCOME, 0));
	KUNIT_EXPECT_EQ(test, job_peek_kept(), less ? 1u : 0u);
	KUNIT_EXPECT_EQ(test, hallmark_job_lookup(&u), less ? 0 : -ENOENT);
	job_peek_ended = NULL;
	job_rig_check(jobs);
	job_rig_exit(test);
}

static void name_forgotten_while_it_runs(struct kunit *test)
{
	expect_forgotten(test, false, false);
	expect_forgotten(test, false, true);
}

static void name_forgotten_before_it_is_told(struct kunit *test)
{
	expect_forgotten(test, true, false);
	expect_forgotten(test, true, true);
}

static struct kunit_case name_cases[] = {
	KUNIT_CASE(name_key_is_not_built_in),
	KUNIT_CASE(name_is_used_once),
	KUNIT_CASE(name_has_a_secret_place),
	KUNIT_CASE(name_forgotten_when_exported),
	KUNIT_CASE(name_forgotten_while_it_runs),
	KUNIT_CASE(name_forgotten_before_it_is_told),
	{}
};

struct kunit_suite name_suite = {
	.name = "hallmark-name",
	.exit = job_rig_exit,
	.test_cases = name_cases,
};
