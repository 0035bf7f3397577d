// SPDX-License-Identifier: LGPL-2.1-or-later
/* GS1 Digital Link URIs (Digital Link Standard: URI Syntax 1.x), uncompressed. */
#include <assert.h>
#include <string.h>

#include "base/digits.h"
#include "base/host.h"
#include "gs1/ai_parse.h"
#include "gs1/ai_text.h"

#define CANONICAL	"https://id.gs1.org"
#define SEGMENTS	32u

struct piece {
	const char *p;
	size_t len;
};

/* --- reading --- */

/* The character at @p, which an escape may stand for; @ret behind it. -1: no escape is cut like that. */
static int character(const char *p, const char *end, const char **ret)
{
	int hi, lo;

	*ret = p + 1;
	if (*p != '%')
		return (uint8_t)*p;
	hi = end - p > 2 ? hm_hex_digit(p[1]) : -1;
	lo = hi >= 0 ? hm_hex_digit(p[2]) : -1;
	*ret = p + 3;
	return lo >= 0 ? hi << 4 | lo : -1;
}

/* %XX undone, into the list's memory where there is one. */
static int unescape(struct hm_elements *list, const struct piece *in, struct piece *ret)
{
	size_t n = 0;
	char *out;

	*ret = *in;
	if (!memchr(in->p, '%', in->len))
		return 0;
	/* three characters an escape */
	out = in->len <= 3 * HM_GS1_VALUE_MAX ? ai_memory(list, in->len) : NULL;
	if (!out)
		return -HM_ETOO_LONG;
	for (const char *p = in->p, *end = p + in->len; p < end;) {
		int c = character(p, end, &p);

		if (c < 0)
			return -HM_EBAD_ESCAPE;
		out[n++] = (char)c;
	}
	ai_memory_keep(list, out, n);
	ret->p = out;
	ret->len = n;
	return 0;
}

#define CODE_MAX 8u	/* more digits than an AI has */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/*
 * Where a name or a segment is nothing but characters of a @kind, those, at most CODE_MAX of them
 * into @code: %31 is a 1 wherever it stands (RFC 3986, 6.2.2.2). 0: it is something else.
 */
static size_t plain_of(const struct piece *s, bool (*kind)(char c), char code[CODE_MAX])
{
	size_t n = 0;

	for (const char *p = s->p, *end = p + s->len; p < end; n++) {
		int c = character(p, end, &p);

		if (c < 0 || c > 0x7f || !kind((char)c))
			return 0;
		if (n < CODE_MAX)
			code[n] = (char)c;
	}
	return n;
}

static bool is_code(const struct piece *s, const char *code, size_t len)
{
	return s->len == len && !memcmp(s->p, code, len);
}

static const struct ai_row *whole_ai(const struct piece *s)
{
	const struct ai_row *row = ai_find(s->p, s->len);

	return row && row->digits == s->len ? row : NULL;
}

/* Are the codes at @s, every second one, among @sequence in its order? */
static bool in_order(const char *sequence, const struct piece *s, unsigned int pairs)
{
	unsigned int i = 0;

	while (i < pairs && *sequence && *sequence != '|') {
		size_t len = strcspn(sequence, ",|");

		if (is_code(&s[2 * i], sequence, len))
			i++;
		sequence += len;
		sequence += *sequence == ',';
	}
	return i == pairs;
}

static bool any_order(const char *qualifiers, const struct piece *s, unsigned int pairs)
{
	for (;;) {
		if (in_order(qualifiers, s, pairs))
			return true;
		qualifiers = strchr(qualifiers, '|');
		if (!qualifiers)
			return false;
		qualifiers++;
	}
}

/* A GTIN may be written with 8, 12 or 13 digits. */
static void pad_gtin(struct hm_elements *list, const struct piece *ai, struct piece *value)
{
	if (!is_code(ai, "01", 2) || (value->len != 8 && value->len != 12 && value->len != 13))
		return;
	value->p = ai_gtin(list, value->p, value->len);
	value->len = 14;
}

static int add(struct hm_elements *list, const struct piece *ai, const struct piece *in, struct hm_err *err)
{
	struct piece value;
	char code[5] = "";
	int rc = unescape(list, in, &value);

	if (rc)
		return rc;
	pad_gtin(list, ai, &value);
	memcpy(code, ai->p, ai->len < 4 ? ai->len : 4);
	return hm_gs1_add(list, code, value.p, value.len, err);
}

