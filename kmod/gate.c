// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariant. Under @lock, at rest: replaying the joined log's EV_EVENT_TAG
 * entries from START's "PCR before" gives every bank's soft PCR, and unless the
 * gate is latched the PCR was equal to it when it was last touched from here
 * (measure.h). An event enters the log after its extend and in the same critical
 * section, so a snapshot is never behind the PCR. Entries leave it, the oldest
 * first, only when an EXPORT that names them was extended.
 *
 * Room. Nothing is begun that could not be finished: @held bytes of the log are
 * promised to OUTCOMEs of jobs in flight, to DETACHs of markers whose ATTACH is
 * logged, to one EXPORT (by which a full log gets room) and to one FAULT. An
 * entry's size depends only on the banks and on the event's length, so the
 * promises are exact.
 *
 * Locks. @lock is held across TPM commands. @queue_lock guards the queue of
 * presences and is a spinlock, so that a disconnect never waits for the TPM.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "gate.h"
#include "log.h"
#include "measure.h"

/* Data bytes of the events whose size the accounting needs. */
#define TAGGED(n)		(8 + (n))
#define INTENT_SIZE		TAGGED(8 + 16 + 4 + HM_EV_NAME_SIZE + 4 + 4 + 32)
#define OUTCOME_SIZE		TAGGED(8 + 4 + 4 + 4 + 32)
#define ATTACH_SIZE(ident)	TAGGED(4 + HM_EV_NAME_SIZE + 4 + (ident))
#define DETACH_SIZE		TAGGED(HM_EV_NAME_SIZE)
#define EXPORT_SIZE		TAGGED(8 + 8 + 32)
#define RESOLVED_SIZE		TAGGED(8 + 4)
#define FAULT_SIZE		TAGGED(8 + 4)

#define OUTCOME_TRIES		3	/* an OUTCOME known not to be extended is tried again */
#define DRAIN_MS		10000	/* for jobs in flight when the machine goes down */

struct hallmark_gate {
	u8 boot_id[16];			/* never changes */

	struct mutex lock;		/* everything down to @queue_lock */
	struct hallmark_measure mm;
	u64 seq;			/* of the last INTENT begun */
	u64 exported_seq;
	int refuse;			/* the errno for whoever would begin something */
	unsigned int in_flight;		/* INTENTs without their OUTCOME */
	size_t held;

	spinlock_t queue_lock;		/* the queue and every presence's state */
	struct list_head queue;

	wait_queue_head_t idle;		/* @in_flight is 0 */
};

static size_t entry_size(const struct hallmark_gate *g, size_t data_len)
{
	return hallmark_measure_size(&g->mm, data_len);
}

/* What a job in flight may still need after its INTENT. */
static size_t job_hold(const struct hallmark_gate *g)
{
	return entry_size(g, OUTCOME_SIZE) +
	       (2 + OUTCOME_TRIES) * entry_size(g, RESOLVED_SIZE);
}

static size_t detach_hold(const struct hallmark_gate *g)
{
	return entry_size(g, DETACH_SIZE) + 2 * entry_size(g, RESOLVED_SIZE);
}

/* What must be free before a job may begin. */
static size_t job_need(const struct hallmark_gate *g)
{
	return entry_size(g, INTENT_SIZE) + 2 * entry_size(g, RESOLVED_SIZE) +
	       job_hold(g);
}

static bool has_room(const struct hallmark_gate *g, size_t need)
{
	return g->mm.log.used + g->held + need <= g->mm.log.cap;
}

/* The presence whose event is next, claimed; NULL when the queue is empty. */
static struct hallmark_presence *next_presence(struct hallmark_gate *g)
{
	struct hallmark_presence *p;

	spin_lock(&g->queue_lock);
	p = list_first_entry_or_null(&g->queue, struct hallmark_presence, node);
	if (p)
		p->logging = true;
	spin_unlock(&g->queue_lock);
	return p;
}

