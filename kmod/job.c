// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job: measure, then emit exactly those bytes, then measure what became of it.
 *
 * The user's memory is read once, before anything is measured, and what was
 * hashed is what is sent. Everything that may fail for want of memory, of a
 * sound argument or of a writable result has failed before the INTENT; after it
 * only the state tells, never an errno.
 *
 * The table of jobs is what RESULT and EEXIST look at. A job enters it before it
 * waits for anything (so that a RESULT cannot say "never heard of" about a job that
 * is yet to be sent) and leaves it only where nothing was measured, or when its
 * OUTCOME was exported.
 */
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/hashtable.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "include/uapi/linux/hallmark.h"

#include "core.h"
#include "gate.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static_assert(sizeof(struct hallmark_mark) == 120);
static_assert(offsetof(struct hallmark_mark, seq) == 48);
static_assert(offsetof(struct hallmark_mark, reserved) == 104);
static_assert(HALLMARK_NAME_SIZE == HM_EV_NAME_SIZE);

struct hallmark_job {
	struct hlist_node node;
	u8 id[HALLMARK_JOB_ID_SIZE];
	bool told;		/* its caller has been answered */
	u64 end;		/* once told: of its OUTCOME in the joined log; U64_MAX: none */
	/* under jobs_lock as well; the fields of struct hallmark_mark by the same names */
	u64 seq;
	u32 flags;
	u32 state;
	u32 sent;
	s32 error;
	u32 reply_len;
	u8 digest[HALLMARK_DIGEST_SIZE];
};

static DEFINE_HASHTABLE(jobs, 12);
static DEFINE_MUTEX(jobs_lock);		/* never held across anything that waits */
static u64 forgotten;			/* jobs that end there or before are not kept */
static siphash_key_t jobs_key;		/* callers choose the names, but not the buckets */

static u64 job_key(const u8 *id)
{
	get_random_once(&jobs_key, sizeof(jobs_key));
	return siphash(id, HALLMARK_JOB_ID_SIZE, &jobs_key);
}

static struct hallmark_job *find_job(const u8 *id)
{
	struct hallmark_job *job;

	hash_for_each_possible(jobs, job, node, job_key(id))
		if (!memcmp(job->id, id, sizeof(job->id)))
			return job;
	return NULL;
}

static int claim_job(struct hallmark_job *job)
{
	int rc = 0;

	mutex_lock(&jobs_lock);
	if (find_job(job->id))
		rc = -EEXIST;
	else
		hash_add(jobs, &job->node, job_key(job->id));
	mutex_unlock(&jobs_lock);
	return rc;
}

static void disclaim_job(struct hallmark_job *job)
{
	mutex_lock(&jobs_lock);
	hash_del(&job->node);
	mutex_unlock(&jobs_lock);
	kfree(job);
}

static void publish_job(struct hallmark_job *job, u64 seq, const struct hallmark_xfer *x,
			u32 more_flags, u64 end)
{
	mutex_lock(&jobs_lock);
	job->seq = seq;
	job->end = end;
	job->state = x->state;
	job->sent = x->sent;
	job->error = x->error;
	job->reply_len = x->reply_len;
	job->flags |= more_flags;
	mutex_unlock(&jobs_lock);
}

/* under jobs_lock, or before the job is in the table */
static void tell_job(const struct hallmark_job *job, struct hallmark_mark *u)
{
	u->flags = job->flags;
	u->seq = job->seq;
	u->state = job->state;
	u->sent = job->sent;
	u->error = job->error;
	u->reply_len = job->reply_len;
	memcpy(u->digest, job->digest, sizeof(u->digest));
}

/* What became of it, for its own caller; exported already, it is not kept either. */
static void finish_job(struct hallmark_job *job, struct hallmark_mark *u)
{
	bool gone;

	mutex_lock(&jobs_lock);
	tell_job(job, u);
	job->told = true;
	gone = job->end <= forgotten;
	if (gone)
		hash_del(&job->node);
	mutex_unlock(&jobs_lock);
	if (gone)
		kfree(job);
}

