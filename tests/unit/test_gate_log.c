// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate's log as it is read and exported, against files and an ioctl that this
 * test plays: a log that does not begin with START, one that is exported while it
 * is read, and every errno of EXPORT. (test_gate.c has a gate that never exports.)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/hallmark.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "marker/marker.h"
#include "support/gatelog.h"
#include "support/tmpdir.h"

static struct {
	int stale;		/* reads that find the log exported */
	int open_errno;		/* of opening for writing */
	int export_errno;
	int interrupted;
	int exports;
	struct hallmark_export last;
	bool log_fd;		/* the last file opened was the log */
} played;

static int fake_open(const char *path, int flags)
{
	size_t n = strlen(path);

	played.log_fd = n > 4 && !strcmp(path + n - 4, "/log");
	if ((flags & O_ACCMODE) == O_RDWR && played.open_errno) {
		errno = played.open_errno;
		return -1;
	}
	return open(path, flags);
}

static ssize_t fake_read(int fd, void *buf, size_t len)
{
	if (played.log_fd && played.stale) {
		played.stale--;
		errno = ESTALE;
		return -1;
	}
	return read(fd, buf, len > 100 ? 100 : len);
}

static int fake_ioctl(int fd, unsigned long cmd, struct hallmark_export *x)
{
	assert_int_equal(cmd, HALLMARK_IOC_EXPORT);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_int_equal(x->size, sizeof(*x));
	assert_int_equal(x->flags, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(x->reserved[i], 0);
	played.last = *x;
	if (played.interrupted) {
		played.interrupted--;
		x->flags = 77;
		errno = EINTR;
		return -1;
	}
	if (played.export_errno) {
		errno = played.export_errno;
		return -1;
	}
	played.exports++;
	x->offset = 1;
	return 0;
}

#define open(...) fake_open(__VA_ARGS__)
#define read(...) fake_read(__VA_ARGS__)
#define ioctl(...) fake_ioctl(__VA_ARGS__)
#include "../../provisioning/marker/gate_log.c"
#undef ioctl
#undef read
#undef open

static const uint8_t boot[16] = { 0xb0, 0x07, 0xff };
static char *dir;
static struct gatelog g;
static struct hm_err err;

static void put(const char *name, const void *bytes, size_t len)
{
	FILE *out = fopen(name, "wb");

	if (!out)
		fail_msg("%s: %s", name, strerror(errno));
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

#define SECURITY "root/sys/kernel/security/hallmark/"

static void show(void)
{
	_cleanup_buf_ struct hm_buf held = HM_BUF_INIT(1u << 20);
	char text[64];

	gatelog_held(&g, &held);
	put(SECURITY "log", held.data, held.len);
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)g.exported);
	put(SECURITY "exported", text, strlen(text));
}

static int setup(void **state)
{
	char line[34];

	(void)state;
	memset(&played, 0, sizeof(played));
	memset(&err, 0, sizeof(err));
	dir = tmpdir_make();
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(system("mkdir -p root/sys/kernel/security/hallmark "
				"root/sys/module/hallmark/parameters"), 0);
	put(SECURITY "seq", "9\n", 2);
	put(SECURITY "state", "ok\n", 3);
	hm_hex(boot, 16, line);
	line[32] = '\n';
	put(SECURITY "boot_id", line, 33);
	put("root/sys/module/hallmark/parameters/log_max", "65536\n", 6);
	gatelog_start(&g, boot, NULL);
	for (uint8_t i = 1; i < 10; i++) {
		uint8_t id[16] = { i }, digest[32] = { i };

		gatelog_outcome(&g, gatelog_intent(&g, id, 0, "printer0", 0, 5, digest), 1, 5);
	}
	show();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gatelog_free(&g);
	assert_int_equal(chdir("/"), 0);
	tmpdir_remove(dir);
	return 0;
}

/* The place behind the INTENT of job @seq. */
static uint64_t behind(uint64_t seq)
{
	struct hm_ev_reader r;
	struct hm_ev ev;

	assert_int_equal(hm_ev_reader_init(&r, g.log.data, g.log.len), 0);
	while (hm_ev_next(&r, &ev) == 1)
		if (ev.tag == HM_EV_TAG_INTENT && ev.u.intent.seq == seq)
			return ev.at + ev.size;
	fail();
	return 0;
}

static void a_log_that_was_never_exported(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	struct hm_gate_state st;
	uint64_t start;
	char text[32];

	(void)state;
	assert_int_equal(hm_gate_log("root", &log, &start, &err), 0);
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)start);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hm_gate_state("root", &st, &err), 0);
		assert_false(st.exported);
		assert_int_equal(st.log_start, start);
		assert_int_equal(st.log_end, g.log.len);
		assert_int_equal(st.log_bytes, g.log.len);
		assert_memory_equal(st.boot_id, boot, 16);
		/* as the gate says it: the header's length; and a gate that never says it */
		if (i == 0)
			put(SECURITY "exported", text, strlen(text));
		else
			(void)unlink(SECURITY "exported");
	}
}

