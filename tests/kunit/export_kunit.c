// SPDX-License-Identifier: GPL-2.0-only
/*
 * EXPORT: which pieces may go, what is said of them, and that the joined log still
 * replays to the PCR, whatever the TPM did meanwhile.
 */
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "rig.h"

static struct rig *with_jobs(struct kunit *test, u32 nbanks, u32 jobs)
{
	struct rig *rig = rig_open(test, nbanks, RIG_LOG);

	while (jobs--)
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	return rig;
}

static void finish(struct rig *rig)
{
	rig_check_room(rig);
	rig_check(rig);
}

/* Of all lengths only whole entries; with another digest not even those. */
static void export_any_length(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 2, 2);
	u64 len, boundary = 0, seq, offset;
	struct hallmark_snapshot snap;
	u8 wrong[32] = { 0 };
	u32 n = 0;

	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_snapshot(rig->g, &snap));
	for (len = 0; len <= snap.len + 2; len++) {
		bool whole;

		if (len > boundary && n < rig_count(rig, 0))
			boundary = rig_piece(rig, ++n);
		whole = len == boundary && len;
		KUNIT_EXPECT_EQ_MSG(test, whole ? -EBADMSG : -EINVAL,
				    hallmark_gate_export(rig->g, len, wrong, &seq, &offset),
				    "len %llu", len);
	}
	KUNIT_EXPECT_EQ(test, n, 6u);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			hallmark_gate_export(rig->g, U64_MAX, wrong, &seq, &offset));
	KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_EXPORT), 0u);
	KUNIT_EXPECT_EQ(test, rig_gate_exported(rig->g), (u64)rig_header_size(rig));
	finish(rig);
}

/*
 * What was dropped is still there behind the log's end, whole entries and on a boundary of
 * theirs: it is no part of any piece.
 */
static void export_beyond_the_end(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);
	struct hallmark_snapshot snap;
	u64 len, seq, offset;
	u8 wrong[32] = { 0 };
	u32 i;

	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 4)));
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	/* an EXPORT and a job go: another EXPORT is written over as much as the first took */
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 3)));
	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_snapshot(rig->g, &snap));
	for (len = snap.len + 1; len < snap.len + 1000; len++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    hallmark_gate_export(rig->g, len, wrong, &seq, &offset),
				    "len %llu", len);
	finish(rig);
}

/* A piece in which no job was begun says so, whatever was asked before. */
static void export_piece_without_a_job(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);
	struct hallmark_log *log = hallmark_gate_log(rig->g);
	struct hallmark_snapshot snap;
	u8 digest[32];
	u64 seq = 77;

	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_snapshot(rig->g, &snap));
	KUNIT_EXPECT_EQ(test, 0, hallmark_log_piece(log, &snap, rig_piece(rig, 2), digest, &seq));
	KUNIT_EXPECT_EQ(test, seq, 0ULL);
	KUNIT_EXPECT_EQ(test, 0, hallmark_log_piece(log, &snap, rig_piece(rig, 3), digest, &seq));
	KUNIT_EXPECT_EQ(test, seq, 1ULL);
}

/* Each bit of the digest counts. */
static void export_wrong_digest(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);
	u64 len = rig_piece(rig, 3), seq, offset;
	u32 extends = rig->fake.extends, bit;
	u8 digest[32];

	for (bit = 0; bit < 256; bit++) {
		sha256(rig->log, len, digest);
		digest[bit / 8] ^= 1 << bit % 8;
		KUNIT_EXPECT_EQ(test, -EBADMSG,
				hallmark_gate_export(rig->g, len, digest, &seq, &offset));
	}
	KUNIT_EXPECT_EQ(test, rig->fake.extends, extends);
	sha256(rig->log, len, digest);
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_export(rig->g, len, digest, &seq, &offset));
	KUNIT_EXPECT_EQ(test, offset, len);
	KUNIT_EXPECT_EQ(test, seq, 1ULL);
}

/* Any number of entries at a time, down to one: an EXPORT can export an EXPORT. */
static void export_piece_by_piece(struct kunit *test)
{
	u32 per, i, kept;

	for (per = 1; per <= 5; per++) {
		struct rig *rig = with_jobs(test, 1, 5);

		kept = rig_count(rig, 0);
		for (i = 0; i < 15; i++) {
			KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, per)));
			rig_check_room(rig);
			kept = kept - per + 1;
			for (; kept < 6; kept += 2)
				KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
		}
		KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_EXPORT), 15u);
		finish(rig);
		rig_exit(test);
	}
}

