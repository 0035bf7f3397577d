// SPDX-License-Identifier: LGPL-2.1-or-later
/* hallmarkd: start, the main loop, and an orderly end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "agent/common/options.h"
#include "agent/daemon/api.h"
#include "agent/daemon/daemon.h"
#include "agent/daemon/http.h"
#include "agent/daemon/schedule.h"
#include "agent/daemon/watch.h"
#include "base/buf.h"
#include "store/file.h"

static const char usage[] =
	"Usage: hallmarkd [--root DIR]\n"
	"The station's daemon; hallmarkd(8). It stays in the foreground.\n"
	"  --root DIR   a private instance: /etc, /var/lib and /run lie below DIR\n"
	"  --version    print the version\n";

struct life {
	struct hm_daemon *d;
	int lock_fd;
	sd_event *event;
	struct hm_schedule *schedule;
	struct hm_watch *watch;
	struct hm_http *http;
	bool opened;		/* the station */
};

static int take_lock(struct life *l, struct hm_err *err)
{
	struct hm_daemon *d = l->d;
	char path[160];
	int rc = hm_dir_make(AT_FDCWD, d->paths.run, 0755);

	if (rc)
		return hm_err_set(err, rc, "%s: %s", d->paths.run, strerror(-rc));
	snprintf(path, sizeof(path), "%s/lock", d->paths.run);
	l->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (l->lock_fd < 0)
		return hm_err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB))
		return hm_err_set(err, -HM_EBUSY, "another hallmarkd runs here (%s)", path);
	return 0;
}

static int start_swtpm(struct hm_daemon *d, struct hm_err *err)
{
	char socket[160];

	if (!d->config.swtpm[0])
		return 0;
	snprintf(socket, sizeof(socket), "%s/tpm.sock", d->paths.run);
	return hm_swtpm_start(&d->swtpm, d->config.swtpm, socket, err);
}

static int read_roots(struct hm_daemon *d, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(1u << 20);
	int rc = hm_read_file(d->config.ek_roots, &b);
	size_t len;

	if (rc)
		return hm_err_set(err, -HM_EBAD_CONFIG, "ek_roots %s: %s", d->config.ek_roots,
				  strerror(-rc));
	d->engine.ek_roots = (char *)hm_buf_take(&b, &len);
	return 0;
}

/* After each durable step: a unit that waited and moves again is news for its slot too. */
static void stepped(void *ctx, const struct hm_unit *u)
{
	struct hm_slot_run *s = hm_daemon_slot(ctx, u->slot);

	if (s && !u->wait && !hm_unit_final(u))
		hm_slot_tell(s, HM_SLOT_BUSY, u->serial, 0, false, NULL);
	hm_daemon_changed(ctx);
}

