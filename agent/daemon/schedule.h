/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When checkpoints are signed: after so many leaves or seconds, whichever comes
 * first (hallmark.conf). Looked at once a second in the main loop.
 */
#ifndef HM_AGENT_SCHEDULE_H
#define HM_AGENT_SCHEDULE_H

#include <systemd/sd-event.h>

#include "agent/daemon/daemon.h"

struct hm_schedule;

int hm_schedule_start(struct hm_daemon *d, sd_event *event, struct hm_schedule **ret);
void hm_schedule_stop(struct hm_schedule *s);

#endif /* HM_AGENT_SCHEDULE_H */
