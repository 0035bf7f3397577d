// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/hash.h>
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "measure.h"

#define READ_TRIES		3
#define READ_PAUSE_MS		20

/* What became of an extend. */
enum verdict { PCR_NEW, PCR_OLD, PCR_OTHER };

size_t hallmark_measure_size(const struct hallmark_measure *mm, size_t data_len)
{
	size_t n = 4 + 4 + 4 + 4 + data_len;
	u32 b;

	for (b = 0; b < mm->tpm->nbanks; b++)
		n += 2 + mm->tpm->banks[b].size;
	return n;
}

struct hm_ev *hallmark_measure_event(struct hallmark_measure *mm, u32 tag)
{
	u32 b;

	memset(&mm->ev, 0, sizeof(mm->ev));
	mm->ev.pcr = mm->pcr;
	mm->ev.type = HM_EV_EVENT_TAG;
	mm->ev.tag = tag;
	mm->ev.nbanks = mm->tpm->nbanks;
	for (b = 0; b < mm->ev.nbanks; b++) {
		mm->ev.bank[b].alg = mm->tpm->banks[b].alg;
		mm->ev.bank[b].size = mm->tpm->banks[b].size;
	}
	return &mm->ev;
}

/* Encode the event, hash it per bank and foresee the PCR. Nothing happens yet. */
static int prepare(struct hallmark_measure *mm)
{
	u8 pair[2 * HM_EV_DIGEST_MAX];
	ssize_t n;
	u32 b;
	int rc;

	n = hm_ev_encode_data(&mm->ev, mm->data, sizeof(mm->data));
	if (WARN_ON_ONCE(n < 0))
		return n;
	if (WARN_ON_ONCE(hallmark_measure_size(mm, n) > mm->log.cap - mm->log.used))
		return -ENOSPC;
	mm->ev.data = mm->data;
	mm->ev.data_len = n;
	for (b = 0; b < mm->tpm->nbanks; b++) {
		struct hallmark_bank *bank = &mm->tpm->banks[b];

		rc = crypto_shash_tfm_digest(bank->tfm, mm->data, n, mm->ev.bank[b].digest);
		if (rc)
			return rc;
		memcpy(pair, bank->soft, bank->size);
		memcpy(pair + bank->size, mm->ev.bank[b].digest, bank->size);
		rc = crypto_shash_tfm_digest(bank->tfm, pair, 2 * bank->size, bank->next);
		if (rc)
			return rc;
	}
	return 0;
}

/* The event at hand enters the log as @type. */
static void commit(struct hallmark_measure *mm, u32 type)
{
	mm->ev.type = type;
	hallmark_log_append(&mm->log, &mm->ev);
}

static enum verdict compare_pcr(struct hallmark_measure *mm)
{
	bool is_next = true, is_soft = true;
	u8 value[HM_EV_DIGEST_MAX];
	u32 b;

