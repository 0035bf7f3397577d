/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The API over HTTP (libmicrohttpd): the Unix socket, and loopback TCP where the
 * configuration asks for it. One thread a connection; a long poll sleeps in it.
 *
 * On the socket the kernel tells who calls (SO_PEERCRED), and groups give roles; on
 * TCP everybody is an auditor, and a bearer token makes more of them.
 */
#ifndef HM_AGENT_HTTP_H
#define HM_AGENT_HTTP_H

#include "agent/daemon/daemon.h"

struct hm_http;

int hm_http_start(struct hm_daemon *d, struct hm_http **ret, struct hm_err *err);
/* Takes no new connection, waits for those that are there. After hm_daemon_stop(). */
void hm_http_stop(struct hm_http *h);

/* peer.c: roles (enum hm_role) of a caller with @uid and @gid, and a name of at most 32. */
unsigned int hm_peer_roles(const struct hm_daemon *d, unsigned int uid, unsigned int gid,
			   char ret_name[33]);

#endif /* HM_AGENT_HTTP_H */
