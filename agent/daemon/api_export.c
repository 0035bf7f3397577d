// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Exports: the whole bundle, sealed with a fresh checkpoint, written below
 * STATE/exports/ID until it is fetched and deleted. The caller fetches file by file;
 * the list with sizes and digests is the answer to the POST.
 */
#include <dirent.h>
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

#define EXPORTS_MAX	4
#define EXPORT_FILE_MAX	(256u << 20)

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

static int count_exports(const char *dir)
{
	struct dirent *e;
	DIR *f = opendir(dir);
	int n = 0;

	while (f && (e = readdir(f)))
		n += e->d_name[0] != '.';
	if (f)
		closedir(f);
	return n;
}

static bool id_ok(const char *id)
{
	return strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16;
}

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

	pthread_mutex_lock(&d->station_lock);
	if (count_exports(base) >= EXPORTS_MAX)
		rc = hm_err_set(&c->err, -HM_EBUSY, "%d exports lie there already: delete one", EXPORTS_MAX);
	else if (mkdir(dir, 0750))
		rc = hm_err_set(&c->err, -errno, "%s: %s", dir, strerror(errno));
	s.files = json_array();
	rc = rc ?: hm_station_seal(&d->station, &c->err);
	rc = rc ?: hm_station_bundle(&d->env, &sink, &c->err);
	pthread_mutex_unlock(&d->station_lock);

	hm_daemon_fatal(d, rc, &c->err);
	if (rc) {
		if (rc != -HM_EBUSY)
			nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		json_decref(s.files);
		return rc;
	}
	hm_log(HM_LOG_OTHER, LOG_INFO, "export %s for %s", id, c->rq->peer);
	*ret = json_pack("{s:s, s:o}", "id", id, "files", s.files);
	return 0;
}

int hm_api_export_get(struct hm_call *c, json_t **ret)
{
	char base[256], path[512];
	int rc;

	(void)ret;
	if (!id_ok(c->arg) || !path_ok(c->rest))
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such file in an export");
	exports_dir(c->d, base);
	snprintf(path, sizeof(path), "%s/%s/%s", base, c->arg, c->rest);
	c->reply->bytes.limit = EXPORT_FILE_MAX;
	rc = hm_read_file(path, &c->reply->bytes);
	if (rc == -ENOENT || rc == -EISDIR)
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such file in an export");
	if (!rc)
		strcpy(c->reply->type, "application/octet-stream");
	return rc;
}

int hm_api_export_delete(struct hm_call *c, json_t **ret)
{
	char base[256], dir[300];
	struct stat st;

	exports_dir(c->d, base);
	snprintf(dir, sizeof(dir), "%s/%s", base, c->arg);
	if (!id_ok(c->arg) || lstat(dir, &st))
		return hm_err_set(&c->err, -HM_ENOT_FOUND, "no such export");
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		return hm_err_set(&c->err, -errno, "%s: %s", dir, strerror(errno));
	*ret = json_object();
	return 0;
}
