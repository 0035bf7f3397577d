// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A boot's log as an auditor reads it. The input's first byte says how: the rest
 * is the log itself, or it is events whose digests are made to fit (so that what
 * lies behind the digests is reached), the PCR being replayed here a second time.
 * What is accepted must hang together; what is refused must leave no trace.
 *
 * sources: provisioning/ledger/evidence.c provisioning/base/error.c
 * sources: kmod/eventlog.c tests/fuzz/gen.c
 */
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "fuzz.h"
#include "ledger/evidence.h"

#define EVENTS_MAX	48
#define LOG_MAX		(EVENTS_MAX * 2400)
#define PCR		13

/* the first byte */
#define RAW		0x01	/* the rest is a log */
#define WILD		0x02	/* events as they come, no sequence numbers made to fit */
#define SHORT		0x04	/* one digest of the log is not the hash of its event */
#define NO_START	0x08

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct log {
	uint8_t bytes[LOG_MAX];
	size_t len;
	unsigned int events;
	uint64_t seq;
	bool spoilt;		/* holds a digest that is not of what it says */
	size_t at[EVENTS_MAX + 1];		/* where that event begins */
	uint64_t begun[EVENTS_MAX + 1];		/* highest job number before it */
	uint64_t exported, exported_seq;	/* what EXPORT events have given away */
	unsigned int exports;
	uint8_t pcr[EVENTS_MAX + 1][32];	/* after that many events, those of NO_ACTION not counted */
};

static void extend(const uint8_t before[32], const uint8_t *data, size_t len, uint8_t after[32])
{
	uint8_t pair[64];

	memcpy(pair, before, 32);
	SHA256(data, len, pair + 32);
	SHA256(pair, sizeof(pair), after);
}

static void piece_digest(const struct log *l, uint64_t to, uint8_t ret[32])
{
	static uint8_t piece[LOG_MAX];

	memcpy(piece, l->bytes, l->at[0]);
	memcpy(piece + l->at[0], l->bytes + l->exported, to - l->exported);
	SHA256(piece, l->at[0] + to - l->exported, ret);
}

/* Is it true of the log? An input may hold the right digest: the fuzzer sees what is compared with what. */
static bool is_true(const struct log *l, const struct hm_ev_export *x)
{
	uint8_t digest[32];

	if (x->offset <= l->exported || x->offset > l->len)
		return false;
	piece_digest(l, x->offset, digest);
	return !memcmp(digest, x->sha256, sizeof(digest));
}

/* A piece that ends before any event since the last EXPORT's, or the input's own fancy. */
static void make_export(struct fz *z, struct log *l, struct hm_ev_export *x)
{
	unsigned int to = fz_u8(z) % (l->events + 1);

	x->offset = l->at[to];
	x->seq = l->begun[to] > l->exported_seq ? l->begun[to] : l->exported_seq;
	if (x->offset > l->exported && fz_u8(z) < 0xf0)
		piece_digest(l, x->offset, x->sha256);
	else if (!is_true(l, x))
		l->spoilt = true;
}

static void make_fit(struct fz *z, struct log *l, struct hm_ev *ev)
{
	switch (ev->tag) {
	case HM_EV_TAG_INTENT:
		ev->u.intent.seq = l->seq + fz_u8(z) % 3;
		if (ev->u.intent.seq > l->seq)
			l->seq = ev->u.intent.seq;
		break;
	case HM_EV_TAG_OUTCOME:
		ev->u.outcome.seq = l->seq - fz_u8(z) % 3;
		break;
	case HM_EV_TAG_EXPORT:
		make_export(z, l, &ev->u.exported);
		break;
	case HM_EV_TAG_RESOLVED:
		ev->u.resolve.seq = l->seq + fz_u8(z) % 2;
		break;
	}
}

static void digests(struct fz *z, struct log *l, struct hm_ev *ev, bool spoil)
{
	for (uint32_t b = 0; b < ev->nbanks; b++) {
		const EVP_MD *md = ev->bank[b].alg == HM_EV_ALG_SHA1 ? EVP_sha1() : EVP_sha256();

		FZ_CHECK(EVP_Digest(ev->data, ev->data_len, ev->bank[b].digest, NULL, md, NULL) == 1,
			 "no digest");
	}
	if (spoil && fz_u8(z) % 8 == 0) {
		ev->bank[0].digest[fz_u8(z) % 20] ^= 1;
		l->spoilt = true;
	}
}

