// SPDX-License-Identifier: LGPL-2.1-or-later
/* Serials of a scheme: made, and read. */
#include "serial/serial.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BATCH 32

/* --- date and lot --- */

static int settle_date(struct hm_scheme *s, const struct hm_date *date, struct hm_err *err)
{
	int rc = 0;

	if (!s->n_dates)
		return 0;
	if (!date)
		return hm_err_set(err, -HM_EMISSING_INPUT, "serials of pattern %s need a date", s->pattern);
	for (unsigned int i = 0; !rc && i < s->n_dates; i++)
		rc = hm_date_write(s->dates[i].field, date, s->text + s->dates[i].at);
	if (rc)
		return hm_err_set(err, rc, "%04d-%02d-%02d is no date that pattern %s can write", date->year,
				  date->month, date->day, s->pattern);
	s->date = *date;
	s->has_date = true;
	return 0;
}

static int settle_lot(struct hm_scheme *s, const char *lot, struct hm_err *err)
{
	size_t len;

	if (!s->lot_width)
		return 0;
	if (!lot || !*lot)
		return hm_err_set(err, -HM_EMISSING_INPUT, "serials of pattern %s need a lot", s->pattern);
	len = strnlen(lot, HM_SERIAL_MAX + 1);
	if (len != s->lot_width)
		return hm_err_set(err, -HM_EBAD_LENGTH, "pattern %s takes lots of %u characters", s->pattern,
				  s->lot_width);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)lot[i] > 127 || s->lot_alphabet.value[(unsigned char)lot[i]] < 0)
			return hm_err_set(err, hm_alphabet_error(&s->lot_alphabet),
					  "a character of lot %s is not in the alphabet that pattern %s names", lot,
					  s->pattern);
	memcpy(s->lot, lot, len + 1);
	memcpy(s->text + s->lot_at, lot, len);
	s->has_lot = true;
	return 0;
}

int hm_scheme_settle(struct hm_scheme *s, const struct hm_date *date, const char *lot,
		     struct hm_err *err)
{
	struct hm_scheme t = *s;
	int rc = settle_date(&t, date, err);

	if (!rc)
		rc = settle_lot(&t, lot, err);
	if (!rc)
		*s = t;
	return rc;
}

static bool settled(const struct hm_scheme *s)
{
	return (!s->n_dates || s->has_date) && (!s->lot_width || s->has_lot);
}

int hm_scheme_counter_key(const struct hm_scheme *s, char ret[HM_COUNTER_KEY_MAX + 1])
{
	char period[32] = "";
	int year = s->date.year, week;

	if (s->reset == HM_RESET_LOT ? !s->has_lot : s->reset != HM_RESET_NEVER && !s->has_date)
		return -HM_EMISSING_INPUT;
	switch (s->reset) {
	case HM_RESET_NEVER:
		break;
	case HM_RESET_DAY:
		(void)snprintf(period, sizeof(period), " %04d-%02d-%02d", year, s->date.month, s->date.day);
		break;
	case HM_RESET_WEEK:
		hm_date_week(&s->date, &year, &week);
		(void)snprintf(period, sizeof(period), " %04d-W%02d", year, week);
		break;
	case HM_RESET_MONTH:
		(void)snprintf(period, sizeof(period), " %04d-%02d", year, s->date.month);
		break;
	case HM_RESET_YEAR:
		(void)snprintf(period, sizeof(period), " %04d", year);
		break;
	case HM_RESET_LOT:
		(void)snprintf(period, sizeof(period), " lot %s", s->lot);
		break;
	}
	(void)snprintf(ret, HM_COUNTER_KEY_MAX + 1, "%s%s", s->pattern, period);
	return 0;
}

/* --- how many, and how well hidden --- */

/* Numbers of the counter's form; 62^20 and less, so never more than 128 bits. */
static unsigned __int128 domain(const struct hm_scheme *s)
{
	unsigned __int128 d = 1;

	for (unsigned int i = 0; i < s->width; i++)
		d *= s->alphabet.n;
	return d;
}

uint64_t hm_scheme_odds(const struct hm_scheme *s, uint64_t count)
{
	unsigned __int128 odds = domain(s) / (count ? count : 1);

	/* whoever knows a serial of a plain counter knows the next */
	if (!s->unguessable)
		return 1;
	return odds > UINT64_MAX ? UINT64_MAX : (uint64_t)odds;
}

/* count / domain < 1 / one_in */
static int judge_odds(const struct hm_scheme *s, const struct hm_range *r, uint64_t one_in,
		      struct hm_err *err)
{
	unsigned __int128 most = (domain(s) - 1) / one_in;

