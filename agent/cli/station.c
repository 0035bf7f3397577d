// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"

static int show(struct hm_cli *cli)
{
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	const json_t *gate, *tpm, *cp;
	json_t *slot;
	size_t i;
	int rc = hm_client_get(cli, &v, &err, "/v1/station");

	if (rc)
		return hm_cli_fail(cli, "station", rc, &err);
	if (cli->json)
		return hm_cli_print(v);
	gate = json_object_get(v, "gate");
	tpm = json_object_get(v, "tpm");
	cp = json_object_get(v, "checkpoint");
	printf("station     %s (%s), issuer %s\n", hm_json_get_text(v, "id"),
	       hm_json_get_text(v, "origin"), hm_json_get_text(v, "issuer"));
	printf("tpm         %s\n", json_is_null(tpm) ? "answers" : hm_json_get_text(tpm, "why"));
	if (json_is_null(gate))
		printf("gate        none: marks are not measured\n");
	else
		printf("gate        %s, boot %s, PCR %lld, job %lld, log %lld of %lld bytes\n",
		       json_is_true(json_object_get(gate, "fault")) ? "FAULT" : "well",
		       hm_json_get_text(gate, "boot_id"),
		       json_integer_value(json_object_get(gate, "pcr")),
		       json_integer_value(json_object_get(gate, "seq")),
		       json_integer_value(json_object_get(gate, "log_bytes")),
		       json_integer_value(json_object_get(gate, "log_max")));
	printf("ledger      %lld leaves, %lld not yet under a checkpoint\n",
	       json_integer_value(json_object_get(v, "leaves")),
	       json_integer_value(json_object_get(cp, "pending_leaves")));
	json_array_foreach(json_object_get(v, "slots"), i, slot)
		printf("slot        %s: printer %s, eeprom %s, unit TPM %s\n", hm_json_get_text(slot, "name"),
		       hm_json_get_text(slot, "printer"), hm_json_get_text(slot, "eeprom"),
		       hm_json_get_text(slot, "dut_tpm")[0] ? hm_json_get_text(slot, "dut_tpm") : "none");
	return hm_cli_flush();
}

static int check(struct hm_cli *cli)
{
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	int rc = hm_client_get(cli, &v, &err, "/v1/station/check"), code = 0, e;
	json_t *k;
	size_t i;

	if (rc)
		return hm_cli_fail(cli, "station", rc, &err);
	json_array_foreach(json_object_get(v, "checks"), i, k) {
		e = (int)json_integer_value(json_object_get(k, "exit"));
		code = hm_cli_worse(code, e);
		if (!cli->json)
			printf("%-4s  %-24s  %s\n", e ? "BAD" : "ok", hm_json_get_text(k, "what"),
			       hm_json_get_text(k, "text"));
	}
	if (cli->json)
		rc = hm_cli_print(v);
	return rc ?: hm_cli_flush() ?: code;
}

int hm_cmd_station(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option options[] = { { "demo", no_argument, NULL, 'd' }, { NULL, 0, NULL, 0 } };
	bool demo = false;
	const char *what;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1) {
		if (opt == '?')
			return HM_EXIT_USAGE;
		demo = true;
	}
	if (optind + 1 != argc)
		return hm_cli_usage(cli, argv[0], "init, show or check?");
	what = argv[optind];
	if (demo && strcmp(what, "init"))
		return hm_cli_usage(cli, argv[0], "--demo belongs to init");
	if (!strcmp(what, "init"))
		return hm_station_init_here(cli, demo);
	if (!strcmp(what, "show"))
		return show(cli);
	if (!strcmp(what, "check"))
		return check(cli);
	return hm_cli_usage(cli, argv[0], "no such thing: %s", what);
}
