// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Leaves as deterministic CBOR. Two tables say which member has which key and
 * form; one writer and one reader walk them. Decoding reads, checks, writes
 * again and compares, so that one leaf has exactly one encoding.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cbor.h"
#include "ledger/leaf.h"

enum form {
	F_U32,		/* also enums */
	F_U64,
	F_TIME,		/* int64_t */
	F_BOOL,
	F_TEXT,
	F_BYTES,	/* fixed length, absent where all zero */
	F_EPC,
	F_RECORD,
	F_INPUTS,
	F_JOBS,
};

struct member {
	int64_t key;
	enum form form;
	size_t at;
	size_t size;
};

#define M(k, f, type, name) { k, f, offsetof(type, name), sizeof(((type *)0)->name) }

/* docs/ledger.md has these tables; keys are never reused */
static const struct member leaf_members[] = {
	M(1, F_U32, struct hm_leaf, type),
	M(2, F_U32, struct hm_leaf, version),
	M(3, F_TIME, struct hm_leaf, time),
	M(4, F_TEXT, struct hm_leaf, who),
	M(5, F_TEXT, struct hm_leaf, why),
	M(6, F_TEXT, struct hm_leaf, station),
	M(7, F_TEXT, struct hm_leaf, serial),
	M(8, F_TEXT, struct hm_leaf, state),
	M(9, F_TEXT, struct hm_leaf, step),
	M(10, F_U32, struct hm_leaf, generation),
	M(11, F_TEXT, struct hm_leaf, product),
	M(12, F_TEXT, struct hm_leaf, lot),
	M(13, F_TEXT, struct hm_leaf, order),
	M(14, F_TEXT, struct hm_leaf, slot),
	M(15, F_TEXT, struct hm_leaf, wait),
	M(16, F_TEXT, struct hm_leaf, binding),
	M(17, F_TEXT, struct hm_leaf, tid),
	M(18, F_EPC, struct hm_leaf, epc),
	M(19, F_BYTES, struct hm_leaf, ek_sha256),
	M(20, F_BYTES, struct hm_leaf, key_sha256),
	M(21, F_BYTES, struct hm_leaf, product_sha256),
	M(22, F_BYTES, struct hm_leaf, template_sha256),
	M(23, F_BYTES, struct hm_leaf, cert_sha256),
	M(24, F_BYTES, struct hm_leaf, image_sha256),
	M(25, F_U32, struct hm_leaf, render_version),
	M(26, F_INPUTS, struct hm_leaf, inputs),
	M(27, F_RECORD, struct hm_leaf, record),
	M(28, F_JOBS, struct hm_leaf, jobs),
	M(29, F_BYTES, struct hm_leaf, boot_id),
	M(30, F_U64, struct hm_leaf, seq),
	M(31, F_BYTES, struct hm_leaf, serial_key),
	M(32, F_TEXT, struct hm_leaf, pool),
	M(33, F_BYTES, struct hm_leaf, list_sha256),
	M(34, F_TEXT, struct hm_leaf, mac),
	M(35, F_U32, struct hm_leaf, macs),
};

static const struct member job_members[] = {
	M(1, F_U32, struct hm_leaf_job, role),
	M(2, F_BYTES, struct hm_leaf_job, job_id),
	M(3, F_TEXT, struct hm_leaf_job, marker),
	M(4, F_TEXT, struct hm_leaf_job, purpose),
	M(5, F_U32, struct hm_leaf_job, flags),
	M(6, F_U32, struct hm_leaf_job, offset),
	M(7, F_U32, struct hm_leaf_job, len),
	M(8, F_BYTES, struct hm_leaf_job, digest),
	M(9, F_BOOL, struct hm_leaf_job, gated),
	M(10, F_BYTES, struct hm_leaf_job, boot_id),
	M(11, F_U64, struct hm_leaf_job, seq),
	M(12, F_U32, struct hm_leaf_job, state),
	M(13, F_U32, struct hm_leaf_job, sent),
};

#define N_MEMBERS(table) (sizeof(table) / sizeof((table)[0]))

