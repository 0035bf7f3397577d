// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two slots, under every cut of the write. */
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
#include "support/rnd.h"
#include "support/signer.h"
#include "support/tlvinfo.h"

static struct hm_onie example_onie(void)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	const struct hm_record rec = example();
	struct hm_onie o = {
		.product = "demo-sensor", .part_number = "HM-1000", .serial = "10000000016",
		.date = "11/22/2026 12:00:00", .manufacturer = "Example Instruments",
	};

	seal(&rec, &cwt);
	memcpy(o.cwt, cwt.data, cwt.len);
	o.cwt_len = cwt.len;
	return o;
}

static void plans(void **state)
{
	struct hm_slots s = { .size = 7 };

	(void)state;
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 256, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 1023, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 3072, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 131072, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 0, &s), -HM_EBAD_LENGTH);
	assert_int_equal(s.size, 7);
	for (uint32_t size = 1024; size <= 65536; size *= 2) {
		assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, size, &s), 0);
		assert_int_equal(s.a, 0);
		assert_int_equal(s.b, size / 2);
		assert_true(s.size == 2048 || s.size == size / 2);
		assert_true(s.size <= 2048 && s.b + s.size <= size);
	}
}

#define EEPROM 4096

struct board {
	uint8_t bytes[EEPROM];
	struct hm_slots slots;
};

static void view(const struct board *b, struct hm_eeprom_view *v)
{
	assert_int_equal(hm_eeprom_view(b->bytes, sizeof(b->bytes), &b->slots, v), 0);
}

static struct board board(int fill)
{
	struct board b;

	memset(b.bytes, fill, sizeof(b.bytes));
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, EEPROM, &b.slots), 0);
	return b;
}

static void image_of(const char *serial, struct hm_buf *out)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	struct hm_record rec = example();
	struct hm_onie o = example_onie();

	strcpy(rec.serial, serial);
	strcpy(o.serial, serial);
	seal(&rec, &cwt);
	memcpy(o.cwt, cwt.data, cwt.len);
	o.cwt_len = cwt.len;
	assert_int_equal(hm_onie_build(&o, out), 0);
}

/*
 * The promise: cut the four writes after any number of bytes, on a board that was
 * blank or held another of our images. Never are both slots without a whole
 * TlvInfo unless none was there before slot B was whole; nothing we began is
 * ever called foreign or blank where it matters; and A is never half of something.
 */
static void every_cut(struct board start, const struct hm_buf *image, bool had_one)
{
	struct hm_slot_write w[HM_SLOT_WRITES];
	uint32_t n_writes;
	struct board b = start;
	struct hm_eeprom_view v;

	assert_int_equal(hm_slots_writes(&b.slots, HM_SLOT_B, image->data, image->len, w, &n_writes, NULL), 0);
	assert_int_equal(n_writes, HM_SLOT_WRITES);
	for (int i = 0; i < HM_SLOT_WRITES; i++) {
		for (uint32_t n = 0; n <= w[i].len; n++) {
			if (n)
				b.bytes[w[i].offset + n - 1] = w[i].bytes[n - 1];
			view(&b, &v);
			if (v.a == HM_SLOT_FOREIGN || v.b == HM_SLOT_FOREIGN)
				fail_msg("%s cut at %u of %u: a %d b %d", w[i].purpose, n, w[i].len, v.a, v.b);
			if (i > 0 || n == w[i].len || had_one)
				assert_true(v.a == HM_SLOT_OURS || v.b == HM_SLOT_OURS);
			/* after the first byte of B something is always to be seen */
			if (i == 0 && n > 0 && n < w[i].len && !had_one)
				assert_int_equal(v.b, HM_SLOT_TORN);
			if (i == 1 && n == 1)
				assert_int_not_equal(v.a, HM_SLOT_OURS);
			if (i == 2 && n > 0)
				assert_int_equal(v.a, HM_SLOT_TORN);
		}
	}
	assert_int_equal(v.a, HM_SLOT_OURS);
	assert_int_equal(v.b, HM_SLOT_OURS);
	assert_memory_equal(b.bytes, image->data, image->len);
	assert_memory_equal(b.bytes + b.slots.b, image->data, image->len);
	assert_string_equal(v.image_a.serial, v.image_b.serial);
	assert_int_equal(v.image_a.cwt_len, v.image_b.cwt_len);
}

