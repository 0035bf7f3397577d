// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * serial preview | check | ff1: what a numbering scheme makes, and what a text is. In process:
 * nothing is drawn. The daemon is asked only for a product that is named, not a file.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/items.h"
#include "agent/cli/serial.h"
#include "product/product.h"
#include "serial/forms.h"
#include "serial/list.h"
#include "serial/serial.h"
#include "unit/product.h"

#define BATCH		32
#define COUNT_MAX	10000000u
#define LIST_FILE_MAX	(64u << 20)

struct args {
	const char *product, *pattern, *system, *list, *date, *lot, *key_file, *tweak, *radix;
	uint64_t count, first;
	bool has_first;
	char given[HM_CLI_GIVEN];
};

struct job {
	struct hm_cli *cli;
	const struct args *args;
	struct hm_scheme scheme;
	struct hm_range pool;
	struct hm_product product;	/* empty where a pattern was given */
	struct hm_issuer issuer;
	uint8_t key[32];
	size_t key_len;			/* 0: none was given */
	struct hm_ff1 *ff1;		/* for check: where there is one for all periods */
	enum hm_checkchar system;
	bool any;
};

/* --- what is asked about --- */

static bool numbering(const struct args *a)
{
	return a->product || a->pattern;
}

/* The file of a product that the station knows. */
static int ask_product(struct hm_cli *cli, const char *name, struct hm_buf *ret, struct hm_err *err)
{
	_cleanup_json_ json_t *v = NULL;
	json_t *p;
	size_t i;
	int rc = hm_client_get(cli, &v, err, "/v1/products");

	if (rc)
		return rc;
	json_array_foreach(v, i, p)
		if (!strcmp(name, hm_json_get_text(p, "name")))
			return hm_buf_str_add(ret, hm_json_get_text(p, "file"));
	return hm_err_set(err, -HM_ENOT_FOUND, "no such product, and no such file");
}

static int load_product(struct job *j, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	struct hm_product *p = &j->product;
	int rc = hm_read_file_of(NULL, j->args->product, &file, err);

	if (rc == -ENOENT && !strchr(j->args->product, '/'))
		rc = ask_product(j->cli, j->args->product, &file, err);
	rc = rc ?: hm_product_read(file.data, file.len, time(NULL), p, err);
	if (!rc && p->pool[0])
		return hm_err_set(err, -HM_EBAD_REQUEST, "its serials come out of pool %s: there is no pattern", p->pool);
	rc = rc ?: hm_scheme_parse(&j->scheme, p->pattern, err);
	rc = rc ?: hm_scheme_pool(&j->scheme, p->first, p->last, p->guess_odds, &j->pool, err);
	if (!rc && p->iac[0])
		rc = hm_issuer_set(&j->issuer, p->iac, p->cin);
	return rc;
}

int hm_serial_key_file(const char *path, uint8_t key[static 32], size_t *ret_len, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(80);
	int rc = hm_read_file_of("key file", path, &file, err);

	if (rc)
		return rc;
	while (file.len && strchr("\r\n", file.data[file.len - 1]))
		file.data[--file.len] = '\0';
	if (strlen(hm_buf_str(&file)) != file.len)
		rc = -HM_ENOT_HEX;
	rc = rc ?: hm_unhex_any(hm_buf_str(&file), key, 32, ret_len);
	if (file.data)
		OPENSSL_cleanse(file.data, file.len);
	if (rc || (*ret_len != 16 && *ret_len != 24 && *ret_len != 32))
		return hm_err_set(err, rc ?: -HM_EBAD_LENGTH, "key file: 16, 24 or 32 bytes in hexadecimal are needed");
	return 0;
}

