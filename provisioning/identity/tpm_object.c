/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/tpm.h"

#include <assert.h>
#include <string.h>

#define NV_LIMIT	8192	/* an EK certificate is 1 to 2 KiB */

void hm_tpm_flush(struct hm_tpm *t, ESYS_TR *handle)
{
	if (*handle != ESYS_TR_NONE && Esys_FlushContext(t->esys, *handle))
		Esys_TR_Close(t->esys, handle);
	*handle = ESYS_TR_NONE;
}

/* Does the TPM have @handle? Asked first: a lookup of what is not there is an error
 * whose code differs between TPMs and resource managers. */
static int exists(struct hm_tpm *t, TPM2_HANDLE handle, bool *ret, struct hm_err *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC tss;
	int rc;

	tss = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				 TPM2_CAP_HANDLES, handle, 1, &more, &data);
	rc = hm_tpm_rc(t, tss, "look up a TPM handle", err);
	if (!rc)
		*ret = data->data.handles.count > 0 && data->data.handles.handle[0] == handle;
	Esys_Free(data);
	return rc;
}

int hm_tpm_find(struct hm_tpm *t, TPM2_HANDLE handle, ESYS_TR *ret, struct hm_err *err)
{
	ESYS_TR found = ESYS_TR_NONE;
	bool there;
	int rc;

	rc = exists(t, handle, &there, err);
	if (!rc && there)
		rc = hm_tpm_rc(t, Esys_TR_FromTPMPublic(t->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE,
							ESYS_TR_NONE, &found),
			       "read a TPM handle", err);
	if (!rc)
		*ret = found;
	return rc;
}

int hm_tpm_list(struct hm_tpm *t, TPM2_HANDLE first, TPM2_HANDLE last, TPM2_HANDLE *out, size_t max,
		size_t *ret_count, struct hm_err *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	size_t n = 0;
	TSS2_RC tss;
	int rc;

	tss = Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				 TPM2_CAP_HANDLES, first, (UINT32)max, &more, &data);
	rc = hm_tpm_rc(t, tss, "list TPM handles", err);
	if (!rc) {
		for (; n < data->data.handles.count && n < max; n++) {
			if (data->data.handles.handle[n] > last)
				break;
			out[n] = data->data.handles.handle[n];
		}
		*ret_count = n;
	}
	Esys_Free(data);
	return rc;
}

int hm_tpm_free_handle(struct hm_tpm *t, TPM2_HANDLE first, uint32_t count, TPM2_HANDLE *ret,
		       struct hm_err *err)
{
	TPM2_HANDLE taken[64], next = first;
	size_t n;
	int rc;

	assert(count <= sizeof(taken) / sizeof(taken[0]));
	rc = hm_tpm_list(t, first, first + count - 1, taken, count, &n, err);
	/* in order: the first that is not as expected leaves a gap before it */
	for (size_t i = 0; !rc && i < n && taken[i] == next; i++)
		next++;
	if (!rc && next - first >= count)
		rc = hm_err_set(err, -HM_ETPM_FAILED,
				"the TPM has no place left for a station's keys (0x%x to 0x%x)",
				first, first + count - 1);
	if (!rc)
		*ret = next;
	return rc;
}

int hm_tpm_read_public(struct hm_tpm *t, ESYS_TR object, TPM2B_PUBLIC *ret, struct hm_err *err)
{
	TPM2B_PUBLIC *public = NULL;
	TSS2_RC tss;

	tss = Esys_ReadPublic(t->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
			      &public, NULL, NULL);
	if (!tss)
		*ret = *public;
	Esys_Free(public);
	return hm_tpm_rc(t, tss, "read a public key from the TPM", err);
}

