// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/host.h"

#include <arpa/inet.h>
#include <string.h>

#define LABEL_MAX	63u
#define DNS_NAME_MAX	253u	/* RFC 1035, 2.3.4, without the bytes that are no characters */

static bool letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* @len characters without a dot. */
static bool is_label(const char *p, size_t len)
{
	if (!len || len > LABEL_MAX || p[0] == '-' || p[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!letter_or_digit(p[i]) && p[i] != '-' && p[i] != '_')
			return false;
	return true;
}

static bool is_name(const char *p, size_t len)
{
	const char *end = p + len;

	/* the root's label, which is empty */
	if (len && end[-1] == '.')
		end--;
	if (p == end || (size_t)(end - p) > DNS_NAME_MAX)
		return false;
	for (;;) {
		const char *dot = memchr(p, '.', (size_t)(end - p));

		if (!is_label(p, (size_t)((dot ? dot : end) - p)))
			return false;
		if (!dot)
			return true;
		p = dot + 1;
	}
}

static bool is_ipv6(const char *p, size_t len)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (len >= sizeof(text) || memchr(p, '\0', len))
		return false;
	memcpy(text, p, len);
	text[len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_port(const char *p, size_t len)
{
	unsigned int v = 0;

	if (!len || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (unsigned int)(p[i] - '0');
	}
	return v <= 65535;
}

bool hm_host_port(const char *text, size_t len)
{
	const char *end = text + len, *port;

	if (len && *text == '[') {
		const char *close = memchr(text, ']', len);

		if (!close || !is_ipv6(text + 1, (size_t)(close - text - 1)))
			return false;
		port = close + 1;
		if (port != end && *port != ':')
			return false;
	} else {
		port = memchr(text, ':', len);
		port = port ? port : end;
		if (!is_name(text, (size_t)(port - text)))
			return false;
	}
	return port == end || is_port(port + 1, (size_t)(end - port - 1));
}
