// SPDX-License-Identifier: LGPL-2.1-or-later
/* Batches and slots as JSON, and the one judgement in them: is it stuck, and on whom? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "agent/daemon/view.h"

static json_t *one_slot(const struct hm_slot_run *s)
{
	static const char *const doing[] = {
		[HM_SLOT_IDLE] = "idle", [HM_SLOT_BUSY] = "busy", [HM_SLOT_WAITING] = "waiting",
	};
	json_t *done = json_array();

	for (size_t i = 0; i < s->n_done; i++)
		json_array_append_new(done, json_string(s->done[i]));
	return json_pack("{s:s, s:I, s:s, s:o, s:o, s:o}", "name", s->cfg.name, "version",
			 (json_int_t)s->version, "state", doing[s->doing],
			 "unit", hm_json_text_or_null(s->unit),
			 "wait", hm_view_wait(s->wait, s->wait_board, s->wait_text), "done", done);
}

json_t *hm_view_slots(struct hm_daemon *d)
{
	json_t *list = json_array(), *v;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_slots; i++)
		json_array_append_new(list, one_slot(&d->slots[i]));
	v = json_pack("{s:I, s:o}", "version", (json_int_t)d->version, "slots", list);
	pthread_mutex_unlock(&d->lock);
	return v;
}

struct judgement {
	bool done;
	bool stuck;	/* nothing goes on without a person or a device */
	bool person;	/* ... and no device can help: somebody has to say something */
};

/* d->lock is held: is somebody at work on it, or about to be? */
static bool in_progress(struct hm_daemon *d, const char *serial)
{
	for (size_t i = 0; i < d->n_poked; i++)
		if (!strcmp(d->poked[i], serial))
			return true;
	for (size_t i = 0; i < d->n_claimed; i++)
		if (!d->claimed[i].again && !strcmp(d->claimed[i].serial, serial))
			return true;
	return false;
}

/*
 * What a unit waits for: its own word, or, where the engine could not even write that
 * down (a full disk), what its slot says. d->lock is held. False: it does not wait.
 */
static bool unit_waits(struct hm_daemon *d, const struct hm_unit *u, int *ret_wait, const char **ret_text)
{
	const struct hm_slot_run *s = hm_daemon_slot(d, u->slot);

	*ret_wait = u->wait;
	*ret_text = u->wait_text;
	if (u->wait || hm_unit_final(u))
		return u->wait;
	if (!s) {
		*ret_wait = HM_ENO_DEVICE;
		*ret_text = "its slot is not configured any more";
		return true;
	}
	if (s->doing != HM_SLOT_WAITING || strcmp(s->unit, u->serial))
		return false;
	*ret_wait = s->wait;
	*ret_text = s->wait_text;
	return true;
}

/* d->lock is held: can one of the slots still draw a unit for the batch? */
static void judge_slots(struct hm_daemon *d, const char *slot, struct judgement *j)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		const struct hm_slot_run *s = &d->slots[i];

		if (slot[0] && strcmp(slot, s->cfg.name))
			continue;
		if (s->doing != HM_SLOT_WAITING || s->settled != s->wakes)
			j->stuck = false;
		else if (hm_wait_is_device(s->wait))
			j->person = false;
	}
}

static struct judgement judge(struct hm_daemon *d, const struct hm_batch *b,
			      const struct hm_unit *units, size_t n)
{
	struct judgement j = { .done = n == b->count, .stuck = true, .person = true };
	const char *text;
	int wait;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < n; i++) {
		const struct hm_unit *u = &units[i];

		if (hm_unit_final(u))
			continue;
		j.done = false;
		if (in_progress(d, u->serial) || !unit_waits(d, u, &wait, &text))
			j.stuck = false;
		else if (hm_wait_is_device(wait) && hm_daemon_slot(d, u->slot))
			j.person = false;
	}
	if (n < b->count)
		judge_slots(d, b->slot, &j);
	if (d->stopping)
		j.stuck = false;
	pthread_mutex_unlock(&d->lock);
	j.stuck = j.stuck && !j.done;
	j.person = j.person && j.stuck;
	return j;
}

static int by_index(const void *a, const void *b)
{
	const struct hm_unit *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* The waits of those slots that could draw for the batch. */
static json_t *slot_waits(struct hm_daemon *d, const char *slot)
{
	json_t *list = json_array();

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_slots; i++)
		if (!slot[0] || !strcmp(slot, d->slots[i].cfg.name))
			json_array_append_new(list, one_slot(&d->slots[i]));
	pthread_mutex_unlock(&d->lock);
	return list;
}

static void told_by_slot(struct hm_daemon *d, const struct hm_unit *u, json_t *v)
{
	const char *text;
	int wait;

	pthread_mutex_lock(&d->lock);
	if (!u->wait && unit_waits(d, u, &wait, &text))
		json_object_set_new(v, "wait", hm_view_wait(wait, false, text));
	pthread_mutex_unlock(&d->lock);
}

int hm_view_batch(struct hm_daemon *d, const struct hm_batch *b, bool brief, json_t **ret,
		  struct hm_err *err)
{
	struct hm_unit_filter f = { .key = b->key };
	/* before the units: what changes meanwhile is told again, and not judged */
	uint64_t version = hm_daemon_version(d);
	struct hm_unit *units = NULL;
	struct judgement j;
	json_t *list = json_array();
	size_t n = 0;
	int rc = hm_read_units(d, &f, HM_COUNT_MAX, &units, &n, err);

	if (!rc)
		qsort(units, n, sizeof(*units), by_index);
	for (size_t i = 0; i < n && !rc; i++) {
		json_t *v = brief ? hm_view_unit_brief(&units[i]) : NULL;

		if (!brief)
			rc = hm_view_unit(d, &units[i], &v, err);
		if (!rc)
			told_by_slot(d, &units[i], v);
		if (!rc && json_array_append_new(list, v))
			rc = -ENOMEM;
	}
	if (!rc) {
		j = judge(d, b, units, n);
		if (hm_daemon_version(d) != version)
			j.stuck = j.person = false;
		*ret = json_pack("{s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:O, s:I, s:o}", "key", b->key,
				 "product", b->product, "count", (json_int_t)b->count, "version",
				 (json_int_t)version, "done", j.done, "stuck", j.stuck, "person",
				 j.person, "units", list, "undrawn", (json_int_t)(b->count - n),
				 "slots", slot_waits(d, b->slot));
		rc = *ret ? 0 : -ENOMEM;
	}
	free(units);
	json_decref(list);
	return rc;
}
