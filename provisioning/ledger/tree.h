/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The roots of all complete subtrees of a log, for those who need many proofs
 * of one tree: building costs one hash a leaf, a proof then costs a few look-ups.
 *
 *	rc = hm_forest_build(&f, hashes, n);
 *	...
 *	rc = hm_forest_inclusion(&f, n, index, proof, &proof_len);
 *	hm_forest_free(&f);
 */
#ifndef HM_LEDGER_TREE_H
#define HM_LEDGER_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/ledger.h"

struct hm_forest {
	uint64_t size;				/* leaves */
	unsigned int depth;			/* rows in use */
	uint8_t (*level[64])[HM_HASH];		/* row k: size >> k roots of 2^k leaves */
};

/* 0 or -ENOMEM; nothing to free after a failure. */
int hm_forest_build(struct hm_forest *f, const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size);
void hm_forest_free(struct hm_forest *f);
/* The root of the first @size leaves. */
void hm_forest_root(const struct hm_forest *f, uint64_t size, uint8_t ret[HM_HASH]);
/* -EINVAL where @index is not below @size or @size above the forest's. */
int hm_forest_inclusion(const struct hm_forest *f, uint64_t size, uint64_t index,
			uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n);

#endif /* HM_LEDGER_TREE_H */
