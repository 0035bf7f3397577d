// SPDX-License-Identifier: LGPL-2.1-or-later
/* epc encode | decode | bank: items as arguments, or `-` for lines, answered in order. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/items.h"
#include "gs1/bank.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"

enum form { FORM_TAG, FORM_PURE, FORM_GS1, FORM_LINK };
enum bank { BANK_EPC, BANK_TID, BANK_USER };

struct how {
	bool raw;
	enum form form;
	enum bank bank;
	enum hm_epc_scheme scheme;
	unsigned int filter, prefix;
};

/* --- encode --- */

/* Elements: with a prefix length by way of the pure identity, without one in a + scheme. */
static int encode_elements(const struct how *how, const char *item, size_t len, char *out, size_t size,
			   struct hm_err *err)
{
	struct hm_epc_plus plus = { .filter = how->filter };
	char pure[HM_EPC_URI_SIZE], tag[HM_EPC_URI_SIZE];
	struct hm_elements e;
	int rc = hm_gs1_parse(item, len, &e, err);

	rc = rc ? rc : hm_gs1_check(&e, err);
	if (rc)
		return rc;
	if (!how->prefix)
		return hm_epc_plus_encode(&e, &plus, out, size);
	rc = hm_epc_from_elements(&e, how->prefix, pure, sizeof(pure));
	rc = rc ? rc : hm_epc_from_pure(pure, strlen(pure), how->scheme, how->filter, tag, sizeof(tag));
	return rc ? rc : hm_epc_encode(tag, out, size);
}

static int encode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
		  struct hm_err *err)
{
	static const char pure[] = "urn:epc:id:";
	const struct how *how = it->context;
	char tag[HM_EPC_URI_SIZE];
	int rc;

	if (len && memchr("(^]hH", item[0], 5))
		return encode_elements(how, item, len, out, size, err);
	if (len < sizeof(pure) || memcmp(item, pure, sizeof(pure) - 1))
		return hm_epc_encode_n(item, len, out, size);
	rc = hm_epc_from_pure(item, len, how->scheme, how->filter, tag, sizeof(tag));
	return rc ? rc : hm_epc_encode(tag, out, size);
}

/* --- decode --- */

static bool is_plus(const char *hex, size_t len)
{
	/* F0 ... FB */
	return len > 1 && (*hex | 0x20) == 'f' && hex[1] && strchr("0123456789ABab", hex[1]);
}

static int give_elements(const struct how *how, const struct hm_elements *e, char *out, size_t size)
{
	return how->form == FORM_GS1 ? hm_gs1_bracketed(e, out, size) : hm_gs1_link(e, NULL, out, size);
}

static int decode_to(const struct how *how, const char *item, size_t len, char *out, size_t size)
{
	char tag[HM_EPC_URI_SIZE];
	struct hm_epc_plus plus;
	struct hm_elements e;
	int rc;

	if (is_plus(item, len)) {
		/* a + scheme has neither a tag URI nor a pure identity of its own */
		rc = hm_epc_plus_decode(item, len, &plus, &e);
		return rc ? rc : give_elements(how, &e, out, size);
	}
	if (how->form == FORM_TAG)
		return hm_epc_decode_n(item, len, out, size);
	rc = hm_epc_decode_n(item, len, tag, sizeof(tag));
	if (rc)
		return rc;
	if (how->form == FORM_PURE)
		return hm_epc_to_pure(tag, strlen(tag), out, size);
	rc = hm_epc_to_elements(tag, strlen(tag), &e);
	return rc ? rc : give_elements(how, &e, out, size);
}

static int decode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
		  struct hm_err *err)
{
	const struct how *how = it->context;
	char raw[HM_EPC_URI_SIZE];
	int rc = decode_to(how, item, len, out, size);

	if (!rc || hm_epc_raw(item, len, raw, sizeof(raw)))
		return rc;
	if (!how->raw)
		return hm_err_set(err, rc, "%s (%s)", hm_error_why(rc), raw);
	memcpy(out, raw, strlen(raw) + 1);
	return 0;
}

