// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A second label for an active unit: the same serial, on the record, with its own
 * tag. While nobody knows what became of it, the unit says so (in_doubt) and stays
 * active.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

static int announce(struct hm_work *w, const char *who, const char *reason, struct hm_err *err)
{
	struct hm_unit *u = w->u;
	int rc = hm_label_announce(w, err);

	if (rc)
		return rc;
	u->wait = HM_EIN_DOUBT;
	snprintf(u->wait_text, sizeof(u->wait_text), "a second label was announced");
	w->t.step = "reprint";
	w->t.who = who;
	w->t.why = reason;
	return hm_work_commit(w, err);
}

/* Tell what became of it; the unit stays active either way. */
static int conclude(struct hm_work *w, enum hm_label_fate fate, const char *tid, const char *why,
		    struct hm_err *err)
{
	struct hm_unit *u = w->u;

	u->wait = 0;
	u->wait_text[0] = '\0';
	w->t.step = "reprint";
	w->t.why = why[0] ? why : NULL;
	if (fate == HM_LABEL_DOUBT || fate == HM_LABEL_OTHER_TAG) {
		u->wait = HM_EIN_DOUBT;
		snprintf(u->wait_text, sizeof(u->wait_text), "the second label: %.160s", why);
	} else if (fate == HM_LABEL_GOOD && tid[0]) {
		int rc = hm_unit_holder(w, "tid", tid, strlen(tid), err);

		if (rc)
			return rc;
		snprintf(u->tid, sizeof(u->tid), "%s", tid);
		w->t.claims[w->t.n_claims++] = (struct hm_claim){ "tid", u->tid, strlen(u->tid) };
	}
	return hm_work_commit(w, err);
}

static int one_label(struct hm_work *w, const char *who, const char *reason,
		     enum hm_label_fate *ret, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	char tid[33], why[128] = "";
	struct hm_job *j;
	int rc = announce(w, who, reason, err);

	if (!rc)
		rc = hm_jobs_load(w, &jobs, err);
	if (rc)
		return rc;
	j = hm_jobs_last(&jobs, "label");
	rc = hm_label_settle(w, j, err);
	if (rc)
		return rc;
	*ret = hm_label_fate(w, j, hm_label_answers(w, j), tid, why, sizeof(why));
	return conclude(w, *ret, tid, why, err);
}

int hm_unit_reprint(struct hm_engine *e, const struct hm_slot *slot, const char *serial,
		    const char *who, const char *reason, struct hm_unit *ret, struct hm_err *err)
{
	enum hm_label_fate fate = HM_LABEL_VOID;
	struct hm_unit u;
	struct hm_work w;
	int rc = hm_unit_load(e, serial, &u, err);

	if (rc)
		return rc;
	if (u.state != HM_UNIT_ACTIVE || u.wait)
		return hm_err_set(err, -HM_EBAD_STATE, "unit %s is %s%s: only an active unit's label is printed again",
				  serial, hm_unit_state_name(u.state), u.wait ? " and in doubt" : "");
	rc = hm_work_begin(&w, e, slot, &u, err);
	for (int i = 0; !rc && fate == HM_LABEL_VOID && i < HM_LABEL_ATTEMPTS; i++)
		rc = one_label(&w, who, reason, &fate, err);
	hm_work_end(&w);
	if (rc)
		return rc;
	*ret = u;
	if (fate == HM_LABEL_VOID)
		return hm_err_set(err, -HM_ETAG_VOID, "the printer voided %d labels", HM_LABEL_ATTEMPTS);
	if (fate == HM_LABEL_NOT_SENT)
		return hm_err_set(err, -HM_EGATE_FAULT, "the gate could not measure the label");
	return 0;
}
