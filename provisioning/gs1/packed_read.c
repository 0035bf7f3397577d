// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory to objects, objects to ID values, lengths and values: TDS 1.6 and later, annexes I and M. */
#include "gs1/packed_read.h"

#include <assert.h>
#include <string.h>

#include "gs1/packed_text.h"

const struct packed_size packed_sizes[PACKED_SIZES] = {
	{ 16, 4, 8 }, { 22, 5, 9 }, { 32, 5, 10 }, { 45, 6, 11 }, { 64, 6, 12 }, { 90, 7, 13 }, { 128, 7, 14 },
};

const struct packed_size *packed_size(unsigned int rows)
{
	const struct packed_size *s = packed_sizes;

	while (s->rows < rows) {
		s++;
		assert(s < packed_sizes + PACKED_SIZES);
	}
	return s;
}

unsigned int packed_choice_bits(unsigned int choices)
{
	unsigned int bits = 0;

	while (choices > 1u << bits)
		bits++;
	return bits;
}

bool packed_length_is_number(unsigned int most)
{
	return most < 8 || most > 44;
}

/* as many as a map of the largest table has */
#define IDS_MAX 128u

/* An element of the object that is being read. */
struct part {
	const struct packed_format *format;
	unsigned int variable;		/* digits or characters behind those that are always there */
	bool rest;			/* the last of the texts: whatever is left */
};

struct object {
	const struct packed_table *table;
	const struct packed_size *size;	/* of the list or map */
	struct packed_reader r;
	unsigned int octet, octets;	/* where it is, and how many there are of memory */
	unsigned int next;		/* the octet behind it */
	unsigned int first;		/* of the items, those of this object */
	struct hm_packed *p;
	struct part part[HM_GS1_ELEMENTS];
	unsigned int ids;
	uint16_t id[IDS_MAX];
	struct hm_err *err;
};

static int bad(const struct object *o, int rc, const char *what)
{
	return hm_err_set(o->err, rc, "the object at octet %u, bit %u: %s", o->octet, o->r.at - 8 * o->octet, what);
}

/* Where the bits of a field end too early, or its number is none. */
static int cut(const struct object *o, int rc, const char *field)
{
	if (rc == -HM_EBAD_LENGTH)
		return hm_err_set(o->err, rc, "the object at octet %u ends in %s", o->octet, field);
	return hm_err_set(o->err, rc, "the object at octet %u, bit %u: %s: %s", o->octet, o->r.at - 8 * o->octet, field,
			  hm_error_why(rc));
}

static int take(struct object *o, unsigned int n, unsigned int *ret, const char *field)
{
	int rc = packed_take(&o->r, n, ret);

	return rc ? cut(o, rc, field) : 0;
}

/* --- object info: I.5, I.9 --- */

/* The object's end, in front of its padding. */
static int take_length(struct object *o, const struct packed_bits *bits)
{
	unsigned int len, padded, last, pad = 0;
	int rc = packed_take_ebv(&o->r, 6, &len);

	rc = rc ? rc : packed_take(&o->r, 1, &padded);
	if (rc)
		return cut(o, rc, "its length");
	if (len < 4)
		return bad(o, -HM_EBAD_LENGTH, "a length of less than four octets");
	if (len > o->octets - o->octet)
		return hm_err_set(o->err, -HM_EBAD_LENGTH, "the object at octet %u has %u octets, the memory %u", o->octet, len,
				  o->octets);
	if (padded) {
		last = (unsigned int)hm_bits_take(bits->w, 8 * (o->octet + len - 1), 8);
		if (!last)
			return bad(o, -HM_EBAD_FORMAT, "padded, and without a pad bit in its last octet");
		pad = 1 + (unsigned int)__builtin_ctz(last);
	}
	o->next = o->octet + len;
	o->r.end = 8 * o->next - pad;
	return o->r.at > o->r.end ? cut(o, -HM_EBAD_LENGTH, "its length") : 0;
}

static int add_id(struct object *o, unsigned int id)
{
	if (o->ids == IDS_MAX)
		return bad(o, -HM_ETOO_LONG, "more elements than there can be");
	o->id[o->ids++] = (uint16_t)id;
	return 0;
}

