/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hallmarkd: one process, and these threads in it:
 *
 *   main	sd-event: signals, the schedule of checkpoints, udev, the watchdog
 *   slot	one for each slot: the only thread that makes units there
 *   http	one for each connection (libmicrohttpd): requests and long polls
 *
 * Three kinds of lock, always taken in this order, none of them while a store
 * function runs:
 *
 *   station_lock	whoever calls hm_station_*() (checkpoint, seal, bundle, product)
 *   slot->engine	whoever lets the engine work in a slot: its thread, or a request
 *			(reprint, resolve, retry) as a guest, see hm_slot_enter()
 *   lock		the few words that threads tell each other: what each slot
 *			does and waits for, the version, what was poked. Held for
 *			moments only, never across a call into a room
 *
 * Every change that somebody may watch for bumps `version` and broadcasts `changed`;
 * a long poll sleeps on that. What is durable is in the store and only there: this
 * struct can be lost at any moment.
 *
 * A latched store is fatal (hm_daemon_fatal()): the main loop exits nonzero, and
 * nothing more is acknowledged.
 */
#ifndef HM_AGENT_DAEMON_H
#define HM_AGENT_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/common/config.h"
#include "agent/common/swtpm.h"
#include "agent/common/world.h"
#include "base/env.h"
#include "station/station.h"
#include "unit/unit.h"

#define HM_DONE_MAX	16
#define HM_POKES_MAX	256
#define HM_CLAIMS_MAX	128
#define HM_COUNT_MAX	10000	/* units of one batch */
#define HM_POLL_MAX	30	/* seconds of one long poll */
#define HM_EXPORTS_MAX	4

enum hm_slot_doing { HM_SLOT_IDLE, HM_SLOT_BUSY, HM_SLOT_WAITING };

struct hm_daemon;

/* A directory below STATE/exports; api_export.c. */
struct hm_export {
	char id[17];		/* "": this place is free */
	unsigned int busy;	/* it is being written, or a file of it read */
	int64_t made_ms, read_ms;	/* monotonic; read_ms -1: no file of it yet */
};

struct hm_slot_run {
	struct hm_daemon *d;
	struct hm_slot cfg;
	pthread_t thread;
	bool started;
	pthread_mutex_t engine;
	/* the rest under d->lock */
	pthread_cond_t wake;
	/* wake-ups so far; the count when this pass began; ... when the last one ended:
	 * what is told of the slot is stale while the first and the third differ */
	uint64_t wakes, pass, settled;
	unsigned int guests;	/* requests that want the engine: its thread stands back */
	uint64_t version;	/* of the last change here */
	enum hm_slot_doing doing;
	char unit[21];		/* being made, or waited for; "" */
	int wait;		/* HM_E*, 0: none */
	bool wait_board;	/* it waits for a fresh board, and not for a unit's */
	char wait_text[200];
	char done[HM_DONE_MAX][21];	/* oldest first */
	size_t n_done;
};

struct hm_daemon {
	struct hm_paths paths;
	struct hm_config config;
	struct hm_world world;
	struct hm_env env;
	struct hm_station station;
	struct hm_engine engine;
	struct hm_swtpm swtpm;
	int tpm_error;		/* the store is open, the TPM is not: nothing is issued */
	struct hm_err tpm_why;

	pthread_mutex_t station_lock;
	pthread_mutex_t orphans;	/* stands for the engine of a slot that is not configured */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t version;
	bool stopping;
	bool gate_fault, gate_fault_reported;
	int fatal;
	struct hm_err fatal_why;
	/* room in the gate's log: asked for by slots, made by the main loop (schedule.c) */
	uint64_t room_wanted, room_made;
	int room_rc;
	struct hm_err room_why;
	bool log_full;			/* a unit waits for it */
	int checkpoint_error;		/* of the last attempt; 0 */
	struct hm_err checkpoint_why;
	char poked[HM_POKES_MAX][21];	/* to be advanced once, whatever they wait for */
	size_t n_poked;
	struct {
		char serial[21];
		bool again;	/* only looked at again: no progress before it moves */
	} claimed[HM_CLAIMS_MAX];	/* somebody works on them right now */
	size_t n_claimed;
	struct hm_export exports[HM_EXPORTS_MAX];
	int event_fd;			/* wakes the main loop; -1 in tests */

	size_t n_slots;
	struct hm_slot_run slots[HM_SLOTS_MAX];
};

/* --- hub.c: what threads tell each other --- */

