// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * record make: a record from claims and a key in a file, in a carrier. What a line does
 * with its TPM, done by hand: for other people's readers, for tests, for a bench.
 */
#include "agent/cli/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "agent/cli/items.h"
#include "agent/cli/key.h"
#include "record/slots.h"
#include "record/tag.h"
#include "serial/eui.h"

#define SPKI_MAX 1024
#define TID_LEN 12	/* docs/record.md, 2 */

/* What is said of the unit, as options and JSON give it; empty, or less than 0: not said. */
struct claims {
	char issuer[17], serial[21], product[33], part_number[65], manufacturer[65];
	char thumbprint[65], anchors[65], ek[65], tid[65], mac[HM_EUI_TEXT_MAX];
	int64_t issued_at, generation;
	uint32_t macs;
};

struct maker {
	struct claims claims;
	EVP_PKEY *key;
	uint8_t spki[SPKI_MAX];
	size_t spki_len;
	enum hm_carrier carrier;
	bool carrier_said;
	bool tag;		/* the carrier is a tag's user memory */
	uint32_t size;		/* bytes of the EEPROM, or bits of the user memory; 0: not said */
	struct hm_buf into;	/* an image that keeps what others wrote */
	enum hm_carrier into_carrier;
	const char *output;
};

static int too_long(const char *name, size_t size, struct hm_err *err)
{
	return hm_err_set(err, -HM_ETOO_LONG, "%s: at most %zu characters", name, size - 1);
}

static int read_claims(const void *text, size_t len, struct claims *c, struct hm_err *err)
{
	const struct hm_json_want wants[] = {
		{ "issuer", HM_JSON_TEXT, c->issuer, sizeof(c->issuer), false },
		{ "serial", HM_JSON_TEXT, c->serial, sizeof(c->serial), false },
		{ "product", HM_JSON_TEXT, c->product, sizeof(c->product), false },
		{ "part_number", HM_JSON_TEXT, c->part_number, sizeof(c->part_number), false },
		{ "manufacturer", HM_JSON_TEXT, c->manufacturer, sizeof(c->manufacturer), false },
		{ "key_thumbprint", HM_JSON_TEXT, c->thumbprint, sizeof(c->thumbprint), false },
		{ "anchors", HM_JSON_TEXT, c->anchors, sizeof(c->anchors), false },
		{ "ek", HM_JSON_TEXT, c->ek, sizeof(c->ek), false },
		{ "tid", HM_JSON_TEXT, c->tid, sizeof(c->tid), false },
		{ "mac", HM_JSON_TEXT, c->mac, sizeof(c->mac), false },
		{ "issued_at", HM_JSON_WHOLE, &c->issued_at, UINT32_MAX, false },
		{ "generation", HM_JSON_WHOLE, &c->generation, UINT32_MAX, false },
		{ "macs", HM_JSON_UINT, &c->macs, UINT16_MAX, false },
	};
	_cleanup_json_ json_t *v = NULL;
	int rc = len ? hm_json_parse(text, len, &v, err) : -HM_EEMPTY;

	/* as an option: what is said to be nothing is not left out without a word */
	for (size_t i = 0; !rc && i < sizeof(wants) / sizeof(wants[0]); i++) {
		const char *said = json_string_value(json_object_get(v, wants[i].name));

		if (said && !*said)
			rc = hm_err_set(err, -HM_EEMPTY, "%s: %s", wants[i].name, hm_error_why(-HM_EEMPTY));
		else if (said && wants[i].type == HM_JSON_TEXT && strlen(said) >= wants[i].size)
			rc = too_long(wants[i].name, wants[i].size, err);
	}
	return rc ? rc : hm_json_read(v, wants, sizeof(wants) / sizeof(wants[0]), err);
}

/* --- the record --- */

/* @len bytes in hexadecimal; what is wrong is said of @name. */
static int bytes_of(const char *name, const char *text, uint8_t *ret, size_t len, struct hm_err *err)
{
	int rc = hm_unhex(text, ret, len);

	return rc ? hm_err_set(err, rc, "%s, %zu bytes in hexadecimal: %s", name, len, hm_error_why(rc)) : 0;
}

