// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A marker behind the gate. What it is, is read from its class device in sysfs,
 * found by the node's device number: whatever symbolic link led here, and also
 * where the node cannot be opened (an EEPROM that does not answer).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hallmark.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "eventlog.h"
#include "marker/internal.h"

#ifndef SYSFS_CHAR
#define SYSFS_CHAR "/sys/dev/char"
#endif

/* One attribute of the class device, without its newline. */
static int attribute(const struct hm_marker *m, const char *name, char *out, size_t size)
{
	char path[128];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), SYSFS_CHAR "/%u:%u/%s", m->major, m->minor, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	close(fd);
	while (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return 0;
}

/*
 * The contract of the uapi: an errno means that nothing was measured and nothing
 * was sent. EEXIST goes through as it is, since the job may well have been sent
 * under this id before.
 */
static int from_errno(const struct hm_marker *m, int e, const char *doing, struct hm_err *err)
{
	const char *name = m->info.name;

	switch (e) {
	case EEXIST:
		return hm_err_set(err, -EEXIST, "%s: the job id is known", name);
	case ENODEV:
	case ENOENT:
		return hm_err_set(err, -HM_ENO_DEVICE, "%s is not there", name);
	case ENXIO:
		if (m->info.kind == HM_MARKER_EEPROM)
			return hm_err_set(err, -HM_EEEPROM_ABSENT, "%s: no EEPROM answers", name);
		return hm_err_set(err, -HM_ENO_DEVICE, "%s does not answer", name);
	case EBUSY:
		return hm_err_set(err, -HM_EBUSY, "%s is in use", name);
	case EAGAIN:
		return hm_err_set(err, -HM_EBUSY, "the machine goes to sleep: nothing is marked until it is awake");
	case ESHUTDOWN:
		return hm_err_set(err, -HM_EBUSY, "the machine goes down: nothing more is marked");
	case ENOSPC:
		return hm_err_set(err, -HM_ELOG_FULL, "the gate's log is full");
	case ENOTRECOVERABLE:
		return hm_err_set(err, -HM_EGATE_FAULT,
				  "the gate is latched: nothing is marked until a reboot");
	case EINVAL:
	case EMSGSIZE:
	case ERANGE:
		return hm_err_set(err, -EINVAL, "%s refuses: %s", name, strerror(e));
	case ENOMEM:
		return hm_err_set(err, -ENOMEM, "%s: %s", name, strerror(e));
	}
	return hm_err_set(err, -HM_EDEVICE, "%s: %s: %s", name, doing, strerror(e));
}

static void gate_close(struct hm_marker *m)
{
	close(m->fd);
}

static void tell(struct hm_mark_job *job, const struct hallmark_mark *u)
{
	job->seq = u->seq;
	job->state = (enum hm_mark_state)u->state;
	job->sent = u->sent;
	job->error = u->error;
	job->reply_len = u->reply_len;
	memcpy(job->digest, u->digest, sizeof(job->digest));
	job->latched = u->flags & HALLMARK_MARK_LATCHED;
}

/* What can be had of it: the job is done, and no error here may say otherwise. */
static uint32_t read_reply(struct hm_marker *m, uint8_t *reply, uint32_t len)
{
	uint32_t got = 0;

	while (got < len) {
		ssize_t n = read(m->fd, reply + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (uint32_t)n;
	}
	return got;
}

static int gate_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		     struct hm_err *err)
{
	struct hallmark_mark u;
	int rc;

	do {
		memset(&u, 0, sizeof(u));
		u.size = sizeof(u);
		u.flags = job->flags;
		memcpy(u.job_id, job->job_id, sizeof(u.job_id));
		u.payload = (uintptr_t)job->payload;
		u.payload_len = job->payload_len;
		u.offset = job->offset;
		u.timeout_ms = job->timeout_ms;
		u.reply_max = job->reply_max;
		rc = ioctl(m->fd, HALLMARK_IOC_MARK, &u);
	} while (rc < 0 && errno == EINTR);	/* like every errno: nothing was sent */
	if (rc < 0)
		return from_errno(m, errno, "mark", err);
	tell(job, &u);
	if (job->reply_len && reply) {
		uint32_t len = job->reply_len < reply_size ? job->reply_len : (uint32_t)reply_size;

		job->reply_len = read_reply(m, reply, len);
	}
	return 0;
}

/*
 * What the log says the reply of job @seq hashes to. False: it does not say, or no
 * longer: no job whose fate somebody still has to read is exported (station/room.c),
 * and one that was is none of those RESULT knows.
 */
static bool logged_reply(uint64_t seq, uint8_t ret_sha256[32])
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(HM_GATE_LOG_MAX);
	struct hm_ev_reader r;
	struct hm_ev ev;

	if (hm_gate_log("", &log, NULL, NULL) || hm_ev_reader_init(&r, log.data, log.len))
		return false;
	while (hm_ev_next(&r, &ev) == 1) {
		if (ev.tag != HM_EV_TAG_OUTCOME || ev.u.outcome.seq != seq)
			continue;
		memcpy(ret_sha256, ev.u.outcome.reply_sha256, 32);
		return true;
	}
	return false;
}

