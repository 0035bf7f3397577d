// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep and shutdown: nothing begins, what runs is waited for, and a PCR that is not
 * as it was left closes the gate.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

#define SETTLED	"START ATTACH INTENT OUTCOME"

static struct rig *settled(struct kunit *test, u32 nbanks)
{
	struct rig *rig = rig_open(test, nbanks, RIG_LOG);

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	return rig;
}

static void finish(struct rig *rig)
{
	rig_check_room(rig);
	rig_check(rig);
}

static void sleep_refuses(struct kunit *test)
{
	struct rig *rig = settled(test, 2);
	u32 extends = rig->fake.extends;
	int code;

	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	KUNIT_EXPECT_EQ(test, -EAGAIN, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, -EAGAIN, rig_export(rig, rig_piece(rig, 1)));
	/* who comes and goes may do so; it is told afterwards */
	rig_attach(rig, "printer1", 4);
	rig_detach(rig, 0);
	KUNIT_EXPECT_EQ(test, -EAGAIN, rig_intent(rig, 1, &code));
	KUNIT_EXPECT_EQ(test, rig->fake.extends, extends);
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 1ULL);
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 1, &code));
	rig_expect_order(rig, SETTLED " ATTACH DETACH INTENT");
	finish(rig);
}

/* A hook that ends the job while sleep() waits for it. */
static void end_job(void *arg)
{
	struct rig *rig = arg;
	struct rig_job *job = rig_last(rig);

	if (!job->ended)
		KUNIT_EXPECT_FALSE(rig->test, rig_outcome(rig, job));
}

static void sleep_waits_for_jobs(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	gate_wait_hook = end_job;
	gate_wait_arg = rig;
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	KUNIT_EXPECT_TRUE(test, rig_last(rig)->ended);
	KUNIT_EXPECT_EQ(test, -EAGAIN, rig_intent(rig, 0, &code));
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, SETTLED " INTENT OUTCOME INTENT OUTCOME");
	finish(rig);
}

/* Who waits is woken when the last job ends, and not before: it has a bound, and a long one. */
static void sleep_is_woken(struct kunit *test)
{
	struct rig *rig = settled(test, 2);
	u32 woken = gate_counts.woken;
	int code;

	rig_attach(rig, "printer1", 4);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 1, &code));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[2]));
	KUNIT_EXPECT_EQ(test, gate_counts.woken, woken);
	/* also by one that cannot be measured any more */
	fake_tell(&rig->fake, FAKE_TORN, -EIO);
	KUNIT_EXPECT_TRUE(test, rig_outcome(rig, &rig->job[1]));
	KUNIT_EXPECT_EQ(test, gate_counts.woken, woken + 1);
	finish(rig);
}

/* While it waits nothing new begins, or the wait might have no end. */
static void try_another(void *arg)
{
	struct rig *rig = arg;
	int code;

	KUNIT_EXPECT_EQ(rig->test, -EAGAIN, rig_intent(rig, 0, &code));
}

static void sleep_gives_up(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	gate_wait_hook = try_another;
	gate_wait_arg = rig;
	KUNIT_EXPECT_EQ(test, -EBUSY, hallmark_gate_sleep(rig->g));
	/* the suspend is off: all is as it was */
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, SETTLED " INTENT OUTCOME INTENT OUTCOME");
	finish(rig);
}

static const struct wake_case {
	const char *name;
	bool reset;		/* the PCR is empty */
	bool foreign;		/* or has one more in it */
	u32 deaf;
	bool latched;
} wake_cases[] = {
	{ "the PCR is as it was" },
	{ "it is, by the third read", .deaf = 2 },
	{ "the PCR is empty", .reset = true, .latched = true },
	{ "somebody extended it", .foreign = true, .latched = true },
	{ "it cannot be read", .deaf = 3, .latched = true },
	{ "it cannot be read, ever", .deaf = FAKE_DEAF, .latched = true },
};

