// SPDX-License-Identifier: LGPL-2.1-or-later
/* Keys, leaves, units; what is signed and written of them is in world_files.c. */
#include "support/world_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "gs1/gs1.h"
#include "identity/identity.h"
#include "label/label.h"
#include "product/product.h"
#include "record/slots.h"
#include "serial/serial.h"

#define NOW	1763800000
#define DONE	1

#define PRODUCT_HEAD								\
	"[product]\nname = demo-sensor\ngtin = 09521234543213\ncompany_prefix = 9521234\n"	\
	"part_number = HM-1000\nmanufacturer = Example Instruments\n"
#define PRODUCT_TAIL								\
	"[epc]\nscheme = %s\nfilter = 1\n[label]\ntemplate = t.zpl\n"	\
	"[record]\ncarrier = %s\neeprom_size = 32768\n[identity]\nbinding = tpm\n"

#define COUNTED "[serial]\npattern = {n:10}{c:mod10}\nfirst = 1000000001\n"

static const char label_template[] =
	"^XA\n^FO10,10^A0N,30,30^FH_^FD{{serial}} {{lot}}^FS\n"
	"^FO10,60^A0N,30,30^FD{{epc_hex|hex}}^FS\n^XZ\n";

/* --- keys and certificates --- */

static void add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

void world_cert(struct world_key *k, const char *cn, const char *serial,
		const struct world_key *by, bool ca)
{
	static long number = 1;
	const unsigned char *p = by ? by->cert : NULL;
	X509 *x = X509_new(), *issuer = by ? d2i_X509(NULL, &p, (long)by->cert_len) : x;
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char *out = k->cert;
	int n;

	if (!k->key)
		k->key = EVP_EC_gen("P-256");
	MUST(k->key && issuer);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), number++);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - 86400);
	ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "99991231235959Z");
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	if (serial)
		X509_NAME_add_entry_by_txt(name, "serialNumber", MBSTRING_ASC,
					   (const unsigned char *)serial, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	X509_set_pubkey(x, k->key);
	add_ext(x, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "CA:FALSE");
	add_ext(x, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
	add_ext(x, issuer, NID_subject_key_identifier, "hash");
	add_ext(x, issuer, NID_authority_key_identifier, "keyid:always");
	if (!strcmp(cn, "Test AK"))	/* tcg-kp-AIKCertificate: only such a key makes quotes */
		add_ext(x, issuer, NID_ext_key_usage, "2.23.133.8.3");
	MUST(X509_sign(x, by ? by->key : k->key, EVP_sha256()) > 0);
	n = i2d_X509(x, NULL);
	MUST(n > 0 && (size_t)n <= sizeof(k->cert));
	k->cert_len = (size_t)i2d_X509(x, &out);
	if (by)
		X509_free(issuer);
	X509_free(x);
}

size_t world_spki(EVP_PKEY *key, uint8_t out[128])
{
	unsigned char *p = out;
	int n = i2d_PUBKEY(key, NULL);

	MUST(n > 0 && n <= 128);
	return (size_t)i2d_PUBKEY(key, &p);
}

size_t world_sign_bytes(EVP_PKEY *key, const EVP_MD *md, const void *msg, size_t len, uint8_t *sig, size_t max)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	MUST(EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1);
	MUST(EVP_DigestSign(ctx, sig, &max, msg, len) == 1);
	EVP_MD_CTX_free(ctx);
	return max;
}

/* ECDSA as two numbers of 32 bytes. */
void world_sign_rs(EVP_PKEY *key, const void *msg, size_t len, uint8_t ret[64])
{
	uint8_t der[128];
	const unsigned char *p = der;
	size_t n = world_sign_bytes(key, EVP_sha256(), msg, len, der, sizeof(der));
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)n);

	MUST(s && BN_bn2binpad(ECDSA_SIG_get0_r(s), ret, 32) == 32);
	MUST(BN_bn2binpad(ECDSA_SIG_get0_s(s), ret + 32, 32) == 32);
	ECDSA_SIG_free(s);
}

/* --- leaves --- */

