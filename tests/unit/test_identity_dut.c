/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unit's TPM: the proof, its certificate, and every lie that must be seen through. */
#include "support/identity_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "identity/crypto.h"
#include "identity/ek.h"
#include "identity/tpm.h"

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

	world_make_station();
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
	if (want)
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

/* The roots file has the root alone; the intermediate is in the TPM, in two parts. */
static void test_chain_in_tpm(void **state)
{
	char root[128];

	(void)state;
	snprintf(root, sizeof(root), "%s/ca/swtpm-localca-rootca-cert.pem", unit_dir);
	expect_prove(unit.tcti, root, -HM_EUNTRUSTED, "nobody vouches");
	assert_int_equal(run("cd %s; openssl x509 -in %s/ca/issuercert.pem -outform der -out ca.der; "
			     "split -b 700 ca.der ca.part.; at=256; for f in ca.part.*; do "
			     "i=$(printf \"0x1c00%%03x\" $at); at=$((at + 1)); "
			     "tpm2_nvdefine -T %s -C o -s $(stat -c %%s $f) -a \"ownerread|authread|ownerwrite\" $i; "
			     "tpm2_nvwrite -T %s -C o -i $f $i; done",
			     station_dir, unit_dir, unit.tcti, unit.tcti), 0);
	expect_prove(unit.tcti, root, 0, "");
	assert_int_equal(run("tpm2_nvundefine -T %s -C o 0x1c00100; tpm2_nvundefine -T %s -C o 0x1c00101",
			     unit.tcti, unit.tcti), 0);
	expect_prove(unit.tcti, root, -HM_EUNTRUSTED, "nobody vouches");
	assert_tidy(unit.tcti);
}

static void drop_ext(X509 *x, int nid)
{
	X509_EXTENSION_free(X509_delete_ext(x, X509_get_ext_by_NID(x, nid, -1)));
}

static void flip_critical(X509 *x, int nid)
{
	X509_EXTENSION *e = X509_get_ext(x, X509_get_ext_by_NID(x, nid, -1));

	assert_int_equal(X509_EXTENSION_set_critical(e, !X509_EXTENSION_get_critical(e)), 1);
}

/* One certificate that fits the profile, and what is left of it one rule short. */
static void test_ek_profile(void **state)
{
	static const struct { int nid; bool flip; const char *why; } rules[] = {
		{ NID_subject_alt_name, false, "subjectAltName" },
		{ NID_basic_constraints, false, "basicConstraints" },
		{ NID_basic_constraints, true, "basicConstraints" },
		{ NID_key_usage, false, "keyUsage" },
		{ NID_key_usage, true, "keyUsage" },
		{ NID_authority_key_identifier, false, "authorityKeyIdentifier" },
		{ NID_authority_key_identifier, true, "authorityKeyIdentifier" },
		{ NID_ext_key_usage, false, "extendedKeyUsage" },
		{ NID_subject_directory_attributes, false, "specification" },
	};
	_cleanup_buf_ struct hm_buf der = HM_BUF_INIT(8192);
	struct hm_tpm t;
	struct hm_tpm_guard g;
	char hw[128];

	(void)state;
	assert_int_equal(hm_tpm_open(&t, unit.tcti, &err), 0);
	hm_tpm_lock(&t, &g);
	assert_int_equal(hm_tpm_nv_read(&t, HM_EK_NV_RSA2048, &der, &err), 0);
	hm_tpm_unlock(&g);
	hm_tpm_close(&t);
	/* -1: as it is */
	for (int i = -1; i < (int)(sizeof(rules) / sizeof(rules[0])); i++) {
		const unsigned char *p = der.data;
		_cleanup_x509_ X509 *x = d2i_X509(NULL, &p, (long)der.len), *again = NULL;
		unsigned char *out = NULL;
		const unsigned char *in;
		int len, rc;

		assert_non_null(x);
		if (i >= 0 && rules[i].flip)
			flip_critical(x, rules[i].nid);
		else if (i >= 0)
			drop_ext(x, rules[i].nid);
		/* written and read again: OpenSSL remembers what it saw before */
		i2d_re_X509_tbs(x, NULL);
		len = i2d_X509(x, &out);
		in = out;
		again = d2i_X509(NULL, &in, len);
		OPENSSL_free(out);
		assert_non_null(again);
		err.text[0] = '\0';
		rc = hm_ek_cert_profile(again, &err);
		if (rc != (i < 0 ? 0 : -HM_EUNTRUSTED) || (i >= 0 && !strstr(err.text, rules[i].why)))
			fail_msg("rule %d: %d %s", i, rc, err.text);
		if (i < 0)
			assert_int_equal(hm_ek_hw_serial(again, hw, 20, &err), -HM_ETOO_LONG);
	}
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

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_digests),
		cmocka_unit_test(test_prove_and_issue),
		cmocka_unit_test(test_idevid_profile),
		cmocka_unit_test(test_wrong_roots),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_chain_in_tpm),
		cmocka_unit_test(test_ek_profile),
		cmocka_unit_test(test_no_persistent_ek),
		cmocka_unit_test(test_foreign_ek_cert),
	};
	int rc;

	if (tpm_proxy_main(argc, argv, &rc))
		return rc;
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("identity_dut", tests, world_set_up, world_tear_down);
}
