// SPDX-License-Identifier: LGPL-2.1-or-later
/* The same struct and the same ioctls from a 32-bit program. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/hallmark.h>

#include "harness.h"

_Static_assert(sizeof(void *) == 4, "this is to be a 32-bit program");
_Static_assert(sizeof(struct hallmark_mark) == 120, "no padding");
_Static_assert(offsetof(struct hallmark_mark, seq) == 48, "no padding");

TEST(a_job)
{
	static const char label[] = "^XA^FDcompat^FS^XZ";
	struct hallmark_mark m = {
		.size = sizeof(m),
		.payload = (uintptr_t)label,
		.payload_len = sizeof(label) - 1,
		.timeout_ms = 5000,
	};
	struct hallmark_mark r = { .size = sizeof(r) };
	int fd = open("/dev/hallmark/printer0", O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(m.job_id), getrandom(m.job_id, sizeof(m.job_id), 0));
	ASSERT_EQ(0, ioctl(fd, HALLMARK_IOC_MARK, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(sizeof(label) - 1, m.sent);
	EXPECT_LT(0, m.seq);
	memcpy(r.job_id, m.job_id, sizeof(r.job_id));
	ASSERT_EQ(0, ioctl(fd, HALLMARK_IOC_RESULT, &r));
	EXPECT_EQ(m.seq, r.seq);
	EXPECT_EQ(0, memcmp(m.digest, r.digest, sizeof(m.digest)));
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_MARK, &m));
	EXPECT_EQ(EEXIST, errno);
	close(fd);
}

TEST_HARNESS_MAIN
