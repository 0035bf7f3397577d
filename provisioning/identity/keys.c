/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The station's keys in use. They are made in keys_create.c. */
#include "identity/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <tss2/tss2_mu.h>

#include "base/es256.h"
#include "identity/x509.h"

#define FILE_LIMIT	65536
#define QUOTE_TRIES	8

struct hm_keys {
	struct hm_tpm tpm;
	ESYS_TR handle[HM_KEYS_RESIDENT];
	struct hm_handles made;
	X509 *cert[HM_KEYS_CERTS];
	struct hm_buf der[HM_KEYS_CERTS];
	struct hm_buf spki;
	struct hm_buf sealed;
	uint8_t kid[8];
	uint8_t log_public[32];
};

static int load_cert(struct hm_keys *k, int dirfd, int which, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(FILE_LIMIT);
	const unsigned char *p;
	int rc;

	rc = hm_read_file_at(dirfd, hm_cert_file[which], &pem);
	rc = rc ?: hm_cert_from_pem((const char *)pem.data, pem.len, &k->der[which]);
	if (rc)
		return hm_err_set(err, rc, "the station's %s cannot be read", hm_cert_file[which]);
	p = k->der[which].data;
	k->cert[which] = d2i_X509(NULL, &p, (long)k->der[which].len);
	if (!k->cert[which] || !X509_get0_pubkey(k->cert[which]))
		return hm_openssl_err(err, hm_cert_file[which]);
	return 0;
}

static int load_handles(struct hm_keys *k, int dirfd, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(FILE_LIMIT);
	int rc;

	rc = hm_read_file_at(dirfd, HM_KEYS_HANDLES, &text);
	if (rc == -ENOENT)
		return hm_err_set(err, -HM_ENOT_INITIALISED, "no station keys here: station init");
	rc = rc ?: hm_handles_parse(hm_buf_str(&text), &k->made);
	for (int i = 0; !rc && i < HM_KEYS_RESIDENT; i++)
		if (!k->made.key[i].handle)
			rc = -HM_EBAD_FORMAT;
	return rc ? hm_err_set(err, rc, "the station's list of TPM handles is damaged") : 0;
}

static int load_files(struct hm_keys *k, const char *dir, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(FILE_LIMIT);
	uint8_t digest[32];
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (dirfd < 0)
		return errno == ENOENT ?
			hm_err_set(err, -HM_ENOT_INITIALISED, "no station keys here: station init") :
			hm_err_set(err, -errno, "station keys %.100s: %s", dir, strerror(errno));
	rc = load_handles(k, dirfd, err);
	for (int i = 0; !rc && i < HM_KEYS_CERTS; i++)
		rc = load_cert(k, dirfd, i, err);
	if (!rc) {
		rc = hm_read_file_at(dirfd, HM_KEYS_LOG_PUBLIC, &log);
		rc = rc ?: hm_read_file_at(dirfd, HM_KEYS_LOG_SEALED, &k->sealed);
		if (!rc && log.len != sizeof(k->log_public))
			rc = -HM_EBAD_LENGTH;
		if (rc)
			rc = hm_err_set(err, rc, "the station's log key cannot be read");
	}
	close(dirfd);
	if (rc)
		return rc;
	memcpy(k->log_public, log.data, sizeof(k->log_public));
	rc = hm_spki(X509_get0_pubkey(k->cert[HM_CERT_SIGN]), &k->spki);
	rc = rc ?: hm_sha256(k->spki.data, k->spki.len, digest);
	if (!rc)
		memcpy(k->kid, digest, sizeof(k->kid));
	return rc;
}

/* The key under the handle is the one in the certificate. */
static int check_resident(struct hm_keys *k, int i, struct hm_err *err)
{
	_cleanup_pkey_ EVP_PKEY *key = NULL;
	TPM2B_PUBLIC public;
	int rc;

	rc = hm_tpm_read_public(&k->tpm, k->handle[i], &public, err);
	rc = rc ?: hm_public_to_pkey(&public, &key, err);
	if (!rc && EVP_PKEY_eq(key, X509_get0_pubkey(k->cert[hm_resident_cert[i]])) != 1)
		rc = hm_err_set(err, -HM_EUNTRUSTED,
				"the TPM is not this station's: another %s key at 0x%x",
				hm_resident_name[i], k->made.key[i].handle);
	ERR_clear_error();
	return rc;
}

