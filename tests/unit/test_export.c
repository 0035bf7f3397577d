// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A gate that gives its log away while units are made: the station exports at every
 * moment at which it may, the power fails at every single one, and in the end there
 * is each byte of the log once, no label twice, and no job forgotten whose outcome
 * somebody still had to read. The world is the engine's (sim/); store, station and
 * ledger are the real ones, and so are the signatures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>

#include "sim/keys.c"
#include "sim/last.h"
#include "sim/sim.c"

#include "ledger/evidence.h"
#include "station/bootlog.h"
#include "station/internal.h"

/* --- the station --- */

#define LOG_MAX 1400	/* two jobs fill half of it */

static struct sim world;
static struct hm_station station;
static unsigned int forgotten;	/* open jobs that the gate had forgotten */

static void open_station(void)
{
	memset(&station, 0, sizeof(station));
	station.env = &world.env;
	strcpy(station.origin, "example.com/s");
	pthread_mutex_init(&station.lock, NULL);
	hm_tree_init(&station.tree);
	assert_int_equal(hm_gate_state("", &station.gate, NULL), 0);
}

static int count_forgotten(void *ctx, const struct hm_job *j)
{
	(void)ctx;
	for (size_t i = 0; i < world.n_jobs; i++)
		if (world.jobs[i].forgotten && !memcmp(world.jobs[i].job.job_id, j->job_id, 16))
			forgotten++;
	return 0;
}

static int look_for_forgotten(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	(void)arg;
	return hm_tx_jobs_open(tx, station.gate.boot_id, count_forgotten, NULL, err);
}

/* What the daemon does every second, here at every moment. */
static void make_room(struct sim *s)
{
	struct hm_err err = { "" };
	unsigned int before = s->exports;
	int rc = hm_station_make_room(&station, NULL, &err);

	if (rc)
		fail_msg("make room: %s", hm_err_text(&err, rc));
	if (s->exports != before)
		assert_int_equal(hm_store_read(world.env.store, look_for_forgotten, NULL, NULL), 0);
}

/* Somebody who keeps the log well, but does not ask whether its jobs are told. */
static void make_room_carelessly(struct sim *s)
{
	_cleanup_buf_ struct hm_buf held = HM_BUF_INIT(1u << 20);
	struct hm_gate_state g;
	uint8_t digest[32];
	uint64_t start;

	assert_int_equal(hm_gate_state("", &g, NULL), 0);
	if (g.log_bytes <= LOG_MAX / 2)
		return;
	assert_int_equal(hm_station_sign(&station, HM_SIGN_ANYWAY, NULL), 0);
	assert_int_equal(hm_gate_log("", &held, &start, NULL), 0);
	SHA256(held.data, held.len, digest);
	assert_int_equal(hm_gate_export("", held.len, digest, NULL), 0);
	(void)s;
	assert_int_equal(hm_store_read(world.env.store, look_for_forgotten, NULL, NULL), 0);
}

/* Somebody who keeps nothing. */
static void throw_away(struct sim *s)
{
	_cleanup_buf_ struct hm_buf held = HM_BUF_INIT(1u << 20);
	uint8_t digest[32];

	gatelog_held(&s->gate, &held);
	if (held.len <= LOG_MAX / 2)
		return;
	SHA256(held.data, held.len, digest);
	assert_int_equal(hm_gate_export("", held.len, digest, NULL), 0);
}

/* --- what must be true in the end --- */

static bool labels_accounted(const char *serial)
{
	bool first = true;

	for (size_t i = 0; i < world.n_label; i++) {
		if (strcmp(world.label[i].serial, serial))
			continue;
		if (!first && !world.label[i].reprint)
			return false;
		first = false;
	}
	return true;
}

struct joined {
	struct hm_buf log;
	unsigned int pieces;
};

static int join(void *ctx, unsigned int number, const void *bytes, size_t len)
{
	struct joined *j = ctx;
	struct hm_ev_reader r;
	size_t skip;

	assert_int_equal(hm_ev_reader_init(&r, bytes, len), 0);
	skip = j->log.len ? r.pos : 0;
	if (number)
		assert_int_equal(number, ++j->pieces);
	return hm_buf_add(&j->log, (const uint8_t *)bytes + skip, len - skip);
}

struct rows {
	struct hm_checkpoint_row v[8];
	size_t n;
};

static int keep_row(void *ctx, const struct hm_checkpoint_row *c)
{
	struct rows *r = ctx;

	assert_true(r->n < 8);
	r->v[r->n++] = *c;
	return 0;
}

