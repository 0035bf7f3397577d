/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hallmark: one file per verb, one table (main.c). A verb takes its own options with
 * hm_cli_getopt() and returns an exit code:
 *
 *	int hm_cmd_show(struct hm_cli *cli, int argc, char **argv)
 *	{
 *		while ((opt = hm_cli_getopt(cli, argc, argv, options)) != -1)
 *			...
 *		...
 *		rc = hm_client_get(cli, &v, &err, "/v1/units/%s", serial);
 *		if (rc)
 *			return hm_cli_fail(cli, serial, rc, &err);
 *
 * Standard output carries the answer and nothing else; with --json exactly one JSON
 * value, also for an error. Everything else goes to standard error.
 */
#ifndef HM_AGENT_CLI_H
#define HM_AGENT_CLI_H

#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/common/config.h"
#include "agent/common/json.h"
#include "base/buf.h"
#include "base/error.h"

struct hm_client;

struct hm_cli {
	bool json;
	bool help;			/* --help was among a verb's options: main.c prints it */
	struct hm_paths paths;
	struct hm_client *client;	/* made by the first call */
};

struct hm_verb {
	const char *name;
	int (*run)(struct hm_cli *cli, int argc, char **argv);
	const char *args;
	const char *help;
};
extern const struct hm_verb hm_verbs[];	/* the last has name NULL */

/* --- verbs; argv[0] is the verb's own name --- */
int hm_cmd_station(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_product(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_pool(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_issue(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_show(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_list(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_reprint(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_resolve(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_verify(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_audit(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_ledger(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_log(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_epc(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_gs1(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_serial(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_record(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_label(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_printer(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_help(struct hm_cli *cli, int argc, char **argv);
int hm_cmd_version(struct hm_cli *cli, int argc, char **argv);
/* station init, in a file of its own */
int hm_station_init_here(struct hm_cli *cli, bool demo);

/* --- output.c --- */

/* `hallmark: WHAT: WHY` on stderr; with --json the error as a value. The exit code. */
int hm_cli_fail(struct hm_cli *cli, const char *what, int rc, const struct hm_err *err);
/* The same where an option's value, or a file that one names, is wrong: exit 2 in place of 1. */
int hm_cli_refuse(struct hm_cli *cli, const char *what, int rc, const struct hm_err *err);
/* What messages call @path: "standard input" for "-". */
const char *hm_cli_input(const char *path);
/* As hm_read_failed(), of a file or standard input; that which nobody opened is a wrong command line. */
int hm_cli_unread(int rc, const struct hm_buf *b, struct hm_err *err);
/* All of @bytes into a new file, or to standard output where @path is NULL or "-". */
int hm_cli_write(const char *path, const void *bytes, size_t len, struct hm_err *err);
/* The template @name, which lies beside its product file. */
int hm_cli_read_template(const char *product_file, const char *name, struct hm_buf *ret, struct hm_err *err);
/* A wrong command line: exit 2. */
int hm_cli_usage(struct hm_cli *cli, const char *verb, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void hm_cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One JSON value on stdout, indented on a terminal. Takes no reference. */
int hm_cli_print(json_t *value);
/* 0, or HM_EXIT_STORE where standard output could not be written. */
int hm_cli_flush(void);
/* Rows of a table with a heading; cells may be NULL. */
void hm_cli_row(const int *widths, size_t n, const char *const *cells);
/* Somebody else's text on a terminal: control characters become '?'. */
void hm_cli_text(const char *text);
/* Text of a member, "" where it is null or absent. */
const char *hm_json_get_text(const json_t *o, const char *name);
/* UTC, "2026-11-22 11:20:00Z" */
void hm_cli_time(int64_t t, char out[32]);
/* login name, for `who` */
const char *hm_cli_who(void);
/* of several exits: 5 before 4 before 3 before 1; 6 and 2 before all */
int hm_cli_worse(int a, int b);

/*
 * Options of a verb: hm_getopt() over @options, with --json, --root and --help taken here.
 * Returns the option's letter, -1 at the end, '?' after a message or where @cli->help is
 * set now. main.c has looked for --json before: it counts also behind what is wrong.
 * A value of nothing ("$LOT" of a script that has none) is refused
 * as empty, except of an option whose has_arg is HM_CLI_MAY_BE_EMPTY: what would come out
 * without it is not what was asked for.
 */
#define HM_CLI_MAY_BE_EMPTY 3	/* else as required_argument */
int hm_cli_getopt(struct hm_cli *cli, int argc, char **argv, const struct option *options);
/* Is there a --json from argv[@from] on? Then @cli->json is set. */
void hm_cli_late_json(struct hm_cli *cli, int argc, char **argv, int from);

/*
 * A number that an option is given: digits alone, and no fewer than @min. -HM_EBAD_REQUEST for one below,
 * -HM_EOVERFLOW above @max, -HM_ENOT_NUMERIC.
 */
int hm_cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/*
 * What cannot be obeyed is not passed over: a verb with several commands notes the letter of each
 * option that it is @given, and then says which of them the command @word takes. 0, or exit 2
 * after a message that names the other one.
 */
#define HM_CLI_GIVEN 24
void hm_cli_given(char given[static HM_CLI_GIVEN], int letter);
int hm_cli_takes(struct hm_cli *cli, const char *verb, const char *word, const struct option *table,
		 const char *given, const char *taken);

/* --- client.c: the daemon's API over its Unix socket (libcurl) --- */

int hm_client_get(struct hm_cli *cli, json_t **ret, struct hm_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int hm_client_post(struct hm_cli *cli, const char *path, const json_t *body, json_t **ret,
		   struct hm_err *err);
int hm_client_delete(struct hm_cli *cli, const char *path, struct hm_err *err);
/* Raw bytes appended to @ret. */
int hm_client_bytes(struct hm_cli *cli, const char *path, struct hm_buf *ret, struct hm_err *err);
void hm_client_free(struct hm_client *c);

/* --- bundle.c: an export of the daemon into a new directory --- */

/* -HM_EEXISTS where @dir is there and not empty; nothing is left on failure. */
int hm_bundle_fetch(struct hm_cli *cli, const char *dir, size_t *ret_files, struct hm_err *err);
void hm_remove_tree(const char *dir);

#endif /* HM_AGENT_CLI_H */
