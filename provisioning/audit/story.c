// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One unit's story, leaf by leaf: it begins with the reservation, goes the ways
 * that a unit can go, says of every job what became of it, and does not change
 * what cannot change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/internal.h"
#include "linux/hallmark.h"

#define REPRINT HALLMARK_MARK_REPRINT

enum state {
	RESERVED, BOUND, MARKING, MARKED, WRITING, ACTIVE, VOIDED, QUARANTINED, RMA, RETIRED,
	N_STATES,
};

static const char *const state_names[N_STATES] = {
	"reserved", "bound", "marking", "marked", "writing", "active", "void", "quarantined",
	"rma", "retired",
};

#define TO(s) (1u << (s))
#define GIVEN_UP (TO(VOIDED) | TO(QUARANTINED))

/* Where a unit may stand after a leaf, given where it stood; waits stay in place. */
static const unsigned int ways[N_STATES] = {
	[RESERVED] = TO(RESERVED) | TO(BOUND) | TO(MARKING) | GIVEN_UP,
	[BOUND] = TO(BOUND) | TO(MARKING) | GIVEN_UP,
	[MARKING] = TO(MARKING) | TO(BOUND) | TO(MARKED) | TO(WRITING) | GIVEN_UP,
	[MARKED] = TO(MARKED) | TO(MARKING) | TO(WRITING) | GIVEN_UP,
	[WRITING] = TO(WRITING) | TO(MARKED) | TO(ACTIVE) | GIVEN_UP,
	[ACTIVE] = TO(ACTIVE) | TO(RMA) | TO(RETIRED) | GIVEN_UP,
	[VOIDED] = TO(VOIDED),
	[QUARANTINED] = TO(QUARANTINED) | TO(RESERVED) | TO(BOUND) | TO(MARKING) | TO(MARKED) |
			TO(WRITING) | TO(ACTIVE) | TO(VOIDED) | TO(RETIRED),
	[RMA] = TO(RMA) | TO(ACTIVE) | TO(RETIRED) | GIVEN_UP,
	[RETIRED] = TO(RETIRED),
};

static int state_number(const char *name)
{
	for (int i = 0; i < N_STATES; i++)
		if (!strcmp(name, state_names[i]))
			return i;
	return -1;
}

static void check_state(struct audit *a, const struct audit_story *s, const struct hm_leaf *l,
			uint64_t at)
{
	int from = s->state[0] ? state_number(s->state) : -1, to = state_number(l->state);
	bool reserves = !strcmp(l->step, "reserve");

	if (to < 0)
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
				"leaf %llu: there is no state %s", (unsigned long long)at, l->state);
	else if (at == s->first && (!reserves || to != RESERVED))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu: its story begins as %s; the leaf that reserved it is not in the ledger",
				(unsigned long long)at, l->state);
	else if (at != s->first && reserves)
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
				"leaf %llu reserves a serial that leaf %llu had reserved",
				(unsigned long long)at, (unsigned long long)s->first);
	else if (from >= 0 && !(ways[from] & TO(to)))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu: no way leads from %s to %s; a step is not in the ledger",
				(unsigned long long)at, s->state, l->state);
}

static void check_constant(struct audit *a, const struct audit_story *s, const struct hm_leaf *l,
			   uint64_t at)
{
	const char *what = NULL;

	if (at == s->first)
		return;
	if (strcmp(l->product, s->product) || memcmp(l->product_sha256, s->product_sha256, 32))
		what = "product";
	else if (strcmp(l->lot, s->lot))
		what = "lot";
	else if (strcmp(l->binding, s->binding))
		what = "binding";
	else if (s->epc.len && !hm_epc_same(&l->epc, &s->epc))
		what = "EPC";
	else if (strcmp(l->mac, s->mac) || l->macs != s->macs)
		what = "address";
	else if (l->generation != s->generation &&
		 (l->generation != s->generation + 1 || strcmp(s->state, state_names[RMA])))
		what = "generation, which grows by one, and out of rma";
	else if (l->generation == s->generation && !audit_is_zero(s->ek, 32) &&
		 memcmp(l->ek_sha256, s->ek, 32))
		what = "endorsement key";
	else if (l->generation == s->generation && !audit_is_zero(s->key, 32) &&
		 memcmp(l->key_sha256, s->key, 32))
		what = "key";
	if (what)
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "leaf %llu changes its %s",
				(unsigned long long)at, what);
}

