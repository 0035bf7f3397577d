/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An emulator's control socket: one request line in, one JSON line out, closed.
 *
 *	fault void 3		-> {"ok":true}
 *	status			-> {"ok":true,...}
 *	wait labels>=3 20	-> {"ok":true} once it holds, {"ok":false,...} after 20 s
 *
 * The device answers commands and names numbers; the socket does the waiting.
 * Call emu_control_changed() whenever a number may have changed.
 */
#ifndef EMU_CONTROL_H
#define EMU_CONTROL_H

#include <jansson.h>
#include <systemd/sd-event.h>

#define EMU_CONTROL_LINE_MAX	512
#define EMU_CONTROL_WORDS_MAX	16
#define EMU_CONTROL_CLIENTS_MAX	32

struct emu_control_ops {
	/*
	 * Carries out words[0..n-1]. May put members into @answer. Returns 0 or a
	 * negative errno; -EINVAL means "no such command or argument".
	 */
	int (*command)(void *ctx, int n, char **words, json_t *answer);
	/* A number that wait can compare; -ENOENT if there is none of that name. */
	int (*number)(void *ctx, const char *name, long long *ret);
};

struct emu_control;

int emu_control_new(sd_event *event, const char *path, const struct emu_control_ops *ops, void *ctx,
		    struct emu_control **ret);
struct emu_control *emu_control_free(struct emu_control *c);
void emu_control_changed(struct emu_control *c);

/* Parses a whole decimal number; 0 or -EINVAL. */
int emu_parse_number(const char *text, long long *ret);

#endif