static bool all_zero(const void *p, size_t n)
{
	const uint8_t *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

static uint32_t get_u32(const void *base, size_t at)
{
	uint32_t v;

	memcpy(&v, (const uint8_t *)base + at, sizeof(v));
	return v;
}

static uint64_t get_u64(const void *base, size_t at)
{
	uint64_t v;

	memcpy(&v, (const uint8_t *)base + at, sizeof(v));
	return v;
}

/* --- writing --- */

static bool is_present(const void *base, const struct member *m)
{
	const struct hm_leaf *leaf = base;

	switch (m->form) {
	case F_EPC:
		return leaf->epc.len > 0;
	case F_RECORD:
		return leaf->record_len > 0;
	case F_INPUTS:
		return leaf->n_inputs > 0;
	case F_JOBS:
		return leaf->n_jobs > 0;
	case F_TEXT:
		return *((const char *)base + m->at) != '\0';
	default:
		return !all_zero((const uint8_t *)base + m->at, m->size);
	}
}

static int put_members(struct hm_buf *b, const void *base, const struct member *table, size_t n);

static int put_inputs(struct hm_buf *b, const struct hm_leaf *leaf)
{
	int rc = hm_cbor_array(b, leaf->n_inputs);

	for (size_t i = 0; !rc && i < leaf->n_inputs; i++) {
		rc = hm_cbor_array(b, 2);
		rc = rc ?: hm_cbor_text(b, leaf->inputs[i].name);
		rc = rc ?: hm_cbor_text(b, leaf->inputs[i].value);
	}
	return rc;
}

static int put_jobs(struct hm_buf *b, const struct hm_leaf *leaf)
{
	int rc = hm_cbor_array(b, leaf->n_jobs);

	for (size_t i = 0; !rc && i < leaf->n_jobs; i++)
		rc = put_members(b, &leaf->jobs[i], job_members, N_MEMBERS(job_members));
	return rc;
}

static int put_value(struct hm_buf *b, const void *base, const struct member *m)
{
	const uint8_t *p = (const uint8_t *)base + m->at;
	const struct hm_leaf *leaf = base;

	switch (m->form) {
	case F_U32:
		return hm_cbor_uint(b, get_u32(base, m->at));
	case F_U64:
		return hm_cbor_uint(b, get_u64(base, m->at));
	case F_TIME:
		return hm_cbor_int(b, (int64_t)get_u64(base, m->at));
	case F_BOOL:
		return hm_cbor_bool(b, true);
	case F_TEXT:
		return hm_cbor_text(b, (const char *)p);
	case F_BYTES:
		return hm_cbor_bytes(b, p, m->size);
	case F_EPC:
		return hm_cbor_bytes(b, leaf->epc.bytes, leaf->epc.len);
	case F_RECORD:
		return hm_cbor_bytes(b, leaf->record, leaf->record_len);
	case F_INPUTS:
		return put_inputs(b, leaf);
	case F_JOBS:
		return put_jobs(b, leaf);
	}
	return -EINVAL;
}

static int put_members(struct hm_buf *b, const void *base, const struct member *table, size_t n)
{
	size_t pairs = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		pairs += is_present(base, &table[i]);
	rc = hm_cbor_map(b, pairs);
	for (size_t i = 0; !rc && i < n; i++) {
		if (!is_present(base, &table[i]))
			continue;
		rc = hm_cbor_int(b, table[i].key);
		rc = rc ?: put_value(b, base, &table[i]);
	}
	return rc;
}

/* --- reading --- */

static int get_members(struct hm_cbor_r *r, void *base, const struct member *table, size_t n);

static int get_inputs(struct hm_cbor_r *r, struct hm_leaf *leaf)
{
	size_t n, pair;
	int rc = hm_cbor_r_array(r, &n);

	if (!rc && n > HM_LEAF_INPUTS_MAX)
		return -HM_EBAD_FORMAT;
	for (size_t i = 0; !rc && i < n; i++) {
		struct hm_leaf_input *in = &leaf->inputs[i];

		rc = hm_cbor_r_array(r, &pair);
		if (!rc && pair != 2)
			return -HM_EBAD_FORMAT;
		rc = rc ?: hm_cbor_r_text(r, in->name, sizeof(in->name));
		rc = rc ?: hm_cbor_r_text(r, in->value, sizeof(in->value));
	}
	if (!rc)
		leaf->n_inputs = n;
	return rc;
}

static int get_jobs(struct hm_cbor_r *r, struct hm_leaf *leaf)
{
	size_t n;
	int rc = hm_cbor_r_array(r, &n);

	if (!rc && n > HM_LEAF_JOBS_MAX)
		return -HM_EBAD_FORMAT;
	for (size_t i = 0; !rc && i < n; i++)
		rc = get_members(r, &leaf->jobs[i], job_members, N_MEMBERS(job_members));
	if (!rc)
		leaf->n_jobs = n;
	return rc;
}

static int get_record(struct hm_cbor_r *r, struct hm_leaf *leaf)
{
	const uint8_t *p;
	size_t n;
	int rc = hm_cbor_r_bytes(r, &p, &n);

	if (rc)
		return rc;
	if (n > sizeof(leaf->record))
		return -HM_EBAD_FORMAT;
	memcpy(leaf->record, p, n);
	leaf->record_len = n;
	return 0;
}

static int get_epc(struct hm_cbor_r *r, struct hm_epc *epc)
{
	const uint8_t *p;
	size_t n;
	int rc = hm_cbor_r_bytes(r, &p, &n);

	if (rc)
		return rc;
	if (!n || n > sizeof(epc->bytes) || n % 2)
		return -HM_EBAD_FORMAT;
	memcpy(epc->bytes, p, n);
	epc->len = (uint32_t)n;
	return 0;
}

static int get_number(struct hm_cbor_r *r, uint8_t *p, size_t size)
{
	uint64_t v;
	int rc = hm_cbor_r_uint(r, &v);

	if (rc)
		return rc;
	if (size == 4) {
		uint32_t small = (uint32_t)v;

		if (v > UINT32_MAX)
			return -HM_EBAD_FORMAT;
		memcpy(p, &small, 4);
	} else {
		memcpy(p, &v, 8);
	}
	return 0;
}

static int get_value(struct hm_cbor_r *r, void *base, const struct member *m)
{
	uint8_t *p = (uint8_t *)base + m->at;
	struct hm_leaf *leaf = base;

	switch (m->form) {
	case F_U32:
	case F_U64:
		return get_number(r, p, m->size);
	case F_TIME:
		return hm_cbor_r_int(r, (int64_t *)(void *)p);
	case F_BOOL:
		return hm_cbor_r_bool(r, (bool *)p);
	case F_TEXT:
		return hm_cbor_r_text(r, (char *)p, m->size);
	case F_EPC:
		return get_epc(r, &leaf->epc);
	case F_BYTES:
		return hm_cbor_r_fixed(r, p, m->size);
	case F_RECORD:
		return get_record(r, leaf);
	case F_INPUTS:
		return get_inputs(r, leaf);
	case F_JOBS:
		return get_jobs(r, leaf);
	}
	return -EINVAL;
}

/* A key twice or out of order survives this and fails the comparison. */
static int get_members(struct hm_cbor_r *r, void *base, const struct member *table, size_t n)
{
	size_t pairs;
	int64_t key;
	int rc = hm_cbor_r_map(r, &pairs);

	if (!rc && pairs > n)
		return -HM_EBAD_FORMAT;
	while (!rc && pairs--) {
		size_t i;

		rc = hm_cbor_r_int(r, &key);
		if (rc)
			break;
		for (i = 0; i < n && table[i].key != key; i++)
			;
		rc = i < n ? get_value(r, base, &table[i]) : -HM_EBAD_FORMAT;
	}
	return rc;
}

static int get_leaf(const void *bytes, size_t len, struct hm_leaf *leaf)
{
	struct hm_cbor_r r;
	int rc;

	memset(leaf, 0, sizeof(*leaf));
	hm_cbor_r_init(&r, bytes, len);
	rc = get_members(&r, leaf, leaf_members, N_MEMBERS(leaf_members));
	return rc ?: hm_cbor_r_end(&r);
}

/* --- what a leaf of each type must and may hold --- */

static const char *job_fault(const struct hm_leaf_job *j)
{
	if (j->role < HM_JOB_ANNOUNCED || j->role > HM_JOB_LOST)
		return "a job's role does not exist";
	if (all_zero(j->job_id, sizeof(j->job_id)))
		return "a job without an id";
	if (j->role != HM_JOB_ANNOUNCED) {
		if (j->role == HM_JOB_OBSERVED && !j->state)
			return "an observed job without a state";
		return NULL;
	}
	if (!j->purpose[0] || !j->len || all_zero(j->digest, sizeof(j->digest)))
		return "an announced job without purpose, length or digest";
	if (j->gated == all_zero(j->boot_id, sizeof(j->boot_id)))
		return "an announced job has a boot exactly where it is gated";
	return NULL;
}

static const char *unit_fault(const struct hm_leaf *leaf)
{
	if (!leaf->serial[0] || !leaf->state[0] || !leaf->step[0])
		return "a unit's leaf without serial, state or step";
	for (size_t i = 0; i < leaf->n_jobs; i++) {
		const char *fault = job_fault(&leaf->jobs[i]);

		if (fault)
			return fault;
	}
	for (size_t i = 0; i < leaf->n_inputs; i++)
		if (!leaf->inputs[i].name[0])
			return "a label input without a name";
	return NULL;
}

static const char *leaf_fault(const struct hm_leaf *leaf)
{
	bool boot = leaf->type == HM_LEAF_BOOT || leaf->type == HM_LEAF_BOOT_CLOSE;

	if (leaf->version != HM_LEAF_VERSION)
		return "a version that is not known";
	if (leaf->type != HM_LEAF_UNIT &&
	    (leaf->serial[0] || leaf->n_jobs || leaf->n_inputs || leaf->record_len || leaf->mac[0]))
		return "a unit's members in a leaf that is about no unit";
	if (boot != !all_zero(leaf->boot_id, sizeof(leaf->boot_id)))
		return "a boot id belongs to boot leaves, and to each of them";
	if (leaf->seq && leaf->type != HM_LEAF_BOOT_CLOSE)
		return "a last job belongs to the leaf that closes a boot";
	if (leaf->type != HM_LEAF_PRODUCT && !all_zero(leaf->serial_key, 32))
		return "a key of serials belongs to the leaf of their product";
	if (!leaf->mac[0] != !leaf->macs)
		return "an address without how many, or how many without the first";
	if ((leaf->type == HM_LEAF_POOL) != (leaf->pool[0] && !all_zero(leaf->list_sha256, 32)) ||
	    !leaf->pool[0] != all_zero(leaf->list_sha256, 32))
		return "a pool and its list belong to the leaf that tells of them, and both to it";
	switch (leaf->type) {
	case HM_LEAF_STATION:
		return leaf->station[0] ? NULL : "a station's leaf without its id";
	case HM_LEAF_PRODUCT:
		if (!leaf->product[0] || all_zero(leaf->product_sha256, 32))
			return "a product's leaf without its name or file";
		return NULL;
	case HM_LEAF_BOOT:
	case HM_LEAF_BOOT_CLOSE:
	case HM_LEAF_POOL:
		return NULL;
	case HM_LEAF_UNIT:
		return unit_fault(leaf);
	}
	return "a type that does not exist";
}

int hm_leaf_encode(const struct hm_leaf *leaf, struct hm_buf *out)
{
	size_t start = out->len;
	struct hm_leaf *again;
	int rc;

	assert(leaf->n_jobs <= HM_LEAF_JOBS_MAX && leaf->n_inputs <= HM_LEAF_INPUTS_MAX);
	assert(leaf->record_len <= sizeof(leaf->record) && hm_epc_is_whole(&leaf->epc));
	if (leaf_fault(leaf))
		return -EINVAL;
	rc = put_members(out, leaf, leaf_members, N_MEMBERS(leaf_members));
	if (!rc && out->len - start > HM_LEAF_MAX)
		rc = -E2BIG;
	if (!rc) {	/* texts that no reader would take (not UTF-8) stop here */
		again = malloc(sizeof(*again));
		rc = again ? get_leaf(out->data + start, out->len - start, again) : -ENOMEM;
		free(again);
	}
	if (rc)
		out->len = start;
	return rc;
}

int hm_leaf_decode(const void *bytes, size_t len, struct hm_leaf *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf again = HM_BUF_INIT(HM_LEAF_MAX);
	struct hm_leaf *leaf;
	const char *fault;
	int rc;

	if (len > HM_LEAF_MAX)
		return hm_err_set(err, -HM_EBAD_FORMAT, "a leaf of %zu bytes", len);
	leaf = malloc(sizeof(*leaf));
	if (!leaf)
		return -ENOMEM;
	rc = get_leaf(bytes, len, leaf);
	if (rc) {
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "bytes that are not a leaf");
		goto out;
	}
	fault = leaf_fault(leaf);
	if (fault) {
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "%s", fault);
		goto out;
	}
	rc = put_members(&again, leaf, leaf_members, N_MEMBERS(leaf_members));
	if (!rc && (again.len != len || memcmp(again.data, bytes, len)))
		rc = hm_err_set(err, -HM_EBAD_FORMAT, "a leaf that is not deterministically encoded");
	if (!rc)
		*ret = *leaf;
out:
	free(leaf);
	return rc;
}
