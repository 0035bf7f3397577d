/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * User memory put together bit by bit, as the standard draws it, so that the codec does not judge
 * itself:
 *
 *	struct spec s = { .n = 0 };
 *
 *	spec_object(&s, "", "000 0000101 1", ...)	an object: flags, then what is behind its length
 *	spec_hex(&s, hex);
 *
 * Texts of bits; blanks are for the reader. spec_number() writes one.
 */
#ifndef TESTS_UNIT_SUPPORT_PACKED_SPEC_H
#define TESTS_UNIT_SUPPORT_PACKED_SPEC_H

#include <stdio.h>
#include <string.h>

#define SPEC_BITS 4096

struct spec {
	size_t n;
	char bit[SPEC_BITS];
};

static inline void spec_bits(struct spec *s, const char *bits)
{
	for (; *bits; bits++)
		if (*bits != ' ')
			s->bit[s->n++] = *bits;
}

static inline void spec_number(struct spec *s, unsigned int bits, unsigned long long v)
{
	while (bits--)
		s->bit[s->n++] = bits < 64 && v >> bits & 1 ? '1' : '0';
}

static inline void spec_add(struct spec *s, const struct spec *what)
{
	memcpy(s->bit + s->n, what->bit, what->n);
	s->n += what->n;
}

/*
 * An object whose length (at most 1023 octets) stands between @front, which is its flags or a map,
 * and @body; padded by a 1 and zeros where there is room.
 */
static inline void spec_object(struct spec *s, const struct spec *front, const struct spec *body)
{
	size_t bits = front->n + 7 + body->n, octets = (bits + 7) / 8;

	spec_add(s, front);
	if (octets > 31) {
		octets = ((bits += 6) + 7) / 8;
		spec_number(s, 6, 32 | octets >> 5);
	}
	spec_number(s, 6, octets & 31);
	spec_number(s, 1, bits % 8 != 0);
	spec_add(s, body);
	for (size_t i = bits; i < 8 * octets; i++)
		s->bit[s->n++] = i == bits ? '1' : '0';
}

/* With the DSFID of GS1 packed objects in front, upper-case. */
static inline char *spec_hex(const struct spec *s, char *hex)
{
	char *out = hex + sprintf(hex, "89");

	for (size_t i = 0; i + 8 <= s->n; i += 8) {
		unsigned int octet = 0;

		for (size_t b = 0; b < 8; b++)
			octet = octet << 1 | (s->bit[i + b] == '1');
		out += sprintf(out, "%02X", octet);
	}
	return hex;
}

#endif
