/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A station's keys as they lie in their directory. Private to identity/. */
#ifndef HM_IDENTITY_KEYS_H
#define HM_IDENTITY_KEYS_H

#include "identity/crypto.h"
#include "identity/identity.h"
#include "identity/tpm.h"

/* The keys that stay in the TPM, in the order in which they are made. */
enum hm_resident { HM_KEY_AK, HM_KEY_SIGN, HM_KEY_ISSUER, HM_KEYS_RESIDENT };

#define HM_KEYS_CERTS		(HM_CERT_EK + 1)
#define HM_KEYS_HANDLES		"handles"	/* there: the directory has keys */
#define HM_KEYS_LOG_PUBLIC	"log.pub"
#define HM_KEYS_LOG_SEALED	"log.sealed"
#define HM_KEYS_CA_DIR		"ca"
#define HM_KEYS_ROOT_KEY	"ca/root.key"

extern const char *const hm_resident_name[HM_KEYS_RESIDENT];
extern const enum hm_cert hm_resident_cert[HM_KEYS_RESIDENT];
extern const char *const hm_cert_file[HM_KEYS_CERTS];

/* One line "ak 0x81010100 NAME" per key: where it is, and what must be found there. */
struct hm_handle {
	TPM2_HANDLE handle;	/* 0: not made yet */
	TPM2B_NAME name;
};

struct hm_handles {
	struct hm_handle key[HM_KEYS_RESIDENT];
};

int hm_handles_format(const struct hm_handles *h, struct hm_buf *ret);
/* A file that a crash cut short reads as what is whole in it. */
int hm_handles_parse(const char *text, struct hm_handles *ret);
/* Remove from the TPM what is there under these handles and these names. */
int hm_handles_evict(struct hm_tpm *t, const struct hm_handles *h, struct hm_err *err);

/* @seed sealed under the storage hierarchy's primary key; the blob is a file. */
int hm_seal(struct hm_tpm *t, const uint8_t seed[32], struct hm_buf *ret, struct hm_err *err);
int hm_unseal(struct hm_tpm *t, const void *blob, size_t len, uint8_t ret_seed[32],
	      struct hm_err *err);

#endif /* HM_IDENTITY_KEYS_H */
