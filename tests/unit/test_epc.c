// SPDX-License-Identifier: LGPL-2.1-or-later
/* EPC schemes: the standard's examples; every scheme, and every partition, at the edges of every field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gs1/epc.h"
#include "gs1/text.h"
#include "support/epc_spec.h"

/* TDS 1.13, annex E.3, and others worked out by hand; padded to words */
static void vectors(void **state)
{
	static const struct {
		const char *uri, *hex, *pure;
	} t[] = {
		{ "urn:epc:tag:sgtin-96:3.0614141.812345.6789", "3074257BF7194E4000001A85",
		  "urn:epc:id:sgtin:0614141.812345.6789" },
		{ "urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb",
		  "3674257BF6B7A659B2C2BF100000000000000000000000000000",
		  "urn:epc:id:sgtin:0614141.712345.32a%2Fb" },
		{ "urn:epc:tag:sscc-96:3.0614141.1234567890", "3174257BF4499602D2000000",
		  "urn:epc:id:sscc:0614141.1234567890" },
		{ "urn:epc:tag:sgln-96:3.0614141.12345.400", "3274257BF460720000000190",
		  "urn:epc:id:sgln:0614141.12345.400" },
		{ "urn:epc:tag:sgln-195:3.0614141.12345.32a%2Fb",
		  "3974257BF46072CD9615F8800000000000000000000000000000",
		  "urn:epc:id:sgln:0614141.12345.32a%2Fb" },
		{ "urn:epc:tag:grai-96:3.0614141.12345.5678", "3374257BF40C0E400000162E",
		  "urn:epc:id:grai:0614141.12345.5678" },
		{ "urn:epc:tag:grai-170:3.0614141.12345.32a%2Fb", "3774257BF40C0E59B2C2BF1000000000000000000000",
		  "urn:epc:id:grai:0614141.12345.32a%2Fb" },
		{ "urn:epc:tag:giai-96:3.0614141.5678", "3474257BF40000000000162E", "urn:epc:id:giai:0614141.5678" },
		{ "urn:epc:tag:giai-202:3.0614141.32a%2Fb", "3874257BF59B2C2BF10000000000000000000000000000000000",
		  "urn:epc:id:giai:0614141.32a%2Fb" },
		{ "urn:epc:tag:gsrn-96:3.0614141.1234567890", "2D74257BF4499602D2000000",
		  "urn:epc:id:gsrn:0614141.1234567890" },
		{ "urn:epc:tag:gsrnp-96:3.0614141.1234567890", "2E74257BF4499602D2000000",
		  "urn:epc:id:gsrnp:0614141.1234567890" },
		{ "urn:epc:tag:gdti-96:3.0614141.12345.5678", "2C74257BF46072000000162E",
		  "urn:epc:id:gdti:0614141.12345.5678" },
		{ "urn:epc:tag:gdti-113:3.0614141.12345.006847", "3A74257BF460720000000007AE7F8000",
		  "urn:epc:id:gdti:0614141.12345.006847" },
		{ "urn:epc:tag:gdti-174:3.4012345.54987.ABCDefgh012345678",
		  "3E74F4E4E5AD97061438997367D0C18B266D1AB66EE0",
		  "urn:epc:id:gdti:4012345.54987.ABCDefgh012345678" },
		{ "urn:epc:tag:cpi-96:3.0614141.98765.12345", "3C74257BF400C0E680003039",
		  "urn:epc:id:cpi:0614141.98765.12345" },
		{ "urn:epc:tag:cpi-var:3.0614141.5PQ7%2FZ43.12345", "3D74257BF75411DEF6B4CC00000003039000",
		  "urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345" },
		{ "urn:epc:tag:sgcn-96:3.4012345.67890.04711", "3F74F4E4E612640000019907",
		  "urn:epc:id:sgcn:4012345.67890.04711" },
		{ "urn:epc:tag:itip-110:4.4012345.012345.01.02.981", "4094F4E4E40C0E40820000000F54",
		  "urn:epc:id:itip:4012345.012345.01.02.981" },
		{ "urn:epc:tag:itip-212:4.4012345.012345.01.02.mw133",
		  "4194F4E4E40C0E4082DBDD8B36600000000000000000000000000000",
		  "urn:epc:id:itip:4012345.012345.01.02.mw133" },
		{ "urn:epc:tag:gid-96:31415.271828.1414", "350007AB70425D4000000586", "urn:epc:id:gid:31415.271828.1414" },
		{ "urn:epc:tag:usdod-96:3.CAGEY.5678", "2F320434147455900000162E", "urn:epc:id:usdod:CAGEY.5678" },
		{ "urn:epc:tag:adi-var:3.35962.PQ7VZ4.M37GXB92", "3B0E0CF5E76C9047759AD00373DC7602E7200000",
		  "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92" },
		{ "urn:epc:tag:grai-96:1.123456789012..7", "332072FA6468500000000007", "urn:epc:id:grai:123456789012..7" },
	};

	(void)state;
	assert_true(sizeof(t) / sizeof(t[0]) >= HM_EPC_SCHEMES);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char hex[HM_EPC_HEX_SIZE] = "", uri[HM_EPC_URI_SIZE] = "", pure[HM_EPC_URI_SIZE] = "";

		assert_int_equal(hm_epc_encode(t[i].uri, hex, sizeof(hex)), 0);
		assert_string_equal(hex, t[i].hex);
		assert_int_equal(hm_epc_decode(t[i].hex, uri, sizeof(uri)), 0);
		assert_string_equal(uri, t[i].uri);
		assert_int_equal(hm_epc_to_pure(uri, strlen(uri), pure, sizeof(pure)), 0);
		assert_string_equal(pure, t[i].pure);
	}
}

