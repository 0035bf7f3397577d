// SPDX-License-Identifier: LGPL-2.1-or-later
/* Two slots in one EEPROM, and what is found in them. docs/record.md has the rules. */
#include "record/slots.h"

#include <assert.h>
#include <string.h>

#include "record/fru.h"

#define EEPROM_MIN	1024u	/* 24C08 */
#define EEPROM_MIN_CWT	256u	/* 24C02 */
#define EEPROM_MAX	65536u	/* 24C512 */
#define TLV_HEAD_LEN	11u

/* What every image of ours begins with, by carrier. */
static const struct {
	size_t len;
	uint8_t bytes[8];
} magic[HM_CARRIERS] = {
	[HM_CARRIER_ONIE_TLV] = { 8, "TlvInfo" },
	/* version 1, no internal use area, no chassis area, the board area right behind */
	[HM_CARRIER_IPMI_FRU] = { 4, { 1, 0, 0, 1 } },
	/* COSE_Sign1, four items, a protected header of 13 bytes: ES256 and 8 bytes of kid */
	[HM_CARRIER_CWT] = { 8, { 0xd2, 0x84, 0x4d, 0xa2, 0x01, 0x26, 0x04, 0x48 } },
};
static const uint8_t pen_be[] = {
	HM_RECORD_PEN >> 24, HM_RECORD_PEN >> 16 & 0xff, HM_RECORD_PEN >> 8 & 0xff, HM_RECORD_PEN & 0xff
};
static const uint8_t pen_le[] = {
	HM_RECORD_PEN & 0xff, HM_RECORD_PEN >> 8 & 0xff, HM_RECORD_PEN >> 16 & 0xff
};
/* in the place of the first byte while slot A is rewritten: no magic, and not an erased byte */
static const uint8_t invalid_byte;

int hm_slots_plan(enum hm_carrier carrier, uint32_t eeprom_size, struct hm_slots *ret)
{
	uint32_t half = eeprom_size / 2;

	if (eeprom_size < (carrier == HM_CARRIER_CWT ? EEPROM_MIN_CWT : EEPROM_MIN) ||
	    eeprom_size > EEPROM_MAX || eeprom_size & (eeprom_size - 1))
		return -HM_EBAD_LENGTH;
	*ret = (struct hm_slots){ .carrier = carrier, .n = 2, .a = 0, .b = half,
				  .size = half < HM_IMAGE_MAX ? half : HM_IMAGE_MAX };
	if (half < HM_RECORD_MAX) {
		ret->n = 1;
		ret->b = 0;
		ret->size = eeprom_size;
	}
	return 0;
}

int hm_slots_writes(const struct hm_slots *s, enum hm_slot_name first, const uint8_t *image,
		    size_t len, struct hm_slot_write ret[static HM_SLOT_WRITES], uint32_t *ret_n,
		    struct hm_err *err)
{
	const uint32_t size = (uint32_t)len;
	uint32_t n = 0;

	if (len > s->size)
		return hm_err_set(err, -HM_ETOO_LONG, "the image needs %zu bytes, a slot has %u", len, s->size);
	if (len <= magic[s->carrier].len || memcmp(image, magic[s->carrier].bytes, magic[s->carrier].len))
		return hm_err_set(err, -HM_EBAD_FORMAT, "not an image of carrier %s", hm_carrier_name(s->carrier));
	assert(first == HM_SLOT_A || first == HM_SLOT_B);
	if (s->n == 2 && first == HM_SLOT_B)
		ret[n++] = (struct hm_slot_write){ s->b, image, size, "slot-b" };
	ret[n++] = (struct hm_slot_write){ s->a, &invalid_byte, 1, "invalidate" };
	ret[n++] = (struct hm_slot_write){ s->a + 1, image + 1, size - 1, "body" };
	ret[n++] = (struct hm_slot_write){ s->a, image, 1, "first-byte" };
	if (s->n == 2 && first == HM_SLOT_A)
		ret[n++] = (struct hm_slot_write){ s->b, image, size, "slot-b" };
	*ret_n = n;
	return 0;
}

