// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate's states: what an extend may do and say, at each place where there is
 * one, and what the gate must make of it. After each, rig_check() reads the log
 * against the fake TPM's journal.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

/* A gate with one job behind it, so that the queue is empty. */
static struct rig *settled(struct kunit *test, u32 nbanks)
{
	struct rig *rig = rig_open(test, nbanks, RIG_LOG);

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	return rig;
}

#define SETTLED	"START ATTACH INTENT OUTCOME"

static void expect_resolved(struct rig *rig, u32 count, u64 seq, u32 verdict)
{
	KUNIT_EXPECT_EQ(rig->test, rig_count(rig, HM_EV_TAG_RESOLVED), count);
	KUNIT_EXPECT_EQ(rig->test, rig->ev.u.resolve.seq, seq);
	KUNIT_EXPECT_EQ(rig->test, rig->ev.u.resolve.verdict, verdict);
}

static void expect_fault(struct rig *rig, u64 seq, int code)
{
	KUNIT_EXPECT_EQ(rig->test, rig_count(rig, HM_EV_TAG_FAULT), 1u);
	KUNIT_EXPECT_EQ(rig->test, rig->ev.u.fault.seq, seq);
	KUNIT_EXPECT_EQ(rig->test, rig->ev.u.fault.code, code);
	KUNIT_EXPECT_EQ(rig->test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_FAULT);
	KUNIT_EXPECT_EQ(rig->test, gate_counts.crit, 1u);
}

/* INTENT's extend, and the job that follows if it may. */
static const struct intent_case {
	const char *name;
	struct fake_step step;
	int rc;
	u32 pause_ms;
	const char *order;	/* behind SETTLED */
} intent_cases[] = {
	{ "done", { FAKE_HONEST, 0 }, 0, 0, "INTENT OUTCOME" },
	{ "done, said to have failed", { FAKE_HONEST, -ETIME }, 0, 0,
	  "INTENT RESOLVED OUTCOME" },
	{ "done, a response code", { FAKE_HONEST, 0x922 }, 0, 0, "INTENT RESOLVED OUTCOME" },
	{ "done, two reads fail", { FAKE_HONEST, -EIO, 2 }, 0, 40,
	  "INTENT RESOLVED OUTCOME" },
	{ "done, three reads fail", { FAKE_HONEST, -EIO, 3 }, 1, 40, "(INTENT) (FAULT)" },
	{ "done, no read succeeds", { FAKE_HONEST, -EIO, FAKE_DEAF }, 1, 40,
	  "(INTENT) (FAULT)" },
	{ "done, two reads of a later bank fail", { FAKE_HONEST, 0x101, 1 }, 0, 20,
	  "INTENT RESOLVED OUTCOME" },
	{ "lost", { FAKE_LOST, -EIO }, -EIO, 0, "RESOLVED" },
	{ "lost, a response code", { FAKE_LOST, 1 }, -EIO, 0, "RESOLVED" },
	{ "lost, a read fails", { FAKE_LOST, -ENODEV, 1 }, -EIO, 20, "RESOLVED" },
	{ "lost, no read succeeds", { FAKE_LOST, -ENODEV, FAKE_DEAF }, 1, 40,
	  "(INTENT) (FAULT)" },
	{ "after a stranger's", { FAKE_FOREIGN, -EIO }, 1, 0, "(INTENT) (FAULT)" },
	{ "a stranger's instead", { FAKE_FOREIGN_ONLY, -EIO }, 1, 0, "(INTENT) (FAULT)" },
	{ "a stranger's, a response code", { FAKE_FOREIGN_ONLY, 0x922 }, 1, 0,
	  "(INTENT) (FAULT)" },
	{ "torn", { FAKE_TORN, -EIO }, 1, 0, "(INTENT) (FAULT)" },
};

