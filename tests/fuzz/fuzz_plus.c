// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EPCs of the "+" and "++" schemes, and what follows them: the input's bytes are the memory. What is decoded is
 * encoded in as few bits or fewer, and says the same.
 *
 * sources: provisioning/gs1/epc_plus.c provisioning/gs1/plus_text.c provisioning/gs1/plus_host.c
 * sources: provisioning/gs1/plus_value.c provisioning/gs1/plus_data.c
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c
 * sources: provisioning/base/digits.c provisioning/base/host.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "fuzz_text.h"
#include "tests/unit/support/gs1_wrong.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	fz_hex(wrong_plus, input, size < 62 ? size : 62);
	return 0;
}