static bool invalidated(enum hm_carrier c, const uint8_t *p, size_t len)
{
	size_t n = 1;

	if (p[0] != invalid_byte)
		return false;
	while (n < magic[c].len && p[n] == magic[c].bytes[n])
		n++;
	/* the whole magic behind it; or the first page of the body was cut on a blank slot */
	return n == magic[c].len || hm_erased(p + n, len - n);
}

/* Our number in this carrier's way, and behind it what every record of ours begins with? */
static bool bears_mark(const uint8_t *p, size_t len, const uint8_t *pen, size_t pen_len)
{
	const uint8_t *sign1 = magic[HM_CARRIER_CWT].bytes, *at = p, *hit;

	while ((hit = memmem(at, len - (size_t)(at - p), pen, pen_len))) {
		at = hit + pen_len;
		if (len - (size_t)(at - p) >= 3 && !memcmp(at, sign1, 3))
			return true;
		at = hit + 1;
	}
	return false;
}

static bool bears_our_record(enum hm_carrier c, const uint8_t *p, size_t len)
{
	switch (c) {
	case HM_CARRIER_ONIE_TLV:
		return bears_mark(p, len, pen_be, sizeof(pen_be));
	case HM_CARRIER_IPMI_FRU:
		return bears_mark(p, len, pen_le, sizeof(pen_le));
	case HM_CARRIER_CWT:
		break;
	}
	return !memcmp(p, magic[c].bytes, magic[c].len);
}

/* Is one of them the beginning of the other? */
static bool begins(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return !memcmp(a, b, a_len < b_len ? a_len : b_len);
}

/* The TLVs that are ours to write, in their order, the last perhaps cut? */
static bool cut_onie(const uint8_t *p, size_t written)
{
	size_t at = TLV_HEAD_LEN, next = 0;

	if (p[8] != 1)
		return false;
	while (at + 1 < written) {
		while (next < HM_ONIE_TLVS && hm_onie_order[next] != p[at])
			next++;
		if (next == HM_ONIE_TLVS)
			return false;
		next++;
		if (p[at] == HM_ONIE_VENDOR && !begins(p + at + 2, written - at - 2, pen_be, sizeof(pen_be)))
			return false;
		at += 2u + p[at + 1];
	}
	/* whole TLVs up to the end would be a whole TlvInfo, and that one did not parse */
	return true;
}

/* A header of which the board, product and multirecord areas are in this order, a board area behind? */
static bool cut_fru(const uint8_t *p, size_t written)
{
	uint8_t sum = 0;

	if (written > 4 && p[4] <= p[3])
		return false;
	if (written > 5 && p[5] <= p[4])
		return false;
	if (written > 6 && p[6])
		return false;
	for (size_t i = 0; i < FRU_HEAD; i++)
		sum = (uint8_t)(sum + p[i]);
	if (written >= FRU_HEAD && sum)
		return false;
	return written <= FRU_HEAD + 1 || (p[8] == 1 && p[9] == p[4] - p[3]);
}

/* Where the equal bytes begin with which the slot ends. */
static size_t written_of(const uint8_t *p, size_t len)
{
	size_t written = len;

	while (written && p[written - 1] == p[len - 1])
		written--;
	return written;
}

/* What an image of ours begins with, and then nothing but erased bytes? */
static bool cut_by_blank(enum hm_carrier c, const uint8_t *p, size_t len)
{
	const size_t written = written_of(p, len);

	if (!written || !hm_erased(p + written, len - written) ||
	    !begins(p, written, magic[c].bytes, magic[c].len))
		return false;
	if (written <= magic[c].len)
		return true;
	switch (c) {
	case HM_CARRIER_ONIE_TLV:
		return cut_onie(p, written);
	case HM_CARRIER_IPMI_FRU:
		return cut_fru(p, written);
	case HM_CARRIER_CWT:
		break;
	}
	return true;
}

