// SPDX-License-Identifier: GPL-2.0-only
/*
 * Digests and PCRs, bank by bank: known answers first (reckoned elsewhere), which
 * also vouch for the fake TPM, then the gate against it; and START.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

/* An ATTACH of printer 0 with the identity "aaaa": hash, and PCRs from zeros. */
static const struct answer {
	u16 alg;
	u16 size;
	const char *digest;
	const char *once;
	const char *twice;
} answers[] = {
	{ HM_EV_ALG_SHA1, 20,
	  "cdfa1ba185ce6d19d102681864c29cddf9d52d42",
	  "0140904e5028f4c307e8d6a298548f39029407b1",
	  "f3ed6b4fe2e0ee21c7809873ff3d7c491fc651b2" },
	{ HM_EV_ALG_SHA256, 32,
	  "9fdb541e3c413815e950e8ddbd677d5ab27b36a6acdb3d0685cdf4f112b80b71",
	  "73db594e7cca8172e17b4f6c9439b603e91fc6c8372401d2cc67866bc1646e68",
	  "ebff221b63621f42c34ec35a586db9b1e94be43c8a68546f5821b4b48b47f142" },
	{ HM_EV_ALG_SHA384, 48,
	  "dbab4768f11f3a40a857a6df9e286542cea127c3afd6c871"
	  "eaf7de44a30a806cd136675deea9851e7998de20ae499184",
	  "2fbcab9447f92cc4a2ec2a14715b27ddacc11402560d06f6"
	  "aaad50f669bebd6539926b16bbdd44407713ae7fa2fe746d",
	  "2b622e8680167851cb1ef02c0220c78a06cf07b085fb6c1d"
	  "9a24702a6e8973a243a94c95caf692ca961a407d203da52a" },
	{ HM_EV_ALG_SHA512, 64,
	  "71790bea05829ece38c61e2fca2f876bb8703a80922c330d79b5b35c233d07a0"
	  "e1088ce41bb606bc7a590a3bad760b06d02bc0da255967ff7beff90fd0f6124f",
	  "453653d363c677be06b2723e549efb148623e5fa2962ae62c81c71bbf02f2b50"
	  "9b6bd6caa0191eceacf98b857245fb2a3a9ccba78c0c339f27d0408396ccd056",
	  "ab0d4b4624b7e789d12590fb5307f9b507d71c79f252255d56330664acdb2eb2"
	  "68734159787e7338d566eaeaa84fe61679fe801a85bee92739b3b70cad78248f" },
};

static void answer_name(const struct answer *a, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u bytes", a->size);
}

KUNIT_ARRAY_PARAM(answer, answers, answer_name);

static void expect_hex(struct kunit *test, const u8 *got, const char *hex)
{
	u8 want[HM_EV_DIGEST_MAX];
	size_t n = strlen(hex) / 2;

	KUNIT_ASSERT_EQ(test, 0, hex2bin(want, hex, n));
	EXPECT_BYTES(test, got, want, n);
}

static void pcr_fake_answers_right(struct kunit *test)
{
	const struct answer *a = test->param_value;
	struct hm_ev_bank digest = { .alg = a->alg, .size = a->size };
	struct rig *rig = rig_new_banks(test, &a->alg, 1);
	struct hallmark_tpm *tpm = &rig->fake.tpm;
	u8 value[HM_EV_DIGEST_MAX];

	KUNIT_ASSERT_EQ(test, 0, hex2bin(digest.digest, a->digest, a->size));
	KUNIT_ASSERT_EQ(test, 0, tpm->extend(tpm, RIG_PCR, &digest));
	KUNIT_ASSERT_EQ(test, 0, tpm->read(tpm, RIG_PCR, 0, value));
	expect_hex(test, value, a->once);
	KUNIT_ASSERT_EQ(test, 0, tpm->extend(tpm, RIG_PCR, &digest));
	KUNIT_ASSERT_EQ(test, 0, tpm->read(tpm, RIG_PCR, 0, value));
	expect_hex(test, value, a->twice);
}

static void pcr_digest_is_of_the_event(struct kunit *test)
{
	const struct answer *a = test->param_value;
	struct rig *rig = rig_new_banks(test, &a->alg, 1);

	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, RIG_LOG));
	rig_attach(rig, "printer0", 4);
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	KUNIT_ASSERT_EQ(test, 1u, rig_count(rig, HM_EV_TAG_ATTACH));
	KUNIT_EXPECT_EQ(test, rig->ev.nbanks, 1u);
	KUNIT_EXPECT_EQ(test, rig->ev.bank[0].alg, a->alg);
	expect_hex(test, rig->ev.bank[0].digest, a->digest);
	rig_check(rig);
}

