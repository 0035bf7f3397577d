// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * reserved -> bound: the board's anchors are read, its TPM proves its keys, its
 * certificate is issued and kept before it goes anywhere. Durable together with
 * the marking intent (wait 2), or alone where the printer is not ready.
 */
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

struct holder {
	const struct hm_claim *claim;
	char serial[21];
};

static int find(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct holder *h = arg;

	return hm_tx_holder(tx, h->claim->kind, h->claim->value, h->claim->len, h->serial, err);
}

int hm_unit_holder(struct hm_work *w, const char *kind, const void *value, size_t len,
		   struct hm_err *err)
{
	const struct hm_claim claim = { kind, value, len };
	struct holder h = { .claim = &claim };
	int rc = hm_store_read(w->e->env->store, find, &h, NULL);

	if (rc == -HM_ENOT_FOUND)
		return 0;
	if (rc)
		return hm_err_set(err, rc, "who holds this %s: %s", kind, hm_error_why(rc));
	if (!strcmp(h.serial, w->u->serial))
		return 0;
	return hm_err_set(err, -HM_EDUPLICATE, "its %s belongs to unit %s", kind, h.serial);
}

static void claim(struct hm_work *w, const char *kind, const void *value, size_t len)
{
	w->t.claims[w->t.n_claims++] = (struct hm_claim){ kind, value, len };
}

/* The unit's TPM proves itself; certificate into w->cert. */
static int prove(struct hm_work *w, struct hm_err *err)
{
	struct hm_env *env = w->e->env;
	struct hm_dut_identity id;
	struct hm_idevid_params p = { .serial = w->u->serial,
				      .part_number = w->product.part_number,
				      .now = env->now(env->ctx) };
	struct hm_unit *u = w->u;
	struct hm_dut *dut;
	int rc = env->dut_open(env->ctx, w->slot->dut_tpm, &dut, err);

	if (rc == -HM_ENO_TPM)
		return hm_err_set(err, -HM_ENO_BOARD, "no board is in %s", w->slot->name);
	if (rc)
		return rc;
	rc = hm_dut_prove(dut, w->e->ek_roots, &id, err);
	hm_dut_close(dut);
	if (rc)
		return rc;
	rc = hm_unit_holder(w, "ek", id.ek_sha256, 32, err);
	if (!rc)
		rc = hm_unit_holder(w, "key", id.spki_sha256, 32, err);
	if (!rc)
		rc = env->random(env->ctx, p.serial_number, sizeof(p.serial_number));
	hm_buf_reset(&w->cert);
	if (!rc)
		rc = hm_keys_issue_idevid(env->keys, &id, &p, &w->cert, err);
	if (rc)
		return rc;
	memcpy(u->ek_sha256, id.ek_sha256, 32);
	memcpy(u->key_sha256, id.spki_sha256, 32);
	memcpy(u->spki, id.spki, id.spki_len);
	u->spki_len = (uint32_t)id.spki_len;
	memcpy(u->cert_serial, p.serial_number, sizeof(u->cert_serial));
	SHA256(w->cert.data, w->cert.len, u->cert_sha256);
	claim(w, "ek", u->ek_sha256, 32);
	claim(w, "key", u->key_sha256, 32);
	w->t.blobs[w->t.n_blobs++] = (struct hm_blob_in){ w->cert.data, w->cert.len };
	return 0;
}

/* Is this board free for the unit? Looks before anything is bound. */
static int probe(struct hm_work *w, struct hm_err *err)
{
	struct hm_board b;
	int rc = hm_board_read(w, true, &b, err);

	if (!rc && b.has_ek)
		rc = hm_unit_holder(w, "ek", b.ek, 32, err);
	if (!rc && (b.view.a != HM_SLOT_BLANK || b.view.b != HM_SLOT_BLANK))
		rc = hm_err_set(err, -HM_EFOREIGN, "the EEPROM in %s is not blank", w->slot->name);
	return rc;
}

int hm_step_bind(struct hm_work *w, struct hm_err *err)
{
	int64_t since = hm_work_clock(w);
	int rc = w->e->env->keys ? probe(w, &w->why) :
		hm_err_set(&w->why, -HM_ENO_TPM, "the station's TPM does not answer");

	hm_work_spent(w, HM_STEP_PROBE, since);
	since = hm_work_clock(w);
	if (!rc && w->product.binding == HM_BINDING_TPM)
		rc = prove(w, &w->why);
	hm_work_spent(w, HM_STEP_BIND, since);
	if (rc && hm_work_fatal(rc))
		return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
	if (rc == -HM_EFOREIGN)
		return hm_work_quarantine(w, HM_EFOREIGN, err, "%s", hm_err_text(&w->why, rc));
	if (rc)
		return hm_work_wait(w, -rc, err, "%s", hm_err_text(&w->why, rc));
	w->u->state = HM_UNIT_BOUND;
	w->t.step = "bind";
	return hm_step_label(w, err);
}
