// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bound -> marking: the label's bytes are announced, then sent once. What became of
 * them is read from the printer's own answer; where nothing can be read, nothing is
 * guessed: the unit waits for somebody to look.
 */
#include "unit/work.h"

#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

/* How many labels were announced before, and may one of them exist? */
static int earlier_labels(struct hm_work *w, uint32_t *ret_n, bool *ret_maybe, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	int rc = hm_jobs_load(w, &jobs, err);

	if (rc)
		return rc;
	*ret_n = 0;
	*ret_maybe = false;
	for (size_t i = 0; i < jobs.n; i++) {
		if (strcmp(jobs.v[i].purpose, "label"))
			continue;
		(*ret_n)++;
		if (jobs.v[i].fate != HM_JOB_NEVER)
			*ret_maybe = true;
	}
	return 0;
}

int hm_label_announce(struct hm_work *w, struct hm_err *err)
{
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct hm_transition *t = &w->t;
	struct hm_job *j = &t->announce[0];
	bool maybe;
	uint32_t n;
	int rc = earlier_labels(w, &n, &maybe, err);

	assert(t->n_announce == 0);
	if (!rc)
		rc = hm_printer_ready(w, maybe, err);
	if (rc)
		return rc;
	hm_buf_reset(&w->payload);
	rc = w->driver->render((const char *)w->tpl.data, w->tpl.len, f,
			     hm_label_fields(&w->inputs, f), &w->payload, err);
	if (!rc)
		rc = hm_job_new(w, w->printer, w->slot->printer, "label", j, err);
	if (rc)
		return rc;
	j->flags = maybe ? HM_MARK_REPRINT : 0;
	j->attempt = n + 1;
	j->payload_len = (uint32_t)w->payload.len;
	SHA256(w->payload.data, w->payload.len, j->digest);
	memcpy(j->payload_sha256, j->digest, sizeof(j->digest));
	t->n_announce = 1;
	t->tell_inputs = true;
	t->blobs[t->n_blobs++] = (struct hm_blob_in){ w->payload.data, w->payload.len };
	w->fresh = true;
	return 0;
}

int hm_step_label(struct hm_work *w, struct hm_err *err)
{
	int64_t since = hm_work_clock(w);
	int rc = hm_label_announce(w, &w->why);

	hm_work_spent(w, HM_STEP_MARK, since);
	if (rc && hm_work_fatal(rc))
		return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
	if (rc)
		return hm_work_wait(w, -rc, err, "%s", hm_err_text(&w->why, rc));
	w->u->state = HM_UNIT_MARKING;
	w->t.step = "mark";
	return hm_work_commit(w, err);
}

struct recall {
	const uint8_t *sha256;
	struct hm_buf *payload;
};

static int load_payload(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct recall *r = arg;

	return hm_tx_blob_get(tx, r->sha256, r->payload, err);
}

/* The stored bytes, so that what is sent late is what was announced. */
static int recall_payload(struct hm_work *w, const struct hm_job *j, struct hm_err *err)
{
	struct recall r = { j->payload_sha256, &w->payload };

	hm_buf_reset(&w->payload);
	return hm_store_read(w->e->env->store, load_payload, &r, err);
}

int hm_label_settle(struct hm_work *w, struct hm_job *j, struct hm_err *err)
{
	int rc = 0;

	if (j->gated && memcmp(j->boot_id, w->e->boot_id, sizeof(j->boot_id))) {
		j->fate = HM_JOB_GONE;
		hm_work_tell(w, j);
		return 0;
	}
	rc = hm_printer_open(w, err);
	if (!rc && !w->fresh) {
		rc = hm_job_ask(w, w->printer, j, err);
		if (!rc && j->fate == HM_JOB_NEVER) {
			/* announced, never sent: send it now, the same bytes under the same name */
			j->fate = HM_JOB_OPEN;
			rc = hm_printer_ready(w, j->flags & HM_MARK_REPRINT, err);
			if (!rc)
				rc = recall_payload(w, j, err);
		}
	}
	if (!rc && j->fate == HM_JOB_OPEN)
		rc = hm_job_send(w, w->printer, j, w->payload.data, err);
	w->fresh = false;
	if (!rc)
		hm_work_tell(w, j);
	return rc;
}

