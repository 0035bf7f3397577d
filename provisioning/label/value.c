// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A value where a slot stood. Every way out is one of two: a set of characters that mean
 * nothing anywhere (the refusing filters), or put_char(), which knows what means something
 * where. A filter that makes a value longer or other does it before put_char().
 */
#include "label/render.h"

#include <ctype.h>
#include <string.h>

/* --- one character --- */

/* Nothing in ZPL or in a code's own escapes begins with one of these. */
static const bool plain[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, [' '] = true, ['.'] = true, [':'] = true,
	['/'] = true, ['-'] = true,
};

static bool is_plain(char c)
{
	return plain[(unsigned char)c];
}

static int put_hex(struct render *r, char c)
{
	static const char digit[] = "0123456789ABCDEF";
	const char text[3] = { '_', digit[(unsigned char)c >> 4], digit[(unsigned char)c & 15] };

	return hm_buf_add(r->out, text, sizeof(text));
}

/* As the byte that it is: ^FH_ is in force. */
static int put_raw(struct render *r, char c)
{
	return is_plain(c) ? hm_buf_byte(r->out, (uint8_t)c) : put_hex(r, c);
}

/* As itself, whatever the field's escape is. */
static int put_char(struct render *r, char c)
{
	int rc = 0;

	/* > means nothing to ZPL, so the code's own escapes stand as they are */
	if (r->kind == KIND_CODE128 && c == '>')
		return hm_buf_add(r->out, ">0", 2);
	if ((r->kind == KIND_DATAMATRIX && c == r->escape) || (r->block && c == '\\'))
		rc = put_raw(r, c);
	return rc ? rc : put_raw(r, c);
}

/* --- filters --- */

static int refuse(const struct render *r, const struct hm_label_field *f, int rc)
{
	return hm_err_set(r->err, rc, "label field %s: %s", f->name, hm_error_why(rc));
}

/* May a value stand here that holds any character? */
static int check_any(const struct render *r)
{
	if (r->kind == KIND_RFID || r->kind == KIND_OTHER_CODE)
		return render_bad(r, "here a slot needs a filter that refuses: |hex, |digits, |alnum or a date's");
	if (!r->hex)
		return render_bad(r, "an unfiltered slot where ^FH_ is not in force");
	if (r->kind == KIND_DATAMATRIX && !r->escape)
		return render_bad(r, "a slot in ^BX needs an escape character (parameter g), so that a value's own can be told");
	return 0;
}

/* Subset C has digits alone: of anything else a printer makes what it likes. */
static int check_pairs(const struct render *r, bool digits)
{
	return digits || !r->pairs ? 0 : render_bad(r, "in subset C of ^BC (>; >5) a slot holds digits: |digits or a date's");
}

static int check_printable(const struct render *r, const struct hm_label_field *f)
{
	for (const char *p = f->value; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return hm_err_set(r->err, -HM_EBAD_CHAR, "label field %s: printable ASCII only", f->name);
	return 0;
}

static int put_set(struct render *r, const struct hm_label_field *f, const char *set, int refusal)
{
	if (!*f->value)
		return refuse(r, f, -HM_EEMPTY);
	if (f->value[strspn(f->value, set)])
		return refuse(r, f, refusal);
	return hm_buf_str_add(r->out, f->value);
}

static int put_text(struct render *r, const struct hm_label_field *f, bool upper)
{
	const char *p = f->value, *run;
	int rc = check_any(r);

	while (*p && !rc) {
		for (run = p; !upper && is_plain(*p) && *p != r->escape; p++)
			;
		if (p > run)
			rc = hm_buf_add(r->out, run, (size_t)(p - run));
		else
			rc = put_char(r, upper ? (char)toupper((unsigned char)*p) : *p), p++;
	}
	return rc;
}

/* ^ of the value is the code's FNC1; the value begins with one, as GS1 data does. */
static int put_fnc1(struct render *r, const struct hm_label_field *f)
{
	int rc = check_any(r);

	if (!rc && r->kind != KIND_DATAMATRIX && r->kind != KIND_CODE128)
		rc = render_bad(r, "FNC1 is of ^BX and of ^BC without a mode");
	if (!rc && *f->value != '^')
		rc = refuse(r, f, *f->value ? -HM_EBAD_FNC1 : -HM_EEMPTY);
	for (const char *p = f->value, *run; *p && !rc; p++) {
		for (run = p; is_plain(p[0]) && is_plain(p[1]) && *p != r->escape; p++)
			;
		if (p > run)
			rc = hm_buf_add(r->out, run, (size_t)(p - run));
		if (rc)
			break;
		if (*p != '^') {
			rc = put_char(r, *p);
		} else if (r->kind == KIND_CODE128) {
			rc = hm_buf_add(r->out, ">8", 2);
		} else {
			rc = put_raw(r, r->escape);
			rc = rc ? rc : hm_buf_byte(r->out, '1');
		}
	}
	return rc;
}

/* The control characters of ISO/IEC 15434 (EOT FS GS RS US) too. */
static int put_controls(struct render *r, const struct hm_label_field *f)
{
	int rc = check_any(r);

	if (!rc && r->kind != KIND_DATAMATRIX)
		rc = render_bad(r, "control characters are for ^BX");
	if (!rc && !*f->value)
		rc = refuse(r, f, -HM_EEMPTY);
	for (const char *p = f->value; *p && !rc; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == 0x04 || (c >= 0x1c && c <= 0x1f))
			rc = put_hex(r, *p);
		else
			rc = c < 0x20 || c > 0x7e ? refuse(r, f, -HM_EBAD_CHAR) : put_char(r, *p);
	}
	return rc;
}

