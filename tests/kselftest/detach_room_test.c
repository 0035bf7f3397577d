// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A DETACH that is never extended, on a TPM that lies (tests/kselftest/vtpm). Each
 * try is told, which costs room: it must end before it eats what is promised to
 * others. The log is then as full as it can be; an EXPORT gets it going again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define TRIES_MAX	5000

TEST(it_ends_in_time)
{
	static struct hm_ev ev;
	struct hallmark_export x;
	struct hallmark_mark m;
	struct gt_log log;
	long size, resolved, head;
	int fd, out, rc, i;

	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(fd, &m));
	close(fd);
	ASSERT_TRUE(gt_unplug("printer"));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	ASSERT_TRUE(gt_plug("printer"));
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);

	/* the first extend is the DETACH's, then always the RESOLVED's before it */
	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	gt_job(&m, " ", 1);
	ASSERT_EQ(-EIO, gt_mark(fd, &m));
	/* the RESOLVED that is owed, and the next try; what was before it is given away */
	ASSERT_TRUE(gt_control("vtpm", "lie 2 before", NULL, 0));
	ASSERT_EQ(-EIO, gt_mark(fd, &m));
	out = gt_log_open();
	ASSERT_LE(0, out);
	ASSERT_EQ(0, gt_log_read_kept(&log));
	head = gt_log_head(&log);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_RESOLVED, 0, &ev));
	ASSERT_EQ(0, gt_export(out, &log, ev.at, NULL));
	gt_log_free(&log);
	/* the EXPORT has paid the debt: once more from the beginning */
	ASSERT_TRUE(gt_control("vtpm", "lie 1 before", NULL, 0));
	ASSERT_EQ(-EIO, gt_mark(fd, &m));
	size = gt_log_size();
	for (i = 0, rc = -EIO; rc == -EIO && i < TRIES_MAX; i++) {
		ASSERT_TRUE(gt_control("vtpm", "lie 2 before", NULL, 0));
		rc = gt_mark(fd, &m);
	}
	EXPECT_EQ(-ENOSPC, rc);
	EXPECT_LT(10, i);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_RESOLVED, 0, &ev));
	resolved = (long)ev.size;
	EXPECT_EQ(size + i * resolved, gt_log_size());
	EXPECT_FALSE(gt_log_find(&log, HM_EV_TAG_DETACH, 0, &ev));
	gt_log_free(&log);

	/* and stays so */
	size = gt_log_size();
	ASSERT_TRUE(gt_control("vtpm", "lie 100 before", NULL, 0));
	EXPECT_EQ(-ENOSPC, gt_mark(fd, &m));
	EXPECT_EQ(size, gt_log_size());
	EXPECT_TRUE(gt_state_is("full"));
	ASSERT_TRUE(gt_control("vtpm", "honest", NULL, 0));

	/* one RESOLVED makes less room than the EXPORT takes, two make enough */
	ASSERT_EQ(0, gt_log_read_kept(&log));
	gt_export_of(&x, &log, (size_t)(head + resolved));
	EXPECT_EQ(-ENOSPC, gt_export_ioctl(out, &x));
	EXPECT_EQ(size, gt_log_size());
	EXPECT_EQ(0, gt_export(out, &log, (size_t)(head + 2 * resolved), &x));
	EXPECT_GT(size, gt_log_size());
	gt_log_free(&log);
	ASSERT_EQ(0, gt_log_read_kept(&log));
	ASSERT_EQ(0, gt_export(out, &log, log.len, NULL));
	gt_log_free(&log);
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_mark(fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_find(&log, HM_EV_TAG_DETACH, 0, &ev));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
	close(out);
	close(fd);
}

TEST_HARNESS_MAIN
