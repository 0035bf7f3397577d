// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A product comes in: every rule that could fail on the line is tried here, with the
 * first serial and the last, so that no unit meets a product that cannot be made.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "ledger/leaf.h"
#include "serial/serial.h"
#include "station/station.h"
#include "unit/work.h"

static int try_serial(const struct hm_product *p, const struct hm_scheme *s, uint64_t n,
		      const void *tpl, size_t tpl_len, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(256u << 10);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct hm_label_inputs in;
	char serial[21];
	uint8_t epc[12];
	int rc = hm_scheme_format(s, n, serial, sizeof(serial));

	if (rc)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[serial] pattern: counter %llu: %s",
				  (unsigned long long)n, hm_error_why(rc));
	rc = hm_unit_inputs(p, serial, "", &in, epc, err);
	if (rc)
		return -HM_EBAD_PRODUCT;
	rc = hm_label_render(tpl, tpl_len, f, hm_label_fields(&in, f), &out, err);
	return rc ? -HM_EBAD_TEMPLATE : 0;
}

static int check(const struct hm_product *p, const void *tpl, size_t tpl_len, struct hm_err *err)
{
	struct hm_slots slots;
	struct hm_scheme s;
	uint64_t last;
	int rc = hm_scheme_parse(&s, p->pattern, err);

	if (rc)
		return rc;
	last = p->last < s.max ? p->last : s.max;
	if (p->first > last)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[serial] first %llu is beyond the last, %llu",
				  (unsigned long long)p->first, (unsigned long long)last);
	rc = try_serial(p, &s, p->first, tpl, tpl_len, err);
	if (!rc)
		rc = try_serial(p, &s, last, tpl, tpl_len, err);
	if (!rc && hm_slots_plan(p->eeprom_size, &slots))
		rc = hm_err_set(err, -HM_EBAD_PRODUCT, "[record] eeprom_size %u holds no two slots",
				p->eeprom_size);
	return rc;
}

struct add {
	struct hm_station *st;
	const char *name;
	const void *file, *tpl;
	size_t file_len, tpl_len;
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
	rc = hm_leaf_encode(&leaf, &b);
	if (!rc)
		rc = hm_tx_product_put(tx, a->name, leaf.product_sha256, leaf.template_sha256, err);
	return rc ? rc : hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

int hm_station_product_add(struct hm_station *st, const void *file, size_t file_len,
			   const void *tpl, size_t tpl_len, char ret_name[33], struct hm_err *err)
{
	struct hm_product p;
	struct add a = { .st = st, .file = file, .tpl = tpl, .file_len = file_len,
			 .tpl_len = tpl_len };
	int rc = hm_product_parse(file, file_len, &p, err);

	if (!rc)
		rc = check(&p, tpl, tpl_len, err);
	a.name = p.name;
	if (!rc)
		rc = hm_store_run(st->env->store, put, &a, err);
	if (!rc)
		snprintf(ret_name, 33, "%s", p.name);
	return rc;
}
