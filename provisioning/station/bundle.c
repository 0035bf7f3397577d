// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Leaves first, then tiles, checkpoint and certificates, then what each boot and
 * each unit left. Whatever the leaves name by hash is looked up in the store, and
 * nothing else of it goes out.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eventlog.h"
#include "identity/identity.h"
#include "ledger/leaf.h"
#include "ledger/ledger.h"
#include "ledger/tree.h"
#include "station/bootlog.h"
#include "station/bundle.h"
#include "store/store.h"

#define FILE_MAX	(64u << 20)
#define HASHES_MAX	(4u << 20)

/* What the bundle needs to know of one unit: its last word on each thing. */
struct unit_row {
	char serial[21];
	uint64_t leaf;			/* index of its last leaf */
	uint8_t cert[32];
	uint8_t image[32];
	uint8_t label[32];		/* payload of the last label job announced */
	uint8_t record[256];
	size_t record_len;
};

struct bundle {
	struct hm_env *env;
	const struct hm_bundle_sink *sink;
	struct hm_tx *tx;
	struct hm_checkpoint_row last;
	struct hm_checkpoint head;
	struct hm_buf note;
	struct hm_buf arena;		/* the leaves' bytes, one behind the other */
	struct hm_leaf_bytes *leaves;
	size_t n_leaves;
	struct hm_forest forest;
	struct unit_row *units;		/* sorted by serial */
	size_t n_units;
	uint8_t (*hashes)[32];		/* sorted, each once: what leaves name */
	size_t n_hashes;
	char station[65];
	struct hm_buf boots;		/* JSON: "id","id" */
	struct hm_leaf leaf;		/* the one at hand */
};

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

static int put(struct bundle *b, const char *path, const void *bytes, size_t len)
{
	return b->sink->put(b->sink->ctx, path, bytes, len);
}

static int put_buf(struct bundle *b, const char *path, const struct hm_buf *buf)
{
	return put(b, path, hm_buf_str(buf), buf->len);
}

static int get_blob(struct bundle *b, const uint8_t sha256[32], struct hm_buf *ret,
		    const char *what, struct hm_err *err)
{
	char hex[65];
	int rc;

	hm_buf_reset(ret);
	rc = hm_tx_blob_get(b->tx, sha256, ret, err);
	if (rc != -HM_ENOT_FOUND)
		return rc;
	hm_hex(sha256, 32, hex);
	return hm_err_set(err, -HM_ESTORE_CORRUPT, "the store lacks %s, %s", what, hex);
}

/* --- the leaves and what they name --- */

struct lengths {
	struct bundle *b;
	size_t *at;
	int rc;
};

static int keep_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	struct lengths *l = ctx;
	struct bundle *b = l->b;

	if (index != b->n_leaves)
		return -HM_ESTORE_CORRUPT;
	l->at[b->n_leaves] = b->arena.len;
	b->leaves[b->n_leaves++].len = len;
	return hm_buf_add(&b->arena, bytes, len);
}

static int read_leaves(struct bundle *b, struct hm_err *err)
{
	struct lengths l = { .b = b };
	uint8_t (*hashes)[HM_HASH] = NULL;
	size_t n = (size_t)b->head.size;
	uint8_t root[HM_HASH];
	int rc = -ENOMEM;

	b->leaves = calloc(n ? n : 1, sizeof(*b->leaves));
	l.at = calloc(n ? n : 1, sizeof(*l.at));
	hashes = calloc(n ? n : 1, HM_HASH);
	if (!b->leaves || !l.at || !hashes)
		goto out;
	rc = hm_tx_leaves(b->tx, 0, n, keep_leaf, &l, err);
	if (!rc && b->n_leaves != n)
		rc = hm_err_set(err, -HM_ESTORE_CORRUPT,
				"the store has %zu leaves, its checkpoint speaks of %zu",
				b->n_leaves, n);
	if (rc)
		goto out;
	for (size_t i = 0; i < n; i++) {	/* the arena no longer moves */
		b->leaves[i].bytes = b->arena.data + l.at[i];
		hm_leaf_hash(b->leaves[i].bytes, b->leaves[i].len, hashes[i]);
	}
	rc = hm_forest_build(&b->forest, (const uint8_t (*)[HM_HASH])hashes, n);
	if (rc)
		goto out;
	hm_forest_root(&b->forest, n, root);
	if (memcmp(root, b->head.root, HM_HASH))
		rc = hm_err_set(err, -HM_ESTORE_CORRUPT,
				"the store's leaves are not those of its last checkpoint");
out:
	free(hashes);
	free(l.at);
	return rc;
}

