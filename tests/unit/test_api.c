// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The API without its transport: routes, roles, and what a request may say, over a
 * real store and no TPM. What the engine does with it is test_slot's and the e2e's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/common/config.c"
#include "agent/common/json.c"
#include "agent/common/world.c"
#include "agent/daemon/hub.c"
#include "agent/daemon/reads.c"
#include "agent/daemon/view.c"
#include "agent/daemon/view_batch.c"
#include "agent/daemon/api.c"
#include "agent/daemon/api_batch.c"
#include "agent/daemon/api_unit.c"
#include "agent/daemon/api_pool.c"
#include "agent/daemon/api_station.c"
#include "agent/daemon/api_export.c"
#include "agent/daemon/peer.c"
#include "support/tmpdir.h"

static struct hm_daemon *d;
static char *dir;

void hm_log(enum hm_log_id id, int priority, const char *fmt, ...)
{
	(void)id;
	(void)priority;
	(void)fmt;
}

struct answer {
	int status;
	json_t *body;
};

static const char *query_name, *query_value;

static const char *one_query(void *ctx, const char *name)
{
	(void)ctx;
	return query_name && !strcmp(name, query_name) ? query_value : NULL;
}

static struct answer call(const char *method, const char *path, const char *body, unsigned int roles)
{
	struct hm_request rq = {
		.method = method, .path = path, .body = body ?: "", .body_len = body ? strlen(body) : 0,
		.roles = roles, .peer = "tester", .query = one_query,
	};
	struct answer a = { 0, NULL };
	struct hm_reply r;

	hm_api_handle(d, &rq, &r);
	a.status = r.status;
	assert_string_equal(r.type, "application/json");
	assert_int_equal(hm_json_parse(hm_buf_str(&r.bytes), r.bytes.len, &a.body, NULL), 0);
	hm_reply_free(&r);
	return a;
}

/* The error's name, or "" ; checks that an error is whole. */
static const char *error_of(const struct answer *a)
{
	const char *name = json_string_value(json_object_get(a->body, "error"));

	if (!name)
		return "";
	assert_true(a->status >= 400);
	assert_true(json_string_length(json_object_get(a->body, "why")) > 0);
	assert_int_equal(json_integer_value(json_object_get(a->body, "exit")),
			 hm_error_exit(hm_error_number(name)));
	return name;
}

static void expect(const char *method, const char *path, const char *body, unsigned int roles,
		   int status, const char *error)
{
	struct answer a = call(method, path, body, roles);

	if (a.status != status || strcmp(error_of(&a), error))
		fail_msg("%s %s %s: %d %s, not %d %s", method, path, body ?: "", a.status, error_of(&a),
			 status, error);
	json_decref(a.body);
}

/* --- a store with a product, a batch and two units --- */

static const char product_file[] =
	"[product]\nname = p\ngtin = 09521234543213\ncompany_prefix = 9521234\npart_number = X\n"
	"manufacturer = M\n[serial]\npattern = {n:10}{c:mod10}\nfirst = 1000000001\n[epc]\nscheme = sgtin-96\n"
	"filter = 1\n[label]\ntemplate = t.zpl\n[record]\ncarrier = onie-tlv\neeprom_size = 32768\n"
	"[identity]\nbinding = %s\n";

static int add_product(struct hm_tx *tx, const char *name, const char *binding, struct hm_err *err)
{
	char text[1024];
	uint8_t file[32], tpl[32];
	int n = snprintf(text, sizeof(text), product_file, binding);
	int rc = hm_tx_blob_put(tx, text, (size_t)n, file, err);

	rc = rc ?: hm_tx_blob_put(tx, "^XA^XZ", 6, tpl, err);
	return rc ?: hm_tx_product_put(tx, name, file, tpl, err);
}

