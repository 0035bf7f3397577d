/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * P-256 keys in PEM files, and ES256 with them: for what is signed and checked by hand.
 * A line's own keys never are in files; they stay in its TPM.
 *
 *	rc = hm_key_private("brand.pem", &key, &err);
 *	rc = rc ? rc : hm_key_sign(key, text, len, sig);
 *	EVP_PKEY_free(key);
 */
#ifndef HM_AGENT_CLI_KEY_H
#define HM_AGENT_CLI_KEY_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* No passphrase is asked for. -HM_EBAD_FORMAT, or the errno of the file. */
int hm_key_private(const char *path, EVP_PKEY **ret, struct hm_err *err);
/* Of a public key or of a certificate. */
int hm_key_public(const char *path, EVP_PKEY **ret, struct hm_err *err);

/* r || s, for hm_es256_verify(); -ENOMEM */
int hm_key_sign(EVP_PKEY *key, const void *msg, size_t len, uint8_t ret[64]);

#endif /* HM_AGENT_CLI_KEY_H */