static void intent_name(const struct intent_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(intent, intent_cases, intent_name);

static void gate_intent(struct kunit *test)
{
	const struct intent_case *c = test->param_value;
	struct rig *rig = settled(test, 2);
	char *order = kunit_kzalloc(test, 128, GFP_KERNEL);
	int code = 77;

	KUNIT_ASSERT_NOT_NULL(test, order);
	fake_tell_step(&rig->fake, &c->step);
	KUNIT_EXPECT_EQ(test, c->rc, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, code, c->step.code);
	KUNIT_EXPECT_EQ(test, gate_counts.slept_ms, c->pause_ms);
	/* the number is spent, whatever became of it */
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 2ULL);
	rig_check_room(rig);
	if (!c->rc)
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	scnprintf(order, 128, "%s %s", SETTLED, c->order);
	rig_expect_order(rig, order);
	if (c->rc == 1)
		expect_fault(rig, 2, c->step.code);
	else if (c->step.code)
		expect_resolved(rig, 1, 2, c->rc ? HM_EV_RESOLVED_NOT_EXTENDED :
						   HM_EV_RESOLVED_EXTENDED);
	rig_check_room(rig);
	rig_check(rig);
	rig->fake.deaf = 0;
	KUNIT_EXPECT_EQ(test, rig_mark(rig), c->rc == 1 ? -ENOTRECOVERABLE : 0);
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), c->rc == 1 ? 2ULL : 3ULL);
	rig_check(rig);
}

/* OUTCOME's extends: up to three tries, each lost one told of before the next. */
static const struct outcome_case {
	const char *name;
	struct fake_step step[6];	/* RESOLVEDs' extends included */
	u32 nsteps;
	bool latched;
	u32 resolved;			/* RESOLVEDs in the log */
	const char *order;		/* behind SETTLED INTENT */
} outcome_cases[] = {
	{ "done", { { FAKE_HONEST } }, 1, false, 0, "OUTCOME" },
	{ "done, said to have failed", { { FAKE_HONEST, -EIO } }, 1, false, 1,
	  "OUTCOME RESOLVED" },
	{ "first try lost", { { FAKE_LOST, -EIO } }, 1, false, 1, "RESOLVED OUTCOME" },
	{ "first try lost, second done and denied",
	  { { FAKE_LOST, -EIO }, { FAKE_HONEST }, { FAKE_HONEST, 1 } }, 3, false, 2,
	  "RESOLVED OUTCOME RESOLVED" },
	{ "two tries lost", { { FAKE_LOST, 1 }, { FAKE_HONEST }, { FAKE_LOST, 2 } }, 3,
	  false, 2, "RESOLVED RESOLVED OUTCOME" },
	{ "two lost, third done and denied",
	  { { FAKE_LOST, 1 }, { FAKE_HONEST }, { FAKE_LOST, 2 }, { FAKE_HONEST },
	    { FAKE_HONEST, 3 } }, 5, false, 3, "RESOLVED RESOLVED OUTCOME RESOLVED" },
	{ "three tries lost",
	  { { FAKE_LOST, 1 }, { FAKE_HONEST }, { FAKE_LOST, 2 }, { FAKE_HONEST },
	    { FAKE_LOST, 3 } }, 5, true, 2, "RESOLVED RESOLVED (OUTCOME) (FAULT)" },
	{ "ambiguous", { { FAKE_FOREIGN, -EIO } }, 1, true, 0, "(OUTCOME) (FAULT)" },
	{ "second try ambiguous", { { FAKE_LOST, 1 }, { FAKE_HONEST }, { FAKE_TORN, 5 } }, 3,
	  true, 1, "RESOLVED (OUTCOME) (FAULT)" },
	{ "third try ambiguous",
	  { { FAKE_LOST, 1 }, { FAKE_HONEST }, { FAKE_LOST, 1 }, { FAKE_HONEST },
	    { FAKE_FOREIGN_ONLY, 9 } }, 5, true, 2, "RESOLVED RESOLVED (OUTCOME) (FAULT)" },
	{ "lost, and RESOLVED of it lost once",
	  { { FAKE_LOST, 1 }, { FAKE_LOST, 2 } }, 2, false, 1, "RESOLVED OUTCOME" },
	{ "lost, and RESOLVED of it lost twice",
	  { { FAKE_LOST, 1 }, { FAKE_LOST, 2 }, { FAKE_LOST, 3 } }, 3, true, 0,
	  "(OUTCOME) (FAULT)" },
	{ "lost, and RESOLVED of it done and denied",
	  { { FAKE_LOST, 1 }, { FAKE_HONEST, 2 } }, 2, false, 1, "RESOLVED OUTCOME" },
	{ "lost, and RESOLVED of it ambiguous",
	  { { FAKE_LOST, 1 }, { FAKE_FOREIGN, 2 } }, 2, true, 1,
	  "(RESOLVED) (FAULT) (OUTCOME)" },
	{ "done and denied, RESOLVED of it lost",
	  { { FAKE_HONEST, 1 }, { FAKE_LOST, 2 } }, 2, false, 0, "OUTCOME" },
	{ "done and denied, RESOLVED of it ambiguous",
	  { { FAKE_HONEST, 1 }, { FAKE_FOREIGN, 2 } }, 2, false, 1,
	  "OUTCOME (RESOLVED) (FAULT)" },
};

