// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/common/swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/file.h"

#define MAKE_LIMIT_MS	60000
#define START_LIMIT_MS	10000
#define STOP_LIMIT_MS	3000

static int64_t mono_ms(void)
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

/* Both outputs into DIR/swtpm.log; the child goes when this thread's process goes. */
static pid_t spawn(const char *dir, char *const argv[])
{
	pid_t parent = getpid(), pid;
	sigset_t none;
	char log[320];
	int fd;

	snprintf(log, sizeof(log), "%s/swtpm.log", dir);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0)
		return pid;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(126);
	fd = open("/dev/null", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		_exit(126);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	/* nothing of the parent's (sockets, locks, the store) may live on in it */
	closefrom(3);
	execvp(argv[0], argv);
	_exit(127);
}

/* 0 and *ret_status once it ended within @limit_ms, else killed and -ETIMEDOUT. */
static int wait_end(pid_t pid, int64_t limit_ms, int *ret_status)
{
	int64_t end = mono_ms() + limit_ms;

	for (;;) {
		pid_t got = waitpid(pid, ret_status, WNOHANG);

		if (got == pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (mono_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, ret_status, 0);
			return -ETIMEDOUT;
		}
		pause_ms(5);
	}
}

int hm_swtpm_exists(const char *dir)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/tpm2-00.permall", dir);
	return access(path, F_OK) == 0;
}

static int put(const char *dir, const char *name, const struct hm_buf *b)
{
	char path[320];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return hm_file_put(AT_FDCWD, path, b->data, b->len, 0600);
}

static int write_setup_files(const char *dir)
{
	_cleanup_buf_ struct hm_buf setup = HM_BUF_INIT(4096), ca = HM_BUF_INIT(4096);
	_cleanup_buf_ struct hm_buf options = HM_BUF_INIT(4096);
	int rc;

	rc = hm_buf_printf(&setup, "create_certs_tool=/usr/bin/swtpm_localca\n"
			   "create_certs_tool_config=%s/ek-ca/localca.conf\n"
			   "create_certs_tool_options=%s/ek-ca/localca.options\n", dir, dir);
	rc = rc ?: hm_buf_printf(&ca, "statedir = %s/ek-ca\nsigningkey = %s/ek-ca/signkey.pem\n"
				 "issuercert = %s/ek-ca/issuercert.pem\n"
				 "certserial = %s/ek-ca/certserial\n", dir, dir, dir, dir);
	rc = rc ?: hm_buf_str_add(&options, "--platform-manufacturer Hallmark\n"
				  "--platform-version 1\n--platform-model Embedded\n");
	rc = rc ?: put(dir, "ek-ca/setup.conf", &setup);
	rc = rc ?: put(dir, "ek-ca/localca.conf", &ca);
	return rc ?: put(dir, "ek-ca/localca.options", &options);
}

/* They name the directory as it was called then; nobody needs them again. */
static void remove_setup_files(const char *dir)
{
	static const char *const names[] = { "setup.conf", "localca.conf", "localca.options" };
	char path[320];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/ek-ca/%s", dir, names[i]);
		unlink(path);
	}
}

/* The EK CA's root and the issuer below it, in one file. */
static int write_roots(const char *dir)
{
	static const char *const names[] = { "swtpm-localca-rootca-cert.pem", "issuercert.pem" };
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(64u << 10);
	char path[320];
	int rc = 0;

	for (size_t i = 0; i < 2 && !rc; i++) {
		snprintf(path, sizeof(path), "%s/ek-ca/%s", dir, names[i]);
		rc = hm_read_file(path, &b);
	}
	return rc ?: put(dir, "ek-roots.pem", &b);
}

