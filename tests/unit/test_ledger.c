// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The tree against a plain recursive reading of RFC 6962, tiles against the
 * layout of C2SP tlog-tiles, notes against OpenSSL's keys and against damage.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "ledger/ledger.h"
#include "ledger/tree.h"

#define MANY 130

/* --- an independent tree: straight from RFC 6962, 2.1 --- */

static void mth(const uint8_t (*d)[32], uint64_t n, uint8_t ret[32])
{
	uint8_t pair[65] = { 1 };
	uint64_t k = 1;

	if (n == 0) {
		SHA256((const uint8_t *)"", 0, ret);
		return;
	}
	if (n == 1) {
		memcpy(ret, d[0], 32);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	mth(d, k, pair + 1);
	mth(d + k, n - k, pair + 33);
	SHA256(pair, sizeof(pair), ret);
}

static size_t path(uint64_t m, const uint8_t (*d)[32], uint64_t n, uint8_t (*ret)[32])
{
	uint64_t k = 1;
	size_t count;

	if (n == 1)
		return 0;
	while (k * 2 < n)
		k *= 2;
	if (m < k) {
		count = path(m, d, k, ret);
		mth(d + k, n - k, ret[count]);
	} else {
		count = path(m - k, d + k, n - k, ret);
		mth(d, k, ret[count]);
	}
	return count + 1;
}

static size_t subproof(uint64_t m, const uint8_t (*d)[32], uint64_t n, int whole, uint8_t (*ret)[32])
{
	uint64_t k = 1;
	size_t count;

	if (m == n) {
		if (whole)
			return 0;
		mth(d, n, ret[0]);
		return 1;
	}
	while (k * 2 < n)
		k *= 2;
	if (m <= k) {
		count = subproof(m, d, k, whole, ret);
		mth(d + k, n - k, ret[count]);
	} else {
		count = subproof(m - k, d + k, n - k, 0, ret);
		mth(d, k, ret[count]);
	}
	return count + 1;
}

static uint8_t (*make_hashes(size_t n))[32]
{
	uint8_t (*h)[32] = calloc(n, 32);

	assert_non_null(h);
	for (size_t i = 0; i < n; i++) {
		char text[32];
		int len = snprintf(text, sizeof(text), "entry %zu", i);

		hm_leaf_hash(text, (size_t)len, h[i]);
	}
	return h;
}

static void test_hashes(void **state)
{
	uint8_t h[32], want[32], pair[65] = { 1 };

	(void)state;
	hm_leaf_hash("", 0, h);		/* RFC 6962: SHA-256 of the single byte 00 */
	SHA256((const uint8_t *)"\0", 1, want);
	assert_memory_equal(h, want, 32);
	hm_leaf_hash("abc", 3, h);
	SHA256((const uint8_t *)"\0abc", 4, want);
	assert_memory_equal(h, want, 32);
	memset(pair + 1, 0xaa, 32);
	memset(pair + 33, 0xbb, 32);
	SHA256(pair, 65, want);
	hm_node_hash(pair + 1, pair + 33, h);
	assert_memory_equal(h, want, 32);
}

static void test_roots(void **state)
{
	static const size_t larger[] = { 255, 256, 257, 511, 512, 1000, 4097 };
	uint8_t (*h)[32] = make_hashes(4097);
	struct hm_tree t;
	struct hm_forest f;
	uint8_t got[32], want[32];

	(void)state;
	hm_tree_init(&t);
	assert_int_equal(hm_forest_build(&f, (const uint8_t (*)[32])h, 4097), 0);
	for (size_t n = 0; n <= MANY; n++) {
		mth((const uint8_t (*)[32])h, n, want);
		hm_tree_root(&t, got);
		assert_memory_equal(got, want, 32);
		hm_forest_root(&f, n, got);
		assert_memory_equal(got, want, 32);
		hm_tree_add(&t, h[n]);
	}
	for (size_t i = 0; i < sizeof(larger) / sizeof(larger[0]); i++) {
		hm_tree_init(&t);
		for (size_t n = 0; n < larger[i]; n++)
			hm_tree_add(&t, h[n]);
		mth((const uint8_t (*)[32])h, larger[i], want);
		hm_tree_root(&t, got);
		assert_memory_equal(got, want, 32);
		hm_forest_root(&f, larger[i], got);
		assert_memory_equal(got, want, 32);
	}
	hm_forest_free(&f);
	free(h);
}

static void test_inclusion(void **state)
{
	uint8_t (*h)[32] = make_hashes(MANY);
	uint8_t proof[HM_PROOF_MAX][32], want[HM_PROOF_MAX][32], root[32];
	size_t n, count;

	(void)state;
	for (uint64_t size = 1; size <= MANY; size++) {
		mth((const uint8_t (*)[32])h, size, root);
		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(hm_inclusion_proof((const uint8_t (*)[32])h, size, i, proof, &n), 0);
			count = path(i, (const uint8_t (*)[32])h, size, want);
			assert_int_equal(n, count);
			assert_memory_equal(proof, want, n * 32);
			assert_int_equal(hm_inclusion_verify(h[i], i, size, (const uint8_t (*)[32])proof, n, root), 0);
			/* another place, a shorter and a longer proof, another leaf */
			if (size > 1)
				assert_int_equal(hm_inclusion_verify(h[i], (i + 1) % size, size, (const uint8_t (*)[32])proof, n, root),
						 -HM_EBAD_PROOF);
			if (n)
				assert_int_equal(hm_inclusion_verify(h[i], i, size, (const uint8_t (*)[32])proof, n - 1, root),
						 -HM_EBAD_PROOF);
			memcpy(proof[n], root, 32);
			assert_int_equal(hm_inclusion_verify(h[i], i, size, (const uint8_t (*)[32])proof, n + 1, root),
					 -HM_EBAD_PROOF);
			assert_int_equal(hm_inclusion_verify(root, i, size, (const uint8_t (*)[32])proof, n, root),
					 size == 1 ? 0 : -HM_EBAD_PROOF);
		}
		assert_int_equal(hm_inclusion_proof((const uint8_t (*)[32])h, size, size, proof, &n), -EINVAL);
		assert_int_equal(hm_inclusion_verify(h[0], size, size, (const uint8_t (*)[32])proof, 0, root), -HM_EBAD_PROOF);
	}
	free(h);
}

