// SPDX-License-Identifier: LGPL-2.1-or-later
/* ONIE TlvInfo: what other people's tools read at the start of a unit's EEPROM. */
#include "record/carrier.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digits.h"

#define HEAD_LEN	11u	/* "TlvInfo\0", version, BE16 length */
#define CRC_LEN		6u	/* FE 04 and four bytes */
#define PEN_LEN		4u

enum tlv {
	TLV_PRODUCT		= 0x21,
	TLV_PART_NUMBER		= 0x22,
	TLV_SERIAL		= 0x23,
	TLV_MAC			= 0x24,
	TLV_DATE		= 0x25,
	TLV_MACS		= 0x2a,
	TLV_MANUFACTURER	= 0x2b,
	TLV_VENDOR		= HM_ONIE_VENDOR,
	TLV_CRC			= 0xfe,
};

/* CRC-32 as in IEEE 802.3 and zlib. */
static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int check_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return -HM_EBAD_CHAR;
	return 0;
}

/* "MM/DD/YYYY HH:MM:SS", a day that exists */
static bool date_read(const char *s, size_t len, int64_t *ret)
{
	static const char shape[] = "99/99/9999 99:99:99";
	static const size_t at[] = { 0, 3, 6, 11, 14, 17 };
	uint64_t v[6];
	struct tm tm = { .tm_isdst = 0 };

	if (len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < len; i++)
		if (shape[i] == '9' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
			return false;
	for (int i = 0; i < 6; i++)
		(void)hm_digits_value(s + at[i], i == 2 ? 4 : 2, UINT64_MAX, &v[i]);
	if (v[0] < 1 || v[0] > 12 || v[1] < 1 || v[3] > 23 || v[4] > 59 || v[5] > 59)
		return false;
	tm.tm_mon = (int)v[0] - 1;
	tm.tm_mday = (int)v[1];
	tm.tm_year = (int)v[2] - 1900;
	tm.tm_hour = (int)v[3];
	tm.tm_min = (int)v[4];
	tm.tm_sec = (int)v[5];
	*ret = (int64_t)timegm(&tm);
	/* a day that does not exist comes back as another one */
	return tm.tm_mday == (int)v[1];
}

static bool date_ok(const char *s, size_t len)
{
	int64_t t;

	return date_read(s, len, &t);
}

int hm_onie_time(const char *date, int64_t *ret)
{
	int64_t t;

	if (!date_read(date, strlen(date), &t))
		return -HM_EBAD_DATE;
	*ret = t;
	return 0;
}

void hm_onie_date(int64_t t, char out[20])
{
	char text[64];
	time_t when = (time_t)t;
	struct tm tm;

	assert(t >= 0 && t <= HM_ONIE_TIME_MAX);
	(void)gmtime_r(&when, &tm);
	(void)snprintf(text, sizeof(text), "%02d/%02d/%04d %02d:%02d:%02d", tm.tm_mon + 1, tm.tm_mday,
		       tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, text, 20);
}

/* --- writing --- */

static int put_tlv(struct hm_buf *b, enum tlv code, const void *bytes, size_t len)
{
	int rc;

	assert(len <= UINT8_MAX);
	rc = hm_buf_byte(b, (uint8_t)code);
	rc = rc ?: hm_buf_byte(b, (uint8_t)len);
	return rc ?: hm_buf_add(b, bytes, len);
}

/* An empty text leaves no TLV. */
static int put_text(struct hm_buf *b, enum tlv code, const char *text)
{
	size_t len = strnlen(text, HM_IMAGE_WRITE + 1);
	int rc;

	if (len > HM_IMAGE_WRITE)
		return -HM_ETOO_LONG;
	rc = check_text(text, len);
	if (!rc && code == TLV_DATE && len && !date_ok(text, len))
		rc = -HM_EBAD_DATE;
	return rc || !len ? rc : put_tlv(b, code, text, len);
}

static int put_vendor(struct hm_buf *b, const struct hm_onie *in)
{
	uint8_t value[PEN_LEN + HM_RECORD_MAX] = {
		HM_RECORD_PEN >> 24, HM_RECORD_PEN >> 16 & 0xff, HM_RECORD_PEN >> 8 & 0xff, HM_RECORD_PEN & 0xff
	};

	if (!in->cwt_len)
		return 0;
	if (in->cwt_len > HM_RECORD_MAX)
		return -HM_ETOO_LONG;
	memcpy(value + PEN_LEN, in->cwt, in->cwt_len);
	return put_tlv(b, TLV_VENDOR, value, PEN_LEN + in->cwt_len);
}

/* IEEE 802, 8.2: neither a group's nor a local address, and not nothing */
static bool mac_ok(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return !(mac[0] & 3) && memcmp(mac, none, 6) != 0;
}

static int put_mac(struct hm_buf *b, const struct hm_onie *in)
{
	if (!in->has_mac)
		return 0;
	return mac_ok(in->mac) ? put_tlv(b, TLV_MAC, in->mac, sizeof(in->mac)) : -HM_EBAD_EUI;
}

/*
 * Of so many from the first one on, none may be outside what one assignee can have: 2^24 addresses
 * (MA-L) behind the same three octets. A run does not go on in somebody else's block.
 */
static int put_macs(struct hm_buf *b, const struct hm_onie *in)
{
	uint32_t first = (uint32_t)in->mac[3] << 16 | (uint32_t)in->mac[4] << 8 | in->mac[5];
	uint8_t be[2] = { in->macs >> 8, in->macs & 0xff };

	if (!in->macs)
		return 0;
	if (!in->has_mac)
		return -HM_EEMPTY;
	return first + in->macs - 1 > 0xffffff ? -HM_EOVERFLOW : put_tlv(b, TLV_MACS, be, sizeof(be));
}

/* One TLV of ours with what @in says; none where that is empty. */
static int put_member(struct hm_buf *b, enum tlv code, const struct hm_onie *in)
{
	switch (code) {
	case TLV_PRODUCT:
		return put_text(b, code, in->product);
	case TLV_PART_NUMBER:
		return put_text(b, code, in->part_number);
	case TLV_SERIAL:
		return put_text(b, code, in->serial);
	case TLV_MAC:
		return put_mac(b, in);
	case TLV_DATE:
		return put_text(b, code, in->date);
	case TLV_MACS:
		return put_macs(b, in);
	case TLV_MANUFACTURER:
		return put_text(b, code, in->manufacturer);
	case TLV_VENDOR:
		return put_vendor(b, in);
	case TLV_CRC:
		break;
	}
	return 0;
}

/* The same, and which it was that could not be put. */
static int put(struct hm_buf *b, enum tlv code, const struct hm_onie *in, struct hm_err *err)
{
	int rc = put_member(b, code, in);

	if (rc == -HM_EOVERFLOW && code == TLV_MACS)
		return hm_err_set(err, rc, "TlvInfo: %u MACs from %02X:%02X:%02X:%02X:%02X:%02X on leave the block of 2^24 that begins with %02X:%02X:%02X",
				  in->macs, in->mac[0], in->mac[1], in->mac[2], in->mac[3], in->mac[4], in->mac[5],
				  in->mac[0], in->mac[1], in->mac[2]);
	return rc ? hm_err_set(err, rc, "TlvInfo: TLV %02X: %s", code, hm_error_why(rc)) : 0;
}

const uint8_t hm_onie_order[HM_ONIE_TLVS] = {
	TLV_PRODUCT, TLV_PART_NUMBER, TLV_SERIAL, TLV_MAC, TLV_DATE, TLV_MACS, TLV_MANUFACTURER, TLV_VENDOR
};

static int too_long(size_t tlvs, struct hm_err *err)
{
	return hm_err_set(err, -HM_ETOO_LONG, "TlvInfo: it needs %zu bytes, %d fit", HEAD_LEN + tlvs + CRC_LEN,
			  HM_ONIE_MAX);
}

/* Head and checksum around @tlvs. */
static int close_tlvs(const struct hm_buf *tlvs, struct hm_buf *out, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_ONIE_MAX);
	int rc;

	if (tlvs->len > HM_ONIE_MAX - HEAD_LEN - CRC_LEN)
		return too_long(tlvs->len, err);
	rc = hm_buf_add(&b, "TlvInfo\0\1", HEAD_LEN - 2);
	rc = rc ?: hm_buf_be16(&b, (uint16_t)(tlvs->len + CRC_LEN));
	rc = rc ?: hm_buf_add(&b, tlvs->data, tlvs->len);
	/* the checksum covers its own code and length */
	rc = rc ?: hm_buf_add(&b, "\xfe\x04", 2);
	rc = rc ?: hm_buf_be32(&b, crc32_of(b.data, b.len));
	return rc ?: hm_buf_add(out, b.data, b.len);
}

