// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * More ways to latch the gate, each of them a boot of its own: $HM_CASE (in `run`,
 * latch_more:CASE) names the one to try.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define BOUND_SECONDS	300	/* of the whole test */
#define SILENCE_MS	120000	/* what the kernel's driver gives a TPM that is to be read */

FIXTURE(latch) {
	const char *name;
	int fd;
	int log;
	long long received;
	long long exported;
	struct hallmark_mark m;		/* the job that meets it */
	struct gt_log before;
};

FIXTURE_SETUP(latch)
{
	struct hallmark_mark m;

	self->name = getenv("HM_CASE");
	ASSERT_NE(NULL, self->name);
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	self->log = gt_log_open();
	ASSERT_LE(0, self->log);
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	self->received = gt_number("printer", "received");
	self->exported = gt_exported();
	ASSERT_EQ(0, gt_log_read_kept(&self->before));
	gt_job(&self->m, "^XA^FDlatch^FS^XZ", 17);
}

FIXTURE_TEARDOWN(latch)
{
	close(self->fd);
	close(self->log);
}

static bool lie(const char *extend, const char *reads)
{
	return gt_control("vtpm", extend, NULL, 0) &&
	       (!reads || gt_control("vtpm", reads, NULL, 0));
}

/* The last two entries: @tag as EV_NO_ACTION, then FAULT with @seq and @code. */
static bool ends_with(uint32_t tag, uint64_t seq, int32_t code)
{
	static struct hm_ev last, fault;
	struct gt_log log;
	bool good;

	if (gt_log_read_kept(&log))
		return false;
	good = gt_log_find(&log, tag, 0, &last) &&
	       gt_log_find(&log, HM_EV_TAG_FAULT, 0, &fault) &&
	       last.type == HM_EV_NO_ACTION && fault.type == HM_EV_NO_ACTION &&
	       fault.at == last.at + last.size && fault.at + fault.size == log.len &&
	       fault.u.fault.seq == seq && fault.u.fault.code == code;
	if (!good)
		printf("# FAULT: seq %llu, code %d\n",
		       (unsigned long long)fault.u.fault.seq, fault.u.fault.code);
	gt_log_free(&log);
	return good;
}

