/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The challenger's half of credential activation (TPM 2.0 Library, part 1, 24):
 * a secret that only the TPM with this EK can read, and only if it also holds an
 * object of this name.
 */
#include "identity/crypto.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

/* KDFa is SP 800-108 in counter mode; the label's NUL is the separator. */
static int kdfa(const uint8_t seed[32], const char *label, const void *context, size_t context_len,
		uint8_t *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM p[7], *q = p;
	int ok;

	*q++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, (char *)"counter", 0);
	*q++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, (char *)"HMAC", 0);
	*q++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
	*q++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)seed, 32);
	*q++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)label,
						 strlen(label));
	if (context_len)
		*q++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
							 (void *)(uintptr_t)context, context_len);
	*q = OSSL_PARAM_construct_end();
	ok = ctx && EVP_KDF_derive(ctx, out, len, p) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : -ENOMEM;
}

static int cfb_encrypt(const uint8_t key[16], uint8_t *data, int len)
{
	static const uint8_t iv[16];	/* the key is used once */
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int out, ok;

	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_cfb128(), NULL, key, iv) == 1 &&
	     EVP_EncryptUpdate(ctx, data, &out, data, len) == 1 && out == len;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

static int oaep(EVP_PKEY *ek, const uint8_t seed[32], TPM2B_ENCRYPTED_SECRET *ret)
{
	static const char label[] = "IDENTITY";	/* with its NUL */
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ek, NULL);
	size_t len = sizeof(ret->secret);
	void *copy = OPENSSL_memdup(label, sizeof(label));
	int ok;

	ok = ctx && copy && EVP_PKEY_encrypt_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
	     EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
	if (ok && EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, sizeof(label)) == 1)
		copy = NULL;	/* the context's now */
	ok = ok && !copy && EVP_PKEY_encrypt(ctx, ret->secret, &len, seed, 32) == 1;
	if (ok)
		ret->size = (uint16_t)len;
	OPENSSL_free(copy);
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -ENOMEM;
}

int hm_make_credential(EVP_PKEY *ek, const TPM2B_NAME *name, const TPM2B_DIGEST *secret,
		       TPM2B_ID_OBJECT *ret_blob, TPM2B_ENCRYPTED_SECRET *ret_secret,
		       struct hm_err *err)
{
	uint8_t seed[32], sym_key[16], mac_key[32];
	TPM2B_ENCRYPTED_SECRET encrypted = { .size = 0 };
	TPM2B_ID_OBJECT blob = { .size = 0 };
	uint8_t *mac = blob.credential + 2, *identity = mac + 32;
	uint16_t identity_len;
	uint8_t tail[2 + 32 + sizeof(name->name)];
	unsigned int mac_len;
	int rc;

	if (!hm_is_rsa2048(ek))
		return hm_err_set(err, -HM_EUNTRUSTED, "the EK is not RSA-2048");
	if (!secret->size || secret->size > 32 || name->size > sizeof(name->name))
		return hm_err_set(err, -EINVAL, "a credential has 1 to 32 bytes");
	if (RAND_priv_bytes(seed, sizeof(seed)) != 1)
		return hm_err_set(err, -EIO, "no randomness");

	/* identity = AES-CFB(TPM2B_DIGEST); mac over identity and name */
	identity_len = (uint16_t)(2 + secret->size);
	identity[0] = (uint8_t)(secret->size >> 8);
	identity[1] = (uint8_t)secret->size;
	memcpy(identity + 2, secret->buffer, secret->size);
	rc = kdfa(seed, "STORAGE", name->name, name->size, sym_key, sizeof(sym_key));
	rc = rc ?: kdfa(seed, "INTEGRITY", NULL, 0, mac_key, sizeof(mac_key));
	rc = rc ?: cfb_encrypt(sym_key, identity, identity_len);
	rc = rc ?: oaep(ek, seed, &encrypted);
	if (!rc) {
		memcpy(tail, identity, identity_len);
		memcpy(tail + identity_len, name->name, name->size);
		if (!HMAC(EVP_sha256(), mac_key, sizeof(mac_key), tail,
			  (size_t)identity_len + name->size, mac, &mac_len) || mac_len != 32)
			rc = -ENOMEM;
	}
	OPENSSL_cleanse(seed, sizeof(seed));
	OPENSSL_cleanse(sym_key, sizeof(sym_key));
	OPENSSL_cleanse(mac_key, sizeof(mac_key));
	if (rc)
		return hm_err_set(err, rc, "make a credential: OpenSSL refused");
	blob.credential[0] = 0;
	blob.credential[1] = 32;
	blob.size = (uint16_t)(2 + 32 + identity_len);
	*ret_blob = blob;
	*ret_secret = encrypted;
	return 0;
}
