// SPDX-License-Identifier: LGPL-2.1-or-later
/* AI 8030: what is signed, and 64 bytes as text and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/signature.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define GTIN "(01)09521234543213"

/* The same elements in any form and order are one text. */
static void one_text(void **state)
{
	static const char *const forms[] = {
		GTIN "(17)251200(10)A\\(1(21)7",
		"(21)7(10)A\\(1(17)251200" GTIN,
		"^0109521234543213172512" "0010A(1^217",
		"]d201095212345432131725120010A(1\x1d" "217",
		"https://id.gs1.org/01/09521234543213/10/A%281/21/7?17=251200",
		"https://example.com/x/01/09521234543213/10/A%281/21/7?17=251200&8030=AAAA",
		GTIN "(8030)AAAA(17)251200(10)A\\(1(21)7",
	};
	static struct hm_elements e;
	char out[256] = "old";

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(hm_gs1_parse(forms[i], strlen(forms[i]), &e, NULL), 0);
		assert_int_equal(hm_gs1_signed_text(&e, out, sizeof(out)), 0);
		assert_string_equal(out, "(8030)" GTIN "(10)A\\(1(17)251200(21)7");
	}
	assert_int_equal(hm_gs1_signed_text(&e, out, 20), -HM_ETOO_LONG);
	assert_int_equal(hm_gs1_parse("(8030)AAAA", 10, &e, NULL), 0);
	assert_int_equal(hm_gs1_signed_text(&e, out, sizeof(out)), -HM_EMISSING_AI);
	assert_string_equal(out, "(8030)" GTIN "(10)A\\(1(17)251200(21)7");
}

static int read_value(const char *value, uint8_t sig[64])
{
	static struct hm_elements e;

	e.n = e.used = 0;
	assert_int_equal(hm_gs1_add(&e, "8030", value, strlen(value), NULL), 0);
	return hm_gs1_signature(&e, sig);
}

static const char *wrong_signature(struct rnd *r)
{
	char value[HM_GS1_SIGNATURE_TEXT + 3], old;
	size_t at = rnd_below(r, 86);
	uint8_t sig[64], back[64];

	rnd_bytes(r, sig, sizeof(sig));
	if (r->n < 2)
		memset(sig, r->n ? 0xff : 0, sizeof(sig));
	hm_gs1_signature_text(sig, value);
	if (r->show)
		print_error("%s, changed at %zu\n", value, at);
	shrink_must(strlen(value) == 86 && !read_value(value, back) && !memcmp(sig, back, 64));
	/* any other character says other bytes, or none */
	old = value[at];
	value[at] = old == 'A' ? 'B' : 'A';
	shrink_must(read_value(value, back) || memcmp(sig, back, 64));
	value[at] = old;
	strcat(value, "==");
	shrink_must(!read_value(value, back) && !memcmp(sig, back, 64));
	return NULL;
}

static void texts(void **state)
{
	char value[HM_GS1_SIGNATURE_TEXT + 3];
	struct rnd r = rnd_start("signatures");
	uint64_t cases = rnd_cases(20000);
	uint8_t sig[64] = { 0 }, last[80];

	(void)state;
	for (r.n = 0; r.n < cases; r.n++)
		shrink_drawn(&r, wrong_signature);
	/* nothing behind the 64 bytes is looked at: the last letter has four bits of zero */
	memset(last, 0xff, sizeof(last));
	hm_gs1_signature_text(last, value);
	assert_int_equal(value[85], 'w');
	last[63] = 0;
	hm_gs1_signature_text(last, value);
	assert_int_equal(value[85], 'A');
	/* RFC 4648's letters in their places */
	memcpy(sig, "\x00\x10\x83\x10\x51\x87\xfb\xff\xbf", 9);
	hm_gs1_signature_text(sig, value);
	assert_memory_equal(value, "ABCDEFGH-_-_AAAA", 16);
}

static void refused(void **state)
{
	static struct hm_elements e;
	char value[92];
	uint8_t sig[64];

	(void)state;
	assert_int_equal(hm_gs1_parse(GTIN "(21)7", 23, &e, NULL), 0);
	assert_int_equal(hm_gs1_signature(&e, sig), -HM_EMISSING_AI);
	memset(value, 'A', sizeof(value));
	value[86] = '\0';
	assert_int_equal(read_value(value, sig), 0);
	/* four bits that no byte has */
	value[85] = 'B';
	assert_int_equal(read_value(value, sig), -HM_EBAD_CHAR);
	value[85] = 'P';
	assert_int_equal(read_value(value, sig), -HM_EBAD_CHAR);
	value[85] = 'Q';
	assert_int_equal(read_value(value, sig), 0);
	value[85] = '\0';
	assert_int_equal(read_value(value, sig), -HM_EBAD_LENGTH);
	memset(value, 'A', sizeof(value));
	value[87] = '\0';
	assert_int_equal(read_value(value, sig), -HM_EBAD_LENGTH);
	value[87] = 'A';
	value[88] = '\0';
	assert_int_equal(read_value(value, sig), -HM_EBAD_LENGTH);
	value[87] = '=';
	assert_int_equal(read_value(value, sig), -HM_EBAD_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_text),
		cmocka_unit_test(texts),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
