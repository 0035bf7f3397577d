// SPDX-License-Identifier: GPL-2.0-only
/*
 * The codec in the kernel: each event's bytes as docs/uapi.md has them, written
 * out by hand; reading them back; and that nothing else is read.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "rig.h"

#define PRINTER0	"7072696e74657230" "0000000000000000" "0000000000000000" "0000000000000000"
#define ZERO16		"00000000000000000000000000000000"
#define ONE16		"11111111111111111111111111111111"
#define TWO16		"22222222222222222222222222222222"

static const struct {
	u32 tag;
	const char *hex;	/* tag, size, data */
} golden[] = {
	{ HM_EV_TAG_START, "01004d48" "40000000" "01000000" ONE16 "0d000000" "01000000"
			   "0b002000" TWO16 ONE16 },
	{ HM_EV_TAG_INTENT, "02004d48" "64000000" "0807060504030201" ONE16 "03000000" PRINTER0
			    "04030201" "00020000" TWO16 ONE16 },
	{ HM_EV_TAG_OUTCOME, "03004d48" "34000000" "0200000000000000" "04000000" "ff010000"
			     "92ffffff" ONE16 TWO16 },
	{ HM_EV_TAG_ATTACH, "04004d48" "2b000000" "01000000" PRINTER0 "03000000" "4d4647" },
	{ HM_EV_TAG_DETACH, "05004d48" "20000000" PRINTER0 },
	{ HM_EV_TAG_EXPORT, "06004d48" "30000000" "8877665544332211" "0000000001000000"
			    TWO16 TWO16 },
	{ HM_EV_TAG_RESOLVED, "07004d48" "0c000000" "0500000000000000" "02000000" },
	{ HM_EV_TAG_FAULT, "08004d48" "0c000000" "ffffffffffffffff" "22090000" },
};

/* The same events as structs. */
static void fill(struct hm_ev *ev, u32 tag)
{
	memset(ev, 0, sizeof(*ev));
	ev->tag = tag;
	switch (tag) {
	case HM_EV_TAG_START:
		ev->u.start.version = 1;
		memset(ev->u.start.boot_id, 0x11, 16);
		ev->u.start.pcr = 13;
		ev->u.start.nbanks = 1;
		ev->u.start.before[0].alg = HM_EV_ALG_SHA256;
		ev->u.start.before[0].size = 32;
		memset(ev->u.start.before[0].digest, 0x22, 16);
		memset(ev->u.start.before[0].digest + 16, 0x11, 16);
		break;
	case HM_EV_TAG_INTENT:
		ev->u.intent.seq = 0x0102030405060708ULL;
		memset(ev->u.intent.job_id, 0x11, 16);
		ev->u.intent.flags = 3;
		strscpy(ev->u.intent.marker, "printer0", HM_EV_NAME_SIZE);
		ev->u.intent.offset = 0x01020304;
		ev->u.intent.len = 512;
		memset(ev->u.intent.sha256, 0x22, 16);
		memset(ev->u.intent.sha256 + 16, 0x11, 16);
		break;
	case HM_EV_TAG_OUTCOME:
		ev->u.outcome.seq = 2;
		ev->u.outcome.state = 4;
		ev->u.outcome.sent = 511;
		ev->u.outcome.error = -110;
		memset(ev->u.outcome.reply_sha256, 0x11, 16);
		memset(ev->u.outcome.reply_sha256 + 16, 0x22, 16);
		break;
	case HM_EV_TAG_ATTACH:
		ev->u.attach.kind = HM_EV_KIND_PRINTER;
		strscpy(ev->u.attach.marker, "printer0", HM_EV_NAME_SIZE);
		ev->u.attach.ident_len = 3;
		memcpy(ev->u.attach.ident, "MFG", 3);
		break;
	case HM_EV_TAG_DETACH:
		strscpy(ev->u.detach.marker, "printer0", HM_EV_NAME_SIZE);
		break;
	case HM_EV_TAG_EXPORT:
		ev->u.exported.seq = 0x1122334455667788ULL;
		ev->u.exported.offset = 0x100000000ULL;
		memset(ev->u.exported.sha256, 0x22, 32);
		break;
	case HM_EV_TAG_RESOLVED:
		ev->u.resolve.seq = 5;
		ev->u.resolve.verdict = HM_EV_RESOLVED_NOT_EXTENDED;
		break;
	case HM_EV_TAG_FAULT:
		ev->u.fault.seq = U64_MAX;
		ev->u.fault.code = 0x922;
		break;
	}
}

