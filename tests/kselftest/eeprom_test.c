// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An EEPROM as a marker: what a job does to a board, through the kernel's own at24
 * behind its own i2c-tiny-usb; written page by page, read back, and interrupted. How
 * it is named and what is in the socket: socket_test.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#include "gt.h"
#include "harness.h"

#define SIZE		32768
#define NEW_MARKER	"/sys/class/hallmark_nvmem/new_marker"
#define DELETE_MARKER	"/sys/class/hallmark_nvmem/delete_marker"

FIXTURE(eeprom) {
	int fd;
};

FIXTURE_SETUP(eeprom)
{
	self->fd = gt_board();
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

	ASSERT_EQ(0, gt_adapter(adapter, sizeof(adapter)));
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
	self->fd = gt_open("eeprom0", O_RDWR);
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
		self->fd = gt_open("eeprom0", O_RDWR);
		ASSERT_LE(0, self->fd);
	}
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	signals = number;
}

/* Stops for its tracer, then reads: 0 if it has it all, 1 if it is told EINTR. */
static void read_traced(int fd, int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
	char b[64];
	ssize_t n;

	sigaction(SIGUSR1, &action, NULL);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	n = pread(fd, b, sizeof(b), 0);
	if (!signals)
		_exit(2);
	_exit(n == sizeof(b) ? 0 : n < 0 && errno == EINTR ? 1 : 3);
}

/* Let @pid go on until it has entered the system call @nr and done nothing there. */
static bool run_into(pid_t pid, unsigned long nr)
{
	struct __ptrace_syscall_info info;
	int status, i;

	for (i = 0; i < 100; i++) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
		    !WIFSTOPPED(status))
			return false;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == nr)
			return true;
	}
	return false;
}

/* What read_traced() makes of a signal that comes before the first byte. */
static int read_signalled(int fd, int flags)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		read_traced(fd, flags);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) ||
	    !run_into(pid, SYS_pread64) || kill(pid, SIGUSR1) ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In the child: 1 if a signal made the read a shorter one, 0 if not, 2 if it was none. */
static void read_whole(int fd)
{
	struct sigaction action = { .sa_handler = on_signal };
	static char b[32768];
	ssize_t n;

	sigaction(SIGUSR1, &action, NULL);
	n = pread(fd, b, sizeof(b), 0);
	_exit(n == sizeof(b) ? 0 : n > 0 && n % 4096 == 0 ? 1 : n < 0 && errno == EINTR ? 2 : 3);
}

/* When it is sent, the read is under way; it may have ended when it comes, so again. */
TEST_F(eeprom, a_signal_after_the_first_byte)
{
	int status = 0, i;
	char line[64];
	pid_t pid;

	for (i = 0; i < 50 && WEXITSTATUS(status) != 1; i++) {
		snprintf(line, sizeof(line), "wait transfers>=%lld 60",
			 gt_number("fixture", "transfers") + 60 + 5 * i);
		pid = fork();
		if (!pid)
			read_whole(self->fd);
		ASSERT_TRUE(gt_control("fixture", line, NULL, 0));
		ASSERT_EQ(0, kill(pid, SIGUSR1));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		ASSERT_NE(3, WEXITSTATUS(status));
	}
	EXPECT_EQ(1, WEXITSTATUS(status));
}

/* Nothing was read yet: the read begins again where the program has asked for that. */
TEST_F(eeprom, a_signal_before_the_first_byte)
{
	EXPECT_EQ(0, read_signalled(self->fd, SA_RESTART));
	EXPECT_EQ(1, read_signalled(self->fd, 0));
}

TEST_HARNESS_MAIN
