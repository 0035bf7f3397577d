// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every verdict, each by an input that breaks one rule alone, beside a clean
 * control. The stations of these tests keep their keys in software; the evidence
 * is otherwise formed as a station forms it.
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

#include "audit/audit.h"
#include "label/label.h"
#include "support/world.h"

static struct world w;
static struct hm_audit_report report;

static int setup(void **state)
{
	(void)state;
	world_begin(&w);
	memset(&report, 0, sizeof(report));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hm_audit_free(&report);
	world_end(&w);
	return 0;
}

static void look(void)
{
	struct hm_audit_params p = { .bundle = w.dir };
	struct hm_err err = { "" };

	hm_audit_free(&report);
	assert_int_equal(hm_audit(&p, &report, &err), 0);
}

static void show(void)
{
	print_message("verdict %s\n", hm_verdict_name(report.verdict));
	for (size_t i = 0; i < report.n_findings; i++)
		print_message("  %s | %s | %s | %s\n", hm_verdict_name(report.findings[i].verdict),
			      report.findings[i].subject, report.findings[i].serial, report.findings[i].text);
}

static void expect(enum hm_verdict v)
{
	look();
	if (report.verdict != v)
		show();
	assert_string_equal(hm_verdict_name(report.verdict), hm_verdict_name(v));
}

/* Is there a finding of that verdict with these words in subject or text? */
static const struct hm_finding *finding(enum hm_verdict v, const char *words)
{
	for (size_t i = 0; i < report.n_findings; i++)
		if (report.findings[i].verdict == v &&
		    (strstr(report.findings[i].subject, words) || strstr(report.findings[i].text, words)))
			return &report.findings[i];
	return NULL;
}

static const struct hm_finding *expect_finding(enum hm_verdict v, const char *words)
{
	const struct hm_finding *f = finding(v, words);

	if (!f)
		show();
	assert_non_null(f);
	return f;
}

static void two_units(void)
{
	world_query(&w, hm_zpl_query_hs);
	world_unit(&w);
	world_query(&w, hm_zpl_query_hs);
	world_unit(&w);
}

static void finish(void)
{
	world_quote(&w, w.n_boots - 1);
	world_write(&w);
}

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

/* --- unaccounted: the station signed, and something is missing --- */

static void drop_leaf(size_t at)
{
	memmove(&w.leaves[at], &w.leaves[at + 1], (w.n_leaves - at - 1) * sizeof(w.leaves[0]));
	w.n_leaves--;
}

static void test_leaf_left_out(void **state)
{
	char hex[33];

	(void)state;
	two_units();
	drop_leaf(w.units[0].leaf[1]);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	hm_hex(w.units[0].job[0], 16, hex);
	expect_finding(HM_VERDICT_UNACCOUNTED, hex);
}

static void test_write_leaf_left_out(void **state)
{
	char hex[33];

	(void)state;
	two_units();
	drop_leaf(w.units[0].leaf[2]);
	/* its record and image went with it */
	hm_buf_reset(&w.units[0].record);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	for (int i = 1; i < 5; i++) {
		hm_hex(w.units[0].job[i], 16, hex);
		expect_finding(HM_VERDICT_UNACCOUNTED, hex);
	}
}

static void test_whole_unit_left_out(void **state)
{
	char hex[33];

	(void)state;
	two_units();
	for (int i = 3; i >= 0; i--)
		drop_leaf(w.units[0].leaf[i]);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	hm_hex(w.units[0].job[0], 16, hex);
	expect_finding(HM_VERDICT_UNACCOUNTED, hex);
	assert_int_equal(report.n_findings, 5);
}

static void test_job_behind_the_back(void **state)
{
	uint8_t id[16] = { 0xba, 0xd0 }, digest[32] = { 1 };
	const struct hm_finding *f;

	(void)state;
	two_units();
	gatelog_outcome(&w.boots[0].log, gatelog_intent(&w.boots[0].log, id, 0, "printer-1", 0, 40, digest), 1, 40);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	assert_int_equal(report.n_findings, 1);
	f = expect_finding(HM_VERDICT_UNACCOUNTED, "no leaf announced it");
	assert_string_equal(f->subject, "job bad00000000000000000000000000000");
}

static void test_query_of_anything(void **state)
{
	(void)state;
	two_units();
	world_query(&w, "^XA^FDsmuggled^FS^XZ");
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "as a status request");
}

