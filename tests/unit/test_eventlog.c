// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The event log's codec. What matters: what is encoded decodes to the same and
 * to the bytes the format calls for; a log that was cut or altered in its
 * structure anywhere is refused, never misread; nothing is written or read
 * beyond what was given.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "eventlog.h"

#define LOG_ROOM	16384
#define EVENTS		7

static const struct hm_ev_bank banks[] = {
	{ .alg = HM_EV_ALG_SHA1, .size = 20 },
	{ .alg = HM_EV_ALG_SHA256, .size = 32 },
};

#define NBANKS		(sizeof(banks) / sizeof(banks[0]))

/* A log with one event of each kind; where each ends. */
struct sample {
	uint8_t log[LOG_ROOM];
	size_t len;
	size_t boundary[EVENTS + 1];	/* [0]: behind the header */
	struct hm_ev ev[EVENTS];
};

static void fill(void *p, size_t n, uint8_t from)
{
	uint8_t *b = p;

	while (n--)
		*b++ = from++;
}

static void make_events(struct hm_ev ev[EVENTS])
{
	memset(ev, 0, EVENTS * sizeof(*ev));
	ev[0].tag = HM_EV_TAG_START;
	ev[0].u.start.version = HM_EV_VERSION;
	fill(ev[0].u.start.boot_id, 16, 1);
	ev[0].u.start.pcr = 13;
	ev[0].u.start.nbanks = NBANKS;
	memcpy(ev[0].u.start.before, banks, sizeof(banks));
	fill(ev[0].u.start.before[0].digest, 20, 100);
	fill(ev[0].u.start.before[1].digest, 32, 200);
	ev[1].tag = HM_EV_TAG_ATTACH;
	ev[1].u.attach.kind = HM_EV_KIND_PRINTER;
	strcpy(ev[1].u.attach.marker, "printer0");
	ev[1].u.attach.ident_len = HM_EV_IDENT_MAX;
	fill(ev[1].u.attach.ident, HM_EV_IDENT_MAX, 7);
	ev[2].tag = HM_EV_TAG_INTENT;
	ev[2].u.intent.seq = 0x1122334455667788;
	fill(ev[2].u.intent.job_id, 16, 50);
	ev[2].u.intent.flags = 3;
	strcpy(ev[2].u.intent.marker, "0123456789012345678901234567890");
	ev[2].u.intent.offset = 0x01020304;
	ev[2].u.intent.len = 0xfffffffe;
	fill(ev[2].u.intent.sha256, 32, 60);
	ev[3].tag = HM_EV_TAG_OUTCOME;
	ev[3].u.outcome.seq = UINT64_MAX;
	ev[3].u.outcome.state = 2;
	ev[3].u.outcome.sent = 17;
	ev[3].u.outcome.error = -110;
	fill(ev[3].u.outcome.reply_sha256, 32, 90);
	ev[4].tag = HM_EV_TAG_DETACH;
	strcpy(ev[4].u.detach.marker, "printer0");
	ev[5].tag = HM_EV_TAG_RESOLVED;
	ev[5].u.resolve.seq = 9;
	ev[5].u.resolve.verdict = HM_EV_RESOLVED_NOT_EXTENDED;
	ev[6].tag = HM_EV_TAG_FAULT;
	ev[6].u.fault.seq = 10;
	ev[6].u.fault.code = INT32_MIN;
}

/* Encodes @ev as an entry behind what @s holds. */
static void append(struct sample *s, struct hm_ev *ev, uint32_t type)
{
	uint8_t data[HM_EV_DATA_MAX];
	ssize_t n;

	ev->pcr = 13;
	ev->type = type;
	ev->nbanks = NBANKS;
	memcpy(ev->bank, banks, sizeof(banks));
	fill(ev->bank[0].digest, 20, 3);
	fill(ev->bank[1].digest, 32, 4);
	n = hm_ev_encode_data(ev, data, sizeof(data));
	assert_true(n > 0);
	ev->data = data;
	ev->data_len = (size_t)n;
	n = hm_ev_encode_entry(ev, s->log + s->len, sizeof(s->log) - s->len);
	assert_true(n > 0);
	s->len += (size_t)n;
	ev->data = NULL;
}

