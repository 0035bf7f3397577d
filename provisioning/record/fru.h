/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the parts of an IPMI FRU lie, for its reader and its writer. Private to the
 * room; clauses are those of the FRU Information Storage Definition v1.0, revision 1.3.
 */
#ifndef HM_RECORD_FRU_H
#define HM_RECORD_FRU_H

#include "record/carrier.h"

#define FRU_HEAD	8u	/* common header, 8 */
#define FRU_UNIT	8u	/* offsets and lengths count these */
#define FRU_RECORD_HEAD	5u	/* of a multirecord, 16.1 */
#define FRU_RECORD_OURS	0xd0	/* the OEM type that we write; C0 to FF are read */
#define FRU_PEN_LEN	3u
#define FRU_END		0xc1	/* no more fields, 13 */
#define FRU_END_OF_LIST	0x80
#define FRU_FIELDS	64u	/* of one area */

struct fru_bytes {
	const uint8_t *p;
	size_t len;
};

/* An area of texts: what stands in front of its fields, which of the texts are in it. */
struct fru_shape {
	enum hm_fru_area area;
	size_t head;
	enum hm_fru_text first;
	size_t n;
};
#define FRU_SHAPES 3
extern const struct fru_shape fru_shapes[FRU_SHAPES];

struct fru_layout {
	struct fru_bytes area[HM_FRU_AREAS];	/* len 0: not there; records: up to the last */
	/* fields of the areas of texts, type/length byte included; named ones first */
	struct fru_bytes field[FRU_SHAPES][FRU_FIELDS];
	size_t fields[FRU_SHAPES];
	struct fru_bytes ours;		/* our record, its head included */
	uint32_t records;		/* of other people */
	size_t len;
};

uint8_t fru_sum(const uint8_t *p, size_t len);
/* Everything but what the texts say. */
int fru_layout(const uint8_t *p, size_t len, struct fru_layout *ret, struct hm_err *err);
/* Field @i of the area of shape @shape as text. -HM_EBAD_CHAR. */
int fru_text(const struct fru_layout *l, size_t shape, size_t i, char out[HM_FRU_TEXT]);

#endif /* HM_RECORD_FRU_H */
