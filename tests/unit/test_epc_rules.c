// SPDX-License-Identifier: LGPL-2.1-or-later
/* EPC codec: every rule broken alone, by name; the schemes without partitions; hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc.h"
#include "support/epc_spec.h"

struct row {
	const char *text;
	int rc;
};

static void encode_all(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char hex[HM_EPC_HEX_SIZE] = "old", back[HM_EPC_URI_SIZE] = "";
		int rc = hm_epc_encode(t[i].text, hex, sizeof(hex));

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc) {
			assert_string_equal(hex, "old");
			continue;
		}
		assert_int_equal(hm_epc_decode(hex, back, sizeof(back)), 0);
		assert_string_equal(back, t[i].text);
	}
}
#define ENCODE_ALL(t) encode_all(t, sizeof(t) / sizeof((t)[0]))

static void decode_all(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char uri[HM_EPC_URI_SIZE] = "old";
		int rc = hm_epc_decode(t[i].text, uri, sizeof(uri));

		if (rc != t[i].rc)
			fail_msg("%s: %s (%s), not %s", t[i].text, hm_error_name(rc), uri, hm_error_name(t[i].rc));
		if (rc)
			assert_string_equal(uri, "old");
	}
}
#define DECODE_ALL(t) decode_all(t, sizeof(t) / sizeof((t)[0]))

#define TAG "urn:epc:tag:"

static void gid(void **state)
{
	static const struct row t[] = {
		{ TAG "gid-96:0.0.0", 0 },
		{ TAG "gid-96:268435455.16777215.68719476735", 0 },
		{ TAG "gid-96:268435456.0.0", -HM_EOVERFLOW },
		{ TAG "gid-96:0.16777216.0", -HM_EOVERFLOW },
		{ TAG "gid-96:0.0.68719476736", -HM_EOVERFLOW },
		{ TAG "gid-96:01.0.0", -HM_ELEADING_ZERO },
		{ TAG "gid-96:0.00.0", -HM_ELEADING_ZERO },
		{ TAG "gid-96:0.0.01", -HM_ELEADING_ZERO },
		{ TAG "gid-96:.0.0", -HM_EEMPTY },
		{ TAG "gid-96:0.0.", -HM_EEMPTY },
		{ TAG "gid-96:0.a.0", -HM_ENOT_NUMERIC },
		{ TAG "gid-96:0.0", -HM_EBAD_URI },
		{ TAG "gid-96:0.0.0.0", -HM_EBAD_URI },
	};

	(void)state;
	ENCODE_ALL(t);
}

static void usdod(void **state)
{
	static const struct row t[] = {
		{ TAG "usdod-96:0.CAGEY.0", 0 },
		{ TAG "usdod-96:9.0AH9Z.1", 0 },
		{ TAG "usdod-96:15.W81X9C.68719476735", 0 },
		{ TAG "usdod-96:16.CAGEY.0", -HM_EBAD_FILTER },
		{ TAG "usdod-96:01.CAGEY.0", -HM_ELEADING_ZERO },
		{ TAG "usdod-96:1.CAGEY.68719476736", -HM_EOVERFLOW },
		{ TAG "usdod-96:1.CAGEY.01", -HM_ELEADING_ZERO },
		{ TAG "usdod-96:1.CAGE.0", -HM_EBAD_LENGTH },
		{ TAG "usdod-96:1.CAGEYYY.0", -HM_EBAD_LENGTH },
		{ TAG "usdod-96:1.CAGIY.0", -HM_EBAD_CHAR },
		{ TAG "usdod-96:1.CAGOY.0", -HM_EBAD_CHAR },
		{ TAG "usdod-96:1.cagey.0", -HM_EBAD_CHAR },
		{ TAG "usdod-96:1. CAGE.0", -HM_EBAD_CHAR },
		{ TAG "usdod-96:1..0", -HM_EEMPTY },
		{ TAG "usdod-96:1.CAGEY", -HM_EBAD_URI },
	};
	static const struct row images[] = {
		{ "2F320434147455900000162E", 0 },
		{ "2F320434147205900000162E", -HM_EBAD_CHAR },	/* a space not in front */
		{ "2F300434147455900000162E", -HM_EBAD_CHAR },	/* 00 in front */
		{ "2F320434149455900000162E", -HM_EBAD_CHAR },	/* an I */
		{ "2F3B0434147455900000162E", -HM_EBAD_CHAR },	/* above 7F */
	};

	(void)state;
	ENCODE_ALL(t);
	DECODE_ALL(images);
}

