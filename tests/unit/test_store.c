// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the store keeps, what it refuses, and what it says about damage. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "store/store.h"
#include "support/tmpdir.h"

struct fixture {
	char *dir;
	char path[512];
	struct hm_store *s;
	struct hm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = tmpdir_make();
	tmpdir_path(f->path, f->dir, "store.db");
	*state = f;
	return hm_store_open(f->path, true, &f->s, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hm_store_close(f->s);
	tmpdir_remove(f->dir);
	free(f);
	return 0;
}

static void reopen(struct fixture *f)
{
	hm_store_close(f->s);
	f->s = NULL;
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
}

/* Behind the store's back, as a failing disk or a curious administrator would. */
static void meddle(struct fixture *f, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	hm_store_close(f->s);
	f->s = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void fill(void *p, size_t len, unsigned int seed)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)p)[i] = (uint8_t)(seed + 7 * i + 1);
}

static struct hm_unit a_unit(const char *serial, const char *key, uint32_t index)
{
	struct hm_unit u = { .index = index, .state = HM_UNIT_RESERVED };

	snprintf(u.serial, sizeof(u.serial), "%s", serial);
	snprintf(u.key, sizeof(u.key), "%s", key);
	snprintf(u.product, sizeof(u.product), "demo");
	return u;
}

static struct hm_batch a_batch(const char *key, uint32_t count)
{
	struct hm_batch b = { .count = count, .created = 1700000000 };

	snprintf(b.key, sizeof(b.key), "%s", key);
	snprintf(b.product, sizeof(b.product), "demo");
	fill(b.request_sha256, 32, count);
	return b;
}

/* Each test's work is one function in a transaction; it asserts by itself. */
#define RUN(f, fn) assert_int_equal(hm_store_run((f)->s, fn, (f), &(f)->err), 0)
#define READ(f, fn) assert_int_equal(hm_store_read((f)->s, fn, (f), &(f)->err), 0)

static int put_batch(struct hm_tx *tx, const char *key, uint32_t count)
{
	struct hm_batch b = a_batch(key, count), got;
	bool is_new;

	return hm_tx_batch_put(tx, &b, &got, &is_new, NULL);
}

static int put_unit(struct hm_tx *tx, const char *serial, const char *key, uint32_t index)
{
	struct hm_unit u = a_unit(serial, key, index);

	return hm_tx_unit_put(tx, &u, NULL);
}

/* --- opening --- */

static void the_file_says_what_it_is(void **state)
{
	struct fixture *f = *state;
	uint8_t head[100];
	struct stat st;
	FILE *in;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	hm_store_close(f->s);
	f->s = NULL;
	in = fopen(f->path, "rb");
	assert_non_null(in);
	assert_int_equal(fread(head, 1, sizeof(head), in), sizeof(head));
	fclose(in);
	/* SQLite's file format, 1.3: versions 2 mean WAL; then the application id */
	assert_int_equal(head[18], 2);
	assert_int_equal(head[19], 2);
	assert_memory_equal(head + 68, "HMRK", 4);
	assert_memory_equal(head + 60, "\0\0\0\4", 4);
}

static void what_is_no_store_is_refused(void **state)
{
	struct fixture *f = *state;
	struct hm_store *s = NULL;
	char path[512];
	FILE *out;

	assert_int_equal(hm_store_open(tmpdir_path(path, f->dir, "none.db"), false, &s, &f->err),
			 -HM_ENOT_INITIALISED);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(hm_store_open(tmpdir_path(path, f->dir, "no/dir.db"), true, &s, &f->err),
			 -ENOENT);

	out = fopen(tmpdir_path(path, f->dir, "text.db"), "w");
	for (int i = 0; i < 100; i++)
		fprintf(out, "this is not a database at all, line %d\n", i);
	fclose(out);
	assert_int_equal(hm_store_open(path, true, &s, &f->err), -HM_ESTORE_CORRUPT);

	meddle(f, "PRAGMA user_version = 5");
	assert_int_equal(hm_store_open(f->path, true, &s, &f->err), -HM_EUNSUPPORTED);
	meddle(f, "PRAGMA user_version = 4; PRAGMA application_id = 77");
	assert_int_equal(hm_store_open(f->path, true, &s, &f->err), -HM_ESTORE_CORRUPT);
	assert_null(s);
}

