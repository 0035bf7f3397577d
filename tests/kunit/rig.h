/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every suite stands on: a TPM that does as it is told, a gate on top of
 * it, and a reckoning of what the gate was asked to do and what it answered.
 *
 *	rig = rig_open(test, banks, log_max);	START is in the log
 *	rig_attach(rig, "printer0");
 *	rig_intent(rig, "printer0", ...);
 *	...
 *	rig_check(rig);		is the log what was asked for, to the byte?
 *
 * A suite names rig_exit() as its exit: it gives everything back, also after an
 * assertion that failed.
 */
#ifndef HALLMARK_KUNIT_RIG_H
#define HALLMARK_KUNIT_RIG_H

#include <kunit/test.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "gate.h"
#include "log.h"

/* What one extend does to the PCR. */
enum fake_act {
	FAKE_HONEST,		/* done */
	FAKE_LOST,		/* not done */
	FAKE_FOREIGN,		/* somebody else's, then ours */
	FAKE_FOREIGN_ONLY,	/* somebody else's, and not ours */
	FAKE_TORN,		/* ours in some banks and not in the others */
};

/**
 * struct fake_step - one extend, foretold
 * @act:	what becomes of the PCR
 * @code:	what is returned
 * @deaf:	so many reads fail afterwards; FAKE_DEAF: all of them
 * @deaf_code:	with this; 0: -EIO
 * @hook:	called in the middle of it, or NULL
 * @torn:	for FAKE_TORN: the banks that are extended, as bits; 0: the first
 */
struct fake_step {
	enum fake_act act;
	int code;
	u32 deaf;
	void (*hook)(void *arg);
	void *arg;
	u32 torn;
	int deaf_code;
};

#define FAKE_DEAF	U32_MAX
#define FAKE_STEPS_MAX	64
#define FAKE_JOURNAL_MAX 4096

/* One extend, as it was. */
struct fake_entry {
	u8 digest[HM_EV_DIGEST_MAX];	/* of the first bank */
	enum fake_act act;
	int code;
	bool quiet;			/* see struct fake_tpm */
};

struct fake_tpm {
	struct hallmark_tpm tpm;
	u8 pcr[HM_EV_BANKS_MAX][HM_EV_DIGEST_MAX];	/* what it holds in truth */
	struct crypto_shash *tfm[HM_EV_BANKS_MAX];	/* the fake's own */
	struct fake_step step[FAKE_STEPS_MAX];		/* what is foretold; then honest */
	u32 nsteps;
	u32 next;
	void (*mood)(void *arg, struct fake_step *step);	/* or ask, if not NULL */
	void *mood_arg;
	u32 deaf;			/* reads that are still to fail */
	int deaf_code;
	u32 pcr_index;			/* the only one that may be asked for */
	u32 strangers;			/* commands for another */
	u32 foreign;			/* times that not all of the PCR is ours */
	u32 reads;
	const void *quiet;		/* this task's extends now are an EXPORT's: not told of */
	u32 extends;
	struct fake_entry journal[FAKE_JOURNAL_MAX];
};

int fake_tpm_init(struct fake_tpm *fake, const u16 *algs, u32 n);
void fake_tpm_free(struct fake_tpm *fake);
void fake_tpm_reset(struct fake_tpm *fake);	/* power lost: PCR all zeros */
/* Foretell the next extend that is not foretold yet. */
void fake_tell(struct fake_tpm *fake, enum fake_act act, int code);
void fake_tell_step(struct fake_tpm *fake, const struct fake_step *step);

/* What tests see of a gate's inside; gate_peek.c has gate.c compiled in. */
struct gate_peek {
	size_t used;
	size_t held;
	size_t cap;
	bool fault;
	u64 resolved_seq;
	u32 resolved_verdict;
	u32 queued;
};

void gate_peek(struct hallmark_gate *g, struct gate_peek *ret_peek);
/* What is in the queue goes with the gate. */
void gate_discard(struct hallmark_gate *g);

/* What gate.c said and did aside, since the rig was made. */
struct gate_counts {
	u32 warned;		/* WARN_ON_ONCE() that held */
	u32 crit;		/* pr_crit() */
	u32 warn;		/* pr_warn_ratelimited() */
	u32 slept_ms;
	u32 woken;		/* wake_up_all() */
};

extern struct gate_counts gate_counts;

/* What goes on around gate.c; as it should, until the test says otherwise. */
struct gate_around {
	bool killed;		/* the caller has a SIGKILL */
	u32 good_hashes;	/* so many succeed, */
	u32 bad_hashes;		/* and then so many fail with -ENOMEM */
	/* called once, before an EXPORT looks at its piece and after it did */
	void (*before_piece)(void *arg);
	void (*after_piece)(void *arg);
	void *piece_arg;
};

extern struct gate_around gate_around;

/* Called once where gate.c would wait, which then does not wait. */
extern void (*gate_wait_hook)(void *arg);
extern void *gate_wait_arg;

/* What the rig remembers of a job whose INTENT was asked for. */
struct rig_job {
	struct hm_ev_intent intent;
	struct hm_ev_outcome outcome;
	u32 marker;
	int rc;			/* of INTENT: 0 or 1; others are not remembered */
	bool ended;		/* OUTCOME asked for, */
	bool latched;		/* and this was the answer, */
	u64 end;		/* and this; */
	bool any_end;		/* it is not known */
};

struct rig_marker {
	char name[HM_EV_NAME_SIZE];
	u32 kind;
	u32 ident_len;
	struct hallmark_presence *presence;	/* the gate's, once gone */
	bool gone;
};

/* An EXPORT that was acknowledged. */
struct rig_export {
	struct hm_ev_export event;
};

