// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Extends that fail, on a TPM that lies about them (tests/kselftest/vtpm): what
 * the PCR says is what counts, and it is recorded. Must run before any test that
 * latches the gate.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

static const char label[] = "^XA^FO50,50^A0N,40,40^FDresolve^FS^XZ";
#define LABEL_LEN	(sizeof(label) - 1)

FIXTURE(lies) {
	int fd;
	long long received;
	long long seq;
	struct hallmark_mark m;
	struct gt_log log;
};

FIXTURE_SETUP(lies)
{
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	/* nothing is left in the queue that a lie could meet */
	gt_job(&self->m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	self->received = gt_number("printer", "received");
	self->seq = gt_seq();
	gt_job(&self->m, label, LABEL_LEN);
}

FIXTURE_TEARDOWN(lies)
{
	gt_log_free(&self->log);
	close(self->fd);
}

/* The verdict on @seq that is in the log, or 0. */
static uint32_t verdict(const struct gt_log *log, uint64_t seq)
{
	static struct hm_ev ev;

	return gt_log_find(log, HM_EV_TAG_RESOLVED, seq, &ev) ? ev.u.resolve.verdict : 0;
}

TEST_F(lies, intent_done_but_reported_failed)
{
	ASSERT_TRUE(gt_control("vtpm", "lie 1 after", NULL, 0));
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	EXPECT_EQ(0, self->m.flags);
	EXPECT_EQ(self->received + (long long)LABEL_LEN, gt_number("printer", "received"));
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
	EXPECT_EQ(HM_EV_RESOLVED_EXTENDED, verdict(&self->log, self->m.seq));
}

TEST_F(lies, intent_not_done)
{
	struct hallmark_mark r;
	long before = gt_log_size();
	struct hm_ev ev;

	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	/* an errno: nothing was measured, nothing was sent */
	EXPECT_EQ(-EIO, gt_mark(self->fd, &self->m));
	EXPECT_EQ(self->received, gt_number("printer", "received"));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, self->m.job_id, &r));
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_FALSE(gt_log_find(&self->log, HM_EV_TAG_INTENT, self->seq + 1, &ev));
	EXPECT_EQ(HM_EV_RESOLVED_NOT_EXTENDED, verdict(&self->log, self->seq + 1));
	EXPECT_LT(before, (long)self->log.len);
	gt_log_free(&self->log);
	/* the same job again, under the next number */
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	EXPECT_EQ(self->seq + 2, self->m.seq);
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
}

/* The RESOLVED itself fails too: it stays owed, and comes before all else. */
TEST_F(lies, the_resolution_not_done_either)
{
	long before = gt_log_size();

	ASSERT_TRUE(gt_control("vtpm", "lie 1 before x2", NULL, 0));
	EXPECT_EQ(-EIO, gt_mark(self->fd, &self->m));
	EXPECT_EQ(before, gt_log_size());
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	EXPECT_EQ(self->seq + 2, self->m.seq);
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
	EXPECT_EQ(HM_EV_RESOLVED_NOT_EXTENDED, verdict(&self->log, self->seq + 1));
}

/* An OUTCOME known not to be extended is tried again; the job is not spoilt. */
TEST_F(lies, outcome_not_done)
{
	ASSERT_TRUE(gt_control("vtpm", "lie 2 before x2", NULL, 0));
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	EXPECT_EQ(0, self->m.flags);
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
	EXPECT_EQ(HM_EV_RESOLVED_NOT_EXTENDED, verdict(&self->log, self->m.seq));
}

TEST_F(lies, outcome_done_but_reported_failed)
{
	ASSERT_TRUE(gt_control("vtpm", "lie 2 after", NULL, 0));
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	EXPECT_EQ(0, self->m.flags);
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
	EXPECT_EQ(HM_EV_RESOLVED_EXTENDED, verdict(&self->log, self->m.seq));
}

/* DETACH and ATTACH come before the INTENT; where they fail there is none. */
TEST_F(lies, attach_not_done)
{
	close(self->fd);
	ASSERT_TRUE(gt_control("printer", "unplug", NULL, 0));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	ASSERT_TRUE(gt_plug("printer"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(gt_control("vtpm", "lie 2 before", NULL, 0));
	EXPECT_EQ(-EIO, gt_mark(self->fd, &self->m));
	EXPECT_EQ(self->seq, gt_seq());
	EXPECT_EQ(self->received, gt_number("printer", "received"));
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	EXPECT_EQ(HALLMARK_STATE_DONE, self->m.state);
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
}

/* An EXPORT that was not extended has changed nothing, and there is nothing to tell. */
TEST_F(lies, export_not_done)
{
	long long exported = gt_exported();
	struct hallmark_export x;
	int fd = gt_log_open();
	struct gt_log kept;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	gt_export_of(&x, &kept, kept.len);
	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	EXPECT_EQ(-EIO, gt_export_ioctl(fd, &x));
	EXPECT_EQ(exported, gt_exported());
	EXPECT_EQ((long)kept.len, gt_log_size());
	/* it was done, and reported failed */
	ASSERT_TRUE(gt_control("vtpm", "lie 1 after", NULL, 0));
	ASSERT_EQ(0, gt_export(fd, &kept, kept.len, &x));
	EXPECT_EQ((long long)x.offset, gt_exported());
	gt_log_free(&kept);
	ASSERT_EQ(0, gt_mark(self->fd, &self->m));
	ASSERT_EQ(0, gt_log_read(&self->log));
	EXPECT_TRUE(gt_log_replays(&self->log, NULL));
	EXPECT_TRUE(gt_log_agrees(&self->log, &self->m));
	EXPECT_EQ(0, verdict(&self->log, self->m.seq));
	close(fd);
}

TEST_HARNESS_MAIN
