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
#include <sys/syscall.h>
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

static pid_t printer_process(void)
{
	return atoi(getenv("HM_GADGET_PID"));
}

/* From then on it answers nothing and takes nothing, until SIGCONT. */
static bool stop_printer(void)
{
	long long end = gt_now() + GT_WAIT_MS;
	char path[64], text[64];

	if (kill(printer_process(), SIGSTOP))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)printer_process());
	while (!gt_read_file(path, text, sizeof(text)) && gt_now() < end) {
		if (strstr(text, ") T "))
			return true;
		usleep(1000);
	}
	return false;
}

/* What was sent by tests before this one: each is a process of its own. */
static bool know_what_was_sent(void)
{
	int fd = open(getenv("HM_GADGET_RECEIVED"), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, sent_all, sizeof(sent_all) / 2);

	if (fd >= 0)
		close(fd);
	sent_len = n < 0 ? 0 : (size_t)n;
	return n >= 0;
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
	ASSERT_TRUE(know_what_was_sent());
	self->fd = gt_open(marker, O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(gadget)
{
	kill(printer_process(), SIGCONT);
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
	EXPECT_EQ((reply) ? 29 : 0, m_.reply_len);				\
	EXPECT_TRUE(wait_received(sent_len));					\
} while (0)

TEST_F(gadget, another_stack)
{
	static const uint32_t lens[] = { 1, 64, 511, 512, 513, 1024, CHUNK, CHUNK + 1, 2 * CHUNK, 40000 };
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
	ASSERT_EQ(29, read(self->fd, text, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, "answer 001 of another stack\r\n", 29));

	/* whole packets and whole transfers, and never a packet of no bytes behind them */
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		EXPECT_JOB(lens[i], false);
	EXPECT_JOB(512, true);
	EXPECT_TRUE(file_is(sent_all, sent_len));

	/* NAK without end */
	ASSERT_TRUE(stop_printer());
	gt_job(&m, next_payload(40000), 40000);
	m.timeout_ms = 500;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	ASSERT_EQ(0, kill(printer_process(), SIGCONT));
	EXPECT_TRUE(wait_received(sent_len + m.sent));
	EXPECT_TRUE(file_is(sent_all, sent_len + m.sent));
	sent_len += m.sent;
	EXPECT_JOB(100, true);

	/* unplugged while a transfer is in the air */
	ASSERT_TRUE(stop_printer());
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
	ASSERT_EQ(0, kill(printer_process(), SIGCONT));
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

/*
 * A system's sleep as far as its devices (the kernel's pm_test), one after the other,
 * those that came last first: the gadget's, then the bus of the other printers, which
 * refuses as long as something is plugged into it. So the kernel wakes up again what
 * sleeps already, and no other device of the machine has been touched.
 */
static bool doze(void)
{
	static const char who[] = "/sys/power/suspend_stats/last_failed_dev";
	char text[64] = "";
	int rc;

	/* a bus that loses its power is no unplug: what Debian's kernels begin with */
	if (gt_usb_set_attr(marker, "power/persist", "1") ||
	    gt_write_file("/sys/module/suspend/parameters/pm_test_delay", "0") ||
	    gt_write_file("/sys/power/pm_async", "0") || gt_write_file("/sys/power/pm_test", "devices"))
		return false;
	rc = gt_write_file("/sys/power/state", "freeze");
	if (gt_read_file(who, text, sizeof(text)))
		text[0] = '\0';
	if (rc == -EBUSY && !strcmp(text, "vhci_hcd.0"))
		return true;
	printf("# the sleep ended with %d, %s: \"%s\"\n", rc, who, text);
	return false;
}

/* How often the gadget's device was told @what ("suspend", "resume") since gt_trace_on(). */
static int told(const char *what)
{
	char sysfs[512], text[600];

	if (gt_usb_device(marker, sysfs, sizeof(sysfs)))
		return -1;
	snprintf(text, sizeof(text), ": usb %s, parent: usb%d, type [%s]", strrchr(sysfs, '/') + 1,
		 atoi(strrchr(sysfs, '/') + 1), what);
	return gt_trace_lines(text, 0, NULL, 0);
}

/* How often the kernel's log says that a USB device was reset. */
static int bus_resets(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC), n = 0;
	char line[8192];
	ssize_t len;

	while (fd >= 0 && ((len = read(fd, line, sizeof(line) - 1)) > 0 || errno == EPIPE)) {
		if (len <= 0)
			continue;	/* overwritten before it was read */
		line[len] = '\0';
		n += strstr(line, ": reset ") && strstr(line, "-speed USB device");
	}
	close(fd);
	return n;
}

static const char TELL[] = "power/device_pm_callback_start";

/* Three times, and a fourth out of its own sleep. */
TEST_F(gadget, system_sleep)
{
	ASSERT_TRUE(gt_trace_on(TELL));
	for (int i = 0; i < 3; i++) {
		EXPECT_JOB(100, true);
		ASSERT_TRUE(doze());
		EXPECT_EQ(i + 1, told("suspend"));
		EXPECT_EQ(i + 1, told("resume"));
		EXPECT_JOB(40000, true);
	}
	ASSERT_TRUE(gt_trace_off(TELL));
	ASSERT_EQ(0, gt_usb_set_attr(marker, "power/autosuspend_delay_ms", "0"));
	ASSERT_EQ(0, gt_usb_set_attr(marker, "power/control", "auto"));
	EXPECT_JOB(100, true);
	ASSERT_TRUE(gt_usb_wait_attr(marker, "power/runtime_status", "suspended"));
	ASSERT_TRUE(doze());
	EXPECT_JOB(100, true);
	ASSERT_EQ(0, gt_usb_set_attr(marker, "power/control", "on"));
	EXPECT_TRUE(file_is(sent_all, sent_len));
}

/* One that has lost its power meanwhile, or is to be treated as if. */
TEST_F(gadget, reset_after_a_sleep)
{
	int resets;

	ASSERT_EQ(0, gt_write_file("/sys/module/usbcore/parameters/quirks", "0a5f:ffff:b"));
	close(self->fd);
	ASSERT_TRUE(plug(false));
	ASSERT_TRUE(plug(true));
	self->fd = gt_open(marker, O_RDWR);
	ASSERT_LE(0, self->fd);
	for (int i = 0; i < 3; i++) {
		EXPECT_JOB(100, true);
		resets = bus_resets();
		ASSERT_TRUE(doze());
		EXPECT_EQ(resets + 1, bus_resets());
		EXPECT_JOB(40000, true);
	}
	ASSERT_EQ(0, gt_write_file("/sys/module/usbcore/parameters/quirks", ""));
	EXPECT_TRUE(file_is(sent_all, sent_len));
}

/*
 * What holds the device when it is to be reset is waited for. Here that is a question
 * which the printer, stopped, leaves unanswered: it is given its time.
 */
TEST_F(gadget, reset_waits_its_turn)
{
	pid_t asker, resetter;
	int status, resets;
	char text[16];

	EXPECT_JOB(100, true);
	resets = bus_resets();
	ASSERT_TRUE(stop_printer());
	asker = fork();
	if (asker == 0)
		_exit(gt_attr(marker, "port_status", text, sizeof(text)) == -ETIMEDOUT ? 0 : 1);
	ASSERT_LT(0, asker);
	ASSERT_TRUE(gt_wait_blocked(asker, SYS_read));
	resetter = fork();
	if (resetter == 0)
		_exit(gt_usb_reset(marker) ? 1 : 0);
	ASSERT_LT(0, resetter);
	ASSERT_EQ(asker, waitpid(asker, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(resetter, waitpid(resetter, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(resets + 1, bus_resets());
	ASSERT_EQ(0, kill(printer_process(), SIGCONT));
	EXPECT_JOB(40000, true);
	EXPECT_TRUE(file_is(sent_all, sent_len));
}

TEST_HARNESS_MAIN
