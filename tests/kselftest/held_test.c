// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGKILL while the TPM is at work, on one that can be held up (tests/kselftest/vtpm).
 * An extend gets 750 ms of the kernel's patience and a read two minutes: what is held
 * is the read that is to judge an extend which was called a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

FIXTURE(held) {
	int fd;
	int eeprom;
};

FIXTURE_SETUP(held)
{
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
	ASSERT_TRUE(gt_trace_exits_on());
}

FIXTURE_TEARDOWN(held)
{
	gt_control("vtpm", "honest", NULL, 0);
	gt_trace_exits_off();
	close(self->fd);
	close(self->eeprom);
	gt_control("printer", "clear", NULL, 0);
}

/* A child in MARK whose command the TPM holds; 0 if it came to no such thing. */
static pid_t held_at_the_tpm(int fd, struct hallmark_mark *m)
{
	pid_t pid = gt_mark_child(fd, m);

	if (!gt_wait_blocked(pid, SYS_ioctl))
		return 0;
	while (gt_number("vtpm", "held") != 1)
		if (kill(pid, 0))
			return 0;
	return pid;
}

/* The same, killed; and it is not gone before the TPM has answered. */
static pid_t killed_at_the_tpm(int fd, struct hallmark_mark *m)
{
	pid_t pid = held_at_the_tpm(fd, m);

	return pid && !kill(pid, SIGKILL) && !waitpid(pid, NULL, WNOHANG) ? pid : 0;
}

/*
 * In the TPM's part of a job nobody is let go: the INTENT is extended, the transfer does
 * not begin, and the OUTCOME says so.
 */
TEST_F(held, for_the_tpm)
{
	struct hallmark_mark m, r;
	long long received;
	int status;
	pid_t pid;

	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	received = gt_number("printer", "received");
	ASSERT_TRUE(gt_control("vtpm", "lie 1 after", NULL, 0));
	ASSERT_TRUE(gt_control("vtpm", "lie-read 1 hold", NULL, 0));
	gt_job(&m, "  ", 2);
	pid = killed_at_the_tpm(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, gt_result(self->eeprom, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	EXPECT_EQ(0, r.seq);
	ASSERT_TRUE(gt_control("vtpm", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(0, gt_result(self->eeprom, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_EQ(-EINTR, r.error);
	EXPECT_EQ(0, r.sent);
	EXPECT_EQ(received, gt_number("printer", "received"));
	r.payload_len = m.payload_len;
	EXPECT_LOGGED(&r);
}

/*
 * The TPM is not at the job yet but at what is told before it: a board that went and came.
 * That is finished, and then there is nobody any more for whom an INTENT could be.
 */
TEST_F(held, for_the_queue)
{
	struct hallmark_mark m, r;
	long long received, seq;
	static struct hm_ev ev;
	struct gt_log log;
	size_t before, after;
	int status;
	pid_t pid;

	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	received = gt_number("printer", "received");
	seq = gt_seq();
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_replays(&log, &before));
	gt_log_free(&log);
	close(self->eeprom);
	ASSERT_TRUE(gt_unplug("fixture"));
	ASSERT_TRUE(gt_wait_node("eeprom0", false));
	ASSERT_TRUE(gt_plug("fixture"));
	self->eeprom = gt_open("eeprom0", O_RDWR);
	ASSERT_LE(0, self->eeprom);
	/* DETACH, then ATTACH: what is held is the second's verdict */
	ASSERT_TRUE(gt_control("vtpm", "lie 2 after", NULL, 0));
	ASSERT_TRUE(gt_control("vtpm", "lie-read 1 hold", NULL, 0));
	gt_job(&m, "  ", 2);
	pid = killed_at_the_tpm(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("vtpm", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(1, gt_trace_exits(SYS_ioctl, -EINTR, pid));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(seq, gt_seq());
	EXPECT_EQ(received, gt_number("printer", "received"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, &after));
	EXPECT_EQ(before + 3, after);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_RESOLVED, 0, &ev));
	EXPECT_EQ(log.len, ev.at + ev.size);
	gt_log_free(&log);
	/* nothing stands in the way of those who live, and its name is free */
	EXPECT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(seq + 1, (long long)m.seq);
	EXPECT_LOGGED(&m);
}

/* Behind another marker's job that is at the TPM: not measured, so it may go. */
TEST_F(held, for_the_gate)
{
	struct hallmark_mark p, e, r;
	uint8_t b = 0;
	int status, log = gt_log_open();
	pid_t pid[2];

	gt_job(&p, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &p));
	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	ASSERT_TRUE(gt_control("vtpm", "lie-read 1 hold", NULL, 0));
	gt_job(&p, " ", 1);
	pid[0] = held_at_the_tpm(self->fd, &p);
	ASSERT_LT(0, pid[0]);
	gt_job(&e, &b, 1);
	pid[1] = gt_mark_child(self->eeprom, &e);
	ASSERT_TRUE(gt_wait_blocked(pid[1], SYS_ioctl));
	/* who reads the log waits too, and may be killed as well */
	EXPECT_TRUE(gt_killed(pid[1]));
	EXPECT_EQ(1, gt_trace_exits(SYS_ioctl, -EINTR, pid[1]));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, e.job_id, &r));
	pid[1] = fork();
	if (pid[1] == 0) {
		syscall(SYS_openat, AT_FDCWD, GT_SECURITYFS "log", O_RDONLY);
		_exit(1);
	}
	ASSERT_TRUE(gt_wait_blocked(pid[1], SYS_openat));
	EXPECT_TRUE(gt_killed(pid[1]));
	EXPECT_EQ(1, gt_trace_exits(SYS_openat, -EINTR, pid[1]));
	/* and who would export it */
	pid[1] = fork();
	if (pid[1] == 0) {
		struct hallmark_export x = { .size = sizeof(x), .len = 1000 };

		gt_export_ioctl(log, &x);
		_exit(1);
	}
	ASSERT_TRUE(gt_wait_blocked(pid[1], SYS_ioctl));
	EXPECT_TRUE(gt_killed(pid[1]));
	EXPECT_EQ(1, gt_trace_exits(SYS_ioctl, -EINTR, pid[1]));
	close(log);
	ASSERT_TRUE(gt_control("vtpm", "release", NULL, 0));
	ASSERT_EQ(pid[0], waitpid(pid[0], &status, 0));
	/* EIO: known not to have been extended */
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	EXPECT_EQ(-ENOENT, gt_result(self->fd, p.job_id, &r));
	EXPECT_TRUE(gt_state_is("ok"));
}

TEST_HARNESS_MAIN
