/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own harness, from Debian's kernel source (see linux-source), with
 * a bound that an emulated machine on a busy host can meet.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 120

#endif
