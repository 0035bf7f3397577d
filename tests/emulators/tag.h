/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A virtual EPC Gen2 tag on the printer's roll: four memory banks, a TID that
 * the factory wrote, locks and passwords.
 *
 *	emu_tag_blank(&tag, slot, number);
 *	r = emu_tag_run(&tag, &label->rfid[i], &session, answer, sizeof(answer));
 */
#ifndef EMU_TAG_H
#define EMU_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "label/zpl.h"

#define EMU_TAG_EPC_BYTES	30	/* 240 bits: any GTIN and serial fits */
#define EMU_TAG_EPC_SMALL	12	/* 96 bits, as the common chips */
#define EMU_TAG_USER_BYTES	64
#define EMU_TAG_ANSWER_MAX	(2 * EMU_TAG_USER_BYTES + 1)

struct emu_tag {
	uint8_t reserved[8];			/* kill password, access password */
	uint8_t epc[4 + EMU_TAG_EPC_BYTES];	/* CRC, PC, EPC */
	size_t epc_room;			/* bytes of an EPC that the chip takes */
	uint8_t tid[12];
	uint8_t user[EMU_TAG_USER_BYTES];
	char locks[5];				/* kill, access, EPC, user: U L O P */
	bool weak;				/* cannot be written */
	bool dead;				/* does not answer at all */
};

/* What the printer knows while it works on one label. */
struct emu_tag_session {
	bool has_password;
	uint8_t password[4];
};

/* An unprogrammed tag; its TID differs for every slot and label number. */
void emu_tag_blank(struct emu_tag *tag, unsigned int slot, unsigned int number);

/* How many bytes of EPC the tag answers with: what its PC says. */
size_t emu_tag_epc_len(const struct emu_tag *tag);

/*
 * One operation. A read leaves its value in @answer. Returns 0 or: -ENODEV no
 * tag answers, -EIO the write did not take, -EACCES locked or no password,
 * -EROFS the TID, -ERANGE beyond the bank, -EINVAL data that is not what the
 * format says.
 */
int emu_tag_run(struct emu_tag *tag, const struct hm_zpl_rfid *op, struct emu_tag_session *s, char *answer,
		size_t room);

#endif
