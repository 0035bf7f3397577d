// SPDX-License-Identifier: GPL-2.0-only
/* The rig's hands: it asks a gate for things and remembers what it answered. */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "rig.h"

/* Two thirds of a megabyte and more, that would else be made for each log size. */
static struct rig *spare;

void rig_give_up_spare(void)
{
	vfree(spare);
	spare = NULL;
}

static bool thorough;
module_param(thorough, bool, 0444);
MODULE_PARM_DESC(thorough, "Try every size of log, byte by byte");

u32 rig_stride(u32 bytes)
{
	return thorough ? 1 : bytes;
}

struct rig *rig_new_banks(struct kunit *test, const u16 *algs, u32 nbanks)
{
	struct rig *rig = spare;

	if (!rig)
		rig = vmalloc(sizeof(*rig));
	KUNIT_ASSERT_NOT_NULL(test, rig);
	spare = NULL;
	memset(rig, 0, offsetof(struct rig, fake));
	/* from here on rig_exit() clears up */
	test->priv = rig;
	rig->test = test;
	memset(&gate_counts, 0, sizeof(gate_counts));
	memset(&gate_around, 0, sizeof(gate_around));
	gate_wait_hook = NULL;
	KUNIT_ASSERT_EQ(test, 0, fake_tpm_init(&rig->fake, algs, nbanks));
	rig->fake.pcr_index = RIG_PCR;
	return rig;
}

struct rig *rig_new(struct kunit *test, u32 nbanks)
{
	static const u16 order[] = {
		HM_EV_ALG_SHA256, HM_EV_ALG_SHA1, HM_EV_ALG_SHA384, HM_EV_ALG_SHA512,
	};

	return rig_new_banks(test, order, nbanks);
}

void rig_create(struct rig *rig, size_t log_max)
{
	struct hallmark_gate *g = hallmark_gate_create(&rig->fake.tpm, RIG_PCR, log_max);

	KUNIT_ASSERT_FALSE(rig->test, IS_ERR_OR_NULL(g));
	rig->g = g;
	memcpy(rig->before, rig->fake.pcr, sizeof(rig->before));
}

int rig_start(struct rig *rig, size_t log_max)
{
	int rc;

	if (!rig->g)
		rig_create(rig, log_max);
	rc = hallmark_gate_start(rig->g);
	rig_follow(rig);
	return rc;
}

struct rig *rig_open(struct kunit *test, u32 nbanks, size_t log_max)
{
	struct rig *rig = rig_new(test, nbanks);

	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, log_max));
	return rig;
}

void rig_exit(struct kunit *test)
{
	struct rig *rig = test->priv;
	u32 i;

	if (!rig)
		return;
	test->priv = NULL;
	KUNIT_EXPECT_EQ(test, 0, gate_counts.warned);
	KUNIT_EXPECT_EQ(test, 0, rig->fake.strangers);
	if (rig->g) {
		for (i = 0; i < rig->nmarkers; i++)
			if (!rig->marker[i].gone)
				hallmark_gate_detach(rig->g, rig->marker[i].presence);
		gate_discard(rig->g);
	}
	fake_tpm_free(&rig->fake);
	vfree(spare);
	spare = rig;
}

u32 rig_attach(struct rig *rig, const char *name, u32 ident_len)
{
	struct hallmark_presence *p = kzalloc(sizeof(*p), GFP_KERNEL);
	struct rig_marker *m = &rig->marker[rig->nmarkers];

	KUNIT_ASSERT_NOT_NULL(rig->test, p);
	if (rig->nmarkers == RIG_MARKERS_MAX) {
		kfree(p);
		KUNIT_ASSERT_TRUE(rig->test, rig->nmarkers < RIG_MARKERS_MAX);
	}
	p->kind = name[0] == 'e' ? HM_EV_KIND_EEPROM : HM_EV_KIND_PRINTER;
	strscpy(p->name, name, sizeof(p->name));
	p->ident_len = ident_len;
	memset(p->ident, 'a' + rig->nmarkers % 26, ident_len);
	memset(m, 0, sizeof(*m));
	m->kind = p->kind;
	m->ident_len = ident_len;
	strscpy(m->name, name, sizeof(m->name));
	m->presence = p;
	hallmark_gate_attach(rig->g, p);
	return rig->nmarkers++;
}

void rig_detach(struct rig *rig, u32 marker)
{
	struct rig_marker *m = &rig->marker[marker];

	m->gone = true;
	hallmark_gate_detach(rig->g, m->presence);
}

static bool marker_is_gone(const void *who)
{
	return ((const struct rig_marker *)who)->gone;
}

