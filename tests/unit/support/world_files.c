// SPDX-License-Identifier: LGPL-2.1-or-later
/* The world's ledger signed, its boots quoted, its bundle on disk. */
#include "support/world_private.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/sha.h>
#include <tss2/tss2_mu.h>

#include "identity/identity.h"

/* --- signing and quoting --- */

static void encode_leaves(struct world *w)
{
	for (size_t i = 0; i < w->n_leaves; i++) {
		hm_buf_free(&w->encoded[i]);
		hm_buf_init(&w->encoded[i], HM_LEAF_MAX);
		MUST(!hm_leaf_encode(&w->leaves[i], &w->encoded[i]));
	}
}

static void sign_head(struct world *w, uint8_t nonce[32])
{
	_cleanup_buf_ struct hm_buf body = HM_BUF_INIT(4096);
	struct hm_checkpoint c = { .origin = ORIGIN, .size = w->n_leaves };
	uint8_t hash[32], ed[64], der[128], spki[128];
	struct hm_tree t;
	size_t n;

	encode_leaves(w);
	hm_tree_init(&t);
	for (size_t i = 0; i < w->n_leaves; i++) {
		hm_leaf_hash(w->encoded[i].data, w->encoded[i].len, hash);
		hm_tree_add(&t, hash);
	}
	hm_tree_root(&t, c.root);
	MUST(!hm_checkpoint_body(&c, &body));
	SHA256(body.data, body.len, nonce);
	world_sign_bytes(w->log, NULL, body.data, body.len, ed, sizeof(ed));
	n = world_sign_bytes(w->sign.key, EVP_sha256(), body.data, body.len, der, sizeof(der));
	hm_buf_reset(&w->note);
	MUST(!hm_note_build(&c, w->log_public, ed, spki, world_spki(w->sign.key, spki), der, n, &w->note));
	w->note_size = c.size;
}

void world_sign(struct world *w)
{
	uint8_t nonce[32];

	sign_head(w, nonce);
}

static void quote(struct world *w, struct world_boot *b, const uint8_t nonce[32])
{
	TPMS_ATTEST a = { .magic = TPM2_GENERATED_VALUE, .type = TPM2_ST_ATTEST_QUOTE };
	TPMT_SIGNATURE s = { .sigAlg = TPM2_ALG_ECDSA };
	TPMS_PCR_SELECTION *sel = &a.attested.quote.pcrSelect.pcrSelections[0];
	uint8_t bytes[1024], rs[64];
	size_t n = 0;

	a.extraData.size = 32;
	memcpy(a.extraData.buffer, nonce, 32);
	a.clockInfo.clock = 1000;
	a.clockInfo.resetCount = b->reset_count;
	a.clockInfo.restartCount = b->restart_count;
	a.clockInfo.safe = TPM2_YES;
	a.attested.quote.pcrSelect.count = 1;
	sel->hash = TPM2_ALG_SHA256;
	sel->sizeofSelect = 3;
	sel->pcrSelect[b->log.index / 8] = 1 << (b->log.index % 8);
	a.attested.quote.pcrDigest.size = 32;
	gatelog_quoted(&b->log, a.attested.quote.pcrDigest.buffer);
	MUST(!Tss2_MU_TPMS_ATTEST_Marshal(&a, bytes, sizeof(bytes), &n));
	hm_buf_init(&b->attest, 4096);
	hm_buf_init(&b->sig, 4096);
	MUST(!hm_buf_add(&b->attest, bytes, n));
	world_sign_rs(w->ak.key, b->attest.data, b->attest.len, rs);
	s.signature.ecdsa.hash = TPM2_ALG_SHA256;
	s.signature.ecdsa.signatureR.size = s.signature.ecdsa.signatureS.size = 32;
	memcpy(s.signature.ecdsa.signatureR.buffer, rs, 32);
	memcpy(s.signature.ecdsa.signatureS.buffer, rs + 32, 32);
	n = 0;
	MUST(!Tss2_MU_TPMT_SIGNATURE_Marshal(&s, bytes, sizeof(bytes), &n));
	MUST(!hm_buf_add(&b->sig, bytes, n));
}

void world_free_quote(struct world_boot *b)
{
	hm_buf_free(&b->note);
	hm_buf_free(&b->snapshot);
	hm_buf_free(&b->attest);
	hm_buf_free(&b->sig);
}

