// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the unit's marks must have been. Nothing is taken from the leaf that can be
 * formed again: the label's inputs come from the product file and the serial, its
 * bytes from the template; the EEPROM's writes from the image; the record must be
 * in the image, signed by the station, and say what the leaves say.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "audit/internal.h"
#include "label/driver.h"
#include "record/slots.h"
#include "serial/eui.h"
#include "serial/serial.h"
#include "unit/inputs.h"

static void wrong(struct audit *a, const struct audit_story *s, const char *text)
{
	audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "%s", text);
}

/* --- product and template, by hash --- */

static const struct hm_product *product_of(struct audit *a, const struct audit_story *s)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_err err = { "" };
	int rc;

	if (a->has_product && !memcmp(a->product_sha256, s->product_sha256, 32))
		return &a->product;
	if (audit_is_zero(s->product_sha256, 32)) {
		wrong(a, s, "no leaf says by which product file it was made");
		return NULL;
	}
	if (audit_blob(a, s->product_sha256, "the product file", s->serial, &file))
		return NULL;
	rc = hm_product_parse(hm_buf_str(&file), file.len, &a->product, &err);
	a->has_product = !rc;
	if (rc) {
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "its product file: %s",
				hm_err_text(&err, rc));
		return NULL;
	}
	memcpy(a->product_sha256, s->product_sha256, 32);
	return &a->product;
}

static const struct hm_buf *template_of(struct audit *a, const struct audit_story *s,
					const uint8_t sha256[32])
{
	if (a->has_template && !memcmp(a->template_sha256, sha256, 32))
		return &a->template;
	a->has_template = false;
	if (audit_blob(a, sha256, "the label's template", s->serial, &a->template))
		return NULL;
	memcpy(a->template_sha256, sha256, 32);
	a->has_template = true;
	return &a->template;
}

/*
 * Is the serial one that the product's scheme makes? An unguessable one is judged by
 * its form: which counter is under it, only the station's key tells.
 */
static bool is_of_scheme(struct audit *a, const struct audit_story *s, const struct hm_product *p)
{
	struct hm_serial_parts parts;
	struct hm_scheme scheme;
	struct hm_range pool;

	if (p->pool[0])
		return audit_listed(a, p->pool, HM_LIST_SERIAL, s->serial, s->first);
	if (hm_scheme_parse(&scheme, p->pattern, NULL) ||
	    hm_scheme_pool(&scheme, p->first, p->last, p->guess_odds, &pool, NULL) ||
	    hm_scheme_read(&scheme, s->serial, strlen(s->serial), &parts))
		return false;
	if (parts.has_counter && !hm_range_has(&pool, parts.counter))
		return false;
	return !hm_scheme_wants_lot(&scheme) || !strcmp(parts.lot, s->lot);
}

/* The first address of a run that the product's block or list gave. */
static bool is_of_macs(struct audit *a, const struct audit_story *s, const struct hm_product *p)
{
	struct hm_eui_block block;
	uint64_t eui, n, last;

	if (!p->mac_count)
		return !s->mac[0];
	if (s->macs != p->mac_count || strlen(s->mac) * 4 != p->mac_bits ||
	    hm_eui_parse(s->mac, strlen(s->mac), p->mac_bits, &eui))
		return false;
	if (p->mac_pool[0])
		return audit_listed(a, p->mac_pool, p->mac_bits == 48 ? HM_LIST_EUI48 : HM_LIST_EUI64, s->mac,
				    s->first);
	return !hm_eui_block_parse(p->mac_prefix, p->mac_bits, &block) && !hm_eui_number(&block, eui, &n) &&
	       !hm_eui_number(&block, eui + s->macs - 1, &last) && n >= p->mac_first && last <= p->mac_last;
}

static void check_product(struct audit *a, const struct audit_story *s, const struct hm_product *p)
{
	bool told = false;

	if (strcmp(p->name, s->product))
		wrong(a, s, "its product file is of another product than its leaves name");
	if (strcmp(hm_binding_name(p->binding), s->binding))
		wrong(a, s, "it is bound otherwise than its product file asks for");
	if (!is_of_scheme(a, s, p))
		wrong(a, s, "its serial is none of its product's numbering scheme");
	if (!is_of_macs(a, s, p))
		wrong(a, s, "its addresses are none of its product's");
	for (size_t i = 0; i < a->n_products && !told; i++)
		told = !memcmp(a->products[i].sha256, s->product_sha256, 32);
	if (!told)
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"no leaf tells that its product file was added to the station");
}

