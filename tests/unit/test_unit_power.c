// SPDX-License-Identifier: LGPL-2.1-or-later
/* The engine in a world that the test holds every string of: the power fails at every single moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/gs1.h"
#include "sim/last.h"
#include "sim/steps.h"

/* The operator's part after a failure: look at the table, and say what is there. */
static void look_and_say(struct sim *s, struct hm_unit *u)
{
	if (u->wait == HM_EIN_DOUBT)
		resolve(s, u, sim_labels_of(s, u->serial, true) ? HM_ANSWER_LABEL : HM_ANSWER_NO_LABEL);
}

static bool run_until_dead(struct sim *s, struct hm_unit *u, bool reserved)
{
	if (setjmp(s->dead))
		return true;
	if (!reserved)
		(void)hm_unit_reserve(&s->engine, "k", &s->slot, u, NULL);
	(void)hm_unit_advance(&s->engine, &s->slot, u, NULL);
	return false;
}

/* What the store has is the serial's EPC, and so is what any tag of it was told. */
static void assert_epc(const struct sim *s, const struct hm_unit *u)
{
	char hex[HM_EPC_HEX_SIZE];
	struct hm_epc want;

	assert_int_equal(hm_gs1_epc(sim_scheme, "09521234543213", 7, 1, u->serial, &want), 0);
	assert_true(hm_epc_same(&u->epc, &want));
	hm_epc_hex(&want, hex);
	for (size_t i = 0; i < s->n_label; i++)
		assert_string_equal(s->label[i].epc, hex);
}

/*
 * Fail at moment @at; again after the restart at @again moments more. Returns false
 * when the run was over before it.
 */
static bool fail_at(uint64_t at, uint64_t again, bool new_boot, enum sim_label first)
{
	struct hm_unit u = { .serial = "" };
	bool dead;

	sim_start(&world, 1, HM_BINDING_TPM);
	world.script[world.scripted++] = first;
	world.new_boot = new_boot;
	world.fail_at = at;
	dead = run_until_dead(&world, &u, false);
	world.moment = 0;
	world.fail_at = again;
	if (dead)
		sim_restart(&world);
	for (int tries = 0; tries < 8; tries++) {
		sim_last(&world, &u);
		if (u.serial[0] && u.state == HM_UNIT_ACTIVE)
			break;
		if (u.serial[0] && !world.fail_at)
			look_and_say(&world, &u);
		if (run_until_dead(&world, &u, u.serial[0] != '\0')) {
			world.moment = 0;
			world.fail_at = 0;
			sim_restart(&world);
		} else {
			world.fail_at = 0;
		}
	}
	if (u.state != HM_UNIT_ACTIVE)
		print_error("at %llu again %llu boot %d script %d: %s %s\n", (unsigned long long)at,
			    (unsigned long long)again, new_boot, first, hm_unit_state_name(u.state),
			    u.wait_text);
	assert_finished(&world, &u);
	assert_string_equal(u.serial, strcmp(sim_scheme, "sgtin-96") ? "z0000XSNJG1" : "10000000016");
	assert_labels_accounted(&world, u.serial);
	assert_epc(&world, &u);
	assert_true(sim_labels_of(&world, u.serial, true) <= 2);
	sim_end(&world);
	return dead;
}

static void test_power_fails_at_every_moment(void **state)
{
	static const enum sim_label firsts[] = { SIM_PRINT, SIM_VOID, SIM_MUTE };
	unsigned int runs = 0;

	(void)state;
	for (size_t f = 0; f < 3; f++)
		for (int new_boot = 0; new_boot < 2; new_boot++)
			for (uint64_t at = 1; fail_at(at, 0, new_boot, firsts[f]); at++)
				runs++;
	print_message("%u power failures, each recovered\n", runs);
	assert_true(runs > 100);
}

/* The same for the other carriers, one of them in an EEPROM that has a single slot. */
static void test_power_fails_with_every_carrier(void **state)
{
	static const struct {
		enum hm_carrier carrier;
		uint32_t size;
	} t[] = { { HM_CARRIER_IPMI_FRU, 1024 }, { HM_CARRIER_CWT, 1024 }, { HM_CARRIER_CWT, 256 } };
	unsigned int runs = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sim_carrier = t[i].carrier;
		sim_eeprom_size = t[i].size;
		for (uint64_t at = 1; fail_at(at, at % 5 ? 0 : 1 + at % 17, at & 1, SIM_PRINT); at++)
			runs++;
	}
	sim_carrier = HM_CARRIER_ONIE_TLV;
	sim_eeprom_size = SIM_EEPROM;
	print_message("%u power failures, each recovered\n", runs);
	assert_true(runs > 100);
}

/* EPCs beyond twelve bytes, and as long as the serial makes them. */
static void test_power_fails_with_every_scheme(void **state)
{
	static const char *const schemes[] = { "sgtin-198", "sgtin+" };
	unsigned int runs = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		sim_scheme = schemes[i];
		for (uint64_t at = 1; fail_at(at, at % 5 ? 0 : 1 + at % 17, at & 1, at & 2 ? SIM_PRINT : SIM_VOID); at++)
			runs++;
	}
	sim_scheme = "sgtin-96";
	print_message("%u power failures, each recovered\n", runs);
	assert_true(runs > 50);
}

static void test_power_fails_twice(void **state)
{
	unsigned int runs = 0;

	(void)state;
	for (uint64_t at = 5; at < 60; at += 7)
		for (uint64_t again = 1; again < 30; again += 3) {
			fail_at(at, again, at & 1, SIM_PRINT);
			runs++;
		}
	print_message("%u double power failures, each recovered\n", runs);
}

/*
 * The control: a gate that forgets its jobs within one boot breaks the promise that
 * the engine rests on, and the check must see the second label.
 */
static void test_control_forgetful_gate_is_caught(void **state)
{
	bool caught = false;

	(void)state;
	for (uint64_t at = 1; at < 60 && !caught; at++) {
		struct hm_unit u = { .serial = "" };

		sim_start(&world, 1, HM_BINDING_TPM);
		world.fail_at = at;
		if (run_until_dead(&world, &u, false)) {
			world.fail_at = 0;
			sim_restart(&world);
			world.n_jobs = 0;
			sim_last(&world, &u);
			(void)run_until_dead(&world, &u, u.serial[0] != '\0');
			caught = !labels_accounted(&world, u.serial);
		}
		sim_end(&world);
	}
	assert_true(caught);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_power_fails_at_every_moment),
		cmocka_unit_test(test_power_fails_with_every_carrier),
		cmocka_unit_test(test_power_fails_with_every_scheme),
		cmocka_unit_test(test_power_fails_twice),
		cmocka_unit_test(test_control_forgetful_gate_is_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
