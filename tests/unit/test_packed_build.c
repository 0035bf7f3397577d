// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packed objects: what is written, octet by octet as an independent encoder has it, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/packed.h"

/* Its images, which have no runs; and a zero octet to a whole word. */
static void as_another_encoder(void **state)
{
	static const char *const images[] = {
		"892A00C6DA6D2E98C3CD3A00", "892601459D39E717F94000", "891602C7890200", "891205464000", "891A1018F1204000",
		"891A0D45D4F9E000", "895280B81636D36974C61E69C2CE9CF38BFC87890200",
		"894EB43154184E1E88C789006DA6D2E98C3CD3A000", "893A575A0F51C12218377DE478902000",
		"89347C6E2055A491DBCA53FAEB5B00", "891C17DC499602D200", "8908101B4900", "892215A23EE3F6099700",
		"892E01E0B3A73CE2FF2181CC00", "892A0247FC13C0E38E797000", "892A0263E811DBC1471C5000",
		"895A82E637320000000018EE90FF6C373E0EE4E3F0AD2800", "892205F3D6D75EDF6000",
		"895E2A8BC7FFFFDB2A604EECFA81493D7A52EF153137AD5C00", "891E0273A039A0C000", "892209447DC7EC132E00",
		"892609447DC7EC132C4300", "89366CCD41EC7B865322CA4D851900", "893A15E23EE3F609960003ADE68AC000",
		"893416447DC7EC132C00075BCD1500",
		"8984F9B337EC7B1EE18C6319D555555425EBCA5E76EA7159FD7BE0D848A1018E60A0B596BFB7E1F123AF1C1547B33DD400",
		"8985CD4B6B7D284ED02C398A07890047DC7EC132C47DC7EC132C7B1674E79C5FE423C4800000000000002C49B7293D5E172A832F9E8CF66B222011265C00",
		"898548AA2E3FFFFFFFFFFFFFFFC11E86717B7CA36F6CCEA2A7C3E7DC11B08D3DCB047A19C5EDF28DBDB33A8A9F0F9F7046C234F72E00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		static struct hm_packed p;
		static struct hm_elements e;
		char hex[HM_PACKED_HEX_SIZE], want[HM_PACKED_HEX_SIZE];

		assert_int_equal(hm_packed_parse(images[i], strlen(images[i]), &p, NULL), 0);
		/* its values are none that their AIs allow: unjudged */
		e.n = p.n;
		for (unsigned int x = 0; x < p.n; x++) {
			e.e[x] = (struct hm_element){ .len = p.item[x].len, .value = p.item[x].value };
			memcpy(e.e[x].ai, p.item[x].ai, 5);
		}
		assert_int_equal(hm_packed_build(&e, hex, sizeof(hex), NULL), 0);
		snprintf(want, sizeof(want), "%s%s", images[i], strlen(images[i]) % 4 ? "00" : "");
		assert_string_equal(hex, want);
	}
}

static int build(const char *text, char *hex, size_t size, struct hm_err *err)
{
	static struct hm_elements e;

	assert_int_equal(hm_gs1_parse(text, strlen(text), &e, err), 0);
	return hm_packed_build(&e, hex, size, err);
}

