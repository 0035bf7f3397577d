// SPDX-License-Identifier: LGPL-2.1-or-later
/* ISO/IEC 15434: strict writer, lenient reader that says what was wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/envelope.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define GS "\x1d"
#define RS "\x1e"
#define EOT "\x04"

static struct hm_envelope e;

static void readings(void **state)
{
	static const struct {
		const char *text, *bracketed;
		unsigned int faults;
		int rc;
	} t[] = {
		{ "[)>" RS "06" GS "1PABC-1" GS "Q10" GS "25SUN123456789A1" RS EOT, "(1P)ABC-1(Q)10(25S)UN123456789A1", 0, 0 },
		{ "[)>" RS "05" GS "0109521234543213" "10A" GS "21B" RS EOT, "(01)09521234543213(10)A(21)B", 0, 0 },
		/* a separator behind the last: read, and told */
		{ "[)>" RS "05" GS "0109521234543213" "10A" GS RS EOT, "(01)09521234543213(10)A", HM_ENVELOPE_EMPTY, 0 },
		/* several in one message */
		{ "[)>" RS "06" GS "SABC" RS "05" GS "0109521234543213" RS EOT, "(S)ABC(01)09521234543213", 0, 0 },
		{ "[)>" RS "05" GS "0109521234543213" "10A" RS "06" GS "P1" GS "Q5" RS EOT, "(01)09521234543213(10)A(P)1(Q)5", 0, 0 },
		{ "[)>" RS "06" GS "P1" RS "06" GS "P2" RS EOT, "(P)1(P)2", 0, 0 },
		{ "[)>" RS "06" GS "P1" RS "05" GS "10A" RS "06" GS "P2" RS EOT, "(P)1(10)A(P)2", 0, 0 },
		{ "[)>" RS "06" GS "P1" RS "06" GS "P2", "(P)1(P)2", HM_ENVELOPE_NO_RS | HM_ENVELOPE_NO_EOT, 0 },
		{ "[)>" RS "06" GS "P1" RS "06P2" RS, "(P)1(P)2", HM_ENVELOPE_NO_HEAD_GS | HM_ENVELOPE_NO_EOT, 0 },
		{ "[)>" RS "06" GS "P1" RS "06" GS RS EOT, "(P)1", HM_ENVELOPE_EMPTY, 0 },
		{ "[)>" RS "06" GS RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_EMPTY, 0 },
		{ "[)>" RS "06" GS "P1" RS "05" GS "0109521234543214" RS EOT, NULL, 0, -HM_EBAD_CHECK_DIGIT },
		{ "[)>" RS "06" GS "P1" RS "x" EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" GS "P1" RS "0", NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" GS "P1" RS RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		/* other formats, passed over */
		{ "[)>" RS "06" GS "P1" RS "07free (text)" RS EOT, "(P)1", HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "12" GS "MFR X" RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "01" GS "96123" GS "840" RS "05" GS "10A" RS EOT, "(10)A", HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "06" GS "P1" RS "07x", "(P)1", HM_ENVELOPE_UNREAD_FORMAT | HM_ENVELOPE_NO_RS | HM_ENVELOPE_NO_EOT, 0 },
		{ "[)>" RS "09" GS "jpg" GS GS "4" GS RS EOT RS "x" RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "09" GS "jpg" GS GS "0" GS RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "09" GS "jpg" GS GS "99" GS "x" RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "09" GS "jpg" GS GS "x" GS "x" RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "09" GS "jpg" GS "1" RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "09" "x" GS "jpg" GS GS "0" GS RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "07P1" RS "99" RS EOT, NULL, 0, -HM_EUNKNOWN_HEADER },
		{ "[)>" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "06" GS "P1" RS EOT, "(P)1",
		  HM_ENVELOPE_UNREAD_FORMAT, 0 },
		{ "[)>" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "07" RS "06" GS "P1" RS EOT, NULL, 0,
		  -HM_ETOO_LONG },
		/* as found in the field */
		{ "[)>" RS "06" GS "P296-1" GS "1PX" GS "Q5", "(P)296-1(1P)X(Q)5", HM_ENVELOPE_NO_RS | HM_ENVELOPE_NO_EOT, 0 },
		{ ">[)>06" GS "P296-1" GS "Q5" RS EOT, "(P)296-1(Q)5", HM_ENVELOPE_IN_FRONT | HM_ENVELOPE_NO_HEAD_RS, 0 },
		{ "[)>" RS "06P296-1" GS "Q5" RS EOT, "(P)296-1(Q)5", HM_ENVELOPE_NO_HEAD_GS, 0 },
		/* what a scanner sends in front of it; what cannot be in front of it */
		{ "]d1[)>" RS "06" GS "P1" RS EOT, "(P)1", 0, 0 },
		{ "]Q1[)>" RS "06" GS "P1" RS EOT, "(P)1", 0, 0 },
		{ "]L2[)>" RS "05" GS "10A" RS EOT, "(10)A", 0, 0 },
		{ "]z0[)>" RS "06" GS "P1" RS EOT, "(P)1", 0, 0 },
		{ "]U1[)>" RS "06" GS "P1" RS EOT, "(P)1", 0, 0 },
		{ "]C0[)>" RS "06" GS "P1", "(P)1", HM_ENVELOPE_NO_RS | HM_ENVELOPE_NO_EOT, 0 },
		{ "]d1>[)>06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_IN_FRONT | HM_ENVELOPE_NO_HEAD_RS, 0 },
		{ "]d1]d1[)>" RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_IN_FRONT, 0 },
		{ "]d2[)>" RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_IN_FRONT, 0 },
		{ "]E0[)>" RS "06" GS "P1" RS EOT, "(P)1", HM_ENVELOPE_IN_FRONT, 0 },
		{ "]d112345[)>" RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "]d1", NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" GS "P1" GS "Q5" EOT, "(P)1(Q)5", HM_ENVELOPE_NO_RS, 0 },
		{ "[)>" RS "06" GS "P1" GS "Q5" RS, "(P)1(Q)5", HM_ENVELOPE_NO_EOT, 0 },
		{ "[)>" RS "06" GS "P1" RS EOT "\r\n", "(P)1", HM_ENVELOPE_BEHIND, 0 },
		{ "[)>" RS "06" GS "P1" RS EOT "x", "(P)1", HM_ENVELOPE_BEHIND, 0 },
		{ "[)>" RS "06" GS GS "P1" GS GS "Q5" GS RS EOT, "(P)1(Q)5", HM_ENVELOPE_EMPTY, 0 },
		{ "[)>" RS "06" GS "SA(B\\C" RS EOT, "(S)A\\(B\\\\C", 0, 0 },
		/* a distributor's label: nothing was ordered by number, and the end is left out */
		{ "[)>" RS "06" GS "P296-6501-1-ND" GS "1PLMC7101AIM5/NOPB" GS "K" GS "1K57202453" GS "10K65902774" GS "11K1" GS
		  "4LMX" GS "Q20" GS "11ZPICK" GS "13Z999999" GS "20Z0000",
		  "(P)296-6501-1-ND(1P)LMC7101AIM5/NOPB(1K)57202453(10K)65902774(11K)1(4L)MX(Q)20(11Z)PICK(13Z)999999(20Z)0000",
		  HM_ENVELOPE_NO_RS | HM_ENVELOPE_NO_EOT | HM_ENVELOPE_EMPTY, 0 },
		/* what cannot be told */
		{ "", NULL, 0, -HM_EEMPTY },
		{ "[)", NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>", NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "0", NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "07" GS "P1" RS EOT, NULL, 0, -HM_EUNKNOWN_HEADER },
		{ "[)>" RS "0x" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "x6" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" RS EOT, NULL, 0, -HM_EEMPTY },
		{ "[)>" RS "06" GS RS EOT, NULL, 0, -HM_EEMPTY },
		{ "[)>" RS "06" GS GS RS EOT, NULL, 0, -HM_EEMPTY },
		{ "[)>" RS "06" GS "p1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" GS "1234P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "[)>" RS "06" GS "12" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "12345[)>" RS "06" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
		{ "P1", NULL, 0, -HM_EBAD_ENVELOPE },
		/* values */
		{ "[)>" RS "06" GS "P" RS EOT, NULL, 0, -HM_EEMPTY },
		{ "[)>" RS "06" GS "K" GS "1K57202453" GS "K" RS EOT, "(1K)57202453", HM_ENVELOPE_EMPTY, 0 },
		/* read, and told; written it is refused for what is wrong */
		{ "[)>" RS "06" GS "PA\tB" RS EOT, NULL, 0, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "PA\xc3\xa4" RS EOT, NULL, 0, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "Q1A" RS EOT, "(Q)1A", HM_ENVELOPE_VALUE, -HM_ENOT_NUMERIC },
		{ "[)>" RS "06" GS "Q1234567890" RS EOT, "(Q)1234567890", HM_ENVELOPE_VALUE, -HM_ETOO_LONG },
		{ "[)>" RS "06" GS "4LCH" RS EOT, "(4L)CH", 0, 0 },
		{ "[)>" RS "06" GS "4LXX" RS EOT, "(4L)XX", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "4LC" RS EOT, "(4L)C", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "10D2453" RS EOT, "(10D)2453", 0, 0 },
		{ "[)>" RS "06" GS "10D2454" RS EOT, "(10D)2454", HM_ENVELOPE_VALUE, -HM_EBAD_DATE },
		{ "[)>" RS "06" GS "10D24A1" RS EOT, "(10D)24A1", HM_ENVELOPE_VALUE, -HM_ENOT_NUMERIC },
		{ "[)>" RS "06" GS "6D2024022A" RS EOT, "(6D)2024022A", HM_ENVELOPE_VALUE, -HM_ENOT_NUMERIC },
		{ "[)>" RS "06" GS "10D2400" RS EOT, "(10D)2400", HM_ENVELOPE_VALUE, -HM_EBAD_DATE },
		{ "[)>" RS "06" GS "6D20240229" RS EOT, "(6D)20240229", 0, 0 },
		{ "[)>" RS "06" GS "6D20230229" RS EOT, "(6D)20230229", HM_ENVELOPE_VALUE, -HM_EBAD_DATE },
		{ "[)>" RS "06" GS "16D20230229" RS EOT, "(16D)20230229", HM_ENVELOPE_VALUE, -HM_EBAD_DATE },
		{ "[)>" RS "06" GS "14D20230229" RS EOT, "(14D)20230229", HM_ENVELOPE_VALUE, -HM_EBAD_DATE },
		{ "[)>" RS "06" GS "16D2023022" RS EOT, "(16D)2023022", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "14D202302281" RS EOT, "(14D)202302281", HM_ENVELOPE_VALUE, -HM_ETOO_LONG },
		{ "[)>" RS "06" GS "10D24011" RS EOT, "(10D)24011", HM_ENVELOPE_VALUE, -HM_ETOO_LONG },
		{ "[)>" RS "06" GS "10D240" RS EOT, "(10D)240", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "10D2401" RS EOT, "(10D)2401", 0, 0 },
		{ "[)>" RS "06" GS "4LCHE" RS EOT, "(4L)CHE", HM_ENVELOPE_VALUE, -HM_ETOO_LONG },
		{ "[)>" RS "06" GS "6D2024022" RS EOT, "(6D)2024022", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "6D202402291" RS EOT, "(6D)202402291", HM_ENVELOPE_VALUE, -HM_ETOO_LONG },
		{ "[)>" RS "06" GS "Q123456789" RS EOT, "(Q)123456789", 0, 0 },
		{ "[)>" RS "06" GS "25SA1" RS EOT, "(25S)A1", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "18VA1" RS EOT, "(18V)A1", HM_ENVELOPE_VALUE, -HM_ETOO_SHORT },
		{ "[)>" RS "06" GS "25S09AZ-/" RS EOT, "(25S)09AZ-/", 0, 0 },
		{ "[)>" RS "06" GS "18V09AZ-/" RS EOT, "(18V)09AZ-/", 0, 0 },
		{ "[)>" RS "06" GS "18VABc" RS EOT, "(18V)ABc", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "25SAB." RS EOT, "(25S)AB.", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "25SAB@" RS EOT, "(25S)AB@", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "25SAB[" RS EOT, "(25S)AB[", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "25SAB:" RS EOT, "(25S)AB:", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "06" GS "25Sabc" RS EOT, "(25S)abc", HM_ENVELOPE_VALUE, -HM_EBAD_CHAR },
		{ "[)>" RS "05" GS "0109521234543214" RS EOT, NULL, 0, -HM_EBAD_CHECK_DIGIT },
		{ "[)>" RS "05" GS "0409521234543214" RS EOT, NULL, 0, -HM_EUNKNOWN_AI },
		{ "[)>" RS "05" GS "P1" RS EOT, NULL, 0, -HM_EBAD_ENVELOPE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char out[256], strict[256], again[256];
		int rc = hm_envelope_read(t[i].text, strlen(t[i].text), &e);

		if (rc != (t[i].faults & HM_ENVELOPE_VALUE ? 0 : t[i].rc))
			fail_msg("row %zu: %s, not %s", i, hm_error_name(rc), hm_error_name(t[i].rc));
		if (rc)
			continue;
		assert_int_equal(e.faults, t[i].faults);
		assert_int_equal(hm_envelope_bracketed(&e, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].bracketed);
		if (t[i].faults & HM_ENVELOPE_VALUE) {
			assert_int_equal(e.e[0].rc, t[i].rc);
			assert_int_equal(hm_envelope_write(&e, strict, sizeof(strict)), t[i].rc);
			assert_int_equal(hm_envelope_parse(out, strlen(out), &e), t[i].rc);
			continue;
		}
		/* what is written from it has no fault */
		assert_int_equal(hm_envelope_write(&e, strict, sizeof(strict)), 0);
		if (!t[i].faults)
			assert_string_equal(strict, t[i].text + (t[i].text[0] == ']' ? 3 : 0));
		assert_int_equal(hm_envelope_read(strict, strlen(strict), &e), 0);
		assert_int_equal(e.faults, 0);
		assert_int_equal(hm_envelope_bracketed(&e, again, sizeof(again)), 0);
		assert_string_equal(again, out);
	}
}

/* A refused message says for which identifier it was. */
static void whose(void **state)
{
	static const struct {
		const char *text, *id;
	} t[] = {
		{ "[)>" RS "06" GS "P1" GS "SA\tB" RS EOT, "S" },
		{ "[)>" RS "06" GS "P1" RS "05" GS "0109521234543214" RS EOT, "01" },
		{ "[)>" RS "05" GS "10A" GS "0409521234543214" RS EOT, "0409" },
		{ "[)>" RS "06" RS EOT, "" },
		{ "[)>" RS "06" GS "P1" GS "?" RS EOT, "" },
		{ "(P)1(Q)x", "Q" },
		{ "(10)A(01)1", "01" },
		{ "(9999)1", "9999" },
		{ "(P)", "P" },
		{ "x", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = t[i].text[0] == '[' ? hm_envelope_read(t[i].text, strlen(t[i].text), &e) :
			 hm_envelope_parse(t[i].text, strlen(t[i].text), &e);

		assert_int_not_equal(rc, 0);
		assert_string_equal(e.failed, t[i].id);
	}
	assert_int_equal(hm_envelope_parse("(P)1", 4, &e), 0);
	assert_string_equal(e.failed, "");
}

static void brackets(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} t[] = {
		{ "(1P)ABC(Q)10", 0 },
		{ "(S)a\\(Q)b", 0 },
		{ "(S)a(b)c", 0 },		/* opens no identifier */
		{ "(01)09521234543213(21)1", 0 },
		{ "", -HM_EEMPTY },
		{ "P1", -HM_EBAD_CHAR },
		{ "(P)", -HM_EEMPTY },
		{ "(1P)A(01)09521234543213", 0 },	/* in two */
		{ "(P)1\\", -HM_EBAD_ESCAPE },
		{ "(P)1\\x", -HM_EBAD_ESCAPE },
		{ "(01)09521234543214", -HM_EBAD_CHECK_DIGIT },
		{ "(9999)1", -HM_EUNKNOWN_AI },
		{ "(p)1", -HM_EBAD_CHAR },
		{ "(1234P)1", -HM_EBAD_CHAR },
	};
	char out[256] = "old";

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = hm_envelope_parse(t[i].text, strlen(t[i].text), &e);

		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].text, hm_error_name(rc), hm_error_name(t[i].rc));
	}
	assert_int_equal(hm_envelope_parse("(S)a(b)c\\\\", 10, &e), 0);
	assert_int_equal(hm_envelope_write(&e, out, 10), -HM_ETOO_LONG);
	assert_string_equal(out, "old");
	assert_int_equal(hm_envelope_write(&e, out, sizeof(out)), 0);
	assert_string_equal(out, "[)>" RS "06" GS "Sa(b)c\\" RS EOT);
}

/* What a customer's system reads in the answer. */
static void names(void **state)
{
	static const char *const t[] = { "in_front", "no_head_rs", "no_head_gs", "no_rs", "no_eot", "behind", "empty_element", "bad_value",
					 "unread_format" };

	(void)state;
	for (unsigned int bit = 0; bit < sizeof(t) / sizeof(t[0]); bit++)
		assert_string_equal(hm_envelope_fault_name(1u << bit), t[bit]);
	assert_null(hm_envelope_fault_name(0x200));
	assert_null(hm_envelope_fault_name(0));
}

/* As long as may be, and one more: a value, a licence plate, elements, a text. */
static void lengths(void **state)
{
	static const struct {
		const char *id;
		size_t most;
	} t[] = { { "S", 300 }, { "25S", 50 }, { "18V", 50 } };
	static char text[HM_ENVELOPE_TEXT_MAX + 2], wide[2 * HM_ENVELOPE_TEXT_MAX];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		for (size_t more = 0; more < 2; more++) {
			char out[400];

			n = (size_t)snprintf(text, sizeof(text), "(%s)", t[i].id);
			memset(text + n, 'A', t[i].most + more);
			assert_int_equal(hm_envelope_parse(text, n + t[i].most + more, &e), more ? -HM_ETOO_LONG : 0);
			if (more)
				continue;
			assert_int_equal(e.e[0].len, t[i].most);
			assert_int_equal(hm_envelope_bracketed(&e, out, sizeof(out)), 0);
			assert_memory_equal(out, text, n + t[i].most);
		}
	for (n = 0; n < HM_ENVELOPE_ELEMENTS + 1; n++)
		memcpy(text + 4 * n, "(P)1", 4);
	assert_int_equal(hm_envelope_parse(text, 4 * (n - 1), &e), 0);
	assert_int_equal(e.n, HM_ENVELOPE_ELEMENTS);
	assert_int_equal(hm_envelope_parse(text, 4 * n, &e), -HM_ETOO_LONG);
	/* with all that a label left out it is longer than what was read */
	n = (size_t)snprintf(text, sizeof(text), "[)>");
	for (unsigned int i = 0; i < HM_ENVELOPE_ELEMENTS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, RS "06S%059u", i);
	assert_int_equal(hm_envelope_read(text, n, &e), 0);
	assert_int_equal(hm_envelope_write(&e, wide, sizeof(wide)), 0);
	assert_int_equal(strlen(wide), n + HM_ENVELOPE_ELEMENTS + 2);
	assert_true(strlen(wide) > HM_ENVELOPE_TEXT_MAX + 2);
	/* lines behind a message are passed over, and count */
	memset(text, '\n', sizeof(text));
	memcpy(text, "[)>" RS "06" GS "P1" RS EOT, 11);
	assert_int_equal(hm_envelope_read(text, HM_ENVELOPE_TEXT_MAX, &e), 0);
	assert_int_equal(hm_envelope_read(text, HM_ENVELOPE_TEXT_MAX + 1, &e), -HM_ETOO_LONG);
}

/* Which element is whose, and what was passed over, by name. */
static void several(void **state)
{
	static const char text[] = "[)>" RS "06" GS "P1" GS "Q5" RS "12" GS "X" RS "05" GS "10A" RS "07y" RS "06" GS "S7" RS EOT;
	static const char binary[] = "[)>" RS "09" GS "jpg" GS GS "4" GS "abcd" RS EOT;
	static const uint8_t whose[] = { 0, 0, 1, 2 };
	char out[256];

	(void)state;
	/* what is counted goes no further than the message */
	assert_int_equal(hm_envelope_read(binary, sizeof(binary) - 1, &e), -HM_EUNKNOWN_HEADER);
	assert_int_equal(hm_envelope_read(binary, sizeof(binary) - 1 - 4, &e), -HM_EBAD_ENVELOPE);
	assert_int_equal(hm_envelope_write(&e, out, sizeof(out)), -HM_EEMPTY);
	assert_int_equal(hm_envelope_read(text, sizeof(text) - 1, &e), 0);
	assert_int_equal(e.format, 6);
	assert_int_equal(e.envelopes, 3);
	assert_int_equal(e.n, 4);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(e.e[i].format, i == 2 ? 5 : 6);
		assert_int_equal(e.e[i].envelope, whose[i]);
	}
	assert_int_equal(e.unread_n, 2);
	assert_string_equal(e.unread[0], "12");
	assert_string_equal(e.unread[1], "07");
	/* what is written has no more than what was read */
	assert_int_equal(hm_envelope_write(&e, out, sizeof(out)), 0);
	assert_string_equal(out, "[)>" RS "06" GS "P1" GS "Q5" RS "05" GS "10A" RS "06" GS "S7" RS EOT);
	assert_int_equal(hm_envelope_parse("(P)1(10)A(Q)5", 13, &e), 0);
	assert_int_equal(e.envelopes, 3);
	assert_int_equal(e.format, 6);
	assert_int_equal(hm_envelope_write(&e, out, sizeof(out)), 0);
	assert_string_equal(out, "[)>" RS "06" GS "P1" RS "05" GS "10A" RS "06" GS "Q5" RS EOT);
}

static void round_trips(void **state)
{
	static const char *const ids[] = { "P", "1P", "S", "1T", "9D", "96S", "30P", "42S", "111Z", "3Z" };
	static struct hm_envelope back;
	uint64_t cases = rnd_cases(1000000);
	struct rnd r = rnd_start("envelopes");
	char set[95];

	(void)state;
	for (int i = 0; i < 95; i++)
		set[i] = (char)(0x20 + i);
	for (r.n = 0; r.n < cases; r.n++) {
		char bracketed[1200] = "", text[1200], again[1200];

		for (uint64_t n = 1 + rnd_below(&r, 6); n; n--) {
			char value[40], *end = bracketed + strlen(bracketed);

			rnd_text(&r, value, 1 + rnd_below(&r, 30), set, sizeof(set));
			end += sprintf(end, "(%s)", ids[rnd_below(&r, sizeof(ids) / sizeof(ids[0]))]);
			for (char *p = value; *p; p++) {
				if (*p == '(' || *p == '\\')
					*end++ = '\\';
				*end++ = *p;
			}
			*end = '\0';
		}
		rnd_assert(&r, !hm_envelope_parse(bracketed, strlen(bracketed), &e));
		rnd_assert(&r, !hm_envelope_write(&e, text, sizeof(text)));
		shrink_check(&r, bracketed, strlen(bracketed), wrong_envelope);
		rnd_assert(&r, !hm_envelope_read(text, strlen(text), &back) && !back.faults);
		rnd_assert(&r, !hm_envelope_bracketed(&back, again, sizeof(again)) && !strcmp(bracketed, again));
	}
}

static void hostile(void **state)
{
	static const char good[] = ">[)>" RS "06" GS "1PABC-1" GS "Q10" GS "10D2401" RS EOT;
	const size_t big = 1 << 20;
	char *text = malloc(big);

	(void)state;
	assert_non_null(text);
	memset(text, 'A', big);
	assert_int_equal(hm_envelope_read(text, big, &e), -HM_ETOO_LONG);
	assert_int_equal(hm_envelope_parse(text, big, &e), -HM_ETOO_LONG);
	memcpy(text, "[)>" RS "06" GS "P", 8);
	assert_int_equal(hm_envelope_read(text, HM_ENVELOPE_TEXT_MAX, &e), -HM_ETOO_LONG);
	memcpy(text, "(P)", 3);
	assert_int_equal(hm_envelope_parse(text, HM_ENVELOPE_TEXT_MAX, &e), -HM_ETOO_LONG);
	memset(text, 0, 100);
	assert_int_equal(hm_envelope_read(text, 100, &e), -HM_EBAD_ENVELOPE);
	free(text);
	for (size_t at = 0; at < sizeof(good) - 1; at++)
		for (int c = 0; c < 256; c++) {
			char *exact = malloc(sizeof(good) - 1), out[256];

			memcpy(exact, good, sizeof(good) - 1);
			exact[at] = (char)c;
			if (!hm_envelope_read(exact, sizeof(good) - 1, &e))
				assert_int_equal(!hm_envelope_write(&e, out, sizeof(out)), !(e.faults & HM_ENVELOPE_VALUE));
			(void)hm_envelope_read(exact, at, &e);
			free(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings),
		cmocka_unit_test(whose),
		cmocka_unit_test(brackets),
		cmocka_unit_test(names),
		cmocka_unit_test(lengths),
		cmocka_unit_test(several),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
