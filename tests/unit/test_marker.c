// SPDX-License-Identifier: LGPL-2.1-or-later
/* File markers: the gate's contract, boards that come and go, and crashes. */
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
#include "marker/marker.h"
#include "support/rnd.h"
#include "support/tmpdir.h"

/* fsync and fdatasync before the C library's: the process dies at the n-th. */
static int die_at;
static int syncs;
static int no_syncs;	/* where thousands of jobs are made for their number's sake */

static int sync_hook(int fd, long call)
{
	if (no_syncs)
		return 0;
	if (++syncs == die_at)
		raise(SIGKILL);
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

struct fixture {
	char *dir;
	char printer[512];
	char eeprom[512];
	struct hm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	no_syncs = 0;
	f->dir = tmpdir_make();
	snprintf(f->printer, sizeof(f->printer), "file:%s", f->dir);
	snprintf(f->eeprom, sizeof(f->eeprom), "file:%s?size=256", f->dir);
	*state = f;
	die_at = 0;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tmpdir_remove(f->dir);
	free(f);
	return 0;
}

static struct hm_mark_job a_job(uint8_t id, const void *payload, size_t len)
{
	struct hm_mark_job j = {
		.payload = payload, .payload_len = (uint32_t)len, .timeout_ms = 1000,
		.seq = 99, .reply_len = 99,
	};

	memset(j.job_id, id, sizeof(j.job_id));
	return j;
}

static struct hm_marker *must_open(struct fixture *f, const char *address, const char *serial)
{
	struct hm_marker *m = NULL;

	if (hm_marker_open(address, serial, &m, &f->err))
		fail_msg("%s: %s", address, f->err.text);
	return m;
}

static void assert_file(struct fixture *f, const char *name, const void *want, size_t len)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1 << 20);
	char path[512];

	assert_int_equal(hm_read_file(tmpdir_path(path, f->dir, name), &b), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.data, want, len);
}

/* --- addresses --- */

static void addresses_are_checked(void **state)
{
	static const struct {
		const char *address, *serial;
		int rc;
	} bad[] = {
		{ "printer0", "1", -HM_EBAD_CONFIG },
		{ "", "1", -HM_EBAD_CONFIG },
		{ "file:", "1", -HM_EBAD_CONFIG },
		{ "file:?size=256", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?size=", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?size=0", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?size=-1", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?size=256k", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?size=99999999999999999999", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp?colour=red", "1", -HM_EBAD_CONFIG },
		{ "file:/nonexistent/tray", "1", -HM_ENO_DEVICE },
		{ "gate:/dev/hallmark/nonexistent", "1", -HM_ENO_DEVICE },
		{ "gate:/dev/null", "1", -HM_ENO_DEVICE },
		{ "gate:/etc/passwd", "1", -HM_EBAD_CONFIG },
		{ "file:/tmp", "../x", -HM_EBAD_CHAR },
		{ "file:/tmp", ".hidden", -HM_EBAD_CHAR },
		{ "file:/tmp", "123456789012345678901", -HM_ETOO_LONG },
	};
	struct fixture *f = *state;
	struct hm_marker *m = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = hm_marker_open(bad[i].address, bad[i].serial, &m, &f->err);

		if (rc != bad[i].rc)
			fail_msg("%s: %s, not %s", bad[i].address, hm_error_name(rc),
				 hm_error_name(bad[i].rc));
		assert_null(m);
		assert_true(f->err.text[0]);
		f->err.text[0] = '\0';
	}
	assert_int_equal(hm_marker_open(f->eeprom, NULL, &m, &f->err), -HM_EEEPROM_ABSENT);
}

/* --- printer --- */

