// SPDX-License-Identifier: GPL-2.0-only
/*
 * ATTACH and DETACH: queued by whoever comes and goes, logged before the next
 * INTENT; and every moment at which a marker may vanish.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

/* What a hook does in the middle of an extend. */
struct moment {
	struct rig *rig;
	u32 marker;
	const char *name;
	u32 new_marker;
};

static void vanish(void *arg)
{
	struct moment *m = arg;

	rig_detach(m->rig, m->marker);
}

static void appear(void *arg)
{
	struct moment *m = arg;

	m->new_marker = rig_attach(m->rig, m->name, 6);
}

static void vanish_and_appear(void *arg)
{
	vanish(arg);
	appear(arg);
}

static void tell_hook(struct rig *rig, enum fake_act act, int code,
		      void (*hook)(void *arg), struct moment *m)
{
	struct fake_step step = { .act = act, .code = code, .hook = hook, .arg = m };

	fake_tell_step(&rig->fake, &step);
}

static u32 queued(struct rig *rig)
{
	struct gate_peek peek;

	gate_peek(rig->g, &peek);
	return peek.queued;
}

static void finish(struct rig *rig)
{
	rig_check_room(rig);
	rig_check(rig);
}

/* Neither touches the TPM, and who came and went unseen leaves nothing. */
static void queue_costs_no_extend(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	u32 i, extends = rig->fake.extends;

	for (i = 0; i < 10; i++)
		rig_detach(rig, rig_attach(rig, "printer0", 4));
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	rig_attach(rig, "printer0", 4);
	KUNIT_EXPECT_EQ(test, queued(rig), 1u);
	KUNIT_EXPECT_EQ(test, rig->fake.extends, extends);
	rig_expect_order(rig, "START");
	finish(rig);
}

static void queue_attach_before_intent(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	u32 a = rig_attach(rig, "printer0", 4), b = rig_attach(rig, "eeprom0", HM_EV_IDENT_MAX);
	int code;

	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, b, &code));
	rig_expect_order(rig, "START ATTACH ATTACH INTENT");
	rig_detach(rig, a);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, b, &code));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	/* an OUTCOME does not flush the queue, the next INTENT does */
	rig_expect_order(rig, "START ATTACH ATTACH INTENT OUTCOME DETACH INTENT OUTCOME");
	finish(rig);
}

/* The next of a name may queue at once; its ATTACH comes behind the DETACH. */
static void queue_same_name_again(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	u32 again = 0, i;
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	for (i = 0; i < 4; i++) {
		rig_detach(rig, again);
		again = rig_attach(rig, "printer0", i);
	}
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, again, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME DETACH ATTACH INTENT");
	rig_detach(rig, again);
	again = rig_attach(rig, "printer0", 9);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, again, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME DETACH ATTACH INTENT OUTCOME "
			 "DETACH ATTACH INTENT");
	finish(rig);
}

static void queue_keeps_its_order(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	char name[HM_EV_NAME_SIZE];
	struct hm_ev_reader r;
	u32 i, n = 0;
	int code;

	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "printer%u", i);
		rig_attach(rig, name, i);
	}
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 7, &code));
	for (i = 0; i < 40; i++)
		rig_detach(rig, i * 7 % 40);
	rig_attach(rig, "printer40", 0);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 40, &code));
	/* ATTACHs as they came, DETACHs as they went */
	rig_follow(rig);
	r = rig->tail;
	r.pos = rig_header_size(rig);
	while (hm_ev_next(&r, &rig->ev) == 1) {
		if (rig->ev.tag != HM_EV_TAG_DETACH)
			continue;
		snprintf(name, sizeof(name), "printer%u", n++ * 7 % 40);
		KUNIT_EXPECT_STREQ(test, rig->ev.u.detach.marker, (const char *)name);
	}
	KUNIT_EXPECT_EQ(test, n, 40u);
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	finish(rig);
}

/* Gone while its ATTACH is being extended; by what became of that extend. */
static void queue_gone_during_attach(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	tell_hook(rig, FAKE_HONEST, 0, vanish, &m);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, m.marker, &code));
	rig_expect_order(rig, "START ATTACH DETACH");
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	finish(rig);
}

static void queue_gone_during_attach_denied(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	tell_hook(rig, FAKE_HONEST, -ETIME, vanish, &m);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, m.marker, &code));
	rig_expect_order(rig, "START ATTACH RESOLVED DETACH");
	finish(rig);
}

static void queue_gone_during_attach_lost(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	tell_hook(rig, FAKE_LOST, -ETIME, vanish, &m);
	KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, m.marker, &code));
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, m.marker, &code));
	rig_expect_order(rig, "START RESOLVED");
	finish(rig);
}

static void queue_gone_during_attach_ambiguous(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	tell_hook(rig, FAKE_FOREIGN, -ETIME, vanish, &m);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_intent(rig, m.marker, &code));
	KUNIT_EXPECT_EQ(test, code, 0);
	rig_expect_order(rig, "START (ATTACH) (FAULT)");
	finish(rig);
}

/* Replaced while its ATTACH is being extended: gone, and another of its name here. */
static void queue_replaced_during_attach(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig, .name = "printer0" };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	rig_attach(rig, "printer1", 0);
	tell_hook(rig, FAKE_HONEST, 0, vanish_and_appear, &m);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, m.marker, &code));
	rig_expect_order(rig, "START ATTACH DETACH ATTACH ATTACH");
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, m.new_marker, &code));
	finish(rig);
}

