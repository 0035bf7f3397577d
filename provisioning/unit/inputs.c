// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/inputs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gs1/ai.h"
#include "gs1/envelope.h"
#include "gs1/gs1.h"
#include "serial/date.h"
#include "serial/forms.h"

#define WORD_MAX 5	/* an AI or a data identifier in the product file, and its NUL */

/* Values that elements and identifiers are made of; they live as long as those. */
struct values {
	char made6[7], made8[9], expiry6[7], expiry8[9], issuer[HM_UII_MAX + 1];
};

/* --- days --- */

static int days_of(int year, int month)
{
	struct hm_date d = { year, month, 31 };

	while (!hm_date_valid(&d))
		d.day--;
	return d.day;
}

static int today(int64_t time, struct hm_date *ret)
{
	time_t t = (time_t)time;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return -HM_EBAD_DATE;
	*ret = (struct hm_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
	return hm_date_valid(ret) ? 0 : -HM_EBAD_DATE;
}

/* After so many days; or months, on the same day of the month or, where it has none, its last. */
static int later(const struct hm_date *d, const struct hm_product *p, struct hm_date *ret)
{
	int months = p->shelf_life_unit == 'm' ? (int)p->shelf_life : 12 * (int)p->shelf_life;
	int month = d->month - 1 + months, last;
	struct tm tm = { .tm_year = d->year - 1900, .tm_mon = d->month - 1, .tm_mday = d->day, .tm_hour = 12 };

	if (p->shelf_life_unit == 'd')
		return today((int64_t)timegm(&tm) + (int64_t)p->shelf_life * 86400, ret);
	*ret = (struct hm_date){ d->year + month / 12, month % 12 + 1, 1 };
	/* behind the year 9999 no month has a last day */
	if (!hm_date_valid(ret))
		return -HM_EBAD_DATE;
	ret->day = d->day;
	last = days_of(ret->year, ret->month);
	if (ret->day > last)
		ret->day = last;
	return 0;
}

static void write_day(const struct hm_date *d, char iso[11], char six[7], char eight[9])
{
	char all[9] = "";

	/* four digits of a year are always there */
	(void)hm_date_write(HM_DATE_YYYY, d, all);
	(void)hm_date_write(HM_DATE_MM, d, all + 4);
	(void)hm_date_write(HM_DATE_DD, d, all + 6);
	memcpy(eight, all, 9);
	memcpy(six, all + 2, 7);
	(void)snprintf(iso, 11, "%.4s-%.2s-%.2s", all, all + 4, all + 6);
}

static int dates(const struct hm_product *p, const struct hm_made *made, struct hm_label_inputs *in,
		 struct values *v, struct hm_err *err)
{
	struct hm_date day, end;
	int rc = today(made->time, &day);

	if (rc)
		return hm_err_set(err, rc, "the day of manufacture: %s", hm_error_why(rc));
	if (!p->elements[0] && !p->identifiers[0] && !p->shelf_life)
		return 0;
	write_day(&day, in->made, v->made6, v->made8);
	if (!p->shelf_life)
		return 0;
	rc = later(&day, p, &end);
	/* two digits of a year mean 49 years back to 50 years on: General Specifications 7.12 */
	if (rc || end.year > day.year + 50)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[label] shelf_life: a date that no label can bear");
	write_day(&end, in->expiry, v->expiry6, v->expiry8);
	return 0;
}

/* --- words of a list in the product file --- */

static bool next_word(const char **p, char word[WORD_MAX])
{
	size_t n = strcspn(*p, " ");

	if (!n || n >= WORD_MAX)
		return false;
	memcpy(word, *p, n);
	word[n] = '\0';
	*p += n;
	*p += strspn(*p, " ");
	return true;
}

static bool has_word(const char *list, const char *wanted)
{
	char word[WORD_MAX];

	while (next_word(&list, word))
		if (!strcmp(word, wanted))
			return true;
	return false;
}

bool hm_unit_inputs_want_lot(const struct hm_product *p)
{
	return has_word(p->elements, "10") || has_word(p->identifiers, "1T");
}

struct source {
	const char *word, *value, *missing;
};

static int value_of(const struct source *s, size_t n, const char *key, const char *word, const char **ret,
		    struct hm_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(s[i].word, word))
			continue;
		*ret = s[i].value;
		if (**ret)
			return 0;
		return !strcmp(s[i].missing, "lot") ?
			hm_err_set(err, -HM_EMISSING_INPUT, "[label] %s: %s needs the lot's name", key, word) :
			hm_err_set(err, -HM_EBAD_PRODUCT, "[label] %s: %s needs %s", key, word, s[i].missing);
	}
	return hm_err_set(err, -HM_EBAD_PRODUCT, "[label] %s: nothing is known to fill %s with", key, word);
}

