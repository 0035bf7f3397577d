// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The audit's verdicts on a bundle as a whole: clean, changed by somebody, cut
 * short, made without a gate; each by an input that breaks one rule alone. The
 * stations of these tests keep their keys in software; the evidence is otherwise
 * formed as a station forms it. What a station's own story may be wrong about is
 * in test_audit_story.c.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "label/driver.h"
#include "support/verdict.h"

/* --- clean --- */

static void test_clean(void **state)
{
	(void)state;
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.n_findings, 0);
	assert_int_equal(report.units, 2);
	assert_int_equal(report.active, 2);
	assert_int_equal(report.jobs, 10);
	assert_int_equal(report.queries, 2);
	assert_int_equal(report.leaves, w.n_leaves);
	assert_int_equal(report.boots, 1);
	assert_string_equal(report.station, "st-test");
	assert_int_equal(strlen(report.root_sha256), 64);
}

static void test_clean_unfinished(void **state)
{
	(void)state;
	world_unit_to(&w, 1);
	world_unit_to(&w, 2);	/* marked, and nobody told yet */
	world_unit_to(&w, 3);
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.active, 0);
}

static void test_clean_boots(void **state)
{
	(void)state;
	two_units();
	world_close(&w, 0);
	world_quote(&w, 0);
	world_boot(&w, 8);
	world_unit(&w);
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.boots, 2);
}

static void test_clean_reprint(void **state)
{
	(void)state;
	two_units();
	world_reprint(&w, 0, 1);
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void test_no_bundle(void **state)
{
	struct hm_audit_params p = { .bundle = "/nonexistent/bundle" };

	(void)state;
	assert_int_equal(hm_audit(&p, &report, NULL), -HM_ENOT_FOUND);
	/* a directory with nothing in it */
	expect(HM_VERDICT_INCONSISTENT);
}

/* --- inconsistent: somebody changed the bundle --- */

static void test_any_byte_of_any_file(void **state)
{
	static const struct { const char *path; size_t at; } where[] = {
		{ "checkpoint", 20 }, { "vkey", 25 }, { "tile/entries/000.p/11", 300 }, { "tile/0/000.p/11", 100 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/log", 700 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/note", 30 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/pcr", 0 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/quote.attest", 60 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/quote.sig", 20 },
		{ "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/boot.json", 12 },
		{ "certs/sign.pem", 200 }, { "certs/ak.pem", 200 }, { "certs/issuer.pem", 200 },
		{ "units/10000000016/cert.pem", 200 }, { "units/10000000016/chain.pem", 200 },
		{ "units/10000000016/eeprom.bin", 40 }, { "units/10000000016/record.cwt", 90 },
		{ "units/10000000016/label.zpl", 5 }, { "units/10000000016/unit.tlog-proof", 60 },
		{ "bundle.json", 12 },
	};

	(void)state;
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		world_flip(&w, where[i].path, where[i].at);
		look();
		if (report.verdict != HM_VERDICT_INCONSISTENT) {
			print_message("%s\n", where[i].path);
			show();
		}
		assert_int_equal(report.verdict, HM_VERDICT_INCONSISTENT);
		world_flip(&w, where[i].path, where[i].at);
	}
	expect(HM_VERDICT_CLEAN);
}

/* Files of the bundle, as nftw() finds them. */
static char found[128][128];
static size_t n_found;

static int collect(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_F && sb->st_size && n_found < 128)
		snprintf(found[n_found++], sizeof(found[0]), "%s", path + strlen(w.dir) + 1);
	return 0;
}

/*
 * One bit of any file, anywhere: inconsistent. JSON and PEM have bytes that say
 * nothing (white space); there the audit may also find nothing at all.
 */
static void test_random_damage(void **state)
{
	char full[300];
	struct stat sb;

	(void)state;
	two_units();
	finish();
	n_found = 0;
	assert_int_equal(nftw(w.dir, collect, 16, FTW_PHYS), 0);
	assert_true(n_found > 30);
	srand(20261122);
	for (int i = 0; i < 300; i++) {
		const char *path = found[(size_t)rand() % n_found];
		bool prose = strstr(path, ".json") || strstr(path, ".pem");
		size_t at;

		snprintf(full, sizeof(full), "%s/%s", w.dir, path);
		assert_int_equal(stat(full, &sb), 0);
		at = (size_t)rand() % (size_t)sb.st_size;
		world_flip(&w, path, at);
		look();
		if (report.verdict != HM_VERDICT_INCONSISTENT && !(prose && report.verdict == HM_VERDICT_CLEAN)) {
			show();
			fail_msg("%s, byte %zu", path, at);
		}
		world_flip(&w, path, at);
	}
	expect(HM_VERDICT_CLEAN);
}

