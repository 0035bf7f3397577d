/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The schema and every statement: the one place to look for what is asked of the
 * database. Statements are prepared once per connection, when first used.
 */
#ifndef HM_STORE_SQL_H
#define HM_STORE_SQL_H

#define HM_STORE_APPLICATION_ID	0x484d524b	/* "HMRK" */
#define HM_STORE_FIRST		2
#define HM_STORE_VERSION	4

/* What leads from the version before to this one; NULL below HM_STORE_FIRST. */
extern const char *const hm_store_steps[HM_STORE_VERSION + 1];

#define HM_SQL_UNIT_COLUMNS							\
	"serial, product, product_sha256, template_sha256, key, idx, lot, orderno, slot, state, "	\
	"wait, wait_text, generation, binding, epc, tid, ek_sha256, key_sha256, spki, "	\
	"cert_sha256, cert_serial, record, image_sha256, leaf, attempts, created, updated, ms, mac, macs"
#define HM_SQL_BATCH_COLUMNS							\
	"key, request_sha256, product, product_sha256, count, lot, orderno, slot, who, created"
#define HM_SQL_JOB_COLUMNS							\
	"job_id, serial, purpose, address, marker, gated, boot_id, flags, offset, attempt, "	\
	"position, digest, payload_sha256, payload_len, fate, seq, state, sent, reply, created"
#define HM_SQL_CHECKPOINT_COLUMNS						\
	"size, time, boot_id, closing, seq, note_sha256, log_end, attest_sha256, "	\
	"sig_sha256, pcr_value"

/* what hm_tx_units() may narrow by beside the index that it goes through */
#define HM_SQL_UNIT_FILTER							\
	" AND (?1 = 0 OR state = ?1) AND (?2 IS NULL OR lot = ?2)"		\
	" AND (?3 IS NULL OR key = ?3) AND (?4 IS NULL OR slot = ?4)"		\
	" AND (?5 = 0 OR state NOT IN (6, 7, 8, 10)) ORDER BY id"