/* --- its jobs --- */

static struct audit_job *job_find(struct audit_story *s, const uint8_t id[16])
{
	for (size_t i = s->n_jobs; i-- > 0;) {
		const struct audit_job *j = &s->jobs[i];

		if (!memcmp(j->announced_at != NEVER ? j->announced.job_id : j->fate.job_id, id, 16))
			return &s->jobs[i];
	}
	return NULL;
}

static struct audit_job *job_get(struct audit *a, struct audit_story *s, const uint8_t id[16])
{
	struct audit_job *j = job_find(s, id);

	if (j)
		return j;
	j = audit_grow(a, s->jobs, s->n_jobs, sizeof(*j));
	if (!j)
		return NULL;
	s->jobs = j;
	j += s->n_jobs++;
	memset(j, 0, sizeof(*j));
	j->announced_at = NEVER;
	j->fate_at = NEVER;
	return j;
}

/* A second label needs the word REPRINT once a first one may be out there. */
static void check_reprint(struct audit *a, struct audit_story *s, const struct hm_leaf_job *l)
{
	if (strcmp(l->purpose, "label"))
		return;
	for (size_t i = 0; i < s->n_jobs && !s->labelled; i++)
		s->labelled = s->jobs[i].announced_at != NEVER &&
			      !strcmp(s->jobs[i].announced.purpose, "label") &&
			      audit_was_measured(a, &s->jobs[i]);
	if (s->labelled && !(l->flags & REPRINT))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"a further label was announced as if it were the first: no REPRINT");
}

/* s->state is the leaf's own already. */
static void check_where(struct audit *a, const struct audit_story *s, const struct hm_leaf_job *l)
{
	bool label = !strcmp(l->purpose, "label");

	bool there = label ? !strcmp(s->state, "marking") || !strcmp(s->state, "active") :
			     !strcmp(s->state, "writing");

	if (!there)
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"a job %s was announced for it while it is %s: nothing is marked then",
				l->purpose, s->state);
}

/* Had a boot after this one begun when leaf @at was written? */
static bool later_boot(const struct audit *a, const uint8_t boot[16], uint64_t at)
{
	bool seen = false;

	for (size_t i = 0; i < a->n_boots && a->boots[i].began < at; i++) {
		if (seen)
			return true;
		seen = !memcmp(a->boots[i].id, boot, 16);
	}
	return false;
}

static void hear_job(struct audit *a, struct audit_story *s, const struct hm_leaf_job *l,
		     uint64_t at)
{
	struct audit_job *j;

	if (l->role == HM_JOB_ANNOUNCED) {
		check_where(a, s, l);
		check_reprint(a, s, l);
	}
	j = job_get(a, s, l->job_id);
	if (!j)
		return;
	if (l->role == HM_JOB_ANNOUNCED) {
		if (j->announced_at != NEVER || j->fate_at != NEVER)
			audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
					"leaf %llu announces a job that was spoken of before",
					(unsigned long long)at);
		j->announced = *l;
		j->announced_at = at;
		return;
	}
	if (j->fate_at != NEVER)
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
				"leaf %llu tells again what became of a job", (unsigned long long)at);
	if (l->role == HM_JOB_LOST && !later_boot(a, l->boot_id, at))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu calls a job lost in a boot that had not ended",
				(unsigned long long)at);
	j->fate = *l;
	j->fate_at = at;
}

static bool was_done(const struct audit_story *s, const char *purpose)
{
	bool perhaps = false;

	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct audit_job *j = &s->jobs[i];

		if (j->announced_at == NEVER || j->fate_at == NEVER ||
		    strcmp(j->announced.purpose, purpose))
			continue;
		if (j->fate.role == HM_JOB_OBSERVED && j->fate.state == HALLMARK_STATE_DONE)
			return true;
		perhaps |= j->fate.role != HM_JOB_LAPSED;
	}
	/* nobody could tell, and somebody looked: a label that was scanned is there */
	return perhaps && s->resolved && !strcmp(purpose, "label");
}

static void check_active(struct audit *a, struct audit_story *s, uint64_t at)
{
	if (!was_done(s, "label"))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu calls it active, but no leaf tells that its label was made",
				(unsigned long long)at);
	if (!was_done(s, "first-byte"))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu calls it active, but no leaf tells that its EEPROM was written",
				(unsigned long long)at);
	s->was_active = true;
}

