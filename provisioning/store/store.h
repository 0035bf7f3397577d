/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Durable state: units, jobs, counters, batches, anchors, blobs, leaves, boots and
 * their event logs.
 * One schema, one SQL; SQLite below it. The only room that includes sqlite3.
 *
 * Every change is a function that runs inside a transaction:
 *
 *	static int reserve(struct hm_tx *tx, void *arg, struct hm_err *err)
 *	{
 *		... hm_tx_counter_draw(tx, ...) ... hm_tx_unit_put(tx, &unit) ...
 *		return hm_tx_leaf_append(tx, bytes, len, &unit.leaf, err);
 *	}
 *	rc = hm_store_run(store, reserve, &arg, &err);	-> durable when it returns 0
 *
 * Group commit: functions that callers on several threads queue at the same time
 * share one transaction and one fsync, each under a savepoint of its own, so that
 * one's failure undoes only its own work. A function may run on another thread
 * than the caller's, holds no lock of the caller's, and must not wait for anything.
 *
 * A failed COMMIT or fsync is fatal: the store latches, every later call is
 * -HM_ESTORE, and the owner must exit (P2: nothing is acknowledged that may be
 * lost). -HM_EDISK_FULL: the transaction was rolled back whole, everybody's work
 * in it; each of its callers is told, no function is run a second time, and the
 * store goes on. -HM_ESTORE_CORRUPT latches too.
 *
 * What refers to something needs it first: a unit with a key its batch, an anchor
 * and a job their unit, a job its payload's blob, a product and a checkpoint their
 * blobs; else -HM_ENOT_FOUND. (All-zero digests and empty keys refer to nothing.)
 *
 * Rules measured: synchronous=EXTRA before journal_mode=WAL, at creation.
 */
#ifndef HM_STORE_STORE_H
#define HM_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/epc.h"
#include "base/error.h"

struct hm_store;
struct hm_tx;

/*
 * @path: the database file; with @create it is made (0640) if it is not there,
 * without, -HM_ENOT_INITIALISED. One process at a time: -HM_EBUSY (PATH.lock).
 * -HM_ESTORE_CORRUPT: no database of ours; -HM_EUNSUPPORTED: of a later version. One of an
 * earlier version (2 or later) becomes one of this, in one transaction.
 */
int hm_store_open(const char *path, bool create, struct hm_store **ret, struct hm_err *err);
void hm_store_close(struct hm_store *s);

typedef int (*hm_tx_fn)(struct hm_tx *tx, void *arg, struct hm_err *err);
int hm_store_run(struct hm_store *s, hm_tx_fn fn, void *arg, struct hm_err *err);
/*
 * A consistent read, on the caller's thread; writing functions are refused inside
 * (-EROFS). Four may run at once, beside the writing. @fn must not call the store.
 */
int hm_store_read(struct hm_store *s, hm_tx_fn fn, void *arg, struct hm_err *err);
/* How many transactions and how many functions were committed (bench, group commit). */
void hm_store_stats(struct hm_store *s, uint64_t *ret_commits, uint64_t *ret_functions);

/* --- units --- */

enum hm_unit_state {
	HM_UNIT_RESERVED = 1,
	HM_UNIT_BOUND,		/* waits here for a tag, paper, a printer */
	HM_UNIT_MARKING,	/* label job announced; what became of it is not yet told */
	HM_UNIT_MARKED,		/* waits here for its board */
	HM_UNIT_WRITING,	/* EEPROM jobs announced */
	HM_UNIT_ACTIVE,
	HM_UNIT_VOID,
	HM_UNIT_QUARANTINED,
	HM_UNIT_RMA,
	HM_UNIT_RETIRED,
};
const char *hm_unit_state_name(enum hm_unit_state s);
int hm_unit_state_number(const char *name);	/* 0: no such state */

#define HM_STEPS 7	/* reserve probe bind mark sign write commit */

