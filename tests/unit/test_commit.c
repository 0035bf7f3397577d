// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an acknowledgement is worth: many threads, SIGKILL at any moment, a disk
 * that is full, an fsync that fails. P1, P2 and P6 of docs/durability.md.
 *
 * fsync and fdatasync are defined here, before the C library's, so that SQLite's
 * calls come by: to be counted, slowed down, or failed.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "store/store.h"
#include "support/rnd.h"
#include "support/tmpdir.h"

static unsigned int syncs;		/* seen so far */
static long slow_ns;			/* each takes as much longer */
static enum { FAIL_NONE, FAIL_ALL, FAIL_DATABASE } sync_fails;

static unsigned int unlinks, unlinks_not_synced;

static int sync_hook(int fd, long call)
{
	struct timespec ts = { .tv_nsec = slow_ns };
	struct stat st;

	__atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		unlinks_not_synced = 0;
	if (slow_ns)
		nanosleep(&ts, NULL);
	if (sync_fails) {
		char link[64], name[512];
		ssize_t n;

		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, name, sizeof(name) - 1);
		name[n < 0 ? 0 : n] = '\0';
		if (sync_fails == FAIL_ALL || (n > 3 && !strcmp(name + n - 3, ".db"))) {
			errno = EIO;
			return -1;
		}
	}
	return (int)syscall(call, fd);
}

int fsync(int fd)
{
	return sync_hook(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return sync_hook(fd, SYS_fdatasync);
}

int unlink(const char *path)
{
	unlinks++;
	unlinks_not_synced++;
	return (int)syscall(SYS_unlink, path);
}

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
	slow_ns = 0;
	sync_fails = FAIL_NONE;
	return hm_store_open(f->path, true, &f->s, &f->err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sync_fails = FAIL_NONE;
	slow_ns = 0;
	hm_store_close(f->s);
	tmpdir_remove(f->dir);
	free(f);
	return 0;
}

/* --- one unit: a serial, its row, its leaf --- */

struct making {
	uint64_t serial;
	int tell;		/* the sabotage: acknowledge here, before the commit; -1: do not */
	int then;		/* fail with this after everything is written */
	size_t pad;		/* bytes of leaf */
};

static int make(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	static const uint8_t zeroes[60000];
	struct making *m = arg;
	struct hm_unit u = { .state = HM_UNIT_RESERVED };
	int rc = hm_tx_counter_draw(tx, "pool", 1, 1u << 30, &m->serial, err);

	if (rc)
		return rc;
	snprintf(u.serial, sizeof(u.serial), "%llu", (unsigned long long)m->serial);
	rc = hm_tx_leaf_append(tx, m->pad ? zeroes : (const void *)u.serial,
			       m->pad ?: strlen(u.serial), &u.leaf, err);
	rc = rc ?: hm_tx_unit_put(tx, &u, err);
	if (!rc && m->tell >= 0 &&
	    write(m->tell, &m->serial, sizeof(m->serial)) != sizeof(m->serial))
		return -EPIPE;
	return rc ?: m->then;
}

struct census {
	uint64_t units, leaves;
	uint64_t largest;
};

static int count_unit(void *ctx, const struct hm_unit *u)
{
	struct census *c = ctx;
	uint64_t serial = strtoull(u->serial, NULL, 10);

	/* drawn in the order of the leaves, each once */
	if (serial <= c->largest)
		return -HM_EDUPLICATE;
	c->largest = serial;
	c->units++;
	return 0;
}

static int take_census(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct census *c = arg;

	memset(c, 0, sizeof(*c));
	return hm_tx_units(tx, NULL, count_unit, c, err) ?: hm_tx_leaf_count(tx, &c->leaves, err);
}

static int is_there(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit u;
	char serial[21];

	snprintf(serial, sizeof(serial), "%llu", (unsigned long long)*(uint64_t *)arg);
	return hm_tx_unit_get(tx, serial, &u, err);
}

/* --- group commit --- */

#define THREADS	8
#define EACH	60

static void *make_many(void *arg)
{
	struct hm_store *s = arg;
	intptr_t bad = 0;

	for (int i = 0; i < EACH; i++) {
		/* every third one changes its mind after it has written */
		struct making m = { .tell = -1, .then = i % 3 ? 0 : -HM_EBAD_STATE };
		int rc = hm_store_run(s, make, &m, NULL);

		bad += rc != m.then;
		/* what was acknowledged can be read, also by another thread's connection */
		if (!rc)
			bad += hm_store_read(s, is_there, &m.serial, NULL) != 0;
	}
	return (void *)bad;
}

static void threads_share_commits(void **state)
{
	struct fixture *f = *state;
	uint64_t commits, functions;
	pthread_t t[THREADS];
	struct census c;

	/* as slow as a disk, so that the others do queue up meanwhile */
	slow_ns = 2000000;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, make_many, f->s), 0);
	for (int i = 0; i < THREADS; i++) {
		void *bad;

		assert_int_equal(pthread_join(t[i], &bad), 0);
		assert_null(bad);
	}
	hm_store_stats(f->s, &commits, &functions);
	assert_int_equal(functions, THREADS * EACH * 2 / 3);
	assert_in_range(commits, 1, functions / 2);
	assert_int_equal(hm_store_read(f->s, take_census, &c, &f->err), 0);
	assert_int_equal(c.units, functions);
	assert_int_equal(c.leaves, functions);
	/* who failed drew nothing: the counter was undone with the rest */
	assert_int_equal(c.largest, functions);
}

