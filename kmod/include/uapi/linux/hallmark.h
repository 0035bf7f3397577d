/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The gate: no byte reaches a marker unmeasured.
 *
 * One character device per marker, /dev/hallmark/<name>, opened exclusively.
 * A byte is sent by HALLMARK_IOC_MARK and by nothing else; there is no
 * write(2). read(2) and poll(2) on a printer give the reply of the last job
 * until the next one begins; pread(2) on an EEPROM gives its contents.
 *
 * Contract. An errno from MARK means: nothing was measured, nothing was sent.
 * Zero means: the INTENT event exists, and @state tells what became of it.
 * docs/uapi.md has the whole contract and the bytes of each event.
 */
#ifndef _UAPI_LINUX_HALLMARK_H
#define _UAPI_LINUX_HALLMARK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HALLMARK_JOB_ID_SIZE	16
#define HALLMARK_DIGEST_SIZE	32	/* SHA-256 */
#define HALLMARK_NAME_SIZE	32	/* of a marker, NUL-padded */
#define HALLMARK_PAYLOAD_MAX	(256u << 10)
#define HALLMARK_REPLY_MAX	(16u << 10)
#define HALLMARK_TIMEOUT_MAX_MS	(600u * 1000u)

/* flags, in */
#define HALLMARK_MARK_REPRINT	(1u << 0)	/* this mark repeats one that may exist */
#define HALLMARK_MARK_QUERY	(1u << 1)	/* a status request or a cancel; measured too */
#define HALLMARK_MARK_IN_FLAGS	(HALLMARK_MARK_REPRINT | HALLMARK_MARK_QUERY)
/* flags, out: set beside the true state when the OUTCOME's extend failed */
#define HALLMARK_MARK_LATCHED	(1u << 31)

enum hallmark_state {
	/* RESULT only: the job is still running, or waits for its turn (seq 0) */
	HALLMARK_STATE_NONE		= 0,
	/* every byte accepted; an EEPROM's read-back was equal */
	HALLMARK_STATE_DONE		= 1,
	/* some bytes may have been accepted, perhaps all */
	HALLMARK_STATE_PARTIAL		= 2,
	/* the bus failed; what arrived is not known */
	HALLMARK_STATE_UNKNOWN		= 3,
	/* EEPROM: the read-back differs */
	HALLMARK_STATE_VERIFY_FAILED	= 4,
	/* the INTENT's extend is ambiguous; nothing was sent */
	HALLMARK_STATE_FAULT		= 5,
};

/**
 * struct hallmark_mark - one job, in and out
 * @size:	in: sizeof(struct hallmark_mark), else EINVAL
 * @flags:	in: HALLMARK_MARK_IN_FLAGS; out: those, and HALLMARK_MARK_LATCHED
 * @job_id:	in: the caller's name for the job, measured; known already: EEXIST
 * @payload:	in: user pointer to the bytes to send; ignored by RESULT
 * @payload_len: in: 1 ... HALLMARK_PAYLOAD_MAX bytes, else EMSGSIZE (0: EINVAL)
 * @offset:	in: EEPROM byte address, ERANGE where the job would leave the
 *		EEPROM; 0 for a printer, else EINVAL
 * @timeout_ms:	in: for sending and for the reply together; 1 ... HALLMARK_TIMEOUT_MAX_MS
 * @reply_max:	in: bytes of reply to wait for after sending, 0 for none. The
 *		reply ends at @reply_max bytes, after a quiet quarter of a second
 *		behind at least one byte, or at the timeout (which is no error)
 * @seq:	out: the job's number in this boot, from 1
 * @state:	out: enum hallmark_state
 * @sent:	out: bytes known to have been accepted
 * @error:	out: 0 or the negative errno that ended the job
 * @reply_len:	out: bytes of reply held for read(2)
 * @digest:	out: SHA-256 of the payload
 * @reserved:	must be zero, else EINVAL
 */
struct hallmark_mark {
	__u32 size;
	__u32 flags;
	__u8 job_id[HALLMARK_JOB_ID_SIZE];
	__aligned_u64 payload;
	__u32 payload_len;
	__u32 offset;
	__u32 timeout_ms;
	__u32 reply_max;
	/* answered by the kernel */
	__aligned_u64 seq;
	__u32 state;
	__u32 sent;
	__s32 error;
	__u32 reply_len;
	__u8 digest[HALLMARK_DIGEST_SIZE];
	__u32 reserved[4];
};

#define HALLMARK_IOC_MAGIC	0xB7
/* send a job; see the contract above */
#define HALLMARK_IOC_MARK	_IOWR(HALLMARK_IOC_MAGIC, 1, struct hallmark_mark)
/*
 * What became of job @job_id, whoever sent it and through whichever marker;
 * the caller may have died. ENOENT: no such job is in the retained log. Unless
 * its events were exported, nothing was measured and nothing was sent under
 * that name in this boot.
 */
#define HALLMARK_IOC_RESULT	_IOWR(HALLMARK_IOC_MAGIC, 2, struct hallmark_mark)

/**
 * struct hallmark_export - the beginning of the log, given away
 * @size:	in: sizeof(struct hallmark_export), else EINVAL
 * @flags:	in: 0, else EINVAL
 * @len:	in: bytes of the log from its beginning, as read: the header and one
 *		or more whole entries, else EINVAL
 * @digest:	in: SHA-256 of these bytes: who has not kept them cannot name it
 * @seq:	out: the highest job number begun in what has been exported so far
 * @offset:	out: of the first byte still kept, in the joined log (docs/uapi.md)
 * @reserved:	must be zero, else EINVAL
 */
struct hallmark_export {
	__u32 size;
	__u32 flags;
	__aligned_u64 len;
	__u8 digest[HALLMARK_DIGEST_SIZE];
	/* answered by the kernel */
	__aligned_u64 seq;
	__aligned_u64 offset;
	__u32 reserved[4];
};

/*
 * On the log in securityfs, opened for reading and writing. Measures an EXPORT
 * event, then drops the entries that were named and forgets the jobs that ended
 * in them. An errno means that nothing was dropped.
 */
#define HALLMARK_IOC_EXPORT	_IOWR(HALLMARK_IOC_MAGIC, 3, struct hallmark_export)

#endif /* _UAPI_LINUX_HALLMARK_H */