TEST_F_TIMEOUT(latch, latch, BOUND_SECONDS)
{
	struct hallmark_mark *m = &self->m, other, r;
	struct hallmark_export x;
	uint32_t intent = HALLMARK_STATE_NONE, outcome = HALLMARK_STATE_NONE;
	uint64_t seq = (uint64_t)gt_seq() + 1;
	static struct hm_ev ev;
	struct gt_log log;
	long size;
	long long t = gt_now(), told = gt_number("vtpm", "told");

	if (!strcmp(self->name, "unread")) {
		/* it cannot be known: the PCR cannot be read */
		ASSERT_TRUE(lie("lie 1 before", "lie-read 1 rc 101 x3"));
		intent = HALLMARK_STATE_FAULT;
	} else if (!strcmp(self->name, "silent")) {
		/* three are told, and one is enough */
		ASSERT_TRUE(lie("lie 1 before", "lie-read 1 silence x3"));
		intent = HALLMARK_STATE_FAULT;
	} else if (!strcmp(self->name, "wrong")) {
		ASSERT_TRUE(lie("lie 1 after", "lie-read 1 wrong"));
		intent = HALLMARK_STATE_FAULT;
	} else if (!strcmp(self->name, "outcome")) {
		ASSERT_TRUE(lie("lie 2 foreign", NULL));
		outcome = HALLMARK_STATE_DONE;
	} else if (!strcmp(self->name, "thrice")) {
		/* the OUTCOME, and the RESOLVED before its second try and its third */
		ASSERT_TRUE(lie("lie 2 before x3", NULL));
		outcome = HALLMARK_STATE_DONE;
	} else if (!strcmp(self->name, "detach")) {
		close(self->fd);
		ASSERT_TRUE(gt_unplug("printer"));
		ASSERT_TRUE(gt_wait_node("printer0", false));
		ASSERT_TRUE(gt_plug("printer"));
		self->fd = gt_open("printer0", O_RDWR);
		ASSERT_TRUE(lie("lie 1 foreign", NULL));
	} else if (!strcmp(self->name, "export")) {
		ASSERT_TRUE(lie("lie 1 foreign", NULL));
	} else if (!strcmp(self->name, "asleep")) {
		ASSERT_TRUE(gt_control("vtpm", "die", NULL, 0));
	} else {
		ASSERT_STREQ("a case", self->name);
	}

	if (intent || outcome) {
		ASSERT_EQ(0, gt_mark(self->fd, m));
		EXPECT_EQ(seq, m->seq);
		EXPECT_EQ(intent ? intent : outcome, m->state);
		EXPECT_EQ(outcome ? HALLMARK_MARK_LATCHED : 0, m->flags);
		EXPECT_EQ(outcome ? 17 : 0, m->sent);
		EXPECT_EQ(0, gt_result(self->fd, m->job_id, &r));
		EXPECT_EQ(m->state, r.state);
		EXPECT_EQ(m->flags, r.flags);
		EXPECT_TRUE(ends_with(outcome ? HM_EV_TAG_OUTCOME : HM_EV_TAG_INTENT, seq, 0x101));
		if (outcome)
			self->received += 17;
		else
			EXPECT_GT(0, m->error);
	} else if (!strcmp(self->name, "detach")) {
		EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(self->fd, m));
		EXPECT_TRUE(ends_with(HM_EV_TAG_DETACH, 0, 0x101));
	} else if (!strcmp(self->name, "export")) {
		gt_export_of(&x, &self->before, self->before.len);
		EXPECT_EQ(-ENOTRECOVERABLE, gt_export_ioctl(self->log, &x));
		EXPECT_TRUE(ends_with(HM_EV_TAG_EXPORT, 0, 0x101));
	} else {
		EXPECT_EQ(0, gt_nap());
		ASSERT_EQ(0, gt_log_read_kept(&log));
		ASSERT_TRUE(gt_log_find(&log, HM_EV_TAG_FAULT, 0, &ev));
		EXPECT_EQ(self->before.len, ev.at);
		EXPECT_EQ(0, ev.u.fault.seq);
		EXPECT_EQ(0, ev.u.fault.code);
		gt_log_free(&log);
	}
	t = gt_now() - t;
	told = gt_number("vtpm", "told") - told;
	printf("# %s: %lld ms\n", self->name, t);
	fflush(stdout);
	/* an extend, and its reads: three where there is an answer, one where there is none */
	if (!strcmp(self->name, "unread")) {
		EXPECT_EQ(1 + 3, told);
	}
	if (!strcmp(self->name, "silent")) {
		EXPECT_EQ(1 + 1, told);
		/* neither twice its patience, nor hardly any */
		EXPECT_LT(SILENCE_MS / 2, t);
		EXPECT_GT(SILENCE_MS * 3 / 2, t);
	}

	/* whichever it was: shut, nothing more was sent, and all is still told */
	EXPECT_TRUE(gt_state_is("fault"));
	EXPECT_EQ(self->received, gt_number("printer", "received"));
	size = gt_log_size();
	ASSERT_EQ(0, gt_log_read_kept(&log));
	EXPECT_LT(self->before.len, log.len);
	EXPECT_EQ(0, memcmp(log.bytes, self->before.bytes, self->before.len));
	gt_job(&other, " ", 1);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_mark(self->fd, &other));
	EXPECT_EQ(-ENOENT, gt_result(self->fd, other.job_id, &r));
	gt_export_of(&x, &log, log.len);
	EXPECT_EQ(-ENOTRECOVERABLE, gt_export_ioctl(self->log, &x));
	EXPECT_EQ(size, gt_log_size());
	EXPECT_EQ(self->exported, gt_exported());
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
