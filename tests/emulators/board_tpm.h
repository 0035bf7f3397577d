/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A board's own TPM: swtpm on the kernel's virtual TPM proxy, so that the unit's
 * TPM is a /dev/tpmrmN like any other.
 *
 *	r = emu_tpm_new(event, link, changed, ctx, &t);
 *	r = emu_tpm_start(t, state_dir);	at once if the last one is gone, else when it is
 *	emu_tpm_ready(t)			the device is there and @link points to it
 *	emu_tpm_stop(t);			link gone at once, process reaped later
 *	emu_tpm_free(t);			kills and reaps
 *
 * swtpm dies with this process, however that ends.
 */
#ifndef EMU_BOARD_TPM_H
#define EMU_BOARD_TPM_H

#include <stdbool.h>

#include <systemd/sd-event.h>

struct emu_tpm;

int emu_tpm_new(sd_event *event, const char *link, void (*changed)(void *ctx), void *ctx, struct emu_tpm **ret);
struct emu_tpm *emu_tpm_free(struct emu_tpm *t);
int emu_tpm_start(struct emu_tpm *t, const char *state_dir);
void emu_tpm_stop(struct emu_tpm *t);
bool emu_tpm_ready(const struct emu_tpm *t);
/* A process is there, starting, running or ending. */
bool emu_tpm_alive(const struct emu_tpm *t);
/* How often it ended by itself since emu_tpm_start(), and was started again. */
unsigned int emu_tpm_restarts(const struct emu_tpm *t);
/* The device number N of /dev/tpmrmN, or -1. */
int emu_tpm_number(const struct emu_tpm *t);

#endif
