// SPDX-License-Identifier: LGPL-2.1-or-later
/* Units: looking, and the ways out that people have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "agent/daemon/api.h"
#include "agent/daemon/view.h"

#define UNITS_MAX	10000
#define SCAN_MAX	159

int hm_api_units(struct hm_call *c, json_t **ret)
{
	const struct hm_request *rq = c->rq;
	const char *state = rq->query ? rq->query(rq->query_ctx, "state") : NULL;
	const char *lot = rq->query ? rq->query(rq->query_ctx, "lot") : NULL;
	struct hm_unit_filter f = { .lot = lot };
	struct hm_unit *units = NULL;
	json_t *list;
	size_t n = 0;
	int rc;

	if (state) {
		f.state = hm_unit_state_number(state);
		if (!f.state)
			return hm_err_set(&c->err, -HM_EBAD_REQUEST, "no such state: %.32s", state);
	}
	rc = hm_read_units(c->d, &f, UNITS_MAX, &units, &n, &c->err);
	if (rc)
		return rc;
	list = json_array();
	for (size_t i = 0; i < n && !rc; i++) {
		json_t *v = NULL;

		rc = hm_view_unit(c->d, &units[i], &v, &c->err);
		if (!rc && json_array_append_new(list, v))
			rc = -ENOMEM;
	}
	free(units);
	if (rc)
		json_decref(list);
	else
		*ret = json_pack("{s:o}", "units", list);
	return rc;
}

int hm_api_unit(struct hm_call *c, json_t **ret)
{
	json_t *v = NULL, *story = NULL;
	struct hm_unit u;
	int rc = hm_read_unit(c->d, c->arg, &u, &c->err);

	rc = rc ?: hm_view_unit(c->d, &u, &v, &c->err);
	rc = rc ?: hm_view_story(c->d, c->arg, &story, &c->err);
	if (rc) {
		json_decref(v);
		return rc;
	}
	json_object_set_new(v, "story", story);
	*ret = v;
	return 0;
}

/*
 * Borrow the engine of the unit's slot: on success *u is as it is now, *ret the slot
 * or NULL, and leave_unit() is due.
 */
static int enter_unit(struct hm_call *c, struct hm_unit *u, struct hm_slot_run **ret)
{
	struct hm_daemon *d = c->d;
	struct hm_slot_run *s;
	int rc = hm_read_unit(d, c->arg, u, &c->err);

	if (rc)
		return rc;
	s = hm_daemon_slot(d, u->slot);
	rc = hm_slot_enter(d, s, &c->err);
	if (rc)
		return rc;
	if (!hm_unit_claim(d, u->serial, false)) {
		hm_slot_leave(d, s);
		return hm_err_set(&c->err, -HM_EBUSY, "unit %s is being worked on in another slot",
				  u->serial);
	}
	*ret = s;
	return 0;
}

static int leave_unit(struct hm_call *c, struct hm_slot_run *s, const struct hm_unit *u, int rc,
		      json_t **ret)
{
	struct hm_daemon *d = c->d;

	hm_unit_release(d, u->serial);
	hm_slot_leave(d, s);
	hm_daemon_fatal(d, rc, &c->err);
	if (rc == -HM_EGATE_FAULT)
		hm_daemon_gate_fault(d);
	if (!rc && !hm_unit_final(u))
		hm_daemon_poke(d, u->serial);
	hm_daemon_changed(d);
	return rc ?: hm_view_unit(d, u, ret, &c->err);
}

static int need_engine(struct hm_call *c)
{
	if (c->d->tpm_error)
		return hm_err_set(&c->err, c->d->tpm_error, "the station's TPM: %s",
				  hm_err_text(&c->d->tpm_why, c->d->tpm_error));
	return 0;
}

int hm_api_reprint(struct hm_call *c, json_t **ret)
{
	char who[33] = "", reason[161] = "";
	const struct hm_json_want wants[] = {
		{ "reason", HM_JSON_TEXT, reason, sizeof(reason), true },
		{ "who", HM_JSON_TEXT, who, sizeof(who), false },
	};
	struct hm_slot_run *s;
	struct hm_unit u;
	int rc = hm_json_read(c->body, wants, 2, &c->err);

	if (!rc && !reason[0])
		rc = hm_err_set(&c->err, -HM_EBAD_REQUEST, "a reprint needs a reason");
	rc = rc ?: need_engine(c);
	rc = rc ?: enter_unit(c, &u, &s);
	if (rc)
		return rc;
	if (!s)
		rc = hm_err_set(&c->err, -HM_ENO_DEVICE, "slot %s, where unit %s was made, is not configured",
				u.slot, u.serial);
	else if (hm_daemon_gate_faulty(c->d))
		rc = -HM_EGATE_FAULT;
	else
		rc = hm_unit_reprint(&c->d->engine, &s->cfg, u.serial, who[0] ? who : c->rq->peer,
				     reason, &u, &c->err);
	return leave_unit(c, s, &u, rc, ret);
}

static int answer_number(const char *text)
{
	static const char *const names[] = {
		[HM_ANSWER_LABEL] = "label", [HM_ANSWER_NO_LABEL] = "no-label",
		[HM_ANSWER_RETRY] = "retry", [HM_ANSWER_VOID] = "void",
	};

	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
		if (!strcmp(names[i], text))
			return i;
	return -1;
}

int hm_api_resolve(struct hm_call *c, json_t **ret)
{
	/* the ledger's line has room for so much of a reason, and nothing is to be cut */
	char answer[16] = "", tid[33] = "", who[33] = "", reason[71] = "";
	const char *scan = NULL;
	const struct hm_json_want wants[] = {
		{ "answer", HM_JSON_TEXT, answer, sizeof(answer), true },
		/* a scan may hold the group separator, which a plain text may not */
		{ "text", HM_JSON_LONG, &scan, SCAN_MAX, false },
		{ "tid", HM_JSON_TEXT, tid, sizeof(tid), false },
		{ "who", HM_JSON_TEXT, who, sizeof(who), false },
		{ "reason", HM_JSON_TEXT, reason, sizeof(reason), false },
	};
	struct hm_slot_run *s;
	struct hm_unit u;
	int rc, number;

	rc = hm_json_read(c->body, wants, sizeof(wants) / sizeof(wants[0]), &c->err);
	if (rc)
		return rc;
	number = answer_number(answer);
	if (number < 0)
		return hm_err_set(&c->err, -HM_EBAD_REQUEST, "answer is label, no-label, retry or void");
	if (number == HM_ANSWER_VOID || number == HM_ANSWER_RETRY)
		rc = hm_call_need_role(c, HM_ROLE_SUPERVISOR | HM_ROLE_TECHNICIAN, "do that");
	if (!rc && number == HM_ANSWER_VOID && !reason[0])
		rc = hm_err_set(&c->err, -HM_EBAD_REQUEST, "giving a unit up needs a reason");
	rc = rc ?: enter_unit(c, &u, &s);
	if (rc)
		return rc;
	rc = hm_unit_resolve(&c->d->engine, u.serial, (enum hm_answer)number, scan,
			     tid[0] ? tid : NULL, who[0] ? who : c->rq->peer, reason, &u, &c->err);
	return leave_unit(c, s, &u, rc, ret);
}

int hm_api_slots(struct hm_call *c, json_t **ret)
{
	int rc = hm_call_poll(c);

	if (!rc)
		*ret = hm_view_slots(c->d);
	return rc;
}
