// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record's carrier, and the two slots under every cut of the write. */
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

#include "record/record.h"
#include "support/rnd.h"
#include "support/signer.h"

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

static void onie_round_trips(void **state)
{
	struct rnd r = rnd_start("onie round trip");

	(void)state;
	for (r.n = 0; r.n < 50000; r.n++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
		struct hm_onie in, back;
		char set[95];
		size_t n;

		for (size_t i = 0; i < sizeof(set); i++)
			set[i] = (char)(' ' + i);
		memset(&in, 0, sizeof(in));
		rnd_text(&r, in.product, rnd_below(&r, 65), set, sizeof(set));
		rnd_text(&r, in.part_number, rnd_below(&r, 65), set, sizeof(set));
		rnd_text(&r, in.serial, rnd_below(&r, 65), set, sizeof(set));
		rnd_text(&r, in.manufacturer, rnd_below(&r, 65), set, sizeof(set));
		if (rnd_below(&r, 2))
			hm_onie_date((int64_t)rnd_below(&r, 253402300800), in.date);
		in.cwt_len = rnd_below(&r, HM_RECORD_MAX + 1);
		rnd_bytes(&r, in.cwt, in.cwt_len);
		rnd_assert(&r, !hm_onie_build(&in, &b));
		n = b.len;
		rnd_assert(&r, !hm_buf_add(&b, "behind", 6));
		memset(&back, 0, sizeof(back));
		{
			size_t len;

			rnd_assert(&r, !hm_onie_parse(b.data, b.len, &back, &len, NULL) && len == n);
		}
		rnd_assert(&r, !strcmp(in.product, back.product) && !strcmp(in.part_number, back.part_number) &&
			   !strcmp(in.serial, back.serial) && !strcmp(in.manufacturer, back.manufacturer) &&
			   !strcmp(in.date, back.date) && in.cwt_len == back.cwt_len &&
			   !memcmp(in.cwt, back.cwt, in.cwt_len));
	}
}

/* ONIE's checksum over what a test wrote itself. */
static size_t close_tlvinfo(uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	p[len++] = 0xfe;
	p[len++] = 4;
	p[9] = (uint8_t)((len + 4 - 11) >> 8);
	p[10] = (uint8_t)(len + 4 - 11);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint32_t feedback = (crc ^ p[i] >> bit) & 1;

			crc = crc >> 1 ^ (feedback ? 0xedb88320u : 0);
		}
	crc = ~crc;
	for (int i = 3; i >= 0; i--)
		p[len++] = (uint8_t)(crc >> 8 * i);
	return len;
}

#define HEAD "TlvInfo\0\1\0\0"

