// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EXPORT: the beginning of the log is given away, measured, and nothing of it is lost
 * to who has kept it. gt_log_read() joins what was given away with what is kept, so
 * every "replays" below is of all that happened since START.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

FIXTURE(export) {
	int fd;		/* printer0 */
	int log;	/* the log, for EXPORT */
};

FIXTURE_SETUP(export)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	self->log = gt_log_open();
	ASSERT_LE(0, self->log);
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
}

FIXTURE_TEARDOWN(export)
{
	close(self->fd);
	close(self->log);
	gt_control("printer", "clear", NULL, 0);
}

#define EXPECT_REPLAYS() do {				\
	struct gt_log log_;				\
	ASSERT_EQ(0, gt_log_read(&log_));		\
	EXPECT_TRUE(gt_log_replays(&log_, NULL));	\
	gt_log_free(&log_);				\
} while (0)

/* Where in @log the event of @tag and @seq ends, or -1. */
static long end_of(const struct gt_log *log, uint32_t tag, uint64_t seq)
{
	static struct hm_ev ev;

	return gt_log_find(log, tag, seq, &ev) ? (long)(ev.at + ev.size) : -1;
}

/* The last EXPORT event in what is kept. */
static bool last_export(struct hm_ev *ret)
{
	struct gt_log kept;
	bool found;

	if (gt_log_read_kept(&kept))
		return false;
	found = gt_log_find(&kept, HM_EV_TAG_EXPORT, 0, ret);
	gt_log_free(&kept);
	return found;
}

TEST_F(export, unsound_arguments)
{
	long size = gt_log_size();
	long long exported = gt_exported();
	struct hallmark_export good, x, *frozen;
	struct gt_log kept;
	int fd, i;
	long head;

	ASSERT_EQ(0, gt_log_read_kept(&kept));
	head = gt_log_head(&kept);
	ASSERT_LT(0, head);
	gt_export_of(&good, &kept, kept.len);
#define REFUSED(rc, change) do {					\
	x = good;							\
	change;								\
	EXPECT_EQ(rc, gt_export_ioctl(self->log, &x));			\
} while (0)
	REFUSED(-EINVAL, x.size--);
	REFUSED(-EINVAL, x.size++);
	REFUSED(-EINVAL, x.size = 0);
	for (i = 0; i < 32; i++)
		REFUSED(-EINVAL, x.flags = 1u << i);
	for (i = 0; i < 4; i++)
		REFUSED(-EINVAL, x.reserved[i] = 1);
	REFUSED(-EINVAL, x.len = 0);
	REFUSED(-EINVAL, x.len = UINT64_MAX);
	REFUSED(-EBADMSG, x.digest[0] ^= 1);
	REFUSED(-EBADMSG, x.digest[31] ^= 0x80);
	/* a right digest of what is no piece */
	REFUSED(-EINVAL, gt_export_of(&x, &kept, head - 1));
	REFUSED(-EINVAL, gt_export_of(&x, &kept, head));
	REFUSED(-EINVAL, gt_export_of(&x, &kept, head + 1));
	REFUSED(-EINVAL, gt_export_of(&x, &kept, kept.len - 1));
	REFUSED(-EINVAL, gt_export_of(&x, &kept, kept.len + 1));
#undef REFUSED
	EXPECT_EQ(-EFAULT, gt_export_ioctl(self->log, NULL));
	frozen = mmap(NULL, sizeof(*frozen), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)frozen);
	*frozen = good;
	ASSERT_EQ(0, mprotect(frozen, sizeof(*frozen), PROT_READ));
	EXPECT_EQ(-EFAULT, gt_export_ioctl(self->log, frozen));

	fd = open(GT_SECURITYFS "log", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, gt_export_ioctl(fd, &good));
	close(fd);
	EXPECT_EQ(-1, ioctl(self->fd, HALLMARK_IOC_EXPORT, &good));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->log, HALLMARK_IOC_MARK, &good));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->log, HALLMARK_IOC_RESULT, &good));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, write(self->log, "x", 1));
	EXPECT_EQ(EINVAL, errno);
	gt_log_free(&kept);

	EXPECT_EQ(size, gt_log_size());
	EXPECT_EQ(exported, gt_exported());
	EXPECT_REPLAYS();
}

