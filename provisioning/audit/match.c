// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Jobs against leaves, both ways. What the gate measured must have been announced
 * by a leaf; what a leaf tells of a job must be what the gate measured, as far as
 * a quote covers the log. Behind the quote nothing is proven, and the units that
 * have something there are named, each once a boot.
 */
#include <stdio.h>
#include <string.h>

#include "audit/internal.h"
#include "label/driver.h"
#include "linux/hallmark.h"

/* The window behind a boot's last quote, as one unit stands in it. */
enum window { OUTSIDE, INSIDE };

static const struct audit_boot *gate_boot(struct audit *a, const struct audit_job *j)
{
	const struct hm_leaf_job *told = j->announced_at != NEVER ? &j->announced : &j->fate;

	return audit_boot_find(a, told->boot_id);
}

static const uint8_t *job_id(const struct audit_job *j)
{
	return j->announced_at != NEVER ? j->announced.job_id : j->fate.job_id;
}

static void find_job(struct audit *a, enum hm_verdict v, const char *serial,
		     const uint8_t id[16], const char *text)
{
	char subject[48] = "job ";

	hm_hex(id, 16, subject + 4);
	audit_find(a, v, serial, subject, "%s", text);
}

bool audit_was_measured(struct audit *a, const struct audit_job *j)
{
	const struct audit_boot *b = gate_boot(a, j);
	const struct hm_ev_job *ev = b && b->sound ? hm_evidence_job(&b->e, job_id(j)) : NULL;

	if (ev)
		return !(ev->has_outcome && ev->state == HALLMARK_STATE_FAULT);
	return j->fate_at != NEVER && j->fate.role == HM_JOB_OBSERVED &&
	       j->fate.state != HALLMARK_STATE_FAULT;
}

/* --- a job that the covered log has --- */

/* What was announced is what was measured. */
static void compare_content(struct audit *a, const struct audit_story *s,
			    const struct audit_job *j, const struct hm_ev_job *ev)
{
	const struct hm_leaf_job *l = &j->announced;
	const char *what = NULL;

	if (memcmp(l->digest, ev->digest, 32))
		what = "payload";
	else if (l->len != ev->len)
		what = "length";
	else if (l->offset != ev->offset)
		what = "offset";
	else if (strcmp(l->marker, ev->marker))
		what = "marker";
	else if (l->flags != ev->flags)
		what = "flags";
	if (what)
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"job %llu (%s): the gate measured another %s than its leaf announces",
				(unsigned long long)ev->seq, l->purpose, what);
}

static enum window compare_outcome(struct audit *a, const struct audit_boot *b,
				   const struct audit_story *s, const struct audit_job *j,
				   const struct hm_ev_job *ev)
{
	const struct hm_leaf_job *f = &j->fate;

	if (f->seq != ev->seq) {
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"its leaf calls job %llu what the gate measured as job %llu",
				(unsigned long long)f->seq, (unsigned long long)ev->seq);
		return OUTSIDE;
	}
	if (!ev->has_outcome) {
		if (!b->closed)
			return INSIDE;
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"job %llu: its leaf tells an outcome that the gate never measured",
				(unsigned long long)ev->seq);
	} else if (f->state != ev->state || f->sent != ev->sent) {
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"job %llu: its leaf tells state %u and %u bytes sent, the gate measured %u and %u",
				(unsigned long long)ev->seq, f->state, f->sent, ev->state, ev->sent);
	}
	return OUTSIDE;
}

static enum window match_measured(struct audit *a, struct audit_boot *b, struct audit_story *s,
				  const struct audit_job *j, const struct hm_ev_job *ev)
{
	uint32_t *told_by = &b->told_by[ev - b->e.jobs];

	if (j->announced_at == NEVER) {
		find_job(a, HM_VERDICT_UNACCOUNTED, s->serial, ev->job_id,
			 "the ledger tells what became of it, but no leaf announced it");
		*told_by = s->number + 1;	/* named; not once more at the end */
		return OUTSIDE;
	}
	if (*told_by && *told_by != s->number + 1)
		find_job(a, HM_VERDICT_INCONSISTENT, s->serial, ev->job_id,
			 "two units announce it");
	*told_by = s->number + 1;
	compare_content(a, s, j, ev);
	if (ev->ambiguous)
		audit_find_unit(a, HM_VERDICT_UNPROVEN, s->serial,
				"job %llu: the gate could not tell whether it was measured",
				(unsigned long long)ev->seq);
	if (j->fate_at != NEVER && j->fate.role == HM_JOB_OBSERVED)
		return compare_outcome(a, b, s, j, ev);
	if (j->fate_at != NEVER && j->fate.role == HM_JOB_LAPSED) {
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"job %llu: its leaf says that nothing was sent, the gate measured it",
				(unsigned long long)ev->seq);
		return OUTSIDE;
	}
	/* lost, or not told yet: the log tells, if it goes that far */
	return !ev->has_outcome && !b->closed && !b->last ? INSIDE : OUTSIDE;
}

/* --- a job that it has not --- */

