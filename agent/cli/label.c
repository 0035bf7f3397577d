// SPDX-License-Identifier: LGPL-2.1-or-later
/* label render | preview: a product's label for a serial as ZPL, it or a ZPL file as a PNG. No device. */
#include "label/driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/cli/items.h"
#include "label/limits.h"
#include "label/picture.h"
#include "product/product.h"
#include "serial/serial.h"
#include "unit/inputs.h"
#include "unit/product.h"

struct preview {
	const char *file, *product, *serial, *lot, *date, *output;
	int64_t made;
};

/* What is the same for all labels of a product. */
struct maker {
	const struct preview *v;
	struct hm_product p;
	struct hm_scheme scheme;	/* none where its serials are somebody's list */
	const struct hm_label_driver *driver;
	struct hm_buf *tpl, *zpl;
};

/* Is it a serial that the product's numbering makes? A list's are what somebody supplied. */
static int check_serial(const struct maker *m, const char *serial, struct hm_serial_parts *ret, struct hm_err *err)
{
	int rc;

	*ret = (struct hm_serial_parts){ .counter = 0 };
	if (m->p.pool[0])
		return 0;
	rc = hm_scheme_read(&m->scheme, serial, strlen(serial), ret);
	return rc ? hm_err_set(err, rc, "%s is no serial of product %s: %s", serial, m->p.name, hm_error_why(rc)) : 0;
}

static int write_label(const struct maker *m, const struct hm_made *made, struct hm_buf *zpl, struct hm_err *err)
{
	struct hm_label_field fields[HM_LABEL_FIELDS_MAX];
	struct hm_label_inputs in = { .serial = "" };
	struct hm_epc epc;
	int rc = hm_unit_inputs(&m->p, made, &in, &epc, err);

	/* which addresses a unit gets is the station's to say: these are for documents, RFC 9542 */
	if (!rc && m->p.mac_count)
		hm_label_address(&in, m->p.mac_bits == 48 ? "00005E005300" : "00005EEF10000000");
	hm_buf_reset(zpl);
	return rc ?: m->driver->render(hm_buf_str(m->tpl), m->tpl->len, fields, hm_label_fields(&in, fields), zpl, err);
}

/* --- an option that no label shows is not passed over: it would look as if it had been heeded --- */

/* Is the label the same for two lots or days? What cannot be tried is told by the label itself. */
static bool same_label(const struct maker *m, const struct hm_made *a, const struct hm_made *b)
{
	_cleanup_buf_ struct hm_buf one = HM_BUF_INIT(HM_ZPL_LABEL_MAX);
	_cleanup_buf_ struct hm_buf two = HM_BUF_INIT(HM_ZPL_LABEL_MAX);

	return !write_label(m, a, &one, NULL) && !write_label(m, b, &two, NULL) && one.len == two.len &&
	       !memcmp(one.data, two.data, one.len);
}

/* Another name of the same letters and digits, as a filter may want them. */
static void other_lot(const char *lot, char ret[HM_LOT_MAX + 1])
{
	(void)snprintf(ret, HM_LOT_MAX + 1, "%s", lot);
	*ret = (char)(*ret == '9' ? '0' : *ret == 'Z' ? 'A' : *ret == 'z' ? 'a' : *ret + 1);
}

/* Another day of another month and year: any part of a date that a label has is another then. */
static int64_t other_day(int64_t made)
{
	time_t t = (time_t)made;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return made;
	tm.tm_year += tm.tm_year % 100 == 99 ? -1 : 1;
	tm.tm_mon = (tm.tm_mon + 1) % 12;
	tm.tm_mday = tm.tm_mday % 28 + 1;
	return (int64_t)timegm(&tm);
}