static struct sample *make_sample(void)
{
	struct sample *s = calloc(1, sizeof(*s));
	size_t i;
	ssize_t n;

	assert_non_null(s);
	n = hm_ev_encode_header(banks, NBANKS, s->log, sizeof(s->log));
	assert_true(n > 0);
	s->len = (size_t)n;
	s->boundary[0] = s->len;
	make_events(s->ev);
	for (i = 0; i < EVENTS; i++) {
		append(s, &s->ev[i], i == 6 ? HM_EV_NO_ACTION : HM_EV_EVENT_TAG);
		s->boundary[i + 1] = s->len;
	}
	return s;
}

/* Reads a log of its own exact size, so that a sanitizer sees any step beyond. */
static int read_all(const uint8_t *log, size_t len, size_t *ret_events)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct hm_ev_reader r;
	struct hm_ev ev;
	size_t n = 0;
	int rc;

	assert_non_null(copy);
	memcpy(copy, log, len);
	rc = hm_ev_reader_init(&r, copy, len);
	while (!rc && (rc = hm_ev_next(&r, &ev)) == 1) {
		n++;
		rc = 0;
		if (r.pos == r.len)
			break;
	}
	free(copy);
	*ret_events = n;
	return rc;
}

static void round_trip(void **state)
{
	struct sample *s = make_sample();
	uint8_t again[HM_EV_DATA_MAX];
	struct hm_ev_reader r;
	struct hm_ev ev;
	size_t i;

	(void)state;
	assert_int_equal(hm_ev_reader_init(&r, s->log, s->len), 0);
	assert_int_equal(r.nbanks, NBANKS);
	assert_int_equal(r.bank[1].alg, HM_EV_ALG_SHA256);
	for (i = 0; i < EVENTS; i++) {
		assert_int_equal(hm_ev_next(&r, &ev), 1);
		assert_int_equal(ev.tag, s->ev[i].tag);
		assert_int_equal(ev.type, s->ev[i].type);
		assert_int_equal(ev.pcr, 13);
		assert_int_equal(ev.at, s->boundary[i]);
		assert_int_equal(ev.size, s->boundary[i + 1] - s->boundary[i]);
		assert_memory_equal(ev.bank, s->ev[i].bank, sizeof(ev.bank));
		assert_memory_equal(&ev.u, &s->ev[i].u, sizeof(ev.u));
		assert_int_equal(hm_ev_encode_data(&ev, again, sizeof(again)), ev.data_len);
		assert_memory_equal(again, ev.data, ev.data_len);
	}
	assert_int_equal(hm_ev_next(&r, &ev), 0);
	free(s);
}

/* The bytes themselves, once, as the format says them. */
static void known_bytes(void **state)
{
	static const uint8_t header[] = {
		0, 0, 0, 0, 3, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		33, 0, 0, 0, 'S', 'p', 'e', 'c', ' ', 'I', 'D', ' ', 'E', 'v', 'e', 'n', 't',
		'0', '3', 0, 0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, 0x0b, 0, 32, 0, 0,
	};
	static const uint8_t resolved[] = {
		7, 0, 0x4d, 0x48, 12, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0,
	};
	struct hm_ev ev = { .tag = HM_EV_TAG_RESOLVED };
	uint8_t buf[128];

	(void)state;
	assert_int_equal(hm_ev_encode_header(&banks[1], 1, buf, sizeof(buf)), sizeof(header));
	assert_memory_equal(buf, header, sizeof(header));
	ev.u.resolve.seq = 0x0102030405060708;
	ev.u.resolve.verdict = HM_EV_RESOLVED_EXTENDED;
	assert_int_equal(hm_ev_encode_data(&ev, buf, sizeof(buf)), sizeof(resolved));
	assert_memory_equal(buf, resolved, sizeof(resolved));
}