static int find_resident(struct hm_keys *k, struct hm_err *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < HM_KEYS_RESIDENT; i++) {
		rc = hm_tpm_find(&k->tpm, k->made.key[i].handle, &k->handle[i], err);
		if (!rc && k->handle[i] == ESYS_TR_NONE)
			rc = hm_err_set(err, -HM_EUNTRUSTED,
					"the TPM is not this station's: no %s key at 0x%x",
					hm_resident_name[i], k->made.key[i].handle);
		rc = rc ?: check_resident(k, i, err);
	}
	return rc;
}

/*
 * Take the TPM, by a new connection where the last one failed: a station must not
 * need a restart because its TPM did. The keys are looked at again then.
 */
static int use(struct hm_keys *k, struct hm_tpm_guard *g, struct hm_err *err)
{
	int rc = 0;

	hm_tpm_lock(&k->tpm, g);
	if (k->tpm.lost) {
		for (int i = 0; i < HM_KEYS_RESIDENT; i++)
			k->handle[i] = ESYS_TR_NONE;
		rc = hm_tpm_reconnect(&k->tpm, err);
		rc = rc ?: find_resident(k, err);
		if (rc) {
			k->tpm.lost = true;
			hm_tpm_unlock(g);
		}
	}
	return rc;
}

static void forget(struct hm_keys *k)
{
	for (int i = 0; i < HM_KEYS_CERTS; i++) {
		X509_free(k->cert[i]);
		hm_buf_free(&k->der[i]);
	}
	hm_buf_free(&k->spki);
	hm_buf_free(&k->sealed);
	free(k);
}

int hm_keys_open(const char *tcti, const char *dir, struct hm_keys **ret, struct hm_err *err)
{
	struct hm_keys *k = calloc(1, sizeof(*k));
	struct hm_tpm_guard g;
	int rc;

	if (!k)
		return -ENOMEM;
	for (int i = 0; i < HM_KEYS_CERTS; i++)
		hm_buf_init(&k->der[i], FILE_LIMIT);
	hm_buf_init(&k->spki, FILE_LIMIT);
	hm_buf_init(&k->sealed, FILE_LIMIT);
	for (int i = 0; i < HM_KEYS_RESIDENT; i++)
		k->handle[i] = ESYS_TR_NONE;

	rc = load_files(k, dir, err);
	rc = rc ?: hm_tpm_open(&k->tpm, tcti, err);
	if (rc) {
		forget(k);
		return rc;
	}
	hm_tpm_lock(&k->tpm, &g);
	rc = find_resident(k, err);
	hm_tpm_unlock(&g);
	if (rc)
		hm_keys_close(k);
	else
		*ret = k;
	return rc;
}

void hm_keys_close(struct hm_keys *k)
{
	if (!k)
		return;
	hm_tpm_close(&k->tpm);
	forget(k);
}

int hm_keys_check(struct hm_keys *k, struct hm_err *err)
{
	struct hm_tpm_guard g;
	int rc;

	rc = use(k, &g, err);
	if (rc)
		return rc;
	rc = hm_tpm_alive(&k->tpm, err);
	for (int i = 0; !rc && i < HM_KEYS_RESIDENT; i++)
		rc = check_resident(k, i, err);
	hm_tpm_unlock(&g);
	return rc;
}

int hm_keys_sign(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64],
		 struct hm_err *err)
{
	struct hm_tpm_guard g;
	uint8_t digest[32];
	int rc;

	rc = hm_sha256(msg, len, digest);
	rc = rc ?: use(k, &g, err);
	if (rc)
		return rc;
	rc = hm_tpm_sign(&k->tpm, k->handle[HM_KEY_SIGN], digest, ret, err);
	hm_tpm_unlock(&g);
	return rc;
}

int hm_keys_sign_der(struct hm_keys *k, const void *msg, size_t len, struct hm_buf *ret,
		     struct hm_err *err)
{
	uint8_t rs[64];
	int rc = hm_keys_sign(k, msg, len, rs, err);

	return rc ?: hm_rs_to_der(rs, ret);
}

int hm_keys_sign_log(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64],
		     struct hm_err *err)
{
	uint8_t seed[32], public[32], sig[64];
	size_t public_len = sizeof(public), sig_len = sizeof(sig);
	EVP_MD_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	struct hm_tpm_guard g;
	int rc;