static int open_station(struct life *l, struct hm_err *err)
{
	struct hm_daemon *d = l->d;
	struct hm_station_params p = {
		.id = d->config.id, .domain = d->config.domain, .dir = d->paths.state,
		.tcti = d->config.swtpm[0] ? d->swtpm.tcti : d->config.tcti,
		.ek_roots = d->config.ek_roots, .sysroot = "",
	};
	int rc;

	hm_world_env(&d->world, &d->env);
	rc = read_roots(d, err);
	if (rc)
		return rc;
	/* a TPM that does not come up leaves a station that can still be looked at */
	d->tpm_error = start_swtpm(d, &d->tpm_why);
	rc = hm_station_open(&p, &d->env, &d->station, err);
	if (rc && !d->env.store)
		return rc;
	l->opened = true;
	if (rc && !d->tpm_error) {
		d->tpm_error = rc;
		d->tpm_why = *err;
	}
	d->engine.env = &d->env;
	snprintf(d->engine.issuer, sizeof(d->engine.issuer), "%s", d->config.issuer);
	d->engine.who = "hallmarkd";
	d->engine.stepped = stepped;
	d->engine.stepped_ctx = d;
	d->engine.make_room = hm_schedule_room;
	d->engine.make_room_ctx = d;
	d->engine.sysroot = d->station.sysroot;
	d->engine.keyring = &d->station.keyring;
	if (d->tpm_error)
		return 0;
	rc = hm_station_boot(&d->station, err);
	if (rc)
		return rc;
	d->engine.gated = d->station.gate.present;
	memcpy(d->engine.boot_id, d->station.gate.boot_id, sizeof(d->engine.boot_id));
	d->gate_fault = d->station.gate.present && d->station.gate.fault;
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *user)
{
	(void)si;
	(void)user;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* A gate that latched: keep its log, and say which unit sits in each slot. */
static void report_gate_fault(struct hm_daemon *d)
{
	_cleanup_buf_ struct hm_buf log = HM_BUF_INIT(HM_GATE_LOG_MAX);
	char path[256];
	int rc = hm_gate_log(d->station.sysroot, &log, NULL, NULL);

	snprintf(path, sizeof(path), "%s/gate-fault-%lld.log", d->paths.state,
		 (long long)d->env.now(d->env.ctx));
	rc = rc ?: hm_file_put(AT_FDCWD, path, log.data, log.len, 0640);
	hm_log(HM_LOG_GATE_FAULT, LOG_CRIT, "the gate latched its fault: nothing is marked until a reboot; its log %s %s",
	       rc ? "could not be saved:" : "is", rc ? hm_error_why(rc) : path);
	for (size_t i = 0; i < d->n_slots; i++) {
		char unit[21];

		pthread_mutex_lock(&d->lock);
		memcpy(unit, d->slots[i].unit, sizeof(unit));
		pthread_mutex_unlock(&d->lock);
		hm_log(HM_LOG_GATE_FAULT, LOG_CRIT, "slot %s: %s%s", d->slots[i].cfg.name,
		       unit[0] ? "unit " : "no unit", unit);
	}
}

/* Another thread has news for the main loop. */
static int on_news(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct hm_daemon *d = user;
	bool report;
	uint64_t n;
	int fatal;

	(void)revents;
	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return -errno;
	pthread_mutex_lock(&d->lock);
	fatal = d->fatal;
	pthread_mutex_unlock(&d->lock);
	if (fatal)
		return sd_event_exit(sd_event_source_get_event(source), HM_EXIT_STORE);
	pthread_mutex_lock(&d->lock);
	report = d->gate_fault && !d->gate_fault_reported;
	d->gate_fault_reported = d->gate_fault;
	pthread_mutex_unlock(&d->lock);
	if (report)
		report_gate_fault(d);
	hm_schedule_answer(d);
	return 0;
}

static int prepare_loop(struct life *l, struct hm_err *err)
{
	struct hm_daemon *d = l->d;
	int rc;

	d->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->event_fd < 0)
		return hm_err_set(err, -errno, "eventfd: %s", strerror(errno));
	rc = sd_event_default(&l->event);
	if (rc >= 0)
		rc = sd_event_add_signal(l->event, NULL, SIGTERM, on_signal, d);
	if (rc >= 0)
		rc = sd_event_add_signal(l->event, NULL, SIGINT, on_signal, d);
	if (rc >= 0)
		rc = sd_event_add_io(l->event, NULL, d->event_fd, EPOLLIN, on_news, d);
	if (rc >= 0)
		rc = sd_event_set_watchdog(l->event, true);
	if (rc >= 0)
		rc = hm_schedule_start(d, l->event, &l->schedule);
	return rc < 0 ? hm_err_set(err, rc, "event loop: %s", strerror(-rc)) : 0;
}

