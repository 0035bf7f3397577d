// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/gs1.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/digits.h"
#include "gs1/ai.h"

static int serial_value(const char *text, uint64_t *ret)
{
	size_t len = strlen(text);
	uint64_t v;
	int rc = hm_digits_value(text, len, HM_SGTIN96_SERIAL_MAX, &v);

	if (rc && rc != -HM_EOVERFLOW)
		return rc;
	/* "007" and "7" would be one tag */
	if (len > 1 && text[0] == '0')
		return -HM_ELEADING_ZERO;
	if (!rc)
		*ret = v;
	return rc;
}

static int add(struct hm_elements *e, const char *ai, const char *value)
{
	return hm_gs1_add(e, ai, value, strlen(value), NULL);
}

/* GTIN and serial, judged; in memory of their caller. */
static int elements(const char *gtin, const char *serial, struct hm_elements *e)
{
	int rc;

	e->n = 0;
	e->used = 0;
	rc = add(e, "01", gtin);
	return rc || !serial ? rc : add(e, "21", serial);
}

int hm_sgtin_from_gtin(const char *gtin, const char *company_prefix, uint32_t filter,
		       const char *serial, struct hm_sgtin *ret)
{
	struct hm_sgtin s = { .filter = filter };
	size_t n = strlen(company_prefix);
	struct hm_elements e;
	int rc = elements(gtin, NULL, &e);

	if (rc)
		return rc;
	if (!n)
		return -HM_EEMPTY;
	if (!hm_digits(company_prefix, n))
		return -HM_ENOT_NUMERIC;
	if (n < 6 || n > 12)
		return -HM_EBAD_PREFIX_LENGTH;
	if (memcmp(gtin + 1, company_prefix, n))
		return -HM_EBAD_FORMAT;
	if (filter > 7)
		return -HM_EBAD_FILTER;
	rc = serial_value(serial, &s.serial);
	if (rc)
		return rc;
	memcpy(s.company_prefix, company_prefix, n);
	s.item[0] = gtin[0];
	memcpy(s.item + 1, gtin + 1 + n, 12 - n);
	*ret = s;
	return 0;
}

/* The tag URI, not judged: what is wrong with it, its reader says. */
static void tag_uri(const struct hm_sgtin *s, char out[HM_EPC_URI_SIZE])
{
	(void)snprintf(out, HM_EPC_URI_SIZE, "urn:epc:tag:sgtin-96:%" PRIu32 ".%.12s.%.7s.%" PRIu64, s->filter,
		       s->company_prefix, s->item, s->serial);
}

int hm_sgtin96_encode(const struct hm_sgtin *s, uint8_t ret[12])
{
	char uri[HM_EPC_URI_SIZE], hex[HM_EPC_HEX_SIZE];
	int rc;

	tag_uri(s, uri);
	rc = hm_epc_encode(uri, hex, sizeof(hex));
	return rc ? rc : hm_unhex(hex, ret, 12);
}

int hm_sgtin96_decode(const uint8_t bytes[12], struct hm_sgtin *ret)
{
	struct hm_sgtin s = { .filter = 0 };
	char hex[25], uri[HM_EPC_URI_SIZE];
	int rc;

	if (bytes[0] != 0x30)
		return bytes[0] ? -HM_EUNKNOWN_HEADER : -HM_EUNPROGRAMMED;
	hm_hex_upper(bytes, 12, hex);
	rc = hm_epc_decode(hex, uri, sizeof(uri));
	if (rc)
		return rc;
	if (sscanf(uri, "urn:epc:tag:sgtin-96:%" SCNu32 ".%12[0-9].%7[0-9].%" SCNu64, &s.filter, s.company_prefix,
		   s.item, &s.serial) != 4)
		assert(!"a tag URI of our own");
	*ret = s;
	return 0;
}

int hm_sgtin_pure_uri(const struct hm_sgtin *s, char *out, size_t size)
{
	char uri[HM_EPC_URI_SIZE];

	tag_uri(s, uri);
	return hm_epc_to_pure(uri, strlen(uri), out, size);
}

int hm_gs1_element(const char *gtin, const char *serial, char *out, size_t size)
{
	struct hm_elements e;
	char text[64];
	size_t len;
	int rc = elements(gtin, serial, &e);

	if (rc)
		return rc;
	/* printed under a code, a '(' stays what it is; hm_gs1_bracketed() would escape it */
	len = (size_t)snprintf(text, sizeof(text), "(01)%s(21)%s", gtin, serial);
	if (len >= size)
		return -HM_ETOO_LONG;
	memcpy(out, text, len + 1);
	return 0;
}

int hm_gs1_digital_link(const char *gtin, const char *serial, char *out, size_t size)
{
	struct hm_elements e;
	int rc = elements(gtin, serial, &e);

	return rc ? rc : hm_gs1_link(&e, NULL, out, size);
}
