// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A station that lies with all its own keys in hand: it signs what it likes, quotes
 * when it likes, and edits the files that nobody signs. Whatever it marked must
 * come out, and the finding must name the unit, job, boot or file. Beside each lie
 * stands the same shape told honestly, which must be clean: a rule that refuses
 * everything proves nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "label/label.h"
#include "record/record.h"
#include "support/verdict.h"

#define DONE	1
#define QUERY	2

static const char foreign_label[] = "^XA\n^FO10,10^A0N,30,30^FDSERIAL 1999999999^FS\n^XZ\n";

/* --- pieces of stories --- */

static void about_job(enum hm_verdict v, const uint8_t id[16], const char *words)
{
	char subject[48] = "job ";

	hm_hex(id, 16, subject + 4);
	expect_about(v, subject, words);
}

static void about_boot(enum hm_verdict v, size_t boot, const char *words)
{
	char subject[48];

	snprintf(subject, sizeof(subject), "boot %s", w.boots[boot].hex);
	expect_about(v, subject, words);
}

/* A leaf of the unit, bound and tagged as it is now, once it can be. */
static struct hm_leaf *told(struct world_unit *u, const char *state, const char *step)
{
	struct hm_leaf *l = world_unit_leaf(&w, u, state, step);

	if (strcmp(state, "reserved")) {
		world_bind(u, l);
		strcpy(l->tid, u->tid);
	}
	return l;
}

/* The gate does it, and the unit's next leaf says so; announced in @l. */
static void done(struct world_unit *u, const struct hm_leaf *l, size_t n, const char *state)
{
	struct hm_leaf *next = told(u, state, l->step);

	for (size_t i = 0; i < n; i++)
		world_observe(next, &l->jobs[i], world_mark(&w, &l->jobs[i]));
}

/* u->image into an EEPROM, the unit being @during and then @after. */
static void write_eeprom(struct world_unit *u, const char *during, const char *after)
{
	struct hm_leaf *l = told(u, during, "write");

	for (int i = 1; i <= HM_SLOT_WRITES; i++)
		world_new_id(&w, u->job[i]);
	world_writes(&w, u, l);
	done(u, l, HM_SLOT_WRITES, after);
}

/* The same with u->record told along with it. */
static void write_record(struct world_unit *u, const char *during, const char *after)
{
	struct hm_leaf *l = &w.leaves[w.n_leaves];

	write_eeprom(u, during, after);
	memcpy(l->record, u->record.data, u->record.len);
	l->record_len = u->record.len;
}

static void set_bytes(struct hm_buf *b, const void *bytes, size_t len)
{
	hm_buf_free(b);
	hm_buf_init(b, 1u << 16);
	assert_int_equal(hm_buf_add(b, bytes, len), 0);
}

/* The second unit of the world, its label made and told. */
static struct world_unit *marked_unit(void)
{
	struct world_unit *u;

	world_unit(&w);
	world_unit_to(&w, 2);
	u = &w.units[1];
	world_observe(told(u, "marked", "tag"), &w.leaves[u->leaf[1]].jobs[0], u->seq[0]);
	return u;
}

static void print_label(struct world_unit *u, const char *state, uint32_t flags)
{
	struct hm_leaf *l = told(u, state, "reprint");
	uint8_t id[16];

	world_new_id(&w, id);
	world_label(&w, u, l);
	world_announce(&w, l, id, "printer-1", "label", flags, 0, u->label.data, u->label.len);
	done(u, l, 1, state);
}

static void next_boot(uint32_t reset_count)
{
	world_close(&w, w.n_boots - 1);
	world_quote(&w, w.n_boots - 1);
	world_boot(&w, reset_count);
}

/* --- a label that nobody announced, and a log edited to hide it --- */

static uint64_t hidden_intent(uint8_t ret_id[16])
{
	uint8_t digest[32];

	world_new_id(&w, ret_id);
	SHA256((const uint8_t *)"a label nobody announced", 24, digest);
	return gatelog_intent(&w.boots[0].log, ret_id, 0, "printer-1", 0, 24, digest);
}

static uint64_t hidden_label(uint8_t ret_id[16])
{
	uint64_t seq = hidden_intent(ret_id);

	gatelog_outcome(&w.boots[0].log, seq, DONE, 24);
	return seq;
}

static void add_forged(struct hm_buf *out, uint32_t tag, uint64_t seq)
{
	struct gatelog g = w.boots[0].log;
	struct hm_ev ev = { .tag = tag };

	hm_buf_init(&g.log, 4096);
	if (tag == HM_EV_TAG_RESOLVED) {
		ev.u.resolve.seq = seq;
		ev.u.resolve.verdict = HM_EV_RESOLVED_NOT_EXTENDED;
	}
	gatelog_add(&g, HM_EV_NO_ACTION, &ev);
	assert_int_equal(hm_buf_add(out, g.log.data, g.log.len), 0);
	hm_buf_free(&g.log);
}