void world_quote(struct world *w, size_t boot)
{
	struct world_boot *b = &w->boots[boot];
	uint8_t nonce[32];

	world_free_quote(b);
	sign_head(w, nonce);
	quote(w, b, nonce);
	hm_buf_init(&b->note, 1u << 16);
	hm_buf_init(&b->snapshot, 4u << 20);
	MUST(!hm_buf_add(&b->note, w->note.data, w->note.len));
	MUST(!hm_buf_add(&b->snapshot, b->log.log.data, b->log.log.len));
	memcpy(b->pcr, b->log.pcr, 32);
	b->size = w->note_size;
	b->quoted = true;
}

void world_export(struct world *w, size_t boot)
{
	struct world_boot *b = &w->boots[boot];
	struct hm_ev_reader r;
	uint64_t last = 0;
	struct hm_ev ev;

	MUST(!hm_ev_reader_init(&r, b->log.log.data, b->log.log.len) && b->n_cuts < 8);
	while (hm_ev_next(&r, &ev) == 1)
		last = ev.at;
	gatelog_export(&b->log, last);
	b->cut[b->n_cuts++] = last;
}

/* --- files --- */

void world_file(struct world *w, const char *path, const void *bytes, size_t len)
{
	char full[300];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", w->dir, path);
	for (char *p = full + strlen(w->dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		MUST(!mkdir(full, 0700) || errno == EEXIST);
		*p = '/';
	}
	f = fopen(full, "w");
	MUST(f && fwrite(bytes, 1, len, f) == len && !fclose(f));
}

void world_flip(struct world *w, const char *path, size_t at)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(16u << 20);
	char full[300];

	snprintf(full, sizeof(full), "%s/%s", w->dir, path);
	MUST(!hm_read_file(full, &b) && at < b.len);
	b.data[at] ^= 1;
	world_file(w, path, b.data, b.len);
}

void world_remove(struct world *w, const char *path)
{
	char full[300];

	snprintf(full, sizeof(full), "%s/%s", w->dir, path);
	MUST(!unlink(full));
}

static int emit(void *ctx, const char *path, const void *bytes, size_t len)
{
	world_file(ctx, path, bytes, len);
	return 0;
}

static void write_pem(struct world *w, const char *path, const struct world_key *k, const struct world_key *next)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 16);

	MUST(!hm_cert_to_pem((struct hm_der){ k->cert, k->cert_len }, &pem));
	if (next)
		MUST(!hm_cert_to_pem((struct hm_der){ next->cert, next->cert_len }, &pem));
	world_file(w, path, pem.data, pem.len);
}

static void write_unit(struct world *w, const struct world_unit *u, const uint8_t (*hashes)[32])
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1u << 16);
	uint8_t proof[HM_PROOF_MAX][32];
	char path[80];
	uint64_t last = 0;
	size_t n;

	for (uint64_t i = 0; i < w->note_size; i++)
		if (!strcmp(w->leaves[i].serial, u->serial))
			last = i;
	if (!last)
		return;
	MUST(!hm_inclusion_proof(hashes, w->note_size, last, proof, &n));
	MUST(!hm_tlog_proof_build(last, (const uint8_t (*)[32])proof, n, w->note.data, w->note.len, &out));
	snprintf(path, sizeof(path), "units/%s/unit.tlog-proof", u->serial);
	world_file(w, path, out.data, out.len);
	if (u->label.len) {
		snprintf(path, sizeof(path), "units/%s/label.zpl", u->serial);
		world_file(w, path, u->label.data, u->label.len);
		snprintf(path, sizeof(path), "units/%s/cert.pem", u->serial);
		write_pem(w, path, &u->id, NULL);
		snprintf(path, sizeof(path), "units/%s/chain.pem", u->serial);
		write_pem(w, path, &w->issuer, &w->root);
	}
	if (u->record.len) {
		snprintf(path, sizeof(path), "units/%s/record.cwt", u->serial);
		world_file(w, path, u->record.data, u->record.len);
	}
	if (u->image.len) {
		snprintf(path, sizeof(path), "units/%s/eeprom.bin", u->serial);
		world_file(w, path, u->image.data, u->image.len);
	}
}

