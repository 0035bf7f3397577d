/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The "+AIDC data" that follows an EPC of a "+" or "++" scheme in its bank: TDS 2.3, 15.3.
 * Element after element: the digits of the AI, four bits each (how many follows from the
 * first two), and its value (plus_value.h); then zero bits up to a word.
 */
#ifndef HM_GS1_PLUS_DATA_H
#define HM_GS1_PLUS_DATA_H

#include "gs1/plus_text.h"
#include "gs1/ai.h"

/* -HM_ECONFLICTING_AI: no tag may carry this AI; what plus_put_value() says. @err names it. */
int plus_put_data(struct hm_bits *b, const struct hm_element *x, struct hm_err *err);

/*
 * All elements up to the end of the memory, behind those of @list. -HM_EUNKNOWN_HEADER: a
 * header that is no AI's, but reserved; -HM_EUNKNOWN_AI: no AI, or none that a tag may
 * carry; -HM_ERESERVED_NONZERO: bits that are no element and not 0; -HM_EMISSING_AI: no
 * element at all; what plus_take_value() and the table of AIs say of a value. @err names
 * the AI, the bit where its element begins, and the rule.
 */
int plus_take_data(struct plus_reader *r, struct hm_elements *list, struct hm_err *err);

/* @rc, and "(17) at bit 80: not a date" in @err; of an EPC's own elements too. */
int plus_complain(struct hm_err *err, int rc, const char *ai, unsigned int at);

#endif /* HM_GS1_PLUS_DATA_H */
