// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cable pulled, or the transfer broken off, after byte N: for every N of a short
 * label, at the edges of the transfers of a long one and at random places of it;
 * and of an EEPROM's pages. Whatever N is, the job is UNKNOWN or PARTIAL, `sent` is
 * no more than what arrived and a transfer at most less, and the next job works.
 * What exactly arrived is for hm-checker to compare afterwards.
 *
 * With HM_FULL in the environment every N, else a part of them, with HM_SPARSE a smaller one.
 * HM_SEED repeats a run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "gt.h"
#include "harness.h"

#define CHUNK		16384
#define LONG		65536
#define SHORT		203
#define EEPROM_PAGE	64
#define EEPROM_JOB	100	/* at an odd place: 34, 64 and 2 bytes of three pages */
#define EEPROM_AT	30

static unsigned int seed;

static unsigned int rnd(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

static void start_random(void)
{
	const char *text = getenv("HM_SEED");

	if (text)
		seed = (unsigned int)strtoul(text, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	printf("# HM_SEED=%u\n", seed);
	fflush(stdout);
}

static bool in_full(void)
{
	return getenv("HM_FULL");
}

/* Nothing that a printer would act upon, and never the same again. */
static void fill(char *p, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdef";

	while (n--)
		*p++ = set[rnd() % (sizeof(set) - 1)];
}

/* 0, 1, @last and some between, one beyond @last in the end; or all of them. */
static long next_n(long n, long last, unsigned int stride)
{
	long next = n + 1 + (in_full() || n == 0 ? 0 : (long)(rnd() % stride));

	return n < last && next > last ? last : next;
}

static bool log_replays(void)
{
	struct gt_log log;
	bool good;

	if (gt_log_read(&log))
		return false;
	good = gt_log_replays(&log, NULL);
	gt_log_free(&log);
	return good;
}

struct broken {
	const char *fault;
	uint32_t len;
	long n;
};

/* One job that breaks off after @b->n bytes; says what is wrong with its end. */
static bool break_off(int fd, const struct broken *b, struct hallmark_mark *m)
{
	static char text[LONG];
	bool cable = !strcmp(b->fault, "unplug-after");
	long long received = gt_number("printer", "received");
	char line[64];
	int rc;

	fill(text, b->len);
	snprintf(line, sizeof(line), "fault %s %ld", b->fault, b->n);
	if (received < 0 || !gt_control("printer", line, NULL, 0))
		return false;
	gt_job(m, text, b->len);
	rc = gt_mark(fd, m);
	received = gt_number("printer", "received") - received;
	if (!rc && received == b->n && m->sent <= b->n && m->sent + CHUNK >= b->n && m->error < 0 &&
	    (cable ? m->state == HALLMARK_STATE_UNKNOWN :
	     m->state == HALLMARK_STATE_PARTIAL && m->sent == b->n))
		return true;
	printf("# %s %ld of %u: %d, state %u, sent %u, error %d, arrived %lld\n", b->fault, b->n,
	       b->len, rc, m->state, m->sent, m->error, received);
	fflush(stdout);
	return false;
}

/* And a sound one after it. */
static bool works(int fd)
{
	struct hallmark_mark m;
	char text[SHORT];

	fill(text, sizeof(text));
	gt_job(&m, text, sizeof(text));
	return !gt_mark(fd, &m) && m.state == HALLMARK_STATE_DONE && m.sent == sizeof(text);
}

static int replug(int fd)
{
	if (fd >= 0)
		close(fd);
	if (!gt_wait_node("printer0", false) || !gt_plug("printer"))
		return -ENODEV;
	return gt_open("printer0", O_RDWR);
}

FIXTURE(cable) {
	int fd;
};

FIXTURE_SETUP(cable)
{
	start_random();
	ASSERT_TRUE(gt_ready(&self->fd, NULL));
	ASSERT_TRUE(works(self->fd));
}

FIXTURE_TEARDOWN(cable)
{
	EXPECT_TRUE(log_replays());
	close(self->fd);
	gt_control("printer", "clear", NULL, 0);
	gt_plug("printer");
}

/* A stall costs no plugging: every N, or of each three one. */
TEST_F(cable, stalled_after_every_byte)
{
	unsigned int stride = getenv("HM_SPARSE") && !in_full() ? 3 : 1;
	struct broken b = { "partial", SHORT, rnd() % stride };
	struct hallmark_mark m;

	for (; b.n < SHORT; b.n += stride) {
		ASSERT_TRUE(break_off(self->fd, &b, &m));
		EXPECT_EQ(-EPIPE, m.error);
	}
	ASSERT_TRUE(works(self->fd));
}

TEST_F(cable, stalled_in_a_long_job)
{
	struct broken b = { "partial", LONG, 0 };
	struct hallmark_mark m;
	int i;

	for (b.n = CHUNK - 1; b.n < LONG; b.n += b.n % CHUNK == 1 ? CHUNK - 2 : 1)
		ASSERT_TRUE(break_off(self->fd, &b, &m));
	for (i = 0; i < (in_full() ? 200 : 20); i++) {
		b.n = (long)(rnd() % LONG);
		ASSERT_TRUE(break_off(self->fd, &b, &m));
	}
	ASSERT_TRUE(works(self->fd));
}

/* N of them all: pulled out when all bytes are there, and nobody was told. */
TEST_F_TIMEOUT(cable, unplugged_after_every_byte, 1200)
{
	struct broken b = { "unplug-after", SHORT, 0 };
	struct hallmark_mark m;
	int runs = 0;

	for (; b.n <= SHORT; b.n = next_n(b.n, SHORT, 40), runs++) {
		ASSERT_TRUE(break_off(self->fd, &b, &m));
		EXPECT_EQ(0, m.sent);
		self->fd = replug(self->fd);
		ASSERT_LE(0, self->fd);
		ASSERT_TRUE(works(self->fd));
	}
	printf("# unplugged %d times\n", runs);
	fflush(stdout);
}

TEST_F_TIMEOUT(cable, unplugged_in_a_long_job, 1200)
{
	struct broken b = { "unplug-after", LONG, 0 };
	static const long edges[] = {
		0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1,
		3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 1, LONG - 1, LONG,
	};
	const size_t n_edges = sizeof(edges) / sizeof(edges[0]), more = in_full() ? 40 : 2;
	struct hallmark_mark m;
	size_t i, step = in_full() ? 1 : 4;

	for (i = 0; i < n_edges + more; i += i < n_edges ? step : 1) {
		b.n = i < n_edges ? edges[i] : (long)(rnd() % LONG);
		ASSERT_TRUE(break_off(self->fd, &b, &m));
		self->fd = replug(self->fd);
		ASSERT_LE(0, self->fd);
		ASSERT_TRUE(works(self->fd));
	}
}

static int reopen_eeprom(int fd)
{
	if (fd >= 0)
		close(fd);
	return gt_board();
}

/* Bytes of the job that are on pages of which the last ends at or before byte @n. */
static uint32_t whole_pages(long n)
{
	uint32_t at = EEPROM_PAGE - EEPROM_AT % EEPROM_PAGE, whole = 0;

	for (; at <= n; at += EEPROM_PAGE)
		whole = at;
	return n >= EEPROM_JOB ? EEPROM_JOB : whole;
}

FIXTURE(board) {
	int fd;
};

FIXTURE_SETUP(board)
{
	start_random();
	self->fd = reopen_eeprom(-1);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(board)
{
	close(self->fd);
	EXPECT_TRUE(log_replays());
}

/*
 * The fixture with its board pulled out when N bytes were written. Pages before N are
 * as wanted, later ones as they were; the kernel may know of one page less.
 */
TEST_F_TIMEOUT(board, unplugged_after_byte, 1200)
{
	uint8_t job[EEPROM_JOB], was[EEPROM_JOB], is[EEPROM_JOB];
	struct hallmark_mark m;
	uint32_t i, whole;
	char line[64];
	long n;

	for (n = 0; n <= EEPROM_JOB; n = next_n(n, EEPROM_JOB, 30)) {
		ASSERT_EQ(EEPROM_JOB, pread(self->fd, was, sizeof(was), EEPROM_AT));
		fill((char *)job, sizeof(job));
		for (i = 0; i < sizeof(job); i++)	/* no page is right already */
			job[i] = (uint8_t)(job[i] == was[i] ? job[i] + 1 : job[i]);
		snprintf(line, sizeof(line), "fault unplug-after %ld", n);
		ASSERT_TRUE(gt_control("fixture", line, NULL, 0));
		gt_job(&m, job, sizeof(job));
		m.offset = EEPROM_AT;
		ASSERT_EQ(0, gt_mark(self->fd, &m));
		EXPECT_TRUE(m.state == HALLMARK_STATE_UNKNOWN || m.state == HALLMARK_STATE_PARTIAL);
		EXPECT_GT(0, m.error);
		whole = whole_pages(n);
		EXPECT_LE(m.sent, whole);
		EXPECT_GE(m.sent + EEPROM_PAGE, whole);
		ASSERT_TRUE(gt_wait_node("eeprom0", false));
		self->fd = reopen_eeprom(self->fd);
		ASSERT_LE(0, self->fd);
		ASSERT_EQ(EEPROM_JOB, pread(self->fd, is, sizeof(is), EEPROM_AT));
		EXPECT_EQ(0, memcmp(is, job, whole)) {
			TH_LOG("unplugged after %ld, sent %u", n, m.sent);
		}
		EXPECT_EQ(0, memcmp(is + whole, was + whole, sizeof(is) - whole));
	}
	/* and what was begun can be ended */
	gt_job(&m, job, sizeof(job));
	m.offset = EEPROM_AT;
	ASSERT_EQ(0, gt_mark(self->fd, &m));
	EXPECT_EQ(HALLMARK_STATE_DONE, m.state);
}

TEST_HARNESS_MAIN