static void test_missing_files(void **state)
{
	static const char *const paths[] = {
		"checkpoint", "vkey", "bundle.json", "certs/root.pem", "certs/sign.pem", "certs/ak.pem",
		"boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/log", "boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/note",
		"boots/b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0/quote.sig", "tile/entries/000.p/11", "tile/0/000.p/11",
		"units/10000000016/cert.pem", "units/10000000016/record.cwt", "units/10000000016/unit.tlog-proof",
	};

	(void)state;
	two_units();
	finish();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		world_remove(&w, paths[i]);
		expect(HM_VERDICT_INCONSISTENT);
		expect_finding(HM_VERDICT_INCONSISTENT, paths[i]);
		world_write(&w);
	}
	expect(HM_VERDICT_CLEAN);
}

static void test_missing_blob(void **state)
{
	char path[80] = "blobs/";

	(void)state;
	two_units();
	finish();
	for (int i = 0; i < 4; i++) {
		const uint8_t *hash[] = { w.product_sha256, w.template_sha256, w.leaves[w.units[0].leaf[2]].image_sha256,
					  w.leaves[w.units[0].leaf[1]].cert_sha256 };

		hm_hex(hash[i], 32, path + 6);
		world_remove(&w, path);
		expect(HM_VERDICT_INCONSISTENT);
		expect_finding(HM_VERDICT_INCONSISTENT, path);
		world_write(&w);
		world_flip(&w, path, 3);
		expect(HM_VERDICT_INCONSISTENT);
		world_write(&w);
	}
	expect(HM_VERDICT_CLEAN);
}

static void test_leaf_removed_from_bundle(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1u << 20);

	(void)state;
	two_units();
	finish();
	for (size_t gone = 0; gone < w.n_leaves; gone++) {
		hm_buf_reset(&b);
		for (size_t i = 0; i < w.n_leaves; i++) {
			if (i == gone)
				continue;
			assert_int_equal(hm_buf_be16(&b, (uint16_t)w.encoded[i].len), 0);
			assert_int_equal(hm_buf_add(&b, w.encoded[i].data, w.encoded[i].len), 0);
		}
		world_file(&w, "tile/entries/000.p/11", b.data, b.len);
		expect(HM_VERDICT_INCONSISTENT);
		expect_finding(HM_VERDICT_INCONSISTENT, "where 11 were signed");
	}
}

/* Cut the events [first, end) out of the log that the bundle holds. */
static void cut_events(unsigned int first, unsigned int end)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1u << 20);
	struct world_boot *boot = &w.boots[0];
	struct hm_ev_reader r;
	struct hm_ev ev;
	char path[80];

	assert_int_equal(hm_ev_reader_init(&r, boot->snapshot.data, boot->snapshot.len), 0);
	assert_int_equal(hm_buf_add(&b, boot->snapshot.data, r.pos), 0);
	for (unsigned int i = 0; hm_ev_next(&r, &ev) == 1; i++)
		if (i < first || i >= end)
			assert_int_equal(hm_buf_add(&b, boot->snapshot.data + ev.at, ev.size), 0);
	snprintf(path, sizeof(path), "boots/%s/log", boot->hex);
	world_file(&w, path, b.data, b.len);
}

static void test_job_removed_from_log(void **state)
{
	(void)state;
	two_units();
	finish();
	/* START, then pairs: the request, the label, four writes, ... */
	for (unsigned int first = 1; first < 25; first += 2) {
		cut_events(first, first + 2);
		expect(HM_VERDICT_INCONSISTENT);
		expect_finding(HM_VERDICT_INCONSISTENT, "does not replay");
	}
}

static void test_event_content_changed(void **state)
{
	struct hm_ev_reader r;
	struct hm_ev ev;
	char path[80];

	(void)state;
	two_units();
	finish();
	snprintf(path, sizeof(path), "boots/%s/log", w.boots[0].hex);
	assert_int_equal(hm_ev_reader_init(&r, w.boots[0].snapshot.data, w.boots[0].snapshot.len), 0);
	while (hm_ev_next(&r, &ev) == 1) {
		if (ev.tag != HM_EV_TAG_INTENT)
			continue;
		/* the last byte of the event is one of the payload's digest */
		world_flip(&w, path, (size_t)(ev.data - w.boots[0].snapshot.data) + ev.data_len - 1);
		expect(HM_VERDICT_INCONSISTENT);
		expect_finding(HM_VERDICT_INCONSISTENT, "not the hash of its content");
		world_flip(&w, path, (size_t)(ev.data - w.boots[0].snapshot.data) + ev.data_len - 1);
	}
}

