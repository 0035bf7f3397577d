/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units as several verbs print them. */
#ifndef HM_AGENT_CLI_UNITS_H
#define HM_AGENT_CLI_UNITS_H

#include <jansson.h>

/* A table of an array of units; nothing for an empty one. */
void hm_units_table(const json_t *units);
/* 0 where all are active and wait for nothing; else the worst of their exits. */
int hm_units_exit(const json_t *units);
int hm_unit_exit(const json_t *unit);

#endif /* HM_AGENT_CLI_UNITS_H */
