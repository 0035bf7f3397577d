// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cbor.h"

#include <assert.h>
#include <cbor.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

#define HEAD_MAX 9

static int put_head(struct hm_buf *b, size_t (*encode)(uint64_t, unsigned char *, size_t), uint64_t v)
{
	uint8_t head[HEAD_MAX];
	size_t n = encode(v, head, sizeof(head));

	assert(n > 0 && n <= sizeof(head));
	return hm_buf_add(b, head, n);
}

/* A head without its string is not left behind. */
static void undo(struct hm_buf *b, size_t start)
{
	b->len = start;
	if (b->data)
		b->data[start] = '\0';
}

static size_t encode_bytes(uint64_t n, unsigned char *p, size_t size)
{
	return cbor_encode_bytestring_start((size_t)n, p, size);
}

static size_t encode_text(uint64_t n, unsigned char *p, size_t size)
{
	return cbor_encode_string_start((size_t)n, p, size);
}

static size_t encode_array(uint64_t n, unsigned char *p, size_t size)
{
	return cbor_encode_array_start((size_t)n, p, size);
}

static size_t encode_map(uint64_t n, unsigned char *p, size_t size)
{
	return cbor_encode_map_start((size_t)n, p, size);
}

int hm_cbor_uint(struct hm_buf *b, uint64_t v)
{
	return put_head(b, cbor_encode_uint, v);
}

int hm_cbor_int(struct hm_buf *b, int64_t v)
{
	if (v >= 0)
		return hm_cbor_uint(b, (uint64_t)v);
	return put_head(b, cbor_encode_negint, (uint64_t)(-1 - v));
}

int hm_cbor_bytes(struct hm_buf *b, const void *bytes, size_t len)
{
	size_t start = b->len;
	int rc = put_head(b, encode_bytes, len);

	if (!rc)
		rc = hm_buf_add(b, bytes, len);
	if (rc)
		undo(b, start);
	return rc;
}

int hm_cbor_text(struct hm_buf *b, const char *text)
{
	size_t start = b->len, len = strlen(text);
	int rc = put_head(b, encode_text, len);

	if (!rc)
		rc = hm_buf_add(b, text, len);
	if (rc)
		undo(b, start);
	return rc;
}

int hm_cbor_array(struct hm_buf *b, size_t items)
{
	return put_head(b, encode_array, items);
}

int hm_cbor_map(struct hm_buf *b, size_t pairs)
{
	return put_head(b, encode_map, pairs);
}

int hm_cbor_tag(struct hm_buf *b, uint64_t tag)
{
	return put_head(b, cbor_encode_tag, tag);
}

int hm_cbor_bool(struct hm_buf *b, bool v)
{
	return hm_buf_byte(b, v ? 0xf5 : 0xf4);
}

int hm_cbor_null(struct hm_buf *b)
{
	return hm_buf_byte(b, 0xf6);
}

/* One head (with its string, if it is one) as libcbor's decoder tells it. */
struct item {
	enum hm_cbor_type type;
	bool known;
	uint64_t value;
	const uint8_t *bytes;
};

static void take(struct item *it, enum hm_cbor_type type, uint64_t value)
{
	it->type = type;
	it->value = value;
	it->known = true;
}

static void on_uint8(void *c, uint8_t v) { take(c, HM_CBOR_UINT, v); }
static void on_uint16(void *c, uint16_t v) { take(c, HM_CBOR_UINT, v); }
static void on_uint32(void *c, uint32_t v) { take(c, HM_CBOR_UINT, v); }
static void on_uint64(void *c, uint64_t v) { take(c, HM_CBOR_UINT, v); }
static void on_neg8(void *c, uint8_t v) { take(c, HM_CBOR_NEGINT, v); }
static void on_neg16(void *c, uint16_t v) { take(c, HM_CBOR_NEGINT, v); }
static void on_neg32(void *c, uint32_t v) { take(c, HM_CBOR_NEGINT, v); }
static void on_neg64(void *c, uint64_t v) { take(c, HM_CBOR_NEGINT, v); }
static void on_array(void *c, size_t n) { take(c, HM_CBOR_ARRAY, n); }
static void on_map(void *c, size_t n) { take(c, HM_CBOR_MAP, n); }
static void on_tag(void *c, uint64_t v) { take(c, HM_CBOR_TAG, v); }
static void on_bool(void *c, bool v) { take(c, HM_CBOR_BOOL, v); }
static void on_null(void *c) { take(c, HM_CBOR_NULL, 0); }

