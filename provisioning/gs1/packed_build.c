// SPDX-License-Identifier: LGPL-2.1-or-later
/* Elements to user memory with one packed object, an ID list: TDS 1.6 and later, annex L. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/digits.h"
#include "gs1/packed_read.h"
#include "gs1/packed_text.h"

#define LIST_FLAGS	0x08	/* an octet that says "ID list", and nothing more */

/* Where an AI is in a table. */
struct place {
	const struct packed_row *row;
	const struct packed_oid *oid;
	unsigned int id, index, index_bits;	/* the second two of a secondary table */
};

struct object {
	const struct hm_elements *e;
	bool taken[HM_GS1_ELEMENTS];
	unsigned int ids, n;
	uint16_t id[HM_GS1_ELEMENTS];
	struct packed_bits secondary;
	/* in the order of the object */
	const struct hm_element *x[HM_GS1_ELEMENTS];
	const struct packed_format *format[HM_GS1_ELEMENTS];
	struct hm_err *err;
};

static bool is_oid(const struct packed_oid *oid, const char *ai)
{
	size_t n = strlen(oid->ai);

	if (!n || strncmp(ai, oid->ai, n))
		return false;
	return oid->series ? ai[n] >= '0' && ai[n] < '0' + oid->series && !ai[n + 1] : !ai[n];
}

static bool find(const struct packed_table *table, const char *ai, struct place *ret)
{
	for (unsigned int i = 0; i < table->n; i++) {
		const struct packed_row *row = &table->rows[i];

		if (row->how == PACKED_SECONDARY && find(row->sub, ai, ret)) {
			ret->index = ret->id;
			ret->index_bits = packed_choice_bits(row->sub->size);
			ret->id = i;
			return true;
		}
		if (is_oid(&row->a, ai) || is_oid(&row->b, ai)) {
			*ret = (struct place){ .row = row, .oid = is_oid(&row->a, ai) ? &row->a : &row->b, .id = i };
			return true;
		}
	}
	return false;
}

static int complain(struct hm_err *err, int rc, const struct hm_element *x)
{
	return hm_err_set(err, rc, "(%s) in a packed object: %s", x->ai, hm_error_why(rc));
}

/* By the format of the table: the AI's own was asked for before. */
static int fits(const struct hm_element *x, const struct packed_format *f)
{
	size_t digits = f->text ? f->digits : x->len;

	if (x->len < f->digits + f->min)
		return -HM_ETOO_SHORT;
	if (x->len > f->digits + f->max)
		return -HM_ETOO_LONG;
	return hm_digits(x->value, digits) ? 0 : -HM_ENOT_NUMERIC;
}

static int add(struct object *o, const struct packed_oid *oid, const struct hm_element *x)
{
	int rc = fits(x, &oid->format);

	if (rc)
		return complain(o->err, rc, x);
	if (oid->series)
		packed_put(&o->secondary, packed_choice_bits(oid->series), (unsigned int)(x->ai[strlen(oid->ai)] - '0'));
	o->taken[x - o->e->e] = true;
	o->x[o->n] = x;
	o->format[o->n++] = &oid->format;
	return 0;
}

/* Both of one ID value, whichever of them comes first. */
static int add_pair(struct object *o, const struct packed_row *row, const struct hm_element *x)
{
	const struct hm_element *a = hm_gs1_find(o->e, row->a.ai), *b = hm_gs1_find(o->e, row->b.ai);
	bool optional = row->how == PACKED_OPTIONAL;
	int rc;

	if (!a || (!b && !optional))
		return hm_err_set(o->err, -HM_EMISSING_AI, "(%s) has a place in packed objects beside (%s) only", x->ai,
				  a ? row->b.ai : row->a.ai);
	if (optional)
		packed_put(&o->secondary, 1, !!b);
	rc = add(o, &row->a, a);
	return rc || !b ? rc : add(o, &row->b, b);
}

static int add_element(struct object *o, const struct hm_element *x)
{
	struct place at = { .row = NULL };

	if (hm_gs1_find(o->e, x->ai) != x)
		return hm_err_set(o->err, -HM_EDUPLICATE_AI, "(%s) twice", x->ai);
	if (o->taken[x - o->e->e])
		return 0;
	if (!find(&packed_f9, x->ai, &at))
		return hm_err_set(o->err, -HM_ECONFLICTING_AI, "(%s): packed objects have no place for it", x->ai);
	o->id[o->ids++] = (uint16_t)at.id;
	packed_put(&o->secondary, at.index_bits, at.index);
	if (at.row->how == PACKED_BOTH || at.row->how == PACKED_OPTIONAL)
		return add_pair(o, at.row, x);
	if (at.row->how == PACKED_EITHER)
		packed_put(&o->secondary, 1, at.oid == &at.row->b);
	return add(o, at.oid, x);
}

