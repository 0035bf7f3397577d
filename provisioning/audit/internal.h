/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the audit share; private to provisioning/audit.
 *
 * A step looks at one part of the bundle and calls audit_find() for whatever is
 * not as it must be. It goes on as far as it can: an auditor wants the whole
 * list. Only what stops the audit itself (memory) is an error, kept in a->rc.
 *
 * How verdicts are chosen. Evidence that contradicts itself or is broken is
 * inconsistent. Something that is missing from one side, where nothing
 * contradicts, is unaccounted. Something that nobody measured or quoted is
 * unproven.
 */
#ifndef HM_AUDIT_INTERNAL_H
#define HM_AUDIT_INTERNAL_H

#include <stdbool.h>

#include "audit/audit.h"
#include "identity/identity.h"
#include "ledger/evidence.h"
#include "ledger/leaf.h"
#include "ledger/ledger.h"
#include "ledger/tree.h"
#include "product/product.h"
#include "serial/list.h"

#define AUDIT_FILE_MAX		(64u << 20)
#define AUDIT_PIECE_MAX		(128u << 20)	/* a gate's log, twice */
#define AUDIT_LOG_MAX		(4ull << 30)	/* half a year of 10,000 units a day */
#define AUDIT_PIECES_MAX	100000
#define AUDIT_FINDINGS_MAX	10000
#define AUDIT_LEAVES_MAX	(16u << 20)
#define NEVER			UINT64_MAX	/* no such leaf */

struct audit_boot {
	uint8_t id[16];
	char hex[33];
	uint64_t began;			/* leaf */
	uint64_t closed_at;		/* its last BOOT_CLOSE leaf, or NEVER */
	uint64_t close_seq;
	uint64_t announced_at;		/* the last leaf that announces a job in it, or NEVER */
	bool last;			/* the newest of the ledger: it may still run */
	bool quoted;			/* there is a directory with a checkpoint */
	bool sound;			/* quote and log hold: @e, @facts and @note count */
	bool closed;			/* the quote came behind the close: all of it is covered */
	unsigned int pieces;		/* of its log, given away before the rest */
	struct hm_checkpoint note;
	struct hm_quote_facts facts;
	struct hm_evidence e;
	uint32_t *told_by;		/* per job of @e: unit number + 1 of the announcing one */
};

/* A job as one unit's leaves tell it. */
struct audit_job {
	struct hm_leaf_job announced;
	uint64_t announced_at;		/* leaf, or NEVER */
	struct hm_leaf_job fate;
	uint64_t fate_at;		/* leaf, or NEVER */
};

struct audit_unit_leaf {
	char serial[21];
	uint64_t leaf;
};

/* One unit, its leaves told one after the other; later words replace earlier ones. */
struct audit_story {
	uint32_t number;
	const char *serial;
	uint64_t first, last;		/* leaves */
	char state[16];
	char product[33];
	char lot[33];
	char binding[8];
	char tid[33];
	uint32_t generation;
	int64_t made;			/* when it was reserved: the day that its label may tell */
	bool resolved, was_active;
	char mac[17];
	uint32_t macs;
	struct hm_epc epc;
	uint8_t ek[32], key[32], product_sha256[32], cert[32], image[32], label[32];
	uint8_t record[256];
	size_t record_len;
	struct audit_job *jobs;		/* in the order of first mention */
	size_t n_jobs;
	bool labelled;			/* a label job of its was measured */
};

/* Things that no two units may share. */
struct audit_anchor {
	char kind[8];
	uint8_t value[32];
	uint32_t unit;
};

struct audit_product {
	uint8_t sha256[32], template_sha256[32], serial_key[32];
	char name[33];
};

/* A supplied list: a leaf names it, the bundle has it. */
struct audit_list {
	char pool[33];
	uint8_t sha256[32];
	uint64_t at;			/* leaf */
	bool read;			/* looked for already; @list is empty where it was bad */
	struct hm_buf file;
	struct hm_list list;
};

