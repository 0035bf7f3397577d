/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A signer in software, where the station has a TPM, and an example record.
 *
 *	cmocka_run_group_tests(tests, make_key, drop_key);
 *	...
 *	struct hm_record rec = example();
 *	seal(&rec, &cwt);
 */
#ifndef TESTS_UNIT_SUPPORT_SIGNER_H
#define TESTS_UNIT_SUPPORT_SIGNER_H

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "record/record.h"

static EVP_PKEY *key;
static uint8_t spki[128];
static size_t spki_len;

static inline int make_key(void **state)
{
	uint8_t *p = spki;

	(void)state;
	key = EVP_EC_gen("P-256");
	assert(key);
	spki_len = (size_t)i2d_PUBKEY(key, &p);
	return spki_len == 91 ? 0 : -1;
}

static inline int drop_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

static inline void sign(const struct hm_buf *tbs, uint8_t sig[64])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	const uint8_t *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *s;

	assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &len, tbs->data, tbs->len), 1);
	s = d2i_ECDSA_SIG(NULL, &p, (long)len);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32), 32);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
}

static inline struct hm_record example(void)
{
	struct hm_record rec = {
		.issuer = "demo-factory", .serial = "10000000016", .product = "demo-sensor",
		.issued_at = 1795000000, .generation = 1,
	};
	uint8_t digest[32];

	memset(rec.ckt, 0xc1, sizeof(rec.ckt));
	memset(rec.anchors, 0xa1, sizeof(rec.anchors));
	assert_int_equal(EVP_Digest(spki, spki_len, digest, NULL, EVP_sha256(), NULL), 1);
	memcpy(rec.kid, digest, sizeof(rec.kid));
	return rec;
}

static inline void seal(const struct hm_record *rec, struct hm_buf *cwt)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(1000);
	uint8_t sig[64];

	assert_int_equal(hm_record_tbs(rec, &tbs), 0);
	sign(&tbs, sig);
	assert_int_equal(hm_record_seal(rec, sig, cwt), 0);
}

#endif
