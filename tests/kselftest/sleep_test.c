// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A sleep after which the PCR is another: the gate latches as soon as it wakes.
 * Run last; it stays latched. What a TPM loses in a real sleep is stood in for by
 * an extend that did not come from the gate.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

TEST(the_pcr_is_another)
{
	static struct hm_ev ev;
	struct hallmark_mark m;
	struct gt_log log;
	long size;
	int fd;

	ASSERT_FALSE(gt_state_is("fault"));
	ASSERT_EQ(0, gt_nap());
	ASSERT_FALSE(gt_state_is("fault"));

	ASSERT_TRUE(gt_foreign_extend());
	ASSERT_FALSE(gt_state_is("fault"));
	ASSERT_EQ(0, gt_log_read(&log));
	size = (long)log.len;
	gt_log_free(&log);
	ASSERT_EQ(0, gt_nap());
	EXPECT_TRUE(gt_state_is("fault"));
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_FAULT, 0, &ev));
	EXPECT_EQ(HM_EV_NO_ACTION, ev.type);
	EXPECT_EQ(0, ev.u.fault.seq);
	EXPECT_EQ(0, ev.u.fault.code);
	EXPECT_EQ(size, (long)ev.at);
	gt_log_free(&log);

	/* told once */
	size = gt_log_size();
	ASSERT_EQ(0, gt_nap());
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	gt_job(&m, " ", 1);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(fd, &m));
	EXPECT_EQ(-ENOENT, gt_result(fd, m.job_id, &m));
	EXPECT_EQ(size, gt_log_size());
	close(fd);
}

TEST_HARNESS_MAIN
