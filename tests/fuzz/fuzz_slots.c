// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an EEPROM holds. The first byte says the carrier, what erased memory is, and whether
 * checksums are made good; the rest stands in slot A, and the same in slot B. Both look the
 * same; what is ours says the serial that is signed, and is found in a dump of which nobody
 * says what it is of; and the plan's writes, whatever was there, leave two slots that are ours.
 *
 * sources: provisioning/record/slots.c provisioning/record/image.c provisioning/record/onie.c
 * sources: provisioning/record/fru.c provisioning/record/fru_write.c provisioning/record/record.c
 * sources: provisioning/base/cbor.c provisioning/base/es256.c provisioning/base/digits.c provisioning/base/buf.c provisioning/base/error.c
 */
#include "fuzz_carrier.h"
#include "record/slots.h"

#define EEPROM 2048u

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void write_ours(uint8_t *bytes, const struct hm_slots *s, const struct hm_eeprom_view *v)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX), cwt = HM_BUF_INIT(HM_RECORD_MAX);
	const struct hm_record rec = { .issuer = "i", .serial = "17", .product = "p", .generation = 7 };
	static const uint8_t sig[64] = { 1 };
	struct hm_image image = { .serial = "17", .product = "p", .made = -1 };
	struct hm_slot_write w[HM_SLOT_WRITES];
	struct hm_eeprom_view after;
	enum hm_slot_name which = HM_SLOT_B;
	uint32_t n;

	FZ_CHECK(!hm_record_seal(&rec, sig, &cwt), "not sealed");
	memcpy(image.cwt, cwt.data, cwt.len);
	image.cwt_len = cwt.len;
	FZ_CHECK(!hm_image_build(s->carrier, &image, &b, NULL), "not built");
	FZ_CHECK(!hm_slots_writes(s, hm_slots_first(s, v), b.data, b.len, w, &n, NULL), "no writes");
	for (uint32_t i = 0; i < n; i++)
		memcpy(bytes + w[i].offset, w[i].bytes, w[i].len);
	FZ_CHECK(!hm_eeprom_view(bytes, EEPROM, s, &after), "no view");
	FZ_CHECK(after.a == HM_SLOT_OURS && after.b == HM_SLOT_OURS, "%d %d", after.a, after.b);
	FZ_CHECK(!hm_slots_current(&after, &which) && which == HM_SLOT_A && after.generation_a == 7, "%d", which);
}

/* The plan that is found without being told: it lies inside, and what is ours there is found. */
static void finds(const uint8_t *bytes, const struct hm_slots *s, const struct hm_eeprom_view *v)
{
	struct hm_eeprom_view again, found;
	struct hm_slots plan;
	int rc = hm_slots_find(bytes, EEPROM, &plan, &found);

	FZ_CHECK(!rc || rc == -HM_ENOT_FOUND, "%d", rc);
	FZ_CHECK(!rc || v->a != HM_SLOT_OURS, "slot A is ours, and no plan is found");
	if (rc)
		return;
	FZ_CHECK(plan.b + plan.size <= EEPROM && !hm_eeprom_view(bytes, EEPROM, &plan, &again), "outside");
	FZ_CHECK(again.a == found.a && again.b == found.b, "%d %d", found.a, found.b);
	FZ_CHECK(v->a != HM_SLOT_OURS || plan.b == s->b, "another B");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static uint8_t bytes[EEPROM];
	struct hm_eeprom_view v;
	struct hm_record rec;
	struct hm_slots s;
	uint8_t how = size ? input[0] : 0;

	if (!size || hm_slots_plan((enum hm_carrier)(how % HM_CARRIERS), EEPROM, &s))
		return 0;
	memset(bytes, how & 0x10 ? 0 : 0xff, sizeof(bytes));
	memcpy(bytes, input + 1, size - 1 < s.size ? size - 1 : s.size);
	if (how & 0x20)
		fz_fix_onie(bytes, s.size);
	if (how & 0x40)
		fz_fix_fru(bytes, s.size);
	memcpy(bytes + s.b, bytes, s.size);
	FZ_CHECK(!hm_eeprom_view(bytes, EEPROM, &s, &v), "no view");
	FZ_CHECK(v.a == v.b && v.generation_a == v.generation_b, "%d %d", v.a, v.b);
	for (uint32_t i = 1; v.a == HM_SLOT_BLANK && i < s.size; i++)
		FZ_CHECK(bytes[i] == bytes[0], "blank, and byte %u is not", i);
	if (v.a == HM_SLOT_OURS)
		FZ_CHECK(!hm_record_parse(v.image_a.cwt, v.image_a.cwt_len, &rec, NULL) &&
			 !strcmp(rec.serial, v.image_a.serial) && rec.generation == v.generation_a, "not ours");
	if (v.a == HM_SLOT_OURS || how & 0x80)	/* it tries every plan */
		finds(bytes, &s, &v);
	write_ours(bytes, &s, &v);
	return 0;
}