/* A test's room: structs that are too large for a stack. */
struct room {
	struct hm_ev ev;
	struct hm_ev got;
	struct hm_ev_reader r;
	u8 want[HM_EV_DATA_MAX];
	u8 data[HM_EV_DATA_MAX];
	u8 log[2 * HM_EV_DATA_MAX];
};

static int event_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct room), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static size_t from_hex(struct kunit *test, const char *hex, u8 *buf)
{
	size_t n = strlen(hex) / 2;

	KUNIT_ASSERT_EQ(test, 0, hex2bin(buf, hex, n));
	return n;
}

/* A log of one entry with @data for its event field; its length. */
static size_t make_log(struct room *room, const u8 *data, size_t n)
{
	struct hm_ev *ev = &room->got;
	ssize_t head, size;

	memset(ev, 0, sizeof(*ev));
	ev->pcr = 13;
	ev->type = HM_EV_EVENT_TAG;
	ev->nbanks = 1;
	ev->bank[0].alg = HM_EV_ALG_SHA256;
	ev->bank[0].size = 32;
	memset(ev->bank[0].digest, 0x77, 32);
	ev->data = data;
	ev->data_len = n;
	head = hm_ev_encode_header(ev->bank, 1, room->log, sizeof(room->log));
	size = hm_ev_encode_entry(ev, room->log + head, sizeof(room->log) - head);
	return head + size;
}

/* What reading a log of @n bytes says of its first entry. */
static int read_log(struct room *room, size_t n)
{
	int rc = hm_ev_reader_init(&room->r, room->log, n);

	return rc ? rc : hm_ev_next(&room->r, &room->got);
}

static int read_data(struct room *room, const u8 *data, size_t n)
{
	return read_log(room, make_log(room, data, n));
}

static void event_encodes_to_golden(struct kunit *test)
{
	struct room *room = test->priv;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(golden); i++) {
		fill(&room->ev, golden[i].tag);
		n = from_hex(test, golden[i].hex, room->want);
		KUNIT_EXPECT_EQ(test, hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX),
				(ssize_t)n);
		EXPECT_BYTES(test, room->data, room->want, n);
	}
}

static void event_decodes_from_golden(struct kunit *test)
{
	struct room *room = test->priv;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(golden); i++) {
		n = from_hex(test, golden[i].hex, room->want);
		KUNIT_ASSERT_EQ(test, 1, read_data(room, room->want, n));
		fill(&room->ev, golden[i].tag);
		KUNIT_EXPECT_EQ(test, room->got.tag, room->ev.tag);
		EXPECT_BYTES(test, &room->got.u, &room->ev.u, sizeof(room->ev.u));
		KUNIT_EXPECT_EQ(test, 0, hm_ev_next(&room->r, &room->got));
	}
}

/* Every length but its own, also where the size field agrees with it. */
static void event_of_another_length(struct kunit *test)
{
	struct room *room = test->priv;
	size_t i, n, m;

	for (i = 0; i < ARRAY_SIZE(golden); i++) {
		n = from_hex(test, golden[i].hex, room->want);
		for (m = 0; m < n + 8; m++) {
			memset(room->data, 0, sizeof(room->data));
			memcpy(room->data, room->want, min(m, n));
			KUNIT_EXPECT_EQ(test, read_data(room, room->data, m),
					m == n ? 1 : -EBADMSG);
			room->data[4] = m - 8;
			KUNIT_EXPECT_EQ(test, read_data(room, room->data, m),
					m == n ? 1 : -EBADMSG);
		}
	}
}

