/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The world as the engine sees it. Clock, randomness, store, keys and devices
 * reach provisioning/unit through this one struct of function pointers, so that
 * the same engine runs on the line and in a test that holds every string.
 *
 * Each room declares the types behind the forward declarations. Every function
 * returns 0 or a negative error of base/error.h; @ctx is the owner's.
 */
#ifndef HM_BASE_ENV_H
#define HM_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct hm_store;	/* store/store.h */
struct hm_keys;		/* identity/identity.h: the station's TPM and its keys */
struct hm_dut;		/* identity/identity.h: the unit's TPM */
struct hm_marker;	/* marker/marker.h */

struct hm_env {
	void *ctx;
	/* seconds since 1970-01-01 UTC */
	int64_t (*now)(void *ctx);
	/* milliseconds that only ever grow; for durations */
	int64_t (*mono_ms)(void *ctx);
	/* @len bytes for job ids and nonces */
	int (*random)(void *ctx, void *bytes, size_t len);

	struct hm_store *store;
	struct hm_keys *keys;

	/*
	 * Open a marker by its configured address (marker/marker.h says which
	 * forms there are) for @serial; or the unit's TPM by its TCTI. The engine
	 * closes what it opened.
	 */
	int (*marker_open)(void *ctx, const char *address, const char *serial,
			   struct hm_marker **ret, struct hm_err *err);
	int (*dut_open)(void *ctx, const char *tcti, struct hm_dut **ret, struct hm_err *err);

	/* True where the work should stop at the next safe place (shutdown). */
	int (*stopping)(void *ctx);
};

#endif /* HM_BASE_ENV_H */
