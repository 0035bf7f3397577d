// SPDX-License-Identifier: GPL-2.0-only
/*
 * Room. What the gate lets begin is reckoned here from the published sizes, byte by
 * byte; and then, where the log is as full as it can be, the TPM does its worst, and
 * every promise must be kept all the same.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

static const struct banks {
	u32 n;
} bank_sets[] = { { 1 }, { 2 }, { 3 }, { 4 } };

static void banks_name(const struct banks *b, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u banks", b->n);
}

KUNIT_ARRAY_PARAM(banks, bank_sets, banks_name);

#define IDENT	12

/* A rig whose entries can be measured, without a gate. */
static struct rig *ruler(struct kunit *test)
{
	const struct banks *b = test->param_value;

	return rig_new(test, b->n);
}

static size_t resolved_size(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_RESOLVED, 0);
}

static size_t job_size(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_INTENT, 0) +
	       rig_entry_size(rig, HM_EV_TAG_OUTCOME, 0);
}

/* What must be free for an INTENT: itself, what it may owe, and its OUTCOME's promise. */
static size_t job_need(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_INTENT, 0) + 2 * resolved_size(rig) +
	       rig_job_hold(rig);
}

/* What is taken once START is in the log. */
static size_t base_size(const struct rig *rig)
{
	return rig_header_size(rig) + rig_entry_size(rig, HM_EV_TAG_START, 0) +
	       rig_entry_size(rig, HM_EV_TAG_FAULT, 0) +
	       rig_entry_size(rig, HM_EV_TAG_EXPORT, 0);
}

/* What an ATTACH takes for good, DETACH's promise included. */
static size_t attach_size(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_ATTACH, IDENT) + rig_detach_hold(rig);
}

/* The smallest log that takes one job on one marker. */
static size_t one_job_cap(const struct rig *rig)
{
	return base_size(rig) + attach_size(rig) + 2 * resolved_size(rig) + job_need(rig);
}

static void room_for_one_job_to_the_byte(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig);
	int i;

	for (i = -2; i <= 2; i++) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap + i));
		rig_attach(rig, "printer0", IDENT);
		KUNIT_EXPECT_EQ_MSG(test, rig_mark(rig), i < 0 ? -ENOSPC : 0, "%d bytes", i);
		rig_check_room(rig);
		rig_expect_order(rig, i < 0 ? "START" : "START ATTACH INTENT OUTCOME");
		rig_check(rig);
	}
}

/* How many jobs fit, for every size of log over more than a job's length. */
static void room_for_jobs_to_the_byte(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig), end = cap + job_size(rig) + 40, used;
	u32 jobs;

	for (; cap < end; cap += rig_stride(61)) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
		rig_attach(rig, "printer0", IDENT);
		used = base_size(rig) + attach_size(rig);
		for (jobs = 0; used + job_need(rig) <= cap; jobs++)
			used += job_size(rig);
		while (!rig_mark(rig))
			rig_check_room(rig);
		KUNIT_EXPECT_EQ_MSG(test, rig->njobs, jobs, "cap %zu", cap);
		KUNIT_EXPECT_EQ(test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_FULL);
		rig_check(rig);
	}
}

/* Begun side by side: each one's promise counts. */
static void room_for_jobs_in_flight(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + 2 * (attach_size(rig) + job_need(rig)), end, used;
	char name[HM_EV_NAME_SIZE];
	u32 i, jobs;
	int code;

	for (end = cap + job_need(rig); cap < end; cap += rig_stride(83)) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
		for (i = 0; i < 3; i++) {
			snprintf(name, sizeof(name), "printer%u", i);
			rig_attach(rig, name, IDENT);
		}
		used = base_size(rig) + 3 * attach_size(rig);
		for (jobs = 0; used + job_need(rig) <= cap; jobs++)
			used += rig_entry_size(rig, HM_EV_TAG_INTENT, 0) + rig_job_hold(rig);
		for (i = 0; !rig_intent(rig, i % 3, &code); i++)
			rig_check_room(rig);
		KUNIT_EXPECT_EQ_MSG(test, rig->njobs, jobs, "cap %zu", cap);
		for (i = 0; i < rig->njobs; i++)
			KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[i]));
		rig_check_room(rig);
		rig_check(rig);
	}
}