/* --- element strings --- */

static int elements(const struct hm_product *p, struct hm_label_inputs *in, const struct values *v,
		    struct hm_err *err)
{
	const struct source sources[] = {
		{ "01", in->gtin, "gtin" }, { "10", in->lot, "lot" }, { "11", v->made6, "a date" },
		{ "15", v->expiry6, "shelf_life" }, { "17", v->expiry6, "shelf_life" },
		{ "21", in->serial, "serial" }, { "240", in->part_number, "part_number" },
	};
	struct hm_elements e = { .n = 0 };
	const char *at = p->elements, *value;
	char word[WORD_MAX];
	int rc = 0;

	/* two digits of a year: 70 is 2070 to whoever reads it */
	if ((has_word(at, "11") || has_word(at, "15") || has_word(at, "17")) && memcmp(v->made8, "20", 2))
		return hm_err_set(err, -HM_EBAD_DATE, "the day of manufacture: dates in elements have years 2000 to 2099");
	while (!rc && next_word(&at, word)) {
		rc = value_of(sources, sizeof(sources) / sizeof(sources[0]), "elements", word, &value, err);
		rc = rc ?: hm_gs1_add(&e, word, value, strlen(value), err);
	}
	if (!rc && *at)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[label] elements: \"%s\" is no AI", at);
	rc = rc ?: hm_gs1_check(&e, err);
	rc = rc ?: hm_gs1_caret(&e, in->gs1, sizeof(in->gs1));
	rc = rc ?: hm_gs1_bracketed(&e, in->gs1_text, sizeof(in->gs1_text));
	return rc;
}

/* --- data identifiers --- */

static int identifiers(const struct hm_product *p, struct hm_label_inputs *in, const struct values *v,
		       struct hm_err *err)
{
	const struct source sources[] = {
		{ "P", in->part_number, "part_number" }, { "1P", in->part_number, "part_number" },
		{ "S", in->serial, "serial" }, { "1T", in->lot, "lot" }, { "25S", in->uii, "iac and cin" },
		{ "18V", v->issuer, "iac and cin" }, { "16D", v->made8, "a date" },
		{ "14D", v->expiry8, "shelf_life" }, { "Q", "1", "" },
	};
	struct hm_envelope e = { .format = 6 };
	const char *at = p->identifiers, *value;
	char word[WORD_MAX];
	int rc = 0;

	while (!rc && e.n < HM_ENVELOPE_ELEMENTS && next_word(&at, word)) {
		rc = value_of(sources, sizeof(sources) / sizeof(sources[0]), "identifiers", word, &value, err);
		if (rc)
			return rc;
		(void)snprintf(e.e[e.n].id, sizeof(e.e[e.n].id), "%s", word);
		e.e[e.n].value = value;
		e.e[e.n++].len = (uint16_t)strlen(value);
	}
	if (*at)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "[label] identifiers: \"%s\" is none", at);
	rc = hm_envelope_write(&e, in->envelope, sizeof(in->envelope));
	return rc ? hm_err_set(err, rc, "[label] identifiers: %s", hm_error_why(rc)) : 0;
}

/* --- the other forms of the identity --- */

