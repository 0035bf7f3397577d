/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a record travels in: the bytes of one EEPROM slot. Three carriers, one shape
 * (struct hm_image) that every one of them can be built from and read into; beside it
 * what ONIE and IPMI have of their own. docs/record.md has the bytes. Pure.
 *
 *	rc = hm_image_build(HM_CARRIER_IPMI_FRU, &image, &bytes, &err);
 *	...
 *	rc = hm_image_parse(bytes, len, &carrier, &image, &used, &err);
 *
 * An image that is there already and must keep what others wrote is changed with
 * hm_onie_update() or hm_fru_update(): parse it, change members, update.
 */
#ifndef HM_RECORD_CARRIER_H
#define HM_RECORD_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/record.h"

#define HM_IMAGE_MAX	2048
#define HM_RECORD_PEN	32473u	/* the documentation PEN of RFC 5612, until we hold our own */

enum hm_carrier {
	HM_CARRIER_ONIE_TLV,
	HM_CARRIER_IPMI_FRU,
	HM_CARRIER_CWT,		/* the record and nothing else */
};
#define HM_CARRIERS 3

/* "onie-tlv" "ipmi-fru" "cwt", as product files say it */
const char *hm_carrier_name(enum hm_carrier c);
/* 0, -HM_EUNKNOWN_SCHEME */
int hm_carrier_of(const char *name, enum hm_carrier *ret);

/* Of a text: what other people's may need (255 characters of a TlvInfo), and what we write. */
#define HM_IMAGE_TEXT	256
#define HM_IMAGE_WRITE	64

/* What a unit's EEPROM says, whatever the carrier. A bare record says no more than itself. */
struct hm_image {
	char product[HM_IMAGE_TEXT];
	char part_number[HM_IMAGE_TEXT];
	char serial[HM_IMAGE_TEXT];
	char manufacturer[HM_IMAGE_TEXT];
	int64_t made;		/* seconds, UTC; -1: not said */
	bool has_mac;		/* TlvInfo alone has a place for it */
	uint8_t mac[6];
	uint16_t macs;		/* from there on */
	uint8_t cwt[HM_RECORD_MAX];
	size_t cwt_len;		/* 0: there is none of ours */
};

/*
 * Append the bytes to @out. A carrier leaves out what it has no place for: a bare
 * record everything else, IPMI seconds and years beyond 2027. -HM_EEMPTY (a bare
 * record without one), -HM_ETOO_LONG (with the size that is needed), -HM_EBAD_CHAR,
 * -HM_EBAD_DATE; of a TlvInfo also what hm_onie_build() says.
 */
int hm_image_build(enum hm_carrier c, const struct hm_image *in, struct hm_buf *out,
		   struct hm_err *err);
/* Nothing but FF, or nothing but 00? True of no bytes. */
bool hm_erased(const uint8_t *p, size_t len);
/*
 * Which carrier begins at @bytes, and what does it say? *ret_len: its size; bytes behind
 * it are not looked at. -HM_EEMPTY, -HM_EUNPROGRAMMED (erased bytes only),
 * -HM_EBAD_FORMAT and what the carrier's own reader says.
 */
int hm_image_parse(const void *bytes, size_t len, enum hm_carrier *ret_carrier,
		   struct hm_image *ret, size_t *ret_len, struct hm_err *err);

/* --- ONIE TlvInfo --- */

/*
 * "TlvInfo\0", version 1, BE16 length, TLVs, CRC-32 last. 21 product, 22 part number,
 * 23 serial, 24 the first MAC, 25 date, 2A how many MACs, 2B manufacturer, FD vendor
 * extension: PEN (4 bytes BE), then the record. Members that are empty have no TLV.
 */
#define HM_ONIE_MAX	2048

struct hm_onie {
	char product[HM_IMAGE_TEXT];
	char part_number[HM_IMAGE_TEXT];
	char serial[HM_IMAGE_TEXT];
	char date[20];		/* "MM/DD/YYYY HH:MM:SS" */
	char manufacturer[HM_IMAGE_TEXT];
	bool has_mac;
	uint8_t mac[6];		/* to be written universal and of one station, else -HM_EBAD_EUI; any is read */
	uint16_t macs;		/* from there on, behind the same three octets; 0: not said */
	uint8_t cwt[HM_RECORD_MAX];
	size_t cwt_len;		/* 0: there is none of ours */
};

/*
 * -HM_ETOO_LONG, -HM_EBAD_CHAR, -HM_EBAD_DATE, -HM_EBAD_EUI, -HM_EEMPTY (macs without a mac),
 * -HM_EOVERFLOW (macs beyond the block).
 */
int hm_onie_build(const struct hm_onie *in, struct hm_buf *out, struct hm_err *err);
/* The codes of the TLVs that it writes, in its order: what a cut TlvInfo of ours begins with. */
#define HM_ONIE_TLVS	8u
#define HM_ONIE_VENDOR	0xfd	/* the last, with our record */
extern const uint8_t hm_onie_order[HM_ONIE_TLVS];
/*
 * Reads one TlvInfo at the start of @bytes (which may be longer). *ret_len: its size.
 * TLVs that we have no member for are stepped over. Whether the cwt is a record is
 * for hm_record_parse() to say.
 */
int hm_onie_parse(const void *bytes, size_t len, struct hm_onie *ret, size_t *ret_len,
		  struct hm_err *err);
/*
 * Every TLV, but the checksum, of @len bytes that hm_onie_parse() took and measured, in their order;
 * *@at is 0 at first. False behind the last.
 */
