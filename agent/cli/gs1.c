// SPDX-License-Identifier: LGPL-2.1-or-later
/* gs1 parse | build | link | unlink | sign | verify | signed-text: element strings and Digital Links, item by item. */
#include <getopt.h>
#include <string.h>

#include "agent/cli/items.h"
#include "agent/cli/key.h"
#include "base/es256.h"
#include "gs1/ai.h"
#include "gs1/envelope.h"
#include "gs1/signature.h"

#include <openssl/evp.h>

static const struct option table[] = {
	{ "scan", no_argument, NULL, 's' },
	{ "part", no_argument, NULL, 'p' },
	{ "envelope", no_argument, NULL, 'e' },
	{ "stem", required_argument, NULL, 't' },
	{ "key", required_argument, NULL, 'k' },
	{ NULL, 0, NULL, 0 },
};

/* What is asked for, the answer's name, and the letters of the options that it takes. */
static const struct what {
	const char *name, *key, *taken;
} whats[] = {
	{ "parse", "bracketed", "p" },
	{ "build", "element_string", "sep" },
	{ "link", "digital_link", "tp" },
	{ "unlink", "bracketed", "p" },
	/* what is signed must make sense alone */
	{ "sign", "bracketed", "k" },
	{ "verify", "bracketed", "kp" },
	{ "signed-text", "signed_text", "p" },
};

struct how {
	char given[HM_CLI_GIVEN];
	int (*give)(const struct hm_elements *e, char *out, size_t size);
	const char *stem;
	bool link, unlink, build, part, envelope, sign, verify, signed_text;
	const char *key_file;
	EVP_PKEY *key;
};

/* A Digital Link, also behind a scanner's symbology identifier (]Q1). */
static bool is_link(const char *item, size_t len)
{
	size_t skip = len > 3 && item[0] == ']' ? 3 : 0;

	return len && (item[skip] == 'h' || item[skip] == 'H');
}

/* A refused message, and the identifier that it was refused for. */
static int refused(const struct hm_envelope *e, int rc, struct hm_err *err)
{
	return *e->failed ? hm_err_set(err, rc, "(%s): %s", e->failed, hm_error_why(rc)) : rc;
}

/* "=Q,10D": the identifiers of wrong values; what is behind them. */
static size_t wrong_values(const struct hm_envelope *e, char *out, size_t n, size_t size)
{
	char before = '=';

	for (unsigned int i = 0; i < e->n && n + 8 < size; i++) {
		if (!e->e[i].rc)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%c%s", before, e->e[i].id);
		before = ',';
	}
	return n;
}

static json_t *element(const char *ai, const char *value, size_t len)
{
	return json_pack("{s:s, s:s%}", "ai", ai, "value", value, len);
}

static void envelope_members(const struct hm_envelope *e, json_t *o)
{
	json_t *list = json_array(), *faults = json_array(), *unread = json_array();

	for (unsigned int i = 0; i < e->n; i++)
		json_array_append_new(list, json_pack("{s:s, s:i, s:s%, s:s?}", "di", e->e[i].id, "format", e->e[i].format,
						      "value", e->e[i].value, (size_t)e->e[i].len, "error",
						      e->e[i].rc ? hm_error_name(e->e[i].rc) : NULL));
	for (unsigned int bit = 1; hm_envelope_fault_name(bit); bit <<= 1)
		if (e->faults & bit)
			json_array_append_new(faults, json_string(hm_envelope_fault_name(bit)));
	for (unsigned int i = 0; i < e->unread_n; i++)
		json_array_append_new(unread, json_string(e->unread[i]));
	json_object_set_new(o, "format", json_integer(e->format));
	json_object_set_new(o, "elements", list);
	json_object_set_new(o, "faults", faults);
	json_object_set_new(o, "unread", unread);
}

