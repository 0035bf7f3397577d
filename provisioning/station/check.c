// SPDX-License-Identifier: LGPL-2.1-or-later
/* What would stop the next shift. Looks at everything, changes nothing. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "identity/identity.h"
#include "label/label.h"
#include "station/station.h"

#define DISK_LEAST	(256ull << 20)	/* bytes free for state */
#define LOG_LEAST	10u		/* percent of the event log left */
#define CLOCK_LEAST	1735689600	/* 2025-01-01: a clock before it was never set */

struct checks {
	struct hm_check *v;
	size_t n;
};

static void __attribute__((format(printf, 4, 5)))
say(struct checks *c, const char *what, int rc, const char *fmt, ...)
{
	struct hm_check *k;
	va_list ap;

	if (c->n == HM_CHECKS_MAX)
		return;
	k = &c->v[c->n++];
	*k = (struct hm_check){ .rc = rc };
	snprintf(k->what, sizeof(k->what), "%.31s", what);
	va_start(ap, fmt);
	(void)vsnprintf(k->text, sizeof(k->text), fmt, ap);
	va_end(ap);
}

static void check_tpm(struct hm_station *st, struct checks *c)
{
	struct hm_err err = { "" };
	int rc = st->env->keys ? hm_keys_check(st->env->keys, &err) :
		hm_err_set(&err, -HM_ENO_TPM, "the station's TPM does not answer");

	say(c, "tpm", rc, "%s", rc ? hm_err_text(&err, rc) : "answers, and holds this station's keys");
}

static void check_log(struct hm_station *st, const struct hm_gate_state *g, struct checks *c)
{
	unsigned int left = g->log_max ? 100 - (unsigned int)(100ull * g->log_bytes / g->log_max) : 0;
	uint64_t exported = g->exported ? g->log_start : 0;
	int rc = left < LOG_LEAST || g->full ? -HM_ELOG_FULL : 0;
	struct hm_room room = { .serial = "" };
	char out[48] = "";

	if (exported)
		snprintf(out, sizeof(out), ", %llu KiB of it exported", (unsigned long long)exported >> 10);
	/* only what stands at the very beginning keeps all of it from being exported */
	if (!rc || hm_station_room(st, &room, NULL) || !room.serial[0] || room.cut > room.start)
		say(c, "log", rc, "%u%% of the event log is free%s", left, out);
	else
		say(c, "log", rc, "%u%% of the event log is free%s; no more of it can go before it is known what became of unit %s",
		    left, out, room.serial);
}

static void check_gate(struct hm_station *st, struct checks *c)
{
	struct hm_err err = { "" };
	struct hm_gate_state g;
	int rc = hm_gate_state(st->sysroot, &g, &err);

	if (rc) {
		say(c, "gate", rc, "%s", hm_err_text(&err, rc));
		return;
	}
	if (!g.present) {
		say(c, "gate", 0, "there is none: audits of this station say ungated");
		return;
	}
	if (g.fault)
		say(c, "gate", -HM_EGATE_FAULT, "it refuses every mark until a reboot");
	else
		say(c, "gate", 0, "measures into PCR %u, %llu jobs in this boot", g.pcr,
		    (unsigned long long)g.seq);
	check_log(st, &g, c);
}

static void check_disk(struct hm_station *st, struct checks *c)
{
	struct statvfs v;
	unsigned long long free_bytes;

	if (statvfs(st->dir, &v)) {
		say(c, "disk", -HM_ESTORE, "%s: %s", st->dir, strerror(errno));
		return;
	}
	free_bytes = (unsigned long long)v.f_bavail * v.f_frsize;
	say(c, "disk", free_bytes < DISK_LEAST ? -HM_EDISK_FULL : 0, "%llu MiB free in %.120s",
	    free_bytes >> 20, st->dir);
}

static void check_clock(struct hm_station *st, struct checks *c)
{
	int64_t now = st->env->now(st->env->ctx);

	if (now < CLOCK_LEAST)
		say(c, "clock", -HM_EBAD_CONFIG, "it stands before 2025: it was never set");
	else
		say(c, "clock", 0, "set");
}