static void outcome_name(const struct outcome_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(outcome, outcome_cases, outcome_name);

static void gate_outcome(struct kunit *test)
{
	const struct outcome_case *c = test->param_value;
	struct rig *rig = settled(test, 2);
	char *order = kunit_kzalloc(test, 256, GFP_KERNEL);
	bool fault;
	int code;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, order);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	for (i = 0; i < c->nsteps; i++)
		fake_tell_step(&rig->fake, &c->step[i]);
	KUNIT_EXPECT_EQ(test, c->latched, rig_outcome(rig, rig_last(rig)));
	scnprintf(order, 256, "%s INTENT %s", SETTLED, c->order);
	rig_expect_order(rig, order);
	KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_RESOLVED), c->resolved);
	if (c->resolved)
		KUNIT_EXPECT_EQ(test, rig->ev.u.resolve.seq, 2ULL);
	fault = rig_gate_state(rig->g) == HALLMARK_GATE_FAULT;
	KUNIT_EXPECT_EQ(test, fault, !!strstr(c->order, "FAULT"));
	rig_check_room(rig);
	rig_check(rig);
	/* "seq 0 and code 0" is how a sleep is told from an extend that failed */
	if (fault) {
		KUNIT_EXPECT_EQ(test, 1u, rig_count(rig, HM_EV_TAG_FAULT));
		KUNIT_EXPECT_EQ(test, rig->ev.u.fault.seq, 2ULL);
		KUNIT_EXPECT_NE(test, rig->ev.u.fault.code, 0);
	}
	KUNIT_EXPECT_EQ(test, rig_mark(rig), fault ? -ENOTRECOVERABLE : 0);
	rig_check(rig);
}

/* What INTENT owes and could not pay at once comes before everything else. */
static void gate_debt_comes_first(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	u32 other = rig_attach(rig, "printer1", 0);
	int code;

	/* ATTACH of printer1, INTENT done and denied, its RESOLVED lost */
	fake_tell(&rig->fake, FAKE_HONEST, 0);
	fake_tell(&rig->fake, FAKE_HONEST, -EIO);
	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, other, &code));
	rig_expect_order(rig, SETTLED " ATTACH INTENT");
	rig_check_room(rig);
	/* an ATTACH in the queue waits for it, too */
	rig_attach(rig, "printer2", 5);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	rig_expect_order(rig, SETTLED " ATTACH INTENT RESOLVED ATTACH INTENT");
	expect_resolved(rig, 1, 2, HM_EV_RESOLVED_EXTENDED);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[1]));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[2]));
	rig_check_room(rig);
	rig_check(rig);
}

/* As long as RESOLVED is lost, nothing else happens, and no number is spent. */
static void gate_debt_unpaid(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code, i;

	fake_tell(&rig->fake, FAKE_LOST, -EIO);		/* INTENT */
	for (i = 0; i < 5; i++)
		fake_tell(&rig->fake, FAKE_LOST, -EIO);	/* RESOLVED */
	KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 0, &code));
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 0, &code));
		KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 2ULL);
		rig_expect_order(rig, SETTLED);
	}
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, SETTLED " RESOLVED INTENT OUTCOME");
	KUNIT_EXPECT_EQ(test, rig_last(rig)->intent.seq, 3ULL);
	rig_check(rig);
}

