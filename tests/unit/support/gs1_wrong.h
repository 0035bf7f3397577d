/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold for any text at all, a codec each: what is taken is turned round and
 * comes back as it was. A function says what is wrong, or NULL; a text that is refused is
 * not wrong. Property tests shrink with them (shrink.h), fuzz targets call nothing else.
 */
#ifndef TESTS_UNIT_SUPPORT_GS1_WRONG_H
#define TESTS_UNIT_SUPPORT_GS1_WRONG_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "gs1/bank.h"
#include "gs1/envelope.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"

#define WRONG_TEXT 9000

static inline bool wrong_same(const struct hm_elements *a, const struct hm_elements *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++)
		if (strcmp(a->e[i].ai, b->e[i].ai) || a->e[i].len != b->e[i].len ||
		    memcmp(a->e[i].value, b->e[i].value, a->e[i].len))
			return false;
	return true;
}

/* --- EPCs --- */

/* A tag URI that came out of the decoder. */
static inline const char *wrong_tag(const char *uri)
{
	static struct hm_elements e;
	char hex[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE], pure[HM_EPC_URI_SIZE];
	const char *colon = strchr(uri + 12, ':'), *prefix;
	enum hm_epc_scheme scheme;

	if (hm_epc_encode(uri, hex, sizeof(hex)))
		return "a tag URI of our own is not encoded";
	if (hm_epc_decode(hex, back, sizeof(back)) || strcmp(uri, back))
		return "decode(encode(uri)) is another";
	if (hm_epc_to_pure(uri, strlen(uri), pure, sizeof(pure)))
		return "it has no pure identity";
	if (hm_epc_scheme_find(uri + 12, (size_t)(colon - uri - 12), &scheme))
		return "its scheme is not known";
	if (hm_epc_from_pure(pure, strlen(pure), scheme, 0, back, sizeof(back)))
		return "its pure identity has no tag URI";
	if (hm_epc_to_elements(pure, strlen(pure), &e, NULL))
		return NULL;
	prefix = strchr(pure + 11, ':') + 1;
	if (hm_epc_from_elements(&e, (unsigned int)strcspn(prefix, "."), back, sizeof(back), NULL) || strcmp(pure, back))
		return "its element string is another identity";
	return NULL;
}

/* Hexadecimal of a memory image. */
static inline const char *wrong_image(const char *hex, size_t len)
{
	char uri[HM_EPC_URI_SIZE], back[HM_EPC_HEX_SIZE];

	if (!hm_epc_raw(hex, len, uri, sizeof(uri)) && (hm_epc_encode(uri, back, sizeof(back)) || strlen(back) != len))
		return "its raw URI is another image";
	return hm_epc_decode_n(hex, len, uri, sizeof(uri)) ? NULL : wrong_tag(uri);
}

/* A URI of any kind. */
static inline const char *wrong_uri(const char *text, size_t len)
{
	char hex[HM_EPC_HEX_SIZE], again[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE];

	if (!hm_epc_from_pure(text, len, HM_EPC_ANY, 0, back, sizeof(back)) && hm_epc_encode(back, hex, sizeof(hex)))
		return "a pure identity's tag URI is not encoded";
	if (hm_epc_encode_n(text, len, hex, sizeof(hex)) || !memcmp(text, "urn:epc:raw:", 12))
		return NULL;
	if (hm_epc_decode(hex, back, sizeof(back)))
		return "what was encoded is not decoded";
	if (hm_epc_encode(back, again, sizeof(again)) || strcmp(hex, again))
		return "encode(decode(image)) is another";
	return wrong_tag(back);
}

/* Hexadecimal of a "+" or "++" scheme. */
static inline const char *wrong_plus(const char *hex, size_t len)
{
	static struct hm_elements one, two;
	struct hm_epc_plus h = { .filter = 0 }, g;
	char again[HM_EPC_HEX_SIZE], link[WRONG_TEXT], stem[8 + HM_EPC_HOST_MAX + 1];

	if (hm_epc_plus_decode(hex, len, &h, &one, NULL))
		return NULL;
	g = h;
	/* what follows could be a part of another scheme */
	h.want = h.scheme;
	if (hm_epc_plus_encode(&one, &h, again, sizeof(again), NULL))
		return "what was decoded is not encoded";
	if (h.bits > g.bits)
		return "more bits than there were";
	if (hm_epc_plus_decode(again, strlen(again), &g, &two, NULL) || !wrong_same(&one, &two))
		return "decode(encode(elements)) are others";
	if (strcmp(h.host, g.host) || h.filter != g.filter || h.data_follows != g.data_follows || strcmp(h.scheme, g.scheme) ||
	    h.own != g.own)
		return "another host, filter, toggle or scheme";
	snprintf(stem, sizeof(stem), "https://%s", h.host);
	if (hm_gs1_link(&one, h.host[0] ? stem : NULL, link, sizeof(link)))
		/* some data has no place in a link */
		return h.data_follows ? NULL : "it has no Digital Link";
	/* the date of a dsgtin is an attribute, the serial before it in the path */
	if (hm_gs1_parse(link, strlen(link), &two, NULL) || one.n != two.n)
		return "its Digital Link is not read";
	return NULL;
}

