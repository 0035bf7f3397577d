/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/x509.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/es256.h"

#define SUBJECT_MAX	64		/* RFC 5280, A.1: ub-serial-number, ub-common-name */
#define LAST_SECOND	253402300799	/* 9999-12-31 23:59:59 */

static int add_name(X509_NAME *name, int nid, const char *text, struct hm_err *err)
{
	size_t len = text ? strlen(text) : 0;

	if (!len)
		return hm_err_set(err, -HM_EEMPTY, "a certificate's subject must not be empty");
	if (len > SUBJECT_MAX)
		return hm_err_set(err, -HM_ETOO_LONG, "%zu characters in a certificate's subject, at most %d",
				  len, SUBJECT_MAX);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
			return hm_err_set(err, -HM_EBAD_CHAR,
					  "a certificate's subject takes printable ASCII only");
	if (X509_NAME_add_entry_by_NID(name, nid, MBSTRING_ASC, (const unsigned char *)text,
				       (int)len, -1, 0) != 1)
		return nid == NID_serialNumber ?
			hm_err_set(err, -HM_EBAD_CHAR, "a character that PrintableString does not have") :
			hm_openssl_err(err, "certificate subject");
	return 0;
}

static int add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx(&ctx, issuer ?: cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok ? 0 : -EINVAL;
}

/* OpenSSL's text form of policies wants a configuration file: built by hand. */
static int add_policies(X509 *cert, const char *const *oids)
{
	CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
	int rc = policies ? 0 : -ENOMEM;

	for (; !rc && *oids; oids++) {
		POLICYINFO *info = POLICYINFO_new();

		if (info)
			info->policyid = OBJ_txt2obj(*oids, 1);
		if (!info || !info->policyid || !sk_POLICYINFO_push(policies, info)) {
			POLICYINFO_free(info);
			rc = -ENOMEM;
		}
	}
	if (!rc && X509_add1_ext_i2d(cert, NID_certificate_policies, policies, 0,
				     X509V3_ADD_DEFAULT) != 1)
		rc = -EINVAL;
	CERTIFICATEPOLICIES_free(policies);
	return rc;
}

static int add_extensions(X509 *cert, const struct hm_x509_body *b)
{
	char text[96];
	int rc = 0;

	if (b->path_len >= 0)
		snprintf(text, sizeof(text), "critical,CA:TRUE,pathlen:%d", b->path_len);
	else
		snprintf(text, sizeof(text), "critical,CA:FALSE");
	if (!b->no_basic_constraints)
		rc = add_ext(cert, b->issuer, NID_basic_constraints, text);
	snprintf(text, sizeof(text), "critical,%s", b->key_usage);
	rc = rc ?: add_ext(cert, b->issuer, NID_key_usage, text);
	rc = rc ?: add_ext(cert, b->issuer, NID_subject_key_identifier, "hash");
	rc = rc ?: add_ext(cert, b->issuer, NID_authority_key_identifier, "keyid:always");
	if (!rc && b->ext_key_usage)
		rc = add_ext(cert, b->issuer, NID_ext_key_usage, b->ext_key_usage);
	if (!rc && b->alt_name &&
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, (void *)(uintptr_t)b->alt_name, 0,
			      X509V3_ADD_DEFAULT) != 1)
		rc = -EINVAL;
	if (!rc && b->policies)
		rc = add_policies(cert, b->policies);
	return rc;
}

static int set_serial(X509 *cert, const uint8_t bytes[16])
{
	uint8_t positive[16];
	ASN1_INTEGER *n = NULL;
	BIGNUM *bn;
	int ok;

	memcpy(positive, bytes, 16);
	positive[0] &= 0x7f;
	bn = BN_bin2bn(positive, 16, NULL);
	if (bn && BN_is_zero(bn)) {
		BN_free(bn);
		return -HM_EEMPTY;
	}
	n = bn ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
	ok = n && X509_set_serialNumber(cert, n) == 1;
	ASN1_INTEGER_free(n);
	BN_free(bn);
	return ok ? 0 : -ENOMEM;
}

