// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/hash.h>
#include <crypto/hash_info.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tpm.h>
#include <linux/workqueue.h>

#include "tpm.h"

struct chip_tpm {
	struct hallmark_tpm tpm;
	struct tpm_chip *chip;
	struct tpm_digest digest[HM_EV_BANKS_MAX];	/* under the gate's lock */
};

static_assert(TPM2_MAX_DIGEST_SIZE <= HM_EV_DIGEST_MAX);

/*
 * TPM drivers that sleep on an interrupt give a command up when a signal is
 * pending (tpm_tis, i2c_nuvoton, ibmvtpm), the extend and the read that should
 * judge it alike. A kernel worker has no signals.
 */
struct command {
	struct work_struct work;
	struct chip_tpm *t;
	struct tpm_digest *digest;
	u32 pcr;
	bool extend;
	int rc;
};

static void command_work(struct work_struct *work)
{
	struct command *c = container_of(work, struct command, work);

	c->rc = c->extend ? tpm_pcr_extend(c->t->chip, c->pcr, c->digest) :
			    tpm_pcr_read(c->t->chip, c->pcr, c->digest);
}

static int run(struct chip_tpm *t, u32 pcr, struct tpm_digest *digest, bool extend)
{
	struct command c = { .t = t, .digest = digest, .pcr = pcr, .extend = extend };

	INIT_WORK_ONSTACK(&c.work, command_work);
	queue_work(system_unbound_wq, &c.work);
	flush_work(&c.work);
	destroy_work_on_stack(&c.work);
	return c.rc;
}

static int chip_extend(struct hallmark_tpm *tpm, u32 pcr, const struct hm_ev_bank *digest)
{
	struct chip_tpm *t = container_of(tpm, struct chip_tpm, tpm);
	u32 b;

	for (b = 0; b < tpm->nbanks; b++) {
		t->digest[b].alg_id = digest[b].alg;
		memcpy(t->digest[b].digest, digest[b].digest, digest[b].size);
	}
	return run(t, pcr, t->digest, true);
}

static int chip_read(struct hallmark_tpm *tpm, u32 pcr, u32 b, u8 *ret_value)
{
	struct chip_tpm *t = container_of(tpm, struct chip_tpm, tpm);
	struct tpm_digest digest = { .alg_id = tpm->banks[b].alg };
	int rc;

	rc = run(t, pcr, &digest, false);
	if (!rc)
		memcpy(ret_value, digest.digest, tpm->banks[b].size);
	return rc;
}

/* One hash per bank, or nothing: an unhashed bank must not be extended. */
static int get_banks(struct chip_tpm *t)
{
	u32 n = t->chip->nr_allocated_banks;
	u32 b;

	if (!n || n > HM_EV_BANKS_MAX) {
		pr_err("TPM has %u PCR banks, 1 to %u are supported\n", n, HM_EV_BANKS_MAX);
		return -ENOENT;
	}
	for (b = 0; b < n; b++) {
		const struct tpm_bank_info *info = &t->chip->allocated_banks[b];
		struct hallmark_bank *bank = &t->tpm.banks[b];
		struct crypto_shash *tfm;

		if (info->crypto_id >= HASH_ALGO__LAST) {
			pr_err("PCR bank 0x%04x: no such hash is known\n", info->alg_id);
			return -ENOENT;
		}
		tfm = crypto_alloc_shash(hash_algo_name[info->crypto_id], 0, 0);
		if (IS_ERR(tfm)) {
			pr_err("PCR bank %s: its hash cannot be loaded\n",
			       hash_algo_name[info->crypto_id]);
			return -ENOENT;
		}
		bank->tfm = tfm;
		bank->alg = info->alg_id;
		bank->size = info->digest_size;
		t->tpm.nbanks = b + 1;
		if (crypto_shash_digestsize(tfm) != bank->size ||
		    bank->size > HM_EV_DIGEST_MAX)
			return -ENOENT;
	}
	return 0;
}

struct hallmark_tpm *hallmark_tpm_get(void)
{
	struct chip_tpm *t;
	int rc;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->tpm.extend = chip_extend;
	t->tpm.read = chip_read;
	t->chip = tpm_default_chip();
	if (!t->chip || tpm_is_tpm2(t->chip) <= 0) {
		pr_err("no TPM 2.0\n");
		rc = -ENODEV;
		goto fail;
	}
	rc = get_banks(t);
	if (rc)
		goto fail;
	return &t->tpm;
fail:
	hallmark_tpm_put(&t->tpm);
	return ERR_PTR(rc);
}

void hallmark_tpm_put(struct hallmark_tpm *tpm)
{
	struct chip_tpm *t = container_of(tpm, struct chip_tpm, tpm);
	u32 b;

	for (b = 0; b < tpm->nbanks; b++)
		crypto_free_shash(tpm->banks[b].tfm);
	if (t->chip)
		put_device(&t->chip->dev);
	kfree(t);
}
