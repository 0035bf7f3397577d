// SPDX-License-Identifier: GPL-2.0-only
/*
 * An auditor's reading of the log, with two witnesses that an auditor has not: the
 * fake TPM's journal of what it really extended, and the rig's memory of what was
 * asked and answered. Every entry must be accounted for by both.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rig.h"

struct reading {
	struct rig *rig;
	struct kunit *test;
	struct hm_ev_reader r;
	u8 pcr[HM_EV_BANKS_MAX][HM_EV_DIGEST_MAX];	/* the replay */
	u8 with[HM_EV_BANKS_MAX][HM_EV_DIGEST_MAX];	/* and with the ambiguous one */
	u32 at;			/* in the fake's journal */
	u32 owed;		/* a RESOLVED must be next: its verdict, or 0 */
	u64 seq;		/* the last INTENT's number */
	u64 told_lost;		/* the last number that a RESOLVED said was lost */
	bool ambiguous;		/* FAULT must be next */
	bool fault;
	u32 entries;
	u32 exports;
	u64 first_kept;
	u32 jobs;		/* INTENTs, in the rig's order */
	u32 outcomes;
	struct {
		char name[HM_EV_NAME_SIZE];
	} here[RIG_MARKERS_MAX];	/* attached */
	u32 nhere;
	u32 markers;		/* of the rig's, how many were tried as this ATTACH */
};

#define SAY(c, cond) do {							\
	const struct reading *c_ = (c);						\
										\
	KUNIT_EXPECT_TRUE_MSG(c_->test, cond, "entry %u (tag %x)", c_->entries,	\
			      c_->rig->ev.tag);					\
} while (0)

static void extend(struct reading *c, u8 (*pcr)[HM_EV_DIGEST_MAX])
{
	struct fake_tpm *fake = &c->rig->fake;
	u8 pair[2 * HM_EV_DIGEST_MAX];
	u32 b;

	for (b = 0; b < fake->tpm.nbanks; b++) {
		u16 size = fake->tpm.banks[b].size;

		memcpy(pair, pcr[b], size);
		memcpy(pair + size, c->rig->ev.bank[b].digest, size);
		crypto_shash_tfm_digest(fake->tfm[b], pair, 2 * size, pcr[b]);
	}
}

static void check_digests(struct reading *c)
{
	struct fake_tpm *fake = &c->rig->fake;
	const struct hm_ev *ev = &c->rig->ev;
	u8 digest[HM_EV_DIGEST_MAX];
	u32 b;

	KUNIT_EXPECT_EQ(c->test, ev->nbanks, fake->tpm.nbanks);
	for (b = 0; b < fake->tpm.nbanks; b++) {
		crypto_shash_tfm_digest(fake->tfm[b], ev->data, ev->data_len, digest);
		SAY(c, ev->bank[b].alg == fake->tpm.banks[b].alg);
		SAY(c, ev->bank[b].size == fake->tpm.banks[b].size);
		SAY(c, !memcmp(digest, ev->bank[b].digest, ev->bank[b].size));
	}
}

/* The event field must be byte for byte that of @rig->want. */
static void check_data(struct reading *c, u32 tag)
{
	struct rig *rig = c->rig;
	ssize_t n;

	rig->want.tag = tag;
	n = hm_ev_encode_data(&rig->want, rig->data, sizeof(rig->data));
	SAY(c, n == (ssize_t)rig->ev.data_len && !memcmp(rig->data, rig->ev.data, n));
}

/*
 * The journal's extends that came to nothing and are before @ev's own. The first
 * puts a RESOLVED in debt; those after it are tries of that RESOLVED.
 */
static void skip_lost(struct reading *c)
{
	struct fake_tpm *fake = &c->rig->fake;

	while (c->at < fake->extends && fake->journal[c->at].act == FAKE_LOST) {
		if (!c->owed && !fake->journal[c->at].quiet)
			c->owed = HM_EV_RESOLVED_NOT_EXTENDED;
		c->at++;
	}
}

