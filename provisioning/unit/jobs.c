// SPDX-License-Identifier: LGPL-2.1-or-later
/* Jobs: made with a name of their own, sent once, asked for by that name. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/work.h"

int hm_job_new(struct hm_work *w, struct hm_marker *m, const char *address, const char *purpose,
	       struct hm_job *ret, struct hm_err *err)
{
	const struct hm_marker_info *info = hm_marker_info(m);
	struct hm_job j = { .fate = HM_JOB_OPEN, .gated = info->gated };
	int rc = w->e->env->random(w->e->env->ctx, j.job_id, sizeof(j.job_id));

	if (rc)
		return hm_err_set(err, rc, "no randomness for a job id");
	if (info->gated)
		memcpy(j.boot_id, w->e->boot_id, sizeof(j.boot_id));
	snprintf(j.serial, sizeof(j.serial), "%s", w->u->serial);
	snprintf(j.purpose, sizeof(j.purpose), "%s", purpose);
	snprintf(j.address, sizeof(j.address), "%s", address);
	snprintf(j.marker, sizeof(j.marker), "%s", info->name);
	j.created = w->e->env->now(w->e->env->ctx);
	*ret = j;
	return 0;
}

static void copy_result(struct hm_job *j, const struct hm_mark_job *mj, const uint8_t *reply)
{
	j->fate = HM_JOB_SEEN;
	j->seq = mj->seq;
	j->state = (uint32_t)mj->state;
	j->sent = mj->sent;
	j->reply_len = mj->reply_len < sizeof(j->reply) ? mj->reply_len : sizeof(j->reply);
	memcpy(j->reply, reply, j->reply_len);
}

int hm_job_ask(struct hm_work *w, struct hm_marker *m, struct hm_job *j, struct hm_err *err)
{
	struct hm_mark_job mj = { .state = HM_MARK_NONE };
	uint8_t reply[sizeof(j->reply)] = { 0 };
	int rc;

	assert(j->fate == HM_JOB_OPEN);
	/* another boot's gate has forgotten it: nobody can tell any more */
	if (j->gated && memcmp(j->boot_id, w->e->boot_id, sizeof(j->boot_id))) {
		j->fate = HM_JOB_GONE;
		return 0;
	}
	memcpy(mj.job_id, j->job_id, sizeof(mj.job_id));
	rc = hm_marker_result(m, &mj, reply, sizeof(reply), err);
	/* never sent: unless the gate knew it once, and has forgotten it */
	if (rc == -HM_ENOT_FOUND && j->gated)
		return hm_job_exported(w, j, err);
	if (rc == -HM_ENOT_FOUND) {
		j->fate = HM_JOB_NEVER;
		return 0;
	}
	if (!rc)
		copy_result(j, &mj, reply);
	return rc;
}

int hm_work_mark(struct hm_work *w, struct hm_marker *m, struct hm_mark_job *mj, void *reply,
		 size_t reply_size, struct hm_err *err)
{
	int rc = hm_marker_mark(m, mj, reply, reply_size, err);

	if (rc != -HM_ELOG_FULL || !w->e->make_room)
		return rc;
	rc = w->e->make_room(w->e->make_room_ctx, err);
	return rc ? rc : hm_marker_mark(m, mj, reply, reply_size, err);
}

int hm_job_send(struct hm_work *w, struct hm_marker *m, struct hm_job *j, const void *payload,
		struct hm_err *err)
{
	struct hm_mark_job mj = {
		.flags = j->flags, .payload = payload, .payload_len = j->payload_len,
		.offset = j->offset, .timeout_ms = w->slot->timeout_ms,
		.reply_max = hm_marker_info(m)->answers ? HM_TAG_REPLY_LEN(2 * w->u->epc.len) : 0,
	};
	uint8_t reply[sizeof(j->reply)] = { 0 };
	int rc;

	assert(j->fate == HM_JOB_OPEN);
	memcpy(mj.job_id, j->job_id, sizeof(mj.job_id));
	rc = hm_work_mark(w, m, &mj, reply, sizeof(reply), err);
	if (rc == -EEXIST)
		return hm_job_ask(w, m, j, err);
	if (rc)
		return rc;
	assert(!memcmp(mj.digest, j->digest, sizeof(mj.digest)));
	copy_result(j, &mj, reply);
	return 0;
}

struct load {
	const char *serial;
	struct hm_jobs *jobs;
};

static int add_one(void *ctx, const struct hm_job *j)
{
	struct hm_jobs *jobs = ctx;
	struct hm_job *v = reallocarray(jobs->v, jobs->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	jobs->v = v;
	jobs->v[jobs->n++] = *j;
	return 0;
}

static int load(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct load *l = arg;

	return hm_tx_jobs(tx, l->serial, add_one, l->jobs, err);
}

int hm_jobs_load(struct hm_work *w, struct hm_jobs *ret, struct hm_err *err)
{
	struct hm_jobs jobs = { .v = NULL };
	struct load l = { w->u->serial, &jobs };
	int rc = hm_store_read(w->e->env->store, load, &l, err);

	if (rc)
		hm_jobs_free(&jobs);
	else
		*ret = jobs;
	return rc;
}

void hm_jobs_free(struct hm_jobs *j)
{
	free(j->v);
	j->v = NULL;
	j->n = 0;
}

struct hm_job *hm_jobs_last(struct hm_jobs *j, const char *purpose)
{
	for (size_t i = j->n; i-- > 0;)
		if (!strcmp(j->v[i].purpose, purpose))
			return &j->v[i];
	return NULL;
}

void hm_work_tell(struct hm_work *w, const struct hm_job *j)
{
	assert(j->fate != HM_JOB_OPEN);
	assert(w->t.n_told < HM_WORK_JOBS);
	w->t.told[w->t.n_told++] = *j;
}
