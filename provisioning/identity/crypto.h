/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between TPM structures and OpenSSL, in OpenSSL's default library context; no TPM
 * is asked. Private to identity/.
 */
#ifndef HM_IDENTITY_CRYPTO_H
#define HM_IDENTITY_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <tss2/tss2_tpm2_types.h>

#include "base/buf.h"
#include "base/error.h"

#define HM_CLEANUP_FN(type, fn)							\
	static inline void hm_cleanup_##fn(type **p) { fn(*p); }
#define HM_OID_AK	"2.23.133.8.3"	/* tcg-kp-AIKCertificate */
#define HM_OID_EK	"2.23.133.8.1"	/* tcg-kp-EKCertificate */

HM_CLEANUP_FN(EVP_PKEY, EVP_PKEY_free)
HM_CLEANUP_FN(X509, X509_free)
#define _cleanup_pkey_ __attribute__((cleanup(hm_cleanup_EVP_PKEY_free)))
#define _cleanup_x509_ __attribute__((cleanup(hm_cleanup_X509_free)))

/* -ENOMEM or "WHAT: OpenSSL's own words"; empties OpenSSL's error queue. */
int hm_openssl_err(struct hm_err *err, const char *what);

int hm_sha256(const void *data, size_t len, uint8_t ret[32]);

/* RSA-2048 or P-256 as a key to be free()d with EVP_PKEY_free(). */
int hm_public_to_pkey(const TPM2B_PUBLIC *public, EVP_PKEY **ret, struct hm_err *err);
/* SHA-256 of the marshalled TPMT_PUBLIC, and the TPM's name of it. */
int hm_public_sha256(const TPM2B_PUBLIC *public, uint8_t ret[32]);
int hm_public_name(const TPM2B_PUBLIC *public, TPM2B_NAME *ret);

/* A TPMT_SIGNATURE, ECDSA with SHA-256, over @msg: 0 or -HM_EBAD_SIGNATURE. */
int hm_tpmt_verify(EVP_PKEY *key, const TPMT_SIGNATURE *sig, const void *msg, size_t len,
		   struct hm_err *err);

/* An RSA key's modulus: is it 2048 bits? A P-256 key? */
bool hm_is_rsa2048(const EVP_PKEY *key);
bool hm_is_p256(const EVP_PKEY *key);

/* Does the certificate's extendedKeyUsage name @oid? */
bool hm_has_eku(X509 *cert, const char *oid);

int hm_spki(const EVP_PKEY *key, struct hm_buf *ret);

/*
 * TPM2_MakeCredential done here, not in a TPM: the challenger must be the only one
 * who knows @secret (TPM 2.0 Library, part 1, 24 and annex B.10.4).
 */
int hm_make_credential(EVP_PKEY *ek, const TPM2B_NAME *name, const TPM2B_DIGEST *secret,
		       TPM2B_ID_OBJECT *ret_blob, TPM2B_ENCRYPTED_SECRET *ret_secret,
		       struct hm_err *err);

#endif /* HM_IDENTITY_CRYPTO_H */