int hm_onie_build(const struct hm_onie *in, struct hm_buf *out, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf tlvs = HM_BUF_INIT(2 * HM_ONIE_MAX);
	int rc = 0;

	for (size_t i = 0; !rc && i < HM_ONIE_TLVS; i++)
		rc = put(&tlvs, hm_onie_order[i], in, err);
	return rc ?: close_tlvs(&tlvs, out, err);
}

/* --- reading --- */

struct reader {
	struct hm_onie onie;
	bool seen[256];
	struct hm_err *err;
};

/* All that a TLV holds has room, and a date that exists has 19 characters. */
static int take_text(struct reader *r, uint8_t code, const uint8_t *p, size_t len, char *out)
{
	int rc = check_text((const char *)p, len);

	if (rc)
		return hm_err_set(r->err, rc, "TlvInfo: TLV %02X is not printable ASCII", code);
	if (code == TLV_DATE && !date_ok((const char *)p, len))
		return hm_err_set(r->err, -HM_EBAD_DATE, "TlvInfo: TLV %02X is not a date", code);
	memcpy(out, p, len);
	out[len] = '\0';
	return 0;
}

static int take_vendor(struct reader *r, const uint8_t *p, size_t len)
{
	if (len < PEN_LEN)
		return hm_err_set(r->err, -HM_EBAD_FORMAT, "TlvInfo: a vendor extension without its number");
	if (be32(p) != HM_RECORD_PEN)
		return 0;
	if (r->onie.cwt_len || len == PEN_LEN || len - PEN_LEN > HM_RECORD_MAX)
		return hm_err_set(r->err, -HM_EBAD_FORMAT, "TlvInfo: %s under our number",
				  r->onie.cwt_len ? "two records" : "no record");
	r->onie.cwt_len = len - PEN_LEN;
	memcpy(r->onie.cwt, p + PEN_LEN, r->onie.cwt_len);
	return 0;
}