/* What a path without a key may be instead: worth a word, for it looks like one. */
static int no_key(const struct piece *s, unsigned int n, struct hm_err *err)
{
	static const char *const names[] = { "gtin", "itip", "cpid", "gln", "payTo", "party", "gdti", "gcn", "gsrnp",
					     "gsrn", "sscc", "ginc", "gsin", "grai", "giai", "gmn" };
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const struct piece *last = &s[n ? n - 1 : 0];
	bool key = false, letters = false;
	size_t i = 0;

	for (unsigned int j = 0; j < n; j++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (is_code(&s[j], names[k], strlen(names[k])))
				return hm_err_set(err, -HM_EBAD_URI, "%s in place of an AI's digits, which the standard withdrew",
						  names[k]);
	for (unsigned int j = n % 2; j + 2 <= n && !key; j += 2)
		key = whole_ai(&s[j]) && whole_ai(&s[j])->qualifiers;
	while (n && i < last->len && memchr(base64, last->p[i], sizeof(base64) - 1)) {
		letters = letters || last->p[i] < '0' || last->p[i] > '9';
		i++;
	}
	if (n && i == last->len && i >= 10 && letters && !key)
		return hm_err_set(err, -HM_EBAD_URI, "no key in the path; a compressed Digital Link is not read");
	return hm_err_set(err, -HM_EBAD_URI, "no key with its qualifiers in order at the end of the path");
}

/* An AI whose digits are escaped is that AI, and a name whose letters are is that name. */
static void plain_code(struct hm_elements *list, struct piece *s)
{
	char code[CODE_MAX], *plain;
	size_t n = memchr(s->p, '%', s->len) ? plain_of(s, is_letter_or_digit, code) : 0;

	if (!n || n > CODE_MAX)
		return;
	plain = ai_memory(list, n);
	assert(plain);		/* no value is there yet */
	s->p = memcpy(plain, code, n);
	s->len = n;
}

/* A slash is the last of the path, behind @s. */
static int slash_behind(const struct piece *s, struct hm_err *err)
{
	const struct ai_row *row = whole_ai(s);

	if (row && row->qualifiers)
		return hm_err_set(err, -HM_EBAD_URI, "(%.*s) without a value, or a slash too many", (int)s->len, s->p);
	return hm_err_set(err, -HM_EBAD_URI, "a slash too many at the end of the path");
}

static int parse_path(const char *p, const char *end, struct hm_elements *list, struct hm_err *err)
{
	struct piece s[SEGMENTS];
	unsigned int n = 0;

	while (p < end) {
		const char *slash = memchr(p, '/', (size_t)(end - p));

		if (n == SEGMENTS)
			return -HM_ETOO_LONG;
		s[n].p = p;
		s[n].len = (size_t)((slash ? slash : end) - p);
		/* the grammar has no empty segment, nor a slash behind the last: a server may take that for another page */
		if (!s[n].len)
			return hm_err_set(err, -HM_EBAD_URI, "an empty segment in the path");
		plain_code(list, &s[n]);
		if (slash == end - 1)
			return slash_behind(&s[n], err);
		n++;
		p = slash ? slash + 1 : end;
	}
	/* what is before the key is somebody's own path */
	for (unsigned int from = n % 2; from + 2 <= n; from += 2) {
		const struct ai_row *row = whole_ai(&s[from]);

		if (!row || !row->qualifiers || !any_order(row->qualifiers, s + from + 2, (n - from) / 2 - 1))
			continue;
		/* a path of one's own is not read: a serial in it would be lost without a word */
		if (from >= 2 && any_order(row->qualifiers, &s[from - 2], 1))
			return hm_err_set(err, -HM_EBAD_URI, "(%.*s) before its key", (int)s[from - 2].len, s[from - 2].p);
		for (; from < n; from += 2) {
			int rc = add(list, &s[from], &s[from + 1], err);

			if (rc)
				return rc;
		}
		return 0;
	}
	return no_key(s, n, err);
}

/* Is @ai among a sequence that has all of the path's @n qualifiers, those behind the key? Then the path is its place. */
static bool belongs_there(const struct hm_elements *list, unsigned int n, const struct piece *ai)
{
	for (const char *s = ((const struct ai_row *)list->e[0].row)->qualifiers; s; s = strchr(s, '|')) {
		bool all;

		s += *s == '|';
		all = in_order(s, ai, 1);
		for (unsigned int i = 1; all && i < n; i++) {
			struct piece there = { list->e[i].ai, list->e[i].ai_len };

			all = in_order(s, &there, 1);
		}
		if (all)
			return true;
	}
	return false;
}

/* Attributes; names that are not all digits are somebody else's. */
static int parse_query(const char *p, const char *end, struct hm_elements *list, struct hm_err *err)
{
	const unsigned int path = list->n;

	while (p < end) {
		struct piece ai, value;
		const struct ai_row *row;
		char code[CODE_MAX];
		size_t len = 0, digits;
		const char *eq;
		int rc;

		while (p + len < end && p[len] != '&' && p[len] != ';')
			len++;
		eq = memchr(p, '=', len);
		ai.p = p;
		ai.len = eq ? (size_t)(eq - p) : len;
		digits = plain_of(&ai, is_digit, code);
		if (digits) {
			if (!eq)
				return hm_err_set(err, -HM_EBAD_URI, "an attribute without a value");
			value.p = eq + 1;
			value.len = len - ai.len - 1;
			ai.p = code;
			ai.len = digits < CODE_MAX ? digits : CODE_MAX;
			row = whole_ai(&ai);
			/* a serial in the query would be an attribute of the class */
			if (row && (row->path_only || belongs_there(list, path, &ai)))
				return hm_err_set(err, -HM_EBAD_URI, "(%.*s) belongs to the path", (int)ai.len, ai.p);
			if (!row)
				return ai_unknown(ai.p, ai.len, err);
			rc = add(list, &ai, &value, err);
			if (rc)
				return rc;
		}
		p += len + (p + len < end);
	}
	return 0;
}

/* "https://" or "http://", of either case: its length, 0 for anything else. */
static size_t scheme_len(const char *text, size_t len)
{
	if (len >= 8 && !strncasecmp(text, "https://", 8))
		return 8;
	return len >= 7 && !strncasecmp(text, "http://", 7) ? 7 : 0;
}

/* RFC 3986, section 2: all that may stand in a URI; and every escape whole, also in what is somebody else's. */
static int check_characters(const char *text, const char *end, struct hm_err *err)
{
	static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";
	const char *behind;

	for (; text < end; text++) {
		if (!is_letter_or_digit(*text) && !memchr(others, *text, sizeof(others) - 1))
			return hm_err_set(err, -HM_EBAD_CHAR, "a character that must be escaped in a URI, or cannot be in one");
		if (*text == '%' && character(text, end, &behind) < 0)
			return hm_err_set(err, -HM_EBAD_ESCAPE, "%.*s is no escape: two hexadecimal digits stand behind a %%",
					  end - text < 3 ? (int)(end - text) : 3, text);
	}
	return 0;
}

int ai_parse_link(const char *text, size_t len, struct hm_elements *ret, struct hm_err *err)
{
	const char *end = text + len, *p = text, *query, *fragment;
	int rc;

	p += scheme_len(text, len);
	if (p == text)
		return -HM_EBAD_URI;
	rc = check_characters(p, end, err);
	if (rc)
		return rc;
	fragment = memchr(p, '#', (size_t)(end - p));
	end = fragment ? fragment : end;
	query = memchr(p, '?', (size_t)(end - p));
	text = memchr(p, '/', (size_t)((query ? query : end) - p));
	if (!text || text == p)
		return hm_err_set(err, -HM_EBAD_URI, "no host, or no path behind it");
	if (!hm_host_port(p, (size_t)(text - p)))
		return hm_err_set(err, -HM_EBAD_URI, "what is in front of the path is no host");
	rc = parse_path(text + 1, query ? query : end, ret, err);
	if (!rc && query)
		rc = parse_query(query + 1, end, ret, err);
	return rc;
}

/* --- writing --- */

static void put_escaped(struct ai_out *o, const struct hm_element *x)
{
	static const char unreserved[] = "-._~", hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < x->len; i++) {
		uint8_t c = (uint8_t)x->value[i];
		char esc[3] = { '%', hex[c >> 4], hex[c & 15] };

		if (is_letter_or_digit((char)c) || memchr(unreserved, c, 4))
			ai_put(o, &x->value[i], 1);
		else
			ai_put(o, esc, 3);
	}
}

