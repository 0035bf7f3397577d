// SPDX-License-Identifier: LGPL-2.1-or-later
/* Units, the things that only one of them may hold, counters, batches. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/internal.h"

static const char *const state_names[] = {
	[HM_UNIT_RESERVED] = "reserved",
	[HM_UNIT_BOUND] = "bound",
	[HM_UNIT_MARKING] = "marking",
	[HM_UNIT_MARKED] = "marked",
	[HM_UNIT_WRITING] = "writing",
	[HM_UNIT_ACTIVE] = "active",
	[HM_UNIT_VOID] = "void",
	[HM_UNIT_QUARANTINED] = "quarantined",
	[HM_UNIT_RMA] = "rma",
	[HM_UNIT_RETIRED] = "retired",
};
#define STATES ((int)(sizeof(state_names) / sizeof(state_names[0])))

const char *hm_unit_state_name(enum hm_unit_state s)
{
	return (int)s > 0 && (int)s < STATES ? state_names[s] : "unknown";
}

int hm_unit_state_number(const char *name)
{
	for (int i = 1; i < STATES; i++)
		if (!strcmp(state_names[i], name))
			return i;
	return 0;
}

/* The order is that of HM_SQL_UNIT_COLUMNS, here and below. */
static void bind_unit(struct hm_q *q, const struct hm_unit *u)
{
	uint8_t ms[4 * HM_STEPS];

	for (int i = 0; i < HM_STEPS; i++)
		for (int k = 0; k < 4; k++)
			ms[4 * i + k] = (uint8_t)(u->ms[i] >> (8 * k));
	hm_q_text(q, u->serial, sizeof(u->serial));
	hm_q_text(q, u->product, sizeof(u->product));
	hm_q_blob_or_null(q, u->product_sha256, 32);
	hm_q_blob_or_null(q, u->template_sha256, 32);
	hm_q_text_or_null(q, u->key, sizeof(u->key));
	hm_q_int(q, u->index);
	hm_q_text(q, u->lot, sizeof(u->lot));
	hm_q_text(q, u->order, sizeof(u->order));
	hm_q_text(q, u->slot, sizeof(u->slot));
	hm_q_int(q, u->state);
	hm_q_int(q, u->wait);
	hm_q_text(q, u->wait_text, sizeof(u->wait_text));
	hm_q_int(q, u->generation);
	hm_q_int(q, u->binding);
	hm_q_blob_or_null(q, u->epc.bytes, u->epc.len);
	hm_q_text(q, u->tid, sizeof(u->tid));
	hm_q_blob_or_null(q, u->ek_sha256, 32);
	hm_q_blob_or_null(q, u->key_sha256, 32);
	hm_q_blob(q, u->spki, u->spki_len);
	hm_q_blob_or_null(q, u->cert_sha256, 32);
	hm_q_blob_or_null(q, u->cert_serial, sizeof(u->cert_serial));
	hm_q_blob(q, u->record, u->record_len);
	hm_q_blob_or_null(q, u->image_sha256, 32);
	hm_q_uint(q, u->leaf);
	hm_q_int(q, u->attempts);
	hm_q_int(q, u->created);
	hm_q_int(q, u->updated);
	hm_q_blob(q, ms, sizeof(ms));
	hm_q_text_or_null(q, u->mac, sizeof(u->mac));
	hm_q_int(q, u->macs);
	/* @ms is on this stack: run while it is there */
	(void)hm_q_step(q);
}