/* Each boot's log, joined from its pieces, replays into what was quoted last. */
static int check_boots(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	struct rows rows = { .n = 0 };

	(void)arg;
	assert_int_equal(hm_tx_checkpoints_by_boot(tx, keep_row, &rows, err), 0);
	for (size_t i = 0; i < rows.n; i++) {
		struct hm_checkpoint_row *c = &rows.v[i];
		struct joined j = { .pieces = 0 };
		struct hm_evidence e;
		uint8_t quoted[32];

		if (!c->log_end)
			continue;
		hm_buf_init(&j.log, 1u << 20);
		if (hm_bootlog_pieces(tx, c->boot_id, c->log_end, join, &j, err))
			fail_msg("pieces: %s", err->text);
		assert_int_equal(j.log.len, c->log_end);
		SHA256(c->pcr_value, 32, quoted);
		if (hm_evidence_read_quoted(j.log.data, j.log.len, quoted, &e, err))
			fail_msg("boot %zu: %s", i, err->text);
		assert_true(e.exports >= j.pieces);
		hm_evidence_free(&e);
		hm_buf_free(&j.log);
	}
	return 0;
}

static void check_log(void)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(1u << 20);
	struct hm_err err = { "" };
	int rc = hm_station_log(&station, &log, &err);

	if (rc)
		fail_msg("log: %s", hm_err_text(&err, rc));
	/* no byte lost, none doubled */
	assert_int_equal(log.len, world.gate.log.len);
	assert_memory_equal(log.data, world.gate.log.data, log.len);
	assert_int_equal(hm_store_read(world.env.store, check_boots, NULL, &err), 0);
}

/* --- a shift of one unit, cut off --- */

static void look_and_say(struct hm_unit *u)
{
	bool there = sim_labels_of(&world, u->serial, true);
	struct hm_err err = { "" };
	char scan[64];

	if (u->wait != HM_EIN_DOUBT)
		return;
	snprintf(scan, sizeof(scan), "(01)09521234543213(21)%s", u->serial);
	if (hm_unit_resolve(&world.engine, u->serial, there ? HM_ANSWER_LABEL : HM_ANSWER_NO_LABEL, scan,
			    NULL, "tester", "looked", u, &err))
		fail_msg("resolve: %s", err.text);
}

static int work_on(struct hm_unit *u, struct hm_err *err)
{
	int rc = 0;

	open_station();
	if (!u->serial[0])
		rc = hm_unit_reserve(&world.engine, "k", &world.slot, u, err);
	else
		look_and_say(u);
	return rc ?: hm_unit_advance(&world.engine, &world.slot, u, err);
}

static bool run_until_dead(struct hm_unit *u)
{
	struct hm_err err = { "" };

	if (setjmp(world.dead))
		return true;
	if (work_on(u, &err))
		fail_msg("engine: %s", err.text);
	return false;
}

/*
 * Fail at moment @at, again @again moments after the restart, with @meanwhile at work
 * throughout. False: it was over before. Leaves the world up, the unit finished.
 */
static bool shift(uint64_t at, uint64_t again, bool new_boot, enum sim_label first,
		  void (*meanwhile)(struct sim *s))
{
	struct hm_unit u = { .serial = "" };
	bool dead, died = false;

	sim_start(&world, 1, HM_BINDING_TPM);
	world.log_max = LOG_MAX;
	world.meanwhile = meanwhile;
	world.script[world.scripted++] = first;
	world.new_boot = new_boot;
	world.fail_at = at;
	forgotten = 0;
	for (int tries = 0; u.state != HM_UNIT_ACTIVE && tries < 8; tries++) {
		dead = run_until_dead(&u);
		world.moment = 0;
		world.fail_at = dead && !died ? again : 0;
		died |= dead;
		if (dead)
			sim_restart(&world);
		sim_last(&world, &u);
	}
	world.meanwhile = NULL;
	open_station();
	if (u.state != HM_UNIT_ACTIVE)
		fail_msg("at %llu again %llu boot %d script %d: %s %s", (unsigned long long)at,
			 (unsigned long long)again, new_boot, first, hm_unit_state_name(u.state), u.wait_text);
	assert_true(labels_accounted(u.serial));
	assert_true(sim_labels_of(&world, u.serial, true) <= 2);
	return died;
}

