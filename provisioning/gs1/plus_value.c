// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gs1/plus_value.h"

#include <assert.h>

#include "base/digits.h"

const char *const plus_dates[PLUS_DATES] = { "11", "13", "15", "16", "17", "7006", "7007" };

/* year, month, day, hour, minute, second: two digits each */
static const uint8_t time_bits[] = { 7, 4, 5, 5, 6, 6 };
#define DAY 3u
/* by the format indicator of 14.5.11: YYMMDDhh, with mm, with ss, and YYMMDD alone */
static const uint8_t precisions[] = { 4, 5, 6, DAY };

bool plus_parts(const struct ai_row *row, struct plus_part ret[2])
{
	unsigned int n = 0, last = 0, sum = 0;

	while (n < 5 && row->parts[n].max) {
		last = row->parts[n++].max;
		sum += last;
	}
	ret[0] = (struct plus_part){ row->code[0], (uint8_t)(row->tag_max ? row->tag_max : sum) };
	ret[1] = (struct plus_part){ row->code[1], 0 };
	if (ret[1].code) {
		ret[0].max = (uint8_t)(sum - last);
		ret[1].max = (uint8_t)last;
	}
	return ret[0].code;
}

/* Of a length indicator: as many as its largest value needs (column g of Table F). */
static unsigned int length_bits(unsigned int max)
{
	return 32 - (unsigned int)__builtin_clz(max);
}

/* --- writing --- */

static void put_digits(struct hm_bits *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		plus_put(b, 4, (uint64_t)(p[i] - '0'));
}

static void put_delimited(struct hm_bits *b, const char *p, size_t len, unsigned int max)
{
	size_t n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	put_digits(b, p, n);
	plus_put(b, 4, n < len ? 0xe : 0xf);
	if (n < len)
		plus_put_text(b, p + n, len - n, length_bits(max));
}

static void put_times(struct hm_bits *b, const char *p, size_t pairs)
{
	for (size_t i = 0; i < pairs; i++)
		plus_put(b, time_bits[i], (uint64_t)(10 * (p[2 * i] - '0') + p[2 * i + 1] - '0'));
}

static void put_range(struct hm_bits *b, const char *p, size_t len)
{
	plus_put(b, 1, len > 2 * DAY);
	for (size_t i = 0; i < len; i += 2 * DAY)
		put_times(b, p + i, DAY);
}

static void put_precision(struct hm_bits *b, const char *p, size_t len)
{
	unsigned int format = 0;

	while (2u * precisions[format] != len)
		format++;
	plus_put(b, 2, format);
	put_times(b, p, len / 2);
}

void plus_put_date(struct hm_bits *b, const struct hm_element *x)
{
	unsigned int which = 0;

	while (strcmp(plus_dates[which], x->ai))
		which++;
	plus_put(b, 4, which);
	put_times(b, x->value, DAY);
}

/* All of a part that is no fixed number of digits. */
static void put_part(struct hm_bits *b, const struct plus_part *part, const char *p, size_t len)
{
	switch (part->code) {
	case CODE_NUMBER:
		plus_put(b, length_bits(part->max), len);
		plus_put_number(b, p, len);
		return;
	case CODE_TEXT:
		plus_put_text(b, p, len, length_bits(part->max));
		return;
	case CODE_DELIMITED:
		put_delimited(b, p, len, part->max);
		return;
	case CODE_DATE:
		put_times(b, p, len / 2);
		return;
	case CODE_RANGE:
		put_range(b, p, len);
		return;
	case CODE_PRECISION:
		put_precision(b, p, len);
		return;
	case CODE_COUNTRY:
		plus_put(b, 6, (uint64_t)(p[0] - 'A'));
		plus_put(b, 6, (uint64_t)(p[1] - 'A'));
		return;
	case CODE_BIT:
		plus_put(b, 1, *p == '1');
		return;
	case CODE_MINUS:
		plus_put(b, 1, len);
		return;
	default:
		assert(part->code == CODE_SEQUENCE);
		put_digits(b, p, 1);
		put_digits(b, p + 2, 1);
	}
}

int plus_put_value(struct hm_bits *b, const struct plus_part parts[2], const char *p, size_t len)
{
	for (int i = 0; i < 2 && parts[i].code; i++) {
		const struct plus_part *part = &parts[i];

		if (!len && part->code != CODE_MINUS)
			return -HM_EMISSING_AI;
		if (part->code == CODE_DIGITS || part->code == CODE_FIXED) {
			assert(len >= part->max);
			if (part->code == CODE_DIGITS)
				put_digits(b, p, part->max);
			else
				plus_put_number(b, p, part->max);
			p += part->max;
			len -= part->max;
			continue;
		}
		if (len > part->max)
			return -HM_ETOO_LONG;
		put_part(b, part, p, len);
	}
	return 0;
}

/* --- reading --- */

static int take_digits(struct plus_reader *r, unsigned int n, char *out)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t d;
		int rc = plus_take(r, 4, &d);

		if (rc)
			return rc;
		if (d > 9)
			return -HM_ENOT_NUMERIC;
		out[i] = (char)('0' + d);
	}
	return 0;
}