int hm_tpm_primary(struct hm_tpm *t, ESYS_TR hierarchy, const TPM2B_PUBLIC *template,
		   ESYS_TR *ret, TPM2B_PUBLIC *ret_public, struct hm_err *err)
{
	const TPM2B_SENSITIVE_CREATE no_auth = { .size = 0 };
	const TPML_PCR_SELECTION no_pcrs = { .count = 0 };
	const TPM2B_DATA no_info = { .size = 0 };
	TPM2B_PUBLIC *public = NULL;
	ESYS_TR handle = ESYS_TR_NONE;
	TSS2_RC tss;

	tss = Esys_CreatePrimary(t->esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				 &no_auth, template, &no_info, &no_pcrs, &handle, &public,
				 NULL, NULL, NULL);
	if (!tss) {
		*ret = handle;
		if (ret_public)
			*ret_public = *public;
	}
	Esys_Free(public);
	return hm_tpm_rc(t, tss, "make a primary key", err);
}

int hm_tpm_persist(struct hm_tpm *t, ESYS_TR object, TPM2_HANDLE handle, ESYS_TR *ret,
		   struct hm_err *err)
{
	ESYS_TR made = ESYS_TR_NONE;
	TSS2_RC tss;

	tss = Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				ESYS_TR_NONE, handle, &made);
	if (!tss)
		*ret = made;
	return hm_tpm_rc(t, tss, "keep a key in the TPM", err);
}

int hm_tpm_evict(struct hm_tpm *t, TPM2_HANDLE handle, struct hm_err *err)
{
	ESYS_TR object, none = ESYS_TR_NONE;
	int rc;

	rc = hm_tpm_find(t, handle, &object, err);
	if (rc || object == ESYS_TR_NONE)
		return rc;
	rc = hm_tpm_rc(t, Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
					    ESYS_TR_NONE, ESYS_TR_NONE, handle, &none),
		       "remove a key from the TPM", err);
	if (rc)
		Esys_TR_Close(t->esys, &object);
	return rc;
}

static int nv_chunk(struct hm_tpm *t, ESYS_TR nv, bool owner_read, uint16_t len, uint16_t offset,
		    struct hm_buf *ret, struct hm_err *err)
{
	TPM2B_MAX_NV_BUFFER *chunk = NULL;
	TSS2_RC tss;
	int rc;

	tss = Esys_NV_Read(t->esys, owner_read ? ESYS_TR_RH_OWNER : nv, nv, ESYS_TR_PASSWORD,
			   ESYS_TR_NONE, ESYS_TR_NONE, len, offset, &chunk);
	rc = hm_tpm_rc(t, tss, "read TPM NV", err);
	if (!rc && chunk->size != len)
		rc = hm_err_set(err, -HM_ETPM_FAILED, "read TPM NV: %u bytes of %u",
				chunk->size, len);
	if (!rc)
		rc = hm_buf_add(ret, chunk->buffer, len);
	Esys_Free(chunk);
	return rc;
}

int hm_tpm_nv_read(struct hm_tpm *t, TPM2_HANDLE index, struct hm_buf *ret, struct hm_err *err)
{
	const uint16_t step = 512;	/* every TPM's NV buffer holds that much */
	size_t before = ret->len;
	TPM2B_NV_PUBLIC *public = NULL;
	ESYS_TR nv = ESYS_TR_NONE;
	bool owner_read;
	uint16_t size;
	int rc;

	rc = hm_tpm_find(t, index, &nv, err);
	if (rc)
		return rc;
	if (nv == ESYS_TR_NONE)
		return hm_err_set(err, -HM_ENOT_FOUND, "the TPM has no NV index 0x%x", index);
	rc = hm_tpm_rc(t, Esys_NV_ReadPublic(t->esys, nv, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					     &public, NULL), "look at TPM NV", err);
	if (rc)
		goto out;
	size = public->nvPublic.dataSize;
	owner_read = !(public->nvPublic.attributes & TPMA_NV_AUTHREAD);
	if (!size || size > NV_LIMIT) {
		rc = hm_err_set(err, -HM_ETPM_FAILED, "NV index 0x%x has %u bytes", index, size);
		goto out;
	}
	for (uint16_t pos = 0; pos < size && !rc;) {
		uint16_t len = size - pos < step ? (uint16_t)(size - pos) : step;

		rc = nv_chunk(t, nv, owner_read, len, pos, ret, err);
		pos = (uint16_t)(pos + len);
	}
out:
	if (rc)
		ret->len = before;
	Esys_Free(public);
	Esys_TR_Close(t->esys, &nv);
	return rc;
}

