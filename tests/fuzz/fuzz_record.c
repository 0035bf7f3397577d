// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A record. What is taken is what the writer writes, byte for byte; what its beginning
 * measures is no more than there is.
 *
 * sources: provisioning/record/record.c
 * sources: provisioning/base/cbor.c provisioning/base/es256.c provisioning/base/buf.c provisioning/base/error.c
 */
#include "fuzz.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	_cleanup_buf_ struct hm_buf again = HM_BUF_INIT(1024);
	struct hm_record rec;
	uint8_t sig[64];
	size_t n = 0;
	int rc = hm_record_parse(input, size, &rec, sig);

	if (!hm_record_measure(input, size, &n))
		FZ_CHECK(n > 0 && n <= size && n <= HM_RECORD_MAX, "%zu of %zu", n, size);
	if (rc)
		return 0;
	FZ_CHECK(n == size, "%zu of %zu", n, size);
	FZ_CHECK(!hm_record_seal(&rec, sig, &again), "not sealed");
	FZ_CHECK(again.len == size && !memcmp(again.data, input, size), "another encoding");
	return 0;
}
