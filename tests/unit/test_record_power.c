// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two slots while power fails at any byte, again and again, in every carrier. */
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

#include "record/slots.h"
#include "support/sealed.h"
#include "support/shrink.h"

#define GENERATIONS 4

static struct hm_buf images[HM_CARRIERS][GENERATIONS];
static struct hm_image said[HM_CARRIERS][GENERATIONS];

static void make_images(void)
{
	for (int c = 0; c < HM_CARRIERS; c++)
		for (uint32_t g = 0; g < GENERATIONS; g++) {
			_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
			struct hm_image image = {
				.product = "demo-sensor", .part_number = "HM-1000", .serial = "10000000016", .made = 1795000000,
			};
			struct hm_record rec = sealed_example();

			rec.generation = g + 1;
			/* of different lengths too */
			memset(image.manufacturer, 'm', 10 + 7 * g);
			if (g == 2)
				memset(rec.ckt, 0, sizeof(rec.ckt));
			seal_any(&rec, &cwt);
			memcpy(image.cwt, cwt.data, cwt.len);
			image.cwt_len = cwt.len;
			said[c][g] = image;
			hm_buf_init(&images[c][g], HM_IMAGE_MAX);
			assert_int_equal(hm_image_build((enum hm_carrier)c, &image, &images[c][g], NULL), 0);
		}
}

static void drop_images(void)
{
	for (int c = 0; c < HM_CARRIERS; c++)
		for (int g = 0; g < GENERATIONS; g++)
			hm_buf_free(&images[c][g]);
}

/* The generation of a slot's record where it is one that was signed, 0 otherwise. */
static uint32_t genuine(enum hm_slot_state s, const struct hm_image *image)
{
	for (int c = 0; s == HM_SLOT_OURS && c < HM_CARRIERS; c++)
		for (uint32_t g = 0; g < GENERATIONS; g++)
			if (image->cwt_len == said[c][g].cwt_len && !memcmp(image->cwt, said[c][g].cwt, image->cwt_len))
				return g + 1;
	return 0;
}

/* What one byte of a page is after its write was cut: anything. */
static uint8_t after_cut(struct rnd *r, uint8_t was, uint8_t is)
{
	switch (rnd_below(r, 4)) {
	case 0: return was;
	case 1: return is;
	case 2: return 0xff;
	default: return (uint8_t)rnd_next(r);
	}
}

struct outage {
	enum hm_carrier carrier;
	uint32_t page;		/* bytes that an EEPROM writes at once; 1: a cut is clean */
	uint32_t cuts;
	uint8_t fill;
	bool had_one;
};

/* The writes up to byte @cut of them all; the page in which that lies is anybody's guess. */
static void write_until(struct rnd *r, const struct outage *o, uint8_t *bytes, const struct hm_slot_write *w, uint32_t n,
			uint32_t cut)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < w[i].len; k++) {
			uint32_t at = w[i].offset + k;

			if (cut-- == 0) {
				uint32_t from = at / o->page * o->page, to = from + o->page;

				from = from < w[i].offset ? w[i].offset : from;
				to = to > w[i].offset + w[i].len ? w[i].offset + w[i].len : to;
				for (uint32_t p = from; o->page > 1 && p < to; p++)
					bytes[p] = after_cut(r, bytes[p], w[i].bytes[p - w[i].offset]);
				return;
			}
			bytes[at] = w[i].bytes[k];
		}
}

/* Cut after cut of one image after the other into @bytes, of which the last is not cut. */
static const char *outages(struct rnd *r, const struct outage *o, uint8_t *bytes, size_t size, const struct hm_slots *s)
{
	uint32_t target = o->had_one, held = o->had_one;	/* generations: to be written; that must be there */
	struct hm_eeprom_view v;

	for (uint32_t i = 0; i <= o->cuts; i++) {
		const struct hm_buf *image = &images[o->carrier][target];
		struct hm_slot_write w[HM_SLOT_WRITES];
		uint32_t n, total = 0, cut, a, b;

		if (hm_eeprom_view(bytes, size, s, &v) ||
		    hm_slots_writes(s, hm_slots_first(s, &v), image->data, image->len, w, &n, NULL))
			return "no writes";
		for (uint32_t k = 0; k < n; k++)
			total += w[k].len;
		cut = i == o->cuts ? total : (uint32_t)rnd_below(r, total + 1);
		if (r->show)
			print_error("generation %u, cut after %u of %u bytes\n", target + 1, cut, total);
		write_until(r, o, bytes, w, n, cut);
		if (hm_eeprom_view(bytes, size, s, &v))
			return "no view";
		a = genuine(v.a, &v.image_a);
		b = genuine(v.b, &v.image_b);
		if (held && !a && !b)
			return "there was one, and there is none";
		if (held && a < held && b < held)
			return "an older one than there was";
		held = a > b ? (b ? b : a) : (a ? a : b);
		if (cut == total) {
			if (a != target + 1 || b != target + 1 || memcmp(bytes, image->data, image->len))
				return "written to the end, it is not there";
			target = target + 1 < GENERATIONS ? target + 1 : target;
		}
	}
	return NULL;
}

