/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making certificates. Private to identity/. Everything is OpenSSL's, in its
 * default library context; only the signature over the finished body may come
 * from a key in the TPM.
 *
 *	rc = hm_x509_new(&body, &cert, err);
 *	rc = rc ?: hm_x509_sign_tpm(cert, tpm, key, issuer_public, err);
 *	rc = rc ?: hm_x509_der(cert, &out);
 */
#ifndef HM_IDENTITY_X509_H
#define HM_IDENTITY_X509_H

#include <openssl/x509v3.h>

#include "identity/crypto.h"
#include "identity/identity.h"
#include "identity/tpm.h"

/* RFC 5280, 4.1.2.5: no well-defined expiration */
#define HM_X509_FOREVER	"99991231235959Z"

struct hm_x509_body {
	const char *serial;		/* subject serialNumber, or NULL */
	const char *common_name;
	uint8_t serial_number[16];	/* the top bit is cleared here */
	int64_t not_before;
	EVP_PKEY *key;
	X509 *issuer;			/* NULL: self-signed */
	int path_len;			/* of a CA; -1: no CA */
	const char *key_usage;		/* made critical */
	const char *ext_key_usage;	/* OID, or NULL */
	const char *const *policies;	/* OIDs up to a NULL, or NULL */
	const GENERAL_NAMES *alt_name;	/* or NULL */
	bool no_basic_constraints;	/* an IDevID has none */
};

int hm_x509_new(const struct hm_x509_body *b, X509 **ret, struct hm_err *err);
int hm_x509_sign_soft(X509 *cert, EVP_PKEY *issuer_key, struct hm_err *err);
/* The signature is verified with @issuer_public before this returns 0. */
int hm_x509_sign_tpm(X509 *cert, struct hm_tpm *t, ESYS_TR key, EVP_PKEY *issuer_public,
		     struct hm_err *err);
int hm_x509_der(X509 *cert, struct hm_buf *ret);

/* The two otherNames of an IDevID certificate, in their order (idevid.c). */
int hm_idevid_alt_name(const struct hm_dut_identity *id, GENERAL_NAMES **ret);

#endif /* HM_IDENTITY_X509_H */