	if (!s->unguessable)
		return hm_err_set(err, -HM_EGUESSABLE,
				  "pattern %s counts, so that the next serial is known: odds of 1 in %llu need {r:WIDTH}",
				  s->pattern, (unsigned long long)one_in);
	if (!most)
		return hm_err_set(err, -HM_EGUESSABLE, "pattern %s has too few serials for odds of 1 in %llu",
				  s->pattern, (unsigned long long)one_in);
	if (hm_range_count(r) <= most)
		return 0;
	return hm_err_set(err, -HM_EGUESSABLE,
			  "a serial is guessed once in %llu tries, less than once in %llu is allowed: last is at most %llu",
			  (unsigned long long)hm_scheme_odds(s, hm_range_count(r)), (unsigned long long)one_in,
			  (unsigned long long)(r->next + (uint64_t)most - 1));
}

int hm_scheme_pool(const struct hm_scheme *s, uint64_t first, uint64_t last, uint64_t one_in,
		   struct hm_range *ret, struct hm_err *err)
{
	struct hm_range r;
	int rc;

	if (last > s->max)
		last = s->max;
	if (hm_range_set(&r, first, last))
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[serial] first %llu is beyond the last, %llu",
				  (unsigned long long)first, (unsigned long long)last);
	rc = one_in ? judge_odds(s, &r, one_in, err) : 0;
	if (!rc)
		*ret = r;
	return rc;
}

/* --- making --- */

/* The check characters behind what stands in @text. */
static void finish(const struct hm_scheme *s, char *text)
{
	size_t n = s->length - hm_checkchar_len(s->check);
	int rc = s->check ? hm_checkchar_make(s->check, text, n, text + n) : 0;

	/* parsing saw to it that every character is covered */
	assert(!rc);
	text[s->length] = '\0';
}

static int may_make(const struct hm_scheme *s, uint64_t counter)
{
	assert(s->width >= 1 && s->length >= 1 && s->length <= HM_SERIAL_MAX);
	if (counter > s->max)
		return -HM_EOVERFLOW;
	return settled(s) ? 0 : -HM_EMISSING_INPUT;
}

static void write_plain(const struct hm_scheme *s, uint64_t counter, char out[HM_SERIAL_MAX + 1])
{
	memcpy(out, s->text, HM_SERIAL_MAX + 1);
	hm_alphabet_write(&s->alphabet, counter, s->width, out + s->counter_at);
	finish(s, out);
}

int hm_scheme_format(const struct hm_scheme *s, uint64_t counter, char *out, size_t size)
{
	char text[HM_SERIAL_MAX + HM_CHECKCHAR_MAX + 1];
	int rc = may_make(s, counter);

	if (!rc && s->unguessable)
		rc = -HM_EMISSING_INPUT;
	if (!rc && s->length >= size)
		rc = -HM_ETOO_LONG;
	if (rc)
		return rc;
	write_plain(s, counter, text);
	memcpy(out, text, s->length + 1);
	return 0;
}

int hm_scheme_ff1(const struct hm_scheme *s, const void *key, size_t key_len, struct hm_ff1 **ret,
		  struct hm_err *err)
{
	char tweak[HM_COUNTER_KEY_MAX + 1];
	struct hm_ff1 *f;
	int rc;

	if (!s->unguessable)
		return hm_err_set(err, -EINVAL, "pattern %s has no unguessable counter", s->pattern);
	/* another counter, another permutation: a day tells nothing about the next */
	rc = hm_scheme_counter_key(s, tweak);
	if (rc)
		return hm_err_set(err, rc, "serials of pattern %s need a date or a lot", s->pattern);
	rc = hm_ff1_new(key, key_len, s->alphabet.n, s->width, &f);
	if (rc)
		return hm_err_set(err, rc, "key for unguessable serials: %s", hm_error_why(rc));
	rc = hm_ff1_tweak(f, tweak, strlen(tweak));
	if (rc)
		hm_ff1_free(f);
	else
		*ret = f;
	return rc;
}

/* Up to BATCH permuted counters. */
static int scatter(const struct hm_scheme *s, struct hm_ff1 *ff1, uint64_t first, size_t n,
		   char (*out)[HM_SERIAL_MAX + 1])
{
	unsigned int left = s->width / 2;
	struct hm_ff1_number x[BATCH];
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = hm_ff1_cut(ff1, first + i, &x[i]);
	if (!rc)
		rc = hm_ff1_encrypt(ff1, x, n);
	for (size_t i = 0; !rc && i < n; i++) {
		memcpy(out[i], s->text, HM_SERIAL_MAX + 1);
		hm_alphabet_write(&s->alphabet, x[i].left, left, out[i] + s->counter_at);
		hm_alphabet_write(&s->alphabet, x[i].right, s->width - left, out[i] + s->counter_at + left);
		finish(s, out[i]);
	}
	return rc;
}