void world_new_id(struct world *w, uint8_t ret[16])
{
	memset(ret, 0x11, 16);
	ret[0] = ++w->next_id;
}

void world_blob(struct world *w, const void *bytes, size_t len, uint8_t ret[32])
{
	MUST(w->n_blobs < WORLD_BLOBS);
	hm_buf_init(&w->blobs[w->n_blobs], 1u << 20);
	MUST(!hm_buf_add(&w->blobs[w->n_blobs++], bytes, len));
	SHA256(bytes, len, ret);
}

struct hm_leaf *world_leaf(struct world *w, enum hm_leaf_type type)
{
	struct hm_leaf *l = &w->leaves[w->n_leaves++];

	MUST(w->n_leaves <= WORLD_LEAVES);
	*l = (struct hm_leaf){ .type = type, .version = HM_LEAF_VERSION, .time = NOW, .who = "test" };
	return l;
}

static void put_product(struct world *w, const char *sections)
{
	char text[1024];

	snprintf(text, sizeof(text), PRODUCT_HEAD "%s" PRODUCT_TAIL, sections, w->scheme,
		 hm_carrier_name(w->carrier));
	world_blob(w, text, strlen(text), w->product_sha256);
}

void world_carrier(struct world *w, enum hm_carrier carrier)
{
	w->carrier = carrier;
	world_numbering(w, COUNTED);
}

void world_epc(struct world *w, const char *scheme)
{
	w->scheme = scheme;
	world_numbering(w, COUNTED);
}

void world_numbering(struct world *w, const char *sections)
{
	size_t i = 0;

	put_product(w, sections);
	while (w->leaves[i].type != HM_LEAF_PRODUCT)
		i++;
	memcpy(w->leaves[i].product_sha256, w->product_sha256, 32);
}

struct hm_leaf *world_list(struct world *w, const char *pool, const char *list)
{
	struct hm_leaf *l = world_leaf(w, HM_LEAF_POOL);

	snprintf(l->pool, sizeof(l->pool), "%s", pool);
	world_blob(w, list, strlen(list), l->list_sha256);
	return l;
}

size_t world_boot(struct world *w, uint32_t reset_count)
{
	struct world_boot *b = &w->boots[w->n_boots];
	struct hm_leaf *l = world_leaf(w, HM_LEAF_BOOT);

	MUST(w->n_boots < WORLD_BOOTS);
	memset(b, 0, sizeof(*b));
	memset(b->id, 0xb0 + (int)w->n_boots, sizeof(b->id));
	hm_hex(b->id, sizeof(b->id), b->hex);
	b->reset_count = reset_count;
	gatelog_start_in(&b->log, w->pcr, b->id, NULL);
	memcpy(l->boot_id, b->id, sizeof(b->id));
	return w->n_boots++;
}

void world_close(struct world *w, size_t boot)
{
	struct hm_leaf *l = world_leaf(w, HM_LEAF_BOOT_CLOSE);

	memcpy(l->boot_id, w->boots[boot].id, 16);
	l->seq = w->boots[boot].log.seq;
}

void world_begin(struct world *w)
{
	world_begin_in(w, 13);
}

void world_begin_in(struct world *w, uint32_t pcr)
{
	size_t n = sizeof(w->log_public);
	struct hm_leaf *l;

	memset(w, 0, sizeof(*w));
	w->pcr = pcr;
	w->scheme = "sgtin-96";
	strcpy(w->dir, "/tmp/hm-audit-XXXXXX");
	MUST(mkdtemp(w->dir));
	world_cert(&w->root, "Test Root", NULL, NULL, true);
	world_cert(&w->issuer, "Test Issuer", NULL, &w->root, true);
	world_cert(&w->sign, "Test Sign", STATION, &w->root, false);
	world_cert(&w->ak, "Test AK", STATION, &w->root, false);
	w->log = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	MUST(EVP_PKEY_get_raw_public_key(w->log, w->log_public, &n) == 1);
	hm_buf_init(&w->note, 1u << 16);
	w->gated = true;
	l = world_leaf(w, HM_LEAF_STATION);
	strcpy(l->station, STATION);
	SHA256(w->sign.cert, w->sign.cert_len, l->cert_sha256);
	put_product(w, COUNTED);
	world_blob(w, label_template, strlen(label_template), w->template_sha256);
	l = world_leaf(w, HM_LEAF_PRODUCT);
	strcpy(l->product, "demo-sensor");
	memcpy(l->product_sha256, w->product_sha256, 32);
	memcpy(l->template_sha256, w->template_sha256, 32);
	world_boot(w, 7);
}

