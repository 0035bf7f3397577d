// SPDX-License-Identifier: LGPL-2.1-or-later
/* The store's third version: how a second one becomes it, keys of serials, supplied lists. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "base/buf.h"
#include "store/sql.h"
#include "store/store.h"
#include "support/tmpdir.h"

static struct {
	char *dir;
	char path[512];
	struct hm_store *s;
	struct hm_err err;
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.dir = tmpdir_make();
	tmpdir_path(f.path, f.dir, "store.db");
	return 0;
}

static int setup_open(void **state)
{
	return setup(state) ?: hm_store_open(f.path, true, &f.s, &f.err);
}

static int teardown(void **state)
{
	(void)state;
	hm_store_close(f.s);
	tmpdir_remove(f.dir);
	return 0;
}

static void reopen(void)
{
	hm_store_close(f.s);
	f.s = NULL;
	assert_int_equal(hm_store_open(f.path, false, &f.s, &f.err), 0);
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define RUN(fn) assert_int_equal(hm_store_run(f.s, fn, NULL, &f.err), 0)
#define READ(fn) assert_int_equal(hm_store_read(f.s, fn, NULL, &f.err), 0)

/* --- from version 2 --- */

/* A store of version 2 with a unit, a counter, a leaf and a product in it. */
static void old_store(void)
{
	sql(f.path, hm_store_steps[2]);
	sql(f.path,
	    "PRAGMA application_id = 1213026891; PRAGMA user_version = 2;"
	    "INSERT INTO blobs(sha256, bytes) VALUES"
	    " (x'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881', x'78');"
	    "INSERT INTO products VALUES('p', x'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881', NULL);"
	    "INSERT INTO units(serial, product, idx, lot, orderno, slot, state, wait, wait_text, generation, binding,"
	    " epc, tid, spki, record, leaf, attempts, created, updated, ms)"
	    " VALUES('10015', 'p', 0, '', '', 's', 6, 0, '', 1, 0, x'3036452148350C42540BE410', '', x'', x'', 0, 0, 5, 6,"
	    " zeroblob(28));"
	    "INSERT INTO counters VALUES('{n:4}', 17);"
	    "INSERT INTO leaves VALUES(0, x'01');");
}

static int read_old(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t file[32], tpl[32];
	struct hm_unit u;
	uint64_t n;

	(void)arg;
	assert_int_equal(hm_tx_unit_get(tx, "10015", &u, err), 0);
	assert_int_equal(u.state, HM_UNIT_ACTIVE);
	assert_string_equal(u.mac, "");
	assert_int_equal(u.macs, 0);
	assert_int_equal(u.epc.len, 12);
	assert_memory_equal(u.epc.bytes, "\x30\x36\x45\x21\x48\x35\x0c\x42\x54\x0b\xe4\x10", 12);
	assert_int_equal(hm_tx_counter_peek(tx, "{n:4}", 1, &n, err), 0);
	assert_int_equal(n, 17);
	assert_int_equal(hm_tx_leaf_count(tx, &n, err), 0);
	assert_int_equal(n, 1);
	return hm_tx_product_get(tx, "p", file, tpl, err);
}