/* Each set of banks, in each place of the order. */
static void pcr_every_set_of_banks(struct kunit *test)
{
	u32 set, first, b, n;

	for (set = 1; set < 16; set++) {
		for (first = 0; first < 4; first++) {
			u16 algs[4];
			struct rig *rig;
			u32 at;

			if (!(set >> first & 1))
				continue;
			for (n = 0, b = 0; b < 4; b++) {
				at = (first + b) % 4;
				if (set >> at & 1)
					algs[n++] = answers[at].alg;
			}
			rig = rig_new_banks(test, algs, n);
			KUNIT_ASSERT_EQ(test, 0, rig_start(rig, RIG_LOG));
			rig_attach(rig, "printer0", 4);
			KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
			for (b = 0; b < n; b++) {
				KUNIT_ASSERT_EQ(test, 1u, rig_count(rig, HM_EV_TAG_ATTACH));
				for (at = 0; answers[at].alg != algs[b]; at++)
					;
				expect_hex(test, rig->ev.bank[b].digest, answers[at].digest);
			}
			rig_check_room(rig);
			rig_check(rig);
			rig_exit(test);
		}
	}
}

/* One bank that went another way than the rest is seen, whichever it is. */
static void pcr_one_bank_astray(struct kunit *test)
{
	u32 b;

	for (b = 0; b < 4; b++) {
		struct rig *rig = rig_open(test, 4, RIG_LOG);
		int code;

		rig_attach(rig, "printer0", 4);
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
		rig->fake.pcr[b][0] ^= 1;
		rig->fake.foreign++;
		fake_tell(&rig->fake, FAKE_LOST, -EIO);
		KUNIT_EXPECT_EQ(test, 1, rig_intent(rig, 0, &code));
		rig_expect_order(rig, "START ATTACH INTENT OUTCOME (INTENT) (FAULT)");
		rig_check(rig);
		rig_exit(test);
	}
}

/* Extended in some banks only, whichever: neither the new PCR nor the old. */
static void pcr_torn_between_banks(struct kunit *test)
{
	struct fake_step step = { .act = FAKE_TORN, .code = -EIO };
	int code;

	for (step.torn = 1; step.torn < 7; step.torn++) {
		struct rig *rig = rig_open(test, 3, RIG_LOG);

		rig_attach(rig, "printer0", 4);
		KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
		fake_tell_step(&rig->fake, &step);
		KUNIT_EXPECT_EQ(test, 1, rig_intent(rig, 0, &code));
		rig_expect_order(rig, "START ATTACH INTENT OUTCOME (INTENT) (FAULT)");
		rig_check(rig);
		rig_exit(test);
	}
}

/* A stranger's extend that nobody was told of: the log must not replay then. */
static void pcr_stranger_shows_in_the_replay(struct kunit *test)
{
	struct rig *rig = rig_open(test, 3, RIG_LOG);

	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	fake_tell(&rig->fake, FAKE_FOREIGN, 0);
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	KUNIT_EXPECT_EQ(test, rig->fake.foreign, 1u);
	rig_check(rig);
}

static void start_on_a_used_pcr(struct kunit *test)
{
	struct rig *rig = rig_new(test, 4);
	u32 b;

	for (b = 0; b < 4; b++)
		memset(rig->fake.pcr[b], 0xb0 + b, HM_EV_DIGEST_MAX);
	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, RIG_LOG));
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	/* compares START's "PCR before" with what it was */
	rig_check(rig);
	KUNIT_EXPECT_EQ(test, rig->before[3][63], 0xb3);
}

/* START has the gate's boot id, which no other start has. */
static void start_names_the_boot(struct kunit *test)
{
	u8 id[2][16];
	u32 i;

	for (i = 0; i < 2; i++) {
		struct rig *rig = rig_open(test, 1, RIG_LOG);

		memset(id[i], 0, sizeof(id[i]));
		hallmark_gate_boot_id(rig->g, id[i]);
		KUNIT_ASSERT_EQ(test, 1u, rig_count(rig, HM_EV_TAG_START));
		EXPECT_BYTES(test, rig->ev.u.start.boot_id, id[i], sizeof(id[i]));
		rig_exit(test);
	}
	KUNIT_EXPECT_NE(test, memcmp(id[0], id[1], sizeof(id[0])), 0);
}

static void start_without_a_pcr_to_read(struct kunit *test)
{
	static const int codes[] = { -EIO, -ETIME, 0x922 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		struct rig *rig = rig_new(test, 2);

		rig->fake.deaf = FAKE_DEAF;
		rig->fake.deaf_code = codes[i];
		KUNIT_EXPECT_EQ(test, rig_start(rig, RIG_LOG), codes[i] < 0 ? codes[i] : -EIO);
		KUNIT_EXPECT_EQ(test, rig->fake.extends, 0u);
		KUNIT_EXPECT_EQ(test, rig_count(rig, 0), 0u);
		rig_exit(test);
	}
}

static void start_not_extended(struct kunit *test)
{
	struct rig *rig = rig_new(test, 2);

	fake_tell(&rig->fake, FAKE_LOST, 0x101);
	KUNIT_EXPECT_EQ(test, -EIO, rig_start(rig, RIG_LOG));
	KUNIT_EXPECT_EQ(test, rig_count(rig, 0), 0u);
}