static void test_consistency(void **state)
{
	uint8_t (*h)[32] = make_hashes(MANY);
	uint8_t proof[HM_PROOF_MAX][32], want[HM_PROOF_MAX][32], root[32], old_root[32];
	size_t n, count;

	(void)state;
	for (uint64_t size = 1; size <= MANY; size++) {
		mth((const uint8_t (*)[32])h, size, root);
		for (uint64_t old = 1; old <= size; old++) {
			mth((const uint8_t (*)[32])h, old, old_root);
			assert_int_equal(hm_consistency_proof((const uint8_t (*)[32])h, size, old, proof, &n), 0);
			count = subproof(old, (const uint8_t (*)[32])h, size, 1, want);
			assert_int_equal(n, count);
			assert_memory_equal(proof, want, n * 32);
			assert_int_equal(hm_consistency_verify(old, old_root, size, root, (const uint8_t (*)[32])proof, n), 0);
			if (n) {
				proof[n / 2][7] ^= 1;
				assert_int_equal(hm_consistency_verify(old, old_root, size, root, (const uint8_t (*)[32])proof, n),
						 -HM_EBAD_PROOF);
				proof[n / 2][7] ^= 1;
				assert_int_equal(hm_consistency_verify(old, old_root, size, root, (const uint8_t (*)[32])proof, n - 1),
						 -HM_EBAD_PROOF);
			}
			old_root[0] ^= 1;	/* a log that was rewritten */
			assert_int_equal(hm_consistency_verify(old, old_root, size, root, (const uint8_t (*)[32])proof, n),
					 -HM_EBAD_PROOF);
		}
	}
	assert_int_equal(hm_consistency_proof((const uint8_t (*)[32])h, 10, 0, proof, &n), 0);
	assert_int_equal(n, 0);
	mth((const uint8_t (*)[32])h, 0, old_root);
	assert_int_equal(hm_consistency_verify(0, old_root, 10, root, NULL, 0), 0);
	assert_int_equal(hm_consistency_verify(11, root, 10, root, NULL, 0), -HM_EBAD_PROOF);
	free(h);
}

