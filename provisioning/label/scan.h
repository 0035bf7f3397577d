/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of a printer's reply, for the readers of this room. A piece points into the reply. */
#ifndef HM_LABEL_SCAN_H
#define HM_LABEL_SCAN_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct piece {
	const char *p;
	size_t len;
};

/* Up to @c or @end at *@p, which moves behind it; false where @c is not there (and all is taken). */
static inline bool scan_until(const char **p, const char *end, char c, struct piece *ret)
{
	const char *at = memchr(*p, c, (size_t)(end - *p));

	*ret = (struct piece){ *p, (size_t)((at ? at : end) - *p) };
	*p = at ? at + 1 : end;
	return at != NULL;
}

/* All of it upper- or lower-case hexadecimal digits; not for nothing. */
static inline bool scan_is_hex(const struct piece *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (!isxdigit((unsigned char)s->p[i]))
			return false;
	return s->len > 0;
}

static inline bool scan_is_printable(const struct piece *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->p[i] < 0x20 || s->p[i] > 0x7e)
			return false;
	return true;
}

static inline void scan_upper(const struct piece *s, char *out)
{
	for (size_t i = 0; i < s->len; i++)
		out[i] = (char)toupper((unsigned char)s->p[i]);
	out[s->len] = '\0';
}

/* Into @out with its NUL; false where it does not fit. */
static inline bool scan_copy(const struct piece *s, char *out, size_t size)
{
	if (s->len >= size)
		return false;
	memcpy(out, s->p, s->len);
	out[s->len] = '\0';
	return true;
}

static inline bool scan_equals(const struct piece *s, const char *text)
{
	return s->len == strlen(text) && !memcmp(s->p, text, s->len);
}

static inline void scan_skip(const char **p, const char *end, const char *set)
{
	while (*p < end && **p && strchr(set, **p))
		++*p;
}

#endif /* HM_LABEL_SCAN_H */
