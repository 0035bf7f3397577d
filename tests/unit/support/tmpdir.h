/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of a test's own, removed with all that is in it. */
#ifndef HM_TEST_TMPDIR_H
#define HM_TEST_TMPDIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline char *tmpdir_make(void)
{
	const char *base = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/hallmark-test-XXXXXX", base ? base : "/tmp") < 0)
		abort();
	if (!mkdtemp(path)) {
		perror(path);
		abort();
	}
	return path;
}

static inline void tmpdir_empty_at(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return;
	d = fdopendir(fd);
	if (!d)
		abort();
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0)) {
			tmpdir_empty_at(fd, e->d_name);
			(void)unlinkat(fd, e->d_name, AT_REMOVEDIR);
		}
	}
	closedir(d);
}

static inline void tmpdir_remove(char *path)
{
	tmpdir_empty_at(AT_FDCWD, path);
	(void)rmdir(path);
	free(path);
}

/* @path/@name, in a buffer of the caller's. */
static inline const char *tmpdir_path(char out[512], const char *path, const char *name)
{
	if (snprintf(out, 512, "%s/%s", path, name) >= 512)
		abort();
	return out;
}

#endif /* HM_TEST_TMPDIR_H */
