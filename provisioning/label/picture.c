// SPDX-License-Identifier: LGPL-2.1-or-later
/* Drawing a ZPL label into a grey-scale raster and packing it as a PNG. */
#include "label/picture.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zint.h>

#include "base/buf.h"

#define GLYPH_W	6	/* five dots and a gap */
#define GLYPH_H	9	/* eight rows and a gap */
#define AI_TEXT_MAX	512

struct raster {
	uint8_t *dots;	/* 0 black, 255 white */
	int width, height;
};

/* Where a field's own dots fall on the label: a corner and a turn. */
struct frame {
	int x, y;
	int width, height;	/* of the unturned field */
	char rotation;
	bool reverse;
};

static void dot(const struct raster *r, int x, int y, bool black, bool reverse)
{
	uint8_t *p;

	if (x < 0 || y < 0 || x >= r->width || y >= r->height)
		return;
	p = &r->dots[(size_t)y * (size_t)r->width + (size_t)x];
	if (reverse)
		*p = black ? (uint8_t)~*p : *p;
	else
		*p = black ? 0 : 255;
}

static void black_dot(const struct raster *r, const struct frame *f, int x, int y)
{
	int tx = x, ty = y;

	switch (f->rotation) {
	case 'R':
		tx = f->height - 1 - y;
		ty = x;
		break;
	case 'I':
		tx = f->width - 1 - x;
		ty = f->height - 1 - y;
		break;
	case 'B':
		tx = y;
		ty = f->width - 1 - x;
		break;
	default:
		break;
	}
	dot(r, f->x + tx, f->y + ty, true, f->reverse);
}

/* ^FT gives the lower left corner, ^FO the upper left one. */
static struct frame frame_of(const struct hm_zpl_field *f, int width, int height)
{
	bool turned = f->rotation == 'R' || f->rotation == 'B';

	return (struct frame) {
		.x = f->x,
		.y = f->baseline ? f->y - (turned ? width : height) : f->y,
		.width = width,
		.height = height,
		.rotation = f->rotation,
		.reverse = f->reverse,
	};
}

/* One glyph for one character, not one for each byte of a UTF-8 sequence. */
static size_t count_characters(const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += (s[i] & 0xc0) != 0x80;
	return n;
}

static int draw_text(const struct raster *r, const struct hm_zpl_field *field)
{
	int cell_h = field->height;
	int cell_w = field->width ? field->width : (cell_h * GLYPH_W + GLYPH_H / 2) / GLYPH_H;
	struct frame f = frame_of(field, cell_w * (int)count_characters(field->data, field->len), cell_h);
	int at = 0, x, y;
	size_t i;

	if (field->utf8 && !hm_utf8_ok(field->data, field->len))
		return -EILSEQ;
	for (i = 0; i < field->len; i++) {
		const uint8_t *glyph;

		if ((field->data[i] & 0xc0) == 0x80)
			continue;
		glyph = hm_picture_glyph((unsigned char)field->data[i]);
		for (y = 0; y < cell_h; y++) {
			int row = y * GLYPH_H / cell_h;

			for (x = 0; x < cell_w; x++) {
				int col = x * GLYPH_W / cell_w;

				if (row < 8 && col < 5 && (glyph[row] >> (4 - col) & 1))
					black_dot(r, &f, at + x, y);
			}
		}
		at += cell_w;
	}
	return 0;
}

static void draw_box(const struct raster *r, const struct hm_zpl_field *f)
{
	int t = f->thickness, x, y;

	for (y = 0; y < f->height && f->y + y < r->height; y++)
		for (x = 0; x < f->width && f->x + x < r->width; x++)
			if (x < t || y < t || x >= f->width - t || y >= f->height - t)
				dot(r, f->x + x, f->y + y, !f->white, f->reverse);
}

/* A code that runs over the edge is no code. */
static bool fits(const struct raster *r, const struct frame *f)
{
	bool turned = f->rotation == 'R' || f->rotation == 'B';

	return f->x >= 0 && f->y >= 0 && f->x + (turned ? f->height : f->width) <= r->width &&
	       f->y + (turned ? f->width : f->height) <= r->height;
}

static int draw_symbol(const struct raster *r, const struct hm_zpl_field *field, const struct zint_symbol *s)
{
	int m = field->module;
	struct frame f = frame_of(field, s->width * m, s->rows * m);
	int x, y;

	if (!fits(r, &f))
		return -ERANGE;
	for (y = 0; y < f.height; y++)
		for (x = 0; x < f.width; x++)
			if (s->encoded_data[y / m][(x / m) >> 3] >> ((x / m) & 7) & 1)
				black_dot(r, &f, x, y);
	return 0;
}

