// SPDX-License-Identifier: LGPL-2.1-or-later
/* epc encode | decode: items as arguments, or `-` for lines, answered in order. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/items.h"
#include "gs1/epc.h"

struct how {
	bool raw, pure;
	enum hm_epc_scheme scheme;
	unsigned int filter;
};

/* A tag URI or a raw one; a pure identity with the filter and scheme of the options. */
static int encode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
		  struct hm_err *err)
{
	static const char pure[] = "urn:epc:id:";
	const struct how *how = it->context;
	char tag[HM_EPC_URI_SIZE];
	int rc;

	(void)err;
	if (len < sizeof(pure) || memcmp(item, pure, sizeof(pure) - 1))
		return hm_epc_encode_n(item, len, out, size);
	rc = hm_epc_from_pure(item, len, how->scheme, how->filter, tag, sizeof(tag));
	return rc ? rc : hm_epc_encode(tag, out, size);
}

static int decode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
		  struct hm_err *err)
{
	const struct how *how = it->context;
	char text[HM_EPC_URI_SIZE];
	int rc;

	if (how->pure) {
		rc = hm_epc_decode_n(item, len, text, sizeof(text));
		return rc ? rc : hm_epc_to_pure(text, strlen(text), out, size);
	}
	rc = hm_epc_decode_n(item, len, out, size);
	if (!rc || hm_epc_raw(item, len, text, sizeof(text)))
		return rc;
	if (!how->raw)
		return hm_err_set(err, rc, "%s (%s)", hm_error_why(rc), text);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static void raw_member(const struct hm_items *it, const char *item, size_t len, int rc, json_t *o)
{
	char raw[HM_EPC_URI_SIZE];

	(void)it;
	if (rc && !hm_epc_raw(item, len, raw, sizeof(raw)))
		json_object_set_new(o, "raw", json_string(raw));
}

static int options(struct hm_cli *cli, int argc, char **argv, struct how *how)
{
	static const struct option table[] = {
		{ "raw", no_argument, NULL, 'r' },
		{ "pure", no_argument, NULL, 'p' },
		{ "filter", required_argument, NULL, 'f' },
		{ "scheme", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long v;
	char *end;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		switch (opt) {
		case 'r':
			how->raw = true;
			break;
		case 'p':
			how->pure = true;
			break;
		case 'f':
			v = strtoul(optarg, &end, 10);
			if (*optarg < '0' || *optarg > '9' || *end || v > 63)
				return hm_cli_usage(cli, argv[0], "--filter is a number from 0 to 63");
			how->filter = (unsigned int)v;
			break;
		case 's':
			if (hm_epc_scheme_find(optarg, strlen(optarg), &how->scheme))
				return hm_cli_usage(cli, argv[0], "no scheme %s", optarg);
			break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	return 0;
}

int hm_cmd_epc(struct hm_cli *cli, int argc, char **argv)
{
	struct how how = { .scheme = HM_EPC_ANY };
	struct hm_items items = { .cli = cli, .context = &how };
	const char *what;

	if (options(cli, argc, argv, &how))
		return HM_EXIT_USAGE;
	what = optind < argc ? argv[optind] : "";
	if (!strcmp(what, "encode")) {
		items.answer = encode;
		items.key = "epc_hex";
	} else if (!strcmp(what, "decode")) {
		items.answer = decode;
		items.members = raw_member;
		items.key = "epc";
	}
	if (!items.answer || optind + 1 >= argc)
		return hm_cli_usage(cli, argv[0], "encode or decode, and items or -");
	return hm_items_run(&items, argc - optind - 1, argv + optind + 1);
}
