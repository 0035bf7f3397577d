// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A factory that never reboots: far more jobs than the log has room for. $HM_JOBS of
 * them in one boot; whenever the log is nearly full, or full, its beginning is given
 * away. Memory must stay where it is, and the joined log must tell every job and replay.
 * `run --export` then lets others' tools compare it with a quote.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define JOBS		600	/* unless $HM_JOBS says otherwise */
#define BOUND_SECONDS	3600

static long jobs_wanted(void)
{
	const char *text = getenv("HM_JOBS");

	return text ? atol(text) : JOBS;
}

/*
 * Objects in use where an entry of the table of jobs lives, which is accounted to the
 * caller: in a cache of its own, unless the kernel counts no such thing. -1: no such.
 */
static long slab_objects(void)
{
	FILE *f = fopen("/proc/slabinfo", "re");
	char line[512], name[64];
	long n, found = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", name, &n) == 2 &&
		    (!strcmp(name, "kmalloc-128") || !strcmp(name, "kmalloc-cg-128")))
			found = n + (found < 0 ? 0 : found);
	if (f)
		fclose(f);
	return found;
}

static long meminfo_kb(const char *what)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[256];
	long found = -1;
	size_t n = strlen(what);

	while (f && found < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, n) && line[n] == ':')
			found = atol(line + n + 1);
	if (f)
		fclose(f);
	return found;
}

/* Bytes of the areas that the gate has allocated with vmalloc. */
static long vmalloc_bytes(void)
{
	FILE *f = fopen("/proc/vmallocinfo", "re");
	char line[512];
	long sum = 0, n;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "hallmark_log_init") && sscanf(line, "%*s %ld", &n) == 1)
			sum += n;
	if (f)
		fclose(f);
	return sum;
}

FIXTURE(many) {
	int fd;
	int log;
	long cap;
};

