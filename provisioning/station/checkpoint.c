// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Checkpoints: the tree head signed twice and, behind a gate, a quote whose nonce is
 * the head. So the quote vouches for the ledger up to there, and the ledger, where
 * every job is announced before it is sent, for every job the quote covers. Of the
 * event log only what is new is kept (bootlog.h).
 */
#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "identity/identity.h"
#include "ledger/leaf.h"
#include "station/bootlog.h"
#include "station/internal.h"
#include "station/station.h"

/* Tries to have the event log stand still around the quote. */
#define QUOTE_TRIES 5

struct head {
	struct hm_checkpoint_row row;
	struct hm_buf note;
	struct hm_buf log;		/* what the gate holds, */
	uint64_t log_start;		/* and where in the boot's log that is */
	uint64_t quoted_end;		/* the quote covers the log up to there at least */
	struct hm_quote quote;
	uint8_t body_sha256[32];
};

static int add_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	struct hm_tree *t = ctx;
	uint8_t hash[HM_HASH];

	assert(index == t->size);
	hm_leaf_hash(bytes, len, hash);
	hm_tree_add(t, hash);
	return 0;
}

struct grow {
	struct hm_station *st;
	struct hm_checkpoint_row last;
	bool has_last;
	struct hm_checkpoint_row of_boot;
};

static int note_boot(void *ctx, const struct hm_checkpoint_row *c)
{
	struct grow *g = ctx;

	if (!memcmp(c->boot_id, g->st->gate.boot_id, sizeof(c->boot_id)))
		g->of_boot = *c;
	return 0;
}

/* What was signed before must be a prefix of what is signed now (P7). */
static int check_prefix(struct hm_tx *tx, struct grow *g, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(64u << 10);
	_cleanup_buf_ struct hm_buf body = HM_BUF_INIT(4096);
	struct hm_keys *k = g->st->env->keys;
	struct hm_checkpoint c;
	uint8_t log_public[32], root[HM_HASH];
	const uint8_t *spki;
	size_t spki_len;
	int rc = hm_tx_blob_get(tx, g->last.note_sha256, &note, err);

	if (!rc)
		rc = hm_keys_spki(k, &spki, &spki_len);
	if (rc)
		return rc;
	hm_keys_log_public(k, log_public);
	rc = hm_note_verify(note.data, note.len, log_public, spki, spki_len, &c, &body, err);
	if (rc)
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "the last checkpoint does not verify");
	hm_tree_root(&g->st->tree, root);
	if (c.size != g->last.size || memcmp(c.root, root, HM_HASH))
		return hm_err_set(err, -HM_ESTORE_CORRUPT,
				  "the ledger is not what was signed at size %llu",
				  (unsigned long long)c.size);
	return 0;
}

static int grow(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct grow *g = arg;
	struct hm_tree *t = &g->st->tree;
	uint64_t count;
	int rc = hm_tx_checkpoint_last(tx, &g->last, NULL);

	g->has_last = rc == 0;
	if (rc && rc != -HM_ENOT_FOUND)
		return rc;
	rc = hm_tx_leaf_count(tx, &count, err);
	if (!rc)
		rc = hm_tx_checkpoints_by_boot(tx, note_boot, g, err);
	/*
	 * The tree may be ahead of the last signature: a checkpoint that failed (a TPM
	 * that ails, a full disk) had grown it, and is tried again. What was read or
	 * kept before must still be there.
	 */
	if (!rc && (g->last.size > count || t->size > count || g->last.size < g->st->signed_size))
		return hm_err_set(err, -HM_ESTORE_CORRUPT, "the ledger has %llu entries, and %llu were signed",
				  (unsigned long long)count,
				  (unsigned long long)(g->last.size > g->st->signed_size ?
						       g->last.size : g->st->signed_size));
	if (!rc && g->has_last && t->size < g->last.size) {
		/* only after a start: the tree in memory never falls behind a signature */
		rc = hm_tx_leaves(tx, t->size, g->last.size, add_leaf, t, err);
		if (!rc)
			rc = check_prefix(tx, g, err);
	}
	return rc ? rc : hm_tx_leaves(tx, t->size, count, add_leaf, t, err);
}

