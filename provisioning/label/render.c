// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A template into a label. The reader here knows just enough ZPL to tell where a
 * value stands and what could mean something there; what it does not know it
 * refuses, because a template is checked once and prints a million labels.
 */
#include "base/digits.h"
#include "label/field_data.h"
#include "label/label.h"
#include "label/limits.h"
#include "label/render.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_SHOWN	24	/* of an unknown field, in the error line */

int render_bad(const struct render *r, const char *why)
{
	unsigned int line = 1;

	for (const char *p = r->tpl; p < r->at; p++)
		line += *p == '\n';
	return hm_err_set(r->err, -HM_EBAD_TEMPLATE, "template line %u: %s", line, why);
}

/* Commands a template may hold, by their first letter; all of them harmless to other labels. */
static bool allowed(const char name[2])
{
	static const char *const second[26] = {
		['A' - 'A'] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",	/* fonts */
		['B' - 'A'] = "YXQ01234789ABCDEFIJKLMOPRSTUZ", ['C' - 'A'] = "FI", ['F' - 'A'] = "XOTDSHNRBWP",
		['G' - 'A'] = "BCDEFS", ['H' - 'A'] = "V", ['L' - 'A'] = "LHSTR", ['M' - 'A'] = "DMNT",
		['P' - 'A'] = "WOMRQ", ['R' - 'A'] = "SFLW", ['X' - 'A'] = "AZ",
	};
	const char *set = name[0] >= 'A' && name[0] <= 'Z' ? second[name[0] - 'A'] : NULL;

	return set && name[1] && strchr(set, name[1]);
}

static bool is(const char name[2], const char *what)
{
	return name[0] == what[0] && name[1] == what[1];
}

/* Parameter @i of a command, line ends cut; an empty span where it is not given. */
static struct span parameter(struct span args, unsigned int i)
{
	const char *comma;

	for (; i; i--) {
		comma = memchr(args.p, ',', (size_t)(args.end - args.p));
		if (!comma)
			return (struct span){ args.end, args.end };
		args.p = comma + 1;
	}
	comma = memchr(args.p, ',', (size_t)(args.end - args.p));
	if (comma)
		args.end = comma;
	while (args.end > args.p && (args.end[-1] == '\n' || args.end[-1] == '\r'))
		args.end--;
	return args;
}

/* --- what stands before a slot --- */

/* Where the reading of a field's data for escapes has come to. */
struct escapes {
	char open;		/* what began one whose next character says how long it is */
	unsigned int need;	/* so many characters more */
	char head[3];		/* of the data */
	size_t len;
};

/* One character, ^FH_ undone. */
static void read_char(struct render *r, struct escapes *e, char c)
{
	if (e->len < sizeof(e->head))
		e->head[e->len] = c;
	e->len++;
	if (e->need) {
		e->need--;
	} else if (e->open) {
		/* those of ^BC say which subset is in force; a > may be the escape of ^BX too */
		if (r->kind == KIND_CODE128 && e->open == '>')
			r->pairs = c == ';' || c == '5' || (r->pairs && !(c && strchr("9:67", c)));
		else
			e->need = e->open == '\\' ? (c == '(' ? 2 : 0) : c == 'd' ? 3 : 0;
		e->open = '\0';
	} else if ((r->kind == KIND_DATAMATRIX && c == r->escape) || (r->kind == KIND_CODE128 && c == '>') ||
		   (r->block && c == '\\')) {
		e->open = c;
	}
}

static bool may_escape(const struct render *r, struct span lit)
{
	return r->kind == KIND_DATAMATRIX || r->kind == KIND_CODE128 || r->kind == KIND_QR || r->block ||
	       (r->hex && memchr(lit.p, '_', (size_t)(lit.end - lit.p)));
}

/* False where an escape is cut, or ^FH_'s not two hexadecimal digits. */
static bool escapes_finished(struct render *r, struct span lit, struct escapes *e)
{
	int rc;
	char c;

	*e = (struct escapes){ .len = 0 };
	if (!may_escape(r, lit))
		return true;
	while ((rc = field_byte(&lit.p, lit.end, r->hex ? '_' : FIELD_NO_HEX, &c)) > 0)
		read_char(r, e, c);
	return !rc && !e->open && !e->need;
}

static bool qr_begun(const struct escapes *e)
{
	return e->len >= 3 && e->head[0] && strchr("HQML", e->head[0]) && e->head[1] == 'A' && e->head[2] == ',';
}

