// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * "+AIDC data" behind an EPC of a "+" scheme: TDS 2.3, 15.3. Table F is typed here a second
 * time, and packed by support/epc_spec.h, so that the codec does not judge itself.
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
#include "gs1/plus_value.h"
#include "support/epc_spec.h"

#define HEX_SIZE 160
#define TEXT_SIZE 512

/*
 * Table F: AIs from first to last whose last digit is at most @digit; columns d, e of what is
 * fixed, g, h (or n, o) of what is not.
 */
static const struct spec_ai {
	const char *first, *last;
	char digit, how[3];
	int chars, bits, length_bits, max;
} table[] = {
	{ "00", "00", '9', "d", 18, 72, 0, 0 }, { "01", "02", '9', "d", 14, 56, 0, 0 }, { "10", "10", '9', "t", 0, 0, 5, 20 },
	{ "11", "13", '9', "D", 6, 16, 0, 0 }, { "15", "17", '9', "D", 6, 16, 0, 0 }, { "20", "20", '9', "f", 2, 7, 0, 0 },
	{ "21", "22", '9', "t", 0, 0, 5, 20 }, { "235", "235", '9', "t", 0, 0, 5, 28 }, { "240", "241", '9', "t", 0, 0, 5, 30 },
	{ "242", "242", '9', "n", 0, 0, 3, 6 }, { "243", "243", '9', "t", 0, 0, 5, 20 }, { "250", "251", '9', "t", 0, 0, 5, 30 },
	{ "253", "253", '9', "dt", 13, 52, 5, 17 }, { "254", "254", '9', "t", 0, 0, 5, 20 },
	{ "255", "255", '9', "dn", 13, 52, 4, 12 }, { "30", "30", '9', "n", 0, 0, 4, 8 },
	{ "3100", "3165", '5', "f", 6, 20, 0, 0 }, { "3200", "3295", '5', "f", 6, 20, 0, 0 },
	{ "3300", "3375", '5', "f", 6, 20, 0, 0 }, { "3400", "3495", '5', "f", 6, 20, 0, 0 },
	{ "3500", "3575", '5', "f", 6, 20, 0, 0 }, { "3600", "3695", '5', "f", 6, 20, 0, 0 },
	{ "37", "37", '9', "n", 0, 0, 4, 8 }, { "3900", "3909", '9', "n", 0, 0, 4, 15 },
	{ "3910", "3919", '9', "fn", 3, 10, 4, 15 }, { "3920", "3929", '9', "n", 0, 0, 4, 15 },
	{ "3930", "3939", '9', "fn", 3, 10, 4, 15 }, { "3940", "3943", '9', "f", 4, 14, 0, 0 },
	{ "3950", "3953", '9', "f", 6, 20, 0, 0 }, { "400", "401", '9', "t", 0, 0, 5, 30 },
	{ "402", "402", '9', "f", 17, 57, 0, 0 }, { "403", "403", '9', "t", 0, 0, 5, 30 },
	{ "410", "417", '9', "d", 13, 52, 0, 0 }, { "420", "420", '9', "t", 0, 0, 5, 20 },
	{ "421", "421", '9', "ft", 3, 10, 4, 9 }, { "422", "422", '9', "f", 3, 10, 0, 0 },
	{ "423", "423", '9', "n", 0, 0, 4, 15 }, { "424", "424", '9', "f", 3, 10, 0, 0 },
	{ "425", "425", '9', "n", 0, 0, 4, 15 }, { "426", "426", '9', "f", 3, 10, 0, 0 }, { "427", "427", '9', "t", 0, 0, 2, 3 },
	{ "4300", "4301", '9', "t", 0, 0, 6, 35 }, { "4302", "4306", '9', "t", 0, 0, 7, 70 },
	{ "4307", "4307", '9', "C", 2, 12, 0, 0 }, { "4308", "4308", '9', "t", 0, 0, 5, 30 },
	{ "4309", "4309", '9', "f", 20, 67, 0, 0 }, { "4310", "4311", '9', "t", 0, 0, 6, 35 },
	{ "4312", "4316", '9', "t", 0, 0, 7, 70 }, { "4317", "4317", '9', "C", 2, 12, 0, 0 },
	{ "4318", "4318", '9', "t", 0, 0, 5, 20 }, { "4319", "4319", '9', "t", 0, 0, 5, 30 },
	{ "4320", "4320", '9', "t", 0, 0, 6, 35 }, { "4321", "4323", '9', "B", 1, 1, 0, 0 },
	{ "4324", "4325", '9', "D", 10, 27, 0, 0 }, { "4326", "4326", '9', "D", 6, 16, 0, 0 },
	{ "4330", "4333", '9', "f-", 6, 20, 0, 1 }, { "7001", "7001", '9', "f", 13, 44, 0, 0 },
	{ "7002", "7002", '9', "t", 0, 0, 5, 30 }, { "7003", "7003", '9', "D", 10, 27, 0, 0 },
	{ "7004", "7004", '9', "n", 0, 0, 3, 4 }, { "7005", "7005", '9', "t", 0, 0, 4, 12 },
	{ "7006", "7006", '9', "D", 6, 16, 0, 0 }, { "7007", "7007", '9', "R", 0, 0, 0, 12 },
	{ "7008", "7008", '9', "t", 0, 0, 2, 3 }, { "7009", "7009", '9', "t", 0, 0, 4, 10 },
	{ "7010", "7010", '9', "t", 0, 0, 2, 2 }, { "7011", "7011", '9', "P", 0, 0, 0, 10 },
	{ "7020", "7022", '9', "t", 0, 0, 5, 20 }, { "7023", "7023", '9', "x", 0, 0, 5, 30 },
	{ "7030", "7039", '9', "ft", 3, 10, 5, 27 }, { "7040", "7041", '9', "t", 0, 0, 3, 4 },
	{ "710", "716", '9', "t", 0, 0, 5, 20 }, { "7230", "7239", '9', "t", 0, 0, 5, 30 },
	{ "7240", "7240", '9', "t", 0, 0, 5, 20 }, { "7241", "7241", '9', "d", 2, 8, 0, 0 },
	{ "7242", "7242", '9', "t", 0, 0, 5, 25 }, { "7250", "7250", '9', "f", 8, 27, 0, 0 },
	{ "7251", "7251", '9', "f", 12, 40, 0, 0 }, { "7252", "7252", '9', "f", 1, 4, 0, 0 },
	/* of 7254 TDS 2.3 prints 30 characters, TDT 2.2 and the General Specifications have 40: as many bits */
	{ "7253", "7254", '9', "t", 0, 0, 6, 40 }, { "7255", "7255", '9', "t", 0, 0, 4, 10 },
	{ "7256", "7256", '9', "t", 0, 0, 7, 90 }, { "7257", "7257", '9', "t", 0, 0, 7, 70 },
	{ "7258", "7258", '9', "S", 3, 8, 0, 0 }, { "7259", "7259", '9', "t", 0, 0, 6, 40 },
	{ "8001", "8001", '9', "f", 14, 47, 0, 0 }, { "8002", "8002", '9', "t", 0, 0, 5, 20 },
	{ "8003", "8003", '9', "dt", 14, 56, 5, 16 }, { "8004", "8004", '9', "x", 0, 0, 5, 30 },
	{ "8005", "8005", '9', "f", 6, 20, 0, 0 }, { "8006", "8006", '9', "d", 18, 72, 0, 0 },
	{ "8007", "8007", '9', "t", 0, 0, 5, 24 }, { "8008", "8008", '9', "P", 0, 0, 0, 12 },
	{ "8009", "8009", '9', "t", 0, 0, 6, 50 }, { "8010", "8010", '9', "x", 0, 0, 5, 30 },
	{ "8011", "8011", '9', "n", 0, 0, 4, 12 }, { "8012", "8012", '9', "t", 0, 0, 5, 20 },
	{ "8013", "8013", '9', "t", 0, 0, 5, 25 }, { "8017", "8018", '9', "d", 18, 72, 0, 0 },
	{ "8019", "8019", '9', "n", 0, 0, 4, 10 }, { "8020", "8020", '9', "t", 0, 0, 5, 25 },
	{ "8026", "8026", '9', "d", 18, 72, 0, 0 }, { "8030", "8030", '9', "t", 0, 0, 7, 90 },
	{ "8110", "8110", '9', "t", 0, 0, 7, 70 }, { "8111", "8111", '9', "f", 4, 14, 0, 0 },
	{ "8112", "8112", '9', "t", 0, 0, 7, 70 }, { "8200", "8200", '9', "t", 0, 0, 7, 70 }, { "90", "90", '9', "t", 0, 0, 5, 30 },
	{ "91", "99", '9', "t", 0, 0, 7, 90 },
};
#define ROWS (sizeof(table) / sizeof(table[0]))
static bool used[ROWS];