TEST_F(export, a_piece)
{
	struct hallmark_mark first, second, m, r;
	struct hallmark_export x;
	struct gt_log kept, after;
	long long exported;
	uint8_t part[64];
	struct hm_ev ev;
	long len, head, at;
	int old;

	gt_job(&first, "~HS", 3);
	first.reply_max = 82;
	ASSERT_EQ(0, gt_mark(self->fd, &first));
	gt_job(&second, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &second));
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	head = gt_log_head(&kept);
	len = end_of(&kept, HM_EV_TAG_OUTCOME, first.seq);
	ASSERT_LT(head, len);
	exported = gt_exported();
	old = open(GT_SECURITYFS "log", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, old);
	ASSERT_EQ(10, read(old, part, 10));

	ASSERT_EQ(0, gt_export(self->log, &kept, (size_t)len, &x));
	EXPECT_EQ(first.seq, x.seq);
	EXPECT_EQ(exported + len - head, (long long)x.offset);
	EXPECT_EQ((long long)x.offset, gt_exported());
	EXPECT_TRUE(gt_state_is("ok"));

	/* what is kept: the header, the rest, and the event that tells of it */
	ASSERT_EQ(0, gt_log_read_kept(&after));
	EXPECT_EQ(0, memcmp(after.bytes, kept.bytes, (size_t)head));
	EXPECT_EQ(0, memcmp(after.bytes + head, kept.bytes + len, kept.len - (size_t)len));
	at = head + (long)kept.len - len;
	ASSERT_TRUE(gt_log_find(&after, HM_EV_TAG_EXPORT, 0, &ev));
	EXPECT_EQ(at, (long)ev.at);
	EXPECT_EQ(after.len, ev.at + ev.size);
	EXPECT_EQ(HM_EV_EVENT_TAG, ev.type);
	EXPECT_EQ(first.seq, ev.u.exported.seq);
	EXPECT_EQ(x.offset, ev.u.exported.offset);
	EXPECT_EQ(0, memcmp(x.digest, ev.u.exported.sha256, 32));
	EXPECT_REPLAYS();

	/* opened before: no bytes of another log by mistake */
	EXPECT_EQ(-1, read(old, part, sizeof(part)));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(-1, pread(old, part, sizeof(part), 0));
	EXPECT_EQ(ESTALE, errno);
	close(old);

	/* the jobs: one is forgotten and its name free, the other is not */
	EXPECT_EQ(-ENOENT, gt_result(self->fd, first.job_id, &r));
	ASSERT_EQ(0, gt_result(self->fd, second.job_id, &r));
	EXPECT_EQ(second.seq, r.seq);
	gt_job(&m, " ", 1);
	memcpy(m.job_id, second.job_id, sizeof(m.job_id));
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &m));
	memcpy(m.job_id, first.job_id, sizeof(m.job_id));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(second.seq + 1, m.seq);
	r = m;
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &r));

	/* by the old file, of which the kernel knows no digest but the log's */
	EXPECT_EQ(-EBADMSG, gt_export_ioctl(self->log, &(struct hallmark_export){
		.size = sizeof(x), .len = (uint64_t)at }));
	gt_log_free(&kept);
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, &x));
	EXPECT_EQ(m.seq, x.seq);
	gt_log_free(&kept);
	EXPECT_EQ(-ENOENT, gt_result(self->fd, m.job_id, &r));
	/* nothing but header and EXPORT; give that away, and no job is in the piece */
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	ASSERT_TRUE(last_export(&ev));
	EXPECT_EQ(kept.len, ev.at + ev.size);
	EXPECT_EQ(head, (long)ev.at);
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, &x));
	EXPECT_EQ(m.seq, x.seq);
	gt_log_free(&kept);
	gt_log_free(&after);
	EXPECT_REPLAYS();
}

/* The reply is the marker's, and outlives the job's name. */
TEST_F(export, the_reply_is_kept)
{
	struct hallmark_mark m;
	struct gt_log kept;
	uint8_t reply[100];

	gt_job(&m, "~HS", 3);
	m.reply_max = 82;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, NULL));
	gt_log_free(&kept);
	EXPECT_EQ(82, read(self->fd, reply, sizeof(reply)));
}

