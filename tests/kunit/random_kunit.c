// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once, in an order that nobody thought of: markers come and go, jobs
 * begin and end, the log is exported, the machine sleeps, and the TPM lies as its mood
 * is. After each step the room is reckoned, after each run the log is read against the
 * fake's journal. A run is a seed: what fails is told with it, and fails again.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "rig.h"

static unsigned int runs = 40;
module_param(runs, uint, 0444);
MODULE_PARM_DESC(runs, "Random runs per mood of the TPM");

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Of the first random run; the others count on from it");

#define STEPS		120
#define NAMES		5
#define IN_FLIGHT_MAX	12

/* Of 1,000 extends, so many go wrong in this way. */
static const struct mood {
	const char *name;
	u32 lost;
	u32 denied;		/* done, said to have failed */
	u32 worst;		/* a stranger's, torn, or no read succeeds */
	u32 deaf;		/* of those that fail: the first reads fail, too */
} moods[] = {
	{ "honest" },
	{ "nervous", 30, 30, 0, 300 },
	{ "unreliable", 250, 250, 0, 200 },
	{ "hopeless", 550, 150, 0, 100 },
	{ "bound to fail", 100, 100, 12, 200 },
	{ "hostile", 150, 150, 80, 300 },
};

static void mood_name(const struct mood *m, char *desc)
{
	strscpy(desc, m->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mood, moods, mood_name);

struct run {
	struct kunit *test;
	struct rig *rig;
	const struct mood *mood;
	struct rig_random rnd;
	u32 here[NAMES];		/* the rig's marker of this name, or NOBODY */
	struct rig_job *flying[IN_FLIGHT_MAX];
	u32 nflying;
	bool asleep;
	bool busy;			/* an operation is under way: see moved() */
	u32 done[8];			/* how often each operation came to something */
};

#define NOBODY	U32_MAX

static void come_or_go(struct run *run)
{
	u32 i = rig_below(&run->rnd, NAMES), len = rig_below(&run->rnd, 40);
	char name[HM_EV_NAME_SIZE];

	if (run->here[i] != NOBODY) {
		rig_detach(run->rig, run->here[i]);
		run->here[i] = NOBODY;
		return;
	}
	if (run->rig->nmarkers == RIG_MARKERS_MAX)
		return;
	if (!rig_below(&run->rnd, 20))
		len = HM_EV_IDENT_MAX;
	snprintf(name, sizeof(name), "%s%u", i & 1 ? "printer" : "eeprom", i);
	run->here[i] = rig_attach(run->rig, name, len);
}

/* In the middle of an extend somebody may come or go: that waits for nothing. */
static void moved(void *arg)
{
	come_or_go(arg);
}

static void next_step(void *arg, struct fake_step *step)
{
	struct run *run = arg;
	const struct mood *m = run->mood;
	u32 dice = rig_below(&run->rnd, 1000);
	static const int codes[] = { -EIO, -ETIME, -ENODEV, -EINTR, 0x101, 0x922, 1 };

	if (!rig_below(&run->rnd, 16)) {
		step->hook = moved;
		step->arg = run;
	}
	if (dice >= m->lost + m->denied + m->worst)
		return;
	step->code = codes[rig_below(&run->rnd, ARRAY_SIZE(codes))];
	if (rig_below(&run->rnd, 1000) < m->deaf)
		step->deaf = 1 + rig_below(&run->rnd, 2);
	if (dice < m->lost) {
		step->act = FAKE_LOST;
	} else if (dice >= m->lost + m->denied) {
		switch (rig_below(&run->rnd, 4)) {
		case 0:
			step->act = FAKE_FOREIGN;
			break;
		case 1:
			step->act = FAKE_FOREIGN_ONLY;
			break;
		default:
			/* done or not, and nobody to tell */
			step->act = dice & 1 ? FAKE_HONEST : FAKE_LOST;
			step->deaf = FAKE_DEAF;
		}
	}
}

static int begin(struct run *run)
{
	u32 i = rig_below(&run->rnd, NAMES);
	int rc, code;

	if (run->nflying == IN_FLIGHT_MAX || run->rig->njobs == RIG_JOBS_MAX ||
	    run->here[i] == NOBODY)
		return -EAGAIN;
	rc = rig_intent(run->rig, run->here[i], &code);
	if (!rc)
		run->flying[run->nflying++] = rig_last(run->rig);
	KUNIT_EXPECT_TRUE(run->test, rc == 1 || rc == 0 || rc == -EIO || rc == -ENOSPC ||
			  rc == -ENODEV || rc == -ENOTRECOVERABLE ||
			  (run->asleep && rc == -EAGAIN));
	KUNIT_EXPECT_TRUE(run->test, !run->asleep || rc < 0);
	return rc;
}

static int end(struct run *run)
{
	u32 i;

	if (!run->nflying)
		return -EAGAIN;
	i = rig_below(&run->rnd, run->nflying);
	rig_outcome(run->rig, run->flying[i]);
	run->flying[i] = run->flying[--run->nflying];
	return 0;
}

static int give_away(struct run *run)
{
	u32 n = rig_count(run->rig, 0), kept, first;
	struct hm_ev_reader r = run->rig->tail;
	int rc;

	if (run->rig->nexports == RIG_EXPORTS_MAX)
		return -EAGAIN;
	r.pos = rig_gate_exported(run->rig->g);
	for (kept = 0; hm_ev_next(&r, &run->rig->ev) == 1; kept++)
		;
	KUNIT_ASSERT_LE(run->test, kept, n);
	if (!kept)
		return -EAGAIN;
	first = 1 + rig_below(&run->rnd, kept);
	rc = rig_export(run->rig, rig_piece(run->rig, first));
	KUNIT_EXPECT_TRUE(run->test, rc == 0 || rc == -EIO || rc == -ENOSPC ||
			  rc == -ENOTRECOVERABLE || (run->asleep && rc == -EAGAIN));
	return rc;
}

static int sleep_or_wake(struct run *run)
{
	int rc = 0;

	if (run->asleep) {
		hallmark_gate_wake(run->rig->g);
		run->asleep = false;
	} else {
		rc = hallmark_gate_sleep(run->rig->g);
		KUNIT_EXPECT_EQ(run->test, rc, run->nflying ? -EBUSY : 0);
		run->asleep = !rc;
	}
	rig_follow(run->rig);
	return rc;
}

static void one_step(struct run *run)
{
	u32 dice = rig_below(&run->rnd, 100), what;
	int rc = 0;

	/* a TPM that fell silent for good would end the run too soon */
	if (!run->rig->latched)
		run->rig->fake.deaf = 0;
	if (dice < 12) {
		what = 0;
		come_or_go(run);
	} else if (dice < 50) {
		what = 1;
		rc = begin(run);
	} else if (dice < 85) {
		what = 2;
		rc = end(run);
	} else if (dice < 93) {
		what = 3;
		rc = give_away(run);
	} else {
		what = 4;
		/* awake more often than not */
		if (run->asleep || dice > 97)
			rc = sleep_or_wake(run);
	}
	run->done[what] += !rc;
	rig_check_room(run->rig);
}

/* After the last step: those in flight come down, all that is left is said. */
static void land(struct run *run)
{
	if (run->asleep)
		sleep_or_wake(run);
	while (run->nflying)
		end(run);
	rig_check_room(run->rig);
	rig_check(run->rig);
}

static void one_run(struct run *run, u32 number)
{
	u32 nbanks, i;
	size_t cap;

	run->rnd.s = number;
	nbanks = 1 + rig_below(&run->rnd, 4);
	/* small enough to be full now and then */
	cap = 3000 + nbanks * 1200 + rig_below(&run->rnd, 8000);
	run->rig = rig_new(run->test, nbanks);
	KUNIT_ASSERT_EQ(run->test, 0, rig_start(run->rig, cap));
	for (i = 0; i < NAMES; i++)
		run->here[i] = NOBODY;
	run->nflying = 0;
	run->asleep = false;
	run->rig->fake.mood = next_step;
	run->rig->fake.mood_arg = run;
	for (i = 0; i < STEPS; i++)
		one_step(run);
	land(run);
	rig_exit(run->test);
}

static void random_runs(struct kunit *test)
{
	struct run *run = kunit_kzalloc(test, sizeof(*run), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	run->test = test;
	run->mood = test->param_value;
	for (i = 0; i < runs; i++) {
		one_run(run, seed + i);
		if (kunit_failed(test)) {
			KUNIT_FAIL(test, "seed=%u runs=1 shows it", seed + i);
			break;
		}
	}
	/* runs in which nothing happened would prove nothing */
	if (runs < 10)
		return;
	for (i = 0; i <= 4; i++)
		KUNIT_EXPECT_GT_MSG(test, run->done[i], runs / 4, "operation %u", i);
}

static struct kunit_case random_cases[] = {
	KUNIT_CASE_PARAM(random_runs, mood_gen_params),
	{}
};

struct kunit_suite random_suite = {
	.name = "hallmark-random",
	.exit = rig_exit,
	.test_cases = random_cases,
};