/* @lit: what stands between the last slot, or ^FD, and this one */
static int check_literal(struct render *r, struct span lit, bool first)
{
	struct escapes e;

	if (!escapes_finished(r, lit, &e))
		return render_bad(r, "a slot behind an unfinished escape");
	if (r->kind == KIND_QR && first && !qr_begun(&e))
		return render_bad(r, "in ^BQ a slot comes behind the error correction and the mode, as in ^FDQA,{{digital_link}}");
	return 0;
}

/* Behind the last slot, or where there is none: a printer would make of it what it likes. */
static int check_tail(struct render *r, struct span lit)
{
	struct escapes e;

	return escapes_finished(r, lit, &e) ? 0 : render_bad(r, "an escape that is cut, or not _ and two hexadecimal digits");
}

/* --- slots --- */

static const struct hm_label_field *find(const struct render *r, struct span name)
{
	for (size_t i = 0; i < r->n; i++)
		if (span_equals(name, r->fields[i].name))
			return &r->fields[i];
	return NULL;
}

/* "{{name|filter}}" at @p; *ret_end: behind it. */
static int slot(struct render *r, const char *p, const char *end, const char **ret_end)
{
	const char *close = memmem(p, (size_t)(end - p), "}}", 2), *bar;
	struct span name = { p + 2, close }, filter = { NULL, NULL };
	const struct hm_label_field *f;
	char why[64];

	if (!close)
		return render_bad(r, "a slot that is not closed by }}");
	bar = memchr(name.p, '|', (size_t)(name.end - name.p));
	if (bar) {
		name.end = bar;
		filter = (struct span){ bar + 1, close };
	}
	f = find(r, name);
	if (!f) {
		(void)snprintf(why, sizeof(why), "an unknown field \"%.*s\"",
			       name.end - name.p > NAME_SHOWN ? NAME_SHOWN : (int)(name.end - name.p), name.p);
		return render_bad(r, why);
	}
	*ret_end = close + 2;
	return render_value(r, f, filter);
}

/* The template up to @to as it stands. */
static int copy(struct render *r, const char *to)
{
	int rc = hm_buf_add(r->out, r->from, (size_t)(to - r->from));

	r->from = to;
	return rc;
}

static const char *find_slot(struct span s)
{
	const char *p = memchr(s.p, '{', (size_t)(s.end - s.p));

	return p ? memmem(p, (size_t)(s.end - p), "{{", 2) : NULL;
}

static int data(struct render *r, struct span args)
{
	struct span lit = args;
	bool first = true;
	int rc = 0;

	while ((lit.end = find_slot((struct span){ lit.p, args.end }))) {
		r->at = lit.end;
		rc = copy(r, lit.end);
		rc = rc ? rc : check_literal(r, lit, first);
		rc = rc ? rc : slot(r, lit.end, args.end, &r->from);
		if (rc)
			return rc;
		lit.p = r->from;
		first = false;
	}
	r->at = args.end;
	return check_tail(r, (struct span){ lit.p, args.end });
}

/* --- commands --- */

static int datamatrix(struct render *r, struct span args)
{
	struct span g = parameter(args, 6);

	r->kind = KIND_DATAMATRIX;
	r->escape = 0;
	if (g.p == g.end)
		return 0;
	if (g.end - g.p != 1 || !ispunct((unsigned char)*g.p) || strchr("_{}\\", *g.p))
		return render_bad(r, "the escape character of ^BX is one punctuation mark, not _ \\ { or }");
	r->escape = *g.p;
	return 0;
}

/* facts of the printer: by default it spoils up to three labels and then goes on without a word */
static int rfid_settings(struct render *r, struct span args)
{
	struct span e = parameter(args, 4);

	r->has_rs = true;
	if (!span_equals(parameter(args, 3), "1") || (!span_equals(e, "E") && !span_equals(e, "P")))
		return render_bad(r, "^RS has to try one label (n = 1) and stop at an error (e = E or P)");
	return 0;
}

/*
 * ^RS says for what comes behind it how many labels are tried. Whether a tag is read, written or
 * locked: without it a printer goes on to the next label, and the answer is of another tag.
 */
static int rfid(const struct render *r)
{
	return r->has_rs ? 0 : render_bad(r, "an RFID command without ^RS before it: by default a printer spoils three labels in silence");
}

/* The mark of ^FH is _, told or not. In ^FH, it is the comma to one reader and none to the next: refused. */
static bool is_hex_mark(struct span args)
{
	struct span mark = parameter(args, 0);

	if (mark.p != mark.end)
		return span_equals(mark, "_");
	return !memchr(args.p, ',', (size_t)(args.end - args.p));
}

/*
 * An EPC of another length than 96 bits: banks E and 1 leave the length in the PC as it was, and
 * the tag would answer with the beginning of its EPC, or with what is behind it. Bank A sets it.
 */
