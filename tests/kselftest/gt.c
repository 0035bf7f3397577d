// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>

#define POLL_MS		5
#define TRACEFS		"/sys/kernel/tracing/"

long long gt_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

int gt_open(const char *marker, int flags)
{
	long long end = gt_now() + GT_WAIT_MS;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), GT_DIR "%s", marker);
	while ((fd = open(path, flags | O_CLOEXEC)) < 0) {
		/* not there yet: udev or devtmpfs is at it */
		if ((errno != ENOENT && errno != ENODEV) || gt_now() > end)
			return -errno;
		pause_ms(POLL_MS);
	}
	return fd;
}

bool gt_wait_node(const char *marker, bool there)
{
	long long end = gt_now() + GT_WAIT_MS;
	char path[128];

	snprintf(path, sizeof(path), GT_DIR "%s", marker);
	while ((access(path, F_OK) == 0) != there) {
		if (gt_now() > end)
			return false;
		pause_ms(POLL_MS);
	}
	return true;
}

int gt_read_file(const char *path, char *buf, size_t size)
{
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return (int)n;
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return 0;
}

int gt_attr(const char *marker, const char *attr, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/class/hallmark/%s/%s", marker, attr);
	return gt_read_file(path, buf, size);
}

int gt_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

void gt_job(struct hallmark_mark *m, const void *payload, uint32_t len)
{
	memset(m, 0, sizeof(*m));
	m->size = sizeof(*m);
	if (getrandom(m->job_id, sizeof(m->job_id), 0) != sizeof(m->job_id))
		abort();
	m->payload = (uintptr_t)payload;
	m->payload_len = len;
	m->timeout_ms = 60000;
}

/* Our own memory, if it is there: a test may well point to nowhere. */
static bool peek(const void *at, void *to, size_t len)
{
	struct iovec there = { (void *)(uintptr_t)at, len }, here = { to, len };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* For hm-checker, if HM_PAYLOADS names a directory: the payload, under its digest. */
static void keep_payload(const void *arg)
{
	const char *dir = getenv("HM_PAYLOADS");
	struct hallmark_mark m;
	char path[256], partial[280];
	uint8_t sha[32], *copy;
	int fd, n, i;

	if (!dir || !peek(arg, &m, sizeof(m)) || m.payload_len > HALLMARK_PAYLOAD_MAX)
		return;
	copy = malloc(m.payload_len + 1);
	if (!copy)
		abort();
	if (peek((void *)(uintptr_t)m.payload, copy, m.payload_len)) {
		gt_sha256(copy, m.payload_len, sha);
		n = snprintf(path, sizeof(path), "%.180s/", dir);
		for (i = 0; i < 32; i++)
			n += snprintf(path + n, 3, "%02x", sha[i]);
		snprintf(partial, sizeof(partial), "%s.%d", path, getpid());
		if (access(path, F_OK)) {
			fd = open(partial, O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC, 0600);
			if (fd < 0 || write(fd, copy, m.payload_len) != (ssize_t)m.payload_len ||
			    close(fd) || rename(partial, path))
				abort();
		}
	}
	free(copy);
}

int gt_mark(int fd, struct hallmark_mark *m)
{
	keep_payload(m);
	return ioctl(fd, HALLMARK_IOC_MARK, m) < 0 ? -errno : 0;
}

pid_t gt_mark_child(int fd, struct hallmark_mark *m)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(gt_mark(fd, m) ? 1 : 0);
	return pid;
}

bool gt_killed(pid_t pid)
{
	int status;

	return !kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool gt_wait_blocked(pid_t pid, long nr)
{
	long long end = gt_now() + GT_WAIT_MS;
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	do {
		/* "running" while it is not */
		if (gt_read_file(path, text, sizeof(text)))
			return false;
		if (text[0] >= '0' && text[0] <= '9' && atol(text) == nr)
			return true;
		pause_ms(POLL_MS);
	} while (gt_now() < end);
	return false;
}

int gt_result(int fd, const uint8_t *id, struct hallmark_mark *m)
{
	memset(m, 0, sizeof(*m));
	m->size = sizeof(*m);
	memcpy(m->job_id, id, sizeof(m->job_id));
	return ioctl(fd, HALLMARK_IOC_RESULT, m) < 0 ? -errno : 0;
}

static long long number_in(const char *path)
{
	char text[32];

	return gt_read_file(path, text, sizeof(text)) ? -1 : atoll(text);
}

long long gt_seq(void)
{
	return number_in(GT_SECURITYFS "seq");
}

long long gt_exported(void)
{
	return number_in(GT_SECURITYFS "exported");
}

bool gt_state_is(const char *want)
{
	char text[16];

	return !gt_read_file(GT_SECURITYFS "state", text, sizeof(text)) && !strcmp(text, want);
}

static bool trace_enable(const char *event, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), TRACEFS "events/%s/enable", event);
	return !gt_write_file(path, value);
}

