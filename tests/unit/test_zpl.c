// SPDX-License-Identifier: LGPL-2.1-or-later
/* The ZPL reader: streams cut anywhere, one label's meaning, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "label/zpl.h"

static const char label_text[] =
	"^XA\r\n^CI28^PW640^LL320^LH10,20\r\n"
	"^RS8,,,1,E^FS\r\n"
	"^RFW,H,2,12,1^FD3034257BF461D8BBDC2C0001^FS\r\n"
	"^RFR,H,0,12,2^FN2^FS\r\n"
	"^FH_^HV2,24,TID[,]_0D_0A,L^FS\r\n"
	"^FO30,40^BXN,6,200,,,,_^FD_10104012345678901_121A^FS\r\n"
	"^FO200,40^BQN,2,4^FDMA,https://example.test/01/1^FS\r\n"
	"^FO30,200^A0N,28,20^FH^FDcaf_c3_a9 _5e_7e^FS\r\n"
	"^FT30,260^FR^FDplain^FS\r\n"
	"^FO0,0^GB600,300,3^FS\r\n"
	"^FO30,280^A0N,20^FN2^FS\r\n"
	"^MMT^PQ2\r\n^XZ";

static void reads_a_label(void **state)
{
	struct hm_zpl_label *l = NULL;

	(void)state;
	assert_int_equal(hm_zpl_read(label_text, strlen(label_text), &l), 0);
	assert_int_equal(l->width, 640);
	assert_int_equal(l->height, 320);
	assert_int_equal(l->quantity, 2);
	assert_true(l->utf8 && l->has_rs);
	assert_int_equal(l->rfid_tries, 1);
	assert_int_equal(l->rfid_error, 'E');
	assert_int_equal(l->unknown, 1);	/* ^MM */

	assert_int_equal(l->n_rfid, 2);
	assert_int_equal(l->rfid[0].op, HM_ZPL_RFID_WRITE);
	assert_int_equal(l->rfid[0].block, 2);
	assert_int_equal(l->rfid[0].bytes, 12);
	assert_int_equal(l->rfid[0].bank, '1');
	assert_string_equal(l->rfid[0].data, "3034257BF461D8BBDC2C0001");
	assert_int_equal(l->rfid[1].op, HM_ZPL_RFID_READ);
	assert_int_equal(l->rfid[1].bank, '2');
	assert_int_equal(l->rfid[1].fn, 2);

	assert_int_equal(l->n_verify, 1);
	assert_int_equal(l->verify[0].fn, 2);
	assert_int_equal(l->verify[0].bytes, 24);
	assert_string_equal(l->verify[0].header, "TID[");
	assert_string_equal(l->verify[0].trailer, "]\r\n");
	assert_true(l->verify[0].per_label);

	assert_int_equal(l->n_fields, 6);
	assert_int_equal(l->fields[0].kind, HM_ZPL_DATAMATRIX);
	assert_int_equal(l->fields[0].x, 40);
	assert_int_equal(l->fields[0].y, 60);
	assert_int_equal(l->fields[0].module, 6);
	assert_int_equal(l->fields[0].escape, '_');
	assert_string_equal(l->fields[0].data, "_10104012345678901_121A");
	assert_int_equal(l->fields[1].kind, HM_ZPL_QR);
	assert_int_equal(l->fields[1].module, 4);
	assert_string_equal(l->fields[2].data, "caf\xc3\xa9 ^~");
	assert_int_equal(l->fields[2].height, 28);
	assert_int_equal(l->fields[2].width, 20);
	assert_true(l->fields[3].baseline && l->fields[3].reverse);
	assert_int_equal(l->fields[4].kind, HM_ZPL_BOX);
	assert_int_equal(l->fields[4].thickness, 3);
	assert_int_equal(l->fields[5].fn, 2);
	assert_int_equal(hm_zpl_label_bind(l, 2, "E280"), 0);
	assert_string_equal(l->fields[5].data, "E280");
	hm_zpl_label_free(l);
}

