// SPDX-License-Identifier: LGPL-2.1-or-later
/* What no two units may share: EPC, addresses, tag, endorsement key, key. */
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "audit/internal.h"
#include "serial/eui.h"

static void add(struct audit *a, uint32_t unit, const char *kind, const void *value, size_t len)
{
	struct audit_anchor *row = audit_grow(a, a->anchors, a->n_anchors, sizeof(*row));

	if (!row)
		return;
	a->anchors = row;
	row += a->n_anchors++;
	memset(row, 0, sizeof(*row));
	memcpy(row->kind, kind, strlen(kind) + 1);
	SHA256(value, len, row->value);
	row->unit = unit;
}

void audit_anchor_tag(struct audit *a, const struct audit_story *s)
{
	add(a, s->number, "TID", s->tid, strlen(s->tid));
}

/* Every address of a run: two runs may overlap without beginning at one. */
static void add_macs(struct audit *a, const struct audit_story *s)
{
	unsigned int bits = (unsigned int)strlen(s->mac) * 4;
	char text[HM_EUI_TEXT_MAX];
	uint64_t first;

	if (!s->mac[0] || s->macs > HM_MACS_MAX || hm_eui_parse(s->mac, strlen(s->mac), bits, &first))
		return;		/* said already, in payload.c */
	for (uint32_t i = 0; i < s->macs; i++) {
		hm_eui_text(first + i, bits, 0, text);
		add(a, s->number, "address", text, strlen(text));
	}
}

void audit_anchors_of(struct audit *a, const struct audit_story *s, size_t first)
{
	if (!strcmp(s->state, "void")) {
		a->n_anchors = first;	/* its board and its tag may serve another */
		return;
	}
	if (s->epc.len)
		add(a, s->number, "EPC", s->epc.bytes, s->epc.len);
	add_macs(a, s);
	if (!audit_is_zero(s->ek, 32))
		add(a, s->number, "EK", s->ek, 32);
	if (!audit_is_zero(s->key, 32))
		add(a, s->number, "key", s->key, 32);
}

static int order(const void *x, const void *y)
{
	const struct audit_anchor *a = x, *b = y;
	int r = strcmp(a->kind, b->kind);

	r = r ? r : memcmp(a->value, b->value, sizeof(a->value));
	return r ? r : a->unit < b->unit ? -1 : a->unit > b->unit;
}

void audit_unique(struct audit *a)
{
	if (!a->n_anchors)
		return;
	qsort(a->anchors, a->n_anchors, sizeof(*a->anchors), order);
	for (size_t i = 1; i < a->n_anchors; i++) {
		const struct audit_anchor *x = &a->anchors[i - 1], *y = &a->anchors[i];

		if (x->unit == y->unit || strcmp(x->kind, y->kind) ||
		    memcmp(x->value, y->value, sizeof(x->value)))
			continue;
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, a->unit_leaves[y->unit].serial,
				"it has the %s of unit %s", x->kind, a->unit_leaves[x->unit].serial);
	}
}
