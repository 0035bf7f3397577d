/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A product as a whole. product/ reads the file and knows each key's own form; what the keys
 * mean is known to serial/, label/ and record/, which know nothing of each other: here
 * they meet, before the first unit does. Whoever takes a product file from somebody judges it:
 *
 *	rc = hm_product_read(bytes, len, now, &p, &err);
 *
 * and whoever has its template, too, gives each label that is tried to a callback:
 *
 *	struct hm_product_trial t = { .p = &p, .now = now, .label = render_it, .ctx = &tpl };
 *
 *	rc = hm_product_judge(&t, &err);
 *
 * What is in the book already was judged when it came, and is read by hm_product_parse() alone.
 */
#ifndef HM_UNIT_PRODUCT_H
#define HM_UNIT_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

#include "label/label.h"
#include "product/product.h"

struct hm_product_trial {
	const struct hm_product *p;
	int64_t now;	/* its day is tried, and two that dates in serials may trip over */
	/* The label of a serial; -HM_EBAD_TEMPLATE. NULL: the template is not at hand. */
	int (*label)(void *ctx, const struct hm_label_inputs *in, struct hm_err *err);
	void *ctx;
};

/*
 * Issuer, link, the template's language, the block of addresses, the pattern with its first serial
 * and its last, what labels say of these, the largest image. -HM_EBAD_PRODUCT,
 * -HM_EBAD_TEMPLATE, -HM_EGUESSABLE. Supplied lists are the store's: hm_pools_fit().
 */
int hm_product_judge(const struct hm_product_trial *t, struct hm_err *err);

/* One serial of it; @lot may be "". */
int hm_product_try(const struct hm_product_trial *t, const char *serial, const char *lot, int64_t day,
		   struct hm_err *err);

/* hm_product_parse() and hm_product_judge() without a template. */
int hm_product_read(const void *bytes, size_t len, int64_t now, struct hm_product *ret, struct hm_err *err);

#endif /* HM_UNIT_PRODUCT_H */
