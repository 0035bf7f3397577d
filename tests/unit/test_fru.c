// SPDX-License-Identifier: LGPL-2.1-or-later
/* IPMI FRU: the bytes, every rule by itself, and what is kept of somebody else's. */
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

static void fix(uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i + 1 < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[len - 1] = (uint8_t)-sum;
}

static struct hm_image example_image(void)
{
	const struct hm_record rec = sealed_example();

	return sealed_image(&rec);
}

/* As docs/record.md has it, byte by byte. */
static void the_bytes_are_those_of_the_document(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX), hex = HM_BUF_INIT(2 * HM_IMAGE_MAX);
	struct hm_image image = {
		.product = "pr", .part_number = "x", .serial = "17", .manufacturer = "", .made = 820454400 + 60 * 0x010203 + 59,
		.cwt = { 0xaa, 0xbb }, .cwt_len = 2,
	};

	(void)state;
	assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, NULL), 0);
	assert_int_equal(hm_buf_hex(&hex, b.data, b.len), 0);
	assert_string_equal(hm_buf_str(&hex), "01" "00" "00" "01" "04" "07" "00" "f3"
			    "01" "03" "00" "030201" "c0" "c27072" "c23137" "c27820" "c0" "c1" "0000000000" "8d"
			    "01" "03" "00" "c0" "c27072" "c27820" "c0" "c23137" "c0" "c0" "c1" "000000000000" "13"
			    "d0" "82" "05" "44" "65" "d97e00" "aabb");
}

struct part {
	uint8_t b[400];
	size_t len;
};

/* A product area behind the header, and one record of somebody else. */
static struct part example_part(const char *fields, size_t len)
{
	struct part p = { .b = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0 } };
	size_t area = 3 + len + 1;

	memcpy(p.b + 11, fields, len);
	area = (area + 7) / 8 * 8;
	p.b[9] = (uint8_t)(area / 8);
	fix(p.b + 8, area);
	p.b[5] = (uint8_t)(1 + area / 8);
	fix(p.b, 8);
	p.len = 8 + area;
	memcpy(p.b + p.len, "\xc0\x82\x04\0\0\1\0\0x", 9);
	p.b[p.len + 3] = (uint8_t)-(1 + 'x');
	fix(p.b + p.len, 5);
	p.len += 9;
	return p;
}

#define F(bytes) bytes, sizeof(bytes) - 1

