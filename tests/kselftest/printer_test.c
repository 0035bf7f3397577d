// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What becomes of a job: replies, and every state that a printer can bring
 * about by what it does or by being pulled out.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define BIG		40000	/* three transfers */
#define CHUNK		16384

static char big[BIG];

FIXTURE(printer) {
	int fd;
};

FIXTURE_SETUP(printer)
{
	memset(big, ' ', sizeof(big));
	ASSERT_TRUE(gt_ready(&self->fd, NULL));
}

FIXTURE_TEARDOWN(printer)
{
	close(self->fd);
	gt_control("printer", "clear", NULL, 0);
	gt_plug("printer");
}

/* A job's end, in the log and by RESULT as well. */
#define EXPECT_ON_RECORD(m) do {				\
	struct hallmark_mark rec_;				\
	EXPECT_EQ(0, gt_result(self->fd, (m)->job_id, &rec_));	\
	EXPECT_EQ((m)->state, rec_.state);			\
	EXPECT_EQ((m)->seq, rec_.seq);				\
	EXPECT_LOGGED(m);					\
} while (0)

static short poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

TEST_F(printer, reply)
{
	uint8_t reply[1024], sha[32];
	struct hallmark_mark m;
	struct hm_ev ev;
	struct gt_log log;
	ssize_t n;

	gt_job(&m, "~HS", 3);
	m.flags = HALLMARK_MARK_QUERY;
	m.reply_max = sizeof(reply);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, m.error);
	EXPECT_EQ(82, m.reply_len);
	EXPECT_EQ(POLLIN, poll_now(self->fd));
	ASSERT_EQ(10, read(self->fd, reply, 10));
	EXPECT_EQ(2, reply[0]);
	n = read(self->fd, reply + 10, sizeof(reply) - 10);
	EXPECT_EQ(72, n);
	EXPECT_EQ(0, poll_now(self->fd));
	EXPECT_EQ(0, read(self->fd, reply + 82, 1));
	gt_sha256(reply, 82, sha);
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_OUTCOME, m.seq, &ev));
	EXPECT_EQ(0, memcmp(sha, ev.u.outcome.reply_sha256, 32));
	gt_log_free(&log);
	EXPECT_ON_RECORD(&m);

	/* who opens after a crash gets it whole */
	close(self->fd);
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(82, read(self->fd, reply, sizeof(reply)));

	/* and the next job ends it */
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(0, m.reply_len);
	EXPECT_EQ(0, poll_now(self->fd));
	EXPECT_EQ(0, read(self->fd, reply, sizeof(reply)));
}

TEST_F(printer, reply_in_crumbs)
{
	uint8_t reply[256];
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault dribble 7", NULL, 0));
	gt_job(&m, "~HS", 3);
	m.reply_max = sizeof(reply);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(82, m.reply_len);
	EXPECT_EQ(82, read(self->fd, reply, sizeof(reply)));
	EXPECT_EQ('\n', reply[81]);
}

/* Enough is enough: no waiting for quiet, and room for no more than was asked. */
TEST_F(printer, reply_max)
{
	uint8_t reply[256];
	struct hallmark_mark m;

	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	m.timeout_ms = 60000;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(82, m.reply_len);
	gt_job(&m, "~HS", 3);
	m.reply_max = 5;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(5, m.reply_len);
	EXPECT_EQ(5, read(self->fd, reply, sizeof(reply)));
}

TEST_F(printer, no_reply_is_no_error)
{
	struct hallmark_mark m;
	long long t;

	ASSERT_TRUE(gt_control("printer", "fault mute-query", NULL, 0));
	gt_job(&m, "~HS", 3);
	m.reply_max = 100;
	m.timeout_ms = 400;
	t = gt_now();
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_LE(400 - 20, gt_now() - t);
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, m.error);
	EXPECT_EQ(0, m.reply_len);
	EXPECT_ON_RECORD(&m);
}

