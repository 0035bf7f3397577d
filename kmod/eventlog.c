// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The event log's codec; eventlog.h says what the bytes are.
 *
 * Writing and reading go through one cursor that remembers its first failure,
 * so that a function is a list of fields in their order and is checked once, at
 * its end. Reading is strict: an event field has exactly the bytes its tag
 * calls for, an entry has exactly the header's banks, a name is padded with
 * NULs and with nothing else. What decodes here encodes to the same bytes.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "eventlog.h"

#define SPEC_SIGNATURE		"Spec ID Event03"	/* sixteen bytes with its NUL */
#define SPEC_VERSION_MAJOR	2
#define SPEC_UINTN_SIZE		2			/* 64 bit */
#define SHA1_SIZE		20
/* a tagged event's own tag and size */
#define TAG_HEADER_SIZE		8

struct out {
	uint8_t *p;
	size_t size;
	size_t n;
	int error;
};

static void out_bytes(struct out *o, const void *p, size_t n)
{
	if (o->error)
		return;
	if (n > o->size - o->n) {
		o->error = -ENOSPC;
		return;
	}
	memcpy(o->p + o->n, p, n);
	o->n += n;
}

static void out_le(struct out *o, uint64_t v, size_t n)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	out_bytes(o, b, n);
}

static void out_name(struct out *o, const char *name)
{
	size_t n = strnlen(name, HM_EV_NAME_SIZE);
	char padded[HM_EV_NAME_SIZE] = { 0 };

	if (!n || n == HM_EV_NAME_SIZE) {
		o->error = -EINVAL;
		return;
	}
	memcpy(padded, name, n);
	out_bytes(o, padded, sizeof(padded));
}

static ssize_t out_end(const struct out *o)
{
	return o->error ? o->error : (ssize_t)o->n;
}

struct in {
	const uint8_t *p;
	size_t left;
	int error;
};

static const uint8_t *in_bytes(struct in *i, size_t n)
{
	const uint8_t *p = i->p;

	if (i->error || n > i->left) {
		i->error = -EBADMSG;
		return NULL;
	}
	i->p += n;
	i->left -= n;
	return p;
}

static void in_copy(struct in *i, void *to, size_t n)
{
	const uint8_t *p = in_bytes(i, n);

	if (p)
		memcpy(to, p, n);
}

static uint64_t in_le(struct in *i, size_t n)
{
	const uint8_t *p = in_bytes(i, n);
	uint64_t v = 0;

	while (p && n--)
		v = v << 8 | p[n];
	return v;
}

static uint16_t in_u16(struct in *i)
{
	return (uint16_t)in_le(i, 2);
}

static uint32_t in_u32(struct in *i)
{
	return (uint32_t)in_le(i, 4);
}

static void in_name(struct in *i, char *name)
{
	size_t n;

	in_copy(i, name, HM_EV_NAME_SIZE);
	if (i->error)
		return;
	n = strnlen(name, HM_EV_NAME_SIZE);
	if (!n || n == HM_EV_NAME_SIZE)
		i->error = -EBADMSG;
	for (; n < HM_EV_NAME_SIZE; n++)
		if (name[n])
			i->error = -EBADMSG;
}

static int banks_are_sound(const struct hm_ev_bank *bank, uint32_t nbanks)
{
	uint32_t b, c;

	if (!nbanks || nbanks > HM_EV_BANKS_MAX)
		return 0;
	for (b = 0; b < nbanks; b++) {
		if (!bank[b].size || bank[b].size > HM_EV_DIGEST_MAX)
			return 0;
		for (c = 0; c < b; c++)
			if (bank[c].alg == bank[b].alg)
				return 0;
	}
	return 1;
}