static void a_log_that_begins_later(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	struct hm_gate_state st;
	uint64_t start = 0;

	(void)state;
	for (uint64_t seq = 3; seq < 9; seq += 3) {
		gatelog_export(&g, behind(seq));
		show();
		assert_int_equal(hm_gate_state("root", &st, &err), 0);
		assert_true(st.exported);
		assert_int_equal(st.log_start, behind(seq));
		assert_int_equal(st.log_end, g.log.len);
		assert_memory_equal(st.boot_id, boot, 16);
		assert_int_equal(st.pcr, 13);
		assert_int_equal(st.seq, 9);
		hm_buf_reset(&log);
		assert_int_equal(hm_gate_log("root", &log, &start, &err), 0);
		assert_int_equal(start, behind(seq));
		assert_int_equal(log.len, st.log_bytes);
	}
	/* who this boot is, is then only in the file */
	put(SECURITY "boot_id", "none\n", 5);
	assert_int_equal(hm_gate_state("root", &st, &err), -HM_EBAD_FORMAT);
	(void)unlink(SECURITY "boot_id");
	assert_int_equal(hm_gate_state("root", &st, &err), -HM_ENO_DEVICE);
	/* a log that lost its beginning, and no export tells why */
	put(SECURITY "exported", "0\n", 2);
	assert_int_equal(hm_gate_state("root", &st, &err), -HM_EBAD_FORMAT);
}

/* An EXPORT that the gate does not know to be measured has dropped nothing. */
static void an_ambiguous_export_is_none(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT };
	uint64_t start = 0, before;

	(void)state;
	assert_int_equal(hm_gate_log("root", &log, &before, &err), 0);
	ev.u.exported.offset = behind(5);
	gatelog_add(&g, HM_EV_NO_ACTION, &ev);
	show();
	hm_buf_reset(&log);
	assert_int_equal(hm_gate_log("root", &log, &start, &err), 0);
	assert_int_equal(start, before);
}

static void exported_while_it_is_read(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	struct hm_gate_state st;

	(void)state;
	assert_int_equal(hm_buf_str_add(&log, "kept"), 0);
	played.stale = 3;
	assert_int_equal(hm_gate_log("root", &log, NULL, &err), 0);
	assert_int_equal(log.len, 4 + g.log.len);
	assert_memory_equal(log.data + 4, g.log.data, g.log.len);
	played.stale = 3;
	assert_int_equal(hm_gate_state("root", &st, &err), 0);
	assert_int_equal(st.log_bytes, g.log.len);
	played.stale = 1000;
	assert_int_equal(hm_gate_log("root", &log, NULL, &err), -HM_EBUSY);
	assert_int_equal(log.len, 4 + g.log.len);
	assert_int_equal(hm_gate_state("root", &st, &err), -HM_EDEVICE);
}

static void what_is_no_log(void **state)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	uint64_t start;

	(void)state;
	put(SECURITY "log", g.log.data, g.log.len - 1);
	assert_int_equal(hm_gate_log("root", &log, &start, &err), -HM_EBAD_FORMAT);
	assert_int_equal(log.len, 0);
	/* for whoever only keeps the bytes, they are bytes */
	assert_int_equal(hm_gate_log("root", &log, NULL, &err), 0);
}

static void errnos_of_export(void **state)
{
	static const struct { int e, rc; } rows[] = {
		{ EBADMSG, -HM_EMISMATCH }, { ESTALE, -HM_EBUSY }, { EAGAIN, -HM_EBUSY },
		{ ESHUTDOWN, -HM_EBUSY }, { ENOTRECOVERABLE, -HM_EGATE_FAULT }, { ENOSPC, -HM_ELOG_FULL },
		{ ENOTTY, -HM_EUNSUPPORTED }, { EBADF, -EACCES }, { EINVAL, -EINVAL }, { EIO, -HM_EDEVICE },
		{ ENODEV, -HM_EDEVICE },
	};
	uint8_t digest[32] = { 5, 6 };

	(void)state;
	played.interrupted = 2;
	assert_int_equal(hm_gate_export("root", 12345678901, digest, &err), 0);
	assert_int_equal(played.exports, 1);
	assert_int_equal(played.last.len, 12345678901);
	assert_memory_equal(played.last.digest, digest, 32);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		played.export_errno = rows[i].e;
		err.text[0] = '\0';
		assert_int_equal(hm_gate_export("root", 1, digest, &err), rows[i].rc);
		assert_true(err.text[0]);
	}
	played.open_errno = EACCES;
	assert_int_equal(hm_gate_export("root", 1, digest, &err), -EACCES);
	played.open_errno = 0;
	assert_int_equal(hm_gate_export("nowhere", 1, digest, &err), -HM_ENO_DEVICE);
	assert_int_equal(played.exports, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_log_that_was_never_exported, setup, teardown),
		cmocka_unit_test_setup_teardown(a_log_that_begins_later, setup, teardown),
		cmocka_unit_test_setup_teardown(an_ambiguous_export_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(exported_while_it_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_log, setup, teardown),
		cmocka_unit_test_setup_teardown(errnos_of_export, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
