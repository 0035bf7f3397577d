// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writing an IPMI FRU, from nothing or into one that is there. What does not change is
 * copied: an area with all its texts, a field of an area, a record of somebody else.
 */
#include "record/fru.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define LIMIT		(64u << 10)	/* of what is put together before it is measured */
#define OFFSET_MAX	255u

_Static_assert(FRU_PEN_LEN + HM_RECORD_MAX <= 255, "a record needs one multirecord, never two");

struct writer {
	const struct hm_fru *in;
	const struct fru_layout *old;
	struct hm_buf area[HM_FRU_AREAS];
	struct hm_err *err;
};

static void writer_free(struct writer *w)
{
	for (int i = 0; i < HM_FRU_AREAS; i++)
		hm_buf_free(&w->area[i]);
}

#define _cleanup_writer_ __attribute__((cleanup(writer_free)))

static int check_text(const char *text, enum hm_fru_text t, struct hm_err *err)
{
	size_t len = strnlen(text, HM_FRU_TEXT);

	if (len > HM_FRU_WRITE)
		return hm_err_set(err, -HM_ETOO_LONG, "FRU: %s needs %zu bytes, a field has %u", hm_fru_text_name(t),
				  len, HM_FRU_WRITE);
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return hm_err_set(err, -HM_EBAD_CHAR, "FRU: %s is not printable ASCII", hm_fru_text_name(t));
	if (len && text[len - 1] == ' ')
		return hm_err_set(err, -HM_EBAD_CHAR, "FRU: %s ends in a space", hm_fru_text_name(t));
	return 0;
}

static int put_text(struct hm_buf *b, const char *text)
{
	size_t len = strlen(text);
	int rc;

	/* 13: the length 1 is the end mark's */
	rc = hm_buf_byte(b, (uint8_t)(0xc0 | (len == 1 ? 2 : len)));
	rc = rc ?: hm_buf_add(b, text, len);
	return rc || len != 1 ? rc : hm_buf_byte(b, ' ');
}

static bool text_differs(const struct writer *w, size_t shape, size_t i)
{
	const struct fru_shape *s = &fru_shapes[shape];
	char was[HM_FRU_TEXT];

	return !w->old || !w->old->area[s->area].len || fru_text(w->old, shape, i, was) ||
	       strcmp(was, w->in->text[s->first + i]) != 0;
}

/* What stands between the length and the fields. */
static void area_head(const struct writer *w, enum hm_fru_area area, uint8_t out[4])
{
	const struct fru_bytes *was = w->old && w->old->area[area].len ? &w->old->area[area] : NULL;

	memset(out, 0, 4);
	if (area == HM_FRU_CHASSIS) {
		out[0] = w->in->chassis_type;
		return;
	}
	out[0] = was ? was->p[2] : 0;		/* language code: 0 is English */
	if (area == HM_FRU_BOARD)
		for (int i = 0; i < 3; i++)
			out[1 + i] = (uint8_t)(w->in->board_minutes >> 8 * i);
}

static bool area_differs(const struct writer *w, size_t shape, const uint8_t head[4])
{
	const struct fru_shape *s = &fru_shapes[shape];

	if (!w->old || !w->old->area[s->area].len || memcmp(w->old->area[s->area].p + 2, head, s->head - 2))
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (text_differs(w, shape, i))
			return true;
	return false;
}

/* 10 to 12: version, length, head, fields, end mark, zeros, checksum */
static int write_area(struct writer *w, size_t shape, const uint8_t head[4])
{
	const struct fru_shape *s = &fru_shapes[shape];
	struct hm_buf *b = &w->area[s->area];
	bool was = w->old && w->old->area[s->area].len;
	int rc = hm_buf_byte(b, 1);

	rc = rc ?: hm_buf_byte(b, 0);
	rc = rc ?: hm_buf_add(b, head, s->head - 2);
	for (size_t i = 0; !rc && i < s->n; i++) {
		if (!text_differs(w, shape, i)) {
			rc = hm_buf_add(b, w->old->field[shape][i].p, w->old->field[shape][i].len);
			continue;
		}
		rc = check_text(w->in->text[s->first + i], (enum hm_fru_text)(s->first + i), w->err);
		rc = rc ?: put_text(b, w->in->text[s->first + i]);
	}
	for (size_t i = s->n; !rc && was && i < w->old->fields[shape]; i++)
		rc = hm_buf_add(b, w->old->field[shape][i].p, w->old->field[shape][i].len);
	rc = rc ?: hm_buf_byte(b, FRU_END);
	while (!rc && (b->len + 1) % FRU_UNIT)
		rc = hm_buf_byte(b, 0);
	if (rc)
		return rc;
	if ((b->len + 1) / FRU_UNIT > OFFSET_MAX)
		return hm_err_set(w->err, -HM_ETOO_LONG, "FRU: an area needs %zu bytes, %u fit", b->len + 1,
				  FRU_UNIT * OFFSET_MAX);
	b->data[1] = (uint8_t)((b->len + 1) / FRU_UNIT);
	return hm_buf_byte(b, (uint8_t)-fru_sum(b->data, b->len));
}

