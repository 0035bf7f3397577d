/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/ek.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#define ROOTS_LIMIT	(4u << 20)
#define ROOTS_COUNT	4096
#define CHAIN_LIMIT	32768
#define CHAIN_INDICES	16

static int read_cert(struct hm_tpm *t, struct hm_ek *ek, struct hm_err *err)
{
	const unsigned char *p;
	int rc;

	rc = hm_tpm_nv_read(t, HM_EK_NV_RSA2048, &ek->cert_der, err);
	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(err, -HM_EUNTRUSTED,
				  "the TPM has no EK certificate (NV index 0x%x)", HM_EK_NV_RSA2048);
	if (rc)
		return rc;
	p = ek->cert_der.data;
	ek->cert = d2i_X509(NULL, &p, (long)ek->cert_der.len);
	ERR_clear_error();
	if (!ek->cert || !X509_get0_pubkey(ek->cert))
		return hm_err_set(err, -HM_EUNTRUSTED, "the TPM's EK certificate cannot be read");
	/* an index may be larger than what was written into it */
	ek->cert_der.len = (size_t)(p - ek->cert_der.data);
	return 0;
}

int hm_ek_chain(struct hm_tpm *t, struct hm_ek *ek, struct hm_err *err)
{
	/* a certificate may go on in the next index: read as one string of bytes */
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(CHAIN_LIMIT);
	TPM2_HANDLE index[CHAIN_INDICES];
	const unsigned char *p;
	size_t n = 0;
	X509 *x;
	int rc;

	rc = hm_tpm_list(t, HM_EK_NV_CHAIN, HM_EK_NV_CHAIN + 0xff, index, CHAIN_INDICES, &n, err);
	for (size_t i = 0; !rc && i < n; i++)
		rc = hm_tpm_nv_read(t, index[i], &der, err);
	if (rc == -E2BIG)
		return hm_err_set(err, -HM_EUNTRUSTED, "the TPM carries too many certificates");
	if (rc || !der.len)
		return rc;
	ek->chain = sk_X509_new_null();
	if (!ek->chain)
		return -ENOMEM;
	for (p = der.data; (x = d2i_X509(NULL, &p, (long)(der.len - (size_t)(p - der.data))));) {
		if (!sk_X509_push(ek->chain, x)) {
			X509_free(x);
			return -ENOMEM;
		}
	}
	ERR_clear_error();	/* what follows the last one is padding, or helps nobody */
	return 0;
}

/* Is @public the key of the certificate, and the key that the profile describes? */
static bool is_certified(const struct hm_ek *ek, const TPM2B_PUBLIC *public, EVP_PKEY **ret)
{
	TPM2B_PUBLIC template;
	EVP_PKEY *key = NULL;
	bool same;

	hm_template_ek(&template);
	if (!hm_template_fits(public, &template) || hm_public_to_pkey(public, &key, NULL))
		return false;
	same = EVP_PKEY_eq(key, X509_get0_pubkey(ek->cert)) == 1;
	ERR_clear_error();
	if (same)
		*ret = key;
	else
		EVP_PKEY_free(key);
	return same;
}

int hm_ek_find(struct hm_tpm *t, struct hm_ek *ek, struct hm_err *err)
{
	TPM2B_PUBLIC template;
	int rc;

	rc = read_cert(t, ek, err);
	if (rc)
		return rc;
	rc = hm_tpm_find(t, HM_EK_HANDLE, &ek->handle, err);
	if (!rc && ek->handle != ESYS_TR_NONE)
		rc = hm_tpm_read_public(t, ek->handle, &ek->public, err);
	if (rc)
		return rc;
	if (ek->handle != ESYS_TR_NONE) {
		if (is_certified(ek, &ek->public, &ek->key))
			return 0;
		Esys_TR_Close(t->esys, &ek->handle);
		ek->handle = ESYS_TR_NONE;
	}
	/* not kept in the TPM: derived again, which takes seconds on some TPMs */
	hm_template_ek(&template);
	rc = hm_tpm_primary(t, ESYS_TR_RH_ENDORSEMENT, &template, &ek->handle, &ek->public, err);
	if (rc)
		return rc;
	ek->transient = true;
	if (!is_certified(ek, &ek->public, &ek->key))
		return hm_err_set(err, -HM_EUNTRUSTED, "the EK certificate is another TPM's");
	return 0;
}

