// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Keys of unguessable serials, with a software TPM: made with the product and never
 * again, back after a restart, refused in another TPM.
 */
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/leaf.h"
#include "serial/serial.h"
#include "station/serial_key.h"
#include "support/identity_world.h"
#include "support/tmpdir.h"
#include "unit/work.h"

static struct hm_env env;
static struct hm_station st;
static struct hm_engine engine;
static struct hm_slot slot = { .name = "slot0" };
static char *dir;
static unsigned int batches, random_calls;

static int64_t now(void *ctx)
{
	(void)ctx;
	return NOW;
}

static int random_bytes(void *ctx, void *bytes, size_t len)
{
	(void)ctx;
	memset(bytes, (int)++random_calls, len);
	return 0;
}

static int set_up_group(void **state)
{
	int rc = world_set_up(state);

	if (!rc)
		world_make_station();
	return rc;
}

static int set_up(void **state)
{
	char path[512];

	(void)state;
	dir = tmpdir_make();
	env = (struct hm_env){ .now = now, .mono_ms = now, .random = random_bytes };
	assert_int_equal(hm_store_open(tmpdir_path(path, dir, "store.db"), true, &env.store, NULL), 0);
	env.keys = open_keys();
	st = (struct hm_station){ .env = &env, .keyring = HM_KEYRING_INIT };
	engine = (struct hm_engine){ .env = &env, .who = "test", .keyring = &st.keyring };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hm_keyring_wipe(&st.keyring);
	hm_keys_close(env.keys);
	hm_store_close(env.store);
	tmpdir_remove(dir);
	return 0;
}

/* As a daemon that starts: what was in memory is gone. */
static void restart(void)
{
	hm_keyring_wipe(&st.keyring);
	st.keyring = (struct hm_keyring)HM_KEYRING_INIT;
	assert_int_equal(hm_serial_keys_open(&st, &err), 0);
}

static int add(const char *name, const char *numbering)
{
	static const char tpl[] = "^XA^FO1,1^A0N,9,9^FH_^FD{{serial}}^FS^XZ";
	char text[1024], got[33];

	err.text[0] = '\0';
	snprintf(text, sizeof(text), "[product]\nname = %s\ngtin = 09521234543213\ncompany_prefix = 9521234\n"
		 "part_number = X\nmanufacturer = M\n[serial]\n%s[epc]\nscheme = none\n[label]\ntemplate = t.zpl\n"
		 "[record]\ncarrier = onie-tlv\neeprom_size = 4096\n[identity]\nbinding = none\n", name, numbering);
	return hm_station_product_add(&st, text, strlen(text), tpl, strlen(tpl), got, &err);
}

#define VIAL	"pattern = {r:12:crockford}\nfirst = 1\nlast = 1000000\nguess_odds = 10000\n"

static int put_batch(struct hm_tx *tx, void *arg, struct hm_err *e)
{
	struct hm_batch *b = arg, got;
	uint8_t tpl[32];
	bool is_new;

	return hm_tx_product_get(tx, b->product, b->product_sha256, tpl, e) ?:
	       hm_tx_batch_put(tx, b, &got, &is_new, e);
}

static int draw(const char *product, char serial[21])
{
	struct hm_batch b = { .count = 1 };
	struct hm_unit u;
	int rc;

	snprintf(b.key, sizeof(b.key), "batch-%u", batches++);
	snprintf(b.product, sizeof(b.product), "%s", product);
	assert_int_equal(hm_store_run(env.store, put_batch, &b, &err), 0);
	rc = hm_unit_reserve(&engine, b.key, &slot, &u, &err);
	if (!rc)
		memcpy(serial, u.serial, 21);
	return rc;
}

struct seen {
	uint8_t key[32], digest[32];
	unsigned int leaves, keys;
};

static int each_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	struct seen *s = ctx;
	struct hm_leaf l;

	(void)index;
	assert_int_equal(hm_leaf_decode(bytes, len, &l, NULL), 0);
	if (l.type == HM_LEAF_PRODUCT) {
		memcpy(s->key, l.serial_key, 32);
		s->leaves++;
	}
	return 0;
}

