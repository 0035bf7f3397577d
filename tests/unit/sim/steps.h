/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests do to a unit in the simulated world, and what a finished one must be. */
#ifndef SIM_STEPS_H
#define SIM_STEPS_H

#include "sim/sim.h"

static struct sim world;

static inline void advance(struct sim *s, struct hm_unit *u)
{
	struct hm_err err = { "" };
	int rc = hm_unit_advance(&s->engine, &s->slot, u, &err);

	if (rc)
		print_error("advance: %s\n", hm_err_text(&err, rc));
	assert_int_equal(rc, 0);
}

static inline void reserve(struct sim *s, struct hm_unit *u)
{
	struct hm_err err = { "" };
	int rc = hm_unit_reserve(&s->engine, "k", &s->slot, u, &err);

	if (rc)
		print_error("reserve: %s\n", hm_err_text(&err, rc));
	assert_int_equal(rc, 0);
}

static inline void resolve(struct sim *s, struct hm_unit *u, enum hm_answer a)
{
	char scan[64];
	struct hm_err err = { "" };
	int rc;

	snprintf(scan, sizeof(scan), "(01)09521234543213(21)%s", u->serial);
	rc = hm_unit_resolve(&s->engine, u->serial, a, scan, NULL, "tester", "looked", u, &err);
	if (rc)
		print_error("resolve: %s\n", hm_err_text(&err, rc));
	assert_int_equal(rc, 0);
}

/* A finished unit, whatever happened on the way. */
static inline void assert_finished(struct sim *s, const struct hm_unit *u)
{
	struct hm_board b;
	struct hm_slots slots;

	assert_int_equal(u->state, HM_UNIT_ACTIVE);
	assert_int_equal(u->wait, 0);
	assert_true(u->record_len > 0 && u->record_len <= HM_RECORD_MAX);
	assert_int_equal(hm_slots_plan(sim_carrier, sim_eeprom_size, &slots), 0);
	assert_int_equal(hm_eeprom_view(s->board[s->in_slot].eeprom, sim_eeprom_size, &slots, &b.view), 0);
	assert_int_equal(b.view.a, HM_SLOT_OURS);
	assert_int_equal(b.view.b, slots.n == 2 ? HM_SLOT_OURS : HM_SLOT_BLANK);
	assert_string_equal(b.view.image_a.serial, u->serial);
	assert_memory_equal(b.view.image_a.cwt, u->record, u->record_len);
	assert_true(sim_labels_of(s, u->serial, true) >= 1);
}

/* Is every label of a serial beyond the first on the record as a reprint? */
static inline bool labels_accounted(const struct sim *s, const char *serial)
{
	bool first = true;

	for (size_t i = 0; i < s->n_label; i++) {
		if (strcmp(s->label[i].serial, serial))
			continue;
		if (!first && !s->label[i].reprint)
			return false;
		first = false;
	}
	return true;
}

#define assert_labels_accounted(s, serial) assert_true(labels_accounted(s, serial))

#endif
