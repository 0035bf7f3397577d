// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The slot's loop and what it tells, over an engine of this test's own: boards that
 * are put in and taken out, a printer that is away, units in doubt. The store is real.
 * Whoever watches the slots (a person, a program) must be able to trust each word.
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
#include "agent/daemon/slot.c"
#include "sim/slot_engine.c"
#include "support/tmpdir.h"

#define BOUND_S 20

/* --- the daemon around it --- */

static struct hm_daemon *d;
static char *dir;

static void insert(int slot, const char *b)
{
	pthread_mutex_lock(&world_lock);
	strcpy(board[slot], b);
	pthread_mutex_unlock(&world_lock);
	hm_daemon_wake_slots(d);
}

static void next_advance(int slot, int wait)
{
	pthread_mutex_lock(&world_lock);
	unit_wait_next[slot] = wait;
	pthread_mutex_unlock(&world_lock);
}

static unsigned int read_count(const unsigned int *what)
{
	unsigned int n;

	pthread_mutex_lock(&world_lock);
	n = *what;
	pthread_mutex_unlock(&world_lock);
	return n;
}

static const char product_file[] =
	"[product]\nname = p\ngtin = 09521234543213\ncompany_prefix = 9521234\npart_number = X\n"
	"manufacturer = M\n[serial]\npattern = {n:10}{c:mod10}\nfirst = 1000000001\n[epc]\nscheme = sgtin-96\n"
	"filter = 1\n[label]\ntemplate = t.zpl\n[record]\ncarrier = onie-tlv\neeprom_size = 32768\n"
	"[identity]\nbinding = %s\n";

static int put_batch(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct hm_batch *b = arg, out;
	char text[1024];
	int n = snprintf(text, sizeof(text), product_file, blind ? "none" : "tpm");
	int rc = hm_tx_blob_put(tx, text, (size_t)n, b->product_sha256, err);
	bool new;

	return rc ?: hm_tx_batch_put(tx, b, &out, &new, err);
}

static void ask(const char *key, uint32_t count, const char *slot)
{
	struct hm_batch b = { .count = count };

	strcpy(b.key, key);
	strcpy(b.product, "p");
	strcpy(b.slot, slot);
	assert_int_equal(hm_store_run(d->env.store, put_batch, &b, NULL), 0);
	hm_daemon_wake_slots(d);
	hm_daemon_changed(d);
}

struct words {
	char state[10], unit[24], wait_for[16], error[24];
	size_t done;
	json_int_t version, slot_version;
};

static struct words look(int slot)
{
	json_t *v = hm_view_slots(d), *s = json_array_get(json_object_get(v, "slots"), (size_t)slot);
	json_t *w = json_object_get(s, "wait");
	struct words r = { .version = json_integer_value(json_object_get(v, "version")) };

	strcpy(r.state, json_string_value(json_object_get(s, "state")));
	strcpy(r.unit, json_string_value(json_object_get(s, "unit")) ?: "");
	strcpy(r.wait_for, json_string_value(json_object_get(w, "for")) ?: "");
	strcpy(r.error, json_string_value(json_object_get(w, "error")) ?: "");
	r.done = json_array_size(json_object_get(s, "done"));
	r.slot_version = json_integer_value(json_object_get(s, "version"));
	json_decref(v);
	return r;
}

static int64_t seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Waits on versions, as a watcher does, until the slot says this. */
static void until(int slot, const char *state, const char *wait_for)
{
	int64_t end = seconds() + BOUND_S;
	struct words w = look(slot);

	while (strcmp(w.state, state) || strcmp(w.wait_for, wait_for)) {
		if (seconds() > end)
			fail_msg("slot %d says %s %s %s, not %s %s", slot, w.state, w.wait_for, w.error,
				 state, wait_for);
		hm_daemon_wait(d, (uint64_t)w.version, 1);
		w = look(slot);
	}
}