static void reads_rfid_forms(void **state)
{
	static const char text[] = "^XA^RFS,H,P^FD11223344^FS^RFW,H,P^FDAABBCCDD,01020304^FS"
				   "^RFW,H^FD30^FS^RLM,L,P,,U^FS^RFW,A,0,4,3^FDabcd^FS^XZ";
	struct hm_zpl_label *l = NULL;

	(void)state;
	assert_int_equal(hm_zpl_read(text, strlen(text), &l), 0);
	assert_int_equal(l->n_rfid, 5);
	assert_int_equal(l->rfid[0].op, HM_ZPL_RFID_PASSWORD);
	assert_string_equal(l->rfid[0].data, "11223344");
	assert_true(l->rfid[1].passwords);
	assert_string_equal(l->rfid[1].data, "AABBCCDD,01020304");
	assert_int_equal(l->rfid[2].bank, 'E');
	assert_int_equal(l->rfid[3].op, HM_ZPL_RFID_LOCK);
	assert_memory_equal(l->rfid[3].locks, "LP\0U", 4);
	assert_int_equal(l->rfid[4].format, 'A');
	assert_int_equal(l->rfid_tries, 3);
	assert_int_equal(l->rfid_error, 'N');
	hm_zpl_label_free(l);
}

/* What a command means of which little or nothing is said, and the edges of what is. */
static void reads_defaults(void **state)
{
	static const char text[] =
		"^XA^FO1,2^GB^FS^FO1,2^GB5,1,3,W^FS^FO1,2^GB32000,32000,32000^FS^FO1,2^GB1,32001,2^FS"
		"^FO0,0^BQN,2^FDMA,x^FS^FO0,0^BQN,2,100,L^FDMA,x^FS^FO0,0^BX^FDx^FS"
		"^FO1,1^FN0^FS^FO0,0^FH^FD_40_0f_F0^FS^XZ";
	static const struct {
		enum hm_zpl_kind kind;
		int width, height, thickness, module;
		char ecc, escape;
		bool white;
	} want[] = {
		{ HM_ZPL_BOX, 1, 1, 1, 0, 0, 0, false }, { HM_ZPL_BOX, 5, 3, 3, 0, 0, 0, true },
		{ HM_ZPL_BOX, 32000, 32000, 32000, 0, 0, 0, false }, { HM_ZPL_BOX, 2, 32000, 2, 0, 0, 0, false },
		{ HM_ZPL_QR, 0, 0, 0, 2, 'Q', 0, false }, { HM_ZPL_QR, 0, 0, 0, 100, 'L', 0, false },
		{ HM_ZPL_DATAMATRIX, 0, 0, 0, 4, 0, '~', false },
	};
	struct hm_zpl_label *l = NULL;

	(void)state;
	assert_int_equal(hm_zpl_read(text, strlen(text), &l), 0);
	assert_false(l->utf8);
	assert_false(l->has_rs);
	assert_int_equal(l->quantity, 1);
	assert_int_equal(l->n_fields, 9);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct hm_zpl_field *f = &l->fields[i];

		if (f->kind != want[i].kind || f->white != want[i].white)
			fail_msg("field %zu: kind %d, white %d", i, f->kind, f->white);
		if (f->kind == HM_ZPL_BOX && (f->width != want[i].width || f->height != want[i].height || f->thickness != want[i].thickness))
			fail_msg("field %zu: %d x %d, %d", i, f->width, f->height, f->thickness);
		if (f->kind != HM_ZPL_BOX)
			assert_int_equal(f->module, want[i].module);
		if (f->kind == HM_ZPL_QR)
			assert_int_equal(f->ecc, want[i].ecc);
		if (f->kind == HM_ZPL_DATAMATRIX)
			assert_int_equal(f->escape, want[i].escape);
	}
	assert_int_equal(l->fields[7].fn, 0);
	/* a digit 0 is a digit, in either place */
	assert_string_equal(l->fields[8].data, "@\x0f\xf0");
	hm_zpl_label_free(l);
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"", "^XA", "^XZ", "hello", "^XA^FDx^FS", "^XA^FDa^FDb^FS^XZ", "^XA^RFQ,H^FS^XZ", "^XA^RLB,1^FS^XZ",
	};
	static const char *const cut[] = {
		"^XA^FH_^FD_4^FS^XZ", "^XA^FH_^FDx_^FS^XZ", "^XA^FH^FD_G1^FS^XZ", "^XA^FH^FD_1G^FS^XZ", "^XA^FH!^FD!5^FS^XZ",
		"^XA^BXN,5,200^FH_^FD_5Bx_4^FS^XZ", "^XA^RFW,A^FH_^FD_3^FS^XZ", "^XA^FH_^FD_5\nE^FS^XZ",
		"^XA^FH_^HV1,9,_4,],L^FS^XZ", "^XA^FH_^HV1,9,[,_0G,L^FS^XZ",
	};
	static const char whole[] = "^XA^FH!^FD_4!ff^FS^FD_4^FS^XZ";
	struct hm_zpl_label *l = NULL;
	char nul[] = "^XA^FDa.b^FS^XZ";
	char *many;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hm_zpl_read(bad[i], strlen(bad[i]), &l), -EINVAL);
	for (i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		if (hm_zpl_read(cut[i], strlen(cut[i]), &l) != -HM_EBAD_ESCAPE)
			fail_msg("%s", cut[i]);
	assert_int_equal(hm_zpl_read(whole, strlen(whole), &l), 0);
	assert_string_equal(l->fields[0].data, "_4\xff");
	assert_string_equal(l->fields[1].data, "_4");
	hm_zpl_label_free(l);
	nul[7] = '\0';
	assert_int_equal(hm_zpl_read(nul, sizeof(nul) - 1, &l), -EINVAL);

	many = malloc(16 * (HM_ZPL_FIELDS_MAX + 2));
	assert_non_null(many);
	memcpy(many, "^XA", 3);
	n = 3;
	for (i = 0; i <= HM_ZPL_FIELDS_MAX; i++) {
		memcpy(many + n, "^FDx^FS", 7);
		n += 7;
	}
	memcpy(many + n, "^XZ", 3);
	assert_int_equal(hm_zpl_read(many, n + 3, &l), -E2BIG);
	assert_int_equal(hm_zpl_read(many + 7, n + 3 - 7, &l), -EINVAL);
	memcpy(many + 7, "^XA", 3);
	assert_int_equal(hm_zpl_read(many + 7, n + 3 - 7, &l), 0);
	hm_zpl_label_free(l);
	free(many);
	assert_null(hm_zpl_label_free(NULL));
}