static int anchors_of(const struct claims *c, uint8_t ret[32], struct hm_err *err)
{
	uint8_t ek[32], tid[TID_LEN];
	struct hm_anchor list[2];
	size_t n = 0;
	int rc = 0;

	if (c->anchors[0] && (c->ek[0] || c->tid[0]))
		return hm_err_set(err, -HM_EBAD_REQUEST, "anchors as a digest, or one by one, not both");
	if (c->anchors[0])
		return bytes_of("anchors", c->anchors, ret, 32, err);
	if (c->ek[0]) {
		rc = bytes_of("ek", c->ek, ek, sizeof(ek), err);
		list[n++] = (struct hm_anchor){ "ek", ek, sizeof(ek) };
	}
	if (!rc && c->tid[0]) {
		rc = bytes_of("tid", c->tid, tid, sizeof(tid), err);
		list[n++] = (struct hm_anchor){ "tid", tid, sizeof(tid) };
	}
	return rc ? rc : hm_anchors_digest(list, n, ret);
}

static int make_record(const struct maker *m, const struct claims *c, struct hm_buf *cwt, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(2 * HM_RECORD_MAX);
	struct hm_record rec = { .issued_at = c->issued_at, .generation = (uint32_t)c->generation }, back;
	uint8_t sig[64], digest[32];
	int rc = 0;

	memcpy(rec.issuer, c->issuer, sizeof(rec.issuer));
	memcpy(rec.serial, c->serial, sizeof(rec.serial));
	memcpy(rec.product, c->product, sizeof(rec.product));
	if (c->thumbprint[0])
		rc = bytes_of("key_thumbprint", c->thumbprint, rec.ckt, sizeof(rec.ckt), err);
	rc = rc ? rc : anchors_of(c, rec.anchors, err);
	if (!rc && EVP_Digest(m->spki, m->spki_len, digest, NULL, EVP_sha256(), NULL) != 1)
		rc = -ENOMEM;
	if (rc)
		return rc;
	memcpy(rec.kid, digest, sizeof(rec.kid));
	rc = hm_record_tbs(&rec, &tbs);
	rc = rc ? rc : hm_key_sign(m->key, tbs.data, tbs.len, sig);
	rc = rc ? rc : hm_record_seal(&rec, sig, cwt);
	/* nothing leaves that would not be taken */
	rc = rc ? rc : hm_record_verify(cwt->data, cwt->len, m->spki, m->spki_len, &back);
	return rc ? hm_err_set(err, rc, "the record (issuer, serial, product): %s", hm_error_why(rc)) : 0;
}

/* --- the carrier --- */

static void set(char *out, size_t size, const char *text)
{
	if (text[0])
		(void)snprintf(out, size, "%s", text);
}

static int set_mac(struct hm_onie *o, const struct claims *c, struct hm_err *err)
{
	uint64_t eui = 0;
	int rc = c->mac[0] ? hm_eui_parse(c->mac, strlen(c->mac), 48, &eui) : 0;

	if (rc)
		return hm_err_set(err, rc, "mac: %s", hm_error_why(rc));
	for (int i = 5; c->mac[0] && i >= 0; i--, eui >>= 8)
		o->mac[i] = (uint8_t)eui;
	o->has_mac = o->has_mac || c->mac[0];
	if (c->macs)
		o->macs = (uint16_t)c->macs;
	if (c->macs && !o->has_mac)
		return hm_err_set(err, -HM_EBAD_REQUEST, "macs: from which mac on?");
	return 0;
}

static int make_onie(const struct maker *m, const struct claims *c, const struct hm_buf *cwt, struct hm_buf *out,
		     struct hm_err *err)
{
	struct hm_onie o = { .product = "" };
	size_t used;
	int rc = m->into.len ? hm_onie_parse(m->into.data, m->into.len, &o, &used, err) : 0;

