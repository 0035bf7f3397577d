// SPDX-License-Identifier: LGPL-2.1-or-later
/* epc encode | decode | bank: items as arguments, or `-` for lines, answered in order. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/epc_bank.h"
#include "agent/cli/items.h"
#include "gs1/bank.h"
#include "gs1/epc_gs1.h"
#include "gs1/epc_plus.h"
#include "gs1/packed.h"

#define PURE "urn:epc:id:"

enum form { FORM_HEX, FORM_TAG, FORM_PURE, FORM_GS1, FORM_LINK };
enum bank { BANK_EPC, BANK_TID, BANK_USER };

static const struct option table[] = {
	{ "raw", no_argument, NULL, 'r' }, { "pure", no_argument, NULL, 'p' },
	{ "gs1", no_argument, NULL, 'g' }, { "link", no_argument, NULL, 'l' },
	{ "tid", no_argument, NULL, 't' }, { "user", no_argument, NULL, 'u' },
	{ "filter", required_argument, NULL, 'f' }, { "prefix-length", required_argument, NULL, 'n' },
	{ "scheme", required_argument, NULL, 's' }, { "tag", no_argument, NULL, 'a' },
	{ "host", required_argument, NULL, 'o' }, { "keep-host", no_argument, NULL, 'k' },
	{ NULL, 0, NULL, 0 },
};
struct how {
	char given[HM_CLI_GIVEN];
	bool raw, keep_host;
	const char *host;		/* for a "++" scheme */
	enum form form;
	enum bank bank;
	enum hm_epc_scheme scheme;
	const char *plus;		/* a "+" or "++" scheme's name, which has no place in the enum */
	uint64_t filter, prefix;
};

static bool begins(const char *item, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(item, with, n);
}

static bool is_elements(const char *item, size_t len)
{
	return len && memchr("(^]hH", item[0], 5);
}

static const char *option_name(int letter)
{
	const struct option *o = table;

	while (o->val != letter)
		o++;
	return o->name;
}

/* Which of @letters was given; 0: none. */
static int first_given(const struct how *how, const char *letters)
{
	return letters[strcspn(letters, how->given)];
}

/* An option that would have no effect on an item is not passed over: what comes out would not be what was asked for. */
static int refuse_options(const struct how *how, const char *letters, const char *what, struct hm_err *err)
{
	int letter = first_given(how, letters);

	if (!letter)
		return 0;
	return hm_err_set(err, -HM_EBAD_REQUEST, "--%s is not for %s", option_name(letter), what);
}

#define ITS_OWN "a tag URI or memory, which says its own"

/* The tag URI in what form it is asked for. */
static int give_tag(const struct how *how, const char *tag, char *out, size_t size, struct hm_err *err)
{
	struct hm_elements e;
	size_t len = strlen(tag);
	int rc;

	switch (how->form) {
	case FORM_HEX:
		return hm_epc_encode(tag, out, size);
	case FORM_TAG:
		if (len >= size)
			return -HM_ETOO_LONG;
		memcpy(out, tag, len + 1);
		return 0;
	case FORM_PURE:
		return hm_epc_to_pure(tag, len, out, size);
	default:
		rc = hm_epc_to_elements(tag, len, &e, err);
		if (rc)
			return rc;
		return how->form == FORM_GS1 ? hm_gs1_bracketed(&e, out, size) : hm_gs1_link(&e, NULL, out, size);
	}
}

static int from_pure(const struct how *how, const char *pure, size_t len, char tag[HM_EPC_URI_SIZE], struct hm_err *err)
{
	int rc;

	if (how->plus)
		return hm_err_set(err, -HM_EBAD_REQUEST, "--scheme %s is for element strings", how->plus);
	rc = hm_epc_from_pure(pure, len, how->scheme, how->filter, tag, HM_EPC_URI_SIZE);
	if (rc == -HM_EBAD_URI && how->scheme != HM_EPC_ANY)
		hm_err_set(err, rc, "not of the form that an %s has", hm_epc_scheme_name(how->scheme));
	return rc;
}