static void read_unit(struct hm_q *q, struct hm_unit *u)
{
	uint8_t ms[4 * HM_STEPS] = { 0 };

	hm_c_text(q, u->serial, sizeof(u->serial));
	hm_c_text(q, u->product, sizeof(u->product));
	hm_c_fixed(q, u->product_sha256, 32);
	hm_c_fixed(q, u->template_sha256, 32);
	hm_c_text(q, u->key, sizeof(u->key));
	u->index = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	hm_c_text(q, u->lot, sizeof(u->lot));
	hm_c_text(q, u->order, sizeof(u->order));
	hm_c_text(q, u->slot, sizeof(u->slot));
	u->state = (enum hm_unit_state)hm_c_int(q, 1, STATES - 1);
	u->wait = (int)hm_c_int(q, INT32_MIN, INT32_MAX);
	hm_c_text(q, u->wait_text, sizeof(u->wait_text));
	u->generation = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	u->binding = (int)hm_c_int(q, INT32_MIN, INT32_MAX);
	hm_c_epc(q, &u->epc);
	hm_c_text(q, u->tid, sizeof(u->tid));
	hm_c_fixed(q, u->ek_sha256, 32);
	hm_c_fixed(q, u->key_sha256, 32);
	hm_c_blob(q, u->spki, sizeof(u->spki), &u->spki_len);
	hm_c_fixed(q, u->cert_sha256, 32);
	hm_c_fixed(q, u->cert_serial, sizeof(u->cert_serial));
	hm_c_blob(q, u->record, sizeof(u->record), &u->record_len);
	hm_c_fixed(q, u->image_sha256, 32);
	u->leaf = (uint64_t)hm_c_int(q, 0, INT64_MAX);
	u->attempts = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	u->created = hm_c_int(q, INT64_MIN, INT64_MAX);
	u->updated = hm_c_int(q, INT64_MIN, INT64_MAX);
	hm_c_fixed(q, ms, sizeof(ms));
	hm_c_text(q, u->mac, sizeof(u->mac));
	u->macs = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	for (int i = 0; i < HM_STEPS; i++) {
		u->ms[i] = 0;
		for (int k = 0; k < 4; k++)
			u->ms[i] |= (uint32_t)ms[4 * i + k] << (8 * k);
	}
}

int hm_tx_unit_put(struct hm_tx *tx, const struct hm_unit *u, struct hm_err *err)
{
	struct hm_q q;

	if (!u->serial[0] || (int)u->state < 1 || (int)u->state >= STATES ||
	    u->spki_len > sizeof(u->spki) || u->record_len > sizeof(u->record) || !hm_epc_is_whole(&u->epc))
		return hm_err_set(err, -EINVAL, "store: not a unit that can be stored");
	hm_q_begin(&q, tx, SQL_UNIT_PUT, err);
	bind_unit(&q, u);
	if (q.rc == -HM_EDUPLICATE)
		hm_err_set(err, q.rc, "unit %u of \"%s\" has another serial than %s", u->index,
			   u->key, u->serial);
	else if (!q.rc && !sqlite3_changes(tx->conn->db))
		/* the upsert's WHERE: the serial is there, drawn for another unit */
		hm_q_fail(&q, -HM_EDUPLICATE, "serial %s belongs to another unit", u->serial);
	return hm_q_end(&q);
}

static int get_unit(struct hm_q *q, struct hm_unit *ret, const char *what)
{
	struct hm_unit u;
	int rc = hm_q_step(q);

	if (rc == 1)
		read_unit(q, &u);
	else if (rc == 0)
		hm_q_fail(q, -HM_ENOT_FOUND, "%s: no such unit", what);
	rc = hm_q_end(q);
	if (!rc)
		*ret = u;
	return rc;
}

int hm_tx_unit_get(struct hm_tx *tx, const char *serial, struct hm_unit *ret, struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_UNIT_GET, err);
	hm_q_text(&q, serial, 256);
	return get_unit(&q, ret, serial);
}

int hm_tx_unit_by_key(struct hm_tx *tx, const char *key, uint32_t index, struct hm_unit *ret,
		      struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_UNIT_BY_KEY, err);
	hm_q_text(&q, key, 256);
	hm_q_int(&q, index);
	return get_unit(&q, ret, key);
}

int hm_tx_units(struct hm_tx *tx, const struct hm_unit_filter *f, hm_unit_each_fn each, void *ctx,
		struct hm_err *err)
{
	static const struct hm_unit_filter any;
	enum hm_sql id = SQL_UNITS_ALL;
	struct hm_unit u;
	struct hm_q q;

