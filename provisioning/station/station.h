/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running the station: its set-up, products, boots, checkpoints with quotes, the
 * bundle (station/bundle.h), and what would stop the next shift.
 *
 *	once:		hm_station_init()
 *	every start:	hm_station_open() hm_station_boot()
 *	while running:	hm_station_checkpoint() at the schedule, hm_station_make_room()
 *	at the end:	hm_station_checkpoint(closing) hm_station_close()
 */
#ifndef HM_STATION_STATION_H
#define HM_STATION_STATION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "ledger/ledger.h"
#include "marker/marker.h"
#include "store/store.h"
#include "unit/unit.h"

struct hm_station_params {
	const char *id;		/* station id: a-z 0-9 . - , at most 32 */
	const char *domain;	/* origin of the log is domain/id, fixed at init */
	const char *dir;	/* state: DIR/hallmark.db, DIR/keys/ */
	const char *tcti;
	const char *ek_roots;	/* PEM file */
	const char *sysroot;	/* "" */
	bool demo;		/* init: make the factory's root CA too */
};

struct hm_station {
	struct hm_env *env;	/* store and keys set by open */
	char id[33];
	char origin[129];
	char dir[256];
	char sysroot[256];
	struct hm_gate_state gate;
	pthread_mutex_t lock;		/* one checkpoint at a time; guards tree */
	struct hm_tree tree;		/* leaves seen so far */
	uint64_t signed_size;		/* of the last checkpoint kept in this life; 0 */
	uint64_t quoted_end;		/* its quote covers the boot's log up to there; 0 */
	struct hm_keyring keyring;	/* of unguessable serials; the engine's too */
};

/* Set up and leave a first signed leaf and checkpoint; nothing is left on failure. */
int hm_station_init(const struct hm_station_params *p, struct hm_env *env, struct hm_err *err);

/*
 * Open store and keys into @env. -HM_ENOT_INITIALISED. Where only the TPM fails,
 * the store stays open, env->keys is NULL and the TPM's error is returned, so that
 * a daemon can go on to show what it has and refuse to issue.
 */
int hm_station_open(const struct hm_station_params *p, struct hm_env *env,
		    struct hm_station *ret, struct hm_err *err);
void hm_station_close(struct hm_station *st);

/* Look at the gate; a boot not seen before gets its leaf. Fills st->gate. */
int hm_station_boot(struct hm_station *st, struct hm_err *err);

/*
 * Sign the tree head; with a gate, quote its PCR with the head as nonce and keep
 * what is new of the event log beside it. @closing: a BOOT_CLOSE leaf first. Nothing to sign
 * (no new leaf, no new job) is success.
 */
int hm_station_checkpoint(struct hm_station *st, bool closing, struct hm_err *err);
/* A checkpoint, then one more tree head if the ledger grew meanwhile: for export. */
int hm_station_seal(struct hm_station *st, struct hm_err *err);

/*
 * Where the gate's log is more than half full: sign, then let the gate forget what
 * the store has and the quote covers. Never a job whose outcome is not yet in the
 * store: a gate that forgot it would say that it was never sent. Little to gain, or
 * room enough, or no gate: success, and nothing is done. The log is full and
 * nothing can go: -HM_ELOG_FULL, and the line names the unit that is in the way.
 * Errors also as those of hm_gate_export() and hm_station_checkpoint(). @ret_bytes
 * (may be NULL): what the gate gave up now.
 */
int hm_station_make_room(struct hm_station *st, uint64_t *ret_bytes, struct hm_err *err);
/* How far that could go now: places in the boot's log, and who is in the way. */
struct hm_room {
	uint64_t start;		/* of what the gate holds */
	uint64_t cut;		/* up to there it could be exported */
	uint64_t end;
	char serial[21];	/* of the unit whose job is at @cut; "" */
};
int hm_station_room(struct hm_station *st, struct hm_room *ret, struct hm_err *err);
/*
 * The event log of the running boot, joined: what is kept, and what the gate holds.
 * -E2BIG beyond @out's limit; -HM_EINCONSISTENT where a part was never kept.
 */
int hm_station_log(struct hm_station *st, struct hm_buf *out, struct hm_err *err);
/* Leaves since the last checkpoint, and its age in seconds (-1: none). */
int hm_station_pending(struct hm_station *st, uint64_t *ret_leaves, int64_t *ret_age,
		       struct hm_err *err);

/*
 * Check a product file with its template in every respect, then keep it; for unguessable
 * serials with a key that is made now, sealed in the TPM, and never again.
 * -HM_EGUESSABLE where they could be guessed more often than the product allows.
 */
int hm_station_product_add(struct hm_station *st, const void *file, size_t file_len,
			   const void *tpl, size_t tpl_len, char ret_name[33],
			   struct hm_err *err);

/*
 * One more list of serials or addresses that somebody supplied (serial/list.h), into the
 * pool @name: made by its first list, grown by others with @append, else -HM_EEXISTS.
 * The same list again is success and adds nothing. All of it or nothing: -HM_EDUPLICATE
 * with the line of an entry that a pool or a unit has; what is wrong with a line, or
 * with an entry for a product that draws from the pool.
 */
#define HM_POOL_FILE_MAX (4u << 20)
struct hm_pool_added {
	const char *kind;	/* "serial", "mac", "eui64" */
	uint64_t added, entries;	/* of this list; of the pool */
};
int hm_station_pool_add(struct hm_station *st, const char *name, bool append, const void *bytes, size_t len,
			struct hm_pool_added *ret, struct hm_err *err);
struct hm_pool_state {
	char name[33];
	const char *kind;
	uint64_t entries, drawn;
};
int hm_station_pool_state(struct hm_station *st, const char *name, struct hm_pool_state *ret,
			  struct hm_err *err);
/* Their names, in order; malloc'ed. */
int hm_station_pools(struct hm_station *st, char (**ret)[33], size_t *ret_n, struct hm_err *err);

/* One thing that was looked at by `station check`. */
struct hm_check {
	char what[32];		/* tpm gate log clock disk store certificates slot/… */
	int rc;			/* 0: good */
	char text[200];
};
#define HM_CHECKS_MAX 64
int hm_station_check(struct hm_station *st, const struct hm_slot *slots, size_t n_slots,
		     struct hm_check ret[static HM_CHECKS_MAX], size_t *ret_n, struct hm_err *err);

#endif /* HM_STATION_STATION_H */
