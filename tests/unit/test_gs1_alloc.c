// SPDX-License-Identifier: LGPL-2.1-or-later
/* No codec of gs1/ allocates: the C library's allocators count while they work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/bank.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"
#include "gs1/gs1.h"
#include "support/alloc_count.h"

static void counters_count(void **state)
{
	unsigned long before = alloc_calls;
	char *volatile p = malloc(10);

	(void)state;
	p = realloc(p, 20);
	free(p);
	free(calloc(1, 1));
	assert_int_equal(alloc_calls - before, 3);
}

static void epcs(void **state)
{
	static const char *const uris[] = {
		"urn:epc:tag:sgtin-96:3.0614141.812345.6789", "urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb",
		"urn:epc:tag:adi-var:3.35962.PQ7VZ4.M37GXB92", "urn:epc:tag:itip-110:4.4012345.012345.01.02.981",
		"urn:epc:tag:cpi-var:3.0614141.5PQ7%2FZ43.12345", "urn:epc:tag:sgcn-96:3.4012345.67890.04711",
		"urn:epc:tag:sgtin-96:3.0614141.812345.06789", "x",
	};
	unsigned long before = alloc_calls;

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		char hex[HM_BANK_HEX_SIZE], uri[HM_EPC_URI_SIZE], pure[HM_EPC_URI_SIZE];
		struct hm_epc_bank b;
		struct hm_elements e;

		if (hm_epc_encode(uris[i], hex, sizeof(hex)))
			continue;
		(void)hm_epc_decode(hex, uri, sizeof(uri));
		(void)hm_epc_raw(hex, strlen(hex), uri, sizeof(uri));
		(void)hm_epc_to_pure(uris[i], strlen(uris[i]), pure, sizeof(pure));
		(void)hm_epc_from_pure(pure, strlen(pure), HM_EPC_ANY, 3, uri, sizeof(uri));
		(void)hm_epc_to_elements(uris[i], strlen(uris[i]), &e, NULL);
		(void)hm_epc_from_elements(&e, 7, pure, sizeof(pure), NULL);
		(void)hm_epc_bank_build(uris[i], strlen(uris[i]), hex, sizeof(hex));
		(void)hm_epc_bank_parse(hex, strlen(hex), &b);
	}
	assert_int_equal(alloc_calls, before);
}

static void element_strings(void **state)
{
	static const char *const texts[] = {
		"(01)09521234543213(21)10000000016", "^010952123454321310AB-1^21XYZ123", "(01)09521234543213(21)a\\(b",
		"https://id.gs1.org/01/09521234543213/10/A%2FB/21/7?17=251231", "(00)095201234567891235", "(21)1",
		"(01)09521234543213(21)1(10)A(91)0123456789012345678901234567890123456789012345",
	};
	unsigned long before = alloc_calls;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hm_epc_plus h = { .filter = 3 };
		struct hm_elements e, back;
		struct hm_err err;
		char out[256];

		if (hm_gs1_parse(texts[i], strlen(texts[i]), &e, &err))
			continue;
		(void)hm_gs1_check(&e, &err);
		(void)hm_gs1_bracketed(&e, out, sizeof(out));
		(void)hm_gs1_caret(&e, out, sizeof(out));
		(void)hm_gs1_link(&e, NULL, out, sizeof(out));
		if (!hm_epc_plus_encode(&e, &h, out, sizeof(out), NULL))
			(void)hm_epc_plus_decode(out, strlen(out), &h, &back, NULL);
	}
	assert_int_equal(alloc_calls, before);
}

static void units(void **state)
{
	unsigned long before = alloc_calls;
	struct hm_epc epc;
	char out[128];
	int rc;

	(void)state;
	rc = hm_gs1_epc("sgtin-96", "09521234543213", 7, 1, "10000000016", &epc);
	rc = rc ?: hm_gs1_epc("sgtin-198", "09521234543213", 7, 1, "aB/%0", &epc);
	rc = rc ?: hm_gs1_epc("sgtin+", "09521234543213", 7, 1, "aB/%0", &epc);
	rc = rc ?: hm_gs1_element("09521234543213", "10000000016", out, sizeof(out));
	rc = rc ?: hm_gs1_digital_link("09521234543213", "10000000016", out, sizeof(out));
	assert_int_equal(alloc_calls, before);
	assert_int_equal(rc, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_count),
		cmocka_unit_test(epcs),
		cmocka_unit_test(element_strings),
		cmocka_unit_test(units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
