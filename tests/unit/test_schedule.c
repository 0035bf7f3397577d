// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Room in the gate's log, asked for by slots and made by the main loop: everybody
 * is answered by a try that began after he asked, an error comes with its line, a
 * stop is no error, and units that wait for room go on when there is some. The
 * station and the event loop are this test's own.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/common/config.c"
#include "agent/common/json.c"
#include "agent/common/world.c"
#include "agent/daemon/hub.c"
#include "agent/daemon/schedule.c"

static struct hm_daemon *d;
static unsigned int tries, checkpoints, pokes;
static int next_rc;
static bool gate_full;

void hm_log(enum hm_log_id id, int priority, const char *fmt, ...)
{
	(void)id;
	(void)priority;
	(void)fmt;
}

void hm_exports_expire(struct hm_daemon *daemon)
{
	(void)daemon;
}

void hm_slots_poke_log_full(struct hm_daemon *daemon)
{
	(void)daemon;
	pokes++;
}

int hm_station_pending(struct hm_station *st, uint64_t *ret_leaves, int64_t *ret_age, struct hm_err *err)
{
	(void)st;
	(void)err;
	*ret_leaves = 1;
	*ret_age = -1;
	return 0;
}

int hm_station_checkpoint(struct hm_station *st, bool closing, struct hm_err *err)
{
	(void)st;
	(void)closing;
	(void)err;
	checkpoints++;
	return 0;
}

int hm_station_make_room(struct hm_station *st, uint64_t *ret_bytes, struct hm_err *err)
{
	(void)st;
	tries++;
	*ret_bytes = 100;
	return next_rc ? hm_err_set(err, next_rc, "unit 123 is in the way") : 0;
}

int hm_gate_state(const char *sysroot, struct hm_gate_state *ret, struct hm_err *err)
{
	(void)sysroot;
	(void)err;
	*ret = (struct hm_gate_state){ .present = true, .full = gate_full };
	return 0;
}

int hm_gate_log(const char *sysroot, struct hm_buf *log, uint64_t *ret_start, struct hm_err *err)
{
	(void)sysroot;
	(void)log;
	(void)ret_start;
	return hm_err_set(err, -HM_ENO_DEVICE, "nobody asks for it here");
}

int sd_event_add_time(sd_event *e, sd_event_source **s, clockid_t clock, uint64_t usec,
		      uint64_t accuracy, sd_event_time_handler_t callback, void *user)
{
	(void)e;
	(void)s;
	(void)clock;
	(void)usec;
	(void)accuracy;
	(void)callback;
	(void)user;
	return 0;
}

sd_event *sd_event_source_get_event(sd_event_source *s)
{
	(void)s;
	return NULL;
}

int sd_event_now(sd_event *e, clockid_t clock, uint64_t *ret)
{
	(void)e;
	(void)clock;
	*ret = 0;
	return 0;
}

static uint64_t next_tick;

int sd_event_source_set_time(sd_event_source *s, uint64_t usec)
{
	(void)s;
	next_tick = usec;
	return 0;
}

int sd_event_source_set_enabled(sd_event_source *s, int enabled)
{
	(void)s;
	(void)enabled;
	return 0;
}

sd_event_source *sd_event_source_unref(sd_event_source *s)
{
	return s;
}

static int setup(void **state)
{
	(void)state;
	d = calloc(1, sizeof(*d));
	tries = checkpoints = pokes = 0;
	next_rc = 0;
	gate_full = false;
	return d ? hm_daemon_init(d) : -1;
}

static int teardown(void **state)
{
	(void)state;
	hm_daemon_done(d);
	free(d);
	return 0;
}

static void tick(void)
{
	struct hm_schedule s = { .d = d };

	on_tick(NULL, 0, &s);
}

struct asker {
	pthread_t thread;
	int rc;
	struct hm_err err;
};

static void *ask(void *arg)
{
	struct asker *a = arg;

	a->rc = hm_schedule_room(d, &a->err);
	return NULL;
}

static void start(struct asker *a, unsigned int n)
{
	unsigned int asked = 0;

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_create(&a[i].thread, NULL, ask, &a[i]), 0);
	for (int i = 0; asked < n && i < 20000; i++) {
		pthread_mutex_lock(&d->lock);
		asked = (unsigned int)d->room_wanted;
		pthread_mutex_unlock(&d->lock);
		usleep(1000);
	}
	assert_int_equal(asked, n);
}

static void join(struct asker *a, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_join(a[i].thread, NULL), 0);
}

static void one_try_answers_all_who_asked(void **state)
{
	struct asker a[4] = { 0 };

	(void)state;
	hm_schedule_answer(d);
	assert_int_equal(tries, 0);	/* nobody asked */
	start(a, 4);
	hm_schedule_answer(d);
	join(a, 4);
	assert_int_equal(tries, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(a[i].rc, 0);
	hm_schedule_answer(d);
	assert_int_equal(tries, 1);
}

static void an_error_comes_with_its_line(void **state)
{
	struct asker a = { 0 };

	(void)state;
	next_rc = -HM_ELOG_FULL;
	start(&a, 1);
	hm_schedule_answer(d);
	join(&a, 1);
	assert_int_equal(a.rc, -HM_ELOG_FULL);
	assert_string_equal(a.err.text, "unit 123 is in the way");
	assert_int_equal(d->checkpoint_error, -HM_ELOG_FULL);
	/* what was answered is not asked again, and the next one is tried anew */
	next_rc = 0;
	tick();
	assert_int_equal(tries, 2);
	assert_int_equal(d->checkpoint_error, 0);
}

static void a_stop_is_no_error(void **state)
{
	struct asker a = { 0 };

	(void)state;
	start(&a, 1);
	hm_daemon_stop(d);
	join(&a, 1);
	assert_int_equal(a.rc, -ECANCELED);
	assert_int_equal(tries, 0);
}

/* While somebody seals an export the loop does not wait; the next tick answers. */
static void a_busy_station_is_not_waited_for(void **state)
{
	struct asker a = { 0 };

	(void)state;
	start(&a, 1);
	pthread_mutex_lock(&d->station_lock);
	hm_schedule_answer(d);
	tick();
	assert_int_equal(tries, 0);
	pthread_mutex_unlock(&d->station_lock);
	tick();
	join(&a, 1);
	assert_int_equal(a.rc, 0);
	assert_int_equal(tries, 1);
	assert_int_equal(checkpoints, 1);
}

static void who_waits_goes_on_when_there_is_room(void **state)
{
	(void)state;
	tick();
	assert_int_equal(pokes, 0);	/* nobody waits */
	hm_daemon_log_full(d);
	gate_full = true;
	tick();
	assert_int_equal(pokes, 0);
	gate_full = false;
	next_rc = -HM_ETPM_FAILED;
	tick();
	assert_int_equal(pokes, 0);
	assert_int_equal(next_tick, BACK_OFF_US);
	next_rc = 0;
	tick();
	assert_int_equal(pokes, 1);
	assert_int_equal(next_tick, TICK_US);
	tick();
	assert_int_equal(pokes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_try_answers_all_who_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_comes_with_its_line, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stop_is_no_error, setup, teardown),
		cmocka_unit_test_setup_teardown(a_busy_station_is_not_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(who_waits_goes_on_when_there_is_room, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
