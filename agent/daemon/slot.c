// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One thread a slot: first the units that are already in the slot, then the next
 * board for the oldest open batch. What it waits for is told through the hub;
 * recovery after a crash is the first pass of this loop.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "agent/daemon/daemon.h"
#include "product/product.h"

#define RETRY_MS	1000	/* devices that give no sign: look again */
#define SLOT_UNITS_MAX	4096

enum pass {
	PASS_AGAIN,	/* something was done: look again at once */
	PASS_RETRY,	/* a device, or a board: look again soon */
	PASS_SLEEP,	/* nothing until somebody wakes the slot */
	PASS_STOP,
};

/* What a call into the engine said, where it is not about one unit's own wait. */
static enum pass engine_failed(struct hm_slot_run *s, const char *unit, int rc,
			       const struct hm_err *err)
{
	if (rc == -ECANCELED)
		return PASS_STOP;
	hm_daemon_fatal(s->d, rc, err);
	if (hm_daemon_stopping(s->d))
		return PASS_STOP;
	if (rc == -HM_EGATE_FAULT)
		hm_daemon_gate_fault(s->d);
	hm_slot_tell(s, HM_SLOT_WAITING, unit, -rc, false, hm_err_text(err, rc));
	return rc == -HM_EGATE_FAULT ? PASS_SLEEP : PASS_RETRY;
}

static enum pass tell_wait(struct hm_slot_run *s, const struct hm_unit *u)
{
	bool fresh = u->state == HM_UNIT_RESERVED &&
		     (u->wait == HM_ENO_BOARD || u->wait == HM_EDUPLICATE || u->wait == HM_EUNTRUSTED);

	if (u->wait == HM_EGATE_FAULT)
		hm_daemon_gate_fault(s->d);
	if (u->wait == HM_ELOG_FULL)
		hm_daemon_log_full(s->d);
	hm_slot_tell(s, HM_SLOT_WAITING, u->serial, u->wait, fresh, u->wait_text);
	return hm_wait_is_device(u->wait) || !u->wait ? PASS_RETRY : PASS_SLEEP;
}

/* Let the engine go on with a unit that @waits, or not; the slot's engine lock is held. */
static enum pass advance(struct hm_slot_run *s, const char *serial, int waits)
{
	struct hm_daemon *d = s->d;
	struct hm_err err = { "" };
	struct hm_unit u;
	enum pass p;
	bool poked;
	int was, rc;

	poked = hm_daemon_poked(d, serial, false);
	if (!hm_unit_claim(d, serial, waits && !poked))
		return PASS_RETRY;
	hm_daemon_poked(d, serial, true);
	rc = hm_read_unit(d, serial, &u, &err);
	if (!rc && hm_unit_final(&u)) {
		hm_unit_release(d, serial);
		return PASS_AGAIN;
	}
	was = rc ? 0 : u.wait;
	/* a wait that is merely looked at again is no change worth telling */
	if (!rc && (!was || poked))
		hm_slot_tell(s, HM_SLOT_BUSY, serial, 0, false, NULL);
	rc = rc ?: hm_unit_advance(&d->engine, &s->cfg, &u, &err);
	hm_unit_release(d, serial);

	if (rc) {
		p = engine_failed(s, serial, rc, &err);
	} else if (u.state == HM_UNIT_ACTIVE) {
		hm_slot_done(s, serial);
		hm_slot_tell(s, HM_SLOT_BUSY, NULL, 0, false, NULL);
		hm_log(HM_LOG_UNIT_DONE, LOG_INFO, "unit %s is active (%s)", serial, s->cfg.name);
		p = PASS_AGAIN;
	} else if (hm_unit_final(&u)) {
		hm_slot_tell(s, HM_SLOT_BUSY, NULL, 0, false, NULL);
		hm_log(HM_LOG_UNIT_WAITS, LOG_WARNING, "unit %s is %s: %s", serial,
		       hm_unit_state_name(u.state), u.wait_text);
		p = PASS_AGAIN;
	} else {
		if (u.wait && u.wait != was)
			hm_log(HM_LOG_UNIT_WAITS, LOG_NOTICE, "unit %s (%s) waits: %s", serial,
			       s->cfg.name, u.wait_text);
		p = tell_wait(s, &u);
	}
	hm_daemon_changed(d);
	return p;
}