/* --- the sections --- */

static void append(struct packed_bits *to, const struct packed_bits *from)
{
	for (unsigned int at = 0; at < from->n && at < 8 * BANK_BYTES_MAX; at += 32) {
		unsigned int n = from->n - at < 32 ? from->n - at : 32;

		packed_put(to, n, (unsigned int)hm_bits_take(from->w, at, n));
	}
}

static void put_ids(struct packed_bits *b, const struct object *o)
{
	const struct packed_size *size = packed_size(packed_f9.size);
	unsigned int i = 0;

	packed_put_ebv(b, 3, o->ids - 1);
	for (; i + 1 < o->ids; i += 2)
		packed_put(b, size->two, (unsigned int)o->id[i] * size->rows + o->id[i + 1]);
	if (i < o->ids)
		packed_put(b, size->one, o->id[i]);
	append(b, &o->secondary);
}

static void put_length(struct packed_bits *b, unsigned int above, unsigned int most)
{
	if (packed_length_is_number(most)) {
		packed_put(b, packed_choice_bits(most + 1), above);
		return;
	}
	for (; above >= 15; above -= 15)
		packed_put(b, 4, 15);
	packed_put(b, 4, above);
}

static void put_lengths(struct packed_bits *b, const struct object *o)
{
	unsigned int last = o->n;

	for (unsigned int i = 0; i < o->n; i++)
		if (o->format[i]->text)
			last = i;
	packed_put(b, 1, 1);
	for (unsigned int i = 0; i < o->n; i++) {
		const struct packed_format *f = o->format[i];

		if (i != last && f->max > f->min)
			put_length(b, o->x[i]->len - f->digits - f->min, f->max - f->min);
	}
}

/* All digits of known number, then all texts as one. */
static int put_data(struct packed_bits *b, const struct object *o)
{
	char text[PACKED_CHARS_MAX];
	unsigned int len = 0;

	for (unsigned int i = 0; i < o->n; i++) {
		const struct hm_element *x = o->x[i];
		unsigned int digits = o->format[i]->text ? o->format[i]->digits : x->len, rest = x->len - digits;
		uint8_t values[HM_GS1_VALUE_MAX];

		for (unsigned int d = 0; d < digits; d++)
			values[d] = (uint8_t)(x->value[d] - '0');
		packed_put_values(b, 10, digits, values);
		if (rest > sizeof(text) - len)
			return -HM_ETOO_LONG;
		memcpy(text + len, x->value + digits, rest);
		len += rest;
	}
	if (len)
		packed_put_text(b, text, len);
	return 0;
}

/* In front of @body its length, which is in the length, and where that is too little for a length, flags. */
static void put_object(struct packed_bits *b, const struct packed_bits *body)
{
	unsigned int begin = b->n, blocks = 1, bits, octets, flags = 0;

	for (;;) {
		bits = flags + 6 * blocks + 1 + body->n;
		octets = (bits + 7) / 8;
		if (octets < 4 && !flags)
			flags = 8;
		else if (octets >> 5 * blocks)
			blocks++;
		else
			break;
	}
	packed_put(b, flags, LIST_FLAGS);
	packed_put_ebv(b, 6, octets);
	packed_put(b, 1, bits % 8 != 0);
	append(b, body);
	b->n = begin + 8 * octets;
	if (bits % 8 && b->n <= 8 * BANK_BYTES_MAX)
		hm_bits_put(b->w, begin + bits, 1, 1);
}

int hm_packed_build(const struct hm_elements *e, char *hex, size_t size, struct hm_err *err)
{
	struct object o = { .e = e, .err = err };
	struct packed_bits body = { .n = 0 }, b = { .n = 0 };
	uint8_t bytes[BANK_BYTES_MAX];
	int rc = e->n ? 0 : -HM_EEMPTY;

	for (unsigned int i = 0; i < e->n && !rc; i++)
		rc = add_element(&o, &e->e[i]);
	if (rc)
		return rc;
	put_ids(&body, &o);
	put_lengths(&body, &o);
	rc = put_data(&body, &o);
	if (rc)
		return rc;
	packed_put(&b, 8, HM_PACKED_DSFID);
	put_object(&b, &body);
	/* no more objects, and whole words */
	packed_put(&b, b.n % 16 ? 8 : 16, 0);
	if (body.n > 8 * BANK_BYTES_MAX || b.n > 8 * BANK_BYTES_MAX || size < b.n / 4 + 1)
		return hm_err_set(err, -HM_ETOO_LONG, "more than a bank of %u octets has room for", BANK_BYTES_MAX);
	for (unsigned int i = 0; i < b.n / 8; i++)
		bytes[i] = (uint8_t)hm_bits_take(b.w, 8 * i, 8);
	hm_hex_upper(bytes, b.n / 8, hex);
	return 0;
}
