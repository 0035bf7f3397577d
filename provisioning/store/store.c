// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening and closing. What makes a commit durable is decided here, once, and
 * read back: a pragma that SQLite did not understand is silently nothing.
 *
 * The order matters. Switching to WAL is a transaction of the rollback journal;
 * unless synchronous=EXTRA is set before it, the journal's removal is not made
 * durable, and a power cut may bring the journal back and roll the file back to
 * a time before the WAL, which is then ignored with everything acknowledged in it.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

#define STORE_MODE	0640

static int sqlite_failed(sqlite3 *db, int code, const char *path, struct hm_err *err)
{
	return hm_err_set(err, hm_sqlite_error(code), "%s: %s", path,
			  db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

/* The answer to a pragma that gives a number. */
static int pragma_number(sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(st);
		if (code == SQLITE_ROW) {
			*ret = sqlite3_column_int64(st, 0);
			code = SQLITE_OK;
		} else if (code == SQLITE_DONE) {
			code = SQLITE_ERROR;
		}
	}
	(void)sqlite3_finalize(st);
	return code;
}

static int set_wal(sqlite3 *db)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &st, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(st);
		if (code == SQLITE_ROW)
			code = strcmp((const char *)sqlite3_column_text(st, 0), "wal") ?
				SQLITE_ERROR : SQLITE_OK;
	}
	(void)sqlite3_finalize(st);
	return code;
}

static int check_pragmas(sqlite3 *db, const char *path, struct hm_err *err)
{
	static const struct {
		const char *sql;
		int64_t want;
	} checks[] = {
		{ "PRAGMA synchronous", 3 },
		{ "PRAGMA foreign_keys", 1 },
		{ "PRAGMA wal_autocheckpoint", 0 },
		{ "PRAGMA trusted_schema", 0 },
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int64_t v;
		int code = pragma_number(db, checks[i].sql, &v);

		if (code != SQLITE_OK)
			return sqlite_failed(db, code, path, err);
		if (v != checks[i].want)
			return hm_err_set(err, -HM_ESTORE, "%s: %s is %lld, not %lld", path,
					  checks[i].sql, (long long)v, (long long)checks[i].want);
	}
	return 0;
}

/*
 * The steps behind version @from, in one transaction: 0 is a new file, or one whose
 * creation was cut off before it.
 */
static int grow_schema(sqlite3 *db, int64_t from)
{
	char numbers[96];
	int code;

	code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return code;
	(void)snprintf(numbers, sizeof(numbers),
		       "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		       HM_STORE_APPLICATION_ID, HM_STORE_VERSION);
	for (int64_t v = from + 1; code == SQLITE_OK && v <= HM_STORE_VERSION; v++)
		if (hm_store_steps[v])
			code = sqlite3_exec(db, hm_store_steps[v], NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, numbers, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return code;
}

static int check_version(sqlite3 *db, const char *path, bool create, struct hm_err *err)
{
	int64_t app, version, tables;
	int code = pragma_number(db, "PRAGMA application_id", &app);

	if (code == SQLITE_OK)
		code = pragma_number(db, "PRAGMA user_version", &version);
	if (code == SQLITE_OK)
		code = pragma_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (code != SQLITE_OK)
		return sqlite_failed(db, code, path, err);
	if (!app && !version && !tables) {
		if (!create)
			return hm_err_set(err, -HM_ENOT_INITIALISED, "%s: an empty file", path);
		code = grow_schema(db, 0);
		return code == SQLITE_OK ? 0 : sqlite_failed(db, code, path, err);
	}
	if (app != HM_STORE_APPLICATION_ID)
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "%s: another program's database", path);
	if (version >= HM_STORE_FIRST && version < HM_STORE_VERSION) {
		code = grow_schema(db, version);
		return code == SQLITE_OK ? 0 : sqlite_failed(db, code, path, err);
	}
	if (version != HM_STORE_VERSION)
		return hm_err_set(err, -HM_EUNSUPPORTED, "%s: schema version %lld, this program has %d",
				  path, (long long)version, HM_STORE_VERSION);
	return 0;
}

static int keep_wal_size(void *arg, sqlite3 *db, const char *name, int pages)
{
	struct hm_store *s = arg;

	(void)db;
	(void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static int open_conn(const char *path, int flags, const char *pragmas, struct hm_conn *c,
		     struct hm_err *err)
{
	int code = sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_NOMUTEX |
				   SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_busy_timeout(c->db, 5000);
	if (code == SQLITE_OK)
		code = sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(c->db, pragmas, NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		(void)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, 2 * HM_BLOB_SIZE_MAX);
		return 0;
	}
	code = sqlite_failed(c->db, code, path, err);
	hm_conn_close(c);
	return code;
}

void hm_conn_close(struct hm_conn *c)
{
	int code;

	for (int i = 0; i < SQL_COUNT; i++) {
		(void)sqlite3_finalize(c->stmt[i]);
		c->stmt[i] = NULL;
	}
	code = sqlite3_close(c->db);
	assert(code == SQLITE_OK);	/* BUSY: a statement outside the table */
	c->db = NULL;
}

static int open_writer(struct hm_store *s, bool create, struct hm_err *err)
{
	static const char pragmas[] =
		"PRAGMA synchronous=EXTRA;"
		"PRAGMA foreign_keys=ON;"
		"PRAGMA trusted_schema=OFF;"
		"PRAGMA cell_size_check=ON;"
		"PRAGMA temp_store=MEMORY;"
		/* by hand after each commit, so that its failure is seen */
		"PRAGMA wal_autocheckpoint=0;";
	int rc = open_conn(s->path, SQLITE_OPEN_READWRITE, pragmas, &s->writer, err), code;

	if (rc)
		return rc;
	code = set_wal(s->writer.db);
	if (code != SQLITE_OK)
		return sqlite_failed(s->writer.db, code, s->path, err);
	rc = check_version(s->writer.db, s->path, create, err);
	if (rc)
		return rc;
	(void)sqlite3_wal_hook(s->writer.db, keep_wal_size, s);
	return check_pragmas(s->writer.db, s->path, err);
}

int hm_conn_open_reader(struct hm_store *s, struct hm_conn *c, struct hm_err *err)
{
	return open_conn(s->path, SQLITE_OPEN_READONLY,
			 "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
			 c, err);
}

/*
 * One process owns a store: two would draw from one counter in turn and be right
 * about it, but each would believe that it alone drives the markers. A lock of
 * the open file description, so that a thread closing another descriptor of the
 * same file does not drop it (as POSIX locks are).
 */
static int take_lock(struct hm_store *s, struct hm_err *err)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *name;
	int rc = 0;

	if (asprintf(&name, "%s.lock", s->path) < 0)
		return -ENOMEM;
	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, STORE_MODE);
	if (s->lock_fd < 0) {
		rc = errno == ENOSPC || errno == EDQUOT ? -HM_EDISK_FULL : -errno;
		rc = hm_err_set(err, rc, "%s: %s", name, strerror(errno));
	} else if (fcntl(s->lock_fd, F_OFD_SETLK, &fl)) {
		rc = errno == EAGAIN || errno == EACCES ? -HM_EBUSY : -errno;
		rc = hm_err_set(err, rc, "%s: another process has this store open", s->path);
	}
	free(name);
	return rc;
}

