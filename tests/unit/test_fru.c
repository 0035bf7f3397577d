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
#include "support/fru_sum.h"
#include "support/sealed.h"

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

/* An area of @len bytes at @p: @fields behind its three bytes of head, zeros, its checksum. */
static void put_area(uint8_t *p, size_t len, const char *fields, size_t n)
{
	p[0] = 1;
	p[1] = (uint8_t)(len / 8);
	memcpy(p + 3, fields, n);
	fix(p, len);
}

#define SEVEN "\xc0\xc0\xc0\xc0\xc0\xc0\xc0"	/* a product area's fields, empty */

struct part {
	uint8_t b[400];
	size_t len;
};

/* A product area behind the header, and one record of somebody else. */
static struct part example_part(const char *fields, size_t len)
{
	struct part p = { .b = { 1, 0, 0, 0, 1 } };
	size_t area = (3 + len + 1 + 7) / 8 * 8;

	put_area(p.b + 8, area, fields, len);
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

/* A product area of language @language, its manufacturer @field with type and length. */
static struct part wide_part(uint8_t language, const char *field, size_t len)
{
	char fields[80];
	struct part p;

	memcpy(fields, field, len);
	memcpy(fields + len, "\xc0\xc0\xc0\xc2" "17\xc0\xc0\xc1", 9);
	p = example_part(fields, len + 9);
	p.b[10] = language;
	fix(p.b + 8, 8u * p.b[9]);
	return p;
}

static const char *wide_text(uint8_t language, const char *field, size_t len)
{
	static struct hm_fru f;
	struct part p = wide_part(language, field, len);
	struct hm_err err = { "" };
	size_t n;
	int rc = hm_fru_parse(p.b, p.len, &f, &n, &err);

	if (rc)
		return rc == -HM_EBAD_CHAR && strstr(err.text, "product_manufacturer is not printable") ? "bad_char" : "?";
	return f.text[HM_FRU_PRODUCT_MANUFACTURER];
}

/* 13: in other languages than English two bytes are a character */
static void two_bytes_a_character(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct part p = wide_part(17, "\xc6\x2d\x4e\x87\x65\x31\0", 7);
	char most[63] = { '\xfe' };
	struct hm_fru f;
	size_t n;

	(void)state;
	assert_string_equal(wide_text(17, "\xc4\x2d\x4e\x87\x65", 5), "\xe4\xb8\xad\xe6\x96\x87");
	assert_string_equal(wide_text(1, "\xc6\x10\x04\x31\0\xe9\0", 7), "\xd0\x90" "1" "\xc3\xa9");
	assert_string_equal(wide_text(255, "\xc8" "A\0B\0\0\0\0", 9), "AB");
	assert_string_equal(wide_text(9, "\xc6" "A\0B\0 \0", 7), "AB");
	/* what everybody reads as one byte a character is that in any language; English is never two */
	assert_string_equal(wide_text(17, "\xc4" "Dell", 5), "Dell");
	assert_string_equal(wide_text(17, "\xc4" "AB\0\0", 5), "AB");
	assert_string_equal(wide_text(0, "\xc4\x2d\x4e\x87\x65", 5), "bad_char");
	assert_string_equal(wide_text(25, "\xc4\x2d\x4e\x87\x65", 5), "bad_char");
	/* half a character; a control; a surrogate; what turns or breaks the line; no character */
	assert_string_equal(wide_text(17, "\xc3\x87\x65\1", 4), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\n\0", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\x85\0", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4\x3d\xd8\0\xde", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\x2e\x20", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\x67\x20", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\x0f\x20", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\xff\xfe", 5), "bad_char");
	assert_string_equal(wide_text(17, "\xc4" "A\0\xff\xff", 5), "bad_char");
	/* as many as a field can hold */
	for (size_t i = 1; i < 63; i += 2)
		memcpy(most + i, "\x87\x65", 2);
	assert_int_equal(strlen(wide_text(17, most, 63)), 93);
	/* put into: they keep their bytes, and the language its code */
	assert_int_equal(hm_fru_parse(p.b, p.len, &f, &n, NULL), 0);
	strcpy(f.text[HM_FRU_PRODUCT_SERIAL], "18");
	assert_int_equal(hm_fru_update(p.b, p.len, &f, &b, NULL), 0);
	assert_memory_equal(b.data + 10, p.b + 10, 8);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_string_equal(f.text[HM_FRU_PRODUCT_SERIAL], "18");
	assert_string_equal(f.text[HM_FRU_PRODUCT_MANUFACTURER], "\xe4\xb8\xad\xe6\x96\x87" "1");
}

/* Is the character @c of two bytes read, behind one that one byte cannot be? */
static bool reads_wide(unsigned int c)
{
	const char field[] = { '\xc6', 0x10, 4, (char)c, (char)(c >> 8), '.', 0 };

	return !strncmp(wide_text(17, field, sizeof(field)), "\xd0\x90", 2);
}

/* First and last of what is not shown, and their neighbours. */
static void characters_that_are_not_shown(void **state)
{
	static const unsigned int ranges[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xd800, 0xdfff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff },
	};
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		assert_true(i == 0 || reads_wide(ranges[i][0] - 1));
		assert_false(reads_wide(ranges[i][0]));
		assert_false(reads_wide(ranges[i][1]));
		assert_true(ranges[i][1] == 0xffff || reads_wide(ranges[i][1] + 1));
		n += ranges[i][1] - ranges[i][0] + 1;
	}
	for (unsigned int c = 0; c <= 0xffff; c++)
		n -= !reads_wide(c);
	assert_int_equal(n, 0);
	/* the shortest and the longest of each length in UTF-8 */
	assert_string_equal(wide_text(17, "\xca~\0\xa0\0\xff\7\0\x08\xef\xff", 11), "~\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xaf");
}

