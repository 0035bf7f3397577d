/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The GS1 forms of one unit, as the line needs them: a product's GTIN and a serial to
 * SGTIN-96 (EPC Tag Data Standard, 14.6.1), element string and Digital Link. The whole of
 * the standards is in epc.h, epc_plus.h, epc_gs1.h, bank.h (tags) and ai.h (codes).
 *
 *	rc = hm_sgtin_from_gtin("09521234543213", "9521234", 1, "10000000016", &s);
 *	rc = rc ?: hm_sgtin96_encode(&s, epc);
 *	rc = rc ?: hm_gs1_element("09521234543213", "10000000016", text, sizeof(text));
 *
 * Pure; codec error classes of base/error.h.
 */
#ifndef HM_GS1_GS1_H
#define HM_GS1_GS1_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gs1/epc.h"

#define HM_SGTIN96_SERIAL_MAX	274877906943ull	/* 2^38 - 1 */
#define HM_DIGITAL_LINK_MAX	128

struct hm_sgtin {
	uint32_t filter;		/* 0 ... 7 */
	char company_prefix[13];	/* 6 ... 12 digits */
	char item[8];			/* indicator digit, then the item reference */
	uint64_t serial;
};

/* @gtin: 14 digits with a good check digit, containing @company_prefix. */
int hm_sgtin_from_gtin(const char *gtin, const char *company_prefix, uint32_t filter,
		       const char *serial, struct hm_sgtin *ret);
int hm_sgtin96_encode(const struct hm_sgtin *s, uint8_t ret[12]);
int hm_sgtin96_decode(const uint8_t bytes[12], struct hm_sgtin *ret);
/* urn:epc:id:sgtin:PREFIX.ITEM.SERIAL */
int hm_sgtin_pure_uri(const struct hm_sgtin *s, char *out, size_t size);

/* "(01)GTIN(21)SERIAL": checks digits, character set (82) and lengths. */
int hm_gs1_element(const char *gtin, const char *serial, char *out, size_t size);
/* canonical https://id.gs1.org/01/GTIN/21/SERIAL, percent-encoded */
int hm_gs1_digital_link(const char *gtin, const char *serial, char *out, size_t size);

#endif /* HM_GS1_GS1_H */
