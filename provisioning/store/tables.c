// SPDX-License-Identifier: LGPL-2.1-or-later
/* Jobs, blobs, products, small facts. */
#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "store/internal.h"

static int sha256(const void *bytes, size_t len, uint8_t out[32])
{
	return EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -ENOMEM;
}

/* The order is that of HM_SQL_JOB_COLUMNS, here and below. */
int hm_tx_job_put(struct hm_tx *tx, const struct hm_job *j, struct hm_err *err)
{
	struct hm_q q;

	if (j->reply_len > sizeof(j->reply))
		return hm_err_set(err, -EINVAL, "store: a reply of %u bytes", j->reply_len);
	hm_q_begin(&q, tx, SQL_JOB_PUT, err);
	hm_q_blob(&q, j->job_id, sizeof(j->job_id));
	hm_q_text_or_null(&q, j->serial, sizeof(j->serial));
	hm_q_text(&q, j->purpose, sizeof(j->purpose));
	hm_q_text(&q, j->address, sizeof(j->address));
	hm_q_text(&q, j->marker, sizeof(j->marker));
	hm_q_int(&q, j->gated);
	hm_q_blob_or_null(&q, j->boot_id, sizeof(j->boot_id));
	hm_q_int(&q, j->flags);
	hm_q_int(&q, j->offset);
	hm_q_int(&q, j->attempt);
	hm_q_int(&q, j->position);
	hm_q_blob(&q, j->digest, sizeof(j->digest));
	hm_q_blob_or_null(&q, j->payload_sha256, 32);
	hm_q_int(&q, j->payload_len);
	hm_q_int(&q, j->fate);
	hm_q_uint(&q, j->seq);
	hm_q_int(&q, j->state);
	hm_q_int(&q, j->sent);
	hm_q_blob(&q, j->reply, j->reply_len);
	hm_q_int(&q, j->created);
	if (!hm_q_step(&q) && !sqlite3_changes(tx->conn->db))
		hm_q_fail(&q, -HM_EEXISTS, "store: the job id names other bytes of another unit");
	if (q.rc == -HM_ENOT_FOUND)
		hm_err_set(err, q.rc, "store: a job needs its unit \"%s\" and its payload's blob",
			   j->serial);
	return hm_q_end(&q);
}

static void read_job(struct hm_q *q, struct hm_job *j)
{
	hm_c_fixed(q, j->job_id, sizeof(j->job_id));
	hm_c_text(q, j->serial, sizeof(j->serial));
	hm_c_text(q, j->purpose, sizeof(j->purpose));
	hm_c_text(q, j->address, sizeof(j->address));
	hm_c_text(q, j->marker, sizeof(j->marker));
	j->gated = hm_c_int(q, 0, 1);
	hm_c_fixed(q, j->boot_id, sizeof(j->boot_id));
	j->flags = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	j->offset = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	j->attempt = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	j->position = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	hm_c_fixed(q, j->digest, sizeof(j->digest));
	hm_c_fixed(q, j->payload_sha256, 32);
	j->payload_len = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	j->fate = (enum hm_job_fate)hm_c_int(q, HM_JOB_OPEN, HM_JOB_GONE);
	j->seq = (uint64_t)hm_c_int(q, 0, INT64_MAX);
	j->state = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	j->sent = (uint32_t)hm_c_int(q, 0, UINT32_MAX);
	hm_c_blob(q, j->reply, sizeof(j->reply), &j->reply_len);
	j->created = hm_c_int(q, INT64_MIN, INT64_MAX);
}

static int each_job(struct hm_q *q, hm_job_each_fn each, void *ctx)
{
	struct hm_job j;

	while (hm_q_step(q) == 1) {
		int rc;

		read_job(q, &j);
		rc = q->rc ? 0 : each(ctx, &j);
		if (rc) {
			hm_q_end(q);
			return rc;
		}
	}
	return hm_q_end(q);
}

int hm_tx_jobs(struct hm_tx *tx, const char *serial, hm_job_each_fn each, void *ctx,
	       struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, serial ? SQL_JOBS : SQL_JOBS_ALL, err);
	if (serial)
		hm_q_text(&q, serial, 256);
	return each_job(&q, each, ctx);
}

int hm_tx_jobs_open(struct hm_tx *tx, const uint8_t boot_id[16], hm_job_each_fn each, void *ctx,
		    struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_JOBS_OPEN, err);
	hm_q_blob(&q, boot_id, 16);
	return each_job(&q, each, ctx);
}

int hm_tx_blob_put(struct hm_tx *tx, const void *bytes, size_t len, uint8_t ret_sha256[32],
		   struct hm_err *err)
{
	uint8_t digest[32];
	struct hm_q q;
	int rc = sha256(bytes, len, digest);

	if (rc)
		return hm_err_set(err, rc, "store: SHA-256 failed");
	hm_q_begin(&q, tx, SQL_BLOB_PUT, err);
	hm_q_blob(&q, digest, sizeof(digest));
	hm_q_blob(&q, bytes, len);
	rc = hm_q_run(&q);
	if (!rc)
		memcpy(ret_sha256, digest, sizeof(digest));
	return rc;
}