static void adi(void **state)
{
	static const struct row t[] = {
		{ TAG "adi-var:0.CAGEY..0", 0 },
		{ TAG "adi-var:63.W81X9C.3KL984PX1.2WMA52", 0 },
		{ TAG "adi-var:1.CAGEY.-%2F09AZ.%230-%2F9AZ", 0 },
		{ TAG "adi-var:1.CAGEY.12345678901234567890123456789012.123456789012345678901234567890", 0 },
		{ TAG "adi-var:1.CAGEY.123456789012345678901234567890123.1", -HM_ETOO_LONG },
		{ TAG "adi-var:1.CAGEY..1234567890123456789012345678901", -HM_ETOO_LONG },
		{ TAG "adi-var:1.CAGEY..%2323456789012345678901234567890", 0 },
		{ TAG "adi-var:1.CAGEY..%23234567890123456789012345678901", -HM_ETOO_LONG },
		{ TAG "adi-var:64.CAGEY..0", -HM_EBAD_FILTER },
		{ TAG "adi-var:1.CAGEY..", -HM_EEMPTY },
		{ TAG "adi-var:1.CAGEY..%23", -HM_EEMPTY },
		{ TAG "adi-var:1.CAGEY..1%23", -HM_EBAD_ESCAPE },
		{ TAG "adi-var:1.CAGEY.%231.1", -HM_EBAD_ESCAPE },
		{ TAG "adi-var:1.CAGEY..#1", -HM_EBAD_CHAR },
		{ TAG "adi-var:1.CAGEY.a.1", -HM_EBAD_CHAR },
		{ TAG "adi-var:1.CAGEY./.1", -HM_EBAD_CHAR },
		{ TAG "adi-var:1.CAGEY.%2.1", -HM_EBAD_ESCAPE },
		{ TAG "adi-var:1.CAGEY.1.1.1", -HM_EBAD_URI },
		{ TAG "adi-var:1.CAGE.1.1", -HM_EBAD_LENGTH },
	};
	static const struct row images[] = {
		{ "3B0E0CF5E76C9047759AD00373DC7602E7200000", 0 },
		{ "3B0E0CF5E76C9047759AD00373DC7602E7200", 0 },		/* as the standard prints it */
		{ "3B0E0CF5E76C9047759AD00373DC7602E720", -HM_ENO_TERMINATOR },	/* two bits of it missing */
		{ "3B0E0CF5E76C9047759AD00373DC7602E7", -HM_ENO_TERMINATOR },
		{ "3B0E0CF5E76C9047759AD0", -HM_ENO_TERMINATOR },
		{ "3B0E0CF5E76C", -HM_EBAD_LENGTH },
		{ "3B0E0CF5E76CE047759AD00373DC7602E7200000", -HM_EBAD_CHAR },
		{ "3B0E0CF5E76C9047759AD0000000", -HM_EEMPTY },
	};

	(void)state;
	ENCODE_ALL(t);
	DECODE_ALL(images);
}

