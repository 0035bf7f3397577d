// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"

int hm_cmd_ledger(struct hm_cli *cli, int argc, char **argv)
{
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	const char *dir;
	size_t n = 0;
	int rc;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind + 2 != argc || strcmp(argv[optind], "export"))
		return hm_cli_usage(cli, argv[0], "export DIR");
	dir = argv[optind + 1];
	rc = hm_bundle_fetch(cli, dir, &n, &err);
	if (rc)
		return hm_cli_fail(cli, dir, rc, &err);
	if (cli->json) {
		v = json_pack("{s:o, s:I}", "bundle", hm_json_text(dir), "files", (json_int_t)n);
		return hm_cli_print(v);
	}
	printf("%zu files in %s\n", n, dir);
	return hm_cli_flush();
}
