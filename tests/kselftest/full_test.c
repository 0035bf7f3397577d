// SPDX-License-Identifier: LGPL-2.1-or-later
/* The log is full: no marks, nothing half recorded. Run late; it stays full. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

static long parameter(const char *name)
{
	char path[128], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/hallmark/parameters/%s", name);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		fclose(f);
	return atol(text);
}

FIXTURE(log) {
	int unused;
};

FIXTURE_SETUP(log)
{
}

FIXTURE_TEARDOWN(log)
{
}

TEST_F(log, full)
{
	long cap = parameter("log_max"), size = 0;
	struct hallmark_mark m, last = { 0 }, r;
	struct gt_log log;
	long long seq, received;
	int fd, rc = 0, i;

	/* so many that the test is over in seconds */
	ASSERT_LT(0, cap);
	ASSERT_GE(1 << 17, cap);
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	for (i = 0; !rc && i < 2000; i++) {
		ASSERT_TRUE(i % 50 || gt_state_is("ok"));
		gt_job(&m, " ", 1);
		rc = gt_mark(fd, &m);
		if (!rc) {
			ASSERT_EQ(HALLMARK_STATE_DONE, m.state);
			last = m;
		}
	}
	EXPECT_EQ(-ENOSPC, rc);
	EXPECT_TRUE(gt_state_is("full"));
	seq = gt_seq();
	received = gt_number("printer", "received");
	EXPECT_EQ(-ENOSPC, gt_mark(fd, &m));
	EXPECT_EQ(-ENOENT, gt_result(fd, m.job_id, &r));
	EXPECT_EQ(seq, gt_seq());
	EXPECT_EQ(received, gt_number("printer", "received"));
	ASSERT_EQ(0, gt_result(fd, last.job_id, &r));
	EXPECT_EQ(last.seq, r.seq);

	size = gt_log_size();
	EXPECT_GE(cap, size);
	EXPECT_LT(cap - 4096, size);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &last));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
	close(fd);

	/* markers may still come and go */
	ASSERT_TRUE(gt_control("printer", "unplug", NULL, 0));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	ASSERT_TRUE(gt_plug("printer"));
	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOSPC, gt_mark(fd, &m));
	EXPECT_GE(cap, gt_log_size());
	close(fd);
}

TEST_HARNESS_MAIN
