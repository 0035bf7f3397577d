/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The endorsement key of a TPM and the certificate that vouches for it. Private
 * to identity/.
 *
 *	struct hm_ek ek = HM_EK_INIT;
 *
 *	rc = hm_ek_find(&tpm, &ek, err);	certified EK == EK in use
 *	rc = hm_ek_chain(&tpm, &ek, err);	intermediates that the TPM carries
 *	rc = hm_ek_vouch(&ek, roots, err);	the certificate, up to a root
 *	...
 *	hm_ek_release(&tpm, &ek);
 */
#ifndef HM_IDENTITY_EK_H
#define HM_IDENTITY_EK_H

#include "identity/crypto.h"
#include "identity/tpm.h"

#define HM_EK_NV_RSA2048	0x01c00002u	/* TCG EK Credential Profile, 2.2.1.4 */
#define HM_EK_NV_CHAIN		0x01c00100u	/* to ...1ff: intermediates, one after the other */
#define HM_EK_HANDLE		0x81010001u	/* TCG TPM v2.0 Provisioning Guidance, 7.8 */

struct hm_ek {
	ESYS_TR handle;
	bool transient;
	TPM2B_PUBLIC public;
	EVP_PKEY *key;
	X509 *cert;
	struct hm_buf cert_der;
	STACK_OF(X509) *chain;
};
#define HM_EK_INIT { .handle = ESYS_TR_NONE, .cert_der = HM_BUF_INIT(8192) }

int hm_ek_find(struct hm_tpm *t, struct hm_ek *ek, struct hm_err *err);
/* None is no error: most TPMs carry none. */
int hm_ek_chain(struct hm_tpm *t, struct hm_ek *ek, struct hm_err *err);
/* @roots: a PEM file's name, or PEM text. Self-signed certificates in it are
 * trusted, the others only help to build the chain. */
int hm_ek_vouch(const struct hm_ek *ek, const char *roots, struct hm_err *err);
void hm_ek_release(struct hm_tpm *t, struct hm_ek *ek);

/* The rules of the EK Credential Profile (3.2), without the chain. */
int hm_ek_cert_profile(X509 *cert, struct hm_err *err);
/* "MFR:EK-AKI:EK-serial", MFR eight hexadecimal digits, all lower case. */
int hm_ek_hw_serial(X509 *cert, char *out, size_t size, struct hm_err *err);

#endif /* HM_IDENTITY_EK_H */
