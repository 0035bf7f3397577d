// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What hallmark_usb does on the bus and what it does not: zero-length packets,
 * reads, class requests; resets and power in the middle of a job.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define CHUNK		16384
#define BIG		40000	/* three transfers */

static char big[BIG];

FIXTURE(usb) {
	int fd;
};

FIXTURE_SETUP(usb)
{
	memset(big, ' ', sizeof(big));
	ASSERT_TRUE(gt_ready(&self->fd, NULL));
}

FIXTURE_TEARDOWN(usb)
{
	close(self->fd);
	gt_control("printer", "clear", NULL, 0);
	gt_plug("printer");
	/* a test that let it sleep may have failed before the end */
	gt_usb_set_attr("printer0", "power/control", "on");
}

/* No length asks for a zero-length packet: there are printers that never recover. */
TEST_F(usb, no_empty_packet_out)
{
	static const uint32_t lens[] = {
		1, 63, 64, 65, 127, 128, 511, 512, 513, 1024, 8192, CHUNK - 1, CHUNK, CHUNK + 1,
		2 * CHUNK - 64, 2 * CHUNK, 2 * CHUNK + 512,
	};
	long long empty = gt_number("printer", "empty_out"), urbs, received;
	struct hallmark_mark m;
	size_t i;

	ASSERT_LE(0, empty);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		urbs = gt_number("printer", "out_urbs");
		received = gt_number("printer", "received");
		gt_job(&m, big, lens[i]);
		ASSERT_EQ(0, gt_mark(self->fd, &m));
		EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
		EXPECT_EQ(lens[i], m.sent);
		EXPECT_EQ(received + lens[i], gt_number("printer", "received"));
		EXPECT_EQ(urbs + (lens[i] + CHUNK - 1) / CHUNK, gt_number("printer", "out_urbs"));
	}
	EXPECT_EQ(empty, gt_number("printer", "empty_out"));
}

/* A packet of no bytes says "nothing yet", before an answer and in its middle. */
TEST_F(usb, empty_packets_in)
{
	struct hallmark_mark m;
	uint8_t reply[128];

	ASSERT_TRUE(gt_control("printer", "fault empty-in 7", NULL, 0));
	EXPECT_WORKS(self->fd);
	EXPECT_EQ(82, read(self->fd, reply, sizeof(reply)));
	EXPECT_EQ(2, reply[0]);
	EXPECT_EQ('\n', reply[81]);

	/* and no end of them: they are asked for less and less, and the deadline holds */
	ASSERT_TRUE(gt_control("printer", "fault empty-in 1000000", NULL, 0));
	long long reads = gt_number("printer", "in_urbs"), t = gt_now();

	gt_job(&m, " ", 1);
	m.reply_max = 100;
	m.timeout_ms = 800;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, m.error);
	EXPECT_EQ(0, m.reply_len);
	EXPECT_LE(780, gt_now() - t);
	reads = gt_number("printer", "in_urbs") - reads;
	EXPECT_LE(4, reads);
	EXPECT_GE(16, reads);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	EXPECT_WORKS(self->fd);
}

/* A read is posted by a job that expects an answer, and is not left behind. */
TEST_F(usb, reads_only_what_is_expected)
{
	long long reads = gt_number("printer", "in_urbs");
	struct hallmark_mark m;
	pid_t pid;
	int status;

	gt_job(&m, "~HS", 3);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(reads, gt_number("printer", "in_urbs"));
	EXPECT_EQ(0, gt_number("printer", "in_posted"));

	/* not before all is sent either */
	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.reply_max = 82;	/* what the "~HS" above has left there */
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	EXPECT_EQ(reads, gt_number("printer", "in_urbs"));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LT(reads, gt_number("printer", "in_urbs"));
	EXPECT_EQ(0, gt_number("printer", "in_posted"));

	/* withdrawn when the time is over */
	ASSERT_TRUE(gt_control("printer", "fault mute-query", NULL, 0));
	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	m.timeout_ms = 200;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(0, m.reply_len);
	EXPECT_EQ(0, gt_number("printer", "in_posted"));
}

