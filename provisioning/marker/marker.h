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
 * -HM_EBUSY also where the machine goes to sleep or down, -EEXIST (the job id is
 * known: ask hm_marker_result()), -HM_EGATE_FAULT, -HM_ELOG_FULL (an export makes
 * room: station/station.h), -HM_EDISK_FULL (a file), -HM_EDEVICE, -EINVAL; from
 * opening also -HM_EBAD_CONFIG (the address).
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
 * A gate forgets jobs whose events were exported: not found means that nothing was
 * sent only if none of that boot's log was, or what was has no such job either.
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

/*
 * The gate as a whole. Its log may be exported in pieces, each of which it then
 * forgets. Places in the log are told in the joined log: header, then every entry
 * of this boot, whether it was exported or not.
 */
struct hm_gate_state {
	bool present;
	bool fault;		/* latched: every mark is refused until a reboot */
	bool full;		/* no room for one more job */
	uint8_t boot_id[16];	/* as in the START event */
	uint32_t pcr;
	uint64_t seq;		/* of the last job */
	uint32_t log_bytes;	/* that the gate holds now */
	uint32_t log_max;
	uint64_t log_start;	/* place of the first entry that it holds */
	uint64_t log_end;	/* place behind the last one */
	bool exported;		/* log_start is not the place of START */
};
/* @sysroot: "" or a directory that stands for / in tests. present = false is no error. */
int hm_gate_state(const char *sysroot, struct hm_gate_state *ret, struct hm_err *err);
/*
 * What the gate holds of its event log, header and entries, appended to @log.
 * @ret_start (may be NULL): place of the first entry, by what the bytes say.
 * -HM_ENO_DEVICE without a gate.
 */
#define HM_GATE_LOG_MAX	(64u << 20)	/* the module's own limit */
int hm_gate_log(const char *sysroot, struct hm_buf *log, uint64_t *ret_start, struct hm_err *err);
/*
 * Make the gate forget the first @len bytes of what it holds: its header and whole
 * entries, whose SHA-256 is @digest. Whoever calls has them on the disk. It measures
 * an EXPORT event that names them. An error means that it still holds them:
 * -HM_EMISMATCH: it holds other bytes. -HM_EBUSY: somebody exported just now, or
 * the machine goes to sleep or down. -EACCES: the log may not be written.
 * -HM_EUNSUPPORTED: an older gate. -EINVAL, -HM_EGATE_FAULT, -HM_ELOG_FULL,
 * -HM_EDEVICE, -HM_ENO_DEVICE.
 */
int hm_gate_export(const char *sysroot, uint64_t len, const uint8_t digest[32],
		   struct hm_err *err);

#endif /* HM_MARKER_MARKER_H */