static void start_ambiguous(struct kunit *test)
{
	struct rig *rig = rig_new(test, 2);

	fake_tell(&rig->fake, FAKE_TORN, -ETIME);
	KUNIT_EXPECT_EQ(test, -ENOTRECOVERABLE, rig_start(rig, RIG_LOG));
	rig_expect_order(rig, "(START) (FAULT)");
	KUNIT_EXPECT_EQ(test, (int)rig_gate_state(rig->g), (int)HALLMARK_GATE_FAULT);
}

/* Extended, and said to have failed: it counts, and RESOLVED of job 0 is next. */
static void start_extended_all_the_same(struct kunit *test)
{
	struct rig *rig = rig_new(test, 2);

	fake_tell(&rig->fake, FAKE_HONEST, -ETIME);
	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, RIG_LOG));
	KUNIT_ASSERT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, "START RESOLVED ATTACH INTENT OUTCOME");
	KUNIT_ASSERT_EQ(test, 1u, rig_count(rig, HM_EV_TAG_RESOLVED));
	KUNIT_EXPECT_EQ(test, rig->ev.u.resolve.seq, 0ULL);
	KUNIT_EXPECT_EQ(test, rig->ev.u.resolve.verdict, (u32)HM_EV_RESOLVED_EXTENDED);
	rig_check(rig);
}

/*
 * The notifiers are there before START: a machine that goes to sleep and wakes while the
 * module is loaded. What the PCR has to be is not known yet, so nobody asks.
 */
static void start_after_a_sleep(struct kunit *test)
{
	struct rig *rig = rig_new(test, 2);
	struct hallmark_gate_view v;

	memset(rig->fake.pcr, 0xb0, sizeof(rig->fake.pcr));
	rig_create(rig, RIG_LOG);
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, rig->fake.reads, 0u);
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_view(rig->g, &v));
	KUNIT_EXPECT_EQ(test, (int)v.state, (int)HALLMARK_GATE_OK);
	KUNIT_EXPECT_EQ(test, v.seq, 0ULL);
	KUNIT_EXPECT_EQ(test, v.exported, (u64)rig_header_size(rig));
	KUNIT_EXPECT_EQ(test, gate_counts.crit, 0u);
	KUNIT_ASSERT_EQ(test, 0, rig_start(rig, RIG_LOG));
	/* from here on they do */
	KUNIT_EXPECT_EQ(test, 0, hallmark_gate_sleep(rig->g));
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, rig->fake.reads, 2u + 2u);
	KUNIT_EXPECT_EQ(test, 0, rig_mark(rig));
	rig_expect_order(rig, "START ATTACH INTENT OUTCOME");
	rig_check(rig);
}

/* The same of a START that failed, until the gate is gone. */
static void start_failed_before_a_sleep(struct kunit *test)
{
	struct rig *rig = rig_new(test, 2);

	fake_tell(&rig->fake, FAKE_LOST, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, rig_start(rig, RIG_LOG));
	rig->fake.reads = 0;
	fake_tpm_reset(&rig->fake);
	hallmark_gate_wake(rig->g);
	KUNIT_EXPECT_EQ(test, rig->fake.reads, 0u);
	KUNIT_EXPECT_EQ(test, gate_counts.crit, 0u);
}

/* A log that has no room for START is told from one that has it to the byte. */
static void start_in_every_size_of_log(struct kunit *test)
{
	u32 n;

	for (n = 1; n <= 4; n++) {
		struct rig *rig = rig_new(test, n);
		size_t head = rig_header_size(rig);
		struct hallmark_gate *g;

		g = hallmark_gate_create(&rig->fake.tpm, RIG_PCR, head - 1);
		KUNIT_EXPECT_TRUE(test, IS_ERR(g));
		g = hallmark_gate_create(&rig->fake.tpm, RIG_PCR, head);
		KUNIT_ASSERT_FALSE(test, IS_ERR(g));
		hallmark_gate_destroy(g);
		rig_exit(test);
	}
}

static struct kunit_case pcr_cases[] = {
	KUNIT_CASE_PARAM(pcr_fake_answers_right, answer_gen_params),
	KUNIT_CASE_PARAM(pcr_digest_is_of_the_event, answer_gen_params),
	KUNIT_CASE(pcr_every_set_of_banks),
	KUNIT_CASE(pcr_one_bank_astray),
	KUNIT_CASE(pcr_torn_between_banks),
	KUNIT_CASE(pcr_stranger_shows_in_the_replay),
	{}
};

struct kunit_suite pcr_suite = {
	.name = "hallmark-pcr",
	.exit = rig_exit,
	.test_cases = pcr_cases,
};

static struct kunit_case start_cases[] = {
	KUNIT_CASE(start_on_a_used_pcr),
	KUNIT_CASE(start_names_the_boot),
	KUNIT_CASE(start_without_a_pcr_to_read),
	KUNIT_CASE(start_not_extended),
	KUNIT_CASE(start_ambiguous),
	KUNIT_CASE(start_extended_all_the_same),
	KUNIT_CASE(start_after_a_sleep),
	KUNIT_CASE(start_failed_before_a_sleep),
	KUNIT_CASE(start_in_every_size_of_log),
	{}
};

struct kunit_suite start_suite = {
	.name = "hallmark-start",
	.exit = rig_exit,
	.test_cases = start_cases,
};
