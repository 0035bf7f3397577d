// SPDX-License-Identifier: LGPL-2.1-or-later
/* hallmark VERB: the table of verbs, and what all of them share. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/cli.h"
#include "agent/common/options.h"
#include "agent/common/world.h"

const struct hm_verb hm_verbs[] = {
	{ "station", hm_cmd_station, "init [--demo] | show | check", "set the station up; what it is; what would stop it" },
	{ "product", hm_cmd_product, "add FILE | list | show NAME", "what is being made" },
	{ "pool", hm_cmd_pool, "add FILE.csv [--name NAME] [--append] | show [NAME]", "serials and MAC addresses that somebody supplied" },
	{ "issue", hm_cmd_issue, "--product P [--count N] [--lot L] [--slot S] [--key K] [--patience SECONDS]", "make units" },
	{ "show", hm_cmd_show, "SERIAL", "one unit and its story" },
	{ "list", hm_cmd_list, "[--state S] [--lot L]", "units" },
	{ "reprint", hm_cmd_reprint, "SERIAL --reason R [--who NAME]", "a second label with the same serial, on the record" },
	{ "resolve", hm_cmd_resolve, "SERIAL --label TEXT [--tid HEX] | --no-label | --retry | --void [--reason R] [--who NAME]", "say what you see, where the station cannot know" },
	{ "verify", hm_cmd_verify, "SERIAL | --eeprom FILE [--offline] [--trust DIR]", "is this unit genuine?" },
	{ "audit", hm_cmd_audit, "BUNDLE | --live [--trust-root FILE] [--pcr N]", "prove that what was marked is what was recorded" },
	{ "ledger", hm_cmd_ledger, "export DIR", "the whole audit bundle into a new directory" },
	{ "log", hm_cmd_log, "show [FILE...]", "the gate's event log, decoded" },
	{ "serial", hm_cmd_serial, "preview --product P | --pattern PATTERN [--count N] [--first K] [--date D] [--lot L] [--key-file F] | check [--product P | --pattern PATTERN | --system S] [--key-file F] TEXT... | - | check --list CSV | ff1 encrypt|decrypt --key-file F [--radix N] [--tweak HEX] TEXT... | -", "what a numbering scheme makes; what a serial says; ff1: the bare permutation, for verification" },
	{ "epc", hm_cmd_epc, "encode [--filter F] [--scheme S] [--prefix-length N] [--host H | --keep-host] [--tag | --pure | --gs1 | --link] | decode [--raw] [--pure | --gs1 | --link] | bank [--tid | --user | [--filter F] [--scheme S] [--host H | --keep-host]]  ITEM... | -", "EPCs: URIs, hexadecimal, element strings, memory banks" },
	{ "gs1", hm_cmd_gs1, "parse | build [--scan | --envelope] | link [--stem URL] | unlink | sign --key F | verify --key F | signed-text  [--part] ITEM... | -", "GS1 element strings and Digital Links" },
	{ "record", hm_cmd_record, "show FILE | -, or make --key FILE [--claims FILE] [--issuer NAME] [--serial S] [--product P] [--issued-at SECONDS] [--generation N] [--unit-key FILE] [--ek HEX] [--tid HEX] [--carrier cwt | onie-tlv | ipmi-fru | tag] [--part-number T] [--manufacturer T] [--mac M] [--macs N] [--into FILE] [--size N] [--output FILE] [-]", "what an EEPROM, an image or a record says; make one" },
	{ "label", hm_cmd_label, "render --product FILE --serial S | - [--lot L] [--date D] [--output ZPL] | preview the same, or FILE.zpl  [--output PNG]", "a label as a printer gets it; as a picture" },
	{ "printer", hm_cmd_printer, "parse hs | hqes | hi | hv [--form COMMAND]... | rfidlog  FILE | -, or printer state [--port STATUS] [--hs FILE] [--hqes FILE]", "what a label printer's answer says" },
	{ "help", hm_cmd_help, "[VERB | errors]", "this text; the table of errors" },
	{ "version", hm_cmd_version, "", "the version" },
	{ NULL, NULL, NULL, NULL },
};

static void print_error(struct hm_cli *cli, json_t *list, const struct hm_error_row *r)
{
	if (cli->json)
		json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:s}", "error", r->name,
			"number", r->number, "exit", r->exit, "why", r->why));
	else
		printf("%-18s %d  %s\n", r->name, r->exit, r->why);
}

/* The table, and behind it the errnos whose names are not in it, each name once. */
static int help_errors(struct hm_cli *cli)
{
	_cleanup_json_ json_t *list = json_array();

	for (const struct hm_error_row *r = hm_error_rows; r->name; r++)
		print_error(cli, list, r);
	for (const struct hm_error_row *r = hm_errno_rows; r->name; r++) {
		bool told = hm_error_number(r->name) != 0;

		for (const struct hm_error_row *q = hm_errno_rows; q != r && !told; q++)
			told = !strcmp(q->name, r->name);
		if (!told)
			print_error(cli, list, r);
	}
	return cli->json ? hm_cli_print(list) : hm_cli_flush();
}

/* "help VERB" and "VERB --help" */
static int help_verb(struct hm_cli *cli, const struct hm_verb *v)
{
	_cleanup_json_ json_t *o = NULL;

	if (!cli->json) {
		printf("hallmark %s %s\n    %s\n", v->name, v->args, v->help);
		return hm_cli_flush();
	}
	o = json_pack("{s:s, s:s, s:s}", "verb", v->name, "arguments", v->args, "help", v->help);
	return hm_cli_print(o);
}

