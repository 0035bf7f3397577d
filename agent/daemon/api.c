// SPDX-License-Identifier: LGPL-2.1-or-later
/* Routing, roles, errors: everything that every request shares. */
#include "agent/daemon/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/common/json.h"
#include "base/digits.h"

struct route {
	const char *method;
	const char *pattern;	/* segments; "*" takes one, "**" takes the rest */
	unsigned int roles;	/* any of them will do */
	hm_handler handler;
};

#define READERS HM_ROLE_ALL
#define MAKERS (HM_ROLE_OPERATOR | HM_ROLE_TECHNICIAN | HM_ROLE_SUPERVISOR)
#define KEEPERS (HM_ROLE_TECHNICIAN | HM_ROLE_SUPERVISOR)

static const struct route routes[] = {
	{ "GET",    "v1/station",		READERS, hm_api_station },
	{ "GET",    "v1/station/check",		READERS, hm_api_check },
	{ "GET",    "v1/products",		READERS, hm_api_products },
	{ "POST",   "v1/products",		KEEPERS, hm_api_product_post },
	{ "GET",    "v1/pools",			READERS, hm_api_pools },
	{ "GET",    "v1/pools/*",		READERS, hm_api_pool },
	{ "POST",   "v1/pools",			KEEPERS, hm_api_pool_post },
	{ "POST",   "v1/batches",		MAKERS,  hm_api_batch_post },
	{ "GET",    "v1/batches/*",		READERS, hm_api_batch_get },
	{ "GET",    "v1/units",			READERS, hm_api_units },
	{ "GET",    "v1/units/*",		READERS, hm_api_unit },
	{ "POST",   "v1/units/*/reprint",	KEEPERS, hm_api_reprint },
	{ "POST",   "v1/units/*/resolve",	MAKERS,  hm_api_resolve },
	{ "GET",    "v1/slots",			READERS, hm_api_slots },
	{ "GET",    "v1/log",			READERS, hm_api_log },
	{ "GET",    "v1/checkpoint",		READERS, hm_api_checkpoint },
	{ "POST",   "v1/exports",		READERS, hm_api_export_post },
	{ "GET",    "v1/exports/*/**",		READERS, hm_api_export_get },
	{ "DELETE", "v1/exports/*",		READERS, hm_api_export_delete },
};
#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

/*
 * Does @path (without its first slash) fit? *arg is the segment that "*" took, cut
 * out of the writable @path; *rest what "**" took.
 */
static bool fits(const char *pattern, char *path, const char **arg, const char **rest)
{
	for (;;) {
		size_t pn = strcspn(pattern, "/"), n = strcspn(path, "/");
		bool star = pn == 1 && pattern[0] == '*';

		if (pn == 2 && !strncmp(pattern, "**", 2)) {
			*rest = path;
			return path[0] != '\0';
		}
		if (star && n)
			*arg = path;
		else if (star || pn != n || strncmp(pattern, path, n))
			return false;
		pattern += pn;
		path += n;
		if (!*pattern || !*path)
			return !*pattern && !*path;
		pattern++;
		if (star)
			*path = '\0';
		path++;
	}
}

static const struct route *find_route(const struct hm_request *rq, char **ret_copy,
				      const char **arg, const char **rest, bool *ret_path_known)
{
	*ret_path_known = false;
	for (size_t i = 0; i < N_ROUTES && rq->path[0] == '/'; i++) {
		char *copy = strdup(rq->path + 1);

		*arg = *rest = NULL;
		if (copy && fits(routes[i].pattern, copy, arg, rest)) {
			*ret_path_known = true;
			if (!strcmp(routes[i].method, rq->method)) {
				*ret_copy = copy;
				return &routes[i];
			}
		}
		free(copy);
	}
	return NULL;
}

int hm_api_status(int rc)
{
	switch (-rc) {
	case HM_ENOT_FOUND:
		return 404;
	case HM_ENOT_PERMITTED:
		return 403;
	case HM_EUNSUPPORTED:
		return 501;
	case HM_EBUSY:
	case EBUSY:
		return 409;
	case E2BIG:
		return 413;
	case HM_ENO_DAEMON:
		return 503;
	case HM_EDISK_FULL:
		return 507;
	}
	switch (hm_error_exit(rc)) {
	case HM_EXIT_NO:
	case HM_EXIT_USAGE:
		return 400;
	case HM_EXIT_REFUSED:
		return 409;
	case HM_EXIT_DEVICE:
		return 503;
	case HM_EXIT_NOT_FOUND:
		return 404;
	}
	return 500;
}

