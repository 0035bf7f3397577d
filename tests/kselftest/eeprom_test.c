// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An EEPROM as a marker: named by root, driven by the kernel's own at24 behind
 * its own i2c-tiny-usb; written page by page, read back; boards that come and go.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define SIZE		32768
#define NEW_MARKER	"/sys/class/hallmark_nvmem/new_marker"
#define DELETE_MARKER	"/sys/class/hallmark_nvmem/delete_marker"

static int open_eeprom(void)
{
	return gt_open("eeprom0", O_RDWR);
}

/* "i2c-N", from what the marker says it is */
static int adapter_name(char *name, size_t size)
{
	char ident[64];
	int rc = gt_attr("eeprom0", "ident", ident, sizeof(ident));

	if (rc)
		return rc;
	snprintf(name, size, "%.*s", (int)strcspn(ident, " "), ident);
	return 0;
}

/* How many such files the marker's i2c client has in sysfs. */
static int client_files(const char *what)
{
	char adapter[32], path[64];
	glob_t all;
	int n;

	if (adapter_name(adapter, sizeof(adapter)))
		return -1;
	snprintf(path, sizeof(path), "/sys/bus/i2c/devices/%.16s-0050/%.20s",
		 adapter + strlen("i2c-"), what);
	n = glob(path, 0, NULL, &all) ? 0 : (int)all.gl_pathc;
	globfree(&all);
	return n;
}

FIXTURE(eeprom) {
	int fd;
};

FIXTURE_SETUP(eeprom)
{
	ASSERT_TRUE(gt_plug("fixture"));
	ASSERT_TRUE(gt_control("fixture", "clear", NULL, 0));
	if (gt_number("fixture", "inserted") != 1)
		ASSERT_TRUE(gt_control("fixture", "insert board01", NULL, 0));
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(eeprom)
{
	close(self->fd);
	gt_control("fixture", "clear", NULL, 0);
	gt_control("fixture", "fault cycle-us 0", NULL, 0);
}

static void pattern(uint8_t *p, size_t n, unsigned int seed)
{
	while (n--) {
		seed = seed * 1103515245 + 12345;
		*p++ = (uint8_t)(seed >> 16);
	}
}

TEST_F(eeprom, write_and_read_back)
{
	uint8_t out[300], in[302], before[302];
	struct hallmark_mark m;
	long long writes;
	char text[128];

	ASSERT_EQ(0, gt_attr("eeprom0", "kind", text, sizeof(text)));
	EXPECT_STREQ("eeprom", text);
	ASSERT_EQ(0, gt_attr("eeprom0", "size", text, sizeof(text)));
	EXPECT_STREQ("32768", text);
	EXPECT_EQ(-ENOENT, gt_attr("eeprom0", "port_status", text, sizeof(text)));

	/* 300 bytes at an odd place touch six pages of 64 */
	pattern(out, sizeof(out), (unsigned int)getpid());
	ASSERT_EQ((ssize_t)sizeof(before), pread(self->fd, before, sizeof(before), 99));
	gt_job(&m, out, sizeof(out));
	m.offset = 100;
	writes = gt_number("fixture", "writes");
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, m.error);
	EXPECT_EQ(sizeof(out), m.sent);
	EXPECT_EQ(writes + 6, gt_number("fixture", "writes"));
	EXPECT_LOGGED(&m);
	ASSERT_EQ((ssize_t)sizeof(in), pread(self->fd, in, sizeof(in), 99));
	EXPECT_EQ(0, memcmp(in + 1, out, sizeof(out)));
	EXPECT_EQ(before[0], in[0]);
	EXPECT_EQ(before[301], in[301]);

	/* the same again: nothing is worn; one byte else: one page */
	gt_job(&m, out, sizeof(out));
	m.offset = 100;
	writes = gt_number("fixture", "writes");
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(sizeof(out), m.sent);
	EXPECT_EQ(writes, gt_number("fixture", "writes"));
	out[200] ^= 1;
	gt_job(&m, out, sizeof(out));
	m.offset = 100;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(writes + 1, gt_number("fixture", "writes"));
}

