// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The small texts about serials: addresses and their blocks, ranges, dates, check
 * characters, identities and links. The first byte says which; what is taken is written
 * again and must be the same text, or the same value.
 *
 * sources: provisioning/serial/eui.c provisioning/serial/range.c provisioning/serial/date.c
 * sources: provisioning/base/host.c provisioning/serial/forms.c provisioning/serial/checkchar.c
 * sources: provisioning/base/digits.c provisioning/base/error.c
 */
#include "fuzz.h"
#include "serial/eui.h"
#include "serial/forms.h"

#define TEXT_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void eui(const char *text, size_t len)
{
	char out[HM_EUI_TEXT_MAX], digits[TEXT_MAX];
	uint64_t v = 0, back = 0;
	size_t n = 0;

	for (unsigned int bits = 48; bits <= 64; bits += 16) {
		if (hm_eui_parse(text, len, bits, &v))
			continue;
		FZ_CHECK(!hm_eui_group(v, bits) && !hm_eui_local(v, bits), "%s", text);
		hm_eui_text(v, bits, 0, out);
		for (size_t i = 0; i < len; i++)
			if (!strchr(":-.", text[i]))
				digits[n++] = (char)(text[i] >= 'a' ? text[i] - 'a' + 'A' : text[i]);
		digits[n] = '\0';
		FZ_CHECK(!strcmp(out, digits), "%s is %s", text, out);
		/* no separators; between pairs; between fours */
		FZ_CHECK(len == bits / 4 || len == bits / 4 + bits / 8 - 1 || len == bits / 4 + bits / 16 - 1, "%s", text);
		hm_eui_text(v, bits, ':', out);
		FZ_CHECK(!hm_eui_parse(out, strlen(out), bits, &back) && back == v, "%s is %s", text, out);
	}
}

static void block(const char *text)
{
	struct hm_eui_block b;
	struct hm_range r;
	uint64_t v, n;

	for (unsigned int bits = 48; bits <= 64; bits += 16) {
		if (hm_eui_block_parse(text, bits, &b))
			continue;
		r = hm_eui_block_range(&b);
		FZ_CHECK(r.next == 0 && r.end && r.end <= 1ull << (bits - b.prefix), "%s", text);
		FZ_CHECK(!hm_eui_at(&b, r.end - 1, &v) && v >> (bits - b.prefix) == b.base >> (bits - b.prefix), "%s", text);
		FZ_CHECK(!hm_eui_number(&b, v, &n) && n == r.end - 1, "%s", text);
		FZ_CHECK(hm_eui_at(&b, r.end, &v) == -HM_EOVERFLOW, "%s", text);
	}
}

static void range(const char *text)
{
	char out[HM_RANGE_TEXT_MAX];
	struct hm_range r, back;

	if (hm_range_parse(text, &r))
		return;
	FZ_CHECK(r.next < r.end, "%s", text);
	hm_range_text(&r, out);
	FZ_CHECK(!hm_range_parse(out, &back) && back.next == r.next && back.end == r.end, "%s is %s", text, out);
}

static void date(const char *text)
{
	char out[11] = "YYYY-MM-DD";
	struct hm_date d;

	if (hm_date_parse(text, &d))
		return;
	FZ_CHECK(hm_date_valid(&d), "%s", text);
	FZ_CHECK(!hm_date_write(HM_DATE_YYYY, &d, out) && !hm_date_write(HM_DATE_MM, &d, out + 5) &&
		 !hm_date_write(HM_DATE_DD, &d, out + 8) && !strcmp(out, text), "%s is %s", text, out);
}

static void check_characters(const char *text, size_t len)
{
	for (unsigned int k = HM_CHECKCHAR_NONE + 1; k < HM_CHECKCHARS; k++) {
		enum hm_checkchar c = (enum hm_checkchar)k;
		char right[HM_CHECKCHAR_MAX + 1];
		size_t n = hm_checkchar_len(c);
		int rc = hm_checkchar_verify(c, text, len), made = len > n ? hm_checkchar_make(c, text, len - n, right) : -1;

		FZ_CHECK(!rc == (!made && !memcmp(text + len - n, right, n)), "%s: %s", hm_checkchar_name(c), text);
	}
}

static void identity(const char *text)
{
	char serial[HM_SERIAL_MAX + 1], out[HM_LINK_MAX + 1];
	struct hm_issuer who;
	const char *slash = strrchr(text, '/');
	char base[TEXT_MAX];

	FZ_CHECK(!hm_issuer_set(&who, "UN", "12"), "issuer");
	if (!hm_uii_read(&who, text, serial))
		FZ_CHECK(!hm_uii_make(&who, serial, out, sizeof(out)) && !strcmp(out, text), "%s", text);
	if (!hm_di25s_read(&who, text, serial))
		FZ_CHECK(!hm_di25s_make(&who, serial, out, sizeof(out)) && !strcmp(out, text), "%s", text);
	if (!slash)
		return;
	memcpy(base, text, (size_t)(slash - text) + 1);
	base[slash - text + 1] = '\0';
	if (!hm_link_read(base, text, serial))
		FZ_CHECK(!strncmp(text, "https://", 8) && strlen(text) <= HM_LINK_MAX + 1 &&
			 !strcmp(slash + 1, serial), "%s", text);
	if (!hm_link_make(base, slash + 1, out, sizeof(out)))
		FZ_CHECK(!strcmp(out, text) && !hm_link_read(base, out, serial), "%s", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char text[TEXT_MAX];
	size_t len;

	if (size < 1 || size >= sizeof(text))
		return 0;
	memcpy(text, input + 1, size - 1);
	text[size - 1] = '\0';
	len = size - 1;
	switch (input[0] % 4) {
	case 0:
		eui(text, len);
		block(text);
		break;
	case 1:
		range(text);
		date(text);
		break;
	case 2:
		check_characters(text, len);
		break;
	default:
		identity(text);
		break;
	}
	return 0;
}
