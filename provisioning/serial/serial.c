// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/serial.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MAX	19u	/* 10^19 - 1 is the last run of nines in 64 bits */

static bool literal_ok(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '.' || c == '_';
}

/* Characters of a serial, the check digit included. */
static size_t length(const struct hm_scheme *s)
{
	return strlen(s->prefix) + s->width + strlen(s->suffix) + s->check_mod10;
}

/* "{n:W}" at @p; *ret_len: how long it is. */
static int parse_counter(struct hm_scheme *s, const char *p, size_t *ret_len, struct hm_err *err)
{
	uint64_t width;
	const char *end = strchr(p, '}');
	int rc;

	if (!end)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: \"%s\" is not closed by \"}\"", p);
	if (s->width)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: more than one counter");
	rc = hm_digits_value(p + 3, (size_t)(end - p) - 3, WIDTH_MAX, &width);
	if (rc || !width || p[3] == '0')
		return hm_err_set(err, -HM_EBAD_PRODUCT,
				  "pattern: a counter's width is 1 to %u digits", WIDTH_MAX);
	s->width = (unsigned int)width;
	s->max = 0;
	for (unsigned int i = 0; i < s->width; i++)
		s->max = s->max * 10 + 9;
	*ret_len = (size_t)(end - p) + 1;
	return 0;
}

/* One piece of the pattern at @p; *ret_len: how long it is. */
static int parse_piece(struct hm_scheme *s, const char *p, size_t *ret_len, struct hm_err *err)
{
	static const char check[] = "{c:mod10}";
	char *literal = s->width ? s->suffix : s->prefix;
	size_t n;

	if (!strncmp(p, "{n:", 3))
		return parse_counter(s, p, ret_len, err);
	if (!strncmp(p, check, sizeof(check) - 1)) {
		if (p[sizeof(check) - 1])
			return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: %s must come last", check);
		s->check_mod10 = true;
		*ret_len = sizeof(check) - 1;
		return 0;
	}
	if (!literal_ok(*p))
		return hm_err_set(err, -HM_EBAD_PRODUCT,
				  *p == '{' || *p == '}' ? "pattern: unknown piece at \"%s\"" :
				  "pattern: a literal is one of A-Z a-z 0-9 - . _, not as in \"%s\"", p);
	n = strlen(literal);
	if (n == HM_SERIAL_MAX)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: more than %d characters", HM_SERIAL_MAX);
	literal[n] = *p;
	literal[n + 1] = '\0';
	*ret_len = 1;
	return 0;
}

int hm_scheme_parse(struct hm_scheme *ret, const char *pattern, struct hm_err *err)
{
	struct hm_scheme s = { .width = 0 };

	assert(ret && pattern);
	for (const char *p = pattern; *p;) {
		size_t n = 0;
		int rc = parse_piece(&s, p, &n, err);

		if (rc)
			return rc;
		p += n;
	}
	if (!s.width)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: no counter {n:WIDTH}");
	if (length(&s) > HM_SERIAL_MAX)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: serials of %zu characters, %d are allowed",
				  length(&s), HM_SERIAL_MAX);
	if (s.prefix[0] && !isalnum((unsigned char)s.prefix[0]))
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: a serial begins with a letter or a digit");
	if (s.check_mod10 && (!hm_digits(s.prefix, strlen(s.prefix)) || !hm_digits(s.suffix, strlen(s.suffix))))
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: {c:mod10} needs digits before it");
	*ret = s;
	return 0;
}

int hm_scheme_format(const struct hm_scheme *s, uint64_t counter, char *out, size_t size)
{
	char text[HM_SERIAL_MAX + 1];
	size_t n = length(s);
	int len;

	assert(s->width >= 1 && s->width <= WIDTH_MAX && n <= HM_SERIAL_MAX);
	if (counter > s->max)
		return -HM_EOVERFLOW;
	if (n >= size)
		return -HM_ETOO_LONG;
	len = snprintf(text, sizeof(text), "%s%0*llu%s", s->prefix, (int)s->width,
		       (unsigned long long)counter, s->suffix);
	assert(len > 0 && (size_t)len + s->check_mod10 == n);
	if (s->check_mod10) {
		text[n - 1] = hm_mod10(text, n - 1);
		text[n] = '\0';
	}
	memcpy(out, text, n + 1);
	return 0;
}

int hm_scheme_check(const struct hm_scheme *s, const char *text, uint64_t *ret_counter)
{
	size_t pre = strlen(s->prefix), post = strlen(s->suffix), len = strlen(text);
	uint64_t counter;
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len != length(s))
		return -HM_EBAD_LENGTH;
	if (memcmp(text, s->prefix, pre) || memcmp(text + pre + s->width, s->suffix, post))
		return -HM_EBAD_CHAR;
	rc = hm_digits_value(text + pre, s->width, s->max, &counter);
	if (rc)
		return rc;
	if (s->check_mod10 && text[len - 1] != hm_mod10(text, len - 1))
		return hm_digits(text + len - 1, 1) ? -HM_EBAD_CHECK_DIGIT : -HM_ENOT_NUMERIC;
	*ret_counter = counter;
	return 0;
}
