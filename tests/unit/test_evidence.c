// SPDX-License-Identifier: LGPL-2.1-or-later
/* A log is believed event by event and only as far as a quote covers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "ledger/evidence.h"
#include "support/gatelog.h"

static const uint8_t boot[16] = { 0xb0, 0x07 };

static const uint8_t *id(uint8_t n)
{
	static uint8_t v[16];

	memset(v, n, sizeof(v));
	return v;
}

static uint64_t job(struct gatelog *g, uint8_t n)
{
	uint8_t digest[32];
	uint64_t seq;

	memset(digest, n, 32);
	seq = gatelog_intent(g, id(n), 0, "printer-1", 0, 100, digest);
	gatelog_outcome(g, seq, 1, 100);
	return seq;
}

static void three_jobs(struct gatelog *g)
{
	gatelog_start(g, boot, NULL);
	job(g, 1);
	job(g, 2);
	job(g, 3);
}

static void test_reads(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	uint8_t quoted[32];

	(void)state;
	three_jobs(&g);
	gatelog_quoted(&g, quoted);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), 0);
	assert_memory_equal(e.boot_id, boot, 16);
	assert_int_equal(e.pcr, 13);
	assert_int_equal(e.n_jobs, 3);
	assert_int_equal(e.last_seq, 3);
	assert_int_equal(e.uncovered, 0);
	assert_memory_equal(e.replay, g.pcr, 32);
	assert_false(e.has_ambiguous);
	assert_non_null(hm_evidence_job(&e, id(2)));
	assert_int_equal(hm_evidence_job(&e, id(2))->seq, 2);
	assert_int_equal(hm_evidence_job(&e, id(2))->sent, 100);
	assert_true(hm_evidence_job(&e, id(2))->has_outcome);
	assert_null(hm_evidence_job(&e, id(9)));
	hm_evidence_free(&e);
	gatelog_free(&g);
}

/* The log was copied after the quote, or before it was complete: a beginning counts. */
static void test_prefix(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	uint8_t quoted[32], digest[32] = { 7 };

	(void)state;
	gatelog_start(&g, boot, NULL);
	job(&g, 1);
	gatelog_intent(&g, id(2), 0, "printer-1", 0, 5, digest);
	gatelog_quoted(&g, quoted);
	gatelog_outcome(&g, 2, 1, 5);
	job(&g, 3);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), 0);
	assert_int_equal(e.n_jobs, 2);
	assert_int_equal(e.uncovered, 3);
	assert_int_equal(e.last_seq, 2);
	assert_false(e.jobs[1].has_outcome);
	assert_null(hm_evidence_job(&e, id(3)));
	hm_evidence_free(&e);
	/* without a quote all of it is told */
	assert_int_equal(hm_evidence_read(g.log.data, g.log.len, &e, NULL), 0);
	assert_int_equal(e.n_jobs, 3);
	hm_evidence_free(&e);
	quoted[0] ^= 1;
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), -HM_EINCONSISTENT);
	gatelog_free(&g);
}

/* Whatever byte is changed or cut: never the same evidence under the same quote. */
static void test_every_byte(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	uint8_t quoted[32];

	(void)state;
	three_jobs(&g);
	gatelog_quoted(&g, quoted);
	for (size_t i = 0; i < g.log.len; i++) {
		g.log.data[i] ^= 0x10;
		assert_int_not_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), 0);
		g.log.data[i] ^= 0x10;
	}
	for (size_t n = 0; n < g.log.len; n++)
		assert_int_not_equal(hm_evidence_read_quoted(g.log.data, n, quoted, &e, NULL), 0);
	gatelog_free(&g);
}

static size_t entry_at(const struct gatelog *g, unsigned int number, size_t *ret_size, size_t *ret_data)
{
	struct hm_ev_reader r;
	struct hm_ev ev;

	*ret_size = *ret_data = 0;
	assert_int_equal(hm_ev_reader_init(&r, g->log.data, g->log.len), 0);
	for (unsigned int i = 0; hm_ev_next(&r, &ev) == 1; i++) {
		if (i != number)
			continue;
		*ret_size = ev.size;
		*ret_data = (size_t)(ev.data - g->log.data);
		return ev.at;
	}
	fail();
	return 0;
}

/* The payload's digest changed, the event's own digests left alone: the event is named. */
static void test_content_not_digest(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	struct hm_err err = { "" };
	size_t size, data;

	(void)state;
	three_jobs(&g);
	entry_at(&g, 3, &size, &data);	/* START, INTENT 1, OUTCOME 1, INTENT 2 */
	g.log.data[data + 8 + 8 + 16 + 4 + 32 + 4 + 4] ^= 0xff;
	assert_int_equal(hm_evidence_read(g.log.data, g.log.len, &e, &err), -HM_EINCONSISTENT);
	assert_non_null(strstr(err.text, "event 3 (INTENT"));
	gatelog_free(&g);
}

