// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A product comes in: every rule that could fail on the line is tried here, with the
 * first serial and the last, so that no unit meets a product that cannot be made.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "ledger/leaf.h"
#include "serial/eui.h"
#include "serial/forms.h"
#include "serial/serial.h"
#include "station/pool.h"
#include "station/serial_key.h"
#include "station/station.h"
#include "unit/work.h"

struct trial {
	const struct hm_product *p;
	const struct hm_label_driver *driver;
	const void *tpl;
	size_t tpl_len;
	int64_t now;
};

static int try_label(const struct trial *t, const char *serial, const char *lot, int64_t day, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(256u << 10);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct hm_label_inputs in;
	uint8_t epc[12];

	/* a label may need a lot where the serial holds none */
	if (!*lot && hm_unit_inputs_want_lot(t->p))
		lot = "LOT";
	if (hm_unit_inputs(t->p, &(struct hm_made){ serial, lot, day }, &in, epc, err))
		return -HM_EBAD_PRODUCT;
	if (t->p->mac_count)
		hm_label_address(&in, t->p->mac_bits == 48 ? "FCFFFFFFFFFF" : "FCFFFFFFFFFFFFFF");
	return t->driver->render(t->tpl, t->tpl_len, f, hm_label_fields(&in, f), &out, err) ?
		-HM_EBAD_TEMPLATE : 0;
}

/* The first serial and the last of a day. */
static int try_day(const struct trial *t, int64_t day, const char *lot, struct hm_err *err)
{
	const struct hm_draw d = { .product = t->p, .lot = lot, .now = day };
	char serial[21];
	int rc = 0;

	for (int last = 0; !rc && last < 2; last++) {
		rc = hm_draw_specimen(&d, last, serial, err);
		if (rc)
			return rc == -HM_EGUESSABLE ? rc : -HM_EBAD_PRODUCT;
		rc = try_label(t, serial, lot, day, err);
	}
	return rc;
}

/* A lot's name that the scheme takes, made of its largest digit; "" where it holds none. */
static void specimen_lot(const struct hm_scheme *s, char lot[HM_SERIAL_MAX + 1])
{
	memset(lot, 0, HM_SERIAL_MAX + 1);
	if (hm_scheme_wants_lot(s))
		memset(lot, s->lot_alphabet.digit[s->lot_alphabet.n - 1], s->lot_width);
}

/* Days that dates in serials may trip over: today, a first one of a tenth year, the last one. */
static int try_pattern(const struct trial *t, struct hm_err *err)
{
	static const int64_t days[] = { 1893456000 /* 2030-01-01 */, 4102444799 /* 2099-12-31 */ };
	char lot[HM_SERIAL_MAX + 1];
	struct hm_scheme s;
	int rc = hm_scheme_parse(&s, t->p->pattern, err);

	if (rc)
		return rc;
	specimen_lot(&s, lot);
	rc = try_day(t, t->now, lot, err);
	for (size_t i = 0; !rc && hm_scheme_wants_date(&s) && i < sizeof(days) / sizeof(days[0]); i++)
		rc = try_day(t, days[i], lot, err);
	return rc;
}

static int try_macs(const struct trial *t, struct hm_err *err)
{
	struct hm_eui_block block;
	struct hm_range pool;

	return t->p->mac_prefix[0] ? hm_mac_block(t->p, &block, &pool, err) : 0;
}

/* Every entry makes an EPC and a link; the first and the last make a label. */
static int try_pools(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	const struct trial *t = arg;
	struct hm_err why = { "" };
	struct hm_pool pool;
	char serial[21];
	uint64_t bad;
	int rc = hm_pools_fit(tx, t->p, NULL, &bad, &why);

	if (rc == -HM_ENOT_FOUND || rc == -HM_EBAD_PRODUCT)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "%s", hm_err_text(&why, rc));
	if (rc)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "entry %llu of its pool: %s", (unsigned long long)bad + 1,
				  hm_err_text(&why, rc));
	if (!t->p->pool[0])
		return 0;
	rc = hm_tx_pool_get(tx, t->p->pool, &pool, err);
	for (int last = 0; !rc && last < 2; last++) {
		rc = hm_tx_pool_entry_get(tx, pool.name, last ? pool.entries - 1 : 0, serial, err);
		rc = rc ? rc : try_label(t, serial, "", t->now, err);
	}
	return rc;
}

static int check_issuer(const struct hm_product *p, struct hm_err *err)
{
	struct hm_issuer who;

	if (p->iac[0] && hm_issuer_set(&who, p->iac, p->cin))
		return hm_err_set(err, -HM_EBAD_PRODUCT,
				  "[product] iac, cin: not those of an issuer (ISO/IEC 15459)");
	if (p->link[0] && hm_link_base_check(p->link))
		return hm_err_set(err, -HM_EBAD_PRODUCT,
				  "[product] link: not the beginning of a link of IEC 61406");
	return 0;
}

