// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * C2SP signed-note, tlog-checkpoint and tlog-proof. A checkpoint of ours carries
 * two signatures under one name: Ed25519 (type 0x01), which every verifier of
 * transparency logs knows, and ECDSA P-256 (type 0x02) by the station's TPM.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "ledger/ledger.h"

#define NOTE_MAX	(64u << 10)
#define LINE_MARK	"\xe2\x80\x94 "	/* U+2014 and a space */
#define SIG_ED25519	0x01
#define SIGNATURES_MAX	64
#define PROOF_MAGIC	"c2sp.org/tlog-proof@v1\n"

/* A name stands in lines that are split at spaces and in keys split at '+'. */
static int name_is_sound(const char *name)
{
	if (!*name || strlen(name) > 128)
		return 0;
	for (; *name; name++)
		if (*name <= 0x20 || *name >= 0x7f || *name == '+')
			return 0;
	return 1;
}

int hm_checkpoint_body(const struct hm_checkpoint *c, struct hm_buf *out)
{
	size_t start = out->len;
	int rc;

	if (!name_is_sound(c->origin))
		return -EINVAL;
	rc = hm_buf_printf(out, "%s\n%llu\n", c->origin, (unsigned long long)c->size);
	rc = rc ?: hm_buf_base64(out, c->root, HM_HASH);
	rc = rc ?: hm_buf_str_add(out, "\n");
	if (rc)
		out->len = start;
	return rc;
}

static void ed25519_key_id(const char *name, const uint8_t public[32], uint8_t ret[4])
{
	uint8_t text[160 + 2 + 32], digest[SHA256_DIGEST_LENGTH];
	size_t n = strlen(name);

	assert(n <= 128);
	memcpy(text, name, n);
	text[n++] = '\n';
	text[n++] = SIG_ED25519;
	memcpy(text + n, public, 32);
	SHA256(text, n + 32, digest);
	memcpy(ret, digest, 4);
}

static void ecdsa_key_id(const void *spki, size_t len, uint8_t ret[4])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(spki, len, digest);
	memcpy(ret, digest, 4);
}

static int add_signature(struct hm_buf *out, const char *name, const uint8_t key_id[4],
			 const void *sig, size_t len)
{
	_cleanup_buf_ struct hm_buf blob = HM_BUF_INIT(1024);
	int rc;

	rc = hm_buf_add(&blob, key_id, 4);
	rc = rc ?: hm_buf_add(&blob, sig, len);
	rc = rc ?: hm_buf_printf(out, LINE_MARK "%s ", name);
	rc = rc ?: hm_buf_base64(out, blob.data, blob.len);
	return rc ?: hm_buf_str_add(out, "\n");
}

int hm_note_build(const struct hm_checkpoint *c, const uint8_t log_public[32],
		  const uint8_t ed_sig[64], const void *spki, size_t spki_len,
		  const void *ecdsa_der, size_t ecdsa_len, struct hm_buf *out)
{
	size_t start = out->len;
	uint8_t id[4];
	int rc;

	rc = hm_checkpoint_body(c, out);
	rc = rc ?: hm_buf_str_add(out, "\n");
	if (!rc) {
		ed25519_key_id(c->origin, log_public, id);
		rc = add_signature(out, c->origin, id, ed_sig, 64);
	}
	if (!rc) {
		ecdsa_key_id(spki, spki_len, id);
		rc = add_signature(out, c->origin, id, ecdsa_der, ecdsa_len);
	}
	if (rc)
		out->len = start;
	return rc;
}

int hm_note_vkey(const char *origin, const uint8_t log_public[32], struct hm_buf *out)
{
	uint8_t id[4], key[33] = { SIG_ED25519 };
	size_t start = out->len;
	int rc;

	if (!name_is_sound(origin))
		return -EINVAL;
	ed25519_key_id(origin, log_public, id);
	memcpy(key + 1, log_public, 32);
	rc = hm_buf_printf(out, "%s+", origin);
	rc = rc ?: hm_buf_hex(out, id, sizeof(id));
	rc = rc ?: hm_buf_str_add(out, "+");
	rc = rc ?: hm_buf_base64(out, key, sizeof(key));
	if (rc)
		out->len = start;
	return rc;
}

