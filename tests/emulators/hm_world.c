// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hm-world: hands on the emulated world.
 *
 *	hm-world [--run DIR] up --world DIR [--slots N] [EMULATOR OPTION]...
 *	hm-world [--run DIR] down | status | labels
 *	hm-world [--run DIR] slotN printer|fixture COMMAND ARGUMENT...
 *	hm-world [--run DIR] slotN printer|fixture wait NAME>=NUMBER [--timeout SECONDS]
 *
 * Prints the answer, one JSON value. Exit: 0 done, 1 refused or out of time,
 * 2 usage, 3 no such emulator.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "control.h"
#include "world.h"

#define SLOTS_MAX 8	/* vhci_hcd.0 has eight high-speed ports, a slot takes two */
#define UP_SECONDS 30

enum { DONE = 0, REFUSED = 1, USAGE = 2, ABSENT = 3 };

static const char *run_dir = "/run/hallmark-world";

static int usage(void)
{
	fprintf(stderr, "usage: hm-world [--run DIR] up --world DIR [--slots N] [EMULATOR OPTION]...\n"
		"       hm-world [--run DIR] down | status | labels\n"
		"       hm-world [--run DIR] slotN printer|fixture COMMAND...\n");
	return USAGE;
}

/* One request; the answer, or NULL when nobody is there. */
static json_t *ask(const char *slot, const char *device, const char *line)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	json_t *answer = NULL;
	FILE *f;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s/%s.sock", run_dir, slot, device);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || emu_write_all(fd, line, strlen(line)) < 0 ||
	    emu_write_all(fd, "\n", 1) < 0) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return NULL;
	}
	answer = json_loadf(f, 0, NULL);
	fclose(f);
	return answer;
}

static int show(json_t *answer)
{
	bool ok = json_is_true(json_object_get(answer, "ok"));

	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	if (!ok)
		fprintf(stderr, "hm-world: %s\n", json_string_value(json_object_get(answer, "error")) ?: "refused");
	json_decref(answer);
	return ok ? DONE : REFUSED;
}

static int talk(int argc, char **argv)
{
	char line[EMU_CONTROL_LINE_MAX];
	json_t *answer;
	int i;

	if (argc < 3 || (strcmp(argv[1], "printer") && strcmp(argv[1], "fixture")))
		return usage();
	line[0] = '\0';
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--timeout"))
			continue;	/* its value stands where the socket expects it */
		if (strlen(line) + strlen(argv[i]) + 2 > sizeof(line) || strchr(argv[i], '\n'))
			return usage();
		if (line[0])
			strcat(line, " ");
		strcat(line, argv[i]);
	}
	answer = ask(argv[0], argv[1], line);
	if (!answer) {
		fprintf(stderr, "hm-world: %s %s: nobody answers\n", argv[0], argv[1]);
		return ABSENT;
	}
	return show(answer);
}

/* Asks both devices of every slot the same. */
static json_t *ask_all(const char *line)
{
	static const char *const devices[] = { "printer", "fixture" };
	json_t *all = json_object();
	unsigned int i, d;

	for (i = 0; i < SLOTS_MAX; i++) {
		json_t *slot = json_object();
		char name[16];

		snprintf(name, sizeof(name), "slot%u", i);
		for (d = 0; d < 2; d++) {
			json_t *answer = ask(name, devices[d], line);

			if (answer)
				json_object_set_new(slot, devices[d], answer);
		}
		if (json_object_size(slot) > 0)
			json_object_set(all, name, slot);
		json_decref(slot);
	}
	return all;
}

static int status(void)
{
	json_t *all = ask_all("status");
	int r = json_object_size(all) > 0 ? DONE : ABSENT;

	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
	return r;
}

static int labels(void)
{
	json_t *all = json_array(), *answer, *label;
	bool any = false;
	unsigned int i;
	size_t k;

	for (i = 0; i < SLOTS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "slot%u", i);
		answer = ask(name, "printer", "labels");
		any |= answer != NULL;
		json_array_foreach(json_object_get(answer, "labels"), k, label) {
			json_object_set_new(label, "slot", json_string(name));
			json_array_append(all, label);
		}
		json_decref(answer);
	}
	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
	return any ? DONE : ABSENT;
}

/* -- up and down -- */

static void nap(void)
{
	struct timespec t = { .tv_nsec = 20000000 };

	nanosleep(&t, NULL);
}

