// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Exports: the whole bundle, sealed with a fresh checkpoint, written below
 * STATE/exports/ID until it is fetched and deleted. The caller fetches file by file;
 * the list with sizes and digests is the answer to the POST.
 *
 * A client that went away deletes nothing. So an export goes by itself a quarter of
 * an hour after it was last of use, and earlier where its place is needed and nobody
 * is fetching it: evidence can always be asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/common/json.h"
#include "agent/daemon/api.h"
#include "station/bundle.h"

#define EXPORT_FILE_MAX	(256u << 20)
#define EXPORT_KEPT_MS	(15 * 60 * 1000)
#define EXPORT_FETCH_MS	10000	/* whoever fetches asks for the next file before that */

struct sink {
	const char *dir;
	json_t *files;
};

/* A bundle's path is ours, but it becomes a file name: nothing may leave the directory. */
static bool path_ok(const char *path)
{
	size_t n = strlen(path);

	if (!n || n > 200 || path[0] == '/' || path[n - 1] == '/' || strstr(path, "//"))
		return false;
	for (const char *p = path; *p; p++) {
		if ((unsigned char)*p <= 0x20 || (unsigned char)*p > 0x7e || *p == '\\')
			return false;
		if (*p == '.' && (p == path || p[-1] == '/') &&
		    (p[1] == '/' || p[1] == '\0' || p[1] == '.'))
			return false;
	}
	return true;
}

static int make_parents(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		int rc;

		*p = '\0';
		rc = mkdir(path, 0750) && errno != EEXIST ? -errno : 0;
		*p = '/';
		if (rc)
			return rc;
	}
	return 0;
}