/* The OUTCOME was given up after its tries: it is in the log, and so is why. */
static void expect_given_up(struct rig *rig, int code)
{
	KUNIT_EXPECT_TRUE(rig->test, rig_outcome(rig, rig_last(rig)));
	rig_expect_order(rig, SETTLED " INTENT (OUTCOME) (FAULT)");
	expect_fault(rig, 2, code);
	rig_check_room(rig);
	rig_check(rig);
}

/* A RESOLVED that cannot be extended costs OUTCOME its tries; the FAULT says why. */
static void gate_debt_unpaid_at_outcome(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code, i;

	fake_tell(&rig->fake, FAKE_HONEST, 7);		/* INTENT */
	for (i = 0; i < 4; i++)
		fake_tell(&rig->fake, FAKE_LOST, 9);	/* RESOLVED */
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 0, &code));
	expect_given_up(rig, 9);
}

/* Latched with jobs in flight: each OUTCOME is kept, none is extended. */
static void gate_latched_with_jobs_in_flight(struct kunit *test)
{
	struct rig *rig = settled(test, 2);
	u32 extends, i;
	int code;

	rig_attach(rig, "printer1", 3);
	rig_attach(rig, "eeprom0", 3);
	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, i, &code));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[2]));
	fake_tell(&rig->fake, FAKE_FOREIGN, -ETIME);
	KUNIT_EXPECT_EQ(test, 1, rig_intent(rig, 1, &code));
	KUNIT_EXPECT_EQ(test, code, -ETIME);
	extends = rig->fake.extends;
	rig_detach(rig, 2);
	rig_attach(rig, "printer9", 3);
	KUNIT_EXPECT_TRUE(test, rig_outcome(rig, &rig->job[3]));
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, code, 0);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_export(rig, rig_piece(rig, 1)));
	KUNIT_EXPECT_TRUE(test, rig_outcome(rig, &rig->job[1]));
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_intent(rig, 0, &code));
	rig_expect_order(rig, SETTLED " ATTACH ATTACH INTENT INTENT INTENT OUTCOME "
			 "(INTENT) (FAULT) (OUTCOME) (OUTCOME)");
	/* the TPM was let alone since */
	KUNIT_EXPECT_EQ(test, rig->fake.extends, extends);
	expect_fault(rig, 5, -ETIME);
	rig_check_room(rig);
	rig_check(rig);
}

static void gate_marker_gone(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	rig_detach(rig, 0);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, code, 0);
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 1ULL);
	rig_expect_order(rig, SETTLED " DETACH");
	rig_check_room(rig);
	rig_check(rig);
}

/* A caller that is killed, and when: in so many extends, counted from its MARK. */
static const struct killed_case {
	const char *name;
	u32 extends;		/* that come before it; 0: dead when it asks */
	struct fake_step step;	/* the one in which it is killed */
	int rc;
	const char *order;	/* behind SETTLED, OUTCOME included */
} killed_cases[] = {
	{ "before", 0, { FAKE_HONEST }, -EINTR, "" },
	{ "while the queue is told", 1, { FAKE_HONEST }, -EINTR, " ATTACH" },
	{ "while the queue is told, with a debt", 1, { FAKE_HONEST, -EIO }, -EINTR,
	  " ATTACH RESOLVED" },
	{ "while the last of the queue is told", 2, { FAKE_HONEST }, -EINTR,
	  " ATTACH ATTACH" },
	{ "at its INTENT", 3, { FAKE_HONEST }, 0, " ATTACH ATTACH INTENT OUTCOME" },
	{ "at its INTENT, which is called a failure", 3, { FAKE_HONEST, -ETIME }, 0,
	  " ATTACH ATTACH INTENT RESOLVED OUTCOME" },
	{ "at its INTENT, which is lost", 3, { FAKE_LOST, -ETIME }, -EIO,
	  " ATTACH ATTACH RESOLVED" },
	{ "at its INTENT, which is ambiguous", 3, { FAKE_TORN, -ETIME }, 1,
	  " ATTACH ATTACH (INTENT) (FAULT)" },
};

