// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * RFC 6962's tree: hashes, roots, proofs.
 *
 * Everything that needs more than one root rests on a forest: the roots of all
 * complete subtrees, level by level, level 0 being the leaves. Any range that a
 * proof asks for starts at a multiple of a power of two no smaller than itself,
 * so it is a few look-ups in the forest, and tiles are rows of it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "ledger/ledger.h"
#include "ledger/tree.h"

void hm_leaf_hash(const void *bytes, size_t len, uint8_t ret[HM_HASH])
{
	static const uint8_t prefix = 0x00;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	assert(bytes || !len);
	assert(ctx);
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, &prefix, 1) == 1 &&
	     EVP_DigestUpdate(ctx, bytes, len) == 1 &&
	     EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
	assert(ok);
	EVP_MD_CTX_free(ctx);
}

void hm_node_hash(const uint8_t left[HM_HASH], const uint8_t right[HM_HASH], uint8_t ret[HM_HASH])
{
	uint8_t pair[1 + 2 * HM_HASH] = { 0x01 };

	memcpy(pair + 1, left, HM_HASH);
	memcpy(pair + 1 + HM_HASH, right, HM_HASH);
	SHA256(pair, sizeof(pair), ret);
}

static void empty_root(uint8_t ret[HM_HASH])
{
	SHA256((const unsigned char *)"", 0, ret);
}

void hm_tree_init(struct hm_tree *t)
{
	memset(t, 0, sizeof(*t));
}

void hm_tree_add(struct hm_tree *t, const uint8_t leaf_hash[HM_HASH])
{
	uint8_t carry[HM_HASH];
	unsigned int level = 0;

	assert(t->size < UINT64_MAX);
	memcpy(carry, leaf_hash, HM_HASH);
	/* like adding one to a binary number: each full pair becomes one above */
	for (; t->size >> level & 1; level++)
		hm_node_hash(t->edge[level], carry, carry);
	memcpy(t->edge[level], carry, HM_HASH);
	t->size++;
}

void hm_tree_root(const struct hm_tree *t, uint8_t ret[HM_HASH])
{
	uint8_t root[HM_HASH];
	int have = 0;

	if (!t->size) {
		empty_root(ret);
		return;
	}
	for (unsigned int level = 0; level < 64; level++) {
		if (!(t->size >> level & 1))
			continue;
		if (have)
			hm_node_hash(t->edge[level], root, root);
		else
			memcpy(root, t->edge[level], HM_HASH);
		have = 1;
	}
	memcpy(ret, root, HM_HASH);
}

/* --- the forest --- */

int hm_forest_build(struct hm_forest *f, const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size)
{
	memset(f, 0, sizeof(*f));
	f->size = size;
	if (!size)
		return 0;
	if (size > SIZE_MAX / HM_HASH)
		return -ENOMEM;
	f->level[0] = malloc(size * HM_HASH);
	if (!f->level[0])
		return -ENOMEM;
	memcpy(f->level[0], leaf_hashes, size * HM_HASH);
	f->depth = 1;
	for (uint64_t n = size / 2; n; n /= 2) {
		uint8_t (*below)[HM_HASH] = f->level[f->depth - 1];
		uint8_t (*row)[HM_HASH] = malloc(n * HM_HASH);

		if (!row) {
			hm_forest_free(f);
			return -ENOMEM;
		}
		for (uint64_t i = 0; i < n; i++)
			hm_node_hash(below[2 * i], below[2 * i + 1], row[i]);
		f->level[f->depth++] = row;
	}
	return 0;
}

void hm_forest_free(struct hm_forest *f)
{
	for (unsigned int i = 0; i < f->depth; i++)
		free(f->level[i]);
	memset(f, 0, sizeof(*f));
}

/* The largest power of two smaller than @n, as its exponent; n > 1. */
static unsigned int split_exponent(uint64_t n)
{
	return 63u - (unsigned int)__builtin_clzll(n - 1);
}

/* MTH(D[first : first + n]); @first is a multiple of a power of two >= n. */
static void range_root(const struct hm_forest *f, uint64_t first, uint64_t n, uint8_t ret[HM_HASH])
{
	unsigned int k;
	uint8_t right[HM_HASH];

	assert(n && first + n <= f->size);
	if (!(n & (n - 1))) {
		k = (unsigned int)__builtin_ctzll(n);
		assert(first % n == 0);
		memcpy(ret, f->level[k][first >> k], HM_HASH);
		return;
	}
	k = split_exponent(n);
	range_root(f, first + (1ull << k), n - (1ull << k), right);
	hm_node_hash(f->level[k][first >> k], right, ret);
}

void hm_forest_root(const struct hm_forest *f, uint64_t size, uint8_t ret[HM_HASH])
{
	assert(size <= f->size);
	if (!size)
		empty_root(ret);
	else
		range_root(f, 0, size, ret);
}

int hm_forest_inclusion(const struct hm_forest *f, uint64_t size, uint64_t index,
			uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n)
{
	uint64_t first = 0, n = size;
	uint8_t path[HM_PROOF_MAX][HM_HASH];
	size_t count = 0;

	if (size > f->size || index >= size)
		return -EINVAL;
	/* from the root down; the proof is told from the leaf up */
	while (n > 1) {
		uint64_t half = 1ull << split_exponent(n);

		assert(count < HM_PROOF_MAX);
		if (index < first + half) {
			range_root(f, first + half, n - half, path[count++]);
			n = half;
		} else {
			range_root(f, first, half, path[count++]);
			first += half;
			n -= half;
		}
	}
	for (size_t i = 0; i < count; i++)
		memcpy(ret[i], path[count - 1 - i], HM_HASH);
	*ret_n = count;
	return 0;
}

