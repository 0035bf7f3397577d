// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate's side of a marker, against a gate that this test plays: every errno
 * of the uapi contract, every state, replies, and the files in securityfs. (That
 * the real gate keeps the contract is tests/kselftest's business.)
 *
 * gate.c is compiled in here with its system calls renamed.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hallmark.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "eventlog.h"
#include "marker/marker.h"
#include "support/tmpdir.h"

/* the gate that is played */
static struct {
	int open_errno;
	int mark_errno, result_errno;
	int interrupted;		/* EINTR so often before that */
	int marks;
	struct hallmark_mark last;	/* as it came in */
	struct hallmark_mark answer;	/* what goes out */
	const char *reply;
	size_t reply_pos;
	const char *eeprom;
	int read_errno;
	size_t read_at_most;
	struct hm_buf *log;
} gate;

static int fake_open(const char *path, int flags)
{
	if (!strcmp(path, "/dev/null") && gate.open_errno) {
		errno = gate.open_errno;
		return -1;
	}
	return open(path, flags);
}

static int fake_ioctl(int fd, unsigned long cmd, struct hallmark_mark *u)
{
	int e = cmd == HALLMARK_IOC_MARK ? gate.mark_errno : gate.result_errno;

	(void)fd;
	assert_true(cmd == HALLMARK_IOC_MARK || cmd == HALLMARK_IOC_RESULT);
	gate.last = *u;
	gate.marks += cmd == HALLMARK_IOC_MARK;
	/* what the kernel refuses: it must never be asked with these */
	assert_int_equal(u->size, sizeof(*u));
	assert_int_equal(u->flags & ~HALLMARK_MARK_IN_FLAGS, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(u->reserved[i], 0);
	if (gate.interrupted) {
		gate.interrupted--;
		u->flags = 0xff;	/* an interrupted call may have scribbled */
		errno = EINTR;
		return -1;
	}
	if (e) {
		errno = e;
		return -1;
	}
	u->seq = gate.answer.seq;
	u->flags |= gate.answer.flags;
	u->state = gate.answer.state;
	u->sent = gate.answer.sent;
	u->error = gate.answer.error;
	u->reply_len = gate.answer.reply_len;
	memcpy(u->digest, gate.answer.digest, sizeof(u->digest));
	return 0;
}

static ssize_t fake_read(int fd, void *buf, size_t len)
{
	size_t left;

	if (!gate.reply)
		return read(fd, buf, len);	/* sysfs attributes are files here */
	left = strlen(gate.reply) - gate.reply_pos;
	if (len > left)
		len = left;
	if (len > 3)
		len = 3;		/* a stream comes in pieces */
	memcpy(buf, gate.reply + gate.reply_pos, len);
	gate.reply_pos += len;
	return (ssize_t)len;
}

static ssize_t fake_pread(int fd, void *buf, size_t len, off_t at)
{
	size_t size = strlen(gate.eeprom);

	(void)fd;
	if (gate.read_errno) {
		errno = gate.read_errno;
		return -1;
	}
	if ((size_t)at >= size)
		return 0;
	if (len > size - (size_t)at)
		len = size - (size_t)at;
	if (len > 4)
		len = 4;
	memcpy(buf, gate.eeprom + at, len);
	return (ssize_t)len;
}

static int fake_gate_log(const char *sysroot, struct hm_buf *log, uint64_t *start, struct hm_err *err)
{
	(void)err;
	assert_null(start);
	assert_string_equal(sysroot, "");
	return gate.log ? hm_buf_add(log, gate.log->data, gate.log->len) : -HM_ENO_DEVICE;
}

#define SYSFS_CHAR "chr"
#define open(...) fake_open(__VA_ARGS__)
#define ioctl(...) fake_ioctl(__VA_ARGS__)
#define read(...) fake_read(__VA_ARGS__)
#define pread(...) fake_pread(__VA_ARGS__)
#define hm_gate_log(...) fake_gate_log(__VA_ARGS__)
#include "../../provisioning/marker/gate.c"
#undef hm_gate_log
#undef pread
#undef read
#undef ioctl
#undef open

struct fixture {
	char *dir;
	struct hm_err err;
};

static void put(const char *path, const void *bytes, size_t len)
{
	FILE *out = fopen(path, "wb");

	if (!out)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/* /dev/null is 1:3; its "class device" is a directory of ours */
static void make_class(const char *name, const char *kind, const char *size)
{
	char path[128];

	tmpdir_empty_at(AT_FDCWD, "class");
	(void)unlink("chr/1:3");
	mkdir("chr", 0700);
	mkdir("class", 0700);
	snprintf(path, sizeof(path), "class/%s", name);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "../class/%s", name);
	assert_int_equal(symlink(path, "chr/1:3"), 0);
	put("chr/1:3/kind", kind, strlen(kind));
	if (size)
		put("chr/1:3/size", size, strlen(size));
	else
		put("chr/1:3/port_status", "0x18\n", 5);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	memset(&gate, 0, sizeof(gate));
	f->dir = tmpdir_make();
	*state = f;
	return chdir(f->dir);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chdir("/"), 0);
	tmpdir_remove(f->dir);
	free(f);
	return 0;
}

static struct hm_marker *printer(struct fixture *f)
{
	struct hm_marker *m = NULL;

	make_class("printer0", "printer\n", NULL);
	if (hm_marker_open("gate:/dev/null", "1001", &m, &f->err))
		fail_msg("%s", f->err.text);
	return m;
}

static struct hm_marker *eeprom(struct fixture *f)
{
	struct hm_marker *m = NULL;

	make_class("eeprom0", "eeprom\n", "32768\n");
	if (hm_marker_open("gate:/dev/null", "1001", &m, &f->err))
		fail_msg("%s", f->err.text);
	return m;
}

static struct hm_mark_job a_job(void)
{
	return (struct hm_mark_job){
		.job_id = "sixteen bytes id", .payload = "^XA^XZ", .payload_len = 6,
		.timeout_ms = 5000, .flags = HM_MARK_REPRINT,
	};
}

static void opens_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = printer(f);

	assert_int_equal(hm_marker_info(m)->kind, HM_MARKER_PRINTER);
	assert_string_equal(hm_marker_info(m)->name, "printer0");
	assert_true(hm_marker_info(m)->gated && hm_marker_info(m)->answers);
	assert_int_equal(hm_marker_port_status(m, &f->err), 0x18);
	put("chr/1:3/port_status", "0x38\n", 5);
	assert_int_equal(hm_marker_port_status(m, &f->err), 0x38);
	put("chr/1:3/port_status", "what\n", 5);
	assert_int_equal(hm_marker_port_status(m, &f->err), -HM_EDEVICE);
	assert_int_equal(unlink("chr/1:3/port_status"), 0);
	assert_int_equal(hm_marker_port_status(m, &f->err), -HM_ENO_DEVICE);
	hm_marker_close(m);

	m = eeprom(f);
	assert_int_equal(hm_marker_info(m)->kind, HM_MARKER_EEPROM);
	assert_int_equal(hm_marker_info(m)->size, 32768);
	assert_false(hm_marker_info(m)->answers);
	hm_marker_close(m);

	m = NULL;
	make_class("stamp0", "stamp\n", NULL);
	assert_int_equal(hm_marker_open("gate:/dev/null", "1", &m, &f->err), -HM_EUNSUPPORTED);
	make_class("eeprom0", "eeprom\n", "many\n");
	assert_int_equal(hm_marker_open("gate:/dev/null", "1", &m, &f->err), -HM_EDEVICE);
	assert_null(m);
}

