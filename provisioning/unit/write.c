// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * writing -> active: slot B, then slot A with its first byte last. Before every
 * write the anchors are proved again; a write that failed is observed, and tried
 * again only under a new announcement. Durable wait 4 is the commit.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/work.h"

int hm_write_announce(struct hm_work *w, uint32_t attempt, struct hm_err *err)
{
	struct hm_slot_write plan[HM_SLOT_WRITES];
	struct hm_transition *t = &w->t;
	struct hm_slots slots;
	uint32_t n = 0;
	int rc = hm_slots_plan(w->carrier, w->product.eeprom_size, &slots);

	assert(t->n_announce == 0 && w->eeprom);
	if (!rc)
		rc = hm_slots_writes(&slots, w->first, w->image.data, w->image.len, plan, &n, err);
	for (uint32_t i = 0; !rc && i < n; i++) {
		struct hm_job *j = &t->announce[i];

		rc = hm_job_new(w, w->eeprom, w->slot->eeprom, plan[i].purpose, j, err);
		if (rc)
			break;
		j->attempt = attempt;
		j->position = i;
		j->offset = plan[i].offset;
		j->payload_len = plan[i].len;
		SHA256(plan[i].bytes, plan[i].len, j->digest);
		memcpy(j->payload_sha256, j->digest, sizeof(j->digest));
		t->blobs[t->n_blobs++] = (struct hm_blob_in){ plan[i].bytes, plan[i].len };
	}
	if (rc)
		return rc;
	t->n_announce = n;
	w->fresh = true;
	return 0;
}

static int get_image(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_work *w = arg;

	return hm_tx_blob_get(tx, w->u->image_sha256, &w->image, err);
}

/* The writes of the newest attempt, in order, and how many there are; NULLs behind them. */
static uint32_t newest_attempt(struct hm_jobs *jobs, struct hm_job *set[HM_SLOT_WRITES],
			       uint32_t *ret_n)
{
	uint32_t attempt = 0;

	*ret_n = 0;

	for (size_t i = 0; i < jobs->n; i++)
		if (strcmp(jobs->v[i].purpose, "label") && jobs->v[i].attempt > attempt)
			attempt = jobs->v[i].attempt;
	for (size_t i = 0; i < jobs->n; i++) {
		struct hm_job *j = &jobs->v[i];

		if (strcmp(j->purpose, "label") && j->attempt == attempt &&
		    j->position < HM_SLOT_WRITES) {
			*ret_n += !set[j->position];
			set[j->position] = j;
		}
	}
	return attempt;
}

/*
 * After a restart or a wait: what became of each write? *ret_again: one of them
 * failed or is lost, so that the whole sequence is announced anew. Writes that were
 * never sent are as good as just announced.
 */
static int review(struct hm_work *w, struct hm_job *set[HM_SLOT_WRITES], bool seen[HM_SLOT_WRITES],
		  bool *ret_again, struct hm_err *err)
{
	*ret_again = false;
	for (int i = 0; i < HM_SLOT_WRITES && set[i]; i++) {
		struct hm_job *j = set[i];

		if (j->fate == HM_JOB_OPEN) {
			int rc = hm_job_ask(w, w->eeprom, j, err);

			if (rc)
				return rc;
			seen[i] = true;
		}
		if (j->fate == HM_JOB_GONE || (j->fate == HM_JOB_SEEN && j->state != HM_MARK_DONE))
			*ret_again = true;
	}
	for (int i = 0; i < HM_SLOT_WRITES && set[i] && !*ret_again; i++)
		if (set[i]->fate == HM_JOB_NEVER) {
			set[i]->fate = HM_JOB_OPEN;
			seen[i] = false;
		}
	return 0;
}

/* Tell what was learnt about the writes. */
static void tell(struct hm_work *w, struct hm_job *set[HM_SLOT_WRITES],
		 const bool seen[HM_SLOT_WRITES])
{
	for (int i = 0; i < HM_SLOT_WRITES; i++)
		if (seen[i])
			hm_work_tell(w, set[i]);
	w->t.step = "write";
}

/* The bytes of a write: its purpose tells them, whichever slot came first. */
static int bytes_of(struct hm_work *w, const struct hm_job *j, const uint8_t **ret, struct hm_err *err)
{
	struct hm_slot_write plan[HM_SLOT_WRITES];
	struct hm_slots slots;
	uint32_t n = 0;
	int rc = hm_slots_plan(w->carrier, w->product.eeprom_size, &slots);

	if (!rc)
		rc = hm_slots_writes(&slots, HM_SLOT_B, w->image.data, w->image.len, plan, &n, err);
	for (uint32_t i = 0; !rc && i < n; i++)
		if (!strcmp(plan[i].purpose, j->purpose) && plan[i].len == j->payload_len &&
		    plan[i].offset == j->offset) {
			*ret = plan[i].bytes;
			return 0;
		}
	return rc ? rc : hm_err_set(err, -HM_ESTORE_CORRUPT, "unit %s: a write %s that is not one of its image's",
				    w->u->serial, j->purpose);
}

