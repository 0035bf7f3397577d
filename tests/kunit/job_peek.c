// SPDX-License-Identifier: GPL-2.0-only
/* job.c, with a way to make it forget: its table outlives the gate of a test. */
#include "job.c"
#include "job_rig.h"

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

int job_peek_check(const struct hallmark_marker *m, const struct hallmark_mark *u)
{
	return check_mark(m, u);
}
