// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every codec of the room with texts that were good once: bytes changed, left out, said
 * twice, two texts spliced. What is taken all the same comes back as it was; what fails is
 * shrunk. HALLMARK_CASES raises the number of cases of each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/gs1_wrong.h"
#include "support/shrink.h"

#define TEXT_SIZE 512

struct codec {
	const char *name;
	shrink_wrong *wrong;
	const char *letters;	/* what a changed byte mostly is */
	const char *texts[24];	/* up to the first NULL */
};

#define HEX "0123456789ABCDEFabcdef"
#define TAG "urn:epc:tag:"
#define PURE "urn:epc:id:"

static const struct codec images = { "memory images", wrong_image, HEX, {
	"3074257BF7194E4000001A85", "3674257BF7194E59B2C2BF1000000000000000000000000000", "3176451FD4499602D2000000",
	"3976451FD46072CD9615F8800000000000000000000000000000", "3776451FD40C0E59B2C2BF1000000000000000000000",
	"3876451FD59B2C2BF10000000000000000000000000000000000", "3A74257BF460720000000007AE7F8000",
	"3E76451FD7039B061438997367D0C18B266D1AB66EE0", "3F76451FD612640000019907", "3C76451FD400C0E680003039",
	"3D76451FD75411DEF6B4CC00000003039000", "3500E86F8000A9E000000586", "2F320434147455900000162E",
	"3B0E0CF5E76C9047759AD00373DC7602E7200000", "4076451FD40C0E40820000000F54",
	"4176451FD40C0E4082DBDD8B36600000000000000000000000000000",
} };

static const struct codec uris = { "URIs", wrong_uri, "0123456789.:%-ABCxyz", {
	TAG "sgtin-96:3.0614141.812345.6789", TAG "sgtin-198:3.0614141.712345.32a%2Fb", TAG "sscc-96:3.0614141.1234567890",
	TAG "sgln-195:3.0614141.12345.32a%2Fb", TAG "grai-170:3.0614141.12345.32a%2Fb", TAG "giai-96:3.0614141.5678",
	TAG "giai-202:3.0614141.32a%2Fb", TAG "gdti-113:3.0614141.12345.006847", TAG "sgcn-96:3.4012345.67890.04711",
	TAG "cpi-var:3.0614141.5PQ7%2FZ43.12345", TAG "itip-110:4.4012345.012345.01.02.981", TAG "gid-96:31415.271828.1414",
	TAG "usdod-96:3.CAGEY.5678", TAG "adi-var:3.35962.PQ7VZ4.%23M37GXB92", PURE "sgtin:0614141.812345.6789",
	PURE "sgln:0614141.12345.0",
} };

static const struct codec plus = { "+ and ++ schemes", wrong_plus, HEX, {
	"F73795211411234538566CB0AFC4", "FB342CDE795211411234538566CB0AFC4", "F90095201234567891235",
	"F2395211411234548566CB0AFC4", "F13095211411234548566CB0AFC4", "FA3952114132E83C2BF10",
	"F6395211411234540458B8", "F0395211415E87A145BAFB4D19A8C0E4", "F839521141678909509338",
	"F3309521141123454010266AE27FDF35", "FD3795211411234538566CB0AFC525065F1876F0D996D800",
	"FC342CDE795211411234538566CB0AFC525065F1876F0D996D80", "EE3952114132E83C2BF1494197C61DBC3665B600",
	"E6395211415E87A145BAFB4D19A8C0E64A0CBE30EDE1B32DB000", "E7395211411234567890692832F8C3B786CCB6C0",
	"FD0795211411234538566CB0AFC42C8C094F348E917F2400",
	"F78795211411234538566CB0AFC420CA59C9FDD8B9ACF800",
	"F9809520123456789123543300073AA190D0C1C144DC5409E548450448D14C00",
	"FD8795211411234530119197C61DBC3665B70010966F39E910A00B9C1D34AC02BFD8B55BF46515C73022A6206009C400",
	"F48952114112345678906725813725920DB9281348AD670239521141E62FB100",
} };