struct hm_unit {
	char serial[21];
	char product[33];
	uint8_t product_sha256[32];
	uint8_t template_sha256[32];
	char key[65];			/* idempotency key of the batch */
	uint32_t index;			/* within the batch, from 0; unique with key */
	char lot[33];
	char order[33];
	char slot[33];
	enum hm_unit_state state;
	int wait;			/* 0, or the HM_E* it waits for */
	char wait_text[200];
	uint32_t generation;
	int binding;			/* enum hm_binding */
	struct hm_epc epc;
	char tid[33];			/* upper-case hex, "" until known */
	uint8_t ek_sha256[32];		/* zero: none */
	uint8_t key_sha256[32];		/* of the IDevID SPKI; zero: none */
	uint8_t spki[128];
	uint32_t spki_len;
	uint8_t cert_sha256[32];	/* blob; zero: none */
	uint8_t cert_serial[16];
	uint8_t record[256];
	uint32_t record_len;
	uint8_t image_sha256[32];	/* blob: the slot image to write */
	uint64_t leaf;			/* index of its latest leaf */
	uint32_t attempts;		/* labels tried */
	int64_t created, updated;
	uint32_t ms[HM_STEPS];
	char mac[17];			/* the first of its addresses: 12 or 16 capital hex digits; "" */
	uint32_t macs;			/* how many, in a row */
};

/*
 * Insert or replace by serial. -HM_EDUPLICATE: (key, index) belongs to another
 * serial, or the serial to another (key, index): neither is ever moved.
 */
int hm_tx_unit_put(struct hm_tx *tx, const struct hm_unit *u, struct hm_err *err);
int hm_tx_unit_get(struct hm_tx *tx, const char *serial, struct hm_unit *ret, struct hm_err *err);
int hm_tx_unit_by_key(struct hm_tx *tx, const char *key, uint32_t index, struct hm_unit *ret,
		      struct hm_err *err);
struct hm_unit_filter {
	int state;		/* 0: any */
	const char *lot;	/* NULL: any */
	const char *key;
	const char *slot;
	bool unfinished;	/* not active, void, quarantined or retired */
};
typedef int (*hm_unit_each_fn)(void *ctx, const struct hm_unit *u);
/* In order of creation. @each must not call back into @tx. */
int hm_tx_units(struct hm_tx *tx, const struct hm_unit_filter *f, hm_unit_each_fn each, void *ctx,
		struct hm_err *err);

/*
 * An anchor or other thing that only one unit may hold: kind "ek", "tid", "epc",
 * "key" ... 0 also where @serial holds it already; -HM_EDUPLICATE names the holder
 * in @ret_holder (21 bytes, may be NULL).
 */
int hm_tx_claim(struct hm_tx *tx, const char *kind, const void *value, size_t len,
		const char *serial, char *ret_holder, struct hm_err *err);
/* Who holds it: 0 with @ret_holder[21], or -HM_ENOT_FOUND. */
int hm_tx_holder(struct hm_tx *tx, const char *kind, const void *value, size_t len,
		 char *ret_holder, struct hm_err *err);

/* --- serial pools: the authority is this table and nothing else --- */

/* The next counter of @pool, which starts at @first; -HM_EPOOL_EXHAUSTED above @last. */
int hm_tx_counter_draw(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t last,
		       uint64_t *ret, struct hm_err *err);
/* @n of them in a row, the first one in *ret: all or none. */
int hm_tx_counter_draw_run(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t last,
			   uint32_t n, uint64_t *ret, struct hm_err *err);
/* The next counter without drawing it. */
int hm_tx_counter_peek(struct hm_tx *tx, const char *pool, uint64_t first, uint64_t *ret,
		       struct hm_err *err);

/* --- batches (idempotency keys) --- */

struct hm_batch {
	char key[65];
	uint8_t request_sha256[32];	/* of {product, count, lot, order} */
	char product[33];
	uint8_t product_sha256[32];
	uint32_t count;
	char lot[33];
	char order[33];
	char slot[33];			/* "" for any */
	char who[33];
	int64_t created;
};
/* Insert; where the key exists: 0 and *ret = the stored one if the hashes are equal,
 * else -HM_EKEY_MISMATCH. *ret_new tells which. */
int hm_tx_batch_put(struct hm_tx *tx, const struct hm_batch *b, struct hm_batch *ret,
		    bool *ret_new, struct hm_err *err);
int hm_tx_batch_get(struct hm_tx *tx, const char *key, struct hm_batch *ret, struct hm_err *err);
typedef int (*hm_batch_each_fn)(void *ctx, const struct hm_batch *b);
/* Batches that have fewer finished units than their count, oldest first. */
int hm_tx_batches_open(struct hm_tx *tx, hm_batch_each_fn each, void *ctx, struct hm_err *err);

/* --- jobs --- */

enum hm_job_fate {
	HM_JOB_OPEN = 1,	/* announced, not yet told */
	HM_JOB_SEEN = 2,	/* the marker told seq and state */
	HM_JOB_NEVER = 3,	/* the gate of the same boot has no such job */
	HM_JOB_GONE = 4,	/* the boot ended before it could be asked */
};

