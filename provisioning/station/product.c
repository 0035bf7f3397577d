// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A product comes in: every rule that could fail on the line is tried here, with the
 * first serial and the last, so that no unit meets a product that cannot be made.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "ledger/leaf.h"
#include "serial/serial.h"
#include "station/pool.h"
#include "station/serial_key.h"
#include "station/station.h"
#include "unit/product.h"
#include "unit/work.h"

struct trial {
	const struct hm_product *p;
	const struct hm_label_driver *driver;
	const void *tpl;
	size_t tpl_len;
	int64_t now;
};

static int render(void *ctx, const struct hm_label_inputs *in, struct hm_err *err)
{
	const struct trial *t = ctx;
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(256u << 10);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	size_t n = hm_label_fields(in, f);

	return t->driver->render(t->tpl, t->tpl_len, f, n, &out, err) ? -HM_EBAD_TEMPLATE : 0;
}

static struct hm_product_trial trial_of(const struct trial *t)
{
	return (struct hm_product_trial){ .p = t->p, .now = t->now, .label = render, .ctx = (void *)t };
}

/* Every entry makes an EPC and a link; the first and the last make a label. */
static int try_pools(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	const struct trial *t = arg;
	struct hm_product_trial whole = trial_of(t);
	struct hm_err why = { "" };
	struct hm_pool pool;
	char serial[21];
	uint64_t bad;
	int rc = hm_pools_fit(tx, t->p, NULL, &bad, &why);

	if (rc == -HM_ENOT_FOUND || rc == -HM_EBAD_PRODUCT)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "%s", hm_err_text(&why, rc));
	if (rc)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "entry %llu of its pool: %s", (unsigned long long)bad + 1,
				  hm_err_text(&why, rc));
	if (!t->p->pool[0])
		return 0;
	rc = hm_tx_pool_get(tx, t->p->pool, &pool, err);
	for (int last = 0; !rc && last < 2; last++) {
		rc = hm_tx_pool_entry_get(tx, pool.name, last ? pool.entries - 1 : 0, serial, err);
		rc = rc ? rc : hm_product_try(&whole, serial, "", t->now, err);
	}
	return rc;
}

static int check(struct hm_station *st, const struct trial *t, struct hm_err *err)
{
	struct hm_product_trial whole = trial_of(t);
	int rc = hm_product_judge(&whole, err);

	if (!rc && t->driver->check(t->tpl, t->tpl_len, hm_unit_epc_digits(t->p), err))
		rc = -HM_EBAD_TEMPLATE;
	if (!rc && (t->p->pool[0] || t->p->mac_pool[0]))
		rc = hm_store_read(st->env->store, try_pools, (void *)t, err);
	return rc;
}

struct add {
	struct hm_station *st;
	const char *name;
	const void *file, *tpl;
	size_t file_len, tpl_len;
	const struct hm_serial_key *key;	/* NULL: its serials need none */
	bool is_new;
};

static int put(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct add *a = arg;
	struct hm_leaf leaf = { .type = HM_LEAF_PRODUCT, .version = HM_LEAF_VERSION,
				.time = a->st->env->now(a->st->env->ctx) };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	uint8_t old_file[32], old_tpl[32];
	uint64_t index;
	int rc = hm_tx_blob_put(tx, a->file, a->file_len, leaf.product_sha256, err);

	if (!rc)
		rc = hm_tx_blob_put(tx, a->tpl, a->tpl_len, leaf.template_sha256, err);
	if (rc)
		return rc;
	rc = hm_tx_product_get(tx, a->name, old_file, old_tpl, NULL);
	if (!rc) {
		if (!memcmp(old_file, leaf.product_sha256, 32) &&
		    !memcmp(old_tpl, leaf.template_sha256, 32))
			return 0;
		return hm_err_set(err, -HM_EEXISTS,
				  "product %s exists and differs: a change takes a new name", a->name);
	}
	if (rc != -HM_ENOT_FOUND)
		return rc;
	snprintf(leaf.product, sizeof(leaf.product), "%s", a->name);
	snprintf(leaf.who, sizeof(leaf.who), "product add");
	if (a->key)
		memcpy(leaf.serial_key, a->key->digest, sizeof(leaf.serial_key));
	rc = hm_leaf_encode(&leaf, &b);
	if (!rc)
		rc = hm_tx_product_put(tx, a->name, leaf.product_sha256, leaf.template_sha256, err);
	if (!rc && a->key)
		rc = hm_tx_serial_key_put(tx, a->name, a->key->sealed.data, a->key->sealed.len,
					  a->key->digest, err);
	a->is_new = true;
	return rc ? rc : hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

static int is_known(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t file[32], tpl[32];

	return hm_tx_product_get(tx, arg, file, tpl, err);
}

/* A key for a product that is not there yet; for one that is, there is nothing to make. */
static int make_key(struct hm_station *st, struct hm_product *p, struct hm_serial_key *k, bool *ret_made,
		    struct hm_err *err)
{
	struct hm_scheme s;
	int rc = p->pattern[0] ? hm_scheme_parse(&s, p->pattern, err) : 0;

	*ret_made = false;
	if (rc || !p->pattern[0] || !s.unguessable)
		return rc;
	rc = hm_store_read(st->env->store, is_known, p->name, NULL);
	if (rc != -HM_ENOT_FOUND)
		return rc;
	rc = hm_serial_key_make(st, p->name, k, err);
	*ret_made = !rc;
	return rc;
}

int hm_station_product_add(struct hm_station *st, const void *file, size_t file_len,
			   const void *tpl, size_t tpl_len, char ret_name[33], struct hm_err *err)
{
	struct hm_product p;
	struct hm_serial_key key;
	struct add a = { .st = st, .file = file, .tpl = tpl, .file_len = file_len,
			 .tpl_len = tpl_len };
	bool made = false;
	int rc = hm_product_parse(file, file_len, &p, err);

	if (!rc)
		rc = check(st, &(struct trial){ &p, hm_label_driver_of(p.template_name), tpl, tpl_len,
						   st->env->now(st->env->ctx) }, err);
	if (!rc)
		rc = make_key(st, &p, &key, &made, err);
	a.name = p.name;
	a.key = made ? &key : NULL;
	if (!rc)
		rc = hm_store_run(st->env->store, put, &a, err);
	if (!rc && made && a.is_new)
		rc = hm_keyring_put(&st->keyring, p.name, key.key);
	if (!rc)
		snprintf(ret_name, 33, "%s", p.name);
	if (made)
		hm_serial_key_drop(&key);
	return rc;
}