/* Gone while its INTENT is being extended: the job has begun and must end. */
static void queue_gone_during_intent(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	m.marker = rig_attach(rig, "printer0", 4);
	fake_tell(&rig->fake, FAKE_HONEST, 0);
	tell_hook(rig, FAKE_HONEST, 0, vanish, &m);
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, m.marker, &code));
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_intent(rig, m.marker, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME DETACH");
	finish(rig);
}

/* Come while the queue is being flushed: it is flushed with the rest. */
static void queue_come_during_flush(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig, .name = "eeprom0" };
	int code;

	rig_attach(rig, "printer0", 4);
	tell_hook(rig, FAKE_HONEST, 0, appear, &m);
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 0, &code));
	rig_expect_order(rig, "START ATTACH ATTACH INTENT");
	finish(rig);
}

static void queue_gone_during_another_detach(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	struct moment m = { .rig = rig };
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	m.marker = rig_attach(rig, "printer1", 4);
	rig_attach(rig, "printer2", 4);
	KUNIT_ASSERT_EQ(test, 0, rig_intent(rig, 2, &code));
	rig_detach(rig, 0);
	tell_hook(rig, FAKE_HONEST, 0, vanish, &m);
	KUNIT_EXPECT_FALSE(test, rig_outcome(rig, rig_last(rig)));
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 2, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME ATTACH ATTACH INTENT OUTCOME "
			 "DETACH DETACH INTENT");
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	finish(rig);
}

/* ATTACH lost: the job that waited for it gets EIO, and the next one tries again. */
static void queue_attach_lost(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	int code;

	rig_attach(rig, "printer0", 4);
	rig_attach(rig, "printer1", 4);
	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 0, &code));
	KUNIT_EXPECT_EQ(test, rig_gate_seq(rig->g), 0ULL);
	KUNIT_EXPECT_EQ(test, queued(rig), 2u);
	rig_expect_order(rig, "START");
	rig_check_room(rig);
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 1, &code));
	rig_expect_order(rig, "START RESOLVED ATTACH ATTACH INTENT");
	KUNIT_EXPECT_EQ(test, rig_count(rig, HM_EV_TAG_RESOLVED), 1u);
	KUNIT_EXPECT_EQ(test, rig->ev.u.resolve.seq, 0ULL);
	finish(rig);
}

/* DETACH lost, again and again: it stays first in the queue, and no job passes it. */
static void queue_detach_lost(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	int code, i;

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_attach(rig, "printer1", 4);
	rig_detach(rig, 0);
	fake_tell(&rig->fake, FAKE_HONEST, 0);
	for (i = 0; i < 3; i++) {
		fake_tell(&rig->fake, FAKE_LOST, -EIO);
		KUNIT_EXPECT_EQ(test, -EIO, rig_intent(rig, 1, &code));
		/* the next begins with RESOLVED */
		fake_tell(&rig->fake, FAKE_HONEST, 0);
		rig_check_room(rig);
	}
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 1, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME ATTACH RESOLVED RESOLVED RESOLVED "
			 "DETACH INTENT");
	KUNIT_EXPECT_EQ(test, queued(rig), 0u);
	finish(rig);
}

static void queue_detach_denied(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_detach(rig, 0);
	rig_attach(rig, "printer0", 4);
	fake_tell(&rig->fake, FAKE_HONEST, 0x922);
	KUNIT_EXPECT_EQ(test, 0, rig_intent(rig, 1, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME DETACH RESOLVED ATTACH INTENT");
	finish(rig);
}

static void queue_detach_ambiguous(struct kunit *test)
{
	struct rig *rig = rig_open(test, 1, RIG_LOG);
	int code;

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_detach(rig, 0);
	rig_attach(rig, "printer0", 4);
	fake_tell(&rig->fake, FAKE_FOREIGN_ONLY, 0x922);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_intent(rig, 1, &code));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME (DETACH) (FAULT)");
	/* nobody who is still here is lost by that */
	KUNIT_EXPECT_EQ(test, queued(rig), 2u);
	finish(rig);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_costs_no_extend),
	KUNIT_CASE(queue_attach_before_intent),
	KUNIT_CASE(queue_same_name_again),
	KUNIT_CASE(queue_keeps_its_order),
	KUNIT_CASE(queue_gone_during_attach),
	KUNIT_CASE(queue_gone_during_attach_denied),
	KUNIT_CASE(queue_gone_during_attach_lost),
	KUNIT_CASE(queue_gone_during_attach_ambiguous),
	KUNIT_CASE(queue_replaced_during_attach),
	KUNIT_CASE(queue_gone_during_intent),
	KUNIT_CASE(queue_come_during_flush),
	KUNIT_CASE(queue_gone_during_another_detach),
	KUNIT_CASE(queue_attach_lost),
	KUNIT_CASE(queue_detach_lost),
	KUNIT_CASE(queue_detach_denied),
	KUNIT_CASE(queue_detach_ambiguous),
	{}
};

struct kunit_suite queue_suite = {
	.name = "hallmark-queue",
	.exit = rig_exit,
	.test_cases = queue_cases,
};
