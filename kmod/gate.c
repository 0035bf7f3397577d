// SPDX-License-Identifier: GPL-2.0-only
/*
 * The invariant. Under @lock, at rest: replaying the log's EV_EVENT_TAG entries
 * from START's "PCR before" gives @soft in every bank, and unless the gate is
 * latched the PCR was equal to it when it was last touched from here. An event
 * enters the log after its extend and in the same critical section, so a
 * snapshot is never behind the PCR; the bytes of the log never change.
 *
 * An extend that does not return 0 may have happened or not. The PCR is then
 * read: equal to @next, it happened; equal to @soft, it did not, and the event
 * is dropped. Either is told by a RESOLVED event, which comes before any other.
 * Anything else latches the gate for good.
 *
 * Room. Nothing is begun that could not be finished: @held bytes of the log are
 * promised to OUTCOMEs of jobs in flight, to DETACHs of markers whose ATTACH is
 * logged, and to one FAULT. An entry's size depends only on the banks and on
 * the event's length, so the promises are exact.
 *
 * Locks. @lock is held across TPM commands. @queue_lock guards the queue of
 * presences and is a spinlock, so that a disconnect never waits for the TPM.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/hash.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "gate.h"

/* Data bytes of the events whose size the accounting needs. */
#define TAGGED(n)		(8 + (n))
#define INTENT_SIZE		TAGGED(8 + 16 + 4 + HM_EV_NAME_SIZE + 4 + 4 + 32)
#define OUTCOME_SIZE		TAGGED(8 + 4 + 4 + 4 + 32)
#define ATTACH_SIZE(ident)	TAGGED(4 + HM_EV_NAME_SIZE + 4 + (ident))
#define DETACH_SIZE		TAGGED(HM_EV_NAME_SIZE)
#define RESOLVED_SIZE		TAGGED(8 + 4)
#define FAULT_SIZE		TAGGED(8 + 4)

#define OUTCOME_TRIES		3	/* an OUTCOME known not to be extended is tried again */
#define READ_TRIES		3
#define READ_PAUSE_MS		20

struct hallmark_gate {
	struct mutex lock;		/* everything down to @queue_lock */
	struct hallmark_tpm *tpm;
	u32 pcr;
	u64 seq;			/* of the last INTENT begun */
	bool started;			/* START is in the log, @soft is known */
	bool fault;
	bool slept;			/* or is about to: the TPM may lose the PCR */
	u8 *log;
	size_t used;
	size_t held;
	size_t cap;
	u64 resolved_seq;		/* the RESOLVED event that is owed, */
	u32 resolved_verdict;		/* if this is not zero */
	struct hm_ev ev;		/* the event at hand, */
	u8 data[HM_EV_DATA_MAX];	/* and its field */

	spinlock_t queue_lock;		/* the queue and every presence's state */
	struct list_head queue;
};

/* What became of an extend. */
enum verdict { PCR_NEW, PCR_OLD, PCR_OTHER };

static size_t entry_size(const struct hallmark_gate *g, size_t data_len)
{
	size_t n = 4 + 4 + 4 + 4 + data_len;
	u32 b;

	for (b = 0; b < g->tpm->nbanks; b++)
		n += 2 + g->tpm->banks[b].size;
	return n;
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
	return g->used + g->held + need <= g->cap;
}

/* A fresh event; the caller fills in what the tag calls for. */
static struct hm_ev *new_event(struct hallmark_gate *g, u32 tag)
{
	u32 b;

	memset(&g->ev, 0, sizeof(g->ev));
	g->ev.pcr = g->pcr;
	g->ev.type = HM_EV_EVENT_TAG;
	g->ev.tag = tag;
	g->ev.nbanks = g->tpm->nbanks;
	for (b = 0; b < g->ev.nbanks; b++) {
		g->ev.bank[b].alg = g->tpm->banks[b].alg;
		g->ev.bank[b].size = g->tpm->banks[b].size;
	}
	return &g->ev;
}