/* The highest number begun in all that has gone, whatever the last piece has. */
static void export_tells_the_highest_job(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	int code;

	rig_attach(rig, "printer0", 4);
	rig_attach(rig, "printer1", 4);
	/* nothing begun in it: START alone */
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 1)));
	KUNIT_EXPECT_EQ(test, rig->export[0].event.seq, 0ULL);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 1, &code));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[1]));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, &rig->job[0]));
	rig_expect_order(rig, "START EXPORT ATTACH ATTACH INTENT INTENT OUTCOME OUTCOME");
	/* EXPORT, both ATTACHs, INTENT 1 */
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 4)));
	KUNIT_EXPECT_EQ(test, rig->export[1].event.seq, 1ULL);
	/* INTENT 2, OUTCOME 2 */
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 2)));
	KUNIT_EXPECT_EQ(test, rig->export[2].event.seq, 2ULL);
	/* OUTCOME 1: none begun in this piece */
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 1)));
	KUNIT_EXPECT_EQ(test, rig->export[3].event.seq, 2ULL);
	finish(rig);
}

/* A job in flight may see its INTENT go; its OUTCOME has its place all the same. */
static void export_under_a_job(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 2, 3);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 0, &code));
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, rig_count(rig, 0))));
	rig_check_room(rig);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, rig_last(rig)->end, (u64)rig->log_len);
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 2)));
	finish(rig);
}

/* A marker whose ATTACH has gone detaches as any other. */
static void export_under_a_marker(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 4)));
	rig_detach(rig, 0);
	rig_attach(rig, "printer0", 9);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 1, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME EXPORT DETACH ATTACH INTENT");
	finish(rig);
}

/* EXPORT does not wait for the queue, and the queue not for it. */
static void export_leaves_the_queue(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);

	rig_attach(rig, "printer1", 4);
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 2)));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME EXPORT");
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME EXPORT ATTACH INTENT OUTCOME");
	finish(rig);
}

static const struct extend_case {
	const char *name;
	struct fake_step step;
	int rc;
	const char *order;	/* behind START ATTACH INTENT OUTCOME */
} extend_cases[] = {
	{ "done", { FAKE_HONEST, 0 }, 0, " EXPORT" },
	{ "done, said to have failed", { FAKE_HONEST, -EIO }, 0, " EXPORT" },
	{ "done, two reads fail", { FAKE_HONEST, 0x922, 2 }, 0, " EXPORT" },
	{ "done, no read succeeds", { FAKE_HONEST, -EIO, FAKE_DEAF }, -ENOTRECOVERABLE,
	  " (EXPORT) (FAULT)" },
	{ "lost", { FAKE_LOST, -EIO }, -EIO, "" },
	{ "lost, a response code", { FAKE_LOST, 0x101 }, -EIO, "" },
	{ "after a stranger's", { FAKE_FOREIGN, 1 }, -ENOTRECOVERABLE, " (EXPORT) (FAULT)" },
	{ "torn", { FAKE_TORN, -ETIME }, -ENOTRECOVERABLE, " (EXPORT) (FAULT)" },
};

static void extend_name(const struct extend_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(extend, extend_cases, extend_name);

/* What was not extended was not dropped; and there is no RESOLVED of an EXPORT. */
static void export_extend(struct kunit *test)
{
	const struct extend_case *c = test->param_value;
	struct rig *rig = with_jobs(test, 2, 1);
	u64 was = rig_gate_exported(rig->g), len = rig_piece(rig, 3);
	char *order = kunit_kzalloc(test, 128, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, order);
	fake_tell_step(&rig->fake, &c->step);
	KUNIT_EXPECT_EQ(test, c->rc, rig_export(rig, len));
	KUNIT_EXPECT_EQ(test, rig_gate_exported(rig->g), c->rc ? was : len);
	KUNIT_EXPECT_EQ(test, rig->nexports, c->rc ? 0u : 1u);
	scnprintf(order, 128, "START ATTACH INTENT OUTCOME%s", c->order);
	rig_expect_order(rig, order);
	rig_check_room(rig);
	rig_check(rig);
	rig->fake.deaf = 0;
	if (c->rc == -ENOTRECOVERABLE) {
		KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_export(rig, len));
		KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_mark(rig));
	} else {
		KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, 1)));
		KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	}
	rig_check(rig);
}

/* A debt comes before an EXPORT, too; and where it cannot be paid, none is made. */
static void export_pays_debts_first(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 1);
	int code;

	fake_tell(&rig->fake, FAKE_LOST, -EIO);		/* INTENT */
	fake_tell(&rig->fake, FAKE_LOST, -EIO);		/* its RESOLVED */
	KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 0, &code));
	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, rig_export(rig, rig_piece(rig, 2)));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME");
	KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, 2)));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME RESOLVED EXPORT");
	finish(rig);
}