	f = f ?: &any;
	if (f->key)
		id = SQL_UNITS_BY_KEY;
	else if (f->unfinished)
		id = SQL_UNITS_OPEN;
	else if (f->lot && f->lot[0])
		id = SQL_UNITS_BY_LOT;
	hm_q_begin(&q, tx, id, err);
	hm_q_int(&q, f->state);
	if (f->lot)
		hm_q_text(&q, f->lot, 256);
	else
		hm_q_text_or_null(&q, NULL, 1);
	hm_q_text_or_null(&q, f->key, 256);
	if (f->slot)
		hm_q_text(&q, f->slot, 256);
	else
		hm_q_text_or_null(&q, NULL, 1);
	hm_q_int(&q, f->unfinished);
	while (hm_q_step(&q) == 1) {
		int rc;

		read_unit(&q, &u);
		rc = q.rc ? 0 : each(ctx, &u);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

static int holder(struct hm_tx *tx, const char *kind, const void *value, size_t len, char out[21],
		  struct hm_err *err)
{
	struct hm_q q;
	int rc;

	if (!len || len > HM_CLAIM_SIZE_MAX)
		return hm_err_set(err, -HM_EBAD_LENGTH, "%s of %zu bytes", kind, len);
	hm_q_begin(&q, tx, SQL_HOLDER, err);
	hm_q_text(&q, kind, 32);
	hm_q_blob(&q, value, len);
	rc = hm_q_step(&q);
	if (rc == 1)
		hm_c_text(&q, out, 21);
	return hm_q_end(&q) ?: rc;
}

int hm_tx_holder(struct hm_tx *tx, const char *kind, const void *value, size_t len,
		 char *ret_holder, struct hm_err *err)
{
	char serial[21];
	int rc = holder(tx, kind, value, len, serial, err);

	if (rc < 0)
		return rc;
	if (!rc)
		return hm_err_set(err, -HM_ENOT_FOUND, "no unit holds this %s", kind);
	if (ret_holder)
		memcpy(ret_holder, serial, sizeof(serial));
	return 0;
}

int hm_tx_claim(struct hm_tx *tx, const char *kind, const void *value, size_t len,
		const char *serial, char *ret_holder, struct hm_err *err)
{
	char other[21];
	struct hm_q q;
	int rc = holder(tx, kind, value, len, other, err);

	if (rc < 0)
		return rc;
	if (rc == 1) {
		if (!strcmp(other, serial))
			return 0;
		if (ret_holder)
			memcpy(ret_holder, other, sizeof(other));
		return hm_err_set(err, -HM_EDUPLICATE, "this %s belongs to unit %s", kind, other);
	}
	hm_q_begin(&q, tx, SQL_CLAIM, err);
	hm_q_text(&q, kind, 32);
	hm_q_blob(&q, value, len);
	hm_q_text(&q, serial, 21);
	rc = hm_q_run(&q);
	if (rc == -HM_ENOT_FOUND)
		hm_err_set(err, rc, "%s: no such unit that could hold this %s", serial, kind);
	return rc;
}

int hm_tx_counter_peek(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t *ret,
		       struct hm_err *err)
{
	int64_t next = 0;
	struct hm_q q;
	int rc;

	if (first >= INT64_MAX)
		return hm_err_set(err, -HM_EOVERFLOW, "pool %s begins above 2^63 - 2", pool);
	hm_q_begin(&q, tx, SQL_COUNTER_GET, err);
	hm_q_text(&q, pool, HM_POOL_SIZE);
	if (hm_q_step(&q) == 1)
		next = hm_c_int(&q, 0, INT64_MAX);
	rc = hm_q_end(&q);
	if (rc)
		return rc;
	/* a pool whose start was moved up goes on from there; it never goes back */
	*ret = (uint64_t)next > first ? (uint64_t)next : first;
	return 0;
}

int hm_tx_counter_draw(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t last,
		       uint64_t *ret, struct hm_err *err)
{
	return hm_tx_counter_draw_run(tx, pool, first, last, 1, ret, err);
}

int hm_tx_counter_draw_run(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t last,
			   uint32_t n, uint64_t *ret, struct hm_err *err)
{
	struct hm_q q;
	uint64_t v;
	int rc = hm_tx_counter_peek(tx, pool, first, &v, err);

	assert(n > 0);
	if (rc)
		return rc;
	if (v > last || v >= INT64_MAX)
		return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "pool %s: none left up to %llu", pool,
				  (unsigned long long)last);
	if (last - v < n - 1 || INT64_MAX - v < n)
		return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "pool %s: no %u left in a row up to %llu", pool, n,
				  (unsigned long long)last);
	hm_q_begin(&q, tx, SQL_COUNTER_SET, err);
	hm_q_text(&q, pool, HM_POOL_SIZE);
	hm_q_uint(&q, v + n);
	rc = hm_q_run(&q);
	if (!rc)
		*ret = v;
	return rc;
}