/* An area has at most 255 times 8 bytes, and one that is full has no room for a longer text. */
static void an_area_that_is_full(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(4 * HM_IMAGE_MAX);
	uint8_t old[8 + 2040] = { 1, 0, 0, 0, 1 };
	char fields[2036] = SEVEN, *at = fields + 7;
	struct hm_err err = { "" };
	struct hm_fru f;
	size_t n;

	(void)state;
	for (; at + 63 < fields + sizeof(fields); at += 63) {
		memset(at, 'x', 63);
		*at = (char)(0xc0 + 62);
	}
	*at = (char)0xc1;
	put_area(old + 8, 2040, fields, sizeof(fields));
	fix(old, 8);
	assert_int_equal(hm_fru_parse(old, sizeof(old), &f, &n, NULL), 0);
	strcpy(f.text[HM_FRU_PRODUCT_SERIAL], "fits");
	assert_int_equal(hm_fru_update(old, sizeof(old), &f, &b, NULL), 0);
	memset(f.text[HM_FRU_PRODUCT_SERIAL], '7', 20);
	assert_int_equal(hm_fru_update(old, sizeof(old), &f, &b, &err), -HM_ETOO_LONG);
	assert_string_equal(err.text, "FRU: an area needs 2048 bytes, 2040 fit");
}

/* 64 fields are an area's, and one more is refused: of the reader's own making, as no standard has a limit. */
static void an_area_of_many_fields(void **state)
{
	struct hm_err err = { "" };
	uint8_t old[8 + 80] = { 1, 0, 0, 0, 1 };
	char fields[66];
	struct hm_fru f;
	size_t n;

	(void)state;
	memset(fields, 0xc0, sizeof(fields));
	fields[64] = (char)0xc1;
	put_area(old + 8, 80, fields, 65);
	fix(old, 8);
	assert_int_equal(hm_fru_parse(old, sizeof(old), &f, &n, NULL), 0);
	fields[64] = (char)0xc0;
	fields[65] = (char)0xc1;
	put_area(old + 8, 80, fields, 66);
	fix(old, 8);
	assert_int_equal(hm_fru_parse(old, sizeof(old), &f, &n, &err), -HM_ETOO_LONG);
	assert_string_equal(err.text, "FRU: more than 64 fields in the product area");
}

struct told {
	struct hm_fru_extra e[8];
	size_t n;
};

static void told(void *context, const struct hm_fru_extra *e)
{
	struct told *t = context;

	assert_true(t->n < 8);
	t->e[t->n++] = *e;
}

