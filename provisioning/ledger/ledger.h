/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The station's transparency log: Merkle tree (RFC 6962), tiles (C2SP
 * tlog-tiles), signed notes and checkpoints (C2SP signed-note, tlog-checkpoint),
 * proofs (tlog-proof). Pure: leaves come through a callback, files go out as
 * path + bytes.
 */
#ifndef HM_LEDGER_LEDGER_H
#define HM_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define HM_HASH 32

void hm_leaf_hash(const void *bytes, size_t len, uint8_t ret[HM_HASH]);
void hm_node_hash(const uint8_t left[HM_HASH], const uint8_t right[HM_HASH], uint8_t ret[HM_HASH]);

/* Append leaf hashes one by one; the root of any prefix is at hand. */
struct hm_tree {
	uint64_t size;
	uint8_t edge[64][HM_HASH];	/* roots of the full subtrees on the right edge */
};
void hm_tree_init(struct hm_tree *t);
void hm_tree_add(struct hm_tree *t, const uint8_t leaf_hash[HM_HASH]);
void hm_tree_root(const struct hm_tree *t, uint8_t ret[HM_HASH]);

/* Inclusion and consistency over an array of leaf hashes / a list of proof hashes. */
#define HM_PROOF_MAX 64
int hm_inclusion_proof(const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size, uint64_t index,
		       uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n);
int hm_inclusion_verify(const uint8_t leaf_hash[HM_HASH], uint64_t index, uint64_t size,
			const uint8_t proof[][HM_HASH], size_t n, const uint8_t root[HM_HASH]);
int hm_consistency_proof(const uint8_t (*leaf_hashes)[HM_HASH], uint64_t size, uint64_t old_size,
			 uint8_t ret[HM_PROOF_MAX][HM_HASH], size_t *ret_n);
int hm_consistency_verify(uint64_t old_size, const uint8_t old_root[HM_HASH], uint64_t size,
			  const uint8_t root[HM_HASH], const uint8_t proof[][HM_HASH], size_t n);

/*
 * All tiles and entry bundles of a log of @n leaves, through @emit (path relative
 * to the log's directory, e.g. "tile/0/000", "tile/entries/000.p/12").
 */
struct hm_leaf_bytes {
	const uint8_t *bytes;
	size_t len;
};
typedef int (*hm_tile_emit_fn)(void *ctx, const char *path, const void *bytes, size_t len);
int hm_tiles_build(const struct hm_leaf_bytes *leaves, size_t n, hm_tile_emit_fn emit, void *ctx);
/* One entry bundle split into leaves: calls @each with index within the bundle. */
typedef int (*hm_entry_fn)(void *ctx, const void *bytes, size_t len);
int hm_entries_split(const void *bundle, size_t len, hm_entry_fn each, void *ctx);
/* "tile/entries/x001/234.p/56"-style path for bundle/tile @n at @level (-1: entries), width 256 = full. */
int hm_tile_path(int level, uint64_t n, unsigned int width, char *out, size_t size);

/* --- checkpoint and its note --- */

struct hm_checkpoint {
	char origin[129];
	uint64_t size;
	uint8_t root[HM_HASH];
};
/* "origin\nsize\nbase64(root)\n" */
int hm_checkpoint_body(const struct hm_checkpoint *c, struct hm_buf *out);

/*
 * The note: body, blank line, one signature line each. @ed_sig by the log key
 * (name = origin), @ecdsa_der by the station's sign key (key id from its SPKI).
 */
int hm_note_build(const struct hm_checkpoint *c, const uint8_t log_public[32],
		  const uint8_t ed_sig[64], const void *spki, size_t spki_len,
		  const void *ecdsa_der, size_t ecdsa_len, struct hm_buf *out);
/* "origin+keyid+base64": what a third party's verifier takes. */
int hm_note_vkey(const char *origin, const uint8_t log_public[32], struct hm_buf *out);
int hm_vkey_parse(const char *vkey, char origin[129], uint8_t ret_public[32]);
/* Parse, and verify both signatures. @ret_body: the signed bytes (for the quote's nonce). */
int hm_note_verify(const void *note, size_t len, const uint8_t log_public[32],
		   const void *spki, size_t spki_len, struct hm_checkpoint *ret,
		   struct hm_buf *ret_body, struct hm_err *err);

/*
 * The checkpoint that a note is about, unverified: for those who wrote it. The
 * signatures are not looked at.
 */
int hm_note_parse(const void *note, size_t len, struct hm_checkpoint *ret);

/* "c2sp.org/tlog-proof@v1" file: index, hashes, checkpoint note. */
int hm_tlog_proof_build(uint64_t index, const uint8_t proof[][HM_HASH], size_t n,
			const void *note, size_t note_len, struct hm_buf *out);
struct hm_tlog_proof {
	uint64_t index;
	uint8_t hash[HM_PROOF_MAX][HM_HASH];
	size_t n;
	const uint8_t *note;	/* inside the bytes that were parsed */
	size_t note_len;
};
/* Form only; then hm_note_verify() and hm_inclusion_verify(). -HM_EBAD_FORMAT. */
int hm_tlog_proof_parse(const void *bytes, size_t len, struct hm_tlog_proof *ret);

#endif /* HM_LEDGER_LEDGER_H */