static void wake_name(const struct wake_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(wake, wake_cases, wake_name);

static void sleep_and_wake(struct kunit *test)
{
	const struct wake_case *c = test->param_value;
	struct rig *rig = settled(test, 3);
	u32 crit, reads;
	int code;

	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	if (c->reset)
		fake_tpm_reset(&rig->fake);
	if (c->foreign) {
		rig->fake.pcr[2][47] ^= 0x80;
		rig->fake.foreign++;
	}
	rig->fake.deaf = c->deaf;
	hallmark_gate_wake(rig->g);
	rig->fake.deaf = 0;
	KUNIT_EXPECT_EQ(test, rig_intent(rig, 0, &code), c->latched ? -ENOTRECOVERABLE : 0);
	KUNIT_EXPECT_EQ(test, code, 0);
	if (c->latched) {
		rig_expect_order(rig, SETTLED " (FAULT)");
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_FAULT), 1u);
		KUNIT_EXPECT_EQ(test, rig->ev.u.fault.seq, 0ULL);
		KUNIT_EXPECT_EQ(test, rig->ev.u.fault.code, 0);
		/* again: latched once, told once, and there is nothing to look for any more */
		crit = gate_counts.crit;
		reads = rig->fake.reads;
		KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_mark(rig));
		hallmark_gate_sleep(rig->g);
		KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_mark(rig));
		hallmark_gate_wake(rig->g);
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_FAULT), 1u);
		KUNIT_EXPECT_EQ(test, gate_counts.crit, crit);
		KUNIT_EXPECT_EQ(test, rig->fake.reads, reads);
	} else {
		rig_expect_order(rig, SETTLED " INTENT");
	}
	finish(rig);
}

/* Asleep with a RESOLVED owed: an INTENT was lost, and so was what should tell of it. */
static struct rig *asleep_with_a_debt(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 0, &code));
	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	return rig;
}

/* A debt outlives the sleep, and is paid after the PCR was looked at. */
static void sleep_with_a_debt(struct kunit *test)
{
	struct rig *rig = asleep_with_a_debt(test);

	rig_expect_order(rig, SETTLED);
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, SETTLED " RESOLVED INTENT OUTCOME");
	finish(rig);
}

/*
 * An extend that was found not done, and is done when the machine wakes: the TPM took
 * it late. It is in no log, and the PCR is not what was left.
 */
static void sleep_finds_a_late_extend(struct kunit *test)
{
	struct rig *rig = asleep_with_a_debt(test);

	memcpy(rig->fake.pcr[0], rig->fake.tpm.banks[0].next, HM_EV_DIGEST_MAX);
	rig->fake.foreign++;
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_mark(rig));
	rig_expect_order(rig, SETTLED " (FAULT)");
	finish(rig);
}

static void sleep_when_latched(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	fake_tell(&rig->fake, FAKE_FOREIGN, -EIO);
	KUNIT_EXPECT_EQ(test, 1, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	/* latched is latched: EAGAIN would promise a better time */
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_intent(rig, 0, &code));
	hallmark_gate_wake(rig->g);
	rig_expect_order(rig, SETTLED " (INTENT) (FAULT)");
	finish(rig);
}

static void stop_refuses_for_good(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	gate_wait_hook = end_job;
	gate_wait_arg = rig;
	hallmark_gate_stop(rig->g);
	KUNIT_EXPECT_TRUE(test, rig_last(rig)->ended);
	KUNIT_EXPECT_EQ(test, -ESHUTDOWN, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, -ESHUTDOWN, rig_export(rig, rig_piece(rig, 1)));
	/* the POST of a sleep that was under way does not open it again */
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, -ESHUTDOWN, rig_intent(rig, 0, &code));
	hallmark_gate_sleep(rig->g);
	KUNIT_EXPECT_EQ(test, -ESHUTDOWN, rig_intent(rig, 0, &code));
	rig_expect_order(rig, SETTLED " INTENT OUTCOME");
	finish(rig);
}

/* A job that the machine's end overtakes is still told of, if there is time. */
static void stop_lets_a_job_end(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	hallmark_gate_stop(rig->g);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	rig_expect_order(rig, SETTLED " INTENT OUTCOME");
	finish(rig);
}

static struct kunit_case sleep_cases[] = {
	KUNIT_CASE(sleep_refuses),
	KUNIT_CASE(sleep_waits_for_jobs),
	KUNIT_CASE(sleep_is_woken),
	KUNIT_CASE(sleep_gives_up),
	KUNIT_CASE_PARAM(sleep_and_wake, wake_gen_params),
	KUNIT_CASE(sleep_with_a_debt),
	KUNIT_CASE(sleep_finds_a_late_extend),
	KUNIT_CASE(sleep_when_latched),
	KUNIT_CASE(stop_refuses_for_good),
	KUNIT_CASE(stop_lets_a_job_end),
	{}
};

struct kunit_suite sleep_suite = {
	.name = "hallmark-sleep",
	.exit = rig_exit,
	.test_cases = sleep_cases,
};
