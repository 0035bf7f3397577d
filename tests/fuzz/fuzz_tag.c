// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tag's user memory. What is taken holds a record inside the bank, and writing that again
 * makes the same bytes.
 *
 * sources: provisioning/record/tag.c provisioning/record/record.c
 * sources: provisioning/base/cbor.c provisioning/base/es256.c provisioning/base/buf.c provisioning/base/error.c
 */
#include "fuzz.h"
#include "record/tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	_cleanup_buf_ struct hm_buf again = HM_BUF_INIT(1024);
	uint8_t cwt[HM_RECORD_MAX];
	struct hm_record rec;
	size_t n;

	if (hm_tag_parse(input, size, &rec, cwt, &n, NULL))
		return 0;
	FZ_CHECK(n && n + HM_TAG_HEAD <= size, "%zu of %zu", n, size);
	FZ_CHECK(!hm_tag_build(cwt, n, HM_TAG_NO_TID, (uint32_t)(8 * size), &again, NULL), "not built");
	FZ_CHECK(again.len <= size && !memcmp(again.data, input, again.len), "another encoding");
	return 0;
}
