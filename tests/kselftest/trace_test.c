// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The tracepoints: a begin and an end for each job that is sent, none for one that is
 * not; between INTENT and OUTCOME, with what MARK says in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

FIXTURE(trace) {
	int fd;
	int eeprom;
};

FIXTURE_SETUP(trace)
{
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
	ASSERT_TRUE(gt_trace_on("hallmark"));
}

FIXTURE_TEARDOWN(trace)
{
	gt_trace_off("hallmark");
	close(self->fd);
	close(self->eeprom);
	gt_control("printer", "clear", NULL, 0);
}

/* One line each, the begin's and the end's, by this process, and what they say. */
static int wrong_pair(const char *marker, uint32_t kind, const struct hallmark_mark *m)
{
	char want[256], line[512];
	int bad = 0;

	snprintf(want, sizeof(want), "hallmark_job_begin: marker=%s seq=%llu kind=%u len=%u",
		 marker, (unsigned long long)m->seq, kind, m->payload_len);
	bad += gt_trace_lines(want, getpid(), line, sizeof(line)) != 1;
	snprintf(want, sizeof(want),
		 "hallmark_job_end: marker=%s seq=%llu state=%u sent=%u error=%d", marker,
		 (unsigned long long)m->seq, m->state, m->sent, m->error);
	bad += gt_trace_lines(want, getpid(), line, sizeof(line)) != 1;
	if (bad) {
		gt_trace_lines("hallmark_job", 0, line, sizeof(line));
		printf("# no '%s'; the last line is '%s'\n", want, line);
	}
	return bad;
}

TEST_F(trace, a_pair_for_each_job)
{
	static char big[20000];
	struct hallmark_mark m;
	uint8_t b;
	int jobs = 0;

	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(0, wrong_pair("printer0", HM_EV_KIND_PRINTER, &m));
	jobs++;

	ASSERT_EQ(1, pread(self->eeprom, &b, 1, 700));
	b ^= 1;
	gt_job(&m, &b, 1);
	m.offset = 700;
	ASSERT_EQ(0, gt_mark(self->eeprom, &m));
	EXPECT_EQ(0, wrong_pair("eeprom0", HM_EV_KIND_EEPROM, &m));
	jobs++;

	memset(big, ' ', sizeof(big));
	ASSERT_TRUE(gt_control("printer", "fault partial 17000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	ASSERT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EPIPE, m.error);
	EXPECT_EQ(0, wrong_pair("printer0", HM_EV_KIND_PRINTER, &m));
	jobs++;

	/* refused: nothing was sent */
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &m));
	gt_job(&m, big, 0);
	EXPECT_EQ(-EINVAL, gt_mark(self->fd, &m));
	EXPECT_EQ(jobs, gt_trace_lines("hallmark_job_begin:", 0, NULL, 0));
	EXPECT_EQ(jobs, gt_trace_lines("hallmark_job_end:", 0, NULL, 0));

	ASSERT_TRUE(gt_trace_off("hallmark"));
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(jobs, gt_trace_lines("hallmark_job_end:", 0, NULL, 0));
}

/* Begun when the job holds the marker; ended before its outcome is told. */
TEST_F(trace, begun_and_not_ended)
{
	struct hallmark_mark m, r;
	char want[128];
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&m, " ", 1);
	pid = gt_mark_child(self->fd, &m);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	snprintf(want, sizeof(want), "hallmark_job_begin: marker=printer0 seq=%llu ",
		 (unsigned long long)r.seq);
	EXPECT_EQ(1, gt_trace_lines(want, pid, NULL, 0));
	EXPECT_EQ(0, gt_trace_lines("hallmark_job_end:", 0, NULL, 0));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(1, gt_trace_lines("hallmark_job_end:", pid, NULL, 0));
}

TEST_HARNESS_MAIN