/*
 * The node keeps the reply of the marker's last job, which need not be this one:
 * only what hashes to what this job's OUTCOME says is its answer.
 */
static uint32_t kept_reply(struct hm_marker *m, const struct hm_mark_job *job, void *reply,
			   size_t reply_size)
{
	uint8_t want[32], digest[32];

	if (!job->reply_len || job->reply_len > reply_size ||
	    read_reply(m, reply, job->reply_len) != job->reply_len ||
	    EVP_Digest(reply, job->reply_len, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    !logged_reply(job->seq, want) || memcmp(digest, want, sizeof(want)))
		return 0;
	return job->reply_len;
}

static int gate_result(struct hm_marker *m, struct hm_mark_job *job, void *reply,
		       size_t reply_size, struct hm_err *err)
{
	struct hallmark_mark u = { .size = sizeof(u) };

	memcpy(u.job_id, job->job_id, sizeof(u.job_id));
	if (ioctl(m->fd, HALLMARK_IOC_RESULT, &u) < 0) {
		if (errno == ENOENT)
			return hm_err_set(err, -HM_ENOT_FOUND,
					  "%s: the gate holds no such job",
					  m->info.name);
		return from_errno(m, errno, "result", err);
	}
	if (u.state == HALLMARK_STATE_NONE)
		return hm_err_set(err, -HM_EBUSY, "%s: the job is still running", m->info.name);
	tell(job, &u);
	job->reply_len = kept_reply(m, job, reply, reply_size);
	return 0;
}

static int gate_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		     struct hm_err *err)
{
	uint8_t *p = bytes;

	while (len) {
		ssize_t n = pread(m->fd, p, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(m, errno, "read", err);
		if (n == 0)
			return hm_err_set(err, -HM_EDEVICE, "%s ends at %u", m->info.name, offset);
		p += n;
		len -= (size_t)n;
		offset += (uint32_t)n;
	}
	return 0;
}

static int gate_port_status(struct hm_marker *m, struct hm_err *err)
{
	char text[16], *end;
	unsigned long v;
	int rc = attribute(m, "port_status", text, sizeof(text));

	if (rc)
		return from_errno(m, -rc, "port status", err);
	v = strtoul(text, &end, 0);
	if (end == text || *end || v > 0xff)
		return hm_err_set(err, -HM_EDEVICE, "%s: port status \"%s\"", m->info.name, text);
	return (int)v;
}

static const struct hm_marker_ops gate_ops = {
	.close = gate_close,
	.mark = gate_mark,
	.result = gate_result,
	.read = gate_read,
	.port_status = gate_port_status,
};

/* The name in the event log is that of the class device. */
static int read_name(struct hm_marker *m)
{
	char path[64], target[256], *slash;
	ssize_t n;

	(void)snprintf(path, sizeof(path), SYSFS_CHAR "/%u:%u", m->major, m->minor);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	slash = strrchr(target, '/');
	if (!slash || !slash[1] || strlen(slash + 1) >= sizeof(m->info.name))
		return -ENODEV;
	strcpy(m->info.name, slash + 1);
	return 0;
}

static int read_info(struct hm_marker *m, const char *path, struct hm_err *err)
{
	char text[16], *end;
	int rc = attribute(m, "kind", text, sizeof(text));

	if (!rc)
		rc = read_name(m);
	if (rc)
		return hm_err_set(err, -HM_ENO_DEVICE, "%s is no marker of the gate", path);
	if (!strcmp(text, "printer")) {
		m->info.kind = HM_MARKER_PRINTER;
		m->info.answers = true;
	} else if (!strcmp(text, "eeprom")) {
		m->info.kind = HM_MARKER_EEPROM;
		rc = attribute(m, "size", text, sizeof(text));
		m->info.size = rc ? 0 : (uint32_t)strtoul(text, &end, 10);
		if (!m->info.size || *end)
			return hm_err_set(err, -HM_EDEVICE, "%s: its size cannot be read", path);
	} else {
		return hm_err_set(err, -HM_EUNSUPPORTED, "%s: a marker of kind \"%s\"", path, text);
	}
	m->info.gated = true;
	return 0;
}

int hm_marker_open_gate(struct hm_marker *m, const char *path, struct hm_err *err)
{
	struct stat st;
	int rc;

	if (stat(path, &st))
		return errno == ENOENT || errno == ENOTDIR ?
			hm_err_set(err, -HM_ENO_DEVICE, "%s is not there", path) :
			hm_err_set(err, -HM_EDEVICE, "%s: %s", path, strerror(errno));
	if (!S_ISCHR(st.st_mode))
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s is no device", path);
	m->major = major(st.st_rdev);
	m->minor = minor(st.st_rdev);
	rc = read_info(m, path, err);
	if (rc)
		return rc;
	m->fd = open(path, O_RDWR | O_CLOEXEC);
	if (m->fd < 0)
		return from_errno(m, errno, "open", err);
	/* the link may have been moved to another marker in between */
	if (fstat(m->fd, &st) || major(st.st_rdev) != m->major || minor(st.st_rdev) != m->minor) {
		close(m->fd);
		return hm_err_set(err, -HM_ENO_DEVICE, "%s was replugged just now", path);
	}
	m->ops = &gate_ops;
	return 0;
}
