/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole station without one: keys in software instead of in a TPM, quotes
 * formed by hand, event logs through the real codec, units as the engine would
 * tell them. What comes out is an audit bundle on disk.
 *
 *	world_begin(&w);		station, product, first boot
 *	world_unit(&w);			serial 10000000015, then the next ...
 *	... change w.leaves[i], w.boots[b].log ...
 *	world_quote(&w, b);		signs the ledger as it stands, quotes the boot
 *	world_write(&w);		the bundle, into w.dir
 *	... change files below w.dir ...
 *	world_end(&w);
 *
 * Quoting signs what is there at that moment, as a station would: a change
 * before it is a station's lie, a change after it is somebody else's.
 */
#ifndef TEST_SUPPORT_WORLD_H
#define TEST_SUPPORT_WORLD_H

#include <stdint.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "ledger/leaf.h"
#include "ledger/ledger.h"
#include "record/carrier.h"
#include "support/gatelog.h"

#define WORLD_LEAVES	64
#define WORLD_BOOTS	3
#define WORLD_BLOBS	64
#define WORLD_UNITS	8

struct world_key {
	EVP_PKEY *key;
	uint8_t cert[2048];	/* DER */
	size_t cert_len;
};

struct world_boot {
	uint8_t id[16];
	char hex[33];
	struct gatelog log;
	uint64_t cut[8];	/* where it was exported; pieces in the bundle */
	size_t n_cuts;
	uint32_t reset_count, restart_count;
	/* what world_quote() made */
	bool quoted;
	struct hm_buf note, snapshot, attest, sig;
	uint8_t pcr[32];
	uint64_t size;
};

struct world_unit {
	char serial[21];
	uint8_t job[5][16];	/* label slot-b invalidate body first-byte */
	struct hm_buf label, image, record;
	struct world_key id;	/* its IDevID */
	size_t leaf[4];		/* reserve mark write active */
	uint64_t seq[5];
	char tid[25];
	uint8_t ek[32];
	uint32_t generation;
};

struct world {
	char dir[64];
	struct world_key root, issuer, sign, ak;
	EVP_PKEY *log;
	uint8_t log_public[32];
	struct hm_leaf leaves[WORLD_LEAVES];
	size_t n_leaves;
	struct hm_buf encoded[WORLD_LEAVES];	/* as signed last */
	struct hm_buf note;			/* the newest checkpoint */
	uint64_t note_size;
	struct world_boot boots[WORLD_BOOTS];
	size_t n_boots;
	struct hm_buf blobs[WORLD_BLOBS];
	size_t n_blobs;
	struct world_unit units[WORLD_UNITS];
	size_t n_units;
	uint8_t product_sha256[32], template_sha256[32];
	enum hm_carrier carrier;
	const char *scheme;		/* of EPCs; sgtin-96 unless told */
	char mac[17];		/* "" ; else what the units to come have */
	uint32_t macs;
	bool gated;
	uint32_t pcr;
	uint8_t next_id;
};

void world_begin(struct world *w);
/* A station whose gate measures into another PCR than 13. */
void world_begin_in(struct world *w, uint32_t pcr);
void world_end(struct world *w);
/* A leaf to fill in, already of its type and version. */
struct hm_leaf *world_leaf(struct world *w, enum hm_leaf_type type);
/* The product's [serial] section, and a [mac] section if wanted, in place of its own. */
void world_numbering(struct world *w, const char *sections);
/* The scheme of its EPCs, in place of sgtin-96. */
void world_epc(struct world *w, const char *scheme);
/* The product's carrier, in place of onie-tlv. */
void world_carrier(struct world *w, enum hm_carrier carrier);
/* A supplied list comes in: its leaf, and its bytes. */
struct hm_leaf *world_list(struct world *w, const char *pool, const char *list);
/* Another boot of the station: leaf and log. Returns its number. */
size_t world_boot(struct world *w, uint32_t reset_count);
void world_close(struct world *w, size_t boot);	/* its BOOT_CLOSE leaf */
/*
 * The next unit, in the newest boot; @steps: how many of its four leaves, the
 * marks of a leaf being made right behind it. Returns its number.
 */
size_t world_unit_to(struct world *w, int steps);
size_t world_unit(struct world *w);
/* One more label of an active unit: announced, made, observed (two leaves). */
void world_reprint(struct world *w, size_t unit, uint32_t flags);
/* A status request through the gate of the newest boot, with this payload. */
void world_query(struct world *w, const char *payload);

/*
 * The pieces that world_unit() is made of, for stories that no station would tell:
 *
 *	l = world_unit_leaf(&w, u, "active", "write");
 *	world_bind(u, l);
 *	world_writes(&w, u, l);			announces what u->image makes
 *	seq = world_mark(&w, &l->jobs[0]);	the gate does it
 *	world_observe(next, &l->jobs[0], seq);
 */
struct hm_leaf *world_unit_leaf(struct world *w, struct world_unit *u, const char *state,
				const char *step);
/* The unit's EK, key and certificate into its leaf. */
void world_bind(const struct world_unit *u, struct hm_leaf *l);
void world_new_id(struct world *w, uint8_t ret[16]);
/* Bytes for blobs/; their name. */
void world_blob(struct world *w, const void *bytes, size_t len, uint8_t ret[32]);
void world_announce(struct world *w, struct hm_leaf *l, const uint8_t id[16], const char *marker,
		    const char *purpose, uint32_t flags, uint32_t offset, const void *bytes, size_t len);
uint64_t world_mark(struct world *w, const struct hm_leaf_job *j);
void world_observe(struct hm_leaf *l, const struct hm_leaf_job *announced, uint64_t seq);
/* u->label by its leaf, whose inputs and template this fills in. */
void world_label(struct world *w, struct world_unit *u, struct hm_leaf *l);
/* u->record and the u->image that carries it, by what the unit is now. */
void world_record(struct world *w, struct world_unit *u);
/* u->image as @l's image, announced as the four jobs u->job[1..4]. */
void world_writes(struct world *w, struct world_unit *u, struct hm_leaf *l);
/*
 * A certificate for @k, whose key is made if it has none; @serial (or NULL) becomes
 * the subject's serialNumber. @by NULL: self-signed.
 */
void world_cert(struct world_key *k, const char *cn, const char *serial, const struct world_key *by,
		bool ca);

/* The gate gives away all of the boot's log but its last event. */
void world_export(struct world *w, size_t boot);
void world_quote(struct world *w, size_t boot);
/* Sign the ledger without a quote. */
void world_sign(struct world *w);
void world_write(struct world *w);
void world_file(struct world *w, const char *path, const void *bytes, size_t len);
/* Read, change one byte, write. */
void world_flip(struct world *w, const char *path, size_t at);
void world_remove(struct world *w, const char *path);

#endif