/* Everything the stream reports, in order, as one string. */
static void events(const char *text, size_t len, size_t step, char *out, size_t room)
{
	struct hm_zpl_stream *s = NULL;
	size_t at = 0;

	assert_int_equal(hm_zpl_stream_new(&s), 0);
	out[0] = '\0';
	while (at < len) {
		size_t left = len - at < step ? len - at : step;

		while (left > 0) {
			size_t used = 0, n;
			enum hm_zpl_event e = hm_zpl_stream_feed(s, text + at, left, &used);
			const char *t;

			assert_in_range(used, 1, left);
			at += used;
			left -= used;
			if (e == HM_ZPL_MORE)
				continue;
			t = hm_zpl_stream_text(s, &n);
			assert_true(strlen(out) + n + 4 < room);
			strcat(out, e == HM_ZPL_LABEL ? "L:" : e == HM_ZPL_IMMEDIATE ? "I:" : "D:");
			if (e != HM_ZPL_DROPPED)
				strncat(out, t, n);
			strcat(out, ";");
		}
	}
	strcat(out, hm_zpl_stream_partial(s) ? "+" : ".");
	hm_zpl_stream_free(s);
}

static void cuts_the_stream(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "^XA^FDa^FS^XZ", "L:^XA^FDa^FS^XZ;." },
		{ "~HS", "I:~HS;." },
		{ "~hs\r\n~HQES~JA", "I:~HS;I:~HQES;I:~JA;." },
		{ "noise^XA^XZ\r\n^XA1^XZ", "L:^XA^XZ;L:^XA1^XZ;." },
		{ "^XA^FDa~HSb^FS^XZ", "I:~HS;L:^XA^FDab^FS^XZ;." },
		{ "^XA~SD15^FDa^FS^XZ", "L:^XA~SD15^FDa^FS^XZ;." },
		{ "^XA^FDlost^XA^FDb^FS^XZ", "D:;L:^XA^FDb^FS^XZ;." },
		{ "^XA^FDa", "+" },
		{ "^X", "+" },
		{ "^xa^xz", "L:^xa^xz;." },
		{ "~H^XA^XZ", "L:^XA^XZ;." },
		{ "! U1 getvar \"odometer.rfid.valid_resettable\"\r\n~HS",
		  "I:! U1 getvar \"odometer.rfid.valid_resettable\";I:~HS;." },
		{ "^XA^FDwow!^FS^XZ", "L:^XA^FDwow!^FS^XZ;." },
		{ "~JA^XZ", "I:~JA;." },
	};
	char out[512];
	size_t i, step;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (step = 1; step <= strlen(cases[i].in); step++) {
			events(cases[i].in, strlen(cases[i].in), step, out, sizeof(out));
			assert_string_equal(out, cases[i].out);
		}
}

