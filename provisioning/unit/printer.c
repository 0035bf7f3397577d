// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is the printer ready? Port status first (no job), then a measured ~HS. */
#include <errno.h>
#include <string.h>

#include "unit/work.h"

#define HS_TIMEOUT_MS	3000
#define HS_REPLY_MAX	256

int hm_printer_open(struct hm_work *w, struct hm_err *err)
{
	struct hm_env *env = w->e->env;

	if (w->printer)
		return 0;
	return env->marker_open(env->ctx, w->slot->printer, w->u->serial, &w->printer, err);
}

/* A handle to a printer that went away is of no use when it comes back. */
static int drop_if_gone(struct hm_work *w, int rc)
{
	if (rc == -HM_ENO_DEVICE) {
		hm_marker_close(w->printer);
		w->printer = NULL;
	}
	return rc;
}

static int query(struct hm_work *w, const char *text, void *reply, size_t size, size_t *ret_len,
		 struct hm_err *err)
{
	struct hm_mark_job mj = {
		.flags = HM_MARK_QUERY, .payload = text, .payload_len = (uint32_t)strlen(text),
		.timeout_ms = HS_TIMEOUT_MS, .reply_max = (uint32_t)size,
	};
	int rc = w->e->env->random(w->e->env->ctx, mj.job_id, sizeof(mj.job_id));

	if (rc)
		return rc;
	rc = hm_work_mark(w, w->printer, &mj, reply, size, err);
	if (rc)
		return rc;
	if (mj.state == HM_MARK_FAULT || mj.latched)
		return hm_err_set(err, -HM_EGATE_FAULT, "the gate latched its fault");
	if (mj.state != HM_MARK_DONE)
		return hm_err_set(err, -HM_ESILENT, "the printer of %s does not take a status request",
				  w->slot->name);
	if (ret_len)
		*ret_len = mj.reply_len;
	return 0;
}

static int verdict(struct hm_work *w, enum hm_printer_state s, struct hm_err *err)
{
	switch (s) {
	case HM_PRINTER_READY:
		return 0;
	case HM_PRINTER_PAPER_OUT:
		return hm_err_set(err, -HM_EPAPER_OUT, "the printer of %s is out of paper",
				  w->slot->name);
	case HM_PRINTER_PAUSED:
		return hm_err_set(err, -HM_EPRINTER_FAULT, "the printer of %s is paused",
				  w->slot->name);
	case HM_PRINTER_SILENT:
		return hm_err_set(err, -HM_ESILENT, "the printer of %s does not answer",
				  w->slot->name);
	case HM_PRINTER_WAITING:
		return hm_err_set(err, -HM_EPRINTER_FAULT, "a label waits to be taken from the printer of %s",
				  w->slot->name);
	case HM_PRINTER_FAULT:
		break;
	}
	return hm_err_set(err, -HM_EPRINTER_FAULT, "the printer of %s reports a fault",
			  w->slot->name);
}

static int ask_hs(struct hm_work *w, int port, struct hm_err *err)
{
	struct hm_printer_view v = { .port_status = port };
	uint8_t reply[HS_REPLY_MAX];
	size_t len = 0;
	int rc = query(w, w->driver->ask_status, reply, sizeof(reply), &len, err);

	if (rc)
		return rc;
	w->driver->hear_status(&v, reply, len);
	if (v.hs_heard == HM_GARBLED)
		return hm_err_set(err, -HM_EPRINTER_FAULT,
				  "the printer of %s answers what is no status", w->slot->name);
	return verdict(w, hm_printer_state(&v), err);
}

/* Port status to a verdict; *ret_port for the ~HS that follows. */
static int look(struct hm_work *w, int *ret_port, struct hm_err *err)
{
	int port = hm_marker_port_status(w->printer, err);

	if (port < 0)
		return port;
	*ret_port = port;
	return verdict(w, hm_printer_state(&(struct hm_printer_view){ .port_status = port }), err);
}

int hm_printer_ready(struct hm_work *w, bool cancel_first, struct hm_err *err)
{
	int port = 0, rc = hm_printer_open(w, err);

	if (rc)
		return rc;
	rc = look(w, &port, err);
	if (!hm_marker_info(w->printer)->answers)
		return drop_if_gone(w, rc);
	if (!rc && !cancel_first)
		rc = ask_hs(w, port, err);
	/*
	 * A label that was cut or void is still in there, and would come out by itself:
	 * this unit's, or an earlier one's that was given up. It may be the very fault
	 * that the printer tells of. Nobody else has the printer open, so nothing that is
	 * wanted is lost by the cancel.
	 */
	if (cancel_first ? !rc || rc == -HM_EPRINTER_FAULT : rc == -HM_EPRINTER_FAULT) {
		rc = query(w, w->driver->cancel, NULL, 0, NULL, err);
		if (!rc)
			rc = look(w, &port, err);
		if (!rc)
			rc = ask_hs(w, port, err);
	}
	return drop_if_gone(w, rc);
}
