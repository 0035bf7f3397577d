/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AI 8030 as this project fills it: an ECDSA P-256 signature with SHA-256 over the other
 * elements, r || s as 86 characters of base64url. Whoever scans the code can check it with
 * the brand owner's public key and nothing else. The AI's own content, ISO/IEC 20248, names
 * a certificate and needs a domain authority; a value of another length is not judged here.
 *
 *	rc = hm_gs1_signed_text(&e, text, sizeof(text));	what is signed
 *	... ES256 over the bytes of @text -> sig[64] ...
 *	hm_gs1_signature_text(sig, value);
 *	rc = hm_gs1_add(&e, "8030", value, strlen(value), &err);
 *
 *	rc = hm_gs1_signature(&e, sig);				and back
 *
 * The text is "(8030)" and the bracketed elements but 8030, in the order of their AIs:
 * (8030)(01)09521234543213(21)7. So a label, a scan and a Digital Link, which have them in
 * other orders, have one signature; and no other signature of the house is over a text
 * that begins so.
 */
#ifndef HM_GS1_SIGNATURE_H
#define HM_GS1_SIGNATURE_H

#include "gs1/ai.h"

#define HM_GS1_SIGNATURE_LEN	64u
#define HM_GS1_SIGNATURE_TEXT	86u

/* -HM_EMISSING_AI: nothing to sign; -HM_ETOO_LONG */
int hm_gs1_signed_text(const struct hm_elements *e, char *out, size_t size);
void hm_gs1_signature_text(const uint8_t sig[HM_GS1_SIGNATURE_LEN], char out[HM_GS1_SIGNATURE_TEXT + 1]);
/*
 * -HM_EMISSING_AI: no 8030; -HM_EBAD_LENGTH: not one of 64 bytes; -HM_EBAD_CHAR: not the one
 * way to write its bytes.
 */
int hm_gs1_signature(const struct hm_elements *e, uint8_t ret[HM_GS1_SIGNATURE_LEN]);

#endif /* HM_GS1_SIGNATURE_H */
