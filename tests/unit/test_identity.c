/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two software TPMs, a station's and a unit's, each with an EK certificate of a CA of
 * its own; and a cable between them and the code that can be made to lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "identity/crypto.h"
#include "identity/identity.h"
#include "identity/tpm.h"
#include "support/swtpm.h"
#include "support/tpm_proxy.h"

#define NOW	1790000000	/* 2026-09-21 */

static char station_dir[64], unit_dir[64], keys_dir[96];
static struct swtpm station, unit;
static struct hm_err err;

/* --- helpers --- */

static int64_t ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* a shell command, bounded; its exit code */
static int run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *fmt, ...)
{
	char text[2048], whole[2200];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_in_range(n, 1, sizeof(text) - 1);
	snprintf(whole, sizeof(whole), "exec timeout 60 sh -euc '%s' >>%s/run.log 2>&1", text, station_dir);
	return WEXITSTATUS(system(whole));
}

static void save(const char *name, const void *bytes, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", station_dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void save_pem(const char *name, const uint8_t *der, size_t len)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(65536);

	assert_int_equal(hm_cert_to_pem((struct hm_der){ der, len }, &pem), 0);
	save(name, pem.data, pem.len);
}

static size_t count_handles(struct hm_tpm *t, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	size_t n;

	assert_int_equal(Esys_GetCapability(t->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_CAP_HANDLES, first, 64, &more, &data), 0);
	n = data->data.handles.count;
	Esys_Free(data);
	return n;
}

/* Nothing transient and no session may be left; the number of persistent objects. */
static size_t assert_tidy(const char *tcti)
{
	struct hm_tpm t;
	size_t n;

	assert_int_equal(hm_tpm_open(&t, tcti, &err), 0);
	assert_int_equal(count_handles(&t, TPM2_TRANSIENT_FIRST), 0);
	assert_int_equal(count_handles(&t, TPM2_LOADED_SESSION_FIRST), 0);
	n = count_handles(&t, TPM2_PERSISTENT_FIRST);
	hm_tpm_close(&t);
	return n;
}

static struct hm_keys_params params(void)
{
	return (struct hm_keys_params){
		.tcti = station.tcti, .dir = keys_dir, .station = "line-1", .ek_roots = station.roots,
		.demo = true, .now = NOW,
	};
}

static struct hm_keys *open_keys(void)
{
	struct hm_keys *k = NULL;

	if (hm_keys_open(station.tcti, keys_dir, &k, &err))
		fail_msg("hm_keys_open: %s", err.text);
	return k;
}

static struct hm_dut *open_dut(const char *tcti)
{
	struct hm_dut *d = NULL;

	if (hm_dut_open(tcti, &d, &err))
		fail_msg("hm_dut_open: %s", err.text);
	return d;
}

static struct hm_der cert_of(struct hm_keys *k, enum hm_cert which)
{
	struct hm_der d;

	assert_int_equal(hm_keys_cert(k, which, &d.bytes, &d.len), 0);
	return d;
}

/* --- templates --- */

/* TPM2_PolicyOR's digest, computed from the branches (Library part 3, 23.6) */
static void test_policy_digests(void **state)
{
	(void)state;
	for (int iak = 0; iak < 2; iak++) {
		uint8_t bytes[32 + 4 + 4 * 32] = { [34] = 0x01, [35] = 0x71 }, digest[32];
		TPM2B_PUBLIC template;
		TPML_DIGEST branches;

		hm_template_branches(&branches, iak);
		hm_template_device(&template, iak);
		assert_int_equal(branches.count, 4);
		for (int i = 0; i < 4; i++)
			memcpy(bytes + 36 + 32 * i, branches.digests[i].buffer, 32);
		assert_int_equal(hm_sha256(bytes, sizeof(bytes), digest), 0);
		assert_int_equal(template.publicArea.authPolicy.size, 32);
		assert_memory_equal(template.publicArea.authPolicy.buffer, digest, 32);
		assert_int_equal(template.publicArea.objectAttributes, iak ? 0x500f2 : 0x400f2);
	}
}

/* --- the station --- */

