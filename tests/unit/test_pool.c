// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Supplied lists and addresses, from the file to the unit: what is taken in, what is
 * refused and by which line, what is drawn, and that nothing is drawn twice.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/leaf.h"
#include "station/station.h"
#include "support/tmpdir.h"
#include "unit/work.h"

static struct {
	struct hm_env env;
	struct hm_engine engine;
	struct hm_station station;
	struct hm_slot slot;
	char *dir;
	unsigned int batches;
} f;

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1795348800;	/* 2026-11-22 */
}

static int set_up(void **state)
{
	char path[128];

	(void)state;
	memset(&f, 0, sizeof(f));
	f.dir = tmpdir_make();
	f.env.now = f.env.mono_ms = now;
	f.engine = (struct hm_engine){ .env = &f.env, .who = "test" };
	f.station.env = &f.env;
	f.station.keyring = (struct hm_keyring)HM_KEYRING_INIT;
	strcpy(f.slot.name, "slot0");
	snprintf(path, sizeof(path), "%s/store.db", f.dir);
	assert_int_equal(hm_store_open(path, true, &f.env.store, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hm_store_close(f.env.store);
	tmpdir_remove(f.dir);
	return 0;
}

/* --- bringing --- */

static int bring(const char *name, bool append, const char *list, struct hm_err *err)
{
	struct hm_pool_added added;

	return hm_station_pool_add(&f.station, name, append, list, strlen(list), &added, err);
}

static void brings(const char *name, const char *list, uint64_t added, uint64_t entries)
{
	struct hm_pool_added a;
	struct hm_err err = { "" };

	if (hm_station_pool_add(&f.station, name, true, list, strlen(list), &a, &err))
		fail_msg("%s", err.text);
	assert_int_equal(a.added, added);
	assert_int_equal(a.entries, entries);
}

/* Refused with that error and these words, and nothing has changed. */
static void refuses(const char *name, bool append, const char *list, int rc, const char *words)
{
	struct hm_pool_state before = { .entries = 0 }, after = { .entries = 0 };
	struct hm_err err = { "" };
	int there = hm_station_pool_state(&f.station, name, &before, NULL), got;

	got = bring(name, append, list, &err);
	if (got != rc || !strstr(err.text, words))
		fail_msg("%s: %d \"%s\", not %d \"%s\"", list, got, err.text, rc, words);
	assert_int_equal(hm_station_pool_state(&f.station, name, &after, NULL), there);
	assert_int_equal(after.entries, before.entries);
}

static int count_leaves(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_leaf_count(tx, arg, err);
}

static uint64_t leaves(void)
{
	uint64_t n;

	assert_int_equal(hm_store_read(f.env.store, count_leaves, &n, NULL), 0);
	return n;
}

/* --- drawing --- */

static const char template[] = "^XA^FO1,1^A0N,9,9^FH_^FD{{serial}}^FS^XZ";
static const char mac_template[] =
	"^XA^FO1,1^A0N,9,9^FH_^FD{{mac}}^FS^FO1,9^A0N,9,9^FD{{mac_hex|hex}}^FS^XZ";

static int add_product(const char *name, const char *sections, const char *tpl, struct hm_err *err)
{
	char text[1024], got[33];

	snprintf(text, sizeof(text), "[product]\nname = %s\ngtin = 09521234543213\ncompany_prefix = 9521234\n"
		 "part_number = X\nmanufacturer = M\n%s\n[label]\ntemplate = t.zpl\n"
		 "[record]\ncarrier = onie-tlv\neeprom_size = 4096\n[identity]\nbinding = none\n", name, sections);
	return hm_station_product_add(&f.station, text, strlen(text), tpl, strlen(tpl), got, err);
}

static void adds_product(const char *name, const char *sections, const char *tpl)
{
	struct hm_err err = { "" };

	if (add_product(name, sections, tpl, &err))
		fail_msg("%s", err.text);
}

static void refuses_product(const char *sections, const char *words)
{
	struct hm_err err = { "" };

	assert_int_equal(add_product("x", sections, template, &err), -HM_EBAD_PRODUCT);
	if (!strstr(err.text, words))
		fail_msg("\"%s\", not \"%s\"", err.text, words);
}

static int put_batch(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_batch *b = arg, got;
	uint8_t tpl[32];
	bool is_new;

	return hm_tx_product_get(tx, b->product, b->product_sha256, tpl, err) ?:
	       hm_tx_batch_put(tx, b, &got, &is_new, err);
}

static int draw_why(const char *product, struct hm_unit *u, struct hm_err *why)
{
	struct hm_batch b = { .count = 1 };
	struct hm_err err = { "" };

	snprintf(b.key, sizeof(b.key), "batch-%u", f.batches++);
	snprintf(b.product, sizeof(b.product), "%s", product);
	assert_int_equal(hm_store_run(f.env.store, put_batch, &b, &err), 0);
	return hm_unit_reserve(&f.engine, b.key, &f.slot, u, why);
}

static int draw(const char *product, struct hm_unit *u)
{
	return draw_why(product, u, NULL);
}

/* Nothing is left: what of, and what to do. */
static void ends(const char *product, const char *why)
{
	struct hm_err err = { "" };
	struct hm_unit u;

	assert_int_equal(draw_why(product, &u, &err), -HM_EPOOL_EXHAUSTED);
	assert_string_equal(err.text, why);
}

static void draws(const char *product, const char *serial, const char *mac)
{
	struct hm_unit u;

	assert_int_equal(draw(product, &u), 0);
	if (serial)
		assert_string_equal(u.serial, serial);
	assert_string_equal(u.mac, mac);
}

#define NO_EPC	"[epc]\nscheme = none"
#define SGTIN	"[epc]\nscheme = sgtin-96\nfilter = 1"
#define COUNTS	"[serial]\npattern = U{n:6}\nfirst = 1\n"

/* --- tests --- */

static void a_list_comes_in_whole(void **state)
{
	(void)state;
	brings("acme", "serial\nA1\nA2\n", 2, 2);
	assert_int_equal(leaves(), 1);
	brings("acme", "serial\nA1\nA2\n", 0, 2);	/* the same again */
	assert_int_equal(leaves(), 1);
	refuses("acme", false, "serial\nA3\n", -HM_EEXISTS, "--append");
	brings("acme", "serial\nA3\n", 1, 3);
	assert_int_equal(leaves(), 2);
	refuses("acme", true, "mac\n9CF6DD000000\n", -HM_EEXISTS, "of kind serial, the list of kind mac");
}

static void what_is_refused_names_its_line(void **state)
{
	struct hm_err err = { "" };
	char *big;

	(void)state;
	brings("acme", "serial\nA1\nA2\n", 2, 2);
	refuses("acme", true, "serial\nB1\nA2\nB2\n", -HM_EDUPLICATE, "line 3: A2 is in pool acme already");
	refuses("other", false, "serial\nB1\nB2\nA1\n", -HM_EDUPLICATE, "line 4: A1 is in pool acme already");
	refuses("acme", true, "serial\nB1\nB1\n", -HM_EDUPLICATE, "line 3: the same as in line 2");
	refuses("acme", true, "serial\nB1\n\nB2\n", -HM_EEMPTY, "line 3");
	refuses("acme", true, "serial\nB1\nB 2\n", -HM_EBAD_CHAR, "line 3");
	refuses("acme", true, "", -HM_EEMPTY, "empty");
	refuses("acme", true, "serials\nB1\n", -HM_EBAD_FORMAT, "line 1");
	refuses("m", false, "mac\n9CF6DD00000\n", -HM_EBAD_LENGTH, "line 2");
	refuses("m", false, "mac\n9DF6DD000000\n", -HM_EBAD_EUI, "line 2");
	assert_int_equal(leaves(), 1);
	assert_int_equal(bring("", false, "serial\nC1\n", &err), -HM_EBAD_REQUEST);
	assert_int_equal(bring(".x", false, "serial\nC1\n", &err), -HM_EBAD_REQUEST);
	assert_int_equal(bring("A", false, "serial\nC1\n", &err), -HM_EBAD_REQUEST);
	assert_int_equal(bring("a/b", false, "serial\nC1\n", &err), -HM_EBAD_REQUEST);
	assert_int_equal(bring("aaaaaaaaaabbbbbbbbbbccccccccccddd", false, "serial\nC1\n", &err), -HM_EBAD_REQUEST);
	big = calloc(1, HM_POOL_FILE_MAX + 2);
	memset(big, 'A', HM_POOL_FILE_MAX + 1);
	assert_int_equal(bring("big", false, big, &err), -E2BIG);
	free(big);
	assert_int_equal(leaves(), 1);
}

static void a_product_draws_its_list(void **state)
{
	(void)state;
	brings("acme", "serial\nA7-0002\nA7-0001\n", 2, 2);
	adds_product("p", "[serial]\npool = acme\n" NO_EPC, template);
	adds_product("q", "[serial]\npool = acme\n" NO_EPC, template);
	draws("p", "A7-0002", "");
	draws("q", "A7-0001", "");	/* two products of one pool share it */
	ends("p", "pool acme: all of its 2 entries are drawn; pool add FILE --name acme --append brings more");
	brings("acme", "serial\nA7-0003\n", 1, 3);
	draws("p", "A7-0003", "");
	ends("q", "pool acme: all of its 3 entries are drawn; pool add FILE --name acme --append brings more");
}

static void lists_and_patterns_keep_apart(void **state)
{
	(void)state;
	adds_product("counts", COUNTS NO_EPC, template);
	draws("counts", "U000001", "");
	refuses("acme", false, "serial\nU000009\nU000001\n", -HM_EDUPLICATE, "line 3: unit U000001 has it");
	brings("acme", "serial\nU000002\nU000004\n", 2, 2);
	draws("counts", "U000003", "");		/* 2 is a customer's */
	draws("counts", "U000005", "");
	adds_product("p", "[serial]\npool = acme\n" NO_EPC, template);
	draws("p", "U000002", "");
	draws("p", "U000004", "");
}

static void a_list_suits_its_products(void **state)
{
	(void)state;
	brings("letters", "serial\n100\nA1\n", 2, 2);
	brings("digits", "serial\n100001\n", 1, 1);
	refuses_product("[serial]\npool = nowhere\n" NO_EPC, "nowhere: no such pool");
	refuses_product("[serial]\npool = letters\n" SGTIN, "entry 2 of its pool: serial A1 makes no sgtin-96");
	adds_product("p", "[serial]\npool = digits\n" SGTIN, template);
	refuses("digits", true, "serial\n100002\nA9\n100003\n", -HM_ENOT_NUMERIC, "line 3: product p draws from this pool");
	brings("digits", "serial\n100002\n", 1, 2);
	brings("macs", "mac\n9CF6DD000000\n", 1, 1);
	refuses_product("[serial]\npool = macs\n" NO_EPC, "of kind mac, the product wants serial");
	refuses_product(COUNTS "[mac]\npool = digits\n" NO_EPC, "of kind serial, the product wants mac");
	refuses_product(COUNTS "[mac]\npool = macs\nbits = 64\n" NO_EPC, "of kind mac, the product wants eui64");
}

static void runs_out_of_a_block(void **state)
{
	struct hm_unit u;

	(void)state;
	adds_product("nic", COUNTS "[mac]\nprefix = 9C-F6-DD-00-1\nlast = 10\ncount = 4\n" NO_EPC, mac_template);
	draws("nic", NULL, "9CF6DD001000");
	draws("nic", NULL, "9CF6DD001004");
	/* three are left, of four: nothing wraps, and nothing is taken */
	ends("nic", "addresses of 9C-F6-DD-00-1: no 4 are left in a row up to number 10; issue another product with another block");
	adds_product("one", COUNTS "[mac]\nprefix = 9CF6DD001\nlast = 10\n" NO_EPC, mac_template);
	draws("one", NULL, "9CF6DD001008");
	draws("one", NULL, "9CF6DD001009");
	draws("one", NULL, "9CF6DD00100A");
	assert_int_equal(draw("one", &u), -HM_EPOOL_EXHAUSTED);
	/* the larger block around it steps over what was given */
	adds_product("large", COUNTS "[mac]\nprefix = 9CF6DD\nfirst = 4094\ncount = 3\n" NO_EPC, mac_template);
	draws("large", NULL, "9CF6DD00100D");	/* FFE, 1001, 1004, 1007, 100A lie over others */
}

static void edges_of_a_block(void **state)
{
	struct hm_unit u;

	(void)state;
	adds_product("l", COUNTS "[mac]\nprefix = 9CF6DD\nfirst = 16777214\ncount = 2\n" NO_EPC, mac_template);
	draws("l", NULL, "9CF6DDFFFFFE");
	assert_int_equal(draw("l", &u), -HM_EPOOL_EXHAUSTED);
	adds_product("m", COUNTS "[mac]\nprefix = 9CF6DE1\nfirst = 1048575\n" NO_EPC, mac_template);
	draws("m", NULL, "9CF6DE1FFFFF");
	assert_int_equal(draw("m", &u), -HM_EPOOL_EXHAUSTED);
	adds_product("e", COUNTS "[mac]\nprefix = 9CF6DF\nbits = 64\ncount = 256\n" NO_EPC, mac_template);
	draws("e", NULL, "9CF6DF0000000000");
	draws("e", NULL, "9CF6DF0000000100");
	/* FF-FE behind the prefix stands for EUI-48: not given */
	adds_product("f", COUNTS "[mac]\nprefix = 9CF6DF\nbits = 64\nfirst = 1099478073343\n" NO_EPC, mac_template);
	draws("f", NULL, "9CF6DFFFFDFFFFFF");
	assert_int_equal(draw("f", &u), -HM_EPOOL_EXHAUSTED);
	refuses_product(COUNTS "[mac]\nprefix = 9CF6DD\nfirst = 16777216\n" NO_EPC, "beyond the last of the block, 16777215");
	refuses_product(COUNTS "[mac]\nprefix = 9CF6DD\nfirst = 16777215\ncount = 2\n" NO_EPC, "not so many");
	refuses_product(COUNTS "[mac]\nprefix = 9DF6DD\n" NO_EPC, "[mac] prefix 9DF6DD");
	refuses_product(COUNTS "[mac]\nprefix = 9CF6DD0\ncount = 1\nlast = 1\nfirst = 2\n" NO_EPC, "smaller than first");
	refuses_product(COUNTS "[mac]\nprefix = 9CF6D\n" NO_EPC, "[mac] prefix 9CF6D");
}

static void runs_out_of_a_list(void **state)
{
	struct hm_unit u;

	(void)state;
	brings("macs", "mac\n9C:F6:DD:00:00:08\n9C:F6:DD:00:00:00\n", 2, 2);
	refuses_product(COUNTS "[mac]\npool = macs\ncount = 9\n" NO_EPC, "overlap");
	adds_product("nic", COUNTS "[mac]\npool = macs\ncount = 4\n" NO_EPC, mac_template);
	refuses("macs", true, "mac\n9CF6DD000020\n9CF6DD000003\n", -HM_EDUPLICATE, "line 3: product nic draws");
	refuses("macs", true, "mac\n9CF6DDFFFFFD\n", -HM_EOVERFLOW, "leaves its maker's prefix");
	draws("nic", NULL, "9CF6DD000008");
	draws("nic", NULL, "9CF6DD000000");
	assert_int_equal(draw("nic", &u), -HM_EPOOL_EXHAUSTED);
	/* what was given, and what is only listed, no block gives again */
	brings("more", "mac\n9CF6DD000004\n", 1, 1);
	refuses("third", false, "mac\n9CF6DD000002\n", -HM_EDUPLICATE, "has it already");
	adds_product("block", COUNTS "[mac]\nprefix = 9CF6DD\n" NO_EPC, mac_template);
	draws("block", NULL, "9CF6DD000005");
	draws("block", NULL, "9CF6DD000006");
	draws("block", NULL, "9CF6DD000007");
	draws("block", NULL, "9CF6DD00000C");
}

static void a_label_says_its_addresses(void **state)
{
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(add_product("x", COUNTS NO_EPC, mac_template, &err), -HM_EBAD_TEMPLATE);
	adds_product("x", COUNTS "[mac]\nprefix = 9CF6DD\n" NO_EPC, mac_template);
	adds_product("y", COUNTS "[mac]\nprefix = 9CF6DE\nbits = 64\n" NO_EPC, mac_template);
}

static void drawable_says_it_first(void **state)
{
	struct hm_product p = { .name = "p", .gtin = "09521234543213", .pool = "acme" };
	struct hm_err err = { "" };

	(void)state;
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), -HM_ENOT_FOUND);
	brings("acme", "serial\nA1\n", 1, 1);
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), 0);
	adds_product("p", "[serial]\npool = acme\n" NO_EPC, template);
	draws("p", "A1", "");
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), -HM_EPOOL_EXHAUSTED);
	p = (struct hm_product){ .name = "p", .gtin = "09521234543213", .pattern = "X{n:1}", .first = 9, .last = 99,
				 .mac_prefix = "9CF6DD", .mac_bits = 48, .mac_count = 4, .mac_last = 5 };
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), 0);
	adds_product("q", "[serial]\npattern = X{n:1}\nfirst = 8\n[mac]\nprefix = 9CF6DD\nlast = 5\ncount = 4\n" NO_EPC,
		     mac_template);
	draws("q", "X8", "9CF6DD000000");
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), -HM_EPOOL_EXHAUSTED);
	p.mac_count = 0;
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), 0);
	adds_product("r", "[serial]\npattern = X{n:1}\nfirst = 8\n" NO_EPC, template);
	draws("r", "X9", "");
	assert_int_equal(hm_unit_drawable(&f.engine, &p, "", &err), -HM_EPOOL_EXHAUSTED);
}