/* A slow part: the time that the job was given bounds the writing of pages, too. */
TEST_F(eeprom, time_is_over)
{
	static uint8_t out[16384];	/* 256 pages */
	struct hallmark_mark m;
	long long t;

	pattern(out, sizeof(out), 8);
	ASSERT_TRUE(gt_control("fixture", "fault cycle-us 5000", NULL, 0));
	gt_job(&m, out, sizeof(out));
	m.timeout_ms = 300;
	t = gt_now();
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	EXPECT_GT(sizeof(out), m.sent);
	EXPECT_LE(300, gt_now() - t);
	EXPECT_LOGGED(&m);

	/* where it can be had in time */
	ASSERT_TRUE(gt_control("fixture", "fault cycle-us 0", NULL, 0));
	gt_job(&m, out, 200);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(eeprom, bounds)
{
	struct hallmark_mark m;
	uint8_t b[64];
	long long seq = gt_seq();
	long log = gt_log_size();

	pattern(b, sizeof(b), 7);
#define REFUSED(rc, off, n) do {			\
	gt_job(&m, b, n);				\
	m.offset = off;					\
	EXPECT_EQ(rc, gt_mark(self->fd, &m));		\
} while (0)
	REFUSED(-ERANGE, SIZE, 1);
	REFUSED(-ERANGE, SIZE - 1, 2);
	REFUSED(-ERANGE, UINT32_MAX, 64);
	REFUSED(-ERANGE, 0, SIZE + 1);
#undef REFUSED
	gt_job(&m, b, 1);
	m.reply_max = 1;
	EXPECT_EQ(-EINVAL, gt_mark(self->fd, &m));
	EXPECT_EQ(-1, write(self->fd, b, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->fd, b, 1, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(seq, gt_seq());
	EXPECT_EQ(log, gt_log_size());

	EXPECT_EQ(0, pread(self->fd, b, 1, SIZE));
	EXPECT_EQ(1, pread(self->fd, b, 2, SIZE - 1));
	EXPECT_EQ(SIZE, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(-1, lseek(self->fd, 1, SEEK_END));

	gt_job(&m, b, sizeof(b));
	m.offset = SIZE - sizeof(b);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(eeprom, write_protect_fails_the_read_back)
{
	struct hallmark_mark m;
	uint8_t b[100], in[100], was[100];

	ASSERT_EQ((ssize_t)sizeof(was), pread(self->fd, was, sizeof(was), 1000));
	pattern(b, sizeof(b), (unsigned int)was[0] + was[1] + 1);
	ASSERT_TRUE(gt_control("fixture", "fault write-protect", NULL, 0));
	gt_job(&m, b, sizeof(b));
	m.offset = 1000;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_VERIFY_FAILED, m.state);
	EXPECT_EQ(-EIO, m.error);
	EXPECT_LOGGED(&m);
	ASSERT_EQ((ssize_t)sizeof(in), pread(self->fd, in, sizeof(in), 1000));
	EXPECT_EQ(0, memcmp(in, was, sizeof(in)));
}

TEST_F(eeprom, a_wrong_bit_fails_the_read_back)
{
	struct hallmark_mark m;
	uint8_t b[200], was[1];

	ASSERT_EQ(1, pread(self->fd, was, 1, 4096));
	pattern(b, sizeof(b), (unsigned int)was[0] + 99);
	b[0] = (uint8_t)(was[0] + 1);
	ASSERT_TRUE(gt_control("fixture", "fault corrupt", NULL, 0));
	gt_job(&m, b, sizeof(b));
	m.offset = 4096;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_VERIFY_FAILED, m.state);
	EXPECT_EQ(-EIO, m.error);
	/* once more: what is wrong is found and written */
	gt_job(&m, b, sizeof(b));
	m.offset = 4096;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

/* No board raises no event; the marker says so when it is opened. */
TEST_F(eeprom, boards_come_and_go)
{
	uint8_t b[64], in[64], first;
	struct hallmark_mark m;

	pattern(b, sizeof(b), (unsigned int)getpid() + 5);
	gt_job(&m, b, sizeof(b));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);

	/* pulled out under an open file */
	ASSERT_TRUE(gt_control("fixture", "remove", NULL, 0));
	EXPECT_EQ(-1, pread(self->fd, in, 1, 0));
	b[0] ^= 1;
	gt_job(&m, b, sizeof(b));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_GT(0, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_LOGGED(&m);
	close(self->fd);
	EXPECT_EQ(1, client_files("driver"));
	EXPECT_EQ(1, client_files("*/nvmem"));
	/* nobody is left who would speak for the board that is gone */
	EXPECT_EQ(-ENXIO, open_eeprom());
	EXPECT_EQ(0, client_files("driver"));
	EXPECT_EQ(0, client_files("*/nvmem"));
	EXPECT_EQ(-ENXIO, open_eeprom());

	/* another board */
	ASSERT_TRUE(gt_control("fixture", "insert board02", NULL, 0));
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(64, pread(self->fd, in, sizeof(in), 0));
	EXPECT_NE(0, memcmp(in, b, sizeof(b)));
	first = in[0];
	close(self->fd);

	/* and the first again */
	ASSERT_TRUE(gt_control("fixture", "remove", NULL, 0));
	ASSERT_TRUE(gt_control("fixture", "insert board01", NULL, 0));
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(64, pread(self->fd, in, sizeof(in), 0));
	b[0] ^= 1;
	EXPECT_EQ(0, memcmp(in, b, sizeof(b)));
	EXPECT_EQ(0xff, first);
}

/* Each byte of @b as it is not, at @offset. */
static bool all_different(int fd, uint8_t *b, size_t n, off_t offset)
{
	if (pread(fd, b, n, offset) != (ssize_t)n)
		return false;
	while (n--)
		b[n] = (uint8_t)~b[n];
	return true;
}

/* A job of @n bytes in a child; its third page of 64 is caught in mid-air. The child, or -1. */
static pid_t start_and_hold(int fd, struct hallmark_mark *m, uint8_t *b, size_t n)
{
	pid_t pid;

	if (!all_different(fd, b, n, 8192) || !gt_control("fixture", "fault hold 128", NULL, 0))
		return -1;
	gt_job(m, b, (uint32_t)n);
	m->offset = 8192;
	m->timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = gt_mark_child(fd, m);
	return pid > 0 && gt_control("fixture", "wait held>=1 60", NULL, 0) ? pid : -1;
}

/* The child's MARK has answered; what RESULT says of the job, for EXPECT_LOGGED. */
static bool result_of(int fd, pid_t pid, const struct hallmark_mark *m, struct hallmark_mark *r)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status || gt_result(fd, m->job_id, r))
		return false;
	r->payload_len = m->payload_len;
	r->offset = m->offset;
	return true;
}

/* The write is caught in mid-air when its caller is killed. */
TEST_F(eeprom, killed_caller)
{
	uint8_t b[1024];
	struct hallmark_mark m, r;
	pid_t pid;

	pid = start_and_hold(self->fd, &m, b, sizeof(b));
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	ASSERT_TRUE(gt_killed(pid));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_GT(0, r.error);
	EXPECT_EQ(128, r.sent);
	r.payload_len = m.payload_len;
	r.offset = m.offset;
	EXPECT_LOGGED(&r);
	ASSERT_TRUE(gt_control("fixture", "clear", NULL, 0));
	gt_job(&m, b, sizeof(b));
	m.offset = 8192;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(eeprom, names_that_are_refused)
{
	static const char *const bad[] = {
		"", "i2c-0", "i2c-0 0x50", "i2c-0 0x50 24c256", "i2c-0 0x50 24c256 64 1",
		"i2c-0 0x50 24c256 63", "i2c-0 0x50 24c256 0", "i2c-0 0x50 24c256 256",
		"i2c-0 0x4f 24c256 64", "i2c-0 0x58 24c256 64", "i2c-0 0x150 24c256 64",
		"i2c-0 0x50 spd 64", "i2c-0 0x50 24c257 64", "0 0x50 24c256 64",
		"i2c--1 0x50 24c256 64", "i2c-x 0x50 24c256 64", "i2c-99999999999 0x50 24c256 64",
		/* numbers that fit once they are cut down, words that are none */
		"i2c-0 0x50 24c256 4294967360", "i2c-0 0x100000050 24c256 64",
		"i2c-000000000000x50 24c256 64", "i2c-0 0x50 24c256 64x", "i2c-0 80q 24c256 64",
		"i2c-0 +0x51 24c02 8", "i2c-0 0x51 24c02 +8", "i2c-0\n 0x51 24c02 8", "i2c-0 0x51\n 24c02 8",
		/* parts whose further addresses are somebody else's, or cross another part's */
		"i2c-0 0x57 24c16 16", "i2c-0 0x51 24c16 16", "i2c-0 0x57 24c04 16", "i2c-0 0x52 24c08 16",
		"i2c-0 0x57 24c1024 128",
	};
	char text[128], adapter[32];
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!bad[i][0])
			continue;
		EXPECT_EQ(-EINVAL, gt_write_file(NEW_MARKER, bad[i])) {
			TH_LOG("'%s'", bad[i]);
		}
	}
	EXPECT_EQ(-ENODEV, gt_write_file(NEW_MARKER, "i2c-77 0x50 24c256 64"));
	EXPECT_EQ(-EINVAL, gt_write_file(DELETE_MARKER, "i2c-77"));
	EXPECT_EQ(-EINVAL, gt_write_file(DELETE_MARKER, "i2c-77 0x100000050"));
	EXPECT_EQ(-ENOENT, gt_write_file(DELETE_MARKER, "i2c-77 0x50"));
	ASSERT_EQ(0, adapter_name(adapter, sizeof(adapter)));
	snprintf(text, sizeof(text), "%s 0x50 24c256 64", adapter);
	EXPECT_EQ(-EBUSY, gt_write_file(NEW_MARKER, text));
	ASSERT_EQ(0, stat(NEW_MARKER, &st));
	EXPECT_EQ(0200, st.st_mode & 0777);
	ASSERT_EQ(0, stat(DELETE_MARKER, &st));
	EXPECT_EQ(0200, st.st_mode & 0777);
}

