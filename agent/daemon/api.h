/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The API without its transport: a request in, a reply out. docs/openapi.yaml
 * describes it; http.c carries it; tests/unit/test_api.c calls it as it is.
 */
#ifndef HM_AGENT_API_H
#define HM_AGENT_API_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/daemon/daemon.h"
#include "base/buf.h"

enum hm_role {
	HM_ROLE_AUDITOR		= 1 << 0,	/* reads, exports */
	HM_ROLE_OPERATOR	= 1 << 1,	/* issues, says what a scan read */
	HM_ROLE_TECHNICIAN	= 1 << 2,	/* products, reprints */
	HM_ROLE_SUPERVISOR	= 1 << 3,	/* voids, lifts a quarantine */
	HM_ROLE_ALL		= 15,
};

#define HM_BODY_MAX	(1u << 20)
#define HM_POOL_BODY_MAX (6u << 20)	/* a supplied list, its line ends escaped */
#define HM_SEGMENTS_MAX	5

struct hm_request {
	const char *method;
	const char *path;
	const char *body;
	size_t body_len;
	unsigned int roles;
	const char *peer;	/* name of the caller, for `who` where none is told */
	/* a query parameter, or NULL */
	const char *(*query)(void *ctx, const char *name);
	void *query_ctx;
};

struct hm_reply {
	int status;
	char type[48];
	struct hm_buf bytes;
};

/* Always leaves a reply; free it. */
void hm_api_handle(struct hm_daemon *d, const struct hm_request *rq, struct hm_reply *ret);
void hm_reply_free(struct hm_reply *r);
/* An error as a reply, also for the transport's own. */
void hm_reply_error(struct hm_reply *r, int rc, const struct hm_err *err);
int hm_api_status(int rc);

/* --- between the api's own files: a handler returns 0 and a value, or an error --- */

struct hm_call {
	struct hm_daemon *d;
	const struct hm_request *rq;
	const char *arg;	/* the variable segment of the path, or NULL */
	const char *rest;	/* what follows it, or NULL */
	json_t *body;		/* of a POST: an object */
	struct hm_err err;
	struct hm_reply *reply;	/* set type and bytes there for what is no JSON */
};
typedef int (*hm_handler)(struct hm_call *c, json_t **ret);

/* ?wait=S&version=N : waits as told; 0, or -HM_EBAD_REQUEST. */
int hm_call_poll(struct hm_call *c);
int hm_call_need_role(struct hm_call *c, unsigned int roles, const char *what);

int hm_api_batch_post(struct hm_call *c, json_t **ret);
int hm_api_batch_get(struct hm_call *c, json_t **ret);
int hm_api_units(struct hm_call *c, json_t **ret);
int hm_api_unit(struct hm_call *c, json_t **ret);
int hm_api_reprint(struct hm_call *c, json_t **ret);
int hm_api_resolve(struct hm_call *c, json_t **ret);
int hm_api_slots(struct hm_call *c, json_t **ret);
int hm_api_station(struct hm_call *c, json_t **ret);
int hm_api_check(struct hm_call *c, json_t **ret);
int hm_api_products(struct hm_call *c, json_t **ret);
int hm_api_product_post(struct hm_call *c, json_t **ret);
int hm_api_pools(struct hm_call *c, json_t **ret);
int hm_api_pool(struct hm_call *c, json_t **ret);
int hm_api_pool_post(struct hm_call *c, json_t **ret);
int hm_api_log(struct hm_call *c, json_t **ret);
int hm_api_checkpoint(struct hm_call *c, json_t **ret);
int hm_api_export_post(struct hm_call *c, json_t **ret);
int hm_api_export_get(struct hm_call *c, json_t **ret);
int hm_api_export_delete(struct hm_call *c, json_t **ret);
/* Exports that an earlier life left. */
void hm_exports_clear(struct hm_daemon *d);
/* Those that nobody fetched or deleted for a quarter of an hour; now and then. */
void hm_exports_expire(struct hm_daemon *d);

#endif /* HM_AGENT_API_H */