int hm_swtpm_make(const char *dir, struct hm_err *err)
{
	char ca[320], conf[320];
	char *argv[] = {
		"swtpm_setup", "--tpm2", "--tpmstate", (char *)dir, "--config", conf,
		"--create-ek-cert", "--pcr-banks", "sha256", "--not-overwrite", NULL,
	};
	int rc, status = 0;
	pid_t pid;

	snprintf(ca, sizeof(ca), "%s/ek-ca", dir);
	snprintf(conf, sizeof(conf), "%s/ek-ca/setup.conf", dir);
	if ((mkdir(dir, 0700) && errno != EEXIST) || (mkdir(ca, 0700) && errno != EEXIST))
		return hm_err_set(err, -errno, "%s: %s", dir, strerror(errno));
	rc = write_setup_files(dir);
	if (rc)
		return hm_err_set(err, rc, "%s: %s", dir, hm_error_why(rc));

	pid = spawn(dir, argv);
	rc = pid < 0 ? pid : wait_end(pid, MAKE_LIMIT_MS, &status);
	if (rc)
		return hm_err_set(err, -HM_ENO_TPM, "swtpm_setup: %s", strerror(-rc));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return hm_err_set(err, -HM_ENO_TPM, "swtpm_setup is not installed (package swtpm-tools)");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return hm_err_set(err, -HM_ENO_TPM, "swtpm_setup failed: see %s/swtpm.log", dir);
	remove_setup_files(dir);
	rc = write_roots(dir);
	if (rc)
		return hm_err_set(err, rc, "EK CA of %s: %s", dir, hm_error_why(rc));
	return 0;
}

/*
 * Listening is looked up, not tried: swtpm serves one connection, and would take a
 * probe for its client. /proc/net/unix flags a listening socket with 00010000.
 */
static bool listening(const char *path)
{
	char line[512], tail[128];
	bool yes = false;
	size_t n = (size_t)snprintf(tail, sizeof(tail), " %s\n", path), len;
	FILE *f = fopen("/proc/net/unix", "re");

	while (f && !yes && fgets(line, sizeof(line), f)) {
		len = strlen(line);
		yes = len > n && !strcmp(line + len - n, tail) && strstr(line, " 00010000 ");
	}
	if (f)
		fclose(f);
	return yes;
}

static void remove_sockets(const struct hm_swtpm *t)
{
	char ctrl[sizeof(t->socket) + 8];

	snprintf(ctrl, sizeof(ctrl), "%s.ctrl", t->socket);
	unlink(t->socket);
	unlink(ctrl);
}

int hm_swtpm_start(struct hm_swtpm *t, const char *dir, const char *socket, struct hm_err *err)
{
	char state[320], server[160], ctrl[160];
	char *argv[] = {
		"swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--ctrl", ctrl,
		"--flags", "not-need-init,startup-clear", NULL,
	};
	int64_t end = mono_ms() + START_LIMIT_MS;
	int status;

	memset(t, 0, sizeof(*t));
	if (!hm_swtpm_exists(dir))
		return hm_err_set(err, -HM_ENO_TPM, "%s holds no TPM (station init --demo makes one)", dir);
	if (strlen(socket) + strlen(".ctrl") >= sizeof(t->socket))
		return hm_err_set(err, -HM_ENO_TPM, "%s is too long for a socket", socket);
	strcpy(t->socket, socket);
	snprintf(t->tcti, sizeof(t->tcti), "swtpm:path=%s", socket);
	snprintf(state, sizeof(state), "dir=%s", dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s", socket);
	/* where tpm2-tss looks for the control channel */
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s.ctrl", socket);
	remove_sockets(t);

	t->pid = spawn(dir, argv);
	if (t->pid < 0) {
		int rc = t->pid;

		t->pid = 0;
		return hm_err_set(err, -HM_ENO_TPM, "swtpm: %s", strerror(-rc));
	}
	while (!listening(socket) || !listening(ctrl + strlen("type=unixio,path="))) {
		if (waitpid(t->pid, &status, WNOHANG) == t->pid) {
			t->pid = 0;
			return hm_err_set(err, -HM_ENO_TPM, WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
					  "swtpm is not installed (package swtpm)" :
					  "swtpm ended at once: see %s/swtpm.log", dir);
		}
		if (mono_ms() > end) {
			hm_swtpm_stop(t);
			return hm_err_set(err, -HM_ENO_TPM, "swtpm did not come up: see %s/swtpm.log", dir);
		}
		pause_ms(2);
	}
	return 0;
}

void hm_swtpm_stop(struct hm_swtpm *t)
{
	int status;

	if (t->pid <= 0)
		return;
	kill(t->pid, SIGTERM);
	wait_end(t->pid, STOP_LIMIT_MS, &status);
	remove_sockets(t);
	t->pid = 0;
}