/* Each serial has an EEPROM of its own made for it: nobody inserts boards. */
static bool is_tray(const struct hm_slot_run *s)
{
	return !strncmp(s->cfg.eeprom, "file:", 5);
}

/*
 * What the next serial would meet just the same: it is not about this one unit. A
 * device that failed may be that board's EEPROM; in a tray it is not.
 */
static bool wait_of_slot(const struct hm_slot_run *s, int wait)
{
	return wait == HM_EGATE_FAULT || wait == HM_ELOG_FULL || wait == HM_EDISK_FULL ||
	       (wait == HM_EDEVICE && is_tray(s));
}

static bool has_anchor(const struct hm_unit *u)
{
	static const uint8_t none[sizeof(u->ek_sha256)];

	return memcmp(u->ek_sha256, none, sizeof(none)) != 0;
}

/* How much a unit that waits for a person is in the way of the next one. */
static int weight(const struct hm_slot_run *s, const struct hm_unit *u)
{
	if (!u->serial[0])
		return 0;
	if (wait_of_slot(s, u->wait))
		return 3;
	return has_anchor(u) ? 1 : 2;
}

/*
 * The units in this slot that are not finished. Those that a device may help are
 * looked at; *ret_person: of those that wait for somebody's word, the one that is
 * most in the way.
 */
static enum pass unfinished(struct hm_slot_run *s, struct hm_unit *ret_person)
{
	struct hm_unit_filter f = { .slot = s->cfg.name, .unfinished = true };
	struct hm_err err = { "" };
	struct hm_unit *units = NULL;
	enum pass worst = PASS_SLEEP;
	size_t n = 0;
	int rc = hm_read_units(s->d, &f, SLOT_UNITS_MAX, &units, &n, &err);

	if (rc)
		return engine_failed(s, NULL, rc, &err);
	for (size_t i = 0; i < n && !hm_daemon_stopping(s->d); i++) {
		struct hm_unit *u = &units[i];
		enum pass p = PASS_SLEEP;

		if (!u->wait || hm_wait_is_device(u->wait) || hm_daemon_poked(s->d, u->serial, false))
			p = advance(s, u->serial, u->wait);
		else if (weight(s, u) > weight(s, ret_person))
			*ret_person = *u;
		if (p == PASS_AGAIN || p == PASS_STOP) {
			worst = p;
			break;
		}
		if (p == PASS_RETRY)
			worst = p;
	}
	free(units);
	return worst;
}

/*
 * The oldest open batch that wants this slot and still has a unit to draw, @skip of
 * them passed over.
 */
static int wanted_batch(struct hm_slot_run *s, size_t skip, struct hm_batch *ret, struct hm_err *err)
{
	struct hm_batch *b = NULL;
	size_t n = 0;
	int rc = hm_read_open_batches(s->d, &b, &n, err);

	if (!rc)
		rc = -HM_ENOT_FOUND;
	for (size_t i = 0; i < n && rc == -HM_ENOT_FOUND; i++) {
		uint32_t drawn, open;
		int r;

		if (b[i].slot[0] && strcmp(b[i].slot, s->cfg.name))
			continue;
		r = hm_read_counts(s->d, b[i].key, &drawn, &open, err);
		if (r)
			rc = r;
		else if (drawn < b[i].count && !skip--) {
			*ret = b[i];
			rc = 0;
		}
	}
	free(b);
	return rc;
}

/* The board in the slot bears a serial already: go on with that unit, or ask for the next. */
static enum pass known_board(struct hm_slot_run *s, const char *holder)
{
	struct hm_err err = { "" };
	struct hm_unit u;
	int rc = hm_read_unit(s->d, holder, &u, &err);

