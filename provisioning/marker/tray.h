/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of a file marker: what jobs there were and what became of them, in
 * DIR/.jobs, so that a job id answers after a crash as the gate would answer.
 *
 *	rc = hm_tray_open(dir, observe, ctx, &t, &err);		exclusive: -HM_EBUSY
 *	hm_tray_find(t, job_id)					NULL: never heard of
 *	rc = hm_tray_intent(t, &job, &err);			durable before the effect
 *	... the effect ...
 *	rc = hm_tray_outcome(t, &job);		or hm_tray_drop(): there was no effect
 *	hm_tray_close(t);
 *
 * A job that was cut off between the two is asked about when the tray is opened
 * next: @observe looks at the files and says what became of it. That is more than
 * a gate can do; a label does not lie in a directory.
 */
#ifndef HM_MARKER_TRAY_H
#define HM_MARKER_TRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define HM_TRAY_NAME	32
#define HM_TRAY_KEEP	1024	/* jobs that outlive a compaction */
#define HM_TRAY_RECORDS	8192	/* records at which it is due, on opening */
#define HM_TRAY_MAX	65536	/* jobs in one opening */

struct hm_tray_job {
	uint8_t job_id[16];
	uint64_t seq;
	uint32_t flags;
	uint32_t offset;
	uint32_t len;
	uint32_t state;		/* enum hm_mark_state; NONE: not told yet */
	uint32_t sent;
	int32_t error;
	uint8_t sha256[32];
	char name[HM_TRAY_NAME];	/* the file in DIR */
};

struct hm_tray;

/* Sets state, sent and error of @job; false: it never had an effect. */
typedef bool (*hm_tray_observe_fn)(int dirfd, struct hm_tray_job *job, void *ctx);

int hm_tray_open(const char *dir, hm_tray_observe_fn observe, void *ctx, struct hm_tray **ret,
		 struct hm_err *err);
void hm_tray_close(struct hm_tray *t);
int hm_tray_dirfd(const struct hm_tray *t);
const struct hm_tray_job *hm_tray_find(const struct hm_tray *t, const uint8_t job_id[16]);
/* Sets job->seq. */
int hm_tray_intent(struct hm_tray *t, struct hm_tray_job *job, struct hm_err *err);
/* Nonzero: the outcome is known to the caller alone, and the tray takes no more jobs. */
int hm_tray_outcome(struct hm_tray *t, const struct hm_tray_job *job);
void hm_tray_drop(struct hm_tray *t, const struct hm_tray_job *job);

#endif /* HM_MARKER_TRAY_H */
