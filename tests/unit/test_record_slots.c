// SPDX-License-Identifier: LGPL-2.1-or-later
/* The two slots: their places, their writes, what is ours and what is not. */
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
#include "support/tlvinfo.h"

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
	struct hm_record rec = sealed_example();
	struct hm_image image;

	strcpy(rec.serial, serial);
	image = sealed_image(&rec);
	assert_int_equal(hm_image_build(HM_CARRIER_ONIE_TLV, &image, out, NULL), 0);
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
		struct hm_onie o = sealed_onie();

		b = board(0xff);
		o.serial[10] ^= 1;
		assert_int_equal(hm_onie_build(&o, &one, NULL), 0);
		memcpy(b.bytes, one.data, one.len);
		assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
		hm_buf_reset(&one);
	}
	/* begun, and behind it no erased bytes */
	image_of("10000000016", &one);
	b = board(0x55);
	memcpy(b.bytes, one.data, 40);
	memset(b.bytes + b.slots.b, 0xff, b.slots.size);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	hm_buf_reset(&one);
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

/*
 * What stands in slot B beside an A of ours: begun over another image by us, if it begins as ours do
 * and does not parse; beside an A of somebody else's it is his.
 */
static void begun_over_another(void **state)
{
	static const struct {
		enum hm_carrier carrier;
		const char *begin;
		size_t len;
		enum hm_slot_state state;
	} cases[] = {
		{ HM_CARRIER_ONIE_TLV, "TlvInfo\0\1\0\x50\x21\x05", 13, HM_SLOT_TORN },
		{ HM_CARRIER_ONIE_TLV, "TlvInfo\0\1\0\x50\x23\x05", 13, HM_SLOT_TORN },
		{ HM_CARRIER_ONIE_TLV, "TlvInfo\0\2\0\x50\x21\x05", 13, HM_SLOT_FOREIGN },	/* a version */
		{ HM_CARRIER_ONIE_TLV, "TlvInfo\0\1\0\x50\x26\x05", 13, HM_SLOT_FOREIGN },	/* a TLV that we do not write */
		{ HM_CARRIER_ONIE_TLV, "TlvInfX\0\1\0\x50\x21\x05", 13, HM_SLOT_FOREIGN },
		{ HM_CARRIER_IPMI_FRU, "\1\0\0\1\x09\x0a\0\xeb\1\x08", 10, HM_SLOT_TORN },
		{ HM_CARRIER_IPMI_FRU, "\1\0\0\1\x09\x0a\0\xeb\1\x07", 10, HM_SLOT_FOREIGN },
		{ HM_CARRIER_IPMI_FRU, "\1\0\0\1\x09\x0a\0\xec\1\x08", 10, HM_SLOT_FOREIGN },
	};
	const struct hm_record rec = sealed_example();
	const struct hm_image image = sealed_image(&rec);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_IMAGE_MAX);
		struct board b = board(0xff);
		struct hm_eeprom_view v;

		assert_int_equal(hm_slots_plan(cases[i].carrier, EEPROM, &b.slots), 0);
		assert_int_equal(hm_image_build(cases[i].carrier, &image, &one, NULL), 0);
		memcpy(b.bytes, one.data, one.len);
		memset(b.bytes + b.slots.b, 'x', b.slots.size);
		memcpy(b.bytes + b.slots.b, cases[i].begin, cases[i].len);
		view(&b, &v);
		if (v.a != HM_SLOT_OURS || v.b != cases[i].state)
			fail_msg("case %zu: a %d b %d", i, v.a, v.b);
		memset(b.bytes, 'x', 8);
		view(&b, &v);
		/* A bears our mark yet, and is damaged */
		assert_int_equal(v.a, HM_SLOT_TORN);
		assert_int_equal(v.b, cases[i].state);
		memset(b.bytes, 'x', b.slots.size);
		view(&b, &v);
		assert_int_equal(v.a, HM_SLOT_FOREIGN);
		assert_int_equal(v.b, HM_SLOT_FOREIGN);
	}
}

