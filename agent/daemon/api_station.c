// SPDX-License-Identifier: LGPL-2.1-or-later
/* The station: what it is, what would stop it, its products, log and checkpoint. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "agent/daemon/api.h"
#include "identity/identity.h"
#include "ledger/ledger.h"
#include "marker/marker.h"
#include "product/product.h"

#define LOG_SHOWN_MAX (256u << 20)

static json_t *view_gate(const struct hm_gate_state *g)
{
	if (!g->present)
		return json_null();
	return json_pack("{s:b, s:b, s:o, s:i, s:I, s:i, s:i, s:I}", "fault", g->fault, "full",
			 g->full, "boot_id", hm_json_hex(g->boot_id, sizeof(g->boot_id)), "pcr",
			 (int)g->pcr, "seq", (json_int_t)g->seq, "log_bytes", (int)g->log_bytes,
			 "log_max", (int)g->log_max, "log_exported",
			 (json_int_t)(g->exported ? g->log_start : 0));
}

static json_t *view_certificates(struct hm_daemon *d)
{
	static const char *const names[] = {
		[HM_CERT_ROOT] = "root", [HM_CERT_ISSUER] = "issuer", [HM_CERT_SIGN] = "sign",
		[HM_CERT_AK] = "ak", [HM_CERT_EK] = "ek",
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && d->env.keys; i++) {
		_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(64u << 10);
		const uint8_t *der;
		size_t len;

		if (!hm_keys_cert(d->env.keys, (enum hm_cert)i, &der, &len) &&
		    !hm_cert_to_pem((struct hm_der){ der, len }, &pem))
			json_object_set_new(o, names[i], json_string(hm_buf_str(&pem)));
	}
	return o;
}

/* null, or what the last failure was */
static json_t *view_error(int rc, const struct hm_err *err)
{
	return rc ? hm_json_error(rc, hm_err_text(err, rc)) : json_null();
}

struct figures {
	uint64_t leaves;
};

static int figures_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct figures *f = arg;

	return hm_tx_leaf_count(tx, &f->leaves, err);
}

int hm_api_station(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	struct hm_gate_state gate = { .present = false };
	struct figures f = { 0 };
	uint64_t pending = 0;
	int64_t age = -1;
	json_t *slots = json_array();
	int rc = hm_store_read(d->env.store, figures_fn, &f, &c->err);

	/* what the gate says now, not what it said at the start */
	rc = rc ?: hm_gate_state(d->station.sysroot, &gate, &c->err);
	rc = rc ?: hm_station_pending(&d->station, &pending, &age, &c->err);
	hm_daemon_fatal(d, rc, &c->err);
	if (rc) {
		json_decref(slots);
		return rc;
	}
	for (size_t i = 0; i < d->n_slots; i++)
		json_array_append_new(slots, json_pack("{s:s, s:s, s:s, s:o}", "name",
			d->slots[i].cfg.name, "printer", d->slots[i].cfg.printer, "eeprom",
			d->slots[i].cfg.eeprom, "dut_tpm",
			hm_json_text_or_null(d->slots[i].cfg.dut_tpm)));
	pthread_mutex_lock(&d->lock);
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:{s:I, s:o, s:o}, s:o, s:o, s:I}",
			 "id", d->station.id, "origin", d->station.origin, "issuer",
			 d->engine.issuer, "version", HM_VERSION, "gate", view_gate(&gate),
			 "tpm", view_error(d->tpm_error, &d->tpm_why),
			 "leaves", (json_int_t)f.leaves,
			 "checkpoint", "pending_leaves", (json_int_t)pending,
			 "age_seconds", age < 0 ? json_null() : json_integer(age),
			 "error", view_error(d->checkpoint_error, &d->checkpoint_why),
			 "slots", slots, "certificates", view_certificates(d),
			 "patience_seconds", (json_int_t)d->config.patience_seconds);
	pthread_mutex_unlock(&d->lock);
	return 0;
}

int hm_api_check(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	struct hm_check *checks = calloc(HM_CHECKS_MAX, sizeof(*checks));
	json_t *list = json_array();
	bool ok = true;
	size_t n = 0;
	int rc = -ENOMEM;

	if (checks) {
		pthread_mutex_lock(&d->station_lock);
		rc = hm_station_check(&d->station, d->config.slots, d->config.n_slots, checks, &n,
				      &c->err);
		pthread_mutex_unlock(&d->station_lock);
	}
	hm_daemon_fatal(d, rc, &c->err);
	for (size_t i = 0; i < n && !rc; i++) {
		const struct hm_check *k = &checks[i];

		ok = ok && !k->rc;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:i}", "what", k->what, "error",
			k->rc ? json_string(hm_error_name(k->rc)) : json_null(), "text", hm_json_text(k->text),
			"exit", hm_error_exit(k->rc)));
	}
	free(checks);
	if (rc)
		json_decref(list);
	else
		*ret = json_pack("{s:b, s:o}", "ok", ok, "checks", list);
	return rc;
}