/* --- tiles --- */

static void test_tile_paths(void **state)
{
	char p[96];

	(void)state;
	assert_int_equal(hm_tile_path(0, 0, 256, p, sizeof(p)), 0);
	assert_string_equal(p, "tile/0/000");
	assert_int_equal(hm_tile_path(0, 273, 112, p, sizeof(p)), 0);
	assert_string_equal(p, "tile/0/273.p/112");
	assert_int_equal(hm_tile_path(2, 1234067, 256, p, sizeof(p)), 0);
	assert_string_equal(p, "tile/2/x001/x234/067");
	assert_int_equal(hm_tile_path(-1, 1000, 1, p, sizeof(p)), 0);
	assert_string_equal(p, "tile/entries/x001/000.p/1");
	assert_int_equal(hm_tile_path(0, 1, 0, p, sizeof(p)), -EINVAL);
	assert_int_equal(hm_tile_path(0, 1, 257, p, sizeof(p)), -EINVAL);
	assert_int_equal(hm_tile_path(0, 1234067, 256, p, 12), -ENOSPC);
}

struct shelf {
	const char *want;	/* path to keep */
	uint8_t *bytes;
	size_t len;
	int files, full0, partial0, level1, level2;
	int entries;
};

static int put(void *ctx, const char *p, const void *bytes, size_t len)
{
	struct shelf *s = ctx;

	s->files++;
	s->full0 += !strncmp(p, "tile/0/", 7) && !strstr(p, ".p/");
	s->partial0 += !strncmp(p, "tile/0/", 7) && strstr(p, ".p/");
	s->level1 += !strncmp(p, "tile/1/", 7);
	s->level2 += !strncmp(p, "tile/2/", 7);
	s->entries += !strncmp(p, "tile/entries/", 13);
	assert_true(len > 0);
	if (s->want && !strcmp(p, s->want)) {
		s->bytes = malloc(len);
		assert_non_null(s->bytes);
		memcpy(s->bytes, bytes, len);
		s->len = len;
	}
	return 0;
}

static void build(size_t n, struct shelf *s, const char *want)
{
	struct hm_leaf_bytes *leaves = calloc(n ? n : 1, sizeof(*leaves));
	char (*text)[16] = calloc(n ? n : 1, sizeof(*text));

	assert_non_null(leaves);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++) {
		leaves[i].len = (size_t)snprintf(text[i], sizeof(text[i]), "entry %zu", i);
		leaves[i].bytes = (const uint8_t *)text[i];
	}
	memset(s, 0, sizeof(*s));
	s->want = want;
	assert_int_equal(hm_tiles_build(leaves, n, put, s), 0);
	free(text);
	free(leaves);
}

static void test_tiles(void **state)
{
	uint8_t (*h)[32] = make_hashes(70000), want[32];
	struct shelf s;

	(void)state;
	build(0, &s, NULL);
	assert_int_equal(s.files, 0);
	build(256, &s, "tile/1/000.p/1");
	assert_int_equal(s.files, 3);	/* one full of level 0, one hash of level 1, entries */
	assert_int_equal(s.full0, 1);
	assert_int_equal(s.len, 32);
	mth((const uint8_t (*)[32])h, 256, want);
	assert_memory_equal(s.bytes, want, 32);
	free(s.bytes);
	build(255, &s, "tile/0/000.p/255");
	assert_int_equal(s.files, 2);
	assert_int_equal(s.len, 255 * 32);
	assert_memory_equal(s.bytes, h, 255 * 32);
	free(s.bytes);
	/* the example of the specification */
	build(70000, &s, "tile/1/001.p/17");
	assert_int_equal(s.full0, 273);
	assert_int_equal(s.partial0, 1);
	assert_int_equal(s.level1, 2);
	assert_int_equal(s.level2, 1);
	assert_int_equal(s.entries, 274);
	assert_int_equal(s.len, 17 * 32);
	mth((const uint8_t (*)[32])(h + 65536 + 16 * 256), 256, want);
	assert_memory_equal(s.bytes + 16 * 32, want, 32);
	free(s.bytes);
	free(h);
}

