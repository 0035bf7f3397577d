// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ledger itself: who signed it, are its entries the ones that were signed,
 * and what is each of them about.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "audit/internal.h"

#define BUNDLE_WIDTH 256u

static void read_vkey(struct audit *a)
{
	_cleanup_buf_ struct hm_buf vkey = HM_BUF_INIT(4096);
	char origin[129];

	if (audit_file(a, "vkey", NULL, &vkey))
		return;
	if (hm_vkey_parse(hm_buf_str(&vkey), origin, a->log_public)) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "vkey", "not a verifier's key");
		return;
	}
	snprintf(a->report.origin, sizeof(a->report.origin), "%s", origin);
	a->has_vkey = true;
}

static void read_checkpoint(struct audit *a)
{
	struct hm_err err = { "" };
	int rc;

	if (audit_file(a, "checkpoint", NULL, &a->note))
		return;
	if (hm_note_parse(a->note.data, a->note.len, &a->head)) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "checkpoint", "not a signed checkpoint");
		return;
	}
	a->has_head = true;
	if (!a->has_vkey || !a->sign_spki.len)
		return;		/* said already; nothing to verify with */
	rc = hm_note_verify(a->note.data, a->note.len, a->log_public, a->sign_spki.data,
			    a->sign_spki.len, &a->head, NULL, &err);
	if (rc)
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "checkpoint", "%s",
			   hm_err_text(&err, rc));
	if (strcmp(a->head.origin, a->report.origin))
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "checkpoint",
			   "is of the log %s, the key of %s", a->head.origin, a->report.origin);
}

/* --- entries --- */

struct entry_arg {
	struct audit *a;
	size_t count;
};

static int keep_entry(void *ctx, const void *bytes, size_t len)
{
	struct entry_arg *arg = ctx;
	struct audit *a = arg->a;
	struct hm_leaf_bytes *more;
	int rc;

	more = audit_grow(a, a->leaves, a->n_leaves, sizeof(*more));
	if (!more)
		return -ENOMEM;
	a->leaves = more;
	a->leaves[a->n_leaves++].len = len;
	arg->count++;
	rc = hm_buf_add(&a->arena, bytes, len);
	if (rc)
		a->rc = rc;
	return rc;
}

static void read_entries(struct audit *a)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(AUDIT_FILE_MAX);
	size_t at = 0;

	if (a->head.size > AUDIT_LEAVES_MAX) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "checkpoint",
			   "speaks of more leaves than this audit takes");
		return;
	}
	for (uint64_t first = 0; !a->rc && first < a->head.size; first += BUNDLE_WIDTH) {
		uint64_t left = a->head.size - first;
		unsigned int width = left < BUNDLE_WIDTH ? (unsigned int)left : BUNDLE_WIDTH;
		struct entry_arg arg = { .a = a };
		char path[96];

		if (hm_tile_path(-1, first / BUNDLE_WIDTH, width, path, sizeof(path)))
			return;
		if (audit_file(a, path, NULL, &file))
			return;		/* what follows would bear wrong numbers */
		if (hm_entries_split(file.data, file.len, keep_entry, &arg) && !a->rc)
			audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "not a bundle of entries");
		else if (!a->rc && arg.count != width)
			audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path,
				   "holds %zu entries where %u were signed", arg.count, width);
	}
	for (size_t i = 0; i < a->n_leaves; i++) {	/* the arena no longer moves */
		a->leaves[i].bytes = a->arena.data + at;
		at += a->leaves[i].len;
	}
}

/* Each tile must be, byte for byte, what the entries make of it. */
static int compare_tile(void *ctx, const char *path, const void *bytes, size_t len)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(AUDIT_FILE_MAX);
	struct audit *a = ctx;
	const uint8_t *want = bytes;
	size_t i = 0;

	if (!strncmp(path, "tile/entries/", 13))
		return 0;	/* where the entries came from */
	if (audit_file(a, path, NULL, &file))
		return a->rc;
	while (i < len && i < file.len && file.data[i] == want[i])
		i++;
	if (i == len && len == file.len)
		return 0;
	audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path,
		   "hash %zu of the tile is not that of the entries", i / HM_HASH);
	return 0;
}

static void check_root(struct audit *a)
{
	uint8_t (*hashes)[HM_HASH] = calloc(a->n_leaves ? a->n_leaves : 1, HM_HASH);
	uint8_t root[HM_HASH];

	if (!hashes) {
		a->rc = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < a->n_leaves; i++)
		hm_leaf_hash(a->leaves[i].bytes, a->leaves[i].len, hashes[i]);
	a->rc = hm_forest_build(&a->forest, (const uint8_t (*)[HM_HASH])hashes, a->n_leaves);
	free(hashes);
	if (a->rc)
		return;
	hm_forest_root(&a->forest, a->n_leaves, root);
	if (a->n_leaves != a->head.size || memcmp(root, a->head.root, HM_HASH))
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, "tile/entries",
			   "the entries are not those that the checkpoint signs: another root");
	a->rc = hm_tiles_build(a->leaves, a->n_leaves, compare_tile, a);
}

void audit_book(struct audit *a)
{
	read_vkey(a);
	read_checkpoint(a);
	if (!a->rc && a->has_head)
		read_entries(a);
	if (!a->rc)
		check_root(a);
	a->report.leaves = a->n_leaves;
}

/* --- what each leaf is about --- */

static void index_boot(struct audit *a, uint64_t at)
{
	struct audit_boot *b = audit_boot_find(a, a->leaf.boot_id);

	if (b)		/* the daemon came back in the same boot */
		return;
	b = audit_grow(a, a->boots, a->n_boots, sizeof(*b));
	if (!b)
		return;
	a->boots = b;
	b += a->n_boots++;
	memset(b, 0, sizeof(*b));
	memcpy(b->id, a->leaf.boot_id, sizeof(b->id));
	hm_hex(b->id, sizeof(b->id), b->hex);
	b->began = at;
	b->closed_at = NEVER;
	b->announced_at = NEVER;
}