static void add(struct fz *z, struct log *l, uint8_t how)
{
	static const struct hm_ev_bank bank[2] = {
		{ .alg = HM_EV_ALG_SHA256, .size = 32 }, { .alg = HM_EV_ALG_SHA1, .size = 20 },
	};
	uint8_t data[HM_EV_DATA_MAX], odd;
	struct hm_ev ev = { .pcr = PCR, .type = HM_EV_EVENT_TAG, .nbanks = 2 };
	ssize_t n;

	memcpy(ev.bank, bank, sizeof(bank));
	if (!l->events && !(how & NO_START)) {
		ev.tag = HM_EV_TAG_START;
		ev.u.start.version = HM_EV_VERSION;
		ev.u.start.pcr = PCR;
		ev.u.start.nbanks = 1;
		ev.u.start.before[0] = bank[0];
		fz_bytes(z, ev.u.start.before[0].digest, 4);
	} else if (!fz_event(z, &ev)) {
		return;
	}
	if (!(how & WILD))
		make_fit(z, l, &ev);
	else if (ev.tag == HM_EV_TAG_EXPORT && !is_true(l, &ev.u.exported))
		l->spoilt = true;
	odd = fz_u8(z);
	if (ev.tag == HM_EV_TAG_FAULT ? odd < 0xf0 : odd >= 0xf0)
		ev.type = HM_EV_NO_ACTION;
	if (odd == 0x80)
		ev.pcr = PCR + 1;
	n = hm_ev_encode_data(&ev, data, sizeof(data));
	FZ_CHECK(n > 0, "an event that is not encoded: %zd", n);
	ev.data = data;
	ev.data_len = (size_t)n;
	digests(z, l, &ev, how & SHORT);
	n = hm_ev_encode_entry(&ev, l->bytes + l->len, sizeof(l->bytes) - l->len);
	FZ_CHECK(n > 0, "an entry that is not encoded: %zd", n);
	l->len += (size_t)n;
	l->at[l->events + 1] = l->len;
	l->begun[l->events + 1] = l->begun[l->events];
	if (ev.tag == HM_EV_TAG_INTENT && ev.u.intent.seq > l->begun[l->events])
		l->begun[l->events + 1] = ev.u.intent.seq;
	if (ev.tag == HM_EV_TAG_EXPORT && ev.type == HM_EV_EVENT_TAG) {
		l->exported = ev.u.exported.offset;
		l->exported_seq = ev.u.exported.seq;
	}
	l->exports += ev.tag == HM_EV_TAG_EXPORT;
	memcpy(l->pcr[l->events + 1], l->pcr[l->events], 32);
	for (uint32_t b = 0; !l->events && ev.tag == HM_EV_TAG_START && b < ev.u.start.nbanks; b++)
		if (ev.u.start.before[b].alg == HM_EV_ALG_SHA256)
			memcpy(l->pcr[1], ev.u.start.before[b].digest, 32);
	if (ev.type == HM_EV_EVENT_TAG)
		extend(l->pcr[l->events + 1], data, ev.data_len, l->pcr[l->events + 1]);
	l->events++;
}

/* Refused: as documented, with a reason, and *ret is as it was. */
static void refused(int rc, const struct hm_evidence *e, const struct hm_err *err)
{
	struct hm_evidence was;

	memset(&was, 0xa5, sizeof(was));
	FZ_CHECK(rc == -HM_EBAD_FORMAT || rc == -HM_EINCONSISTENT, "%d", rc);
	FZ_CHECK(!memcmp(e, &was, sizeof(was)), "a refusal left something behind");
	FZ_CHECK(memchr(err->text, '\0', sizeof(err->text)) && err->text[0], "a refusal without a reason");
}

static int read_into(const uint8_t *log, size_t len, const uint8_t *quoted, struct hm_evidence *e)
{
	uint8_t *exact = malloc(len ?: 1);
	struct hm_err err = { "" };
	int rc;

	FZ_CHECK(exact, "no memory");
	memcpy(exact, log, len);
	memset(e, 0xa5, sizeof(*e));
	rc = hm_evidence_read_quoted(exact, len, quoted, e, &err);
	free(exact);	/* evidence does not point into the log */
	if (rc)
		refused(rc, e, &err);
	return rc;
}

