// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * File markers: a tray in which each label is a file, and one in which each
 * board's EEPROM is one. Nobody measures what they do, so an audit calls them
 * ungated; in all else they keep the gate's contract, an error meaning that
 * nothing was done, and a job id being good for one job.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/hallmark.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "marker/internal.h"
#include "marker/tray.h"

#define FILE_MODE	0640
#define LABELS_MAX	99999	/* of one serial */
#define EEPROM_MAX	(1u << 20)
#define PORT_READY	0x18	/* IEEE 1284: selected, no error, paper */

static int sha256(const void *bytes, size_t len, uint8_t out[32])
{
	return EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

static int write_all(int fd, const uint8_t *p, size_t len, off_t at, uint32_t *ret_sent)
{
	*ret_sent = 0;
	while (len) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += n;
		len -= (size_t)n;
		*ret_sent += (uint32_t)n;
	}
	return 0;
}

/* @len bytes of @name at @offset hash to @want. */
static bool holds(int dir, const char *name, uint32_t offset, uint32_t len, const uint8_t want[32],
		  bool whole)
{
	uint8_t digest[32], *bytes = NULL;
	struct stat st;
	bool same = false;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && (!whole || st.st_size == (off_t)len))
		bytes = malloc(len);
	if (bytes && pread(fd, bytes, len, offset) == (ssize_t)len && !sha256(bytes, len, digest))
		same = !memcmp(digest, want, 32);
	free(bytes);
	close(fd);
	return same;
}

static void tell(struct hm_mark_job *job, const struct hm_tray_job *j)
{
	job->seq = j->seq;
	job->state = (enum hm_mark_state)j->state;
	job->sent = j->sent;
	job->error = j->error;
	job->reply_len = 0;
	memcpy(job->digest, j->sha256, sizeof(job->digest));
	job->latched = false;
}

static int file_result(struct hm_marker *m, struct hm_mark_job *job, void *reply,
		       size_t reply_size, struct hm_err *err)
{
	const struct hm_tray_job *j = hm_tray_find(m->tray, job->job_id);

	(void)reply;
	(void)reply_size;
	if (!j)
		return hm_err_set(err, -HM_ENOT_FOUND, "%s: no such job", m->info.name);
	tell(job, j);
	return 0;
}

static void file_close(struct hm_marker *m)
{
	hm_tray_close(m->tray);
}

/* What printer and EEPROM have in common before the effect. */
static int announce(struct hm_marker *m, const struct hm_mark_job *job, struct hm_tray_job *j,
		    struct hm_err *err)
{
	int rc;

	memcpy(j->job_id, job->job_id, sizeof(j->job_id));
	j->flags = job->flags;
	j->offset = job->offset;
	j->len = job->payload_len;
	rc = sha256(job->payload, job->payload_len, j->sha256);
	return rc ?: hm_tray_intent(m->tray, j, err);
}

static int check_mark(const struct hm_marker *m, const struct hm_mark_job *job, struct hm_err *err)
{
	if (!m->serial[0])
		return hm_err_set(err, -EINVAL, "%s: opened for no serial", m->info.name);
	if (hm_tray_find(m->tray, job->job_id))
		return hm_err_set(err, -EEXIST, "%s: the job id is known", m->info.name);
	return 0;
}

/* Told, and also written down; where that fails the next opening finds it out. */
static int finish(struct hm_marker *m, struct hm_mark_job *job, struct hm_tray_job *j)
{
	(void)hm_tray_outcome(m->tray, j);
	tell(job, j);
	return 0;
}

/* --- the printer: DIR/SERIAL-NNN.zpl --- */

#define LABEL_NEW	".label.new"

static int label_name(const struct hm_marker *m, char out[HM_TRAY_NAME], struct hm_err *err)
{
	int dir = hm_tray_dirfd(m->tray);

	for (int n = 1; n <= LABELS_MAX; n++) {
		int len = snprintf(out, HM_TRAY_NAME, "%s-%03d.zpl", m->serial, n);

		assert(len > 0 && len < HM_TRAY_NAME);	/* 20 + 1 + 5 + 4 */
		if (faccessat(dir, out, F_OK, AT_SYMLINK_NOFOLLOW))
			return errno == ENOENT ? 0 : hm_err_set(err, -HM_EDEVICE, "%s: %s", out,
								strerror(errno));
	}
	return hm_err_set(err, -HM_EDEVICE, "%s: %d labels are enough", m->serial, LABELS_MAX);
}