static void errnos_of_open(void **state)
{
	static const struct {
		int e, printer, eeprom;
	} t[] = {
		{ ENODEV, -HM_ENO_DEVICE, -HM_ENO_DEVICE },
		{ ENOENT, -HM_ENO_DEVICE, -HM_ENO_DEVICE },
		{ ENXIO, -HM_ENO_DEVICE, -HM_EEEPROM_ABSENT },
		{ EBUSY, -HM_EBUSY, -HM_EBUSY },
		{ EACCES, -HM_EDEVICE, -HM_EDEVICE },
		{ EIO, -HM_EDEVICE, -HM_EDEVICE },
	};
	struct fixture *f = *state;
	struct hm_marker *m = NULL;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		make_class("printer0", "printer\n", NULL);
		gate.open_errno = t[i].e;
		assert_int_equal(hm_marker_open("gate:/dev/null", "1", &m, &f->err), t[i].printer);
		make_class("eeprom0", "eeprom\n", "256\n");
		assert_int_equal(hm_marker_open("gate:/dev/null", "1", &m, &f->err), t[i].eeprom);
		assert_null(m);
	}
}

static void errnos_of_mark(void **state)
{
	static const struct {
		int e, rc;
	} t[] = {
		{ EEXIST, -EEXIST }, { ENODEV, -HM_ENO_DEVICE }, { ENXIO, -HM_EEEPROM_ABSENT },
		{ EBUSY, -HM_EBUSY }, { EAGAIN, -HM_EBUSY }, { ESHUTDOWN, -HM_EBUSY }, { ENOSPC, -HM_ELOG_FULL },
		{ ENOTRECOVERABLE, -HM_EGATE_FAULT }, { EINVAL, -EINVAL }, { EMSGSIZE, -EINVAL },
		{ ERANGE, -EINVAL }, { ENOMEM, -ENOMEM }, { EIO, -HM_EDEVICE },
		{ EFAULT, -HM_EDEVICE }, { ENOTTY, -HM_EDEVICE }, { EBADF, -HM_EDEVICE },
	};
	struct fixture *f = *state;
	struct hm_marker *m = eeprom(f);

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_mark_job j = a_job();

		gate.mark_errno = t[i].e;
		j.state = HM_MARK_DONE;		/* of another life: an error leaves it alone */
		if (hm_marker_mark(m, &j, NULL, 0, &f->err) != t[i].rc)
			fail_msg("%s", strerror(t[i].e));
		assert_int_equal(j.state, HM_MARK_DONE);
		assert_true(f->err.text[0]);
	}
	hm_marker_close(m);
}