static void gives_up_an_endless_label(void **state)
{
	struct hm_zpl_stream *s = NULL;
	size_t i, used, n;
	enum hm_zpl_event e = HM_ZPL_MORE;
	char block[4096];

	(void)state;
	assert_int_equal(hm_zpl_stream_new(&s), 0);
	memset(block, 'x', sizeof(block));
	assert_int_equal(hm_zpl_stream_feed(s, "^XA", 3, &used), HM_ZPL_MORE);
	for (i = 0; i < HM_ZPL_LABEL_MAX / sizeof(block) && e == HM_ZPL_MORE; i++)
		e = hm_zpl_stream_feed(s, block, sizeof(block), &used);
	assert_int_equal(e, HM_ZPL_DROPPED);
	assert_false(hm_zpl_stream_partial(s));
	assert_int_equal(hm_zpl_stream_feed(s, "^XZ^XA1^XZ", 10, &used), HM_ZPL_LABEL);
	assert_string_equal(hm_zpl_stream_text(s, &n), "^XA1^XZ");
	assert_int_equal(hm_zpl_stream_feed(s, "^XA^FD", 6, &used), HM_ZPL_MORE);
	hm_zpl_stream_reset(s);
	assert_false(hm_zpl_stream_partial(s));
	hm_zpl_stream_free(s);
}

