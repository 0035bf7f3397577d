// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One round of deliveries to a printer, to be run in turn with another:
 *
 *	bench-gate mark NODE BYTES COUNT	through the gate: MARK
 *	bench-gate write NODE BYTES COUNT	through usblp: write(2), which waits for the bus
 *	bench-gate extend TPM COUNT		TPM2_PCR_Extend of PCR 16, as many banks as the
 *						gate's log names
 *
 * Prints the median and the first decile, in microseconds: what else the machine
 * does only ever adds to a delivery, so that the quick ones say what it costs. MARK
 * has two figures more: of the same jobs the send phase alone, between the gate's
 * tracepoints (tracefs must be mounted). Each
 * begins after a pause, as on a line: back to back, the one that never waits would
 * keep the emulator's process awake for itself, and the other pay for waking it. The
 * bytes are line ends between formats: a printer takes them and prints nothing, so
 * that what is measured is the way there.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/hallmark.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "bench.h"
#include "eventlog.h"
#include "marker/marker.h"

#define COUNT_MAX	10000
#define PAUSE_NS	5000000
#define PCR		16	/* the debug PCR: anybody may reset it */
#define TRACEFS		"/sys/kernel/tracing/"

static uint8_t payload[HALLMARK_PAYLOAD_MAX];

static void one_mark(int fd, size_t len)
{
	struct hallmark_mark u = {
		.size = sizeof(u), .payload = (uintptr_t)payload, .payload_len = (uint32_t)len,
		.timeout_ms = 10000,
	};

	bench_must(getrandom(u.job_id, sizeof(u.job_id), 0) == sizeof(u.job_id));
	bench_must(!ioctl(fd, HALLMARK_IOC_MARK, &u));
	bench_must(u.state == HALLMARK_STATE_DONE && !(u.flags & HALLMARK_MARK_LATCHED));
}

static void one_write(int fd, size_t len)
{
	bench_must(write(fd, payload, len) == (ssize_t)len);
}

/* TPM 2.0 Part 3, 22.2, with an empty password session (Part 1, 19.4) */
static int extend_command(struct hm_buf *c)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(256u << 20);
	struct hm_ev_reader r;
	uint32_t len;
	int rc;

	bench_must(!hm_gate_log("", &log, NULL, NULL));
	bench_must(!hm_ev_reader_init(&r, log.data, log.len));
	rc = hm_buf_be16(c, 0x8002);			/* TPM_ST_SESSIONS */
	rc = rc ?: hm_buf_be32(c, 0);			/* the length, below */
	rc = rc ?: hm_buf_be32(c, 0x182);		/* TPM_CC_PCR_Extend */
	rc = rc ?: hm_buf_be32(c, PCR);
	rc = rc ?: hm_buf_be32(c, 9);			/* bytes of authorisation */
	rc = rc ?: hm_buf_be32(c, 0x40000009);		/* TPM_RS_PW */
	rc = rc ?: hm_buf_be16(c, 0);
	rc = rc ?: hm_buf_byte(c, 0);
	rc = rc ?: hm_buf_be16(c, 0);
	rc = rc ?: hm_buf_be32(c, r.nbanks);
	for (uint32_t b = 0; !rc && b < r.nbanks; b++) {
		rc = hm_buf_be16(c, r.bank[b].alg);
		rc = rc ?: hm_buf_add(c, payload, r.bank[b].size);
	}
	if (rc)
		return rc;
	len = (uint32_t)c->len;
	for (int i = 0; i < 4; i++)
		c->data[2 + i] = (uint8_t)(len >> (24 - 8 * i));
	return 0;
}

static struct hm_buf command = HM_BUF_INIT(4096);

static void one_extend(int fd, size_t len)
{
	uint8_t answer[4096];
	ssize_t n;

	bench_must(write(fd, command.data, len) == (ssize_t)len);
	n = read(fd, answer, sizeof(answer));
	bench_must(n >= 10 && !memcmp(answer + 6, "\0\0\0\0", 4));
}

static void put_trace(const char *file, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
	bench_must(fd >= 0);
	bench_must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void start_trace(void)
{
	put_trace("trace_clock", "mono");
	put_trace("events/hallmark/hallmark_job_begin/enable", "1");
	put_trace("events/hallmark/hallmark_job_end/enable", "1");
	put_trace("trace", "\n");	/* opened to be truncated: forget what is there */
}

/* "bench-gate-77 [000] ..... 12.345678: hallmark_job_end: marker=printer0 seq=8 ..." */
static bool trace_line(const char *line, const char *event, double *ret_us, unsigned long long *ret_seq)
{
	const char *at = strstr(line, event), *seq = strstr(line, " seq=");

	if (!at || !seq)
		return false;
	while (at > line && at[-1] != ' ')	/* the colon and blank behind the time */
		at--;
	at -= 2;
	while (at > line && at[-1] != ' ')
		at--;
	*ret_us = strtod(at, NULL) * 1e6;
	*ret_seq = strtoull(seq + 5, NULL, 10);
	return true;
}

/* The send phases of the last @count jobs; the one before them was no part of it. */
static void read_trace(double *ret_us, size_t count)
{
	unsigned long long begun = 0, seq;
	double since = 0, at;
	char line[512];
	size_t n = 0;
	FILE *f = fopen(TRACEFS "trace", "re");

	bench_must(f);
	while (fgets(line, sizeof(line), f)) {
		if (trace_line(line, "hallmark_job_begin:", &at, &seq)) {
			begun = seq;
			since = at;
		} else if (trace_line(line, "hallmark_job_end:", &at, &seq)) {
			bench_must(seq == begun && n <= count && at >= since);
			if (n++ > 0)
				ret_us[n - 2] = at - since;
		}
	}
	fclose(f);
	bench_must(n == count + 1);
}

int main(int argc, char *argv[])
{
	static double us[COUNT_MAX];
	bool mark = argc == 5 && !strcmp(argv[1], "mark");
	bool extend = argc == 4 && !strcmp(argv[1], "extend");
	void (*one)(int fd, size_t len) = one_extend;
	size_t len, count;
	int fd;

	if (!extend && (argc != 5 || (strcmp(argv[1], "mark") && strcmp(argv[1], "write")))) {
		fprintf(stderr, "usage: bench-gate mark|write NODE BYTES COUNT\n"
			"       bench-gate extend TPM COUNT\n");
		return 2;
	}
	memset(payload, '\n', sizeof(payload));
	count = strtoul(argv[argc - 1], NULL, 10);
	bench_must(count >= 1 && count <= COUNT_MAX);
	if (extend) {
		bench_must(!extend_command(&command));
		len = command.len;
	} else {
		one = argv[1][0] == 'm' ? one_mark : one_write;
		len = strtoul(argv[3], NULL, 10);
		bench_must(len >= 1 && len <= sizeof(payload));
	}
	fd = open(argv[2], O_RDWR | O_CLOEXEC);
	bench_must(fd >= 0);
	if (mark)
		start_trace();
	one(fd, len);		/* ATTACH is extended before the first INTENT */
	for (size_t i = 0; i < count; i++) {
		const struct timespec pause = { .tv_nsec = PAUSE_NS };
		int64_t start;

		nanosleep(&pause, NULL);
		start = bench_ns();
		one(fd, len);
		us[i] = (double)(bench_ns() - start) / 1000;
	}
	close(fd);
	printf("%.3f", bench_median(us, count));	/* sorts */
	printf(" %.3f", us[count / 10]);
	if (mark) {
		read_trace(us, count);
		printf(" %.3f", bench_median(us, count));
		printf(" %.3f", us[count / 10]);
	}
	printf("\n");
	return 0;
}