#define HM_SQL_TABLE(X)								\
	X(BEGIN, "BEGIN IMMEDIATE")						\
	X(COMMIT, "COMMIT")							\
	X(ROLLBACK, "ROLLBACK")							\
	X(SAVE, "SAVEPOINT f")							\
	X(SAVE_RELEASE, "RELEASE f")						\
	X(SAVE_UNDO, "ROLLBACK TO f")						\
	X(READ_BEGIN, "BEGIN")							\
	/* units */								\
	X(UNIT_PUT, "INSERT INTO units(" HM_SQL_UNIT_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, "	\
	  "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, "	\
	  "?24, ?25, ?26, ?27, ?28, ?29, ?30) ON CONFLICT(serial) DO UPDATE SET product = ?2, "	\
	  "product_sha256 = ?3, template_sha256 = ?4, lot = ?7, orderno = ?8, slot = ?9, "	\
	  "state = ?10, wait = ?11, wait_text = ?12, generation = ?13, binding = ?14, epc = ?15, "	\
	  "tid = ?16, ek_sha256 = ?17, key_sha256 = ?18, spki = ?19, cert_sha256 = ?20, "	\
	  "cert_serial = ?21, record = ?22, image_sha256 = ?23, leaf = ?24, attempts = ?25, "	\
	  "created = ?26, updated = ?27, ms = ?28, mac = ?29, macs = ?30 WHERE key IS ?5 AND idx = ?6")	\
	X(UNIT_GET, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units WHERE serial = ?1")	\
	X(UNIT_BY_KEY, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units WHERE key = ?1 AND idx = ?2")	\
	X(UNITS_ALL, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units WHERE 1" HM_SQL_UNIT_FILTER)	\
	X(UNITS_BY_KEY, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units WHERE key = ?3" HM_SQL_UNIT_FILTER) \
	X(UNITS_BY_LOT, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units WHERE lot = ?2" HM_SQL_UNIT_FILTER) \
	X(UNITS_OPEN, "SELECT " HM_SQL_UNIT_COLUMNS " FROM units "		\
	  "WHERE state NOT IN (6, 7, 8, 10)" HM_SQL_UNIT_FILTER)		\
	X(HOLDER, "SELECT serial FROM anchors WHERE kind = ?1 AND value = ?2")	\
	X(CLAIM, "INSERT INTO anchors(kind, value, serial) VALUES(?1, ?2, ?3)")	\
	X(COUNTER_GET, "SELECT next FROM counters WHERE pool = ?1")		\
	X(COUNTER_SET, "INSERT INTO counters(pool, next) VALUES(?1, ?2) "	\
	  "ON CONFLICT(pool) DO UPDATE SET next = ?2")				\
	X(BATCH_PUT, "INSERT INTO batches(" HM_SQL_BATCH_COLUMNS ") "		\
	  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")			\
	X(BATCH_GET, "SELECT " HM_SQL_BATCH_COLUMNS " FROM batches WHERE key = ?1")	\
	X(BATCHES_OPEN, "SELECT " HM_SQL_BATCH_COLUMNS " FROM batches "		\
	  "WHERE finished < count ORDER BY id")					\
	/* jobs, blobs, products */						\
	X(JOB_PUT, "INSERT INTO jobs(" HM_SQL_JOB_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, "	\
	  "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) "	\
	  "ON CONFLICT(job_id) DO UPDATE SET purpose = ?3, address = ?4, marker = ?5, gated = ?6, "	\
	  "boot_id = ?7, flags = ?8, attempt = ?10, position = ?11, fate = ?15, seq = ?16, "	\
	  "state = ?17, sent = ?18, reply = ?19 "				\
	  "WHERE serial IS ?2 AND digest = ?12 AND payload_len = ?14 AND offset = ?9")	\
	X(JOBS_ALL, "SELECT " HM_SQL_JOB_COLUMNS " FROM jobs ORDER BY id")	\
	X(JOBS, "SELECT " HM_SQL_JOB_COLUMNS " FROM jobs WHERE serial = ?1 ORDER BY id")	\
	X(JOBS_OPEN, "SELECT " HM_SQL_JOB_COLUMNS " FROM jobs "			\
	  "WHERE fate = 1 AND boot_id = ?1 ORDER BY id")			\
	X(BLOB_PUT, "INSERT INTO blobs(sha256, bytes) VALUES(?1, ?2) ON CONFLICT(sha256) DO NOTHING") \
	X(BLOB_GET, "SELECT bytes FROM blobs WHERE sha256 = ?1")		\
	X(BLOBS, "SELECT sha256, bytes FROM blobs ORDER BY id")			\
	X(PRODUCT_PUT, "INSERT INTO products(name, file_sha256, template_sha256) "	\
	  "VALUES(?1, ?2, ?3) ON CONFLICT(name) DO UPDATE SET file_sha256 = ?2, template_sha256 = ?3") \
	X(PRODUCT_GET, "SELECT file_sha256, template_sha256 FROM products WHERE name = ?1")	\
	X(PRODUCTS, "SELECT name, file_sha256, template_sha256 FROM products ORDER BY name")	\
	/* keys of serials, supplied lists */					\
	X(SERIAL_KEY_PUT, "INSERT INTO serial_keys(product, sealed, digest) VALUES(?1, ?2, ?3)") \
	X(SERIAL_KEY_GET, "SELECT sealed, digest FROM serial_keys WHERE product = ?1")	\
	X(SERIAL_KEYS, "SELECT product, sealed, digest FROM serial_keys ORDER BY product")	\
	X(POOL_PUT, "INSERT INTO pools(name, kind) VALUES(?1, ?2)")		\
	X(POOL_GET, "SELECT name, kind, entries FROM pools WHERE name = ?1")	\
	X(POOLS, "SELECT name, kind, entries FROM pools ORDER BY name")		\
	X(POOL_GROW, "UPDATE pools SET entries = entries + ?2 WHERE name = ?1")	\
	X(POOL_LIST_PUT, "INSERT INTO pool_lists(pool, sha256, first, count) VALUES(?1, ?2, ?3, ?4)") \
	X(POOL_LIST_HAS, "SELECT count FROM pool_lists WHERE pool = ?1 AND sha256 = ?2")	\
	X(POOL_LISTS, "SELECT sha256, first, count FROM pool_lists WHERE pool = ?1 ORDER BY id") \
	X(POOL_ENTRY_PUT, "INSERT INTO pool_entries(kind, value, pool, idx) VALUES(?1, ?2, ?3, ?4)") \
	X(POOL_ENTRY_GET, "SELECT value FROM pool_entries WHERE pool = ?1 AND idx = ?2")	\
	X(POOL_HOLDER, "SELECT pool FROM pool_entries WHERE kind = ?1 AND value = ?2")	\
	/* the book */								\
	X(LEAF_COUNT, "SELECT coalesce(max(idx) + 1, 0) FROM leaves")		\
	X(LEAF_PUT, "INSERT INTO leaves(idx, bytes) VALUES(?1, ?2)")		\
	X(LEAVES, "SELECT idx, bytes FROM leaves WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")	\
	X(CHECKPOINT_PUT, "INSERT INTO checkpoints(" HM_SQL_CHECKPOINT_COLUMNS ") "	\
	  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")			\
	X(CHECKPOINT_LAST, "SELECT " HM_SQL_CHECKPOINT_COLUMNS " FROM checkpoints "	\
	  "ORDER BY id DESC LIMIT 1")						\
	X(CHECKPOINTS_BY_BOOT, "SELECT " HM_SQL_CHECKPOINT_COLUMNS " FROM checkpoints WHERE id IN "	\
	  "(SELECT max(id) FROM checkpoints GROUP BY boot_id) ORDER BY id")	\
	X(LOG_PART_PUT, "INSERT INTO log_parts(boot_id, start, finish, sha256) VALUES(?1, ?2, ?3, ?4)") \
	X(LOG_PARTS, "SELECT start, finish, sha256 FROM log_parts "		\
	  "WHERE boot_id = ?1 AND finish > ?2 ORDER BY finish")			\
	X(LOG_END, "SELECT coalesce(max(finish), 0) FROM log_parts WHERE boot_id = ?1")	\
	X(META_PUT, "INSERT INTO meta(name, value) VALUES(?1, ?2) "		\
	  "ON CONFLICT(name) DO UPDATE SET value = ?2")				\
	X(META_GET, "SELECT value FROM meta WHERE name = ?1")

enum hm_sql {
#define X(name, text) SQL_##name,
	HM_SQL_TABLE(X)
#undef X
	SQL_COUNT
};

#endif /* HM_STORE_SQL_H */