/* Two of them are one number. */
static int take_list(struct object *o)
{
	unsigned int n, v, rows = o->size->rows;
	int rc = packed_take_ebv(&o->r, 3, &n);

	if (rc)
		return cut(o, rc, "the number of its ID values");
	for (n++; n && !rc; n -= n > 1 ? 2 : 1) {
		bool two = n > 1;

		rc = take(o, two ? o->size->two : o->size->one, &v, "its list of ID values");
		if (!rc && v >= (two ? rows * rows : rows))
			return bad(o, -HM_EOVERFLOW, "an ID value that the table cannot have");
		if (!rc && two)
			rc = add_id(o, v / rows);
		rc = rc ? rc : add_id(o, two ? v % rows : v);
	}
	return rc;
}

/* I.5.3.1: which table, and how large the list or map takes it to be. */
static int take_indicator(struct object *o)
{
	unsigned int other, size, subset;
	int rc = take(o, 1, &other, "its application indicator");

	if (!rc && other)
		return bad(o, -HM_EUNSUPPORTED, "ID values of another data format");
	rc = rc ? rc : take(o, 3, &size, "its application indicator");
	if (!rc && (size >= PACKED_SIZES || packed_sizes[size].rows > o->table->size))
		return bad(o, -HM_EBAD_FORMAT, "a larger ID table than is registered");
	rc = rc ? rc : take(o, 3, &subset, "its application indicator");
	if (!rc && subset)
		return bad(o, -HM_EUNSUPPORTED, "ID values of an alternate base table");
	if (!rc)
		o->size = &packed_sizes[size];
	return rc;
}

/* Behind a list or map: written for somebody without the table? And does another follow? */
static int take_use(struct object *o)
{
	unsigned int restricted, more;
	int rc = take(o, 1, &restricted, "its full or restricted use");

	if (!rc && restricted)
		return bad(o, -HM_EUNSUPPORTED, "ID values for restricted use");
	rc = rc ? rc : take(o, 1, &more, "its application indicator");
	if (!rc && more)
		return bad(o, -HM_EUNSUPPORTED, "ID values of more than one table");
	return rc;
}

static int take_map(struct object *o)
{
	unsigned int bit;
	int rc = 0;

	for (unsigned int id = 0; id < o->size->rows && !rc; id++) {
		rc = take(o, 1, &bit, "its map of ID values");
		if (!rc && bit)
			rc = add_id(o, id);
	}
	return rc;
}

#define EDITED "one that may be edited (addendum)"

/* 0000 11: the map has its place, so it comes before the length. */
static int take_map_info(struct object *o, const struct packed_bits *bits, bool *ret_directory)
{
	unsigned int directory, aux = 0, addendum;
	int rc;

	o->r.at += 6;
	rc = take_indicator(o);
	rc = rc ? rc : take_map(o);
	rc = rc ? rc : take_use(o);
	rc = rc ? rc : take(o, 1, &directory, "its flags");
	if (!rc && directory)
		rc = take(o, 1, &aux, "its flags");
	if (!rc && aux)
		return bad(o, -HM_EUNSUPPORTED, "a directory with an auxiliary map");
	rc = rc ? rc : take(o, 1, &addendum, "its flags");
	if (!rc && addendum)
		return bad(o, -HM_EUNSUPPORTED, EDITED);
	rc = rc ? rc : take_length(o, bits);
	if (!rc && !o->ids)
		return bad(o, -HM_EEMPTY, "a map of nothing");
	if (!rc)
		*ret_directory = directory;
	return rc;
}

/* 0000 10NA, or at once the length. */
static int take_list_info(struct object *o, const struct packed_bits *bits)
{
	unsigned int first, flags = 0;
	int rc = take(o, 4, &first, "its flags");

	o->r.at -= rc ? 0 : 4;
	rc = rc || first ? rc : take(o, 8, &flags, "its flags");
	if (!rc && flags & 1)
		return bad(o, -HM_EUNSUPPORTED, EDITED);
	rc = rc ? rc : take_length(o, bits);
	if (!rc && flags & 2)
		rc = take_indicator(o);
	rc = rc ? rc : take_list(o);
	return !rc && flags & 2 ? take_use(o) : rc;
}

/* --- secondary ID bits: I.6, J.3 --- */

static int add_part(struct object *o, const struct packed_oid *oid)
{
	struct hm_packed *p = o->p;
	struct hm_packed_item *item = &p->item[p->n];
	unsigned int digit;
	size_t n = strlen(oid->ai);

	if (p->n == HM_GS1_ELEMENTS)
		return bad(o, -HM_ETOO_LONG, "more elements than there can be");
	*item = (struct hm_packed_item){ .len = 0 };
	memcpy(item->ai, oid->ai, n);
	if (oid->series) {
		int rc = take(o, packed_choice_bits(oid->series), &digit, "its secondary ID bits");

		if (rc)
			return rc;
		if (digit >= oid->series)
			return bad(o, -HM_EOVERFLOW, "a last digit that the AI cannot have");
		item->ai[n] = (char)('0' + digit);
	}
	o->part[p->n - o->first] = (struct part){ .format = &oid->format };
	p->n++;
	return 0;
}

