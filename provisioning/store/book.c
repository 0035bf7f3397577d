// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The book: leaves without gaps, the checkpoints that were signed over them, and the
 * event logs that were quoted with them.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/internal.h"

int hm_tx_leaf_count(struct hm_tx *tx, uint64_t *ret, struct hm_err *err)
{
	int64_t n = 0;
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_LEAF_COUNT, err);
	if (hm_q_step(&q) == 1)
		n = hm_c_int(&q, 0, INT64_MAX);
	rc = hm_q_end(&q);
	if (!rc)
		*ret = (uint64_t)n;
	return rc;
}

int hm_tx_leaf_append(struct hm_tx *tx, const void *bytes, size_t len, uint64_t *ret_index,
		      struct hm_err *err)
{
	struct hm_q q;
	uint64_t n;
	int rc;

	if (!len || len > HM_LEAF_SIZE_MAX)
		return hm_err_set(err, -HM_ETOO_LONG, "store: a leaf of %zu bytes", len);
	rc = hm_tx_leaf_count(tx, &n, err);
	if (rc)
		return rc;
	hm_q_begin(&q, tx, SQL_LEAF_PUT, err);
	hm_q_uint(&q, n);
	hm_q_blob(&q, bytes, len);
	rc = hm_q_run(&q);
	if (!rc)
		*ret_index = n;
	return rc;
}

int hm_tx_leaves(struct hm_tx *tx, uint64_t first, uint64_t end, hm_leaf_each_fn each, void *ctx,
		 struct hm_err *err)
{
	uint64_t count, next = first;
	struct hm_q q;
	int rc = hm_tx_leaf_count(tx, &count, err);

	if (rc)
		return rc;
	if (first > end || end > count)
		return hm_err_set(err, -HM_ENOT_FOUND, "leaves %llu to %llu of %llu",
				  (unsigned long long)first, (unsigned long long)end,
				  (unsigned long long)count);
	hm_q_begin(&q, tx, SQL_LEAVES, err);
	hm_q_uint(&q, first);
	hm_q_uint(&q, end);
	while (hm_q_step(&q) == 1) {
		uint64_t index = (uint64_t)hm_c_int(&q, 0, INT64_MAX);
		size_t len;
		const void *bytes = hm_c_bytes(&q, &len);

		if (!q.rc && index != next)
			break;
		next++;
		rc = q.rc ? 0 : each(ctx, index, bytes, len);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	if (next != end)
		hm_q_fail(&q, -HM_ESTORE_CORRUPT, "store: leaf %llu is missing",
			  (unsigned long long)next);
	return hm_q_end(&q);
}

/* The order is that of HM_SQL_CHECKPOINT_COLUMNS, here and below. */
int hm_tx_checkpoint_put(struct hm_tx *tx, const struct hm_checkpoint_row *c, struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_CHECKPOINT_PUT, err);
	hm_q_uint(&q, c->size);
	hm_q_int(&q, c->time);
	hm_q_blob_or_null(&q, c->boot_id, sizeof(c->boot_id));
	hm_q_int(&q, c->closing);
	hm_q_uint(&q, c->seq);
	hm_q_blob_or_null(&q, c->note_sha256, 32);
	hm_q_uint(&q, c->log_end);
	hm_q_blob_or_null(&q, c->attest_sha256, 32);
	hm_q_blob_or_null(&q, c->sig_sha256, 32);
	hm_q_blob_or_null(&q, c->pcr_value, 32);
	rc = hm_q_run(&q);
	if (rc == -HM_ENOT_FOUND)
		hm_err_set(err, rc, "store: a checkpoint needs its note and quote as blobs");
	return rc;
}

static void read_checkpoint(struct hm_q *q, struct hm_checkpoint_row *c)
{
	c->size = (uint64_t)hm_c_int(q, 0, INT64_MAX);
	c->time = hm_c_int(q, INT64_MIN, INT64_MAX);
	hm_c_fixed(q, c->boot_id, sizeof(c->boot_id));
	c->closing = hm_c_int(q, 0, 1);
	c->seq = (uint64_t)hm_c_int(q, 0, INT64_MAX);
	hm_c_fixed(q, c->note_sha256, 32);
	c->log_end = (uint64_t)hm_c_int(q, 0, INT64_MAX);
	hm_c_fixed(q, c->attest_sha256, 32);
	hm_c_fixed(q, c->sig_sha256, 32);
	hm_c_fixed(q, c->pcr_value, 32);
}

int hm_tx_checkpoint_last(struct hm_tx *tx, struct hm_checkpoint_row *ret, struct hm_err *err)
{
	struct hm_checkpoint_row c;
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_CHECKPOINT_LAST, err);
	rc = hm_q_step(&q);
	if (rc == 1)
		read_checkpoint(&q, &c);
	else if (rc == 0)
		hm_q_fail(&q, -HM_ENOT_FOUND, "no checkpoint was signed yet");
	rc = hm_q_end(&q);
	if (!rc)
		*ret = c;
	return rc;
}

int hm_tx_checkpoints_by_boot(struct hm_tx *tx, hm_checkpoint_each_fn each, void *ctx,
			      struct hm_err *err)
{
	struct hm_checkpoint_row c;
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_CHECKPOINTS_BY_BOOT, err);
	while (hm_q_step(&q) == 1) {
		int rc;

		read_checkpoint(&q, &c);
		rc = q.rc ? 0 : each(ctx, &c);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

int hm_tx_log_part_put(struct hm_tx *tx, const struct hm_log_part *p, struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_LOG_PART_PUT, err);
	hm_q_blob(&q, p->boot_id, sizeof(p->boot_id));
	hm_q_uint(&q, p->start);
	hm_q_uint(&q, p->end);
	hm_q_blob(&q, p->sha256, 32);
	rc = hm_q_run(&q);
	if (rc == -HM_ENOT_FOUND)
		hm_err_set(err, rc, "store: a part of a log needs its bytes as a blob");
	return rc;
}

int hm_tx_log_parts(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t from,
		    hm_log_part_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_log_part p;
	struct hm_q q;

	memcpy(p.boot_id, boot_id, sizeof(p.boot_id));
	hm_q_begin(&q, tx, SQL_LOG_PARTS, err);
	hm_q_blob(&q, boot_id, 16);
	hm_q_uint(&q, from);
	while (hm_q_step(&q) == 1) {
		int rc;

		p.start = (uint64_t)hm_c_int(&q, 1, INT64_MAX);
		p.end = (uint64_t)hm_c_int(&q, 1, INT64_MAX);
		hm_c_fixed(&q, p.sha256, 32);
		rc = q.rc ? 0 : each(ctx, &p);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

int hm_tx_log_end(struct hm_tx *tx, const uint8_t boot_id[16], uint64_t *ret, struct hm_err *err)
{
	int64_t end = 0;
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_LOG_END, err);
	hm_q_blob(&q, boot_id, 16);
	if (hm_q_step(&q) == 1)
		end = hm_c_int(&q, 0, INT64_MAX);
	rc = hm_q_end(&q);
	if (!rc)
		*ret = (uint64_t)end;
	return rc;
}
