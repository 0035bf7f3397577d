// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keys of unguessable serials; supplied lists. */
#include <assert.h>
#include <string.h>

#include "store/internal.h"

#define NAME_SIZE	33
#define VALUE_SIZE	21

int hm_tx_serial_key_put(struct hm_tx *tx, const char *product, const void *sealed, size_t len,
			 const uint8_t digest[32], struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_SERIAL_KEY_PUT, err);
	hm_q_text(&q, product, NAME_SIZE);
	hm_q_blob(&q, sealed, len);
	hm_q_blob(&q, digest, 32);
	rc = hm_q_run(&q);
	if (rc == -HM_EDUPLICATE)
		hm_err_set(err, rc, "product %s has a key for its serials already", product);
	return rc;
}

int hm_tx_serial_key_get(struct hm_tx *tx, const char *product, struct hm_buf *ret_sealed,
			 uint8_t ret_digest[32], struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_SERIAL_KEY_GET, err);
	hm_q_text(&q, product, 256);
	rc = hm_q_step(&q);
	if (rc == 1) {
		size_t len;
		const void *bytes = hm_c_bytes(&q, &len);

		rc = q.rc ? 0 : hm_buf_add(ret_sealed, bytes, len);
		if (rc)
			hm_q_fail(&q, rc, "store: a sealed key of %zu bytes", len);
		hm_c_fixed(&q, ret_digest, 32);
	} else if (rc == 0) {
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s: no key for its serials", product);
	}
	return hm_q_end(&q);
}

int hm_tx_serial_keys(struct hm_tx *tx, hm_serial_key_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_SERIAL_KEYS, err);
	while (hm_q_step(&q) == 1) {
		char product[NAME_SIZE];
		uint8_t digest[32];
		const void *bytes;
		size_t len;
		int rc;

		hm_c_text(&q, product, sizeof(product));
		bytes = hm_c_bytes(&q, &len);
		hm_c_fixed(&q, digest, 32);
		rc = q.rc ? 0 : each(ctx, product, bytes, len, digest);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

/* --- supplied lists --- */

int hm_tx_pool_put(struct hm_tx *tx, const char *name, int kind, struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_POOL_PUT, err);
	hm_q_text(&q, name, NAME_SIZE);
	hm_q_int(&q, kind);
	rc = hm_q_run(&q);
	if (rc == -HM_EDUPLICATE)
		hm_err_set(err, rc, "there is a pool %s already", name);
	return rc;
}

static void read_pool(struct hm_q *q, struct hm_pool *p)
{
	hm_c_text(q, p->name, sizeof(p->name));
	p->kind = (int)hm_c_int(q, 0, 2);
	p->entries = (uint64_t)hm_c_int(q, 0, INT64_MAX);
}

int hm_tx_pool_get(struct hm_tx *tx, const char *name, struct hm_pool *ret, struct hm_err *err)
{
	struct hm_pool p;
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_POOL_GET, err);
	hm_q_text(&q, name, 256);
	rc = hm_q_step(&q);
	if (rc == 1)
		read_pool(&q, &p);
	else if (rc == 0)
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s: no such pool", name);
	rc = hm_q_end(&q);
	if (!rc)
		*ret = p;
	return rc;
}

int hm_tx_pools(struct hm_tx *tx, hm_pool_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_pool p;
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_POOLS, err);
	while (hm_q_step(&q) == 1) {
		int rc;

		read_pool(&q, &p);
		rc = q.rc ? 0 : each(ctx, &p);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

static int has_list(struct hm_tx *tx, const char *pool, const uint8_t sha256[32], struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_POOL_LIST_HAS, err);
	hm_q_text(&q, pool, NAME_SIZE);
	hm_q_blob(&q, sha256, 32);
	rc = hm_q_step(&q);
	return hm_q_end(&q) ?: rc;
}

int hm_tx_pool_list_put(struct hm_tx *tx, const char *pool, const uint8_t sha256[32], uint64_t count,
			uint64_t *ret_first, struct hm_err *err)
{
	struct hm_pool p;
	struct hm_q q;
	int rc = hm_tx_pool_get(tx, pool, &p, err);

	rc = rc ?: has_list(tx, pool, sha256, err);
	if (rc == 1)
		return hm_err_set(err, -HM_EEXISTS, "pool %s has this list already", pool);
	if (rc)
		return rc;
	hm_q_begin(&q, tx, SQL_POOL_LIST_PUT, err);
	hm_q_text(&q, pool, NAME_SIZE);
	hm_q_blob(&q, sha256, 32);
	hm_q_uint(&q, p.entries);
	hm_q_uint(&q, count);
	rc = hm_q_run(&q);
	if (rc)
		return rc;
	hm_q_begin(&q, tx, SQL_POOL_GROW, err);
	hm_q_text(&q, pool, NAME_SIZE);
	hm_q_uint(&q, count);
	rc = hm_q_run(&q);
	if (!rc)
		*ret_first = p.entries;
	return rc;
}

int hm_tx_pool_lists(struct hm_tx *tx, const char *pool, hm_pool_list_each_fn each, void *ctx,
		     struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_POOL_LISTS, err);
	hm_q_text(&q, pool, 256);
	while (hm_q_step(&q) == 1) {
		uint8_t sha256[32];
		uint64_t first, count;
		int rc;

		hm_c_fixed(&q, sha256, 32);
		first = (uint64_t)hm_c_int(&q, 0, INT64_MAX);
		count = (uint64_t)hm_c_int(&q, 1, INT64_MAX);
		rc = q.rc ? 0 : each(ctx, sha256, first, count);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

int hm_tx_pool_entry_put(struct hm_tx *tx, const struct hm_pool *p, uint64_t number, const char *value,
			 struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_POOL_ENTRY_PUT, err);
	hm_q_int(&q, p->kind);
	hm_q_text(&q, value, VALUE_SIZE);
	hm_q_text(&q, p->name, sizeof(p->name));
	hm_q_uint(&q, number);
	return hm_q_run(&q);
}

int hm_tx_pool_entry_get(struct hm_tx *tx, const char *pool, uint64_t number, char ret_value[21],
			 struct hm_err *err)
{
	char value[VALUE_SIZE];
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_POOL_ENTRY_GET, err);
	hm_q_text(&q, pool, NAME_SIZE);
	hm_q_uint(&q, number);
	rc = hm_q_step(&q);
	if (rc == 1)
		hm_c_text(&q, value, sizeof(value));
	else if (rc == 0)
		hm_q_fail(&q, -HM_ENOT_FOUND, "pool %s has no entry %llu", pool, (unsigned long long)number);
	rc = hm_q_end(&q);
	if (!rc)
		memcpy(ret_value, value, sizeof(value));
	return rc;
}

int hm_tx_pool_holder(struct hm_tx *tx, int kind, const char *value, char ret_pool[33], struct hm_err *err)
{
	char pool[NAME_SIZE];
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_POOL_HOLDER, err);
	hm_q_int(&q, kind);
	hm_q_text(&q, value, 256);
	rc = hm_q_step(&q);
	if (rc == 1)
		hm_c_text(&q, pool, sizeof(pool));
	else if (rc == 0)
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s is in no pool", value);
	rc = hm_q_end(&q);
	if (!rc && ret_pool)
		memcpy(ret_pool, pool, sizeof(pool));
	return rc;
}
