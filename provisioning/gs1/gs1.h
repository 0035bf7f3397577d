/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The GS1 forms of one unit, as the line needs them: a product's GTIN and a serial to
 * EPC, element string and Digital Link. The whole of the standards is in epc.h,
 * epc_plus.h, epc_gs1.h, bank.h (tags) and ai.h (codes).
 *
 *	rc = hm_gs1_epc("sgtin-198", "09521234543213", 7, 1, "7Q2KXW0M", &epc);
 *	rc = rc ?: hm_gs1_element("09521234543213", "7Q2KXW0M", text, sizeof(text));
 *
 * Pure; codec error classes of base/error.h.
 */
#ifndef HM_GS1_GS1_H
#define HM_GS1_GS1_H

#include <stddef.h>
#include <stdint.h>

#include "base/epc.h"
#include "base/error.h"

#define HM_DIGITAL_LINK_MAX	128

/*
 * GTIN (14 digits with a good check digit) and serial as an EPC of @scheme, "sgtin-96",
 * "sgtin-198" or "sgtin+". sgtin-96: digits, -HM_ENOT_NUMERIC, -HM_ELEADING_ZERO,
 * -HM_EOVERFLOW above 274877906943; the others: whatever AI 21 takes. A scheme that holds
 * other things: -HM_EMISSING_AI, -HM_EBAD_URI; none at all: -HM_EUNKNOWN_SCHEME.
 * @prefix_len: digits of the company prefix, 6 to 12 (-HM_EBAD_PREFIX_LENGTH); no matter to sgtin+.
 * @filter: -HM_EBAD_FILTER above 7.
 */
int hm_gs1_epc(const char *scheme, const char *gtin, unsigned int prefix_len, unsigned int filter,
	       const char *serial, struct hm_epc *ret);

/* "(01)GTIN(21)SERIAL": checks digits, character set (82) and lengths. */
int hm_gs1_element(const char *gtin, const char *serial, char *out, size_t size);
/* canonical https://id.gs1.org/01/GTIN/21/SERIAL, percent-encoded */
int hm_gs1_digital_link(const char *gtin, const char *serial, char *out, size_t size);

#endif /* HM_GS1_GS1_H */