/* hex <-> uri as the independent packing says */
static void agree_on(const char *uri, const struct spec_bits *b)
{
	char want[HM_EPC_HEX_SIZE + 4], hex[HM_EPC_HEX_SIZE] = "", back[HM_EPC_URI_SIZE] = "";
	int rc;

	spec_hex(b, want);
	rc = hm_epc_encode(uri, hex, sizeof(hex));
	if (rc || strcmp(hex, want))
		fail_msg("%s: %s %s, not %s", uri, rc ? hm_error_name(rc) : "", hex, want);
	rc = hm_epc_decode(want, back, sizeof(back));
	if (rc || strcmp(back, uri))
		fail_msg("%s: %s %s, not %s", want, rc ? hm_error_name(rc) : "", back, uri);
	/* the same where the caller's buffer has room for nothing more than the text */
	memset(back, 'x', sizeof(back));
	assert_int_equal(hm_epc_decode(want, back, strlen(uri) + 1), 0);
	assert_string_equal(back, uri);
	assert_int_equal(hm_epc_decode(want, back, strlen(uri)), -HM_ETOO_LONG);
	assert_string_equal(back, uri);
}

static void agree(const struct spec_epc *e)
{
	struct spec_bits b = { .n = 0 };
	char uri[256];

	spec_uri(e, uri);
	spec_image(e, &b);
	if (e->s->bits)
		assert_int_equal(b.n, e->s->bits);
	agree_on(uri, &b);
}

/* The URI is refused for @rc, the image for @image_rc; 0 where one cannot say it. */
static void refused_as(const char *uri, int rc, const struct spec_bits *b, int image_rc)
{
	char hex[HM_EPC_HEX_SIZE + 4] = "old", back[HM_EPC_URI_SIZE] = "old";
	int got = rc ? hm_epc_encode(uri, hex, sizeof(hex)) : 0;

	if (got != rc)
		fail_msg("%s: %s, not %s", uri, hm_error_name(got), hm_error_name(rc));
	assert_string_equal(hex, "old");
	if (!image_rc)
		return;
	spec_hex(b, hex);
	got = hm_epc_decode(hex, back, sizeof(back));
	if (got != image_rc)
		fail_msg("%s (%s): %s, not %s", hex, uri, hm_error_name(got), hm_error_name(image_rc));
	assert_string_equal(back, "old");
}

static void refused(const struct spec_epc *e, int rc, int image_rc)
{
	struct spec_bits b = { .n = 0 };
	char uri[256];

	spec_uri(e, uri);
	if (image_rc)
		spec_image(e, &b);
	refused_as(uri, rc, &b, image_rc);
}