struct hm_job {
	uint8_t job_id[16];
	char serial[21];
	char purpose[16];
	char address[256];	/* as the slot's configuration had it */
	char marker[32];
	bool gated;
	uint8_t boot_id[16];
	uint32_t flags;
	uint32_t offset;
	uint32_t attempt;	/* which try at this step, from 1 */
	uint32_t position;	/* order within the attempt */
	uint8_t digest[32];
	uint8_t payload_sha256[32];	/* blob of the payload: equals digest */
	uint32_t payload_len;
	enum hm_job_fate fate;
	uint64_t seq;
	uint32_t state;
	uint32_t sent;
	uint8_t reply[256];	/* first bytes of the printer's answer */
	uint32_t reply_len;
	int64_t created;
};
int hm_tx_job_put(struct hm_tx *tx, const struct hm_job *j, struct hm_err *err);
typedef int (*hm_job_each_fn)(void *ctx, const struct hm_job *j);
/*
 * In the order in which they were first put (never by time: clocks step). @serial
 * NULL: of all units, and of none. hm_tx_job_put() of a known job id updates it;
 * -HM_EEXISTS where serial, digest, length or offset differ.
 */
int hm_tx_jobs(struct hm_tx *tx, const char *serial, hm_job_each_fn each, void *ctx,
	       struct hm_err *err);
/* Those announced in that boot of the gate, and not yet told. */
int hm_tx_jobs_open(struct hm_tx *tx, const uint8_t boot_id[16], hm_job_each_fn each, void *ctx,
		    struct hm_err *err);

/* --- blobs by SHA-256 --- */

int hm_tx_blob_put(struct hm_tx *tx, const void *bytes, size_t len, uint8_t ret_sha256[32],
		   struct hm_err *err);
int hm_tx_blob_get(struct hm_tx *tx, const uint8_t sha256[32], struct hm_buf *ret,
		   struct hm_err *err);
typedef int (*hm_blob_each_fn)(void *ctx, const uint8_t sha256[32], const void *bytes, size_t len);
int hm_tx_blobs(struct hm_tx *tx, hm_blob_each_fn each, void *ctx, struct hm_err *err);

/* --- products --- */

/* The current version of a product by name; its file and template are blobs. */
int hm_tx_product_put(struct hm_tx *tx, const char *name, const uint8_t file_sha256[32],
		      const uint8_t template_sha256[32], struct hm_err *err);
int hm_tx_product_get(struct hm_tx *tx, const char *name, uint8_t ret_file[32],
		      uint8_t ret_template[32], struct hm_err *err);
typedef int (*hm_product_each_fn)(void *ctx, const char *name, const uint8_t file_sha256[32],
				  const uint8_t template_sha256[32]);
int hm_tx_products(struct hm_tx *tx, hm_product_each_fn each, void *ctx, struct hm_err *err);

/* --- keys of unguessable serials: sealed, made once a product, never changed --- */

/* -HM_EDUPLICATE where the product has one; -HM_ENOT_FOUND without the product. */
int hm_tx_serial_key_put(struct hm_tx *tx, const char *product, const void *sealed, size_t len,
			 const uint8_t digest[32], struct hm_err *err);
int hm_tx_serial_key_get(struct hm_tx *tx, const char *product, struct hm_buf *ret_sealed,
			 uint8_t ret_digest[32], struct hm_err *err);
typedef int (*hm_serial_key_each_fn)(void *ctx, const char *product, const void *sealed, size_t len,
				     const uint8_t digest[32]);
int hm_tx_serial_keys(struct hm_tx *tx, hm_serial_key_each_fn each, void *ctx, struct hm_err *err);

/*
 * --- supplied lists ---
 *
 * A pool is the entries of one or more lists, numbered from 0 in their order; the
 * counter "list NAME" draws them. No entry is in two pools, or twice in one.
 */

struct hm_pool {
	char name[33];
	int kind;		/* the owner's: enum hm_list_kind */
	uint64_t entries;
};
/* -HM_EDUPLICATE: there is one of that name. */
int hm_tx_pool_put(struct hm_tx *tx, const char *name, int kind, struct hm_err *err);
int hm_tx_pool_get(struct hm_tx *tx, const char *name, struct hm_pool *ret, struct hm_err *err);
typedef int (*hm_pool_each_fn)(void *ctx, const struct hm_pool *p);
int hm_tx_pools(struct hm_tx *tx, hm_pool_each_fn each, void *ctx, struct hm_err *err);
/*
 * One more list, whose file is a blob: its @count entries are to follow, numbered from
 * *ret_first on. -HM_EEXISTS: the pool has this very list.
 */