struct verdict {
	bool done, stuck, person;
	size_t units, undrawn;
};

static struct verdict batch(const char *key)
{
	struct hm_batch b;
	struct verdict r;
	json_t *v = NULL;

	assert_int_equal(hm_read_batch(d, key, &b, NULL), 0);
	assert_int_equal(hm_view_batch(d, &b, true, &v, NULL), 0);
	r = (struct verdict){
		json_is_true(json_object_get(v, "done")), json_is_true(json_object_get(v, "stuck")),
		json_is_true(json_object_get(v, "person")), json_array_size(json_object_get(v, "units")),
		(size_t)json_integer_value(json_object_get(v, "undrawn")),
	};
	json_decref(v);
	return r;
}

/* What was judged in the one look that fits; a second look may meet the next pass. */
static struct verdict until_batch(const char *key, bool done, bool stuck)
{
	int64_t end = seconds() + BOUND_S;
	struct verdict r = batch(key);

	while (r.done != done || r.stuck != stuck) {
		if (seconds() > end)
			fail_msg("batch %s: done %d stuck %d person %d", key, r.done, r.stuck, r.person);
		hm_daemon_wait(d, hm_daemon_version(d), 1);
		r = batch(key);
	}
	return r;
}

static void until_units(const char *key, size_t n)
{
	int64_t end = seconds() + BOUND_S;

	while (batch(key).units < n) {
		if (seconds() > end)
			fail_msg("batch %s: %zu units, not %zu", key, batch(key).units, n);
		hm_daemon_wait(d, hm_daemon_version(d), 1);
	}
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	memset(board, 0, sizeof(board));
	memset(unit_wait_next, 0, sizeof(unit_wait_next));
	n_bears = 0;
	board_error = 0;
	blind = false;
	advances = looks = 0;
	counter = 0;
	d = calloc(1, sizeof(*d));
	assert_non_null(d);
	dir = tmpdir_make();
	snprintf(path, sizeof(path), "%s/hallmark.db", dir);
	hm_world_env(&d->world, &d->env);
	assert_int_equal(hm_store_open(path, true, &d->env.store, NULL), 0);
	d->engine.env = &d->env;
	d->config.n_slots = 2;
	for (int i = 0; i < 2; i++) {
		snprintf(d->config.slots[i].name, 33, "slot%d", i);
		strcpy(d->config.slots[i].eeprom, "gate:/nowhere");
	}
	assert_int_equal(hm_daemon_init(d), 0);
	assert_int_equal(hm_slots_start(d, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hm_daemon_stop(d);
	hm_slots_join(d);
	hm_store_close(d->env.store);
	hm_daemon_done(d);
	free(d);
	tmpdir_remove(dir);
	return 0;
}

/* --- what a watcher relies on --- */

static void idle_while_nothing_is_asked(void **state)
{
	(void)state;
	until(0, "idle", "");
	insert(0, "a");
	until(0, "idle", "");
	assert_int_equal(read_count(&looks), 0);
}

static void asks_for_a_board_until_a_fresh_one_is_in(void **state)
{
	struct words w;

	(void)state;
	ask("k", 2, "slot0");
	until(0, "waiting", "board");
	assert_string_equal(look(0).error, "no_board");
	insert(0, "a");
	/* the first is made, and the very same board is not good for the second */
	until_batch("k", false, true);
	until(0, "waiting", "board");
	w = look(0);
	assert_int_equal(w.done, 1);
	assert_string_equal(w.unit, "");
	assert_int_equal(batch("k").undrawn, 1);
	assert_false(batch("k").person);
	insert(0, "");
	until(0, "waiting", "board");
	assert_int_equal(look(0).slot_version, w.slot_version);
	insert(0, "b");
	until_batch("k", true, false);
	until(0, "idle", "");
	assert_int_equal(look(0).done, 1);	/* on this board */
	assert_int_equal(batch("k").units, 2);
	until(1, "idle", "");
}

static void looks_again_at_a_device_without_calling_it_news(void **state)
{
	int64_t end = seconds() + BOUND_S;
	struct words w;
	unsigned int n;

	(void)state;
	next_advance(0, HM_EPAPER_OUT);
	insert(0, "a");
	ask("k", 1, "slot0");
	until(0, "waiting", "paper");
	assert_false(until_batch("k", false, true).person);
	w = look(0);
	n = read_count(&advances);
	hm_daemon_wake_slots(d);
	while (read_count(&advances) < n + 2 && seconds() < end)
		hm_daemon_wait(d, hm_daemon_version(d), 1);
	assert_true(read_count(&advances) >= n + 2);
	assert_int_equal(look(0).slot_version, w.slot_version);
	next_advance(0, 0);
	until_batch("k", true, false);
}

static void leaves_a_person_alone(void **state)
{
	unsigned int n;

	(void)state;
	next_advance(0, HM_EIN_DOUBT);
	insert(0, "a");
	ask("k", 1, "slot0");
	until(0, "waiting", "scan");
	assert_true(until_batch("k", false, true).person);
	n = read_count(&advances);
	hm_daemon_wake_slots(d);
	until_batch("k", false, true);
	assert_int_equal(read_count(&advances), n);
	/* the answer is there: once more, whatever it waits for */
	next_advance(0, 0);
	hm_daemon_poke(d, look(0).unit);
	assert_false(batch("k").stuck && batch("k").person);
	until_batch("k", true, false);
}

static void goes_on_with_the_next_board_while_one_waits(void **state)
{
	(void)state;
	next_advance(0, HM_ETAG_VOID);
	insert(0, "a");
	ask("k", 2, "slot0");
	until(0, "waiting", "tag");
	assert_int_equal(batch("k").undrawn, 1);
	next_advance(0, 0);
	insert(0, "b");
	until(0, "waiting", "tag");	/* its own, again, once the second is done */
	until_batch("k", false, true);
	assert_int_equal(batch("k").undrawn, 0);
	assert_true(batch("k").person);
}

static void takes_a_unit_up_where_its_board_turns_up(void **state)
{
	(void)state;
	next_advance(0, HM_ETAG_VOID);
	insert(0, "a");
	ask("k", 2, "");
	until(0, "waiting", "tag");
	next_advance(0, 0);
	insert(0, "");
	insert(1, "a");
	until(1, "waiting", "tag");
	assert_string_equal(look(1).unit, "1");
	hm_daemon_poke(d, "1");
	until(1, "waiting", "board");
	assert_int_equal(batch("k").undrawn, 1);
}

static void names_what_is_foreign(void **state)
{
	(void)state;
	insert(0, "!x");
	ask("k", 1, "slot0");
	until(0, "waiting", "person");
	assert_string_equal(look(0).error, "foreign");
	assert_int_equal(batch("k").undrawn, 1);
	insert(0, "a");
	until_batch("k", true, false);
}

static void two_slots_share_a_batch(void **state)
{
	(void)state;
	ask("k", 5, "");
	for (size_t i = 0; i < 3; i++) {
		char b[2][8];
		size_t want = 2 * i + 2 < 5 ? 2 * i + 2 : 5;

		snprintf(b[0], 8, "a%zu", i);
		snprintf(b[1], 8, "b%zu", i);
		insert(0, b[0]);
		insert(1, b[1]);
		until_units("k", want);
	}
	until_batch("k", true, false);
	assert_int_equal(batch("k").units, 5);
	until(0, "idle", "");
	until(1, "idle", "");
}

/* One blank board that nothing tells apart: it must not take serial after serial. */
static void one_board_takes_one_serial(void **state)
{
	char serial[24];

	(void)state;
	blind = true;
	next_advance(0, HM_ETAG_VOID);
	insert(0, "a");
	ask("k", 5, "slot0");
	until(0, "waiting", "tag");
	for (int i = 0; i < 3; i++) {
		hm_daemon_wake_slots(d);
		assert_true(until_batch("k", false, true).person);
		assert_int_equal(batch("k").units, 1);
	}
	assert_int_equal(read_count(&advances), 1);
	/* the answer is there, and the rest follows */
	strcpy(serial, look(0).unit);
	next_advance(0, 0);
	hm_daemon_poke(d, serial);
	until_batch("k", true, false);
	assert_int_equal(batch("k").units, 5);
}

static void a_board_with_an_anchor_is_not_trusted_to_a_product_without(void **state)
{
	(void)state;
	next_advance(0, HM_ETAG_VOID);
	insert(0, "a");
	ask("k", 1, "slot0");
	until(0, "waiting", "tag");
	blind = true;
	ask("blind", 1, "slot0");
	assert_true(until_batch("blind", false, true).person);
	assert_int_equal(batch("blind").units, 0);
}

/* Files are made for each serial: a void tag of one is not in the way of the next. */
static void a_tray_goes_on(void **state)
{
	(void)state;
	strcpy(d->slots[0].cfg.eeprom, "file:/nowhere");
	blind = true;
	next_advance(0, HM_ETAG_VOID);
	insert(0, "a");
	ask("k", 3, "slot0");
	assert_true(until_batch("k", false, true).person);
	assert_int_equal(batch("k").units, 3);
}

/* What every serial would meet costs one of them, on whatever board and in a tray too. */
static void what_ails_the_slot_costs_one_serial(void **state)
{
	static const int waits[] = { HM_ELOG_FULL, HM_EDISK_FULL, HM_EDEVICE };
	char key[8];

	(void)state;
	strcpy(d->slots[0].cfg.eeprom, "file:/nowhere");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		char b[8];

		snprintf(key, sizeof(key), "k%zu", i);
		next_advance(0, waits[i]);
		snprintf(b, sizeof(b), "a%zu", i);
		insert(0, b);
		ask(key, 2, "slot0");
		until_units(key, 1);
		assert_true(until_batch(key, false, true).person);
		snprintf(b, sizeof(b), "b%zu", i);
		insert(0, b);
		assert_true(until_batch(key, false, true).person);
		assert_int_equal(batch(key).undrawn, 1);
		assert_int_equal(batch(key).units, 1);
		next_advance(0, 0);
		hm_daemon_poke(d, look(0).unit);
		until_batch(key, true, false);
	}
}

/* Whose pool is at its end waits by itself; others are made, and it is told again then. */
static void a_batch_at_its_end_is_in_no_others_way(void **state)
{
	(void)state;
	strcpy(d->slots[0].cfg.eeprom, "file:/nowhere");
	blind = true;
	insert(0, "a");
	ask("empty1", 1, "slot0");
	assert_true(until_batch("empty1", false, true).person);
	assert_string_equal(look(0).error, "pool_exhausted");
	ask("empty2", 1, "slot0");
	ask("k", 3, "slot0");
	until_batch("k", true, false);
	assert_true(until_batch("empty1", false, true).person);
	assert_true(until_batch("empty2", false, true).person);
	assert_string_equal(look(0).error, "pool_exhausted");
	assert_int_equal(batch("empty1").undrawn, 1);
}

static void stops_drawing_at_a_gate_fault(void **state)
{
	(void)state;
	next_advance(0, HM_EGATE_FAULT);
	insert(0, "a");
	ask("k", 2, "slot0");
	until(0, "waiting", "reboot");
	assert_true(hm_daemon_gate_faulty(d));
	insert(0, "b");
	assert_true(until_batch("k", false, true).person);
	assert_int_equal(batch("k").undrawn, 1);
}

static void a_full_disk_is_a_wait(void **state)
{
	(void)state;
	next_advance(0, -HM_EDISK_FULL);
	insert(0, "a");
	ask("k", 1, "slot0");
	until(0, "waiting", "disk");
	assert_true(until_batch("k", false, true).person);
	next_advance(0, 0);
	hm_daemon_wake_slots(d);
	until_batch("k", true, false);
	assert_false(hm_daemon_stopping(d));
}

static void a_latched_store_ends_everything(void **state)
{
	int64_t end = seconds() + BOUND_S;

	(void)state;
	next_advance(0, -HM_ESTORE);
	insert(0, "a");
	ask("k", 1, "slot0");
	while (!hm_daemon_stopping(d) && seconds() < end)
		hm_daemon_wait(d, hm_daemon_version(d), 1);
	assert_true(hm_daemon_stopping(d));
	assert_int_equal(d->fatal, -HM_ESTORE);
}

static void lends_its_engine_to_a_request(void **state)
{
	(void)state;
	until(0, "idle", "");
	assert_int_equal(hm_slot_enter(d, &d->slots[0], NULL), 0);
	insert(0, "a");
	ask("k", 1, "slot0");
	hm_daemon_wait(d, hm_daemon_version(d), 1);
	assert_int_equal(batch("k").units, 0);	/* its thread stands back */
	assert_false(batch("k").stuck);
	hm_slot_leave(d, &d->slots[0]);
	until_batch("k", true, false);
}

static void one_at_a_time_on_a_unit(void **state)
{
	(void)state;
	assert_true(hm_unit_claim(d, "1", false));
	assert_false(hm_unit_claim(d, "1", false));
	assert_true(hm_unit_claim(d, "2", false));
	hm_unit_release(d, "1");
	assert_true(hm_unit_claim(d, "1", true));
	hm_unit_release(d, "2");
	hm_unit_release(d, "1");
	assert_int_equal(d->n_claimed, 0);
}

static void begins_with_what_was_left(void **state)
{
	struct hm_unit u = { .state = HM_UNIT_BOUND };

	(void)state;
	hm_daemon_stop(d);
	hm_slots_join(d);
	ask("old", 1, "slot1");
	strcpy(u.serial, "77");
	strcpy(u.product, "p");
	strcpy(u.key, "old");
	strcpy(u.slot, "slot1");
	u.wait = HM_EGATE_FAULT;	/* ended by the reboot since */
	assert_int_equal(hm_store_run(d->env.store, put_unit, &u, NULL), 0);
	atomic_store(&d->world.stopping, false);
	d->stopping = false;
	assert_int_equal(hm_slots_start(d, NULL), 0);
	until_batch("old", true, false);
	until(1, "idle", "");
	assert_int_equal(look(1).done, 1);
}

#define SLOT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(idle_while_nothing_is_asked),
		SLOT_TEST(asks_for_a_board_until_a_fresh_one_is_in),
		SLOT_TEST(looks_again_at_a_device_without_calling_it_news),
		SLOT_TEST(leaves_a_person_alone),
		SLOT_TEST(goes_on_with_the_next_board_while_one_waits),
		SLOT_TEST(takes_a_unit_up_where_its_board_turns_up),
		SLOT_TEST(names_what_is_foreign),
		SLOT_TEST(two_slots_share_a_batch),
		SLOT_TEST(one_board_takes_one_serial),
		SLOT_TEST(a_board_with_an_anchor_is_not_trusted_to_a_product_without),
		SLOT_TEST(a_tray_goes_on),
		SLOT_TEST(what_ails_the_slot_costs_one_serial),
		SLOT_TEST(a_batch_at_its_end_is_in_no_others_way),
		SLOT_TEST(stops_drawing_at_a_gate_fault),
		SLOT_TEST(a_full_disk_is_a_wait),
		SLOT_TEST(a_latched_store_ends_everything),
		SLOT_TEST(lends_its_engine_to_a_request),
		SLOT_TEST(one_at_a_time_on_a_unit),
		SLOT_TEST(begins_with_what_was_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