/* Any is read: boards with a local MAC, or with none yet, are in the field, and their TlvInfo says so. */
static int take_mac(struct reader *r, const uint8_t *p, size_t len)
{
	if (len != sizeof(r->onie.mac))
		return hm_err_set(r->err, -HM_EBAD_LENGTH, "TlvInfo: a MAC of %zu bytes", len);
	memcpy(r->onie.mac, p, len);
	r->onie.has_mac = true;
	return 0;
}

static int take_macs(struct reader *r, const uint8_t *p, size_t len)
{
	if (len != 2)
		return hm_err_set(r->err, -HM_EBAD_LENGTH, "TlvInfo: a number of MACs of %zu bytes", len);
	r->onie.macs = (uint16_t)(p[0] << 8 | p[1]);
	return 0;
}

static int take_tlv(struct reader *r, uint8_t code, const uint8_t *p, size_t len)
{
	struct hm_onie *o = &r->onie;

	/* 21 to 2F are ONIE's own, each at most once */
	if (code >= 0x21 && code <= 0x2f && r->seen[code])
		return hm_err_set(r->err, -HM_EBAD_FORMAT, "TlvInfo: TLV %02X twice", code);
	r->seen[code] = true;
	switch (code) {
	case TLV_PRODUCT:
		return take_text(r, code, p, len, o->product);
	case TLV_PART_NUMBER:
		return take_text(r, code, p, len, o->part_number);
	case TLV_SERIAL:
		return take_text(r, code, p, len, o->serial);
	case TLV_DATE:
		return take_text(r, code, p, len, o->date);
	case TLV_MAC:
		return take_mac(r, p, len);
	case TLV_MACS:
		return take_macs(r, p, len);
	case TLV_MANUFACTURER:
		return take_text(r, code, p, len, o->manufacturer);
	case TLV_VENDOR:
		return take_vendor(r, p, len);
	default:
		return 0;	/* somebody else's; the checksum covers it */
	}
}

static int take_tlvs(struct reader *r, const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		int rc;

		if (end - p < 2 || end - p - 2 < p[1])
			return hm_err_set(r->err, -HM_EBAD_FORMAT, "TlvInfo: a TLV that is cut");
		if (p[0] == TLV_CRC)
			return hm_err_set(r->err, -HM_EBAD_FORMAT, "TlvInfo: TLVs behind the checksum");
		rc = take_tlv(r, p[0], p + 2, p[1]);
		if (rc)
			return rc;
		p += 2 + p[1];
	}
	return 0;
}

int hm_onie_parse(const void *bytes, size_t len, struct hm_onie *ret, size_t *ret_len,
		  struct hm_err *err)
{
	struct reader r = { .err = err };
	const uint8_t *p = bytes, *crc;
	size_t total;
	int rc;

