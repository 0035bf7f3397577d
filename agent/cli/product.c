// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "label/label.h"
#include "product/product.h"

static int add(struct hm_cli *cli, const char *path)
{
	_cleanup_buf_ struct hm_buf file = HM_BUF_INIT(HM_PRODUCT_FILE_MAX);
	_cleanup_buf_ struct hm_buf tpl = HM_BUF_INIT(HM_TEMPLATE_MAX);
	_cleanup_json_ json_t *body = NULL, *v = NULL;
	struct hm_err err = { "" };
	struct hm_product p;
	int rc = hm_read_file_of(NULL, path, &file, &err);

	/* parsed here for the template's name; the daemon judges it again */
	rc = rc ?: hm_product_parse(file.data, file.len, &p, &err);
	rc = rc ?: hm_cli_read_template(path, p.template_name, &tpl, &err);
	if (rc)
		return hm_cli_fail(cli, path, rc, &err);
	body = json_pack("{s:o, s:o}", "file", json_stringn(hm_buf_str(&file), file.len), "template",
			 json_stringn(hm_buf_str(&tpl), tpl.len));
	if (!body)
		return hm_cli_fail(cli, path, -HM_EBAD_PRODUCT,
				   hm_err_set(&err, -HM_EBAD_PRODUCT, "not a text in UTF-8") ? &err : NULL);
	rc = hm_client_post(cli, "/v1/products", body, &v, &err);
	if (rc)
		return hm_cli_fail(cli, path, rc, &err);
	if (cli->json)
		return hm_cli_print(v);
	printf("product %s is known\n", hm_json_get_text(v, "name"));
	return hm_cli_flush();
}

/* "pool acme" where there is no pattern */
static const char *numbering(const json_t *p, char pool[48])
{
	const char *name = hm_json_get_text(p, "pool");

	if (!name[0])
		return hm_json_get_text(p, "pattern");
	snprintf(pool, 48, "pool %s", name);
	return pool;
}

static int list(struct hm_cli *cli, const char *name)
{
	static const int widths[] = { 20, 16, 16, 8, 20 };
	_cleanup_json_ json_t *v = NULL;
	struct hm_err err = { "" };
	char pool[48];
	json_t *p;
	size_t i;
	int rc = hm_client_get(cli, &v, &err, "/v1/products");

	if (rc)
		return hm_cli_fail(cli, "product", rc, &err);
	if (!name && cli->json)
		return hm_cli_print(v);
	if (!name && json_array_size(v))
		hm_cli_row(widths, 5, (const char *[]){ "PRODUCT", "GTIN", "PART", "BINDING", "SERIALS" });
	json_array_foreach(v, i, p) {
		if (!name) {
			hm_cli_row(widths, 5, (const char *[]){
				hm_json_get_text(p, "name"), hm_json_get_text(p, "gtin"),
				hm_json_get_text(p, "part_number"), hm_json_get_text(p, "binding"),
				numbering(p, pool) });
		} else if (!strcmp(name, hm_json_get_text(p, "name"))) {
			if (cli->json)
				return hm_cli_print(p);
			fputs(hm_json_get_text(p, "file"), stdout);
			return hm_cli_flush();
		}
	}
	if (name) {
		rc = hm_err_set(&err, -HM_ENOT_FOUND, "no such product");
		return hm_cli_fail(cli, name, rc, &err);
	}
	return hm_cli_flush();
}

int hm_cmd_product(struct hm_cli *cli, int argc, char **argv)
{
	const char *what, *arg;

	if (hm_cli_getopt(cli, argc, argv, NULL) == '?')
		return HM_EXIT_USAGE;
	what = optind < argc ? argv[optind] : "";
	arg = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (!strcmp(what, "add") && arg && optind + 2 == argc)
		return add(cli, arg);
	if (!strcmp(what, "list") && !arg)
		return list(cli, NULL);
	if (!strcmp(what, "show") && arg && optind + 2 == argc)
		return list(cli, arg);
	return hm_cli_usage(cli, argv[0], "add FILE, list, or show NAME");
}