/*
 * The first boot's log again, in which the INTENTs of jobs @seq were "not measured"
 * and an event @tag (0: none) stands behind each. No signature or digest covers an
 * event's type.
 */
static void forge_log(const uint64_t *seq, size_t n, uint32_t tag)
{
	const struct hm_buf *log = &w.boots[0].snapshot;
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(1u << 20);
	struct hm_ev_reader r;
	struct hm_ev ev;
	char path[80];
	size_t from = 0, at;

	assert_int_equal(hm_ev_reader_init(&r, log->data, log->len), 0);
	while (hm_ev_next(&r, &ev) == 1) {
		at = out.len + (ev.at - from);
		assert_int_equal(hm_buf_add(&out, log->data + from, ev.at + ev.size - from), 0);
		from = ev.at + ev.size;
		for (size_t i = 0; i < n; i++) {
			if (ev.tag != HM_EV_TAG_INTENT || ev.u.intent.seq != seq[i])
				continue;
			out.data[at + 4] = HM_EV_NO_ACTION;
			if (tag)
				add_forged(&out, tag, seq[i]);
		}
	}
	assert_int_equal(from, log->len);
	snprintf(path, sizeof(path), "boots/%s/log", w.boots[0].hex);
	world_file(&w, path, out.data, out.len);
}

static void test_unannounced(void **state)
{
	uint8_t id[16];

	(void)state;
	two_units();
	hidden_label(id);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	about_job(HM_VERDICT_UNACCOUNTED, id, "the gate measured it, no leaf announced it");
	forge_log(NULL, 0, 0);		/* written as it is: the writer changes nothing */
	expect(HM_VERDICT_UNACCOUNTED);
	assert_int_equal(report.n_findings, 1);
}

static void hide(size_t n, uint32_t tag, const char *words)
{
	uint64_t seq[4];
	uint8_t id[16];

	two_units();
	for (size_t i = 0; i < n; i++)
		seq[i] = hidden_label(id);
	world_unit(&w);
	finish();
	forge_log(seq, n, tag);
	expect(HM_VERDICT_INCONSISTENT);
	about_boot(HM_VERDICT_INCONSISTENT, 0, words);
}

static void test_resolved_one(void **state)
{
	(void)state;
	hide(1, HM_EV_TAG_RESOLVED, "only FAULT follows an event kept as not measured");
}

static void test_resolved_two(void **state)
{
	(void)state;
	hide(2, HM_EV_TAG_RESOLVED, "only FAULT follows an event kept as not measured");
}

static void test_resolved_none(void **state)
{
	(void)state;
	hide(1, 0, "only FAULT follows an event kept as not measured");
}

static void test_forged_fault(void **state)
{
	(void)state;
	hide(1, HM_EV_TAG_FAULT, "a gate that latched measures nothing");
}

/* As the last event it may have been so; the job is named all the same. */
static void test_fault_at_end(void **state)
{
	static const uint32_t tags[] = { HM_EV_TAG_FAULT, 0 };
	uint64_t seq;
	uint8_t id[16];

	(void)state;
	two_units();
	seq = hidden_intent(id);
	finish();
	for (size_t i = 0; i < 2; i++) {
		forge_log(&seq, 1, tags[i]);
		expect(HM_VERDICT_UNACCOUNTED);
		about_job(HM_VERDICT_UNACCOUNTED, id, "no leaf announced it");
		about_boot(HM_VERDICT_UNPROVEN, 0, "the gate latched");
	}
}

static void test_log_as_it_is(void **state)
{
	(void)state;
	two_units();
	finish();
	forge_log(NULL, 0, 0);
	expect(HM_VERDICT_CLEAN);
}

static void test_query_to_eeprom(void **state)
{
	const uint32_t len = (uint32_t)strlen(hm_zpl_query_hs);
	struct gatelog *g = &w.boots[0].log;
	uint8_t id[16], digest[32];

	(void)state;
	two_units();		/* with the same requests to the printer */
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.queries, 2);
	world_new_id(&w, id);
	SHA256((const uint8_t *)hm_zpl_query_hs, len, digest);
	gatelog_outcome(g, gatelog_intent(g, id, QUERY, "eeprom-1", 0, len, digest), DONE, len);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	about_job(HM_VERDICT_UNACCOUNTED, id, "what is no printer");
}

/* --- a quote over a PCR that anybody extends --- */

