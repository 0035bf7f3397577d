// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Group commit. There is no writer thread: of the callers that wait, one leads.
 * It takes the whole queue, runs every function in one transaction, commits, and
 * tells the others; whoever queued meanwhile is led by the first of them. Alone,
 * a caller pays no hand-over; together, callers share one fsync.
 *
 * Those who have just been answered are about to ask again, and would miss the
 * next transaction by a hair: two halves would take turns, each paying an fsync.
 * So a leader who finds fewer than shared the last one waits for them, for a
 * fraction of what that commit took.
 *
 * A failed fsync is not tried again: the kernel reports the loss once and then
 * believes the pages clean, so that a second fsync would say yes to nothing.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/internal.h"

static int exec(struct hm_tx *tx, enum hm_sql id)
{
	struct hm_q q;

	hm_q_begin(&q, tx, id, NULL);
	return hm_q_run(&q);
}

void hm_store_latch(struct hm_store *s, const char *why)
{
	pthread_mutex_lock(&s->lock);
	if (!s->latched) {
		s->latched = true;
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
	}
	pthread_cond_broadcast(&s->reader_free);
	pthread_mutex_unlock(&s->lock);
}

static bool is_latched(struct hm_store *s)
{
	bool latched;

	pthread_mutex_lock(&s->lock);
	latched = s->latched;
	pthread_mutex_unlock(&s->lock);
	return latched;
}

static int latched_error(struct hm_store *s, struct hm_err *err)
{
	return hm_err_set(err, -HM_ESTORE, "the store failed before and must be opened again: %s",
			  s->why);
}

/* Whatever is left of the transaction goes. */
static void undo_all(struct hm_tx *tx)
{
	if (!sqlite3_get_autocommit(tx->conn->db))
		(void)exec(tx, SQL_ROLLBACK);
}

/* Errors after which nobody knows what is on the disk, or that it can be trusted. */
static bool must_latch(int rc)
{
	return rc == -HM_ESTORE || rc == -HM_ESTORE_CORRUPT;
}

/*
 * One function under its savepoint. False: the whole transaction is gone, or
 * must go, and @tx->fatal says why.
 */
static bool run_one(struct hm_tx *tx, struct hm_request *r)
{
	int rc = exec(tx, SQL_SAVE);

	if (rc) {
		tx->fatal = tx->fatal ?: -HM_ESTORE;
		return false;
	}
	r->rc = r->fn(tx, r->arg, r->err);
	if (!tx->fatal && r->rc)
		(void)exec(tx, SQL_SAVE_UNDO);
	if (!tx->fatal)
		(void)exec(tx, SQL_SAVE_RELEASE);
	if (!tx->fatal && sqlite3_get_autocommit(tx->conn->db)) {
		tx->fatal = -HM_ESTORE;
		(void)snprintf(tx->why, sizeof(tx->why), "a transaction ended by itself");
	}
	return !tx->fatal;
}

/*
 * Everything that ran has been undone, and gets this answer; also where a
 * function had failed by itself, since what it saw may have been another's work.
 */
static void fail_ran(struct hm_tx *tx, struct hm_request *first, struct hm_request *end)
{
	int rc = tx->fatal;

	assert(rc);
	for (struct hm_request *r = first; r != end; r = r->next)
		r->rc = hm_err_set(r->err, rc, "store: %s",
				   tx->why[0] ? tx->why : hm_error_why(rc));
}

/*
 * Functions from @first on, until the end of the list or until one of them lost
 * the transaction: returns the first one that has not run. Each that ran has its
 * answer.
 */
static struct hm_request *run_some(struct hm_store *s, struct hm_request *first)
{
	struct hm_tx tx = { .store = s, .conn = &s->writer };
	struct hm_request *r = first;
	bool in_commit = false;
	uint64_t good = 0;

	if (exec(&tx, SQL_BEGIN)) {
		tx.fatal = tx.fatal ?: -HM_ESTORE;
		fail_ran(&tx, first, NULL);
		r = NULL;
		goto lost;
	}
	while (r) {
		bool kept = run_one(&tx, r);

		good += kept && !r->rc;
		r = r->next;
		if (!kept) {
			fail_ran(&tx, first, r);
			goto lost;
		}
	}
	if (!good) {
		undo_all(&tx);
		return NULL;
	}
	if (exec(&tx, SQL_COMMIT)) {
		in_commit = true;
		tx.fatal = tx.fatal ?: -HM_ESTORE;
		fail_ran(&tx, first, NULL);
		goto lost;
	}
	pthread_mutex_lock(&s->lock);
	s->commits++;
	s->functions += good;
	pthread_mutex_unlock(&s->lock);
	return NULL;

lost:
	undo_all(&tx);
	/*
	 * A COMMIT that found no space was refused before its last frame was
	 * written. One that failed in any other way may be on the disk or not.
	 */
	if (in_commit ? tx.fatal != -HM_EDISK_FULL : must_latch(tx.fatal))
		hm_store_latch(s, tx.why);
	return r;
}

/*
 * Copy the WAL back. It is synced before the database is written, and the
 * database before the WAL is used from its start again; if either fails, what
 * was committed is still in the WAL, but this process cannot know any more what
 * the kernel has dropped.
 */
