// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hm_error_row hm_error_rows[] = {
#define X(name, number, text, exit, why) { number, text, exit, why },
	HM_ERROR_TABLE(X)
#undef X
	{ 0, NULL, 0, NULL },
};

/* errnos that leave a room as they are, and what they mean to a person */
const struct hm_error_row hm_errno_rows[] = {
	{ EINVAL, "invalid", HM_EXIT_USAGE, "an argument that does not make sense" },
	{ ENOTDIR, "invalid", HM_EXIT_USAGE, "not a directory" },
	{ EISDIR, "invalid", HM_EXIT_USAGE, "a directory where a file is expected" },
	{ ENAMETOOLONG, "invalid", HM_EXIT_USAGE, "a path that is too long" },
	{ ELOOP, "invalid", HM_EXIT_USAGE, "a path with a symbolic link where none is followed" },
	{ ENOMEM, "no_memory", HM_EXIT_STORE, "out of memory" },
	{ ENOSPC, "disk_full", HM_EXIT_STORE, "no space is left" },
	{ EDQUOT, "disk_full", HM_EXIT_STORE, "no space is left" },
	{ EROFS, "store", HM_EXIT_STORE, "the file system is read-only" },
	{ EACCES, "access", HM_EXIT_STORE, "access denied" },
	{ EPERM, "access", HM_EXIT_STORE, "not permitted" },
	{ ENOENT, "not_found", HM_EXIT_NOT_FOUND, "no such file" },
	{ EEXIST, "exists", HM_EXIT_REFUSED, "it exists already" },
	{ ENODEV, "no_device", HM_EXIT_DEVICE, "the device is gone" },
	{ ENXIO, "no_device", HM_EXIT_DEVICE, "no such device" },
	{ EIO, "device", HM_EXIT_DEVICE, "input or output failed" },
	{ EBUSY, "busy", HM_EXIT_DEVICE, "somebody else uses it" },
	{ ETIMEDOUT, "silent", HM_EXIT_DEVICE, "no answer in time" },
	{ EBADMSG, "bad_format", HM_EXIT_NO, "bytes that are not of the expected format" },
	{ E2BIG, "too_long", HM_EXIT_NO, "larger than allowed" },
	{ ECANCELED, "cancelled", HM_EXIT_DEVICE, "stopped before it was done" },
	{ 0, NULL, 0, NULL },
};

static const struct hm_error_row internal_row = {
	0, "internal", HM_EXIT_STORE, "an error without a name"
};

static const struct hm_error_row *find(int rc)
{
	unsigned int n = rc < 0 ? 0u - (unsigned int)rc : (unsigned int)rc;

	for (const struct hm_error_row *r = hm_error_rows; r->name; r++)
		if ((unsigned int)r->number == n)
			return r;
	for (const struct hm_error_row *r = hm_errno_rows; r->name; r++)
		if ((unsigned int)r->number == n)
			return r;
	return &internal_row;
}

const char *hm_error_name(int rc)
{
	return find(rc)->name;
}

const char *hm_error_why(int rc)
{
	return find(rc)->why;
}

int hm_error_exit(int rc)
{
	return rc == 0 ? HM_EXIT_OK : find(rc)->exit;
}

int hm_error_number(const char *name)
{
	assert(name);
	for (const struct hm_error_row *r = hm_error_rows; r->name; r++)
		if (!strcmp(r->name, name))
			return r->number;
	return 0;
}

void hm_one_line(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)	/* C1 in UTF-8 */
			p[0] = p[1] = '?';
	}
}

int hm_err_set(struct hm_err *err, int rc, const char *fmt, ...)
{
	va_list ap;

	assert(rc < 0);
	if (!err)
		return rc;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	hm_one_line(err->text);
	return rc;
}

const char *hm_err_text(const struct hm_err *err, int rc)
{
	return err && err->text[0] ? err->text : hm_error_why(rc);
}
