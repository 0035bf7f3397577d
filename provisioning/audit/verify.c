// SPDX-License-Identifier: LGPL-2.1-or-later
/* One record by itself: is it the station's word, and is the station the root's? */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "identity/identity.h"
#include "record/slots.h"

static int load_pem(const char *path, struct hm_buf *der, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf pem = HM_BUF_INIT(1u << 20);
	int rc = hm_read_file_of(path, path, &pem, err);

	if (rc)
		return rc == -ENOENT ? -HM_ENOT_FOUND : rc;
	rc = hm_cert_from_pem(hm_buf_str(&pem), pem.len, der);
	return rc ? hm_err_set(err, rc, "%s: not a certificate", path) : 0;
}

/* The generation of an image's record, or -1 where it has none. */
static int64_t generation_of(const struct hm_image *image)
{
	struct hm_record rec;

	return hm_record_parse(image->cwt, image->cwt_len, &rec, NULL) ? -1 : (int64_t)rec.generation;
}

/*
 * The images that may speak for the unit, best first: what stands at the start and what
 * stands in slot B, by the generation of their records.
 */
static int find_images(const uint8_t *bytes, size_t len, struct hm_image ret[2], size_t *ret_n, struct hm_err *err)
{
	struct hm_image a, b;
	enum hm_carrier carrier;
	struct hm_eeprom_view view;
	struct hm_slots slots;
	struct hm_err why = { "" };
	size_t n, found = 0;
	int rc = hm_image_parse(bytes, len, &carrier, &a, &n, &why);

	if (!rc && a.cwt_len)
		ret[found++] = a;
	if (!hm_slots_find(bytes, len, &slots, &view) && slots.n == 2 &&
	    !hm_image_parse(bytes + slots.b, len - slots.b, &carrier, &b, &n, NULL) && b.cwt_len) {
		if (found && !strcmp(a.serial, b.serial) && generation_of(&b) > generation_of(&a)) {
			ret[1] = a;
			ret[0] = b;
			found = 2;
		} else {
			ret[found++] = b;
		}
	}
	*ret_n = found;
	if (found)
		return 0;
	if (!rc)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the EEPROM holds no record of this project");
	return hm_err_set(err, rc, "no record and no EEPROM image with one: %s", hm_err_text(&why, rc));
}

static int check_image(const struct hm_image *image, const struct hm_buf *spki, struct hm_record *rec,
		       struct hm_err *err)
{
	int rc = hm_record_verify(image->cwt, image->cwt_len, spki->data, spki->len, rec);

	if (rc)
		return hm_err_set(err, rc, "the record: %s", hm_error_why(rc));
	if (image->serial[0] && strcmp(image->serial, rec->serial))
		return hm_err_set(err, -HM_EINCONSISTENT, "the EEPROM says serial %.24s, the record in it %s",
				  image->serial, rec->serial);
	return 0;
}

static int verify(const uint8_t *bytes, size_t len, const char *sign_pem, const char *root_pem,
		  struct hm_record *rec, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf sign = HM_BUF_INIT(1u << 20), root = HM_BUF_INIT(1u << 20),
		      spki = HM_BUF_INIT(4096);
	struct hm_image images[2];
	struct hm_record other;
	size_t n = 0;
	int rc;

	rc = load_pem(sign_pem, &sign, err);
	rc = rc ?: load_pem(root_pem, &root, err);
	rc = rc ?: find_images(bytes, len, images, &n, err);
	if (rc)
		return rc;
	rc = hm_cert_verify((struct hm_der){ sign.data, sign.len }, NULL, 0,
			    (struct hm_der){ root.data, root.len }, 0, err);
	rc = rc ?: hm_cert_spki((struct hm_der){ sign.data, sign.len }, &spki, NULL, 0);
	if (rc)
		return rc;
	rc = check_image(&images[0], &spki, rec, err);
	/* half written with a checksum that holds by chance: then the other one speaks */
	if (rc == -HM_EBAD_SIGNATURE && n == 2 && !strcmp(images[0].serial, images[1].serial) &&
	    !check_image(&images[1], &spki, rec, NULL))
		rc = 0;
	/* two records that are both good, of two units: neither speaks for the board */
	if (!rc && n == 2 && strcmp(images[0].serial, images[1].serial) &&
	    !check_image(&images[1], &spki, &other, NULL))
		rc = hm_err_set(err, -HM_EINCONSISTENT, "slot A has the record of %s, slot B that of %s", rec->serial,
				other.serial);
	return rc;
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
