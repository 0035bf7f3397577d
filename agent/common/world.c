// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/common/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "identity/identity.h"
#include "marker/marker.h"

static int64_t world_now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

static int64_t world_mono_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static int world_random(void *ctx, void *bytes, size_t len)
{
	uint8_t *p = bytes;
	ssize_t n;

	(void)ctx;
	while (len) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int world_marker_open(void *ctx, const char *address, const char *serial,
			     struct hm_marker **ret, struct hm_err *err)
{
	(void)ctx;
	return hm_marker_open(address, serial, ret, err);
}

static int world_dut_open(void *ctx, const char *tcti, struct hm_dut **ret, struct hm_err *err)
{
	(void)ctx;
	return hm_dut_open(tcti, ret, err);
}

static int world_stopping(void *ctx)
{
	struct hm_world *w = ctx;

	return atomic_load(&w->stopping);
}

void hm_world_env(struct hm_world *w, struct hm_env *env)
{
	memset(env, 0, sizeof(*env));
	atomic_init(&w->stopping, false);
	env->ctx = w;
	env->now = world_now;
	env->mono_ms = world_mono_ms;
	env->random = world_random;
	env->marker_open = world_marker_open;
	env->dut_open = world_dut_open;
	env->stopping = world_stopping;
}

void hm_world_quiet(void)
{
	setenv("TSS2_LOG", "all+NONE", 0);
}
