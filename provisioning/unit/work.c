// SPDX-License-Identifier: LGPL-2.1-or-later
/* Beginning and ending work on a unit; durable steps, waits, quarantine. */
#include "unit/work.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct find {
	const char *serial;
	struct hm_unit *u;
};

static int find_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct find *f = arg;

	return hm_tx_unit_get(tx, f->serial, f->u, err);
}

int hm_unit_load(struct hm_engine *e, const char *serial, struct hm_unit *ret, struct hm_err *err)
{
	struct find f = { serial, ret };

	return hm_store_read(e->env->store, find_unit, &f, err);
}

struct load {
	const struct hm_unit *u;
	struct hm_buf *file;
	struct hm_buf *tpl;
};

static int load_blobs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct load *l = arg;
	int rc = hm_tx_blob_get(tx, l->u->product_sha256, l->file, err);

	return rc ? rc : hm_tx_blob_get(tx, l->u->template_sha256, l->tpl, err);
}

int hm_work_begin(struct hm_work *w, struct hm_engine *e, const struct hm_slot *slot,
		  struct hm_unit *u, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct load l = { .u = u, .file = &file };
	struct hm_epc epc;
	int rc;

	*w = (struct hm_work){ .e = e, .slot = slot, .u = u, .waited = u->wait,
			       .waited_in = u->state };
	hm_buf_init(&w->tpl, HM_TEMPLATE_MAX);
	hm_buf_init(&w->payload, 256u << 10);
	hm_buf_init(&w->cert, 16u << 10);
	hm_buf_init(&w->image, HM_IMAGE_MAX);
	l.tpl = &w->tpl;
	rc = hm_store_read(e->env->store, load_blobs, &l, err);
	if (rc)
		return rc;
	rc = hm_product_parse(file.data, file.len, &w->product, err);
	if (!rc)
		rc = hm_carrier_of(w->product.carrier, &w->carrier);
	if (!rc) {
		w->driver = hm_label_driver_of(w->product.template_name);
		rc = w->driver ? 0 : -HM_EBAD_TEMPLATE;
	}
	if (!rc)
		rc = hm_unit_inputs(&w->product, &(struct hm_made){ u->serial, u->lot, u->created },
				    &w->inputs, &epc, err);
	/* both were checked when they came in: now it can only be corruption */
	if (rc)
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "unit %s: its product file: %s", u->serial,
				  hm_error_why(rc));
	hm_label_address(&w->inputs, u->mac);
	return 0;
}

void hm_work_end(struct hm_work *w)
{
	hm_marker_close(w->printer);
	hm_marker_close(w->eeprom);
	hm_buf_free(&w->tpl);
	hm_buf_free(&w->payload);
	hm_buf_free(&w->cert);
	hm_buf_free(&w->image);
}

bool hm_work_fatal(int rc)
{
	return rc == -ENOMEM || rc == -ECANCELED || hm_error_exit(rc) == HM_EXIT_STORE;
}

static int commit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_work *w = arg;
	struct hm_transition *t = &w->t;
	_cleanup_buf_ struct hm_buf leaf = HM_BUF_INIT(HM_LEAF_MAX);
	uint8_t sha256[32];
	int rc = 0;

	for (size_t i = 0; !rc && i < t->n_blobs; i++)
		rc = hm_tx_blob_put(tx, t->blobs[i].bytes, t->blobs[i].len, sha256, err);
	for (size_t i = 0; !rc && i < t->n_claims; i++)
		rc = hm_tx_claim(tx, t->claims[i].kind, t->claims[i].value, t->claims[i].len,
				 w->u->serial, NULL, err);
	for (size_t i = 0; !rc && i < t->n_told; i++)
		rc = hm_tx_job_put(tx, &t->told[i], err);
	for (size_t i = 0; !rc && i < t->n_announce; i++)
		rc = hm_tx_job_put(tx, &t->announce[i], err);
	if (!rc)
		rc = hm_leaf_of(w, &leaf, err);
	if (!rc)
		rc = hm_tx_leaf_append(tx, leaf.data, leaf.len, &w->u->leaf, err);
	return rc ? rc : hm_tx_unit_put(tx, w->u, err);
}