static void a_creation_cut_off_is_finished(void **state)
{
	struct fixture *f = *state;
	struct hm_store *s;
	char path[512];
	sqlite3 *db;

	/* cut off before anything, and cut off behind the switch to WAL */
	close(open(tmpdir_path(path, f->dir, "cut1.db"), O_CREAT | O_WRONLY, 0640));
	assert_int_equal(hm_store_open(path, false, &s, &f->err), -HM_ENOT_INITIALISED);
	assert_int_equal(hm_store_open(path, true, &s, &f->err), 0);
	hm_store_close(s);
	assert_int_equal(sqlite3_open(tmpdir_path(path, f->dir, "cut2.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(hm_store_open(path, false, &s, &f->err), -HM_ENOT_INITIALISED);
	assert_int_equal(hm_store_open(path, true, &s, &f->err), 0);
	hm_store_close(s);
	assert_int_equal(hm_store_open(path, false, &s, &f->err), 0);
	hm_store_close(s);
}

static void one_owner_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct hm_store *s;
	int status;
	pid_t pid;

	assert_int_equal(hm_store_open(f->path, false, &s, &f->err), -HM_EBUSY);
	pid = fork();
	if (!pid)
		_exit(hm_store_open(f->path, true, &s, NULL) == -HM_EBUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	reopen(f);
}

static void the_mode_is_ours_whatever_the_umask(void **state)
{
	struct fixture *f = *state;
	mode_t old = umask(0077);
	struct hm_store *s;
	struct stat st;
	char path[512];

	assert_int_equal(hm_store_open(tmpdir_path(path, f->dir, "m.db"), true, &s, &f->err), 0);
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	hm_store_close(s);
}

/* --- units --- */

static struct hm_unit full_unit(void)
{
	struct hm_unit u = a_unit("10010", "order-7", 3);

	fill(u.product_sha256, 32, 1);
	fill(u.template_sha256, 32, 2);
	strcpy(u.lot, "L1");
	strcpy(u.order, "O9");
	strcpy(u.slot, "1");
	u.state = HM_UNIT_BOUND;
	u.wait = HM_EPAPER_OUT;
	strcpy(u.wait_text, "printer0 is out of paper");
	u.generation = 2;
	u.binding = 1;
	fill(u.epc.bytes, u.epc.len = sizeof(u.epc.bytes), 3);
	strcpy(u.tid, "E2801160600002084D3B7A11");
	fill(u.ek_sha256, 32, 4);
	fill(u.key_sha256, 32, 5);
	fill(u.spki, 91, 6);
	u.spki_len = 91;
	fill(u.cert_sha256, 32, 7);
	fill(u.cert_serial, 16, 8);
	fill(u.record, 251, 9);
	u.record_len = 251;
	fill(u.image_sha256, 32, 10);
	u.leaf = 1234567890123;
	u.attempts = 2;
	u.created = 1700000000;
	u.updated = -5;
	for (uint32_t i = 0; i < HM_STEPS; i++)
		u.ms[i] = UINT32_MAX - i;
	return u;
}

static int write_full_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u = full_unit();

	(void)arg;
	return put_batch(tx, "order-7", 10) ?: hm_tx_unit_put(tx, &u, err);
}

static int read_full_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit want = full_unit(), got;
	struct fixture *f = arg;

	memset(&got, 0x55, sizeof(got));
	assert_int_equal(hm_tx_unit_get(tx, "10010", &got, err), 0);
	/* member by member: padding is nobody's business */
	assert_string_equal(got.serial, want.serial);
	assert_string_equal(got.product, want.product);
	assert_memory_equal(got.product_sha256, want.product_sha256, 32);
	assert_memory_equal(got.template_sha256, want.template_sha256, 32);
	assert_string_equal(got.key, want.key);
	assert_int_equal(got.index, want.index);
	assert_string_equal(got.lot, want.lot);
	assert_string_equal(got.order, want.order);
	assert_string_equal(got.slot, want.slot);
	assert_int_equal(got.state, want.state);
	assert_int_equal(got.wait, want.wait);
	assert_string_equal(got.wait_text, want.wait_text);
	assert_int_equal(got.generation, want.generation);
	assert_int_equal(got.binding, want.binding);
	assert_true(hm_epc_same(&got.epc, &want.epc));
	assert_string_equal(got.tid, want.tid);
	assert_memory_equal(got.ek_sha256, want.ek_sha256, 32);
	assert_memory_equal(got.key_sha256, want.key_sha256, 32);
	assert_int_equal(got.spki_len, want.spki_len);
	assert_memory_equal(got.spki, want.spki, sizeof(want.spki));
	assert_memory_equal(got.cert_sha256, want.cert_sha256, 32);
	assert_memory_equal(got.cert_serial, want.cert_serial, 16);
	assert_int_equal(got.record_len, want.record_len);
	assert_memory_equal(got.record, want.record, sizeof(want.record));
	assert_memory_equal(got.image_sha256, want.image_sha256, 32);
	assert_int_equal(got.leaf, want.leaf);
	assert_int_equal(got.attempts, want.attempts);
	assert_int_equal(got.created, want.created);
	assert_int_equal(got.updated, want.updated);
	assert_memory_equal(got.ms, want.ms, sizeof(want.ms));
	assert_int_equal(hm_tx_unit_by_key(tx, "order-7", 3, &got, err), 0);
	assert_string_equal(got.serial, "10010");
	assert_int_equal(hm_tx_unit_by_key(tx, "order-7", 4, &got, &f->err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_unit_get(tx, "10011", &got, &f->err), -HM_ENOT_FOUND);
	return 0;
}

static void a_unit_comes_back_as_it_went(void **state)
{
	struct fixture *f = *state;

	RUN(f, write_full_unit);
	READ(f, read_full_unit);
	reopen(f);
	READ(f, read_full_unit);
}

static int try_to_share(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u = a_unit("12", "k", 0), got;

	(void)arg;
	assert_int_equal(put_batch(tx, "k", 5), 0);
	assert_int_equal(put_batch(tx, "other", 5), 0);
	assert_int_equal(put_unit(tx, "10", "k", 0), 0);
	assert_int_equal(put_unit(tx, "11", "k", 1), 0);
	/* the place is taken; the serial is taken; a serial is never moved */
	assert_int_equal(hm_tx_unit_put(tx, &u, err), -HM_EDUPLICATE);
	assert_int_equal(put_unit(tx, "10", "k", 4), -HM_EDUPLICATE);
	assert_int_equal(put_unit(tx, "10", "other", 0), -HM_EDUPLICATE);
	assert_int_equal(put_unit(tx, "10", "", 0), -HM_EDUPLICATE);
	assert_int_equal(put_unit(tx, "13", "never heard of", 0), -HM_ENOT_FOUND);
	u = a_unit("14", "k", 2);
	u.state = 0;
	assert_int_equal(hm_tx_unit_put(tx, &u, err), -EINVAL);
	/* the failures have undone nothing else */
	assert_int_equal(hm_tx_unit_get(tx, "10", &got, err), 0);
	assert_int_equal(got.index, 0);
	assert_int_equal(hm_tx_unit_get(tx, "12", &got, NULL), -HM_ENOT_FOUND);
	/* without a key there is nothing to share */
	assert_int_equal(put_unit(tx, "20", "", 0), 0);
	assert_int_equal(put_unit(tx, "21", "", 0), 0);
	return 0;
}

static void a_serial_is_one_units(void **state)
{
	RUN((struct fixture *)*state, try_to_share);
}

static int concat(void *ctx, const struct hm_unit *u)
{
	strcat(strcat(ctx, u->serial), " ");
	return strlen(ctx) > 200 ? -E2BIG : 0;
}

static const char *units(struct hm_tx *tx, const struct hm_unit_filter *flt)
{
	static char text[256];

	text[0] = '\0';
	assert_int_equal(hm_tx_units(tx, flt, concat, text, NULL), 0);
	return text;
}

static int stop_at_once(void *ctx, const struct hm_unit *u)
{
	(void)ctx;
	(void)u;
	return -ECANCELED;
}

static int filter_units(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	static const enum hm_unit_state states[] = {
		HM_UNIT_ACTIVE, HM_UNIT_BOUND, HM_UNIT_VOID, HM_UNIT_QUARANTINED, HM_UNIT_RMA,
		HM_UNIT_RETIRED, HM_UNIT_RESERVED,
	};

	(void)arg;
	assert_int_equal(put_batch(tx, "k", 9), 0);
	for (uint32_t i = 0; i < 7; i++) {
		struct hm_unit u = a_unit("", "k", i);

		/* not in the order of their serials */
		snprintf(u.serial, sizeof(u.serial), "%u", 90 - i);
		u.state = states[i];
		strcpy(u.lot, i % 2 ? "A" : "B");
		strcpy(u.slot, i < 3 ? "1" : "2");
		assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	}
	assert_string_equal(units(tx, NULL), "90 89 88 87 86 85 84 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .unfinished = true }), "89 86 84 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .lot = "A" }), "89 87 85 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .lot = "" }), "");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .lot = "A", .unfinished = true }), "89 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .state = HM_UNIT_VOID }), "88 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .key = "k", .slot = "2" }), "87 86 85 84 ");
	assert_string_equal(units(tx, &(struct hm_unit_filter){ .key = "x" }), "");
	assert_int_equal(hm_tx_units(tx, NULL, stop_at_once, NULL, err), -ECANCELED);
	return 0;
}

