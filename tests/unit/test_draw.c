// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What units are given: every kind of numbering drawn through the engine and the store,
 * by a clock that the test sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serial/serial.h"
#include "support/tmpdir.h"
#include "unit/work.h"

#define DAY 86400

static struct {
	struct hm_env env;
	struct hm_engine engine;
	struct hm_keyring ring;
	struct hm_slot slot;
	char *dir;
	int64_t now;
	unsigned int batches;
} f;

static const uint8_t key[HM_SERIAL_KEY] = "a key of thirty-two bytes, told.";

static int64_t now(void *ctx)
{
	(void)ctx;
	return f.now;
}

static int set_up(void **state)
{
	char path[128];

	(void)state;
	memset(&f, 0, sizeof(f));
	f.ring = (struct hm_keyring)HM_KEYRING_INIT;
	f.dir = tmpdir_make();
	f.now = 1795348800;	/* 2026-11-22 12:00 UTC */
	f.env.now = f.env.mono_ms = now;
	f.engine = (struct hm_engine){ .env = &f.env, .who = "test", .keyring = &f.ring };
	strcpy(f.slot.name, "slot0");
	snprintf(path, sizeof(path), "%s/store.db", f.dir);
	assert_int_equal(hm_store_open(path, true, &f.env.store, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hm_store_close(f.env.store);
	hm_keyring_wipe(&f.ring);
	tmpdir_remove(f.dir);
	return 0;
}

struct order {
	struct hm_batch batch;
	const char *text;
};

static int place(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct order *o = arg;
	struct hm_batch got;
	uint8_t tpl[32];
	bool is_new;
	int rc = hm_tx_blob_put(tx, o->text, strlen(o->text), o->batch.product_sha256, err);

	rc = rc ?: hm_tx_blob_put(tx, "^XA^XZ", 6, tpl, err);
	rc = rc ?: hm_tx_product_put(tx, o->batch.product, o->batch.product_sha256, tpl, err);
	return rc ?: hm_tx_batch_put(tx, &o->batch, &got, &is_new, err);
}

/* A batch of a product with these lines in its file; its key is in @ret. */
static void want(const char *name, const char *serial, const char *epc, const char *lot, char ret[65])
{
	struct order o = { .batch = { .count = 100000 } };
	struct hm_err err = { "" };
	char text[1024];

	snprintf(text, sizeof(text), "[product]\nname = %s\ngtin = 09521234543213\ncompany_prefix = 9521234\n"
		 "part_number = X\nmanufacturer = M\n%s\n[epc]\n%s\n[label]\ntemplate = t.zpl\n"
		 "[record]\ncarrier = onie-tlv\neeprom_size = 4096\n[identity]\nbinding = none\n",
		 name, serial, epc);
	o.text = text;
	snprintf(o.batch.key, sizeof(o.batch.key), "batch-%u", f.batches++);
	snprintf(o.batch.product, sizeof(o.batch.product), "%s", name);
	snprintf(o.batch.lot, sizeof(o.batch.lot), "%s", lot);
	if (hm_store_run(f.env.store, place, &o, &err))
		fail_msg("%s", err.text);
	strcpy(ret, o.batch.key);
}

#define NO_EPC	"scheme = none"
#define SGTIN	"scheme = sgtin-96\nfilter = 1"

static int draw_why(const char *batch, struct hm_unit *u, struct hm_err *err)
{
	int rc = hm_unit_reserve(&f.engine, batch, &f.slot, u, err);

	if (rc)
		assert_true(err->text[0]);
	return rc;
}

static int draw(const char *batch, struct hm_unit *u)
{
	return draw_why(batch, u, &(struct hm_err){ "" });
}

/* Nothing is left: what of, and what to do. */
static void ends(const char *batch, const char *why)
{
	struct hm_err err = { "" };
	struct hm_unit u;

	assert_int_equal(draw_why(batch, &u, &err), -HM_EPOOL_EXHAUSTED);
	assert_string_equal(err.text, why);
}

static void draws(const char *batch, const char *serial)
{
	struct hm_unit u;

	assert_int_equal(draw(batch, &u), 0);
	assert_string_equal(u.serial, serial);
}

static void every_system_and_alphabet(void **state)
{
	static const struct {
		const char *pattern, *first, *second;
	} t[] = {
		{ "{n:10}{c:mod10}", "00000000017", "00000000024" },
		{ "{n:6}{c:luhn}", "0000018", "0000026" },
		{ "{n:4:hex}", "0001", "0002" },
		{ "SN-{n:4:alnum-01IOL}", "SN-2223", "SN-2224" },
		{ "{n:5:mixed}", "00001", "00002" },
	};
	static const char *const systems[] = { "mod10", "luhn", "mod11_2", "mod37_2", "mod97_10",
					       "mod37_36", "damm", "verhoeff" };
	char batch[65], name[16], text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		snprintf(text, sizeof(text), "[serial]\npattern = %s\nfirst = 1", t[i].pattern);
		want(name, text, NO_EPC, "", batch);
		draws(batch, t[i].first);
		draws(batch, t[i].second);
	}
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		char made[HM_CHECKCHAR_MAX + 1], serial[21];

		snprintf(name, sizeof(name), "c%zu", i);
		snprintf(text, sizeof(text), "[serial]\npattern = %zu{n:8}{c:%s}\nfirst = 12345", i, systems[i]);
		want(name, text, NO_EPC, "", batch);
		snprintf(serial, sizeof(serial), "%zu00012345", i);
		assert_int_equal(hm_checkchar_make(hm_checkchar_find(systems[i], strlen(systems[i])), serial, 9,
						   made), 0);
		strcat(serial, made);
		draws(batch, serial);
	}
}