static void check_certificates(struct hm_station *st, struct checks *c)
{
	static const struct { enum hm_cert which; const char *name; } certs[] = {
		{ HM_CERT_SIGN, "sign" }, { HM_CERT_AK, "ak" }, { HM_CERT_ISSUER, "issuer" },
	};
	struct hm_err err = { "" };
	struct hm_der root, leaf;
	int rc = 0;

	if (!st->env->keys)
		return;
	if (hm_keys_cert(st->env->keys, HM_CERT_ROOT, &root.bytes, &root.len))
		return;
	for (size_t i = 0; !rc && i < sizeof(certs) / sizeof(certs[0]); i++) {
		rc = hm_keys_cert(st->env->keys, certs[i].which, &leaf.bytes, &leaf.len);
		if (!rc)
			rc = hm_cert_verify(leaf, NULL, 0, root, st->env->now(st->env->ctx), &err);
		if (rc)
			say(c, "certificates", rc, "%s: %s", certs[i].name, hm_err_text(&err, rc));
	}
	if (!rc)
		say(c, "certificates", 0, "chain to the factory's root");
}

static void check_store(struct hm_station *st, struct checks *c)
{
	struct hm_err err = { "" };
	uint64_t leaves;
	int64_t age;
	int rc = hm_station_pending(st, &leaves, &age, &err);

	if (rc)
		say(c, "store", rc, "%s", hm_err_text(&err, rc));
	else
		say(c, "store", 0, "%llu ledger entries since the last checkpoint",
		    (unsigned long long)leaves);
}

/* Only where there is something to say: most stations have no such key. */
static void check_serial_keys(struct hm_station *st, struct checks *c)
{
	struct hm_err why = { "" };
	char product[33];

	if (st->env->keys && hm_keyring_refused(&st->keyring, product, &why))
		say(c, "serial keys", -HM_EUNTRUSTED, "product %s: %s", product, why.text);
}

static void check_printer(struct hm_station *st, const struct hm_slot *s, struct checks *c)
{
	struct hm_env *env = st->env;
	struct hm_printer_view v = { .port_status = -1 };
	struct hm_err err = { "" };
	struct hm_marker *m;
	char what[32];
	int rc = env->marker_open(env->ctx, s->printer, "", &m, &err);

	snprintf(what, sizeof(what), "%.20s/printer", s->name);
	if (rc == -HM_EBUSY) {
		say(c, what, 0, "at work");
		return;
	}
	if (rc) {
		say(c, what, rc, "%s", hm_err_text(&err, rc));
		return;
	}
	v.port_status = hm_marker_port_status(m, &err);
	hm_marker_close(m);
	if (v.port_status < 0)
		say(c, what, v.port_status, "%s", hm_err_text(&err, v.port_status));
	else if (hm_printer_state(&v) == HM_PRINTER_PAPER_OUT)
		say(c, what, -HM_EPAPER_OUT, "out of paper");
	else if (hm_printer_state(&v) != HM_PRINTER_READY)
		say(c, what, -HM_EPRINTER_FAULT, "port status %02x", (unsigned int)v.port_status);
	else
		say(c, what, 0, "ready");
}

static void check_eeprom(struct hm_station *st, const struct hm_slot *s, struct checks *c)
{
	struct hm_env *env = st->env;
	struct hm_err err = { "" };
	struct hm_marker *m;
	char what[32];
	int rc = env->marker_open(env->ctx, s->eeprom, "", &m, &err);

	snprintf(what, sizeof(what), "%.20s/eeprom", s->name);
	if (!rc)
		hm_marker_close(m);
	if (rc == -HM_EEEPROM_ABSENT)
		say(c, what, 0, "no board is in");
	else
		say(c, what, rc == -HM_EBUSY ? 0 : rc, "%s",
		    rc == -HM_EBUSY ? "at work" : rc ? hm_err_text(&err, rc) : "answers");
}

int hm_station_check(struct hm_station *st, const struct hm_slot *slots, size_t n_slots,
		     struct hm_check ret[static HM_CHECKS_MAX], size_t *ret_n, struct hm_err *err)
{
	struct checks c = { ret, 0 };

	(void)err;
	check_tpm(st, &c);
	check_gate(st, &c);
	check_clock(st, &c);
	check_disk(st, &c);
	check_store(st, &c);
	check_certificates(st, &c);
	check_serial_keys(st, &c);
	for (size_t i = 0; i < n_slots; i++) {
		check_printer(st, &slots[i], &c);
		check_eeprom(st, &slots[i], &c);
	}
	*ret_n = c.n;
	return 0;
}
