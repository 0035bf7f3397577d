// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * seeds DIR: writes DIR/fuzz_eventlog_read/seed-* and DIR/fuzz_evidence/seed-*,
 * logs as a gate makes them: a START alone, a few jobs, an event of every kind,
 * a latched gate, and one in each choice of banks. Where the fuzzer begins.
 */
#include <errno.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "fuzz.h"

struct seed {
	uint8_t log[16384];
	size_t len;
	struct hm_ev_bank bank[HM_EV_BANKS_MAX];
	uint32_t nbanks;
};

static const EVP_MD *md_of(uint16_t alg)
{
	switch (alg) {
	case HM_EV_ALG_SHA1:
		return EVP_sha1();
	case HM_EV_ALG_SHA256:
		return EVP_sha256();
	case HM_EV_ALG_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

static void add(struct seed *s, uint32_t type, struct hm_ev *ev)
{
	uint8_t data[HM_EV_DATA_MAX];
	ssize_t n = hm_ev_encode_data(ev, data, sizeof(data));

	FZ_CHECK(n > 0, "tag %08x: %zd", ev->tag, n);
	ev->pcr = 13;
	ev->type = type;
	ev->nbanks = s->nbanks;
	memcpy(ev->bank, s->bank, sizeof(ev->bank));
	for (uint32_t b = 0; b < s->nbanks; b++)
		FZ_CHECK(EVP_Digest(data, (size_t)n, ev->bank[b].digest, NULL,
				    md_of(ev->bank[b].alg), NULL) == 1, "no digest");
	ev->data = data;
	ev->data_len = (size_t)n;
	n = hm_ev_encode_entry(ev, s->log + s->len, sizeof(s->log) - s->len);
	FZ_CHECK(n > 0, "entry: %zd", n);
	s->len += (size_t)n;
}

static void start(struct seed *s, const uint16_t *algs, uint32_t n)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_START };
	ssize_t len;

	memset(s, 0, sizeof(*s));
	s->nbanks = n;
	for (uint32_t b = 0; b < n; b++) {
		s->bank[b].alg = algs[b];
		s->bank[b].size = (uint16_t)EVP_MD_get_size(md_of(algs[b]));
	}
	len = hm_ev_encode_header(s->bank, n, s->log, sizeof(s->log));
	FZ_CHECK(len > 0, "header: %zd", len);
	s->len = (size_t)len;
	ev.u.start.version = HM_EV_VERSION;
	ev.u.start.pcr = 13;
	ev.u.start.nbanks = n;
	memcpy(ev.u.start.before, s->bank, sizeof(ev.u.start.before));
	memset(ev.u.start.boot_id, 0xb0, sizeof(ev.u.start.boot_id));
	add(s, HM_EV_EVENT_TAG, &ev);
}

static void intent(struct seed *s, uint32_t type, uint64_t seq, const char *marker)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_INTENT };

	ev.u.intent.seq = seq;
	memset(ev.u.intent.job_id, (int)seq, sizeof(ev.u.intent.job_id));
	snprintf(ev.u.intent.marker, sizeof(ev.u.intent.marker), "%s", marker);
	ev.u.intent.len = 512;
	memset(ev.u.intent.sha256, 0x5a, sizeof(ev.u.intent.sha256));
	add(s, type, &ev);
}

static void outcome(struct seed *s, uint64_t seq)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_OUTCOME };

	ev.u.outcome.seq = seq;
	ev.u.outcome.state = 1;
	ev.u.outcome.sent = 512;
	add(s, HM_EV_EVENT_TAG, &ev);
}

static void attach(struct seed *s, uint32_t kind, const char *marker, const char *ident)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_ATTACH };

	ev.u.attach.kind = kind;
	snprintf(ev.u.attach.marker, sizeof(ev.u.attach.marker), "%s", marker);
	ev.u.attach.ident_len = (uint32_t)strlen(ident);
	memcpy(ev.u.attach.ident, ident, strlen(ident));
	add(s, HM_EV_EVENT_TAG, &ev);
}

static void detach(struct seed *s, const char *marker)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_DETACH };

	snprintf(ev.u.detach.marker, sizeof(ev.u.detach.marker), "%s", marker);
	add(s, HM_EV_EVENT_TAG, &ev);
}

static void resolved(struct seed *s, uint64_t seq, uint32_t verdict)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_RESOLVED, .u.resolve = { seq, verdict } };

	add(s, HM_EV_EVENT_TAG, &ev);
}

static void exported(struct seed *s, uint64_t seq)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT, .u.exported = { .seq = seq, .offset = s->len } };

	memset(ev.u.exported.sha256, 0xe4, sizeof(ev.u.exported.sha256));
	add(s, HM_EV_EVENT_TAG, &ev);
}

static void fault(struct seed *s, uint64_t seq)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_FAULT, .u.fault = { seq, 257 } };

	add(s, HM_EV_NO_ACTION, &ev);
}

static void write_one(const char *dir, const char *name, const uint8_t *prefix, size_t n,
		      const struct seed *s)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/seed-%s", dir, name);
	f = fopen(path, "wb");
	FZ_CHECK(f, "%s: %s", path, strerror(errno));
	FZ_CHECK(fwrite(prefix, 1, n, f) == n && fwrite(s->log, 1, s->len, f) == s->len &&
		 !fclose(f), "%s: %s", path, strerror(errno));
}

static void write_seed(const char *top, const char *name, const struct seed *s)
{
	static const uint8_t raw = 1;	/* what fuzz_evidence.c calls RAW */
	char dir[2048];

	snprintf(dir, sizeof(dir), "%s/fuzz_eventlog_read", top);
	mkdir(dir, 0777);
	write_one(dir, name, NULL, 0, s);
	snprintf(dir, sizeof(dir), "%s/fuzz_evidence", top);
	mkdir(dir, 0777);
	write_one(dir, name, &raw, 1, s);
}

int main(int argc, char **argv)
{
	static const uint16_t all[] = { HM_EV_ALG_SHA1, HM_EV_ALG_SHA256, HM_EV_ALG_SHA384, HM_EV_ALG_SHA512 };
	static struct seed s;

	FZ_CHECK(argc == 2, "seeds DIR");
	start(&s, all + 1, 1);
	write_seed(argv[1], "start", &s);
	start(&s, all, 4);
	write_seed(argv[1], "banks", &s);
	start(&s, all, 2);
	attach(&s, HM_EV_KIND_PRINTER, "printer-1", "MFG:Maker;MDL:Printer;CLS:PRINTER;");
	attach(&s, HM_EV_KIND_EEPROM, "eeprom-1", "i2c-7 0x50 24c02");
	for (uint64_t seq = 1; seq <= 3; seq++) {
		intent(&s, HM_EV_EVENT_TAG, seq, seq == 2 ? "eeprom-1" : "printer-1");
		outcome(&s, seq);
	}
	resolved(&s, 4, HM_EV_RESOLVED_NOT_EXTENDED);
	exported(&s, 3);
	detach(&s, "printer-1");
	write_seed(argv[1], "jobs", &s);
	start(&s, all + 1, 1);
	intent(&s, HM_EV_EVENT_TAG, 1, "p");
	resolved(&s, 1, HM_EV_RESOLVED_EXTENDED);
	outcome(&s, 1);
	intent(&s, HM_EV_NO_ACTION, 2, "p");
	fault(&s, 2);
	write_seed(argv[1], "latched", &s);
	return 0;
}