/* One byte of a golden event changed, and that it is then refused. */
static const struct {
	u32 tag;
	size_t at;
	u8 byte;
	const char *why;
} mutants[] = {
	{ HM_EV_TAG_DETACH, 0, 0x00, "tag 484d0000" },
	{ HM_EV_TAG_DETACH, 0, 0x09, "tag 484d0009" },
	{ HM_EV_TAG_DETACH, 3, 0x47, "tag 474d0005" },
	{ HM_EV_TAG_DETACH, 4, 0x1f, "size one less" },
	{ HM_EV_TAG_DETACH, 7, 0x01, "size huge" },
	{ HM_EV_TAG_DETACH, 8, 0x00, "empty name, padding not zero" },
	{ HM_EV_TAG_DETACH, 39, 0x01, "name not padded with NULs" },
	{ HM_EV_TAG_DETACH, 20, 0x41, "a byte behind the NUL" },
	{ HM_EV_TAG_INTENT, 60, 0x41, "INTENT's name" },
	{ HM_EV_TAG_ATTACH, 20, 0x00, "ATTACH's name is sound" },
	{ HM_EV_TAG_ATTACH, 21, 0x41, "ATTACH's name" },
	{ HM_EV_TAG_ATTACH, 44, 0x04, "ident_len one more than there is" },
	{ HM_EV_TAG_ATTACH, 44, 0x02, "ident_len one less" },
	{ HM_EV_TAG_ATTACH, 45, 0x05, "ident_len above 1024" },
	{ HM_EV_TAG_START, 8, 0x02, "version 2" },
	{ HM_EV_TAG_START, 8, 0x00, "version 0" },
	{ HM_EV_TAG_START, 32, 0x00, "no banks" },
	{ HM_EV_TAG_START, 32, 0x02, "two banks, one there" },
	{ HM_EV_TAG_START, 32, 0x09, "nine banks" },
	{ HM_EV_TAG_START, 38, 0x00, "a bank of size 0" },
	{ HM_EV_TAG_START, 38, 0x41, "a bank of size 65" },
	{ HM_EV_TAG_RESOLVED, 16, 0x00, "verdict 0" },
	{ HM_EV_TAG_RESOLVED, 16, 0x03, "verdict 3" },
	{ HM_EV_TAG_RESOLVED, 19, 0x80, "verdict huge" },
};

static void event_mutants_refused(struct kunit *test)
{
	struct room *room = test->priv;
	size_t i, g, n;

	for (i = 0; i < ARRAY_SIZE(mutants); i++) {
		for (g = 0; golden[g].tag != mutants[i].tag; g++)
			;
		n = from_hex(test, golden[g].hex, room->want);
		/* the one row that changes nothing shows that the others do */
		KUNIT_ASSERT_EQ(test, 1, read_data(room, room->want, n));
		KUNIT_EXPECT_EQ_MSG(test, room->want[mutants[i].at] == mutants[i].byte,
				    !!strstr(mutants[i].why, "is sound"), "%s", mutants[i].why);
		room->want[mutants[i].at] = mutants[i].byte;
		KUNIT_EXPECT_EQ_MSG(test, read_data(room, room->want, n),
				    strstr(mutants[i].why, "is sound") ? 1 : -EBADMSG, "%s",
				    mutants[i].why);
	}
}

