/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * 32 bytes (the log's seed, a key of serials) that only this TPM gives back. The blob's parent is the primary key of the
 * storage hierarchy (TCG's P-256 template), derived again each time: tpm2_clear, or
 * another TPM, makes the blob worthless. Authorisation is empty: whoever may speak
 * to the TPM and read the file may sign (docs/identity.md).
 */
#include "identity/keys.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <tss2/tss2_mu.h>

static int storage_key(struct hm_tpm *t, ESYS_TR *ret, struct hm_err *err)
{
	TPM2B_PUBLIC template;

	hm_template_storage(&template);
	return hm_tpm_primary(t, ESYS_TR_RH_OWNER, &template, ret, NULL, err);
}

int hm_seal(struct hm_tpm *t, const uint8_t seed[32], struct hm_buf *ret, struct hm_err *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = 32 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	uint8_t blob[sizeof(TPM2B_PUBLIC) + sizeof(TPM2B_PRIVATE)];
	TPM2B_PRIVATE *private = NULL;
	TPM2B_PUBLIC *public = NULL, template;
	ESYS_TR parent = ESYS_TR_NONE;
	size_t len = 0;
	int rc;

	memcpy(sensitive.sensitive.data.buffer, seed, 32);
	hm_template_sealed(&template);
	rc = storage_key(t, &parent, err);
	if (rc)
		goto out;
	rc = hm_tpm_rc(t, Esys_Create(t->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				      &sensitive, &template, &no_info, &no_pcrs, &private, &public,
				      NULL, NULL, NULL), "seal a key", err);
	if (rc)
		goto out;
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(public, blob, sizeof(blob), &len) ||
	    Tss2_MU_TPM2B_PRIVATE_Marshal(private, blob, sizeof(blob), &len))
		rc = hm_err_set(err, -HM_ETPM_FAILED, "seal a key: an answer that cannot be kept");
	rc = rc ?: hm_buf_add(ret, blob, len);
out:
	OPENSSL_cleanse(&sensitive, sizeof(sensitive));
	hm_tpm_flush(t, &parent);
	Esys_Free(private);
	Esys_Free(public);
	return rc;
}

int hm_unseal(struct hm_tpm *t, const void *blob, size_t len, uint8_t ret_seed[32],
	      struct hm_err *err)
{
	ESYS_TR parent = ESYS_TR_NONE, object = ESYS_TR_NONE;
	TPM2B_SENSITIVE_DATA *data = NULL;
	TPM2B_PRIVATE private = { .size = 0 };
	TPM2B_PUBLIC public = { .size = 0 };
	size_t at = 0;
	int rc;

	if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, len, &at, &public) ||
	    Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob, len, &at, &private) || at != len)
		return hm_err_set(err, -HM_EBAD_FORMAT, "a sealed key is damaged");
	rc = storage_key(t, &parent, err);
	rc = rc ?: hm_tpm_rc(t, Esys_Load(t->esys, parent, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					  ESYS_TR_NONE, &private, &public, &object),
			     "load a sealed key", err);
	rc = rc ?: hm_tpm_rc(t, Esys_Unseal(t->esys, object, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					    ESYS_TR_NONE, &data), "unseal a key", err);
	if (!rc && data->size != 32)
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "a sealed key has %u bytes", data->size);
	if (!rc)
		memcpy(ret_seed, data->buffer, 32);
	if (data)
		OPENSSL_cleanse(data, sizeof(*data));
	Esys_Free(data);
	hm_tpm_flush(t, &object);
	hm_tpm_flush(t, &parent);
	return rc;
}