/* Encode the event, hash it per bank and foresee the PCR. Nothing happens yet. */
static int prepare(struct hallmark_gate *g)
{
	u8 pair[2 * HM_EV_DIGEST_MAX];
	ssize_t n;
	u32 b;
	int rc;

	n = hm_ev_encode_data(&g->ev, g->data, sizeof(g->data));
	if (WARN_ON_ONCE(n < 0))
		return n;
	if (WARN_ON_ONCE(entry_size(g, n) > g->cap - g->used))
		return -ENOSPC;
	g->ev.data = g->data;
	g->ev.data_len = n;
	for (b = 0; b < g->tpm->nbanks; b++) {
		struct hallmark_bank *bank = &g->tpm->banks[b];

		rc = crypto_shash_tfm_digest(bank->tfm, g->data, n, g->ev.bank[b].digest);
		if (rc)
			return rc;
		memcpy(pair, bank->soft, bank->size);
		memcpy(pair + bank->size, g->ev.bank[b].digest, bank->size);
		rc = crypto_shash_tfm_digest(bank->tfm, pair, 2 * bank->size, bank->next);
		if (rc)
			return rc;
	}
	return 0;
}

/* The event at hand enters the log as @type. */
static void commit(struct hallmark_gate *g, u32 type)
{
	ssize_t n;

	g->ev.type = type;
	n = hm_ev_encode_entry(&g->ev, g->log + g->used, g->cap - g->used);
	if (WARN_ON_ONCE(n < 0))
		return;
	g->used += n;
}

static enum verdict compare_pcr(struct hallmark_gate *g)
{
	bool is_next = true, is_soft = true;
	u8 value[HM_EV_DIGEST_MAX];
	u32 b;

	for (b = 0; b < g->tpm->nbanks; b++) {
		const struct hallmark_bank *bank = &g->tpm->banks[b];
		int rc, tries = READ_TRIES;

		while ((rc = g->tpm->read(g->tpm, g->pcr, b, value)) && --tries)
			msleep(READ_PAUSE_MS);
		if (rc)
			return PCR_OTHER;
		is_next &= !memcmp(value, bank->next, bank->size);
		is_soft &= !memcmp(value, bank->soft, bank->size);
	}
	if (is_next)
		return PCR_NEW;
	return is_soft ? PCR_OLD : PCR_OTHER;
}

/* The gate closes. The event at hand, if prepared, has been kept before. */
static void latch(struct hallmark_gate *g, u64 seq, int code)
{
	struct hm_ev *ev;

	if (g->fault)
		return;
	g->fault = true;
	g->held -= entry_size(g, FAULT_SIZE);
	pr_crit("gate latched (code %d); no marks until reboot\n", code);
	ev = new_event(g, HM_EV_TAG_FAULT);
	ev->u.fault.seq = seq;
	ev->u.fault.code = code;
	if (!prepare(g))
		commit(g, HM_EV_NO_ACTION);
}

/*
 * Extend the event at hand and log it. Returns 0; -EIO where it is known not to
 * have been extended (@ret_code has what the extend returned);
 * -ENOTRECOVERABLE where nothing is known and the gate is now latched.
 */
static int measure(struct hallmark_gate *g, u64 seq, bool owe_resolved, int *ret_code)
{
	enum verdict verdict;
	u32 b;
	int rc;

	*ret_code = 0;
	rc = prepare(g);
	if (rc)
		return rc;
	rc = g->tpm->extend(g->tpm, g->pcr, g->ev.bank);
	verdict = rc ? compare_pcr(g) : PCR_NEW;
	*ret_code = rc;
	if (verdict == PCR_OTHER) {
		commit(g, HM_EV_NO_ACTION);
		latch(g, seq, rc);
		return -ENOTRECOVERABLE;
	}
	if (verdict == PCR_NEW) {
		commit(g, HM_EV_EVENT_TAG);
		for (b = 0; b < g->tpm->nbanks; b++)
			memcpy(g->tpm->banks[b].soft, g->tpm->banks[b].next,
			       HM_EV_DIGEST_MAX);
	}
	if (rc && owe_resolved) {
		pr_warn_ratelimited("extend returned %d, but the PCR says %s\n",
				    rc, verdict == PCR_NEW ? "done" : "not done");
		g->resolved_seq = seq;
		g->resolved_verdict = verdict == PCR_NEW ? HM_EV_RESOLVED_EXTENDED :
							    HM_EV_RESOLVED_NOT_EXTENDED;
	}
	return verdict == PCR_NEW ? 0 : -EIO;
}

