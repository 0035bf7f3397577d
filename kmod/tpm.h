/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's TPM chip behind the gate's two functions. */
#ifndef HALLMARK_TPM_H
#define HALLMARK_TPM_H

struct hallmark_tpm;

/*
 * The system's first TPM 2.0, with a hash for each of its allocated banks.
 * ERR_PTR(-ENODEV): there is none, or not a 2.0; -ENOENT: a bank's hash is not
 * to be had, and extending that bank blindly would make its PCR worthless.
 */
struct hallmark_tpm *hallmark_tpm_get(void);
void hallmark_tpm_put(struct hallmark_tpm *tpm);

#endif /* HALLMARK_TPM_H */
