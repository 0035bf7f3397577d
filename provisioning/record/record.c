// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record itself: a CWT in a COSE_Sign1. docs/record.md has the table. */
#include "record/record.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/cbor.h"
#include "base/es256.h"

#define TAG_SIGN1	18
#define COSE_ALG	1
#define COSE_ES256	(-7)
#define COSE_KID	4
#define CLAIM_ISS	1
#define CLAIM_SUB	2
#define CLAIM_IAT	6
#define CLAIM_CNF	8
#define CNF_CKT		5
#define CLAIM_UNIT	(-65537)	/* the first of the range for private use */

#define ANCHORS_MAX	16
#define ANCHOR_LEN_MAX	64

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static int check_text(const char *text, size_t size, char least)
{
	size_t n = strnlen(text, size);

	if (!n)
		return -HM_EEMPTY;
	if (n == size)
		return -HM_ETOO_LONG;
	for (size_t i = 0; i < n; i++)
		if (text[i] < least || text[i] > '~')
			return -HM_EBAD_CHAR;
	return 0;
}

/* Printable ASCII, no spaces but in the issuer's name; a time that four bytes hold. */
static int check(const struct hm_record *rec)
{
	int rc = check_text(rec->issuer, sizeof(rec->issuer), ' ');

	if (!rc)
		rc = check_text(rec->serial, sizeof(rec->serial), '!');
	if (!rc)
		rc = check_text(rec->product, sizeof(rec->product), '!');
	if (!rc && (rec->issued_at < 0 || rec->issued_at > UINT32_MAX))
		rc = -HM_EOVERFLOW;
	return rc;
}

static int put_protected(const struct hm_record *rec, struct hm_buf *b)
{
	int rc = hm_cbor_map(b, 2);

	rc = rc ?: hm_cbor_int(b, COSE_ALG);
	rc = rc ?: hm_cbor_int(b, COSE_ES256);
	rc = rc ?: hm_cbor_int(b, COSE_KID);
	return rc ?: hm_cbor_bytes(b, rec->kid, sizeof(rec->kid));
}

static int put_claims(const struct hm_record *rec, struct hm_buf *b)
{
	bool cnf = !all_zero(rec->ckt, sizeof(rec->ckt));
	bool anchors = !all_zero(rec->anchors, sizeof(rec->anchors));
	int rc = hm_cbor_map(b, cnf ? 5 : 4);

	rc = rc ?: hm_cbor_int(b, CLAIM_ISS);
	rc = rc ?: hm_cbor_text(b, rec->issuer);
	rc = rc ?: hm_cbor_int(b, CLAIM_SUB);
	rc = rc ?: hm_cbor_text(b, rec->serial);
	rc = rc ?: hm_cbor_int(b, CLAIM_IAT);
	rc = rc ?: hm_cbor_int(b, rec->issued_at);
	if (cnf) {
		rc = rc ?: hm_cbor_int(b, CLAIM_CNF);
		rc = rc ?: hm_cbor_map(b, 1);
		rc = rc ?: hm_cbor_int(b, CNF_CKT);
		rc = rc ?: hm_cbor_bytes(b, rec->ckt, sizeof(rec->ckt));
	}
	rc = rc ?: hm_cbor_int(b, CLAIM_UNIT);
	rc = rc ?: hm_cbor_array(b, anchors ? 3 : 2);
	rc = rc ?: hm_cbor_text(b, rec->product);
	rc = rc ?: hm_cbor_uint(b, rec->generation);
	if (anchors)
		rc = rc ?: hm_cbor_bytes(b, rec->anchors, sizeof(rec->anchors));
	return rc;
}

#define PROTECTED_MAX	16
#define WORK_MAX	(2 * HM_RECORD_MAX)	/* while it is put together; what is too long is refused at the end */

/* The two byte strings that are signed and carried. */
struct parts {
	uint8_t protected_room[PROTECTED_MAX + 1], claims_room[WORK_MAX + 1];
	struct hm_buf protected, claims;
};