/* Whatever the serial is: tried with one that any numbering may have. */
static int no_effect(const struct maker *m, struct hm_err *err)
{
	const struct preview *v = m->v;
	const struct hm_made as_told = { "1", v->lot ?: "1", v->made };
	const char *option = NULL;
	struct hm_made other = as_told;
	char lot[HM_LOT_MAX + 1];

	/* one that the serial holds, or that has to be told, was asked for */
	if (v->lot && !hm_scheme_wants_lot(&m->scheme) && !hm_unit_inputs_want_lot(&m->p)) {
		other_lot(v->lot, lot);
		other.lot = lot;
		option = same_label(m, &as_told, &other) ? "--lot" : NULL;
	}
	if (v->date && !option) {
		/* of two other days, as a shelf life may end one in the same month's same day */
		const struct hm_made day = { "1", as_told.lot, other_day(v->made) }, next = { "1", as_told.lot, v->made + 86400 };

		option = same_label(m, &as_told, &day) && same_label(m, &as_told, &next) ? "--date" : NULL;
	}
	return option ? hm_err_set(err, -HM_EBAD_REQUEST, "%s: labels of product %s have no place for it", option, m->p.name) : 0;
}

/* --- one label --- */

static int load(const struct preview *v, struct hm_buf *tpl, struct hm_buf *zpl, struct maker *ret, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	int rc = hm_read_file_of(NULL, v->product, &file, err);

	*ret = (struct maker){ .v = v, .tpl = tpl, .zpl = zpl };
	rc = rc ?: v->lot ? hm_lot_check(v->lot, err) : 0;
	rc = rc ?: hm_product_read(file.data, file.len, time(NULL), &ret->p, err);
	if (!rc && !ret->p.pool[0])
		rc = hm_scheme_parse(&ret->scheme, ret->p.pattern, err);
	rc = rc ?: hm_cli_read_template(v->product, ret->p.template_name, tpl, err);
	if (rc)
		return rc;
	ret->driver = hm_label_driver_of(ret->p.template_name);
	rc = ret->driver->check(hm_buf_str(tpl), tpl->len, hm_unit_epc_digits(&ret->p), err);
	return rc ?: no_effect(ret, err);
}

/* One label into m->zpl. */
static int make(const struct maker *m, const char *serial, struct hm_err *err)
{
	struct hm_serial_parts parts;
	int rc = check_serial(m, serial, &parts, err);

	if (rc)
		return rc;
	if (parts.lot[0] && m->v->lot && strcmp(parts.lot, m->v->lot))
		return hm_err_set(err, -HM_EBAD_REQUEST, "--lot: serial %s is of lot %s", serial, parts.lot);
	return write_label(m, &(struct hm_made){ serial, m->v->lot ?: parts.lot, m->v->made }, m->zpl, err);
}

static int render_product(const struct preview *v, struct hm_buf *zpl, struct hm_err *err)
{
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(HM_TEMPLATE_MAX);
	struct maker m;
	int rc = load(v, &tpl, zpl, &m, err);

	return rc ?: make(&m, v->serial, err);
}

/* The first label of a stream, as a printer would find it; its numbers are those of ZPL, or it is none. */
static int first_label(const struct hm_buf *zpl, struct hm_zpl_label **ret, struct hm_err *err)
{
	const char *p = hm_buf_str(zpl), *text;
	size_t left = zpl->len, used, len;
	struct hm_zpl_stream *s;
	int rc = hm_zpl_stream_new(&s);

	if (rc)
		return rc;
	rc = hm_err_set(err, -HM_EBAD_FORMAT, "holds no ZPL label that can be read");
	while (left && rc == -HM_EBAD_FORMAT) {
		if (hm_zpl_stream_feed(s, p, left, &used) == HM_ZPL_LABEL) {
			text = hm_zpl_stream_text(s, &len);
			rc = hm_zpl_check_numbers(text, len, err);
			rc = rc ?: hm_zpl_read(text, len, ret);
			if (rc == -E2BIG)
				rc = hm_err_set(err, -HM_ETOO_LONG, "a label of more than %d fields", HM_ZPL_FIELDS_MAX);
			if (rc == -HM_EBAD_ESCAPE)
				hm_err_set(err, rc, "^FH: an escape that is cut, or not two hexadecimal digits");
		}
		p += used;
		left -= used;
	}
	hm_zpl_stream_free(s);
	return rc;
}

