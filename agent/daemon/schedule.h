/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When checkpoints are signed: after so many leaves or seconds, whichever comes
 * first (hallmark.conf). Looked at once a second in the main loop; so is the room in
 * the gate's log (hm_station_make_room()).
 */
#ifndef HM_AGENT_SCHEDULE_H
#define HM_AGENT_SCHEDULE_H

#include <systemd/sd-event.h>

#include "agent/daemon/daemon.h"

struct hm_schedule;

int hm_schedule_start(struct hm_daemon *d, sd_event *event, struct hm_schedule **ret);
void hm_schedule_stop(struct hm_schedule *s);

/*
 * The engine's make_room (@ctx: the daemon): asks the main loop and waits, a minute
 * at most. -ECANCELED where the daemon stops.
 */
int hm_schedule_room(void *ctx, struct hm_err *err);
/* In the main loop: answer who asked. */
void hm_schedule_answer(struct hm_daemon *d);

#endif /* HM_AGENT_SCHEDULE_H */
