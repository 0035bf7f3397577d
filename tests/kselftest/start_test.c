// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a log begins, on a TPM with four banks whose PCR others had extended before the
 * gate came, and which called the gate's first extend a failure though it was done.
 * Run first; `run` has prepared all that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define BANKS	4

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return !n;
}

TEST(a_log_that_does_not_begin_at_zero)
{
	static struct hm_ev ev;
	struct hm_ev_reader r;
	struct hallmark_mark m;
	struct gt_log log;
	uint32_t b;
	int fd;

	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_EQ(0, hm_ev_reader_init(&r, log.bytes, log.len));
	EXPECT_EQ(BANKS, r.nbanks);
	ASSERT_EQ(1, hm_ev_next(&r, &ev));
	ASSERT_EQ(HM_EV_TAG_START, ev.tag);
	EXPECT_EQ(HM_EV_EVENT_TAG, ev.type);
	EXPECT_EQ(HM_EV_VERSION, ev.u.start.version);
	EXPECT_EQ(13, ev.u.start.pcr);
	EXPECT_EQ(BANKS, ev.u.start.nbanks);
	EXPECT_FALSE(is_zero(ev.u.start.boot_id, sizeof(ev.u.start.boot_id)));
	for (b = 0; b < ev.u.start.nbanks; b++)
		EXPECT_FALSE(is_zero(ev.u.start.before[b].digest, ev.u.start.before[b].size));
	gt_log_free(&log);

	/* its RESOLVED is owed, and comes before all else */
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(fd, &m));
	EXPECT_EQ(1, m.seq);
	close(fd);
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_EQ(0, hm_ev_reader_init(&r, log.bytes, log.len));
	ASSERT_EQ(1, hm_ev_next(&r, &ev));
	ASSERT_EQ(1, hm_ev_next(&r, &ev));
	ASSERT_EQ(HM_EV_TAG_RESOLVED, ev.tag);
	EXPECT_EQ(0, ev.u.resolve.seq);
	EXPECT_EQ(HM_EV_RESOLVED_EXTENDED, ev.u.resolve.verdict);
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	/* each bank's chain ends in that bank's PCR */
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
