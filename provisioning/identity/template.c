/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/tpm.h"

#include <string.h>

/* TPM2_PolicySecret(TPM_RH_ENDORSEMENT), SHA-256: the EK's policy (profile, B.3) */
static const uint8_t policy_ek[32] = {
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
	0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
};

/* that, then PolicyCommandCode(TPM2_CC_Certify) */
static const uint8_t policy_certify[32] = {
	0xb2, 0xa6, 0x9e, 0x63, 0x91, 0xe2, 0x68, 0x4a, 0x0f, 0xe7, 0x52, 0xd3, 0x9e, 0x14, 0xac, 0xd2,
	0xe5, 0xcb, 0x92, 0x2e, 0x4b, 0xd0, 0x35, 0x83, 0x0e, 0xea, 0x31, 0xf2, 0xaa, 0xbe, 0x98, 0x70,
};

/* or PolicyCommandCode(TPM2_CC_ActivateCredential) */
static const uint8_t policy_activate[32] = {
	0xcd, 0x99, 0x17, 0xcf, 0x18, 0xc3, 0x84, 0x8c, 0x3a, 0x2e, 0x60, 0x69, 0x86, 0xa0, 0x66, 0xc6,
	0x81, 0x42, 0xf9, 0xbc, 0x27, 0x10, 0xa2, 0x78, 0x28, 0x7a, 0x65, 0x0c, 0xa3, 0xbb, 0xf2, 0x45,
};

/* TPM2_PolicyAuthorizeNV over the profile's index for IDevID, for IAK */
static const uint8_t policy_nv_idevid[32] = {
	0x62, 0x9c, 0x50, 0xb0, 0x5f, 0x1a, 0xdb, 0x5b, 0x42, 0x97, 0xfe, 0xb2, 0x41, 0x54, 0x9d, 0x42,
	0x17, 0xa1, 0xc7, 0x92, 0xc1, 0x62, 0xfe, 0xb8, 0x61, 0x02, 0x2d, 0xef, 0x88, 0xfa, 0x95, 0x01,
};

static const uint8_t policy_nv_iak[32] = {
	0x10, 0x1e, 0x68, 0x9d, 0xad, 0xf1, 0x45, 0x22, 0x24, 0x12, 0xc0, 0x5b, 0x76, 0xe1, 0x45, 0x32,
	0xaf, 0x1e, 0x5c, 0x74, 0x20, 0x8e, 0x0a, 0xe7, 0xcd, 0xb0, 0xcf, 0xf1, 0x90, 0x6c, 0x8a, 0x09,
};

/* The PolicyOR of the four, as the templates name it; the unit test computes both. */
static const uint8_t policy_idevid[32] = {
	0xad, 0x6b, 0x3a, 0x22, 0x84, 0xfd, 0x69, 0x8a, 0x07, 0x10, 0xbf, 0x5c, 0xc1, 0xb9, 0xbd, 0xf1,
	0x5e, 0x25, 0x32, 0xe3, 0xf6, 0x01, 0xfa, 0x4b, 0x93, 0xa6, 0xa8, 0xfa, 0x8d, 0xe5, 0x79, 0xea,
};

static const uint8_t policy_iak[32] = {
	0x54, 0x37, 0x18, 0x23, 0x26, 0xe4, 0x14, 0xfc, 0xa7, 0x97, 0xd5, 0xf1, 0x74, 0x61, 0x5a, 0x16,
	0x41, 0xf6, 0x12, 0x55, 0x79, 0x7c, 0x3a, 0x2b, 0x22, 0xc2, 0x1d, 0x12, 0x0b, 0x2d, 0x1e, 0x07,
};

static void set_digest(TPM2B_DIGEST *d, const uint8_t bytes[32])
{
	d->size = 32;
	memcpy(d->buffer, bytes, 32);
}

static void ecc_signing(TPM2B_PUBLIC *t, TPMA_OBJECT attributes)
{
	TPMS_ECC_PARMS *ecc = &t->publicArea.parameters.eccDetail;

	*t = (TPM2B_PUBLIC){ .size = 0 };
	t->publicArea.type = TPM2_ALG_ECC;
	t->publicArea.nameAlg = TPM2_ALG_SHA256;
	t->publicArea.objectAttributes = attributes | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
		TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_SIGN_ENCRYPT;
	ecc->symmetric.algorithm = TPM2_ALG_NULL;
	ecc->scheme.scheme = TPM2_ALG_ECDSA;
	ecc->scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
	ecc->curveID = TPM2_ECC_NIST_P256;
	ecc->kdf.scheme = TPM2_ALG_NULL;
}

void hm_template_ek(TPM2B_PUBLIC *t)
{
	TPMS_RSA_PARMS *rsa = &t->publicArea.parameters.rsaDetail;

	*t = (TPM2B_PUBLIC){ .size = 0 };
	t->publicArea.type = TPM2_ALG_RSA;
	t->publicArea.nameAlg = TPM2_ALG_SHA256;
	t->publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
		TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |
		TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
	set_digest(&t->publicArea.authPolicy, policy_ek);
	rsa->symmetric.algorithm = TPM2_ALG_AES;
	rsa->symmetric.keyBits.aes = 128;
	rsa->symmetric.mode.aes = TPM2_ALG_CFB;
	rsa->scheme.scheme = TPM2_ALG_NULL;
	rsa->keyBits = 2048;
	t->publicArea.unique.rsa.size = 256;
}