static int write_whole(const char *path, const uint8_t *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	int rc = fd < 0 ? -errno : 0;

	while (!rc && len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	if (fd >= 0 && close(fd) && !rc)
		rc = -errno;
	return rc;
}

static int sink_put(void *ctx, const char *path, const void *bytes, size_t len)
{
	struct sink *s = ctx;
	uint8_t digest[32];
	char whole[512];
	int rc;

	if (!path_ok(path))
		return -EINVAL;
	snprintf(whole, sizeof(whole), "%s/%s", s->dir, path);
	rc = make_parents(whole);
	rc = rc ?: write_whole(whole, bytes, len);
	if (rc)
		return rc;
	if (!EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	return json_array_append_new(s->files, json_pack("{s:s, s:I, s:o}", "path", path, "size",
				     (json_int_t)len, "sha256", hm_json_hex(digest, 32))) ? -ENOMEM : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void exports_dir(struct hm_daemon *d, char out[256])
{
	snprintf(out, 256, "%s/exports", d->paths.state);
}

void hm_exports_clear(struct hm_daemon *d)
{
	char dir[256];

	exports_dir(d, dir);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool id_ok(const char *id)
{
	return strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16;
}

/* --- which there are; each of these takes d->lock for a moment --- */

static int64_t export_used(const struct hm_export *x)
{
	return x->read_ms < 0 ? x->made_ms : x->read_ms;
}

static void remove_export(struct hm_daemon *d, const char *id, const char *why)
{
	char base[256], dir[300];

	exports_dir(d, base);
	snprintf(dir, sizeof(dir), "%s/%s", base, id);
	hm_log(HM_LOG_OTHER, LOG_NOTICE, "export %s is removed: %s", id, why);
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		hm_log(HM_LOG_OTHER, LOG_WARNING, "%s: %s", dir, strerror(errno));
}

/* d->lock is held: a free place, or that of the longest unused that nobody fetches. */
static struct hm_export *find_place(struct hm_daemon *d, int64_t now)
{
	struct hm_export *best = NULL;

	for (size_t i = 0; i < HM_EXPORTS_MAX; i++) {
		struct hm_export *x = &d->exports[i];

		if (!x->id[0])
			return x;
		if (x->busy || (x->read_ms >= 0 && now - x->read_ms < EXPORT_FETCH_MS))
			continue;
		if (!best || export_used(x) < export_used(best))
			best = x;
	}
	return best;
}

/* A place for @id, busy until let_export(); what had to go for it is gone. */
static int take_place(struct hm_daemon *d, const char *id, struct hm_err *err)
{
	int64_t now = d->env.mono_ms(d->env.ctx);
	struct hm_export *x;
	char old[17] = "";

	pthread_mutex_lock(&d->lock);
	x = find_place(d, now);
	if (x) {
		memcpy(old, x->id, sizeof(old));
		*x = (struct hm_export){ .busy = 1, .made_ms = now, .read_ms = -1 };
		memcpy(x->id, id, sizeof(x->id));
	}
	pthread_mutex_unlock(&d->lock);
	if (!x)
		return hm_err_set(err, -HM_EBUSY, "%d exports are being fetched: try again in a while",
				  HM_EXPORTS_MAX);
	if (old[0])
		remove_export(d, old, "its place is needed, and nobody fetches it");
	return 0;
}

/* d->lock is held */
static struct hm_export *find_export(struct hm_daemon *d, const char *id)
{
	for (size_t i = 0; i < HM_EXPORTS_MAX; i++)
		if (id[0] && !strcmp(d->exports[i].id, id))
			return &d->exports[i];
	return NULL;
}

/* False: there is none of that name. Else it stays until let_export(). */
static bool hold_export(struct hm_daemon *d, const char *id)
{
	struct hm_export *x;
	bool yes;

	pthread_mutex_lock(&d->lock);
	x = find_export(d, id);
	yes = x != NULL;
	if (yes)
		x->busy++;
	pthread_mutex_unlock(&d->lock);
	return yes;
}

static void let_export(struct hm_daemon *d, const char *id, bool was_read)
{
	int64_t now = d->env.mono_ms(d->env.ctx);
	struct hm_export *x;

	pthread_mutex_lock(&d->lock);
	x = find_export(d, id);
	if (x) {	/* not deleted meanwhile */
		x->busy--;
		if (was_read)
			x->read_ms = now;
		else
			x->made_ms = now;
	}
	pthread_mutex_unlock(&d->lock);
}

static bool drop_place(struct hm_daemon *d, const char *id)
{
	struct hm_export *x;

	pthread_mutex_lock(&d->lock);
	x = find_export(d, id);
	if (x)
		x->id[0] = '\0';
	pthread_mutex_unlock(&d->lock);
	return x;
}

void hm_exports_expire(struct hm_daemon *d)
{
	int64_t now = d->env.mono_ms(d->env.ctx);

	for (size_t i = 0; i < HM_EXPORTS_MAX; i++) {
		struct hm_export *x = &d->exports[i];
		char id[17] = "";

		pthread_mutex_lock(&d->lock);
		if (x->id[0] && !x->busy && now - export_used(x) >= EXPORT_KEPT_MS) {
			memcpy(id, x->id, sizeof(id));
			x->id[0] = '\0';
		}
		pthread_mutex_unlock(&d->lock);
		if (id[0])
			remove_export(d, id, "nobody fetched or deleted it");
	}
}

/* --- requests --- */

int hm_api_export_post(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	char base[256], dir[300], id[17];
	struct sink s = { .dir = dir };
	const struct hm_bundle_sink sink = { sink_put, &s };
	uint8_t bytes[8];
	int rc = hm_json_read(c->body, NULL, 0, &c->err);

	rc = rc ?: d->env.random(d->env.ctx, bytes, sizeof(bytes));
	if (rc)
		return rc;
	if (d->tpm_error)
		return hm_err_set(&c->err, d->tpm_error, "nothing can be sealed without the station's TPM: %s",
				  hm_err_text(&d->tpm_why, d->tpm_error));
	hm_hex(bytes, sizeof(bytes), id);
	exports_dir(d, base);
	snprintf(dir, sizeof(dir), "%s/%s", base, id);
	if (mkdir(base, 0750) && errno != EEXIST)
		return hm_err_set(&c->err, -errno, "%s: %s", base, strerror(errno));

	rc = take_place(d, id, &c->err);
	if (rc)
		return rc;

	pthread_mutex_lock(&d->station_lock);
	if (mkdir(dir, 0750))
		rc = hm_err_set(&c->err, -errno, "%s: %s", dir, strerror(errno));
	s.files = json_array();
	rc = rc ?: hm_station_seal(&d->station, &c->err);
	rc = rc ?: hm_station_bundle(&d->env, &sink, &c->err);
	pthread_mutex_unlock(&d->station_lock);

	hm_daemon_fatal(d, rc, &c->err);
	if (rc) {
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		drop_place(d, id);
		json_decref(s.files);
		return rc;
	}
	let_export(d, id, false);
	hm_log(HM_LOG_OTHER, LOG_INFO, "export %s for %s", id, c->rq->peer);
	*ret = json_pack("{s:s, s:o}", "id", id, "files", s.files);
	return 0;
}

int hm_api_export_get(struct hm_call *c, json_t **ret)
{
	char base[256], path[512];
	int rc;

	(void)ret;
	if (!id_ok(c->arg) || !path_ok(c->rest) || !hold_export(c->d, c->arg))
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such file in an export");
	exports_dir(c->d, base);
	snprintf(path, sizeof(path), "%s/%s/%s", base, c->arg, c->rest);
	c->reply->bytes.limit = EXPORT_FILE_MAX;
	rc = hm_read_file(path, &c->reply->bytes);
	let_export(c->d, c->arg, true);
	if (rc == -ENOENT || rc == -EISDIR || rc == -ENOTDIR)
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such file in an export");
	if (!rc)
		strcpy(c->reply->type, "application/octet-stream");
	return rc;
}

int hm_api_export_delete(struct hm_call *c, json_t **ret)
{
	char base[256], dir[300];

	exports_dir(c->d, base);
	snprintf(dir, sizeof(dir), "%s/%s", base, c->arg);
	if (!id_ok(c->arg) || !drop_place(c->d, c->arg))
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such export");
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		return hm_err_set(&c->err, -errno, "%s: %s", dir, strerror(errno));
	*ret = json_object();
	return 0;
}