static int draw(const struct hm_buf *zpl, uint8_t **ret, size_t *ret_len, struct hm_err *err)
{
	struct hm_zpl_label *label = NULL;
	int rc = first_label(zpl, &label, err);

	if (rc)
		return rc == -EINVAL ? -HM_EBAD_FORMAT : rc;
	rc = hm_picture_render(label, false, ret, ret_len);
	hm_zpl_label_free(label);
	if (rc == -E2BIG)
		return hm_err_set(err, -HM_ETOO_LONG, "the label cannot be drawn: more than %u dots wide (^PW) or long (^LL)",
				  HM_PICTURE_SIDE_MAX);
	if (rc == -EILSEQ)
		return hm_err_set(err, -HM_EBAD_CHAR, "the label cannot be drawn: a text under ^CI28 that is not UTF-8");
	if (rc)
		return hm_err_set(err, -HM_EBAD_FORMAT, "the label cannot be drawn: %s",
				  rc == -EINVAL ? "a code that cannot be made of its data" :
				  rc == -ERANGE ? "a code that runs over the label's edge" : strerror(-rc));
	return 0;
}

static int preview(struct hm_cli *cli, const struct preview *v)
{
	_cleanup_buf_ struct hm_buf zpl = HM_BUF_INIT(HM_ZPL_LABEL_MAX);
	_cleanup_json_ json_t *o = NULL;
	struct hm_err err = { "" };
	uint8_t *png = NULL;
	size_t len = 0;
	int rc;

	if (v->file) {
		rc = hm_read_file_of(NULL, v->file, &zpl, &err);
	} else {
		rc = render_product(v, &zpl, &err);
	}
	rc = rc ?: draw(&zpl, &png, &len, &err);
	rc = rc ?: hm_cli_write(v->output, png, len, &err);
	free(png);
	if (rc)
		return v->file ? hm_cli_fail(cli, v->file, rc, &err) : hm_cli_refuse(cli, v->product, rc, &err);
	if (!cli->json)
		return 0;
	o = json_pack("{s:o, s:I}", "png", hm_json_text(v->output), "bytes", (json_int_t)len);
	return hm_cli_print(o);
}

/* The label's bytes, exactly as a printer would get them. */
static int render(struct hm_cli *cli, const struct preview *v)
{
	_cleanup_buf_ struct hm_buf zpl = HM_BUF_INIT(HM_ZPL_LABEL_MAX);
	_cleanup_json_ json_t *o = NULL;
	struct hm_err err = { "" };
	int rc = render_product(v, &zpl, &err);

	/* standard output carries one JSON value or the label, not both */
	if (!rc && v->output && !(cli->json && !strcmp(v->output, "-")))
		rc = hm_cli_write(v->output, zpl.data, zpl.len, &err);
	if (rc)
		return hm_cli_refuse(cli, v->product, rc, &err);
	if (cli->json) {
		o = json_pack("{s:s%}", "zpl", zpl.data, zpl.len);
		return hm_cli_print(o);
	}
	if (!v->output)
		fwrite(zpl.data, 1, zpl.len, stdout);
	return hm_cli_flush();
}

/* A line's serial; the answer is the label, without the line end that follows every answer. */
static int answer(const struct hm_items *it, const char *item, size_t len, char *out, size_t size, json_t *o, struct hm_err *err)
{
	const struct maker *m = it->context;
	char serial[HM_SERIAL_MAX + 1];
	int rc;

	(void)o;
	if (len > HM_SERIAL_MAX)
		return -HM_ETOO_LONG;
	if (memchr(item, '\0', len))
		return -HM_EBAD_CHAR;
	memcpy(serial, item, len);
	serial[len] = '\0';
	rc = len ? make(m, serial, err) : -HM_EEMPTY;
	len = m->zpl->len;
	if (rc)
		return rc;
	while (len && m->zpl->data[len - 1] == '\n')
		len--;
	if (len >= size)
		return -HM_ETOO_LONG;
	memcpy(out, m->zpl->data, len);
	out[len] = '\0';
	return 0;
}

