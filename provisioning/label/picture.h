/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A label as a picture: what a printer would put on paper, as a PNG, one pixel
 * a dot. For people (label preview) and for tests that let other people's
 * scanners read it; never evidence of what was printed.
 *
 *	r = hm_zpl_read(text, len, &label);
 *	r = hm_picture_render(label, false, &png, &png_len);
 *	free(png);
 *
 * Drawn: text in one built-in face, GS1 and plain DataMatrix (^BX) and Code 128 (^BC), QR
 * (^BQ), boxes (^GB), reversed fields (^FR). Built apart from libprovisioning.a, into
 * libpicture.a, because it needs libzint and libpng and the daemon does not.
 */
#ifndef HM_LABEL_PICTURE_H
#define HM_LABEL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "label/zpl.h"

#define HM_PICTURE_WIDTH	640	/* dots, where the label has no ^PW */
#define HM_PICTURE_HEIGHT	400	/* dots, where the label has no ^LL */
#define HM_PICTURE_SIDE_MAX	4096

/*
 * @spoiled: draw what a printer-encoder prints over a label whose tag failed:
 * VOID, and nothing that a scanner could take for the label.
 * @ret_png: malloc'ed
 * Returns 0; -E2BIG: larger than HM_PICTURE_SIDE_MAX; -ERANGE: a code that runs over the edge; -EINVAL: a barcode that
 * cannot be made of its data; -EILSEQ: a text under ^CI28 that is not UTF-8; -ENOMEM.
 */
int hm_picture_render(const struct hm_zpl_label *label, bool spoiled, uint8_t **ret_png, size_t *ret_len);

/* The built-in face: 5x8 dots for a printable ASCII character, a box for any other. */
const uint8_t *hm_picture_glyph(unsigned char c);

#endif