static const struct spec_ai *spec_find(const char *ai)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct spec_ai *s = &table[i];

		if (strlen(s->first) == strlen(ai) && strcmp(ai, s->first) >= 0 && strcmp(ai, s->last) <= 0 &&
		    ai[strlen(ai) - 1] <= s->digit)
			return s;
	}
	return NULL;
}

/* Every AI that there is: a row of Table F, of the same lengths, or none on purpose. */
static void all_ais(void **state)
{
	static const char *const not_in_tags[] = { "03", "717", "8014", "8040", "8041", "8042", "8043", "3954", "3955" };
	static const char codes[] = "-dfntxDRPCB-S";
	static const int code_of[] = { CODE_MINUS, CODE_DIGITS, CODE_FIXED, CODE_NUMBER, CODE_TEXT, CODE_DELIMITED, CODE_DATE,
				       CODE_RANGE, CODE_PRECISION, CODE_COUNTRY, CODE_BIT, CODE_MINUS, CODE_SEQUENCE };
	unsigned int there = 0;

	(void)state;
	for (int digits = 2, end = 100; digits <= 4; digits++, end *= 10)
		for (int n = 0; n < end; n++) {
			char ai[16];
			const struct ai_row *row;
			const struct spec_ai *s;
			struct plus_part parts[2];
			bool exempt = false;

			snprintf(ai, sizeof(ai), "%0*d", digits, n);
			row = ai_find(ai, strlen(ai));
			if (row && row->digits != digits)
				row = NULL;
			s = spec_find(ai);
			for (size_t i = 0; i < sizeof(not_in_tags) / sizeof(not_in_tags[0]); i++)
				exempt = exempt || !strcmp(ai, not_in_tags[i]);
			if (!row || exempt) {
				assert_null(s);
				assert_true(!row || !plus_parts(row, parts));
				continue;
			}
			if (!s || !plus_parts(row, parts))
				fail_msg("(%s) has no row", ai);
			for (int i = 0; i < 2; i++) {
				bool fixed = s->chars && !i;

				assert_int_equal(parts[i].code, i && !s->how[1] ? CODE_NONE : code_of[strchr(codes, s->how[i]) - codes]);
				if (!parts[i].code)
					continue;
				if (parts[i].max != (fixed ? s->chars : s->max))
					fail_msg("(%s): %d characters", ai, parts[i].max);
				/* columns e and g follow from the characters */
				if (s->how[i] == 'f')
					assert_int_equal(s->bits, spec_number_bits[s->chars]);
				if (!fixed && strchr("tnx", s->how[i]))
					assert_true(s->max >> s->length_bits == 0 && s->max >> (s->length_bits - 1) == 1);
			}
			there++;
		}
	assert_int_equal(there, 532);
}