/* No paper: the printer takes nothing, for as long as one waits. */
TEST_F(printer, timeout_is_partial)
{
	struct hallmark_mark m;
	long long t;

	ASSERT_TRUE(gt_control("printer", "fault paper-out", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = 300;
	t = gt_now();
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_LE(300 - 20, gt_now() - t);
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_ON_RECORD(&m);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(printer, hold_in_mid_job_is_partial)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	m.timeout_ms = 4000;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-ETIMEDOUT, m.error);
	EXPECT_LE(CHUNK, m.sent);
	EXPECT_GE(20000, m.sent);
	EXPECT_ON_RECORD(&m);
}

TEST_F(printer, stall_is_partial)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault stall", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EPIPE, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_ON_RECORD(&m);
	/* the halt is cleared: the next job goes through */
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

/* A printer that does not answer when its halt is to be cleared is given a second for it. */
TEST_F(printer, a_halt_that_stays)
{
	long long clears = gt_number("printer", "clear_halts"), t;
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault stall", NULL, 0));
	ASSERT_TRUE(gt_control("printer", "fault mute-request 1", NULL, 0));
	gt_job(&m, big, sizeof(big));
	t = gt_now();
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	t = gt_now() - t;
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EPIPE, m.error);
	EXPECT_EQ(0, m.sent);
	EXPECT_ON_RECORD(&m);
	EXPECT_EQ(clears + 1, gt_number("printer", "clear_halts"));
	EXPECT_LE(900, t);
	EXPECT_GT(5000, t);	/* what usb_clear_halt() would wait at the least */

	/* halted it still is, until it lets itself be cleared */
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EPIPE, m.error);
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_F(printer, partial_transfer)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault partial 17000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EPIPE, m.error);
	EXPECT_EQ(17000, m.sent);
	EXPECT_ON_RECORD(&m);
}

TEST_F(printer, short_transfer)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "fault short 100", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, m.state);
	EXPECT_EQ(-EREMOTEIO, m.error);
	EXPECT_EQ(100, m.sent);
	EXPECT_ON_RECORD(&m);
}

/* Pulled out in mid-job; the file outlives the printer. */
TEST_F(printer, unplug_is_unknown)
{
	struct hallmark_mark m, again;
	struct hm_ev ev;
	struct gt_log log;

	ASSERT_TRUE(gt_control("printer", "fault unplug-after 20000", NULL, 0));
	gt_job(&m, big, sizeof(big));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_UNKNOWN, m.state);
	EXPECT_GT(0, m.error);
	EXPECT_EQ(CHUNK, m.sent);
	ASSERT_TRUE(gt_wait_node("printer0", false));
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd));
	gt_job(&again, big, 1);
	EXPECT_EQ(-ENODEV, gt_mark(self->fd, &again));
	EXPECT_EQ(-1, read(self->fd, big, 1));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_ON_RECORD(&m);
	close(self->fd);

	ASSERT_TRUE(gt_plug("printer"));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(0, poll_now(self->fd));
	/* that id was never measured: it is free */
	ASSERT_EQ(0, gt_mark(self->fd, &again));
	EXPECT_EQ(HALLMARK_STATE_DONE, again.state);
	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_DETACH, 0, &ev));
	EXPECT_STREQ("printer0", ev.u.detach.marker);
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_ATTACH, 0, &ev));
	EXPECT_STREQ("printer0", ev.u.attach.marker);
	gt_log_free(&log);
	EXPECT_ON_RECORD(&again);
}

/* Runs MARK in a child that shares our opening, and waits until it is stuck. */
static pid_t stuck_child(int fd, const struct hallmark_mark *job)
{
	struct hallmark_mark m = *job;
	pid_t pid = fork();

	if (pid == 0)
		_exit(gt_mark(fd, &m) ? 1 : 0);
	return pid;
}

TEST_F(printer, killed_caller)
{
	struct hallmark_mark job, r, other;
	long long t;
	int status;
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	gt_job(&job, big, sizeof(big));
	job.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = stuck_child(self->fd, &job);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));

	/* meanwhile: running, and busy */
	ASSERT_EQ(0, gt_result(self->fd, job.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	EXPECT_LT(0, r.seq);
	char text[64];
	ASSERT_EQ(0, gt_attr("printer0", "state", text, sizeof(text)));
	EXPECT_STREQ("busy", text);
	EXPECT_EQ(-EBUSY, gt_attr("printer0", "port_status", text, sizeof(text)));
	gt_job(&other, big, 1);
	memcpy(other.job_id, job.job_id, sizeof(job.job_id));

	t = gt_now();
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_GT(20000, gt_now() - t);
	ASSERT_EQ(0, gt_result(self->fd, job.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_PARTIAL, r.state);
	EXPECT_EQ(-EINTR, r.error);
	EXPECT_EQ(CHUNK, r.sent);
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &other));
	r.payload_len = job.payload_len;
	EXPECT_ON_RECORD(&r);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_EQ(0, gt_attr("printer0", "state", text, sizeof(text)));
	EXPECT_STREQ("idle", text);
}