void hallmark_job_forget(u64 offset)
{
	struct hallmark_job *job;
	struct hlist_node *next;
	int bucket;

	mutex_lock(&jobs_lock);
	forgotten = max(forgotten, offset);
	hash_for_each_safe(jobs, bucket, next, job, node) {
		if (job->end > forgotten || !job->told)
			continue;	/* if it is not told yet, its caller takes it out */
		hash_del(&job->node);
		kfree(job);
	}
	mutex_unlock(&jobs_lock);
}

/* What MARK and RESULT have in common: a struct of this very version. */
static int get_mark(struct hallmark_mark *u, const void __user *arg)
{
	if (copy_from_user(u, arg, sizeof(*u)))
		return -EFAULT;
	if (u->size != sizeof(*u) || u->flags & ~HALLMARK_MARK_IN_FLAGS ||
	    memchr_inv(u->reserved, 0, sizeof(u->reserved)))
		return -EINVAL;
	return 0;
}

static void clear_answer(struct hallmark_mark *u)
{
	u->seq = 0;
	u->state = HALLMARK_STATE_NONE;
	u->sent = 0;
	u->error = 0;
	u->reply_len = 0;
	memset(u->digest, 0, sizeof(u->digest));
}

static int check_mark(const struct hallmark_marker *m, const struct hallmark_mark *u)
{
	if (!u->payload_len || !u->timeout_ms ||
	    u->timeout_ms > HALLMARK_TIMEOUT_MAX_MS || u->reply_max > HALLMARK_REPLY_MAX)
		return -EINVAL;
	if (u->payload_len > HALLMARK_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (m->kind == HM_EV_KIND_PRINTER)
		return u->offset ? -EINVAL : 0;
	if (u->reply_max)
		return -EINVAL;
	if (u->offset > m->size || u->payload_len > m->size - u->offset)
		return -ERANGE;
	return 0;
}

/* The last job's reply, until the next one's INTENT. Takes over @reply. */
static void set_reply(struct hallmark_marker *m, u8 *reply, u32 len)
{
	u8 *old;

	mutex_lock(&m->reply_lock);
	old = m->reply;
	m->reply = reply;
	m->reply_len = len;
	m->reply_pos = 0;
	mutex_unlock(&m->reply_lock);
	kvfree(old);
	if (len)
		wake_up_interruptible(&m->wait);
}

static bool is_gone(const void *who)
{
	const struct hallmark_marker *m = who;

	return test_bit(HALLMARK_MARKER_GONE, &m->flags);
}

static void send(struct hallmark_marker *m, struct hallmark_xfer *x)
{
	mutex_lock(&m->io_lock);
	if (m->ops && !is_gone(m)) {
		m->ops->send(m->priv, x);
	} else {
		x->state = HALLMARK_STATE_PARTIAL;	/* of all bytes: none */
		x->error = -ENODEV;
	}
	mutex_unlock(&m->io_lock);
}

/* From INTENT to OUTCOME, under job_lock. 0, or nothing was measured. */
static int run_job(struct hallmark_marker *m, struct hallmark_job *job,
		   const struct hallmark_mark *u, struct hallmark_xfer *x)
{
	struct hm_ev_outcome outcome = { 0 };
	struct hm_ev_intent intent = {
		.flags = u->flags,
		.offset = u->offset,
		.len = u->payload_len,
	};
	bool latched;
	int rc, code;
	u64 end;

	memcpy(intent.job_id, u->job_id, sizeof(intent.job_id));
	memcpy(intent.sha256, job->digest, sizeof(intent.sha256));
	strscpy(intent.marker, m->name, sizeof(intent.marker));
	rc = hallmark_gate_intent(hallmark_gate, &intent, is_gone, m, &code);
	if (rc < 0)
		return rc;
	if (rc > 0) {
		x->state = HALLMARK_STATE_FAULT;
		x->error = code < 0 ? code : -EIO;
		publish_job(job, intent.seq, x, 0, U64_MAX);
		return 0;
	}
	mutex_lock(&jobs_lock);
	job->seq = intent.seq;
	mutex_unlock(&jobs_lock);

	set_reply(m, NULL, 0);
	x->deadline = jiffies + msecs_to_jiffies(u->timeout_ms);
	trace_hallmark_job_begin(m->name, m->kind, intent.seq, x->len);
	send(m, x);
	trace_hallmark_job_end(m->name, intent.seq, x->state, x->sent, x->error);

	outcome.seq = intent.seq;
	outcome.state = x->state;
	outcome.sent = x->sent;
	outcome.error = x->error;
	sha256(x->reply, x->reply_len, outcome.reply_sha256);
	latched = hallmark_gate_outcome(hallmark_gate, &outcome, &end);
	/* who is told of a reply finds it there */
	if (x->reply_len) {
		set_reply(m, x->reply, x->reply_len);
		x->reply = NULL;
	}
	publish_job(job, intent.seq, x, latched ? HALLMARK_MARK_LATCHED : 0, end);
	return 0;
}

int hallmark_job_submit(struct hallmark_marker *m, struct hallmark_mark *u, const u8 *payload)
{
	struct hallmark_xfer x = { 0 };
	struct hallmark_job *job;
	int rc = -ENOMEM;

	job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	if (!job)
		return -ENOMEM;
	if (u->reply_max) {
		x.reply = kvmalloc(u->reply_max, GFP_KERNEL_ACCOUNT);
		if (!x.reply)
			goto free_job;
	}
	x.data = payload;
	x.len = u->payload_len;
	x.offset = u->offset;
	x.reply_max = u->reply_max;
	memcpy(job->id, u->job_id, sizeof(job->id));
	job->flags = u->flags;
	sha256(payload, u->payload_len, job->digest);

	rc = claim_job(job);
	if (rc)
		goto free_job;
	/* an uncontended lock is taken by the dying as well: the gate turns them away */
	rc = -EINTR;
	if (mutex_lock_killable(&m->job_lock))
		goto disclaim;
	rc = -ENODEV;
	if (is_gone(m))
		goto unlock;
	set_bit(HALLMARK_MARKER_BUSY, &m->flags);
	rc = run_job(m, job, u, &x);
	clear_bit(HALLMARK_MARKER_BUSY, &m->flags);
unlock:
	mutex_unlock(&m->job_lock);
disclaim:
	if (rc)
		disclaim_job(job);
	else
		finish_job(job, u);
	kvfree(x.reply);
	return rc;

free_job:
	kvfree(x.reply);
	kfree(job);
	return rc;
}

long hallmark_job_mark(struct hallmark_marker *m, void __user *arg)
{
	struct hallmark_mark u;
	u8 *payload;
	int rc;

	rc = get_mark(&u, arg);
	if (!rc)
		rc = check_mark(m, &u);
	if (rc)
		return rc;
	/* not vmemdup_user(): whoever waits in line with it pays for it */
	payload = kvmalloc(u.payload_len, GFP_KERNEL_ACCOUNT);
	if (!payload)
		return -ENOMEM;
	if (copy_from_user(payload, u64_to_user_ptr(u.payload), u.payload_len)) {
		kvfree(payload);
		return -EFAULT;
	}
	clear_answer(&u);
	/* where the answer cannot be written, nothing is measured */
	rc = copy_to_user(arg, &u, sizeof(u)) ? -EFAULT : hallmark_job_submit(m, &u, payload);
	kvfree(payload);
	/* written once already; if it has become unwritable since, RESULT has it all */
	if (!rc && copy_to_user(arg, &u, sizeof(u)))
		rc = 0;
	return rc;
}

int hallmark_job_lookup(struct hallmark_mark *u)
{
	struct hallmark_job *job;

	mutex_lock(&jobs_lock);
	job = find_job(u->job_id);
	if (job)
		tell_job(job, u);
	mutex_unlock(&jobs_lock);
	return job ? 0 : -ENOENT;
}

long hallmark_job_result(void __user *arg)
{
	struct hallmark_mark u;
	int rc;

	rc = get_mark(&u, arg);
	if (!rc)
		rc = hallmark_job_lookup(&u);
	if (!rc && copy_to_user(arg, &u, sizeof(u)))
		rc = -EFAULT;
	return rc;
}