/* Every table, index and trigger as SQLite has them. */
static void schema_of(const char *path, struct hm_buf *ret)
{
	sqlite3_stmt *st;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
					    -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		assert_int_equal(hm_buf_printf(ret, "%s\n", (const char *)sqlite3_column_text(st, 0)), 0);
	sqlite3_finalize(st);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_store_of_version_2_grows(void **state)
{
	_cleanup_buf_ struct hm_buf grown = HM_BUF_INIT(1u << 20), fresh = HM_BUF_INIT(1u << 20);
	char path[512];
	struct hm_store *s;

	(void)state;
	old_store();
	assert_int_equal(hm_store_open(f.path, false, &f.s, &f.err), 0);
	READ(read_old);
	reopen();
	READ(read_old);
	hm_store_close(f.s);
	f.s = NULL;
	assert_int_equal(hm_store_open(tmpdir_path(path, f.dir, "fresh.db"), true, &s, &f.err), 0);
	hm_store_close(s);
	schema_of(f.path, &grown);
	schema_of(path, &fresh);
	assert_true(grown.len > 1000);
	assert_string_equal(hm_buf_str(&grown), hm_buf_str(&fresh));
}

/* What a station of that version has in a row, this one writes there, too. */
static int put_again(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u;

	(void)arg;
	assert_int_equal(hm_tx_unit_get(tx, "10015", &u, err), 0);
	u.wait = 1;
	return hm_tx_unit_put(tx, &u, err);
}

static int put_odd(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u;

	assert_int_equal(hm_tx_unit_get(tx, "10015", &u, err), 0);
	u.epc.len = *(const uint32_t *)arg;
	return hm_tx_unit_put(tx, &u, err);
}

static void an_epc_is_as_long_as_it_is(void **state)
{
	static const char insert[] =
		"INSERT INTO units(serial, product, idx, lot, orderno, slot, state, wait, wait_text, generation, binding, epc, tid,"
		" spki, record, leaf, attempts, created, updated, ms) SELECT 'x%zu', product, %zu, lot, orderno, slot, state, wait,"
		" wait_text, generation, binding, zeroblob(%zu), tid, spki, record, leaf, attempts, created, updated, ms FROM units"
		" WHERE serial = '10015'";
	uint32_t odd[] = { 13, 64 };
	char text[1000];
	sqlite3 *db;

	(void)state;
	old_store();
	assert_int_equal(hm_store_open(f.path, false, &f.s, &f.err), 0);
	RUN(put_again);
	READ(read_old);
	for (int i = 0; i < 2; i++)
		assert_int_equal(hm_store_run(f.s, put_odd, &odd[i], &f.err), -EINVAL);
	/* and by the database itself */
	assert_int_equal(sqlite3_open(f.path, &db), SQLITE_OK);
	for (size_t n = 1; n < 70; n++) {
		(void)snprintf(text, sizeof(text), insert, n, n, n);
		assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, n % 2 == 0 && n <= 62);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* One that cannot take the step stays what it was. */
static void a_step_is_whole_or_not_at_all(void **state)
{
	_cleanup_buf_ struct hm_buf before = HM_BUF_INIT(1u << 20), after = HM_BUF_INIT(1u << 20);

	(void)state;
	old_store();
	sql(f.path, "CREATE TABLE pool_entries(x)");	/* in the way of the last table */
	schema_of(f.path, &before);
	assert_true(hm_store_open(f.path, false, &f.s, &f.err) < 0);
	assert_null(f.s);
	schema_of(f.path, &after);
	assert_string_equal(hm_buf_str(&before), hm_buf_str(&after));
	sql(f.path, "DROP TABLE pool_entries");
	assert_int_equal(hm_store_open(f.path, false, &f.s, &f.err), 0);
	READ(read_old);
}

/* Stations have been set up by this text: it never changes again. */
static void a_released_step_is_fixed(void **state)
{
	uint8_t digest[32];
	char hex[65];

	(void)state;
	SHA256((const uint8_t *)hm_store_steps[2], strlen(hm_store_steps[2]), digest);
	hm_hex(digest, 32, hex);
	assert_string_equal(hex, "b9f09e274e05a640aa9a1652c9e4a99f3df0ce81456cb10124511afa1d372cdc");
}

/* --- keys of serials --- */

static int put_product(struct hm_tx *tx, const char *name, struct hm_err *err)
{
	uint8_t file[32];
	static const uint8_t none[32];

	return hm_tx_blob_put(tx, "x", 1, file, err) ?: hm_tx_product_put(tx, name, file, none, err);
}

static int write_keys(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t digest[32] = "a digest";

	(void)arg;
	assert_int_equal(hm_tx_serial_key_put(tx, "vial", "sealed", 6, digest, err), -HM_ENOT_FOUND);
	assert_int_equal(put_product(tx, "vial", err), 0);
	assert_int_equal(put_product(tx, "ampoule", err), 0);
	assert_int_equal(hm_tx_serial_key_put(tx, "vial", "sealed", 6, digest, err), 0);
	assert_int_equal(hm_tx_serial_key_put(tx, "ampoule", "other", 5, digest, err), 0);
	/* never another one, not even the same again */
	assert_int_equal(hm_tx_serial_key_put(tx, "vial", "sealed", 6, digest, err), -HM_EDUPLICATE);
	assert_int_equal(hm_tx_serial_key_put(tx, "ampoule", "", 0, digest, err), -EINVAL);
	return 0;
}

static int each_key(void *ctx, const char *product, const void *sealed, size_t len, const uint8_t digest[32])
{
	char *text = ctx;

	assert_string_equal((const char *)digest, "a digest");
	sprintf(text + strlen(text), "%s=%.*s ", product, (int)len, (const char *)sealed);
	return 0;
}

static int read_keys(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(64);
	char text[128] = "";
	uint8_t digest[32];

	(void)arg;
	assert_int_equal(hm_tx_serial_key_get(tx, "vial", &b, digest, err), 0);
	assert_string_equal(hm_buf_str(&b), "sealed");
	assert_int_equal(hm_tx_serial_key_get(tx, "none", &b, digest, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_serial_keys(tx, each_key, text, err), 0);
	assert_string_equal(text, "ampoule=other vial=sealed ");
	return 0;
}

static void a_key_is_kept_as_it_is(void **state)
{
	(void)state;
	RUN(write_keys);
	READ(read_keys);
	reopen();
	READ(read_keys);
	hm_store_close(f.s);
	f.s = NULL;
	for (int i = 0; i < 2; i++) {
		sqlite3 *db;

		assert_int_equal(sqlite3_open(f.path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, i ? "DELETE FROM serial_keys" : "UPDATE serial_keys SET sealed = x'00'",
					      NULL, NULL, NULL), SQLITE_CONSTRAINT);
		sqlite3_close(db);
	}
}

/* --- supplied lists --- */

static int write_pools(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_pool a, b, m;
	uint8_t one[32], two[32], none[32] = { 0 };
	uint64_t first;

	(void)arg;
	assert_int_equal(hm_tx_blob_put(tx, "1", 1, one, err), 0);
	assert_int_equal(hm_tx_blob_put(tx, "2", 1, two, err), 0);
	assert_int_equal(hm_tx_pool_get(tx, "a", &a, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_pool_list_put(tx, "a", one, 2, &first, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_pool_put(tx, "a", 0, err), 0);
	assert_int_equal(hm_tx_pool_put(tx, "a", 0, err), -HM_EDUPLICATE);
	assert_int_equal(hm_tx_pool_put(tx, "b", 0, err), 0);
	assert_int_equal(hm_tx_pool_put(tx, "m", 1, err), 0);
	assert_int_equal(hm_tx_pool_put(tx, "n", 3, err), -EINVAL);
	assert_int_equal(hm_tx_pool_get(tx, "a", &a, err), 0);
	assert_int_equal(hm_tx_pool_get(tx, "b", &b, err), 0);
	assert_int_equal(hm_tx_pool_get(tx, "m", &m, err), 0);
	assert_int_equal(hm_tx_pool_list_put(tx, "a", none, 2, &first, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_pool_list_put(tx, "a", one, 2, &first, err), 0);
	assert_int_equal(first, 0);
	assert_int_equal(hm_tx_pool_list_put(tx, "a", one, 2, &first, err), -HM_EEXISTS);
	assert_int_equal(hm_tx_pool_list_put(tx, "a", two, 3, &first, err), 0);
	assert_int_equal(first, 2);
	assert_int_equal(hm_tx_pool_list_put(tx, "b", two, 3, &first, err), 0);
	assert_int_equal(first, 0);
	assert_int_equal(hm_tx_pool_entry_put(tx, &a, 0, "A1", err), 0);
	assert_int_equal(hm_tx_pool_entry_put(tx, &a, 1, "A2", err), 0);
	/* a number twice, an entry twice, in whatever pool of the kind */
	assert_int_equal(hm_tx_pool_entry_put(tx, &a, 1, "A3", err), -HM_EDUPLICATE);
	assert_int_equal(hm_tx_pool_entry_put(tx, &a, 2, "A1", err), -HM_EDUPLICATE);
	assert_int_equal(hm_tx_pool_entry_put(tx, &b, 0, "A1", err), -HM_EDUPLICATE);
	assert_int_equal(hm_tx_pool_entry_put(tx, &m, 0, "A1", err), 0);
	return 0;
}

static int each_pool(void *ctx, const struct hm_pool *p)
{
	char *text = ctx;

	sprintf(text + strlen(text), "%s/%d/%d ", p->name, p->kind, (int)p->entries);
	return 0;
}

static int each_list(void *ctx, const uint8_t sha256[32], uint64_t first, uint64_t count)
{
	char *text = ctx;

	(void)sha256;
	sprintf(text + strlen(text), "%d+%d ", (int)first, (int)count);
	return 0;
}

static int read_pools(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	char text[128] = "", value[21], pool[33];

	(void)arg;
	assert_int_equal(hm_tx_pools(tx, each_pool, text, err), 0);
	assert_string_equal(text, "a/0/5 b/0/3 m/1/0 ");
	text[0] = '\0';
	assert_int_equal(hm_tx_pool_lists(tx, "a", each_list, text, err), 0);
	assert_string_equal(text, "0+2 2+3 ");
	assert_int_equal(hm_tx_pool_entry_get(tx, "a", 1, value, err), 0);
	assert_string_equal(value, "A2");
	assert_int_equal(hm_tx_pool_entry_get(tx, "a", 2, value, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_pool_holder(tx, 0, "A2", pool, err), 0);
	assert_string_equal(pool, "a");
	assert_int_equal(hm_tx_pool_holder(tx, 1, "A1", pool, err), 0);
	assert_string_equal(pool, "m");
	assert_int_equal(hm_tx_pool_holder(tx, 1, "A2", pool, err), -HM_ENOT_FOUND);
	return 0;
}

static void pools_and_lists(void **state)
{
	(void)state;
	RUN(write_pools);
	READ(read_pools);
	reopen();
	READ(read_pools);
}

static int draw_runs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t n;

	(void)arg;
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 4, &n, err), 0);
	assert_int_equal(n, 10);
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 4, &n, err), 0);
	assert_int_equal(n, 14);
	/* two are left: no run of four, and what does not fit takes nothing */
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 4, &n, err), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 3, &n, err), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 2, &n, err), 0);
	assert_int_equal(n, 18);
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, 19, 1, &n, err), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_tx_counter_draw_run(tx, "r", 10, UINT64_MAX, 1, &n, err), 0);
	assert_int_equal(n, 20);
	assert_int_equal(hm_tx_counter_draw_run(tx, "top", INT64_MAX - 3, UINT64_MAX, 3, &n, err), 0);
	assert_int_equal(hm_tx_counter_draw_run(tx, "top", INT64_MAX - 3, UINT64_MAX, 1, &n, err), -HM_EPOOL_EXHAUSTED);
	return 0;
}

static void runs_of_a_counter(void **state)
{
	(void)state;
	RUN(draw_runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_store_of_version_2_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(an_epc_is_as_long_as_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_step_is_whole_or_not_at_all, setup, teardown),
		cmocka_unit_test_setup_teardown(a_released_step_is_fixed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_is_kept_as_it_is, setup_open, teardown),
		cmocka_unit_test_setup_teardown(pools_and_lists, setup_open, teardown),
		cmocka_unit_test_setup_teardown(runs_of_a_counter, setup_open, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
