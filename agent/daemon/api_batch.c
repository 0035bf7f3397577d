// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asking for units: the idempotency key names the request (P4). */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "agent/daemon/api.h"
#include "agent/daemon/view.h"
#include "product/product.h"

struct ask {
	struct hm_batch in;	/* as asked */
	struct hm_batch out;	/* as stored */
	bool new;
	struct hm_err err;
};

/* What must be equal for the same key: {product, count, lot, order}. */
static int hash_request(struct hm_batch *b)
{
	_cleanup_buf_ struct hm_buf t = HM_BUF_INIT(1024);
	int rc = hm_buf_printf(&t, "%s\n%u\n%s\n%s\n", b->product, b->count, b->lot, b->order);

	if (!rc && !EVP_Digest(t.data, t.len, b->request_sha256, NULL, EVP_sha256(), NULL))
		rc = -ENOMEM;
	return rc;
}

static int make_key(struct hm_daemon *d, char out[65])
{
	uint8_t bytes[16];
	int rc = d->env.random(d->env.ctx, bytes, sizeof(bytes));

	if (!rc)
		hm_hex(bytes, sizeof(bytes), out);
	return rc;
}

static int read_request(struct hm_call *c, struct hm_batch *b)
{
	const struct hm_json_want wants[] = {
		{ "product", HM_JSON_TEXT, b->product, sizeof(b->product), true },
		{ "count", HM_JSON_UINT, &b->count, HM_COUNT_MAX, false },
		{ "lot", HM_JSON_TEXT, b->lot, sizeof(b->lot), false },
		{ "order", HM_JSON_TEXT, b->order, sizeof(b->order), false },
		{ "slot", HM_JSON_TEXT, b->slot, sizeof(b->slot), false },
		{ "key", HM_JSON_TEXT, b->key, sizeof(b->key), false },
		{ "who", HM_JSON_TEXT, b->who, sizeof(b->who), false },
	};
	int rc;

	b->count = 1;
	rc = hm_json_read(c->body, wants, sizeof(wants) / sizeof(wants[0]), &c->err);
	if (rc)
		return rc;
	if (b->order[0])
		return hm_err_set(&c->err, -HM_EUNSUPPORTED,
				  "signed work orders do not exist yet: --order is refused");
	rc = b->lot[0] ? hm_lot_check(b->lot, &c->err) : 0;
	if (rc)
		return rc;
	if (b->key[0] && !hm_name_ok(b->key, sizeof(b->key) - 1))
		return hm_err_set(&c->err, -HM_EBAD_REQUEST, "key is made of letters, digits and . _ -");
	if (!b->who[0])
		snprintf(b->who, sizeof(b->who), "%s", c->rq->peer);
	if (!b->key[0])
		rc = make_key(c->d, b->key);
	return rc ?: hash_request(b);
}

struct product_ask {
	const char *name;
	uint8_t file[32], tpl[32];
	struct hm_buf *bytes;
};

static int product_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct product_ask *a = arg;
	int rc = hm_tx_product_get(tx, a->name, a->file, a->tpl, err);

	return rc ?: hm_tx_blob_get(tx, a->file, a->bytes, err);
}

static int find_product(struct hm_call *c, struct hm_batch *b, struct hm_product *ret)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct product_ask a = { .name = b->product, .bytes = &file };
	int rc = hm_store_read(c->d->env.store, product_fn, &a, NULL);

	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(&c->err, rc, "no product %s", b->product);
	hm_daemon_fatal(c->d, rc, NULL);
	if (rc)
		return rc;
	memcpy(b->product_sha256, a.file, sizeof(a.file));
	return hm_product_parse(file.data, file.len, ret, &c->err);
}