static void put_segment(struct ai_out *o, const struct hm_element *x, bool *done)
{
	ai_put(o, "/", 1);
	ai_put(o, x->ai, x->ai_len);
	ai_put(o, "/", 1);
	put_escaped(o, x);
	*done = true;
}

/* The qualifiers of one sequence that are there; how many. */
static unsigned int put_qualifiers(struct ai_out *o, const struct hm_elements *e, const char *sequence, bool *done)
{
	unsigned int n = 0;

	while (*sequence && *sequence != '|') {
		struct piece code = { sequence, strcspn(sequence, ",|") };

		for (unsigned int i = 0; i < e->n; i++) {
			if (!is_code(&code, e->e[i].ai, e->e[i].ai_len))
				continue;
			n++;
			if (o)
				put_segment(o, &e->e[i], &done[i]);
		}
		sequence += code.len;
		sequence += *sequence == ',';
	}
	return n;
}

/* How many of @sequence are there, of those that have no place but the path. */
static unsigned int path_only_of(const struct hm_elements *e, const char *sequence)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < e->n; i++) {
		struct piece code = { e->e[i].ai, e->e[i].ai_len };

		n += ((const struct ai_row *)e->e[i].row)->path_only && in_order(sequence, &code, 1);
	}
	return n;
}

/*
 * The sequence of @row's alternatives to write: with most of those that have no place elsewhere (a batch gives way
 * to a (235), beside which it may be an attribute), and of such the one of which most is there; how much.
 */
