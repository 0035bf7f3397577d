/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log in memory: a TCG header and whole entries behind it, in one
 * buffer that is allocated once, because an append must never fail for want of
 * memory.
 *
 *	rc = hallmark_log_init(&log, banks, nbanks, cap);
 *	hallmark_log_append(&log, &ev);			at its end, only ever whole
 *	rc = hallmark_log_piece(&log, &snap, len, ...);	may these go?
 *	hallmark_log_drop(&log, len);			they go; the header stays
 *
 * Positions. Bytes are counted in the joined log: header and every entry of this
 * boot, exported or not. @dropped entry bytes are gone, so the first entry that
 * is kept begins there at @dropped + @head.
 *
 * Locks. Appending and dropping is done by the one that holds the gate's lock.
 * Reading needs none against an append, since bytes below a snapshot do not
 * change; @sem keeps a drop away from readers.
 */
#ifndef HALLMARK_LOG_H
#define HALLMARK_LOG_H

#include <linux/rwsem.h>
#include <linux/types.h>

#include "eventlog.h"

struct hallmark_log {
	struct rw_semaphore sem;
	u8 *bytes;
	size_t cap;
	size_t head;		/* of the header */
	size_t used;		/* header included */
	u64 dropped;
};

/* The log at one moment. Reading from it fails once its beginning was dropped. */
struct hallmark_snapshot {
	u64 dropped;
	size_t len;
};

int hallmark_log_init(struct hallmark_log *log, const struct hm_ev_bank *bank, u32 nbanks,
		      size_t cap);
void hallmark_log_fini(struct hallmark_log *log);

/* It fits and can be encoded: made sure of before its extend, after which it must not fail. */
void hallmark_log_append(struct hallmark_log *log, const struct hm_ev *ev);

/* Copy out of a snapshot: bytes, 0 at its end, -ESTALE, -EINTR. */
ssize_t hallmark_log_read(struct hallmark_log *log, const struct hallmark_snapshot *snap,
			  size_t pos, u8 *buf, size_t n);

/**
 * hallmark_log_piece - look at what is to be given away
 * @log:	the log
 * @snap:	taken after what the caller has read
 * @len:	of the piece, header included
 * @ret_sha256:	of its bytes
 * @ret_seq:	the highest job number begun in it, 0 for none
 *
 * Takes its time over a long log: not to be called under the gate's lock.
 * Return: 0; -EINVAL: not one or more whole entries; -ESTALE, -EINTR.
 */
int hallmark_log_piece(struct hallmark_log *log, const struct hallmark_snapshot *snap,
		       u64 len, u8 *ret_sha256, u64 *ret_seq);
void hallmark_log_drop(struct hallmark_log *log, size_t len);

#endif /* HALLMARK_LOG_H */
