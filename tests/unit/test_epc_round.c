// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * EPC codec, seeded properties over all schemes: decode(encode(uri)) = uri,
 * encode(decode(image)) = image less what lies behind the scheme, and both agree with an
 * independent packing. There are a million of them, which is seconds.
 *
 * A failure is shrunk: the parts are shortened while the property still fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "gs1/epc.h"
#include "support/epc_spec.h"
#include "support/gs1_wrong.h"
#include "support/rnd.h"
#include "support/shrink.h"

static const char *const set82[] = {
	"!", "'", "(", ")", "*", "+", ",", "-", ".", ":", ";", "=", "_", "%22", "%25", "%26", "%2F", "%3C", "%3E",
	"%3F", "0", "1", "5", "9", "A", "M", "Z", "a", "m", "z",
};
static const char *const set39[] = { "%23", "%2F", "-", "0", "4", "9", "A", "I", "O", "Z" };

static void random_text(struct rnd *r, char *out, int max, const char *const *set, size_t n)
{
	*out = '\0';
	for (uint64_t len = 1 + rnd_below(r, (uint64_t)max); len; len--)
		strcat(out, set[rnd_below(r, n)]);
}

/* Small and large numbers alike: a random number of bits. */
static uint64_t random_number(struct rnd *r, uint64_t max)
{
	uint64_t v = rnd_next(r) >> rnd_below(r, 64);

	return max == UINT64_MAX ? v : v % (max + 1);
}

static struct spec_epc random_epc(struct rnd *r)
{
	struct spec_epc e = { .s = &specs[rnd_below(r, SPECS)], .partition = (int)rnd_below(r, 7),
			      .filter = (unsigned int)rnd_below(r, 8) };
	const struct spec *s = e.s;
	int p = e.partition;

	rnd_text(r, e.prefix, (size_t)(12 - p), "0123456789", 10);
	if (s->second == 't')
		random_text(r, e.second, s->second_digits[p], set82, sizeof(set82) / sizeof(set82[0]));
	else if (s->second == 'v')
		random_text(r, e.second, s->second_digits[p], set39, sizeof(set39) / sizeof(set39[0]));
	else if (s->second == 'n')
		snprintf(e.second, sizeof(e.second), "%" PRIu64, random_number(r, spec_second_max(s, p)));
	else
		rnd_text(r, e.second, (size_t)s->second_digits[p], "0123456789", 10);
	rnd_text(r, e.piece, 2, "0123456789", 10);
	rnd_text(r, e.total, 2, "0123456789", 10);
	if (s->tail == S_NUM)
		snprintf(e.tail, sizeof(e.tail), "%" PRIu64, random_number(r, spec_tail_max(s)));
	else if (s->tail == S_DIGITS)
		rnd_text(r, e.tail, 1 + rnd_below(r, (uint64_t)s->tail_chars), "0123456789", 10);
	else if (s->tail == S_TEXT)
		random_text(r, e.tail, s->tail_chars, set82, sizeof(set82) / sizeof(set82[0]));
	return e;
}

/* Does the codec do with @e what it must? */
static bool holds(const struct spec_epc *e)
{
	char uri[256], want[HM_EPC_HEX_SIZE + 4], hex[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE], pure[HM_EPC_URI_SIZE];
	struct spec_bits b = { .n = 0 };

	spec_uri(e, uri);
	spec_image(e, &b);
	spec_hex(&b, want);
	return !hm_epc_encode(uri, hex, sizeof(hex)) && !strcmp(hex, want) &&
	       !hm_epc_decode(hex, back, sizeof(back)) && !strcmp(back, uri) &&
	       !hm_epc_to_pure(uri, strlen(uri), pure, sizeof(pure)) &&
	       !hm_epc_from_pure(pure, strlen(pure), (enum hm_epc_scheme)(e->s - specs), e->filter, back,
				 sizeof(back)) && !strcmp(back, uri);
}

static size_t plain_len(const char *text)
{
	return strchr(text, '%') ? 0 : strlen(text);
}

/* One step smaller, of @step kinds; false where there is none. */
static bool smaller(struct spec_epc *e, int step)
{
	char *part = step == 1 ? e->second : e->tail;

	switch (step) {
	case 0:
		if (!e->filter)
			return false;
		e->filter = 0;
		return true;
	case 1:
	case 2:
		if ((step == 1 && e->s->second == 'p') || plain_len(part) < 2)
			return false;
		part[strlen(part) - 1] = '\0';
		return true;
	default:
		if (strspn(e->prefix, "0") == strlen(e->prefix))
			return false;
		memset(e->prefix, '0', strlen(e->prefix));
		return true;
	}
}

static void shrink_and_fail(const struct rnd *r, struct spec_epc e)
{
	char uri[256];

	for (int step = 0; step < 4; step++)
		for (struct spec_epc less = e; smaller(&less, step) && !holds(&less);)
			e = less;
	spec_uri(&e, uri);
	fail_msg("seed %" PRIu64 ", case %" PRIu64 ", shrunk: %s", r->seed, r->n, uri);
}