TEST_F(eeprom, delete_and_name_again)
{
	char text[128], adapter[32];
	struct hallmark_mark m;
	struct pollfd p = { .fd = self->fd };
	uint8_t b = 1;
	int fd, i;

	ASSERT_EQ(0, adapter_name(adapter, sizeof(adapter)));
	for (i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%s 0x50\n", adapter);
		ASSERT_EQ(0, gt_write_file(DELETE_MARKER, text));
		EXPECT_FALSE(access("/sys/class/hallmark/eeprom0", F_OK) == 0);
		p.fd = self->fd;
		EXPECT_EQ(1, poll(&p, 1, 0));
		EXPECT_EQ(POLLHUP | POLLERR, p.revents & (POLLHUP | POLLERR));
		EXPECT_EQ(-1, pread(self->fd, &b, 1, 0));
		EXPECT_EQ(ENODEV, errno);
		gt_job(&m, &b, 1);
		EXPECT_EQ(-ENODEV, gt_mark(self->fd, &m));
		EXPECT_EQ(-ENOENT, gt_write_file(DELETE_MARKER, text));
		snprintf(text, sizeof(text), "%s 0x50 24c256 64\n", adapter);
		ASSERT_EQ(0, gt_write_file(NEW_MARKER, text));
		fd = open_eeprom();
		ASSERT_LE(0, fd);
		close(self->fd);
		self->fd = fd;
	}
	EXPECT_EQ(1, pread(self->fd, &b, 1, 0));
}

