// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * "+AIDC data" behind an EPC of a "+" scheme (TDS 2.3, 15.3): every rule broken alone, which
 * elements are the EPC, other people's images, round trips of random elements.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc_plus.h"
#include "support/epc_spec.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

#define HEX_SIZE 160
#define TEXT_SIZE 512

#define ITEM	"(01)79521141123453(21)1"
#define BOX	"(00)095201234567891235"
#define PERSON	"(8018)952114112345678906"
#define DIGITS90 "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

/* an SGTIN+ with the toggle, filter 0, and serial "1": 80 bits */
#define HEAD	"F78" "79521141123453" "011"

static void refused_images(void **state)
{
	static const struct {
		const char *data;
		int rc;
	} t[] = {
		{ "17" "359F" "00", 0 },					/* 261231 */
		{ "", -HM_EMISSING_AI },					/* the toggle promises it */
		{ "0", -HM_EMISSING_AI },
		{ "000" "0000000000000000", -HM_EMISSING_AI },			/* 76 bits: no SSCC has room */
		{ "00" "095201234567891235" "0", 0 },				/* an SSCC: 80 bits */
		{ "00" "095201234567891236", -HM_EBAD_CHECK_DIGIT },
		{ "00" "09520123456789123", -HM_ERESERVED_NONZERO },		/* 76 bits that are no SSCC, nor padding */
		{ "17" "359F" "001", -HM_ERESERVED_NONZERO },
		{ "17" "359F" "1", -HM_ERESERVED_NONZERO },			/* fewer than 8 bits */
		{ "7007" "1ACF8" "0", 0 },
		{ "7007" "1ACF8" "1", -HM_ERESERVED_NONZERO },			/* 7 bits, which begin no header */
		{ "00" "0000000000000000" "1", -HM_ERESERVED_NONZERO },		/* the last of 76 */
		{ "17" "359F" "00" "0000", 0 },				/* more than a word, but zero */
		{ "A0" "359F" "00", -HM_EUNKNOWN_HEADER },
		{ "1A" "359F" "00", -HM_EUNKNOWN_HEADER },
		{ "FF" "359F" "00", -HM_EUNKNOWN_HEADER },
		{ "14" "359F" "00", -HM_EUNKNOWN_AI },			/* none begins so */
		{ "03" "79521141123453" "00", -HM_EUNKNOWN_AI },		/* in no tag */
		{ "24A" "0103" "000", -HM_EUNKNOWN_AI },
		{ "249" "0103" "000", -HM_EUNKNOWN_AI },
		{ "8014" "0103" "000", -HM_EUNKNOWN_AI },
		{ "717" "20C20000", -HM_EUNKNOWN_AI }, { "8040" "1BDCE4CAFAD24E00", -HM_EUNKNOWN_AI },
		{ "3956" "00000", -HM_EUNKNOWN_AI },
		{ "3" "1", -HM_EBAD_LENGTH },					/* an AI of four digits that ends here */
		{ "17" "359", -HM_EBAD_LENGTH },
		{ "17" "35BF" "000", -HM_EBAD_DATE },				/* month 13 */
		{ "17" "C99F" "000", -HM_EBAD_DATE },				/* year 100 */
		{ "10" "00", -HM_EEMPTY },
		{ "10" "15" "000000000000000000", -HM_ETOO_LONG },		/* 21 digits */
		{ "10" "C1" "00", -HM_EBAD_CHAR },				/* coding 6 */
		{ "10" "01" "A", -HM_EOVERFLOW },				/* a digit of ten */
		{ "10" "81" "46", -HM_EBAD_CHAR },				/* # */
		{ "20" "C8", -HM_EOVERFLOW },					/* 100 in two digits */
		{ "30" "00", -HM_EEMPTY },
		{ "30" "9" "00000000", -HM_ETOO_LONG },
		{ "410" "952114112345A", -HM_ENOT_NUMERIC },
		{ "410" "9521141123455", -HM_EBAD_CHECK_DIGIT },
		{ "4307" "680", -HM_EBAD_CHAR },				/* place 26 is no capital */
		{ "4307" "1BF", -HM_EBAD_CHAR },				/* B, place 63 */
		{ "91" "0A3" "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", -HM_EOVERFLOW },	/* 40 digits */
		{ "7023" "9521D", -HM_EBAD_CHAR },
		{ "7023" "9521", -HM_ENO_TERMINATOR },
		{ "7007" "9ACF8", -HM_EBAD_LENGTH },				/* two dates, and there is one */
		{ "8008" "CD67C", -HM_ETOO_SHORT },				/* a date without its hour */
		{ "21" "011", -HM_EDUPLICATE_AI },
		{ "01" "79521141123453", -HM_EDUPLICATE_AI },
		{ "17" "359F" "17" "359F", -HM_EDUPLICATE_AI },
		{ "37" "11", -HM_ECONFLICTING_AI },				/* beside a GTIN */
		{ "12" "359F" "00", -HM_EMISSING_AI },			/* a due date needs what is due */
		{ "8018" "952114112345678906" "7258" "13", -HM_EMISSING_AI },
		{ "8018" "952114112345678906" "7258" "13" "7259" "00A0", 0 },
		{ "8018" "952114112345678906" "7258" "03" "7259" "00A0", -HM_EBAD_CHAR },
		{ "8018" "952114112345678906" "7258" "1A" "7259" "00A0", -HM_ENOT_NUMERIC },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .filter = 77 };
		char hex[HEX_SIZE];
		int rc;

		snprintf(hex, sizeof(hex), HEAD "%s", t[i].data);
		rc = hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL);
		if (rc != t[i].rc)
			fail_msg("%s: %s, not %s", t[i].data, hm_error_name(rc), hm_error_name(t[i].rc));
		assert_int_equal(h.filter, rc ? 77 : 0);
	}
}

