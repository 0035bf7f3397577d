// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The reader of ZPL, on any bytes: a stream cut anywhere gives the same events as the
 * stream in one piece, and whatever is a label is read or refused; what a code's field
 * says fits the room that it was given.
 *
 * sources: provisioning/label/zpl.c provisioning/label/zpl_stream.c provisioning/label/zpl_code.c
 */
#include "fuzz.h"
#include "label/zpl.h"

#define EVENTS_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct event {
	enum hm_zpl_event kind;
	size_t len;
	uint64_t sum;
};

static void codes(const struct hm_zpl_label *l, size_t room)
{
	for (size_t i = 0; i < l->n_fields; i++) {
		const struct hm_zpl_field *f = &l->fields[i];
		char *out = malloc(room);
		struct hm_zpl_code128 code;
		size_t n;
		bool gs1;

		FZ_CHECK(out && strlen(f->data) <= f->len, "%s", f->data);
		if (f->kind == HM_ZPL_DATAMATRIX && !hm_zpl_datamatrix_data(f, out, room, &n, &gs1))
			FZ_CHECK(n < room && n <= f->len, "%zu", n);
		if (f->kind == HM_ZPL_CODE128 && !hm_zpl_code128_data(f, out, room, &code))
			FZ_CHECK(code.len < room && code.len <= f->len && code.modules >= 35, "%zu", code.len);
		free(out);
	}
}

static void label(const char *text, size_t len)
{
	struct hm_zpl_label *l;

	if (hm_zpl_read(text, len, &l))
		return;
	FZ_CHECK(l->n_fields <= HM_ZPL_FIELDS_MAX && l->n_rfid <= HM_ZPL_FIELDS_MAX && l->quantity >= 1, "limits");
	FZ_CHECK(!hm_zpl_label_bind(l, 1, "E280"), "memory");
	codes(l, 1);
	codes(l, 64);
	hm_zpl_label_free(l);
}

/* @step: bytes at a time; 0 for all that are left */
static size_t events(const char *p, size_t left, size_t step, struct event *ev)
{
	struct hm_zpl_stream *s;
	size_t n = 0;

	FZ_CHECK(!hm_zpl_stream_new(&s), "memory");
	while (left && n < EVENTS_MAX) {
		size_t used, piece = step && step < left ? step : left, len;
		enum hm_zpl_event kind = hm_zpl_stream_feed(s, p, piece, &used);
		const char *text;

		FZ_CHECK(used >= 1 && used <= piece, "%zu of %zu", used, piece);
		p += used;
		left -= used;
		if (kind == HM_ZPL_MORE)
			continue;
		text = hm_zpl_stream_text(s, &len);
		ev[n] = (struct event){ .kind = kind, .len = len };
		for (size_t i = 0; kind != HM_ZPL_DROPPED && i < len; i++)
			ev[n].sum = ev[n].sum * 31 + (uint8_t)text[i];
		if (kind == HM_ZPL_LABEL && step)
			label(text, len);
		n++;
	}
	hm_zpl_stream_free(s);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct event whole[EVENTS_MAX], cut[EVENTS_MAX];
	size_t len = size ? size - 1 : 0, n, m;
	char *text = malloc(len ? len : 1);

	FZ_CHECK(text, "memory");
	if (len)
		memcpy(text, input + 1, len);
	n = events(text, len, 0, whole);
	m = events(text, len, 1 + (size ? input[0] % 16 : 0), cut);
	FZ_CHECK(n == m && !memcmp(whole, cut, n * sizeof(*whole)), "%zu, %zu", n, m);
	label(text, len);
	free(text);
	return 0;
}
