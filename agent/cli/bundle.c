// SPDX-License-Identifier: LGPL-2.1-or-later
/* An export of the daemon, fetched file by file and checked, into a new directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli.h"

#define FILE_MAX	(256u << 20)

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void hm_remove_tree(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Nothing that the daemon says may leave the directory. */
static bool path_ok(const char *path)
{
	if (!path[0] || path[0] == '/' || strlen(path) > 200)
		return false;
	for (const char *p = path; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL) {
		size_t n = strcspn(p, "/");

		if (!n || (n == 1 && p[0] == '.') || (n == 2 && !strncmp(p, "..", 2)))
			return false;
	}
	return !strpbrk(path, " %?#\\");
}

static int put_file(const char *dir, const char *path, const struct hm_buf *b)
{
	char whole[4096];
	FILE *f;
	int rc = 0;

	if (snprintf(whole, sizeof(whole), "%s/%s", dir, path) >= (int)sizeof(whole))
		return -ENAMETOOLONG;
	for (char *p = whole + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		rc = mkdir(whole, 0755) && errno != EEXIST ? -errno : 0;
		*p = '/';
		if (rc)
			return rc;
	}
	f = fopen(whole, "wxe");
	if (!f)
		return -errno;
	if (b->len && fwrite(b->data, 1, b->len, f) != b->len)
		rc = -EIO;
	if (fclose(f) && !rc)
		rc = -errno;
	return rc;
}

static int fetch_one(struct hm_cli *cli, const char *id, const json_t *file, const char *dir,
		     struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(FILE_MAX);
	const char *path = hm_json_get_text(file, "path");
	char url[512], hex[65];
	uint8_t digest[32];
	int rc;

	if (!path_ok(path))
		return hm_err_set(err, -HM_EBAD_FORMAT, "the daemon names a file '%.100s'", path);
	snprintf(url, sizeof(url), "/v1/exports/%s/%s", id, path);
	rc = hm_client_bytes(cli, url, &b, err);
	if (rc)
		return rc;
	if (!EVP_Digest(hm_buf_str(&b), b.len, digest, NULL, EVP_sha256(), NULL))
		return -ENOMEM;
	hm_hex(digest, sizeof(digest), hex);
	if (strcmp(hex, hm_json_get_text(file, "sha256")))
		return hm_err_set(err, -HM_EBAD_FORMAT, "%s arrived damaged", path);
	rc = put_file(dir, path, &b);
	return rc ? hm_err_set(err, rc, "%s/%s: %s", dir, path, strerror(-rc)) : 0;
}

static int fetch_all(struct hm_cli *cli, const char *dir, size_t *ret_files, struct hm_err *err)
{
	_cleanup_json_ json_t *body = json_object(), *v = NULL;
	const json_t *files;
	char url[64];
	json_t *file;
	size_t i;
	int rc = hm_client_post(cli, "/v1/exports", body, &v, err);

	if (rc)
		return rc;
	files = json_object_get(v, "files");
	json_array_foreach((json_t *)files, i, file) {
		rc = fetch_one(cli, hm_json_get_text(v, "id"), file, dir, err);
		if (rc)
			break;
	}
	*ret_files = json_array_size(files);
	snprintf(url, sizeof(url), "/v1/exports/%.32s", hm_json_get_text(v, "id"));
	hm_client_delete(cli, url, NULL);
	return rc;
}

static bool taken(const char *dir)
{
	struct dirent *e;
	bool yes = false;
	DIR *d = opendir(dir);

	if (!d)
		return errno != ENOENT;
	while ((e = readdir(d)))
		yes = yes || (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."));
	closedir(d);
	return yes;
}

int hm_bundle_fetch(struct hm_cli *cli, const char *dir, size_t *ret_files, struct hm_err *err)
{
	char stage[4096], clean[4000];
	size_t n;
	int rc;

	if (snprintf(clean, sizeof(clean), "%s", dir) >= (int)sizeof(clean))
		return -ENAMETOOLONG;
	n = strlen(clean);
	while (n > 1 && clean[n - 1] == '/')
		clean[--n] = '\0';
	if (taken(clean))
		return hm_err_set(err, -HM_EEXISTS, "%s is there already, and not an empty directory", clean);
	snprintf(stage, sizeof(stage), "%s.XXXXXX", clean);
	if (!mkdtemp(stage))
		return hm_err_set(err, -errno, "%s: %s", stage, strerror(errno));
	chmod(stage, 0755);
	rc = fetch_all(cli, stage, ret_files, err);
	if (!rc && rename(stage, clean))
		rc = hm_err_set(err, -errno, "%s: %s", clean, strerror(errno));
	if (rc)
		hm_remove_tree(stage);
	return rc;
}
