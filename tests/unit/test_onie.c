// SPDX-License-Identifier: LGPL-2.1-or-later
/* ONIE TlvInfo: every rule, and what is kept of somebody else's. */
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
#include "support/sealed.h"
#include "support/shrink.h"
#include "support/tlvinfo.h"

static void draw(struct rnd *r, struct hm_onie *in)
{
	char set[95];

	for (size_t i = 0; i < sizeof(set); i++)
		set[i] = (char)(' ' + i);
	memset(in, 0, sizeof(*in));
	rnd_text(r, in->product, rnd_below(r, 65), set, sizeof(set));
	rnd_text(r, in->part_number, rnd_below(r, 65), set, sizeof(set));
	rnd_text(r, in->serial, rnd_below(r, 65), set, sizeof(set));
	rnd_text(r, in->manufacturer, rnd_below(r, 65), set, sizeof(set));
	in->has_mac = rnd_below(r, 2);
	if (in->has_mac) {
		rnd_bytes(r, in->mac, 6);
		in->mac[0] &= 0xfc;
		in->mac[5] |= 1;
		in->mac[3] &= 0x7f;		/* far from the end of the block */
		in->macs = (uint16_t)rnd_next(r);
	}
	if (rnd_below(r, 2))
		hm_onie_date((int64_t)rnd_below(r, 253402300800), in->date);
	in->cwt_len = rnd_below(r, HM_RECORD_MAX + 1);
	rnd_bytes(r, in->cwt, in->cwt_len);
}

static const char *wrong_round_trip(struct rnd *r)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_onie in, back;
	size_t n, len;

	draw(r, &in);
	if (r->show)
		print_error("\"%s\" \"%s\" \"%s\" \"%s\" \"%s\" %d macs %u record %zu\n", in.product, in.part_number,
			    in.serial, in.manufacturer, in.date, in.has_mac, in.macs, in.cwt_len);
	if (hm_onie_build(&in, &b, NULL))
		return "it is not built";
	n = b.len;
	memset(&back, 0, sizeof(back));
	if (hm_buf_add(&b, "behind", 6) || hm_onie_parse(b.data, b.len, &back, &len, NULL))
		return "it is not read";
	if (len != n)
		return "its length";
	return strcmp(in.product, back.product) || strcmp(in.part_number, back.part_number) ||
	       strcmp(in.serial, back.serial) || strcmp(in.manufacturer, back.manufacturer) ||
	       strcmp(in.date, back.date) || in.cwt_len != back.cwt_len || in.has_mac != back.has_mac ||
	       memcmp(in.mac, back.mac, 6) || in.macs != back.macs ||
	       memcmp(in.cwt, back.cwt, in.cwt_len) ? "it reads differently" : NULL;
}

