// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two slots, under every cut of the write, by chance and on purpose. */
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
#include "support/sealed.h"

#define EEPROM 4096

struct board {
	uint8_t bytes[EEPROM];
	struct hm_slots slots;
};

static struct board board(enum hm_carrier c, int fill)
{
	struct board b;

	memset(b.bytes, fill, sizeof(b.bytes));
	assert_int_equal(hm_slots_plan(c, EEPROM, &b.slots), 0);
	return b;
}

static void build(enum hm_carrier c, const struct hm_image *image, struct hm_buf *out)
{
	hm_buf_reset(out);
	assert_int_equal(hm_image_build(c, image, out, NULL), 0);
}

static bool erased(const uint8_t *p, size_t len)
{
	return (p[0] == 0x00 || p[0] == 0xff) && !memcmp(p, p + 1, len - 1);
}

/*
 * Slot B while @image goes into it, which was blank. After the first byte something is always to be
 * seen. An image that ends in what erased bytes are is whole before its last byte is
 * written; a FRU of which a part of the signature is missing may parse, by chance.
 */
static void begun(const struct board *b, const struct hm_eeprom_view *v, const struct hm_buf *image, uint32_t n)
{
	bool whole = !memcmp(b->bytes + b->slots.b, image->data, image->len);
	bool chance = b->slots.carrier == HM_CARRIER_IPMI_FRU && n >= image->len - 64 && v->b == HM_SLOT_OURS;

	assert_int_equal(v->b, whole || chance ? HM_SLOT_OURS : HM_SLOT_TORN);
}

/*
 * The promise: cut the four writes after any number of bytes, on a board that was
 * blank or held another of our images. Never are both slots without a whole
 * image unless none was there before slot B was whole; nothing we began is
 * ever called foreign or blank where it matters; and A is never half of something.
 */