/* Its event was logged, or not: leave the queue, stay for DETACH, or be freed. */
static void presence_done(struct hallmark_gate *g, struct hallmark_presence *p,
			  bool was_detach, bool ok)
{
	bool dead = false;

	spin_lock(&g->queue_lock);
	p->logging = false;
	if (was_detach) {
		dead = ok;
	} else if (ok) {
		p->logged = true;
		/* gone meanwhile: it keeps its place, and DETACH is next */
		if (!p->gone)
			list_del_init(&p->node);
	} else {
		dead = p->gone;
	}
	if (dead)
		list_del(&p->node);
	spin_unlock(&g->queue_lock);
	if (dead)
		kfree(p);
}

static int log_presence(struct hallmark_gate *g, struct hallmark_presence *p)
{
	bool detach = p->logged;
	struct hm_ev *ev;
	int rc, code;

	rc = hallmark_measure_settle(&g->mm);
	if (rc)
		goto out;
	if (detach) {
		/* what a try that fails costs: the promise is for one that does not */
		rc = -ENOSPC;
		if (!has_room(g, entry_size(g, RESOLVED_SIZE)))
			goto out;
		g->held -= detach_hold(g);
		ev = hallmark_measure_event(&g->mm, HM_EV_TAG_DETACH);
		strscpy(ev->u.detach.marker, p->name, HM_EV_NAME_SIZE);
	} else {
		rc = -ENOSPC;
		if (!has_room(g, entry_size(g, ATTACH_SIZE(p->ident_len)) +
				 2 * entry_size(g, RESOLVED_SIZE) + detach_hold(g) +
				 job_need(g)))
			goto out;
		ev = hallmark_measure_event(&g->mm, HM_EV_TAG_ATTACH);
		ev->u.attach.kind = p->kind;
		strscpy(ev->u.attach.marker, p->name, HM_EV_NAME_SIZE);
		ev->u.attach.ident_len = p->ident_len;
		memcpy(ev->u.attach.ident, p->ident, p->ident_len);
	}
	rc = hallmark_measure(&g->mm, 0, true, &code);
	if (detach ? rc != 0 : rc == 0)
		g->held += detach_hold(g);
out:
	presence_done(g, p, detach, !rc);
	return rc;
}

static int flush_queue(struct hallmark_gate *g)
{
	struct hallmark_presence *p;
	int rc = 0;

	while (!rc && (p = next_presence(g)))
		rc = log_presence(g, p);
	return rc;
}

void hallmark_gate_attach(struct hallmark_gate *g, struct hallmark_presence *p)
{
	spin_lock(&g->queue_lock);
	list_add_tail(&p->node, &g->queue);
	spin_unlock(&g->queue_lock);
}

void hallmark_gate_detach(struct hallmark_gate *g, struct hallmark_presence *p)
{
	bool dead = false;

	spin_lock(&g->queue_lock);
	p->gone = true;
	if (p->logged) {
		list_add_tail(&p->node, &g->queue);
	} else if (!p->logging) {
		/* came and went between two jobs: nothing can have been sent to it */
		list_del(&p->node);
		dead = true;
	}
	spin_unlock(&g->queue_lock);
	if (dead)
		kfree(p);
}

/* Before an INTENT or an EXPORT. Refused means that the TPM is left alone, too. */
static int may_begin(struct hallmark_gate *g)
{
	if (g->refuse && !g->mm.fault)
		return g->refuse;
	return hallmark_measure_settle(&g->mm);
}

