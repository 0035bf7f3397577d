/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Supplied lists against the products that draw from them. Private to station/. */
#ifndef HM_STATION_POOL_H
#define HM_STATION_POOL_H

#include "product/product.h"
#include "station/station.h"

/*
 * Could every entry of the product's pools be issued? *ret_bad: the number of the one
 * that could not (of the pool @name, where @name is not NULL and only that is looked at).
 * -HM_ENOT_FOUND (no such pool), -HM_EBAD_PRODUCT (a pool of another kind), and what is
 * wrong with the entry.
 */
int hm_pools_fit(struct hm_tx *tx, const struct hm_product *p, const char *name, uint64_t *ret_bad,
		 struct hm_err *err);

#endif /* HM_STATION_POOL_H */
