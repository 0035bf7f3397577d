/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit that a simulated station had in hand when it died. */
#ifndef SIM_LAST_H
#define SIM_LAST_H

#include "sim/sim.h"

static inline int keep_unit(void *ctx, const struct hm_unit *u)
{
	*(struct hm_unit *)ctx = *u;
	return 0;
}

static inline int read_last(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_unit_filter f = { .key = "k" };

	return hm_tx_units(tx, &f, keep_unit, arg, err);
}

/* The last of the batch "k"; its serial is "" where there is none yet. */
static inline void sim_last(struct sim *s, struct hm_unit *ret)
{
	*ret = (struct hm_unit){ .serial = "" };
	assert_int_equal(hm_store_read(s->env.store, read_last, ret, NULL), 0);
}

#endif