/* The bracketed elements, and behind a tab, where there are no members @o to say it, what was wrong with the label. */
static int read_envelope(const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	struct hm_envelope e;
	int rc = hm_envelope_read(item, len, &e);
	size_t n;

	if (rc == -HM_EUNKNOWN_HEADER)
		return hm_err_set(err, rc, "format %s is not read, only 05 and 06 are", e.unread[0]);
	if (rc)
		return refused(&e, rc, err);
	rc = hm_envelope_bracketed(&e, out, size);
	if (!rc && o)
		envelope_members(&e, o);
	if (rc || !e.faults || o)
		return rc;
	n = strlen(out);
	for (unsigned int bit = 1; hm_envelope_fault_name(bit) && n + 32 < size; bit <<= 1)
		if (e.faults & bit) {
			n += (size_t)snprintf(out + n, size - n, "%c%s", e.faults & (bit - 1) ? ' ' : '\t',
					      hm_envelope_fault_name(bit));
			if (bit == HM_ENVELOPE_VALUE)
				n = wrong_values(&e, out, n, size);
		}
	for (unsigned int i = 0; i < e.unread_n && n + 8 < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%c%s", i ? ',' : '=', e.unread[i]);
	return 0;
}

/* Element strings alone, which is format 05, are told as of any other answer. */
static void built_members(const struct hm_envelope *e, json_t *o)
{
	_cleanup_json_ json_t *list = json_array();

	for (unsigned int i = 0; i < e->n; i++) {
		if (e->e[i].format != 5)
			return;
		json_array_append_new(list, element(e->e[i].id, e->e[i].value, e->e[i].len));
	}
	json_object_set(o, "elements", list);
}

static int build_envelope(const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	struct hm_envelope e;
	int rc = hm_envelope_parse(item, len, &e);

	if (rc)
		return refused(&e, rc, err);
	rc = hm_envelope_write(&e, out, size);
	if (!rc && o)
		built_members(&e, o);
	return rc;
}

/* AI 8030 is made, checked, or only the text that it is over is given. */
static int signature(const struct how *how, struct hm_elements *e, char *out, size_t size, struct hm_err *err)
{
	char text[HM_ANSWER_MAX], value[HM_GS1_SIGNATURE_TEXT + 1];
	uint8_t sig[HM_GS1_SIGNATURE_LEN];
	int rc = hm_gs1_signed_text(e, text, sizeof(text));

	if (rc || how->signed_text)
		return rc ? rc : hm_gs1_signed_text(e, out, size);
	if (how->verify) {
		rc = hm_gs1_signature(e, sig);
		if (rc == -HM_EMISSING_AI)
			return hm_err_set(err, rc, "(8030), the signature, is not there");
		rc = rc ? rc : hm_es256_verify(how->key, text, strlen(text), sig);
		return rc ? rc : hm_gs1_bracketed(e, out, size);
	}
	if (hm_gs1_find(e, "8030"))
		return hm_err_set(err, -HM_EDUPLICATE_AI, "(8030) is there already");
	rc = hm_key_sign(how->key, text, strlen(text), sig);
	if (rc)
		return rc;
	hm_gs1_signature_text(sig, value);
	rc = hm_gs1_add(e, "8030", value, strlen(value), err);
	/* a class cannot be signed, only an instance of it */
	rc = rc ? rc : hm_gs1_check(e, err);
	return rc ? rc : hm_gs1_bracketed(e, out, size);
}

static int link_of(const struct how *how, const struct hm_elements *e, char *out, size_t size, struct hm_err *err)
{
	int rc = hm_gs1_link(e, how->stem, out, size);

	if (rc == -HM_EBAD_URI)
		hm_err_set(err, rc, "--stem is not http(s)://HOST[:PORT][/PATH] with room for the key behind it");
	else if (rc == -HM_EMISSING_AI)
		hm_err_set(err, rc, "a link begins with a key, as (01) or (00), and none of them is one");
	else if (rc == -HM_ECONFLICTING_AI)
		hm_err_set(err, rc, "one of them belongs into the path and has no place there beside the others");
	return rc;
}

static int give(const struct how *how, struct hm_elements *e, char *out, size_t size, struct hm_err *err)
{
	if (how->sign || how->verify || how->signed_text)
		return signature(how, e, out, size, err);
	return how->link ? link_of(how, e, out, size, err) : how->give(e, out, size);
}

static json_t *elements_list(const struct hm_elements *e)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < e->n; i++)
		json_array_append_new(list, element(e->e[i].ai, e->e[i].value, e->e[i].len));
	return list;
}

