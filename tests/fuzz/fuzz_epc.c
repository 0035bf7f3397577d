// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EPCs: the first byte says whether the rest is hexadecimal of an EPC, a URI, a bank, or
 * bytes of one. What is taken is turned round and must come back as it was.
 *
 * sources: provisioning/gs1/epc_table.c provisioning/gs1/epc_decode.c provisioning/gs1/epc_encode.c
 * sources: provisioning/gs1/epc_parse.c provisioning/gs1/epc_gs1.c provisioning/gs1/epc_plus.c
 * sources: provisioning/gs1/plus_text.c provisioning/gs1/plus_host.c provisioning/gs1/bank.c provisioning/gs1/tid.c provisioning/gs1/ai.c
 * sources: provisioning/gs1/ai_table.c provisioning/gs1/ai_rules.c provisioning/gs1/ai_coupon.c provisioning/gs1/ai_text.c
 * sources: provisioning/gs1/link.c provisioning/base/digits.c provisioning/base/error.c provisioning/base/buf.c
 */
#include "base/buf.h"
#include "fuzz.h"
#include "gs1/bank.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static struct hm_elements elements, other;

/* A tag URI that came out of the decoder. */
static void tag(const char *uri)
{
	char hex[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE], pure[HM_EPC_URI_SIZE];
	const char *colon = strchr(uri + 12, ':');
	enum hm_epc_scheme scheme;
	const char *prefix;
	int rc = hm_epc_encode(uri, hex, sizeof(hex));

	FZ_CHECK(!rc, "%s: %s", uri, hm_error_name(rc));
	rc = hm_epc_decode(hex, back, sizeof(back));
	FZ_CHECK(!rc && !strcmp(uri, back), "%s, %s", uri, hex);
	rc = hm_epc_to_pure(uri, strlen(uri), pure, sizeof(pure));
	FZ_CHECK(!rc, "%s: %s", uri, hm_error_name(rc));
	rc = hm_epc_scheme_find(uri + 12, (size_t)(colon - uri - 12), &scheme);
	FZ_CHECK(!rc, "%s", uri);
	rc = hm_epc_from_pure(pure, strlen(pure), scheme, 0, back, sizeof(back));
	FZ_CHECK(!rc, "%s: %s", pure, hm_error_name(rc));
	if (hm_epc_to_elements(pure, strlen(pure), &elements))
		return;
	prefix = strchr(pure + 11, ':') + 1;
	rc = hm_epc_from_elements(&elements, (unsigned int)strcspn(prefix, "."), back, sizeof(back));
	FZ_CHECK(!rc && !strcmp(pure, back), "%s: %s, %s", pure, hm_error_name(rc), back);
}

static void plus(const char *hex, size_t len)
{
	struct hm_epc_plus h = { .filter = 0 };
	char a[1024], b[1024], again[HM_EPC_HEX_SIZE];
	int rc;

	if (hm_epc_plus_decode(hex, len, &h, &elements))
		return;
	rc = hm_gs1_bracketed(&elements, a, sizeof(a));
	FZ_CHECK(!rc, "%s", hm_error_name(rc));
	rc = hm_epc_plus_encode(&elements, &h, again, sizeof(again));
	FZ_CHECK(!rc, "%s: %s", a, hm_error_name(rc));
	rc = hm_epc_plus_decode(again, strlen(again), &h, &other);
	FZ_CHECK(!rc, "%s: %s", again, hm_error_name(rc));
	rc = hm_gs1_bracketed(&other, b, sizeof(b));
	FZ_CHECK(!rc && !strcmp(a, b), "%s, %s", a, b);
}

static void epc(const char *hex, size_t len)
{
	char uri[HM_EPC_URI_SIZE], raw[HM_EPC_URI_SIZE], back[HM_EPC_HEX_SIZE];

	if (!hm_epc_decode_n(hex, len, uri, sizeof(uri)))
		tag(uri);
	if (!hm_epc_raw(hex, len, raw, sizeof(raw)))
		FZ_CHECK(!hm_epc_encode(raw, back, sizeof(back)) && strlen(back) == len, "%s", raw);
	plus(hex, len);
}

static void uri(const char *text, size_t len)
{
	char hex[HM_EPC_HEX_SIZE], again[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE], bank[HM_BANK_HEX_SIZE];
	struct hm_epc_bank b;
	int rc;

	if (!hm_epc_bank_build(text, len, bank, sizeof(bank))) {
		rc = hm_epc_bank_parse(bank, strlen(bank), &b);
		FZ_CHECK(!rc && b.crc_good, "%s", bank);
		rc = hm_epc_bank_build(b.uri, strlen(b.uri), hex, sizeof(bank) < sizeof(hex) ? sizeof(bank) : sizeof(hex));
		FZ_CHECK(rc == -HM_ETOO_LONG || (!rc && !strcmp(hex, bank)), "%s: %s", b.uri, hm_error_name(rc));
	}
	if (!hm_epc_from_pure(text, len, HM_EPC_ANY, 0, back, sizeof(back)))
		FZ_CHECK(!hm_epc_encode(back, hex, sizeof(hex)), "%s", back);
	if (hm_epc_encode_n(text, len, hex, sizeof(hex)) || !memcmp(text, "urn:epc:raw:", 12))
		return;
	rc = hm_epc_decode(hex, back, sizeof(back));
	FZ_CHECK(!rc, "%s: %s", hex, hm_error_name(rc));
	FZ_CHECK(!hm_epc_encode(back, again, sizeof(again)) && !strcmp(hex, again), "%s", back);
}

static void bank(const char *hex, size_t len)
{
	struct hm_epc_bank b;
	struct hm_tid t;
	struct hm_user_memory u;

	if (!hm_epc_bank_parse(hex, len, &b))
		FZ_CHECK(!strncmp(b.uri, b.epc_rc || b.toggle ? "urn:epc:raw:" : "urn:epc:tag:", 12), "%s", b.uri);
	if (!hm_tid_parse(hex, len, &t))
		FZ_CHECK(strlen(t.serial) * 4 == t.serial_bits, "%s", t.serial);
	(void)hm_user_memory_parse(hex, len, &u);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	size_t len = size - 1;
	char *text;
	char hex[129];

	if (!size)
		return 0;
	/* exactly so long that one byte more is found */
	text = malloc(len ? len : 1);
	FZ_CHECK(text, "memory");
	memcpy(text, input + 1, len);
	switch (input[0] % 4) {
	case 0:
		epc(text, len);
		break;
	case 1:
		uri(text, len);
		break;
	case 2:
		bank(text, len);
		break;
	default:
		len = len < 62 ? len : 62;
		hm_hex(text, len, hex);
		epc(hex, 2 * len);
		bank(hex, 2 * len);
	}
	free(text);
	return 0;
}