/* Is there a slot where the product could be made at all? */
static int check_slots(struct hm_call *c, const struct hm_batch *b, const struct hm_product *p)
{
	struct hm_daemon *d = c->d;
	bool any = false;

	if (b->slot[0] && !hm_daemon_slot(d, b->slot))
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no slot %s", b->slot);
	if (!d->n_slots)
		return hm_err_set(&c->err, -HM_ENO_DEVICE, "no slot is configured");
	for (size_t i = 0; i < d->n_slots && !any; i++) {
		if (b->slot[0] && strcmp(b->slot, d->slots[i].cfg.name))
			continue;
		any = p->binding != HM_BINDING_TPM || d->slots[i].cfg.dut_tpm[0];
	}
	if (!any)
		return hm_err_set(&c->err, -HM_ENO_DEVICE,
				  "product %s binds to the unit's TPM, and %s%s has no dut_tpm",
				  p->name, b->slot[0] ? "slot " : "no slot", b->slot);
	return 0;
}

/* What a new batch needs, and an old one no longer does. */
static int check_new(struct hm_call *c, struct hm_batch *b)
{
	struct hm_daemon *d = c->d;
	struct hm_product p;
	int rc = find_product(c, b, &p);

	rc = rc ?: check_slots(c, b, &p);
	if (rc)
		return rc;
	if (d->tpm_error)
		return hm_err_set(&c->err, d->tpm_error, "the station's TPM: %s",
				  hm_err_text(&d->tpm_why, d->tpm_error));
	if (hm_daemon_gate_faulty(d))
		return hm_err_set(&c->err, -HM_EGATE_FAULT, "%s", hm_error_why(HM_EGATE_FAULT));
	return hm_unit_drawable(&d->engine, &p, b->lot, &c->err);
}

static int put_batch(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct ask *a = arg;

	return hm_tx_batch_put(tx, &a->in, &a->out, &a->new, err);
}

/*
 * Asked again with the same key: whatever waits for no device and for nobody's word
 * is tried once more (a void tag, a board that did not take the bytes).
 */
static void try_again(struct hm_daemon *d, const char *key)
{
	struct hm_unit_filter f = { .key = key, .unfinished = true };
	struct hm_unit *units = NULL;
	size_t n = 0;

	if (hm_read_units(d, &f, HM_COUNT_MAX, &units, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++) {
		struct hm_slot_run *s = hm_daemon_slot(d, units[i].slot);
		int rc;

		if (!units[i].wait || !s || hm_wait_is_device(units[i].wait) ||
		    units[i].wait == HM_EIN_DOUBT || hm_slot_enter(d, s, NULL))
			continue;
		rc = hm_unit_retry(&d->engine, units[i].serial, NULL);
		hm_slot_leave(d, s);
		hm_daemon_fatal(d, rc, NULL);
		if (!rc)
			hm_daemon_poke(d, units[i].serial);
	}
	free(units);
}

int hm_api_batch_post(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	struct ask a = { .in = { .key = "" } };
	int rc = read_request(c, &a.in);

	if (rc)
		return rc;
	rc = hm_read_batch(d, a.in.key, &a.out, &c->err);
	if (rc == -HM_ENOT_FOUND)
		rc = check_new(c, &a.in);
	if (rc)
		return rc;
	a.in.created = d->env.now(d->env.ctx);
	rc = hm_store_run(d->env.store, put_batch, &a, &c->err);
	hm_daemon_fatal(d, rc, &c->err);
	if (rc == -HM_EKEY_MISMATCH)
		return hm_err_set(&c->err, rc, "key %s belongs to another request", a.in.key);
	if (rc)
		return rc;
	if (!a.new)
		try_again(d, a.out.key);
	hm_daemon_wake_slots(d);
	hm_daemon_changed(d);
	return hm_view_batch(d, &a.out, true, ret, &c->err);
}

int hm_api_batch_get(struct hm_call *c, json_t **ret)
{
	const char *brief = c->rq->query ? c->rq->query(c->rq->query_ctx, "brief") : NULL;
	struct hm_batch b;
	int rc = hm_read_batch(c->d, c->arg, &b, &c->err);

	rc = rc ?: hm_call_poll(c);
	return rc ?: hm_view_batch(c->d, &b, brief && !strcmp(brief, "1"), ret, &c->err);
}