/* --- the second packing --- */

static void pack_times(struct spec_bits *b, const char *p, size_t len)
{
	static const int bits[] = { 7, 4, 5, 5, 6, 6 };

	for (size_t i = 0; i < len / 2; i++)
		spec_put(b, (uint64_t)(10 * (p[2 * i] - '0') + p[2 * i + 1] - '0'), bits[i]);
}

/* The coding of fewest bits that has all characters. */
static void pack_text(struct spec_bits *b, const char *p, size_t len, int length_bits)
{
	unsigned int best = 4;

	for (unsigned int c = 0; c < 6; c++) {
		bool all = true;

		for (size_t i = 0; i < len && spec_sets[c]; i++)
			all = all && strchr(spec_sets[c], p[i]);
		if (all && spec_text_bits(c, len) < spec_text_bits(best, len))
			best = c;
	}
	spec_text(b, best, p, len, length_bits);
}

static void pack_part(struct spec_bits *b, const struct spec_ai *s, char how, const char *p, size_t len)
{
	size_t n = 0;

	switch (how) {
	case 'd':
		spec_digits(b, p, len);
		break;
	case 'f':
		spec_number(b, p, len);
		break;
	case 'n':
		spec_put(b, len, s->length_bits);
		spec_number(b, p, len);
		break;
	case 't':
		pack_text(b, p, len, s->length_bits);
		break;
	case 'x':
		for (; n < len && p[n] >= '0' && p[n] <= '9'; n++)
			spec_put(b, (uint64_t)(p[n] - '0'), 4);
		spec_put(b, n < len ? 14 : 15, 4);
		if (n < len)
			pack_text(b, p + n, len - n, s->length_bits);
		break;
	case 'D':
		pack_times(b, p, len);
		break;
	case 'R':
		spec_put(b, len == 12, 1);
		pack_times(b, p, 6);
		pack_times(b, p + 6, len - 6);
		break;
	case 'P':
		spec_put(b, len == 6 ? 3 : len == 8 ? 0 : len == 10 ? 1 : 2, 2);
		pack_times(b, p, len);
		break;
	case 'C':
		spec_put(b, (uint64_t)(p[0] - 'A'), 6);
		spec_put(b, (uint64_t)(p[1] - 'A'), 6);
		break;
	case 'B':
		spec_put(b, *p == '1', 1);
		break;
	case '-':
		spec_put(b, len, 1);
		break;
	default:
		assert_int_equal(how, 'S');
		spec_put(b, (uint64_t)(p[0] - '0'), 4);
		spec_put(b, (uint64_t)(p[2] - '0'), 4);
	}
}

