/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The physical world on disk: plain files that survive the process, the guest
 * and a kill -9 of either. A journal is a file of JSON lines; a line is in it
 * whole or not at all, and what it tells has not happened before it is there.
 *
 *	r = emu_journal_open(path, restore, ctx, &journal);	calls restore() for each old line
 *	r = emu_journal_write(journal, json_pack(...), true);
 *	emu_journal_close(journal);
 */
#ifndef EMU_WORLD_H
#define EMU_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* mkdir -p; 0 or a negative errno */
int emu_mkdirs(const char *path);
/* A whole file, replaced atomically and durable on return. */
int emu_write_file(const char *path, const void *data, size_t len);
/* All of @len, or a negative errno. */
int emu_write_all(int fd, const void *data, size_t len);
/* One process a device: -EBUSY while another holds @path; held until this process ends. */
int emu_lock(const char *path);
void emu_hex(const void *bytes, size_t len, char *out);		/* upper case, NUL-terminated */
int emu_unhex(const char *text, size_t len, uint8_t *out, size_t room, size_t *ret_len);
void emu_sha256_hex(const void *data, size_t len, char out[65]);	/* lower case */

struct emu_journal;

/* A torn last line (a kill in mid-write) is cut off before anything is added. */
int emu_journal_open(const char *path, void (*restore)(void *ctx, const json_t *line), void *ctx,
		     struct emu_journal **ret);
/* Steals @line, adds the time. @sync: durable on return. */
int emu_journal_write(struct emu_journal *j, json_t *line, bool sync);
struct emu_journal *emu_journal_close(struct emu_journal *j);

#endif
