// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A boot whose gate gave its log away in pieces. Told honestly it is clean; with a
 * piece removed, renumbered, swapped, altered, doubled or from elsewhere, or with an
 * EXPORT that never was or is no more, it must come out, in words that say which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "label/driver.h"
#include "support/verdict.h"

/* Two units, another, a query: log.1, log.2, log.3 and log. */
static void in_pieces(void)
{
	two_units();
	world_export(&w, 0);
	world_unit(&w);
	world_export(&w, 0);
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
	world_export(&w, 0);
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
}

static const char *path_of(const char *name)
{
	static char path[4][300];
	static unsigned int n;
	char *out = path[n++ % 4];

	snprintf(out, sizeof(path[0]), "%s/boots/%s/%s", w.dir, w.boots[0].hex, name);
	return out;
}

/* Below w.dir, for world_flip() and others. */
static const char *below(const char *name)
{
	return path_of(name) + strlen(w.dir) + 1;
}

static void rename_piece(const char *from, const char *to)
{
	assert_int_equal(rename(path_of(from), path_of(to)), 0);
}

static void about_boot(const char *words)
{
	char subject[48];

	snprintf(subject, sizeof(subject), "boot %s", w.boots[0].hex);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, subject, words);
}

static void test_honest(void **state)
{
	(void)state;
	in_pieces();
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.units, 3);
}

/* A job in a piece that nobody announced is found there. */
static void test_hidden_job_in_a_piece(void **state)
{
	uint8_t id[16], digest[32] = { 9 };
	char subject[48] = "job ";

	(void)state;
	two_units();
	world_new_id(&w, id);
	gatelog_outcome(&w.boots[0].log, gatelog_intent(&w.boots[0].log, id, 0, "printer-1", 0, 24, digest), 1, 24);
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
	world_export(&w, 0);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	hm_hex(id, 16, subject + 4);
	expect_about(HM_VERDICT_UNACCOUNTED, subject, "no leaf announced it");
}

static void test_piece_removed(void **state)
{
	static const char *const names[] = { "log.1", "log.2", "log.3", "log" };

	(void)state;
	in_pieces();
	finish();
	for (size_t i = 0; i < 4; i++) {
		world_write(&w);
		world_remove(&w, below(names[i]));
		if (i == 2)	/* nothing behind it tells the number */
			about_boot("a piece is missing");
		else
			about_boot("of its log is not there");
		if (i != 2)
			expect_about(HM_VERDICT_INCONSISTENT, below(names[i]), "the file is missing");
	}
}

/* The rest moves up, so that no number is missing. */
static void test_piece_removed_and_renumbered(void **state)
{
	(void)state;
	in_pieces();
	finish();
	world_remove(&w, below("log.1"));
	rename_piece("log.2", "log.1");
	rename_piece("log.3", "log.2");
	about_boot("what came before is missing");

	world_write(&w);
	world_remove(&w, below("log.2"));
	rename_piece("log.3", "log.2");
	about_boot("a piece is missing");

	/* everything that was given away */
	world_remove(&w, below("log.1"));
	world_remove(&w, below("log.2"));
	about_boot("what came before is missing");
}

static void test_pieces_swapped(void **state)
{
	(void)state;
	in_pieces();
	finish();
	rename_piece("log.1", "log.9");
	rename_piece("log.2", "log.1");
	rename_piece("log.9", "log.2");
	about_boot("what came before is missing");

	world_write(&w);
	rename_piece("log.2", "log.9");
	rename_piece("log.3", "log.2");
	rename_piece("log.9", "log.3");
	expect(HM_VERDICT_INCONSISTENT);

	world_write(&w);
	rename_piece("log.3", "log.9");
	rename_piece("log", "log.3");
	rename_piece("log.9", "log");
	expect(HM_VERDICT_INCONSISTENT);
}

static void read_piece(const char *name, struct hm_buf *out)
{
	hm_buf_init(out, 4u << 20);
	assert_int_equal(hm_read_file(path_of(name), out), 0);
}

static void test_piece_altered(void **state)
{
	struct hm_buf b;

	(void)state;
	in_pieces();
	finish();
	read_piece("log.1", &b);
	for (size_t at = 0; at < b.len; at += 37) {
		world_write(&w);
		world_flip(&w, below("log.1"), at);
		expect(HM_VERDICT_INCONSISTENT);
	}
	/* cut, and with something more */
	world_write(&w);
	world_file(&w, below("log.1"), b.data, b.len - 1);
	expect(HM_VERDICT_INCONSISTENT);
	world_file(&w, below("log.1"), b.data, 0);
	about_boot("log.1 is not an event log");
	assert_int_equal(hm_buf_byte(&b, 0), 0);
	world_file(&w, below("log.1"), b.data, b.len);
	expect(HM_VERDICT_INCONSISTENT);
	hm_buf_free(&b);
}

static void test_piece_twice(void **state)
{
	struct hm_buf b;

	(void)state;
	in_pieces();
	finish();
	read_piece("log.2", &b);
	rename_piece("log.3", "log.4");
	world_file(&w, below("log.3"), b.data, b.len);
	expect(HM_VERDICT_INCONSISTENT);
	hm_buf_free(&b);
	/* the same bytes in other files are the same log; only boot.json counts them */
	world_write(&w);
	world_remove(&w, below("log.4"));
	expect(HM_VERDICT_CLEAN);
}