static int take_row(struct object *o, const struct packed_table *table, unsigned int id)
{
	const struct packed_row *row = id < table->n ? &table->rows[id] : NULL;
	unsigned int bit = 0, index;
	int rc;

	if (!row || row->how == PACKED_NONE)
		return bad(o, -HM_EUNKNOWN_AI, "an ID value that stands for no AI");
	if (row->how == PACKED_SECONDARY) {
		rc = take(o, packed_choice_bits(row->sub->size), &index, "its secondary ID bits");
		return rc ? rc : take_row(o, row->sub, index);
	}
	if (row->how == PACKED_EITHER || row->how == PACKED_OPTIONAL) {
		rc = take(o, 1, &bit, "its secondary ID bits");
		if (rc)
			return rc;
	}
	rc = add_part(o, row->how == PACKED_EITHER && bit ? &row->b : &row->a);
	if (!rc && (row->how == PACKED_BOTH || (row->how == PACKED_OPTIONAL && bit)))
		rc = add_part(o, &row->b);
	return rc;
}

/* --- aux format: I.7 --- */

/* Nibbles: 0 ... 14 of one, 15 ... 29 of two, 30 ... 44 of three, no row's range has more. */
static int take_length_above(struct object *o, unsigned int most, unsigned int *ret)
{
	unsigned int v, sum = 0;
	int rc;

	if (packed_length_is_number(most)) {
		rc = take(o, packed_choice_bits(most + 1), &sum, "its lengths");
	} else {
		do {
			rc = take(o, 4, &v, "its lengths");
			sum += rc ? 0 : v;
		} while (!rc && v == 15 && sum <= most);
	}
	if (!rc && sum > most)
		return bad(o, -HM_ETOO_LONG, "a length that the value cannot have");
	if (!rc)
		*ret = sum;
	return rc;
}

static int take_lengths(struct object *o)
{
	unsigned int compact, last = HM_GS1_ELEMENTS, n = o->p->n - o->first;
	int rc = take(o, 1, &compact, "its aux format");

	if (!rc && !compact)
		return bad(o, -HM_EUNSUPPORTED, "no-directory compaction");
	for (unsigned int i = 0; i < n; i++)
		if (o->part[i].format->text)
			last = i;
	for (unsigned int i = 0; i < n && !rc; i++) {
		const struct packed_format *f = o->part[i].format;
		unsigned int above = 0;

		o->part[i].rest = i == last;
		if (i != last && f->max > f->min)
			rc = take_length_above(o, f->max - f->min, &above);
		o->part[i].variable = f->min + above;
	}
	return rc;
}

/* --- data: I.8 --- */

/* Digits whose number is known, of each element apart. */
static int take_digits(struct object *o)
{
	uint8_t values[HM_PACKED_VALUE_MAX];

	for (unsigned int i = o->first; i < o->p->n; i++) {
		const struct part *part = &o->part[i - o->first];
		struct hm_packed_item *item = &o->p->item[i];
		unsigned int n = part->format->digits + (part->format->text ? 0 : part->variable);
		int rc;

		assert(n <= sizeof(values));
		rc = packed_take_values(&o->r, 10, n, values);
		if (rc)
			return cut(o, rc, "its digits");
		for (unsigned int d = 0; d < n; d++)
			item->value[item->len++] = (char)('0' + values[d]);
	}
	return 0;
}

/* @text is that of all elements, one behind the other. */
static int give_text(struct object *o, const char *text, unsigned int len)
{
	for (unsigned int i = o->first; i < o->p->n; i++) {
		const struct part *part = &o->part[i - o->first];
		const struct packed_format *f = part->format;
		struct hm_packed_item *item = &o->p->item[i];
		unsigned int n = part->rest ? len : part->variable;

		if (!f->text)
			continue;
		if (n > len || n < f->min)
			return hm_err_set(o->err, -HM_ETOO_SHORT, "the object at octet %u: too little text for (%s)", o->octet, item->ai);
		if (n > f->max)
			return hm_err_set(o->err, -HM_ETOO_LONG, "the object at octet %u: more text than (%s) can have", o->octet, item->ai);
		assert(item->len + n <= HM_PACKED_VALUE_MAX);
		memcpy(item->value + item->len, text, n);
		item->len = (uint8_t)(item->len + n);
		text += n;
		len -= n;
	}
	/* the last text has all that is left, and without one none was read */
	assert(!len);
	return 0;
}