/* Active, and of a job nothing more is said: unless its announcement is the last word. */
static void check_untold(struct audit *a, const struct audit_story *s)
{
	for (size_t i = 0; i < s->n_jobs; i++) {
		const struct audit_job *j = &s->jobs[i];

		if (j->announced_at == NEVER || j->fate_at != NEVER || j->announced_at == s->last)
			continue;
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"it is %s, but no leaf tells what became of its job %s that leaf %llu announced",
				s->state, j->announced.purpose, (unsigned long long)j->announced_at);
	}
}

/* --- leaf by leaf --- */

static void take_hash(uint8_t kept[32], const uint8_t told[32])
{
	if (!audit_is_zero(told, 32))
		memcpy(kept, told, 32);
}

static void remember(struct audit_story *s, const struct hm_leaf *l)
{
	memcpy(s->state, l->state, sizeof(s->state));
	memcpy(s->product, l->product, sizeof(s->product));
	memcpy(s->lot, l->lot, sizeof(s->lot));
	memcpy(s->binding, l->binding, sizeof(s->binding));
	memcpy(s->product_sha256, l->product_sha256, 32);
	s->epc = l->epc;
	memcpy(s->mac, l->mac, sizeof(s->mac));
	s->macs = l->macs;
	s->generation = l->generation;
	if (l->tid[0])
		memcpy(s->tid, l->tid, sizeof(s->tid));
	take_hash(s->ek, l->ek_sha256);
	take_hash(s->key, l->key_sha256);
	take_hash(s->cert, l->cert_sha256);
	take_hash(s->image, l->image_sha256);
	if (l->record_len) {
		memcpy(s->record, l->record, l->record_len);
		s->record_len = l->record_len;
	}
	s->resolved |= !strcmp(l->step, "resolve");
	for (size_t i = 0; i < l->n_jobs; i++)
		if (l->jobs[i].role == HM_JOB_ANNOUNCED && !strcmp(l->jobs[i].purpose, "label"))
			memcpy(s->label, l->jobs[i].digest, 32);
}

static void hear_leaf(struct audit *a, struct audit_story *s, uint64_t at)
{
	const struct hm_leaf *l = &a->leaf;
	bool tag_changed;

	if (hm_leaf_decode(a->leaves[at].bytes, a->leaves[at].len, &a->leaf, NULL))
		return;		/* only memory can be short: it was read before */
	if (at == s->first)
		s->made = l->time;
	check_state(a, s, l, at);
	check_constant(a, s, l, at);
	tag_changed = l->tid[0] && strcmp(l->tid, s->tid);
	remember(s, l);
	if (tag_changed)
		audit_anchor_tag(a, s);
	for (size_t i = 0; i < l->n_jobs; i++)
		hear_job(a, s, &l->jobs[i], at);
	audit_payload_leaf(a, s, l);
	if (!strcmp(l->state, state_names[ACTIVE]) && !s->was_active)
		check_active(a, s, at);
}

static void tell_unit(struct audit *a, uint32_t number, const struct audit_unit_leaf *rows,
		      size_t n)
{
	struct audit_story s = {
		.number = number, .serial = rows[0].serial, .first = rows[0].leaf,
		.last = rows[n - 1].leaf,
	};
	size_t anchors = a->n_anchors;

	for (size_t i = 0; !a->rc && i < n; i++)
		hear_leaf(a, &s, rows[i].leaf);
	if (!a->rc) {
		bool active = !strcmp(s.state, state_names[ACTIVE]);

		a->report.active += active;
		if (active || !strcmp(s.state, state_names[VOIDED]) ||
		    !strcmp(s.state, state_names[RETIRED]))
			check_untold(a, &s);
		audit_match_unit(a, &s);
		audit_payload_unit(a, &s);
		audit_unit_files(a, &s);
		audit_anchors_of(a, &s, anchors);
	}
	free(s.jobs);
}

void audit_units(struct audit *a)
{
	size_t first = 0;

	while (!a->rc && first < a->n_unit_leaves) {
		size_t end = first + 1;

		while (end < a->n_unit_leaves &&
		       !strcmp(a->unit_leaves[end].serial, a->unit_leaves[first].serial))
			end++;
		tell_unit(a, (uint32_t)first, a->unit_leaves + first, end - first);
		a->report.units++;
		first = end;
		if (a->p->progress)
			a->p->progress(a->p->ctx, first, a->n_unit_leaves);
	}
}
