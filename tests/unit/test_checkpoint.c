// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A checkpoint that fails (a TPM that ails, a disk that is full) is told and tried
 * again, and is never taken for a ledger that was tampered with. The store is real;
 * keys that fail when told so, and no gate, are this test's own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "station/checkpoint.c"
#include "support/tmpdir.h"

static int key_error;		/* what the next signature meets, 0: nothing */

int hm_keys_sign_log(struct hm_keys *k, const void *msg, size_t len, uint8_t ret[64], struct hm_err *err)
{
	(void)k;
	(void)msg;
	(void)len;
	(void)err;
	memset(ret, 1, 64);
	return 0;
}

int hm_keys_sign_der(struct hm_keys *k, const void *msg, size_t len, struct hm_buf *ret, struct hm_err *err)
{
	(void)k;
	(void)msg;
	(void)len;
	return key_error ? hm_err_set(err, key_error, "as told") : hm_buf_add(ret, "0123456789", 10);
}

int hm_keys_spki(struct hm_keys *k, const uint8_t **ret, size_t *ret_len)
{
	static const uint8_t spki[91];

	(void)k;
	*ret = spki;
	*ret_len = sizeof(spki);
	return 0;
}

void hm_keys_log_public(const struct hm_keys *k, uint8_t ret[32])
{
	(void)k;
	memset(ret, 2, 32);
}

int hm_keys_quote(struct hm_keys *k, uint32_t pcr, const uint8_t nonce[32], struct hm_quote *ret,
		  struct hm_err *err)
{
	(void)k;
	(void)pcr;
	(void)nonce;
	(void)ret;
	return hm_err_set(err, -EINVAL, "there is no gate here");
}

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1000;
}

static struct hm_station st;
static struct hm_env env = { .now = now };
static char *dir;

static int append(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t index;

	(void)arg;
	return hm_tx_leaf_append(tx, "leaf", 4, &index, err);
}

static int last(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_checkpoint_row row;
	int rc = hm_tx_checkpoint_last(tx, &row, err);

	if (!rc)
		*(uint64_t *)arg = row.size;
	return rc;
}

static void grow_by(unsigned int n)
{
	while (n--)
		assert_int_equal(hm_store_run(env.store, append, NULL, NULL), 0);
}

static uint64_t signed_last(void)
{
	uint64_t size = 0;

	assert_int_equal(hm_store_read(env.store, last, &size, NULL), 0);
	return size;
}

static int set_up(void **state)
{
	char path[512];

	(void)state;
	dir = tmpdir_make();
	memset(&st, 0, sizeof(st));
	st.env = &env;
	strcpy(st.origin, "example.com/s");
	pthread_mutex_init(&st.lock, NULL);
	env.keys = (struct hm_keys *)&st;	/* opaque to what is tested */
	key_error = 0;
	return hm_store_open(tmpdir_path(path, dir, "s.db"), true, &env.store, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	hm_store_close(env.store);
	pthread_mutex_destroy(&st.lock);
	tmpdir_remove(dir);
	return 0;
}

static void signs_what_is_new(void **state)
{
	struct hm_err err = { "" };

	(void)state;
	grow_by(2);
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	assert_int_equal(signed_last(), 2);
	grow_by(3);
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	assert_int_equal(signed_last(), 5);
}

static void one_that_failed_is_tried_again(void **state)
{
	struct hm_err err = { "" };

	(void)state;
	grow_by(1);
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	grow_by(13);
	key_error = -HM_ETPM_FAILED;
	for (int i = 0; i < 3; i++)
		assert_int_equal(hm_station_checkpoint(&st, false, &err), -HM_ETPM_FAILED);
	grow_by(1);
	assert_int_equal(hm_station_seal(&st, &err), -HM_ETPM_FAILED);
	assert_int_equal(signed_last(), 1);
	key_error = 0;
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	assert_int_equal(signed_last(), 15);
}

/* A store that forgot what this process signed is corrupt, and stays so. */
static void a_ledger_that_went_back_is_corrupt(void **state)
{
	struct hm_err err = { "" };
	char path[512];

	(void)state;
	grow_by(4);
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	hm_store_close(env.store);
	assert_int_equal(hm_store_open(tmpdir_path(path, dir, "other.db"), true, &env.store, NULL), 0);
	grow_by(4);
	assert_int_equal(hm_station_checkpoint(&st, false, &err), -HM_ESTORE_CORRUPT);
	st.signed_size = 0;
	assert_int_equal(hm_station_checkpoint(&st, false, &err), 0);
	st.tree.size++;	/* an entry that was read before, and is there no more */
	assert_int_equal(hm_station_checkpoint(&st, false, &err), -HM_ESTORE_CORRUPT);
}

#define CHECKPOINT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHECKPOINT_TEST(signs_what_is_new),
		CHECKPOINT_TEST(one_that_failed_is_tried_again),
		CHECKPOINT_TEST(a_ledger_that_went_back_is_corrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