/* --- the label --- */

static int form_inputs(const struct hm_product *p, const struct audit_story *s,
		       struct hm_label_inputs *ret, struct hm_epc *epc)
{
	int rc = hm_unit_inputs(p, &(struct hm_made){ s->serial, s->lot, s->made }, ret, epc, NULL);

	if (!rc && strlen(s->mac) % 2 == 0)
		hm_label_address(ret, s->mac);
	return rc;
}

static void compare_inputs(struct audit *a, const struct audit_story *s, const struct hm_leaf *l,
			   const struct hm_label_field *f, size_t n)
{
	if (l->n_inputs != n)
		wrong(a, s, "its leaf does not tell the label's inputs as they must have been");
	for (size_t i = 0; i < n && i < l->n_inputs; i++)
		if (strcmp(l->inputs[i].name, f[i].name) || strcmp(l->inputs[i].value, f[i].value))
			audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
					"the label's %s is %s in its leaf, and must be %s", f[i].name,
					l->inputs[i].value, f[i].value);
}

static void check_label(struct audit *a, const struct audit_story *s, const struct hm_leaf *l,
			const struct hm_leaf_job *j)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1u << 20);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	const struct hm_product *p = product_of(a, s);
	const struct hm_label_driver *driver;
	const struct hm_buf *tpl;
	struct hm_label_inputs in;
	uint8_t digest[32];
	struct hm_epc epc;
	struct hm_err err = { "" };
	bool told = false;
	size_t n;
	int rc;

	if (l->render_version != HM_RENDER_VERSION) {
		audit_find_unit(a, HM_VERDICT_UNPROVEN, s->serial,
				"its label was rendered by version %u, this audit knows version %u",
				l->render_version, HM_RENDER_VERSION);
		return;
	}
	for (size_t i = 0; i < a->n_products && !told; i++)
		told = !memcmp(a->products[i].sha256, s->product_sha256, 32) &&
		       !memcmp(a->products[i].template_sha256, l->template_sha256, 32);
	if (!told)
		wrong(a, s, "its label was rendered from a template that is not its product's");
	tpl = template_of(a, s, l->template_sha256);
	if (!p || !tpl)
		return;
	if (form_inputs(p, s, &in, &epc)) {
		wrong(a, s, "its serial makes no EPC or Digital Link of its product");
		return;
	}
	n = hm_label_fields(&in, f);
	compare_inputs(a, s, l, f, n);
	driver = hm_label_driver_of(p->template_name);
	rc = driver ? driver->render(hm_buf_str(tpl), tpl->len, f, n, &out, &err) :
		      hm_err_set(&err, -HM_EBAD_TEMPLATE, "no language has templates like %s", p->template_name);
	if (rc) {
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "its label: %s",
				hm_err_text(&err, rc));
		return;
	}
	SHA256((const uint8_t *)hm_buf_str(&out), out.len, digest);
	if (memcmp(digest, j->digest, 32) || out.len != j->len)
		wrong(a, s, "the label that was announced is not the one that its template and inputs make");
}

/* --- the EEPROM --- */

static void check_write(struct audit *a, const struct audit_story *s, const struct hm_leaf_job *j)
{
	_cleanup_buf_ struct hm_buf image = HM_BUF_INIT(1u << 20);
	const struct hm_product *p = product_of(a, s);
	struct hm_slot_write w[HM_SLOT_WRITES];
	struct hm_slots slots;
	enum hm_carrier carrier;
	uint8_t digest[32];
	uint32_t n;

	if (audit_is_zero(s->image, 32)) {
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"its EEPROM's image is in no leaf");
		return;
	}
	if (!p || audit_blob(a, s->image, "the EEPROM's image", s->serial, &image))
		return;
	/* which slot came first does not change what is written, nor where */
	if (hm_carrier_of(p->carrier, &carrier) || hm_slots_plan(carrier, p->eeprom_size, &slots) ||
	    hm_slots_writes(&slots, HM_SLOT_B, (const uint8_t *)hm_buf_str(&image), image.len, w, &n, NULL)) {
		wrong(a, s, "its EEPROM's image fits no slot of its product's EEPROM");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(w[i].purpose, j->purpose))
			continue;
		SHA256(w[i].bytes, w[i].len, digest);
		if (w[i].offset != j->offset || w[i].len != j->len || memcmp(digest, j->digest, 32))
			audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial,
					"the write %s that was announced is not that of its image",
					j->purpose);
		return;
	}
	audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "a job of unknown purpose, %s",
			j->purpose);
}