int rig_intent(struct rig *rig, u32 marker, int *ret_code)
{
	struct rig_job *job = &rig->job[rig->njobs];
	u64 seq = rig_gate_seq(rig->g);

	KUNIT_ASSERT_TRUE(rig->test, rig->njobs < RIG_JOBS_MAX);
	memset(job, 0, sizeof(*job));
	job->marker = marker;
	job->intent.flags = rig->njobs & 3;
	job->intent.offset = rig->njobs * 7;
	job->intent.len = rig->njobs + 1;
	strscpy(job->intent.marker, rig->marker[marker].name, HM_EV_NAME_SIZE);
	/* no two jobs have these in common */
	sha256((u8 *)&rig->fake.extends, sizeof(rig->fake.extends), job->intent.sha256);
	memcpy(job->intent.job_id, &rig->njobs, sizeof(rig->njobs));
	memcpy(job->intent.job_id + 4, &rig->fake.extends, sizeof(rig->fake.extends));
	job->rc = hallmark_gate_intent(rig->g, &job->intent, marker_is_gone,
				       &rig->marker[marker], ret_code);
	rig_follow(rig);
	/* a number is given out in order and at most once */
	if (job->rc >= 0) {
		KUNIT_EXPECT_EQ(rig->test, job->intent.seq, seq + 1);
		rig->njobs++;
	}
	rig->last_seq = rig_gate_seq(rig->g);
	KUNIT_EXPECT_TRUE(rig->test, rig->last_seq == seq || rig->last_seq == seq + 1);
	return job->rc;
}

struct rig_job *rig_last(struct rig *rig)
{
	KUNIT_ASSERT_TRUE(rig->test, rig->njobs > 0);
	return &rig->job[rig->njobs - 1];
}

bool rig_outcome(struct rig *rig, struct rig_job *job)
{
	u32 n = job - rig->job;

	job->outcome.seq = job->intent.seq;
	job->outcome.state = 1 + n % 4;
	job->outcome.sent = n;
	job->outcome.error = n % 3 ? 0 : -ETIMEDOUT;
	sha256((u8 *)&n, sizeof(n), job->outcome.reply_sha256);
	job->latched = hallmark_gate_outcome(rig->g, &job->outcome, &job->end);
	job->ended = true;
	rig_follow(rig);
	return job->latched;
}

int rig_mark(struct rig *rig)
{
	int rc, code;

	if (!rig->nmarkers)
		rig_attach(rig, "printer0", 12);
	rc = rig_intent(rig, 0, &code);
	if (!rc)
		rig_outcome(rig, rig_last(rig));
	return rc;
}

u64 rig_piece(struct rig *rig, u32 n)
{
	struct hm_ev_reader r = rig->tail;

	r.pos = rig_gate_exported(rig->g);
	while (n--)
		KUNIT_ASSERT_EQ(rig->test, 1, hm_ev_next(&r, &rig->ev));
	return rig_header_size(rig) + r.pos - rig_gate_exported(rig->g);
}

int rig_export(struct rig *rig, u64 len)
{
	struct rig_export *x = &rig->export[rig->nexports];
	struct hallmark_snapshot snap;
	u8 digest[32] = { 0 };
	u64 seq = 0, offset = 0;
	u8 *piece;
	int rc;

	KUNIT_ASSERT_TRUE(rig->test, rig->nexports < RIG_EXPORTS_MAX);
	KUNIT_ASSERT_EQ(rig->test, 0, hallmark_gate_snapshot(rig->g, &snap));
	piece = vmalloc(snap.len);
	KUNIT_ASSERT_NOT_NULL(rig->test, piece);
	rc = hallmark_log_read(hallmark_gate_log(rig->g), &snap, 0, piece, snap.len);
	KUNIT_EXPECT_EQ(rig->test, (size_t)rc, snap.len);
	if (len <= snap.len)
		sha256(piece, len, digest);
	vfree(piece);
	rig->fake.quiet = current;
	rc = hallmark_gate_export(rig->g, len, digest, &seq, &offset);
	rig->fake.quiet = NULL;
	rig_follow(rig);
	if (rc)
		return rc;
	x->event.seq = seq;
	x->event.offset = offset;
	memcpy(x->event.sha256, digest, sizeof(digest));
	KUNIT_EXPECT_EQ(rig->test, offset, snap.dropped + len);
	KUNIT_EXPECT_EQ(rig->test, offset, rig_gate_exported(rig->g));
	rig->nexports++;
	return 0;
}

size_t rig_header_size(const struct rig *rig)
{
	return 4 + 4 + 20 + 4 + 16 + 4 + 4 + 4 + 4 * rig->fake.tpm.nbanks + 1;
}