/* Fields behind the named ones, then records; in one area each, with names before them. */
static void what_is_beside(void **state)
{
	static const uint8_t records[] = {
		0xc1, 0x02, 1, 0, 0, 'x', 0xd0, 0x02, 4, 0, 0, HM_RECORD_PEN & 255, HM_RECORD_PEN >> 8, 0, 'c',
		0x02, 0x82, 0, 0, 0,
	};
	uint8_t bytes[8 + 16 + 24 + 24] = { 1, 0, 1, 0, 3, 6 }, *records_at = bytes + 48;
	struct told t = { .n = 0 };
	const struct hm_fru_extra *e = t.e;
	struct hm_fru f;
	size_t n;

	(void)state;
	bytes[8 + 2] = 0x11;
	put_area(bytes + 8, 16, F("\xc0\xc0\xc3one\xc1"));
	put_area(bytes + 24, 24, F(SEVEN "\xc2\1\2\2\7\xff\xc1"));
	memcpy(records_at, records, sizeof(records));
	records_at[3] = (uint8_t)-'x';
	records_at[9] = (uint8_t)-((HM_RECORD_PEN & 255) + (HM_RECORD_PEN >> 8) + 'c');
	for (size_t at = 0; at < 20; at += 5u + records_at[at + 2])
		fix(records_at + at, 5);
	fix(bytes, 8);
	assert_int_equal(hm_fru_parse(bytes, sizeof(bytes), &f, &n, NULL), 0);
	assert_int_equal(f.custom, 3);
	assert_int_equal(f.records, 2);
	assert_int_equal(f.cwt_len, 1);
	assert_int_equal(hm_fru_extras(bytes, n, told, &t), 0);
	assert_int_equal(t.n, 6);
	assert_true(e[0].area == HM_FRU_CHASSIS && e[0].has_text && !strcmp(e[0].text, "one") && e[0].len == 3);
	assert_true(e[1].area == HM_FRU_PRODUCT && !e[1].has_text && e[1].type == 3 && e[1].len == 2);	/* control characters */
	assert_memory_equal(e[1].bytes, "\1\2", 2);
	assert_true(e[2].has_text && e[2].type == 0 && !strcmp(e[2].text, "07ff"));
	assert_true(e[3].area == HM_FRU_RECORDS && e[3].type == 0xc1 && e[3].len == 1 && *e[3].bytes == 'x' && !e[3].ours);
	assert_true(e[4].type == 0xd0 && e[4].len == 4 && e[4].bytes[3] == 'c' && e[4].ours);
	assert_true(e[5].area == HM_FRU_RECORDS && e[5].type == 2 && !e[5].len && !e[5].ours);
	bytes[7] ^= 1;
	assert_int_equal(hm_fru_extras(bytes, n, told, &t), -HM_EBAD_FORMAT);
	assert_int_equal(t.n, 6);
}

/* Records in front of an area that grows: it begins at a multiple of 8 again, behind zeros. */
static void records_in_front(void **state)
{
	static const uint8_t records[13] = { 0xc1, 0x82, 8, 0, 0, 1, 2, 3, 'o', 't', 'h', 'e', 'r' };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	uint8_t old[8 + 16 + 16] = { 1, 0, 0, 0, 3, 1 };
	struct hm_fru f;
	size_t n;

	(void)state;
	memcpy(old + 8, records, sizeof(records));
	old[11] = (uint8_t)-(6 + 'o' + 't' + 'h' + 'e' + 'r');
	fix(old + 8, 5);
	memset(old + 21, 0xee, 3);
	put_area(old + 24, 16, F(SEVEN "\xc1"));
	fix(old, 8);
	assert_int_equal(hm_fru_parse(old, sizeof(old), &f, &n, NULL), 0);
	/* where no area changes its size, what lies between is kept too */
	strcpy(f.text[HM_FRU_PRODUCT_NAME], "ab");
	assert_int_equal(hm_fru_update(old, sizeof(old), &f, &b, NULL), 0);
	assert_int_equal(b.len, sizeof(old));
	assert_memory_equal(b.data, old, 24);
	assert_memory_equal(b.data + 28, "\xc2" "ab\xc0", 4);
	hm_buf_reset(&b);
	memset(f.text[HM_FRU_PRODUCT_NAME], 'n', 20);
	assert_int_equal(hm_fru_update(old, sizeof(old), &f, &b, NULL), 0);
	assert_int_equal(b.data[4], 3);
	assert_int_equal(b.data[5], 1);
	assert_memory_equal(b.data + 8, old + 8, 13);
	assert_memory_equal(b.data + 21, "\0\0\0\1", 4);
	assert_int_equal(hm_fru_parse(b.data, b.len, &f, &n, NULL), 0);
	assert_int_equal(f.records, 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_document),
		cmocka_unit_test(texts),
		cmocka_unit_test(rules),
		cmocka_unit_test(our_record),
		cmocka_unit_test(other_peoples_texts),
		cmocka_unit_test(two_bytes_a_character),
		cmocka_unit_test(characters_that_are_not_shown),
		cmocka_unit_test(an_area_that_is_full),
		cmocka_unit_test(an_area_of_many_fields),
		cmocka_unit_test(records_in_front),
		cmocka_unit_test(what_is_beside),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(dates),
		cmocka_unit_test(frame),
	};

	return cmocka_run_group_tests(tests, say_seed, NULL);
}
