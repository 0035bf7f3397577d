// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading an IPMI FRU: every bound and every checksum, then the texts. */
#include "record/fru.h"

#include <assert.h>
#include <string.h>

const struct fru_shape fru_shapes[FRU_SHAPES] = {
	{ HM_FRU_CHASSIS, 3, HM_FRU_CHASSIS_PART, 2 },		/* 10 */
	{ HM_FRU_BOARD, 6, HM_FRU_BOARD_MANUFACTURER, 5 },	/* 11 */
	{ HM_FRU_PRODUCT, 3, HM_FRU_PRODUCT_MANUFACTURER, 7 },	/* 12 */
};

static const char *const area_names[HM_FRU_AREAS] = {
	"internal use", "chassis", "board", "product", "multirecord",
};

const char *hm_fru_area_name(enum hm_fru_area a)
{
	return area_names[a];
}

const char *hm_fru_text_name(enum hm_fru_text t)
{
	static const char *const names[HM_FRU_TEXTS] = {
		"chassis_part_number", "chassis_serial", "board_manufacturer", "board_product",
		"board_serial", "board_part_number", "board_file_id", "product_manufacturer",
		"product_name", "product_part_number", "product_version", "product_serial",
		"product_asset_tag", "product_file_id",
	};

	return names[t];
}

uint8_t fru_sum(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

/* --- texts, 13 --- */

static char hex_digit(unsigned int v)
{
	return "0123456789abcdef"[v & 15];
}

/* ASCII and Latin-1: the characters of ISO/IEC 8859-1, not its controls; as UTF-8 */
static int text_latin(const uint8_t *p, size_t len, char *out)
{
	while (len && !p[len - 1])
		len--;
	for (size_t i = 0; i < len; i++) {
		if (p[i] < ' ' || (p[i] > '~' && p[i] < 0xa0))
			return -HM_EBAD_CHAR;
		if (p[i] >= 0xa0)
			*out++ = (char)(0xc0 | p[i] >> 6);
		*out++ = (char)(p[i] < 0xa0 ? p[i] : 0x80 | (p[i] & 0x3f));
	}
	*out = '\0';
	return 0;
}

/*
 * Two bytes a character, the low one first: one of Unicode's first plane that can be printed, and does not
 * turn or break the line in which it is shown.
 */
static bool printable_wide(unsigned int c)
{
	static const struct {
		uint16_t first, last;
	} none[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xd800, 0xdfff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff },
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (c >= none[i].first && c <= none[i].last)
			return false;
	return true;
}

static int text_wide(const uint8_t *p, size_t len, char *out)
{
	if (len % 2)
		return -HM_EBAD_CHAR;
	while (len && !p[len - 2] && !p[len - 1])
		len -= 2;
	for (size_t i = 0; i < len; i += 2) {
		unsigned int c = (unsigned int)p[i + 1] << 8 | p[i];

		if (!printable_wide(c))
			return -HM_EBAD_CHAR;
		if (c >= 0x800) {
			*out++ = (char)(0xe0 | c >> 12);
			*out++ = (char)(0x80 | (c >> 6 & 0x3f));
			*out++ = (char)(0x80 | (c & 0x3f));
		} else if (c >= 0x80) {
			*out++ = (char)(0xc0 | c >> 6);
			*out++ = (char)(0x80 | (c & 0x3f));
		} else {
			*out++ = (char)c;
		}
	}
	*out = '\0';
	return 0;
}

/* BCD plus: ten digits, space, dash, period; the high half first */
static int text_bcd(const uint8_t *p, size_t len, char *out)
{
	for (size_t i = 0; i < 2 * len; i++) {
		unsigned int v = i % 2 ? p[i / 2] & 15 : p[i / 2] >> 4;

		if (v > 12)
			return -HM_EBAD_CHAR;
		*out++ = "0123456789 -."[v];
	}
	*out = '\0';
	return 0;
}

/* Six bits a character from space on, the first in the low bits. */
static void text_6bit(const uint8_t *p, size_t len, char *out)
{
	for (size_t bit = 0; bit + 6 <= 8 * len; bit += 6) {
		unsigned int v = p[bit / 8] >> bit % 8;

		if (bit % 8 > 2)
			v |= (unsigned int)p[bit / 8 + 1] << (8 - bit % 8);
		*out++ = (char)(' ' + (v & 63));
	}
	*out = '\0';
}

static void text_binary(const uint8_t *p, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digit(p[i] >> 4);
		*out++ = hex_digit(p[i]);
	}
	*out = '\0';
}

