/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GS1 element strings: Application Identifiers and their values (GS1 General
 * Specifications, section 3), between the forms that people, scanners and web addresses
 * give them.
 *
 *	bracketed	(01)09521234543213(10)AB-1(21)7	a '(' in a value is \(, a \ cannot be
 *	caret		^010952123454321310AB-1^217	^ is FNC1, the separator
 *	scan		]d2010952123454321310AB-1<GS>217	what a reader sends; also ]C1 ]Q3 ]e0
 *			]E09521234543213 (EAN-13; ]E4 EAN-8, ]I1 ITF-14), and a composite: ]E0...|]e0...
 *			]Q1https://id.gs1.org/01/... a link out of any symbology
 *	Digital Link	https://id.gs1.org/01/09521234543213/10/AB-1/21/7
 *
 *	struct hm_elements e;
 *
 *	rc = hm_gs1_parse(text, len, &e, &err);		any of the four
 *	rc = rc ?: hm_gs1_check(&e, &err);		may these stand together?
 *	rc = rc ?: hm_gs1_bracketed(&e, out, sizeof(out));
 *	rc = rc ?: hm_gs1_link(&e, NULL, out, sizeof(out));
 *
 * Parsing judges every value by the table of all AIs: length, characters, check digit,
 * date, and so on (-HM_EBAD_CHECK_DIGIT, -HM_EBAD_DATE ...; hm_err says which AI).
 * hm_gs1_check() judges the message: -HM_EMISSING_AI, -HM_ECONFLICTING_AI,
 * -HM_EDUPLICATE_AI. It is apart because a message can be spread over several symbols.
 *
 * Nothing is allocated; values point into the text, or into the struct's own memory where
 * an escape had to be undone: an hm_elements is used where it was parsed, never copied.
 */
#ifndef HM_GS1_AI_H
#define HM_GS1_AI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_GS1_TEXT_MAX		8192u	/* more than the largest symbol holds */
#define HM_GS1_ELEMENTS		64u
#define HM_GS1_VALUE_MAX	90u

struct hm_element {
	char ai[5];		/* terminated */
	uint8_t ai_len, len;
	const char *value;	/* not terminated */
	const void *row;	/* of the table */
};

struct hm_elements {
	unsigned int n;
	struct hm_element e[HM_GS1_ELEMENTS];
	unsigned int used;
	/* every value with its escapes undone, and one more while that is done */
	char memory[HM_GS1_ELEMENTS * HM_GS1_VALUE_MAX + 3 * HM_GS1_VALUE_MAX + 64];
};

int hm_gs1_parse(const char *text, size_t len, struct hm_elements *ret, struct hm_err *err);
int hm_gs1_check(const struct hm_elements *e, struct hm_err *err);

/* Append one element after judging it; @value must live as long as @e. */
int hm_gs1_add(struct hm_elements *e, const char *ai, const char *value, size_t len, struct hm_err *err);
/* NULL where there is none. */
const struct hm_element *hm_gs1_find(const struct hm_elements *e, const char *ai);

/* All of it, or -HM_ETOO_LONG and @out as it was. */
int hm_gs1_bracketed(const struct hm_elements *e, char *out, size_t size);
/* FNC1 as '^', also in front. */
int hm_gs1_caret(const struct hm_elements *e, char *out, size_t size);
/* FNC1 as GS, and "]d2" in front. */
int hm_gs1_scan(const struct hm_elements *e, char *out, size_t size);

/*
 * The Digital Link under @stem (NULL: the canonical https://id.gs1.org): the AI that can be
 * a key and has most qualifiers with it, those in their order, the others as the query.
 * -HM_EMISSING_AI: no key among them; -HM_ECONFLICTING_AI: one must be in the path and
 * has no place there; -HM_EBAD_URI: the stem is not http(s)://host[:port][/path] of RFC
 * 3986 (host: base/host.h), or ends in what would be read as a qualifier of the key.
 */
int hm_gs1_link(const struct hm_elements *e, const char *stem, char *out, size_t size);

#endif /* HM_GS1_AI_H */