/* Every TLV that we write, cut anywhere on a blank slot. */
static void cut_tlvs(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_onie o = sealed_onie();

	(void)state;
	o.has_mac = true;
	memcpy(o.mac, "\0\0\x5e\0\x53\1", 6);
	o.macs = 4;
	assert_int_equal(hm_onie_build(&o, &one, NULL), 0);
	for (size_t n = 1; n <= one.len; n++)
		for (int fill = 0; fill <= 0xff; fill += 0xff) {
			struct board b = board(fill);
			bool whole;

			memcpy(b.bytes, one.data, n);
			whole = !memcmp(b.bytes, one.data, one.len);
			if (state_a(&b) != (whole ? HM_SLOT_OURS : HM_SLOT_TORN))
				fail_msg("%zu of %zu bytes, then %02x", n, one.len, fill);
		}
}

/* A FRU's header that is cut: ours as far as it goes, or nobody's that we know. */
static void cut_headers(void **state)
{
	static const struct {
		uint8_t bytes[10];
		size_t len;
		enum hm_slot_state state;
	} cases[] = {
		{ { 1, 0, 0, 1, 9 }, 5, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 2 }, 5, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 1 }, 5, HM_SLOT_FOREIGN },		/* two areas in one place */
		{ { 1, 0, 0, 1, 9, 10 }, 6, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 9, 9 }, 6, HM_SLOT_FOREIGN },
		{ { 1, 0, 0, 1, 9, 8 }, 6, HM_SLOT_FOREIGN },		/* another order */
		{ { 1, 0, 0, 1, 9, 10, 0 }, 7, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 9, 10, 7 }, 7, HM_SLOT_FOREIGN },	/* padding */
		{ { 1, 0, 0, 1, 9, 10, 0, 0xeb }, 8, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 9, 10, 0, 0xec }, 8, HM_SLOT_FOREIGN },	/* a checksum */
		{ { 1, 0, 0, 1, 9, 10, 0, 0xeb, 1 }, 9, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 9, 10, 0, 0xeb, 1, 8 }, 10, HM_SLOT_TORN },
		{ { 1, 0, 0, 1, 9, 10, 0, 0xeb, 1, 7 }, 10, HM_SLOT_FOREIGN },	/* a board area that ends elsewhere */
		{ { 1, 0, 0, 1, 9, 10, 0, 0xeb, 2, 8 }, 10, HM_SLOT_FOREIGN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct board b = board(0xff);
		struct hm_eeprom_view v;

		assert_int_equal(hm_slots_plan(HM_CARRIER_IPMI_FRU, EEPROM, &b.slots), 0);
		memcpy(b.bytes, cases[i].bytes, cases[i].len);
		view(&b, &v);
		if (v.a != cases[i].state)
			fail_msg("case %zu: %d", i, v.a);
	}
}

/* Any bytes at all: an answer, and never OURS unless the record parses. */
static const char *wrong_garbage(struct rnd *r)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct board b = board(rnd_below(r, 2) ? 0xff : 0);
	struct hm_eeprom_view v;
	struct hm_record rec;
	size_t len;

	image_of("10000000016", &one);
	len = rnd_below(r, one.len + 1);
	memcpy(b.bytes, one.data, len);
	for (uint64_t i = rnd_below(r, 4); i; i--)
		b.bytes[rnd_below(r, one.len)] = (uint8_t)rnd_next(r);
	for (size_t i = 0; r->show && i < one.len; i++)
		print_error("%02x%s", b.bytes[i], i + 1 < one.len ? "" : "\n");
	if (hm_eeprom_view(b.bytes, sizeof(b.bytes), &b.slots, &v))
		return "no answer";
	if (v.a == HM_SLOT_OURS && hm_record_parse(v.image_a.cwt, v.image_a.cwt_len, &rec, NULL))
		return "ours without a record";
	return NULL;
}

static void garbage(void **state)
{
	struct rnd r = rnd_start("eeprom garbage");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_garbage);
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

