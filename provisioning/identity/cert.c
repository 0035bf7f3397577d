/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and checking certificates, without a TPM. */
#include "identity/identity.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "identity/crypto.h"

#define CERT_MAX	16384
#define CHAIN_MAX	8

/* One certificate and nothing behind it. */
static X509 *parse(struct hm_der der)
{
	const unsigned char *p = der.bytes;
	X509 *x;

	if (!der.bytes || !der.len || der.len > CERT_MAX)
		return NULL;
	x = d2i_X509(NULL, &p, (long)der.len);
	ERR_clear_error();
	if (x && p != der.bytes + der.len) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

int hm_cert_verify(struct hm_der leaf, const struct hm_der *intermediates, size_t n,
		   struct hm_der root, int64_t now, struct hm_err *err)
{
	_cleanup_x509_ X509 *leaf_x = parse(leaf), *root_x = parse(root);
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param;
	bool readable = leaf_x && root_x && n <= CHAIN_MAX;
	int rc = -ENOMEM;

	if (!chain || !ctx || !store)
		goto out;
	for (size_t i = 0; readable && i < n; i++) {
		X509 *x = parse(intermediates[i]);

		readable = x;
		if (x && !sk_X509_push(chain, x)) {
			X509_free(x);
			goto out;
		}
	}
	if (!readable) {
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "not a certificate");
		goto out;
	}
	if (X509_STORE_add_cert(store, root_x) != 1 ||
	    X509_STORE_CTX_init(ctx, store, leaf_x, chain) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (now)
		X509_VERIFY_PARAM_set_time(param, (time_t)now);
	else
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
	rc = 0;
	if (X509_verify_cert(ctx) != 1)
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the certificate is not the root's: %s",
				X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
out:
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	return rc;
}

/* The one serialNumber of the subject; "" where it has none. */
static int subject_serial(X509 *x, char *out, size_t size)
{
	const X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, NID_serialNumber, -1);
	const ASN1_STRING *v;
	size_t len;

	if (!size)
		return -HM_ETOO_LONG;
	if (at < 0) {
		out[0] = '\0';
		return 0;
	}
	if (X509_NAME_get_index_by_NID(name, NID_serialNumber, at) >= 0)
		return -HM_EBAD_FORMAT;
	v = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	len = (size_t)ASN1_STRING_length(v);
	if (len >= size)
		return -HM_ETOO_LONG;
	if (memchr(ASN1_STRING_get0_data(v), 0, len))
		return -HM_EBAD_FORMAT;
	memcpy(out, ASN1_STRING_get0_data(v), len);
	out[len] = '\0';
	return 0;
}

int hm_cert_spki(struct hm_der cert, struct hm_buf *ret, char *serial, size_t serial_size)
{
	_cleanup_x509_ X509 *x = parse(cert);
	EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
	int rc;

	if (!key)
		return -HM_EBAD_FORMAT;
	if (serial) {
		rc = subject_serial(x, serial, serial_size);
		if (rc)
			return rc;
	}
	return hm_spki(key, ret);
}

int hm_cert_to_pem(struct hm_der cert, struct hm_buf *ret)
{
	_cleanup_x509_ X509 *x = parse(cert);
	BIO *bio = x ? BIO_new(BIO_s_mem()) : NULL;
	char *text;
	long len;
	int rc = -ENOMEM;

	if (!x)
		return -HM_EBAD_FORMAT;
	if (bio && PEM_write_bio_X509(bio, x) == 1) {
		len = BIO_get_mem_data(bio, &text);
		if (len > 0)
			rc = hm_buf_add(ret, text, (size_t)len);
	}
	BIO_free(bio);
	return rc;
}

int hm_cert_from_pem(const char *pem, size_t len, struct hm_buf *ret)
{
	BIO *bio = len && len <= 16u * CERT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	uint8_t *der = NULL;
	int n = x ? i2d_X509(x, &der) : -1;
	int rc = n > 0 ? hm_buf_add(ret, der, (size_t)n) : -HM_EBAD_FORMAT;

	OPENSSL_free(der);
	X509_free(x);
	BIO_free(bio);
	ERR_clear_error();
	return rc;
}