static void every_cut(struct board start, const struct hm_buf *image, bool had_one)
{
	struct hm_slot_write w[HM_SLOT_WRITES];
	uint32_t n_writes;
	struct board b = start;
	bool blank_b = erased(b.bytes + b.slots.b, b.slots.size);
	struct hm_eeprom_view v;

	assert_int_equal(hm_slots_writes(&b.slots, HM_SLOT_B, image->data, image->len, w, &n_writes, NULL), 0);
	assert_int_equal(n_writes, HM_SLOT_WRITES);
	for (int i = 0; i < HM_SLOT_WRITES; i++) {
		for (uint32_t n = 0; n <= w[i].len; n++) {
			if (n)
				b.bytes[w[i].offset + n - 1] = w[i].bytes[n - 1];
			assert_int_equal(hm_eeprom_view(b.bytes, EEPROM, &b.slots, &v), 0);
			if (v.a == HM_SLOT_FOREIGN || v.b == HM_SLOT_FOREIGN)
				fail_msg("%s cut at %u of %u: a %d b %d", w[i].purpose, n, w[i].len, v.a, v.b);
			if (i > 0 || n == w[i].len || had_one)
				assert_true(v.a == HM_SLOT_OURS || v.b == HM_SLOT_OURS);
			if (i == 0 && n > 0 && blank_b)
				begun(&b, &v, image, n);
			if (i == 1 && n == 1)
				assert_int_not_equal(v.a, HM_SLOT_OURS);
			/* a FRU's second byte is 00: on zeros there is nothing to be seen yet */
			if (i == 2 && n > 0)
				assert_int_equal(v.a, erased(b.bytes, b.slots.size) ? HM_SLOT_BLANK : HM_SLOT_TORN);
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
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_IMAGE_MAX), two = HM_BUF_INIT(HM_IMAGE_MAX);
	const struct hm_record rec = sealed_example();
	struct hm_record other = rec;
	struct hm_image image = sealed_image(&rec), image2;
	struct board b = board(HM_CARRIER_ONIE_TLV, 0xff);

	(void)state;
	strcpy(other.serial, "10000000023");
	image2 = sealed_image(&other);
	build(HM_CARRIER_ONIE_TLV, &image, &one);
	build(HM_CARRIER_ONIE_TLV, &image2, &two);
	every_cut(b, &one, false);
	every_cut(board(HM_CARRIER_ONIE_TLV, 0), &one, false);
	memcpy(b.bytes, one.data, one.len);
	memcpy(b.bytes + b.slots.b, one.data, one.len);
	every_cut(b, &two, true);
	every_cut(b, &one, true);
}

/* --- what happens once in 256 times, made to happen --- */

static uint8_t sum(const uint8_t *p, size_t len)
{
	uint8_t s = 0;

	while (len--)
		s = (uint8_t)(s + *p++);
	return s;
}

/*
 * A FRU of ours whose record's checksum holds over the first @k bytes of the number and @fill
 * behind them. *ret_at: where the number stands. The last byte of the signature makes it so.
 */
static void chance_fru(struct hm_image *image, size_t k, uint8_t fill, struct hm_buf *out, size_t *ret_at)
{
	uint8_t *p;
	size_t n, at;

	build(HM_CARRIER_IPMI_FRU, image, out);
	n = 3 + image->cwt_len;
	at = out->len - n;
	p = out->data + at;
	assert_memory_equal(p, "\xd9\x7e\0", 3);
	image->cwt[image->cwt_len - 1] += (uint8_t)(sum(p, k) + (n - k) * fill - sum(p, n));
	build(HM_CARRIER_IPMI_FRU, image, out);
	*ret_at = at;
}

/* Cut behind the record's head, it parses, and somebody else's record seems to be in it. */
static void looks_foreign(const struct hm_buf *image, size_t written, uint8_t fill)
{
	uint8_t slot[2048];
	struct hm_fru f;
	size_t n;

	memset(slot, fill, sizeof(slot));
	memcpy(slot, image->data, written);
	assert_int_equal(hm_fru_parse(slot, sizeof(slot), &f, &n, NULL), 0);
	assert_int_equal(f.records, 1);
	assert_int_equal(f.cwt_len, 0);
	assert_int_equal(n, image->len);
}

static void a_checksum_over_erased_bytes(void **state)
{
	_cleanup_buf_ struct hm_buf fru = HM_BUF_INIT(HM_IMAGE_MAX);
	const struct hm_record rec = sealed_example();
	struct hm_image image = sealed_image(&rec);

	(void)state;
	for (int fill = 0; fill <= 0xff; fill += 0xff)
		/* on zeros two bytes are the whole number */
		for (size_t k = 0; k < (fill ? 3 : 2); k++) {
			size_t at;

			chance_fru(&image, k, (uint8_t)fill, &fru, &at);
			looks_foreign(&fru, at + k, (uint8_t)fill);
			every_cut(board(HM_CARRIER_IPMI_FRU, fill), &fru, false);
		}
}

/* On zeros even both checksums may be zeros: a head that ends with its length. */
static void a_head_that_ends_in_zeros(void **state)
{
	_cleanup_buf_ struct hm_buf fru = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_record rec = sealed_example();
	struct hm_image image;
	size_t at;

	(void)state;
	memset(rec.ckt, 0, sizeof(rec.ckt));
	image = sealed_image(&rec);
	while (image.cwt_len > 0xae - 3) {
		rec.issuer[strlen(rec.issuer) - 1] = '\0';
		image = sealed_image(&rec);
	}
	while (image.cwt_len < 0xae - 3) {
		strcat(rec.product, "p");
		image = sealed_image(&rec);
	}
	chance_fru(&image, 0, 0, &fru, &at);
	assert_memory_equal(fru.data + at - 5, "\xd0\x82\xae\0\0", 5);
	looks_foreign(&fru, at - 2, 0);
	every_cut(board(HM_CARRIER_IPMI_FRU, 0), &fru, false);
}

/* A TlvInfo that ends in FF (or 00) is whole before that is written. */
static void a_checksum_that_ends_like_erased_memory(void **state)
{
	_cleanup_buf_ struct hm_buf tlv = HM_BUF_INIT(HM_IMAGE_MAX);
	const struct hm_record rec = sealed_example();
	struct hm_image image = sealed_image(&rec);

	(void)state;
	for (int fill = 0; fill <= 0xff; fill += 0xff) {
		struct rnd r = rnd_start("a last byte");

		do {
			rnd_bytes(&r, image.cwt + image.cwt_len - 8, 8);
			build(HM_CARRIER_ONIE_TLV, &image, &tlv);
		} while (tlv.data[tlv.len - 1] != fill);
		every_cut(board(HM_CARRIER_ONIE_TLV, fill), &tlv, false);
	}
}

/* --- one image over another of another length: neither mark need be there --- */

/* The example's image with texts of @n characters. */
static void build_with(enum hm_carrier c, size_t n, uint32_t generation, struct hm_image *image, struct hm_buf *out)
{
	struct hm_record rec = sealed_example();

	rec.generation = generation;
	*image = sealed_image(&rec);
	memset(image->manufacturer, 0, sizeof(image->manufacturer));
	memset(image->manufacturer, 'm', n);
	memset(image->part_number, 0, sizeof(image->part_number));
	memset(image->part_number, 'p', n);
	build(c, image, out);
}

static struct board both_slots(enum hm_carrier c, int fill, const struct hm_buf *image)
{
	struct board b = board(c, fill);

	memcpy(b.bytes, image->data, image->len);
	memcpy(b.bytes + b.slots.b, image->data, image->len);
	return b;
}

static void over_another_length(void **state)
{
	static const size_t lengths[] = { 0, 1, 7, 30, 47, 62 };
	_cleanup_buf_ struct hm_buf was = HM_BUF_INIT(HM_IMAGE_MAX), is = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image image;

	(void)state;
	for (enum hm_carrier c = 0; c < HM_CARRIERS; c++)
		for (size_t i = 0; i < 36; i++)
			for (int fill = 0; fill <= 0xff; fill += 0xff) {
				struct board b;

				build_with(c, lengths[i / 6], 1, &image, &was);
				build_with(c, lengths[i % 6], 2, &image, &is);
				b = both_slots(c, fill, &was);
				every_cut(b, &is, true);
				/* that one was cut too, and A never written */
				memset(b.bytes, fill, b.slots.size);
				b.bytes[b.slots.b + was.len - 70] ^= 0x5a;
				every_cut(b, &is, false);
			}
}

/* Texts that are written, and behind them the record of the serial that was there. */
static void over_another_serial(void **state)
{
	_cleanup_buf_ struct hm_buf was = HM_BUF_INIT(HM_IMAGE_MAX), is = HM_BUF_INIT(HM_IMAGE_MAX);
	const struct hm_record rec = sealed_example();
	struct hm_record other = rec;
	const struct hm_image one = sealed_image(&rec);
	struct hm_image two;

	(void)state;
	strcpy(other.serial, "10000000023");
	two = sealed_image(&other);
	for (enum hm_carrier c = 0; c < HM_CARRIERS; c++) {
		build(c, &one, &was);
		build(c, &two, &is);
		every_cut(both_slots(c, 0xff, &was), &is, true);
	}
}

/* The record's head is written, and by chance its checksum holds over what was there before. */
static void a_checksum_over_an_older_image(void **state)
{
	_cleanup_buf_ struct hm_buf was = HM_BUF_INIT(HM_IMAGE_MAX), is = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_eeprom_view v;
	struct hm_image image;
	struct board b;
	struct hm_fru f;
	size_t n, at;

	(void)state;
	build_with(HM_CARRIER_IPMI_FRU, 1, 1, &image, &was);
	build_with(HM_CARRIER_IPMI_FRU, 47, 2, &image, &is);
	b = both_slots(HM_CARRIER_IPMI_FRU, 0xff, &was);
	n = 3 + image.cwt_len;
	at = is.len - n;
	image.cwt[image.cwt_len - 1] += (uint8_t)(sum(b.bytes + b.slots.b + at, n) - sum(is.data + at, n));
	build(HM_CARRIER_IPMI_FRU, &image, &is);
	every_cut(b, &is, true);
	/* it is what it is meant to be; and at the start of the EEPROM it would be somebody else's */
	memcpy(b.bytes + b.slots.b, is.data, at);
	assert_int_equal(hm_fru_parse(b.bytes + b.slots.b, b.slots.size, &f, &n, NULL), 0);
	assert_int_equal(f.records, 1);
	assert_int_equal(f.cwt_len, 0);
	memcpy(b.bytes, b.bytes + b.slots.b, b.slots.size);
	assert_int_equal(hm_eeprom_view(b.bytes, EEPROM, &b.slots, &v), 0);
	assert_int_equal(v.a, HM_SLOT_FOREIGN);
	assert_int_equal(v.b, HM_SLOT_FOREIGN);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(a_checksum_over_erased_bytes),
		cmocka_unit_test(a_head_that_ends_in_zeros),
		cmocka_unit_test(a_checksum_that_ends_like_erased_memory),
		cmocka_unit_test(over_another_length),
		cmocka_unit_test(over_another_serial),
		cmocka_unit_test(a_checksum_over_an_older_image),
		cmocka_unit_test(power_fails),
		cmocka_unit_test(every_cut_of_every_carrier),
		cmocka_unit_test(one_slot),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