/* A leaf whose job never was. */
static void test_ghost(void **state)
{
	const struct hm_finding *f;

	(void)state;
	two_units();
	world_reprint(&w, 1, 1);
	world_quote(&w, 0);
	world_write(&w);
	expect(HM_VERDICT_CLEAN);
	/* now the same story, told about a job that the gate does not know */
	memset(w.leaves[w.n_leaves - 2].jobs[0].job_id, 0xee, 16);
	memset(w.leaves[w.n_leaves - 1].jobs[0].job_id, 0xee, 16);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	f = expect_finding(HM_VERDICT_UNACCOUNTED, "which the gate never measured");
	assert_string_equal(f->serial, w.units[1].serial);
}

static void break_leaf(size_t unit, int step, size_t job, const char *words)
{
	const struct hm_finding *f;

	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	f = expect_finding(HM_VERDICT_UNACCOUNTED, words);
	assert_string_equal(f->serial, w.units[unit].serial);
	assert_int_equal(report.n_findings, 1);
	(void)step;
	(void)job;
}

static void test_outcome_lies(void **state)
{
	struct hm_leaf_job *j;

	(void)state;
	two_units();
	j = &w.leaves[w.units[1].leaf[3]].jobs[1];
	j->sent++;
	break_leaf(1, 3, 1, "bytes sent");
	j->sent--;
	j->seq = 99;
	break_leaf(1, 3, 1, "job 99");
	j->seq = w.units[1].seq[2];
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void test_announcement_lies(void **state)
{
	struct hm_leaf_job *j;

	(void)state;
	two_units();
	j = &w.leaves[w.units[1].leaf[1]].jobs[0];
	strcpy(j->marker, "printer-2");
	break_leaf(1, 1, 0, "another marker");
	strcpy(j->marker, "printer-1");
	j->flags = 1;
	break_leaf(1, 1, 0, "another flags");
}

static void test_lapsed_lies(void **state)
{
	size_t u;

	(void)state;
	world_unit(&w);
	u = world_unit_to(&w, 2);
	world_leaf(&w, HM_LEAF_UNIT);
	w.leaves[w.n_leaves - 1] = w.leaves[w.units[u].leaf[1]];
	w.leaves[w.n_leaves - 1].jobs[0].role = HM_JOB_LAPSED;
	w.leaves[w.n_leaves - 1].n_inputs = 0;
	strcpy(w.leaves[w.n_leaves - 1].state, "bound");
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "nothing was sent, the gate measured it");
}

static void test_label_without_reprint(void **state)
{
	(void)state;
	two_units();
	world_reprint(&w, 0, 0);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "no REPRINT");
}

static void test_active_without_marks(void **state)
{
	(void)state;
	two_units();
	/* its EEPROM's last write failed, and it was called active all the same */
	w.leaves[w.units[0].leaf[3]].jobs[3].state = 4;
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "no leaf tells that its EEPROM was written");
}

static void test_job_never_told(void **state)
{
	(void)state;
	two_units();
	w.leaves[w.units[0].leaf[3]].jobs[1] = w.leaves[w.units[0].leaf[3]].jobs[3];
	w.leaves[w.units[0].leaf[3]].n_jobs = 3;
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "what became of its job");
}

static void test_unknown_boot_directory(void **state)
{
	(void)state;
	two_units();
	finish();
	world_file(&w, "boots/c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0/log", "x", 1);
	expect(HM_VERDICT_UNACCOUNTED);
}

/* --- inconsistent: the station's own story contradicts itself --- */

static void one_wrong(const char *words)
{
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, words);
}

static void test_label_inputs(void **state)
{
	struct hm_leaf *l;

	(void)state;
	two_units();
	l = &w.leaves[w.units[0].leaf[1]];
	for (size_t i = 0; i < l->n_inputs; i++) {
		char keep = l->inputs[i].value[0];

		l->inputs[i].value[0] = 'Z';
		one_wrong("in its leaf, and must be");
		l->inputs[i].value[0] = keep;
	}
	l->n_inputs--;
	one_wrong("inputs");
}

/* Another label than that of the inputs, honestly announced and measured. */
static void test_label_payload(void **state)
{
	struct hm_leaf_job *j;
	size_t u;

	(void)state;
	world_unit(&w);
	u = world_unit_to(&w, 1);
	(void)u;
	world_unit_to(&w, 2);
	j = &w.leaves[w.n_leaves - 1].jobs[0];
	memset(j->job_id, 0x77, 16);
	memset(j->digest, 0x78, 32);
	gatelog_outcome(&w.boots[0].log, gatelog_intent(&w.boots[0].log, j->job_id, 0, j->marker, 0, j->len,
							j->digest), 1, j->len);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_finding(HM_VERDICT_INCONSISTENT, "not the one that its template and inputs make");
}

