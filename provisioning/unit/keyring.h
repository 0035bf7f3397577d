/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of unguessable serials while the station runs, by product: put there by
 * station/ (unsealed at the start, or made with the product), used by each draw.
 * Nothing here talks to a TPM, so that a draw inside a transaction waits for nothing.
 *
 *	hm_keyring_put(&r, "ampoule", key);
 *	rc = hm_keyring_get(&r, "ampoule", key, &err);	-HM_EUNTRUSTED: none, and why
 *	hm_keyring_wipe(&r);
 *
 * A key that could not be had is kept as a refusal (hm_keyring_refuse()), never
 * replaced by another: other serials than those promised would come out of it, and
 * one that is out there already could come again.
 */
#ifndef HM_UNIT_KEYRING_H
#define HM_UNIT_KEYRING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_SERIAL_KEY 32

struct hm_keyring {
	pthread_mutex_t lock;
	size_t n;
	struct hm_keyring_row *v;
};

#define HM_KEYRING_INIT { .lock = PTHREAD_MUTEX_INITIALIZER }

/* Once a product: -HM_EEXISTS where another key is there already. */
int hm_keyring_put(struct hm_keyring *r, const char *product, const uint8_t key[HM_SERIAL_KEY]);
int hm_keyring_refuse(struct hm_keyring *r, const char *product, const char *why);
/* @r may be NULL: a station without keys. */
int hm_keyring_get(struct hm_keyring *r, const char *product, uint8_t ret[HM_SERIAL_KEY], struct hm_err *err);
/* Is a key refused? Then whose (33 bytes), and why. */
bool hm_keyring_refused(struct hm_keyring *r, char ret_product[33], struct hm_err *why);
void hm_keyring_wipe(struct hm_keyring *r);

#endif /* HM_UNIT_KEYRING_H */