static void onie_rules(void **state)
{
#define T(bytes) bytes, sizeof(bytes) - 1
	static const struct {
		const char *tlvs;
		size_t len;
		int rc;
		const char *why;
	} t[] = {
		{ T(""), 0, "" },
		{ T("\x21\x01" "p" "\x23\x02" "17"), 0, "" },
		{ T("\x24\x06" "\0\1\2\3\4\5" "\x26\x01\x01" "\x2a\x02\0\4" "\x99\x00" "\x99\x00"), 0, "" },	/* not ours to read */
		{ T("\xfd\x05\0\0\0\1x" "\xfd\x04\0\0\0\1"), 0, "" },		/* somebody else's number */
		{ T("\x23\x02" "17" "\x23\x02" "17"), -HM_EBAD_FORMAT, "23 twice" },
		{ T("\x24\x01" "a" "\x24\x01" "b"), -HM_EBAD_FORMAT, "24 twice" },
		{ T("\x23\x09" "17"), -HM_EBAD_FORMAT, "cut" },
		{ T("\x23"), -HM_EBAD_FORMAT, "cut" },
		{ T("\x23\x02" "1\xc3"), -HM_EBAD_CHAR, "23 is not printable" },
		{ T("\x23\x02" "1\0"), -HM_EBAD_CHAR, "23 is not printable" },
		{ T("\x23\x41" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), -HM_ETOO_LONG, "23 has 65" },
		{ T("\x25\x13" "13/01/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "02/30/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "02/29/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "02/29/2028 00:00:00"), 0, "" },
		{ T("\x25\x13" "00/01/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "01/00/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "01/01/2026 24:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "01/01/2026 00:60:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "01/01/2026 00:00:60"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x13" "01-01-2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x12" "1/01/2026 00:00:00"), -HM_EBAD_DATE, "date" },
		{ T("\xfd\x03\0\0\1"), -HM_EBAD_FORMAT, "without its number" },
		{ T("\xfd\x04\0\0\x7e\xd9"), -HM_EBAD_FORMAT, "no record" },
		{ T("\xfd\x05\0\0\x7e\xd9x" "\xfd\x05\0\0\x7e\xd9x"), -HM_EBAD_FORMAT, "two records" },
		{ T("\xfe\x04\0\0\0\0"), -HM_EBAD_FORMAT, "behind the checksum" },
	};
#undef T

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t bytes[400] = HEAD;
		struct hm_onie o = { .cwt_len = 99 };
		struct hm_err err = { "" };
		size_t len, n = 99;
		int rc;

		memcpy(bytes + 11, t[i].tlvs, t[i].len);
		len = close_tlvinfo(bytes, 11 + t[i].len);
		rc = hm_onie_parse(bytes, len, &o, &n, &err);
		if (rc != t[i].rc || !strstr(err.text, t[i].why))
			fail_msg("row %zu: %d \"%s\"", i, rc, err.text);
		assert_int_equal(n, rc ? 99 : len);
		assert_int_equal(o.cwt_len, rc ? 99 : 0);
	}
}

static void onie_frame(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	const struct hm_onie in = example_onie();
	uint8_t bytes[HM_ONIE_MAX + 300] = HEAD;
	struct hm_onie o;
	size_t n, len = 11;

	(void)state;
	assert_int_equal(hm_onie_build(&in, &b), 0);
	assert_memory_equal(b.data, "TlvInfo\0\1", 9);
	/* every bit is covered, every cut is seen */
	for (size_t i = 0; i < 8 * b.len; i++) {
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_not_equal(hm_onie_parse(b.data, b.len, &o, &n, NULL), 0);
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t cut = 0; cut < b.len; cut++)
		assert_int_not_equal(hm_onie_parse(b.data, cut, &o, &n, NULL), 0);
	assert_int_equal(hm_onie_parse(b.data, b.len, &o, &n, NULL), 0);
	/* 2048 bytes are allowed, one more is not */
	while (len < HM_ONIE_MAX - 6 - 200) {
		bytes[len++] = 0x99;
		bytes[len++] = 100;
		len += 100;
	}
	n = HM_ONIE_MAX - 6 - len;
	bytes[len++] = 0x99;
	bytes[len++] = (uint8_t)(n - 2);
	len = close_tlvinfo(bytes, len + n - 2);
	assert_int_equal(len, HM_ONIE_MAX);
	assert_int_equal(hm_onie_parse(bytes, len, &o, &n, NULL), 0);
	memset(bytes + 11, 0, sizeof(bytes) - 11);
	for (len = 11; len < HM_ONIE_MAX - 5; len += 2)
		bytes[len] = 0x99;
	len = close_tlvinfo(bytes, len);
	assert_true(len > HM_ONIE_MAX);
	assert_int_equal(hm_onie_parse(bytes, len, &o, &n, NULL), -HM_EBAD_LENGTH);
}

static void onie_members(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_onie o = example_onie();
	char date[20];

	(void)state;
	memset(o.product, 'a', sizeof(o.product));
	assert_int_equal(hm_onie_build(&o, &b), -HM_ETOO_LONG);
	o = example_onie();
	o.serial[3] = '\n';
	assert_int_equal(hm_onie_build(&o, &b), -HM_EBAD_CHAR);
	o = example_onie();
	o.date[0] = '9';
	assert_int_equal(hm_onie_build(&o, &b), -HM_EBAD_DATE);
	o = example_onie();
	o.cwt_len = HM_RECORD_MAX + 1;
	assert_int_equal(hm_onie_build(&o, &b), -HM_ETOO_LONG);
	assert_int_equal(b.len, 0);
	hm_onie_date(0, date);
	assert_string_equal(date, "01/01/1970 00:00:00");
	hm_onie_date(1795000000, date);
	assert_string_equal(date, "11/18/2026 11:06:40");
	hm_onie_date(253402300799, date);
	assert_string_equal(date, "12/31/9999 23:59:59");
}

/* --- the slots --- */

static void plans(void **state)
{
	struct hm_slots s = { 7, 7, 7 };

	(void)state;
	assert_int_equal(hm_slots_plan(256, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(1023, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(3072, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(131072, &s), -HM_EBAD_LENGTH);
	assert_int_equal(hm_slots_plan(0, &s), -HM_EBAD_LENGTH);
	assert_int_equal(s.size, 7);
	for (uint32_t size = 1024; size <= 65536; size *= 2) {
		assert_int_equal(hm_slots_plan(size, &s), 0);
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
	assert_int_equal(hm_slots_plan(EEPROM, &b.slots), 0);
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
	struct board b = start;
	struct hm_eeprom_view v;

	assert_int_equal(hm_slots_writes(&b.slots, image->data, image->len, w), 0);
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
	assert_string_equal(v.onie_a.serial, v.onie_b.serial);
	assert_int_equal(v.onie_a.cwt_len, v.onie_b.cwt_len);
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
	struct hm_slots s, small = { 0, 128, 128 };
	struct hm_slot_write w[HM_SLOT_WRITES];

	(void)state;
	image_of("10000000016", &one);
	assert_int_equal(hm_slots_plan(32768, &s), 0);
	assert_int_equal(hm_slots_writes(&s, one.data, one.len, w), 0);
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
	assert_int_equal(hm_slots_writes(&small, one.data, one.len, w), -HM_ETOO_LONG);
	one.data[0] = 'X';
	assert_int_equal(hm_slots_writes(&s, one.data, one.len, w), -HM_EBAD_FORMAT);
	assert_int_equal(hm_slots_writes(&s, one.data, 0, w), -HM_EBAD_FORMAT);
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
	memcpy(b.bytes, HEAD "\x23\x02" "17" "\x24\x01z", 18);
	n = close_tlvinfo(b.bytes, 18);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	b.bytes[n - 1] ^= 1;
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	b = board(0xff);
	memcpy(b.bytes, HEAD "\x23\x02" "17" "\xfd\x05\0\0\0\1x", 22);
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);		/* cut, behind another's number */
	n = close_tlvinfo(b.bytes, 22);
	b.bytes[n - 1] ^= 1;
	assert_int_equal(state_a(&b), HM_SLOT_FOREIGN);
	/* our number and a good checksum, but no record: the number is free for documents */
	b = board(0xff);
	memcpy(b.bytes, HEAD "\xfd\x06\0\0\x7e\xd9\xd2\x84", 19);
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
			rnd_assert(&r, !hm_record_parse(v.onie_a.cwt, v.onie_a.cwt_len, &rec, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(onie_round_trips),
		cmocka_unit_test(onie_rules),
		cmocka_unit_test(onie_frame),
		cmocka_unit_test(onie_members),
		cmocka_unit_test(plans),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(writes_in_order),
		cmocka_unit_test(what_is_not_ours),
		cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