static int make_area(struct writer *w, size_t shape)
{
	enum hm_fru_area area = fru_shapes[shape].area;
	bool was = w->old && w->old->area[area].len;
	uint8_t head[4];

	if (!w->in->has[area] && !was)
		return 0;
	area_head(w, area, head);
	if (w->in->has[area] && area_differs(w, shape, head))
		return write_area(w, shape, head);
	return hm_buf_add(&w->area[area], w->old->area[area].p, w->old->area[area].len);
}

/* --- multirecords, 16 --- */

/* One with its end-of-list bit as @last says; where that changes, its head's checksum does. */
static int put_record(struct hm_buf *b, const uint8_t *p, size_t len, bool last)
{
	uint8_t head[FRU_RECORD_HEAD];
	int rc;

	memcpy(head, p, sizeof(head));
	head[1] = (uint8_t)((head[1] & ~FRU_END_OF_LIST) | (last ? FRU_END_OF_LIST : 0));
	head[4] = (uint8_t)(head[4] + p[1] - head[1]);
	rc = hm_buf_add(b, head, sizeof(head));
	return rc ?: hm_buf_add(b, p + sizeof(head), len - sizeof(head));
}

static size_t make_ours(const struct hm_fru *in, uint8_t type, uint8_t out[FRU_RECORD_HEAD + 255])
{
	size_t n = FRU_PEN_LEN + in->cwt_len;
	uint8_t *p = out + FRU_RECORD_HEAD;

	if (!in->cwt_len)
		return 0;
	p[0] = HM_RECORD_PEN & 0xff;
	p[1] = HM_RECORD_PEN >> 8 & 0xff;
	p[2] = HM_RECORD_PEN >> 16;
	memcpy(p + FRU_PEN_LEN, in->cwt, in->cwt_len);
	out[0] = type;
	out[1] = 2;
	out[2] = (uint8_t)n;
	out[3] = (uint8_t)-fru_sum(p, n);
	out[4] = (uint8_t)-fru_sum(out, FRU_RECORD_HEAD - 1);
	return FRU_RECORD_HEAD + n;
}

/* Others keep their places; ours keeps its own, or comes last. */
static int make_records(struct writer *w)
{
	const struct fru_bytes none = { NULL, 0 };
	const struct fru_bytes *area = w->old ? &w->old->area[HM_FRU_RECORDS] : &none;
	const struct fru_bytes *was = w->old ? &w->old->ours : &none;
	struct hm_buf *b = &w->area[HM_FRU_RECORDS];
	uint8_t ours[FRU_RECORD_HEAD + 255];
	size_t ours_len = make_ours(w->in, was->len ? was->p[0] : FRU_RECORD_OURS, ours);
	uint32_t left = (w->old ? w->old->records : 0) + (ours_len != 0);
	bool done = !ours_len;
	int rc = 0;

	for (size_t at = 0; !rc && at < area->len;) {
		const uint8_t *p = area->p + at;
		size_t len = FRU_RECORD_HEAD + p[2];

		at += len;
		if (p != was->p) {
			rc = put_record(b, p, len, !--left);
		} else if (ours_len) {
			rc = put_record(b, ours, ours_len, !--left);
			done = true;
		}
	}
	if (!rc && !done)
		rc = put_record(b, ours, ours_len, true);
	return rc;
}

/* --- putting it together --- */

static int too_long(size_t need, struct hm_err *err)
{
	return hm_err_set(err, -HM_ETOO_LONG, "FRU: it needs %zu bytes, %u fit", need, HM_IMAGE_MAX);
}