/* A file that only looks like a piece does not count, one too many does. */
static void test_stray_names(void **state)
{
	(void)state;
	in_pieces();
	finish();
	world_file(&w, below("log.x"), "x", 1);
	world_file(&w, below("log.01"), "x", 1);
	world_file(&w, below("log.0"), "x", 1);
	expect(HM_VERDICT_CLEAN);
	world_file(&w, below("log.7"), "x", 1);
	about_boot("a piece of its log is not there");
}

static void test_another_boots_piece(void **state)
{
	struct hm_buf b;

	(void)state;
	in_pieces();
	next_boot(8);
	world_unit(&w);
	world_export(&w, 1);
	finish();
	expect(HM_VERDICT_CLEAN);
	hm_buf_init(&b, 4u << 20);
	gatelog_piece(&w.boots[1].log, w.boots[1].log.log.len - 300, w.boots[1].log.log.len, &b);
	hm_buf_reset(&b);
	read_piece("log.1", &b);
	{
		char path[80];

		snprintf(path, sizeof(path), "boots/%s/log.1", w.boots[1].hex);
		world_file(&w, path, b.data, b.len);
	}
	expect(HM_VERDICT_INCONSISTENT);
	hm_buf_free(&b);
}

/* --- EXPORT events --- */

/* Somebody with the PCR in hand measures an EXPORT that the gate never made. */
static void test_forged_export(void **state)
{
	struct gatelog *g = &w.boots[0].log;
	struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT };
	struct hm_ev_reader r;

	(void)state;
	two_units();
	assert_int_equal(hm_ev_reader_init(&r, g->log.data, g->log.len), 0);
	ev.u.exported.offset = g->log.len;
	ev.u.exported.seq = g->seq;
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
	finish();
	about_boot("are not the piece that the gate gave away");
}

static void test_export_of_more_than_there_is(void **state)
{
	struct gatelog *g = &w.boots[0].log;
	struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT };

	(void)state;
	two_units();
	ev.u.exported.offset = g->log.len + 1000;
	ev.u.exported.seq = g->seq;
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
	finish();
	about_boot("a piece is missing");
}

/* The EXPORT itself is taken out of the file. */
static void test_export_dropped(void **state)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(4u << 20);
	struct hm_ev_reader r;
	struct hm_ev ev;
	struct hm_buf b;
	size_t from = 0;

	(void)state;
	in_pieces();
	finish();
	read_piece("log.2", &b);
	assert_int_equal(hm_ev_reader_init(&r, b.data, b.len), 0);
	while (hm_ev_next(&r, &ev) == 1) {
		if (ev.tag != HM_EV_TAG_EXPORT)
			continue;
		assert_int_equal(hm_buf_add(&out, b.data, ev.at), 0);
		from = ev.at + ev.size;
	}
	assert_true(from > 0);
	assert_int_equal(hm_buf_add(&out, b.data + from, b.len - from), 0);
	world_file(&w, below("log.2"), out.data, out.len);
	about_boot("EXPORT at byte");
	hm_buf_free(&b);
}

/* Its sha256 is edited, and its digests with it: then it does not replay. */
static void test_export_edited(void **state)
{
	struct hm_ev_reader r;
	struct hm_ev ev;
	struct hm_buf b;

	(void)state;
	in_pieces();
	finish();
	read_piece("log", &b);
	assert_int_equal(hm_ev_reader_init(&r, b.data, b.len), 0);
	while (hm_ev_next(&r, &ev) == 1 && ev.tag != HM_EV_TAG_EXPORT)
		;
	assert_int_equal(ev.tag, HM_EV_TAG_EXPORT);
	b.data[ev.at + ev.size - 1] ^= 1;
	world_file(&w, below("log"), b.data, b.len);
	about_boot("its digest is not the hash of its content");
	hm_buf_free(&b);
}

static void test_boot_json_counts_pieces(void **state)
{
	static const char json[] = "{\"format\":1,\"boot\":\"%s\",\"pcr\":13,\"bank\":\"sha256\",\"size\":%llu%s}\n";
	char text[300];

	(void)state;
	in_pieces();
	finish();
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), json, w.boots[0].hex, (unsigned long long)w.boots[0].size,
			 i == 0 ? ",\"pieces\":3" : i == 1 ? ",\"pieces\":2" : "");
		world_file(&w, below("boot.json"), text, strlen(text));
		expect(i ? HM_VERDICT_INCONSISTENT : HM_VERDICT_CLEAN);
		if (i)
			expect_about(HM_VERDICT_INCONSISTENT, below("boot.json"), "pieces is not 3");
	}
}

#define PIECES_TEST(f) cmocka_unit_test_setup_teardown(f, verdict_setup, verdict_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PIECES_TEST(test_honest),
		PIECES_TEST(test_hidden_job_in_a_piece),
		PIECES_TEST(test_piece_removed),
		PIECES_TEST(test_piece_removed_and_renumbered),
		PIECES_TEST(test_pieces_swapped),
		PIECES_TEST(test_piece_altered),
		PIECES_TEST(test_piece_twice),
		PIECES_TEST(test_stray_names),
		PIECES_TEST(test_another_boots_piece),
		PIECES_TEST(test_forged_export),
		PIECES_TEST(test_export_of_more_than_there_is),
		PIECES_TEST(test_export_dropped),
		PIECES_TEST(test_export_edited),
		PIECES_TEST(test_boot_json_counts_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