/* 11.1: 0 and 25 are English; a chassis area has no language code */
static bool english(const struct fru_layout *l, size_t shape)
{
	const struct fru_shape *s = &fru_shapes[shape];

	return s->area == HM_FRU_CHASSIS || !l->area[s->area].p[2] || l->area[s->area].p[2] == 25;
}

int fru_text(const struct fru_layout *l, size_t shape, size_t i, char out[HM_FRU_TEXT])
{
	const struct fru_bytes *field = &l->field[shape][i];
	const uint8_t *p = field->p + 1;
	size_t len = field->len - 1, n;
	char text[HM_FRU_TEXT];
	int rc = 0;

	/* of Latin-1, of hexadecimal digits; of two bytes three */
	assert(2 * len < sizeof(text));
	switch (field->p[0] >> 6) {
	case 0:
		text_binary(p, len, text);
		break;
	case 1:
		rc = text_bcd(p, len, text);
		break;
	case 2:
		text_6bit(p, len, text);
		break;
	default:
		/* two bytes a character: what all readers take for one byte a character stays that */
		rc = text_latin(p, len, text);
		if (rc && !english(l, shape))
			rc = text_wide(p, len, text);
	}
	if (rc)
		return rc;
	for (n = strlen(text); n && text[n - 1] == ' '; n--)
		;
	memcpy(out, text, n);
	out[n] = '\0';
	return 0;
}

/* --- bounds and checksums --- */

static int layout_fields(const struct fru_shape *s, const struct fru_bytes *a,
			 struct fru_bytes field[FRU_FIELDS], size_t *ret_n, struct hm_err *err)
{
	const char *name = area_names[s->area];
	/* the last byte is the checksum: the end mark stands before it */
	const uint8_t *p = a->p + s->head, *end = a->p + a->len - 1;
	size_t n = 0;

	while (p < end && *p != FRU_END) {
		size_t len = 1 + (*p & 63u);

		if ((size_t)(end - p) < len)
			return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: a field of the %s area is cut", name);
		if (n == FRU_FIELDS)
			return hm_err_set(err, -HM_ETOO_LONG, "FRU: more than %u fields in the %s area",
					  FRU_FIELDS, name);
		field[n++] = (struct fru_bytes){ p, len };
		p += len;
	}
	if (p >= end)
		return hm_err_set(err, -HM_ENO_TERMINATOR, "FRU: the fields of the %s area do not end", name);
	if (n < s->n)
		return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the %s area has %zu of its %zu fields", name, n,
				  s->n);
	*ret_n = n;
	return 0;
}

static int layout_area(const uint8_t *bytes, size_t len, size_t at, const struct fru_shape *s,
		       struct fru_layout *l, size_t i, struct hm_err *err)
{
	const char *name = area_names[s->area];
	const uint8_t *p = bytes + at;
	size_t size;

	if (len < at + FRU_UNIT)
		return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: the %s area lies outside", name);
	if (p[0] != 1)
		return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the %s area has version %u, 1 is known", name, p[0]);
	size = FRU_UNIT * p[1];
	if (!size || len - at < size)
		return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: the %s area is %zu bytes long, there are %zu", name,
				  size, len - at);
	if (fru_sum(p, size))
		return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the checksum of the %s area is wrong", name);
	l->area[s->area] = (struct fru_bytes){ p, size };
	return layout_fields(s, &l->area[s->area], l->field[i], &l->fields[i], err);
}

