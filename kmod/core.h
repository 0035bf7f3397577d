/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of hallmark.ko; transports see marker.h only. */
#ifndef HALLMARK_CORE_H
#define HALLMARK_CORE_H

#include <linux/compiler_types.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "marker.h"

struct hallmark_gate;
struct hallmark_mark;
struct hallmark_presence;

/* The one gate of this system; NULL where there is none, and no marker can come. */
extern struct hallmark_gate *hallmark_gate;

/* bits of hallmark_marker.flags */
enum {
	HALLMARK_MARKER_OPEN,		/* somebody has it */
	HALLMARK_MARKER_BUSY,		/* a job is in flight */
	HALLMARK_MARKER_GONE,		/* unplugged */
};

/*
 * A marker, from its registration until the last file descriptor is closed.
 * @job_lock is held for a whole job, the TPM's part included. @io_lock is held
 * while an op runs, never across a TPM command: it is what drain() waits for.
 * Order: job_lock, io_lock; the gate's lock below job_lock, never with io_lock.
 */
struct hallmark_marker {
	struct kref kref;
	unsigned long flags;
	u32 kind;
	u32 size;
	int minor;
	unsigned int index;
	char name[HM_EV_NAME_SIZE];
	struct hallmark_presence *presence;	/* the gate's, once deleted */
	struct device *dev;
	wait_queue_head_t wait;			/* poll: a reply, or gone */

	struct mutex job_lock;			/* a whole job */
	struct mutex io_lock;			/* an op that runs */
	const struct hallmark_marker_ops *ops;	/* under io_lock; NULL: drained */
	void *priv;

	struct mutex reply_lock;		/* what read() gives */
	u8 *reply;
	u32 reply_len;
	u32 reply_pos;
};

/*
 * job.c: what the ioctls do, with the user's memory and without it. submit() takes
 * a struct that has been checked; its answer is in @u when it returns 0.
 */
long hallmark_job_mark(struct hallmark_marker *m, void __user *arg);
long hallmark_job_result(void __user *arg);
int hallmark_job_submit(struct hallmark_marker *m, struct hallmark_mark *u, const u8 *payload);
int hallmark_job_lookup(struct hallmark_mark *u);
/* Jobs whose OUTCOME ends at or before @offset of the joined log were exported. */
void hallmark_job_forget(u64 offset);

/* files.c: the gate in securityfs. What was created stays, also where it fails. */
int hallmark_files_create(void);

/* marker.c */
int hallmark_marker_init(void);
void hallmark_marker_exit(void);

#endif /* HALLMARK_CORE_H */
