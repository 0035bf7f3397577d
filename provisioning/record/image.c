// SPDX-License-Identifier: LGPL-2.1-or-later
/* Any carrier from one shape, and one shape from any carrier. */
#include "record/carrier.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EPOCH_1996	820454400	/* IPMI counts minutes from here, in 24 bits */

static const char *const names[HM_CARRIERS] = {
	[HM_CARRIER_ONIE_TLV] = "onie-tlv", [HM_CARRIER_IPMI_FRU] = "ipmi-fru", [HM_CARRIER_CWT] = "cwt",
};

const char *hm_carrier_name(enum hm_carrier c)
{
	return names[c];
}

int hm_carrier_of(const char *name, enum hm_carrier *ret)
{
	for (int i = 0; i < HM_CARRIERS; i++)
		if (!strcmp(names[i], name)) {
			*ret = (enum hm_carrier)i;
			return 0;
		}
	return -HM_EUNKNOWN_SCHEME;
}

/* --- building --- */

static int build_onie(const struct hm_image *in, struct hm_buf *out, struct hm_err *err)
{
	struct hm_onie o = { .cwt_len = in->cwt_len };

	memcpy(o.product, in->product, sizeof(o.product));
	memcpy(o.part_number, in->part_number, sizeof(o.part_number));
	memcpy(o.serial, in->serial, sizeof(o.serial));
	memcpy(o.manufacturer, in->manufacturer, sizeof(o.manufacturer));
	memcpy(o.cwt, in->cwt, sizeof(o.cwt));
	o.has_mac = in->has_mac;
	memcpy(o.mac, in->mac, sizeof(o.mac));
	o.macs = in->macs;
	if (in->made > HM_ONIE_TIME_MAX)
		return hm_err_set(err, -HM_EBAD_DATE, "TlvInfo: a date has years of four digits");
	if (in->made >= 0)
		hm_onie_date(in->made, o.date);
	return hm_onie_build(&o, out, err);
}

/* 0 says nothing: what 24 bits cannot hold is left out rather than wrong. */
static uint32_t fru_minutes(int64_t t)
{
	int64_t m = (t - EPOCH_1996) / 60;

	return t >= EPOCH_1996 && m < 1 << 24 ? (uint32_t)m : 0;
}

static void put(struct hm_fru *f, enum hm_fru_text t, const char *text)
{
	_Static_assert(HM_IMAGE_WRITE < HM_FRU_TEXT, "every text that may be written has room");
	(void)snprintf(f->text[t], HM_FRU_TEXT, "%.64s", text);
}

static int build_fru(const struct hm_image *in, struct hm_buf *out, struct hm_err *err)
{
	struct hm_fru f = { .cwt_len = in->cwt_len, .board_minutes = fru_minutes(in->made) };

	f.has[HM_FRU_BOARD] = f.has[HM_FRU_PRODUCT] = true;
	put(&f, HM_FRU_BOARD_MANUFACTURER, in->manufacturer);
	put(&f, HM_FRU_BOARD_NAME, in->product);
	put(&f, HM_FRU_BOARD_SERIAL, in->serial);
	put(&f, HM_FRU_BOARD_PART, in->part_number);
	put(&f, HM_FRU_PRODUCT_MANUFACTURER, in->manufacturer);
	put(&f, HM_FRU_PRODUCT_NAME, in->product);
	put(&f, HM_FRU_PRODUCT_PART, in->part_number);
	put(&f, HM_FRU_PRODUCT_SERIAL, in->serial);
	memcpy(f.cwt, in->cwt, sizeof(f.cwt));
	return hm_fru_build(&f, out, err);
}

int hm_image_build(enum hm_carrier c, const struct hm_image *in, struct hm_buf *out,
		   struct hm_err *err)
{
	const char *const texts[] = { in->product, in->part_number, in->serial, in->manufacturer };

	for (size_t i = 0; i < 4; i++)
		if (strnlen(texts[i], HM_IMAGE_WRITE + 1) > HM_IMAGE_WRITE)
			return hm_err_set(err, -HM_ETOO_LONG, "a text of more than 64 characters");
	if (in->cwt_len > HM_RECORD_MAX)
		return hm_err_set(err, -HM_ETOO_LONG, "a record of %zu bytes, %d fit", in->cwt_len, HM_RECORD_MAX);
	switch (c) {
	case HM_CARRIER_ONIE_TLV:
		return build_onie(in, out, err);
	case HM_CARRIER_IPMI_FRU:
		return build_fru(in, out, err);
	case HM_CARRIER_CWT:
		break;
	}
	return in->cwt_len ? hm_buf_add(out, in->cwt, in->cwt_len) :
			     hm_err_set(err, -HM_EEMPTY, "there is no record to be carried");
}

/* --- reading --- */

