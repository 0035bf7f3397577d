// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Packed objects: a text that begins with a parenthesis is an element string to write; of anything
 * else the bytes are user memory from its DSFID on.
 *
 * sources: provisioning/gs1/packed.c provisioning/gs1/packed_read.c provisioning/gs1/packed_build.c
 * sources: provisioning/gs1/packed_bits.c provisioning/gs1/packed_text.c provisioning/gs1/packed_table.c
 * sources: provisioning/gs1/bank.c
 * sources: provisioning/gs1/epc_table.c provisioning/gs1/epc_decode.c provisioning/gs1/epc_encode.c
 * sources: provisioning/gs1/epc_parse.c
 * sources: provisioning/gs1/epc_plus.c provisioning/gs1/plus_text.c provisioning/gs1/plus_host.c
 * sources: provisioning/gs1/plus_value.c provisioning/gs1/plus_data.c
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c
 * sources: provisioning/base/digits.c provisioning/base/host.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "fuzz_text.h"
#include "tests/unit/support/packed_wrong.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	if (size && input[0] == '(')
		fz_text(wrong_packed, input, size);
	else
		fz_hex(wrong_packed, input, size);
	return 0;
}
