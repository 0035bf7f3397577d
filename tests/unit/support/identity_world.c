/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/identity_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "identity/tpm.h"

char station_dir[64], unit_dir[64], keys_dir[96];
struct swtpm station, unit;
struct hm_err err;

int64_t ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

int run(const char *fmt, ...)
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

void save(const char *name, const void *bytes, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", station_dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

void save_pem(const char *name, const uint8_t *der, size_t len)
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

size_t assert_tidy(const char *tcti)
{
	struct hm_tpm t;
	size_t n;

	assert_int_equal(hm_tpm_open(&t, tcti, &err), 0);
	assert_int_equal(count_handles(&t, 0x80000000u), 0);
	assert_int_equal(count_handles(&t, 0x02000000u), 0);
	n = count_handles(&t, 0x81000000u);
	hm_tpm_close(&t);
	return n;
}

struct hm_keys_params params(void)
{
	return (struct hm_keys_params){
		.tcti = station.tcti, .dir = keys_dir, .station = "line-1", .ek_roots = station.roots,
		.demo = true, .now = NOW,
	};
}

void world_make_station(void)
{
	struct hm_keys_params p = params();

	if (hm_keys_create(&p, &err))
		fail_msg("hm_keys_create: %s", err.text);
}

struct hm_keys *open_keys(void)
{
	struct hm_keys *k = NULL;

	if (hm_keys_open(station.tcti, keys_dir, &k, &err))
		fail_msg("hm_keys_open: %s", err.text);
	return k;
}

struct hm_dut *open_dut(const char *tcti)
{
	struct hm_dut *d = NULL;

	if (hm_dut_open(tcti, &d, &err))
		fail_msg("hm_dut_open: %s", err.text);
	return d;
}

struct hm_der cert_of(struct hm_keys *k, enum hm_cert which)
{
	struct hm_der d;

	assert_int_equal(hm_keys_cert(k, which, &d.bytes, &d.len), 0);
	return d;
}

int world_set_up(void **state)
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

int world_tear_down(void **state)
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
