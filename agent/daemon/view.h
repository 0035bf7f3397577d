/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known, as JSON: units as `issue --json` prints them, batches, slots,
 * stories. New references; a store error comes back as it is.
 */
#ifndef HM_AGENT_VIEW_H
#define HM_AGENT_VIEW_H

#include <jansson.h>

#include "agent/daemon/daemon.h"

/* {"for","error","text","person"} or null where @wait is 0. */
json_t *hm_view_wait(int wait, bool fresh_board, const char *text);
/* What kind of thing a wait is for: board same-board paper printer eeprom tag scan ... */
const char *hm_view_wait_for(int wait, bool fresh_board);

/* Every member of DESIGN's `issue --json`, and wait. */
int hm_view_unit(struct hm_daemon *d, const struct hm_unit *u, json_t **ret, struct hm_err *err);
/* serial, state, slot, wait: for those who only watch. */
json_t *hm_view_unit_brief(const struct hm_unit *u);
/* The unit's leaves, oldest first. */
int hm_view_story(struct hm_daemon *d, const char *serial, json_t **ret, struct hm_err *err);

/* @brief: units in brief. */
int hm_view_batch(struct hm_daemon *d, const struct hm_batch *b, bool brief, json_t **ret,
		  struct hm_err *err);
json_t *hm_view_slots(struct hm_daemon *d);

#endif /* HM_AGENT_VIEW_H */