static void onie_round_trips(void **state)
{
	struct rnd r = rnd_start("onie round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_round_trip);
}

/* Whoever cut it: what is missing is said. */
static void onie_says_why(void **state)
{
	static const uint8_t cut[17] = TLVINFO_HEAD;
	uint8_t large[2049] = TLVINFO_HEAD;
	struct hm_onie o = { .has_mac = true, .mac = { 0, 0x1b, 0x63, 0xff, 0xff, 0xff }, .macs = 2 };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_err err = { "" };
	size_t n;

	(void)state;
	assert_int_equal(hm_onie_build(&o, &b, &err), -HM_EOVERFLOW);
	assert_string_equal(err.text, "TlvInfo: 2 MACs from 00:1B:63:FF:FF:FF on leave the block of 2^24 that begins with 00:1B:63");
	o.macs = 1;
	strcpy(o.serial, "\x7f");
	assert_int_equal(hm_onie_build(&o, &b, &err), -HM_EBAD_CHAR);
	assert_non_null(strstr(err.text, "TLV 23: a character"));
	for (size_t len = 1; len < 17; len++) {
		assert_int_equal(hm_onie_parse(cut, len, &o, &n, &err), -HM_EBAD_LENGTH);
		assert_non_null(strstr(err.text, "TlvInfo: cut: of 17 bytes"));
	}
	assert_int_equal(hm_onie_parse(cut, 0, &o, &n, &err), -HM_EBAD_FORMAT);
	assert_int_equal(hm_onie_parse("TlvInf0", 7, &o, &n, &err), -HM_EBAD_FORMAT);
	large[9] = (2049 - 11) >> 8;
	large[10] = (2049 - 11) & 255;
	assert_int_equal(hm_onie_parse(large, sizeof(large), &o, &n, &err), -HM_EBAD_LENGTH);
	assert_string_equal(err.text, "TlvInfo: 2049 bytes long, and one has 17 to 2048");
}

/* Every TLV comes, in its order, and which are read into members. */
static void onie_lists_tlvs(void **state)
{
	static const struct {
		uint8_t code, len;
		bool ours;
	} want[] = { { 0x50, 2, false }, { 0x21, 1, true }, { 0x26, 1, false }, { 0xfd, 5, false }, { 0xfd, 5, true }, { 0x50, 0, false } };
	uint8_t bytes[100] = TLVINFO_HEAD;
	struct hm_onie o;
	struct hm_tlv t;
	size_t len, n, at = 0;

	(void)state;
	memcpy(bytes + 11, "\x50\2\0\1\x21\1p\x26\1\7\xfd\5\0\0\0\1x\xfd\5\0\0\x7e\xd9y\x50\0", 26);
	len = close_tlvinfo(bytes, 11 + 26);
	assert_int_equal(hm_onie_parse(bytes, sizeof(bytes), &o, &n, NULL), 0);
	assert_int_equal(n, len);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_true(hm_onie_next(bytes, n, &at, &t));
		assert_int_equal(t.code, want[i].code);
		assert_int_equal(t.len, want[i].len);
		assert_int_equal(t.ours, want[i].ours);
		assert_ptr_equal(t.value + t.len, bytes + at);
	}
	assert_false(hm_onie_next(bytes, n, &at, &t));
	assert_false(hm_onie_next(bytes, n, &at, &t));
	len = close_tlvinfo(bytes, 11);
	at = 0;
	assert_false(hm_onie_next(bytes, len, &at, &t));
}

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
		{ T("\x24\x06" "\0\1\2\3\4\5" "\x26\x01\x01" "\x2a\x02\0\4" "\x99\x00" "\x99\x00"), 0, "" },	/* 26, 99: not ours to read */
		{ T("\x24\x05" "\0\1\2\3\4"), -HM_EBAD_LENGTH, "MAC of 5" },
		{ T("\x24\x06" "\1\1\2\3\4\5"), 0, "" },		/* we would not write these, and others did: */
		{ T("\x24\x06" "\xfe\xfe\xfe\1\2\3"), 0, "" },	/* a local one */
		{ T("\x24\x06" "\0\0\0\0\0\0"), 0, "" },
		{ T("\x2a\x01\4"), -HM_EBAD_LENGTH, "of 1 bytes" },
		{ T("\xfd\x05\0\0\0\1x" "\xfd\x04\0\0\0\1"), 0, "" },		/* somebody else's number */
		{ T("\x23\x02" "17" "\x23\x02" "17"), -HM_EBAD_FORMAT, "23 twice" },
		{ T("\x26\x01" "a" "\x26\x01" "b"), -HM_EBAD_FORMAT, "26 twice" },
		{ T("\x20\0\x20\0" "\x30\0\x30\0"), 0, "" },			/* ONIE's end at 2F */
		{ T("\x21\0\x21\0"), -HM_EBAD_FORMAT, "21 twice" },
		{ T("\x2f\0\x2f\0"), -HM_EBAD_FORMAT, "2F twice" },
		{ T("\x23\x09" "17"), -HM_EBAD_FORMAT, "cut" },
		{ T("\x23\x03" "17"), -HM_EBAD_FORMAT, "cut" },
		{ T("\x23"), -HM_EBAD_FORMAT, "cut" },
		{ T("\x23\x02" "1\xc3"), -HM_EBAD_CHAR, "23 is not printable" },
		{ T("\x23\x02" "1\0"), -HM_EBAD_CHAR, "23 is not printable" },
		{ T("\x26\x02\0\1" "\x2c\x03" "usa"), 0, "" },		/* not of the table: not looked into */
		{ T("\x25\x14" "01/01/2026 00:00:000"), -HM_EBAD_DATE, "date" },
		{ T("\x25\x00"), -HM_EBAD_DATE, "date" },
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
		uint8_t bytes[400] = TLVINFO_HEAD;
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
	const struct hm_onie in = sealed_onie();
	uint8_t bytes[HM_ONIE_MAX + 300] = TLVINFO_HEAD;
	struct hm_onie o;
	size_t n, len = 11;

	(void)state;
	assert_int_equal(hm_onie_build(&in, &b, NULL), 0);
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