/* What was open before reads no more; what is opened after reads what is kept. */
static void export_makes_snapshots_stale(struct kunit *test)
{
	struct rig *rig = with_jobs(test, 1, 2);
	struct hallmark_log *log = hallmark_gate_log(rig->g);
	struct hallmark_snapshot before, after;
	u8 buf[64];

	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_snapshot(rig->g, &before));
	KUNIT_EXPECT_EQ(test, (ssize_t)64, hallmark_log_read(log, &before, 0, buf, 64));
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	/* an append does it no harm, and does not show in it */
	KUNIT_EXPECT_EQ(test, (ssize_t)10,
			hallmark_log_read(log, &before, before.len - 10, buf, 64));
	KUNIT_EXPECT_EQ(test, (ssize_t)0, hallmark_log_read(log, &before, before.len, buf, 64));
	KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 1)));
	KUNIT_EXPECT_EQ(test, (ssize_t)-ESTALE, hallmark_log_read(log, &before, 0, buf, 64));
	KUNIT_EXPECT_EQ(test, (ssize_t)0, hallmark_log_read(log, &before, before.len, buf, 64));
	KUNIT_ASSERT_EQ(test, 0, hallmark_gate_snapshot(rig->g, &after));
	KUNIT_EXPECT_EQ(test, (ssize_t)64, hallmark_log_read(log, &after, 0, buf, 64));
	EXPECT_BYTES(test, buf, rig->log, sizeof(buf));
	finish(rig);
}

/* What others do while an EXPORT looks at its piece, which takes no lock that keeps them out. */
static void other_job(void *arg)
{
	KUNIT_EXPECT_EQ(((struct rig *)arg)->test, 0, rig_mark(arg));
}

static void other_export(struct rig *rig, u32 n)
{
	KUNIT_EXPECT_EQ(rig->test, 0, rig_export(rig, rig_piece(rig, n)));
}

static void other_export_of_less(void *arg)
{
	other_export(arg, 1);
}

static void other_export_of_the_same(void *arg)
{
	other_export(arg, 3);
}

static void other_export_of_more(void *arg)
{
	other_export(arg, 5);
}

static void other_fault(void *arg)
{
	struct rig *rig = arg;

	fake_tell(&rig->fake, FAKE_TORN, -ETIME);
	KUNIT_EXPECT_EQ(rig->test, 1, rig_mark(rig));
}

static void other_sleep(void *arg)
{
	KUNIT_EXPECT_EQ(((struct rig *)arg)->test, 0,
			hallmark_gate_sleep(((struct rig *)arg)->g));
}

static void other_stop(void *arg)
{
	hallmark_gate_stop(((struct rig *)arg)->g);
}

static const struct other_case {
	const char *name;
	void (*hook)(void *arg);
	int rc;
	const char *order;	/* behind two jobs */
} other_cases[] = {
	{ "a job", other_job, 0, " INTENT OUTCOME EXPORT" },
	{ "an EXPORT of less", other_export_of_less, -ESTALE, " EXPORT" },
	{ "an EXPORT of the same", other_export_of_the_same, -ESTALE, " EXPORT" },
	{ "an EXPORT of more", other_export_of_more, -ESTALE, " EXPORT" },
	{ "a FAULT", other_fault, -ENOTRECOVERABLE, " (INTENT) (FAULT)" },
	{ "a sleep", other_sleep, -EAGAIN, "" },
	{ "the machine's end", other_stop, -ESHUTDOWN, "" },
};

static void other_name(const struct other_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(other, other_cases, other_name);

/* Whoever was overtaken is told, and drops nothing, whenever it was. */
static void expect_overtaken(struct kunit *test, bool after)
{
	const struct other_case *c = test->param_value;
	struct rig *rig = with_jobs(test, 2, 2);
	char *order = kunit_kzalloc(test, 128, GFP_KERNEL);
	u64 exported;

	KUNIT_ASSERT_NOT_NULL(test, order);
	if (after)
		gate_around.after_piece = c->hook;
	else
		gate_around.before_piece = c->hook;
	gate_around.piece_arg = rig;
	KUNIT_EXPECT_EQ(test, c->rc, rig_export(rig, rig_piece(rig, 3)));
	scnprintf(order, 128, "START ATTACH INTENT OUTCOME INTENT OUTCOME%s", c->order);
	rig_expect_order(rig, order);
	exported = rig->nexports ? rig->export[0].event.offset : rig_header_size(rig);
	KUNIT_EXPECT_EQ(test, rig_gate_exported(rig->g), exported);
	rig_check_room(rig);
	rig_check(rig);
	if (c->rc == 0 || c->rc == -ESTALE) {
		KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
		KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, 2)));
		finish(rig);
	}
}

static void export_overtaken_before_it_looks(struct kunit *test)
{
	expect_overtaken(test, false);
}

