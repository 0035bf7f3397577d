// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/product.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "serial/eui.h"
#include "serial/forms.h"
#include "serial/serial.h"
#include "unit/work.h"

int hm_product_try(const struct hm_product_trial *t, const char *serial, const char *lot, int64_t day,
		   struct hm_err *err)
{
	struct hm_label_inputs in;
	struct hm_epc epc;

	/* a label may need a lot where the serial holds none */
	if (!*lot && hm_unit_inputs_want_lot(t->p))
		lot = "LOT";
	if (hm_unit_inputs(t->p, &(struct hm_made){ serial, lot, day }, &in, &epc, err))
		return -HM_EBAD_PRODUCT;
	if (t->p->mac_count)
		hm_label_address(&in, t->p->mac_bits == 48 ? "FCFFFFFFFFFF" : "FCFFFFFFFFFFFFFF");
	return t->label ? t->label(t->ctx, &in, err) : 0;
}

/* The first serial and the last of a day. */
static int try_day(const struct hm_product_trial *t, int64_t day, const char *lot, struct hm_err *err)
{
	const struct hm_draw d = { .product = t->p, .lot = lot, .now = day };
	char serial[21];
	int rc = 0;

	for (int last = 0; !rc && last < 2; last++) {
		rc = hm_draw_specimen(&d, last, serial, err);
		if (rc)
			return rc == -HM_EGUESSABLE ? rc : -HM_EBAD_PRODUCT;
		rc = hm_product_try(t, serial, lot, day, err);
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

/*
 * An SGTIN-96 has digits alone. The first serial and the last may be digits where those between
 * have letters: what the pattern can make is looked at, not what it makes first.
 */
static int check_digits(const struct hm_product *p, const struct hm_scheme *s, struct hm_err *err)
{
	const struct hm_alphabet *all[] = { &s->alphabet, &s->lot_alphabet };
	bool letters = s->check == HM_CHECKCHAR_MOD11_2 || s->check == HM_CHECKCHAR_MOD37_2 ||
		       s->check == HM_CHECKCHAR_MOD37_36;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		letters = letters || !hm_digits(all[i]->digit, all[i]->n);
	if (!letters || p->epc_scheme != HM_PRODUCT_SGTIN_96)
		return 0;
	return hm_err_set(err, -HM_EBAD_PRODUCT, "[serial] pattern: it makes letters, and an sgtin-96 has digits alone; "
			  "sgtin-198 and sgtin+ take both");
}

/* Days that dates in serials may trip over: today, a first one of a tenth year, the last one. */
static int try_pattern(const struct hm_product_trial *t, struct hm_err *err)
{
	static const int64_t days[] = { 1893456000 /* 2030-01-01 */, 4102444799 /* 2099-12-31 */ };
	char lot[HM_SERIAL_MAX + 1];
	struct hm_scheme s;
	int rc = hm_scheme_parse(&s, t->p->pattern, err);

	if (rc)
		return rc;
	specimen_lot(&s, lot);
	rc = check_digits(t->p, &s, err);
	rc = rc ? rc : try_day(t, t->now, lot, err);
	for (size_t i = 0; !rc && hm_scheme_wants_date(&s) && i < sizeof(days) / sizeof(days[0]); i++)
		rc = try_day(t, days[i], lot, err);
	return rc;
}

static int try_macs(const struct hm_product_trial *t, struct hm_err *err)
{
	struct hm_eui_block block;
	struct hm_range pool;

	return t->p->mac_prefix[0] ? hm_mac_block(t->p, &block, &pool, err) : 0;
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
	const bool macs = p->mac_count && p->mac_bits == 48;
	struct hm_image image = { .made = 820540800, .cwt_len = HM_RECORD_MAX, .has_mac = macs, .mac = { [5] = 1 },
				  .macs = macs ? (uint16_t)p->mac_count : 0 };
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

int hm_product_judge(const struct hm_product_trial *t, struct hm_err *err)
{
	int rc = check_issuer(t->p, err);

	assert(t->p->name[0]);
	if (!rc && !hm_label_driver_of(t->p->template_name))
		rc = hm_err_set(err, -HM_EBAD_PRODUCT, "[label] template: no language has templates like %s",
				t->p->template_name);
	rc = rc ? rc : try_macs(t, err);
	if (!rc && !t->p->pool[0])
		rc = try_pattern(t, err);
	return rc ? rc : try_image(t->p, err);
}

int hm_product_read(const void *bytes, size_t len, int64_t now, struct hm_product *ret, struct hm_err *err)
{
	struct hm_product p;
	int rc = hm_product_parse(bytes, len, &p, err);

	rc = rc ? rc : hm_product_judge(&(struct hm_product_trial){ .p = &p, .now = now }, err);
	if (!rc)
		*ret = p;
	return rc;
}