static void test_render_version(void **state)
{
	(void)state;
	two_units();
	w.leaves[w.units[0].leaf[1]].render_version = 9;
	finish();
	expect(HM_VERDICT_UNPROVEN);
	expect_finding(HM_VERDICT_UNPROVEN, "version 9");
}

static void test_record(void **state)
{
	struct hm_leaf *l;

	(void)state;
	two_units();
	l = &w.leaves[w.units[0].leaf[2]];
	/* another unit's record, in its own image */
	memcpy(l->record, w.leaves[w.units[1].leaf[2]].record, l->record_len);
	memcpy(l->image_sha256, w.leaves[w.units[1].leaf[2]].image_sha256, 32);
	one_wrong("its record is of another serial");
	expect_finding(HM_VERDICT_INCONSISTENT, "names another serial");
	expect_finding(HM_VERDICT_INCONSISTENT, "is not that of its image");
}

static void test_record_anchors(void **state)
{
	(void)state;
	two_units();
	w.leaves[w.units[0].leaf[2]].tid[23] = 'A';
	one_wrong("other anchors");
}

static void test_record_signature(void **state)
{
	(void)state;
	two_units();
	w.leaves[w.units[0].leaf[2]].record[w.leaves[w.units[0].leaf[2]].record_len - 1] ^= 1;
	one_wrong("its record:");
}

static void test_certificate(void **state)
{
	(void)state;
	two_units();
	for (int i = 1; i < 4; i++)
		memcpy(w.leaves[w.units[0].leaf[i]].cert_sha256, w.leaves[w.units[1].leaf[1]].cert_sha256, 32);
	one_wrong("its certificate names another serial");
	expect_finding(HM_VERDICT_INCONSISTENT, "for another key");
}

static void test_epc(void **state)
{
	(void)state;
	two_units();
	for (int i = 0; i < 4; i++)
		w.leaves[w.units[0].leaf[i]].epc[11] ^= 1;
	one_wrong("its EPC is not that of its serial");
}

static void test_changes(void **state)
{
	(void)state;
	two_units();
	strcpy(w.leaves[w.units[0].leaf[2]].lot, "L2");
	one_wrong("changes its lot");
}

static void test_reserved_twice(void **state)
{
	(void)state;
	two_units();
	world_leaf(&w, HM_LEAF_UNIT);
	w.leaves[w.n_leaves - 1] = w.leaves[w.units[0].leaf[0]];
	one_wrong("reserves a serial that leaf");
}

static void test_step_missing(void **state)
{
	(void)state;
	two_units();
	strcpy(w.leaves[w.units[0].leaf[2]].state, "bound");
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_finding(HM_VERDICT_UNACCOUNTED, "no way leads from bound to active");
}

static void test_serial_of_no_scheme(void **state)
{
	size_t u;

	(void)state;
	u = world_unit_to(&w, 1);
	strcpy(w.leaves[w.units[u].leaf[0]].serial, "10000000019");
	strcpy(w.units[u].serial, "10000000019");
	one_wrong("numbering scheme");
}

