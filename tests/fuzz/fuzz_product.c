// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A product file. What is taken makes sense by itself: serials come out of one place,
 * addresses out of one or none, ranges go upwards, names are names; a refusal names the
 * file and says why; and the same bytes say the same again.
 *
 * sources: provisioning/product/product.c provisioning/base/digits.c provisioning/base/error.c
 */
#include "base/digits.h"
#include "fuzz.h"
#include "product/product.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void name_ok(const char *name, size_t max, bool must)
{
	FZ_CHECK(strlen(name) <= max, "%s", name);
	FZ_CHECK(*name || !must, "no name");
	FZ_CHECK(*name != '.' && *name != '-' && !strchr(name, '/'), "%s", name);
}

static void numbering_ok(const struct hm_product *p)
{
	FZ_CHECK(!p->pattern[0] != !p->pool[0], "pattern %s, pool %s", p->pattern, p->pool);
	FZ_CHECK(p->first <= p->last, "%llu", (unsigned long long)p->first);
	FZ_CHECK(!p->pool[0] || (!p->first && p->last == UINT64_MAX && !p->guess_odds), "a pool and counters");
	name_ok(p->pool, 32, false);
}

static void macs_ok(const struct hm_product *p)
{
	bool prefix = p->mac_prefix[0], pool = p->mac_pool[0];

	FZ_CHECK(p->mac_count <= HM_MACS_MAX && (p->mac_bits == 48 || p->mac_bits == 64), "%u", p->mac_count);
	FZ_CHECK(p->mac_count ? prefix != pool : !prefix && !pool, "prefix %s, pool %s", p->mac_prefix, p->mac_pool);
	FZ_CHECK(p->mac_first <= p->mac_last, "%llu", (unsigned long long)p->mac_first);
	FZ_CHECK(!pool || (!p->mac_first && p->mac_last == UINT64_MAX), "a pool and numbers");
	name_ok(p->mac_pool, 32, false);
}

static void taken(const struct hm_product *p)
{
	name_ok(p->name, HM_PRODUCT_NAME_MAX, true);
	name_ok(p->template_name, 64, true);
	FZ_CHECK(strlen(p->gtin) == 14 && hm_digits(p->gtin, 14) && hm_mod10(p->gtin, 13) == p->gtin[13], "%s", p->gtin);
	FZ_CHECK(!memcmp(p->gtin + 1, p->company_prefix, strlen(p->company_prefix)), "%s", p->company_prefix);
	FZ_CHECK(!p->iac[0] == !p->cin[0], "%s %s", p->iac, p->cin);
	FZ_CHECK(p->epc_filter <= 7 && (p->epc_scheme != HM_PRODUCT_NO_EPC || !p->epc_filter), "%u", p->epc_filter);
	numbering_ok(p);
	macs_ok(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *exact = malloc(size ?: 1);
	struct hm_err err = { "" };
	struct hm_product p, again;

	memset(&p, 0x55, sizeof(p));
	memset(&again, 0xaa, sizeof(again));
	if (size)
		memcpy(exact, input, size);
	if (hm_product_parse(exact, size, &p, &err)) {
		FZ_CHECK(!strncmp(err.text, "product file", 12), "%s", err.text);
	} else {
		taken(&p);
		FZ_CHECK(!hm_product_parse(exact, size, &again, NULL), "not again");
		FZ_CHECK(!strcmp(p.name, again.name) && p.last == again.last, "%s, %s", p.name, again.name);
	}
	free(exact);
	return 0;
}