static void decode_members(const struct hm_items *it, const char *item, size_t len, int rc, json_t *o)
{
	const char *uri = json_string_value(json_object_get(o, "epc"));
	char raw[HM_EPC_URI_SIZE];
	struct hm_epc_plus plus;
	struct hm_elements e;

	(void)it;
	if (rc && !hm_epc_raw(item, len, raw, sizeof(raw)))
		json_object_set_new(o, "raw", json_string(raw));
	if (!rc && is_plus(item, len) && !hm_epc_plus_decode(item, len, &plus, &e)) {
		json_object_set_new(o, "scheme", json_string(plus.scheme));
		json_object_set_new(o, "filter", json_integer(plus.filter));
		json_object_set_new(o, "data_follows", json_boolean(plus.data_follows));
	} else if (uri && !strncmp(uri, "urn:epc:tag:", 12)) {
		json_object_set_new(o, "scheme", json_stringn(uri + 12, strcspn(uri + 12, ":")));
	}
}

/* --- bank --- */

static int bank_epc(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	struct hm_epc_bank b;
	int rc;

	/* a URI makes a bank */
	if (len && item[0] == 'u')
		return hm_epc_bank_build(item, len, out, size);
	rc = hm_epc_bank_parse(item, len, &b);
	if (rc)
		return rc;
	snprintf(out, size, "%s crc=%04X,%s pc=%04X words=%u umi=%d xi=%d t=%d %s=%02X%s%s", b.uri, b.crc,
		 b.crc_good ? "good" : "bad", b.pc, b.words, b.user_memory, b.xpc, b.toggle, b.toggle ? "afi" : "att",
		 b.attributes, b.epc_rc ? " epc=" : "", b.epc_rc ? hm_error_name(b.epc_rc) : "");
	if (!o)
		return 0;
	json_object_set_new(o, "uri", json_string(b.uri));
	json_object_set_new(o, "epc_error", b.epc_rc ? json_string(hm_error_name(b.epc_rc)) : json_null());
	json_object_set_new(o, "crc", json_integer(b.crc));
	json_object_set_new(o, "crc_good", json_boolean(b.crc_good));
	json_object_set_new(o, "pc", json_integer(b.pc));
	json_object_set_new(o, "words", json_integer(b.words));
	json_object_set_new(o, "user_memory", json_boolean(b.user_memory));
	json_object_set_new(o, "xpc", json_boolean(b.xpc));
	json_object_set_new(o, "toggle", json_boolean(b.toggle));
	json_object_set_new(o, b.toggle ? "afi" : "attributes", json_integer(b.attributes));
	return 0;
}

static int bank_tid(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	struct hm_tid t;
	int rc = hm_tid_parse(item, len, &t);

	if (rc)
		return rc;
	snprintf(out, size, "%s%sdesigner=%03X model=%03X x=%d s=%d f=%d header=%04X", t.stid, *t.stid ? " " : "",
		 t.designer, t.model, t.xtid, t.security, t.file, t.header);
	if (!o)
		return 0;
	json_object_set_new(o, "stid", *t.stid ? json_string(t.stid) : json_null());
	json_object_set_new(o, "serial", t.serial_bits ? json_string(t.serial) : json_null());
	json_object_set_new(o, "designer", json_integer(t.designer));
	json_object_set_new(o, "model", json_integer(t.model));
	json_object_set_new(o, "xtid", json_boolean(t.xtid));
	json_object_set_new(o, "security", json_boolean(t.security));
	json_object_set_new(o, "file", json_boolean(t.file));
	json_object_set_new(o, "header", json_integer(t.header));
	return 0;
}

