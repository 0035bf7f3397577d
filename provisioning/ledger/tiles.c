// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * C2SP tlog-tiles: a log as immutable files of 256 hashes or 256 entries. A tile
 * of level l holds every eighth row of the forest, row 8 * l.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/tree.h"

#define TILE_WIDTH 256u

/* "x001/x234/067": groups of three digits, all but the last with an x. */
static int number_path(uint64_t n, char *out, size_t size)
{
	unsigned int group[8];
	size_t groups = 0, at = 0;

	do {
		group[groups++] = (unsigned int)(n % 1000);
		n /= 1000;
	} while (n);
	while (groups--) {
		int w = snprintf(out + at, size - at, groups ? "x%03u/" : "%03u", group[groups]);

		if (w < 0 || (size_t)w >= size - at)
			return -ENOSPC;
		at += (size_t)w;
	}
	return (int)at;
}

int hm_tile_path(int level, uint64_t n, unsigned int width, char *out, size_t size)
{
	char number[48];
	int w;

	if (level < -1 || level > 63 || !width || width > TILE_WIDTH)
		return -EINVAL;
	w = number_path(n, number, sizeof(number));
	if (w < 0)
		return w;
	if (level < 0)
		w = snprintf(out, size, "tile/entries/%s", number);
	else
		w = snprintf(out, size, "tile/%d/%s", level, number);
	if (w < 0 || (size_t)w >= size)
		return -ENOSPC;
	if (width < TILE_WIDTH) {
		int more = snprintf(out + w, size - (size_t)w, ".p/%u", width);

		if (more < 0 || (size_t)more >= size - (size_t)w)
			return -ENOSPC;
	}
	return 0;
}

static int emit_entries(const struct hm_leaf_bytes *leaves, size_t n, hm_tile_emit_fn emit,
			void *ctx)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(TILE_WIDTH * (2u + UINT16_MAX));
	char path[96];
	int rc;

	for (size_t first = 0; first < n; first += TILE_WIDTH) {
		size_t width = n - first < TILE_WIDTH ? n - first : TILE_WIDTH;

		hm_buf_reset(&b);
		for (size_t i = first; i < first + width; i++) {
			if (leaves[i].len > UINT16_MAX)
				return -E2BIG;
			rc = hm_buf_be16(&b, (uint16_t)leaves[i].len);
			rc = rc ?: hm_buf_add(&b, leaves[i].bytes, leaves[i].len);
			if (rc)
				return rc;
		}
		rc = hm_tile_path(-1, first / TILE_WIDTH, (unsigned int)width, path, sizeof(path));
		rc = rc ?: emit(ctx, path, b.data, b.len);
		if (rc)
			return rc;
	}
	return 0;
}

static int emit_hashes(const struct hm_forest *f, hm_tile_emit_fn emit, void *ctx)
{
	char path[96];
	int rc;

	for (unsigned int row = 0; row < f->depth; row += 8) {
		uint64_t n = f->size >> row;

		for (uint64_t first = 0; first < n; first += TILE_WIDTH) {
			uint64_t width = n - first < TILE_WIDTH ? n - first : TILE_WIDTH;

			rc = hm_tile_path((int)(row / 8), first / TILE_WIDTH, (unsigned int)width,
					  path, sizeof(path));
			rc = rc ?: emit(ctx, path, f->level[row][first], width * HM_HASH);
			if (rc)
				return rc;
		}
	}
	return 0;
}

int hm_tiles_build(const struct hm_leaf_bytes *leaves, size_t n, hm_tile_emit_fn emit, void *ctx)
{
	struct hm_forest f;
	uint8_t (*hashes)[HM_HASH];
	int rc;

	assert(emit);
	if (!n)
		return 0;
	hashes = calloc(n, HM_HASH);
	if (!hashes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		hm_leaf_hash(leaves[i].bytes, leaves[i].len, hashes[i]);
	rc = hm_forest_build(&f, (const uint8_t (*)[HM_HASH])hashes, n);
	free(hashes);
	if (rc)
		return rc;
	rc = emit_entries(leaves, n, emit, ctx);
	rc = rc ?: emit_hashes(&f, emit, ctx);
	hm_forest_free(&f);
	return rc;
}

int hm_entries_split(const void *bundle, size_t len, hm_entry_fn each, void *ctx)
{
	const uint8_t *p = bundle;
	unsigned int count = 0;
	int rc;

	while (len) {
		size_t n;

		if (len < 2 || count++ == TILE_WIDTH)
			return -HM_EBAD_FORMAT;
		n = (size_t)p[0] << 8 | p[1];
		if (n > len - 2)
			return -HM_EBAD_FORMAT;
		rc = each(ctx, p + 2, n);
		if (rc)
			return rc;
		p += 2 + n;
		len -= 2 + n;
	}
	return 0;
}
