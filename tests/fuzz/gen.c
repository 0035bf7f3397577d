// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events out of an input's bytes. The rules of what is sound are written down
 * here a second time, from eventlog.h's words and not from its code, so that
 * encoder and generator check each other.
 */
#include "fuzz.h"

uint8_t fz_u8(struct fz *z)
{
	if (!z->left)
		return 0;
	z->left--;
	return *z->p++;
}

uint64_t fz_le(struct fz *z, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)fz_u8(z) << (8 * i);
	return v;
}

void fz_bytes(struct fz *z, void *to, size_t n)
{
	size_t have = n < z->left ? n : z->left;

	memset(to, 0, n);
	if (have)
		memcpy(to, z->p, have);
	z->p += have;
	z->left -= have;
}

bool fz_banks(struct fz *z, struct hm_ev_bank *bank, uint32_t *ret_n)
{
	static const struct { uint16_t alg, size; } known[] = {
		{ HM_EV_ALG_SHA256, 32 }, { HM_EV_ALG_SHA1, 20 },
		{ HM_EV_ALG_SHA384, 48 }, { HM_EV_ALG_SHA512, 64 },
	};
	uint32_t n = fz_u8(z) % (HM_EV_BANKS_MAX + 1);
	bool sound = n > 0;

	memset(bank, 0, n * sizeof(*bank));
	for (uint32_t b = 0; b < n; b++) {
		uint8_t pick = fz_u8(z);

		if (pick < 0x80) {
			bank[b].alg = known[pick % 4].alg;
			bank[b].size = known[pick % 4].size;
		} else {
			bank[b].alg = (uint16_t)fz_le(z, 2);
			bank[b].size = pick & 0x7f;
		}
		if (!bank[b].size || bank[b].size > HM_EV_DIGEST_MAX)
			sound = false;
		for (uint32_t c = 0; c < b; c++)
			if (bank[c].alg == bank[b].alg)
				sound = false;
	}
	*ret_n = n;
	return sound;
}

/* One to 31 bytes and NULs to the end; the odd input gives none or too many. */
static bool name(struct fz *z, char *to)
{
	uint8_t n = fz_u8(z) % (HM_EV_NAME_SIZE + 1);

	for (uint8_t i = 0; i < n; i++) {
		uint8_t c = fz_u8(z);

		to[i] = (char)(c ? c : 'x');
	}
	return n && n < HM_EV_NAME_SIZE;
}

static bool start(struct fz *z, struct hm_ev_start *e)
{
	bool sound;

	e->version = HM_EV_VERSION;	/* the encoder takes its caller's word for it */
	fz_bytes(z, e->boot_id, sizeof(e->boot_id));
	e->pcr = (uint32_t)fz_le(z, 4);
	sound = fz_banks(z, e->before, &e->nbanks);
	for (uint32_t b = 0; sound && b < e->nbanks; b++)
		fz_bytes(z, e->before[b].digest, e->before[b].size);
	return sound;
}

static bool attach(struct fz *z, struct hm_ev_attach *e)
{
	bool sound;

	e->kind = (uint32_t)fz_le(z, 4);
	sound = name(z, e->marker);
	e->ident_len = (uint32_t)fz_le(z, 2) % (HM_EV_IDENT_MAX + 16);
	if (e->ident_len > HM_EV_IDENT_MAX)
		return false;
	fz_bytes(z, e->ident, e->ident_len);
	return sound;
}

static bool intent(struct fz *z, struct hm_ev_intent *e)
{
	bool sound;

	e->seq = fz_le(z, 8);
	fz_bytes(z, e->job_id, sizeof(e->job_id));
	e->flags = (uint32_t)fz_le(z, 4);
	sound = name(z, e->marker);
	e->offset = (uint32_t)fz_le(z, 4);
	e->len = (uint32_t)fz_le(z, 4);
	fz_bytes(z, e->sha256, sizeof(e->sha256));
	return sound;
}

bool fz_event(struct fz *z, struct hm_ev *ev)
{
	/* one past the last, too: a tag that nobody knows */
	ev->tag = HM_EV_TAG_START + fz_u8(z) % 9;
	switch (ev->tag) {
	case HM_EV_TAG_START:
		return start(z, &ev->u.start);
	case HM_EV_TAG_INTENT:
		return intent(z, &ev->u.intent);
	case HM_EV_TAG_OUTCOME:
		ev->u.outcome.seq = fz_le(z, 8);
		ev->u.outcome.state = (uint32_t)fz_le(z, 4);
		ev->u.outcome.sent = (uint32_t)fz_le(z, 4);
		ev->u.outcome.error = (int32_t)fz_le(z, 4);
		fz_bytes(z, ev->u.outcome.reply_sha256, sizeof(ev->u.outcome.reply_sha256));
		return true;
	case HM_EV_TAG_ATTACH:
		return attach(z, &ev->u.attach);
	case HM_EV_TAG_DETACH:
		return name(z, ev->u.detach.marker);
	case HM_EV_TAG_EXPORT:
		ev->u.exported.seq = fz_le(z, 8);
		ev->u.exported.offset = fz_le(z, 8);
		fz_bytes(z, ev->u.exported.sha256, sizeof(ev->u.exported.sha256));
		return true;
	case HM_EV_TAG_RESOLVED:
		ev->u.resolve.seq = fz_le(z, 8);
		ev->u.resolve.verdict = HM_EV_RESOLVED_EXTENDED + fz_u8(z) % 2;
		return true;
	case HM_EV_TAG_FAULT:
		ev->u.fault.seq = fz_le(z, 8);
		ev->u.fault.code = (int32_t)fz_le(z, 4);
		return true;
	}
	return false;
}