/* A whole job taken out of the middle: every event honest, the replay not. */
static void test_job_removed(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	uint8_t quoted[32];
	size_t at, size, size2, data;

	(void)state;
	three_jobs(&g);
	gatelog_quoted(&g, quoted);
	at = entry_at(&g, 3, &size, &data);
	entry_at(&g, 4, &size2, &data);
	memmove(g.log.data + at, g.log.data + at + size + size2, g.log.len - at - size - size2);
	g.log.len -= size + size2;
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), -HM_EINCONSISTENT);
	/* and nothing else is wrong with it */
	assert_int_equal(hm_evidence_read(g.log.data, g.log.len, &e, NULL), 0);
	assert_int_equal(e.n_jobs, 2);
	hm_evidence_free(&e);
	gatelog_free(&g);
}

static void add_intent(struct gatelog *g, uint32_t type, uint8_t n, uint64_t seq)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_INTENT };

	ev.u.intent.seq = seq;
	memset(ev.u.intent.job_id, n, 16);
	strcpy(ev.u.intent.marker, "printer-1");
	gatelog_add(g, type, &ev);
}

static void add_fault(struct gatelog *g, uint64_t seq)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_FAULT };

	ev.u.fault.seq = seq;
	ev.u.fault.code = -5;
	gatelog_add(g, HM_EV_NO_ACTION, &ev);
}

static void extend_last(struct gatelog *g, unsigned int number)
{
	size_t size, data;
	uint8_t pair[64];

	entry_at(g, number, &size, &data);
	memcpy(pair, g->pcr, 32);
	/* the field is the entry's last part */
	SHA256(g->log.data + data, entry_at(g, number, &size, &data) + size - data, pair + 32);
	SHA256(pair, 64, g->pcr);
}

/* Ambiguous: the quote may count the event or not. Behind FAULT nothing may count. */
static void test_ambiguous(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	uint8_t without[32], with[32], late[32];

	(void)state;
	gatelog_start(&g, boot, NULL);
	job(&g, 1);
	add_intent(&g, HM_EV_NO_ACTION, 2, 2);
	gatelog_quoted(&g, without);
	add_fault(&g, 2);
	add_intent(&g, HM_EV_NO_ACTION, 3, 3);
	extend_last(&g, 3);
	gatelog_quoted(&g, with);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, without, &e, NULL), 0);
	assert_true(e.has_ambiguous);
	assert_true(e.fault);
	assert_true(hm_evidence_job(&e, id(2))->ambiguous);
	assert_memory_not_equal(e.replay, e.replay_ambiguous, 32);
	hm_evidence_free(&e);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, with, &e, NULL), 0);
	assert_memory_equal(e.replay_ambiguous, g.pcr, 32);
	hm_evidence_free(&e);
	extend_last(&g, 5);
	gatelog_quoted(&g, late);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, late, &e, NULL), -HM_EINCONSISTENT);
	gatelog_free(&g);
}

static void refuse(struct gatelog *g, int rc)
{
	struct hm_evidence e;

	assert_int_equal(hm_evidence_read(g->log.data, g->log.len, &e, NULL), rc);
	gatelog_free(g);
}

static void test_nonsense(void **state)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_START };
	struct hm_evidence e;
	struct gatelog g;

	(void)state;
	assert_int_equal(hm_evidence_read("hello", 5, &e, NULL), -HM_EBAD_FORMAT);
	three_jobs(&g);
	gatelog_outcome(&g, 3, 1, 1);	/* a second outcome */
	refuse(&g, -HM_EBAD_FORMAT);
	three_jobs(&g);
	gatelog_outcome(&g, 9, 1, 1);	/* an outcome of nothing */
	refuse(&g, -HM_EBAD_FORMAT);
	three_jobs(&g);
	add_intent(&g, HM_EV_EVENT_TAG, 9, 2);	/* back in time */
	refuse(&g, -HM_EBAD_FORMAT);
	three_jobs(&g);
	add_intent(&g, HM_EV_EVENT_TAG, 2, 4);	/* a job id twice */
	refuse(&g, -HM_EBAD_FORMAT);
	three_jobs(&g);
	g.index = 14;
	job(&g, 4);
	refuse(&g, -HM_EBAD_FORMAT);
	three_jobs(&g);
	ev.u.start.version = HM_EV_VERSION;
	ev.u.start.pcr = 13;
	ev.u.start.nbanks = 1;
	ev.u.start.before[0].alg = HM_EV_ALG_SHA256;
	ev.u.start.before[0].size = 32;
	gatelog_add(&g, HM_EV_EVENT_TAG, &ev);	/* a second START */
	refuse(&g, -HM_EBAD_FORMAT);
}

static void test_before(void **state)
{
	uint8_t before[32] = { 1, 2, 3 };
	struct gatelog g;
	struct hm_evidence e;
	uint8_t quoted[32];

	(void)state;
	gatelog_start(&g, boot, before);
	job(&g, 1);
	gatelog_quoted(&g, quoted);
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, NULL), 0);
	assert_memory_equal(e.before, before, 32);
	hm_evidence_free(&e);
	gatelog_free(&g);
}

