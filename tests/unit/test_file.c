// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Atomic files: whole or as before, whatever fails on the way. The C library's
 * fsync, renameat and write are shadowed here, to be failed one after the other.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/file.h"
#include "support/tmpdir.h"

static int calls;		/* to the three below */
static int fail_at;		/* the call that fails, from 1; 0: none */
static int fail_with;
static char trace[256];

static int failing(const char *name)
{
	if (strlen(trace) + strlen(name) + 2 < sizeof(trace))
		strcat(strcat(trace, name), " ");
	return ++calls == fail_at;
}

int fsync(int fd)
{
	if (failing("fsync")) {
		errno = fail_with;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int renameat(int a, const char *from, int b, const char *to)
{
	if (failing("rename")) {
		errno = fail_with;
		return -1;
	}
	return (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

ssize_t write(int fd, const void *p, size_t len)
{
	if (fd > 2 && failing("write")) {
		/* half of it first, as a full disk does */
		if (fail_with == ENOSPC && len > 1) {
			fail_at++;
			return syscall(SYS_write, fd, p, len / 2);
		}
		errno = fail_with;
		return -1;
	}
	return syscall(SYS_write, fd, p, len);
}

static void arm(int at, int with)
{
	calls = 0;
	trace[0] = '\0';
	fail_at = at;
	fail_with = with;
}

static int setup(void **state)
{
	*state = tmpdir_make();
	arm(0, 0);
	return 0;
}

static int teardown(void **state)
{
	arm(0, 0);
	tmpdir_remove(*state);
	return 0;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void assert_holds(int dir, const char *name, const char *want)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1 << 20);

	assert_int_equal(hm_read_file_at(dir, name, &b), 0);
	assert_string_equal(hm_buf_str(&b), want);
}

static size_t entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void puts_and_replaces(void **state)
{
	int dir = open_dir(*state);
	mode_t old = umask(0077);
	char path[512];
	struct stat st;

	assert_int_equal(hm_file_put(dir, "a", "one", 3, 0644), 0);
	/* the bytes before the name, the name before the answer */
	assert_string_equal(trace, "write fsync rename fsync ");
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	umask(old);
	assert_int_equal(hm_file_put(dir, "a", "second", 6, 0600), 0);
	assert_holds(dir, "a", "second");
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(hm_file_put(dir, "empty", NULL, 0, 0600), 0);
	assert_holds(dir, "empty", "");
	assert_int_equal(entries(*state), 2);

	assert_int_equal(hm_file_put(AT_FDCWD, tmpdir_path(path, *state, "abs"), "x", 1, 0600), 0);
	assert_holds(dir, "abs", "x");
	assert_int_equal(hm_file_put(dir, "no/such", "x", 1, 0600), -ENOENT);
	assert_int_equal(hm_file_put(dir, "a/b", "x", 1, 0600), -ENOTDIR);
	assert_int_equal(hm_file_put(dir, "", "x", 1, 0600), -EISDIR);
	assert_int_equal(hm_file_put(dir, "..", "x", 1, 0600), -EISDIR);
	close(dir);
}

static void whole_or_as_before(void **state)
{
	static const struct {
		int with, rc;
	} errors[] = { { EIO, 0 }, { ENOSPC, -HM_EDISK_FULL } };
	int dir = open_dir(*state);

	for (size_t e = 0; e < 2; e++)
		for (int at = 1; ; at++) {
			int rc;

			arm(0, 0);
			assert_int_equal(hm_file_put(dir, "f", "before", 6, 0600), 0);
			arm(at, errors[e].with);
			rc = hm_file_put(dir, "f", "afterwards", 10, 0600);
			if (calls < at) {
				assert_int_equal(rc, 0);
				assert_int_equal(at, 5);	/* all four were failed */
				break;
			}
			assert_true(rc < 0);
			if (errors[e].rc)
				assert_int_equal(rc, errors[e].rc);
			arm(0, 0);
			/* the directory's fsync comes when the name is there already */
			assert_holds(dir, "f", at == 4 ? "afterwards" : "before");
			assert_int_equal(entries(*state), 1);
		}
	arm(2, EIO);
	assert_int_equal(hm_file_put(dir, "f", "x", 1, 0600), -HM_ESTORE);
	close(dir);
}

/* A reader never sees half a file, and neither does who comes after a SIGKILL. */
static void killed_it_is_whole(void **state)
{
	static char big[2][200001];
	int dir = open_dir(*state), status, ready[2];
	char byte;

	memset(big[0], 'a', 200000);
	memset(big[1], 'b', 200000);
	assert_int_equal(hm_file_put(dir, "f", big[0], 200000, 0600), 0);
	for (int i = 0; i < 20; i++) {
		_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1 << 20);
		struct timespec ts = { .tv_nsec = 37000 * i };
		pid_t pid;

		assert_int_equal(pipe(ready), 0);
		pid = fork();
		if (!pid) {
			(void)syscall(SYS_write, ready[1], "", 1);
			for (int k = 0; ; k++)
				hm_file_put(dir, "f", big[k & 1], 200000, 0600);
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
		nanosleep(&ts, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		close(ready[0]);
		close(ready[1]);
		assert_int_equal(hm_read_file_at(dir, "f", &b), 0);
		assert_int_equal(b.len, 200000);
		assert_true(!strcmp(hm_buf_str(&b), big[0]) || !strcmp(hm_buf_str(&b), big[1]));
	}
	close(dir);
}

static void makes_directories(void **state)
{
	int dir = open_dir(*state);
	mode_t old = umask(0077);
	char path[512];
	struct stat st;

	assert_int_equal(hm_dir_make(dir, "a/b//c/", 0750), 0);
	assert_string_equal(trace, "fsync fsync fsync fsync fsync fsync ");
	umask(old);
	for (int i = 0; i < 3; i++) {
		static const char *const names[] = { "a", "a/b", "a/b/c" };

		assert_int_equal(fstatat(dir, names[i], &st, 0), 0);
		assert_true(S_ISDIR(st.st_mode));
		assert_int_equal(st.st_mode & 07777, 0750);
	}
	arm(0, 0);
	assert_int_equal(hm_dir_make(dir, "a/b/c", 0700), 0);
	assert_string_equal(trace, "");		/* nothing new */
	assert_int_equal(fstatat(dir, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(hm_dir_make(AT_FDCWD, tmpdir_path(path, *state, "x/y"), 0700), 0);
	assert_int_equal(fstatat(dir, "x/y", &st, 0), 0);
	assert_int_equal(hm_file_put(dir, "file", "", 0, 0600), 0);
	assert_int_equal(hm_dir_make(dir, "file/sub", 0700), -ENOTDIR);
	arm(1, EIO);
	assert_int_equal(hm_dir_make(dir, "new", 0700), -HM_ESTORE);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(puts_and_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(whole_or_as_before, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_it_is_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(makes_directories, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