static void killed_name(const struct killed_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(killed, killed_cases, killed_name);

static void kill_caller(void *arg)
{
	gate_around.killed = true;
}

/* No INTENT is begun for the dead; one that is in the log has its OUTCOME. */
static void gate_caller_killed(struct kunit *test)
{
	const struct killed_case *c = test->param_value;
	struct fake_step step = c->step;
	struct rig *rig = settled(test, 2);
	char *order = kunit_kzalloc(test, 256, GFP_KERNEL);
	u64 begun = c->extends == 3;
	u32 i;
	int code;

	KUNIT_ASSERT_NOT_NULL(test, order);
	/* unless it is the queue in which it is killed, there is none to be told of */
	if (c->extends)
		rig_attach(rig, "printer1", 3);
	if (c->extends > 1)
		rig_attach(rig, "eeprom0", 5);
	for (i = 1; i < c->extends; i++)
		fake_tell(&rig->fake, FAKE_HONEST, 0);
	step.hook = kill_caller;
	if (c->extends)
		fake_tell_step(&rig->fake, &step);
	else
		gate_around.killed = true;
	KUNIT_EXPECT_EQ(test, c->rc, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, code, begun ? c->step.code : 0);
	KUNIT_EXPECT_TRUE(test, gate_around.killed);
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 1 + begun);
	rig_check_room(rig);
	if (!c->rc)
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	scnprintf(order, 256, "%s%s", SETTLED, c->order);
	rig_expect_order(rig, order);
	/* for those who live, nothing is lost and no number is */
	gate_around.killed = false;
	KUNIT_EXPECT_EQ(test, rig_mark(rig), c->rc == 1 ? -ENOTRECOVERABLE : 0);
	if (c->rc != 1)
		KUNIT_EXPECT_EQ(test, rig_last(rig)->intent.seq, 2 + begun);
	rig_check_room(rig);
	rig_check(rig);
}

/* Asked for once more where there was no memory for a hash. */
static void intent_again(struct rig *rig, u32 marker)
{
	int code, rc = rig_intent(rig, marker, &code);

	if (rc == -ENOMEM) {
		KUNIT_EXPECT_EQ(rig->test, code, 0);
		rc = rig_intent(rig, marker, &code);
	}
	KUNIT_ASSERT_EQ(rig->test, 0, rc);
	rig_check_room(rig);
}

static void export_again(struct rig *rig, u32 n)
{
	int rc = rig_export(rig, rig_piece(rig, n));

	if (rc == -ENOMEM)
		rc = rig_export(rig, rig_piece(rig, n));
	KUNIT_ASSERT_EQ(rig->test, 0, rc);
	rig_check_room(rig);
}

/*
 * Any one hash fails, where it may: what was about to be measured was not even tried, and
 * is measured when it is asked for again, under the number that was not used.
 */
static void gate_any_hash_fails(struct kunit *test)
{
	struct rig *rig;
	bool failed;
	u32 n = 0;

	do {
		rig = settled(test, 2);
		gate_around.good_hashes = n++;
		gate_around.bad_hashes = 1;
		rig_attach(rig, "printer1", 3);
		intent_again(rig, 1);
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
		rig_detach(rig, 1);
		fake_tell(&rig->fake, FAKE_HONEST, 0x101);	/* DETACH */
		intent_again(rig, 0);
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
		export_again(rig, 2);
		intent_again(rig, 0);
		KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
		rig_expect_order(rig, SETTLED " ATTACH INTENT OUTCOME DETACH RESOLVED "
				 "INTENT OUTCOME EXPORT INTENT OUTCOME");
		KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 4ULL);
		KUNIT_EXPECT_EQ(test, rig_last(rig)->intent.seq, 4ULL);
		rig_check_room(rig);
		rig_check(rig);
		/* the last round is the one in which none was left to fail */
		failed = !gate_around.bad_hashes;
		rig_exit(test);
	} while (failed && n < 100);
	/* ten events, two banks, two hashes for each */
	KUNIT_EXPECT_EQ(test, n, 10u * 4 + 1);
}