/* What the pattern has no place for is not passed over: the serials would look as if it had been heeded. */
static int no_effect(const struct job *j, struct hm_err *err)
{
	const struct args *a = j->args;
	const char *option = NULL;

	if (a->date && !hm_scheme_wants_date(&j->scheme))
		option = "--date";
	else if (a->lot && !hm_scheme_wants_lot(&j->scheme))
		option = "--lot";
	else if (a->key_file && !j->scheme.unguessable)
		option = "--key-file";
	if (!option && a->lot && hm_lot_check(a->lot, NULL))
		return hm_lot_check(a->lot, err);
	return option ? hm_err_set(err, -HM_EBAD_REQUEST, "%s: pattern %s has no place for it", option, j->scheme.pattern) : 0;
}

static int load(struct job *j, struct hm_err *err)
{
	const struct args *a = j->args;
	int rc = 0;

	if (a->product) {
		rc = load_product(j, err);
	} else if (a->pattern) {
		rc = hm_scheme_parse(&j->scheme, a->pattern, err);
		rc = rc ?: hm_scheme_pool(&j->scheme, 0, UINT64_MAX, 0, &j->pool, err);
	}
	rc = rc ?: no_effect(j, err);
	if (!rc && a->key_file)
		rc = hm_serial_key_file(a->key_file, j->key, &j->key_len, err);
	return rc;
}

/* --- preview --- */

/* JSON's integers have 63 bits here; what is more is text. */
static json_t *json_counter(uint64_t counter)
{
	char text[24];

	if (counter <= INT64_MAX)
		return json_integer((json_int_t)counter);
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)counter);
	return json_string(text);
}

static json_t *forms(const struct job *j, uint64_t counter, const char *serial)
{
	json_t *o = json_pack("{s:s, s:o}", "serial", serial, "counter", json_counter(counter));
	char out[HM_LINK_MAX + 1];

	if (j->issuer.iac[0] && !hm_uii_make(&j->issuer, serial, out, sizeof(out)))
		json_object_set_new(o, "uii", json_string(out));
	if (j->issuer.iac[0] && !hm_di25s_make(&j->issuer, serial, out, sizeof(out)))
		json_object_set_new(o, "di25s", json_string(out));
	if (j->product.link[0] && !hm_link_make(j->product.link, serial, out, sizeof(out)))
		json_object_set_new(o, "link", json_string(out));
	return o;
}

static void put(struct job *j, uint64_t counter, const char *serial)
{
	_cleanup_json_ json_t *o = NULL;

	if (!j->cli->json) {
		puts(serial);
		return;
	}
	o = forms(j, counter, serial);
	fputs(j->any ? ",\n " : "[", stdout);
	json_dumpf(o, stdout, JSON_COMPACT);
	j->any = true;
}

/* Date and lot go into the scheme; an unguessable one without a key gets one to look at. */
static int settle(struct job *j, struct hm_ff1 **ret, struct hm_err *err)
{
	struct hm_date date;
	int rc;

	if (j->args->date && hm_date_parse(j->args->date, &date))
		return hm_err_set(err, -HM_EBAD_DATE, "--date: no day that there is, as 2026-11-22");
	rc = hm_scheme_settle(&j->scheme, j->args->date ? &date : NULL, j->args->lot, err);
	if (rc || !j->scheme.unguessable)
		return rc;
	if (!j->key_len) {
		if (getentropy(j->key, sizeof(j->key)))
			return hm_err_set(err, -errno, "no random bytes");
		j->key_len = sizeof(j->key);
		hm_cli_note("specimens, with a key made up for them: --key-file gives another");
	}
	return hm_scheme_ff1(&j->scheme, j->key, j->key_len, ret, err);
}