int hm_scheme_scatter(const struct hm_scheme *s, struct hm_ff1 *ff1, uint64_t first, size_t n,
		      char (*out)[HM_SERIAL_MAX + 1])
{
	int rc = may_make(s, first);

	if (!rc && n && n - 1 > s->max - first)
		rc = -HM_EOVERFLOW;
	if (!rc && s->unguessable && !ff1)
		rc = -HM_EMISSING_INPUT;
	for (size_t i = 0; !rc && i < n; i += s->unguessable ? BATCH : 1) {
		if (s->unguessable)
			rc = scatter(s, ff1, first + i, n - i < BATCH ? n - i : BATCH, out + i);
		else
			write_plain(s, first + i, out[i]);
	}
	return rc;
}

/* --- reading --- */

static int read_lot(const struct hm_scheme *s, const char *text, struct hm_serial_parts *p)
{
	for (unsigned int i = 0; i < s->lot_width; i++) {
		unsigned char c = (unsigned char)text[s->lot_at + i];

		if (c > 127 || s->lot_alphabet.value[c] < 0)
			return hm_alphabet_error(&s->lot_alphabet);
		p->lot[i] = (char)c;
	}
	return 0;
}

static int read_date(const struct hm_scheme *s, const char *text, struct hm_serial_parts *p)
{
	struct hm_date_parts parts = HM_DATE_PARTS_INIT;
	int rc = 0;

	if (!s->n_dates)
		return 0;
	for (unsigned int i = 0; !rc && i < s->n_dates; i++)
		rc = hm_date_read(s->dates[i].field, text + s->dates[i].at, &parts);
	return rc ? rc : hm_date_join(&parts, &p->date, &p->has_date);
}

static int read_counter(const struct hm_scheme *s, const char *text, struct hm_serial_parts *p)
{
	const char *at = text + s->counter_at;
	uint64_t half;
	int rc;

	if (!s->unguessable) {
		p->has_counter = true;
		return hm_alphabet_read(&s->alphabet, at, s->width, s->max, &p->counter);
	}
	/* the two halves, as the whole may have more than 64 bits */
	rc = hm_alphabet_read(&s->alphabet, at, s->width / 2, UINT64_MAX, &half);
	return rc ? rc : hm_alphabet_read(&s->alphabet, at + s->width / 2, s->width - s->width / 2,
					  UINT64_MAX, &half);
}

int hm_scheme_read(const struct hm_scheme *s, const char *text, size_t len,
		   struct hm_serial_parts *ret)
{
	struct hm_serial_parts p = { .counter = 0 };
	int rc;

	if (!len)
		return -HM_EEMPTY;
	if (len != s->length)
		return -HM_EBAD_LENGTH;
	for (unsigned int i = 0; i < s->length; i++)
		if (s->literal & 1u << i && text[i] != s->text[i])
			return -HM_EBAD_CHAR;
	rc = read_counter(s, text, &p);
	if (!rc)
		rc = read_lot(s, text, &p);
	if (!rc)
		rc = read_date(s, text, &p);
	if (!rc && s->check)
		rc = hm_checkchar_verify(s->check, text, len);
	if (!rc)
		*ret = p;
	return rc;
}

int hm_scheme_check(const struct hm_scheme *s, const char *text, uint64_t *ret_counter)
{
	struct hm_serial_parts p;
	int rc = hm_scheme_read(s, text, strnlen(text, HM_SERIAL_MAX + 1), &p);

	if (!rc && !p.has_counter)
		rc = -HM_EMISSING_INPUT;
	if (!rc)
		*ret_counter = p.counter;
	return rc;
}

int hm_scheme_counter(const struct hm_scheme *s, struct hm_ff1 *ff1, const char *text,
		      uint64_t *ret_counter)
{
	unsigned int left = s->width / 2;
	struct hm_serial_parts p;
	struct hm_ff1_number x;
	uint64_t counter = 0;
	int rc;

	assert(s->unguessable);
	rc = hm_scheme_read(s, text, strnlen(text, HM_SERIAL_MAX + 1), &p);
	if (rc)
		return rc;
	text += s->counter_at;
	rc = hm_alphabet_read(&s->alphabet, text, left, UINT64_MAX, &x.left);
	if (!rc)
		rc = hm_alphabet_read(&s->alphabet, text + left, s->width - left, UINT64_MAX, &x.right);
	if (!rc)
		rc = hm_ff1_decrypt(ff1, &x, 1);
	if (!rc)
		rc = hm_ff1_glue(ff1, &x, &counter);
	if (!rc && counter > s->max)
		rc = -HM_EOVERFLOW;
	if (!rc)
		*ret_counter = counter;
	return rc;
}