static void test_one_unit(void **state)
{
	(void)state;
	assert_false(shift(0, 0, false, SIM_PRINT, make_room));
	assert_true(world.exports >= 2);
	assert_int_equal(world.n_label, 1);
	assert_int_equal(forgotten, 0);
	check_log();
	sim_end(&world);
}

static void test_power_fails_at_every_moment(void **state)
{
	static const enum sim_label firsts[] = { SIM_PRINT, SIM_VOID, SIM_MUTE };
	unsigned int runs = 0, exports = 0;
	bool died = true;

	(void)state;
	for (size_t f = 0; f < 3; f++)
		for (int new_boot = 0; new_boot < 2; new_boot++, died = true)
			for (uint64_t at = 1; died; at++, runs += died) {
				died = shift(at, 0, new_boot, firsts[f], make_room);
				exports += world.exports;
				assert_int_equal(forgotten, 0);
				/* where the label came out whole and told, the same boot knows it */
				if (!new_boot && firsts[f] == SIM_PRINT)
					assert_true(world.n_label <= 2);
				check_log();
				sim_end(&world);
			}
	print_message("%u power failures, %u exports, each byte once\n", runs, exports);
	assert_true(runs > 150 && exports > 300);
}

static void test_power_fails_twice(void **state)
{
	unsigned int runs = 0;

	(void)state;
	for (uint64_t at = 5; at < 80; at += 6)
		for (uint64_t again = 1; again < 40; again += 4, runs++) {
			shift(at, again, at & 1, SIM_PRINT, make_room);
			assert_int_equal(forgotten, 0);
			check_log();
			sim_end(&world);
		}
	print_message("%u double power failures, each byte once\n", runs);
}

/*
 * The danger: an export that takes a job whose outcome nobody has read. RESULT then
 * says that there is no such job. The check above must notice such an export (else
 * it proves nothing), and the engine must not be taken in by it: it finds the job
 * in the store.
 */
static void test_careless_export_prints_nothing_twice(void **state)
{
	unsigned int noticed = 0;
	bool died = true;

	(void)state;
	for (uint64_t at = 1; died; at++) {
		died = shift(at, 0, false, SIM_PRINT, make_room_carelessly);
		noticed += forgotten;
		check_log();
		sim_end(&world);
	}
	print_message("%u times a job was forgotten that was not told\n", noticed);
	assert_true(noticed > 0);
}

/* What was exported is nowhere: then nobody can tell, and a person has to look. */
static void test_lost_piece_is_a_doubt(void **state)
{
	bool died = true;

	(void)state;
	for (uint64_t at = 1; died; at++) {
		died = shift(at, 0, false, SIM_PRINT, throw_away);
		if (sim_labels_of(&world, world.label[0].serial, true) > 1)
			fail_msg("at %llu: a good label twice", (unsigned long long)at);
		sim_end(&world);
	}
}

/* --- one thing at a time --- */

static void begin(void)
{
	struct hm_unit u = { .serial = "" };
	struct hm_err err = { "" };

	sim_start(&world, 1, HM_BINDING_TPM);
	open_station();
	if (hm_unit_reserve(&world.engine, "k", &world.slot, &u, &err) ||
	    hm_unit_advance(&world.engine, &world.slot, &u, &err))
		fail_msg("%s", err.text);
	assert_int_equal(u.state, HM_UNIT_ACTIVE);
}

static void test_exports_only_when_half_full(void **state)
{
	uint64_t kept;

	(void)state;
	begin();
	world.log_max = (uint32_t)world.gate.log.len * 2 + 2;
	assert_int_equal(hm_station_make_room(&station, NULL, NULL), 0);
	assert_int_equal(world.exports, 0);
	world.log_max -= 4;
	assert_int_equal(hm_station_make_room(&station, NULL, NULL), 0);
	assert_int_equal(world.exports, 1);
	/* only the EXPORT is held; nothing to gain */
	kept = world.gate.exported;
	world.log_max = 100;
	assert_int_equal(hm_station_make_room(&station, NULL, NULL), 0);
	assert_true(world.gate.exported >= kept);
	check_log();
	sim_end(&world);
}

static int count_bytes(void *ctx, const struct hm_log_part *p)
{
	*(uint64_t *)ctx += p->end - p->start;
	return 0;
}

static int sum_parts(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	return hm_tx_log_parts(tx, station.gate.boot_id, 0, count_bytes, arg, err);
}

