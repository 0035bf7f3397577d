// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many records a second one core verifies, against what cannot be left out: reading the
 * public key (SubjectPublicKeyInfo) and one ECDSA P-256 verification by OpenSSL. Beside it,
 * what reading the record and its carriers costs by itself.
 *
 *	bench-record [ROUNDS [MILLISECONDS]]
 *
 * CPU time of this thread counts; rounds are interleaved, medians of values and ratios are
 * printed.
 */
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "bench.h"
#include "record/carrier.h"

#define ROUNDS_MAX	99
#define RECORDS		64u

static struct {
	uint8_t cwt[HM_RECORD_MAX], der[80], tbs[2 * HM_RECORD_MAX];
	size_t cwt_len, der_len, tbs_len;
	struct hm_buf tlv, fru;
} records[RECORDS];
static uint8_t spki[128];
static size_t spki_len;

static int64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void bare(unsigned int i)
{
	const uint8_t *p = spki;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)spki_len);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	bench_must(key && ctx);
	bench_must(EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1);
	bench_must(EVP_DigestVerify(ctx, records[i].der, records[i].der_len, records[i].tbs, records[i].tbs_len) == 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static void ours(unsigned int i)
{
	struct hm_record rec;

	bench_must(!hm_record_verify(records[i].cwt, records[i].cwt_len, spki, spki_len, &rec));
}

static void parse(unsigned int i)
{
	struct hm_record rec;

	bench_must(!hm_record_parse(records[i].cwt, records[i].cwt_len, &rec, NULL));
}

static void image(const struct hm_buf *b)
{
	struct hm_image out;
	enum hm_carrier c;
	size_t n;

	bench_must(!hm_image_parse(b->data, b->len, &c, &out, &n, NULL));
}

static void tlv(unsigned int i)
{
	image(&records[i].tlv);
}

static void fru(unsigned int i)
{
	image(&records[i].fru);
}

static const struct {
	const char *name;
	void (*run)(unsigned int i);
} kinds[] = {
	{ "openssl-key-and-verify", bare }, { "record-verify", ours }, { "record-read", parse },
	{ "tlvinfo-read", tlv }, { "fru-read", fru },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static double per_second(size_t kind, int64_t run_ns)
{
	int64_t start = cpu_ns(), now;
	unsigned long n = 0;

	do {
		kinds[kind].run((unsigned int)(n % RECORDS));
		n++;
	} while ((now = cpu_ns()) - start < run_ns);
	return (double)n * 1e9 / (double)(now - start);
}

static void sign(EVP_PKEY *key, const struct hm_buf *tbs, unsigned int i, uint8_t sig[64])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const uint8_t *p = records[i].der;
	ECDSA_SIG *s;

	records[i].der_len = sizeof(records[i].der);
	bench_must(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key, NULL) == 1);
	bench_must(EVP_DigestSign(ctx, records[i].der, &records[i].der_len, tbs->data, tbs->len) == 1);
	s = d2i_ECDSA_SIG(NULL, &p, (long)records[i].der_len);
	bench_must(s && BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32) == 32 &&
		   BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32) == 32);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(ctx);
}

static void make(EVP_PKEY *key, unsigned int i)
{
	_cleanup_buf_ struct hm_buf tbs = HM_BUF_INIT(2 * HM_RECORD_MAX), cwt = HM_BUF_INIT(HM_RECORD_MAX);
	struct hm_image img = { .product = "demo-sensor", .part_number = "HM-1000", .manufacturer = "Example Instruments",
				.made = 1795000000 };
	struct hm_record rec = { .issuer = "demo-factory", .product = "demo-sensor", .issued_at = 1795000000, .generation = 1 };
	uint8_t sig[64], digest[32];

	(void)snprintf(rec.serial, sizeof(rec.serial), "1000000%04u", i);
	memcpy(img.serial, rec.serial, sizeof(rec.serial));
	memset(rec.ckt, 0xc1, sizeof(rec.ckt));
	memset(rec.anchors, 0xa1, sizeof(rec.anchors));
	bench_must(EVP_Digest(spki, spki_len, digest, NULL, EVP_sha256(), NULL) == 1);
	memcpy(rec.kid, digest, sizeof(rec.kid));
	bench_must(!hm_record_tbs(&rec, &tbs));
	sign(key, &tbs, i, sig);
	bench_must(!hm_record_seal(&rec, sig, &cwt));
	memcpy(records[i].tbs, tbs.data, tbs.len);
	records[i].tbs_len = tbs.len;
	memcpy(records[i].cwt, cwt.data, cwt.len);
	memcpy(img.cwt, cwt.data, cwt.len);
	img.cwt_len = records[i].cwt_len = cwt.len;
	hm_buf_init(&records[i].tlv, HM_IMAGE_MAX);
	hm_buf_init(&records[i].fru, HM_IMAGE_MAX);
	bench_must(!hm_image_build(HM_CARRIER_ONIE_TLV, &img, &records[i].tlv, NULL));
	bench_must(!hm_image_build(HM_CARRIER_IPMI_FRU, &img, &records[i].fru, NULL));
}

int main(int argc, char *argv[])
{
	static double value[KINDS][ROUNDS_MAX], ratio[KINDS][ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	int64_t run_ns = (argc > 2 ? atoi(argv[2]) : 100) * 1000000ll;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t *p = spki;

	if (rounds < 1 || rounds > ROUNDS_MAX || run_ns < 1000000) {
		fprintf(stderr, "usage: bench-record [ROUNDS [MILLISECONDS]]\n");
		return 2;
	}
	bench_must(key);
	spki_len = (size_t)i2d_PUBKEY(key, &p);
	for (unsigned int i = 0; i < RECORDS; i++)
		make(key, i);
	for (int i = 0; i < rounds; i++)
		for (size_t k = 0; k < KINDS; k++) {
			value[k][i] = per_second(k, run_ns);
			ratio[k][i] = value[k][i] / value[0][i];
		}
	for (size_t k = 0; k < KINDS; k++)
		bench_line(kinds[k].name, bench_median(value[k], (size_t)rounds), "/s",
			   bench_median(ratio[k], (size_t)rounds), k ? kinds[0].name : "-");
	for (unsigned int i = 0; i < RECORDS; i++) {
		hm_buf_free(&records[i].tlv);
		hm_buf_free(&records[i].fru);
	}
	EVP_PKEY_free(key);
	return 0;
}