static const char plain_set[] = "!'()*+,-.0Az:;=_";
static const char *const escapes[] = { "%22", "%25", "%26", "%2F", "%3C", "%3E", "%3F" };

/* @n characters; every third one escaped */
static void text_of(char *out, int n, const char *plain, const char *escaped)
{
	*out = '\0';
	for (int i = 0; i < n; i++)
		strcat(out, i % 3 == 2 ? escaped : (char[]){ plain[(size_t)i % strlen(plain)], '\0' });
}

static struct spec_epc base(const struct spec *s, int p)
{
	struct spec_epc e = { .s = s, .partition = p, .filter = 1, .piece = "01", .total = "02", .tail = "1" };

	snprintf(e.prefix, sizeof(e.prefix), "%0*d", 12 - p, 1);
	if (s->second == 'p')
		snprintf(e.second, sizeof(e.second), "%0*d", s->second_digits[p], 0);
	else
		strcpy(e.second, "1");
	if (s->second == 'p' && !s->second_digits[p])
		e.second[0] = '\0';
	return e;
}

static void prefixes(const struct spec *s, int p)
{
	struct spec_epc e = base(s, p);

	for (e.filter = 0; e.filter < 8; e.filter++)
		agree(&e);
	e.filter = 8;
	refused(&e, -HM_EBAD_FILTER, 0);
	e.filter = 7;
	snprintf(e.prefix, sizeof(e.prefix), "%0*d", 12 - p, 0);
	agree(&e);
	snprintf(e.prefix, sizeof(e.prefix), "%" PRIu64, spec_nines(12 - p));
	agree(&e);
	/* one past: in the URI a digit more, which is the next partition's or none */
	snprintf(e.prefix, sizeof(e.prefix), "%" PRIu64, spec_nines(12 - p) + 1);
	refused(&e, p ? s->second == 'p' ? -HM_EBAD_LENGTH : 0 : -HM_EBAD_PREFIX_LENGTH, -HM_EOVERFLOW);
}

static void seconds(const struct spec *s, int p)
{
	struct spec_epc e = base(s, p);
	int n = s->second_digits[p];
	uint64_t max;

	if (s->second == 't' || s->second == 'v') {
		const char *set = s->second == 't' ? "Aa0_" : "AZ09-", *esc = s->second == 't' ? "%3C" : "%23";

		text_of(e.second, 1, set, esc);
		agree(&e);
		text_of(e.second, n, set, esc);
		agree(&e);
		text_of(e.second, n + 1, set, esc);
		refused(&e, -HM_ETOO_LONG,
			s->second == 'v' || 7 * (n + 1) <= s->second_bits[p] ? -HM_ETOO_LONG : 0);
		e.second[0] = '\0';
		refused(&e, -HM_EEMPTY, -HM_EEMPTY);
		return;
	}
	if (!n) {
		agree(&e);
		strcpy(e.second, "1");
		refused(&e, -HM_EBAD_LENGTH, -HM_EOVERFLOW);
		return;
	}
	max = spec_second_max(s, p);
	if (s->second == 'n')
		strcpy(e.second, "0");
	agree(&e);
	snprintf(e.second, sizeof(e.second), "%" PRIu64, max);
	agree(&e);
	snprintf(e.second, sizeof(e.second), "%" PRIu64, max + 1);
	refused(&e, s->second == 'n' ? -HM_EOVERFLOW : -HM_EBAD_LENGTH,
		max + 1 < 1ull << s->second_bits[p] ? -HM_EOVERFLOW : 0);
	strcpy(e.second, "01");
	refused(&e, s->second == 'n' ? -HM_ELEADING_ZERO : n == 2 ? 0 : -HM_EBAD_LENGTH, 0);
	e.second[0] = '\0';
	refused(&e, -HM_EEMPTY, 0);
}

