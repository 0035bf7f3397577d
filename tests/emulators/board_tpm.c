// SPDX-License-Identifier: LGPL-2.1-or-later
/* A board's TPM process and its device node; see board_tpm.h. */
#include "board_tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_USEC 3000000
/*
 * The kernel gives a TPM command up after 750 ms, and swtpm ends when its answer
 * then comes too late. On a loaded machine that happens now and then, mostly while
 * the kernel starts the TPM up; real TPMs do not leave the board for that.
 */
#define RESTARTS 8
#define PRIORITY (-10)

struct emu_tpm {
	sd_event *event;
	sd_event_source *child, *output, *devices, *killer;
	char link[PATH_MAX];
	void (*changed)(void *ctx);
	void *ctx;
	pid_t pid;
	int number;
	bool ready, stopping;
	char state[PATH_MAX];		/* of the one that runs */
	char next[PATH_MAX];		/* to start when the last one is gone */
	unsigned int restarts;
	char text[512];			/* what swtpm has said so far */
	size_t text_len;
	int fd;
};

bool emu_tpm_ready(const struct emu_tpm *t)
{
	return t->ready;
}

bool emu_tpm_alive(const struct emu_tpm *t)
{
	return t->pid > 0;
}

int emu_tpm_number(const struct emu_tpm *t)
{
	return t->ready ? t->number : -1;
}

unsigned int emu_tpm_restarts(const struct emu_tpm *t)
{
	return t->restarts;
}

static void forget_device(struct emu_tpm *t)
{
	if (t->ready)
		unlink(t->link);
	t->ready = false;
	t->number = -1;
	t->devices = sd_event_source_disable_unref(t->devices);
	t->output = sd_event_source_disable_unref(t->output);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

static int check_device(struct emu_tpm *t)
{
	char node[64];

	snprintf(node, sizeof(node), "/dev/tpmrm%d", t->number);
	if (t->ready || access(node, F_OK) < 0)
		return 0;
	unlink(t->link);	/* of a predecessor that was killed */
	if (symlink(node, t->link) < 0)
		return -errno;
	t->ready = true;
	t->changed(t->ctx);
	return 0;
}

static int on_device(sd_event_source *source, const struct inotify_event *event, void *ctx)
{
	struct emu_tpm *t = ctx;

	(void)source;
	(void)event;
	if (check_device(t) < 0)
		fprintf(stderr, "hm-fixture: cannot link %s\n", t->link);
	if (t->ready)
		t->devices = sd_event_source_disable_unref(t->devices);
	return 0;
}

/* "New TPM device: /dev/tpm1 (major/minor = 253/1)" */
static int find_number(struct emu_tpm *t)
{
	const char *at = strstr(t->text, "/dev/tpm");
	int r;

	if (t->number >= 0 || !at || !strchr(at, ' ') || sscanf(at, "/dev/tpm%d", &t->number) != 1)
		return 0;
	/* watch first, then look: the node cannot slip through in between */
	r = sd_event_add_inotify(t->event, &t->devices, "/dev", IN_CREATE | IN_ATTRIB, on_device, t);
	return r < 0 ? r : check_device(t);
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct emu_tpm *t = ctx;
	char chunk[256];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	int r;

	(void)source;
	(void)events;
	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		t->output = sd_event_source_disable_unref(t->output);
		return 0;
	}
	if (t->text_len + (size_t)n < sizeof(t->text)) {
		memcpy(t->text + t->text_len, chunk, (size_t)n);
		t->text_len += (size_t)n;
		t->text[t->text_len] = '\0';
	}
	r = find_number(t);
	if (r < 0)
		fprintf(stderr, "hm-fixture: a board's TPM: %s\n", strerror(-r));
	return 0;
}

static int launch(struct emu_tpm *t);

