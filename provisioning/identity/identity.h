/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TPM 2.0 and X.509: the station's keys, a unit's identity, quotes. The only room
 * that includes tss2. A context carries its own lock: its functions may be called
 * from any thread, one command sequence at a time.
 *
 * The station (made once by hm_keys_create(), opened at every start):
 *
 *   ek      the TPM's endorsement key; its certificate checked against the EK
 *           roots at creation, and the AK's credential activated with it
 *   ak      restricted P-256 signing key in the endorsement hierarchy: quotes
 *           (others than endorsement see an obfuscated resetCount)
 *   sign    P-256, TPM-resident: records and the checkpoint's second signature
 *   issuer  P-256, TPM-resident: the issuing CA that signs IDevID certificates
 *   log     Ed25519; its seed is sealed in the TPM, unsealed to sign
 *
 * Beside the TPM lives a directory (0700) with public things and sealed blobs:
 * root.pem issuer.pem sign.pem ak.pem ek.pem log.pub log.sealed (names are the
 * room's own). With @demo the room also makes the factory's root CA there, a
 * software key in ca/root.key (0600), which signs issuer, sign and ak.
 *
 * A unit (hm_dut): its EK and EK certificate are its anchor; IAK and IDevID are
 * primary keys of the endorsement hierarchy after TCG's templates (P-256, H-2);
 * the IDevID is certified by the IAK, the IAK's credential is activated with the
 * EK, and only then a certificate is issued.
 *
 * Errors: -HM_ENO_TPM (nothing answers), -HM_ETPM_FAILED (an error code or failure
 * mode; the line says which), -HM_EUNTRUSTED (a chain that does not end in a root,
 * a key that is not what was certified), -HM_ENOT_INITIALISED, -HM_EALREADY.
 */
#ifndef HM_IDENTITY_IDENTITY_H
#define HM_IDENTITY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct hm_keys;
struct hm_dut;

struct hm_keys_params {
	const char *tcti;	/* tpm2-tss TCTI, e.g. "device:/dev/tpmrm0" */
	const char *dir;	/* absolute */
	const char *station;	/* station id, into the certificates' subjects */
	const char *ek_roots;	/* PEM file (or PEM text) of trusted EK roots */
	bool demo;		/* make the factory root CA too */
	int64_t now;		/* notBefore */
};

/* Nothing is left behind on failure. -HM_EALREADY where @dir has keys. */
int hm_keys_create(const struct hm_keys_params *p, struct hm_err *err);
int hm_keys_open(const char *tcti, const char *dir, struct hm_keys **ret, struct hm_err *err);
void hm_keys_close(struct hm_keys *k);

/* Does the TPM answer, and is it this station's? For `station check`. */
int hm_keys_check(struct hm_keys *k, struct hm_err *err);

/* ES256 by the sign key over SHA-256 of @msg: r || s. */
int hm_keys_sign(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64],
		 struct hm_err *err);
/* The same as DER (ECDSA-Sig-Value), for the checkpoint's second signature. */
int hm_keys_sign_der(struct hm_keys *k, const void *msg, size_t len, struct hm_buf *ret,
		     struct hm_err *err);
int hm_keys_sign_log(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64],
		     struct hm_err *err);

/*
 * 32 bytes that only this TPM gives back, sealed under its storage hierarchy: the blob
 * is worthless anywhere else, or after tpm2_clear (-HM_ETPM_FAILED, -HM_EBAD_FORMAT).
 */
int hm_keys_seal(struct hm_keys *k, const uint8_t secret[32], struct hm_buf *ret, struct hm_err *err);
int hm_keys_unseal(struct hm_keys *k, const void *blob, size_t len, uint8_t ret_secret[32],
		   struct hm_err *err);

enum hm_cert { HM_CERT_ROOT, HM_CERT_ISSUER, HM_CERT_SIGN, HM_CERT_AK, HM_CERT_EK };
/* DER, owned by @k. */
int hm_keys_cert(struct hm_keys *k, enum hm_cert which, const uint8_t **ret, size_t *ret_len);
/* SubjectPublicKeyInfo of the sign key, DER, owned by @k; and kid[8]. */
int hm_keys_spki(struct hm_keys *k, const uint8_t **ret, size_t *ret_len);
void hm_keys_kid(const struct hm_keys *k, uint8_t ret[8]);
void hm_keys_log_public(const struct hm_keys *k, uint8_t ret[32]);