static void cut_anywhere(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX), two = HM_BUF_INIT(HM_ONIE_MAX);
	struct board b = board(0xff);

	(void)state;
	image_of("10000000016", &one);
	image_of("10000000023", &two);
	every_cut(b, &one, false);
	every_cut(board(0), &one, false);
	memcpy(b.bytes, one.data, one.len);
	memcpy(b.bytes + b.slots.b, one.data, one.len);
	every_cut(b, &two, true);
	every_cut(b, &one, true);
}

static void writes_in_order(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_slots s, small = { HM_CARRIER_ONIE_TLV, 2, 0, 128, 128 };
	struct hm_slot_write w[HM_SLOT_WRITES];
	uint32_t n_writes;

	(void)state;
	image_of("10000000016", &one);
	assert_int_equal(hm_slots_plan(HM_CARRIER_ONIE_TLV, 32768, &s), 0);
	assert_int_equal(hm_slots_writes(&s, HM_SLOT_B, one.data, one.len, w, &n_writes, NULL), 0);
	assert_string_equal(w[0].purpose, "slot-b");
	assert_int_equal(w[0].offset, 16384);
	assert_int_equal(w[0].len, one.len);
	assert_string_equal(w[1].purpose, "invalidate");
	assert_int_equal(w[1].offset, 0);
	assert_int_equal(w[1].len, 1);
	assert_int_equal(w[1].bytes[0], 0);
	assert_string_equal(w[2].purpose, "body");
	assert_int_equal(w[2].offset, 1);
	assert_int_equal(w[2].len, one.len - 1);
	assert_ptr_equal(w[2].bytes, one.data + 1);
	assert_string_equal(w[3].purpose, "first-byte");
	assert_int_equal(w[3].offset, 0);
	assert_int_equal(w[3].len, 1);
	assert_int_equal(w[3].bytes[0], 'T');
	assert_int_equal(hm_slots_writes(&small, HM_SLOT_B, one.data, one.len, w, &n_writes, NULL), -HM_ETOO_LONG);
	one.data[0] = 'X';
	assert_int_equal(hm_slots_writes(&s, HM_SLOT_B, one.data, one.len, w, &n_writes, NULL), -HM_EBAD_FORMAT);
	assert_int_equal(hm_slots_writes(&s, HM_SLOT_B, one.data, 0, w, &n_writes, NULL), -HM_EBAD_FORMAT);
}

static enum hm_slot_state state_a(const struct board *b)
{
	struct hm_eeprom_view v;

	view(b, &v);
	assert_int_equal(v.b, HM_SLOT_BLANK);
	return v.a;
}