static void read_batch(struct hm_q *q, struct hm_batch *b)
{
	hm_c_text(q, b->key, sizeof(b->key));
	hm_c_fixed(q, b->request_sha256, 32);
	hm_c_text(q, b->product, sizeof(b->product));
	hm_c_fixed(q, b->product_sha256, 32);
	b->count = (uint32_t)hm_c_int(q, 1, UINT32_MAX);
	hm_c_text(q, b->lot, sizeof(b->lot));
	hm_c_text(q, b->order, sizeof(b->order));
	hm_c_text(q, b->slot, sizeof(b->slot));
	hm_c_text(q, b->who, sizeof(b->who));
	b->created = hm_c_int(q, INT64_MIN, INT64_MAX);
}

int hm_tx_batch_get(struct hm_tx *tx, const char *key, struct hm_batch *ret, struct hm_err *err)
{
	struct hm_batch b;
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_BATCH_GET, err);
	hm_q_text(&q, key, 256);
	rc = hm_q_step(&q);
	if (rc == 1)
		read_batch(&q, &b);
	else if (rc == 0)
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s: no such batch", key);
	rc = hm_q_end(&q);
	if (!rc)
		*ret = b;
	return rc;
}

int hm_tx_batch_put(struct hm_tx *tx, const struct hm_batch *b, struct hm_batch *ret,
		    bool *ret_new, struct hm_err *err)
{
	struct hm_batch old;
	struct hm_q q;
	int rc = hm_tx_batch_get(tx, b->key, &old, NULL);

	if (!rc) {
		if (memcmp(old.request_sha256, b->request_sha256, 32))
			return hm_err_set(err, -HM_EKEY_MISMATCH,
					  "key \"%s\" belongs to a request for %u of %s", b->key,
					  old.count, old.product);
		*ret = old;
		*ret_new = false;
		return 0;
	}
	if (rc != -HM_ENOT_FOUND)
		return hm_err_set(err, rc, "store: batch \"%s\" cannot be read", b->key);
	hm_q_begin(&q, tx, SQL_BATCH_PUT, err);
	hm_q_text(&q, b->key, sizeof(b->key));
	hm_q_blob(&q, b->request_sha256, 32);
	hm_q_text(&q, b->product, sizeof(b->product));
	hm_q_blob_or_null(&q, b->product_sha256, 32);
	hm_q_int(&q, b->count);
	hm_q_text(&q, b->lot, sizeof(b->lot));
	hm_q_text(&q, b->order, sizeof(b->order));
	hm_q_text(&q, b->slot, sizeof(b->slot));
	hm_q_text(&q, b->who, sizeof(b->who));
	hm_q_int(&q, b->created);
	rc = hm_q_run(&q);
	if (rc)
		return rc;
	*ret = *b;
	*ret_new = true;
	return 0;
}

int hm_tx_batches_open(struct hm_tx *tx, hm_batch_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_batch b;
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_BATCHES_OPEN, err);
	while (hm_q_step(&q) == 1) {
		int rc;

		read_batch(&q, &b);
		rc = q.rc ? 0 : each(ctx, &b);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}
