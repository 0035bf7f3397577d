/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the audit share: one world at a time, its bundle judged, and
 * the findings asked for. For cmocka programs; every expectation fails the test.
 */
#ifndef TEST_SUPPORT_VERDICT_H
#define TEST_SUPPORT_VERDICT_H

#include "audit/audit.h"
#include "support/world.h"

extern struct world w;
extern struct hm_audit_report report;
extern uint32_t verdict_pcr;	/* which the auditor knows to be the gate's; 0: the default */

int verdict_setup(void **state);
int verdict_teardown(void **state);

/* Judge w.dir as it is. */
void look(void);
void show(void);	/* the report, where a test is about to fail */
void expect(enum hm_verdict v);
/* Is there a finding of that verdict with these words in subject or text? */
const struct hm_finding *finding(enum hm_verdict v, const char *words);
const struct hm_finding *expect_finding(enum hm_verdict v, const char *words);
/* Exactly this subject ("unit S", "job ID", "boot ID", a file), these words in the text. */
void expect_about(enum hm_verdict v, const char *subject, const char *words);
void expect_about_unit(enum hm_verdict v, size_t unit, const char *words);

/* Two finished units, and what a station asks its printer in between. */
void two_units(void);
/* Quote the newest boot and write the bundle. */
void finish(void);
/* The newest boot is closed and quoted, and another begins. */
void next_boot(uint32_t reset_count);
/* As if the leaf had never been written; the numbers of those behind it shift. */
void drop_leaf(size_t at);

#endif