static void hangs_together(const struct hm_evidence *e)
{
	uint64_t last = 0;

	FZ_CHECK(e->events && e->n_jobs < e->events, "%zu jobs in %llu events", e->n_jobs,
		 (unsigned long long)e->events);
	for (size_t i = 0; i < e->n_jobs; i++) {
		const struct hm_ev_job *job = &e->jobs[i];

		FZ_CHECK(job->seq > last, "job %zu: %llu after %llu", i,
			 (unsigned long long)job->seq, (unsigned long long)last);
		FZ_CHECK(job->marker[0] && !job->marker[31], "job %zu has no name of a marker", i);
		FZ_CHECK(hm_evidence_job(e, job->job_id) == job, "job %zu is not found by its id", i);
		last = job->seq;
	}
	FZ_CHECK(e->last_seq >= last, "a last of %llu after %llu",
		 (unsigned long long)e->last_seq, (unsigned long long)last);
}

static void any_log(const uint8_t *log, size_t len)
{
	struct hm_evidence e, quoted;
	uint8_t digest[32];

	if (read_into(log, len, NULL, &e))
		return;
	hangs_together(&e);
	SHA256(e.replay, 32, digest);
	FZ_CHECK(!read_into(log, len, digest, &quoted), "it does not replay into its own quote");
	FZ_CHECK(quoted.events == e.events && !quoted.uncovered && quoted.n_jobs == e.n_jobs,
		 "quoted: %llu and %llu events of %llu", (unsigned long long)quoted.events,
		 (unsigned long long)quoted.uncovered, (unsigned long long)e.events);
	hm_evidence_free(&quoted);
	SHA256(log, len, digest);
	FZ_CHECK(read_into(log, len, digest, &quoted) == -HM_EINCONSISTENT, "a quote of anything");
	hm_evidence_free(&e);
}

static void made_log(struct fz *z, struct log *l, uint8_t how)
{
	static const struct hm_ev_bank bank[2] = {
		{ .alg = HM_EV_ALG_SHA256, .size = 32 }, { .alg = HM_EV_ALG_SHA1, .size = 20 },
	};
	uint8_t quoted_at = fz_u8(z), digest[32];
	struct hm_evidence e;
	ssize_t n;

	n = hm_ev_encode_header(bank, 2, l->bytes, sizeof(l->bytes));
	FZ_CHECK(n > 0, "no header");
	l->len = (size_t)n;
	l->at[0] = l->len;
	l->exported = l->len;
	do
		add(z, l, how);
	while (l->events < EVENTS_MAX && z->left);
	if (!l->events)
		return;
	any_log(l->bytes, l->len);
	if (read_into(l->bytes, l->len, NULL, &e))
		return;
	FZ_CHECK(!l->spoilt, "a digest that is not of what it says");
	FZ_CHECK(e.events == l->events && e.exports == l->exports, "%llu events of %u",
		 (unsigned long long)e.events, l->events);
	FZ_CHECK(!memcmp(e.replay, l->pcr[l->events], 32), "another replay");
	hm_evidence_free(&e);
	/* a quote made earlier covers at least what was there then */
	quoted_at = 1 + quoted_at % l->events;
	SHA256(l->pcr[quoted_at], 32, digest);
	FZ_CHECK(!read_into(l->bytes, l->len, digest, &e), "a quote after event %u", quoted_at);
	FZ_CHECK(e.events >= quoted_at && e.events + e.uncovered == l->events,
		 "a quote after %u: %llu and %llu of %u", quoted_at, (unsigned long long)e.events,
		 (unsigned long long)e.uncovered, l->events);
	hangs_together(&e);
	hm_evidence_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct log log;
	struct fz z = { input, size };
	uint8_t how = fz_u8(&z);

	if (how & RAW) {
		any_log(z.p, z.left);
		return 0;
	}
	log.len = 0;
	log.events = 0;
	log.seq = 0;
	log.spoilt = false;
	log.begun[0] = 0;
	log.exported_seq = 0;
	log.exports = 0;
	memset(log.pcr[0], 0, 32);
	made_log(&z, &log, how);
	return 0;
}
