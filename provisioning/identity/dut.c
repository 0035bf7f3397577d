/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit's TPM: who it is, and the proof that the keys it shows live in it. */
#include "identity/identity.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "identity/attest.h"
#include "identity/ek.h"
#include "identity/tpm.h"

struct hm_dut {
	struct hm_tpm tpm;
};

/* The two keys under proof; a place in the TPM is given back as soon as it can be. */
struct proof {
	struct hm_ek ek;
	ESYS_TR iak, idevid;
	TPM2B_PUBLIC iak_public, idevid_public;
	EVP_PKEY *iak_key, *idevid_key;
};

int hm_dut_open(const char *tcti, struct hm_dut **ret, struct hm_err *err)
{
	struct hm_dut *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return -ENOMEM;
	rc = hm_tpm_open(&d->tpm, tcti, err);
	if (rc)
		free(d);
	else
		*ret = d;
	return rc;
}

void hm_dut_close(struct hm_dut *d)
{
	if (d) {
		hm_tpm_close(&d->tpm);
		free(d);
	}
}

int hm_dut_ek(struct hm_dut *d, uint8_t ret_sha256[32], struct hm_err *err)
{
	struct hm_ek ek = HM_EK_INIT;
	struct hm_tpm_guard g;
	int rc;

	hm_tpm_lock(&d->tpm, &g);
	rc = hm_ek_find(&d->tpm, &ek, err);
	if (!rc)
		rc = hm_public_sha256(&ek.public, ret_sha256);
	hm_ek_release(&d->tpm, &ek);
	hm_tpm_unlock(&g);
	return rc;
}

/* A primary key from the profile's template, and that it is what the template says. */
static int make_key(struct hm_tpm *t, bool iak, ESYS_TR *ret, TPM2B_PUBLIC *ret_public,
		    EVP_PKEY **ret_key, struct hm_err *err)
{
	TPM2B_PUBLIC template;
	int rc;

	hm_template_device(&template, iak);
	rc = hm_tpm_primary(t, ESYS_TR_RH_ENDORSEMENT, &template, ret, ret_public, err);
	if (rc)
		return rc;
	if (!hm_template_fits(ret_public, &template))
		return hm_err_set(err, -HM_EUNTRUSTED, "the unit's %s is not the key that was asked for",
				  iak ? "IAK" : "IDevID");
	return hm_public_to_pkey(ret_public, ret_key, err);
}

/* TPM2_Certify: the IAK says that the IDevID lives in the same TPM. */
static int certify(struct hm_tpm *t, struct proof *p, struct hm_err *err)
{
	const TPMT_SIG_SCHEME key_scheme = { .scheme = TPM2_ALG_NULL };
	uint8_t nonce[32], got[32];
	TPM2B_DATA qualifying = { .size = 32 };
	ESYS_TR session = ESYS_TR_NONE;
	TPM2B_ATTEST *info = NULL;
	TPMT_SIGNATURE *sig = NULL;
	TPM2B_NAME name;
	TPMS_ATTEST a;
	int rc;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	memcpy(qualifying.buffer, nonce, 32);
	rc = hm_tpm_policy(t, TPM2_CC_Certify, false, &session, err);
	if (rc)
		return rc;
	rc = hm_tpm_rc(t, Esys_Certify(t->esys, p->idevid, p->iak, session, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, &qualifying, &key_scheme, &info, &sig),
		       "certify the unit's IDevID", err);
	hm_tpm_flush(t, &session);
	if (rc)
		return rc;
	rc = hm_attest_open(info->attestationData, info->size, sig, p->iak_key,
			    TPM2_ST_ATTEST_CERTIFY, &a, got, err);
	rc = rc ?: hm_public_name(&p->idevid_public, &name);
	if (!rc && CRYPTO_memcmp(nonce, got, 32))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the unit's TPM answered an older question");
	if (!rc && (a.attested.certify.name.size != name.size ||
		    memcmp(a.attested.certify.name.name, name.name, name.size)))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the unit's IAK certified another key than its IDevID");
	Esys_Free(info);
	Esys_Free(sig);
	return rc;
}