static void test_foreign_root(void **state)
{
	struct hm_audit_params p = { .bundle = w.dir };
	struct world other;
	char path[100];

	(void)state;
	two_units();
	finish();
	world_begin(&other);
	world_quote(&other, 0);
	world_write(&other);
	snprintf(path, sizeof(path), "%s/certs/root.pem", other.dir);
	p.trusted_root = path;
	assert_int_equal(hm_audit(&p, &report, NULL), 0);
	assert_int_equal(report.verdict, HM_VERDICT_INCONSISTENT);
	hm_audit_free(&report);
	snprintf(path, sizeof(path), "%s/certs/root.pem", w.dir);
	assert_int_equal(hm_audit(&p, &report, NULL), 0);
	assert_int_equal(report.verdict, HM_VERDICT_CLEAN);
	p.trusted_root = "/nonexistent";
	hm_audit_free(&report);
	assert_int_not_equal(hm_audit(&p, &report, NULL), 0);
	world_end(&other);
}

/* An old checkpoint that is no beginning of today's ledger: history was rewritten. */
static void test_rewritten_history(void **state)
{
	(void)state;
	two_units();
	world_close(&w, 0);
	world_quote(&w, 0);
	world_boot(&w, 8);
	strcpy(w.leaves[w.units[0].leaf[0]].who, "somebody");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, "not a beginning of this ledger");
}

static void test_wrong_nonce(void **state)
{
	char path[80];

	(void)state;
	two_units();
	world_quote(&w, 0);
	world_leaf(&w, HM_LEAF_PRODUCT);
	w.leaves[w.n_leaves - 1] = w.leaves[1];
	world_sign(&w);
	world_write(&w);
	/* the newer note beside the older quote */
	snprintf(path, sizeof(path), "boots/%s/note", w.boots[0].hex);
	world_file(&w, path, w.note.data, w.note.len);
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, "another nonce");
}

/* --- unproven --- */

static size_t count_units(enum hm_verdict v)
{
	size_t n = 0;

	for (size_t i = 0; i < report.n_findings; i++)
		n += report.findings[i].verdict == v && report.findings[i].serial[0];
	return n;
}

/* The power failed behind the last quote: exactly the units of that window. */
static void test_lost_window(void **state)
{
	size_t half, late;
	struct hm_leaf *l;

	(void)state;
	world_unit(&w);
	half = world_unit_to(&w, 2);
	world_quote(&w, 0);
	/* behind the quote: one unit goes all the way, one is cut off in its label */
	late = world_unit(&w);
	world_unit_to(&w, 1);
	{
		size_t cut = world_unit_to(&w, 2);

		world_boot(&w, 8);
		/* the next boot tells that nobody can tell */
		l = world_leaf(&w, HM_LEAF_UNIT);
		*l = w.leaves[w.units[cut].leaf[1]];
		l->n_inputs = 0;
		l->jobs[0].role = HM_JOB_LOST;
		world_quote(&w, 1);
		world_write(&w);
		expect(HM_VERDICT_UNPROVEN);
		assert_int_equal(count_units(HM_VERDICT_UNPROVEN), 2);
		assert_string_equal(expect_finding(HM_VERDICT_UNPROVEN, w.units[late].serial)->serial,
				    w.units[late].serial);
		expect_finding(HM_VERDICT_UNPROVEN, w.units[cut].serial);
		expect_finding(HM_VERDICT_UNPROVEN, "ended without a closing quote");
		assert_null(finding(HM_VERDICT_UNPROVEN, w.units[half].serial));
		assert_null(finding(HM_VERDICT_UNPROVEN, w.units[0].serial));
	}
}

static void test_boot_never_quoted(void **state)
{
	(void)state;
	two_units();
	world_boot(&w, 8);
	world_unit(&w);
	world_quote(&w, 1);
	world_write(&w);
	expect(HM_VERDICT_UNPROVEN);
	assert_int_equal(count_units(HM_VERDICT_UNPROVEN), 2);
	expect_finding(HM_VERDICT_UNPROVEN, "no checkpoint was ever quoted");
	assert_null(finding(HM_VERDICT_UNPROVEN, w.units[2].serial));
}

