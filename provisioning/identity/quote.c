/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checking attestations and quotes; nothing here asks a TPM. */
#include "identity/identity.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <tss2/tss2_mu.h>

#include "identity/attest.h"

int hm_attest_open(const void *bytes, size_t len, const TPMT_SIGNATURE *sig, EVP_PKEY *key,
		   TPM2_ST type, TPMS_ATTEST *ret, uint8_t ret_nonce[32], struct hm_err *err)
{
	TPMS_ATTEST a;
	size_t at = 0;
	int rc;

	rc = hm_tpmt_verify(key, sig, bytes, len, err);
	if (rc)
		return rc;
	memset(&a, 0, sizeof(a));
	if (Tss2_MU_TPMS_ATTEST_Unmarshal(bytes, len, &at, &a) || at != len)
		return hm_err_set(err, -HM_EBAD_FORMAT, "not a TPM's attestation");
	/* a restricted key signs this prefix over nothing but the TPM's own words */
	if (a.magic != TPM2_GENERATED_VALUE)
		return hm_err_set(err, -HM_EBAD_SIGNATURE, "signed, but not made by a TPM (magic 0x%x)",
				  a.magic);
	if (a.type != type)
		return hm_err_set(err, -HM_EBAD_FORMAT, "an attestation of another kind (0x%x)", a.type);
	if (a.extraData.size != 32)
		return hm_err_set(err, -HM_EBAD_FORMAT, "an attestation without a 32 byte nonce");
	memcpy(ret_nonce, a.extraData.buffer, 32);
	*ret = a;
	return 0;
}

/* Exactly one PCR of the SHA-256 bank. */
static int one_pcr(const TPML_PCR_SELECTION *sel, uint32_t *ret)
{
	const TPMS_PCR_SELECTION *s = &sel->pcrSelections[0];
	uint32_t pcr = 0;
	int bits = 0;

	if (sel->count != 1 || s->hash != TPM2_ALG_SHA256 || s->sizeofSelect > sizeof(s->pcrSelect))
		return -HM_EBAD_FORMAT;
	for (uint32_t i = 0; i < s->sizeofSelect * 8u; i++) {
		if (s->pcrSelect[i / 8] & (1u << (i % 8))) {
			pcr = i;
			bits++;
		}
	}
	if (bits != 1)
		return -HM_EBAD_FORMAT;
	*ret = pcr;
	return 0;
}

int hm_quote_verify(const void *attest, size_t attest_len, const void *sig, size_t sig_len,
		    const void *ak_cert_der, size_t ak_cert_len, struct hm_quote_facts *ret,
		    struct hm_err *err)
{
	const unsigned char *der = ak_cert_der;
	_cleanup_x509_ X509 *cert = NULL;
	struct hm_quote_facts facts;
	TPMT_SIGNATURE tpmt;
	TPMS_ATTEST a;
	size_t at = 0;
	int rc;

	if (attest_len > sizeof(TPMS_ATTEST) || sig_len > sizeof(TPMT_SIGNATURE) || ak_cert_len > 16384)
		return hm_err_set(err, -HM_EBAD_LENGTH, "a quote of impossible length");
	cert = d2i_X509(NULL, &der, (long)ak_cert_len);
	ERR_clear_error();
	if (!cert || !X509_get0_pubkey(cert) || !hm_is_p256(X509_get0_pubkey(cert)))
		return hm_err_set(err, -HM_EBAD_FORMAT, "not the certificate of a P-256 key");
	/* a key that signs what it is given could write a quote by hand */
	if (!hm_has_eku(cert, HM_OID_AK))
		return hm_err_set(err, -HM_EUNTRUSTED, "the certificate is not an attestation key's");
	memset(&tpmt, 0, sizeof(tpmt));
	if (Tss2_MU_TPMT_SIGNATURE_Unmarshal(sig, sig_len, &at, &tpmt) || at != sig_len)
		return hm_err_set(err, -HM_EBAD_FORMAT, "not a TPM's signature");

	memset(&facts, 0, sizeof(facts));
	rc = hm_attest_open(attest, attest_len, &tpmt, X509_get0_pubkey(cert), TPM2_ST_ATTEST_QUOTE,
			    &a, facts.nonce, err);
	if (rc)
		return rc;
	if (one_pcr(&a.attested.quote.pcrSelect, &facts.pcr) || a.attested.quote.pcrDigest.size != 32)
		return hm_err_set(err, -HM_EBAD_FORMAT, "a quote over something else than one SHA-256 PCR");
	memcpy(facts.pcr_digest, a.attested.quote.pcrDigest.buffer, 32);
	facts.clock = a.clockInfo.clock;
	facts.reset_count = a.clockInfo.resetCount;
	facts.restart_count = a.clockInfo.restartCount;
	facts.safe = a.clockInfo.safe == TPM2_YES;
	*ret = facts;
	return 0;
}
