// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/gs1.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gs1/ai.h"
#include "gs1/epc.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"

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
	return rc ? rc : add(e, "21", serial);
}

static int encode(const struct hm_elements *e, enum hm_epc_scheme scheme, unsigned int prefix_len, unsigned int filter,
		  char hex[HM_EPC_HEX_SIZE])
{
	char pure[HM_EPC_URI_SIZE], tag[HM_EPC_URI_SIZE];
	int rc = hm_epc_from_elements(e, prefix_len, pure, sizeof(pure), NULL);

	rc = rc ? rc : hm_epc_from_pure(pure, strlen(pure), scheme, filter, tag, sizeof(tag));
	return rc ? rc : hm_epc_encode(tag, hex, HM_EPC_HEX_SIZE);
}

int hm_gs1_epc(const char *scheme, const char *gtin, unsigned int prefix_len, unsigned int filter,
	       const char *serial, struct hm_epc *ret)
{
	struct hm_epc_plus plus = { .filter = filter, .want = scheme };
	struct hm_epc epc = { .len = 0 };
	char hex[HM_EPC_HEX_SIZE];
	enum hm_epc_scheme binary;
	struct hm_elements e;
	size_t len;
	int rc = elements(gtin, serial, &e);

	if (rc)
		return rc;
	if (!hm_epc_scheme_find(scheme, strlen(scheme), &binary))
		rc = encode(&e, binary, prefix_len, filter, hex);
	else
		rc = hm_epc_plus_encode(&e, &plus, hex, sizeof(hex), NULL);
	if (rc)
		return rc;
	rc = hm_unhex_any(hex, epc.bytes, sizeof(epc.bytes), &len);
	assert(!rc);
	epc.len = (uint32_t)len;
	*ret = epc;
	return 0;
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
