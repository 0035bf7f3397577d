// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record: its bytes, its limits, and that nothing else is taken for one. */
#include <assert.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/record.h"
#include "record/tag.h"
#include "support/shrink.h"
#include "support/signer.h"

static void the_bytes_are_those_of_the_document(void **state)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(1000), cwt = HM_BUF_INIT(1000), hex = HM_BUF_INIT(1000);
	struct hm_record rec = {
		.issuer = "f", .serial = "17", .product = "p", .issued_at = 1795000000, .generation = 2,
		.kid = { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	uint8_t sig[64];

	(void)state;
	memset(sig, 0x55, sizeof(sig));
	assert_int_equal(hm_record_tbs(&rec, &tbs), 0);
	assert_int_equal(hm_buf_hex(&hex, tbs.data, tbs.len), 0);
	assert_string_equal(hm_buf_str(&hex), "846a5369676e617475726531" "4da2012604480102030405060708" "40"
			    "57" "a4" "016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02");
	hm_buf_reset(&hex);
	assert_int_equal(hm_record_seal(&rec, sig, &cwt), 0);
	assert_int_equal(hm_buf_hex(&hex, cwt.data, cwt.len - 64), 0);
	assert_string_equal(hm_buf_str(&hex), "d284" "4da2012604480102030405060708" "a0"
			    "57" "a4" "016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" "5840");
}

static void the_largest_record_fits(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	struct hm_record rec = example(), back;
	uint8_t sig[64];

	(void)state;
	strcpy(rec.issuer, "sixteen-letters-");
	strcpy(rec.serial, "12345678901234567890");
	strcpy(rec.product, "12345678901234567890123456789012");
	rec.issued_at = UINT32_MAX;
	rec.generation = UINT32_MAX;
	seal(&rec, &cwt);
	assert_int_equal(cwt.len, 248);	/* as docs/record.md says; HM_RECORD_MAX is 251 */
	assert_int_equal(hm_record_parse(cwt.data, cwt.len, &back, sig), 0);
	assert_memory_equal(&back, &rec, sizeof(rec));
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len, &back), 0);
}

static void members_are_checked(void **state)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1000);
	const struct hm_record good = example();
	uint8_t sig[64] = { 0 };
	struct hm_record rec;

	(void)state;
#define REFUSED(change, error) do {					\
	rec = good;							\
	change;								\
	assert_int_equal(hm_record_tbs(&rec, &b), -(error));		\
	assert_int_equal(hm_record_seal(&rec, sig, &b), -(error));	\
	assert_int_equal(b.len, 0);					\
} while (0)
	REFUSED(rec.issuer[0] = 0, HM_EEMPTY);
	REFUSED(rec.serial[0] = 0, HM_EEMPTY);
	REFUSED(rec.product[0] = 0, HM_EEMPTY);
	REFUSED(memset(rec.issuer, 'a', sizeof(rec.issuer)), HM_ETOO_LONG);
	REFUSED(memset(rec.serial, 'a', sizeof(rec.serial)), HM_ETOO_LONG);
	REFUSED(memset(rec.product, 'a', sizeof(rec.product)), HM_ETOO_LONG);
	REFUSED(rec.issuer[1] = '\n', HM_EBAD_CHAR);
	REFUSED(rec.serial[1] = ' ', HM_EBAD_CHAR);
	REFUSED(rec.product[1] = (char)0xc3, HM_EBAD_CHAR);
	REFUSED(rec.issued_at = -1, HM_EOVERFLOW);
	REFUSED(rec.issued_at = (int64_t)UINT32_MAX + 1, HM_EOVERFLOW);
#undef REFUSED
	rec = good;
	strcpy(rec.issuer, "a factory");
	assert_int_equal(hm_record_tbs(&rec, &b), 0);
}

