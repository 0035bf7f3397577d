// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "base/buf.h"
#include "gs1/epc.h"
#include "gs1/gs1.h"
#include "identity/identity.h"
#include "ledger/leaf.h"
#include "marker/marker.h"
#include "product/product.h"
#include "serial/eui.h"

static const char *const step_names[HM_STEPS] = {
	"reserve", "probe", "bind", "mark", "sign", "write", "commit",
};

const char *hm_view_wait_for(int wait, bool fresh_board)
{
	if (fresh_board)
		return "board";
	switch (wait) {
	case HM_ENO_BOARD:
	case HM_EBOARD_SWAPPED:
	case HM_EEEPROM_ABSENT:
		return "same-board";
	case HM_EPAPER_OUT:
		return "paper";
	case HM_ESILENT:
	case HM_EPRINTER_FAULT:
		return "printer";
	case HM_ETAG_VOID:
		return "tag";
	case HM_EWRITE_PROTECTED:
	case HM_EMISMATCH:
		return "eeprom";
	case HM_EIN_DOUBT:
		return "scan";
	case HM_EGATE_FAULT:
		return "reboot";
	case HM_ENO_TPM:
	case HM_ETPM_FAILED:
		return "tpm";
	case HM_EDISK_FULL:
		return "disk";
	}
	return hm_wait_is_device(wait) || wait == HM_EDEVICE ? "device" : "person";
}

json_t *hm_view_wait(int wait, bool fresh_board, const char *text)
{
	if (!wait)
		return json_null();
	return json_pack("{s:s, s:s, s:o, s:b}", "for", hm_view_wait_for(wait, fresh_board),
			 "error", hm_error_name(wait), "text", hm_json_text(text[0] ? text : hm_error_why(wait)),
			 "person", !hm_wait_is_device(wait));
}

/* Any board will do as long as the unit is bound to none. */
static json_t *unit_wait(const struct hm_unit *u)
{
	bool fresh = u->state == HM_UNIT_RESERVED &&
		     (u->wait == HM_ENO_BOARD || u->wait == HM_EDUPLICATE || u->wait == HM_EUNTRUSTED);

	return hm_view_wait(u->wait, fresh, u->wait_text);
}

json_t *hm_view_unit_brief(const struct hm_unit *u)
{
	return json_pack("{s:s, s:s, s:s, s:o}", "serial", u->serial, "state",
			 hm_unit_state_name(u->state), "slot", u->slot, "wait", unit_wait(u));
}

/* --- one unit, whole --- */

struct whole {
	const struct hm_unit *u;
	json_t *marks;
	const char *payload;	/* not set: jobs carry digests, copied below */
	char payload_sha256[65];
	struct hm_buf cert;
	struct hm_buf file;
};

static const char *job_state(const struct hm_job *j)
{
	switch (j->fate) {
	case HM_JOB_SEEN:
		return hm_mark_state_name((enum hm_mark_state)j->state);
	case HM_JOB_NEVER:
		return "never";
	case HM_JOB_GONE:
		return "lost";
	case HM_JOB_OPEN:
		break;
	}
	return "open";
}

static int each_job(void *ctx, const struct hm_job *j)
{
	struct whole *w = ctx;
	json_t *m = json_pack("{s:s, s:s, s:o, s:s, s:o, s:s}", "marker", j->marker, "purpose",
			      j->purpose, "seq",
			      j->fate == HM_JOB_SEEN ? json_integer((json_int_t)j->seq) : json_null(),
			      "state", job_state(j), "digest", hm_json_hex(j->digest, 32),
			      "job_id", "");

	if (!m)
		return -ENOMEM;
	json_object_set_new(m, "job_id", hm_json_hex(j->job_id, sizeof(j->job_id)));
	if (!strcmp(j->purpose, "label") && j->fate == HM_JOB_SEEN)
		hm_hex(j->digest, 32, w->payload_sha256);
	return json_array_append_new(w->marks, m) ? -ENOMEM : 0;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static int whole_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct whole *w = arg;
	int rc = hm_tx_jobs(tx, w->u->serial, each_job, w, err);

	if (!rc && !is_zero(w->u->cert_sha256, 32))
		rc = hm_tx_blob_get(tx, w->u->cert_sha256, &w->cert, err);
	return rc ?: hm_tx_blob_get(tx, w->u->product_sha256, &w->file, err);
}

static json_t *view_certificate(const struct hm_buf *der)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(64u << 10);

	if (!der->len || hm_cert_to_pem((struct hm_der){ der->data, der->len }, &pem))
		return json_null();
	return json_string(hm_buf_str(&pem));
}

static json_t *view_label(const struct whole *w)
{
	char link[HM_DIGITAL_LINK_MAX] = "";
	struct hm_product p;

	if (!hm_product_parse(w->file.data, w->file.len, &p, NULL))
		hm_gs1_digital_link(p.gtin, w->u->serial, link, sizeof(link));
	return json_pack("{s:o, s:o}", "digital_link", hm_json_text_or_null(link),
			 "payload_sha256", hm_json_text_or_null(w->payload_sha256));
}

static json_t *view_ms(const struct hm_unit *u)
{
	json_t *o = json_object();

	for (size_t i = 0; i < HM_STEPS; i++)
		json_object_set_new(o, step_names[i], json_integer(u->ms[i]));
	return o;
}

static json_t *view_key(const struct hm_unit *u)
{
	if (is_zero(u->key_sha256, 32))
		return json_null();
	return json_pack("{s:s, s:o}", "algorithm", "ECDSA-P256", "sha256",
			 hm_json_hex(u->key_sha256, 32));
}