/* Which element it is, where it begins and what is wrong with it; and the EPC is there all the same. */
static void named(void **state)
{
	static const struct {
		const char *hex, *why, *alone;
	} t[] = {
		{ HEAD "14" "359F" "00", "(14) at bit 80: an application identifier that is not known", ITEM },
		{ HEAD "17" "359F" "10" "C1" "00", "(10) at bit 104: a character that is not allowed here", ITEM },
		{ HEAD "17" "35BF" "000", "(17) at bit 80: not a date", ITEM },
		{ HEAD "7007" "9ACF8", "(7007) at bit 80: the memory ends in it, or its length is none of those allowed", ITEM },
		{ HEAD "24A" "0103" "000", "(24A) at bit 80: an application identifier that is not known", ITEM },
		{ HEAD "A0" "359F" "00", "A... at bit 80: a header that is no AI's, kept for later releases", ITEM },
		{ HEAD "17" "359F" "001", "the bits from 104 on are too few for an element, and not zero", ITEM },
		{ HEAD, "the toggle says that elements follow, and at bit 80 there is none", ITEM },
		{ HEAD "21" "011", "with the elements from bit 80 on: (21) twice", ITEM },
		{ HEAD "37" "11", "with the elements from bit 80 on: (01) and (37) exclude each other", ITEM },
		/* of the EPC itself: nothing is left of it */
		{ "F78" "79521141123454" "011", "(01) at bit 12: the check digit does not fit", NULL },
		{ "F78" "79521141123453" "C11", "(21) at bit 68: a character that is not allowed here", NULL },
		{ "FD8" "79521141123453" "011" "00", "the hostname, at bit 80: nothing where something is needed", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .filter = 77 };
		struct hm_err err = { "" };
		char text[TEXT_SIZE];
		int rc = hm_epc_plus_decode(t[i].hex, strlen(t[i].hex), &h, &e, &err), apart, data = 77;

		assert_true(rc && h.filter == 77);
		assert_string_equal(err.text, t[i].why);
		/* one reading tells both */
		err.text[0] = '\0';
		apart = hm_epc_plus_decode_apart(t[i].hex, strlen(t[i].hex), &h, &e, &data, &err);
		assert_int_equal(!apart, t[i].alone != NULL);
		assert_int_equal(apart ? apart : data, rc);
		assert_string_equal(err.text, t[i].why);
		if (apart) {
			assert_true(h.filter == 77 && data == 77);
			continue;
		}
		assert_int_equal(hm_gs1_bracketed(&e, text, sizeof(text)), 0);
		assert_string_equal(text, t[i].alone);
		assert_true(h.data_follows && h.bits == 80 && h.own == 2 && h.filter == 0);
	}
}