static const char *wrong_outage(struct rnd *r)
{
	static const uint32_t pages[] = { 1, 8, 16, 32, 64 };
	const struct outage o = {
		.carrier = (enum hm_carrier)rnd_below(r, HM_CARRIERS), .page = pages[rnd_below(r, 5)],
		.cuts = (uint32_t)rnd_below(r, 6), .fill = rnd_below(r, 2) ? 0xff : 0, .had_one = rnd_below(r, 2),
	};
	static uint8_t bytes[2048];
	struct hm_slots s;

	if (r->show)
		print_error("%s, pages of %u, fill %02x, %s\n", hm_carrier_name(o.carrier), o.page, o.fill,
			    o.had_one ? "one was there" : "blank");
	memset(bytes, o.fill, sizeof(bytes));
	if (hm_slots_plan(o.carrier, sizeof(bytes), &s))
		return "no plan";
	if (o.had_one) {
		memcpy(bytes, images[o.carrier][0].data, images[o.carrier][0].len);
		memcpy(bytes + s.b, images[o.carrier][0].data, images[o.carrier][0].len);
	}
	return outages(r, &o, bytes, sizeof(bytes), &s);
}

static void power_fails(void **state)
{
	struct rnd r = rnd_start("slots under power failures");

	(void)state;
	make_images();
	for (r.n = 0; r.n < rnd_cases(6000); r.n++)
		shrink_drawn(&r, wrong_outage);
	drop_images();
}

/* Every cut position for every carrier, clean, over every pair of old and new. */
static void every_cut_of_every_carrier(void **state)
{
	(void)state;
	make_images();
	for (int c = 0; c < HM_CARRIERS; c++)
		for (int old = -1; old < GENERATIONS; old++)
			for (int new = 0; new < GENERATIONS; new++) {
				const struct hm_buf *image = &images[c][new];
				struct hm_slot_write w[HM_SLOT_WRITES];
				static uint8_t bytes[2048];
				struct hm_eeprom_view v;
				struct hm_slots s;
				uint32_t n;

				memset(bytes, 0xff, sizeof(bytes));
				assert_int_equal(hm_slots_plan((enum hm_carrier)c, sizeof(bytes), &s), 0);
				for (int i = 0; old >= 0 && i < 2; i++)
					memcpy(bytes + (i ? s.b : s.a), images[c][old].data, images[c][old].len);
				assert_int_equal(hm_eeprom_view(bytes, sizeof(bytes), &s, &v), 0);
				assert_int_equal(hm_slots_first(&s, &v), HM_SLOT_B);
				assert_int_equal(hm_slots_writes(&s, HM_SLOT_B, image->data, image->len, w, &n, NULL), 0);
				for (uint32_t i = 0; i < n; i++)
					for (uint32_t k = 0; k < w[i].len; k++) {
						uint32_t a, b;

						bytes[w[i].offset + k] = w[i].bytes[k];
						assert_int_equal(hm_eeprom_view(bytes, sizeof(bytes), &s, &v), 0);
						a = genuine(v.a, &v.image_a);
						b = genuine(v.b, &v.image_b);
						if ((old >= 0 || i > 0) && !a && !b)
							fail_msg("%s %d to %d: nothing after byte %u of %s", hm_carrier_name((enum hm_carrier)c),
								 old + 1, new + 1, k, w[i].purpose);
						/* at the only place where others look: the old, the new or nothing */
						if (v.a == HM_SLOT_OURS && a != (uint32_t)old + 1 && a != (uint32_t)new + 1)
							fail_msg("%s: half of something in A after byte %u of %s", hm_carrier_name((enum hm_carrier)c),
								 k, w[i].purpose);
						if (old < 0 && (v.a == HM_SLOT_FOREIGN || v.b == HM_SLOT_FOREIGN))
							fail_msg("%s: foreign after byte %u of %s", hm_carrier_name((enum hm_carrier)c), k, w[i].purpose);
					}
			}
	drop_images();
}

/* With slot A alone: the old, the new or nothing, never half of it. */
static void one_slot(void **state)
{
	const struct hm_buf *image = &images[HM_CARRIER_CWT][1];
	struct hm_slot_write w[HM_SLOT_WRITES];
	struct hm_eeprom_view v;
	struct hm_slots s;
	uint8_t bytes[256];
	uint32_t n;

	(void)state;
	make_images();
	assert_int_equal(hm_slots_plan(HM_CARRIER_CWT, 256, &s), 0);
	assert_int_equal(s.n, 1);
	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes, images[HM_CARRIER_CWT][0].data, images[HM_CARRIER_CWT][0].len);
	assert_int_equal(hm_eeprom_view(bytes, 256, &s, &v), 0);
	assert_int_equal(v.a, HM_SLOT_OURS);
	assert_int_equal(v.b, HM_SLOT_BLANK);
	assert_int_equal(hm_slots_first(&s, &v), HM_SLOT_A);
	assert_int_equal(hm_slots_writes(&s, HM_SLOT_A, image->data, image->len, w, &n, NULL), 0);
	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < w[i].len; k++) {
			bytes[w[i].offset + k] = w[i].bytes[k];
			assert_int_equal(hm_eeprom_view(bytes, 256, &s, &v), 0);
			assert_int_equal(v.a, i == 2 ? HM_SLOT_OURS : HM_SLOT_TORN);
		}
	assert_int_equal(genuine(v.a, &v.image_a), 2);
	assert_int_equal(v.generation_a, 2);
	assert_int_equal(hm_slots_plan(HM_CARRIER_CWT, 512, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.size, 256);
	assert_int_equal(hm_slots_plan(HM_CARRIER_CWT, 128, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(HM_CARRIER_IPMI_FRU, 512, &s), -HM_EBAD_LENGTH);
	drop_images();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_fails),
		cmocka_unit_test(every_cut_of_every_carrier),
		cmocka_unit_test(one_slot),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
