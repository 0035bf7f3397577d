// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/common/options.h"
#include "base/digits.h"

static int fail(struct hm_cli *cli, const char *what, int rc, const struct hm_err *err, int exit_code)
{
	const char *why = hm_err_text(err, rc);

	fflush(stdout);
	hm_cli_note("%s: %s", what, why);
	if (cli->json) {
		_cleanup_json_ json_t *v = hm_json_error(rc, why);

		json_object_set_new(v, "exit", json_integer(exit_code));
		hm_cli_print(v);
	}
	return exit_code;
}

int hm_cli_fail(struct hm_cli *cli, const char *what, int rc, const struct hm_err *err)
{
	return fail(cli, what, rc, err, hm_error_exit(rc));
}

int hm_cli_refuse(struct hm_cli *cli, const char *what, int rc, const struct hm_err *err)
{
	int exit_code = hm_error_exit(rc);

	return fail(cli, what, rc, err, exit_code == HM_EXIT_NO ? HM_EXIT_USAGE : exit_code);
}

const char *hm_cli_input(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

int hm_cli_unread(int rc, const struct hm_buf *b, struct hm_err *err)
{
	if (rc == -EBADF)
		return hm_err_set(err, -EINVAL, "not open for reading");
	return hm_read_failed(NULL, rc, b, err);
}

int hm_cli_read_template(const char *product_file, const char *name, struct hm_buf *ret, struct hm_err *err)
{
	const char *slash = strrchr(product_file, '/');
	int dir = slash ? (int)(slash - product_file) + 1 : 0;
	char what[4200] = "template ", *path = what + strlen(what);

	if (snprintf(path, 4096, "%.*s%s", dir, product_file, name) >= 4096)
		return -ENAMETOOLONG;
	return hm_read_file_of(what, path, ret, err);
}

int hm_cli_usage(struct hm_cli *cli, const char *verb, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hm_cli_note("%s: %s", verb, text);
	for (const struct hm_verb *v = hm_verbs; v->name; v++)
		if (!strcmp(v->name, verb))
			fprintf(stderr, "usage: hallmark %s %s\n", v->name, v->args);
	if (cli->json) {
		_cleanup_json_ json_t *o = hm_json_error(-EINVAL, text);

		hm_cli_print(o);
	}
	return HM_EXIT_USAGE;
}

void hm_cli_note(const char *fmt, ...)
{
	char text[PATH_MAX + 512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* also where a file's name has a line end in it, or something for the terminal */
	hm_one_line(text);
	fprintf(stderr, "hallmark: %s\n", text);
}

int hm_cli_flush(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "hallmark: standard output: %s\n", strerror(errno));
		return HM_EXIT_STORE;
	}
	return 0;
}

int hm_cli_print(json_t *value)
{
	size_t flags = JSON_ENCODE_ANY | (isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);

	if (json_dumpf(value, stdout, flags) || fputc('\n', stdout) == EOF) {
		fprintf(stderr, "hallmark: standard output: %s\n", strerror(errno));
		return HM_EXIT_STORE;
	}
	return hm_cli_flush();
}

void hm_cli_row(const int *widths, size_t n, const char *const *cells)
{
	for (size_t i = 0; i < n; i++) {
		const char *c = cells[i] && cells[i][0] ? cells[i] : "-";

		if (i + 1 == n)
			printf("%s\n", c);
		else
			printf("%-*s  ", widths[i], c);
	}
}

void hm_cli_text(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {	/* C1 in UTF-8 */
			putchar('?');
			p++;
		} else {
			putchar(*p < 0x20 || *p == 0x7f ? '?' : *p);
		}
	}
}

const char *hm_json_get_text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name)) ?: "";
}

void hm_cli_time(int64_t t, char out[32])
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&tt, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%SZ", &tm))
		snprintf(out, 32, "%lld", (long long)t);
}

const char *hm_cli_who(void)
{
	static char name[33];
	struct passwd *pw = getpwuid(getuid());

	snprintf(name, sizeof(name), "%.32s", pw ? pw->pw_name : "");
	return name;
}

