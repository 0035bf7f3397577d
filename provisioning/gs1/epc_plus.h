/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The "+" schemes of the EPC Tag Data Standard 2.x: SGTIN+, DSGTIN+, SSCC+, SGLN+, GRAI+,
 * GIAI+, GSRN+, GSRNP+, GDTI+, SGCN+, ITIP+, CPI+. They have no tag URI and know no
 * company prefix; what they hold is an element string, so that is what goes in and comes
 * out, as a list of elements (ai.h). The "++" schemes of TDS 2.3 hold the hostname of a
 * Digital Link behind it (SGTIN++ ...), so that the link comes back as it was.
 *
 *	struct hm_epc_plus h = { .filter = 3 };
 *
 *	rc = hm_gs1_parse("(01)79521141123453(21)32a/b", len, &e, &err);
 *	rc = rc ?: hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err);	F73795211411234538566CB0AFC40000
 *	rc = hm_epc_plus_decode(hex, len, &h, &e);
 *
 * A serial is written in the coding that takes fewest bits (14.5.6); any coding is read.
 * So encode(decode(h)) = h holds for what an encoder of fewest bits wrote, and
 * decode(encode(e)) = e always, but that a location's extension 0 is no extension.
 */
#ifndef HM_GS1_EPC_PLUS_H
#define HM_GS1_EPC_PLUS_H

#include "gs1/ai.h"

#define HM_EPC_HOST_MAX	63u

struct hm_epc_plus {
	/* in */
	unsigned int filter;		/* 0 ... 7 */
	bool data_follows;		/* the "+AIDC data" toggle */
	char host[HM_EPC_HOST_MAX + 1];	/* "" for a "+" scheme, else a "++" scheme's; terminated */
	/* out, by both directions */
	const char *scheme;		/* "sgtin+", "sgtin++" */
	unsigned int bits;		/* of the EPC; what follows begins at that bit */
};

/* Is this header byte one of a "+" or "++" scheme? */
bool hm_epc_is_plus(uint8_t header);

/*
 * The scheme follows from the elements: a GTIN and a serial are an sgtin+, with one date
 * beside them a dsgtin+. -HM_EMISSING_AI: no scheme's elements are all there;
 * -HM_ECONFLICTING_AI: more than a scheme's (@err says which); what is wrong with the hostname, of letters,
 * digits and - . _ : only; -HM_ETOO_LONG: more than 31 words. Upper-case hexadecimal of
 * whole words.
 */
int hm_epc_plus_encode(const struct hm_elements *e, struct hm_epc_plus *h, char *hex, size_t size, struct hm_err *err);

/*
 * -HM_EUNKNOWN_HEADER, -HM_EBAD_LENGTH, -HM_EBAD_CHAR, -HM_EBAD_DATE, -HM_ETOO_LONG,
 * -HM_EEMPTY, -HM_EOVERFLOW, and what the table of AIs says of the values.
 */
int hm_epc_plus_decode(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret);

#endif /* HM_GS1_EPC_PLUS_H */
