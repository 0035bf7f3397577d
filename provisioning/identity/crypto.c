/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/crypto.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <tss2/tss2_mu.h>

#include "base/es256.h"

int hm_openssl_err(struct hm_err *err, const char *what)
{
	unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		return hm_err_set(err, -ENOMEM, "%s: out of memory", what);
	return hm_err_set(err, -HM_EBAD_FORMAT, "%s: %s", what, reason ?: "OpenSSL refused");
}

int hm_sha256(const void *data, size_t len, uint8_t ret[32])
{
	return EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

static EVP_PKEY *pkey_from(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *rsa_key(const TPM2B_PUBLIC_KEY_RSA *n, uint32_t exponent)
{
	BIGNUM *mod = BN_bin2bn(n->buffer, n->size, NULL), *e = BN_new();
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	if (mod && e && bld && BN_set_word(e, exponent ?: 65537) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, mod) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = pkey_from("RSA", bld);
	OSSL_PARAM_BLD_free(bld);
	BN_free(mod);
	BN_free(e);
	return key;
}

static EVP_PKEY *p256_key(const TPMS_ECC_POINT *p)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	uint8_t point[65] = { POINT_CONVERSION_UNCOMPRESSED };
	EVP_PKEY *key = NULL;

	memcpy(point + 33 - p->x.size, p->x.buffer, p->x.size);
	memcpy(point + 65 - p->y.size, p->y.buffer, p->y.size);
	if (bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
						   "prime256v1", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 65) == 1)
		key = pkey_from("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

int hm_public_to_pkey(const TPM2B_PUBLIC *public, EVP_PKEY **ret, struct hm_err *err)
{
	const TPMT_PUBLIC *p = &public->publicArea;
	EVP_PKEY *key = NULL;

	if (p->type == TPM2_ALG_RSA && p->unique.rsa.size == 256)
		key = rsa_key(&p->unique.rsa, p->parameters.rsaDetail.exponent);
	else if (p->type == TPM2_ALG_ECC && p->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256 &&
		 p->unique.ecc.x.size <= 32 && p->unique.ecc.y.size <= 32)
		key = p256_key(&p->unique.ecc);
	else
		return hm_err_set(err, -HM_EUNTRUSTED, "a TPM key that is neither RSA-2048 nor P-256");
	if (!key)
		return hm_openssl_err(err, "a public key from the TPM");
	*ret = key;
	return 0;
}

int hm_public_sha256(const TPM2B_PUBLIC *public, uint8_t ret[32])
{
	uint8_t bytes[sizeof(TPMT_PUBLIC)];
	size_t len = 0;

	if (Tss2_MU_TPMT_PUBLIC_Marshal(&public->publicArea, bytes, sizeof(bytes), &len))
		return -HM_EBAD_FORMAT;
	return hm_sha256(bytes, len, ret);
}

int hm_public_name(const TPM2B_PUBLIC *public, TPM2B_NAME *ret)
{
	TPM2B_NAME name = { .size = 34 };
	int rc;

	if (public->publicArea.nameAlg != TPM2_ALG_SHA256)
		return -HM_EUNTRUSTED;
	name.name[0] = TPM2_ALG_SHA256 >> 8;
	name.name[1] = TPM2_ALG_SHA256 & 0xff;
	rc = hm_public_sha256(public, name.name + 2);
	if (!rc)
		*ret = name;
	return rc;
}

int hm_tpmt_verify(EVP_PKEY *key, const TPMT_SIGNATURE *sig, const void *msg, size_t len,
		   struct hm_err *err)
{
	const TPMS_SIGNATURE_ECC *e = &sig->signature.ecdsa;
	uint8_t rs[64] = { 0 };
	int rc;

	if (sig->sigAlg != TPM2_ALG_ECDSA || e->hash != TPM2_ALG_SHA256 ||
	    e->signatureR.size > 32 || e->signatureS.size > 32)
		return hm_err_set(err, -HM_EBAD_SIGNATURE, "not an ECDSA P-256 signature with SHA-256");
	memcpy(rs + 32 - e->signatureR.size, e->signatureR.buffer, e->signatureR.size);
	memcpy(rs + 64 - e->signatureS.size, e->signatureS.buffer, e->signatureS.size);
	rc = hm_es256_verify(key, msg, len, rs);
	if (rc == -HM_EBAD_SIGNATURE)
		hm_err_set(err, rc, "the TPM key's signature does not verify");
	return rc;
}

bool hm_is_rsa2048(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == 2048;
}

bool hm_is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       !strcmp(group, "prime256v1");
}

bool hm_has_eku(X509 *cert, const char *oid)
{
	EXTENDED_KEY_USAGE *eku = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	char text[64];
	bool found = false;

	for (int i = 0; eku && i < sk_ASN1_OBJECT_num(eku); i++) {
		int n = OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(eku, i), 1);

		found |= n > 0 && (size_t)n < sizeof(text) && !strcmp(text, oid);
	}
	EXTENDED_KEY_USAGE_free(eku);
	return found;
}

int hm_spki(const EVP_PKEY *key, struct hm_buf *ret)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	int rc = len > 0 ? hm_buf_add(ret, der, (size_t)len) : -ENOMEM;

	OPENSSL_free(der);
	return rc;
}