/* An entry that was extended: the journal's next deed, and no other. */
static void check_extended(struct reading *c)
{
	const struct hm_ev *ev = &c->rig->ev;
	struct fake_tpm *fake = &c->rig->fake;
	const struct fake_entry *e;

	SAY(c, !c->fault && !c->ambiguous);
	skip_lost(c);
	SAY(c, c->at < fake->extends);
	if (c->at >= fake->extends)
		return;
	e = &fake->journal[c->at++];
	SAY(c, !memcmp(e->digest, ev->bank[0].digest, ev->bank[0].size));
	SAY(c, !!c->owed == (ev->tag == HM_EV_TAG_RESOLVED));
	if (ev->tag == HM_EV_TAG_RESOLVED) {
		SAY(c, ev->u.resolve.verdict == c->owed);
		if (ev->u.resolve.verdict == HM_EV_RESOLVED_NOT_EXTENDED &&
		    ev->u.resolve.seq > c->seq)
			c->told_lost = ev->u.resolve.seq;
		c->owed = 0;
	} else if (e->code && !e->quiet) {
		c->owed = HM_EV_RESOLVED_EXTENDED;
	}
	extend(c, c->pcr);
}

static void check_no_action(struct reading *c)
{
	const struct hm_ev *ev = &c->rig->ev;

	if (ev->tag == HM_EV_TAG_FAULT) {
		SAY(c, !c->fault);
		c->fault = true;
		c->ambiguous = false;
	} else if (c->fault) {
		SAY(c, ev->tag == HM_EV_TAG_OUTCOME);
	} else {
		SAY(c, !c->ambiguous);
		c->ambiguous = true;
		memcpy(c->with, c->pcr, sizeof(c->with));
		extend(c, c->with);
	}
}

static void check_start(struct reading *c)
{
	const struct hm_ev_start *e = &c->rig->ev.u.start;
	struct fake_tpm *fake = &c->rig->fake;
	u32 b;

	SAY(c, c->entries == 0);
	SAY(c, e->version == 1 && e->pcr == RIG_PCR && e->nbanks == fake->tpm.nbanks);
	for (b = 0; b < fake->tpm.nbanks; b++) {
		SAY(c, e->before[b].alg == fake->tpm.banks[b].alg);
		SAY(c, e->before[b].size == fake->tpm.banks[b].size);
		SAY(c, !memcmp(e->before[b].digest, c->rig->before[b], e->before[b].size));
	}
}

static u32 find_here(struct reading *c, const char *name)
{
	u32 i;

	for (i = 0; i < c->nhere && strcmp(c->here[i].name, name); i++)
		;
	return i;
}

static void check_intent(struct reading *c)
{
	const struct hm_ev_intent *e = &c->rig->ev.u.intent;
	struct rig_job *job = &c->rig->job[c->jobs];

	SAY(c, c->jobs < c->rig->njobs);
	if (c->jobs >= c->rig->njobs)
		return;
	c->jobs++;
	c->rig->want.u.intent = job->intent;
	check_data(c, HM_EV_TAG_INTENT);
	SAY(c, job->rc == (c->rig->ev.type == HM_EV_EVENT_TAG ? 0 : 1));
	SAY(c, find_here(c, e->marker) < c->nhere);
	/* the number before was given to one that was lost, and told so */
	SAY(c, e->seq == c->seq + 1 || (e->seq > c->seq && c->told_lost == e->seq - 1));
	c->seq = e->seq;
}

static void check_outcome(struct reading *c)
{
	const struct hm_ev_outcome *e = &c->rig->ev.u.outcome;
	struct rig_job *job = NULL;
	u32 i;

	for (i = 0; i < c->jobs; i++)
		if (c->rig->job[i].intent.seq == e->seq)
			job = &c->rig->job[i];
	SAY(c, job && job->ended && !job->rc);
	if (!job)
		return;
	c->outcomes++;
	c->rig->want.u.outcome = job->outcome;
	check_data(c, HM_EV_TAG_OUTCOME);
	SAY(c, job->latched == (c->rig->ev.type == HM_EV_NO_ACTION));
	SAY(c, job->any_end || job->end == (job->latched ? U64_MAX : c->r.pos));
}