/* RFC 6962, 2.1.2: SUBPROOF(m, D[n], true), told from the bottom up. */
static int forest_consistency(const struct hm_forest *f, uint64_t size, uint64_t old,
			      uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n)
{
	uint64_t first = 0, n = size, m = old;
	uint8_t path[HM_PROOF_MAX][HM_HASH];
	size_t count = 0;
	int whole = 1;	/* is the old tree's root itself the remaining subtree? */

	while (m != n) {
		uint64_t half = 1ull << split_exponent(n);

		assert(count < HM_PROOF_MAX);
		if (m <= half) {
			range_root(f, first + half, n - half, path[count++]);
			n = half;
		} else {
			range_root(f, first, half, path[count++]);
			first += half;
			n -= half;
			m -= half;
			whole = 0;
		}
	}
	if (!whole)
		range_root(f, first, n, path[count++]);
	assert(count <= HM_PROOF_MAX);
	for (size_t i = 0; i < count; i++)
		memcpy(ret[i], path[count - 1 - i], HM_HASH);
	*ret_n = count;
	return 0;
}

int hm_inclusion_proof(const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size, uint64_t index,
		       uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n)
{
	struct hm_forest f;
	int rc;

	if (index >= size)
		return -EINVAL;
	rc = hm_forest_build(&f, leaf_hashes, size);
	if (rc)
		return rc;
	rc = hm_forest_inclusion(&f, size, index, ret, ret_n);
	hm_forest_free(&f);
	return rc;
}

int hm_consistency_proof(const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size, uint64_t old_size,
			 uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n)
{
	struct hm_forest f;
	int rc;

	if (old_size > size)
		return -EINVAL;
	if (!old_size) {	/* every log continues the empty one */
		*ret_n = 0;
		return 0;
	}
	rc = hm_forest_build(&f, leaf_hashes, size);
	if (rc)
		return rc;
	rc = forest_consistency(&f, size, old_size, ret, ret_n);
	hm_forest_free(&f);
	return rc;
}

/* --- verification (RFC 9162, 2.1.3.2 and 2.1.4.2) --- */

int hm_inclusion_verify(const uint8_t leaf_hash[HM_HASH], uint64_t index, uint64_t size,
			const uint8_t proof[][HM_HASH], size_t n, const uint8_t root[HM_HASH])
{
	uint64_t node, last;
	uint8_t hash[HM_HASH];

	if (index >= size || n > HM_PROOF_MAX)
		return -HM_EBAD_PROOF;
	node = index;
	last = size - 1;
	memcpy(hash, leaf_hash, HM_HASH);
	for (size_t i = 0; i < n; i++) {
		if (!last)
			return -HM_EBAD_PROOF;	/* longer than the path */
		if (node & 1 || node == last) {
			hm_node_hash(proof[i], hash, hash);
			while (node && !(node & 1)) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hm_node_hash(hash, proof[i], hash);
		}
		node >>= 1;
		last >>= 1;
	}
	return !last && !memcmp(hash, root, HM_HASH) ? 0 : -HM_EBAD_PROOF;
}

static int roots_equal(const uint8_t a[HM_HASH], const uint8_t b[HM_HASH], size_t n)
{
	return !n && !memcmp(a, b, HM_HASH) ? 0 : -HM_EBAD_PROOF;
}

int hm_consistency_verify(uint64_t old_size, const uint8_t old_root[HM_HASH], uint64_t size,
			  const uint8_t root[HM_HASH], const uint8_t proof[][HM_HASH], size_t n)
{
	uint64_t node, last;
	uint8_t old_hash[HM_HASH], hash[HM_HASH];
	size_t i = 0;

	if (old_size > size || n > HM_PROOF_MAX)
		return -HM_EBAD_PROOF;
	if (!old_size) {
		empty_root(hash);
		return roots_equal(old_root, hash, n);
	}
	if (old_size == size)
		return roots_equal(old_root, root, n);
	node = old_size - 1;
	last = size - 1;
	while (node & 1) {
		node >>= 1;
		last >>= 1;
	}
	if (!node) {		/* the old tree is a whole subtree: its root starts the path */
		memcpy(hash, old_root, HM_HASH);
	} else {
		if (!n)
			return -HM_EBAD_PROOF;
		memcpy(hash, proof[i++], HM_HASH);
	}
	memcpy(old_hash, hash, HM_HASH);
	for (; i < n; i++) {
		if (!last)
			return -HM_EBAD_PROOF;
		if (node & 1 || node == last) {
			hm_node_hash(proof[i], old_hash, old_hash);
			hm_node_hash(proof[i], hash, hash);
			while (node && !(node & 1)) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			hm_node_hash(hash, proof[i], hash);
		}
		node >>= 1;
		last >>= 1;
	}
	if (last || memcmp(old_hash, old_root, HM_HASH) || memcmp(hash, root, HM_HASH))
		return -HM_EBAD_PROOF;
	return 0;
}
