/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A case that fails, made small: a property is a function that says of a text what is
 * wrong with it, NULL for nothing. Of a text that is wrong pieces are taken out, and what
 * is left becomes plainer, as long as something stays wrong.
 *
 *	static const char *wrong(const char *text, size_t len);
 *
 *	shrink_check(&r, text, len, wrong);	prints the seed, the case and what is left
 *
 * A case that is no text is drawn: a property is a function that draws one and says what is
 * wrong with it. What is made small then is what it drew: fewer numbers, and smaller ones (0 behind
 * the last), so a property draws lengths and choices such that 0 is the plainest.
 *
 *	static const char *wrong(struct rnd *r)
 *	{
 *		struct sample s = draw(r);
 *
 *		if (r->show)
 *			print_error("%s\n", s.text);
 *		return s.text[0] == '#' ? "a comment" : NULL;
 *	}
 *
 *	for (r.n = 0; r.n < rnd_cases(20000); r.n++)
 *		shrink_drawn(&r, wrong);
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

typedef const char *shrink_case(struct rnd *r);

/* In a property: what must hold, in its own words where it does not. */
#define shrink_must(cond) do {								\
	if (!(cond))									\
		return "not so: " #cond;						\
} while (0)

/* What is wrong with the case that these numbers make. */
static inline const char *shrink_replay(const struct rnd *from, uint64_t *tape, size_t len, bool show, shrink_case *wrong)
{
	struct rnd r = *from;

	r.tape = tape;
	r.tape_len = len;
	r.tape_at = 0;
	r.replay = true;
	r.show = show;
	return wrong(&r);
}

/* Without the @n numbers at @at. */
static inline bool shrink_without(const struct rnd *from, uint64_t *tape, size_t *len, size_t at, size_t n, shrink_case *wrong)
{
	uint64_t *less = malloc((*len + 1) * sizeof(*less));
	bool still;

	memcpy(less, tape, at * sizeof(*less));
	memcpy(less + at, tape + at + n, (*len - at - n) * sizeof(*less));
	still = shrink_replay(from, less, *len - n, false, wrong);
	if (still) {
		*len -= n;
		memcpy(tape, less, *len * sizeof(*less));
	}
	free(less);
	return still;
}

/* One number smaller: 0, or as few of its low bits as will do, or the half. */
static inline bool shrink_number(const struct rnd *from, uint64_t *tape, size_t len, size_t at, shrink_case *wrong)
{
	const uint64_t old = tape[at];

	for (unsigned int bits = 0; bits < 64; bits++) {
		tape[at] = bits == 63 ? old / 2 : old & ((1ull << bits) - 1);
		if (tape[at] < old && shrink_replay(from, tape, len, false, wrong))
			return true;
	}
	tape[at] = old;
	return false;
}

static inline size_t shrink_tape(const struct rnd *from, uint64_t *tape, size_t len, shrink_case *wrong)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t n = len; n; n /= 2)
			for (size_t at = 0; at + n <= len;)
				if (shrink_without(from, tape, &len, at, n, wrong))
					changed = true;
				else
					at += n;
		for (size_t at = 0; at < len; at++)
			while (shrink_number(from, tape, len, at, wrong))
				changed = true;
	}
	return len;
}

#define SHRINK_TAPE 4096

/* Draw a case with @r; where it is wrong, @tape has what is left of it. NULL, or what is wrong. */
static inline const char *shrink_draw(struct rnd *r, shrink_case *wrong, uint64_t tape[SHRINK_TAPE], size_t *ret_len)
{
	struct rnd again = *r;

	if (!wrong(r))
		return NULL;
	again.tape = tape;
	again.tape_len = SHRINK_TAPE;
	again.tape_at = 0;
	(void)wrong(&again);
	*ret_len = again.tape_at;
	/* one that draws more than the tape holds is told as it was */
	if (again.tape_at < SHRINK_TAPE)
		*ret_len = shrink_tape(&again, tape, *ret_len, wrong);
	return shrink_replay(&again, tape, *ret_len, true, wrong);
}

#define shrink_drawn(r, wrong) do {							\
	static uint64_t tape_[SHRINK_TAPE];						\
	size_t left_ = 0;								\
	const char *why_ = shrink_draw(r, wrong, tape_, &left_);			\
											\
	if (why_)									\
		fail_msg("%s: seed %llu, case %llu: %s (%zu numbers drawn)", (r)->what,	\
			 (unsigned long long)(r)->seed, (unsigned long long)(r)->n,	\
			 why_, left_);							\
} while (0)

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