/*
 * Does slot B begin as an image of ours does? Cut where the old mark is gone and the new one
 * is not there yet, this is all that can be told of a longer image over a shorter one. Behind
 * an A that is not somebody else's it is enough: nobody else has a use for an image in
 * the middle, where no reader of his looks.
 */
static bool begins_like_ours(enum hm_carrier c, const uint8_t *p)
{
	if (memcmp(p, magic[c].bytes, magic[c].len))
		return false;
	switch (c) {
	case HM_CARRIER_ONIE_TLV:
		return p[8] == 1 && memchr(hm_onie_order, p[TLV_HEAD_LEN], HM_ONIE_TLVS);
	case HM_CARRIER_IPMI_FRU:
		return cut_fru(p, FRU_HEAD + 2);
	case HM_CARRIER_CWT:
		break;
	}
	return true;
}

/*
 * A whole FRU with nothing under our number: or one of ours, cut before the number was
 * complete? One byte is all the checksum of a record: over what is behind the cut it holds once
 * in 256 times, and then that looks like somebody else's record. Nobody's record is a part of
 * our number and erased bytes up to the end of the slot; in a slot B that begins like
 * ours (@beside) the bytes behind the cut may be those of an older image.
 */
static bool cut_before_number(const uint8_t *p, size_t len, bool beside)
{
	const uint8_t *written = p + written_of(p, len), *last, *data;
	struct fru_layout l;

	if (!(beside || cut_by_blank(HM_CARRIER_IPMI_FRU, p, len)) || fru_layout(p, len, &l, NULL) || !l.records)
		return false;
	last = l.area[HM_FRU_RECORDS].p;
	while (!(last[1] & FRU_END_OF_LIST))
		last += FRU_RECORD_HEAD + last[2];
	data = last + FRU_RECORD_HEAD;
	if (last[0] != FRU_RECORD_OURS || last[2] <= FRU_PEN_LEN || last[2] > FRU_PEN_LEN + HM_RECORD_MAX)
		return false;
	return beside || written <= data ||
	       (written < data + FRU_PEN_LEN && !memcmp(data, pen_le, (size_t)(written - data)));
}

/* @beside: the slot is B, and A is not somebody else's. */
static enum hm_slot_state state_of(enum hm_carrier c, const uint8_t *p, size_t len, bool beside,
				   struct hm_image *ret, uint32_t *ret_generation)
{
	struct hm_image image;
	struct hm_record rec;
	enum hm_carrier found;
	size_t n;

	if (hm_erased(p, len))
		return HM_SLOT_BLANK;
	beside = beside && begins_like_ours(c, p);
	if (!hm_image_parse(p, len, &found, &image, &n, NULL)) {
		if (!image.cwt_len)
			return c == HM_CARRIER_IPMI_FRU && cut_before_number(p, len, beside) ? HM_SLOT_TORN : HM_SLOT_FOREIGN;
		if (!hm_record_parse(image.cwt, image.cwt_len, &rec, NULL)) {
			/*
			 * Whoever reads only the texts must read the serial that is signed. In B nobody
			 * does, and a cut between two areas of a FRU leaves the texts new, the record old.
			 */
			if (strcmp(image.serial, rec.serial))
				return beside ? HM_SLOT_TORN : HM_SLOT_FOREIGN;
			*ret = image;
			*ret_generation = rec.generation;
			return HM_SLOT_OURS;
		}
		/* a FRU's checksums hold by chance once in 256 cuts: it may be a record that was begun */
	}
	if (beside || invalidated(c, p, len) || bears_our_record(c, p, len) || cut_by_blank(c, p, len))
		return HM_SLOT_TORN;
	return HM_SLOT_FOREIGN;
}

