// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two printers and two fixtures, plugged, unplugged, reset, stalled and taken from
 * their drivers at random, while all four are written to, read and looked at by
 * processes of which one or the other is killed. No end of a job may be a lie, none
 * may hang, and when the storm is over everything works. What the markers received
 * is for hm-checker to compare afterwards; what the kernel has to say, for slub_debug,
 * KASAN and lockdep.
 *
 * HM_STORM_S seconds (25), HM_SEED repeats what the storm does, though not when.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>

#include "gt.h"
#include "harness.h"

#define SLOTS		2
#define SIZE		32768
#define LONGEST		40000
#define NVMEM		"/sys/class/hallmark_nvmem/"
#define I2C_DEVICES	"/sys/bus/i2c/devices/"

static struct shared {
	int stop;
	int bad;
	long jobs, done, cut, refused;
	long plugs, unplugs, resets, reloads, kills;
} *shared;

static unsigned int seed;

static unsigned int rnd(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

#define COUNT(what)	__atomic_add_fetch(&shared->what, 1, __ATOMIC_RELAXED)

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

/* -- who uses the markers -- */

static void fill(char *p, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdef";

	while (n--)
		*p++ = set[rnd(sizeof(set) - 1)];
}

static void judge(const char *marker, int rc, const struct hallmark_mark *m)
{
	bool printer = marker[0] == 'p';

	COUNT(jobs);
	if (rc == -ENODEV) {
		COUNT(refused);
		return;
	}
	if (!rc && m->state == HALLMARK_STATE_DONE && m->sent == m->payload_len && !m->flags &&
	    (!m->error || (printer && m->reply_max))) {
		COUNT(done);
		return;
	}
	if (!rc && (m->state == HALLMARK_STATE_PARTIAL || m->state == HALLMARK_STATE_UNKNOWN ||
		    (!printer && m->state == HALLMARK_STATE_VERIFY_FAILED)) &&
	    m->sent <= m->payload_len && m->error < 0 && !m->flags) {
		COUNT(cut);
		return;
	}
	COUNT(bad);
	printf("# %s: %d, state %u, sent %u of %u, error %d, flags %x\n", marker, rc, m->state,
	       m->sent, m->payload_len, m->error, m->flags);
	fflush(stdout);
}

static void one_printer_job(const char *marker, int fd)
{
	static char text[LONGEST];
	uint8_t reply[4096];
	struct hallmark_mark m;
	uint32_t len = rnd(8) ? 20 + rnd(500) : 10000 + rnd(LONGEST - 10000);

	fill(text, len);
	if (!rnd(3))
		memcpy(text + len - 3, "~HS", 3);
	gt_job(&m, text, len);
	m.timeout_ms = 2000;
	m.reply_max = rnd(3) ? 0 : 82;
	judge(marker, gt_mark(fd, &m), &m);
	if (!rnd(4) && read(fd, reply, sizeof(reply)) < 0 && errno != ENODEV)
		COUNT(bad);
}

static void one_eeprom_job(const char *marker, int fd)
{
	char text[600];
	struct hallmark_mark m;
	uint32_t len = 1 + rnd(sizeof(text));

	fill(text, len);
	gt_job(&m, text, len);
	m.offset = rnd(SIZE - len);
	m.timeout_ms = 5000;
	judge(marker, gt_mark(fd, &m), &m);
	/* whatever it says: there may be no board */
	if (pread(fd, text, sizeof(text), rnd(SIZE)) < 0 && !errno)
		COUNT(bad);
}

static void use_marker(const char *marker)
{
	struct pollfd p = { .events = POLLIN };
	char path[64];
	int n;

	snprintf(path, sizeof(path), GT_DIR "%s", marker);
	while (!stopped()) {
		p.fd = open(path, O_RDWR | O_CLOEXEC);
		if (p.fd < 0) {
			if (errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EBUSY) {
				printf("# open %s: %m\n", marker);
				COUNT(bad);
			}
			usleep(10000);
			continue;
		}
		for (n = (int)rnd(40); n >= 0 && !stopped(); n--) {
			if (marker[0] == 'p')
				one_printer_job(marker, p.fd);
			else
				one_eeprom_job(marker, p.fd);
			/* unplugged: hold on to it for a while, or not */
			if (poll(&p, 1, 0) == 1 && p.revents & POLLHUP && rnd(3))
				break;
			usleep(rnd(20000));
		}
		close(p.fd);
	}
}

static void look_at(const char *unused)
{
	static const char *const markers[] = { "printer0", "printer1", "eeprom0", "eeprom1" };
	static const char *const attrs[] = { "port_status", "ident", "state", "kind", "size" };
	char text[2048];

	while (!stopped()) {
		gt_attr(markers[rnd(4)], attrs[rnd(5)], text, sizeof(text));
		if (!rnd(50) && gt_log_size() <= 0)
			COUNT(bad);
		usleep(2000);
	}
}

static const struct worker {
	void (*run)(const char *marker);
	const char *marker;
} workers[] = {
	{ use_marker, "printer0" }, { use_marker, "printer1" },
	{ use_marker, "eeprom0" }, { use_marker, "eeprom1" }, { look_at, "" },
};

#define WORKERS	(sizeof(workers) / sizeof(workers[0]))

static pid_t start_worker(size_t i)
{
	unsigned int next = rnd(1u << 24);
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seed = next;
	workers[i].run(workers[i].marker);
	_exit(0);
}

/* -- the storm -- */

/* What a device is told may be out of place: plugged already, no board, ... */
__attribute__((format(printf, 3, 4)))
static void tell(unsigned int slot, const char *device, const char *format, ...)
{
	char line[64];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	gt_slot_ask(slot, device, line, NULL, 0);
}

static void trouble_printer(unsigned int slot)
{
	switch (rnd(14)) {
	case 0 ... 1:
		COUNT(unplugs);
		tell(slot, "printer", "unplug");
		break;
	case 2 ... 3:
		COUNT(unplugs);
		tell(slot, "printer", "fault unplug-after %u", rnd(2000));
		break;
	case 4:
		tell(slot, "printer", "fault partial %u", rnd(20000));
		break;
	case 5:
		tell(slot, "printer", "fault short %u", rnd(20000));
		break;
	case 6:
		tell(slot, "printer", "fault hold %u", rnd(20000));
		break;
	case 7:
		tell(slot, "printer", "fault empty-in %u", rnd(10));
		break;
	default:
		tell(slot, "printer", "clear");
		COUNT(plugs);
		tell(slot, "printer", "plug");
	}
}

static void trouble_fixture(unsigned int slot)
{
	switch (rnd(14)) {
	case 0 ... 1:
		COUNT(unplugs);
		tell(slot, "fixture", "unplug");
		break;
	case 2 ... 3:
		COUNT(unplugs);
		tell(slot, "fixture", "fault unplug-after %u", rnd(1000));
		break;
	case 4:
		tell(slot, "fixture", "remove");
		break;
	case 5:
		tell(slot, "fixture", "fault corrupt 1");
		break;
	default:
		tell(slot, "fixture", "clear");
		COUNT(plugs);
		tell(slot, "fixture", "plug");
		tell(slot, "fixture", "insert board%02u", slot + 1);
	}
}

/*
 * Name the socket of each fixture that is there; it may be a marker already. Answers
 * how many there are. (/sys/class/i2c-adapter is not in every kernel.)
 */
static int name_eeproms(void)
{
	char path[PATH_MAX], name[64], line[64];
	DIR *d = opendir(I2C_DEVICES);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), I2C_DEVICES "%s/name", e->d_name);
		if (strncmp(e->d_name, "i2c-", 4) || gt_read_file(path, name, sizeof(name)) < 0 ||
		    strncmp(name, "i2c-tiny-usb", 12))
			continue;
		snprintf(line, sizeof(line), "%.16s 0x50 24c256 64", e->d_name);
		gt_write_file(NVMEM "new_marker", line);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