/* ^BX with the escape character @: what a scanner reads. */
static void datamatrix(void **state)
{
	static const struct {
		const char *data, *want;	/* want: NULL where it is refused */
		size_t room;
		bool gs1;
	} t[] = {
		{ "ab", "ab", 10, false }, { "@1ab@1c", "ab\x1d" "c", 10, true }, { "a@@b", "a@b", 10, false },
		{ "@d065@d255", "A\xff", 10, false }, { "@Aa", "\x01" "a", 10, false }, { "@_", "\x1f", 10, false },
		{ "abc", "abc", 4, false }, { "abcd", NULL, 4, false }, { "@1abc", "abc", 4, true }, { "", "", 1, false },
		{ "a@", NULL, 10, false }, { "@", NULL, 10, false }, { "@d06", NULL, 10, false }, { "@d256", NULL, 10, false },
		{ "@d0x1", NULL, 10, false }, { "@d-01", NULL, 10, false }, { "@a", NULL, 10, false }, { "@2", NULL, 10, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_zpl_field f = { .len = strlen(t[i].data), .escape = '@' };
		char data[16], out[10];
		size_t len = 77;
		bool gs1 = false;
		int rc;

		memcpy(data, t[i].data, f.len + 1);
		f.data = data;
		rc = hm_zpl_datamatrix_data(&f, out, t[i].room, &len, &gs1);
		if (rc != (t[i].want ? 0 : -EINVAL))
			fail_msg("row %zu: %d", i, rc);
		assert_int_equal(len, t[i].want ? strlen(t[i].want) : 77);
		if (!t[i].want)
			continue;
		assert_memory_equal(out, t[i].want, len + 1);
		assert_int_equal(gs1, t[i].gs1);
		/* without an escape character everything is itself */
		f.escape = 0;
		assert_int_equal(hm_zpl_datamatrix_data(&f, out, sizeof(out), &len, &gs1), f.len + 1 < sizeof(out) ? 0 : -EINVAL);
	}
}

/* ^BC without a mode: what a scanner reads, and how long the code is. */
static void code128(void **state)
{
	static const struct {
		const char *data, *want;	/* want: NULL where it is refused */
		bool gs1;
		unsigned int symbols;		/* between start and check */
	} t[] = {
		{ "LOT-7A", "LOT-7A", false, 6 }, { ">:LOT", "LOT", false, 3 }, { ">9LOT", "LOT", false, 3 },
		{ ">;1234", "1234", false, 2 }, { ">;>801095", NULL, false, 0 },
		{ ">;>80109", "0109", true, 3 }, { ">:>810A>821B", "10A\x1d" "21B", true, 8 },
		{ ">;>8010910>6A-1", "010910A-1", true, 8 }, { ">:A>0B", "A>B", false, 3 }, { ">:A><>=", "A^~", false, 3 },
		{ ">:A>8", "A\x1d", false, 2 }, { ">:>8", "", true, 1 }, { ">:>8>8", "\x1d", true, 2 }, { "", "", false, 0 }, { ">", NULL, false, 0 },
		{ ">:A>", NULL, false, 0 }, { ">:A>;12", NULL, false, 0 }, { ">:>x", NULL, false, 0 },
		{ ">512", NULL, false, 0 }, { ">;123", NULL, false, 0 }, { ">;1A", NULL, false, 0 },
		{ ">;1>63", NULL, false, 0 }, { ">;1>62>53", NULL, false, 0 }, { ">;12>634", "1234", false, 4 }, { ">:A>512", "A12", false, 3 },
		{ ">:A>7B>6C", "ABC", false, 5 }, { ">:12345678", NULL, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_zpl_code128 code = { .len = 77 };
		struct hm_zpl_field f = { .len = strlen(t[i].data) };
		bool refused = !t[i].want;
		char data[16], out[10];
		int rc;

		memcpy(data, t[i].data, f.len + 1);
		f.data = data;
		/* the last of the table is one character more than there is room for */
		rc = hm_zpl_code128_data(&f, out, i + 1 == sizeof(t) / sizeof(t[0]) ? 8 : sizeof(out), &code);
		if (rc != (refused ? -EINVAL : 0))
			fail_msg("row %zu: %d", i, rc);
		if (refused) {
			assert_int_equal(code.len, 77);
			continue;
		}
		assert_string_equal(out, t[i].want);
		assert_int_equal(code.len, strlen(t[i].want));
		assert_int_equal(code.gs1, t[i].gs1);
		assert_int_equal(code.modules, 11 * (t[i].symbols + 2) + 13);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_label),
		cmocka_unit_test(reads_rfid_forms),
		cmocka_unit_test(reads_defaults),
		cmocka_unit_test(refuses),
		cmocka_unit_test(cuts_the_stream),
		cmocka_unit_test(gives_up_an_endless_label),
		cmocka_unit_test(datamatrix),
		cmocka_unit_test(code128),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
