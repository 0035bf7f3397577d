// SPDX-License-Identifier: LGPL-2.1-or-later
/* Statements: prepared once, bound, stepped, read, with one error at the end. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/internal.h"

static const char *const sql_text[] = {
#define X(name, text) [SQL_##name] = text,
	HM_SQL_TABLE(X)
#undef X
};

int hm_sqlite_error(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return -HM_EDUPLICATE;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return -HM_ENOT_FOUND;
	case SQLITE_CONSTRAINT_TRIGGER:
		return -HM_EBAD_STATE;
	}
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -HM_EDISK_FULL;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -HM_ESTORE_CORRUPT;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
		return -EINVAL;
	case SQLITE_TOOBIG:
		return -HM_ETOO_LONG;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -HM_EBUSY;
	}
	return -HM_ESTORE;
}

/*
 * What a function may handle (a duplicate, a missing parent) is its own affair.
 * Anything else has already undone more than the function knows, or says that
 * the database cannot be trusted: the transaction ends with it.
 */
static bool may_be_handled(int rc)
{
	return rc == -HM_EDUPLICATE || rc == -HM_ENOT_FOUND || rc == -HM_EBAD_STATE ||
	       rc == -EINVAL || rc == -HM_ETOO_LONG || rc == -EROFS;
}

static int fail_sqlite(struct hm_q *q, int code)
{
	struct hm_tx *tx = q->tx;
	const char *text = sqlite3_errmsg(tx->conn->db);
	int rc = hm_sqlite_error(code);

	if (q->rc)
		return q->rc;
	q->rc = rc;
	hm_err_set(q->err, rc, "store: %s", text);
	if (!may_be_handled(rc) && !tx->fatal) {
		tx->fatal = rc;
		(void)snprintf(tx->why, sizeof(tx->why), "%s (%d)", text, code);
	}
	return rc;
}

int hm_q_fail(struct hm_q *q, int rc, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	assert(rc < 0);
	if (q->rc)
		return q->rc;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	q->rc = rc;
	hm_err_set(q->err, rc, "%s", text);
	if (rc == -HM_ESTORE_CORRUPT && !q->tx->fatal) {
		q->tx->fatal = rc;
		(void)snprintf(q->tx->why, sizeof(q->tx->why), "%s", text);
	}
	return rc;
}

void hm_q_begin(struct hm_q *q, struct hm_tx *tx, enum hm_sql id, struct hm_err *err)
{
	sqlite3_stmt **slot = &tx->conn->stmt[id];
	int code;

	assert(id < SQL_COUNT);
	*q = (struct hm_q){ .tx = tx, .err = err, .n = 1 };
	if (!*slot) {
		code = sqlite3_prepare_v3(tx->conn->db, sql_text[id], -1,
					  SQLITE_PREPARE_PERSISTENT, slot, NULL);
		if (code != SQLITE_OK) {
			fail_sqlite(q, code);
			return;
		}
	}
	if (tx->readonly && !sqlite3_stmt_readonly(*slot)) {
		hm_q_fail(q, -EROFS, "store: a reading function tried to write");
		return;
	}
	/* an iteration whose callback asks for the same again would lose its place */
	if (sqlite3_stmt_busy(*slot)) {
		hm_q_fail(q, -EDEADLK, "store: a callback called back");
		return;
	}
	q->stmt = *slot;
}

static void bound(struct hm_q *q, int code)
{
	if (code != SQLITE_OK)
		fail_sqlite(q, code);
	q->n++;
}

void hm_q_text(struct hm_q *q, const char *text, size_t size)
{
	size_t len;

	if (q->rc)
		return;
	len = strnlen(text, size);
	if (len == size) {
		hm_q_fail(q, -HM_ETOO_LONG, "store: a text longer than %zu characters", size - 1);
		return;
	}
	bound(q, sqlite3_bind_text(q->stmt, q->n, text, (int)len, SQLITE_STATIC));
}

void hm_q_text_or_null(struct hm_q *q, const char *text, size_t size)
{
	if (q->rc)
		return;
	if (text && text[0])
		hm_q_text(q, text, size);
	else
		bound(q, sqlite3_bind_null(q->stmt, q->n));
}

