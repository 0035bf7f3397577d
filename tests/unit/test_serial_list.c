// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists that customers supply, and EUI addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "serial/eui.h"
#include "serial/list.h"
#include "support/shrink.h"

/* --- lists --- */

static void takes(void **state)
{
	static const char serials[] = "serial\nA7-0001\r\n\"A7-0002\"\nx.y_z\n12345678901234567890";
	static const char macs[] = "\"mac\"\r\n9C:F6:DD:00:00:01\r\n9c-f6-dd-00-00-02\r\n9CF6DD000003\r\n9cf6.dd00.0004\r\n";
	static const char longs[] = "eui64\n9C-F6-DD-00-00-00-00-01\n9CF6DD0000000002\n";
	_cleanup_list_ struct hm_list a = HM_LIST_INIT, b = HM_LIST_INIT, c = HM_LIST_INIT;
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_list_parse(serials, sizeof(serials) - 1, &a, &err), 0);
	assert_int_equal(a.kind, HM_LIST_SERIAL);
	assert_int_equal(a.n, 4);
	assert_int_equal(a.row[1].len, 7);
	assert_memory_equal(a.row[1].text, "A7-0002", 7);
	assert_int_equal(a.row[1].line, 3);
	assert_int_equal(a.row[3].len, 20);
	assert_int_equal(hm_list_parse(macs, sizeof(macs) - 1, &b, &err), 0);
	assert_int_equal(b.kind, HM_LIST_EUI48);
	assert_int_equal(b.n, 4);
	for (size_t i = 0; i < b.n; i++) {
		assert_true(b.row[i].eui == 0x9cf6dd000001ull + i);
		assert_int_equal(b.row[i].line, i + 2);
	}
	assert_int_equal(hm_list_parse(longs, sizeof(longs) - 1, &c, &err), 0);
	assert_int_equal(c.kind, HM_LIST_EUI64);
	assert_true(c.row[1].eui == 0x9cf6dd0000000002ull);
	assert_string_equal(err.text, "");
	assert_string_equal(hm_list_kind_name(HM_LIST_SERIAL), "serial");
	assert_string_equal(hm_list_kind_name(HM_LIST_EUI48), "mac");
	assert_string_equal(hm_list_kind_name(HM_LIST_EUI64), "eui64");
}

static void each_rule(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} t[] = {
		{ "", -HM_EEMPTY, "empty file" }, { "\n", -HM_EEMPTY, "line 1: empty" }, { "serial", -HM_EEMPTY, "line 2: no entry" },
		{ "serial\n", -HM_EEMPTY, "line 2: no entry" }, { "Serial\nA\n", -HM_EBAD_FORMAT, "line 1: a column's name" },
		{ "A7-0001\nA7-0002\n", -HM_EBAD_FORMAT, "line 1: a column's name" }, { "serial \nA\n", -HM_EBAD_FORMAT, "line 1" },
		{ "\xef\xbb\xbfserial\nA\n", -HM_EBAD_FORMAT, "line 1: a byte order mark" }, { "serial,mac\n", -HM_EBAD_CHAR, "line 1: a comma" },
		{ "serial\nA\n\nB\n", -HM_EEMPTY, "line 3: empty" }, { "serial\nA\n\n", -HM_EEMPTY, "line 3: empty" },
		{ "serial\nA\nB,C\n", -HM_EBAD_CHAR, "line 3: a comma" }, { "serial\n\"A,B\"\n", -HM_EBAD_CHAR, "line 2: a comma" },
		{ "serial\n\"\"\n", -HM_EEMPTY, "line 2: empty" }, { "serial\n\"A\n", -HM_EBAD_CHAR, "line 2: a quotation mark" },
		{ "serial\n\"\n", -HM_EBAD_CHAR, "line 2: a quotation mark" }, { "serial\n\"A\"\"B\"\n", -HM_EBAD_CHAR, "line 2: a serial has" },
		{ "serial\nA B\n", -HM_EBAD_CHAR, "line 2: a serial has" }, { "serial\nA \n", -HM_EBAD_CHAR, "line 2: a serial has" },
		{ "serial\n A\n", -HM_EBAD_CHAR, "line 2: a serial has" }, { "serial\nA\rB\n", -HM_EBAD_CHAR, "line 2: a serial has" },
		{ "serial\nA/B\n", -HM_EBAD_CHAR, "line 2: a serial has" }, { "serial\nA\xc3\xbc\n", -HM_EBAD_CHAR, "line 2: a serial has" },
		{ "serial\n-A\n", -HM_EBAD_CHAR, "line 2: a serial begins" }, { "serial\nA\n..\n", -HM_EBAD_CHAR, "line 3: a serial begins" },
		{ "serial\n123456789012345678901\n", -HM_ETOO_LONG, "line 2: a serial has at most 20" },
		{ "serial\nA\nB\nA\n", -HM_EDUPLICATE, "line 4: the same as in line 2" },
		{ "serial\nB\nA\nA\nB\nA\n", -HM_EDUPLICATE, "line 4: the same as in line 3" },
		{ "serial\nA\n\"A\"\r\n", -HM_EDUPLICATE, "line 3: the same as in line 2" },
		{ "mac\n9C:F6:DD:00:00:01\n9cf6dd000001\n", -HM_EDUPLICATE, "line 3: the same as in line 2" },
		{ "mac\n9C:F6:DD:00:00:0G\n", -HM_ENOT_HEX, "line 2: hexadecimal" }, { "mac\n9C:F6:DD:00:00\n", -HM_EBAD_LENGTH, "line 2" },
		{ "mac\n9C:F6:DD:00:00:00:00:01\n", -HM_EBAD_LENGTH, "line 2" }, { "eui64\n9C:F6:DD:00:00:01\n", -HM_EBAD_LENGTH, "line 2" },
		{ "mac\n9C:F6-DD:00:00:01\n", -HM_EBAD_CHAR, "line 2" }, { "mac\n01:00:5E:00:00:01\n", -HM_EBAD_EUI, "line 2: a group" },
		{ "mac\n9CF6DD000001\n02:00:00:00:00:01\n", -HM_EBAD_EUI, "line 3: a group or local" },
		{ "mac\nFF:FF:FF:FF:FF:FF\n", -HM_EBAD_EUI, "line 2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_list l = { .n = 77 };
		struct hm_err err = { "" };

		if (hm_list_parse(t[i].text, strlen(t[i].text), &l, &err) != t[i].rc)
			fail_msg("row %zu: not %s", i, hm_error_name(t[i].rc));
		if (!strstr(err.text, t[i].why))
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, err.text, t[i].why);
		assert_int_equal(l.n, 77);
		assert_int_equal(hm_list_parse(t[i].text, strlen(t[i].text), &l, NULL), t[i].rc);
	}
	assert_int_equal(hm_list_parse(NULL, 0, &(struct hm_list)HM_LIST_INIT, NULL), -HM_EEMPTY);
	assert_int_equal(hm_list_parse("serial\nA\0B\n", 11, &(struct hm_list)HM_LIST_INIT, NULL), -HM_EBAD_CHAR);
}

