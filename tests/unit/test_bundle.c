// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From the store to a verdict: a station with a software TPM, and a gate that is
 * files below a directory of the test's while its PCR is a real one. What the
 * station writes as a bundle, the audit reads; nothing between them is made up.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "audit/audit.h"
#include "label/driver.h"
#include "ledger/leaf.h"
#include "station/bundle.h"
#include "station/station.h"
#include "support/gatelog.h"
#include "support/swtpm.h"

#define BOOT "b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7"

static char top[64];
static struct swtpm tpm;
static struct gatelog gate;
static size_t extended;		/* bytes of the log that are in the PCR */
static struct hm_env env;
static struct hm_station station;
static struct hm_station_params params;
static char state_dir[96], sysroot[96], bundle_dir[96];

static int64_t now(void *ctx)
{
	(void)ctx;
	return 1763800000;
}

static void make_dirs(const char *path)
{
	char full[400];

	snprintf(full, sizeof(full), "%s", path);
	for (char *p = full + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		assert_true(!mkdir(full, 0700) || errno == EEXIST);
		*p = '/';
	}
}

static void put_file(const char *dir, const char *name, const void *bytes, size_t len)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	make_dirs(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What is new in the log goes into the TPM's PCR; the files say what the gate says. */
static void gate_works(void)
{
	_cleanup_buf_ struct hm_buf held = HM_BUF_INIT(1u << 20);
	struct hm_ev_reader r;
	struct hm_ev ev;
	char seq[32], hex[65], command[400];

	assert_int_equal(hm_ev_reader_init(&r, gate.log.data, gate.log.len), 0);
	while (hm_ev_next(&r, &ev) == 1) {
		if (ev.at < extended || ev.type == HM_EV_NO_ACTION)
			continue;
		hm_hex(ev.bank[0].digest, 32, hex);
		snprintf(command, sizeof(command), "TPM2TOOLS_TCTI='%s' tpm2_pcrextend 13:sha256=%s", tpm.tcti, hex);
		assert_int_equal(system(command), 0);
	}
	extended = gate.log.len;
	gatelog_held(&gate, &held);
	put_file(sysroot, "sys/kernel/security/hallmark/log", held.data, held.len);
	snprintf(seq, sizeof(seq), "%llu\n", (unsigned long long)gate.exported);
	put_file(sysroot, "sys/kernel/security/hallmark/exported", seq, strlen(seq));
	put_file(sysroot, "sys/kernel/security/hallmark/boot_id", BOOT "\n", 33);
	put_file(sysroot, "sys/kernel/security/hallmark/state", "ok\n", 3);
	snprintf(seq, sizeof(seq), "%llu\n", (unsigned long long)gate.seq);
	put_file(sysroot, "sys/kernel/security/hallmark/seq", seq, strlen(seq));
	put_file(sysroot, "sys/module/hallmark/parameters/log_max", "4194304\n", 8);
}

static void job(const char *payload, uint32_t flags)
{
	uint8_t id[16] = { 0x30 }, digest[32];
	uint64_t seq;

	id[1] = (uint8_t)(gate.seq + 1);
	SHA256((const uint8_t *)payload, strlen(payload), digest);
	seq = gatelog_intent(&gate, id, flags, "printer-1", 0, (uint32_t)strlen(payload), digest);
	gatelog_outcome(&gate, seq, 1, (uint32_t)strlen(payload));
}

/* The software TPM takes one client at a time: the station lets go of it meanwhile. */
static void gate_works_again(void)
{
	struct hm_err err = { "" };

	hm_station_close(&station);
	gate_works();
	if (hm_station_open(&params, &env, &station, &err) || hm_station_boot(&station, &err))
		fail_msg("station: %s", err.text);
}

static int setup(void **state)
{
	uint8_t boot[16];
	struct hm_err err = { "" };
	char tpm_dir[96];

	(void)state;
	strcpy(top, "/tmp/hm-bundle-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(state_dir, sizeof(state_dir), "%s/state", top);
	snprintf(sysroot, sizeof(sysroot), "%s/root", top);
	snprintf(bundle_dir, sizeof(bundle_dir), "%s/bundle", top);
	snprintf(tpm_dir, sizeof(tpm_dir), "%s/tpm", top);
	assert_int_equal(mkdir(state_dir, 0700), 0);
	assert_int_equal(mkdir(tpm_dir, 0700), 0);
	assert_int_equal(swtpm_start(&tpm, tpm_dir), 0);
	memset(boot, 0xb7, sizeof(boot));
	extended = 0;
	gatelog_start(&gate, boot, NULL);
	job(hm_label_driver_of("x.zpl")->ask_status, 2);
	gate_works();
	env = (struct hm_env){ .now = now };
	params = (struct hm_station_params){ .id = "st-1", .domain = "example.org", .dir = state_dir,
					     .tcti = tpm.tcti, .ek_roots = tpm.roots, .sysroot = sysroot,
					     .demo = true };
	if (hm_station_init(&params, &env, &err) || hm_station_open(&params, &env, &station, &err) ||
	    hm_station_boot(&station, &err))
		fail_msg("station: %s", err.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hm_station_close(&station);
	swtpm_stop(&tpm);
	gatelog_free(&gate);
	swtpm_remove_dir(top);
	return 0;
}

/* --- leaves --- */

struct leaf_arg {
	struct hm_leaf *leaf;
	const void *blob;
	size_t blob_len;
};

static int append(struct hm_tx *tx, void *arg, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_LEAF_MAX);
	struct leaf_arg *a = arg;
	uint8_t sha256[32];
	uint64_t index;
	int rc = a->blob ? hm_tx_blob_put(tx, a->blob, a->blob_len, sha256, err) : 0;

	rc = rc ?: hm_leaf_encode(a->leaf, &b);
	return rc ?: hm_tx_leaf_append(tx, b.data, b.len, &index, err);
}

static void add_product(const char *file, bool with_blob)
{
	static struct hm_leaf l;
	struct leaf_arg a = { &l, with_blob ? file : NULL, strlen(file) };

	l = (struct hm_leaf){ .type = HM_LEAF_PRODUCT, .version = HM_LEAF_VERSION, .product = "p" };
	SHA256((const uint8_t *)file, strlen(file), l.product_sha256);
	assert_int_equal(hm_store_run(env.store, append, &a, NULL), 0);
}

/* --- the bundle --- */

struct shelf {
	unsigned int files, fail_at;
	unsigned int pieces;
	bool has_log;
};

static int put(void *ctx, const char *path, const void *bytes, size_t len)
{
	struct shelf *s = ctx;

	if (++s->files == s->fail_at)
		return -ENOSPC;
	s->has_log |= !strcmp(path, "boots/" BOOT "/log");
	s->pieces += !strncmp(path, "boots/" BOOT "/log.", strlen("boots/" BOOT "/log."));
	assert_null(strstr(path, ".."));
	assert_true(path[0] != '/');
	put_file(bundle_dir, path, bytes, len);
	return 0;
}

static int write_bundle(struct shelf *s)
{
	struct hm_bundle_sink sink = { put, s };

	swtpm_remove_dir(bundle_dir);
	return hm_station_bundle(&env, &sink, NULL);
}

static void expect(const struct hm_audit_report *r, enum hm_verdict v)
{
	for (size_t i = 0; i < r->n_findings && r->verdict != v; i++)
		print_message("%s: %s: %s\n", hm_verdict_name(r->findings[i].verdict), r->findings[i].subject,
			      r->findings[i].text);
	assert_string_equal(hm_verdict_name(r->verdict), hm_verdict_name(v));
}

static struct hm_audit_report audit(enum hm_verdict v)
{
	struct hm_audit_params p = { .bundle = bundle_dir };
	struct hm_audit_report r;

	assert_int_equal(hm_audit(&p, &r, NULL), 0);
	expect(&r, v);
	return r;
}

static void test_clean(void **state)
{
	struct shelf s = { 0 };
	struct hm_audit_report r;

	(void)state;
	add_product("a product's file", true);
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&s), 0);
	assert_true(s.has_log);
	r = audit(HM_VERDICT_CLEAN);
	assert_int_equal(r.leaves, 3);	/* station, boot, product */
	assert_int_equal(r.boots, 1);
	assert_int_equal(r.queries, 1);
	assert_string_equal(r.station, "st-1");
	assert_string_equal(r.origin, "example.org/st-1");
	hm_audit_free(&r);
}

