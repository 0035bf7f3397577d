// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"

int hm_cmd_resolve(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{ "label", required_argument, NULL, 'l' }, { "no-label", no_argument, NULL, 'n' },
		{ "retry", no_argument, NULL, 'y' }, { "void", no_argument, NULL, 'v' },
		{ "tid", required_argument, NULL, 't' }, { "reason", required_argument, NULL, 'r' },
		{ "who", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	const char *answer = NULL, *text = "", *tid = "", *reason = "", *who = hm_cli_who(), *serial;
	_cleanup_json_ json_t *body = NULL, *v = NULL;
	struct hm_err err = { "" };
	char path[64], given[HM_CLI_GIVEN] = "";
	int opt, rc, answers = 0;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		hm_cli_given(given, opt);
		switch (opt) {
		case 'l': answer = "label"; text = optarg; answers++; break;
		case 'n': answer = "no-label"; answers++; break;
		case 'y': answer = "retry"; answers++; break;
		case 'v': answer = "void"; answers++; break;
		case 't': tid = optarg; break;
		case 'r': reason = optarg; break;
		case 'w': who = optarg; break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	if (optind + 1 != argc || answers != 1)
		return hm_cli_usage(cli, argv[0], "one serial, and one of --label, --no-label, --retry, --void");
	/* a tag is read with the label that bears it */
	if (strcmp(answer, "label") && hm_cli_takes(cli, argv[0], answer, options, given, "nyvrw"))
		return HM_EXIT_USAGE;
	serial = argv[optind];
	snprintf(path, sizeof(path), "/v1/units/%.20s/resolve", serial);
	body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "answer", answer, "text", text, "tid", tid, "reason",
			 reason, "who", who);
	if (!hm_serial_ok(serial))
		rc = hm_err_set(&err, -HM_ENOT_FOUND, "no unit has such a serial");
	else if (!body)
		rc = hm_err_set(&err, -HM_EBAD_REQUEST, "a text that is not UTF-8");
	else
		rc = hm_client_post(cli, path, body, &v, &err);
	if (rc)
		return hm_cli_fail(cli, serial, rc, &err);
	if (cli->json)
		return hm_cli_print(v);
	printf("unit %s is %s\n", serial, hm_json_get_text(v, "state"));
	return hm_cli_flush();
}
