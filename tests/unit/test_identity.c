/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The station's keys: made, opened, used, lost and found again. */
#include "support/identity_world.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/es256.h"
#include "identity/crypto.h"

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
		assert_int_equal(run("cd %s; openssl dgst -sha256 -verify spki.der -keyform der "
				     "-signature %s msg", station_dir, i ? "rs.der" : "sig.der"), 0);
	assert_int_not_equal(run("cd %s; openssl dgst -sha256 -verify spki.der -keyform der "
				 "-signature rs.der rs.der", station_dir), 0);
	/* Ed25519, as an SPKI: the fixed prefix of RFC 8410 and the key */
	der.len = 0;
	assert_int_equal(hm_buf_add(&der, "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12), 0);
	assert_int_equal(hm_buf_add(&der, log_public, 32), 0);
	save("log.der", der.data, der.len);
	save("log.sig", log, 64);
	assert_int_equal(run("cd %s; openssl pkeyutl -verify -pubin -keyform der -inkey log.der -rawin "
			     "-in msg -sigfile log.sig", station_dir), 0);
	assert_tidy(station.tcti);
}

/*
 * The station's signing key is not restricted: it signs a quote written by hand as
 * well as anything. Its certificate must not pass for an attestation key's.
 */
static void assert_forged_quote_refused(struct hm_keys *k, const struct hm_quote *q)
{
	struct hm_der sign = cert_of(k, HM_CERT_SIGN), ak = cert_of(k, HM_CERT_AK);
	struct hm_quote_facts f;
	uint8_t sig[72] = { 0x00, 0x18, 0x00, 0x0b, 0x00, 0x20, [38] = 0x00, [39] = 0x20 }, rs[64];

	assert_int_equal(hm_keys_sign(k, q->attest, q->attest_len, rs, &err), 0);
	memcpy(sig + 6, rs, 32);
	memcpy(sig + 40, rs + 32, 32);
	assert_int_equal(hm_quote_verify(q->attest, q->attest_len, sig, sizeof(sig), sign.bytes,
					 sign.len, &f, &err), -HM_EUNTRUSTED);
	assert_int_equal(hm_quote_verify(q->attest, q->attest_len, sig, sizeof(sig), ak.bytes, ak.len,
					 &f, &err), -HM_EBAD_SIGNATURE);
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
					 &f, &err), -HM_EUNTRUSTED);
	assert_forged_quote_refused(k, &q);
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

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
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
	};
	int rc;

	if (tpm_proxy_main(argc, argv, &rc))
		return rc;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("identity", tests, world_set_up, world_tear_down);
}
