// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static int from_errno(int e)
{
	return e == ENOSPC || e == EDQUOT ? -HM_EDISK_FULL : -e;
}

/* fsync: whatever it reports, what was written before may be gone. */
static int sync_fd(int fd)
{
	if (!fsync(fd))
		return 0;
	return errno == ENOSPC || errno == EDQUOT ? -HM_EDISK_FULL : -HM_ESTORE;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return from_errno(errno);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A name beside @base that nobody has: a leftover of a crash is in nobody's way. */
static int create_beside(int dir, const char *base, mode_t mode, char *name, size_t size)
{
	for (int tries = 0; tries < 16; tries++) {
		uint64_t r;
		int fd, n;

		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			return -EIO;
		n = snprintf(name, size, ".%s.%016" PRIx64, base, r);
		if (n < 0 || (size_t)n >= size)
			return -ENAMETOOLONG;
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return from_errno(errno);
	}
	return -EEXIST;
}

/* The directory that @path is in, and its last component. */
static int open_parent(int dirfd, const char *path, const char **ret_base)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char dir[PATH_MAX];
	int fd;

	if (!*base || !strcmp(base, ".") || !strcmp(base, ".."))
		return -EISDIR;
	if (!slash)
		strcpy(dir, ".");
	else if (slash == path)
		strcpy(dir, "/");
	else if ((size_t)(slash - path) >= sizeof(dir))
		return -ENAMETOOLONG;
	else
		*stpncpy(dir, path, (size_t)(slash - path)) = '\0';
	fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_base = base;
	return fd;
}

int hm_file_put(int dirfd, const char *path, const void *bytes, size_t len, mode_t mode)
{
	char name[NAME_MAX + 1];
	const char *base;
	int dir, fd, rc;

	assert(path && (bytes || !len));
	dir = open_parent(dirfd, path, &base);
	if (dir < 0)
		return dir;
	fd = create_beside(dir, base, mode, name, sizeof(name));
	if (fd < 0) {
		close(dir);
		return fd;
	}
	/* the mode asked for, whatever the umask */
	rc = fchmod(fd, mode) ? -errno : 0;
	if (!rc)
		rc = write_all(fd, bytes, len);
	if (!rc)
		rc = sync_fd(fd);
	if (close(fd) && !rc)
		rc = from_errno(errno);
	if (!rc && renameat(dir, name, dir, base))
		rc = from_errno(errno);
	if (rc)
		(void)unlinkat(dir, name, 0);
	else
		rc = sync_fd(dir);
	close(dir);
	return rc;
}

/* One component in @dir; its directory is returned open. */
static int make_one(int dir, const char *name, mode_t mode)
{
	bool made = !mkdirat(dir, name, mode);
	int fd, rc = 0;

	if (!made && errno != EEXIST)
		return from_errno(errno);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (made) {
		rc = fchmod(fd, mode) ? -errno : sync_fd(fd);
		if (!rc)
			rc = sync_fd(dir);
	}
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

int hm_dir_make(int dirfd, const char *path, mode_t mode)
{
	int dir = openat(dirfd, path[0] == '/' ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];

	assert(path);
	if (dir < 0)
		return -errno;
	while (*path) {
		size_t n = strcspn(path, "/");
		int next;

		if (n > NAME_MAX) {
			close(dir);
			return -ENAMETOOLONG;
		}
		if (n) {
			memcpy(name, path, n);
			name[n] = '\0';
			next = make_one(dir, name, mode);
			close(dir);
			if (next < 0)
				return next;
			dir = next;
		}
		path += n;
		path += strspn(path, "/");
	}
	close(dir);
	return 0;
}