static void test_shared_anchors(void **state)
{
	const struct { size_t at, len; const char *what; } shared[] = {
		{ offsetof(struct hm_leaf, tid), 25, "TID" },
		{ offsetof(struct hm_leaf, ek_sha256), 32, "EK" },
		{ offsetof(struct hm_leaf, key_sha256), 32, "key" },
	};

	(void)state;
	two_units();
	for (size_t i = 0; i < 3; i++) {
		char words[60];
		uint8_t keep[32];

		for (int k = 2; k < 4; k++) {
			uint8_t *to = (uint8_t *)&w.leaves[w.units[1].leaf[k]] + shared[i].at;

			memcpy(keep, to, shared[i].len);
			memcpy(to, (uint8_t *)&w.leaves[w.units[0].leaf[k]] + shared[i].at, shared[i].len);
		}
		snprintf(words, sizeof(words), "it has the %s of unit %s", shared[i].what, w.units[0].serial);
		one_wrong(words);
		for (int k = 2; k < 4; k++)
			memcpy((uint8_t *)&w.leaves[w.units[1].leaf[k]] + shared[i].at, keep, shared[i].len);
	}
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void test_void_unit_gives_its_board_back(void **state)
{
	(void)state;
	world_unit_to(&w, 2);
	w.leaves[world_leaf(&w, HM_LEAF_UNIT) - w.leaves] = w.leaves[w.units[0].leaf[1]];
	w.leaves[w.n_leaves - 1].n_inputs = 0;
	strcpy(w.leaves[w.n_leaves - 1].state, "void");
	strcpy(w.leaves[w.n_leaves - 1].step, "void");
	w.leaves[w.n_leaves - 1].jobs[0].role = HM_JOB_OBSERVED;
	w.leaves[w.n_leaves - 1].jobs[0].state = 1;
	w.leaves[w.n_leaves - 1].jobs[0].sent = w.leaves[w.n_leaves - 1].jobs[0].len;
	w.leaves[w.n_leaves - 1].jobs[0].seq = w.units[0].seq[0];
	world_unit_to(&w, 2);
	memcpy(w.leaves[w.n_leaves - 1].ek_sha256, w.units[0].ek, 32);
	finish();
	expect(HM_VERDICT_CLEAN);
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
	expect_finding(HM_VERDICT_INCONSISTENT, "fewer resets");
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
	world_query(&w, hm_zpl_query_hs);
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

/* --- one record --- */

static void test_verify_record(void **state)
{
	_cleanup_buf_ struct hm_buf eeprom = HM_BUF_INIT(1u << 20);
	struct hm_verify_result v;
	struct world_unit *u;
	char sign[100], root[100], other[100];

	(void)state;
	two_units();
	finish();
	u = &w.units[0];
	snprintf(sign, sizeof(sign), "%s/certs/sign.pem", w.dir);
	snprintf(root, sizeof(root), "%s/certs/root.pem", w.dir);
	snprintf(other, sizeof(other), "%s/certs/ak.pem", w.dir);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, root, &v, NULL), 0);
	assert_string_equal(v.serial, u->serial);
	assert_string_equal(v.product, "demo-sensor");
	assert_int_equal(v.generation, 1);
	/* the whole memory, slot A, then slot A cut off and slot B whole */
	for (size_t i = 0; i < 32768; i++)
		assert_int_equal(hm_buf_byte(&eeprom, 0xff), 0);
	memcpy(eeprom.data, u->image.data, u->image.len);
	assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), 0);
	memcpy(eeprom.data + 16384, u->image.data, u->image.len);
	eeprom.data[0] = 0xff;
	assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), 0);
	assert_string_equal(v.serial, u->serial);
	/* blank, damaged, of another key, of another root */
	memset(eeprom.data, 0xff, eeprom.len);
	assert_int_equal(hm_verify_record(eeprom.data, eeprom.len, sign, root, &v, NULL), -HM_EBAD_FORMAT);
	u->record.data[u->record.len - 1] ^= 1;
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, root, &v, NULL), -HM_EBAD_SIGNATURE);
	assert_true(v.text[0]);
	u->record.data[u->record.len - 1] ^= 1;
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, other, root, &v, NULL), -HM_EBAD_SIGNATURE);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, sign, other, &v, NULL), -HM_EUNTRUSTED);
	assert_int_equal(hm_verify_record(u->record.data, u->record.len, "/nonexistent", root, &v, NULL),
			 -HM_ENOT_FOUND);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_clean), T(test_clean_unfinished), T(test_clean_boots), T(test_clean_reprint),
		T(test_no_bundle), T(test_any_byte_of_any_file), T(test_random_damage), T(test_missing_files), T(test_missing_blob),
		T(test_leaf_removed_from_bundle), T(test_job_removed_from_log), T(test_event_content_changed),
		T(test_foreign_root), T(test_rewritten_history), T(test_wrong_nonce),
		T(test_leaf_left_out), T(test_write_leaf_left_out), T(test_whole_unit_left_out),
		T(test_job_behind_the_back), T(test_query_of_anything), T(test_ghost), T(test_outcome_lies),
		T(test_announcement_lies), T(test_lapsed_lies), T(test_label_without_reprint),
		T(test_active_without_marks), T(test_job_never_told), T(test_unknown_boot_directory),
		T(test_label_inputs), T(test_label_payload), T(test_render_version), T(test_record),
		T(test_record_anchors), T(test_record_signature), T(test_certificate), T(test_epc),
		T(test_changes), T(test_reserved_twice), T(test_step_missing), T(test_serial_of_no_scheme),
		T(test_shared_anchors), T(test_void_unit_gives_its_board_back),
		T(test_lost_window), T(test_boot_never_quoted), T(test_boot_in_between), T(test_reopened),
		T(test_closed_boot_hides_nothing), T(test_pcr_before_start), T(test_quote_raced),
		T(test_ungated), T(test_ungated_leaf_left_out), T(test_verify_record),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