#define RIG_PCR			13
#define RIG_LOG			SZ_64K
#define RIG_JOBS_MAX		1024
#define RIG_MARKERS_MAX		256
#define RIG_EXPORTS_MAX		256
#define RIG_JOINED_MAX		SZ_512K

struct rig {
	struct kunit *test;
	struct hallmark_gate *g;
	u8 before[HM_EV_BANKS_MAX][HM_EV_DIGEST_MAX];	/* the PCR before START */
	u32 njobs;
	u32 nmarkers;
	u32 nexports;
	u64 last_seq;			/* the highest that INTENT gave out */
	/* the joined log, kept up to date by rig_follow(), and what it says so far */
	size_t log_len;
	struct hm_ev_reader tail;
	u32 attached;			/* ATTACH without DETACH */
	u32 in_flight;			/* INTENT without OUTCOME */
	bool latched;			/* FAULT */
	void *user;			/* of who builds on a rig */
	bool user_open;

	/* a rig is used again and again: it is cleared down to here */
	struct fake_tpm fake;
	struct hm_ev ev;		/* too large for a stack */
	struct hm_ev want;
	u8 data[HM_EV_DATA_MAX];
	struct rig_job job[RIG_JOBS_MAX];
	struct rig_marker marker[RIG_MARKERS_MAX];
	struct rig_export export[RIG_EXPORTS_MAX];
	u8 log[RIG_JOINED_MAX];
};

/* So many bytes from one size of log to the next: all of them, if time is no matter. */
u32 rig_stride(u32 bytes);

/* A TPM with these banks, or the first @nbanks of sha256, sha1, sha384, sha512. */
struct rig *rig_new_banks(struct kunit *test, const u16 *algs, u32 nbanks);
struct rig *rig_new(struct kunit *test, u32 nbanks);
/* A gate on it; and what its start returned, which makes the gate where there is none. */
void rig_create(struct rig *rig, size_t log_max);
int rig_start(struct rig *rig, size_t log_max);
/* All of it, and START was extended. */
struct rig *rig_open(struct kunit *test, u32 nbanks, size_t log_max);
void rig_exit(struct kunit *test);
void rig_give_up_spare(void);

/* A marker comes; its number. A marker goes; this number is no more. */
u32 rig_attach(struct rig *rig, const char *name, u32 ident_len);
void rig_detach(struct rig *rig, u32 marker);

/* A job's INTENT and what it returned; rig_last() is the job if that was 0 or 1. */
int rig_intent(struct rig *rig, u32 marker, int *ret_code);
struct rig_job *rig_last(struct rig *rig);
/* A job's OUTCOME and what it returned. */
bool rig_outcome(struct rig *rig, struct rig_job *job);
/* INTENT and OUTCOME on marker 0, which is attached if it is not. 0, or INTENT's. */
int rig_mark(struct rig *rig);
/* EXPORT of the first @len bytes that are kept, header included. */
int rig_export(struct rig *rig, u64 len);
/* @len for the first @n entries that are kept. */
u64 rig_piece(struct rig *rig, u32 n);

/* Sizes, reckoned from the published format and not from gate.c. */
size_t rig_header_size(const struct rig *rig);
size_t rig_entry_size(const struct rig *rig, u32 tag, u32 ident_len);
size_t rig_job_hold(const struct rig *rig);
size_t rig_detach_hold(const struct rig *rig);
size_t rig_promised(const struct rig *rig);

/* Take in what is new in the log: after each operation, before each EXPORT. */
void rig_follow(struct rig *rig);
/* used + held <= cap, and held is what was promised. */
void rig_check_room(struct rig *rig);
/*
 * Everything: each digest of each entry, the replay against the PCR in each bank,
 * the order of events, that each acknowledged one is there with its bytes, and
 * that there is none that was not asked for. check.c
 */
void rig_check(struct rig *rig);
/* How many events of @tag (0: any) the joined log has; rig->ev is the last of them. */
u32 rig_count(struct rig *rig, u32 tag);
/* The joined log's tags in order: "START ATTACH INTENT"; (NAME) is EV_NO_ACTION. */
void rig_expect_order(struct rig *rig, const char *want);

/* The suites; suites.c runs them. */
extern struct kunit_suite event_suite, entry_suite, pcr_suite, start_suite, gate_suite,
			  queue_suite, room_suite, export_suite, sleep_suite, random_suite,
			  name_suite, job_suite, thread_suite;

/* Has an expectation of this case failed so far? */
static inline bool kunit_failed(struct kunit *test)
{
	return READ_ONCE(test->status) == KUNIT_FAILURE;
}

/* KUNIT_EXPECT_MEMEQ() is younger than 6.1. */
#define EXPECT_BYTES(test, got, want, n) do {					\
	const u8 *got_ = (const u8 *)(got), *want_ = (const u8 *)(want);	\
	size_t n_ = (n), at_;							\
										\
	for (at_ = 0; at_ < n_ && got_[at_] == want_[at_]; at_++)		\
		;								\
	KUNIT_EXPECT_EQ_MSG(test, at_, n_, "%s: byte %zu differs", #got, at_);	\
} while (0)

/* A generator that is the same everywhere: what a seed found, it finds again. */
struct rig_random {
	u64 s;
};

static inline u32 rig_rand(struct rig_random *r)
{
	/* splitmix64's constants; any mixing of all bits would do */
	u64 z = (r->s += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) >> 32;
}

static inline u32 rig_below(struct rig_random *r, u32 n)
{
	return (u32)(((u64)rig_rand(r) * n) >> 32);
}

/* The gate at this moment, one value at a time. */
enum hallmark_gate_state rig_gate_state(struct hallmark_gate *g);
u64 rig_gate_seq(struct hallmark_gate *g);
u64 rig_gate_exported(struct hallmark_gate *g);

#endif /* HALLMARK_KUNIT_RIG_H */