/* One thing of the frame is wrong, and the checksum is right. */
static void onie_head(void **state)
{
	static const struct {
		size_t at;
		uint8_t is, code, size;
		const char *why;
	} t[] = {
		{ 6, 'o', 0xfe, 4, "" }, { 6, '0', 0xfe, 4, "does not begin" }, { 7, ' ', 0xfe, 4, "does not begin" },
		{ 0, 't', 0xfe, 4, "does not begin" }, { 8, 2, 0xfe, 4, "version 2" }, { 8, 0, 0xfe, 4, "version 0" },
		{ 6, 'o', 0x99, 4, "not the last" }, { 6, 'o', 0xfe, 3, "not the last" }, { 6, 'o', 0xfe, 5, "not the last" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t bytes[64] = TLVINFO_HEAD "\x23\x02" "17";
		struct hm_err err = { "" };
		struct hm_onie o;
		size_t n;
		int rc;

		bytes[t[i].at] = t[i].is;
		rc = hm_onie_parse(bytes, close_tlvinfo_as(bytes, 15, t[i].code, t[i].size), &o, &n, &err);
		if (rc != (t[i].why[0] ? -HM_EBAD_FORMAT : 0) || !strstr(err.text, t[i].why))
			fail_msg("row %zu: %d \"%s\"", i, rc, err.text);
	}
}

static void onie_times(void **state)
{
	static const char *const bad[] = { "", "13/01/2026 00:00:00", "02/29/2026 00:00:00", "11/18/2026 11:06:4", "11/18/2026 11:06:400" };
	int64_t t = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hm_onie_time(bad[i], &t), -HM_EBAD_DATE);
	assert_int_equal(t, 99);
	assert_int_equal(hm_onie_time("11/18/2026 11:06:40", &t), 0);
	assert_int_equal(t, 1795000000);
}

static void onie_members(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	struct hm_onie o = sealed_onie();
	char date[20];

	(void)state;
	memset(o.product, 'a', sizeof(o.product));
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_ETOO_LONG);
	o = sealed_onie();
	o.serial[3] = '\n';
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EBAD_CHAR);
	o = sealed_onie();
	o.date[0] = '9';
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EBAD_DATE);
	o = sealed_onie();
	o.cwt_len = HM_RECORD_MAX + 1;
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_ETOO_LONG);
	/* so many from nowhere on; the last one of a block and one more; all of a run's 65535 */
	o = sealed_onie();
	o.macs = 2;
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EEMPTY);
	o.has_mac = true;
	memcpy(o.mac, "\x00\x00\x5e\xff\xff\xff", 6);
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EOVERFLOW);
	memcpy(o.mac, "\x00\x00\x5e\xff\x00\x02", 6);
	o.macs = 0xffff;
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EOVERFLOW);
	assert_int_equal(b.len, 0);
	o.mac[5] = 1;
	assert_int_equal(hm_onie_build(&o, &b, NULL), 0);
	hm_buf_reset(&b);
	hm_onie_date(0, date);
	assert_string_equal(date, "01/01/1970 00:00:00");
	hm_onie_date(1795000000, date);
	assert_string_equal(date, "11/18/2026 11:06:40");
	hm_onie_date(253402300799, date);
	assert_string_equal(date, "12/31/9999 23:59:59");
}

/* --- into one that is there --- */