/* A URI of any of the three kinds. */
static int give_uri(const struct how *how, const char *item, size_t len, char *out, size_t size, struct hm_err *err)
{
	char tag[HM_EPC_URI_SIZE], hex[HM_EPC_HEX_SIZE];
	int rc;

	if (begins(item, len, PURE)) {
		rc = from_pure(how, item, len, tag, err);
	} else {
		/* by way of the memory: then it is judged, and of two ways to escape one is left */
		rc = hm_epc_encode_n(item, len, hex, sizeof(hex));
		if (!rc && how->form != FORM_HEX)
			rc = hm_epc_decode(hex, tag, sizeof(tag));
		else if (!rc)
			return hm_epc_encode_n(item, len, out, size);
	}
	return rc ? rc : give_tag(how, tag, out, size, err);
}

/* --- encode --- */

/* https://HOST/ and at once the key: HOST, which @plus takes. */
static int keep_host(const char *item, size_t len, const struct hm_elements *e, struct hm_epc_plus *plus,
		     struct hm_err *err)
{
	const char *end = item + len, *from, *slash;
	size_t n, key = e->e[0].ai_len;

	/* behind a symbology identifier, as a scanner sends it */
	item += len > 3 && *item == ']' ? 3 : 0;
	if (end - item < 8 || strncasecmp(item, "https://", 8))
		return hm_err_set(err, -HM_EBAD_URI, "only an https link has a host that a tag can keep");
	from = item + 8;
	slash = memchr(from, '/', (size_t)(end - from));
	n = slash ? (size_t)(slash - from) : 0;
	if (!slash || (size_t)(end - slash) < key + 2 || memcmp(slash + 1, e->e[0].ai, key) || slash[1 + key] != '/')
		return hm_err_set(err, -HM_EBAD_URI, "a path of one's own before the key has no place in a tag");
	if (n == 10 && !strncasecmp(from, "id.gs1.org", 10))
		return 0;
	if (n > HM_EPC_HOST_MAX)
		return -HM_ETOO_LONG;
	memcpy(plus->host, from, n);
	plus->host[n] = '\0';
	return 0;
}

/* Elements: with a prefix length by way of the pure identity, without one in a + scheme. */
static int encode_elements(const struct how *how, const char *item, size_t len, char *out, size_t size,
			   struct hm_err *err)
{
	struct hm_epc_plus plus = { .filter = how->filter, .want = how->plus };
	char pure[HM_EPC_URI_SIZE], tag[HM_EPC_URI_SIZE];
	struct hm_elements e;
	int rc = hm_gs1_parse(item, len, &e, err);

	rc = rc ? rc : hm_gs1_check(&e, err);
	if (rc)
		return rc;
	if (how->prefix) {
		rc = hm_epc_from_elements(&e, how->prefix, pure, sizeof(pure), err);
		rc = rc ? rc : from_pure(how, pure, strlen(pure), tag, err);
		return rc ? rc : give_tag(how, tag, out, size, err);
	}
	if (how->form != FORM_HEX)
		return hm_err_set(err, -HM_EBAD_PREFIX_LENGTH, "--prefix-length must say how much of it is the company's");
	if (!how->plus)
		rc = refuse_options(how, "s", "elements without --prefix-length, but for a + scheme", err);
	if (rc)
		return rc;
	if (how->host)
		memcpy(plus.host, how->host, strlen(how->host) + 1);
	else if (how->keep_host)
		rc = keep_host(item, len, &e, &plus, err);
	return rc ? rc : hm_epc_plus_encode(&e, &plus, out, size, err);
}

static int encode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
		  json_t *o, struct hm_err *err)
{
	const struct how *how = it->context;
	int rc;

	(void)o;
	if (is_elements(item, len))
		return encode_elements(how, item, len, out, size, err);
	rc = give_uri(how, item, len, out, size, err);
	if (rc)
		return rc;
	if (begins(item, len, PURE))
		return refuse_options(how, "nok", "a pure identity", err);
	return refuse_options(how, "fsnok", ITS_OWN, err);
}