	rc = rc ? rc : set_mac(&o, c, err);
	if (rc)
		return rc;
	set(o.product, sizeof(o.product), c->product);
	set(o.serial, sizeof(o.serial), c->serial);
	set(o.part_number, sizeof(o.part_number), c->part_number);
	set(o.manufacturer, sizeof(o.manufacturer), c->manufacturer);
	if (!o.date[0])
		hm_onie_date(c->issued_at, o.date);
	memcpy(o.cwt, cwt->data, cwt->len);
	o.cwt_len = cwt->len;
	if (m->into.len)
		return hm_onie_update(m->into.data, m->into.len, &o, out, err);
	return hm_onie_build(&o, out, err);
}

/* The product area speaks for the unit; a board area that is there is its maker's, and stays. */
static int update_fru(const struct maker *m, const struct claims *c, const struct hm_buf *cwt, struct hm_buf *out,
		      struct hm_err *err)
{
	struct hm_fru f;
	size_t used;
	int rc = hm_fru_parse(m->into.data, m->into.len, &f, &used, err);

	if (rc)
		return rc;
	f.has[HM_FRU_PRODUCT] = true;
	set(f.text[HM_FRU_PRODUCT_NAME], HM_FRU_TEXT, c->product);
	set(f.text[HM_FRU_PRODUCT_SERIAL], HM_FRU_TEXT, c->serial);
	set(f.text[HM_FRU_PRODUCT_PART], HM_FRU_TEXT, c->part_number);
	set(f.text[HM_FRU_PRODUCT_MANUFACTURER], HM_FRU_TEXT, c->manufacturer);
	memcpy(f.cwt, cwt->data, cwt->len);
	f.cwt_len = cwt->len;
	return hm_fru_update(m->into.data, m->into.len, &f, out, err);
}

static int make_image(const struct maker *m, const struct claims *c, const struct hm_buf *cwt, struct hm_buf *out,
		      struct hm_err *err)
{
	struct hm_image image = { .made = c->issued_at, .cwt_len = cwt->len };

	if ((c->mac[0] || c->macs) && (m->tag || m->carrier != HM_CARRIER_ONIE_TLV))
		return hm_err_set(err, -HM_EBAD_REQUEST, "only a TlvInfo has a place for a MAC");
	if ((c->part_number[0] || c->manufacturer[0]) && (m->tag || m->carrier == HM_CARRIER_CWT))
		return hm_err_set(err, -HM_EBAD_REQUEST, "only a TlvInfo and a FRU have a place for %s",
				  c->part_number[0] ? "a part number" : "a manufacturer");
	if (m->tag)
		return hm_tag_build(cwt->data, cwt->len, c->tid[0] ? HM_TAG_WITH_TID : HM_TAG_NO_TID, m->size, out, err);
	if (m->carrier == HM_CARRIER_ONIE_TLV)
		return make_onie(m, c, cwt, out, err);
	if (m->into.len && m->carrier == HM_CARRIER_IPMI_FRU)
		return update_fru(m, c, cwt, out, err);
	memcpy(image.product, c->product, sizeof(c->product));
	memcpy(image.serial, c->serial, sizeof(c->serial));
	memcpy(image.part_number, c->part_number, sizeof(c->part_number));
	memcpy(image.manufacturer, c->manufacturer, sizeof(c->manufacturer));
	memcpy(image.cwt, cwt->data, cwt->len);
	return hm_image_build(m->carrier, &image, out, err);
}

/* The whole EEPROM: erased, then the writes of the plan. */
static int make_eeprom(const struct maker *m, const struct hm_buf *image, struct hm_buf *out, struct hm_err *err)
{
	struct hm_slot_write w[HM_SLOT_WRITES];
	struct hm_slots s;
	uint32_t n;
	int rc = hm_slots_plan(m->carrier, m->size, &s);

	if (rc)
		return hm_err_set(err, rc, "an EEPROM for %s has a power of two of bytes, at most 65536, at least %u",
				  hm_carrier_name(m->carrier), m->carrier == HM_CARRIER_CWT ? 256 : 1024);
	rc = hm_slots_writes(&s, HM_SLOT_B, image->data, image->len, w, &n, err);
	for (uint32_t i = 0; !rc && i < m->size; i++)
		rc = hm_buf_byte(out, 0xff);
	for (uint32_t i = 0; !rc && i < n; i++)
		memcpy(out->data + w[i].offset, w[i].bytes, w[i].len);
	return rc;
}

