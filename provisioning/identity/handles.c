/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "identity/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const hm_resident_name[HM_KEYS_RESIDENT] = {
	[HM_KEY_AK] = "ak", [HM_KEY_SIGN] = "sign", [HM_KEY_ISSUER] = "issuer",
};

const enum hm_cert hm_resident_cert[HM_KEYS_RESIDENT] = {
	[HM_KEY_AK] = HM_CERT_AK, [HM_KEY_SIGN] = HM_CERT_SIGN, [HM_KEY_ISSUER] = HM_CERT_ISSUER,
};

const char *const hm_cert_file[HM_KEYS_CERTS] = {
	[HM_CERT_ROOT] = "root.pem", [HM_CERT_ISSUER] = "issuer.pem", [HM_CERT_SIGN] = "sign.pem",
	[HM_CERT_AK] = "ak.pem", [HM_CERT_EK] = "ek.pem",
};

int hm_handles_format(const struct hm_handles *h, struct hm_buf *ret)
{
	int rc = 0;

	for (int i = 0; i < HM_KEYS_RESIDENT && !rc; i++) {
		if (!h->key[i].handle)
			continue;
		rc = hm_buf_printf(ret, "%s 0x%08x ", hm_resident_name[i], h->key[i].handle);
		rc = rc ?: hm_buf_hex(ret, h->key[i].name.name, h->key[i].name.size);
		rc = rc ?: hm_buf_byte(ret, '\n');
	}
	return rc;
}

/* "0xHHHHHHHH NAME" at @p, up to @end */
static int parse_line(const char *p, const char *end, struct hm_handle *ret)
{
	struct hm_handle h = { .name.size = 34 };
	char digits[9], name[69], *stop;

	if (end - p != 2 + 8 + 1 + 68 || memcmp(p, "0x81", 4) || p[10] != ' ')
		return -HM_EBAD_FORMAT;
	memcpy(digits, p + 2, 8);
	digits[8] = '\0';
	h.handle = (TPM2_HANDLE)strtoul(digits, &stop, 16);
	memcpy(name, p + 11, 68);
	name[68] = '\0';
	if (*stop || hm_unhex(name, h.name.name, 34))
		return -HM_EBAD_FORMAT;
	*ret = h;
	return 0;
}

int hm_handles_parse(const char *text, struct hm_handles *ret)
{
	struct hm_handles h = { 0 };
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		int rc = -HM_EBAD_FORMAT;

		for (int i = 0; i < HM_KEYS_RESIDENT && rc; i++) {
			size_t len = strlen(hm_resident_name[i]);

			if (!strncmp(text, hm_resident_name[i], len) && text[len] == ' ')
				rc = parse_line(text + len + 1, end, &h.key[i]);
		}
		if (rc)
			return rc;
	}
	*ret = h;
	return 0;
}

static int evict_one(struct hm_tpm *t, const struct hm_handle *h, struct hm_err *err)
{
	ESYS_TR object = ESYS_TR_NONE;
	TPM2B_PUBLIC public;
	TPM2B_NAME name;
	int rc;

	rc = hm_tpm_find(t, h->handle, &object, err);
	if (rc || object == ESYS_TR_NONE)
		return rc;
	rc = hm_tpm_read_public(t, object, &public, err);
	Esys_TR_Close(t->esys, &object);
	/* somebody else's key took the place: not ours to remove */
	if (!rc && (hm_public_name(&public, &name) || name.size != h->name.size ||
		    memcmp(name.name, h->name.name, name.size)))
		return 0;
	return rc ?: hm_tpm_evict(t, h->handle, err);
}

int hm_handles_evict(struct hm_tpm *t, const struct hm_handles *h, struct hm_err *err)
{
	int rc = 0;

	for (int i = 0; i < HM_KEYS_RESIDENT; i++) {
		int one = h->key[i].handle ? evict_one(t, &h->key[i], rc ? NULL : err) : 0;

		rc = rc ?: one;
	}
	return rc;
}