/* What nobody signed yet is not in it; once sealed it is. */
static void test_only_what_is_signed(void **state)
{
	struct shelf s = { 0 };
	struct hm_audit_report r;

	(void)state;
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	add_product("another file", true);
	assert_int_equal(write_bundle(&s), 0);
	r = audit(HM_VERDICT_CLEAN);
	assert_int_equal(r.leaves, 2);
	hm_audit_free(&r);
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&s), 0);
	r = audit(HM_VERDICT_CLEAN);
	assert_int_equal(r.leaves, 3);
	hm_audit_free(&r);
}

static void test_behind_the_back(void **state)
{
	struct shelf s = { 0 };
	struct hm_audit_report r;

	(void)state;
	job("^XA^FDmine^FS^XZ", 0);
	gate_works_again();
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&s), 0);
	r = audit(HM_VERDICT_UNACCOUNTED);
	assert_int_equal(r.n_findings, 1);
	assert_non_null(strstr(r.findings[0].subject, "job 30"));
	hm_audit_free(&r);
}

/*
 * The gate gives its log away between checkpoints, and the station is started anew
 * each time: what it knows of the log's beginning is in its store alone.
 */
static void test_pieces(void **state)
{
	struct hm_audit_report r;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct shelf s = { 0 };
		uint64_t end = gate.log.len;

		assert_int_equal(hm_station_seal(&station, NULL), 0);
		assert_int_equal(write_bundle(&s), 0);
		assert_true(s.has_log);
		assert_int_equal(s.pieces, i);
		r = audit(HM_VERDICT_CLEAN);
		assert_int_equal(r.queries, i + 1);
		hm_audit_free(&r);
		gatelog_export(&gate, end);
		job(hm_label_driver_of("x.zpl")->ask_status, 2);
		gate_works_again();
	}
}

