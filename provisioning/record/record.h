/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The identity record a unit carries. Pure (OpenSSL EVP for the one digest and the
 * one verification). What it travels in: record/carrier.h; where that lies in an
 * EEPROM: record/slots.h; in a tag: record/tag.h.
 *
 * The record is a CWT (RFC 8392) in a tagged COSE_Sign1 (RFC 9052), ES256, at most
 * HM_RECORD_MAX bytes. Claims, keys in deterministic order (docs/record.md has the
 * table): iss (1), sub (2) = serial, iat (6), cnf (8) = { 5: ckt } (RFC 9679
 * thumbprint, 32 bytes), and one claim of the private range, -65537: [ product,
 * generation, SHA-256 of the ordered anchors ]. Protected header: alg, kid (8 bytes).
 *
 * Writing, where the signature comes from a TPM:
 *	rc = hm_record_tbs(&rec, &tbs);			the bytes to sign
 *	rc = sign ES256 over tbs -> sig[64]		(r || s, big-endian)
 *	rc = hm_record_seal(&rec, sig, &cwt);
 */
#ifndef HM_RECORD_RECORD_H
#define HM_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define HM_RECORD_MAX 251

struct hm_record {
	char issuer[17];
	char serial[21];
	char product[33];
	int64_t issued_at;	/* seconds, UTC, 0 ... 2^32 - 1 */
	uint32_t generation;
	uint8_t ckt[32];	/* thumbprint of the unit's key; all zero: no cnf claim */
	uint8_t anchors[32];	/* all zero where there are none */
	uint8_t kid[8];		/* first bytes of SHA-256 of the signer's SPKI */
};

/* -HM_EEMPTY, -HM_ETOO_LONG, -HM_EBAD_CHAR (printable ASCII), -HM_EOVERFLOW (the time) */
int hm_record_tbs(const struct hm_record *rec, struct hm_buf *tbs);
int hm_record_seal(const struct hm_record *rec, const uint8_t sig[64], struct hm_buf *cwt);
/* Strict: exactly what seal() writes. 0, -HM_EBAD_FORMAT, -HM_ETOO_LONG. @ret_sig may be NULL. */
int hm_record_parse(const void *cwt, size_t len, struct hm_record *ret, uint8_t ret_sig[64]);
/*
 * A record at the start of @bytes, which may be longer: *ret_len is its size.
 * -HM_EBAD_FORMAT where none begins there; what follows is not looked at.
 */
int hm_record_measure(const void *bytes, size_t len, size_t *ret_len);
/* Parse, then verify with the signer's SubjectPublicKeyInfo (DER, P-256):
 * 0, -HM_EBAD_SIGNATURE, or what parse says. */
int hm_record_verify(const void *cwt, size_t len, const void *spki, size_t spki_len,
		     struct hm_record *ret);

/*
 * RFC 9679 thumbprint (SHA-256 over the COSE_Key with kty, crv, x, y) of a P-256
 * key given as SPKI DER.
 */
int hm_cose_thumbprint(const void *spki, size_t spki_len, uint8_t ret[32]);

/*
 * One anchor: "ek" + SHA-256, "tid" + bytes ... hashed in the order given (docs/record.md);
 * at most 16 of 1 to 64 bytes, else -EINVAL. None: all zero.
 */
struct hm_anchor {
	const char *kind;
	const void *value;
	size_t len;
};
int hm_anchors_digest(const struct hm_anchor *a, size_t n, uint8_t ret[32]);

#endif /* HM_RECORD_RECORD_H */
