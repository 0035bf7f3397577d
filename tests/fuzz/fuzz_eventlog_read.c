// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Any bytes as an event log: what decodes, encodes to the same bytes; what does
 * not decode is refused where it stands; a log cut short reads the same up to
 * the cut.
 *
 * sources: kmod/eventlog.c
 */
#include <errno.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *log, size_t len);

static void same_bytes(const struct hm_ev *ev, const uint8_t *log)
{
	uint8_t *data = malloc(ev->data_len ?: 1);
	uint8_t *entry = malloc(ev->size);
	ssize_t n;

	FZ_CHECK(data && entry, "no memory");
	n = hm_ev_encode_data(ev, data, ev->data_len);
	FZ_CHECK(n == (ssize_t)ev->data_len, "tag %08x: %zd bytes of %zu", ev->tag, n, ev->data_len);
	FZ_CHECK(!memcmp(data, ev->data, ev->data_len), "tag %08x: other bytes", ev->tag);
	n = hm_ev_encode_entry(ev, entry, ev->size);
	FZ_CHECK(n == (ssize_t)ev->size, "entry: %zd bytes of %zu", n, ev->size);
	FZ_CHECK(!memcmp(entry, log + ev->at, ev->size), "entry at %zu: other bytes", ev->at);
	free(data);
	free(entry);
}

/* Reads all there is; returns where it ended, and how. */
static size_t read_all(const uint8_t *log, size_t len, size_t *ret_events, int *ret_rc)
{
	struct hm_ev_reader r;
	uint8_t header[128];
	struct hm_ev ev;
	size_t events = 0, at;
	int rc;

	rc = hm_ev_reader_init(&r, log, len);
	if (rc) {
		FZ_CHECK(rc == -EBADMSG, "header: %d", rc);
		*ret_events = 0;
		*ret_rc = rc;
		return 0;
	}
	at = r.pos;
	FZ_CHECK(at <= len, "header of %zu in %zu", at, len);
	FZ_CHECK(hm_ev_encode_header(r.bank, r.nbanks, header, at) == (ssize_t)at, "header's length");
	FZ_CHECK(!memcmp(header, log, at), "header: other bytes");
	while ((rc = hm_ev_next(&r, &ev)) == 1) {
		FZ_CHECK(ev.at == at && ev.size && r.pos == at + ev.size && r.pos <= len,
			 "entry at %zu of %zu in %zu, reader at %zu", ev.at, ev.size, len, r.pos);
		same_bytes(&ev, log);
		at = r.pos;
		events++;
	}
	FZ_CHECK(r.pos == at, "moved from %zu to %zu without an event", at, r.pos);
	FZ_CHECK(rc == -EBADMSG || (!rc && at == len), "%d at %zu of %zu", rc, at, len);
	FZ_CHECK(hm_ev_next(&r, &ev) == rc, "the end is another when asked again");
	*ret_events = events;
	*ret_rc = rc;
	return at;
}

/* The bytes up to @cut alone, in memory that ends there. */
static void read_cut(const uint8_t *log, size_t cut, size_t whole_events, size_t whole_end)
{
	uint8_t *piece = malloc(cut ?: 1);
	size_t events, end;
	int rc;

	FZ_CHECK(piece, "no memory");
	memcpy(piece, log, cut);
	end = read_all(piece, cut, &events, &rc);
	FZ_CHECK(events <= whole_events && end <= whole_end, "a cut log has more in it");
	if (cut >= whole_end)
		FZ_CHECK(events == whole_events && end == whole_end, "lost what was not cut");
	free(piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *log, size_t len)
{
	size_t events, end, cut = len;
	int rc;

	end = read_all(log, len, &events, &rc);
	/* where to cut is the input's own affair too */
	for (size_t i = 0; i < len; i++)
		cut = cut * 31 + log[i];
	read_cut(log, len ? cut % len : 0, events, end);
	return 0;
}
