// SPDX-License-Identifier: LGPL-2.1-or-later
/* Jobs, blobs, the book; and what the store says of damage behind its back. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

#define RUN(f, fn) assert_int_equal(hm_store_run((f)->s, fn, (f), &(f)->err), 0)
#define READ(f, fn) assert_int_equal(hm_store_read((f)->s, fn, (f), &(f)->err), 0)

static int put_unit(struct hm_tx *tx, const char *serial)
{
	struct hm_unit u = { .state = HM_UNIT_RESERVED };

	snprintf(u.serial, sizeof(u.serial), "%s", serial);
	return hm_tx_unit_put(tx, &u, NULL);
}

/* --- jobs --- */

static struct hm_job a_job(uint8_t id, const char *serial)
{
	struct hm_job j = {
		.flags = 1, .offset = 64, .attempt = 2, .position = 3, .payload_len = 4,
		.fate = HM_JOB_OPEN, .gated = true, .created = 1700000000,
	};

	memset(j.job_id, id, sizeof(j.job_id));
	memset(j.digest, id + 1, sizeof(j.digest));
	memset(j.boot_id, 0xb0, sizeof(j.boot_id));
	snprintf(j.serial, sizeof(j.serial), "%s", serial);
	strcpy(j.purpose, "label");
	strcpy(j.address, "gate:/dev/hallmark/printer0");
	strcpy(j.marker, "printer0");
	return j;
}

static int order_of_jobs(void *ctx, const struct hm_job *j)
{
	char *text = ctx;

	assert_true(strlen(text) < 200);
	sprintf(text + strlen(text), "%u%c%c ", j->job_id[0], j->fate == HM_JOB_SEEN ? '!' : '?',
		j->serial[0] ? j->serial[1] : '-');
	return 0;
}

static const char *jobs(struct hm_tx *tx, const char *serial)
{
	static char text[256];

	text[0] = '\0';
	assert_int_equal(hm_tx_jobs(tx, serial, order_of_jobs, text, NULL), 0);
	return text;
}

static int compare_job(void *ctx, const struct hm_job *j)
{
	const struct hm_job *want = ctx;

	assert_memory_equal(j->job_id, want->job_id, 16);
	assert_string_equal(j->serial, want->serial);
	assert_string_equal(j->purpose, want->purpose);
	assert_string_equal(j->address, want->address);
	assert_string_equal(j->marker, want->marker);
	assert_int_equal(j->gated, want->gated);
	assert_memory_equal(j->boot_id, want->boot_id, 16);
	assert_int_equal(j->flags, want->flags);
	assert_int_equal(j->offset, want->offset);
	assert_int_equal(j->attempt, want->attempt);
	assert_int_equal(j->position, want->position);
	assert_memory_equal(j->digest, want->digest, 32);
	assert_memory_equal(j->payload_sha256, want->payload_sha256, 32);
	assert_int_equal(j->payload_len, want->payload_len);
	assert_int_equal(j->fate, want->fate);
	assert_int_equal(j->seq, want->seq);
	assert_int_equal(j->state, want->state);
	assert_int_equal(j->sent, want->sent);
	assert_int_equal(j->reply_len, want->reply_len);
	assert_memory_equal(j->reply, want->reply, sizeof(want->reply));
	assert_int_equal(j->created, want->created);
	return 0;
}

