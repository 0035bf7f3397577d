// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A machine that is going to sleep (the kernel's pm_test stands in: everything is told
 * of it and processes are frozen): nothing new is begun, jobs in flight may end within
 * ten seconds, or there is no sleep.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define DRAIN_MS	10000

FIXTURE(drain) {
	int fd;
	int eeprom;
	int log;
	struct hallmark_mark m;	/* held, in flight on the printer */
	pid_t job, nap;		/* its process, and the one that wants to sleep */
	long long began;
};

FIXTURE_SETUP(drain)
{
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
	self->log = gt_log_open();
	ASSERT_LE(0, self->log);
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&self->m, " ", 1);
	self->job = gt_mark_child(self->fd, &self->m);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	self->began = gt_now();
	self->nap = fork();
	if (self->nap == 0)
		_exit(-gt_nap());
	/* it is at the drain: blocked in the write of "freeze" */
	ASSERT_TRUE(gt_wait_blocked(self->nap, SYS_write));
}

FIXTURE_TEARDOWN(drain)
{
	close(self->fd);
	close(self->eeprom);
	close(self->log);
	gt_control("printer", "clear", NULL, 0);
}

/* Wait until a MARK is refused for the sleep's sake; 0, or what it said instead. */
static int refused(int fd, struct hallmark_mark *m)
{
	long long end = gt_now() + DRAIN_MS / 2;
	int rc;

	do {
		gt_job(m, "\xff", 1);
		m->offset = 900;
		rc = gt_mark(fd, m);
	} while (!rc && gt_now() < end);
	return rc;
}

/* The job ends while the machine waits for it. */
TEST_F(drain, a_job_that_ends)
{
	struct hallmark_mark m, r;
	struct hallmark_export x;
	struct gt_log kept, log;
	int status;

	EXPECT_EQ(-EAGAIN, refused(self->eeprom, &m));
	EXPECT_EQ(-ENOENT, gt_result(self->eeprom, m.job_id, &r));
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	gt_export_of(&x, &kept, kept.len);
	EXPECT_EQ(-EAGAIN, gt_export_ioctl(self->log, &x));
	EXPECT_EQ((long)kept.len, gt_log_size());
	gt_log_free(&kept);
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);

	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(self->nap, waitpid(self->nap, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(self->job, waitpid(self->job, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	/* awake: the same job again */
	ASSERT_EQ(0, gt_mark(self->eeprom, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	gt_log_free(&log);
}

/* It does not: the sleep is refused, and the job goes on. */
TEST_F(drain, a_job_that_does_not)
{
	struct hallmark_mark m, r;
	struct gt_log log;
	int status;

	EXPECT_EQ(-EAGAIN, refused(self->eeprom, &m));
	ASSERT_EQ(self->nap, waitpid(self->nap, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EBUSY, WEXITSTATUS(status));
	EXPECT_LE(DRAIN_MS - 100, gt_now() - self->began);
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	ASSERT_EQ(0, gt_mark(self->eeprom, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(self->job, waitpid(self->job, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
