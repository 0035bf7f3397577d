/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between the files of this room.
 *
 * A statement is run like this; the query remembers its first error, so that a
 * line of binds needs one check at its end:
 *
 *	struct hm_q q;
 *
 *	hm_q_begin(&q, tx, SQL_UNIT_GET, err);
 *	hm_q_text(&q, serial, HM_SERIAL_SIZE);
 *	rc = hm_q_step(&q);			1 a row, 0 no (more) row, negative
 *	if (rc == 1)
 *		hm_c_text(&q, out, sizeof(out));	the columns, in order
 *	return hm_q_end(&q);			0 or the first error
 */
#ifndef HM_STORE_INTERNAL_H
#define HM_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/sql.h"
#include "store/store.h"

#define HM_STORE_READERS	4
#define HM_STORE_BATCH_MAX	256	/* functions that share one transaction */
#define HM_LEAF_SIZE_MAX	65535	/* an entry of a tile's bundle has a 16-bit length */
#define HM_BLOB_SIZE_MAX	(32u << 20)
#define HM_META_SIZE_MAX	(1u << 20)
#define HM_CLAIM_SIZE_MAX	255
#define HM_POOL_SIZE		192	/* of a counter's name, with its NUL */
/* a leader waits this part of the last commit for company, and never longer than that */
#define HM_COMPANY_SHARE	4
#define HM_COMPANY_MAX_NS	1000000
/* pages in the WAL at which it is copied back, and at which readers are made to wait */
#define HM_WAL_CHECKPOINT	1000
#define HM_WAL_HIGH		16000

struct hm_conn {
	sqlite3 *db;
	sqlite3_stmt *stmt[SQL_COUNT];
};

struct hm_tx {
	struct hm_store *store;
	struct hm_conn *conn;
	bool readonly;
	int fatal;	/* an error that the function may not swallow */
	char why[200];	/* and its line */
};

/* One caller in the queue; lives on that caller's stack. */
struct hm_request {
	hm_tx_fn fn;
	void *arg;
	struct hm_err *err;
	int rc;
	bool done;
	bool lead;	/* you are the next leader */
	struct hm_request *next;
};

struct hm_store {
	char *path;
	int lock_fd;

	pthread_mutex_t lock;		/* everything down to the readers */
	pthread_cond_t turn;		/* a request is done, or has become the leader */
	struct hm_request *head;
	struct hm_request **tail;
	unsigned int queued;
	unsigned int last_batch;	/* how many shared the last commit, */
	int64_t last_commit_ns;		/* and what it took */
	pthread_cond_t arrived;		/* the leader's: somebody queued */
	bool leading;			/* somebody owns @writer */
	bool latched;
	char why[200];			/* what latched it */
	uint64_t commits;
	uint64_t functions;
	pthread_cond_t reader_free;
	bool reader_busy[HM_STORE_READERS];

	struct hm_conn writer;		/* the leader's */
	struct hm_conn reader[HM_STORE_READERS];	/* whose who set busy */
	int wal_pages;			/* the leader's */
};

/* store.c */
int hm_conn_open_reader(struct hm_store *s, struct hm_conn *c, struct hm_err *err);
void hm_conn_close(struct hm_conn *c);
/* From SQLite's extended result code to ours; no text. */
int hm_sqlite_error(int code);

/* commit.c */
void hm_store_latch(struct hm_store *s, const char *why);

/* sql.c */
struct hm_q {
	struct hm_tx *tx;
	sqlite3_stmt *stmt;
	struct hm_err *err;
	int rc;
	int n;		/* the next parameter, or column */
};

/* Fetches the statement; on a read transaction a writing one is -EROFS. */
void hm_q_begin(struct hm_q *q, struct hm_tx *tx, enum hm_sql id, struct hm_err *err);
/* @size is that of the array; "" is stored as "" */
void hm_q_text(struct hm_q *q, const char *text, size_t size);
/* "" and NULL are stored as NULL */
void hm_q_text_or_null(struct hm_q *q, const char *text, size_t size);
void hm_q_int(struct hm_q *q, int64_t v);
void hm_q_uint(struct hm_q *q, uint64_t v);	/* above 2^63 - 1: -HM_EOVERFLOW */
void hm_q_blob(struct hm_q *q, const void *bytes, size_t len);
/* all zero: NULL */
void hm_q_blob_or_null(struct hm_q *q, const void *bytes, size_t len);
int hm_q_step(struct hm_q *q);
/* Steps once, expects no row. */
int hm_q_run(struct hm_q *q);
int hm_q_end(struct hm_q *q);
/* An error of our own; the first one counts. */
int hm_q_fail(struct hm_q *q, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Columns: what does not fit its place is -HM_ESTORE_CORRUPT. NULL is "" or zeroes. */
void hm_c_text(struct hm_q *q, char *out, size_t size);
int64_t hm_c_int(struct hm_q *q, int64_t min, int64_t max);
void hm_c_fixed(struct hm_q *q, void *out, size_t len);
void hm_c_epc(struct hm_q *q, struct hm_epc *out);
void hm_c_blob(struct hm_q *q, void *out, size_t size, uint32_t *ret_len);
/* Valid until the next step. */
const void *hm_c_bytes(struct hm_q *q, size_t *ret_len);

#endif /* HM_STORE_INTERNAL_H */
