/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * EPCs and GS1 keys: TDS 1.13, section 7. The two say the same thing, but the EPC has the
 * company prefix apart and no check digit, and the key has the check digit and hides
 * where the prefix ends. So one direction needs nothing, the other the prefix's length.
 *
 *	rc = hm_epc_to_elements("urn:epc:id:sgtin:0614141.812345.6789", len, &e, &err);
 *	rc = rc ?: hm_gs1_bracketed(&e, out, sizeof(out));	(01)80614141123458(21)6789
 *
 *	rc = hm_epc_from_elements(&e, 7, pure, sizeof(pure), &err);
 *	rc = rc ?: hm_epc_from_pure(pure, strlen(pure), HM_EPC_ANY, 3, tag, sizeof(tag));
 *
 * gid, usdod and adi are no GS1 keys: -HM_EUNKNOWN_SCHEME, and @err says so.
 */
#ifndef HM_GS1_EPC_GS1_H
#define HM_GS1_EPC_GS1_H

#include "gs1/ai.h"
#include "gs1/epc.h"

/*
 * @uri: a tag URI or a pure identity; checked. A piece of 3 from 2 is an EPC but no
 * element string: what the table of AIs says of the values comes out too.
 */
int hm_epc_to_elements(const char *uri, size_t len, struct hm_elements *ret, struct hm_err *err);

/*
 * The elements must be those of one key and its serial: -HM_EMISSING_AI,
 * -HM_ECONFLICTING_AI (@err says which is one too many); -HM_EBAD_PREFIX_LENGTH, and what hm_epc_from_pure() says. A
 * location without an extension is the sgln with extension 0.
 */
int hm_epc_from_elements(const struct hm_elements *e, unsigned int prefix_len, char *out, size_t size,
			 struct hm_err *err);

#endif /* HM_GS1_EPC_GS1_H */
