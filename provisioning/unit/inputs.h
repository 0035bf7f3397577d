/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a label says, formed of the identity alone: product file, serial, lot and the day
 * on which the unit was made. The engine forms it to print, the audit to compare, the
 * command line to show; all the same bytes.
 *
 *	struct hm_made made = { serial, lot, time };
 *
 *	rc = hm_unit_inputs(&product, &made, &inputs, epc, &err);
 *	n = hm_label_fields(&inputs, fields);
 *
 * Always: serial gtin part_number manufacturer product lot epc_hex element digital_link.
 * Where the product file asks for it:
 *
 *	gs1, gs1_text	[label] elements = 01 17 10 21: those element strings in that order, with
 *			^ for each FNC1 and for people, in brackets. 01 GTIN, 10 lot, 11 made,
 *			15 17 expiry, 21 serial, 240 part number
 *	envelope	[label] identifiers = 1P S 1T: the message of ISO/IEC 15434, format 06,
 *			with its control characters. P 1P part number, S serial, 1T lot, 25S and
 *			18V identity and issuer of ISO/IEC 15459, 16D made, 14D expiry, Q one
 *	made, expiry	YYYY-MM-DD, where elements or identifiers have a date or shelf_life is told
 *	uii		iac and cin: the identity of ISO/IEC 15459 (25S is 25S and that)
 *	link		link: the identification link of IEC 61406
 */
#ifndef HM_UNIT_INPUTS_H
#define HM_UNIT_INPUTS_H

#include <stdint.h>

#include "base/epc.h"
#include "label/label.h"
#include "product/product.h"

struct hm_made {
	const char *serial, *lot;
	int64_t time;		/* its day, UTC, is the day of manufacture */
};

/*
 * @ret_epc: none where the product has none. -HM_EMISSING_INPUT: a lot is needed;
 * -HM_EBAD_PRODUCT: elements, identifiers or shelf_life that make no sense; what the
 * codecs of serial/ and gs1/ say of the values.
 */
int hm_unit_inputs(const struct hm_product *p, const struct hm_made *made, struct hm_label_inputs *ret,
		   struct hm_epc *ret_epc, struct hm_err *err);

/* Hexadecimal digits of the longest EPC that the product's scheme makes; 0 where there is none. */
unsigned int hm_unit_epc_digits(const struct hm_product *p);

/* Does the label need the lot's name? */
bool hm_unit_inputs_want_lot(const struct hm_product *p);

#endif /* HM_UNIT_INPUTS_H */
