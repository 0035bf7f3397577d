// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever a TPM may answer to an extend, and to the reads that judge it, short of
 * what latches the gate: codes, nonsense, answers that come late or never. What the
 * PCR says in the end is what counts. On a TPM that lies (tests/kselftest/vtpm).
 *
 * Of the kernel's own driver: it asks again by itself when told TPM_RC_RETRY, for two
 * and a half seconds; it waits 750 ms for an extend, then calls it -ETIME and forgets
 * the command, so the next one is answered as if nothing had been (vtpm_proxy drops
 * an answer that comes too late); a read it would await for two minutes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define NONE		0
#define EXTENDED	HM_EV_RESOLVED_EXTENDED
#define NOT		HM_EV_RESOLVED_NOT_EXTENDED

#define EXTEND_MS	750	/* what the kernel gives an extend */

struct lie {
	const char *extend;	/* what is said of it, */
	const char *read;	/* and of the reads that follow */
	int rc;			/* MARK's */
	uint32_t verdict;	/* RESOLVED's */
};

static const char label[] = "^XA^FO50,50^A0N,40,40^FDanswers^FS^XZ";
#define LABEL_LEN	(sizeof(label) - 1)

FIXTURE(lies) {
	int fd;
};

FIXTURE_SETUP(lies)
{
	struct hallmark_mark m;

	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	/* nothing is left in the queue that a lie could meet */
	gt_job(&m, " ", 1);
	ASSERT_EQ(0, gt_mark(self->fd, &m));
}

FIXTURE_TEARDOWN(lies)
{
	gt_control("vtpm", "honest", NULL, 0);
	close(self->fd);
}

static uint32_t verdict(const struct gt_log *log, uint64_t seq)
{
	static struct hm_ev ev;

	return gt_log_find(log, HM_EV_TAG_RESOLVED, seq, &ev) ? ev.u.resolve.verdict : NONE;
}

static bool outlasts_the_kernel(const char *lie)
{
	return strstr(lie, "silence") || strstr(lie, "stale") || strstr(lie, "delay 1500");
}

/*
 * One job under one lie; what is wrong with its end is said, and counted. The next job
 * must find a TPM, and a log, that are in order.
 */
static int one(int fd, const struct lie *lie)
{
	long long seq = gt_seq(), received = gt_number("printer", "received"), t;
	struct hallmark_mark m, r, next;
	struct gt_log log;
	int bad = 0, rc;

#define WRONG(is_wrong) do {								\
	if (is_wrong) {									\
		printf("# '%s' '%s': %s (rc %d, state %u, error %d, flags %x)\n",	\
		       lie->extend, lie->read ? lie->read : "", #is_wrong, rc, m.state,	\
		       m.error, m.flags);						\
		bad++;									\
	}										\
} while (0)
	gt_job(&m, label, LABEL_LEN);
	rc = -EPROTO;
	WRONG(!gt_control("vtpm", lie->extend, NULL, 0));
	WRONG(lie->read && !gt_control("vtpm", lie->read, NULL, 0));
	t = gt_now();
	rc = gt_mark(fd, &m);
	t = gt_now() - t;
	WRONG(!gt_control("vtpm", "honest", NULL, 0));
	WRONG(rc != lie->rc);
	WRONG(outlasts_the_kernel(lie->extend) && t < EXTEND_MS - 20);
	WRONG(!gt_state_is("ok"));
	if (!rc) {
		received += (long long)LABEL_LEN;
		WRONG(m.state != HALLMARK_STATE_DONE);
		WRONG(m.error);
		WRONG(m.flags);
		WRONG((long long)m.seq != seq + 1);
	} else {
		WRONG(gt_result(fd, m.job_id, &r) != -ENOENT);
	}
	WRONG(gt_number("printer", "received") != received);
	WRONG(gt_seq() != seq + 1);

	gt_job(&next, " ", 1);
	WRONG(gt_mark(fd, &next));
	WRONG((long long)next.seq != seq + 2);
	if (gt_log_read(&log))
		return bad + 1;
	WRONG(verdict(&log, (uint64_t)seq + 1) != lie->verdict);
	WRONG(!rc && !gt_log_agrees(&log, &m));
	WRONG(!gt_log_agrees(&log, &next));
	gt_log_free(&log);
