// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/daemon/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "agent/daemon/api.h"
#include "base/digits.h"

#define CONNECTIONS_MAX	256
/*
 * Whoever is connected and asks nothing gives way soon, so that nobody is shut out
 * for long by sockets that merely stand open; a request may take as long as a poll.
 */
#define IDLE_SECONDS	5
#define REQUEST_SECONDS	90
#define TOKEN_MAX	256

struct listener {
	struct hm_http *http;
	bool tcp;
	struct MHD_Daemon *mhd;
	char hosts[2][80];	/* what a Host header may say on TCP */
};

struct hm_http {
	struct hm_daemon *d;
	char token[TOKEN_MAX];	/* "" : TCP is read-only for everybody */
	struct listener local, tcp;
};

/* One request while its body arrives. */
struct incoming {
	struct hm_buf body;
	bool too_long;
};

static enum MHD_Result send_reply(struct MHD_Connection *conn, struct hm_reply *r)
{
	size_t len = r->bytes.len;
	struct MHD_Response *resp;
	enum MHD_Result ok;

	resp = MHD_create_response_from_buffer(len, (void *)hm_buf_str(&r->bytes),
					       MHD_RESPMEM_MUST_COPY);
	if (!resp)
		return MHD_NO;
	MHD_add_response_header(resp, "Content-Type", r->type);
	MHD_add_response_header(resp, "Cache-Control", "no-store");
	MHD_add_response_header(resp, "X-Content-Type-Options", "nosniff");
	ok = MHD_queue_response(conn, (unsigned int)r->status, resp);
	MHD_destroy_response(resp);
	return ok;
}

static enum MHD_Result send_error(struct MHD_Connection *conn, int status, int rc, const char *why)
{
	struct hm_reply r = { .status = status };
	struct hm_err err;
	enum MHD_Result ok;

	hm_buf_init(&r.bytes, 4096);
	hm_reply_error(&r, hm_err_set(&err, rc, "%s", why), &err);
	r.status = status;
	ok = send_reply(conn, &r);
	hm_reply_free(&r);
	return ok;
}

static const char *query(void *ctx, const char *name)
{
	return MHD_lookup_connection_value(ctx, MHD_GET_ARGUMENT_KIND, name);
}

/* Both of the same length where it matters: the token's own. */
static bool token_equal(const char *a, const char *b)
{
	size_t n = strlen(b);

	return strlen(a) == n && !CRYPTO_memcmp(a, b, n);
}

static unsigned int tcp_roles(const struct hm_http *h, struct MHD_Connection *conn)
{
	const char *auth = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Authorization");

	if (!auth || !h->token[0] || strncmp(auth, "Bearer ", 7))
		return HM_ROLE_AUDITOR;
	return token_equal(auth + 7, h->token) ? HM_ROLE_ALL : 0;
}

/* A page that made its own name point at 127.0.0.1 is stopped here. */
static bool host_ok(const struct listener *l, struct MHD_Connection *conn)
{
	const char *host = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Host");

	return host && (!strcmp(host, l->hosts[0]) || !strcmp(host, l->hosts[1]));
}

static unsigned int local_roles(const struct hm_http *h, struct MHD_Connection *conn, char name[33])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return 0;
	return hm_peer_roles(h->d, cred.uid, cred.gid, name);
}

static enum MHD_Result answer(struct listener *l, struct MHD_Connection *conn, const char *url,
			      const char *method, const struct incoming *in)
{
	char name[33] = "tcp";
	struct hm_request rq = {
		.method = method, .path = url, .body = hm_buf_str(&in->body),
		.body_len = in->body.len, .peer = name, .query = query, .query_ctx = conn,
	};
	struct hm_reply r;
	enum MHD_Result ok;

	if (in->too_long)
		return send_error(conn, 413, -HM_EBAD_REQUEST, "the body is too large");
	if (l->tcp && !host_ok(l, conn))
		return send_error(conn, 403, -HM_ENOT_PERMITTED, "not a name of this station");
	rq.roles = l->tcp ? tcp_roles(l->http, conn) : local_roles(l->http, conn, name);
	if (l->tcp && !rq.roles)
		return send_error(conn, 401, -HM_ENOT_PERMITTED, "not the token of this station");
	/* without a token there is nothing on TCP but reading */
	if (l->tcp && rq.roles == HM_ROLE_AUDITOR && strcmp(method, "GET"))
		return send_error(conn, 403, -HM_ENOT_PERMITTED, "read-only here without a token");
	hm_api_handle(l->http->d, &rq, &r);
	ok = send_reply(conn, &r);
	hm_reply_free(&r);
	return ok;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_len, void **state)
{
	struct incoming *in = *state;

	(void)version;
	if (!in) {
		in = calloc(1, sizeof(*in));
		if (!in)
			return MHD_NO;
		hm_buf_init(&in->body, strcmp(url, "/v1/pools") ? HM_BODY_MAX : HM_POOL_BODY_MAX);
		*state = in;
		MHD_set_connection_option(conn, MHD_CONNECTION_OPTION_TIMEOUT, REQUEST_SECONDS);
		return MHD_YES;
	}
	if (*data_len) {
		if (!in->too_long && hm_buf_add(&in->body, data, *data_len)) {
			in->too_long = true;
			hm_buf_free(&in->body);
		}
		*data_len = 0;
		return MHD_YES;
	}
	return answer(cls, conn, url, method, in);
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **state,
			 enum MHD_RequestTerminationCode why)
{
	struct incoming *in = *state;