static int preview(struct job *j, struct hm_err *err)
{
	_cleanup_ff1_ struct hm_ff1 *ff1 = NULL;
	char serials[BATCH][HM_SERIAL_MAX + 1];
	struct hm_range pool = j->pool, batch;
	uint64_t left = j->args->count;
	int rc = settle(j, &ff1, err);

	if (rc)
		return rc;
	if (j->args->has_first && !hm_range_has(&pool, j->args->first))
		return hm_err_set(err, -HM_EOVERFLOW, "--first: counters are %llu to %llu",
				  (unsigned long long)pool.next, (unsigned long long)(pool.end - 1));
	if (j->args->has_first)
		pool.next = j->args->first;
	if (left > hm_range_count(&pool))
		return hm_err_set(err, -HM_EPOOL_EXHAUSTED, "--count: there are %llu serials from counter %llu on",
				  (unsigned long long)hm_range_count(&pool), (unsigned long long)pool.next);
	while (!rc && left) {
		rc = hm_range_lease(&pool, left < BATCH ? left : BATCH, &batch);
		rc = rc ?: hm_scheme_scatter(&j->scheme, ff1, batch.next, hm_range_count(&batch), serials);
		for (uint64_t c = batch.next; !rc && c != batch.end; c++)
			put(j, c, serials[c - batch.next]);
		left -= hm_range_count(&batch);
		if (ferror(stdout))
			break;
	}
	if (!rc && j->cli->json)
		fputs("]\n", stdout);
	return rc;
}

/* --- check --- */

/* The counter under an unguessable serial: its own date and lot give the permutation. */
static int uncover(const struct job *j, const char *text, struct hm_serial_parts *p, struct hm_err *err)
{
	_cleanup_ff1_ struct hm_ff1 *ff1 = NULL;
	struct hm_scheme s;
	int rc = 0;

	if (!j->ff1) {
		s = j->scheme;
		/* any day of the period that the serial tells */
		rc = hm_scheme_settle(&s, &p->date, p->lot, err);
		rc = rc ?: hm_scheme_ff1(&s, j->key, j->key_len, &ff1, err);
	}
	rc = rc ?: hm_scheme_counter(&j->scheme, j->ff1 ?: ff1, text, &p->counter);
	p->has_counter = !rc;
	return rc;
}

/* A serial of the scheme, its counter one of the product's. */
static int read_item(const struct job *j, const char *item, size_t len, struct hm_serial_parts *p,
		     struct hm_err *err)
{
	char text[HM_SERIAL_MAX + 1];
	int rc = hm_scheme_read(&j->scheme, item, len, p);

	if (rc)
		return rc;
	memcpy(text, item, len);
	text[len] = '\0';
	if (!p->has_counter && j->key_len)
		rc = uncover(j, text, p, err);
	if (!rc && p->has_counter && !hm_range_has(&j->pool, p->counter))
		rc = hm_err_set(err, -HM_EOVERFLOW, "counter %llu is not among %llu to %llu",
				(unsigned long long)p->counter, (unsigned long long)j->pool.next,
				(unsigned long long)(j->pool.end - 1));
	return rc;
}

static void parts_members(const struct hm_serial_parts *p, json_t *o)
{
	char date[16];

	json_object_set_new(o, "counter", p->has_counter ? json_counter(p->counter) : json_null());
	if (p->has_date) {
		(void)snprintf(date, sizeof(date), "%04d-%02d-%02d", p->date.year, p->date.month, p->date.day);
		json_object_set_new(o, "date", json_string(date));
	}
	if (p->lot[0])
		json_object_set_new(o, "lot", json_string(p->lot));
}

/* "counter 12 date 2026-11-22 lot A7"; a counter that takes the key is "hidden". */
static int check_scheme(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
			json_t *o, struct hm_err *err)
{
	struct hm_serial_parts p;
	int rc = read_item(it->context, item, len, &p, err), n;

	if (rc)
		return rc;
	if (o) {
		parts_members(&p, o);
		return 0;
	}
	n = p.has_counter ? snprintf(out, size, "counter %llu", (unsigned long long)p.counter) :
			    snprintf(out, size, "counter hidden");
	if (p.has_date)
		n += snprintf(out + n, size - (size_t)n, " date %04d-%02d-%02d", p.date.year, p.date.month,
			      p.date.day);
	if (p.lot[0])
		(void)snprintf(out + n, size - (size_t)n, " lot %s", p.lot);
	return 0;
}

