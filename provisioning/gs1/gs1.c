// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/gs1.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digits.h"

#define HEADER_SGTIN96	0x30u
#define PARTITIONS	7u
#define PREFIX_AND_ITEM	13u	/* digits: GTIN-14 less its check digit */
#define SERIAL_BITS	38u
#define SERIAL_MAX	20u	/* characters of AI 21 */

/* TDS 1.13, table 14-2: bits of the company prefix and of the item, by partition */
static const struct partition {
	unsigned int prefix_bits, prefix_digits, item_bits;
} partitions[PARTITIONS] = {
	{ 40, 12, 4 }, { 37, 11, 7 }, { 34, 10, 10 }, { 30, 9, 14 },
	{ 27, 8, 17 }, { 24, 7, 20 }, { 20, 6, 24 },
};

static uint64_t ten_to(unsigned int n)
{
	uint64_t v = 1;

	while (n--)
		v *= 10;
	return v;
}

/* The one shape rule that all forms share: how long are prefix and item, and are they digits? */
static int check_prefix_and_item(const char *prefix, size_t prefix_len, const char *item, size_t item_len)
{
	if (!prefix_len || !item_len)
		return -HM_EEMPTY;
	if (!hm_digits(prefix, prefix_len) || !hm_digits(item, item_len))
		return -HM_ENOT_NUMERIC;
	if (prefix_len < 6 || prefix_len > 12)
		return -HM_EBAD_PREFIX_LENGTH;
	if (prefix_len + item_len != PREFIX_AND_ITEM)
		return -HM_EBAD_LENGTH;
	return 0;
}

static int serial_value(const char *text, size_t len, uint64_t *ret)
{
	uint64_t v;
	int rc = hm_digits_value(text, len, HM_SGTIN96_SERIAL_MAX, &v);

	if (rc && rc != -HM_EOVERFLOW)
		return rc;
	/* "007" and "7" would be one tag */
	if (len > 1 && text[0] == '0')
		return -HM_ELEADING_ZERO;
	if (!rc)
		*ret = v;
	return rc;
}

static int check_gtin(const char *gtin)
{
	size_t len = strlen(gtin);

	if (!len)
		return -HM_EEMPTY;
	if (!hm_digits(gtin, len))
		return -HM_ENOT_NUMERIC;
	if (len != 14)
		return -HM_EBAD_LENGTH;
	if (hm_mod10(gtin, 13) != gtin[13])
		return -HM_EBAD_CHECK_DIGIT;
	return 0;
}

int hm_sgtin_from_gtin(const char *gtin, const char *company_prefix, uint32_t filter,
		       const char *serial, struct hm_sgtin *ret)
{
	struct hm_sgtin s = { .filter = filter };
	size_t n = strlen(company_prefix);
	int rc = check_gtin(gtin);

	if (rc)
		return rc;
	if (!n)
		return -HM_EEMPTY;
	if (!hm_digits(company_prefix, n))
		return -HM_ENOT_NUMERIC;
	if (n < 6 || n > 12)
		return -HM_EBAD_PREFIX_LENGTH;
	if (memcmp(gtin + 1, company_prefix, n))
		return -HM_EBAD_FORMAT;
	if (filter > 7)
		return -HM_EBAD_FILTER;
	rc = serial_value(serial, strlen(serial), &s.serial);
	if (rc)
		return rc;
	memcpy(s.company_prefix, company_prefix, n);
	s.item[0] = gtin[0];
	memcpy(s.item + 1, gtin + 1 + n, 12 - n);
	*ret = s;
	return 0;
}

/* The next @bits of a big-endian bit string. */
static void put_bits(uint8_t *bytes, unsigned int *at, unsigned int bits, uint64_t v)
{
	assert(bits == 64 || v >> bits == 0);
	while (bits--) {
		if (v >> bits & 1)
			bytes[*at / 8] |= (uint8_t)(0x80u >> *at % 8);
		++*at;
	}
}

static uint64_t take_bits(const uint8_t *bytes, unsigned int *at, unsigned int bits)
{
	uint64_t v = 0;

	while (bits--) {
		v = v << 1 | (bytes[*at / 8] >> (7 - *at % 8) & 1);
		++*at;
	}
	return v;
}

