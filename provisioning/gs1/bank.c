// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/bank.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "gs1/bank_dump.h"
#include "gs1/epc_plus.h"

#define XPC_AT		(0x210u / 8)
#define RAW		"urn:epc:raw:"
#define TAG		"urn:epc:tag:"
#define START		12u	/* the length of both */

uint16_t hm_crc16(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint16_t crc = 0xffff;

	while (len--) {
		crc ^= (uint16_t)(*p++ << 8);
		for (int i = 0; i < 8; i++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return (uint16_t)~crc;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

int bank_dump(const char *hex, size_t len, uint8_t *bytes, size_t *ret_len)
{
	char text[2 * BANK_BYTES_MAX + 1];

	if (!len)
		return -HM_EEMPTY;
	if (len > 2 * BANK_BYTES_MAX)
		return -HM_ETOO_LONG;
	if (memchr(hex, '\0', len))
		return -HM_ENOT_HEX;
	memcpy(text, hex, len);
	text[len] = '\0';
	return hm_unhex_any(text, bytes, BANK_BYTES_MAX, ret_len);
}

/* TDS 12.2.2: every control field that is not zero, and a colon behind them */
static void control_fields(const struct hm_epc_bank *b, char out[64])
{
	int n = 0;

	out[0] = '\0';
	if (!b->toggle && b->attributes)
		n += snprintf(out + n, 64 - (size_t)n, "[att=x%02X]", b->attributes);
	if (b->user_memory)
		n += snprintf(out + n, 64 - (size_t)n, "[umi=1]");
	/* the first word: the second has no field there (15.2.4 has one for both, by another grammar than 12.4) */
	if (b->xpc_words && b->xpc_w[0])
		n += snprintf(out + n, 64 - (size_t)n, "[xpc=x%04X]", b->xpc_w[0]);
	if (n)
		snprintf(out + n, 64 - (size_t)n, ":");
}

/* A "+" scheme has elements and a link, and no URI. */
static int make_elements(struct hm_epc_bank *b, const char *hex)
{
	char stem[8 + HM_EPC_HOST_MAX + 1];
	struct hm_epc_plus plus = { .want = NULL };
	struct hm_elements e;
	int data = 0, rc = hm_epc_plus_decode_apart(hex, strlen(hex), &plus, &e, &data, &b->epc_why);

	if (rc)
		return rc;
	b->scheme = plus.scheme;
	/* 31 words are 93 characters of Code 40, or 149 digits, or 30 AIs: there is room for all of it */
	rc = data ? hm_gs1_bracketed(&e, b->alone, sizeof(b->alone)) : hm_gs1_bracketed(&e, b->elements, sizeof(b->elements));
	assert(!rc);
	if (data)
		return data;
	snprintf(stem, sizeof(stem), "https://%s", plus.host);
	rc = hm_gs1_link(&e, plus.host[0] ? stem : NULL, b->link, sizeof(b->link));
	/* some data has no place in a link (8200, 7040 beside a GTIN): then there is none */
	assert(rc != -HM_ETOO_LONG);
	return 0;
}

static void make_uri(struct hm_epc_bank *b, const uint8_t *epc)
{
	char hex[HM_EPC_HEX_SIZE], text[HM_EPC_URI_SIZE] = "", fields[64];
	bool plus = !b->toggle && b->words && hm_epc_is_plus(epc[0]);

	control_fields(b, fields);
	hm_hex_upper(epc, 2u * b->words, hex);
	if (!b->toggle)
		b->epc_rc = plus ? make_elements(b, hex) : hm_epc_decode(hex, text, sizeof(text));
	if (b->toggle)
		snprintf(b->uri, sizeof(b->uri), RAW "%s%u.x%02X.x%s", fields, 16 * b->words, b->attributes, hex);
	else if (b->epc_rc || plus)
		snprintf(b->uri, sizeof(b->uri), RAW "%s%u.x%s", fields, 16 * b->words, hex);
	else
		snprintf(b->uri, sizeof(b->uri), TAG "%s%s", fields, text + START);
}

int hm_epc_bank_parse(const char *hex, size_t len, struct hm_epc_bank *ret)
{
	struct hm_epc_bank b = { .epc_rc = 0 };
	uint8_t bytes[BANK_BYTES_MAX];
	size_t n;
	int rc = bank_dump(hex, len, bytes, &n);

	if (rc)
		return rc;
	if (n < 4)
		return -HM_EBAD_LENGTH;
	b.crc = be16(bytes);
	b.pc = be16(bytes + 2);
	b.words = b.pc >> 11;
	b.user_memory = b.pc >> 10 & 1;
	b.xpc = b.pc >> 9 & 1;
	b.toggle = b.pc >> 8 & 1;
	b.attributes = (uint8_t)b.pc;
	if (n < 4 + 2u * b.words)
		return -HM_EBAD_LENGTH;
	b.crc_good = hm_crc16(bytes + 2, 2 + 2u * b.words) == b.crc;
	/* a dump of the EPC alone has no XPC words, whatever the indicator says */
	if (b.xpc && n >= XPC_AT + 2) {
		b.xpc_w[b.xpc_words++] = be16(bytes + XPC_AT);
		if (b.xpc_w[0] & 0x8000 && n >= XPC_AT + 4)
			b.xpc_w[b.xpc_words++] = be16(bytes + XPC_AT + 2);
	}
	make_uri(&b, bytes + 4);
	*ret = b;
	return 0;
}

static int two_hex(const char *p, uint8_t *ret)
{
	char text[3] = { p[0], p[1], '\0' };

	return p[0] && p[1] ? hm_unhex(text, ret, 1) : -HM_EBAD_URI;
}

/* Is this the tag's XPC, as 12.2.2 writes it, or 15.2.4 (both words; W1 alone)? */
static bool xpc_field(const char *p)
{
	static const struct {
		const char *begin;
		size_t digits;
	} forms[] = { { "[xpc=x", 4 }, { "[xpc=x", 8 }, { "[xpc-w1=x", 4 } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = strlen(forms[i].begin);

		if (!strncmp(p, forms[i].begin, n) && strspn(p + n, "0123456789ABCDEFabcdef") == forms[i].digits &&
		    p[n + forms[i].digits] == ']')
			return true;
	}
	return false;
}

/*
 * [att=xNN][umi=B], in this order (12.2.2): behind @start; what is behind the fields. An XPC is there
 * to be read: the tag makes it itself, and one that was left out would be passed over.
 */
static int take_fields(const char **p, uint16_t *pc)
{
	const char *q = *p;
	bool any = false, umi = false;
	uint8_t v;

	while (*q == '[') {
		if (!any && !strncmp(q, "[att=x", 6)) {
			int rc = two_hex(q + 6, &v);

			if (rc)
				return rc;
			*pc = (uint16_t)((*pc & 0xff00) | v);
			q += 8;
		} else if (!umi && !strncmp(q, "[umi=", 5) && (q[5] == '0' || q[5] == '1')) {
			*pc = (uint16_t)((*pc & ~0x400) | (q[5] == '1' ? 0x400 : 0));
			q += 6;
			umi = true;
		} else {
			return xpc_field(q) ? -HM_EBAD_REQUEST : -HM_EBAD_URI;
		}
		if (*q++ != ']')
			return -HM_EBAD_URI;
		any = true;
	}
	if (any && *q++ != ':')
		return -HM_EBAD_URI;
	*p = q;
	return 0;
}

/* N.xAFI.xHEX to N.xHEX, and the AFI with T into the PC */
static int take_afi(char *body, uint16_t *pc)
{
	char *x = strstr(body, ".x"), *second = x ? strstr(x + 2, ".x") : NULL;
	uint8_t afi;
	int rc;

	if (!second)
		return 0;
	if (second - x != 4)
		return -HM_EBAD_URI;
	rc = two_hex(x + 2, &afi);
	if (rc)
		return rc;
	/* they have one place, and 12.2.2 leaves it to the AFI */
	if (*pc & 0xff)
		return -HM_EBAD_URI;
	*pc = (uint16_t)((*pc & 0xff00) | 0x100 | afi);
	memmove(x, second, strlen(second) + 1);
	return 0;
}

int hm_epc_bank_build(const char *uri, size_t len, char *hex, size_t size)
{
	char text[HM_BANK_URI_SIZE], plain[HM_BANK_URI_SIZE], epc[HM_EPC_HEX_SIZE];
	uint8_t bytes[2 + 2 + 62];
	const char *body;
	uint16_t pc = 0, crc;
	size_t n;
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len >= sizeof(text))
		return -HM_ETOO_LONG;
	memcpy(text, uri, len);
	text[len] = '\0';
	if (strlen(text) != len || (strncmp(text, TAG, START) && strncmp(text, RAW, START)))
		return -HM_EBAD_URI;
	body = text + START;
	rc = take_fields(&body, &pc);
	if (rc)
		return rc;
	snprintf(plain, sizeof(plain), "%.12s%s", text, body);
	rc = text[8] == 'r' ? take_afi(plain + START, &pc) : 0;
	rc = rc ? rc : hm_epc_encode(plain, epc, sizeof(epc));
	if (rc)
		return rc;
	n = strlen(epc) / 2;
	pc = (uint16_t)(pc | (n / 2) << 11);
	bytes[2] = (uint8_t)(pc >> 8);
	bytes[3] = (uint8_t)pc;
	rc = hm_unhex(epc, bytes + 4, n);
	if (rc)
		return rc;
	crc = hm_crc16(bytes + 2, 2 + n);
	bytes[0] = (uint8_t)(crc >> 8);
	bytes[1] = (uint8_t)crc;
	if (size < 2 * (4 + n) + 1)
		return -HM_ETOO_LONG;
	hm_hex_upper(bytes, 4 + n, hex);
	return 0;
}
