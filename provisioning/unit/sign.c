// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * marked -> writing: the record is signed over serial, product, anchors, key and
 * generation, and kept with the intent, so that a retry writes the same bytes
 * (ECDSA would sign differently). Durable wait 3.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

static int anchors_of(const struct hm_unit *u, uint8_t ret[32])
{
	struct hm_anchor a[2];
	uint8_t tid[16];
	size_t n = 0, tid_len;

	if (!hm_is_zero(u->ek_sha256, 32))
		a[n++] = (struct hm_anchor){ "ek", u->ek_sha256, 32 };
	if (u->tid[0]) {
		int rc = hm_unhex_any(u->tid, tid, sizeof(tid), &tid_len);

		if (rc)
			return rc;
		a[n++] = (struct hm_anchor){ "tid", tid, tid_len };
	}
	memset(ret, 0, 32);
	return n ? hm_anchors_digest(a, n, ret) : 0;
}

static int sign_record(struct hm_work *w, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(4096);
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(HM_RECORD_MAX);
	struct hm_env *env = w->e->env;
	struct hm_unit *u = w->u;
	struct hm_record rec = { .generation = u->generation, .issued_at = env->now(env->ctx) };
	uint8_t sig[64];
	int rc;

	if (!env->keys)
		return hm_err_set(err, -HM_ENO_TPM, "the station's TPM does not answer");
	snprintf(rec.issuer, sizeof(rec.issuer), "%s", w->e->issuer);
	snprintf(rec.serial, sizeof(rec.serial), "%s", u->serial);
	snprintf(rec.product, sizeof(rec.product), "%s", u->product);
	hm_keys_kid(env->keys, rec.kid);
	rc = anchors_of(u, rec.anchors);
	if (!rc && u->spki_len)
		rc = hm_cose_thumbprint(u->spki, u->spki_len, rec.ckt);
	if (!rc)
		rc = hm_record_tbs(&rec, &tbs);
	if (!rc)
		rc = hm_keys_sign(env->keys, tbs.data, tbs.len, sig, err);
	if (!rc)
		rc = hm_record_seal(&rec, sig, &cwt);
	if (rc)
		return rc;
	assert(cwt.len <= sizeof(u->record));
	memcpy(u->record, cwt.data, cwt.len);
	u->record_len = (uint32_t)cwt.len;
	return 0;
}

static int build_image(struct hm_work *w, struct hm_err *err)
{
	struct hm_unit *u = w->u;
	struct hm_image image = { .cwt_len = u->record_len, .made = u->created };
	struct hm_err why = { "" };
	int rc;

	snprintf(image.product, sizeof(image.product), "%s", w->product.name);
	snprintf(image.part_number, sizeof(image.part_number), "%s", w->product.part_number);
	snprintf(image.serial, sizeof(image.serial), "%s", u->serial);
	snprintf(image.manufacturer, sizeof(image.manufacturer), "%.64s", w->product.manufacturer);
	memcpy(image.cwt, u->record, u->record_len);
	/* TlvInfo has a place for addresses of 48 bits */
	if (strlen(u->mac) == 12 && !hm_unhex(u->mac, image.mac, sizeof(image.mac))) {
		image.has_mac = true;
		image.macs = (uint16_t)u->macs;
	}
	hm_buf_reset(&w->image);
	rc = hm_image_build(w->carrier, &image, &w->image, &why);
	if (rc)
		return hm_err_set(err, rc, "the EEPROM image cannot be formed: %s", hm_err_text(&why, rc));
	SHA256(w->image.data, w->image.len, u->image_sha256);
	w->t.blobs[w->t.n_blobs++] = (struct hm_blob_in){ w->image.data, w->image.len };
	return 0;
}

int hm_step_sign(struct hm_work *w, struct hm_err *err)
{
	int64_t since = hm_work_clock(w);
	int rc = hm_board_same(w, false, &w->why);

	hm_work_spent(w, HM_STEP_PROBE, since);
	since = hm_work_clock(w);
	if (!rc && !w->u->record_len)
		rc = sign_record(w, &w->why);
	if (!rc)
		rc = build_image(w, &w->why);
	hm_work_spent(w, HM_STEP_SIGN, since);
	if (!rc)
		rc = hm_write_announce(w, 1, &w->why);
	if (rc && hm_work_fatal(rc))
		return hm_err_set(err, rc, "%s", hm_err_text(&w->why, rc));
	if (rc == -HM_EFOREIGN)
		return hm_work_quarantine(w, HM_EFOREIGN, err, "%s", w->why.text);
	if (rc)
		return hm_work_wait(w, -rc, err, "%s", hm_err_text(&w->why, rc));
	w->u->state = HM_UNIT_WRITING;
	w->t.step = "write";
	w->t.tell_record = true;
	return hm_work_commit(w, err);
}
