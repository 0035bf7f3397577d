// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/units.h"

int hm_cmd_reprint(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "reason", required_argument, NULL, 'r' }, { "who", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	const char *reason = NULL, *who = hm_cli_who(), *serial, *wait;
	_cleanup_json_ json_t *body = NULL, *v = NULL;
	struct hm_err err = { "" };
	char path[64];
	int opt, rc;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		if (opt == '?')
			return HM_EXIT_USAGE;
		*(opt == 'r' ? &reason : &who) = optarg;
	}
	if (optind + 1 != argc || !reason || !reason[0])
		return hm_cli_usage(cli, argv[0], "one serial and a reason are needed");
	serial = argv[optind];
	snprintf(path, sizeof(path), "/v1/units/%.20s/reprint", serial);
	body = json_pack("{s:s, s:s}", "reason", reason, "who", who);
	if (!hm_serial_ok(serial))
		rc = hm_err_set(&err, -HM_ENOT_FOUND, "no unit has such a serial");
	else if (!body)
		rc = hm_err_set(&err, -HM_EBAD_REQUEST, "a text that is not UTF-8");
	else
		rc = hm_client_post(cli, path, body, &v, &err);
	if (rc)
		return hm_cli_fail(cli, serial, rc, &err);
	wait = hm_json_get_text(json_object_get(v, "wait"), "text");
	if (wait[0])
		hm_cli_note("%s: %s", serial, wait);
	if (cli->json)
		return hm_cli_print(v) ?: hm_unit_exit(v);
	if (!wait[0])
		printf("unit %s has a new label\n", serial);
	return hm_cli_flush() ?: hm_unit_exit(v);
}
