// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Element strings, Digital Links and ISO/IEC 15434 messages: what is taken in any form
 * is written in every form, and read again it is the same.
 *
 * sources: provisioning/gs1/ai.c provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c
 * sources: provisioning/gs1/ai_text.c provisioning/gs1/link.c provisioning/gs1/envelope.c
 * sources: provisioning/base/digits.c provisioning/base/error.c
 */
#include "fuzz.h"
#include "gs1/ai.h"
#include "gs1/envelope.h"

#define TEXT_MAX 9000

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static struct hm_elements first, second;
static struct hm_envelope one, two;
static char text_a[TEXT_MAX], text_b[TEXT_MAX];

static void same(const char *text)
{
	int rc = hm_gs1_parse(text, strlen(text), &second, NULL);

	FZ_CHECK(!rc && first.n == second.n, "%s: %s", text, hm_error_name(rc));
	for (unsigned int i = 0; i < first.n; i++) {
		const struct hm_element *a = &first.e[i], *b = &second.e[i];

		FZ_CHECK(!strcmp(a->ai, b->ai) && a->len == b->len && !memcmp(a->value, b->value, a->len), "%s", text);
	}
}

static void element_string(const char *text, size_t len)
{
	int (*const give[])(const struct hm_elements *, char *, size_t) = {
		hm_gs1_bracketed, hm_gs1_caret, hm_gs1_scan };
	struct hm_err err = { "" };

	if (hm_gs1_parse(text, len, &first, &err) || !first.n)
		return;
	for (size_t i = 0; i < sizeof(give) / sizeof(give[0]); i++)
		if (!give[i](&first, text_a, sizeof(text_a)))
			same(text_a);
	/* twice the same AI has no place in a path */
	if (hm_gs1_link(&first, NULL, text_a, sizeof(text_a)) || hm_gs1_check(&first, &err))
		return;
	FZ_CHECK(!hm_gs1_parse(text_a, strlen(text_a), &second, NULL), "%s", text_a);
	FZ_CHECK(first.n == second.n && !hm_gs1_check(&second, &err), "%s", text_a);
	if (!hm_gs1_link(&second, NULL, text_b, sizeof(text_b)))
		FZ_CHECK(!strcmp(text_a, text_b), "%s, %s", text_a, text_b);
}

static void envelope(const char *text, size_t len, int (*read)(const char *, size_t, struct hm_envelope *))
{
	if (read(text, len, &one) || hm_envelope_write(&one, text_a, sizeof(text_a)))
		return;
	FZ_CHECK(!hm_envelope_read(text_a, strlen(text_a), &two) && !two.faults, "%s", text_a);
	FZ_CHECK(one.n == two.n, "%s", text_a);
	for (unsigned int i = 0; i < one.n; i++)
		FZ_CHECK(!strcmp(one.e[i].id, two.e[i].id) && one.e[i].len == two.e[i].len &&
			 !memcmp(one.e[i].value, two.e[i].value, one.e[i].len), "%s", text_a);
	if (!hm_envelope_bracketed(&one, text_b, sizeof(text_b)) && strlen(text_b) <= 1000)
		FZ_CHECK(!hm_envelope_parse(text_b, strlen(text_b), &two) && one.n == two.n, "%s", text_b);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	/* exactly so long that one byte more is found */
	char *text = malloc(size ? size : 1);

	FZ_CHECK(text, "memory");
	if (size)
		memcpy(text, input, size);
	element_string(text, size);
	envelope(text, size, hm_envelope_read);
	envelope(text, size, hm_envelope_parse);
	free(text);
	return 0;
}
