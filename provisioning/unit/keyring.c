// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/keyring.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hm_keyring_row {
	char product[33];
	bool refused;
	char why[160];
	uint8_t key[HM_SERIAL_KEY];
};

static struct hm_keyring_row *find(const struct hm_keyring *r, const char *product)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].product, product))
			return &r->v[i];
	return NULL;
}

/* Not realloc(): what it leaves behind would still hold the keys. */
static struct hm_keyring_row *add(struct hm_keyring *r, const char *product)
{
	struct hm_keyring_row *v = calloc(r->n + 1, sizeof(*v));

	if (!v)
		return NULL;
	if (r->n) {
		memcpy(v, r->v, r->n * sizeof(*v));
		OPENSSL_cleanse(r->v, r->n * sizeof(*v));
	}
	free(r->v);
	r->v = v;
	v += r->n++;
	snprintf(v->product, sizeof(v->product), "%s", product);
	return v;
}

int hm_keyring_put(struct hm_keyring *r, const char *product, const uint8_t key[HM_SERIAL_KEY])
{
	struct hm_keyring_row *row;
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	row = find(r, product);
	if (row) {
		rc = row->refused || CRYPTO_memcmp(row->key, key, HM_SERIAL_KEY) ? -HM_EEXISTS : 0;
	} else {
		row = add(r, product);
		rc = row ? 0 : -ENOMEM;
		if (row)
			memcpy(row->key, key, HM_SERIAL_KEY);
	}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

int hm_keyring_refuse(struct hm_keyring *r, const char *product, const char *why)
{
	struct hm_keyring_row *row;
	int rc = 0;

	pthread_mutex_lock(&r->lock);
	row = find(r, product);
	if (!row)
		row = add(r, product);
	if (row) {
		row->refused = true;
		OPENSSL_cleanse(row->key, sizeof(row->key));
		snprintf(row->why, sizeof(row->why), "%s", why);
	} else {
		rc = -ENOMEM;
	}
	pthread_mutex_unlock(&r->lock);
	return rc;
}

int hm_keyring_get(struct hm_keyring *r, const char *product, uint8_t ret[HM_SERIAL_KEY], struct hm_err *err)
{
	const struct hm_keyring_row *row;
	int rc = 0;

	if (!r)
		return hm_err_set(err, -HM_EUNTRUSTED, "there is no key for the serials of product %s", product);
	pthread_mutex_lock(&r->lock);
	row = find(r, product);
	if (!row || row->refused)
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the key for the serials of product %s: %s", product,
				row ? row->why : "there is none");
	else
		memcpy(ret, row->key, HM_SERIAL_KEY);
	pthread_mutex_unlock(&r->lock);
	return rc;
}

bool hm_keyring_refused(struct hm_keyring *r, char ret_product[33], struct hm_err *why)
{
	bool yes = false;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->n && !yes; i++) {
		yes = r->v[i].refused;
		if (yes) {
			memcpy(ret_product, r->v[i].product, sizeof(r->v[i].product));
			hm_err_set(why, -HM_EUNTRUSTED, "%s", r->v[i].why);
		}
	}
	pthread_mutex_unlock(&r->lock);
	return yes;
}

void hm_keyring_wipe(struct hm_keyring *r)
{
	pthread_mutex_lock(&r->lock);
	if (r->n)
		OPENSSL_cleanse(r->v, r->n * sizeof(*r->v));
	free(r->v);
	r->v = NULL;
	r->n = 0;
	pthread_mutex_unlock(&r->lock);
}