static void test_create_refusals(void **state)
{
	struct hm_keys_params p = params();
	size_t before = assert_tidy(station.tcti);
	char path[128], tcti[400];

	(void)state;
	p.ek_roots = unit.roots;
	assert_int_equal(hm_keys_create(&p, &err), -HM_EUNTRUSTED);
	p = params();
	p.demo = false;
	assert_int_equal(hm_keys_create(&p, &err), -HM_EUNSUPPORTED);
	p = params();
	p.station = "a/b";
	assert_int_equal(hm_keys_create(&p, &err), -HM_EBAD_CHAR);
	p = params();
	p.tcti = "swtpm:path=/nonexistent/sock";
	assert_int_equal(hm_keys_create(&p, &err), -HM_ENO_TPM);
	p = params();
	p.tcti = tpm_proxy_tcti(&station, "failure", tcti, sizeof(tcti));
	assert_int_equal(hm_keys_create(&p, &err), -HM_ETPM_FAILED);
	assert_non_null(strstr(err.text, "failure mode (0x101)"));

	/* everything made, and then the directory cannot take its place */
	p = params();
	snprintf(path, sizeof(path), "%s/foreign", keys_dir);
	assert_int_equal(mkdir(keys_dir, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(hm_keys_create(&p, &err) < 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(keys_dir), 0);

	snprintf(path, sizeof(path), "%s.new", keys_dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(assert_tidy(station.tcti), before);
}

static void test_open_without_keys(void **state)
{
	struct hm_keys *k = NULL;

	(void)state;
	assert_int_equal(hm_keys_open(station.tcti, keys_dir, &k, &err), -HM_ENOT_INITIALISED);
	assert_null(k);
}

/* The TPM vanishes after it took the second key: the next attempt takes all back. */
static void test_create_after_crash(void **state)
{
	struct hm_keys_params p = params();
	size_t before = assert_tidy(station.tcti);
	struct hm_keys *k = NULL;
	char tcti[400];

	(void)state;
	p.tcti = tpm_proxy_tcti(&station, "cut-evict", tcti, sizeof(tcti));
	if (hm_keys_create(&p, &err) != -HM_ENO_TPM)
		fail_msg("hm_keys_create: %s", err.text);
	assert_int_equal(hm_keys_open(station.tcti, keys_dir, &k, &err), -HM_ENOT_INITIALISED);
	swtpm_stop(&station);
	assert_int_equal(swtpm_start(&station, station_dir), 0);
	assert_int_equal(assert_tidy(station.tcti), before + 2);

	p = params();
	if (hm_keys_create(&p, &err))
		fail_msg("hm_keys_create: %s", err.text);
	assert_int_equal(assert_tidy(station.tcti), before + 3);
	assert_int_equal(hm_keys_create(&p, &err), -HM_EALREADY);
	assert_int_equal(assert_tidy(station.tcti), before + 3);
}

static void test_station_files(void **state)
{
	static const struct { const char *name; mode_t mode; } files[] = {
		{ "", 0700 }, { "ca", 0700 }, { "ca/root.key", 0600 }, { "log.sealed", 0600 },
		{ "log.pub", 0644 }, { "root.pem", 0644 }, { "ek.pem", 0644 },
	};
	char path[160];
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", keys_dir, files[i].name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, files[i].mode);
	}
}

static void test_station_certificates(void **state)
{
	struct hm_keys *k = open_keys();
	struct hm_der root = cert_of(k, HM_CERT_ROOT);

	(void)state;
	assert_int_equal(hm_keys_check(k, &err), 0);
	for (enum hm_cert c = HM_CERT_ROOT; c <= HM_CERT_AK; c++) {
		assert_int_equal(hm_cert_verify(cert_of(k, c), NULL, 0, root, NOW + 1, &err), 0);
		assert_int_equal(hm_cert_verify(cert_of(k, c), NULL, 0, root, 0, &err), 0);
		assert_int_equal(hm_cert_verify(cert_of(k, c), NULL, 0, root, NOW - 1, &err),
				 -HM_EUNTRUSTED);
	}
	/* an end entity is no root, and the EK is of another house */
	assert_int_equal(hm_cert_verify(cert_of(k, HM_CERT_AK), NULL, 0, cert_of(k, HM_CERT_SIGN), 0,
					&err), -HM_EUNTRUSTED);
	assert_int_equal(hm_cert_verify(cert_of(k, HM_CERT_EK), NULL, 0, root, 0, &err), -HM_EUNTRUSTED);
	root.len--;
	assert_int_equal(hm_cert_verify(root, NULL, 0, root, 0, &err), -HM_EBAD_FORMAT);
	hm_keys_close(k);
	assert_int_equal(run("cd %s; openssl verify -x509_strict -CAfile root.pem issuer.pem sign.pem ak.pem",
			     keys_dir), 0);
	assert_int_equal(run("openssl x509 -in %s/issuer.pem -noout -text | grep -q \"CA:TRUE, pathlen:0\"",
			     keys_dir), 0);
}

static void test_signatures(void **state)
{
	static const char msg[] = "one unit";
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(256);
	struct hm_keys *k = open_keys();
	uint8_t rs[64], log[64], log_public[32], kid[8], digest[32];
	const uint8_t *spki;
	size_t spki_len;
	int64_t t0;

	(void)state;
	assert_int_equal(hm_keys_spki(k, &spki, &spki_len), 0);
	hm_keys_kid(k, kid);
	assert_int_equal(hm_sha256(spki, spki_len, digest), 0);
	assert_memory_equal(kid, digest, 8);
	save("spki.der", spki, spki_len);
	save("msg", msg, strlen(msg));

	t0 = ms();
	for (int i = 0; i < 20; i++)
		assert_int_equal(hm_keys_sign(k, msg, strlen(msg), rs, &err), 0);
	print_message("hm_keys_sign %.2f ms\n", (double)(ms() - t0) / 20);
	assert_int_equal(hm_rs_to_der(rs, &der), 0);
	save("rs.der", der.data, der.len);
	der.len = 0;
	assert_int_equal(hm_keys_sign_der(k, msg, strlen(msg), &der, &err), 0);
	save("sig.der", der.data, der.len);
	t0 = ms();
	for (int i = 0; i < 20; i++)
		assert_int_equal(hm_keys_sign_log(k, msg, strlen(msg), log, &err), 0);
	print_message("hm_keys_sign_log %.2f ms\n", (double)(ms() - t0) / 20);
	hm_keys_log_public(k, log_public);
	hm_keys_close(k);

	for (int i = 0; i < 2; i++)
		assert_int_equal(run("cd %s; openssl dgst -sha256 -verify spki.der -keyform der -signature %s msg",
				     station_dir, i ? "rs.der" : "sig.der"), 0);
	assert_int_not_equal(run("cd %s; openssl dgst -sha256 -verify spki.der -keyform der -signature rs.der rs.der",
				 station_dir), 0);
	/* Ed25519, as an SPKI: the fixed prefix of RFC 8410 and the key */
	der.len = 0;
	assert_int_equal(hm_buf_add(&der, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12), 0);
	assert_int_equal(hm_buf_add(&der, log_public, 32), 0);
	save("log.der", der.data, der.len);
	save("log.sig", log, 64);
	assert_int_equal(run("cd %s; openssl pkeyutl -verify -pubin -keyform der -inkey log.der -rawin -in msg -sigfile log.sig",
			     station_dir), 0);
	assert_tidy(station.tcti);
}

static void test_quote(void **state)
{
	struct hm_keys *k = open_keys();
	struct hm_der ak = cert_of(k, HM_CERT_AK), sign = cert_of(k, HM_CERT_SIGN);
	struct hm_quote_facts f;
	struct hm_quote q;
	uint8_t nonce[32], digest[32];
	char hex[65];
	int64_t t0 = ms();

	(void)state;
	memset(nonce, 0x5a, sizeof(nonce));
	assert_int_equal(hm_keys_quote(k, 13, nonce, &q, &err), 0);
	print_message("hm_keys_quote %.2f ms\n", (double)(ms() - t0));
	assert_int_equal(hm_quote_verify(q.attest, q.attest_len, q.sig, q.sig_len, ak.bytes, ak.len, &f,
					 &err), 0);
	assert_memory_equal(f.nonce, nonce, 32);
	assert_int_equal(f.pcr, 13);
	assert_int_equal(hm_sha256(q.pcr_value, 32, digest), 0);
	assert_memory_equal(f.pcr_digest, digest, 32);
	/* the power came on three times; an owner's AK would see a made-up number */
	assert_in_range(f.reset_count, 1, 10);

	assert_int_equal(hm_keys_quote(k, 24, nonce, &q, &err), -EINVAL);
	for (size_t i = 0; i < q.attest_len; i++) {
		q.attest[i] ^= 1;
		assert_true(hm_quote_verify(q.attest, q.attest_len, q.sig, q.sig_len, ak.bytes, ak.len,
					    &f, &err) < 0);
		q.attest[i] ^= 1;
	}
	for (size_t i = 0; i < q.sig_len; i++) {
		q.sig[i] ^= 1;
		assert_true(hm_quote_verify(q.attest, q.attest_len, q.sig, q.sig_len, ak.bytes, ak.len,
					    &f, &err) < 0);
		q.sig[i] ^= 1;
	}
	assert_true(hm_quote_verify(q.attest, q.attest_len - 1, q.sig, q.sig_len, ak.bytes, ak.len, &f,
				    &err) < 0);
	assert_int_equal(hm_quote_verify(q.attest, q.attest_len, q.sig, q.sig_len, sign.bytes, sign.len,
					 &f, &err), -HM_EBAD_SIGNATURE);
	hm_keys_close(k);

	save("quote.attest", q.attest, q.attest_len);
	save("quote.sig", q.sig, q.sig_len);
	save("quote.pcr", q.pcr_value, 32);
	hm_hex(nonce, 32, hex);
	assert_int_equal(run("cd %s; openssl x509 -in keys/ak.pem -noout -pubkey >ak.pub.pem; "
			     "tpm2_checkquote -u ak.pub.pem -m quote.attest -s quote.sig -f quote.pcr "
			     "-F values -l sha256:13 -q %s", station_dir, hex), 0);
	hex[0] = '0';
	assert_int_not_equal(run("cd %s; tpm2_checkquote -u ak.pub.pem -m quote.attest -s quote.sig "
				 "-f quote.pcr -F values -l sha256:13 -q %s", station_dir, hex), 0);
}

/* One context, many threads: the context's own lock keeps their commands apart. */
struct signer {
	struct hm_keys *k;
	int good;
};

static void *sign_many(void *arg)
{
	struct signer *s = arg;
	struct hm_der cert = cert_of(s->k, HM_CERT_AK);
	struct hm_quote_facts f;
	struct hm_quote q;
	uint8_t nonce[32] = { 0 }, sig[64];

	for (int i = 0; i < 8; i++) {
		nonce[0] = (uint8_t)i;
		if (!hm_keys_sign_log(s->k, nonce, 32, sig, NULL) &&
		    !hm_keys_quote(s->k, 7, nonce, &q, NULL) &&
		    !hm_quote_verify(q.attest, q.attest_len, q.sig, q.sig_len, cert.bytes, cert.len,
				     &f, NULL) && !memcmp(f.nonce, nonce, 32))
			s->good++;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct hm_keys *k = open_keys();
	struct signer s[4] = { { .k = k }, { .k = k }, { .k = k }, { .k = k } };
	pthread_t t[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sign_many, &s[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(s[i].good, 8);
	}
	hm_keys_close(k);
	assert_tidy(station.tcti);
}

/* The station's TPM goes away and comes back under an open context. */
static void test_station_tpm_restarts(void **state)
{
	struct hm_keys *k = open_keys();
	uint8_t sig[64];

	(void)state;
	assert_int_equal(hm_keys_sign(k, "a", 1, sig, &err), 0);
	swtpm_stop(&station);
	assert_int_equal(hm_keys_sign(k, "a", 1, sig, &err), -HM_ENO_TPM);
	assert_int_equal(hm_keys_check(k, &err), -HM_ENO_TPM);
	assert_int_equal(swtpm_start(&station, station_dir), 0);
	assert_int_equal(hm_keys_check(k, &err), 0);
	assert_int_equal(hm_keys_sign(k, "a", 1, sig, &err), 0);
	/* another TPM in its place is not taken for it */
	swtpm_stop(&station);
	assert_int_equal(hm_keys_sign(k, "a", 1, sig, &err), -HM_ENO_TPM);
	swtpm_stop(&unit);
	assert_int_equal(run("mv %s/tpm %s/tpm.away; cp -r %s/tpm %s/tpm",
			     station_dir, station_dir, unit_dir, station_dir), 0);
	assert_int_equal(swtpm_start(&station, station_dir), 0);
	assert_int_equal(hm_keys_sign(k, "a", 1, sig, &err), -HM_EUNTRUSTED);
	assert_int_equal(hm_keys_check(k, &err), -HM_EUNTRUSTED);
	swtpm_stop(&station);
	assert_int_equal(run("rm -r %s/tpm; mv %s/tpm.away %s/tpm", station_dir, station_dir,
			     station_dir), 0);
	assert_int_equal(swtpm_start(&station, station_dir), 0);
	assert_int_equal(swtpm_start(&unit, unit_dir), 0);
	assert_int_equal(hm_keys_check(k, &err), 0);
	hm_keys_close(k);
}

static void test_other_tpm(void **state)
{
	struct hm_keys *k = NULL;

	(void)state;
	assert_int_equal(hm_keys_open(unit.tcti, keys_dir, &k, &err), -HM_EUNTRUSTED);
	assert_int_equal(hm_keys_open("swtpm:path=/nonexistent", keys_dir, &k, &err), -HM_ENO_TPM);
	assert_null(k);
}

/* --- a unit --- */

static void test_prove_and_issue(void **state)
{
	struct hm_idevid_params p = {
		.serial = "0000000017", .part_number = "HM-100", .serial_number = "\xff" "123456789abcde",
		.now = NOW,
	};
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(8192), spki = HM_BUF_INIT(256);
	struct hm_dut *d = open_dut(unit.tcti);
	struct hm_dut_identity id, again;
	struct hm_der issuer, root, leaf;
	uint8_t ek[32];
	char serial[65];
	struct hm_keys *k;
	int64_t t0;

	(void)state;
	t0 = ms();
	for (int i = 0; i < 20; i++)
		assert_int_equal(hm_dut_ek(d, ek, &err), 0);
	print_message("hm_dut_ek %.2f ms\n", (double)(ms() - t0) / 20);
	if (hm_dut_prove(d, unit.roots, &id, &err))
		fail_msg("hm_dut_prove: %s", err.text);
	t0 = ms();
	for (int i = 0; i < 10; i++)
		assert_int_equal(hm_dut_prove(d, unit.roots, &again, &err), 0);
	print_message("hm_dut_prove %.2f ms\n", (double)(ms() - t0) / 10);
	hm_dut_close(d);
	assert_tidy(unit.tcti);
	assert_memory_equal(&id, &again, sizeof(id));
	assert_memory_equal(id.ek_sha256, ek, 32);
	assert_int_equal(strncmp(id.hw_serial, "00001014:", 9), 0);

	k = open_keys();
	t0 = ms();
	if (hm_keys_issue_idevid(k, &id, &p, &der, &err))
		fail_msg("hm_keys_issue_idevid: %s", err.text);
	print_message("hm_keys_issue_idevid %.2f ms\n", (double)(ms() - t0));
	leaf = (struct hm_der){ der.data, der.len };
	issuer = cert_of(k, HM_CERT_ISSUER);
	root = cert_of(k, HM_CERT_ROOT);
	assert_int_equal(hm_cert_verify(leaf, &issuer, 1, root, NOW + 5, &err), 0);
	assert_int_equal(hm_cert_verify(leaf, NULL, 0, root, NOW + 5, &err), -HM_EUNTRUSTED);
	assert_int_equal(hm_cert_spki(leaf, &spki, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "0000000017");
	assert_int_equal(spki.len, id.spki_len);
	assert_memory_equal(spki.data, id.spki, spki.len);
	save_pem("idevid.pem", der.data, der.len);

	p.part_number = "";
	assert_int_equal(hm_keys_issue_idevid(k, &id, &p, &der, &err), -HM_EEMPTY);
	p.part_number = "HM-100";
	p.serial = "under_score";
	assert_int_equal(hm_keys_issue_idevid(k, &id, &p, &der, &err), -HM_EBAD_CHAR);
	hm_keys_close(k);

	assert_int_equal(run("cd %s; openssl verify -x509_strict -CAfile keys/root.pem "
			     "-untrusted keys/issuer.pem idevid.pem", station_dir), 0);
	assert_int_not_equal(run("cd %s; openssl verify -CAfile keys/root.pem idevid.pem", station_dir), 0);
}

static void test_idevid_profile(void **state)
{
	static const char *const wanted[] = {
		"Subject: serialNumber = 0000000017, CN = HM-100", "Not After : Dec 31 23:59:59 9999 GMT",
		"X509v3 Key Usage: critical", "X509v3 Subject Key Identifier",
		"X509v3 Authority Key Identifier", "Policy: 2.23.133.11.1.1", "Policy: 2.23.133.11.1.2",
		"7f:31:32:33:34:35:36:37:38:39:61:62:63:64:65:00",
	};

	(void)state;
	assert_int_equal(run("cd %s; openssl x509 -in idevid.pem -noout -text -certopt ext_parse >idevid.txt",
			     station_dir), 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_int_equal(run("grep -qF \"%s\" %s/idevid.txt", wanted[i], station_dir), 0);
	assert_int_not_equal(run("grep -q \"Basic Constraints\" %s/idevid.txt", station_dir), 0);
	/* hardwareModuleName first, then PermanentIdentifier, as another parser sees them */
	assert_int_equal(run("cd %s; openssl x509 -in idevid.pem -noout -ext subjectAltName >/dev/null; "
			     "openssl asn1parse -in idevid.pem >whole.txt; "
			     "at=$(grep -A1 \"X509v3 Subject Alternative Name\" whole.txt | tail -1 | cut -d: -f1); "
			     "openssl asn1parse -in idevid.pem -strparse $at >san.txt; "
			     "grep OBJECT san.txt | cut -d: -f4 | tr \"\\n\" , | "
			     "grep -qx \"1.3.6.1.5.5.7.8.4,2.23.133.1.2,Permanent Identifier,2.23.133.12.1,\"",
			     station_dir), 0);
}

static void expect_prove(const char *tcti, const char *roots, int want, const char *why)
{
	struct hm_dut_identity id, untouched;
	struct hm_dut *d = open_dut(tcti);
	int rc;

	memset(&id, 0xa5, sizeof(id));
	untouched = id;
	err.text[0] = '\0';
	rc = hm_dut_prove(d, roots, &id, &err);
	hm_dut_close(d);
	if (rc != want || !strstr(err.text, why))
		fail_msg("got %d, wanted %d: %s", rc, want, err.text);
	assert_memory_equal(&id, &untouched, sizeof(id));
}

static void test_wrong_roots(void **state)
{
	(void)state;
	expect_prove(unit.tcti, station.roots, -HM_EUNTRUSTED, "nobody vouches");
	expect_prove(unit.tcti, "/nonexistent", -ENOENT, "EK roots");
	expect_prove(unit.tcti, "", -ENOENT, "EK roots");
	assert_tidy(unit.tcti);
}

static void test_lies(void **state)
{
	static const struct { const char *mode; int rc; const char *why; } lies[] = {
		{ "swap-idevid", -HM_EUNTRUSTED, "another key than its IDevID" },
		{ "weak-iak", -HM_EUNTRUSTED, "IAK is not the key" },
		{ "bend-challenge", -HM_EUNTRUSTED, "not for its EK" },
		{ "bend-seed", -HM_ETPM_FAILED, "activate a credential" },
		{ "bend-answer", -HM_EUNTRUSTED, "not in the TPM of its EK" },
		{ "old-certify", -HM_EUNTRUSTED, "older question" },
		{ "cut-certify", -HM_ENO_TPM, "stopped answering" },
	};
	struct hm_dut_identity id;
	struct hm_dut *d;
	char tcti[400];

	(void)state;
	d = open_dut(tpm_proxy_tcti(&unit, "pass", tcti, sizeof(tcti)));
	assert_int_equal(hm_dut_prove(d, unit.roots, &id, &err), 0);
	hm_dut_close(d);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		tpm_proxy_tcti(&unit, lies[i].mode, tcti, sizeof(tcti));
		expect_prove(tcti, unit.roots, lies[i].rc, lies[i].why);
		if (lies[i].rc != -HM_ENO_TPM) {
			assert_tidy(unit.tcti);
			continue;
		}
		/* what the cut connection left is gone with the power */
		swtpm_stop(&unit);
		assert_int_equal(swtpm_start(&unit, unit_dir), 0);
	}
}

static void test_killed(void **state)
{
	struct hm_dut *d = open_dut(unit.tcti);
	struct hm_dut_identity id;
	int64_t t0 = ms();
	uint8_t ek[32];

	(void)state;
	assert_int_equal(hm_dut_ek(d, ek, &err), 0);
	swtpm_stop(&unit);
	assert_int_equal(hm_dut_prove(d, unit.roots, &id, &err), -HM_ENO_TPM);
	assert_int_equal(hm_dut_ek(d, ek, &err), -HM_ENO_TPM);
	hm_dut_close(d);
	d = NULL;
	assert_int_equal(hm_dut_open(unit.tcti, &d, &err), -HM_ENO_TPM);
	assert_null(d);
	assert_true(ms() - t0 < 5000);
	assert_int_equal(swtpm_start(&unit, unit_dir), 0);
}

/* The EK is not kept in the TPM: it is derived, found certified, and not kept. */
static void test_no_persistent_ek(void **state)
{
	struct hm_dut_identity id, before;
	struct hm_dut *d = open_dut(unit.tcti);

	(void)state;
	assert_int_equal(hm_dut_prove(d, unit.roots, &before, &err), 0);
	hm_dut_close(d);
	assert_int_equal(run("tpm2_evictcontrol -T %s -C o -c 0x81010001", unit.tcti), 0);
	d = open_dut(unit.tcti);
	assert_int_equal(hm_dut_prove(d, unit.roots, &id, &err), 0);
	hm_dut_close(d);
	assert_memory_equal(&id, &before, sizeof(id));
	assert_tidy(unit.tcti);
}

/* The unit carries another TPM's EK certificate, from a CA that is trusted. */
static void test_foreign_ek_cert(void **state)
{
	struct hm_dut *d;
	uint8_t ek[32];

	(void)state;
	assert_int_equal(run("cd %s; openssl x509 -in keys/ek.pem -outform der -out foreign.der; "
			     "tpm2_nvundefine -T %s -C p 0x1c00002; "
			     "tpm2_nvdefine -T %s -C o -s $(stat -c %%s foreign.der) "
			     "-a \"ownerread|authread|ownerwrite\" 0x1c00002; "
			     "tpm2_nvwrite -T %s -C o -i foreign.der 0x1c00002",
			     station_dir, unit.tcti, unit.tcti, unit.tcti), 0);
	expect_prove(unit.tcti, station.roots, -HM_EUNTRUSTED, "another TPM's");
	d = open_dut(unit.tcti);
	assert_int_equal(hm_dut_ek(d, ek, &err), -HM_EUNTRUSTED);
	hm_dut_close(d);
	assert_int_equal(run("tpm2_nvundefine -T %s -C o 0x1c00002", unit.tcti), 0);
	expect_prove(unit.tcti, unit.roots, -HM_EUNTRUSTED, "no EK certificate");
	assert_tidy(unit.tcti);
}

static int set_up(void **state)
{
	(void)state;
	/* the TSS writes every refused command to standard error otherwise */
	setenv("TSS2_LOG", "all+none", 0);
	strcpy(station_dir, "/tmp/hm-identity-s-XXXXXX");
	strcpy(unit_dir, "/tmp/hm-identity-u-XXXXXX");
	if (!mkdtemp(station_dir) || !mkdtemp(unit_dir))
		return -1;
	snprintf(keys_dir, sizeof(keys_dir), "%s/keys", station_dir);
	return swtpm_start(&station, station_dir) || swtpm_start(&unit, unit_dir);
}

static int tear_down(void **state)
{
	(void)state;
	swtpm_stop(&station);
	swtpm_stop(&unit);
	if (getenv("HM_KEEP_TEST_DIRS"))
		return 0;
	swtpm_remove_dir(station_dir);
	swtpm_remove_dir(unit_dir);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_digests),
		cmocka_unit_test(test_create_refusals),
		cmocka_unit_test(test_open_without_keys),
		cmocka_unit_test(test_create_after_crash),
		cmocka_unit_test(test_station_files),
		cmocka_unit_test(test_station_certificates),
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_station_tpm_restarts),
		cmocka_unit_test(test_other_tpm),
		cmocka_unit_test(test_prove_and_issue),
		cmocka_unit_test(test_idevid_profile),
		cmocka_unit_test(test_wrong_roots),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_no_persistent_ek),
		cmocka_unit_test(test_foreign_ek_cert),
	};
	int rc;

	if (tpm_proxy_main(argc, argv, &rc))
		return rc;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("identity", tests, set_up, tear_down);
}