static void alone_each_pays_one_sync(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 50; i++) {
		struct making m = { .tell = -1 };
		unsigned int before = syncs;

		assert_int_equal(hm_store_run(f->s, make, &m, &f->err), 0);
		/* not none: nothing is acknowledged that may be lost */
		assert_in_range(syncs - before, 1, 2);
	}
}

/*
 * The switch to WAL goes through a rollback journal. If its removal is not
 * durable when the first unit is acknowledged, a power cut brings it back, and
 * what is in the WAL is never looked at.
 */
static void creation_removes_its_journal_for_good(void **state)
{
	struct fixture *f = *state;
	struct hm_store *s;
	char path[512];

	unlinks = unlinks_not_synced = 0;
	assert_int_equal(hm_store_open(tmpdir_path(path, f->dir, "new.db"), true, &s, &f->err), 0);
	assert_true(unlinks > 0);
	assert_int_equal(unlinks_not_synced, 0);
	hm_store_close(s);
}

/* --- SIGKILL --- */

struct worker {
	struct hm_store *s;
	int out;
	bool sabotage;
};

static void *work(void *arg)
{
	const struct worker *w = arg;

	for (;;) {
		struct making m = { .tell = w->sabotage ? w->out : -1 };

		if (hm_store_run(w->s, make, &m, NULL))
			_exit(3);
		if (!w->sabotage && write(w->out, &m.serial, sizeof(m.serial)) != sizeof(m.serial))
			_exit(4);
	}
	return NULL;
}

static void child(const char *path, int out, bool sabotage)
{
	struct worker w = { .out = out, .sabotage = sabotage };
	pthread_t t;

	if (hm_store_open(path, false, &w.s, NULL))
		_exit(2);
	for (int i = 0; i < 3; i++)
		if (pthread_create(&t, NULL, work, &w))
			_exit(2);
	work(&w);
}

/*
 * One life: commits and acknowledges until it is killed, some acknowledgements
 * and some microseconds later. Returns how many acknowledged units are missing.
 */
