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

/* TPM2_PCR_Extend of the SHA-256 bank of PCR 13, the gate's default. */
static bool foreign_extend(void)
{
	static const uint8_t head[] = {
		0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82,	/* sessions, size, command */
		0, 0, 0, 13,
		0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,	/* an empty password */
		0, 0, 0, 1, 0x00, 0x0b,
	};
	uint8_t command[65] = { 0 }, answer[256];
	int fd = open("/dev/tpmrm0", O_RDWR | O_CLOEXEC);
	ssize_t n = -1;

	memcpy(command, head, sizeof(head));
	command[64] = 1;
	if (fd < 0)
		return false;
	if (write(fd, command, sizeof(command)) == sizeof(command))
		n = read(fd, answer, sizeof(answer));
	close(fd);
	return n >= 10 && !memcmp(answer + 6, "\0\0\0\0", 4);
}

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

	ASSERT_TRUE(foreign_extend());
	ASSERT_FALSE(gt_state_is("fault"));
	size = gt_log_size();
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
