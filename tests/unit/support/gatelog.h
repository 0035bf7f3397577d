/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gate's event log made without a kernel: events through the real codec, the
 * PCR replayed beside it, so that a test knows what a quote would say.
 */
#ifndef TEST_SUPPORT_GATELOG_H
#define TEST_SUPPORT_GATELOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "eventlog.h"

struct gatelog {
	struct hm_buf log;
	uint8_t pcr[32];
	uint32_t index;		/* of the PCR */
	uint64_t seq;
	uint64_t exported;	/* place of the first entry that is still held */
	uint64_t exported_seq;
};

void gatelog_start(struct gatelog *g, const uint8_t boot_id[16], const uint8_t before[32]);
/* The same in another PCR than 13. */
void gatelog_start_in(struct gatelog *g, uint32_t index, const uint8_t boot_id[16],
		      const uint8_t before[32]);
void gatelog_free(struct gatelog *g);
/* Extended, unless @type is HM_EV_NO_ACTION; that never moves g->pcr. */
void gatelog_add(struct gatelog *g, uint32_t type, struct hm_ev *ev);
/* INTENT; returns its seq. */
uint64_t gatelog_intent(struct gatelog *g, const uint8_t job_id[16], uint32_t flags,
			const char *marker, uint32_t offset, uint32_t len, const uint8_t digest[32]);
void gatelog_outcome(struct gatelog *g, uint64_t seq, uint32_t state, uint32_t sent);
/*
 * EXPORT of everything before place @offset, which lies between two entries. g->log
 * stays joined; gatelog_held() is what the gate would show now.
 */
void gatelog_export(struct gatelog *g, uint64_t offset);
void gatelog_held(const struct gatelog *g, struct hm_buf *out);
/* A piece of the joined log, with the header. */
void gatelog_piece(const struct gatelog *g, uint64_t from, uint64_t to, struct hm_buf *out);
/* SHA-256 over the one PCR, as a quote has it. */
void gatelog_quoted(const struct gatelog *g, uint8_t ret[32]);

#endif
