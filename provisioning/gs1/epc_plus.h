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
 *	rc = rc ?: hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err);	F73795211411234538566CB0AFC4
 *	rc = hm_epc_plus_decode(hex, len, &h, &e, &err);
 *
 * Elements that are none of the scheme's own, a lot or an expiry date, follow the EPC in
 * the same memory ("+AIDC data", TDS 2.3, 15.3), and the toggle bit says so. They come back
 * behind the scheme's own: e.e[0] ... e.e[h.own - 1] are the EPC, the others the data. They
 * are judged together (hm_gs1_check()).
 *
 * A text is written in the coding that takes fewest bits (14.5.6); any coding is read. So
 * encode(decode(h)) = h holds for what an encoder of fewest bits wrote (asked for in the
 * same scheme), and decode(encode(e)) = e always, but for the order, and that a location's
 * extension 0 is no extension.
 */
#ifndef HM_GS1_EPC_PLUS_H
#define HM_GS1_EPC_PLUS_H

#include "gs1/ai.h"

#define HM_EPC_HOST_MAX	63u

struct hm_epc_plus {
	/* in */
	unsigned int filter;		/* 0 ... 7 */
	char host[HM_EPC_HOST_MAX + 1];	/* "" for a "+" scheme, else a "++" scheme's; terminated */
	const char *want;		/* NULL: as many elements in the EPC as can be; else "sgtin+" ... */
	/* out, by both directions */
	const char *scheme;		/* "sgtin+", "sgtin++" */
	unsigned int bits;		/* of the EPC; what follows begins at that bit */
	unsigned int own;		/* elements of the EPC */
	bool data_follows;		/* the "+AIDC data" toggle: there are others */
};

/* Is this header byte one of a "+" or "++" scheme? */
bool hm_epc_is_plus(uint8_t header);

/*
 * The scheme follows from the elements, if @h does not want one: a GTIN and a serial are an
 * sgtin+, with a date beside them a dsgtin+; of two that hold as many, that whose key comes
 * first. -HM_EMISSING_AI: no scheme's elements are all there (or not those of the one that
 * is wanted), or a key among the others is without its serial; -HM_EUNKNOWN_SCHEME: none is
 * named so, with a hostname or without; -HM_ECONFLICTING_AI: an AI that no tag may carry
 * (@err says which), and what hm_gs1_check() says where there are others; what is wrong with
 * the hostname, of letters, digits and - . _ : only; -HM_ETOO_LONG: more than 31 words, or
 * an (8007) that a tag has no place for. Upper-case hexadecimal of whole words.
 */
int hm_epc_plus_encode(const struct hm_elements *e, struct hm_epc_plus *h, char *hex, size_t size, struct hm_err *err);

/*
 * -HM_EUNKNOWN_HEADER, -HM_EBAD_LENGTH, -HM_EBAD_CHAR, -HM_EBAD_DATE, -HM_ETOO_LONG,
 * -HM_EEMPTY, -HM_EOVERFLOW, and what the table of AIs says of the values. Where the toggle
 * is set, of what follows: -HM_EUNKNOWN_HEADER (a header kept for later releases),
 * -HM_EUNKNOWN_AI, -HM_ERESERVED_NONZERO (bits that are no element and not 0),
 * -HM_EMISSING_AI (nothing follows), and what hm_gs1_check() says. Where it is not, the
 * bits behind the EPC are dropped. @h->want is left alone. @err names the AI and the bit at
 * which its element begins, counted from the header's first: "(17) at bit 80: not a date".
 */
int hm_epc_plus_decode(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret, struct hm_err *err);

/*
 * The same in two halves: fails only where the EPC itself cannot be read. What is wrong with the
 * data behind it is *@ret_data, which @err tells of, and then the EPC's are the only elements;
 * 0 where there is none, or nothing wrong.
 */
int hm_epc_plus_decode_apart(const char *hex, size_t len, struct hm_epc_plus *h, struct hm_elements *ret, int *ret_data,
			     struct hm_err *err);

#endif /* HM_GS1_EPC_PLUS_H */
