/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory banks of a Gen 2 tag, as a reader dumps them in hexadecimal: TDS 2.3,
 * sections 9, 15, 16 and 17.
 *
 *	bank 01 (EPC)	CRC 00h-0Fh, PC 10h-1Fh, EPC from 20h, XPC words at 210h and 220h
 *	bank 10 (TID)	E2h, X S F, designer, model; XTID header at 20h; serial from 30h
 *	bank 11 (user)	the data storage format identifier; packed objects behind it: packed.h
 *
 *	struct hm_epc_bank b;
 *
 *	rc = hm_epc_bank_parse("E2F00000", 8, &b);
 *	rc = hm_epc_bank_build("urn:epc:tag:sgtin-96:3.0614141.812345.6789", len, hex, sizeof(hex));
 *
 * Parsing tells what is there, also where it contradicts itself (a CRC that does not fit,
 * an EPC that is none: the URI is then a raw one and epc_rc says why); it fails only
 * where the dump is too short for what its own fields say.
 */
#ifndef HM_GS1_BANK_H
#define HM_GS1_BANK_H

#include <stdbool.h>

#include "base/error.h"
#include "gs1/epc.h"

#define HM_BANK_URI_SIZE	(HM_EPC_URI_SIZE + 64)
#define HM_BANK_HEX_SIZE	(33u * 4 + 1)

/* CRC-16 of ISO/IEC 13239: polynomial 1021h, preset FFFFh, inverted. "123456789": D64Eh */
uint16_t hm_crc16(const void *bytes, size_t len);

struct hm_epc_bank {
	uint16_t crc, pc;
	bool crc_good;
	unsigned int words;		/* of the EPC, as the PC says */
	bool user_memory, xpc, toggle;	/* UMI, XI, T */
	uint8_t attributes;		/* where T is set: the AFI, and no EPC */
	unsigned int xpc_words;		/* 0, 1 or 2 that were in the dump */
	uint16_t xpc_w[2];
	/* with control fields: urn:epc:tag:[att=x01]:sgtin-96:... */
	char uri[HM_BANK_URI_SIZE];
	int epc_rc;			/* 0: an EPC; else why it is a raw URI */
	struct hm_err epc_why;		/* ... in words */
	/*
	 * An EPC of a "+" scheme has a raw URI, its scheme's name, its elements with those that
	 * follow it, in brackets, and their link ("" where they have none); else NULL and "". Where
	 * what follows it cannot be read, @alone has the EPC's own, and the other two are "".
	 */
	const char *scheme;
	char elements[512], link[1024], alone[512];
};

int hm_epc_bank_parse(const char *hex, size_t len, struct hm_epc_bank *ret);
/*
 * CRC, PC and EPC of a tag URI or a raw one, with [att=xNN] and [umi=1] before the scheme, in this
 * order, each once (-HM_EBAD_URI); no attributes where there is an AFI.
 * -HM_EBAD_REQUEST: an XPC, which no reader can write.
 */
int hm_epc_bank_build(const char *uri, size_t len, char *hex, size_t size);

/* Segments of the XTID (TDS 16.2): there where the header says so and the dump goes so far. */
struct hm_xtid_commands {
	bool there;
	uint8_t epc_words_max;
	bool recommissioning, access, separate_locks, auto_umi, pjm, block_erase, block_write, block_permalock;
};

/* What one of the block commands takes; sizes and addresses in words. */
struct hm_xtid_block {
	uint8_t size_max;
	bool any_size;
	uint8_t epc_offset, user_offset;
	bool epc_unaligned, user_unaligned;
};

struct hm_tid {
	bool xtid, security, file;	/* X S F */
	uint16_t designer;		/* 9 bits */
	uint16_t model;			/* 12 bits */
	uint16_t header;		/* of the XTID; 0 where there is none, or @cut */
	bool cut;			/* the dump is the first two words, and X says that there are more */
	bool reserved;			/* a bit is set that the standard keeps at 0 */
	unsigned int serial_bits;	/* 0, or 48 ... 144 */
	char serial[37];		/* upper-case hexadecimal */
	char stid[64];			/* urn:epc:stid:xMMM.xMMM.xSERIAL, "" without a serial */
	struct hm_xtid_commands commands;
	bool blocks_there;
	struct hm_xtid_block write, erase;
	bool user_there;
	uint16_t user_words, permalock_words;
	bool locks_there;
	uint8_t locks;			/* bits 0 ... 5: file 0, TID, EPC; permalock, then password write */
};

/* -HM_EUNKNOWN_HEADER: not E2h; -HM_EUNPROGRAMMED; -HM_EBAD_LENGTH: less than two words, or cut in the XTID's header or serial */
int hm_tid_parse(const char *hex, size_t len, struct hm_tid *ret);

struct hm_user_memory {
	uint8_t dsfid;
	/* "no-directory" "directory" "packed-objects" "tag-data-profile"; "unformatted": DSFID 00, not as in ISO/IEC 15962 */
	const char *access;
	bool extended;			/* another byte of it follows */
	uint8_t format;			/* 9: GS1 application identifiers */
};

/* -HM_EUNPROGRAMMED: all bytes are 00, or all FF. */
int hm_user_memory_parse(const char *hex, size_t len, struct hm_user_memory *ret);

#endif /* HM_GS1_BANK_H */