/* One rule each, at a partitioned scheme. */
static void uris(void **state)
{
	static const struct row t[] = {
		{ "", -HM_EEMPTY },
		{ "urn:epc:tag", -HM_EBAD_URI },
		{ TAG, -HM_EBAD_URI },
		{ TAG "sgtin-96", -HM_EBAD_URI },
		{ TAG "sgtin-96:", -HM_EBAD_URI },
		{ TAG ":3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ TAG "sgtin-9:3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ TAG "sgtin-961:3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ TAG "sgtin+:3.0614141.812345.6789", -HM_EUNKNOWN_SCHEME },
		{ " " TAG "sgtin-96:3.0614141.812345.6789", -HM_EBAD_URI },
		{ TAG "sgtin-96:3.0614141.812345.6789 ", -HM_ENOT_NUMERIC },
		{ TAG "sgtin-96:3.0614141.812345.-1", -HM_ENOT_NUMERIC },
		{ TAG "sgtin-96:3.0614141.812345.+1", -HM_ENOT_NUMERIC },
		{ TAG "sgtin-96:3.0614141.812345.18446744073709551616", -HM_EOVERFLOW },
		/* two rules at once: no number is that first, then a zero in front, then too large */
		{ TAG "sgtin-96:3.0614141.812345.0a", -HM_ENOT_NUMERIC },
		{ TAG "sgtin-96:3.0614141.812345.018446744073709551616", -HM_ELEADING_ZERO },
		{ TAG "sgtin-96:3.0614141.812345.99999999999999999999999999999999999999999", -HM_EOVERFLOW },
		{ TAG "sgtin-198:3.0614141.812345.a.b.c", 0 },
		{ TAG "sgtin-198:3.0614141.812345", -HM_EBAD_URI },
		{ TAG "sgtin-198:3.0614141.812345.", -HM_EEMPTY },
		{ TAG "sgtin-198:3.0614141.812345.#", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.a b", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.a\"", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.a/", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.a&", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.<", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.>", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.?", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.\xc3\xa4", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.\xff", -HM_EBAD_CHAR },
		{ TAG "sgtin-198:3.0614141.812345.%", -HM_EBAD_ESCAPE },
		{ TAG "sgtin-198:3.0614141.812345.%2", -HM_EBAD_ESCAPE },
		{ TAG "sgtin-198:3.0614141.812345.%2G", -HM_EBAD_ESCAPE },
		{ TAG "sgtin-198:3.0614141.812345.%G2", -HM_EBAD_ESCAPE },
		{ TAG "sgtin-198:3.0614141.812345.%41", -HM_EBAD_ESCAPE },	/* A needs none */
		{ TAG "sgtin-198:3.0614141.812345.%23", -HM_EBAD_ESCAPE },	/* # is not in the set */
		{ TAG "sgtin-198:3.0614141.812345.%00", -HM_EBAD_ESCAPE },
		{ TAG "sgtin-198:3.0614141.812345.%E4", -HM_EBAD_ESCAPE },
		/* twenty characters, each an escape of three */
		{ TAG "sgtin-198:3.0614141.812345.%22%25%26%2F%3C%3E%3F%22%25%26%2F%3C%3E%3F%22%25%26%2F%3C%3E", 0 },
		{ TAG "sgtin-198:3.0614141.812345.%22%25%26%2F%3C%3E%3F%22%25%26%2F%3C%3E%3F%22%25%26%2F%3C%3E%3F",
		  -HM_ETOO_LONG },
		{ TAG "grai-96:3.123456789012.1.1", -HM_EBAD_LENGTH },
		{ TAG "grai-96:3.123456789012.1", -HM_EBAD_URI },
		{ TAG "cpi-96:3.0614141.A.1", -HM_ENOT_NUMERIC },
		{ TAG "cpi-var:3.0614141.a.1", -HM_EBAD_CHAR },
		{ TAG "cpi-var:3.0614141.#.1", -HM_EBAD_CHAR },
		{ TAG "cpi-var:3.0614141.%23%2F-.1", 0 },
		{ TAG "cpi-var:3.0614141.%22.1", -HM_EBAD_ESCAPE },
		{ TAG "sgcn-96:3.4012345.67890.A", -HM_ENOT_NUMERIC },
		{ TAG "itip-110:4.4012345.012345.0A.02.981", -HM_ENOT_NUMERIC },
		{ TAG "itip-110:4.4012345.012345..02.981", -HM_EEMPTY },
	};

	(void)state;
	ENCODE_ALL(t);
}

static void lower_case_escape(void **state)
{
	char a[HM_EPC_HEX_SIZE], b[HM_EPC_HEX_SIZE];

	(void)state;
	assert_int_equal(hm_epc_encode(TAG "sgtin-198:3.0614141.712345.32a%2Fb", a, sizeof(a)), 0);
	assert_int_equal(hm_epc_encode(TAG "sgtin-198:3.0614141.712345.32a%2fb", b, sizeof(b)), 0);
	assert_string_equal(a, b);
}

static void images(void **state)
{
	static const struct row t[] = {
		{ "", -HM_EEMPTY },
		{ "00", -HM_EUNPROGRAMMED },
		{ "000000000000000000000000", -HM_EUNPROGRAMMED },
		{ "E2001234000000000000", -HM_EUNKNOWN_HEADER },
		{ "FFFFFFFFFFFFFFFFFFFFFFFF", -HM_EUNKNOWN_HEADER },
		{ "2B0000000000000000000000", -HM_EUNKNOWN_HEADER },
		{ "420000000000000000000000", -HM_EUNKNOWN_HEADER },
		{ "30", -HM_EBAD_LENGTH },
		{ "3", -HM_EBAD_LENGTH },
		{ "3074257BF7194E4000001A8", -HM_EBAD_LENGTH },
		{ "3074257BF7194E4000001A8G", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8:", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8/", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8@", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8`", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8g", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8\xb5", -HM_ENOT_HEX },
		{ "3074257BF7194E4000001A8 ", -HM_ENOT_HEX },
		{ " 3074257BF7194E4000001A85", -HM_ENOT_HEX },
		{ "0x3074257BF7194E4000001A85", -HM_ENOT_HEX },
		{ "3174257BF4499602D2000001", -HM_ERESERVED_NONZERO },
		{ "3174257BF4499602D2800000", -HM_ERESERVED_NONZERO },
		{ "2D74257BF4499602D2000001", -HM_ERESERVED_NONZERO },
		{ "2E74257BF4499602D2000001", -HM_ERESERVED_NONZERO },
		/* characters behind the end of the string, and after it */
		{ "3674257BF6B7A659B2C2BF1000000000000000000000000000", 0 },
		{ "3674257BF6B7A659B2C2BF1000000000000000000000000003FF", 0 },	/* past bit 198 */
		{ "3674257BF6B7A659B2C2BF100000000000000000000000000400", -HM_EBAD_CHAR },
		{ "3674257BF6B7A659B2C2BF100002000000000000000000000000", -HM_EBAD_CHAR },
		{ "3674257BF6B7A600000000000000000000000000000000000000", -HM_EEMPTY },
		{ "3674257BF6B7A6000000BF100000000000000000000000000000", -HM_EEMPTY },
		/* a '#', a control character, DEL */
		{ "3674257BF6B7A651800000000000000000000000000000000000", -HM_EBAD_CHAR },
		{ "3674257BF6B7A601000000000000000000000000000000000000", -HM_EBAD_CHAR },
		{ "3674257BF6B7A67F000000000000000000000000000000000000", -HM_EBAD_CHAR },
		/* the odd bit behind the characters of a giai-202 of partition 0 */
		{ "3820000000000208000000000000000000000000000000000100", -HM_EBAD_CHAR },
		{ "3820000000000208000000000000000000000000000000000040", -HM_ERESERVED_NONZERO },
		{ "382000000000020800000000000000000000000000000000003F", 0 },
		/* digits without their 1, too large, none */
		{ "3F74F4E4E612640000000000", -HM_EBAD_CHAR },
		{ "3F74F4E4E612640000000001", -HM_EEMPTY },
		{ "3F74F4E4E612640000000009", -HM_EBAD_CHAR },
		{ "3F74F4E4E61265FFFFFFFFFF", -HM_EOVERFLOW },
		/* cpi-var: no end, a serial cut off, a character that is none */
		{ "3D74257BF75411DEF6B4CC00000003039000", 0 },
		{ "3D74257BF75411DEF6B4CC00000003039", 0 },
		{ "3D74257BF75411DEF6B4CC00000003", -HM_EBAD_LENGTH },
		{ "3D74257BF75411DEF6B4", -HM_ENO_TERMINATOR },
		{ "3D74257BF7FC11DEF6B4CC00000003039000", -HM_EBAD_CHAR },
	};

	(void)state;
	DECODE_ALL(t);
}

static void raw(void **state)
{
	static const struct row t[] = {
		{ "urn:epc:raw:96.x", -HM_EBAD_LENGTH },
		{ "urn:epc:raw:96.x00B42D2332ABCDEF0123456", -HM_EBAD_LENGTH },
		{ "urn:epc:raw:96.x00B42D2332ABCDEF012345670", -HM_EBAD_LENGTH },
		{ "urn:epc:raw:12.x00B", -HM_EBAD_LENGTH },
		{ "urn:epc:raw:95.x00B42D2332ABCDEF01234567", -HM_EBAD_LENGTH },
		{ "urn:epc:raw:96.00B42D2332ABCDEF01234567", -HM_EBAD_URI },
		{ "urn:epc:raw:96", -HM_EBAD_URI },
		{ "urn:epc:raw:96.", -HM_EBAD_URI },
		{ "urn:epc:raw:", -HM_EBAD_URI },
		{ "urn:epc:raw:096.x00B42D2332ABCDEF01234567", -HM_ELEADING_ZERO },
		{ "urn:epc:raw:0.x", -HM_EEMPTY },
		{ "urn:epc:raw:.x0", -HM_EEMPTY },
		{ "urn:epc:raw:512.x0", -HM_ETOO_LONG },
		{ "urn:epc:raw:1x.x0", -HM_ENOT_NUMERIC },
		{ "urn:epc:raw:16.x00G0", -HM_ENOT_HEX },
	};
	char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE] = "old";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_int_equal(hm_epc_encode(t[i].text, hex, sizeof(hex)), t[i].rc);
	assert_int_equal(hm_epc_encode("urn:epc:raw:96.x00B42D2332ABCDEF01234567", hex, sizeof(hex)), 0);
	assert_string_equal(hex, "00B42D2332ABCDEF01234567");
	assert_int_equal(hm_epc_raw("00b4", 4, uri, sizeof(uri)), 0);
	assert_string_equal(uri, "urn:epc:raw:16.x00B4");
	assert_int_equal(hm_epc_raw("00b", 3, uri, sizeof(uri)), -HM_EBAD_LENGTH);
	assert_int_equal(hm_epc_raw("", 0, uri, sizeof(uri)), -HM_EEMPTY);
	assert_int_equal(hm_epc_raw("00x4", 4, uri, sizeof(uri)), -HM_ENOT_HEX);
	assert_int_equal(hm_epc_raw("00b4", 4, uri, 20), -HM_ETOO_LONG);
	assert_string_equal(uri, "urn:epc:raw:16.x00B4");
	/* as long as memory can be */
	memset(hex, 'A', 124);
	hex[124] = '\0';
	assert_int_equal(hm_epc_raw(hex, 124, uri, sizeof(uri)), 0);
	assert_int_equal(hm_epc_encode(uri, hex, sizeof(hex)), 0);
	assert_int_equal(strspn(hex, "A"), 124);
}

static void pure(void **state)
{
	static const struct {
		const char *pure;
		enum hm_epc_scheme scheme;
		unsigned int filter;
		const char *tag;
		int rc;
	} t[] = {
		{ "urn:epc:id:sgtin:0614141.812345.6789", HM_EPC_ANY, 3, TAG "sgtin-96:3.0614141.812345.6789", 0 },
		{ "urn:epc:id:sgtin:0614141.812345.06789", HM_EPC_ANY, 3, TAG "sgtin-198:3.0614141.812345.06789", 0 },
		{ "urn:epc:id:sgtin:0614141.812345.06789", HM_EPC_SGTIN_96, 3, NULL, -HM_ELEADING_ZERO },
		{ "urn:epc:id:sgtin:0614141.812345.274877906944", HM_EPC_ANY, 0,
		  TAG "sgtin-198:0.0614141.812345.274877906944", 0 },
		{ "urn:epc:id:sgtin:0614141.812345.6789", HM_EPC_SSCC_96, 3, NULL, -HM_EBAD_URI },
		{ "urn:epc:id:sscc:0614141.1234567890", HM_EPC_SGTIN_198, 3, NULL, -HM_EBAD_URI },
		{ "urn:epc:id:nosuch:0614141.1234567890", HM_EPC_SGTIN_198, 3, NULL, -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:id:gdti:0614141.12345.0068", HM_EPC_ANY, 3, TAG "gdti-174:3.0614141.12345.0068", 0 },
		{ "urn:epc:id:gdti:0614141.12345.0068", HM_EPC_GDTI_113, 3, TAG "gdti-113:3.0614141.12345.0068", 0 },
		{ "urn:epc:id:cpi:0614141.A.1", HM_EPC_ANY, 3, TAG "cpi-var:3.0614141.A.1", 0 },
		{ "urn:epc:id:itip:4012345.012345.01.02.981", HM_EPC_ANY, 4, TAG "itip-110:4.4012345.012345.01.02.981", 0 },
		{ "urn:epc:id:gid:1.2.3", HM_EPC_ANY, 0, TAG "gid-96:1.2.3", 0 },
		{ "urn:epc:id:gid:1.2.3", HM_EPC_ANY, 1, NULL, -HM_EBAD_FILTER },
		{ "urn:epc:id:adi:CAGEY..1", HM_EPC_ANY, 63, TAG "adi-var:63.CAGEY..1", 0 },
		{ "urn:epc:id:adi:CAGEY..1", HM_EPC_ANY, 64, NULL, -HM_EBAD_FILTER },
		{ "urn:epc:id:sgtin:0614141.812345.6789", HM_EPC_ANY, 8, NULL, -HM_EBAD_FILTER },
		{ "urn:epc:id:sgtin:3.0614141.812345.6789", HM_EPC_ANY, 3, NULL, -HM_EBAD_PREFIX_LENGTH },
		{ "urn:epc:id:sgtin:0614141.812345", HM_EPC_ANY, 3, NULL, -HM_EBAD_URI },
		{ "urn:epc:id:sgtin", HM_EPC_ANY, 3, NULL, -HM_EBAD_URI },
		{ "urn:epc:id:sgtin-96:0614141.812345.6789", HM_EPC_ANY, 3, NULL, -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:tag:sgtin:0614141.812345.6789", HM_EPC_ANY, 3, NULL, -HM_EBAD_URI },
		{ "", HM_EPC_ANY, 3, NULL, -HM_EEMPTY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char tag[HM_EPC_URI_SIZE] = "old", back[HM_EPC_URI_SIZE];
		int rc = hm_epc_from_pure(t[i].pure, strlen(t[i].pure), t[i].scheme, t[i].filter, tag, sizeof(tag));

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].pure, hm_error_name(rc), hm_error_name(t[i].rc));
		assert_string_equal(tag, rc ? "old" : t[i].tag);
		if (rc)
			continue;
		assert_int_equal(hm_epc_to_pure(tag, strlen(tag), back, sizeof(back)), 0);
		assert_string_equal(back, t[i].pure);
		assert_int_equal(hm_epc_to_pure(tag, strlen(tag), back, strlen(back)), -HM_ETOO_LONG);
		assert_int_equal(hm_epc_to_pure(tag, strlen(tag) - 1, back, 10), tag[strlen(tag) - 2] == '.' ?
				 -HM_EEMPTY : -HM_ETOO_LONG);
		assert_int_equal(hm_epc_from_pure(t[i].pure, strlen(t[i].pure), t[i].scheme, t[i].filter, tag,
						  strlen(tag)), -HM_ETOO_LONG);
	}
}

/* A mebibyte of anything, NULs, every byte in every place: an error, never a crash. */
static void hostile(void **state)
{
	static const char *const good[] = {
		TAG "sgtin-198:3.0614141.712345.32a%2Fb", TAG "adi-var:3.35962.PQ7VZ4.M37GXB92",
		TAG "itip-110:4.4012345.012345.01.02.981", "urn:epc:raw:16.x00B4", TAG "giai-202:3.0614141.32a%2Fb",
	};
	const size_t big = 1 << 20;
	char *text = malloc(big), out[HM_EPC_URI_SIZE] = "old";

	(void)state;
	assert_non_null(text);
	memset(text, '3', big);
	assert_int_equal(hm_epc_decode_n(text, big, out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_encode_n(text, big, out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_raw(text, big, out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_to_pure(text, big, out, sizeof(out)), -HM_ETOO_LONG);
	assert_int_equal(hm_epc_to_pure(text, 0, out, sizeof(out)), -HM_EEMPTY);
	assert_int_equal(hm_epc_from_pure(text, big, HM_EPC_ANY, 0, out, sizeof(out)), -HM_ETOO_LONG);
	memset(text, 0, big);
	assert_int_equal(hm_epc_decode_n(text, 24, out, sizeof(out)), -HM_ENOT_HEX);
	assert_int_equal(hm_epc_encode_n(text, 24, out, sizeof(out)), -HM_EBAD_URI);
	assert_string_equal(out, "old");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t len = strlen(good[i]);

		for (size_t at = 0; at < len; at++)
			for (int c = 0; c < 256; c++) {
				char *exact = malloc(len);	/* nothing to read behind the end */
				char hex[HM_EPC_HEX_SIZE];

				memcpy(exact, good[i], len);
				exact[at] = (char)c;
				if (!hm_epc_encode_n(exact, len, hex, sizeof(hex)))
					assert_true(c > 0x20 && c < 0x7f);
				/* cut here */
				(void)hm_epc_encode_n(exact, at, hex, sizeof(hex));
				free(exact);
			}
	}
	free(text);
}

static void names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HM_EPC_SCHEMES; i++) {
		const char *name = hm_epc_scheme_name((enum hm_epc_scheme)i);
		enum hm_epc_scheme back = HM_EPC_SCHEMES;

		assert_int_equal(hm_epc_scheme_find(name, strlen(name), &back), 0);
		assert_int_equal(back, i);
	}
	assert_string_equal(hm_epc_scheme_name(HM_EPC_SCHEMES), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gid),
		cmocka_unit_test(usdod),
		cmocka_unit_test(adi),
		cmocka_unit_test(uris),
		cmocka_unit_test(lower_case_escape),
		cmocka_unit_test(images),
		cmocka_unit_test(raw),
		cmocka_unit_test(pure),
		cmocka_unit_test(hostile),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
