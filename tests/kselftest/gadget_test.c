// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate on another USB stack: a printer on functionfs behind dummy_hcd, with real
 * packets (tests/emulators/ffs_printer.c; "run" makes the gadget). HM_GADGET is the
 * gadget's directory in configfs, HM_GADGET_RECEIVED what the printer took,
 * HM_GADGET_PID its process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define IDENT		"MFG:Hallmark;MDL:FFS-1;CMD:ZPL;CLS:PRINTER;SN:HMGD0000;"
#define UDC		"dummy_udc.0"
#define CHUNK		16384
#define ROOM		(1 << 20)

static char marker[64];
static char sent_all[ROOM];	/* what must be in the printer's file */
static size_t sent_len;

/* By what it says of itself: the other emulators may have any names. */
static bool find_marker(void)
{
	long long end = gt_now() + GT_WAIT_MS;
	char ident[256];
	struct dirent *e;
	DIR *d;

	do {
		d = opendir("/sys/class/hallmark");
		while (d && (e = readdir(d)))
			if (!gt_attr(e->d_name, "ident", ident, sizeof(ident)) &&
			    !strcmp(ident, IDENT)) {
				snprintf(marker, sizeof(marker), "%.60s", e->d_name);
				closedir(d);
				return true;
			}
		if (d)
			closedir(d);
		usleep(10000);
	} while (gt_now() < end);
	return false;
}

static bool plug(bool in)
{
	char path[256];

	snprintf(path, sizeof(path), "%.200s/UDC", getenv("HM_GADGET"));
	if (gt_write_file(path, in ? UDC "\n" : "\n"))
		return false;
	return in ? find_marker() : gt_wait_node(marker, false);
}

static long long received(void)
{
	struct stat st;

	return stat(getenv("HM_GADGET_RECEIVED"), &st) ? -1 : st.st_size;
}

/* The process behind the endpoint may be a moment late. */
static bool wait_received(size_t n)
{
	long long end = gt_now() + GT_WAIT_MS;

	while (received() < (long long)n && gt_now() < end)
		usleep(2000);
	if (received() == (long long)n)
		return true;
	printf("# %lld received, not %zu\n", received(), n);
	return false;
}

static bool file_is(const char *want, size_t len)
{
	char *got = malloc(ROOM);
	int fd = open(getenv("HM_GADGET_RECEIVED"), O_RDONLY | O_CLOEXEC);
	bool same = got && fd >= 0 && read(fd, got, ROOM) == (ssize_t)len && !memcmp(got, want, len);

	if (fd >= 0)
		close(fd);
	free(got);
	return same;
}

/* A payload that is never the same; at the end of what was sent. */
static char *next_payload(uint32_t len)
{
	static unsigned int seed = 1;
	char *p = sent_all + sent_len;
	uint32_t i;

	for (i = 0; i < len; i++) {
		seed = seed * 1103515245 + 12345;
		p[i] = (char)('A' + (seed >> 16) % 26);
	}
	return p;
}

FIXTURE(gadget) {
	int fd;
};

FIXTURE_SETUP(gadget)
{
	ASSERT_NE(NULL, getenv("HM_GADGET"));
	ASSERT_TRUE(find_marker());
	self->fd = gt_open(marker, O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(gadget)
{
	close(self->fd);
}

#define EXPECT_JOB(len, reply) do {						\
	struct hallmark_mark m_;						\
	char *p_ = next_payload(len);						\
	if (reply)								\
		memcpy(p_ + (len) - 3, "~HS", 3);				\
	gt_job(&m_, p_, len);							\
	m_.reply_max = (reply) ? 100 : 0;					\
	sent_len += len;							\
	ASSERT_EQ(0, gt_mark(self->fd, &m_));					\
	EXPECT_EQ(HALLMARK_STATE_DONE, m_.state);				\
	EXPECT_EQ(0, m_.error);							\
	EXPECT_EQ(len, m_.sent);						\
	EXPECT_EQ((reply) ? 27 : 0, m_.reply_len);				\
	EXPECT_TRUE(wait_received(sent_len));					\
} while (0)

/* All in one test, as each is a process of its own and the file but one. */
TEST_F(gadget, another_stack)
{
	static const uint32_t lens[] = { 1, 64, 511, 512, 513, 1024, CHUNK, CHUNK + 1, 2 * CHUNK, 40000 };
	pid_t printer = atoi(getenv("HM_GADGET_PID"));
	char text[256], empty[300];
	struct hallmark_mark m, r;
	struct gt_log log;
	struct stat st;
	size_t i, got;
	pid_t pid;
	int status;

	/* a label, its answer, the port's status */
	ASSERT_EQ(0, gt_attr(marker, "port_status", text, sizeof(text)));
	EXPECT_STREQ("0x18", text);
	EXPECT_JOB(300, true);
	ASSERT_EQ(27, read(self->fd, text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "answer 1 of another stack\r\n", 27));

	/* whole packets and whole transfers, and never a packet of no bytes behind them */
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		EXPECT_JOB(lens[i], false);
	EXPECT_JOB(512, true);
	EXPECT_TRUE(file_is(sent_all, sent_len));

	/* NAK without end */
	ASSERT_EQ(0, kill(printer, SIGSTOP));
	gt_job(&m, next_payload(40000), 40000);
	m.timeout_ms = 500;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	ASSERT_EQ(0, kill(printer, SIGCONT));
	EXPECT_TRUE(wait_received(sent_len + m.sent));
	EXPECT_TRUE(file_is(sent_all, sent_len + m.sent));
	sent_len += m.sent;
	EXPECT_JOB(100, true);

	/* unplugged while a transfer is in the air */
	ASSERT_EQ(0, kill(printer, SIGSTOP));
	gt_job(&m, next_payload(40000), 40000);
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	while (gt_attr(marker, "state", text, sizeof(text)) || strcmp(text, "busy")) {
		ASSERT_EQ(0, waitpid(pid, &status, WNOHANG));
	}
	usleep(100000);		/* from INTENT to transfer; if it is not there yet, well */
	ASSERT_TRUE(plug(false));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, kill(printer, SIGCONT));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_TRUE(r.state == HALLMARK_STATE_UNKNOWN || (r.state == HALLMARK_STATE_PARTIAL && !r.sent));
	EXPECT_GT(0, r.error);
	close(self->fd);

	/* and in again: a prefix of that job has arrived, then the next one's bytes */
	ASSERT_TRUE(plug(true));
	self->fd = gt_open(marker, O_RDWR);
	ASSERT_LE(0, self->fd);
	got = (size_t)received() - sent_len;
	EXPECT_LE(r.sent, got);
	EXPECT_GE(r.sent + CHUNK, got);
	sent_len += got;
	EXPECT_JOB(200, true);
	EXPECT_TRUE(file_is(sent_all, sent_len));
	snprintf(empty, sizeof(empty), "%.250s.empty", getenv("HM_GADGET_RECEIVED"));
	ASSERT_EQ(0, stat(empty, &st));
	EXPECT_EQ(0, st.st_size);
	ASSERT_EQ(0, gt_log_read(&log));
	r.payload_len = 40000;
	EXPECT_TRUE(gt_log_agrees(&log, &r));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
