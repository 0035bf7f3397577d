// SPDX-License-Identifier: LGPL-2.1-or-later
/* IPMI FRU, by chance: what is written is read, and what others wrote is kept. */
#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/carrier.h"
#include "support/fru_sum.h"
#include "support/sealed.h"
#include "support/shrink.h"

struct sample {
	struct hm_fru f;
	uint32_t custom[3];	/* fields behind the named ones */
	uint32_t others;	/* records of other people */
	uint32_t internal;	/* bytes of an internal use area */
};

static void draw(struct rnd *r, struct sample *s)
{
	static const enum hm_fru_text ends[] = { HM_FRU_CHASSIS_SERIAL, HM_FRU_BOARD_FILE, HM_FRU_PRODUCT_FILE };
	char set[95];
	int t = 0;

	for (size_t i = 0; i < sizeof(set); i++)
		set[i] = (char)(' ' + i);
	memset(s, 0, sizeof(*s));
	for (int a = 0; a < 3; a++) {
		s->f.has[HM_FRU_CHASSIS + a] = rnd_below(r, 4) != 0;
		for (; t <= (int)ends[a]; t++) {
			size_t len = rnd_below(r, 3) ? rnd_below(r, 8) : rnd_below(r, HM_FRU_WRITE + 1);

			if (!s->f.has[HM_FRU_CHASSIS + a])
				continue;
			rnd_text(r, s->f.text[t], len, set, sizeof(set));
			while (len && s->f.text[t][len - 1] == ' ')
				s->f.text[t][--len] = '\0';
		}
		s->custom[a] = (uint32_t)rnd_below(r, 3);
	}
	if (s->f.has[HM_FRU_CHASSIS])
		s->f.chassis_type = (uint8_t)rnd_next(r);
	if (s->f.has[HM_FRU_BOARD])
		s->f.board_minutes = (uint32_t)rnd_below(r, 1 << 24);
	s->f.cwt_len = rnd_below(r, 4) ? rnd_below(r, HM_RECORD_MAX + 1) : 0;
	rnd_bytes(r, s->f.cwt, s->f.cwt_len);
	s->f.has[HM_FRU_RECORDS] = s->f.cwt_len != 0;
	s->others = (uint32_t)rnd_below(r, 3);
	s->internal = (uint32_t)rnd_below(r, 2) * 8 * (uint32_t)(1 + rnd_below(r, 3));
}

/* parse(build(x)) = x, whatever lies behind */
static const char *round_trip(const struct sample *s)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(2 * HM_IMAGE_MAX);
	struct hm_fru back;
	size_t n, len;

	if (hm_fru_build(&s->f, &b, NULL))
		return "it is not built";
	len = b.len;
	if (hm_buf_add(&b, "behind", 6) || hm_fru_parse(b.data, b.len, &back, &n, NULL))
		return "it is not read";
	if (n != len)
		return "its length";
	return memcmp(&back, &s->f, sizeof(back)) ? "it reads differently" : NULL;
}

/* Put a field behind the named ones of an area: by hand, as somebody else would. */
static void add_custom(uint8_t *b, size_t *len, int area)
{
	size_t at = 8u * b[2 + area], size, i;

	if (!b[2 + area])
		return;
	size = 8u * b[at + 1];
	/* eight bytes more, in front of the end mark; areas behind move */
	for (i = at + size - 2; b[i] != 0xc1 || i + 1 < at + size - 1 - 7; i--)
		;
	memmove(b + i + 8, b + i, *len - i);
	memcpy(b + i, "\xc7" "custom!", 8);
	b[at + 1]++;
	for (int a = 0; a < 5; a++)
		if (8u * b[1 + a] > at)
			b[1 + a]++;
	*len += 8;
	fix(b + at, size + 8);
	fix(b, 8);
}

