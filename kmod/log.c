// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/sha2.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "log.h"

int hallmark_log_init(struct hallmark_log *log, const struct hm_ev_bank *bank, u32 nbanks,
		      size_t cap)
{
	ssize_t n;

	init_rwsem(&log->sem);
	log->cap = cap;
	log->dropped = 0;
	log->bytes = vzalloc(cap);
	if (!log->bytes)
		return -ENOMEM;
	n = hm_ev_encode_header(bank, nbanks, log->bytes, cap);
	if (n < 0) {
		hallmark_log_fini(log);
		return n;
	}
	log->head = n;
	log->used = n;
	return 0;
}

void hallmark_log_fini(struct hallmark_log *log)
{
	vfree(log->bytes);
	log->bytes = NULL;
}

void hallmark_log_append(struct hallmark_log *log, const struct hm_ev *ev)
{
	ssize_t n = hm_ev_encode_entry(ev, log->bytes + log->used, log->cap - log->used);

	if (!WARN_ON_ONCE(n < 0))
		log->used += n;
}

ssize_t hallmark_log_read(struct hallmark_log *log, const struct hallmark_snapshot *snap,
			  size_t pos, u8 *buf, size_t n)
{
	ssize_t rc;

	if (pos >= snap->len)
		return 0;
	n = min(n, snap->len - pos);
	if (down_read_killable(&log->sem))
		return -EINTR;
	rc = -ESTALE;
	if (log->dropped == snap->dropped) {
		memcpy(buf, log->bytes + pos, n);
		rc = n;
	}
	up_read(&log->sem);
	return rc;
}

/* Whole entries up to exactly @len; the last INTENT's number. */
static int walk(const struct hallmark_log *log, size_t len, u64 *ret_seq)
{
	struct hm_ev_reader r;
	struct hm_ev *ev;
	int rc;

	ev = kmalloc(sizeof(*ev), GFP_KERNEL);	/* too large for a stack */
	if (!ev)
		return -ENOMEM;
	*ret_seq = 0;
	rc = hm_ev_reader_init(&r, log->bytes, len);
	while (!rc && r.pos < len) {
		rc = hm_ev_next(&r, ev) == 1 ? 0 : -EBADMSG;
		if (!rc && ev->tag == HM_EV_TAG_INTENT)
			*ret_seq = ev->u.intent.seq;
	}
	kfree(ev);
	/* our own log decodes; what does not is a piece that ends within an entry */
	return rc ? -EINVAL : 0;
}

int hallmark_log_piece(struct hallmark_log *log, const struct hallmark_snapshot *snap,
		       u64 len, u8 *ret_sha256, u64 *ret_seq)
{
	int rc = -ESTALE;

	if (len <= log->head || len > snap->len)
		return -EINVAL;
	if (down_read_killable(&log->sem))
		return -EINTR;
	if (log->dropped == snap->dropped)
		rc = walk(log, len, ret_seq);
	if (!rc)
		sha256(log->bytes, len, ret_sha256);
	up_read(&log->sem);
	return rc;
}

void hallmark_log_drop(struct hallmark_log *log, size_t len)
{
	down_write(&log->sem);
	memmove(log->bytes + log->head, log->bytes + len, log->used - len);
	log->used -= len - log->head;
	log->dropped += len - log->head;
	up_write(&log->sem);
}