/* The label under a name that nobody looks at; 0, or there is no label. */
static int write_label(int dir, const struct hm_mark_job *job)
{
	uint32_t sent;
	int fd, rc;

	fd = openat(dir, LABEL_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, job->payload, job->payload_len, 0, &sent);
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

static int printer_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply,
			size_t reply_size, struct hm_err *err)
{
	struct hm_tray_job j = { .state = HM_MARK_NONE };
	int dir = hm_tray_dirfd(m->tray), rc;

	(void)reply;	/* it says nothing: reply_len is 0 */
	(void)reply_size;
	rc = check_mark(m, job, err);
	rc = rc ?: label_name(m, j.name, err);
	rc = rc ?: announce(m, job, &j, err);
	if (rc)
		return rc;
	rc = write_label(dir, job);
	if (!rc && renameat(dir, LABEL_NEW, dir, j.name))
		rc = -errno;
	if (rc) {
		hm_tray_drop(m->tray, &j);
		return hm_err_set(err, rc == -ENOSPC || rc == -EDQUOT ? -HM_EDISK_FULL : -HM_EDEVICE,
				  "%s: %s", j.name, strerror(-rc));
	}
	j.state = HM_MARK_DONE;
	j.sent = job->payload_len;
	if (fsync(dir)) {
		/* the label is there, and may be gone after a power cut */
		j.state = HM_MARK_UNKNOWN;
		j.error = -errno;
	}
	return finish(m, job, &j);
}

static bool observe_label(int dir, struct hm_tray_job *j, void *ctx)
{
	(void)ctx;
	/* it gets its name when it is whole: there is none, or all of it */
	if (!holds(dir, j->name, 0, j->len, j->sha256, true))
		return false;
	j->state = HM_MARK_DONE;
	j->sent = j->len;
	return true;
}

static int printer_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
			struct hm_err *err)
{
	(void)offset;
	(void)bytes;
	(void)len;
	return hm_err_set(err, -EINVAL, "%s is no EEPROM", m->info.name);
}

static int printer_status(struct hm_marker *m, struct hm_err *err)
{
	(void)m;
	(void)err;
	return PORT_READY;
}

static const struct hm_marker_ops printer_ops = {
	.close = file_close,
	.mark = printer_mark,
	.result = file_result,
	.read = printer_read,
	.port_status = printer_status,
};

/* --- the EEPROM: DIR/SERIAL.bin, opened anew each time, since boards are swapped --- */

static int open_board(struct hm_marker *m, const char *name, int flags, struct hm_err *err)
{
	struct stat st;
	int fd = openat(hm_tray_dirfd(m->tray), name, flags | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ?
			hm_err_set(err, -HM_EEEPROM_ABSENT, "%s: no board is there", name) :
			hm_err_set(err, -HM_EDEVICE, "%s: %s", name, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size != (off_t)m->info.size) {
		close(fd);
		return hm_err_set(err, -HM_EDEVICE, "%s is not an EEPROM of %u bytes", name,
				  m->info.size);
	}
	return fd;
}

static void board_name(const struct hm_marker *m, char out[HM_TRAY_NAME])
{
	(void)snprintf(out, HM_TRAY_NAME, "%s.bin", m->serial);
}

/* A blank board for the serial, unless there is one. */
static int insert_board(struct hm_marker *m, struct hm_err *err)
{
	static const char new_name[] = ".board.new";
	int dir = hm_tray_dirfd(m->tray), fd, rc;
	char name[HM_TRAY_NAME];
	uint8_t *blank;
	uint32_t sent;

	board_name(m, name);
	if (!faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	blank = malloc(m->info.size);
	if (!blank)
		return -ENOMEM;
	memset(blank, 0xff, m->info.size);
	fd = openat(dir, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	rc = fd < 0 ? -errno : write_all(fd, blank, m->info.size, 0, &sent);
	free(blank);
	if (!rc && (fsync(fd) || renameat(dir, new_name, dir, name) || fsync(dir)))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc)
		return hm_err_set(err, rc == -ENOSPC || rc == -EDQUOT ? -HM_EDISK_FULL : -HM_EDEVICE,
				  "%s: %s", name, strerror(-rc));
	return 0;
}

/*
 * A file that nobody may write stands for a board whose write-protect is set: it
 * takes every byte and keeps none. (By its mode, not by trying: root may write all.)
 */
static bool write_protected(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !(st.st_mode & 0222);
}

static void write_board(struct hm_marker *m, int fd, const struct hm_mark_job *job,
			struct hm_tray_job *j)
{
	int rc = 0;

	j->sent = job->payload_len;
	if (!write_protected(fd)) {
		rc = write_all(fd, job->payload, job->payload_len, job->offset, &j->sent);
		if (!rc && fsync(fd))
			rc = -errno;
	}
	j->error = rc;
	if (rc)
		j->state = j->sent < job->payload_len ? HM_MARK_PARTIAL : HM_MARK_UNKNOWN;
	else if (holds(hm_tray_dirfd(m->tray), j->name, j->offset, j->len, j->sha256, false))
		j->state = HM_MARK_DONE;
	else
		j->state = HM_MARK_VERIFY_FAILED;
}

static int eeprom_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply,
		       size_t reply_size, struct hm_err *err)
{
	struct hm_tray_job j = { .state = HM_MARK_NONE };
	int fd, rc;

	(void)reply;
	(void)reply_size;
	rc = check_mark(m, job, err);
	if (rc)
		return rc;
	board_name(m, j.name);
	fd = open_board(m, j.name, O_RDONLY, err);
	if (fd >= 0 && !write_protected(fd)) {
		close(fd);
		fd = open_board(m, j.name, O_RDWR, err);
	}
	if (fd < 0)
		return fd;
	rc = announce(m, job, &j, err);
	if (!rc) {
		write_board(m, fd, job, &j);
		rc = finish(m, job, &j);
	}
	close(fd);
	return rc;
}

static bool observe_board(int dir, struct hm_tray_job *j, void *ctx)
{
	(void)ctx;
	if (holds(dir, j->name, j->offset, j->len, j->sha256, false)) {
		j->state = HM_MARK_DONE;
		j->sent = j->len;
	} else {
		/* none, some or all of it, and another board may lie there now */
		j->state = HM_MARK_UNKNOWN;
		j->sent = 0;
		j->error = -EIO;
	}
	return true;
}

static int eeprom_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		       struct hm_err *err)
{
	char name[HM_TRAY_NAME];
	ssize_t n;
	int fd;

	board_name(m, name);
	fd = open_board(m, name, O_RDONLY, err);
	if (fd < 0)
		return fd;
	n = pread(fd, bytes, len, offset);
	close(fd);
	if (n != (ssize_t)len)
		return hm_err_set(err, -HM_EDEVICE, "%s: %s", name,
				  n < 0 ? strerror(errno) : "cut short");
	return 0;
}