FIXTURE_SETUP(many)
{
	char text[32];

	ASSERT_EQ(0, gt_read_file("/sys/module/hallmark/parameters/log_max", text, sizeof(text)));
	self->cap = atol(text);
	ASSERT_TRUE(gt_control("printer", "clear", NULL, 0));
	self->fd = gt_open("printer0", O_RDWR);
	ASSERT_LE(0, self->fd);
	self->log = gt_log_open();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(many)
{
	close(self->fd);
	close(self->log);
}

/*
 * Give the log's beginning away: all of it, or all but some jobs. Where a job of each
 * part is asked for, only the kept one is known. 0 or -errno; -EPROTO: it is not so.
 */
static int give_away(int log, int fd, const struct hallmark_mark *last, bool all)
{
	struct hallmark_export x;
	struct hallmark_mark r;
	static struct hm_ev ev;
	struct gt_log kept;
	size_t len;
	int rc = gt_log_read_kept(&kept);

	if (rc)
		return rc;
	len = kept.len;
	if (!all) {
		rc = -EPROTO;
		if (!gt_log_find(&kept, HM_EV_TAG_OUTCOME, last->seq - 5, &ev))
			goto out;
		len = ev.at + ev.size;
	}
	rc = gt_export(log, &kept, len, &x);
	if (rc)
		goto out;
	rc = gt_result(fd, last->job_id, &r);
	if (rc != (all ? -ENOENT : 0) || x.seq != last->seq - (all ? 0 : 5))
		rc = -EPROTO;
	else
		rc = 0;
out:
	gt_log_free(&kept);
	return rc;
}

TEST_F_TIMEOUT(many, jobs, BOUND_SECONDS)
{
	long wanted = jobs_wanted(), i, size, slab, slab_min = -1, slab_max = 0, vmalloc;
	long available = meminfo_kb("MemAvailable"), biggest = 0;
	struct hallmark_mark m, last = { 0 };
	int rc, exports = 0, refused = 0;
	long long t = gt_now();

	vmalloc = vmalloc_bytes();
	ASSERT_LE(self->cap, vmalloc);
	ASSERT_LT(0, wanted);
	for (i = 0; i < wanted; i++) {
		gt_job(&m, " ", 1);
		rc = gt_mark(self->fd, &m);
		if (rc == -ENOSPC) {
			/* every other time it is let come to that */
			ASSERT_TRUE(gt_state_is("full"));
			refused++;
		} else {
			ASSERT_EQ(0, rc);
			ASSERT_EQ(HALLMARK_STATE_DONE, m.state);
			last = m;
			if (i % 16)
				continue;
		}
		size = gt_log_size();
		ASSERT_GE(self->cap, size);
		if (size > biggest)
			biggest = size;
		if (!rc && (exports % 2 || size < self->cap / 8 * 7))
			continue;
		ASSERT_EQ(0, give_away(self->log, self->fd, &last, exports % 3 == 0));
		exports++;
		slab = slab_objects();
		if (exports > 2 && (slab_min < 0 || slab < slab_min))
			slab_min = slab;
		if (exports > 2 && slab > slab_max)
			slab_max = slab;
		if (rc) {
			i--;
			ASSERT_TRUE(gt_state_is("ok"));
		}
	}
	printf("# %ld jobs in %lld ms; %d exports, %d of them at ENOSPC; log at most %ld of %ld bytes\n",
	       wanted, gt_now() - t, exports, refused, biggest, self->cap);
	printf("# vmalloc %ld bytes; jobs' slab: %ld to %ld objects in use after an export; MemAvailable %ld -> %ld kB\n",
	       vmalloc, slab_min, slab_max, available, meminfo_kb("MemAvailable"));
	fflush(stdout);
	EXPECT_LT(0, refused);
	EXPECT_EQ(vmalloc, vmalloc_bytes());
	EXPECT_EQ(wanted, gt_seq());
	/*
	 * Were they not forgotten there would be one for each job. Where KASAN keeps what was
	 * freed, the count says nothing, and kmemleak is asked instead (tests/vm/run).
	 */
	EXPECT_LE(0, slab_min);
	if (access("/sys/kernel/debug/kmemleak", F_OK))
		EXPECT_GT(wanted / 8 + 128, slab_max - slab_min);
}

/* Every job is told once and in order; every EXPORT names its piece. */
TEST_F_TIMEOUT(many, the_joined_log, BOUND_SECONDS)
{
	long jobs = jobs_wanted(), intents = 0, outcomes = 0, exports = 0, other = 0;
	long long offset = 0;
	struct hm_ev_reader r;
	static struct hm_ev ev;
	struct gt_log log;
	int rc;

	ASSERT_EQ(0, gt_log_read(&log));
	ASSERT_EQ(0, hm_ev_reader_init(&r, log.bytes, log.len));
	while ((rc = hm_ev_next(&r, &ev)) == 1) {
		ASSERT_EQ(HM_EV_EVENT_TAG, ev.type);
		switch (ev.tag) {
		case HM_EV_TAG_INTENT:
			ASSERT_EQ(++intents, (long)ev.u.intent.seq);
			break;
		case HM_EV_TAG_OUTCOME:
			ASSERT_EQ(++outcomes, (long)ev.u.outcome.seq);
			ASSERT_EQ(HALLMARK_STATE_DONE, ev.u.outcome.state);
			break;
		case HM_EV_TAG_EXPORT:
			exports++;
			ASSERT_LT(offset, (long long)ev.u.exported.offset);
			ASSERT_GE((long long)ev.at, (long long)ev.u.exported.offset);
			offset = (long long)ev.u.exported.offset;
			ASSERT_TRUE(gt_piece_is(offset, ev.u.exported.sha256));
			break;
		default:
			other++;
		}
	}
	EXPECT_EQ(0, rc);
	EXPECT_EQ(jobs, intents);
	EXPECT_EQ(jobs, outcomes);
	EXPECT_EQ(gt_exported(), offset);
	/* START, ATTACH: as many as there were at first */
	EXPECT_GE(4, other);
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	printf("# joined log: %zu bytes, %ld intents, %ld outcomes, %ld exports\n", log.len,
	       intents, outcomes, exports);
	fflush(stdout);
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