/* A log may end behind any event and nowhere else. */
static void truncation(void **state)
{
	struct sample *s = make_sample();
	size_t len, events, whole = 0;
	int rc;

	(void)state;
	for (len = 0; len < s->len; len++) {
		if (len == s->boundary[whole])
			whole++;
		rc = read_all(s->log, len, &events);
		if (whole && len == s->boundary[whole - 1]) {
			assert_int_equal(rc, 0);
			assert_int_equal(events, whole - 1);
		} else {
			assert_int_equal(rc, -EBADMSG);
			assert_int_equal(events, whole ? whole - 1 : 0);
		}
	}
	assert_int_equal(whole, EVENTS);
	assert_int_equal(read_all(s->log, s->len, &events), 0);
	assert_int_equal(events, EVENTS);
	free(s);
}

/* Not one byte of the header may differ, nor of an entry's structure. */
static void altered_structure(void **state)
{
	struct sample *s = make_sample();
	size_t at, events, first = s->boundary[0];
	/* where the sizes and names of the format stand in the START entry */
	size_t type = first + 4, count = first + 8, alg = first + 12;
	size_t data_len = alg + 2 + 20 + 2 + 32, tag = data_len + 4, size = tag + 4;
	const size_t fixed[] = { type, count, alg, data_len, tag, size, size + 4 };
	size_t i;

	(void)state;
	for (at = 0; at < first; at++) {
		s->log[at] ^= 0x40;
		assert_int_equal(read_all(s->log, s->len, &events), -EBADMSG);
		s->log[at] ^= 0x40;
	}
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		s->log[fixed[i]] ^= 0x40;
		assert_int_equal(read_all(s->log, s->len, &events), -EBADMSG);
		assert_int_equal(events, 0);
		s->log[fixed[i]] ^= 0x40;
	}
	assert_int_equal(read_all(s->log, s->len, &events), 0);
	free(s);
}

/* Random damage: refused or read, but never a step outside (run under ASan). */
static void damage(void **state)
{
	struct sample *s = make_sample();
	uint8_t *copy = malloc(s->len);
	uint32_t x = 12345;
	size_t events, i, refused = 0;

	(void)state;
	assert_non_null(copy);
	for (i = 0; i < 20000; i++) {
		memcpy(copy, s->log, s->len);
		x = x * 1664525 + 1013904223;
		copy[(x >> 8) % s->len] ^= (uint8_t)(1u << (x & 7));
		if (read_all(copy, s->len, &events))
			refused++;
	}
	assert_true(refused > 0);
	assert_true(refused < i);
	free(copy);
	free(s);
}

/* Encoding stops at the buffer's end, at every size that is too small. */
static void encode_room(void **state)
{
	struct sample *s = make_sample();
	uint8_t buf[HM_EV_DATA_MAX + 1], data[HM_EV_DATA_MAX];
	size_t i, room;
	ssize_t n, need;

	(void)state;
	for (i = 0; i < EVENTS; i++) {
		need = hm_ev_encode_data(&s->ev[i], data, sizeof(data));
		assert_true(need > 8);
		for (room = 0; room < (size_t)need; room++) {
			buf[room] = 0xa5;
			assert_int_equal(hm_ev_encode_data(&s->ev[i], buf, room), -ENOSPC);
			assert_int_equal(buf[room], 0xa5);
		}
		s->ev[i].data = data;
		s->ev[i].data_len = (size_t)need;
		need = hm_ev_encode_entry(&s->ev[i], buf, sizeof(buf));
		assert_true(need > 0);
		for (room = 0; room < (size_t)need; room++) {
			buf[room] = 0xa5;
			n = hm_ev_encode_entry(&s->ev[i], buf, room);
			assert_int_equal(n, -ENOSPC);
			assert_int_equal(buf[room], 0xa5);
		}
	}
	need = hm_ev_encode_header(banks, NBANKS, buf, sizeof(buf));
	for (room = 0; room < (size_t)need; room++)
		assert_int_equal(hm_ev_encode_header(banks, NBANKS, buf, room), -ENOSPC);
	free(s);
}

