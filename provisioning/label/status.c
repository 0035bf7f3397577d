// SPDX-License-Identifier: LGPL-2.1-or-later
/* ~HS and ~HI: the replies that are framed by STX and ETX and parted by commas. */
#include "label/printer.h"

#include <assert.h>

#include "base/digits.h"
#include "label/scan.h"

#define FRAMES		3
#define FIELDS_MAX	13	/* one more than any frame has, so that too many are seen */
#define NUMBER_DIGITS	8

struct frame {
	struct piece field[FIELDS_MAX];
	size_t n;
};

static int broken(struct hm_err *err, const char *what, const char *why)
{
	return hm_err_set(err, -HM_EBAD_FORMAT, "%s: %s", what, why);
}

/* STX fields ETX at *@p; moves behind it. */
static const char *take_frame(const char **p, const char *end, struct frame *ret)
{
	struct piece body;
	const char *at;

	ret->n = 0;
	if (*p == end)
		return "fewer strings than there must be";
	if (**p != '\x02')
		return "bytes outside STX and ETX";
	++*p;
	if (!scan_until(p, end, '\x03', &body))
		return "a string without its ETX";
	at = body.p;
	if (!scan_is_printable(&body))
		return "a control character within a string";
	while (ret->n < FIELDS_MAX)
		if (!scan_until(&at, body.p + body.len, ',', &ret->field[ret->n++]))
			return NULL;
	return "more fields than there may be";
}

static bool flag(const struct frame *f, size_t i, bool *ret)
{
	if (f->field[i].len != 1 || (f->field[i].p[0] != '0' && f->field[i].p[0] != '1'))
		return false;
	*ret = f->field[i].p[0] == '1';
	return true;
}

static bool number(const struct piece *s, unsigned int *ret)
{
	uint64_t v;

	if (s->len > NUMBER_DIGITS || hm_digits_value(s->p, s->len, UINT32_MAX, &v))
		return false;
	*ret = (unsigned int)v;
	return true;
}

/* A number whose leading zeros mean something, kept as it stands. */
static bool digits(const struct frame *f, size_t i, char ret[NUMBER_DIGITS + 1])
{
	return f->field[i].len && hm_digits(f->field[i].p, f->field[i].len) &&
	       scan_copy(&f->field[i], ret, NUMBER_DIGITS + 1);
}

/* communication, paper, pause, label length, formats, full, diagnostics, partial, 000, RAM, cold, hot */
static const char *first_frame(const struct frame *f, struct hm_hs *s)
{
	if (f->n != 12)
		return "the first string does not have 12 fields";
	if (!digits(f, 0, s->comm) || !number(&f->field[3], &s->label_length) ||
	    !number(&f->field[4], &s->formats_in_buffer) || !number(&f->field[8], &s->unused_iii))
		return "the first string: a number is needed";
	if (!flag(f, 1, &s->paper_out) || !flag(f, 2, &s->paused) || !flag(f, 5, &s->buffer_full) ||
	    !flag(f, 6, &s->diag_mode) || !flag(f, 7, &s->partial_format) || !flag(f, 9, &s->corrupt_ram) ||
	    !flag(f, 10, &s->under_temp) || !flag(f, 11, &s->over_temp))
		return "the first string: a flag that is neither 0 nor 1";
	return NULL;
}

const char *hm_zpl_print_mode(char mode)
{
	static const char *const names[] = {
		"rewind", "peel", "tear", "cut", "applicator", "delayed_cut", "linerless_peel",
		"linerless_rewind", "partial_cut", "rfid",
	};

	if (mode >= '0' && mode <= '9')
		return names[mode - '0'];
	return mode == 'K' ? "kiosk" : NULL;
}

