// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/envelope.h"

#include <stdbool.h>
#include <string.h>

#include "base/digits.h"
#include "gs1/ai_parse.h"
#include "gs1/ai_text.h"

#define GS	0x1d
#define RS	0x1e
#define EOT	0x04
#define VALUE_MAX 300u

/* --- values --- */

/* Digits first, none to three of them, then one capital: how many characters, or 0. */
static size_t identifier(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < 3 && p[n] >= '0' && p[n] <= '9')
		n++;
	return p + n < end && p[n] >= 'A' && p[n] <= 'Z' ? n + 1 : 0;
}

enum di_rule { DI_DIGITS, DI_COUNTRY, DI_WEEK, DI_DATE, DI_UPPER };

/* The data identifiers of electronics labels that say more than "text". */
static const struct di_row {
	const char *id;
	uint8_t rule, min, max;
} rows[] = {
	{ "Q", DI_DIGITS, 1, 9 },
	{ "4L", DI_COUNTRY, 2, 2 },
	{ "10D", DI_WEEK, 4, 4 },		/* YYWW */
	{ "6D", DI_DATE, 8, 8 },		/* YYYYMMDD */
	{ "16D", DI_DATE, 8, 8 },
	{ "14D", DI_DATE, 8, 8 },
	{ "25S", DI_UPPER, 3, 50 },		/* IAC, CIN and serial: ISO/IEC 15459 */
	{ "18V", DI_UPPER, 3, 50 },
};

static int date_value(const char *p)
{
	const struct ai_row *row = ai_find("7250", 4);

	return ai_check_value(row, p, 8);
}

static int di_value(const struct di_row *row, const char *p, size_t len)
{
	if (len < row->min)
		return -HM_ETOO_SHORT;
	if (len > row->max)
		return -HM_ETOO_LONG;
	switch (row->rule) {
	case DI_DIGITS:
		return hm_digits(p, len) ? 0 : -HM_ENOT_NUMERIC;
	case DI_COUNTRY:
		return ai_check_value(ai_find("4307", 4), p, len);
	case DI_WEEK:
		if (!hm_digits(p, len))
			return -HM_ENOT_NUMERIC;
		return memcmp(p + 2, "01", 2) < 0 || memcmp(p + 2, "53", 2) > 0 ? -HM_EBAD_DATE : 0;
	case DI_DATE:
		return hm_digits(p, len) ? date_value(p) : -HM_ENOT_NUMERIC;
	default:
		for (size_t i = 0; i < len; i++)
			if (!(p[i] >= '0' && p[i] <= '9') && !(p[i] >= 'A' && p[i] <= 'Z') && p[i] != '-' && p[i] != '/')
				return -HM_EBAD_CHAR;
		return 0;
	}
}

/* The rule of a data identifier, where it has one. */
static int di_check(const struct hm_envelope_element *x, const char *value, size_t len)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].id, x->id))
			return di_value(&rows[i], value, len);
	return 0;
}

/* @rc; and whose identifier it was that was refused with it. */
static int failed(struct hm_envelope *e, int rc, const char *id, size_t id_len)
{
	memset(e->failed, 0, sizeof(e->failed));
	if (rc && id_len < sizeof(e->failed))
		memcpy(e->failed, id, id_len);
	return rc;
}