int hm_vkey_parse(const char *vkey, char origin[129], uint8_t ret_public[32])
{
	_cleanup_buf_ struct hm_buf key = HM_BUF_INIT(64);
	const char *id_text = strchr(vkey, '+'), *key_text;
	char name[129], hex[9];
	uint8_t id[4], want[4];
	size_t n;

	if (!id_text || (size_t)(id_text - vkey) >= sizeof(name))
		return -HM_EBAD_FORMAT;
	memcpy(name, vkey, (size_t)(id_text - vkey));
	name[id_text - vkey] = '\0';
	key_text = strchr(++id_text, '+');
	if (!name_is_sound(name) || !key_text || key_text - id_text != 8)
		return -HM_EBAD_FORMAT;
	memcpy(hex, id_text, 8);
	hex[8] = '\0';
	key_text++;
	n = strcspn(key_text, "\n");
	if (key_text[n] && key_text[n + 1])
		return -HM_EBAD_FORMAT;		/* one line, and nothing behind it */
	if (hm_unhex(hex, id, sizeof(id)) || hm_unbase64(key_text, n, &key) ||
	    key.len != 33 || key.data[0] != SIG_ED25519)
		return -HM_EBAD_FORMAT;
	ed25519_key_id(name, key.data + 1, want);
	if (memcmp(id, want, sizeof(id)))
		return -HM_EBAD_FORMAT;
	memcpy(ret_public, key.data + 1, 32);
	memcpy(origin, name, strlen(name) + 1);
	return 0;
}

/* --- reading a note --- */

static int ed25519_verifies(const uint8_t public[32], const uint8_t sig[64], const void *msg,
			    size_t len)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = key && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, sig, 64, msg, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

static int ecdsa_verifies(const void *spki, size_t spki_len, const uint8_t *sig, size_t sig_len,
			  const void *msg, size_t len)
{
	const unsigned char *p = spki;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = key && ctx && EVP_PKEY_is_a(key, "EC") &&
	     EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, sig, sig_len, msg, len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

/* One line of @p, without its end; NULL where there is no whole line. */
static const char *next_line(const char **p, const char *end, size_t *ret_len)
{
	const char *line = *p, *nl = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

	if (!nl)
		return NULL;
	*ret_len = (size_t)(nl - line);
	*p = nl + 1;
	return line;
}

/* A decimal without sign, space or leading zero. */
static int parse_decimal(const char *text, size_t len, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len || len > 20 || (len > 1 && text[0] == '0'))
		return -HM_EBAD_FORMAT;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text[i] - '0'), &v))
			return -HM_EBAD_FORMAT;
	}
	*ret = v;
	return 0;
}

static int parse_hash(const char *text, size_t len, uint8_t ret[HM_HASH])
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(64);

	if (hm_unbase64(text, len, &b) || b.len != HM_HASH)
		return -HM_EBAD_FORMAT;
	memcpy(ret, b.data, HM_HASH);
	return 0;
}

/* The body alone: exactly three lines. *p then stands behind it. */
static int parse_body(const char **p, const char *end, struct hm_checkpoint *ret)
{
	const char *line;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	line = next_line(p, end, &n);
	if (!line || n >= sizeof(ret->origin))
		return -HM_EBAD_FORMAT;
	memcpy(ret->origin, line, n);
	if (strlen(ret->origin) != n || !name_is_sound(ret->origin))
		return -HM_EBAD_FORMAT;
	line = next_line(p, end, &n);
	if (!line || parse_decimal(line, n, &ret->size))
		return -HM_EBAD_FORMAT;
	line = next_line(p, end, &n);
	return line ? parse_hash(line, n, ret->root) : -HM_EBAD_FORMAT;
}

/* "— name base64": the name must be @name, else the line is somebody else's (1). */
static int parse_signature(const char *line, size_t len, const char *name, struct hm_buf *blob)
{
	size_t mark = strlen(LINE_MARK), n = strlen(name);
	const char *space;

	if (len < mark || memcmp(line, LINE_MARK, mark))
		return -HM_EBAD_FORMAT;
	line += mark;
	len -= mark;
	space = memchr(line, ' ', len);
	if (!space || space == line)
		return -HM_EBAD_FORMAT;
	hm_buf_reset(blob);
	if (hm_unbase64(space + 1, len - (size_t)(space + 1 - line), blob) || blob->len < 5)
		return -HM_EBAD_FORMAT;
	return (size_t)(space - line) == n && !memcmp(line, name, n) ? 0 : 1;
}

struct signers {
	uint8_t ed_id[4], ec_id[4];
	const uint8_t *log_public;
	const void *spki;
	size_t spki_len;
	const char *body;
	size_t body_len;
	int ed, ec;		/* signatures of each that verified */
};

/* Lines of unknown keys are passed over; one of ours that fails is a refusal. */
static int check_signature(struct signers *s, const struct hm_buf *blob, struct hm_err *err)
{
	const uint8_t *sig = blob->data + 4;
	size_t n = blob->len - 4;

	if (!memcmp(blob->data, s->ed_id, 4)) {
		if (n != 64 || !ed25519_verifies(s->log_public, sig, s->body, s->body_len))
			return hm_err_set(err, -HM_EBAD_SIGNATURE,
					  "the log key's signature under the checkpoint does not verify");
		s->ed++;
	} else if (!memcmp(blob->data, s->ec_id, 4)) {
		if (!ecdsa_verifies(s->spki, s->spki_len, sig, n, s->body, s->body_len))
			return hm_err_set(err, -HM_EBAD_SIGNATURE,
					  "the station key's signature under the checkpoint does not verify");
		s->ec++;
	}
	return 0;
}

