// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * DIR/.jobs: records of one size, only ever appended; each ends in the first
 * bytes of its own SHA-256, so that a torn one at the end is told from a whole
 * one. DIR/.lock is what is locked: .jobs itself is replaced when it is compacted.
 *
 *  0 "HMJ1"   4 what u32   8 seq u64   16 job_id[16]   32 flags u32
 * 36 offset u32  40 len u32  44 state u32  48 sent u32  52 error s32
 * 56 sha256[32]  88 name[32]  120 check[8]		(little-endian)
 */
#include "marker/tray.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "marker/marker.h"

#define RECORD		128
#define CHECKED		120
#define JOURNAL		".jobs"
#define JOURNAL_NEW	".jobs.new"
#define LOCK		".lock"
#define MODE		0640

enum what { INTENT = 1, OUTCOME = 2, DROPPED = 3 };

struct hm_tray {
	int dir;
	int lock_fd;
	int fd;
	off_t end;		/* of the last whole record */
	uint64_t seq;
	bool broken;		/* an outcome could not be written down */
	struct hm_tray_job *job;
	size_t n, cap;
};

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

static int check_of(const uint8_t r[RECORD], uint8_t out[8])
{
	uint8_t digest[32];

	if (EVP_Digest(r, CHECKED, digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	memcpy(out, digest, 8);
	return 0;
}

static int encode(uint8_t r[RECORD], enum what what, const struct hm_tray_job *j)
{
	uint64_t seq = htole64(j->seq);

	memset(r, 0, RECORD);
	memcpy(r, "HMJ1", 4);
	put32(r + 4, what);
	memcpy(r + 8, &seq, 8);
	memcpy(r + 16, j->job_id, 16);
	put32(r + 32, j->flags);
	put32(r + 36, j->offset);
	put32(r + 40, j->len);
	put32(r + 44, j->state);
	put32(r + 48, j->sent);
	put32(r + 52, (uint32_t)j->error);
	memcpy(r + 56, j->sha256, 32);
	memcpy(r + 88, j->name, HM_TRAY_NAME);
	return check_of(r, r + CHECKED);
}

/* 0, or -EBADMSG for what is no whole record. */
static int decode(const uint8_t r[RECORD], enum what *ret_what, struct hm_tray_job *j)
{
	uint8_t check[8];
	uint64_t seq;

	if (check_of(r, check))
		return -ENOMEM;
	if (memcmp(r, "HMJ1", 4) || memcmp(r + CHECKED, check, 8) || r[88 + HM_TRAY_NAME - 1])
		return -EBADMSG;
	*ret_what = (enum what)get32(r + 4);
	memcpy(&seq, r + 8, 8);
	j->seq = le64toh(seq);
	memcpy(j->job_id, r + 16, 16);
	j->flags = get32(r + 32);
	j->offset = get32(r + 36);
	j->len = get32(r + 40);
	j->state = get32(r + 44);
	j->sent = get32(r + 48);
	j->error = (int32_t)get32(r + 52);
	memcpy(j->sha256, r + 56, 32);
	memcpy(j->name, r + 88, HM_TRAY_NAME);
	return 0;
}

static int write_at(int fd, const uint8_t *p, size_t len, off_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One record behind the last whole one, durable; on failure as if it never was. */
static int append(struct hm_tray *t, enum what what, const struct hm_tray_job *j)
{
	uint8_t r[RECORD];
	int rc = encode(r, what, j);

	if (!rc)
		rc = write_at(t->fd, r, RECORD, t->end);
	if (!rc && fdatasync(t->fd))
		rc = -errno;
	if (rc) {
		/* if this fails too, the next record overwrites it */
		if (ftruncate(t->fd, t->end))
			return rc;
		return rc;
	}
	t->end += RECORD;
	return 0;
}

static struct hm_tray_job *find(const struct hm_tray *t, const uint8_t id[16])
{
	/* from the end: what is asked about is what was done last */
	for (size_t i = t->n; i--; )
		if (!memcmp(t->job[i].job_id, id, 16))
			return &t->job[i];
	return NULL;
}

const struct hm_tray_job *hm_tray_find(const struct hm_tray *t, const uint8_t job_id[16])
{
	return find(t, job_id);
}

static int remember(struct hm_tray *t, const struct hm_tray_job *j)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 256;
		struct hm_tray_job *p = realloc(t->job, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		t->job = p;
		t->cap = cap;
	}
	t->job[t->n++] = *j;
	return 0;
}

static void forget(struct hm_tray *t, const uint8_t id[16])
{
	struct hm_tray_job *j = find(t, id);

	if (j) {
		size_t at = (size_t)(j - t->job);

		memmove(j, j + 1, (t->n - at - 1) * sizeof(*j));
		t->n--;
	}
}

/* One record into memory; -EBADMSG where it cannot follow what came before. */
static int replay(struct hm_tray *t, enum what what, const struct hm_tray_job *j)
{
	struct hm_tray_job *known = find(t, j->job_id);

	if (what == INTENT) {
		if (known || j->seq <= t->seq || t->n == HM_TRAY_MAX)
			return -EBADMSG;
		t->seq = j->seq;
		return remember(t, j);
	}
	if (!known || known->state != HM_MARK_NONE)
		return -EBADMSG;
	if (what == OUTCOME) {
		*known = *j;
		return 0;
	}
	if (what != DROPPED)
		return -EBADMSG;
	forget(t, j->job_id);
	return 0;
}

static int load(struct hm_tray *t, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(3 * HM_TRAY_MAX * RECORD);
	int rc = hm_read_file_at(t->dir, JOURNAL, &b);
	size_t whole = b.len / RECORD;

	if (rc)
		return hm_err_set(err, -HM_EDEVICE, "%s: %s", JOURNAL, strerror(-rc));
	for (size_t i = 0; i < whole; i++) {
		struct hm_tray_job j;
		enum what what;

		rc = decode(b.data + i * RECORD, &what, &j);
		if (rc == -EBADMSG && i == whole - 1)
			break;		/* torn by a power cut: it announced nothing */
		if (!rc)
			rc = replay(t, what, &j);
		if (rc)
			return hm_err_set(err, -HM_EDEVICE, "%s: record %zu makes no sense",
					  JOURNAL, i);
		t->end += RECORD;
	}
	if ((off_t)b.len != t->end && ftruncate(t->fd, t->end))
		return hm_err_set(err, -HM_EDEVICE, "%s: %s", JOURNAL, strerror(errno));
	return 0;
}

/* What a crash left untold. */
static int settle(struct hm_tray *t, hm_tray_observe_fn observe, void *ctx, struct hm_err *err)
{
	for (size_t i = t->n; i--; ) {
		struct hm_tray_job j = t->job[i];
		bool happened;
		int rc;

		if (j.state != HM_MARK_NONE)
			continue;
		happened = observe(t->dir, &j, ctx);
		assert(!happened || j.state != HM_MARK_NONE);
		rc = append(t, happened ? OUTCOME : DROPPED, &j);
		if (rc)
			return hm_err_set(err, -HM_EDEVICE, "%s: %s", JOURNAL, strerror(-rc));
		if (happened)
			t->job[i] = j;
		else
			forget(t, j.job_id);
	}
	return 0;
}

/* The last jobs in a new file, which then takes the old one's name. */
static int compact(struct hm_tray *t)
{
	size_t keep = t->n < HM_TRAY_KEEP ? t->n : HM_TRAY_KEEP;
	uint8_t r[2 * RECORD];
	off_t end = 0;
	int fd, rc = 0;

	fd = openat(t->dir, JOURNAL_NEW, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (fd < 0)
		return -errno;
	memmove(t->job, t->job + t->n - keep, keep * sizeof(*t->job));
	t->n = keep;
	for (size_t i = 0; !rc && i < keep; i++) {
		struct hm_tray_job intent = t->job[i];

		intent.state = HM_MARK_NONE;
		rc = encode(r, INTENT, &intent) ?: encode(r + RECORD, OUTCOME, &t->job[i]);
		rc = rc ?: write_at(fd, r, sizeof(r), end);
		end += (off_t)sizeof(r);
	}
	if (!rc && (fsync(fd) || renameat(t->dir, JOURNAL_NEW, t->dir, JOURNAL) || fsync(t->dir)))
		rc = -errno;
	if (rc) {
		close(fd);
		return rc;
	}
	close(t->fd);
	t->fd = fd;
	t->end = end;
	return 0;
}

static int open_files(struct hm_tray *t, const char *dir, struct hm_err *err)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir < 0)
		return hm_err_set(err, errno == ENOENT || errno == ENOTDIR ? -HM_ENO_DEVICE : -HM_EDEVICE,
				  "%s: %s", dir, strerror(errno));
	t->lock_fd = openat(t->dir, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (t->lock_fd < 0)
		return hm_err_set(err, -HM_EDEVICE, "%s/%s: %s", dir, LOCK, strerror(errno));
	if (fcntl(t->lock_fd, F_OFD_SETLK, &fl))
		return errno == EAGAIN || errno == EACCES ?
			hm_err_set(err, -HM_EBUSY, "%s is in use", dir) :
			hm_err_set(err, -HM_EDEVICE, "%s/%s: %s", dir, LOCK, strerror(errno));
	t->fd = openat(t->dir, JOURNAL, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, MODE);
	if (t->fd < 0 || fstat(t->fd, &st))
		return hm_err_set(err, -HM_EDEVICE, "%s/%s: %s", dir, JOURNAL, strerror(errno));
	if (!st.st_size && fsync(t->dir))
		return hm_err_set(err, -HM_EDEVICE, "%s: %s", dir, strerror(errno));
	return 0;
}

int hm_tray_open(const char *dir, hm_tray_observe_fn observe, void *ctx, struct hm_tray **ret,
		 struct hm_err *err)
{
	struct hm_tray *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->dir = t->lock_fd = t->fd = -1;
	rc = open_files(t, dir, err);
	if (!rc)
		rc = load(t, err);
	if (!rc)
		rc = settle(t, observe, ctx, err);
	if (!rc && t->end / RECORD > HM_TRAY_RECORDS) {
		rc = compact(t);
		if (rc)
			rc = hm_err_set(err, -HM_EDEVICE, "%s/%s: %s", dir, JOURNAL, strerror(-rc));
	}
	if (rc) {
		hm_tray_close(t);
		return rc;
	}
	*ret = t;
	return 0;
}

void hm_tray_close(struct hm_tray *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	if (t->lock_fd >= 0)
		close(t->lock_fd);
	if (t->dir >= 0)
		close(t->dir);
	free(t->job);
	free(t);
}

int hm_tray_dirfd(const struct hm_tray *t)
{
	return t->dir;
}

int hm_tray_intent(struct hm_tray *t, struct hm_tray_job *job, struct hm_err *err)
{
	int rc;

	assert(job->state == HM_MARK_NONE && !find(t, job->job_id));
	if (t->broken)
		return hm_err_set(err, -HM_EDEVICE, "%s: an outcome could not be written before",
				  JOURNAL);
	if (t->n == HM_TRAY_MAX)
		return hm_err_set(err, -HM_ELOG_FULL, "%s: %d jobs in one opening", JOURNAL,
				  HM_TRAY_MAX);
	job->seq = t->seq + 1;
	rc = remember(t, job);
	if (rc)
		return rc;
	rc = append(t, INTENT, job);
	if (rc) {
		t->n--;
		return hm_err_set(err, rc == -ENOSPC || rc == -EDQUOT ? -HM_EDISK_FULL : -HM_EDEVICE,
				  "%s: %s", JOURNAL, strerror(-rc));
	}
	t->seq = job->seq;
	return 0;
}

int hm_tray_outcome(struct hm_tray *t, const struct hm_tray_job *job)
{
	struct hm_tray_job *known = find(t, job->job_id);
	int rc;

	assert(known && job->state != HM_MARK_NONE);
	*known = *job;
	rc = append(t, OUTCOME, job);
	if (rc)
		t->broken = true;
	return rc;
}

void hm_tray_drop(struct hm_tray *t, const struct hm_tray_job *job)
{
	forget(t, job->job_id);
	/* if it cannot be told now, the next opening observes the same */
	if (append(t, DROPPED, job))
		t->broken = true;
}