static const struct codec banks = { "banks", wrong_bank, HEX "x.[]=:", {
	"E2F00000", "000030003074257BF7194E4000001A85", "000038000000F73795211411234538566CB0AFC4",
	"E28011602000AABBCCDDEEFF", "E28011603E00AABBCCDDEEFF1C9F0401FE0107FE0309000800100015", "8900",
	"urn:epc:tag:[att=x01][umi=1]:sgtin-96:3.0614141.812345.6789", "urn:epc:raw:96.x3074257BF7194E4000001A85",
	"urn:epc:raw:[umi=1]:16.xA1.x00B4", "urn:epc:raw:112.xF73795211411234538566CB0AFC4",
	"6A276000F7B795211411234538566CB0AFC420CA59C9FDD8B9ACF800",
} };

static const struct codec elements = { "element strings", wrong_elements, "0123456789()^\x1d/%ABx-_?=&\\", {
	"(01)09521234543213(10)A\\(B(21)7(17)251200", "^010952123454321310AB-1^217", "]d2010952123454321310AB-1\x1d" "217",
	"https://id.gs1.org/01/09521234543213/10/A%2FB/21/7?17=251200", "(00)095201234567891235(02)09521234543213(37)5",
	"(8003)0952114112345432a/b", "(8010)95211415PQ7/Z43(8011)12345", "(414)9521141123454(254)32a/b",
	"(8006)095211411234540102(21)1", "(415)9521234543213(8020)1(3912)978123", "(255)952114167890904711",
	"(01)09521234543213(3103)000200(3922)100", "(8110)0614141123456310021001239000" "0", "(253)95211411234545678",
	"https://example.com/a/414/9521141123454/254/32a%2Fb", "(8018)952114112345678906(7258)1/2(7259)A%20B",
} };

static const struct codec envelopes = { "envelopes", wrong_envelope, "0123456789()\x1d\x1e\x04[>PQSTD\\", {
	"[)>\x1e" "06\x1d" "1PABC-1\x1d" "Q10\x1d" "25SUN123456789A1\x1e\x04", "[)>\x1e" "05\x1d" "010952123454321310A\x1d" "217\x1e\x04",
	"[)>06\x1d" "PX\x1dQ5", ">[)>06PX", "(1P)ABC(Q)10(10D)2501", "(01)09521234543213(21)7", "(4L)CH(16D)20251231",
	"[)>\x1e" "06\x1d" "S1\x1d\x1d" "T2\x1d\x1e\x04\r\n",
	"[)>\x1e" "06\x1d" "S1\x1e" "05\x1d" "10A\x1e" "07x\x1e" "06\x1d" "S2\x1e\x04", "(S)1(10)A(S)2",
} };

/* One change to @text of @len; its new length. */
static size_t change(struct rnd *r, const struct codec *c, size_t n, char *text, size_t len)
{
	size_t at = len ? rnd_below(r, len) : 0, k = len ? 1 + rnd_below(r, len - at < 8 ? len - at : 8) : 0;
	const char *other;

	switch (rnd_below(r, 5)) {
	case 0:
	case 1:
		if (len)
			text[at] = rnd_below(r, 8) ? c->letters[rnd_below(r, strlen(c->letters))] : (char)rnd_next(r);
		return len;
	case 2:
		memmove(text + at, text + at + k, len - at - k);
		return len - k;
	case 3:
		if (len + k >= TEXT_SIZE)
			return len;
		memmove(text + at + k, text + at, len - at);
		return len + k;
	default:
		other = c->texts[rnd_below(r, n)];
		k = rnd_below(r, strlen(other) + 1);
		if (at + strlen(other) - k >= TEXT_SIZE)
			return len;
		memcpy(text + at, other + k, strlen(other) - k);
		return at + strlen(other) - k;
	}
}