/* The bytes are what their name says, or the store cannot be trusted. */
static const void *blob_column(struct hm_q *q, const uint8_t want[32], size_t *ret_len)
{
	const void *bytes = hm_c_bytes(q, ret_len);
	uint8_t digest[32];
	int rc;

	if (q->rc)
		return NULL;
	rc = sha256(bytes ? bytes : "", *ret_len, digest);
	if (rc)
		hm_q_fail(q, rc, "store: SHA-256 failed");
	else if (memcmp(digest, want, 32))
		hm_q_fail(q, -HM_ESTORE_CORRUPT, "store: a blob is not what its digest says");
	return bytes ? bytes : "";
}

int hm_tx_blob_get(struct hm_tx *tx, const uint8_t sha[32], struct hm_buf *ret, struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_BLOB_GET, err);
	hm_q_blob(&q, sha, 32);
	rc = hm_q_step(&q);
	if (rc == 1) {
		size_t len;
		const void *bytes = blob_column(&q, sha, &len);

		rc = q.rc ? 0 : hm_buf_add(ret, bytes, len);
		if (rc)
			hm_q_fail(&q, rc, "store: a blob of %zu bytes", len);
	} else if (rc == 0) {
		char hex[65];

		hm_hex(sha, 32, hex);
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s: no such blob", hex);
	}
	return hm_q_end(&q);
}

int hm_tx_blobs(struct hm_tx *tx, hm_blob_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_BLOBS, err);
	while (hm_q_step(&q) == 1) {
		uint8_t sha[32];
		const void *bytes;
		size_t len;
		int rc;

		hm_c_fixed(&q, sha, 32);
		bytes = blob_column(&q, sha, &len);
		rc = q.rc ? 0 : each(ctx, sha, bytes, len);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

int hm_tx_product_put(struct hm_tx *tx, const char *name, const uint8_t file_sha256[32],
		      const uint8_t template_sha256[32], struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_PRODUCT_PUT, err);
	hm_q_text(&q, name, 33);
	hm_q_blob(&q, file_sha256, 32);
	hm_q_blob_or_null(&q, template_sha256, 32);
	rc = hm_q_run(&q);
	if (rc == -HM_ENOT_FOUND)
		hm_err_set(err, rc, "store: product %s needs its file and template as blobs", name);
	return rc;
}

int hm_tx_product_get(struct hm_tx *tx, const char *name, uint8_t ret_file[32],
		      uint8_t ret_template[32], struct hm_err *err)
{
	uint8_t file[32], template[32];
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_PRODUCT_GET, err);
	hm_q_text(&q, name, 256);
	rc = hm_q_step(&q);
	if (rc == 1) {
		hm_c_fixed(&q, file, 32);
		hm_c_fixed(&q, template, 32);
	} else if (rc == 0) {
		hm_q_fail(&q, -HM_ENOT_FOUND, "%s: no such product", name);
	}
	rc = hm_q_end(&q);
	if (rc)
		return rc;
	memcpy(ret_file, file, 32);
	memcpy(ret_template, template, 32);
	return 0;
}

int hm_tx_products(struct hm_tx *tx, hm_product_each_fn each, void *ctx, struct hm_err *err)
{
	struct hm_q q;

	hm_q_begin(&q, tx, SQL_PRODUCTS, err);
	while (hm_q_step(&q) == 1) {
		uint8_t file[32], template[32];
		char name[33];
		int rc;

		hm_c_text(&q, name, sizeof(name));
		hm_c_fixed(&q, file, 32);
		hm_c_fixed(&q, template, 32);
		rc = q.rc ? 0 : each(ctx, name, file, template);
		if (rc) {
			hm_q_end(&q);
			return rc;
		}
	}
	return hm_q_end(&q);
}

int hm_tx_meta_put(struct hm_tx *tx, const char *name, const void *value, size_t len,
		   struct hm_err *err)
{
	struct hm_q q;

	if (len > HM_META_SIZE_MAX)
		return hm_err_set(err, -HM_ETOO_LONG, "store: %s of %zu bytes", name, len);
	hm_q_begin(&q, tx, SQL_META_PUT, err);
	hm_q_text(&q, name, 128);
	hm_q_blob(&q, value, len);
	return hm_q_run(&q);
}

int hm_tx_meta_get(struct hm_tx *tx, const char *name, struct hm_buf *ret, struct hm_err *err)
{
	struct hm_q q;
	int rc;

	hm_q_begin(&q, tx, SQL_META_GET, err);
	hm_q_text(&q, name, 256);
	rc = hm_q_step(&q);
	if (rc == 1) {
		size_t len;
		const void *bytes = hm_c_bytes(&q, &len);

		rc = q.rc ? 0 : hm_buf_add(ret, bytes, len);
		if (rc)
			hm_q_fail(&q, rc, "store: %s of %zu bytes", name, len);
	} else if (rc == 0) {
		hm_q_fail(&q, -HM_ENOT_FOUND, "store: %s was never set", name);
	}
	return hm_q_end(&q);
}