	if (rc && rc != -HM_ENOT_FOUND)
		return engine_failed(s, NULL, rc, &err);
	if (!rc && !hm_unit_final(&u)) {
		if (!u.wait || hm_wait_is_device(u.wait) || hm_daemon_poked(s->d, holder, false))
			return advance(s, holder, u.wait);
		hm_slot_tell(s, HM_SLOT_WAITING, u.serial, u.wait, false, u.wait_text);
		return PASS_RETRY;
	}
	hm_slot_tell(s, HM_SLOT_WAITING, NULL, HM_ENO_BOARD, true, "insert the next board");
	return PASS_RETRY;
}

/*
 * Is it the batch that cannot be drawn from, and no fault of slot or store? Its pool is
 * at its end, or its key is not there: others need not wait for that.
 */
static bool of_batch(int rc)
{
	return rc == -HM_EPOOL_EXHAUSTED || rc == -HM_EUNTRUSTED || rc == -HM_EMISSING_INPUT;
}

/* *ret_refused: why the batch gives no unit now, and then nothing was done; else 0. */
static enum pass draw(struct hm_slot_run *s, const struct hm_batch *b, int *ret_refused, struct hm_err *why)
{
	struct hm_daemon *d = s->d;
	struct hm_err err = { "" };
	char holder[21] = "";
	struct hm_unit u;
	int rc = hm_unit_board(&d->engine, &s->cfg, b->product, holder, &err);

	if (rc == -HM_EDUPLICATE)
		return known_board(s, holder);
	if (rc == -HM_ENO_BOARD) {
		hm_slot_tell(s, HM_SLOT_WAITING, NULL, HM_ENO_BOARD, true, "insert the next board");
		return PASS_RETRY;
	}
	if (rc)
		return engine_failed(s, NULL, rc, &err);
	hm_slot_fresh_board(s);
	rc = hm_unit_reserve(&d->engine, b->key, &s->cfg, &u, &err);
	if (rc == -HM_ENOT_FOUND)	/* another slot drew the last one */
		return PASS_AGAIN;
	if (of_batch(rc)) {
		*ret_refused = rc;
		hm_err_set(why, rc, "batch %s: %s", b->key, hm_err_text(&err, rc));
		return PASS_RETRY;
	}
	if (rc)
		return engine_failed(s, NULL, rc, &err);
	hm_daemon_wake_slots(d);
	return advance(s, u.serial, 0);
}

static int reads_anchor(struct hm_daemon *d, const struct hm_batch *b, bool *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_product p;
	int rc = hm_read_blob(d, b->product_sha256, &file, err);

	rc = rc ?: hm_product_parse(file.data, file.len, &p, err);
	if (!rc)
		*ret = p.binding == HM_BINDING_TPM;
	return rc;
}

/*
 * May a unit of @b be drawn while @u waits for a person here? Its board may still lie
 * in the slot. If it has no TPM that is known and asked for, and its EEPROM is blank
 * yet, it passes for a fresh one, and one board would take serial after serial. A
 * tray of files makes an EEPROM for each serial: there is no board to mistake.
 */
static int may_draw(struct hm_slot_run *s, const struct hm_unit *u, const struct hm_batch *b,
		    bool *ret, struct hm_err *err)
{
	bool anchor = false;
	int rc = 0;

	if (wait_of_slot(s, u->wait)) {
		*ret = false;
	} else if (is_tray(s)) {
		*ret = true;
	} else {
		rc = reads_anchor(s->d, b, &anchor, err);
		*ret = anchor && has_anchor(u);
	}
	return rc;
}

/*
 * A unit of the batch, or of the next one that gives one. The slot waits for what was
 * wrong with the oldest only where there is nothing else to make.
 */
static enum pass draw_first(struct hm_slot_run *s, struct hm_batch *batch)
{
	struct hm_err err = { "" }, why = { "" }, first_why = { "" };
	int refused = 0, first = 0, rc = 0;
	enum pass p = PASS_RETRY;

