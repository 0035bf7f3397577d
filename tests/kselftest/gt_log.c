// SPDX-License-Identifier: LGPL-2.1-or-later
/* The log: read, joined with what was exported of it, replayed, looked into. */
#include "gt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#define LOG_MAX		(64u << 20)

static void digest(const EVP_MD *md, const void *p, size_t n, uint8_t *out)
{
	static EVP_MD_CTX *ctx;

	if (!ctx)
		ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1 || EVP_DigestUpdate(ctx, p, n) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		abort();
}

/* Fetched once: EVP_sha256() is looked up anew at each use, which is slow. */
static const EVP_MD *find_md(uint16_t alg, const char **ret_name)
{
	static struct {
		uint16_t alg;
		const char *name;
		EVP_MD *md;
	} mds[] = {
		{ HM_EV_ALG_SHA1, "sha1", NULL },
		{ HM_EV_ALG_SHA256, "sha256", NULL },
		{ HM_EV_ALG_SHA384, "sha384", NULL },
		{ HM_EV_ALG_SHA512, "sha512", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(mds) / sizeof(mds[0]); i++) {
		if (mds[i].alg != alg)
			continue;
		if (!mds[i].md)
			mds[i].md = EVP_MD_fetch(NULL, mds[i].name, NULL);
		*ret_name = mds[i].name;
		return mds[i].md;
	}
	return NULL;
}

void gt_sha256(const void *p, size_t n, uint8_t *out)
{
	const char *name;

	digest(find_md(HM_EV_ALG_SHA256, &name), p, n, out);
}

/* All of @fd, behind what @log holds already. */
static int read_all(int fd, struct gt_log *log)
{
	ssize_t n = 1;

	while (n > 0) {
		n = read(fd, log->bytes + log->len, LOG_MAX - log->len);
		if (n > 0)
			log->len += (size_t)n;
	}
	return n < 0 ? -errno : 0;
}

int gt_log_read_kept(struct gt_log *log)
{
	int fd = open(GT_SECURITYFS "log", O_RDONLY | O_CLOEXEC), rc = -ENOMEM;

	if (fd < 0)
		return -errno;
	*log = (struct gt_log){ .bytes = malloc(LOG_MAX) };
	if (log->bytes)
		rc = read_all(fd, log);
	close(fd);
	if (rc)
		gt_log_free(log);
	return rc;
}

long gt_log_head(const struct gt_log *log)
{
	struct hm_ev_reader r;

	return hm_ev_reader_init(&r, log->bytes, log->len) ? -EBADMSG : (long)r.pos;
}

/* Where exported pieces are kept: a file each, by its offset, as it was read. */
static const char *pieces(void)
{
	const char *dir = getenv("HM_PIECES");

	return dir ? dir : "/tmp/kselftest-pieces";
}

/* A piece behind the others, of which the header is the first's alone. */
static int join_piece(struct gt_log *log, const char *name)
{
	size_t before = log->len;
	char path[512];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", pieces(), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_all(fd, log);
	close(fd);
	if (!rc && before) {
		struct gt_log piece = { log->bytes + before, log->len - before };
		long head = gt_log_head(&piece);

		if (head < 0)
			return (int)head;
		memmove(piece.bytes, piece.bytes + head, piece.len - (size_t)head);
		log->len -= (size_t)head;
	}
	return rc;
}

static int join_pieces(struct gt_log *log)
{
	struct dirent **names;
	int n = scandir(pieces(), &names, NULL, alphasort), i, rc = 0;

	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++) {
		if (!rc && names[i]->d_name[0] != '.')
			rc = join_piece(log, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return rc;
}

int gt_log_read(struct gt_log *log)
{
	long long offset = gt_exported();
	int rc = gt_log_read_kept(log);
	struct gt_log kept;
	long head;

	if (rc)
		return rc;
	head = gt_log_head(log);
	if (head < 0 || offset < 0)
		return -EBADMSG;
	if (offset == head)
		return 0;
	kept = *log;
	*log = (struct gt_log){ .bytes = malloc(LOG_MAX) };
	rc = log->bytes ? join_pieces(log) : -ENOMEM;
	if (!rc && (long long)log->len != offset) {
		printf("# pieces of %zu bytes, exported %lld\n", log->len, offset);
		rc = -EBADMSG;	/* somebody has exported behind our back */
	}
	if (!rc) {
		memcpy(log->bytes + log->len, kept.bytes + head, kept.len - (size_t)head);
		log->len += kept.len - (size_t)head;
	}
	gt_log_free(&kept);
	if (rc)
		gt_log_free(log);
	return rc;
}

int gt_log_open(void)
{
	int fd = open(GT_SECURITYFS "log", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void gt_export_of(struct hallmark_export *x, const struct gt_log *kept, size_t len)
{
	*x = (struct hallmark_export){ .size = sizeof(*x), .len = len };
	gt_sha256(kept->bytes, len <= kept->len ? len : kept->len, x->digest);
}

int gt_export_ioctl(int fd, struct hallmark_export *x)
{
	return ioctl(fd, HALLMARK_IOC_EXPORT, x) < 0 ? -errno : 0;
}

int gt_export(int fd, const struct gt_log *kept, size_t len, struct hallmark_export *ret)
{
	struct hallmark_export x;
	char path[512];
	int rc, out;

	gt_export_of(&x, kept, len);
	rc = gt_export_ioctl(fd, &x);
	if (ret)
		*ret = x;
	if (rc)
		return rc;
	mkdir(pieces(), 0755);
	snprintf(path, sizeof(path), "%s/%012llu", pieces(), (unsigned long long)x.offset);
	out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	if (write(out, kept->bytes, len) != (ssize_t)len)
		rc = -EIO;
	close(out);
	return rc;
}

bool gt_piece_is(long long offset, const uint8_t *sha256)
{
	struct gt_log piece = { .bytes = malloc(LOG_MAX) };
	char path[512];
	uint8_t sha[32];
	int fd;

	snprintf(path, sizeof(path), "%s/%012lld", pieces(), offset);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !piece.bytes || read_all(fd, &piece))
		piece.len = 0;
	close(fd);
	gt_sha256(piece.bytes, piece.len, sha);
	gt_log_free(&piece);
	return !memcmp(sha, sha256, sizeof(sha));
}

void gt_log_free(struct gt_log *log)
{
	free(log->bytes);
	*log = (struct gt_log){ 0 };
}

struct replay {
	const char *name;
	const EVP_MD *md;
	uint8_t pcr[HM_EV_DIGEST_MAX];
};

static bool wrong(const char *what, size_t event)
{
	printf("# log: event %zu: %s\n", event, what);
	fflush(stdout);
	return false;
}

static bool replay_event(const struct hm_ev *ev, struct replay *r, size_t event)
{
	uint8_t both[2 * HM_EV_DIGEST_MAX];
	uint32_t b;

	for (b = 0; b < ev->nbanks; b++) {
		uint16_t size = ev->bank[b].size;

		digest(r[b].md, ev->data, ev->data_len, both + size);
		if (memcmp(both + size, ev->bank[b].digest, size))
			return wrong("a digest is not its event's hash", event);
		if (ev->type != HM_EV_EVENT_TAG)
			continue;
		memcpy(both, r[b].pcr, size);
		digest(r[b].md, both, 2u * size, r[b].pcr);
	}
	return true;
}

/* What the kernel reads from the TPM right now, as hexadecimal in sysfs. */
static bool pcr_is(const struct replay *r, uint32_t pcr, uint16_t size)
{
	char path[128], text[2 * HM_EV_DIGEST_MAX + 2], hex[2 * HM_EV_DIGEST_MAX + 1];
	uint16_t i;

	snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%u", r->name, pcr);
	if (gt_read_file(path, text, sizeof(text)))
		return false;
	for (i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02X", r->pcr[i]);
	return strcasecmp(hex, text) == 0;
}

bool gt_log_replays(const struct gt_log *log, size_t *ret_events)
{
	struct replay replay[HM_EV_BANKS_MAX] = { 0 };
	static struct hm_ev ev;
	struct hm_ev_reader r;
	size_t n = 0;
	uint32_t b, pcr = 0;
	int rc;

	if (hm_ev_reader_init(&r, log->bytes, log->len))
		return wrong("no header", 0);
	while ((rc = hm_ev_next(&r, &ev)) == 1) {
		if (!n && ev.tag != HM_EV_TAG_START)
			return wrong("the first event is not START", n);
		if (!n) {
			pcr = ev.u.start.pcr;
			for (b = 0; b < r.nbanks; b++) {
				replay[b].md = find_md(ev.u.start.before[b].alg, &replay[b].name);
				if (!replay[b].md)
					return wrong("unknown bank", n);
				memcpy(replay[b].pcr, ev.u.start.before[b].digest,
				       ev.u.start.before[b].size);
			}
		}
		if (ev.pcr != pcr)
			return wrong("another PCR", n);
		if (!replay_event(&ev, replay, n++))
			return false;
	}
	if (rc < 0 || !n)
		return wrong("not a log", n);
	for (b = 0; b < r.nbanks; b++)
		if (!pcr_is(&replay[b], pcr, r.bank[b].size))
			return wrong("replay and PCR differ at the end", n);
	if (ret_events)
		*ret_events = n;
	return true;
}

static uint64_t seq_of(const struct hm_ev *ev)
{
	switch (ev->tag) {
	case HM_EV_TAG_INTENT:
		return ev->u.intent.seq;
	case HM_EV_TAG_OUTCOME:
		return ev->u.outcome.seq;
	case HM_EV_TAG_EXPORT:
		return ev->u.exported.seq;
	case HM_EV_TAG_RESOLVED:
		return ev->u.resolve.seq;
	case HM_EV_TAG_FAULT:
		return ev->u.fault.seq;
	default:
		return 0;
	}
}

bool gt_log_find(const struct gt_log *log, uint32_t tag, uint64_t seq, struct hm_ev *ret)
{
	static struct hm_ev ev;
	struct hm_ev_reader r;
	bool found = false;

	if (hm_ev_reader_init(&r, log->bytes, log->len))
		return false;
	while (hm_ev_next(&r, &ev) == 1)
		if (ev.tag == tag && (!seq || seq_of(&ev) == seq)) {
			*ret = ev;
			found = true;
		}
	return found;
}

bool gt_log_agrees(const struct gt_log *log, const struct hallmark_mark *m)
{
	static struct hm_ev in, out;

	if (!gt_log_find(log, HM_EV_TAG_INTENT, m->seq, &in) ||
	    !gt_log_find(log, HM_EV_TAG_OUTCOME, m->seq, &out))
		return wrong("INTENT or OUTCOME is missing", m->seq);
	if (out.at <= in.at || memcmp(in.u.intent.job_id, m->job_id, sizeof(m->job_id)) ||
	    memcmp(in.u.intent.sha256, m->digest, sizeof(m->digest)) ||
	    in.u.intent.flags != (m->flags & HALLMARK_MARK_IN_FLAGS) ||
	    in.u.intent.len != m->payload_len || in.u.intent.offset != m->offset)
		return wrong("INTENT says something else", m->seq);
	if (out.u.outcome.state != m->state || out.u.outcome.sent != m->sent ||
	    out.u.outcome.error != m->error)
		return wrong("OUTCOME says something else", m->seq);
	return true;
}

long gt_log_size(void)
{
	struct gt_log log;
	int rc = gt_log_read_kept(&log);
	long n;

	if (rc)
		return rc;
	n = (long)log.len;
	gt_log_free(&log);
	return n;
}
