// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An opening as a session: who shares it, what read(2), poll(2) and O_NONBLOCK mean on
 * it, and what becomes of memory that goes while a job is in flight.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define EEPROM_SIZE	32768

static const char label[] = "^XA^FO50,50^A0N,40,40^FDsession^FS^XZ";
#define LABEL_LEN	(sizeof(label) - 1)

/* an address that no page is at */
static void *volatile nowhere = (void *)8;

FIXTURE(session) {
	int fd;		/* printer0 */
	int eeprom;
};

FIXTURE_SETUP(session)
{
	ASSERT_TRUE(gt_ready(&self->fd, &self->eeprom));
}

FIXTURE_TEARDOWN(session)
{
	close(self->fd);
	close(self->eeprom);
	gt_control("printer", "clear", NULL, 0);
}

TEST_F(session, a_fork_shares_it)
{
	struct hallmark_mark m;
	int pipes[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	if (pid == 0) {
		close(pipes[1]);
		gt_job(&m, label, LABEL_LEN);
		/* until the parent has seen what it wants to see */
		_exit(gt_mark(self->fd, &m) || m.state != HALLMARK_STATE_DONE ||
		      read(pipes[0], &c, 1) != 0);
	}
	close(pipes[0]);
	close(self->fd);
	EXPECT_EQ(-EBUSY, gt_open("printer0", O_RDWR));
	close(pipes[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	self->fd = gt_open("printer0", O_RDWR);
	EXPECT_LE(0, self->fd);
}

TEST_F(session, access_modes)
{
	struct hallmark_mark m, r;
	struct stat st;
	struct group *group = getgrnam("hallmark");
	char c;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_EQ(S_IFCHR | 0660, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	ASSERT_NE(NULL, group);
	EXPECT_EQ(group->gr_gid, st.st_gid);

	close(self->fd);
	self->fd = gt_open("printer0", O_WRONLY);
	ASSERT_LE(0, self->fd);
	gt_job(&m, label, LABEL_LEN);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(-1, read(self->fd, &c, 1));
	EXPECT_EQ(EBADF, errno);
	/* read-only openings answer RESULT, of another marker's jobs as well */
	close(self->eeprom);
	self->eeprom = gt_open("eeprom0", O_RDONLY);
	ASSERT_LE(0, self->eeprom);
	EXPECT_EQ(0, gt_result(self->eeprom, m.job_id, &r));
	EXPECT_EQ(m.seq, r.seq);
	gt_job(&m, "x", 1);
	EXPECT_EQ(-EBADF, gt_mark(self->eeprom, &m));
}

/* MARK waits all the same, and read() never does. */
TEST_F(session, nonblock)
{
	struct hallmark_mark m, r;
	int status;
	pid_t pid;
	char c;

	close(self->fd);
	self->fd = gt_open("printer0", O_RDWR | O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(0, read(self->fd, &c, 0));
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&m, label, LABEL_LEN);
	pid = gt_mark_child(self->fd, &m);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_TRUE(gt_wait_blocked(pid, SYS_ioctl));
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	/* the last job's reply ended with this one's INTENT: 0, not EAGAIN */
	EXPECT_EQ(0, read(self->fd, &c, 1));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
}

/* A reply wakes who polls for it. */
TEST_F(session, poll_wakes)
{
	struct pollfd p = { .fd = self->fd, .events = POLLIN };
	struct hallmark_mark m;
	int status;
	pid_t pid;

	EXPECT_EQ(0, poll(&p, 1, 0));
	pid = fork();
	if (pid == 0)
		_exit(poll(&p, 1, GT_WAIT_MS) == 1 && p.revents == POLLIN ? 0 : 1);
	ASSERT_TRUE(gt_wait_blocked(pid, SYS_poll));
	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* What an EFAULT skipped is gone for this opening, and there for the next. */
TEST_F(session, a_reply_is_a_stream)
{
	struct hallmark_mark m;
	uint8_t reply[100];

	gt_job(&m, "~HS", 3);
	m.reply_max = sizeof(reply);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	ASSERT_EQ(82, m.reply_len);
	EXPECT_EQ(-1, pread(self->fd, reply, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, read(self->fd, reply, 0));
	ASSERT_EQ(1, read(self->fd, reply, 1));
	EXPECT_EQ(2, reply[0]);
	EXPECT_EQ(-1, read(self->fd, nowhere, 80));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(1, read(self->fd, reply, sizeof(reply)));
	EXPECT_EQ('\n', reply[0]);
	EXPECT_EQ(0, read(self->fd, reply, sizeof(reply)));
	close(self->fd);
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(82, read(self->fd, reply, sizeof(reply)));
}

TEST_F(session, eeprom_offsets)
{
	static uint8_t part[5000], again[5000];

	EXPECT_EQ(0, lseek(self->eeprom, 0, SEEK_SET));
	EXPECT_EQ(100, pread(self->eeprom, part, sizeof(part), EEPROM_SIZE - 100));
	EXPECT_EQ(0, lseek(self->eeprom, 0, SEEK_CUR));
	/* more than a page of the kernel's, from an odd place */
	EXPECT_EQ(4001, lseek(self->eeprom, 4001, SEEK_SET));
	ASSERT_EQ((ssize_t)sizeof(part), read(self->eeprom, part, sizeof(part)));
	ASSERT_EQ(2000, pread(self->eeprom, again, 2000, 4001));
	ASSERT_EQ(3000, pread(self->eeprom, again + 2000, 3000, 6001));
	EXPECT_EQ(0, memcmp(part, again, sizeof(part)));
	EXPECT_EQ(4001 + (off_t)sizeof(part), lseek(self->eeprom, 0, SEEK_CUR));
	EXPECT_EQ(EEPROM_SIZE - 3, lseek(self->eeprom, -3, SEEK_END));
	EXPECT_EQ(3, read(self->eeprom, part, sizeof(part)));
	EXPECT_EQ(0, read(self->eeprom, part, sizeof(part)));
	EXPECT_EQ(-1, lseek(self->eeprom, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pread(self->eeprom, part, 1, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, pread(self->eeprom, part, 1, (off_t)1 << 40));
	EXPECT_EQ(-1, pread(self->eeprom, nowhere, 1, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* Two markers at once: their jobs interleave, and an id is one name for both. */
TEST_F(session, two_markers)
{
	struct hallmark_mark p, e, r;
	struct hm_ev in[2], out[2];
	struct gt_log log;
	int status;
	uint8_t b;
	pid_t pid;

	ASSERT_EQ(1, pread(self->eeprom, &b, 1, 600));
	b ^= 1;
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&p, label, LABEL_LEN);
	pid = gt_mark_child(self->fd, &p);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	/* in flight there: not to be had here */
	gt_job(&e, &b, 1);
	e.offset = 600;
	memcpy(r.job_id, e.job_id, sizeof(r.job_id));
	memcpy(e.job_id, p.job_id, sizeof(e.job_id));
	EXPECT_EQ(-EEXIST, gt_mark(self->eeprom, &e));
	memcpy(e.job_id, r.job_id, sizeof(e.job_id));
	ASSERT_EQ(0, gt_mark(self->eeprom, &e));
	EXPECT_EQ(HALLMARK_STATE_DONE, e.state);
	/* and any marker tells of it */
	EXPECT_EQ(0, gt_result(self->eeprom, p.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	EXPECT_EQ(e.seq - 1, r.seq);
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, gt_result(self->eeprom, p.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	/* it is over: still not to be had */
	memcpy(e.job_id, p.job_id, sizeof(e.job_id));
	EXPECT_EQ(-EEXIST, gt_mark(self->eeprom, &e));

	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_INTENT, r.seq, &in[0]));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_OUTCOME, r.seq, &out[0]));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_INTENT, r.seq + 1, &in[1]));
	ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_OUTCOME, r.seq + 1, &out[1]));
	EXPECT_STREQ("printer0", in[0].u.intent.marker);
	EXPECT_STREQ("eeprom0", in[1].u.intent.marker);
	EXPECT_LT(in[0].at, in[1].at);
	EXPECT_LT(in[1].at, out[1].at);
	EXPECT_LT(out[1].at, out[0].at);
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

struct marker {
	pthread_t thread;
	int fd;
	struct hallmark_mark *m;
	int rc;
};

static void *mark_thread(void *arg)
{
	struct marker *marker = arg;

	marker->rc = gt_mark(marker->fd, marker->m);
	return NULL;
}

/*
 * The pages of struct and payload go while the job is in flight. What was copied is
 * sent; MARK is 0, since there was an INTENT; RESULT has what could not be written.
 */
TEST_F(session, pages_that_vanish)
{
	long page = sysconf(_SC_PAGESIZE);
	struct marker marker = { .fd = self->fd };
	struct hallmark_mark r;
	uint8_t id[16], sha[32];
	long long received;
	char *p;

	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	memcpy(p + page, label, LABEL_LEN);
	/* a payload need not be writable */
	ASSERT_EQ(0, mprotect(p + page, page, PROT_READ));
	marker.m = (struct hallmark_mark *)p;
	gt_job(marker.m, p + page, LABEL_LEN);
	memcpy(id, marker.m->job_id, sizeof(id));
	gt_sha256(label, LABEL_LEN, sha);
	received = gt_number("printer", "received");
	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	ASSERT_EQ(0, pthread_create(&marker.thread, NULL, mark_thread, &marker));
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_EQ(0, munmap(p, 2 * page));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(0, pthread_join(marker.thread, NULL));
	EXPECT_EQ(0, marker.rc);
	ASSERT_EQ(0, gt_result(self->fd, id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_EQ(LABEL_LEN, r.sent);
	EXPECT_EQ(0, memcmp(sha, r.digest, sizeof(sha)));
	EXPECT_EQ(received + (long long)LABEL_LEN, gt_number("printer", "received"));
	r.payload_len = LABEL_LEN;
	EXPECT_LOGGED(&r);
}

/* What is overwritten behind the gate's back is not what is sent. */
TEST_F(session, a_payload_that_changes)
{
	struct marker marker = { .fd = self->fd };
	struct hallmark_mark m;
	static char payload[40000];
	uint8_t sha[32];

	memset(payload, ' ', sizeof(payload));
	gt_sha256(payload, sizeof(payload), sha);
	gt_job(&m, payload, sizeof(payload));
	marker.m = &m;
	ASSERT_TRUE(gt_control("printer", "fault hold 20000", NULL, 0));
	ASSERT_EQ(0, pthread_create(&marker.thread, NULL, mark_thread, &marker));
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	/* a label, were it sent */
	memcpy(payload + 30000, label, LABEL_LEN);
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(0, pthread_join(marker.thread, NULL));
	EXPECT_EQ(0, marker.rc);
	EXPECT_EQ(0, memcmp(sha, m.digest, sizeof(sha)));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
	EXPECT_EQ(0, gt_number("printer", "queued"));
	EXPECT_EQ(0, gt_number("printer", "partial_label"));
	EXPECT_LOGGED(&m);
}

/* A device number that was a marker's a moment ago. */
TEST_F(session, a_node_that_outlives_its_marker)
{
	const char *node = "/dev/kselftest-printer0";
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	unlink(node);
	ASSERT_EQ(0, mknod(node, S_IFCHR | 0600, st.st_rdev));
	EXPECT_EQ(-1, open(node, O_RDWR));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_TRUE(gt_unplug("printer"));
	ASSERT_TRUE(gt_wait_node("printer0", false));
	EXPECT_EQ(-1, open(node, O_RDWR));
	EXPECT_EQ(ENODEV, errno);
	unlink(node);
	close(self->fd);
	ASSERT_TRUE(gt_plug("printer"));
	self->fd = gt_open("printer0", O_RDWR);
	EXPECT_LE(0, self->fd);
}

TEST_HARNESS_MAIN