static void pack_element(struct spec_bits *b, const char *ai, const char *value, size_t len)
{
	const struct spec_ai *s = spec_find(ai);
	size_t fixed;

	assert_non_null(s);
	used[s - table] = true;
	fixed = s->how[1] ? (size_t)s->chars : len;
	spec_digits(b, ai, strlen(ai));
	pack_part(b, s, s->how[0], value, fixed);
	if (s->how[1])
		pack_part(b, s, s->how[1], value + fixed, len - fixed);
}

/* --- values --- */

#define ITEM	"(01)79521141123453(21)1"
#define BOX	"(00)095201234567891235"
#define COUPON	"(255)952114167890904711"
#define PERSON	"(8018)952114112345678906"
#define DIGITS90 "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const struct sample {
	const char *want, *epc, *data;
} samples[] = {
	{ "sgtin+", ITEM, "(10)LOT-7(17)261231" },
	{ "sgtin+", ITEM, "(11)220630(13)220600(15)240229(16)991231(20)09(22)2a" },
	{ "sgtin+", ITEM, "(12)220630(415)9521141123454(8020)REF/1" },
	{ "sgtin+", ITEM, BOX },
	{ "sgtin+", ITEM, PERSON "(8019)5" },
	{ "sgtin+", ITEM, "(240)+(241)ABCDEF(242)000123(243)x(250)abcdef(251)123456789012345678901234567890" },
	{ "sgtin+", ITEM, "(253)9521141987650ABCDefgh012345678(400)A:B.C-D(401)9521141x" },
	{ "sgtin+", ITEM, "(30)00000001(3100)000000(3215)999999(3922)1(8005)012345" },
	{ "sgtin+", ITEM, "(3302)001250(3415)000001(3500)000002(3695)000003" },
	{ "sgtin+", ITEM, "(30)1(3932)978123456789012345" },
	{ "sgtin+", ITEM, "(30)1(3952)000123" },
	{ "sgtin+", ITEM, "(402)95211411234567892" },
	{ "sgtin+", ITEM, "(410)9521141123454(417)9521141123454(420)1010" },
	{ "sgtin+", ITEM, "(414)9521141123454(254)a.b" },
	{ "sgtin+", ITEM, "(421)276AB1" },
	{ "sgtin+", ITEM, "(422)276(427)BY(423)276056(424)004(425)528" },
	{ "sgtin+", ITEM, "(426)276(7001)0123456789012(7002)A/b(7003)2206302359" },
	{ "sgtin+", ITEM, "(10)1(7004)0012(7005)A1(7006)220630(7007)220630" },
	{ "sgtin+", ITEM, "(7007)220630220701(7008)ABC(7009)AB(7010)A(7011)220630" },
	{ "sgtin+", ITEM, "(7011)2206300000(7020)A(416)9521141123454(7021)B(7022)C" },
	{ "sgtin+", ITEM, "(7023)9521141(7030)276ABC(7039)999a" },
	{ "sgtin+", ITEM, "(7023)9521141-x(710)A(716)B(7230)EM1(7239)XYabc(7240)P" },
	{ "sgtin+", ITEM, "(8001)00010000100111(8002)+49(8003)0952114112345432a/b(8004)95211415678" },
	{ "sgtin+", ITEM, "(8008)22063000(8009)AB(8010)95211415PQ7/Z43(8011)12345(8012)V1" },
	{ "sgtin+", ITEM, "(8008)2206301430(90)x" },
	{ "sgtin+", ITEM, "(8008)220630143059(8030)-_AZaz09" },
	{ "sgtin+", ITEM, "(8013)1987654Ad4X4bL5ttr2310c2K(8200)HTTP://EXAMPLE.COM" },
	{ "sgtin+", ITEM, "(91)" DIGITS90 },
	{ "sgtin+", ITEM, "(99)" "012345678901234567890123456789012345678" },	/* the first that is more than two words */
	{ "sgtin+", ITEM, "(92)" "99999999999999999999999999999999999999" },
	{ "sgtin+", ITEM, "(93)" "ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEF0000" },
	{ "dsgtin+", ITEM "(17)261231", "(10)LOT-7" },
	{ "dsgtin+", ITEM "(15)261231", "(17)270101" },
	{ "sscc+", BOX, "(02)79521141123453(37)99999999" },
	{ "sscc+", BOX, "(01)79521141123453(235)ab" },
	{ "sscc+", BOX, COUPON "(3900)1" },
	{ "sscc+", BOX, "(8006)095211411234540102(403)ROUTE" },
	{ "sscc+", BOX, "(8026)095211411234540102(37)5(7041)BE" },
	{ "sscc+", BOX, "(415)9521141123454(8020)A(3913)9780" },
	{ "sscc+", BOX, "(415)9521141123454(8020)A(8007)DE89370400440532013000(3909)5" },
	{ "sscc+", BOX, "(4300)ACME(4301)a+b(4302)1.RUE(4303)X(4306)Y(4307)BR(4308)0" },
	{ "sscc+", BOX, "(4309)02790858483015297971(4310)A(4311)B(4312)C(4316)D(4317)ZA(4318)E(4319)F(4320)G" },
	{ "sscc+", BOX, "(4321)1(4322)0(4323)1(4324)2206300000(4325)2206301430(4326)220630(4330)001850-(4332)001850" },
	{ "sscc+", BOX, "(4331)000000-(4333)999999" },
	{ "sgln+", "(414)9521141123454(254)7", "(7040)1A_-(90)A" },
	{ "sgln+", "(414)9521141123454", "(90)1(98)B" },
	{ "grai+", "(8003)0952114112345432a/b", "(8004)95211415678" },
	{ "giai+", "(8004)952114132a/b", "(7231)ABC" },
	{ "cpi+", "(8010)95211415PQ7/Z43(8011)12345", "(400)7" },
	{ "itip+", "(8006)095211411234540102(21)rif981", "(10)b" },
	{ "gdti+", "(253)95211411234545678", "(90)a" },
	{ "sgcn+", COUPON, "(17)261231(3941)0100" },
	{ "sgcn+", COUPON, "(3900)1" },
	{ "sgcn+", COUPON, "(8111)0500" },
	{ "sgcn+", COUPON, "(8110)061414112345631002100123(8112)006141411234560123456" },
	{ "gsrn+", PERSON, "(7241)10(7242)A(7250)20220630(7252)1(7253)A(7254)B(7255)C(8019)0000000001" },
	{ "gsrn+", PERSON, "(7251)202206301430(7257)CITY(7258)1/3(7259)B(8019)1" },
	{ "gsrnp+", "(8017)952114112345678906", "(7256)NAME(8019)9" },
	{ "sgtin++", ITEM, "(10)A1(17)261231" },
};