static void test_boot_in_between(void **state)
{
	(void)state;
	two_units();
	world_close(&w, 0);
	world_quote(&w, 0);
	world_boot(&w, 9);	/* 7, then 9 */
	finish();
	expect(HM_VERDICT_UNPROVEN);
	expect_finding(HM_VERDICT_UNPROVEN, "left no log");
	w.boots[1].reset_count = 6;
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, "no more resets");
}

/* Closed, and then marks were announced again: it is not closed any more. */
static void test_reopened(void **state)
{
	(void)state;
	world_unit(&w);
	world_close(&w, 0);
	world_quote(&w, 0);
	world_unit(&w);
	world_boot(&w, 8);
	finish();
	expect(HM_VERDICT_UNPROVEN);
	assert_int_equal(count_units(HM_VERDICT_UNPROVEN), 1);
	expect_finding(HM_VERDICT_UNPROVEN, w.units[1].serial);
}

static void test_closed_boot_hides_nothing(void **state)
{
	(void)state;
	two_units();
	world_reprint(&w, 1, 1);
	/* its log ends before that label, whatever the leaves say */
	memset(w.leaves[w.n_leaves - 2].jobs[0].job_id, 0xee, 16);
	memset(w.leaves[w.n_leaves - 1].jobs[0].job_id, 0xee, 16);
	w.leaves[w.n_leaves - 1].jobs[0].seq = 500;
	world_close(&w, 0);
	world_quote(&w, 0);
	world_boot(&w, 8);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "tells of job 500");
}

static void test_pcr_before_start(void **state)
{
	uint8_t before[32] = { 1 };

	(void)state;
	gatelog_free(&w.boots[0].log);
	gatelog_start(&w.boots[0].log, w.boots[0].id, before);
	two_units();
	finish();
	expect(HM_VERDICT_UNPROVEN);
	expect_finding(HM_VERDICT_UNPROVEN, "was not zero when the gate started");
}

static void test_quote_raced(void **state)
{
	char path[80];

	(void)state;
	two_units();
	world_quote(&w, 0);
	/* the log was copied a little later than it was quoted */
	world_query(&w, hm_label_driver_of("x.zpl")->ask_status);
	world_write(&w);
	snprintf(path, sizeof(path), "boots/%s/log", w.boots[0].hex);
	world_file(&w, path, w.boots[0].log.log.data, w.boots[0].log.log.len);
	expect(HM_VERDICT_CLEAN);
}

/* --- ungated --- */

static void without_gate(void)
{
	w.gated = false;
	w.n_leaves--;		/* no gate, no boot */
	w.n_boots--;
	gatelog_free(&w.boots[0].log);
	world_unit(&w);
	world_unit(&w);
}

static void test_ungated(void **state)
{
	(void)state;
	without_gate();
	world_sign(&w);
	world_write(&w);
	expect(HM_VERDICT_UNGATED);
	assert_int_equal(report.n_findings, 1);
	expect_finding(HM_VERDICT_UNGATED, "10 jobs of 2 units");
}

static void test_ungated_leaf_left_out(void **state)
{
	char hex[33];

	(void)state;
	without_gate();
	drop_leaf(w.units[0].leaf[1]);
	world_sign(&w);
	world_write(&w);
	expect(HM_VERDICT_UNACCOUNTED);
	hm_hex(w.units[0].job[0], 16, hex);
	expect_finding(HM_VERDICT_UNACCOUNTED, hex);
}

#define T(f) cmocka_unit_test_setup_teardown(f, verdict_setup, verdict_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_clean),
		T(test_clean_unfinished),
		T(test_clean_boots),
		T(test_clean_reprint),
		T(test_no_bundle),
		T(test_any_byte_of_any_file),
		T(test_random_damage),
		T(test_missing_files),
		T(test_missing_blob),
		T(test_leaf_removed_from_bundle),
		T(test_job_removed_from_log),
		T(test_event_content_changed),
		T(test_foreign_root),
		T(test_rewritten_history),
		T(test_wrong_nonce),
		T(test_lost_window),
		T(test_boot_never_quoted),
		T(test_boot_in_between),
		T(test_reopened),
		T(test_closed_boot_hides_nothing),
		T(test_pcr_before_start),
		T(test_quote_raced),
		T(test_ungated),
		T(test_ungated_leaf_left_out),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
