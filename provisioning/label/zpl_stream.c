// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Finding labels and immediate commands in a printer's byte stream.
 *
 * '~' commands act where they stand, even in the middle of a label: the ones
 * in the table are cut out and reported at once, others stay in the label's
 * text. Lines that start with '!' between labels are the set/get language.
 */
#include "label/zpl.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hm_zpl_stream {
	char *label;			/* HM_ZPL_LABEL_MAX + 1, allocated once */
	size_t len;
	char word[HM_ZPL_WORD_MAX + 1];	/* a command not yet recognised */
	size_t word_len;
	bool in_label;
	const char *text;
	size_t text_len;
};

static const char *const immediates[] = { "~HS", "~HI", "~JA", "~PS", "~PP", "~JR", "~HQES" };

int hm_zpl_stream_new(struct hm_zpl_stream **ret)
{
	struct hm_zpl_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->label = malloc(HM_ZPL_LABEL_MAX + 1);
	if (!s->label) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

struct hm_zpl_stream *hm_zpl_stream_free(struct hm_zpl_stream *s)
{
	if (s)
		free(s->label);
	free(s);
	return NULL;
}

void hm_zpl_stream_reset(struct hm_zpl_stream *s)
{
	s->len = s->word_len = 0;
	s->in_label = false;
}

const char *hm_zpl_stream_text(const struct hm_zpl_stream *s, size_t *ret_len)
{
	if (ret_len)
		*ret_len = s->text_len;
	return s->text;
}

bool hm_zpl_stream_partial(const struct hm_zpl_stream *s)
{
	return s->in_label || s->word_len > 0;
}

static enum hm_zpl_event report(struct hm_zpl_stream *s, enum hm_zpl_event event, char *text, size_t len)
{
	text[len] = '\0';
	s->text = text;
	s->text_len = len;
	return event;
}

/* Adds the undecided word to the label; outside one it is noise. */
static bool keep_word(struct hm_zpl_stream *s)
{
	bool fits = true;

	if (s->in_label) {
		fits = s->len + s->word_len <= HM_ZPL_LABEL_MAX;
		if (fits) {
			memcpy(s->label + s->len, s->word, s->word_len);
			s->len += s->word_len;
		}
	}
	s->word_len = 0;
	return fits;
}

static bool is_immediate(const char *word, size_t len, bool whole)
{
	size_t i;

	for (i = 0; i < sizeof(immediates) / sizeof(immediates[0]); i++)
		if (!strncasecmp(immediates[i], word, len) && (!whole || strlen(immediates[i]) == len))
			return true;
	return false;
}

/* A label that can never fit is given up; what follows up to the next ^XA is noise. */
static enum hm_zpl_event overflow(struct hm_zpl_stream *s)
{
	s->in_label = false;
	s->word_len = 0;
	return report(s, HM_ZPL_DROPPED, s->label, s->len);
}

static enum hm_zpl_event take_tilde(struct hm_zpl_stream *s)
{
	if (is_immediate(s->word, s->word_len, true)) {
		size_t len = s->word_len;
		size_t i;

		for (i = 0; i < len; i++)
			s->word[i] = (char)toupper((unsigned char)s->word[i]);
		s->word_len = 0;
		return report(s, HM_ZPL_IMMEDIATE, s->word, len);
	}
	if (!is_immediate(s->word, s->word_len, false) && !keep_word(s))
		return overflow(s);
	return HM_ZPL_MORE;
}

static enum hm_zpl_event take_caret(struct hm_zpl_stream *s)
{
	enum hm_zpl_event event = HM_ZPL_MORE;

	if (s->word_len < 3)
		return HM_ZPL_MORE;
	if (!strncasecmp(s->word, "^XA", 3)) {
		if (s->in_label) {
			/* the caller learns how much was lost; its bytes are overwritten now */
			event = HM_ZPL_DROPPED;
			s->text = "";
			s->text_len = s->len;
		}
		s->in_label = true;
		s->len = 0;
	}
	if (!keep_word(s))
		return overflow(s);
	if (s->in_label && s->len >= 6 && !strncasecmp(s->label + s->len - 3, "^XZ", 3)) {
		s->in_label = false;
		return report(s, HM_ZPL_LABEL, s->label, s->len);
	}
	return event;
}

static enum hm_zpl_event take_line(struct hm_zpl_stream *s, char c)
{
	size_t len = s->word_len;

	if (c != '\n')
		return HM_ZPL_MORE;
	while (len > 0 && (s->word[len - 1] == '\n' || s->word[len - 1] == '\r'))
		len--;
	s->word_len = 0;
	return report(s, HM_ZPL_IMMEDIATE, s->word, len);
}

static enum hm_zpl_event take(struct hm_zpl_stream *s, char c)
{
	bool starts = c == '^' || c == '~' || (c == '!' && !s->in_label && s->word_len == 0);

	/* a prefix inside an undecided word ends that word: "^F^XA", "~H^XZ" */
	if (s->word_len > 0 && (c == '^' || c == '~') && !keep_word(s))
		return overflow(s);
	if (s->word_len == 0 && !starts) {
		if (!s->in_label)
			return HM_ZPL_MORE;
		if (s->len >= HM_ZPL_LABEL_MAX)
			return overflow(s);
		s->label[s->len++] = c;
		return HM_ZPL_MORE;
	}
	if (s->word_len >= HM_ZPL_WORD_MAX) {
		s->word_len = 0;
		return HM_ZPL_MORE;
	}
	s->word[s->word_len++] = c;
	switch (s->word[0]) {
	case '~':
		return take_tilde(s);
	case '^':
		return take_caret(s);
	default:
		return take_line(s, c);
	}
}

enum hm_zpl_event hm_zpl_stream_feed(struct hm_zpl_stream *s, const void *data, size_t len, size_t *ret_used)
{
	const char *p = data;
	enum hm_zpl_event event = HM_ZPL_MORE;
	size_t i;

	assert(s && ret_used);
	for (i = 0; i < len && event == HM_ZPL_MORE; i++)
		event = take(s, p[i]);
	*ret_used = i;
	return event;
}