static unsigned int best_sequence(const struct hm_elements *e, const struct ai_row *row, const char **ret)
{
	unsigned int best = 0, best_only = 0;

	*ret = row->qualifiers;
	for (const char *s = row->qualifiers; s; s = strchr(s, '|')) {
		unsigned int n, only;

		s += *s == '|';
		n = put_qualifiers(NULL, e, s, NULL);
		only = path_only_of(e, s);
		if (only > best_only || (only == best_only && n > best)) {
			best = n;
			best_only = only;
			*ret = s;
		}
	}
	return best;
}

/* The key: the first of those that have most qualifiers with them. HM_GS1_ELEMENTS: none. */
static unsigned int choose_key(const struct hm_elements *e, const char **ret_sequence)
{
	unsigned int key = HM_GS1_ELEMENTS, best = 0;

	for (unsigned int i = 0; i < e->n; i++) {
		const struct ai_row *row = e->e[i].row;
		const char *sequence;
		unsigned int n;

		if (!row->qualifiers)
			continue;
		n = best_sequence(e, row, &sequence);
		if (key < HM_GS1_ELEMENTS && n <= best)
			continue;
		key = i;
		best = n;
		*ret_sequence = sequence;
	}
	return key;
}

/* RFC 3986, 3.3: segments of at least one character each, none that a browser would take away. */
static bool is_path(const char *p, const char *end)
{
	static const char others[] = "-._~!$&'()*+,;=:@";

	while (p < end) {
		const char *slash = memchr(p + 1, '/', (size_t)(end - p - 1)), *stop = slash ? slash : end;
		size_t len = (size_t)(stop - p - 1);

		if (*p != '/' || !len || (len == 1 && p[1] == '.') || (len == 2 && !memcmp(p + 1, "..", 2)))
			return false;
		for (p++; p < stop; p++) {
			if (*p == '%' && (stop - p < 3 || hm_hex_digit(p[1]) < 0 || hm_hex_digit(p[2]) < 0))
				return false;
			if (*p != '%' && !is_letter_or_digit(*p) && !memchr(others, *p, sizeof(others) - 1))
				return false;
		}
	}
	return true;
}

/* http(s)://host[:port][/path]; a slash behind it, which the key brings along, is cut off. */
static int put_stem(struct ai_out *o, const char *stem)
{
	size_t len = strnlen(stem, HM_GS1_TEXT_MAX);
	const char *end = stem + len, *host = stem + scheme_len(stem, len), *path;

	if (len && end[-1] == '/')
		end--;
	if (host == stem || host >= end)
		return -HM_EBAD_URI;
	path = memchr(host, '/', (size_t)(end - host));
	path = path ? path : end;
	if (!hm_host_port(host, (size_t)(path - host)) || !is_path(path, end))
		return -HM_EBAD_URI;
	ai_put(o, stem, (size_t)(end - stem));
	return 0;
}

/* A path of one's own may end in what would be read as a qualifier, or be too long to be read. */
static int read_back(const struct ai_out *o, const struct hm_elements *e)
{
	struct hm_elements back = { .n = 0 };

	if (o->full)
		return -HM_ETOO_LONG;
	return ai_parse_link(o->p, o->n, &back, NULL) || back.n != e->n ? -HM_EBAD_URI : 0;
}

int hm_gs1_link(const struct hm_elements *e, const char *stem, char *out, size_t size)
{
	char text[HM_GS1_TEXT_MAX], sep = '?';
	struct ai_out o = { text, 0, sizeof(text), false };
	bool done[HM_GS1_ELEMENTS] = { false };
	const char *sequence = NULL;
	unsigned int key = choose_key(e, &sequence);
	int rc;

	if (key == HM_GS1_ELEMENTS)
		return -HM_EMISSING_AI;
	rc = put_stem(&o, stem ? stem : CANONICAL);
	if (rc)
		return rc;
	put_segment(&o, &e->e[key], &done[key]);
	put_qualifiers(&o, e, sequence, done);
	for (unsigned int i = 0; i < e->n; i++) {
		if (done[i])
			continue;
		if (((const struct ai_row *)e->e[i].row)->path_only)
			return -HM_ECONFLICTING_AI;
		ai_put(&o, &sep, 1);
		ai_put(&o, e->e[i].ai, e->e[i].ai_len);
		ai_put(&o, "=", 1);
		put_escaped(&o, &e->e[i]);
		sep = '&';
	}
	rc = stem ? read_back(&o, e) : 0;
	return rc ? rc : ai_give(&o, out, size);
}
