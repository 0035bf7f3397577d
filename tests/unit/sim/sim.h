/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A world in memory for the engine: one slot, boards with TPM and EEPROM, a
 * printer-encoder, the gate with its job table and its log. It stands in for the functions of marker/
 * and identity/ that the engine calls, which are defined here and win over the
 * library's. Every call counts as a moment; at a chosen moment the power fails: the
 * engine's call stack is left for good, and the test starts the station again.
 */
#ifndef SIM_H
#define SIM_H

#include <setjmp.h>

#include "support/gatelog.h"
#include "unit/work.h"

#define SIM_BOARDS	16
#define SIM_EEPROM	4096
#define SIM_JOBS	512
#define SIM_LABELS	256

/* what the printer does with the next label */
enum sim_label { SIM_PRINT, SIM_VOID, SIM_CUT, SIM_MUTE, SIM_NOTHING, SIM_GATE_FAULT };

struct sim_board {
	bool there;
	uint8_t ek[32];
	uint8_t eeprom[SIM_EEPROM];
	bool write_protected;
};

struct sim_job {
	struct hm_mark_job job;
	uint8_t reply[128];
	uint8_t boot;
	uint64_t end;		/* place behind its OUTCOME */
	bool forgotten;		/* exported: RESULT does not know it */
};

struct sim {
	struct hm_env env;
	struct hm_engine engine;
	struct hm_slot slot;
	char dir[64];
	char db[96];
	struct sim_board board[SIM_BOARDS];
	int in_slot;			/* -1: no board */
	enum sim_label script[SIM_LABELS];
	size_t scripted, labels;	/* labels sent so far */
	unsigned int wrong_digit;	/* of the EPC that is read back, from 1; 0: none */
	bool paper_out, printer_gone, printer_silent, eeprom_gone;
	uint8_t boot;
	struct sim_job jobs[SIM_JOBS];	/* of this boot */
	size_t n_jobs;
	struct gatelog gate;		/* the joined log of this boot */
	uint32_t log_max;
	bool full;
	unsigned int exports;
	/* called at every moment, before the axe falls: somebody else at work */
	void (*meanwhile)(struct sim *s);
	bool in_meanwhile;
	/* what lies on the table */
	struct { char serial[21], epc[HM_EPC_HEX_SIZE]; bool good; bool reprint; } label[SIM_LABELS];
	size_t n_label;
	uint64_t writes;		/* EEPROM jobs sent */
	/* the clock and the axe */
	int64_t ms;
	uint64_t moment, fail_at;	/* 0: never */
	bool new_boot;			/* the failure takes the gate's memory too */
	jmp_buf dead;
};

extern struct sim *sim;		/* the one that the stand-ins use */
/*
 * What the demo product of the next world asks for; onie-tlv, SIM_EEPROM and sgtin-96 unless told.
 * With another scheme its serials have letters.
 */
extern enum hm_carrier sim_carrier;
extern const char *sim_scheme;
extern uint32_t sim_eeprom_size;

/* A fresh world, an empty store with the demo product and a batch "k" of @count. */
void sim_start(struct sim *s, uint32_t count, enum hm_binding binding);
/* Power is back: store opened again, the gate empty if the boot is new. */
void sim_restart(struct sim *s);
void sim_end(struct sim *s);
/* One more thing happened; it may be the last one. For what a test stands in for itself. */
void sim_moment(void);
void sim_get(struct sim *s, const char *serial, struct hm_unit *ret);
/* The label that @serial's newest good label job left, as an operator would find it. */
int sim_labels_of(const struct sim *s, const char *serial, bool good_only);

#endif