static int epc_bank(const struct render *r, struct span args)
{
	struct span o = parameter(args, 0), m = parameter(args, 4);

	if (!r->long_epc || span_equals(parameter(args, 2), "P") ||
	    !(o.p == o.end || span_equals(o, "W") || span_equals(o, "R")) ||
	    span_equals(m, "0") || span_equals(m, "2") || span_equals(m, "3"))
		return 0;
	return span_equals(m, "A") ? 0 :
		render_bad(r, "for an EPC that is not of 96 bits ^RF takes bank A (as in ^RFW,H,,,A), which sets the length in the PC");
}

/* What is read back is compared whole: so much of it has to be asked for. */
static int epc_answer(const struct render *r, struct span args)
{
	struct span n = parameter(args, 1), header = parameter(args, 2);
	uint64_t bytes = 64;

	if (header.end - header.p < 4 || memcmp(header.p, "EPC[", 4))
		return 0;
	if (n.p < n.end && hm_digits_value(n.p, (size_t)(n.end - n.p), UINT32_MAX, &bytes))
		return 0;	/* no number: hm_zpl_numbers() says so */
	return bytes >= r->long_epc ? 0 : render_bad(r, "^HV answers with fewer digits than the EPC has");
}

static int command(struct render *r, const char name[2], struct span args)
{
	if (r->after_data && !is(name, "FS"))
		return render_bad(r, "^FD is closed by ^FS before anything else");
	if (is(name, "FS")) {
		r->kind = KIND_TEXT;
		r->hex = r->block = r->after_data = r->pairs = false;
		r->escape = 0;
	} else if (is(name, "FH")) {
		if (!is_hex_mark(args))
			return render_bad(r, "^FH with another mark than _");
		r->hex = true;
	} else if (is(name, "FB")) {
		r->block = true;
	} else if (is(name, "BX")) {
		return datamatrix(r, args);
	} else if (is(name, "BQ")) {
		r->kind = KIND_QR;
	} else if (is(name, "RS")) {
		return rfid_settings(r, args);
	} else if (is(name, "RF")) {
		r->kind = KIND_RFID;
		return rfid(r) ?: epc_bank(r, args);
	} else if (is(name, "RL")) {
		return rfid(r);
	} else if (is(name, "HV")) {
		/* a = F, the default, answers once a format: an answer for each label that was tried is needed */
		if (!span_equals(parameter(args, 4), "L"))
			return render_bad(r, "^HV has to answer for each label (a = L)");
		return check_tail(r, args) ?: epc_answer(r, args);
	} else if (is(name, "PQ")) {
		if (!span_equals(parameter(args, 0), "1"))
			return render_bad(r, "^PQ of more than one: two labels would bear one serial");
	} else if (is(name, "BC")) {
		struct span mode = parameter(args, 5);

		/* the other modes have meanings of their own for letters and brackets */
		r->kind = mode.p == mode.end || span_equals(mode, "N") ? KIND_CODE128 : KIND_OTHER_CODE;
	} else if (name[0] == 'B' && name[1] != 'Y') {
		r->kind = KIND_OTHER_CODE;
	}
	return 0;
}

/* One command at r->at, which is a caret; moves on to the next. */
static int step(struct render *r)
{
	const char *p = r->at, *name = p + 1;
	char why[HM_ZPL_WHY];
	struct span args;
	int rc;

	if (r->end - p < 3 || !allowed(name))
		return render_bad(r, "a command that a template may not hold");
	if (is(name, "XA") != (p == r->tpl))
		return render_bad(r, "one ^XA, at the very beginning");
	args.p = p + 3;
	args.end = memchr(args.p, '^', (size_t)(r->end - args.p));
	if (!args.end)
		args.end = r->end;
	rc = command(r, name, args);
	if (rc)
		return rc;
	if (is(name, "FD")) {
		rc = data(r, args);
		r->after_data = true;
	} else if (find_slot(args)) {
		rc = render_bad(r, "a slot outside a field's ^FD");
	} else if (r->judging && hm_zpl_numbers(name, args.p, (size_t)(args.end - args.p), why)) {
		rc = render_bad(r, why);
	}
	r->at = args.end;
	return rc;
}