static int do_jobs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_job j = a_job(9, "10"), k = a_job(5, "10"), free_job = a_job(7, "");

	(void)arg;
	assert_int_equal(put_unit(tx, "10"), 0);
	assert_int_equal(put_unit(tx, "11"), 0);
	memset(j.payload_sha256, 0xee, 32);
	assert_int_equal(hm_tx_job_put(tx, &j, err), -HM_ENOT_FOUND);	/* no such blob */
	assert_int_equal(hm_tx_blob_put(tx, "^XA^XZ", 6, j.payload_sha256, err), 0);
	assert_int_equal(hm_tx_job_put(tx, &j, err), 0);
	k.created = j.created - 1000;	/* the clock was set back: still the later job */
	assert_int_equal(hm_tx_job_put(tx, &k, err), 0);
	assert_int_equal(hm_tx_job_put(tx, &free_job, err), 0);
	assert_string_equal(jobs(tx, "10"), "9?0 5?0 ");
	assert_string_equal(jobs(tx, NULL), "9?0 5?0 7?- ");
	assert_string_equal(jobs(tx, "11"), "");

	/* what became of it may be told, what it was may not be changed */
	j.fate = HM_JOB_SEEN;
	j.seq = 77;
	j.state = 2;
	j.sent = 3;
	memset(j.reply, 'r', sizeof(j.reply));
	j.reply_len = sizeof(j.reply);
	assert_int_equal(hm_tx_job_put(tx, &j, err), 0);
	assert_string_equal(jobs(tx, "10"), "9!0 5?0 ");
	k = j;
	k.digest[0] ^= 1;
	assert_int_equal(hm_tx_job_put(tx, &k, err), -HM_EEXISTS);
	k = j;
	strcpy(k.serial, "11");
	assert_int_equal(hm_tx_job_put(tx, &k, err), -HM_EEXISTS);
	k = a_job(1, "99");
	assert_int_equal(hm_tx_job_put(tx, &k, err), -HM_ENOT_FOUND);
	k = a_job(1, "11");
	k.fate = 5;
	assert_int_equal(hm_tx_job_put(tx, &k, err), -EINVAL);
	k = j;
	k.job_id[15] = 1;
	strcpy(k.serial, "11");
	assert_int_equal(hm_tx_job_put(tx, &k, err), 0);
	assert_int_equal(hm_tx_jobs(tx, "11", compare_job, &k, err), 0);
	return 0;
}

static void jobs_keep_their_order(void **state)
{
	RUN((struct fixture *)*state, do_jobs);
}

/* --- blobs, products, small facts --- */

static int count_blobs(void *ctx, const uint8_t sha256[32], const void *bytes, size_t len)
{
	(void)sha256;
	(void)bytes;
	*(size_t *)ctx += len + 1;
	return 0;
}

static int name_products(void *ctx, const char *name, const uint8_t file[32], const uint8_t tpl[32])
{
	(void)file;
	(void)tpl;
	strcat(strcat(ctx, name), " ");
	return 0;
}

