// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One list for every kind of row: grows by doubling, ends the walk at its limit. */
struct list {
	void *rows;
	size_t n, cap, max, size;
};

static int list_add(struct list *l, const void *row)
{
	if (l->n == l->max)
		return -E2BIG;
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		void *rows = reallocarray(l->rows, cap, l->size);

		if (!rows)
			return -ENOMEM;
		l->rows = rows;
		l->cap = cap;
	}
	memcpy((char *)l->rows + l->n++ * l->size, row, l->size);
	return 0;
}

static int read_store(struct hm_daemon *d, hm_tx_fn fn, void *arg, struct hm_err *err)
{
	struct hm_err mine = { "" };
	int rc = hm_store_read(d->env.store, fn, arg, &mine);

	if (rc) {
		hm_daemon_fatal(d, rc, &mine);
		hm_err_set(err, rc, "%s", hm_err_text(&mine, rc));
	}
	return rc;
}

struct unit_ask {
	const char *serial;
	struct hm_unit *ret;
};

static int unit_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct unit_ask *a = arg;

	return hm_tx_unit_get(tx, a->serial, a->ret, err);
}

int hm_read_unit(struct hm_daemon *d, const char *serial, struct hm_unit *ret, struct hm_err *err)
{
	struct unit_ask a = { serial, ret };
	int rc = read_store(d, unit_fn, &a, NULL);

	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(err, rc, "no unit with serial %.40s", serial);
	if (rc)
		return hm_err_set(err, rc, "%s", hm_error_why(rc));
	return 0;
}

struct units_ask {
	const struct hm_unit_filter *f;
	struct list l;
};

static int each_unit(void *ctx, const struct hm_unit *u)
{
	return list_add(ctx, u);
}

static int units_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct units_ask *a = arg;

	return hm_tx_units(tx, a->f, each_unit, &a->l, err);
}

int hm_read_units(struct hm_daemon *d, const struct hm_unit_filter *f, size_t max,
		  struct hm_unit **ret, size_t *ret_n, struct hm_err *err)
{
	struct units_ask a = { f, { .max = max, .size = sizeof(struct hm_unit) } };
	int rc = read_store(d, units_fn, &a, err);

	if (rc) {
		free(a.l.rows);
		return rc == -E2BIG ? hm_err_set(err, rc, "more than %zu units: ask for less", max) : rc;
	}
	*ret = a.l.rows;
	*ret_n = a.l.n;
	return 0;
}

struct batch_ask {
	const char *key;
	struct hm_batch *ret;
};

static int batch_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct batch_ask *a = arg;

	return hm_tx_batch_get(tx, a->key, a->ret, err);
}

int hm_read_batch(struct hm_daemon *d, const char *key, struct hm_batch *ret, struct hm_err *err)
{
	struct batch_ask a = { key, ret };
	int rc = read_store(d, batch_fn, &a, NULL);

	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(err, rc, "no batch with key %.64s", key);
	if (rc)
		return hm_err_set(err, rc, "%s", hm_error_why(rc));
	return 0;
}

static int each_batch(void *ctx, const struct hm_batch *b)
{
	return list_add(ctx, b);
}

static int batches_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_batches_open(tx, each_batch, arg, err);
}

int hm_read_open_batches(struct hm_daemon *d, struct hm_batch **ret, size_t *ret_n,
			 struct hm_err *err)
{
	struct list l = { .max = 4096, .size = sizeof(struct hm_batch) };
	int rc = read_store(d, batches_fn, &l, err);

	if (rc) {
		free(l.rows);
		return rc;
	}
	*ret = l.rows;
	*ret_n = l.n;
	return 0;
}

struct counts {
	const char *key;
	uint32_t drawn, unfinished;
};

static int count_one(void *ctx, const struct hm_unit *u)
{
	struct counts *c = ctx;

	c->drawn++;
	c->unfinished += !hm_unit_final(u);
	return 0;
}

static int counts_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct counts *c = arg;
	struct hm_unit_filter f = { .key = c->key };

	return hm_tx_units(tx, &f, count_one, c, err);
}

int hm_read_counts(struct hm_daemon *d, const char *key, uint32_t *ret_drawn,
		   uint32_t *ret_unfinished, struct hm_err *err)
{
	struct counts c = { .key = key };
	int rc = read_store(d, counts_fn, &c, err);

	if (!rc) {
		*ret_drawn = c.drawn;
		*ret_unfinished = c.unfinished;
	}
	return rc;
}

struct blob_ask {
	const uint8_t *sha256;
	struct hm_buf *ret;
};

static int blob_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct blob_ask *a = arg;

	return hm_tx_blob_get(tx, a->sha256, a->ret, err);
}

int hm_read_blob(struct hm_daemon *d, const uint8_t sha256[32], struct hm_buf *ret,
		 struct hm_err *err)
{
	struct blob_ask a = { sha256, ret };

	return read_store(d, blob_fn, &a, err);
}