static int check_signatures(struct signers *s, const char *p, const char *end, const char *name,
			    struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf blob = HM_BUF_INIT(NOTE_MAX);
	unsigned int lines = 0;
	int rc;

	while (p < end) {
		size_t n;
		const char *line = next_line(&p, end, &n);

		rc = line && lines++ < SIGNATURES_MAX ? parse_signature(line, n, name, &blob) :
		     -HM_EBAD_FORMAT;
		if (rc < 0)
			return hm_err_set(err, rc, "signature line %u is not one", lines);
		if (!rc)
			rc = check_signature(s, &blob, err);
		if (rc < 0)
			return rc;
	}
	if (s->ed != 1 || s->ec != 1)
		return hm_err_set(err, -HM_EBAD_SIGNATURE,
				  "a checkpoint needs one signature by the log key and one by the station key, this has %d and %d",
				  s->ed, s->ec);
	return 0;
}

int hm_note_verify(const void *note, size_t len, const uint8_t log_public[32],
		   const void *spki, size_t spki_len, struct hm_checkpoint *ret,
		   struct hm_buf *ret_body, struct hm_err *err)
{
	const char *text = note, *p = text, *end = text + len;
	struct signers s = { .log_public = log_public, .spki = spki, .spki_len = spki_len };
	struct hm_checkpoint c;
	int rc;

	if (len > NOTE_MAX || parse_body(&p, end, &c))
		return hm_err_set(err, -HM_EBAD_FORMAT, "not a checkpoint");
	s.body = text;
	s.body_len = (size_t)(p - text);
	if (p == end || *p++ != '\n')
		return hm_err_set(err, -HM_EBAD_FORMAT, "a checkpoint without signatures");
	ed25519_key_id(c.origin, log_public, s.ed_id);
	ecdsa_key_id(spki, spki_len, s.ec_id);
	rc = check_signatures(&s, p, end, c.origin, err);
	if (!rc && ret_body)
		rc = hm_buf_add(ret_body, s.body, s.body_len);
	if (!rc && ret)
		*ret = c;
	return rc;
}

int hm_note_parse(const void *note, size_t len, struct hm_checkpoint *ret)
{
	const char *p = note, *end = p + len;
	struct hm_checkpoint c;

	if (len > NOTE_MAX || parse_body(&p, end, &c) || p == end || *p != '\n')
		return -HM_EBAD_FORMAT;
	*ret = c;
	return 0;
}

/* --- proof files --- */

int hm_tlog_proof_build(uint64_t index, const uint8_t proof[][HM_HASH], size_t n,
			const void *note, size_t note_len, struct hm_buf *out)
{
	size_t start = out->len;
	int rc;

	if (n > HM_PROOF_MAX)
		return -EINVAL;
	rc = hm_buf_printf(out, PROOF_MAGIC "index %llu\n", (unsigned long long)index);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = hm_buf_base64(out, proof[i], HM_HASH);
		rc = rc ?: hm_buf_str_add(out, "\n");
	}
	rc = rc ?: hm_buf_str_add(out, "\n");
	rc = rc ?: hm_buf_add(out, note, note_len);
	if (rc)
		out->len = start;
	return rc;
}

int hm_tlog_proof_parse(const void *bytes, size_t len, struct hm_tlog_proof *ret)
{
	const char *p = bytes, *end = p + len, *line;
	size_t magic = strlen(PROOF_MAGIC), n;
	struct hm_tlog_proof proof = { .n = 0 };

	if (len < magic || memcmp(p, PROOF_MAGIC, magic))
		return -HM_EBAD_FORMAT;
	p += magic;
	line = next_line(&p, end, &n);
	if (line && n > 6 && !memcmp(line, "extra ", 6))	/* allowed, unused by us */
		line = next_line(&p, end, &n);
	if (!line || n < 7 || memcmp(line, "index ", 6) ||
	    parse_decimal(line + 6, n - 6, &proof.index))
		return -HM_EBAD_FORMAT;
	while ((line = next_line(&p, end, &n)) && n) {
		if (proof.n == HM_PROOF_MAX || parse_hash(line, n, proof.hash[proof.n]))
			return -HM_EBAD_FORMAT;
		proof.n++;
	}
	if (!line)
		return -HM_EBAD_FORMAT;
	proof.note = (const uint8_t *)p;
	proof.note_len = (size_t)(end - p);
	*ret = proof;
	return 0;
}