static void verifies(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	struct hm_record rec = example(), back = { .generation = 99 };
	uint8_t other_spki[128], *p = other_spki, longer[200] = { 0 };
	EVP_PKEY *other = EVP_EC_gen("P-256"), *wide = EVP_EC_gen("P-384");
	int len;

	(void)state;
	seal(&rec, &cwt);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len, &back), 0);
	assert_memory_equal(&back, &rec, sizeof(rec));
	back.generation = 99;
	len = i2d_PUBKEY(other, &p);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, other_spki, (size_t)len, &back), -HM_EBAD_SIGNATURE);
	p = longer;
	len = i2d_PUBKEY(wide, &p);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, longer, (size_t)len, &back), -HM_EBAD_FORMAT);
	memcpy(longer, spki, spki_len);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, longer, spki_len + 1, &back), -HM_EBAD_FORMAT);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len - 1, &back), -HM_EBAD_FORMAT);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, "", 0, &back), -HM_EBAD_FORMAT);
	/* the right signature by the right key, under another key's name */
	rec.kid[0] ^= 1;
	hm_buf_reset(&cwt);
	seal(&rec, &cwt);
	assert_int_equal(hm_record_verify(cwt.data, cwt.len, spki, spki_len, &back), -HM_EBAD_SIGNATURE);
	assert_int_equal(back.generation, 99);
	EVP_PKEY_free(other);
	EVP_PKEY_free(wide);
}

/* Not one bit may change, not one byte may be cut or added. */
static void every_bit_counts(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	const struct hm_record rec = example();
	struct hm_record back;
	uint8_t sig[64];

	(void)state;
	seal(&rec, &cwt);
	for (size_t i = 0; i < 8 * cwt.len; i++) {
		int rc;

		cwt.data[i / 8] ^= (uint8_t)(1u << i % 8);
		rc = hm_record_verify(cwt.data, cwt.len, spki, spki_len, &back);
		if (rc != -HM_EBAD_SIGNATURE && rc != -HM_EBAD_FORMAT && rc != -HM_ETOO_LONG)
			fail_msg("bit %zu: %d", i, rc);
		cwt.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t n = 0; n < cwt.len; n++)
		assert_int_equal(hm_record_parse(cwt.data, n, &back, sig), -HM_EBAD_FORMAT);
	assert_int_equal(hm_buf_byte(&cwt, 0), 0);
	assert_int_equal(hm_record_parse(cwt.data, cwt.len, &back, sig), -HM_EBAD_FORMAT);
	while (cwt.len <= HM_RECORD_MAX)
		assert_int_equal(hm_buf_byte(&cwt, 0), 0);
	assert_int_equal(hm_record_parse(cwt.data, cwt.len, &back, sig), -HM_ETOO_LONG);
}