static void event_names_at_their_limits(struct kunit *test)
{
	struct room *room = test->priv;
	ssize_t n;

	fill(&room->ev, HM_EV_TAG_DETACH);
	memset(room->ev.u.detach.marker, 'x', HM_EV_NAME_SIZE);
	KUNIT_EXPECT_EQ(test, hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX),
			(ssize_t)-EINVAL);
	room->ev.u.detach.marker[31] = 0;
	n = hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX);
	KUNIT_ASSERT_EQ(test, n, (ssize_t)40);
	KUNIT_EXPECT_EQ(test, 1, read_data(room, room->data, n));
	room->data[39] = 'x';
	KUNIT_EXPECT_EQ(test, -EBADMSG, read_data(room, room->data, n));
	memset(room->data + 8, 0, 32);
	KUNIT_EXPECT_EQ(test, -EBADMSG, read_data(room, room->data, n));
	room->ev.u.detach.marker[0] = 0;
	KUNIT_EXPECT_EQ(test, hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX),
			(ssize_t)-EINVAL);
}

/* What does not fit is refused, and not a byte is written beyond the end. */
static void event_in_every_size_of_buffer(struct kunit *test)
{
	struct room *room = test->priv;
	size_t i, n, m;
	ssize_t rc;

	for (i = 0; i < ARRAY_SIZE(golden); i++) {
		n = from_hex(test, golden[i].hex, room->want);
		fill(&room->ev, golden[i].tag);
		for (m = 0; m <= n; m++) {
			room->data[m] = 0xa5;
			rc = hm_ev_encode_data(&room->ev, room->data, m);
			KUNIT_EXPECT_EQ(test, rc, m == n ? (ssize_t)n : (ssize_t)-ENOSPC);
			KUNIT_EXPECT_EQ(test, room->data[m], 0xa5);
		}
	}
}

static void event_identity_at_its_limit(struct kunit *test)
{
	struct room *room = test->priv;
	ssize_t n;

	fill(&room->ev, HM_EV_TAG_ATTACH);
	room->ev.u.attach.ident_len = HM_EV_IDENT_MAX + 1;
	KUNIT_EXPECT_EQ(test, hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX),
			(ssize_t)-EINVAL);
	room->ev.u.attach.ident_len = HM_EV_IDENT_MAX;
	n = hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX);
	KUNIT_ASSERT_EQ(test, n, (ssize_t)(8 + 40 + HM_EV_IDENT_MAX));
	KUNIT_EXPECT_EQ(test, 1, read_data(room, room->data, n));
	KUNIT_EXPECT_EQ(test, room->got.u.attach.ident_len, (u32)HM_EV_IDENT_MAX);
	room->ev.u.attach.ident_len = 0;
	n = hm_ev_encode_data(&room->ev, room->data, HM_EV_DATA_MAX);
	KUNIT_EXPECT_EQ(test, n, (ssize_t)(8 + 40));
	KUNIT_EXPECT_EQ(test, 1, read_data(room, room->data, n));
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(event_encodes_to_golden),
	KUNIT_CASE(event_decodes_from_golden),
	KUNIT_CASE(event_of_another_length),
	KUNIT_CASE(event_mutants_refused),
	KUNIT_CASE(event_names_at_their_limits),
	KUNIT_CASE(event_in_every_size_of_buffer),
	KUNIT_CASE(event_identity_at_its_limit),
	{}
};

struct kunit_suite event_suite = {
	.name = "hallmark-event",
	.init = event_init,
	.test_cases = event_cases,
};

/* The entry around an event, and the header before the first. */

#define HEADER_HEX	"00000000" "03000000" ZERO16 "00000000" "25000000" \
			"53706563204944204576656e74303300" "00000000" "00020002" \
			"02000000" "04001400" "0b002000" "00"
#define ENTRY_HEX	"0d000000" "06000000" "02000000" \
			"0400" "5555555555555555555555555555555555555555" \
			"0b00" TWO16 ONE16 \
			"14000000" "07004d48" "0c000000" "0500000000000000" "02000000"