/* --- a dump of which nobody says what it is of --- */

static void found_in(size_t len, int want, uint32_t b, enum hm_slot_state state_of_b)
{
	static uint8_t bytes[131072];
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_slots s = { .b = 7 };
	struct hm_eeprom_view v;

	memset(bytes, 0xff, sizeof(bytes));
	image_of("10000000016", &one);
	memcpy(bytes, one.data, one.len);
	if (state_of_b == HM_SLOT_OURS)
		memcpy(bytes + b, one.data, one.len);
	assert_int_equal(hm_slots_find(bytes, len, &s, &v), want);
	if (want) {
		assert_int_equal(s.b, 7);
		return;
	}
	assert_int_equal(s.carrier, HM_CARRIER_ONIE_TLV);
	assert_int_equal(s.b, b);
	assert_int_equal(v.a, HM_SLOT_OURS);
	assert_int_equal(v.b, state_of_b);
}

static void finds_the_plan(void **state)
{
	(void)state;
	for (uint32_t b = 512; b <= 32768; b *= 2) {
		found_in(2 * b, 0, b, HM_SLOT_OURS);
		found_in(2 * b + 1, 0, b, HM_SLOT_OURS);
		found_in(131072, 0, b, HM_SLOT_OURS);
		/* cut before the part ends: nothing can be said of B */
		found_in(2 * b - 1, -HM_ENOT_FOUND, b, HM_SLOT_OURS);
		/* A alone: what the whole of it would be */
		found_in(2 * b, 0, b, HM_SLOT_BLANK);
	}
	found_in(131072, -HM_ENOT_FOUND, 65536, HM_SLOT_OURS);
	found_in(3000, -HM_ENOT_FOUND, 1500, HM_SLOT_OURS);
}

/* Another unit's record somewhere in the middle is not this one's slot B. */
static void finds_no_strangers(void **state)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ONIE_MAX), two = HM_BUF_INIT(HM_ONIE_MAX);
	struct board b = board(0xff);
	struct hm_eeprom_view v;
	struct hm_slots s;

	(void)state;
	image_of("10000000016", &one);
	image_of("10000000023", &two);
	memcpy(b.bytes, one.data, one.len);
	memcpy(b.bytes + 2048, two.data, two.len);
	memcpy(b.bytes + 1024, one.data, one.len);
	assert_int_equal(hm_slots_find(b.bytes, EEPROM, &s, &v), 0);
	assert_int_equal(s.b, 1024);
	/* in the middle of what the whole is, it contradicts */
	memset(b.bytes + 1024, 0xff, 1024);
	assert_int_equal(hm_slots_find(b.bytes, EEPROM, &s, &v), 0);
	assert_int_equal(s.b, 2048);
	assert_int_equal(v.b, HM_SLOT_OURS);
	/* without an A the one in the middle speaks; without anything there is none */
	memset(b.bytes, 0xff, 1024);
	assert_int_equal(hm_slots_find(b.bytes, EEPROM, &s, &v), 0);
	assert_string_equal(v.image_b.serial, "10000000023");
	b = board(0xff);
	assert_int_equal(hm_slots_find(b.bytes, EEPROM, &s, &v), -HM_ENOT_FOUND);
	memcpy(b.bytes, one.data, 100);
	assert_int_equal(hm_slots_find(b.bytes, EEPROM, &s, &v), 0);
	assert_int_equal(v.a, HM_SLOT_TORN);
	assert_int_equal(hm_slots_find(b.bytes, 0, &s, &v), -HM_ENOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans),
		cmocka_unit_test(writes_in_order),
		cmocka_unit_test(what_is_not_ours),
		cmocka_unit_test(begun_over_another),
		cmocka_unit_test(cut_tlvs),
		cmocka_unit_test(cut_headers),
		cmocka_unit_test(garbage),
		cmocka_unit_test(which_one_speaks),
		cmocka_unit_test(finds_the_plan),
		cmocka_unit_test(finds_no_strangers),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
