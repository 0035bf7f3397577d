/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Driving a marker: the gate's device node, or a plain file (the embedded default,
 * which an audit calls ungated). The only room that opens a marker.
 *
 * Addresses:
 *	gate:/dev/hallmark/by-path/...-printer	a marker behind the gate
 *	gate:/dev/hallmark/by-path/...-eeprom
 *	file:/path/printer-tray			printer: each job is DIR/SERIAL-NNN.zpl
 *	file:/path/eeprom-tray?size=32768	EEPROM: DIR/SERIAL.bin, created blank
 *
 * A tray is a directory that exists (a missing one is a missing device), one opener
 * at a time; its jobs are remembered in DIR/.jobs, the last thousand at least. An
 * EEPROM file without any write permission stands for a write-protected board.
 * @serial may be NULL where nothing will be marked (a look at the port status).
 *
 * Calling sequence:
 *	rc = hm_marker_open(address, serial, &m, &err);
 *	... hm_marker_info(m) ...
 *	rc = hm_marker_mark(m, &job, reply, sizeof(reply), &err);
 *	hm_marker_close(m);
 *
 * The contract is the gate's: an error from hm_marker_mark() means that nothing was
 * measured and nothing sent; 0 means that job->state tells what became of it.
 * Errors: -HM_ENO_DEVICE (unplugged, no such node), -HM_EEEPROM_ABSENT, -HM_EBUSY,
 * -EEXIST (the job id is known: ask hm_marker_result()), -HM_EGATE_FAULT,
 * -HM_ELOG_FULL, -HM_EDISK_FULL (a file), -HM_EDEVICE, -EINVAL; from opening also
 * -HM_EBAD_CONFIG (the address).
 */
#ifndef HM_MARKER_MARKER_H
#define HM_MARKER_MARKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum hm_marker_kind {
	HM_MARKER_PRINTER = 1,
	HM_MARKER_EEPROM = 2,
};

/* As enum hallmark_state of the uapi, and one more for jobs that were never begun. */
enum hm_mark_state {
	HM_MARK_NONE = 0,
	HM_MARK_DONE = 1,
	HM_MARK_PARTIAL = 2,
	HM_MARK_UNKNOWN = 3,
	HM_MARK_VERIFY_FAILED = 4,
	HM_MARK_FAULT = 5,
};
const char *hm_mark_state_name(enum hm_mark_state s);	/* "done", "partial", ... */

struct hm_marker;

#define HM_MARK_REPRINT	(1u << 0)
#define HM_MARK_QUERY	(1u << 1)
#define HM_MARK_FLAGS	(HM_MARK_REPRINT | HM_MARK_QUERY)

struct hm_mark_job {
	/* in */
	uint8_t job_id[16];
	uint32_t flags;
	const void *payload;
	uint32_t payload_len;
	uint32_t offset;
	uint32_t timeout_ms;
	uint32_t reply_max;
	/* out */
	uint64_t seq;
	enum hm_mark_state state;
	uint32_t sent;
	int error;
	uint32_t reply_len;
	uint8_t digest[32];
	bool latched;
};

struct hm_marker_info {
	enum hm_marker_kind kind;
	char name[32];		/* as the event log names it; "file" for files */
	bool gated;		/* behind the gate: measured */
	bool answers;		/* a printer whose tag read-back can be had */
	uint32_t size;		/* EEPROM: bytes; else 0 */
};

int hm_marker_open(const char *address, const char *serial, struct hm_marker **ret,
		   struct hm_err *err);
void hm_marker_close(struct hm_marker *m);
const struct hm_marker_info *hm_marker_info(const struct hm_marker *m);
int hm_marker_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		   struct hm_err *err);
/*
 * What became of job->job_id: 0 with the out members, -HM_ENOT_FOUND where the
 * retained log of this boot has no such job, -HM_EBUSY where it is still running.
 * The reply comes too where the marker still keeps it (it was the marker's last job);
 * else job->reply_len is 0.
 */
int hm_marker_result(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		     struct hm_err *err);
/* EEPROM only: exactly @len bytes. */
int hm_marker_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		   struct hm_err *err);
/*
 * Printer only, without a job: the IEEE 1284 port status byte (0x20 paper out,
 * 0x10 selected, 0x08 no error), or a negative error. A file printer says 0x18.
 */
int hm_marker_port_status(struct hm_marker *m, struct hm_err *err);

/* The gate as a whole. */
struct hm_gate_state {
	bool present;
	bool fault;		/* latched: every mark is refused until a reboot */
	uint8_t boot_id[16];	/* of the START event */
	uint32_t pcr;
	uint64_t seq;		/* of the last job */
	uint32_t log_bytes;
	uint32_t log_max;
};
/* @sysroot: "" or a directory that stands for / in tests. present = false is no error. */
int hm_gate_state(const char *sysroot, struct hm_gate_state *ret, struct hm_err *err);
/* The whole event log, appended to @log. -HM_ENO_DEVICE without a gate. */
int hm_gate_log(const char *sysroot, struct hm_buf *log, struct hm_err *err);

#endif /* HM_MARKER_MARKER_H */
