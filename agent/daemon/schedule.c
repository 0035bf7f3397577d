// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "agent/daemon/api.h"

#define TICK_US		1000000u
#define BACK_OFF_US	10000000u	/* after a failure: a TPM that ails is not hammered */
#define ROOM_LIMIT_S	60

struct hm_schedule {
	struct hm_daemon *d;
	sd_event_source *source;
};

static int checkpoint(struct hm_daemon *d, struct hm_err *err)
{
	uint64_t leaves;
	int64_t age;
	int rc = hm_station_pending(&d->station, &leaves, &age, err);

	if (rc || !leaves)
		return rc;
	if (leaves < d->config.checkpoint_leaves && age >= 0 &&
	    age < (int64_t)d->config.checkpoint_seconds)
		return 0;
	return hm_station_checkpoint(&d->station, false, err);
}

static void remember(struct hm_daemon *d, int rc, const struct hm_err *err)
{
	bool news;

	pthread_mutex_lock(&d->lock);
	news = d->checkpoint_error != rc;
	d->checkpoint_error = rc;
	d->checkpoint_why = *err;
	pthread_mutex_unlock(&d->lock);
	if (news && rc)
		hm_log(HM_LOG_CHECKPOINT, LOG_ERR, "checkpoint: %s", hm_err_text(err, rc));
}

/* Units that were told that the log is full go on as soon as it is not. */
static void poke_if_room(struct hm_daemon *d)
{
	struct hm_gate_state gate;
	bool waiting;

	pthread_mutex_lock(&d->lock);
	waiting = d->log_full;
	pthread_mutex_unlock(&d->lock);
	if (!waiting || hm_gate_state(d->station.sysroot, &gate, NULL) || gate.full)
		return;
	pthread_mutex_lock(&d->lock);
	d->log_full = false;
	pthread_mutex_unlock(&d->lock);
	hm_slots_poke_log_full(d);
}

/* d->station_lock is held. Whoever asked for room before is answered with this. */
static int make_room(struct hm_daemon *d, struct hm_err *err)
{
	uint64_t wanted, bytes = 0;
	int rc;

	pthread_mutex_lock(&d->lock);
	wanted = d->room_wanted;
	pthread_mutex_unlock(&d->lock);
	rc = hm_station_make_room(&d->station, &bytes, err);
	pthread_mutex_lock(&d->lock);
	d->room_made = wanted;
	d->room_rc = rc;
	d->room_why = *err;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	if (bytes)
		hm_log(HM_LOG_CHECKPOINT, LOG_INFO, "the gate gave up %llu bytes of its log, which are stored",
		       (unsigned long long)bytes);
	if (!rc)
		poke_if_room(d);
	return rc;
}

void hm_schedule_answer(struct hm_daemon *d)
{
	struct hm_err err = { "" };
	bool asked;
	int rc;

	pthread_mutex_lock(&d->lock);
	asked = d->room_wanted > d->room_made;
	pthread_mutex_unlock(&d->lock);
	/* somebody seals an export: the next tick answers */
	if (!asked || d->tpm_error || pthread_mutex_trylock(&d->station_lock))
		return;
	rc = make_room(d, &err);
	pthread_mutex_unlock(&d->station_lock);
	hm_daemon_fatal(d, rc, &err);
	remember(d, rc, &err);
}

int hm_schedule_room(void *ctx, struct hm_err *err)
{
	struct hm_daemon *d = ctx;
	struct timespec end;
	uint64_t mine;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ROOM_LIMIT_S;
	pthread_mutex_lock(&d->lock);
	mine = ++d->room_wanted;
	pthread_mutex_unlock(&d->lock);
	hm_daemon_tell_main(d);
	pthread_mutex_lock(&d->lock);
	while (d->room_made < mine && !d->stopping)
		if (pthread_cond_timedwait(&d->changed, &d->lock, &end))
			break;
	rc = d->room_made >= mine ? d->room_rc : d->stopping ? -ECANCELED : -HM_ELOG_FULL;
	if (rc)
		hm_err_set(err, rc, "%s", d->room_made >= mine ? hm_err_text(&d->room_why, rc) :
			   "the gate's log is full, and no room was made in time");
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *user)
{
	struct hm_schedule *s = user;
	struct hm_daemon *d = s->d;
	struct hm_err err = { "" };
	uint64_t now;
	int rc = 0;

	(void)usec;
	/* an export seals the log itself, and may take long: the loop does not wait for it */
	if (!d->tpm_error && !pthread_mutex_trylock(&d->station_lock)) {
		rc = checkpoint(d, &err);
		rc = rc ?: make_room(d, &err);
		pthread_mutex_unlock(&d->station_lock);
		hm_daemon_fatal(d, rc, &err);
		remember(d, rc, &err);
	}
	hm_exports_expire(d);
	sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);
	sd_event_source_set_time(source, now + (rc ? BACK_OFF_US : TICK_US));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int hm_schedule_start(struct hm_daemon *d, sd_event *event, struct hm_schedule **ret)
{
	struct hm_schedule *s = calloc(1, sizeof(*s));
	uint64_t now;
	int rc;

	if (!s)
		return -ENOMEM;
	s->d = d;
	sd_event_now(event, CLOCK_MONOTONIC, &now);
	rc = sd_event_add_time(event, &s->source, CLOCK_MONOTONIC, now + TICK_US, 0, on_tick, s);
	if (rc < 0)
		free(s);
	else
		*ret = s;
	return rc;
}

void hm_schedule_stop(struct hm_schedule *s)
{
	if (!s)
		return;
	sd_event_source_unref(s->source);
	free(s);
}
