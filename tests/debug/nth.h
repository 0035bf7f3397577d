/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The n-th allocation, or copy from or to the user's memory, that this thread asks
 * of the kernel fails (the kernel's /proc/self/fail-nth): for n = 1, 2 ... until
 * the system call under test has no n-th one any more, every one of its error
 * paths has been taken.
 *
 *	nth_init();				once
 *	for (n = 1; ; n++) {
 *		nth_arm(n);
 *		rc = the system call;		nothing else in between
 *		if (!nth_disarm())
 *			break;			it came through without the fault
 *		look at what is left
 *	}
 *
 * Header only: two programs use it. Needs debugfs and a kernel with
 * CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
#ifndef NTH_H
#define NTH_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NTH_DEBUGFS	"/sys/kernel/debug/"
#define NTH_MAX		5000	/* no system call of ours allocates that often */

static int nth_fd = -1;

static inline int nth_set(const char *path, const char *value)
{
	char full[128];
	int fd, rc = 0;

	snprintf(full, sizeof(full), NTH_DEBUGFS "%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/*
 * vhci_hcd takes a transfer and loses it when it has no memory for its own part:
 * whoever waits for that transfer waits forever, and so does every unplug. That is
 * no error path of ours, so whatever is called by that module is spared.
 */
static inline int nth_spare(const char *module)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char line[512], name[64], path[64], value[32];
	unsigned long size, base = 0;
	FILE *f = fopen("/proc/modules", "re");
	size_t i;
	int rc = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu %*s %*s %*s %lx", name, &size, &base) == 3 &&
		    !strcmp(name, module))
			break;
		else
			base = 0;
	if (f)
		fclose(f);
	for (i = 0; base && !rc && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "%s/reject-start", kinds[i]);
		snprintf(value, sizeof(value), "0x%lx", base);
		rc = nth_set(path, value);
		snprintf(path, sizeof(path), "%s/reject-end", kinds[i]);
		snprintf(value, sizeof(value), "0x%lx", base + size);
		if (!rc)
			rc = nth_set(path, value);
	}
	if (rc)
		printf("# %s: %s\n", path, strerror(-rc));
	return rc;
}

/*
 * By default the kernel spares the allocations that may wait, which is nearly all
 * of ours. 0, or -errno: this kernel cannot do it.
 */
static inline int nth_init(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	size_t i;
	int rc;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		rc = nth_set(settings[i][0], settings[i][1]);
		if (rc) {
			printf("# %s: %s\n", settings[i][0], strerror(-rc));
			return rc;
		}
	}
	rc = nth_spare("vhci_hcd");
	if (rc)
		return rc;
	/* our own page faults are not what is under test */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return -errno;
	if (nth_fd < 0)
		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return nth_fd < 0 ? -errno : 0;
}

static inline void nth_arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth_fd, text, (size_t)len, 0) != len)
		abort();
}

/*
 * Was it injected? What is left of n is asked by a read, which copies to the user
 * itself: where that one fails, the fault was still to come.
 */
static inline bool nth_disarm(void)
{
	char text[16] = "";
	ssize_t len = pread(nth_fd, text, sizeof(text) - 1, 0);

	if (len > 0 && atoi(text) == 0)
		return true;
	while (pwrite(nth_fd, "0", 1, 0) < 0)
		if (errno != EFAULT)
			abort();
	return false;
}

#endif /* NTH_H */