static int bank_user(const char *item, size_t len, char *out, size_t size, json_t *o)
{
	struct hm_user_memory u;
	int rc = hm_user_memory_parse(item, len, &u);

	if (rc)
		return rc;
	snprintf(out, size, "dsfid=%02X access=%s format=%u extended=%d", u.dsfid, u.access, u.format, u.extended);
	if (!o)
		return 0;
	json_object_set_new(o, "dsfid", json_integer(u.dsfid));
	json_object_set_new(o, "access", json_string(u.access));
	json_object_set_new(o, "format", json_integer(u.format));
	json_object_set_new(o, "extended", json_boolean(u.extended));
	return 0;
}

static int bank_any(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o)
{
	const struct how *how = it->context;

	if (how->bank == BANK_TID)
		return bank_tid(item, len, out, size, o);
	return how->bank == BANK_USER ? bank_user(item, len, out, size, o) : bank_epc(item, len, out, size, o);
}

static int bank(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, struct hm_err *err)
{
	(void)err;
	return bank_any(it, item, len, out, size, NULL);
}

static void bank_members(const struct hm_items *it, const char *item, size_t len, int rc, json_t *o)
{
	char out[HM_ANSWER_MAX];

	if (!rc)
		(void)bank_any(it, item, len, out, sizeof(out), o);
}

/* --- the verb --- */

static int number(const char *text, unsigned long max, unsigned int *ret)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v > max)
		return -1;
	*ret = (unsigned int)v;
	return 0;
}

static int option(struct hm_cli *cli, const char *verb, int opt, struct how *how)
{
	switch (opt) {
	case 'r':
		how->raw = true;
		return 0;
	case 'p':
		how->form = FORM_PURE;
		return 0;
	case 'g':
		how->form = FORM_GS1;
		return 0;
	case 'l':
		how->form = FORM_LINK;
		return 0;
	case 't':
		how->bank = BANK_TID;
		return 0;
	case 'u':
		how->bank = BANK_USER;
		return 0;
	case 'f':
		return number(optarg, 63, &how->filter) ? hm_cli_usage(cli, verb, "--filter is 0 to 63") : 0;
	case 'n':
		if (number(optarg, 12, &how->prefix) || how->prefix < 6)
			return hm_cli_usage(cli, verb, "--prefix-length is 6 to 12");
		return 0;
	case 's':
		if (hm_epc_scheme_find(optarg, strlen(optarg), &how->scheme))
			return hm_cli_usage(cli, verb, "no scheme %s", optarg);
		return 0;
	default:
		return HM_EXIT_USAGE;
	}
}

int hm_cmd_epc(struct hm_cli *cli, int argc, char **argv)
{
	static const struct option table[] = {
		{ "raw", no_argument, NULL, 'r' }, { "pure", no_argument, NULL, 'p' },
		{ "gs1", no_argument, NULL, 'g' }, { "link", no_argument, NULL, 'l' },
		{ "tid", no_argument, NULL, 't' }, { "user", no_argument, NULL, 'u' },
		{ "filter", required_argument, NULL, 'f' }, { "prefix-length", required_argument, NULL, 'n' },
		{ "scheme", required_argument, NULL, 's' }, { NULL, 0, NULL, 0 },
	};
	struct how how = { .scheme = HM_EPC_ANY };
	struct hm_items items = { .cli = cli, .context = &how };
	const char *what;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1)
		if (option(cli, argv[0], opt, &how))
			return HM_EXIT_USAGE;
	what = optind < argc ? argv[optind] : "";
	if (!strcmp(what, "encode")) {
		items.answer = encode;
		items.key = "epc_hex";
	} else if (!strcmp(what, "decode")) {
		items.answer = decode;
		items.members = decode_members;
		items.key = "epc";
	} else if (!strcmp(what, "bank")) {
		items.answer = bank;
		items.members = bank_members;
		items.key = "bank";
	}
	if (!items.answer || optind + 1 >= argc)
		return hm_cli_usage(cli, argv[0], "encode, decode or bank, and items or -");
	return hm_items_run(&items, argc - optind - 1, argv + optind + 1);
}
