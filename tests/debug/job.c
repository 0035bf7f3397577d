// SPDX-License-Identifier: LGPL-2.1-or-later
/* Some labels, then a query and its answer, through printer0; exit 0 if all were done. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gt.h"

static const char label[] = "^XA^FO50,50^A0N,40,40^FDjob^FS^XZ";

int main(void)
{
	struct hallmark_mark m;
	int fd = gt_open("printer0", O_RDWR), rc, i;

	if (fd < 0) {
		printf("open: %s\n", strerror(-fd));
		return 1;
	}
	for (i = 0; i < 5; i++) {
		gt_job(&m, label, sizeof(label) - 1);
		rc = gt_mark(fd, &m);
		printf("label: %d, state %u\n", rc, m.state);
		if (rc || m.state != HALLMARK_STATE_DONE)
			return 1;
	}
	gt_job(&m, "~HS", 3);
	m.flags = HALLMARK_MARK_QUERY;
	m.reply_max = 1024;
	rc = gt_mark(fd, &m);
	printf("query: %d, state %u, %u bytes\n", rc, m.state, m.reply_len);
	close(fd);
	return rc || m.state != HALLMARK_STATE_DONE || !m.reply_len;
}