/* Of all bytes, those that the rule names and no other. */
static void every_byte(void **state)
{
	static const char middle[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._";

	(void)state;
	for (int c = 0; c < 256; c++) {
		char inside[] = "serial\nA?B\n", first[] = "serial\n?B\n";
		bool known = c && strchr(middle, c);
		struct hm_list l = HM_LIST_INIT;
		int rc;

		if (c == '\n')
			continue;
		inside[8] = first[7] = (char)c;
		rc = hm_list_parse(inside, sizeof(inside) - 1, &l, NULL);
		assert_int_equal(rc, known ? 0 : -HM_EBAD_CHAR);
		if (!rc)
			hm_list_free(&l);
		rc = hm_list_parse(first, sizeof(first) - 1, &l, NULL);
		assert_int_equal(rc, known && !strchr("-._", c) ? 0 : -HM_EBAD_CHAR);
		if (!rc)
			hm_list_free(&l);
	}
}

/* A hundred thousand entries, and one of them twice: its line is named. */
static void long_lists(void **state)
{
	enum { N = 100000 };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(8 << 20);
	struct hm_list l = HM_LIST_INIT;
	struct hm_err err = { "" };
	char *at;

	(void)state;
	assert_int_equal(hm_buf_str_add(&b, "serial\n"), 0);
	for (unsigned int i = 0; i < N; i++)
		assert_int_equal(hm_buf_printf(&b, "U%08u\n", i * 2654435761u % 100000000u), 0);
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), 0);
	assert_int_equal(l.n, N);
	hm_list_free(&l);
	at = (char *)b.data + 7 + 10 * 77777;
	memcpy(at, b.data + 7 + 10 * 4709, 9);
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), -HM_EDUPLICATE);
	assert_string_equal(err.text, "line 77779: the same as in line 4711");
	/* more lines than are allowed, before any is looked at */
	hm_buf_reset(&b);
	assert_int_equal(hm_buf_str_add(&b, "serial\n"), 0);
	for (unsigned int i = 0; i <= HM_LIST_MAX; i++)
		assert_int_equal(hm_buf_byte(&b, '\n'), 0);
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), -E2BIG);
	b.len--;
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), -HM_EEMPTY);
	/* a megabyte that is no list */
	hm_buf_reset(&b);
	assert_int_equal(hm_buf_str_add(&b, "serial\n"), 0);
	for (unsigned int i = 0; i < 1 << 20; i++)
		assert_int_equal(hm_buf_byte(&b, 'A'), 0);
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), -HM_ETOO_LONG);
	memset(b.data + 7, '\n', 1 << 20);
	assert_int_equal(hm_list_parse(b.data, b.len, &l, &err), -HM_EEMPTY);
}

