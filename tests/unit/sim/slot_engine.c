// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An engine in place of unit/, for tests of the daemon's slots, which include this file:
 * what lies in each slot, and what the next step of a unit there meets, under a lock of
 * its own. Which serials are drawn and what becomes of them is in the real store.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "unit/unit.h"

static pthread_mutex_t world_lock = PTHREAD_MUTEX_INITIALIZER;
static char board[2][8];		/* "" : none; "!x": foreign */
static char bears[64][2][24];		/* board, serial */
static size_t n_bears;
static int unit_wait_next[2];		/* what the next advance meets, 0: nothing */
static int board_error;			/* what looking at a board meets */
static bool blind;			/* boards without a TPM and blank: all look fresh */
static unsigned int advances, looks;
static uint64_t counter;

void hm_log(enum hm_log_id id, int priority, const char *fmt, ...)
{
	(void)id;
	(void)priority;
	(void)fmt;
}

static int slot_index(const struct hm_slot *slot)
{
	return slot->name[4] - '0';
}

static const char *bearer(const char *b)
{
	for (size_t i = 0; i < n_bears; i++)
		if (!strcmp(bears[i][0], b))
			return bears[i][1];
	return NULL;
}

int hm_unit_board(struct hm_engine *e, const struct hm_slot *slot, const char *product,
		  char *ret_holder, struct hm_err *err)
{
	const char *b, *s;
	int rc = 0;

	(void)e;
	(void)product;
	pthread_mutex_lock(&world_lock);
	looks++;
	b = board[slot_index(slot)];
	s = bearer(b);
	if (board_error)
		rc = hm_err_set(err, -board_error, "as told");
	else if (!b[0])
		rc = -HM_ENO_BOARD;
	else if (b[0] == '!')
		rc = hm_err_set(err, -HM_EFOREIGN, "not ours");
	else if (s && !blind) {
		strcpy(ret_holder, s);
		rc = -HM_EDUPLICATE;
	}
	pthread_mutex_unlock(&world_lock);
	return rc;
}

static int put_unit(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_unit_put(tx, arg, err);
}

static int count_drawn(void *ctx, const struct hm_unit *u)
{
	(void)u;
	++*(uint32_t *)ctx;
	return 0;
}

struct draw_arg {
	struct hm_unit *u;
	const char *key;
};

static int draw_fn(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct draw_arg *a = arg;
	struct hm_unit_filter f = { .key = a->key };
	struct hm_batch b;
	uint32_t n = 0;
	int rc = hm_tx_batch_get(tx, a->key, &b, err);

	rc = rc ?: hm_tx_units(tx, &f, count_drawn, &n, err);
	if (!rc && n >= b.count)
		return -HM_ENOT_FOUND;
	a->u->index = n;
	return rc ?: hm_tx_unit_put(tx, a->u, err);
}

int hm_unit_reserve(struct hm_engine *e, const char *key, const struct hm_slot *slot,
		    struct hm_unit *ret, struct hm_err *err)
{
	struct hm_unit u = { .state = HM_UNIT_RESERVED };
	struct draw_arg a = { &u, key };
	char b[sizeof(board[0])];
	int rc;

	if (!strncmp(key, "empty", 5))
		return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "pool acme is at its end");

	pthread_mutex_lock(&world_lock);
	snprintf(u.serial, sizeof(u.serial), "%llu", (unsigned long long)++counter);
	/* once the unit is in the store, whoever watches may put the next board in */
	strcpy(b, board[slot_index(slot)]);
	pthread_mutex_unlock(&world_lock);
	strcpy(u.product, "p");
	strcpy(u.key, key);
	strcpy(u.slot, slot->name);
	rc = hm_store_run(e->env->store, draw_fn, &a, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&world_lock);
	if (!blind) {
		strcpy(bears[n_bears][0], b);
		strcpy(bears[n_bears++][1], u.serial);
	}
	pthread_mutex_unlock(&world_lock);
	*ret = u;
	return 0;
}

int hm_unit_advance(struct hm_engine *e, const struct hm_slot *slot, struct hm_unit *u,
		    struct hm_err *err)
{
	int wait;

	pthread_mutex_lock(&world_lock);
	advances++;
	wait = unit_wait_next[slot_index(slot)];
	pthread_mutex_unlock(&world_lock);
	if (wait < 0)
		return hm_err_set(err, wait, "as told");
	strcpy(u->slot, slot->name);
	u->wait = wait;
	snprintf(u->wait_text, sizeof(u->wait_text), "%s", wait ? hm_error_why(wait) : "");
	if (!wait)
		u->state = HM_UNIT_ACTIVE;
	else if (wait != HM_ENO_BOARD)
		u->state = HM_UNIT_BOUND;
	if (u->state != HM_UNIT_RESERVED && !blind)
		snprintf((char *)u->ek_sha256, sizeof(u->ek_sha256), "%s", u->serial);
	return hm_store_run(e->env->store, put_unit, u, err);
}

bool hm_unit_final(const struct hm_unit *u)
{
	return u->state == HM_UNIT_ACTIVE || u->state == HM_UNIT_VOID ||
	       u->state == HM_UNIT_QUARANTINED || u->state == HM_UNIT_RETIRED;
}

bool hm_wait_is_device(int wait)
{
	return wait == HM_ENO_BOARD || wait == HM_EPAPER_OUT;
}