/* A checkpoint stores what is new, and not the log again. */
static void test_keeps_each_byte_once(void **state)
{
	uint8_t id[16] = { 0x77 }, digest[32] = { 1 };
	uint64_t sum = 0;

	(void)state;
	begin();
	for (int i = 0; i < 50; i++) {
		id[1] = (uint8_t)i;
		gatelog_outcome(&world.gate, gatelog_intent(&world.gate, id, 2, "printer0", 0, 5, digest), 1, 5);
		assert_int_equal(hm_station_checkpoint(&station, false, NULL), 0);
	}
	assert_int_equal(hm_store_read(world.env.store, sum_parts, &sum, NULL), 0);
	assert_int_equal(sum, world.gate.log.len - header_len());
	check_log();
	sim_end(&world);
}

/* A store that is not what the gate holds: nothing is given up, and it is said. */
static void test_another_log_is_refused(void **state)
{
	struct hm_err err = { "" };

	(void)state;
	begin();
	assert_int_equal(hm_station_checkpoint(&station, false, &err), 0);
	world.gate.log.data[world.gate.log.len - 5] ^= 1;
	world.log_max = 100;
	assert_int_equal(hm_station_make_room(&station, NULL, &err), -HM_EINCONSISTENT);
	assert_non_null(strstr(err.text, "not what was kept of it"));
	assert_int_equal(world.exports, 0);
	sim_end(&world);
}

static int room_for_engine(void *ctx, struct hm_err *err)
{
	(void)ctx;
	return hm_station_make_room(&station, NULL, err);
}

/* A full log in mid-unit: the engine has room made, and goes on. */
static void test_engine_makes_room(void **state)
{
	struct hm_unit u = { .serial = "" };
	struct hm_err err = { "" };

	(void)state;
	begin();
	sim_end(&world);
	sim_start(&world, 1, HM_BINDING_TPM);
	open_station();
	world.engine.make_room = room_for_engine;
	assert_int_equal(hm_unit_reserve(&world.engine, "k", &world.slot, &u, &err), 0);
	world.full = true;
	if (hm_unit_advance(&world.engine, &world.slot, &u, &err))
		fail_msg("%s", err.text);
	assert_int_equal(u.state, HM_UNIT_ACTIVE);
	assert_int_equal(world.exports, 1);
	check_log();
	sim_end(&world);
}

/* Full, and at its very beginning a job whose fate is not known: it stays, by name. */
static void test_unsettled_job_stays(void **state)
{
	struct hm_unit u = { .serial = "" };
	struct hm_err err = { "" };
	struct hm_room room;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	world.new_boot = false;
	/* the label is out, and the station dies before it hears of it */
	for (uint64_t at = 1; !world.n_label; at++) {
		sim_end(&world);
		sim_start(&world, 1, HM_BINDING_TPM);
		world.fail_at = at;
		(void)run_until_dead(&u);
		memset(&u, 0, sizeof(u));
	}
	world.fail_at = 0;
	sim_restart(&world);
	open_station();
	sim_last(&world, &u);
	assert_int_equal(u.state, HM_UNIT_MARKING);
	world.full = true;
	/* START and the status request before it may go, once */
	assert_int_equal(hm_station_make_room(&station, NULL, &err), 0);
	assert_int_equal(world.exports, 1);
	world.full = true;
	assert_int_equal(hm_station_make_room(&station, NULL, &err), -HM_ELOG_FULL);
	assert_non_null(strstr(err.text, u.serial));
	assert_int_equal(hm_station_room(&station, &room, &err), 0);
	assert_int_equal(room.cut, room.start);
	assert_string_equal(room.serial, u.serial);
	/* the engine reads what became of it: then it may go */
	world.full = false;
	assert_int_equal(hm_unit_advance(&world.engine, &world.slot, &u, &err), 0);
	world.full = true;
	assert_int_equal(hm_station_make_room(&station, NULL, &err), 0);
	assert_int_equal(world.exports, 2);
	assert_int_equal(world.n_label, 1);
	check_log();
	sim_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_unit),
		cmocka_unit_test(test_exports_only_when_half_full),
		cmocka_unit_test(test_keeps_each_byte_once),
		cmocka_unit_test(test_another_log_is_refused),
		cmocka_unit_test(test_engine_makes_room),
		cmocka_unit_test(test_unsettled_job_stays),
		cmocka_unit_test(test_careless_export_prints_nothing_twice),
		cmocka_unit_test(test_lost_piece_is_a_doubt),
		cmocka_unit_test(test_power_fails_at_every_moment),
		cmocka_unit_test(test_power_fails_twice),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
