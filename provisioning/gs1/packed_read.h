/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packed objects of any registered table; hm_packed_parse() reads those of table F9. */
#ifndef HM_GS1_PACKED_READ_H
#define HM_GS1_PACKED_READ_H

#include "gs1/packed.h"
#include "gs1/packed_table.h"

/* Sizes that ID tables have (Table I 5-5), the bits of one ID value, and of two as one number. */
struct packed_size {
	uint16_t rows;
	uint8_t one, two;
};
#define PACKED_SIZES 7u
extern const struct packed_size packed_sizes[PACKED_SIZES];
/* The smallest for @rows. */
const struct packed_size *packed_size(unsigned int rows);

/* Bits that tell @choices apart. */
unsigned int packed_choice_bits(unsigned int choices);
/* I.7.2: is the length of a value that has @most or fewer above its least one number, or is it nibbles? */
bool packed_length_is_number(unsigned int most);

/* @bytes without their DSFID, which is octet 0 of what @err names. */
int packed_read(const struct packed_table *table, const uint8_t *bytes, size_t n, struct hm_packed *ret, struct hm_err *err);

#endif /* HM_GS1_PACKED_READ_H */