static void texts(void **state)
{
	static const struct {
		const char *fields;
		size_t len;
		int rc;
		const char *serial, *why;
	} t[] = {
		{ F("\xc0\xc0\xc0\xc0\xc2" "17" "\xc0\xc0\xc1"), 0, "17", "" },
		{ F("\xc0\xc0\xc0\xc0\xc4" "17  " "\xc0\xc0\xc1"), 0, "17", "" },
		{ F("\xc0\xc0\xc0\xc0\xc4" "17\0\0" "\xc0\xc0\xc1"), 0, "17", "" },
		{ F("\xc0\xc0\xc0\xc0\x00\xc0\xc0\xc1"), 0, "", "" },
		{ F("\xc0\xc0\xc0\xc0\x02\x17\xa0\xc0\xc0\xc1"), 0, "17a0", "" },			/* binary */
		{ F("\xc0\xc0\xc0\xc0\x43\x12\xbc\x3a\xc0\xc0\xc1"), 0, "12-.3", "" },			/* BCD plus */
		{ F("\xc0\xc0\xc0\xc0\x83\x29\xdc\xa6\xc0\xc0\xc1"), 0, "IPMI", "" },			/* the standard's example */
		{ F("\xc0\xc0\xc0\xc0\x81\x29\xc0\xc0\xc1"), 0, "I", "" },
		{ F("\xc0\xc0\xc0\xc0\x82\x29\xdc\xc0\xc0\xc1"), 0, "IP", "" },
		{ F("\xc0\xc0\xc0\xc0\xc2" "17" "\xc0\xc0\xc3" "xyz" "\xc1"), 0, "17", "" },		/* one more */
		{ F("\xc0\xc0\xc0\xc0\x41\x1d\xc0\xc0\xc1"), -HM_EBAD_CHAR, "", "product_serial" },
		{ F("\xc0\xc0\xc0\xc0\xc2" "1\x7f" "\xc0\xc0\xc1"), -HM_EBAD_CHAR, "", "product_serial" },
		{ F("\xc0\xc0\xc0\xc0\xc3" "1\0001" "\xc0\xc0\xc1"), -HM_EBAD_CHAR, "", "product_serial" },
		{ F("\xc0\xc0\xc0\xc0\xc3" "\xa0\xfc\xff" "\xc0\xc0\xc1"), 0, "\xc2\xa0\xc3\xbc\xc3\xbf", "" },	/* Latin-1 */
		{ F("\xc0\xc0\xc0\xc0\xc2" "1\x80" "\xc0\xc0\xc1"), -HM_EBAD_CHAR, "", "product_serial" },
		{ F("\xc0\xc0\xc0\xc0\xc2" "1\x9f" "\xc0\xc0\xc1"), -HM_EBAD_CHAR, "", "product_serial" },
		{ F("\xc0\xc0\xc0\xc0\xc0\xc0\xc1"), -HM_EBAD_FORMAT, "", "6 of its 7" },
		{ F("\xc0\xc0\xc0\xc0\xc0\xc0\xc0"), -HM_ENO_TERMINATOR, "", "do not end" },
		{ F("\xc0\xc0\xc0\xc0\xc0\xc0\xff" "17\xc1"), -HM_EBAD_LENGTH, "", "a field of the product area is cut" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		/* a field that is cut must not find zeros behind it: those are empty fields, without an end */
		struct part p = example_part(t[i].fields, t[i].len);
		struct hm_fru f = { .records = 99 };
		struct hm_err err = { "" };
		size_t n = 99;
		int rc = hm_fru_parse(p.b, p.len, &f, &n, &err);

		if (rc != t[i].rc || !strstr(err.text, t[i].why))
			fail_msg("row %zu: %d \"%s\"", i, rc, err.text);
		assert_int_equal(n, rc ? 99 : p.len);
		assert_int_equal(f.records, rc ? 99 : 1);
		if (!rc)
			assert_string_equal(f.text[HM_FRU_PRODUCT_SERIAL], t[i].serial);
	}
}

/* One change to a good FRU, with its checksums made good again. */
static void rules(void **state)
{
	const struct part good = example_part(F("\xc0\xc0\xc0\xc0\xc2" "17" "\xc0\xc0\xc1"));
	struct hm_fru f;
	size_t n, record = good.len - 9;
	struct part p;

	(void)state;
#define REFUSED(change, error, why_) do {					\
	struct hm_err err = { "" };						\
	int rc_;								\
										\
	p = good;								\
	change;									\
	rc_ = hm_fru_parse(p.b, p.len, &f, &n, &err);				\
	if (rc_ != -(error) || !strstr(err.text, why_))				\
		fail_msg("line %d: %d \"%s\"", __LINE__, rc_, err.text);	\
} while (0)
#define HEAD(at, v) (p.b[at] = (v), fix(p.b, 8))
	REFUSED((void)0, 0, "");
	REFUSED(p.len = 7, HM_EBAD_LENGTH, "shorter");
	REFUSED(p.len = 0, HM_EBAD_LENGTH, "shorter");
	REFUSED(HEAD(0, 2), HM_EBAD_FORMAT, "version 2");
	REFUSED(HEAD(0, 0x11), HM_EBAD_FORMAT, "version 17");
	REFUSED(p.b[7]++, HM_EBAD_FORMAT, "checksum of the header");
	REFUSED(HEAD(6, 1), HM_ERESERVED_NONZERO, "padding");
	REFUSED(HEAD(4, 200), HM_EBAD_LENGTH, "product area lies outside");
	REFUSED(HEAD(5, 200), HM_EBAD_LENGTH, "multirecord area lies outside");
	REFUSED(HEAD(1, 200), HM_EBAD_LENGTH, "internal use area lies outside");
	REFUSED(HEAD(2, 1), HM_EBAD_FORMAT, "product areas overlap");
	REFUSED(HEAD(1, 1), HM_EBAD_FORMAT, "internal use and product areas overlap");
	REFUSED((p.b[8] = 2, fix(p.b + 8, 16)), HM_EBAD_FORMAT, "product area has version 2");
	REFUSED((p.b[9] = 0, fix(p.b + 8, 16)), HM_EBAD_LENGTH, "product area is 0 bytes");
	REFUSED((p.b[9] = 40, fix(p.b + 8, 16)), HM_EBAD_LENGTH, "product area is 320 bytes");
	REFUSED(p.b[23]++, HM_EBAD_FORMAT, "checksum of the product area");
	REFUSED(p.len -= 1, HM_EBAD_LENGTH, "a multirecord is cut");
	REFUSED(p.len = record + 4, HM_EBAD_LENGTH, "a multirecord is cut");
	REFUSED(p.b[record + 4]++, HM_EBAD_FORMAT, "multirecord's head");
	REFUSED(p.b[record + 8]++, HM_EBAD_FORMAT, "checksum of a multirecord is wrong");
	REFUSED((p.b[record + 1] = 0x92, fix(p.b + record, 5)), HM_ERESERVED_NONZERO, "multirecord");
	REFUSED((p.b[record + 1] = 0x83, fix(p.b + record, 5)), HM_EBAD_FORMAT, "version 3");
	REFUSED((p.b[record + 1] = 0x02, fix(p.b + record, 5)), HM_EBAD_LENGTH, "a multirecord is cut");	/* not the last */
#undef HEAD
#undef REFUSED
}