/* The board pulled out while a page is on its way: an error of the bus, and no more than that. */
TEST_F(eeprom, board_pulled_in_mid_write)
{
	uint8_t b[512];
	struct hallmark_mark m, r;
	pid_t pid;

	pid = start_and_hold(self->fd, &m, b, sizeof(b));
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("fixture", "remove", NULL, 0));
	ASSERT_TRUE(result_of(self->fd, pid, &m, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_GT(0, r.error);
	EXPECT_EQ(128, r.sent);
	EXPECT_LOGGED(&r);
}

/* The marker deleted among the pages of a slow part: what became of the job is not known. */
TEST_F(eeprom, deleted_in_mid_job)
{
	static uint8_t b[16384];	/* 256 pages */
	char text[64], adapter[32];
	struct hallmark_mark m, r;
	pid_t pid;

	ASSERT_EQ(0, adapter_name(adapter, sizeof(adapter)));
	ASSERT_TRUE(all_different(self->fd, b, sizeof(b), 8192));
	ASSERT_TRUE(gt_control("fixture", "fault cycle-us 5000", NULL, 0));
	snprintf(text, sizeof(text), "wait writes>=%lld 60", gt_number("fixture", "writes") + 3);
	gt_job(&m, b, sizeof(b));
	m.offset = 8192;
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("fixture", text, NULL, 0));
	snprintf(text, sizeof(text), "%s 0x50", adapter);
	ASSERT_EQ(0, gt_write_file(DELETE_MARKER, text));
	ASSERT_TRUE(result_of(self->fd, pid, &m, &r));
	EXPECT_EQ(HALLMARK_STATE_UNKNOWN, r.state);
	EXPECT_GT(0, r.error);
	EXPECT_LE(128, r.sent);
	EXPECT_GT(sizeof(b), r.sent);
	EXPECT_LOGGED(&r);
	close(self->fd);
	snprintf(text, sizeof(text), "%s 0x50 24c256 64", adapter);
	ASSERT_EQ(0, gt_write_file(NEW_MARKER, text));
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
}