static void any_bytes(void **state)
{
	static const char set[] = "serialmac:-.\n\n\n\r\",0123456789ABCDEF\xff ";
	struct rnd r = rnd_start("list bytes");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(20000); r.n++) {
		size_t len = rnd_below(&r, 200), head = rnd_below(&r, 4);
		char *text = malloc(len + 8);
		struct hm_list l = HM_LIST_INIT;
		struct hm_err err = { "" };
		int rc;

		rnd_assert(&r, text);
		strcpy(text, head == 0 ? "serial\n" : head == 1 ? "mac\n" : head == 2 ? "eui64\n" : "");
		head = strlen(text);
		if (head > len)
			head = len;
		rnd_text(&r, text + head, len - head, set, sizeof(set) - 1);
		text = realloc(text, len + !len);
		rc = hm_list_parse(text, len, &l, &err);
		rnd_assert(&r, !rc == !err.text[0]);
		for (size_t i = 0; !rc && i < l.n; i++)
			rnd_assert(&r, l.row[i].text >= text && l.row[i].text + l.row[i].len <= text + len && l.row[i].len);
		if (!rc)
			hm_list_free(&l);
		free(text);
	}
}

/* --- EUI --- */

static void blocks(void **state)
{
	static const struct {
		const char *text;
		unsigned int bits;
		const char *name;
		uint64_t base, count;
	} t[] = {
		{ "9C-F6-DD", 48, "MA-L", 0x9cf6dd000000, 1 << 24 }, { "9c:f6:dd", 48, "MA-L", 0x9cf6dd000000, 1 << 24 },
		{ "9CF6DD7", 48, "MA-M", 0x9cf6dd700000, 1 << 20 }, { "9C-F6-DD-7", 48, "MA-M", 0x9cf6dd700000, 1 << 20 },
		{ "70B3D5123", 48, "MA-S", 0x70b3d5123000, 1 << 12 }, { "70-B3-D5-12-3", 48, "MA-S", 0x70b3d5123000, 1 << 12 },
		/* EUI-64: FF-FE and FF-FF in octets 4 and 5 are left out */
		{ "9CF6DD", 64, "MA-L", 0x9cf6dd0000000000, 0xfffe000000 }, { "9CF6DD7", 64, "MA-M", 0x9cf6dd7000000000, 1ull << 36 },
		{ "9CF6DDF", 64, "MA-M", 0x9cf6ddf000000000, 0xffe000000 }, { "70B3D5123", 64, "MA-S", 0x70b3d51230000000, 1 << 28 },
		{ "70B3D5FFF", 64, "MA-S", 0x70b3d5fff0000000, 0xe000000 }, { "70B3D5FFE", 64, "MA-S", 0x70b3d5ffe0000000, 1 << 28 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_eui_block b;
		struct hm_range r;
		uint64_t v = 0, n = 0;

		assert_int_equal(hm_eui_block_parse(t[i].text, t[i].bits, &b), 0);
		assert_string_equal(hm_eui_block_name(&b), t[i].name);
		r = hm_eui_block_range(&b);
		assert_true(r.next == 0 && r.end == t[i].count);
		assert_int_equal(hm_eui_at(&b, 0, &v), 0);
		assert_true(v == t[i].base);
		assert_int_equal(hm_eui_at(&b, t[i].count - 1, &v), 0);
		assert_true(v == t[i].base + t[i].count - 1);
		assert_int_equal(hm_eui_number(&b, v, &n), 0);
		assert_true(n == t[i].count - 1);
		if (t[i].bits == 64)
			assert_true((v >> 24 & 0xffff) < 0xfffe);
		assert_false(hm_eui_group(v, t[i].bits) || hm_eui_local(v, t[i].bits));
		/* one past either end */
		assert_int_equal(hm_eui_at(&b, t[i].count, &v), -HM_EOVERFLOW);
		assert_int_equal(hm_eui_at(&b, UINT64_MAX, &v), -HM_EOVERFLOW);
		assert_int_equal(hm_eui_number(&b, t[i].base - 1, &n), -HM_EOVERFLOW);
		assert_int_equal(hm_eui_number(&b, t[i].base + t[i].count, &n), -HM_EOVERFLOW);
	}
}

/* Four ports in a row, 4096 addresses: 1024 boards, and the next one fails and takes nothing. */
static void runs_never_wrap(void **state)
{
	struct hm_eui_block b;
	struct hm_range pool, run, before;
	uint64_t v;

	(void)state;
	assert_int_equal(hm_eui_block_parse("70B3D5123", 48, &b), 0);
	pool = hm_eui_block_range(&b);
	for (uint64_t i = 0; i < 1024; i++) {
		assert_int_equal(hm_range_lease_aligned(&pool, 4, 4, &run), 0);
		assert_int_equal(hm_eui_at(&b, run.next, &v), 0);
		assert_true(v == 0x70b3d5123000 + 4 * i);
	}
	assert_int_equal(hm_range_lease(&pool, 1, &run), -HM_EPOOL_EXHAUSTED);
	pool = hm_eui_block_range(&b);
	assert_int_equal(hm_range_lease(&pool, 4093, &run), 0);
	before = pool;
	assert_int_equal(hm_range_lease(&pool, 4, &run), -HM_EPOOL_EXHAUSTED);
	assert_memory_equal(&pool, &before, sizeof(pool));
	assert_int_equal(hm_range_lease(&pool, 3, &run), 0);
}

static void eui_rules(void **state)
{
	static const struct {
		const char *text;
		unsigned int bits;
		int rc, block_rc;
	} t[] = {
		{ "", 48, -HM_EEMPTY, -HM_EEMPTY }, { "9CF6DD00000", 48, -HM_EBAD_LENGTH, -HM_EBAD_LENGTH },
		{ "9CF6DD0000011", 48, -HM_EBAD_LENGTH, -HM_EBAD_LENGTH }, { "9CF6DD00000x", 48, -HM_ENOT_HEX, -HM_ENOT_HEX },
		{ "9C F6DD000001", 48, -HM_ENOT_HEX, -HM_ENOT_HEX }, { "9C:F6DD000001", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR },
		{ "9C:F6:DD:00:00:01:", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR }, { ":9C:F6:DD:00:00:01", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR },
		{ "9C::F6:DD:00:00:01", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR }, { "9CF:6D:D0:00:00:1", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR },
		{ "9C-F6.DD", 48, -HM_EBAD_CHAR, -HM_EBAD_CHAR }, { "9CF6.DD", 48, -HM_EBAD_LENGTH, -HM_EBAD_CHAR },
		{ "00000000000000000000000000000000000", 48, -HM_EBAD_LENGTH, -HM_EBAD_LENGTH },
		{ "9CF6DD000001", 48, 0, -HM_EBAD_LENGTH }, { "9CF6DD0000000001", 64, 0, -HM_EBAD_LENGTH },
		{ "03F6DD", 48, -HM_EBAD_LENGTH, -HM_EBAD_EUI }, { "01F6DD", 48, -HM_EBAD_LENGTH, -HM_EBAD_EUI },
		{ "02F6DD", 64, -HM_EBAD_LENGTH, -HM_EBAD_EUI }, { "9CF6DD12", 48, -HM_EBAD_LENGTH, -HM_EBAD_LENGTH },
		{ "03F6DD000001", 48, -HM_EBAD_EUI, -HM_EBAD_LENGTH }, { "02F6DD0000000001", 64, -HM_EBAD_EUI, -HM_EBAD_LENGTH },
	};
	struct hm_eui_block b = { .prefix = 7 };
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (hm_eui_parse(t[i].text, strlen(t[i].text), t[i].bits, &v) != t[i].rc)
			fail_msg("%s is not %s", t[i].text, hm_error_name(t[i].rc));
		if (hm_eui_block_parse(t[i].text, t[i].bits, &b) != t[i].block_rc)
			fail_msg("block %s is not %s", t[i].text, hm_error_name(t[i].block_rc));
	}
	assert_true(v == 0x9cf6dd0000000001 && b.prefix == 7);
	assert_int_equal(hm_eui_parse("9CF6\0D000001", 12, 48, &v), -HM_ENOT_HEX);
}

static const char *wrong_eui(struct rnd *r)
{
	static const char separators[] = { '\0', ':', '-' };
	unsigned int bits = rnd_below(r, 2) ? 48 : 64;
	uint64_t v = rnd_next(r) >> (64 - bits) & ~(3ull << (bits - 8)), back = 0;
	char text[HM_EUI_TEXT_MAX];

	hm_eui_text(v, bits, separators[rnd_below(r, 3)], text);
	if (r->show)
		print_error("%u bits: %s\n", bits, text);
	shrink_must(!hm_eui_parse(text, strlen(text), bits, &back) && back == v);
	text[rnd_below(r, 2)] = (char)rnd_next(r);
	shrink_must(hm_eui_parse(text, strlen(text), bits, &back) || (!hm_eui_group(back, bits) && !hm_eui_local(back, bits)));
	return NULL;
}

static void eui_round_trips(void **state)
{
	struct rnd r = rnd_start("eui round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++)
		shrink_drawn(&r, wrong_eui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes),
		cmocka_unit_test(each_rule),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(blocks),
		cmocka_unit_test(runs_never_wrap),
		cmocka_unit_test(eui_rules),
		cmocka_unit_test(eui_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