static void our_record(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_fru in = { .cwt = "abc", .cwt_len = 3 }, f;
	struct hm_err err = { "" };
	size_t n;

	(void)state;
	assert_int_equal(hm_fru_build(&in, &b, NULL), 0);
	assert_int_equal(b.len, 8 + 5 + 3 + 3);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_int_equal(f.cwt_len, 3);
	assert_memory_equal(f.cwt, "abc", 3);
	/* of any OEM type, but of no other */
	b.data[8] = 0xc0;
	fix(b.data + 8, 5);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_int_equal(f.cwt_len, 3);
	b.data[8] = 0xbf;
	fix(b.data + 8, 5);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_int_equal(f.cwt_len, 0);
	assert_int_equal(f.records, 1);
	/* an empty one; two */
	memcpy(b.data + 8, "\xd0\x82\x03\xa9\0" "\xd9\x7e\0", 8);
	fix(b.data + 8, 5);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, &err), -HM_EBAD_FORMAT);
	assert_non_null(strstr(err.text, "no record"));
	hm_buf_reset(&b);
	assert_int_equal(hm_fru_build(&in, &b, NULL), 0);
	assert_int_equal(hm_buf_add(&b, b.data + 8, 11), 0);
	b.data[9] = 2;
	fix(b.data + 8, 5);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, &err), -HM_EBAD_FORMAT);
	assert_non_null(strstr(err.text, "two records"));
}

/* Texts that we would not write are read, and stay where they stand; we still do not write them. */
static void other_peoples_texts(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	/* 63 letters of Latin-1; 33 bytes of BCD plus */
	char fields[2 + 63 + 33 + 32] = "\xff";
	struct hm_image image;
	struct hm_fru f;
	struct hm_err err = { "" };
	enum hm_carrier c;
	struct part p;
	size_t n;

	(void)state;
	memset(fields + 1, 0xe9, 63);
	fields[64] = 0x40 + 33;
	memset(fields + 65, 0x11, 33);
	memcpy(fields + 98, "\xc0\xc0\xc2" "17" "\xc0\xc0\xc1", 8);
	p = example_part(fields, 106);
	assert_int_equal(hm_image_parse(p.b, p.len, &c, &image, &n, NULL), 0);
	assert_int_equal(strlen(image.manufacturer), 126);
	assert_int_equal(strlen(image.product), 66);
	assert_string_equal(image.serial, "17");
	assert_int_equal(hm_fru_parse(p.b, p.len, &f, &n, NULL), 0);
	strcpy(f.text[HM_FRU_PRODUCT_SERIAL], "18");
	memcpy(f.cwt, "abc", 3);
	f.cwt_len = 3;
	assert_int_equal(hm_fru_update(p.b, p.len, &f, &b, NULL), 0);
	assert_memory_equal(b.data + 11, fields, 98);
	assert_memory_equal(b.data + 11 + 98, "\xc0\xc0\xc2" "18", 5);
	hm_buf_reset(&b);
	strcpy(f.text[HM_FRU_PRODUCT_MANUFACTURER], "\xc3\xa9");
	assert_int_equal(hm_fru_update(p.b, p.len, &f, &b, &err), -HM_EBAD_CHAR);
	assert_int_equal(hm_image_build(c, &image, &b, &err), -HM_ETOO_LONG);
	assert_int_equal(b.len, 0);
}