/*
 * The database file itself, so that its mode is ours whatever the umask. Closed
 * before SQLite opens it: closing it later would drop SQLite's own locks.
 */
static int make_file(const char *path, bool create, struct hm_err *err)
{
	int fd, rc = 0;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		goto out;
	if (errno != ENOENT)
		return hm_err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!create)
		return hm_err_set(err, -HM_ENOT_INITIALISED, "%s: no such file", path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, STORE_MODE);
	if (fd < 0 || fchmod(fd, STORE_MODE) || fsync(fd)) {
		rc = errno == ENOSPC || errno == EDQUOT ? -HM_EDISK_FULL : -errno;
		rc = hm_err_set(err, rc, "%s: %s", path, strerror(errno));
	}
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

/* The database's, the lock's and the WAL's names are in the directory for good. */
static int sync_directory(const char *path, struct hm_err *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd, rc = 0;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		rc = hm_err_set(err, -HM_ESTORE, "%s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(dir);
	return rc;
}

int hm_store_open(const char *path, bool create, struct hm_store **ret, struct hm_err *err)
{
	pthread_condattr_t clock;
	struct hm_store *s;
	int rc;

	assert(path && ret);
	if (!sqlite3_threadsafe())
		return hm_err_set(err, -HM_ESTORE, "SQLite was built without threads");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->lock_fd = -1;
	s->tail = &s->head;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->turn, NULL);
	(void)pthread_cond_init(&s->reader_free, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->arrived, &clock);
	(void)pthread_condattr_destroy(&clock);
	s->path = strdup(path);
	rc = s->path ? 0 : -ENOMEM;
	/* looked for before the lock, so that a wrong path leaves no lock file behind */
	if (!rc && !create && access(path, F_OK))
		rc = hm_err_set(err, -HM_ENOT_INITIALISED, "%s: %s", path, strerror(errno));
	if (!rc)
		rc = take_lock(s, err);
	if (!rc)
		rc = make_file(path, create, err);
	if (!rc)
		rc = open_writer(s, create, err);
	if (!rc)
		rc = sync_directory(path, err);
	if (rc) {
		hm_store_close(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void hm_store_close(struct hm_store *s)
{
	if (!s)
		return;
	assert(!s->head && !s->leading);
	for (int i = 0; i < HM_STORE_READERS; i++) {
		assert(!s->reader_busy[i]);
		hm_conn_close(&s->reader[i]);
	}
	/*
	 * Last: it copies the WAL back and removes it. Not after a failure, since a
	 * disk that lost one write is not to be trusted with the next.
	 */
	if (s->latched && s->writer.db)
		(void)sqlite3_db_config(s->writer.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	hm_conn_close(&s->writer);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	(void)pthread_cond_destroy(&s->arrived);
	(void)pthread_cond_destroy(&s->reader_free);
	(void)pthread_cond_destroy(&s->turn);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}
