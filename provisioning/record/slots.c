// SPDX-License-Identifier: LGPL-2.1-or-later
/* Two slots in one EEPROM, and what is found in them. docs/record.md has the rules. */
#include "record/record.h"

#include <assert.h>
#include <string.h>

#define EEPROM_MIN	1024u	/* 24C08 */
#define EEPROM_MAX	65536u	/* 24C512 */
#define HEAD_LEN	11u
#define MAGIC_LEN	8u	/* "TlvInfo" and its NUL */
#define TLV_VENDOR	0xfd

static const uint8_t magic[MAGIC_LEN] = "TlvInfo";
static const uint8_t pen[] = {
	HM_ONIE_PEN >> 24, HM_ONIE_PEN >> 16 & 0xff, HM_ONIE_PEN >> 8 & 0xff, HM_ONIE_PEN & 0xff
};
/* in the place of 'T' while slot A is rewritten: not a magic, and not an erased byte */
static const uint8_t invalid_byte;

int hm_slots_plan(uint32_t eeprom_size, struct hm_slots *ret)
{
	uint32_t half = eeprom_size / 2;

	if (eeprom_size < EEPROM_MIN || eeprom_size > EEPROM_MAX || eeprom_size & (eeprom_size - 1))
		return -HM_EBAD_LENGTH;
	*ret = (struct hm_slots){ .a = 0, .b = half, .size = half < HM_ONIE_MAX ? half : HM_ONIE_MAX };
	return 0;
}

int hm_slots_writes(const struct hm_slots *s, const uint8_t *image, size_t len,
		    struct hm_slot_write ret[static HM_SLOT_WRITES])
{
	uint32_t n = (uint32_t)len;

	if (len > s->size)
		return -HM_ETOO_LONG;
	if (len <= HEAD_LEN || memcmp(image, magic, MAGIC_LEN))
		return -HM_EBAD_FORMAT;
	ret[0] = (struct hm_slot_write){ s->b, image, n, "slot-b" };
	ret[1] = (struct hm_slot_write){ s->a, &invalid_byte, 1, "invalidate" };
	ret[2] = (struct hm_slot_write){ s->a + 1, image + 1, n - 1, "body" };
	ret[3] = (struct hm_slot_write){ s->a, image, 1, "first-byte" };
	return 0;
}

/* Are all bytes erased: FF, or 00? */
static bool blank(const uint8_t *p, size_t len)
{
	if (len && p[0] != 0x00 && p[0] != 0xff)
		return false;
	for (size_t i = 1; i < len; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

static bool invalidated(const uint8_t *p, size_t len)
{
	size_t n = 1;

	if (p[0] != invalid_byte)
		return false;
	while (n < MAGIC_LEN && p[n] == magic[n])
		n++;
	/* the whole magic behind it; or the first page of the body was cut on a blank slot */
	return n == MAGIC_LEN || blank(p + n, len - n);
}

/* A vendor extension with our number, and in it what every record of ours begins with? */
static bool bears_our_record(const uint8_t *p, size_t len)
{
	/* COSE_Sign1, four items, a protected header of 13 bytes */
	static const uint8_t sign1[] = { 0xd2, 0x84, 0x4d };
	const uint8_t *at = p, *hit;

	while ((hit = memmem(at, len - (size_t)(at - p), pen, sizeof(pen)))) {
		at = hit + sizeof(pen);
		if (hit - p >= 2 && hit[-2] == TLV_VENDOR && len - (size_t)(at - p) >= sizeof(sign1) &&
		    !memcmp(at, sign1, sizeof(sign1)))
			return true;
		at = hit + 1;
	}
	return false;
}

/* Is one of them the beginning of the other? */
static bool begins(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return !memcmp(a, b, a_len < b_len ? a_len : b_len);
}

/* What hm_onie_build() begins with, and then nothing but erased bytes? */
static bool cut_by_blank(const uint8_t *p, size_t len)
{
	static const uint8_t order[] = { 0x21, 0x22, 0x23, 0x25, 0x2b, TLV_VENDOR };
	size_t at = HEAD_LEN, next = 0;
	size_t written = len;

	while (written && p[written - 1] == p[len - 1])
		written--;
	if (!blank(p + written, len - written))
		return false;
	if (written <= MAGIC_LEN)
		return written > 0 && !memcmp(p, magic, written);
	if (memcmp(p, magic, MAGIC_LEN) || p[8] != 1)
		return false;
	while (at + 1 < written) {
		while (next < sizeof(order) && order[next] != p[at])
			next++;
		if (next == sizeof(order))
			return false;
		next++;
		if (p[at] == TLV_VENDOR && !begins(p + at + 2, written - at - 2, pen, sizeof(pen)))
			return false;
		at += 2u + p[at + 1];
	}
	/* whole TLVs up to the end would be a whole TlvInfo, and that one did not parse */
	return true;
}

static enum hm_slot_state state_of(const uint8_t *p, size_t len, struct hm_onie *ret)
{
	struct hm_record rec;
	struct hm_onie onie;
	size_t n;

	if (blank(p, len))
		return HM_SLOT_BLANK;
	if (!hm_onie_parse(p, len, &onie, &n, NULL)) {
		/* whoever reads only the TLVs must read the serial that is signed */
		if (!onie.cwt_len || hm_record_parse(onie.cwt, onie.cwt_len, &rec, NULL) ||
		    strcmp(onie.serial, rec.serial))
			return HM_SLOT_FOREIGN;
		*ret = onie;
		return HM_SLOT_OURS;
	}
	if (invalidated(p, len) || bears_our_record(p, len) || cut_by_blank(p, len))
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
	v.a = state_of(image + s->a, s->size, &v.onie_a);
	v.b = state_of(image + s->b, s->size, &v.onie_b);
	*ret = v;
	return 0;
}
