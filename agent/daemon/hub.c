// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/daemon.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define ENTER_LIMIT_S 30

static struct timespec in_ms(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static int cond_init(pthread_cond_t *c)
{
	pthread_condattr_t a;
	int rc = pthread_condattr_init(&a);

	rc = rc ?: pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	rc = rc ?: pthread_cond_init(c, &a);
	pthread_condattr_destroy(&a);
	return -rc;
}

int hm_daemon_init(struct hm_daemon *d)
{
	struct timespec t;
	int rc;

	d->event_fd = -1;
	rc = -pthread_mutex_init(&d->lock, NULL);
	rc = rc ?: -pthread_mutex_init(&d->station_lock, NULL);
	rc = rc ?: -pthread_mutex_init(&d->orphans, NULL);
	rc = rc ?: cond_init(&d->changed);
	/* begins where no watcher of an earlier life can have stood */
	clock_gettime(CLOCK_REALTIME, &t);
	d->version = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
	d->n_slots = d->config.n_slots;
	for (size_t i = 0; i < d->n_slots && !rc; i++) {
		struct hm_slot_run *s = &d->slots[i];

		s->d = d;
		s->cfg = d->config.slots[i];
		s->version = d->version;
		s->wakes = 1;
		rc = -pthread_mutex_init(&s->engine, NULL);
		rc = rc ?: cond_init(&s->wake);
	}
	return rc;
}

void hm_daemon_done(struct hm_daemon *d)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		pthread_cond_destroy(&d->slots[i].wake);
		pthread_mutex_destroy(&d->slots[i].engine);
	}
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->orphans);
	pthread_mutex_destroy(&d->station_lock);
	pthread_mutex_destroy(&d->lock);
}

/* d->lock is held */
static void changed_locked(struct hm_daemon *d)
{
	d->version++;
	pthread_cond_broadcast(&d->changed);
}

void hm_daemon_changed(struct hm_daemon *d)
{
	pthread_mutex_lock(&d->lock);
	changed_locked(d);
	pthread_mutex_unlock(&d->lock);
}

uint64_t hm_daemon_version(struct hm_daemon *d)
{
	uint64_t v;

	pthread_mutex_lock(&d->lock);
	v = d->version;
	pthread_mutex_unlock(&d->lock);
	return v;
}

void hm_daemon_wait(struct hm_daemon *d, uint64_t seen, unsigned int seconds)
{
	struct timespec end = in_ms(seconds * 1000ll);

	pthread_mutex_lock(&d->lock);
	while (d->version == seen && !d->stopping)
		if (pthread_cond_timedwait(&d->changed, &d->lock, &end))
			break;
	pthread_mutex_unlock(&d->lock);
}

static void wake_locked(struct hm_daemon *d)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		d->slots[i].wakes++;
		pthread_cond_broadcast(&d->slots[i].wake);
	}
}

void hm_daemon_wake_slots(struct hm_daemon *d)
{
	pthread_mutex_lock(&d->lock);
	wake_locked(d);
	pthread_mutex_unlock(&d->lock);
}

void hm_daemon_tell_main(struct hm_daemon *d)
{
	uint64_t one = 1;

	if (d->event_fd >= 0 && write(d->event_fd, &one, sizeof(one)) < 0)
		hm_log(HM_LOG_OTHER, LOG_WARNING, "eventfd: %s", strerror(errno));
}

void hm_daemon_stop(struct hm_daemon *d)
{
	atomic_store(&d->world.stopping, true);
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	changed_locked(d);
	wake_locked(d);
	pthread_mutex_unlock(&d->lock);
}

bool hm_daemon_stopping(struct hm_daemon *d)
{
	return atomic_load(&d->world.stopping);
}

void hm_daemon_fatal(struct hm_daemon *d, int rc, const struct hm_err *err)
{
	bool first;

	if (rc != -HM_ESTORE && rc != -HM_ESTORE_CORRUPT)
		return;
	pthread_mutex_lock(&d->lock);
	first = !d->fatal;
	if (first) {
		d->fatal = rc;
		if (err)
			d->fatal_why = *err;
	}
	pthread_mutex_unlock(&d->lock);
	if (first)
		hm_log(HM_LOG_FATAL, LOG_CRIT, "the store failed, and nothing more is done: %s",
		       hm_err_text(err, rc));
	hm_daemon_stop(d);
	hm_daemon_tell_main(d);
}

void hm_daemon_gate_fault(struct hm_daemon *d)
{
	bool first;

	pthread_mutex_lock(&d->lock);
	first = !d->gate_fault;
	d->gate_fault = true;
	if (first)
		changed_locked(d);
	pthread_mutex_unlock(&d->lock);
	if (first)
		hm_daemon_tell_main(d);
}

bool hm_daemon_gate_faulty(struct hm_daemon *d)
{
	bool yes;

	pthread_mutex_lock(&d->lock);
	yes = d->gate_fault;
	pthread_mutex_unlock(&d->lock);
	return yes;
}

void hm_daemon_log_full(struct hm_daemon *d)
{
	pthread_mutex_lock(&d->lock);
	d->log_full = true;
	pthread_mutex_unlock(&d->lock);
}

void hm_daemon_poke(struct hm_daemon *d, const char *serial)
{
	size_t i = 0;

	pthread_mutex_lock(&d->lock);
	while (i < d->n_poked && strcmp(d->poked[i], serial))
		i++;
	if (i == d->n_poked && i < HM_POKES_MAX)
		snprintf(d->poked[d->n_poked++], sizeof(d->poked[0]), "%s", serial);
	changed_locked(d);
	wake_locked(d);
	pthread_mutex_unlock(&d->lock);
}

