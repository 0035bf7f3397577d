// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two slots, under every cut of the write, and what makes a cut look like something else. */
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
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
