// SPDX-License-Identifier: LGPL-2.1-or-later
/* One leaf, one encoding: round trips, refusals, and no byte that does not count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/leaf.h"

static void fill(struct hm_leaf *l)
{
	*l = (struct hm_leaf){
		.type = HM_LEAF_UNIT, .version = HM_LEAF_VERSION, .time = 1763800000,
		.who = "hallmarkd", .why = "because", .serial = "10000000015", .state = "writing",
		.step = "write", .generation = 1, .product = "demo-sensor", .lot = "L1", .slot = "slot1",
		.binding = "tpm", .tid = "E280110520005A1B2C3D4E5F", 
		.epc = { 26, { 0x36, 0x35, [25] = 7 } }, .render_version = 1, .record_len = 250, .n_jobs = 2, .n_inputs = 2,
	};
	memset(l->ek_sha256, 1, 32);
	memset(l->key_sha256, 2, 32);
	memset(l->product_sha256, 3, 32);
	memset(l->template_sha256, 4, 32);
	memset(l->cert_sha256, 5, 32);
	memset(l->image_sha256, 6, 32);
	memset(l->record, 7, 250);
	strcpy(l->inputs[0].name, "serial");
	strcpy(l->inputs[0].value, "10000000015");
	strcpy(l->inputs[1].name, "lot");	/* an empty value is a value */
	l->jobs[0].role = HM_JOB_OBSERVED;
	memset(l->jobs[0].job_id, 8, 16);
	memset(l->jobs[0].boot_id, 9, 16);
	l->jobs[0].seq = 4;
	l->jobs[0].state = 1;
	l->jobs[0].sent = 812;
	l->jobs[1].role = HM_JOB_ANNOUNCED;
	memset(l->jobs[1].job_id, 10, 16);
	memset(l->jobs[1].boot_id, 9, 16);
	strcpy(l->jobs[1].marker, "eeprom-1");
	strcpy(l->jobs[1].purpose, "slot-b");
	l->jobs[1].offset = 16384;
	l->jobs[1].len = 330;
	memset(l->jobs[1].digest, 11, 32);
	l->jobs[1].gated = true;
}

