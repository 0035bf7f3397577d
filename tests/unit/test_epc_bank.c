// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory banks of a Gen 2 tag: CRC, PC, control fields, TID and XTID, user memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "gs1/bank.h"
#include "support/rnd.h"

static void crc(void **state)
{
	(void)state;
	assert_int_equal(hm_crc16("123456789", 9), 0xd64e);
	assert_int_equal(hm_crc16("\0\0", 2), 0xe2f0);
	assert_int_equal(hm_crc16("", 0), 0);
}

static void epc_bank(void **state)
{
	static const struct {
		const char *pc_and_epc, *uri;
		int epc_rc;
	} t[] = {
		{ "30003074257BF7194E4000001A85", "urn:epc:tag:sgtin-96:3.0614141.812345.6789", 0 },
		{ "34003074257BF7194E4000001A85", "urn:epc:tag:[umi=1]:sgtin-96:3.0614141.812345.6789", 0 },
		{ "30013074257BF7194E4000001A85", "urn:epc:tag:[att=x01]:sgtin-96:3.0614141.812345.6789", 0 },
		{ "34FF3074257BF7194E4000001A85", "urn:epc:tag:[att=xFF][umi=1]:sgtin-96:3.0614141.812345.6789", 0 },
		{ "680036" "74257BF6B7A659B2C2BF100000000000000000000000000000",
		  "urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb", 0 },
		{ "3000E20000000000000000000000", "urn:epc:raw:96.xE20000000000000000000000", -HM_EUNKNOWN_HEADER },
		{ "3000000000000000000000000000", "urn:epc:raw:96.x000000000000000000000000", -HM_EUNPROGRAMMED },
		{ "28003074257BF7194E4000001A", "urn:epc:raw:80.x3074257BF7194E400000", -HM_EBAD_LENGTH },
		{ "31A23074257BF7194E4000001A85", "urn:epc:raw:96.xA2.x3074257BF7194E4000001A85", 0 },
		{ "340530FC257BF7194E4000001A85", "urn:epc:raw:[att=x05][umi=1]:96.x30FC257BF7194E4000001A85",
		  -HM_EBAD_PARTITION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_epc_bank b;
		uint8_t bytes[64];
		char hex[160], built[HM_BANK_HEX_SIZE] = "";
		size_t n;
		uint16_t c;

		assert_int_equal(hm_unhex_any(t[i].pc_and_epc, bytes, sizeof(bytes), &n), 0);
		n = 2 + 2 * (size_t)(bytes[0] >> 3);
		c = hm_crc16(bytes, n);
		snprintf(hex, sizeof(hex), "%04x%.*s", c, (int)(2 * n), t[i].pc_and_epc);
		assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
		assert_string_equal(b.uri, t[i].uri);
		assert_int_equal(b.epc_rc, t[i].epc_rc);
		assert_true(b.crc_good);
		assert_int_equal(b.words, (n - 2) / 2);
		/* the URI says all of it */
		assert_int_equal(hm_epc_bank_build(b.uri, strlen(b.uri), built, sizeof(built)), 0);
		assert_int_equal(strcasecmp(built, hex), 0);
		assert_int_equal(hm_epc_bank_build(b.uri, strlen(b.uri), built, strlen(hex)), -HM_ETOO_LONG);
		/* any bit of it changed does not fit the CRC, or the length */
		for (size_t bit = 0; bit < 8 * (n + 2); bit++) {
			char other[160];

			strcpy(other, hex);
			bytes[0] = (uint8_t)strtoul((char[]){ hex[bit / 4], '\0' }, NULL, 16);
			snprintf(built, sizeof(built), "%X", bytes[0] ^ (8u >> bit % 4));
			other[bit / 4] = built[0];
			if (!hm_epc_bank_parse(other, strlen(other), &b))
				assert_false(b.crc_good);
		}
	}
}

static void xpc(void **state)
{
	struct hm_epc_bank b;
	uint8_t bytes[0x230 / 8] = { 0 };
	char hex[2 * sizeof(bytes) + 1];

	(void)state;
	hm_unhex("30003074257BF7194E4000001A85", bytes + 2, 14);
	bytes[2] |= 0x02;
	bytes[0x210 / 8] = 0x80;
	bytes[0x210 / 8 + 1] = 0x04;
	bytes[0x220 / 8 + 1] = 0x01;
	hm_hex(bytes, sizeof(bytes), hex);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.xpc_words, 2);
	assert_string_equal(b.uri, "urn:epc:tag:[xpc=x8004]:sgtin-96:3.0614141.812345.6789");
	assert_int_equal(b.xpc_w[1], 0x0001);
	/* TDS 12.2.2: where it is not zero */
	hex[0x210 / 4] = '0';
	hex[0x210 / 4 + 3] = '0';
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.xpc_words, 1);
	assert_string_equal(b.uri, "urn:epc:tag:sgtin-96:3.0614141.812345.6789");
	hex[0x210 / 4] = '8';
	assert_false(b.crc_good);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex) - 4, &b), 0);
	assert_int_equal(b.xpc_words, 1);
	assert_int_equal(hm_epc_bank_parse(hex, 32, &b), 0);
	assert_true(b.xpc);
	assert_int_equal(b.xpc_words, 0);
	/* the tag makes its XPC itself */
	assert_int_equal(hm_epc_bank_build("urn:epc:tag:[umi=1][xpc=x8004]:sgtin-96:3.0614141.812345.6789", 61, hex,
					   sizeof(hex)), -HM_EBAD_REQUEST);
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} parse[] = {
		{ "", -HM_EEMPTY },
		{ "E2F0", -HM_EBAD_LENGTH },
		{ "E2F0000", -HM_EBAD_LENGTH },
		{ "E2F00800", -HM_EBAD_LENGTH },
		{ "E2F0000G", -HM_ENOT_HEX },
		{ "E2F00000", 0 },
	}, build[] = {
		{ "", -HM_EEMPTY },
		{ "urn:epc:tag:", -HM_EBAD_URI },
		{ "urn:epc:id:sgtin:0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=1:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[xpc=x800]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[xpc=x80040]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[xpc=x80040001]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_REQUEST },
		{ "urn:epc:tag:[att=x01][xpc-w1=x0004]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_REQUEST },
		{ "urn:epc:tag:[xpc-w1=x00040001]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=1][att=x01]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[att=x01][att=x02]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=1][umi=0]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:raw:[att=x01]:16.xA2.x0000", -HM_EBAD_URI },
		{ "urn:epc:tag:[xpc=x", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=1]", -HM_EBAD_URI },
		{ "urn:epc:tag:[att=x1]:sgtin-96:3.0614141.812345.6789", -HM_ENOT_HEX },
		{ "urn:epc:tag:[att=xGG]:sgtin-96:3.0614141.812345.6789", -HM_ENOT_HEX },
		{ "urn:epc:tag:[att=x", -HM_EBAD_URI },
		{ "urn:epc:tag:[att=x01", -HM_EBAD_URI },
		{ "urn:epc:tag:[att=x01]sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[umi=2]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:[x]:sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.06789", -HM_ELEADING_ZERO },
		{ "urn:epc:raw:16.xA.x0000", -HM_EBAD_URI },
		{ "urn:epc:raw:16.xXY.x0000", -HM_ENOT_HEX },
		{ "urn:epc:raw:16.xA2.x00", -HM_EBAD_LENGTH },
	};
	struct hm_epc_bank b;
	char hex[HM_BANK_HEX_SIZE] = "old", big[1200];

	(void)state;
	for (size_t i = 0; i < sizeof(parse) / sizeof(parse[0]); i++)
		assert_int_equal(hm_epc_bank_parse(parse[i].text, strlen(parse[i].text), &b), parse[i].rc);
	assert_true(b.crc_good);
	assert_string_equal(b.uri, "urn:epc:raw:0.x");
	for (size_t i = 0; i < sizeof(build) / sizeof(build[0]); i++) {
		int rc = hm_epc_bank_build(build[i].text, strlen(build[i].text), hex, sizeof(hex));

		if (rc != build[i].rc)
			fail_msg("%s: %s, not %s", build[i].text, hm_error_name(rc), hm_error_name(build[i].rc));
	}
	memset(big, '0', sizeof(big));
	assert_int_equal(hm_epc_bank_parse(big, sizeof(big), &b), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_bank_build(big, sizeof(big), hex, sizeof(hex)), -HM_ETOO_LONG);
	/* 512 bytes are read, and not one more */
	assert_int_equal(hm_epc_bank_parse(big, 1024, &b), 0);
	assert_int_equal(hm_epc_bank_parse(big, 1026, &b), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_bank_parse("E2F000", 6, &b), -HM_EBAD_LENGTH);
	assert_int_equal(hm_epc_bank_parse("E2\0F0000", 8, &b), -HM_ENOT_HEX);
	/* nothing behind a NUL is passed over, nor the NUL */
	assert_int_equal(hm_epc_bank_build("urn:epc:tag:sgtin-96:3.0614141.812345.6789\0", 43, hex, sizeof(hex)), -HM_EBAD_URI);
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:16.x3074\0" "99", 23, hex, sizeof(hex)), -HM_EBAD_URI);
	assert_string_equal(hex, "old");
}

static void tid(void **state)
{
	static const struct {
		const char *hex;
		int rc;
		unsigned int serial_bits;
		const char *stid;
	} t[] = {
		{ "E2801160600002054A0F1A2B", -HM_EBAD_LENGTH, 0, NULL },	/* 80 bits, 48 are there */
		{ "E28011602000AABBCCDDEEFF", 0, 48, "urn:epc:stid:x801.x160.xAABBCCDDEEFF" },
		{ "e28011604000aabbccddeeff0011", 0, 64, "urn:epc:stid:x801.x160.xAABBCCDDEEFF0011" },
		{ "E2801160E000000102030405060708090A0B0C0D0E0F1011", 0, 144,
		  "urn:epc:stid:x801.x160.x000102030405060708090A0B0C0D0E0F1011" },
		{ "E28011602000AABBCCDDEE", -HM_EBAD_LENGTH, 0, NULL },
		{ "E28011602000AABBCCDDEEF", -HM_EBAD_LENGTH, 0, NULL },
		{ "E2801160", 0, 0, "" },	/* the chip alone */
		{ "E280116020", -HM_EBAD_LENGTH, 0, NULL },
		{ "E2001160", 0, 0, "" },
		{ "E20011", -HM_EBAD_LENGTH, 0, NULL },
		{ "E0001160", -HM_EUNKNOWN_HEADER, 0, NULL },
		{ "00000000", -HM_EUNPROGRAMMED, 0, NULL },
		{ "", -HM_EEMPTY, 0, NULL },
		{ "E20011XX", -HM_ENOT_HEX, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_tid d = { .model = 0xeee };
		int rc = hm_tid_parse(t[i].hex, strlen(t[i].hex), &d);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].hex, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc) {
			assert_int_equal(d.model, 0xeee);
			continue;
		}
		assert_int_equal(d.serial_bits, t[i].serial_bits);
		assert_string_equal(d.stid, t[i].stid);
		assert_int_equal(d.designer, 0x001);
		assert_int_equal(d.model, 0x160);
		assert_int_equal(d.xtid, t[i].hex[2] == '8');
		assert_false(d.security || d.file);
	}
}