static void tails(const struct spec *s, int p)
{
	struct spec_epc e = base(s, p);
	uint64_t max;

	if (s->tail == S_ZERO || s->tail == S_NONE)
		return;
	strcpy(e.tail, "0");
	agree(&e);
	switch (s->tail) {
	case S_NUM:
		max = spec_tail_max(s);
		snprintf(e.tail, sizeof(e.tail), "%" PRIu64, max);
		agree(&e);
		snprintf(e.tail, sizeof(e.tail), "%" PRIu64, max + 1);
		refused(&e, -HM_EOVERFLOW, s->bits ? 0 : -HM_EOVERFLOW);
		strcpy(e.tail, "01");
		refused(&e, -HM_ELEADING_ZERO, 0);
		break;
	case S_DIGITS:
		snprintf(e.tail, sizeof(e.tail), "%0*d", s->tail_chars, 0);
		agree(&e);
		snprintf(e.tail, sizeof(e.tail), "%" PRIu64, spec_nines(s->tail_chars));
		agree(&e);
		snprintf(e.tail, sizeof(e.tail), "%0*d", s->tail_chars + 1, 0);
		refused(&e, -HM_ETOO_LONG, 0);
		break;
	default:
		for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
			text_of(e.tail, s->tail_chars, plain_set + i, escapes[i]);
			agree(&e);
		}
		text_of(e.tail, s->tail_chars + 1, "A", "%3F");
		refused(&e, -HM_ETOO_LONG, 0);
		break;
	}
	e.tail[0] = '\0';
	refused(&e, -HM_EEMPTY, s->tail == S_NUM ? 0 : -HM_EEMPTY);
}

static void both_pieces(const struct spec *s, int p)
{
	struct spec_epc e = base(s, p);

	for (unsigned int i = 0; i < 100; i++) {
		snprintf(e.piece, sizeof(e.piece), "%02u", i % 100);
		snprintf(e.total, sizeof(e.total), "%02u", (99 - i) % 100);
		agree(&e);
	}
	strcpy(e.piece, "100");
	refused(&e, -HM_EBAD_LENGTH, -HM_EOVERFLOW);
	strcpy(e.piece, "1");
	refused(&e, -HM_EBAD_LENGTH, 0);
	strcpy(e.piece, "01");
	strcpy(e.total, "127");
	refused(&e, -HM_EBAD_LENGTH, -HM_EOVERFLOW);
}

static void every_edge(void **state)
{
	(void)state;
	for (size_t i = 0; i < SPECS; i++)
		for (int p = 0; p < 7; p++) {
			prefixes(&specs[i], p);
			seconds(&specs[i], p);
			tails(&specs[i], p);
			if (specs[i].pieces)
				both_pieces(&specs[i], p);
		}
}

/* --- the three without partitions --- */

/* TDS 1.13, 14.6.8: manager, class, serial */
static void gid(uint64_t manager, uint64_t class, uint64_t serial, int rc)
{
	struct spec_bits b = { .n = 0 };
	char uri[256];

	snprintf(uri, sizeof(uri), "urn:epc:tag:gid-96:%" PRIu64 ".%" PRIu64 ".%" PRIu64, manager, class, serial);
	spec_put(&b, 0x35, 8);
	spec_put(&b, manager, 28);
	spec_put(&b, class, 24);
	spec_put(&b, serial, 36);
	rc ? refused_as(uri, rc, &b, 0) : agree_on(uri, &b);
}

/* 14.6.9: a CAGE or DoDAAC of 8-bit characters, a blank in front of five */
static void usdod(unsigned int filter, const char *code, uint64_t serial, int rc)
{
	struct spec_bits b = { .n = 0 };
	char uri[256], six[16];

	snprintf(uri, sizeof(uri), "urn:epc:tag:usdod-96:%u.%s.%" PRIu64, filter, code, serial);
	snprintf(six, sizeof(six), "%6s", code);
	spec_put(&b, 0x2f, 8);
	spec_put(&b, filter, 4);
	for (const char *p = six; *p; p++)
		spec_put(&b, (uint64_t)*p, 8);
	spec_put(&b, serial, 36);
	rc ? refused_as(uri, rc, &b, 0) : agree_on(uri, &b);
}

/* 14.6.12: the same of 6-bit characters, then two strings; @rc is for the image too, where its filter has room */
static void adi(unsigned int filter, const char *code, const char *part, const char *serial, int rc)
{
	struct spec_bits b = { .n = 0 };
	char uri[256], six[16];

	snprintf(uri, sizeof(uri), "urn:epc:tag:adi-var:%u.%s.%s.%s", filter, code, part, serial);
	snprintf(six, sizeof(six), "%6s", code);
	spec_put(&b, 0x3b, 8);
	spec_put(&b, filter, 6);
	for (const char *p = six; *p; p++)
		spec_put(&b, (uint64_t)*p & 63, 6);
	spec_put_text6(&b, part);
	spec_put_text6(&b, serial);
	rc ? refused_as(uri, rc, &b, filter < 64 ? rc : 0) : agree_on(uri, &b);
}