/* --- the record --- */

static int anchors_digest(const struct hm_leaf *l, uint8_t ret[32])
{
	struct hm_anchor list[2];
	uint8_t tid[sizeof(l->tid) / 2];
	size_t n = 0, tid_len;

	memset(ret, 0, 32);
	if (!audit_is_zero(l->ek_sha256, 32))
		list[n++] = (struct hm_anchor){ "ek", l->ek_sha256, 32 };
	if (l->tid[0]) {
		int rc = hm_unhex_any(l->tid, tid, sizeof(tid), &tid_len);

		if (rc)
			return rc;
		list[n++] = (struct hm_anchor){ "tid", tid, tid_len };
	}
	return n ? hm_anchors_digest(list, n, ret) : 0;
}

/* Thumbprint of the key in the unit's certificate; zero where it has none. */
static int key_thumbprint(struct audit *a, const struct audit_story *s, uint8_t ret[32])
{
	_cleanup_buf_ struct hm_buf cert = HM_BUF_INIT(64u << 10), spki = HM_BUF_INIT(4096);
	int rc;

	memset(ret, 0, 32);
	if (audit_is_zero(s->cert, 32))
		return 0;
	rc = audit_blob(a, s->cert, "its certificate", s->serial, &cert);
	rc = rc ?: hm_cert_spki((struct hm_der){ cert.data, cert.len }, &spki, NULL, 0);
	return rc ?: hm_cose_thumbprint(spki.data, spki.len, ret);
}

/*
 * The image formed again from what it says and what the product file has. A TLV of
 * another kind, another maker's name or another carrier would be on the unit for people to
 * read; only the date is the image's own.
 */
static bool is_own_image(const struct hm_image *parsed, const struct hm_product *p,
			 const struct hm_buf *image)
{
	_cleanup_buf_ struct hm_buf again = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image o = *parsed;
	enum hm_carrier carrier;

	snprintf(o.manufacturer, sizeof(o.manufacturer), "%.64s", p->manufacturer);
	return !hm_carrier_of(p->carrier, &carrier) && (o.made >= 0 || carrier != HM_CARRIER_ONIE_TLV) &&
	       !hm_image_build(carrier, &o, &again, NULL) && again.len == image->len &&
	       !memcmp(again.data, image->data, again.len);
}

/* TlvInfo tells a unit's EUI-48 addresses, all of them; nothing else tells any. */
static bool says_macs(const struct hm_image *o, enum hm_carrier carrier, const struct audit_story *s)
{
	bool wanted = carrier == HM_CARRIER_ONIE_TLV && strlen(s->mac) == 12;
	char hex[13];

	hm_hex_upper(o->mac, sizeof(o->mac), hex);
	return o->has_mac == wanted && (!wanted || (!strcmp(hex, s->mac) && o->macs == s->macs));
}

static void check_image(struct audit *a, const struct audit_story *s, const struct hm_leaf *l)
{
	_cleanup_buf_ struct hm_buf image = HM_BUF_INIT(1u << 20);
	const struct hm_product *p = product_of(a, s);
	struct hm_err err = { "" };
	struct hm_image o;
	enum hm_carrier carrier;
	size_t len;
	int rc;

	if (audit_is_zero(l->image_sha256, 32)) {
		wrong(a, s, "a leaf with a record and without the image that carries it");
		return;
	}
	if (audit_blob(a, l->image_sha256, "the EEPROM's image", s->serial, &image))
		return;
	rc = hm_image_parse(hm_buf_str(&image), image.len, &carrier, &o, &len, &err);
	if (rc) {
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "its EEPROM's image: %s",
				hm_err_text(&err, rc));
		return;
	}
	if (len != image.len)
		wrong(a, s, "its EEPROM's image has bytes behind its end");
	else if (p && !is_own_image(&o, p, &image))
		wrong(a, s, "its EEPROM's image says other things than its product, serial and record");
	/* s holds the leaf's record already, or where it has none, the last one told */
	if (!s->record_len || o.cwt_len != s->record_len || memcmp(o.cwt, s->record, s->record_len))
		wrong(a, s, "its EEPROM's image carries another record than its leaf");
	if (strcmp(o.serial, s->serial) || strcmp(o.product, s->product) ||
	    (p && carrier != HM_CARRIER_CWT && strcmp(o.part_number, p->part_number)))
		wrong(a, s, "its EEPROM's image names another serial, product or part number");
	if (!says_macs(&o, carrier, s))
		wrong(a, s, "its EEPROM's image tells other addresses than its leaf");
}