static void jobs_go_through_whole(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = eeprom(f);
	struct hm_mark_job j = a_job();

	j.offset = 128;
	gate.interrupted = 2;
	gate.answer = (struct hallmark_mark){
		.seq = 1ull << 40, .state = HALLMARK_STATE_PARTIAL, .sent = 3, .error = -EIO,
		.digest = "thirty-two bytes of a digest...",
	};
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(gate.marks, 3);
	assert_memory_equal(gate.last.job_id, "sixteen bytes id", 16);
	assert_int_equal(gate.last.payload, (uintptr_t)j.payload);
	assert_int_equal(gate.last.payload_len, 6);
	assert_int_equal(gate.last.offset, 128);
	assert_int_equal(gate.last.timeout_ms, 5000);
	assert_int_equal(gate.last.flags, HALLMARK_MARK_REPRINT);
	assert_int_equal(j.seq, 1ull << 40);
	assert_int_equal(j.state, HM_MARK_PARTIAL);
	assert_int_equal(j.sent, 3);
	assert_int_equal(j.error, -EIO);
	assert_memory_equal(j.digest, "thirty-two bytes of a digest...", 32);
	assert_false(j.latched);

	gate.answer.flags = HALLMARK_MARK_LATCHED;
	gate.answer.state = HALLMARK_STATE_DONE;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	assert_true(j.latched);
	gate.answer.state = HALLMARK_STATE_FAULT;
	assert_int_equal(hm_marker_mark(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_FAULT);

	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), 0);
	assert_int_equal(j.state, HM_MARK_FAULT);
	gate.answer.state = HALLMARK_STATE_NONE;
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), -HM_EBUSY);
	gate.result_errno = ENOENT;
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), -HM_ENOT_FOUND);
	gate.result_errno = ENODEV;
	assert_int_equal(hm_marker_result(m, &j, NULL, 0, &f->err), -HM_ENO_DEVICE);
	hm_marker_close(m);
}

