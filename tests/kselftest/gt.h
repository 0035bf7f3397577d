/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the gate's selftests share: jobs, the log, and the emulators' controls.
 *
 *	fd = gt_open("printer0", O_RDWR);		waits for the node, bounded
 *	gt_job(&m, payload, len);			a sound job under a new id
 *	rc = gt_mark(fd, &m);				0 or -errno
 *	gt_log_read(&log); gt_log_replays(&log); gt_log_find(&log, ...);
 *	gt_control("printer", "fault hold 100", NULL, 0);
 *
 * What goes through gt_mark() is kept for hm-checker; see tests/emulators/hm-checker.
 *
 * Nothing here asserts: the tests do.
 */
#ifndef GT_H
#define GT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/hallmark.h>

#include "eventlog.h"

#define GT_DIR		"/dev/hallmark/"
#define GT_SECURITYFS	"/sys/kernel/security/hallmark/"
#define GT_WAIT_MS	120000	/* the bound on every wait for an event */

/* Milliseconds of CLOCK_MONOTONIC. */
long long gt_now(void);

/* Open a marker, waiting until it is there; -errno. ENXIO and EBUSY are answers. */
int gt_open(const char *marker, int flags);
/* Wait until the node is there, or is not. */
bool gt_wait_node(const char *marker, bool there);
/* A small text file, without its last newline; 0 or -errno. */
int gt_read_file(const char *path, char *buf, size_t size);
/* A sysfs attribute of a marker, without its newline; 0 or -errno. */
int gt_attr(const char *marker, const char *attr, char *buf, size_t size);
/* Write a line into a file of sysfs; 0 or -errno. */
int gt_write_file(const char *path, const char *text);

/* A job with a fresh id, a bound of a minute and no reply expected. */
void gt_job(struct hallmark_mark *m, const void *payload, uint32_t len);
int gt_mark(int fd, struct hallmark_mark *m);
/* The same in a child, whose status is 0 if MARK was. */
pid_t gt_mark_child(int fd, struct hallmark_mark *m);
/* Kill it: true if it died of that, and is buried. */
bool gt_killed(pid_t pid);
/* Wait until @pid is blocked in the system call @nr. */
bool gt_wait_blocked(pid_t pid, long nr);
/* RESULT of the job that @id names. */
int gt_result(int fd, const uint8_t *id, struct hallmark_mark *m);
void gt_sha256(const void *p, size_t n, uint8_t *out);

struct gt_log {
	uint8_t *bytes;
	size_t len;
};

/*
 * The joined log: what gt_export() gave away, also in programs before this one, and
 * what is kept. Then the kept log alone.
 */
int gt_log_read(struct gt_log *log);
int gt_log_read_kept(struct gt_log *log);
void gt_log_free(struct gt_log *log);
/*
 * True if the log decodes, every digest is its event's hash in every bank, and
 * replaying it from START gives what the TPM's PCR holds now. @ret_events may be
 * NULL. Says on stdout what is wrong.
 */
bool gt_log_replays(const struct gt_log *log, size_t *ret_events);
/* The last event of @tag with @seq (0: any); false if there is none. */
bool gt_log_find(const struct gt_log *log, uint32_t tag, uint64_t seq, struct hm_ev *ret);
/* INTENT and OUTCOME of @m are in the log and say what @m says. */
bool gt_log_agrees(const struct gt_log *log, const struct hallmark_mark *m);
/* Bytes of its header. */
long gt_log_head(const struct gt_log *log);
/* The size of the log that is kept now, or -errno; the last seq; the exported offset. */
long gt_log_size(void);
long long gt_seq(void);
long long gt_exported(void);

/* The log's file, for EXPORT; -errno. */
int gt_log_open(void);
/* A sound EXPORT of the first @len bytes of @kept; the ioctl: 0 or -errno. */
void gt_export_of(struct hallmark_export *x, const struct gt_log *kept, size_t len);
int gt_export_ioctl(int fd, struct hallmark_export *x);
/*
 * Both; and the piece becomes a file in $HM_PIECES, for gt_log_read() and hm-checker.
 * @ret may be NULL.
 */
int gt_export(int fd, const struct gt_log *kept, size_t len, struct hallmark_export *ret);
/* The piece that was exported up to @offset is kept, and this is its digest. */
bool gt_piece_is(long long offset, const uint8_t *sha256);
/* The gate's state is @want: "ok", "full", "fault". */
bool gt_state_is(const char *want);

/* The USB device behind @marker, its directory in sysfs; 0 or -errno. */
int gt_usb_device(const char *marker, char *sysfs, size_t size);
/* Its attributes, "power/control": read, write (0 or -errno), and wait until one is @want. */
int gt_usb_attr(const char *marker, const char *attr, char *buf, size_t size);
int gt_usb_set_attr(const char *marker, const char *attr, const char *value);
bool gt_usb_wait_attr(const char *marker, const char *attr, const char *want);
/* What another process may do to it behind any driver's back; 0 or -errno. */
int gt_usb_reset(const char *marker);

/*
 * As much of a suspend as needs no machine that wakes up: everything is told of
 * it and processes are frozen, then it goes back (the kernel's pm_test). 0 or -errno.
 */
int gt_nap(void);
/* Another program's TPM2_PCR_Extend of the SHA-256 bank of PCR 13, the gate's default. */
bool gt_foreign_extend(void);

/*
 * The kernel's tracer: what an event says is in its ring until the next gt_trace_on().
 *
 *	gt_trace_on("hallmark"); ... n = gt_trace_lines("hallmark_job_end:", line, ...);
 *	gt_trace_off("hallmark");
 *
 * How many lines contain @what and, unless it is 0, are of process @pid; the last of
 * them in @line.
 */
bool gt_trace_on(const char *event);
bool gt_trace_off(const char *event);
int gt_trace_lines(const char *what, pid_t pid, char *line, size_t size);

/* The same of how ioctl() and openat() end: how often @nr returned @value to @pid. */
bool gt_trace_exits_on(void);
bool gt_trace_exits_off(void);
int gt_trace_exits(long nr, long value, pid_t pid);

/*
 * Tell slot 0's emulator ("printer", "fixture") something; true if it said ok.
 * Its answer, a line of JSON, is put into @answer unless that is NULL.
 */
bool gt_control(const char *device, const char *command, char *answer, size_t size);
/* The same of any slot, and not a word of it if it is refused. */
bool gt_slot_ask(unsigned int slot, const char *device, const char *command, char *answer, size_t size);
/* A number from the emulator's status, or -1. */
long long gt_number(const char *device, const char *name);
/* The fixture plugged in, no fault left, a board in: eeprom0 open, or -errno. */
int gt_board(void);
/* The adapter that it is behind, "i2c-N"; 0 or -errno. */
int gt_adapter(char *name, size_t size);
/*
 * Where most tests begin: no fault left, printer0 and eeprom0 there, a board in, both
 * open. A @ret_eeprom that is NULL leaves the fixture alone.
 */
bool gt_ready(int *ret_printer, int *ret_eeprom);
/* Plug it in, unless it is; pull it out and wait until the emulator says so. */
bool gt_plug(const char *device);
bool gt_unplug(const char *device);

#endif
