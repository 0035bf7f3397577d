/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packed objects in a tag's user memory: GS1 Application Identifiers by ISO/IEC 15962, as TDS 1.6
 * and later print it in section 17 and annexes F and I to M. A DSFID of 89h (packed objects, data
 * format 9), then objects, each a list or a map of ID values (indices of table F9) and the values
 * of all of them in as few bits as there are; then 00.
 *
 *	struct hm_packed p;
 *	struct hm_elements e;
 *
 *	rc = hm_packed_parse(hex, len, &p, &err);
 *	rc = rc ?: hm_packed_elements(&p, &e, &err);	by the table of all AIs
 *	rc = rc ?: hm_gs1_bracketed(&e, out, sizeof(out));
 *
 *	rc = hm_packed_build(&e, hex, sizeof(hex), &err);
 *
 * Reading refuses by its name what is in no published example, and so cannot be read truthfully:
 * an object that may be edited (addendum), no-directory compaction, tables of another
 * registration, a directory with an auxiliary map (-HM_EUNSUPPORTED).
 */
#ifndef HM_GS1_PACKED_H
#define HM_GS1_PACKED_H

#include "gs1/ai.h"

#define HM_PACKED_DSFID		0x89
#define HM_PACKED_VALUE_MAX	70u
#define HM_PACKED_TEXT_SIZE	4096u
#define HM_PACKED_HEX_SIZE	1025u

struct hm_packed_item {
	char ai[5];
	uint8_t len;
	char value[HM_PACKED_VALUE_MAX];	/* not terminated; any octets, as they were written */
};

struct hm_packed {
	unsigned int objects;		/* with data */
	bool directory;			/* an object that only tells what the others have */
	unsigned int n;
	struct hm_packed_item item[HM_GS1_ELEMENTS];
};

/*
 * User memory from its DSFID on. @ret has what the objects before a wrong one hold, also on failure.
 * -HM_EBAD_LENGTH: the dump ends in an object, an object in its fields, or its bits are not all
 * used; -HM_EBAD_FORMAT: a pattern that does not exist, no pad bit where there must be one, a
 * second directory pointer; -HM_EOVERFLOW: a number that its field cannot have; -HM_EUNKNOWN_AI: an
 * ID value without a row; -HM_ETOO_SHORT, -HM_ETOO_LONG: a text of another length than its row
 * says, more elements than HM_GS1_ELEMENTS; -HM_EBAD_CHAR: a text's shift without its character;
 * -HM_EEMPTY: a map of nothing; -HM_EUNSUPPORTED. @err names the octet of the object, and the bit.
 */
int hm_packed_parse(const char *hex, size_t len, struct hm_packed *ret, struct hm_err *err);

/*
 * The same as elements, which point into @p: judged one by one, and that there is none twice.
 * What must stand together may be in another bank (the key is in the EPC), so that is not asked for.
 */
int hm_packed_elements(const struct hm_packed *p, struct hm_elements *ret, struct hm_err *err);
/* In brackets and unjudged: octets that do not print, and a backslash, are \xHH. */
int hm_packed_text(const struct hm_packed *p, char *out, size_t size);

/*
 * DSFID, one object with an ID list, 00, up to a whole word; the elements in their order, but those
 * of one ID value side by side. -HM_ECONFLICTING_AI: not in table F9; -HM_EMISSING_AI: one that
 * has an ID value only with another (02 with 37, 415 with 8020, 254 behind 414); -HM_ENOT_NUMERIC,
 * -HM_ETOO_SHORT, -HM_ETOO_LONG: a value that the table's format cannot hold; -HM_EDUPLICATE_AI; -HM_EEMPTY.
 */
int hm_packed_build(const struct hm_elements *e, char *hex, size_t size, struct hm_err *err);

#endif /* HM_GS1_PACKED_H */