static void check_attach(struct reading *c)
{
	const struct hm_ev_attach *e = &c->rig->ev.u.attach;
	u32 i = c->markers;

	SAY(c, find_here(c, e->marker) == c->nhere);
	/* in the order in which they came; some left unseen */
	while (i < c->rig->nmarkers &&
	       (strcmp(c->rig->marker[i].name, e->marker) ||
		c->rig->marker[i].ident_len != e->ident_len ||
		(e->ident_len && e->ident[0] != 'a' + i % 26)))
		i++;
	SAY(c, i < c->rig->nmarkers);
	if (i == c->rig->nmarkers)
		return;
	c->markers = i + 1;
	SAY(c, e->kind == c->rig->marker[i].kind);
	if (c->rig->ev.type == HM_EV_EVENT_TAG)
		strscpy(c->here[c->nhere++].name, e->marker, HM_EV_NAME_SIZE);
}

static void check_detach(struct reading *c)
{
	u32 i = find_here(c, c->rig->ev.u.detach.marker);

	SAY(c, i < c->nhere);
	if (i < c->nhere && c->rig->ev.type == HM_EV_EVENT_TAG)
		c->here[i] = c->here[--c->nhere];
}

static void check_export(struct reading *c)
{
	const struct hm_ev_export *e = &c->rig->ev.u.exported;
	struct rig *rig = c->rig;
	u8 *piece, digest[32];
	size_t head = rig_header_size(rig), n;

	if (rig->ev.type == HM_EV_NO_ACTION)
		return;
	SAY(c, c->exports < rig->nexports);
	if (c->exports >= rig->nexports)
		return;
	rig->want.u.exported = rig->export[c->exports++].event;
	check_data(c, HM_EV_TAG_EXPORT);
	/* the digest is of header and the bytes between the two offsets */
	n = e->offset - c->first_kept;
	piece = kvmalloc(head + n, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, piece);
	memcpy(piece, rig->log, head);
	memcpy(piece + head, rig->log + c->first_kept, n);
	sha256(piece, head + n, digest);
	kvfree(piece);
	SAY(c, !memcmp(digest, e->sha256, sizeof(digest)));
	c->first_kept = e->offset;
}

static void check_entry(struct reading *c)
{
	check_digests(c);
	if (c->rig->ev.type == HM_EV_EVENT_TAG)
		check_extended(c);
	else
		check_no_action(c);
	SAY(c, (c->rig->ev.tag == HM_EV_TAG_START) == (c->entries == 0));
	SAY(c, c->rig->ev.pcr == RIG_PCR);
	switch (c->rig->ev.tag) {
	case HM_EV_TAG_START:
		check_start(c);
		break;
	case HM_EV_TAG_INTENT:
		check_intent(c);
		break;
	case HM_EV_TAG_OUTCOME:
		check_outcome(c);
		break;
	case HM_EV_TAG_ATTACH:
		check_attach(c);
		break;
	case HM_EV_TAG_DETACH:
		check_detach(c);
		break;
	case HM_EV_TAG_EXPORT:
		check_export(c);
		break;
	case HM_EV_TAG_FAULT:
		SAY(c, c->rig->ev.type == HM_EV_NO_ACTION);
		break;
	}
	c->entries++;
}

static bool is_pcr(const struct reading *c, const u8 (*pcr)[HM_EV_DIGEST_MAX])
{
	const struct fake_tpm *fake = &c->rig->fake;
	u32 b;

	for (b = 0; b < fake->tpm.nbanks; b++)
		if (memcmp(pcr[b], fake->pcr[b], fake->tpm.banks[b].size))
			return false;
	return true;
}