static int make(const struct maker *m, const struct claims *said, struct hm_buf *out, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(HM_RECORD_MAX), image = HM_BUF_INIT(HM_IMAGE_MAX);
	struct claims c = *said;
	int rc;

	if (c.issued_at < 0)
		c.issued_at = time(NULL);
	if (c.generation < 0)
		c.generation = 1;
	rc = make_record(m, &c, &cwt, err);
	rc = rc ? rc : make_image(m, &c, &cwt, &image, err);
	if (rc)
		return rc;
	return m->size && !m->tag ? make_eeprom(m, &image, out, err) : hm_buf_add(out, image.data, image.len);
}

/* --- the command line --- */

static int spki_of(EVP_PKEY *key, uint8_t spki[SPKI_MAX], size_t *ret_len, uint8_t ckt[32])
{
	uint8_t *p = spki;
	int len = i2d_PUBKEY(key, NULL);

	if (len <= 0 || len > SPKI_MAX || i2d_PUBKEY(key, &p) != len)
		return -HM_EBAD_FORMAT;
	*ret_len = (size_t)len;
	return hm_cose_thumbprint(spki, *ret_len, ckt);
}

static int load_key(struct maker *m, const char *path, struct hm_err *err)
{
	uint8_t ckt[32];
	int rc;

	EVP_PKEY_free(m->key);	/* of an option that is there twice the last counts */
	m->key = NULL;
	rc = hm_key_private(path, &m->key, err);
	return rc ? rc : spki_of(m->key, m->spki, &m->spki_len, ckt);
}

/* The thumbprint of the unit's own key, from its public key in PEM. */
static int load_unit_key(struct claims *c, const char *path, struct hm_err *err)
{
	uint8_t spki[SPKI_MAX], ckt[32];
	EVP_PKEY *key = NULL;
	size_t len;
	int rc = hm_key_public(path, &key, err);

	rc = rc ? rc : spki_of(key, spki, &len, ckt);
	EVP_PKEY_free(key);
	if (!rc)
		hm_hex(ckt, sizeof(ckt), c->thumbprint);
	return rc;
}

static int load_claims(struct claims *c, const char *path, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(HM_ITEM_MAX);
	int rc = hm_read_file_of(path, path, &text, err);

	return rc ?: read_claims(hm_buf_str(&text), text.len, c, err);
}

static int load_into(struct maker *m, const char *path, struct hm_err *err)
{
	struct hm_image image;
	size_t used;
	int rc;

	hm_buf_reset(&m->into);
	rc = hm_read_file_of(path, path, &m->into, err);
	if (rc)
		return rc;
	if (m->into.len && m->into.data[0] == 1) {
		m->into_carrier = HM_CARRIER_IPMI_FRU;	/* its texts may be longer than an image's */
		return 0;
	}
	rc = hm_image_parse(m->into.data, m->into.len, &m->into_carrier, &image, &used, err);
	return rc || m->into_carrier != HM_CARRIER_CWT ? rc :
	       hm_err_set(err, -HM_EBAD_REQUEST, "nothing else is in a bare record");
}

static int take_text(char *out, size_t size, const char *name, const char *value, struct hm_err *err)
{
	if (strlen(value) >= size)
		return too_long(name, size, err);
	strcpy(out, value);
	return 0;
}

static int take_number(uint32_t *out, uint32_t max, const char *name, const char *value, struct hm_err *err)
{
	uint64_t v;
	int rc = hm_cli_number(value, 1, max, &v);

	if (rc)
		return hm_err_set(err, rc, "%s: a number from 1 to %u", name, max);
	*out = (uint32_t)v;
	return 0;
}

