/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between render.c, which reads the template and knows where a slot stands, and value.c,
 * which writes a value there so that it means nothing but itself.
 */
#ifndef HM_LABEL_RENDER_H
#define HM_LABEL_RENDER_H

#include <stdbool.h>

#include "label/label.h"

/* What a field's data is for, which decides what has a meaning in it. */
enum render_kind {
	KIND_TEXT,
	KIND_DATAMATRIX,	/* ^BX: an escape character of the template's choice */
	KIND_CODE128,		/* ^BC without a mode: > begins a code */
	KIND_QR,		/* ^BQ: "QA," and then data */
	KIND_OTHER_CODE,	/* meanings that we do not know: filtered slots only */
	KIND_RFID,
};

struct span {
	const char *p, *end;
};

struct render {
	const char *tpl, *end;
	const struct hm_label_field *fields;
	size_t n;
	struct hm_buf *out;
	struct hm_err *err;
	bool judging;		/* numbers, too: they are the template's, and so the same for every label */
	unsigned int long_epc;	/* digits of EPCs that are not all of 96 bits; else 0 */
	const char *at;		/* where the reader is, for the line number */
	const char *from;	/* behind what was copied */
	/* the label */
	bool has_rs;
	/* the field, since the last ^FS */
	enum render_kind kind;
	bool hex;		/* ^FH_ */
	bool block;		/* ^FB: a backslash means something */
	bool after_data;
	char escape;		/* ^BX parameter g, 0 = not given */
	bool pairs;		/* ^BC: subset C, digits in pairs, is in force */
};

/* -HM_EBAD_TEMPLATE, with the line that r->at is in. */
int render_bad(const struct render *r, const char *why);

/* @filter.p: NULL where there is none */
int render_value(struct render *r, const struct hm_label_field *f, struct span filter);

static inline bool span_equals(struct span s, const char *text)
{
	size_t len = (size_t)(s.end - s.p);

	for (size_t i = 0; i < len; i++)
		if (text[i] != s.p[i])	/* ends at the NUL, too */
			return false;
	return !text[len];
}

#endif /* HM_LABEL_RENDER_H */
