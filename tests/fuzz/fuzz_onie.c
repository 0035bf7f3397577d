// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A TlvInfo; the first byte says whether its checksum is made good. What is taken keeps
 * every byte when it is put back, has no TLV of ONIE's twice, and takes another record.
 *
 * sources: provisioning/record/onie.c
 * sources: provisioning/base/digits.c provisioning/base/buf.c provisioning/base/error.c
 */
#include "fuzz_carrier.h"
#include "record/carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void walk(const uint8_t *p, size_t n)
{
	unsigned int seen[256] = { 0 };

	for (size_t at = 11; at < n; at += 2u + p[at + 1])
		FZ_CHECK(++seen[p[at]] == 1 || p[at] < 0x21 || p[at] > 0x2f, "TLV %02x twice", p[at]);
}

static void one(uint8_t *p, size_t size)
{
	_cleanup_buf_ struct hm_buf back = HM_BUF_INIT(4096), other = HM_BUF_INIT(4096);
	struct hm_onie o, again;
	size_t n, m;
	int rc;

	if (hm_onie_parse(p, size, &o, &n, NULL))
		return;
	FZ_CHECK(n <= size && n <= HM_ONIE_MAX && o.cwt_len <= HM_RECORD_MAX, "%zu of %zu", n, size);
	fz_text(o.product, sizeof(o.product), false);
	fz_text(o.part_number, sizeof(o.part_number), false);
	fz_text(o.serial, sizeof(o.serial), false);
	fz_text(o.date, sizeof(o.date), false);
	fz_text(o.manufacturer, sizeof(o.manufacturer), false);
	walk(p, n);
	FZ_CHECK(!hm_onie_update(p, n, &o, &back, NULL) && back.len == n && !memcmp(back.data, p, n), "not put back");
	o.cwt_len = 200;
	memset(o.cwt, 0x77, sizeof(o.cwt));
	rc = hm_onie_update(p, n, &o, &other, NULL);
	FZ_CHECK(!rc || rc == -HM_ETOO_LONG, "%d", rc);
	if (rc)
		return;
	FZ_CHECK(!hm_onie_parse(other.data, other.len, &again, &m, NULL) && m == other.len, "not read again");
	FZ_CHECK(again.cwt_len == 200 && !strcmp(again.serial, o.serial) && again.macs == o.macs, "not the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	return fz_carrier(input, size, fz_fix_onie, one);
}
