// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events made of the input, encoded and decoded: the same events. An event that
 * is not sound is refused, room that is a byte short is ENOSPC and not a byte
 * beyond it is touched (each buffer ends where it is said to end).
 *
 * sources: kmod/eventlog.c tests/fuzz/gen.c
 */
#include <errno.h>

#include "fuzz.h"

#define EVENTS_MAX	32
#define ENTRY_MAX	(16 + HM_EV_BANKS_MAX * (2 + HM_EV_DIGEST_MAX) + HM_EV_DATA_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

typedef ssize_t encode_fn(const struct hm_ev *ev, uint8_t *buf, size_t size);

/* Into a buffer of exactly its size; what it is when it is a byte short. */
static uint8_t *encode_exactly(encode_fn *encode, const struct hm_ev *ev, size_t n)
{
	uint8_t *buf = malloc(n), *small = malloc(n - 1 ?: 1);

	FZ_CHECK(buf && small, "no memory");
	FZ_CHECK(encode(ev, buf, n) == (ssize_t)n, "another length in a buffer of %zu", n);
	FZ_CHECK(encode(ev, small, n - 1) == -ENOSPC, "%zu bytes in %zu", n, n - 1);
	free(small);
	return buf;
}

static void same_event(const struct hm_ev *was, const struct hm_ev *is)
{
	FZ_CHECK(is->pcr == was->pcr && is->type == was->type && is->tag == was->tag,
		 "tag %08x type %u of PCR %u became tag %08x type %u of PCR %u",
		 was->tag, was->type, was->pcr, is->tag, is->type, is->pcr);
	FZ_CHECK(is->nbanks == was->nbanks && !memcmp(is->bank, was->bank, sizeof(is->bank)),
		 "tag %08x: other banks", was->tag);
	FZ_CHECK(!memcmp(&is->u, &was->u, sizeof(is->u)), "tag %08x: other content", was->tag);
}

/* Returns the entry's length in @log, or 0: it was not sound, and refused. */
static size_t write_event(struct fz *z, struct hm_ev *ev, uint8_t *log, size_t room)
{
	uint8_t scratch[ENTRY_MAX];
	uint8_t *data, *entry;
	bool sound = fz_event(z, ev);
	ssize_t n;

	n = hm_ev_encode_data(ev, scratch, sizeof(scratch));
	if (!sound) {
		FZ_CHECK(n == -EINVAL, "tag %08x, not sound: %zd", ev->tag, n);
		return 0;
	}
	FZ_CHECK(n > 0 && n <= HM_EV_DATA_MAX, "tag %08x: %zd", ev->tag, n);
	data = encode_exactly(hm_ev_encode_data, ev, (size_t)n);
	FZ_CHECK(!memcmp(data, scratch, (size_t)n), "two encodings of one event");
	ev->pcr = (uint32_t)fz_le(z, 4);
	ev->type = fz_u8(z) % 2 ? HM_EV_NO_ACTION : HM_EV_EVENT_TAG;
	for (uint32_t b = 0; b < ev->nbanks; b++)
		fz_bytes(z, ev->bank[b].digest, ev->bank[b].size);
	ev->data = data;
	ev->data_len = (size_t)n;
	n = hm_ev_encode_entry(ev, scratch, sizeof(scratch));
	FZ_CHECK(n > 0 && (size_t)n <= room, "an entry of %zd", n);
	entry = encode_exactly(hm_ev_encode_entry, ev, (size_t)n);
	memcpy(log, entry, (size_t)n);
	free(entry);
	free(data);
	ev->data = NULL;
	return (size_t)n;
}

static void banks_refused(const struct hm_ev_bank *bank, uint32_t nbanks)
{
	struct hm_ev ev = { .tag = HM_EV_TAG_DETACH, .type = HM_EV_EVENT_TAG, .nbanks = nbanks };
	uint8_t buf[256];

	memcpy(ev.bank, bank, nbanks * sizeof(*bank));
	FZ_CHECK(hm_ev_encode_header(bank, nbanks, buf, sizeof(buf)) == -EINVAL, "header");
	FZ_CHECK(hm_ev_encode_entry(&ev, buf, sizeof(buf)) == -EINVAL, "entry");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct hm_ev events[EVENTS_MAX];
	static uint8_t log[128 + EVENTS_MAX * ENTRY_MAX];
	struct fz z = { input, size };
	struct hm_ev_bank bank[HM_EV_BANKS_MAX] = { 0 };
	struct hm_ev_reader r;
	struct hm_ev ev;
	uint32_t nbanks;
	size_t n_events = 0, len;
	ssize_t n;

	if (!fz_banks(&z, bank, &nbanks)) {
		banks_refused(bank, nbanks);
		return 0;
	}
	n = hm_ev_encode_header(bank, nbanks, log, sizeof(log));
	FZ_CHECK(n > 0 && n < 128, "a header of %zd", n);
	len = (size_t)n;
	while (n_events < EVENTS_MAX && z.left) {
		struct hm_ev *e = &events[n_events];

		memset(e, 0, sizeof(*e));
		e->nbanks = nbanks;
		memcpy(e->bank, bank, sizeof(bank));
		n = (ssize_t)write_event(&z, e, log + len, sizeof(log) - len);
		e->at = len;
		e->size = (size_t)n;
		len += (size_t)n;
		n_events += n > 0;
	}
	FZ_CHECK(!hm_ev_reader_init(&r, log, len), "its own header");
	for (size_t i = 0; i < n_events; i++) {
		FZ_CHECK(hm_ev_next(&r, &ev) == 1, "event %zu of %zu does not decode", i, n_events);
		FZ_CHECK(ev.at == events[i].at && ev.size == events[i].size, "event %zu elsewhere", i);
		same_event(&events[i], &ev);
	}
	FZ_CHECK(!hm_ev_next(&r, &ev), "more than was written");
	return 0;
}