static unsigned int one_life(struct fixture *f, struct rnd *r, bool sabotage, uint64_t *ret_acked)
{
	static uint64_t acked[100000];
	uint64_t enough = 1 + rnd_below(r, 60);
	struct timespec ts = { .tv_nsec = (long)rnd_below(r, 1500) * 1000 };
	unsigned int missing = 0;
	struct census c;
	int fds[2], status;
	size_t n = 0;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child(f->path, fds[1], sabotage);
	close(fds[1]);
	while (read(fds[0], &acked[n], sizeof(acked[0])) == sizeof(acked[0])) {
		if (++n == enough) {
			nanosleep(&ts, NULL);
			assert_int_equal(kill(pid, SIGKILL), 0);
		}
		assert_true(n < sizeof(acked) / sizeof(acked[0]));
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
	for (size_t i = 0; i < n; i++) {
		int rc = hm_store_read(f->s, is_there, &acked[i], NULL);

		rnd_assert(r, rc == 0 || rc == -HM_ENOT_FOUND);
		missing += rc != 0;
	}
	/* P1 and the book: serials rise with the leaves, one leaf each */
	rnd_assert(r, !hm_store_read(f->s, take_census, &c, NULL));
	rnd_assert(r, c.units == c.leaves && c.units >= n - missing);
	hm_store_close(f->s);
	f->s = NULL;
	*ret_acked += n;
	return missing;
}

static void killed_at_any_moment_keeps_its_word(void **state)
{
	struct fixture *f = *state;
	struct rnd r = rnd_start("SIGKILL between commits");
	uint64_t acked = 0;

	hm_store_close(f->s);
	f->s = NULL;
	for (r.n = 0; r.n < 40; r.n++)
		rnd_assert(&r, one_life(f, &r, false, &acked) == 0);
	print_message("           %llu acknowledgements, 40 kills, none lost\n",
		      (unsigned long long)acked);
}

/* The control: a store that acknowledges before it commits must be found out. */
static void an_early_acknowledgement_is_caught(void **state)
{
	struct fixture *f = *state;
	struct rnd r = rnd_start("SIGKILL, sabotaged");
	uint64_t acked = 0;

	hm_store_close(f->s);
	f->s = NULL;
	for (r.n = 0; r.n < 200; r.n++)
		if (one_life(f, &r, true, &acked)) {
			print_message("           caught after %llu kills\n",
				      (unsigned long long)r.n + 1);
			return;
		}
	fail_msg("200 kills, and the sabotage was not seen");
}

/* --- failing disks --- */

static void a_failed_sync_is_fatal(void **state)
{
	struct fixture *f = *state;
	struct making m = { .tell = -1 };
	uint64_t kept;

	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), 0);
	kept = m.serial;
	sync_fails = FAIL_ALL;
	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), -HM_ESTORE);
	/* and stays so: the next fsync would say yes to pages that are gone */
	sync_fails = FAIL_NONE;
	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), -HM_ESTORE);
	assert_non_null(strstr(f->err.text, "failed before"));
	assert_int_equal(hm_store_read(f->s, is_there, &kept, &f->err), -HM_ESTORE);
	hm_store_close(f->s);
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
	assert_int_equal(hm_store_read(f->s, is_there, &kept, &f->err), 0);
	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), 0);
}

/* The WAL is copied back behind the acknowledgement: that failure must be seen too. */
static void a_failed_checkpoint_is_fatal_for_the_next(void **state)
{
	struct fixture *f = *state;
	struct making m = { .tell = -1, .pad = 60000 };
	int rc = 0, n;

	sync_fails = FAIL_DATABASE;
	for (n = 0; n < 200 && !rc; n++)
		rc = hm_store_run(f->s, make, &m, &f->err);
	assert_int_equal(rc, -HM_ESTORE);
	/* 1,000 pages of 4 KiB, 15 a leaf: not at once, and not much later */
	assert_in_range(n, 20, 100);
	sync_fails = FAIL_NONE;
	hm_store_close(f->s);
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
	m.serial = (uint64_t)n - 1;
	assert_int_equal(hm_store_read(f->s, is_there, &m.serial, &f->err), 0);
}

static void the_wal_stays_small(void **state)
{
	struct fixture *f = *state;
	struct making m = { .tell = -1, .pad = 60000 };
	char wal[512];
	struct stat st;

	for (int i = 0; i < 500; i++)
		assert_int_equal(hm_store_run(f->s, make, &m, &f->err), 0);
	assert_int_equal(stat(tmpdir_path(wal, f->dir, "store.db-wal"), &st), 0);
	/* 30 MB went through it */
	assert_in_range(st.st_size, 1, 8 << 20);
}