static bool trace_mounted(void)
{
	return !access(TRACEFS "events", F_OK) ||
	       !mount("tracefs", TRACEFS, "tracefs", 0, NULL);
}

bool gt_trace_on(const char *event)
{
	if (!trace_mounted())
		return false;
	/* opening it so empties it */
	close(open(TRACEFS "trace", O_WRONLY | O_TRUNC | O_CLOEXEC));
	return trace_enable(event, "1");
}

bool gt_trace_off(const char *event)
{
	return trace_enable(event, "0");
}

#define EXITS "raw_syscalls/sys_exit"	/* its named twins are not in every kernel */

bool gt_trace_exits_on(void)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "id == %ld || id == %ld", (long)SYS_ioctl, (long)SYS_openat);
	return trace_mounted() && !gt_write_file(TRACEFS "events/" EXITS "/filter", filter) &&
	       gt_trace_on(EXITS);
}

bool gt_trace_exits_off(void)
{
	return gt_trace_off(EXITS) && !gt_write_file(TRACEFS "events/" EXITS "/filter", "0");
}

int gt_trace_exits(long nr, long value, pid_t pid)
{
	char what[64];

	snprintf(what, sizeof(what), "sys_exit: NR %ld = %ld\n", nr, value);
	return gt_trace_lines(what, pid, NULL, 0);
}

int gt_trace_lines(const char *what, pid_t pid, char *line, size_t size)
{
	FILE *f = fopen(TRACEFS "trace", "re");
	char text[512], who[32];
	const char *at;
	int n = 0;

	if (!f)
		return -1;
	snprintf(who, sizeof(who), "-%d ", (int)pid);
	while (fgets(text, sizeof(text), f)) {
		/* COMM-PID [CPU] FLAGS TIME: EVENT: ... */
		at = strchr(text, '[');
		if (text[0] == '#' || !at || !strstr(text, what))
			continue;
		if (pid && !memmem(text, (size_t)(at - text), who, strlen(who)))
			continue;
		n++;
		text[strcspn(text, "\n")] = '\0';
		if (line)
			snprintf(line, size, "%s", text);
	}
	fclose(f);
	return n;
}

int gt_usb_device(const char *marker, char *sysfs, size_t size)
{
	char link[128], path[PATH_MAX], *end;

	snprintf(link, sizeof(link), "/sys/class/hallmark/%.64s", marker);
	if (!realpath(link, path))
		return -errno;
	/* .../1-1/1-1:1.0/hallmark/printer0 */
	for (int up = 0; up < 3; up++) {
		end = strrchr(path, '/');
		if (!end)
			return -EINVAL;
		*end = '\0';
	}
	snprintf(sysfs, size, "%s", path);
	return 0;
}

static int usb_attr_path(const char *marker, const char *attr, char *path, size_t size)
{
	char sysfs[512];
	int rc = gt_usb_device(marker, sysfs, sizeof(sysfs));

	if (!rc)
		snprintf(path, size, "%s/%s", sysfs, attr);
	return rc;
}

int gt_usb_attr(const char *marker, const char *attr, char *buf, size_t size)
{
	char path[600];
	int rc = usb_attr_path(marker, attr, path, sizeof(path));

	return rc ? rc : gt_read_file(path, buf, size);
}

int gt_usb_set_attr(const char *marker, const char *attr, const char *value)
{
	char path[600];
	int rc = usb_attr_path(marker, attr, path, sizeof(path));

	return rc ? rc : gt_write_file(path, value);
}

bool gt_usb_wait_attr(const char *marker, const char *attr, const char *want)
{
	long long end = gt_now() + GT_WAIT_MS;
	char text[64] = "";

	while (gt_usb_attr(marker, attr, text, sizeof(text)) || strcmp(text, want)) {
		if (gt_now() > end) {
			printf("# %s: %s is '%s', not '%s'\n", marker, attr, text, want);
			return false;
		}
		pause_ms(POLL_MS);
	}
	return true;
}