static void limits(void **state)
{
	struct hm_ev_bank many[HM_EV_BANKS_MAX + 1];
	uint8_t buf[HM_EV_DATA_MAX];
	struct hm_ev ev[EVENTS];
	uint32_t b;

	(void)state;
	for (b = 0; b <= HM_EV_BANKS_MAX; b++)
		many[b] = (struct hm_ev_bank){ .alg = (uint16_t)(b + 1), .size = 64 };
	assert_int_equal(hm_ev_encode_header(many, 0, buf, sizeof(buf)), -EINVAL);
	assert_true(hm_ev_encode_header(many, HM_EV_BANKS_MAX, buf, sizeof(buf)) > 0);
	assert_int_equal(hm_ev_encode_header(many, HM_EV_BANKS_MAX + 1, buf, sizeof(buf)), -EINVAL);
	many[1].alg = many[0].alg;
	assert_int_equal(hm_ev_encode_header(many, 2, buf, sizeof(buf)), -EINVAL);
	many[0].size = HM_EV_DIGEST_MAX + 1;
	assert_int_equal(hm_ev_encode_header(many, 1, buf, sizeof(buf)), -EINVAL);

	make_events(ev);
	ev[0].u.start.nbanks = HM_EV_BANKS_MAX + 1;
	assert_int_equal(hm_ev_encode_data(&ev[0], buf, sizeof(buf)), -EINVAL);
	ev[1].u.attach.ident_len = HM_EV_IDENT_MAX + 1;
	assert_int_equal(hm_ev_encode_data(&ev[1], buf, sizeof(buf)), -EINVAL);
	memset(ev[2].u.intent.marker, 'x', HM_EV_NAME_SIZE);
	assert_int_equal(hm_ev_encode_data(&ev[2], buf, sizeof(buf)), -EINVAL);
	ev[4].u.detach.marker[0] = '\0';
	assert_int_equal(hm_ev_encode_data(&ev[4], buf, sizeof(buf)), -EINVAL);
	ev[5].tag = HM_EV_TAG_FAULT + 1;
	assert_int_equal(hm_ev_encode_data(&ev[5], buf, sizeof(buf)), -EINVAL);
	ev[6].nbanks = 0;
	assert_int_equal(hm_ev_encode_entry(&ev[6], buf, sizeof(buf)), -EINVAL);
}

/* What a careless reader would let pass inside an event whose length is right. */
static void sloppy_fields(void **state)
{
	struct sample *s = make_sample();
	size_t events, at;

	(void)state;
	/* DETACH: a byte behind the name's end */
	at = s->boundary[5] - 1;
	s->log[at] = 'x';
	assert_int_equal(read_all(s->log, s->len, &events), -EBADMSG);
	assert_int_equal(events, 4);
	s->log[at] = 0;
	/* RESOLVED: a verdict that is none */
	at = s->boundary[6] - 4;
	s->log[at] = 3;
	assert_int_equal(read_all(s->log, s->len, &events), -EBADMSG);
	assert_int_equal(events, 5);
	s->log[at] = HM_EV_RESOLVED_EXTENDED;
	assert_int_equal(read_all(s->log, s->len, &events), 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(known_bytes),
		cmocka_unit_test(truncation),
		cmocka_unit_test(altered_structure),
		cmocka_unit_test(damage),
		cmocka_unit_test(encode_room),
		cmocka_unit_test(limits),
		cmocka_unit_test(sloppy_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
