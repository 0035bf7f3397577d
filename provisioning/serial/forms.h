/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A serial as the world outside the factory reads it: with who issued it in front, as a
 * data identifier, as a link. Pure; both ways.
 *
 *	struct hm_issuer who;
 *	char out[HM_UII_MAX + 1];
 *
 *	rc = hm_issuer_set(&who, "UN", "123456789");		D-U-N-S
 *	rc = hm_uii_make(&who, "A7-0001", out, sizeof(out));	"UN123456789A7-0001"
 *	rc = hm_di25s_make(&who, "A7-0001", out, sizeof(out));	"25SUN123456789A7-0001"
 *	rc = hm_link_make("https://id.example.com/s/", "A7-0001", link, sizeof(link));
 *
 * ISO/IEC 15459: an issuing agency's code (1 to 3 capital letters or digits of the register
 * that AIM keeps; a digit stands alone and is GS1's), the company's number with that
 * agency, the serial: unique in the world, at most 50 characters together, capital
 * letters, digits and "-". 25S is the data identifier of just that (ANSI MH10.8.2). There
 * is no mark between the three, so that reading takes the issuer as known.
 *
 * IEC 61406-1: a link as identity of one physical unit. What is checked of it here: https
 * and a host, at most 255 characters, the characters of RFC 3986 without a fragment and
 * without escapes, and that it ends with the serial; and, since no two links may differ
 * in case alone, no small letters in the serial. That it leads somewhere, and is never
 * given to another unit, is its owner's business.
 *
 * Errors: -HM_EEMPTY, -HM_EBAD_CHAR, -HM_EBAD_LENGTH (agency), -HM_ETOO_LONG (the whole, or
 * @size), -HM_EBAD_URI (the link's base), and reading -HM_EBAD_FORMAT for somebody else's.
 */
#ifndef HM_SERIAL_FORMS_H
#define HM_SERIAL_FORMS_H

#include <stddef.h>

#include "serial/serial.h"

#define HM_IAC_MAX	3
#define HM_CIN_MAX	30
#define HM_UII_MAX	50
#define HM_LINK_MAX	255

struct hm_issuer {
	char iac[HM_IAC_MAX + 1];
	char cin[HM_CIN_MAX + 1];
};

int hm_issuer_set(struct hm_issuer *ret, const char *iac, const char *cin);

/* ISO/IEC 15459: IAC CIN serial; with the data identifier 25S in front. */
int hm_uii_make(const struct hm_issuer *who, const char *serial, char *out, size_t size);
int hm_di25s_make(const struct hm_issuer *who, const char *serial, char *out, size_t size);
/* The serial in one of @who's. */
int hm_uii_read(const struct hm_issuer *who, const char *text, char ret[HM_SERIAL_MAX + 1]);
int hm_di25s_read(const struct hm_issuer *who, const char *text, char ret[HM_SERIAL_MAX + 1]);

/* May links begin so? It ends with one of / = - . : and the serial follows. */
int hm_link_base_check(const char *base);
int hm_link_make(const char *base, const char *serial, char *out, size_t size);
int hm_link_read(const char *base, const char *text, char ret[HM_SERIAL_MAX + 1]);

#endif /* HM_SERIAL_FORMS_H */