static size_t two_banks(struct kunit *test)
{
	struct room *room = test->priv;
	size_t n = from_hex(test, HEADER_HEX, room->log);

	return n + from_hex(test, ENTRY_HEX, room->log + n);
}

static void entry_encodes_to_golden(struct kunit *test)
{
	struct room *room = test->priv;
	struct hm_ev *ev = &room->ev;
	size_t n = two_banks(test), head;
	u8 *buf = kunit_kzalloc(test, n, GFP_KERNEL);
	ssize_t data_len;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	fill(ev, HM_EV_TAG_RESOLVED);
	ev->pcr = 13;
	ev->type = HM_EV_EVENT_TAG;
	ev->nbanks = 2;
	ev->bank[0].alg = HM_EV_ALG_SHA1;
	ev->bank[0].size = 20;
	memset(ev->bank[0].digest, 0x55, 20);
	ev->bank[1].alg = HM_EV_ALG_SHA256;
	ev->bank[1].size = 32;
	memset(ev->bank[1].digest, 0x22, 16);
	memset(ev->bank[1].digest + 16, 0x11, 16);
	data_len = hm_ev_encode_data(ev, room->data, HM_EV_DATA_MAX);
	KUNIT_ASSERT_EQ(test, data_len, (ssize_t)20);
	ev->data = room->data;
	ev->data_len = data_len;
	head = hm_ev_encode_header(ev->bank, 2, buf, n);
	KUNIT_ASSERT_EQ(test, head, sizeof(HEADER_HEX) / 2);
	KUNIT_ASSERT_EQ(test, hm_ev_encode_entry(ev, buf + head, n - head), (ssize_t)(n - head));
	EXPECT_BYTES(test, buf, room->log, n);
	KUNIT_EXPECT_EQ(test, hm_ev_encode_entry(ev, buf, n - head - 1), (ssize_t)-ENOSPC);
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(ev->bank, 2, buf, head - 1), (ssize_t)-ENOSPC);
}

static void entry_decodes_from_golden(struct kunit *test)
{
	struct room *room = test->priv;
	size_t n = two_banks(test), head = sizeof(HEADER_HEX) / 2;

	KUNIT_ASSERT_EQ(test, 1, read_log(room, n));
	KUNIT_EXPECT_EQ(test, room->got.pcr, 13u);
	KUNIT_EXPECT_EQ(test, room->got.type, HM_EV_EVENT_TAG);
	KUNIT_EXPECT_EQ(test, room->got.nbanks, 2u);
	KUNIT_EXPECT_EQ(test, room->got.bank[0].alg, HM_EV_ALG_SHA1);
	KUNIT_EXPECT_EQ(test, room->got.bank[1].size, 32);
	KUNIT_EXPECT_EQ(test, room->got.bank[1].digest[31], 0x11);
	KUNIT_EXPECT_EQ(test, room->got.u.resolve.seq, 5ULL);
	KUNIT_EXPECT_EQ(test, room->got.at, head);
	KUNIT_EXPECT_EQ(test, room->got.size, n - head);
	KUNIT_EXPECT_EQ(test, 0, hm_ev_next(&room->r, &room->got));
}

/* Any bit of the header matters, and any length of it but the whole. */
static void header_is_one_and_no_other(struct kunit *test)
{
	struct room *room = test->priv;
	size_t n = two_banks(test), head = sizeof(HEADER_HEX) / 2, i;
	u32 taken = 0;

	for (i = 0; i < head; i++)
		KUNIT_EXPECT_EQ(test, -EBADMSG, read_log(room, i));
	for (i = 0; i < 8 * head; i++) {
		room->log[i / 8] ^= 1 << i % 8;
		/* of another algorithm or digest size it is a header too: for other entries */
		taken += !hm_ev_reader_init(&room->r, room->log, n) && i / 8 < head - 9;
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG, read_log(room, n), "bit %zu", i);
		room->log[i / 8] ^= 1 << i % 8;
	}
	KUNIT_EXPECT_EQ(test, taken, 0u);
	KUNIT_EXPECT_EQ(test, 1, read_log(room, n));
}