/* The check systems that a text is right by: those asked for, or all. With --json "systems":["luhn","damm"]. */
static int check_systems(const struct hm_items *it, const char *item, size_t len, char *out, size_t size,
			 json_t *o, struct hm_err *err)
{
	_cleanup_json_ json_t *list = o ? json_array() : NULL;
	const struct job *j = it->context;
	int why = 0, n = 0;

	for (unsigned int k = HM_CHECKCHAR_NONE + 1; k < HM_CHECKCHARS; k++) {
		enum hm_checkchar c = (enum hm_checkchar)k;
		int rc;

		if (j->system && j->system != c)
			continue;
		rc = hm_checkchar_verify(c, item, len);
		if (!rc) {
			n += snprintf(out + n, size - (size_t)n, "%s%s", n ? " " : "", hm_checkchar_name(c));
			if (o)
				json_array_append_new(list, json_string(hm_checkchar_name(c)));
		} else if (!why || rc == -HM_EBAD_CHECK_DIGIT || why == -HM_ENOT_NUMERIC) {
			/* a wrong check digit says more than a character that the system has not */
			why = why == -HM_EBAD_CHECK_DIGIT ? why : rc;
		}
	}
	if (n) {
		if (o)
			json_object_set(o, "systems", list);
		return 0;
	}
	if (!j->system && why == -HM_EBAD_CHECK_DIGIT)
		return hm_err_set(err, why, "by none of the check systems");
	return why;
}

static int check(struct job *j, int argc, char **argv)
{
	struct hm_items items = { .cli = j->cli, .context = j, .answer = numbering(j->args) ? check_scheme : check_systems };

	return hm_items_run(&items, argc, argv);
}

/* --- a supplied list --- */

static int check_list(struct hm_cli *cli, const char *path)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(LIST_FILE_MAX);
	_cleanup_list_ struct hm_list l = HM_LIST_INIT;
	_cleanup_json_ json_t *o = NULL;
	struct hm_err err = { "" };
	int rc = hm_read_file_of(NULL, path, &file, &err);

	rc = rc ?: hm_list_parse(file.data, file.len, &l, &err);
	if (rc)
		return hm_cli_fail(cli, path, rc, &err);
	if (cli->json) {
		o = json_pack("{s:s, s:I}", "kind", hm_list_kind_name(l.kind), "count", (json_int_t)l.n);
		return hm_cli_print(o);
	}
	printf("%zu entries, kind %s, none twice\n", l.n, hm_list_kind_name(l.kind));
	return hm_cli_flush();
}

/* --- the verb --- */

static const struct option table[] = {
	{ "product", required_argument, NULL, 'p' }, { "pattern", required_argument, NULL, 't' },
	{ "count", required_argument, NULL, 'n' }, { "first", required_argument, NULL, 'f' },
	{ "date", required_argument, NULL, 'd' }, { "lot", required_argument, NULL, 'l' },
	{ "key-file", required_argument, NULL, 'k' }, { "system", required_argument, NULL, 's' },
	{ "list", required_argument, NULL, 'L' }, { "tweak", HM_CLI_MAY_BE_EMPTY, NULL, 'w' },
	{ "radix", required_argument, NULL, 'r' }, { NULL, 0, NULL, 0 },
};

