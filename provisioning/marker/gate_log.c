// SPDX-License-Identifier: LGPL-2.1-or-later
/* The gate as a whole, from its files in securityfs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/hallmark.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "eventlog.h"
#include "marker/marker.h"

#define GATE_DIR	"/sys/kernel/security/hallmark"
#define GATE_LOG_MAX	"/sys/module/hallmark/parameters/log_max"
/* header and START, with every bank at its largest */
#define HEAD_MAX	8192
/* a file that was opened before an export answers no more */
#define STALE_TRIES	8

static int open_file(const char *sysroot, const char *name, int flags, struct hm_err *err)
{
	char path[4096];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s%s", sysroot ? sysroot : "", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return hm_err_set(err, -HM_ETOO_LONG, "a path of %d characters", n);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR || errno == ENODEV)
		return hm_err_set(err, -HM_ENO_DEVICE, "no gate: %s is not there", path);
	if (errno == EACCES || errno == EPERM || errno == EROFS)
		return hm_err_set(err, -EACCES, "%s: %s", path, strerror(errno));
	return hm_err_set(err, -HM_EDEVICE, "%s: %s", path, strerror(errno));
}

static ssize_t read_some(int fd, void *buf, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, (uint8_t *)buf + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* One line of text, without its newline. */
static int read_line(const char *sysroot, const char *name, char *out, size_t size,
		     struct hm_err *err)
{
	int fd = open_file(sysroot, name, O_RDONLY, err);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read_some(fd, out, size - 1);
	close(fd);
	if (n < 0)
		return hm_err_set(err, -HM_EDEVICE, "%s: %s", name, strerror((int)-n));
	while (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return 0;
}

static int read_number(const char *sysroot, const char *name, uint64_t *ret, struct hm_err *err)
{
	char text[32], *end;
	int rc = read_line(sysroot, name, text, sizeof(text), err);
	unsigned long long v;

	if (rc)
		return rc;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-')
		return hm_err_set(err, -HM_EBAD_FORMAT, "%s: \"%s\" is no number", name, text);
	*ret = v;
	return 0;
}

/* The name of a boot, as 32 digits on a line. Older gates tell it in START alone. */
static int read_boot_id(const char *sysroot, uint8_t ret[16], struct hm_err *err)
{
	char text[40];
	int rc = read_line(sysroot, GATE_DIR "/boot_id", text, sizeof(text), err);

	if (!rc && hm_unhex(text, ret, 16))
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "the gate's boot id is \"%s\"", text);
	return rc;
}

struct head {
	struct hm_ev first;
	size_t header;		/* bytes before the first entry */
	size_t len;		/* of what the gate holds */
};

/* The first event, and how long the log is: one open is one snapshot. */
static int read_head(const char *sysroot, struct head *ret, struct hm_err *err)
{
	uint8_t bytes[HEAD_MAX];
	struct hm_ev_reader r;
	ssize_t n = -ESTALE;
	off_t end = 0;
	int fd;

	for (int i = 0; n == -ESTALE && i < STALE_TRIES; i++) {
		fd = open_file(sysroot, GATE_DIR "/log", O_RDONLY, err);
		if (fd < 0)
			return fd;
		n = read_some(fd, bytes, sizeof(bytes));
		end = lseek(fd, 0, SEEK_END);
		if (end < 0 && errno == ESTALE)
			n = -ESTALE;
		close(fd);
	}
	if (n < 0 || end < 0)
		return hm_err_set(err, -HM_EDEVICE, "the gate's log cannot be read");
	if (hm_ev_reader_init(&r, bytes, (size_t)n))
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log has no header");
	ret->header = r.pos;
	ret->len = (size_t)end;
	if (hm_ev_next(&r, &ret->first) != 1)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log does not begin with an event");
	return 0;
}

static int read_exported(const char *sysroot, uint64_t *ret, struct hm_err *err)
{
	int rc = read_number(sysroot, GATE_DIR "/exported", ret, err);

	if (rc != -HM_ENO_DEVICE)
		return rc;
	*ret = 0;	/* a gate that never exports */
	return 0;
}

/* Which boot this is, and where in its joined log the gate stands. */
static int read_log_state(const char *sysroot, struct hm_gate_state *st, struct hm_err *err)
{
	uint64_t before, after = 0;
	struct head h;
	int rc = 0;

	/* an export between the two looks: look again */
	for (int i = 0; !rc && i < STALE_TRIES; i++) {
		rc = read_exported(sysroot, &before, err);
		rc = rc ?: read_head(sysroot, &h, err);
		rc = rc ?: read_exported(sysroot, &after, err);
		if (!rc && before == after)
			break;
		if (!rc && i == STALE_TRIES - 1)
			rc = hm_err_set(err, -HM_EBUSY, "the gate's log is exported again and again");
	}
	if (rc)
		return rc;
	st->exported = before > h.header;
	st->log_start = st->exported ? before : h.header;
	st->log_end = st->log_start + (h.len - h.header);
	st->log_bytes = (uint32_t)h.len;
	st->pcr = h.first.pcr;
	if (!st->exported && h.first.tag != HM_EV_TAG_START)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log does not begin with START");
	if (h.first.tag != HM_EV_TAG_START)
		return read_boot_id(sysroot, st->boot_id, err);
	memcpy(st->boot_id, h.first.u.start.boot_id, sizeof(st->boot_id));
	return 0;
}

int hm_gate_state(const char *sysroot, struct hm_gate_state *ret, struct hm_err *err)
{
	struct hm_gate_state st = { .present = true };
	struct hm_err why = { "" };
	uint64_t log_max;
	char text[16];
	int rc = read_line(sysroot, GATE_DIR "/state", text, sizeof(text), &why);

	if (rc == -HM_ENO_DEVICE) {
		*ret = (struct hm_gate_state){ .present = false };
		return 0;
	}
	if (rc)
		return hm_err_set(err, rc, "%s", why.text);
	st.full = !strcmp(text, "full");
	/* what this program does not know is not "ok" */
	st.fault = strcmp(text, "ok") && !st.full;
	rc = read_log_state(sysroot, &st, err);
	if (!rc)
		rc = read_number(sysroot, GATE_DIR "/seq", &st.seq, err);
	if (!rc)
		rc = read_number(sysroot, GATE_LOG_MAX, &log_max, err);
	if (rc)
		return rc;
	st.log_max = log_max > UINT32_MAX ? UINT32_MAX : (uint32_t)log_max;
	*ret = st;
	return 0;
}

static void cut_back(struct hm_buf *log, size_t before)
{
	if (!log->data)
		return;
	log->len = before;
	log->data[before] = '\0';
}

/* One open is one snapshot, however many reads it takes; -ESTALE: it was exported. */
static int read_log(const char *sysroot, struct hm_buf *log, struct hm_err *err)
{
	uint8_t chunk[16384];
	size_t before = log->len;
	int fd = open_file(sysroot, GATE_DIR "/log", O_RDONLY, err), rc = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	do {
		n = read_some(fd, chunk, sizeof(chunk));
		if (n == -ESTALE)
			rc = -ESTALE;
		else if (n < 0)
			rc = hm_err_set(err, -HM_EDEVICE, "the gate's log: %s",
					strerror((int)-n));
		else if (n)
			rc = hm_buf_add(log, chunk, (size_t)n);
	} while (!rc && n > 0);
	close(fd);
	if (rc)
		cut_back(log, before);
	return rc;
}

/* The last export that was measured says where the rest begins. */
static int find_start(const uint8_t *log, size_t len, uint64_t *ret)
{
	struct hm_ev_reader r;
	struct hm_ev ev;
	uint64_t start;
	int rc = hm_ev_reader_init(&r, log, len);

	start = r.pos;
	while (!rc && (rc = hm_ev_next(&r, &ev)) == 1) {
		if (ev.tag == HM_EV_TAG_EXPORT && ev.type == HM_EV_EVENT_TAG)
			start = ev.u.exported.offset;
		rc = 0;
	}
	if (!rc)
		*ret = start;
	return rc;
}

int hm_gate_log(const char *sysroot, struct hm_buf *log, uint64_t *ret_start, struct hm_err *err)
{
	size_t before = log->len;
	int rc = -ESTALE;

	for (int i = 0; rc == -ESTALE && i < STALE_TRIES; i++)
		rc = read_log(sysroot, log, err);
	if (rc == -ESTALE)
		rc = hm_err_set(err, -HM_EBUSY, "the gate's log is exported again and again");
	if (!rc && ret_start && find_start(log->data + before, log->len - before, ret_start)) {
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log is not an event log");
		cut_back(log, before);
	}
	return rc;
}

static int from_errno(int e, struct hm_err *err)
{
	switch (e) {
	case EBADMSG:
		return hm_err_set(err, -HM_EMISMATCH, "the gate holds other bytes of log than are to be exported");
	case ESTALE:
		return hm_err_set(err, -HM_EBUSY, "somebody else exported the gate's log just now");
	case EAGAIN:
		return hm_err_set(err, -HM_EBUSY, "the machine goes to sleep: nothing is exported until it is awake");
	case ESHUTDOWN:
		return hm_err_set(err, -HM_EBUSY, "the machine goes down: nothing more is exported");
	case ENOTRECOVERABLE:
		return hm_err_set(err, -HM_EGATE_FAULT, "the gate is latched: nothing is exported until a reboot");
	case ENOSPC:
		return hm_err_set(err, -HM_ELOG_FULL, "the gate's log has no room for an export so small");
	case ENOTTY:
		return hm_err_set(err, -HM_EUNSUPPORTED, "this gate cannot export its log");
	case EBADF:
	case EPERM:
		return hm_err_set(err, -EACCES, "the gate's log may not be exported by this user");
	case EINVAL:
		return hm_err_set(err, -EINVAL, "an export that does not end with an event");
	}
	return hm_err_set(err, -HM_EDEVICE, "export of the gate's log: %s", strerror(e));
}

int hm_gate_export(const char *sysroot, uint64_t len, const uint8_t digest[32],
		   struct hm_err *err)
{
	struct hallmark_export x;
	int fd = open_file(sysroot, GATE_DIR "/log", O_RDWR, err), rc;

	if (fd < 0)
		return fd;
	do {
		x = (struct hallmark_export){ .size = sizeof(x), .len = len };
		memcpy(x.digest, digest, sizeof(x.digest));
		rc = ioctl(fd, HALLMARK_IOC_EXPORT, &x);
	} while (rc < 0 && errno == EINTR);	/* like every errno: nothing was dropped */
	rc = rc < 0 ? from_errno(errno, err) : 0;
	close(fd);
	return rc;
}
