/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One entry of the ledger: the exact bytes of one state change, deterministic
 * CBOR, durable in the transaction that made the change. Pure.
 *
 * A leaf is a map with integer keys in ascending order; docs/ledger.md has the
 * table. Members that are empty, zero or absent are left out, so that a short
 * story is a short leaf; decode() refuses what encode() would not have written.
 *
 * How jobs are told. Before a physical effect, a leaf *announces* its jobs
 * (hm_leaf_job.role ANNOUNCED: job_id, marker, purpose, flags, offset, len, payload
 * digest). After it, a later leaf of the same unit tells the *fate* of each
 * announced job: OBSERVED (the gate said seq and state), LAPSED (the gate of the
 * same boot has no such job: nothing was sent), LOST (the boot ended before the
 * gate could be asked). The audit matches both ways by (boot_id, job_id, digest).
 * QUERY jobs (status requests, the cancel) have no leaf.
 */
#ifndef HM_LEDGER_LEAF_H
#define HM_LEDGER_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/epc.h"
#include "base/error.h"

#define HM_LEAF_VERSION	1u
#define HM_LEAF_MAX	8192u	/* bytes of one leaf */
#define HM_LEAF_JOBS_MAX 12
#define HM_LEAF_INPUTS_MAX 24

enum hm_leaf_type {
	HM_LEAF_STATION = 1,	/* the log begins: station id, certificates by hash */
	HM_LEAF_PRODUCT = 2,	/* a product was added: file and template by hash */
	HM_LEAF_BOOT = 3,	/* the daemon saw a new boot of the gate */
	HM_LEAF_BOOT_CLOSE = 4,	/* no more marks in this boot; the closing quote follows */
	HM_LEAF_UNIT = 5,	/* a unit's durable step */
	HM_LEAF_POOL = 6,	/* a supplied list came in: pool, and the list by hash */
};

enum hm_leaf_role {
	HM_JOB_ANNOUNCED = 1,
	HM_JOB_OBSERVED = 2,
	HM_JOB_LAPSED = 3,
	HM_JOB_LOST = 4,
};

struct hm_leaf_job {
	enum hm_leaf_role role;
	uint8_t job_id[16];
	/* ANNOUNCED */
	char marker[32];
	char purpose[16];	/* label slot-b invalidate body first-byte */
	uint32_t flags;		/* HM_MARK_REPRINT */
	uint32_t offset;
	uint32_t len;
	uint8_t digest[32];
	bool gated;		/* false: a file marker, which no log covers */
	/* OBSERVED; for LAPSED and LOST the boot alone */
	uint8_t boot_id[16];	/* of every role; zero where not gated */
	uint64_t seq;
	uint32_t state;		/* enum hallmark_state */
	uint32_t sent;
};

struct hm_leaf_input {
	char name[24];
	char value[128];
};

struct hm_leaf {
	enum hm_leaf_type type;
	uint32_t version;
	int64_t time;		/* seconds, UTC; informative: order is the index */
	char who[33];		/* role or name that caused it */
	char why[161];		/* reason, in words */
	/* STATION */
	char station[65];
	/* UNIT */
	char serial[21];
	char state[16];		/* the state entered or waited in */
	char step[16];		/* reserve mark write active wait void reprint resolve quarantine */
	uint32_t generation;
	char product[33];
	char lot[33];
	char order[33];
	char slot[33];
	char wait[24];		/* error name where the unit waits */
	char binding[8];
	char tid[33];
	struct hm_epc epc;
	uint8_t ek_sha256[32];		/* zero: none */
	uint8_t key_sha256[32];		/* of the SPKI; zero: none */
	/* things kept by hash, their bytes in the bundle's blobs/ */
	uint8_t product_sha256[32];
	uint8_t template_sha256[32];
	uint8_t cert_sha256[32];
	uint8_t image_sha256[32];
	uint32_t render_version;
	struct hm_leaf_input inputs[HM_LEAF_INPUTS_MAX];
	size_t n_inputs;
	uint8_t record[256];
	size_t record_len;
	struct hm_leaf_job jobs[HM_LEAF_JOBS_MAX];
	size_t n_jobs;
	/* BOOT, BOOT_CLOSE */
	uint8_t boot_id[16];
	uint64_t seq;		/* BOOT_CLOSE: last job of the boot */
	/* PRODUCT: what the key of unguessable serials is committed by; zero: none */
	uint8_t serial_key[32];
	/* POOL */
	char pool[33];
	uint8_t list_sha256[32];
	/* UNIT: its addresses, the first one as 12 or 16 capital hex digits; "" */
	char mac[17];
	uint32_t macs;
};

int hm_leaf_encode(const struct hm_leaf *leaf, struct hm_buf *out);
int hm_leaf_decode(const void *bytes, size_t len, struct hm_leaf *ret, struct hm_err *err);

#endif /* HM_LEDGER_LEAF_H */
