/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps share: one unit at work in one slot. Private to provisioning/unit.
 *
 * A step returns 0 when the unit went on, HM_STEP_WAITS when it waits (said in
 * u->wait, durable), or a negative error that ends the engine's call (the store, or
 * a stop). Device errors never leave a step: they become a wait or a quarantine.
 */
#ifndef HM_UNIT_WORK_H
#define HM_UNIT_WORK_H

#include <stdbool.h>

#include "identity/identity.h"
#include "label/driver.h"
#include "ledger/leaf.h"
#include "marker/marker.h"
#include "product/product.h"
#include "record/slots.h"
#include "unit/inputs.h"
#include "unit/unit.h"

#define HM_STEP_WAITS	1
#define HM_WORK_JOBS	(HM_LEAF_JOBS_MAX / 2)

enum hm_step {
	HM_STEP_RESERVE, HM_STEP_PROBE, HM_STEP_BIND, HM_STEP_MARK, HM_STEP_SIGN,
	HM_STEP_WRITE, HM_STEP_COMMIT,
};

struct hm_claim {
	const char *kind;
	const void *value;
	size_t len;
};

struct hm_blob_in {
	const void *bytes;
	size_t len;
};

/* One durable step: everything in it is committed together, or nothing. */
struct hm_transition {
	const char *step;		/* the leaf's word for it */
	const char *who;		/* NULL: the engine's */
	const char *why;		/* NULL: none */
	bool tell_inputs;		/* label inputs and template belong in the leaf */
	bool tell_record;		/* record and image belong in the leaf */
	struct hm_job announce[HM_WORK_JOBS];
	size_t n_announce;
	struct hm_job told[HM_WORK_JOBS];	/* jobs whose fate is known now */
	size_t n_told;
	struct hm_claim claims[5];
	size_t n_claims;
	struct hm_blob_in blobs[8];
	size_t n_blobs;
};

struct hm_work {
	struct hm_engine *e;
	const struct hm_slot *slot;
	struct hm_unit *u;
	struct hm_product product;
	const struct hm_label_driver *driver;	/* of its template's language */
	enum hm_carrier carrier;
	enum hm_slot_name first;	/* to be written, by the EEPROM as last seen */
	struct hm_buf tpl;
	int waited;			/* the wait that the ledger has already told */
	enum hm_unit_state waited_in;
	struct hm_transition t;		/* being put together */
	bool fresh;			/* the open jobs were announced just now, by us */
	struct hm_marker *printer;
	struct hm_marker *eeprom;
	struct hm_label_inputs inputs;
	struct hm_buf payload;		/* the label as sent */
	struct hm_buf cert;
	struct hm_buf image;
	struct hm_err why;		/* of the last failed call */
};

/* A unit as the store has it: 0, -HM_ENOT_FOUND. */
int hm_unit_load(struct hm_engine *e, const char *serial, struct hm_unit *ret, struct hm_err *err);
/* Load product, template and inputs; @w is zeroed first. Close with hm_work_end(). */
int hm_work_begin(struct hm_work *w, struct hm_engine *e, const struct hm_slot *slot,
		  struct hm_unit *u, struct hm_err *err);
void hm_work_end(struct hm_work *w);

/* Must the engine's caller hear of this error at once? */
bool hm_work_fatal(int rc);

