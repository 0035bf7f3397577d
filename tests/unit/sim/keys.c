// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The station's keys in software, in place of identity/: real signatures, a quote that
 * says what the simulated gate's PCR holds, and moments at which the power may fail.
 */
#include "sim/sim.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static EVP_PKEY *p256, *ed25519;

static size_t sign_with(EVP_PKEY *key, const EVP_MD *md, const void *msg, size_t len, uint8_t *sig, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &size, msg, len), 1);
	EVP_MD_CTX_free(ctx);
	return size;
}

int hm_keys_sign_log(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64], struct hm_err *err)
{
	(void)k;
	(void)err;
	sim_moment();
	assert_int_equal(sign_with(ed25519, NULL, msg, len, ret, 64), 64);
	return 0;
}

int hm_keys_sign_der(struct hm_keys *k, const void *msg, size_t len, struct hm_buf *ret, struct hm_err *err)
{
	uint8_t der[128];

	(void)k;
	(void)err;
	return hm_buf_add(ret, der, sign_with(p256, EVP_sha256(), msg, len, der, sizeof(der)));
}

int hm_keys_spki(struct hm_keys *k, const uint8_t **ret, size_t *ret_len)
{
	static uint8_t spki[128];
	uint8_t *p = spki;

	(void)k;
	*ret = spki;
	*ret_len = (size_t)i2d_PUBKEY(p256, &p);
	return 0;
}

void hm_keys_log_public(const struct hm_keys *k, uint8_t ret[32])
{
	size_t n = 32;

	(void)k;
	assert_int_equal(EVP_PKEY_get_raw_public_key(ed25519, ret, &n), 1);
}

int hm_keys_quote(struct hm_keys *k, uint32_t pcr, const uint8_t nonce[32], struct hm_quote *ret,
		  struct hm_err *err)
{
	(void)k;
	(void)err;
	assert_int_equal(pcr, 13);
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->attest, nonce, 32);
	memcpy(ret->attest + 32, sim->gate.pcr, 32);
	ret->attest_len = 64;
	memcpy(ret->sig, "a signature", 11);
	ret->sig_len = 11;
	memcpy(ret->pcr_value, sim->gate.pcr, 32);
	sim_moment();	/* quoted, and not yet in the store */
	return 0;
}

static int make_keys(void **state)
{
	(void)state;
	p256 = EVP_EC_gen("P-256");
	ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return p256 && ed25519 ? 0 : -1;
}

static int drop_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(p256);
	EVP_PKEY_free(ed25519);
	return 0;
}
