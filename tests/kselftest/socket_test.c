// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The socket of an EEPROM: how root names it and takes the name back, what is in it
 * when it is opened (a board, another, none; a driver that was unloaded), and everybody
 * who may take it away at once. What a job does to the board: eeprom_test.c.
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define NEW_MARKER	"/sys/class/hallmark_nvmem/new_marker"
#define DELETE_MARKER	"/sys/class/hallmark_nvmem/delete_marker"
#define REPLACE		"/sys/module/hm_buses/parameters/replace"	/* see buses/hm_buses.c */

static int open_eeprom(void)
{
	return gt_open("eeprom0", O_RDWR);
}

/* How many such files the marker's i2c client has in sysfs. */
static int client_files(const char *what)
{
	char adapter[32], path[64];
	glob_t all;
	int n;

	if (gt_adapter(adapter, sizeof(adapter)))
		return -1;
	snprintf(path, sizeof(path), "/sys/bus/i2c/devices/%.16s-0050/%.20s",
		 adapter + strlen("i2c-"), what);
	n = glob(path, 0, NULL, &all) ? 0 : (int)all.gl_pathc;
	globfree(&all);
	return n;
}

FIXTURE(socket) {
	int fd;
};

FIXTURE_SETUP(socket)
{
	self->fd = gt_board();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(socket)
{
	close(self->fd);
	gt_control("fixture", "clear", NULL, 0);
	/* a test that unloaded it may have failed before the end, and open() does not load it */
	if (access("/sys/module/at24", F_OK) && system("modprobe at24"))
		TH_LOG("no at24");
}

/* No board raises no event; the marker says so when it is opened. */
TEST_F(socket, boards_come_and_go)
{
	uint8_t b[64], in[64], first;
	struct hallmark_mark m;

	memset(b, getpid() % 254 + 1, sizeof(b));
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

/*
 * Somebody has unloaded at24: whoever has the marker open has no board any more, nor has
 * who opens it, until somebody has loaded it again.
 */
TEST_F(socket, a_driver_that_was_unloaded)
{
	struct hallmark_mark m;
	uint8_t b;

	if (access("/sys/module/at24/initstate", F_OK))
		SKIP(return, "at24 is no module here");
	ASSERT_EQ(1, pread(self->fd, &b, 1, 0));
	ASSERT_EQ(0, syscall(SYS_delete_module, "at24", O_NONBLOCK));
	EXPECT_EQ(0, client_files("driver"));
	EXPECT_EQ(-1, pread(self->fd, &b, 1, 0));
	EXPECT_EQ(ENXIO, errno);
	b ^= 1;
	gt_job(&m, &b, 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ENXIO, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_LOGGED(&m);
	close(self->fd);
	self->fd = open_eeprom();
	EXPECT_EQ(-ENXIO, self->fd);
	ASSERT_EQ(0, system("modprobe at24"));
	self->fd = open_eeprom();
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(1, client_files("driver"));
	gt_job(&m, &b, 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(socket, names_that_are_refused)
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
	ASSERT_EQ(0, gt_adapter(adapter, sizeof(adapter)));
	snprintf(text, sizeof(text), "%s 0x50 24c256 64", adapter);
	EXPECT_EQ(-EBUSY, gt_write_file(NEW_MARKER, text));
	ASSERT_EQ(0, stat(NEW_MARKER, &st));
	EXPECT_EQ(0200, st.st_mode & 0777);
	ASSERT_EQ(0, stat(DELETE_MARKER, &st));
	EXPECT_EQ(0200, st.st_mode & 0777);
}

/* Only a device's lock keeps an adapter where it is, and only if a driver has the device. */
TEST_F(socket, adapters_of_nobody)
{
	EXPECT_EQ(0, gt_write_file(NEW_MARKER, "i2c-201 0x50 24c256 64"));
	EXPECT_EQ(0, gt_write_file(DELETE_MARKER, "i2c-201 0x50"));
	EXPECT_EQ(-ENODEV, gt_write_file(NEW_MARKER, "i2c-202 0x50 24c256 64"));
	EXPECT_EQ(-ENODEV, gt_write_file(NEW_MARKER, "i2c-203 0x50 24c256 64"));
}

/* Eight addresses on each of eight buses, and the station's own markers beside them. */
static int write_of_many(const char *path, int n, const char *type)
{
	static const int bus[] = { 201, 204, 205, 206, 207, 208, 209, 210 };
	char text[60];

	snprintf(text, sizeof(text), "i2c-%d 0x%x%s", bus[n / 8], 0x50 + n % 8, type);
	return gt_write_file(path, text);
}

static int name_of_many(int n)
{
	return write_of_many(NEW_MARKER, n, " 24c02 8");
}

static int delete_of_many(int n)
{
	return write_of_many(DELETE_MARKER, n, "");
}

/* There are 64 numbers for markers of all kinds. */
TEST_F(socket, more_markers_than_numbers)
{
	struct hallmark_mark m;
	glob_t all;
	int n, rc, had;
	uint8_t b;

	ASSERT_EQ(0, glob("/sys/class/hallmark/*", 0, NULL, &all));
	had = (int)all.gl_pathc;
	globfree(&all);
	for (n = 0, rc = 0; n < 64 && !rc; n++)
		rc = name_of_many(n);
	EXPECT_EQ(-ENOSPC, rc);
	EXPECT_EQ(64 - had, --n);
	/* what was refused left no name behind, and there is a number again for one that goes */
	EXPECT_EQ(-ENOENT, delete_of_many(n));
	EXPECT_EQ(0, delete_of_many(0));
	EXPECT_EQ(0, name_of_many(n));
	for (; n > 0; n--)
		EXPECT_EQ(0, delete_of_many(n));
	/* whoever was there before works as it did */
	ASSERT_EQ(1, pread(self->fd, &b, 1, 9));
	b ^= 1;
	gt_job(&m, &b, 1);
	m.offset = 9;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

static pid_t write_child(const char *path, const char *text)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(-gt_write_file(path, text));
}

/* While one waits for its device's lock, the adapter goes, and another takes its number. */
TEST_F(socket, an_adapter_that_was_replaced)
{
	static const char name[] = "i2c-200 0x50 24c256 64";
	pid_t holds, names;
	int status;

	holds = write_child(REPLACE, "1");
	ASSERT_TRUE(gt_wait_blocked(holds, SYS_write));
	names = write_child(NEW_MARKER, name);
	EXPECT_TRUE(gt_wait_blocked(names, SYS_write));
	ASSERT_EQ(0, kill(holds, SIGUSR1));
	ASSERT_EQ(holds, waitpid(holds, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	ASSERT_EQ(names, waitpid(names, &status, 0));
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == ENODEV);
	/* that one can be named as well */
	EXPECT_EQ(0, gt_write_file(NEW_MARKER, name));
	EXPECT_EQ(0, gt_write_file(DELETE_MARKER, "i2c-200 0x50"));
}

TEST_F(socket, delete_and_name_again)
{
	char text[128], adapter[32];
	struct hallmark_mark m;
	struct pollfd p = { .fd = self->fd };
	uint8_t b = 1;
	int fd, i;

	ASSERT_EQ(0, gt_adapter(adapter, sizeof(adapter)));
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
TEST_F(socket, everybody_at_once)
{
	pid_t child[2];
	char adapter[32], line[64];
	struct hallmark_mark m;
	struct gt_log log;
	int i, status;
	uint8_t b;

	ASSERT_EQ(0, gt_adapter(adapter, sizeof(adapter)));
	close(self->fd);
	child[0] = fork();
	if (!child[0])
		name_and_delete(adapter);
	ASSERT_LT(0, child[0]);
	child[1] = fork();
	if (!child[1])
		open_and_read();
	ASSERT_LT(0, child[1]) {
		gt_killed(child[0]);
	}
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
