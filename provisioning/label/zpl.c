// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading one ZPL label into settings, fields and RFID operations. */
#include "label/zpl.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "label/field_data.h"

/* What the commands since the last ^FS have gathered for the field being built. */
struct pending {
	bool placed, baseline, reverse, hex, has_data, has_font;
	char hex_mark;
	int x, y;
	int fn;
	enum hm_zpl_kind kind;
	bool has_box, has_rfid, has_verify;
	struct hm_zpl_field field;
	struct hm_zpl_rfid rfid;
	const char *verify_args;
	size_t verify_len;
	char *data;
	size_t len;
};

struct reader {
	struct hm_zpl_label *label;
	struct pending p;
	int home_x, home_y;
	int font_height, font_width;
	char rotation;
	int bar_module, bar_height;	/* ^BY */
};

/* A comma-separated argument list; fields are taken one after the other. */
struct args {
	const char *p, *end;
};

static bool next_arg(struct args *a, const char **ret, size_t *ret_len)
{
	const char *comma;

	if (!a->p || a->p > a->end)
		return false;
	comma = memchr(a->p, ',', a->end - a->p);
	*ret = a->p;
	*ret_len = (comma ? comma : a->end) - a->p;
	a->p = comma ? comma + 1 : NULL;
	return true;
}

/* An absent, empty or malformed number leaves the default, as on a printer. */
static int arg_int(struct args *a, int min, int max, int fallback)
{
	const char *s;
	size_t n, i;
	long v = 0;

	if (!next_arg(a, &s, &n) || n == 0 || n > 8)
		return fallback;
	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return fallback;
		v = v * 10 + (s[i] - '0');
	}
	return v < min ? min : v > max ? max : (int)v;
}

static char arg_char(struct args *a, const char *allowed, char fallback)
{
	const char *s;
	size_t n;
	char c;

	if (!next_arg(a, &s, &n) || n == 0)
		return fallback;
	c = (char)toupper((unsigned char)s[0]);
	return !allowed || strchr(allowed, c) ? c : fallback;
}

static void pending_reset(struct reader *rd)
{
	free(rd->p.data);
	rd->p = (struct pending) { .fn = -1, .hex_mark = '_' };
	rd->p.field.fn = -1;
}

/* ^FH undone, terminated. */
static int decode_data(const char *s, size_t n, bool hex, char mark, char **ret, size_t *ret_len)
{
	const char *end = s + n;
	char *out = malloc(n + 1);
	size_t o = 0;
	int rc;

	if (!out)
		return -ENOMEM;
	while ((rc = field_byte(&s, end, hex ? mark : FIELD_NO_HEX, &out[o])) > 0)
		o++;
	if (rc) {
		free(out);
		return rc;
	}
	out[o] = '\0';
	*ret = out;
	*ret_len = o;
	return 0;
}

static int grow(void **array, size_t n, size_t size)
{
	void *p;

	if (n >= HM_ZPL_FIELDS_MAX)
		return -E2BIG;
	p = realloc(*array, (n + 1) * size);
	if (!p)
		return -ENOMEM;
	*array = p;
	return 0;
}

static int finish_printed(struct reader *rd)
{
	struct hm_zpl_label *l = rd->label;
	struct pending *p = &rd->p;
	struct hm_zpl_field f = p->field;
	int r;

	r = grow((void **)&l->fields, l->n_fields, sizeof(*l->fields));
	if (r < 0)
		return r;
	f.kind = p->has_box ? HM_ZPL_BOX : p->kind;
	f.x = p->x + rd->home_x;
	f.y = p->y + rd->home_y;
	f.baseline = p->baseline;
	f.reverse = p->reverse;
	f.fn = p->fn;
	f.utf8 = l->utf8;
	if (f.kind == HM_ZPL_TEXT && !p->has_font) {
		f.height = rd->font_height;
		f.width = rd->font_width;
		f.rotation = rd->rotation;
	}
	if (!f.rotation)
		f.rotation = 'N';
	f.data = p->data;
	f.len = p->len;
	if (!f.data) {
		f.data = calloc(1, 1);
		if (!f.data)
			return -ENOMEM;
	}
	p->data = NULL;
	l->fields[l->n_fields++] = f;
	return 0;
}

static int finish_rfid(struct reader *rd)
{
	struct hm_zpl_label *l = rd->label;
	struct pending *p = &rd->p;
	int r;

	r = grow((void **)&l->rfid, l->n_rfid, sizeof(*l->rfid));
	if (r < 0)
		return r;
	p->rfid.fn = p->fn;
	p->rfid.data = p->data;
	p->rfid.len = p->len;
	p->data = NULL;
	l->rfid[l->n_rfid++] = p->rfid;
	return 0;
}

