// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An IPMI FRU; the first byte says whether its checksums are made good. What is taken has
 * texts that can be printed, keeps every byte when it is put back, and takes another
 * serial and record without losing what is somebody else's.
 *
 * sources: provisioning/record/fru.c provisioning/record/fru_write.c
 * sources: provisioning/base/buf.c provisioning/base/error.c
 */
#include "fuzz_carrier.h"
#include "record/carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void text_ok(const char *text)
{
	size_t len = strnlen(text, HM_FRU_TEXT);

	FZ_CHECK(len < HM_FRU_TEXT, "not terminated");
	FZ_CHECK(!len || text[len - 1] != ' ', "a space at the end");
	for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
		/* Latin-1 in UTF-8 */
		bool two = (p[0] == 0xc2 && p[1] >= 0xa0 && p[1] < 0xc0) || (p[0] == 0xc3 && p[1] >= 0x80 && p[1] < 0xc0);

		FZ_CHECK(two || (*p >= ' ' && *p <= '~'), "a character %02x", *p);
		p += two;
	}
}

static void one(const uint8_t *p, size_t size)
{
	_cleanup_buf_ struct hm_buf back = HM_BUF_INIT(4096), other = HM_BUF_INIT(4096);
	struct hm_fru f, again;
	size_t n, m;
	int rc;

	if (hm_fru_parse(p, size, &f, &n, NULL))
		return;
	FZ_CHECK(n >= 8 && n <= size && f.cwt_len <= HM_RECORD_MAX, "%zu of %zu", n, size);
	for (int i = 0; i < HM_FRU_TEXTS; i++)
		text_ok(f.text[i]);
	rc = hm_fru_update(p, size, &f, &back, NULL);
	FZ_CHECK(n > HM_IMAGE_MAX ? rc == -HM_ETOO_LONG : !rc && back.len == n && !memcmp(back.data, p, n),
		 "not put back: %d", rc);
	f.has[HM_FRU_PRODUCT] = true;
	strcpy(f.text[HM_FRU_PRODUCT_SERIAL], "another serial");
	f.cwt_len = 200;
	memset(f.cwt, 0x77, sizeof(f.cwt));
	rc = hm_fru_update(p, size, &f, &other, NULL);
	FZ_CHECK(!rc || rc == -HM_ETOO_LONG, "%d", rc);
	if (rc)
		return;
	FZ_CHECK(!hm_fru_parse(other.data, other.len, &again, &m, NULL) && m == other.len, "not read again");
	FZ_CHECK(again.cwt_len == 200 && again.records == f.records && again.custom == f.custom, "something is gone");
	for (int i = 0; i < HM_FRU_TEXTS; i++)
		FZ_CHECK(!strcmp(again.text[i], f.text[i]), "%s", hm_fru_text_name((enum hm_fru_text)i));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	uint8_t *p = size > 1 ? malloc(size - 1) : NULL;

	if (!p)
		return 0;
	memcpy(p, input + 1, size - 1);
	if (input[0] & 1)
		fz_fix_fru(p, size - 1);
	one(p, size - 1);
	free(p);
	return 0;
}