/* The EPC alone as the codec writes it, the toggle, and the elements of @data packed a second time. */
static void packed(const struct sample *s, const char *host, char *hex)
{
	static struct hm_elements e;
	struct hm_epc_plus h = { .filter = 1, .want = s->want };
	struct spec_bits b = { .n = 0 };

	strcpy(h.host, host);
	assert_int_equal(hm_gs1_parse(s->epc, strlen(s->epc), &e, NULL), 0);
	assert_int_equal(hm_epc_plus_encode(&e, &h, hex, HEX_SIZE, NULL), 0);
	for (unsigned int i = 0; i < h.bits; i++) {
		unsigned int digit = (unsigned int)(strchr("0123456789ABCDEF", hex[i / 4]) - "0123456789ABCDEF");

		spec_put(&b, i == 8 || digit >> (3 - i % 4) & 1, 1);
	}
	assert_int_equal(hm_gs1_parse(s->data, strlen(s->data), &e, NULL), 0);
	for (unsigned int i = 0; i < e.n; i++)
		pack_element(&b, e.e[i].ai, e.e[i].value, e.e[i].len);
	spec_hex(&b, hex);
}

static void values(void **state)
{
	static struct hm_elements e;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		const char *host = strchr(s->want, '+')[1] ? "example.com" : "";
		struct hm_epc_plus h = { .filter = 1, .want = s->want }, g = { .filter = 0 };
		char text[TEXT_SIZE], want[HEX_SIZE], hex[HEX_SIZE] = "", out[TEXT_SIZE] = "";
		struct hm_err err = { "" };
		int rc;

		snprintf(text, sizeof(text), "%s%s", s->epc, s->data);
		rc = hm_gs1_parse(text, strlen(text), &e, &err);
		if (rc)
			fail_msg("%s: %s", text, err.text);
		packed(s, host, want);
		strcpy(h.host, host);
		assert_int_equal(hm_gs1_parse(text, strlen(text), &e, NULL), 0);
		rc = hm_epc_plus_encode(&e, &h, hex, sizeof(hex), &err);
		if (rc || strcmp(hex, want))
			fail_msg("%s: %s %s %s, not %s", text, hm_error_name(rc), err.text, hex, want);
		assert_true(h.data_follows);
		rc = hm_epc_plus_decode(want, strlen(want), &g, &e, NULL);
		if (rc || hm_gs1_bracketed(&e, out, sizeof(out)) || strcmp(out, text))
			fail_msg("%s: %s %s, not %s", want, hm_error_name(rc), out, text);
		assert_string_equal(g.scheme, s->want);
		assert_string_equal(g.host, host);
		assert_int_equal(g.filter, 1);
		assert_int_equal(g.own, h.own);
		assert_int_equal(g.bits, h.bits);
		assert_true(g.data_follows);
	}
	for (size_t i = 0; i < ROWS; i++)
		if (!used[i])
			fail_msg("no value for (%s)", table[i].first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ais),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
