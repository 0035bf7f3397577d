// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The contract, on a printer that works: an errno means that nothing was
 * measured and nothing was sent; one opener; no write; a job's id is its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

static const char label[] = "^XA^FO50,50^A0N,40,40^FDcontract^FS^XZ";

FIXTURE(printer) {
	int fd;
	long long seq;
	long long received;
	long log;
};

FIXTURE_SETUP(printer)
{
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	self->seq = gt_seq();
	self->log = gt_log_size();
	self->received = gt_number("printer", "received");
	ASSERT_LE(0, self->received);
}

FIXTURE_TEARDOWN(printer)
{
	close(self->fd);
}

/* what "nothing was measured and nothing was sent" means */
#define EXPECT_NOTHING_HAPPENED() do {					\
	EXPECT_EQ(self->seq, gt_seq());					\
	EXPECT_EQ(self->log, gt_log_size());				\
	EXPECT_EQ(self->received, gt_number("printer", "received"));	\
} while (0)

TEST_F(printer, a_job)
{
	struct hallmark_mark m;
	struct gt_log log;
	uint8_t sha[32];

	gt_job(&m, label, sizeof(label) - 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(sizeof(label) - 1, m.sent);
	EXPECT_EQ(0, m.error);
	EXPECT_EQ(0, m.flags);
	EXPECT_EQ(self->seq + 1, m.seq);
	gt_sha256(label, sizeof(label) - 1, sha);
	EXPECT_EQ(0, memcmp(sha, m.digest, sizeof(sha)));
	EXPECT_EQ(self->received + (long long)sizeof(label) - 1, gt_number("printer", "received"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_F(printer, flags_are_measured)
{
	struct hallmark_mark m;
	struct gt_log log;

	gt_job(&m, "~JA", 3);
	m.flags = HALLMARK_MARK_REPRINT | HALLMARK_MARK_QUERY;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_MARK_REPRINT | HALLMARK_MARK_QUERY, m.flags);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	gt_log_free(&log);
}

TEST_F(printer, unsound_arguments)
{
	static uint8_t big[HALLMARK_PAYLOAD_MAX + 1];
	struct hallmark_mark good, m;
	unsigned int i;

	gt_job(&good, label, sizeof(label) - 1);
#define REFUSED(rc, change) do {			\
	m = good;					\
	change;						\
	EXPECT_EQ(rc, gt_mark(self->fd, &m));		\
} while (0)
	REFUSED(-EINVAL, m.size = 0);
	REFUSED(-EINVAL, m.size--);
	REFUSED(-EINVAL, m.size++);
	for (i = 0; i < 32; i++)
		if (!(1u << i & HALLMARK_MARK_IN_FLAGS))
			REFUSED(-EINVAL, m.flags = 1u << i);
	for (i = 0; i < 4; i++)
		REFUSED(-EINVAL, m.reserved[i] = 1);
	REFUSED(-EINVAL, m.payload_len = 0);
	REFUSED(-EMSGSIZE, m.payload = (uintptr_t)big; m.payload_len = sizeof(big));
	REFUSED(-EMSGSIZE, m.payload_len = UINT32_MAX);
	REFUSED(-EINVAL, m.offset = 1);
	REFUSED(-EINVAL, m.timeout_ms = 0);
	REFUSED(-EINVAL, m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS + 1);
	REFUSED(-EINVAL, m.reply_max = HALLMARK_REPLY_MAX + 1);
	REFUSED(-EFAULT, m.payload = 0);
	REFUSED(-EFAULT, m.payload = UINT64_MAX - 4096);
#undef REFUSED
	EXPECT_EQ(-EFAULT, gt_mark(self->fd, NULL));
	EXPECT_NOTHING_HAPPENED();
	/* the very job that was varied is sound */
	EXPECT_EQ(0, gt_mark(self->fd, &good));
}

/* A payload that ends in an unmapped page, and a struct that cannot be written. */
TEST_F(printer, bad_memory)
{
	long page = sysconf(_SC_PAGESIZE);
	struct hallmark_mark m;
	char *p;

	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, munmap(p + page, page));
	gt_job(&m, p + page - 8, 16);
	EXPECT_EQ(-EFAULT, gt_mark(self->fd, &m));
	gt_job((struct hallmark_mark *)p, label, sizeof(label) - 1);
	ASSERT_EQ(0, mprotect(p, page, PROT_READ));
	EXPECT_EQ(-EFAULT, gt_mark(self->fd, (struct hallmark_mark *)p));
	EXPECT_NOTHING_HAPPENED();
}

TEST_F(printer, no_write)
{
	struct hallmark_mark m;
	int fd;

	EXPECT_EQ(-1, write(self->fd, label, sizeof(label)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, label, sizeof(label), 0));
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO(HALLMARK_IOC_MAGIC, 1), 0));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOWR(HALLMARK_IOC_MAGIC, 3, struct hallmark_mark), &m));
	EXPECT_EQ(ENOTTY, errno);

	close(self->fd);
	fd = gt_open("printer0", O_RDONLY);
	ASSERT_LE(0, fd);
	gt_job(&m, label, sizeof(label) - 1);
	EXPECT_EQ(-EBADF, gt_mark(fd, &m));
	EXPECT_EQ(-ENOENT, gt_result(fd, m.job_id, &m));
	self->fd = fd;
	EXPECT_NOTHING_HAPPENED();
}