static void checkpoint(struct hm_store *s)
{
	int mode = s->wal_pages >= HM_WAL_HIGH ? SQLITE_CHECKPOINT_RESTART :
						 SQLITE_CHECKPOINT_PASSIVE;
	int code, rc;

	if (s->wal_pages < HM_WAL_CHECKPOINT)
		return;
	code = sqlite3_wal_checkpoint_v2(s->writer.db, NULL, mode, NULL, NULL);
	s->wal_pages = 0;	/* the hook says the size again at the next commit */
	if (code == SQLITE_OK)
		return;
	rc = hm_sqlite_error(code);
	if (must_latch(rc))
		hm_store_latch(s, sqlite3_errmsg(s->writer.db));
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* @s->lock is held; given up while waiting. */
static void await_company(struct hm_store *s)
{
	int64_t until = now_ns() + (s->last_commit_ns < HM_COMPANY_MAX_NS * HM_COMPANY_SHARE ?
				    s->last_commit_ns / HM_COMPANY_SHARE : HM_COMPANY_MAX_NS);
	struct timespec ts = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };

	while (s->queued < s->last_batch && !s->latched)
		if (pthread_cond_timedwait(&s->arrived, &s->lock, &ts))
			break;
}

/* Up to HM_STORE_BATCH_MAX of the queue, the leader's own among them. */
static struct hm_request *take_batch(struct hm_store *s)
{
	struct hm_request *first = s->head, **p = &s->head;
	unsigned int n;

	for (n = 0; *p && n < HM_STORE_BATCH_MAX; n++)
		p = &(*p)->next;
	s->queued -= n;
	s->last_batch = n;
	s->head = *p;
	if (!s->head)
		s->tail = &s->head;
	*p = NULL;
	return first;
}

/* @s->lock is held on entry and on return. */
static void lead(struct hm_store *s)
{
	struct hm_request *batch, *r, *next;
	int64_t began;
	bool latched;

	await_company(s);
	latched = s->latched;
	batch = take_batch(s);
	pthread_mutex_unlock(&s->lock);
	began = now_ns();
	for (r = batch; r && !latched; ) {
		r = run_some(s, r);
		latched = is_latched(s);
	}
	/* only where the store latched in mid-batch, or before it */
	for (; r; r = r->next)
		r->rc = latched_error(s, r->err);
	pthread_mutex_lock(&s->lock);
	s->last_commit_ns = now_ns() - began;
	for (r = batch; r; r = next) {
		next = r->next;		/* gone as soon as it wakes */
		r->done = true;
	}
	pthread_cond_broadcast(&s->turn);
	if (!latched && s->wal_pages >= HM_WAL_CHECKPOINT) {
		pthread_mutex_unlock(&s->lock);
		checkpoint(s);
		pthread_mutex_lock(&s->lock);
	}
	if (s->head)
		s->head->lead = true;
	else
		s->leading = false;
	pthread_cond_broadcast(&s->turn);
}

int hm_store_run(struct hm_store *s, hm_tx_fn fn, void *arg, struct hm_err *err)
{
	struct hm_request me = { .fn = fn, .arg = arg, .err = err };

	assert(s && fn);
	pthread_mutex_lock(&s->lock);
	/* it has left the queue before this frame is left */
	*s->tail = &me;
	/* cppcheck-suppress autoVariables */
	s->tail = &me.next;
	s->queued++;
	if (!s->leading) {
		s->leading = true;
		me.lead = true;
	} else {
		pthread_cond_signal(&s->arrived);
	}
	while (!me.done && !me.lead)
		pthread_cond_wait(&s->turn, &s->lock);
	if (!me.done)
		lead(s);
	assert(me.done);
	pthread_mutex_unlock(&s->lock);
	return me.rc;
}

static int take_reader(struct hm_store *s, struct hm_conn **ret, struct hm_err *err)
{
	int i, rc = 0;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		for (i = 0; i < HM_STORE_READERS && s->reader_busy[i]; i++)
			;
		if (i < HM_STORE_READERS || s->latched)
			break;
		pthread_cond_wait(&s->reader_free, &s->lock);
	}
	if (s->latched)
		rc = latched_error(s, err);
	else
		s->reader_busy[i] = true;
	pthread_mutex_unlock(&s->lock);
	if (!rc)
		*ret = &s->reader[i];
	return rc;
}

static void give_reader(struct hm_store *s, const struct hm_conn *c)
{
	pthread_mutex_lock(&s->lock);
	s->reader_busy[c - s->reader] = false;
	pthread_cond_broadcast(&s->reader_free);
	pthread_mutex_unlock(&s->lock);
}

int hm_store_read(struct hm_store *s, hm_tx_fn fn, void *arg, struct hm_err *err)
{
	struct hm_tx tx = { .store = s, .readonly = true };
	int rc;

	assert(s && fn);
	rc = take_reader(s, &tx.conn, err);
	if (rc)
		return rc;
	if (!tx.conn->db)
		rc = hm_conn_open_reader(s, tx.conn, err);
	if (!rc)
		rc = exec(&tx, SQL_READ_BEGIN);
	if (!rc)
		rc = fn(&tx, arg, err);
	if (tx.fatal)
		rc = hm_err_set(err, tx.fatal, "store: %s", tx.why);
	if (tx.conn->db)
		undo_all(&tx);
	if (tx.fatal == -HM_ESTORE_CORRUPT)
		hm_store_latch(s, tx.why);
	give_reader(s, tx.conn);
	return rc;
}

void hm_store_stats(struct hm_store *s, uint64_t *ret_commits, uint64_t *ret_functions)
{
	pthread_mutex_lock(&s->lock);
	*ret_commits = s->commits;
	*ret_functions = s->functions;
	pthread_mutex_unlock(&s->lock);
}