static void test_round_trip(void **state)
{
	_cleanup_buf_ struct hm_buf a = HM_BUF_INIT(HM_LEAF_MAX), b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;
	struct hm_err err;

	(void)state;
	fill(&l);
	assert_int_equal(hm_leaf_encode(&l, &a), 0);
	assert_int_equal(hm_leaf_decode(a.data, a.len, &back, &err), 0);
	assert_int_equal(hm_leaf_encode(&back, &b), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_string_equal(back.serial, l.serial);
	assert_int_equal(back.time, l.time);
	assert_int_equal(back.n_jobs, 2);
	assert_int_equal(back.jobs[0].sent, 812);
	assert_int_equal(back.jobs[1].offset, 16384);
	assert_true(back.jobs[1].gated);
	assert_false(back.jobs[0].gated);
	assert_int_equal(back.n_inputs, 2);
	assert_string_equal(back.inputs[1].value, "");
	assert_int_equal(back.record_len, 250);
	assert_memory_equal(back.record, l.record, 250);
	assert_true(hm_epc_same(&back.epc, &l.epc));
}

static void test_vector(void **state)
{
	/* {1: 3, 2: 1, 3: 5, 29: h'01..'}: what docs/ledger.md shows */
	static const uint8_t want[] = {
		0xa4, 0x01, 0x03, 0x02, 0x01, 0x03, 0x05, 0x18, 0x1d, 0x50,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	};
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;

	(void)state;
	l = (struct hm_leaf){ .type = HM_LEAF_BOOT, .version = 1, .time = 5 };
	memset(l.boot_id, 1, 16);
	assert_int_equal(hm_leaf_encode(&l, &b), 0);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	assert_int_equal(hm_leaf_decode(want, sizeof(want), &back, NULL), 0);
	assert_int_equal(back.type, HM_LEAF_BOOT);
}

/*
 * A leaf with an SGTIN-96 as stations wrote it when twelve bytes were all that an EPC could have:
 * it reads, and it is written again, to the byte.
 */
static void test_sgtin_96_as_ever(void **state)
{
	static const char want[] =
		"ae01050201031a692173c0046968616c6c6d61726b64076b3130303030303030303136086872657365727665640967726573657276"
		"650a010b6b64656d6f2d73656e736f720c624c310e65736c6f7431106374706d124c3036452148350c42540be41015582003030303"
		"03030303030303030303030303030303030303030303030303030303";
	static const struct hm_epc epc = { 12, { 0x30, 0x36, 0x45, 0x21, 0x48, 0x35, 0x0c, 0x42, 0x54, 0x0b, 0xe4, 0x10 } };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;
	uint8_t bytes[134];
	char hex[269];

	(void)state;
	l = (struct hm_leaf){
		.type = HM_LEAF_UNIT, .version = 1, .time = 1763800000, .who = "hallmarkd", .serial = "10000000016",
		.state = "reserved", .step = "reserve", .generation = 1, .product = "demo-sensor", .lot = "L1",
		.slot = "slot1", .binding = "tpm", .epc = epc,
	};
	memset(l.product_sha256, 3, 32);
	assert_int_equal(hm_leaf_encode(&l, &b), 0);
	assert_int_equal(b.len, sizeof(bytes));
	hm_hex(b.data, b.len, hex);
	assert_string_equal(hex, want);
	assert_int_equal(hm_unhex(want, bytes, sizeof(bytes)), 0);
	assert_int_equal(hm_leaf_decode(bytes, sizeof(bytes), &back, NULL), 0);
	assert_true(hm_epc_same(&back.epc, &epc));
}

/* Whole words, 1 to 31 of them, and a head for each length. */
static void test_epcs(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;
	struct hm_epc *epc = &l.epc;

	(void)state;
	for (size_t n = 1; n <= 70; n++) {
		uint8_t bytes[110] = { 0xa6, 1, 5, 2, 1, 7, 0x61, '1', 8, 0x61, 's', 9, 0x61, 'r', 0x12 };
		size_t len = 15;
		int rc;

		if (n < 24)
			bytes[len++] = (uint8_t)(0x40 + n);
		else
			bytes[len++] = 0x58, bytes[len++] = (uint8_t)n;
		memset(bytes + len, 7, n);
		rc = hm_leaf_decode(bytes, len + n, &back, NULL);
		if (rc != (n % 2 || n > 62 ? -HM_EBAD_FORMAT : 0))
			fail_msg("%zu bytes: %d", n, rc);
		if (rc)
			continue;
		assert_int_equal(back.epc.len, n);
		l = (struct hm_leaf){ .type = HM_LEAF_UNIT, .version = 1, .serial = "1", .state = "s", .step = "r" };
		memset(epc->bytes, 7, epc->len = (uint32_t)n);
		hm_buf_reset(&b);
		assert_int_equal(hm_leaf_encode(&l, &b), 0);
		assert_int_equal(b.len, len + n);
		assert_memory_equal(b.data, bytes, b.len);
	}
	/* none is no member, and not an empty one */
	assert_int_equal(hm_leaf_decode("\xa6\x01\x05\x02\x01\x07\x61\x31\x08\x61s\x09\x61r\x12\x40", 16, &back, NULL),
			 -HM_EBAD_FORMAT);
}

/* Same content, other bytes: refused, whatever the difference. */
static void test_one_encoding(void **state)
{
	static const struct { const char *what; uint8_t b[40]; size_t n; } bad[] = {
		{ "empty", { 0 }, 0 },
		{ "an explicit zero", { 0xa4, 1, 1, 2, 1, 3, 0, 6, 0x61, 'x' }, 10 },
		{ "keys out of order", { 0xa3, 2, 1, 1, 1, 6, 0x61, 'x' }, 8 },
		{ "a key twice", { 0xa4, 1, 1, 1, 1, 2, 1, 6, 0x61, 'x' }, 10 },
		{ "an unknown key", { 0xa4, 1, 1, 2, 1, 6, 0x61, 'x', 0x18, 99, 1 }, 11 },
		{ "a long head", { 0xa3, 1, 0x18, 1, 2, 1, 6, 0x61, 'x' }, 9 },
		{ "an empty text", { 0xa4, 1, 1, 2, 1, 5, 0x60, 6, 0x61, 'x' }, 10 },
		{ "bytes behind", { 0xa3, 1, 1, 2, 1, 6, 0x61, 'x', 0 }, 9 },
		{ "another version", { 0xa3, 1, 1, 2, 2, 6, 0x61, 'x' }, 8 },
		{ "no such type", { 0xa3, 1, 9, 2, 1, 6, 0x61, 'x' }, 8 },
		{ "a station without id", { 0xa2, 1, 1, 2, 1 }, 5 },
		{ "a NUL in a text", { 0xa3, 1, 1, 2, 1, 6, 0x62, 'x', 0 }, 9 },
		{ "a text of no characters", { 0xa3, 1, 1, 2, 1, 6, 0x61, 0xff }, 8 },
	};
	static const uint8_t good[] = { 0xa3, 1, 1, 2, 1, 6, 0x61, 'x' };
	static struct hm_leaf back;

	(void)state;
	assert_int_equal(hm_leaf_decode(good, sizeof(good), &back, NULL), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = hm_leaf_decode(bad[i].b, bad[i].n, &back, NULL);

		if (rc != -HM_EBAD_FORMAT)
			fail_msg("%s: %d", bad[i].what, rc);
	}
}

/* Any one bit of a leaf changed: another leaf or none, never the same one. */
static void test_every_bit(void **state)
{
	_cleanup_buf_ struct hm_buf a = HM_BUF_INIT(HM_LEAF_MAX), b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;

	(void)state;
	fill(&l);
	assert_int_equal(hm_leaf_encode(&l, &a), 0);
	for (size_t i = 0; i < a.len * 8; i++) {
		a.data[i / 8] ^= (uint8_t)(1 << (i % 8));
		if (!hm_leaf_decode(a.data, a.len, &back, NULL)) {
			hm_buf_reset(&b);
			assert_int_equal(hm_leaf_encode(&back, &b), 0);
			assert_int_equal(b.len, a.len);
			assert_memory_equal(a.data, b.data, a.len);
		}
		a.data[i / 8] ^= (uint8_t)(1 << (i % 8));
	}
	for (size_t n = 0; n < a.len; n++)
		assert_int_equal(hm_leaf_decode(a.data, n, &back, NULL), -HM_EBAD_FORMAT);
}

static void refused(struct hm_leaf *l)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);

	assert_int_not_equal(hm_leaf_encode(l, &b), 0);
	assert_int_equal(b.len, 0);
	fill(l);
}

