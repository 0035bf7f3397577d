/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The identity record a unit carries, and its carrier. Pure (OpenSSL EVP for the
 * one digest and the one verification).
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

/*
 * ONIE TlvInfo (facts: "TlvInfo\0", version 1, BE16 length, TLVs, CRC-32 last).
 * 21 product, 22 part number, 23 serial, 25 date, 2B manufacturer, FD vendor
 * extension: IANA PEN (4 bytes BE) then the CWT.
 */
#define HM_ONIE_MAX	2048
#define HM_ONIE_PEN	32473u	/* the documentation PEN of RFC 5612, until we hold our own */

struct hm_onie {
	char product[65];
	char part_number[65];
	char serial[65];
	char date[20];		/* "MM/DD/YYYY HH:MM:SS" */
	char manufacturer[65];
	uint8_t cwt[HM_RECORD_MAX];
	size_t cwt_len;		/* 0: there is none of ours */
};

/* Empty members leave no TLV. -HM_ETOO_LONG, -HM_EBAD_CHAR, -HM_EBAD_DATE. */
int hm_onie_build(const struct hm_onie *in, struct hm_buf *out);
/*
 * Reads one TlvInfo at the start of @bytes (which may be longer). *ret_len: its size.
 * TLVs that we have no member for are stepped over. Whether the cwt is a record is
 * for hm_record_parse() to say.
 */
int hm_onie_parse(const void *bytes, size_t len, struct hm_onie *ret, size_t *ret_len,
		  struct hm_err *err);
/* Seconds to ONIE's date. */
void hm_onie_date(int64_t t, char out[20]);

/*
 * Two slots: A at 0, where other people's readers look, B in the middle of the
 * EEPROM. B is written first, then A is invalidated (its first byte), its body
 * written, its first byte restored last: at every moment one of them is whole.
 */
struct hm_slots {
	uint32_t a, b;		/* byte offsets */
	uint32_t size;		/* of one slot */
};
/* @eeprom_size: a power of two, 1024 ... 65536, else -HM_EBAD_LENGTH. */
int hm_slots_plan(uint32_t eeprom_size, struct hm_slots *ret);

/* One write of a plan: @offset, bytes of the image, what it is for. */
struct hm_slot_write {
	uint32_t offset;
	const uint8_t *bytes;
	uint32_t len;
	const char *purpose;	/* "slot-b" "invalidate" "body" "first-byte" */
};
#define HM_SLOT_WRITES 4
/* The image (a whole TlvInfo) goes into four writes, in order. @image must outlive @ret. */
int hm_slots_writes(const struct hm_slots *s, const uint8_t *image, size_t len,
		    struct hm_slot_write ret[static HM_SLOT_WRITES]);

enum hm_slot_state {
	HM_SLOT_BLANK,		/* all FF (or all 00) */
	HM_SLOT_OURS,		/* a whole TlvInfo, and the CWT in it is a record (not verified)
				 * of the same serial */
	HM_SLOT_TORN,		/* neither: cut, invalidated or damaged, but begun by us: the
				 * rules are in docs/record.md */
	HM_SLOT_FOREIGN,	/* something else */
};
/*
 * What an EEPROM holds. A torn slot counts as ours to overwrite only where the
 * caller holds an intent for this very unit; to anybody else it is foreign.
 */
struct hm_eeprom_view {
	enum hm_slot_state a, b;
	struct hm_onie onie_a, onie_b;	/* where OURS */
};
/* @image: the whole EEPROM, else -HM_ETOO_SHORT. */
int hm_eeprom_view(const uint8_t *image, size_t len, const struct hm_slots *s,
		   struct hm_eeprom_view *ret);

#endif /* HM_RECORD_RECORD_H */