static int sign_head(struct hm_station *st, struct head *h, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf body = HM_BUF_INIT(4096);
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(256);
	struct hm_keys *k = st->env->keys;
	struct hm_checkpoint c = { .size = st->tree.size };
	uint8_t ed[64], log_public[32];
	const uint8_t *spki;
	size_t spki_len;
	int rc;

	snprintf(c.origin, sizeof(c.origin), "%s", st->origin);
	hm_tree_root(&st->tree, c.root);
	rc = hm_checkpoint_body(&c, &body);
	if (!rc)
		rc = hm_keys_sign_log(k, body.data, body.len, ed, err);
	if (!rc)
		rc = hm_keys_sign_der(k, body.data, body.len, &der, err);
	if (!rc)
		rc = hm_keys_spki(k, &spki, &spki_len);
	if (rc)
		return rc;
	hm_keys_log_public(k, log_public);
	SHA256(body.data, body.len, h->body_sha256);
	h->row.size = c.size;
	return hm_note_build(&c, log_public, ed, spki, spki_len, der.data, der.len, &h->note);
}

/* The log as it stood when it was quoted; a job in between only makes it longer. */
static int quote_log(struct hm_station *st, struct head *h, struct hm_err *err)
{
	int rc = 0;

	memcpy(h->row.boot_id, st->gate.boot_id, sizeof(h->row.boot_id));
	for (int i = 0; i < QUOTE_TRIES; i++) {
		struct hm_gate_state before, after;

		rc = hm_gate_state(st->sysroot, &before, err);
		if (!rc)
			rc = hm_keys_quote(st->env->keys, before.pcr, h->body_sha256, &h->quote, err);
		hm_buf_reset(&h->log);
		if (!rc)
			rc = hm_gate_log(st->sysroot, &h->log, &h->log_start, err);
		if (!rc)
			rc = hm_gate_state(st->sysroot, &after, err);
		if (rc)
			return rc;
		h->row.seq = before.seq;
		h->quoted_end = before.log_end;
		memcpy(h->row.pcr_value, h->quote.pcr_value, sizeof(h->row.pcr_value));
		if (before.log_end == after.log_end)
			break;
	}
	return rc;
}

static int keep(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct head *h = arg;
	struct hm_checkpoint_row *r = &h->row;
	int rc = hm_tx_blob_put(tx, h->note.data, h->note.len, r->note_sha256, err);

	if (!rc && h->log.len) {
		rc = hm_bootlog_keep(tx, r->boot_id, h->log.data, h->log.len, h->log_start,
				     &r->log_end, err);
		if (!rc)
			rc = hm_tx_blob_put(tx, h->quote.attest, h->quote.attest_len,
					    r->attest_sha256, err);
		if (!rc)
			rc = hm_tx_blob_put(tx, h->quote.sig, h->quote.sig_len, r->sig_sha256, err);
	}
	return rc ? rc : hm_tx_checkpoint_put(tx, r, err);
}

static int sign_and_keep(struct hm_station *st, bool quote, bool closing, struct hm_err *err)
{
	struct head h = { .row = { .time = st->env->now(st->env->ctx), .closing = closing } };
	int rc;

	hm_buf_init(&h.note, 16u << 10);
	hm_buf_init(&h.log, HM_GATE_LOG_MAX);
	rc = sign_head(st, &h, err);
	if (!rc && quote)
		rc = quote_log(st, &h, err);
	if (!rc)
		rc = hm_store_run(st->env->store, keep, &h, err);
	if (!rc)
		st->signed_size = h.row.size;
	if (!rc && quote)
		st->quoted_end = h.quoted_end;
	hm_buf_free(&h.note);
	hm_buf_free(&h.log);
	return rc;
}