static void on_bytes(void *c, cbor_data data, size_t n)
{
	struct item *it = c;

	take(it, HM_CBOR_BYTES, n);
	it->bytes = data;
}

static void on_text(void *c, cbor_data data, size_t n)
{
	struct item *it = c;

	take(it, HM_CBOR_TEXT, n);
	it->bytes = data;
}

static size_t shortest_head(enum hm_cbor_type type, uint64_t v)
{
	if (type == HM_CBOR_BOOL || type == HM_CBOR_NULL || v < 24)
		return 1;
	return v <= UINT8_MAX ? 2 : v <= UINT16_MAX ? 3 : v <= UINT32_MAX ? 5 : 9;
}

static int decode(const struct hm_cbor_r *r, struct item *it, size_t *ret_read)
{
	struct cbor_callbacks cb = cbor_empty_callbacks;
	struct cbor_decoder_result res;
	size_t body;

	cb.uint8 = on_uint8;
	cb.uint16 = on_uint16;
	cb.uint32 = on_uint32;
	cb.uint64 = on_uint64;
	cb.negint8 = on_neg8;
	cb.negint16 = on_neg16;
	cb.negint32 = on_neg32;
	cb.negint64 = on_neg64;
	cb.byte_string = on_bytes;
	cb.string = on_text;
	cb.array_start = on_array;
	cb.map_start = on_map;
	cb.tag = on_tag;
	cb.boolean = on_bool;
	cb.null = on_null;

	*it = (struct item){ .known = false };
	if (r->pos >= r->len)
		return -HM_EBAD_FORMAT;
	/* libcbor 0.8 writes tags 6 to 20, COSE_Sign1 among them, but cannot read them */
	if (r->data[r->pos] >= 0xc6 && r->data[r->pos] <= 0xd4) {
		take(it, HM_CBOR_TAG, r->data[r->pos] - 0xc0u);
		*ret_read = 1;
		return 0;
	}
	res = cbor_stream_decode(r->data + r->pos, r->len - r->pos, &cb, it);
	if (res.status != CBOR_DECODER_FINISHED || !it->known)
		return -HM_EBAD_FORMAT;
	body = it->type == HM_CBOR_BYTES || it->type == HM_CBOR_TEXT ? (size_t)it->value : 0;
	if (res.read < body || res.read - body != shortest_head(it->type, it->value))
		return -HM_EBAD_FORMAT;
	*ret_read = res.read;
	return 0;
}

void hm_cbor_r_init(struct hm_cbor_r *r, const void *bytes, size_t len)
{
	*r = (struct hm_cbor_r){ .data = bytes, .len = len };
}

static int fail(struct hm_cbor_r *r, int rc)
{
	r->rc = rc;
	return rc;
}

enum hm_cbor_type hm_cbor_r_peek(const struct hm_cbor_r *r)
{
	struct item it;
	size_t n;

	if (r->rc || decode(r, &it, &n))
		return HM_CBOR_END;
	return it.type;
}

static int next(struct hm_cbor_r *r, enum hm_cbor_type type, struct item *it)
{
	size_t n;

	if (r->rc)
		return r->rc;
	if (decode(r, it, &n) || it->type != type)
		return fail(r, -HM_EBAD_FORMAT);
	r->pos += n;
	return 0;
}

static int next_value(struct hm_cbor_r *r, enum hm_cbor_type type, uint64_t *ret)
{
	struct item it;
	int rc = next(r, type, &it);

	if (!rc)
		*ret = it.value;
	return rc;
}

int hm_cbor_r_uint(struct hm_cbor_r *r, uint64_t *ret)
{
	return next_value(r, HM_CBOR_UINT, ret);
}

int hm_cbor_r_int(struct hm_cbor_r *r, int64_t *ret)
{
	bool negative = hm_cbor_r_peek(r) == HM_CBOR_NEGINT;
	uint64_t v;
	int rc = next_value(r, negative ? HM_CBOR_NEGINT : HM_CBOR_UINT, &v);

	if (rc)
		return rc;
	if (v > INT64_MAX)
		return fail(r, -HM_EBAD_FORMAT);
	*ret = negative ? -1 - (int64_t)v : (int64_t)v;
	return 0;
}

