/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own harness, from Debian's kernel source (see linux-source), with
 * a bound that an emulated machine on a busy host can meet.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

/* For programs with gt.h: the log says of a job what MARK or RESULT said, and replays. */
#define EXPECT_LOGGED(m) do {				\
	struct gt_log log_;					\
	ASSERT_EQ(0, gt_log_read(&log_));			\
	EXPECT_TRUE(gt_log_agrees(&log_, m));			\
	EXPECT_TRUE(gt_log_replays(&log_, NULL));		\
	gt_log_free(&log_);					\
} while (0)

/* The emulated printer takes a query, and its answer comes. */
#define EXPECT_WORKS(fd) do {					\
	struct hallmark_mark m_;				\
	gt_job(&m_, "~HS", 3);					\
	m_.reply_max = 82;					\
	ASSERT_EQ(0, gt_mark(fd, &m_));				\
	EXPECT_EQ(HALLMARK_STATE_DONE, m_.state);		\
	EXPECT_EQ(0, m_.error);					\
	EXPECT_EQ(82, m_.reply_len);				\
	EXPECT_LOGGED(&m_);					\
} while (0)

#endif