static void refused_elements(void **state)
{
	static const struct {
		const char *want, *elements;
		int rc;
		const char *why;
	} t[] = {
		{ NULL, ITEM "(10)A", 0, "" },
		{ NULL, ITEM "(8014)1987654Ad4X4bL5ttr2310c2K", -HM_ECONFLICTING_AI, "(8014): no tag may carry it" },
		{ NULL, ITEM "(30)1(3954)000001", -HM_ECONFLICTING_AI, "(3954): no tag may carry it" },
		{ NULL, ITEM "(717)A", -HM_ECONFLICTING_AI, "(717): no tag may carry it" },
		{ NULL, ITEM "(8040)490154203237518", -HM_ECONFLICTING_AI, "(8040): no tag may carry it" },
		{ NULL, ITEM "(37)1", -HM_ECONFLICTING_AI, "(01) and (37) exclude each other" },
		{ NULL, ITEM "(12)261231", -HM_EMISSING_AI, "(12) needs one of 8020" },
		{ NULL, ITEM "(10)A(10)A", -HM_EDUPLICATE_AI, "(10) twice" },
		{ NULL, ITEM "(21)1", -HM_EDUPLICATE_AI, "(21) twice" },
		{ NULL, ITEM "(253)9521141987650", -HM_EMISSING_AI, "(253): in a tag it has its serial" },
		{ NULL, ITEM "(8003)09521141123454", -HM_EMISSING_AI, "(8003): in a tag it has its serial" },
		{ NULL, BOX "(415)9521141123454(8020)A(8007)GB29NWBK60161331926819", 0, "" },
		{ NULL, BOX "(415)9521141123454(8020)A(8007)MT84MALT011000012345MTLCAST001S", -HM_ETOO_LONG,
		  "(8007): longer than its field" },
		{ NULL, ITEM "(91)" DIGITS90 "(92)" DIGITS90, -HM_ETOO_LONG,
		  "714 bits, with all that follows the EPC, and a tag's 31 words hold 496" },
		{ "sgtin+", BOX "(10)A", -HM_EMISSING_AI, "(01), which sgtin+ has" },
		{ "sgtin++", ITEM, -HM_EUNKNOWN_SCHEME, "no sgtin++ without a hostname" },
		{ "sgtin-96", ITEM, -HM_EUNKNOWN_SCHEME, "no sgtin-96 without a hostname" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .want = t[i].want, .bits = 77 };
		struct hm_err err = { "" };
		char hex[HEX_SIZE] = "old";
		int rc = hm_gs1_parse(t[i].elements, strlen(t[i].elements), &e, &err);

		assert_int_equal(rc, 0);
		rc = hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err);
		if (rc != t[i].rc || strcmp(err.text, t[i].why))
			fail_msg("%s: %s (%s), not %s", t[i].elements, hm_error_name(rc), err.text, hm_error_name(t[i].rc));
		assert_true(!rc || (!strcmp(hex, "old") && h.bits == 77));
	}
}

/*
 * What the tests of another decoder expect (a resolver's, of compressed links), packed with
 * the plain choices of 14.5.6, digits, base64 or ASCII, which are not the fewest bits.
 */