static int append_close(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	uint64_t index;
	int rc = hm_leaf_encode(arg, &b);

	return rc ? rc : hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

static int close_boot(struct hm_station *st, struct hm_err *err)
{
	struct hm_leaf leaf = { .type = HM_LEAF_BOOT_CLOSE, .version = HM_LEAF_VERSION,
				.time = st->env->now(st->env->ctx) };
	struct hm_gate_state now;
	int rc = hm_gate_state(st->sysroot, &now, err);

	if (rc)
		return rc;
	memcpy(leaf.boot_id, now.boot_id, sizeof(leaf.boot_id));
	leaf.seq = now.seq;
	snprintf(leaf.who, sizeof(leaf.who), "hallmarkd");
	return hm_store_run(st->env->store, append_close, &leaf, err);
}

/* Is there anything that the last checkpoint (of this boot) does not cover? */
static int is_news(struct hm_station *st, const struct grow *g, bool *ret, struct hm_err *err)
{
	struct hm_gate_state now;
	int rc;

	*ret = !g->has_last || st->tree.size > g->last.size;
	if (*ret || !st->gate.present)
		return 0;
	rc = hm_gate_state(st->sysroot, &now, err);
	if (!rc)
		*ret = !g->of_boot.size || g->of_boot.seq != now.seq;
	return rc;
}

int hm_station_sign(struct hm_station *st, enum hm_sign what, struct hm_err *err)
{
	struct grow g = { .st = st };
	bool news = false;
	int rc = 0;

	if (!st->env->keys)
		return hm_err_set(err, -HM_ENO_TPM, "the station's TPM does not answer");
	if (what == HM_SIGN_CLOSING && st->gate.present)
		rc = close_boot(st, err);
	if (!rc)
		rc = hm_store_read(st->env->store, grow, &g, err);
	if (!rc)
		rc = is_news(st, &g, &news, err);
	if (!rc && what == HM_SIGN_HEAD)
		news = !g.has_last || st->tree.size > g.last.size;
	if (!rc && (news || what == HM_SIGN_ANYWAY))
		rc = sign_and_keep(st, st->gate.present && what != HM_SIGN_HEAD,
				   what == HM_SIGN_CLOSING, err);
	return rc;
}

int hm_station_checkpoint(struct hm_station *st, bool closing, struct hm_err *err)
{
	int rc;

	pthread_mutex_lock(&st->lock);
	rc = hm_station_sign(st, closing ? HM_SIGN_CLOSING : HM_SIGN_NEWS, err);
	pthread_mutex_unlock(&st->lock);
	return rc;
}

int hm_station_seal(struct hm_station *st, struct hm_err *err)
{
	int rc = hm_station_checkpoint(st, false, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&st->lock);
	rc = hm_station_sign(st, HM_SIGN_HEAD, err);
	pthread_mutex_unlock(&st->lock);
	return rc;
}

struct pending {
	uint64_t count;
	struct hm_checkpoint_row last;
	bool has_last;
};

static int look(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct pending *p = arg;
	int rc = hm_tx_checkpoint_last(tx, &p->last, NULL);

	p->has_last = rc == 0;
	return rc && rc != -HM_ENOT_FOUND ? rc : hm_tx_leaf_count(tx, &p->count, err);
}

int hm_station_pending(struct hm_station *st, uint64_t *ret_leaves, int64_t *ret_age,
		       struct hm_err *err)
{
	struct pending p = { .count = 0 };
	int rc = hm_store_read(st->env->store, look, &p, err);

	if (rc)
		return rc;
	*ret_leaves = p.count - (p.has_last ? p.last.size : 0);
	*ret_age = p.has_last ? st->env->now(st->env->ctx) - p.last.time : -1;
	return 0;
}
