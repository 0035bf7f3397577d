// SPDX-License-Identifier: LGPL-2.1-or-later
/* Set-up, opening, boots. */
#include "station/station.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "identity/identity.h"
#include "ledger/leaf.h"
#include "station/serial_key.h"

static int check_name(const char *name, size_t max, const char *what, struct hm_err *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > max || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n)
		return hm_err_set(err, -HM_EBAD_CONFIG, "%s '%.40s': a-z 0-9 . - , at most %zu",
				  what, name, max);
	return 0;
}

static int paths(const struct hm_station_params *p, char db[300], char keys[300],
		 struct hm_err *err)
{
	if (strlen(p->dir) > 250 || p->dir[0] != '/')
		return hm_err_set(err, -HM_EBAD_CONFIG, "the state directory's path is not absolute, or too long");
	snprintf(db, 300, "%s/hallmark.db", p->dir);
	snprintf(keys, 300, "%s/keys", p->dir);
	return 0;
}

static int fill(const struct hm_station_params *p, struct hm_env *env, struct hm_station *st,
		struct hm_err *err)
{
	int rc = check_name(p->id, 32, "station id", err);

	if (!rc)
		rc = check_name(p->domain, 64, "domain", err);
	if (rc)
		return rc;
	*st = (struct hm_station){ .env = env, .lock = PTHREAD_MUTEX_INITIALIZER,
				   .keyring = HM_KEYRING_INIT };
	snprintf(st->id, sizeof(st->id), "%s", p->id);
	snprintf(st->origin, sizeof(st->origin), "%s/%s", p->domain, p->id);
	snprintf(st->dir, sizeof(st->dir), "%s", p->dir);
	snprintf(st->sysroot, sizeof(st->sysroot), "%s", p->sysroot ? p->sysroot : "");
	hm_tree_init(&st->tree);
	return 0;
}

struct leaf_arg {
	struct hm_leaf *leaf;
	const char *meta;
	const void *value;
	size_t len;
};

static int append_leaf(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct leaf_arg *a = arg;
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	uint64_t index;
	int rc = hm_leaf_encode(a->leaf, &b);

	if (!rc)
		rc = hm_tx_leaf_append(tx, b.data, b.len, &index, err);
	if (!rc && a->meta)
		rc = hm_tx_meta_put(tx, a->meta, a->value, a->len, err);
	return rc;
}

/* The first leaf says whose log this is, and by which certificate it is signed. */
static int first_leaf(struct hm_station *st, struct hm_err *err)
{
	struct hm_leaf leaf = { .type = HM_LEAF_STATION, .version = HM_LEAF_VERSION,
				.time = st->env->now(st->env->ctx) };
	struct leaf_arg a = { &leaf, "origin", st->origin, strlen(st->origin) };
	const uint8_t *cert;
	size_t len;
	int rc = hm_keys_cert(st->env->keys, HM_CERT_SIGN, &cert, &len);

	if (rc)
		return rc;
	SHA256(cert, len, leaf.cert_sha256);
	snprintf(leaf.station, sizeof(leaf.station), "%s", st->id);
	snprintf(leaf.who, sizeof(leaf.who), "station init");
	return hm_store_run(st->env->store, append_leaf, &a, err);
}

int hm_station_init(const struct hm_station_params *p, struct hm_env *env, struct hm_err *err)
{
	char db[300], keys[300];
	struct hm_station st;
	struct stat sb;
	struct hm_keys_params kp = { .tcti = p->tcti, .dir = keys, .station = p->id,
				     .ek_roots = p->ek_roots, .demo = p->demo,
				     .now = env->now(env->ctx) };
	int rc = paths(p, db, keys, err);

	if (!rc)
		rc = fill(p, env, &st, err);
	if (rc)
		return rc;
	if (!stat(db, &sb))
		return hm_err_set(err, -HM_EALREADY, "the station is set up already: %s exists", db);
	rc = hm_keys_create(&kp, err);
	if (!rc)
		rc = hm_keys_open(p->tcti, keys, &env->keys, err);
	if (!rc)
		rc = hm_store_open(db, true, &env->store, err);
	if (!rc)
		rc = first_leaf(&st, err);
	if (!rc)
		rc = hm_station_checkpoint(&st, false, err);
	hm_station_close(&st);
	return rc;
}

static int get_origin(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_meta_get(tx, "origin", arg, err);
}

int hm_station_open(const struct hm_station_params *p, struct hm_env *env,
		    struct hm_station *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf origin = HM_BUF_INIT(256);
	char db[300], keys[300];
	struct hm_station st;
	struct stat sb;
	int rc = paths(p, db, keys, err);

	if (!rc)
		rc = fill(p, env, &st, err);
	if (rc)
		return rc;
	if (stat(db, &sb))
		return hm_err_set(err, -HM_ENOT_INITIALISED, "there is no station in %s: run station init",
				  p->dir);
	rc = hm_store_open(db, false, &env->store, err);
	if (rc)
		return rc;
	rc = hm_store_read(env->store, get_origin, &origin, err);
	if (!rc && strcmp(hm_buf_str(&origin), st.origin))
		rc = hm_err_set(err, -HM_EBAD_CONFIG, "this store belongs to %.60s, not to %.60s",
				hm_buf_str(&origin), st.origin);
	if (rc) {
		hm_store_close(env->store);
		env->store = NULL;
		return rc;
	}
	*ret = st;
	/* without its TPM a station can still be looked at */
	rc = hm_keys_open(p->tcti, keys, &env->keys, err);
	if (rc)
		env->keys = NULL;
	return rc ?: hm_serial_keys_open(ret, err);
}

void hm_station_close(struct hm_station *st)
{
	hm_keyring_wipe(&st->keyring);
	if (st->env->keys)
		hm_keys_close(st->env->keys);
	if (st->env->store)
		hm_store_close(st->env->store);
	st->env->keys = NULL;
	st->env->store = NULL;
}

static int get_boot(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_meta_get(tx, "boot", arg, err);
}

int hm_station_boot(struct hm_station *st, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf seen = HM_BUF_INIT(64);
	struct hm_leaf leaf = { .type = HM_LEAF_BOOT, .version = HM_LEAF_VERSION,
				.time = st->env->now(st->env->ctx) };
	struct leaf_arg a = { &leaf, "boot", st->gate.boot_id, sizeof(st->gate.boot_id) };
	int rc = hm_gate_state(st->sysroot, &st->gate, err);

	if (rc || !st->gate.present)
		return rc;
	rc = hm_store_read(st->env->store, get_boot, &seen, NULL);
	if (rc && rc != -HM_ENOT_FOUND)
		return hm_err_set(err, rc, "which boot was seen last: %s", hm_error_why(rc));
	if (seen.len == sizeof(st->gate.boot_id) &&
	    !memcmp(seen.data, st->gate.boot_id, sizeof(st->gate.boot_id)))
		return 0;
	memcpy(leaf.boot_id, st->gate.boot_id, sizeof(leaf.boot_id));
	snprintf(leaf.who, sizeof(leaf.who), "hallmarkd");
	return hm_store_run(st->env->store, append_leaf, &a, err);
}