static int fill(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_batch b = { .key = "k", .product = "p", .count = 2 }, out;
	struct hm_unit u = { .product = "p", .key = "k", .slot = "slot0", .state = HM_UNIT_ACTIVE,
			     .generation = 1 };
	uint8_t tpl[32];
	bool new;
	int rc = add_product(tx, "p", "none", err);

	(void)arg;
	rc = rc ?: add_product(tx, "t", "tpm", err);
	rc = rc ?: hm_tx_product_get(tx, "p", b.product_sha256, tpl, err);
	rc = rc ?: hash_request(&b);
	rc = rc ?: hm_tx_batch_put(tx, &b, &out, &new, err);
	memcpy(u.product_sha256, b.product_sha256, 32);
	memcpy(u.template_sha256, tpl, 32);
	strcpy(u.serial, "10000000015");
	rc = rc ?: hm_tx_unit_put(tx, &u, err);
	strcpy(u.serial, "10000000022");
	u.index = 1;
	u.epc = (struct hm_epc){ 12, { 0x30 } };
	u.state = HM_UNIT_MARKING;
	u.wait = HM_EIN_DOUBT;
	strcpy(u.wait_text, "look");
	return rc ?: hm_tx_unit_put(tx, &u, err);
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	d = calloc(1, sizeof(*d));
	assert_non_null(d);
	dir = tmpdir_make();
	snprintf(path, sizeof(path), "%s/hallmark.db", dir);
	snprintf(d->paths.state, sizeof(d->paths.state), "%s", dir);
	hm_world_env(&d->world, &d->env);
	assert_int_equal(hm_store_open(path, true, &d->env.store, NULL), 0);
	d->engine.env = &d->env;
	d->station.env = &d->env;
	d->config.n_slots = 1;
	strcpy(d->config.slots[0].name, "slot0");
	strcpy(d->config.slots[0].printer, "file:/nowhere");
	strcpy(d->config.slots[0].eeprom, "file:/nowhere");
	assert_int_equal(hm_daemon_init(d), 0);
	assert_int_equal(hm_store_run(d->env.store, fill, NULL, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hm_store_close(d->env.store);
	hm_daemon_done(d);
	free(d);
	tmpdir_remove(dir);
	query_name = NULL;
	return 0;
}

static void knows_its_paths(void **state)
{
	(void)state;
	expect("GET", "/", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "v1/slots", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/slots/", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/slotsx", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/units//reprint", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/units/10000000015/", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("PUT", "/v1/slots", NULL, HM_ROLE_ALL, 405, "bad_request");
	expect("GET", "/v1/units/10000000015/reprint", NULL, HM_ROLE_ALL, 405, "bad_request");
	expect("GET", "/v1/slots", NULL, HM_ROLE_ALL, 200, "");
	expect("GET", "/v1/units/10000000015", NULL, HM_ROLE_ALL, 200, "");
	expect("GET", "/v1/units/10000000999", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/batches/none", NULL, HM_ROLE_ALL, 404, "not_found");
}

static void keeps_pools(void **state)
{
	static const char acme[] = "{\"name\":\"acme\",\"list\":\"serial\\nA1\\nA2\\n\"}";
	struct answer a;

	(void)state;
	expect("GET", "/v1/pools", NULL, HM_ROLE_AUDITOR, 200, "");
	expect("GET", "/v1/pools/acme", NULL, HM_ROLE_AUDITOR, 404, "not_found");
	expect("POST", "/v1/pools", acme, HM_ROLE_AUDITOR, 403, "not_permitted");
	expect("POST", "/v1/pools", acme, HM_ROLE_OPERATOR, 403, "not_permitted");
	expect("POST", "/v1/pools", acme, HM_ROLE_TECHNICIAN, 200, "");
	expect("POST", "/v1/pools", acme, HM_ROLE_SUPERVISOR, 200, "");
	expect("POST", "/v1/pools", "{\"name\":\"acme\"}", HM_ROLE_ALL, 400, "bad_request");
	expect("POST", "/v1/pools", "{\"name\":\"acme\",\"list\":\"\"}", HM_ROLE_ALL, 400, "empty");
	expect("POST", "/v1/pools", "{\"name\":\"acme\",\"list\":\"serial\\nA3\\n\",\"append\":true}", HM_ROLE_ALL, 400,
	       "bad_request");
	expect("POST", "/v1/pools", "{\"name\":\"acme\",\"list\":\"serial\\nA3\\n\",\"append\":\"no\"}", HM_ROLE_ALL, 400,
	       "bad_request");
	expect("POST", "/v1/pools", "{\"name\":\"acme\",\"list\":\"serial\\nA3\\n\"}", HM_ROLE_ALL, 409, "exists");
	expect("POST", "/v1/pools", "{\"name\":\"acme\",\"list\":\"serial\\nA3\\n\",\"append\":\"yes\"}", HM_ROLE_ALL, 200,
	       "");
	expect("POST", "/v1/pools", "{\"name\":\"b\",\"list\":\"serial\\nA3\\n\"}", HM_ROLE_ALL, 409, "duplicate");
	expect("POST", "/v1/pools", "{\"name\":\"b\",\"list\":\"serial\\n\u00fc\\n\"}", HM_ROLE_ALL, 400, "bad_char");
	a = call("GET", "/v1/pools/acme", NULL, HM_ROLE_AUDITOR);
	assert_int_equal(json_integer_value(json_object_get(a.body, "entries")), 3);
	assert_int_equal(json_integer_value(json_object_get(a.body, "left")), 3);
	assert_string_equal(json_string_value(json_object_get(a.body, "kind")), "serial");
	json_decref(a.body);
	a = call("GET", "/v1/pools", NULL, HM_ROLE_AUDITOR);
	assert_int_equal(json_array_size(a.body), 1);
	json_decref(a.body);
}

static void asks_for_roles(void **state)
{
	static const char *const makers[] = { "/v1/batches", "/v1/units/10000000022/resolve" };
	static const char *const keepers[] = { "/v1/products", "/v1/units/10000000015/reprint" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		expect("POST", makers[i], "{}", HM_ROLE_AUDITOR, 403, "not_permitted");
		expect("POST", makers[i], "{}", HM_ROLE_OPERATOR, 400, "bad_request");
		expect("POST", keepers[i], "{}", HM_ROLE_AUDITOR, 403, "not_permitted");
		expect("POST", keepers[i], "{}", HM_ROLE_OPERATOR, 403, "not_permitted");
		expect("POST", keepers[i], "{}", HM_ROLE_TECHNICIAN, 400, "bad_request");
	}
	expect("GET", "/v1/units", NULL, HM_ROLE_AUDITOR, 200, "");
	expect("GET", "/v1/units", NULL, 0, 403, "not_permitted");
	/* an operator says what is seen; giving up is for others */
	expect("POST", "/v1/units/10000000022/resolve", "{\"answer\":\"void\",\"reason\":\"x\"}",
	       HM_ROLE_OPERATOR, 403, "not_permitted");
	expect("POST", "/v1/units/10000000022/resolve", "{\"answer\":\"retry\"}", HM_ROLE_OPERATOR, 403,
	       "not_permitted");
}

static void a_role_refused_learns_nothing(void **state)
{
	(void)state;
	expect("POST", "/v1/units/10000000999/reprint", "{\"reason\":\"x\"}", HM_ROLE_OPERATOR, 403,
	       "not_permitted");
	expect("POST", "/v1/batches", "{", HM_ROLE_AUDITOR, 403, "not_permitted");
}

static void refuses_bad_batches(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *error;
	} bad[] = {
		{ "{", 400, "bad_json" },
		{ "{\"product\":\"p\"}x", 400, "bad_json" },
		{ "{\"product\":\"p\",\"product\":\"p\"}", 400, "bad_json" },
		{ "[]", 400, "bad_request" },
		{ "{}", 400, "bad_request" },
		{ "{\"product\":\"p\",\"count\":0}", 400, "bad_request" },
		{ "{\"product\":\"p\",\"count\":10001}", 400, "bad_request" },
		{ "{\"product\":\"p\",\"lot\":\"a b\"}", 400, "bad_request" },
		{ "{\"product\":\"p\",\"key\":\"../x\"}", 400, "bad_request" },
		{ "{\"product\":\"p\",\"order\":\"17\"}", 501, "unsupported" },
		{ "{\"product\":\"x\"}", 404, "not_found" },
		{ "{\"product\":\"p\",\"slot\":\"slot9\"}", 404, "not_found" },
		{ "{\"product\":\"t\"}", 503, "no_device" },	/* needs a unit's TPM */
		{ "{\"product\":\"p\",\"key\":\"k\"}", 409, "key_mismatch" },
		{ "{\"product\":\"p\",\"count\":2,\"lot\":\"L\",\"key\":\"k\"}", 409, "key_mismatch" },
	};
	struct hm_batch *open = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect("POST", "/v1/batches", bad[i].body, HM_ROLE_ALL, bad[i].status, bad[i].error);
	assert_int_equal(hm_read_open_batches(d, &open, &n, NULL), 0);
	assert_int_equal(n, 1);		/* the one that was there */
	free(open);
}

static void makes_keys_and_attaches(void **state)
{
	struct answer a = call("POST", "/v1/batches", "{\"product\":\"p\"}", HM_ROLE_OPERATOR);
	struct answer b = call("POST", "/v1/batches", "{\"product\":\"p\",\"count\":2,\"key\":\"k\"}",
			       HM_ROLE_OPERATOR);
	struct hm_batch stored;

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(json_string_length(json_object_get(a.body, "key")), 32);
	assert_int_equal(json_integer_value(json_object_get(a.body, "count")), 1);
	assert_int_equal(json_integer_value(json_object_get(a.body, "undrawn")), 1);
	assert_int_equal(hm_read_batch(d, json_string_value(json_object_get(a.body, "key")), &stored, NULL), 0);
	assert_string_equal(stored.who, "tester");
	assert_int_equal(b.status, 200);
	assert_int_equal(json_array_size(json_object_get(b.body, "units")), 2);
	/* a unit in doubt waits for a word, not for another request */
	assert_false(hm_daemon_poked(d, "10000000022", false));
	json_decref(a.body);
	json_decref(b.body);
}

static void issues_nothing_without_its_tpm(void **state)
{
	(void)state;
	d->tpm_error = -HM_ENO_TPM;
	expect("POST", "/v1/batches", "{\"product\":\"p\"}", HM_ROLE_ALL, 503, "no_tpm");
	expect("POST", "/v1/units/10000000015/reprint", "{\"reason\":\"x\"}", HM_ROLE_ALL, 503, "no_tpm");
	expect("POST", "/v1/exports", NULL, HM_ROLE_ALL, 503, "no_tpm");
	/* what was asked before is still answered */
	expect("POST", "/v1/batches", "{\"product\":\"p\",\"count\":2,\"key\":\"k\"}", HM_ROLE_ALL, 200, "");
	expect("GET", "/v1/units", NULL, HM_ROLE_ALL, 200, "");
}

static void issues_nothing_at_a_gate_fault(void **state)
{
	(void)state;
	hm_daemon_gate_fault(d);
	expect("POST", "/v1/batches", "{\"product\":\"p\"}", HM_ROLE_ALL, 503, "gate_fault");
	expect("POST", "/v1/units/10000000015/reprint", "{\"reason\":\"x\"}", HM_ROLE_ALL, 503, "gate_fault");
}

static void begins_nothing_while_it_stops(void **state)
{
	(void)state;
	hm_daemon_stop(d);
	expect("POST", "/v1/batches", "{\"product\":\"p\"}", HM_ROLE_ALL, 503, "no_daemon");
	query_name = "wait";
	query_value = "0";
	expect("GET", "/v1/slots", NULL, HM_ROLE_ALL, 400, "bad_request");
	query_name = NULL;
	expect("GET", "/v1/slots", NULL, HM_ROLE_ALL, 200, "");
}

static void shows_a_unit_whole(void **state)
{
	static const char *const members[] = {
		"serial", "product", "state", "generation", "lot", "slot", "epc", "epc_hex", "tid", "key",
		"certificate", "binding", "record", "eeprom_sha256", "label", "marks", "leaf", "ms", "wait", "mac", "macs",
	};
	struct answer a = call("GET", "/v1/units", NULL, HM_ROLE_AUDITOR);
	json_t *units = json_object_get(a.body, "units"), *u = json_array_get(units, 1), *w;

	(void)state;
	assert_int_equal(json_array_size(units), 2);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!json_object_get(u, members[i]))
			fail_msg("no member %s", members[i]);
	assert_int_equal(json_object_size(u), sizeof(members) / sizeof(members[0]));
	w = json_object_get(u, "wait");
	assert_string_equal(json_string_value(json_object_get(w, "for")), "scan");
	assert_string_equal(json_string_value(json_object_get(w, "error")), "in_doubt");
	assert_string_equal(json_string_value(json_object_get(w, "text")), "look");
	assert_true(json_is_true(json_object_get(w, "person")));
	assert_true(json_is_null(json_object_get(json_array_get(units, 0), "wait")));
	json_decref(a.body);
}

static void filters_units(void **state)
{
	struct answer a;

	(void)state;
	query_name = "state";
	query_value = "active";
	a = call("GET", "/v1/units", NULL, HM_ROLE_ALL);
	assert_int_equal(json_array_size(json_object_get(a.body, "units")), 1);
	json_decref(a.body);
	query_value = "frozen";
	expect("GET", "/v1/units", NULL, HM_ROLE_ALL, 400, "bad_request");
	query_name = "lot";
	query_value = "none";
	a = call("GET", "/v1/units", NULL, HM_ROLE_ALL);
	assert_int_equal(json_array_size(json_object_get(a.body, "units")), 0);
	json_decref(a.body);
}

static void refuses_bad_polls(void **state)
{
	static const char *const bad[] = { "", "-1", "31", "1x", "9999999999999999999999" };

	(void)state;
	query_name = "wait";
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		query_value = bad[i];
		expect("GET", "/v1/slots", NULL, HM_ROLE_ALL, 400, "bad_request");
	}
	query_value = "1";	/* without a version */
	expect("GET", "/v1/slots", NULL, HM_ROLE_ALL, 400, "bad_request");
}

static void refuses_bad_resolutions(void **state)
{
	static const char path[] = "/v1/units/10000000022/resolve";

	(void)state;
	expect("POST", path, "{\"answer\":\"maybe\"}", HM_ROLE_ALL, 400, "bad_request");
	expect("POST", path, "{\"answer\":\"void\"}", HM_ROLE_ALL, 400, "bad_request");
	expect("POST", path, "{\"answer\":\"label\"}", HM_ROLE_ALL, 400, "bad_request");
	expect("POST", path, "{\"answer\":\"label\",\"text\":\"(01)09521234543213(21)10000000015\"}", HM_ROLE_ALL,
	       503, "mismatch");
	expect("POST", "/v1/units/10000000015/resolve", "{\"answer\":\"no-label\"}", HM_ROLE_ALL, 409, "bad_state");
	expect("POST", "/v1/units/10000000999/resolve", "{\"answer\":\"no-label\"}", HM_ROLE_ALL, 404, "not_found");
	/* nothing of it stays claimed or entered */
	assert_int_equal(d->n_claimed, 0);
	assert_int_equal(d->slots[0].guests, 0);
}

static void a_busy_unit_is_left_alone(void **state)
{
	(void)state;
	assert_true(hm_unit_claim(d, "10000000022", false));
	expect("POST", "/v1/units/10000000022/resolve", "{\"answer\":\"no-label\"}", HM_ROLE_ALL, 409, "busy");
	hm_unit_release(d, "10000000022");
	assert_int_equal(d->slots[0].guests, 0);
}

static void exports_stay_in_their_place(void **state)
{
	static const char *const bad[] = {
		"/v1/exports/0123456789abcdef/..", "/v1/exports/0123456789abcdef/../x",
		"/v1/exports/0123456789abcdef/a/../../x", "/v1/exports/0123456789abcdef//etc/passwd",
		"/v1/exports/../hallmark.db", "/v1/exports/0123456789ABCDEF/x", "/v1/exports/x/y",
		"/v1/exports/0123456789abcdef/.hidden/../x", "/v1/exports/0123456789abcdef/a\\b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect("GET", bad[i], NULL, HM_ROLE_ALL, 404, "not_found");
	expect("DELETE", "/v1/exports/..", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("DELETE", "/v1/exports/0123456789abcdef", NULL, HM_ROLE_ALL, 404, "not_found");
	assert_true(path_ok("tile/0/000"));
	assert_true(path_ok("tile/entries/000.p/12"));
	assert_false(path_ok("/tile"));
	assert_false(path_ok("a/"));
	assert_false(path_ok("a//b"));
	assert_false(path_ok("./a"));
	assert_false(path_ok("a/.."));
}

/* As the POST leaves them, without a station's TPM: a place, and a directory with a file. */
static void make_export(const char *id, int64_t used_ms, bool was_read)
{
	char path[300];

	assert_int_equal(take_place(d, id, NULL), 0);
	snprintf(path, sizeof(path), "%s/exports", dir);
	assert_true(!mkdir(path, 0750) || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/exports/%s", dir, id);
	assert_int_equal(mkdir(path, 0750), 0);
	snprintf(path, sizeof(path), "%s/exports/%s/note", dir, id);
	assert_int_equal(write_whole(path, (const uint8_t *)"x", 1), 0);
	let_export(d, id, was_read);
	find_export(d, id)->made_ms = used_ms;
	if (was_read)
		find_export(d, id)->read_ms = used_ms;
}

static bool lies_there(const char *id)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/exports/%s", dir, id);
	return !access(path, F_OK);
}

#define EXPORT_ID(n) "000000000000000" #n

static void forsaken_exports_make_room(void **state)
{
	int64_t now = d->env.mono_ms(d->env.ctx);
	struct hm_reply r = { .status = 0 };
	struct hm_call get = { .d = d, .arg = EXPORT_ID(1), .rest = "note", .reply = &r };

	(void)state;
	make_export(EXPORT_ID(1), now - 4000, false);
	make_export(EXPORT_ID(2), now - 3000, false);
	make_export(EXPORT_ID(3), now - 2000, false);
	make_export(EXPORT_ID(4), now - 1000, false);
	/* the oldest is begun to be fetched: then the second is the one to go */
	hm_buf_init(&r.bytes, 16);
	assert_int_equal(hm_api_export_get(&get, NULL), 0);
	assert_int_equal(r.bytes.len, 1);
	hm_buf_free(&r.bytes);
	make_export(EXPORT_ID(5), now, false);
	assert_true(lies_there(EXPORT_ID(1)));
	assert_false(lies_there(EXPORT_ID(2)));
	assert_true(lies_there(EXPORT_ID(3)));
	expect("GET", "/v1/exports/" EXPORT_ID(2) "/note", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("GET", "/v1/exports/" EXPORT_ID(1) "/note/x", NULL, HM_ROLE_ALL, 404, "not_found");
	expect("DELETE", "/v1/exports/" EXPORT_ID(1), NULL, HM_ROLE_ALL, 200, "");
	assert_false(lies_there(EXPORT_ID(1)));
	expect("DELETE", "/v1/exports/" EXPORT_ID(1), NULL, HM_ROLE_ALL, 404, "not_found");
}

static void exports_that_are_fetched_stay(void **state)
{
	int64_t now = d->env.mono_ms(d->env.ctx);
	struct hm_err err = { "" };

	(void)state;
	make_export(EXPORT_ID(1), now, true);
	make_export(EXPORT_ID(2), now, true);
	make_export(EXPORT_ID(3), now, true);
	make_export(EXPORT_ID(4), now - 3600000, false);
	assert_true(hold_export(d, EXPORT_ID(4)));	/* a file of it is being read */
	hm_exports_expire(d);
	assert_int_equal(take_place(d, EXPORT_ID(5), &err), -HM_EBUSY);
	assert_true(lies_there(EXPORT_ID(4)));
	let_export(d, EXPORT_ID(4), true);
	/* its client was cut off: after a while it counts no more */
	find_export(d, EXPORT_ID(2))->read_ms = now - EXPORT_FETCH_MS;
	assert_int_equal(take_place(d, EXPORT_ID(5), &err), 0);
	assert_false(lies_there(EXPORT_ID(2)));
}

static void old_exports_go_by_themselves(void **state)
{
	int64_t now = d->env.mono_ms(d->env.ctx);

	(void)state;
	make_export(EXPORT_ID(1), now - EXPORT_KEPT_MS, false);
	make_export(EXPORT_ID(2), now - EXPORT_KEPT_MS, true);
	make_export(EXPORT_ID(3), now - EXPORT_KEPT_MS + 60000, true);
	hm_exports_expire(d);
	assert_false(lies_there(EXPORT_ID(1)));
	assert_false(lies_there(EXPORT_ID(2)));
	assert_true(lies_there(EXPORT_ID(3)));
	expect("DELETE", "/v1/exports/" EXPORT_ID(2), NULL, HM_ROLE_ALL, 404, "not_found");
}

static void errors_have_their_status(void **state)
{
	(void)state;
	assert_int_equal(hm_api_status(-HM_EBAD_JSON), 400);
	assert_int_equal(hm_api_status(-HM_EBAD_PRODUCT), 400);
	assert_int_equal(hm_api_status(-HM_EDUPLICATE), 409);
	assert_int_equal(hm_api_status(-HM_EPAPER_OUT), 503);
	assert_int_equal(hm_api_status(-HM_ESTORE), 500);
	assert_int_equal(hm_api_status(-HM_EDISK_FULL), 507);
	assert_int_equal(hm_api_status(-ENOENT), 404);
	assert_int_equal(hm_api_status(-12345), 500);
}

static void the_owner_and_root_have_every_role(void **state)
{
	char name[33];

	(void)state;
	assert_int_equal(hm_peer_roles(d, geteuid(), getegid(), name), HM_ROLE_ALL);
	assert_int_equal(hm_peer_roles(d, 0, 0, name), HM_ROLE_ALL);
	assert_string_equal(name, "root");
	/* a stranger has the roles that no group is named for, and no other */
	assert_int_equal(hm_peer_roles(d, 4000000, 4000000, name), HM_ROLE_ALL);
	assert_string_equal(name, "uid-4000000");
	strcpy(d->config.technician_group, "nogroup");
	strcpy(d->config.supervisor_group, "no-such-group-anywhere");
	assert_int_equal(hm_peer_roles(d, 4000000, 4000000, name), HM_ROLE_AUDITOR | HM_ROLE_OPERATOR);
}

#define API_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(knows_its_paths),
		API_TEST(asks_for_roles),
		API_TEST(keeps_pools),
		API_TEST(a_role_refused_learns_nothing),
		API_TEST(refuses_bad_batches),
		API_TEST(makes_keys_and_attaches),
		API_TEST(issues_nothing_without_its_tpm),
		API_TEST(issues_nothing_at_a_gate_fault),
		API_TEST(begins_nothing_while_it_stops),
		API_TEST(shows_a_unit_whole),
		API_TEST(filters_units),
		API_TEST(refuses_bad_polls),
		API_TEST(refuses_bad_resolutions),
		API_TEST(a_busy_unit_is_left_alone),
		API_TEST(exports_stay_in_their_place),
		API_TEST(forsaken_exports_make_room),
		API_TEST(exports_that_are_fetched_stay),
		API_TEST(old_exports_go_by_themselves),
		API_TEST(errors_have_their_status),
		API_TEST(the_owner_and_root_have_every_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