static int name_hash(struct bundle *b, const uint8_t sha256[32])
{
	if (is_zero(sha256, 32))
		return 0;
	if (!(b->n_hashes & (b->n_hashes + 1))) {	/* full at 0, 1, 3, 7 ... */
		uint8_t (*more)[32] = reallocarray(b->hashes, (b->n_hashes + 1) * 2, 32);

		if (!more || b->n_hashes > HASHES_MAX)
			return -ENOMEM;
		b->hashes = more;
	}
	memcpy(b->hashes[b->n_hashes++], sha256, 32);
	return 0;
}

/* Units by serial: found by halving, put in by moving the rest. */
static struct unit_row *unit_row(struct bundle *b, const char *serial)
{
	size_t low = 0, high = b->n_units;
	struct unit_row *more;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(b->units[mid].serial, serial);

		if (!order)
			return &b->units[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (!(b->n_units & (b->n_units + 1))) {
		more = reallocarray(b->units, (b->n_units + 1) * 2, sizeof(*more));
		if (!more)
			return NULL;
		b->units = more;
	}
	memmove(&b->units[low + 1], &b->units[low], (b->n_units - low) * sizeof(*more));
	b->n_units++;
	memset(&b->units[low], 0, sizeof(*more));
	memcpy(b->units[low].serial, serial, strlen(serial) + 1);
	return &b->units[low];
}

static void keep_if_told(uint8_t kept[32], const uint8_t told[32])
{
	if (!is_zero(told, 32))
		memcpy(kept, told, 32);
}

static int note_unit(struct bundle *b, uint64_t index)
{
	const struct hm_leaf *l = &b->leaf;
	struct unit_row *u = unit_row(b, l->serial);

	if (!u)
		return -ENOMEM;
	u->leaf = index;
	keep_if_told(u->cert, l->cert_sha256);
	keep_if_told(u->image, l->image_sha256);
	if (l->record_len) {
		memcpy(u->record, l->record, l->record_len);
		u->record_len = l->record_len;
	}
	for (size_t i = 0; i < l->n_jobs; i++)
		if (l->jobs[i].role == HM_JOB_ANNOUNCED && !strcmp(l->jobs[i].purpose, "label"))
			memcpy(u->label, l->jobs[i].digest, 32);
	return 0;
}

static int hash_order(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static int read_names(struct bundle *b, struct hm_err *err)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < b->n_leaves; i++) {
		struct hm_leaf *l = &b->leaf;

		rc = hm_leaf_decode(b->leaves[i].bytes, b->leaves[i].len, l, err);
		if (rc)
			return -HM_ESTORE_CORRUPT;
		if (l->type == HM_LEAF_STATION)
			memcpy(b->station, l->station, sizeof(b->station));
		rc = name_hash(b, l->product_sha256);
		rc = rc ?: name_hash(b, l->template_sha256);
		rc = rc ?: name_hash(b, l->image_sha256);
		rc = rc ?: name_hash(b, l->list_sha256);
		/* the station's own certificates are in certs/ */
		if (!rc && l->type != HM_LEAF_STATION)
			rc = name_hash(b, l->cert_sha256);
		if (!rc && l->type == HM_LEAF_UNIT)
			rc = note_unit(b, i);
	}
	if (rc || !b->n_hashes)
		return rc;
	qsort(b->hashes, b->n_hashes, 32, hash_order);
	for (size_t i = 0; i < b->n_hashes; i++)
		if (!i || memcmp(b->hashes[i], b->hashes[kept - 1], 32))
			memmove(b->hashes[kept++], b->hashes[i], 32);
	b->n_hashes = kept;
	return 0;
}

