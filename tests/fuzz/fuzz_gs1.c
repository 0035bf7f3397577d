// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Element strings and Digital Links: what is taken in any form is written in every form,
 * and read again it is the same.
 *
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c
 * sources: provisioning/base/digits.c provisioning/base/host.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "fuzz_text.h"
#include "tests/unit/support/gs1_wrong.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	fz_text(wrong_elements, input, size);
	return 0;
}