static enum hm_label_fate from_reply(const struct hm_work *w, const struct hm_job *j,
				     char ret_tid[33], char *why, size_t size)
{
	struct hm_tag_reply r;
	char epc[HM_EPC_HEX_SIZE];

	switch (w->driver->tag_reply(j->reply, j->reply_len, &r)) {
	case HM_REPLY_GOOD:
		hm_epc_hex(&w->u->epc, epc);
		if (strcmp(epc, r.epc_hex)) {
			snprintf(why, size, "the tag reads back EPC %s, not %s", r.epc_hex, epc);
			return HM_LABEL_OTHER_TAG;
		}
		snprintf(ret_tid, 33, "%s", r.tid_hex);
		return HM_LABEL_GOOD;
	case HM_REPLY_VOID:
		snprintf(why, size, "the printer voided the label: its tag was not encoded");
		return HM_LABEL_VOID;
	case HM_REPLY_NONE:
		snprintf(why, size, "the printer took the label and said nothing");
		return HM_LABEL_DOUBT;
	case HM_REPLY_BROKEN:
		break;
	}
	snprintf(why, size, "the printer's answer is cut or garbled");
	return HM_LABEL_DOUBT;
}

enum hm_label_fate hm_label_fate(const struct hm_work *w, const struct hm_job *j, bool answers,
				 char ret_tid[33], char *why, size_t size)
{
	ret_tid[0] = '\0';
	if (j->fate == HM_JOB_GONE) {
		snprintf(why, size, "the station restarted while the label was announced");
		return HM_LABEL_DOUBT;
	}
	if (j->fate == HM_JOB_NEVER) {
		snprintf(why, size, "the label was never sent");
		return HM_LABEL_NOT_SENT;
	}
	switch ((enum hm_mark_state)j->state) {
	case HM_MARK_DONE:
		return answers ? from_reply(w, j, ret_tid, why, size) : HM_LABEL_GOOD;
	case HM_MARK_FAULT:
		snprintf(why, size, "the gate could not measure the label and sent nothing");
		return HM_LABEL_NOT_SENT;
	default:
		snprintf(why, size, "the printer took %u of %u bytes", j->sent, j->payload_len);
		return HM_LABEL_DOUBT;
	}
}

static int label_good(struct hm_work *w, const char *tid, struct hm_err *err)
{
	struct hm_unit *u = w->u;
	int rc = tid[0] ? hm_unit_holder(w, "tid", tid, strlen(tid), &w->why) : 0;

	if (rc == -HM_EDUPLICATE)
		return hm_work_quarantine(w, HM_EDUPLICATE, err, "its tag's TID %s: %s", tid,
					  w->why.text);
	if (rc)
		return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
	if (tid[0]) {
		snprintf(u->tid, sizeof(u->tid), "%s", tid);
		w->t.claims[w->t.n_claims++] = (struct hm_claim){ "tid", u->tid, strlen(u->tid) };
	}
	/* durable with the writing intent, or with the wait that comes before it */
	u->state = HM_UNIT_MARKED;
	return 0;
}

/* Another tag, if there are tries left; each try is announced by itself. */
static int label_void(struct hm_work *w, const char *why, struct hm_err *err)
{
	w->u->state = HM_UNIT_BOUND;
	if (++w->u->attempts < HM_LABEL_ATTEMPTS)
		return hm_step_label(w, err);
	w->t.step = "mark";
	return hm_work_wait(w, HM_ETAG_VOID, err, "%s, %u times; scrap the void labels", why,
			    w->u->attempts);
}

int hm_step_mark(struct hm_work *w, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	int64_t since = hm_work_clock(w);
	char tid[33], why[128] = "";
	struct hm_job *j;
	int rc = hm_jobs_load(w, &jobs, err);

	if (rc)
		return rc;
	j = hm_jobs_last(&jobs, "label");
	if (!j)
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "unit %s is marking without a label job",
				  w->u->serial);
	if (j->fate == HM_JOB_OPEN) {
		rc = hm_label_settle(w, j, &w->why);
		hm_work_spent(w, HM_STEP_MARK, since);
		if (rc && hm_work_fatal(rc))
			return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
		if (rc)
			return hm_work_wait(w, -rc, err, "%s", hm_err_text(&w->why, rc));
		w->t.step = "mark";
	}
	switch (hm_label_fate(w, j, hm_label_answers(w, j), tid, why, sizeof(why))) {
	case HM_LABEL_GOOD:
		return label_good(w, tid, err);
	case HM_LABEL_VOID:
		return label_void(w, why, err);
	case HM_LABEL_OTHER_TAG:
		return hm_work_quarantine(w, HM_EMISMATCH, err, "%s", why);
	case HM_LABEL_NOT_SENT:
		w->u->state = HM_UNIT_BOUND;
		return hm_work_wait(w, j->state == HM_MARK_FAULT ? HM_EGATE_FAULT : HM_EDEVICE, err,
				    "%s", why);
	case HM_LABEL_DOUBT:
		break;
	}
	return hm_work_wait(w, HM_EIN_DOUBT, err, "%s: is there a label? look, and say so with resolve",
			    why);
}