static void an_eeprom_is_read_exactly(void **state)
{
	struct fixture *f = *state;
	struct hm_marker *m = eeprom(f);
	char got[16] = "";

	gate.eeprom = "0123456789abcdef";
	assert_int_equal(hm_marker_read(m, 3, got, 11, &f->err), 0);
	assert_string_equal(got, "3456789abcd");
	assert_int_equal(hm_marker_read(m, 10, got, 7, &f->err), -HM_EDEVICE);
	assert_int_equal(hm_marker_read(m, 32760, got, 9, &f->err), -EINVAL);
	gate.read_errno = ENXIO;
	assert_int_equal(hm_marker_read(m, 0, got, 1, &f->err), -HM_EEEPROM_ABSENT);
	hm_marker_close(m);
}

/* --- replies, and the log that says whose they are --- */

static void add_event(struct hm_buf *log, struct hm_ev *ev)
{
	uint8_t data[HM_EV_DATA_MAX], entry[HM_EV_DATA_MAX + 512];
	ssize_t n = hm_ev_encode_data(ev, data, sizeof(data));

	assert_true(n > 0);
	ev->type = HM_EV_EVENT_TAG;
	ev->pcr = 13;
	ev->nbanks = 1;
	ev->bank[0].alg = HM_EV_ALG_SHA256;
	ev->bank[0].size = 32;
	ev->data = data;
	ev->data_len = (size_t)n;
	n = hm_ev_encode_entry(ev, entry, sizeof(entry));
	assert_true(n > 0);
	assert_int_equal(hm_buf_add(log, entry, (size_t)n), 0);
}

static void start_log(struct hm_buf *log)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_START };
	uint8_t header[256];
	ssize_t n;

	ev.bank[0].alg = HM_EV_ALG_SHA256;
	ev.bank[0].size = 32;
	n = hm_ev_encode_header(ev.bank, 1, header, sizeof(header));
	assert_true(n > 0);
	assert_int_equal(hm_buf_add(log, header, (size_t)n), 0);
	ev.u.start.version = HM_EV_VERSION;
	memcpy(ev.u.start.boot_id, "boot id of 16 b.", 16);
	ev.u.start.pcr = 13;
	ev.u.start.nbanks = 1;
	ev.u.start.before[0].alg = HM_EV_ALG_SHA256;
	ev.u.start.before[0].size = 32;
	add_event(log, &ev);
}

static void add_outcome(struct hm_buf *log, uint64_t seq, const char *reply)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_OUTCOME };

	ev.u.outcome.seq = seq;
	ev.u.outcome.state = HALLMARK_STATE_DONE;
	assert_int_equal(EVP_Digest(reply, strlen(reply), ev.u.outcome.reply_sha256, NULL,
				    EVP_sha256(), NULL), 1);
	add_event(log, &ev);
}

