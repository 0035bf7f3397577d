/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What wakes the slots from outside: udev's word that a marker or a TPM came or
 * went. Only a hint: every slot looks again by itself, because an inserted board
 * raises no event.
 */
#ifndef HM_AGENT_WATCH_H
#define HM_AGENT_WATCH_H

#include <systemd/sd-event.h>

#include "agent/daemon/daemon.h"

struct hm_watch;

/* NULL where udev cannot be listened to (a container): logged, and lived with. */
struct hm_watch *hm_watch_start(struct hm_daemon *d, sd_event *event);
void hm_watch_stop(struct hm_watch *w);

#endif /* HM_AGENT_WATCH_H */