static void entry_cut_anywhere(struct kunit *test)
{
	struct room *room = test->priv;
	size_t n = two_banks(test), head = sizeof(HEADER_HEX) / 2, i;

	KUNIT_EXPECT_EQ(test, 0, read_log(room, head));
	for (i = head + 1; i < n; i++)
		KUNIT_EXPECT_EQ(test, -EBADMSG, read_log(room, i));
	memset(room->log + n, 0, 16);
	for (i = n + 1; i < n + 16; i++) {
		KUNIT_EXPECT_EQ(test, 1, read_log(room, i));
		KUNIT_EXPECT_EQ(test, -EBADMSG, hm_ev_next(&room->r, &room->got));
		KUNIT_EXPECT_EQ(test, room->r.pos, n);
	}
}

static void entry_mutants_refused(struct kunit *test)
{
	static const struct { size_t at; u8 byte; } bad[] = {
		{ 4, 3 + 2 },		/* type neither 6 nor 3 */
		{ 7, 0x80 },
		{ 8, 1 }, { 8, 3 },	/* not the header's banks */
		{ 12, 0x0b },		/* not the header's algorithm */
		{ 34, 0x04 }, { 34, 0x0c },
		{ 68, 0x13 }, { 68, 0x15 },	/* data_len off by one */
		{ 69, 0x08 },		/* and above 2048 */
	};
	struct room *room = test->priv;
	size_t n = two_banks(test), head = sizeof(HEADER_HEX) / 2, i;
	u8 was;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		was = room->log[head + bad[i].at];
		KUNIT_EXPECT_NE(test, was, bad[i].byte);
		room->log[head + bad[i].at] = bad[i].byte;
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG, read_log(room, n), "byte %zu", bad[i].at);
		room->log[head + bad[i].at] = was;
	}
	KUNIT_EXPECT_EQ(test, 1, read_log(room, n));
	room->log[head + 4] = HM_EV_NO_ACTION;
	KUNIT_EXPECT_EQ(test, 1, read_log(room, n));
}

static void banks_that_are_unsound(struct kunit *test)
{
	struct room *room = test->priv;
	struct hm_ev_bank *bank = room->ev.bank;
	u32 b;

	for (b = 0; b < HM_EV_BANKS_MAX; b++) {
		bank[b].alg = b + 1;
		bank[b].size = HM_EV_DIGEST_MAX;
	}
	KUNIT_EXPECT_GT(test, hm_ev_encode_header(bank, HM_EV_BANKS_MAX, room->log, 512),
			(ssize_t)0);
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(bank, 0, room->log, 512), (ssize_t)-EINVAL);
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(bank, HM_EV_BANKS_MAX + 1, room->log, 512),
			(ssize_t)-EINVAL);
	bank[1].size = HM_EV_DIGEST_MAX + 1;
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(bank, 2, room->log, 512), (ssize_t)-EINVAL);
	bank[1].size = 0;
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(bank, 2, room->log, 512), (ssize_t)-EINVAL);
	bank[1].size = 20;
	bank[1].alg = bank[0].alg;
	KUNIT_EXPECT_EQ(test, hm_ev_encode_header(bank, 2, room->log, 512), (ssize_t)-EINVAL);
}

static struct kunit_case entry_cases[] = {
	KUNIT_CASE(entry_encodes_to_golden),
	KUNIT_CASE(entry_decodes_from_golden),
	KUNIT_CASE(header_is_one_and_no_other),
	KUNIT_CASE(entry_cut_anywhere),
	KUNIT_CASE(entry_mutants_refused),
	KUNIT_CASE(banks_that_are_unsound),
	{}
};

struct kunit_suite entry_suite = {
	.name = "hallmark-entry",
	.init = event_init,
	.test_cases = entry_cases,
};