static int count_entry(void *ctx, const void *bytes, size_t len)
{
	size_t *n = ctx;
	char text[32];
	int w = snprintf(text, sizeof(text), "entry %zu", *n);

	assert_int_equal(len, w);
	assert_memory_equal(bytes, text, len);
	(*n)++;
	return 0;
}

static void test_entries(void **state)
{
	struct shelf s;
	size_t n = 0;

	(void)state;
	build(200, &s, "tile/entries/000.p/200");
	assert_non_null(s.bytes);
	assert_int_equal(hm_entries_split(s.bytes, s.len, count_entry, &n), 0);
	assert_int_equal(n, 200);
	n = 0;
	assert_int_equal(hm_entries_split(s.bytes, s.len - 1, count_entry, &n), -HM_EBAD_FORMAT);
	n = 0;
	assert_int_equal(hm_entries_split(s.bytes, 1, count_entry, &n), -HM_EBAD_FORMAT);
	free(s.bytes);
}

/* --- notes --- */

struct signer {
	EVP_PKEY *ed, *ec;
	uint8_t public[32];
	uint8_t *spki;
	size_t spki_len;
};

static void make_signer(struct signer *s)
{
	size_t n = 32;
	int len;

	memset(s, 0, sizeof(*s));
	s->ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	s->ec = EVP_EC_gen("P-256");
	assert_non_null(s->ed);
	assert_non_null(s->ec);
	assert_int_equal(EVP_PKEY_get_raw_public_key(s->ed, s->public, &n), 1);
	len = i2d_PUBKEY(s->ec, &s->spki);
	assert_true(len > 0);
	s->spki_len = (size_t)len;
}

static void free_signer(struct signer *s)
{
	EVP_PKEY_free(s->ed);
	EVP_PKEY_free(s->ec);
	OPENSSL_free(s->spki);
}

static void sign(EVP_PKEY *key, const EVP_MD *md, const struct hm_buf *body, uint8_t *sig, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, md, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, len, body->data, body->len), 1);
	EVP_MD_CTX_free(ctx);
}

static void make_note(struct signer *s, const struct hm_checkpoint *c, struct hm_buf *note)
{
	_cleanup_buf_ struct hm_buf body = HM_BUF_INIT(1024);
	uint8_t ed[64], der[128];
	size_t ed_len = sizeof(ed), der_len = sizeof(der);

	assert_int_equal(hm_checkpoint_body(c, &body), 0);
	sign(s->ed, NULL, &body, ed, &ed_len);
	sign(s->ec, EVP_sha256(), &body, der, &der_len);
	assert_int_equal(hm_note_build(c, s->public, ed, s->spki, s->spki_len, der, der_len, note), 0);
}

static void test_note(void **state)
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(4096), body = HM_BUF_INIT(4096);
	struct hm_checkpoint c = { .origin = "example.com/st-1", .size = 12 }, back;
	struct signer s, other;
	struct hm_err err;

	(void)state;
	make_signer(&s);
	make_signer(&other);
	memset(c.root, 0x5a, 32);
	make_note(&s, &c, &note);
	assert_int_equal(hm_note_verify(note.data, note.len, s.public, s.spki, s.spki_len, &back, &body, &err), 0);
	assert_string_equal(back.origin, c.origin);
	assert_int_equal(back.size, 12);
	assert_memory_equal(back.root, c.root, 32);
	assert_string_equal(hm_buf_str(&body),
			    "example.com/st-1\n12\nWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=\n");
	/* keys of somebody else: their lines are passed over, ours are missing */
	assert_int_equal(hm_note_verify(note.data, note.len, other.public, s.spki, s.spki_len, &back, NULL, &err),
			 -HM_EBAD_SIGNATURE);
	assert_int_equal(hm_note_verify(note.data, note.len, s.public, other.spki, other.spki_len, &back, NULL, &err),
			 -HM_EBAD_SIGNATURE);
	/* a third, unknown signature is ignored */
	assert_int_equal(hm_buf_str_add(&note, "\xe2\x80\x94 witness.example AAAAAAECAwQ=\n"), 0);
	assert_int_equal(hm_note_verify(note.data, note.len, s.public, s.spki, s.spki_len, &back, NULL, &err), 0);
	free_signer(&s);
	free_signer(&other);
}

