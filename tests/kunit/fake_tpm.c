// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TPM of one PCR: it extends in earnest, with hashes of its own, and returns
 * what it was told to return, whatever it has done.
 */
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "rig.h"

/* The control: a TPM that extends something else. Nearly every suite must notice. */
static bool sabotage;
module_param(sabotage, bool, 0444);
MODULE_PARM_DESC(sabotage, "Make the fake TPM extend a wrong digest: tests must fail");

static const struct {
	u16 alg;
	u16 size;
	const char *name;
} hashes[] = {
	{ HM_EV_ALG_SHA1, 20, "sha1" },
	{ HM_EV_ALG_SHA256, 32, "sha256" },
	{ HM_EV_ALG_SHA384, 48, "sha384" },
	{ HM_EV_ALG_SHA512, 64, "sha512" },
};

static int extend_bank(struct fake_tpm *fake, u32 b, const u8 *digest)
{
	u8 pair[2 * HM_EV_DIGEST_MAX];
	u16 size = fake->tpm.banks[b].size;

	memcpy(pair, fake->pcr[b], size);
	memcpy(pair + size, digest, size);
	if (sabotage)
		pair[size] ^= 1;
	return crypto_shash_tfm_digest(fake->tfm[b], pair, 2 * size, fake->pcr[b]);
}

static int extend_foreign(struct fake_tpm *fake)
{
	static const u8 foreign[HM_EV_DIGEST_MAX] = "somebody else's";
	int rc = 0;
	u32 b;

	for (b = 0; b < fake->tpm.nbanks; b++)
		rc |= extend_bank(fake, b, foreign);
	return rc;
}

static int fake_extend(struct hallmark_tpm *tpm, u32 pcr, const struct hm_ev_bank *digest)
{
	struct fake_tpm *fake = container_of(tpm, struct fake_tpm, tpm);
	struct fake_step step = { FAKE_HONEST };
	u32 b, banks = U32_MAX;
	int rc = 0;

	fake->strangers += pcr != fake->pcr_index;
	if (fake->next < fake->nsteps)
		step = fake->step[fake->next++];
	else if (fake->mood)
		fake->mood(fake->mood_arg, &step);
	if (step.hook)
		step.hook(step.arg);
	if (step.act == FAKE_FOREIGN || step.act == FAKE_FOREIGN_ONLY)
		rc |= extend_foreign(fake);
	fake->foreign += step.act != FAKE_HONEST && step.act != FAKE_LOST;
	if (fake->extends < FAKE_JOURNAL_MAX) {
		struct fake_entry *entry = &fake->journal[fake->extends];

		memcpy(entry->digest, digest[0].digest, sizeof(entry->digest));
		entry->act = step.act;
		entry->code = step.code;
		entry->quiet = fake->quiet == current;
	}
	fake->extends++;
	if (step.act == FAKE_LOST || step.act == FAKE_FOREIGN_ONLY)
		banks = 0;
	else if (step.act == FAKE_TORN)
		banks = step.torn ? step.torn : 1;
	for (b = 0; b < tpm->nbanks; b++) {
		if (!(banks >> b & 1))
			continue;
		if (digest[b].alg != tpm->banks[b].alg || digest[b].size != tpm->banks[b].size)
			return -EINVAL;
		rc |= extend_bank(fake, b, digest[b].digest);
	}
	if (step.deaf) {
		fake->deaf = step.deaf;
		fake->deaf_code = step.deaf_code ? step.deaf_code : -EIO;
	}
	return rc ? rc : step.code;
}

static int fake_read(struct hallmark_tpm *tpm, u32 pcr, u32 b, u8 *ret_value)
{
	struct fake_tpm *fake = container_of(tpm, struct fake_tpm, tpm);

	fake->reads++;
	fake->strangers += pcr != fake->pcr_index;
	if (fake->deaf) {
		if (fake->deaf != FAKE_DEAF)
			fake->deaf--;
		return fake->deaf_code;
	}
	memcpy(ret_value, fake->pcr[b], tpm->banks[b].size);
	return 0;
}

void fake_tell_step(struct fake_tpm *fake, const struct fake_step *step)
{
	if (fake->next == fake->nsteps) {
		fake->next = 0;
		fake->nsteps = 0;
	}
	if (!WARN_ON(fake->nsteps == FAKE_STEPS_MAX))
		fake->step[fake->nsteps++] = *step;
}

void fake_tell(struct fake_tpm *fake, enum fake_act act, int code)
{
	struct fake_step step = { .act = act, .code = code };

	fake_tell_step(fake, &step);
}

void fake_tpm_reset(struct fake_tpm *fake)
{
	memset(fake->pcr, 0, sizeof(fake->pcr));
	fake->foreign++;
}

int fake_tpm_init(struct fake_tpm *fake, const u16 *algs, u32 n)
{
	u32 b, h;

	memset(fake, 0, offsetof(struct fake_tpm, journal));
	fake->tpm.extend = fake_extend;
	fake->tpm.read = fake_read;
	fake->deaf_code = -EIO;
	for (b = 0; b < n; b++) {
		struct hallmark_bank *bank = &fake->tpm.banks[b];

		for (h = 0; h < ARRAY_SIZE(hashes) - 1 && hashes[h].alg != algs[b]; h++)
			;
		bank->alg = hashes[h].alg;
		bank->size = hashes[h].size;
		bank->tfm = crypto_alloc_shash(hashes[h].name, 0, 0);
		fake->tfm[b] = crypto_alloc_shash(hashes[h].name, 0, 0);
		fake->tpm.nbanks = b + 1;
		if (IS_ERR(bank->tfm) || IS_ERR(fake->tfm[b]))
			return -ENOENT;
	}
	return 0;
}

void fake_tpm_free(struct fake_tpm *fake)
{
	u32 b;

	for (b = 0; b < fake->tpm.nbanks; b++) {
		if (!IS_ERR_OR_NULL(fake->tpm.banks[b].tfm))
			crypto_free_shash(fake->tpm.banks[b].tfm);
		if (!IS_ERR_OR_NULL(fake->tfm[b]))
			crypto_free_shash(fake->tfm[b]);
	}
	fake->tpm.nbanks = 0;
}
