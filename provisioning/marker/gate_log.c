// SPDX-License-Identifier: LGPL-2.1-or-later
/* The gate as a whole, from its files in securityfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eventlog.h"
#include "marker/marker.h"

#define GATE_DIR	"/sys/kernel/security/hallmark"
#define GATE_LOG_MAX	"/sys/module/hallmark/parameters/log_max"
/* header and START, with every bank at its largest */
#define HEAD_MAX	8192

static int open_file(const char *sysroot, const char *name, struct hm_err *err)
{
	char path[4096];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s%s", sysroot ? sysroot : "", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return hm_err_set(err, -HM_ETOO_LONG, "a path of %d characters", n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR || errno == ENODEV)
		return hm_err_set(err, -HM_ENO_DEVICE, "no gate: %s is not there", path);
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
	int fd = open_file(sysroot, name, err);
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

/* The log's length, and from its first event who this boot is. */
static int read_start(const char *sysroot, struct hm_gate_state *st, struct hm_err *err)
{
	struct hm_ev_reader r;
	uint8_t head[HEAD_MAX];
	struct hm_ev ev;
	ssize_t n;
	off_t end;
	int fd = open_file(sysroot, GATE_DIR "/log", err);

	if (fd < 0)
		return fd;
	n = read_some(fd, head, sizeof(head));
	end = lseek(fd, 0, SEEK_END);
	close(fd);
	if (n < 0 || end < 0)
		return hm_err_set(err, -HM_EDEVICE, "the gate's log cannot be read");
	if (hm_ev_reader_init(&r, head, (size_t)n) || hm_ev_next(&r, &ev) != 1 ||
	    ev.tag != HM_EV_TAG_START)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the gate's log does not begin with START");
	memcpy(st->boot_id, ev.u.start.boot_id, sizeof(st->boot_id));
	st->pcr = ev.u.start.pcr;
	st->log_bytes = (uint32_t)end;
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
	/* what this program does not know is not "ok" */
	st.fault = strcmp(text, "ok") && strcmp(text, "full");
	rc = read_start(sysroot, &st, err);
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

int hm_gate_log(const char *sysroot, struct hm_buf *log, struct hm_err *err)
{
	uint8_t chunk[16384];
	size_t before = log->len;
	int fd = open_file(sysroot, GATE_DIR "/log", err), rc = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	/* one open is one snapshot, however many reads it takes */
	do {
		n = read_some(fd, chunk, sizeof(chunk));
		if (n < 0)
			rc = hm_err_set(err, -HM_EDEVICE, "the gate's log: %s",
					strerror((int)-n));
		else if (n)
			rc = hm_buf_add(log, chunk, (size_t)n);
	} while (!rc && n > 0);
	close(fd);
	if (rc && log->data) {
		log->len = before;
		log->data[before] = '\0';
	}
	return rc;
}
