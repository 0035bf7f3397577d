// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * failnth_load FILE.ko NAME [refused]: load a module with its n-th allocation failing,
 * n = 1, 2 ..., until there is no n-th one any more. A load that fails leaves nothing
 * behind: the next one goes ahead as if it were the first; one that succeeds is undone.
 * TAP on stdout. With HM_NTH_STEP=3 every third n.
 *
 * A module that cannot be unloaded (hallmark.ko) ends it when it has loaded, which is
 * soon. So it is called with "refused" before, on a machine where the module gets as
 * far as it can and then refuses to load with EIO: no run may end in any other way
 * than with that, or with the fault that was injected.
 */
#include <sys/syscall.h>

#include "nth.h"

static bool there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return access(path, F_OK) == 0;
}

/* finit_module() wants a descriptor that it has not read before. */
static int load(const char *path, int n, bool *ret_hit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	if (n)
		nth_arm(n);
	rc = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	*ret_hit = n && nth_disarm();
	close(fd);
	return rc;
}

int main(int argc, char **argv)
{
	int n, rc = 0, runs = 0, injected = 0, refused = 0;
	const char *text = getenv("HM_NTH_STEP"), *name;
	int step = text && atoi(text) > 0 ? atoi(text) : 1;
	bool hit = true, stays = false, sound = true, refuses = argc == 4 && !strcmp(argv[3], "refused");

	if (argc != 3 && !refuses)
		return 2;
	name = argv[2];
	printf("TAP version 13\n1..1\n");
	if (nth_init()) {
		printf("not ok 1 no fault injection\n");
		return 1;
	}
	for (n = 1 + getpid() % step; hit && sound && !stays && n < NTH_MAX; n += step) {
		rc = load(argv[1], n, &hit);
		runs++;
		injected += hit;
		refused += rc != 0;
		sound = refuses ? rc && (hit || rc == -EIO) : hit || !rc;
		if (!sound)
			printf("# run %d: load answered %d%s\n", n, rc, hit ? ", a fault injected" : "");
		if ((rc == 0) != there(name)) {
			printf("# run %d: load answered %d, yet it is%s there\n", n, rc,
			       there(name) ? "" : " not");
			sound = false;
		}
		if (!rc && syscall(SYS_delete_module, name, O_NONBLOCK)) {
			stays = errno == EBUSY;
			sound = sound && stays;
		}
	}
	/* after all that it loads, and stays for whoever comes next; or is refused once more */
	if (sound && !stays)
		rc = load(argv[1], 0, &hit);
	sound = sound && rc == (refuses ? -EIO : 0) && there(name) == !refuses;
	printf("# load of %s: %d runs, %d injected, %d refused%s\n", name, runs, injected,
	       refused, stays ? "; it stays, so the count ends where it first loaded" : "");
	printf("%sok 1 load of %s%s\n", sound && injected ? "" : "not ", name, refuses ? ", refused in the end" : "");
	return !sound || !injected;
}
