// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/cli/items.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_json(struct hm_items *it, const char *item, size_t len, int rc, const char *text, const char *why, json_t *members)
{
	_cleanup_json_ json_t *o = json_object();
	json_t *name = json_stringn(item, len);

	/* bytes that are no UTF-8 have no JSON form */
	json_object_set_new(o, "item", name ? name : json_null());
	if (rc) {
		json_object_set_new(o, "error", json_string(hm_error_name(rc)));
		json_object_set_new(o, "why", hm_json_text(why));
	} else if (it->key) {
		json_object_set_new(o, it->key, json_string(text));
	}
	json_object_update(o, members);
	fputs(it->any ? ",\n " : "[", stdout);
	json_dumpf(o, stdout, JSON_COMPACT);
}

static void put_error(struct hm_items *it, const char *item, size_t len, int rc, const char *why)
{
	char out[HM_ANSWER_MAX];

	printf("error: %s: %s", hm_error_name(rc), why);
	if (it->despite && len <= HM_ITEM_MAX && it->despite(it, item, len, out, sizeof(out)))
		printf("\t%s", out);
	putchar('\n');
}

static void one(struct hm_items *it, const char *item, size_t len)
{
	_cleanup_json_ json_t *members = it->cli->json ? json_object() : NULL;
	struct hm_err err = { "" };
	char out[HM_ANSWER_MAX];
	int rc = len > HM_ITEM_MAX ?
		 hm_err_set(&err, -HM_ETOO_LONG, "an item of more than %u bytes", HM_ITEM_MAX) :
		 it->answer(it, item, len, out, sizeof(out), members, &err);

	it->bad = it->bad || rc;
	if (it->cli->json) {
		put_json(it, item, len > HM_ITEM_MAX ? HM_ITEM_MAX : len, rc, out, rc ? hm_err_text(&err, rc) : "", members);
	} else if (rc) {
		put_error(it, item, len, rc, hm_err_text(&err, rc));
	} else {
		fputs_unlocked(out, stdout);
		putc_unlocked('\n', stdout);
	}
	it->any = true;
}

/* --- lines --- */

static void line(const struct hm_lines *l, const char *p, size_t len)
{
	if (len && p[len - 1] == '\r')
		len--;
	l->line(l->context, p, len);
}

/* All complete lines of @buf; what is left moves to its beginning. */
static size_t complete_lines(const struct hm_lines *l, char *buf, size_t n, bool *in_overlong)
{
	char *p = buf, *end = buf + n, *nl;

	while ((nl = memchr(p, '\n', (size_t)(end - p)))) {
		/* an overlong line was answered when its beginning filled the buffer */
		if (!*in_overlong)
			line(l, p, (size_t)(nl - p));
		*in_overlong = false;
		p = nl + 1;
	}
	memmove(buf, p, (size_t)(end - p));
	return (size_t)(end - p);
}

int hm_lines_run(int fd, const struct hm_lines *l)
{
	const size_t size = 2 * HM_ITEM_MAX;
	char *buf = malloc(size);
	bool in_overlong = false;
	size_t n = 0;
	ssize_t got = 0;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		got = read(fd, buf + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n = complete_lines(l, buf, n + (size_t)got, &in_overlong);
		if (n > HM_ITEM_MAX) {
			if (!in_overlong)
				l->line(l->context, buf, n);
			in_overlong = true;
			n = 0;
		}
		if (!l->json && fflush(stdout))
			break;
	}
	got = got < 0 ? -errno : 0;
	/* where reading failed nobody knows how that line goes on */
	if (n && !in_overlong && !got)
		line(l, buf, n);
	free(buf);
	return (int)got;
}

int hm_lines_end(struct hm_cli *cli, const char *path, int rc, bool any, bool bad)
{
	struct hm_err err = { "" };
	int out;

	rc = rc ? hm_cli_unread(rc, NULL, &err) : 0;
	if (rc && !any)
		return hm_cli_fail(cli, hm_cli_input(path), rc, &err);
	if (cli->json)
		fputs(any ? "]\n" : "[]\n", stdout);
	out = hm_cli_flush();
	if (rc) {
		hm_cli_note("%s: %s", hm_cli_input(path), err.text);
		return hm_error_exit(rc);
	}
	return out ? out : bad ? HM_EXIT_NO : HM_EXIT_OK;
}

static void item_line(void *context, const char *p, size_t len)
{
	one(context, p, len);
}

int hm_items_run(struct hm_items *items, int argc, char **argv)
{
	const struct hm_lines lines = { item_line, items, items->cli->json };
	static char buffer[64 << 10];
	int rc = 0;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	for (int i = 0; i < argc && !rc; i++) {
		if (!strcmp(argv[i], "-"))
			rc = hm_lines_run(STDIN_FILENO, &lines);
		else
			one(items, argv[i], strlen(argv[i]));
	}
	return hm_lines_end(items->cli, "-", rc, items->any, items->bad);
}
