// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * backdoor MARKER: prints a label through the gate, and tells nobody. The station's
 * ledger knows nothing of it; the gate does. Prints the job id, in hexadecimal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/hallmark.h>

int main(int argc, char **argv)
{
	static const char label[] = "^XA^FO20,20^A0N,30,30^FDOne for me^FS^XZ";
	struct hallmark_mark m = {
		.size = sizeof(m), .payload = (uintptr_t)label, .payload_len = sizeof(label) - 1,
		.timeout_ms = 20000,
	};
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: backdoor MARKER\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0 || getrandom(m.job_id, sizeof(m.job_id), 0) != sizeof(m.job_id) ||
	    ioctl(fd, HALLMARK_IOC_MARK, &m)) {
		fprintf(stderr, "backdoor: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < sizeof(m.job_id); i++)
		printf("%02x", m.job_id[i]);
	printf("\n");
	close(fd);
	return m.state == HALLMARK_STATE_DONE ? 0 : 1;
}
