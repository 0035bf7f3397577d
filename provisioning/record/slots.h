/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the image of a carrier lies in an EEPROM. Two slots: A at 0, where other
 * people's readers look, B in the middle; an EEPROM that is too small for two has A
 * alone. Pure.
 *
 *	rc = hm_slots_plan(carrier, size, &slots);
 *	rc = hm_eeprom_view(bytes, size, &slots, &view);
 *	rc = hm_slots_writes(&slots, hm_slots_first(&slots, &view), image, len, w, &n, &err);
 *	for each of the n writes, in order: write it, durably
 *
 * The slot that is not the only whole one is written first. In slot A the first byte
 * goes away first and comes back last, so that nobody ever reads half of an image there.
 * Cut after any byte, the EEPROM holds the old or the new image whole, if it held one;
 * with a single slot only the second half of that promise is left.
 */
#ifndef HM_RECORD_SLOTS_H
#define HM_RECORD_SLOTS_H

#include "record/carrier.h"

enum hm_slot_name { HM_SLOT_A, HM_SLOT_B };

struct hm_slots {
	enum hm_carrier carrier;
	uint32_t n;		/* 2, or 1 where there is no slot B */
	uint32_t a, b;		/* byte offsets */
	uint32_t size;		/* of one slot */
};
/*
 * @eeprom_size: a power of two, 1024 ... 65536; for bare records from 512 on, and 256 with
 * slot A alone. Else -HM_EBAD_LENGTH.
 */
int hm_slots_plan(enum hm_carrier carrier, uint32_t eeprom_size, struct hm_slots *ret);

/* One write of a plan: @offset, bytes of the image, what it is for. */
struct hm_slot_write {
	uint32_t offset;
	const uint8_t *bytes;
	uint32_t len;
	const char *purpose;	/* "slot-b" "invalidate" "body" "first-byte" */
};
#define HM_SLOT_WRITES 4
/*
 * The writes that bring @image in, in order; @first: HM_SLOT_A or HM_SLOT_B. Their
 * purposes, offsets and bytes do not depend on @first, only their order does. @image must
 * outlive @ret. -HM_ETOO_LONG (with the size that is needed), -HM_EBAD_FORMAT.
 */
int hm_slots_writes(const struct hm_slots *s, enum hm_slot_name first, const uint8_t *image,
		    size_t len, struct hm_slot_write ret[static HM_SLOT_WRITES], uint32_t *ret_n,
		    struct hm_err *err);

enum hm_slot_state {
	HM_SLOT_BLANK,		/* all FF (or all 00) */
	HM_SLOT_OURS,		/* a whole image, and the CWT in it is a record (not verified)
				 * of the same serial */
	HM_SLOT_TORN,		/* neither: cut, invalidated or damaged, but begun by us: the
				 * rules are in docs/record.md */
	HM_SLOT_FOREIGN,	/* something else */
};
/*
 * What an EEPROM holds. A torn slot counts as ours to overwrite only where the
 * caller holds an intent for this very unit; to anybody else it is foreign.
 */
struct hm_eeprom_view {
	enum hm_slot_state a, b;	/* b: BLANK where there is no slot B */
	struct hm_image image_a, image_b;	/* where OURS */
	uint32_t generation_a, generation_b;
};
/* @image: the whole EEPROM, else -HM_ETOO_SHORT. */
int hm_eeprom_view(const uint8_t *image, size_t len, const struct hm_slots *s,
		   struct hm_eeprom_view *ret);

/*
 * The plan of a dump of which only the bytes are known: cut from a larger part, or the whole of a part
 * that is larger than the product's. Slot B lies where a whole record of A's serial (of any, where A
 * has none) is found in the middle of what an EEPROM can be, the largest one first; where
 * there is none, in the middle of @len, if anything in the slots is ours or torn. -HM_ENOT_FOUND.
 */
int hm_slots_find(const uint8_t *bytes, size_t len, struct hm_slots *ret, struct hm_eeprom_view *ret_view);

/*
 * Which slot speaks for the unit: the one of the higher generation, A where they are
 * the same, the one that is ours where the other is not. -HM_ENOT_FOUND: neither is
 * ours; -HM_EINCONSISTENT: both are, of two serials. Signatures are not looked at: who
 * verifies takes the other slot where the first one's does not hold (checksums of one byte
 * hold by chance, and a bare record has none).
 */
int hm_slots_current(const struct hm_eeprom_view *v, enum hm_slot_name *ret);
/* The slot to write first: B, unless B is the one that is needed while A is written. */
enum hm_slot_name hm_slots_first(const struct hm_slots *s, const struct hm_eeprom_view *v);

#endif /* HM_RECORD_SLOTS_H */
