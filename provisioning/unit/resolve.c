// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The way out of doubt: somebody looked, and says what there is. What they say is
 * checked as far as it can be, and goes on the record with their name.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

/* A scan as readers give it: symbology identifier and separators off, brackets off. */
static void plain(const char *scan, char *out, size_t size)
{
	size_t n = 0;

	if (scan[0] == ']' && scan[1] && scan[2])
		scan += 3;
	for (; *scan && n + 1 < size; scan++)
		if (*scan != '(' && *scan != ')' && *scan != '\x1d')
			out[n++] = *scan;
	out[n] = '\0';
}

static int check_scan(struct hm_work *w, const char *text, struct hm_err *err)
{
	char scan[160];

	if (!text || !text[0])
		return hm_err_set(err, -HM_EBAD_REQUEST, "what the scan of the label read is needed");
	plain(text, scan, sizeof(scan));
	if (strcmp(scan, w->inputs.element) && strcmp(text, w->inputs.digital_link))
		return hm_err_set(err, -HM_EMISMATCH, "the scan is not unit %s's code (%s)",
				  w->u->serial, w->inputs.element);
	return 0;
}

static int take_tid(struct hm_work *w, const char *tid, struct hm_err *err)
{
	uint8_t bytes[12];
	int rc;

	if (!tid || !tid[0])
		return 0;
	rc = hm_unhex(tid, bytes, sizeof(bytes));
	if (rc)
		return hm_err_set(err, -HM_EBAD_REQUEST, "a TID has 24 hexadecimal digits");
	hm_hex_upper(bytes, sizeof(bytes), w->u->tid);
	rc = hm_unit_holder(w, "tid", w->u->tid, strlen(w->u->tid), err);
	if (!rc)
		w->t.claims[w->t.n_claims++] =
			(struct hm_claim){ "tid", w->u->tid, strlen(w->u->tid) };
	return rc;
}

/* Jobs that nobody has told of yet: ask their gate, or say that it forgot. */
static int tell_open_jobs(struct hm_work *w, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	struct hm_env *env = w->e->env;
	int rc = hm_jobs_load(w, &jobs, err);

	for (size_t i = 0; !rc && i < jobs.n; i++) {
		struct hm_job *j = &jobs.v[i];
		struct hm_marker *m = NULL;

		if (j->fate != HM_JOB_OPEN)
			continue;
		if (!j->gated || !memcmp(j->boot_id, w->e->boot_id, sizeof(j->boot_id)))
			rc = env->marker_open(env->ctx, j->address, w->u->serial, &m, err);
		if (!rc)
			rc = hm_job_ask(w, m, j, err);
		hm_marker_close(m);
		if (!rc)
			hm_work_tell(w, j);
	}
	return rc;
}

/* Where a unit that was set aside goes on: as far as is known to be done. */
static int resume_state(struct hm_work *w, enum hm_unit_state *ret, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	int rc = hm_jobs_load(w, &jobs, err);

	if (rc)
		return rc;
	if (hm_jobs_last(&jobs, "slot-b"))
		*ret = HM_UNIT_WRITING;
	else if (w->u->tid[0])
		*ret = HM_UNIT_MARKED;
	else if (hm_jobs_last(&jobs, "label"))
		*ret = HM_UNIT_MARKING;
	else
		*ret = hm_is_zero(w->u->cert_sha256, 32) ? HM_UNIT_RESERVED : HM_UNIT_BOUND;
	return 0;
}

static int bad_state(const struct hm_unit *u, const char *what, struct hm_err *err)
{
	return hm_err_set(err, -HM_EBAD_STATE, "unit %s is %s%s%s: %s", u->serial,
			  hm_unit_state_name(u->state), u->wait ? ", waiting: " : "",
			  u->wait ? hm_error_name(u->wait) : "", what);
}

/* A label whose tag is not ours can only be destroyed: "present" is no way out of that. */
static bool in_doubt(const struct hm_unit *u, bool present)
{
	if (u->state == HM_UNIT_QUARANTINED)
		return u->wait == HM_EMISMATCH && !present;
	return u->wait == HM_EIN_DOUBT &&
	       (u->state == HM_UNIT_MARKING || u->state == HM_UNIT_ACTIVE);
}

static int answer_label(struct hm_work *w, bool present, const char *text, const char *tid,
			struct hm_err *err)
{
	struct hm_unit *u = w->u;
	int rc;

	if (!in_doubt(u, present))
		return bad_state(u, "no label of it is in doubt", err);
	rc = present ? check_scan(w, text, err) : 0;
	if (!rc && present)
		rc = take_tid(w, tid, err);
	if (!rc)
		rc = tell_open_jobs(w, err);
	if (rc)
		return rc;
	if (u->state != HM_UNIT_ACTIVE) {
		u->state = present ? HM_UNIT_MARKED : HM_UNIT_BOUND;
		u->attempts = 0;
	}
	return 0;
}

static int apply(struct hm_work *w, enum hm_answer answer, const char *text, const char *tid,
		 struct hm_err *err)
{
	struct hm_unit *u = w->u;

	switch (answer) {
	case HM_ANSWER_LABEL:
		return answer_label(w, true, text, tid, err);
	case HM_ANSWER_NO_LABEL:
		return answer_label(w, false, NULL, NULL, err);
	case HM_ANSWER_RETRY:
		if (u->state == HM_UNIT_QUARANTINED)
			return resume_state(w, &u->state, err);
		if (!u->wait || hm_unit_final(u) || u->wait == HM_EIN_DOUBT)
			return bad_state(u, "there is nothing to try again", err);
		u->attempts = 0;
		return 0;
	case HM_ANSWER_VOID:
		if (hm_unit_final(u) && u->state != HM_UNIT_QUARANTINED)
			return bad_state(u, "it cannot be given up", err);
		u->state = HM_UNIT_VOID;
		return tell_open_jobs(w, err);
	}
	return hm_err_set(err, -HM_EBAD_REQUEST, "no such answer");
}

static void story(enum hm_answer answer, const char *text, const char *reason, char out[512])
{
	static const char *const words[] = {
		[HM_ANSWER_LABEL] = "label present", [HM_ANSWER_NO_LABEL] = "no label",
		[HM_ANSWER_RETRY] = "try again", [HM_ANSWER_VOID] = "given up",
	};

	snprintf(out, 512, "%s%s%.128s%s%.256s", words[answer],
		 answer == HM_ANSWER_LABEL ? ", scan " : "",
		 answer == HM_ANSWER_LABEL ? text : "", reason && reason[0] ? ": " : "",
		 reason ? reason : "");
}

int hm_unit_resolve(struct hm_engine *e, const char *serial, enum hm_answer answer,
		    const char *text, const char *tid, const char *who, const char *reason,
		    struct hm_unit *ret, struct hm_err *err)
{
	struct hm_slot slot = { .timeout_ms = 1 };
	struct hm_unit u;
	struct hm_work w;
	char why[512];
	int rc = hm_unit_load(e, serial, &u, err);

	if (rc)
		return rc;
	snprintf(slot.name, sizeof(slot.name), "%s", u.slot);
	rc = hm_work_begin(&w, e, &slot, &u, err);
	if (!rc)
		rc = apply(&w, answer, text, tid, err);
	if (!rc) {
		u.wait = 0;
		u.wait_text[0] = '\0';
		story(answer, text, reason, why);
		w.t.step = answer == HM_ANSWER_VOID ? "void" : "resolve";
		w.t.who = who;
		w.t.why = why;
		rc = hm_work_commit(&w, err);
	}
	hm_work_end(&w);
	if (!rc)
		*ret = u;
	return rc;
}