	for (size_t skip = 1; !rc && !hm_daemon_stopping(s->d); skip++) {
		refused = 0;
		p = draw(s, batch, &refused, &why);
		if (!refused)
			return p;
		if (!first) {
			first = refused;
			first_why = why;
		}
		rc = wanted_batch(s, skip, batch, &err);
	}
	if (rc && rc != -HM_ENOT_FOUND)
		return engine_failed(s, NULL, rc, &err);
	return first ? engine_failed(s, NULL, first, &first_why) : PASS_STOP;
}

static enum pass one_pass(struct hm_slot_run *s)
{
	struct hm_unit person = { .serial = "" };
	struct hm_err err = { "" };
	struct hm_batch batch;
	bool draws = true;
	enum pass p = unfinished(s, &person);
	int rc;

	if (p != PASS_SLEEP)
		return p;
	rc = wanted_batch(s, 0, &batch, &err);
	if (rc && rc != -HM_ENOT_FOUND)
		return engine_failed(s, NULL, rc, &err);
	if (!rc && hm_daemon_gate_faulty(s->d)) {
		hm_slot_tell(s, HM_SLOT_WAITING, person.serial, HM_EGATE_FAULT, false,
			     hm_error_why(HM_EGATE_FAULT));
		return PASS_SLEEP;
	}
	if (!rc && person.serial[0]) {
		rc = may_draw(s, &person, &batch, &draws, &err);
		if (rc)
			return engine_failed(s, NULL, rc, &err);
	}
	if (!rc && draws)
		return draw_first(s, &batch);
	if (person.serial[0])
		hm_slot_tell(s, HM_SLOT_WAITING, person.serial, person.wait, false, person.wait_text);
	else
		hm_slot_tell(s, HM_SLOT_IDLE, NULL, 0, false, NULL);
	return PASS_SLEEP;
}

static void *slot_main(void *arg)
{
	struct hm_slot_run *s = arg;
	enum pass p = PASS_AGAIN;

	while (p != PASS_STOP && !hm_daemon_stopping(s->d)) {
		hm_slot_begin(s);
		pthread_mutex_lock(&s->engine);
		p = one_pass(s);
		pthread_mutex_unlock(&s->engine);
		if (p == PASS_RETRY || p == PASS_SLEEP)
			hm_slot_sleep(s, p == PASS_RETRY ? RETRY_MS : -1);
	}
	return NULL;
}

static bool ends_at_start(int wait)
{
	return wait == HM_EGATE_FAULT || wait == HM_ELOG_FULL || wait == HM_EDISK_FULL;
}

static bool is_log_full(int wait)
{
	return wait == HM_ELOG_FULL;
}

/* Waits that have ended without a sign: nobody else would look at them again. */
static void poke_waiting(struct hm_daemon *d, bool (*has_ended)(int wait))
{
	struct hm_unit_filter f = { .unfinished = true };
	struct hm_unit *units = NULL;
	size_t n = 0;

	if (hm_daemon_gate_faulty(d) || hm_read_units(d, &f, SLOT_UNITS_MAX, &units, &n, NULL))
		return;
	for (size_t i = 0; i < n; i++)
		if (has_ended(units[i].wait))
			hm_daemon_poke(d, units[i].serial);
	free(units);
}

void hm_slots_poke_log_full(struct hm_daemon *d)
{
	poke_waiting(d, is_log_full);
}

int hm_slots_start(struct hm_daemon *d, struct hm_err *err)
{
	poke_waiting(d, ends_at_start);		/* after a reboot, or with a freed disk */
	for (size_t i = 0; i < d->n_slots; i++) {
		int rc = pthread_create(&d->slots[i].thread, NULL, slot_main, &d->slots[i]);

		if (rc)
			return hm_err_set(err, -rc, "thread of slot %s: %s", d->slots[i].cfg.name,
					  strerror(rc));
		d->slots[i].started = true;
	}
	return 0;
}

void hm_slots_join(struct hm_daemon *d)
{
	for (size_t i = 0; i < d->n_slots; i++)
		if (d->slots[i].started) {
			pthread_join(d->slots[i].thread, NULL);
			d->slots[i].started = false;
		}
}