size_t rig_entry_size(const struct rig *rig, u32 tag, u32 ident_len)
{
	size_t n = 4 + 4 + 4 + 4 + 8;	/* PCR, type, count, size; tag and its size */
	u32 b;

	for (b = 0; b < rig->fake.tpm.nbanks; b++)
		n += 2 + rig->fake.tpm.banks[b].size;
	switch (tag) {
	case HM_EV_TAG_START:
		n += 28;
		for (b = 0; b < rig->fake.tpm.nbanks; b++)
			n += 4 + rig->fake.tpm.banks[b].size;
		return n;
	case HM_EV_TAG_INTENT:
		return n + 100;
	case HM_EV_TAG_OUTCOME:
		return n + 52;
	case HM_EV_TAG_ATTACH:
		return n + 40 + ident_len;
	case HM_EV_TAG_DETACH:
		return n + 32;
	case HM_EV_TAG_EXPORT:
		return n + 48;
	default:		/* RESOLVED and FAULT */
		return n + 12;
	}
}

size_t rig_job_hold(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_OUTCOME, 0) +
	       5 * rig_entry_size(rig, HM_EV_TAG_RESOLVED, 0);
}

size_t rig_detach_hold(const struct rig *rig)
{
	return rig_entry_size(rig, HM_EV_TAG_DETACH, 0) +
	       2 * rig_entry_size(rig, HM_EV_TAG_RESOLVED, 0);
}

size_t rig_promised(const struct rig *rig)
{
	size_t n = rig->in_flight * rig_job_hold(rig) +
		   rig->attached * rig_detach_hold(rig);

	/* for the FAULT, and for the EXPORT by which a full log gets room */
	n += rig_entry_size(rig, HM_EV_TAG_FAULT, 0) +
	     rig_entry_size(rig, HM_EV_TAG_EXPORT, 0);
	return n;
}

static void take_in(struct rig *rig, const struct hm_ev *ev)
{
	switch (ev->tag) {
	case HM_EV_TAG_INTENT:
		rig->in_flight += ev->type == HM_EV_EVENT_TAG;
		break;
	case HM_EV_TAG_OUTCOME:
		rig->in_flight--;
		break;
	case HM_EV_TAG_ATTACH:
		rig->attached += ev->type == HM_EV_EVENT_TAG;
		break;
	case HM_EV_TAG_DETACH:
		rig->attached -= ev->type == HM_EV_EVENT_TAG;
		break;
	case HM_EV_TAG_FAULT:
		rig->latched = true;
		break;
	}
}

void rig_follow(struct rig *rig)
{
	struct hallmark_snapshot snap;
	size_t at, n;
	ssize_t got;

	KUNIT_ASSERT_EQ(rig->test, 0, hallmark_gate_snapshot(rig->g, &snap));
	n = snap.dropped + snap.len;
	KUNIT_ASSERT_TRUE(rig->test, n <= RIG_JOINED_MAX);
	KUNIT_ASSERT_TRUE(rig->test, n >= rig->log_len);
	at = rig->log_len;
	got = hallmark_log_read(hallmark_gate_log(rig->g), &snap, at - snap.dropped,
				rig->log + at, n - at);
	KUNIT_ASSERT_EQ(rig->test, (size_t)got, n - at);
	rig->log_len = n;
	if (!at)
		KUNIT_ASSERT_EQ(rig->test, 0, hm_ev_reader_init(&rig->tail, rig->log, n));
	rig->tail.len = n;
	while (rig->tail.pos < n) {
		KUNIT_ASSERT_EQ(rig->test, 1, hm_ev_next(&rig->tail, &rig->ev));
		take_in(rig, &rig->ev);
	}
}

void rig_check_room(struct rig *rig)
{
	struct gate_peek peek;

	rig_follow(rig);
	gate_peek(rig->g, &peek);
	/* once latched, OUTCOMEs are all that may still come */
	if (peek.fault) {
		peek.held = rig->in_flight * rig_entry_size(rig, HM_EV_TAG_OUTCOME, 0);
		KUNIT_EXPECT_TRUE(rig->test, rig->latched);
	} else {
		KUNIT_EXPECT_EQ(rig->test, peek.held, rig_promised(rig));
	}
	KUNIT_EXPECT_LE(rig->test, peek.used + peek.held, peek.cap);
}

static struct hallmark_gate_view view(struct hallmark_gate *g)
{
	struct hallmark_gate_view v = { 0 };

	WARN_ON(hallmark_gate_view(g, &v));
	return v;
}

enum hallmark_gate_state rig_gate_state(struct hallmark_gate *g)
{
	return view(g).state;
}

u64 rig_gate_seq(struct hallmark_gate *g)
{
	return view(g).seq;
}

u64 rig_gate_exported(struct hallmark_gate *g)
{
	return view(g).exported;
}
