/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An EPC as a tag's memory has it from bit 20h on: whole words of 16 bits, as many as the
 * PC counts. What it says is for gs1/ to tell; store, ledger and audit keep it as it is.
 */
#ifndef HM_BASE_EPC_H
#define HM_BASE_EPC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

#define HM_EPC_WORDS_MAX	31u	/* the PC's length has five bits */
#define HM_EPC_HEX_SIZE		(HM_EPC_WORDS_MAX * 4u + 1)

struct hm_epc {
	uint32_t len;			/* bytes; 0: there is none */
	uint8_t bytes[HM_EPC_WORDS_MAX * 2];	/* 0 behind @len */
};

static inline bool hm_epc_is_whole(const struct hm_epc *e)
{
	return e->len <= sizeof(e->bytes) && e->len % 2 == 0;
}

static inline bool hm_epc_same(const struct hm_epc *a, const struct hm_epc *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* Upper-case digits; "" where there is none. */
static inline void hm_epc_hex(const struct hm_epc *e, char out[static HM_EPC_HEX_SIZE])
{
	hm_hex_upper(e->bytes, e->len, out);
}

#endif /* HM_BASE_EPC_H */