static int put_blobs(struct bundle *b, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf blob = HM_BUF_INIT(FILE_MAX);
	int rc = 0;

	for (size_t i = 0; !rc && i < b->n_hashes; i++) {
		char path[80] = "blobs/";

		rc = get_blob(b, b->hashes[i], &blob, "what a leaf names by hash", err);
		hm_hex(b->hashes[i], 32, path + 6);
		rc = rc ?: put_buf(b, path, &blob);
	}
	return rc;
}

/* --- the log's own files --- */

static int put_certs(struct bundle *b, struct hm_err *err)
{
	static const struct { enum hm_cert which; const char *path; } certs[] = {
		{ HM_CERT_ROOT, "certs/root.pem" }, { HM_CERT_ISSUER, "certs/issuer.pem" },
		{ HM_CERT_SIGN, "certs/sign.pem" }, { HM_CERT_AK, "certs/ak.pem" },
		{ HM_CERT_EK, "certs/ek.pem" },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(certs) / sizeof(certs[0]); i++) {
		_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(64u << 10);
		struct hm_der der;

		rc = hm_keys_cert(b->env->keys, certs[i].which, &der.bytes, &der.len);
		rc = rc ?: hm_cert_to_pem(der, &pem);
		if (rc)
			return hm_err_set(err, rc, "%s: %s", certs[i].path, hm_error_why(rc));
		rc = put_buf(b, certs[i].path, &pem);
	}
	return rc;
}

static int put_head(struct bundle *b)
{
	_cleanup_buf_ struct hm_buf vkey = HM_BUF_INIT(512);
	uint8_t public[32];
	int rc;

	hm_keys_log_public(b->env->keys, public);
	rc = hm_note_vkey(b->head.origin, public, &vkey);
	rc = rc ?: hm_buf_str_add(&vkey, "\n");
	rc = rc ?: put_buf(b, "vkey", &vkey);
	return rc ?: put_buf(b, "checkpoint", &b->note);
}

/* Ids and origins have no character that JSON would escape; make sure of it. */
static int add_json_text(struct hm_buf *out, const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == '"' || *p == '\\')
			return -EINVAL;
	return hm_buf_printf(out, "\"%s\"", text);
}

static int put_bundle_json(struct bundle *b)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(16u << 20);
	int rc;

	rc = hm_buf_str_add(&out, "{\n  \"format\": 1,\n  \"station\": ");
	rc = rc ?: add_json_text(&out, b->station);
	rc = rc ?: hm_buf_str_add(&out, ",\n  \"origin\": ");
	rc = rc ?: add_json_text(&out, b->head.origin);
	rc = rc ?: hm_buf_printf(&out, ",\n  \"size\": %llu,\n  \"root\": \"",
				 (unsigned long long)b->head.size);
	rc = rc ?: hm_buf_hex(&out, b->head.root, HM_HASH);
	rc = rc ?: hm_buf_printf(&out, "\",\n  \"boots\": [%s]\n}\n", hm_buf_str(&b->boots));
	return rc ?: put_buf(b, "bundle.json", &out);
}

/* --- boots --- */

static int put_boot_file(struct bundle *b, const char *id, const char *name,
			 const uint8_t sha256[32], struct hm_buf *ret, struct hm_err *err)
{
	char path[80];
	int rc = get_blob(b, sha256, ret, "a part of a checkpoint", err);

	snprintf(path, sizeof(path), "boots/%s/%s", id, name);
	return rc ?: put_buf(b, path, ret);
}

/* One boot's log, piece by piece. */
struct boot_log {
	struct bundle *b;
	const char *id;
	bool has_pcr;
	uint32_t pcr;
	unsigned int pieces;
};

