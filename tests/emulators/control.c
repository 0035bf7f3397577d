// SPDX-License-Identifier: LGPL-2.1-or-later
/* The control socket of an emulator; see control.h. */
#include "control.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "world.h"

struct client {
	struct client *next;
	struct emu_control *c;
	int fd;
	sd_event_source *io, *timer;
	char line[EMU_CONTROL_LINE_MAX];
	size_t len;
	bool waiting;
	char name[64], op[3];
	long long number;
};

struct emu_control {
	sd_event *event;
	sd_event_source *io;
	int fd;
	const struct emu_control_ops *ops;
	void *ctx;
	struct client *clients;
	unsigned int n_clients;
};

int emu_parse_number(const char *text, long long *ret)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	*ret = v;
	return 0;
}

static void client_free(struct client *k)
{
	struct client **p;

	for (p = &k->c->clients; *p; p = &(*p)->next)
		if (*p == k) {
			*p = k->next;
			break;
		}
	k->c->n_clients--;
	sd_event_source_disable_unref(k->io);
	sd_event_source_disable_unref(k->timer);
	close(k->fd);
	free(k);
}

/* Answers and closes. An answer fits any socket buffer: it is one small line. */
static void reply(struct client *k, int error, const char *why, json_t *answer)
{
	char *text;

	json_object_set_new(answer, "ok", json_boolean(error == 0));
	if (error)
		json_object_set_new(answer, "error", json_string(why ? why : strerror(-error)));
	text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (text) {
		size_t len = strlen(text);

		text[len++] = '\n';
		/* an answer that nobody takes is the asker's loss */
		(void)!send(k->fd, text, len, MSG_NOSIGNAL);
	}
	free(text);
	client_free(k);
}

static bool holds(long long v, const char *op, long long n)
{
	if (!strcmp(op, ">="))
		return v >= n;
	if (!strcmp(op, "<="))
		return v <= n;
	if (!strcmp(op, "=="))
		return v == n;
	if (!strcmp(op, "!="))
		return v != n;
	return op[0] == '>' ? v > n : v < n;
}

/* True if the client was answered, and is gone. */
static bool check_wait(struct client *k)
{
	long long v;
	json_t *answer;
	int r = k->c->ops->number(k->c->ctx, k->name, &v);

	if (r == 0 && !holds(v, k->op, k->number))
		return false;
	answer = json_object();
	if (r == 0)
		json_object_set_new(answer, k->name, json_integer(v));
	reply(k, r, r == -ENOENT ? "nothing of that name to wait for" : NULL, answer);
	return true;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct client *k = ctx;
	json_t *answer = json_object();
	long long v;

	(void)source;
	(void)usec;
	if (k->c->ops->number(k->c->ctx, k->name, &v) == 0)
		json_object_set_new(answer, k->name, json_integer(v));
	reply(k, -ETIMEDOUT, "out of time", answer);
	return 0;
}

/* "labels>=3" into name, operator, number */
static int parse_condition(struct client *k, const char *text)
{
	size_t n = strcspn(text, "<>=!"), m = strspn(text + n, "<>=!");

	if (n == 0 || n >= sizeof(k->name) || m == 0 || m > 2)
		return -EINVAL;
	snprintf(k->name, sizeof(k->name), "%.*s", (int)n, text);
	snprintf(k->op, sizeof(k->op), "%.*s", (int)m, text + n);
	if (strcmp(k->op, ">") && strcmp(k->op, "<") && (m != 2 || k->op[1] != '='))
		return -EINVAL;
	return emu_parse_number(text + n + m, &k->number);
}

static void start_wait(struct client *k, int n, char **words)
{
	long long seconds = 10;
	int r = n < 2 || n > 3 ? -EINVAL : parse_condition(k, words[1]);

	if (r == 0 && n == 3)
		r = emu_parse_number(words[2], &seconds);
	if (r == 0 && (seconds < 0 || seconds > 3600))
		r = -EINVAL;
	if (r < 0) {
		reply(k, r, "usage: wait NAME>=NUMBER [SECONDS]", json_object());
		return;
	}
	if (check_wait(k))
		return;
	r = sd_event_add_time_relative(k->c->event, &k->timer, CLOCK_MONOTONIC, (uint64_t)seconds * 1000000, 0,
				       on_timeout, k);
	if (r < 0) {
		reply(k, r, NULL, json_object());
		return;
	}
	k->waiting = true;
}

static void run_line(struct client *k)
{
	char *words[EMU_CONTROL_WORDS_MAX], *save = NULL, *w;
	json_t *answer;
	int n = 0, r;

	for (w = strtok_r(k->line, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save)) {
		if (n == EMU_CONTROL_WORDS_MAX) {
			reply(k, -E2BIG, NULL, json_object());
			return;
		}
		words[n++] = w;
	}
	if (n > 0 && !strcmp(words[0], "wait")) {
		start_wait(k, n, words);
		return;
	}
	answer = json_object();
	r = n == 0 ? -EINVAL : k->c->ops->command(k->c->ctx, n, words, answer);
	reply(k, r, r == -EINVAL ? "no such command, or not with these arguments" : NULL, answer);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct client *k = ctx;
	struct emu_control *c = k->c;
	char *end;
	ssize_t n;

	(void)source;
	(void)events;
	n = recv(fd, k->line + k->len, sizeof(k->line) - 1 - k->len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || k->waiting) {	/* gone, or talking out of turn */
		client_free(k);
		return 0;
	}
	k->len += (size_t)n;
	k->line[k->len] = '\0';
	end = strchr(k->line, '\n');
	if (end) {
		*end = '\0';
		run_line(k);
		emu_control_changed(c);
	} else if (k->len == sizeof(k->line) - 1) {
		reply(k, -E2BIG, "line too long", json_object());
	}
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct emu_control *c = ctx;
	struct client *k;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)events;
	if (peer < 0)
		return 0;
	k = c->n_clients < EMU_CONTROL_CLIENTS_MAX ? calloc(1, sizeof(*k)) : NULL;
	if (!k) {
		close(peer);
		return 0;
	}
	k->c = c;
	k->fd = peer;
	k->next = c->clients;
	c->clients = k;
	c->n_clients++;
	if (sd_event_add_io(c->event, &k->io, peer, EPOLLIN, on_client, k) < 0)
		client_free(k);
	return 0;
}

void emu_control_changed(struct emu_control *c)
{
	struct client *k, *next;

	for (k = c ? c->clients : NULL; k; k = next) {
		next = k->next;
		if (k->waiting)
			check_wait(k);
	}
}

int emu_control_new(sd_event *event, const char *path, const struct emu_control_ops *ops, void *ctx,
		    struct emu_control **ret)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct emu_control *c;
	int r;

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path))
		return -ENAMETOOLONG;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->event = event;
	c->ops = ops;
	c->ctx = ctx;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path);		/* of a predecessor that was killed */
	if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(c->fd, 8) < 0)
		r = -errno;
	else
		r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_connect, c);
	if (r < 0) {
		emu_control_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct emu_control *emu_control_free(struct emu_control *c)
{
	if (!c)
		return NULL;
	while (c->clients)
		client_free(c->clients);
	sd_event_source_disable_unref(c->io);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return NULL;
}