static void what_others_wrote_is_kept(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	/* 22 is empty and stays; 2F, 99 and another's FD are not ours; 23 comes late */
	uint8_t old[200] = TLVINFO_HEAD "\x22\x00" "\x2f\x03tag" "\x99\x02xy" "\xfd\x05\0\0\0\1z" "\x23\x02" "17" "\x99\x00";
	static const char want[] = "\x22\x00" "\x2f\x03tag" "\x99\x02xy" "\xfd\x05\0\0\0\1z" "\x23\x03" "118" "\x99\x00"
		"\x21\x01p" "\x24\x06\0\1\2\3\4\5" "\x2a\x02\0\7" "\xfd\x06\0\0\x7e\xd9" "RR";
	const size_t len = close_tlvinfo(old, 11 + 2 + 5 + 4 + 7 + 4 + 2);
	struct hm_onie o;
	struct hm_err err = { "" };
	size_t n;

	(void)state;
	assert_int_equal(hm_onie_parse(old, len, &o, &n, NULL), 0);
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.data, old, len);
	strcpy(o.serial, "118");
	strcpy(o.product, "p");
	memcpy(o.mac, "\0\1\2\3\4\5", 6);
	o.has_mac = true;
	o.macs = 7;
	memcpy(o.cwt, "RR", 2);
	o.cwt_len = 2;
	hm_buf_reset(&b);
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	assert_int_equal(b.len, 11 + sizeof(want) - 1 + 6);
	assert_memory_equal(b.data + 11, want, sizeof(want) - 1);
	assert_int_equal(hm_onie_parse(b.data, b.len, &o, &n, NULL), 0);
	assert_int_equal(n, b.len);
	/* what is taken out of it goes; bad members and bad bytes change nothing */
	memcpy(old, b.data, b.len);
	n = b.len;
	hm_buf_reset(&b);
	o.product[0] = '\0';
	o.has_mac = false;
	o.macs = 0;
	o.cwt_len = 0;
	assert_int_equal(hm_onie_update(old, n, &o, &b, NULL), 0);
	assert_int_equal(b.len, n - 3 - 8 - 4 - 8);
	hm_buf_reset(&b);
	o.has_mac = true;
	o.mac[0] = 1;
	assert_int_equal(hm_onie_update(old, n, &o, &b, &err), -HM_EBAD_EUI);
	old[12] ^= 1;
	assert_int_equal(hm_onie_update(old, n, &o, &b, &err), -HM_EBAD_FORMAT);
	assert_int_equal(b.len, 0);
}

/* A number of MACs that we would not write, and no MAC with it: somebody else's, so it stays. */
static void what_we_would_not_write(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	uint8_t old[200] = TLVINFO_HEAD "\x2a\x02\0\2";
	const size_t len = close_tlvinfo(old, 11 + 4);
	struct hm_onie o;
	size_t n;

	(void)state;
	assert_int_equal(hm_onie_parse(old, len, &o, &n, NULL), 0);
	assert_int_equal(o.macs, 2);
	strcpy(o.serial, "118");
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	assert_memory_equal(b.data + 11, "\x2a\x02\0\2\x23\x03" "118", 9);
	hm_buf_reset(&b);
	o.macs = 3;
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), -HM_EEMPTY);
}

/* A local MAC, as some boards leave their factory with: it is told, and stays; we write none. */
static void local_mac(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	uint8_t old[200] = TLVINFO_HEAD "\x24\x06\xfe\xfe\xfe\1\2\3\x2a\x02\0\2";
	const size_t len = close_tlvinfo(old, 11 + 12);
	struct hm_onie o;
	size_t n;

	(void)state;
	assert_int_equal(hm_onie_parse(old, len, &o, &n, NULL), 0);
	assert_true(o.has_mac);
	assert_memory_equal(o.mac, "\xfe\xfe\xfe\1\2\3", 6);
	strcpy(o.serial, "118");
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	assert_memory_equal(b.data + 11, "\x24\x06\xfe\xfe\xfe\1\2\3\x2a\x02\0\2\x23\x03" "118", 17);
	hm_buf_reset(&b);
	o.mac[5]++;
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), -HM_EBAD_EUI);
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_EBAD_EUI);
	assert_int_equal(b.len, 0);
}

/* A TLV holds 255 characters: they are read, and stay where they stand. We write 64. */
static void longer_than_ours(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	uint8_t old[400] = TLVINFO_HEAD "\x2b\xff";
	struct hm_onie o;
	struct hm_image image;
	enum hm_carrier c;
	size_t n, len;

	(void)state;
	memset(old + 13, 'm', 255);
	len = close_tlvinfo(old, 13 + 255);
	assert_int_equal(hm_onie_parse(old, len, &o, &n, NULL), 0);
	assert_int_equal(strlen(o.manufacturer), 255);
	assert_int_equal(hm_image_parse(old, len, &c, &image, &n, NULL), 0);
	assert_int_equal(strlen(image.manufacturer), 255);
	memset(o.product, 'p', 64);
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	assert_memory_equal(b.data + 11, old + 11, 257);
	assert_memory_equal(b.data + 11 + 257, "\x21\x40" "pppp", 6);
	hm_buf_reset(&b);
	o.manufacturer[64] = '\0';
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), 0);
	hm_buf_reset(&b);
	strcpy(o.manufacturer + 64, "m");
	assert_int_equal(hm_onie_update(old, len, &o, &b, NULL), -HM_ETOO_LONG);
	assert_int_equal(hm_onie_build(&o, &b, NULL), -HM_ETOO_LONG);
	assert_int_equal(b.len, 0);
}

