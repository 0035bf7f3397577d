// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Packed objects, seeded properties: parse(build(elements)) = elements, and build(parse(image)) = image,
 * for every AI of table F9 with any value that its format has; texts in runs of every base, packed by
 * an arithmetic and tables of this file's own; images with changed bits are refused, or come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/packed_read.h"
#include "support/packed_spec.h"
#include "support/packed_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

/* --- elements --- */

struct drawn {
	struct hm_elements e;
	char value[HM_GS1_ELEMENTS][HM_PACKED_VALUE_MAX];
};

static void draw_value(struct rnd *r, const struct packed_format *f, char *out, uint8_t *ret_len)
{
	static const char *const sets[] = {
		"0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A0-/.", "abz_AZ09 !\"", "[]{}\\^~@#$\x01\x1d",
	};
	unsigned int n = f->min + (unsigned int)rnd_below(r, f->max - f->min + 1u);
	const char *set = sets[f->text ? rnd_below(r, 5) : 0];
	bool octets = f->text && !rnd_below(r, 8);

	for (unsigned int i = 0; i < f->digits; i++)
		*out++ = (char)('0' + rnd_below(r, 10));
	for (unsigned int i = 0; i < n; i++)
		*out++ = octets ? (char)rnd_below(r, 256) : set[rnd_below(r, strlen(set))];
	*ret_len = (uint8_t)(f->digits + n);
}

static void draw_oid(struct rnd *r, const struct packed_oid *oid, struct drawn *d)
{
	struct hm_element *x = &d->e.e[d->e.n];

	memset(x, 0, sizeof(*x));
	strcpy(x->ai, oid->ai);
	if (oid->series)
		x->ai[strlen(x->ai)] = (char)('0' + rnd_below(r, oid->series));
	if (hm_gs1_find(&d->e, x->ai) || d->e.n == HM_GS1_ELEMENTS - 1)
		return;
	x->ai_len = (uint8_t)strlen(x->ai);
	x->value = d->value[d->e.n];
	draw_value(r, &oid->format, d->value[d->e.n], &x->len);
	d->e.n++;
}

static void draw_row(struct rnd *r, const struct packed_table *table, struct drawn *d)
{
	const struct packed_row *row = &table->rows[rnd_below(r, table->n)];
	bool second = rnd_below(r, 2);

	switch (row->how) {
	case PACKED_NONE:
		break;
	case PACKED_SECONDARY:
		draw_row(r, row->sub, d);
		break;
	case PACKED_BOTH:
		/* in either order */
		draw_oid(r, second ? &row->b : &row->a, d);
		draw_oid(r, second ? &row->a : &row->b, d);
		break;
	case PACKED_OPTIONAL:
		draw_oid(r, &row->a, d);
		if (second)
			draw_oid(r, &row->b, d);
		break;
	default:
		draw_oid(r, row->how == PACKED_EITHER && second ? &row->b : &row->a, d);
	}
}

static const char *wrong_drawn(struct rnd *r)
{
	static struct drawn d;
	unsigned int n = 1 + (unsigned int)rnd_below(r, 12);

	d.e.n = 0;
	for (unsigned int i = 0; i < n; i++)
		draw_row(r, &packed_f9, &d);
	for (unsigned int i = 0; r->show && i < d.e.n; i++)
		print_error("(%s)%.*s\n", d.e.e[i].ai, d.e.e[i].len, d.e.e[i].value);
	return wrong_packed_build(&d.e);
}

static void any_elements(void **state)
{
	struct rnd r = rnd_start("packed elements");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(30000); r.n++)
		shrink_drawn(&r, wrong_drawn);
}

/* --- texts in runs --- */

/* Annex K: what a value alone is; behind a shift, what the next is. ~ is nothing. */
static const char k1[] = "-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char k1_shift1[] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20";	/* from value 1 on */
static const char k1_shift2[] = " !\"#$%&'()*+,-./:;<=>?@\\^_`|~";
static const char k2_shift[3][14] = { "ABCDEFGHIJKLM", "NOPQRSTUVWXYZ", " $%&*+,-./?_\x1d" };
static const char k4[] = "\x1d!\"%&'()*+,-./:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz 0123456789";