int hm_work_commit(struct hm_work *w, struct hm_err *err)
{
	int64_t since = hm_work_clock(w);
	int rc;

	assert(w->t.step);
	w->u->updated = w->e->env->now(w->e->env->ctx);
	rc = hm_store_run(w->e->env->store, commit, w, err);
	if (rc)
		return rc;
	/* the last commit of a unit cannot tell its own time: it counts those before it */
	hm_work_spent(w, HM_STEP_COMMIT, since);
	w->waited = w->u->wait;
	w->waited_in = w->u->state;
	w->t = (struct hm_transition){ .step = NULL };
	if (w->e->stepped)
		w->e->stepped(w->e->stepped_ctx, w->u);
	return 0;
}

int hm_work_wait(struct hm_work *w, int code, struct hm_err *err, const char *fmt, ...)
{
	struct hm_unit *u = w->u;
	va_list ap;
	int rc;

	assert(code > 0);
	va_start(ap, fmt);
	(void)vsnprintf(u->wait_text, sizeof(u->wait_text), fmt, ap);
	va_end(ap);
	u->wait = code;
	/* the same wait again is no news, unless there is something else to tell */
	if (w->waited == code && w->waited_in == u->state && !w->t.n_told && !w->t.n_claims)
		return HM_STEP_WAITS;
	if (!w->t.step)
		w->t.step = "wait";
	w->t.why = u->wait_text;
	rc = hm_work_commit(w, err);
	return rc ? rc : HM_STEP_WAITS;
}

int hm_work_quarantine(struct hm_work *w, int code, struct hm_err *err, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	(void)vsnprintf(w->u->wait_text, sizeof(w->u->wait_text), fmt, ap);
	va_end(ap);
	w->u->wait = code;
	w->u->state = HM_UNIT_QUARANTINED;
	w->t.step = "quarantine";
	w->t.why = w->u->wait_text;
	rc = hm_work_commit(w, err);
	return rc ? rc : HM_STEP_WAITS;
}

int64_t hm_work_clock(struct hm_work *w)
{
	return w->e->env->mono_ms(w->e->env->ctx);
}

void hm_work_spent(struct hm_work *w, enum hm_step step, int64_t since)
{
	w->u->ms[step] += (uint32_t)(hm_work_clock(w) - since);
}

bool hm_unit_final(const struct hm_unit *u)
{
	return u->state == HM_UNIT_ACTIVE || u->state == HM_UNIT_VOID ||
	       u->state == HM_UNIT_QUARANTINED || u->state == HM_UNIT_RETIRED;
}

bool hm_wait_is_device(int wait)
{
	switch (wait) {
	case HM_ENO_BOARD:
	case HM_EBOARD_SWAPPED:
	case HM_EEEPROM_ABSENT:
	case HM_ENO_DEVICE:
	case HM_EPAPER_OUT:
	case HM_EPRINTER_FAULT:
	case HM_ESILENT:
	case HM_EBUSY:
	case HM_EDUPLICATE:
	case HM_EUNTRUSTED:
	case HM_ENO_TPM:
	case HM_ETPM_FAILED:
		return true;
	}
	return false;
}

/* A label just announced is sent first, and what is known of one is told. */
static bool may_stop(const struct hm_work *w)
{
	return !w->t.n_told && !(w->u->state == HM_UNIT_MARKING && w->fresh);
}

int hm_unit_advance(struct hm_engine *e, const struct hm_slot *slot, struct hm_unit *u,
		    struct hm_err *err)
{
	struct hm_work w;
	int rc = hm_work_begin(&w, e, slot, u, err);

	u->wait = 0;
	u->wait_text[0] = '\0';
	snprintf(u->slot, sizeof(u->slot), "%s", slot->name);
	while (!rc && !hm_unit_final(u)) {
		if (may_stop(&w) && e->env->stopping && e->env->stopping(e->env->ctx)) {
			rc = -ECANCELED;
			break;
		}
		switch (u->state) {
		case HM_UNIT_RESERVED:
			rc = hm_step_bind(&w, err);
			break;
		case HM_UNIT_BOUND:
			rc = hm_step_label(&w, err);
			break;
		case HM_UNIT_MARKING:
			rc = hm_step_mark(&w, err);
			break;
		case HM_UNIT_MARKED:
			rc = hm_step_sign(&w, err);
			break;
		case HM_UNIT_WRITING:
			rc = hm_step_write(&w, err);
			break;
		default:
			rc = hm_err_set(err, -HM_EBAD_STATE, "unit %s is %s", u->serial,
					hm_unit_state_name(u->state));
		}
	}
	hm_work_end(&w);
	return rc == HM_STEP_WAITS ? 0 : rc;
}