/* What a bank's URI says, when another bank is made of it. */
static inline const char *wrong_bank_uri(const char *uri, size_t len)
{
	char bank[HM_BANK_HEX_SIZE], again[HM_BANK_HEX_SIZE];
	struct hm_epc_bank b;

	if (hm_epc_bank_build(uri, len, bank, sizeof(bank)))
		return "";
	if (hm_epc_bank_parse(bank, strlen(bank), &b) || !b.crc_good)
		return "a bank of our own is not read";
	if (hm_epc_bank_build(b.uri, strlen(b.uri), again, sizeof(again)) || strcmp(bank, again))
		return "its URI makes another bank";
	return NULL;
}

/* Hexadecimal of a bank, or a URI to make one of. */
static inline const char *wrong_bank(const char *text, size_t len)
{
	const char *wrong = wrong_bank_uri(text, len);
	struct hm_epc_bank b, back;
	char bank[HM_BANK_HEX_SIZE];
	struct hm_tid t;
	struct hm_user_memory u;

	if (wrong && *wrong)
		return wrong;
	(void)hm_user_memory_parse(text, len, &u);
	if (!hm_tid_parse(text, len, &t) && strlen(t.serial) * 4 != t.serial_bits)
		return "a TID's serial of another length than it says";
	if (hm_epc_bank_parse(text, len, &b))
		return NULL;
	if (strncmp(b.uri, b.epc_rc || b.toggle || b.scheme ? "urn:epc:raw:" : "urn:epc:tag:", 12))
		return "a URI of the wrong kind";
	/* the tag itself makes XPC words; and of no bits there is no URI */
	if (b.xpc_words || !b.words)
		return NULL;
	if (hm_epc_bank_build(b.uri, strlen(b.uri), bank, sizeof(bank)))
		return "its URI makes no bank";
	if (hm_epc_bank_parse(bank, strlen(bank), &back) || strcmp(b.uri, back.uri) || b.attributes != back.attributes ||
	    b.user_memory != back.user_memory || b.toggle != back.toggle)
		return "the bank of its URI says something else";
	return NULL;
}

/* --- element strings, links, envelopes --- */

/* An element string in any of its forms. */
static inline const char *wrong_elements(const char *text, size_t len)
{
	int (*const give[])(const struct hm_elements *, char *, size_t) = {
		hm_gs1_bracketed, hm_gs1_caret, hm_gs1_scan };
	static char out[WRONG_TEXT], again[WRONG_TEXT];
	static struct hm_elements one, two;
	struct hm_err err = { "" };

	if (hm_gs1_parse(text, len, &one, &err) || !one.n)
		return NULL;
	for (size_t i = 0; i < sizeof(give) / sizeof(give[0]); i++)
		if (!give[i](&one, out, sizeof(out)) &&
		    (hm_gs1_parse(out, strlen(out), &two, NULL) || !wrong_same(&one, &two)))
			return "parse(build(elements)) are others";
	/* twice the same AI has no place in a path */
	if (hm_gs1_link(&one, NULL, out, sizeof(out)) || hm_gs1_check(&one, &err))
		return NULL;
	if (hm_gs1_parse(out, strlen(out), &two, NULL) || one.n != two.n || hm_gs1_check(&two, &err))
		return "its Digital Link is not read";
	if (hm_gs1_link(&two, NULL, again, sizeof(again)) || strcmp(out, again))
		return "link(unlink(link)) is another";
	return NULL;
}

static inline const char *wrong_envelope_of(const struct hm_envelope *one)
{
	static char out[WRONG_TEXT];
	static struct hm_envelope two;

	if (hm_envelope_write(one, out, sizeof(out)))
		return NULL;
	if (hm_envelope_read(out, strlen(out), &two) || two.faults || one->n != two.n)
		return "what was written is not read";
	for (unsigned int i = 0; i < one->n; i++)
		if (strcmp(one->e[i].id, two.e[i].id) || one->e[i].len != two.e[i].len ||
		    one->e[i].format != two.e[i].format || one->e[i].envelope != two.e[i].envelope ||
		    memcmp(one->e[i].value, two.e[i].value, one->e[i].len))
			return "read(write(message)) is another";
	if (one->envelopes != two.envelopes)
		return "another number of envelopes";
	if (!hm_envelope_bracketed(one, out, sizeof(out)) && strlen(out) <= sizeof(two.memory) &&
	    (hm_envelope_parse(out, strlen(out), &two) || one->n != two.n))
		return "its bracketed form is not read";
	return NULL;
}

/* An ISO/IEC 15434 message, or bracketed identifiers. */
static inline const char *wrong_envelope(const char *text, size_t len)
{
	static struct hm_envelope one;
	const char *wrong = hm_envelope_read(text, len, &one) ? NULL : wrong_envelope_of(&one);

	if (!wrong && !hm_envelope_parse(text, len, &one))
		wrong = wrong_envelope_of(&one);
	return wrong;
}

#endif
