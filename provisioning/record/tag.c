// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record in a tag's user memory: four bytes, the record, a zero to the word's end. */
#include "record/tag.h"

#include <errno.h>
#include <string.h>

/* DSFID 0: not formatted as ISO/IEC 15962 has it; then what it is instead */
static const uint8_t magic[] = { 0x00, 'H', 'M' };

int hm_tag_build(const void *cwt, size_t cwt_len, enum hm_tag_anchors anchors, uint32_t bits,
		 struct hm_buf *out, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_TAG_MAX);
	struct hm_record rec;
	size_t need = (HM_TAG_HEAD + cwt_len + 1) / 2 * 2;
	int rc = hm_record_parse(cwt, cwt_len, &rec, NULL);

	if (rc)
		return hm_err_set(err, rc, "the record: %s", hm_error_why(rc));
	if (anchors != HM_TAG_NO_TID)
		return hm_err_set(err, -HM_EUNSUPPORTED, "a record that names the tag's TID does not go into the tag");
	if (bits && bits < 8 * need)
		return hm_err_set(err, -HM_ETOO_LONG, "user memory: it needs %zu bits, there are %u", 8 * need, bits);
	rc = hm_buf_add(&b, magic, sizeof(magic));
	rc = rc ?: hm_buf_byte(&b, (uint8_t)cwt_len);
	rc = rc ?: hm_buf_add(&b, cwt, cwt_len);
	if (!rc && b.len % 2)
		rc = hm_buf_byte(&b, 0);
	return rc ?: hm_buf_add(out, b.data, b.len);
}

static bool erased(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

int hm_tag_parse(const void *bank, size_t len, struct hm_record *ret, uint8_t ret_cwt[HM_RECORD_MAX],
		 size_t *ret_len, struct hm_err *err)
{
	const uint8_t *p = bank;
	struct hm_record rec;
	size_t n;
	int rc;

	if (!len)
		return hm_err_set(err, -HM_EEMPTY, "user memory: no bytes");
	if (len % 2)
		return hm_err_set(err, -HM_EBAD_LENGTH, "user memory: %zu bytes are no whole words", len);
	if (erased(p, len))
		return hm_err_set(err, -HM_EUNPROGRAMMED, "user memory: all zeros");
	if (len < HM_TAG_HEAD || memcmp(p, magic, sizeof(magic)))
		return hm_err_set(err, -HM_EUNKNOWN_HEADER, "user memory: not a record of this project");
	n = p[3];
	if (len - HM_TAG_HEAD < n)
		return hm_err_set(err, -HM_ETOO_SHORT, "user memory: a record of %zu bytes, %zu were read", n,
				  len - HM_TAG_HEAD);
	rc = hm_record_parse(p + HM_TAG_HEAD, n, &rec, NULL);
	if (rc)
		return hm_err_set(err, rc, "the record: %s", hm_error_why(rc));
	if (n % 2 && p[HM_TAG_HEAD + n])
		return hm_err_set(err, -HM_ERESERVED_NONZERO, "user memory: the padding is not zero");
	*ret = rec;
	memcpy(ret_cwt, p + HM_TAG_HEAD, n);
	*ret_len = n;
	return 0;
}
