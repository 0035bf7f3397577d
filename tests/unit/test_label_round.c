// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever a value holds, the label has the same commands, and each field says exactly
 * that value; a damaged template is refused or renders one label. Random cases, made small
 * where one fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "label/label.h"
#include "label/zpl.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define VALUE_MAX	24
#define NASTY		"^~_@\\{}|><;,&()=%#\"'!?*+$`[]1dDXZFSA5E0 :8"

/* Every kind of slot that lets any character through. */
static const char every[] =
	"^XA^FO1,1^A0N,20^FH_^FD{{x}}^FS^FO1,9^FH_^FDa_5E{{x}}{{x}}_5Eb^FS^FO1,1^FH_^FD{{x|upper}}^FS"
	"^FO1,1^FB9^FH_^FD{{x}}^FS^BQN,2,4^FH_^FDQA,{{x}}^FS"
	"^BXN,5,200,,,,@^FH_^FD@1{{x}}^FS^BXN,5,200,,,,@^FH_^FD{{x|controls}}^FS^BXN,5,200,,,,:^FH_^FD{{g|fnc1}}^FS"
	"^BCN,50^FH_^FD>:{{x}}^FS^BCN,50,N,N,N,N^FH_^FD>:{{g|fnc1}}^FS^XZ";
#define FIELDS 10

/* GS as ^, which is how the value told it. */
static const char *caret(char *text)
{
	for (char *p = text; *p; p++)
		*p = *p == '\x1d' ? '^' : *p;
	return text;
}

static const char *wrong_texts(const struct hm_zpl_label *l, const char *value)
{
	char want[4 * VALUE_MAX], *o = want;

	if (strcmp(l->fields[0].data, value))
		return "text";
	(void)snprintf(want, sizeof(want), "a^%s%s^b", value, value);
	if (strcmp(l->fields[1].data, want))
		return "two slots in a field";
	for (const char *p = value; *p; p++)
		*o++ = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	*o = '\0';
	if (strcmp(l->fields[2].data, want))
		return "upper";
	o = want;
	for (const char *p = value; *p; p++) {
		if (*p == '\\')
			*o++ = '\\';
		*o++ = *p;
	}
	*o = '\0';
	if (strcmp(l->fields[3].data, want))
		return "a block's backslashes";
	if (strncmp(l->fields[4].data, "QA,", 3) || strcmp(l->fields[4].data + 3, value))
		return "QR";
	return NULL;
}

static const char *wrong_codes(const struct hm_zpl_label *l, const char *value)
{
	struct hm_zpl_code128 code;
	char read[128];
	size_t n;
	bool gs1;

	/* FNC1 in front of the first and third; what was read begins behind it */
	for (int i = 5; i < 8; i++)
		if (hm_zpl_datamatrix_data(&l->fields[i], read, sizeof(read), &n, &gs1) || gs1 != (i != 6) ||
		    strcmp(i == 7 ? caret(read) : read, value))
			return "DataMatrix";
	if (hm_zpl_code128_data(&l->fields[8], read, sizeof(read), &code) || code.gs1 || strcmp(read, value))
		return "Code 128";
	if (hm_zpl_code128_data(&l->fields[9], read, sizeof(read), &code) || !code.gs1 || strcmp(caret(read), value))
		return "GS1-128";
	return NULL;
}

static const char *wrong(const char *text, size_t len)
{
	_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(10000);
	char value[VALUE_MAX + 1], gs1[VALUE_MAX + 2];
	const struct hm_label_field f[] = { { "x", value }, { "g", gs1 } };
	const char *why = "the number of fields";
	struct hm_zpl_label *l;

	/* which |controls refuses, as a message that is not there */
	if (!len)
		return NULL;
	memcpy(value, text, len);
	value[len] = '\0';
	(void)snprintf(gs1, sizeof(gs1), "^%s", value);
	if (hm_label_render(every, sizeof(every) - 1, f, 2, &out, NULL))
		return "refused";
	if (hm_zpl_read(hm_buf_str(&out), out.len, &l))
		return "no label";
	/* ^FB is the one command that the reader passes over */
	if (l->n_fields == FIELDS && !l->n_rfid && !l->n_verify && l->unknown == 1 && l->quantity == 1) {
		why = wrong_texts(l, value);
		why = why ? why : wrong_codes(l, value);
	}
	hm_zpl_label_free(l);
	return why;
}

static void nothing_can_be_injected(void **state)
{
	static const char nasty[] = NASTY;
	struct rnd r = rnd_start("label injection");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++) {
		char value[VALUE_MAX + 1];
		size_t len = rnd_below(&r, VALUE_MAX);

		if (rnd_below(&r, 4))
			rnd_text(&r, value, len, nasty, sizeof(nasty) - 1);
		else
			for (size_t i = 0; i <= len; i++)
				value[i] = i < len ? (char)(' ' + rnd_below(&r, 95)) : '\0';
		shrink_check(&r, value, len, wrong);
	}
}

/* A damaged template is refused or renders one label; never anything else. */
static void damaged_templates(void **state)
{
	static const char whole[] =
		"^XA^RS8,,,1,E^FS^RFW,H^FD{{x|digits}}^FS^FO1,30^BXN,5,200,,,,@^FH_^FD@1{{x}}^FS^FH_^FD{{x}}^FS^PQ1^XZ";
	struct rnd r = rnd_start("label damage");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++) {
		_cleanup_buf_ struct hm_buf out = HM_BUF_INIT(10000);
		const struct hm_label_field f = { "x", "12" };
		size_t len = rnd_below(&r, 3) ? sizeof(whole) - 1 : rnd_below(&r, sizeof(whole));
		char *tpl = malloc(len + !len);
		struct hm_err err = { "" };

		rnd_assert(&r, tpl);
		memcpy(tpl, whole, len);
		for (int i = 0; len && i < 2; i++)
			tpl[rnd_below(&r, len)] = (char)rnd_below(&r, 128);
		if (hm_label_render(tpl, len, &f, 1, &out, &err))
			rnd_assert(&r, err.text[0] && !out.len);
		else
			rnd_assert(&r, !memcmp(out.data, "^XA", 3) && !memchr(out.data, '~', out.len));
		free(tpl);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_can_be_injected),
		cmocka_unit_test(damaged_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
