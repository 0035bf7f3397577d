/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A boot's event log as evidence: every event re-hashed, the log replayed.
 * Uses the codec that the kernel writes with (kmod/eventlog.h). Pure.
 *
 * A gate may have given its log away in pieces (EXPORT); what is read here is the
 * joined log: the first piece, and of each other one what follows its header.
 */
#ifndef HM_LEDGER_EVIDENCE_H
#define HM_LEDGER_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct hm_ev_job {
	uint64_t seq;
	uint64_t at;		/* place of its INTENT in the log */
	uint8_t job_id[16];
	uint32_t flags;		/* as measured in the INTENT */
	char marker[32];
	uint32_t offset;
	uint32_t len;
	uint8_t digest[32];
	bool has_outcome;
	uint32_t state;
	uint32_t sent;
	int32_t error;
	bool ambiguous;		/* kept as EV_NO_ACTION: may or may not have been extended */
};

struct hm_evidence {
	uint8_t boot_id[16];
	uint32_t pcr;
	uint8_t before[32];	/* SHA-256 PCR before START; zero on an honest boot */
	uint8_t replay[32];	/* PCR value after every extended event */
	uint8_t replay_ambiguous[32];	/* the same with the ambiguous event counted */
	bool has_ambiguous;
	bool fault;
	uint64_t last_seq;
	struct hm_ev_job *jobs;	/* in seq order */
	size_t n_jobs;
	uint64_t events;	/* read, or covered by the quote */
	uint64_t uncovered;	/* events behind what the quote covers */
	unsigned int exports;	/* EXPORT events, as far as covered */
	void *by_id;		/* the jobs' ids in order, for hm_evidence_job() */
};

/*
 * 0, -HM_EBAD_FORMAT (not a log; no START first; seq out of order; an OUTCOME
 * without INTENT; EV_NO_ACTION where no gate writes it: an event's type is in no
 * digest), -HM_EINCONSISTENT (a digest that is not the hash of its event, an EXPORT
 * that does not name what stands before it: the line names the event).
 */
int hm_evidence_read(const void *log, size_t len, struct hm_evidence *ret, struct hm_err *err);
/*
 * The same for a log that was copied just before its PCR was quoted. @quoted is
 * the quote's PCR digest (SHA-256 over the one PCR), or NULL. The whole log is
 * re-hashed; jobs, outcomes and replay are those of its longest beginning that
 * replays into the quote. Nothing fits: -HM_EINCONSISTENT.
 */
int hm_evidence_read_quoted(const void *log, size_t len, const uint8_t *quoted,
			    struct hm_evidence *ret, struct hm_err *err);
void hm_evidence_free(struct hm_evidence *e);
/* NULL where the log has no such job. */
const struct hm_ev_job *hm_evidence_job(const struct hm_evidence *e, const uint8_t job_id[16]);

#endif /* HM_LEDGER_EVIDENCE_H */