/* TDS 16.2: a full XTID, table 16-2, and parts of one */
static void xtid(void **state)
{
	/* serial, commands, block write and erase, user memory, locks */
	static const char full[] = "E2801160" "3E00" "AABBCCDDEEFF" "1C9F" "0401FE01" "07FE0309" "00080010" "0015";
	struct hm_tid t;

	(void)state;
	assert_int_equal(hm_tid_parse(full, sizeof(full) - 1, &t), 0);
	assert_false(t.reserved);
	assert_string_equal(t.serial, "AABBCCDDEEFF");
	assert_true(t.commands.there && !t.commands.recommissioning && !t.commands.access && t.commands.separate_locks);
	assert_true(!t.commands.auto_umi && !t.commands.pjm);
	assert_true(t.commands.block_erase && t.commands.block_write && t.commands.block_permalock);
	assert_int_equal(t.commands.epc_words_max, 31);
	assert_true(t.blocks_there);
	/* the words of the erase command come first */
	assert_int_equal(t.erase.size_max, 1);
	assert_false(t.erase.any_size || t.erase.epc_unaligned);
	assert_int_equal(t.erase.epc_offset, 0xff);
	assert_int_equal(t.erase.user_offset, 0);
	assert_true(t.erase.user_unaligned);
	assert_int_equal(t.write.size_max, 9);
	assert_true(t.write.any_size && t.write.epc_unaligned && t.write.user_unaligned);
	assert_int_equal(t.write.epc_offset, 1);
	assert_int_equal(t.write.user_offset, 0xff);
	assert_true(t.user_there);
	assert_int_equal(t.user_words, 16);
	assert_int_equal(t.permalock_words, 8);
	assert_true(t.locks_there);
	assert_int_equal(t.locks, 0x15);
	/* what the dump does not reach is not there; the serial must be */
	for (size_t len = sizeof(full) - 1; len >= 24; len -= 2) {
		assert_int_equal(hm_tid_parse(full, len, &t), 0);
		assert_int_equal(t.commands.there, len >= 28);
		assert_int_equal(t.blocks_there, len >= 44);
		assert_int_equal(t.user_there, len >= 52);
		assert_int_equal(t.locks_there, len >= 56);
	}
	/* without a serial and with one segment only, as the standard says where it begins */
	assert_int_equal(hm_tid_parse("E2801160" "0400" "00080010", 20, &t), 0);
	assert_true(t.user_there && !t.commands.there && !t.blocks_there && !t.locks_there && !t.serial_bits);
	assert_int_equal(t.user_words, 16);
	/* bits that are zero today: told; behind a longer header nothing is where it was */
	assert_int_equal(hm_tid_parse("E2801160" "0402" "00080010", 20, &t), 0);
	assert_true(t.reserved && t.user_there);
	assert_int_equal(hm_tid_parse("E2801160" "0401" "00080010", 20, &t), 0);
	assert_true(t.reserved && !t.user_there);
	assert_int_equal(hm_tid_parse("E2801160" "1000" "2000", 16, &t), 0);
	assert_true(t.reserved && t.commands.there);
	assert_int_equal(hm_tid_parse("E2801160" "0200" "0040", 16, &t), 0);
	assert_true(t.reserved && t.locks_there);
	assert_int_equal(hm_tid_parse("E2801160" "0800" "0800000000000000", 28, &t), 0);
	assert_true(t.reserved);
	assert_int_equal(hm_tid_parse("E2801160" "0800" "0000000008000000", 28, &t), 0);
	assert_true(t.reserved);
}

