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

struct told {
	const uint8_t *p;
	size_t len, custom, records, ours;
};

static void extra(void *context, const struct hm_fru_extra *e)
{
	struct told *t = context;

	FZ_CHECK(e->bytes > t->p && e->len <= t->len && e->bytes + e->len <= t->p + t->len, "outside");
	FZ_CHECK(e->area == HM_FRU_RECORDS || !(t->records + t->ours), "a field behind records");
	if (e->has_text)
		fz_text(e->text, HM_FRU_TEXT, true);
	++*(e->ours ? &t->ours : e->area == HM_FRU_RECORDS ? &t->records : &t->custom);
}

/* What is counted is told, lies inside, and no more is there. */
static void extras(const uint8_t *p, size_t n, const struct hm_fru *f)
{
	struct told t = { .p = p, .len = n };

	FZ_CHECK(!hm_fru_extras(p, n, extra, &t), "not taken");
	FZ_CHECK(t.custom == f->custom && t.records == f->records && t.ours == !!f->cwt_len, "%zu, %zu, %zu, not %u, %u",
		 t.custom, t.records, t.ours, f->custom, f->records);
}

static void one(uint8_t *p, size_t size)
{
	_cleanup_buf_ struct hm_buf back = HM_BUF_INIT(4096), other = HM_BUF_INIT(4096);
	struct hm_fru f, again;
	size_t n, m;
	int rc;

	if (hm_fru_parse(p, size, &f, &n, NULL))
		return;
	FZ_CHECK(n >= 8 && n <= size && f.cwt_len <= HM_RECORD_MAX, "%zu of %zu", n, size);
	for (int i = 0; i < HM_FRU_TEXTS; i++) {
		const char *text = f.text[i];

		fz_text(text, HM_FRU_TEXT, true);
		FZ_CHECK(!*text || text[strlen(text) - 1] != ' ', "a space at the end");
	}
	extras(p, n, &f);
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
	return fz_carrier(input, size, fz_fix_fru, one);
}
