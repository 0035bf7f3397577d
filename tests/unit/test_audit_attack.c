// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A station that lies with all its own keys in hand: it signs what it likes, quotes
 * when it likes, and edits the files that nobody signs. Whatever it marked must
 * come out, and the finding must name the unit, job, boot or file. Beside each lie
 * stands the same shape told honestly, which must be clean: a rule that refuses
 * everything proves nothing. Here: logs, quotes, boots, certificates; what a unit's
 * own story lies about is in test_audit_attack_unit.c.
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

#define DONE	1
#define QUERY	2

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
	const uint32_t len = (uint32_t)strlen(hm_label_driver_of("x.zpl")->ask_status);
	struct gatelog *g = &w.boots[0].log;
	uint8_t id[16], digest[32];

	(void)state;
	two_units();		/* with the same requests to the printer */
	finish();
	expect(HM_VERDICT_CLEAN);
	assert_int_equal(report.queries, 2);
	world_new_id(&w, id);
	SHA256((const uint8_t *)hm_label_driver_of("x.zpl")->ask_status, len, digest);
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

/* --- boots --- */

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
		T(test_equal_resets),
		T(test_equal_resets_later),
		T(test_restarted),
		T(test_ak_of_another),
		T(test_sign_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