void hm_ek_release(struct hm_tpm *t, struct hm_ek *ek)
{
	if (ek->transient)
		hm_tpm_flush(t, &ek->handle);
	else if (ek->handle != ESYS_TR_NONE)
		Esys_TR_Close(t->esys, &ek->handle);
	ek->handle = ESYS_TR_NONE;
	ek->transient = false;
	EVP_PKEY_free(ek->key);
	X509_free(ek->cert);
	sk_X509_pop_free(ek->chain, X509_free);
	ek->chain = NULL;
	ek->key = NULL;
	ek->cert = NULL;
	hm_buf_free(&ek->cert_der);
}

static int load_roots(const char *roots, X509_STORE *store, STACK_OF(X509) *chain,
		      struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(ROOTS_LIMIT);
	int trusted = 0, count = 0, rc;
	BIO *bio;
	X509 *x;

	if (!roots)
		return hm_err_set(err, -HM_EUNTRUSTED, "no EK roots are configured");
	rc = strstr(roots, "-----BEGIN ") ? hm_buf_str_add(&text, roots) : hm_read_file(roots, &text);
	if (rc)
		return hm_err_set(err, rc, "EK roots %.120s: %s", roots, strerror(rc < 0 ? -rc : rc));
	if (!text.len)
		return hm_err_set(err, -HM_EUNTRUSTED, "the file of EK roots is empty");
	bio = BIO_new_mem_buf(text.data, (int)text.len);
	if (!bio)
		return -ENOMEM;
	rc = 0;
	while (!rc && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		bool self = !X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x));

		if (++count > ROOTS_COUNT)
			rc = hm_err_set(err, -E2BIG, "more than %d EK roots", ROOTS_COUNT);
		else if (self && X509_STORE_add_cert(store, x) == 1)
			trusted++;
		else if (self || !sk_X509_push(chain, x))
			rc = -ENOMEM;
		else
			x = NULL;	/* the stack's now */
		X509_free(x);
	}
	if (!rc && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the file of EK roots is damaged after %d certificates",
				count);
	ERR_clear_error();
	BIO_free(bio);
	if (!rc && !trusted)
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the file of EK roots has no self-signed certificate");
	return rc;
}

int hm_ek_vouch(const struct hm_ek *ek, const char *roots, struct hm_err *err)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *chain = sk_X509_new_null();
	int rc = -ENOMEM;

	if (!store || !ctx || !chain)
		goto out;
	rc = hm_ek_cert_profile(ek->cert, err);
	rc = rc ?: load_roots(roots, store, chain, err);
	for (int i = 0; !rc && i < sk_X509_num(ek->chain); i++)
		if (X509_up_ref(sk_X509_value(ek->chain, i)) != 1 ||
		    !sk_X509_push(chain, sk_X509_value(ek->chain, i)))
			rc = -ENOMEM;
	if (rc)
		goto out;
	/* EK certificates outlive their validity: a TPM made ten years ago is one still */
	X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME);
	if (X509_STORE_CTX_init(ctx, store, ek->cert, chain) != 1)
		rc = hm_openssl_err(err, "EK certificate");
	else if (X509_verify_cert(ctx) != 1)
		rc = hm_err_set(err, -HM_EUNTRUSTED, "nobody vouches for the TPM's EK: %s",
				X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	ERR_clear_error();
out:
	sk_X509_pop_free(chain, X509_free);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return rc;
}