/* Written, and then nobody answers: whether it is as it should be is not known. */
TEST_F(eeprom, a_read_back_without_answer)
{
	struct hallmark_mark m;
	uint8_t b;
	long long end;

	ASSERT_EQ(1, pread(self->fd, &b, 1, 9000));
	b ^= 1;
	/* the part is busy with the page for longer than at24 asks it */
	ASSERT_TRUE(gt_control("fixture", "fault cycle-us 3000000", NULL, 0));
	gt_job(&m, &b, 1);
	m.offset = 9000;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_UNKNOWN, m.state);
	EXPECT_GT(0, m.error);
	EXPECT_EQ(1, m.sent);
	EXPECT_LOGGED(&m);
	for (end = gt_now() + GT_WAIT_MS; pread(self->fd, &b, 1, 9000) != 1;)
		ASSERT_GT(end, gt_now());
}

/* The whole fixture pulled out, idle and in mid-write; udev names it again. */
TEST_F(eeprom, unplug_the_fixture)
{
	struct hallmark_mark m, r;
	uint8_t b[512];
	int i;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		pid = start_and_hold(self->fd, &m, b, sizeof(b));
		ASSERT_LT(0, pid);
		ASSERT_TRUE(gt_control("fixture", "unplug", NULL, 0));
		ASSERT_TRUE(result_of(self->fd, pid, &m, &r));
		ASSERT_TRUE(gt_wait_node("eeprom0", false));
		EXPECT_TRUE(r.state == HALLMARK_STATE_UNKNOWN ||
			    r.state == HALLMARK_STATE_PARTIAL);
		EXPECT_GT(0, r.error);
		gt_job(&m, b, 1);
		EXPECT_EQ(-ENODEV, gt_mark(self->fd, &m));
		close(self->fd);
		ASSERT_TRUE(gt_control("fixture", "clear", NULL, 0));
		ASSERT_TRUE(gt_plug("fixture"));
		self->fd = open_eeprom();
		ASSERT_LE(0, self->fd);
	}
}

/* Never returns; what it does may fail at any moment, and must not do harm. */
static void name_and_delete(const char *adapter)
{
	char add[64], del[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(add, sizeof(add), "%s 0x50 24c256 64", adapter);
	snprintf(del, sizeof(del), "%s 0x50", adapter);
	for (;;) {
		gt_write_file(DELETE_MARKER, del);
		gt_write_file(NEW_MARKER, add);
	}
}

static void open_and_read(void)
{
	char b[300], text[256];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		fd = open(GT_DIR "eeprom0", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (pread(fd, b, sizeof(b), 0) > 0)
			gt_attr("eeprom0", "ident", text, sizeof(text));
		close(fd);
	}
}

/*
 * Three parties that want to take the marker away or use it: the adapter's
 * removal, delete_marker, and a reader who makes at24 bind. The kernel's own
 * debugging is the judge; in the end it must work as before.
 */
TEST_F(eeprom, everybody_at_once)
{
	pid_t child[2];
	char adapter[32], line[64];
	struct hallmark_mark m;
	struct gt_log log;
	int i, status;
	uint8_t b;

	ASSERT_EQ(0, adapter_name(adapter, sizeof(adapter)));
	close(self->fd);
	child[0] = fork();
	if (!child[0])
		name_and_delete(adapter);
	child[1] = fork();
	if (!child[1])
		open_and_read();
	for (i = 0; i < 6; i++) {
		ASSERT_TRUE(gt_unplug("fixture"));
		ASSERT_TRUE(gt_plug("fixture"));
		ASSERT_TRUE(gt_control("fixture", "wait plugged>=1 60", NULL, 0));
		/* an adapter that has come is asked a few things before it goes */
		snprintf(line, sizeof(line), "wait transfers>=%lld 60",
			 gt_number("fixture", "transfers") + 5 * i);
		ASSERT_TRUE(gt_control("fixture", line, NULL, 0));
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, kill(child[i], SIGKILL));
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
	}
	/* whoever was last, it can be named and used */
	snprintf(line, sizeof(line), "%s 0x50 24c256 64", adapter);
	status = gt_write_file(NEW_MARKER, line);
	EXPECT_TRUE(status == 0 || status == -EBUSY);
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(1, pread(self->fd, &b, 1, 77));
	b ^= 1;
	gt_job(&m, &b, 1);
	m.offset = 77;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