static int take_data(struct object *o)
{
	char text[PACKED_CHARS_MAX];
	unsigned int len = 0;
	bool any = false;
	int rc = take_digits(o);

	for (unsigned int i = o->first; i < o->p->n; i++)
		any = any || o->part[i - o->first].format->text;
	if (!rc && o->r.at < o->r.end) {
		if (!any)
			return bad(o, -HM_EBAD_LENGTH, "bits behind its last element");
		rc = packed_take_text(&o->r, text, &len);
		if (rc)
			return hm_err_set(o->err, rc, "the object at octet %u, in its text: %s", o->octet, hm_error_why(rc));
	}
	return rc ? rc : give_text(o, text, len);
}

/* --- memory: I.4 --- */

static int take_object(struct object *o, const struct packed_bits *bits, bool is_map)
{
	bool directory = false;
	int rc = is_map ? take_map_info(o, bits, &directory) : take_list_info(o, bits);

	if (!rc && directory) {
		o->p->directory = true;
		return 0;
	}
	for (unsigned int i = 0; i < o->ids && !rc; i++)
		rc = take_row(o, o->table, o->id[i]);
	rc = rc ? rc : take_lengths(o);
	rc = rc ? rc : take_data(o);
	if (rc)
		o->p->n = o->first;
	o->p->objects += !rc;
	return rc;
}

/* A number of octets that counts from itself on. */
static int take_distance(const struct packed_bits *bits, unsigned int octets, unsigned int *at, unsigned int *ret, struct hm_err *err)
{
	struct packed_reader r = { bits->w, 8 * (*at + 1), 8 * octets };
	int rc = packed_take_ebv(&r, 8, ret);

	if (rc)
		return hm_err_set(err, rc, "the pattern at octet %u: %s", *at, hm_error_why(rc));
	if (*ret > octets - (*at + 1))
		return hm_err_set(err, -HM_EBAD_LENGTH, "the pattern at octet %u leads out of the memory", *at);
	*at = r.at / 8;
	return 0;
}

/* 0000 01xx between objects: padding, or where a directory is. */
static int take_pattern(const struct packed_bits *bits, unsigned int octets, unsigned int which, bool *pointed, unsigned int *at,
			struct hm_err *err)
{
	unsigned int begin = *at, distance;
	int rc;

	if (which == 0) {
		(*at)++;
		return 0;
	}
	if (which == 2)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the pattern at octet %u is reserved", begin);
	if (which == 3 && *pointed)
		return hm_err_set(err, -HM_EBAD_FORMAT, "a second directory pointer at octet %u", begin);
	rc = take_distance(bits, octets, at, &distance, err);
	if (rc)
		return rc;
	if (which == 3) {
		*pointed = true;
		if (begin + 1 + distance == octets)
			return hm_err_set(err, -HM_EBAD_LENGTH, "the pattern at octet %u leads out of the memory", begin);
		return 0;
	}
	if (begin + 1 + distance < *at)
		return hm_err_set(err, -HM_EBAD_LENGTH, "the padding at octet %u is shorter than its own length", begin);
	*at = begin + 1 + distance;
	return 0;
}

int packed_read(const struct packed_table *table, const uint8_t *bytes, size_t n, struct hm_packed *ret, struct hm_err *err)
{
	struct packed_bits bits;
	unsigned int at = 1, octets = (unsigned int)n;
	bool pointed = false;
	int rc = 0;

	*ret = (struct hm_packed){ .n = 0 };
	packed_load(&bits, bytes, n);
	while (!rc && at < octets && bytes[at]) {
		uint8_t b = bytes[at];

		if (b < 4)
			return hm_err_set(err, -HM_EBAD_FORMAT, "no object and no pattern at octet %u", at);
		if (b >> 2 == 1) {
			rc = take_pattern(&bits, octets, b & 3, &pointed, &at, err);
		} else {
			struct object o = {
				.table = table, .size = packed_size(table->size), .r = { bits.w, 8 * at, 8 * octets },
				.octet = at, .octets = octets, .first = ret->n, .p = ret, .err = err,
			};

			rc = take_object(&o, &bits, b >> 2 == 3);
			at = o.next;
		}
	}
	return rc;
}
