// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "agent/cli/cli.h"

static void line(const char *name, const char *text)
{
	if (text[0])
		printf("%-12s %s\n", name, text);
}

static void line_of_macs(const json_t *unit)
{
	long long n = json_integer_value(json_object_get(unit, "macs"));

	if (n)
		printf("%-12s %s%s", "mac", hm_json_get_text(unit, "mac"), n > 1 ? "" : "\n");
	if (n > 1)
		printf(" and %lld more\n", n - 1);
}

static void print_marks(const json_t *unit)
{
	json_t *m;
	size_t i;

	json_array_foreach(json_object_get(unit, "marks"), i, m) {
		const json_t *seq = json_object_get(m, "seq");

		printf("%-12s %s on %s", i ? "" : "marks", hm_json_get_text(m, "purpose"),
		       hm_json_get_text(m, "marker"));
		if (json_is_integer(seq))
			printf(", job %lld", (long long)json_integer_value(seq));
		printf(": %s, %.16s...\n", hm_json_get_text(m, "state"), hm_json_get_text(m, "digest"));
	}
}

static void print_story(const json_t *unit)
{
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(unit, "story"), i, s) {
		char time[32];

		hm_cli_time(json_integer_value(json_object_get(s, "time")), time);
		printf("%s  leaf %-5lld %-10s %-11s %s%s%s%s%s\n", time,
		       (long long)json_integer_value(json_object_get(s, "leaf")),
		       hm_json_get_text(s, "step"), hm_json_get_text(s, "state"),
		       hm_json_get_text(s, "wait"), hm_json_get_text(s, "wait")[0] ? ": " : "",
		       hm_json_get_text(s, "why"), hm_json_get_text(s, "who")[0] ? ", by " : "",
		       hm_json_get_text(s, "who"));
	}
}

int hm_cmd_show(struct hm_cli *cli, int argc, char **argv)
{
	_cleanup_json_ json_t *u = NULL;
	struct hm_err err = { "" };
	const char *serial;
	int rc;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind + 1 != argc)
		return hm_cli_usage(cli, argv[0], "one serial is needed");
	serial = argv[optind];
	if (!hm_serial_ok(serial))
		rc = hm_err_set(&err, -HM_ENOT_FOUND, "no unit has such a serial");
	else
		rc = hm_client_get(cli, &u, &err, "/v1/units/%s", serial);
	if (rc)
		return hm_cli_fail(cli, serial, rc, &err);
	if (cli->json)
		return hm_cli_print(u);
	line("serial", hm_json_get_text(u, "serial"));
	line("product", hm_json_get_text(u, "product"));
	line("state", hm_json_get_text(u, "state"));
	line("waits for", hm_json_get_text(json_object_get(u, "wait"), "text"));
	printf("%-12s %lld\n", "generation", (long long)json_integer_value(json_object_get(u, "generation")));
	line("lot", hm_json_get_text(u, "lot"));
	line("slot", hm_json_get_text(u, "slot"));
	line("epc", hm_json_get_text(u, "epc"));
	line_of_macs(u);
	line("tid", hm_json_get_text(u, "tid"));
	line("binding", hm_json_get_text(u, "binding"));
	line("key", hm_json_get_text(json_object_get(u, "key"), "sha256"));
	line("eeprom", hm_json_get_text(u, "eeprom_sha256"));
	line("link", hm_json_get_text(json_object_get(u, "label"), "digital_link"));
	print_marks(u);
	printf("\n");
	print_story(u);
	return hm_cli_flush();
}