static void units_are_found(void **state)
{
	RUN((struct fixture *)*state, filter_units);
	for (int i = HM_UNIT_RESERVED; i <= HM_UNIT_RETIRED; i++)
		assert_int_equal(hm_unit_state_number(hm_unit_state_name((enum hm_unit_state)i)), i);
	assert_int_equal(hm_unit_state_number("unknown"), 0);
	assert_int_equal(hm_unit_state_number(""), 0);
}

/* --- anchors, counters, batches --- */

static int claim(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	char who[21] = "nobody";

	(void)arg;
	assert_int_equal(put_unit(tx, "10", "", 0), 0);
	assert_int_equal(put_unit(tx, "11", "", 0), 0);
	assert_int_equal(hm_tx_holder(tx, "ek", "abc", 3, who, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_claim(tx, "ek", "abc", 3, "10", who, err), 0);
	assert_int_equal(hm_tx_claim(tx, "ek", "abc", 3, "10", who, err), 0);
	assert_string_equal(who, "nobody");
	assert_int_equal(hm_tx_claim(tx, "ek", "abc", 3, "11", who, err), -HM_EDUPLICATE);
	assert_string_equal(who, "10");
	assert_int_equal(hm_tx_claim(tx, "ek", "abc", 3, "11", NULL, err), -HM_EDUPLICATE);
	/* another kind, a longer value: other things */
	assert_int_equal(hm_tx_claim(tx, "tid", "abc", 3, "11", who, err), 0);
	assert_int_equal(hm_tx_claim(tx, "ek", "abc\0", 4, "11", who, err), 0);
	assert_int_equal(hm_tx_holder(tx, "tid", "abc", 3, who, err), 0);
	assert_string_equal(who, "11");
	assert_int_equal(hm_tx_claim(tx, "ek", "new", 3, "99", who, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_claim(tx, "ek", "", 0, "10", who, err), -HM_EBAD_LENGTH);
	return 0;
}

static void an_anchor_has_one_holder(void **state)
{
	RUN((struct fixture *)*state, claim);
}

static int draw(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t v = 0;

	(void)arg;
	assert_int_equal(hm_tx_counter_peek(tx, "p", 100, &v, err), 0);
	assert_int_equal(v, 100);
	assert_int_equal(hm_tx_counter_draw(tx, "p", 100, 103, &v, err), 0);
	assert_int_equal(v, 100);
	assert_int_equal(hm_tx_counter_draw(tx, "p", 100, 103, &v, err), 0);
	assert_int_equal(v, 101);
	assert_int_equal(hm_tx_counter_peek(tx, "p", 100, &v, err), 0);
	assert_int_equal(v, 102);
	/* another start moves it up, never down */
	assert_int_equal(hm_tx_counter_draw(tx, "p", 5, 103, &v, err), 0);
	assert_int_equal(v, 102);
	assert_int_equal(hm_tx_counter_draw(tx, "p", 100, 103, &v, err), 0);
	assert_int_equal(v, 103);
	v = 7;
	assert_int_equal(hm_tx_counter_draw(tx, "p", 100, 103, &v, err), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(v, 7);
	assert_int_equal(hm_tx_counter_draw(tx, "p", 200, 300, &v, err), 0);
	assert_int_equal(v, 200);
	assert_int_equal(hm_tx_counter_draw(tx, "q", 1, 1, &v, err), 0);
	assert_int_equal(v, 1);
	assert_int_equal(hm_tx_counter_draw(tx, "q", 1, 1, &v, err), -HM_EPOOL_EXHAUSTED);
	assert_int_equal(hm_tx_counter_draw(tx, "r", UINT64_MAX, UINT64_MAX, &v, err), -HM_EOVERFLOW);
	assert_int_equal(hm_tx_counter_draw(tx, "r", INT64_MAX - 1, UINT64_MAX, &v, err), 0);
	assert_int_equal(hm_tx_counter_draw(tx, "r", 0, UINT64_MAX, &v, err), -HM_EPOOL_EXHAUSTED);
	return 0;
}

static void a_counter_only_grows(void **state)
{
	RUN((struct fixture *)*state, draw);
}

static int concat_batch(void *ctx, const struct hm_batch *b)
{
	strcat(strcat(ctx, b->key), " ");
	return 0;
}

static const char *open_batches(struct hm_tx *tx)
{
	static char text[256];

	text[0] = '\0';
	assert_int_equal(hm_tx_batches_open(tx, concat_batch, text, NULL), 0);
	return text;
}

static int batches(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_batch b = a_batch("z", 2), got;
	struct hm_unit u;
	bool is_new = false;

	(void)arg;
	assert_int_equal(hm_tx_batch_put(tx, &b, &got, &is_new, err), 0);
	assert_true(is_new);
	assert_int_equal(put_batch(tx, "a", 1), 0);
	strcpy(b.who, "somebody else");
	assert_int_equal(hm_tx_batch_put(tx, &b, &got, &is_new, err), 0);
	assert_false(is_new);
	assert_string_equal(got.who, "");
	b.request_sha256[31] ^= 1;
	assert_int_equal(hm_tx_batch_put(tx, &b, &got, &is_new, err), -HM_EKEY_MISMATCH);
	assert_int_equal(hm_tx_batch_get(tx, "zz", &got, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_batch_get(tx, "z", &got, err), 0);
	assert_int_equal(got.count, 2);

	assert_string_equal(open_batches(tx), "z a ");
	u = a_unit("1", "z", 0);
	assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	u.state = HM_UNIT_ACTIVE;
	assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	assert_string_equal(open_batches(tx), "z a ");
	u = a_unit("2", "z", 1);
	u.state = HM_UNIT_VOID;
	assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	assert_string_equal(open_batches(tx), "a ");
	/* resolve may take a unit back out of quarantine */
	u.state = HM_UNIT_MARKED;
	assert_int_equal(hm_tx_unit_put(tx, &u, err), 0);
	assert_string_equal(open_batches(tx), "z a ");
	return 0;
}

static void a_batch_is_open_until_all_is_made(void **state)
{
	RUN((struct fixture *)*state, batches);
}

/* --- transactions --- */

static int leaf_then_fail(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t index;

	(void)arg;
	assert_int_equal(hm_tx_leaf_append(tx, "gone", 4, &index, err), 0);
	return hm_err_set(err, -HM_EBAD_STATE, "changed my mind");
}

static int no_leaf(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t n = 99;

	(void)arg;
	assert_int_equal(hm_tx_leaf_count(tx, &n, err), 0);
	assert_int_equal(n, 0);
	return 0;
}

static int write_in_read(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t v;

	(void)arg;
	assert_int_equal(hm_tx_leaf_append(tx, "x", 1, &v, err), -EROFS);
	assert_int_equal(hm_tx_counter_draw(tx, "p", 1, 9, &v, err), -EROFS);
	assert_int_equal(hm_tx_counter_peek(tx, "p", 1, &v, err), 0);
	return 0;
}

static void a_failing_function_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t commits, functions;

	assert_int_equal(hm_store_run(f->s, leaf_then_fail, NULL, &f->err), -HM_EBAD_STATE);
	assert_string_equal(f->err.text, "changed my mind");
	READ(f, no_leaf);
	READ(f, write_in_read);
	READ(f, no_leaf);
	hm_store_stats(f->s, &commits, &functions);
	assert_int_equal(commits, 0);
	assert_int_equal(functions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_file_says_what_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_store_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_creation_cut_off_is_finished, setup, teardown),
		cmocka_unit_test_setup_teardown(one_owner_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(the_mode_is_ours_whatever_the_umask, setup, teardown),
		cmocka_unit_test_setup_teardown(a_unit_comes_back_as_it_went, setup, teardown),
		cmocka_unit_test_setup_teardown(a_serial_is_one_units, setup, teardown),
		cmocka_unit_test_setup_teardown(units_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(an_anchor_has_one_holder, setup, teardown),
		cmocka_unit_test_setup_teardown(a_counter_only_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(a_batch_is_open_until_all_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failing_function_leaves_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
