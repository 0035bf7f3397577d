// SPDX-License-Identifier: LGPL-2.1-or-later
/* The same struct and the same ioctls from a 32-bit program. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/hallmark.h>

#include "eventlog.h"
#include "harness.h"

_Static_assert(sizeof(void *) == 4, "this is to be a 32-bit program");
_Static_assert(sizeof(struct hallmark_mark) == 120, "no padding");
_Static_assert(offsetof(struct hallmark_mark, seq) == 48, "no padding");
_Static_assert(sizeof(struct hallmark_export) == 80, "no padding");
_Static_assert(offsetof(struct hallmark_export, seq) == 48, "no padding");

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

TEST(errnos)
{
	static const char label[] = "^XA^FDcompat^FS^XZ";
	struct hallmark_mark m = {
		.size = sizeof(m), .payload = (uintptr_t)label,
		.payload_len = sizeof(label) - 1, .timeout_ms = 5000,
	};
	int fd = open("/dev/hallmark/printer0", O_RDWR);

	ASSERT_LE(0, fd);
	m.size = 0;
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_MARK, &m));
	EXPECT_EQ(EINVAL, errno);
	m.size = sizeof(m);
	/* a pointer above 4 GiB is none of ours */
	m.payload |= 1ull << 40;
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_MARK, &m));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_MARK, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_RESULT, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_RESULT, &m));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_EXPORT, &m));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
}

/* The kernel's own SHA-256: there is no 32-bit libcrypto to be had. */
/* By the shell's means: there is no 32-bit library, nor AF_ALG in every kernel. */
static bool sha256(const void *p, size_t n, uint8_t *out)
{
	char path[] = "/tmp/compat-XXXXXX", command[64], hex[65];
	int fd = mkstemp(path), i;
	FILE *f = NULL;
	bool good;

	good = fd >= 0 && write(fd, p, n) == (ssize_t)n;
	snprintf(command, sizeof(command), "sha256sum <%s", path);
	if (good)
		f = popen(command, "re");
	good = f && fread(hex, 1, 64, f) == 64;
	hex[64] = '\0';
	for (i = 0; good && i < 32; i++)
		good = sscanf(hex + 2 * i, "%2hhx", &out[i]) == 1;
	if (f)
		pclose(f);
	close(fd);
	unlink(path);
	return good;
}

/* A piece as gt_export() would keep it: others join the log from it. */
static bool keep(const struct hallmark_export *x, const void *piece)
{
	const char *dir = getenv("HM_PIECES");
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%012llu", dir ? dir : "/tmp/kselftest-pieces",
		 (unsigned long long)x->offset);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	n = write(fd, piece, (size_t)x->len);
	close(fd);
	return n == (ssize_t)x->len;
}

TEST(an_export)
{
	struct hallmark_export x = { .size = sizeof(x), .len = 1ull << 40 };
	static uint8_t log[1 << 20];
	static struct hm_ev ev;
	struct hm_ev_reader r;
	int fd = open("/sys/kernel/security/hallmark/log", O_RDWR);
	ssize_t n;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_EXPORT, &x));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_EXPORT, NULL));
	EXPECT_EQ(EFAULT, errno);
	/* the first entry alone */
	n = read(fd, log, sizeof(log));
	ASSERT_LT(0, n);
	ASSERT_EQ(0, hm_ev_reader_init(&r, log, (size_t)n));
	ASSERT_EQ(1, hm_ev_next(&r, &ev));
	x.len = r.pos;
	EXPECT_EQ(-1, ioctl(fd, HALLMARK_IOC_EXPORT, &x));
	EXPECT_EQ(EBADMSG, errno);
	ASSERT_TRUE(sha256(log, r.pos, x.digest));
	ASSERT_EQ(0, ioctl(fd, HALLMARK_IOC_EXPORT, &x));
	EXPECT_LE(r.pos, x.offset);
	EXPECT_TRUE(keep(&x, log));
	EXPECT_EQ(-1, pread(fd, log, 1, 0));
	EXPECT_EQ(ESTALE, errno);
	close(fd);
}

TEST_HARNESS_MAIN
