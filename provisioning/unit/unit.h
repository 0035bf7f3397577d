/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making units. One rule for the normal path and for recovery: every step observes
 * before it acts, records a durable intent before a physical effect, and observes
 * again after it. Recovery is calling hm_unit_advance() once more.
 *
 *	reserved -> (bound) -> marking -> (marked) -> writing -> active
 *
 *	rc = hm_unit_board(e, slot, &board, &err);	fresh board? else say why
 *	rc = hm_unit_reserve(e, key, slot, &u, &err);	durable: the serial is gone
 *	rc = hm_unit_advance(e, slot, &u, &err);	as far as it goes
 *	if (u.wait)	... u.wait_text says for what ...
 *
 * hm_unit_advance() returns 0 when the unit's state is durable and truthful,
 * whether it got to active or waits (u.wait, an HM_E*); a negative error only where
 * the store failed (fatal) or it was asked to stop (-ECANCELED).
 *
 * One file per step: board.c reserve.c (draw.c) bind.c mark.c sign.c write.c commit.c; the
 * ways out: reprint.c resolve.c. leaf.c tells the ledger.
 */
#ifndef HM_UNIT_UNIT_H
#define HM_UNIT_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "store/store.h"
#include "unit/keyring.h"

struct hm_slot {
	char name[33];
	char printer[256];	/* marker addresses, marker/marker.h */
	char eeprom[256];
	char dut_tpm[256];	/* TCTI, "" where units have no TPM here */
	uint32_t timeout_ms;	/* of one job with its answer */
};

/* What the engine needs to know of the station; one per daemon, shared by slots. */
struct hm_engine {
	struct hm_env *env;
	char issuer[17];
	char *ek_roots;		/* PEM text: whose EK certificates are believed */
	bool gated;		/* there is a gate in this boot */
	uint8_t boot_id[16];
	const char *who;	/* who acts, for leaves: "hallmarkd" unless told */
	const char *sysroot;	/* of the gate's files; NULL: "" */
	struct hm_keyring *keyring;	/* of unguessable serials; NULL: there are none */
	/*
	 * The gate's log is full: make room, and return 0 where a job may be tried again.
	 * May be NULL. Called from the thread that advances a unit.
	 */
	int (*make_room)(void *ctx, struct hm_err *err);
	void *make_room_ctx;
	/* told after each durable step, may be NULL: for progress */
	void (*stepped)(void *ctx, const struct hm_unit *u);
	void *stepped_ctx;
};

#define HM_LABEL_ATTEMPTS 3	/* tags tried before the unit waits */

/*
 * Is there a board in the slot that a new unit may take?
 * 0: yes, or a slot without boards (file EEPROM, no TPM).
 * -HM_ENO_BOARD: none. -HM_EDUPLICATE: its anchor is held by @ret_holder (21
 * bytes), active or not. -HM_EFOREIGN: its EEPROM holds something.
 * Device errors as they come. Nothing is drawn, nothing is written.
 */
int hm_unit_board(struct hm_engine *e, const struct hm_slot *slot, const char *product,
		  char *ret_holder, struct hm_err *err);

struct hm_product;
/*
 * Could a unit of @p be drawn for @lot today? What would be in the way is said before
 * there is a batch: a lot or a key that is missing, a lot that the scheme does not take,
 * serials that make no EPC, a pool that is at its end.
 */
int hm_unit_drawable(struct hm_engine *e, const struct hm_product *p, const char *lot,
		     struct hm_err *err);

/*
 * The next unit of batch @key for this slot: drawn and committed with its leaf.
 * -HM_ENOT_FOUND: every unit of the batch is drawn. -HM_EPOOL_EXHAUSTED.
 */
int hm_unit_reserve(struct hm_engine *e, const char *key, const struct hm_slot *slot,
		    struct hm_unit *ret, struct hm_err *err);

int hm_unit_advance(struct hm_engine *e, const struct hm_slot *slot, struct hm_unit *u,
		    struct hm_err *err);

/* Somebody asks to try again: forget how many labels were tried. */
int hm_unit_retry(struct hm_engine *e, const char *serial, struct hm_err *err);

/* A second label for an active unit: -HM_EBAD_STATE otherwise. In doubt: u->wait. */
int hm_unit_reprint(struct hm_engine *e, const struct hm_slot *slot, const char *serial,
		    const char *who, const char *reason, struct hm_unit *ret, struct hm_err *err);

enum hm_answer {
	HM_ANSWER_LABEL,	/* the label is there: @text is what the scan read */
	HM_ANSWER_NO_LABEL,	/* there is none, or it was destroyed: print another */
	HM_ANSWER_RETRY,	/* what was in the way is gone (quarantined, waits) */
	HM_ANSWER_VOID,		/* give the unit up */
};
/*
 * What a person saw. LABEL wants @text to be this unit's code (AI 01 and 21 as an
 * element string, or its Digital Link) and takes the tag's @tid (24 hex, may be
 * NULL). -HM_EBAD_STATE where nothing is asked; -HM_EMISMATCH where the scan is
 * another unit's.
 */
int hm_unit_resolve(struct hm_engine *e, const char *serial, enum hm_answer answer,
		    const char *text, const char *tid, const char *who, const char *reason,
		    struct hm_unit *ret, struct hm_err *err);

/* active, void, quarantined, retired: nothing more will happen by itself */
bool hm_unit_final(const struct hm_unit *u);

/*
 * Does the wait end by itself when a device comes back (board, printer, paper), or
 * does it need a person's word (resolve) or a new request?
 */
bool hm_wait_is_device(int wait);

#endif /* HM_UNIT_UNIT_H */