struct audit {
	const struct hm_audit_params *p;
	struct hm_audit_report report;
	int rc;
	int dirfd;

	/* certificates, DER; empty where they are missing or bad */
	struct hm_buf root, issuer, sign, ak, sign_spki;

	bool has_vkey, has_head;
	uint8_t log_public[32];
	struct hm_checkpoint head;
	struct hm_buf note;
	struct hm_buf arena;
	struct hm_leaf_bytes *leaves;
	size_t n_leaves;
	struct hm_forest forest;

	struct audit_boot *boots;	/* in the ledger's order */
	size_t n_boots;
	struct audit_product *products;
	size_t n_products;
	struct audit_list *lists;
	size_t n_lists;
	struct audit_unit_leaf *unit_leaves;	/* by serial, then leaf */
	size_t n_unit_leaves;
	struct audit_anchor *anchors;
	size_t n_anchors;
	uint64_t ungated;		/* jobs */
	uint64_t ungated_units;

	/* the product and the template used last: most units share them */
	uint8_t product_sha256[32];
	struct hm_product product;
	bool has_product;
	uint8_t template_sha256[32];
	struct hm_buf template;
	bool has_template;

	struct hm_leaf leaf;		/* the one at hand */
};

/* One finding; @serial may be NULL. Control characters become '?'. */
void audit_find(struct audit *a, enum hm_verdict v, const char *serial, const char *subject,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void audit_find_unit(struct audit *a, enum hm_verdict v, const char *serial, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Room for one more of @size in an array of @n; NULL after a->rc was set. */
void *audit_grow(struct audit *a, void *array, size_t n, size_t size);

/*
 * A file of the bundle, whole: 0, or a finding (inconsistent: it is missing, or
 * cannot be read) and its error.
 */
int audit_file(struct audit *a, const char *path, const char *serial, struct hm_buf *ret);
/* Bytes kept by hash, their hash checked; a finding like audit_file(). */
int audit_blob(struct audit *a, const uint8_t sha256[32], const char *what, const char *serial,
	       struct hm_buf *ret);

static inline bool audit_is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

/* book.c: vkey, checkpoint, entries, tiles, root; then what the leaves are about */
void audit_book(struct audit *a);
void audit_index(struct audit *a);
/* files.c */
void audit_bundle_json(struct audit *a);
void audit_boot_json(struct audit *a, const struct audit_boot *b);
void audit_unit_files(struct audit *a, const struct audit_story *s);
/* boots.c */
void audit_boots(struct audit *a);
struct audit_boot *audit_boot_find(struct audit *a, const uint8_t id[16]);
/* story.c: every unit's leaves */
void audit_units(struct audit *a);
/* match.c: one unit's jobs against the logs; then what no unit announced */
void audit_match_unit(struct audit *a, struct audit_story *s);
void audit_match_rest(struct audit *a);
/* Was this job measured, by the log where there is one, else by the leaves? */
bool audit_was_measured(struct audit *a, const struct audit_job *j);
/* payload.c: what the unit's marks must have been */
void audit_payload_leaf(struct audit *a, struct audit_story *s, const struct hm_leaf *l);
void audit_payload_unit(struct audit *a, struct audit_story *s);
/* lists.c */
void audit_list_index(struct audit *a, const struct hm_leaf *l, uint64_t at);
/* Is it in a list of @pool that came before leaf @before? */
bool audit_listed(struct audit *a, const char *pool, enum hm_list_kind kind, const char *value,
		  uint64_t before);
void audit_lists_free(struct audit *a);
/* unique.c */
/* A tag of its, as soon as it is told: a reprint gives it another. */
void audit_anchor_tag(struct audit *a, const struct audit_story *s);
/* At its end, @first being the number of anchors before it. */
void audit_anchors_of(struct audit *a, const struct audit_story *s, size_t first);
void audit_unique(struct audit *a);

#endif /* HM_AUDIT_INTERNAL_H */