void hm_template_storage(TPM2B_PUBLIC *t)
{
	TPMS_ECC_PARMS *ecc = &t->publicArea.parameters.eccDetail;

	*t = (TPM2B_PUBLIC){ .size = 0 };
	t->publicArea.type = TPM2_ALG_ECC;
	t->publicArea.nameAlg = TPM2_ALG_SHA256;
	t->publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
		TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
		TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
	ecc->symmetric.algorithm = TPM2_ALG_AES;
	ecc->symmetric.keyBits.aes = 128;
	ecc->symmetric.mode.aes = TPM2_ALG_CFB;
	ecc->scheme.scheme = TPM2_ALG_NULL;
	ecc->curveID = TPM2_ECC_NIST_P256;
	ecc->kdf.scheme = TPM2_ALG_NULL;
	t->publicArea.unique.ecc.x.size = 32;
	t->publicArea.unique.ecc.y.size = 32;
}

void hm_template_station(TPM2B_PUBLIC *t, bool restricted, const uint8_t unique[32])
{
	/* no dictionary attack protection: an empty password has nothing to guess,
	 * and a lockout caused by somebody else must not stop the line */
	ecc_signing(t, TPMA_OBJECT_NODA | (restricted ? TPMA_OBJECT_RESTRICTED : 0));
	t->publicArea.unique.ecc.x.size = 32;
	memcpy(t->publicArea.unique.ecc.x.buffer, unique, 32);
}

void hm_template_device(TPM2B_PUBLIC *t, bool iak)
{
	const char *unique = iak ? "IAK" : "IDEVID";
	TPMS_ECC_POINT *point = &t->publicArea.unique.ecc;
	uint16_t len = (uint16_t)strlen(unique);

	ecc_signing(t, TPMA_OBJECT_ADMINWITHPOLICY | (iak ? TPMA_OBJECT_RESTRICTED : 0));
	set_digest(&t->publicArea.authPolicy, iak ? policy_iak : policy_idevid);
	/* in x and y: with x alone it would be another key (docs/identity.md) */
	point->x.size = len;
	memcpy(point->x.buffer, unique, len);
	point->y = point->x;
}

void hm_template_sealed(TPM2B_PUBLIC *t)
{
	*t = (TPM2B_PUBLIC){ .size = 0 };
	t->publicArea.type = TPM2_ALG_KEYEDHASH;
	t->publicArea.nameAlg = TPM2_ALG_SHA256;
	t->publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
		TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA;
	t->publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
}

void hm_template_branches(TPML_DIGEST *d, bool iak)
{
	*d = (TPML_DIGEST){ .count = 4 };
	set_digest(&d->digests[0], policy_ek);
	set_digest(&d->digests[1], policy_certify);
	set_digest(&d->digests[2], policy_activate);
	set_digest(&d->digests[3], iak ? policy_nv_iak : policy_nv_idevid);
}

bool hm_template_fits(const TPM2B_PUBLIC *have, const TPM2B_PUBLIC *template)
{
	const TPMT_PUBLIC *h = &have->publicArea, *t = &template->publicArea;
	const TPMS_ECC_PARMS *he = &h->parameters.eccDetail, *te = &t->parameters.eccDetail;
	const TPMS_RSA_PARMS *hr = &h->parameters.rsaDetail, *tr = &t->parameters.rsaDetail;
	bool same;

	same = h->type == t->type && h->nameAlg == t->nameAlg &&
	       h->objectAttributes == t->objectAttributes &&
	       h->authPolicy.size == t->authPolicy.size &&
	       !memcmp(h->authPolicy.buffer, t->authPolicy.buffer, t->authPolicy.size);
	if (!same)
		return false;
	if (t->type == TPM2_ALG_ECC)
		return he->curveID == te->curveID && he->kdf.scheme == te->kdf.scheme &&
		       he->scheme.scheme == te->scheme.scheme &&
		       (te->scheme.scheme == TPM2_ALG_NULL ||
			he->scheme.details.ecdsa.hashAlg == te->scheme.details.ecdsa.hashAlg) &&
		       he->symmetric.algorithm == te->symmetric.algorithm &&
		       h->unique.ecc.x.size <= 32 && h->unique.ecc.y.size <= 32 &&
		       h->unique.ecc.x.size && h->unique.ecc.y.size;
	if (t->type == TPM2_ALG_RSA)
		return hr->keyBits == tr->keyBits && hr->exponent == tr->exponent &&
		       hr->scheme.scheme == tr->scheme.scheme &&
		       hr->symmetric.algorithm == tr->symmetric.algorithm &&
		       hr->symmetric.keyBits.aes == tr->symmetric.keyBits.aes &&
		       hr->symmetric.mode.aes == tr->symmetric.mode.aes &&
		       h->unique.rsa.size == 256;
	return false;
}