int hm_eeprom_view(const uint8_t *image, size_t len, const struct hm_slots *s,
		   struct hm_eeprom_view *ret)
{
	struct hm_eeprom_view v;

	if (len < (size_t)s->b + s->size)
		return -HM_ETOO_SHORT;
	memset(&v, 0, sizeof(v));
	v.a = state_of(s->carrier, image + s->a, s->size, false, &v.image_a, &v.generation_a);
	v.b = HM_SLOT_BLANK;
	if (s->n == 2)
		v.b = state_of(s->carrier, image + s->b, s->size, v.a != HM_SLOT_FOREIGN, &v.image_b, &v.generation_b);
	*ret = v;
	return 0;
}

/* Is what stands there an image of this very carrier? */
static bool of_carrier(const uint8_t *p, size_t len, enum hm_carrier c)
{
	struct hm_image image;
	enum hm_carrier found;
	size_t n;

	return !hm_image_parse(p, len, &found, &image, &n, NULL) && found == c;
}

/* Does this plan explain the bytes: a whole slot B (@whole_b), or anything of ours? */
static bool explains(const uint8_t *bytes, const struct hm_slots *s, const struct hm_eeprom_view *v, bool whole_b)
{
	bool a = v->a == HM_SLOT_OURS, b = v->b == HM_SLOT_OURS;

	if (whole_b && (!b || (a && strcmp(v->image_a.serial, v->image_b.serial))))
		return false;
	/* a slot that is ours parses in every plan, but it is of one carrier */
	if (a || b)
		return of_carrier(bytes + (a ? s->a : s->b), s->size, s->carrier);
	return v->a == HM_SLOT_TORN || v->b == HM_SLOT_TORN;
}

static bool try_plan(const uint8_t *bytes, size_t len, uint32_t size, bool whole_b, struct hm_slots *ret,
		     struct hm_eeprom_view *ret_view)
{
	struct hm_eeprom_view v;
	struct hm_slots s;

	for (int c = 0; c < HM_CARRIERS; c++)
		if (!hm_slots_plan((enum hm_carrier)c, size, &s) && !hm_eeprom_view(bytes, len, &s, &v) &&
		    explains(bytes, &s, &v, whole_b)) {
			*ret = s;
			*ret_view = v;
			return true;
		}
	return false;
}

int hm_slots_find(const uint8_t *bytes, size_t len, struct hm_slots *ret, struct hm_eeprom_view *ret_view)
{
	for (uint32_t size = EEPROM_MAX; size >= EEPROM_MIN_CWT; size /= 2)
		if (size <= len && try_plan(bytes, len, size, true, ret, ret_view))
			return 0;
	return len <= EEPROM_MAX && try_plan(bytes, len, (uint32_t)len, false, ret, ret_view) ? 0 : -HM_ENOT_FOUND;
}

int hm_slots_current(const struct hm_eeprom_view *v, enum hm_slot_name *ret)
{
	if (v->a != HM_SLOT_OURS && v->b != HM_SLOT_OURS)
		return -HM_ENOT_FOUND;
	if (v->a == HM_SLOT_OURS && v->b == HM_SLOT_OURS) {
		if (strcmp(v->image_a.serial, v->image_b.serial))
			return -HM_EINCONSISTENT;
		*ret = v->generation_b > v->generation_a ? HM_SLOT_B : HM_SLOT_A;
	} else {
		*ret = v->a == HM_SLOT_OURS ? HM_SLOT_A : HM_SLOT_B;
	}
	return 0;
}

enum hm_slot_name hm_slots_first(const struct hm_slots *s, const struct hm_eeprom_view *v)
{
	/* B stays as it is while it is the only one; with one slot there is no choice */
	return s->n == 1 || (v->b == HM_SLOT_OURS && v->a != HM_SLOT_OURS) ? HM_SLOT_A : HM_SLOT_B;
}
