/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of this room: one table of functions per kind of address. */
#ifndef HM_MARKER_INTERNAL_H
#define HM_MARKER_INTERNAL_H

#include "marker/marker.h"

struct hm_marker_ops {
	void (*close)(struct hm_marker *m);
	int (*mark)(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		    struct hm_err *err);
	int (*result)(struct hm_marker *m, struct hm_mark_job *job, void *reply, size_t reply_size,
		      struct hm_err *err);
	int (*read)(struct hm_marker *m, uint32_t offset, void *bytes, size_t len,
		    struct hm_err *err);
	int (*port_status)(struct hm_marker *m, struct hm_err *err);
};

struct hm_tray;

struct hm_marker {
	const struct hm_marker_ops *ops;
	struct hm_marker_info info;
	int fd;			/* gate: the node */
	unsigned int major, minor;
	struct hm_tray *tray;	/* file */
	char serial[21];
};

/* Each takes what follows its prefix and fills @m, which is zeroed but for fd = -1. */
int hm_marker_open_gate(struct hm_marker *m, const char *path, struct hm_err *err);
int hm_marker_open_file(struct hm_marker *m, const char *path, struct hm_err *err);

#endif /* HM_MARKER_INTERNAL_H */