/* --- decode --- */

static bool is_plus(const char *item, size_t len)
{
	char two[3] = { '\0' };
	uint8_t header;

	/* E6 ... FD */
	if (len < 2 || ((*item | 0x20) != 'e' && (*item | 0x20) != 'f'))
		return false;
	memcpy(two, item, 2);
	return !hm_unhex(two, &header, 1) && hm_epc_is_plus(header);
}

/*
 * A + scheme has neither a tag URI nor a pure identity of its own: its link stands for them, or where
 * data behind the EPC has no place in one (8200, 7040 beside a GTIN), the elements.
 */
static int plus_form(enum form form, const struct hm_epc_plus *plus, const struct hm_elements *e, char *out, size_t size,
		     struct hm_err *err)
{
	char stem[8 + HM_EPC_HOST_MAX + 1];
	int rc;

	if (form == FORM_GS1)
		return hm_gs1_bracketed(e, out, size);
	snprintf(stem, sizeof(stem), "https://%s", plus->host);
	rc = hm_gs1_link(e, plus->host[0] ? stem : NULL, out, size);
	if (rc != -HM_ECONFLICTING_AI)
		return rc;
	if (form != FORM_LINK)
		return hm_gs1_bracketed(e, out, size);
	return hm_err_set(err, rc, "what follows the EPC has no place in a link beside it: --gs1 has all of it");
}

/* What a + EPC says, for whoever has members to fill; of none the scheme is NULL. */
struct plus_said {
	struct hm_epc_plus plus;
	struct hm_elements e;
};

static int give_plus(const struct how *how, const char *item, size_t len, struct plus_said *ret, char *out, size_t size,
		     struct hm_err *err)
{
	int rc;

	ret->plus = (struct hm_epc_plus){ .want = NULL };
	rc = hm_epc_plus_decode(item, len, &ret->plus, &ret->e, err);
	return rc ? rc : plus_form(how->form, &ret->plus, &ret->e, out, size, err);
}

/* What follows an EPC cannot be read, and the EPC can: @out and @plus are it alone. */
static bool alone(const struct how *how, const char *item, size_t len, struct hm_epc_plus *plus, char *out, size_t size)
{
	struct hm_elements e;
	int data = 0;

	return is_plus(item, len) && !hm_epc_plus_decode_apart(item, len, plus, &e, &data, NULL) && data &&
	       !plus_form(how->form, plus, &e, out, size, NULL);
}

static bool epc_alone(const struct hm_items *it, const char *item, size_t len, char *out, size_t size)
{
	struct hm_epc_plus plus = { .want = NULL };

	return alone(it->context, item, len, &plus, out, size);
}

static int decode_to(const struct how *how, const char *item, size_t len, struct plus_said *said, char *out, size_t size,
		     struct hm_err *err)
{
	char tag[HM_EPC_URI_SIZE];
	int rc;

	if (begins(item, len, "urn:"))
		return give_uri(how, item, len, out, size, err);
	if (is_plus(item, len))
		return give_plus(how, item, len, said, out, size, err);
	if (how->form == FORM_TAG)
		return hm_epc_decode_n(item, len, out, size);
	rc = hm_epc_decode_n(item, len, tag, sizeof(tag));
	return rc ? rc : give_tag(how, tag, out, size, err);
}

static int decode_text(const struct how *how, const char *item, size_t len, struct plus_said *said, char *out, size_t size,
		       struct hm_err *err)
{
	char raw[HM_EPC_URI_SIZE];
	int rc = decode_to(how, item, len, said, out, size, err);

	if (rc && !hm_epc_raw(item, len, raw, sizeof(raw))) {
		if (!how->raw) {
			struct hm_err why = *err;

			return hm_err_set(err, rc, "%s (%s)", hm_err_text(&why, rc), raw);
		}
		memcpy(out, raw, strlen(raw) + 1);
		rc = 0;
	}
	return rc || begins(item, len, PURE) ? rc : refuse_options(how, "fs", ITS_OWN, err);
}