/* After a sleep, and before anything is extended on top: is the PCR still ours? */
static void check_pcr(struct hallmark_gate *g)
{
	u32 b;

	if (g->fault || !g->started)
		return;
	for (b = 0; b < g->tpm->nbanks; b++)
		memcpy(g->tpm->banks[b].next, g->tpm->banks[b].soft, HM_EV_DIGEST_MAX);
	if (compare_pcr(g) == PCR_OTHER) {
		pr_crit("PCR %u is not what it was before the sleep\n", g->pcr);
		latch(g, 0, 0);
	}
}

/*
 * Before any other event: the RESOLVED that is owed. What becomes of its own
 * extend is read from the PCR too, but not told again.
 */
static int settle(struct hallmark_gate *g)
{
	struct hm_ev *ev;
	int rc, code;

	if (g->slept)
		check_pcr(g);
	if (g->fault)
		return -ENOTRECOVERABLE;
	if (!g->resolved_verdict)
		return 0;
	ev = new_event(g, HM_EV_TAG_RESOLVED);
	ev->u.resolve.seq = g->resolved_seq;
	ev->u.resolve.verdict = g->resolved_verdict;
	rc = measure(g, g->resolved_seq, false, &code);
	if (!rc)
		g->resolved_verdict = 0;
	return rc;
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

	rc = settle(g);
	if (rc)
		goto out;
	if (detach) {
		/* what a try that fails costs: the promise is for one that does not */
		rc = -ENOSPC;
		if (!has_room(g, entry_size(g, RESOLVED_SIZE)))
			goto out;
		g->held -= detach_hold(g);
		ev = new_event(g, HM_EV_TAG_DETACH);
		strscpy(ev->u.detach.marker, p->name, HM_EV_NAME_SIZE);
	} else {
		rc = -ENOSPC;
		if (!has_room(g, entry_size(g, ATTACH_SIZE(p->ident_len)) +
				 2 * entry_size(g, RESOLVED_SIZE) + detach_hold(g) +
				 job_need(g)))
			goto out;
		ev = new_event(g, HM_EV_TAG_ATTACH);
		ev->u.attach.kind = p->kind;
		strscpy(ev->u.attach.marker, p->name, HM_EV_NAME_SIZE);
		ev->u.attach.ident_len = p->ident_len;
		memcpy(ev->u.attach.ident, p->ident, p->ident_len);
	}
	rc = measure(g, 0, true, &code);
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

int hallmark_gate_intent(struct hallmark_gate *g, struct hm_ev_intent *intent,
			 bool (*is_gone)(const void *who), const void *who, int *ret_code)
{
	struct hm_ev *ev;
	int rc;

	*ret_code = 0;
	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	rc = settle(g);
	if (!rc)
		rc = flush_queue(g);
	/* what the queue's last event owes comes before the INTENT */
	if (!rc)
		rc = settle(g);
	/* its DETACH may be in the log by now, and the next of its name's ATTACH */
	if (!rc && is_gone(who))
		rc = -ENODEV;
	if (!rc && !has_room(g, job_need(g)))
		rc = -ENOSPC;
	if (rc)
		goto out;
	/* a number is never used twice: one that was dropped is told by RESOLVED */
	intent->seq = ++g->seq;
	ev = new_event(g, HM_EV_TAG_INTENT);
	ev->u.intent = *intent;
	rc = measure(g, intent->seq, true, ret_code);
	if (rc && !*ret_code)
		g->seq--;	/* not even tried */
	if (rc == -ENOTRECOVERABLE)
		rc = 1;
	if (!rc)
		g->held += job_hold(g);
	/* best effort here, compulsory before the next event */
	settle(g);
out:
	mutex_unlock(&g->lock);
	return rc;
}

bool hallmark_gate_outcome(struct hallmark_gate *g, const struct hm_ev_outcome *outcome)
{
	int rc = -EIO, code = 0, tries = OUTCOME_TRIES;
	struct hm_ev *ev;

	mutex_lock(&g->lock);
	g->held -= job_hold(g);
	while (rc && rc != -ENOTRECOVERABLE && tries--) {
		rc = settle(g);
		if (rc)
			continue;
		ev = new_event(g, HM_EV_TAG_OUTCOME);
		ev->u.outcome = *outcome;
		rc = measure(g, outcome->seq, true, &code);
		if (rc == -ENOTRECOVERABLE)
			goto out;	/* it is in the log already */
	}
	if (rc) {
		ev = new_event(g, HM_EV_TAG_OUTCOME);
		ev->u.outcome = *outcome;
		if (!prepare(g))
			commit(g, HM_EV_NO_ACTION);
		latch(g, outcome->seq, code);
	} else {
		settle(g);
	}
out:
	mutex_unlock(&g->lock);
	return rc != 0;
}

int hallmark_gate_start(struct hallmark_gate *g)
{
	struct hm_ev *ev;
	int rc, code;
	u32 b;

	mutex_lock(&g->lock);
	ev = new_event(g, HM_EV_TAG_START);
	ev->u.start.version = HM_EV_VERSION;
	get_random_bytes(ev->u.start.boot_id, sizeof(ev->u.start.boot_id));
	ev->u.start.pcr = g->pcr;
	ev->u.start.nbanks = g->tpm->nbanks;
	for (b = 0; b < g->tpm->nbanks; b++) {
		struct hallmark_bank *bank = &g->tpm->banks[b];

		rc = g->tpm->read(g->tpm, g->pcr, b, bank->soft);
		if (rc) {
			rc = rc < 0 ? rc : -EIO;
			goto out;
		}
		ev->u.start.before[b].alg = bank->alg;
		ev->u.start.before[b].size = bank->size;
		memcpy(ev->u.start.before[b].digest, bank->soft, bank->size);
	}
	rc = measure(g, 0, true, &code);
	g->started = !rc;
out:
	mutex_unlock(&g->lock);
	return rc;
}

void hallmark_gate_sleep(struct hallmark_gate *g)
{
	mutex_lock(&g->lock);
	g->slept = true;
	mutex_unlock(&g->lock);
}

void hallmark_gate_wake(struct hallmark_gate *g)
{
	mutex_lock(&g->lock);
	check_pcr(g);
	g->slept = false;
	mutex_unlock(&g->lock);
}

enum hallmark_gate_state hallmark_gate_state(struct hallmark_gate *g)
{
	enum hallmark_gate_state state = HALLMARK_GATE_OK;

	mutex_lock(&g->lock);
	if (g->fault)
		state = HALLMARK_GATE_FAULT;
	else if (!has_room(g, job_need(g)))
		state = HALLMARK_GATE_FULL;
	mutex_unlock(&g->lock);
	return state;
}

u64 hallmark_gate_seq(struct hallmark_gate *g)
{
	u64 seq;

	mutex_lock(&g->lock);
	seq = g->seq;
	mutex_unlock(&g->lock);
	return seq;
}

ssize_t hallmark_gate_snapshot(struct hallmark_gate *g)
{
	ssize_t n;

	if (mutex_lock_killable(&g->lock))
		return -EINTR;
	n = g->used;
	mutex_unlock(&g->lock);
	return n;
}

const u8 *hallmark_gate_log(const struct hallmark_gate *g)
{
	return g->log;
}

struct hallmark_gate *hallmark_gate_create(struct hallmark_tpm *tpm, u32 pcr, size_t log_max)
{
	struct hallmark_gate *g;
	struct hm_ev *ev;
	ssize_t n;

	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return ERR_PTR(-ENOMEM);
	mutex_init(&g->lock);
	spin_lock_init(&g->queue_lock);
	INIT_LIST_HEAD(&g->queue);
	g->tpm = tpm;
	g->pcr = pcr;
	g->cap = log_max;
	/* all of it now: an append must never fail for want of memory */
	g->log = vzalloc(log_max);
	if (!g->log) {
		kfree(g);
		return ERR_PTR(-ENOMEM);
	}
	ev = new_event(g, HM_EV_TAG_START);
	n = hm_ev_encode_header(ev->bank, ev->nbanks, g->log, g->cap);
	if (n < 0) {
		hallmark_gate_destroy(g);
		return ERR_PTR(n);
	}
	g->used = n;
	g->held = entry_size(g, FAULT_SIZE);
	return g;
}

void hallmark_gate_destroy(struct hallmark_gate *g)
{
	vfree(g->log);
	kfree(g);
}