/* None succeeds where an OUTCOME is due: the gate closes, if there is no FAULT to tell of it. */
static void gate_no_hash_for_an_outcome(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	u32 extends;
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	extends = rig->fake.extends;
	gate_around.bad_hashes = U32_MAX;
	KUNIT_EXPECT_TRUE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, rig_last(rig)->end, U64_MAX);
	gate_around.bad_hashes = 0;
	KUNIT_EXPECT_EQ(test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_FAULT);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_mark(rig));
	rig_expect_order(rig, SETTLED " INTENT");
	KUNIT_EXPECT_EQ(test, rig->fake.extends, extends);
}

/* It succeeds when the gate has given up: then that is in the log. */
static void gate_no_hash_for_three_tries(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	gate_around.bad_hashes = 3;
	expect_given_up(rig, -ENOMEM);
}

/* What an earlier job's extend returned is no reason of this one's. */
static void gate_no_hash_after_another_failure(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	int code;

	fake_tell(&rig->fake, FAKE_HONEST, 7);		/* INTENT, and RESOLVED is paid */
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	gate_around.bad_hashes = 3;
	KUNIT_EXPECT_TRUE(test, rig_outcome(rig, rig_last(rig)));
	rig_expect_order(rig, SETTLED " INTENT RESOLVED (OUTCOME) (FAULT)");
	expect_fault(rig, 2, -ENOMEM);
	rig_check(rig);
}

/* A TPM that does not answer at all is not asked again: its driver has waited for minutes. */
static void gate_silent_reads_are_not_repeated(struct kunit *test)
{
	struct fake_step step = { .act = FAKE_LOST, .code = -ETIME, .deaf = FAKE_DEAF };
	struct rig *rig = settled(test, 2);
	u32 reads = rig->fake.reads;
	int code;

	step.deaf_code = -ETIME;
	fake_tell_step(&rig->fake, &step);
	KUNIT_EXPECT_EQ(test, 1, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, rig->fake.reads, reads + 1);
	KUNIT_EXPECT_EQ(test, gate_counts.slept_ms, 0u);
	rig_expect_order(rig, SETTLED " (INTENT) (FAULT)");
	expect_fault(rig, 2, -ETIME);
	rig_check(rig);
}

/* Nothing is printed as long as nothing goes wrong. */
static void gate_is_silent(struct kunit *test)
{
	struct rig *rig = settled(test, 1);
	u32 i;

	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	KUNIT_EXPECT_EQ(test, gate_counts.crit, 0u);
	KUNIT_EXPECT_EQ(test, gate_counts.warn, 0u);
	/* one extend per event, and no reading of what need not be asked */
	KUNIT_EXPECT_EQ(test, rig->fake.extends, 2u + 2 * 21);
	KUNIT_EXPECT_EQ(test, rig->fake.reads, 1u);
	rig_check(rig);
}

static struct kunit_case gate_cases[] = {
	KUNIT_CASE_PARAM(gate_intent, intent_gen_params),
	KUNIT_CASE_PARAM(gate_outcome, outcome_gen_params),
	KUNIT_CASE(gate_debt_comes_first),
	KUNIT_CASE(gate_debt_unpaid),
	KUNIT_CASE(gate_debt_unpaid_at_outcome),
	KUNIT_CASE(gate_latched_with_jobs_in_flight),
	KUNIT_CASE(gate_marker_gone),
	KUNIT_CASE_PARAM(gate_caller_killed, killed_gen_params),
	KUNIT_CASE(gate_any_hash_fails),
	KUNIT_CASE(gate_no_hash_for_an_outcome),
	KUNIT_CASE(gate_no_hash_for_three_tries),
	KUNIT_CASE(gate_no_hash_after_another_failure),
	KUNIT_CASE(gate_silent_reads_are_not_repeated),
	KUNIT_CASE(gate_is_silent),
	{}
};

struct kunit_suite gate_suite = {
	.name = "hallmark-gate",
	.exit = rig_exit,
	.test_cases = gate_cases,
};
