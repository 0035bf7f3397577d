/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One connection to one TPM, and the few command sequences the room is made of.
 * Private to identity/.
 *
 *	struct hm_tpm t;
 *	struct hm_tpm_guard g;
 *
 *	rc = hm_tpm_open(&t, "device:/dev/tpmrm0", err);
 *	hm_tpm_lock(&t, &g);
 *	... hm_tpm_*() ...
 *	hm_tpm_unlock(&g);
 *	hm_tpm_close(&t);
 *
 * Every function between lock and unlock leaves no transient object and no session
 * behind that it does not hand out: a TCTI without a resource manager has three
 * places for each. A connection that failed once is lost, whatever comes back at
 * the other end: ESYS cannot tell what of the last command was carried out. After
 * hm_tpm_reconnect() every ESYS_TR from before is void.
 */
#ifndef HM_IDENTITY_TPM_H
#define HM_IDENTITY_TPM_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tss2/tss2_esys.h>

#include "base/buf.h"
#include "base/error.h"

struct hm_tpm {
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	char *address;
	pthread_mutex_t lock;
	bool lost;
};

/*
 * The lock, and SIGPIPE kept away from the process: a TPM behind a socket may die
 * in the middle of a command, and a library must not need the caller's signal
 * handlers to survive that.
 */
struct hm_tpm_guard {
	struct hm_tpm *tpm;
	sigset_t old;
	bool was_pending;
};

int hm_tpm_open(struct hm_tpm *t, const char *tcti, struct hm_err *err);
void hm_tpm_close(struct hm_tpm *t);
/* Under the lock. On failure the connection stays lost. */
int hm_tpm_reconnect(struct hm_tpm *t, struct hm_err *err);
void hm_tpm_lock(struct hm_tpm *t, struct hm_tpm_guard *g);
void hm_tpm_unlock(struct hm_tpm_guard *g);

/* 0, or the room's error for a TSS2_RC with one line "WHAT: why (0x...)". */
int hm_tpm_rc(struct hm_tpm *t, TSS2_RC rc, const char *what, struct hm_err *err);
/* Does it answer, and is it in working order? */
int hm_tpm_alive(struct hm_tpm *t, struct hm_err *err);

/* Flush a transient object or session; ESYS_TR_NONE is nothing. Sets it so. */
void hm_tpm_flush(struct hm_tpm *t, ESYS_TR *handle);

/* *@ret = ESYS_TR_NONE and 0 where no object has the handle. */
int hm_tpm_find(struct hm_tpm *t, TPM2_HANDLE handle, ESYS_TR *ret, struct hm_err *err);
/* The first of @count persistent handles from @first on that nothing occupies. */
int hm_tpm_free_handle(struct hm_tpm *t, TPM2_HANDLE first, uint32_t count, TPM2_HANDLE *ret,
		       struct hm_err *err);
int hm_tpm_read_public(struct hm_tpm *t, ESYS_TR object, TPM2B_PUBLIC *ret, struct hm_err *err);

/* A primary key with empty authorisation; a template of template.c. */
int hm_tpm_primary(struct hm_tpm *t, ESYS_TR hierarchy, const TPM2B_PUBLIC *template,
		   ESYS_TR *ret, TPM2B_PUBLIC *ret_public, struct hm_err *err);
/* Owner-authorised. Evicting frees the handle's place in NV. */
int hm_tpm_persist(struct hm_tpm *t, ESYS_TR object, TPM2_HANDLE handle, ESYS_TR *ret,
		   struct hm_err *err);
int hm_tpm_evict(struct hm_tpm *t, TPM2_HANDLE handle, struct hm_err *err);

/* The handles that exist from @first to @last, at most @max, in order. */
int hm_tpm_list(struct hm_tpm *t, TPM2_HANDLE first, TPM2_HANDLE last, TPM2_HANDLE *out, size_t max,
		size_t *ret_count, struct hm_err *err);
/* A whole NV index appended to @ret; -HM_ENOT_FOUND where it does not exist. */
int hm_tpm_nv_read(struct hm_tpm *t, TPM2_HANDLE index, struct hm_buf *ret, struct hm_err *err);

/*
 * A policy session that satisfied PolicySecret(endorsement hierarchy), which is
 * the EK's policy; with @command also PolicyCommandCode and the PolicyOR of the
 * IAK (@iak) or IDevID templates.
 */
int hm_tpm_policy(struct hm_tpm *t, TPM2_CC command, bool iak, ESYS_TR *ret, struct hm_err *err);

/* TPM2_ActivateCredential: @object with @object_session, EK with its own policy. */
int hm_tpm_activate(struct hm_tpm *t, ESYS_TR object, ESYS_TR object_session, ESYS_TR ek,
		    const TPM2B_ID_OBJECT *blob, const TPM2B_ENCRYPTED_SECRET *secret,
		    TPM2B_DIGEST *ret, struct hm_err *err);

/* ECDSA over a SHA-256 digest with an unrestricted key: r || s. */
int hm_tpm_sign(struct hm_tpm *t, ESYS_TR key, const uint8_t digest[32], uint8_t ret[64],
		struct hm_err *err);

/* --- templates (template.c) --- */

/* TCG EK Credential Profile, template L-1: RSA-2048. */
void hm_template_ek(TPM2B_PUBLIC *ret);
/* TCG storage primary, P-256: the parent of what is sealed. */
void hm_template_storage(TPM2B_PUBLIC *ret);
/* The station's own signing keys: @unique makes each creation another key. */
void hm_template_station(TPM2B_PUBLIC *ret, bool restricted, const uint8_t unique[32]);
/* TCG IDevID (@iak false) and IAK, H-2. */
void hm_template_device(TPM2B_PUBLIC *ret, bool iak);
/* A few bytes as data, usable with empty authorisation under their parent only. */
void hm_template_sealed(TPM2B_PUBLIC *ret);
/* The four branches of the PolicyOR of IAK and IDevID. */
void hm_template_branches(TPML_DIGEST *ret, bool iak);

/* Is @have the key that @template asks for (all but the unique field)? */
bool hm_template_fits(const TPM2B_PUBLIC *have, const TPM2B_PUBLIC *template);

#endif /* HM_IDENTITY_TPM_H */
