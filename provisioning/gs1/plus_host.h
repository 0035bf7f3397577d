/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hostname in the bits of a "++" scheme: TDS 2.3, 14.5.16. One bit says how, six how
 * much, then
 *
 *	0	URN Code 40, capitals and digits only: three characters in 16 bits
 *	1	units of seven bits: a character, or a piece that names often have (".com", "id.");
 *		some pieces take two units (".co.uk")
 *
 * It is written the way that takes fewer bits. Behind what was put before it in @b, within the 31 words that a PC can count.
 */
#ifndef HM_GS1_PLUS_HOST_H
#define HM_GS1_PLUS_HOST_H

#include "gs1/plus_text.h"

#define PLUS_HOST_MAX 63u

/*
 * Letters, digits and - . _ : at most; -HM_EEMPTY, -HM_EBAD_CHAR, -HM_ETOO_LONG, and
 * -HM_EBAD_URI where it is no host for a link (base/host.h).
 */
int plus_put_host(struct hm_bits *b, const char *host, size_t len);
/* Terminated. The same, and -HM_EBAD_LENGTH where the bits, or the units, end within it. */
int plus_take_host(struct plus_reader *r, char out[PLUS_HOST_MAX + 1]);

#endif /* HM_GS1_PLUS_HOST_H */