static void out_start(struct out *o, const struct hm_ev_start *e)
{
	uint32_t b;

	if (!banks_are_sound(e->before, e->nbanks)) {
		o->error = -EINVAL;
		return;
	}
	out_le(o, e->version, 4);
	out_bytes(o, e->boot_id, sizeof(e->boot_id));
	out_le(o, e->pcr, 4);
	out_le(o, e->nbanks, 4);
	for (b = 0; b < e->nbanks; b++) {
		out_le(o, e->before[b].alg, 2);
		out_le(o, e->before[b].size, 2);
		out_bytes(o, e->before[b].digest, e->before[b].size);
	}
}

static void in_start(struct in *i, struct hm_ev_start *e)
{
	uint32_t b;

	e->version = in_u32(i);
	in_copy(i, e->boot_id, sizeof(e->boot_id));
	e->pcr = in_u32(i);
	e->nbanks = in_u32(i);
	if (e->version != HM_EV_VERSION || e->nbanks > HM_EV_BANKS_MAX)
		i->error = -EBADMSG;
	for (b = 0; !i->error && b < e->nbanks; b++) {
		e->before[b].alg = in_u16(i);
		e->before[b].size = in_u16(i);
		if (e->before[b].size > HM_EV_DIGEST_MAX)
			i->error = -EBADMSG;
		else
			in_copy(i, e->before[b].digest, e->before[b].size);
	}
	if (!i->error && !banks_are_sound(e->before, e->nbanks))
		i->error = -EBADMSG;
}

static void out_data(struct out *o, const struct hm_ev *ev)
{
	switch (ev->tag) {
	case HM_EV_TAG_START:
		out_start(o, &ev->u.start);
		break;
	case HM_EV_TAG_INTENT:
		out_le(o, ev->u.intent.seq, 8);
		out_bytes(o, ev->u.intent.job_id, sizeof(ev->u.intent.job_id));
		out_le(o, ev->u.intent.flags, 4);
		out_name(o, ev->u.intent.marker);
		out_le(o, ev->u.intent.offset, 4);
		out_le(o, ev->u.intent.len, 4);
		out_bytes(o, ev->u.intent.sha256, sizeof(ev->u.intent.sha256));
		break;
	case HM_EV_TAG_OUTCOME:
		out_le(o, ev->u.outcome.seq, 8);
		out_le(o, ev->u.outcome.state, 4);
		out_le(o, ev->u.outcome.sent, 4);
		out_le(o, (uint32_t)ev->u.outcome.error, 4);
		out_bytes(o, ev->u.outcome.reply_sha256,
			  sizeof(ev->u.outcome.reply_sha256));
		break;
	case HM_EV_TAG_ATTACH:
		if (ev->u.attach.ident_len > HM_EV_IDENT_MAX) {
			o->error = -EINVAL;
			break;
		}
		out_le(o, ev->u.attach.kind, 4);
		out_name(o, ev->u.attach.marker);
		out_le(o, ev->u.attach.ident_len, 4);
		out_bytes(o, ev->u.attach.ident, ev->u.attach.ident_len);
		break;
	case HM_EV_TAG_DETACH:
		out_name(o, ev->u.detach.marker);
		break;
	case HM_EV_TAG_EXPORT:
		out_le(o, ev->u.exported.seq, 8);
		out_le(o, ev->u.exported.offset, 8);
		out_bytes(o, ev->u.exported.sha256, sizeof(ev->u.exported.sha256));
		break;
	case HM_EV_TAG_RESOLVED:
		out_le(o, ev->u.resolve.seq, 8);
		out_le(o, ev->u.resolve.verdict, 4);
		break;
	case HM_EV_TAG_FAULT:
		out_le(o, ev->u.fault.seq, 8);
		out_le(o, (uint32_t)ev->u.fault.code, 4);
		break;
	default:
		o->error = -EINVAL;
	}
}