/* --- dates --- */

struct date_part {
	const char *name;
	size_t from, len;	/* in YYYY-MM-DD */
};

static const struct date_part *date_part(struct span s)
{
	static const struct date_part parts[] = { { "yyyy", 0, 4 }, { "yy", 2, 2 }, { "mm", 5, 2 }, { "dd", 8, 2 } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t n = strlen(parts[i].name);

		if ((size_t)(s.end - s.p) >= n && !memcmp(s.p, parts[i].name, n))
			return &parts[i];
	}
	return NULL;
}

static bool is_date_filter(struct span s)
{
	bool any = false;

	while (s.p < s.end) {
		const struct date_part *part = date_part(s);

		if (!part && *s.p != '.' && *s.p != '/' && *s.p != '-')
			return false;
		any = any || part;
		s.p += part ? strlen(part->name) : 1;
	}
	return any;
}

static bool is_digits_date(struct span s)
{
	for (const char *p = s.p; p < s.end; p++)
		if (!isalpha((unsigned char)*p))
			return false;
	return is_date_filter(s);
}

static bool is_date(const char *v)
{
	static const char form[] = "0000-00-00";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)v[i]) : v[i] != form[i])
			return false;
	return !v[i] && memcmp(v + 5, "01", 2) >= 0 && memcmp(v + 5, "12", 2) <= 0 && memcmp(v + 8, "01", 2) >= 0 &&
	       memcmp(v + 8, "31", 2) <= 0;
}

static int put_date(struct render *r, const struct hm_label_field *f, struct span s)
{
	int rc = is_date(f->value) ? 0 : refuse(r, f, *f->value ? -HM_EBAD_DATE : -HM_EEMPTY);

	while (s.p < s.end && !rc) {
		const struct date_part *part = date_part(s);

		rc = part ? hm_buf_add(r->out, f->value + part->from, part->len) : put_char(r, *s.p);
		s.p += part ? strlen(part->name) : 1;
	}
	return rc;
}

int render_value(struct render *r, const struct hm_label_field *f, struct span filter)
{
	int rc;

	if (filter.p && span_equals(filter, "controls"))
		return put_controls(r, f);
	rc = check_printable(r, f);
	rc = rc ? rc : check_pairs(r, filter.p && (span_equals(filter, "digits") || is_digits_date(filter)));
	if (rc)
		return rc;
	if (!filter.p)
		return put_text(r, f, false);
	if (span_equals(filter, "hex"))
		return put_set(r, f, "0123456789ABCDEF", -HM_ENOT_HEX);
	if (span_equals(filter, "digits"))
		return put_set(r, f, "0123456789", -HM_ENOT_NUMERIC);
	if (span_equals(filter, "alnum"))
		return put_set(r, f, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", -HM_EBAD_CHAR);
	if (span_equals(filter, "upper"))
		return put_text(r, f, true);
	if (span_equals(filter, "fnc1"))
		return put_fnc1(r, f);
	if (is_date_filter(filter))
		return put_date(r, f, filter);
	return render_bad(r, "an unknown filter");
}
