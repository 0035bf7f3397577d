// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files and journals of the physical world; see world.h. */
#include "world.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#define PATH_ROOM 1024

struct emu_journal {
	int fd;
};

int emu_mkdirs(const char *path)
{
	char p[PATH_ROOM];
	char *slash;

	if (snprintf(p, sizeof(p), "%s", path) >= (int)sizeof(p))
		return -ENAMETOOLONG;
	for (slash = p + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(p, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(p, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int emu_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_directory_of(const char *path)
{
	char dir[PATH_ROOM];
	char *slash;
	int fd, r;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	/* a shared folder cannot sync a directory; its server writes through */
	return r == -EINVAL ? 0 : r;
}

int emu_write_file(const char *path, const void *data, size_t len)
{
	char temporary[PATH_ROOM];
	int fd, r;

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = emu_write_all(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	return r < 0 ? r : sync_directory_of(path);
}

int emu_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;	/* the descriptor stays open: it is the lock */
	r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	close(fd);
	return r;
}

void emu_hex(const void *bytes, size_t len, char *out)
{
	const uint8_t *p = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02X", p[i]);
	out[2 * len] = '\0';
}

static int nibble(char c)
{
	c = (char)toupper((unsigned char)c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int emu_unhex(const char *text, size_t len, uint8_t *out, size_t room, size_t *ret_len)
{
	size_t i;

	if (len % 2 || len / 2 > room)
		return -EINVAL;
	for (i = 0; i < len; i += 2) {
		int hi = nibble(text[i]), lo = nibble(text[i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*ret_len = len / 2;
	return 0;
}

void emu_sha256_hex(const void *data, size_t len, char out[65])
{
	uint8_t digest[32];
	size_t i;

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (i = 0; i < sizeof(digest); i++)
		sprintf(out + 2 * i, "%02x", digest[i]);
}

static int restore_lines(int fd, void (*restore)(void *ctx, const json_t *line), void *ctx)
{
	int copy = dup(fd);
	FILE *f = copy < 0 ? NULL : fdopen(copy, "r");
	char *line = NULL;
	size_t room = 0;
	off_t whole = 0;
	ssize_t n;

	if (!f) {
		if (copy >= 0)
			close(copy);
		return -errno;
	}
	rewind(f);
	while ((n = getline(&line, &room, f)) > 0 && line[n - 1] == '\n') {
		json_t *o = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);

		if (o && restore)
			restore(ctx, o);
		json_decref(o);
		whole += n;
	}
	free(line);
	fclose(f);
	return ftruncate(fd, whole) < 0 ? -errno : 0;
}

int emu_journal_open(const char *path, void (*restore)(void *ctx, const json_t *line), void *ctx,
		     struct emu_journal **ret)
{
	struct emu_journal *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	r = j->fd < 0 ? -errno : restore_lines(j->fd, restore, ctx);
	if (r < 0) {
		emu_journal_close(j);
		return r;
	}
	*ret = j;
	return 0;
}

int emu_journal_write(struct emu_journal *j, json_t *line, bool sync)
{
	struct timespec now;
	struct tm tm;
	char time[64], *text;
	size_t len;
	int r;

	if (!line)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(time + len, sizeof(time) - len, ".%03ldZ", now.tv_nsec / 1000000);
	json_object_set_new(line, "time", json_string(time));
	text = json_dumps(line, JSON_COMPACT);
	json_decref(line);
	if (!text)
		return -ENOMEM;
	len = strlen(text);
	text[len++] = '\n';	/* in place of the NUL: one write, so that a kill tears at most this line */
	r = emu_write_all(j->fd, text, len);
	free(text);
	if (r == 0 && sync && fdatasync(j->fd) < 0)
		r = -errno;
	return r;
}

struct emu_journal *emu_journal_close(struct emu_journal *j)
{
	if (j && j->fd >= 0)
		close(j->fd);
	free(j);
	return NULL;
}
