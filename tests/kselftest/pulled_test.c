// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Markers pulled out, reset, unbound and unloaded while the TPM does not answer, on one
 * that can be held up (tests/kselftest/vtpm). Whatever ends here at all has not waited
 * for the TPM: it is let go only afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define DRIVER		"/sys/bus/usb/drivers/hallmark_usb/"
#define NVMEM		"/sys/class/hallmark_nvmem/"

FIXTURE(pulled) {
	int printer;
	int eeprom;
	struct hallmark_mark m;
	pid_t pid;
};

/* A job on the printer whose INTENT is at the TPM, and stays there. */
FIXTURE_SETUP(pulled)
{
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_TRUE(gt_plug("printer"));
	ASSERT_TRUE(gt_plug("fixture"));
	if (gt_number("fixture", "inserted") != 1)
		ASSERT_TRUE(gt_control("fixture", "insert board01", NULL, 0));
	self->printer = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->printer);
	self->eeprom = gt_open("eeprom0", O_RDWR);
	ASSERT_LE(0, self->eeprom);
	/* what is in the queue is not to be what is held */
	gt_job(&self->m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->printer, &self->m));
	ASSERT_TRUE(gt_control("vtpm", "lie 1 after", NULL, 0));
	ASSERT_TRUE(gt_control("vtpm", "lie-read 1 hold", NULL, 0));
	gt_job(&self->m, "^XA^XZ", 6);
	self->pid = gt_mark_child(self->printer, &self->m);
	ASSERT_LT(0, self->pid);
	while (gt_number("vtpm", "held") != 1) {
		ASSERT_EQ(0, kill(self->pid, 0));
	}
}

FIXTURE_TEARDOWN(pulled)
{
	struct gt_log log;

	gt_control("vtpm", "honest", NULL, 0);
	close(self->printer);
	close(self->eeprom);
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

/* The TPM comes back: of the job not a byte was sent, and that is on record. */
#define EXPECT_ENDS(want_error) do {						\
	struct hallmark_mark r_;						\
	struct gt_log log_;							\
	int status_;								\
	EXPECT_EQ(1, gt_number("vtpm", "held"));				\
	ASSERT_TRUE(gt_control("vtpm", "release", NULL, 0));			\
	ASSERT_EQ(self->pid, waitpid(self->pid, &status_, 0));			\
	EXPECT_EQ(0, status_);							\
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r_));		\
	EXPECT_EQ(want_error ? HALLMARK_STATE_PARTIAL : HALLMARK_STATE_DONE, r_.state); \
	EXPECT_EQ(want_error, r_.error);					\
	EXPECT_EQ(want_error ? 0 : 6, r_.sent);					\
	r_.payload_len = 6;							\
	ASSERT_EQ(0, gt_log_read(&log_));					\
	EXPECT_TRUE(gt_log_agrees(&log_, &r_));					\
	gt_log_free(&log_);							\
} while (0)

static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, GT_WAIT_MS) == 1 && p.revents & POLLHUP;
}

TEST_F(pulled, by_its_cable)
{
	ASSERT_TRUE(gt_unplug("printer"));
	EXPECT_TRUE(hung_up(self->printer));
	EXPECT_TRUE(gt_wait_node("printer0", false));
	/* the next one can come, too, though it has to wait with its job */
	ASSERT_TRUE(gt_plug("printer"));
	EXPECT_TRUE(gt_wait_node("printer0", true));
	ASSERT_TRUE(gt_unplug("fixture"));
	EXPECT_TRUE(hung_up(self->eeprom));
	EXPECT_TRUE(gt_wait_node("eeprom0", false));
	ASSERT_TRUE(gt_plug("fixture"));
	EXPECT_TRUE(gt_wait_node("eeprom0", true));
	EXPECT_ENDS(-ENODEV);
}

/* "USB interface", for the driver's bind and unbind */
static int interface_of_printer(char *name, size_t size)
{
	char path[PATH_MAX], *slash;

	if (!realpath("/sys/class/hallmark/printer0/device", path))
		return -errno;
	slash = strrchr(path, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : path);
	return 0;
}

/* These return when disconnect() is over. */
TEST_F(pulled, from_its_driver)
{
	char name[64];

	ASSERT_EQ(0, interface_of_printer(name, sizeof(name)));
	ASSERT_EQ(0, gt_write_file(DRIVER "unbind", name));
	EXPECT_TRUE(hung_up(self->printer));
	ASSERT_EQ(0, gt_write_file(DRIVER "bind", name));
	EXPECT_TRUE(gt_wait_node("printer0", true));
	EXPECT_ENDS(-ENODEV);
}

TEST_F(pulled, with_its_module)
{
	char ident[64], text[128];

	ASSERT_EQ(0, gt_attr("eeprom0", "ident", ident, sizeof(ident)));
	ASSERT_EQ(0, syscall(SYS_delete_module, "hallmark_usb", O_NONBLOCK));
	ASSERT_EQ(0, syscall(SYS_delete_module, "hallmark_nvmem", O_NONBLOCK));
	EXPECT_TRUE(hung_up(self->printer));
	EXPECT_TRUE(hung_up(self->eeprom));
	ASSERT_EQ(0, system("modprobe -a hallmark_usb hallmark_nvmem"));
	snprintf(text, sizeof(text), "%s 64", ident);
	ASSERT_EQ(0, gt_write_file(NVMEM "new_marker", text));
	EXPECT_TRUE(gt_wait_node("printer0", true));
	EXPECT_TRUE(gt_wait_node("eeprom0", true));
	EXPECT_ENDS(-ENODEV);
}

/* Not the marker is gone but its user: nothing is sent for the dead. */
TEST_F(pulled, by_nobody)
{
	long long urbs = gt_number("printer", "out_urbs");
	struct hallmark_mark r;
	int status;

	ASSERT_EQ(0, kill(self->pid, SIGKILL));
	ASSERT_TRUE(gt_control("vtpm", "release", NULL, 0));
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(0, gt_result(self->eeprom, self->m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_EQ(-EINTR, r.error);
	EXPECT_EQ(0, r.sent);
	EXPECT_EQ(urbs, gt_number("printer", "out_urbs"));
}

/* A printer in a job is not asked for its status; boards are read as if there were no TPM. */
TEST_F(pulled, not_at_all)
{
	char text[16];

	EXPECT_EQ(-EBUSY, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_EQ(1, pread(self->eeprom, text, 1, 0));
	EXPECT_ENDS(0);
}

TEST_HARNESS_MAIN