/* Behind another job: named already, and nothing of it measured. */
TEST_F(printer, a_job_that_waits_its_turn)
{
	long long end = gt_now() + GT_WAIT_MS, seq;
	struct hallmark_mark first, second, other, r;
	int rc, status;
	pid_t pid[2];

	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&first, big, sizeof(big));
	first.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid[0] = stuck_child(self->fd, &first);
	ASSERT_LT(0, pid[0]);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	seq = gt_seq();
	gt_job(&second, big, sizeof(big));
	pid[1] = stuck_child(self->fd, &second);
	ASSERT_LT(0, pid[1]);
	while ((rc = gt_result(self->fd, second.job_id, &r)) == -ENOENT && gt_now() < end)
		usleep(5000);
	ASSERT_EQ(0, rc);
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	EXPECT_EQ(0, r.seq);
	gt_job(&other, big, 1);
	memcpy(other.job_id, second.job_id, sizeof(other.job_id));
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &other));

	/* killed before its turn: as if it had never been */
	ASSERT_EQ(0, kill(pid[1], SIGKILL));
	ASSERT_EQ(pid[1], waitpid(pid[1], &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, second.job_id, &r));
	EXPECT_EQ(seq, gt_seq());
	ASSERT_EQ(0, kill(pid[0], SIGKILL));
	ASSERT_EQ(pid[0], waitpid(pid[0], &status, 0));
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	ASSERT_EQ(0, gt_mark(self->fd, &other));
	EXPECT_EQ(seq + 1, (long long)other.seq);
	EXPECT_ON_RECORD(&other);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	alarms++;
}

/* Signals that do not kill are no reason for a job, or for the TPM, to give up. */
TEST_F(printer, a_storm_of_signals)
{
	struct itimerval storm = { { 0, 500 }, { 0, 500 } }, calm = { 0 };
	struct sigaction action = { .sa_handler = count_alarm }, before;
	struct hallmark_mark m = { 0 };
	int i, bad = 0, rc;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, &before));
	alarms = 0;
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &storm, NULL));
	/* a fast machine is through with 20 before the storm has risen */
	for (i = 0; i < 20 || (alarms < 20 && i < 60); i++) {
		gt_job(&m, "^XA^XZ", 6);
		rc = gt_mark(self->fd, &m);
		bad += rc || m.state != HALLMARK_STATE_DONE || m.error || m.flags;
	}
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &calm, NULL));
	ASSERT_EQ(0, sigaction(SIGALRM, &before, NULL));
	EXPECT_EQ(0, bad);
	EXPECT_LE(20, alarms);
	EXPECT_TRUE(gt_state_is("ok"));
	EXPECT_ON_RECORD(&m);
}

/* Pulled out while a transfer waits, and someone polls. */
TEST_F(printer, unplug_while_held)
{
	struct pollfd p = { .fd = self->fd };
	struct hallmark_mark job, r;
	int status;
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&job, big, sizeof(big));
	job.timeout_ms = HALLMARK_TIMEOUT_MAX_MS;
	pid = stuck_child(self->fd, &job);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_TRUE(gt_control("printer", "unplug", NULL, 0));
	EXPECT_EQ(1, poll(&p, 1, GT_WAIT_MS));
	EXPECT_EQ(POLLHUP | POLLERR, p.revents);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, job.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_UNKNOWN, r.state);
	EXPECT_GT(0, r.error);
	EXPECT_EQ(0, r.sent);
	r.payload_len = job.payload_len;
	EXPECT_ON_RECORD(&r);
	ASSERT_TRUE(gt_wait_node("printer0", false));
}

/* Unplugging and reading attributes and the log at the same time, many times. */
TEST_F(printer, unplug_under_load)
{
	struct hallmark_mark m;
	char text[2048];
	struct gt_log log;
	int i, rc, status;
	pid_t reader;

	reader = fork();
	if (reader == 0)
		for (prctl(PR_SET_PDEATHSIG, SIGKILL);;) {
			gt_attr("printer0", "port_status", text, sizeof(text));
			gt_attr("printer0", "ident", text, sizeof(text));
			gt_log_size();
		}
	for (i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "fault unplug-after %d", 1 + i * 5000);
		ASSERT_TRUE(gt_control("printer", text, NULL, 0));
		gt_job(&m, big, sizeof(big));
		rc = gt_mark(self->fd, &m);
		EXPECT_EQ(0, rc);
		EXPECT_EQ(HALLMARK_STATE_UNKNOWN, m.state);
		ASSERT_TRUE(gt_wait_node("printer0", false));
		/* every other time the file stays open beyond the next plug */
		if (i & 1)
			close(self->fd);
		ASSERT_TRUE(gt_plug("printer"));
		rc = gt_open("printer0", O_RDWR);
		if (!(i & 1))
			close(self->fd);
		self->fd = rc;
		ASSERT_LE(0, rc);
	}
	kill(reader, SIGKILL);
	ASSERT_EQ(reader, waitpid(reader, &status, 0));
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