static int eeprom_status(struct hm_marker *m, struct hm_err *err)
{
	return hm_err_set(err, -EINVAL, "%s is no printer", m->info.name);
}

static const struct hm_marker_ops eeprom_ops = {
	.close = file_close,
	.mark = eeprom_mark,
	.result = file_result,
	.read = eeprom_read,
	.port_status = eeprom_status,
};

/* DIR, or DIR?size=BYTES. */
static int parse(struct hm_marker *m, const char *path, char dir[PATH_MAX], struct hm_err *err)
{
	const char *query = strchrnul(path, '?');
	size_t n = (size_t)(query - path);
	unsigned long size;
	char *end;

	if (!n || n >= PATH_MAX)
		return hm_err_set(err, -HM_EBAD_CONFIG, "marker \"file:%s\": no directory", path);
	memcpy(dir, path, n);
	dir[n] = '\0';
	m->info.kind = HM_MARKER_PRINTER;
	if (!*query)
		return 0;
	m->info.kind = HM_MARKER_EEPROM;
	if (strncmp(query, "?size=", 6) || query[6] < '1' || query[6] > '9')
		return hm_err_set(err, -HM_EBAD_CONFIG, "marker \"file:%s\": only ?size=BYTES is known",
				  path);
	errno = 0;
	size = strtoul(query + 6, &end, 10);
	if (errno || *end || size > EEPROM_MAX)
		return hm_err_set(err, -HM_EBAD_CONFIG, "marker \"file:%s\": 1 to %u bytes", path,
				  EEPROM_MAX);
	m->info.size = (uint32_t)size;
	return 0;
}

int hm_marker_open_file(struct hm_marker *m, const char *path, struct hm_err *err)
{
	char dir[PATH_MAX];
	int rc = parse(m, path, dir, err);
	bool eeprom = m->info.kind == HM_MARKER_EEPROM;

	if (rc)
		return rc;
	strcpy(m->info.name, "file");
	m->ops = eeprom ? &eeprom_ops : &printer_ops;
	rc = hm_tray_open(dir, eeprom ? observe_board : observe_label, NULL, &m->tray, err);
	if (rc || !eeprom)
		return rc;
	if (!m->serial[0])
		rc = hm_err_set(err, -HM_EEEPROM_ABSENT, "%s: no board without a serial", dir);
	else
		rc = insert_board(m, err);
	if (rc)
		hm_tray_close(m->tray);
	return rc;
}