static int do_blobs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	/* FIPS 180-2, appendix B.1, and the digest of nothing */
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100), tiny = HM_BUF_INIT(2);
	uint8_t a[32], e[32], got[32], got2[32];
	char hex[65], names[64] = "";
	size_t n = 0;

	(void)arg;
	assert_int_equal(hm_tx_blob_put(tx, "abc", 3, a, err), 0);
	assert_int_equal(hm_tx_blob_put(tx, "abc", 3, a, err), 0);
	assert_int_equal(hm_tx_blob_put(tx, NULL, 0, e, err), 0);
	hm_hex(a, 32, hex);
	assert_string_equal(hex, abc);
	hm_hex(e, 32, hex);
	assert_string_equal(hex, empty);
	assert_int_equal(hm_buf_str_add(&b, "x"), 0);
	assert_int_equal(hm_tx_blob_get(tx, a, &b, err), 0);
	assert_int_equal(hm_tx_blob_get(tx, e, &b, err), 0);
	assert_string_equal(hm_buf_str(&b), "xabc");
	assert_int_equal(hm_tx_blob_get(tx, a, &tiny, err), -E2BIG);
	assert_int_equal(hm_tx_blobs(tx, count_blobs, &n, err), 0);
	assert_int_equal(n, 5);

	memset(got, 0, 32);
	assert_int_equal(hm_tx_blob_get(tx, got, &b, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_product_put(tx, "demo", got, a, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_product_put(tx, "demo", e, a, err), 0);
	assert_int_equal(hm_tx_product_put(tx, "demo", a, e, err), 0);
	assert_int_equal(hm_tx_product_put(tx, "another", a, e, err), 0);
	assert_int_equal(hm_tx_product_get(tx, "demo", got, got2, err), 0);
	assert_memory_equal(got, a, 32);
	assert_memory_equal(got2, e, 32);
	assert_int_equal(hm_tx_product_get(tx, "none", got, got2, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_products(tx, name_products, names, err), 0);
	assert_string_equal(names, "another demo ");
	return 0;
}

static int do_meta(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(100);

	(void)arg;
	assert_int_equal(hm_tx_meta_get(tx, "origin", &b, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_meta_put(tx, "origin", "one", 3, err), 0);
	assert_int_equal(hm_tx_meta_put(tx, "origin", "two\0!", 5, err), 0);
	assert_int_equal(hm_tx_meta_put(tx, "nothing", "", 0, err), 0);
	assert_int_equal(hm_tx_meta_get(tx, "origin", &b, err), 0);
	assert_int_equal(hm_tx_meta_get(tx, "nothing", &b, err), 0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "two\0!", 5);
	return 0;
}

static void blobs_are_named_by_their_digest(void **state)
{
	RUN((struct fixture *)*state, do_blobs);
	RUN((struct fixture *)*state, do_meta);
}

/* --- the book --- */

static int sum_leaves(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	uint64_t *expect = ctx;

	assert_int_equal(index, *expect);
	assert_int_equal(len, index + 1);
	assert_int_equal(((const uint8_t *)bytes)[len - 1], (uint8_t)index);
	(*expect)++;
	return 0;
}

static int stop_at_three(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	(void)ctx;
	(void)bytes;
	(void)len;
	return index == 3 ? -ECANCELED : 0;
}

static int do_leaves(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t bytes[65536];
	uint64_t v, next;

	(void)arg;
	for (uint64_t i = 0; i < 300; i++) {
		memset(bytes, (int)i, i + 1);
		assert_int_equal(hm_tx_leaf_append(tx, bytes, i + 1, &v, err), 0);
		assert_int_equal(v, i);
	}
	assert_int_equal(hm_tx_leaf_append(tx, bytes, 0, &v, err), -HM_ETOO_LONG);
	assert_int_equal(hm_tx_leaf_append(tx, bytes, sizeof(bytes), &v, err), -HM_ETOO_LONG);
	next = 0;
	assert_int_equal(hm_tx_leaves(tx, 0, 300, sum_leaves, &next, err), 0);
	assert_int_equal(next, 300);
	next = 255;
	assert_int_equal(hm_tx_leaves(tx, 255, 258, sum_leaves, &next, err), 0);
	assert_int_equal(next, 258);
	next = 300;
	assert_int_equal(hm_tx_leaves(tx, 300, 300, sum_leaves, &next, err), 0);
	assert_int_equal(hm_tx_leaves(tx, 0, 301, sum_leaves, &next, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_leaves(tx, 5, 4, sum_leaves, &next, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_leaves(tx, 0, 300, stop_at_three, NULL, err), -ECANCELED);
	assert_int_equal(hm_tx_leaf_append(tx, bytes, 65535, &v, err), 0);
	assert_int_equal(hm_tx_leaf_count(tx, &v, err), 0);
	assert_int_equal(v, 301);
	return 0;
}

static int concat_checkpoint(void *ctx, const struct hm_checkpoint_row *c)
{
	sprintf((char *)ctx + strlen(ctx), "%d:%d%s ", c->boot_id[0], (int)c->size,
		c->closing ? "c" : "");
	return 0;
}

static int do_checkpoints(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_checkpoint_row c = { .size = 3, .time = 1000 }, got;
	char text[64] = "";

	(void)arg;
	assert_int_equal(hm_tx_checkpoint_last(tx, &got, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_blob_put(tx, "note", 4, c.note_sha256, err), 0);
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), 0);
	c.boot_id[0] = 1;
	c.size = 10;
	c.time = 2000;
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), 0);
	c.closing = true;
	c.seq = 55;
	c.time = 500;		/* the clock was wrong: order is not by time */
	memset(c.pcr_value, 7, 32);
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), 0);
	c.size = 9;
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), -HM_EBAD_STATE);
	c.size = 302;
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), -HM_EBAD_STATE);
	c.size = 20;
	c.attest_sha256[0] = 1;
	assert_int_equal(hm_tx_checkpoint_put(tx, &c, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_checkpoint_last(tx, &got, err), 0);
	assert_int_equal(got.size, 10);
	assert_int_equal(got.seq, 55);
	assert_true(got.closing);
	assert_int_equal(got.pcr_value[31], 7);
	assert_memory_equal(got.note_sha256, c.note_sha256, 32);
	assert_int_equal(hm_tx_checkpoints_by_boot(tx, concat_checkpoint, text, err), 0);
	assert_string_equal(text, "0:3 1:10c ");
	return 0;
}

static void leaves_and_checkpoints_only_grow(void **state)
{
	RUN((struct fixture *)*state, do_leaves);
	RUN((struct fixture *)*state, do_checkpoints);
}