static void reply_json(struct hm_reply *r, int status, json_t *v)
{
	char *text = v ? json_dumps(v, JSON_COMPACT) : NULL;

	hm_buf_reset(&r->bytes);
	r->status = text ? status : 500;
	snprintf(r->type, sizeof(r->type), "application/json");
	if (!text || hm_buf_str_add(&r->bytes, text) || hm_buf_byte(&r->bytes, '\n')) {
		hm_buf_reset(&r->bytes);
		r->status = 500;
		(void)hm_buf_str_add(&r->bytes, "{\"error\":\"no_memory\",\"why\":\"out of memory\",\"exit\":5}\n");
	}
	free(text);
}

void hm_reply_error(struct hm_reply *r, int rc, const struct hm_err *err)
{
	_cleanup_json_ json_t *v = hm_json_error(rc, hm_err_text(err, rc));

	reply_json(r, hm_api_status(rc), v);
}

void hm_reply_free(struct hm_reply *r)
{
	hm_buf_free(&r->bytes);
}

int hm_call_need_role(struct hm_call *c, unsigned int roles, const char *what)
{
	if (c->rq->roles & roles)
		return 0;
	return hm_err_set(&c->err, -HM_ENOT_PERMITTED, "%s may not %s", c->rq->peer, what);
}

/* Nothing is begun any more, and nobody is to poll in circles until the socket is gone. */
static int not_stopping(struct hm_call *c)
{
	if (!hm_daemon_stopping(c->d))
		return 0;
	return hm_err_set(&c->err, -HM_ENO_DAEMON, "the daemon is stopping");
}

int hm_call_poll(struct hm_call *c)
{
	const struct hm_request *rq = c->rq;
	const char *wait = rq->query ? rq->query(rq->query_ctx, "wait") : NULL;
	const char *version = rq->query ? rq->query(rq->query_ctx, "version") : NULL;
	uint64_t s, v;

	if (!wait)
		return 0;
	if (hm_digits_value(wait, strlen(wait), HM_POLL_MAX, &s) || !version ||
	    hm_digits_value(version, strlen(version), INT64_MAX, &v))
		return hm_err_set(&c->err, -HM_EBAD_REQUEST,
				  "wait is a number of seconds up to %d, with the version seen last",
				  HM_POLL_MAX);
	hm_daemon_wait(c->d, v, (unsigned int)s);
	return not_stopping(c);
}

static int run(struct hm_call *c, const struct route *r, json_t **ret)
{
	bool post = !strcmp(r->method, "POST");
	int rc = hm_call_need_role(c, r->roles, "do that");

	if (!rc && post)
		rc = not_stopping(c);
	if (!rc && post)
		rc = hm_json_parse(c->rq->body_len ? c->rq->body : "{}", c->rq->body_len ?: 2, &c->body,
				   &c->err);
	return rc ?: r->handler(c, ret);
}

void hm_api_handle(struct hm_daemon *d, const struct hm_request *rq, struct hm_reply *ret)
{
	struct hm_call c = { .d = d, .rq = rq, .reply = ret };
	const struct route *r;
	json_t *value = NULL;
	char *copy = NULL;
	bool known;
	int rc;

	hm_buf_init(&ret->bytes, 256u << 20);
	ret->status = 200;
	ret->type[0] = '\0';
	r = find_route(rq, &copy, &c.arg, &c.rest, &known);
	if (r)
		rc = run(&c, r, &value);
	else if (known)
		rc = hm_err_set(&c.err, -HM_EBAD_REQUEST, "%.10s is not for this path", rq->method);
	else
		rc = hm_err_set(&c.err, -HM_ENOT_FOUND, "no such path");
	if (rc) {
		hm_reply_error(ret, rc, &c.err);
		if (!r && known)
			ret->status = 405;
	} else if (!ret->type[0]) {
		reply_json(ret, 200, value);
	}
	json_decref(value);
	json_decref(c.body);
	free(copy);
}
