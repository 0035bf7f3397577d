// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ISO/IEC 15434 messages, and the bracketed identifiers that one is made of: what is read,
 * however wrong, is written without fault, and read again it is the same.
 *
 * sources: provisioning/gs1/envelope.c
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c
 * sources: provisioning/base/digits.c provisioning/base/host.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "fuzz_text.h"
#include "tests/unit/support/gs1_wrong.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	fz_text(wrong_envelope, input, size);
	return 0;
}
