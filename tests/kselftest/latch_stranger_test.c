// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Another program extends the gate's PCR. Marks go on, and the log does not replay
 * any more, which is what tells. The gate itself sees it when it next has a reason to
 * read the PCR: here a failed extend, while another marker's job is in flight. That
 * job's bytes are out: it keeps its true state, and is told that it is not anchored.
 */
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
	struct hallmark_mark *m, e, r, other;
	static struct hm_ev ev;
	struct gt_log log;
	int fd, eeprom, status;
	size_t fault_end;
	uint8_t byte;
	pid_t pid;

	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)m);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	if (gt_number("fixture", "inserted") != 1)
		ASSERT_TRUE(gt_control("fixture", "insert board01", NULL, 0));
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	eeprom = gt_open("eeprom0", O_RDWR);
	ASSERT_LE(0, eeprom);
	gt_job(&other, " ", 1);
	ASSERT_EQ(0, gt_mark(fd, &other));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);

	/* not noticed here, but by whoever replays */
	ASSERT_TRUE(gt_foreign_extend());
	ASSERT_EQ(1, pread(eeprom, &byte, 1, 500));
	byte ^= 1;
	gt_job(&e, &byte, 1);
	e.offset = 500;
	ASSERT_EQ(0, gt_mark(eeprom, &e));
	EXPECT_EQ(HALLMARK_STATE_DONE, e.state);
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &e));
	EXPECT_FALSE(gt_log_replays(&log, NULL));
	gt_log_free(&log);

	/* a job in flight on the printer */
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(m, " ", 1);
	pid = fork();
	if (pid == 0)
		_exit(gt_mark(fd, m) ? 1 : 0);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));

	/* now the PCR is read; it is neither what it was nor what it was to be */
	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	byte ^= 1;
	gt_job(&e, &byte, 1);
	e.offset = 500;
	ASSERT_EQ(0, gt_mark(eeprom, &e));
	EXPECT_EQ(HALLMARK_STATE_FAULT, e.state);
	EXPECT_EQ(0, e.sent);
	EXPECT_EQ(0, e.flags);
	EXPECT_TRUE(gt_state_is("fault"));
	ASSERT_EQ(1, pread(eeprom, &byte, 1, 500));
	ASSERT_EQ(0, gt_result(fd, m->job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	gt_job(&other, " ", 1);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(eeprom, &other));

	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(HALLMARK_STATE_DONE, m->state);
	EXPECT_EQ(HALLMARK_MARK_LATCHED, m->flags);
	EXPECT_EQ(1, m->sent);

	/* the log: INTENT as it may or may not be, FAULT, and behind it the OUTCOME */
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_INTENT, e.seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_FAULT, e.seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	EXPECT_EQ(0x101, ev.u.fault.code);
	fault_end = ev.at + ev.size;
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_OUTCOME, m->seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	EXPECT_EQ(HALLMARK_STATE_DONE, ev.u.outcome.state);
	EXPECT_EQ(fault_end, ev.at);
	EXPECT_EQ(log.len, ev.at + ev.size);
	gt_log_free(&log);
	close(eeprom);
	close(fd);
}

TEST_HARNESS_MAIN
