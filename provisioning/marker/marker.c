// SPDX-License-Identifier: LGPL-2.1-or-later
#include "marker/marker.h"

#include <assert.h>
#include <errno.h>
#include <linux/hallmark.h>
#include <stdlib.h>
#include <string.h>

#include "marker/internal.h"

_Static_assert(HM_MARK_REPRINT == HALLMARK_MARK_REPRINT && HM_MARK_QUERY == HALLMARK_MARK_QUERY,
	       "the flags are the gate's");
_Static_assert((int)HM_MARK_DONE == (int)HALLMARK_STATE_DONE &&
	       (int)HM_MARK_PARTIAL == (int)HALLMARK_STATE_PARTIAL &&
	       (int)HM_MARK_UNKNOWN == (int)HALLMARK_STATE_UNKNOWN &&
	       (int)HM_MARK_VERIFY_FAILED == (int)HALLMARK_STATE_VERIFY_FAILED &&
	       (int)HM_MARK_FAULT == (int)HALLMARK_STATE_FAULT,
	       "the states are the gate's");

const char *hm_mark_state_name(enum hm_mark_state s)
{
	switch (s) {
	case HM_MARK_NONE:
		return "none";
	case HM_MARK_DONE:
		return "done";
	case HM_MARK_PARTIAL:
		return "partial";
	case HM_MARK_UNKNOWN:
		return "unknown";
	case HM_MARK_VERIFY_FAILED:
		return "verify-failed";
	case HM_MARK_FAULT:
		return "fault";
	}
	return "invalid";
}

/* A serial becomes part of a file name: nothing that could lead elsewhere. */
static int take_serial(struct hm_marker *m, const char *serial, struct hm_err *err)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t n = serial ? strlen(serial) : 0;

	if (n >= sizeof(m->serial))
		return hm_err_set(err, -HM_ETOO_LONG, "a serial of %zu characters", n);
	if (n && (serial[0] == '.' || strspn(serial, allowed) != n))
		return hm_err_set(err, -HM_EBAD_CHAR, "serial \"%s\" cannot name a mark", serial);
	if (n)
		memcpy(m->serial, serial, n);
	return 0;
}

int hm_marker_open(const char *address, const char *serial, struct hm_marker **ret,
		   struct hm_err *err)
{
	struct hm_marker *m;
	int rc;

	assert(address && ret);
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->fd = -1;
	rc = take_serial(m, serial, err);
	if (!rc && !strncmp(address, "gate:", 5))
		rc = hm_marker_open_gate(m, address + 5, err);
	else if (!rc && !strncmp(address, "file:", 5))
		rc = hm_marker_open_file(m, address + 5, err);
	else if (!rc)
		rc = hm_err_set(err, -HM_EBAD_CONFIG,
				"marker \"%s\": neither gate:PATH nor file:PATH", address);
	if (rc) {
		free(m);
		return rc;
	}
	*ret = m;
	return 0;
}

void hm_marker_close(struct hm_marker *m)
{
	if (!m)
		return;
	m->ops->close(m);
	free(m);
}

const struct hm_marker_info *hm_marker_info(const struct hm_marker *m)
{
	return &m->info;
}

int hm_marker_mark(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		   struct hm_err *err)
{
	/* the gate would refuse all of this; a file marker must not be kinder */
	if (!job->payload || !job->payload_len || job->payload_len > HALLMARK_PAYLOAD_MAX ||
	    job->flags & ~HM_MARK_FLAGS || !job->timeout_ms ||
	    job->timeout_ms > HALLMARK_TIMEOUT_MAX_MS || job->reply_max > HALLMARK_REPLY_MAX)
		return hm_err_set(err, -EINVAL, "%s: a job that does not make sense", m->info.name);
	if (job->reply_max && (!reply || reply_size < job->reply_max))
		return hm_err_set(err, -EINVAL, "%s: no room for the reply", m->info.name);
	if (m->info.kind == HM_MARKER_PRINTER ? job->offset != 0 : job->reply_max != 0)
		return hm_err_set(err, -EINVAL, "%s: offset is the EEPROM's, reply the printer's",
				  m->info.name);
	if (m->info.kind == HM_MARKER_EEPROM &&
	    (job->offset > m->info.size || job->payload_len > m->info.size - job->offset))
		return hm_err_set(err, -EINVAL, "%s: %u bytes at %u, it has %u", m->info.name,
				  job->payload_len, job->offset, m->info.size);
	return m->ops->mark(m, job, reply, reply_size, err);
}

int hm_marker_result(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		     struct hm_err *err)
{
	return m->ops->result(m, job, reply, reply ? reply_size : 0, err);
}

int hm_marker_read(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		   struct hm_err *err)
{
	if (m->info.kind != HM_MARKER_EEPROM || offset > m->info.size ||
	    len > m->info.size - offset)
		return hm_err_set(err, -EINVAL, "%s: %zu bytes at %u cannot be read", m->info.name,
				  len, offset);
	return m->ops->read(m, offset, bytes, len, err);
}

int hm_marker_port_status(struct hm_marker *m, struct hm_err *err)
{
	if (m->info.kind != HM_MARKER_PRINTER)
		return hm_err_set(err, -EINVAL, "%s is no printer", m->info.name);
	return m->ops->port_status(m, err);
}