static void uri_image_uri(void **state)
{
	struct rnd r = rnd_start("epc uris");
	uint64_t n = rnd_cases(1000000);

	(void)state;
	for (r.n = 0; r.n < n; r.n++) {
		struct spec_epc e = random_epc(&r);

		if (!holds(&e))
			shrink_and_fail(&r, e);
	}
}

/* What decodes encodes to itself: all digits that hold none but the scheme's own bits. */
static const char *wrong_noise(const char *hex, size_t len)
{
	char uri[HM_EPC_URI_SIZE], again[HM_EPC_HEX_SIZE];
	const char *why = wrong_image(hex, len);
	size_t bits = 0;

	if (why || hm_epc_decode_n(hex, len, uri, sizeof(uri)))
		return why;
	if (hm_epc_encode(uri, again, sizeof(again)))
		return "what was decoded is not encoded";
	if (!memcmp(hex, "35", 2) || !memcmp(hex, "2F", 2))
		bits = 96;
	for (size_t i = 0; i < SPECS; i++)
		if (!memcmp(again, (char[]){ "0123456789ABCDEF"[specs[i].header / 16], "0123456789ABCDEF"[specs[i].header % 16] }, 2))
			bits = (size_t)specs[i].bits;
	return bits && (strlen(again) != (bits + 15) / 16 * 4 || memcmp(hex, again, bits / 4)) ?
		"encode(decode(image)) has other bits" : NULL;
}

/* Images of nothing but noise behind a good header. */
static void image_uri_image(void **state)
{
	struct rnd r = rnd_start("epc images");
	uint64_t n = rnd_cases(1000000), good = 0;

	(void)state;
	for (r.n = 0; r.n < n; r.n++) {
		static const uint8_t others[] = { 0x35, 0x2f, 0x3b };
		char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE];
		uint64_t kind = rnd_below(&r, SPECS + 3);
		uint8_t bytes[62];

		rnd_bytes(&r, bytes, sizeof(bytes));
		bytes[0] = kind < SPECS ? (uint8_t)specs[kind].header : others[kind - SPECS];
		/* small fields are likelier to be allowed; strings end early */
		if (r.n & 1)
			memset(bytes + 8, 0, 2 + rnd_below(&r, 40));
		if (r.n & 2)
			bytes[1] = (uint8_t)((bytes[1] & ~0x1cu) | (rnd_below(&r, 7) << 2));
		hm_hex_upper(bytes, sizeof(bytes), hex);
		shrink_check(&r, hex, strlen(hex), wrong_noise);
		good += !hm_epc_decode(hex, uri, sizeof(uri));
	}
	assert_true(good > n / 20);
}

/* gid, usdod and adi, which have no partitions */
static const char *wrong_other(struct rnd *r)
{
	static const char cage[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	char uri[320], hex[HM_EPC_HEX_SIZE], back[HM_EPC_URI_SIZE], code[7], part[128] = "", serial[128];

	rnd_text(r, code, 5 + rnd_below(r, 2), cage, sizeof(cage) - 1);
	/* an ADI takes set 39 less '#' */
	if (rnd_below(r, 4))
		random_text(r, part, 32, set39 + 1, sizeof(set39) / sizeof(set39[0]) - 1);
	random_text(r, serial, 29, set39 + 1, sizeof(set39) / sizeof(set39[0]) - 1);
	switch (rnd_below(r, 3)) {
	case 0:
		snprintf(uri, sizeof(uri), "urn:epc:tag:gid-96:%" PRIu64 ".%" PRIu64 ".%" PRIu64,
			 random_number(r, (1 << 28) - 1), random_number(r, (1 << 24) - 1),
			 random_number(r, (1ull << 36) - 1));
		break;
	case 1:
		snprintf(uri, sizeof(uri), "urn:epc:tag:usdod-96:%" PRIu64 ".%s.%" PRIu64, rnd_below(r, 16),
			 code, random_number(r, (1ull << 36) - 1));
		break;
	default:
		snprintf(uri, sizeof(uri), "urn:epc:tag:adi-var:%" PRIu64 ".%s.%s.%s%s", rnd_below(r, 64),
			 code, part, rnd_below(r, 2) ? "%23" : "", serial);
	}
	if (r->show)
		print_error("%s\n", uri);
	shrink_must(!hm_epc_encode(uri, hex, sizeof(hex)));
	shrink_must(!hm_epc_decode(hex, back, sizeof(back)));
	shrink_must(!strcmp(uri, back));
	return wrong_uri(uri, strlen(uri));
}

static void others(void **state)
{
	struct rnd r = rnd_start("epc others");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(250000); r.n++)
		shrink_drawn(&r, wrong_other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uri_image_uri),
		cmocka_unit_test(image_uri_image),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