struct layout {
	unsigned int others;		/* 30, 74 or 256 */
	unsigned int n[4];		/* values of the segments 10, 13, others, extended */
	uint8_t value[4][400];
	struct spec runs[2], map;
	char text[400];
	unsigned int len;
};

static void value(struct layout *l, unsigned int s, unsigned int v)
{
	l->value[s][l->n[s]++] = (uint8_t)v;
}

/* A character of @room values at most; how many it has. */
static unsigned int character(struct rnd *r, struct layout *l, unsigned int s, unsigned int room)
{
	const unsigned int bases[] = { 10, 13, l->others, l->others == 74 ? 84 : 40 }, base = bases[s];
	unsigned int shift = room > 1 ? (unsigned int)rnd_below(r, 4) : 0, v;
	char *out = &l->text[l->len++];

	if (base == 13 && shift) {
		v = (unsigned int)rnd_below(r, 13);
		value(l, s, 9 + shift);
		value(l, s, v);
		*out = k2_shift[shift - 1][v];
		return 2;
	}
	if ((base == 30 || base == 40) && shift > 1) {
		v = (unsigned int)rnd_below(r, shift == 2 ? 16 : 29);
		value(l, s, 25 + shift);
		value(l, s, shift == 2 ? v + 1 : v);
		*out = shift == 2 ? k1_shift1[v] : k1_shift2[v];
		return 2;
	}
	if (base == 256 || base == 74 || base == 84) {
		v = (unsigned int)rnd_below(r, base);
		*out = base == 256 ? (char)v : k4[v];
	} else if (base == 10 || base == 13 || (base == 40 && shift)) {
		v = (unsigned int)rnd_below(r, 10);
		*out = (char)('0' + v);
		v += base == 40 ? 30 : 0;
	} else {
		v = (unsigned int)rnd_below(r, 27);
		*out = k1[v];
	}
	value(l, s, v);
	return 1;
}

static void draw_runs(struct rnd *r, struct layout *l, struct spec *s)
{
	unsigned int n = (unsigned int)rnd_below(r, 4);

	s->n = 0;
	spec_number(s, 1, !!n);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int which = (unsigned int)rnd_below(r, 4), len = (unsigned int)rnd_below(r, 8), left = 6 + 2 * len;

		spec_number(s, 1, i + 1 == n);
		spec_number(s, 2, which);
		spec_number(s, 3, len);
		while (left)
			left -= character(r, l, which, left);
	}
}

/* Multiplied out octet by octet, in as many bits as the greatest of its length has. */
static void number(struct spec *s, unsigned int base, const uint8_t *v, unsigned int n)
{
	uint8_t sum[24] = { 0 }, most[24] = { 0 };
	unsigned int bits = 0;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int c = v[i], m = base - 1;

		for (unsigned int o = 0; o < sizeof(sum); o++) {
			c += sum[o] * base;
			m += most[o] * base;
			sum[o] = (uint8_t)c;
			most[o] = (uint8_t)m;
			c >>= 8;
			m >>= 8;
		}
	}
	for (unsigned int b = 0; b < 8 * sizeof(most); b++)
		if (most[b / 8] >> b % 8 & 1)
			bits = b + 1;
	while (bits--)
		spec_number(s, 1, sum[bits / 8] >> bits % 8 & 1);
}

static void segment(struct spec *s, const struct layout *l, unsigned int which, unsigned int base, unsigned int most)
{
	for (unsigned int i = 0; i < l->n[which]; i += most)
		number(s, base, l->value[which] + i, l->n[which] - i < most ? l->n[which] - i : most);
}