int gt_usb_reset(const char *marker)
{
	char bus[16], dev[16], path[64];
	int fd, rc;

	rc = gt_usb_attr(marker, "busnum", bus, sizeof(bus));
	rc = rc ? rc : gt_usb_attr(marker, "devnum", dev, sizeof(dev));
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/dev/bus/usb/%03d/%03d", atoi(bus), atoi(dev));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = ioctl(fd, USBDEVFS_RESET) ? -errno : 0;
	close(fd);
	return rc;
}

int gt_nap(void)
{
	int rc = gt_write_file("/sys/module/suspend/parameters/pm_test_delay", "0");

	if (!rc)
		rc = gt_write_file("/sys/power/pm_test", "freezer");
	return rc ? rc : gt_write_file("/sys/power/state", "freeze");
}

bool gt_foreign_extend(void)
{
	static const uint8_t head[] = {
		0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82,	/* sessions, size, command */
		0, 0, 0, 13,
		0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,	/* an empty password */
		0, 0, 0, 1, 0x00, 0x0b,
	};
	uint8_t command[65] = { 0 }, answer[256];
	int fd = open("/dev/tpmrm0", O_RDWR | O_CLOEXEC);
	ssize_t n = -1;

	memcpy(command, head, sizeof(head));
	command[64] = 1;
	if (fd < 0)
		return false;
	if (write(fd, command, sizeof(command)) == sizeof(command))
		n = read(fd, answer, sizeof(answer));
	close(fd);
	return n >= 10 && !memcmp(answer + 6, "\0\0\0\0", 4);
}

bool gt_slot_ask(unsigned int slot, const char *device, const char *command, char *answer, size_t size)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *run = getenv("HM_RUN");
	static char line[65536];
	size_t len = 0;
	ssize_t n = -1;
	int fd;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%.60s/slot%u/%.20s.sock",
		 run ? run : "/run/hallmark-world", slot % 16, device);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	    dprintf(fd, "%s\n", command) > 0)
		while (len < sizeof(line) - 1 &&
		       (n = read(fd, line + len, sizeof(line) - 1 - len)) > 0)
			len += (size_t)n;
	close(fd);
	line[len] = '\0';
	if (answer)
		snprintf(answer, size, "%s", line);
	return n >= 0 && strstr(line, "\"ok\":true");
}

bool gt_control(const char *device, const char *command, char *answer, size_t size)
{
	static char line[65536];

	if (!answer) {
		answer = line;
		size = sizeof(line);
	}
	if (gt_slot_ask(0, device, command, answer, size))
		return true;
	printf("# %s: '%s': %s\n", device, command, answer);
	fflush(stdout);
	return false;
}

long long gt_number(const char *device, const char *name)
{
	char answer[4096], key[64];
	const char *at;

	if (!gt_control(device, "status", answer, sizeof(answer)))
		return -1;
	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(answer, key);
	return at ? atoll(at + strlen(key)) : -1;
}

bool gt_plug(const char *device)
{
	return gt_number(device, "plugged") == 1 || gt_control(device, "plug", NULL, 0);
}

bool gt_unplug(const char *device)
{
	long long end = gt_now() + GT_WAIT_MS;

	if (!gt_control(device, "unplug", NULL, 0))
		return false;
	while (gt_number(device, "plugged") != 0) {
		if (gt_now() > end)
			return false;
		pause_ms(POLL_MS);
	}
	return true;
}

int gt_board(void)
{
	if (!gt_plug("fixture") || !gt_control("fixture", "clear", NULL, 0) ||
	    (gt_number("fixture", "inserted") != 1 &&
	     !gt_control("fixture", "insert board01", NULL, 0)))
		return -EIO;
	return gt_open("eeprom0", O_RDWR);
}

int gt_adapter(char *name, size_t size)
{
	char ident[64];
	int rc = gt_attr("eeprom0", "ident", ident, sizeof(ident));

	if (rc)
		return rc;
	snprintf(name, size, "%.*s", (int)strcspn(ident, " "), ident);
	return 0;
}

bool gt_ready(int *ret_printer, int *ret_eeprom)
{
	if (!gt_control("printer", "clear", NULL, 0) || !gt_plug("printer"))
		return false;
	*ret_printer = gt_open("printer0", O_RDWR);
	if (!ret_eeprom)
		return *ret_printer >= 0;
	*ret_eeprom = gt_board();
	return *ret_printer >= 0 && *ret_eeprom >= 0;
}
