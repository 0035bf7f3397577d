// SPDX-License-Identifier: LGPL-2.1-or-later
/* Supplied lists: brought, and how much of them is left. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "agent/daemon/api.h"

static int one_pool(struct hm_call *c, const char *name, json_t **ret)
{
	struct hm_pool_state s;
	int rc = hm_station_pool_state(&c->d->station, name, &s, &c->err);

	hm_daemon_fatal(c->d, rc, &c->err);
	if (rc)
		return rc;
	*ret = json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", s.name, "kind", s.kind, "entries",
			 (json_int_t)s.entries, "drawn", (json_int_t)s.drawn, "left",
			 (json_int_t)(s.entries - s.drawn));
	return *ret ? 0 : -ENOMEM;
}

int hm_api_pool(struct hm_call *c, json_t **ret)
{
	return one_pool(c, c->arg, ret);
}

int hm_api_pools(struct hm_call *c, json_t **ret)
{
	json_t *list = json_array(), *v;
	char (*names)[33] = NULL;
	size_t n = 0;
	int rc = hm_station_pools(&c->d->station, &names, &n, &c->err);

	hm_daemon_fatal(c->d, rc, &c->err);
	for (size_t i = 0; i < n && !rc; i++) {
		rc = one_pool(c, names[i], &v);
		if (!rc)
			json_array_append_new(list, v);
	}
	free(names);
	if (rc)
		json_decref(list);
	else
		*ret = list;
	return rc;
}

/* "append": "yes" and nothing else, so that it is never a slip. */
int hm_api_pool_post(struct hm_call *c, json_t **ret)
{
	struct hm_daemon *d = c->d;
	char name[33] = "", append[4] = "";
	const char *list = NULL;
	const struct hm_json_want wants[] = {
		{ "name", HM_JSON_TEXT, name, sizeof(name), true },
		{ "list", HM_JSON_LONG, &list, HM_POOL_FILE_MAX, true },
		{ "append", HM_JSON_TEXT, append, sizeof(append), false },
	};
	struct hm_pool_added added;
	int rc = hm_json_read(c->body, wants, sizeof(wants) / sizeof(wants[0]), &c->err);

	if (!rc && append[0] && strcmp(append, "yes"))
		rc = hm_err_set(&c->err, -HM_EBAD_REQUEST, "append is yes, or not told");
	if (rc)
		return rc;
	pthread_mutex_lock(&d->station_lock);
	rc = hm_station_pool_add(&d->station, name, append[0], list, strlen(list), &added, &c->err);
	pthread_mutex_unlock(&d->station_lock);
	hm_daemon_fatal(d, rc, &c->err);
	if (rc)
		return rc;
	hm_daemon_wake_slots(d);	/* one may wait for just that */
	*ret = json_pack("{s:s, s:s, s:I, s:I}", "name", name, "kind", added.kind, "added",
			 (json_int_t)added.added, "entries", (json_int_t)added.entries);
	return *ret ? 0 : -ENOMEM;
}