int hm_daemon_init(struct hm_daemon *d);	/* after config and paths are set */
void hm_daemon_done(struct hm_daemon *d);
void hm_daemon_changed(struct hm_daemon *d);	/* bump and tell */
uint64_t hm_daemon_version(struct hm_daemon *d);
/* Sleeps until the version is not @seen, @seconds passed, or the daemon stops. */
void hm_daemon_wait(struct hm_daemon *d, uint64_t seen, unsigned int seconds);
void hm_daemon_stop(struct hm_daemon *d);
bool hm_daemon_stopping(struct hm_daemon *d);
/* Exits where @rc says that the store is latched; every caller of the store asks. */
void hm_daemon_fatal(struct hm_daemon *d, int rc, const struct hm_err *err);
void hm_daemon_gate_fault(struct hm_daemon *d);
bool hm_daemon_gate_faulty(struct hm_daemon *d);
void hm_daemon_log_full(struct hm_daemon *d);
/* The main loop looks for what other threads have to tell it. */
void hm_daemon_tell_main(struct hm_daemon *d);
void hm_daemon_wake_slots(struct hm_daemon *d);
void hm_daemon_poke(struct hm_daemon *d, const char *serial);
bool hm_daemon_poked(struct hm_daemon *d, const char *serial, bool take);

/*
 * One at a time on a unit, wherever its board turns up: false where somebody else
 * has it. Whoever gets it reads the unit again, works, and releases it.
 */
bool hm_unit_claim(struct hm_daemon *d, const char *serial, bool again);
void hm_unit_release(struct hm_daemon *d, const char *serial);

struct hm_slot_run *hm_daemon_slot(struct hm_daemon *d, const char *name);
/* What the slot does now; a change is told. @unit and @text may be NULL. */
void hm_slot_tell(struct hm_slot_run *s, enum hm_slot_doing doing, const char *unit, int wait,
		  bool wait_board, const char *text);
void hm_slot_done(struct hm_slot_run *s, const char *serial);
void hm_slot_fresh_board(struct hm_slot_run *s);
/* A pass begins, before the slot's thread takes the engine: guests first. */
void hm_slot_begin(struct hm_slot_run *s);
/* A pass ended with nothing to do at once: sleeps until woken since it began, or @ms
 * passed (-1: however long), or the daemon stops. */
void hm_slot_sleep(struct hm_slot_run *s, int ms);
/*
 * A request borrows the engine of a slot (NULL: of none that is configured):
 * 0, or -HM_EBUSY where its thread does not come out within half a minute.
 */
int hm_slot_enter(struct hm_daemon *d, struct hm_slot_run *s, struct hm_err *err);
void hm_slot_leave(struct hm_daemon *d, struct hm_slot_run *s);

/* --- slot.c --- */

int hm_slots_start(struct hm_daemon *d, struct hm_err *err);
void hm_slots_join(struct hm_daemon *d);
/* Units that wait for room in the gate's log are advanced again. */
void hm_slots_poke_log_full(struct hm_daemon *d);

/* --- reads.c: what the store says, each in one consistent read --- */

int hm_read_unit(struct hm_daemon *d, const char *serial, struct hm_unit *ret, struct hm_err *err);
/* malloc'ed array, free() it; at most @max of them. */
int hm_read_units(struct hm_daemon *d, const struct hm_unit_filter *f, size_t max,
		  struct hm_unit **ret, size_t *ret_n, struct hm_err *err);
int hm_read_batch(struct hm_daemon *d, const char *key, struct hm_batch *ret, struct hm_err *err);
int hm_read_open_batches(struct hm_daemon *d, struct hm_batch **ret, size_t *ret_n,
			 struct hm_err *err);
/* How many units of the batch are drawn, and how many of those are not finished. */
int hm_read_counts(struct hm_daemon *d, const char *key, uint32_t *ret_drawn,
		   uint32_t *ret_unfinished, struct hm_err *err);
int hm_read_blob(struct hm_daemon *d, const uint8_t sha256[32], struct hm_buf *ret,
		 struct hm_err *err);

/* --- log.c: the journal under systemd, else standard error --- */

enum hm_log_id {
	HM_LOG_START, HM_LOG_STOP, HM_LOG_FATAL, HM_LOG_UNIT_DONE, HM_LOG_UNIT_WAITS,
	HM_LOG_GATE_FAULT, HM_LOG_CHECKPOINT, HM_LOG_TPM, HM_LOG_OTHER,
};
void hm_log(enum hm_log_id id, int priority, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* HM_AGENT_DAEMON_H */
