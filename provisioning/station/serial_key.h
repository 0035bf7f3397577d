/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys of unguessable serials, between the TPM, the store and the keyring. Private to station/. */
#ifndef HM_STATION_SERIAL_KEY_H
#define HM_STATION_SERIAL_KEY_H

#include "station/station.h"

#define HM_SEALED_MAX 4096

struct hm_serial_key {
	uint8_t key[HM_SERIAL_KEY];
	uint8_t digest[32];	/* the commitment: store and leaf have it */
	struct hm_buf sealed;
};

/* -HM_ENO_TPM and the TPM's errors; nothing is kept yet. Give it to hm_serial_key_drop(). */
int hm_serial_key_make(struct hm_station *st, const char *product, struct hm_serial_key *ret,
		       struct hm_err *err);
void hm_serial_key_drop(struct hm_serial_key *k);
/* At the start: every key of the store into st->keyring, as a key or as a refusal. */
int hm_serial_keys_open(struct hm_station *st, struct hm_err *err);

#endif /* HM_STATION_SERIAL_KEY_H */