TEST_F(usb, no_request_during_a_job)
{
	long long requests, busy;
	struct hallmark_mark m, r;
	char text[256];
	int status;
	pid_t pid;

	ASSERT_EQ(0, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_STREQ("0x18", text);
	busy = gt_number("printer", "requests_busy");
	ASSERT_TRUE(gt_control("printer", "fault hold 100", NULL, 0));
	gt_job(&m, big, sizeof(big));
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	requests = gt_number("printer", "requests");
	EXPECT_LT(0, requests);
	EXPECT_EQ(-EBUSY, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_EQ(0, gt_attr("printer0", "ident", text, sizeof(text)));
	EXPECT_EQ(requests, gt_number("printer", "requests"));
	/* at once: who had waited for the job to end would have been told the same */
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(busy, gt_number("printer", "requests_busy"));
}

/* Somebody else resets the device: what the job brought about is not known. */
TEST_F(usb, reset_in_mid_job)
{
	struct hallmark_mark m, r;
	long long received;
	char text[64];
	int status, i;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		received = gt_number("printer", "received");
		ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
		gt_job(&m, big, sizeof(big));
		m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
		pid = gt_mark_child(self->fd, &m);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
		ASSERT_EQ(0, gt_usb_reset("printer0"));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
		ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
		EXPECT_EQ(HALLMARK_STATE_UNKNOWN, r.state);
		EXPECT_EQ(-ESHUTDOWN, r.error);
		EXPECT_EQ(CHUNK, r.sent);
		/* the same marker, still open */
		ASSERT_EQ(0, gt_attr("printer0", "state", text, sizeof(text)));
		EXPECT_STREQ("idle", text);
		/* and not a byte of it comes later */
		ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
		EXPECT_WORKS(self->fd);
		EXPECT_EQ(received + 20000 + 3, gt_number("printer", "received"));
	}
}

/* A job whose bytes are all accepted, and which waits for an answer that does not come. */
static pid_t ask_in_vain(int fd, struct hallmark_mark *m)
{
	pid_t pid;

	if (!gt_control("printer", "fault mute-query", NULL, 0))
		return -1;
	gt_job(m, "~HS", 3);
	m->reply_max = 82;
	pid = gt_mark_child(fd, m);
	if (pid < 0 || gt_control("printer", "wait in_posted>=1 60", NULL, 0))
		return pid;
	gt_killed(pid);
	return -1;
}

/* While it waits for an answer all bytes are accepted: that stays so. */
TEST_F(usb, reset_in_mid_reply)
{
	struct hallmark_mark m, r;
	int status;
	pid_t pid;

	pid = ask_in_vain(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, gt_usb_reset("printer0"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(-ESHUTDOWN, r.error);
	EXPECT_EQ(0, r.reply_len);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	EXPECT_WORKS(self->fd);
}

/* Done it is too when the answer's pipe halts; and that is cleared, so the next job is answered. */
TEST_F(usb, stall_of_a_reply)
{
	long long clears = gt_number("printer", "clear_halts");
	struct hallmark_mark m, r;
	int status;
	pid_t pid;

	pid = ask_in_vain(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "fault stall-in", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(-EPIPE, r.error);
	EXPECT_EQ(3, r.sent);
	EXPECT_EQ(0, r.reply_len);
	r.payload_len = 3;
	EXPECT_LOGGED(&r);
	EXPECT_EQ(clears + 1, gt_number("printer", "clear_halts"));
	ASSERT_TRUE(gt_control("printer", "fault mute-query off", NULL, 0));
	EXPECT_WORKS(self->fd);
}

/* Resets without pause: a job that finds one under way waits for its end. */
TEST_F(usb, resets_between_jobs)
{
	struct hallmark_mark m;
	int i, status, done = 0;
	pid_t pid = fork();

	if (pid == 0) {
		for (i = 0; i < 10; i++)
			if (gt_usb_reset("printer0"))
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 500 && !waitpid(pid, &status, WNOHANG); i++) {
		gt_job(&m, big, 100);
		ASSERT_EQ(0, gt_mark(self->fd, &m));
		EXPECT_TRUE(m.state == HALLMARK_STATE_DONE ||
			    (m.state == HALLMARK_STATE_UNKNOWN && m.error == -ESHUTDOWN));
		done += m.state == HALLMARK_STATE_DONE;
	}
	EXPECT_LT(i, 500);
	EXPECT_EQ(0, status);
	EXPECT_LT(0, done);
	EXPECT_WORKS(self->fd);
}

/* The driver is unbound from a device that is well, and a job in flight. */
TEST_F(usb, deauthorized_in_mid_job)
{
	char sysfs[512], path[600];
	struct hallmark_mark m, r;
	int status;
	pid_t pid;

	ASSERT_EQ(0, gt_usb_device("printer0", sysfs, sizeof(sysfs)));
	snprintf(path, sizeof(path), "%s/authorized", sysfs);
	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_EQ(0, gt_write_file(path, "0"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_UNKNOWN, r.state);
	EXPECT_GT(0, r.error);
	EXPECT_EQ(CHUNK, r.sent);
	gt_job(&m, big, 1);
	EXPECT_EQ(-ENODEV, gt_mark(self->fd, &m));
	close(self->fd);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_EQ(0, gt_write_file(path, "1"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_WORKS(self->fd);
}

/* Asleep when nobody needs it, awake for a job and for as long as one lasts. */
TEST_F(usb, runtime_power)
{
	struct hallmark_mark m;
	char text[64];
	int status;
	pid_t pid;

	ASSERT_EQ(0, gt_usb_set_attr("printer0", "power/autosuspend_delay_ms", "0"));
	ASSERT_EQ(0, gt_usb_set_attr("printer0", "power/control", "auto"));
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));

	EXPECT_WORKS(self->fd);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	ASSERT_EQ(0, gt_attr("printer0", "port_status", text, sizeof(text)));
	EXPECT_STREQ("0x18", text);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));

	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = gt_mark_child(self->fd, &m);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	/* long beyond the delay; nothing tells of what does not happen */
	usleep(300000);
	ASSERT_EQ(0, gt_usb_attr("printer0", "power/runtime_status", text, sizeof(text)));
	EXPECT_STREQ("active", text);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));

	/* each way a job can go wrong gives the device back to sleep */
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_TRUE(gt_control("printer", "fault stall", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(-EPIPE, m.error);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	ASSERT_TRUE(gt_control("printer", "fault paper-out", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = 50;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(-ETIMEDOUT, m.error);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));

	/* reset and unplugged in its sleep */
	ASSERT_EQ(0, gt_usb_reset("printer0"));
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	EXPECT_WORKS(self->fd);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	ASSERT_TRUE(gt_unplug("printer"));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	close(self->fd);
	ASSERT_TRUE(gt_plug("printer"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_WORKS(self->fd);
}

/*
 * A reader who waits for another's answer when a job comes is told of the job; he does
 * not ask in the middle of it. All that within the second that the other is given.
 */
TEST_F(usb, a_reader_in_front_of_a_job)
{
	int status[3], tries = 0;
	long long requests;
	struct hallmark_mark m, r;
	pid_t pids[3];
	bool in_time;
	char text[64];

	do {
		requests = gt_number("printer", "requests");
		ASSERT_TRUE(gt_control("printer", "fault mute-status", NULL, 0));
		pids[0] = fork();
		if (pids[0] == 0)
			_exit(-gt_attr("printer0", "port_status", text, sizeof(text)));
		snprintf(text, sizeof(text), "wait requests>%lld 60", requests);
		ASSERT_TRUE(gt_control("printer", text, NULL, 0));
		pids[1] = fork();
		if (pids[1] == 0)
			_exit(-gt_attr("printer0", "port_status", text, sizeof(text)));
		in_time = gt_wait_blocked(pids[1], SYS_read);
		gt_job(&m, big, 100);
		pids[2] = gt_mark_child(self->fd, &m);
		do {
			in_time = in_time && !waitpid(pids[0], &status[0], WNOHANG);
			ASSERT_EQ(0, gt_attr("printer0", "state", text, sizeof(text)));
		} while (in_time && strcmp(text, "busy"));
		for (int i = 0; i < 3; i++)
			waitpid(pids[i], &status[i], 0);
	} while (!in_time && ++tries < 10);
	ASSERT_TRUE(in_time);
	EXPECT_EQ(ETIMEDOUT, WEXITSTATUS(status[0]));
	EXPECT_EQ(EBUSY, WEXITSTATUS(status[1]));
	EXPECT_EQ(0, status[2]);
	EXPECT_EQ(requests + 1, gt_number("printer", "requests"));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
}

/* What finds the device in a reset, and gives up before its end, lets it sleep as well. */
TEST_F(usb, gives_up_in_a_reset)
{
	struct hallmark_mark m, r;
	long long urbs;
	char text[64];
	int status;
	pid_t resetter, pid;

	ASSERT_EQ(0, gt_usb_set_attr("printer0", "power/autosuspend_delay_ms", "0"));
	ASSERT_EQ(0, gt_usb_set_attr("printer0", "power/control", "auto"));
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	snprintf(text, sizeof(text), "wait descriptors>%lld 60", gt_number("printer", "descriptors"));
	urbs = gt_number("printer", "out_urbs");
	ASSERT_TRUE(gt_control("printer", "fault mute-request 6", NULL, 0));
	resetter = fork();
	if (resetter == 0)
		_exit(gt_usb_reset("printer0") ? 1 : 0);
	ASSERT_TRUE(gt_control("printer", text, NULL, 0));

	gt_job(&m, big, sizeof(big));
	m.timeout_ms = 100;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_LOGGED(&m);
	EXPECT_EQ(-ETIMEDOUT, gt_attr("printer0", "port_status", text, sizeof(text)));
	gt_job(&m, big, sizeof(big));
	pid = gt_mark_child(self->fd, &m);
	do {	/* until its INTENT is measured */
		ASSERT_EQ(0, waitpid(pid, &status, WNOHANG));
	} while (gt_result(self->fd, m.job_id, &r) || !r.seq);
	ASSERT_TRUE(gt_killed(pid));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_EQ(-EINTR, r.error);
	EXPECT_EQ(0, r.sent);

	ASSERT_EQ(0, waitpid(resetter, &status, WNOHANG));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(resetter, waitpid(resetter, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(urbs, gt_number("printer", "out_urbs"));
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	EXPECT_WORKS(self->fd);
	ASSERT_TRUE(gt_usb_wait_attr("printer0", "power/runtime_status", "suspended"));
	EXPECT_EQ(0, gt_usb_set_attr("printer0", "power/control", "on"));
}

TEST_HARNESS_MAIN