static int on_ended(sd_event_source *source, const siginfo_t *info, void *ctx)
{
	struct emu_tpm *t = ctx;
	char next[PATH_MAX];
	bool again = !t->stopping && t->restarts < RESTARTS;

	(void)source;
	(void)info;
	if (!t->stopping)
		fprintf(stderr, "hm-fixture: a board's TPM ended by itself%s: %s\n",
			again ? ", starting it again" : "", t->text);
	t->child = sd_event_source_disable_unref(t->child);
	t->killer = sd_event_source_disable_unref(t->killer);
	forget_device(t);
	t->pid = 0;
	t->stopping = false;
	snprintf(next, sizeof(next), "%s", t->next);
	t->next[0] = '\0';
	if (next[0] && emu_tpm_start(t, next) < 0)
		fprintf(stderr, "hm-fixture: cannot start the TPM in %s\n", next);
	if (again) {
		t->restarts++;
		if (launch(t) < 0)
			fprintf(stderr, "hm-fixture: cannot start the TPM in %s\n", t->state);
	}
	t->changed(t->ctx);
	return 0;
}

static _Noreturn void run_swtpm(const char *state_dir, int out, pid_t parent)
{
	char option[PATH_MAX + 8];
	sigset_t none;

	/* a TPM without its board would hold the state's lock for ever */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(126);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpriority(PRIO_PROCESS, 0, PRIORITY);
	snprintf(option, sizeof(option), "dir=%s", state_dir);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execlp("swtpm", "swtpm", "chardev", "--vtpm-proxy", "--tpm2", "--tpmstate", option, (char *)NULL);
	_exit(127);
}

static int launch(struct emu_tpm *t)
{
	pid_t self = getpid();
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	t->text_len = 0;
	t->text[0] = '\0';
	t->number = -1;
	t->pid = fork();
	if (t->pid == 0)
		run_swtpm(t->state, fds[1], self);
	r = t->pid < 0 ? -errno : 0;
	close(fds[1]);
	if (r < 0) {
		close(fds[0]);
		t->pid = 0;
		return r;
	}
	t->fd = fds[0];
	r = sd_event_add_io(t->event, &t->output, t->fd, EPOLLIN, on_output, t);
	if (r >= 0)
		r = sd_event_add_child(t->event, &t->child, t->pid, WEXITED, on_ended, t);
	if (r < 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
		forget_device(t);
		t->pid = 0;
	}
	return r < 0 ? r : 0;
}

int emu_tpm_start(struct emu_tpm *t, const char *state_dir)
{
	if (t->pid > 0) {
		if (!t->stopping)
			return -EBUSY;
		snprintf(t->next, sizeof(t->next), "%s", state_dir);
		return 0;
	}
	snprintf(t->state, sizeof(t->state), "%s", state_dir);
	t->restarts = 0;
	return launch(t);
}

static int on_kill(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct emu_tpm *t = ctx;

	(void)source;
	(void)usec;
	if (t->pid > 0)
		kill(t->pid, SIGKILL);
	return 0;
}

void emu_tpm_stop(struct emu_tpm *t)
{
	t->next[0] = '\0';
	if (t->pid <= 0 || t->stopping)
		return;
	t->stopping = true;
	forget_device(t);
	kill(t->pid, SIGTERM);
	(void)sd_event_add_time_relative(t->event, &t->killer, CLOCK_MONOTONIC, KILL_USEC, 0, on_kill, t);
}

int emu_tpm_new(sd_event *event, const char *link, void (*changed)(void *ctx), void *ctx, struct emu_tpm **ret)
{
	struct emu_tpm *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->event = event;
	t->changed = changed;
	t->ctx = ctx;
	t->number = -1;
	t->fd = -1;
	snprintf(t->link, sizeof(t->link), "%s", link);
	*ret = t;
	return 0;
}

struct emu_tpm *emu_tpm_free(struct emu_tpm *t)
{
	if (!t)
		return NULL;
	sd_event_source_disable_unref(t->child);
	sd_event_source_disable_unref(t->killer);
	forget_device(t);
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	free(t);
	return NULL;
}
