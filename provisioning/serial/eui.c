// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/eui.h"

#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "base/error.h"

/*
 * Digits in groups of @group with one and the same separator between them; the last
 * group may be shorter. @group 0: no separators.
 */
static int digits(const char *text, size_t len, unsigned int group, uint64_t *ret, unsigned int *ret_n)
{
	unsigned int n = 0, in_group = 0;
	char separator = '\0';
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		int d = hm_hex_digit(text[i]);

		if (d < 0 && text[i] != '-' && text[i] != ':' && text[i] != '.')
			return -HM_ENOT_HEX;
		if (d < 0) {
			if (!group || in_group != group || (separator && separator != text[i]))
				return -HM_EBAD_CHAR;
			separator = text[i];
			in_group = 0;
			continue;
		}
		if (separator && in_group == group)
			return -HM_EBAD_CHAR;
		if (++n > 16)
			return -HM_EBAD_LENGTH;
		in_group++;
		v = v << 4 | (unsigned int)d;
	}
	/* a separator at the end */
	if (group && !in_group)
		return -HM_EBAD_CHAR;
	*ret = v;
	*ret_n = n;
	return 0;
}

static int universal(uint64_t eui, unsigned int bits)
{
	return hm_eui_group(eui, bits) || hm_eui_local(eui, bits) ? -HM_EBAD_EUI : 0;
}

/* How many digits a group has, from the first separator. */
static unsigned int group_of(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '-' || text[i] == ':')
			return 2;
		if (text[i] == '.')
			return 4;
	}
	return 0;
}

int hm_eui_parse(const char *text, size_t len, unsigned int bits, uint64_t *ret)
{
	unsigned int group = group_of(text, len), n;
	uint64_t v;
	int rc;

	assert(bits == 48 || bits == 64);
	if (!len)
		return -HM_EEMPTY;
	rc = digits(text, len, group, &v, &n);
	if (rc)
		return rc;
	if (n != bits / 4)
		return -HM_EBAD_LENGTH;
	rc = universal(v, bits);
	if (!rc)
		*ret = v;
	return rc;
}

void hm_eui_text(uint64_t eui, unsigned int bits, char separator, char out[HM_EUI_TEXT_MAX])
{
	size_t at = 0;

	assert(bits == 48 || bits == 64);
	for (unsigned int shift = bits; shift > 0; shift -= 4) {
		if (separator && shift != bits && shift % 8 == 0)
			out[at++] = separator;
		out[at++] = "0123456789ABCDEF"[eui >> (shift - 4) & 15];
	}
	out[at] = '\0';
}

int hm_eui_block_parse(const char *text, unsigned int bits, struct hm_eui_block *ret)
{
	size_t len = strnlen(text, 32);
	struct hm_eui_block b = { .bits = bits };
	unsigned int group = group_of(text, len), n;
	uint64_t v;
	int rc;

	assert(bits == 48 || bits == 64);
	if (!len)
		return -HM_EEMPTY;
	if (group == 4)
		return -HM_EBAD_CHAR;
	rc = digits(text, len, group, &v, &n);
	if (rc)
		return rc;
	if (n != 6 && n != 7 && n != 9)
		return -HM_EBAD_LENGTH;
	b.prefix = n * 4;
	b.base = v << (bits - b.prefix);
	rc = universal(b.base, bits);
	if (!rc)
		*ret = b;
	return rc;
}

const char *hm_eui_block_name(const struct hm_eui_block *b)
{
	return b->prefix == 24 ? "MA-L" : b->prefix == 28 ? "MA-M" : "MA-S";
}

struct hm_range hm_eui_block_range(const struct hm_eui_block *b)
{
	uint64_t count = 1ull << (b->bits - b->prefix);
	/* FF-FE behind the first three octets, as the block's own bits go on */
	uint64_t mapped = (b->base & ~0xffffffffffull) | 0xfffe000000ull;

	if (b->bits == 64 && b->base + (count - 1) >= mapped)
		count = mapped > b->base ? mapped - b->base : 0;
	return (struct hm_range){ 0, count };
}

int hm_eui_at(const struct hm_eui_block *b, uint64_t number, uint64_t *ret)
{
	struct hm_range r = hm_eui_block_range(b);

	if (!hm_range_has(&r, number))
		return -HM_EOVERFLOW;
	*ret = b->base + number;
	return 0;
}

int hm_eui_number(const struct hm_eui_block *b, uint64_t eui, uint64_t *ret)
{
	struct hm_range r = hm_eui_block_range(b);

	if (eui < b->base || !hm_range_has(&r, eui - b->base))
		return -HM_EOVERFLOW;
	*ret = eui - b->base;
	return 0;
}
