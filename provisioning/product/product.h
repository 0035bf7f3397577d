/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is being made: a product file (INI, read with inih) and nothing else.
 * Pure: the file's bytes in, a struct out. What its pattern and its template
 * mean is for serial/ and label/; the meeting rooms put them together.
 *
 *	[product]
 *	name = demo-sensor              ; a-z 0-9 . _ - , at most 32
 *	gtin = 09521234543213           ; 14 digits, check digit verified
 *	company_prefix = 9521234        ; 6 to 12 digits, as in the GTIN
 *	part_number = HM-1000
 *	manufacturer = Example Instruments
 *	description = ...               ; optional
 *	iac = UN                        ; optional, with cin: ISO/IEC 15459 and 25S,
 *	cin = 123456789                 ; serial/forms.h
 *	link = https://id.example.com/s/	; optional: IEC 61406, the serial follows
 *	[serial]
 *	pattern = {n:10}{c:mod10}       ; serial/serial.h
 *	first = 1000000001              ; counter values, last optional
 *	guess_odds = 10000              ; optional: a try succeeds less often than that
 *	pool = acme-2026                ; or this, and nothing else: a supplied list
 *	[mac]                           ; optional: each unit gets addresses
 *	prefix = 9C-F6-DD               ; MA-L, MA-M, MA-S: 6, 7, 9 digits (serial/eui.h)
 *	first = 0                       ; optional: numbers within the block
 *	last = 4095
 *	pool = acme-macs                ; or this, in place of prefix, first, last
 *	bits = 48                       ; or 64; 48 unless told
 *	count = 4                       ; a run of so many, 1 unless told
 *	[epc]
 *	scheme = sgtin-96               ; or sgtin-198, sgtin+; none: labels without a tag
 *	filter = 1                      ; of each but none
 *	[label]
 *	template = demo-label.zpl       ; beside the product file
 *	elements = 01 17 10 21          ; optional: what its GS1 code holds, in this order
 *	identifiers = 1P S 1T           ; optional: what its ISO/IEC 15434 message holds
 *	shelf_life = 24m                ; optional: days, months or years, d m y, to the expiry
 *	[record]
 *	carrier = onie-tlv              ; or ipmi-fru, or cwt (the record alone)
 *	eeprom_size = 32768             ; 1024 to 65536; for cwt from 256 on
 *	[identity]
 *	binding = tpm                   ; or none, said aloud
 *
 * Every key is known, every key at most once, every section at most once; a
 * missing mandatory key, an unknown one or a bad value is -HM_EBAD_PRODUCT with
 * a line that names section, key and line number.
 */
#ifndef HM_PRODUCT_PRODUCT_H
#define HM_PRODUCT_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_PRODUCT_FILE_MAX	(64u << 10)
#define HM_PRODUCT_NAME_MAX	32

enum hm_binding {
	HM_BINDING_NONE		= 0,
	HM_BINDING_STATION	= 1,	/* not yet issued by this version */
	HM_BINDING_TPM		= 2,
};

enum hm_product_epc {
	HM_PRODUCT_NO_EPC		= 0,	/* no tag: serials of any characters */
	HM_PRODUCT_SGTIN_96		= 1,	/* serials of digits */
	HM_PRODUCT_SGTIN_198		= 2,	/* serials of any characters, as in the next one, too */
	HM_PRODUCT_SGTIN_PLUS		= 3,	/* an EPC as long as its serial needs */
};

#define HM_MACS_MAX	256

struct hm_product {
	char name[HM_PRODUCT_NAME_MAX + 1];
	char gtin[15];
	char company_prefix[13];
	char part_number[33];
	char manufacturer[65];
	char description[129];
	char iac[4], cin[31];	/* both or neither */
	char link[256];
	char pattern[97];	/* "": serials come out of @pool */
	uint64_t first;
	uint64_t last;		/* UINT64_MAX where the pattern alone is the limit */
	uint64_t guess_odds;	/* 0: no limit */
	char pool[33];
	char mac_prefix[14];	/* "": addresses come out of @mac_pool */
	uint64_t mac_first;
	uint64_t mac_last;	/* UINT64_MAX where the block alone is the limit */
	char mac_pool[33];
	uint32_t mac_bits;	/* 48, 64 */
	uint32_t mac_count;	/* addresses of a unit; 0: none at all */
	enum hm_product_epc epc_scheme;
	uint32_t epc_filter;
	char template_name[65];	/* a file name without a slash */
	char elements[65], identifiers[65];	/* words; unit/inputs.h says which */
	uint32_t shelf_life;	/* 0: none */
	char shelf_life_unit;	/* d m y */
	char carrier[9];	/* "onie-tlv" "ipmi-fru" "cwt" */
	uint32_t eeprom_size;	/* bytes: a power of two, 1024 ... 65536; cwt: 256 ... 65536 */
	enum hm_binding binding;
};

int hm_product_parse(const void *bytes, size_t len, struct hm_product *ret, struct hm_err *err);

/* "sgtin-96" "sgtin-198" "sgtin+" "none": in the product file, and what gs1/ calls them */
const char *hm_product_epc_name(enum hm_product_epc scheme);

/* "tpm", "station", "none" */
const char *hm_binding_name(enum hm_binding b);

#endif /* HM_PRODUCT_PRODUCT_H */