static void changed_texts(const struct codec *c)
{
	struct rnd r = rnd_start(c->name);
	uint64_t cases = rnd_cases(50000);
	size_t n = 0;

	while (n < sizeof(c->texts) / sizeof(c->texts[0]) && c->texts[n])
		n++;
	for (r.n = 0; r.n < cases; r.n++) {
		const char *from = c->texts[r.n % n];
		size_t len = strlen(from);
		char text[TEXT_SIZE], *exact;

		memcpy(text, from, len);
		for (uint64_t k = rnd_below(&r, 4); k; k--)
			len = change(&r, c, n, text, len);
		/* exactly so long that one byte more is found by a checker of memory */
		exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, text, len);
		shrink_check(&r, exact, len, c->wrong);
		free(exact);
	}
}

/* Every text as it stands is taken by its codec: else nothing was tested. */
static void texts_are_good(void **state)
{
	static struct hm_envelope env;
	static struct hm_elements e;
	struct hm_epc_plus h = { .filter = 0 };
	char out[HM_EPC_URI_SIZE];
	struct hm_err err;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(hm_epc_decode(images.texts[i], out, sizeof(out)), 0);
		if (!strncmp(uris.texts[i], TAG, 12))
			assert_int_equal(hm_epc_encode(uris.texts[i], out, sizeof(out)), 0);
		else
			assert_int_equal(hm_epc_from_pure(uris.texts[i], strlen(uris.texts[i]), HM_EPC_ANY, 0, out,
							  sizeof(out)), 0);
		if (hm_gs1_parse(elements.texts[i], strlen(elements.texts[i]), &e, &err))
			fail_msg("%s: %s", elements.texts[i], err.text);
		if (envelopes.texts[i])
			assert_true(!hm_envelope_read(envelopes.texts[i], strlen(envelopes.texts[i]), &env) ||
				    !hm_envelope_parse(envelopes.texts[i], strlen(envelopes.texts[i]), &env));
	}
	for (size_t i = 0; plus.texts[i]; i++)
		assert_int_equal(hm_epc_plus_decode(plus.texts[i], strlen(plus.texts[i]), &h, &e, NULL), 0);
}

/* The shrinker itself: of a long text what matters is left. */
static const char *has_two(const char *text, size_t len)
{
	const char *first = memchr(text, '!', len);

	return first && memchr(first + 1, '?', len - (size_t)(first + 1 - text)) ? "! before ?" : NULL;
}

static void shrinks(void **state)
{
	char text[] = "some ! words and ? more ! of ? them";
	size_t len = strlen(text);

	(void)state;
	shrink(text, &len, has_two);
	assert_int_equal(len, 2);
	assert_memory_equal(text, "!?", 2);
}

/* Of what is drawn too: of up to 50 numbers, two that are in no order, the second as small as can be. */
static size_t shown;

static const char *falls(struct rnd *r)
{
	uint64_t n = rnd_below(r, 50), most = 0, v = 0;

	for (uint64_t i = 0; i < n && v >= most; i++) {
		most = v;
		v = rnd_below(r, 1000);
	}
	if (r->show) {
		assert_true(v < most);
		assert_int_equal(most, 1);
		assert_int_equal(v, 0);
		shown++;
	}
	return v < most ? "it falls" : NULL;
}

static void shrinks_what_is_drawn(void **state)
{
	static uint64_t tape[SHRINK_TAPE];
	struct rnd r = rnd_start("a case that falls");
	size_t len;

	(void)state;
	for (r.n = 0; r.n < 100; r.n++) {
		len = SHRINK_TAPE;
		if (shrink_draw(&r, falls, tape, &len))
			assert_true(len <= 3);
		else
			assert_int_equal(len, SHRINK_TAPE);
	}
	assert_in_range(shown, 50, 100);
}

#define CODEC(name) static void codec_##name(void **state) { (void)state; changed_texts(&name); }
CODEC(images)
CODEC(uris)
CODEC(plus)
CODEC(banks)
CODEC(elements)
CODEC(envelopes)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shrinks),
		cmocka_unit_test(shrinks_what_is_drawn),
		cmocka_unit_test(texts_are_good),
		cmocka_unit_test(codec_images),
		cmocka_unit_test(codec_uris),
		cmocka_unit_test(codec_plus),
		cmocka_unit_test(codec_banks),
		cmocka_unit_test(codec_elements),
		cmocka_unit_test(codec_envelopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
