/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The audit bundle of this station: everything that an auditor needs and nothing
 * that is secret, file by file into a sink. docs/ledger.md has the layout.
 *
 *	struct hm_bundle_sink sink = { put, ctx };
 *	rc = hm_station_seal(st, &err);		so that the last leaf is signed
 *	rc = hm_station_bundle(env, &sink, &err);
 *
 * The bundle is read in one transaction and is a function of the signed leaves:
 * what happened after the last checkpoint is not in it.
 *
 * -HM_ENOT_FOUND: nothing was ever signed. -HM_ESTORE_CORRUPT: a leaf or a blob
 * that must be there is not; what the sink already took is then no bundle.
 */
#ifndef HM_STATION_BUNDLE_H
#define HM_STATION_BUNDLE_H

#include <stddef.h>

#include "base/env.h"
#include "base/error.h"

struct hm_bundle_sink {
	/*
	 * One file: @path relative, directories implied, each path once, @len may
	 * be 0. 0, or a negative error that ends the bundle.
	 */
	int (*put)(void *ctx, const char *path, const void *bytes, size_t len);
	void *ctx;
};

int hm_station_bundle(struct hm_env *env, const struct hm_bundle_sink *sink, struct hm_err *err);

#endif /* HM_STATION_BUNDLE_H */
