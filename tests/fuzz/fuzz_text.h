/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Targets whose property is a function of a text (tests/unit/support/gs1_wrong.h).
 *
 *	fz_text(wrong_elements, input, size);	the input is the text
 *	fz_hex(wrong_image, input, size);	the text is its bytes in hexadecimal
 */
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H

#include "base/buf.h"
#include "fuzz.h"

typedef const char *fz_wrong(const char *text, size_t len);

static inline void fz_text(fz_wrong *wrong, const void *input, size_t size)
{
	/* exactly so long that one byte more is found */
	char *text = malloc(size ? size : 1);
	const char *why;

	FZ_CHECK(text, "memory");
	if (size)
		memcpy(text, input, size);
	why = wrong(text, size);
	FZ_CHECK(!why, "%s: %.*s", why, (int)size, text);
	free(text);
}

/* As many bytes as memory has. */
static inline void fz_hex(fz_wrong *wrong, const uint8_t *input, size_t size)
{
	char hex[2 * 256 + 1];

	size = size < 256 ? size : 256;
	hm_hex(input, size, hex);
	fz_text(wrong, hex, 2 * size);
}

#endif /* FUZZ_TEXT_H */