static int append(struct hm_envelope *e, const char *id, size_t id_len, const char *value, size_t len)
{
	struct hm_envelope_element *x = &e->e[e->n];

	if (e->n == HM_ENVELOPE_ELEMENTS || len > VALUE_MAX)
		return -HM_ETOO_LONG;
	if (!len)
		return -HM_EEMPTY;
	for (size_t i = 0; i < len; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			return -HM_EBAD_CHAR;
	memset(x->id, 0, sizeof(x->id));
	memcpy(x->id, id, id_len);
	if (e->format == 5) {
		const struct ai_row *row = ai_find(id, id_len);
		int rc = row && row->digits == id_len ? ai_check_value(row, value, len) : -HM_EUNKNOWN_AI;

		if (rc)
			return rc;
	}
	x->rc = e->format == 6 ? di_check(x, value, len) : 0;
	x->format = (uint8_t)e->format;
	x->envelope = (uint8_t)e->envelopes;
	x->value = value;
	x->len = (uint16_t)len;
	e->n++;
	return 0;
}

static int add(struct hm_envelope *e, const char *id, size_t id_len, const char *value, size_t len)
{
	return failed(e, append(e, id, id_len, value, len), id, id_len);
}

/* --- reading --- */

/*
 * Behind a symbology identifier (ISO/IEC 15424) of a code that carries such messages: Data Matrix,
 * QR, PDF417, Aztec, MaxiCode, DotCode, Code 128. Not those that say GS1 (]d2, ]Q3 ...): what is in
 * them begins with an AI.
 */
static const char *behind_symbology(const char *p, const char *end)
{
	static const char ids[][4] = { "]d0", "]d1", "]d4", "]Q0", "]Q1", "]Q2", "]L0", "]L1", "]L2", "]z0", "]z3",
				       "]U0", "]U1", "]U2", "]U3", "]J0", "]C0" };

	for (size_t i = 0; end - p > 3 && i < sizeof(ids) / sizeof(ids[0]); i++)
		if (!memcmp(p, ids[i], 3))
			return p + 3;
	return p;
}

/* "[)>"; an old distributor's label has ">[)>": more than that is another thing. NULL: there is none. */
static const char *find_head(const char *p, const char *end)
{
	return memmem(p, (size_t)(end - p < 7 ? end - p : 7), "[)>", 3);
}

bool hm_envelope_begins(const char *text, size_t len)
{
	return len && find_head(behind_symbology(text, text + len), text + len);
}

/* "[)>", with what the field does to it. */
static int read_head(const char **p, const char *end, struct hm_envelope *e)
{
	const char *begin = behind_symbology(*p, end), *start = find_head(begin, end);

	if (!start)
		return -HM_EBAD_ENVELOPE;
	if (start != begin)
		e->faults |= HM_ENVELOPE_IN_FRONT;
	start += 3;
	if (start < end && *start == RS)
		start++;
	else
		e->faults |= HM_ENVELOPE_NO_HEAD_RS;
	*p = start;
	return 0;
}

/* Format 09: GS type GS compression GS count GS, then so many bytes, which may be RS and EOT too. */
static int skip_binary(const char **p, const char *end)
{
	const char *field = *p;
	uint64_t count = 0;

	for (int i = 0; i < 4; i++) {
		const char *gs = memchr(field, GS, (size_t)(end - field));

		if (!gs || (i == 0 && gs != field))
			return -HM_EBAD_ENVELOPE;
		if (i == 3 && hm_digits_value(field, (size_t)(gs - field), HM_ENVELOPE_TEXT_MAX, &count))
			return -HM_EBAD_ENVELOPE;
		field = gs + 1;
	}
	if (count > (uint64_t)(end - field))
		return -HM_EBAD_ENVELOPE;
	*p = field + count;
	return 0;
}

/* Where the format that begins at @p stops, and what follows: @p behind its RS, or NULL where the message ends. */
static void read_end(const char **p, const char *end, const char **ret_stop, struct hm_envelope *e)
{
	const char *stop = *p;

	while (stop < end && *stop != RS && *stop != EOT)
		stop++;
	*ret_stop = stop;
	*p = NULL;
	if (stop == end || *stop == EOT)
		e->faults |= HM_ENVELOPE_NO_RS;
	else
		stop++;
	if (stop == end)
		e->faults |= HM_ENVELOPE_NO_EOT;
	else if (*stop != EOT)
		*p = stop;
	else if (stop + 1 != end)
		e->faults |= HM_ENVELOPE_BEHIND;
}

static int read_elements(const char *p, const char *end, struct hm_envelope *e)
{
	while (p < end) {
		const char *gs = memchr(p, GS, (size_t)(end - p)), *stop = gs ? gs : end;
		size_t id;
		int rc;

		if (gs && (gs == p || gs + 1 == end))
			e->faults |= HM_ENVELOPE_EMPTY;
		if (gs == p) {
			p++;
			continue;
		}
		id = identifier(p, stop);
		if (!id)
			return -HM_EBAD_ENVELOPE;
		/* distributors leave the identifier of a field that they have nothing for */
		rc = p + id == stop ? 0 : add(e, p, id, p + id, (size_t)(stop - p) - id);
		if (rc)
			return rc;
		if (p + id == stop)
			e->faults |= HM_ENVELOPE_EMPTY;
		else if (e->e[e->n - 1].rc)
			e->faults |= HM_ENVELOPE_VALUE;
		p = gs ? gs + 1 : end;
	}
	return 0;
}

static int read_ais(const char *p, const char *end, struct hm_envelope *e)
{
	struct hm_err err = { "" };
	struct hm_elements list;
	int rc = p < end && *p >= '0' && *p <= '9' ? hm_gs1_parse(p, (size_t)(end - p), &list, &err) : -HM_EBAD_ENVELOPE;

	/* "(01): ..." */
	if (rc && *err.text == '(')
		return failed(e, rc, err.text + 1, strspn(err.text + 1, "0123456789"));

	if (!rc && end[-1] == GS)
		e->faults |= HM_ENVELOPE_EMPTY;
	for (unsigned int i = 0; !rc && i < list.n; i++)
		rc = add(e, list.e[i].ai, list.e[i].ai_len, list.e[i].value, list.e[i].len);
	return rc;
}

/* One format: its two digits, what it holds, its end. */
static int read_format(const char **p, const char *end, struct hm_envelope *e)
{
	const char *header = *p, *start = header + 2, *stop = NULL;
	unsigned int before = e->n;
	int rc = end - header < 2 || !hm_digits(header, 2) ? -HM_EBAD_ENVELOPE : 0;

	if (rc)
		return rc;
	if (header[0] != '0' || (header[1] != '5' && header[1] != '6')) {
		if (e->unread_n == HM_ENVELOPE_UNREAD)
			return -HM_ETOO_LONG;
		memcpy(e->unread[e->unread_n++], header, 2);
		e->faults |= HM_ENVELOPE_UNREAD_FORMAT;
		if (!memcmp(header, "09", 2))
			rc = skip_binary(&start, end);
		read_end(&start, end, &stop, e);
		*p = start;
		return rc;
	}
	e->format = (unsigned int)(header[1] - '0');
	if (start < end && *start == GS)
		start++;
	else
		e->faults |= HM_ENVELOPE_NO_HEAD_GS;
	*p = start;
	read_end(p, end, &stop, e);
	if (start == stop)
		e->faults |= HM_ENVELOPE_EMPTY;
	else
		rc = e->format == 5 ? read_ais(start, stop, e) : read_elements(start, stop, e);
	e->envelopes += e->n > before;
	return rc;
}

static void clear(struct hm_envelope *e)
{
	e->format = e->faults = e->n = e->used = e->envelopes = e->unread_n = 0;
	memset(e->unread, 0, sizeof(e->unread));
	memset(e->failed, 0, sizeof(e->failed));
}

int hm_envelope_read(const char *text, size_t len, struct hm_envelope *ret)
{
	const char *p = text, *end = text + len;
	int rc;

	clear(ret);
	if (!len)
		return -HM_EEMPTY;
	if (len > HM_ENVELOPE_TEXT_MAX)
		return -HM_ETOO_LONG;
	/* what a scanner sends behind a code */
	while (end > p && (end[-1] == '\r' || end[-1] == '\n')) {
		ret->faults |= HM_ENVELOPE_BEHIND;
		end--;
	}
	rc = read_head(&p, end, ret);
	while (!rc && p)
		rc = read_format(&p, end, ret);
	if (rc)
		return rc;
	if (ret->n) {
		ret->format = ret->e[0].format;
		return 0;
	}
	return ret->unread_n ? -HM_EUNKNOWN_HEADER : -HM_EEMPTY;
}

/* --- brackets --- */

/* "(1P)" or "(01)": characters between the brackets, 0 for anything else. */
static size_t bracket(const char *p, const char *end)
{
	const char *close;
	size_t n;

	if (p == end || *p != '(')
		return 0;
	close = memchr(p, ')', (size_t)(end - p < 6 ? end - p : 6));
	if (!close)
		return 0;
	n = (size_t)(close - p) - 1;
	if (identifier(p + 1, close) == n)
		return n;
	return n >= 2 && hm_digits(p + 1, n) ? n : 0;
}

/* A value up to the next bracketed identifier, its backslashes gone. */
static int bracketed_value(struct hm_envelope *e, const char **p, const char *end, const char **ret, size_t *ret_len)
{
	char *out = e->memory + e->used;
	size_t n = 0;
	const char *q = *p;

	for (; q < end && !bracket(q, end); q++) {
		if (*q == '\\' && (++q == end || (*q != '(' && *q != '\\')))
			return -HM_EBAD_ESCAPE;
		if (e->used + n == sizeof(e->memory))
			return -HM_ETOO_LONG;
		out[n++] = *q;
	}
	e->used += (unsigned int)n;
	*p = q;
	*ret = out;
	*ret_len = n;
	return 0;
}

int hm_envelope_parse(const char *text, size_t len, struct hm_envelope *ret)
{
	const char *p = text, *end = text + len;

	clear(ret);
	if (!len)
		return -HM_EEMPTY;
	if (len > HM_ENVELOPE_TEXT_MAX)
		return -HM_ETOO_LONG;
	while (p < end) {
		size_t id = bracket(p, end), n = 0;
		const char *name = p + 1, *value = NULL;
		unsigned int format;
		int rc;

		if (!id)
			return -HM_EBAD_CHAR;
		format = hm_digits(name, id) ? 5 : 6;
		/* one envelope is of one format: another one begins another */
		ret->envelopes += ret->format && ret->format != format;
		ret->format = format;
		p += id + 2;
		rc = bracketed_value(ret, &p, end, &value, &n);
		rc = rc ? rc : add(ret, name, id, value, n);
		rc = rc ? rc : ret->e[ret->n - 1].rc;
		if (rc)
			return failed(ret, rc, name, id);
	}
	ret->format = ret->e[0].format;
	ret->envelopes++;
	return 0;
}

int hm_envelope_bracketed(const struct hm_envelope *e, char *out, size_t size)
{
	char text[2 * HM_ENVELOPE_TEXT_MAX];
	struct ai_out o = { text, 0, sizeof(text), false };

	for (unsigned int i = 0; i < e->n; i++) {
		ai_put(&o, "(", 1);
		ai_put(&o, e->e[i].id, strlen(e->e[i].id));
		ai_put(&o, ")", 1);
		for (size_t j = 0; j < e->e[i].len; j++) {
			char c = e->e[i].value[j];

			if (c == '(' || c == '\\')
				ai_put(&o, "\\", 1);
			ai_put(&o, &c, 1);
		}
	}
	return ai_give(&o, out, size);
}

/* --- writing --- */

int hm_envelope_write(const struct hm_envelope *e, char *out, size_t size)
{
	char text[2 * HM_ENVELOPE_TEXT_MAX];
	struct ai_out o = { text, 0, sizeof(text), false };

	if (!e->n)
		return -HM_EEMPTY;
	ai_put(&o, "[)>", 3);
	for (unsigned int i = 0; i < e->n; i++) {
		const struct hm_envelope_element *x = &e->e[i];
		unsigned int format = x->format ? x->format : e->format;
		const struct ai_row *row = format == 5 ? ai_find(x->id, strlen(x->id)) : NULL;

		if (x->rc)
			return x->rc;
		if (!i || x->envelope != x[-1].envelope)
			ai_put(&o, format == 5 ? "\x1e" "05\x1d" : "\x1e" "06\x1d", 4);
		ai_put(&o, x->id, strlen(x->id));
		ai_put(&o, x->value, x->len);
		if (i + 1 < e->n && x[1].envelope == x->envelope && !(row && row->predefined))
			ai_put(&o, "\x1d", 1);
	}
	ai_put(&o, "\x1e\x04", 2);
	return ai_give(&o, out, size);
}

const char *hm_envelope_fault_name(unsigned int fault)
{
	switch (fault) {
	case HM_ENVELOPE_IN_FRONT:
		return "in_front";
	case HM_ENVELOPE_NO_HEAD_RS:
		return "no_head_rs";
	case HM_ENVELOPE_NO_HEAD_GS:
		return "no_head_gs";
	case HM_ENVELOPE_NO_RS:
		return "no_rs";
	case HM_ENVELOPE_NO_EOT:
		return "no_eot";
	case HM_ENVELOPE_BEHIND:
		return "behind";
	case HM_ENVELOPE_EMPTY:
		return "empty_element";
	case HM_ENVELOPE_VALUE:
		return "bad_value";
	case HM_ENVELOPE_UNREAD_FORMAT:
		return "unread_format";
	default:
		return NULL;
	}
}