int hm_x509_new(const struct hm_x509_body *b, X509 **ret, struct hm_err *err)
{
	_cleanup_x509_ X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();
	int rc = 0;

	if (!cert || !name) {
		X509_NAME_free(name);
		return hm_err_set(err, -ENOMEM, "certificate: out of memory");
	}
	if (b->serial)
		rc = add_name(name, NID_serialNumber, b->serial, err);
	rc = rc ?: add_name(name, NID_commonName, b->common_name, err);
	if (!rc && (X509_set_version(cert, X509_VERSION_3) != 1 ||
		    X509_set_subject_name(cert, name) != 1 ||
		    X509_set_issuer_name(cert, b->issuer ? X509_get_subject_name(b->issuer) : name) != 1 ||
		    X509_set_pubkey(cert, b->key) != 1))
		rc = hm_openssl_err(err, "certificate");
	X509_NAME_free(name);
	if (rc)
		return rc;
	rc = set_serial(cert, b->serial_number);
	if (rc)
		return hm_err_set(err, rc, "certificate: serial number zero");
	if (b->not_before < 0 || b->not_before > LAST_SECOND ||
	    !ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)b->not_before) ||
	    ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), HM_X509_FOREVER) != 1)
		return hm_err_set(err, -HM_EBAD_DATE, "certificate: a date outside 1970 to 9999");
	if (add_extensions(cert, b))
		return hm_openssl_err(err, "certificate extension");
	*ret = cert;
	cert = NULL;
	return 0;
}

int hm_x509_sign_soft(X509 *cert, EVP_PKEY *issuer_key, struct hm_err *err)
{
	return X509_sign(cert, issuer_key, EVP_sha256()) > 0 ? 0 : hm_openssl_err(err, "sign a certificate");
}

/* OpenSSL has no call that takes a signature made elsewhere; both places that name
 * the algorithm and the bit string are reached through their getters. */
static int put_signature(X509 *cert, struct hm_buf *der)
{
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;
	uint8_t *copy;

	X509_get0_signature(&sig, &alg, cert);
	copy = OPENSSL_memdup(der->data, der->len);
	if (!copy)
		return -ENOMEM;
	ASN1_STRING_set0((ASN1_STRING *)(uintptr_t)sig, copy, (int)der->len);
	((ASN1_STRING *)(uintptr_t)sig)->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	((ASN1_STRING *)(uintptr_t)sig)->flags |= ASN1_STRING_FLAG_BITS_LEFT;	/* no unused bits */
	return 0;
}

static int put_algorithm(const X509_ALGOR *alg)
{
	return X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)alg, OBJ_nid2obj(NID_ecdsa_with_SHA256),
			       V_ASN1_UNDEF, NULL) == 1 ? 0 : -ENOMEM;
}

int hm_x509_sign_tpm(X509 *cert, struct hm_tpm *t, ESYS_TR key, EVP_PKEY *issuer_public,
		     struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(128);
	const ASN1_BIT_STRING *sig;
	uint8_t digest[32], rs[64];
	const X509_ALGOR *alg;
	uint8_t *tbs = NULL;
	int len, rc;

	X509_get0_signature(&sig, &alg, cert);
	rc = put_algorithm(X509_get0_tbs_sigalg(cert));
	rc = rc ?: put_algorithm(alg);
	if (rc)
		return rc;
	len = i2d_re_X509_tbs(cert, &tbs);
	if (len <= 0)
		return hm_openssl_err(err, "certificate body");
	rc = hm_sha256(tbs, (size_t)len, digest);
	OPENSSL_free(tbs);
	rc = rc ?: hm_tpm_sign(t, key, digest, rs, err);
	rc = rc ?: hm_rs_to_der(rs, &der);
	rc = rc ?: put_signature(cert, &der);
	if (!rc && X509_verify(cert, issuer_public) != 1) {
		ERR_clear_error();
		rc = hm_err_set(err, -HM_ETPM_FAILED, "the TPM's signature on a certificate does not verify");
	}
	return rc;
}

int hm_x509_der(X509 *cert, struct hm_buf *ret)
{
	uint8_t *der = NULL;
	int len = i2d_X509(cert, &der);
	int rc = len > 0 ? hm_buf_add(ret, der, (size_t)len) : -ENOMEM;

	OPENSSL_free(der);
	return rc;
}
