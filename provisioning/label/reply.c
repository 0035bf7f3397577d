// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a printer says about itself and about the tag it has just written. */
#include "label/label.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/digits.h"

/* --- the tag, by ^HV --- */

#define TAG_DIGITS 24u

struct line {
	const char *p;
	size_t len;
};

/* "HEAD[...]" CR LF at *@p: what is between the brackets; moves behind it. */
static bool take_line(const char **p, const char *end, const char *head, struct line *ret)
{
	size_t n = strlen(head);
	const char *close;

	if ((size_t)(end - *p) < n || memcmp(*p, head, n))
		return false;
	*p += n;
	close = memmem(*p, (size_t)(end - *p), "]\r\n", 3);
	if (!close)
		return false;
	*ret = (struct line){ *p, (size_t)(close - *p) };
	*p = close + 3;
	return true;
}

static bool is_hex(const struct line *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (!memchr("0123456789ABCDEFabcdef", l->p[i], 22))
			return false;
	return l->len > 0;
}

/* A whole number of the tag; memory that was never written or never answered is none. */
static bool is_number(const struct line *l)
{
	size_t zeros = 0, ones = 0;

	if (l->len != TAG_DIGITS || !is_hex(l))
		return false;
	for (size_t i = 0; i < l->len; i++) {
		zeros += l->p[i] == '0';
		ones += l->p[i] == 'F' || l->p[i] == 'f';
	}
	return zeros < l->len && ones < l->len;
}

/* Nothing, or words that cannot be the rest of a number. */
static bool is_words(const struct line *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (l->p[i] < 0x20 || l->p[i] > 0x7e || l->p[i] == '[')
			return false;
	return !is_hex(l);
}

static void upper(const struct line *l, char *out)
{
	for (size_t i = 0; i < l->len; i++)
		out[i] = (char)(l->p[i] >= 'a' ? l->p[i] - 'a' + 'A' : l->p[i]);
	out[l->len] = '\0';
}

enum hm_reply hm_label_parse_reply(const void *bytes, size_t len, struct hm_tag_reply *ret)
{
	const char *p = bytes, *end = p + len;
	struct line epc, tid;

	if (!len)
		return HM_REPLY_NONE;
	if (!take_line(&p, end, "EPC[", &epc) || !take_line(&p, end, "TID[", &tid) || p != end)
		return HM_REPLY_BROKEN;
	if (is_words(&epc) && (is_words(&tid) || is_number(&tid)))
		return HM_REPLY_VOID;
	if (!is_number(&epc) || !is_number(&tid))
		return HM_REPLY_BROKEN;
	upper(&epc, ret->epc_hex);
	upper(&tid, ret->tid_hex);
	return HM_REPLY_GOOD;
}

/* --- the printer, by ~HS --- */

#define FRAMES		3
#define FIELDS_MAX	12
#define NUMBER_MAX	99999999u

struct frame {
	struct line field[FIELDS_MAX];
	size_t n;
};

/* STX fields ETX at *@p; moves behind it. */
static bool take_frame(const char **p, const char *end, struct frame *ret)
{
	const char *at = *p, *close;

	ret->n = 0;
	if (at == end || *at++ != '\x02')
		return false;
	close = memchr(at, '\x03', (size_t)(end - at));
	if (!close)
		return false;
	for (const char *comma; ; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(close - at));
		if (ret->n == FIELDS_MAX)
			return false;
		ret->field[ret->n++] = (struct line){ at, (size_t)((comma ? comma : close) - at) };
		if (!comma)
			break;
	}
	*p = close + 1;
	return true;
}

static void skip_line_ends(const char **p, const char *end)
{
	while (*p < end && (**p == '\r' || **p == '\n'))
		++*p;
}

static bool flag(const struct frame *f, size_t i, bool *ret)
{
	if (f->field[i].len != 1 || (f->field[i].p[0] != '0' && f->field[i].p[0] != '1'))
		return false;
	*ret = f->field[i].p[0] == '1';
	return true;
}

static bool number(const struct frame *f, size_t i, unsigned int *ret)
{
	uint64_t v;

	if (f->field[i].len > 8 || hm_digits_value(f->field[i].p, f->field[i].len, NUMBER_MAX, &v))
		return false;
	*ret = (unsigned int)v;
	return true;
}