/* --- one unit --- */

struct hm_leaf *world_unit_leaf(struct world *w, struct world_unit *u, const char *state, const char *step)
{
	struct hm_leaf *l = world_leaf(w, HM_LEAF_UNIT);

	strcpy(l->serial, u->serial);
	strcpy(l->state, state);
	strcpy(l->step, step);
	strcpy(l->product, "demo-sensor");
	strcpy(l->lot, "L1");
	strcpy(l->slot, "slot1");
	strcpy(l->binding, "tpm");
	l->generation = u->generation;
	memcpy(l->product_sha256, w->product_sha256, 32);
	MUST(!hm_gs1_epc(w->scheme, "09521234543213", 7, 1, u->serial, &l->epc));
	strcpy(l->mac, w->mac);
	l->macs = w->macs;
	return l;
}

void world_bind(const struct world_unit *u, struct hm_leaf *l)
{
	uint8_t spki[128];
	size_t n = world_spki(u->id.key, spki);

	memcpy(l->ek_sha256, u->ek, 32);
	SHA256(spki, n, l->key_sha256);
	SHA256(u->id.cert, u->id.cert_len, l->cert_sha256);
}

void world_announce(struct world *w, struct hm_leaf *l, const uint8_t id[16], const char *marker,
		    const char *purpose, uint32_t flags, uint32_t offset, const void *bytes, size_t len)
{
	struct hm_leaf_job *j = &l->jobs[l->n_jobs++];

	j->role = HM_JOB_ANNOUNCED;
	memcpy(j->job_id, id, 16);
	strcpy(j->marker, marker);
	strcpy(j->purpose, purpose);
	j->flags = flags;
	j->offset = offset;
	j->len = (uint32_t)len;
	SHA256(bytes, len, j->digest);
	j->gated = w->gated;
	if (w->gated)
		memcpy(j->boot_id, w->boots[w->n_boots - 1].id, 16);
}

/* The gate does what was announced. */
uint64_t world_mark(struct world *w, const struct hm_leaf_job *j)
{
	struct gatelog *g;
	uint64_t seq;

	if (!w->gated)
		return 0;
	g = &w->boots[w->n_boots - 1].log;
	seq = gatelog_intent(g, j->job_id, j->flags, j->marker, j->offset, j->len, j->digest);
	gatelog_outcome(g, seq, DONE, j->len);
	return seq;
}

void world_observe(struct hm_leaf *l, const struct hm_leaf_job *announced, uint64_t seq)
{
	struct hm_leaf_job *j = &l->jobs[l->n_jobs++];

	j->role = HM_JOB_OBSERVED;
	memcpy(j->job_id, announced->job_id, 16);
	memcpy(j->boot_id, announced->boot_id, 16);
	j->gated = announced->gated;
	j->seq = seq;
	j->state = DONE;
	j->sent = announced->len;
}

void world_label(struct world *w, struct world_unit *u, struct hm_leaf *l)
{
	struct hm_label_inputs in = { .lot = "L1", .gtin = "09521234543213", .part_number = "HM-1000",
				      .manufacturer = "Example Instruments", .product = "demo-sensor" };
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct hm_err err = { "" };
	size_t n;

	strcpy(in.serial, u->serial);
	hm_label_address(&in, l->mac);
	hm_epc_hex(&l->epc, in.epc_hex);
	snprintf(in.element, sizeof(in.element), "0109521234543213" "21%s", u->serial);
	MUST(!hm_gs1_digital_link(in.gtin, in.serial, in.digital_link, sizeof(in.digital_link)));
	n = hm_label_fields(&in, f);
	for (size_t i = 0; i < n; i++) {
		snprintf(l->inputs[i].name, sizeof(l->inputs[i].name), "%s", f[i].name);
		snprintf(l->inputs[i].value, sizeof(l->inputs[i].value), "%s", f[i].value);
	}
	l->n_inputs = n;
	l->render_version = HM_RENDER_VERSION;
	memcpy(l->template_sha256, w->template_sha256, 32);
	hm_buf_free(&u->label);
	hm_buf_init(&u->label, 1u << 16);
	if (hm_label_render(label_template, strlen(label_template), f, n, &u->label, &err)) {
		fprintf(stderr, "world: %s\n", err.text);
		abort();
	}
}