/* Before the first thread: every one of them inherits it, and the loop alone hears them. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int start(struct life *l, struct hm_err *err)
{
	struct hm_daemon *d = l->d;
	int rc = hm_daemon_init(d);

	block_signals();
	rc = rc ?: take_lock(l, err);
	rc = rc ?: open_station(l, err);
	rc = rc ?: prepare_loop(l, err);
	if (rc)
		return rc;
	l->watch = hm_watch_start(d, l->event);
	hm_exports_clear(d);
	if (d->tpm_error)
		hm_log(HM_LOG_TPM, LOG_ERR, "the station's TPM: %s: nothing is issued",
		       hm_err_text(&d->tpm_why, d->tpm_error));
	else
		rc = hm_slots_start(d, err);
	return rc ?: hm_http_start(d, &l->http, err);
}

/* In the order in which they need each other; nothing is acknowledged after a fatal error. */
static void stop(struct life *l)
{
	struct hm_daemon *d = l->d;
	struct hm_err err = { "" };
	int rc;

	hm_daemon_stop(d);
	hm_slots_join(d);
	hm_http_stop(l->http);
	hm_watch_stop(l->watch);
	hm_schedule_stop(l->schedule);
	if (l->opened && !d->fatal && !d->tpm_error) {
		rc = hm_station_checkpoint(&d->station, true, &err);
		if (rc)
			hm_log(HM_LOG_CHECKPOINT, LOG_ERR, "closing checkpoint: %s", hm_err_text(&err, rc));
	}
	if (l->opened)
		hm_station_close(&d->station);
	hm_swtpm_stop(&d->swtpm);
	sd_event_unref(l->event);
	if (d->event_fd >= 0)
		close(d->event_fd);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	free(d->engine.ek_roots);
	hm_daemon_done(d);
}

static int run(struct hm_daemon *d)
{
	struct life l = { .d = d, .lock_fd = -1 };
	struct hm_err err = { "" };
	int rc = start(&l, &err);

	if (rc) {
		hm_log(HM_LOG_FATAL, LOG_ERR, "start: %s", hm_err_text(&err, rc));
		stop(&l);
		return hm_error_exit(rc);
	}
	hm_log(HM_LOG_START, LOG_INFO, "station %s, %zu slots, %s", d->station.id, d->n_slots,
	       d->engine.gated ? "behind the gate" : "without a gate");
	sd_notify(0, "READY=1");
	rc = sd_event_loop(l.event);
	sd_notify(0, "STOPPING=1");
	stop(&l);
	hm_log(HM_LOG_STOP, LOG_INFO, "stopped");
	return rc < 0 ? HM_EXIT_STORE : rc;
}

/* 0 and where the root is; or, where there is nothing more to do, -1 and the *ret_exit. */
static int take_options(int argc, char **argv, const char **ret_root, int *ret_exit)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char why[HM_OPTION_WHY] = "";
	int opt, at;

	*ret_root = NULL;
	*ret_exit = HM_EXIT_OK;
	while ((opt = hm_getopt(argc, argv, ":", options, &at, why)) >= 0) {
		switch (opt) {
		case 'r':
			*ret_root = optarg;
			break;
		case 'f':
			break;
		case 'v':
			printf("hallmarkd %s\n", HM_VERSION);
			return -1;
		case 'h':
			fputs(usage, stdout);
			return -1;
		}
		if (opt == '?')
			break;
	}
	if (opt == -1 && optind == argc)
		return 0;
	if (opt == -1)
		(void)snprintf(why, sizeof(why), "what is %s?", argv[optind]);
	hm_one_line(why);
	fprintf(stderr, "hallmarkd: %s\n%s", why, usage);
	*ret_exit = HM_EXIT_USAGE;
	return -1;
}

int main(int argc, char **argv)
{
	struct hm_daemon *d;
	struct hm_err err = { "" };
	const char *root;
	int rc;

	umask(027);
	hm_world_quiet();
	if (take_options(argc, argv, &root, &rc))
		return rc;
	d = calloc(1, sizeof(*d));
	if (!d)
		return HM_EXIT_STORE;
	rc = hm_paths_set(&d->paths, root, &err);
	rc = rc ?: hm_config_load(d->paths.config, &d->config, &err);
	if (rc) {
		hm_log(HM_LOG_FATAL, LOG_ERR, "configuration: %s", hm_err_text(&err, rc));
		free(d);
		return hm_error_exit(rc);
	}
	rc = run(d);
	free(d);
	return rc;
}