int hm_tx_pool_list_put(struct hm_tx *tx, const char *pool, const uint8_t sha256[32], uint64_t count,
			uint64_t *ret_first, struct hm_err *err);
typedef int (*hm_pool_list_each_fn)(void *ctx, const uint8_t sha256[32], uint64_t first, uint64_t count);
int hm_tx_pool_lists(struct hm_tx *tx, const char *pool, hm_pool_list_each_fn each, void *ctx,
		     struct hm_err *err);
/* -HM_EDUPLICATE: a pool has it already, hm_tx_pool_holder() says which. */
int hm_tx_pool_entry_put(struct hm_tx *tx, const struct hm_pool *p, uint64_t number, const char *value,
			 struct hm_err *err);
int hm_tx_pool_entry_get(struct hm_tx *tx, const char *pool, uint64_t number, char ret_value[21],
			 struct hm_err *err);
int hm_tx_pool_holder(struct hm_tx *tx, int kind, const char *value, char ret_pool[33], struct hm_err *err);

/* --- ledger --- */

int hm_tx_leaf_append(struct hm_tx *tx, const void *bytes, size_t len, uint64_t *ret_index,
		      struct hm_err *err);
int hm_tx_leaf_count(struct hm_tx *tx, uint64_t *ret, struct hm_err *err);
typedef int (*hm_leaf_each_fn)(void *ctx, uint64_t index, const void *bytes, size_t len);
/* Indexes first ... end - 1; -HM_ENOT_FOUND where there are fewer. */
int hm_tx_leaves(struct hm_tx *tx, uint64_t first, uint64_t end, hm_leaf_each_fn each, void *ctx,
		 struct hm_err *err);

/*
 * Signed checkpoints with their quotes, by tree size; never smaller than the last
 * one, never larger than the tree: -HM_EBAD_STATE.
 */
struct hm_checkpoint_row {
	uint64_t size;
	int64_t time;
	uint8_t boot_id[16];	/* zero without a gate */
	bool closing;
	uint64_t seq;		/* last job that the quote covers */
	uint8_t note_sha256[32];	/* blobs */
	uint64_t log_end;	/* of the boot's event log at that moment; 0 without a gate */
	uint8_t attest_sha256[32];
	uint8_t sig_sha256[32];
	uint8_t pcr_value[32];
};
int hm_tx_checkpoint_put(struct hm_tx *tx, const struct hm_checkpoint_row *c, struct hm_err *err);
int hm_tx_checkpoint_last(struct hm_tx *tx, struct hm_checkpoint_row *ret, struct hm_err *err);
typedef int (*hm_checkpoint_each_fn)(void *ctx, const struct hm_checkpoint_row *c);
/* Per boot the latest one, in order of time. */
int hm_tx_checkpoints_by_boot(struct hm_tx *tx, hm_checkpoint_each_fn each, void *ctx,
			      struct hm_err *err);

/*
 * A boot's event log, in parts: each is the log's header and whole events. @start
 * and @end tell where these lie in the joined log, whose first event lies right
 * behind the header. Parts follow each other: one that would lie over another is
 * -HM_EBAD_STATE, one without its blob -HM_ENOT_FOUND. (A gap is a part that
 * somebody else took away from the gate.)
 */
struct hm_log_part {
	uint8_t boot_id[16];
	uint64_t start, end;
	uint8_t sha256[32];	/* blob */
};
int hm_tx_log_part_put(struct hm_tx *tx, const struct hm_log_part *p, struct hm_err *err);
typedef int (*hm_log_part_each_fn)(void *ctx, const struct hm_log_part *p);
/*
 * In order, those that end behind @from. @each may fetch blobs; what it returns but 0
 * ends it and is returned.
 */
int hm_tx_log_parts(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t from,
		    hm_log_part_each_fn each, void *ctx, struct hm_err *err);
/* Where the last part ends, 0 where there is none. */
int hm_tx_log_end(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t *ret, struct hm_err *err);

/* --- small facts: station id, origin, last boot seen --- */

int hm_tx_meta_put(struct hm_tx *tx, const char *name, const void *value, size_t len,
		   struct hm_err *err);
int hm_tx_meta_get(struct hm_tx *tx, const char *name, struct hm_buf *ret, struct hm_err *err);

#endif /* HM_STORE_STORE_H */