static int check_text(struct render *r)
{
	static const bool strange[256] = {
		[0 ... '\n' - 1] = true, ['\n' + 1 ... '\r' - 1] = true, ['\r' + 1 ... 0x1f] = true, ['~' ... 0xff] = true,
	};
	const char *end = r->end;

	for (r->at = r->tpl; r->at < r->end && !strange[(unsigned char)*r->at]; r->at++)
		;
	if (r->at < r->end)
		return render_bad(r, *r->at == '~' ? "a template holds no ~ command" : "printable ASCII only");
	while (end > r->tpl && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	r->at = r->tpl;
	if (end - r->tpl < 6 || memcmp(r->tpl, "^XA", 3))
		return render_bad(r, "a template begins with ^XA");
	r->at = end;
	if (memcmp(end - 3, "^XZ", 3) || memmem(r->tpl, (size_t)(end - 3 - r->tpl), "^XZ", 3))
		return render_bad(r, "a template ends with its one ^XZ");
	return 0;
}

static int render(struct render *r)
{
	int rc = check_text(r);

	if (rc)
		return rc;
	for (r->at = r->from = r->tpl; r->at < r->end && !rc;)
		rc = step(r);
	return rc ? rc : copy(r, r->end);
}

static int render_whole(struct render *r)
{
	size_t start = r->out->len;
	int rc;

	assert(r->tpl && r->n <= HM_LABEL_FIELDS_MAX);
	if (r->end - r->tpl > HM_TEMPLATE_MAX)
		return hm_err_set(r->err, -HM_EBAD_TEMPLATE, "template: larger than %u bytes", HM_TEMPLATE_MAX);
	rc = render(r);
	if (rc && r->out->data) {
		r->out->len = start;
		r->out->data[start] = '\0';
	}
	return rc;
}

int hm_label_render(const char *tpl, size_t len, const struct hm_label_field *fields,
		    size_t n, struct hm_buf *out, struct hm_err *err)
{
	struct render r = {
		.tpl = tpl, .end = tpl + len, .at = tpl, .fields = fields, .n = n, .out = out, .err = err,
	};

	return render_whole(&r);
}

int hm_label_check(const char *tpl, size_t len, unsigned int epc_digits, struct hm_err *err)
{
	/* values that pass every filter that makes sense for them */
	static const struct hm_label_inputs any = {
		.serial = "1", .gtin = "1", .part_number = "1", .manufacturer = "1", .product = "1",
		.lot = "1", .epc_hex = "1", .element = "1", .digital_link = "1",
		.made = "2026-11-22", .expiry = "2028-11-22", .gs1 = "^1", .gs1_text = "1", .envelope = "1",
		.uii = "1", .link = "1", .mac = "1", .mac_hex = "1",
	};
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(4 * HM_TEMPLATE_MAX);
	struct hm_label_field f[HM_LABEL_FIELDS_MAX];
	struct render r = {
		.tpl = tpl, .end = tpl + len, .at = tpl, .fields = f, .n = hm_label_fields(&any, f), .out = &out,
		.err = err, .judging = true, .long_epc = epc_digits > 24 ? epc_digits : 0,
	};

	return render_whole(&r);
}

size_t hm_label_fields(const struct hm_label_inputs *in,
		       struct hm_label_field ret[static HM_LABEL_FIELDS_MAX])
{
	const struct hm_label_field f[] = {
		{ "serial", in->serial },
		{ "gtin", in->gtin },
		{ "part_number", in->part_number },
		{ "manufacturer", in->manufacturer },
		{ "product", in->product },
		{ "lot", in->lot },
		{ "epc_hex", in->epc_hex },
		{ "element", in->element },
		{ "digital_link", in->digital_link },
	};

	const struct hm_label_field asked_for[] = {
		{ "made", in->made },
		{ "expiry", in->expiry },
		{ "gs1", in->gs1 },
		{ "gs1_text", in->gs1_text },
		{ "envelope", in->envelope },
		{ "uii", in->uii },
		{ "link", in->link },
		{ "mac", in->mac },
		{ "mac_hex", in->mac_hex },
	};
	size_t n = sizeof(f) / sizeof(f[0]);

	memcpy(ret, f, sizeof(f));
	for (size_t i = 0; i < sizeof(asked_for) / sizeof(asked_for[0]); i++)
		if (*asked_for[i].value)
			ret[n++] = asked_for[i];
	return n;
}

void hm_label_address(struct hm_label_inputs *in, const char *hex)
{
	size_t n = strlen(hex);

	assert(n % 2 == 0 && n < sizeof(in->mac_hex));
	memcpy(in->mac_hex, hex, n + 1);
	in->mac[0] = '\0';
	for (size_t i = 0; i < n; i += 2)
		(void)snprintf(in->mac + i / 2 * 3, sizeof(in->mac) - i / 2 * 3, "%.2s%s", hex + i,
			       i + 2 < n ? ":" : "");
}
