// SPDX-License-Identifier: LGPL-2.1-or-later
/* pool add | show: lists of serials or MAC addresses that somebody supplied. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "serial/list.h"
#include "station/station.h"

/* "lists/acme-2026.csv" is the pool acme-2026, unless told otherwise. */
static void name_of(const char *path, char name[64])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	if (n > 4 && !strcmp(base + n - 4, ".csv"))
		n -= 4;
	snprintf(name, 64, "%.*s", n < 63 ? (int)n : 63, base);
}

static int read_list(const char *path, struct hm_buf *file, struct hm_err *err)
{
	_cleanup_list_ struct hm_list l = HM_LIST_INIT;
	int rc = hm_read_file(path, file);

	if (rc == -E2BIG)
		return hm_err_set(err, rc, "larger than %u bytes: cut it, and bring the rest with --append",
				  HM_POOL_FILE_MAX);
	if (rc)
		return hm_err_set(err, rc, "%s", strerror(-rc));
	/* looked at here already, so that a bad byte is blamed on its line */
	return hm_list_parse(file->data, file->len, &l, err);
}

static int add(struct hm_cli *cli, const char *path, const char *name, bool append)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_POOL_FILE_MAX);
	_cleanup_json_ json_t *body = NULL, *v = NULL;
	struct hm_err err = { "" };
	char of_file[64];
	int rc = read_list(path, &file, &err);

	if (rc)
		return hm_cli_fail(cli, path, rc, &err);
	name_of(path, of_file);
	body = json_pack("{s:s, s:o}", "name", name ?: of_file, "list",
			 json_stringn(hm_buf_str(&file), file.len));
	if (body && append)
		json_object_set_new(body, "append", json_string("yes"));
	rc = body ? hm_client_post(cli, "/v1/pools", body, &v, &err) :
		    hm_err_set(&err, -HM_EBAD_REQUEST, "a name that is not UTF-8");
	if (rc)
		return hm_cli_fail(cli, path, rc, &err);
	if (cli->json)
		return hm_cli_print(v);
	printf("pool %s: %lld entries added, %lld in all, kind %s\n", hm_json_get_text(v, "name"),
	       (long long)json_integer_value(json_object_get(v, "added")),
	       (long long)json_integer_value(json_object_get(v, "entries")), hm_json_get_text(v, "kind"));
	return hm_cli_flush();
}

static void row(const json_t *p)
{
	static const int widths[] = { 32, 8, 12, 12 };
	char cell[3][24];
	static const char *const figures[] = { "entries", "drawn", "left" };

	for (int i = 0; i < 3; i++)
		snprintf(cell[i], sizeof(cell[i]), "%lld",
			 (long long)json_integer_value(json_object_get(p, figures[i])));
	hm_cli_row(widths, 5, (const char *[]){ hm_json_get_text(p, "name"), hm_json_get_text(p, "kind"),
						cell[0], cell[1], cell[2] });
}

static int show(struct hm_cli *cli, const char *name)
{
	static const int widths[] = { 32, 8, 12, 12 };
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	json_t *p;
	size_t i;
	int rc;

	/* it stands in a URL, which goes nowhere else */
	if (name && strpbrk(name, "/?"))
		rc = hm_err_set(&err, -HM_ENOT_FOUND, "no pool has such a name");
	else
		rc = name ? hm_client_get(cli, &v, &err, "/v1/pools/%s", name) : hm_client_get(cli, &v, &err, "/v1/pools");

	if (rc)
		return hm_cli_fail(cli, name ?: "pool", rc, &err);
	if (cli->json)
		return hm_cli_print(v);
	if (name || json_array_size(v))
		hm_cli_row(widths, 5, (const char *[]){ "POOL", "KIND", "ENTRIES", "DRAWN", "LEFT" });
	if (name)
		row(v);
	json_array_foreach(v, i, p)
		row(p);
	return hm_cli_flush();
}

int hm_cmd_pool(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' }, { "append", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	const char *what, *arg, *name = NULL;
	bool append = false;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		switch (opt) {
		case 'n': name = optarg; break;
		case 'a': append = true; break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	what = optind < argc ? argv[optind] : "";
	arg = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (!strcmp(what, "add") && arg && optind + 2 == argc)
		return add(cli, arg, name, append);
	if (!strcmp(what, "show") && !name && !append && optind + (arg ? 2 : 1) == argc)
		return show(cli, arg);
	return hm_cli_usage(cli, argv[0], "add FILE [--name NAME] [--append], or show [NAME]");
}
