// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>

#include "agent/daemon/api.h"

#define TICK_US		1000000u
#define BACK_OFF_US	10000000u	/* after a failure: a TPM that ails is not hammered */

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
