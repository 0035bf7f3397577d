// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/buf.h"
#include "base/digits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hm_buf_init(struct hm_buf *b, size_t limit)
{
	*b = (struct hm_buf)HM_BUF_INIT(limit);
}

void hm_buf_free(struct hm_buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
}

void hm_buf_reset(struct hm_buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

/* Room for @more bytes and the NUL behind them. */
static int reserve(struct hm_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *p;

	if (more > b->limit || b->len > b->limit - more)
		return -E2BIG;
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	p = realloc(b->data, cap);
	if (!p)
		return -ENOMEM;
	b->data = p;
	b->cap = cap;
	return 0;
}

int hm_buf_add(struct hm_buf *b, const void *bytes, size_t len)
{
	int rc = reserve(b, len);

	if (rc)
		return rc;
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int hm_buf_byte(struct hm_buf *b, uint8_t byte)
{
	return hm_buf_add(b, &byte, 1);
}

int hm_buf_str_add(struct hm_buf *b, const char *text)
{
	return hm_buf_add(b, text, strlen(text));
}

int hm_buf_printf(struct hm_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -EINVAL;
	rc = reserve(b, (size_t)n);
	if (rc)
		return rc;
	va_start(ap, fmt);
	(void)vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

int hm_buf_be16(struct hm_buf *b, uint16_t v)
{
	const uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	return hm_buf_add(b, bytes, sizeof(bytes));
}

int hm_buf_be32(struct hm_buf *b, uint32_t v)
{
	const uint8_t bytes[4] = {
		(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v
	};

	return hm_buf_add(b, bytes, sizeof(bytes));
}

int hm_buf_hex(struct hm_buf *b, const void *bytes, size_t len)
{
	int rc;

	if (len > b->limit / 2)
		return -E2BIG;
	rc = reserve(b, 2 * len);
	if (rc)
		return rc;
	hm_hex(bytes, len, (char *)b->data + b->len);
	b->len += 2 * len;
	return 0;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hm_buf_base64(struct hm_buf *b, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	size_t chars;
	char *out;
	int rc;

	if (len > b->limit)
		return -E2BIG;
	chars = (len + 2) / 3 * 4;
	rc = reserve(b, chars);
	if (rc)
		return rc;
	out = (char *)b->data + b->len;
	for (size_t i = 0; i < len; i += 3, out += 4) {
		size_t left = len - i;
		uint32_t v = (uint32_t)in[i] << 16;

		if (left > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			v |= in[i + 2];
		out[0] = base64_digits[v >> 18];
		out[1] = base64_digits[v >> 12 & 63];
		out[2] = left > 1 ? base64_digits[v >> 6 & 63] : '=';
		out[3] = left > 2 ? base64_digits[v & 63] : '=';
	}
	b->len += chars;
	b->data[b->len] = '\0';
	return 0;
}

const char *hm_buf_str(const struct hm_buf *b)
{
	return b->data ? (const char *)b->data : "";
}

uint8_t *hm_buf_take(struct hm_buf *b, size_t *ret_len)
{
	uint8_t *p = b->data;

	*ret_len = b->len;
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
	return p;
}

static void hex_with(const char *digits, const uint8_t *in, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * len] = '\0';
}

void hm_hex(const void *bytes, size_t len, char *out)
{
	hex_with("0123456789abcdef", bytes, len, out);
}

void hm_hex_upper(const void *bytes, size_t len, char *out)
{
	hex_with("0123456789ABCDEF", bytes, len, out);
}

int hm_unhex_any(const char *text, void *out, size_t max, size_t *ret_len)
{
	uint8_t *p = out;
	size_t n = 0;

	while (*text) {
		int hi = hm_hex_digit(text[0]), lo;

		if (hi < 0)
			return -HM_ENOT_HEX;
		if (!text[1])
			return -HM_EBAD_LENGTH;
		lo = hm_hex_digit(text[1]);
		if (lo < 0)
			return -HM_ENOT_HEX;
		if (n == max)
			return -HM_ETOO_LONG;
		p[n++] = (uint8_t)(hi << 4 | lo);
		text += 2;
	}
	*ret_len = n;
	return 0;
}

int hm_unhex(const char *text, void *out, size_t len)
{
	size_t n;
	int rc = hm_unhex_any(text, out, len, &n);

	if (rc == -HM_ETOO_LONG || (!rc && n != len))
		return -HM_EBAD_LENGTH;
	return rc;
}

static int base64_value(char c)
{
	const char *p = c ? strchr(base64_digits, c) : NULL;

	return p ? (int)(p - base64_digits) : -1;
}

int hm_unbase64(const char *text, size_t len, struct hm_buf *b)
{
	size_t start = b->len;
	int rc;

	if (len % 4)
		return -HM_EBAD_LENGTH;
	for (size_t i = 0; i < len; i += 4) {
		bool last = i + 4 == len;
		int pad = last ? (text[i + 3] == '=') + (text[i + 3] == '=' && text[i + 2] == '=') : 0;
		uint32_t v = 0;
		uint8_t out[3];

		for (int k = 0; k < 4 - pad; k++) {
			int d = base64_value(text[i + (size_t)k]);

			if (d < 0) {
				rc = -HM_EBAD_CHAR;
				goto undo;
			}
			v |= (uint32_t)d << (18 - 6 * k);
		}
		/* the bits that padding leaves over must be zero: one text per value */
		if ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff)) {
			rc = -HM_EBAD_CHAR;
			goto undo;
		}
		out[0] = (uint8_t)(v >> 16);
		out[1] = (uint8_t)(v >> 8);
		out[2] = (uint8_t)v;
		rc = hm_buf_add(b, out, (size_t)(3 - pad));
		if (rc)
			goto undo;
	}
	return 0;
undo:
	b->len = start;
	if (b->data)
		b->data[start] = '\0';
	return rc;
}

void hm_text_copy(char *out, size_t size, const char *text)
{
	size_t n = strnlen(text, size);

	assert(size > 0);
	if (n == size) {
		n--;
		/* step back over the bytes of a character that does not fit whole */
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(out, text, n);
	out[n] = '\0';
}

bool hm_utf8_ok(const void *text, size_t len)
{
	const uint8_t *p = text;

	for (size_t i = 0; i < len;) {
		static const uint32_t least[] = { 1, 0x80, 0x800, 0x10000 };
		uint8_t c = p[i++];
		int more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : -1;
		uint32_t v;

		if (more < 0 || (size_t)more > len - i)
			return false;
		v = more ? c & (0x3fu >> more) : c;
		for (int k = 0; k < more; k++, i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			v = v << 6 | (p[i] & 0x3fu);
		}
		if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return false;
	}
	return true;
}

int hm_read_fd(int fd, struct hm_buf *b)
{
	uint8_t chunk[16384];
	size_t start = b->len;
	int rc = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = -errno;
		if (n > 0)
			rc = hm_buf_add(b, chunk, (size_t)n);
		if (n <= 0 || rc)
			break;
	}
	if (rc) {
		b->len = start;
		if (b->data)
			b->data[start] = '\0';
	}
	return rc;
}

int hm_read_file_at(int dirfd, const char *path, struct hm_buf *b)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = hm_read_fd(fd, b);
	(void)close(fd);
	return rc;
}

int hm_read_file(const char *path, struct hm_buf *b)
{
	return hm_read_file_at(AT_FDCWD, path, b);
}

int hm_read_failed(const char *what, int rc, const struct hm_buf *b, struct hm_err *err)
{
	const char *name = what ? what : "", *colon = what ? ": " : "";

	if (rc == -E2BIG)
		return hm_err_set(err, rc, "%s%slarger than the %zu bytes that are read", name, colon, b->limit);
	return hm_err_set(err, rc, "%s%s%s", name, colon, strerror(-rc));
}

int hm_read_file_of(const char *what, const char *path, struct hm_buf *b, struct hm_err *err)
{
	int rc = hm_read_file(path, b);

	return rc ? hm_read_failed(what, rc, b, err) : 0;
}
