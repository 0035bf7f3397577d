/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SETUP_LIMIT_S	60
#define START_LIMIT_MS	10000

static int write_file(const char *dir, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int write_file(const char *dir, const char *name, const char *fmt, ...)
{
	char path[160];
	va_list ap;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (!f)
		return -errno;
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	return fclose(f) ? -errno : 0;
}

/* fork and exec with both outputs in @log; the child dies with its parent */
static pid_t spawn(const char *log, char *const argv[])
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fd < 0 || getppid() != parent)
			_exit(126);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	return pid < 0 ? -errno : pid;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static int run_bounded(const char *log, char *const argv[], int limit_s)
{
	int64_t end = now_ms() + limit_s * 1000ll;
	pid_t pid = spawn(log, argv);
	int status;

	if (pid < 0)
		return pid;
	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			break;
		if (got < 0)
			return -errno;
		if (now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -ETIMEDOUT;
		}
		pause_ms(5);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* one file out of the CA's two certificates */
static int make_roots(const struct swtpm *t)
{
	static const char *const names[] = { "ca/swtpm-localca-rootca-cert.pem", "ca/issuercert.pem" };
	FILE *out = fopen(t->roots, "we");
	int rc = out ? 0 : -errno;

	for (size_t i = 0; i < 2 && !rc; i++) {
		char path[160], buf[8192];
		size_t n;
		FILE *in;

		snprintf(path, sizeof(path), "%s/%s", t->dir, names[i]);
		in = fopen(path, "re");
		if (!in) {
			rc = -errno;
			break;
		}
		n = fread(buf, 1, sizeof(buf), in);
		fclose(in);
		if (!n || fwrite(buf, 1, n, out) != n)
			rc = -EIO;
	}
	if (out && fclose(out) && !rc)
		rc = -EIO;
	return rc;
}

static int manufacture(struct swtpm *t, const char *log)
{
	char state[96], conf[96], ca[96];
	char *argv[] = {
		"swtpm_setup", "--tpm2", "--tpmstate", state, "--config", conf,
		"--create-ek-cert", "--pcr-banks", "sha256", "--not-overwrite", NULL,
	};
	int rc = 0;

	snprintf(state, sizeof(state), "%s/tpm", t->dir);
	snprintf(conf, sizeof(conf), "%s/setup.conf", t->dir);
	snprintf(ca, sizeof(ca), "%s/ca", t->dir);
	if (mkdir(state, 0700) && errno != EEXIST)
		return -errno;
	if (mkdir(ca, 0700) && errno != EEXIST)
		return -errno;
	rc = rc ?: write_file(t->dir, "setup.conf",
			      "create_certs_tool=/usr/bin/swtpm_localca\n"
			      "create_certs_tool_config=%s/localca.conf\n"
			      "create_certs_tool_options=%s/localca.options\n", t->dir, t->dir);
	rc = rc ?: write_file(t->dir, "localca.conf",
			      "statedir = %s/ca\nsigningkey = %s/ca/signkey.pem\n"
			      "issuercert = %s/ca/issuercert.pem\ncertserial = %s/ca/certserial\n",
			      t->dir, t->dir, t->dir, t->dir);
	rc = rc ?: write_file(t->dir, "localca.options",
			      "--platform-manufacturer Hallmark\n--platform-version 1\n"
			      "--platform-model Test\n");
	return rc ?: run_bounded(log, argv, SETUP_LIMIT_S);
}

static bool listens(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	ok = fd >= 0 && !connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A socket's file exists a moment before anybody listens behind it. */
static int wait_listening(struct swtpm *t, const char *sock, const char *ctrl)
{
	int64_t end = now_ms() + START_LIMIT_MS;

	while (!listens(sock) || !listens(ctrl)) {
		if (waitpid(t->pid, NULL, WNOHANG) == t->pid) {
			t->pid = 0;
			return -ECHILD;
		}
		if (now_ms() > end)
			return -ETIMEDOUT;
		pause_ms(2);
	}
	return 0;
}

int swtpm_start(struct swtpm *t, const char *dir)
{
	char log[96], state[112], server[128], ctrl[144], sock[96], sock_ctrl[112], made[112];
	char *argv[] = {
		"swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server,
		"--ctrl", ctrl, "--flags", "not-need-init,startup-clear", NULL,
	};
	int rc;

	memset(t, 0, sizeof(*t));
	if (dir[0] != '/' || strlen(dir) >= sizeof(t->dir))
		return -EINVAL;
	snprintf(t->dir, sizeof(t->dir), "%s", dir);
	snprintf(t->roots, sizeof(t->roots), "%s/ek-roots.pem", dir);
	snprintf(t->tcti, sizeof(t->tcti), "swtpm:path=%s/sock", dir);
	snprintf(log, sizeof(log), "%s/swtpm.log", dir);
	snprintf(sock, sizeof(sock), "%s/sock", dir);
	snprintf(sock_ctrl, sizeof(sock_ctrl), "%s.ctrl", sock);
	snprintf(state, sizeof(state), "dir=%s/tpm", dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s", sock);
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s", sock_ctrl);
	snprintf(made, sizeof(made), "%s/tpm/tpm2-00.permall", dir);

	rc = access(made, F_OK) ? manufacture(t, log) : 0;
	rc = rc ?: make_roots(t);
	if (!rc) {
		unlink(sock);
		unlink(sock_ctrl);
		t->pid = spawn(log, argv);
		rc = t->pid < 0 ? t->pid : wait_listening(t, sock, sock_ctrl);
	}
	if (rc) {
		fprintf(stderr, "swtpm_start: %s (see %s)\n", strerror(-rc), log);
		swtpm_stop(t);
	}
	return rc;
}

void swtpm_stop(struct swtpm *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	t->pid = 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void swtpm_remove_dir(const char *dir)
{
	if (!strncmp(dir, "/tmp/", 5) && dir[5] && !strstr(dir, ".."))
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