/* @e is NULL where what follows the EPC cannot be read. */
static void plus_members(const struct hm_epc_plus *plus, const struct hm_elements *e, json_t *o)
{
	json_object_set_new(o, "scheme", json_string(plus->scheme));
	json_object_set_new(o, "filter", json_integer(plus->filter));
	json_object_set_new(o, "host", plus->host[0] ? json_string(plus->host) : json_null());
	json_object_set_new(o, "data_follows", json_boolean(plus->data_follows));
	json_object_set_new(o, "data", e && plus->data_follows ? hm_epc_data_members(e, plus->own) : json_null());
}

/* Of what could not be decoded: its bits, and the EPC alone. */
static void failed_members(const struct how *how, const char *item, size_t len, json_t *o)
{
	char raw[HM_EPC_URI_SIZE], text[HM_ANSWER_MAX];
	struct hm_epc_plus plus = { .want = NULL };

	if (!hm_epc_raw(item, len, raw, sizeof(raw)))
		json_object_set_new(o, "raw", json_string(raw));
	if (alone(how, item, len, &plus, text, sizeof(text))) {
		json_object_set_new(o, "alone", json_string(text));
		plus_members(&plus, NULL, o);
	}
}

static int decode(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o,
		  struct hm_err *err)
{
	struct plus_said said;
	int rc;

	said.plus.scheme = NULL;
	rc = decode_text(it->context, item, len, &said, out, size, err);
	if (!o)
		return rc;
	if (rc)
		failed_members(it->context, item, len, o);
	else if (said.plus.scheme)
		plus_members(&said.plus, &said.e, o);
	else if (!strncmp(out, "urn:epc:tag:", 12))
		json_object_set_new(o, "scheme", json_stringn(out + 12, strcspn(out + 12, ":")));
	return rc;
}

/* --- bank --- */

/* Elements in a "+" scheme make the bank of a raw URI. */
static int bank_elements(const struct how *how, const char *item, size_t len, char *out, size_t size, struct hm_err *err)
{
	char hex[HM_EPC_HEX_SIZE], uri[HM_EPC_URI_SIZE];
	int rc = encode_elements(how, item, len, hex, sizeof(hex), err);

	rc = rc ? rc : hm_epc_raw(hex, strlen(hex), uri, sizeof(uri));
	return rc ? rc : hm_epc_bank_build(uri, strlen(uri), out, size);
}

static int bank_of_uri(const char *uri, size_t len, char *out, size_t size, struct hm_err *err)
{
	int rc = hm_epc_bank_build(uri, len, out, size);

	if (rc != -HM_EBAD_REQUEST)
		return rc;
	return hm_err_set(err, rc, "a tag makes its XPC itself, it is not written: without [xpc=x....] there is a bank");
}

static int bank_epc(const struct how *how, const char *item, size_t len, char *out, size_t size, json_t *o,
		    struct hm_err *err)
{
	int rc;

	if (is_elements(item, len))
		return bank_elements(how, item, len, out, size, err);
	rc = refuse_options(how, "fsok", ITS_OWN, err);
	/* a URI makes a bank too */
	if (!rc && len && item[0] == 'u')
		return bank_of_uri(item, len, out, size, err);
	return rc ? rc : hm_epc_show_bank(item, len, out, size, o);
}

/* Elements make user memory too. */
static int bank_user(const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	struct hm_elements e;
	int rc;

	if (!is_elements(item, len))
		return hm_epc_show_user(item, len, out, size, o);
	rc = hm_gs1_parse(item, len, &e, err);
	return rc ? rc : hm_packed_build(&e, out, size, err);
}

static int bank(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o,
		struct hm_err *err)
{
	const struct how *how = it->context;