static int make_parts(const struct hm_record *rec, struct parts *p)
{
	int rc = check(rec);

	p->protected = (struct hm_buf)HM_BUF_ON(p->protected_room);
	p->claims = (struct hm_buf)HM_BUF_ON(p->claims_room);
	rc = rc ?: put_protected(rec, &p->protected);
	return rc ?: put_claims(rec, &p->claims);
}

/* Append all of @from or nothing. */
static int give(const struct hm_buf *from, struct hm_buf *to)
{
	return hm_buf_add(to, from->data, from->len);
}

/* RFC 9052, 4.4: Sig_structure = [ "Signature1", protected, external_aad, payload ] */
int hm_record_tbs(const struct hm_record *rec, struct hm_buf *tbs)
{
	uint8_t room[WORK_MAX + 1];
	struct hm_buf b = HM_BUF_ON(room);
	struct parts p;
	int rc = make_parts(rec, &p);

	rc = rc ?: hm_cbor_array(&b, 4);
	rc = rc ?: hm_cbor_text(&b, "Signature1");
	rc = rc ?: hm_cbor_bytes(&b, p.protected.data, p.protected.len);
	rc = rc ?: hm_cbor_bytes(&b, "", 0);
	rc = rc ?: hm_cbor_bytes(&b, p.claims.data, p.claims.len);
	return rc ?: give(&b, tbs);
}

int hm_record_seal(const struct hm_record *rec, const uint8_t sig[64], struct hm_buf *cwt)
{
	uint8_t room[WORK_MAX + 1];
	struct hm_buf b = HM_BUF_ON(room);
	struct parts p;
	int rc = make_parts(rec, &p);

	rc = rc ?: hm_cbor_tag(&b, TAG_SIGN1);
	rc = rc ?: hm_cbor_array(&b, 4);
	rc = rc ?: hm_cbor_bytes(&b, p.protected.data, p.protected.len);
	rc = rc ?: hm_cbor_map(&b, 0);
	rc = rc ?: hm_cbor_bytes(&b, p.claims.data, p.claims.len);
	rc = rc ?: hm_cbor_bytes(&b, sig, 64);
	if (rc)
		return rc;
	/* limits of the members and of the time add up to this; a test holds us to it */
	assert(b.len <= HM_RECORD_MAX);
	return give(&b, cwt);
}

/* --- reading --- */

/*
 * These read the values that the members of a record hold, and no more: how many pairs a map
 * says it has, which algorithm, a number that is cut to 32 bits, all this shows when what
 * was read is written once more.
 */
static int parse_protected(const uint8_t *bytes, size_t len, struct hm_record *rec)
{
	struct hm_cbor_r r;
	int64_t alg;
	size_t pairs;
	int rc;

	hm_cbor_r_init(&r, bytes, len);
	rc = hm_cbor_r_map(&r, &pairs);
	rc = rc ?: hm_cbor_r_ikey(&r, COSE_ALG);
	rc = rc ?: hm_cbor_r_int(&r, &alg);
	rc = rc ?: hm_cbor_r_ikey(&r, COSE_KID);
	rc = rc ?: hm_cbor_r_fixed(&r, rec->kid, sizeof(rec->kid));
	return rc ?: hm_cbor_r_end(&r);
}

static int parse_unit(struct hm_cbor_r *r, struct hm_record *rec)
{
	uint64_t generation;
	size_t items;
	int rc = hm_cbor_r_ikey(r, CLAIM_UNIT);

	rc = rc ?: hm_cbor_r_array(r, &items);
	rc = rc ?: hm_cbor_r_text(r, rec->product, sizeof(rec->product));
	rc = rc ?: hm_cbor_r_uint(r, &generation);
	if (rc)
		return rc;
	rec->generation = (uint32_t)generation;
	return items == 3 ? hm_cbor_r_fixed(r, rec->anchors, sizeof(rec->anchors)) : 0;
}