/* A daemon of its own session: it outlives this command, its errors go where ours go. */
static pid_t spawn(const char *program, unsigned int slot, unsigned int port, const char *world, int n, char **options)
{
	char path[PATH_MAX], dir[PATH_MAX], s[16], p[16];
	char *argv[32];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	int i, k = 0;
	pid_t pid;

	if (len < 0 || n > 20)
		return -1;
	dir[len] = '\0';
	*strrchr(dir, '/') = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", dir, program) >= (int)sizeof(path))
		return -1;
	snprintf(s, sizeof(s), "%u", slot);
	snprintf(p, sizeof(p), "%u", port);
	argv[k++] = path;
	argv[k++] = (char *)"--slot";
	argv[k++] = s;
	argv[k++] = (char *)"--port";
	argv[k++] = p;
	argv[k++] = (char *)"--world";
	argv[k++] = (char *)world;
	argv[k++] = (char *)"--run";
	argv[k++] = (char *)run_dir;
	for (i = 0; i < n; i++)
		argv[k++] = options[i];
	argv[k] = NULL;
	pid = fork();
	if (pid != 0)
		return pid;
	setsid();
	execv(path, argv);
	_exit(127);
}

static bool answers(const char *slot, const char *device)
{
	json_t *answer = ask(slot, device, "status");
	bool plugged = json_integer_value(json_object_get(answer, "plugged")) == 1;

	json_decref(answer);
	return plugged;
}

static int wait_up(pid_t pid, const char *slot, const char *device)
{
	time_t end = time(NULL) + UP_SECONDS;

	while (!answers(slot, device)) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			fprintf(stderr, "hm-world: %s %s did not start\n", slot, device);
			return REFUSED;
		}
		if (time(NULL) > end) {
			fprintf(stderr, "hm-world: %s %s does not answer\n", slot, device);
			kill(pid, SIGTERM);
			return REFUSED;
		}
		nap();
	}
	return DONE;
}

static int up(int argc, char **argv)
{
	static const char *const programs[] = { "hm-printer", "hm-fixture" };
	static const char *const devices[] = { "printer", "fixture" };
	const char *world = NULL;
	long long slots = 1;
	pid_t pids[SLOTS_MAX][2];
	char *options[2][8];
	int n_options[2] = {};
	char name[32];
	long long i;
	int d;

	for (; argc > 1 && !strncmp(argv[0], "--", 2); argc -= 2, argv += 2) {
		if (!strcmp(argv[0], "--world")) {
			world = argv[1];
		} else if (!strcmp(argv[0], "--slots")) {
			if (emu_parse_number(argv[1], &slots) < 0)
				return usage();
		} else if (!strcmp(argv[0], "--print-ms") || !strcmp(argv[0], "--cycle-us")) {
			d = argv[0][2] == 'c';
			if (n_options[d] > 4)
				return usage();
			options[d][n_options[d]++] = argv[0];
			options[d][n_options[d]++] = argv[1];
		} else {
			return usage();
		}
	}
	if (argc > 0 || !world || slots < 1 || slots > SLOTS_MAX / 2)
		return usage();
	for (i = 0; i < slots; i++)
		for (d = 0; d < 2; d++) {
			snprintf(name, sizeof(name), "slot%lld", i);
			pids[i][d] = 0;
			if (answers(name, devices[d]))
				continue;	/* it runs already: up again starts only what is missing */
			pids[i][d] = spawn(programs[d], (unsigned int)i, (unsigned int)(2 * i + d), world, n_options[d],
					   options[d]);
			if (pids[i][d] < 0)
				return REFUSED;
		}
	for (i = 0; i < slots; i++)
		for (d = 0; d < 2; d++) {
			snprintf(name, sizeof(name), "slot%lld", i);
			if (pids[i][d] > 0 && wait_up(pids[i][d], name, devices[d]) != DONE)
				return REFUSED;
		}
	return DONE;
}

static int down(void)
{
	json_t *all = ask_all("quit");
	time_t end = time(NULL) + UP_SECONDS;
	int r = json_object_size(all) > 0 ? DONE : ABSENT;

	json_decref(all);
	for (;;) {
		size_t left;

		all = ask_all("status");
		left = json_object_size(all);
		json_decref(all);
		if (left == 0)
			return r;
		if (time(NULL) > end) {
			fprintf(stderr, "hm-world: an emulator does not end\n");
			return REFUSED;
		}
		nap();
	}
}

int main(int argc, char **argv)
{
	int i = 1;

	if (argc > 2 && !strcmp(argv[1], "--run")) {
		run_dir = argv[2];
		i = 3;
	}
	if (i >= argc)
		return usage();
	if (!strncmp(argv[i], "slot", 4) && !strchr(argv[i], '/'))
		return talk(argc - i, argv + i);
	if (!strcmp(argv[i], "up"))
		return up(argc - i - 1, argv + i + 1);
	if (i + 1 != argc)
		return usage();
	if (!strcmp(argv[i], "status"))
		return status();
	if (!strcmp(argv[i], "labels"))
		return labels();
	if (!strcmp(argv[i], "down"))
		return down();
	return usage();
}