/* GS1 General Specifications 7.8: digits of an AI, by its first two */
static size_t ai_length(const char *s)
{
	int n = (s[0] - '0') * 10 + (s[1] - '0');

	if (n <= 22 || n == 30 || n == 37 || (n >= 90 && n <= 99))
		return 2;
	if ((n >= 23 && n <= 25) || n == 40 || n == 41 || n == 42 || n == 71)
		return 3;
	return 4;
}

/* The same, 7.8.5-2: all digits of an element string that needs no FNC1, or 0 */
static size_t element_length(const char *s)
{
	int n = (s[0] - '0') * 10 + (s[1] - '0');

	switch (n) {
	case 0:
		return 20;
	case 1 ... 3:
		return 16;
	case 4:
		return 18;
	case 11 ... 19:
		return 8;
	case 20:
		return 4;
	case 31 ... 36:
		return 10;
	case 41:
		return 16;
	default:
		return 0;
	}
}

/* "0104…211A<GS>…" to "[01]04…[21]1A…", which is how libzint wants GS1 data */
static int bracket(const char *s, size_t len, char *out, size_t room)
{
	size_t i = 0, o = 0;

	while (i < len) {
		size_t ai, all, end;
		const char *gs;

		if (len - i < 3 || s[i] < '0' || s[i] > '9' || s[i + 1] < '0' || s[i + 1] > '9')
			return -EINVAL;
		ai = ai_length(s + i);
		all = element_length(s + i);
		gs = memchr(s + i, '\x1d', len - i);
		end = gs ? (size_t)(gs - s) : len;
		if (all && i + all < end)
			end = i + all;
		if (end < i + ai || (all && end < i + all) || o + (end - i) + 3 > room)
			return -EINVAL;
		o += (size_t)snprintf(out + o, room - o, "[%.*s]%.*s", (int)ai, s + i, (int)(end - i - ai), s + i + ai);
		i = end + (gs && end == (size_t)(gs - s) ? 1 : 0);
	}
	return o > 0 ? 0 : -EINVAL;
}

/* libzint numbers the square sizes 1 to 24 */
static int datamatrix_size(int columns)
{
	static const int sizes[] = { 10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40,
				     44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144 };
	int i;

	for (i = 0; i < (int)(sizeof(sizes) / sizeof(sizes[0])); i++)
		if (sizes[i] == columns)
			return i + 1;
	return 0;
}

static int encode(struct zint_symbol *s, const char *data, size_t len)
{
	int r;

	if (len == 0)
		return -EINVAL;
	s->show_hrt = 0;
	r = ZBarcode_Encode(s, (const unsigned char *)data, (int)len);
	if (r == ZINT_ERROR_MEMORY)
		return -ENOMEM;
	return r >= ZINT_ERROR ? -EINVAL : 0;
}

static int draw_datamatrix(const struct raster *r, const struct hm_zpl_field *f)
{
	char data[HM_ZPL_WORD_MAX * 16], elements[AI_TEXT_MAX];
	struct zint_symbol *s;
	size_t len;
	bool gs1;
	int rc;

	rc = hm_zpl_datamatrix_data(f, data, sizeof(data), &len, &gs1);
	if (rc < 0)
		return rc;
	s = ZBarcode_Create();
	if (!s)
		return -ENOMEM;
	s->symbology = BARCODE_DATAMATRIX;
	s->option_3 = DM_SQUARE;
	s->option_2 = datamatrix_size(f->columns);
	s->input_mode = DATA_MODE;
	if (gs1) {
		/* a drawing says what the label says; whether it is good GS1 data is for others */
		s->input_mode = GS1_MODE | GS1NOCHECK_MODE;
		rc = bracket(data, len, elements, sizeof(elements));
		if (rc == 0)
			rc = encode(s, elements, strlen(elements));
	} else {
		rc = encode(s, data, len);
	}
	if (rc == 0)
		rc = draw_symbol(r, f, s);
	ZBarcode_Delete(s);
	return rc;
}

/*
 * The library chooses subsets to make the code short, the printer obeys the field: the
 * drawing may be narrower, so it is the printer's width that has to fit.
 */