static int parse_claims(const uint8_t *bytes, size_t len, struct hm_record *rec)
{
	struct hm_cbor_r r;
	size_t pairs, one;
	int rc;

	hm_cbor_r_init(&r, bytes, len);
	rc = hm_cbor_r_map(&r, &pairs);
	rc = rc ?: hm_cbor_r_ikey(&r, CLAIM_ISS);
	rc = rc ?: hm_cbor_r_text(&r, rec->issuer, sizeof(rec->issuer));
	rc = rc ?: hm_cbor_r_ikey(&r, CLAIM_SUB);
	rc = rc ?: hm_cbor_r_text(&r, rec->serial, sizeof(rec->serial));
	rc = rc ?: hm_cbor_r_ikey(&r, CLAIM_IAT);
	rc = rc ?: hm_cbor_r_int(&r, &rec->issued_at);
	if (!rc && pairs == 5) {
		rc = hm_cbor_r_ikey(&r, CLAIM_CNF);
		rc = rc ?: hm_cbor_r_map(&r, &one);
		rc = rc ?: hm_cbor_r_ikey(&r, CNF_CKT);
		rc = rc ?: hm_cbor_r_fixed(&r, rec->ckt, sizeof(rec->ckt));
	}
	rc = rc ?: parse_unit(&r, rec);
	return rc ?: hm_cbor_r_end(&r);
}

int hm_record_parse(const void *cwt, size_t len, struct hm_record *ret, uint8_t ret_sig[64])
{
	uint8_t room[HM_RECORD_MAX + 1];
	struct hm_buf again = HM_BUF_ON(room);
	struct hm_record rec = { .generation = 0 };
	const uint8_t *protected, *claims;
	size_t protected_len, claims_len, n;
	struct hm_cbor_r r;
	uint8_t sig[64];
	uint64_t tag;
	int rc;

	if (len > HM_RECORD_MAX)
		return -HM_ETOO_LONG;
	hm_cbor_r_init(&r, cwt, len);
	rc = hm_cbor_r_tag(&r, &tag);
	rc = rc ?: hm_cbor_r_array(&r, &n);
	rc = rc ?: hm_cbor_r_bytes(&r, &protected, &protected_len);
	rc = rc ?: hm_cbor_r_map(&r, &n);
	rc = rc ?: hm_cbor_r_bytes(&r, &claims, &claims_len);
	rc = rc ?: hm_cbor_r_fixed(&r, sig, sizeof(sig));
	rc = rc ?: hm_cbor_r_end(&r);
	rc = rc ?: parse_protected(protected, protected_len, &rec);
	rc = rc ?: parse_claims(claims, claims_len, &rec);
	if (rc)
		return rc;
	/*
	 * One record, one encoding: what seal() would not write is not a record,
	 * whatever detail the reader above let pass.
	 */
	rc = hm_record_seal(&rec, sig, &again);
	if (rc == -ENOMEM)
		return rc;
	if (rc || again.len != len || memcmp(again.data, cwt, len))
		return -HM_EBAD_FORMAT;
	*ret = rec;
	if (ret_sig)
		memcpy(ret_sig, sig, sizeof(sig));
	return 0;
}

int hm_record_measure(const void *bytes, size_t len, size_t *ret_len)
{
	struct hm_cbor_r r;
	uint64_t tag;
	int rc;

	/* no record is longer: whatever lies behind is not even looked at */
	hm_cbor_r_init(&r, bytes, len < HM_RECORD_MAX ? len : HM_RECORD_MAX);
	rc = hm_cbor_r_tag(&r, &tag);
	rc = rc ?: hm_cbor_r_skip(&r);
	if (rc || tag != TAG_SIGN1)
		return -HM_EBAD_FORMAT;
	*ret_len = r.pos;
	return 0;
}

/* --- keys --- */

