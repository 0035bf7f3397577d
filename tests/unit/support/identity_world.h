/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of identity/ share: two software TPMs, a station's and a unit's,
 * each with an EK certificate of a CA of its own, and a directory for what the
 * programs of others are to judge.
 *
 *	world_set_up, world_tear_down	cmocka group fixtures
 *	world_make_station()		hm_keys_create() with what works
 *
 * With HM_KEEP_TEST_DIRS set, the directories stay.
 */
#ifndef TESTS_UNIT_SUPPORT_IDENTITY_WORLD_H
#define TESTS_UNIT_SUPPORT_IDENTITY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity/identity.h"
#include "support/swtpm.h"
#include "support/tpm_proxy.h"

#define NOW	1790000000	/* 2026-09-21 */

extern char station_dir[64], unit_dir[64], keys_dir[96];
extern struct swtpm station, unit;
extern struct hm_err err;

int world_set_up(void **state);
int world_tear_down(void **state);

int64_t ms(void);
/* A shell command (no single quotes), bounded; its exit code. */
int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A file in station_dir. */
void save(const char *name, const void *bytes, size_t len);
void save_pem(const char *name, const uint8_t *der, size_t len);

/* Nothing transient and no session may be left; the number of persistent objects. */
size_t assert_tidy(const char *tcti);

struct hm_keys_params params(void);
void world_make_station(void);
struct hm_keys *open_keys(void);
struct hm_dut *open_dut(const char *tcti);
struct hm_der cert_of(struct hm_keys *k, enum hm_cert which);

#endif /* TESTS_UNIT_SUPPORT_IDENTITY_WORLD_H */