/* The claims that may be 0. */
static int take_whole(int64_t *out, const char *name, const char *value, struct hm_err *err)
{
	uint64_t v;
	int rc = hm_cli_number(value, 0, UINT32_MAX, &v);

	if (rc)
		return hm_err_set(err, rc, "%s: a number from 0 to %u", name, UINT32_MAX);
	*out = (int64_t)v;
	return 0;
}

enum {
	OPT_KEY = 1000, OPT_CLAIMS, OPT_ISSUER, OPT_SERIAL, OPT_PRODUCT, OPT_ISSUED_AT, OPT_GENERATION, OPT_UNIT_KEY,
	OPT_EK, OPT_TID, OPT_PART_NUMBER, OPT_MANUFACTURER, OPT_MAC, OPT_MACS, OPT_CARRIER, OPT_SIZE, OPT_INTO,
	OPT_OUTPUT,
};

static int take_carrier(struct maker *m, const char *name, struct hm_err *err)
{
	int rc;

	m->tag = !strcmp(name, "tag");
	m->carrier_said = true;
	rc = m->tag ? 0 : hm_carrier_of(name, &m->carrier);
	return rc ? hm_err_set(err, rc, "--carrier: cwt, onie-tlv, ipmi-fru or tag") : 0;
}

static int take_option(struct maker *m, int opt, const char *v, struct hm_err *err)
{
	struct claims *c = &m->claims;

	switch (opt) {
	case OPT_KEY: return load_key(m, v, err);
	case OPT_CLAIMS: return load_claims(c, v, err);
	case OPT_ISSUER: return take_text(c->issuer, sizeof(c->issuer), "--issuer", v, err);
	case OPT_SERIAL: return take_text(c->serial, sizeof(c->serial), "--serial", v, err);
	case OPT_PRODUCT: return take_text(c->product, sizeof(c->product), "--product", v, err);
	case OPT_ISSUED_AT: return take_whole(&c->issued_at, "--issued-at", v, err);
	case OPT_GENERATION: return take_whole(&c->generation, "--generation", v, err);
	case OPT_UNIT_KEY: return load_unit_key(c, v, err);
	case OPT_EK: return take_text(c->ek, sizeof(c->ek), "--ek", v, err);
	case OPT_TID: return take_text(c->tid, sizeof(c->tid), "--tid", v, err);
	case OPT_PART_NUMBER: return take_text(c->part_number, sizeof(c->part_number), "--part-number", v, err);
	case OPT_MANUFACTURER: return take_text(c->manufacturer, sizeof(c->manufacturer), "--manufacturer", v, err);
	case OPT_MAC: return take_text(c->mac, sizeof(c->mac), "--mac", v, err);
	case OPT_MACS: return take_number(&c->macs, UINT16_MAX, "--macs", v, err);
	case OPT_CARRIER: return take_carrier(m, v, err);
	case OPT_SIZE: return take_number(&m->size, UINT16_MAX + 1u, "--size", v, err);
	case OPT_INTO: return load_into(m, v, err);
	default: m->output = v; return 0;
	}
}

