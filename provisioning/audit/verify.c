// SPDX-License-Identifier: LGPL-2.1-or-later
/* One record by itself: is it the station's word, and is the station the root's? */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "identity/identity.h"
#include "record/record.h"

static const char tlv_magic[] = "TlvInfo";	/* with its NUL */

static int load_pem(const char *path, struct hm_buf *der, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 20);
	int rc = hm_read_file(path, &pem);

	if (rc)
		return hm_err_set(err, rc == -ENOENT ? -HM_ENOT_FOUND : rc, "%s: %s", path,
				  strerror(-rc));
	rc = hm_cert_from_pem(hm_buf_str(&pem), pem.len, der);
	return rc ? hm_err_set(err, rc, "%s: not a certificate", path) : 0;
}

/* Slot A, or where a writer was cut off, slot B. */
static int from_image(const uint8_t *image, size_t len, struct hm_onie *o, struct hm_err *err)
{
	struct hm_slots slots;
	struct hm_err first = { "" };
	size_t n;
	int rc = hm_onie_parse(image, len, o, &n, &first);

	if (!rc && o->cwt_len)
		return 0;
	if (len <= UINT32_MAX && !hm_slots_plan((uint32_t)len, &slots) && slots.b < len &&
	    !hm_onie_parse(image + slots.b, len - slots.b, o, &n, NULL) && o->cwt_len)
		return 0;
	if (!rc)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the EEPROM holds no record of this project");
	return hm_err_set(err, -HM_EBAD_FORMAT, "not an EEPROM image with a record: %s",
			  hm_err_text(&first, rc));
}

static int find_record(const uint8_t *bytes, size_t len, struct hm_onie *o, struct hm_err *err)
{
	memset(o, 0, sizeof(*o));
	/* a bare record is short and begins with COSE_Sign1's tag */
	if (len && len <= HM_RECORD_MAX && bytes[0] == 0xd2) {
		memcpy(o->cwt, bytes, len);
		o->cwt_len = len;
		return 0;
	}
	if (len >= sizeof(tlv_magic))
		return from_image(bytes, len, o, err);
	return hm_err_set(err, -HM_EBAD_FORMAT, "neither a record nor an EEPROM image");
}

static int verify(const uint8_t *bytes, size_t len, const char *sign_pem, const char *root_pem,
		  struct hm_record *rec, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf sign = HM_BUF_INIT(1u << 20), root = HM_BUF_INIT(1u << 20),
		      spki = HM_BUF_INIT(4096);
	struct hm_onie o;
	int rc;

	rc = load_pem(sign_pem, &sign, err);
	rc = rc ?: load_pem(root_pem, &root, err);
	rc = rc ?: find_record(bytes, len, &o, err);
	if (rc)
		return rc;
	rc = hm_cert_verify((struct hm_der){ sign.data, sign.len }, NULL, 0,
			    (struct hm_der){ root.data, root.len }, 0, err);
	rc = rc ?: hm_cert_spki((struct hm_der){ sign.data, sign.len }, &spki, NULL, 0);
	if (rc)
		return rc;
	rc = hm_record_verify(o.cwt, o.cwt_len, spki.data, spki.len, rec);
	if (rc)
		return hm_err_set(err, rc, "the record: %s", hm_error_why(rc));
	if (o.serial[0] && strcmp(o.serial, rec->serial))
		return hm_err_set(err, -HM_EINCONSISTENT,
				  "the EEPROM says serial %.24s, the record in it %s", o.serial,
				  rec->serial);
	return 0;
}

int hm_verify_record(const void *bytes, size_t len, const char *sign_pem, const char *root_pem,
		     struct hm_verify_result *ret, struct hm_err *err)
{
	struct hm_verify_result result = { .text = "" };
	struct hm_record rec = { .serial = "" };
	struct hm_err why = { "" };
	int rc;

	assert((bytes || !len) && sign_pem && root_pem && ret);
	rc = verify(bytes, len, sign_pem, root_pem, &rec, &why);
	if (rc) {
		memset(ret, 0, sizeof(*ret));
		snprintf(ret->text, sizeof(ret->text), "%s", hm_err_text(&why, rc));
		return hm_err_set(err, rc, "%s", hm_err_text(&why, rc));
	}
	memcpy(result.serial, rec.serial, sizeof(result.serial));
	memcpy(result.product, rec.product, sizeof(result.product));
	memcpy(result.issuer, rec.issuer, sizeof(result.issuer));
	result.generation = rec.generation;
	result.issued_at = rec.issued_at;
	*ret = result;
	return 0;
}
