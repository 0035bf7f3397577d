/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the fail-nth programs have in common: a count of what they did, and what
 * must hold after each run.
 */
#ifndef FAILNTH_H
#define FAILNTH_H

#include "gt.h"

/* One loop's n and its sums: a fixture's set-up clears them. */
extern int runs, injected, refused;

/* One more run begins: @runs is its n. */
void count_run(void);
/* The joined log replays to the PCR. */
bool log_replays(void);
/* Prints it as "# WHAT: ..."; false if nothing at all was injected, or the log is wrong. */
bool report(const char *what);
/* Says what is wrong in which run, with two numbers that matter; false. */
bool bad(const char *what, long long a, long long b);

/*
 * Does what a MARK returned agree with the log, with RESULT and with the device?
 * @moved: how many bytes the device has received meanwhile; -1 for one that does
 * not count what it is sent.
 */
bool mark_kept_its_word(int fd, int rc, const struct hallmark_mark *m, long long moved);

/* A job through @fd ("printer" or "fixture"'s "eeprom") that nothing disturbs. */
bool ordinary_job(int fd, const char *device);

#endif /* FAILNTH_H */
