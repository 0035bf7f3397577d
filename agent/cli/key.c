// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/cli/key.h"

#include <errno.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "agent/cli/cli.h"

#define PEM_MAX (64u << 10)

static bool is_p256(const EVP_PKEY *key)
{
	char group[32];
	size_t n;

	return key && EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	       !strcmp(group, "prime256v1");
}

static EVP_PKEY *public_of(BIO *bio)
{
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	X509 *x;

	if (key)
		return key;
	(void)BIO_seek(bio, 0);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	key = x ? X509_get_pubkey(x) : NULL;
	X509_free(x);
	return key;
}

static int load(const char *path, bool private, EVP_PKEY **ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(PEM_MAX);
	EVP_PKEY *key = NULL;
	BIO *bio;
	int rc = hm_read_file_of(path, path, &pem, err);

	if (rc)
		return rc;
	bio = pem.len ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
	if (bio)
		key = private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : public_of(bio);
	BIO_free(bio);
	if (pem.len)
		OPENSSL_cleanse(pem.data, pem.len);
	if (!is_p256(key)) {
		EVP_PKEY_free(key);
		return hm_err_set(err, -HM_EBAD_FORMAT, "%s: not a %s P-256 key in PEM", path, private ? "private" : "public");
	}
	*ret = key;
	return 0;
}

int hm_key_private(const char *path, EVP_PKEY **ret, struct hm_err *err)
{
	return load(path, true, ret, err);
}

int hm_key_public(const char *path, EVP_PKEY **ret, struct hm_err *err)
{
	return load(path, false, ret, err);
}

int hm_key_sign(EVP_PKEY *key, const void *msg, size_t len, uint8_t ret[64])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *s = NULL;
	uint8_t der[128];
	const uint8_t *p = der;
	size_t n = sizeof(der);
	int rc = -ENOMEM;

	/* OpenSSL gives DER */
	if (ctx && EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestSign(ctx, der, &n, msg, len) == 1 && (s = d2i_ECDSA_SIG(NULL, &p, (long)n)) &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(s), ret, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(s), ret + 32, 32) == 32)
		rc = 0;
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
	return rc;
}