/* Commit w->t with the unit as it stands in memory, then begin an empty one. */
int hm_work_commit(struct hm_work *w, struct hm_err *err);
/* Record a wait (once) together with what is in w->t. HM_STEP_WAITS or negative. */
int hm_work_wait(struct hm_work *w, int code, struct hm_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Set the unit aside. HM_STEP_WAITS or negative. */
int hm_work_quarantine(struct hm_work *w, int code, struct hm_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Time spent goes to a step's figure. */
int64_t hm_work_clock(struct hm_work *w);
void hm_work_spent(struct hm_work *w, enum hm_step step, int64_t since);

/* --- board.c --- */
struct hm_board {
	bool has_ek;
	uint8_t ek[32];
	struct hm_eeprom_view view;
};
/*
 * Read the anchors and what the EEPROM holds; opens and closes the unit's TPM,
 * leaves w->eeprom open. -HM_ENO_BOARD, -HM_EEEPROM_ABSENT, TPM errors. Unless
 * @whole, slots that begin with an erased page are taken for blank.
 */
int hm_board_read(struct hm_work *w, bool whole, struct hm_board *ret, struct hm_err *err);
/*
 * Is the board in the slot the one this unit was bound to? 0, or -HM_ENO_BOARD,
 * -HM_EBOARD_SWAPPED, -HM_EFOREIGN ... @torn_ok: we hold a writing intent.
 */
int hm_board_same(struct hm_work *w, bool torn_ok, struct hm_err *err);
/* The same by the unit's anchor alone: right before every write. Opens w->eeprom. */
int hm_board_anchor(struct hm_work *w, struct hm_err *err);

/* --- jobs.c --- */
/* A new job id, filled in but for payload; fate OPEN. */
int hm_job_new(struct hm_work *w, struct hm_marker *m, const char *address, const char *purpose,
	       struct hm_job *ret, struct hm_err *err);
/*
 * hm_marker_mark(), once more where the gate's log was full and room was made. Every
 * job of the engine is sent through here.
 */
int hm_work_mark(struct hm_work *w, struct hm_marker *m, struct hm_mark_job *mj, void *reply,
		 size_t reply_size, struct hm_err *err);
/*
 * Tell the fate of an OPEN job: asks the marker's gate by job id. 0 with j->fate
 * SEEN, NEVER or GONE; -HM_EBUSY while it still runs.
 */
int hm_job_ask(struct hm_work *w, struct hm_marker *m, struct hm_job *j, struct hm_err *err);
/* Send an OPEN job now. 0 with fate SEEN; negative: nothing was sent. */
int hm_job_send(struct hm_work *w, struct hm_marker *m, struct hm_job *j, const void *payload,
		struct hm_err *err);
struct hm_jobs {
	struct hm_job *v;
	size_t n;
};
int hm_jobs_load(struct hm_work *w, struct hm_jobs *ret, struct hm_err *err);
void hm_jobs_free(struct hm_jobs *j);
#define _cleanup_jobs_ __attribute__((cleanup(hm_jobs_free)))
/* The newest job of that purpose, or NULL. */
struct hm_job *hm_jobs_last(struct hm_jobs *j, const char *purpose);
void hm_work_tell(struct hm_work *w, const struct hm_job *j);

/* --- exported.c --- */
/*
 * The gate does not know the OPEN job @j of this boot. If it has forgotten part of
 * its log, is the job in there? 0 with j->fate SEEN (without its answer), NEVER, or
 * GONE where nobody can tell.
 */
int hm_job_exported(struct hm_work *w, struct hm_job *j, struct hm_err *err);

/* --- printer.c --- */
/* Open w->printer unless it is open already. */
int hm_printer_open(struct hm_work *w, struct hm_err *err);
/* Open w->printer and see that it is ready: 0 or why not. Measured queries only. */
int hm_printer_ready(struct hm_work *w, bool cancel_first, struct hm_err *err);

/* --- steps --- */
int hm_step_bind(struct hm_work *w, struct hm_err *err);	/* reserved -> */
int hm_step_label(struct hm_work *w, struct hm_err *err);	/* bound -> marking */
int hm_step_mark(struct hm_work *w, struct hm_err *err);	/* marking -> */
int hm_step_sign(struct hm_work *w, struct hm_err *err);	/* marked -> writing */
int hm_step_write(struct hm_work *w, struct hm_err *err);	/* writing -> active */

/*
 * See that the printer is ready, render the label and put its announcement into
 * w->t. The caller says which state that leads to, and commits.
 */
int hm_label_announce(struct hm_work *w, struct hm_err *err);

/* What became of a label job, in the engine's words. */
enum hm_label_fate {
	HM_LABEL_GOOD,		/* there, tag read back */
	HM_LABEL_VOID,		/* there, its tag was not encoded */
	HM_LABEL_DOUBT,		/* may be there */
	HM_LABEL_NOT_SENT,	/* is not there */
	HM_LABEL_OTHER_TAG,	/* the tag read back is not ours */
};
enum hm_label_fate hm_label_fate(const struct hm_work *w, const struct hm_job *j, bool answers,
				 char ret_tid[33], char *why, size_t why_size);

/* Is there a tag whose EPC and TID the printer reads back? A file says nothing, paper neither. */
static inline bool hm_label_answers(const struct hm_work *w, const struct hm_job *j)
{
	return j->gated && w->product.epc_scheme != HM_PRODUCT_NO_EPC;
}

/* Ask for or send an OPEN label job. 0: its fate is told in w->t; else why not. */
int hm_label_settle(struct hm_work *w, struct hm_job *j, struct hm_err *err);

/* The EEPROM writes of w->image, announced in w->t. */
int hm_write_announce(struct hm_work *w, uint32_t attempt, struct hm_err *err);

/* Who bears an anchor already, if another unit does: -HM_EDUPLICATE, else 0. */
int hm_unit_holder(struct hm_work *w, const char *kind, const void *value, size_t len,
		   struct hm_err *err);

/* --- leaf.c --- */
int hm_leaf_of(const struct hm_work *w, struct hm_buf *out, struct hm_err *err);

/* --- draw.c: what nobody else ever gets --- */
#define HM_COUNTER_NAME_MAX 192
struct hm_draw {
	const struct hm_product *product;
	const char *lot;
	int64_t now;			/* its day, UTC, is the day of dates in serials */
	struct hm_keyring *keyring;	/* may be NULL */
};
/*
 * A serial that no unit bears. -HM_EPOOL_EXHAUSTED; -HM_EUNTRUSTED without the key of an
 * unguessable scheme; what hm_scheme_settle() says of lot and date.
 */
int hm_draw_serial(struct hm_tx *tx, const struct hm_draw *d, char serial[21], struct hm_err *err);
/* Name of the counter that draws the entries of a supplied list. */
void hm_list_counter(const char *pool, char name[HM_COUNTER_NAME_MAX]);
/*
 * The first of the run of addresses that a unit of @p gets, 12 or 16 capital digits; ""
 * where it gets none. -HM_EPOOL_EXHAUSTED: no such run is left; nothing wraps.
 */
int hm_draw_macs(struct hm_tx *tx, const struct hm_product *p, char mac[17], struct hm_err *err);
/* Every address of the unit is its own from now on. */
#define HM_MAC_ANCHOR "mac"
int hm_claim_macs(struct hm_tx *tx, const struct hm_unit *u, struct hm_err *err);
/* The numbers of its block that a product may use: -HM_EBAD_PRODUCT. */
struct hm_eui_block;
struct hm_range;
int hm_mac_block(const struct hm_product *p, struct hm_eui_block *block, struct hm_range *pool,
		 struct hm_err *err);
/*
 * The first or the last serial that could be drawn, drawing none; of an unguessable
 * scheme the smallest and the largest that its permutation may give.
 */
int hm_draw_specimen(const struct hm_draw *d, bool last, char serial[21], struct hm_err *err);

/* --- reserve.c --- */
int hm_unit_product(struct hm_store *s, const uint8_t sha256[32], struct hm_product *ret,
		    struct hm_err *err);

static inline bool hm_is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

#endif /* HM_UNIT_WORK_H */