static void no_room(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	uint8_t old[HM_ONIE_MAX] = TLVINFO_HEAD;
	struct hm_onie o = sealed_onie();
	struct hm_err err = { "" };
	size_t len = 11;

	(void)state;
	while (len < 1900) {
		old[len] = 0x99;
		old[len + 1] = 100;
		len += 102;
	}
	len = close_tlvinfo(old, len);
	assert_int_equal(hm_onie_update(old, len, &o, &b, &err), -HM_ETOO_LONG);
	assert_non_null(strstr(err.text, "it needs 2"));
	assert_non_null(strstr(err.text, "2048 fit"));
	assert_int_equal(b.len, 0);
	/* up to the last byte: what is there, 2 of a TLV's head and its text */
	memset(&o, 0, sizeof(o));
	for (size_t text = HM_ONIE_MAX - len - 2; text > 64; text = HM_ONIE_MAX - len - 2) {
		old[len - 6] = 0x99;
		old[len - 5] = 50;
		len = close_tlvinfo(old, len - 6 + 52);
	}
	memset(o.product, 'p', HM_ONIE_MAX - len - 2);
	assert_int_equal(hm_onie_update(old, len, &o, &b, &err), 0);
	assert_int_equal(b.len, HM_ONIE_MAX);
	hm_buf_reset(&b);
	o.product[HM_ONIE_MAX - len - 2] = 'p';
	assert_int_equal(hm_onie_update(old, len, &o, &b, &err), -HM_ETOO_LONG);
	assert_string_equal(err.text, "TlvInfo: it needs 2049 bytes, 2048 fit");
}

/* A TlvInfo of any TLVs in any order. Its size. */
static size_t draw_tlvs(struct rnd *r, uint8_t old[HM_ONIE_MAX])
{
	static const uint8_t codes[] = { 0x21, 0x22, 0x23, 0x24, 0x25, 0x2a, 0x2b, 0x2f, 0x30, 0x99, 0xfd };
	bool used[256] = { false };
	size_t len = 11;

	memcpy(old, TLVINFO_HEAD, len);
	for (uint64_t i = rnd_below(r, 12); i; i--) {
		uint8_t code = codes[rnd_below(r, sizeof(codes))];
		size_t size = code == 0x24 ? 6 : code == 0x2a ? 2 : code == 0x25 ? 19 :
			      code == 0xfd ? 4 + rnd_below(r, 40) : rnd_below(r, 30);

		if (used[code] && code != 0x99)
			continue;
		used[code] = true;
		old[len++] = code;
		old[len++] = (uint8_t)size;
		for (size_t k = 0; k < size; k++)
			old[len + k] = (uint8_t)(' ' + rnd_below(r, 95));
		if (code == 0x24)
			old[len] = 0;
		if (code == 0x25)
			memcpy(old + len, "02/29/2028 23:59:59", 19);
		if (code == 0xfd && size > 4 && rnd_below(r, 2))
			memcpy(old + len, "\0\0\x7e\xd9", 4);
		len += size;
	}
	return close_tlvinfo(old, len);
}

/* update(h, parse(h)) = h */
static const char *wrong_put_back(struct rnd *r)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	uint8_t old[HM_ONIE_MAX];
	struct hm_onie o;
	size_t len = draw_tlvs(r, old), n;

	for (size_t i = 0; r->show && i < len; i++)
		print_error("%02x%s", old[i], i + 1 < len ? "" : "\n");
	if (hm_onie_parse(old, len, &o, &n, NULL))
		return "it is not read";
	if (hm_onie_update(old, len, &o, &b, NULL))
		return "it is not put back";
	return b.len != len || memcmp(b.data, old, len) ? "put back, it is not the same" : NULL;
}

static void put_back(void **state)
{
	struct rnd r = rnd_start("onie put back");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
		shrink_drawn(&r, wrong_put_back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(onie_round_trips),
		cmocka_unit_test(onie_rules), cmocka_unit_test(onie_says_why), cmocka_unit_test(onie_lists_tlvs),
		cmocka_unit_test(onie_frame),
		cmocka_unit_test(onie_head),
		cmocka_unit_test(onie_times),
		cmocka_unit_test(onie_members),
		cmocka_unit_test(what_others_wrote_is_kept),
		cmocka_unit_test(what_we_would_not_write),
		cmocka_unit_test(local_mac),
		cmocka_unit_test(longer_than_ours),
		cmocka_unit_test(no_room),
		cmocka_unit_test(put_back),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