/* What somebody else took away from the gate is nowhere, and no audit is clean. */
static void test_piece_that_was_never_kept(void **state)
{
	struct shelf s = { 0 };
	struct hm_audit_report r;

	(void)state;
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	job(hm_label_driver_of("x.zpl")->ask_status, 2);
	gatelog_export(&gate, gate.log.len);
	job(hm_label_driver_of("x.zpl")->ask_status, 2);
	gate_works_again();
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&s), 0);
	assert_int_equal(s.pieces, 0);
	r = audit(HM_VERDICT_INCONSISTENT);
	assert_non_null(strstr(r.findings[0].text, "what came before is missing"));
	hm_audit_free(&r);
}

static void test_missing_blob(void **state)
{
	struct shelf s = { 0 };

	(void)state;
	add_product("a file that the store never took", false);
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&s), -HM_ESTORE_CORRUPT);
}

/* The sink fails at each file in turn: its error comes out, and nothing leaks. */
static void test_sink_fails(void **state)
{
	struct shelf all = { 0 };

	(void)state;
	add_product("a file", true);
	assert_int_equal(hm_station_seal(&station, NULL), 0);
	assert_int_equal(write_bundle(&all), 0);
	for (unsigned int at = 1; at <= all.files; at++) {
		struct shelf s = { .fail_at = at };

		assert_int_equal(write_bundle(&s), -ENOSPC);
		assert_int_equal(s.files, at);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_clean), T(test_only_what_is_signed), T(test_behind_the_back), T(test_missing_blob),
		T(test_sink_fails), T(test_pieces), T(test_piece_that_was_never_kept),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
