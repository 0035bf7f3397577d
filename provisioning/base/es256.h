/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ES256 signatures, ECDSA on P-256 with SHA-256, between the two forms they have: r || s,
 * 32 bytes each, big-endian, in a TPM, in COSE (RFC 9053, 2.1) and in AI 8030; and
 * ECDSA-Sig-Value in DER (RFC 3279, 2.2.3), which X.509 and OpenSSL want.
 *
 *	rc = hm_es256_verify(key, msg, len, rs);	0 or -HM_EBAD_SIGNATURE
 */
#ifndef HM_BASE_ES256_H
#define HM_BASE_ES256_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* r || s as DER, appended. */
int hm_rs_to_der(const uint8_t rs[64], struct hm_buf *ret);

/* 0, -HM_EBAD_SIGNATURE, -ENOMEM; OpenSSL's error queue is empty afterwards. */
int hm_es256_verify(EVP_PKEY *key, const void *msg, size_t len, const uint8_t rs[64]);

#endif /* HM_BASE_ES256_H */