/* The first of its addresses, as people write them. */
static json_t *view_mac(const struct hm_unit *u)
{
	unsigned int bits = (unsigned int)strlen(u->mac) * 4;
	char text[HM_EUI_TEXT_MAX] = "";
	uint64_t eui;

	if (bits && !hm_eui_parse(u->mac, strlen(u->mac), bits, &eui))
		hm_eui_text(eui, bits, ':', text);
	return hm_json_text_or_null(text);
}

static json_t *view_whole(const struct whole *w)
{
	const struct hm_unit *u = w->u;
	char epc_hex[HM_EPC_HEX_SIZE], epc[HM_EPC_URI_SIZE] = "";

	hm_epc_hex(&u->epc, epc_hex);
	/* a "+" scheme has no URI but the raw one */
	if (u->epc.len && hm_epc_decode(epc_hex, epc, sizeof(epc)))
		(void)hm_epc_raw(epc_hex, 2 * u->epc.len, epc, sizeof(epc));
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:O, s:I, s:o, s:o, s:o, s:I}",
			 "serial", u->serial, "product", u->product, "state",
			 hm_unit_state_name(u->state), "generation", (json_int_t)u->generation,
			 "lot", hm_json_text_or_null(u->lot), "slot", hm_json_text_or_null(u->slot),
			 "epc", hm_json_text_or_null(epc), "epc_hex",
			 hm_json_text_or_null(epc_hex),
			 "tid", hm_json_text_or_null(u->tid), "key", view_key(u),
			 "certificate", view_certificate(&w->cert),
			 "binding", hm_binding_name((enum hm_binding)u->binding),
			 "record", u->record_len ? hm_json_hex(u->record, u->record_len) : json_null(),
			 "eeprom_sha256", hm_json_hex_or_null(u->image_sha256, 32),
			 "label", view_label(w), "marks", w->marks,
			 "leaf", (json_int_t)u->leaf, "ms", view_ms(u), "wait", unit_wait(u),
			 "mac", view_mac(u), "macs", (json_int_t)u->macs);
}

int hm_view_unit(struct hm_daemon *d, const struct hm_unit *u, json_t **ret, struct hm_err *err)
{
	struct whole w = { .u = u, .marks = json_array() };
	json_t *v = NULL;
	int rc = w.marks ? 0 : -ENOMEM;

	hm_buf_init(&w.cert, 64u << 10);
	hm_buf_init(&w.file, HM_PRODUCT_FILE_MAX);
	if (!rc)
		rc = hm_store_read(d->env.store, whole_fn, &w, err);
	hm_daemon_fatal(d, rc, err);
	if (!rc) {
		v = view_whole(&w);
		rc = v ? 0 : -ENOMEM;
	}
	hm_buf_free(&w.cert);
	hm_buf_free(&w.file);
	json_decref(w.marks);
	if (!rc)
		*ret = v;
	return rc;
}

/* --- a unit's story --- */

struct story {
	const char *serial;
	json_t *list;
};

static const char *role_name(enum hm_leaf_role r)
{
	static const char *const names[] = {
		[HM_JOB_ANNOUNCED] = "announced", [HM_JOB_OBSERVED] = "observed",
		[HM_JOB_LAPSED] = "lapsed", [HM_JOB_LOST] = "lost",
	};

	return names[r];
}

static json_t *leaf_jobs(const struct hm_leaf *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->n_jobs; i++) {
		const struct hm_leaf_job *j = &l->jobs[i];
		json_t *o = json_pack("{s:s, s:o}", "role", role_name(j->role), "job_id",
				      hm_json_hex(j->job_id, sizeof(j->job_id)));

		if (j->role == HM_JOB_ANNOUNCED) {
			json_object_set_new(o, "purpose", json_string(j->purpose));
			json_object_set_new(o, "marker", json_string(j->marker));
			json_object_set_new(o, "digest", hm_json_hex(j->digest, 32));
			json_object_set_new(o, "reprint", json_boolean(j->flags & HM_MARK_REPRINT));
		} else if (j->role == HM_JOB_OBSERVED) {
			json_object_set_new(o, "seq", json_integer((json_int_t)j->seq));
			json_object_set_new(o, "state", json_string(hm_mark_state_name(
							(enum hm_mark_state)j->state)));
		}
		json_array_append_new(a, o);
	}
	return a;
}

static int each_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	struct story *s = ctx;
	struct hm_leaf *l = malloc(sizeof(*l));
	json_t *o;
	int rc = l ? hm_leaf_decode(bytes, len, l, NULL) : -ENOMEM;

	if (rc || l->type != HM_LEAF_UNIT || strcmp(l->serial, s->serial)) {
		free(l);
		return rc;
	}
	o = json_pack("{s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:o}", "leaf", (json_int_t)index, "time",
		      (json_int_t)l->time, "step", l->step, "state", l->state,
		      "who", hm_json_text_or_null(l->who), "why", hm_json_text_or_null(l->why),
		      "wait", hm_json_text_or_null(l->wait), "jobs", leaf_jobs(l));
	free(l);
	return json_array_append_new(s->list, o) ? -ENOMEM : 0;
}

static int story_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t n;
	int rc = hm_tx_leaf_count(tx, &n, err);

	return rc ?: hm_tx_leaves(tx, 0, n, each_leaf, arg, err);
}

int hm_view_story(struct hm_daemon *d, const char *serial, json_t **ret, struct hm_err *err)
{
	struct story s = { serial, json_array() };
	int rc = s.list ? hm_store_read(d->env.store, story_fn, &s, err) : -ENOMEM;

	hm_daemon_fatal(d, rc, err);
	if (rc)
		json_decref(s.list);
	else
		*ret = s.list;
	return rc;
}
