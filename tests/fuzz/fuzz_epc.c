// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EPCs: the first byte says whether the rest is hexadecimal of one, a URI, or its bytes.
 * What is taken is turned round and must come back as it was.
 *
 * sources: provisioning/gs1/epc_table.c provisioning/gs1/epc_decode.c provisioning/gs1/epc_encode.c
 * sources: provisioning/gs1/epc_parse.c provisioning/gs1/epc_gs1.c
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c
 * sources: provisioning/base/digits.c provisioning/base/host.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "fuzz_text.h"
#include "tests/unit/support/gs1_wrong.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (!size)
		return 0;
	if (input[0] % 4 == 1)
		fz_text(wrong_uri, input + 1, size - 1);
	else if (input[0] % 4 == 3)
		fz_hex(wrong_image, input + 1, size - 1 < 62 ? size - 1 : 62);
	else
		fz_text(wrong_image, input + 1, size - 1);
	return 0;
}