void world_record(struct world *w, struct world_unit *u)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(4096);
	struct hm_record rec = { .issuer = "test", .product = "demo-sensor", .issued_at = NOW, .generation = u->generation };
	uint8_t spki[128], tid[12], sig[64], digest[32];
	struct hm_anchor anchors[2] = { { "ek", u->ek, 32 }, { "tid", tid, 12 } };
	struct hm_image o = { .product = "demo-sensor", .part_number = "HM-1000", .manufacturer = "Example Instruments",
			      .made = NOW };

	strcpy(rec.serial, u->serial);
	MUST(!hm_unhex(u->tid, tid, 12));
	MUST(!hm_anchors_digest(anchors, 2, rec.anchors));
	MUST(!hm_cose_thumbprint(spki, world_spki(u->id.key, spki), rec.ckt));
	SHA256(spki, world_spki(w->sign.key, spki), digest);
	memcpy(rec.kid, digest, 8);
	MUST(!hm_record_tbs(&rec, &tbs));
	world_sign_rs(w->sign.key, tbs.data, tbs.len, sig);
	hm_buf_free(&u->record);
	hm_buf_init(&u->record, HM_RECORD_MAX);
	MUST(!hm_record_seal(&rec, sig, &u->record));
	strcpy(o.serial, u->serial);
	o.has_mac = strlen(w->mac) == 12 && !hm_unhex(w->mac, o.mac, sizeof(o.mac));
	o.macs = o.has_mac ? (uint16_t)w->macs : 0;
	memcpy(o.cwt, u->record.data, u->record.len);
	o.cwt_len = u->record.len;
	hm_buf_free(&u->image);
	hm_buf_init(&u->image, HM_IMAGE_MAX);
	MUST(!hm_image_build(w->carrier, &o, &u->image, NULL));
}

static void new_unit(struct world *w, struct world_unit *u)
{
	size_t n = w->n_units;
	struct hm_scheme s;

	memset(u, 0, sizeof(*u));
	u->generation = 1;
	MUST(!hm_scheme_parse(&s, "{n:10}{c:mod10}", NULL));
	MUST(!hm_scheme_format(&s, 1000000001 + n - 1, u->serial, sizeof(u->serial)));
	memset(u->ek, 0x40 + (int)n, 32);
	snprintf(u->tid, sizeof(u->tid), "E2801105200000000000%04zX", n);
	world_cert(&u->id, "HM-1000", u->serial, &w->issuer, false);
	for (int i = 0; i < 5; i++)
		world_new_id(w, u->job[i]);
}

void world_writes(struct world *w, struct world_unit *u, struct hm_leaf *l)
{
	struct hm_slot_write plan[HM_SLOT_WRITES];
	struct hm_slots slots;
	uint32_t n;

	world_blob(w, u->image.data, u->image.len, l->image_sha256);
	MUST(!hm_slots_plan(w->carrier, 32768, &slots));
	MUST(!hm_slots_writes(&slots, HM_SLOT_B, u->image.data, u->image.len, plan, &n, NULL));
	for (int i = 0; i < HM_SLOT_WRITES; i++)
		world_announce(w, l, u->job[1 + i], "eeprom-1", plan[i].purpose, 0, plan[i].offset,
			       plan[i].bytes, plan[i].len);
}

static void write_leaf(struct world *w, struct world_unit *u, struct hm_leaf *l)
{
	world_record(w, u);
	memcpy(l->record, u->record.data, u->record.len);
	l->record_len = u->record.len;
	world_writes(w, u, l);
}