static int answer(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	const struct how *how = it->context;
	_cleanup_json_ json_t *list = NULL;
	struct hm_elements e;
	int rc;

	if (how->envelope && how->build)
		return build_envelope(item, len, out, size, o, err);
	if (hm_envelope_begins(item, len) && !how->link && !how->unlink && !how->build)
		return read_envelope(item, len, out, size, o, err);
	if (how->unlink && !is_link(item, len))
		return -HM_EBAD_URI;
	rc = hm_gs1_parse(item, len, &e, err);
	/* one symbol of several need not make sense alone */
	rc = rc || how->part ? rc : hm_gs1_check(&e, err);
	if (rc)
		return rc;
	/* those that were given: signing adds one */
	list = o ? elements_list(&e) : NULL;
	rc = give(how, &e, out, size, err);
	if (!rc && o)
		json_object_set(o, "elements", list);
	return rc;
}

static int options(struct hm_cli *cli, int argc, char **argv, struct how *how)
{
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		if (opt == 's') {
			how->give = hm_gs1_scan;
		} else if (opt == 'p') {
			how->part = true;
		} else if (opt == 'e') {
			how->envelope = true;
		} else if (opt == 'k') {
			how->key_file = optarg;
		} else if (opt == 't') {
			how->stem = optarg;
		} else {
			return HM_EXIT_USAGE;
		}
		hm_cli_given(how->given, opt);
	}
	return 0;
}

static const struct what *find_what(const char *name)
{
	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++)
		if (!strcmp(whats[i].name, name))
			return &whats[i];
	return NULL;
}

int hm_cmd_gs1(struct hm_cli *cli, int argc, char **argv)
{
	struct how how = { .give = hm_gs1_caret };
	struct hm_items items = { .cli = cli, .answer = answer, .context = &how };
	struct hm_err err = { "" };
	const struct what *what;
	int rc = 0;

	if (options(cli, argc, argv, &how))
		return HM_EXIT_USAGE;
	what = find_what(optind < argc ? argv[optind] : "");
	if (!what || optind + 1 >= argc)
		return hm_cli_usage(cli, argv[0], "parse, build, link, unlink, sign, verify or signed-text, and items or -");
	if (hm_cli_takes(cli, argv[0], what->name, table, how.given, what->taken))
		return HM_EXIT_USAGE;
	/* an envelope's message is not judged as a whole anyway */
	if (how.envelope && (how.part || strchr(how.given, 's')))
		return hm_cli_usage(cli, argv[0], "either --envelope or --%s", how.part ? "part" : "scan");
	items.key = what->key;
	how.link = !strcmp(what->name, "link");
	how.unlink = !strcmp(what->name, "unlink");
	how.build = !strcmp(what->name, "build");
	how.sign = !strcmp(what->name, "sign");
	how.verify = !strcmp(what->name, "verify");
	how.signed_text = !strcmp(what->name, "signed-text");
	if (!how.build)
		how.give = hm_gs1_bracketed;
	if ((how.sign || how.verify) && !how.key_file)
		return hm_cli_usage(cli, argv[0], "%s needs --key FILE", what->name);
	if (how.key_file)
		rc = how.sign ? hm_key_private(how.key_file, &how.key, &err) : hm_key_public(how.key_file, &how.key, &err);
	if (rc)
		return hm_cli_refuse(cli, argv[0], rc, &err);
	rc = hm_items_run(&items, argc - optind - 1, argv + optind + 1);
	EVP_PKEY_free(how.key);
	return rc;
}