static int finish_verify(struct reader *rd)
{
	struct hm_zpl_label *l = rd->label;
	struct pending *p = &rd->p;
	struct args a = { p->verify_args, p->verify_args + p->verify_len };
	struct hm_zpl_verify v = {};
	const char *s;
	size_t n, got;
	int r;

	r = grow((void **)&l->verify, l->n_verify, sizeof(*l->verify));
	if (r < 0)
		return r;
	v.fn = arg_int(&a, 0, HM_ZPL_FN_MAX, 0);
	v.bytes = (unsigned int)arg_int(&a, 1, 256, 64);
	/* "EPC[,]": the comma between header and trailer is the list's own */
	if (!next_arg(&a, &s, &n))
		s = "", n = 0;
	r = decode_data(s, n, p->hex, p->hex_mark, &v.header, &got);
	if (!next_arg(&a, &s, &n))
		s = "", n = 0;
	r = r ?: decode_data(s, n, p->hex, p->hex_mark, &v.trailer, &got);
	v.per_label = arg_char(&a, "FL", 'F') == 'L';
	if (r < 0) {
		free(v.header);
		return r;
	}
	l->verify[l->n_verify++] = v;
	return 0;
}

static int finish_field(struct reader *rd)
{
	int r = 0;

	if (rd->p.has_rfid)
		r = finish_rfid(rd);
	else if (rd->p.has_verify)
		r = finish_verify(rd);
	else if (rd->p.has_box || rd->p.has_data || (rd->p.fn >= 0 && rd->p.placed))
		r = finish_printed(rd);
	pending_reset(rd);
	return r;
}

/* ^RFo,f,b,n,m  (b = P: passwords) */
static int read_rf(struct pending *p, struct args a)
{
	struct hm_zpl_rfid *f = &p->rfid;
	const char *s;
	size_t n;

	switch (arg_char(&a, NULL, 'W')) {
	case 'W':
	case 'L':
		f->op = HM_ZPL_RFID_WRITE;
		break;
	case 'R':
		f->op = HM_ZPL_RFID_READ;
		break;
	case 'S':
		f->op = HM_ZPL_RFID_PASSWORD;
		break;
	default:
		return -EINVAL;
	}
	f->format = arg_char(&a, "AHE", 'H');
	if (next_arg(&a, &s, &n) && n > 0) {
		struct args b = { s, s + n };

		if (toupper((unsigned char)s[0]) == 'P')
			f->passwords = true;
		else
			f->block = (unsigned int)arg_int(&b, 0, 255, 0);
	}
	f->bytes = (unsigned int)arg_int(&a, 0, 256, 0);
	f->bank = arg_char(&a, "EA0123", 'E');
	p->has_rfid = true;
	return 0;
}

/* ^RLM,kill,access,EPC,user; the block-permalock form ^RLB is not read */
static int read_rl(struct pending *p, struct args a)
{
	size_t i;

	if (arg_char(&a, NULL, 'M') != 'M')
		return -EINVAL;
	p->rfid.op = HM_ZPL_RFID_LOCK;
	for (i = 0; i < 4; i++)
		p->rfid.locks[i] = arg_char(&a, "ULOP", 0);
	p->has_rfid = true;
	return 0;
}

/* ^RSt,p,v,n,e */
static void read_rs(struct hm_zpl_label *l, struct args a)
{
	l->has_rs = true;
	(void)arg_int(&a, 0, 8, 8);
	(void)arg_int(&a, 0, INT_MAX, 0);
	(void)arg_int(&a, 0, INT_MAX, 0);
	l->rfid_tries = arg_int(&a, 1, 10, 3);
	l->rfid_error = arg_char(&a, "NPE", 'N');
}

/* ^BXo,h,s,c,r,f,g */
static void read_bx(struct pending *p, struct args a)
{
	const char *s;
	size_t n;

	p->kind = HM_ZPL_DATAMATRIX;
	p->field.rotation = arg_char(&a, "NRIB", 'N');
	p->field.module = arg_int(&a, 1, 64, 4);
	(void)arg_int(&a, 0, 200, 200);
	p->field.columns = arg_int(&a, 0, 144, 0);
	p->field.rows = arg_int(&a, 0, 144, 0);
	(void)arg_int(&a, 1, 6, 6);
	p->field.escape = next_arg(&a, &s, &n) && n > 0 ? s[0] : '~';
}

