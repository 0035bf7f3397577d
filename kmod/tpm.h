/* SPDX-License-Identifier: GPL-2.0-only */
/* The TPM as the gate sees it, and the kernel's chip behind that. */
#ifndef HALLMARK_TPM_H
#define HALLMARK_TPM_H

#include <linux/types.h>

#include "eventlog.h"

struct crypto_shash;

/* One allocated PCR bank, in the TPM's own order. */
struct hallmark_bank {
	u16 alg;			/* TPM algorithm id */
	u16 size;			/* of a digest, in bytes */
	struct crypto_shash *tfm;
	u8 soft[HM_EV_DIGEST_MAX];	/* what the PCR holds if all went well */
	u8 next[HM_EV_DIGEST_MAX];	/* and what it holds after the extend at hand */
};

/**
 * struct hallmark_tpm - the TPM as the gate sees it
 * @extend:	extend @pcr with one digest per bank; any nonzero return, negative
 *		or positive, leaves open whether the PCR changed
 * @read:	read bank @b of @pcr; nonzero: it could not be read
 * @banks:	set before the gate is created; the gate keeps @soft and @next
 * @nbanks:	how many
 */
struct hallmark_tpm {
	int (*extend)(struct hallmark_tpm *tpm, u32 pcr, const struct hm_ev_bank *digest);
	int (*read)(struct hallmark_tpm *tpm, u32 pcr, u32 b, u8 *ret_value);
	struct hallmark_bank banks[HM_EV_BANKS_MAX];
	u32 nbanks;
};

/*
 * The system's first TPM 2.0, with a hash for each of its allocated banks.
 * ERR_PTR(-ENODEV): there is none, or not a 2.0; -ENOENT: a bank's hash is not
 * to be had, and extending that bank blindly would make its PCR worthless.
 */
struct hallmark_tpm *hallmark_tpm_get(void);
void hallmark_tpm_put(struct hallmark_tpm *tpm);

#endif /* HALLMARK_TPM_H */
