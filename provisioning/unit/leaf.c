// SPDX-License-Identifier: LGPL-2.1-or-later
/* A unit's durable step, told to the ledger. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

static enum hm_leaf_role role_of(enum hm_job_fate f)
{
	switch (f) {
	case HM_JOB_SEEN: return HM_JOB_OBSERVED;
	case HM_JOB_NEVER: return HM_JOB_LAPSED;
	case HM_JOB_GONE: return HM_JOB_LOST;
	case HM_JOB_OPEN: break;
	}
	return HM_JOB_ANNOUNCED;
}

static void add_job(struct hm_leaf *leaf, const struct hm_job *j)
{
	struct hm_leaf_job *out;

	assert(leaf->n_jobs < HM_LEAF_JOBS_MAX);
	out = &leaf->jobs[leaf->n_jobs++];
	out->role = role_of(j->fate);
	memcpy(out->job_id, j->job_id, sizeof(out->job_id));
	memcpy(out->boot_id, j->boot_id, sizeof(out->boot_id));
	out->gated = j->gated;
	if (out->role == HM_JOB_ANNOUNCED) {
		snprintf(out->marker, sizeof(out->marker), "%.31s", j->marker);
		snprintf(out->purpose, sizeof(out->purpose), "%.15s", j->purpose);
		out->flags = j->flags;
		out->offset = j->offset;
		out->len = j->payload_len;
		memcpy(out->digest, j->digest, sizeof(out->digest));
	} else if (out->role == HM_JOB_OBSERVED) {
		out->seq = j->seq;
		out->state = j->state;
		out->sent = j->sent;
	}
}

static void add_inputs(struct hm_leaf *leaf, const struct hm_work *w)
{
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	size_t n = hm_label_fields(&w->inputs, f);

	assert(n <= HM_LEAF_INPUTS_MAX);
	for (size_t i = 0; i < n; i++) {
		snprintf(leaf->inputs[i].name, sizeof(leaf->inputs[i].name), "%s", f[i].name);
		snprintf(leaf->inputs[i].value, sizeof(leaf->inputs[i].value), "%s", f[i].value);
	}
	leaf->n_inputs = n;
	leaf->render_version = HM_RENDER_VERSION;
	memcpy(leaf->template_sha256, w->u->template_sha256, 32);
}

int hm_leaf_of(const struct hm_work *w, struct hm_buf *out, struct hm_err *err)
{
	const struct hm_unit *u = w->u;
	const struct hm_transition *t = &w->t;
	struct hm_leaf leaf = { .type = HM_LEAF_UNIT, .version = HM_LEAF_VERSION };
	const char *who = t->who ? t->who : w->e->who;
	int rc;

	leaf.time = u->updated;
	hm_text_copy(leaf.who, sizeof(leaf.who), who ? who : "hallmarkd");
	if (t->why)
		hm_text_copy(leaf.why, sizeof(leaf.why), t->why);
	snprintf(leaf.serial, sizeof(leaf.serial), "%s", u->serial);
	snprintf(leaf.state, sizeof(leaf.state), "%s", hm_unit_state_name(u->state));
	snprintf(leaf.step, sizeof(leaf.step), "%s", t->step);
	leaf.generation = u->generation;
	snprintf(leaf.product, sizeof(leaf.product), "%s", u->product);
	snprintf(leaf.lot, sizeof(leaf.lot), "%s", u->lot);
	snprintf(leaf.order, sizeof(leaf.order), "%s", u->order);
	snprintf(leaf.slot, sizeof(leaf.slot), "%s", u->slot);
	if (u->wait)
		snprintf(leaf.wait, sizeof(leaf.wait), "%s", hm_error_name(u->wait));
	snprintf(leaf.binding, sizeof(leaf.binding), "%s",
		 hm_binding_name((enum hm_binding)u->binding));
	snprintf(leaf.tid, sizeof(leaf.tid), "%s", u->tid);
	leaf.epc = u->epc;
	snprintf(leaf.mac, sizeof(leaf.mac), "%s", u->mac);
	leaf.macs = u->macs;
	memcpy(leaf.ek_sha256, u->ek_sha256, 32);
	memcpy(leaf.key_sha256, u->key_sha256, 32);
	memcpy(leaf.product_sha256, u->product_sha256, 32);
	memcpy(leaf.cert_sha256, u->cert_sha256, 32);
	if (t->tell_inputs)
		add_inputs(&leaf, w);
	if (t->tell_record) {
		memcpy(leaf.image_sha256, u->image_sha256, 32);
		memcpy(leaf.record, u->record, u->record_len);
		leaf.record_len = u->record_len;
	}
	for (size_t i = 0; i < t->n_told; i++)
		add_job(&leaf, &t->told[i]);
	for (size_t i = 0; i < t->n_announce; i++)
		add_job(&leaf, &t->announce[i]);
	rc = hm_leaf_encode(&leaf, out);
	return rc ? hm_err_set(err, rc, "unit %s: its ledger entry cannot be formed: %s",
			       u->serial, hm_error_why(rc)) : 0;
}