static void foreign_images(void **state)
{
	static const struct {
		const char *hex, *link;
	} t[] = {
		{ "F7B09506000134352624B510660010B5DB717359F000", "/10/ABC123/21/S1?17=261231" },
		{ "F7B09506000134352624B510622F52262575", "/22/V1/10/L1/21/S1" },
		{ "F7B09506000134352624B5108382BE10", "/10/A%2FB/21/S1" },
		{ "F7B09506000134352624B51005003D80", "/10/00123/21/S1" },
		{ "F7B09506000134352624B580084D0BDCF000", "/21/S1?8008=2601151430" },
		{ "F7B09506000134352624B570079A109A1F80", "/21/S1?7007=260101260131" },
		{ "F7B09506000134352624B53103004E20", "/21/S1?3103=001250" },
		{ "FBB2362109506000134352624B510622FD00", "/10/L9/21/S1?15=270101" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h;
		char link[TEXT_SIZE], want[TEXT_SIZE];

		assert_int_equal(hm_epc_plus_decode(t[i].hex, strlen(t[i].hex), &h, &e, NULL), 0);
		assert_int_equal(hm_gs1_link(&e, NULL, link, sizeof(link)), 0);
		snprintf(want, sizeof(want), "https://id.gs1.org/01/09506000134352%s", t[i].link);
		assert_string_equal(link, want);
		assert_null(wrong_plus(t[i].hex, strlen(t[i].hex)));
	}
}

/* Which of the elements are the EPC. */
static void chosen(void **state)
{
	static const struct {
		const char *elements, *want, *scheme, *back;
	} t[] = {
		{ ITEM "(17)261231", NULL, "dsgtin+", ITEM "(17)261231" },
		{ ITEM "(17)261231", "sgtin+", "sgtin+", ITEM "(17)261231" },
		{ "(10)A(17)261231" ITEM "(11)251231", NULL, "dsgtin+", ITEM "(17)261231(10)A(11)251231" },
		{ ITEM "(11)251231(17)261231", NULL, "dsgtin+", ITEM "(11)251231(17)261231" },
		{ ITEM "(7007)220630220701", NULL, "sgtin+", ITEM "(7007)220630220701" },
		{ BOX ITEM, NULL, "sgtin+", ITEM BOX },
		{ BOX ITEM, "sscc+", "sscc+", BOX ITEM },
		{ PERSON "(8004)95211415678", NULL, "gsrn+", PERSON "(8004)95211415678" },
		{ "(8004)95211415678" PERSON, NULL, "giai+", "(8004)95211415678" PERSON },
		{ "(8010)95211415(414)9521141123454(254)7(8011)1", NULL, "cpi+", "(8010)95211415(8011)1(414)9521141123454(254)7" },
		{ "(414)9521141123454(254)0(90)A", NULL, "sgln+", "(414)9521141123454(90)A" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		static struct hm_elements e;
		struct hm_epc_plus h = { .want = t[i].want };
		char hex[HEX_SIZE], out[TEXT_SIZE];

		assert_int_equal(hm_gs1_parse(t[i].elements, strlen(t[i].elements), &e, NULL), 0);
		assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL), 0);
		assert_string_equal(h.scheme, t[i].scheme);
		assert_int_equal(hm_epc_plus_decode(hex, strlen(hex), &h, &e, NULL), 0);
		assert_string_equal(h.scheme, t[i].scheme);
		assert_int_equal(hm_gs1_bracketed(&e, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].back);
	}
}

/* Up to all of the 31 words, and more. */
static void full(void **state)
{
	static struct hm_elements e;
	bool all_words = false;

	(void)state;
	for (int digits = 1; digits <= 30; digits++) {
		struct hm_epc_plus h = { .filter = 0 };
		char text[TEXT_SIZE], hex[HEX_SIZE];
		/* the EPC; 91; 90 */
		int bits = 80 + 18 + 299 + 16 + spec_number_bits[digits];

		snprintf(text, sizeof(text), ITEM "(91)" DIGITS90 "(90)%.*s", digits, DIGITS90);
		assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
		assert_int_equal(hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL), bits <= 496 ? 0 : -HM_ETOO_LONG);
		assert_true(bits > 496 || strlen(hex) == (size_t)(bits + 15) / 16 * 4);
		all_words = all_words || (bits <= 496 && strlen(hex) == 124);
	}
	assert_true(all_words);
}

/* --- random elements --- */