static void check_record(struct audit *a, const struct audit_story *s, const struct hm_leaf *l)
{
	uint8_t ckt[32], anchors[32], digest[32];
	struct hm_record rec;
	int rc;

	if (!a->sign_spki.len)
		return;		/* said already */
	rc = hm_record_verify(l->record, l->record_len, a->sign_spki.data, a->sign_spki.len, &rec);
	if (rc) {
		audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "its record: %s",
				hm_error_why(rc));
		return;
	}
	SHA256(a->sign_spki.data, a->sign_spki.len, digest);
	if (memcmp(rec.kid, digest, sizeof(rec.kid)))
		wrong(a, s, "its record names another key than the one that signed it");
	if (strcmp(rec.serial, s->serial) || strcmp(rec.product, s->product) ||
	    rec.generation != l->generation)
		wrong(a, s, "its record is of another serial, product or generation");
	if (key_thumbprint(a, s, ckt) || memcmp(rec.ckt, ckt, 32))
		wrong(a, s, "its record is bound to another key than its certificate");
	if (anchors_digest(l, anchors) || memcmp(rec.anchors, anchors, 32))
		wrong(a, s, "its record is bound to other anchors than its leaf tells");
}

void audit_payload_leaf(struct audit *a, struct audit_story *s, const struct hm_leaf *l)
{
	for (size_t i = 0; i < l->n_jobs; i++) {
		const struct hm_leaf_job *j = &l->jobs[i];

		if (j->role != HM_JOB_ANNOUNCED)
			continue;
		if (!strcmp(j->purpose, "label"))
			check_label(a, s, l, j);
		else
			check_write(a, s, j);
	}
	if (l->record_len || !audit_is_zero(l->image_sha256, 32))
		check_image(a, s, l);
	if (l->record_len)
		check_record(a, s, l);
}

/* --- the certificate, and what the finished unit must have --- */

static void check_cert(struct audit *a, const struct audit_story *s)
{
	_cleanup_buf_ struct hm_buf cert = HM_BUF_INIT(64u << 10), spki = HM_BUF_INIT(4096);
	struct hm_der issuer = { a->issuer.data, a->issuer.len };
	struct hm_err err = { "" };
	struct hm_der leaf;
	uint8_t digest[32];
	char serial[65] = "";
	int rc;

	if (audit_blob(a, s->cert, "its certificate", s->serial, &cert))
		return;
	leaf = (struct hm_der){ cert.data, cert.len };
	if (a->root.len && a->issuer.len) {
		rc = hm_cert_verify(leaf, &issuer, 1, (struct hm_der){ a->root.data, a->root.len }, 0,
				    &err);
		if (rc)
			audit_find_unit(a, HM_VERDICT_INCONSISTENT, s->serial, "its certificate: %s",
					hm_err_text(&err, rc));
	}
	if (hm_cert_spki(leaf, &spki, serial, sizeof(serial))) {
		wrong(a, s, "its certificate cannot be read");
		return;
	}
	SHA256(spki.data, spki.len, digest);
	if (memcmp(digest, s->key, 32))
		wrong(a, s, "its certificate is for another key than its leaves tell");
	if (strcmp(serial, s->serial))
		wrong(a, s, "its certificate names another serial");
}

void audit_payload_unit(struct audit *a, struct audit_story *s)
{
	const struct hm_product *p = product_of(a, s);
	struct hm_label_inputs in;
	struct hm_epc epc;

	if (p) {
		check_product(a, s, p);
		if (s->epc.len && (form_inputs(p, s, &in, &epc) || !hm_epc_same(&epc, &s->epc)))
			wrong(a, s, "its EPC is not that of its serial and product");
	}
	if (!audit_is_zero(s->cert, 32))
		check_cert(a, s);
	if (strcmp(s->state, "active"))
		return;
	if (!strcmp(s->binding, "tpm") && audit_is_zero(s->cert, 32))
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"it is active without a certificate, though bound to a TPM");
	if (!s->record_len)
		audit_find_unit(a, HM_VERDICT_UNACCOUNTED, s->serial,
				"it is active, and its record is in no leaf");
}