static void in_data(struct in *i, struct hm_ev *ev)
{
	switch (ev->tag) {
	case HM_EV_TAG_START:
		in_start(i, &ev->u.start);
		break;
	case HM_EV_TAG_INTENT:
		ev->u.intent.seq = in_le(i, 8);
		in_copy(i, ev->u.intent.job_id, sizeof(ev->u.intent.job_id));
		ev->u.intent.flags = in_u32(i);
		in_name(i, ev->u.intent.marker);
		ev->u.intent.offset = in_u32(i);
		ev->u.intent.len = in_u32(i);
		in_copy(i, ev->u.intent.sha256, sizeof(ev->u.intent.sha256));
		break;
	case HM_EV_TAG_OUTCOME:
		ev->u.outcome.seq = in_le(i, 8);
		ev->u.outcome.state = in_u32(i);
		ev->u.outcome.sent = in_u32(i);
		ev->u.outcome.error = (int32_t)in_u32(i);
		in_copy(i, ev->u.outcome.reply_sha256,
			sizeof(ev->u.outcome.reply_sha256));
		break;
	case HM_EV_TAG_ATTACH:
		ev->u.attach.kind = in_u32(i);
		in_name(i, ev->u.attach.marker);
		ev->u.attach.ident_len = in_u32(i);
		if (ev->u.attach.ident_len > HM_EV_IDENT_MAX)
			i->error = -EBADMSG;
		else
			in_copy(i, ev->u.attach.ident, ev->u.attach.ident_len);
		break;
	case HM_EV_TAG_DETACH:
		in_name(i, ev->u.detach.marker);
		break;
	case HM_EV_TAG_EXPORT:
		ev->u.exported.seq = in_le(i, 8);
		ev->u.exported.offset = in_le(i, 8);
		in_copy(i, ev->u.exported.sha256, sizeof(ev->u.exported.sha256));
		break;
	case HM_EV_TAG_RESOLVED:
		ev->u.resolve.seq = in_le(i, 8);
		ev->u.resolve.verdict = in_u32(i);
		if (ev->u.resolve.verdict != HM_EV_RESOLVED_EXTENDED &&
		    ev->u.resolve.verdict != HM_EV_RESOLVED_NOT_EXTENDED)
			i->error = -EBADMSG;
		break;
	case HM_EV_TAG_FAULT:
		ev->u.fault.seq = in_le(i, 8);
		ev->u.fault.code = (int32_t)in_u32(i);
		break;
	default:
		i->error = -EBADMSG;
	}
}

ssize_t hm_ev_encode_data(const struct hm_ev *ev, uint8_t *buf, size_t size)
{
	struct out head = { .p = buf, .size = size };
	struct out body = { .p = buf, .size = size, .n = TAG_HEADER_SIZE };

	if (size < TAG_HEADER_SIZE)
		return -ENOSPC;
	out_data(&body, ev);
	if (body.error)
		return body.error;
	out_le(&head, ev->tag, 4);
	out_le(&head, body.n - TAG_HEADER_SIZE, 4);
	return out_end(&body);
}

ssize_t hm_ev_encode_entry(const struct hm_ev *ev, uint8_t *buf, size_t size)
{
	struct out o = { .p = buf, .size = size };
	uint32_t b;

	if (!banks_are_sound(ev->bank, ev->nbanks) ||
	    ev->data_len > HM_EV_DATA_MAX)
		return -EINVAL;
	out_le(&o, ev->pcr, 4);
	out_le(&o, ev->type, 4);
	out_le(&o, ev->nbanks, 4);
	for (b = 0; b < ev->nbanks; b++) {
		out_le(&o, ev->bank[b].alg, 2);
		out_bytes(&o, ev->bank[b].digest, ev->bank[b].size);
	}
	out_le(&o, ev->data_len, 4);
	out_bytes(&o, ev->data, ev->data_len);
	return out_end(&o);
}