static void pkey_free(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

#define _cleanup_pkey_ __attribute__((cleanup(pkey_free)))

/* A P-256 key from exactly @len bytes of SubjectPublicKeyInfo; NULL for anything else. */
static EVP_PKEY *p256_key(const void *spki, size_t len)
{
	const uint8_t *p = spki;
	EVP_PKEY *k;
	char group[32];
	size_t n;

	if (len > 1024)
		return NULL;
	k = d2i_PUBKEY(NULL, &p, (long)len);
	if (k && p == (const uint8_t *)spki + len && EVP_PKEY_is_a(k, "EC") &&
	    EVP_PKEY_get_group_name(k, group, sizeof(group), &n) == 1 && !strcmp(group, "prime256v1"))
		return k;
	EVP_PKEY_free(k);
	return NULL;
}

int hm_record_verify(const void *cwt, size_t len, const void *spki, size_t spki_len,
		     struct hm_record *ret)
{
	uint8_t room[WORK_MAX + 1];
	struct hm_buf tbs = HM_BUF_ON(room);
	_cleanup_pkey_ EVP_PKEY *key = NULL;
	struct hm_record rec;
	uint8_t sig[64], digest[32];
	int rc = hm_record_parse(cwt, len, &rec, sig);

	if (rc)
		return rc;
	key = p256_key(spki, spki_len);
	if (!key)
		return -HM_EBAD_FORMAT;
	if (EVP_Digest(spki, spki_len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	/* it names another key: no use in trying this one */
	if (memcmp(digest, rec.kid, sizeof(rec.kid)))
		return -HM_EBAD_SIGNATURE;
	rc = hm_record_tbs(&rec, &tbs);
	rc = rc ?: hm_es256_verify(key, tbs.data, tbs.len, sig);
	if (!rc)
		*ret = rec;
	return rc;
}

static int coordinate(EVP_PKEY *key, const char *name, uint8_t out[32])
{
	BIGNUM *n = NULL;
	int good = EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_bn2binpad(n, out, 32) == 32;

	BN_free(n);
	return good ? 0 : -HM_EBAD_FORMAT;
}

int hm_cose_thumbprint(const void *spki, size_t spki_len, uint8_t ret[32])
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(128);
	_cleanup_pkey_ EVP_PKEY *key = p256_key(spki, spki_len);
	uint8_t x[32], y[32], digest[32];
	int rc;

	if (!key)
		return -HM_EBAD_FORMAT;
	rc = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x);
	rc = rc ?: coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
	/* RFC 9679, 4: only what the key needs, in deterministic order: kty EC2, crv P-256, x, y */
	rc = rc ?: hm_cbor_map(&b, 4);
	rc = rc ?: hm_cbor_int(&b, 1);
	rc = rc ?: hm_cbor_int(&b, 2);
	rc = rc ?: hm_cbor_int(&b, -1);
	rc = rc ?: hm_cbor_int(&b, 1);
	rc = rc ?: hm_cbor_int(&b, -2);
	rc = rc ?: hm_cbor_bytes(&b, x, sizeof(x));
	rc = rc ?: hm_cbor_int(&b, -3);
	rc = rc ?: hm_cbor_bytes(&b, y, sizeof(y));
	if (!rc && EVP_Digest(b.data, b.len, digest, NULL, EVP_sha256(), NULL) != 1)
		rc = -ENOMEM;
	if (!rc)
		memcpy(ret, digest, sizeof(digest));
	return rc;
}

int hm_anchors_digest(const struct hm_anchor *a, size_t n, uint8_t ret[32])
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(ANCHORS_MAX * (ANCHOR_LEN_MAX + 32));
	uint8_t digest[32];
	int rc;

	if (n > ANCHORS_MAX)
		return -EINVAL;
	if (!n) {
		memset(ret, 0, 32);
		return 0;
	}
	rc = hm_cbor_array(&b, n);
	for (size_t i = 0; i < n && !rc; i++) {
		size_t kind = strlen(a[i].kind);

		if (kind < 1 || kind > 16 || a[i].len < 1 || a[i].len > ANCHOR_LEN_MAX)
			return -EINVAL;
		rc = hm_cbor_array(&b, 2);
		rc = rc ?: hm_cbor_text(&b, a[i].kind);
		rc = rc ?: hm_cbor_bytes(&b, a[i].value, a[i].len);
	}
	if (!rc && EVP_Digest(b.data, b.len, digest, NULL, EVP_sha256(), NULL) != 1)
		rc = -ENOMEM;
	if (!rc)
		memcpy(ret, digest, sizeof(digest));
	return rc;
}