static int render_lines(struct hm_cli *cli, const struct preview *v)
{
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(HM_TEMPLATE_MAX);
	_cleanup_buf_ struct hm_buf zpl = HM_BUF_INIT(HM_ZPL_LABEL_MAX);
	struct hm_items items = { .cli = cli, .answer = answer, .key = "zpl" };
	struct hm_err err = { "" };
	char *all = (char []){ "-" };
	struct maker m;
	int rc = load(v, &tpl, &zpl, &m, &err);

	if (rc)
		return hm_cli_refuse(cli, v->product, rc, &err);
	items.context = &m;
	return hm_items_run(&items, 1, &all);
}

/* Midnight of a day, UTC. */
static int take_date(const char *text, int64_t *ret, struct hm_err *err)
{
	struct hm_date d;
	struct tm tm = { .tm_year = 0 };
	int rc = hm_date_parse(text, &d);

	if (rc)
		return hm_err_set(err, rc, "--date: no day that there is, as 2026-11-22");
	tm.tm_year = d.year - 1900;
	tm.tm_mon = d.month - 1;
	tm.tm_mday = d.day;
	*ret = timegm(&tm);
	return 0;
}

static const struct option table[] = {
	{ "product", required_argument, NULL, 'p' }, { "serial", required_argument, NULL, 's' },
	{ "lot", required_argument, NULL, 'l' }, { "output", required_argument, NULL, 'o' },
	{ "date", required_argument, NULL, 'd' }, { NULL, 0, NULL, 0 },
};

static int options(struct hm_cli *cli, int argc, char **argv, struct preview *v, char given[static HM_CLI_GIVEN])
{
	int opt;

	while ((opt = hm_cli_getopt(cli, argc, argv, table)) != -1) {
		hm_cli_given(given, opt);
		switch (opt) {
		case 'p': v->product = optarg; break;
		case 's': v->serial = optarg; break;
		case 'l': v->lot = optarg; break;
		case 'o': v->output = optarg; break;
		case 'd': v->date = optarg; break;
		default:
			return HM_EXIT_USAGE;
		}
	}
	return 0;
}

int hm_cmd_label(struct hm_cli *cli, int argc, char **argv)
{
	struct preview v = { .made = time(NULL) };
	char given[HM_CLI_GIVEN] = "";
	struct hm_err err = { "" };
	const char *what;
	bool lines;
	int rc;

	if (options(cli, argc, argv, &v, given))
		return HM_EXIT_USAGE;
	what = optind < argc ? argv[optind] : "";
	if (strcmp(what, "preview") && strcmp(what, "render"))
		return hm_cli_usage(cli, argv[0], "render or preview");
	if (optind + 1 < argc && *what == 'p')
		v.file = argv[++optind];
	if ((v.file != NULL) == (v.product != NULL) || !v.product != !v.serial || optind + 1 < argc)
		return hm_cli_usage(cli, argv[0], "%s--product FILE with --serial S", *what == 'p' ? "a ZPL file, or " : "");
	if (v.file && hm_cli_takes(cli, argv[0], "preview of a ZPL file", table, given, "o"))
		return HM_EXIT_USAGE;
	lines = v.serial && !strcmp(v.serial, "-");
	if (lines && (*what == 'p' || v.output))
		return hm_cli_usage(cli, argv[0], "--serial - is for render without --output");
	rc = v.date ? take_date(v.date, &v.made, &err) : 0;
	if (rc)
		return hm_cli_refuse(cli, v.product, rc, &err);
	if (lines)
		return render_lines(cli, &v);
	if (*what == 'r')
		return render(cli, &v);
	v.output = v.output ?: "label.png";
	if (cli->json && !strcmp(v.output, "-"))
		return hm_cli_usage(cli, argv[0], "--output - is the picture, and --json a value in its place");
	return preview(cli, &v);
}