/* --- products --- */

struct products {
	json_t *list;
	uint8_t (*files)[32];
	size_t n;
};

static int each_product(void *ctx, const char *name, const uint8_t file[32], const uint8_t tpl[32])
{
	struct products *p = ctx;
	void *files = reallocarray(p->files, p->n + 1, sizeof(*p->files));

	if (!files)
		return -ENOMEM;
	p->files = files;
	memcpy(p->files[p->n++], file, 32);
	json_array_append_new(p->list, json_pack("{s:s, s:o, s:o}", "name", name, "file_sha256",
						 hm_json_hex(file, 32), "template_sha256",
						 hm_json_hex(tpl, 32)));
	return 0;
}

static int products_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_products(tx, each_product, arg, err);
}

static int describe(struct hm_call *c, const uint8_t file_sha256[32], json_t *o)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_product p;
	int rc = hm_read_blob(c->d, file_sha256, &file, &c->err);

	rc = rc ?: hm_product_parse(file.data, file.len, &p, &c->err);
	if (rc)
		return rc;
	json_object_set_new(o, "gtin", json_string(p.gtin));
	json_object_set_new(o, "part_number", json_string(p.part_number));
	json_object_set_new(o, "manufacturer", json_string(p.manufacturer));
	json_object_set_new(o, "description", hm_json_text_or_null(p.description));
	json_object_set_new(o, "pattern", hm_json_text_or_null(p.pattern));
	json_object_set_new(o, "pool", hm_json_text_or_null(p.pool));
	json_object_set_new(o, "macs", json_integer(p.mac_count));
	json_object_set_new(o, "binding", json_string(hm_binding_name(p.binding)));
	json_object_set_new(o, "eeprom_size", json_integer(p.eeprom_size));
	json_object_set_new(o, "file", json_stringn(hm_buf_str(&file), file.len));
	return 0;
}

int hm_api_products(struct hm_call *c, json_t **ret)
{
	struct products p = { .list = json_array() };
	int rc = hm_store_read(c->d->env.store, products_fn, &p, &c->err);

	hm_daemon_fatal(c->d, rc, &c->err);
	for (size_t i = 0; i < p.n && !rc; i++)
		rc = describe(c, p.files[i], json_array_get(p.list, i));
	free(p.files);
	if (rc)
		json_decref(p.list);
	else
		*ret = p.list;
	return rc;
}

int hm_api_product_post(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	const char *file = NULL, *tpl = NULL;
	const struct hm_json_want wants[] = {
		{ "file", HM_JSON_LONG, &file, HM_PRODUCT_FILE_MAX, true },
		{ "template", HM_JSON_LONG, &tpl, HM_PRODUCT_FILE_MAX, true },
	};
	char name[33];
	int rc = hm_json_read(c->body, wants, 2, &c->err);

	if (rc)
		return rc;
	pthread_mutex_lock(&d->station_lock);
	rc = hm_station_product_add(&d->station, file, strlen(file), tpl, strlen(tpl), name, &c->err);
	pthread_mutex_unlock(&d->station_lock);
	hm_daemon_fatal(d, rc, &c->err);
	if (!rc)
		*ret = json_pack("{s:s}", "name", name);
	return rc;
}

/* --- evidence --- */

int hm_api_log(struct hm_call *c, json_t **ret)
{
	int rc;

	c->reply->bytes.limit = LOG_SHOWN_MAX;
	rc = hm_station_log(&c->d->station, &c->reply->bytes, &c->err);

	(void)ret;
	if (!rc)
		strcpy(c->reply->type, "application/octet-stream");
	return rc;
}

static int last_checkpoint(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_checkpoint_last(tx, arg, err);
}

int hm_api_checkpoint(struct hm_call *c, json_t **ret)
{
	_cleanup_buf_ struct hm_buf note = HM_BUF_INIT(64u << 10), vkey = HM_BUF_INIT(1024);
	struct hm_daemon *d = c->d;
	struct hm_checkpoint_row row;
	uint8_t public[32];
	int rc = hm_store_read(d->env.store, last_checkpoint, &row, &c->err);

	rc = rc ?: hm_read_blob(d, row.note_sha256, &note, &c->err);
	hm_daemon_fatal(d, rc, &c->err);
	if (!rc && d->env.keys) {
		hm_keys_log_public(d->env.keys, public);
		rc = hm_note_vkey(d->station.origin, public, &vkey);
	}
	if (!rc)
		*ret = json_pack("{s:I, s:I, s:b, s:o, s:s, s:o}", "size", (json_int_t)row.size,
				 "time", (json_int_t)row.time, "closing", row.closing, "boot_id",
				 hm_json_hex_or_null(row.boot_id, 16), "note", hm_buf_str(&note),
				 "vkey", hm_json_text_or_null(hm_buf_str(&vkey)));
	return rc;
}