/*
 * The dearest that a TPM can be without latching the gate: each OUTCOME's first two
 * tries lost and the third denied, each of them told; each DETACH denied.
 */
static void dear(void *arg, struct fake_step *step)
{
	struct rig *rig = arg;
	const struct fake_entry *last = &rig->fake.journal[rig->fake.extends - 1];
	u32 lost = 0, i;

	/* every second extend is a RESOLVED: let that one be */
	if (last->code)
		return;
	for (i = rig->fake.extends; i-- && i + 6 > rig->fake.extends;)
		lost += rig->fake.journal[i].act == FAKE_LOST;
	step->code = 1;
	step->act = lost < 2 ? FAKE_LOST : FAKE_HONEST;
}

static void denied(void *arg, struct fake_step *step)
{
	struct rig *rig = arg;

	step->code = rig->fake.journal[rig->fake.extends - 1].code ? 0 : 1;
}

/* Full of jobs in flight; then every one ends in the dearest way, none latches. */
static void fill_and_finish(struct kunit *test, size_t cap,
			    void (*mood)(void *arg, struct fake_step *step))
{
	struct rig *rig = ruler(test);
	u32 i, mark;
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
	rig_attach(rig, "printer0", IDENT);
	rig_attach(rig, "printer1", IDENT);
	rig_attach(rig, "printer2", IDENT);
	rig->fake.mood = denied;
	rig->fake.mood_arg = rig;
	while (!rig_intent(rig, rig->njobs % 3, &code))
		rig_check_room(rig);
	KUNIT_EXPECT_GE(test, rig->njobs, 3u);
	for (i = 0; i < rig->njobs; i++) {
		rig->fake.mood = mood;
		mark = rig->fake.extends;
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[i]));
		if (mood == dear)
			KUNIT_EXPECT_GE(test, rig->fake.extends - mark, 5u);
		rig_check_room(rig);
		rig->fake.mood = NULL;
		/* what is free now must not go to anybody who has no right to it */
		if (i % 4 == 3)
			rig_intent(rig, 0, &code);
		rig_check_room(rig);
	}
	rig->fake.mood = denied;
	rig_detach(rig, 0);
	rig_detach(rig, 2);
	rig_intent(rig, 1, &code);
	rig->fake.mood = NULL;
	rig_intent(rig, 1, &code);
	KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_DETACH), 2u);
	rig_check_room(rig);
	rig_check(rig);
	rig_exit(test);
}

static void room_is_kept_for_the_dearest(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + 2 * attach_size(rig) + 3 * job_need(rig);
	size_t end = cap + job_need(rig);

	rig_exit(test);
	for (; cap < end; cap += rig_stride(97)) {
		fill_and_finish(test, cap, dear);
		fill_and_finish(test, cap, denied);
	}
}

/* Full, with jobs in flight, and then the worst: FAULT and every OUTCOME still fit. */
static void room_for_the_fault(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + 4 * job_size(rig), end = cap + job_need(rig);
	u32 i, last;
	int code;

	for (; cap < end; cap += rig_stride(67)) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
		rig_attach(rig, "printer0", IDENT);
		while (!rig_intent(rig, 0, &code))
			;
		KUNIT_EXPECT_EQ(test, -ENOSPC, rig_intent(rig, 0, &code));
		last = rig->njobs - 1;
		fake_tell(&rig->fake, FAKE_TORN, -EIO);
		rig->fake.deaf = FAKE_DEAF;
		KUNIT_EXPECT_TRUE(test, rig_outcome(rig, &rig->job[last]));
		rig_check_room(rig);
		for (i = 0; i < last; i++)
			KUNIT_EXPECT_TRUE(test, rig_outcome(rig, &rig->job[i]));
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_FAULT), 1u);
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_OUTCOME), last + 1);
		rig_check_room(rig);
		rig_check(rig);
	}
}