static void test_refusals(void **state)
{
	static struct hm_leaf l;

	(void)state;
	fill(&l);
	l.serial[0] = 0;
	refused(&l);
	l.state[0] = 0;
	refused(&l);
	l.type = HM_LEAF_PRODUCT;
	refused(&l);
	l.version = 2;
	refused(&l);
	memset(l.jobs[1].digest, 0, 32);
	refused(&l);
	memset(l.jobs[1].boot_id, 0, 16);	/* gated without a boot */
	refused(&l);
	l.jobs[1].gated = false;		/* a boot without a gate */
	refused(&l);
	memset(l.jobs[0].job_id, 0, 16);
	refused(&l);
	l.jobs[0].role = 5;
	refused(&l);
	l.jobs[0].state = 0;
	refused(&l);
	memset(l.boot_id, 1, 16);
	refused(&l);
	strcpy(l.why, "caf\xc3");		/* cut UTF-8 */
	refused(&l);
	l.serial_key[0] = 1;
	refused(&l);
	l.list_sha256[0] = 1;
	refused(&l);
	strcpy(l.pool, "acme");
	refused(&l);
	strcpy(l.pool, "acme");
	l.list_sha256[0] = 1;		/* both, of a unit */
	refused(&l);
	strcpy(l.mac, "9CF6DD000000");
	refused(&l);
	l.macs = 1;
	refused(&l);
	l = (struct hm_leaf){ .type = HM_LEAF_POOL, .version = 1, .pool = "acme" };
	refused(&l);
	l = (struct hm_leaf){ .type = HM_LEAF_POOL, .version = 1, .list_sha256 = { 1 } };
	refused(&l);
	l = (struct hm_leaf){ .type = HM_LEAF_POOL, .version = 1, .pool = "acme", .list_sha256 = { 1 },
			      .mac = "9CF6DD000000", .macs = 1 };
	refused(&l);
}

/* What came later: keys 31 to 35. */
static void test_later_members(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	static struct hm_leaf l, back;

	(void)state;
	fill(&l);
	strcpy(l.mac, "9CF6DD000000");
	l.macs = 256;
	assert_int_equal(hm_leaf_encode(&l, &b), 0);
	assert_int_equal(hm_leaf_decode(b.data, b.len, &back, NULL), 0);
	assert_string_equal(back.mac, l.mac);
	assert_int_equal(back.macs, 256);
	hm_buf_reset(&b);
	l = (struct hm_leaf){ .type = HM_LEAF_POOL, .version = 1, .pool = "acme", .list_sha256 = { 1 } };
	assert_int_equal(hm_leaf_encode(&l, &b), 0);
	assert_int_equal(hm_leaf_decode(b.data, b.len, &back, NULL), 0);
	assert_string_equal(back.pool, "acme");
	assert_memory_equal(back.list_sha256, l.list_sha256, 32);
	hm_buf_reset(&b);
	l = (struct hm_leaf){ .type = HM_LEAF_PRODUCT, .version = 1, .product = "p", .product_sha256 = { 2 },
			      .serial_key = { 3 } };
	assert_int_equal(hm_leaf_encode(&l, &b), 0);
	assert_int_equal(hm_leaf_decode(b.data, b.len, &back, NULL), 0);
	assert_memory_equal(back.serial_key, l.serial_key, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_sgtin_96_as_ever),
		cmocka_unit_test(test_epcs),
		cmocka_unit_test(test_one_encoding),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_later_members),
	};

	return cmocka_run_group_tests_name("leaf", tests, NULL, NULL);
}
