/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rig with job.c and marker.c on top: markers whose transport is the test's, and
 * jobs that are handed in with kernel pointers.
 *
 *	jobs = job_rig_open(test);
 *	t = transport_new(jobs, HM_EV_KIND_PRINTER, 0);
 *	job_fill(jobs, &u, payload, len);
 *	rc = job_submit(t, &u, payload);	remembered by the rig as well
 *	...
 *	rig_check(jobs->rig);			what transports received included
 */
#ifndef HALLMARK_KUNIT_JOB_RIG_H
#define HALLMARK_KUNIT_JOB_RIG_H

#include <linux/mutex.h>
#include <linux/siphash.h>

#include "include/uapi/linux/hallmark.h"

#include "core.h"
#include "rig.h"

#define TRANSPORTS_MAX	40
#define LABEL	((const u8 *)"^XA^FDhallmark^FS^XZ")
#define LABEL_LEN	20

struct transport {
	struct job_rig *jobs;
	struct hallmark_marker *m;	/* NULL: deleted and drained */
	char name[HM_EV_NAME_SIZE];
	u32 number;			/* the rig's marker */
	/* what send() answers */
	u32 state;
	u32 lacking;			/* so many bytes less than all are "sent" */
	int error;
	const u8 *reply;
	u32 reply_len;
	void (*hook)(struct transport *t);	/* called in the middle of send() */
	/* what it saw */
	u32 sends;
	u32 aborts;
	u8 sha256[32];			/* of what it was last given */
	struct hallmark_xfer last;	/* data and reply are not to be followed */
	u64 wrong;			/* bits: see transport_send() */
};

struct job_rig {
	struct rig *rig;
	struct mutex lock;		/* the rig's memory, where there are threads */
	bool threads;			/* the log is nobody's own to look at meanwhile */
	struct transport transport[TRANSPORTS_MAX];
	u32 n;
	u32 ids;
};

/* test->priv is the rig: these are for suites with job_rig_exit() as their exit. */
struct job_rig *job_rig_open(struct kunit *test, size_t log_max);
void job_rig_exit(struct kunit *test);

/* What most tests end with. */
static inline void job_rig_check(struct job_rig *jobs)
{
	rig_check_room(jobs->rig);
	rig_check(jobs->rig);
}

struct transport *transport_new(struct job_rig *jobs, u32 kind, u32 size);
/* Unplugged: the marker vanishes. And: the transport's module may go. */
void transport_del(struct transport *t);
void transport_drain(struct transport *t);

void job_fill(struct job_rig *jobs, struct hallmark_mark *u, u32 len);
int job_submit(struct transport *t, struct hallmark_mark *u, const u8 *payload);

/* job_peek.c */
void job_peek_reset(void);
/* Called when a job has ended and its caller has not been told, if not NULL. */
extern void (*job_peek_ended)(void);
u32 job_peek_kept(void);
/* Where the table has a name, and the secret that decides it. */
u64 job_peek_hash(const u8 *id);
siphash_key_t *job_peek_key(void);
int job_peek_check(const struct hallmark_marker *m, const struct hallmark_mark *u);

#endif /* HALLMARK_KUNIT_JOB_RIG_H */