/* An EPC of a "+" scheme: no tag URI, but a link. */
static void plus_bank(void **state)
{
	struct hm_epc_bank b;
	char hex[HM_BANK_HEX_SIZE];

	(void)state;
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:112.xF73795211411234538566CB0AFC4", 45, hex, sizeof(hex)), 0);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.epc_rc, 0);
	assert_string_equal(b.uri, "urn:epc:raw:112.xF73795211411234538566CB0AFC4");
	assert_string_equal(b.scheme, "sgtin+");
	assert_string_equal(b.elements, "(01)79521141123453(21)32a/b");
	assert_string_equal(b.link, "https://id.gs1.org/01/79521141123453/21/32a%2Fb");
	/* a lot and an expiry date behind it */
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:192.xF7B795211411234538566CB0AFC420CA59C9FDD8B9ACF800", 65, hex,
					   sizeof(hex)), 0);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.epc_rc, 0);
	assert_string_equal(b.elements, "(01)79521141123453(21)32a/b(10)LOT-7(17)261231");
	assert_string_equal(b.link, "https://id.gs1.org/01/79521141123453/10/LOT-7/21/32a%2Fb?17=261231");
	/* a (8200) has no place in a link with a serial: the elements are told all the same */
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:112.xF787952114112345301182002068", 45, hex, sizeof(hex)), 0);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.epc_rc, 0);
	assert_string_equal(b.elements, "(01)79521141123453(21)1(8200)A");
	assert_string_equal(b.link, "");
	assert_string_equal(b.alone, "");
	/* what follows cannot be read: the EPC is told, apart, and what is wrong */
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:112.xF787952114112345301114359F00", 45, hex, sizeof(hex)), 0);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.epc_rc, -HM_EUNKNOWN_AI);
	assert_string_equal(b.epc_why.text, "(14) at bit 80: an application identifier that is not known");
	assert_string_equal(b.scheme, "sgtin+");
	assert_string_equal(b.alone, "(01)79521141123453(21)1");
	assert_string_equal(b.elements, "");
	assert_string_equal(b.link, "");
	/* the check digit is another */
	assert_int_equal(hm_epc_bank_build("urn:epc:raw:112.xF73795211411234548566CB0AFC4", 45, hex, sizeof(hex)), 0);
	assert_int_equal(hm_epc_bank_parse(hex, strlen(hex), &b), 0);
	assert_int_equal(b.epc_rc, -HM_EBAD_CHECK_DIGIT);
	assert_string_equal(b.elements, "");
	assert_string_equal(b.link, "");
	assert_string_equal(b.alone, "");
	assert_null(b.scheme);
}

