/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deterministic CBOR (RFC 8949, 4.2.1) over libcbor: a writer into a buffer and
 * a strict pull reader. The reader takes only what the writer would have written:
 * definite lengths, shortest heads, no floating point, no trailing bytes; map
 * keys are compared by the caller, who asks for them in order.
 *
 * Writing a map of two:
 *
 *	rc = hm_cbor_map(&b, 2);
 *	rc = rc ?: hm_cbor_text(&b, "type");
 *	rc = rc ?: hm_cbor_text(&b, "issue");
 *	...
 *
 * Reading it:
 *
 *	struct hm_cbor_r r;
 *	hm_cbor_r_init(&r, bytes, len);
 *	rc = hm_cbor_r_map(&r, &pairs);
 *	rc = rc ?: hm_cbor_r_key(&r, "type");
 *	rc = rc ?: hm_cbor_r_text(&r, out, sizeof(out));
 *	...
 *	rc = rc ?: hm_cbor_r_end(&r);
 *
 * A reader's first error is sticky: later calls return it again, so that a
 * caller may check once at the end. Errors: -HM_EBAD_FORMAT, -HM_ETOO_LONG.
 */
#ifndef HM_BASE_CBOR_H
#define HM_BASE_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

int hm_cbor_uint(struct hm_buf *b, uint64_t v);
int hm_cbor_int(struct hm_buf *b, int64_t v);
int hm_cbor_bytes(struct hm_buf *b, const void *bytes, size_t len);
int hm_cbor_text(struct hm_buf *b, const char *text);
int hm_cbor_array(struct hm_buf *b, size_t items);
int hm_cbor_map(struct hm_buf *b, size_t pairs);
int hm_cbor_tag(struct hm_buf *b, uint64_t tag);
int hm_cbor_bool(struct hm_buf *b, bool v);
int hm_cbor_null(struct hm_buf *b);

enum hm_cbor_type {
	HM_CBOR_UINT, HM_CBOR_NEGINT, HM_CBOR_BYTES, HM_CBOR_TEXT, HM_CBOR_ARRAY,
	HM_CBOR_MAP, HM_CBOR_TAG, HM_CBOR_BOOL, HM_CBOR_NULL, HM_CBOR_END,
};

struct hm_cbor_r {
	const uint8_t *data;
	size_t len;
	size_t pos;
	int rc;
};

void hm_cbor_r_init(struct hm_cbor_r *r, const void *bytes, size_t len);
/* What comes next; HM_CBOR_END at the end and after an error. */
enum hm_cbor_type hm_cbor_r_peek(const struct hm_cbor_r *r);
int hm_cbor_r_uint(struct hm_cbor_r *r, uint64_t *ret);
int hm_cbor_r_int(struct hm_cbor_r *r, int64_t *ret);
/* The bytes stay in the reader's memory. */
int hm_cbor_r_bytes(struct hm_cbor_r *r, const uint8_t **ret, size_t *ret_len);
/* Exactly @len bytes, copied. */
int hm_cbor_r_fixed(struct hm_cbor_r *r, void *out, size_t len);
/* UTF-8 text without NUL, copied and terminated. */
int hm_cbor_r_text(struct hm_cbor_r *r, char *out, size_t size);
int hm_cbor_r_array(struct hm_cbor_r *r, size_t *ret_items);
int hm_cbor_r_map(struct hm_cbor_r *r, size_t *ret_pairs);
int hm_cbor_r_tag(struct hm_cbor_r *r, uint64_t *ret);
int hm_cbor_r_bool(struct hm_cbor_r *r, bool *ret);
int hm_cbor_r_null(struct hm_cbor_r *r);
/* The next item is this text / integer, else -HM_EBAD_FORMAT. */
int hm_cbor_r_key(struct hm_cbor_r *r, const char *key);
int hm_cbor_r_ikey(struct hm_cbor_r *r, int64_t key);
/* Step over one item with all it contains; at most 16 levels deep. */
int hm_cbor_r_skip(struct hm_cbor_r *r);
/* Nothing may follow. */
int hm_cbor_r_end(struct hm_cbor_r *r);

#endif /* HM_BASE_CBOR_H */