	if (how->bank == BANK_TID)
		return hm_epc_show_tid(item, len, out, size, o);
	return how->bank == BANK_USER ? bank_user(item, len, out, size, o, err) : bank_epc(how, item, len, out, size, o, err);
}

/* --- the verb --- */

static int option(struct hm_cli *cli, const char *verb, int opt, struct how *how)
{
	switch (opt) {
	case 'r':
		how->raw = true;
		return 0;
	case 'a':
		how->form = FORM_TAG;
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
		return hm_cli_number(optarg, 0, 63, &how->filter) ? hm_cli_usage(cli, verb, "--filter is 0 to 63") : 0;
	case 'n':
		if (hm_cli_number(optarg, 6, 12, &how->prefix))
			return hm_cli_usage(cli, verb, "--prefix-length is 6 to 12");
		return 0;
	case 'o':
		if (strlen(optarg) > HM_EPC_HOST_MAX)
			return hm_cli_usage(cli, verb, "--host has 1 to %u characters", HM_EPC_HOST_MAX);
		how->host = optarg;
		return 0;
	case 'k':
		how->keep_host = true;
		return 0;
	case 's':
		how->scheme = HM_EPC_ANY;
		how->plus = NULL;
		if (optarg[strlen(optarg) - 1] == '+')
			how->plus = optarg;
		else if (hm_epc_scheme_find(optarg, strlen(optarg), &how->scheme))
			return hm_cli_usage(cli, verb, "no scheme %s", optarg);
		return 0;
	default:
		return HM_EXIT_USAGE;
	}
}

/* Options of another verb, or two of which there can be one. */
static int check_options(struct hm_cli *cli, const char *verb, const char *what, const struct how *how)
{
	/* a filter is in no form but a tag's */
	static const char *const one_of[] = { "apgl", "fpgl", "ok", "tuf", "tus", "tuo", "tuk" };
	const char *taken = *what == 'e' ? "apglfnsok" : *what == 'd' ? "rapglfs" : "tufsok";
	int first;

	if (hm_cli_takes(cli, verb, what, table, how->given, taken))
		return HM_EXIT_USAGE;
	for (size_t i = 0; i < sizeof(one_of) / sizeof(one_of[0]); i++) {
		int second = 0;

		first = first_given(how, one_of[i]);
		if (first)
			second = first_given(how, strchr(one_of[i], first) + 1);
		if (second)
			return hm_cli_usage(cli, verb, "either --%s or --%s", option_name(first), option_name(second));
	}
	if (how->prefix && (how->host || how->keep_host))
		return hm_cli_usage(cli, verb, "a scheme with a company prefix holds no host");
	if (how->prefix && how->plus)
		return hm_cli_usage(cli, verb, "a + scheme knows no company prefix");
	return 0;
}

int hm_cmd_epc(struct hm_cli *cli, int argc, char **argv)
{
	struct how how = { .scheme = HM_EPC_ANY, .form = FORM_HEX };
	struct hm_items items = { .cli = cli, .context = &how };
	const char *what;
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		if (option(cli, argv[0], opt, &how))
			return HM_EXIT_USAGE;
		hm_cli_given(how.given, opt);
	}
	what = optind < argc ? argv[optind] : "";
	if (!strcmp(what, "encode")) {
		items.answer = encode;
		items.key = how.form == FORM_HEX ? "epc_hex" : "epc";
	} else if (!strcmp(what, "decode")) {
		items.answer = decode;
		how.form = how.form == FORM_HEX ? FORM_TAG : how.form;
		items.despite = epc_alone;
		items.key = "epc";
	} else if (!strcmp(what, "bank")) {
		items.answer = bank;
		items.key = "bank";
	}
	if (!items.answer || optind + 1 >= argc)
		return hm_cli_usage(cli, argv[0], "encode, decode or bank, and items or -");
	if (check_options(cli, argv[0], what, &how))
		return HM_EXIT_USAGE;
	return hm_items_run(&items, argc - optind - 1, argv + optind + 1);
}
