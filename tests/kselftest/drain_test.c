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

/*
 * A hibernation and a restore, as whoever writes or reads the image in user space has
 * them: /dev/snapshot open for reading is the one, for writing the other.
 */
FIXTURE(image) {
	int fd;
	int eeprom;
	pid_t nap;
	int asleep[2];		/* from it: open() has returned this errno */
	int wake[2];		/* to it: closed, and it closes the device */
};

FIXTURE_VARIANT(image) {
	int mode;
};

FIXTURE_VARIANT_ADD(image, hibernation) { .mode = O_RDONLY, };
FIXTURE_VARIANT_ADD(image, restore) { .mode = O_WRONLY, };

FIXTURE_SETUP(image)
{
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
	ASSERT_EQ(0, pipe2(self->asleep, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->wake, O_CLOEXEC));
}

FIXTURE_TEARDOWN(image)
{
	gt_control("printer", "clear", NULL, 0);
	close(self->fd);
	close(self->eeprom);
}

/*
 * Not built in, "nohibernate", locked down: said by open(), here in passing. Whatever else
 * it says may be the gate's own word, and is a failure.
 */
static bool may_hibernate(void)
{
	int fd = open("/dev/snapshot", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EPERM;
	close(fd);
	return true;
}

static void nap_of(const int *asleep, const int *wake, int mode)
{
	int fd = open("/dev/snapshot", mode | O_CLOEXEC), rc = fd < 0 ? errno : 0;
	char byte;

	close(wake[1]);
	if (write(asleep[1], &rc, sizeof(rc)) == sizeof(rc) && read(wake[0], &byte, 1) == 0)
		_exit(0);
	_exit(1);
}

/* It waits for the job in flight, nothing begins until it is over, and then all is as before. */
TEST_F(image, a_job_that_ends)
{
	struct hallmark_mark held, m, r;
	int status, rc = -1;
	pid_t job;

	/* here, not in the setup: behind one that skips, 6.1's harness runs the test */
	if (!may_hibernate())
		SKIP(return, "a kernel that does not hibernate, or not from user space");
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&held, " ", 1);
	job = gt_mark_child(self->fd, &held);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	self->nap = fork();
	if (self->nap == 0)
		nap_of(self->asleep, self->wake, variant->mode);
	close(self->asleep[1]);
	ASSERT_TRUE(gt_wait_blocked(self->nap, SYS_openat));
	EXPECT_EQ(-EAGAIN, refused(self->eeprom, &m));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(sizeof(rc), read(self->asleep[0], &rc, sizeof(rc)));
	ASSERT_EQ(0, rc);
	ASSERT_EQ(job, waitpid(job, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->eeprom, held.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	/* the image is being written, or read */
	EXPECT_EQ(-EAGAIN, gt_mark(self->eeprom, &m));

	close(self->wake[0]);
	close(self->wake[1]);
	ASSERT_EQ(self->nap, waitpid(self->nap, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_mark(self->eeprom, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_LOGGED(&m);
}

TEST_HARNESS_MAIN