static int options(struct hm_cli *cli, int argc, char **argv, struct args *a)
{
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		hm_cli_given(a->given, opt);
		switch (opt) {
		case 'p': a->product = optarg; break;
		case 't': a->pattern = optarg; break;
		case 'd': a->date = optarg; break;
		case 'l': a->lot = optarg; break;
		case 'k': a->key_file = optarg; break;
		case 's': a->system = optarg; break;
		case 'L': a->list = optarg; break;
		case 'w': a->tweak = optarg; break;
		case 'r': a->radix = optarg; break;
		case 'n':
			if (hm_cli_number(optarg, 1, COUNT_MAX, &a->count))
				return hm_cli_usage(cli, argv[0], "--count is a number from 1 to %u", COUNT_MAX);
			break;
		case 'f':
			if (hm_cli_number(optarg, 0, UINT64_MAX - 1, &a->first))
				return hm_cli_usage(cli, argv[0], "--first is a number");
			a->has_first = true;
			break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	return 0;
}

static int run_preview(struct job *j)
{
	struct hm_err err = { "" };
	int rc = load(j, &err);

	rc = rc ?: preview(j, &err);
	OPENSSL_cleanse(j->key, sizeof(j->key));
	return rc ? hm_cli_refuse(j->cli, j->args->product ?: "serial", rc, &err) : hm_cli_flush();
}

static int run_check(struct job *j, int argc, char **argv)
{
	struct hm_err err = { "" };
	int rc = load(j, &err);

	if (!rc && j->key_len && j->scheme.unguessable && j->scheme.reset == HM_RESET_NEVER)
		rc = hm_scheme_ff1(&j->scheme, j->key, j->key_len, &j->ff1, &err);
	rc = rc ? hm_cli_refuse(j->cli, j->args->product ?: "serial", rc, &err) :
		  check(j, argc, argv);
	hm_ff1_free(j->ff1);
	OPENSSL_cleanse(j->key, sizeof(j->key));
	return rc;
}

static int cmd_ff1(struct job *j, int argc, char **argv)
{
	const struct args *a = j->args;

	return hm_serial_ff1(j->cli, &(struct hm_serial_ff1){ a->key_file, a->tweak, a->radix }, argc, argv);
}

static int cmd_preview(struct job *j, int argc, char **argv)
{
	(void)argv;
	if (!numbering(j->args) || argc)
		return hm_cli_usage(j->cli, "serial", "preview takes --product or --pattern and no texts");
	return run_preview(j);
}

static int cmd_check_list(struct job *j, int argc, char **argv)
{
	(void)argv;
	return argc ? hm_cli_usage(j->cli, "serial", "--list takes a file and nothing else") : check_list(j->cli, j->args->list);
}

static int cmd_check(struct job *j, int argc, char **argv)
{
	const char *system = j->args->system;

	if (system) {
		j->system = hm_checkchar_find(system, strlen(system));
		if (!j->system)
			return hm_cli_usage(j->cli, "serial", "--system is one of mod10 luhn mod11_2 mod37_2 mod97_10 mod37_36 damm verhoeff");
	}
	return argc < 1 ? hm_cli_usage(j->cli, "serial", "check takes texts or -") : run_check(j, argc, argv);
}

static bool list(const struct args *a)
{
	return a->list;
}

/*
 * A command's word; for which of its forms, the first that fits, a row is; what that is called in a
 * message, the letters of the options that it takes, and what does it.
 */
static const struct command {
	const char *word;
	bool (*form)(const struct args *a);
	const char *called, *taken;
	int (*run)(struct job *j, int argc, char **argv);
} commands[] = {
	{ "preview", NULL, "preview", "ptnfdlk", cmd_preview },
	{ "check", list, "check --list", "L", cmd_check_list },
	{ "check", numbering, "check of a numbering", "ptk", cmd_check },
	{ "check", NULL, "check without --product or --pattern", "s", cmd_check },
	{ "ff1", NULL, "ff1", "kwr", cmd_ff1 },
};

int hm_cmd_serial(struct hm_cli *cli, int argc, char **argv)
{
	struct args a = { .count = 10 };
	struct job j = { .cli = cli, .args = &a };
	const struct command *c = commands, *end = commands + sizeof(commands) / sizeof(commands[0]);
	int rc = options(cli, argc, argv, &a);
	const char *what;

	if (rc)
		return rc;
	what = optind < argc ? argv[optind] : "";
	if (a.product && a.pattern)
		return hm_cli_usage(cli, argv[0], "--product or --pattern, not both");
	while (c < end && (strcmp(c->word, what) || (c->form && !c->form(&a))))
		c++;
	if (c == end)
		return hm_cli_usage(cli, argv[0], "preview, check or ff1");
	rc = hm_cli_takes(cli, argv[0], c->called, table, a.given, c->taken);
	return rc ? rc : c->run(&j, argc - optind - 1, argv + optind + 1);
}