static int put_boot_json(struct boot_log *l, const struct hm_checkpoint_row *c)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(4096);
	char path[80];
	int rc;

	rc = hm_buf_printf(&out, "{\n  \"format\": 1,\n  \"boot\": \"%s\",\n", l->id);
	/* a log that cannot be read goes out all the same: it is evidence */
	if (!rc && l->has_pcr)
		rc = hm_buf_printf(&out, "  \"pcr\": %u,\n  \"bank\": \"sha256\",\n", l->pcr);
	rc = rc ?: hm_buf_printf(&out,
				 "  \"size\": %llu,\n  \"time\": %lld,\n  \"closing\": %s,\n  \"seq\": %llu,\n  \"pieces\": %u\n}\n",
				 (unsigned long long)c->size, (long long)c->time,
				 c->closing ? "true" : "false", (unsigned long long)c->seq,
				 l->pieces);
	snprintf(path, sizeof(path), "boots/%s/boot.json", l->id);
	return rc ?: put_buf(l->b, path, &out);
}

static int put_piece(void *ctx, unsigned int number, const void *bytes, size_t len)
{
	struct boot_log *l = ctx;
	struct hm_ev_reader r;
	struct hm_ev ev;
	char path[96];

	if (!l->has_pcr && !hm_ev_reader_init(&r, bytes, len) && hm_ev_next(&r, &ev) == 1) {
		l->has_pcr = true;
		l->pcr = ev.pcr;
	}
	if (number)
		snprintf(path, sizeof(path), "boots/%s/log.%u", l->id, number);
	else
		snprintf(path, sizeof(path), "boots/%s/log", l->id);
	l->pieces += number > 0;
	return put(l->b, path, bytes, len);
}

static int put_boot(struct bundle *b, const struct hm_checkpoint_row *c, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf part = HM_BUF_INIT(FILE_MAX);
	char id[33], path[80];
	struct boot_log l = { .b = b, .id = id };
	int rc;

	hm_hex(c->boot_id, sizeof(c->boot_id), id);
	rc = hm_bootlog_pieces(b->tx, c->boot_id, c->log_end, put_piece, &l, err);
	rc = rc ?: put_boot_file(b, id, "quote.attest", c->attest_sha256, &part, err);
	rc = rc ?: put_boot_file(b, id, "quote.sig", c->sig_sha256, &part, err);
	rc = rc ?: put_boot_file(b, id, "note", c->note_sha256, &part, err);
	snprintf(path, sizeof(path), "boots/%s/pcr", id);
	rc = rc ?: put(b, path, c->pcr_value, sizeof(c->pcr_value));
	rc = rc ?: put_boot_json(&l, c);
	return rc ?: hm_buf_printf(&b->boots, "%s\"%s\"", b->boots.len ? ", " : "", id);
}

struct boot_rows {
	struct hm_checkpoint_row *v;
	size_t n;
};

static int keep_boot(void *ctx, const struct hm_checkpoint_row *c)
{
	struct boot_rows *rows = ctx;
	struct hm_checkpoint_row *more;

	if (is_zero(c->boot_id, sizeof(c->boot_id)) || !c->log_end)
		return 0;	/* signed where there was no gate */
	more = reallocarray(rows->v, rows->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	rows->v = more;
	rows->v[rows->n++] = *c;
	return 0;
}

static int put_boots(struct bundle *b, struct hm_err *err)
{
	struct boot_rows rows = { .v = NULL };
	int rc = hm_tx_checkpoints_by_boot(b->tx, keep_boot, &rows, err);

	for (size_t i = 0; !rc && i < rows.n; i++)
		rc = put_boot(b, &rows.v[i], err);
	free(rows.v);
	return rc;
}

/* --- units --- */

static int put_unit_file(struct bundle *b, const struct unit_row *u, const char *name,
			 const void *bytes, size_t len)
{
	char path[80];

	snprintf(path, sizeof(path), "units/%s/%s", u->serial, name);
	return put(b, path, bytes, len);
}

static int put_unit_certs(struct bundle *b, const struct unit_row *u, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(64u << 10), pem = HM_BUF_INIT(64u << 10),
		      chain = HM_BUF_INIT(64u << 10);
	struct hm_der issuer, root;
	int rc = get_blob(b, u->cert, &der, "a unit's certificate", err);

	rc = rc ?: hm_cert_to_pem((struct hm_der){ der.data, der.len }, &pem);
	rc = rc ?: put_unit_file(b, u, "cert.pem", pem.data, pem.len);
	rc = rc ?: hm_keys_cert(b->env->keys, HM_CERT_ISSUER, &issuer.bytes, &issuer.len);
	rc = rc ?: hm_cert_to_pem(issuer, &chain);
	rc = rc ?: hm_keys_cert(b->env->keys, HM_CERT_ROOT, &root.bytes, &root.len);
	rc = rc ?: hm_cert_to_pem(root, &chain);
	return rc ?: put_unit_file(b, u, "chain.pem", chain.data, chain.len);
}

static int put_unit_proof(struct bundle *b, const struct unit_row *u)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(128u << 10);
	uint8_t proof[HM_PROOF_MAX][HM_HASH];
	size_t n;
	int rc = hm_forest_inclusion(&b->forest, b->head.size, u->leaf, proof, &n);

	rc = rc ?: hm_tlog_proof_build(u->leaf, (const uint8_t (*)[HM_HASH])proof, n,
				       b->note.data, b->note.len, &out);
	return rc ?: put_unit_file(b, u, "unit.tlog-proof", out.data, out.len);
}

