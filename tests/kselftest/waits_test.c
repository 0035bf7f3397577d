// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGKILL in every place where one may wait. The errno of a process that dies is
 * nobody's to see but the tracer's: EINTR, "killed before anything was measured".
 * What it had begun is told by RESULT and by the log. (At the TPM: held_test.c.)
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

static char big[40000];

FIXTURE(waits) {
	int fd;
	int eeprom;
};

FIXTURE_SETUP(waits)
{
	memset(big, ' ', sizeof(big));
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
	ASSERT_TRUE(gt_trace_exits_on());
}

FIXTURE_TEARDOWN(waits)
{
	gt_trace_exits_off();
	close(self->fd);
	close(self->eeprom);
	gt_control("printer", "clear", NULL, 0);
}

/* Behind another job of its marker. */
TEST_F(waits, for_its_turn)
{
	struct hallmark_mark first, second, r;
	pid_t pid[2];
	int status;

	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&first, big, sizeof(big));
	pid[0] = gt_mark_child(self->fd, &first);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	gt_job(&second, big, sizeof(big));
	pid[1] = gt_mark_child(self->fd, &second);
	ASSERT_TRUE(gt_wait_blocked(pid[1], SYS_ioctl));
	EXPECT_TRUE(gt_killed(pid[1]));
	EXPECT_EQ(1, gt_trace_exits(SYS_ioctl, -EINTR, pid[1]));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, second.job_id, &r));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid[0], waitpid(pid[0], &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, first.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
}

/* A printer without paper takes nothing: the transfer is withdrawn. */
TEST_F(waits, for_paper)
{
	long long end = gt_now() + GT_WAIT_MS;
	struct hallmark_mark m, r;
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault paper-out", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = gt_mark_child(self->fd, &m);
	ASSERT_TRUE(gt_wait_blocked(pid, SYS_ioctl));
	/* it may still be at the TPM: wait until the bytes are on their way */
	while (!gt_result(self->fd, m.job_id, &r) && !r.seq)
		ASSERT_GT(end, gt_now());
	EXPECT_TRUE(gt_killed(pid));
	/* there is an INTENT: 0, which nobody could be told any more */
	EXPECT_EQ(1, gt_trace_exits(SYS_ioctl, 0, pid));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_EQ(-EINTR, r.error);
	EXPECT_EQ(0, r.sent);
	r.payload_len = m.payload_len;
	EXPECT_LOGGED(&r);
}

/* Killed while the reply is awaited: the bytes are out, and it says so. */
TEST_F(waits, for_a_reply)
{
	long long received = gt_number("printer", "received");
	struct hallmark_mark m, r;
	char line[64];
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault silence", NULL, 0));
	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = gt_mark_child(self->fd, &m);
	snprintf(line, sizeof(line), "wait received>=%lld 60", received + 3);
	ASSERT_TRUE(gt_control("printer", line, NULL, 0));
	ASSERT_TRUE(gt_wait_blocked(pid, SYS_ioctl));
	EXPECT_TRUE(gt_killed(pid));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(3, r.sent);
	EXPECT_TRUE(r.error == -EINTR || r.error == 0);
	EXPECT_EQ(0, r.reply_len);
	r.payload_len = 3;
	EXPECT_LOGGED(&r);
}

/*
 * A marker whose transport is busy for somebody's port_status: a printer that does not
 * even answer that (its emulator stands still) holds an open() up, which is killable.
 */
TEST_F(waits, to_open)
{
	char text[64];
	pid_t emulator = (pid_t)gt_number("printer", "pid"), asks, opens;

	if (emulator <= 0) {
		FILE *f = popen("pgrep -x hm-printer", "r");

		ASSERT_NE(NULL, f);
		ASSERT_NE(NULL, fgets(text, sizeof(text), f));
		pclose(f);
		emulator = atoi(text);
	}
	ASSERT_LT(1, emulator);
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(0, kill(emulator, SIGSTOP));
	asks = fork();
	if (asks == 0)
		_exit(gt_attr("printer0", "port_status", text, sizeof(text)) ? 0 : 1);
	EXPECT_TRUE(gt_wait_blocked(asks, SYS_read));
	opens = fork();
	if (opens == 0) {
		syscall(SYS_openat, AT_FDCWD, GT_DIR "printer0", O_RDWR);
		_exit(1);
	}
	EXPECT_TRUE(gt_wait_blocked(opens, SYS_openat));
	EXPECT_TRUE(gt_killed(opens));
	EXPECT_EQ(1, gt_trace_exits(SYS_openat, -EINTR, opens));
	ASSERT_EQ(0, kill(emulator, SIGCONT));
	ASSERT_EQ(asks, waitpid(asks, NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
}

TEST_HARNESS_MAIN