/* ^BQa,b,c,d,e */
static void read_bq(struct pending *p, struct args a)
{
	p->kind = HM_ZPL_QR;
	p->field.rotation = arg_char(&a, "NRIB", 'N');
	(void)arg_int(&a, 1, 2, 2);
	p->field.module = arg_int(&a, 1, 100, 2);
	p->field.ecc = arg_char(&a, "HQML", 'Q');
}

/* ^BCo,h,f,g,e,m; the line of text below is not read: labels here bring their own */
static void read_bc(const struct reader *rd, struct pending *p, struct args a)
{
	p->kind = HM_ZPL_CODE128;
	p->field.rotation = arg_char(&a, "NRIB", rd->rotation);
	p->field.height = arg_int(&a, 1, 32000, rd->bar_height);
	p->field.module = rd->bar_module;
	(void)arg_char(&a, "YN", 'Y');
	(void)arg_char(&a, "YN", 'N');
	(void)arg_char(&a, "YN", 'N');
	p->field.mode = arg_char(&a, "NUAD", 'N');
}

/* ^GBw,h,t,c,r */
static void read_gb(struct pending *p, struct args a)
{
	p->has_box = true;
	p->field.width = arg_int(&a, 1, 32000, 1);
	p->field.height = arg_int(&a, 1, 32000, 1);
	p->field.thickness = arg_int(&a, 1, 32000, 1);
	p->field.white = arg_char(&a, "BW", 'B') == 'W';
	if (p->field.width < p->field.thickness)
		p->field.width = p->field.thickness;
	if (p->field.height < p->field.thickness)
		p->field.height = p->field.thickness;
}

/* ^Afo,h,w and ^A@o,h,w,file: every font is drawn with the one built-in face */
static void read_font(struct reader *rd, const char *s, size_t n)
{
	struct pending *p = &rd->p;
	struct args a = { s + 1, s + n };

	if (n == 0)
		return;
	p->has_font = true;
	p->field.rotation = arg_char(&a, "NRIB", rd->rotation);
	p->field.height = arg_int(&a, 6, 1000, 0);
	p->field.width = arg_int(&a, 3, 1000, 0);
	if (!p->field.height)
		p->field.height = p->field.width ? p->field.width : rd->font_height;
}

static int read_data(struct pending *p, const char *s, size_t n)
{
	int r;

	if (p->has_data)
		return -EINVAL;		/* two ^FD in one field: which one is meant? */
	r = decode_data(s, n, p->hex, p->hex_mark, &p->data, &p->len);
	p->has_data = !r;
	return r;
}

static void read_position(struct pending *p, struct args a, bool baseline)
{
	p->x = arg_int(&a, 0, 32000, 0);
	p->y = arg_int(&a, 0, 32000, 0);
	p->placed = true;
	p->baseline = baseline;
}

#define NAME(a, b) ((a) << 8 | (b))

static int read_command(struct reader *rd, int name, const char *s, size_t n)
{
	struct hm_zpl_label *l = rd->label;
	struct pending *p = &rd->p;
	struct args a = { s, s + n };
	char c;

	switch (name) {
	case NAME('X', 'A'):
	case NAME('X', 'Z'):
	case NAME('F', 'X'):
		return 0;
	case NAME('P', 'W'):
		l->width = arg_int(&a, 2, 32000, l->width);
		return 0;
	case NAME('L', 'L'):
		l->height = arg_int(&a, 1, 32000, l->height);
		return 0;
	case NAME('L', 'H'):
		rd->home_x = arg_int(&a, 0, 32000, 0);
		rd->home_y = arg_int(&a, 0, 32000, 0);
		return 0;
	case NAME('C', 'I'):
		l->utf8 = arg_int(&a, 0, 36, 0) == 28;
		return 0;
	case NAME('C', 'F'):
		(void)arg_char(&a, NULL, '0');
		rd->font_height = arg_int(&a, 6, 1000, rd->font_height);
		rd->font_width = arg_int(&a, 3, 1000, 0);
		return 0;
	case NAME('F', 'W'):
		rd->rotation = arg_char(&a, "NRIB", 'N');
		return 0;
	case NAME('P', 'Q'):
		l->quantity = arg_int(&a, 1, 99999999, 1);
		return 0;
	case NAME('F', 'O'):
		read_position(p, a, false);
		return 0;
	case NAME('F', 'T'):
		read_position(p, a, true);
		return 0;
	case NAME('F', 'R'):
		p->reverse = true;
		return 0;
	case NAME('F', 'H'):
		c = n > 0 ? s[0] : '_';
		p->hex_mark = isgraph((unsigned char)c) ? c : '_';
		p->hex = true;
		return 0;
	case NAME('F', 'N'):
		p->fn = arg_int(&a, 0, HM_ZPL_FN_MAX, 0);
		return 0;
	case NAME('F', 'D'):
	case NAME('F', 'V'):
		return read_data(p, s, n);
	case NAME('F', 'S'):
		return finish_field(rd);
	case NAME('B', 'X'):
		read_bx(p, a);
		return 0;
	case NAME('B', 'Q'):
		read_bq(p, a);
		return 0;
	case NAME('B', 'Y'):
		rd->bar_module = arg_int(&a, 1, 10, rd->bar_module);
		(void)arg_char(&a, NULL, '3');
		rd->bar_height = arg_int(&a, 1, 32000, rd->bar_height);
		return 0;
	case NAME('B', 'C'):
		read_bc(rd, p, a);
		return 0;
	case NAME('G', 'B'):
		read_gb(p, a);
		return 0;
	case NAME('R', 'S'):
		read_rs(l, a);
		return 0;
	case NAME('R', 'F'):
		return read_rf(p, a);
	case NAME('R', 'L'):
		return read_rl(p, a);
	case NAME('H', 'V'):
		p->has_verify = true;
		p->verify_args = s;
		p->verify_len = n;
		return 0;
	default:
		l->unknown++;
		return 0;
	}
}