/* What another writer of CWTs might write, and seal() does not. */
static void only_what_seal_writes(void **state)
{
#define PROTECTED	"4da2012604480102030405060708"
#define SIG		"5840" "55555555555555555555555555555555555555555555555555555555555555555555555555555555" \
			"555555555555555555555555555555555555555555555555"
#define ONES		"5820" "1111111111111111111111111111111111111111111111111111111111111111"
#define ZEROS		"5820" "0000000000000000000000000000000000000000000000000000000000000000"
	static const struct {
		const char *hex;
		int rc;
	} t[] = {
		{ "d284" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 0 },
		{ "84" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },	/* no tag */
		{ "d83d" "d284" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d184" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },	/* COSE_Mac0 */
		{ "d285" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a10126" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		/* ES384; kid of 7 bytes; another order */
		{ "d284" "4ea201382204480102030405060708" "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" "4ca20126044701020304050607" "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" "4da2044801020304050607080126" "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		/* three pairs said, two there; one item said, two there; four of them */
		{ "d284" "4da3012604480102030405060708" "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "81" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "5839" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "84" "6170" "02" ONES SIG, 1 },
		/* claims out of order, missing, one too many, a time as text */
		{ "d284" PROTECTED "a0" "57" "a402623137" "016166" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "53" "a3016166" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "581a" "a5016166" "02623137" "061a6afd86c0" "074101" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "57" "a4016166" "02623137" "06646afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		/* a time in eight bytes that four hold; a generation of -3; 2^32 */
		{ "d284" PROTECTED "a0" "581b" "a4016166" "02623137" "061b000000006afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "57" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "22" SIG, 1 },
		{ "d284" PROTECTED "a0" "581f" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "82" "6170" "1b0000000100000000" SIG, 1 },
		/* anchors that are not there, said to be zero; so a cnf */
		{ "d284" PROTECTED "a0" "5839" "a4016166" "02623137" "061a6afd86c0" "3a00010000" "83" "6170" "02" ZEROS SIG, 1 },
		{ "d284" PROTECTED "a0" "583c" "a5016166" "02623137" "061a6afd86c0" "08a105" ZEROS "3a00010000" "82" "6170" "02" SIG, 1 },
		/* a serial with a space, an empty one, a payload of nothing */
		{ "d284" PROTECTED "a0" "57" "a4016166" "02623120" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "55" "a4016166" "0260" "061a6afd86c0" "3a00010000" "82" "6170" "02" SIG, 1 },
		{ "d284" PROTECTED "a0" "40" SIG, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct hm_record rec = { .generation = 99 };
		uint8_t bytes[400], sig[64];
		size_t n;
		int rc;

		assert_int_equal(hm_unhex_any(t[i].hex, bytes, sizeof(bytes), &n), 0);
		rc = hm_record_parse(bytes, n, &rec, sig);
		if (rc != (t[i].rc ? -HM_EBAD_FORMAT : 0))
			fail_msg("row %zu: %d", i, rc);
		assert_int_equal(rec.generation, rc ? 99 : 2);
	}
}

/* The size of what begins there, and nothing about what is in it. */
static void measured(void **state)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(1000);
	const struct hm_record rec = example();
	size_t n = 99, len;

	(void)state;
	seal(&rec, &cwt);
	len = cwt.len;
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(hm_record_measure(cwt.data, cut, &n), -HM_EBAD_FORMAT);
	assert_int_equal(hm_buf_add(&cwt, "\xff\xff", 2), 0);
	assert_int_equal(n, 99);
	assert_int_equal(hm_record_measure(cwt.data, cwt.len, &n), 0);
	assert_int_equal(n, len);
	cwt.data[0] = 0xd1;
	assert_int_equal(hm_record_measure(cwt.data, cwt.len, &n), -HM_EBAD_FORMAT);
}

static void random_record(struct rnd *r, struct hm_record *rec)
{
	char set[94];

	for (size_t i = 0; i < sizeof(set); i++)
		set[i] = (char)('!' + i);
	memset(rec, 0, sizeof(*rec));
	rnd_text(r, rec->issuer, 1 + rnd_below(r, 16), set, sizeof(set));
	rnd_text(r, rec->serial, 1 + rnd_below(r, 20), set, sizeof(set));
	rnd_text(r, rec->product, 1 + rnd_below(r, 32), set, sizeof(set));
	rec->issued_at = (int64_t)(rnd_next(r) >> (32 + rnd_below(r, 32)));
	rec->generation = (uint32_t)(rnd_next(r) >> (32 + rnd_below(r, 32)));
	if (rnd_below(r, 2))
		rnd_bytes(r, rec->ckt, sizeof(rec->ckt));
	if (rnd_below(r, 2))
		rnd_bytes(r, rec->anchors, sizeof(rec->anchors));
	rnd_bytes(r, rec->kid, sizeof(rec->kid));
}

/* parse(seal(x)) = x, and a tag's user memory brings back the same bytes. */
static const char *wrong(const struct hm_record *rec)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(HM_RECORD_MAX), bank = HM_BUF_INIT(HM_TAG_MAX);
	uint8_t sig[64], sig_back[64], out[HM_RECORD_MAX];
	struct hm_record back;
	size_t n;

	memset(sig, rec->kid[0], sizeof(sig));
	if (hm_record_seal(rec, sig, &cwt))
		return "it is not sealed";
	if (hm_record_parse(cwt.data, cwt.len, &back, sig_back))
		return "it is not read";
	if (memcmp(rec, &back, sizeof(back)) || memcmp(sig, sig_back, sizeof(sig)))
		return "it reads differently";
	if (hm_tag_build(cwt.data, cwt.len, HM_TAG_NO_TID, 0, &bank, NULL) ||
	    hm_tag_parse(bank.data, bank.len, &back, out, &n, NULL) || n != cwt.len || memcmp(out, cwt.data, n))
		return "a tag does not bring it back";
	return NULL;
}

static const char *wrong_record(struct rnd *r)
{
	struct hm_record rec;

	random_record(r, &rec);
	if (r->show)
		print_error("\"%s\" \"%s\" \"%s\" %lld %u\n", rec.issuer, rec.serial, rec.product,
			    (long long)rec.issued_at, rec.generation);
	return wrong(&rec);
}

static void round_trips(void **state)
{
	struct rnd r = rnd_start("record round trip");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++)
		shrink_drawn(&r, wrong_record);
}

/* Damage is refused, or what is read seals to the very bytes. */
static const char *wrong_damage(struct rnd *r)
{
	_cleanup_buf_ struct hm_buf cwt = HM_BUF_INIT(HM_RECORD_MAX), again = HM_BUF_INIT(HM_RECORD_MAX);
	struct hm_record rec, back;
	uint8_t sig[64], sig_back[64];

	random_record(r, &rec);
	rnd_bytes(r, sig, sizeof(sig));
	if (hm_record_seal(&rec, sig, &cwt))
		return "it is not sealed";
	for (int i = 0; i < 2; i++)
		cwt.data[rnd_below(r, cwt.len)] = (uint8_t)rnd_next(r);
	if (r->show)
		for (size_t i = 0; i < cwt.len; i++)
			print_error("%02x%s", cwt.data[i], i + 1 < cwt.len ? "" : "\n");
	if (hm_record_parse(cwt.data, cwt.len, &back, sig_back))
		return NULL;
	if (hm_record_seal(&back, sig_back, &again))
		return "what is read is not sealed";
	return again.len != cwt.len || memcmp(again.data, cwt.data, cwt.len) ? "it seals to other bytes" : NULL;
}

static void damage(void **state)
{
	struct rnd r = rnd_start("damaged records");

	(void)state;
	for (r.n = 0; r.n < rnd_cases(50000); r.n++)
		shrink_drawn(&r, wrong_damage);
}

/* RFC 9679, 6: the example key and its SHA-256 thumbprint */
static void thumbprints(void **state)
{
	static const char head[] = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
	static const char point[] = "04"
		"65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
		"1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c";
	uint8_t der[91], got[32], want[32];

	(void)state;
	assert_int_equal(hm_unhex(head, der, 26), 0);
	assert_int_equal(hm_unhex(point, der + 26, 65), 0);
	assert_int_equal(hm_unhex("496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec", want, 32), 0);
	assert_int_equal(hm_cose_thumbprint(der, sizeof(der), got), 0);
	assert_memory_equal(got, want, 32);
	assert_int_equal(hm_cose_thumbprint(der, 90, got), -HM_EBAD_FORMAT);
	der[60] ^= 1;	/* not on the curve */
	assert_int_equal(hm_cose_thumbprint(der, sizeof(der), got), -HM_EBAD_FORMAT);
}

static void anchors(void **state)
{
	struct hm_anchor a[17] = { { "ek", "0123456789abcdef0123456789abcdef", 32 }, { "tid", "\xe2\x80\x11", 3 } };
	static const uint8_t zero[32];
	uint8_t want[32], got[32], swapped[32];

	(void)state;
	/* [["ek", h'30..'], ["tid", h'e28011']] */
	assert_int_equal(EVP_Digest("\x82\x82\x62" "ek" "\x58\x20" "0123456789abcdef0123456789abcdef"
				    "\x82\x63" "tid" "\x43\xe2\x80\x11", 1 + 4 + 34 + 5 + 4, want, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(hm_anchors_digest(a, 2, got), 0);
	assert_memory_equal(got, want, 32);
	a[2] = a[0];
	assert_int_equal(hm_anchors_digest(a + 1, 2, swapped), 0);
	assert_memory_not_equal(got, swapped, 32);
	assert_int_equal(hm_anchors_digest(a, 0, got), 0);
	assert_memory_equal(got, zero, 32);
	a[1].kind = "";
	assert_int_equal(hm_anchors_digest(a, 2, got), -EINVAL);
	a[1].kind = "aaaaaaaaaaaaaaaaa";
	assert_int_equal(hm_anchors_digest(a, 2, got), -EINVAL);
	a[1] = a[0];
	a[1].len = 0;
	assert_int_equal(hm_anchors_digest(a, 2, got), -EINVAL);
	a[1].len = 65;
	assert_int_equal(hm_anchors_digest(a, 2, got), -EINVAL);
	a[1].len = 1;
	assert_int_equal(hm_anchors_digest(a, 2, got), 0);
	for (size_t i = 1; i < 17; i++)
		a[i] = a[0];
	assert_int_equal(hm_anchors_digest(a, 16, got), 0);
	assert_int_equal(hm_anchors_digest(a, 17, got), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_are_those_of_the_document),
		cmocka_unit_test(the_largest_record_fits),
		cmocka_unit_test(members_are_checked),
		cmocka_unit_test(verifies),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(only_what_seal_writes),
		cmocka_unit_test(measured),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(damage),
		cmocka_unit_test(thumbprints),
		cmocka_unit_test(anchors),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