int hm_cli_worse(int a, int b)
{
	static const int order[] = { HM_EXIT_OK, HM_EXIT_NO, HM_EXIT_REFUSED, HM_EXIT_DEVICE,
				     HM_EXIT_STORE, HM_EXIT_USAGE, HM_EXIT_NOT_FOUND };
	size_t ia = 0, ib = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == a)
			ia = i;
		if (order[i] == b)
			ib = i;
	}
	return ia > ib ? a : b;
}

void hm_cli_late_json(struct hm_cli *cli, int argc, char **argv, int from)
{
	for (int i = from; i < argc && strcmp(argv[i], "--"); i++)
		cli->json = cli->json || !strcmp(argv[i], "--json");
}

int hm_cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	int rc = hm_digits_value(text, strlen(text), max, &v);

	if (rc || v < min)
		return rc ?: -HM_EBAD_REQUEST;
	*ret = v;
	return 0;
}

void hm_cli_given(char given[static HM_CLI_GIVEN], int letter)
{
	size_t n = strlen(given);

	if (strchr(given, letter))
		return;
	assert(n + 1 < HM_CLI_GIVEN);
	given[n] = (char)letter;
}

int hm_cli_takes(struct hm_cli *cli, const char *verb, const char *word, const struct option *table,
		 const char *given, const char *taken)
{
	const char *letter = given + strspn(given, taken);

	for (; *letter && table->name; table++)
		if (table->val == *letter)
			return hm_cli_usage(cli, verb, "--%s is not for %s", table->name, word);
	return 0;
}

int hm_cli_write(const char *path, const void *bytes, size_t len, struct hm_err *err)
{
	const bool out = !path || !strcmp(path, "-");
	FILE *f = out ? stdout : fopen(path, "wbe");
	int rc = 0;

	if (!f || fwrite(bytes, 1, len, f) != len || fflush(f))
		rc = -errno;
	/* what was written and not stored is told by the last close */
	if (f && !out && fclose(f) && !rc)
		rc = -errno;
	return rc ? hm_err_set(err, rc, "%s: %s", out ? "standard output" : path, strerror(-rc)) : 0;
}

int hm_cli_getopt(struct hm_cli *cli, int argc, char **argv, const struct option *options)
{
	enum { OPT_JSON = 256, OPT_ROOT };
	struct option all[24] = { { NULL, 0, NULL, 0 } };
	char why[HM_OPTION_WHY];
	struct hm_err err = { "" };
	size_t n = 0, own;
	int opt, at = 0;

	while (options && options[n].name) {
		/* -h is help, whatever the option is called; and there is room for ours */
		assert(options[n].val != 'h' && n + 4 < sizeof(all) / sizeof(all[0]));
		all[n] = options[n];
		if (all[n].has_arg == HM_CLI_MAY_BE_EMPTY)
			all[n].has_arg = required_argument;
		n++;
	}
	own = n;
	all[n++] = (struct option){ "json", no_argument, NULL, OPT_JSON };
	all[n++] = (struct option){ "help", no_argument, NULL, 'h' };
	all[n++] = (struct option){ "root", required_argument, NULL, OPT_ROOT };
	for (;;) {
		opt = hm_getopt(argc, argv, ":h", all, &at, why);
		if (opt == '?') {
			hm_cli_usage(cli, argv[0], "%s", why);
			return '?';
		}
		if (opt != -1 && optarg && !*optarg && ((size_t)at >= own || options[at].has_arg != HM_CLI_MAY_BE_EMPTY)) {
			hm_err_set(&err, -HM_EEMPTY, "--%s: %s", all[at].name, hm_error_why(-HM_EEMPTY));
			hm_cli_refuse(cli, argv[0], -HM_EEMPTY, &err);
			return '?';
		}
		if (opt == OPT_JSON) {
			cli->json = true;
		} else if (opt == OPT_ROOT) {
			if (hm_paths_set(&cli->paths, optarg, &err)) {
				hm_cli_usage(cli, argv[0], "%s", err.text);
				return '?';
			}
		} else if (opt == 'h') {
			cli->help = true;
			return '?';
		} else {
			return opt;
		}
	}
}
