/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records whose signature nobody verifies. Its bytes, and those of the kid, follow from the seed
 * (support/rnd.h) and from the record: the same in every run, others with another seed.
 *
 *	cmocka_run_group_tests(tests, say_seed, NULL);
 *	...
 *	struct hm_record rec = sealed_example();
 *	seal_any(&rec, &cwt);
 */
#ifndef TESTS_UNIT_SUPPORT_SEALED_H
#define TESTS_UNIT_SUPPORT_SEALED_H

#include "record/carrier.h"
#include "support/rnd.h"

static inline int say_seed(void **state)
{
	(void)state;
	print_message("HALLMARK_SEED=%llu\n", (unsigned long long)rnd_start("").seed);
	return 0;
}

static inline struct hm_record sealed_example(void)
{
	struct hm_record rec = {
		.issuer = "demo-factory", .serial = "10000000016", .product = "demo-sensor",
		.issued_at = 1795000000, .generation = 1,
	};
	struct rnd r = rnd_start("");

	memset(rec.ckt, 0xc1, sizeof(rec.ckt));
	memset(rec.anchors, 0xa1, sizeof(rec.anchors));
	rnd_bytes(&r, rec.kid, sizeof(rec.kid));
	return rec;
}

static inline void seal_any(const struct hm_record *rec, struct hm_buf *cwt)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(1000);
	struct rnd r = rnd_start("");
	uint8_t sig[64];

	assert_int_equal(hm_record_tbs(rec, &tbs), 0);
	for (size_t i = 0; i < tbs.len; i++) {
		r.state ^= tbs.data[i];
		(void)rnd_next(&r);
	}
	rnd_bytes(&r, sig, sizeof(sig));
	assert_int_equal(hm_record_seal(rec, sig, cwt), 0);
}

/* What an image of any carrier says of the unit of @rec, with its record. */
static inline struct hm_image sealed_image(const struct hm_record *rec)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(HM_RECORD_MAX);
	struct hm_image image = {
		.part_number = "HM-1000", .manufacturer = "Example Instruments", .made = rec->issued_at,
	};

	seal_any(rec, &cwt);
	strcpy(image.serial, rec->serial);
	strcpy(image.product, rec->product);
	memcpy(image.cwt, cwt.data, cwt.len);
	image.cwt_len = cwt.len;
	return image;
}

static inline struct hm_onie sealed_onie(void)
{
	const struct hm_record rec = sealed_example();
	const struct hm_image image = sealed_image(&rec);
	struct hm_onie o = {
		.product = "demo-sensor", .part_number = "HM-1000", .serial = "10000000016",
		.date = "11/22/2026 12:00:00", .manufacturer = "Example Instruments",
	};

	memcpy(o.cwt, image.cwt, image.cwt_len);
	o.cwt_len = image.cwt_len;
	return o;
}

#endif