static void what_is_not_ours(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct board b = board(0xff);
	struct hm_eeprom_view v;
	size_t n;

	(void)state;
	assert_int_equal(hm_eeprom_view(b.bytes, EEPROM - 1, &b.slots, &v), -HM_ETOO_SHORT);
	assert_int_equal(state_a(&b), HM_SLOT_BLANK);
	b.bytes[700] = 0xfe;
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	b.bytes[700] = 0xff;
	memcpy(b.bytes, "\x01\x00\x00\x01", 4);		/* an IPMI FRU, say */
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	/* a good TlvInfo of somebody else; the same with a wrong checksum */
	memcpy(b.bytes, TLVINFO_HEAD "\x23\x02" "17" "\x24\x01z", 18);
	n = close_tlvinfo(b.bytes, 18);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	b.bytes[n - 1] ^= 1;
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	b = board(0xff);
	memcpy(b.bytes, TLVINFO_HEAD "\x23\x02" "17" "\xfd\x05\0\0\0\1x", 22);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);		/* cut, behind another's number */
	n = close_tlvinfo(b.bytes, 22);
	b.bytes[n - 1] ^= 1;
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	/* our number and a good checksum, but no record: the number is free for documents */
	b = board(0xff);
	memcpy(b.bytes, TLVINFO_HEAD "\xfd\x06\0\0\x7e\xd9\xd2\x84", 19);
	(void)close_tlvinfo(b.bytes, 19);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	/* our record under another serial's TLV */
	{
		struct hm_onie o = example_onie();

		b = board(0xff);
		o.serial[10] ^= 1;
		assert_int_equal(hm_onie_build(&o, &one), 0);
		memcpy(b.bytes, one.data, one.len);
		assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
		hm_buf_reset(&one);
	}
	/* our own, damaged in any one place: begun by us */
	image_of("10000000016", &one);
	for (size_t i = 0; i < one.len; i++) {
		enum hm_slot_state s;

		b = board(0xff);
		memcpy(b.bytes, one.data, one.len);
		b.bytes[i] ^= 0x20;
		s = state_a(&b);
		/* but not where the mark itself is what was damaged */
		if (s != HM_SLOT_TORN && s != HM_SLOT_FOREIGN)
			fail_msg("byte %zu: %d", i, s);
		if (i < 60)
			assert_int_equal(s, HM_SLOT_TORN);
	}
}

/* Any bytes at all: an answer, and never OURS unless the record parses. */
static void garbage(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct rnd r = rnd_start("eeprom garbage");

	(void)state;
	image_of("10000000016", &one);
	for (r.n = 0; r.n < 20000; r.n++) {
		struct board b = board(rnd_below(&r, 2) ? 0xff : 0);
		size_t len = rnd_below(&r, one.len + 1);
		struct hm_eeprom_view v;
		struct hm_record rec;

		memcpy(b.bytes, one.data, len);
		for (uint64_t i = rnd_below(&r, 4); i; i--)
			b.bytes[rnd_below(&r, one.len)] = (uint8_t)rnd_next(&r);
		rnd_assert(&r, !hm_eeprom_view(b.bytes, sizeof(b.bytes), &b.slots, &v));
		if (v.a == HM_SLOT_OURS)
			rnd_assert(&r, !hm_record_parse(v.image_a.cwt, v.image_a.cwt_len, &rec, NULL));
	}
}

/* --- power fails at any byte, again and again --- */

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
			struct hm_record rec = example();

			rec.generation = g + 1;
			/* of different lengths too */
			memset(image.manufacturer, 'm', 10 + 7 * g);
			if (g == 2)
				memset(rec.ckt, 0, sizeof(rec.ckt));
			seal(&rec, &cwt);
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
	uint64_t seed;
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