static void a_label_is_a_file(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = must_open(f, f->printer, "1001"), *other = NULL;
	struct hm_mark_job j = a_job(1, "^XA^XZ", 6), k;
	/* sha256sum's of these six bytes */
	static const char digest[] = "ed8e714af3487078dad40759796e3ef97afc4585bce78a8c65741604100c436a";
	char hex[65];

	assert_int_equal(hm_marker_info(m)->kind, HM_MARKER_PRINTER);
	assert_false(hm_marker_info(m)->gated);
	assert_false(hm_marker_info(m)->answers);
	assert_string_equal(hm_marker_info(m)->name, "file");
	assert_int_equal(hm_marker_port_status(m, &f->err), 0x18);
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), -HM_ENOT_FOUND);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	assert_int_equal(j.seq, 1);
	assert_int_equal(j.sent, 6);
	assert_int_equal(j.error, 0);
	assert_int_equal(j.reply_len, 0);
	assert_false(j.latched);
	hm_hex(j.digest, 32, hex);
	assert_string_equal(hex, digest);
	assert_file(f, "1001-001.zpl", "^XA^XZ", 6);

	/* the id is spent; another makes another label, of the same serial */
	k = a_job(1, "^XA^XZ", 6);
	assert_int_equal(hm_marker_mark(m, &k, NULL, 0, &f->err), -EEXIST);
	k = a_job(2, "^XA^FDx^XZ", 10);
	k.flags = HM_MARK_REPRINT;
	assert_int_equal(hm_marker_mark(m, &k, NULL, 0, &f->err), 0);
	assert_int_equal(k.seq, 2);
	assert_file(f, "1001-002.zpl", "^XA^FDx^XZ", 10);
	assert_int_equal(hm_marker_open(f->printer, "1002", &other, &f->err), -HM_EBUSY);
	hm_marker_close(m);

	/* whoever comes later is told, whatever the serial it comes for */
	m = must_open(f, f->printer, "1002");
	k = a_job(1, NULL, 0);
	assert_int_equal(hm_marker_result(m, &k, NULL, 0, &f->err), 0);
	assert_int_equal(k.state, HM_MARK_DONE);
	assert_int_equal(k.seq, 1);
	assert_memory_equal(k.digest, j.digest, 32);
	k = a_job(3, "x", 1);
	assert_int_equal(hm_marker_mark(m, &k, NULL, 0, &f->err), 0);
	assert_int_equal(k.seq, 3);
	assert_file(f, "1002-001.zpl", "x", 1);
	hm_marker_close(m);
}

static void senseless_jobs_are_refused(void **state)
{
	static uint8_t big[(256 << 10) + 1];
	struct fixture *f = *state;
	struct hm_marker *m = must_open(f, f->printer, "1001");
	struct hm_mark_job good = a_job(1, big, 10), j;
	char reply[16];

	j = good, j.payload_len = 0;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j = good, j.payload_len = sizeof(big);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j = good, j.flags = 4;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j = good, j.timeout_ms = 0;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j = good, j.offset = 1;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j = good, j.reply_max = 17;
	assert_int_equal(hm_marker_mark(m, &j, reply, sizeof(reply), &f->err), -EINVAL);
	assert_int_equal(hm_marker_read(m, 0, reply, 1, &f->err), -EINVAL);
	/* the biggest there may be, and a reply that does not come */
	j = good, j.payload_len = sizeof(big) - 1, j.reply_max = 16;
	assert_int_equal(hm_marker_mark(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.reply_len, 0);
	hm_marker_close(m);
	m = must_open(f, f->printer, NULL);
	assert_int_equal(hm_marker_port_status(m, &f->err), 0x18);
	j = a_job(9, "x", 1);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	hm_marker_close(m);
}

/* --- EEPROM --- */

static void a_board_is_a_file(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = must_open(f, f->eeprom, "1001");
	struct hm_mark_job j = a_job(1, "hello", 5);
	uint8_t got[256], want[256];

	memset(want, 0xff, sizeof(want));
	assert_int_equal(hm_marker_info(m)->kind, HM_MARKER_EEPROM);
	assert_int_equal(hm_marker_info(m)->size, 256);
	assert_int_equal(hm_marker_read(m, 0, got, 256, &f->err), 0);
	assert_memory_equal(got, want, 256);
	j.offset = 251;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	assert_int_equal(j.sent, 5);
	memcpy(want + 251, "hello", 5);
	assert_file(f, "1001.bin", want, 256);
	assert_int_equal(hm_marker_read(m, 250, got, 6, &f->err), 0);
	assert_memory_equal(got, want + 250, 6);

	assert_int_equal(hm_marker_read(m, 250, got, 7, &f->err), -EINVAL);
	j = a_job(2, "hello", 5);
	j.offset = 252;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	j.offset = UINT32_MAX;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -EINVAL);
	assert_int_equal(hm_marker_port_status(m, &f->err), -EINVAL);
	assert_file(f, "1001.bin", want, 256);
	hm_marker_close(m);
	/* not made blank again */
	m = must_open(f, f->eeprom, "1001");
	assert_file(f, "1001.bin", want, 256);
	hm_marker_close(m);
}

