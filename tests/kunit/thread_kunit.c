// SPDX-License-Identifier: GPL-2.0-only
/*
 * Side by side: a thread per marker sends jobs while another exports the log, plugs and
 * unplugs markers and tries to sleep. What holds for one job at a time must hold here;
 * the debug kernel's own checkers look on.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/string.h>

#include "job_rig.h"

#define WORKERS		4
#define JOBS		30
#define TRIES_MAX	200000	/* of one job, 40 s: a log that is full, a machine that sleeps */
#define CAP		12000

struct worker {
	struct transport *t;
	struct completion ended;
	struct rig_random rnd;
	u32 jobs;
	u32 refused;
	int rc;			/* what ended it: 0, when all jobs were done */
	bool running;
};

struct crew {
	struct job_rig *jobs;
	struct worker worker[WORKERS];
	bool stop;
};

static struct crew *crew;	/* of the test that runs: for thread_exit() */

static bool worth_another_try(int rc)
{
	return rc == -ENOSPC || rc == -EAGAIN || rc == -EIO;
}

static int work(void *arg)
{
	struct worker *w = arg;
	u8 payload[64];
	struct hallmark_mark u;
	u32 tries = 0;
	int rc = 0;

	while (w->jobs < JOBS && !READ_ONCE(crew->stop) && tries++ < TRIES_MAX) {
		job_fill(crew->jobs, &u, 1 + rig_below(&w->rnd, sizeof(payload)));
		memset(payload, rig_rand(&w->rnd), sizeof(payload));
		rc = job_submit(w->t, &u, payload);
		if (!rc) {
			w->jobs++;
			tries = 0;
		} else if (worth_another_try(rc)) {
			w->refused++;
			usleep_range(200, 400);
		} else {
			break;
		}
	}
	w->rc = rc;
	complete(&w->ended);
	return 0;
}

static void start(struct kunit *test, u32 seed)
{
	u32 i;

	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &crew->worker[i];
		struct task_struct *task;

		w->t = transport_new(crew->jobs, i & 1 ? HM_EV_KIND_EEPROM : HM_EV_KIND_PRINTER,
				     i & 1 ? 4096 : 0);
		w->rnd.s = seed + i;
		init_completion(&w->ended);
		task = kthread_run(work, w, "hallmark-kunit/%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
		w->running = true;
	}
}

static bool all_ended(void)
{
	u32 i;

	for (i = 0; i < WORKERS; i++)
		if (!completion_done(&crew->worker[i].ended))
			return false;
	return true;
}

static void thread_exit(struct kunit *test)
{
	u32 i;

	if (crew)
		WRITE_ONCE(crew->stop, true);
	for (i = 0; crew && i < WORKERS; i++)
		if (crew->worker[i].running)
			wait_for_completion(&crew->worker[i].ended);
	job_rig_exit(test);
	crew = NULL;
}

static struct job_rig *assemble(struct kunit *test)
{
	struct crew *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->jobs = job_rig_open(test, CAP);
	c->jobs->threads = true;
	crew = c;
	return c->jobs;
}

/* Room for the others: half of what is kept goes. */
static void give_away(struct rig *rig, u32 *exports)
{
	struct hm_ev_reader r;
	u32 kept = 0;
	int rc;

	rig_follow(rig);
	r = rig->tail;
	r.pos = rig_gate_exported(rig->g);
	while (hm_ev_next(&r, &rig->ev) == 1)
		kept++;
	if (kept < 12)
		return;
	rc = rig_export(rig, rig_piece(rig, kept / 2));
	KUNIT_EXPECT_TRUE(rig->test, !rc || rc == -EIO || rc == -ENOTRECOVERABLE);
	if (rc)
		return;
	hallmark_job_forget(rig_gate_exported(rig->g));
	(*exports)++;
}

/* Until the others are done: everything that may go on beside a job. */
static void keep_busy(struct job_rig *jobs, u32 seed, u32 *exports)
{
	struct rig_random rnd = { .s = seed };
	struct transport *guest = NULL;

	while (!all_ended()) {
		switch (rig_below(&rnd, 8)) {
		case 0:
			if (guest) {
				transport_del(guest);
				transport_drain(guest);
				guest = NULL;
			} else if (jobs->n < TRANSPORTS_MAX) {
				guest = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
			}
			break;
		case 1:
			if (!hallmark_gate_sleep(jobs->rig->g)) {
				usleep_range(100, 200);
				hallmark_gate_wake(jobs->rig->g);
			}
			break;
		default:
			give_away(jobs->rig, exports);
		}
		usleep_range(500, 1000);
	}
}

static void thread_jobs_side_by_side(struct kunit *test)
{
	struct job_rig *jobs = assemble(test);
	u32 exports = 0, i;

	start(test, 1);
	keep_busy(jobs, 100, &exports);
	for (i = 0; i < WORKERS; i++) {
		KUNIT_EXPECT_EQ(test, crew->worker[i].rc, 0);
		KUNIT_EXPECT_EQ(test, crew->worker[i].jobs, (u32)JOBS);
	}
	KUNIT_EXPECT_EQ(test, jobs->rig->njobs, (u32)(WORKERS * JOBS));
	KUNIT_EXPECT_GT(test, exports, 1u);
	job_rig_check(jobs);
}

/* The same on a TPM that loses one extend in twenty and denies another. */
static void nervous(void *arg, struct fake_step *step)
{
	u32 dice = rig_below(arg, 20);

	step->code = dice < 2 ? -EIO : 0;
	step->act = dice == 0 ? FAKE_LOST : FAKE_HONEST;
}

static void thread_jobs_on_a_nervous_tpm(struct kunit *test)
{
	struct job_rig *jobs = assemble(test);
	struct rig_random *rnd = kunit_kzalloc(test, sizeof(*rnd), GFP_KERNEL);
	u32 exports = 0, i;

	KUNIT_ASSERT_NOT_NULL(test, rnd);
	jobs->rig->fake.mood = nervous;
	jobs->rig->fake.mood_arg = rnd;
	start(test, 7);
	keep_busy(jobs, 200, &exports);
	rig_follow(jobs->rig);
	/* three lost tries of one OUTCOME are rare, and may be */
	for (i = 0; i < WORKERS; i++)
		KUNIT_EXPECT_TRUE(test, crew->worker[i].rc == 0 ||
				  (crew->worker[i].rc == -ENOTRECOVERABLE &&
				   jobs->rig->latched));
	job_rig_check(jobs);
}

/* Each marker is pulled under its thread; the thread ends, with its job accounted for. */
static void thread_unplugged(struct kunit *test)
{
	struct job_rig *jobs = assemble(test);
	u32 exports = 0, i;

	start(test, 13);
	for (i = 0; i < WORKERS; i++) {
		usleep_range(2000, 5000);
		transport_del(crew->worker[i].t);
		give_away(jobs->rig, &exports);
	}
	while (!all_ended()) {
		give_away(jobs->rig, &exports);
		usleep_range(500, 1000);
	}
	for (i = 0; i < WORKERS; i++)
		KUNIT_EXPECT_TRUE(test, crew->worker[i].rc == -ENODEV ||
				  crew->worker[i].jobs == JOBS);
	job_rig_check(jobs);
}

static struct kunit_case thread_cases[] = {
	KUNIT_CASE(thread_jobs_side_by_side),
	KUNIT_CASE(thread_jobs_on_a_nervous_tpm),
	KUNIT_CASE(thread_unplugged),
	{}
};

struct kunit_suite thread_suite = {
	.name = "hallmark-thread",
	.exit = thread_exit,
	.test_cases = thread_cases,
};
