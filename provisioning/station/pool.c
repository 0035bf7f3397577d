// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Supplied lists come in whole or not at all: no entry that is in a pool, on a unit, or
 * that a product which draws from the pool could not issue. The list itself stays as it
 * was, a blob that a leaf names, so that an audit can see where a serial came from.
 */
#include "station/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/leaf.h"
#include "serial/eui.h"
#include "serial/list.h"
#include "unit/work.h"

/* --- do its entries suit a product? --- */

static int kind_is(const struct hm_pool *pool, int kind, struct hm_err *err)
{
	if (pool->kind == kind)
		return 0;
	return hm_err_set(err, -HM_EBAD_PRODUCT, "pool %s is of kind %s, the product wants %s", pool->name,
			  hm_list_kind_name((enum hm_list_kind)pool->kind), hm_list_kind_name((enum hm_list_kind)kind));
}

static int serials_fit(struct hm_tx *tx, const struct hm_product *p, const struct hm_pool *pool,
		       uint64_t *ret_bad, struct hm_err *err)
{
	struct hm_label_inputs in;
	struct hm_epc epc;
	char serial[21];
	int rc = kind_is(pool, HM_LIST_SERIAL, err);

	for (uint64_t i = 0; !rc && i < pool->entries; i++) {
		*ret_bad = i;
		rc = hm_tx_pool_entry_get(tx, pool->name, i, serial, err);
		/* of any lot, and any day: the serial is what is tried */
		rc = rc ? rc : hm_unit_inputs(p, &(struct hm_made){ serial, "LOT", 0 }, &in, &epc, err);
	}
	return rc;
}

struct run {
	uint64_t first, number;
};