static bool is_ours(const uint8_t *p)
{
	return p[0] >= 0xc0 && p[2] >= FRU_PEN_LEN && p[5] == (HM_RECORD_PEN & 0xff) &&
	       p[6] == (HM_RECORD_PEN >> 8 & 0xff) && p[7] == HM_RECORD_PEN >> 16;
}

/* 16: records up to the one that says it is the last */
static int layout_records(const uint8_t *bytes, size_t len, size_t at, struct fru_layout *l,
			  struct hm_err *err)
{
	const uint8_t *p = bytes + at, *end = bytes + len;

	for (;;) {
		bool last;

		if ((size_t)(end - p) < FRU_RECORD_HEAD || (size_t)(end - p) - FRU_RECORD_HEAD < p[2])
			return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: a multirecord is cut");
		if (fru_sum(p, FRU_RECORD_HEAD))
			return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the checksum of a multirecord's head is wrong");
		if (p[1] & 0x70)
			return hm_err_set(err, -HM_ERESERVED_NONZERO, "FRU: reserved bits of a multirecord");
		if ((p[1] & 15) != 2)
			return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: a multirecord of version %u, 2 is known", p[1] & 15);
		if ((uint8_t)(fru_sum(p + FRU_RECORD_HEAD, p[2]) + p[3]))
			return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the checksum of a multirecord is wrong");
		last = p[1] & FRU_END_OF_LIST;
		if (!is_ours(p)) {
			l->records++;
		} else if (l->ours.len || p[2] == FRU_PEN_LEN || p[2] - FRU_PEN_LEN > HM_RECORD_MAX) {
			return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: %s under our number",
					  l->ours.len ? "two records" : "no record");
		} else {
			l->ours = (struct fru_bytes){ p, FRU_RECORD_HEAD + p[2] };
		}
		p += FRU_RECORD_HEAD + p[2];
		if (last)
			break;
	}
	l->area[HM_FRU_RECORDS] = (struct fru_bytes){ bytes + at, (size_t)(p - bytes) - at };
	return 0;
}

/* The internal use area does not tell its length: it ends where the next one begins. */
static int layout_internal(const uint8_t *bytes, size_t len, size_t at, struct fru_layout *l,
			   struct hm_err *err)
{
	size_t end = len;

	if (at >= len)
		return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: the internal use area lies outside");
	for (int i = 0; i < HM_FRU_AREAS; i++) {
		size_t other = FRU_UNIT * bytes[1 + i];

		if (other > at && other < end)
			end = other;
	}
	l->area[HM_FRU_INTERNAL] = (struct fru_bytes){ bytes + at, end - at };
	return 0;
}

static int check_overlap(const struct fru_layout *l, struct hm_err *err)
{
	for (int i = 0; i < HM_FRU_AREAS; i++)
		for (int j = 0; j < i; j++) {
			const struct fru_bytes *a = &l->area[i], *b = &l->area[j];

			if (a->len && b->len && a->p < b->p + b->len && b->p < a->p + a->len)
				return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the %s and %s areas overlap",
						  area_names[j], area_names[i]);
		}
	return 0;
}

static int check_head(const uint8_t *p, size_t len, struct hm_err *err)
{
	if (len < FRU_HEAD)
		return hm_err_set(err, -HM_EBAD_LENGTH, "FRU: shorter than its header");
	if (p[0] != 1)
		return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: version %u, 1 is known", p[0]);
	if (fru_sum(p, FRU_HEAD))
		return hm_err_set(err, -HM_EBAD_FORMAT, "FRU: the checksum of the header is wrong");
	if (p[6])
		return hm_err_set(err, -HM_ERESERVED_NONZERO, "FRU: the header's padding is not zero");
	return 0;
}