/* A file size limit is not a full disk: nobody knows what it is, so it is fatal. */
static void a_write_error_is_fatal(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, lim;
	struct making m = { .tell = -1, .pad = 60000 };
	uint64_t kept = 0;
	int rc = 0;

	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	lim = old;
	lim.rlim_cur = 1 << 20;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &lim), 0);
	for (int i = 0; i < 100 && !rc; i++) {
		kept = m.serial;
		rc = hm_store_run(f->s, make, &m, &f->err);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rc, -HM_ESTORE);
	assert_int_equal(hm_store_run(f->s, make, &m, &f->err), -HM_ESTORE);
	hm_store_close(f->s);
	assert_int_equal(hm_store_open(f->path, false, &f->s, &f->err), 0);
	assert_int_equal(hm_store_read(f->s, is_there, &kept, &f->err), 0);
}

/*
 * In a user and mount namespace of its own, on a file system of 2 MiB: fill it
 * up, see everybody told, free some space, go on. Exit 0, or the line that failed.
 */
#define MUST(cond) do { if (!(cond)) _exit(__LINE__ & 0xff ?: 1); } while (0)
#define NO_NAMESPACE 255

static void *make_until_full(void *arg)
{
	struct making m = { .tell = -1, .pad = 20000 };
	int rc = 0;

	for (int i = 0; i < 1000 && !rc; i++)
		rc = hm_store_run(arg, make, &m, NULL);
	return (void *)(intptr_t)rc;
}

static void write_line(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(NO_NAMESPACE);
	close(fd);
}

/* A small file system at @dir that this process alone sees; root is not needed. */
static void mount_small(const char *dir)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		_exit(NO_NAMESPACE);
	write_line("/proc/self/setgroups", "deny");
	write_line("/proc/self/uid_map", uids);
	write_line("/proc/self/gid_map", gids);
	if (mount("hallmark", dir, "tmpfs", 0, "size=2m"))
		_exit(NO_NAMESPACE);
}

static void fill_a_disk(const char *dir)
{
	char path[512], filler[512];
	struct making m = { .tell = -1 };
	uint64_t commits, functions;
	struct hm_store *s;
	struct census c;
	pthread_t t[4];
	int fd;

	mount_small(dir);
	fd = open(tmpdir_path(filler, dir, "filler"), O_CREAT | O_WRONLY, 0600);
	MUST(fd >= 0 && !posix_fallocate(fd, 0, 600000));
	MUST(!hm_store_open(tmpdir_path(path, dir, "store.db"), true, &s, NULL));
	for (int i = 0; i < 4; i++)
		MUST(!pthread_create(&t[i], NULL, make_until_full, s));
	for (int i = 0; i < 4; i++) {
		void *rc;

		MUST(!pthread_join(t[i], &rc));
		MUST((intptr_t)rc == -HM_EDISK_FULL);
	}
	/* all that was acknowledged is there, and nothing else */
	hm_store_stats(s, &commits, &functions);
	MUST(functions > 10);
	MUST(!hm_store_read(s, take_census, &c, NULL));
	MUST(c.units == functions && c.leaves == functions && c.largest == functions);
	/* still full: still told so, still not latched */
	m.pad = 60000;
	MUST(hm_store_run(s, make, &m, NULL) == -HM_EDISK_FULL);
	MUST(!unlink(filler) && !close(fd));
	MUST(!hm_store_run(s, make, &m, NULL));
	MUST(m.serial == functions + 1);
	hm_store_close(s);
	MUST(!hm_store_open(path, false, &s, NULL));
	MUST(!hm_store_read(s, take_census, &c, NULL));
	MUST(c.units == functions + 1);
	hm_store_close(s);
	_exit(0);
}

static void a_full_disk_is_told_and_survived(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		fill_a_disk(f->dir);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE) {
		print_message("           no user namespaces here: not tried\n");
		skip();
	}
	if (status)
		fail_msg("line %d (modulo 256)", WEXITSTATUS(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(threads_share_commits, setup, teardown),
		cmocka_unit_test_setup_teardown(alone_each_pays_one_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(creation_removes_its_journal_for_good, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_at_any_moment_keeps_its_word, setup, teardown),
		cmocka_unit_test_setup_teardown(an_early_acknowledgement_is_caught, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_sync_is_fatal, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_checkpoint_is_fatal_for_the_next, setup, teardown),
		cmocka_unit_test_setup_teardown(the_wal_stays_small, setup, teardown),
		cmocka_unit_test_setup_teardown(a_write_error_is_fatal, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_survived, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