static enum window match_absent(struct audit *a, const struct audit_boot *b,
				const struct audit_story *s, const struct audit_job *j)
{
	bool told = j->fate_at != NEVER;

	if (told && j->fate.role == HM_JOB_OBSERVED) {
		if (j->fate.seq > b->e.last_seq && !b->closed)
			return INSIDE;
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"a leaf tells of job %llu in boot %.8s, which the gate never measured",
				(unsigned long long)j->fate.seq, b->hex);
		return OUTSIDE;
	}
	if (b->closed)
		return OUTSIDE;		/* measured by nobody: never sent */
	if (told && j->fate.role == HM_JOB_LAPSED)
		return j->fate_at < b->note.size ? OUTSIDE : INSIDE;
	if (b->last && j->announced_at < b->note.size)
		return OUTSIDE;		/* under way: not yet sent when the quote was made */
	return INSIDE;
}

/* --- one unit --- */

static bool fits_announcement(struct audit *a, const struct audit_story *s,
			      const struct audit_job *j)
{
	if (j->announced_at == NEVER || j->fate_at == NEVER ||
	    !memcmp(j->announced.boot_id, j->fate.boot_id, 16))
		return true;
	audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
			"leaf %llu tells of a job in another boot than it was announced for",
			(unsigned long long)j->fate_at);
	return false;
}

static enum window match_job(struct audit *a, struct audit_story *s, const struct audit_job *j)
{
	struct audit_boot *b = (struct audit_boot *)gate_boot(a, j);
	const struct hm_ev_job *ev;

	if (!b) {
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
				"a job in a boot that the ledger never saw begin");
		return OUTSIDE;
	}
	if (!b->quoted)
		return INSIDE;
	if (!b->sound)
		return OUTSIDE;		/* its evidence is broken, which is said */
	ev = hm_evidence_job(&b->e, job_id(j));
	if (ev)
		return match_measured(a, b, s, j, ev);
	if (j->announced_at == NEVER)
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"leaf %llu tells what became of a job that no leaf announced",
				(unsigned long long)j->fate_at);
	return match_absent(a, b, s, j);
}

static bool is_gated(const struct audit_job *j)
{
	return j->announced_at != NEVER ? j->announced.gated :
	       !audit_is_zero(j->fate.boot_id, 16);
}

void audit_match_unit(struct audit *a, struct audit_story *s)
{
	const struct audit_boot *named = NULL;	/* jobs come in order of boots */
	uint64_t ungated = 0;

	for (size_t i = 0; !a->rc && i < s->n_jobs; i++) {
		const struct audit_job *j = &s->jobs[i];
		const struct audit_boot *b = gate_boot(a, j);

		if (!fits_announcement(a, s, j))
			continue;
		if (!is_gated(j)) {
			if (j->announced_at == NEVER)
				find_job(a, HM_VERDICT_UNACCOUNTED, s->serial, job_id(j),
					 "the ledger tells what became of it, but no leaf announced it");
			ungated++;
			continue;
		}
		if (match_job(a, s, j) == OUTSIDE || named == b)
			continue;
		named = b;
		audit_find_unit(a, HM_VERDICT_UNPROVEN, s->serial,
				"it was marked in boot %.8s behind its last quote: what was done there is not proven",
				b->hex);
	}
	a->ungated += ungated;
	if (ungated)
		a->ungated_units++;
}

/* --- what no unit announced --- */

static void match_leftover(struct audit *a, const struct audit_boot *b, const struct hm_ev_job *ev)
{
	char text[200];

	if (ev->flags & HALLMARK_MARK_QUERY) {
		a->report.queries++;
		if (!hm_label_is_query_digest(ev->digest))
			find_job(a, HM_VERDICT_UNACCOUNTED, NULL, ev->job_id,
				 "passed the gate as a status request, and is none that is published");
		else if (strncmp(ev->marker, "printer", 7))
			find_job(a, HM_VERDICT_UNACCOUNTED, NULL, ev->job_id,
				 "passed the gate as a status request to what is no printer");
		return;
	}
	snprintf(text, sizeof(text),
		 "job %llu of boot %.8s, %u bytes to %s: the gate measured it, no leaf announced it",
		 (unsigned long long)ev->seq, b->hex, ev->len, ev->marker);
	find_job(a, HM_VERDICT_UNACCOUNTED, NULL, ev->job_id, text);
}

void audit_match_rest(struct audit *a)
{
	for (size_t i = 0; i < a->n_boots; i++) {
		const struct audit_boot *b = &a->boots[i];

		if (!b->sound)
			continue;
		for (size_t k = 0; k < b->e.n_jobs; k++) {
			const struct hm_ev_job *ev = &b->e.jobs[k];

			if (!b->told_by[k])
				match_leftover(a, b, ev);
			if (!(ev->flags & HALLMARK_MARK_QUERY))
				a->report.jobs++;
		}
	}
	if (a->ungated)
		audit_find(a, HM_VERDICT_UNGATED, NULL, "markers",
			   "%llu jobs of %llu units went to files or network markers, which no gate measured",
			   (unsigned long long)a->ungated, (unsigned long long)a->ungated_units);
}