static int put_part(struct hm_tx *tx, uint8_t boot, uint64_t start, uint64_t end, const char *bytes,
		    struct hm_err *err)
{
	struct hm_log_part p = { .start = start, .end = end };
	int rc = bytes ? hm_tx_blob_put(tx, bytes, strlen(bytes), p.sha256, err) : 0;

	memset(p.boot_id, boot, sizeof(p.boot_id));
	if (!bytes)
		p.sha256[0] = 0x55;	/* of no blob */
	return rc ?: hm_tx_log_part_put(tx, &p, err);
}

static int concat_part(void *ctx, const struct hm_log_part *p)
{
	char *text = ctx;

	sprintf(text + strlen(text), "%d:%d-%d ", p->boot_id[15], (int)p->start, (int)p->end);
	return p->end == 90 ? 7 : 0;
}

/* Each boot's log by itself; a part follows, or leaves a gap, and never lies over another. */
static int do_log_parts(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t one[16], two[16];
	char text[200] = "";
	uint64_t end = 77;

	(void)arg;
	memset(one, 1, sizeof(one));
	memset(two, 2, sizeof(two));
	assert_int_equal(put_part(tx, 1, 10, 20, "a", err), 0);
	assert_int_equal(put_part(tx, 1, 20, 35, "b", err), 0);
	assert_int_equal(put_part(tx, 2, 10, 90, "c", err), 0);
	assert_int_equal(put_part(tx, 1, 50, 60, "d", err), 0);
	assert_int_equal(put_part(tx, 1, 59, 70, "e", err), -HM_EBAD_STATE);
	assert_int_equal(put_part(tx, 1, 70, 80, NULL, err), -HM_ENOT_FOUND);
	assert_int_equal(hm_tx_log_end(tx, one, &end, err), 0);
	assert_int_equal(end, 60);
	assert_int_equal(hm_tx_log_parts(tx, one, 0, concat_part, text, err), 0);
	assert_int_equal(hm_tx_log_parts(tx, one, 20, concat_part, text, err), 0);
	assert_int_equal(hm_tx_log_parts(tx, one, 60, concat_part, text, err), 0);
	assert_int_equal(hm_tx_log_parts(tx, two, 0, concat_part, text, err), 7);
	assert_string_equal(text, "1:10-20 1:20-35 1:50-60 1:20-35 1:50-60 2:10-90 ");
	return 0;
}

static int count_open(void *ctx, const struct hm_job *j)
{
	assert_int_equal(j->fate, HM_JOB_OPEN);
	*(unsigned int *)ctx += j->job_id[0];
	return 0;
}

static int do_open_jobs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_job j = { .fate = HM_JOB_OPEN, .gated = true, .purpose = "label", .payload_len = 1 };
	uint8_t boot[16] = { 1 };
	unsigned int sum = 0;

	(void)arg;
	for (uint8_t i = 1; i <= 8; i *= 2) {
		j.job_id[0] = i;
		j.boot_id[0] = i == 4 ? 2 : 1;
		j.fate = i == 2 ? HM_JOB_SEEN : HM_JOB_OPEN;
		assert_int_equal(hm_tx_job_put(tx, &j, err), 0);
	}
	assert_int_equal(hm_tx_jobs_open(tx, boot, count_open, &sum, err), 0);
	j.fate = HM_JOB_NEVER;		/* the last one is told */
	assert_int_equal(hm_tx_job_put(tx, &j, err), 0);
	assert_int_equal(hm_tx_jobs_open(tx, boot, count_open, &sum, err), 0);
	assert_int_equal(sum, 1 + 8 + 1);
	return 0;
}

static void a_boots_log_only_grows(void **state)
{
	RUN((struct fixture *)*state, do_log_parts);
	RUN((struct fixture *)*state, do_open_jobs);
}

/* --- damage --- */

static const char *refused(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? NULL : sqlite3_errmsg(db);
}

static int one_of_each(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t sha[32];
	uint64_t v;

	(void)arg;
	return put_unit(tx, "10") ?: hm_tx_counter_draw(tx, "p", 1, 9, &v, err) ?:
	       hm_tx_leaf_append(tx, "leaf 0", 6, &v, err) ?:
	       hm_tx_leaf_append(tx, "leaf 1", 6, &v, err) ?:
	       hm_tx_leaf_append(tx, "leaf 2", 6, &v, err) ?:
	       hm_tx_blob_put(tx, "blob", 4, sha, err) ?: put_part(tx, 1, 10, 20, "blob", err);
}