int fru_layout(const uint8_t *p, size_t len, struct fru_layout *ret, struct hm_err *err)
{
	int rc = check_head(p, len, err);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; !rc && i < FRU_SHAPES; i++) {
		size_t at = FRU_UNIT * p[1 + fru_shapes[i].area];

		if (at)
			rc = layout_area(p, len, at, &fru_shapes[i], ret, i, err);
	}
	if (!rc && p[1 + HM_FRU_RECORDS]) {
		size_t at = FRU_UNIT * p[1 + HM_FRU_RECORDS];

		rc = at > len ? hm_err_set(err, -HM_EBAD_LENGTH, "FRU: the multirecord area lies outside") :
				layout_records(p, len, at, ret, err);
	}
	if (!rc && p[1 + HM_FRU_INTERNAL])
		rc = layout_internal(p, len, FRU_UNIT * p[1 + HM_FRU_INTERNAL], ret, err);
	rc = rc ? rc : check_overlap(ret, err);
	if (rc)
		return rc;
	ret->len = FRU_HEAD;
	for (int i = 0; i < HM_FRU_AREAS; i++)
		if (ret->area[i].len && (size_t)(ret->area[i].p - p) + ret->area[i].len > ret->len)
			ret->len = (size_t)(ret->area[i].p - p) + ret->area[i].len;
	return 0;
}

int hm_fru_parse(const void *bytes, size_t len, struct hm_fru *ret, size_t *ret_len,
		 struct hm_err *err)
{
	struct fru_layout l;
	struct hm_fru f;
	int rc = fru_layout(bytes, len, &l, err);

	if (rc)
		return rc;
	memset(&f, 0, sizeof(f));
	for (int i = 0; i < HM_FRU_AREAS; i++)
		f.has[i] = l.area[i].len != 0;
	for (size_t i = 0; i < FRU_SHAPES; i++) {
		const struct fru_shape *s = &fru_shapes[i];

		for (size_t j = 0; j < s->n && f.has[s->area]; j++) {
			rc = fru_text(&l, i, j, f.text[s->first + j]);
			if (rc)
				return hm_err_set(err, rc, "FRU: %s is not printable",
						  hm_fru_text_name((enum hm_fru_text)(s->first + j)));
		}
		if (f.has[s->area])
			f.custom += (uint32_t)(l.fields[i] - s->n);
	}
	if (f.has[HM_FRU_CHASSIS])
		f.chassis_type = l.area[HM_FRU_CHASSIS].p[2];
	if (f.has[HM_FRU_BOARD]) {
		const uint8_t *m = l.area[HM_FRU_BOARD].p + 3;

		f.board_minutes = (uint32_t)m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16;
	}
	f.records = l.records;
	if (l.ours.len) {
		f.cwt_len = l.ours.len - FRU_RECORD_HEAD - FRU_PEN_LEN;
		memcpy(f.cwt, l.ours.p + FRU_RECORD_HEAD + FRU_PEN_LEN, f.cwt_len);
	}
	*ret = f;
	*ret_len = l.len;
	return 0;
}

static void extra_field(const struct fru_layout *l, size_t shape, size_t i, struct hm_fru_extra *ret)
{
	const struct fru_bytes *f = &l->field[shape][i];

	*ret = (struct hm_fru_extra){
		.area = fru_shapes[shape].area, .type = f->p[0] >> 6, .bytes = f->p + 1, .len = f->len - 1,
	};
	ret->has_text = !fru_text(l, shape, i, ret->text);
}

int hm_fru_extras(const void *bytes, size_t len, void (*each)(void *context, const struct hm_fru_extra *e), void *context)
{
	struct hm_fru_extra e;
	struct fru_layout l;
	const struct fru_bytes *a = &l.area[HM_FRU_RECORDS];
	int rc = fru_layout(bytes, len, &l, NULL);

	if (rc)
		return rc;
	for (size_t k = 0; k < FRU_SHAPES; k++)
		for (size_t i = fru_shapes[k].n; i < l.fields[k]; i++) {
			extra_field(&l, k, i, &e);
			each(context, &e);
		}
	for (const uint8_t *p = a->p; a->len && p < a->p + a->len; p += FRU_RECORD_HEAD + p[2]) {
		e = (struct hm_fru_extra){
			.area = HM_FRU_RECORDS, .type = p[0], .bytes = p + FRU_RECORD_HEAD, .len = p[2], .ours = is_ours(p),
		};
		each(context, &e);
	}
	return 0;
}