size_t world_unit_to(struct world *w, int steps)
{
	size_t number = w->n_units++;
	struct world_unit *u = &w->units[number];
	struct hm_leaf *l, *before;
	uint8_t sha256[32];

	MUST(number < WORLD_UNITS);
	new_unit(w, u);
	u->leaf[0] = w->n_leaves;
	world_unit_leaf(w, u, "reserved", "reserve");
	if (steps == 1)
		return number;
	u->leaf[1] = w->n_leaves;
	l = world_unit_leaf(w, u, "marking", "mark");
	world_bind(u, l);
	world_blob(w, u->id.cert, u->id.cert_len, sha256);
	world_label(w, u, l);
	world_announce(w, l, u->job[0], "printer-1", "label", 0, 0, u->label.data, u->label.len);
	u->seq[0] = world_mark(w, &l->jobs[0]);
	if (steps == 2)
		return number;
	before = l;
	u->leaf[2] = w->n_leaves;
	l = world_unit_leaf(w, u, "writing", "write");
	world_bind(u, l);
	strcpy(l->tid, u->tid);
	world_observe(l, &before->jobs[0], u->seq[0]);
	write_leaf(w, u, l);
	for (int i = 0; i < HM_SLOT_WRITES; i++)
		u->seq[1 + i] = world_mark(w, &l->jobs[1 + i]);
	if (steps == 3)
		return number;
	before = l;
	u->leaf[3] = w->n_leaves;
	l = world_unit_leaf(w, u, "active", "active");
	world_bind(u, l);
	strcpy(l->tid, u->tid);
	for (int i = 0; i < HM_SLOT_WRITES; i++)
		world_observe(l, &before->jobs[1 + i], u->seq[1 + i]);
	return number;
}

size_t world_unit(struct world *w)
{
	return world_unit_to(w, 4);
}

void world_reprint(struct world *w, size_t unit, uint32_t flags)
{
	struct world_unit *u = &w->units[unit];
	struct hm_leaf *l = world_unit_leaf(w, u, "active", "reprint"), *after;
	uint8_t id[16];
	uint64_t seq;

	world_new_id(w, id);
	world_bind(u, l);
	strcpy(l->tid, u->tid);
	world_label(w, u, l);
	world_announce(w, l, id, "printer-1", "label", flags, 0, u->label.data, u->label.len);
	seq = world_mark(w, &l->jobs[0]);
	after = world_unit_leaf(w, u, "active", "reprint");
	world_bind(u, after);
	strcpy(after->tid, u->tid);
	after->tid[0] = 'F';		/* another label, another tag */
	world_observe(after, &l->jobs[0], seq);
}

void world_query(struct world *w, const char *payload)
{
	struct gatelog *g = &w->boots[w->n_boots - 1].log;
	uint8_t id[16], digest[32];
	uint64_t seq;

	world_new_id(w, id);
	SHA256((const uint8_t *)payload, strlen(payload), digest);
	seq = gatelog_intent(g, id, 2, "printer-1", 0, (uint32_t)strlen(payload), digest);
	gatelog_outcome(g, seq, DONE, (uint32_t)strlen(payload));
}

void world_end(struct world *w)
{
	struct world_key *keys[] = { &w->root, &w->issuer, &w->sign, &w->ak };

	world_remove_dir(w);
	for (size_t i = 0; i < 4; i++)
		EVP_PKEY_free(keys[i]->key);
	EVP_PKEY_free(w->log);
	hm_buf_free(&w->note);
	for (size_t i = 0; i < WORLD_LEAVES; i++)
		hm_buf_free(&w->encoded[i]);
	for (size_t i = 0; i < w->n_blobs; i++)
		hm_buf_free(&w->blobs[i]);
	for (size_t i = 0; i < w->n_boots; i++) {
		gatelog_free(&w->boots[i].log);
		world_free_quote(&w->boots[i]);
	}
	for (size_t i = 0; i < w->n_units; i++) {
		EVP_PKEY_free(w->units[i].id.key);
		hm_buf_free(&w->units[i].label);
		hm_buf_free(&w->units[i].image);
		hm_buf_free(&w->units[i].record);
	}
}