static void export_overtaken_after_it_looked(struct kunit *test)
{
	expect_overtaken(test, true);
}

/* A log that is full to the last job can be exported, by any piece that is larger. */
static void export_from_a_full_log(struct kunit *test)
{
	struct rig *rig;
	size_t cap, size;
	u32 n;

	for (cap = 4096; cap < 4096 + 300; cap += rig_stride(37)) {
		rig = rig_open(test, 1, cap);
		while (!rig_mark(rig))
			;
		KUNIT_EXPECT_EQ(test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_FULL);
		/* fill what is left as well */
		do {
			fake_tell(&rig->fake, FAKE_LOST, 1);
		} while (rig_mark(rig) == -EIO);
		rig->fake.next = rig->fake.nsteps;
		size = rig_entry_size(rig, HM_EV_TAG_EXPORT, 0);
		n = 1 + cap % 5;
		while (rig_piece(rig, n) - rig_header_size(rig) < size)
			n++;
		KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, n)));
		rig_check_room(rig);
		KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, rig_count(rig, 0) - n)));
		KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
		finish(rig);
		rig_exit(test);
	}
}

/*
 * An EXPORT that would leave less room than there was needs that room: a RESOLVED is
 * smaller than the EXPORT that gives it away. Where there is none, nothing changes.
 */
static void export_of_less_than_itself(struct kunit *test)
{
	const u32 first = 40, end = 60;
	u32 tries, i, refused = 0;
	size_t size, room;
	int code;

	for (tries = first; tries < end; tries++) {
		struct rig *rig = rig_open(test, 1, SZ_4K);
		struct gate_peek peek;

		size = rig_entry_size(rig, HM_EV_TAG_EXPORT, 0);
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
		KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 4)));
		rig_detach(rig, 0);
		rig_attach(rig, "printer1", 0);
		/* a DETACH that is lost goes nearest to the end of the log */
		for (i = 0; i < tries; i++) {
			if (i)
				fake_tell(&rig->fake, FAKE_HONEST, 0);
			fake_tell(&rig->fake, FAKE_LOST, 1);
			if (rig_intent(rig, 1, &code) != -EIO)
				break;
		}
		rig->fake.next = rig->fake.nsteps;
		/* the EXPORT, which is as large as itself; then a RESOLVED is first */
		KUNIT_EXPECT_EQ(test, 0, rig_export(rig, rig_piece(rig, 1)));
		gate_peek(rig->g, &peek);
		room = peek.cap - peek.used - peek.held;
		refused += room < size;
		KUNIT_EXPECT_EQ(test, room < size ? -ENOSPC : 0,
				rig_export(rig, rig_piece(rig, 1)));
		finish(rig);
		rig_exit(test);
	}
	/* both have been seen */
	KUNIT_EXPECT_GT(test, refused, 0u);
	KUNIT_EXPECT_LT(test, refused, end - first);
}

/* Months: the log stays within its bounds, and all of it replays. */
static void export_for_months(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, SZ_4K);
	u32 exports = 0;

	while (rig->njobs < RIG_JOBS_MAX - 1) {
		int rc = rig_mark(rig);

		if (!rc)
			continue;
		KUNIT_ASSERT_EQ(test, rc, -ENOSPC);
		KUNIT_ASSERT_EQ(test, 0, rig_export(rig, rig_piece(rig, 8 + exports % 3)));
		rig_check_room(rig);
		exports++;
	}
	KUNIT_EXPECT_GT(test, exports, 100u);
	finish(rig);
}

static struct kunit_case export_cases[] = {
	KUNIT_CASE(export_any_length),
	KUNIT_CASE(export_beyond_the_end),
	KUNIT_CASE(export_piece_without_a_job),
	KUNIT_CASE(export_wrong_digest),
	KUNIT_CASE(export_piece_by_piece),
	KUNIT_CASE(export_tells_the_highest_job),
	KUNIT_CASE(export_under_a_job),
	KUNIT_CASE(export_under_a_marker),
	KUNIT_CASE(export_leaves_the_queue),
	KUNIT_CASE_PARAM(export_extend, extend_gen_params),
	KUNIT_CASE(export_pays_debts_first),
	KUNIT_CASE(export_makes_snapshots_stale),
	KUNIT_CASE_PARAM(export_overtaken_before_it_looks, other_gen_params),
	KUNIT_CASE_PARAM(export_overtaken_after_it_looked, other_gen_params),
	KUNIT_CASE(export_from_a_full_log),
	KUNIT_CASE(export_of_less_than_itself),
	KUNIT_CASE(export_for_months),
	{}
};

struct kunit_suite export_suite = {
	.name = "hallmark-export",
	.exit = rig_exit,
	.test_cases = export_cases,
};