#undef WRONG
	return bad;
}

/* The first @few of a table, or all of it where there is time (HM_FULL). */
#define EXPECT_ALL(lies, few) do {					\
	struct gt_log log_;						\
	size_t i_;							\
	for (i_ = 0; i_ < sizeof(lies) / sizeof((lies)[0]); i_++) {	\
		if (i_ >= (few) && !getenv("HM_FULL"))			\
			break;						\
		EXPECT_EQ(0, one(self->fd, &(lies)[i_]));		\
	}								\
	ASSERT_EQ(0, gt_log_read(&log_));				\
	EXPECT_TRUE(gt_log_replays(&log_, NULL));			\
	gt_log_free(&log_);						\
} while (0)

TEST_F(lies, codes_for_an_intent)
{
	static const struct lie codes[] = {
		{ "lie 1 rc 921", NULL, -EIO, NOT },	/* LOCKOUT */
		{ "lie 1 rc 9a2", NULL, -EIO, NOT },	/* format 1: BAD_AUTH, session 1 */
		/* RETRY, once: nobody hears of it */
		{ "lie 1 rc 922", NULL, 0, NONE },
		/* and for ever */
		{ "lie 1 rc 922 x1000", NULL, -EIO, NOT },
		{ "lie 1 rc 101", NULL, -EIO, NOT },	/* FAILURE */
		{ "lie 1 rc 923", NULL, -EIO, NOT },	/* NV_UNAVAILABLE */
		{ "lie 1 rc 1c4", NULL, -EIO, NOT },	/* format 1: VALUE, parameter 1 */
		{ "lie 1 rc 80280400", NULL, -EIO, NOT },	/* nobody's */
		{ "lie 1 after", NULL, 0, EXTENDED },
	};

	EXPECT_ALL(codes, 4);
}

TEST_F(lies, codes_for_an_outcome)
{
	static const struct lie codes[] = {
		{ "lie 2 rc 921", NULL, 0, NOT },
		{ "lie 2 rc 9a2", NULL, 0, NOT },
		{ "lie 2 rc 922", NULL, 0, NONE },
		{ "lie 2 rc 922 x8", NULL, 0, NOT },
		{ "lie 2 after", NULL, 0, EXTENDED },
	};

	EXPECT_ALL(codes, 2);
}

TEST_F(lies, nonsense)
{
	static const struct lie nonsense[] = {
		{ "lie 1 tag", NULL, 0, EXTENDED },
		{ "lie 1 short", NULL, 0, EXTENDED },
		{ "lie 2 length", NULL, 0, EXTENDED },
		{ "lie 1 noise", NULL, 0, EXTENDED },
		{ "lie 1 length", NULL, 0, EXTENDED },
		{ "lie 2 short", NULL, 0, EXTENDED },
		{ "lie 2 noise", NULL, 0, EXTENDED },
	};

	EXPECT_ALL(nonsense, 4);
}

TEST_F(lies, late_or_never)
{
	static const struct lie late[] = {
		{ "lie 1 delay 1500", NULL, 0, EXTENDED },
		{ "lie 2 silence", NULL, 0, EXTENDED },
		/* in step again only after the read that follows was answered wrongly */
		{ "lie 1 stale", NULL, 0, EXTENDED },
		{ "lie 1 delay 300", NULL, 0, NONE },
		{ "lie 1 silence", NULL, 0, EXTENDED },
		{ "lie 2 delay 1500", NULL, 0, EXTENDED },
	};

	EXPECT_ALL(late, 3);
}

/* The reads that are to judge an extend fail as well; not all of them. */
TEST_F(lies, reads)
{
	static const struct lie reads[] = {
		{ "lie 1 before", "lie-read 1 rc 101 x2", -EIO, NOT },
		{ "lie 1 after", "lie-read 1 short", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 rc 921 x2", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 rc 922", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 tag", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 length", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 noise", 0, EXTENDED },
		{ "lie 1 after", "lie-read 1 delay 1500", 0, EXTENDED },
		{ "lie 2 before", "lie-read 1 noise x2", 0, NOT },
	};

	EXPECT_ALL(reads, 2);
}

TEST_HARNESS_MAIN