static void user_memory(void **state)
{
	struct hm_user_memory u;

	(void)state;
	assert_int_equal(hm_user_memory_parse("8900", 4, &u), 0);
	assert_string_equal(u.access, "packed-objects");
	assert_int_equal(u.format, 9);
	assert_false(u.extended);
	assert_int_equal(hm_user_memory_parse("23", 2, &u), 0);
	assert_string_equal(u.access, "no-directory");
	assert_true(u.extended);
	assert_int_equal(u.format, 3);
	/* a record of ours in a tag, and anybody's bytes behind a DSFID of 00 */
	assert_int_equal(hm_user_memory_parse("00484D78D284", 12, &u), 0);
	assert_int_equal(u.dsfid, 0);
	assert_string_equal(u.access, "unformatted");
	assert_int_equal(hm_user_memory_parse("0000AABB", 8, &u), 0);
	assert_string_equal(u.access, "unformatted");
	assert_int_equal(hm_user_memory_parse("0000000000000001", 16, &u), 0);
	assert_int_equal(hm_user_memory_parse("FFFE", 4, &u), 0);
	assert_string_equal(u.access, "tag-data-profile");
	assert_int_equal(hm_user_memory_parse("00", 2, &u), -HM_EUNPROGRAMMED);
	assert_int_equal(hm_user_memory_parse("0000000000000000", 16, &u), -HM_EUNPROGRAMMED);
	assert_int_equal(hm_user_memory_parse("FFFFFFFF", 8, &u), -HM_EUNPROGRAMMED);
	assert_int_equal(hm_user_memory_parse("", 0, &u), -HM_EEMPTY);
	assert_int_equal(hm_user_memory_parse("8", 1, &u), -HM_EBAD_LENGTH);
}