static void other_pcr(uint32_t pcr)
{
	world_end(&w);
	world_begin_in(&w, pcr);
	two_units();		/* what the gate's own PCR says is shown to nobody */
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	about_boot(HM_VERDICT_INCONSISTENT, 0, "over another PCR than the gate's");
}

static void test_pcr_14(void **state)
{
	(void)state;
	other_pcr(14);
	verdict_pcr = 14;	/* where the auditor knows the gate to measure there */
	expect(HM_VERDICT_CLEAN);
	verdict_pcr = 13;
	expect(HM_VERDICT_INCONSISTENT);
}

static void test_pcr_23(void **state)
{
	(void)state;
	other_pcr(23);
}

/* --- images --- */

static void test_foreign_image_active(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	set_bytes(&u->image, w.units[1].image.data, w.units[1].image.len);
	write_eeprom(u, "active", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "carries another record than its leaf");
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "names another serial");
}

static void test_foreign_image_void(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	set_bytes(&u->image, w.units[0].image.data, w.units[0].image.len);
	write_eeprom(u, "writing", "void");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "carries another record than its leaf");
}

static void test_own_image_void(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	write_record(u, "writing", "void");
	finish();
	expect(HM_VERDICT_CLEAN);
}

static void image_with(const char *behind)
{
	struct world_unit *u = marked_unit();

	world_record(&w, u);
	assert_int_equal(hm_buf_add(&u->image, behind, strlen(behind)), 0);
	write_record(u, "writing", "active");
	finish();
}

static void test_bytes_behind_tlvs(void **state)
{
	(void)state;
	image_with("ANOTHER BRAND, SERIAL 999");
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 1, "bytes behind its TLVs");
}

static void test_no_bytes_behind_tlvs(void **state)
{
	(void)state;
	image_with("");
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.active, 2);
}

/* Its own image, on another board: the unit has one EEPROM, and that is written. */
static void test_second_eeprom(void **state)
{
	(void)state;
	two_units();
	write_eeprom(&w.units[0], "active", "active");
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 0, "a job body was announced for it while it is active");
}

/* Written again before it was finished: a cut write, and its repair. */
static void test_written_again(void **state)
{
	struct world_unit *u;

	(void)state;
	u = marked_unit();
	world_record(&w, u);
	write_record(u, "writing", "writing");
	write_record(u, "writing", "active");
	finish();
	expect(HM_VERDICT_CLEAN);
}

/* --- labels --- */

static void foreign_template(uint8_t ret_sha256[32])
{
	struct world_unit *u = &w.units[0];
	struct hm_leaf *l;
	uint8_t id[16];

	two_units();
	l = told(u, "active", "reprint");
	world_label(&w, u, l);
	set_bytes(&u->label, foreign_label, strlen(foreign_label));
	world_blob(&w, foreign_label, strlen(foreign_label), l->template_sha256);
	memcpy(ret_sha256, l->template_sha256, 32);
	world_new_id(&w, id);
	world_announce(&w, l, id, "printer-1", "label", 1, 0, u->label.data, u->label.len);
	done(u, l, 1, "active");
}

static void test_own_template(void **state)
{
	struct hm_leaf *l;
	uint8_t sha256[32];

	(void)state;
	foreign_template(sha256);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "a template that is not its product's");
	l = world_leaf(&w, HM_LEAF_PRODUCT);	/* nor does another product's help */
	strcpy(l->product, "another");
	memset(l->product_sha256, 0x22, 32);
	memcpy(l->template_sha256, sha256, 32);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "a template that is not its product's");
}

static void test_label_of_void(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	print_label(u, "active", 1);
	told(u, "void", "void");
	finish();
	expect(HM_VERDICT_CLEAN);
	print_label(u, "void", 1);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 0, "a job label was announced for it while it is void");
}

static void test_label_in_reserved(void **state)
{
	(void)state;
	world_unit(&w);
	world_unit_to(&w, 1);
	finish();
	expect(HM_VERDICT_CLEAN);
	print_label(&w.units[1], "reserved", 0);
	finish();
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 1, "announced for it while it is reserved");
}

/* --- another board under the same serial --- */

static void another_board(struct world_unit *u, uint32_t generation)
{
	uint8_t sha256[32];

	memset(u->ek, 0x77, sizeof(u->ek));
	EVP_PKEY_free(u->id.key);
	u->id.key = NULL;
	world_cert(&u->id, "HM-1000", u->serial, &w.issuer, false);
	world_blob(&w, u->id.cert, u->id.cert_len, sha256);
	u->generation = generation;
	world_record(&w, u);
}

static void test_generation(void **state)
{
	struct world_unit *u = &w.units[0];

	(void)state;
	two_units();
	another_board(u, 2);
	write_record(u, "active", "active");
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "out of rma");
}