/* What was plugged may still be on its way through the hub and udev. */
static bool all_fixtures_named(void)
{
	long long end = gt_now() + GT_WAIT_MS;
	int n;

	while ((n = name_eeproms()) < SLOTS && gt_now() < end)
		usleep(10000);
	return n == SLOTS;
}

/* Under open files and running jobs; it may be in use by a probe, say. */
static void reload(const char *module)
{
	char command[64];

	if (syscall(SYS_delete_module, module, O_NONBLOCK))
		return;
	COUNT(reloads);
	snprintf(command, sizeof(command), "modprobe %s", module);
	if (system(command))
		COUNT(bad);
	if (strstr(module, "nvmem"))
		name_eeproms();
}

/* The @n-th device of ours on the bus: reset it, or take it from its driver. */
static void trouble_bus(unsigned int n)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d = opendir("/sys/bus/usb/drivers/hallmark_usb");
	int bus = 0, dev = 0, fd;
	FILE *f;

	while (d && (e = readdir(d)))
		if (strchr(e->d_name, ':') && !n--)
			break;
	if (!d || !e) {
		if (d)
			closedir(d);
		return;
	}
	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%.*s/uevent",
		 (int)strcspn(e->d_name, ":"), e->d_name);
	closedir(d);
	f = fopen(path, "re");
	while (f && fgets(path, sizeof(path), f))
		if (sscanf(path, "BUSNUM=%d", &bus) != 1)
			sscanf(path, "DEVNUM=%d", &dev);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/dev/bus/usb/%03d/%03d", bus, dev);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!ioctl(fd, USBDEVFS_RESET))
		COUNT(resets);
	close(fd);
}