int hm_tpm_policy(struct hm_tpm *t, TPM2_CC command, bool iak, ESYS_TR *ret, struct hm_err *err)
{
	const TPMT_SYM_DEF no_encryption = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR s = ESYS_TR_NONE;
	TPML_DIGEST branches;
	TSS2_RC tss;
	int rc;

	tss = Esys_StartAuthSession(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				    ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &no_encryption,
				    TPM2_ALG_SHA256, &s);
	rc = hm_tpm_rc(t, tss, "start a policy session", err);
	if (rc)
		return rc;
	/* kept through the command that uses it, so that one place flushes it */
	tss = Esys_TRSess_SetAttributes(t->esys, s, TPMA_SESSION_CONTINUESESSION,
					TPMA_SESSION_CONTINUESESSION);
	if (!tss)
		tss = Esys_PolicySecret(t->esys, ESYS_TR_RH_ENDORSEMENT, s, ESYS_TR_PASSWORD,
					ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL);
	if (!tss && command)
		tss = Esys_PolicyCommandCode(t->esys, s, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					     command);
	if (!tss && command) {
		hm_template_branches(&branches, iak);
		tss = Esys_PolicyOR(t->esys, s, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &branches);
	}
	rc = hm_tpm_rc(t, tss, "satisfy a key's policy", err);
	if (rc)
		hm_tpm_flush(t, &s);
	else
		*ret = s;
	return rc;
}

int hm_tpm_activate(struct hm_tpm *t, ESYS_TR object, ESYS_TR object_session, ESYS_TR ek,
		    const TPM2B_ID_OBJECT *blob, const TPM2B_ENCRYPTED_SECRET *secret,
		    TPM2B_DIGEST *ret, struct hm_err *err)
{
	ESYS_TR ek_session = ESYS_TR_NONE;
	TPM2B_DIGEST *answer = NULL;
	TSS2_RC tss;
	int rc;

	rc = hm_tpm_policy(t, 0, false, &ek_session, err);
	if (rc)
		return rc;
	tss = Esys_ActivateCredential(t->esys, object, ek, object_session, ek_session, ESYS_TR_NONE,
				      blob, secret, &answer);
	/* a parameter's code has the parameter's number in it */
	if ((tss & ~(TSS2_RC)TPM2_RC_N_MASK) == (TPM2_RC_INTEGRITY | TPM2_RC_P))
		rc = hm_err_set(err, -HM_EUNTRUSTED,
				"the TPM refuses the challenge: it is not for its EK and this key");
	else
		rc = hm_tpm_rc(t, tss, "activate a credential", err);
	if (!rc)
		*ret = *answer;
	Esys_Free(answer);
	hm_tpm_flush(t, &ek_session);
	return rc;
}

/* A TPM may leave leading zeroes out of r and s. */
static bool pad32(const TPM2B_ECC_PARAMETER *p, uint8_t out[32])
{
	if (p->size > 32)
		return false;
	memset(out, 0, 32);
	memcpy(out + 32 - p->size, p->buffer, p->size);
	return true;
}

int hm_tpm_sign(struct hm_tpm *t, ESYS_TR key, const uint8_t digest[32], uint8_t ret[64],
		struct hm_err *err)
{
	const TPMT_TK_HASHCHECK no_ticket = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	const TPMT_SIG_SCHEME scheme = {
		.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256,
	};
	TPM2B_DIGEST d = { .size = 32 };
	TPMT_SIGNATURE *sig = NULL;
	uint8_t rs[64];
	int rc;

	memcpy(d.buffer, digest, 32);
	rc = hm_tpm_rc(t, Esys_Sign(t->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				    &d, &scheme, &no_ticket, &sig), "sign with the TPM", err);
	if (rc)
		return rc;
	if (sig->sigAlg != TPM2_ALG_ECDSA || !pad32(&sig->signature.ecdsa.signatureR, rs) ||
	    !pad32(&sig->signature.ecdsa.signatureS, rs + 32))
		rc = hm_err_set(err, -HM_ETPM_FAILED, "sign with the TPM: not an ECDSA P-256 signature");
	else
		memcpy(ret, rs, 64);
	Esys_Free(sig);
	return rc;
}