int hm_cbor_r_bytes(struct hm_cbor_r *r, const uint8_t **ret, size_t *ret_len)
{
	struct item it;
	int rc = next(r, HM_CBOR_BYTES, &it);

	if (rc)
		return rc;
	*ret = it.bytes;
	*ret_len = (size_t)it.value;
	return 0;
}

int hm_cbor_r_fixed(struct hm_cbor_r *r, void *out, size_t len)
{
	const uint8_t *p;
	size_t n;
	int rc = hm_cbor_r_bytes(r, &p, &n);

	if (rc)
		return rc;
	if (n != len)
		return fail(r, -HM_EBAD_FORMAT);
	if (len)
		memcpy(out, p, len);
	return 0;
}

int hm_cbor_r_text(struct hm_cbor_r *r, char *out, size_t size)
{
	struct item it;
	int rc = next(r, HM_CBOR_TEXT, &it);

	if (rc)
		return rc;
	if (it.value >= size)
		return fail(r, -HM_ETOO_LONG);
	if (!hm_utf8_ok(it.bytes, (size_t)it.value))
		return fail(r, -HM_EBAD_FORMAT);
	if (it.value)
		memcpy(out, it.bytes, (size_t)it.value);
	out[it.value] = '\0';
	return 0;
}

static int next_count(struct hm_cbor_r *r, enum hm_cbor_type type, size_t *ret)
{
	uint64_t v;
	int rc = next_value(r, type, &v);

	if (rc)
		return rc;
	/* every item takes a byte at least */
	if (v > r->len - r->pos)
		return fail(r, -HM_EBAD_FORMAT);
	*ret = (size_t)v;
	return 0;
}

int hm_cbor_r_array(struct hm_cbor_r *r, size_t *ret_items)
{
	return next_count(r, HM_CBOR_ARRAY, ret_items);
}

int hm_cbor_r_map(struct hm_cbor_r *r, size_t *ret_pairs)
{
	return next_count(r, HM_CBOR_MAP, ret_pairs);
}

int hm_cbor_r_tag(struct hm_cbor_r *r, uint64_t *ret)
{
	return next_value(r, HM_CBOR_TAG, ret);
}

int hm_cbor_r_bool(struct hm_cbor_r *r, bool *ret)
{
	uint64_t v;
	int rc = next_value(r, HM_CBOR_BOOL, &v);

	if (!rc)
		*ret = v != 0;
	return rc;
}

int hm_cbor_r_null(struct hm_cbor_r *r)
{
	struct item it;

	return next(r, HM_CBOR_NULL, &it);
}

int hm_cbor_r_key(struct hm_cbor_r *r, const char *key)
{
	struct item it;
	int rc = next(r, HM_CBOR_TEXT, &it);

	if (rc)
		return rc;
	if (it.value != strlen(key) || memcmp(it.bytes, key, strlen(key)))
		return fail(r, -HM_EBAD_FORMAT);
	return 0;
}

int hm_cbor_r_ikey(struct hm_cbor_r *r, int64_t key)
{
	int64_t v;
	int rc = hm_cbor_r_int(r, &v);

	if (!rc && v != key)
		rc = fail(r, -HM_EBAD_FORMAT);
	return rc;
}

int hm_cbor_r_skip(struct hm_cbor_r *r)
{
	uint64_t open[16] = { 1 };	/* items left at each level */
	int level = 0;

	while (level >= 0) {
		struct item it;
		size_t n;
		uint64_t inner = 0;

		if (r->rc)
			return r->rc;
		if (open[level] == 0) {
			level--;
			continue;
		}
		open[level]--;
		if (decode(r, &it, &n))
			return fail(r, -HM_EBAD_FORMAT);
		r->pos += n;
		if (it.type == HM_CBOR_ARRAY)
			inner = it.value;
		else if (it.type == HM_CBOR_MAP && it.value <= r->len)
			inner = 2 * it.value;
		else if (it.type == HM_CBOR_TAG)
			inner = 1;
		if (inner > r->len || (it.type == HM_CBOR_MAP && it.value > r->len) ||
		    (inner && level == 15))
			return fail(r, -HM_EBAD_FORMAT);
		if (inner)
			open[++level] = inner;
	}
	return 0;
}

int hm_cbor_r_end(struct hm_cbor_r *r)
{
	if (r->rc)
		return r->rc;
	return r->pos == r->len ? 0 : fail(r, -HM_EBAD_FORMAT);
}