bool hm_daemon_poked(struct hm_daemon *d, const char *serial, bool take)
{
	bool yes = false;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_poked && !yes; i++) {
		if (strcmp(d->poked[i], serial))
			continue;
		yes = true;
		if (take)
			memmove(d->poked[i], d->poked[--d->n_poked], sizeof(d->poked[0]));
	}
	pthread_mutex_unlock(&d->lock);
	return yes;
}

bool hm_unit_claim(struct hm_daemon *d, const char *serial, bool again)
{
	bool mine = true;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_claimed && mine; i++)
		mine = strcmp(d->claimed[i].serial, serial) != 0;
	mine = mine && d->n_claimed < HM_CLAIMS_MAX;
	if (mine) {
		snprintf(d->claimed[d->n_claimed].serial, sizeof(d->claimed[0].serial), "%s", serial);
		d->claimed[d->n_claimed++].again = again;
	}
	pthread_mutex_unlock(&d->lock);
	return mine;
}

void hm_unit_release(struct hm_daemon *d, const char *serial)
{
	size_t i = 0;

	pthread_mutex_lock(&d->lock);
	while (i < d->n_claimed && strcmp(d->claimed[i].serial, serial))
		i++;
	assert(i < d->n_claimed);
	d->claimed[i] = d->claimed[--d->n_claimed];
	pthread_mutex_unlock(&d->lock);
}

struct hm_slot_run *hm_daemon_slot(struct hm_daemon *d, const char *name)
{
	for (size_t i = 0; i < d->n_slots; i++)
		if (!strcmp(d->slots[i].cfg.name, name))
			return &d->slots[i];
	return NULL;
}

void hm_slot_tell(struct hm_slot_run *s, enum hm_slot_doing doing, const char *unit, int wait,
		  bool wait_board, const char *text)
{
	struct hm_daemon *d = s->d;

	unit = unit ?: "";
	text = text ?: "";
	pthread_mutex_lock(&d->lock);
	if (s->doing != doing || s->wait != wait || s->wait_board != wait_board ||
	    strcmp(s->unit, unit) || strncmp(s->wait_text, text, sizeof(s->wait_text) - 1)) {
		s->doing = doing;
		s->wait = wait;
		s->wait_board = wait_board;
		snprintf(s->unit, sizeof(s->unit), "%s", unit);
		snprintf(s->wait_text, sizeof(s->wait_text), "%s", text);
		changed_locked(d);
		s->version = d->version;
	}
	pthread_mutex_unlock(&d->lock);
}

void hm_slot_done(struct hm_slot_run *s, const char *serial)
{
	pthread_mutex_lock(&s->d->lock);
	if (s->n_done == HM_DONE_MAX)
		memmove(s->done[0], s->done[1], (--s->n_done) * sizeof(s->done[0]));
	snprintf(s->done[s->n_done++], sizeof(s->done[0]), "%s", serial);
	changed_locked(s->d);
	s->version = s->d->version;
	pthread_mutex_unlock(&s->d->lock);
}

void hm_slot_fresh_board(struct hm_slot_run *s)
{
	/* a tray of files knows no boards: there the list is simply the latest */
	if (!s->cfg.dut_tpm[0] && !strncmp(s->cfg.eeprom, "file:", 5))
		return;
	pthread_mutex_lock(&s->d->lock);
	if (s->n_done) {
		s->n_done = 0;
		changed_locked(s->d);
		s->version = s->d->version;
	}
	pthread_mutex_unlock(&s->d->lock);
}

void hm_slot_sleep(struct hm_slot_run *s, int ms)
{
	struct hm_daemon *d = s->d;
	struct timespec end = in_ms(ms);
	int rc = 0;

	pthread_mutex_lock(&d->lock);
	if (s->settled != s->pass) {
		s->settled = s->pass;
		changed_locked(d);
	}
	while (s->wakes == s->pass && !d->stopping && !rc)
		rc = ms < 0 ? pthread_cond_wait(&s->wake, &d->lock) :
			      pthread_cond_timedwait(&s->wake, &d->lock, &end);
	pthread_mutex_unlock(&d->lock);
}

void hm_slot_begin(struct hm_slot_run *s)
{
	struct hm_daemon *d = s->d;

	pthread_mutex_lock(&d->lock);
	while (s->guests && !d->stopping)
		pthread_cond_wait(&s->wake, &d->lock);
	s->pass = s->wakes;
	pthread_mutex_unlock(&d->lock);
}

static void count_guest(struct hm_slot_run *s, int by)
{
	pthread_mutex_lock(&s->d->lock);
	assert(by > 0 || s->guests);
	s->guests += (unsigned int)by;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->d->lock);
}

int hm_slot_enter(struct hm_daemon *d, struct hm_slot_run *s, struct hm_err *err)
{
	struct timespec end = in_ms(ENTER_LIMIT_S * 1000);
	int rc;

	if (s)
		count_guest(s, 1);
	rc = pthread_mutex_clocklock(s ? &s->engine : &d->orphans, CLOCK_MONOTONIC, &end);
	if (!rc)
		return 0;
	if (s)
		count_guest(s, -1);
	return hm_err_set(err, -HM_EBUSY, "slot %s is busy with another unit",
			  s ? s->cfg.name : "-");
}

void hm_slot_leave(struct hm_daemon *d, struct hm_slot_run *s)
{
	pthread_mutex_unlock(s ? &s->engine : &d->orphans);
	if (s)
		count_guest(s, -1);
}