static void without_partitions(void **state)
{
	static const char *const codes[] = { "00000", "ZZZZZ", "CAGEY", "000000", "ZZZZZZ", "W81X9C" };
	const uint64_t manager = (1 << 28) - 1, class = (1 << 24) - 1, serial = (1ull << 36) - 1;
	char text[128];

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		gid(i & 1 ? manager : 0, i & 2 ? class : 0, i & 4 ? serial : 0, 0);
	gid(manager + 1, 0, 0, -HM_EOVERFLOW);
	gid(0, class + 1, 0, -HM_EOVERFLOW);
	gid(0, 0, serial + 1, -HM_EOVERFLOW);
	for (unsigned int filter = 0; filter < 64; filter++) {
		if (filter < 16)
			usdod(filter, "CAGEY", 1, 0);
		adi(filter, "CAGEY", "", "1", 0);
	}
	usdod(16, "CAGEY", 1, -HM_EBAD_FILTER);
	adi(64, "CAGEY", "", "1", -HM_EBAD_FILTER);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		usdod(15, codes[i], 0, 0);
		usdod(0, codes[i], serial, 0);
		usdod(0, codes[i], serial + 1, -HM_EOVERFLOW);
		adi(1, codes[i], "-%2F0", "Z", 0);
	}
	/* the part has 0 ... 32 characters, the serial 1 ... 30, a # in front of it among them */
	for (int n = 1; n <= 33; n++) {
		text_of(text, n, "-09AZ", "%2F");
		adi(1, "CAGEY", text, "0", n > 32 ? -HM_ETOO_LONG : 0);
		adi(1, "CAGEY", "", text, n > 30 ? -HM_ETOO_LONG : 0);
		memcpy(text, "%23", 4);
		text_of(text + 3, n, "-09AZ", "%2F");
		adi(1, "CAGEY", "", text, n > 29 ? -HM_ETOO_LONG : 0);
	}
	adi(1, "CAGEY", "", "", -HM_EEMPTY);
}

static void partition_seven(void **state)
{
	char hex[HM_EPC_HEX_SIZE + 4], uri[HM_EPC_URI_SIZE] = "old";

	(void)state;
	for (size_t i = 0; i < SPECS; i++) {
		struct spec_bits b = { .n = 0 };

		spec_put(&b, specs[i].header, 8);
		spec_put(&b, 1, 3);
		spec_put(&b, 7, 3);
		spec_put(&b, 0, 240 - 14);
		spec_hex(&b, hex);
		assert_int_equal(hm_epc_decode(hex, uri, sizeof(uri)), -HM_EBAD_PARTITION);
		assert_string_equal(uri, "old");
	}
}

/* Each digit of the fast decimal writers, against printf. */
static void decimal_writers(void **state)
{
	char out[64], want[64];

	(void)state;
	for (unsigned int v = 0; v < 100000000; v += v < 200000 ? 1 : 9973) {
		*hm_put_padded(out, v, 8) = '\0';
		snprintf(want, sizeof(want), "%08u", v);
		assert_string_equal(out, want);
	}
	for (int n = 0; n < 20; n++)
		for (int d = -1; d <= 1; d++) {
			uint64_t v = spec_nines(n) + 1 + (uint64_t)d;

			*hm_put_number(out, v) = '\0';
			snprintf(want, sizeof(want), "%" PRIu64, v);
			assert_string_equal(out, want);
			if (n < 16) {
				*hm_put_padded(out, v, 16) = '\0';
				snprintf(want, sizeof(want), "%016" PRIu64, v);
				assert_string_equal(out, want);
			}
		}
	*hm_put_number(out, UINT64_MAX) = '\0';
	assert_string_equal(out, "18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(every_edge),
		cmocka_unit_test(without_partitions),
		cmocka_unit_test(partition_seven),
		cmocka_unit_test(decimal_writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