/* The INTENT goes while its job is in flight; it is the OUTCOME that counts. */
TEST_F(export, in_flight)
{
	struct hallmark_export x;
	struct hallmark_mark m, r;
	struct gt_log kept;
	int status;
	pid_t pid;

	ASSERT_TRUE(gt_control("printer", "fault hold 0", NULL, 0));
	gt_job(&m, " ", 1);
	pid = gt_mark_child(self->fd, &m);
	ASSERT_TRUE(gt_control("printer", "wait held>=1 60", NULL, 0));
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, &x));
	gt_log_free(&kept);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_NONE, r.state);
	EXPECT_EQ(x.seq, r.seq);
	EXPECT_EQ(-EEXIST, gt_mark(self->fd, &m));
	ASSERT_TRUE(gt_control("printer", "release", NULL, 0));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, gt_result(self->fd, m.job_id, &r));
	EXPECT_EQ(HALLMARK_STATE_DONE, r.state);
	EXPECT_REPLAYS();
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, &x));
	EXPECT_EQ(r.seq, x.seq);
	gt_log_free(&kept);
	EXPECT_EQ(-ENOENT, gt_result(self->fd, m.job_id, &r));
	EXPECT_REPLAYS();
}

/* What a full log refuses, an EXPORT makes possible again. */
TEST_F(export, a_full_log_goes_on)
{
	struct hallmark_mark m, last = { 0 };
	struct gt_log kept, log;
	int rc = 0, i;
	long cap;
	char text[32];

	ASSERT_EQ(0, gt_read_file("/sys/module/hallmark/parameters/log_max", text, sizeof(text)));
	cap = atol(text);
	ASSERT_GE(1 << 17, cap);	/* else it takes too long */
	for (i = 0; !rc && i < 2000; i++) {
		gt_job(&m, " ", 1);
		rc = gt_mark(self->fd, &m);
		if (!rc)
			last = m;
	}
	ASSERT_EQ(-ENOSPC, rc);
	ASSERT_TRUE(gt_state_is("full"));
	ASSERT_EQ(0, gt_log_read_kept(&kept));
	EXPECT_GE(cap, (long)kept.len);
	ASSERT_EQ(0, gt_export(self->log, &kept, kept.len, NULL));
	gt_log_free(&kept);
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(last.seq + 1, m.seq);
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_agrees(&log, &last));
	EXPECT_TRUE(gt_log_agrees(&log, &m));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

#define ROUNDS	40

/* Read the log until @stop is gone; what is read whole must be whole. */
static int keep_reading(int stop)
{
	static struct hm_ev ev;
	struct hm_ev_reader r;
	struct gt_log log;
	char c;
	int rc, n = 0;

	while (read(stop, &c, 1) < 0 && errno == EAGAIN) {
		rc = gt_log_read_kept(&log);
		if (rc == -ESTALE)
			continue;
		if (rc || hm_ev_reader_init(&r, log.bytes, log.len))
			return 1;
		while ((rc = hm_ev_next(&r, &ev)) == 1)
			;
		gt_log_free(&log);
		if (rc)
			return 2;
		n++;
	}
	return n ? 0 : 3;
}

static int keep_marking(int fd, int stop)
{
	struct hallmark_mark m;
	char c;

	while (read(stop, &c, 1) < 0 && errno == EAGAIN) {
		gt_job(&m, " ", 1);
		if (gt_mark(fd, &m) || m.state != HALLMARK_STATE_DONE)
			return 1;
	}
	return 0;
}

static int keep_exporting(int log)
{
	long long end = gt_now() + 3 * GT_WAIT_MS;
	struct gt_log kept;
	int i, rc;

	for (i = 0; i < ROUNDS; i += !rc) {
		if (gt_now() > end)
			return 1;
		rc = gt_log_read_kept(&kept);
		if (rc)
			continue;
		rc = gt_export(log, &kept, kept.len, NULL);
		gt_log_free(&kept);
		/* the other's piece went first: it is another log now */
		if (rc && rc != -ESTALE && rc != -EBADMSG && rc != -EINVAL)
			return 2;
	}
	return 0;
}

/* Two that export, one that marks, one that reads: the pieces join, whoever won. */
TEST_F(export, everybody_at_once)
{
	int stop[2], status, i;
	pid_t pid[3];

	ASSERT_EQ(0, pipe2(stop, O_NONBLOCK));
	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		close(stop[1]);
		_exit(i == 0 ? keep_marking(self->fd, stop[0]) :
		      i == 1 ? keep_reading(stop[0]) : keep_exporting(self->log));
	}
	EXPECT_EQ(0, keep_exporting(self->log));
	ASSERT_EQ(pid[2], waitpid(pid[2], &status, 0));
	EXPECT_EQ(0, status);
	close(stop[1]);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	close(stop[0]);
	EXPECT_REPLAYS();
}

TEST_HARNESS_MAIN