void hm_q_int(struct hm_q *q, int64_t v)
{
	if (!q->rc)
		bound(q, sqlite3_bind_int64(q->stmt, q->n, v));
}

void hm_q_uint(struct hm_q *q, uint64_t v)
{
	if (v > INT64_MAX)
		hm_q_fail(q, -HM_EOVERFLOW, "store: a number above 2^63 - 1");
	else
		hm_q_int(q, (int64_t)v);
}

void hm_q_blob(struct hm_q *q, const void *bytes, size_t len)
{
	if (q->rc)
		return;
	if (len > HM_BLOB_SIZE_MAX)
		hm_q_fail(q, -HM_ETOO_LONG, "store: %zu bytes in one piece", len);
	else if (len)
		bound(q, sqlite3_bind_blob(q->stmt, q->n, bytes, (int)len, SQLITE_STATIC));
	else
		bound(q, sqlite3_bind_zeroblob(q->stmt, q->n, 0));
}

void hm_q_blob_or_null(struct hm_q *q, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t i;

	if (q->rc)
		return;
	for (i = 0; i < len && !p[i]; i++)
		;
	if (i < len)
		hm_q_blob(q, bytes, len);
	else
		bound(q, sqlite3_bind_null(q->stmt, q->n));
}

int hm_q_step(struct hm_q *q)
{
	int code;

	if (q->rc)
		return q->rc;
	code = sqlite3_step(q->stmt);
	q->n = 0;
	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : fail_sqlite(q, code);
}

int hm_q_run(struct hm_q *q)
{
	int rc = hm_q_step(q);

	assert(rc != 1);
	return hm_q_end(q);
}

int hm_q_end(struct hm_q *q)
{
	if (q->stmt) {
		/* its code repeats the step's, which has been told */
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
		q->stmt = NULL;
	}
	return q->rc;
}

static void corrupt(struct hm_q *q)
{
	hm_q_fail(q, -HM_ESTORE_CORRUPT, "store: column %d of \"%.60s\" holds what cannot be",
		  q->n, sqlite3_sql(q->stmt));
}

const void *hm_c_bytes(struct hm_q *q, size_t *ret_len)
{
	const void *p;

	*ret_len = 0;
	if (q->rc)
		return NULL;
	p = sqlite3_column_blob(q->stmt, q->n);
	*ret_len = (size_t)sqlite3_column_bytes(q->stmt, q->n);
	q->n++;
	if (!p && *ret_len) {
		*ret_len = 0;
		fail_sqlite(q, SQLITE_NOMEM);
	}
	return p;
}

void hm_c_text(struct hm_q *q, char *out, size_t size)
{
	size_t len;
	const char *p = hm_c_bytes(q, &len);

	if (q->rc)
		return;
	if (len >= size || (len && memchr(p, '\0', len))) {
		corrupt(q);
		return;
	}
	if (len)
		memcpy(out, p, len);
	memset(out + len, 0, size - len);
}

int64_t hm_c_int(struct hm_q *q, int64_t min, int64_t max)
{
	int64_t v;

	if (q->rc)
		return min;
	v = sqlite3_column_int64(q->stmt, q->n++);
	if (v >= min && v <= max)
		return v;
	corrupt(q);
	return min;
}

void hm_c_fixed(struct hm_q *q, void *out, size_t len)
{
	size_t n;
	const void *p = hm_c_bytes(q, &n);

	if (q->rc)
		return;
	if (n == len)
		memcpy(out, p, len);
	else if (!n)
		memset(out, 0, len);
	else
		corrupt(q);
}

void hm_c_epc(struct hm_q *q, struct hm_epc *out)
{
	hm_c_blob(q, out->bytes, sizeof(out->bytes), &out->len);
	if (!q->rc && !hm_epc_is_whole(out))
		corrupt(q);
}

void hm_c_blob(struct hm_q *q, void *out, size_t size, uint32_t *ret_len)
{
	size_t n;
	const void *p = hm_c_bytes(q, &n);

	if (q->rc)
		return;
	if (n > size) {
		corrupt(q);
		return;
	}
	if (n)
		memcpy(out, p, n);
	memset((uint8_t *)out + n, 0, size - n);
	*ret_len = (uint32_t)n;
}