/* communication, paper, pause, label length, formats, full, diagnostics, partial, 000, RAM, cold, hot */
static bool first_frame(const struct frame *f, struct hm_hs *s)
{
	unsigned int unused;

	return f->n == 12 && number(f, 0, &unused) && flag(f, 1, &s->paper_out) && flag(f, 2, &s->paused) &&
	       number(f, 3, &unused) && number(f, 4, &s->formats_in_buffer) && flag(f, 5, &s->buffer_full) &&
	       flag(f, 6, &s->diag_mode) && flag(f, 7, &s->partial_format) && number(f, 8, &unused) &&
	       flag(f, 9, &s->corrupt_ram) && flag(f, 10, &s->under_temp) && flag(f, 11, &s->over_temp);
}

/* settings, n, head, ribbon, transfer, mode, width mode, waiting, labels left, 1, images */
static bool second_frame(const struct frame *f, struct hm_hs *s)
{
	unsigned int unused;
	bool ignored;

	return f->n == 11 && number(f, 0, &unused) && number(f, 1, &unused) && flag(f, 2, &s->head_up) &&
	       flag(f, 3, &s->ribbon_out) && flag(f, 4, &ignored) && f->field[5].len == 1 &&
	       memchr("0123456789K", f->field[5].p[0], 11) && number(f, 6, &unused) && flag(f, 7, &ignored) &&
	       number(f, 8, &s->labels_remaining) && flag(f, 9, &ignored) && number(f, 10, &unused);
}

/* password, static RAM */
static bool third_frame(const struct frame *f)
{
	unsigned int unused;
	bool ignored;

	return f->n == 2 && number(f, 0, &unused) && flag(f, 1, &ignored);
}

int hm_zpl_parse_hs(const void *bytes, size_t len, struct hm_hs *ret)
{
	const char *p = bytes, *end = p + len;
	struct frame f[FRAMES];
	struct hm_hs s = { .paper_out = false };

	skip_line_ends(&p, end);
	for (size_t i = 0; i < FRAMES; i++) {
		if (!take_frame(&p, end, &f[i]))
			return -HM_EBAD_FORMAT;
		skip_line_ends(&p, end);
	}
	if (p != end || !first_frame(&f[0], &s) || !second_frame(&f[1], &s) || !third_frame(&f[2]))
		return -HM_EBAD_FORMAT;
	*ret = s;
	return 0;
}

#define PORT_PAPER_EMPTY	0x20
#define PORT_SELECTED		0x10
#define PORT_NO_ERROR		0x08

enum hm_printer_state hm_printer_state(int port_status, const struct hm_hs *hs, bool asked)
{
	bool port = port_status >= 0;

	/* many printers say no more than this while they wait for paper */
	if ((port && port_status & PORT_PAPER_EMPTY) || (hs && hs->paper_out))
		return HM_PRINTER_PAPER_OUT;
	if (asked && !hs)
		return HM_PRINTER_SILENT;
	if (!port && !hs)
		return HM_PRINTER_SILENT;
	if (hs && (hs->head_up || hs->ribbon_out || hs->over_temp || hs->under_temp || hs->corrupt_ram ||
		   hs->buffer_full || hs->partial_format || hs->diag_mode))
		return HM_PRINTER_FAULT;
	if (hs && hs->paused)
		return HM_PRINTER_PAUSED;
	if (port && !(port_status & PORT_NO_ERROR))
		return HM_PRINTER_FAULT;
	if (port && !(port_status & PORT_SELECTED))
		return HM_PRINTER_PAUSED;
	return HM_PRINTER_READY;
}

/* --- requests that no leaf tells of --- */

const char hm_zpl_query_hs[] = "~HS\r\n";
const char hm_zpl_query_hqes[] = "~HQES\r\n";
const char hm_zpl_cancel[] = "~JA\r\n";

static uint8_t query_digests[3][32];
static bool query_digests_good;

static void make_query_digests(void)
{
	const char *const text[3] = { hm_zpl_query_hs, hm_zpl_query_hqes, hm_zpl_cancel };
	bool good = true;

	for (size_t i = 0; i < 3; i++)
		good = EVP_Digest(text[i], strlen(text[i]), query_digests[i], NULL, EVP_sha256(), NULL) == 1 && good;
	query_digests_good = good;
}

bool hm_zpl_is_query_digest(const uint8_t sha256[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_query_digests);
	/* without digests nothing is a query, and the audit says so */
	for (size_t i = 0; query_digests_good && i < 3; i++)
		if (!memcmp(sha256, query_digests[i], 32))
			return true;
	return false;
}