static int each_key(void *ctx, const char *product, const void *sealed, size_t len, const uint8_t digest[32])
{
	struct seen *s = ctx;
	static const uint8_t plain[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	(void)product;
	/* what random_bytes() gave first is nowhere in the clear */
	assert_null(memmem(sealed, len, plain, sizeof(plain)));
	memcpy(s->digest, digest, 32);
	s->keys++;
	return 0;
}

static int look_fn(struct hm_tx *tx, void *arg, struct hm_err *e)
{
	uint64_t n;
	int rc = hm_tx_leaf_count(tx, &n, e);

	rc = rc ?: hm_tx_leaves(tx, 0, n, each_leaf, arg, e);
	return rc ?: hm_tx_serial_keys(tx, each_key, arg, e);
}

static struct seen look(void)
{
	struct seen s = { .leaves = 0 };

	assert_int_equal(hm_store_read(env.store, look_fn, &s, &err), 0);
	return s;
}

static void the_key_is_made_once(void **state)
{
	static const uint8_t none[32];
	unsigned int asked;
	struct seen s, t;

	(void)state;
	random_calls = 0;
	assert_int_equal(add("vial", VIAL), 0);
	s = look();
	assert_int_equal(s.leaves, 1);
	assert_int_equal(s.keys, 1);
	assert_memory_equal(s.key, s.digest, 32);	/* leaf and store commit to the same */
	assert_memory_not_equal(s.key, none, 32);
	asked = random_calls;
	assert_int_equal(add("vial", VIAL), 0);		/* the same file again */
	restart();
	assert_int_equal(add("vial", VIAL), 0);
	t = look();
	assert_int_equal(t.leaves, 1);
	assert_int_equal(t.keys, 1);
	assert_memory_equal(t.digest, s.digest, 32);
	assert_int_equal(random_calls, asked);
	/* another product, another key; a plain one, none */
	assert_int_equal(add("ampoule", VIAL), 0);
	assert_int_equal(add("plain", "pattern = {n:6}\nfirst = 1\n"), 0);
	t = look();
	assert_int_equal(t.leaves, 3);
	assert_int_equal(t.keys, 2);
	assert_memory_equal(t.key, none, 32);
}

static void serials_go_on_after_a_restart(void **state)
{
	_cleanup_ff1_ struct hm_ff1 *ff1 = NULL;
	uint8_t key[HM_SERIAL_KEY];
	struct hm_scheme s;
	char serial[21];
	uint64_t n;

	(void)state;
	assert_int_equal(add("vial", VIAL), 0);
	assert_int_equal(hm_keyring_get(&st.keyring, "vial", key, NULL), 0);
	assert_int_equal(hm_scheme_parse(&s, "{r:12:crockford}", NULL), 0);
	assert_int_equal(hm_scheme_ff1(&s, key, sizeof(key), &ff1, NULL), 0);
	for (uint64_t i = 1; i <= 6; i++) {
		assert_int_equal(draw("vial", serial), 0);
		assert_int_equal(hm_scheme_counter(&s, ff1, serial, &n), 0);
		assert_int_equal(n, i);
		restart();
	}
}

static void what_could_be_guessed_is_refused(void **state)
{
	(void)state;
	assert_int_equal(add("a", "pattern = {r:10}\nfirst = 1\nlast = 1000000\nguess_odds = 10000\n"), -HM_EGUESSABLE);
	assert_non_null(strstr(err.text, "last is at most 999999"));
	assert_int_equal(add("b", "pattern = {r:6}\nfirst = 0\nguess_odds = 10000\n"), -HM_EGUESSABLE);
	assert_int_equal(look().keys, 0);
	assert_int_equal(look().leaves, 0);
	assert_int_equal(add("c", "pattern = {r:10}\nfirst = 1\nlast = 999999\nguess_odds = 10000\n"), 0);
}

static void without_a_tpm_there_is_no_key(void **state)
{
	struct hm_keys *k = env.keys;

	(void)state;
	env.keys = NULL;
	assert_int_equal(add("vial", VIAL), -HM_ENO_TPM);
	assert_int_equal(look().leaves, 0);
	assert_int_equal(add("plain", "pattern = {n:6}\nfirst = 1\n"), 0);
	env.keys = k;
	assert_int_equal(add("vial", VIAL), 0);
}

/* A store that came to another station: its keys are worthless there, and stay so. */
static void another_tpm_refuses(void **state)
{
	struct hm_keys *own = env.keys, *other = NULL;
	struct hm_keys_params p = params();
	char serial[21], product[33], keys2[512];
	struct hm_err why = { "" };
	struct seen s;

	(void)state;
	assert_int_equal(add("vial", VIAL), 0);
	s = look();
	p.tcti = unit.tcti;
	p.ek_roots = unit.roots;
	p.dir = tmpdir_path(keys2, dir, "keys");
	assert_int_equal(hm_keys_create(&p, &err), 0);
	assert_int_equal(hm_keys_open(unit.tcti, keys2, &other, &err), 0);
	env.keys = other;
	restart();
	assert_true(hm_keyring_refused(&st.keyring, product, &why));
	assert_string_equal(product, "vial");
	assert_int_equal(draw("vial", serial), -HM_EUNTRUSTED);
	assert_int_equal(add("vial", VIAL), 0);		/* known; nothing is made */
	assert_int_equal(draw("vial", serial), -HM_EUNTRUSTED);
	assert_memory_equal(look().digest, s.digest, 32);
	assert_int_equal(look().keys, 1);
	assert_int_equal(add("ampoule", VIAL), 0);	/* its own it can have */
	assert_int_equal(draw("ampoule", serial), 0);
	/* back home */
	env.keys = own;
	restart();
	assert_int_equal(draw("vial", serial), 0);
	assert_int_equal(draw("ampoule", serial), -HM_EUNTRUSTED);
	hm_keys_close(other);
}

static void sealed_is_sealed(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(4096);
	uint8_t secret[32] = "thirty-two bytes nobody may see", got[32];

	(void)state;
	assert_int_equal(hm_keys_seal(env.keys, secret, &b, &err), 0);
	assert_null(memmem(b.data, b.len, secret, 8));
	assert_int_equal(hm_keys_unseal(env.keys, b.data, b.len, got, &err), 0);
	assert_memory_equal(got, secret, 32);
	for (size_t n = 0; n < b.len; n += 7)
		assert_int_not_equal(hm_keys_unseal(env.keys, b.data, n, got, &err), 0);
	b.data[b.len - 1] ^= 1;
	assert_int_not_equal(hm_keys_unseal(env.keys, b.data, b.len, got, &err), 0);
	assert_tidy(station.tcti);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(the_key_is_made_once),
		T(serials_go_on_after_a_restart),
		T(what_could_be_guessed_is_refused),
		T(without_a_tpm_there_is_no_key),
		T(another_tpm_refuses),
		T(sealed_is_sealed),
	};

	return cmocka_run_group_tests_name("serial_key", tests, set_up_group, world_tear_down);
}
