/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A record in a tag's user memory (bank 11). Pure.
 *
 * The tag is encoded before its TID is known, and whoever copies a tag copies its
 * user memory with it: what lies here says who made the unit, never that this tag is
 * the one that was made. Therefore only a record whose anchors do not name a TID may
 * go in; the caller who made the digest of the anchors knows that and says so.
 *
 *	rc = hm_tag_build(cwt, cwt_len, HM_TAG_NO_TID, bits, &bank, &err);
 *	rc = hm_tag_parse(bank, len, cwt, &cwt_len, &err);
 */
#ifndef HM_RECORD_TAG_H
#define HM_RECORD_TAG_H

#include "record/record.h"

enum hm_tag_anchors { HM_TAG_NO_TID, HM_TAG_WITH_TID };

/* Bytes in front of the record, and the largest bank: whole words of 16 bits. */
#define HM_TAG_HEAD	4u
#define HM_TAG_MAX	256u

/*
 * The bank's bytes, whole words, appended to @out. @bits: what the tag has, 0 for no limit.
 * -HM_EUNSUPPORTED (anchors with a TID), -HM_ETOO_LONG (with the size that is needed),
 * what hm_record_parse() says of the record.
 */
int hm_tag_build(const void *cwt, size_t cwt_len, enum hm_tag_anchors anchors, uint32_t bits,
		 struct hm_buf *out, struct hm_err *err);
/*
 * The record in a bank as read, which may be longer than what was written.
 * -HM_EEMPTY, -HM_EBAD_LENGTH (no whole words), -HM_EUNPROGRAMMED, -HM_EUNKNOWN_HEADER,
 * -HM_ETOO_SHORT (cut), -HM_ERESERVED_NONZERO (padding), -HM_EBAD_FORMAT.
 */
int hm_tag_parse(const void *bank, size_t len, struct hm_record *ret, uint8_t ret_cwt[HM_RECORD_MAX],
		 size_t *ret_len, struct hm_err *err);

#endif /* HM_RECORD_TAG_H */
