// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/units.h"

int hm_cmd_list(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "state", required_argument, NULL, 's' }, { "lot", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	const char *state = NULL, *lot = NULL;
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	int opt, rc;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		if (opt == '?')
			return HM_EXIT_USAGE;
		*(opt == 's' ? &state : &lot) = optarg;
	}
	if (optind != argc)
		return hm_cli_usage(cli, argv[0], "what is %s?", argv[optind]);
	if (state && !hm_name_ok(state, 32))
		return hm_cli_usage(cli, argv[0], "a state is made of letters, digits and . _ -");
	if (lot && hm_lot_check(lot, &err))
		return hm_cli_usage(cli, argv[0], "%s", err.text);
	rc = hm_client_get(cli, &v, &err, "/v1/units?%s%s%s%s", state ? "state=" : "", state ?: "",
			   lot ? state ? "&lot=" : "lot=" : "", lot ?: "");
	if (rc)
		return hm_cli_fail(cli, "list", rc, &err);
	if (cli->json)
		return hm_cli_print(json_object_get(v, "units"));
	hm_units_table(json_object_get(v, "units"));
	return hm_cli_flush();
}
