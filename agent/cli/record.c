// SPDX-License-Identifier: LGPL-2.1-or-later
/* record show: what an EEPROM, a carrier or a bare record says. Nothing is verified. */
#include "agent/cli/record.h"

#include <errno.h>
#include <string.h>

#include "agent/cli/items.h"
#include "agent/common/options.h"

static void print_members(const json_t *o, int indent)
{
	const char *name;
	char time[32];
	json_t *v, *one;
	size_t i;

	json_object_foreach((json_t *)o, name, v) {
		if (json_is_object(v)) {
			printf("%*s%s\n", indent, "", name);
			print_members(v, indent + 3);
		} else if (json_is_array(v)) {
			json_array_foreach(v, i, one) {
				printf("%*s%s\n", indent, "", name);
				print_members(one, indent + 3);
			}
		} else if (!strcmp(name, "issued_at") || !strcmp(name, "board_made")) {
			hm_cli_time(json_integer_value(v), time);
			printf("%*s%-20s %s\n", indent, "", name, time);
		} else if (json_is_integer(v)) {
			printf("%*s%-20s %lld\n", indent, "", name, (long long)json_integer_value(v));
		} else if (json_is_string(v)) {
			printf("%*s%-20s ", indent, "", name);
			hm_cli_text(json_string_value(v));
			putchar('\n');
		}
	}
}

static int print_words(const json_t *v)
{
	json_t *slots = json_object_get(v, "slots"), *s;
	size_t i;

	json_array_foreach(slots, i, s) {
		const char *name = hm_json_get_text(s, "slot");

		printf("slot %s at %lld: %s%s\n", name, (long long)json_integer_value(json_object_get(s, "offset")),
		       hm_json_get_text(s, "state"), json_is_true(json_object_get(s, "current")) ? ", current" : "");
		(void)json_object_del(s, "slot");
		(void)json_object_del(s, "offset");
		(void)json_object_del(s, "state");
		print_members(s, 3);
	}
	if (!slots)
		print_members(v, 0);
	return hm_cli_flush();
}

/* --- items: each line is the hexadecimal of one image, a record, or a user memory --- */

static int view_hex(const char *item, size_t len, json_t **ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf text = HM_BUF_INIT(HM_ITEM_MAX), bytes = HM_BUF_INIT(HM_ITEM_MAX);
	size_t n;
	int rc = hm_buf_add(&text, item, len);

	if (rc)
		return rc;
	if (!len)
		return -HM_EEMPTY;
	if (memchr(item, '\0', len))
		return -HM_ENOT_HEX;
	rc = hm_buf_add(&bytes, item, len / 2 ? len / 2 : 1);	/* room */
	rc = rc ? rc : hm_unhex_any(hm_buf_str(&text), bytes.data, len / 2, &n);
	return rc ? rc : hm_record_view(bytes.data, n, ret, err);
}

/* The record of whatever it is: the one that speaks for the unit. */
static const json_t *record_of(const json_t *v)
{
	const json_t *part = v;
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(v, "slots"), i, s)
		if (json_is_true(json_object_get(s, "current")))
			part = s;
	if (json_object_get(part, "tlvinfo"))
		part = json_object_get(part, "tlvinfo");
	else if (json_object_get(part, "fru"))
		part = json_object_get(part, "fru");
	return json_object_get(part, "record");
}

/* KIND SERIAL PRODUCT GENERATION SIGNER, "-" where there is no record */
static int answer(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;
	const json_t *r;
	int rc = view_hex(item, len, &v, err);

	(void)it;
	if (rc)
		return rc;
	if (o)
		json_object_update(o, v);
	r = record_of(v);
	if (!json_is_object(r))
		(void)snprintf(out, size, "%s -", hm_json_get_text(v, "kind"));
	else
		(void)snprintf(out, size, "%s %s %s %lld %s", hm_json_get_text(v, "kind"), hm_json_get_text(r, "serial"),
			       hm_json_get_text(r, "product"), (long long)json_integer_value(json_object_get(r, "generation")),
			       hm_json_get_text(r, "signer"));
	return 0;
}

static int show_file(struct hm_cli *cli, const char *file)
{
	_cleanup_buf_ struct hm_buf b = HM_BUF_INIT(HM_RECORD_FILE_MAX);
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	int rc = hm_read_file_of(NULL, file, &b, &err);

	if (!rc && !b.len)
		rc = hm_err_set(&err, -HM_EEMPTY, "an empty file");
	rc = rc ?: hm_record_view(b.data, b.len, &v, &err);
	if (rc)
		return hm_cli_fail(cli, file, rc, &err);
	return cli->json ? hm_cli_print(v) : print_words(v);
}

int hm_cmd_record(struct hm_cli *cli, int argc, char **argv)
{
	struct hm_items items = { .cli = cli, .answer = answer };
	int at = 1;

	/* the options of every verb may stand in front of the word */
	while (at < argc && hm_is_option(argv[at]))
		at += strcmp(argv[at], "--root") ? 1 : 2;
	if (at < argc && !strcmp(argv[at], "make")) {
		memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof(*argv));
		return hm_cmd_record_make(cli, argc - 1, argv);
	}
	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	if (optind + 2 != argc || strcmp(argv[optind], "show"))
		return hm_cli_usage(cli, argv[0], "show FILE, show - or make");
	if (!strcmp(argv[optind + 1], "-"))
		return hm_items_run(&items, 1, argv + optind + 1);
	return show_file(cli, argv[optind + 1]);
}
