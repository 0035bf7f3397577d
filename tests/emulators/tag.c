// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A virtual EPC Gen2 tag; see tag.h. Word layout: GS1 EPC Tag Data Standard, tag memory. What banks
 * E and A of ^RF mean: Zebra's ZPL guide. E writes 12 bytes and leaves the PC alone, A writes what
 * ^FD holds and sets the PC's length to it; both read as much as the PC says.
 */
#include "tag.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

enum { KILL, ACCESS, EPC, USER };	/* order of locks[] and of ^RLM */

/* CRC-16 of ISO/IEC 13239: polynomial 1021, preset FFFF, inverted */
static uint16_t crc16(const uint8_t *p, size_t len)
{
	uint16_t crc = 0xffff;
	int bit;

	for (; len > 0; len--, p++) {
		crc ^= (uint16_t)(*p << 8);
		for (bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return (uint16_t)~crc;
}

size_t emu_tag_epc_len(const struct emu_tag *tag)
{
	size_t len = 2 * (size_t)(tag->epc[2] >> 3);

	return len < tag->epc_room ? len : tag->epc_room;
}

static void store_crc(struct emu_tag *tag)
{
	uint16_t crc = crc16(tag->epc + 2, 2 + emu_tag_epc_len(tag));

	tag->epc[0] = (uint8_t)(crc >> 8);
	tag->epc[1] = (uint8_t)crc;
}

void emu_tag_blank(struct emu_tag *tag, unsigned int slot, unsigned int number)
{
	/* class E2, a designer and model, an XTID header that says 48-bit serial */
	static const uint8_t head[6] = { 0xe2, 0x80, 0x11, 0x05, 0x20, 0x00 };

	*tag = (struct emu_tag) { .locks = "UUUU", .epc_room = EMU_TAG_EPC_BYTES };
	memcpy(tag->tid, head, sizeof(head));
	tag->tid[6] = (uint8_t)(0x70 + slot);
	tag->tid[7] = 0x5a;
	tag->tid[8] = (uint8_t)(number >> 24);
	tag->tid[9] = (uint8_t)(number >> 16);
	tag->tid[10] = (uint8_t)(number >> 8);
	tag->tid[11] = (uint8_t)number;
	tag->epc[2] = 0x30;	/* six words, all zero */
	store_crc(tag);
}

static bool password_set(const struct emu_tag *tag)
{
	static const uint8_t zero[4];

	return memcmp(tag->reserved + 4, zero, 4) != 0;
}

static bool secured(const struct emu_tag *tag, const struct emu_tag_session *s)
{
	return !password_set(tag) || (s->has_password && !memcmp(s->password, tag->reserved + 4, 4));
}

static int may_write(const struct emu_tag *tag, int area, const struct emu_tag_session *s)
{
	if (tag->locks[area] == 'P')
		return -EACCES;
	return tag->locks[area] == 'L' && !secured(tag, s) ? -EACCES : 0;
}

/* The bytes of a bank that a request means: E and A start at the EPC itself. */
static int locate(struct emu_tag *tag, const struct hm_zpl_rfid *op, uint8_t **ret, size_t *ret_room)
{
	uint8_t *bank;
	size_t size, from = (size_t)op->block * 2;

	switch (op->bank) {
	case '0':
		bank = tag->reserved;
		size = sizeof(tag->reserved);
		break;
	case '2':
		bank = tag->tid;
		size = sizeof(tag->tid);
		break;
	case '3':
		bank = tag->user;
		size = sizeof(tag->user);
		break;
	case '1':
		bank = tag->epc;
		size = 4 + tag->epc_room;
		break;
	default:	/* E and A */
		bank = tag->epc;
		size = 4 + tag->epc_room;
		from = 4;
		break;
	}
	if (from >= size)
		return -ERANGE;
	*ret = bank + from;
	*ret_room = size - from;
	return 0;
}

static int decode(const struct hm_zpl_rfid *op, uint8_t *out, size_t room, size_t *ret_len)
{
	if (!op->data)
		return -EINVAL;
	if (op->format == 'H')
		return emu_unhex(op->data, op->len, out, room, ret_len);
	if (op->len > room)
		return -ERANGE;
	memcpy(out, op->data, op->len);
	*ret_len = op->len;
	return 0;
}

/* ^FDaccess,kill: eight hex digits each, either may be left out */
static int write_passwords(struct emu_tag *tag, const struct hm_zpl_rfid *op, struct emu_tag_session *s)
{
	const char *text = op->data ? op->data : "", *comma = strchr(text, ',');
	size_t len = comma ? (size_t)(comma - text) : strlen(text), n;
	uint8_t access[4], kill[4];

	if (len > 0 && (emu_unhex(text, len, access, sizeof(access), &n) < 0 || n != 4))
		return -EINVAL;
	if (comma && comma[1] && (emu_unhex(comma + 1, strlen(comma + 1), kill, sizeof(kill), &n) < 0 || n != 4))
		return -EINVAL;
	if (may_write(tag, ACCESS, s) < 0 || may_write(tag, KILL, s) < 0)
		return -EACCES;
	if (len > 0) {
		memcpy(tag->reserved + 4, access, 4);
		memcpy(s->password, access, 4);
		s->has_password = true;
	}
	if (comma && comma[1])
		memcpy(tag->reserved, kill, 4);
	return 0;
}

static int write_bank(struct emu_tag *tag, const struct hm_zpl_rfid *op, struct emu_tag_session *s)
{
	uint8_t data[EMU_TAG_USER_BYTES] = {}, *to;
	size_t len, room, want;
	int area = op->bank == '3' ? USER : op->bank == '0' ? ACCESS : EPC;
	int r;

	if (op->bank == '2')
		return -EROFS;
	if (op->bank == '1' && op->block == 0)
		return -EROFS;		/* the tag computes its CRC itself */
	r = locate(tag, op, &to, &room);
	if (r == 0)
		r = decode(op, data, sizeof(data), &len);
	if (r < 0)
		return r;
	/* bank E is of 96 bits, whatever the chip has; A takes as much as there is, in whole words */
	want = op->bank == 'E' ? 12 : op->bank == 'A' ? (len + 1) / 2 * 2 : op->bytes ? op->bytes : len;
	if (len > want || want > room || want % 2)
		return -ERANGE;
	r = may_write(tag, area, s);
	if (r == 0 && op->bank == '0')
		r = may_write(tag, KILL, s);
	if (r < 0)
		return r;
	memcpy(to, data, want);		/* short data is padded with zeros */
	if (op->bank == 'A')
		tag->epc[2] = (uint8_t)((tag->epc[2] & 7) | want / 2 << 3);
	if (area == EPC)
		store_crc(tag);
	return 0;
}

static int read_bank(struct emu_tag *tag, const struct hm_zpl_rfid *op, const struct emu_tag_session *s, char *answer,
		     size_t size)
{
	uint8_t *from;
	size_t room, want;
	int r = locate(tag, op, &from, &room);

	if (r < 0)
		return r;
	want = op->bank == 'E' || op->bank == 'A' ? emu_tag_epc_len(tag) : op->bytes ? op->bytes : 1;
	if (want > room || 2 * want + 1 > size)
		return -ERANGE;
	if (op->bank == '0' && (tag->locks[KILL] != 'U' || tag->locks[ACCESS] != 'U') && !secured(tag, s))
		return -EACCES;
	if (op->format == 'H')
		emu_hex(from, want, answer);
	else
		snprintf(answer, size, "%.*s", (int)want, (const char *)from);
	return 0;
}

static int lock(struct emu_tag *tag, const struct hm_zpl_rfid *op, const struct emu_tag_session *s)
{
	size_t i;

	/* a lock needs a password that is not zero, and that the printer was told */
	if (!password_set(tag) || !secured(tag, s))
		return -EACCES;
	for (i = 0; i < 4; i++)
		if (op->locks[i] && (tag->locks[i] == 'P' || tag->locks[i] == 'O') && op->locks[i] != tag->locks[i])
			return -EACCES;
	for (i = 0; i < 4; i++)
		if (op->locks[i])
			tag->locks[i] = op->locks[i];
	return 0;
}

int emu_tag_run(struct emu_tag *tag, const struct hm_zpl_rfid *op, struct emu_tag_session *s, char *answer,
		size_t room)
{
	size_t n;

	if (tag->dead)
		return -ENODEV;
	switch (op->op) {
	case HM_ZPL_RFID_READ:
		return read_bank(tag, op, s, answer, room);
	case HM_ZPL_RFID_WRITE:
		if (tag->weak)
			return -EIO;
		return op->passwords ? write_passwords(tag, op, s) : write_bank(tag, op, s);
	case HM_ZPL_RFID_PASSWORD:
		if (!op->data || emu_unhex(op->data, op->len, s->password, sizeof(s->password), &n) < 0 || n != 4)
			return -EINVAL;
		s->has_password = true;
		return 0;
	case HM_ZPL_RFID_LOCK:
		return tag->weak ? -EIO : lock(tag, op, s);
	}
	return -EINVAL;
}
