// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A DETACH that is never extended, on a TPM that lies (tests/kselftest/vtpm). Each
 * try is told, which costs room: it must end before it eats what is promised to
 * others. Leaves the log full.
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
	struct hallmark_mark m;
	struct gt_log log;
	long size, resolved;
	int fd, rc, i;

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
	EXPECT_EQ(size + i * resolved, (long)log.len);
	EXPECT_FALSE(gt_log_find(&log, HM_EV_TAG_DETACH, 0, &ev));
	gt_log_free(&log);

	/* and stays so */
	size = gt_log_size();
	ASSERT_TRUE(gt_control("vtpm", "lie 100 before", NULL, 0));
	EXPECT_EQ(-ENOSPC, gt_mark(fd, &m));
	EXPECT_EQ(size, gt_log_size());
	EXPECT_TRUE(gt_state_is("full"));
	close(fd);
}

TEST_HARNESS_MAIN
