// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/forms.h"

#include <assert.h>
#include <string.h>

#include "base/host.h"

#define CAPITALS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* RFC 3986: unreserved, and what a path or a query may hold besides */
#define LINK_SET CAPITALS "abcdefghijklmnopqrstuvwxyz-._~:/?@!$&'()*+,;="

static bool all_of(const char *text, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(set, text[i]) || !text[i])
			return false;
	return true;
}

int hm_issuer_set(struct hm_issuer *ret, const char *iac, const char *cin)
{
	size_t n_iac = strnlen(iac, HM_UII_MAX + 1), n_cin = strnlen(cin, HM_UII_MAX + 1);

	if (!n_iac || !n_cin)
		return -HM_EEMPTY;
	if (!all_of(iac, n_iac, CAPITALS) || !all_of(cin, n_cin, CAPITALS))
		return -HM_EBAD_CHAR;
	if (n_iac > HM_IAC_MAX || (iac[0] <= '9' && n_iac != 1))
		return -HM_EBAD_LENGTH;
	if (n_cin > HM_CIN_MAX)
		return -HM_ETOO_LONG;
	*ret = (struct hm_issuer){ .iac = "" };
	memcpy(ret->iac, iac, n_iac);
	memcpy(ret->cin, cin, n_cin);
	return 0;
}

/* @parts one behind the other, or -HM_ETOO_LONG and @out is as it was. */
static int join(char *out, size_t size, size_t max, const char *const parts[], size_t n)
{
	size_t len = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		len += strlen(parts[i]);
	if (len > max || len >= size)
		return -HM_ETOO_LONG;
	for (size_t i = 0; i < n; i++) {
		size_t l = strlen(parts[i]);

		memcpy(out + at, parts[i], l);
		at += l;
	}
	out[at] = '\0';
	return 0;
}

static int check_serial(const char *serial, size_t max)
{
	size_t len = strnlen(serial, max + 1);

	if (!len)
		return -HM_EEMPTY;
	if (!all_of(serial, len, CAPITALS "-"))
		return -HM_EBAD_CHAR;
	return len > max ? -HM_ETOO_LONG : 0;
}

static int uii(const char *di, const struct hm_issuer *who, const char *serial, char *out, size_t size)
{
	int rc = check_serial(serial, HM_SERIAL_MAX);

	assert(who->iac[0] && who->cin[0]);
	/* the 50 characters are the identity's; a data identifier is not part of it */
	return rc ? rc : join(out, size, HM_UII_MAX + strlen(di),
			      (const char *const[]){ di, who->iac, who->cin, serial }, 4);
}

int hm_uii_make(const struct hm_issuer *who, const char *serial, char *out, size_t size)
{
	return uii("", who, serial, out, size);
}

int hm_di25s_make(const struct hm_issuer *who, const char *serial, char *out, size_t size)
{
	return uii("25S", who, serial, out, size);
}

/* Skips @word, or NULL. */
static const char *skip(const char *text, const char *word)
{
	size_t n = strlen(word);

	return text && !strncmp(text, word, n) ? text + n : NULL;
}

/* @serial, the end of @text, is good: then the whole has to be no longer than one that is made. */
static int read_serial(const char *text, size_t max, const char *serial, char ret[HM_SERIAL_MAX + 1])
{
	size_t len = strlen(serial);

	if ((size_t)(serial - text) + len > max)
		return -HM_ETOO_LONG;
	memcpy(ret, serial, len + 1);
	return 0;
}

static int read_uii(const char *di, const struct hm_issuer *who, const char *text, char ret[HM_SERIAL_MAX + 1])
{
	const char *serial;
	int rc;

	if (!*text)
		return -HM_EEMPTY;
	serial = skip(skip(skip(text, di), who->iac), who->cin);
	if (!serial)
		return -HM_EBAD_FORMAT;
	rc = check_serial(serial, HM_SERIAL_MAX);
	return rc ? rc : read_serial(text, HM_UII_MAX + strlen(di), serial, ret);
}

int hm_uii_read(const struct hm_issuer *who, const char *text, char ret[HM_SERIAL_MAX + 1])
{
	return read_uii("", who, text, ret);
}

int hm_di25s_read(const struct hm_issuer *who, const char *text, char ret[HM_SERIAL_MAX + 1])
{
	return read_uii("25S", who, text, ret);
}

/* A DNS name of two labels or more, small letters; a port may follow. */
static bool host_ok(const char *host, size_t len)
{
	const char *colon = memchr(host, ':', len);
	size_t n = colon ? (size_t)(colon - host) : len;

	return hm_host_port(host, len) && all_of(host, n, "0123456789abcdefghijklmnopqrstuvwxyz-.") &&
	       memchr(host, '.', n) && host[n - 1] != '.';
}

int hm_link_base_check(const char *base)
{
	const char *host = skip(base, "https://"), *path;
	size_t len = strnlen(base, HM_LINK_MAX + 1);

	if (!len)
		return -HM_EEMPTY;
	if (len > HM_LINK_MAX - 1)
		return -HM_ETOO_LONG;
	if (!host)
		return -HM_EBAD_URI;
	path = strchr(host, '/');
	if (!path || !host_ok(host, (size_t)(path - host)) || !strchr("/=-.:", base[len - 1]))
		return -HM_EBAD_URI;
	/* whoever normalises these has another link */
	if (strstr(path, "/./") || strstr(path, "/../"))
		return -HM_EBAD_URI;
	return all_of(path, strlen(path), LINK_SET) ? 0 : -HM_EBAD_CHAR;
}

/* What a link's serial may have: what the scheme of serials has, less small letters. */
static int check_link_serial(const char *serial)
{
	size_t len = strnlen(serial, HM_SERIAL_MAX + 1);

	if (!len)
		return -HM_EEMPTY;
	if (!all_of(serial, len, CAPITALS "-._*"))
		return -HM_EBAD_CHAR;
	return len > HM_SERIAL_MAX ? -HM_ETOO_LONG : 0;
}

int hm_link_make(const char *base, const char *serial, char *out, size_t size)
{
	int rc = hm_link_base_check(base);

	if (!rc)
		rc = check_link_serial(serial);
	return rc ? rc : join(out, size, HM_LINK_MAX, (const char *const[]){ base, serial }, 2);
}

int hm_link_read(const char *base, const char *text, char ret[HM_SERIAL_MAX + 1])
{
	int rc = hm_link_base_check(base);
	const char *serial;

	if (rc)
		return rc;
	if (!*text)
		return -HM_EEMPTY;
	serial = skip(text, base);
	if (!serial)
		return -HM_EBAD_FORMAT;
	rc = check_link_serial(serial);
	return rc ? rc : read_serial(text, HM_LINK_MAX, serial, ret);
}
