// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An INTENT of which nobody can say whether it was extended: nothing is sent,
 * and the gate is shut until the next boot. One test; there is no way back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

static bool state_is(const char *want)
{
	char text[16] = "";
	FILE *f = fopen(GT_SECURITYFS "state", "re");
	bool same = f && fgets(text, sizeof(text), f) && !strcmp(text, want);

	if (f)
		fclose(f);
	return same;
}

TEST(latch)
{
	static const char label[] = "^XA^FDlatch^FS^XZ";
	struct hallmark_mark m, r, good;
	static struct hm_ev ev;
	struct gt_log log;
	long long received;
	long size;
	int fd;

	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	gt_job(&good, " ", 1);
	ASSERT_EQ(0, gt_mark(fd, &good));
	EXPECT_TRUE(state_is("ok\n"));
	received = gt_number("printer", "received");

	ASSERT_TRUE(gt_control("vtpm", "lie 1 foreign", NULL, 0));
	gt_job(&m, label, sizeof(label) - 1);
	ASSERT_EQ(0, gt_mark(fd, &m));
	EXPECT_EQ(HALLMARK_STATE_FAULT, m.state);
	EXPECT_EQ(0, m.sent);
	EXPECT_GT(0, m.error);
	EXPECT_EQ(received, gt_number("printer", "received"));
	EXPECT_TRUE(state_is("fault\n"));
	ASSERT_EQ(0, gt_result(fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_FAULT, r.state);
	EXPECT_EQ(m.seq, r.seq);

	/* the log tells, outside the chain: INTENT, then FAULT */
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_INTENT, m.seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	size = (long)(ev.at + ev.size);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_FAULT, m.seq, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	EXPECT_EQ(size, (long)ev.at);
	EXPECT_EQ(0x101, ev.u.fault.code);
	EXPECT_FALSE(gt_log_find(&log, HM_EV_TAG_OUTCOME, m.seq, &ev));
	gt_log_free(&log);
	size = gt_log_size();

	/* from now on: refused, and what was is still told */
	gt_job(&m, label, sizeof(label) - 1);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(fd, &m));
	EXPECT_EQ(-ENOENT, gt_result(fd, m.job_id, &r));
	EXPECT_EQ(0, gt_result(fd, good.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(size, gt_log_size());
	EXPECT_EQ(received, gt_number("printer", "received"));

	/* markers come and go as before, without a TPM even */
	ASSERT_TRUE(gt_control("vtpm", "die", NULL, 0));
	close(fd);
	ASSERT_TRUE(gt_control("printer", "unplug", NULL, 0));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	ASSERT_TRUE(gt_plug("printer"));
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(fd, &m));
	EXPECT_EQ(size, gt_log_size());
	close(fd);
}

TEST_HARNESS_MAIN