static int parse_onie(const void *bytes, size_t len, struct hm_image *ret, size_t *ret_len,
		      struct hm_err *err)
{
	struct hm_onie o;
	int rc = hm_onie_parse(bytes, len, &o, ret_len, err);

	if (rc)
		return rc;
	memcpy(ret->product, o.product, sizeof(ret->product));
	memcpy(ret->part_number, o.part_number, sizeof(ret->part_number));
	memcpy(ret->serial, o.serial, sizeof(ret->serial));
	memcpy(ret->manufacturer, o.manufacturer, sizeof(ret->manufacturer));
	memcpy(ret->cwt, o.cwt, o.cwt_len);
	ret->cwt_len = o.cwt_len;
	ret->has_mac = o.has_mac;
	memcpy(ret->mac, o.mac, sizeof(ret->mac));
	ret->macs = o.macs;
	/* what stands before 1970 is nobody's date of manufacture */
	if (!o.date[0] || hm_onie_time(o.date, &ret->made) || ret->made < 0)
		ret->made = -1;
	return 0;
}

static void take(char out[HM_IMAGE_TEXT], const char *text)
{
	_Static_assert(HM_FRU_TEXT <= HM_IMAGE_TEXT, "every text of a FRU has room");
	memcpy(out, text, HM_FRU_TEXT);
}

/* What the product area says; without one, what the board's does. */
static int parse_fru(const void *bytes, size_t len, struct hm_image *ret, size_t *ret_len,
		     struct hm_err *err)
{
	struct hm_fru f;
	int rc = hm_fru_parse(bytes, len, &f, ret_len, err);
	bool product;

	if (rc)
		return rc;
	product = f.has[HM_FRU_PRODUCT];
	take(ret->manufacturer, f.text[product ? HM_FRU_PRODUCT_MANUFACTURER : HM_FRU_BOARD_MANUFACTURER]);
	take(ret->product, f.text[product ? HM_FRU_PRODUCT_NAME : HM_FRU_BOARD_NAME]);
	take(ret->part_number, f.text[product ? HM_FRU_PRODUCT_PART : HM_FRU_BOARD_PART]);
	take(ret->serial, f.text[product ? HM_FRU_PRODUCT_SERIAL : HM_FRU_BOARD_SERIAL]);
	ret->made = f.board_minutes ? EPOCH_1996 + 60 * (int64_t)f.board_minutes : -1;
	memcpy(ret->cwt, f.cwt, f.cwt_len);
	ret->cwt_len = f.cwt_len;
	return rc;
}

static int parse_cwt(const void *bytes, size_t len, struct hm_image *ret, size_t *ret_len,
		     struct hm_err *err)
{
	struct hm_record rec;
	int rc = hm_record_measure(bytes, len, ret_len);

	rc = rc ?: hm_record_parse(bytes, *ret_len, &rec, NULL);
	if (rc)
		return hm_err_set(err, rc, "the record: %s", hm_error_why(rc));
	(void)snprintf(ret->serial, sizeof(ret->serial), "%s", rec.serial);
	(void)snprintf(ret->product, sizeof(ret->product), "%s", rec.product);
	ret->made = -1;
	memcpy(ret->cwt, bytes, *ret_len);
	ret->cwt_len = *ret_len;
	return 0;
}

bool hm_erased(const uint8_t *p, size_t len)
{
	if (len && p[0] != 0x00 && p[0] != 0xff)
		return false;
	for (size_t i = 1; i < len; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

int hm_image_parse(const void *bytes, size_t len, enum hm_carrier *ret_carrier,
		   struct hm_image *ret, size_t *ret_len, struct hm_err *err)
{
	static int (*const parse[HM_CARRIERS])(const void *, size_t, struct hm_image *, size_t *,
					       struct hm_err *) = {
		[HM_CARRIER_ONIE_TLV] = parse_onie, [HM_CARRIER_IPMI_FRU] = parse_fru, [HM_CARRIER_CWT] = parse_cwt,
	};
	const uint8_t *p = bytes;
	struct hm_image image;
	enum hm_carrier c;
	size_t n = 0;
	int rc;

	if (!len)
		return hm_err_set(err, -HM_EEMPTY, "no bytes");
	if (hm_erased(p, len))
		return hm_err_set(err, -HM_EUNPROGRAMMED, "nothing but erased bytes");
	if (p[0] == 'T')
		c = HM_CARRIER_ONIE_TLV;
	else if (p[0] == 1)
		c = HM_CARRIER_IPMI_FRU;
	else if (p[0] == 0xd2)		/* COSE_Sign1's tag */
		c = HM_CARRIER_CWT;
	else
		return hm_err_set(err, -HM_EBAD_FORMAT, "neither TlvInfo nor an IPMI FRU nor a record");
	memset(&image, 0, sizeof(image));
	rc = parse[c](bytes, len, &image, &n, err);
	if (rc)
		return rc;
	*ret_carrier = c;
	*ret = image;
	*ret_len = n;
	return 0;
}