static void without_an_epc_there_is_none(void **state)
{
	char batch[65];
	struct hm_unit u;

	(void)state;
	want("plain", "[serial]\npattern = A{n:4}\nfirst = 1", NO_EPC, "", batch);
	assert_int_equal(draw(batch, &u), 0);
	assert_int_equal(u.epc.len, 0);
	want("tagged", "[serial]\npattern = 1{n:4}\nfirst = 1", SGTIN, "", batch);
	assert_int_equal(draw(batch, &u), 0);
	assert_int_equal(u.epc.len, 12);
	assert_int_equal(u.epc.bytes[0], 0x30);
	want("lettered", "[serial]\npattern = C{n:4}\nfirst = 1", "scheme = sgtin-198\nfilter = 1", "", batch);
	assert_int_equal(draw(batch, &u), 0);
	assert_int_equal(u.epc.len, 26);
	assert_int_equal(u.epc.bytes[0], 0x36);
	want("plus", "[serial]\npattern = Y{n:4}\nfirst = 1", "scheme = sgtin+\nfilter = 1", "", batch);
	assert_int_equal(draw(batch, &u), 0);
	assert_int_equal(u.epc.len, 14);
	assert_int_equal(u.epc.bytes[0], 0xf7);
	/* letters are in no SGTIN-96: nothing is drawn */
	want("letters", "[serial]\npattern = B{n:4}\nfirst = 1", SGTIN, "", batch);
	assert_int_equal(draw(batch, &u), -HM_ENOT_NUMERIC);
}

static void a_day_begins_anew(void **state)
{
	char batch[65];

	(void)state;
	want("daily", "[serial]\npattern = {d:yymmdd}{n:3:day}\nfirst = 1\nlast = 3", NO_EPC, "", batch);
	draws(batch, "261122001");
	draws(batch, "261122002");
	f.now += 12 * 3600 - 1;		/* the last second of the day */
	draws(batch, "261122003");
	f.now++;
	draws(batch, "261123001");
	f.now -= DAY;			/* a clock that was set back goes on where that day was left */
	ends(batch, "pattern {d:yymmdd}{n:3:day}: no counter is left up to 3; it begins anew with the next day");
	f.now += DAY;
	draws(batch, "261123002");
}

