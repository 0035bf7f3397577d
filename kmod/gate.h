/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate's heart: the event log, the PCR it is anchored in, and what is done
 * when the two may disagree.
 *
 *	g = hallmark_gate_create(&tpm, pcr, log_max);
 *	hallmark_gate_start(g);			the START event
 *	...
 *	hallmark_gate_attach(g, presence);	a marker came: queued, no TPM
 *	...
 *	rc = hallmark_gate_intent(g, &intent, ...);	the queue, then INTENT
 *	if (rc == 0)
 *		send the bytes;
 *	latched = hallmark_gate_outcome(g, &outcome, &end);
 *
 * A gate knows no marker, no user and no bus, and reaches the TPM through a
 * table of two functions: that is what makes it testable on its own.
 */
#ifndef HALLMARK_GATE_H
#define HALLMARK_GATE_H

#include <linux/list.h>
#include <linux/types.h>

#include "eventlog.h"
#include "tpm.h"

struct hallmark_gate;
struct hallmark_log;
struct hallmark_snapshot;

/*
 * A marker's presence, from its ATTACH to its DETACH. Whoever registers the
 * marker allocates it and hands it over with hallmark_gate_attach(); the gate
 * frees it some time after hallmark_gate_detach().
 */
struct hallmark_presence {
	struct list_head node;
	bool logging;			/* ATTACH is being extended */
	bool logged;			/* ATTACH is in the log */
	bool gone;
	u32 kind;			/* enum hm_ev_kind */
	char name[HM_EV_NAME_SIZE];
	u32 ident_len;
	u8 ident[HM_EV_IDENT_MAX];
};

struct hallmark_gate *hallmark_gate_create(struct hallmark_tpm *tpm, u32 pcr,
					   size_t log_max);
void hallmark_gate_destroy(struct hallmark_gate *g);

/* Read the PCR, write START and extend it. Nonzero: the gate cannot be used. */
int hallmark_gate_start(struct hallmark_gate *g);

/* Neither of these waits for the TPM; the events follow before the next INTENT. */
void hallmark_gate_attach(struct hallmark_gate *g, struct hallmark_presence *p);
void hallmark_gate_detach(struct hallmark_gate *g, struct hallmark_presence *p);

/**
 * hallmark_gate_intent - measure that bytes are about to be sent
 * @g:	    the gate
 * @intent: all but @seq, which is set
 * @is_gone: asked of @who when all but the INTENT is done: true and it is -ENODEV,
 *	    lest an INTENT follow its own marker's DETACH
 * @who:    the marker
 * @ret_code: what the extend returned
 *
 * Context: may sleep; killable until the INTENT itself is begun.
 * Return: 0, and then hallmark_gate_outcome() must follow. A negative errno:
 * nothing was measured, or what was tried is known not to have been extended
 * (-EIO). -ENOSPC: the log is full. -ENOTRECOVERABLE: latched. -EAGAIN: going to
 * sleep. -ESHUTDOWN: going down. 1: this very
 * INTENT is ambiguous and latched the gate; nothing may be sent, and no OUTCOME
 * follows; @ret_code then has what the extend returned.
 */
int hallmark_gate_intent(struct hallmark_gate *g, struct hm_ev_intent *intent,
			 bool (*is_gone)(const void *who), const void *who, int *ret_code);

/*
 * Measure how it ended; waits until it is done. False: it was extended, and
 * @ret_end is where its entry ends in the joined log. True: it could not be, the
 * gate is latched and the event is in the log as EV_NO_ACTION; @ret_end is then
 * U64_MAX.
 */
bool hallmark_gate_outcome(struct hallmark_gate *g, const struct hm_ev_outcome *outcome,
			   u64 *ret_end);

/**
 * hallmark_gate_export - measure that the log's beginning is given away; drop it
 * @g:		the gate
 * @len:	as read from the log, header included; whole entries, one or more
 * @sha256:	of these bytes
 * @ret_seq:	the highest job number begun in what has been exported so far
 * @ret_offset:	of the first entry that is kept, in the joined log
 *
 * Return: 0, or a negative errno, and then nothing was dropped: -EINVAL: not whole
 * entries; -EBADMSG: not these bytes; -ESTALE: another EXPORT came first; -ENOSPC:
 * the piece is smaller than the event that tells of it, and the log is full;
 * -EIO, -ENOTRECOVERABLE, -EAGAIN, -ESHUTDOWN, -EINTR as above.
 */
int hallmark_gate_export(struct hallmark_gate *g, u64 len, const u8 *sha256, u64 *ret_seq,
			 u64 *ret_offset);

/*
 * A TPM that loses power in a sleep comes back with an empty PCR, unless the
 * firmware restores it. sleep() refuses what would begin and waits, with a bound,
 * until no job is in flight (-EBUSY: one still is, and nothing is refused any
 * more); wake() reads the PCR, and one that is not as it was left latches the gate.
 */
int hallmark_gate_sleep(struct hallmark_gate *g);
void hallmark_gate_wake(struct hallmark_gate *g);
/* The machine goes down: refuse for good, and give jobs in flight a moment. */
void hallmark_gate_stop(struct hallmark_gate *g);

enum hallmark_gate_state {
	HALLMARK_GATE_OK,
	HALLMARK_GATE_FULL,		/* no room for one more job */
	HALLMARK_GATE_FAULT,		/* latched */
};

/* The gate at one moment; @exported: where the first kept entry is in the joined log. */
struct hallmark_gate_view {
	enum hallmark_gate_state state;
	u64 seq;			/* of the last INTENT begun */
	u64 exported;
};

/* 0, or -EINTR: a TPM that does not answer may hold the gate for minutes. */
int hallmark_gate_view(struct hallmark_gate *g, struct hallmark_gate_view *ret);

/* The log at a moment at which log and PCR agree: 0, or -EINTR. */
int hallmark_gate_snapshot(struct hallmark_gate *g, struct hallmark_snapshot *ret);
/* For hallmark_log_read() alone. */
struct hallmark_log *hallmark_gate_log(struct hallmark_gate *g);
/* START's, 16 bytes */
void hallmark_gate_boot_id(struct hallmark_gate *g, u8 *ret_id);

#endif /* HALLMARK_GATE_H */