/* 0, or the exit code after a message. */
static int options(struct hm_cli *cli, int argc, char **argv, struct maker *m)
{
	static const struct option table[] = {
		{ "key", required_argument, NULL, OPT_KEY }, { "claims", required_argument, NULL, OPT_CLAIMS },
		{ "issuer", required_argument, NULL, OPT_ISSUER }, { "serial", required_argument, NULL, OPT_SERIAL },
		{ "product", required_argument, NULL, OPT_PRODUCT },
		{ "issued-at", required_argument, NULL, OPT_ISSUED_AT },
		{ "generation", required_argument, NULL, OPT_GENERATION },
		{ "unit-key", required_argument, NULL, OPT_UNIT_KEY }, { "ek", required_argument, NULL, OPT_EK },
		{ "tid", required_argument, NULL, OPT_TID }, { "part-number", required_argument, NULL, OPT_PART_NUMBER },
		{ "manufacturer", required_argument, NULL, OPT_MANUFACTURER }, { "mac", required_argument, NULL, OPT_MAC },
		{ "macs", required_argument, NULL, OPT_MACS }, { "carrier", required_argument, NULL, OPT_CARRIER },
		{ "size", required_argument, NULL, OPT_SIZE }, { "into", required_argument, NULL, OPT_INTO },
		{ "output", required_argument, NULL, OPT_OUTPUT }, { NULL, 0, NULL, 0 },
	};
	struct hm_err err = { "" };
	int opt, rc;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		if (opt == '?')
			return HM_EXIT_USAGE;
		rc = take_option(m, opt, optarg, &err);
		if (rc)
			return hm_cli_refuse(cli, "record make", rc, &err);
	}
	if (!m->key)
		return hm_cli_usage(cli, "record", "make --key FILE [OPTION...] [-]");
	if (m->tag && m->into.len)
		return hm_cli_usage(cli, "record", "--into takes a TlvInfo or an IPMI FRU, not a tag");
	if (m->into.len && m->carrier_said && m->carrier != m->into_carrier)
		return hm_cli_usage(cli, "record", "--carrier %s, and what --into names is %s",
				    hm_carrier_name(m->carrier), hm_carrier_name(m->into_carrier));
	if (m->into.len)
		m->carrier = m->into_carrier;
	return 0;
}

/* A line of claims in JSON over what the options said; the answer in hexadecimal. */
static int answer(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	const struct maker *m = it->context;
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_RECORD_FILE_MAX);
	struct claims c = m->claims;
	int rc = read_claims(item, len, &c, err);

	(void)o;
	rc = rc ? rc : make(m, &c, &b, err);
	if (rc)
		return rc;
	if (2 * b.len >= size)
		return hm_err_set(err, -HM_ETOO_LONG, "%zu bytes are too many for a line", b.len);
	hm_hex(b.data, b.len, out);
	return 0;
}

static int make_one(struct hm_cli *cli, struct maker *m)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_RECORD_FILE_MAX);
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	int rc = make(m, &m->claims, &b, &err);

	if (rc)
		return hm_cli_refuse(cli, "record make", rc, &err);
	if (!cli->json || (m->output && strcmp(m->output, "-")))
		rc = hm_cli_write(m->output, b.data, b.len, &err);
	if (rc)
		return hm_cli_fail(cli, "record make", rc, &err);
	if (!cli->json)
		return hm_cli_flush();
	v = json_pack("{s:s, s:I, s:o}", "carrier", m->tag ? "tag" : hm_carrier_name(m->carrier), "bytes",
		      (json_int_t)b.len, "image", hm_json_hex(b.data, b.len));
	return hm_cli_print(v);
}

int hm_cmd_record_make(struct hm_cli *cli, int argc, char **argv)
{
	struct maker m = { .carrier = HM_CARRIER_CWT, .claims = { .issued_at = -1, .generation = -1 } };
	struct hm_items items = { .cli = cli, .answer = answer, .key = "image", .context = &m };
	int exit_code;

	hm_buf_init(&m.into, HM_RECORD_FILE_MAX);
	exit_code = options(cli, argc, argv, &m);
	if (!exit_code) {
		if (optind == argc)
			exit_code = make_one(cli, &m);
		else if (optind + 1 == argc && !strcmp(argv[optind], "-") && m.output)
			exit_code = hm_cli_usage(cli, "record", "--output is not for -: lines are answered on standard output");
		else if (optind + 1 == argc && !strcmp(argv[optind], "-"))
			exit_code = hm_items_run(&items, 1, argv + optind);
		else
			exit_code = hm_cli_usage(cli, "record", "make --key FILE [OPTION...] [-]");
	}
	EVP_PKEY_free(m.key);
	hm_buf_free(&m.into);
	return exit_code;
}
