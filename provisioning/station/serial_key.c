// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Keys of unguessable serials. Made once, with the product; sealed in the station's TPM
 * and kept in the store; committed in the product's leaf. At every start they are
 * unsealed into the keyring, each held against its commitment: what does not fit is
 * refused, and nothing is drawn for that product. There is no way to make another: it
 * would give serials that are out there already.
 */
#include "station/serial_key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity/identity.h"

/* Nothing about a key of 256 random bits is learnt from it; and it names the product. */
static int commitment(const char *product, const uint8_t key[HM_SERIAL_KEY], uint8_t ret[32])
{
	static const char purpose[] = "hallmark key of serials: ";
	char text[80];
	int n = snprintf(text, sizeof(text), "%s%s", purpose, product);
	unsigned int len = 32;

	return HMAC(EVP_sha256(), key, HM_SERIAL_KEY, (const uint8_t *)text, (size_t)n, ret, &len) ? 0 : -ENOMEM;
}

int hm_serial_key_make(struct hm_station *st, const char *product, struct hm_serial_key *ret,
		       struct hm_err *err)
{
	struct hm_env *env = st->env;
	int rc;

	if (!env->keys)
		return hm_err_set(err, -HM_ENO_TPM, "unguessable serials need the station's TPM, which does not answer");
	hm_buf_init(&ret->sealed, HM_SEALED_MAX);
	rc = env->random(env->ctx, ret->key, sizeof(ret->key));
	if (rc)
		rc = hm_err_set(err, rc, "no randomness");
	rc = rc ?: commitment(product, ret->key, ret->digest);
	rc = rc ?: hm_keys_seal(env->keys, ret->key, &ret->sealed, err);
	if (rc)
		hm_serial_key_drop(ret);
	return rc;
}

void hm_serial_key_drop(struct hm_serial_key *k)
{
	OPENSSL_cleanse(k->key, sizeof(k->key));
	hm_buf_free(&k->sealed);
}

static int open_one(struct hm_station *st, const char *product, const void *sealed, size_t len,
		    const uint8_t digest[32], uint8_t ret[HM_SERIAL_KEY], struct hm_err *err)
{
	uint8_t again[32];
	int rc = hm_keys_unseal(st->env->keys, sealed, len, ret, err);

	rc = rc ?: commitment(product, ret, again);
	if (!rc && CRYPTO_memcmp(again, digest, sizeof(again)))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "it is not the one that was made with the product");
	return rc;
}

/* As the store has them; the TPM is not asked while the store is. */
struct kept {
	char product[33];
	uint8_t digest[32];
	struct hm_buf sealed;
};

struct ring {
	struct kept *v;
	size_t n;
};

static int keep(void *ctx, const char *product, const void *sealed, size_t len, const uint8_t digest[32])
{
	struct ring *r = ctx;
	struct kept *v = reallocarray(r->v, r->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	r->v = v;
	v += r->n++;
	snprintf(v->product, sizeof(v->product), "%s", product);
	memcpy(v->digest, digest, sizeof(v->digest));
	hm_buf_init(&v->sealed, HM_SEALED_MAX);
	return hm_buf_add(&v->sealed, sealed, len);
}

static int read_all(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_serial_keys(tx, keep, arg, err);
}

int hm_serial_keys_open(struct hm_station *st, struct hm_err *err)
{
	struct ring r = { .v = NULL };
	uint8_t key[HM_SERIAL_KEY];
	int rc = hm_store_read(st->env->store, read_all, &r, err);

	for (size_t i = 0; i < r.n; i++) {
		struct kept *k = &r.v[i];
		struct hm_err why = { "" };
		int one = rc ?: open_one(st, k->product, k->sealed.data, k->sealed.len, k->digest, key, &why);

		if (!rc && one)
			rc = hm_keyring_refuse(&st->keyring, k->product, hm_err_text(&why, one));
		else if (!rc)
			rc = hm_keyring_put(&st->keyring, k->product, key);
		hm_buf_free(&k->sealed);
	}
	OPENSSL_cleanse(key, sizeof(key));
	free(r.v);
	return rc;
}