int hm_sgtin96_encode(const struct hm_sgtin *s, uint8_t ret[12])
{
	size_t prefix_len = strnlen(s->company_prefix, sizeof(s->company_prefix));
	size_t item_len = strnlen(s->item, sizeof(s->item));
	uint8_t bytes[12] = { HEADER_SGTIN96 };
	const struct partition *p;
	uint64_t prefix, item;
	unsigned int at = 8;
	int rc;

	if (s->filter > 7)
		return -HM_EBAD_FILTER;
	rc = check_prefix_and_item(s->company_prefix, prefix_len, s->item, item_len);
	if (rc)
		return rc;
	if (s->serial > HM_SGTIN96_SERIAL_MAX)
		return -HM_EOVERFLOW;
	p = &partitions[12 - prefix_len];
	/* digits fit their bits in every row of the table, so no value can overflow */
	rc = hm_digits_value(s->company_prefix, prefix_len, UINT64_MAX, &prefix);
	assert(!rc);
	rc = hm_digits_value(s->item, item_len, UINT64_MAX, &item);
	assert(!rc);
	put_bits(bytes, &at, 3, s->filter);
	put_bits(bytes, &at, 3, 12 - prefix_len);
	put_bits(bytes, &at, p->prefix_bits, prefix);
	put_bits(bytes, &at, p->item_bits, item);
	put_bits(bytes, &at, SERIAL_BITS, s->serial);
	assert(at == 96);
	memcpy(ret, bytes, sizeof(bytes));
	return 0;
}

int hm_sgtin96_decode(const uint8_t bytes[12], struct hm_sgtin *ret)
{
	struct hm_sgtin s = { .filter = 0 };
	const struct partition *p;
	unsigned int at = 8;
	uint64_t n, prefix, item;

	if (bytes[0] == 0)
		return -HM_EUNPROGRAMMED;
	if (bytes[0] != HEADER_SGTIN96)
		return -HM_EUNKNOWN_HEADER;
	s.filter = (uint32_t)take_bits(bytes, &at, 3);
	n = take_bits(bytes, &at, 3);
	if (n >= PARTITIONS)
		return -HM_EBAD_PARTITION;
	p = &partitions[n];
	prefix = take_bits(bytes, &at, p->prefix_bits);
	item = take_bits(bytes, &at, p->item_bits);
	s.serial = take_bits(bytes, &at, SERIAL_BITS);
	if (prefix >= ten_to(p->prefix_digits) || item >= ten_to(PREFIX_AND_ITEM - p->prefix_digits))
		return -HM_EOVERFLOW;
	(void)snprintf(s.company_prefix, sizeof(s.company_prefix), "%0*" PRIu64, (int)p->prefix_digits, prefix);
	(void)snprintf(s.item, sizeof(s.item), "%0*" PRIu64, (int)(PREFIX_AND_ITEM - p->prefix_digits), item);
	*ret = s;
	return 0;
}

/* A finished text into the caller's memory: all of it or nothing. */
static int give(const char *text, char *out, size_t size)
{
	size_t len = strlen(text);

	if (len >= size)
		return -HM_ETOO_LONG;
	memcpy(out, text, len + 1);
	return 0;
}

int hm_sgtin_pure_uri(const struct hm_sgtin *s, char *out, size_t size)
{
	char text[HM_EPC_URI_MAX];
	int rc = check_prefix_and_item(s->company_prefix, strnlen(s->company_prefix, sizeof(s->company_prefix)),
				       s->item, strnlen(s->item, sizeof(s->item)));

	if (rc)
		return rc;
	(void)snprintf(text, sizeof(text), "urn:epc:id:sgtin:%s.%s.%" PRIu64, s->company_prefix, s->item,
		       s->serial);
	return give(text, out, size);
}

/* GS1 General Specifications 7.11: the 82 characters of AI encodable set 82. */
static bool in_set82(char c)
{
	return c && strchr("!\"%&'()*+,-./0123456789:;<=>?"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", c);
}

static int check_element(const char *gtin, const char *serial)
{
	size_t len = strlen(serial);
	int rc = check_gtin(gtin);

	if (rc)
		return rc;
	if (!len)
		return -HM_EEMPTY;
	for (size_t i = 0; i < len; i++)
		if (!in_set82(serial[i]))
			return -HM_EBAD_CHAR;
	return len > SERIAL_MAX ? -HM_ETOO_LONG : 0;
}

int hm_gs1_element(const char *gtin, const char *serial, char *out, size_t size)
{
	char text[64];
	int rc = check_element(gtin, serial);

	if (rc)
		return rc;
	(void)snprintf(text, sizeof(text), "(01)%s(21)%s", gtin, serial);
	return give(text, out, size);
}

int hm_gs1_digital_link(const char *gtin, const char *serial, char *out, size_t size)
{
	static const char unreserved[] = "0123456789-._~"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[HM_DIGITAL_LINK_MAX];
	int rc = check_element(gtin, serial);
	size_t n;

	if (rc)
		return rc;
	n = (size_t)snprintf(text, sizeof(text), "https://id.gs1.org/01/%s/21/", gtin);
	for (; *serial; serial++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      strchr(unreserved, *serial) ? "%c" : "%%%02X", (unsigned char)*serial);
	assert(n < sizeof(text));
	return give(text, out, size);
}