static void storm(pid_t *pid, long long end)
{
	size_t i;

	while (gt_now() < end) {
		switch (rnd(24)) {
		case 0 ... 8:
			trouble_printer(rnd(SLOTS));
			break;
		case 9 ... 17:
			trouble_fixture(rnd(SLOTS));
			break;
		case 18 ... 19:
			trouble_bus(rnd(SLOTS));
			break;
		case 20:
			reload("hallmark_usb");
			break;
		case 21:
			reload("hallmark_nvmem");
			break;
		default:
			i = rnd(4);
			COUNT(kills);
			kill(pid[i], SIGKILL);
			waitpid(pid[i], NULL, 0);
			pid[i] = start_worker(i);
		}
		usleep(rnd(150000));
	}
}

static bool all_well(unsigned int slot)
{
	tell(slot, "printer", "clear");
	tell(slot, "fixture", "clear");
	tell(slot, "printer", "plug");
	tell(slot, "fixture", "plug");
	tell(slot, "fixture", "insert board%02u", slot + 1);
	return gt_slot_ask(slot, "printer", "wait plugged>=1 60", NULL, 0) &&
	       gt_slot_ask(slot, "fixture", "wait plugged>=1 60", NULL, 0);
}

static bool marker_works(const char *marker)
{
	struct hallmark_mark m;
	long long end = gt_now() + GT_WAIT_MS;
	char text[200];
	int fd, rc;

	/* a board that was put in while somebody probed: the next opening finds it */
	while ((fd = gt_open(marker, O_RDWR)) == -ENXIO && gt_now() < end)
		usleep(10000);
	if (fd < 0) {
		printf("# %s: cannot be opened: %s\n", marker, strerror(-fd));
		fflush(stdout);		/* a test that fails does not */
		return false;
	}
	fill(text, sizeof(text));
	gt_job(&m, text, sizeof(text));
	rc = gt_mark(fd, &m);
	close(fd);
	if (!rc && m.state == HALLMARK_STATE_DONE)
		return true;
	printf("# %s: %d, state %u, error %d\n", marker, rc, m.state, m.error);
	fflush(stdout);
	return false;
}

FIXTURE(world) {
};

FIXTURE_SETUP(world)
{
}

FIXTURE_TEARDOWN(world)
{
}

TEST_F_TIMEOUT(world, storm, 900)
{
	const char *seconds = getenv("HM_STORM_S"), *text = getenv("HM_SEED");
	pid_t pid[WORKERS];
	struct gt_log log;
	size_t i;
	int status;

	if (text)
		seed = (unsigned int)strtoul(text, NULL, 0);
	else
		ASSERT_EQ(sizeof(seed), getrandom(&seed, sizeof(seed), 0));
	printf("# HM_SEED=%u\n", seed);
	fflush(stdout);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	for (i = 0; i < SLOTS; i++)
		ASSERT_TRUE(all_well(i));
	for (i = 0; i < WORKERS; i++)
		pid[i] = start_worker(i);
	storm(pid, gt_now() + 1000 * (seconds ? atoi(seconds) : 25));
	shared->stop = 1;
	/* no job lasts longer than its own bound */
	for (i = 0; i < WORKERS; i++) {
		long long end = gt_now() + 60000;
		pid_t gone;

		while (!(gone = waitpid(pid[i], &status, WNOHANG)) && gt_now() < end)
			usleep(10000);
		EXPECT_EQ(pid[i], gone) {
			TH_LOG("%s hangs", workers[i].marker);
			kill(pid[i], SIGKILL);
		}
	}
	printf("# %ld jobs: %ld done, %ld cut short, %ld refused; %ld times plugged, %ld unplugged, "
	       "%ld resets, %ld reloads, %ld killed\n", shared->jobs, shared->done, shared->cut,
	       shared->refused, shared->plugs, shared->unplugs, shared->resets, shared->reloads,
	       shared->kills);
	fflush(stdout);
	EXPECT_EQ(0, shared->bad);
	EXPECT_LT(0, shared->done);
	EXPECT_LT(0, shared->cut);
	for (i = 0; i < SLOTS; i++)
		EXPECT_TRUE(all_well(i));
	EXPECT_TRUE(all_fixtures_named());
	EXPECT_TRUE(marker_works("printer0"));
	EXPECT_TRUE(marker_works("printer1"));
	EXPECT_TRUE(marker_works("eeprom0"));
	EXPECT_TRUE(marker_works("eeprom1"));
	EXPECT_TRUE(gt_state_is("ok"));
	ASSERT_EQ(0, gt_log_read(&log));
	EXPECT_TRUE(gt_log_replays(&log, NULL));
	gt_log_free(&log);
}

TEST_HARNESS_MAIN