static void noise(void **state)
{
	struct rnd r = rnd_start("banks");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(100000); r.n++) {
		size_t n = 4 + rnd_below(&r, 70);
		uint8_t bytes[80];
		char hex[161], built[HM_BANK_HEX_SIZE];
		struct hm_epc_bank b;
		struct hm_tid t;

		rnd_bytes(&r, bytes, n);
		/* the tag makes XI itself; noise has few short EPCs */
		bytes[2] &= (uint8_t)~2;
		if (r.n & 1)
			bytes[2] &= 0x3f;
		hm_hex_upper(bytes, n, hex);
		(void)hm_tid_parse(hex, 2 * n, &t);
		if (hm_epc_bank_parse(hex, 2 * n, &b) || !b.words)
			continue;
		rnd_assert(&r, !hm_epc_bank_build(b.uri, strlen(b.uri), built, sizeof(built)));
		/* the CRC and bits behind the scheme are made anew */
		if (b.epc_rc || b.toggle)
			rnd_assert(&r, !memcmp(built + 4, hex + 4, 4 + 4 * (size_t)b.words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc),
		cmocka_unit_test(epc_bank),
		cmocka_unit_test(xpc),
		cmocka_unit_test(refused),
		cmocka_unit_test(tid),
		cmocka_unit_test(xtid),
		cmocka_unit_test(plus_bank),
		cmocka_unit_test(user_memory),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