ssize_t hm_ev_encode_header(const struct hm_ev_bank *bank, uint32_t nbanks,
			    uint8_t *buf, size_t size)
{
	static const uint8_t zeros[SHA1_SIZE];
	struct out o = { .p = buf, .size = size };
	uint32_t b;

	if (!banks_are_sound(bank, nbanks))
		return -EINVAL;
	out_le(&o, 0, 4);			/* PCR index */
	out_le(&o, HM_EV_NO_ACTION, 4);
	out_bytes(&o, zeros, SHA1_SIZE);
	out_le(&o, sizeof(SPEC_SIGNATURE) + 4 + 4 + 4 + 4 * nbanks + 1, 4);
	out_bytes(&o, SPEC_SIGNATURE, sizeof(SPEC_SIGNATURE));
	out_le(&o, 0, 4);			/* platform class: client */
	out_le(&o, 0, 1);			/* minor */
	out_le(&o, SPEC_VERSION_MAJOR, 1);
	out_le(&o, 0, 1);			/* errata */
	out_le(&o, SPEC_UINTN_SIZE, 1);
	out_le(&o, nbanks, 4);
	for (b = 0; b < nbanks; b++) {
		out_le(&o, bank[b].alg, 2);
		out_le(&o, bank[b].size, 2);
	}
	out_le(&o, 0, 1);			/* no vendor information */
	return out_end(&o);
}

int hm_ev_reader_init(struct hm_ev_reader *r, const uint8_t *log, size_t len)
{
	/* what a header of these banks looks like, to compare with */
	uint8_t want[4 + 4 + SHA1_SIZE + 4 + 16 + 4 + 4 + 4 + 4 * HM_EV_BANKS_MAX + 1];
	struct in i = { .p = log, .left = len };
	ssize_t n;
	uint32_t b;

	memset(r, 0, sizeof(*r));
	in_bytes(&i, 4 + 4 + SHA1_SIZE + 4 + sizeof(SPEC_SIGNATURE) + 4 + 4);
	r->nbanks = in_u32(&i);
	if (i.error || r->nbanks > HM_EV_BANKS_MAX)
		return -EBADMSG;
	for (b = 0; b < r->nbanks; b++) {
		r->bank[b].alg = in_u16(&i);
		r->bank[b].size = in_u16(&i);
	}
	in_bytes(&i, 1);
	if (i.error)
		return -EBADMSG;
	n = hm_ev_encode_header(r->bank, r->nbanks, want, sizeof(want));
	if (n < 0 || (size_t)n != len - i.left || memcmp(want, log, (size_t)n))
		return -EBADMSG;
	r->log = log;
	r->len = len;
	r->pos = (size_t)n;
	return 0;
}

/* The entry around the event: everything but what the tag says. */
static void in_entry(struct in *i, const struct hm_ev_reader *r, struct hm_ev *ev)
{
	uint32_t b;

	ev->pcr = in_u32(i);
	ev->type = in_u32(i);
	ev->nbanks = in_u32(i);
	if (ev->nbanks != r->nbanks ||
	    (ev->type != HM_EV_EVENT_TAG && ev->type != HM_EV_NO_ACTION))
		i->error = -EBADMSG;
	for (b = 0; !i->error && b < ev->nbanks; b++) {
		ev->bank[b].alg = in_u16(i);
		ev->bank[b].size = r->bank[b].size;
		if (ev->bank[b].alg != r->bank[b].alg)
			i->error = -EBADMSG;
		else
			in_copy(i, ev->bank[b].digest, ev->bank[b].size);
	}
	ev->data_len = in_u32(i);
	if (ev->data_len > HM_EV_DATA_MAX)
		i->error = -EBADMSG;
	ev->data = in_bytes(i, ev->data_len);
}

int hm_ev_next(struct hm_ev_reader *r, struct hm_ev *ev)
{
	struct in i = { .p = r->log + r->pos, .left = r->len - r->pos };
	struct in data;

	if (!i.left)
		return 0;
	memset(ev, 0, sizeof(*ev));
	in_entry(&i, r, ev);
	if (i.error)
		return -EBADMSG;
	data = (struct in){ .p = ev->data, .left = ev->data_len };
	ev->tag = in_u32(&data);
	if (in_u32(&data) != data.left || data.error)
		return -EBADMSG;
	in_data(&data, ev);
	if (data.error || data.left)
		return -EBADMSG;
	ev->at = r->pos;
	ev->size = (size_t)(i.p - r->log) - r->pos;
	r->pos += ev->size;
	return 1;
}