	rc = use(k, &g, err);
	if (rc)
		return rc;
	rc = hm_unseal(&k->tpm, k->sealed.data, k->sealed.len, seed, err);
	hm_tpm_unlock(&g);
	if (rc)
		return rc;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
	OPENSSL_cleanse(seed, sizeof(seed));
	ctx = EVP_MD_CTX_new();
	if (!key || !ctx || EVP_PKEY_get_raw_public_key(key, public, &public_len) != 1)
		rc = hm_openssl_err(err, "log key");
	else if (public_len != 32 || memcmp(public, k->log_public, 32))
		rc = hm_err_set(err, -HM_EUNTRUSTED, "the sealed log key is another station's");
	else if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
		 EVP_DigestSign(ctx, sig, &sig_len, msg, len) != 1 || sig_len != 64)
		rc = hm_openssl_err(err, "log signature");
	else
		memcpy(ret, sig, 64);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return rc;
}

int hm_keys_seal(struct hm_keys *k, const uint8_t secret[32], struct hm_buf *ret, struct hm_err *err)
{
	struct hm_tpm_guard g;
	int rc = use(k, &g, err);

	if (rc)
		return rc;
	rc = hm_seal(&k->tpm, secret, ret, err);
	hm_tpm_unlock(&g);
	return rc;
}

int hm_keys_unseal(struct hm_keys *k, const void *blob, size_t len, uint8_t ret_secret[32],
		   struct hm_err *err)
{
	struct hm_tpm_guard g;
	int rc = use(k, &g, err);

	if (rc)
		return rc;
	rc = hm_unseal(&k->tpm, blob, len, ret_secret, err);
	hm_tpm_unlock(&g);
	return rc;
}

int hm_keys_cert(struct hm_keys *k, enum hm_cert which, const uint8_t **ret, size_t *ret_len)
{
	if ((unsigned int)which >= HM_KEYS_CERTS)
		return -EINVAL;
	*ret = k->der[which].data;
	*ret_len = k->der[which].len;
	return 0;
}

int hm_keys_spki(struct hm_keys *k, const uint8_t **ret, size_t *ret_len)
{
	*ret = k->spki.data;
	*ret_len = k->spki.len;
	return 0;
}

void hm_keys_kid(const struct hm_keys *k, uint8_t ret[8])
{
	memcpy(ret, k->kid, sizeof(k->kid));
}

void hm_keys_log_public(const struct hm_keys *k, uint8_t ret[32])
{
	memcpy(ret, k->log_public, sizeof(k->log_public));
}

static int read_pcr(struct hm_tpm *t, const TPML_PCR_SELECTION *sel, uint8_t ret[32],
		    struct hm_err *err)
{
	TPML_DIGEST *values = NULL;
	int rc;

	rc = hm_tpm_rc(t, Esys_PCR_Read(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, sel, NULL,
					NULL, &values), "read a PCR", err);
	if (!rc && (values->count != 1 || values->digests[0].size != 32))
		rc = hm_err_set(err, -HM_ETPM_FAILED, "read a PCR: the TPM has no SHA-256 bank");
	if (!rc)
		memcpy(ret, values->digests[0].buffer, 32);
	Esys_Free(values);
	return rc;
}

static int quote_once(struct hm_keys *k, const TPML_PCR_SELECTION *sel, const TPM2B_DATA *nonce,
		      struct hm_quote *q, uint8_t digest[32], struct hm_err *err)
{
	const TPMT_SIG_SCHEME key_scheme = { .scheme = TPM2_ALG_NULL };
	TPM2B_ATTEST *info = NULL;
	TPMT_SIGNATURE *sig = NULL;
	TPMS_ATTEST a;
	size_t at = 0;
	int rc;