/*
 * A quote over @pcr (SHA-256 bank) with @nonce. attest is TPMS_ATTEST, sig is
 * TPMT_SIGNATURE, both marshalled, as tpm2_checkquote -m and -s read them.
 */
struct hm_quote {
	uint8_t attest[1024];
	size_t attest_len;
	uint8_t sig[512];
	size_t sig_len;
	uint8_t pcr_value[32];
};
int hm_keys_quote(struct hm_keys *k, uint32_t pcr, const uint8_t nonce[32], struct hm_quote *ret,
		  struct hm_err *err);

/* What a quote says once its signature verified (no TPM needed). */
struct hm_quote_facts {
	uint8_t nonce[32];
	uint8_t pcr_digest[32];	/* SHA-256 over the one quoted PCR */
	uint32_t pcr;
	uint64_t clock;
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;
};
/*
 * @ak_cert_der must be for attestation (extendedKeyUsage 2.23.133.8.3); whether it
 * chains to a root is hm_cert_verify()'s question.
 */
int hm_quote_verify(const void *attest, size_t attest_len, const void *sig, size_t sig_len,
		    const void *ak_cert_der, size_t ak_cert_len, struct hm_quote_facts *ret,
		    struct hm_err *err);

/* --- a unit's TPM --- */

int hm_dut_open(const char *tcti, struct hm_dut **ret, struct hm_err *err);
void hm_dut_close(struct hm_dut *d);
/* SHA-256 of the EK's public area (TPMT_PUBLIC, marshalled): the anchor. Quick:
 * done again right before every write. */
int hm_dut_ek(struct hm_dut *d, uint8_t ret_sha256[32], struct hm_err *err);

struct hm_dut_identity {
	uint8_t ek_sha256[32];		/* as hm_dut_ek() */
	uint8_t spki[128];		/* IDevID key, SubjectPublicKeyInfo DER */
	size_t spki_len;
	uint8_t spki_sha256[32];
	char hw_serial[128];		/* for hardwareModuleName (docs/identity.md) */
	uint8_t ek_cert_sha256[32];
};
/*
 * The whole proof: EK certificate against @ek_roots_pem, certified EK == EK in
 * use, IAK and IDevID attributes and names, IDevID certified by IAK, MakeCredential
 * here and ActivateCredential there. All checks of docs/identity.md. @ek_roots_pem
 * is a PEM file's name, or PEM text.
 */
int hm_dut_prove(struct hm_dut *d, const char *ek_roots_pem, struct hm_dut_identity *ret,
		 struct hm_err *err);

/*
 * IDevID certificate (IEEE 802.1AR, docs/identity.md) for a proven identity,
 * signed by the issuer key. @serial_number: 16 bytes, chosen and stored by the
 * caller before anything leaves; the top bit is cleared here. DER appended to @ret.
 */
struct hm_idevid_params {
	const char *serial;		/* subject serialNumber */
	const char *part_number;	/* subject CN */
	uint8_t serial_number[16];
	int64_t now;
};
int hm_keys_issue_idevid(struct hm_keys *k, const struct hm_dut_identity *id,
			 const struct hm_idevid_params *p, struct hm_buf *ret, struct hm_err *err);

/* --- certificates without a TPM (default library context only) --- */

/* @leaf chains to @root through the @n @intermediates (at most 8), at @now or at any time (0). */
struct hm_der {
	const uint8_t *bytes;
	size_t len;
};
int hm_cert_verify(struct hm_der leaf, const struct hm_der *intermediates, size_t n,
		   struct hm_der root, int64_t now, struct hm_err *err);
/* SPKI DER of a certificate appended to @ret; subject serialNumber into @serial (may be NULL). */
int hm_cert_spki(struct hm_der cert, struct hm_buf *ret, char *serial, size_t serial_size);
int hm_cert_to_pem(struct hm_der cert, struct hm_buf *ret);
/* First certificate in a PEM text to DER. */
int hm_cert_from_pem(const char *pem, size_t len, struct hm_buf *ret);

#endif /* HM_IDENTITY_IDENTITY_H */
