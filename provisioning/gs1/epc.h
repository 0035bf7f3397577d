/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Electronic Product Codes: the 22 binary schemes of the EPC Tag Data Standard 1.13,
 * section 14, between their three forms.
 *
 *	tag URI		urn:epc:tag:sgtin-96:3.0614141.812345.6789
 *	memory		3074257BF7194E4000001A85 (hexadecimal, whole words of 16 bits)
 *	pure identity	urn:epc:id:sgtin:0614141.812345.6789
 *
 *	char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE];
 *
 *	rc = hm_epc_encode("urn:epc:tag:sgtin-96:3.0614141.812345.6789", hex, sizeof(hex));
 *	rc = hm_epc_decode(hex, uri, sizeof(uri));
 *	rc = hm_epc_to_pure(uri, strlen(uri), pure, sizeof(pure));
 *	rc = hm_epc_from_pure(pure, strlen(pure), HM_EPC_ANY, 3, uri, sizeof(uri));
 *
 * Nothing is allocated, nothing is copied twice, and every function is a pure one: the
 * same bytes in, the same bytes or the same -HM_E* out. Outputs are untouched on failure.
 * What is refused is what the standard says cannot be: a URI or a memory image that
 * comes through is the only one for its identity (but for the case of hexadecimal
 * digits), so decode(encode(x)) = x and encode(decode(h)) = h.
 *
 * Memory that is no EPC of a known scheme still has a URI, urn:epc:raw:N.xHEX (TDS 12.4):
 * hm_epc_raw() makes it, hm_epc_encode() takes it back. hm_epc_decode() never falls back
 * to it by itself, because a caller who asks for an identity must hear that there is none.
 *
 * The "+" schemes of TDS 2.x have no tag URI; they are in epc_plus.h.
 */
#ifndef HM_GS1_EPC_H
#define HM_GS1_EPC_H

#include <stddef.h>
#include <stdint.h>

#include "base/epc.h"
#include "base/error.h"

/* The longest tag URI is an adi-var with every character escaped. */
#define HM_EPC_URI_MAX		255u
#define HM_EPC_URI_SIZE		(HM_EPC_URI_MAX + 1)

enum hm_epc_scheme {
	HM_EPC_SGTIN_96, HM_EPC_SGTIN_198, HM_EPC_SSCC_96, HM_EPC_SGLN_96, HM_EPC_SGLN_195,
	HM_EPC_GRAI_96, HM_EPC_GRAI_170, HM_EPC_GIAI_96, HM_EPC_GIAI_202, HM_EPC_GSRN_96,
	HM_EPC_GSRNP_96, HM_EPC_GDTI_96, HM_EPC_GDTI_113, HM_EPC_GDTI_174, HM_EPC_SGCN_96,
	HM_EPC_CPI_96, HM_EPC_CPI_VAR, HM_EPC_ITIP_110, HM_EPC_ITIP_212, HM_EPC_GID_96,
	HM_EPC_USDOD_96, HM_EPC_ADI_VAR,
	HM_EPC_SCHEMES,
	/* for hm_epc_from_pure(): the shortest scheme that holds the identity */
	HM_EPC_ANY = HM_EPC_SCHEMES,
};

/* "sgtin-96"; and the scheme of a name, or -HM_EUNKNOWN_SCHEME. */
const char *hm_epc_scheme_name(enum hm_epc_scheme scheme);
int hm_epc_scheme_find(const char *name, size_t len, enum hm_epc_scheme *ret);

/*
 * A tag URI (or a raw one) to upper-case hexadecimal, padded with zero bits to a word.
 * -HM_EBAD_URI: not of the form at all, or a part too many or too few;
 * -HM_EUNKNOWN_SCHEME; else what is wrong with the first bad part.
 */
int hm_epc_encode(const char *uri, char *hex, size_t size);
int hm_epc_encode_n(const char *uri, size_t len, char *hex, size_t size);

/*
 * Hexadecimal of either case to the tag URI. Bits past the scheme's length are dropped,
 * as a reader delivers whole words. -HM_EUNPROGRAMMED (header 00), -HM_EUNKNOWN_HEADER,
 * -HM_EBAD_LENGTH (shorter than the scheme), -HM_EBAD_PARTITION, -HM_EOVERFLOW (more
 * than the digits allow), -HM_ERESERVED_NONZERO, -HM_EEMPTY, -HM_EBAD_CHAR (a character
 * outside the set, or one behind the end of a string), -HM_ENO_TERMINATOR, -HM_ETOO_LONG.
 */
int hm_epc_decode(const char *hex, char *uri, size_t size);
int hm_epc_decode_n(const char *hex, size_t len, char *uri, size_t size);

/* urn:epc:raw:N.xHEX of any memory image of whole words; -HM_EBAD_LENGTH otherwise. */
int hm_epc_raw(const char *hex, size_t len, char *uri, size_t size);

/* A tag URI's identity: the filter and the width are left behind. Checks all of it. */
int hm_epc_to_pure(const char *uri, size_t len, char *out, size_t size);
/*
 * A pure identity URI to the tag URI of @scheme (which must be one for this identity,
 * else -HM_EBAD_URI; an identity that is not known: -HM_EUNKNOWN_SCHEME) with @filter. gid has no filter: it must be 0.
 */
int hm_epc_from_pure(const char *pure, size_t len, enum hm_epc_scheme scheme, unsigned int filter,
		     char *out, size_t size);

#endif /* HM_GS1_EPC_H */