static int run_order(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Runs that stay below the assigned octets, and do not lie over each other. */
static int check_runs(const struct hm_product *p, struct run *v, size_t n, uint64_t *ret_bad, struct hm_err *err)
{
	uint64_t own = p->mac_bits == 48 ? 0xffffff : 0xffffffffff;

	qsort(v, n, sizeof(*v), run_order);
	for (size_t i = 0; i < n; i++) {
		*ret_bad = v[i].number;
		if ((v[i].first & own) + (p->mac_count - 1) > own)
			return hm_err_set(err, -HM_EOVERFLOW, "a run of %u from there leaves its maker's prefix",
					  p->mac_count);
		if (i && v[i].first - v[i - 1].first < p->mac_count)
			return hm_err_set(err, -HM_EDUPLICATE, "runs of %u from there and from entry %llu overlap",
					  p->mac_count, (unsigned long long)v[i - 1].number + 1);
	}
	return 0;
}

static int runs_fit(struct hm_tx *tx, const struct hm_product *p, const struct hm_pool *pool,
		    uint64_t *ret_bad, struct hm_err *err)
{
	struct run *v;
	char value[21];
	int rc = kind_is(pool, p->mac_bits == 48 ? HM_LIST_EUI48 : HM_LIST_EUI64, err);

	if (rc)
		return rc;
	v = calloc(pool->entries ? pool->entries : 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (uint64_t i = 0; !rc && i < pool->entries; i++) {
		v[i].number = *ret_bad = i;
		rc = hm_tx_pool_entry_get(tx, pool->name, i, value, err);
		rc = rc ? rc : hm_eui_parse(value, strlen(value), p->mac_bits, &v[i].first);
	}
	rc = rc ? rc : check_runs(p, v, pool->entries, ret_bad, err);
	free(v);
	return rc;
}

int hm_pools_fit(struct hm_tx *tx, const struct hm_product *p, const char *name, uint64_t *ret_bad,
		 struct hm_err *err)
{
	struct hm_pool pool;
	int rc = 0;

	*ret_bad = 0;
	if (p->pool[0] && (!name || !strcmp(name, p->pool))) {
		rc = hm_tx_pool_get(tx, p->pool, &pool, err);
		rc = rc ? rc : serials_fit(tx, p, &pool, ret_bad, err);
	}
	if (!rc && p->mac_pool[0] && (!name || !strcmp(name, p->mac_pool))) {
		rc = hm_tx_pool_get(tx, p->mac_pool, &pool, err);
		rc = rc ? rc : runs_fit(tx, p, &pool, ret_bad, err);
	}
	return rc;
}

/* --- a list comes in --- */

struct add {
	struct hm_station *st;
	const char *name;
	bool append;
	const void *bytes;
	size_t len;
	struct hm_list list;
	uint64_t first;
	struct hm_pool_added *ret;
};

/* As the store keeps it: serials as they are, addresses as bare capital digits. */
static void value_of(const struct hm_list *l, size_t i, char value[HM_EUI_TEXT_MAX])
{
	const struct hm_list_row *r = &l->row[i];

	if (l->kind == HM_LIST_SERIAL)
		snprintf(value, HM_EUI_TEXT_MAX, "%.*s", (int)r->len, r->text);
	else
		hm_eui_text(r->eui, l->kind == HM_LIST_EUI48 ? 48 : 64, 0, value);
}

/* The line is said in front of what is wrong with it. */
static int blame(const struct add *a, size_t i, int rc, struct hm_err *err)
{
	struct hm_err why = { "" };

	if (err)
		why = *err;
	return hm_err_set(err, rc, "line %u: %s", a->list.row[i].line, hm_err_text(&why, rc));
}

static int put_entry(struct hm_tx *tx, const struct add *a, const struct hm_pool *p, size_t i, struct hm_err *err)
{
	char value[HM_EUI_TEXT_MAX], other[33];
	struct hm_unit u;
	int rc;

	value_of(&a->list, i, value);
	rc = hm_tx_pool_entry_put(tx, p, a->first + i, value, err);
	if (rc == -HM_EDUPLICATE && !hm_tx_pool_holder(tx, p->kind, value, other, err))
		return hm_err_set(err, rc, "line %u: %s is in pool %s already", a->list.row[i].line, value, other);
	if (rc)
		return rc;
	if (a->list.kind == HM_LIST_SERIAL) {
		rc = hm_tx_unit_get(tx, value, &u, NULL);
		snprintf(other, sizeof(other), "%s", value);
	} else {
		rc = hm_tx_holder(tx, HM_MAC_ANCHOR, value, strlen(value), other, NULL);
	}
	if (!rc)
		return hm_err_set(err, -HM_EDUPLICATE, "line %u: unit %s has it already", a->list.row[i].line, other);
	return rc == -HM_ENOT_FOUND ? 0 : rc;
}

/* The products that draw from this pool. */
struct users {
	uint8_t (*files)[32];
	size_t n;
};

static int each_product(void *ctx, const char *name, const uint8_t file[32], const uint8_t tpl[32])
{
	struct users *u = ctx;
	void *more = reallocarray(u->files, u->n + 1, 32);

	(void)name;
	(void)tpl;
	if (!more)
		return -ENOMEM;
	u->files = more;
	memcpy(u->files[u->n++], file, 32);
	return 0;
}

static int check_user(struct hm_tx *tx, const struct add *a, const uint8_t file[32], struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_product p;
	struct hm_err why = { "" };
	uint64_t bad;
	int rc = hm_tx_blob_get(tx, file, &text, err);

	rc = rc ? rc : hm_product_parse(text.data, text.len, &p, err);
	if (rc)
		return rc;
	rc = hm_pools_fit(tx, &p, a->name, &bad, &why);
	if (!rc)
		return 0;
	hm_err_set(err, rc, "product %s draws from this pool: %s", p.name, hm_err_text(&why, rc));
	return bad >= a->first && bad - a->first < a->list.n ? blame(a, (size_t)(bad - a->first), rc, err) : rc;
}

static int check_users(struct hm_tx *tx, const struct add *a, struct hm_err *err)
{
	struct users u = { .files = NULL };
	int rc = hm_tx_products(tx, each_product, &u, err);

	for (size_t i = 0; !rc && i < u.n; i++)
		rc = check_user(tx, a, u.files[i], err);
	free(u.files);
	return rc;
}

static int tell(struct hm_tx *tx, const struct add *a, const uint8_t sha256[32], struct hm_err *err)
{
	struct hm_leaf leaf = { .type = HM_LEAF_POOL, .version = HM_LEAF_VERSION,
				.time = a->st->env->now(a->st->env->ctx) };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	uint64_t index;
	int rc;

	snprintf(leaf.pool, sizeof(leaf.pool), "%s", a->name);
	snprintf(leaf.who, sizeof(leaf.who), "pool add");
	memcpy(leaf.list_sha256, sha256, 32);
	rc = hm_leaf_encode(&leaf, &b);
	return rc ? rc : hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

/* The pool as it is before this list: made, or found to be of the same kind. */
static int open_pool(struct hm_tx *tx, const struct add *a, struct hm_pool *p, bool *ret_new, struct hm_err *err)
{
	int rc = hm_tx_pool_get(tx, a->name, p, NULL);

	*ret_new = rc == -HM_ENOT_FOUND;
	if (*ret_new) {
		rc = hm_tx_pool_put(tx, a->name, (int)a->list.kind, err);
		rc = rc ? rc : hm_tx_pool_get(tx, a->name, p, err);
	}
	if (!rc && p->kind != (int)a->list.kind)
		rc = hm_err_set(err, -HM_EEXISTS, "pool %s is of kind %s, the list of kind %s", a->name,
				hm_list_kind_name((enum hm_list_kind)p->kind), hm_list_kind_name(a->list.kind));
	return rc;
}

static int put(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct add *a = arg;
	uint8_t sha256[32];
	struct hm_pool p;
	bool is_new;
	int rc = hm_tx_blob_put(tx, a->bytes, a->len, sha256, err);

	rc = rc ? rc : open_pool(tx, a, &p, &is_new, err);
	if (rc)
		return rc;
	*a->ret = (struct hm_pool_added){ .kind = hm_list_kind_name(a->list.kind), .entries = p.entries };
	rc = hm_tx_pool_list_put(tx, a->name, sha256, a->list.n, &a->first, err);
	if (rc == -HM_EEXISTS)
		return 0;	/* asked again */
	if (!rc && !is_new && !a->append)
		rc = hm_err_set(err, -HM_EEXISTS, "pool %s exists: --append adds one more list to it", a->name);
	for (size_t i = 0; !rc && i < a->list.n; i++)
		rc = put_entry(tx, a, &p, i, err);
	rc = rc ? rc : check_users(tx, a, err);
	rc = rc ? rc : tell(tx, a, sha256, err);
	a->ret->added = a->list.n;
	a->ret->entries += a->list.n;
	return rc;
}

static int check_name(const char *name, struct hm_err *err)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(name);

	if (!n || n > 32 || !strchr(first, name[0]) || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n)
		return hm_err_set(err, -HM_EBAD_REQUEST,
				  "name of a pool: a-z 0-9 . _ -, a letter or a digit first, at most 32");
	return 0;
}

int hm_station_pool_add(struct hm_station *st, const char *name, bool append, const void *bytes, size_t len,
			struct hm_pool_added *ret, struct hm_err *err)
{
	struct hm_pool_added added;
	struct add a = { .st = st, .name = name, .append = append, .bytes = bytes, .len = len, .ret = &added };
	int rc = check_name(name, err);

	if (!rc && len > HM_POOL_FILE_MAX)
		rc = hm_err_set(err, -E2BIG, "a list of more than %u bytes: bring it in pieces, --append", HM_POOL_FILE_MAX);
	if (!rc)
		rc = hm_list_parse(bytes, len, &a.list, err);
	if (rc)
		return rc;
	rc = hm_store_run(st->env->store, put, &a, err);
	hm_list_free(&a.list);
	if (!rc)
		*ret = added;
	return rc;
}

/* --- how much is left --- */

static int used(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_pool_state *s = arg;
	char name[HM_COUNTER_NAME_MAX];
	struct hm_pool p;
	int rc = hm_tx_pool_get(tx, s->name, &p, err);

	hm_list_counter(s->name, name);
	rc = rc ? rc : hm_tx_counter_peek(tx, name, 0, &s->drawn, err);
	s->entries = p.entries;
	s->kind = hm_list_kind_name((enum hm_list_kind)p.kind);
	return rc;
}

int hm_station_pool_state(struct hm_station *st, const char *name, struct hm_pool_state *ret, struct hm_err *err)
{
	struct hm_pool_state s = { .entries = 0 };
	int rc;

	snprintf(s.name, sizeof(s.name), "%s", name);
	rc = hm_store_read(st->env->store, used, &s, err);
	if (!rc)
		*ret = s;
	return rc;
}

struct names {
	char (*v)[33];
	size_t n;
};

static int each_name(void *ctx, const struct hm_pool *p)
{
	struct names *l = ctx;
	void *more = reallocarray(l->v, l->n + 1, sizeof(*l->v));

	if (!more)
		return -ENOMEM;
	l->v = more;
	memcpy(l->v[l->n++], p->name, sizeof(p->name));
	return 0;
}

static int read_names(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_pools(tx, each_name, arg, err);
}

int hm_station_pools(struct hm_station *st, char (**ret)[33], size_t *ret_n, struct hm_err *err)
{
	struct names l = { .v = NULL };
	int rc = hm_store_read(st->env->store, read_names, &l, err);

	if (rc) {
		free(l.v);
		return rc;
	}
	*ret = l.v;
	*ret_n = l.n;
	return 0;
}