struct hm_tlv {
	uint8_t code, len;
	const uint8_t *value;
	bool ours;		/* struct hm_onie has it */
};
bool hm_onie_next(const void *bytes, size_t len, size_t *at, struct hm_tlv *ret);
/*
 * The TlvInfo at @old with @in in it: TLVs of ours are changed where they stand,
 * removed where @in has nothing, added before the checksum where there was none; every
 * other TLV stays as it is, in its place. What parse says of @old, or
 * -HM_ETOO_LONG.
 */
int hm_onie_update(const void *old, size_t len, const struct hm_onie *in, struct hm_buf *out,
		   struct hm_err *err);
/* Seconds to ONIE's date, whose years have four digits: 0 to HM_ONIE_TIME_MAX. */
#define HM_ONIE_TIME_MAX 253402300799
void hm_onie_date(int64_t t, char out[20]);
/* And back: 0 or -HM_EBAD_DATE. */
int hm_onie_time(const char *date, int64_t *ret);

/* --- IPMI FRU (Platform Management FRU Information Storage Definition v1.0, r1.3) --- */

/*
 * A common header, areas of texts (10 to 12), and records (16) of which one is ours:
 * OEM type, PEN (3 bytes LE), then the record. Written as 8-bit ASCII; 8-bit Latin-1 and two bytes
 * a character (given as UTF-8), 6-bit ASCII, BCD plus and binary (as hexadecimal digits) are read too. A text of one character is
 * written with a space behind it, because the length 1 means the end (13); spaces at
 * the end are not read.
 */
#define HM_FRU_TEXT	128	/* 126 digits of BCD, or bytes of UTF-8, and the NUL */
#define HM_FRU_WRITE	63	/* characters of a text that can be written */

enum hm_fru_text {
	HM_FRU_CHASSIS_PART, HM_FRU_CHASSIS_SERIAL,
	HM_FRU_BOARD_MANUFACTURER, HM_FRU_BOARD_NAME, HM_FRU_BOARD_SERIAL, HM_FRU_BOARD_PART,
	HM_FRU_BOARD_FILE,
	HM_FRU_PRODUCT_MANUFACTURER, HM_FRU_PRODUCT_NAME, HM_FRU_PRODUCT_PART,
	HM_FRU_PRODUCT_VERSION, HM_FRU_PRODUCT_SERIAL, HM_FRU_PRODUCT_ASSET, HM_FRU_PRODUCT_FILE,
	HM_FRU_TEXTS
};

/* The areas in the order of the header's offsets. */
enum hm_fru_area {
	HM_FRU_INTERNAL, HM_FRU_CHASSIS, HM_FRU_BOARD, HM_FRU_PRODUCT, HM_FRU_RECORDS,
	HM_FRU_AREAS
};

struct hm_fru {
	bool has[HM_FRU_AREAS];	/* chassis, board, product: to be written; the others: found */
	uint8_t chassis_type;	/* SMBIOS 7.4.1 */
	uint32_t board_minutes;	/* since 1996-01-01 00:00 UTC, 24 bits; 0: not said */
	char text[HM_FRU_TEXTS][HM_FRU_TEXT];
	uint8_t cwt[HM_RECORD_MAX];
	size_t cwt_len;		/* 0: there is none of ours */
	/* found, not written: fields behind the named ones, other people's records */
	uint32_t custom, records;
};

/* "chassis part number" ... */
const char *hm_fru_text_name(enum hm_fru_text t);
/* -HM_ETOO_LONG, -HM_EBAD_CHAR (also a space at the end), -HM_EOVERFLOW (the minutes). */
int hm_fru_build(const struct hm_fru *in, struct hm_buf *out, struct hm_err *err);
/*
 * Reads one FRU at the start of @bytes (which may be longer): every checksum, every
 * bound. *ret_len: up to the end of its last area; all of @len where that is the
 * internal use area, which does not tell its length. -HM_EBAD_FORMAT (version, checksum,
 * overlap), -HM_EBAD_LENGTH, -HM_ENO_TERMINATOR, -HM_ERESERVED_NONZERO, -HM_EBAD_CHAR.
 */
int hm_fru_parse(const void *bytes, size_t len, struct hm_fru *ret, size_t *ret_len,
		 struct hm_err *err);
/*
 * What a FRU that hm_fru_parse() takes has beside its texts, one by one: its custom fields, area by
 * area, and behind them its records, ours too. -HM_EBAD_FORMAT ...: it takes it not, and nothing was told.
 */
struct hm_fru_extra {
	enum hm_fru_area area;	/* HM_FRU_RECORDS: a record */
	uint8_t type;		/* of the record (16.2), or of the field (13) */
	const uint8_t *bytes;	/* without their heads */
	size_t len;
	bool ours;		/* struct hm_fru has it as its cwt */
	bool has_text;		/* a field that can be printed */
	char text[HM_FRU_TEXT];
};
int hm_fru_extras(const void *bytes, size_t len, void (*each)(void *context, const struct hm_fru_extra *e), void *context);
const char *hm_fru_area_name(enum hm_fru_area a);
/*
 * The FRU at @old with @in in it. An area in which no text of @in differs is kept byte
 * for byte; in one that is written anew, fields that do not differ and those
 * behind the named ones keep their bytes. Other people's records and the internal use
 * area are kept. An area that @in does not have is kept too: an area is never removed.
 */
int hm_fru_update(const void *old, size_t len, const struct hm_fru *in, struct hm_buf *out,
		  struct hm_err *err);

#endif /* HM_RECORD_CARRIER_H */