/* --- a log given away in pieces --- */

/* The place behind the @number-th event, from 0. */
static uint64_t behind(const struct gatelog *g, unsigned int number)
{
	struct hm_ev_reader r;
	struct hm_ev ev;

	assert_int_equal(hm_ev_reader_init(&r, g->log.data, g->log.len), 0);
	for (unsigned int i = 0; hm_ev_next(&r, &ev) == 1; i++)
		if (i == number)
			return ev.at + ev.size;
	fail();
	return 0;
}

static void in_pieces(struct gatelog *g)
{
	three_jobs(g);
	gatelog_export(g, behind(g, 3));	/* in the middle of job 2 */
	job(g, 4);
	gatelog_export(g, behind(g, 6));	/* up to and without the first EXPORT */
	job(g, 5);
	gatelog_export(g, g->log.len);		/* everything, EXPORTs too */
}

static void test_pieces(void **state)
{
	struct gatelog g;
	struct hm_evidence e;
	struct hm_err err = { "" };
	uint8_t quoted[32];

	(void)state;
	in_pieces(&g);
	gatelog_quoted(&g, quoted);
	if (hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, &err))
		fail_msg("%s", err.text);
	assert_int_equal(e.exports, 3);
	assert_int_equal(e.n_jobs, 5);
	assert_int_equal(e.jobs[1].at, behind(&g, 2));
	hm_evidence_free(&e);
	/* an EXPORT behind the quote is read, and does not count */
	job(&g, 6);
	gatelog_quoted(&g, quoted);
	gatelog_export(&g, behind(&g, 15));
	assert_int_equal(hm_evidence_read_quoted(g.log.data, g.log.len, quoted, &e, &err), 0);
	assert_int_equal(e.exports, 3);
	assert_int_equal(e.uncovered, 1);
	hm_evidence_free(&e);
	gatelog_free(&g);
}

/* Each EXPORT that says something false, itself measured as it stands. */
static void test_false_exports(void **state)
{
	static const struct {
		int kind;
		const char *says;
	} rows[] = {
		{ 0, "are not the piece" }, { 1, "job number" }, { 2, "a piece is missing" },
		{ 3, "given away before" }, { 4, "end with an event" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT };
		struct hm_ev_export *x = &ev.u.exported;
		_cleanup_buf_ struct hm_buf piece = HM_BUF_INIT(1u << 20);
		struct hm_evidence e;
		struct hm_err err = { "" };
		struct gatelog g;

		three_jobs(&g);
		gatelog_export(&g, behind(&g, 2));
		x->offset = behind(&g, rows[i].kind == 3 ? 1 : 6);
		x->offset += rows[i].kind == 4;
		if (rows[i].kind == 2)
			x->offset = g.log.len + 200;
		x->seq = rows[i].kind == 1 ? 2 : 3;
		if (rows[i].kind < 2)
			gatelog_piece(&g, behind(&g, 2), x->offset, &piece);
		if (piece.len)
			SHA256(piece.data, piece.len, x->sha256);
		x->sha256[31] ^= rows[i].kind == 0;
		gatelog_add(&g, HM_EV_EVENT_TAG, &ev);
		assert_int_equal(hm_evidence_read(g.log.data, g.log.len, &e, &err), -HM_EINCONSISTENT);
		if (!strstr(err.text, rows[i].says))
			fail_msg("%d: %s", rows[i].kind, err.text);
		gatelog_free(&g);
	}
}

/* Whatever is cut out of the joined log, between any two events: found. */
static void test_pieces_left_out(void **state)
{
	struct hm_ev_reader r;
	struct gatelog g;
	uint64_t at[64];
	size_t n = 0;
	uint8_t quoted[32];

	(void)state;
	in_pieces(&g);
	gatelog_quoted(&g, quoted);
	assert_int_equal(hm_ev_reader_init(&r, g.log.data, g.log.len), 0);
	at[n++] = r.pos;
	while (at[n - 1] < g.log.len) {
		at[n] = behind(&g, (unsigned int)n - 1);
		n++;
	}
	for (size_t from = 0; from < n; from++)
		for (size_t to = from + 1; to < n; to++) {
			_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1u << 20);
			struct hm_evidence e;

			assert_int_equal(hm_buf_add(&b, g.log.data, at[from]), 0);
			assert_int_equal(hm_buf_add(&b, g.log.data + at[to], g.log.len - at[to]), 0);
			assert_int_not_equal(hm_evidence_read_quoted(b.data, b.len, quoted, &e, NULL), 0);
		}
	gatelog_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_content_not_digest),
		cmocka_unit_test(test_job_removed),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_false_exports),
		cmocka_unit_test(test_pieces_left_out),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
