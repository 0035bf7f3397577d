// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/epc_parse.h"

#include <assert.h>
#include <string.h>

static const char tag_start[] = "urn:epc:tag:", pure_start[] = "urn:epc:id:";

/* May the last part have dots of its own? */
static bool last_is_text(const struct epc_scheme *s)
{
	return s->tail == TAIL_TEXT7 || s->second == SECOND_TEXT7;
}

/* Exactly @n parts with dots between them; the last takes what is left. */
static int split(const char *p, const char *end, struct epc_part *parts, unsigned int n, bool dots_in_last)
{
	for (unsigned int i = 0; i < n; i++) {
		const char *dot = memchr(p, '.', (size_t)(end - p));

		if (i + 1 == n) {
			if (dot && !dots_in_last)
				return -HM_EBAD_URI;
			dot = end;
		} else if (!dot) {
			return -HM_EBAD_URI;
		}
		parts[i].p = p;
		parts[i].len = (size_t)(dot - p);
		p = dot + 1;
	}
	return 0;
}

int epc_parse_tag(const char *text, size_t len, struct epc_uri *ret)
{
	const size_t skip = sizeof(tag_start) - 1;
	const char *end = text + len, *name = text + skip, *colon;
	struct epc_uri u = { .scheme = NULL };
	enum hm_epc_scheme scheme;
	struct epc_part parts[6];
	unsigned int filter;
	int rc;

	if (len <= skip || memcmp(text, tag_start, skip))
		return -HM_EBAD_URI;
	colon = memchr(name, ':', (size_t)(end - name));
	if (!colon)
		return -HM_EBAD_URI;
	rc = hm_epc_scheme_find(name, (size_t)(colon - name), &scheme);
	if (rc)
		return rc;
	u.scheme = &epc_schemes[scheme];
	filter = u.scheme->filter_max ? 1 : 0;
	rc = split(colon + 1, end, parts, u.scheme->parts + filter, last_is_text(u.scheme));
	if (rc)
		return rc;
	if (filter)
		u.filter = parts[0];
	memcpy(u.parts, parts + filter, u.scheme->parts * sizeof(parts[0]));
	*ret = u;
	return 0;
}

int hm_epc_to_pure(const char *uri, size_t len, char *out, size_t size)
{
	struct epc_uri u;
	const char *rest;
	size_t name, n;
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len > HM_EPC_URI_MAX)
		return -HM_ETOO_LONG;
	rc = epc_parse_tag(uri, len, &u);
	rc = rc ?: epc_check(&u);
	if (rc)
		return rc;
	/* a pure identity is the tag's parts without the filter */
	rest = u.parts[0].p;
	name = strlen(u.scheme->identity);
	n = (size_t)(uri + len - rest);
	if (sizeof(pure_start) + name + n >= size)
		return -HM_ETOO_LONG;
	memcpy(out, pure_start, sizeof(pure_start) - 1);
	out += sizeof(pure_start) - 1;
	memcpy(out, u.scheme->identity, name);
	out[name] = ':';
	memcpy(out + name + 1, rest, n);
	out[name + 1 + n] = '\0';
	return 0;
}

/* The tag URI of one scheme, checked. */
static int with_scheme(const struct epc_scheme *s, const struct epc_part *rest, unsigned int filter, char *out,
		       size_t *ret_len)
{
	struct epc_uri u;
	char *p = out;
	int rc;

	memcpy(p, s->start, s->start_len);
	p += s->start_len;
	if (s->filter_max) {
		if (filter > 9)
			*p++ = (char)('0' + filter / 10);
		*p++ = (char)('0' + filter % 10);
		*p++ = '.';
	}
	memcpy(p, rest->p, rest->len);
	p += rest->len;
	rc = epc_parse_tag(out, (size_t)(p - out), &u);
	rc = rc ?: epc_check(&u);
	*ret_len = (size_t)(p - out);
	return rc;
}

int hm_epc_from_pure(const char *pure, size_t len, enum hm_epc_scheme scheme, unsigned int filter,
		     char *out, size_t size)
{
	const size_t skip = sizeof(pure_start) - 1;
	char text[HM_EPC_URI_SIZE + 32];
	const char *colon, *name = pure + skip;
	struct epc_part rest;
	size_t n = 0;
	int rc = -HM_EUNKNOWN_SCHEME;

	/* ANY is one past the last */
	assert(scheme <= HM_EPC_SCHEMES);
	if (!len)
		return -HM_EEMPTY;
	if (len > HM_EPC_URI_MAX)
		return -HM_ETOO_LONG;
	if (len <= skip || memcmp(pure, pure_start, skip))
		return -HM_EBAD_URI;
	colon = memchr(name, ':', len - skip);
	if (!colon)
		return -HM_EBAD_URI;
	rest.p = colon + 1;
	rest.len = len - (size_t)(colon + 1 - pure);
	/* the table has an identity's schemes in the order of their length */
	for (unsigned int i = 0; i < HM_EPC_SCHEMES; i++) {
		const struct epc_scheme *s = &epc_schemes[i];

		if (strlen(s->identity) != (size_t)(colon - name) ||
		    memcmp(s->identity, name, (size_t)(colon - name)))
			continue;
		/* an identity that is known, but not one for the scheme that is asked for */
		if (scheme != HM_EPC_ANY && scheme != i) {
			rc = -HM_EBAD_URI;
			continue;
		}
		/* gdti-113 is withdrawn: read, and written where asked for by name */
		if (scheme == HM_EPC_ANY && i == HM_EPC_GDTI_113)
			continue;
		if (filter > s->filter_max)
			return -HM_EBAD_FILTER;
		rc = with_scheme(s, &rest, filter, text, &n);
		if (!rc || scheme != HM_EPC_ANY)
			break;
	}
	if (rc)
		return rc;
	if (n >= size || n > HM_EPC_URI_MAX)
		return -HM_ETOO_LONG;
	memcpy(out, text, n);
	out[n] = '\0';
	return 0;
}