static void elements(void **state)
{
	static const struct {
		const char *text, *read;
	} good[] = {
		{ "(01)09521234543213(21)7", "(01)09521234543213(21)7" },
		{ "(10)AB-1(17)261231(20)12", "(10)AB-1(17)261231(20)12" },
		/* those of one ID value come together, whichever was first */
		{ "(37)5(10)A(02)09521234543213", "(02)09521234543213(37)5(10)A" },
		{ "(254)X(10)A(414)9521234543213", "(414)9521234543213(254)X(10)A" },
		{ "(8020)R\\(1)(415)9521234543213", "(415)9521234543213(8020)R\\(1)" },
		{ "(420)AB1", "(420)AB1" }, { "(421)528AB1", "(421)528AB1" },
		{ "(3922)1995", "(3922)1995" }, { "(3932)9781995", "(3932)9781995" },
		{ "(8110)106141416543213150110120", "(8110)106141416543213150110120" },
	};
	static struct hm_packed p;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char hex[HM_PACKED_HEX_SIZE], out[HM_PACKED_TEXT_SIZE];
		struct hm_err err = { "" };

		if (build(good[i].text, hex, sizeof(hex), &err))
			fail_msg("%s: %s", good[i].text, err.text);
		assert_int_equal(strlen(hex) % 4, 0);
		assert_int_equal(hm_packed_parse(hex, strlen(hex), &p, &err), 0);
		assert_int_equal(hm_packed_text(&p, out, sizeof(out)), 0);
		assert_string_equal(out, good[i].read);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *why;
	} bad[] = {
		{ "(7040)1ABC", -HM_ECONFLICTING_AI, "(7040): packed objects have no place for it" },
		{ "(3105)000001(10)A(3940)0010", -HM_ECONFLICTING_AI, "(3940): packed objects have no place for it" },
		{ "(02)09521234543213", -HM_EMISSING_AI, "(02) has a place in packed objects beside (37) only" },
		{ "(37)5", -HM_EMISSING_AI, "(37) has a place in packed objects beside (02) only" },
		{ "(415)9521234543213", -HM_EMISSING_AI, "(415) has a place in packed objects beside (8020) only" },
		{ "(254)X", -HM_EMISSING_AI, "(254) has a place in packed objects beside (414) only" },
		{ "(10)A(10)A", -HM_EDUPLICATE_AI, "(10) twice" },
		{ "(710)A23456", -HM_ENOT_NUMERIC, "(710) in a packed object: digits only here" },
		{ "(710)123", -HM_ETOO_SHORT, "(710) in a packed object: shorter than its field" },
		{ "(91)1234567890123456789012345678901", -HM_ETOO_LONG, "(91) in a packed object: longer than its field" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char hex[HM_PACKED_HEX_SIZE] = "as it was";
		struct hm_err err = { "" };

		assert_int_equal(build(bad[i].text, hex, sizeof(hex), &err), bad[i].rc);
		assert_string_equal(err.text, bad[i].why);
		assert_string_equal(hex, "as it was");
	}
}

/* Nothing; a place too small. */
static void sizes(void **state)
{
	static struct hm_elements e;
	char hex[HM_PACKED_HEX_SIZE] = "as it was";
	struct hm_err err;

	(void)state;
	assert_int_equal(hm_packed_build(&e, hex, sizeof(hex), NULL), -HM_EEMPTY);
	assert_int_equal(build("(20)12", hex, 12, &err), -HM_ETOO_LONG);
	assert_string_equal(hex, "as it was");
	assert_int_equal(build("(20)12", hex, 13, &err), 0);
	assert_string_equal(hex, "891205464000");
}

/* A text of characters that have no base but 256, longer by one each time: the image ends where the bank does. */
static void full(void **state)
{
	static const char *const ai[] = { "7030", "7031", "7032", "7033", "7034", "7035", "7036", "7037", "7038", "7039",
					  "90", "91", "92", "93", "94", "95", "96", "97", "98", "99" };
	static struct hm_elements e;
	static char text[31];
	unsigned int longest = 0, refused = 0;

	(void)state;
	memset(text, '\xe4', 30);
	memcpy(text, "123", 3);
	for (unsigned int n = 0; n < 20 * 27; n++) {
		char hex[2 * HM_PACKED_HEX_SIZE] = "";
		int rc;

		e.n = n / 27 + 1;
		e.e[e.n - 1] = (struct hm_element){ .len = (uint8_t)(4 + n % 27), .value = text };
		memcpy(e.e[e.n - 1].ai, ai[e.n - 1], strlen(ai[e.n - 1]));
		rc = hm_packed_build(&e, hex, sizeof(hex), NULL);
		assert_true(rc == 0 || rc == -HM_ETOO_LONG);
		/* once it is too long it stays so */
		assert_true(rc || !refused);
		refused += !!rc;
		longest = rc ? longest : (unsigned int)strlen(hex);
	}
	assert_int_equal(longest, HM_PACKED_HEX_SIZE - 1);
	assert_true(refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_another_encoder), cmocka_unit_test(elements), cmocka_unit_test(refused),
		cmocka_unit_test(sizes), cmocka_unit_test(full),
	};

	return cmocka_run_group_tests_name("packed objects, writing", tests, NULL, NULL);
}
