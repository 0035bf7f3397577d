// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/signature.h"

#include <assert.h>
#include <string.h>

#include "gs1/ai_text.h"

#define AI "8030"

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The first of the elements whose AI is above @after, but 8030; NULL for none. */
static const struct hm_element *next(const struct hm_elements *e, const char *after)
{
	const struct hm_element *first = NULL;

	for (unsigned int i = 0; i < e->n; i++) {
		const struct hm_element *x = &e->e[i];

		if (strcmp(x->ai, AI) && strcmp(x->ai, after) > 0 && (!first || strcmp(x->ai, first->ai) < 0))
			first = x;
	}
	return first;
}

int hm_gs1_signed_text(const struct hm_elements *e, char *out, size_t size)
{
	char text[HM_GS1_TEXT_MAX];
	struct ai_out o = { text, 0, sizeof(text), false };
	const struct hm_element *x = next(e, "");

	if (!x)
		return -HM_EMISSING_AI;
	ai_put(&o, "(" AI ")", 6);
	for (; x; x = next(e, x->ai))
		ai_put_bracketed(&o, x);
	return ai_give(&o, out, size);
}

void hm_gs1_signature_text(const uint8_t sig[HM_GS1_SIGNATURE_LEN], char out[HM_GS1_SIGNATURE_TEXT + 1])
{
	for (unsigned int i = 0; i < HM_GS1_SIGNATURE_TEXT; i++) {
		unsigned int at = 6 * i, two = (unsigned int)sig[at / 8] << 8;

		if (at / 8 + 1 < HM_GS1_SIGNATURE_LEN)
			two |= sig[at / 8 + 1];
		out[i] = base64url[two >> (10 - at % 8) & 63];
	}
	out[HM_GS1_SIGNATURE_TEXT] = '\0';
}

int hm_gs1_signature(const struct hm_elements *e, uint8_t ret[HM_GS1_SIGNATURE_LEN])
{
	const struct hm_element *x = hm_gs1_find(e, AI);
	uint8_t sig[HM_GS1_SIGNATURE_LEN + 1] = { 0 };
	size_t len;

	if (!x)
		return -HM_EMISSING_AI;
	len = x->len;
	if (len == HM_GS1_SIGNATURE_TEXT + 2 && !memcmp(x->value + HM_GS1_SIGNATURE_TEXT, "==", 2))
		len -= 2;
	if (len != HM_GS1_SIGNATURE_TEXT)
		return -HM_EBAD_LENGTH;
	for (unsigned int i = 0; i < len; i++) {
		const char *p = memchr(base64url, x->value[i], sizeof(base64url) - 1);
		unsigned int at = 6 * i, v;

		/* no other is in an 8030 of this length, not even the padding's */
		assert(p);
		v = (unsigned int)(p - base64url) << (10 - at % 8);
		sig[at / 8] |= (uint8_t)(v >> 8);
		sig[at / 8 + 1] |= (uint8_t)v;
	}
	/* four bits are left over */
	if (sig[HM_GS1_SIGNATURE_LEN])
		return -HM_EBAD_CHAR;
	memcpy(ret, sig, HM_GS1_SIGNATURE_LEN);
	return 0;
}
