// SPDX-License-Identifier: LGPL-2.1-or-later
/* epc encode | decode: items as arguments, or `-` for lines, answered in order. */
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "gs1/gs1.h"

#define LINE_MAX_BYTES 4096

struct codec {
	struct hm_cli *cli;
	bool encode;
	json_t *list;	/* with --json */
	bool bad;
};

static void one(struct codec *c, const char *item)
{
	char out[HM_EPC_URI_MAX + 64];
	int rc = c->encode ? hm_epc_encode(item, out, sizeof(out)) : hm_epc_decode(item, out, sizeof(out));

	c->bad = c->bad || rc;
	if (c->cli->json) {
		json_t *o = json_object();

		json_object_set_new(o, "item", json_string(item) ?: json_null());
		if (rc) {
			json_object_set_new(o, "error", json_string(hm_error_name(rc)));
			json_object_set_new(o, "why", json_string(hm_error_why(rc)));
		} else {
			json_object_set_new(o, c->encode ? "epc_hex" : "epc", json_string(out));
		}
		json_array_append_new(c->list, o);
	} else if (rc) {
		printf("error: %s: %s\n", hm_error_name(rc), hm_error_why(rc));
	} else {
		puts(out);
	}
}

static void lines(struct codec *c)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) >= 0) {
		if (n && line[n - 1] == '\n')
			line[--n] = '\0';
		if (n && line[n - 1] == '\r')
			line[--n] = '\0';
		/* a NUL inside or a line without end is no item of either kind */
		one(c, strlen(line) != (size_t)n || n > LINE_MAX_BYTES ? "?" : line);
		if (!c->cli->json)
			fflush(stdout);
	}
	free(line);
}

int hm_cmd_epc(struct hm_cli *cli, int argc, char **argv)
{
	struct codec c = { .cli = cli };
	const char *what;
	int rc;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	what = optind < argc ? argv[optind] : "";
	c.encode = !strcmp(what, "encode");
	if ((!c.encode && strcmp(what, "decode")) || optind + 1 >= argc)
		return hm_cli_usage(cli, argv[0], "encode or decode, and items or -");
	c.list = json_array();
	for (int i = optind + 1; i < argc; i++) {
		if (!strcmp(argv[i], "-"))
			lines(&c);
		else
			one(&c, argv[i]);
	}
	rc = cli->json ? hm_cli_print(c.list) : hm_cli_flush();
	json_decref(c.list);
	return rc ?: c.bad ? HM_EXIT_NO : HM_EXIT_OK;
}
