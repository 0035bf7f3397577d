/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One event into the PCR and into the log, or into neither; and what is done when
 * it cannot be told which.
 *
 *	ev = hallmark_measure_event(mm, HM_EV_TAG_...);
 *	ev->u... = ...;
 *	rc = hallmark_measure(mm, seq, true, &code);
 *	if (rc == -ENOTRECOVERABLE)
 *		closed for good
 *
 * An extend that does not return 0 may have happened or not. The PCR is then
 * read: equal to what the extend would have made of it, it happened; as it was
 * before, it did not, and the event is dropped. Either is told by a RESOLVED event,
 * which hallmark_measure_settle() writes before any other. Anything else latches.
 *
 * Nothing here locks: every call comes under the gate's lock, or before its first use.
 */
#ifndef HALLMARK_MEASURE_H
#define HALLMARK_MEASURE_H

#include <linux/types.h>

#include "eventlog.h"
#include "log.h"
#include "tpm.h"

struct hallmark_measure {
	struct hallmark_tpm *tpm;
	u32 pcr;
	bool started;			/* START is in the log, the banks' soft PCRs are known */
	bool fault;			/* latched */
	int failed;			/* what the last extend, or hash, that failed returned */
	u64 resolved_seq;		/* the RESOLVED event that is owed, */
	u32 resolved_verdict;		/* if this is not zero */
	struct hallmark_log log;
	struct hm_ev ev;		/* the event at hand, */
	u8 data[HM_EV_DATA_MAX];	/* and its field */
};

int hallmark_measure_init(struct hallmark_measure *mm, struct hallmark_tpm *tpm, u32 pcr,
			  size_t log_max);
void hallmark_measure_fini(struct hallmark_measure *mm);

/* Read the PCR, then START: 0, or nothing can be measured here. */
int hallmark_measure_start(struct hallmark_measure *mm, const u8 *boot_id);

/* A fresh event of @tag; the caller fills in what the tag calls for. */
struct hm_ev *hallmark_measure_event(struct hallmark_measure *mm, u32 tag);

/* What an entry takes in the log whose event field is @data_len bytes. */
size_t hallmark_measure_size(const struct hallmark_measure *mm, size_t data_len);

/**
 * hallmark_measure - extend the event at hand and log it
 * @mm:		PCR and log
 * @seq:	for a RESOLVED or a FAULT to name
 * @owe_resolved: false where nobody needs to be told how an odd extend went
 * @ret_code:	what the extend returned; untouched where it was not tried
 *
 * Return: 0; -EIO where it is known not to have been extended; -ENOTRECOVERABLE
 * where that is not known: it is in the log as EV_NO_ACTION, and all is latched;
 * another negative errno: it was not even tried.
 */
int hallmark_measure(struct hallmark_measure *mm, u64 seq, bool owe_resolved, int *ret_code);

/* The RESOLVED that is owed, if any: 0, or nothing else may be measured now. */
int hallmark_measure_settle(struct hallmark_measure *mm);

/* Give up on the event at hand: log it as EV_NO_ACTION, and latch. */
void hallmark_measure_give_up(struct hallmark_measure *mm, u64 seq);

/* Is the PCR as it was left? If not, or if nobody can say, latch. */
void hallmark_measure_check(struct hallmark_measure *mm);

#endif /* HALLMARK_MEASURE_H */
