// SPDX-License-Identifier: LGPL-2.1-or-later
/* A 24C256 in a file; see eeprom.h. */
#include "eeprom.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

static uint64_t now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int open_journal(struct emu_eeprom *e, const char *path)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 1;
	char beside[PATH_MAX];

	snprintf(beside, sizeof(beside), "%.*s/writes.jsonl", len, slash ? path : ".");
	return emu_journal_open(beside, NULL, NULL, &e->journal);
}

int emu_eeprom_open(struct emu_eeprom *e, const char *path)
{
	struct stat st;
	int fd, r = 0;

	memset(e->memory, 0xff, sizeof(e->memory));
	if (stat(path, &st) < 0) {
		r = errno == ENOENT ? emu_write_file(path, e->memory, sizeof(e->memory)) : -errno;
		if (r < 0)
			return r;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pread(fd, e->memory, sizeof(e->memory), 0) != (ssize_t)sizeof(e->memory)) {
		close(fd);
		return -EIO;	/* not the image of a 24C256 */
	}
	r = open_journal(e, path);
	if (r < 0) {
		close(fd);
		return r;
	}
	e->fd = fd;
	e->address = 0;
	e->busy_until = 0;
	emu_eeprom_abort(e);
	return 0;
}

void emu_eeprom_close(struct emu_eeprom *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	e->journal = emu_journal_close(e->journal);
	emu_eeprom_abort(e);
}

bool emu_eeprom_select(struct emu_eeprom *e)
{
	if (e->fd >= 0 && !e->nak && now_usec() >= e->busy_until)
		return true;
	e->naks++;
	return false;
}

void emu_eeprom_abort(struct emu_eeprom *e)
{
	memset(e->latched, 0, sizeof(e->latched));
	e->dirty = false;
}

void emu_eeprom_write(struct emu_eeprom *e, const uint8_t *data, size_t len)
{
	size_t i;

	emu_eeprom_abort(e);
	if (len < 2)
		return;
	e->address = (unsigned int)(data[0] << 8 | data[1]) % EMU_EEPROM_SIZE;
	e->page_base = e->address & ~(EMU_EEPROM_PAGE - 1u);
	for (i = 2; i < len; i++) {
		unsigned int at = e->address % EMU_EEPROM_PAGE;

		e->page[at] = data[i];
		e->latched[at] = true;
		e->dirty = true;
		/* the address counter wraps within the page */
		e->address = e->page_base + (at + 1) % EMU_EEPROM_PAGE;
	}
}

void emu_eeprom_read(struct emu_eeprom *e, uint8_t *data, size_t len)
{
	size_t i;

	emu_eeprom_abort(e);
	for (i = 0; i < len; i++) {
		data[i] = e->memory[e->address];
		e->address = (e->address + 1) % EMU_EEPROM_SIZE;
	}
}

/* The bytes that are latched, as runs of neighbours. */
static int note_write(const struct emu_eeprom *e)
{
	char hex[2 * EMU_EEPROM_PAGE + 1];
	unsigned int from, n;
	int r = 0;

	for (from = 0; r == 0 && from < EMU_EEPROM_PAGE; from += n ? n : 1) {
		for (n = 0; from + n < EMU_EEPROM_PAGE && e->latched[from + n]; n++)
			;
		if (n == 0)
			continue;
		emu_hex(e->page + from, n, hex);
		r = emu_journal_write(e->journal, json_pack("{s:i,s:s}", "offset", (int)(e->page_base + from),
							    "bytes", hex), false);
	}
	return r;
}

int emu_eeprom_stop(struct emu_eeprom *e)
{
	uint8_t *page = e->memory + e->page_base;
	unsigned int i;
	bool flip;
	int r;

	r = e->dirty ? note_write(e) : 0;
	if (r < 0)
		return r;
	if (!e->dirty || e->protect) {
		emu_eeprom_abort(e);
		return 0;
	}
	flip = e->corrupt > 0;
	if (flip)
		e->corrupt--;
	for (i = 0; i < EMU_EEPROM_PAGE; i++) {
		if (!e->latched[i])
			continue;
		page[i] = flip ? e->page[i] ^ 0x10 : e->page[i];
		flip = false;
		e->bytes++;
	}
	emu_eeprom_abort(e);
	if (pwrite(e->fd, page, EMU_EEPROM_PAGE, e->page_base) != EMU_EEPROM_PAGE || fdatasync(e->fd) < 0)
		return -errno;
	e->writes++;
	e->busy_until = e->cycle_usec ? now_usec() + e->cycle_usec : 0;
	return 0;
}
