// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a scanner would read from a code's field data: the codes' own escapes undone. */
#include "label/zpl.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int hm_zpl_datamatrix_data(const struct hm_zpl_field *f, char *out, size_t room, size_t *ret_len, bool *ret_gs1)
{
	const char *s = f->data;
	bool gs1 = false;
	size_t i, o = 0;

	for (i = 0; i < f->len; i++) {
		char c = s[i];

		if (o + 2 > room)
			return -EINVAL;
		if (!f->escape || c != f->escape) {
			out[o++] = c;
			continue;
		}
		if (++i >= f->len)
			return -EINVAL;
		c = s[i];
		if (c == f->escape) {
			out[o++] = c;
		} else if (c == '1' && i == 1) {
			gs1 = true;
		} else if (c == '1') {
			out[o++] = '\x1d';
		} else if (c == 'd' && f->len - i > 3) {
			char digits[4] = { s[i + 1], s[i + 2], s[i + 3], '\0' };
			char *rest;
			long v = strtol(digits, &rest, 10);

			if (*rest || v < 0 || v > 255)
				return -EINVAL;
			out[o++] = (char)v;
			i += 3;
		} else if (c >= '@' && c <= '_') {
			out[o++] = (char)(c - '@');
		} else {
			return -EINVAL;
		}
	}
	out[o] = '\0';
	*ret_len = o;
	*ret_gs1 = gs1;
	return 0;
}

/* Where a ^BC field's data has come to. */
struct code128 {
	char *out;
	size_t len, room;
	char subset;		/* A B C */
	bool half;		/* of a pair of digits in C */
	bool gs1, begun;
	unsigned int symbols;	/* characters of the code, its start and check too */
};

static bool put128(struct code128 *c, char x)
{
	if (c->len + 2 > c->room)
		return false;
	c->out[c->len++] = x;
	c->begun = true;
	return true;
}

static bool plain128(struct code128 *c, char x)
{
	if (c->subset == 'C') {
		if (x < '0' || x > '9')
			return false;
		c->half = !c->half;
		c->symbols += c->half;
	} else {
		c->symbols++;
	}
	return put128(c, x);
}

/* What stands behind a >. */
static bool escape128(struct code128 *c, char x, bool first)
{
	static const char names[] = "9:;567", subsets[] = "ABCCBA", codes[] = "0<=", meant[] = ">^~";
	const char *name = strchr(names, x), *code = strchr(codes, x);

	if (!x || c->half)
		return false;
	if (name) {
		if ((name - names < 3) != first)
			return false;
		c->subset = subsets[name - names];
		c->symbols += !first;
		return true;
	}
	if (x == '8') {
		c->symbols++;
		if (c->begun)
			return put128(c, '\x1d');
		c->gs1 = c->begun = true;
		return true;
	}
	return code && plain128(c, meant[code - codes]);
}

int hm_zpl_code128_data(const struct hm_zpl_field *f, char *out, size_t room, struct hm_zpl_code128 *ret)
{
	struct code128 c = { .out = out, .room = room, .subset = 'B', .symbols = 2 };

	assert(room > 0);
	for (size_t i = 0; i < f->len; i++) {
		bool first = i == 0, good;

		if (f->data[i] == '>' && i + 1 < f->len)
			good = escape128(&c, f->data[++i], first);
		else
			good = f->data[i] != '>' && plain128(&c, f->data[i]);
		if (!good)
			return -EINVAL;
	}
	if (c.half)
		return -EINVAL;
	out[c.len] = '\0';
	*ret = (struct hm_zpl_code128){ .len = c.len, .gs1 = c.gs1, .modules = 11 * c.symbols + 13 };
	return 0;
}
