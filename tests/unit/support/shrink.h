/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A case that fails, made small: a property is a function that says of a text what is
 * wrong with it, NULL for nothing. Of a text that is wrong pieces are taken out, and what
 * is left becomes plainer, as long as something stays wrong.
 *
 *	static const char *wrong(const char *text, size_t len);
 *
 *	shrink_check(&r, text, len, wrong);	prints the seed, the case and what is left
 */
#ifndef TESTS_UNIT_SUPPORT_SHRINK_H
#define TESTS_UNIT_SUPPORT_SHRINK_H

#include <stdlib.h>
#include <string.h>

#include "support/rnd.h"

typedef const char *shrink_wrong(const char *text, size_t len);

/* Without the @n bytes at @at: is it still wrong? Then that is the text. */
static inline int shrink_cut(char *text, size_t *len, size_t at, size_t n, shrink_wrong *wrong)
{
	char *less = malloc(*len + 1);
	int still;

	memcpy(less, text, at);
	memcpy(less + at, text + at + n, *len - at - n);
	still = !!wrong(less, *len - n);
	if (still) {
		*len -= n;
		memcpy(text, less, *len);
	}
	free(less);
	return still;
}

static inline void shrink(char *text, size_t *len, shrink_wrong *wrong)
{
	int changed = 1;

	while (changed) {
		changed = 0;
		for (size_t n = *len; n; n /= 2)
			for (size_t at = 0; at + n <= *len;)
				if (shrink_cut(text, len, at, n, wrong))
					changed = 1;
				else
					at += n;
	}
	for (size_t at = 0; at < *len; at++)
		for (const char *c = "0A"; *c; c++) {
			char old = text[at];

			text[at] = *c;
			if (wrong(text, *len))
				break;
			text[at] = old;
		}
}

#define shrink_check(r, text, len, wrong) do {						\
	if (wrong(text, len)) {								\
		size_t left_ = (len);							\
											\
		shrink(text, &left_, wrong);						\
		fail_msg("%s: seed %llu, case %llu: %s: %.*s", (r)->what,		\
			 (unsigned long long)(r)->seed, (unsigned long long)(r)->n,	\
			 wrong(text, left_), (int)left_, text);				\
	}										\
} while (0)

#endif