/* The snapshot as the gate gave it away: log.1, log.2, ..., and the rest. */
static void write_log(struct world *w, const struct world_boot *b)
{
	struct gatelog whole = { .log = b->snapshot };
	struct hm_ev_reader r;
	uint64_t from;
	char path[80];

	MUST(!hm_ev_reader_init(&r, b->snapshot.data, b->snapshot.len));
	from = r.pos;
	for (size_t i = 0; i <= b->n_cuts; i++) {
		_cleanup_buf_ struct hm_buf piece = HM_BUF_INIT(4u << 20);
		uint64_t to = i < b->n_cuts ? b->cut[i] : b->snapshot.len;

		gatelog_piece(&whole, from, to, &piece);
		snprintf(path, sizeof(path), "boots/%s/log.%zu", b->hex, i + 1);
		if (i == b->n_cuts)
			snprintf(path, sizeof(path), "boots/%s/log", b->hex);
		world_file(w, path, piece.data, piece.len);
		from = to;
	}
}

static void write_boot(struct world *w, const struct world_boot *b, struct hm_buf *list)
{
	char path[80], json[300];
	int n;

	if (!b->quoted)
		return;
	snprintf(path, sizeof(path), "boots/%s/note", b->hex);
	world_file(w, path, b->note.data, b->note.len);
	write_log(w, b);
	snprintf(path, sizeof(path), "boots/%s/quote.attest", b->hex);
	world_file(w, path, b->attest.data, b->attest.len);
	snprintf(path, sizeof(path), "boots/%s/quote.sig", b->hex);
	world_file(w, path, b->sig.data, b->sig.len);
	snprintf(path, sizeof(path), "boots/%s/pcr", b->hex);
	world_file(w, path, b->pcr, 32);
	n = snprintf(json, sizeof(json),
		     "{\"format\":1,\"boot\":\"%s\",\"pcr\":%u,\"bank\":\"sha256\",\"size\":%llu,\"pieces\":%zu}\n", b->hex,
		     b->log.index, (unsigned long long)b->size, b->n_cuts);
	snprintf(path, sizeof(path), "boots/%s/boot.json", b->hex);
	world_file(w, path, json, (size_t)n);
	MUST(!hm_buf_printf(list, "%s\"%s\"", list->len ? "," : "", b->hex));
}

void world_write(struct world *w)
{
	_cleanup_buf_ struct hm_buf json = HM_BUF_INIT(4096), boots = HM_BUF_INIT(4096), vkey = HM_BUF_INIT(512);
	struct hm_leaf_bytes leaves[WORLD_LEAVES];
	uint8_t hashes[WORLD_LEAVES][32], sha256[32];
	struct hm_checkpoint c;
	char path[80] = "blobs/";

	for (size_t i = 0; i < w->note_size; i++) {
		leaves[i] = (struct hm_leaf_bytes){ w->encoded[i].data, w->encoded[i].len };
		hm_leaf_hash(leaves[i].bytes, leaves[i].len, hashes[i]);
	}
	MUST(!hm_tiles_build(leaves, w->note_size, emit, w));
	world_file(w, "checkpoint", w->note.data, w->note.len);
	MUST(!hm_note_vkey(ORIGIN, w->log_public, &vkey));
	world_file(w, "vkey", vkey.data, vkey.len);
	write_pem(w, "certs/root.pem", &w->root, NULL);
	write_pem(w, "certs/issuer.pem", &w->issuer, NULL);
	write_pem(w, "certs/sign.pem", &w->sign, NULL);
	write_pem(w, "certs/ak.pem", &w->ak, NULL);
	write_pem(w, "certs/ek.pem", &w->ak, NULL);
	for (size_t i = 0; i < w->n_blobs; i++) {
		SHA256(w->blobs[i].data, w->blobs[i].len, sha256);
		hm_hex(sha256, 32, path + 6);
		world_file(w, path, w->blobs[i].data, w->blobs[i].len);
	}
	for (size_t i = 0; i < w->n_boots; i++)
		write_boot(w, &w->boots[i], &boots);
	for (size_t i = 0; i < w->n_units; i++)
		write_unit(w, &w->units[i], (const uint8_t (*)[32])hashes);
	MUST(!hm_note_parse(w->note.data, w->note.len, &c));
	MUST(!hm_buf_printf(&json, "{\"format\":1,\"station\":\"%s\",\"origin\":\"%s\",\"size\":%llu,\"root\":\"",
			    STATION, ORIGIN, (unsigned long long)c.size));
	MUST(!hm_buf_hex(&json, c.root, 32));
	MUST(!hm_buf_printf(&json, "\",\"boots\":[%s]}\n", hm_buf_str(&boots)));
	world_file(w, "bundle.json", json.data, json.len);
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	(void)sb;
	(void)type;
	(void)ftw;
	return remove(path);
}

void world_remove_dir(const struct world *w)
{
	nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