/* --- many at once --- */

#define CROWD	4
#define EACH	60

static const char *crowd_key = "crowd";

static void *draw_many(void *arg)
{
	struct hm_unit *u = arg;
	struct hm_err err;

	for (int i = 0; i < EACH; i++)
		if (hm_unit_reserve(&f.engine, crowd_key, &f.slot, &u[i], &err))
			return NULL;
	return u;
}

static int by_serial(const void *a, const void *b)
{
	return strcmp(((const struct hm_unit *)a)->serial, ((const struct hm_unit *)b)->serial);
}

static int by_mac(const void *a, const void *b)
{
	return strcmp(((const struct hm_unit *)a)->mac, ((const struct hm_unit *)b)->mac);
}

/* Four slots draw from one list and one block: every entry once, every run by itself. */
static void a_crowd_draws(void **state)
{
	struct hm_batch b = { .key = "crowd", .product = "p", .count = CROWD * EACH };
	struct hm_unit *u = calloc(CROWD * EACH, sizeof(*u)), extra;
	_cleanup_buf_ struct hm_buf list = HM_BUF_INIT(1u << 16);
	pthread_t t[CROWD];
	char want[24];
	void *all;

	(void)state;
	assert_int_equal(hm_buf_str_add(&list, "serial\n"), 0);
	for (int i = 0; i < CROWD * EACH; i++)
		assert_int_equal(hm_buf_printf(&list, "C%04d\n", i), 0);
	brings("acme", hm_buf_str(&list), CROWD * EACH, CROWD * EACH);
	adds_product("p", "[serial]\npool = acme\n[mac]\nprefix = 9CF6DD\ncount = 3\n" NO_EPC, mac_template);
	assert_int_equal(hm_store_run(f.env.store, put_batch, &b, NULL), 0);
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&t[i], NULL, draw_many, u + i * EACH), 0);
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_join(t[i], &all), 0);
		assert_non_null(all);
	}
	qsort(u, CROWD * EACH, sizeof(*u), by_serial);
	for (int i = 0; i < CROWD * EACH; i++) {
		snprintf(want, sizeof(want), "C%04d", i);
		assert_string_equal(u[i].serial, want);
	}
	qsort(u, CROWD * EACH, sizeof(*u), by_mac);
	for (int i = 0; i < CROWD * EACH; i++) {
		snprintf(want, sizeof(want), "9CF6DD%06X", 3 * i);
		assert_string_equal(u[i].mac, want);
	}
	assert_int_equal(draw("p", &extra), -HM_EPOOL_EXHAUSTED);
	free(u);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_list_comes_in_whole),
		T(what_is_refused_names_its_line),
		T(a_product_draws_its_list),
		T(lists_and_patterns_keep_apart),
		T(a_list_suits_its_products),
		T(runs_out_of_a_block),
		T(edges_of_a_block),
		T(runs_out_of_a_list),
		T(a_label_says_its_addresses),
		T(drawable_says_it_first),
		T(a_crowd_draws),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
