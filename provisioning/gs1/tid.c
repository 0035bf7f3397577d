// SPDX-License-Identifier: LGPL-2.1-or-later
/* Bank 10 with its XTID, and the head of bank 11: TDS 2.3, sections 16 and 17. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "gs1/bank.h"
#include "gs1/bank_dump.h"

/* of the XTID header; bit 0 is the last of the word */
#define HEADER_EXTENDED		0x0001u
#define HEADER_RFU		0x01feu
#define HEADER_LOCKS		0x0200u
#define HEADER_USER		0x0400u
#define HEADER_BLOCKS		0x0800u
#define HEADER_COMMANDS		0x1000u

struct segments {
	const uint8_t *p;
	size_t left;
};

/* The next @words as one number; false where the dump ends, or ended before. */
static bool segment(struct segments *s, unsigned int words, uint64_t *ret)
{
	*ret = 0;
	if (s->left < 2 * words) {
		s->left = 0;
		return false;
	}
	for (unsigned int i = 0; i < 2 * words; i++)
		*ret = *ret << 8 | *s->p++;
	s->left -= 2 * words;
	return true;
}

static bool bit(uint64_t v, unsigned int at)
{
	return v >> at & 1;
}

static void commands(struct hm_tid *t, uint64_t v)
{
	t->commands = (struct hm_xtid_commands){
		.there = true, .epc_words_max = v & 31, .recommissioning = bit(v, 5), .access = bit(v, 6),
		.separate_locks = bit(v, 7), .auto_umi = bit(v, 8), .pjm = bit(v, 9), .block_erase = bit(v, 10),
		.block_write = bit(v, 11), .block_permalock = bit(v, 12),
	};
	t->reserved = t->reserved || v >> 13;
}

static struct hm_xtid_block block(struct hm_tid *t, uint32_t v)
{
	t->reserved = t->reserved || v >> 27;
	return (struct hm_xtid_block){
		.size_max = (uint8_t)v, .any_size = bit(v, 8), .epc_offset = (uint8_t)(v >> 9),
		.epc_unaligned = bit(v, 17), .user_offset = (uint8_t)(v >> 18), .user_unaligned = bit(v, 26),
	};
}

/* In the order of the header's bits. A longer header would have them elsewhere: none is read. */
static void segments(struct hm_tid *t, struct segments s)
{
	uint64_t v;

	t->reserved = t->header & (HEADER_EXTENDED | HEADER_RFU);
	if (t->header & HEADER_EXTENDED)
		return;
	if (t->header & HEADER_COMMANDS && segment(&s, 1, &v))
		commands(t, v);
	if (t->header & HEADER_BLOCKS && segment(&s, 4, &v)) {
		t->blocks_there = true;
		t->write = block(t, (uint32_t)v);
		t->erase = block(t, (uint32_t)(v >> 32));
	}
	if (t->header & HEADER_USER && segment(&s, 2, &v)) {
		t->user_there = true;
		t->user_words = (uint16_t)v;
		t->permalock_words = (uint16_t)(v >> 16);
	}
	if (t->header & HEADER_LOCKS && segment(&s, 1, &v)) {
		t->locks_there = true;
		t->locks = v & 0x3f;
		t->reserved = t->reserved || v >> 6;
	}
}

int hm_tid_parse(const char *hex, size_t len, struct hm_tid *ret)
{
	struct hm_tid t = { .xtid = false };
	uint8_t b[BANK_BYTES_MAX];
	size_t n;
	int rc = bank_dump(hex, len, b, &n);

	if (rc)
		return rc;
	if (b[0] != 0xe2)
		return b[0] ? -HM_EUNKNOWN_HEADER : -HM_EUNPROGRAMMED;
	if (n < 4)
		return -HM_EBAD_LENGTH;
	t.xtid = b[1] >> 7;
	t.security = b[1] >> 6 & 1;
	t.file = b[1] >> 5 & 1;
	t.designer = (uint16_t)((b[1] & 0x1f) << 4 | b[2] >> 4);
	t.model = (uint16_t)((b[2] & 15) << 8 | b[3]);
	/* two words are what many readers fetch to learn the chip: they end before the XTID, and hold all that is in them */
	t.cut = t.xtid && n == 4;
	if (t.xtid && !t.cut) {
		if (n < 6)
			return -HM_EBAD_LENGTH;
		t.header = (uint16_t)(b[4] << 8 | b[5]);
		if (t.header >> 13)
			t.serial_bits = 48 + 16 * ((t.header >> 13) - 1u);
		if (n < 6 + t.serial_bits / 8)
			return -HM_EBAD_LENGTH;
		hm_hex_upper(b + 6, t.serial_bits / 8, t.serial);
		segments(&t, (struct segments){ b + 6 + t.serial_bits / 8, n - 6 - t.serial_bits / 8 });
	}
	/* the first number is all twelve bits, X S F among them */
	if (t.serial_bits)
		snprintf(t.stid, sizeof(t.stid), "urn:epc:stid:x%03X.x%03X.x%s", (b[1] << 4 | b[2] >> 4) & 0xfffu, t.model,
			 t.serial);
	*ret = t;
	return 0;
}

int hm_user_memory_parse(const char *hex, size_t len, struct hm_user_memory *ret)
{
	static const char *const access[] = { "no-directory", "directory", "packed-objects", "tag-data-profile" };
	uint8_t b[BANK_BYTES_MAX];
	size_t n;
	int rc = bank_dump(hex, len, b, &n);

	if (rc)
		return rc;
	/* one value everywhere, as it left the factory or was erased */
	if ((!b[0] || b[0] == 0xff) && !memcmp(b, b + 1, n - 1))
		return -HM_EUNPROGRAMMED;
	ret->dsfid = b[0];
	ret->access = b[0] ? access[b[0] >> 6] : "unformatted";
	ret->extended = b[0] >> 5 & 1;
	ret->format = b[0] & 31;
	return 0;
}
