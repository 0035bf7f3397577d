/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a restricted key said: TPMS_ATTEST with its signature. Private to identity/. */
#ifndef HM_IDENTITY_ATTEST_H
#define HM_IDENTITY_ATTEST_H

#include "identity/crypto.h"

/*
 * Signature by @key, magic TPM_GENERATED, the @type wanted (TPM2_ST_ATTEST_*), 32
 * bytes of qualifying data into @ret_nonce, nothing behind the structure.
 */
int hm_attest_open(const void *bytes, size_t len, const TPMT_SIGNATURE *sig, EVP_PKEY *key,
		   TPM2_ST type, TPMS_ATTEST *ret, uint8_t ret_nonce[32], struct hm_err *err);

#endif /* HM_IDENTITY_ATTEST_H */
