// SPDX-License-Identifier: LGPL-2.1-or-later
/* Supplied lists, as the ledger tells of them: where a serial or an address came from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/internal.h"
#include "serial/eui.h"

void audit_list_index(struct audit *a, const struct hm_leaf *l, uint64_t at)
{
	struct audit_list *v = audit_grow(a, a->lists, a->n_lists, sizeof(*v));

	if (!v)
		return;
	a->lists = v;
	v += a->n_lists++;
	*v = (struct audit_list){ .at = at };
	memcpy(v->pool, l->pool, sizeof(v->pool));
	memcpy(v->sha256, l->list_sha256, 32);
	hm_buf_init(&v->file, AUDIT_FILE_MAX);
}

static int row_order(const void *x, const void *y)
{
	const struct hm_list_row *a = x, *b = y;
	size_t n = a->len < b->len ? a->len : b->len;
	int r;

	if (a->eui != b->eui)
		return a->eui < b->eui ? -1 : 1;
	if (a->eui)
		return 0;
	r = memcmp(a->text, b->text, n);
	return r ? r : a->len < b->len ? -1 : a->len > b->len;
}

/* Once: sorted, so that each look-up is short. What is wrong with it is found here. */
static void read_list(struct audit *a, struct audit_list *v)
{
	struct hm_err err = { "" };
	char what[64];

	v->read = true;
	snprintf(what, sizeof(what), "a list of pool %s", v->pool);
	if (audit_blob(a, v->sha256, what, NULL, &v->file))
		return;
	if (hm_list_parse(hm_buf_str(&v->file), v->file.len, &v->list, &err)) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, v->pool, "a list of this pool: %s", err.text);
		return;
	}
	qsort(v->list.row, v->list.n, sizeof(*v->list.row), row_order);
}

bool audit_listed(struct audit *a, const char *pool, enum hm_list_kind kind, const char *value,
		  uint64_t before)
{
	struct hm_list_row key = { .text = value, .len = (uint32_t)strlen(value) };

	if (kind != HM_LIST_SERIAL && hm_eui_parse(value, key.len, kind == HM_LIST_EUI48 ? 48 : 64, &key.eui))
		return false;
	for (size_t i = 0; i < a->n_lists && a->lists[i].at < before; i++) {
		struct audit_list *v = &a->lists[i];

		if (strcmp(v->pool, pool))
			continue;
		if (!v->read)
			read_list(a, v);
		if (v->list.n && v->list.kind == kind &&
		    bsearch(&key, v->list.row, v->list.n, sizeof(key), row_order))
			return true;
	}
	return false;
}

void audit_lists_free(struct audit *a)
{
	for (size_t i = 0; i < a->n_lists; i++) {
		hm_list_free(&a->lists[i].list);
		hm_buf_free(&a->lists[i].file);
	}
	free(a->lists);
}