static int take_number(struct plus_reader *r, unsigned int max, char *out, size_t *ret_len)
{
	uint64_t len;
	int rc = plus_take(r, length_bits(max), &len);

	if (rc)
		return rc;
	if (!len)
		return -HM_EEMPTY;
	if (len > max)
		return -HM_ETOO_LONG;
	*ret_len = (size_t)len;
	return plus_take_number(r, (unsigned int)len, out);
}

static int take_delimited(struct plus_reader *r, unsigned int max, char *out, size_t *ret_len)
{
	for (size_t n = 0;; n++) {
		uint64_t d;
		int rc = plus_take(r, 4, &d);

		if (rc)
			return -HM_ENO_TERMINATOR;
		if (d <= 9) {
			if (n == max)
				return -HM_ETOO_LONG;
			out[n] = (char)('0' + d);
			continue;
		}
		if (d == 0xf) {
			*ret_len = n;
			return 0;
		}
		if (d != 0xe)
			return -HM_EBAD_CHAR;
		rc = plus_take_text(r, (unsigned int)(max - n), length_bits(max), out + n, ret_len);
		/* digits go before the delimiter, all of them */
		if (!rc && hm_digits(out + n, 1))
			rc = -HM_EBAD_CHAR;
		*ret_len += n;
		return rc;
	}
}

/* What two digits hold; what a day and an hour may be is the AI's to say. */
static int take_times(struct plus_reader *r, unsigned int pairs, char *out)
{
	for (unsigned int i = 0; i < pairs; i++) {
		uint64_t v;
		int rc = plus_take(r, time_bits[i], &v);

		if (rc)
			return rc;
		if (v > 99)
			return -HM_EBAD_DATE;
		out[2 * i] = (char)('0' + v / 10);
		out[2 * i + 1] = (char)('0' + v % 10);
	}
	return 0;
}

static int take_range(struct plus_reader *r, char *out, size_t *ret_len)
{
	uint64_t two;
	int rc = plus_take(r, 1, &two);

	rc = rc ? rc : take_times(r, DAY, out);
	if (!rc && two)
		rc = take_times(r, DAY, out + 2 * DAY);
	*ret_len = rc ? 0 : two ? 4 * DAY : 2 * DAY;
	return rc;
}

static int take_precision(struct plus_reader *r, char *out, size_t *ret_len)
{
	uint64_t format;
	int rc = plus_take(r, 2, &format);

	if (rc)
		return rc;
	*ret_len = 2u * precisions[format];
	return take_times(r, precisions[format], out);
}

int plus_take_date(struct plus_reader *r, char *out, const char **ret_ai)
{
	uint64_t which;
	int rc = plus_take(r, 4, &which);

	if (rc)
		return rc;
	if (which >= PLUS_DATES)
		return -HM_EBAD_DATE;
	*ret_ai = plus_dates[which];
	return take_times(r, DAY, out);
}

static int take_country(struct plus_reader *r, char *out)
{
	for (int i = 0; i < 2; i++) {
		uint64_t v;
		int rc = plus_take(r, 6, &v);

		if (rc)
			return rc;
		/* beyond Z: no country has it, says the AI */
		out[i] = (char)('A' + v);
	}
	return 0;
}

static int take_sequence(struct plus_reader *r, char *out)
{
	int rc = take_digits(r, 1, out);

	out[1] = '/';
	return rc ? rc : take_digits(r, 1, out + 2);
}

static int take_part(struct plus_reader *r, const struct plus_part *part, char *out, size_t *ret_len)
{
	uint64_t bit;
	int rc;

	*ret_len = part->max;
	switch (part->code) {
	case CODE_DIGITS:
		return take_digits(r, part->max, out);
	case CODE_FIXED:
		return plus_take_number(r, part->max, out);
	case CODE_NUMBER:
		return take_number(r, part->max, out, ret_len);
	case CODE_TEXT:
		return plus_take_text(r, part->max, length_bits(part->max), out, ret_len);
	case CODE_DELIMITED:
		return take_delimited(r, part->max, out, ret_len);
	case CODE_DATE:
		return take_times(r, part->max / 2, out);
	case CODE_RANGE:
		return take_range(r, out, ret_len);
	case CODE_PRECISION:
		return take_precision(r, out, ret_len);
	case CODE_COUNTRY:
		return take_country(r, out);
	case CODE_SEQUENCE:
		return take_sequence(r, out);
	default:
		assert(part->code == CODE_BIT || part->code == CODE_MINUS);
		rc = plus_take(r, 1, &bit);
		if (rc)
			return rc;
		*out = (char)(part->code == CODE_BIT ? '0' + bit : '-');
		*ret_len = part->code == CODE_BIT || bit;
		return 0;
	}
}

int plus_take_value(struct plus_reader *r, const struct plus_part parts[2], char *out, size_t *ret_len)
{
	size_t n = 0, more;

	for (int i = 0; i < 2 && parts[i].code; i++) {
		int rc = take_part(r, &parts[i], out + n, &more);

		if (rc)
			return rc;
		n += more;
	}
	*ret_len = n;
	return 0;
}
