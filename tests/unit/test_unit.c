// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The engine in a world that the test holds every string of: the clean path, and every
 * way to wait. The power fails in test_unit_power.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/leaf.h"
#include "sim/steps.h"

struct story {
	char text[1024];
	unsigned int announced, told;
};

static int tell_leaf(void *ctx, uint64_t index, const void *bytes, size_t len)
{
	struct story *s = ctx;
	struct hm_leaf leaf;

	(void)index;
	assert_int_equal(hm_leaf_decode(bytes, len, &leaf, NULL), 0);
	if (leaf.type != HM_LEAF_UNIT)
		return 0;
	snprintf(s->text + strlen(s->text), sizeof(s->text) - strlen(s->text), "%s:%s%s%s ", leaf.step,
		 leaf.state, leaf.wait[0] ? "/" : "", leaf.wait);
	for (size_t i = 0; i < leaf.n_jobs; i++)
		*(leaf.jobs[i].role == HM_JOB_ANNOUNCED ? &s->announced : &s->told) += 1;
	return 0;
}

static int read_story(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	uint64_t n;
	int rc = hm_tx_leaf_count(tx, &n, err);

	return rc ? rc : hm_tx_leaves(tx, 0, n, tell_leaf, arg, err);
}

static struct story story_of(struct sim *s)
{
	struct story st = { .announced = 0 };

	assert_int_equal(hm_store_read(s->env.store, read_story, &st, NULL), 0);
	return st;
}

static void test_clean_path(void **state)
{
	struct hm_unit u;
	struct story st;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	reserve(&world, &u);
	assert_string_equal(u.serial, "10000000016");
	advance(&world, &u);
	assert_finished(&world, &u);
	st = story_of(&world);
	/* four durable waits and no more */
	assert_string_equal(st.text, "reserve:reserved mark:marking write:writing active:active ");
	assert_int_equal(st.announced, 5);
	assert_int_equal(st.told, 5);
	assert_int_equal(sim_labels_of(&world, u.serial, false), 1);
	sim_end(&world);
}

static void test_batch_is_exact(void **state)
{
	struct hm_unit u;
	struct hm_err err;

	(void)state;
	sim_start(&world, 2, HM_BINDING_TPM);
	reserve(&world, &u);
	assert_int_equal(u.index, 0);
	reserve(&world, &u);
	assert_int_equal(u.index, 1);
	assert_int_equal(hm_unit_reserve(&world.engine, "k", &world.slot, &u, &err), -HM_ENOT_FOUND);
	sim_end(&world);
}

/* What is in the way, how the unit waits, and what it does once it is gone. */
static void wait_and_go_on(struct sim *s, bool *obstacle, int wait, enum hm_unit_state in)
{
	struct hm_unit u;
	struct story before, after;

	reserve(s, &u);
	*obstacle = true;
	advance(s, &u);
	assert_int_equal(u.wait, wait);
	assert_int_equal(u.state, in);
	before = story_of(s);
	advance(s, &u);		/* still in the way: no news for the ledger */
	after = story_of(s);
	assert_string_equal(before.text, after.text);
	assert_int_equal(u.wait, wait);
	*obstacle = false;
	advance(s, &u);
	assert_finished(s, &u);
	assert_int_equal(sim_labels_of(s, u.serial, false), 1);
}

static void test_paper_out(void **state)
{
	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	wait_and_go_on(&world, &world.paper_out, HM_EPAPER_OUT, HM_UNIT_BOUND);
	sim_end(&world);
}

static void test_no_printer(void **state)
{
	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	wait_and_go_on(&world, &world.printer_gone, HM_ENO_DEVICE, HM_UNIT_BOUND);
	sim_end(&world);
}

static void test_silent_printer(void **state)
{
	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	wait_and_go_on(&world, &world.printer_silent, HM_ESILENT, HM_UNIT_BOUND);
	sim_end(&world);
}

static void test_no_eeprom(void **state)
{
	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	wait_and_go_on(&world, &world.eeprom_gone, HM_EEEPROM_ABSENT, HM_UNIT_RESERVED);
	sim_end(&world);
}

static void test_void_tags(void **state)
{
	struct hm_unit u;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	for (int i = 0; i < 4; i++)
		world.script[world.scripted++] = SIM_VOID;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_BOUND);
	assert_int_equal(u.wait, HM_ETAG_VOID);
	assert_int_equal(sim_labels_of(&world, u.serial, false), 3);
	assert_int_equal(hm_unit_retry(&world.engine, u.serial, NULL), 0);
	sim_get(&world, u.serial, &u);
	advance(&world, &u);	/* one more void, then a good one */
	assert_finished(&world, &u);
	assert_int_equal(sim_labels_of(&world, u.serial, false), 5);
	assert_int_equal(sim_labels_of(&world, u.serial, true), 1);
	assert_labels_accounted(&world, u.serial);
	sim_end(&world);
}

static void doubt(enum sim_label what, enum hm_answer answer, int labels)
{
	struct hm_unit u;

	sim_start(&world, 1, HM_BINDING_TPM);
	world.script[world.scripted++] = what;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_MARKING);
	assert_int_equal(u.wait, HM_EIN_DOUBT);
	advance(&world, &u);	/* asking again does not print again */
	assert_int_equal(world.labels, 1);
	assert_int_equal(u.wait, HM_EIN_DOUBT);
	resolve(&world, &u, answer);
	advance(&world, &u);
	assert_finished(&world, &u);
	assert_int_equal(sim_labels_of(&world, u.serial, true), labels);
	assert_labels_accounted(&world, u.serial);
	sim_end(&world);
}

