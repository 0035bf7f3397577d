/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real world behind struct hm_env: the machine's clocks, the kernel's
 * randomness, markers and unit TPMs by their addresses.
 */
#ifndef HM_AGENT_WORLD_H
#define HM_AGENT_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/env.h"

/* Set to stop the engine at the next safe place. Lock-free: signal handlers may. */
struct hm_world {
	atomic_bool stopping;
};

/* Fills every function of @env; store and keys stay NULL for hm_station_open(). */
void hm_world_env(struct hm_world *w, struct hm_env *env);

/* Before the first TPM is touched: tpm2-tss writes to stderr unless told not to. */
void hm_world_quiet(void);

#endif /* HM_AGENT_WORLD_H */
