/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A growing byte buffer with a limit, hexadecimal, base64 and base64url.
 *
 *	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(4096);
 *
 *	rc = hm_buf_printf(&b, "%s\n", name);
 *	if (!rc)
 *		rc = hm_buf_hex(&b, digest, 32);
 *
 * Every appending function returns 0, -ENOMEM, or -E2BIG at the limit; after a
 * failure the buffer's contents are as before it. data is always followed by a
 * NUL that len does not count, so text needs no copy; it is NULL only while
 * nothing was ever appended (hm_buf_str() then gives "").
 */
#ifndef HM_BASE_BUF_H
#define HM_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define HM_BUF_LIMIT_DEFAULT (16u << 20)

struct hm_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t limit;
};

#define HM_BUF_INIT(max) { .data = NULL, .len = 0, .cap = 0, .limit = (max) }
/* In an array of the caller's, which must outlive it: it allocates nothing and is never freed. */
#define HM_BUF_ON(array) { .data = (array), .len = 0, .cap = sizeof(array), .limit = sizeof(array) - 1 }

void hm_buf_init(struct hm_buf *b, size_t limit);
void hm_buf_free(struct hm_buf *b);	/* wipes nothing: no secrets in here */
void hm_buf_reset(struct hm_buf *b);	/* len = 0, memory kept */
#define _cleanup_buf_ __attribute__((cleanup(hm_buf_free)))

int hm_buf_add(struct hm_buf *b, const void *bytes, size_t len);
int hm_buf_byte(struct hm_buf *b, uint8_t byte);
int hm_buf_str_add(struct hm_buf *b, const char *text);
int hm_buf_printf(struct hm_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int hm_buf_be16(struct hm_buf *b, uint16_t v);
int hm_buf_be32(struct hm_buf *b, uint32_t v);
int hm_buf_hex(struct hm_buf *b, const void *bytes, size_t len);	/* lower case */
int hm_buf_base64(struct hm_buf *b, const void *bytes, size_t len);	/* RFC 4648 4, padded */
const char *hm_buf_str(const struct hm_buf *b);
/* Hand the memory over (free() it); the buffer is empty afterwards. */
uint8_t *hm_buf_take(struct hm_buf *b, size_t *ret_len);

/* @out needs 2 * len + 1 bytes; NUL-terminated. */
void hm_hex(const void *bytes, size_t len, char *out);		/* lower case */
void hm_hex_upper(const void *bytes, size_t len, char *out);
/*
 * Exactly @len bytes from 2 * @len digits of either case and nothing behind
 * them: 0, -HM_ENOT_HEX, -HM_EBAD_LENGTH. @out may be partly written.
 */
int hm_unhex(const char *text, void *out, size_t len);
/* Any even number of digits, at most @max bytes. */
int hm_unhex_any(const char *text, void *out, size_t max, size_t *ret_len);
/* Strict base64 (padded, no white space) of @len characters appended to @b. */
int hm_unbase64(const char *text, size_t len, struct hm_buf *b);

/*
 * As much of @text as fits @size bytes with its NUL, cut between UTF-8 characters and
 * never inside one.
 */
void hm_text_copy(char *out, size_t size, const char *text);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF; no NUL. */
bool hm_utf8_ok(const void *text, size_t len);

/* Whole file into @b (bounded by its limit): 0 or a negative errno, -E2BIG. */
int hm_read_file(const char *path, struct hm_buf *b);
/* The same, and why not: "WHAT: why", or the reason alone where @what is NULL. */
int hm_read_file_of(const char *what, const char *path, struct hm_buf *b, struct hm_err *err);
/* Why one of these failed: errno's own words for "too large" speak of argument lists. */
int hm_read_failed(const char *what, int rc, const struct hm_buf *b, struct hm_err *err);
/* What is left of an open one. */
int hm_read_fd(int fd, struct hm_buf *b);
/* Like hm_read_file(), relative to directory @dirfd. */
int hm_read_file_at(int dirfd, const char *path, struct hm_buf *b);

#endif /* HM_BASE_BUF_H */