static void boards_misbehave(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = must_open(f, f->eeprom, "1001");
	struct hm_mark_job j = a_job(1, "hello", 5);
	char path[512];
	uint8_t got[5];
	int fd;

	tmpdir_path(path, f->dir, "1001.bin");
	/* write-protected: takes it all, keeps nothing */
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_VERIFY_FAILED);
	assert_int_equal(hm_marker_read(m, 0, got, 5, &f->err), 0);
	assert_memory_equal(got, "\xff\xff\xff\xff\xff", 5);
	assert_int_equal(chmod(path, 0640), 0);

	/* pulled out: nothing was sent, and the id is still good */
	assert_int_equal(unlink(path), 0);
	j = a_job(2, "hello", 5);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -HM_EEEPROM_ABSENT);
	assert_int_equal(hm_marker_read(m, 0, got, 5, &f->err), -HM_EEEPROM_ABSENT);
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), -HM_ENOT_FOUND);

	/* another board, of another size, and one that is a trap */
	fd = open(path, O_CREAT | O_WRONLY, 0640);
	assert_int_equal(write(fd, "short", 5), 5);
	close(fd);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -HM_EDEVICE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), -HM_EDEVICE);
	assert_int_equal(unlink(path), 0);
	hm_marker_close(m);
	m = must_open(f, f->eeprom, "1001");
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	hm_marker_close(m);
}

/* --- crashes --- */

/* A child marks job @id and is killed at its @at-th fsync; true: it got through. */
static bool mark_and_die(const char *address, uint8_t id, const char *payload, int at)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		struct hm_mark_job j = a_job(id, payload, strlen(payload));
		struct hm_marker *m;

		if (hm_marker_open(address, "1001", &m, NULL))
			_exit(2);
		syncs = 0;
		die_at = at;
		if (hm_marker_mark(m, &j, NULL, 0, NULL) || j.state != HM_MARK_DONE)
			_exit(3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false;
	assert_int_equal(status, 0);
	return true;
}

/*
 * At each point where it can be cut off: either the label is there and the job
 * says so, or it is not and the job was never heard of. Never one without the
 * other, so that whoever asks marks exactly once.
 */
static void a_cut_off_label_is_told_truly(void **state)
{
	struct fixture *f = *state;
	int dropped = 0, done = 0;

	for (uint8_t at = 1; ; at++) {
		bool through = mark_and_die(f->printer, at, "^XA^XZ", at), there;
		struct hm_marker *m = must_open(f, f->printer, "1001");
		struct hm_mark_job j = a_job(at, "^XA^XZ", 6);
		char name[32], path[512];
		int rc = hm_marker_result(m, &j, NULL, 0, &f->err);

		snprintf(name, sizeof(name), "1001-%03d.zpl", done + 1);
		there = !access(tmpdir_path(path, f->dir, name), F_OK);
		if (rc) {
			assert_int_equal(rc, -HM_ENOT_FOUND);
			assert_false(there);
			assert_false(through);
			dropped++;
		} else {
			assert_int_equal(j.state, HM_MARK_DONE);
			assert_true(there);
			assert_file(f, name, "^XA^XZ", 6);
			done++;
		}
		hm_marker_close(m);
		if (through)
			break;
		assert_in_range(at, 1, 10);
	}
	assert_true(dropped >= 2 && done >= 2);
}