static const char *outage(const struct outage *o)
{
	struct rnd r = { .seed = o->seed, .state = o->seed };
	static uint8_t bytes[2048];
	struct hm_slots s;
	struct hm_eeprom_view v;
	uint32_t target = 0, held = 0;	/* generations: to be written; that must be there */

	memset(bytes, o->fill, sizeof(bytes));
	if (hm_slots_plan(o->carrier, sizeof(bytes), &s))
		return "no plan";
	if (o->had_one) {
		memcpy(bytes, images[o->carrier][0].data, images[o->carrier][0].len);
		memcpy(bytes + s.b, images[o->carrier][0].data, images[o->carrier][0].len);
		held = 1;
		target = 1;
	}
	for (uint32_t i = 0; i <= o->cuts; i++) {
		const struct hm_buf *image = &images[o->carrier][target];
		struct hm_slot_write w[HM_SLOT_WRITES];
		uint32_t n, total = 0, cut, a, b;

		if (hm_eeprom_view(bytes, sizeof(bytes), &s, &v) ||
		    hm_slots_writes(&s, hm_slots_first(&s, &v), image->data, image->len, w, &n, NULL))
			return "no writes";
		for (uint32_t k = 0; k < n; k++)
			total += w[k].len;
		cut = i == o->cuts ? total : (uint32_t)rnd_below(&r, total + 1);
		write_until(&r, o, bytes, w, n, cut);
		if (hm_eeprom_view(bytes, sizeof(bytes), &s, &v))
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

static void power_fails(void **state)
{
	static const uint32_t pages[] = { 1, 8, 16, 32, 64 };
	struct rnd r = rnd_start("slots under power failures");

	(void)state;
	make_images();
	for (r.n = 0; r.n < rnd_cases(6000); r.n++) {
		struct outage o = {
			.seed = rnd_next(&r), .carrier = (enum hm_carrier)rnd_below(&r, HM_CARRIERS),
			.page = pages[rnd_below(&r, 5)], .cuts = (uint32_t)rnd_below(&r, 6),
			.fill = rnd_below(&r, 2) ? 0xff : 0, .had_one = rnd_below(&r, 2),
		};
		const char *why = outage(&o), *less;

		if (!why)
			continue;
		/* fewer cuts with the same dice, then a smaller page */
		for (uint32_t cuts = 0; cuts < o.cuts; cuts++) {
			struct outage t = o;

			t.cuts = cuts;
			less = outage(&t);
			if (less) {
				o = t;
				why = less;
				break;
			}
		}
		fail_msg("seed %llu, case %llu: %s: %s, seed %llu, pages of %u, %u cuts, fill %02x, %s", (unsigned long long)r.seed,
			 (unsigned long long)r.n, why, hm_carrier_name(o.carrier), (unsigned long long)o.seed, o.page, o.cuts,
			 o.fill, o.had_one ? "one was there" : "blank");
	}
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

static void which_one_speaks(void **state)
{
	struct hm_eeprom_view v = { .a = HM_SLOT_TORN, .b = HM_SLOT_BLANK };
	struct hm_slots s = { .n = 2 };
	enum hm_slot_name which = HM_SLOT_B;

	(void)state;
	assert_int_equal(hm_slots_current(&v, &which), -HM_ENOT_FOUND);
	assert_int_equal(which, HM_SLOT_B);
	assert_int_equal(hm_slots_first(&s, &v), HM_SLOT_B);
	v.b = HM_SLOT_OURS;
	assert_int_equal(hm_slots_current(&v, &which), 0);
	assert_int_equal(which, HM_SLOT_B);
	assert_int_equal(hm_slots_first(&s, &v), HM_SLOT_A);
	v.a = HM_SLOT_OURS;
	assert_int_equal(hm_slots_current(&v, &which), 0);
	assert_int_equal(which, HM_SLOT_A);
	assert_int_equal(hm_slots_first(&s, &v), HM_SLOT_B);
	v.generation_b = 1;
	assert_int_equal(hm_slots_current(&v, &which), 0);
	assert_int_equal(which, HM_SLOT_B);
	v.generation_a = 2;
	assert_int_equal(hm_slots_current(&v, &which), 0);
	assert_int_equal(which, HM_SLOT_A);
	strcpy(v.image_a.serial, "other");
	assert_int_equal(hm_slots_current(&v, &which), -HM_EINCONSISTENT);
	v.b = HM_SLOT_FOREIGN;
	assert_int_equal(hm_slots_current(&v, &which), 0);
	assert_int_equal(which, HM_SLOT_A);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(writes_in_order),
		cmocka_unit_test(what_is_not_ours),
		cmocka_unit_test(garbage),
		cmocka_unit_test(power_fails),
		cmocka_unit_test(every_cut_of_every_carrier),
		cmocka_unit_test(one_slot),
		cmocka_unit_test(which_one_speaks),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