	(void)cls;
	(void)why;
	MHD_set_connection_option(conn, MHD_CONNECTION_OPTION_TIMEOUT, IDLE_SECONDS);
	if (in)
		hm_buf_free(&in->body);
	free(in);
	*state = NULL;
}

/*
 * A client that goes away while its answer is made (a long poll that was interrupted)
 * is no event of the station's. The library tells it with these words at the end;
 * before them may stand the client's own, which decide nothing here.
 */
static bool client_left(const char *text)
{
	static const char *const ends[] = {
		"The socket is no longer available for sending",
		"The connection was forcibly closed by remote peer",
		"Connection was closed by remote side with incomplete request.",
	};
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && !strcmp(text + len - n, ends[i]))
			return true;
	}
	return false;
}

static void on_log(void *cls, const char *fmt, va_list ap)
{
	char text[1024];	/* with the path of a request in it */

	(void)cls;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	if (client_left(text))
		return;
	hm_log(HM_LOG_OTHER, LOG_NOTICE, "http: %s", text);
}

static int serve(struct listener *l, int fd, struct hm_err *err)
{
	l->mhd = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
				  MHD_USE_ITC | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, l,
				  MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
				  MHD_OPTION_LISTEN_SOCKET, fd,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				  MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
				  MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
				  MHD_OPTION_END);
	if (!l->mhd) {
		close(fd);
		return hm_err_set(err, -EIO, "libmicrohttpd does not start");
	}
	return 0;
}

static int listen_local(const struct hm_daemon *d, struct hm_err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct group *g;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return hm_err_set(err, -errno, "socket: %s", strerror(errno));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", d->paths.socket);
	/* the lock on the run directory is held: a socket in there is a dead daemon's */
	unlink(a.sun_path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(a.sun_path, 0660) ||
	    listen(fd, CONNECTIONS_MAX)) {
		int rc = hm_err_set(err, -errno, "%s: %s", a.sun_path, strerror(errno));

		close(fd);
		return rc;
	}
	g = d->paths.relocated ? NULL : getgrnam("hallmark");
	if (g && chown(a.sun_path, (uid_t)-1, g->gr_gid))
		hm_log(HM_LOG_OTHER, LOG_WARNING, "%s: group hallmark: %s", a.sun_path, strerror(errno));
	return fd;
}

/* "127.0.0.1:PORT": loopback and nothing else; nginx stands in front for the rest. */
static int listen_tcp(struct listener *l, const char *text, struct hm_err *err)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char host[64], *colon;
	uint64_t port;
	int fd, one = 1;

	snprintf(host, sizeof(host), "%s", text);
	colon = strrchr(host, ':');
	if (!colon || hm_digits_value(colon + 1, strlen(colon + 1), UINT16_MAX, &port) || !port)
		return hm_err_set(err, -HM_EBAD_CONFIG, "listen = %s: 127.0.0.1:PORT is expected", text);
	*colon = '\0';
	if (inet_pton(AF_INET, host, &a.sin_addr) != 1 || ntohl(a.sin_addr.s_addr) >> 24 != 127)
		return hm_err_set(err, -HM_EBAD_CONFIG,
				  "listen = %s: only loopback (127.0.0.0/8); a proxy stands in front of it",
				  text);
	a.sin_port = htons((uint16_t)port);
	snprintf(l->hosts[0], sizeof(l->hosts[0]), "%.60s:%u", host, (unsigned int)port);
	snprintf(l->hosts[1], sizeof(l->hosts[1]), "localhost:%u", (unsigned int)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return hm_err_set(err, -errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, CONNECTIONS_MAX)) {
		int rc = hm_err_set(err, -errno, "%s: %s", text, strerror(errno));

		close(fd);
		return rc;
	}
	return fd;
}

static int read_token(struct hm_http *h, const char *path, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(TOKEN_MAX - 1);
	int rc = hm_read_file(path, &b);
	size_t n;

	if (rc)
		return hm_err_set(err, -HM_EBAD_CONFIG, "token_file %s: %s", path, strerror(-rc));
	n = strcspn(hm_buf_str(&b), "\r\n");
	if (n < 16)
		return hm_err_set(err, -HM_EBAD_CONFIG, "token_file %s: a token has 16 characters or more",
				  path);
	memcpy(h->token, hm_buf_str(&b), n);
	h->token[n] = '\0';
	return 0;
}

int hm_http_start(struct hm_daemon *d, struct hm_http **ret, struct hm_err *err)
{
	struct hm_http *h = calloc(1, sizeof(*h));
	int fd, rc = 0;

	if (!h)
		return -ENOMEM;
	h->d = d;
	h->local.http = h->tcp.http = h;
	h->tcp.tcp = true;
	if (d->config.token_file[0])
		rc = read_token(h, d->config.token_file, err);
	if (!rc) {
		fd = listen_local(d, err);
		rc = fd < 0 ? fd : serve(&h->local, fd, err);
	}
	if (!rc && d->config.listen[0]) {
		fd = listen_tcp(&h->tcp, d->config.listen, err);
		rc = fd < 0 ? fd : serve(&h->tcp, fd, err);
	}
	if (rc)
		hm_http_stop(h);
	else
		*ret = h;
	return rc;
}

void hm_http_stop(struct hm_http *h)
{
	if (!h)
		return;
	if (h->tcp.mhd)
		MHD_stop_daemon(h->tcp.mhd);
	if (h->local.mhd) {
		MHD_stop_daemon(h->local.mhd);
		unlink(h->d->paths.socket);
	}
	OPENSSL_cleanse(h->token, sizeof(h->token));
	free(h);
}
