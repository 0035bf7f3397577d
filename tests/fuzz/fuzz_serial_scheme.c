// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A pattern and a serial: lines of the input. Whatever is read as a serial of the
 * pattern says a counter, a date and a lot from which exactly that serial is made again.
 *
 * sources: provisioning/serial/serial.c provisioning/serial/pattern.c provisioning/serial/alphabet.c
 * sources: provisioning/serial/date.c provisioning/serial/range.c provisioning/serial/ff1.c
 * sources: provisioning/serial/checkchar.c provisioning/base/digits.c provisioning/base/error.c
 */
#include "fuzz.h"
#include "serial/serial.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static bool refusal_ok(int rc)
{
	return rc == -HM_EEMPTY || rc == -HM_EBAD_LENGTH || rc == -HM_EBAD_CHAR || rc == -HM_ENOT_NUMERIC ||
	       rc == -HM_EBAD_DATE || rc == -HM_EBAD_CHECK_DIGIT || rc == -HM_EOVERFLOW;
}

/* The serial once more, from what it said. */
static void again(const struct hm_scheme *scheme, const struct hm_serial_parts *p, const char *text)
{
	static const char key[16] = "sixteen letters.";
	char out[1][HM_SERIAL_MAX + 1];
	struct hm_scheme s = *scheme;
	struct hm_ff1 *ff1 = NULL;
	uint64_t counter = p->counter;
	int rc;

	rc = hm_scheme_settle(&s, &p->date, p->lot, NULL);
	FZ_CHECK(!rc, "%s as %s: its date and lot are not settled: %d", text, s.pattern, rc);
	if (s.unguessable) {
		FZ_CHECK(!hm_scheme_ff1(&s, key, sizeof(key), &ff1, NULL), "no permutation");
		rc = hm_scheme_counter(&s, ff1, text, &counter);
		FZ_CHECK(!rc || rc == -HM_EOVERFLOW, "%s as %s: %d", text, s.pattern, rc);
	} else {
		FZ_CHECK(p->has_counter && counter <= s.max, "%s as %s: counter", text, s.pattern);
		rc = hm_scheme_format(&s, counter, out[0], sizeof(out[0]));
		FZ_CHECK(!rc && !strcmp(out[0], text), "%s as %s: formatted as %s", text, s.pattern, out[0]);
	}
	if (!rc) {
		rc = hm_scheme_scatter(&s, ff1, counter, 1, out);
		FZ_CHECK(!rc && !strcmp(out[0], text), "%s as %s: made as %s", text, s.pattern, out[0]);
	}
	hm_ff1_free(ff1);
}

static void read_text(const struct hm_scheme *s, const uint8_t *text, size_t len)
{
	char *exact = malloc(len ?: 1);
	struct hm_serial_parts p;
	char copy[HM_SERIAL_MAX + 1];
	int rc;

	FZ_CHECK(exact, "no memory");
	memcpy(exact, text, len);
	rc = hm_scheme_read(s, exact, len, &p);
	free(exact);
	FZ_CHECK(!rc || refusal_ok(rc), "%d", rc);
	if (rc)
		return;
	FZ_CHECK(len == s->length, "%zu of %u characters", len, s->length);
	memcpy(copy, text, len);
	copy[len] = '\0';
	FZ_CHECK(strlen(copy) == len, "a NUL in a serial");
	again(s, &p, copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const uint8_t *nl = size ? memchr(input, '\n', size) : NULL;
	size_t n = nl ? (size_t)(nl - input) : size;
	struct hm_err err = { "" };
	struct hm_scheme s;
	char pattern[200];
	int rc;

	if (n >= sizeof(pattern))
		return 0;
	if (n)
		memcpy(pattern, input, n);
	pattern[n] = '\0';
	rc = hm_scheme_parse(&s, pattern, &err);
	if (rc) {
		FZ_CHECK(rc == -HM_EBAD_PRODUCT && err.text[0], "refused with %d: %s", rc, err.text);
		return 0;
	}
	FZ_CHECK(s.length >= 1 && s.length <= HM_SERIAL_MAX && s.width >= 1 && s.width <= s.length, "%s", pattern);
	FZ_CHECK(!err.text[0], "a reason for nothing");
	if (nl)
		read_text(&s, nl + 1, size - n - 1);
	return 0;
}