static const char set82[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/* What a "+" scheme's item may carry beside it, of random values: by the bits of @r. */
static size_t random_data(struct rnd *r, char *out, size_t size)
{
	static const char *const dates[] = { "11", "13", "15", "16", "17", "7006" };
	static const struct {
		const char *ai;
		int min, max;
		bool text;
	} t[] = {
		{ "10", 1, 20, true }, { "20", 2, 2, false }, { "22", 1, 20, true }, { "30", 1, 8, false }, { "3103", 6, 6, false },
		{ "240", 1, 30, true }, { "242", 1, 6, false }, { "400", 1, 30, true }, { "710", 1, 20, true },
		{ "8005", 6, 6, false }, { "90", 1, 30, true }, { "91", 1, 90, true }, { "99", 1, 90, false },
		{ "7008", 1, 3, true }, { "427", 0, 0, false },
	};
	size_t n = 0;

	*out = '\0';
	if (rnd_below(r, 2))
		n += (size_t)snprintf(out + n, size - n, "(%s)%02d%02d%02d", dates[rnd_below(r, 6)], (int)rnd_below(r, 100),
				      1 + (int)rnd_below(r, 12), 1 + (int)rnd_below(r, 28));
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t len = (size_t)t[i].min + rnd_below(r, (uint64_t)(t[i].max - t[i].min + 1));

		if (rnd_below(r, 5) || !t[i].max)
			continue;
		n += (size_t)snprintf(out + n, size - n, "(%s)", t[i].ai);
		for (size_t k = 0; k < len; k++) {
			char c = t[i].text ? set82[rnd_below(r, rnd_below(r, 4) ? 82 : 26)] : (char)('0' + rnd_below(r, 10));

			if (c == '(')
				out[n++] = '\\';
			out[n++] = c;
		}
		out[n] = '\0';
	}
	return n;
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("data behind an EPC");
	static const char *const schemes[] = { NULL, "sgtin+", "sgtin++" };
	static struct hm_elements e, back;
	uint64_t cases = rnd_cases(200000), done = 0, read = 0;

	(void)state;
	for (r.n = 0; r.n < cases; r.n++) {
		struct hm_epc_plus h = { .filter = (unsigned int)rnd_below(&r, 8), .want = schemes[r.n % 3] }, g;
		char data[1024], text[1100], hex[HEX_SIZE], again[HEX_SIZE], a[TEXT_SIZE], b[TEXT_SIZE];
		int rc;

		if (r.n % 3 == 2)
			strcpy(h.host, "example.com");
		(void)random_data(&r, data, sizeof(data));
		snprintf(text, sizeof(text), ITEM "%s", data);
		rnd_assert(&r, !hm_gs1_parse(text, strlen(text), &e, NULL));
		rc = hm_epc_plus_encode(&e, &h, hex, sizeof(hex), NULL);
		rnd_assert(&r, !rc || rc == -HM_ETOO_LONG);
		if (rc)
			continue;
		done++;
		rnd_assert(&r, !hm_epc_plus_decode(hex, strlen(hex), &g, &back, NULL));
		rnd_assert(&r, wrong_same(&e, &back) && h.own == g.own && h.bits == g.bits && h.filter == g.filter);
		rnd_assert(&r, !strcmp(h.scheme, g.scheme) && h.data_follows == g.data_follows && h.data_follows == (h.own < e.n));
		g.want = g.scheme;
		rnd_assert(&r, !hm_epc_plus_encode(&back, &g, again, sizeof(again), NULL) && !strcmp(hex, again));
		rnd_assert(&r, !hm_gs1_bracketed(&e, a, sizeof(a)) && !hm_gs1_bracketed(&back, b, sizeof(b)) && !strcmp(a, b));
		/* one digit of it changed: refused, or some other elements that survive */
		hex[rnd_below(&r, strlen(hex))] = "0123456789ABCDEF"[rnd_below(&r, 16)];
		shrink_check(&r, hex, strlen(hex), wrong_plus);
		read += !hm_epc_plus_decode(hex, strlen(hex), &g, &back, NULL);
	}
	assert_true(done > cases / 2 && read > done / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_images),
		cmocka_unit_test(named),
		cmocka_unit_test(refused_elements),
		cmocka_unit_test(foreign_images),
		cmocka_unit_test(chosen),
		cmocka_unit_test(full),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
