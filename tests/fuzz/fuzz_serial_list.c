// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A list that a customer supplied. What is taken has a row for every line behind the
 * first, each inside the input, each right by itself, none twice; a refusal has a reason.
 *
 * sources: provisioning/serial/list.c provisioning/serial/eui.c provisioning/serial/range.c
 * sources: provisioning/base/digits.c provisioning/base/error.c
 */
#include <errno.h>

#include "fuzz.h"
#include "serial/eui.h"
#include "serial/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void row_ok(const struct hm_list *l, const struct hm_list_row *row)
{
	uint64_t eui = 0;

	FZ_CHECK(row->len >= 1 && row->len <= 24, "%u characters", row->len);
	if (l->kind != HM_LIST_SERIAL) {
		FZ_CHECK(!hm_eui_parse(row->text, row->len, l->kind == HM_LIST_EUI48 ? 48 : 64, &eui) && eui == row->eui,
			 "line %u", row->line);
		return;
	}
	FZ_CHECK(row->len <= 20, "%u characters", row->len);
	for (uint32_t i = 0; i < row->len; i++)
		FZ_CHECK(strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._", row->text[i]) &&
			 row->text[i], "line %u", row->line);
}

static bool same(const struct hm_list *l, const struct hm_list_row *a, const struct hm_list_row *b)
{
	if (l->kind != HM_LIST_SERIAL)
		return a->eui == b->eui;
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

static void taken(const struct hm_list *l, const char *text, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n' || i + 1 == size;
	FZ_CHECK(l->n && l->n + 1 == lines, "%zu rows of %zu lines", l->n, lines);
	for (size_t i = 0; i < l->n; i++) {
		FZ_CHECK(l->row[i].line == i + 2, "row %zu is of line %u", i, l->row[i].line);
		FZ_CHECK(l->row[i].text > text && l->row[i].text + l->row[i].len <= text + size, "row %zu", i);
		row_ok(l, &l->row[i]);
		for (size_t k = 0; k < i; k++)
			FZ_CHECK(!same(l, &l->row[i], &l->row[k]), "rows %zu and %zu", i, k);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *exact = malloc(size ?: 1);
	struct hm_list l = HM_LIST_INIT;
	struct hm_err err = { "" };
	int rc;

	FZ_CHECK(exact, "no memory");
	if (size)
		memcpy(exact, input, size);
	rc = hm_list_parse(exact, size, &l, &err);
	if (rc) {
		FZ_CHECK(rc == -HM_EEMPTY || rc == -HM_EBAD_FORMAT || rc == -HM_EBAD_CHAR || rc == -HM_ETOO_LONG ||
			 rc == -HM_ENOT_HEX || rc == -HM_EBAD_LENGTH || rc == -HM_EBAD_EUI || rc == -HM_EDUPLICATE,
			 "refused with %d", rc);
		FZ_CHECK(err.text[0] && !l.row, "a refusal without a reason");
	} else {
		taken(&l, exact, size);
		hm_list_free(&l);
	}
	free(exact);
	return 0;
}