/* An INTENT that is lost again and again takes RESOLVEDs until none fits; no further. */
static void room_ends_with_lost_intents(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + 300, end = cap + resolved_size(rig);
	u32 tries;
	int rc, code;

	for (; cap < end; cap += rig_stride(23)) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
		rig_attach(rig, "printer0", IDENT);
		KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
		for (tries = 0; tries < 100; tries++) {
			fake_tell(&rig->fake, FAKE_LOST, -EIO);
			rc = rig_intent(rig, 0, &code);
			rig_check_room(rig);
			if (rc != -EIO)
				break;
		}
		KUNIT_EXPECT_EQ(test, rc, -ENOSPC);
		rig->fake.mood = dear;
		rig->fake.mood_arg = rig;
		/* the step that was foretold for an INTENT meets the OUTCOME */
		rig_outcome(rig, &rig->job[0]);
		rig_check_room(rig);
		rig_check(rig);
	}
}

/* A DETACH that is lost again and again stops where there is no room to say so. */
static void room_ends_with_lost_detachs(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + 2 * attach_size(rig), end = cap + resolved_size(rig);
	u32 tries;
	int rc, code;

	for (; cap < end; cap += rig_stride(23)) {
		rig_exit(test);
		rig = ruler(test);
		KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
		rig_attach(rig, "printer1", IDENT);
		KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
		rig_detach(rig, 0);
		for (tries = 0; tries < 200; tries++) {
			/* DETACH lost; RESOLVED, first of the next, honest */
			if (tries)
				fake_tell(&rig->fake, FAKE_HONEST, 0);
			fake_tell(&rig->fake, FAKE_LOST, -EIO);
			rc = rig_intent(rig, 1, &code);
			rig_check_room(rig);
			if (rc != -EIO)
				break;
		}
		KUNIT_EXPECT_EQ(test, rc, -ENOSPC);
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_DETACH), 0u);
		rig_check(rig);
		/* with room again, it is said; no job has passed it */
		rig->fake.next = rig->fake.nsteps;
		KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, rig_count(rig, 0))));
		KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 1, &code));
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_DETACH), 1u);
		rig_check_room(rig);
		rig_check(rig);
	}
}

/* Who finds no room for an ATTACH is not lost: it waits, or leaves unseen. */
static void room_for_no_attach(struct kunit *test)
{
	struct rig *rig = ruler(test);
	size_t cap = one_job_cap(rig) + job_size(rig);
	struct gate_peek peek;
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, cap));
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_attach(rig, "eeprom0", HM_EV_IDENT_MAX);
	KUNIT_EXPECT_EQ(test, -ENOSPC, rig_intent(rig, 0, &code));
	/* "ok" promises a job, and not that the queue has room: docs/uapi.md says so */
	KUNIT_EXPECT_EQ(test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_OK);
	gate_peek(rig->g, &peek);
	KUNIT_EXPECT_EQ(test, peek.queued, 1u);
	rig_detach(rig, 1);
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME INTENT OUTCOME");
	rig_check_room(rig);
	rig_check(rig);
}

static struct kunit_case room_cases[] = {
	KUNIT_CASE_PARAM(room_for_one_job_to_the_byte, banks_gen_params),
	KUNIT_CASE_PARAM(room_for_jobs_to_the_byte, banks_gen_params),
	KUNIT_CASE_PARAM(room_for_jobs_in_flight, banks_gen_params),
	KUNIT_CASE_PARAM(room_is_kept_for_the_dearest, banks_gen_params),
	KUNIT_CASE_PARAM(room_for_the_fault, banks_gen_params),
	KUNIT_CASE_PARAM(room_ends_with_lost_intents, banks_gen_params),
	KUNIT_CASE_PARAM(room_ends_with_lost_detachs, banks_gen_params),
	KUNIT_CASE_PARAM(room_for_no_attach, banks_gen_params),
	{}
};

struct kunit_suite room_suite = {
	.name = "hallmark-room",
	.exit = rig_exit,
	.test_cases = room_cases,
};