/* Other people's things into a FRU of ours. */
static void add_theirs(const struct sample *s, uint8_t *b, size_t *len)
{
	for (int a = 0; a < 3; a++)
		for (uint32_t i = 0; i < s->custom[a] && *len < 1500; i++)
			add_custom(b, len, a);
	if (s->internal && !b[1]) {
		memmove(b + 8 + s->internal, b + 8, *len - 8);
		memset(b + 8, 0x5a, s->internal);
		for (int a = 0; a < 5; a++)
			b[1 + a] = (uint8_t)(b[1 + a] ? b[1 + a] + s->internal / 8 : 0);
		b[1] = 1;
		*len += s->internal;
		fix(b, 8);
	}
	for (uint32_t i = 0; i < s->others && b[5]; i++) {
		size_t at = 8u * b[5];

		memmove(b + at + 13, b + at, *len - at);
		memcpy(b + at, "\xc1\x02\x08\0\0" "\1\2\3" "other", 13);
		b[at + 3] = (uint8_t)-(6 + 'o' + 't' + 'h' + 'e' + 'r');
		fix(b + at, 5);
		*len += 13;
	}
}

static bool holds(const struct hm_buf *b, const char *bytes, size_t len, uint32_t times)
{
	const uint8_t *at = b->data, *end = b->data + b->len;

	while (times && (at = memmem(at, (size_t)(end - at), bytes, len))) {
		at += len;
		times--;
	}
	return !times;
}

/* update(h, parse(h)) = h; and with another record, all that is not ours is still there. */
static const char *keeps(const struct sample *s)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(2 * HM_IMAGE_MAX), again = HM_BUF_INIT(2 * HM_IMAGE_MAX),
		      other = HM_BUF_INIT(2 * HM_IMAGE_MAX);
	struct hm_fru f, g;
	size_t n, len;

	if (hm_fru_build(&s->f, &b, NULL))
		return "it is not built";
	len = b.len;
	while (b.len < HM_IMAGE_MAX)
		if (hm_buf_byte(&b, 0xff))
			return "memory";
	add_theirs(s, b.data, &len);
	if (hm_fru_parse(b.data, len, &f, &n, NULL))
		return "theirs is not read";
	if (hm_fru_update(b.data, len, &f, &again, NULL) || again.len != len || memcmp(again.data, b.data, len))
		return "put back, it is not the same";
	strcpy(f.text[HM_FRU_PRODUCT_SERIAL], "another serial");
	f.has[HM_FRU_PRODUCT] = true;
	f.cwt_len = 200;
	memset(f.cwt, 0x77, sizeof(f.cwt));
	if (hm_fru_update(b.data, len, &f, &other, NULL))
		return "another record is not put in";
	if (hm_fru_parse(other.data, other.len, &g, &n, NULL) || n != other.len)
		return "with another record, it is not read";
	if (strcmp(g.text[HM_FRU_PRODUCT_SERIAL], "another serial") || g.cwt_len != 200 || g.records != f.records ||
	    g.custom != f.custom)
		return "with another record, something is gone";
	if (!holds(&other, "custom!", 7, f.custom) || !holds(&other, "other", 5, f.records))
		return "other people's bytes are gone";
	return NULL;
}

static const char *judged(struct rnd *r, const char *(*fails)(const struct sample *))
{
	struct sample s;

	draw(r, &s);
	for (int i = 0; r->show && i < HM_FRU_TEXTS; i++)
		if (s.f.text[i][0])
			print_error("%s = \"%s\"\n", hm_fru_text_name((enum hm_fru_text)i), s.f.text[i]);
	if (r->show)
		print_error("areas %d%d%d, custom %u %u %u, others %u, internal %u, record %zu\n", s.f.has[HM_FRU_CHASSIS],
			    s.f.has[HM_FRU_BOARD], s.f.has[HM_FRU_PRODUCT], s.custom[0], s.custom[1], s.custom[2], s.others,
			    s.internal, s.f.cwt_len);
	return fails(&s);
}

static const char *wrong_round_trip(struct rnd *r)
{
	return judged(r, round_trip);
}

static const char *wrong_kept(struct rnd *r)
{
	return judged(r, keeps);
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("fru round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_round_trip);
}

static void what_others_wrote_is_kept(void **state)
{
	struct rnd r = rnd_start("fru kept");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(what_others_wrote_is_kept),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