	if (!len || memcmp(p, "TlvInfo", len < 8 ? len : 8))
		return hm_err_set(err, -HM_EBAD_FORMAT, "TlvInfo: it does not begin with TlvInfo");
	if (len < HEAD_LEN + CRC_LEN)
		return hm_err_set(err, -HM_EBAD_LENGTH, "TlvInfo: cut: of %u bytes for head and checksum there are %zu",
				  HEAD_LEN + CRC_LEN, len);
	if (p[8] != 1)
		return hm_err_set(err, -HM_EBAD_FORMAT, "TlvInfo: version %u, 1 is known", p[8]);
	total = HEAD_LEN + ((size_t)p[9] << 8 | p[10]);
	if (total < HEAD_LEN + CRC_LEN || total > HM_ONIE_MAX)
		return hm_err_set(err, -HM_EBAD_LENGTH, "TlvInfo: %zu bytes long, and one has %u to %d", total,
				  HEAD_LEN + CRC_LEN, HM_ONIE_MAX);
	if (total > len)
		return hm_err_set(err, -HM_EBAD_LENGTH, "TlvInfo: %zu bytes long, there are %zu", total, len);
	crc = p + total - CRC_LEN;
	if (crc[0] != TLV_CRC || crc[1] != 4)
		return hm_err_set(err, -HM_EBAD_FORMAT, "TlvInfo: the checksum is not the last TLV");
	if (be32(crc + 2) != crc32_of(p, total - 4))
		return hm_err_set(err, -HM_EBAD_FORMAT, "TlvInfo: the checksum is wrong");
	rc = take_tlvs(&r, p + HEAD_LEN, crc);
	if (rc)
		return rc;
	*ret = r.onie;
	*ret_len = total;
	return 0;
}

/* Which member is this TLV? HM_ONIE_TLVS: somebody else's. */
static size_t member_of(const uint8_t *p)
{
	size_t i = 0;

	while (i < HM_ONIE_TLVS && hm_onie_order[i] != p[0])
		i++;
	/* only under our number is a vendor extension ours */
	return i < HM_ONIE_TLVS && hm_onie_order[i] == TLV_VENDOR && be32(p + 2) != HM_RECORD_PEN ? HM_ONIE_TLVS : i;
}

bool hm_onie_next(const void *bytes, size_t len, size_t *at, struct hm_tlv *ret)
{
	const uint8_t *p = (const uint8_t *)bytes + (*at ?: HEAD_LEN), *end = (const uint8_t *)bytes + len - CRC_LEN;

	assert(len >= HEAD_LEN + CRC_LEN && p <= end);
	if (p == end)
		return false;
	*ret = (struct hm_tlv){ .code = p[0], .len = p[1], .value = p + 2, .ours = member_of(p) < HM_ONIE_TLVS };
	*at = (size_t)(p + 2 + p[1] - (const uint8_t *)bytes);
	return true;
}

/* --- writing into one that is there --- */

/* Of what stays as it is it does not matter whether we would write it. */
static bool same_member(enum tlv code, const struct hm_onie *was, const struct hm_onie *in)
{
	switch (code) {
	case TLV_PRODUCT:
		return !strcmp(was->product, in->product);
	case TLV_PART_NUMBER:
		return !strcmp(was->part_number, in->part_number);
	case TLV_SERIAL:
		return !strcmp(was->serial, in->serial);
	case TLV_MAC:
		return was->has_mac == in->has_mac && !memcmp(was->mac, in->mac, sizeof(in->mac));
	case TLV_DATE:
		return !strcmp(was->date, in->date);
	case TLV_MACS:
		return was->macs == in->macs;
	case TLV_MANUFACTURER:
		return !strcmp(was->manufacturer, in->manufacturer);
	case TLV_VENDOR:
		return was->cwt_len == in->cwt_len && !memcmp(was->cwt, in->cwt, in->cwt_len);
	case TLV_CRC:
		break;
	}
	return true;
}

int hm_onie_update(const void *old, size_t len, const struct hm_onie *in, struct hm_buf *out,
		   struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf tlvs = HM_BUF_INIT(2 * HM_ONIE_MAX);
	bool done[HM_ONIE_TLVS] = { false };
	struct hm_onie was;
	const uint8_t *p = (const uint8_t *)old + HEAD_LEN, *end;
	size_t total;
	int rc = hm_onie_parse(old, len, &was, &total, err);

	if (rc)
		return rc;
	for (end = (const uint8_t *)old + total - CRC_LEN; !rc && p < end; p += 2 + p[1]) {
		size_t i = member_of(p);

		/* an empty one stays too: it is somebody's way to say so */
		if (i == HM_ONIE_TLVS || same_member(hm_onie_order[i], &was, in))
			rc = hm_buf_add(&tlvs, p, 2u + p[1]);
		else
			rc = put(&tlvs, hm_onie_order[i], in, err);
		if (i < HM_ONIE_TLVS)
			done[i] = true;
	}
	for (size_t i = 0; !rc && i < HM_ONIE_TLVS; i++)
		if (!done[i])
			rc = put(&tlvs, hm_onie_order[i], in, err);
	return rc ?: close_tlvs(&tlvs, out, err);
}