/* Only the TPM with this EK, holding this IAK, can give the secret back. */
static int challenge(struct hm_tpm *t, struct proof *p, struct hm_err *err)
{
	TPM2B_DIGEST secret = { .size = 32 }, answer;
	TPM2B_ENCRYPTED_SECRET encrypted;
	ESYS_TR session = ESYS_TR_NONE;
	TPM2B_ID_OBJECT blob;
	TPM2B_NAME name;
	int rc;

	if (RAND_priv_bytes(secret.buffer, 32) != 1)
		return hm_err_set(err, -EIO, "no randomness");
	rc = hm_public_name(&p->iak_public, &name);
	rc = rc ?: hm_make_credential(p->ek.key, &name, &secret, &blob, &encrypted, err);
	rc = rc ?: hm_tpm_policy(t, TPM2_CC_ActivateCredential, true, &session, err);
	if (rc)
		return rc;
	rc = hm_tpm_activate(t, p->iak, session, p->ek.handle, &blob, &encrypted, &answer, err);
	hm_tpm_flush(t, &session);
	if (!rc && (answer.size != 32 || CRYPTO_memcmp(answer.buffer, secret.buffer, 32)))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the unit's IAK is not in the TPM of its EK");
	OPENSSL_cleanse(&secret, sizeof(secret));
	return rc;
}

static int describe(const struct proof *p, struct hm_dut_identity *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf spki = HM_BUF_INIT(sizeof(ret->spki));
	struct hm_dut_identity id;
	int rc;

	memset(&id, 0, sizeof(id));
	rc = hm_public_sha256(&p->ek.public, id.ek_sha256);
	rc = rc ?: hm_spki(p->idevid_key, &spki);
	rc = rc ?: hm_sha256(spki.data, spki.len, id.spki_sha256);
	rc = rc ?: hm_sha256(p->ek.cert_der.data, p->ek.cert_der.len, id.ek_cert_sha256);
	rc = rc ?: hm_ek_hw_serial(p->ek.cert, id.hw_serial, sizeof(id.hw_serial), err);
	if (rc)
		return rc;
	assert(spki.len <= sizeof(id.spki));
	memcpy(id.spki, spki.data, spki.len);
	id.spki_len = spki.len;
	*ret = id;
	return 0;
}

int hm_dut_prove(struct hm_dut *d, const char *ek_roots_pem, struct hm_dut_identity *ret,
		 struct hm_err *err)
{
	struct proof p = { .ek = HM_EK_INIT, .iak = ESYS_TR_NONE, .idevid = ESYS_TR_NONE };
	struct hm_tpm *t = &d->tpm;
	struct hm_tpm_guard g;
	int rc;

	hm_tpm_lock(t, &g);
	rc = hm_ek_find(t, &p.ek, err);
	rc = rc ?: hm_ek_chain(t, &p.ek, err);
	rc = rc ?: hm_ek_vouch(&p.ek, ek_roots_pem, err);
	/* an EK that had to be derived takes a place too: at most EK, IAK and IDevID */
	rc = rc ?: make_key(t, true, &p.iak, &p.iak_public, &p.iak_key, err);
	rc = rc ?: make_key(t, false, &p.idevid, &p.idevid_public, &p.idevid_key, err);
	rc = rc ?: certify(t, &p, err);
	hm_tpm_flush(t, &p.idevid);
	rc = rc ?: challenge(t, &p, err);
	hm_tpm_flush(t, &p.iak);
	rc = rc ?: describe(&p, ret, err);
	hm_ek_release(t, &p.ek);
	hm_tpm_unlock(&g);
	EVP_PKEY_free(p.iak_key);
	EVP_PKEY_free(p.idevid_key);
	return rc;
}
