// SPDX-License-Identifier: LGPL-2.1-or-later
#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/cli.h"

#define ANSWER_MAX	(256u << 20)
#define LIMIT_S		180L	/* a reprint may wait for a printer; a poll for half a minute */

struct hm_client {
	CURL *curl;
	struct curl_slist *headers;
	char curl_error[CURL_ERROR_SIZE];
};

static size_t on_data(char *data, size_t size, size_t n, void *user)
{
	return hm_buf_add(user, data, size * n) ? 0 : size * n;
}

void hm_client_free(struct hm_client *c)
{
	if (!c)
		return;
	curl_slist_free_all(c->headers);
	curl_easy_cleanup(c->curl);
	free(c);
}

static struct hm_client *client_new(const char *socket)
{
	struct hm_client *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->curl = curl_easy_init();
	c->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!c->curl || !c->headers) {
		hm_client_free(c);
		return NULL;
	}
	curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->curl_error);
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, LIMIT_S);
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	return c;
}

/* Why does nobody answer? Said in a way that helps. */
static int no_daemon(struct hm_cli *cli, CURLcode code, struct hm_err *err)
{
	const char *path = cli->paths.socket;

	if (code == CURLE_COULDNT_CONNECT && access(path, F_OK))
		return hm_err_set(err, -HM_ENO_DAEMON, "no daemon answers at %s: is hallmarkd running?", path);
	if (code == CURLE_COULDNT_CONNECT && access(path, R_OK | W_OK))
		return hm_err_set(err, -HM_ENO_DAEMON, "%s may not be opened by this user", path);
	if (code == CURLE_COULDNT_CONNECT)
		return hm_err_set(err, -HM_ENO_DAEMON, "nobody listens at %s: hallmarkd is gone", path);
	return hm_err_set(err, -HM_ENO_DAEMON, "%s: %s", path,
			  cli->client->curl_error[0] ? cli->client->curl_error : curl_easy_strerror(code));
}

/* An answer of 400 or more, put back into the error it was. */
static int remote_error(const struct hm_buf *b, long status, struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;
	const char *name, *why;
	int number;

	if (hm_json_parse(hm_buf_str(b), b->len, &v, NULL))
		return hm_err_set(err, -HM_ENO_DAEMON, "the daemon answers %ld and nothing sensible", status);
	name = hm_json_get_text(v, "error");
	why = hm_json_get_text(v, "why");
	number = hm_error_number(name);
	if (!number) {
		/* an errno's name: the exit code is what counts */
		switch (json_integer_value(json_object_get(v, "exit"))) {
		case HM_EXIT_USAGE:
			number = HM_EBAD_REQUEST;
			break;
		case HM_EXIT_REFUSED:
			number = HM_EBAD_STATE;
			break;
		case HM_EXIT_DEVICE:
			number = HM_EDEVICE;
			break;
		case HM_EXIT_NOT_FOUND:
			number = HM_ENOT_FOUND;
			break;
		default:
			number = HM_ESTORE;
		}
	}
	return hm_err_set(err, -number, "%s", why[0] ? why : name);
}

static int request(struct hm_cli *cli, const char *method, const char *path, const char *body,
		   struct hm_buf *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf url = HM_BUF_INIT(4096);
	struct hm_client *c;
	CURLcode code;
	long status = 0;
	int rc;

	if (!cli->client)
		cli->client = client_new(cli->paths.socket);
	c = cli->client;
	if (!c)
		return -ENOMEM;
	rc = hm_buf_printf(&url, "http://hallmark%s", path);
	if (rc)
		return rc;
	curl_easy_setopt(c->curl, CURLOPT_URL, hm_buf_str(&url));
	curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, ret);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, body ? c->headers : NULL);
	if (body) {
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	} else {
		curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
		curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
	}
	c->curl_error[0] = '\0';
	code = curl_easy_perform(c->curl);
	if (code != CURLE_OK)
		return no_daemon(cli, code, err);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	return status >= 400 ? remote_error(ret, status, err) : 0;
}

static int call(struct hm_cli *cli, const char *method, const char *path, const char *body,
		json_t **ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(ANSWER_MAX);
	int rc = request(cli, method, path, body, &b, err);

	return rc ?: hm_json_parse(hm_buf_str(&b), b.len, ret, err);
}

int hm_client_get(struct hm_cli *cli, json_t **ret, struct hm_err *err, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		return hm_err_set(err, -HM_EBAD_REQUEST, "too long to ask for");
	for (const char *p = text; *p; p++)	/* a serial as typed: no URL of its own making */
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '#' || *p == '%')
			return hm_err_set(err, -HM_ENOT_FOUND, "no such name: %s", text);
	return call(cli, "GET", text, NULL, ret, err);
}

int hm_client_post(struct hm_cli *cli, const char *path, const json_t *body, json_t **ret,
		   struct hm_err *err)
{
	char *text = json_dumps(body, JSON_COMPACT);
	int rc = text ? call(cli, "POST", path, text, ret, err) : -ENOMEM;

	free(text);
	return rc;
}

int hm_client_delete(struct hm_cli *cli, const char *path, struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;

	return call(cli, "DELETE", path, NULL, &v, err);
}

int hm_client_bytes(struct hm_cli *cli, const char *path, struct hm_buf *ret, struct hm_err *err)
{
	return request(cli, "GET", path, NULL, ret, err);
}