static int put_unit(struct bundle *b, const struct unit_row *u, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf blob = HM_BUF_INIT(FILE_MAX);
	int rc = 0;

	if (!is_zero(u->cert, 32))
		rc = put_unit_certs(b, u, err);
	if (!rc && u->record_len)
		rc = put_unit_file(b, u, "record.cwt", u->record, u->record_len);
	if (!rc && !is_zero(u->image, 32)) {
		rc = get_blob(b, u->image, &blob, "an EEPROM image", err);
		rc = rc ?: put_unit_file(b, u, "eeprom.bin", blob.data, blob.len);
	}
	if (!rc && !is_zero(u->label, 32)) {
		rc = get_blob(b, u->label, &blob, "a label", err);
		rc = rc ?: put_unit_file(b, u, "label.zpl", blob.data, blob.len);
	}
	return rc ?: put_unit_proof(b, u);
}

/* --- all of it --- */

static int write_bundle(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct bundle *b = arg;
	int rc;

	b->tx = tx;
	rc = hm_tx_checkpoint_last(tx, &b->last, err);
	if (rc == -HM_ENOT_FOUND)
		return hm_err_set(err, rc, "nothing was signed yet");
	rc = rc ?: get_blob(b, b->last.note_sha256, &b->note, "the last checkpoint", err);
	if (!rc && hm_note_parse(b->note.data, b->note.len, &b->head))
		rc = hm_err_set(err, -HM_ESTORE_CORRUPT, "the last checkpoint is not one");
	rc = rc ?: read_leaves(b, err);
	rc = rc ?: read_names(b, err);
	rc = rc ?: hm_tiles_build(b->leaves, b->n_leaves, b->sink->put, b->sink->ctx);
	rc = rc ?: put_head(b);
	rc = rc ?: put_certs(b, err);
	rc = rc ?: put_boots(b, err);
	rc = rc ?: put_blobs(b, err);
	for (size_t i = 0; !rc && i < b->n_units; i++)
		rc = put_unit(b, &b->units[i], err);
	return rc ?: put_bundle_json(b);
}

int hm_station_bundle(struct hm_env *env, const struct hm_bundle_sink *sink, struct hm_err *err)
{
	struct bundle *b = calloc(1, sizeof(*b));
	int rc;

	assert(env->store && sink->put);
	if (!b)
		return -ENOMEM;
	b->env = env;
	b->sink = sink;
	hm_buf_init(&b->note, 64u << 10);
	hm_buf_init(&b->arena, SIZE_MAX / 2);
	hm_buf_init(&b->boots, 8u << 20);
	rc = env->keys ? hm_store_read(env->store, write_bundle, b, err) :
	     hm_err_set(err, -HM_ENO_TPM, "without the station's keys there is no bundle");
	hm_forest_free(&b->forest);
	hm_buf_free(&b->note);
	hm_buf_free(&b->arena);
	hm_buf_free(&b->boots);
	free(b->leaves);
	free(b->units);
	free(b->hashes);
	free(b);
	return rc;
}