/* What is kept is the joined log's end behind the header, unchanged. */
static void check_kept(struct reading *c)
{
	struct rig *rig = c->rig;
	struct hallmark_snapshot snap;
	size_t head = rig_header_size(rig), n;
	u64 first = rig_gate_exported(rig->g);
	u8 *kept;

	KUNIT_ASSERT_EQ(c->test, 0, hallmark_gate_snapshot(rig->g, &snap));
	KUNIT_EXPECT_EQ(c->test, first, c->first_kept);
	n = rig->log_len - first;
	KUNIT_ASSERT_EQ(c->test, snap.len, head + n);
	kept = kvmalloc(snap.len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(c->test, kept);
	hallmark_log_read(hallmark_gate_log(rig->g), &snap, 0, kept, snap.len);
	EXPECT_BYTES(c->test, kept, rig->log, head);
	EXPECT_BYTES(c->test, kept + head, rig->log + first, n);
	kvfree(kept);
}

/* Nothing that was acknowledged is missing. */
static void check_complete(struct reading *c)
{
	u32 ended = 0, i;

	KUNIT_EXPECT_EQ(c->test, c->jobs, c->rig->njobs);
	KUNIT_EXPECT_EQ(c->test, c->exports, c->rig->nexports);
	for (i = 0; i < c->rig->njobs; i++)
		ended += c->rig->job[i].ended;
	KUNIT_EXPECT_EQ(c->test, c->outcomes, ended);
	KUNIT_EXPECT_FALSE(c->test, c->ambiguous);
	KUNIT_EXPECT_EQ(c->test, c->fault,
			rig_gate_state(c->rig->g) == HALLMARK_GATE_FAULT);
}

void rig_check(struct rig *rig)
{
	struct reading *c = kvzalloc(sizeof(*c), GFP_KERNEL);
	struct fake_tpm *fake = &rig->fake;

	KUNIT_ASSERT_NOT_NULL(rig->test, c);
	c->rig = rig;
	c->test = rig->test;
	c->first_kept = rig_header_size(rig);
	memcpy(c->pcr, rig->before, sizeof(c->pcr));
	rig_follow(rig);
	KUNIT_EXPECT_LE(rig->test, fake->extends, (u32)FAKE_JOURNAL_MAX);
	KUNIT_EXPECT_EQ(rig->test, 0, hm_ev_reader_init(&c->r, rig->log, rig->log_len));
	while (hm_ev_next(&c->r, &rig->ev) == 1)
		check_entry(c);
	KUNIT_EXPECT_EQ(rig->test, c->r.pos, rig->log_len);
	skip_lost(c);
	if (!c->fault) {
		KUNIT_EXPECT_EQ(rig->test, c->at, fake->extends);
		/* a stranger's extend that went unnoticed shows here, as it should */
		KUNIT_EXPECT_EQ(rig->test, is_pcr(c, c->pcr), !fake->foreign);
	} else if (!fake->foreign) {
		KUNIT_EXPECT_TRUE(rig->test, is_pcr(c, c->pcr) || is_pcr(c, c->with));
	}
	check_complete(c);
	check_kept(c);
	kvfree(c);
}

u32 rig_count(struct rig *rig, u32 tag)
{
	struct hm_ev_reader r = rig->tail;
	u32 n = 0;

	rig_follow(rig);
	r = rig->tail;
	r.pos = rig_header_size(rig);
	while (hm_ev_next(&r, &rig->want) == 1) {
		if (tag && rig->want.tag != tag)
			continue;
		rig->ev = rig->want;
		n++;
	}
	return n;
}

void rig_expect_order(struct rig *rig, const char *want)
{
	static const char * const names[] = {
		"?", "START", "INTENT", "OUTCOME", "ATTACH", "DETACH", "EXPORT", "RESOLVED",
		"FAULT",
	};
	struct hm_ev_reader r;
	char *got;
	size_t n = 0;

	rig_follow(rig);
	got = kunit_kzalloc(rig->test, SZ_1K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(rig->test, got);
	r = rig->tail;
	r.pos = rig_header_size(rig);
	while (hm_ev_next(&r, &rig->ev) == 1) {
		bool quiet = rig->ev.type == HM_EV_NO_ACTION;

		n += scnprintf(got + n, SZ_1K - n, "%s%s%s%s", n ? " " : "", quiet ? "(" : "",
			       names[rig->ev.tag & 15], quiet ? ")" : "");
	}
	KUNIT_EXPECT_STREQ(rig->test, got, want);
}