/* The rules are in the database: they hold for code that is not written yet. */
static void the_database_itself_refuses(void **state)
{
	static const char *const sql[] = {
		"UPDATE leaves SET bytes = x'00' WHERE idx = 1",
		"DELETE FROM leaves WHERE idx = 2",
		"INSERT INTO leaves VALUES(4, x'00')",
		"INSERT INTO leaves VALUES(2, x'00')",
		"DELETE FROM units",
		"UPDATE counters SET next = 1",
		"UPDATE counters SET next = 2",
		"DELETE FROM counters",
		"INSERT INTO counters VALUES('x', 'twelve')",
		"UPDATE units SET state = 11",
		"UPDATE log_parts SET start = 11",
		"DELETE FROM log_parts",
		"INSERT INTO log_parts(boot_id, start, finish, sha256) SELECT boot_id, 19, 30, sha256 FROM log_parts",
		"INSERT INTO log_parts(boot_id, start, finish, sha256) SELECT boot_id, 30, 30, sha256 FROM log_parts",
	};
	struct fixture *f = *state;
	sqlite3 *db;

	RUN(f, one_of_each);
	hm_store_close(f->s);
	f->s = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		const char *why = refused(db, sql[i]);

		if (!why)
			fail_msg("allowed: %s", sql[i]);
	}
	assert_null(refused(db, "UPDATE counters SET next = 3"));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void meddle(struct fixture *f, const char *sql)
{
	sqlite3 *db;
	const char *why;

	hm_store_close(f->s);
	f->s = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	why = refused(db, sql);
	if (why)
		fail_msg("%s: %s", sql, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
}

static int any_blob(void *ctx, const uint8_t sha256[32], const void *bytes, size_t len)
{
	(void)ctx;
	(void)sha256;
	(void)bytes;
	(void)len;
	return 0;
}

static int any_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	(void)index;
	return any_blob(ctx, NULL, bytes, len);
}

static int read_blobs(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	(void)arg;
	return hm_tx_blobs(tx, any_blob, NULL, err);
}

static int read_leaves(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	(void)arg;
	return hm_tx_leaves(tx, 0, 3, any_leaf, NULL, err);
}

static int read_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u;

	(void)arg;
	/* the answer is that of the store, also where a function overlooks it */
	(void)hm_tx_unit_get(tx, "10", &u, err);
	return 0;
}

static void damage_is_seen_and_ends_the_work(void **state)
{
	static const struct {
		const char *sql;
		hm_tx_fn look;
	} damage[] = {
		{ "UPDATE blobs SET bytes = x'00'", read_blobs },
		{ "DROP TRIGGER leaf_kept; DELETE FROM leaves WHERE idx = 1", read_leaves },
		{ "UPDATE units SET lot = 'a lot whose name is far too long for its place'", read_unit },
		{ "UPDATE units SET epc = x'010203'", read_unit }, { "UPDATE units SET epc = zeroblob(64)", read_unit },
	};
	struct fixture *f = *state;

	RUN(f, one_of_each);
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		meddle(f, damage[i].sql);
		assert_int_equal(hm_store_read(f->s, damage[i].look, NULL, &f->err),
				 -HM_ESTORE_CORRUPT);
		assert_int_equal(hm_store_run(f->s, one_of_each, NULL, &f->err), -HM_ESTORE);
		assert_int_equal(hm_store_read(f->s, read_unit, NULL, &f->err), -HM_ESTORE);
	}
}

/* A page overwritten on the disk, not through SQL. */
static void a_broken_page_is_corruption(void **state)
{
	struct fixture *f = *state;
	uint8_t junk[4096];
	struct stat st;
	int fd;

	RUN(f, one_of_each);
	hm_store_close(f->s);
	f->s = NULL;
	memset(junk, 0xa5, sizeof(junk));
	fd = open(f->path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	/* the schema is longer than a page, so that opening meets it */
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), -HM_ESTORE_CORRUPT);
	assert_null(f->s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jobs_keep_their_order, setup, teardown),
		cmocka_unit_test_setup_teardown(blobs_are_named_by_their_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_and_checkpoints_only_grow, setup, teardown),
		cmocka_unit_test_setup_teardown(a_boots_log_only_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(the_database_itself_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_is_seen_and_ends_the_work, setup, teardown),
		cmocka_unit_test_setup_teardown(a_broken_page_is_corruption, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