static int draw_code128(const struct raster *r, const struct hm_zpl_field *f)
{
	char data[HM_ZPL_WORD_MAX * 16], elements[AI_TEXT_MAX];
	struct hm_zpl_code128 code;
	struct zint_symbol *s;
	struct frame at;
	int rc;

	/* the other modes read their data in ways of their own */
	if (f->mode != 'N')
		return -EINVAL;
	rc = hm_zpl_code128_data(f, data, sizeof(data), &code);
	if (rc < 0)
		return rc;
	at = frame_of(f, (int)code.modules * f->module, f->height);
	if (!fits(r, &at))
		return -ERANGE;
	if (code.gs1 && bracket(data, code.len, elements, sizeof(elements)))
		return -EINVAL;
	s = ZBarcode_Create();
	if (!s)
		return -ENOMEM;
	s->symbology = code.gs1 ? BARCODE_GS1_128 : BARCODE_CODE128;
	s->input_mode = code.gs1 ? GS1_MODE | GS1NOCHECK_MODE : DATA_MODE;
	rc = code.gs1 ? encode(s, elements, strlen(elements)) : encode(s, data, code.len);
	at = frame_of(f, s->width * f->module, f->height);
	for (int x = 0; rc == 0 && x < at.width; x++)
		for (int y = 0; y < at.height && (s->encoded_data[0][(x / f->module) >> 3] >> ((x / f->module) & 7) & 1); y++)
			black_dot(r, &at, x, y);
	ZBarcode_Delete(s);
	return rc;
}

/* ^BQ data: error correction, input mode (A or M), a comma, the text */
static int draw_qr(const struct raster *r, const struct hm_zpl_field *f)
{
	static const char levels[] = "LMQH";
	struct zint_symbol *s;
	const char *text, *level;
	int rc;

	if (f->len < 4)
		return -EINVAL;
	text = strchr(f->data, ',');
	level = strchr(levels, f->data[0]);
	if (!text || !level || text - f->data != 2)
		return -EINVAL;
	text++;
	/*
	 * Manual mode names the character set in the first character of the
	 * text ("MM,Ahttps"); a byte string carries its length as well and is
	 * not drawn.
	 */
	if (f->data[1] == 'M') {
		if (!strchr("NA", *text) || !*text)
			return -EINVAL;
		text++;
	}
	s = ZBarcode_Create();
	if (!s)
		return -ENOMEM;
	s->symbology = BARCODE_QRCODE;
	s->input_mode = DATA_MODE;
	s->option_1 = (int)(level - levels) + 1;
	rc = encode(s, text, f->len - (size_t)(text - f->data));
	if (rc == 0)
		rc = draw_symbol(r, f, s);
	ZBarcode_Delete(s);
	return rc;
}

static void draw_spoiled(const struct raster *r)
{
	char text[] = "VOID VOID VOID VOID";
	int step = r->height / 4 > 12 ? r->height / 4 : 12;
	struct hm_zpl_field f = { .height = step * 3 / 4, .rotation = 'N', .data = text, .len = sizeof(text) - 1 };

	for (f.y = step / 8; f.y < r->height; f.y += step)
		(void)draw_text(r, &f);
}

static int draw_fields(const struct raster *r, const struct hm_zpl_label *label)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < label->n_fields && rc == 0; i++) {
		const struct hm_zpl_field *f = &label->fields[i];

		switch (f->kind) {
		case HM_ZPL_TEXT:
			rc = draw_text(r, f);
			break;
		case HM_ZPL_BOX:
			draw_box(r, f);
			break;
		case HM_ZPL_DATAMATRIX:
			rc = draw_datamatrix(r, f);
			break;
		case HM_ZPL_CODE128:
			rc = draw_code128(r, f);
			break;
		case HM_ZPL_QR:
			rc = draw_qr(r, f);
			break;
		}
	}
	return rc;
}

static int pack(const struct raster *r, uint8_t **ret_png, size_t *ret_len)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION,
		.width = (png_uint_32)r->width,
		.height = (png_uint_32)r->height,
		.format = PNG_FORMAT_GRAY,
	};
	png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
	uint8_t *png = malloc(size), *fit;

	if (!png)
		return -ENOMEM;
	if (!png_image_write_to_memory(&image, png, &size, 0, r->dots, r->width, NULL)) {
		png_image_free(&image);
		free(png);
		return -ENOMEM;
	}
	fit = realloc(png, size);
	*ret_png = fit ? fit : png;
	*ret_len = size;
	return 0;
}

int hm_picture_render(const struct hm_zpl_label *label, bool spoiled, uint8_t **ret_png, size_t *ret_len)
{
	struct raster r = {
		.width = label->width ? label->width : HM_PICTURE_WIDTH,
		.height = label->height ? label->height : HM_PICTURE_HEIGHT,
	};
	size_t size;
	int rc = 0;

	assert(ret_png && ret_len);
	if (r.width > HM_PICTURE_SIDE_MAX || r.height > HM_PICTURE_SIDE_MAX)
		return -E2BIG;
	size = (size_t)r.width * (size_t)r.height;
	r.dots = malloc(size);
	if (!r.dots)
		return -ENOMEM;
	memset(r.dots, 255, size);
	if (spoiled)
		draw_spoiled(&r);
	else
		rc = draw_fields(&r, label);
	if (rc == 0)
		rc = pack(&r, ret_png, ret_len);
	free(r.dots);
	return rc;
}
