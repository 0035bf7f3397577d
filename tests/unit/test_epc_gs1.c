// SPDX-License-Identifier: LGPL-2.1-or-later
/* EPC <-> element string: the standard's examples, every key and prefix length, what cannot be. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc_gs1.h"
#include "support/rnd.h"
#include "support/shrink.h"

static int to_text(const char *uri, char *out, size_t size)
{
	static struct hm_elements e;
	int rc = hm_epc_to_elements(uri, strlen(uri), &e, NULL);

	return rc ? rc : hm_gs1_bracketed(&e, out, size);
}

static int from_text(const char *text, unsigned int prefix, char *out, size_t size)
{
	static struct hm_elements e;
	int rc = hm_gs1_parse(text, strlen(text), &e, NULL);

	return rc ? rc : hm_epc_from_elements(&e, prefix, out, size, NULL);
}

/* TDS 2.3, annex E.3 */
static void examples(void **state)
{
	static const struct {
		const char *pure, *elements;
		unsigned int prefix;
	} t[] = {
		{ "urn:epc:id:sgtin:95060001343.05.32a%2Fb", "(01)09506000134352(21)32a/b", 11 },
		{ "urn:epc:id:sgtin:0614141.812345.6789", "(01)80614141123458(21)6789", 7 },
		{ "urn:epc:id:sscc:952012.03456789123", "(00)095201234567891235", 6 },
		{ "urn:epc:id:sgln:9521141.12345.5678", "(414)9521141123454(254)5678", 7 },
		{ "urn:epc:id:sgln:9521141.12345.0", "(414)9521141123454", 7 },
		{ "urn:epc:id:grai:9521141.12345.32a%2Fb", "(8003)0952114112345432a/b", 7 },
		{ "urn:epc:id:giai:9521141.32a%2Fb", "(8004)952114132a/b", 7 },
		{ "urn:epc:id:gsrn:9521141.1234567890", "(8018)952114112345678906", 7 },
		{ "urn:epc:id:gsrnp:9521141.1234567890", "(8017)952114112345678906", 7 },
		{ "urn:epc:id:gdti:9521141.98765.ABCDefgh012345678", "(253)9521141987650ABCDefgh012345678", 7 },
		{ "urn:epc:id:cpi:9521141.5PQ7%2FZ43.12345", "(8010)95211415PQ7/Z43(8011)12345", 7 },
		{ "urn:epc:id:sgcn:9521141.67890.04711", "(255)952114167890904711", 7 },
		{ "urn:epc:id:itip:9521141.012345.01.02.mw133", "(8006)095211411234540102(21)mw133", 7 },
		{ "urn:epc:id:grai:123456789012..1", "(8003)012345678901281", 12 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char out[256] = "", back[256] = "old";

		assert_int_equal(to_text(t[i].pure, out, sizeof(out)), 0);
		assert_string_equal(out, t[i].elements);
		assert_int_equal(from_text(t[i].elements, t[i].prefix, back, strlen(t[i].pure)), -HM_ETOO_LONG);
		assert_string_equal(back, "old");
		assert_int_equal(from_text(t[i].elements, t[i].prefix, back, sizeof(back)), 0);
		assert_string_equal(back, t[i].pure);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		unsigned int prefix;
		int rc;
	} from[] = {
		{ "(01)09506000134352(21)1", 5, -HM_EBAD_PREFIX_LENGTH },
		{ "(01)09506000134352(21)1", 13, -HM_EBAD_PREFIX_LENGTH },
		{ "(01)09506000134352", 7, -HM_EMISSING_AI },
		{ "(253)9521141123454", 7, -HM_EMISSING_AI },
		{ "(8003)09521141123454", 7, -HM_EMISSING_AI },
		{ "(8010)95211415", 7, -HM_EMISSING_AI },
		{ "(90)1", 7, -HM_EMISSING_AI },
		{ "(01)09506000134352(21)1(10)A", 7, -HM_ECONFLICTING_AI },
		{ "(00)095201234567891235(90)A", 7, -HM_ECONFLICTING_AI },
		{ "(8004)9521", 7, -HM_EEMPTY },
		{ "(8004)9521141", 7, -HM_EEMPTY },
		{ "(8004)9521A41X", 7, -HM_ENOT_NUMERIC },
		{ "(8010)9521A41X(8011)1", 7, -HM_ENOT_NUMERIC },
	};
	static const struct {
		const char *uri;
		int rc;
	} to[] = {
		{ "", -HM_EEMPTY },
		{ "urn:epc:id:gid:1.2.3", -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:id:usdod:CAGEY.1", -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:id:adi:CAGEY..1", -HM_EUNKNOWN_SCHEME },
		{ "urn:epc:raw:16.x0000", -HM_EBAD_URI },
		{ "urn:epc:id:sgtin:0614141.812345", -HM_EBAD_URI },
		{ "urn:epc:id:itip:9521141.012345.03.02.1", -HM_EOVERFLOW },
		{ "urn:epc:id:itip:9521141.012345.00.02.1", -HM_EBAD_CHAR },
	};
	char out[256] = "old", big[300];
	static struct hm_elements e;
	struct hm_err err = { "" };

	(void)state;
	/* which one it is */
	assert_int_equal(hm_gs1_parse("(01)09506000134352(21)1(10)A", 28, &e, NULL), 0);
	assert_int_equal(hm_epc_from_elements(&e, 7, out, sizeof(out), &err), -HM_ECONFLICTING_AI);
	assert_string_equal(err.text, "(10): no sgtin EPC carries it");
	assert_int_equal(hm_gs1_parse("(90)A(00)095201234567891235", 27, &e, NULL), 0);
	assert_int_equal(hm_epc_from_elements(&e, 7, out, sizeof(out), &err), -HM_ECONFLICTING_AI);
	assert_string_equal(err.text, "(90): no sscc EPC carries it");
	assert_int_equal(hm_gs1_parse("(01)09506000134352", 18, &e, NULL), 0);
	assert_int_equal(hm_epc_from_elements(&e, 7, out, sizeof(out), &err), -HM_EMISSING_AI);
	assert_string_equal(err.text, "(21): in an EPC (01) needs it");
	assert_int_equal(hm_gs1_parse("(255)9521141678909", 18, &e, NULL), 0);
	assert_int_equal(hm_epc_from_elements(&e, 7, out, sizeof(out), &err), -HM_EMISSING_AI);
	assert_string_equal(err.text, "(255): in an EPC it has its serial");
	assert_int_equal(hm_gs1_parse("(90)A", 5, &e, NULL), 0);
	assert_int_equal(hm_epc_from_elements(&e, 7, out, sizeof(out), &err), -HM_EMISSING_AI);
	assert_string_equal(err.text, "none of them is a key that an EPC has");
	/* an EPC that is known, and no GS1 key; a piece that there is not */
	assert_int_equal(hm_epc_to_elements("urn:epc:id:gid:1.2.3", 20, &e, &err), -HM_EUNKNOWN_SCHEME);
	assert_string_equal(err.text, "gid is no GS1 key: it has no element string, and no link");
	assert_int_equal(hm_epc_to_elements("urn:epc:id:itip:9521141.012345.00.02.1", 38, &e, &err), -HM_EBAD_CHAR);
	assert_string_equal(err.text, "(8006): no piece 00 of 02: a character that is not allowed here");
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		int rc = from_text(from[i].text, from[i].prefix, out, sizeof(out));

		if (rc != from[i].rc)
			fail_msg("%s: %s, not %s", from[i].text, hm_error_name(rc), hm_error_name(from[i].rc));
	}
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		int rc = to_text(to[i].uri, out, sizeof(out));

		if (rc != to[i].rc)
			fail_msg("%s: %s, not %s", to[i].uri, hm_error_name(rc), hm_error_name(to[i].rc));
	}
	memset(big, '1', sizeof(big));
	big[299] = '\0';
	assert_int_equal(to_text(big, out, sizeof(out)), -HM_ETOO_LONG);
	assert_string_equal(out, "old");
}

