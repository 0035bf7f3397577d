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
 *	latched = hallmark_gate_outcome(g, &outcome);
 *
 * A gate knows no marker, no user and no bus, and reaches the TPM through a
 * table of two functions: that is what makes it testable on its own.
 */
#ifndef HALLMARK_GATE_H
#define HALLMARK_GATE_H

#include <linux/list.h>
#include <linux/types.h>

#include "eventlog.h"

struct crypto_shash;
struct hallmark_gate;

/* One allocated PCR bank, in the TPM's own order. */
struct hallmark_bank {
	u16 alg;			/* TPM algorithm id */
	u16 size;			/* of a digest, in bytes */
	struct crypto_shash *tfm;
	u8 soft[HM_EV_DIGEST_MAX];	/* what the PCR holds if all went well */
	u8 next[HM_EV_DIGEST_MAX];	/* and what it holds after the extend at hand */
};

/**
 * struct hallmark_tpm - the TPM as the gate sees it
 * @extend:	extend @pcr with one digest per bank; any nonzero return, negative
 *		or positive, leaves open whether the PCR changed
 * @read:	read bank @b of @pcr; nonzero: it could not be read
 * @banks:	set before the gate is created; the gate keeps @soft and @next
 * @nbanks:	how many
 */
struct hallmark_tpm {
	int (*extend)(struct hallmark_tpm *tpm, u32 pcr, const struct hm_ev_bank *digest);
	int (*read)(struct hallmark_tpm *tpm, u32 pcr, u32 b, u8 *ret_value);
	struct hallmark_bank banks[HM_EV_BANKS_MAX];
	u32 nbanks;
};

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
 * @intent: all but @seq, which is set
 * @is_gone: asked of @who when all but the INTENT is done: true and it is -ENODEV,
 *	    lest an INTENT follow its own marker's DETACH
 * @who:    the marker
 * @ret_code: what the extend returned
 *
 * Context: may sleep; killable until the INTENT itself is begun.
 * Return: 0, and then hallmark_gate_outcome() must follow. A negative errno:
 * nothing was measured, or what was tried is known not to have been extended
 * (-EIO). -ENOSPC: the log is full. -ENOTRECOVERABLE: latched. 1: this very
 * INTENT is ambiguous and latched the gate; nothing may be sent, and no OUTCOME
 * follows; @ret_code then has what the extend returned.
 */
int hallmark_gate_intent(struct hallmark_gate *g, struct hm_ev_intent *intent,
			 bool (*is_gone)(const void *who), const void *who, int *ret_code);

/*
 * Measure how it ended; waits until it is done. False: it was extended. True:
 * it could not be, the gate is latched and the event is in the log as
 * EV_NO_ACTION.
 */
bool hallmark_gate_outcome(struct hallmark_gate *g, const struct hm_ev_outcome *outcome);

/*
 * A TPM that loses power in a sleep comes back with an empty PCR, unless the
 * firmware restores it. Between the two calls the PCR is read before every event,
 * and once more by the second; one that is not as it was left latches the gate.
 */
void hallmark_gate_sleep(struct hallmark_gate *g);
void hallmark_gate_wake(struct hallmark_gate *g);

enum hallmark_gate_state {
	HALLMARK_GATE_OK,
	HALLMARK_GATE_FULL,		/* no room for one more job */
	HALLMARK_GATE_FAULT,		/* latched */
};

enum hallmark_gate_state hallmark_gate_state(struct hallmark_gate *g);
u64 hallmark_gate_seq(struct hallmark_gate *g);

/*
 * The log's length at a moment at which log and PCR agree, or -EINTR. The bytes
 * below it never change; hallmark_gate_log() reads them without a lock.
 */
ssize_t hallmark_gate_snapshot(struct hallmark_gate *g);
const u8 *hallmark_gate_log(const struct hallmark_gate *g);

#endif /* HALLMARK_GATE_H */