static int help_all(struct hm_cli *cli)
{
	_cleanup_json_ json_t *list = NULL;

	if (cli->json) {
		list = json_array();
		for (const struct hm_verb *v = hm_verbs; v->name; v++)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "verb", v->name,
							      "arguments", v->args, "help", v->help));
		return hm_cli_print(list);
	}
	printf("Usage: hallmark [--root DIR] [--json] VERB ...\n\n");
	for (const struct hm_verb *v = hm_verbs; v->name; v++)
		printf("  %-8s  %s\n            %s %s\n", v->name, v->help, v->name, v->args);
	printf("\nExit: 0 yes or done, 1 a negative answer, 2 usage, 3 refused by policy, 4 device or TPM,\n"
	       "5 store or daemon, 6 not found. `hallmark help errors` prints the classes of errors.\n");
	return hm_cli_flush();
}

static const struct hm_verb *find_verb(const char *name)
{
	for (const struct hm_verb *v = hm_verbs; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

int hm_cmd_help(struct hm_cli *cli, int argc, char **argv)
{
	int opt = hm_cli_getopt(cli, argc, argv, NULL);
	const char *what = opt == -1 && optind < argc ? argv[optind] : NULL;

	if (opt == '?')
		return HM_EXIT_USAGE;
	if (what && optind + 1 < argc)
		return hm_cli_usage(cli, "help", "what is %s?", argv[optind + 1]);
	if (what && !strcmp(what, "errors"))
		return help_errors(cli);
	if (what && !find_verb(what))
		return hm_cli_usage(cli, "help", "no verb %s", what);
	return what ? help_verb(cli, find_verb(what)) : help_all(cli);
}

int hm_cmd_version(struct hm_cli *cli, int argc, char **argv)
{
	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind < argc)
		return hm_cli_usage(cli, "version", "what is %s?", argv[optind]);
	if (cli->json) {
		_cleanup_json_ json_t *v = json_pack("{s:s}", "version", HM_VERSION);

		return hm_cli_print(v);
	}
	printf("hallmark %s\n", HM_VERSION);
	return hm_cli_flush();
}

/* A command line that is wrong before there is a verb; --json from argv[@from] on counts. */
static int __attribute__((format(printf, 5, 6))) wrong(struct hm_cli *cli, int argc, char **argv, int from,
							const char *fmt, ...)
{
	_cleanup_json_ json_t *o = NULL;
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hm_cli_note("%s", text);
	hm_cli_late_json(cli, argc, argv, from);
	if (cli->json) {
		o = hm_json_error(-EINVAL, text);
		hm_cli_print(o);
	}
	return -1;
}

/* --json and --root may stand before the verb too. Returns the verb's index in argv. */
static int global_options(struct hm_cli *cli, int argc, char **argv)
{
	struct hm_err err = { "" };
	int i;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *root = NULL;

		if (!strcmp(argv[i], "--json")) {
			cli->json = true;
			continue;
		}
		if (!strcmp(argv[i], "--root") && i + 1 == argc)
			return wrong(cli, argc, argv, i + 1, "--root needs a directory");
		if (!strcmp(argv[i], "--root") && hm_is_option(argv[i + 1]))
			return wrong(cli, argc, argv, i + 1, "--root needs a directory, and %s is an option (or --root=%s)",
				     argv[i + 1], argv[i + 1]);
		if (!strcmp(argv[i], "--root"))
			root = argv[++i];
		else if (!strncmp(argv[i], "--root=", 7))
			root = argv[i] + 7;
		else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h") || !strcmp(argv[i], "--version"))
			return i;
		if (!root)
			return wrong(cli, argc, argv, i + 1, "unknown option %s before the verb", argv[i]);
		if (hm_paths_set(&cli->paths, root, &err))
			return wrong(cli, argc, argv, i + 1, "%s", err.text);
	}
	if (i == argc)
		return wrong(cli, argc, argv, i, "no verb; `hallmark help` lists them");
	return i;
}

/*
 * A standard stream that is closed must not be the next file or socket that is opened: the answer
 * would go to the daemon, or into an image. What stands there instead fails as a closed one does.
 */
static void hold_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	struct hm_cli cli = { .json = false };
	const struct hm_verb *v;
	int at, exit_code;

	hold_streams();
	umask(027);
	hm_world_quiet();
	hm_paths_set(&cli.paths, NULL, NULL);
	at = global_options(&cli, argc, argv);
	if (at < 0)
		return HM_EXIT_USAGE;
	if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h"))
		argv[at] = "help";
	else if (!strcmp(argv[at], "--version"))
		argv[at] = "version";
	v = find_verb(argv[at]);
	if (!v) {
		(void)wrong(&cli, argc, argv, at + 1, "no verb \"%s\"; `hallmark help` lists them", argv[at]);
		return HM_EXIT_USAGE;
	}
	/* it may stand behind what is wrong */
	hm_cli_late_json(&cli, argc, argv, at + 1);
	exit_code = v->run(&cli, argc - at, argv + at);
	if (cli.help)
		exit_code = help_verb(&cli, v);
	hm_client_free(cli.client);
	return exit_code;
}
