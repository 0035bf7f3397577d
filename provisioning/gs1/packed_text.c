// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/packed_text.h"

#include <assert.h>
#include <stdbool.h>

#define GS 29
#define RUNS_MAX 160u		/* of 6 characters at least: more than any memory holds */

/* In the order in which they stand, which is also that of a run's basis bits. */
enum segment { TEN, THIRTEEN, OTHERS, EXTENDED, SEGMENTS };
static const enum segment stored[SEGMENTS] = { THIRTEEN, EXTENDED, TEN, OTHERS };

struct run {
	uint8_t segment, len;
};

struct text {
	unsigned int base[SEGMENTS], count[SEGMENTS], used[SEGMENTS];
	uint8_t values[SEGMENTS][PACKED_CHARS_MAX];
	struct run runs[RUNS_MAX];	/* before the map, then behind it */
	unsigned int prefixes, nruns;
	unsigned int map, mapped;	/* the bit where it begins, and its bits */
	int punctuation;		/* what the programmable one stands for; -1: nothing yet */
	char *out;
	unsigned int n;
};

/* --- characters --- */

static const char base74[] = "\x1d!\"%&'()*+,-./:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz ";

/* Table K-1, shift 1: controls and brackets; -1: nothing. */
static int shift1(unsigned int v)
{
	if (v <= 17)
		return v == 17 ? 23 : (int)v;
	if (v <= 22)
		return (int)v + 9;
	return v >= 26 && v <= 29 ? "[]{}"[v - 26] : -1;
}

/* ... shift 2: the rest of ASCII but for digits and lower case */
static int shift2(unsigned int v)
{
	if (v <= 15)
		return ' ' + (int)v;
	if (v <= 22)
		return ':' + (int)v - 16;
	return v <= 28 ? "\\^_`|~"[v - 23] : -1;
}

/* Table K-2: letters and some others, each behind one of three shifts. */
static int base13(unsigned int shift, unsigned int v)
{
	static const char others[] = " $%&*+,-./?_\x1d";

	return shift == 10 ? 'A' + (int)v : shift == 11 ? 'N' + (int)v : others[v];
}

/* 29 for the first time: shift 2, and what it brings is what 29 stands for from then on. */
static int base30(struct text *t, const uint8_t *v, unsigned int left, unsigned int *used)
{
	if (!v[0])
		return '-';
	if (v[0] <= 26)
		return 'A' + v[0] - 1;
	if (v[0] >= 30)
		return '0' + v[0] - 30;
	if (v[0] == 29 && t->punctuation >= 0)
		return t->punctuation;
	if (left < 2)
		return -1;
	*used = 2;
	if (v[0] == 27)
		return shift1(v[1]);
	if (v[0] == 29)
		t->punctuation = shift2(v[1]);
	return shift2(v[1]);
}

/* One character out of one or two of @left values; false: there is none. */
static bool one(struct text *t, enum segment s, unsigned int left)
{
	const uint8_t *v = t->values[s] + t->used[s];
	unsigned int used = 1;
	int c;

	switch (t->base[s]) {
	case 10:
		c = '0' + v[0];
		break;
	case 13:
		used = v[0] < 10 ? 1 : 2;
		c = used == 1 ? '0' + v[0] : left < 2 ? -1 : base13(v[0], v[1]);
		break;
	case 30:
	case 40:
		c = base30(t, v, left, &used);
		break;
	case 256:
		c = v[0];
		break;
	default:
		c = v[0] < 74 ? base74[v[0]] : '0' + v[0] - 74;
	}
	if (c < 0)
		return false;
	t->used[s] += used;
	t->out[t->n++] = (char)c;
	return true;
}

/* --- reading --- */

static int take_runs(struct packed_reader *r, struct text *t)
{
	unsigned int there, last = 0, segment, len;
	int rc = packed_take(r, 1, &there);

	while (!rc && there && !last) {
		rc = packed_take(r, 1, &last);
		rc = rc ? rc : packed_take(r, 2, &segment);
		rc = rc ? rc : packed_take(r, 3, &len);
		if (rc)
			return rc;
		if (t->nruns == RUNS_MAX)
			return -HM_ETOO_LONG;
		t->runs[t->nruns++] = (struct run){ (uint8_t)segment, (uint8_t)(6 + 2 * len) };
		t->count[segment] += 6 + 2 * len;
	}
	return rc;
}

static unsigned int segments_bits(const struct text *t)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < SEGMENTS; i++)
		bits += packed_values_bits(t->base[i], t->count[i]);
	return bits;
}

/* Each bit of the map is one more value, so only one length of it can fit. */
static int take_map(struct packed_reader *r, struct text *t)
{
	t->map = r->at;
	while (r->at + segments_bits(t) < r->end) {
		unsigned int bit;
		int rc = packed_take(r, 1, &bit);

		if (rc)
			return rc;
		t->count[bit ? OTHERS : TEN]++;
		t->mapped++;
	}
	return r->at + segments_bits(t) == r->end ? 0 : -HM_EBAD_LENGTH;
}