static void weeks_months_years(void **state)
{
	static const struct {
		const char *pattern, *a, *b, *c;
	} t[] = {
		{ "{d:ggww}W{n:2:week}", "2647W00", "2648W00", "2648W01" },
		{ "{d:yymm}M{n:2:month}", "2611M00", "2611M01", "2611M02" },
		{ "{d:yyyy}Y{n:2:year}", "2026Y00", "2026Y01", "2026Y02" },
	};
	char batch[65], name[16], text[128];
	int64_t start = f.now;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		snprintf(text, sizeof(text), "[serial]\npattern = %s\nfirst = 0", t[i].pattern);
		want(name, text, NO_EPC, "", batch);
		f.now = start;		/* a Sunday */
		draws(batch, t[i].a);
		f.now = start + DAY;
		draws(batch, t[i].b);
		draws(batch, t[i].c);
	}
}

static void a_lot_begins_anew(void **state)
{
	static const char serial[] = "[serial]\npattern = {l:5}-{n:3:lot}{c:mod37_36}\nfirst = 0";
	char a[65], b[65];
	struct hm_unit u;

	(void)state;
	/* "-" is in no text that mod37_36 covers: the file is refused where it is read */
	want("dash", serial, NO_EPC, "A7001", a);
	assert_int_equal(draw(a, &u), -HM_EBAD_PRODUCT);
	want("lots", "[serial]\npattern = {l:5}{n:3:lot}{c:mod37_36}\nfirst = 0", NO_EPC, "A7001", a);
	want("lots", "[serial]\npattern = {l:5}{n:3:lot}{c:mod37_36}\nfirst = 0", NO_EPC, "A7002", b);
	assert_int_equal(draw(a, &u), 0);
	assert_memory_equal(u.serial, "A7001000", 8);
	assert_int_equal(draw(b, &u), 0);
	assert_memory_equal(u.serial, "A7002000", 8);
	assert_int_equal(draw(a, &u), 0);
	assert_memory_equal(u.serial, "A7001001", 8);
}

static void a_lot_that_does_not_fit(void **state)
{
	static const struct {
		const char *lot;
		int rc;
	} t[] = {
		{ "", -HM_EMISSING_INPUT }, { "A700", -HM_EBAD_LENGTH }, { "A70010", -HM_EBAD_LENGTH },
		{ "a7001", -HM_EBAD_CHAR },
	};
	char batch[65];
	struct hm_unit u;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		want("lots", "[serial]\npattern = {l:5}{n:3:lot}\nfirst = 0", NO_EPC, t[i].lot, batch);
		assert_int_equal(draw(batch, &u), t[i].rc);
	}
	want("lots", "[serial]\npattern = {l:5}{n:3:lot}\nfirst = 0", NO_EPC, "A7001", batch);
	draws(batch, "A7001000");
}

static void a_pool_ends(void **state)
{
	char batch[65];
	struct hm_unit u;

	(void)state;
	want("short", "[serial]\npattern = {n:2}\nfirst = 8\nlast = 9", NO_EPC, "", batch);
	draws(batch, "08");
	draws(batch, "09");
	ends(batch, "pattern {n:2}: no counter is left up to 9; issue another product with another pattern or more numbers");
	assert_int_equal(draw(batch, &u), -HM_EPOOL_EXHAUSTED);
	/* the pattern is the limit where last is beyond it */
	want("width", "[serial]\npattern = X{n:1}\nfirst = 9\nlast = 50", NO_EPC, "", batch);
	draws(batch, "X9");
	assert_int_equal(draw(batch, &u), -HM_EPOOL_EXHAUSTED);
}

static void other_patterns_are_stepped_over(void **state)
{
	char a[65], b[65];

	(void)state;
	want("a", "[serial]\npattern = 1{n:2}\nfirst = 1", NO_EPC, "", a);
	want("b", "[serial]\npattern = {n:3}\nfirst = 100", NO_EPC, "", b);
	draws(a, "101");
	draws(a, "102");
	draws(b, "100");
	draws(b, "103");
	/* two products of one pattern share its counter */
	want("c", "[serial]\npattern = {n:3}\nfirst = 100", NO_EPC, "", a);
	draws(a, "104");
	draws(b, "105");
}