static void a_reply_is_given_to_whom_it_belongs(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1 << 20);
	struct hm_marker *m = printer(f);
	struct hm_mark_job j = a_job();
	char reply[64] = "";

	gate.reply = "TID[E2801160]";
	gate.answer = (struct hallmark_mark){
		.seq = 7, .state = HALLMARK_STATE_DONE, .reply_len = 13,
	};
	j.reply_max = 64;
	assert_int_equal(hm_marker_mark(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.reply_len, 13);
	assert_memory_equal(reply, "TID[E2801160]", 13);
	/* the device went away before it was read: done all the same */
	assert_int_equal(hm_marker_mark(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.state, HM_MARK_DONE);
	assert_int_equal(j.reply_len, 0);

	/* after a crash: the log says whether what the node keeps is this job's */
	gate.reply_pos = 0;
	assert_int_equal(hm_marker_result(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.reply_len, 0);		/* no log, no word */
	start_log(&log);
	add_outcome(&log, 7, "TID[E2801160]");
	add_outcome(&log, 8, "TID[somebody]");
	gate.log = &log;
	gate.reply_pos = 0;
	memset(reply, 0, sizeof(reply));
	assert_int_equal(hm_marker_result(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.reply_len, 13);
	assert_string_equal(reply, "TID[E2801160]");
	gate.reply = "TID[somebody]";
	gate.reply_pos = 0;
	assert_int_equal(hm_marker_result(m, &j, reply, sizeof(reply), &f->err), 0);
	assert_int_equal(j.reply_len, 0);		/* job 8's */
	gate.reply_pos = 0;
	assert_int_equal(hm_marker_result(m, &j, reply, 5, &f->err), 0);
	assert_int_equal(j.reply_len, 0);
	hm_marker_close(m);
}

/* --- the gate as a whole --- */

#define SECURITY "root/sys/kernel/security/hallmark"
#define PARAMS "root/sys/module/hallmark/parameters"

static void make_root(struct hm_buf *log, const char *gate_state)
{
	static const char *const dirs[] = {
		"root", "root/sys", "root/sys/kernel", "root/sys/kernel/security", SECURITY,
		"root/sys/module", "root/sys/module/hallmark", PARAMS,
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		mkdir(dirs[i], 0700);
	put(SECURITY "/log", log->data, log->len);
	put(SECURITY "/seq", "12345678901\n", 12);
	put(SECURITY "/state", gate_state, strlen(gate_state));
	put(PARAMS "/log_max", "4194304\n", 8);
}

static void the_gate_tells_its_state(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1 << 20), got = HM_BUF_INIT(1 << 20),
				    small = HM_BUF_INIT(100);
	struct fixture *f = *state;
	struct hm_gate_state st = { .present = true };

	assert_int_equal(hm_gate_state("root", &st, &f->err), 0);
	assert_false(st.present);
	assert_string_equal(f->err.text, "");
	assert_int_equal(hm_gate_log("root", &got, NULL, &f->err), -HM_ENO_DEVICE);
	start_log(&log);
	for (uint64_t i = 1; i < 500; i++)
		add_outcome(&log, i, "");
	make_root(&log, "ok\n");
	assert_int_equal(hm_gate_state("root", &st, &f->err), 0);
	assert_true(st.present && !st.fault);
	assert_memory_equal(st.boot_id, "boot id of 16 b.", 16);
	assert_int_equal(st.pcr, 13);
	assert_int_equal(st.seq, 12345678901);
	assert_int_equal(st.log_bytes, log.len);
	assert_int_equal(st.log_max, 4194304);
	assert_int_equal(hm_gate_log("root", &got, NULL, &f->err), 0);
	assert_int_equal(got.len, log.len);
	assert_memory_equal(got.data, log.data, log.len);
	assert_int_equal(hm_buf_str_add(&small, "kept"), 0);
	assert_int_equal(hm_gate_log("root", &small, NULL, &f->err), -E2BIG);
	assert_string_equal(hm_buf_str(&small), "kept");

	make_root(&log, "full\n");
	assert_int_equal(hm_gate_state("root", &st, &f->err), 0);
	assert_false(st.fault);
	make_root(&log, "fault\n");
	assert_int_equal(hm_gate_state("root", &st, &f->err), 0);
	assert_true(st.fault);
	/* what is not known to be well is not well */
	make_root(&log, "splendid\n");
	assert_int_equal(hm_gate_state("root", &st, &f->err), 0);
	assert_true(st.fault);
	put(SECURITY "/seq", "none\n", 5);
	assert_int_equal(hm_gate_state("root", &st, &f->err), -HM_EBAD_FORMAT);
	put(SECURITY "/log", "nonsense", 8);
	assert_int_equal(hm_gate_state("root", &st, &f->err), -HM_EBAD_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_what_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(errnos_of_open, setup, teardown),
		cmocka_unit_test_setup_teardown(errnos_of_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(jobs_go_through_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(an_eeprom_is_read_exactly, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reply_is_given_to_whom_it_belongs, setup, teardown),
		cmocka_unit_test_setup_teardown(the_gate_tells_its_state, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
