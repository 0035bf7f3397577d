// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a station may leave out of its ledger or tell wrongly, and then sign: each
 * lie alone, and the verdict with the words that it must get.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gs1/gs1.h"
#include "label/label.h"
#include "support/verdict.h"

/* --- unaccounted: the station signed, and something is missing --- */

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

static void break_leaf(size_t unit, const char *words)
{
	const struct hm_finding *f;

	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	f = expect_finding(HM_VERDICT_UNACCOUNTED, words);
	assert_string_equal(f->serial, w.units[unit].serial);
	assert_int_equal(report.n_findings, 1);
}

static void test_outcome_lies(void **state)
{
	struct hm_leaf_job *j;

	(void)state;
	two_units();
	j = &w.leaves[w.units[1].leaf[3]].jobs[1];
	j->sent++;
	break_leaf(1, "bytes sent");
	j->sent--;
	j->seq = 99;
	break_leaf(1, "job 99");
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
	break_leaf(1, "another marker");
	strcpy(j->marker, "printer-1");
	j->flags = 1;
	break_leaf(1, "another flags");
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
		w.leaves[w.units[0].leaf[i]].epc.bytes[11] ^= 1;
	one_wrong("its EPC is not that of its serial");
}

/* Each byte of it, in every leaf and in one alone; cut to what it was before; another unit's. */
static void each_byte_counts(const char *scheme, uint32_t len)
{
	struct hm_leaf *leaf;

	world_epc(&w, scheme);
	two_units();
	finish();
	expect(HM_VERDICT_CLEAN);
	leaf = &w.leaves[w.units[0].leaf[0]];
	assert_int_equal(leaf->epc.len, len);
	for (uint32_t at = 12; at < len; at++) {
		for (int i = 0; i < 4; i++)
			w.leaves[w.units[0].leaf[i]].epc.bytes[at] ^= 1;
		one_wrong("its EPC is not that of its serial");
		for (int i = 0; i < 3; i++)
			w.leaves[w.units[0].leaf[i]].epc.bytes[at] ^= 1;
		one_wrong("changes its EPC");
		w.leaves[w.units[0].leaf[3]].epc.bytes[at] ^= 1;
	}
	for (int i = 0; i < 4; i++)
		w.leaves[w.units[0].leaf[i]].epc.len = 12;
	one_wrong("its EPC is not that of its serial");
	for (int i = 0; i < 4; i++)
		w.leaves[w.units[0].leaf[i]].epc = w.leaves[w.units[1].leaf[0]].epc;
	one_wrong("its EPC is not that of its serial");
	expect_finding(HM_VERDICT_INCONSISTENT, "it has the EPC of unit");
}

static void test_sgtin_198(void **state)
{
	(void)state;
	each_byte_counts("sgtin-198", 26);
}

/* Eleven digits without a letter: 76 bits and 37. */
static void test_sgtin_plus(void **state)
{
	(void)state;
	each_byte_counts("sgtin+", 16);
}

/* The product says one scheme, the leaves another: both are EPCs of that serial. */
static void test_epc_of_another_scheme(void **state)
{
	(void)state;
	two_units();
	for (int i = 0; i < 4; i++)
		assert_int_equal(hm_gs1_epc("sgtin-198", "09521234543213", 7, 1, w.units[0].serial,
					    &w.leaves[w.units[0].leaf[i]].epc), 0);
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

#define T(f) cmocka_unit_test_setup_teardown(f, verdict_setup, verdict_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_leaf_left_out),
		T(test_write_leaf_left_out),
		T(test_whole_unit_left_out),
		T(test_job_behind_the_back),
		T(test_query_of_anything),
		T(test_ghost),
		T(test_outcome_lies),
		T(test_announcement_lies),
		T(test_lapsed_lies),
		T(test_label_without_reprint),
		T(test_active_without_marks),
		T(test_job_never_told),
		T(test_unknown_boot_directory),
		T(test_label_inputs),
		T(test_label_payload),
		T(test_render_version),
		T(test_record),
		T(test_record_anchors),
		T(test_record_signature),
		T(test_certificate),
		T(test_epc),
		T(test_sgtin_198),
		T(test_sgtin_plus),
		T(test_epc_of_another_scheme),
		T(test_changes),
		T(test_reserved_twice),
		T(test_step_missing),
		T(test_serial_of_no_scheme),
		T(test_shared_anchors),
		T(test_void_unit_gives_its_board_back),
	};

	return cmocka_run_group_tests_name("audit story", tests, NULL, NULL);
}