static void a_cut_off_write_is_told_truly(void **state)
{
	struct fixture *f = *state;
	int unknown = 0;

	for (uint8_t at = 1; ; at++) {
		char payload[32];
		struct hm_mark_job j = a_job(at, NULL, 0);
		struct hm_marker *m;
		uint8_t got[32];
		bool through, there;
		int rc;

		snprintf(payload, sizeof(payload), "write number %02d", at);
		through = mark_and_die(f->eeprom, at, payload, at);
		m = must_open(f, f->eeprom, "1001");
		rc = hm_marker_result(m, &j, NULL, 0, &f->err);
		assert_int_equal(rc, 0);
		assert_int_equal(hm_marker_read(m, 0, got, strlen(payload), &f->err), 0);
		there = !memcmp(got, payload, strlen(payload));
		assert_int_equal(j.state, there ? HM_MARK_DONE : HM_MARK_UNKNOWN);
		unknown += !there;
		hm_marker_close(m);
		if (through)
			break;
		assert_in_range(at, 1, 10);
	}
	assert_true(unknown >= 1);
}

/* A record torn by a power cut announced nothing; a damaged one in the middle is refused. */
static void a_torn_journal_is_mended(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = must_open(f, f->printer, "1001");
	struct hm_mark_job j;
	char path[512];
	struct stat st;

	for (uint8_t i = 1; i <= 3; i++) {
		j = a_job(i, "x", 1);
		assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	}
	hm_marker_close(m);
	tmpdir_path(path, f->dir, ".jobs");
	assert_int_equal(stat(path, &st), 0);
	/* the last outcome is cut: its label lies there, so it is told again */
	assert_int_equal(truncate(path, st.st_size - 50), 0);
	m = must_open(f, f->printer, "1001");
	j = a_job(3, NULL, 0);
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	j = a_job(4, "x", 1);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.seq, 4);
	hm_marker_close(m);
	/* one bit in the middle */
	{
		int fd = open(path, O_RDWR);
		uint8_t b;

		assert_int_equal(pread(fd, &b, 1, 300), 1);
		b ^= 0x10;
		assert_int_equal(pwrite(fd, &b, 1, 300), 1);
		close(fd);
	}
	assert_int_equal(hm_marker_open(f->printer, "1001", &m, &f->err), -HM_EDEVICE);
}

static void old_jobs_are_forgotten_late(void **state)
{
	struct fixture *f = *state;
	char address[600], path[512];
	struct hm_marker *m;
	struct hm_mark_job j = a_job(0, "x", 1);
	struct stat st;

	/* 4,200 jobs of an EEPROM: 8,400 records, more than are kept */
	snprintf(address, sizeof(address), "%s", f->eeprom);
	m = must_open(f, address, "1001");
	no_syncs = 1;
	for (uint32_t i = 0; i < 4200; i++) {
		memcpy(j.job_id, &i, 4);
		assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	}
	hm_marker_close(m);
	no_syncs = 0;
	m = must_open(f, address, "1001");
	assert_int_equal(stat(tmpdir_path(path, f->dir, ".jobs"), &st), 0);
	assert_int_equal(st.st_size, 2 * 1024 * 128);
	for (uint32_t i = 0; i < 4200; i++) {
		memcpy(j.job_id, &i, 4);
		assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err),
				 i < 4200 - 1024 ? -HM_ENOT_FOUND : 0);
	}
	/* the numbers go on */
	memset(j.job_id, 0xee, 16);
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.seq, 4201);
	hm_marker_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses_are_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_label_is_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(senseless_jobs_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_board_is_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(boards_misbehave, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cut_off_label_is_told_truly, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cut_off_write_is_told_truly, setup, teardown),
		cmocka_unit_test_setup_teardown(a_torn_journal_is_mended, setup, teardown),
		cmocka_unit_test_setup_teardown(old_jobs_are_forgotten_late, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