static int identity(const struct hm_product *p, const struct hm_made *made, struct hm_label_inputs *in,
		    struct values *v, struct hm_err *err)
{
	struct hm_issuer who;
	int rc = 0;

	if (p->iac[0]) {
		rc = hm_issuer_set(&who, p->iac, p->cin);
		rc = rc ?: hm_uii_make(&who, made->serial, in->uii, sizeof(in->uii));
		if (rc)
			return hm_err_set(err, rc, "serial %s makes no identity of ISO/IEC 15459: %s", made->serial,
					  hm_error_why(rc));
		(void)snprintf(v->issuer, sizeof(v->issuer), "%s%s", who.iac, who.cin);
	}
	if (p->link[0])
		rc = hm_link_make(p->link, made->serial, in->link, sizeof(in->link));
	return rc ? hm_err_set(err, rc, "serial %s makes no link of IEC 61406: %s", made->serial, hm_error_why(rc)) : 0;
}

static int standard(const struct hm_product *p, const struct hm_made *made, struct hm_label_inputs *in,
		    struct hm_epc *epc, struct hm_err *err)
{
	const char *scheme = hm_product_epc_name(p->epc_scheme);
	int rc = 0;

	*epc = (struct hm_epc){ .len = 0 };
	if (p->epc_scheme != HM_PRODUCT_NO_EPC)
		rc = hm_gs1_epc(scheme, p->gtin, (unsigned int)strlen(p->company_prefix), p->epc_filter, made->serial, epc);
	if (rc)
		return hm_err_set(err, rc, "serial %s makes no %s of GTIN %s: %s", made->serial, scheme, p->gtin,
				  hm_error_why(rc));
	hm_epc_hex(epc, in->epc_hex);
	rc = hm_gs1_digital_link(p->gtin, made->serial, in->digital_link, sizeof(in->digital_link));
	if (rc)
		return hm_err_set(err, rc, "serial %s makes no Digital Link: %s", made->serial, hm_error_why(rc));
	(void)snprintf(in->serial, sizeof(in->serial), "%s", made->serial);
	(void)snprintf(in->gtin, sizeof(in->gtin), "%s", p->gtin);
	(void)snprintf(in->part_number, sizeof(in->part_number), "%s", p->part_number);
	(void)snprintf(in->manufacturer, sizeof(in->manufacturer), "%s", p->manufacturer);
	(void)snprintf(in->product, sizeof(in->product), "%s", p->name);
	(void)snprintf(in->lot, sizeof(in->lot), "%s", made->lot);
	/* the GTIN is of fixed length, so that no separator stands before AI 21 */
	(void)snprintf(in->element, sizeof(in->element), "01%s21%s", p->gtin, made->serial);
	return 0;
}

int hm_unit_inputs(const struct hm_product *p, const struct hm_made *made, struct hm_label_inputs *ret,
		   struct hm_epc *ret_epc, struct hm_err *err)
{
	struct hm_label_inputs in = { .serial = "" };
	struct values v = { .made6 = "" };
	struct hm_epc epc;
	int rc;

	assert(made->serial && made->lot);
	rc = standard(p, made, &in, &epc, err);
	rc = rc ?: identity(p, made, &in, &v, err);
	rc = rc ?: dates(p, made, &in, &v, err);
	if (!rc && p->elements[0])
		rc = elements(p, &in, &v, err);
	if (!rc && p->identifiers[0])
		rc = identifiers(p, &in, &v, err);
	if (rc)
		return rc;
	*ret = in;
	*ret_epc = epc;
	return 0;
}

unsigned int hm_unit_epc_digits(const struct hm_product *p)
{
	/* 96, 198, and 76 and 140 bits (twenty characters of seven), in whole words */
	static const unsigned int digits[] = {
		[HM_PRODUCT_NO_EPC] = 0, [HM_PRODUCT_SGTIN_96] = 24, [HM_PRODUCT_SGTIN_198] = 52, [HM_PRODUCT_SGTIN_PLUS] = 56,
	};

	return digits[p->epc_scheme];
}
