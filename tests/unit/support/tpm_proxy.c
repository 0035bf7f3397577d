/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/tpm_proxy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define CC_EVICT_CONTROL	0x120u
#define CC_CREATE_PRIMARY	0x131u
#define CC_ACTIVATE_CREDENTIAL	0x147u
#define CC_CERTIFY		0x148u
#define RESTRICTED		0x00010000u
#define BUF_MAX			8192u

struct packet {
	uint8_t data[BUF_MAX];
	size_t len;
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool read_all(int fd, uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = read(fd, p, len);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool read_packet(int fd, struct packet *p)
{
	if (!read_all(fd, p->data, 10))
		return false;
	p->len = get32(p->data + 2);
	return p->len >= 10 && p->len <= BUF_MAX && read_all(fd, p->data + 10, p->len - 10);
}

static bool write_packet(int fd, const struct packet *p)
{
	return write(fd, p->data, p->len) == (ssize_t)p->len;
}

/*
 * The public area of a CreatePrimary answer changed by @change, and the name at the
 * end made to fit again, as a TPM that lies consistently would do it.
 */
static void change_public(struct packet *r, void (*change)(uint8_t *area, size_t len))
{
	uint8_t *area = r->data + 10 + 4 + 4 + 2, *p;
	size_t len = get16(area - 2);

	change(area, len);
	p = area + len;
	p += 2 + get16(p);		/* creationData */
	p += 2 + get16(p);		/* creationHash */
	p += 2 + 4;			/* ticket */
	p += 2 + get16(p);
	if (get16(p) == 34)
		EVP_Digest(area, len, p + 4, NULL, EVP_sha256(), NULL);
}

static void other_point(uint8_t *area, size_t len)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t point[65];
	size_t n = 0;

	EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &n);
	memcpy(area + len - 32, point + 33, 32);
	memcpy(area + len - 32 - 2 - 32, point + 1, 32);
	EVP_PKEY_free(key);
}

static void unrestrict(uint8_t *area, size_t len)
{
	(void)len;
	put32(area + 4, get32(area + 4) & ~RESTRICTED);
}

static bool asks_for(const struct packet *q, const char *unique)
{
	return memmem(q->data, q->len, unique, strlen(unique));
}

static void bend_request(const char *mode, uint32_t cc, struct packet *q)
{
	/* ActivateCredential ends with the credential, then the encrypted seed; Certify
	 * with the nonce, then the scheme */
	if (!strcmp(mode, "bend-challenge") && cc == CC_ACTIVATE_CREDENTIAL)
		q->data[q->len - 2 - 256 - 1] ^= 1;
	if (!strcmp(mode, "bend-seed") && cc == CC_ACTIVATE_CREDENTIAL)
		q->data[q->len - 7] ^= 1;
	if (!strcmp(mode, "old-certify") && cc == CC_CERTIFY)
		q->data[q->len - 3] ^= 1;
}

static void bend_answer(const char *mode, uint32_t cc, const struct packet *q, struct packet *r)
{
	if (get32(r->data + 6))
		return;
	if (!strcmp(mode, "swap-idevid") && cc == CC_CREATE_PRIMARY && asks_for(q, "IDEVID"))
		change_public(r, other_point);
	if (!strcmp(mode, "weak-iak") && cc == CC_CREATE_PRIMARY && asks_for(q, "IAK"))
		change_public(r, unrestrict);
	if (!strcmp(mode, "bend-answer") && cc == CC_ACTIVATE_CREDENTIAL)
		r->data[10 + 4 + 2] ^= 1;
}

/*
 * A policy session that is neither bound nor salted has no key: its HMAC protects
 * nothing and may be left out (TPM 2.0 Library part 1, 19.6.5). With it left out,
 * the other side cannot notice by it what is changed here.
 */
