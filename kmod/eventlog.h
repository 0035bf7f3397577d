/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The gate's event log: one codec for the kernel that writes it and for the
 * audit that reads it. Pure bytes in, bytes out; nothing is allocated.
 *
 * The log is in the TCG crypto-agile format (PC Client Platform Firmware
 * Profile, 10.2): a Spec ID Event03 header, then TCG_PCR_EVENT2 entries whose
 * digests are, per bank, the hash of the event field. The event field is a
 * TCG_PCClientTaggedEvent: tag, size, data, little-endian and packed:
 *
 *   START    version u32, boot_id[16], pcr u32, nbanks u32,
 *            nbanks x { alg u16, size u16, PCR value before [size] }
 *   INTENT   seq u64, job_id[16], flags u32, marker[32], offset u32, len u32,
 *            sha256[32] of the payload
 *   OUTCOME  seq u64, state u32, sent u32, errno s32, reply sha256[32] (of
 *            zero bytes where there was no reply)
 *   ATTACH   kind u32, marker[32], ident_len u32, ident (IEEE 1284 id, or the
 *            EEPROM's adapter, address and type as text)
 *   DETACH   marker[32]
 *   EXPORT   seq u64, offset u64, sha256[32]: the log's beginning was given away.
 *            @seq is the highest job number begun in what has been exported so
 *            far; @offset is where, in the joined log (header included), the
 *            first entry lies that was kept; sha256 is of the piece as it was
 *            read: header and entries
 *   RESOLVED seq u64 (of the job; 0 for START, ATTACH, DETACH), verdict u32
 *            (HM_EV_RESOLVED_*)
 *   FAULT    seq u64, code s32 (what the extend, or the hash, returned); both 0: neither
 *            failed, but after a sleep the PCR was another, or could not be read
 *
 * Decoding a log:
 *
 *	struct hm_ev_reader r;
 *	rc = hm_ev_reader_init(&r, log, len);
 *	while (!rc && (rc = hm_ev_next(&r, &ev)) == 1)
 *		... ev.tag, ev.u.intent.seq ...
 *
 * hm_ev_next() returns 1 for an event, 0 at the end, a negative errno for
 * bytes that are not a log; the caller checks digests (the codec cannot hash).
 *
 * A log is exported in pieces, each with the header. Joined, that is the first
 * piece and of each other one what follows its header; it replays from START.
 */
#ifndef HALLMARK_EVENTLOG_H
#define HALLMARK_EVENTLOG_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#endif

#define HM_EV_EVENT_TAG		0x00000006u	/* EV_EVENT_TAG */
/*
 * EV_NO_ACTION: FAULT itself, never extended; the entry just before FAULT, of
 * which that is not known (a replay must be tried with and without it); and any
 * OUTCOME behind FAULT, not extended. Their digests are as if they had been.
 */
#define HM_EV_NO_ACTION		0x00000003u

#define HM_EV_TAG_START		0x484d0001u
#define HM_EV_TAG_INTENT	0x484d0002u
#define HM_EV_TAG_OUTCOME	0x484d0003u
#define HM_EV_TAG_ATTACH	0x484d0004u
#define HM_EV_TAG_DETACH	0x484d0005u
#define HM_EV_TAG_EXPORT	0x484d0006u
#define HM_EV_TAG_RESOLVED	0x484d0007u
#define HM_EV_TAG_FAULT		0x484d0008u

#define HM_EV_VERSION		1u
#define HM_EV_BANKS_MAX		8
#define HM_EV_DIGEST_MAX	64
#define HM_EV_NAME_SIZE		32
#define HM_EV_IDENT_MAX		1024
/* the largest event field of any event, in bytes */
#define HM_EV_DATA_MAX		2048

/* TPM algorithm ids of the banks (TCG Algorithm Registry) */
#define HM_EV_ALG_SHA1		0x0004
#define HM_EV_ALG_SHA256	0x000b
#define HM_EV_ALG_SHA384	0x000c
#define HM_EV_ALG_SHA512	0x000d

enum hm_ev_kind {
	HM_EV_KIND_PRINTER	= 1,
	HM_EV_KIND_EEPROM	= 2,
};

enum hm_ev_resolved {
	HM_EV_RESOLVED_EXTENDED		= 1,	/* PCR = new soft PCR: the event counts */
	HM_EV_RESOLVED_NOT_EXTENDED	= 2,	/* PCR = old soft PCR: the event was dropped */
};

struct hm_ev_bank {
	uint16_t alg;
	uint16_t size;
	uint8_t digest[HM_EV_DIGEST_MAX];
};

struct hm_ev_start {
	uint32_t version;
	uint8_t boot_id[16];
	uint32_t pcr;
	uint32_t nbanks;
	struct hm_ev_bank before[HM_EV_BANKS_MAX];
};

struct hm_ev_intent {
	uint64_t seq;
	uint8_t job_id[16];
	uint32_t flags;
	char marker[HM_EV_NAME_SIZE];
	uint32_t offset;
	uint32_t len;
	uint8_t sha256[32];
};

struct hm_ev_outcome {
	uint64_t seq;
	uint32_t state;
	uint32_t sent;
	int32_t error;
	uint8_t reply_sha256[32];
};

struct hm_ev_attach {
	uint32_t kind;
	char marker[HM_EV_NAME_SIZE];
	uint32_t ident_len;
	uint8_t ident[HM_EV_IDENT_MAX];
};

struct hm_ev_detach {
	char marker[HM_EV_NAME_SIZE];
};

struct hm_ev_export {
	uint64_t seq;
	uint64_t offset;
	uint8_t sha256[32];
};

struct hm_ev_resolve {
	uint64_t seq;
	uint32_t verdict;
};

struct hm_ev_fault {
	uint64_t seq;
	int32_t code;
};

/* One event as decoded; @data is the event field, inside the reader's log. */
struct hm_ev {
	uint32_t pcr;
	uint32_t type;		/* HM_EV_EVENT_TAG or HM_EV_NO_ACTION */
	uint32_t tag;		/* HM_EV_TAG_*; an unknown tag is an error */
	uint32_t nbanks;
	struct hm_ev_bank bank[HM_EV_BANKS_MAX];
	const uint8_t *data;	/* what the digests are over */
	size_t data_len;
	size_t at;		/* offset of the entry in the log */
	size_t size;		/* of the whole entry */
	union {
		struct hm_ev_start start;
		struct hm_ev_intent intent;
		struct hm_ev_outcome outcome;
		struct hm_ev_attach attach;
		struct hm_ev_detach detach;
		struct hm_ev_export exported;
		struct hm_ev_resolve resolve;
		struct hm_ev_fault fault;
	} u;
};

struct hm_ev_reader {
	const uint8_t *log;
	size_t len;
	size_t pos;
	uint32_t nbanks;		/* as the header lists them */
	struct hm_ev_bank bank[HM_EV_BANKS_MAX];	/* alg and size only */
};

/*
 * Encode one event's field (tag, size, data) into @buf of @size bytes; @ev->tag
 * and the matching member of @ev->u are read. Returns the length or -ENOSPC,
 * -EINVAL.
 */
ssize_t hm_ev_encode_data(const struct hm_ev *ev, uint8_t *buf, size_t size);

/*
 * Encode the whole TCG_PCR_EVENT2 entry: @ev->pcr, type, nbanks, bank (alg, size,
 * digest), data, data_len. Returns the length or -ENOSPC, -EINVAL.
 */
ssize_t hm_ev_encode_entry(const struct hm_ev *ev, uint8_t *buf, size_t size);

/* Encode the Spec ID Event03 header for @nbanks banks. Length or -ENOSPC, -EINVAL. */
ssize_t hm_ev_encode_header(const struct hm_ev_bank *bank, uint32_t nbanks,
			    uint8_t *buf, size_t size);

/* Read the header. 0, or -EBADMSG where the bytes are no such header. */
int hm_ev_reader_init(struct hm_ev_reader *r, const uint8_t *log, size_t len);

/* The next event: 1, 0 at the end, or -EBADMSG (@r->pos then says where). */
int hm_ev_next(struct hm_ev_reader *r, struct hm_ev *ev);

#endif /* HALLMARK_EVENTLOG_H */