static int take_header(struct packed_reader *r, struct text *t)
{
	unsigned int bit;
	int rc = packed_take(r, 1, &bit);

	t->base[OTHERS] = 30;
	if (!rc && bit) {
		rc = packed_take(r, 1, &bit);
		t->base[OTHERS] = !rc && bit ? 256 : 74;
	}
	t->base[TEN] = 10;
	t->base[THIRTEEN] = 13;
	t->base[EXTENDED] = t->base[OTHERS] == 74 ? 84 : 40;
	rc = rc ? rc : take_runs(r, t);
	t->prefixes = t->nruns;
	rc = rc ? rc : take_runs(r, t);
	return rc ? rc : take_map(r, t);
}

static int take_segments(struct packed_reader *r, struct text *t)
{
	for (unsigned int i = 0; i < SEGMENTS; i++) {
		enum segment s = stored[i];
		int rc;

		/* as many as filled the object were counted: there is room for them */
		assert(t->count[s] <= PACKED_CHARS_MAX);
		rc = packed_take_values(r, t->base[s], t->count[s], t->values[s]);
		if (rc)
			return rc;
	}
	return 0;
}

/* A run has whole characters: no shift at its end. */
static int give_runs(struct text *t, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		enum segment s = t->runs[i].segment;
		unsigned int end = t->used[s] + t->runs[i].len;

		while (t->used[s] < end)
			if (!one(t, s, end - t->used[s]))
				return -HM_EBAD_CHAR;
	}
	return 0;
}

/* A character of two values has two ones side by side. */
static int give_map(const struct packed_reader *r, struct text *t)
{
	for (unsigned int i = 0; i < t->mapped; i++) {
		bool other = hm_bits_take(r->w, t->map + i, 1);
		bool next = i + 1 < t->mapped && hm_bits_take(r->w, t->map + i + 1, 1);
		unsigned int before = t->used[OTHERS];

		if (!one(t, other ? OTHERS : TEN, next ? 2 : 1))
			return -HM_EBAD_CHAR;
		i += t->used[OTHERS] == before + 2;
	}
	return 0;
}

int packed_take_text(struct packed_reader *r, char *out, unsigned int *ret_len)
{
	struct text t = { .punctuation = -1, .out = out };
	int rc = take_header(r, &t);

	rc = rc ? rc : take_segments(r, &t);
	rc = rc ? rc : give_runs(&t, 0, t.prefixes);
	rc = rc ? rc : give_map(r, &t);
	rc = rc ? rc : give_runs(&t, t.prefixes, t.nruns);
	if (!rc)
		*ret_len = t.n;
	return rc;
}

/* --- writing --- */

/*
 * The value of @c in base 30, with the shift that it needs; 0: it has none. A hyphen goes behind a
 * shift, not as the punctuation of the application, which a registration may define anew.
 */
static unsigned int value30(char c, uint8_t out[2])
{
	if (c >= 'A' && c <= 'Z') {
		out[0] = (uint8_t)(c - 'A' + 1);
		return 1;
	}
	for (unsigned int v = 0; v < 30; v++) {
		if (shift1(v) != (uint8_t)c && shift2(v) != (uint8_t)c)
			continue;
		out[0] = shift1(v) == (uint8_t)c ? 27 : 28;
		out[1] = (uint8_t)v;
		return 2;
	}
	return 0;
}

static unsigned int value_in(unsigned int base, char c, uint8_t out[2])
{
	const char *p;

	if (base == 30)
		return value30(c, out);
	if (base == 74) {
		p = memchr(base74, c, 74);
		out[0] = (uint8_t)(p ? p - base74 : 0);
		return !!p;
	}
	out[0] = (uint8_t)c;
	return 1;
}

struct map {
	unsigned int base, tens, others, bits;
	uint8_t ten[PACKED_CHARS_MAX], other[2 * PACKED_CHARS_MAX];
};

/* False: a character has no value in this base. */
static bool map_in(unsigned int base, const char *text, unsigned int len, struct map *m)
{
	m->base = base;
	m->tens = m->others = 0;
	for (unsigned int i = 0; i < len; i++) {
		unsigned int n;

		if (text[i] >= '0' && text[i] <= '9') {
			m->ten[m->tens++] = (uint8_t)(text[i] - '0');
			continue;
		}
		n = value_in(base, text[i], m->other + m->others);
		if (!n)
			return false;
		m->others += n;
	}
	m->bits = (base == 30 ? 1 : 2) + m->tens + m->others + packed_values_bits(10, m->tens) +
		packed_values_bits(base, m->others);
	return true;
}

void packed_put_text(struct packed_bits *b, const char *text, unsigned int len)
{
	static const unsigned int bases[] = { 30, 74, 256 };
	unsigned int best = 256, bits = ~0u;
	struct map m;

	assert(len <= PACKED_CHARS_MAX);
	for (unsigned int i = 0; i < 3; i++)
		if (map_in(bases[i], text, len, &m) && m.bits < bits) {
			best = bases[i];
			bits = m.bits;
		}
	(void)map_in(best, text, len, &m);
	packed_put(b, best == 30 ? 1 : 2, best == 30 ? 0 : best == 74 ? 2 : 3);
	packed_put(b, 2, 0);
	for (unsigned int i = 0; i < len; i++) {
		uint8_t v[2];
		unsigned int n = text[i] >= '0' && text[i] <= '9' ? 0 : value_in(best, text[i], v);

		packed_put(b, n ? n : 1, n == 2 ? 3 : n);
	}
	packed_put_values(b, 10, m.tens, m.ten);
	packed_put_values(b, best, m.others, m.other);
}