static void out_of_rma(uint32_t generation)
{
	struct world_unit *u = &w.units[0];

	two_units();
	told(u, "rma", "rma");
	another_board(u, generation);
	told(u, "quarantined", "rma");
	write_record(u, "writing", "active");
	finish();
}

static void test_generation_out_of_rma(void **state)
{
	(void)state;
	out_of_rma(2);
	expect(HM_VERDICT_CLEAN);
}

static void test_generation_by_two(void **state)
{
	(void)state;
	out_of_rma(3);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about_unit(HM_VERDICT_INCONSISTENT, 0, "grows by one");
}

/* --- boots --- */

/* A label that the gate made, called lost by the unit that is given up. */
static void lost(uint32_t next_reset)
{
	struct world_unit *u;
	struct hm_leaf_job *j;
	struct hm_leaf *l;

	world_unit(&w);
	world_unit_to(&w, 2);
	u = &w.units[1];
	if (next_reset)
		next_boot(next_reset);
	l = told(u, "void", "void");
	j = &l->jobs[l->n_jobs++];
	j->role = HM_JOB_LOST;
	j->gated = true;
	memcpy(j->job_id, u->job[0], 16);
	memcpy(j->boot_id, w.boots[0].id, 16);
	finish();
}

static void test_lost_in_running_boot(void **state)
{
	(void)state;
	lost(0);
	expect(HM_VERDICT_UNACCOUNTED);
	expect_about_unit(HM_VERDICT_UNACCOUNTED, 1, "lost in a boot that had not ended");
}

static void test_lost_with_its_boot(void **state)
{
	(void)state;
	lost(8);
	expect(HM_VERDICT_CLEAN);
}

static void test_equal_resets(void **state)
{
	(void)state;
	two_units();
	next_boot(7);		/* as the boot before it */
	world_unit(&w);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	about_boot(HM_VERDICT_INCONSISTENT, 1, "counts no more resets");
}

static void test_equal_resets_later(void **state)
{
	(void)state;
	two_units();
	next_boot(8);
	world_unit(&w);
	finish();
	expect(HM_VERDICT_CLEAN);
	next_boot(8);
	finish();
	expect(HM_VERDICT_INCONSISTENT);
	about_boot(HM_VERDICT_INCONSISTENT, 2, "counts no more resets");
}

static void test_restarted(void **state)
{
	(void)state;
	two_units();
	w.boots[0].restart_count = 1;
	finish();
	expect(HM_VERDICT_UNPROVEN);
	about_boot(HM_VERDICT_UNPROVEN, 0, "restarted without a reset");
}

/* --- certificates that the CA gave to another station --- */

static void certify(struct world_key *k, const char *cn, const char *station)
{
	world_cert(k, cn, station, &w.root, false);
	SHA256(w.sign.cert, w.sign.cert_len, w.leaves[0].cert_sha256);
	finish();
}

static void test_ak_of_another(void **state)
{
	(void)state;
	two_units();
	certify(&w.ak, "Test AK", w.leaves[0].station);
	expect(HM_VERDICT_CLEAN);
	certify(&w.ak, "Test AK", "st-another");
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, "certs/ak.pem", "certificate of 'st-another'");
	certify(&w.ak, "Test AK", NULL);
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, "certs/ak.pem", "not of station");
}

static void test_sign_of_another(void **state)
{
	(void)state;
	two_units();
	certify(&w.sign, "Test Sign", w.leaves[0].station);
	expect(HM_VERDICT_CLEAN);
	certify(&w.sign, "Test Sign", "st-another");
	expect(HM_VERDICT_INCONSISTENT);
	expect_about(HM_VERDICT_INCONSISTENT, "certs/sign.pem", "certificate of 'st-another'");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, verdict_setup, verdict_teardown)
	const struct CMUnitTest tests[] = {
		T(test_unannounced),
		T(test_resolved_one),
		T(test_resolved_two),
		T(test_resolved_none),
		T(test_forged_fault),
		T(test_fault_at_end),
		T(test_log_as_it_is),
		T(test_query_to_eeprom),
		T(test_pcr_14),
		T(test_pcr_23),
		T(test_foreign_image_active),
		T(test_foreign_image_void),
		T(test_own_image_void),
		T(test_bytes_behind_tlvs),
		T(test_no_bytes_behind_tlvs),
		T(test_second_eeprom),
		T(test_written_again),
		T(test_own_template),
		T(test_label_of_void),
		T(test_label_in_reserved),
		T(test_generation),
		T(test_generation_out_of_rma),
		T(test_generation_by_two),
		T(test_lost_in_running_boot),
		T(test_lost_with_its_boot),
		T(test_equal_resets),
		T(test_equal_resets_later),
		T(test_restarted),
		T(test_ak_of_another),
		T(test_sign_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