/* settings, n, head, ribbon, transfer, mode, width mode, waiting, labels left, 1, images */
static const char *second_frame(const struct frame *f, struct hm_hs *s)
{
	if (f->n != 11)
		return "the second string does not have 11 fields";
	if (!digits(f, 0, s->function_settings) || !number(&f->field[1], &s->unused_n) ||
	    !number(&f->field[6], &s->width_mode) || !number(&f->field[8], &s->labels_remaining) ||
	    !number(&f->field[10], &s->graphics_stored))
		return "the second string: a number is needed";
	if (!flag(f, 2, &s->head_up) || !flag(f, 3, &s->ribbon_out) || !flag(f, 4, &s->thermal_transfer) ||
	    !flag(f, 7, &s->label_waiting) || !flag(f, 9, &s->format_while_printing))
		return "the second string: a flag that is neither 0 nor 1";
	if (f->field[5].len != 1 || !hm_zpl_print_mode(f->field[5].p[0]))
		return "a print mode that does not exist";
	s->print_mode = f->field[5].p[0];
	return NULL;
}

/* password, static RAM */
static const char *third_frame(const struct frame *f, struct hm_hs *s)
{
	if (f->n != 2)
		return "the third string does not have 2 fields";
	if (!digits(f, 0, s->password))
		return "the third string: a number is needed";
	return flag(f, 1, &s->static_ram) ? NULL : "the third string: a flag that is neither 0 nor 1";
}

int hm_zpl_parse_hs(const void *bytes, size_t len, struct hm_hs *ret, struct hm_err *err)
{
	const char *p = bytes, *end = p + len, *why = NULL;
	struct frame f[FRAMES];
	struct hm_hs s = { .comm = "" };

	assert(ret && (bytes || !len));
	if (!len)
		return hm_err_set(err, -HM_ESILENT, "~HS: no answer at all");
	scan_skip(&p, end, "\r\n");
	for (size_t i = 0; i < FRAMES && !why; i++) {
		why = take_frame(&p, end, &f[i]);
		scan_skip(&p, end, "\r\n");
	}
	if (!why && p != end)
		why = "bytes behind the third string";
	why = why ?: first_frame(&f[0], &s);
	why = why ?: second_frame(&f[1], &s);
	why = why ?: third_frame(&f[2], &s);
	if (why)
		return broken(err, "~HS", why);
	*ret = s;
	return 0;
}

/* "8192KB" */
static bool memory(const struct piece *s, unsigned int *ret)
{
	struct piece n = { s->p, s->len - 2 };

	return s->len > 2 && !memcmp(s->p + n.len, "KB", 2) && number(&n, ret);
}

int hm_zpl_parse_hi(const void *bytes, size_t len, struct hm_hi *ret, struct hm_err *err)
{
	const char *p = bytes, *end = p + len, *why;
	struct hm_hi hi = { .model = "" };
	struct frame f;

	assert(ret && (bytes || !len));
	if (!len)
		return hm_err_set(err, -HM_ESILENT, "~HI: no answer at all");
	scan_skip(&p, end, "\r\n");
	why = take_frame(&p, end, &f);
	scan_skip(&p, end, "\r\n");
	if (why)
		return broken(err, "~HI", why);
	if (p != end)
		return broken(err, "~HI", "bytes behind the string");
	if (f.n != 4 && f.n != 5)
		return broken(err, "~HI", "not model, version, dots per millimetre, memory and options");
	if (!f.field[0].len || !scan_copy(&f.field[0], hi.model, sizeof(hi.model)) || !f.field[1].len ||
	    !scan_copy(&f.field[1], hi.firmware, sizeof(hi.firmware)) ||
	    (f.n == 5 && !scan_copy(&f.field[4], hi.options, sizeof(hi.options))))
		return broken(err, "~HI", "a text that is empty or too long");
	if (!number(&f.field[2], &hi.dots_per_mm) || !hi.dots_per_mm)
		return broken(err, "~HI", "dots per millimetre: a number is needed");
	if (!memory(&f.field[3], &hi.memory_kb))
		return broken(err, "~HI", "memory: a number and KB are needed");
	*ret = hi;
	return 0;
}