	rc = hm_tpm_rc(&k->tpm, Esys_Quote(k->tpm.esys, k->handle[HM_KEY_AK], ESYS_TR_PASSWORD,
					   ESYS_TR_NONE, ESYS_TR_NONE, nonce, &key_scheme, sel,
					   &info, &sig), "quote", err);
	if (rc)
		return rc;
	q->sig_len = 0;
	if (info->size > sizeof(q->attest) ||
	    Tss2_MU_TPMS_ATTEST_Unmarshal(info->attestationData, info->size, &at, &a) ||
	    a.type != TPM2_ST_ATTEST_QUOTE || a.attested.quote.pcrDigest.size != 32 ||
	    Tss2_MU_TPMT_SIGNATURE_Marshal(sig, q->sig, sizeof(q->sig), &q->sig_len)) {
		rc = hm_err_set(err, -HM_ETPM_FAILED, "quote: an answer that is none");
	} else {
		memcpy(q->attest, info->attestationData, info->size);
		q->attest_len = info->size;
		memcpy(digest, a.attested.quote.pcrDigest.buffer, 32);
	}
	Esys_Free(info);
	Esys_Free(sig);
	return rc;
}

int hm_keys_quote(struct hm_keys *k, uint32_t pcr, const uint8_t nonce[32], struct hm_quote *ret,
		  struct hm_err *err)
{
	TPML_PCR_SELECTION sel = { .count = 1, .pcrSelections[0] = {
		.hash = TPM2_ALG_SHA256, .sizeofSelect = 3 } };
	TPM2B_DATA qualifying = { .size = 32 };
	uint8_t quoted[32], digest[32];
	struct hm_tpm_guard g;
	struct hm_quote q;
	int rc;

	if (pcr > 23)
		return hm_err_set(err, -EINVAL, "there is no PCR %u", pcr);
	sel.pcrSelections[0].pcrSelect[pcr / 8] = (uint8_t)(1u << (pcr % 8));
	memcpy(qualifying.buffer, nonce, 32);
	memset(&q, 0, sizeof(q));
	rc = use(k, &g, err);
	if (rc)
		return rc;
	/* the value is read beside the quote: again if the PCR was extended between */
	for (int tries = 0; !rc; tries++) {
		if (tries == QUOTE_TRIES) {
			rc = hm_err_set(err, -HM_EBUSY, "PCR %u does not hold still for a quote", pcr);
			break;
		}
		rc = read_pcr(&k->tpm, &sel, q.pcr_value, err);
		rc = rc ?: quote_once(k, &sel, &qualifying, &q, quoted, err);
		rc = rc ?: hm_sha256(q.pcr_value, 32, digest);
		if (!rc && !memcmp(quoted, digest, 32)) {
			*ret = q;
			break;
		}
	}
	hm_tpm_unlock(&g);
	return rc;
}

int hm_keys_issue_idevid(struct hm_keys *k, const struct hm_dut_identity *id,
			 const struct hm_idevid_params *p, struct hm_buf *ret, struct hm_err *err)
{
	/* TCG: verified initial DevID; and what an IDevID is */
	static const char *const policies[] = { "2.23.133.11.1.1", "2.23.133.11.1.2", NULL };
	const unsigned char *spki = id->spki;
	EVP_PKEY *issuer = X509_get0_pubkey(k->cert[HM_CERT_ISSUER]);
	_cleanup_pkey_ EVP_PKEY *key = NULL;
	_cleanup_x509_ X509 *cert = NULL;
	struct hm_x509_body body = {
		.serial = p->serial ?: "", .common_name = p->part_number, .not_before = p->now,
		.issuer = k->cert[HM_CERT_ISSUER], .path_len = -1, .no_basic_constraints = true,
		.key_usage = "digitalSignature", .policies = policies,
	};
	GENERAL_NAMES *names = NULL;
	struct hm_tpm_guard g;
	int rc;

	if (id->spki_len <= sizeof(id->spki))
		key = d2i_PUBKEY(NULL, &spki, (long)id->spki_len);
	ERR_clear_error();
	if (!key || !hm_is_p256(key))
		return hm_err_set(err, -HM_EBAD_FORMAT, "the unit's key is not P-256");
	rc = hm_idevid_alt_name(id, &names);
	if (rc)
		return rc;
	memcpy(body.serial_number, p->serial_number, 16);
	body.key = key;
	body.alt_name = names;
	rc = hm_x509_new(&body, &cert, err);
	GENERAL_NAMES_free(names);
	rc = rc ?: use(k, &g, err);
	if (rc)
		return rc;
	rc = hm_x509_sign_tpm(cert, &k->tpm, k->handle[HM_KEY_ISSUER], issuer, err);
	hm_tpm_unlock(&g);
	return rc ?: hm_x509_der(cert, ret);
}