int hallmark_gate_intent(struct hallmark_gate *g, struct hm_ev_intent *intent,
			 bool (*is_gone)(const void *who), const void *who, int *ret_code)
{
	struct hm_ev *ev;
	int rc;

	*ret_code = 0;
	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	rc = may_begin(g);
	if (!rc)
		rc = flush_queue(g);
	/* what the queue's last event owes comes before the INTENT */
	if (!rc)
		rc = hallmark_measure_settle(&g->mm);
	/* its DETACH may be in the log by now, and the next of its name's ATTACH */
	if (!rc && is_gone(who))
		rc = -ENODEV;
	if (!rc && !has_room(g, job_need(g)))
		rc = -ENOSPC;
	if (rc)
		goto out;
	/* what came before it may have taken its time */
	rc = -EINTR;
	if (fatal_signal_pending(current))
		goto out;
	/* a number is never used twice: one that was dropped is told by RESOLVED */
	intent->seq = ++g->seq;
	ev = hallmark_measure_event(&g->mm, HM_EV_TAG_INTENT);
	ev->u.intent = *intent;
	rc = hallmark_measure(&g->mm, intent->seq, true, ret_code);
	if (rc && !*ret_code)
		g->seq--;	/* not even tried */
	if (rc == -ENOTRECOVERABLE)
		rc = 1;
	if (!rc) {
		g->held += job_hold(g);
		WRITE_ONCE(g->in_flight, g->in_flight + 1);
	}
	/* best effort here, compulsory before the next event */
	hallmark_measure_settle(&g->mm);
out:
	mutex_unlock(&g->lock);
	return rc;
}

bool hallmark_gate_outcome(struct hallmark_gate *g, const struct hm_ev_outcome *outcome,
			   u64 *ret_end)
{
	int rc = -EIO, code, tries = OUTCOME_TRIES;
	struct hm_ev *ev;

	mutex_lock(&g->lock);
	*ret_end = U64_MAX;
	g->held -= job_hold(g);
	while (rc && tries--) {
		rc = hallmark_measure_settle(&g->mm);
		if (rc)
			continue;
		ev = hallmark_measure_event(&g->mm, HM_EV_TAG_OUTCOME);
		ev->u.outcome = *outcome;
		rc = hallmark_measure(&g->mm, outcome->seq, true, &code);
		if (rc == -ENOTRECOVERABLE)
			goto out;	/* it is in the log already */
	}
	if (rc) {
		ev = hallmark_measure_event(&g->mm, HM_EV_TAG_OUTCOME);
		ev->u.outcome = *outcome;
		hallmark_measure_give_up(&g->mm, outcome->seq);
	} else {
		*ret_end = g->mm.log.dropped + g->mm.log.used;
		hallmark_measure_settle(&g->mm);
	}
out:
	WRITE_ONCE(g->in_flight, g->in_flight - 1);
	if (!g->in_flight)
		wake_up_all(&g->idle);
	mutex_unlock(&g->lock);
	return rc != 0;
}

int hallmark_gate_export(struct hallmark_gate *g, u64 len, const u8 *sha256, u64 *ret_seq,
			 u64 *ret_offset)
{
	struct hallmark_snapshot snap;
	u8 digest[32];
	struct hm_ev *ev;
	u64 seq;
	int rc, code;

	rc = hallmark_gate_snapshot(g, &snap);
	if (!rc)
		rc = hallmark_log_piece(&g->mm.log, &snap, len, digest, &seq);
	if (rc)
		return rc;
	if (memcmp(digest, sha256, sizeof(digest)))
		return -EBADMSG;
	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	rc = -ESTALE;		/* somebody else's piece went first */
	if (g->mm.log.dropped != snap.dropped)
		goto out;
	rc = may_begin(g);
	if (rc)
		goto out;
	/* what goes makes room for the next EXPORT; where it would not, room is needed */
	rc = -ENOSPC;
	if (len - g->mm.log.head < entry_size(g, EXPORT_SIZE) &&
	    !has_room(g, entry_size(g, EXPORT_SIZE)))
		goto out;
	g->held -= entry_size(g, EXPORT_SIZE);
	ev = hallmark_measure_event(&g->mm, HM_EV_TAG_EXPORT);
	ev->u.exported.seq = max(seq, g->exported_seq);
	ev->u.exported.offset = snap.dropped + len;
	memcpy(ev->u.exported.sha256, digest, sizeof(digest));
	/* one that was not extended has changed nothing: there is nothing to resolve */
	rc = hallmark_measure(&g->mm, 0, false, &code);
	g->held += entry_size(g, EXPORT_SIZE);
	if (rc)
		goto out;
	hallmark_log_drop(&g->mm.log, len);
	g->exported_seq = max(seq, g->exported_seq);
	*ret_seq = g->exported_seq;
	*ret_offset = snap.dropped + len;
out:
	mutex_unlock(&g->lock);
	return rc;
}

