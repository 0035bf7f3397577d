// SPDX-License-Identifier: LGPL-2.1-or-later
#include "serial/alphabet.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#define DEC	"0123456789"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"

static const struct {
	const char *name, *digits;
} named[] = {
	{ "dec", DEC },
	{ "hex", DEC "ABCDEF" },
	{ "upper", UPPER },
	{ "lower", LOWER },
	{ "alnum", DEC UPPER },
	{ "mixed", DEC UPPER LOWER },
	{ "crockford", DEC "ABCDEFGHJKMNPQRSTVWXYZ" },
};

static int add(struct hm_alphabet *a, char c, struct hm_err *err)
{
	if (!strchr(DEC UPPER LOWER, c) || !c)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: an alphabet has letters and digits");
	if (a->value[(unsigned char)c] >= 0)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: '%c' twice in an alphabet", c);
	a->value[(unsigned char)c] = (int8_t)a->n;
	a->digit[a->n++] = c;
	return 0;
}

/* The name up to a '-', and what stands behind it taken out. */
static int from_name(struct hm_alphabet *a, const char *spec, size_t len, struct hm_err *err)
{
	const char *minus = memchr(spec, '-', len), *digits = NULL, *out = minus ? minus + 1 : spec + len;
	size_t n = minus ? (size_t)(minus - spec) : len, n_out = (size_t)(spec + len - out);
	int rc = 0;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strlen(named[i].name) == n && !memcmp(named[i].name, spec, n))
			digits = named[i].digits;
	if (!digits)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: no alphabet is called \"%.*s\"", (int)n, spec);
	if (minus && !n_out)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: nothing behind the \"-\" of an alphabet");
	for (size_t i = 0; i < n_out; i++) {
		if (!out[i] || !strchr(digits, out[i]))
			return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: alphabet %.*s has no '%c' to take out",
					  (int)n, spec, out[i]);
		if (memchr(out, out[i], i))
			return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: '%c' taken out of an alphabet twice",
					  out[i]);
	}
	for (const char *p = digits; !rc && *p; p++)
		if (!memchr(out, *p, n_out))
			rc = add(a, *p, err);
	return rc;
}

int hm_alphabet_parse(struct hm_alphabet *ret, const char *spec, size_t len, struct hm_err *err)
{
	struct hm_alphabet a = { .n = 0 };
	int rc = 0;

	memset(a.value, -1, sizeof(a.value));
	if (len && *spec == '=') {
		for (size_t i = 1; !rc && i < len; i++)
			rc = add(&a, spec[i], err);
	} else {
		rc = from_name(&a, spec, len, err);
	}
	if (rc)
		return rc;
	if (a.n < 2)
		return hm_err_set(err, -HM_EBAD_PRODUCT, "pattern: an alphabet of less than two characters");
	*ret = a;
	return 0;
}

uint64_t hm_alphabet_power(const struct hm_alphabet *a, unsigned int width)
{
	uint64_t v = 1;

	for (unsigned int i = 0; i < width; i++)
		if (__builtin_mul_overflow(v, (uint64_t)a->n, &v))
			return UINT64_MAX;
	return v;
}

void hm_alphabet_write(const struct hm_alphabet *a, uint64_t value, unsigned int width, char *out)
{
	if (a->n == 10 && a->digit[0] == '0' && a->digit[9] == '9') {
		/* the common case, by a divisor that the compiler knows */
		for (unsigned int i = width; i-- > 0; value /= 10)
			out[i] = (char)('0' + value % 10);
	} else {
		for (unsigned int i = width; i-- > 0; value /= a->n)
			out[i] = a->digit[value % a->n];
	}
	assert(!value);
}

int hm_alphabet_error(const struct hm_alphabet *a)
{
	for (unsigned int i = 0; i < a->n; i++)
		if (a->digit[i] > '9')
			return -HM_EBAD_CHAR;
	return -HM_ENOT_NUMERIC;
}

int hm_alphabet_read(const struct hm_alphabet *a, const char *text, unsigned int width, uint64_t max,
		     uint64_t *ret)
{
	uint64_t v = 0;
	bool over = false;

	if (!width)
		return -HM_EEMPTY;
	for (unsigned int i = 0; i < width; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > 127 || a->value[c] < 0)
			return hm_alphabet_error(a);
		over = over || __builtin_mul_overflow(v, (uint64_t)a->n, &v) ||
		       __builtin_add_overflow(v, (uint64_t)a->value[c], &v);
	}
	if (over || v > max)
		return -HM_EOVERFLOW;
	*ret = v;
	return 0;
}
