// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/gatelog.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

void gatelog_add(struct gatelog *g, uint32_t type, struct hm_ev *ev)
{
	uint8_t data[HM_EV_DATA_MAX], entry[HM_EV_DATA_MAX + 256], pair[64];
	unsigned int len;
	ssize_t n;
	int rc;

	ev->pcr = g->index;
	ev->type = type;
	n = hm_ev_encode_data(ev, data, sizeof(data));
	assert(n > 0);
	ev->data = data;
	ev->data_len = (size_t)n;
	ev->nbanks = 2;
	ev->bank[0] = (struct hm_ev_bank){ .alg = HM_EV_ALG_SHA256, .size = 32 };
	ev->bank[1] = (struct hm_ev_bank){ .alg = HM_EV_ALG_SHA1, .size = 20 };
	SHA256(data, (size_t)n, ev->bank[0].digest);
	rc = EVP_Digest(data, (size_t)n, ev->bank[1].digest, &len, EVP_sha1(), NULL);
	assert(rc == 1);
	if (type != HM_EV_NO_ACTION) {
		memcpy(pair, g->pcr, 32);
		memcpy(pair + 32, ev->bank[0].digest, 32);
		SHA256(pair, sizeof(pair), g->pcr);
	}
	n = hm_ev_encode_entry(ev, entry, sizeof(entry));
	assert(n > 0);
	rc = hm_buf_add(&g->log, entry, (size_t)n);
	assert(!rc);
}

void gatelog_start(struct gatelog *g, const uint8_t boot_id[16], const uint8_t before[32])
{
	gatelog_start_in(g, 13, boot_id, before);
}

void gatelog_start_in(struct gatelog *g, uint32_t index, const uint8_t boot_id[16],
		      const uint8_t before[32])
{
	struct hm_ev_bank banks[2] = {
		{ .alg = HM_EV_ALG_SHA256, .size = 32 }, { .alg = HM_EV_ALG_SHA1, .size = 20 },
	};
	struct hm_ev ev = { .tag = HM_EV_TAG_START };
	uint8_t head[256];
	ssize_t n;
	int rc;

	memset(g, 0, sizeof(*g));
	hm_buf_init(&g->log, 4u << 20);
	g->index = index;
	n = hm_ev_encode_header(banks, 2, head, sizeof(head));
	assert(n > 0);
	rc = hm_buf_add(&g->log, head, (size_t)n);
	assert(!rc);
	if (before)
		memcpy(g->pcr, before, 32);
	ev.u.start.version = HM_EV_VERSION;
	memcpy(ev.u.start.boot_id, boot_id, 16);
	ev.u.start.pcr = g->index;
	ev.u.start.nbanks = 2;
	memcpy(ev.u.start.before, banks, sizeof(banks));
	memcpy(ev.u.start.before[0].digest, g->pcr, 32);
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
}

void gatelog_free(struct gatelog *g)
{
	hm_buf_free(&g->log);
}

uint64_t gatelog_intent(struct gatelog *g, const uint8_t job_id[16], uint32_t flags,
			const char *marker, uint32_t offset, uint32_t len, const uint8_t digest[32])
{
	struct hm_ev ev = { .tag = HM_EV_TAG_INTENT };

	ev.u.intent.seq = ++g->seq;
	memcpy(ev.u.intent.job_id, job_id, 16);
	ev.u.intent.flags = flags;
	strncpy(ev.u.intent.marker, marker, sizeof(ev.u.intent.marker) - 1);
	ev.u.intent.offset = offset;
	ev.u.intent.len = len;
	memcpy(ev.u.intent.sha256, digest, 32);
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
	return g->seq;
}

void gatelog_outcome(struct gatelog *g, uint64_t seq, uint32_t state, uint32_t sent)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_OUTCOME };

	ev.u.outcome.seq = seq;
	ev.u.outcome.state = state;
	ev.u.outcome.sent = sent;
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
}

static size_t header_of(const struct gatelog *g)
{
	struct hm_ev_reader r;
	int rc = hm_ev_reader_init(&r, g->log.data, g->log.len);

	assert(!rc);
	return r.pos;
}

void gatelog_piece(const struct gatelog *g, uint64_t from, uint64_t to, struct hm_buf *out)
{
	int rc = hm_buf_add(out, g->log.data, header_of(g));

	assert(!rc && from >= header_of(g) && to >= from && to <= g->log.len);
	rc = hm_buf_add(out, g->log.data + from, to - from);
	assert(!rc);
}

void gatelog_held(const struct gatelog *g, struct hm_buf *out)
{
	gatelog_piece(g, g->exported ? g->exported : header_of(g), g->log.len, out);
}

void gatelog_export(struct gatelog *g, uint64_t offset)
{
	_cleanup_buf_ struct hm_buf piece = HM_BUF_INIT(4u << 20);
	struct hm_ev ev = { .tag = HM_EV_TAG_EXPORT }, before;
	struct hm_ev_reader r;
	int rc;

	gatelog_piece(g, g->exported ? g->exported : header_of(g), offset, &piece);
	rc = hm_ev_reader_init(&r, piece.data, piece.len);
	assert(!rc);
	while ((rc = hm_ev_next(&r, &before)) == 1)
		if (before.tag == HM_EV_TAG_INTENT)
			g->exported_seq = before.u.intent.seq;
	assert(!rc);
	ev.u.exported.seq = g->exported_seq;
	ev.u.exported.offset = offset;
	SHA256(piece.data, piece.len, ev.u.exported.sha256);
	gatelog_add(g, HM_EV_EVENT_TAG, &ev);
	g->exported = offset;
}

void gatelog_quoted(const struct gatelog *g, uint8_t ret[32])
{
	SHA256(g->pcr, 32, ret);
}