/* Does the largest image of this product fit a slot of its EEPROM? */
static int try_image(const struct hm_product *p, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_IMAGE_MAX);
	struct hm_image image = { .made = 820540800, .cwt_len = HM_RECORD_MAX, .macs = (uint16_t)p->mac_count,
				  .has_mac = p->mac_count && p->mac_bits == 48, .mac = { [5] = 1 } };
	struct hm_err why = { "" };
	enum hm_carrier carrier;
	struct hm_slots slots;
	int rc = hm_carrier_of(p->carrier, &carrier);

	memset(image.serial, '0', HM_SERIAL_MAX);
	snprintf(image.product, sizeof(image.product), "%s", p->name);
	snprintf(image.part_number, sizeof(image.part_number), "%s", p->part_number);
	snprintf(image.manufacturer, sizeof(image.manufacturer), "%s", p->manufacturer);
	rc = rc ? rc : hm_slots_plan(carrier, p->eeprom_size, &slots);
	rc = rc ? rc : hm_image_build(carrier, &image, &b, &why);
	if (!rc && b.len > slots.size)
		rc = hm_err_set(&why, -HM_ETOO_LONG, "an image needs up to %zu bytes, a slot has %u", b.len, slots.size);
	return rc ? hm_err_set(err, -HM_EBAD_PRODUCT, "[record] carrier %s, eeprom_size %u: %s", p->carrier,
			       p->eeprom_size, hm_err_text(&why, rc)) : 0;
}

static int check(struct hm_station *st, const struct trial *t, struct hm_err *err)
{
	int rc = check_issuer(t->p, err);

	if (!rc && !t->driver)
		rc = hm_err_set(err, -HM_EBAD_PRODUCT, "[label] template: no language has templates like %s",
				t->p->template_name);
	rc = rc ? rc : try_macs(t, err);
	if (!rc && (t->p->pool[0] || t->p->mac_pool[0]))
		rc = hm_store_read(st->env->store, try_pools, (void *)t, err);
	if (!rc && !t->p->pool[0])
		rc = try_pattern(t, err);
	return rc ? rc : try_image(t->p, err);
}

struct add {
	struct hm_station *st;
	const char *name;
	const void *file, *tpl;
	size_t file_len, tpl_len;
	const struct hm_serial_key *key;	/* NULL: its serials need none */
	bool is_new;
};

static int put(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct add *a = arg;
	struct hm_leaf leaf = { .type = HM_LEAF_PRODUCT, .version = HM_LEAF_VERSION,
				.time = a->st->env->now(a->st->env->ctx) };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	uint8_t old_file[32], old_tpl[32];
	uint64_t index;
	int rc = hm_tx_blob_put(tx, a->file, a->file_len, leaf.product_sha256, err);

	if (!rc)
		rc = hm_tx_blob_put(tx, a->tpl, a->tpl_len, leaf.template_sha256, err);
	if (rc)
		return rc;
	rc = hm_tx_product_get(tx, a->name, old_file, old_tpl, NULL);
	if (!rc) {
		if (!memcmp(old_file, leaf.product_sha256, 32) &&
		    !memcmp(old_tpl, leaf.template_sha256, 32))
			return 0;
		return hm_err_set(err, -HM_EEXISTS,
				  "product %s exists and differs: a change takes a new name", a->name);
	}
	if (rc != -HM_ENOT_FOUND)
		return rc;
	snprintf(leaf.product, sizeof(leaf.product), "%s", a->name);
	snprintf(leaf.who, sizeof(leaf.who), "product add");
	if (a->key)
		memcpy(leaf.serial_key, a->key->digest, sizeof(leaf.serial_key));
	rc = hm_leaf_encode(&leaf, &b);
	if (!rc)
		rc = hm_tx_product_put(tx, a->name, leaf.product_sha256, leaf.template_sha256, err);
	if (!rc && a->key)
		rc = hm_tx_serial_key_put(tx, a->name, a->key->sealed.data, a->key->sealed.len,
					  a->key->digest, err);
	a->is_new = true;
	return rc ? rc : hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

static int is_known(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint8_t file[32], tpl[32];

	return hm_tx_product_get(tx, arg, file, tpl, err);
}

/* A key for a product that is not there yet; for one that is, there is nothing to make. */
static int make_key(struct hm_station *st, struct hm_product *p, struct hm_serial_key *k, bool *ret_made,
		    struct hm_err *err)
{
	struct hm_scheme s;
	int rc = p->pattern[0] ? hm_scheme_parse(&s, p->pattern, err) : 0;

	*ret_made = false;
	if (rc || !p->pattern[0] || !s.unguessable)
		return rc;
	rc = hm_store_read(st->env->store, is_known, p->name, NULL);
	if (rc != -HM_ENOT_FOUND)
		return rc;
	rc = hm_serial_key_make(st, p->name, k, err);
	*ret_made = !rc;
	return rc;
}

int hm_station_product_add(struct hm_station *st, const void *file, size_t file_len,
			   const void *tpl, size_t tpl_len, char ret_name[33], struct hm_err *err)
{
	struct hm_product p;
	struct hm_serial_key key;
	struct add a = { .st = st, .file = file, .tpl = tpl, .file_len = file_len,
			 .tpl_len = tpl_len };
	bool made = false;
	int rc = hm_product_parse(file, file_len, &p, err);

	if (!rc)
		rc = check(st, &(struct trial){ &p, hm_label_driver_of(p.template_name), tpl, tpl_len,
						   st->env->now(st->env->ctx) }, err);
	if (!rc)
		rc = make_key(st, &p, &key, &made, err);
	a.name = p.name;
	a.key = made ? &key : NULL;
	if (!rc)
		rc = hm_store_run(st->env->store, put, &a, err);
	if (!rc && made && a.is_new)
		rc = hm_keyring_put(&st->keyring, p.name, key.key);
	if (!rc)
		snprintf(ret_name, 33, "%s", p.name);
	if (made)
		hm_serial_key_drop(&key);
	return rc;
}
