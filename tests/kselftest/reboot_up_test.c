// SPDX-License-Identifier: LGPL-2.1-or-later
/* After reboot_down: the same TPM, and a log that knows nothing of the boot before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

TEST(a_clean_log)
{
	static const uint8_t zero[HM_EV_DIGEST_MAX];
	char boot_id[64], before[64] = "";
	struct hm_ev_reader r;
	static struct hm_ev ev;
	struct hallmark_mark m;
	struct gt_log log;
	uint8_t id[16];
	int fd, i;

	fd = open("/out/job_id", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)sizeof(id), read(fd, id, sizeof(id)));
	close(fd);
	ASSERT_EQ(0, gt_read_file("/out/boot_id", before, sizeof(before)));
	ASSERT_EQ(0, gt_read_file(GT_SECURITYFS "boot_id", boot_id, sizeof(boot_id)));
	EXPECT_EQ(32, strlen(boot_id));
	EXPECT_STRNE(before, boot_id);

	ASSERT_EQ(0, gt_seq());
	ASSERT_EQ(0, gt_log_read_kept(&log));
	EXPECT_EQ(gt_log_head(&log), gt_exported());
	ASSERT_EQ(0, hm_ev_reader_init(&r, log.bytes, log.len));
	ASSERT_EQ(1, hm_ev_next(&r, &ev));
	ASSERT_EQ(HM_EV_TAG_START, ev.tag);
	EXPECT_EQ(0, memcmp(zero, ev.u.start.before[0].digest, ev.u.start.before[0].size));
	for (i = 0; i < 16; i++)
		snprintf(before + 2 * i, 3, "%02x", ev.u.start.boot_id[i]);
	EXPECT_STREQ(before, boot_id);
	EXPECT_EQ(0, hm_ev_next(&r, &ev));
	gt_log_free(&log);

	fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, gt_result(fd, id, &m));
	gt_job(&m, " ", 1);
	memcpy(m.job_id, id, sizeof(id));
	ASSERT_EQ(0, gt_mark(fd, &m));
	EXPECT_EQ(1, m.seq);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
	close(fd);
}

TEST_HARNESS_MAIN