/* Whatever single byte is changed, the note is refused or still says the same. */
static void test_note_damage(void **state)
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(4096);
	struct hm_checkpoint c = { .origin = "example.com/st-1", .size = 7 }, back;
	struct signer s;

	(void)state;
	make_signer(&s);
	make_note(&s, &c, &note);
	for (size_t i = 0; i < note.len; i++) {
		note.data[i] ^= 0x01;
		assert_int_not_equal(hm_note_verify(note.data, note.len, s.public, s.spki, s.spki_len,
						    &back, NULL, NULL), 0);
		note.data[i] ^= 0x01;
	}
	for (size_t n = 0; n < note.len; n++)
		assert_int_not_equal(hm_note_verify(note.data, n, s.public, s.spki, s.spki_len,
						    &back, NULL, NULL), 0);
	free_signer(&s);
}

static void test_vkey(void **state)
{
	_cleanup_buf_ struct hm_buf v = HM_BUF_INIT(512);
	uint8_t public[32], back[32];
	char origin[129];

	(void)state;
	for (int i = 0; i < 32; i++)
		public[i] = (uint8_t)i;
	assert_int_equal(hm_note_vkey("example.com/st-1", public, &v), 0);
	assert_int_equal(hm_vkey_parse(hm_buf_str(&v), origin, back), 0);
	assert_string_equal(origin, "example.com/st-1");
	assert_memory_equal(public, back, 32);
	v.data[20] ^= 1;	/* the key id no longer fits */
	assert_int_equal(hm_vkey_parse(hm_buf_str(&v), origin, back), -HM_EBAD_FORMAT);
	assert_int_equal(hm_vkey_parse("", origin, back), -HM_EBAD_FORMAT);
	assert_int_equal(hm_vkey_parse("a+b", origin, back), -HM_EBAD_FORMAT);
	assert_int_equal(hm_note_vkey("two words", public, &v), -EINVAL);
	/* the example in the documentation of Go's sumdb/note */
	assert_int_equal(hm_vkey_parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
				       origin, back), 0);
	assert_string_equal(origin, "PeterNeumann");
}

static void test_proof_file(void **state)
{
	_cleanup_buf_ struct hm_buf f = HM_BUF_INIT(4096);
	static const char note[] = "o\n3\nWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo=\n\n";
	uint8_t proof[2][32];
	struct hm_tlog_proof back;

	(void)state;
	memset(proof[0], 1, 32);
	memset(proof[1], 2, 32);
	assert_int_equal(hm_tlog_proof_build(2, (const uint8_t (*)[32])proof, 2, note, strlen(note), &f), 0);
	assert_memory_equal(f.data, "c2sp.org/tlog-proof@v1\nindex 2\n", 31);
	assert_int_equal(hm_tlog_proof_parse(f.data, f.len, &back), 0);
	assert_int_equal(back.index, 2);
	assert_int_equal(back.n, 2);
	assert_memory_equal(back.hash, proof, 64);
	assert_int_equal(back.note_len, strlen(note));
	assert_memory_equal(back.note, note, back.note_len);
	assert_int_equal(hm_tlog_proof_parse(f.data, 40, &back), -HM_EBAD_FORMAT);
	f.data[0] = 'C';
	assert_int_equal(hm_tlog_proof_parse(f.data, f.len, &back), -HM_EBAD_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_inclusion),
		cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_tile_paths),
		cmocka_unit_test(test_tiles),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_note_damage),
		cmocka_unit_test(test_vkey),
		cmocka_unit_test(test_proof_file),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
