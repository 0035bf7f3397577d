// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate itself, compiled into the test: with a window on its inside, with its
 * warnings counted instead of printed (a run latches hundreds of gates), and with
 * nothing to wait for. All else is gate.c as it is shipped.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/hash.h>
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "rig.h"

struct gate_counts gate_counts;
struct gate_around gate_around;
void (*gate_wait_hook)(void *arg);
void *gate_wait_arg;

#undef WARN_ON_ONCE
#define WARN_ON_ONCE(cond) ({				\
	bool held_ = !!(cond);				\
							\
	gate_counts.warned += held_;			\
	held_;						\
})

#undef pr_crit
#define pr_crit(fmt, ...) ({				\
	no_printk(fmt, ##__VA_ARGS__);			\
	gate_counts.crit++;				\
})

#undef pr_warn_ratelimited
#define pr_warn_ratelimited(fmt, ...) ({		\
	no_printk(fmt, ##__VA_ARGS__);			\
	gate_counts.warn++;				\
})

#define msleep(ms) ((void)(gate_counts.slept_ms += (ms)))

/* What ends the wait, if anything does, is the test's to say: the time is not. */
#define wait_once(cond) ({				\
	long over_ = (cond);				\
							\
	if (!over_ && gate_wait_hook)			\
		gate_wait_hook(gate_wait_arg);		\
	over_ || (cond);				\
})
#undef wait_event_timeout
#define wait_event_timeout(wq, cond, timeout) wait_once(cond)
#undef wait_event_killable_timeout
#define wait_event_killable_timeout(wq, cond, timeout) wait_once(cond)

/* What the caller and the kernel's hashes do, where the test says so. */
#define fatal_signal_pending(task) (gate_around.killed || fatal_signal_pending(task))

static int digest_or_not(struct crypto_shash *tfm, const u8 *data, unsigned int n, u8 *out)
{
	if (gate_around.bad_hashes && !gate_around.good_hashes) {
		gate_around.bad_hashes--;
		return -ENOMEM;
	}
	if (gate_around.good_hashes)
		gate_around.good_hashes--;
	return crypto_shash_tfm_digest(tfm, data, n, out);
}

#define crypto_shash_tfm_digest digest_or_not

/* Whoever exports looks at the piece without the gate's lock: time for others. */
static int look_at_piece(struct hallmark_log *log, const struct hallmark_snapshot *snap,
			 u64 len, u8 *ret_sha256, u64 *ret_seq)
{
	void (*before)(void *arg) = gate_around.before_piece;
	void (*after)(void *arg) = gate_around.after_piece;
	int rc;

	/* they may export as well, and are not overtaken themselves */
	gate_around.before_piece = NULL;
	gate_around.after_piece = NULL;
	if (before)
		before(gate_around.piece_arg);
	rc = hallmark_log_piece(log, snap, len, ret_sha256, ret_seq);
	if (after)
		after(gate_around.piece_arg);
	return rc;
}

#define hallmark_log_piece look_at_piece

#undef wake_up_all
#define wake_up_all(wq) ((void)(wq), gate_counts.woken++)

#include "measure.c"
#include "gate.c"

void gate_peek(struct hallmark_gate *g, struct gate_peek *ret_peek)
{
	struct hallmark_presence *p;

	memset(ret_peek, 0, sizeof(*ret_peek));
	mutex_lock(&g->lock);
	ret_peek->used = g->mm.log.used;
	ret_peek->held = g->held;
	ret_peek->cap = g->mm.log.cap;
	ret_peek->fault = g->mm.fault;
	ret_peek->resolved_seq = g->mm.resolved_seq;
	ret_peek->resolved_verdict = g->mm.resolved_verdict;
	spin_lock(&g->queue_lock);
	list_for_each_entry(p, &g->queue, node)
		ret_peek->queued++;
	spin_unlock(&g->queue_lock);
	mutex_unlock(&g->lock);
}

void gate_discard(struct hallmark_gate *g)
{
	struct hallmark_presence *p, *next;

	list_for_each_entry_safe(p, next, &g->queue, node) {
		list_del(&p->node);
		kfree(p);
	}
	hallmark_gate_destroy(g);
}