static void what_does_not_fit(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(4 * HM_IMAGE_MAX), old = HM_BUF_INIT(4 * HM_IMAGE_MAX);
	struct hm_image image = example_image();
	struct hm_fru f = { .has = { [HM_FRU_PRODUCT] = true } };
	struct hm_err err = { "" };

	(void)state;
	memset(image.manufacturer, 'm', 64);
	assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, &err), -HM_ETOO_LONG);
	assert_non_null(strstr(err.text, "board_manufacturer needs 64 bytes, a field has 63"));
	image.manufacturer[63] = '\0';
	assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, &err), 0);
	hm_buf_reset(&b);
	f.cwt_len = HM_RECORD_MAX + 1;
	assert_int_equal(hm_fru_build(&f, &b, &err), -HM_ETOO_LONG);
	f.cwt_len = 0;
	f.board_minutes = 1 << 24;
	assert_int_equal(hm_fru_build(&f, &b, &err), -HM_EOVERFLOW);
	f.board_minutes = 0;
	strcpy(f.text[HM_FRU_PRODUCT_ASSET], "a ");
	assert_int_equal(hm_fru_build(&f, &b, &err), -HM_EBAD_CHAR);
	strcpy(f.text[HM_FRU_PRODUCT_ASSET], "a\nb");
	assert_int_equal(hm_fru_build(&f, &b, &err), -HM_EBAD_CHAR);
	assert_int_equal(b.len, 0);
	/* an internal use area up to the end of a large EEPROM leaves no room */
	assert_int_equal(hm_buf_add(&old, "\1\1\0\0\0\0\0\xfe", 8), 0);
	for (int i = 0; i < 2030; i++)
		assert_int_equal(hm_buf_byte(&old, 1), 0);
	memset(&f, 0, sizeof(f));
	f.cwt_len = 3;
	assert_int_equal(hm_fru_update(old.data, old.len, &f, &b, &err), -HM_ETOO_LONG);
	assert_non_null(strstr(err.text, "it needs 2051 bytes, 2048 fit"));
	old.len = 2029;
	assert_int_equal(hm_fru_update(old.data, old.len, &f, &b, &err), 0);
	assert_memory_equal(b.data + 8, old.data + 8, 2021);
}

/* The date's field ends in 2027: then nothing is said, and nothing breaks. */
static void dates(void **state)
{
	static const struct { int64_t made, back; } t[] = {
		{ -1, -1 }, { 0, -1 }, { 820454399, -1 }, { 820454400, -1 }, { 820454459, -1 }, { 820454460, 820454460 },
		{ 1795000000, 1795000000 / 60 * 60 }, { 820454400 + 60ll * 0xffffff + 59, 820454400 + 60ll * 0xffffff },
		{ 820454400 + 60ll * 0x1000000, -1 }, { 253402300799, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
		struct hm_image image = example_image(), back;
		enum hm_carrier c;
		size_t n;

		image.made = t[i].made;
		assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, NULL), 0);
		assert_int_equal(hm_image_parse(b.data, b.len, &c, &back, &n, NULL), 0);
		if (back.made != t[i].back)
			fail_msg("row %zu: %lld", i, (long long)back.made);
	}
}

/* Every bit is covered by a checksum, every cut is seen. */
static void frame(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	const struct hm_image image = example_image();
	struct hm_fru f;
	size_t n;

	(void)state;
	assert_int_equal(hm_image_build(HM_CARRIER_IPMI_FRU, &image, &b, NULL), 0);
	for (size_t i = 0; i < 8 * b.len; i++) {
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_int_not_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
		b.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t cut = 0; cut < b.len; cut++)
		assert_int_not_equal(hm_fru_parse(b.data, cut, &f, &n, NULL), 0);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_int_equal(n, b.len);
}

/* --- properties --- */

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
		cmocka_unit_test(the_bytes_are_those_of_the_document),
		cmocka_unit_test(texts),
		cmocka_unit_test(rules),
		cmocka_unit_test(our_record),
		cmocka_unit_test(other_peoples_texts),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(dates),
		cmocka_unit_test(frame),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(what_others_wrote_is_kept),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
