// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the bundle says of itself, and the files that belong to each unit: they are
 * there for people and for other people's tools, and must be what the ledger says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/sha.h>

#include "audit/internal.h"

#define FORMAT 1

/* --- JSON --- */

static json_t *load_json(struct audit *a, const char *path)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(16u << 20);
	json_error_t error;
	json_t *root;

	if (audit_file(a, path, NULL, &file))
		return NULL;
	root = json_loadb(hm_buf_str(&file), file.len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(root)) {
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "not a JSON object: %s",
			   root ? "another value" : error.text);
		json_decref(root);
		return NULL;
	}
	return root;
}

static void expect_text(struct audit *a, const char *path, json_t *root, const char *name,
			const char *want)
{
	const char *text = json_string_value(json_object_get(root, name));

	if (!text || strcmp(text, want))
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "%s is not %s", name, want);
}

static void expect_number(struct audit *a, const char *path, json_t *root, const char *name,
			  uint64_t want)
{
	json_t *v = json_object_get(root, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    (uint64_t)json_integer_value(v) != want)
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path, "%s is not %llu", name,
			   (unsigned long long)want);
}

static void expect_boots(struct audit *a, const char *path, json_t *list)
{
	size_t quoted = 0;
	bool same = true;

	for (size_t i = 0; i < a->n_boots; i++) {
		const char *text;

		if (!a->boots[i].quoted)
			continue;
		text = json_string_value(json_array_get(list, quoted++));
		same &= text && !strcmp(text, a->boots[i].hex);
	}
	if (!same || !json_is_array(list) || json_array_size(list) != quoted)
		audit_find(a, HM_VERDICT_INCONSISTENT, NULL, path,
			   "boots are not those of the ledger, in its order");
}

void audit_bundle_json(struct audit *a)
{
	static const char path[] = "bundle.json";
	json_t *root = load_json(a, path);
	char hex[2 * HM_HASH + 1];

	if (!root)
		return;
	expect_number(a, path, root, "format", FORMAT);
	expect_text(a, path, root, "station", a->report.station);
	expect_text(a, path, root, "origin", a->report.origin);
	if (a->has_head) {
		hm_hex(a->head.root, HM_HASH, hex);
		expect_number(a, path, root, "size", a->head.size);
		expect_text(a, path, root, "root", hex);
	}
	expect_boots(a, path, json_object_get(root, "boots"));
	json_decref(root);
}

void audit_boot_json(struct audit *a, const struct audit_boot *b)
{
	char path[80];
	json_t *root;

	snprintf(path, sizeof(path), "boots/%s/boot.json", b->hex);
	root = load_json(a, path);
	if (!root)
		return;
	expect_number(a, path, root, "format", FORMAT);
	expect_text(a, path, root, "boot", b->hex);
	expect_text(a, path, root, "bank", "sha256");
	expect_number(a, path, root, "pcr", b->e.pcr);
	expect_number(a, path, root, "size", b->note.size);
	if (b->pieces || json_object_get(root, "pieces"))
		expect_number(a, path, root, "pieces", b->pieces);
	json_decref(root);
}

/* --- a unit's files --- */

static int unit_file(struct audit *a, const struct audit_story *s, const char *name, char path[80],
		     struct hm_buf *ret)
{
	snprintf(path, 80, "units/%s/%s", s->serial, name);
	return audit_file(a, path, s->serial, ret);
}

static void differs(struct audit *a, const struct audit_story *s, const char *path,
		    const char *from)
{
	audit_find(a, HM_VERDICT_INCONSISTENT, s->serial, path, "is not %s", from);
}

static void check_hash(struct audit *a, const struct audit_story *s, const char *name,
		       const uint8_t want[32], const char *from)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(AUDIT_FILE_MAX);
	uint8_t digest[32];
	char path[80];

	if (audit_is_zero(want, 32) || unit_file(a, s, name, path, &file))
		return;
	SHA256((const uint8_t *)hm_buf_str(&file), file.len, digest);
	if (memcmp(digest, want, 32))
		differs(a, s, path, from);
}

static void check_record(struct audit *a, const struct audit_story *s)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(1u << 20);
	char path[80];

	if (!s->record_len || unit_file(a, s, "record.cwt", path, &file))
		return;
	if (file.len != s->record_len || memcmp(file.data, s->record, file.len))
		differs(a, s, path, "the record that its leaf holds");
}

static void check_certs(struct audit *a, const struct audit_story *s)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 20), der = HM_BUF_INIT(1u << 20);
	uint8_t digest[32];
	char path[80];

	if (audit_is_zero(s->cert, 32))
		return;
	if (!unit_file(a, s, "cert.pem", path, &pem)) {
		if (hm_cert_from_pem(hm_buf_str(&pem), pem.len, &der))
			hm_buf_reset(&der);
		SHA256((const uint8_t *)hm_buf_str(&der), der.len, digest);
		if (memcmp(digest, s->cert, 32))
			differs(a, s, path, "the certificate that its leaf names");
	}
	hm_buf_reset(&der);
	if (unit_file(a, s, "chain.pem", path, &pem) || !a->issuer.len)
		return;
	if (hm_cert_from_pem(hm_buf_str(&pem), pem.len, &der) || der.len != a->issuer.len ||
	    memcmp(der.data, a->issuer.data, der.len))
		differs(a, s, path, "led by the station's issuer");
}

static void check_proof(struct audit *a, const struct audit_story *s)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(1u << 20);
	struct hm_tlog_proof *proof = NULL;
	uint8_t hash[HM_HASH];
	char path[80];

	if (unit_file(a, s, "unit.tlog-proof", path, &file) || !a->has_head)
		return;
	proof = calloc(1, sizeof(*proof));
	if (!proof) {
		a->rc = -ENOMEM;
		return;
	}
	hm_leaf_hash(a->leaves[s->last].bytes, a->leaves[s->last].len, hash);
	if (hm_tlog_proof_parse(file.data, file.len, proof))
		differs(a, s, path, "a proof");
	else if (proof->index != s->last)
		differs(a, s, path, "of the unit's last leaf");
	else if (proof->note_len != a->note.len || memcmp(proof->note, a->note.data, a->note.len))
		differs(a, s, path, "a proof for the bundle's checkpoint");
	else if (hm_inclusion_verify(hash, proof->index, a->head.size,
				     (const uint8_t (*)[HM_HASH])proof->hash, proof->n, a->head.root))
		differs(a, s, path, "a proof that verifies");
	free(proof);
}

void audit_unit_files(struct audit *a, const struct audit_story *s)
{
	check_certs(a, s);
	check_record(a, s);
	check_hash(a, s, "eeprom.bin", s->image, "the image that its leaf names");
	check_hash(a, s, "label.zpl", s->label, "the label that its leaf announced last");
	check_proof(a, s);
}
