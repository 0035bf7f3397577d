// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c, with a way to make it forget (its table outlives the gate of a test), and with
 * a moment for others between a job's OUTCOME and its caller's answer.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "job_rig.h"

void (*job_peek_ended)(void);

/* the one bit that is cleared there is the marker's BUSY, at a job's end */
#define clear_bit(nr, addr) ({			\
	clear_bit(nr, addr);			\
	if (job_peek_ended)			\
		job_peek_ended();		\
})

#include "job.c"

void job_peek_reset(void)
{
	hallmark_job_forget(U64_MAX);
	mutex_lock(&jobs_lock);
	forgotten = 0;
	mutex_unlock(&jobs_lock);
}

u32 job_peek_kept(void)
{
	struct hallmark_job *job;
	u32 n = 0;
	int bucket;

	mutex_lock(&jobs_lock);
	hash_for_each(jobs, bucket, job, node)
		n++;
	mutex_unlock(&jobs_lock);
	return n;
}

u64 job_peek_hash(const u8 *id)
{
	return job_key(id);
}

siphash_key_t *job_peek_key(void)
{
	return &jobs_key;
}

int job_peek_check(const struct hallmark_marker *m, const struct hallmark_mark *u)
{
	return check_mark(m, u);
}