static void index_close(struct audit *a, uint64_t at, const char *subject)
{
	struct audit_boot *b = audit_boot_find(a, a->leaf.boot_id);

	if (!b) {
		audit_find(a, HM_VERDICT_UNACCOUNTED, NULL, subject,
			   "closes a boot that the ledger never saw begin");
		return;
	}
	b->closed_at = at;
	b->close_seq = a->leaf.seq;
}

/*
 * A product's key of unguessable serials is made once. Another one under its name
 * could give a serial that is out there already.
 */
static void check_key(struct audit *a, const char *subject)
{
	for (size_t i = 0; i < a->n_products; i++)
		if (!strcmp(a->products[i].name, a->leaf.product) &&
		    memcmp(a->products[i].serial_key, a->leaf.serial_key, 32)) {
			audit_find(a, HM_VERDICT_INCONSISTENT, NULL, subject,
				   "another key of serials for product %s, which has one", a->leaf.product);
			return;
		}
}

static void index_product(struct audit *a, const char *subject)
{
	struct audit_product *p = audit_grow(a, a->products, a->n_products, sizeof(*p));

	if (!p)
		return;
	a->products = p;
	check_key(a, subject);
	p += a->n_products++;
	memcpy(p->sha256, a->leaf.product_sha256, 32);
	memcpy(p->serial_key, a->leaf.serial_key, 32);
	memcpy(p->template_sha256, a->leaf.template_sha256, 32);
	memcpy(p->name, a->leaf.product, sizeof(p->name));
}

static void index_unit(struct audit *a, uint64_t at)
{
	struct audit_unit_leaf *u = audit_grow(a, a->unit_leaves, a->n_unit_leaves, sizeof(*u));

	if (!u)
		return;
	a->unit_leaves = u;
	u += a->n_unit_leaves++;
	memcpy(u->serial, a->leaf.serial, sizeof(u->serial));
	u->leaf = at;
	for (size_t i = 0; i < a->leaf.n_jobs; i++) {
		const struct hm_leaf_job *j = &a->leaf.jobs[i];
		struct audit_boot *b = audit_boot_find(a, j->boot_id);

		if (b && j->role == HM_JOB_ANNOUNCED)
			b->announced_at = at;
	}
}

/*
 * The log's keys are this station's because the CA says so in their certificates: else
 * one station's ledger could be shown with another one's quotes.
 */
static void check_owner(struct audit *a, const struct hm_buf *cert, const char *file)
{
	_cleanup_buf_ struct hm_buf spki = HM_BUF_INIT(1024);
	char serial[128] = "";

	if (!cert->len)
		return;		/* said already */
	if (hm_cert_spki((struct hm_der){ cert->data, cert->len }, &spki, serial, sizeof(serial)) ||
	    strcmp(serial, a->leaf.station))
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, file,
			   "is the certificate of '%.40s', not of station %.40s", serial,
			   a->leaf.station);
}

static void index_station(struct audit *a, uint64_t at, const char *subject)
{
	uint8_t digest[32];

	if (at) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, subject,
			   "a second beginning: the station's leaf is the first one");
		return;
	}
	snprintf(a->report.station, sizeof(a->report.station), "%s", a->leaf.station);
	check_owner(a, &a->sign, "certs/sign.pem");
	check_owner(a, &a->ak, "certs/ak.pem");
	if (!a->sign.len)
		return;		/* said already */
	SHA256(a->sign.data, a->sign.len, digest);
	if (memcmp(digest, a->leaf.cert_sha256, 32))
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, subject,
			   "the log began under another certificate than certs/sign.pem");
}

static int unit_leaf_order(const void *x, const void *y)
{
	const struct audit_unit_leaf *a = x, *b = y;
	int order = strcmp(a->serial, b->serial);

	return order ? order : a->leaf < b->leaf ? -1 : a->leaf > b->leaf;
}

void audit_index(struct audit *a)
{
	char subject[40];

	for (uint64_t i = 0; !a->rc && i < a->n_leaves; i++) {
		struct hm_err err = { "" };
		int rc = hm_leaf_decode(a->leaves[i].bytes, a->leaves[i].len, &a->leaf, &err);

		snprintf(subject, sizeof(subject), "leaf %llu", (unsigned long long)i);
		if (rc == -ENOMEM) {
			a->rc = rc;
			return;
		}
		if (rc) {
			audit_find(a, HM_VERDICT_INCONSISTENT, NULL, subject, "%s",
				   hm_err_text(&err, rc));
			continue;
		}
		if (!i && a->leaf.type != HM_LEAF_STATION)
			audit_find(a, HM_VERDICT_UNACCOUNTED, NULL, subject,
				   "the ledger does not begin with the station");
		switch (a->leaf.type) {
		case HM_LEAF_STATION:
			index_station(a, i, subject);
			break;
		case HM_LEAF_PRODUCT:
			index_product(a, subject);
			break;
		case HM_LEAF_BOOT:
			index_boot(a, i);
			break;
		case HM_LEAF_BOOT_CLOSE:
			index_close(a, i, subject);
			break;
		case HM_LEAF_UNIT:
			index_unit(a, i);
			break;
		case HM_LEAF_POOL:
			audit_list_index(a, &a->leaf, i);
			break;
		}
	}
	if (a->n_boots)
		a->boots[a->n_boots - 1].last = true;
	if (a->n_unit_leaves)
		qsort(a->unit_leaves, a->n_unit_leaves, sizeof(*a->unit_leaves), unit_leaf_order);
}