static int read_commands(struct reader *rd, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	int r;

	while (p < end) {
		const char *arg, *stop;

		if (*p != '^' && *p != '~') {	/* line ends and stray text between commands */
			p++;
			continue;
		}
		if (end - p < 3)
			return -EINVAL;
		arg = p + 3;
		for (stop = arg; stop < end && *stop != '^' && *stop != '~'; stop++)
			;
		if (*p == '~') {
			rd->label->unknown++;
		} else if (toupper((unsigned char)p[1]) == 'A') {
			read_font(rd, p + 2, stop - (p + 2));
		} else {
			size_t n = stop - arg;
			int name = NAME(toupper((unsigned char)p[1]), toupper((unsigned char)p[2]));

			/* outside data and ^HV, a line end closes the arguments */
			while (n > 0 && (arg[n - 1] == '\n' || arg[n - 1] == '\r'))
				n--;
			r = read_command(rd, name, arg, n);
			if (r < 0)
				return r;
		}
		p = stop;
	}
	return finish_field(rd);
}

int hm_zpl_read(const char *text, size_t len, struct hm_zpl_label **ret)
{
	struct reader rd = { .font_height = 18, .rotation = 'N', .bar_module = 2, .bar_height = 10 };
	int r;

	assert(text && ret);
	if (len < 6 || len > HM_ZPL_LABEL_MAX || strncasecmp(text, "^XA", 3) ||
	    strncasecmp(text + len - 3, "^XZ", 3) || memchr(text, '\0', len))
		return -EINVAL;
	rd.label = calloc(1, sizeof(*rd.label));
	if (!rd.label)
		return -ENOMEM;
	rd.label->quantity = 1;
	rd.label->rfid_tries = 3;
	rd.label->rfid_error = 'N';
	pending_reset(&rd);
	r = read_commands(&rd, text, len);
	pending_reset(&rd);
	if (r < 0) {
		hm_zpl_label_free(rd.label);
		return r;
	}
	*ret = rd.label;
	return 0;
}

struct hm_zpl_label *hm_zpl_label_free(struct hm_zpl_label *label)
{
	size_t i;

	if (!label)
		return NULL;
	for (i = 0; i < label->n_fields; i++)
		free(label->fields[i].data);
	for (i = 0; i < label->n_rfid; i++)
		free(label->rfid[i].data);
	for (i = 0; i < label->n_verify; i++) {
		free(label->verify[i].header);
		free(label->verify[i].trailer);
	}
	free(label->fields);
	free(label->rfid);
	free(label->verify);
	free(label);
	return NULL;
}

int hm_zpl_label_bind(struct hm_zpl_label *label, int fn, const char *value)
{
	size_t i;

	for (i = 0; i < label->n_fields; i++) {
		struct hm_zpl_field *f = &label->fields[i];
		char *copy;

		if (f->fn != fn)
			continue;
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
		free(f->data);
		f->data = copy;
		f->len = strlen(copy);
	}
	return 0;
}