static void test_doubt(void **state)
{
	(void)state;
	doubt(SIM_MUTE, HM_ANSWER_LABEL, 1);
	doubt(SIM_MUTE, HM_ANSWER_NO_LABEL, 2);	/* destroyed, and printed again as such */
	doubt(SIM_CUT, HM_ANSWER_NO_LABEL, 1);
	doubt(SIM_NOTHING, HM_ANSWER_NO_LABEL, 1);
}

static void test_foreign_scan_is_refused(void **state)
{
	struct hm_unit u, v;
	struct hm_err err = { "" };

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	world.script[world.scripted++] = SIM_MUTE;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(hm_unit_resolve(&world.engine, u.serial, HM_ANSWER_LABEL,
					 "(01)09521234543213(21)10000000023", NULL, "t", "", &v, &err),
			 -HM_EMISMATCH);
	sim_get(&world, u.serial, &v);
	assert_int_equal(v.wait, HM_EIN_DOUBT);
	sim_end(&world);
}

static void test_gate_fault(void **state)
{
	struct hm_unit u;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	world.script[world.scripted++] = SIM_GATE_FAULT;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_BOUND);
	assert_int_equal(u.wait, HM_EGATE_FAULT);
	assert_int_equal(sim_labels_of(&world, u.serial, false), 0);
	sim_end(&world);
}

static void test_board_swapped(void **state)
{
	struct hm_unit u;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	world.paper_out = true;
	reserve(&world, &u);
	advance(&world, &u);
	world.paper_out = false;
	world.in_slot = 1;	/* another board, after this one was probed and bound */
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_MARKED);
	assert_int_equal(u.wait, HM_EBOARD_SWAPPED);
	assert_int_equal(world.writes, 0);
	world.in_slot = 0;
	advance(&world, &u);
	assert_finished(&world, &u);
	assert_int_equal(world.board[1].eeprom[0], 0xff);
	sim_end(&world);
}

static void test_write_protected(void **state)
{
	struct hm_unit u;

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	world.board[0].write_protected = true;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_WRITING);
	assert_int_equal(u.wait, HM_EWRITE_PROTECTED);
	world.board[0].write_protected = false;
	advance(&world, &u);
	assert_finished(&world, &u);
	sim_end(&world);
}

static void test_foreign_board_costs_no_serial(void **state)
{
	struct hm_unit u;
	char holder[21] = "";
	struct hm_err err;

	(void)state;
	sim_start(&world, 2, HM_BINDING_TPM);
	memcpy(world.board[0].eeprom, "somebody else's", 15);
	assert_int_equal(hm_unit_board(&world.engine, &world.slot, "demo-sensor", holder, &err),
			 -HM_EFOREIGN);
	world.in_slot = -1;
	assert_int_equal(hm_unit_board(&world.engine, &world.slot, "demo-sensor", holder, &err),
			 -HM_ENO_BOARD);
	world.in_slot = 1;
	assert_int_equal(hm_unit_board(&world.engine, &world.slot, "demo-sensor", holder, &err), 0);
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(hm_unit_board(&world.engine, &world.slot, "demo-sensor", holder, &err),
			 -HM_EDUPLICATE);
	assert_string_equal(holder, u.serial);
	/* and a unit that was drawn for such a board is set aside, not guessed at */
	world.in_slot = 0;
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(u.state, HM_UNIT_QUARANTINED);
	assert_memory_equal(world.board[0].eeprom, "somebody else's", 15);
	sim_end(&world);
}

static void test_reprint(void **state)
{
	struct hm_unit u, v;
	struct hm_err err = { "" };

	(void)state;
	sim_start(&world, 1, HM_BINDING_TPM);
	reserve(&world, &u);
	advance(&world, &u);
	assert_int_equal(hm_unit_reprint(&world.engine, &world.slot, u.serial, "anna", "torn", &v, &err), 0);
	assert_int_equal(v.state, HM_UNIT_ACTIVE);
	assert_int_equal(v.wait, 0);
	assert_string_not_equal(v.tid, u.tid);
	assert_int_equal(sim_labels_of(&world, u.serial, true), 2);
	assert_labels_accounted(&world, u.serial);
	sim_end(&world);
}

/* Whichever digit of it the tag answers wrongly, the last one too: not this unit's tag. */
static void test_the_whole_epc_is_compared(void **state)
{
	static const struct {
		const char *scheme;
		unsigned int digits;
	} t[] = { { "sgtin-96", 24 }, { "sgtin-198", 52 }, { "sgtin+", 36 } };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sim_scheme = t[i].scheme;
		for (unsigned int at = 1; at <= t[i].digits; at++) {
			struct hm_unit u;

			sim_start(&world, 1, HM_BINDING_TPM);
			world.wrong_digit = at;
			reserve(&world, &u);
			advance(&world, &u);
			assert_int_equal(u.epc.len, t[i].digits / 2);
			assert_int_equal(u.state, HM_UNIT_QUARANTINED);
			assert_int_equal(u.wait, HM_EMISMATCH);
			sim_end(&world);
		}
	}
	sim_scheme = "sgtin-96";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean_path),
		cmocka_unit_test(test_batch_is_exact),
		cmocka_unit_test(test_paper_out),
		cmocka_unit_test(test_no_printer),
		cmocka_unit_test(test_silent_printer),
		cmocka_unit_test(test_no_eeprom),
		cmocka_unit_test(test_void_tags),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_foreign_scan_is_refused),
		cmocka_unit_test(test_gate_fault),
		cmocka_unit_test(test_board_swapped),
		cmocka_unit_test(test_write_protected),
		cmocka_unit_test(test_foreign_board_costs_no_serial),
		cmocka_unit_test(test_reprint),
		cmocka_unit_test(test_the_whole_epc_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