TEST_F(printer, one_opener)
{
	int fd;

	EXPECT_EQ(-EBUSY, gt_open("printer0", O_RDWR));
	EXPECT_EQ(-EBUSY, gt_open("printer0", O_RDONLY));
	/* a duplicate is the same opening */
	fd = dup(self->fd);
	close(self->fd);
	EXPECT_EQ(-EBUSY, gt_open("printer0", O_RDWR));
	close(fd);
	self->fd = gt_open("printer0", O_RDWR);
	EXPECT_LE(0, self->fd);
	EXPECT_NOTHING_HAPPENED();
}

TEST_F(printer, a_job_id_is_a_name)
{
	struct hallmark_mark m, r, again;
	struct gt_log log;

	gt_job(&m, label, sizeof(label) - 1);
	EXPECT_EQ(-ENOENT, gt_result(self->fd, m.job_id, &r));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	self->seq = gt_seq();
	self->log = gt_log_size();
	self->received = gt_number("printer", "received");

	gt_job(&again, "^XA^XZ", 6);
	memcpy(again.job_id, m.job_id, sizeof(m.job_id));
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &again));
	EXPECT_NOTHING_HAPPENED();

	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(m.seq, r.seq);
	EXPECT_EQ(m.state, r.state);
	EXPECT_EQ(m.sent, r.sent);
	EXPECT_EQ(m.error, r.error);
	EXPECT_EQ(0, memcmp(m.digest, r.digest, sizeof(m.digest)));

	/* from another opening too */
	close(self->fd);
	self->fd = gt_open("printer0", O_RDWR);
	EXPECT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(m.seq, r.seq);

	r.reserved[2] = 1;
	r.size = sizeof(r);
	EXPECT_EQ(-1, ioctl(self->fd, HALLMARK_IOC_RESULT, &r));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, HALLMARK_IOC_RESULT, NULL));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	gt_log_free(&log);
}

/* Every transfer boundary: nothing is lost and nothing is added. */
TEST_F(printer, sizes)
{
	static const uint32_t sizes[] = {
		1, 63, 64, 65, 511, 512, 513, 1024, 16383, 16384, 16385, 32768,
		HALLMARK_PAYLOAD_MAX - 1, HALLMARK_PAYLOAD_MAX,
	};
	static char blanks[HALLMARK_PAYLOAD_MAX];
	struct hallmark_mark m;
	unsigned int i;

	memset(blanks, ' ', sizeof(blanks));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		gt_job(&m, blanks, sizes[i]);
		m.timeout_ms = 20000;
		ASSERT_EQ(0, gt_mark(self->fd, &m));
		EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
		EXPECT_EQ(sizes[i], m.sent);
		self->received += sizes[i];
		EXPECT_EQ(self->received, gt_number("printer", "received"));
	}
}

TEST_F(printer, attributes)
{
	char text[2048];
	struct stat st;

	ASSERT_EQ(0, gt_attr("printer0", "kind", text, sizeof(text)));
	EXPECT_STREQ("printer", text);
	ASSERT_EQ(0, gt_attr("printer0", "ident", text, sizeof(text)));
	EXPECT_EQ(0, strncmp(text, "MFG:", 4));
	ASSERT_EQ(0, gt_attr("printer0", "state", text, sizeof(text)));
	EXPECT_STREQ("idle", text);
	ASSERT_EQ(0, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_STREQ("0x18", text);
	EXPECT_EQ(-ENOENT, gt_attr("printer0", "size", text, sizeof(text)));
	ASSERT_TRUE(gt_control("printer", "fault paper-out", NULL, 0));
	ASSERT_EQ(0, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_STREQ("0x30", text);
	EXPECT_EQ(-EACCES, gt_write_file("/sys/class/hallmark/printer0/state", "idle"));
	ASSERT_EQ(0, stat("/sys/class/hallmark/printer0/state", &st));
	EXPECT_EQ(0444, st.st_mode & 0777);
	ASSERT_EQ(0, stat(GT_SECURITYFS "log", &st));
	/* the kernel makes it 0640; the udev rules let their group export it */
	EXPECT_EQ(0660, st.st_mode & 0777);
	EXPECT_NE(0, st.st_gid);
	EXPECT_NOTHING_HAPPENED();
}

/* The TPM kept its PCR: marks go on. (tests/kselftest/sleep_test.c: it did not.) */
TEST_F(printer, after_a_sleep)
{
	struct hallmark_mark m;
	struct gt_log log;

	ASSERT_EQ(0, gt_nap());
	EXPECT_TRUE(gt_state_is("ok"));
	EXPECT_NOTHING_HAPPENED();
	gt_job(&m, label, sizeof(label) - 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

/* What was read once never changes, wherever a reader begins. */
TEST_F(printer, the_log_is_a_snapshot)
{
	struct hallmark_mark m;
	struct gt_log log;
	uint8_t part[64];
	ssize_t n;
	int fd;

	ASSERT_EQ(0, gt_log_read(&log));
	fd = open(GT_SECURITYFS "log", O_RDONLY);
	ASSERT_LE(0, fd);
	gt_job(&m, label, sizeof(label) - 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_LT(self->log, gt_log_size());
	EXPECT_EQ(self->log, lseek(fd, 0, SEEK_END));
	n = pread(fd, part, sizeof(part), self->log - 10);
	EXPECT_EQ(10, n);
	EXPECT_EQ(0, memcmp(part, log.bytes + self->log - 10, 10));
	n = pread(fd, part, sizeof(part), 5);
	EXPECT_EQ((ssize_t)sizeof(part), n);
	EXPECT_EQ(0, memcmp(part, log.bytes + 5, sizeof(part)));
	close(fd);
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
