// SPDX-License-Identifier: LGPL-2.1-or-later
/* Durable wait 1: the serial is drawn, and is gone whatever happens next. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "unit/work.h"

struct product_arg {
	const uint8_t *sha256;
	struct hm_buf *file;
};

static int get_file(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct product_arg *a = arg;

	return hm_tx_blob_get(tx, a->sha256, a->file, err);
}

int hm_unit_product(struct hm_store *s, const uint8_t sha256[32], struct hm_product *ret,
		    struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct product_arg a = { sha256, &file };
	int rc = hm_store_read(s, get_file, &a, err);

	return rc ? rc : hm_product_parse(file.data, file.len, ret, err);
}

struct draw {
	struct hm_engine *e;
	const char *key;
	const struct hm_slot *slot;
	struct hm_work *w;
	struct hm_unit *u;
	int64_t began;
};

static int count_one(void *ctx, const struct hm_unit *u)
{
	(void)u;
	(*(uint32_t *)ctx)++;
	return 0;
}

static int find_product(struct hm_tx *tx, struct draw *d, const struct hm_batch *b,
			struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	uint8_t current[32];
	int rc;

	/* the batch keeps the product as it was when it was asked for */
	rc = hm_tx_blob_get(tx, b->product_sha256, &file, err);
	if (!rc)
		rc = hm_product_parse(file.data, file.len, &d->w->product, err);
	if (!rc)
		rc = hm_tx_product_get(tx, b->product, current, d->u->template_sha256, err);
	memcpy(d->u->product_sha256, b->product_sha256, 32);
	return rc;
}

static int draw_serial(struct hm_tx *tx, struct draw *d, const char *lot, struct hm_err *err)
{
	const struct hm_draw draw = { &d->w->product, lot, d->u->created, d->e->keyring };

	return hm_draw_serial(tx, &draw, d->u->serial, err);
}

static int reserve(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct draw *d = arg;
	struct hm_unit *u = d->u;
	struct hm_unit_filter f = { .key = d->key };
	_cleanup_buf_ struct hm_buf leaf = HM_BUF_INIT(HM_LEAF_MAX);
	struct hm_batch b;
	uint32_t drawn = 0;
	int rc;

	*u = (struct hm_unit){ .state = HM_UNIT_RESERVED, .generation = 1 };
	/* one look at the clock: serial and label are of the same day */
	u->created = u->updated = d->e->env->now(d->e->env->ctx);
	rc = hm_tx_batch_get(tx, d->key, &b, err);
	if (!rc)
		rc = hm_tx_units(tx, &f, count_one, &drawn, err);
	if (rc)
		return rc;
	if (drawn >= b.count)
		return -HM_ENOT_FOUND;
	rc = find_product(tx, d, &b, err);
	if (!rc)
		rc = draw_serial(tx, d, b.lot, err);
	if (!rc)
		rc = hm_draw_macs(tx, &d->w->product, u->mac, err);
	u->macs = u->mac[0] ? d->w->product.mac_count : 0;
	if (!rc)
		rc = hm_unit_inputs(&d->w->product, &(struct hm_made){ u->serial, b.lot, u->created },
				    &d->w->inputs, &u->epc, err);
	if (rc)
		return rc;
	hm_label_address(&d->w->inputs, u->mac);
	snprintf(u->product, sizeof(u->product), "%s", b.product);
	snprintf(u->key, sizeof(u->key), "%s", d->key);
	snprintf(u->lot, sizeof(u->lot), "%s", b.lot);
	snprintf(u->order, sizeof(u->order), "%s", b.order);
	snprintf(u->slot, sizeof(u->slot), "%s", d->slot->name);
	u->index = drawn;
	u->binding = (int)d->w->product.binding;
	u->ms[HM_STEP_RESERVE] = (uint32_t)(d->e->env->mono_ms(d->e->env->ctx) - d->began);
	rc = hm_leaf_of(d->w, &leaf, err);
	if (!rc)
		rc = hm_tx_leaf_append(tx, leaf.data, leaf.len, &u->leaf, err);
	if (!rc)
		rc = hm_tx_unit_put(tx, u, err);
	if (!rc && u->epc.len)
		rc = hm_tx_claim(tx, "epc", u->epc.bytes, u->epc.len, u->serial, NULL, err);
	return rc ? rc : hm_claim_macs(tx, u, err);
}

int hm_unit_reserve(struct hm_engine *e, const char *key, const struct hm_slot *slot,
		    struct hm_unit *ret, struct hm_err *err)
{
	struct hm_unit u;
	struct hm_work w = { .e = e, .slot = slot, .u = &u, .t = { .step = "reserve" } };
	struct draw d = { e, key, slot, &w, &u, e->env->mono_ms(e->env->ctx) };
	int rc = hm_store_run(e->env->store, reserve, &d, err);

	if (rc)
		return rc;
	if (e->stepped)
		e->stepped(e->stepped_ctx, &u);
	*ret = u;
	return 0;
}

struct retry {
	const char *serial;
};

static int forget_attempts(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct retry *r = arg;
	struct hm_unit u;
	int rc = hm_tx_unit_get(tx, r->serial, &u, err);

	if (rc)
		return rc;
	u.attempts = 0;
	return hm_tx_unit_put(tx, &u, err);
}

int hm_unit_retry(struct hm_engine *e, const char *serial, struct hm_err *err)
{
	struct retry r = { serial };

	return hm_store_run(e->env->store, forget_attempts, &r, err);
}