int hallmark_gate_start(struct hallmark_gate *g)
{
	int rc;

	mutex_lock(&g->lock);
	rc = hallmark_measure_start(&g->mm, g->boot_id);
	mutex_unlock(&g->lock);
	return rc;
}

/* Going down is for good, whatever sleeps or wakes after it. */
static void set_refuse(struct hallmark_gate *g, int error)
{
	mutex_lock(&g->lock);
	if (g->refuse != -ESHUTDOWN)
		g->refuse = error;
	mutex_unlock(&g->lock);
}

int hallmark_gate_sleep(struct hallmark_gate *g)
{
	set_refuse(g, -EAGAIN);
	if (wait_event_killable_timeout(g->idle, !READ_ONCE(g->in_flight),
					msecs_to_jiffies(DRAIN_MS)) > 0)
		return 0;
	set_refuse(g, 0);
	return -EBUSY;
}

void hallmark_gate_wake(struct hallmark_gate *g)
{
	mutex_lock(&g->lock);
	hallmark_measure_check(&g->mm);
	if (g->refuse == -EAGAIN)
		g->refuse = 0;
	mutex_unlock(&g->lock);
}

void hallmark_gate_stop(struct hallmark_gate *g)
{
	set_refuse(g, -ESHUTDOWN);
	wait_event_timeout(g->idle, !READ_ONCE(g->in_flight), msecs_to_jiffies(DRAIN_MS));
}

int hallmark_gate_view(struct hallmark_gate *g, struct hallmark_gate_view *ret)
{
	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	ret->state = HALLMARK_GATE_OK;
	if (g->mm.fault)
		ret->state = HALLMARK_GATE_FAULT;
	else if (!has_room(g, job_need(g)))
		ret->state = HALLMARK_GATE_FULL;
	ret->seq = g->seq;
	ret->exported = g->mm.log.dropped + g->mm.log.head;
	mutex_unlock(&g->lock);
	return 0;
}

int hallmark_gate_snapshot(struct hallmark_gate *g, struct hallmark_snapshot *ret)
{
	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	ret->dropped = g->mm.log.dropped;
	ret->len = g->mm.log.used;
	mutex_unlock(&g->lock);
	return 0;
}

struct hallmark_log *hallmark_gate_log(struct hallmark_gate *g)
{
	return &g->mm.log;
}

void hallmark_gate_boot_id(struct hallmark_gate *g, u8 *ret_id)
{
	memcpy(ret_id, g->boot_id, sizeof(g->boot_id));
}

struct hallmark_gate *hallmark_gate_create(struct hallmark_tpm *tpm, u32 pcr, size_t log_max)
{
	struct hallmark_gate *g;
	int rc;

	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return ERR_PTR(-ENOMEM);
	rc = hallmark_measure_init(&g->mm, tpm, pcr, log_max);
	if (rc) {
		kfree(g);
		return ERR_PTR(rc);
	}
	mutex_init(&g->lock);
	spin_lock_init(&g->queue_lock);
	INIT_LIST_HEAD(&g->queue);
	init_waitqueue_head(&g->idle);
	get_random_bytes(g->boot_id, sizeof(g->boot_id));
	g->held = entry_size(g, FAULT_SIZE) + entry_size(g, EXPORT_SIZE);
	return g;
}

void hallmark_gate_destroy(struct hallmark_gate *g)
{
	hallmark_measure_fini(&g->mm);
	kfree(g);
}