	for (b = 0; b < mm->tpm->nbanks; b++) {
		const struct hallmark_bank *bank = &mm->tpm->banks[b];
		int rc, tries = READ_TRIES;

		/* a silent TPM was given its time, minutes of it, by its driver */
		while ((rc = mm->tpm->read(mm->tpm, mm->pcr, b, value)) && rc != -ETIME &&
		       --tries)
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
static void latch(struct hallmark_measure *mm, u64 seq, int code)
{
	struct hm_ev *ev;

	if (mm->fault)
		return;
	mm->fault = true;
	pr_crit("gate latched (code %d); no marks until reboot\n", code);
	ev = hallmark_measure_event(mm, HM_EV_TAG_FAULT);
	ev->u.fault.seq = seq;
	ev->u.fault.code = code;
	if (!prepare(mm))
		commit(mm, HM_EV_NO_ACTION);
}

int hallmark_measure(struct hallmark_measure *mm, u64 seq, bool owe_resolved, int *ret_code)
{
	enum verdict verdict;
	u32 b;
	int rc;

	rc = prepare(mm);
	if (rc) {
		mm->failed = rc;
		return rc;
	}
	rc = mm->tpm->extend(mm->tpm, mm->pcr, mm->ev.bank);
	verdict = rc ? compare_pcr(mm) : PCR_NEW;
	*ret_code = rc;
	if (rc)
		mm->failed = rc;
	if (verdict == PCR_OTHER) {
		commit(mm, HM_EV_NO_ACTION);
		latch(mm, seq, rc);
		return -ENOTRECOVERABLE;
	}
	if (verdict == PCR_NEW) {
		commit(mm, HM_EV_EVENT_TAG);
		for (b = 0; b < mm->tpm->nbanks; b++)
			memcpy(mm->tpm->banks[b].soft, mm->tpm->banks[b].next,
			       HM_EV_DIGEST_MAX);
	}
	if (rc && owe_resolved) {
		pr_warn_ratelimited("extend returned %d, but the PCR says %s\n",
				    rc, verdict == PCR_NEW ? "done" : "not done");
		mm->resolved_seq = seq;
		mm->resolved_verdict = verdict == PCR_NEW ? HM_EV_RESOLVED_EXTENDED :
							    HM_EV_RESOLVED_NOT_EXTENDED;
	}
	return verdict == PCR_NEW ? 0 : -EIO;
}

void hallmark_measure_check(struct hallmark_measure *mm)
{
	u32 b;

	if (mm->fault || !mm->started)
		return;
	for (b = 0; b < mm->tpm->nbanks; b++)
		memcpy(mm->tpm->banks[b].next, mm->tpm->banks[b].soft, HM_EV_DIGEST_MAX);
	if (compare_pcr(mm) == PCR_OTHER) {
		pr_crit("PCR %u is not what it was before the sleep\n", mm->pcr);
		latch(mm, 0, 0);
	}
}

/* What becomes of RESOLVED's own extend is read from the PCR too, but not told again. */
int hallmark_measure_settle(struct hallmark_measure *mm)
{
	struct hm_ev *ev;
	int rc, code;

	if (mm->fault)
		return -ENOTRECOVERABLE;
	if (!mm->resolved_verdict)
		return 0;
	ev = hallmark_measure_event(mm, HM_EV_TAG_RESOLVED);
	ev->u.resolve.seq = mm->resolved_seq;
	ev->u.resolve.verdict = mm->resolved_verdict;
	rc = hallmark_measure(mm, mm->resolved_seq, false, &code);
	if (!rc)
		mm->resolved_verdict = 0;
	return rc;
}

void hallmark_measure_give_up(struct hallmark_measure *mm, u64 seq)
{
	if (!prepare(mm))
		commit(mm, HM_EV_NO_ACTION);
	latch(mm, seq, mm->failed);
}

int hallmark_measure_start(struct hallmark_measure *mm, const u8 *boot_id)
{
	struct hm_ev *ev = hallmark_measure_event(mm, HM_EV_TAG_START);
	struct hm_ev_start *start = &ev->u.start;
	int rc, code;
	u32 b;

	start->version = HM_EV_VERSION;
	memcpy(start->boot_id, boot_id, sizeof(start->boot_id));
	start->pcr = mm->pcr;
	start->nbanks = mm->tpm->nbanks;
	for (b = 0; b < mm->tpm->nbanks; b++) {
		struct hallmark_bank *bank = &mm->tpm->banks[b];

		rc = mm->tpm->read(mm->tpm, mm->pcr, b, bank->soft);
		if (rc)
			return rc < 0 ? rc : -EIO;
		start->before[b].alg = bank->alg;
		start->before[b].size = bank->size;
		memcpy(start->before[b].digest, bank->soft, bank->size);
	}
	rc = hallmark_measure(mm, 0, true, &code);
	mm->started = !rc;
	return rc;
}

int hallmark_measure_init(struct hallmark_measure *mm, struct hallmark_tpm *tpm, u32 pcr,
			  size_t log_max)
{
	struct hm_ev *ev;

	memset(mm, 0, sizeof(*mm));
	mm->tpm = tpm;
	mm->pcr = pcr;
	ev = hallmark_measure_event(mm, HM_EV_TAG_START);
	return hallmark_log_init(&mm->log, ev->bank, ev->nbanks, log_max);
}

void hallmark_measure_fini(struct hallmark_measure *mm)
{
	hallmark_log_fini(&mm->log);
}
