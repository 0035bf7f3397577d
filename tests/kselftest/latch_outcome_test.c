// SPDX-License-Identifier: LGPL-2.1-or-later
/* The TPM goes away between a job's INTENT and its OUTCOME. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

TEST(latch)
{
	static char big[40000];
	struct hallmark_mark *m, r, other;
	static struct hm_ev ev;
	struct gt_log log;
	int fd, status;
	pid_t pid;

	memset(big, ' ', sizeof(big));
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)m);
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(m, big, sizeof(big));
	m->timeout_ms = 60000;
	pid = fork();
	if (pid == 0)
		_exit(gt_mark(fd, m) ? 1 : 0);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_TRUE(gt_control("vtpm", "die", NULL, 0));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);

	/* the true state, and beside it that it is not anchored */
	EXPECT_EQ(HALLMARK_STATE_DONE, m->state);
	EXPECT_EQ(HALLMARK_MARK_LATCHED, m->flags);
	EXPECT_EQ(sizeof(big), m->sent);
	ASSERT_EQ(0, gt_result(fd, m->job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(HALLMARK_MARK_LATCHED, r.flags);

	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_INTENT, m->seq, &ev));
	EXPECT_EQ(HM_EV_EVENT_TAG, ev.type);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_OUTCOME, m->seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	EXPECT_EQ(HALLMARK_STATE_DONE, ev.u.outcome.state);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_FAULT, m->seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	gt_log_free(&log);
	gt_job(&other, " ", 1);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(fd, &other));
	close(fd);
}

TEST_HARNESS_MAIN