/* --- unguessable --- */

static void a_key_permutes(void **state)
{
	_cleanup_ff1_ struct hm_ff1 *ff1 = NULL;
	struct hm_scheme s;
	char batch[65];
	struct hm_unit u;
	uint64_t n;

	(void)state;
	assert_int_equal(hm_keyring_put(&f.ring, "vial", key), 0);
	assert_int_equal(hm_scheme_parse(&s, "{r:12:crockford}", NULL), 0);
	assert_int_equal(hm_scheme_ff1(&s, key, sizeof(key), &ff1, NULL), 0);
	want("vial", "[serial]\npattern = {r:12:crockford}\nfirst = 1\nlast = 100\nguess_odds = 10000",
	     NO_EPC, "", batch);
	for (uint64_t i = 1; i <= 100; i++) {
		assert_int_equal(draw(batch, &u), 0);
		assert_int_equal(hm_scheme_counter(&s, ff1, u.serial, &n), 0);
		assert_true(n == i);
	}
	assert_int_equal(draw(batch, &u), -HM_EPOOL_EXHAUSTED);
}

static void another_product_another_key_another_counter(void **state)
{
	static const uint8_t other[HM_SERIAL_KEY] = "another one of thirty-two bytes.";
	char a[65], b[65];
	struct hm_unit u, v;

	(void)state;
	assert_int_equal(hm_keyring_put(&f.ring, "a", key), 0);
	assert_int_equal(hm_keyring_put(&f.ring, "b", other), 0);
	want("a", "[serial]\npattern = {r:12}\nfirst = 1\nlast = 1", NO_EPC, "", a);
	want("b", "[serial]\npattern = {r:12}\nfirst = 1\nlast = 1", NO_EPC, "", b);
	assert_int_equal(draw(a, &u), 0);
	assert_int_equal(draw(b, &v), 0);
	assert_string_not_equal(u.serial, v.serial);
}

static void without_its_key_nothing_is_drawn(void **state)
{
	char batch[65];
	struct hm_unit u;

	(void)state;
	want("vial", "[serial]\npattern = {r:12}\nfirst = 1", NO_EPC, "", batch);
	assert_int_equal(draw(batch, &u), -HM_EUNTRUSTED);
	assert_int_equal(hm_keyring_refuse(&f.ring, "vial", "another TPM's"), 0);
	assert_int_equal(draw(batch, &u), -HM_EUNTRUSTED);
	/* refused is refused: no other key takes its place */
	assert_int_equal(hm_keyring_put(&f.ring, "vial", key), -HM_EEXISTS);
	assert_int_equal(draw(batch, &u), -HM_EUNTRUSTED);
	f.engine.keyring = NULL;
	assert_int_equal(draw(batch, &u), -HM_EUNTRUSTED);
}

static void a_keyring_keeps_what_it_has(void **state)
{
	uint8_t got[HM_SERIAL_KEY], other[HM_SERIAL_KEY] = "";
	char name[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		other[0] = (uint8_t)i;
		assert_int_equal(hm_keyring_put(&f.ring, name, other), 0);
	}
	assert_int_equal(hm_keyring_put(&f.ring, "p99", other), 0);
	assert_int_equal(hm_keyring_put(&f.ring, "p98", other), -HM_EEXISTS);
	assert_int_equal(hm_keyring_get(&f.ring, "p42", got, NULL), 0);
	assert_int_equal(got[0], 42);
	assert_int_equal(hm_keyring_get(&f.ring, "p100", got, NULL), -HM_EUNTRUSTED);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_system_and_alphabet),
		T(without_an_epc_there_is_none),
		T(a_day_begins_anew),
		T(weeks_months_years),
		T(a_lot_begins_anew),
		T(a_lot_that_does_not_fit),
		T(a_pool_ends),
		T(other_patterns_are_stepped_over),
		T(a_key_permutes),
		T(another_product_another_key_another_counter),
		T(without_its_key_nothing_is_drawn),
		T(a_keyring_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