static void strip_policy_hmacs(uint32_t cc, struct packet *q)
{
	size_t at = 10 + 2 * 4, end;

	if (cc != CC_CERTIFY && cc != CC_ACTIVATE_CREDENTIAL)
		return;
	end = at + 4 + get32(q->data + at);
	for (size_t p = at + 4; p < end;) {
		bool policy = q->data[p] == 0x03;
		size_t hmac = p + 4 + 2 + get16(q->data + p + 4) + 1;
		size_t len = get16(q->data + hmac);

		p = hmac + 2 + len;
		if (!policy)
			continue;
		memmove(q->data + hmac + 2, q->data + p, q->len - p);
		memset(q->data + hmac, 0, 2);
		q->len -= len;
		end -= len;
		p -= len;
	}
	put32(q->data + at, (uint32_t)(end - at - 4));
	put32(q->data + 2, (uint32_t)q->len);
}

/*
 * The answer's authorisations follow its parameters; the TPM left the HMACs out as
 * the request did, but the other side wants them: computed with the empty key.
 */
static void add_policy_hmacs(uint32_t cc, const struct packet *q, struct packet *r)
{
	size_t params = 10 + 4, params_len = get32(r->data + 10), p = params + params_len;
	size_t asked = 10 + 2 * 4 + 4;
	uint8_t text[BUF_MAX], rp_hash[32], hmac[32];

	if ((cc != CC_CERTIFY && cc != CC_ACTIVATE_CREDENTIAL) || get32(r->data + 6))
		return;
	put32(text, 0);
	put32(text + 4, cc);
	memcpy(text + 8, r->data + params, params_len);
	EVP_Digest(text, 8 + params_len, rp_hash, NULL, EVP_sha256(), NULL);
	while (p < r->len) {
		size_t nonce_len = get16(r->data + p), caller_len = get16(q->data + asked + 4);
		size_t at = p + 2 + nonce_len + 1, n = 32;

		if (q->data[asked] == 0x03 && !get16(r->data + at)) {
			memcpy(text, rp_hash, 32);
			memcpy(text + n, r->data + p + 2, nonce_len);
			n += nonce_len;
			memcpy(text + n, q->data + asked + 6, caller_len);
			n += caller_len;
			text[n++] = r->data[at - 1];
			HMAC(EVP_sha256(), "", 0, text, n, hmac, NULL);
			memmove(r->data + at + 2 + 32, r->data + at + 2, r->len - at - 2);
			memcpy(r->data + at + 2, hmac, 32);
			r->data[at + 1] = 32;
			r->len += 32;
		}
		p = at + 2 + get16(r->data + at);
		asked += 6 + caller_len + 1;
		asked += 2 + get16(q->data + asked);
	}
	put32(r->data + 2, (uint32_t)r->len);
}

static int serve(const char *mode, int tpm)
{
	struct packet q, r;
	int evicted = 0;

	while (read_packet(STDIN_FILENO, &q)) {
		uint32_t cc = get32(q.data + 6);

		if (!strcmp(mode, "failure")) {
			static const uint8_t failed[10] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x01 };

			memcpy(r.data, failed, sizeof(failed));
			r.len = sizeof(failed);
			if (!write_packet(STDOUT_FILENO, &r))
				return 1;
			continue;
		}
		if (!strcmp(mode, "cut-certify") && cc == CC_CERTIFY)
			return 0;
		if (strcmp(mode, "pass"))
			strip_policy_hmacs(cc, &q);
		bend_request(mode, cc, &q);
		if (!write_packet(tpm, &q) || !read_packet(tpm, &r))
			return 1;
		if (!strcmp(mode, "cut-evict") && cc == CC_EVICT_CONTROL && ++evicted == 2)
			return 0;
		bend_answer(mode, cc, &q, &r);
		if (strcmp(mode, "pass"))
			add_policy_hmacs(cc, &q, &r);
		if (!write_packet(STDOUT_FILENO, &r))
			return 1;
	}
	return 0;
}

bool tpm_proxy_main(int argc, char **argv, int *ret_exit)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (argc != 4 || strcmp(argv[1], "--tpm-proxy"))
		return false;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", argv[3]);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		*ret_exit = 1;
	else
		*ret_exit = serve(argv[2], fd);
	return true;
}

const char *tpm_proxy_tcti(const struct swtpm *t, const char *mode, char *out, size_t size)
{
	char self[256] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		abort();
	snprintf(out, size, "cmd:%s --tpm-proxy %s %s/sock", self, mode, t->dir);
	return out;
}
