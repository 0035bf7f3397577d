// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/es256.h"

#include <errno.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/error.h"

#define DER_MAX 72	/* two INTEGERs of up to 33 bytes in a SEQUENCE */

int hm_rs_to_der(const uint8_t rs[64], struct hm_buf *ret)
{
	BIGNUM *r = BN_bin2bn(rs, 32, NULL), *s = BN_bin2bn(rs + 32, 32, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *der = NULL;
	int rc = -ENOMEM, len;

	if (!r || !s || !sig || ECDSA_SIG_set0(sig, r, s) != 1)
		goto out;
	r = s = NULL;
	len = i2d_ECDSA_SIG(sig, &der);
	if (len > 0)
		rc = hm_buf_add(ret, der, (size_t)len);
out:
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	BN_free(r);
	BN_free(s);
	return rc;
}

int hm_es256_verify(EVP_PKEY *key, const void *msg, size_t len, const uint8_t rs[64])
{
	uint8_t room[DER_MAX + 1];
	struct hm_buf der = HM_BUF_ON(room);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = ctx ? hm_rs_to_der(rs, &der) : -ENOMEM;

	if (!rc && (EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) != 1 ||
		    EVP_DigestVerify(ctx, der.data, der.len, msg, len) != 1))
		rc = -HM_EBAD_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}