/* A random identity of a random key: there and back is where it was. */
static const char *wrong_identity(struct rnd *r)
{
	static const char serial_set[] = "!'()*+,-.:;=_0123456789ABCXYZabcxyz";
	static const struct {
		const char *identity;
		unsigned int digits;	/* of prefix and second part together; 0: text */
		char serial;		/* 'x' text, 'n' number, 'd' digits, 0 none */
	} kinds[] = {
		{ "sgtin", 13, 'x' }, { "sscc", 17, 0 }, { "sgln", 12, 'x' }, { "grai", 12, 'x' }, { "giai", 0, 0 },
		{ "gsrn", 17, 0 }, { "gsrnp", 17, 0 }, { "gdti", 12, 'x' }, { "sgcn", 12, 'd' }, { "itip", 13, 'x' },
	};
	uint64_t k = rnd_below(r, sizeof(kinds) / sizeof(kinds[0]));
	unsigned int prefix = 6 + (unsigned int)rnd_below(r, 7);
	char pure[256], body[20], second[40], serial[24] = "", elements[256], back[256];
	int n;

	rnd_text(r, body, prefix, "0123456789", 10);
	if (kinds[k].digits)
		rnd_text(r, second, kinds[k].digits - prefix, "0123456789", 10);
	else
		rnd_text(r, second, 1 + rnd_below(r, 18), serial_set, sizeof(serial_set) - 1);
	if (kinds[k].serial == 'x')
		rnd_text(r, serial, 1 + rnd_below(r, 16), serial_set, sizeof(serial_set) - 1);
	else if (kinds[k].serial == 'd')
		rnd_text(r, serial, 1 + rnd_below(r, 12), "0123456789", 10);
	n = snprintf(pure, sizeof(pure), "urn:epc:id:%s:%s.%s", kinds[k].identity, body, second);
	if (!strcmp(kinds[k].identity, "itip"))
		n += snprintf(pure + n, sizeof(pure) - (size_t)n, ".%02u.99", 1 + (unsigned int)rnd_below(r, 99));
	if (kinds[k].serial)
		snprintf(pure + n, sizeof(pure) - (size_t)n, ".%s", serial);
	if (r->show)
		print_error("%s\n", pure);
	shrink_must(!to_text(pure, elements, sizeof(elements)));
	shrink_must(!from_text(elements, prefix, back, sizeof(back)));
	shrink_must(!strcmp(pure, back));
	return NULL;
}

static void round_trips(void **state)
{
	uint64_t cases = rnd_cases(1000000);
	struct rnd r = rnd_start("epc and keys");

	(void)state;
	for (r.n = 0; r.n < cases; r.n++)
		shrink_drawn(&r, wrong_identity);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(refused),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