/* Every area has its old size: each goes where it was, and so does what lies between. */
static int patch(const struct writer *w, const uint8_t *old, struct hm_buf *out, bool *ret_done)
{
	size_t start = out->len;
	int rc;

	*ret_done = false;
	for (int i = 0; i < HM_FRU_AREAS; i++)
		if (!w->old || w->area[i].len != w->old->area[i].len)
			return 0;
	if (w->old->len > HM_IMAGE_MAX)
		return too_long(w->old->len, w->err);
	rc = hm_buf_add(out, old, w->old->len);
	for (int i = 0; !rc && i < HM_FRU_AREAS; i++)
		if (w->area[i].len)
			memcpy(out->data + start + (w->old->area[i].p - old), w->area[i].data, w->area[i].len);
	*ret_done = !rc;
	return rc;
}

/* In the order in which they were; new ones behind them, the records last. */
static void order_areas(const struct writer *w, enum hm_fru_area order[HM_FRU_AREAS])
{
	for (int i = 0; i < HM_FRU_AREAS; i++) {
		int at = i;

		while (at > 0 && w->old && w->old->area[i].len &&
		       (!w->old->area[order[at - 1]].len || w->old->area[order[at - 1]].p > w->old->area[i].p)) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = (enum hm_fru_area)i;
	}
}

static int assemble(const struct writer *w, struct hm_buf *out)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(LIMIT);
	enum hm_fru_area order[HM_FRU_AREAS];
	uint8_t head[FRU_HEAD] = { 1 };
	int rc = hm_buf_add(&b, head, sizeof(head));

	order_areas(w, order);
	for (int i = 0; !rc && i < HM_FRU_AREAS; i++) {
		const struct hm_buf *area = &w->area[order[i]];

		if (!area->len)
			continue;
		while (!rc && b.len % FRU_UNIT)
			rc = hm_buf_byte(&b, 0);
		if (!rc && b.len / FRU_UNIT > OFFSET_MAX)
			return too_long(b.len + area->len, w->err);
		head[1 + order[i]] = (uint8_t)(b.len / FRU_UNIT);
		rc = rc ?: hm_buf_add(&b, area->data, area->len);
	}
	if (rc)
		return rc == -E2BIG ? too_long(LIMIT, w->err) : rc;
	if (b.len > HM_IMAGE_MAX)
		return too_long(b.len, w->err);
	head[FRU_HEAD - 1] = (uint8_t)-fru_sum(head, FRU_HEAD - 1);
	memcpy(b.data, head, sizeof(head));
	return hm_buf_add(out, b.data, b.len);
}

static int write_fru(struct writer *w, const uint8_t *old, struct hm_buf *out)
{
	bool done;
	int rc = 0;

	if (w->in->cwt_len > HM_RECORD_MAX)
		return hm_err_set(w->err, -HM_ETOO_LONG, "FRU: a record of %zu bytes, %d fit", w->in->cwt_len,
				  HM_RECORD_MAX);
	if (w->in->board_minutes >> 24)
		return hm_err_set(w->err, -HM_EOVERFLOW, "FRU: minutes since 1996 have 24 bits");
	for (int i = 0; i < HM_FRU_AREAS; i++)
		hm_buf_init(&w->area[i], LIMIT);
	for (size_t i = 0; !rc && i < FRU_SHAPES; i++)
		rc = make_area(w, i);
	rc = rc ?: make_records(w);
	if (!rc && w->old && w->old->area[HM_FRU_INTERNAL].len)
		rc = hm_buf_add(&w->area[HM_FRU_INTERNAL], w->old->area[HM_FRU_INTERNAL].p,
				w->old->area[HM_FRU_INTERNAL].len);
	if (rc == -E2BIG)
		return too_long(LIMIT, w->err);
	rc = rc ?: patch(w, old, out, &done);
	return rc || done ? rc : assemble(w, out);
}

int hm_fru_build(const struct hm_fru *in, struct hm_buf *out, struct hm_err *err)
{
	_cleanup_writer_ struct writer w = { .in = in, .err = err };

	return write_fru(&w, NULL, out);
}

int hm_fru_update(const void *old, size_t len, const struct hm_fru *in, struct hm_buf *out,
		  struct hm_err *err)
{
	struct fru_layout l;
	_cleanup_writer_ struct writer w = { .in = in, .old = &l, .err = err };
	int rc = fru_layout(old, len, &l, err);

	return rc ? rc : write_fru(&w, old, out);
}