/* All texts of an object: runs, map, runs; the segments 13, extended, 10, others. */
static void draw_text(struct rnd *r, struct layout *l, struct spec *s)
{
	static const unsigned int others[] = { 30, 74, 256 };
	unsigned int n = (unsigned int)rnd_below(r, 30);

	memset(l->n, 0, sizeof(l->n));
	l->len = 0;
	l->others = others[rnd_below(r, 3)];
	draw_runs(r, l, &l->runs[0]);
	l->map.n = 0;
	for (unsigned int i = 0; i < n + !l->len; i++) {
		bool other = rnd_below(r, 2);
		unsigned int used = character(r, l, other ? 2 : 0, 2);

		spec_bits(&l->map, !other ? "0" : used == 2 ? "11" : "1");
	}
	draw_runs(r, l, &l->runs[1]);
	spec_bits(s, l->others == 30 ? "0" : l->others == 74 ? "10" : "11");
	spec_add(s, &l->runs[0]);
	spec_add(s, &l->runs[1]);
	spec_add(s, &l->map);
	segment(s, l, 1, 13, 43);
	segment(s, l, 3, l->others == 74 ? 84 : 40, l->others == 74 ? 25 : 30);
	segment(s, l, 0, 10, 48);
	segment(s, l, 2, l->others, l->others == 30 ? 32 : l->others == 74 ? 25 : 20);
}

/* (90), (91) ... of 30 characters, the last with what is left. */
static const char *wrong_runs(struct rnd *r)
{
	static struct layout l;
	static struct spec text, body, none, s;
	static struct hm_packed p;
	unsigned int n, at = 0;
	char hex[SPEC_BITS];

	text.n = body.n = none.n = s.n = 0;
	draw_text(r, &l, &text);
	n = (l.len + 29) / 30;
	if (n > 4)
		return NULL;
	spec_number(&body, 3, n - 1);
	for (unsigned int i = 0; i < n; i += 2) {
		if (i + 1 < n)
			spec_number(&body, 13, (75 + i) * 90 + 76 + i);
		else
			spec_number(&body, 7, 75 + i);
	}
	spec_bits(&body, "1");
	for (unsigned int i = 1; i < n; i++)
		spec_bits(&body, "1111 1110");
	spec_add(&body, &text);
	spec_object(&s, &none, &body);
	spec_hex(&s, hex);
	if (r->show)
		print_error("%s\n", hex);
	shrink_must(!hm_packed_parse(hex, strlen(hex), &p, NULL));
	shrink_must(p.n == n);
	for (unsigned int i = 0; i < n; i++) {
		shrink_must(p.item[i].len == (i + 1 < n ? 30 : l.len - at));
		shrink_must(!memcmp(p.item[i].value, l.text + at, p.item[i].len));
		at += p.item[i].len;
	}
	return wrong_packed(hex, strlen(hex));
}

static void any_runs(void **state)
{
	struct rnd r = rnd_start("packed runs");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(30000); r.n++)
		shrink_drawn(&r, wrong_runs);
}

/* --- images --- */

static void any_image(void **state)
{
	static const char *const images[] = {
		"8985CD4B6B7D284ED02C398A07890047DC7EC132C47DC7EC132C7B1674E79C5FE423C4800000000000002C49B7293D5E172A832F9E8CF66B222011265C00",
		"89852A24E84E7A7439101FF9931210D31BC87DD6BC75E190DCC2CA32B23245B5D7B7373737373737373737373616162636364800",
		"8985AA0B98DF8FA4AFF9931080B43A499B2745623769E39F6F3EAB376515FAACCC509E2CFFEC229069E48F7FE0A5B8B05311B3EEE30E8F1F8F30B800",
		"896A42E7F13799310C1A495785120C899C5075FFFB399C18003CA800", "894EB43154184E1E88C789006DA6D2E98C3CD3A000",
		"8905028908070304891205464000", "89", "891205464012054640",
	};
	struct rnd r = rnd_start("packed images");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++) {
		char hex[300];
		size_t len;

		strcpy(hex, images[rnd_below(&r, sizeof(images) / sizeof(images[0]))]);
		len = strlen(hex);
		for (uint64_t i = 0, n = 1 + rnd_below(&r, 4); i < n; i++)
			hex[rnd_below(&r, 8) ? 2 + rnd_below(&r, len - 1) : rnd_below(&r, len)] = "0123456789ABCDEF"[rnd_below(&r, 16)];
		hex[len] = '\0';
		len -= rnd_below(&r, 4) ? 0 : rnd_below(&r, len);
		shrink_check(&r, hex, len, wrong_packed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_elements), cmocka_unit_test(any_runs), cmocka_unit_test(any_image),
	};

	return cmocka_run_group_tests_name("packed objects, properties", tests, NULL, NULL);
}