static int send_one(struct hm_work *w, struct hm_job *j, struct hm_err *err)
{
	const uint8_t *bytes = NULL;
	int rc = hm_board_anchor(w, err);

	if (!rc)
		rc = bytes_of(w, j, &bytes, err);
	if (!rc)
		rc = hm_job_send(w, w->eeprom, j, bytes, err);
	if (rc)
		return rc;
	switch ((enum hm_mark_state)j->state) {
	case HM_MARK_DONE:
		return 0;
	case HM_MARK_VERIFY_FAILED:
		return hm_err_set(err, -HM_EWRITE_PROTECTED,
				  "the EEPROM in %s does not keep what is written (%s)",
				  w->slot->name, j->purpose);
	case HM_MARK_FAULT:
		return hm_err_set(err, -HM_EGATE_FAULT, "the gate could not measure the write");
	default:
		break;
	}
	/* was it pulled out? then putting it back is all it takes */
	rc = hm_board_same(w, true, err);
	return rc ? rc : hm_err_set(err, -HM_EDEVICE, "the EEPROM in %s took %u of %u bytes (%s)",
				    w->slot->name, j->sent, j->payload_len, j->purpose);
}

static int read_back(struct hm_work *w, struct hm_err *err)
{
	struct hm_slots slots;
	uint8_t got[HM_IMAGE_MAX];
	int rc = hm_board_anchor(w, err);

	if (!rc)
		rc = hm_slots_plan(w->carrier, w->product.eeprom_size, &slots);
	/* slot B first, where there is one */
	for (int i = rc || slots.n == 2 ? 0 : 1; !rc && i < 2; i++) {
		uint32_t at = i ? slots.a : slots.b;

		rc = hm_marker_read(w->eeprom, at, got, w->image.len, err);
		if (!rc && memcmp(got, w->image.data, w->image.len))
			rc = hm_err_set(err, -HM_EMISMATCH,
					"slot %c of the EEPROM in %s reads back differently",
					i ? 'A' : 'B', w->slot->name);
	}
	return rc;
}

/* Every write in order, the verdict in the engine's words; *set and seen[] updated. */
static int write_all(struct hm_work *w, struct hm_job *set[HM_SLOT_WRITES],
		     bool seen[HM_SLOT_WRITES], struct hm_err *err)
{
	for (int i = 0; i < HM_SLOT_WRITES && set[i]; i++) {
		int rc;

		if (set[i]->fate == HM_JOB_SEEN)
			continue;
		rc = send_one(w, set[i], err);
		seen[i] = set[i]->fate == HM_JOB_SEEN;
		if (rc)
			return rc;
	}
	return read_back(w, err);
}

static int stop_here(struct hm_work *w, int rc, struct hm_err *err)
{
	if (hm_work_fatal(rc))
		return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
	if (rc == -HM_EFOREIGN)
		return hm_work_quarantine(w, HM_EFOREIGN, err, "%s", w->why.text);
	return hm_work_wait(w, -rc, err, "%s", hm_err_text(&w->why, rc));
}

int hm_step_write(struct hm_work *w, struct hm_err *err)
{
	_cleanup_jobs_ struct hm_jobs jobs = { .v = NULL };
	struct hm_job *set[HM_SLOT_WRITES] = { NULL };
	bool seen[HM_SLOT_WRITES] = { false }, again = false;
	int64_t since = hm_work_clock(w);
	struct hm_slots slots;
	uint32_t attempt, n;
	int rc = hm_jobs_load(w, &jobs, err);

	if (!rc && !w->image.len)
		rc = hm_store_read(w->e->env->store, get_image, w, err);
	if (!rc)
		rc = hm_slots_plan(w->carrier, w->product.eeprom_size, &slots);
	if (rc)
		return rc;
	attempt = newest_attempt(&jobs, set, &n);
	for (uint32_t i = 0; i < n; i++)
		if (!set[i])
			n = 0;
	if (n != (slots.n == 2 ? HM_SLOT_WRITES : HM_SLOT_WRITES - 1))
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "unit %s is writing without its jobs", w->u->serial);
	if (!w->fresh) {
		rc = hm_board_same(w, true, &w->why);
		if (!rc)
			rc = review(w, set, seen, &again, &w->why);
	}
	w->fresh = false;
	if (rc)
		return stop_here(w, rc, err);
	if (again) {
		tell(w, set, seen);
		rc = hm_write_announce(w, attempt + 1, &w->why);
		return rc ? stop_here(w, rc, err) : hm_work_commit(w, err);
	}
	rc = write_all(w, set, seen, &w->why);
	hm_work_spent(w, HM_STEP_WRITE, since);
	tell(w, set, seen);
	if (rc)
		return stop_here(w, rc, err);
	w->u->state = HM_UNIT_ACTIVE;
	w->t.step = "active";
	return hm_work_commit(w, err);
}
